//! Calls to the outside over an operator who wants to know who we are.

use anyhow::{Context as _, Result, ensure};
use ringdesk_interop::centre::free_port;
use ringdesk_interop::sipp::Run;
use ringdesk_interop::{Centre, Ladder, Login, PASSWORD, Phone, Sipp};
use serde_json::{Value, json};
use std::time::Duration;

pub(super) const SOON: Duration = Duration::from_secs(10);
/// The server stands in another country: what it dials is opened by its operator.
pub(super) const OPEN: &str = "[dialling]\nallow = [\"+49\"]\n";

/// 1001 dials a number outside; what becomes of it is the caller's.
async fn dialling_out(password: &str, config: &str) -> Result<(Centre, Sipp, Phone)> {
    let operator = free_port()?;
    let centre = Centre::start_with(config, &[]).await?;
    let admin = centre.login("admin").await?;
    let settings = json!({ "host": operator.ip(), "port": operator.port(), "transport": "udp", "username": "u-4711", "options": "off" });
    let trunk = json!({ "name": "carrier", "networks": ["127.0.0.66"], "settings": settings, "password": password });
    make(&centre, &admin, &trunk).await?;
    support_dials(&centre, &admin, "+4930123456").await?;
    let carrier = Run { at: Some(operator), echoes: true, ..Run::new("operator", centre.sip, "u-4711") }.start()?;
    let mut caller = Phone::new("caller", "015112345678", centre.sip, 440.0, &Ladder::default()).await?;
    caller.invite("1001").await?;
    Ok((centre, carrier, caller))
}

pub(super) async fn make(centre: &Centre, admin: &Login, trunk: &Value) -> Result<()> {
    let (status, reply) = centre.api(admin, "POST", "trunks", Some(trunk)).await?;
    ensure!(status == 201, "{reply}");
    Ok(())
}

/// Who calls 1001 is put through to this number.
pub(super) async fn support_dials(centre: &Centre, admin: &Login, number: &str) -> Result<()> {
    let (_, flows) = centre.api(admin, "GET", "flows", None).await?;
    let flow = flows.as_array().context("flows")?.iter().find(|f| f["name"] == "Support").context("the flow")?;
    let dial = json!({ "kind": "dial", "target": { "number": number } });
    let document = json!({ "name": "Support", "language": "en", "start": "dial", "steps": { "dial": dial } });
    let body = json!({ "document": document, "replaces": flow["version"] });
    let path = format!("flows/{}", flow["id"].as_str().context("an id")?);
    let (status, reply) = centre.api(admin, "PUT", &path, Some(&body)).await?;
    ensure!(status == 200, "{reply}");
    Ok(())
}

/// Challenged, proven by digest, answered, heard, ended.
///
/// Rows: V1
#[tokio::test(flavor = "multi_thread")]
async fn the_operator_is_shown_the_right_password() -> Result<()> {
    let (centre, carrier, mut caller) = dialling_out("geheim", OPEN).await?;
    caller.answered(SOON).await.with_context(|| carrier.story())?;
    caller.sound.clear();
    let heard = caller.sound.hears_tone(440.0, SOON).await;
    assert!(heard.is_some(), "no sound from outside\n{}", carrier.story());
    caller.hang_up().await?;
    carrier.succeeded(Duration::from_secs(30)).await?;
    centre.figure_until("signaling_legs_open", SOON, |n| n == 0).await?;
    Ok(())
}

/// One try, no loop; the caller is not left hanging.
///
/// Rows: V1
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_for_the_operator_ends_the_call() -> Result<()> {
    let (centre, carrier, mut caller) = dialling_out("falsch", OPEN).await?;
    // A `dial` that leads nowhere ends the flow: refused before an answer, or hung up.
    let ended = caller.refused(SOON).await;
    assert!(ended.is_ok(), "{ended:?}\n{}", carrier.story());
    centre.figure_until("signaling_legs_open", SOON, |n| n == 0).await?;
    assert_eq!(carrier.messages("INVITE "), 2, "{}", carrier.story());
    Ok(())
}

/// A flow that dials what nobody opened, or more than a day may have: not a packet leaves for the operator, and it is in the books.
///
/// Rows: S12.13
#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_nobody_opened_is_not_dialled() -> Result<()> {
    for (config, why) in [
        ("", "a number abroad"),
        ("[dialling]\nallow = [\"+49\"]\ncalls_per_day = 0\n", "as many calls as a day may have"),
    ] {
        let (centre, carrier, mut caller) = dialling_out("geheim", config).await?;
        let ended = caller.refused(SOON).await;
        assert!(ended.is_ok(), "{why}: {ended:?}\n{}", carrier.story());
        centre.figure_until("signaling_legs_open", SOON, |n| n == 0).await?;
        assert_eq!(carrier.messages("INVITE "), 0, "{why}: {}", carrier.story());
        let admin = centre.login("admin").await?;
        let entry = |e: &Value| e["action"] == "call.dial" && e["result"] == why;
        centre.until(&admin, "audit?limit=20", |a| a.as_array().is_some_and(|a| a.iter().any(entry))).await?;
        assert_eq!(centre.figure("dialled_total{decision=\"refused\"}").await?, 1);
    }
    Ok(())
}

