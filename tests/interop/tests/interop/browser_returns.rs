//! A call in a browser survives what happens to browsers: a broken socket, another network, a page that is loaded anew, a second
//! login. What the caller hears is looked at all the while.

use anyhow::{Context as _, Result, ensure};
use ringdesk_interop::between::Between;
use ringdesk_interop::browser::Browser;
use ringdesk_interop::centre::free_port;
use ringdesk_interop::{Centre, Ladder, Login, PASSWORD, Phone};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::{Instant, timeout};

const SOON: Duration = Duration::from_secs(25);
/// What the caller says, and what each page does.
const CALLER: f32 = 440.0;
const PAGE: f32 = 620.0;

/// A centre, an agent's page with a network in between, and a caller who talks to it.
struct Talk {
    centre: Centre,
    browser: Browser,
    between: Between,
    caller: Phone,
    agent: Login,
}

async fn centre_for(home: &Value) -> Result<(Centre, SocketAddr)> {
    let port = free_port()?;
    let config = format!(
        "[https]\nlisten = [\"{}\"]\norigins = [{home}]\n[media]\nshards = 1\nbrowser_ports = [{p}, {p}]\n",
        free_port()?,
        p = port.port()
    );
    Ok((Centre::start_with(&config, &[]).await?, port))
}

/// Connected, registered, and known to the server.
async fn register(browser: &mut Browser, between: &Between, hz: f32, instance: Option<&str>) -> Result<String> {
    let url = format!("ws://{}/sip", between.tcp);
    let place = json!({ "host": between.udp.ip(), "port": between.udp.port() });
    let more = json!({ "media": place, "instance": instance });
    let name = browser.call("register", json!([url, "sip:2001@ringdesk", PASSWORD, hz, more])).await?;
    browser.until("it is registered", "phone", |phone| phone["registered"] == true).await?;
    Ok(name.as_str().context("a name")?.to_owned())
}

impl Talk {
    async fn begin(kind: &str) -> Result<Talk> {
        let mut talk = Talk::rings(kind).await?;
        talk.picks_up().await?;
        Ok(talk)
    }

    /// The page rings.
    async fn rings(kind: &str) -> Result<Talk> {
        let mut browser = Browser::start(kind).await?;
        let home = browser.call("home", json!([])).await?;
        let (centre, sound) = centre_for(&home).await?;
        let between = Between::start(centre.http, sound).await?;
        register(&mut browser, &between, PAGE, None).await.with_context(|| centre.log())?;
        let agent = centre.agent_ready("agent1").await?;
        let mut caller = Phone::new("caller", "015112345678", centre.sip, CALLER, &Ladder::default()).await?;
        caller.invite("1001").await?;
        caller.answered(SOON).await?;
        browser.phone_is("ringing").await.with_context(|| centre.log())?;
        Ok(Talk { centre, browser, between, caller, agent })
    }

    async fn picks_up(&mut self) -> Result<()> {
        self.browser.call("pickUp", json!([])).await?;
        self.browser.phone_is("talking").await.with_context(|| self.centre.log())?;
        self.talks().await
    }

    /// Both hear each other.
    async fn talks(&mut self) -> Result<()> {
        self.caller.sound.clear();
        let heard = self.caller.sound.hears_tone(PAGE, SOON).await;
        ensure!(heard.is_some(), "the caller does not hear the page: {}", self.centre.log());
        self.browser.hears_tone(f64::from(CALLER)).await.with_context(|| self.centre.log())
    }

    async fn presence(&self, state: &str) -> Result<Value> {
        self.centre.until(&self.agent, "presence", |p| p["state"] == state).await
    }

    /// The caller hears the page no more, but something else: nobody is left in silence.
    async fn hears_music(&mut self) -> Result<()> {
        let quiet = async {
            loop {
                self.caller.sound.clear();
                if self.caller.sound.hears_tone(PAGE, Duration::from_millis(700)).await.is_none() {
                    return;
                }
            }
        };
        timeout(SOON, quiet).await.context("the page is still heard")?;
        self.caller.sound.clear();
        ensure!(self.caller.sound.hears_something(SOON).await, "silence: {}", self.centre.log());
        Ok(())
    }

