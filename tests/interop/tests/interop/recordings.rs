//! Calls that are recorded: heard afterwards over HTTP, told apart by their tones, and there after a crash.

use anyhow::{Context as _, Result, ensure};
use ringdesk_audio::tone::{dominant, measure};
use ringdesk_interop::{Centre, Ladder, Login, PASSWORD, Phone};
use serde_json::{Value, json};
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

pub(super) const SOON: Duration = Duration::from_secs(10);
pub(super) const LATER: Duration = Duration::from_secs(30);
const CALLER: f32 = 440.0;
const AGENT: f32 = 620.0;

/// A call that agent1 has answered; both are heard.
pub(super) struct Talk {
    pub(super) centre: Centre,
    pub(super) caller: Phone,
    pub(super) agent: Phone,
    pub(super) agents: Login,
    pub(super) reviewer: Login,
}

impl Talk {
    pub(super) async fn begin() -> Result<Talk> {
        Talk::begin_with(Centre::start().await?).await
    }

    pub(super) async fn begin_with(centre: Centre) -> Result<Talk> {
        let ladder = Ladder::default();
        let mut agent = Phone::new("2001", "2001", centre.sip, AGENT, &ladder).await?;
        agent.register(PASSWORD, 300).await?;
        let (agents, reviewer) = (centre.agent_ready("agent1").await?, centre.login("reviewer").await?);
        let mut caller = Phone::new("caller", "015112345678", centre.sip, CALLER, &ladder).await?;
        caller.invite("1001").await?;
        caller.answered(SOON).await?;
        agent.rings(SOON).await?;
        agent.pick_up().await?;
        ensure!(agent.sound.hears_tone(CALLER, SOON).await.is_some(), "the agent does not hear the caller");
        ensure!(caller.sound.hears_tone(AGENT, SOON).await.is_some(), "the caller does not hear the agent");
        Ok(Talk { centre, caller, agent, agents, reviewer })
    }

    pub(super) async fn order(&self, action: &str) -> Result<u16> {
        let (_, found) = self.centre.api(&self.agents, "GET", "conversations?limit=1", None).await?;
        let call = found[0]["calls"][0]["id"].as_str().context("a call")?;
        let body = json!({ "action": action });
        let (status, _) =
            self.centre.api(&self.agents, "POST", &format!("calls/{call}/recording"), Some(&body)).await?;
        Ok(status)
    }

    /// Both talk for so long: the tones are made in real time.
    pub(super) async fn lasts(&self, millis: u64) {
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }

    pub(super) async fn end(&mut self) -> Result<Value> {
        self.caller.hang_up().await?;
        self.agent.hung_up(SOON).await?;
        stored(&self.centre, &self.reviewer, 1).await.map(|all| all[0].clone())
    }
}

/// The recordings of all conversations, when so many of them are stored.
pub(super) async fn stored(centre: &Centre, who: &Login, count: usize) -> Result<Vec<Value>> {
    let whole = |r: &Value| r["state"] == "stored" || r["state"] == "verified";
    let all = |page: &Value| recordings(page).len() == count && recordings(page).iter().all(whole);
    Ok(recordings(&centre.until(who, "conversations?limit=100", all).await?))
}

pub(super) fn recordings(page: &Value) -> Vec<Value> {
    let of = |c: &Value| c["recordings"].as_array().cloned().unwrap_or_default();
    page.as_array().into_iter().flatten().flat_map(of).collect()
}

pub(super) fn id(recording: &Value) -> Result<&str> {
    recording["id"].as_str().context("an id")
}

/// The sound as WAV: left and right.
pub(super) async fn wav(centre: &Centre, who: &Login, recording: &Value) -> Result<[Vec<i16>; 2]> {
    let path = format!("recordings/{}/audio?format=wav", id(recording)?);
    let (status, head, bytes) = centre.fetch(Some(who), &path, None).await?;
    ensure!(status == 200, "{path}: {status}\n{head}");
    sides(&bytes)
}

