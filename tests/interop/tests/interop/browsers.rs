//! The telephone in a browser: JsSIP over WebSocket, its sound over ICE and DTLS-SRTP.

use super::transfers::trunk;
use super::turn::coturn;
use anyhow::{Context as _, Result};
use ringdesk_interop::between::Between;
use ringdesk_interop::browser::Browser;
use ringdesk_interop::centre::free_port;
use ringdesk_interop::{Centre, Ladder, PASSWORD, Phone};
use serde_json::{Value, json};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(15);

/// A centre whose pages may come from the browser's own, and the browser registered there as 2001.
async fn registered(kind: &str, hz: f32) -> Result<(Centre, Browser, Between)> {
    registered_with(kind, hz, "", async |_| Ok(json!({}))).await
}

/// With more of a configuration, and more for the page when the server is there.
async fn registered_with(
    kind: &str,
    hz: f32,
    config: &str,
    more: impl AsyncFnOnce(&Centre) -> Result<Value>,
) -> Result<(Centre, Browser, Between)> {
    let mut browser = Browser::start(kind).await?;
    let home = browser.call("home", json!([])).await?;
    let port = free_port()?;
    let one = format!("[media]\nshards = 1\nbrowser_ports = [{p}, {p}]\n", p = port.port());
    let config = format!("[https]\nlisten = [\"{}\"]\norigins = [{home}]\n{one}{config}", free_port()?);
    let centre = Centre::start_with(&config, &[]).await?;
    let between = Between::start(centre.http, port).await?;
    let url = format!("ws://{}/sip", centre.http);
    let mut more = more(&centre).await?;
    if kind == "firefox" {
        more["media"] = json!({ "host": between.udp.ip(), "port": between.udp.port() });
    }
    browser.call("register", json!([url, "sip:2001@ringdesk", PASSWORD, hz, more])).await?;
    let known = browser.until("it is registered", "phone", |phone| phone["registered"] == true).await;
    known.with_context(|| centre.log())?;
    Ok((centre, browser, between))
}

/// A caller rings the agent's browser; both hear each other; keys, hold and mute; the agent hangs up.
///
/// Rows: V2, S12.1
#[tokio::test(flavor = "multi_thread")]
async fn an_agent_answers_in_the_browser() -> Result<()> {
    answers("chromium").await
}

/// Rows: V2, S12.1
#[tokio::test(flavor = "multi_thread")]
async fn an_agent_answers_in_firefox() -> Result<()> {
    answers("firefox").await
}

async fn answers(kind: &str) -> Result<()> {
    let (centre, mut browser, _between) = registered(kind, 620.0).await?;
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
    calls_out("chromium").await
}

/// Rows: V2, V3
#[tokio::test(flavor = "multi_thread")]
async fn firefox_calls_out() -> Result<()> {
    calls_out("firefox").await
}

