//! Calls that are recorded: heard afterwards over HTTP, told apart by their tones, and there after a crash.

use anyhow::{Context as _, Result, ensure};
use ringdesk_audio::tone::measure;
use ringdesk_interop::{Centre, Ladder, Login, PASSWORD, Phone};
use serde_json::{Value, json};
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(10);
const LATER: Duration = Duration::from_secs(30);
const CALLER: f32 = 440.0;
const AGENT: f32 = 620.0;

/// A call that agent1 has answered; both are heard.
struct Talk {
    centre: Centre,
    caller: Phone,
    agent: Phone,
    agents: Login,
    reviewer: Login,
}

impl Talk {
    async fn begin() -> Result<Talk> {
        Talk::begin_with(Centre::start().await?).await
    }

    async fn begin_with(centre: Centre) -> Result<Talk> {
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

    async fn order(&self, action: &str) -> Result<u16> {
        let (_, found) = self.centre.api(&self.agents, "GET", "conversations?limit=1", None).await?;
        let call = found[0]["calls"][0]["id"].as_str().context("a call")?;
        let body = json!({ "action": action });
        let (status, _) =
            self.centre.api(&self.agents, "POST", &format!("calls/{call}/recording"), Some(&body)).await?;
        Ok(status)
    }

    /// Both talk for so long: the tones are made in real time.
    async fn lasts(&self, millis: u64) {
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }

    async fn end(&mut self) -> Result<Value> {
        self.caller.hang_up().await?;
        self.agent.hung_up(SOON).await?;
        stored(&self.centre, &self.reviewer, 1).await.map(|all| all[0].clone())
    }
}

/// The recordings of all conversations, when so many of them are stored.
async fn stored(centre: &Centre, who: &Login, count: usize) -> Result<Vec<Value>> {
    let whole = |r: &Value| r["state"] == "stored" || r["state"] == "verified";
    let all = |page: &Value| recordings(page).len() == count && recordings(page).iter().all(whole);
    Ok(recordings(&centre.until(who, "conversations?limit=100", all).await?))
}

fn recordings(page: &Value) -> Vec<Value> {
    let of = |c: &Value| c["recordings"].as_array().cloned().unwrap_or_default();
    page.as_array().into_iter().flatten().flat_map(of).collect()
}

fn id(recording: &Value) -> Result<&str> {
    recording["id"].as_str().context("an id")
}

/// The sound as WAV: left and right.
async fn wav(centre: &Centre, who: &Login, recording: &Value) -> Result<[Vec<i16>; 2]> {
    let path = format!("recordings/{}/audio?format=wav", id(recording)?);
    let (status, head, bytes) = centre.fetch(Some(who), &path, None).await?;
    ensure!(status == 200, "{path}: {status}\n{head}");
    sides(&bytes)
}

fn sides(wav: &[u8]) -> Result<[Vec<i16>; 2]> {
    let mut reader = hound::WavReader::new(Cursor::new(wav))?;
    ensure!(reader.spec().channels == 2 && reader.spec().sample_rate == 8_000, "{:?}", reader.spec());
    let samples = reader.samples::<i16>().collect::<Result<Vec<_>, _>>()?;
    let side = |n: usize| samples.iter().skip(n).step_by(2).copied().collect();
    Ok([side(0), side(1)])
}

/// Half seconds in which this tone is loud.
fn loud(side: &[i16], hz: f32) -> usize {
    side.chunks_exact(4_000).filter(|half| measure(half, 8_000, hz) > -20.0).count()
}

async fn verdict(centre: &Centre, who: &Login, recording: &Value) -> Result<Value> {
    let (status, verdict) = centre.api(who, "GET", &format!("recordings/{}/verify", id(recording)?), None).await?;
    ensure!(status == 200, "{status} {verdict}");
    Ok(verdict)
}

/// Where the log of a recording lies.
fn log_of(centre: &Centre, recording: &Value) -> Result<PathBuf> {
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
fn decoded(ogg: &[u8]) -> Result<[Vec<i16>; 2]> {
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
