//! baresip on both ends: another SIP stack, another media stack.
//!
//! Its tones are measured in what it received, so that sound in both directions is proven by ears that are not ours.

use anyhow::{Context as _, Result};
use ringdesk_interop::baresip::Account;
use ringdesk_interop::{Baresip, Centre, Login, PASSWORD};
use serde_json::Value;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(10);
pub(super) const CALLER_HZ: f32 = 440.0;
const AGENT_HZ: f32 = 620.0;

pub(super) fn account<'a>(centre: &Centre, user: &'a str, speaks_hz: f32) -> Account<'a> {
    Account { user, server: centre.sip, password: None, transport: "udp", speaks_hz }
}

/// agent1 at baresip, registered and ready.
async fn agent(centre: &Centre) -> Result<(Baresip, Login)> {
    let account = Account { password: Some(PASSWORD), ..account(centre, "2001", AGENT_HZ) };
    let phone = Baresip::start(&account).await?;
    centre.figure_until("signaling_registrations", SOON, |n| n == 1).await?;
    Ok((phone, centre.agent_ready("agent1").await?))
}

/// From the menu to the agent, by another's hands.
async fn connected(centre: &Centre, agent: &mut Baresip) -> Result<Baresip> {
    let mut caller = Baresip::start(&account(centre, "015112345678", CALLER_HZ)).await?;
    caller.dial(&format!("sip:1000@{}", centre.sip)).await?;
    caller.event("CALL_ESTABLISHED", SOON).await?;
    assert!(caller.hears_something(SOON).await, "no greeting\n{}", caller.output());
    caller.press("1").await?;
    agent.event("CALL_INCOMING", Duration::from_secs(20)).await?;
    agent.command("accept", "").await?;
    agent.event("CALL_ESTABLISHED", SOON).await?;
    both_talk(&caller, agent).await?;
    Ok(caller)
}

pub(super) async fn both_talk(caller: &Baresip, agent: &Baresip) -> Result<()> {
    let (at_agent, at_caller) = tokio::join!(agent.hears_tone(CALLER_HZ, SOON), caller.hears_tone(AGENT_HZ, SOON));
    at_agent.with_context(|| format!("the agent does not hear the caller\n{}", agent.output()))?;
    at_caller.with_context(|| format!("the caller does not hear the agent\n{}", caller.output()))?;
    Ok(())
}

pub(super) async fn stored_end(centre: &Centre, login: &Login, by: &str) -> Result<()> {
    let ended = |c: &Value| c[0]["calls"][0]["hung_up_by"] == by && c[0]["calls"][0]["hangup_cause"] == "normal";
    let stored = centre.until(login, "conversations?channel=phone&limit=1", ended).await?;
    assert!(stored[0]["calls"][0]["talk_ms"].as_u64() > Some(0), "{stored:#}");
    for figure in ["calls_open", "signaling_legs_open", "media_legs_open"] {
        centre.figure_until(figure, SOON, |n| n == 0).await?;
    }
    Ok(())
}

/// Rows: S1.2, V1, V3
#[tokio::test(flavor = "multi_thread")]
async fn two_baresips_talk_and_the_caller_hangs_up() -> Result<()> {
    let centre = Centre::start().await?;
    let (mut agent, login) = agent(&centre).await?;
    let mut caller = connected(&centre, &mut agent).await?;
    centre.until(&login, "presence", |p| p["state"] == "talking").await?;
    let (came, went) =
        (centre.figure("media_packets_in_total").await?, centre.figure("media_packets_out_total").await?);
    // Two telephones, fifty packets a second each, in and out.
    centre.figure_until("media_packets_in_total", SOON, |n| n >= came + 100).await?;
    centre.figure_until("media_packets_out_total", SOON, |n| n >= went + 100).await?;
    caller.command("hangup", "").await?;
    agent.event("CALL_CLOSED", SOON).await?;
    centre.until(&login, "presence", |p| p["state"] == "wrap_up").await?;
    stored_end(&centre, &login, "caller").await
}

/// Rows: V1
#[tokio::test(flavor = "multi_thread")]
async fn either_baresip_holds_and_comes_back_and_the_agent_hangs_up() -> Result<()> {
    let centre = Centre::start().await?;
    let (mut agent, login) = agent(&centre).await?;
    let mut caller = connected(&centre, &mut agent).await?;

    agent.command("hold", "").await?;
    centre.until(&login, "presence", |p| p["state"] == "hold").await?;
    assert!(caller.hears_something(SOON).await, "no music\n{}", caller.output());
    agent.command("resume", "").await?;
    centre.until(&login, "presence", |p| p["state"] == "talking").await?;
    both_talk(&caller, &agent).await.context("after the agent's hold")?;

    caller.command("hold", "").await?;
    caller.command("resume", "").await?;
    both_talk(&caller, &agent).await.context("after the caller's hold")?;

    agent.command("hangup", "").await?;
    caller.event("CALL_CLOSED", SOON).await?;
    stored_end(&centre, &login, "agent").await
}

/// Its 486 is a person's no: the caller waits on, and the agent is asked again only after a while.
///
/// Rows: S7.25, V1
#[tokio::test(flavor = "multi_thread")]
async fn baresip_declines_and_takes_the_second_offer() -> Result<()> {
    let centre = Centre::start().await?;
    let (mut agent, login) = agent(&centre).await?;
    let mut caller = Baresip::start(&account(&centre, "015112345678", CALLER_HZ)).await?;
    caller.dial(&format!("sip:1001@{}", centre.sip)).await?;
    agent.event("CALL_INCOMING", SOON).await?;
    agent.command("hangup", "").await?;
    centre.until(&login, "presence", |p| p["state"] == "ready").await?;
    // Nobody else is there, so it comes back.
    agent.event("CALL_INCOMING", Duration::from_secs(20)).await?;
    agent.command("accept", "").await?;
    both_talk(&caller, &agent).await?;
    let id =
        centre.until(&login, "conversations?channel=phone&limit=1", |c| c[0]["calls"][0]["id"].is_string()).await?;
    let path = format!("calls/{}/events", id[0]["calls"][0]["id"].as_str().unwrap_or_default());
    let of_offers = |e: &Value| e["kind"] == "offer_ended";
    let told = centre
        .until(&login, &path, |e| e.as_array().is_some_and(|a| a.iter().filter(|e| of_offers(e)).count() == 2))
        .await?;
    let ends: Vec<_> =
        told.as_array().into_iter().flatten().filter(|e| of_offers(e)).map(|e| &e["detail"]["outcome"]).collect();
    assert_eq!(ends, ["declined", "accepted"], "{told:#}");
    caller.command("hangup", "").await?;
    stored_end(&centre, &login, "caller").await
}

/// The echo test over one TCP connection.
///
/// Rows: V1
#[tokio::test(flavor = "multi_thread")]
async fn baresip_calls_over_tcp() -> Result<()> {
    let centre = Centre::start().await?;
    let account = Account { transport: "tcp", ..account(&centre, "015112345678", CALLER_HZ) };
    let mut caller = Baresip::start(&account).await?;
    caller.dial(&format!("sip:1003@{};transport=tcp", centre.sip)).await?;
    caller.event("CALL_ESTABLISHED", SOON).await?;
    let heard = caller.hears_tone(CALLER_HZ, Duration::from_secs(20)).await;
    assert!(heard.is_some(), "no echo\n{}", caller.output());
    assert!(centre.figure("signaling_connections_accepted_total").await? >= 1, "TCP was used");
    caller.command("hangup", "").await?;
    centre.figure_until("calls_open", SOON, |n| n == 0).await?;
    Ok(())
}