    /// The page is called anew; it picks up because it knows its own.
    async fn picks_up_its_own(&mut self) -> Result<()> {
        picks_up_its_own(&self.centre, &self.agent, &mut self.browser).await
    }

    /// The page ends it, and the server knows of one call only, which is over.
    async fn ends(mut self) -> Result<()> {
        self.browser.call("hangUp", json!([])).await?;
        self.caller.hung_up(SOON).await?;
        self.presence("wrap_up").await?;
        self.centre.figure_until("media_legs_open", SOON, |legs| legs == 0).await?;
        ensure!(self.centre.figure("stuck_total").await? == 0, "{}", self.centre.log());
        Ok(())
    }
}

async fn picks_up_its_own(centre: &Centre, agent: &Login, browser: &mut Browser) -> Result<()> {
    let called = |phone: &Value| phone["state"] == "ringing" && phone["returns"].is_string();
    let phone = browser.until("the page is called anew", "phone", called).await.with_context(|| centre.log())?;
    let (status, waits) = centre.api(agent, "GET", "calls/returning", None).await?;
    ensure!(status == 200 && waits["token"] == phone["returns"], "{status} {waits} {phone}");
    browser.call("pickUp", json!([])).await?;
    browser.phone_is("talking").await.with_context(|| centre.log())?;
    Ok(())
}

/// The socket breaks, the sound does not: nobody hears a difference, and the dialog goes on over the new socket.
async fn socket(kind: &str) -> Result<()> {
    let mut talk = Talk::begin(kind).await?;
    talk.between.break_sockets();
    talk.presence("reconnecting").await?;
    talk.talks().await?;
    talk.between.cut_sockets();
    talk.presence("talking").await?;
    talk.talks().await?;
    ensure!(talk.browser.call("phone", json!([])).await?["returns"].is_null(), "it was no new call");
    // What is said in the dialog now goes over the new socket, in both directions.
    talk.browser.call("hold", json!([true])).await?;
    talk.browser.until("it holds", "phone", |phone| phone["held"] == "local").await?;
    talk.hears_music().await?;
    talk.browser.call("hold", json!([false])).await?;
    talk.browser.until("it talks again", "phone", |phone| phone["held"] == false).await?;
    talk.talks().await?;
    talk.ends().await
}

/// Rows: S7.28, V2
#[tokio::test(flavor = "multi_thread")]
async fn a_broken_socket_is_not_heard() -> Result<()> {
    socket("chromium").await
}

/// Rows: S7.28, V2
#[tokio::test(flavor = "multi_thread")]
async fn a_broken_socket_is_not_heard_in_firefox() -> Result<()> {
    socket("firefox").await
}

/// Everything is gone for a while, and comes back by another way: the caller hears music, then the agent again.
///
/// Rows: S7.28, V2
#[tokio::test(flavor = "multi_thread")]
async fn another_network_in_mid_call() -> Result<()> {
    let mut talk = Talk::begin("chromium").await?;
    talk.between.break_sockets();
    talk.between.break_sound();
    talk.presence("reconnecting").await?;
    talk.hears_music().await?;
    talk.between.mend_sound();
    talk.between.cut_sockets();
    let mended = Instant::now();
    talk.talks().await?;
    let took = mended.elapsed();
    talk.presence("talking").await?;
    ensure!(took < Duration::from_secs(20), "it took {took:?}");
    let ways = talk.between.ways();
    ensure!(ways.len() == 2 && ways[0] != ways[1], "another way: {ways:?}");
    eprintln!("back after {took:?}");
    talk.ends().await
}