/// Of two operators the first says 100 and nothing more: the call goes over the second, the first is told to stop, and the caller
/// hears the called party. The next call begins with the second.
///
/// Rows: V15
#[tokio::test(flavor = "multi_thread")]
async fn an_operator_that_says_100_and_nothing_more_is_left_for_another() -> Result<()> {
    let (silent, operator) = (free_port()?, free_port()?);
    let centre = Centre::start_with(OPEN, &[]).await?;
    let admin = centre.login("admin").await?;
    for (name, at, priority, password) in [("one", silent, 1, None), ("two", operator, 2, Some("geheim"))] {
        let settings = json!({ "host": at.ip(), "port": at.port(), "transport": "udp", "options": "off", "priority": priority,
            "patience_seconds": 2, "username": password.map(|_| "u-4711") });
        make(&centre, &admin, &json!({ "name": name, "settings": settings, "password": password })).await?;
    }
    support_dials(&centre, &admin, "+4930123456").await?;
    let first = Run { at: Some(silent), ..Run::new("trunk_says_100", centre.sip, "one") }.start()?;
    let second = Run { at: Some(operator), echoes: true, ..Run::new("operator", centre.sip, "u-4711") }.start()?;
    let mut caller = Phone::new("caller", "015112345678", centre.sip, 440.0, &Ladder::default()).await?;
    caller.invite("1001").await?;
    caller.answered(SOON).await.with_context(|| format!("{}\n{}", first.story(), second.story()))?;
    caller.sound.clear();
    let heard = caller.sound.hears_tone(440.0, SOON).await;
    assert!(heard.is_some(), "no sound from outside\n{}", second.story());
    first.succeeded(Duration::from_secs(30)).await?;
    assert_eq!(centre.figure("signaling_trunk_calls_stuck_total").await?, 1);
    caller.hang_up().await?;
    second.succeeded(Duration::from_secs(30)).await?;
    centre.figure_until("signaling_legs_open", SOON, |n| n == 0).await?;
    Ok(())
}

/// What an operator answers to OPTIONS is shown by the API, the events, the metric and the doctor; so is its silence.
///
/// Rows: V15, S16.12
#[tokio::test(flavor = "multi_thread")]
async fn how_an_operator_is_is_shown() -> Result<()> {
    let operator = free_port()?;
    let centre = Centre::start().await?;
    let admin = centre.login("admin").await?;
    let settings = json!({ "host": operator.ip(), "port": operator.port(), "transport": "udp", "options_seconds": 1, "options_fail": 2 });
    let lives = Run { at: Some(operator), calls: 1_000, ..Run::new("trunk_lives", centre.sip, "x") }.start()?;
    make(&centre, &admin, &json!({ "name": "carrier", "settings": settings })).await?;
    let is = |state: &'static str| {
        move |trunks: &Value| {
            trunks.as_array().is_some_and(|t| t.iter().any(|t| t["name"] == "carrier" && t["health"] == state))
        }
    };
    let trunks = centre.until(&admin, "trunks", is("up")).await?;
    let carrier = trunks.as_array().context("trunks")?.iter().find(|t| t["name"] == "carrier").context("the trunk")?;
    let figure = format!("trunk_up{{trunk=\"{}\"}}", carrier["id"].as_str().context("an id")?);
    assert_eq!(centre.figure(&figure).await?, 1);
    drop(lives);
    centre.until(&admin, "trunks", is("down")).await?;
    assert_eq!(centre.figure(&figure).await?, 0);
    let page = centre.folder.path().join("data").join("trunks.txt");
    let known = || std::fs::read_to_string(&page).is_ok_and(|text| text.contains("bad\tcarrier\tdown"));
    let mut round = tokio::time::interval(Duration::from_millis(100));
    let told = tokio::time::timeout(Duration::from_secs(20), async {
        while !known() {
            round.tick().await;
        }
    });
    let told = told.await.is_ok();
    assert!(told, "the doctor does not know: {:?}", std::fs::read_to_string(&page));
    Ok(())
}

