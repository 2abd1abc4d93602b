//! Engines that are not what they should be, and a worker that dies, under a call that goes on: what the transcript, the
//! doctor and the figures say of it.

use super::transcripts::{COAT, SUNDAY, Talk, scripted, sound};
use anyhow::{Context as _, Result, ensure};
use ringdesk_interop::centre::binary;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(10);

/// What each transcript says of why it is as it is.
fn reasons(all: &[Value]) -> Vec<&str> {
    all.iter().map(|one| one["reason"].as_str().unwrap_or_default()).collect()
}

/// They talk: a tone arrives.
async fn they_talk(talk: &mut Talk) -> Result<()> {
    talk.caller.sound.hum(440.0);
    talk.agent.sound.clear();
    ensure!(talk.agent.sound.hears_tone(440.0, SOON).await.is_some(), "the agent no longer hears the caller");
    talk.caller.sound.hum(0.0);
    Ok(())
}

async fn caller_says(talk: &Talk, name: &str) -> Result<()> {
    talk.caller.sound.say(&sound(name)?);
    talk.caller.sound.said().await;
    Ok(())
}

fn doctor(config: &Path) -> Result<String> {
    Ok(String::from_utf8(Command::new(binary()).args(["doctor", "--config"]).arg(config).output()?.stdout)?)
}

/// The worker: the server's child of that name.
fn worker(server: u32) -> Result<u32> {
    for entry in std::fs::read_dir("/proc")?.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let status = std::fs::read_to_string(entry.path().join("status")).unwrap_or_default();
        let parent = status.lines().find_map(|line| line.strip_prefix("PPid:")?.trim().parse::<u32>().ok());
        let command = std::fs::read_to_string(entry.path().join("cmdline")).unwrap_or_default();
        if parent == Some(server) && command.contains("asr-worker") {
            return Ok(pid);
        }
    }
    anyhow::bail!("the server has no worker")
}

/// `kill -9` while it hears a sentence: that caption is missing and it is said, the next one is there, the call does not
/// notice, and the second pass has both.
///
/// Rows: V4
#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_killed_costs_one_caption() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let busy = folder.path().join("busy");
    let script = format!("cat > /dev/null; if test -e {}; then sleep 1000; fi; echo some words", busy.display());
    let engine = format!(
        "[asr]\nlive_seconds = 20\n[[asr.engines]]\nkind = \"command\"\nname = \"shell\"\nprogram = \"sh\"\n\
         args = [\"-c\", {script:?}]\nlanguages = [\"en\"]\n"
    );
    let mut talk = Talk::begin(&engine).await?;
    std::fs::write(&busy, "")?;
    caller_says(&talk, SUNDAY.0).await?;
    talk.centre.figure_until("asr_working", SOON, |n| n == 1).await?;
    let (before, first) = (talk.centre.figure("asr_worker_starts_total").await?, worker(talk.centre.pid())?);
    ensure!(Command::new("kill").args(["-9", &first.to_string()]).status()?.success(), "kill");
    std::fs::remove_file(&busy)?;
    they_talk(&mut talk).await?;
    talk.centre.figure_until("captions_missed_total", SOON, |n| n == 1).await?;
    talk.centre.figure_until("asr_worker_starts_total", SOON, |n| n == before + 1).await?;
    caller_says(&talk, COAT.0).await?;
    talk.centre.figure_until("captions_total", SOON, |n| n == 1).await?;
    assert_ne!(worker(talk.centre.pid())?, first);
    talk.end().await?;
    let all = talk.transcripts(&[("live", "superseded"), ("final", "done")]).await?;
    let reasons = reasons(&all);
    assert!(reasons[0].contains("1 of 2 utterances are missing") && reasons[0].contains("worker died"), "{reasons:?}");
    assert_eq!(reasons[1], "");
    assert_eq!(talk.lines(&talk.reviewer, "").await?.len(), 2, "the second pass has both");
    let (_, page) = talk.centre.api(&talk.reviewer, "GET", "conversations?limit=1", None).await?;
    assert_eq!(page[0]["calls"][0]["hangup_cause"], "normal", "{page}");
    Ok(())
}

