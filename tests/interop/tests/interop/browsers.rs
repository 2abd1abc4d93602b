//! The telephone in a browser: JsSIP over WebSocket, its sound over ICE and DTLS-SRTP.

use anyhow::{Context as _, Result};
use ringdesk_interop::browser::Browser;
use ringdesk_interop::centre::free_port;
use ringdesk_interop::{Centre, Ladder, PASSWORD, Phone};
use serde_json::{Value, json};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(15);

/// A centre whose pages may come from the browser's own, and the browser registered there as 2001.
async fn registered(hz: f32) -> Result<(Centre, Browser)> {
    let mut browser = Browser::start("chromium").await?;
    let home = browser.call("home", json!([])).await?;
    let config = format!("[https]\nlisten = [\"{}\"]\norigins = [{home}]\n", free_port()?);
    let centre = Centre::start_with(&config, &[]).await?;
    let url = format!("ws://{}/sip", centre.http);
    browser.call("register", json!([url, "sip:2001@ringdesk", PASSWORD, hz])).await?;
    let known = browser.until("it is registered", "phone", |phone| phone["registered"] == true).await;
    known.with_context(|| centre.log())?;
    Ok((centre, browser))
}

/// A caller rings the agent's browser; both hear each other; keys, hold and mute; the agent hangs up.
///
/// Rows: V2, S12.1
#[tokio::test(flavor = "multi_thread")]
async fn an_agent_answers_in_the_browser() -> Result<()> {
    let (centre, mut browser) = registered(620.0).await?;
    let login = centre.login("agent1").await?;
    let (status, reply) = centre.api(&login, "PUT", "presence", Some(&json!({ "state": "ready" }))).await?;
    assert_eq!(status, 200, "{reply}");
    let mut caller = Phone::new("caller", "015112345678", centre.sip, 440.0, &Ladder::default()).await?;
    caller.invite("1001").await?;
    caller.answered(SOON).await?;
    browser.phone_is("ringing").await.with_context(|| centre.log())?;
    browser.call("pickUp", json!([])).await?;
    browser.phone_is("talking").await.with_context(|| centre.log())?;
    browser.hears_tone(440.0).await.with_context(|| centre.log())?;
    assert!(caller.sound.hears_tone(620.0, SOON).await.is_some(), "the caller does not hear the browser");

    // Muted it sends silence; and speaks again.
    browser.call("muteMe", json!([true])).await?;
    caller.sound.clear();
    let gone = async {
        while caller.sound.hears_tone(620.0, Duration::from_millis(400)).await.is_some() {
            caller.sound.clear();
        }
    };
    tokio::time::timeout(SOON, gone).await.context("muted, and still heard")?;
    browser.call("muteMe", json!([false])).await?;
    assert!(caller.sound.hears_tone(620.0, SOON).await.is_some(), "not heard again");

    // On hold the caller hears something else, and then the agent again.
    browser.call("hold", json!([true])).await?;
    browser.until("it holds", "phone", |phone| phone["held"] == "local").await?;
    tokio::time::timeout(SOON, async {
        while caller.sound.hears_tone(620.0, Duration::from_millis(400)).await.is_some() {
            caller.sound.clear();
        }
    })
    .await
    .context("held, and still heard")?;
    browser.call("hold", json!([false])).await?;
    browser.until("it talks again", "phone", |phone| phone["held"] == false).await?;
    caller.sound.clear();
    assert!(caller.sound.hears_tone(620.0, SOON).await.is_some(), "not heard after the hold");
    browser.hears_tone(440.0).await?;

    browser.call("hangUp", json!([])).await?;
    caller.hung_up(SOON).await?;
    centre.until(&login, "presence", |p: &Value| p["state"] == "wrap_up").await?;
    Ok(())
}

/// The browser dials the echo test and hears itself; dials the menu and presses a key; the other side hangs up.
///
/// Rows: V2, V3
#[tokio::test(flavor = "multi_thread")]
async fn a_browser_calls_out() -> Result<()> {
    let (centre, mut browser) = registered(620.0).await?;
    browser.call("dial", json!(["sip:1003@ringdesk"])).await?;
    browser.phone_is("talking").await.with_context(|| centre.log())?;
    browser.hears_tone(620.0).await.with_context(|| centre.log())?;
    browser.call("hangUp", json!([])).await?;
    browser.phone_is("over").await?;

    // The menu; its first choice leads to the agents, and one of them answers.
    let mut agent = Phone::new("2002", "2002", centre.sip, 700.0, &Ladder::default()).await?;
    agent.register(PASSWORD, 300).await?;
    let login = centre.agent_ready("agent2").await?;
    browser.call("dial", json!(["sip:1000@ringdesk"])).await?;
    browser.phone_is("talking").await.with_context(|| centre.log())?;
    let loud = |heard: &Value| heard["level"].as_f64().unwrap_or(-200.0) > -60.0;
    browser.until("it hears the greeting", "phoneHears", loud).await?;
    browser.call("pressKeys", json!(["1"])).await?;
    agent.rings(SOON).await.with_context(|| centre.log())?;
    agent.pick_up().await?;
    browser.hears_tone(700.0).await?;
    agent.sound.clear();
    assert!(agent.sound.hears_tone(620.0, SOON).await.is_some(), "the agent does not hear the browser");
    agent.hang_up().await?;
    browser.phone_is("over").await?;
    centre.until(&login, "presence", |p: &Value| p["state"] == "wrap_up").await?;
    Ok(())
}
