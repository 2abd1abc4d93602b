//! Calls to the outside over an operator who wants to know who we are.

use anyhow::{Context as _, Result, ensure};
use ringdesk_interop::centre::free_port;
use ringdesk_interop::sipp::Run;
use ringdesk_interop::{Centre, Ladder, Phone, Sipp};
use serde_json::json;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(10);
/// The server stands in another country: what it dials is opened by its operator.
const OPEN: &str = "[dialling]\nallow = [\"+49\"]\n";

/// 1001 dials a number outside; what becomes of it is the caller's.
async fn dialling_out(password: &str, config: &str) -> Result<(Centre, Sipp, Phone)> {
    let operator = free_port()?;
    let centre = Centre::start_with(config, &[]).await?;
    let admin = centre.login("admin").await?;
    let settings = json!({ "host": operator.ip(), "port": operator.port(), "transport": "udp", "username": "u-4711" });
    let trunk = json!({ "name": "carrier", "networks": ["127.0.0.66"], "settings": settings, "password": password });
    let (status, reply) = centre.api(&admin, "POST", "trunks", Some(&trunk)).await?;
    ensure!(status == 201, "{reply}");
    let (_, flows) = centre.api(&admin, "GET", "flows", None).await?;
    let flow = flows.as_array().context("flows")?.iter().find(|f| f["name"] == "Support").context("the flow")?;
    let dial = json!({ "kind": "dial", "target": { "number": "+4930123456" } });
    let document = json!({ "name": "Support", "language": "en", "start": "dial", "steps": { "dial": dial } });
    let body = json!({ "document": document, "replaces": flow["version"] });
    let path = format!("flows/{}", flow["id"].as_str().context("an id")?);
    let (status, reply) = centre.api(&admin, "PUT", &path, Some(&body)).await?;
    ensure!(status == 200, "{reply}");
    let carrier = Run { at: Some(operator), echoes: true, ..Run::new("operator", centre.sip, "u-4711") }.start()?;
    let mut caller = Phone::new("caller", "015112345678", centre.sip, 440.0, &Ladder::default()).await?;
    caller.invite("1001").await?;
    Ok((centre, carrier, caller))
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
        let entry = |e: &serde_json::Value| e["action"] == "call.dial" && e["result"] == why;
        centre.until(&admin, "audit?limit=20", |a| a.as_array().is_some_and(|a| a.iter().any(entry))).await?;
        assert_eq!(centre.figure("dialled_total{decision=\"refused\"}").await?, 1);
    }
    Ok(())
}