pub(super) fn sides(wav: &[u8]) -> Result<[Vec<i16>; 2]> {
    let mut reader = hound::WavReader::new(Cursor::new(wav))?;
    ensure!(reader.spec().channels == 2 && reader.spec().sample_rate == 8_000, "{:?}", reader.spec());
    let samples = reader.samples::<i16>().collect::<Result<Vec<_>, _>>()?;
    let side = |n: usize| samples.iter().skip(n).step_by(2).copied().collect();
    Ok([side(0), side(1)])
}

/// Half seconds in which this tone is loud.
pub(super) fn loud(side: &[i16], hz: f32) -> usize {
    side.chunks_exact(4_000).filter(|half| measure(half, 8_000, hz) > -20.0).count()
}

pub(super) async fn verdict(centre: &Centre, who: &Login, recording: &Value) -> Result<Value> {
    let (status, verdict) = centre.api(who, "GET", &format!("recordings/{}/verify", id(recording)?), None).await?;
    ensure!(status == 200, "{status} {verdict}");
    Ok(verdict)
}

/// Where the log of a recording lies.
pub(super) fn log_of(centre: &Centre, recording: &Value) -> Result<PathBuf> {
    let name = format!("{}.rlog", id(recording)?);
    fn find(folder: &Path, name: &str) -> Option<PathBuf> {
        std::fs::read_dir(folder).ok()?.flatten().find_map(|entry| {
            let path = entry.path();
            if path.is_dir() { find(&path, name) } else { path.ends_with(name).then_some(path) }
        })
    }
    find(&centre.folder.path().join("data/recordings"), &name).with_context(|| format!("{name} on the disk"))
}

/// Two people talk; afterwards each is on their side and nowhere else, in both formats, with waveform, verdict, certificate
/// and audit.
///
/// Rows: S4.6, S4.8, S10.19, S12.10, V6
#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_heard_afterwards_caller_left_agent_right() -> Result<()> {
    let mut talk = Talk::begin().await?;
    let page =
        talk.centre.until(&talk.reviewer, "conversations?limit=1", |c| c[0]["recordings"][0]["state"] == "started");
    let early = recordings(&page.await?)[0].clone();
    let (status, _) =
        talk.centre.api(&talk.reviewer, "GET", &format!("recordings/{}/audio", id(&early)?), None).await?;
    assert_eq!(status, 409, "it is still being made");
    talk.lasts(3_000).await;
    let recording = talk.end().await?;
    let (centre, who) = (&talk.centre, &talk.reviewer);
    let [left, right] = wav(centre, who, &recording).await?;
    assert_eq!(left.len(), right.len());
    let lasted = recording["duration_ms"].as_i64().context("a duration")?;
    assert!((left.len() as i64 / 8 - lasted).abs() <= 1_000, "{} samples in {lasted} ms", left.len());
    assert!(loud(&left, CALLER) >= 6 && loud(&right, AGENT) >= 6, "{} {}", loud(&left, CALLER), loud(&right, AGENT));
    for half in left.chunks_exact(4_000).filter(|h| measure(h, 8_000, CALLER) > -20.0) {
        assert!(measure(half, 8_000, AGENT) < -50.0, "the agent is heard left");
    }
    for half in right.chunks_exact(4_000).filter(|h| measure(h, 8_000, AGENT) > -20.0) {
        assert!(measure(half, 8_000, CALLER) < -50.0, "the caller is heard right");
    }
    // The notice came before the talk, from the answer on.
    let announced = right[..8_000].iter().filter(|s| s.unsigned_abs() > 500).count();
    assert!(announced > 1_000, "the notice is the first thing on the tape: {announced}");

    let (status, head, ogg) = centre.fetch(Some(who), &format!("recordings/{}/audio", id(&recording)?), None).await?;
    assert!(status == 200 && head.contains("audio/ogg") && ogg.starts_with(b"OggS"), "{status} {head}");
    let [left, right] = decoded(&ogg)?;
    assert!(loud(&left, CALLER) >= 6 && loud(&right, AGENT) >= 6, "Opus: {}", loud(&left, CALLER));
    let (status, _, part) =
        centre.fetch(Some(who), &format!("recordings/{}/audio", id(&recording)?), Some("bytes=100-299")).await?;
    assert_eq!((status, &part[..]), (206, &ogg[100..300]));

    let (_, peaks) = centre.api(who, "GET", &format!("recordings/{}/peaks", id(&recording)?), None).await?;
    let spans = peaks["left"].as_array().context("a waveform")?;
    assert!((spans.len() as i64 * 50 - lasted).abs() < 1_100, "{} spans", spans.len());
    assert!(spans.iter().any(|pair| pair[1].as_i64() > Some(20)), "{peaks}");
    let verdict = verdict(centre, who, &recording).await?;
    assert_eq!((&verdict["intact"], &verdict["as_stored"]), (&json!(true), &json!(true)), "{verdict:#}");
    assert_eq!(verdict["sha256"], recording["sha256"]);
    let (_, paper) = centre.api(who, "GET", &format!("recordings/{}/certificate", id(&recording)?), None).await?;
    assert_eq!((&paper["log"]["sha256"], &paper["log"]["intact"]), (&recording["sha256"], &json!(true)), "{paper:#}");
    assert_eq!(paper["file"]["bytes"], ogg.len());
    let admin = centre.login("admin").await?;
    let (_, audit) = centre.api(&admin, "GET", "audit?limit=200", None).await?;
    for act in ["play", "export", "peaks", "verify", "certificate"] {
        let entries = audit.as_array().into_iter().flatten();
        let found = entries.filter(|e| e["action"] == format!("recording.{act}")).count();
        assert!(found > 0, "recording.{act} is not in the audit");
    }
    assert_eq!(centre.figure("recordings_open").await?, 0);
    Ok(())
}