/// Rubbish, another language, no end: each is a fault with its name, nothing of it is found, and nobody in the call knows.
///
/// Rows: V4
#[tokio::test(flavor = "multi_thread")]
async fn what_an_engine_says_wrongly_is_in_no_transcript() -> Result<()> {
    let shell = |script: &str| {
        format!(
            "[[asr.engines]]\nkind = \"command\"\nname = \"shell\"\nprogram = \"sh\"\nargs = [\"-c\", {script:?}]\n\
             languages = [\"en\"]\noutput = \"json\"\n"
        )
    };
    let cases = [
        (shell("cat > /dev/null; head -c 5000 /dev/urandom"), "rubbish instead of a transcript"),
        (shell("cat > /dev/null; yes '{'"), "rubbish instead of a transcript: it does not stop"),
        (shell("exit 7"), "ended with exit status: 7"),
        (scripted(&[(SUNDAY.0, "您好，请问有什么可以帮您")], "answer"), "the answer is not in en"),
    ];
    for (engine, why) in cases {
        let mut talk = Talk::begin(&engine).await?;
        caller_says(&talk, SUNDAY.0).await?;
        talk.centre.figure_until("captions_missed_total", SOON, |n| n == 1).await?;
        they_talk(&mut talk).await?;
        talk.end().await?;
        let all = talk.transcripts(&[("live", "failed"), ("final", "failed")]).await?;
        for reason in reasons(&all) {
            assert!(reason.contains(why), "{why}: {reason}");
        }
        assert!(talk.lines(&talk.reviewer, "&superseded=true").await?.is_empty(), "{why}");
        assert!(talk.centre.figure("asr_clips_failed_total").await? >= 2, "{why}");
    }
    Ok(())
}

fn stub() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../asr/tests/fixtures/for-tests-ggml-tiny.bin")
}

/// A model that is not there, or not right: said in the same words by transcript, doctor and figures, and no harm to anybody.
///
/// Rows: V4
#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_is_not_right_is_said_everywhere() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let whole = std::fs::read(stub())?;
    let file = |name: &str, bytes: &[u8]| -> Result<PathBuf> {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes)?;
        Ok(path)
    };
    let models = [
        ("missing", folder.path().join("none.bin"), String::new(), "there is no file"),
        ("half", file("half.bin", &whole[..300_000])?, String::new(), "breaks off"),
        ("page", file("page.bin", b"<!DOCTYPE html>")?, String::new(), "is no model for whisper.cpp"),
        ("other", stub(), format!("sha256 = {:?}\n", "0".repeat(64)), "is not what it should be"),
    ];
    let engine = |(name, path, sum, _): &(&str, PathBuf, String, &str)| {
        format!("[[asr.engines]]\nkind = \"whisper\"\nname = {name:?}\nmodel = {path:?}\n{sum}")
    };
    let config: String = models.iter().map(engine).collect();
    let mut talk = Talk::begin(&config).await?;
    caller_says(&talk, SUNDAY.0).await?;
    they_talk(&mut talk).await?;
    talk.end().await?;
    let all = talk.transcripts(&[("live", "no_engine"), ("final", "no_engine")]).await?;
    let page = doctor(&talk.centre.configuration())?;
    for (name, .., why) in &models {
        for said in reasons(&all).into_iter().chain([page.as_str()]) {
            let words = format!("{name}: engine not ready: ");
            let rest = said.split(&words).nth(1).with_context(|| format!("{words} is not in {said}"))?;
            let mine = rest.split("; ").next().unwrap_or_default();
            assert!(mine.contains(why), "{name}: {said}");
        }
        assert_eq!(talk.centre.figure(&format!("asr_engine_ready{{engine=\"{name}\"}}")).await?, 0);
    }
    for language in ["en", "zh-CN"] {
        assert!(page.contains(&format!("absent   recognition {language}: no_engine")), "{page}");
        assert_eq!(talk.centre.figure(&format!("asr_no_engine{{language=\"{language}\"}}")).await?, 1);
    }
    assert_eq!(talk.centre.figure("asr_worker_starts_total").await?, 1, "nothing died of it");
    Ok(())
}

/// whisper.cpp in the server's worker, with a model without weights: it works as hard as with them, and understands nothing.
///
/// Rows: V4
#[tokio::test(flavor = "multi_thread")]
async fn whisper_hears_a_call_through() -> Result<()> {
    let config = format!(
        "[[asr.engines]]\nkind = \"whisper\"\nmodel = {:?}\nshort_context = true\n\
         sha256 = \"c486fb9f14a28b1c1dc252741a431646cc573450c900b9d9c406e10294aa01e6\"\n",
        stub()
    );
    let mut talk = Talk::begin(&config).await?;
    talk.said(SUNDAY.0, COAT.0).await?;
    talk.end().await?;
    let all = talk.transcripts(&[("live", "superseded"), ("final", "done")]).await?;
    assert_eq!(all[1]["engine"], json!("whisper for-tests-ggml-tiny.bin"), "{all:?}");
    assert!(talk.lines(&talk.reviewer, "&superseded=true").await?.is_empty(), "what it says is not believed");
    assert_eq!(talk.centre.figure("asr_worker_starts_total").await?, 1);
    assert_eq!(talk.centre.figure("asr_engine_ready{engine=\"whisper\"}").await?, 1);
    assert!(talk.centre.figure("asr_second_pass_clips_heard_total").await? >= 2);
    let page = doctor(&talk.centre.configuration())?;
    assert!(page.contains("ok       recognition zh-CN: whisper"), "{page}");
    Ok(())
}
