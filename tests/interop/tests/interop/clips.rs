//! Sounds that people send each other: heard like calls, found like calls, gone with their text.

use super::texts::{self, CONFIG};
use super::transcripts::COAT;
use anyhow::{Context as _, Result, ensure};
use ringdesk_interop::{Centre, Login};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// Jobs run when the machine has nothing better to do.
const PATIENCE: Duration = Duration::from_secs(120);
const ENGINE: &str = "[asr]\nlive = false\n[[asr.engines]]\nkind = \"command\"\nname = \"shell\"\nprogram = \"sh\"\n\
    args = [\"-c\", \"cat > /dev/null; echo the lamp arrived in pieces\"]\nlanguages = [\"en\"]\n\
    [asr.queues.sales]\nlanguage = \"zh-CN\"\n";

fn spoken() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../asr/tests/data")).join(COAT.0)
}

/// As a browser's recorder makes it.
fn webm() -> Result<Vec<u8>> {
    let folder = tempfile::tempdir()?;
    let to = folder.path().join("note.webm");
    let mut made = Command::new("ffmpeg");
    made.args(["-v", "error", "-i"]).arg(spoken()).args(["-c:a", "libopus"]).arg(&to);
    ensure!(made.status()?.success(), "ffmpeg");
    Ok(std::fs::read(to)?)
}

/// The line that brought this file, when what became of hearing it is no longer open.
async fn heard(centre: &Centre, who: &Login, conversation: &str, file: &Value) -> Result<(Value, Vec<Value>)> {
    let path = format!("conversations/{conversation}/messages?limit=200");
    let of = |lines: &Value| -> Option<Value> {
        let lines = lines.as_array()?.iter().flat_map(|line| line["attachments"].as_array().into_iter().flatten());
        lines.into_iter().find(|one| one["id"] == *file).map(|one| one["transcript"].clone())
    };
    let ready = |lines: &Value| of(lines).is_some_and(|t| t["state"].is_string() && t["state"] != "running");
    let lines = centre.until_within(PATIENCE, who, &path, ready).await?;
    let said = lines.as_array().into_iter().flatten().filter(|line| line["transcript"] == *file).cloned().collect();
    Ok((of(&lines).context("it is there")?, said))
}

/// Conversations in which somebody said it.
async fn found(centre: &Centre, who: &Login, words: &str) -> Result<Vec<Value>> {
    let (status, page) = centre.api(who, "GET", &format!("search?q={words}"), None).await?;
    ensure!(status == 200, "{status} {page}");
    Ok(page["items"].as_array().cloned().unwrap_or_default())
}

/// A contact's voice note and an agent's are written down like a call, found by their words, and read by nobody once they are
/// taken back. What cannot be heard says why.
///
/// Rows: S3.7
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_voice_note_is_written_down_and_found() -> Result<()> {
    let centre = Centre::start_with(&format!("{CONFIG}{ENGINE}"), &[]).await?;
    let admin = centre.login("admin").await?;
    let bridge = texts::inbox(&centre, &admin, "support", json!({})).await?;
    let agent = centre.agent_ready("agent1").await?;
    let (status, note) = bridge.file("note.webm", &webm()?).await?;
    ensure!(status == 201 && note["kind"] == "sound" && note["mime"] == "audio/webm", "{status} {note}");
    let (status, sent) = bridge.text_with("visitor-1", "ext-1", &note["id"]).await?;
    ensure!(status == 201, "{status} {sent}");
    let conversation = texts::take(&centre, &agent).await?;

    let (clip, said) = heard(&centre, &agent, &conversation, &note["id"]).await?;
    ensure!(clip["state"] == "done" && clip["engine"] == "shell" && clip["language"] == "en", "{clip}");
    ensure!(!said.is_empty(), "nothing was written down");
    for line in &said {
        ensure!(line["kind"] == "speech" && line["speaker"] == "contact", "{line}");
        ensure!(line["text"] == "the lamp arrived in pieces", "{line}");
    }
    let hits = found(&centre, &admin, "lamp%20pieces").await?;
    ensure!(hits.len() == said.len() && hits.iter().all(|hit| hit["conversation_id"] == conversation), "{hits:?}");

    // One of our own, and then it is taken back.
    let path = format!("conversations/{conversation}/attachments?name=note.wav");
    let (status, mine) = centre.upload(&agent, &path, &std::fs::read(spoken())?).await?;
    ensure!(status == 201, "{status} {mine}");
    let messages = format!("conversations/{conversation}/messages");
    let body = json!({ "client_id": "mine", "text": "", "attachments": [mine["id"]] });
    let (status, sent) = centre.api(&agent, "POST", &messages, Some(&body)).await?;
    ensure!(status == 201, "{status} {sent}");
    let (clip, ours) = heard(&centre, &agent, &conversation, &mine["id"]).await?;
    ensure!(clip["state"] == "done" && ours.iter().all(|line| line["speaker"] == "agent"), "{clip} {ours:?}");
    let both = found(&centre, &admin, "lamp%20pieces").await?;
    ensure!(both.len() == said.len() + ours.len() && !ours.is_empty(), "{both:?}");
    let (status, told) = centre.api(&agent, "DELETE", &format!("{messages}/{}", sent["seq"]), None).await?;
    ensure!(status == 200, "{status} {told}");
    ensure!(found(&centre, &admin, "lamp%20pieces").await?.len() == said.len(), "it is found no more");
    let (_, lines) = centre.api(&agent, "GET", &format!("{messages}?limit=200"), None).await?;
    let lines = lines.as_array().context("a list")?;
    ensure!(lines.iter().filter(|line| line["transcript"] == mine["id"]).all(|line| line["text"] == ""), "{lines:#?}");
    ensure!(lines.iter().enumerate().all(|(n, line)| line["seq"] == n + 1), "no gaps: {lines:#?}");

    // What is no sound that can be read, and a language that nobody here hears.
    let (status, broken) = bridge.file("broken.ogg", b"OggS of another kind, or of none at all........").await?;
    ensure!(status == 201, "{status} {broken}");
    bridge.text_with("visitor-1", "ext-2", &broken["id"]).await?;
    let (clip, said) = heard(&centre, &agent, &conversation, &broken["id"]).await?;
    ensure!(clip["state"] == "failed" && said.is_empty(), "{clip}");
    ensure!(clip["reason"].as_str().is_some_and(|why| why.contains("Ogg")), "{clip}");
    let elsewhere = texts::inbox(&centre, &admin, "sales", json!({ "name": "Sales" })).await?;
    let (_, foreign) = elsewhere.file("note.wav", &std::fs::read(spoken())?).await?;
    let (_, sent) = elsewhere.text_with("visitor-2", "ext-3", &foreign["id"]).await?;
    let other = sent["conversation"].as_str().context("a conversation")?;
    let (clip, _) = heard(&centre, &admin, other, &foreign["id"]).await?;
    ensure!(clip["state"] == "no_engine" && clip["language"] == "zh-CN", "{clip}");
    let (status, _) = centre.api(&agent, "GET", &format!("conversations/{other}/messages"), None).await?;
    ensure!(status == 404, "no part in it: {status}");
    Ok(())
}