/// What ffmpeg hears of a file.
pub(super) fn decoded(ogg: &[u8]) -> Result<[Vec<i16>; 2]> {
    let folder = tempfile::tempdir()?;
    let (from, to) = (folder.path().join("a.ogg"), folder.path().join("a.wav"));
    std::fs::write(&from, ogg)?;
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-y", "-i"]).arg(&from).args(["-ar", "8000", "-ac", "2", "-c:a", "pcm_s16le"]).arg(&to);
    ensure!(
        ffmpeg.stdin(Stdio::null()).status().context("ffmpeg (scripts/setup test installs it)")?.success(),
        "ffmpeg"
    );
    sides(&std::fs::read(to)?)
}

/// Mask and pause leave silence on both sides, listed, and the clock goes on; whoever is no part of the call may order nothing.
///
/// Rows: S4.6, V6, V11
#[tokio::test(flavor = "multi_thread")]
async fn what_is_masked_or_paused_is_silence_and_the_clock_goes_on() -> Result<()> {
    let mut talk = Talk::begin().await?;
    talk.lasts(1_500).await;
    assert_eq!(talk.order("mask").await?, 204);
    talk.lasts(2_000).await;
    assert_eq!(talk.order("unmask").await?, 204);
    talk.lasts(1_500).await;
    assert_eq!(talk.order("pause").await?, 204);
    talk.lasts(1_000).await;
    assert_eq!(talk.order("start").await?, 204);
    assert_eq!(talk.order("start").await?, 409, "it is being recorded");
    assert_eq!(talk.order("unmask").await?, 409, "nothing is masked");
    talk.lasts(1_500).await;
    let began = talk.centre.until(&talk.agents, "conversations?limit=1", |c| c[0]["recordings"][0]["id"].is_string());
    let began = began.await?[0]["calls"][0]["answered_at"].as_i64().context("answered")?;
    let recording = talk.end().await?;
    let (centre, who) = (&talk.centre, &talk.reviewer);
    let [left, right] = wav(centre, who, &recording).await?;
    let shown = stored(centre, who, 1).await?.remove(0);
    let gaps = shown["gaps"].as_array().context("gaps")?;
    let span = |reason: &str| {
        let gap = gaps.iter().find(|g| g["reason"] == reason).with_context(|| format!("{reason} in {gaps:?}"))?;
        anyhow::Ok((gap["from_ms"].as_i64().context("from")?, gap["to_ms"].as_i64().context("to")?))
    };
    let at = |ms: i64| usize::try_from(ms * 8).unwrap();
    let mut ends = 0;
    for (reason, lasted) in [("mask", 2_000), ("pause", 1_000)] {
        let (from, to) = span(reason)?;
        assert!((lasted - 50..lasted + 500).contains(&(to - from)), "{reason}: {from} to {to}");
        for (side, hz) in [(&left, CALLER), (&right, AGENT)] {
            let inside = &side[at(from + 1)..at(to - 1)];
            assert!(inside.iter().all(|s| s.unsigned_abs() <= 8), "{reason}: not silent");
            // A frame at each edge is given to whoever is careful.
            assert!(measure(&side[at(from - 600)..at(from - 100)], 8_000, hz) > -20.0, "{reason}: nothing before");
            assert!(measure(&side[at(to + 100)..at(to + 600)], 8_000, hz) > -20.0, "{reason}: nothing after");
        }
        ends = to;
    }
    assert!(left.len() > at(ends + 1_000), "the clock went on");
    assert!(began > 0 && verdict(centre, who, &recording).await?["intact"] == true);
    let admin = centre.login("admin").await?;
    let (_, audit) = centre.api(&admin, "GET", "audit?limit=200", None).await?;
    for act in ["mask", "unmask", "pause", "start"] {
        assert!(audit.to_string().contains(&format!("\"recording.{act}\"")), "{act}");
    }
    Ok(())
}

