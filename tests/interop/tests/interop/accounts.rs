//! Agents who are made and put out of use while the server runs.

use anyhow::{Context as _, Result, ensure};
use ringdesk_interop::baresip::Account;
use ringdesk_interop::centre::{Login, PASSWORD};
use ringdesk_interop::{Baresip, Centre, Ladder, Phone};
use serde_json::{Value, json};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(10);

async fn row(centre: &Centre, admin: &Login, path: &str, name: &str) -> Result<Value> {
    let (_, rows) = centre.api(admin, "GET", path, None).await?;
    let mut rows = rows.as_array().context("rows")?.iter();
    rows.find(|r| r["name"] == name || r["login"] == name).cloned().with_context(|| format!("{name} in {path}"))
}

/// Made over the API, registered with the password that was shown once, called: by a telephone that is not ours.
///
/// Rows: S12.29, V1
#[tokio::test(flavor = "multi_thread")]
async fn a_new_agent_registers_and_takes_a_call() -> Result<()> {
    let centre = Centre::start().await?;
    let admin = centre.login("admin").await?;
    let support = row(&centre, &admin, "queues", "support").await?["id"].clone();
    let new = json!({ "login": "carla", "name": "Carla Agent", "password": PASSWORD, "must_change_password": false, "extension": "2003",
        "queues": [{ "queue": support }] });
    let (status, made) = centre.api(&admin, "POST", "agents", Some(&new)).await?;
    ensure!(status == 201, "{status} {made}");
    let password = made["phone"]["password"].as_str().context("a password")?;
    let account =
        Account { user: "2003", server: centre.sip, password: Some(password), transport: "udp", speaks_hz: 620.0 };
    let mut phone = Baresip::start(&account).await?;
    centre.figure_until("signaling_registrations", SOON, |n| n == 1).await?;
    // A line for who bans addresses (SECURITY.md).
    let wrong = json!({ "login": "carla", "password": "guess" }).to_string();
    ensure!(centre.raw("POST", "/api/v1/auth/login", None, &wrong).await?.0 == 401, "a wrong password");
    ensure!(centre.log().lines().any(|l| l.ends_with("login failed from 127.0.0.1")), "{}", centre.log());
    ensure!(centre.figure("logins_failed_total").await? == 1, "not counted");
    let carla = centre.agent_ready("carla").await?;
    let mut caller = Phone::new("caller", "015112345678", centre.sip, 440.0, &Ladder::default()).await?;
    caller.invite("1001").await?;
    caller.answered(SOON).await?;
    phone.event("CALL_INCOMING", SOON).await?;
    phone.command("accept", "").await?;
    caller.sound.clear();
    ensure!(phone.hears_tone(440.0, SOON).await.is_some(), "she does not hear the caller\n{}", phone.output());
    ensure!(caller.sound.hears_tone(620.0, SOON).await.is_some(), "the caller does not hear her");
    centre.until(&carla, "presence", |p| p["state"] == "talking").await?;
    caller.hang_up().await?;
    centre.until(&carla, "conversations?limit=1", |c| c[0]["calls"][0]["hung_up_by"] == "caller").await?;

    // A new password for the phone: where it was registered with the old one it is not any more.
    let path = format!("agents/{}/phone", made["id"].as_str().context("an id")?);
    let (status, renewed) = centre.api(&admin, "POST", &path, None).await?;
    ensure!(status == 200 && renewed["password"] != made["phone"]["password"], "{renewed}");
    centre.figure_until("signaling_registrations", SOON, |n| n == 0).await?;
    Ok(())
}

/// Put out of use in the middle of a call: signed out and unregistered at once; the call goes on to its end and stays in the
/// books; nothing is offered any more, and the phone is not let in again.
///
/// Rows: S12.29
#[tokio::test(flavor = "multi_thread")]
async fn who_is_put_out_of_use_finishes_the_call_and_nothing_else() -> Result<()> {
    let centre = Centre::start().await?;
    let mut phone = Phone::new("2001", "2001", centre.sip, 620.0, &Ladder::default()).await?;
    phone.register(PASSWORD, 300).await?;
    let agent = centre.agent_ready("agent1").await?;
    let mut caller = Phone::new("caller", "015112345678", centre.sip, 440.0, &Ladder::default()).await?;
    caller.invite("1001").await?;
    caller.answered(SOON).await?;
    phone.rings(SOON).await?;
    phone.pick_up().await?;
    centre.until(&agent, "presence", |p| p["state"] == "talking").await?;

    let admin = centre.login("admin").await?;
    let path = format!("agents/{}", agent.agent.as_deref().context("an agent")?);
    let (status, reply) = centre.api(&admin, "DELETE", &path, None).await?;
    ensure!(status == 204, "{status} {reply}");
    // At once: the answer came after the machines had heard of it.
    ensure!(centre.api(&agent, "GET", "presence", None).await?.0 == 401, "the session goes on");
    centre.figure_until("signaling_registrations", SOON, |n| n == 0).await?;
    ensure!(phone.register(PASSWORD, 300).await.is_err(), "the phone was let in again");
    for sound in [&phone.sound, &caller.sound] {
        sound.clear();
    }
    ensure!(phone.sound.hears_tone(440.0, SOON).await.is_some(), "the call was cut");
    ensure!(caller.sound.hears_tone(620.0, SOON).await.is_some(), "the call was cut");
    phone.hang_up().await?;
    caller.hung_up(SOON).await?;
    let ended = |c: &Value| c[0]["calls"][0]["hung_up_by"] == "agent";
    let stored = centre.until(&admin, "conversations?limit=1", ended).await?;
    ensure!(stored[0]["calls"][0]["talk_ms"].as_u64() > Some(0), "{stored:#}");
    let gone = |a: &Value| {
        let mut all = a.as_array().into_iter().flatten();
        all.any(|a| a["active"] == false && a["presence"]["state"] == "logged_out" && a["extension"] == "2001")
    };
    centre.until(&admin, "agents", gone).await?;
    // The next caller is told that nobody is there.
    let mut next = Phone::new("next", "015112345679", centre.sip, 440.0, &Ladder::default()).await?;
    next.invite("1001").await?;
    next.answered(SOON).await?;
    next.hung_up(Duration::from_secs(20)).await?;
    ensure!(phone.rings(Duration::from_millis(100)).await.is_err(), "it was offered to who is gone");
    centre.figure_until("routing_stuck_total", SOON, |n| n == 0).await?;
    Ok(())
}