/// The same with a browser that gives ICE up for good: as long as it hopes it is asked to begin anew, and when it has given up
/// (BYE with Reason 408) the page is called anew.
///
/// Rows: S7.28, V2
#[tokio::test(flavor = "multi_thread")]
async fn another_network_in_mid_call_in_firefox() -> Result<()> {
    let mut talk = Talk::begin("firefox").await?;
    talk.between.break_sockets();
    talk.between.break_sound();
    talk.presence("reconnecting").await?;
    talk.hears_music().await?;
    talk.between.mend_sound();
    talk.between.cut_sockets();
    let back = |phone: &Value| phone["registered"] == true;
    talk.browser.until("it is registered again", "phone", back).await.with_context(|| talk.centre.log())?;
    let (end, mut anew) = (Instant::now() + Duration::from_secs(60), false);
    loop {
        let phone = talk.browser.call("phone", json!([])).await?;
        if phone["state"] == "ringing" && phone["returns"].is_string() {
            anew = true;
            talk.browser.call("pickUp", json!([])).await?;
            break;
        }
        talk.caller.sound.clear();
        if talk.caller.sound.hears_tone(PAGE, Duration::from_millis(700)).await.is_some() {
            break;
        }
        ensure!(Instant::now() < end, "not back: {phone} {}", talk.centre.log());
    }
    talk.browser.phone_is("talking").await.with_context(|| talk.centre.log())?;
    talk.talks().await?;
    talk.presence("talking").await?;
    eprintln!("called anew: {anew}");
    talk.ends().await
}

/// The socket stays, the sound takes another way: Wi-Fi to cable behind the same proxy.
async fn sound_takes_another_way(kind: &str) -> Result<Talk> {
    let mut talk = Talk::begin(kind).await?;
    talk.between.mend_sound();
    talk.talks().await?;
    ensure!(talk.between.ways().len() == 2, "{:?}", talk.between.ways());
    Ok(talk)
}

/// Rows: S7.28, V2
#[tokio::test(flavor = "multi_thread")]
async fn sound_that_takes_another_way_in_firefox() -> Result<()> {
    sound_takes_another_way("firefox").await?.ends().await
}

/// Rows: S7.28, V2
#[tokio::test(flavor = "multi_thread")]
async fn sound_that_takes_another_way() -> Result<()> {
    let mut talk = sound_takes_another_way("chromium").await?;
    // And a way that breaks under a good socket: the server asks for ICE to begin anew.
    talk.between.break_sound();
    talk.presence("reconnecting").await?;
    talk.between.mend_sound();
    talk.talks().await?;
    talk.presence("talking").await?;
    talk.ends().await
}

/// The page is loaded anew in the middle of the talk: it is called, picks up what is its own, and they go on.
async fn reload(kind: &str) -> Result<()> {
    let mut talk = Talk::begin(kind).await?;
    talk.browser.call("reload", json!([])).await?;
    talk.presence("reconnecting").await?;
    let between = &talk.between;
    register(&mut talk.browser, between, PAGE, None).await?;
    talk.picks_up_its_own().await?;
    talk.talks().await?;
    talk.presence("talking").await?;
    let (status, _) = talk.centre.api(&talk.agent, "GET", "calls/returning", None).await?;
    ensure!(status == 404, "nothing waits any more");
    talk.ends().await
}

/// Rows: S7.28, V2
#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_loaded_anew_has_its_call_again() -> Result<()> {
    reload("chromium").await
}

/// Rows: S7.28, V2
#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_loaded_anew_has_its_call_again_in_firefox() -> Result<()> {
    reload("firefox").await
}

/// Loaded anew while it rings: the new page rings, for the same offer, and is picked up.
///
/// Rows: S7.28, V2
#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_loaded_anew_while_it_rings_rings_again() -> Result<()> {
    let mut talk = Talk::rings("chromium").await?;
    talk.browser.call("reload", json!([])).await?;
    register(&mut talk.browser, &talk.between, PAGE, None).await?;
    talk.browser.phone_is("ringing").await.with_context(|| talk.centre.log())?;
    talk.presence("offered").await?;
    talk.picks_up().await?;
    talk.presence("talking").await?;
    talk.ends().await
}