/// Stopped by hand and begun again: two recordings of one call.
///
/// Rows: S4.6
#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_stopped_and_begun_again_by_hand() -> Result<()> {
    let mut talk = Talk::begin().await?;
    talk.lasts(1_000).await;
    assert_eq!(talk.order("stop").await?, 204);
    assert_eq!(talk.order("mask").await?, 409, "nothing is recorded");
    talk.lasts(1_000).await;
    assert_eq!(talk.order("start").await?, 204);
    talk.lasts(2_000).await;
    talk.caller.hang_up().await?;
    talk.agent.hung_up(SOON).await?;
    let both = stored(&talk.centre, &talk.reviewer, 2).await?;
    let [left, right] = wav(&talk.centre, &talk.reviewer, &both[1]).await?;
    let seconds = left.len() / 8_000;
    assert!((1..=4).contains(&seconds), "{seconds} s");
    // Begun in the middle of the talk: it still knows who is who.
    assert!(loud(&left, CALLER) >= 3 && loud(&right, AGENT) >= 3, "{} {}", loud(&left, CALLER), loud(&right, AGENT));
    assert_eq!(loud(&left, AGENT) + loud(&right, CALLER), 0);
    Ok(())
}

/// Rows: S4.6, S12.10
#[tokio::test(flavor = "multi_thread")]
async fn a_changed_file_is_found_and_a_link_is_heard_by_anybody() -> Result<()> {
    let mut talk = Talk::begin().await?;
    talk.lasts(2_000).await;
    let recording = talk.end().await?;
    let (centre, who) = (&talk.centre, &talk.reviewer);
    let (status, link) = centre
        .api(who, "POST", &format!("recordings/{}/link", id(&recording)?), Some(&json!({ "format": "wav" })))
        .await?;
    assert_eq!(status, 200, "{link}");
    let url = link["url"].as_str().context("a url")?;
    let (status, _, bytes) = centre.fetch(None, url, None).await?;
    assert!(status == 200 && loud(&sides(&bytes)?[0], CALLER) >= 3);
    assert_eq!(centre.fetch(None, url, Some("bytes=0-3")).await?.2, b"RIFF");
    let (rest, last) = url.split_at(url.len() - 1);
    let forged = format!("{rest}{}", if last == "0" { 1 } else { 0 });
    assert_eq!(centre.fetch(None, &forged, None).await?.0, 404, "a forged one");

    let log = log_of(centre, &recording)?;
    let written = std::fs::read(&log)?;
    assert_eq!(verdict(centre, who, &recording).await?["intact"], true);
    let mut flipped = written.clone();
    flipped[written.len() / 2] ^= 1;
    let mut cut = written.clone();
    cut.truncate(written.len() - 1);
    let mut shorter = written.clone();
    shorter.drain(written.len() / 3..written.len() / 2);
    for (what, bytes) in [("a byte is another", flipped), ("the end is missing", cut), ("a piece is missing", shorter)]
    {
        std::fs::write(&log, bytes)?;
        let verdict = verdict(centre, who, &recording).await?;
        assert_eq!((&verdict["intact"], &verdict["as_stored"]), (&json!(false), &json!(false)), "{what}: {verdict:#}");
        assert!(verdict["faults"].as_array().is_some_and(|f| !f.is_empty()), "{what}: {verdict:#}");
    }
    assert_eq!(centre.figure("recordings_altered_total{what=\"log\"}").await?, 3);
    std::fs::write(&log, written)?;
    assert_eq!(verdict(centre, who, &recording).await?["intact"], true);
    std::fs::remove_file(&log)?;
    let (status, _) = centre.api(who, "GET", &format!("recordings/{}/verify", id(&recording)?), None).await?;
    assert_eq!(status, 410);
    Ok(())
}

