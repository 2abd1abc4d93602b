//! What recordings say of themselves, which queues they are made in, and how they go.

use super::api::{follow, line};
use super::recordings::{self, Talk, id, log_of, stored, wav};
use super::transcripts::{self, COAT, SUNDAY, scripted};
use anyhow::{Context as _, Result, ensure};
use ringdesk_interop::Centre;
use serde_json::{Value, json};
use std::time::Duration;

/// Each state is an event of the outbox, in order, on the socket while it happens and for who resumes; whoever follows it is
/// woken at once, also by what is found out afterwards.
///
/// Rows: S4.6
#[tokio::test(flavor = "multi_thread")]
async fn each_state_of_a_recording_is_an_event() -> Result<()> {
    let mut talk = Talk::begin().await?;
    let mut live = follow(&talk.centre, &talk.reviewer, Some(0)).await;
    talk.lasts(500).await;
    assert_eq!((talk.order("mask").await?, talk.order("unmask").await?), (204, 204));
    let recording = talk.end().await?;
    recordings::verdict(&talk.centre, &talk.reviewer, &recording).await?;
    let whole = ["requested", "started", "masked", "started", "sealing", "stored", "verified"];
    let mut resumed = follow(&talk.centre, &talk.reviewer, Some(0)).await;
    for (name, socket) in [("live", &mut live), ("resumed", &mut resumed)] {
        let mut states = Vec::new();
        while states.last().map(String::as_str) != Some("verified") {
            let event = line(socket).await;
            if event["type"] == "recording_updated" {
                assert_eq!(event["data"]["recording"], recording["id"], "{event}");
                assert!(event["data"]["conversation"].is_string(), "{event}");
                states.push(event["data"]["state"].as_str().context("a state")?.to_owned());
            }
        }
        states.retain(|state| state != "rendered"); // when the machine finds the time
        assert_eq!(states, whole, "{name}");
    }
    Ok(())
}

/// What is keyed while the recording is masked is in no row, no event, no log, no transcript; what is keyed at other times
/// is not kept either.
///
/// Rows: V11
#[tokio::test(flavor = "multi_thread")]
async fn keys_are_kept_nowhere() -> Result<()> {
    const CARD: &str = "4929712083651948";
    let mut talk = Talk::begin().await?;
    let mut live = follow(&talk.centre, &talk.reviewer, Some(0)).await;
    assert_eq!(talk.order("mask").await?, 204);
    for key in CARD.chars() {
        talk.caller.sound.press(key);
        talk.lasts(240).await;
    }
    for key in CARD.chars() {
        talk.caller.info_key(key).await?;
    }
    assert_eq!(talk.order("unmask").await?, 204);
    talk.lasts(500).await;
    let recording = talk.end().await?;
    let (centre, admin) = (&talk.centre, talk.centre.login("admin").await?);
    let (_, page) = centre.api(&admin, "GET", "conversations?limit=1", None).await?;
    let (conversation, call) = (text(&page[0]["id"])?, text(&page[0]["calls"][0]["id"])?);
    let mut seen = String::new();
    for path in [
        format!("conversations/{conversation}"),
        format!("conversations/{conversation}/messages"),
        format!("conversations/{conversation}/events"),
        format!("calls/{call}/events"),
        "audit?limit=200".into(),
        format!("recordings/{}/transcript", text(&recording["id"])?),
    ] {
        let (status, body) = centre.api(&admin, "GET", &path, None).await?;
        ensure!(status == 200, "{path}: {status}");
        seen.push_str(&body.to_string());
        assert!(!body.to_string().contains("digit"), "{path}: {body}");
    }
    loop {
        let event = line(&mut live).await;
        seen.push_str(&event.to_string());
        if event["data"]["state"] == "stored" {
            break;
        }
    }
    seen.push_str(&centre.log());
    assert!(seen.contains(conversation.as_str()), "this test reads the wrong things");
    // Neither the number nor a run of it, however it is written.
    let bare: String = seen.chars().filter(|c| !matches!(c, ' ' | ',' | '"' | '\'' | '-')).collect();
    for part in CARD.as_bytes().windows(8) {
        let part = std::str::from_utf8(part)?;
        assert!(!bare.contains(part), "{part} was kept");
    }
    assert!(!centre.log().to_lowercase().contains("digit: "), "the log names keys");
    let [left, _] = wav(centre, &admin, &recording).await?;
    assert!(left.len() > 8_000);
    Ok(())
}