/// The preset `cn-ims`: what is asked of the house in China.
fn ims(at: std::net::SocketAddr, networks: &[&str]) -> Value {
    let settings = json!({ "preset": "cn-ims", "host": at.ip(), "port": at.port(), "transport": "udp",
        "call_domain": "bj.ims.example.cn", "default_caller": "+861012345600", "numbers": ["+86101234*"], "max_calls": 2 });
    json!({ "name": "a-carrier", "networks": networks, "settings": settings })
}

/// A call over a Chinese carrier's IMS: reliable 183 with sound, UPDATE while it rings, reliable 180, 200 without news, refresh by UPDATE; sound
/// both ways, in A-law only; who hangs up ends the other side.
///
/// Rows: V15, V1
#[tokio::test(flavor = "multi_thread")]
async fn a_call_out_over_a_chinese_carriers_ims() -> Result<()> {
    let carrier_at = free_port()?;
    let centre = Centre::start().await?;
    let admin = centre.login("admin").await?;
    make(&centre, &admin, &ims(carrier_at, &["127.0.0.66"])).await?;
    support_dials(&centre, &admin, "013800138000").await?;
    let carrier = Run { at: Some(carrier_at), echoes: true, ..Run::new("ims_answers", centre.sip, "sbc") }.start()?;
    let mut caller = Phone::new("caller", "015112345678", centre.sip, 440.0, &Ladder::default()).await?;
    caller.invite("1001").await?;
    caller.answered(SOON).await.with_context(|| carrier.story())?;
    caller.sound.clear();
    let heard = caller.sound.hears_tone(440.0, SOON).await;
    assert!(heard.is_some(), "no sound over the carrier\n{}", carrier.story());
    caller.hang_up().await?;
    carrier.succeeded(Duration::from_secs(30)).await?;
    centre.figure_until("signaling_legs_open", SOON, |n| n == 0).await?;
    // What was said stays known.
    let (_, conversations) = centre.api(&admin, "GET", "conversations", None).await?;
    let call = conversations[0]["calls"][0]["id"].as_str().map(str::to_owned);
    if let Some(call) = call {
        let ended = |legs: &Value| {
            legs.as_array().is_some_and(|l| l.iter().any(|l| l["direction"] == "out" && l["q850"] == 16))
        };
        centre.until(&admin, &format!("calls/{call}/trunk_legs"), ended).await?;
    }
    Ok(())
}

/// A call from a Chinese carrier's IMS to a landing number of a 400 number: it finds the inbox of the 400 number, the agent and the carrier hear
/// each other, and whoever leaves ends the other side.
///
/// Rows: V15, V1
#[tokio::test(flavor = "multi_thread")]
async fn a_call_of_a_chinese_carriers_ims() -> Result<()> {
    for carrier_leaves in [false, true] {
        let carrier_at = free_port()?;
        let centre = Centre::start().await?;
        let admin = centre.login("admin").await?;
        make(&centre, &admin, &ims(carrier_at, &["127.0.0.1"])).await?;
        let (_, inboxes) = centre.api(&admin, "GET", "inboxes", None).await?;
        let support = inboxes.as_array().context("inboxes")?.iter().find(|i| i["numbers"] == json!(["1001"]));
        let support = support.context("the inbox of 1001")?;
        let wish = json!({ "numbers": ["1001", "4008001234"], "replaces": support["version"] });
        let path = format!("inboxes/{}", support["id"].as_str().context("an id")?);
        let (status, reply) = centre.api(&admin, "PUT", &path, Some(&wish)).await?;
        ensure!(status < 300, "{reply}");
        let landing = json!({ "label": "4008001234", "channels": 1 });
        let (status, reply) = centre.api(&admin, "PUT", "numbers/01012345678", Some(&landing)).await?;
        ensure!(status == 204, "{reply}");
        let mut agent = Phone::new("agent", "2001", centre.sip, 700.0, &Ladder::default()).await?;
        agent.register(PASSWORD, 600).await?;
        centre.agent_ready("agent1").await?;
        let carrier = Run { at: Some(carrier_at), echoes: true, ..Run::new("ims_calls", centre.sip, "sbc") }.start()?;
        agent.rings(Duration::from_secs(30)).await.with_context(|| carrier.story())?;
        agent.pick_up().await?;
        agent.sound.clear();
        let heard = agent.sound.hears_tone(700.0, SOON).await;
        assert!(heard.is_some(), "the carrier does not send back what it hears\n{}", carrier.story());
        match carrier_leaves {
            true => drop(agent.hung_up(Duration::from_secs(60)).await?),
            false => agent.hang_up().await?,
        }
        carrier.succeeded(Duration::from_secs(60)).await?;
        centre.figure_until("signaling_legs_open", SOON, |n| n == 0).await?;
    }
    Ok(())
}