/// Twenty callers (`RINGDESK_RECORDED_CALLS` says how many; `make soak` has fifty), `kill -9`, the same folder again: each recording ends where the server died, not a second before, and
/// nothing in it was changed. Jobs that had not run do.
async fn recordings_survive(store: &str) -> Result<()> {
    let config = format!("{store}[recordings]\nrule = {{ start = \"on_answer\" }}\n");
    let mut centre = Centre::start_with(&config, &[]).await?;
    let count: u8 = std::env::var("RINGDESK_RECORDED_CALLS").map_or(Ok(20), |n| n.parse())?;
    ensure!((1..=50).contains(&count), "there are tones for fifty callers");
    let mut callers = Vec::new();
    for n in 0..count {
        let hz = 400.0 + 60.0 * f32::from(n);
        let mut caller = Phone::new("caller", &format!("0151123456{n:02}"), centre.sip, hz, &Ladder::default()).await?;
        caller.invite("1003").await?;
        caller.answered(SOON).await?;
        callers.push((hz, tokio::time::Instant::now(), caller));
    }
    for (hz, _, caller) in &callers {
        caller.sound.hears_tone(*hz, LATER).await.with_context(|| format!("the echo of {hz} Hz\n{}", centre.log()))?;
    }
    assert_eq!(centre.figure("recordings_open").await?, u64::from(count));
    tokio::time::sleep(Duration::from_millis(2_345)).await;
    let killed = tokio::time::Instant::now();
    centre.crash_and_restart().await?;
    let who = centre.login("admin").await?;
    stored(&centre, &who, usize::from(count)).await?;
    // The jobs render what nobody has asked for yet; only then it is known what the network lost.
    let rendered = |page: &Value| {
        let quiet = |r: &Value| r["gaps"].as_array().is_some_and(|g| g.iter().any(|g| g["side"] == "right"));
        recordings(page).iter().all(quiet)
    };
    // At the lowest priority: beside other work it takes as long as that leaves it.
    let patience = Duration::from_secs(30) + Duration::from_secs(12) * u32::from(count);
    let all = recordings(&centre.until_within(patience, &who, "conversations?limit=100", rendered).await?);
    let mut heard = Vec::new();
    for recording in &all {
        assert!(log_of(&centre, recording)?.with_extension("ogg").exists());
        assert_eq!(recording["reason"], "recovered");
        let verdict = verdict(&centre, &who, recording).await?;
        assert_eq!((&verdict["intact"], &verdict["as_stored"]), (&json!(true), &json!(true)), "{verdict:#}");
        let gaps = recording["gaps"].as_array().context("gaps")?;
        assert!(gaps.iter().any(|g| g["reason"] == "damaged"), "the lost end is listed: {gaps:?}");
        let [left, _] = wav(&centre, &who, recording).await?;
        heard.push((dominant(&left, 8_000), left, gaps));
    }
    for (hz, answered, _) in &callers {
        let (_, left, gaps) =
            heard.iter().find(|(tone, ..)| (tone - hz).abs() < 20.0).with_context(|| format!("nobody says {hz} Hz"))?;
        let (lasted, kept) = ((killed - *answered).as_secs_f64(), left.len() as f64 / 8_000.0);
        assert!(lasted - kept <= 1.0 && kept <= lasted + 0.5, "{hz} Hz: {kept:.2} s of {lasted:.2} s");
        // No hole but those in the list: this machine may be too busy to speak in time.
        for (n, part) in (0i64..).zip(left.chunks_exact(4_000)) {
            let (from, to) = (n * 500, n * 500 + 500);
            let listed = |g: &Value| {
                g["side"] != "right" && g["from_ms"].as_i64() < Some(to) && g["to_ms"].as_i64() > Some(from)
            };
            let level = measure(part, 8_000, *hz);
            assert!(level > -20.0 || gaps.iter().any(listed), "{hz} Hz at {from} ms: {level} dBFS, not in {gaps:?}");
        }
    }
    Ok(())
}