fn text(value: &Value) -> Result<String> {
    Ok(value.as_str().context("a text")?.to_owned())
}

/// A queue says what is recorded in it: not at all, although the number's calls are; then only the talk.
///
/// Rows: S4.6
#[tokio::test(flavor = "multi_thread")]
async fn a_queue_has_a_rule_of_its_own() -> Result<()> {
    let centre = Centre::start().await?;
    let admin = centre.login("admin").await?;
    let (_, queues) = centre.api(&admin, "GET", "queues", None).await?;
    let queues = queues.as_array().cloned().unwrap_or_default();
    assert!(queues.iter().all(|q| q["recording"].is_null()), "{queues:?}");
    let path = |queue: &Value| format!("queues/{}/recording", queue["id"].as_str().unwrap_or_default());
    for queue in &queues {
        assert_eq!(centre.api(&admin, "PUT", &path(queue), Some(&json!({ "start": "off" }))).await?.0, 204);
    }
    assert_eq!(centre.api(&admin, "PUT", &path(&queues[0]), Some(&json!({ "start": "now" }))).await?.0, 422);
    let mut talk = Talk::begin_with(centre).await?;
    talk.lasts(1_000).await;
    assert_eq!(talk.centre.figure("recordings_open").await?, 0, "they talk, and nobody records");
    talk.end().await?;
    let first = stored(&talk.centre, &talk.reviewer, 1).await?.remove(0);
    let notice = first["duration_ms"].as_i64().context("a length")?;
    for queue in &queues {
        let rule = json!({ "start": "on_bridge", "policy": "record_or_refuse" });
        assert_eq!(talk.centre.api(&admin, "PUT", &path(queue), Some(&rule)).await?.0, 204);
    }
    let (_, shown) = talk.centre.api(&admin, "GET", "queues", None).await?;
    assert_eq!(shown[0]["recording"], json!({ "start": "on_bridge", "policy": "record_or_refuse" }));
    for queue in &queues[1..] {
        assert_eq!(talk.centre.api(&admin, "DELETE", &path(queue), None).await?.0, 204);
    }
    let (_, audit) = talk.centre.api(&admin, "GET", "audit?limit=50", None).await?;
    assert!(audit.to_string().contains("\"queue.recording\""));
    assert!(notice > 1_000, "the number's rule, until the queue's: {notice} ms");
    Ok(())
}

/// An export lies on the disk for as long as the house says; the file that people play stays.
///
/// Rows: S4.8
#[tokio::test(flavor = "multi_thread")]
async fn an_export_does_not_stay_on_the_disk() -> Result<()> {
    let centre = Centre::start_with("[recordings]\nkeep_wav_seconds = 2\n", &[]).await?;
    let mut talk = Talk::begin_with(centre).await?;
    talk.lasts(1_000).await;
    let recording = talk.end().await?;
    let log = log_of(&talk.centre, &recording)?;
    for _ in 0..2 {
        wav(&talk.centre, &talk.reviewer, &recording).await?;
        assert!(log.with_extension("wav").exists());
        let gone = async {
            while log.with_extension("wav").exists() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), gone).await.context("it stays")?;
    }
    let path = format!("recordings/{}/audio", id(&recording)?);
    assert_eq!(talk.centre.fetch(Some(&talk.reviewer), &path, None).await?.0, 200);
    assert!(log.exists() && log.with_extension("ogg").exists());
    Ok(())
}