async fn calls_out(kind: &str) -> Result<()> {
    let (centre, mut browser, _between) = registered(kind, 620.0).await?;
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

/// What the other side says before it answers (183) is heard in the browser: an announcement, the ringing of another country. Dialled on
/// the page, and ordered over the API, where the page is rung first.
///
/// Rows: V2, V14, V15
#[tokio::test(flavor = "multi_thread")]
async fn a_browser_hears_what_sounds_before_the_answer() -> Result<()> {
    let (centre, mut browser, _between) = registered("chromium", 620.0).await?;
    let login = centre.login("agent1").await?;
    let on_a_break = json!({ "state": "not_ready", "reason": "lunch" });
    assert_eq!(centre.api(&login, "PUT", "presence", Some(&on_a_break)).await?.0, 200);
    let mut outside = Phone::new("outside", "03012345678", centre.sip, 440.0, &Ladder::default()).await?;
    trunk(&centre, &outside).await?;
    for ordered in [false, true] {
        if ordered {
            let order = json!({ "to": { "number": "13800138000" } });
            let (status, reply) = centre.api(&login, "POST", "calls", Some(&order)).await?;
            assert_eq!(status, 202, "{reply}");
            browser.phone_is("ringing").await.with_context(|| centre.log())?;
            browser.call("pickUp", json!([])).await?;
        } else {
            browser.call("dial", json!(["sip:13800138000@ringdesk"])).await?;
        }
        outside.called(SOON).await.with_context(|| centre.log())?;
        let sdp = outside.sdp("sendrecv");
        outside.say("183 Session Progress", &[], &sdp).await?;
        outside.speak_early()?;
        browser.hears_tone(440.0).await.with_context(|| centre.log())?;
        if !ordered {
            let phone = browser.call("phone", json!([])).await?;
            assert_eq!(phone["state"], "calling", "nobody has answered yet: {phone}");
        }
        outside.say("200 OK", &[], &sdp).await?;
        outside.request("ACK", SOON).await?;
        browser.phone_is("talking").await.with_context(|| centre.log())?;
        outside.sound.clear();
        assert!(outside.sound.hears_tone(620.0, SOON).await.is_some(), "the called side does not hear the browser");
        browser.hears_tone(440.0).await?;
        outside.hang_up().await?;
        browser.phone_is("over").await?;
        let wrap_up = |p: &Value| p["state"] == "wrap_up";
        centre.until(&login, "presence", wrap_up).await.with_context(|| centre.log())?;
        assert_eq!(centre.api(&login, "POST", "presence/wrap_up", Some(&json!({ "action": "done" }))).await?.0, 200);
        centre.until(&login, "presence", |p| p["state"] == "not_ready").await?;
    }
    Ok(())
}

/// Three calls of one page over one port of the server: each hears itself and nobody else.
///
/// Rows: V2
#[tokio::test(flavor = "multi_thread")]
async fn three_calls_share_one_port() -> Result<()> {
    let (centre, mut browser, _between) = registered("chromium", 620.0).await?;
    let calls = [("one", 500.0), ("two", 700.0), ("three", 900.0)];
    for (name, hz) in calls {
        browser.call("dialBeside", json!([name, "sip:1003@ringdesk", hz])).await?;
    }
    for (name, hz) in calls {
        browser.hears_beside(name, hz).await.with_context(|| centre.log())?;
    }
    assert_eq!(centre.figure("media_legs_open").await?, 3);
    browser.call("hangUpBeside", json!(["two"])).await?;
    centre.figure_until("media_legs_open", SOON, |legs| legs == 2).await?;
    for (name, hz) in [calls[0], calls[2]] {
        browser.hears_beside(name, hz).await.with_context(|| centre.log())?;
        browser.call("hangUpBeside", json!([name])).await?;
    }
    centre.figure_until("media_legs_open", SOON, |legs| legs == 0).await?;
    Ok(())
}

/// Where a network lets no UDP out: the page has nothing but TCP to a TURN server, and its sound goes both ways all the same.
///
/// Rows: S16.27, V2
#[tokio::test(flavor = "multi_thread")]
async fn sound_goes_through_a_real_turn_server_over_tcp() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let at = free_port()?;
    let _coturn = coturn(&folder, at, "what-both-know").await?;
    let turn = format!("[turn]\nurls = [\"turn:{at}?transport=tcp\"]\nsecret = \"what-both-know\"\n");
    let relay = async |centre: &Centre| {
        let login = centre.login("agent1").await?;
        let (status, turn) = centre.api(&login, "GET", "turn_credentials", None).await?;
        anyhow::ensure!(status == 200, "{turn}");
        let credentials =
            json!({ "urls": turn["urls"], "username": turn["username"], "credential": turn["credential"] });
        anyhow::Ok(json!({ "turn": credentials }))
    };
    let (centre, mut browser, _between) = registered_with("chromium", 620.0, &turn, relay).await?;
    centre.agent_ready("agent1").await?;
    let mut caller = Phone::new("caller", "015112345678", centre.sip, 440.0, &Ladder::default()).await?;
    caller.invite("1001").await?;
    caller.answered(SOON).await?;
    browser.phone_is("ringing").await.with_context(|| centre.log())?;
    browser.call("pickUp", json!([])).await?;
    browser.phone_is("talking").await.with_context(|| centre.log())?;
    browser.hears_tone(440.0).await.with_context(|| centre.log())?;
    assert!(caller.sound.hears_tone(620.0, SOON).await.is_some(), "the caller does not hear the browser");
    let way = browser.until("it knows its way", "way", |way| way.is_object()).await?;
    assert_eq!((&way["kind"], &way["relay"]), (&json!("relay"), &json!("tcp")), "{way}");
    browser.call("hangUp", json!([])).await?;
    caller.hung_up(SOON).await?;
    Ok(())
}