/// Rows: S4.6, V6
#[tokio::test(flavor = "multi_thread")]
async fn recordings_survive_a_crash_on_sqlite() -> Result<()> {
    recordings_survive("").await
}

/// Rows: S4.6, V6
#[tokio::test(flavor = "multi_thread")]
async fn recordings_survive_a_crash_on_postgresql() -> Result<()> {
    let url = crate::postgres::database().await;
    recordings_survive(&format!("[store]\nurl = {url:?}\n")).await
}

/// Where nothing can be written a call goes on and its recording says why; where it must be recorded it is not connected.
///
/// Rows: S4.6
#[tokio::test(flavor = "multi_thread")]
async fn a_call_goes_on_without_a_recording_unless_it_must_not() -> Result<()> {
    let centre = Centre::start().await?;
    // Where the folder of this year belongs stands a file.
    let folder = centre.folder.path().join("data/recordings");
    std::fs::create_dir_all(&folder)?;
    let year = Command::new("date").args(["-u", "+%Y"]).output()?.stdout;
    let year = folder.join(String::from_utf8(year)?.trim());
    std::fs::write(&year, "in the way")?;
    let mut talk = Talk::begin_with(centre).await?;
    talk.caller.hang_up().await?;
    talk.agent.hung_up(SOON).await?;
    let (centre, who) = (&talk.centre, &talk.reviewer);
    let page = centre.until(who, "conversations?limit=1", |c| c[0]["recordings"][0]["state"] == "failed").await?;
    let failed = recordings(&page).remove(0);
    assert_eq!(failed["reason"], "disk_error");
    assert_eq!(centre.figure("recordings_failed_total{reason=\"disk_error\"}").await?, 1);
    assert_eq!(centre.figure("recordings_alarm").await?, 1);
    let (status, _) = centre.api(who, "GET", &format!("recordings/{}/audio", id(&failed)?), None).await?;
    assert_eq!(status, 410, "there is nothing of it");

    // Now no call without a recording.
    let admin = centre.login("admin").await?;
    let (_, inboxes) = centre.api(&admin, "GET", "inboxes", None).await?;
    let echo = inboxes.as_array().into_iter().flatten().find(|i| i["name"] == "Echo test").context("the echo test")?;
    let path = format!("inboxes/{}/recording", echo["id"].as_str().context("an id")?);
    let rule = json!({ "start": "on_answer", "policy": "record_or_refuse" });
    assert_eq!(centre.api(&admin, "PUT", &path, Some(&rule)).await?.0, 204);
    talk.caller.invite("1003").await?;
    // It could begin, as far as anybody knew; it did not, and nobody was answered.
    assert_eq!(talk.caller.refused(SOON).await?, 503);
    assert_eq!(centre.figure("calls_refused_unrecorded_total").await?, 1);
    std::fs::remove_file(&year)?;
    std::fs::remove_dir_all(&folder)?;
    std::fs::write(&folder, "in the way")?;
    talk.caller.invite("1003").await?;
    assert_eq!(talk.caller.refused(SOON).await?, 503, "not even answered");
    assert_eq!(centre.figure("calls_refused_unrecorded_total").await?, 2);

    std::fs::remove_file(&folder)?;
    talk.caller.invite("1003").await?;
    talk.caller.answered(SOON).await?;
    talk.caller.sound.clear();
    assert!(talk.caller.sound.hears_tone(CALLER, LATER).await.is_some(), "no echo");
    talk.caller.hang_up().await?;
    let one = |page: &Value| recordings(page).iter().any(|r| r["state"] == "stored");
    centre.until(who, "conversations?limit=10", one).await?;
    assert_eq!(centre.figure("recordings_alarm").await?, 0, "the alarm is over");
    Ok(())
}