/// Erased: nobody hears it, nobody reads it, nobody finds it, and its files are gone. What is on legal hold is not.
async fn is_erased(store: &str) -> Result<()> {
    let mut talk = transcripts::Talk::begin(&format!("{store}{}", scripted(&[SUNDAY, COAT], "answer"))).await?;
    talk.said(SUNDAY.0, COAT.0).await?;
    talk.end().await?;
    talk.transcripts(&[("live", "superseded"), ("final", "done")]).await?;
    assert_eq!(talk.search("q=sunday").await?.len(), 1);
    let (centre, admin) = (&talk.centre, talk.centre.login("admin").await?);
    let recording = stored(centre, &admin, 1).await?.remove(0);
    let log = log_of(centre, &recording)?;
    let of = |what: &str| format!("recordings/{}/{what}", recording["id"].as_str().unwrap_or_default());
    let because = json!({ "reason": "the contact asked" });
    assert_eq!(centre.api(&talk.reviewer, "POST", &of("erase"), Some(&because)).await?.0, 403);
    assert_eq!(centre.api(&admin, "POST", &of("erase"), Some(&json!({ "reason": " " }))).await?.0, 422);
    assert_eq!(centre.api(&admin, "PUT", &of("hold"), Some(&json!({ "reason": "a lawsuit" }))).await?.0, 204);
    let (status, refused) = centre.api(&admin, "POST", &of("erase"), Some(&because)).await?;
    assert!(status == 409 && refused.to_string().contains("legal hold"), "{status} {refused}");
    assert_eq!(stored(centre, &admin, 1).await?[0]["held"], "a lawsuit");
    assert_eq!(talk.search("q=sunday").await?.len(), 1, "nothing was erased");
    assert_eq!(centre.api(&admin, "DELETE", &of("hold"), None).await?.0, 204);
    assert_eq!(centre.api(&admin, "POST", &of("erase"), Some(&because)).await?.0, 204);

    assert_eq!(centre.api(&admin, "POST", &of("erase"), Some(&because)).await?.0, 410);
    assert_eq!(centre.fetch(Some(&admin), &of("audio"), None).await?.0, 410);
    let nothing: [(String, String, i64, i64); 0] = [];
    assert_eq!(talk.lines(&talk.reviewer, "&superseded=true").await?, nothing);
    for word in ["sunday", "coat"] {
        assert!(talk.search(&format!("q={word}")).await?.is_empty(), "{word} is still found");
    }
    for ending in ["rlog", "ogg", "wav", "peaks"] {
        assert!(!log.with_extension(ending).exists(), "{ending}");
    }
    let mut events = follow(centre, &admin, Some(0)).await;
    let mut captions = 0;
    loop {
        let event = line(&mut events).await;
        assert!(!event.to_string().to_lowercase().contains("sunday"), "{event}");
        captions += u32::from(event["type"] == "caption" && event["data"]["erased"] == true);
        if event["data"]["state"] == "erased" {
            assert_eq!(event["data"]["reason"], "the contact asked");
            break;
        }
    }
    assert!(captions > 0, "the captions were there, and say nothing any more");
    let (_, page) = centre.api(&admin, "GET", "conversations?limit=1", None).await?;
    assert_eq!((&page[0]["recordings"][0]["state"], &page[0]["transcripts"]), (&json!("erased"), &json!([])), "{page}");
    let (_, audit) = centre.api(&admin, "GET", "audit?limit=50", None).await?;
    for act in ["recording.hold", "recording.release", "recording.erase"] {
        assert!(audit.to_string().contains(&format!("\"{act}\"")), "{act}");
    }
    Ok(())
}

/// Rows: S12.12
#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_erased_with_its_words_on_sqlite() -> Result<()> {
    is_erased("").await
}

/// Rows: S12.12
#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_erased_with_its_words_on_postgresql() -> Result<()> {
    let url = crate::postgres::database().await;
    is_erased(&format!("[store]\nurl = {url:?}\n")).await
}