/// The whole line of a Chinese carrier: a pilot number registers for a range in a domain that is not the proxy's address, with a private
/// identity that is not the number; signaling and sound come from the trunk's own address; a call out shows a number of the range as
/// `tel:` in both fields and the pilot in From, is challenged, and is heard. A wrong password is told by its status.
///
/// Rows: V15, V1
#[tokio::test(flavor = "multi_thread")]
async fn the_line_of_a_chinese_carrier_from_its_registration_to_a_call() -> Result<()> {
    let carrier_at = free_port()?;
    // Its interface is the first: what stands here comes before the harness's own.
    let own: std::net::SocketAddr = format!("127.0.0.70:{}", free_port()?.port()).parse()?;
    let second = format!("[[signaling.interface]]\nname = \"carrier\"\nudp = \"{own}\"\n");
    let centre = Centre::start_with(&second, &[]).await?;
    let admin = centre.login("admin").await?;
    let registrar =
        Run { at: Some(carrier_at), echoes: true, calls: 1_000, ..Run::new("ims_registrar", centre.sip, "sbc") };
    let registrar = registrar.start()?;
    let trunk = |password: &str| {
        let mut trunk = ims(carrier_at, &["127.0.0.66"]);
        let settings = json!({ "register": true, "username": "4711@ims.example.cn", "user": "+861012345600", "interface": 0,
            "domain": "bj.ims.example.cn", "from": "account", "expires_seconds": 600 });
        for (name, value) in settings.as_object().into_iter().flatten() {
            trunk["settings"][name] = value.clone();
        }
        trunk["password"] = json!(password);
        trunk
    };
    make(&centre, &admin, &trunk("falsch")).await?;
    let is = |wanted: Value| {
        move |trunks: &Value| {
            let ours = trunks.as_array().into_iter().flatten().find(|t| t["name"] == "a-carrier");
            ours.is_some_and(|t| wanted.as_object().into_iter().flatten().all(|(name, value)| t[name] == *value))
        }
    };
    let refused = is(json!({ "registered": false, "registration_status": 403 }));
    centre.until(&admin, "trunks", refused).await.with_context(|| registrar.story())?;
    let (status, reply) = centre.api(&admin, "PUT", "trunks/a-carrier", Some(&trunk("geheim"))).await?;
    ensure!(status == 204, "{reply}");
    let registered = is(json!({ "registered": true }));
    let trunks = centre.until(&admin, "trunks", registered).await.with_context(|| registrar.story())?;
    let ours = trunks.as_array().into_iter().flatten().find(|t| t["name"] == "a-carrier").context("the trunk")?;
    ensure!(ours["registered_until"].as_i64().is_some() && ours["last_failure"]["what"] == "registration", "{ours}");
    // The line of the house is not its number: callers of the range show their own.
    support_dials(&centre, &admin, "013800138000").await?;
    let mut caller = Phone::new("caller", "01012345678", centre.sip, 440.0, &Ladder::default()).await?;
    caller.invite("1001").await?;
    caller.answered(SOON).await.with_context(|| registrar.story())?;
    caller.sound.clear();
    let heard = caller.sound.hears_tone(440.0, SOON).await;
    assert!(heard.is_some(), "no sound over the carrier\n{}", registrar.story());
    caller.hang_up().await?;
    centre.figure_until("signaling_legs_open", SOON, |n| n == 0).await?;
    assert_eq!(registrar.messages("OPTIONS "), 0, "{}", registrar.story());
    Ok(())
}

/// A wrong setting is refused by its name.
///
/// Rows: V15
#[tokio::test(flavor = "multi_thread")]
async fn a_trunk_that_makes_no_sense_is_refused_by_the_field() -> Result<()> {
    let centre = Centre::start().await?;
    let admin = centre.login("admin").await?;
    for (body, pointer) in [
        (json!({ "name": "x", "networks": ["nowhere"] }), "/networks/0"),
        (json!({ "name": "x", "settings": { "interface": 7 } }), "/settings/interface"),
        (json!({ "name": "x", "settings": { "codecs": ["G729"] } }), "/settings/codecs"),
        (json!({ "name": "x", "settings": { "preset": "us-ims" } }), "/settings/preset"),
        (json!({ "name": "x", "settings": { "priority": "first" } }), "/settings/priority"),
        (json!({ "name": "x", "settings": { "colour": 1 } }), "/settings/colour"),
        (json!({ "name": "x", "settings": { "host": "h", "username": "u" } }), "/password"),
    ] {
        let (status, reply) = centre.api(&admin, "POST", "trunks", Some(&body)).await?;
        assert_eq!((status, &reply["errors"][0]["pointer"]), (422, &json!(pointer)), "{reply}");
    }
    Ok(())
}
