//! A disk that is full: the calls go on, what is lost is said, and what must be recorded is refused.

use super::api::{follow, line};
use super::recordings::{LATER, SOON, Talk, id, recordings, verdict};
use anyhow::{Context as _, Result, ensure};
use ringdesk_interop::{Centre, Ladder, Login, Phone};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const CALLER: f32 = 440.0;
const AGENT: f32 = 620.0;

/// A small disk of its own, as far as this user may mount one. Taken away at the end.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path, kib: u32) -> Result<Option<SmallDisk>> {
        std::fs::create_dir_all(at)?;
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={kib}k"), "none"]).arg(at).stderr(Stdio::null());
        let done = mount.status().is_ok_and(|status| status.success());
        Ok(done.then(|| SmallDisk(at.to_path_buf())))
    }

    /// Leave so little room.
    fn fill(&self, leave: u64) -> Result<()> {
        let mut all = Vec::new();
        let file = self.0.join("filler");
        // Until it says that it is full.
        while std::fs::write(&file, &all).is_ok() {
            all.resize(all.len() + 4_096, 7);
        }
        let room = std::fs::metadata(&file)?.len();
        std::fs::write(&file, vec![7; usize::try_from(room.saturating_sub(leave))?])?;
        Ok(())
    }

    fn empty(&self) -> Result<()> {
        Ok(std::fs::remove_file(self.0.join("filler"))?)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Both are heard at the other end, from now on.
async fn they_talk(talk: &Talk) -> Result<()> {
    for (ear, hz) in [(&talk.agent.sound, CALLER), (&talk.caller.sound, AGENT)] {
        ear.clear();
        ensure!(ear.hears_tone(hz, SOON).await.is_some_and(|level| level > -20.0), "{hz} Hz is not heard any more");
    }
    Ok(())
}

async fn rule_of(centre: &Centre, admin: &Login, name: &str, rule: Value) -> Result<()> {
    let (_, inboxes) = centre.api(admin, "GET", "inboxes", None).await?;
    let inbox = inboxes.as_array().into_iter().flatten().find(|i| i["name"] == name).context("an inbox")?;
    let path = format!("inboxes/{}/recording", inbox["id"].as_str().context("an id")?);
    ensure!(centre.api(admin, "PUT", &path, Some(&rule)).await?.0 == 204, "the rule is not taken");
    Ok(())
}

/// A recorded call meets the end of the disk: they go on talking, the recording says why it ended, the alarm rings, an event
/// tells it; what was written before is whole. After that there is room again, and the next call is recorded.
async fn meets_the_end(talk: &mut Talk, room_again: impl FnOnce() -> Result<()>) -> Result<()> {
    let mut events = follow(&talk.centre, &talk.reviewer, Some(0)).await;
    talk.centre.figure_until("recordings_failed_total{reason=\"disk_full\"}", LATER, |n| n == 1).await?;
    they_talk(talk).await?;
    let (centre, who) = (&talk.centre, &talk.reviewer);
    let failed = |page: &Value| page[0]["recordings"][0]["state"] == "failed";
    let page = centre.until(who, "conversations?limit=1", failed).await?;
    let recording = recordings(&page).remove(0);
    assert_eq!(recording["reason"], "disk_full");
    assert_eq!(centre.figure("recordings_alarm").await?, 1);
    loop {
        let event = line(&mut events).await;
        if event["type"] == "recording_updated" && event["data"]["state"] == "failed" {
            assert_eq!(
                (&event["data"]["recording"], &event["data"]["reason"]),
                (&recording["id"], &json!("disk_full"))
            );
            break;
        }
    }
    let said = verdict(centre, who, &recording).await?;
    assert!(said["blocks"].as_u64() > Some(0), "what came before is still there: {said}");
    talk.caller.hang_up().await?;
    talk.agent.hung_up(SOON).await?;

    room_again()?;
    let admin = talk.centre.login("admin").await?;
    rule_of(&talk.centre, &admin, "Echo test", json!({ "start": "on_answer" })).await?;
    let mut next = Phone::new("next", "015112345679", talk.centre.sip, CALLER, &Ladder::default()).await?;
    next.invite("1003").await?;
    next.answered(SOON).await?;
    ensure!(next.sound.hears_tone(CALLER, LATER).await.is_some(), "no echo");
    next.hang_up().await?;
    let one = |page: &Value| recordings(page).iter().any(|r| r["state"] == "stored" || r["state"] == "verified");
    talk.centre.until(&talk.reviewer, "conversations?limit=10", one).await?;
    assert_eq!(talk.centre.figure("recordings_alarm").await?, 0, "the alarm is over");
    Ok(())
}

/// On a real small disk, where this user may mount one; where not, `a_file_that_must_not_grow…` shows the same by a limit.
///
/// Rows: S4.6
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_ends_the_recording_and_not_the_call() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let Some(disk) = SmallDisk::mount(&folder.path().join("small"), 512)? else {
        eprintln!("nobody here may mount a disk: skipped");
        return Ok(());
    };
    let config = format!("[recordings]\nfolder = {:?}\n", disk.0);
    let mut talk = Talk::begin_with(Centre::start_with(&config, &[]).await?).await?;
    disk.fill(40_960)?;
    meets_the_end(&mut talk, || disk.empty()).await
}

