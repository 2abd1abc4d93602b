//! Messages heard by telephone: the code, the sound, the keys, the light, and the call back.

use crate::interop::transfers::{FIRST, SOON, agent, hear_each_other, trunk};
use anyhow::{Context as _, Result};
use ringdesk_interop::{Centre, Ladder, PASSWORD, Phone};
use serde_json::Value;
use std::time::Duration;

const LATER: Duration = Duration::from_secs(40);
const CALLER: f32 = 540.0;
const OUTSIDE: f32 = 440.0;
/// After which a voicemail is spoken.
const TONE: f32 = 1_000.0;

/// A caller leaves three seconds of their tone; its recording is whole when this returns.
async fn leave_a_message(centre: &Centre) -> Result<()> {
    let mut caller = Phone::new("caller", "015112345678", centre.sip, CALLER, &Ladder::default()).await?;
    caller.sound.mute(true);
    caller.invite("1004").await?;
    caller.answered(SOON).await?;
    caller.sound.hears_tone(TONE, LATER).await.context("no tone")?;
    caller.sound.mute(false);
    tokio::time::sleep(Duration::from_secs(3)).await; // callers speak in real time
    caller.sound.press('#');
    caller.hung_up(SOON).await?;
    let reviewer = centre.login("reviewer").await?;
    let stored = |r: &Value| r["state"] == "stored" || r["state"] == "verified";
    let whole = |c: &Value| c[0]["recordings"].as_array().is_some_and(|all| !all.is_empty() && all.iter().all(stored));
    centre.until(&reviewer, "conversations?limit=1", whole).await.map(drop)
}

async fn hears_it(phone: &mut Phone, centre: &Centre) -> Result<()> {
    phone.sound.clear();
    let heard = phone.sound.hears_tone(CALLER, LATER).await;
    heard.map(drop).with_context(|| format!("the message is not heard\n{}", centre.log()))
}

/// Left with a tone, heard at a telephone of the queue, played again, closed; the light follows at every step.
///
/// Rows: S2.12, S7.9
#[tokio::test(flavor = "multi_thread")]
async fn an_agent_hears_and_closes_a_message() -> Result<()> {
    let centre = Centre::start().await?;
    let (mut phone, login) = agent(&centre, "agent1", "2001", FIRST, "not_ready").await?;
    phone.subscribe("message-summary", "2001", PASSWORD, SOON).await?;
    phone.shown("Messages-Waiting: no", SOON).await?;
    leave_a_message(&centre).await?;
    phone.shown("Voice-Message: 1/0", LATER).await?;
    phone.invite_as("*97", PASSWORD).await?;
    phone.answered(SOON).await.with_context(|| centre.log())?;
    hears_it(&mut phone, &centre).await?;
    // Whoever hears it has it.
    phone.shown("Voice-Message: 0/1", SOON).await?;
    phone.sound.press('1');
    tokio::time::sleep(Duration::from_millis(500)).await; // the rest of the first playing
    hears_it(&mut phone, &centre).await?;
    phone.sound.press('3');
    phone.shown("Voice-Message: 0/0", LATER).await?;
    phone.hung_up(LATER).await.context("there is no other")?;
    let (status, closed) = centre.api(&login, "GET", "left_messages?state=closed", None).await?;
    assert_eq!((status, closed.as_array().map(Vec::len)), (200, Some(1)), "{closed:#}");
    // Nothing waits: it says so, and hangs up.
    phone.invite_as("*97", PASSWORD).await?;
    phone.answered(SOON).await?;
    assert!(phone.sound.hears_something(SOON).await, "nobody says that nothing waits");
    phone.hung_up(LATER).await?;
    let admin = centre.login("admin").await?;
    let (_, entries) = centre.api(&admin, "GET", "audit?limit=100", None).await?;
    for action in ["left_message.claim", "recording.play", "left_message.close"] {
        assert!(entries.to_string().contains(action), "{action}: {entries:#}");
    }
    centre.figure_until("calls_open", SOON, |n| n == 0).await?;
    Ok(())
}

/// The key for it: the telephone rings once it is free, then whoever left the message does.
///
/// Rows: S2.12, V14
#[tokio::test(flavor = "multi_thread")]
async fn whoever_left_a_message_is_called_back() -> Result<()> {
    let centre = Centre::start().await?;
    let (mut phone, _) = agent(&centre, "agent1", "2001", FIRST, "not_ready").await?;
    let mut outside = Phone::new("outside", "03012345678", centre.sip, OUTSIDE, &Ladder::default()).await?;
    trunk(&centre, &outside).await?;
    leave_a_message(&centre).await?;
    phone.invite_as("*97", PASSWORD).await?;
    phone.answered(SOON).await.with_context(|| centre.log())?;
    hears_it(&mut phone, &centre).await?;
    phone.sound.press('4');
    phone.hung_up(LATER).await?;
    phone.rings(SOON).await.with_context(|| centre.log())?;
    phone.pick_up().await?;
    outside.rings(SOON).await.with_context(|| centre.log())?;
    outside.pick_up().await?;
    hear_each_other(&mut [(&mut phone, FIRST), (&mut outside, OUTSIDE)]).await;
    outside.hang_up().await?;
    phone.hung_up(SOON).await?;
    centre.figure_until("calls_open", SOON, |n| n == 0).await?;
    Ok(())
}

/// Whoever listens to a code has their telephone in hand: a caller waits until they have put it down, and is then offered to them.
///
/// Rows: S7.4, S7.9
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_offered_to_who_has_dialled_a_code() -> Result<()> {
    let centre = Centre::start().await?;
    let (mut phone, login) = agent(&centre, "agent1", "2001", FIRST, "ready").await?;
    let admin = centre.login("admin").await?;
    phone.invite_as("*43", PASSWORD).await?;
    phone.answered(SOON).await.with_context(|| centre.log())?;
    centre.until(&login, "presence", |p| p["state"] == "talking").await.context("a code is no call in hand")?;
    let mut caller = Phone::new("caller", "015112345678", centre.sip, CALLER, &Ladder::default()).await?;
    caller.invite("1001").await?;
    caller.answered(SOON).await?;
    let waits = |all: &Value| all[0]["state"] == "waiting";
    centre.until(&admin, "work_items", waits).await?;
    // They are told so by what they hear, and nobody was asked meanwhile.
    assert!(caller.sound.hears_something(SOON).await, "who waits hears nothing");
    let (_, items) = centre.api(&admin, "GET", "work_items", None).await?;
    assert!(waits(&items), "{items:#}");
    phone.hang_up().await?;
    phone.rings(SOON).await.with_context(|| centre.log())?;
    phone.pick_up().await?;
    phone.sound.clear();
    assert!(phone.sound.hears_tone(CALLER, SOON).await.is_some(), "the agent does not hear the caller");
    caller.hang_up().await?;
    phone.hung_up(SOON).await?;
    centre.figure_until("calls_open", SOON, |n| n == 0).await?;
    assert_eq!(centre.figure("stuck_total").await.unwrap_or(0), 0, "{}", centre.log());
    Ok(())
}
