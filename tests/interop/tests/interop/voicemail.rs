//! Callers who leave a message, and what is heard of it afterwards.

use super::transcripts::{SUNDAY, scripted, sound};
use anyhow::{Context as _, Result, ensure};
use futures_util::StreamExt as _;
use ringdesk_audio::tone::measure;
use ringdesk_interop::{Centre, Ladder, Login, Phone};
use ringdesk_model::{Clock as _, WallClock};
use serde_json::{Value, json};
use std::io::Cursor;
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

const SOON: Duration = Duration::from_secs(10);
const LATER: Duration = Duration::from_secs(30);
const CALLER: f32 = 620.0;
const TONE: f32 = 1_000.0;

/// A caller of this number who has heard the words and the tone, and said nothing yet.
async fn after_the_tone(centre: &Centre, number: &str) -> Result<Phone> {
    let mut caller = Phone::new("caller", "015112345678", centre.sip, CALLER, &Ladder::default()).await?;
    caller.sound.mute(true);
    caller.invite(number).await?;
    caller.answered(SOON).await?;
    hears_the_tone(&caller, centre).await?;
    Ok(caller)
}

async fn hears_the_tone(caller: &Phone, centre: &Centre) -> Result<()> {
    caller.sound.hears_tone(TONE, LATER).await.with_context(|| format!("no tone\n{}", centre.log()))?;
    let before = caller.sound.heard();
    let words = before.len().saturating_sub(8_000);
    let loud = before[..words].iter().filter(|s| s.unsigned_abs() > 500).count();
    ensure!(loud > 2_000, "nothing was said before the tone: {loud}");
    lasts(600).await; // its end
    caller.sound.clear();
    Ok(())
}

/// Callers speak in real time.
async fn lasts(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}

async fn speaks(caller: &Phone, millis: u64) {
    caller.sound.mute(false);
    lasts(millis).await;
}

/// The caller presses the key and says no more.
async fn ends(caller: &Phone) {
    caller.sound.press('#');
    lasts(160).await; // the key's packets
    caller.sound.mute(true);
}

/// The newest conversation, when its call has ended and its recording is stored.
async fn left(centre: &Centre, who: &Login) -> Result<Value> {
    let whole = |c: &Value| {
        let stored = |r: &Value| r["state"] == "stored" || r["state"] == "verified";
        let sounds = c[0]["recordings"].as_array().is_some_and(|all| !all.is_empty() && all.iter().all(stored));
        c[0]["calls"][0]["ended_at"].is_i64() && sounds
    };
    Ok(centre.until(who, "conversations?limit=1", whole).await?[0].clone())
}

async fn of(centre: &Centre, who: &Login, conversation: &Value, what: &str) -> Result<Vec<Value>> {
    let id = conversation["id"].as_str().context("an id")?;
    let (status, found) = centre.api(who, "GET", &format!("conversations/{id}/{what}"), None).await?;
    ensure!(status == 200, "{what}: {status} {found}");
    Ok(found.as_array().cloned().unwrap_or_default())
}

