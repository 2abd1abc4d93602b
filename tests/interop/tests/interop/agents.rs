//! Calls with agents: the main path, and what may go wrong on it.

use anyhow::{Context, Result};
use ringdesk_interop::centre::{Login, PASSWORD};
use ringdesk_interop::{Centre, Ladder, Phone};
use serde_json::{Value, json};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(10);

async fn ready_agent(centre: &Centre, hz: f32) -> Result<(Phone, Login)> {
    let mut phone = Phone::new("2001", "2001", centre.sip, hz, &Ladder::default()).await?;
    phone.register(PASSWORD, 300).await?;
    let login = centre.login("agent1").await?;
    let (status, reply) = centre.api(&login, "PUT", "presence", Some(&json!({ "state": "ready" }))).await?;
    assert_eq!(status, 200, "{reply}");
    Ok((phone, login))
}

async fn caller(centre: &Centre) -> Result<Phone> {
    Phone::new("caller", "015112345678", centre.sip, 440.0, &Ladder::default()).await
}

/// Menu by RFC 4733, queue, the agent's phone, sound both ways, hang-up cascades, the books are right.
///
/// Rows: S1.2, S2.16, S7.22, S7.25, S7.29, V1, V3
#[tokio::test(flavor = "multi_thread")]
async fn a_caller_reaches_an_agent() -> Result<()> {
    let centre = Centre::start().await?;
    let (mut agent, login) = ready_agent(&centre, 620.0).await?;
    let mut caller = caller(&centre).await?;
    caller.invite("1000").await?;
    caller.answered(SOON).await?;
    assert!(caller.sound.hears_something(SOON).await, "no greeting");
    caller.sound.press('1');
    agent.rings(SOON).await?;
    caller.sound.clear();
    assert!(caller.sound.hears_something(SOON).await, "no sound while waiting");
    agent.pick_up().await?;
    caller.sound.clear();
    assert!(agent.sound.hears_tone(440.0, SOON).await.is_some(), "the agent does not hear the caller");
    assert!(caller.sound.hears_tone(620.0, SOON).await.is_some(), "the caller does not hear the agent");
    let talking = |p: &Value| p["state"] == "talking";
    centre.until(&login, "presence", talking).await?;
    caller.hang_up().await?;
    agent.hung_up(SOON).await?;
    centre.until(&login, "presence", |p| p["state"] == "wrap_up").await?;
    let ended = |c: &Value| c[0]["calls"][0]["hung_up_by"] == "caller";
    let conversations = centre.until(&login, "conversations?channel=phone&limit=5", ended).await?;
    let call = &conversations[0]["calls"][0];
    assert_eq!(call["hangup_cause"], "normal");
    assert!(call["talk_ms"].as_u64() > Some(0) && call["queue_ms"].as_u64() > Some(0), "{call:#}");
    assert!(!call.to_string().contains("015112345678"), "an agent sees numbers masked");
    let id = conversations[0]["id"].as_str().context("id")?;
    let (status, lines) = centre.api(&login, "GET", &format!("conversations/{id}/messages"), None).await?;
    assert_eq!(status, 200);
    let seqs: Vec<_> = lines.as_array().context("lines")?.iter().filter_map(|l| l["seq"].as_i64()).collect();
    assert!(seqs.len() > 3 && seqs.iter().zip(1..).all(|(a, b)| *a == b), "gapless: {seqs:?}");
    Ok(())
}

/// Nobody there: the flow says so and hangs up.
#[tokio::test(flavor = "multi_thread")]
async fn without_agents_the_flow_decides() -> Result<()> {
    let centre = Centre::start().await?;
    let mut caller = caller(&centre).await?;
    caller.invite("1001").await?;
    caller.answered(SOON).await?;
    assert!(caller.sound.hears_something(SOON).await, "not a word");
    caller.hung_up(Duration::from_secs(20)).await?;
    Ok(())
}

/// The caller leaves while it rings: the phone is told at once and the agent is ready again.
#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_leaves_stops_the_ringing() -> Result<()> {
    let centre = Centre::start().await?;
    let (mut agent, login) = ready_agent(&centre, 620.0).await?;
    let mut caller = caller(&centre).await?;
    caller.invite("1001").await?;
    caller.answered(SOON).await?;
    agent.rings(SOON).await?;
    caller.hang_up().await?;
    agent.ringing_stops(SOON).await?;
    centre.until(&login, "presence", |p| p["state"] == "ready").await?;
    Ok(())
}

/// `kill -9` in mid-call: the next start closes the books with the reason, and takes calls again.
///
/// Rows: S16.13
#[tokio::test(flavor = "multi_thread")]
async fn a_crash_leaves_nothing_open() -> Result<()> {
    let mut centre = Centre::start().await?;
    let (mut agent, _) = ready_agent(&centre, 620.0).await?;
    let mut caller = caller(&centre).await?;
    caller.invite("1001").await?;
    caller.answered(SOON).await?;
    agent.rings(SOON).await?;
    agent.pick_up().await?;
    assert!(agent.sound.hears_tone(440.0, SOON).await.is_some());
    let supervisor = centre.login("supervisor").await?;
    centre.until(&supervisor, "conversations", |c| !c[0]["participations"][0].is_null()).await?;
    centre.crash_and_restart().await?;
    let supervisor = centre.login("supervisor").await?;
    let closed = |c: &Value| c[0]["calls"][0]["hangup_cause"] == "server_crash" && !c[0]["closed_at"].is_null();
    centre.until(&supervisor, "conversations", closed).await?;
    let mut again = Phone::new("again", "015112345679", centre.sip, 440.0, &Ladder::default()).await?;
    again.invite("1003").await?;
    again.answered(SOON).await?;
    again.hang_up().await
}

/// SIGTERM: no new call, the running one goes on; when it has ended the server ends by itself.
///
/// Rows: S16.13
#[tokio::test(flavor = "multi_thread")]
async fn a_drain_lets_calls_finish() -> Result<()> {
    let mut centre = Centre::start().await?;
    let mut caller = caller(&centre).await?;
    caller.invite("1003").await?;
    caller.answered(SOON).await?;
    assert!(caller.sound.hears_tone(440.0, Duration::from_secs(20)).await.is_some());
    centre.terminate()?;
    let mut late = Phone::new("late", "015112345679", centre.sip, 440.0, &Ladder::default()).await?;
    let mut status = 0;
    for _ in 0..50 {
        // The signal takes a moment to arrive; a call that slips in before it is let go again.
        late.invite("1003").await?;
        match late.refused(Duration::from_millis(500)).await {
            Ok(refusal) => {
                status = refusal;
                break;
            }
            Err(_) => late = Phone::new("late", "015112345679", centre.sip, 440.0, &Ladder::default()).await?,
        }
    }
    assert_eq!(status, 503);
    caller.sound.clear();
    assert!(caller.sound.hears_tone(440.0, SOON).await.is_some(), "the running call lost its sound");
    caller.hang_up().await?;
    assert!(centre.ended(Duration::from_secs(60)).await?.success());
    Ok(())
}

/// Rows: S12.9
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_opens_nothing() -> Result<()> {
    let centre = Centre::start().await?;
    let mut phone = Phone::new("2001", "2001", centre.sip, 0.0, &Ladder::default()).await?;
    assert!(phone.register("wrong", 300).await.is_err());
    let (status, _) = centre.get("/api/v1/accounts/00000000-0000-0000-0000-000000000000/queues", None).await?;
    assert_eq!(status, 401);
    Ok(())
}