/// A limit on the size of files, put on the running server: for it the disk is full, whoever runs this test.
///
/// Rows: S4.6
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_must_not_grow_ends_the_recording_and_not_the_call() -> Result<()> {
    let url = crate::postgres::database().await; // its files are another server's
    let centre = Centre::start_with(&format!("[store]\nurl = {url:?}\n"), &[]).await?;
    let limit = |centre: &Centre, bytes: &str| -> Result<()> {
        let pid = centre.pid().to_string();
        let done = Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={bytes}:")]).status()?;
        ensure!(done.success(), "prlimit");
        Ok(())
    };
    let mut talk = Talk::begin_with(centre).await?;
    limit(&talk.centre, "65536")?;
    let pid = talk.centre.pid().to_string();
    let room_again = move || {
        let done = Command::new("prlimit").args(["--pid", &pid, "--fsize=unlimited:"]).status()?;
        ensure!(done.success(), "prlimit");
        Ok(())
    };
    meets_the_end(&mut talk, room_again).await
}

/// Where calls must be recorded and the disk is full: the caller is refused and no agent rings; a call whose recording breaks
/// off goes on, and its rest is recorded as soon as there is room.
///
/// Rows: S4.6
#[tokio::test(flavor = "multi_thread")]
async fn what_must_be_recorded_is_refused_or_recorded_again() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let Some(disk) = SmallDisk::mount(&folder.path().join("small"), 512)? else {
        eprintln!("nobody here may mount a disk: skipped");
        return Ok(());
    };
    let centre = Centre::start_with(&format!("[recordings]\nfolder = {:?}\n", disk.0), &[]).await?;
    let admin = centre.login("admin").await?;
    let rule = json!({ "start": "on_answer", "policy": "record_or_refuse" });
    rule_of(&centre, &admin, "Support", rule.clone()).await?;
    let mut talk = Talk::begin_with(centre).await?;
    disk.fill(20_480)?;
    talk.centre.figure_until("recordings_failed_total{reason=\"disk_full\"}", LATER, |n| n == 1).await?;
    they_talk(&talk).await?;
    assert_eq!(talk.centre.figure("calls_broken_off_unrecorded_total").await?, 1);

    // Another caller, meanwhile.
    let mut other = Phone::new("other", "015112345679", talk.centre.sip, CALLER, &Ladder::default()).await?;
    other.invite("1001").await?;
    assert_eq!(other.refused(SOON).await?, 503);
    assert_eq!(talk.centre.figure("calls_refused_unrecorded_total").await?, 1);

    disk.empty()?;
    let (centre, who) = (&talk.centre, &talk.reviewer);
    centre.figure_until("recordings_open", LATER, |n| n == 1).await?;
    they_talk(&talk).await?;
    talk.caller.hang_up().await?;
    talk.agent.hung_up(SOON).await?;
    let whole = |page: &Value| recordings(page).iter().filter(|r| r["state"] == "stored").count() == 1;
    let page = centre.until(who, "conversations?limit=10", whole).await?;
    let all = recordings(&page);
    let of = |state: &str| all.iter().find(|r| r["state"] == state).cloned();
    let (broken, rest) = (of("failed").context("the first one")?, of("stored").context("the rest")?);
    assert_eq!(broken["call"], rest["call"]);
    assert!(verdict(centre, who, &rest).await?["intact"] == true && id(&rest)? != id(&broken)?);
    Ok(())
}

/// Under `on_bridge` the caller waits in the queue; nobody rings for a call that could not be recorded, and it ends.
///
/// Rows: S4.6
#[tokio::test(flavor = "multi_thread")]
async fn nobody_rings_for_a_call_that_cannot_be_recorded() -> Result<()> {
    let centre = Centre::start().await?;
    let admin = centre.login("admin").await?;
    let rule = json!({ "start": "on_bridge", "policy": "record_or_refuse" });
    rule_of(&centre, &admin, "Support", rule).await?;
    let ladder = Ladder::default();
    let mut agent = Phone::new("2001", "2001", centre.sip, AGENT, &ladder).await?;
    agent.register(ringdesk_interop::PASSWORD, 300).await?;
    centre.agent_ready("agent1").await?;
    let mut caller = Phone::new("caller", "015112345678", centre.sip, CALLER, &ladder).await?;
    caller.invite("1001").await?;
    caller.answered(SOON).await?;
    // While the caller hears the notice the disk goes away.
    let folder = centre.folder.path().join("data/recordings");
    std::fs::remove_dir_all(&folder).ok();
    std::fs::write(&folder, "in the way")?;
    caller.hung_up(SOON).await?;
    assert!(agent.rings(std::time::Duration::from_millis(300)).await.is_err(), "the agent's telephone rang");
    assert_eq!(centre.figure("calls_refused_unrecorded_total").await?, 1);
    Ok(())
}