/// The fact, the line of the timeline and the sound agree; gives the place of the message in its recording, in ms.
async fn heard_again(centre: &Centre, who: &Login, conversation: &Value) -> Result<(i64, i64)> {
    assert!(conversation["closed_at"].is_null(), "somebody has to hear it first: {conversation:#}");
    let lines = of(centre, who, conversation, "messages").await?;
    let line = lines.iter().find(|l| l["kind"] == "voicemail").with_context(|| format!("a line: {lines:#?}"))?;
    assert_eq!(line["speaker"], "contact");
    let facts = of(centre, who, conversation, "events").await?;
    let fact = facts.iter().find(|f| f.to_string().contains(r#""voicemail""#) && f.to_string().contains("from_ms"));
    let fact = fact.with_context(|| format!("a fact: {facts:#?}"))?.to_string();
    let recording = conversation["recordings"][0]["id"].as_str().context("a recording")?;
    assert!(fact.contains(recording), "{fact}");
    assert!(line["text"].as_str().is_some_and(|t| t.contains(recording)), "{line}");
    let from = line["start_ms"].as_i64().context("from")?;
    let to = line["end_ms"].as_i64().context("to")?;
    assert!(fact.contains(&format!("\"from_ms\":{from}")) && fact.contains(&format!("\"to_ms\":{to}")), "{fact}");

    let (status, head, wav) =
        centre.fetch(Some(who), &format!("recordings/{recording}/audio?format=wav"), None).await?;
    ensure!(status == 200, "{status}\n{head}");
    let left: Vec<i16> =
        hound::WavReader::new(Cursor::new(wav))?.samples::<i16>().step_by(2).collect::<Result<_, _>>()?;
    let at = |ms: i64| usize::try_from(ms * 8).unwrap().min(left.len());
    let loud = |part: &[i16]| part.chunks_exact(800).filter(|c| measure(c, 8_000, CALLER) > -20.0).count();
    let (before, inside, after) = (loud(&left[..at(from)]), loud(&left[at(from)..at(to)]), loud(&left[at(to)..]));
    assert!(inside >= 38, "four seconds of it: {inside} tenths from {from} to {to} ms of {}", left.len() / 8);
    assert!(before <= 1 && after <= 3, "{before} tenths before, {after} after");
    Ok((from, to))
}

/// The whole way: words, tone, message, key, thanks; afterwards it is found, heard, and told to the agents of the queue.
///
/// Rows: S2.12
#[tokio::test(flavor = "multi_thread")]
async fn a_message_ends_with_the_key_and_is_heard_afterwards() -> Result<()> {
    let centre = Centre::start().await?;
    let (who, agent) = (centre.login("reviewer").await?, centre.login("agent1").await?);
    let address = format!("ws://{}/api/v1/accounts/{}/events", centre.http, agent.account);
    let mut request = address.into_client_request()?;
    request.headers_mut().insert("authorization", format!("Bearer {}", agent.token).parse()?);
    let mut news = tokio_tungstenite::connect_async(request).await?.0;

    let mut caller = after_the_tone(&centre, "1004").await?;
    speaks(&caller, 4_000).await;
    ends(&caller).await;
    ensure!(caller.sound.hears_something(SOON).await, "nobody thanks\n{}", centre.log());
    caller.hung_up(SOON).await?;
    let conversation = left(&centre, &who).await?;
    let (from, to) = heard_again(&centre, &who, &conversation).await?;
    assert!((4_000..6_500).contains(&(to - from)), "{from} to {to}");
    assert_eq!(conversation["calls"][0]["hung_up_by"], "flow");
    assert_eq!(conversation["recordings"].as_array().map(Vec::len), Some(1));
    let (_, verdict) = centre
        .api(
            &who,
            "GET",
            &format!("recordings/{}/verify", conversation["recordings"][0]["id"].as_str().unwrap_or_default()),
            None,
        )
        .await?;
    assert_eq!(verdict["intact"], true, "{verdict}");
    loop {
        let line = tokio::time::timeout(SOON, news.next()).await?.context("the socket is open")??;
        let Message::Text(text) = line else { continue };
        let event: Value = serde_json::from_str(&text)?;
        if event["type"] == "voicemail_left" {
            assert_eq!(event["data"]["conversation"], conversation["id"]);
            assert_eq!((&event["data"]["from_ms"], &event["data"]["to_ms"]), (&json!(from), &json!(to)));
            assert!(event["data"]["queue"].is_string(), "{event}");
            break;
        }
    }
    Ok(())
}

/// Rows: S2.12
#[tokio::test(flavor = "multi_thread")]
async fn whoever_hangs_up_has_left_the_message() -> Result<()> {
    let centre = Centre::start().await?;
    let who = centre.login("reviewer").await?;
    let mut caller = after_the_tone(&centre, "1004").await?;
    speaks(&caller, 4_200).await;
    caller.hang_up().await?;
    let conversation = left(&centre, &who).await?;
    heard_again(&centre, &who, &conversation).await?;
    assert_eq!(conversation["calls"][0]["hung_up_by"], "caller");
    Ok(())
}

/// Who has spoken and lays the telephone down has left a message, without the silence after it.
///
/// Rows: S2.12
#[tokio::test(flavor = "multi_thread")]
async fn silence_ends_a_message() -> Result<()> {
    let centre = Centre::start().await?;
    let who = centre.login("reviewer").await?;
    let mut caller = after_the_tone(&centre, "1004").await?;
    speaks(&caller, 4_200).await;
    caller.sound.mute(true);
    ensure!(caller.sound.hears_something(LATER).await, "nobody thanks\n{}", centre.log());
    caller.hung_up(SOON).await?;
    let conversation = left(&centre, &who).await?;
    let (from, to) = heard_again(&centre, &who, &conversation).await?;
    assert!((4_200..6_000).contains(&(to - from)), "{from} to {to}");
    let facts = of(&centre, &who, &conversation, "events").await?;
    let end = facts.iter().find_map(|f| f["detail"]["end"].as_str());
    assert_eq!((end, &conversation["calls"][0]["hung_up_by"]), (Some("silence"), &json!("flow")));
    Ok(())
}

/// `kill -9` while a caller speaks: at the next start the message is there, with its sound and its words, and waits for somebody.
async fn a_message_survives(store: &str) -> Result<()> {
    let mut centre = Centre::start_with(&format!("{store}{}", scripted(&[SUNDAY], "answer")), &[]).await?;
    let caller = after_the_tone(&centre, "1004").await?;
    caller.sound.hum(0.0);
    caller.sound.mute(false);
    caller.sound.say(&sound(SUNDAY.0)?);
    caller.sound.said().await;
    lasts(1_500).await;
    caller.sound.hum(CALLER);
    lasts(1_500).await;
    centre.crash_and_restart().await?;

    let who = centre.login("reviewer").await?;
    let heard = |all: &Value| all[0]["transcript"] == "done" && all[0]["text"].as_str().is_some_and(|t| !t.is_empty());
    let mut found = centre.until(&who, "left_messages", heard).await;
    if found.is_err() {
        found = centre.until(&who, "left_messages", heard).await; // the second pass takes its time
    }
    let message = found?[0].clone();
    assert_eq!((&message["state"], &message["text"]), (&json!("open"), &json!(SUNDAY.1)));
    assert!(message["queue"].is_string(), "{message}");
    let conversation = left(&centre, &who).await?;
    assert_eq!(conversation["id"], message["conversation_id"]);
    assert!(conversation["closed_at"].is_null(), "{conversation:#}");
    let recording = &conversation["recordings"][0];
    assert_eq!((&recording["id"], &recording["reason"]), (&message["recording_id"], &json!("recovered")));
    let (from, to) = (message["start_ms"].as_i64().context("from")?, message["end_ms"].as_i64().context("to")?);
    let lasts_ms = recording["duration_ms"].as_i64().context("a duration")?;
    assert!(to <= lasts_ms + 20 && to - from >= 4_000, "{from} to {to} of {lasts_ms}: {message}");
    let lines = of(&centre, &who, &conversation, "messages").await?;
    let line = lines.iter().find(|l| l["kind"] == "voicemail").context("a line")?;
    assert_eq!((&line["start_ms"], &line["end_ms"]), (&message["start_ms"], &message["end_ms"]));
    let (_, verdict) = centre
        .api(&who, "GET", &format!("recordings/{}/verify", recording["id"].as_str().unwrap_or_default()), None)
        .await?;
    assert_eq!(verdict["intact"], true, "{verdict}");
    let (_, hits) = centre.api(&who, "GET", "search?q=sunday", None).await?;
    let hit = &hits["items"][0];
    assert_eq!(hit["recording_id"], message["recording_id"], "{hits}");
    assert!(hit["start_ms"].as_i64().is_some_and(|at| (from - 500..to).contains(&at)), "{hit}");

    // The next agent of the queue to come to work is told, and sees to it.
    let agent = centre.login("agent1").await?;
    let address = format!("ws://{}/api/v1/accounts/{}/events", centre.http, agent.account);
    let mut request = address.into_client_request()?;
    request.headers_mut().insert("authorization", format!("Bearer {}", agent.token).parse()?);
    let mut news = tokio_tungstenite::connect_async(request).await?.0;
    let (status, reply) = centre.api(&agent, "PUT", "presence", Some(&json!({ "state": "ready" }))).await?;
    ensure!(status == 200, "presence: {status} {reply}");
    loop {
        let line = tokio::time::timeout(SOON, news.next()).await?.context("the socket is open")??;
        let Message::Text(text) = line else { continue };
        let event: Value = serde_json::from_str(&text)?;
        if event["type"] == "left_messages_waiting" {
            assert_eq!(event["data"]["queues"][0]["queue"], message["queue"]);
            break;
        }
    }
    let below = format!("left_messages/{}", message["id"].as_str().context("an id")?);
    assert_eq!(centre.api(&agent, "POST", &format!("{below}/claim"), None).await?.0, 204);
    let audio = format!("recordings/{}/audio", message["recording_id"].as_str().unwrap_or_default());
    let (status, head, ogg) = centre.fetch(Some(&agent), &audio, None).await?;
    assert!(status == 200 && ogg.starts_with(b"OggS"), "whoever has it hears it: {head}");
    let done = json!({ "disposition": "solved" });
    assert_eq!(centre.api(&agent, "POST", &format!("{below}/close"), Some(&done)).await?.0, 204);
    let closed = |c: &Value| c[0]["closed_at"].is_i64();
    centre.until(&agent, "conversations?limit=1", closed).await?;
    Ok(())
}

/// Rows: S2.11, S2.12, V6
#[tokio::test(flavor = "multi_thread")]
async fn a_message_survives_a_crash() -> Result<()> {
    a_message_survives("").await
}

/// Rows: S2.11, S2.12, V6
#[tokio::test(flavor = "multi_thread")]
async fn a_message_survives_a_crash_on_postgresql() -> Result<()> {
    let url = crate::postgres::database().await;
    a_message_survives(&format!("[store]\nurl = {url:?}\n")).await
}

/// Twice a word and no message: nothing is left, and the conversation is over.
///
/// Rows: S2.12
#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_short_is_no_message() -> Result<()> {
    let centre = Centre::start().await?;
    let who = centre.login("reviewer").await?;
    let mut caller = after_the_tone(&centre, "1004").await?;
    speaks(&caller, 200).await;
    caller.sound.press('#');
    hears_the_tone(&caller, &centre).await?;
    caller.sound.press('#');
    caller.hung_up(SOON).await?;
    let conversation = left(&centre, &who).await?;
    assert!(conversation["closed_at"].is_i64(), "{conversation:#}");
    assert!(of(&centre, &who, &conversation, "messages").await?.iter().all(|l| l["kind"] != "voicemail"));
    let facts = of(&centre, &who, &conversation, "events").await?;
    let why: Vec<&str> = facts.iter().filter_map(|f| f["detail"]["reason"].as_str()).collect();
    assert!(why.len() == 2 && why.iter().all(|r| ["too_short", "silent"].contains(r)), "{facts:#?}");
    assert!(facts.iter().all(|f| f["kind"] != "voicemail"), "{facts:#?}");
    assert_eq!(centre.api(&who, "GET", "left_messages", None).await?.1, json!([]));
    Ok(())
}

/// Outside hours: the number that is closed says so and takes a message, although its own rule records nothing.
///
/// Rows: S2.12, S13.23
#[tokio::test(flavor = "multi_thread")]
async fn a_closed_number_takes_a_message() -> Result<()> {
    let centre = Centre::start().await?;
    let (who, admin) = (centre.login("reviewer").await?, centre.login("admin").await?);
    let (_, inboxes) = centre.api(&admin, "GET", "inboxes", None).await?;
    let echo = inboxes.as_array().into_iter().flatten().find(|i| i["name"] == "Echo test").context("the echo test")?;
    let path = format!("inboxes/{}/closure", echo["id"].as_str().context("an id")?);
    let until = WallClock::start().now().as_millis() + 3_600_000;
    let closure = json!({ "until": until, "prompt": "closed.emergency", "action": "voicemail" });
    assert_eq!(centre.api(&admin, "PUT", &path, Some(&closure)).await?.0, 204);
    let mut caller = after_the_tone(&centre, "1003").await?;
    speaks(&caller, 4_000).await;
    ends(&caller).await;
    caller.hung_up(LATER).await?;
    heard_again(&centre, &who, &left(&centre, &who).await?).await?;
    Ok(())
}