/// A page that has given its call up (BYE with Reason 408: ICE has failed) and is still registered is called anew: so it is with
/// Firefox, which sends nothing any more after that.
async fn given_up(kind: &str) -> Result<()> {
    let mut talk = Talk::begin(kind).await?;
    talk.browser.call("giveUp", json!([])).await?;
    talk.picks_up_its_own().await?;
    talk.talks().await?;
    talk.presence("talking").await?;
    talk.ends().await
}

/// Rows: S7.28, V2
#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_was_given_up_is_no_hang_up() -> Result<()> {
    given_up("chromium").await
}

/// Rows: S7.28, V2
#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_was_given_up_is_no_hang_up_in_firefox() -> Result<()> {
    given_up("firefox").await
}

/// Not back in time: the contact is the next in its queue and somebody else takes it; the agent is not ready.
///
/// Rows: S7.28, S7.25
#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_does_not_come_back_loses_its_call() -> Result<()> {
    let mut talk = Talk::begin("chromium").await?;
    let mut other = Phone::new("2002", "2002", talk.centre.sip, 700.0, &Ladder::default()).await?;
    other.register(PASSWORD, 300).await?;
    talk.centre.agent_ready("agent2").await?;
    talk.browser.call("reload", json!([])).await?;
    talk.presence("reconnecting").await?;
    talk.hears_music().await?;
    other.rings(Duration::from_secs(60)).await.with_context(|| talk.centre.log())?;
    other.pick_up().await?;
    talk.caller.sound.clear();
    assert!(talk.caller.sound.hears_tone(700.0, SOON).await.is_some(), "{}", talk.centre.log());
    other.sound.clear();
    assert!(other.sound.hears_tone(CALLER, SOON).await.is_some());
    let left = talk.presence("not_ready").await?;
    assert_eq!(left["reason"], "disconnected");
    // Too late: the page may come back, its call is somebody else's.
    register(&mut talk.browser, &talk.between, PAGE, None).await?;
    assert_eq!(talk.centre.api(&talk.agent, "GET", "calls/returning", None).await?.0, 404);
    other.hang_up().await?;
    talk.caller.hung_up(SOON).await?;
    assert_eq!(talk.centre.figure("stuck_total").await?, 0);
    Ok(())
}

/// A second login with the same name takes the call over; the first page is told.
///
/// Rows: S7.28
#[tokio::test(flavor = "multi_thread")]
async fn a_second_login_takes_the_call_over() -> Result<()> {
    let mut talk = Talk::begin("chromium").await?;
    let home = talk.browser.call("home", json!([])).await?;
    let mut second = Browser::start_at("chromium", home.as_str()).await?;
    let name = talk.browser.call("name", json!([])).await?;
    register_second(&mut second, &talk.between, name.as_str().context("a name")?, &talk.centre).await?;
    picks_up_its_own(&talk.centre, &talk.agent, &mut second).await?;
    talk.caller.sound.clear();
    assert!(talk.caller.sound.hears_tone(820.0, SOON).await.is_some(), "{}", talk.centre.log());
    second.hears_tone(f64::from(CALLER)).await?;
    talk.browser.phone_is("over").await?;
    talk.presence("talking").await?;
    second.call("hangUp", json!([])).await?;
    talk.caller.hung_up(SOON).await?;
    talk.presence("wrap_up").await?;
    Ok(())
}

/// The second page comes from elsewhere, and speaks through a network of its own.
async fn register_second(second: &mut Browser, between: &Between, name: &str, centre: &Centre) -> Result<()> {
    let url = format!("ws://{}/sip", between.tcp);
    let more = json!({ "instance": name });
    second.call("register", json!([url, "sip:2001@ringdesk", PASSWORD, 820.0, more])).await?;
    second
        .until("it is registered", "phone", |phone| phone["registered"] == true)
        .await
        .with_context(|| centre.log())?;
    Ok(())
}