/// Recorded from the first talk on; and a server that is told to end waits for the call and seals what was said.
///
/// Rows: S4.6
#[tokio::test(flavor = "multi_thread")]
async fn only_the_talk_is_recorded_and_a_drain_seals_it() -> Result<()> {
    let centre = Centre::start().await?;
    let admin = centre.login("admin").await?;
    let (_, inboxes) = centre.api(&admin, "GET", "inboxes", None).await?;
    let support = inboxes.as_array().into_iter().flatten().find(|i| i["name"] == "Support").context("support")?;
    assert_eq!(support["recording"], json!({ "start": "on_answer", "policy": "best_effort" }));
    let path = format!("inboxes/{}/recording", support["id"].as_str().context("an id")?);
    assert_eq!(centre.api(&admin, "PUT", &path, Some(&json!({ "start": "on_bridge" }))).await?.0, 204);
    let mut talk = Talk::begin_with(centre).await?;
    talk.lasts(2_000).await;
    talk.centre.terminate()?;
    talk.lasts(500).await;
    talk.caller.hang_up().await?;
    talk.agent.hung_up(SOON).await?;
    assert!(talk.centre.ended(SOON).await?.success());
    talk.centre.crash_and_restart().await?;
    let who = talk.centre.login("reviewer").await?;
    let recording = stored(&talk.centre, &who, 1).await?.remove(0);
    assert_eq!(recording["reason"], Value::Null, "nothing had to be recovered");
    assert!(verdict(&talk.centre, &who, &recording).await?["intact"] == true);
    let [left, right] = wav(&talk.centre, &who, &recording).await?;
    // No notice, no music: who talks is heard from the first second on.
    assert!(measure(&right[4_000..8_000], 8_000, AGENT) > -20.0 && measure(&left[4_000..8_000], 8_000, CALLER) > -20.0);
    assert!((2..=6).contains(&(left.len() / 8_000)), "{} s", left.len() / 8_000);
    Ok(())
}
