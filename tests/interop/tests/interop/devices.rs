//! The devices of an agent: together and in turns, and a mobile over a trunk, where a voicemail may answer.

use crate::interop::transfers::{CONTACT, FIRST, SECOND, SOON, agent, does_not_hear, hear_each_other, trunk};
use anyhow::{Context, Result, ensure};
use ringdesk_interop::centre::Login;
use ringdesk_interop::{Centre, Ladder, Phone};
use serde_json::{Value, json};
use std::time::Duration;

/// After which somebody who was asked and pressed nothing is let go.
const ASKED: Duration = Duration::from_secs(25);

struct Desk {
    centre: Centre,
    desk: Phone,
    login: Login,
    mobile: Phone,
    path: String,
}

impl Desk {
    /// An agent with a telephone at 2001 and a mobile, which is reached over an operator.
    async fn new(order: &str) -> Result<Desk> {
        let centre = Centre::start().await?;
        let (desk, login) = agent(&centre, "agent1", "2001", FIRST, "ready").await?;
        let mobile = Phone::new("mobile", "13800138000", centre.sip, SECOND, &Ladder::default()).await?;
        trunk(&centre, &mobile).await?;
        let path = format!("agents/{}/devices", login.agent.clone().context("an agent")?);
        let mut all = Desk { centre, desk, login, mobile, path };
        // No longer than its own time, also where all ring together.
        let seconds = if order == "sequence" { 5 } else { 60 };
        all.add(json!({ "kind": "desk_phone", "name": "Desk", "ring_seconds": seconds })).await?;
        all.add(json!({ "kind": "mobile", "name": "Mobile", "number": "138 0013 8000", "ring_seconds": 30 })).await?;
        let path = all.path.clone();
        let (status, reply) = all.api("PUT", &path, json!({ "order": order, "language": "zh-CN" })).await?;
        ensure!(status == 204, "{reply}");
        Ok(all)
    }

    async fn api(&self, method: &str, path: &str, body: Value) -> Result<(u16, Value)> {
        let body = (!body.is_null()).then_some(&body);
        self.centre.api(&self.login, method, path, body).await
    }

    async fn add(&mut self, device: Value) -> Result<String> {
        let path = self.path.clone();
        let (status, reply) = self.api("POST", &path, device).await?;
        ensure!(status == 201, "{reply}");
        Ok(reply["id"].as_str().context("id")?.to_owned())
    }

    async fn calls(&self) -> Result<Phone> {
        let mut contact = Phone::new("contact", "015112345678", self.centre.sip, CONTACT, &Ladder::default()).await?;
        contact.invite("1001").await?;
        contact.answered(SOON).await?;
        Ok(contact)
    }

    async fn quiet(&self) -> Result<()> {
        self.centre.figure_until("calls_open", SOON, |n| n == 0).await?;
        self.centre.figure_until("signaling_legs_open", SOON, |n| n == 0).await?;
        Ok(())
    }
}

/// Both ring. The voicemail that answers hears the question and nobody hears it; the desk phone rings on and has the call.
///
/// Rows: S7.28
#[tokio::test(flavor = "multi_thread")]
async fn the_voicemail_of_a_mobile_never_has_the_call() -> Result<()> {
    let mut all = Desk::new("parallel").await?;
    let mut contact = all.calls().await?;
    all.desk.rings(SOON).await?;
    all.mobile.rings(SOON).await?;
    all.mobile.pick_up().await?;
    assert!(all.mobile.sound.hears_something(SOON).await, "it is asked");
    does_not_hear(&mut contact, SECOND).await;
    // A machine talks, and presses nothing; in the end it is hung up, and typed as nobody.
    let bye = all.mobile.hung_up(ASKED).await?;
    assert!(bye.get("Reason").is_some_and(|why| why.contains("cause=19")), "{:?}", bye.headers);
    all.desk.pick_up().await?;
    hear_each_other(&mut [(&mut contact, CONTACT), (&mut all.desk, FIRST)]).await;
    contact.hang_up().await?;
    all.desk.hung_up(SOON).await?;
    all.quiet().await
}

/// Whoever presses 1 has the call; the desk phone stops ringing.
///
/// Rows: S7.28
#[tokio::test(flavor = "multi_thread")]
async fn whoever_presses_1_on_their_mobile_has_the_call() -> Result<()> {
    let mut all = Desk::new("parallel").await?;
    let mut contact = all.calls().await?;
    all.desk.rings(SOON).await?;
    all.mobile.rings(SOON).await?;
    all.mobile.pick_up().await?;
    assert!(all.mobile.sound.hears_something(SOON).await, "it is asked");
    all.mobile.sound.press('1');
    assert!(all.desk.ringing_stops(SOON).await?.contains("200"), "answered elsewhere");
    hear_each_other(&mut [(&mut contact, CONTACT), (&mut all.mobile, SECOND)]).await;
    all.centre.until(&all.login, "presence", |p| p["state"] == "talking").await?;
    contact.hang_up().await?;
    all.mobile.hung_up(SOON).await?;
    all.quiet().await
}

/// One after the other: the mobile rings when the desk phone has rung long enough.
///
/// Rows: S7.28
#[tokio::test(flavor = "multi_thread")]
async fn devices_ring_in_turns() -> Result<()> {
    let mut all = Desk::new("sequence").await?;
    let mut contact = all.calls().await?;
    all.desk.rings(SOON).await?;
    all.desk.ringing_stops(SOON).await?;
    all.mobile.rings(SOON).await?;
    all.mobile.pick_up().await?;
    assert!(all.mobile.sound.hears_something(SOON).await, "it is asked");
    all.mobile.sound.press('1');
    hear_each_other(&mut [(&mut contact, CONTACT), (&mut all.mobile, SECOND)]).await;
    contact.hang_up().await?;
    all.mobile.hung_up(SOON).await?;
    all.quiet().await
}

/// A call to the outside begins at all devices, or at the one that is named; there, too, a mobile says that it is a person.
///
/// Rows: V14, S7.28
#[tokio::test(flavor = "multi_thread")]
async fn an_agent_calls_out_from_the_device_they_pick_up() -> Result<()> {
    let mut all = Desk::new("parallel").await?;
    let (mut other, other_login) = agent(&all.centre, "agent2", "2002", 780.0, "not_ready").await?;
    let to = json!({ "agent": other_login.agent });
    let (status, reply) = all.api("POST", "calls", json!({ "to": to })).await?;
    assert_eq!(status, 202, "{reply}");
    all.mobile.rings(SOON).await?;
    all.desk.rings(SOON).await?;
    all.desk.pick_up().await?;
    all.mobile.ringing_stops(SOON).await?;
    other.rings(SOON).await?;
    other.pick_up().await?;
    hear_each_other(&mut [(&mut all.desk, FIRST), (&mut other, 780.0)]).await;
    other.hang_up().await?;
    all.desk.hung_up(SOON).await?;
    all.quiet().await?;
    let (_, devices) = all.api("GET", &all.path.clone(), Value::Null).await?;
    let mobile = &devices["devices"][1];
    assert_eq!((&mobile["kind"], mobile["number"] == "138 0013 8000"), (&json!("mobile"), false), "masked: {mobile}");
    let done = json!({ "action": "done" });
    assert_eq!(all.api("POST", "presence/wrap_up", done).await?.0, 200);
    all.centre.until(&all.login, "presence", |p| p["state"] == "ready").await?;
    let (status, reply) = all.api("POST", "calls", json!({ "to": to, "device": mobile["id"] })).await?;
    assert_eq!(status, 202, "{reply}");
    all.mobile.rings(SOON).await?;
    all.mobile.pick_up().await?;
    assert!(all.mobile.sound.hears_something(SOON).await, "it is asked");
    all.mobile.sound.press('1');
    other.rings(SOON).await?;
    other.pick_up().await?;
    hear_each_other(&mut [(&mut all.mobile, SECOND), (&mut other, 780.0)]).await;
    assert!(all.desk.ringing_stops(Duration::ZERO).await.is_err(), "only the one that was named");
    all.mobile.hang_up().await?;
    other.hung_up(SOON).await?;
    // Nobody else's.
    let body = json!({ "to": { "agent": all.login.agent }, "device": mobile["id"] });
    assert_eq!(all.centre.api(&other_login, "POST", "calls", Some(&body)).await?.0, 409);
    assert_eq!(all.centre.api(&other_login, "GET", &all.path, None).await?.0, 403);
    all.quiet().await
}

/// Telephones show as much of the number as their owner may see.
///
/// Rows: S12.3
#[tokio::test(flavor = "multi_thread")]
async fn a_telephone_shows_the_number_to_whom_may_see_it() -> Result<()> {
    let centre = Centre::start().await?;
    let (mut desk, login) = agent(&centre, "agent1", "2001", FIRST, "ready").await?;
    for (role, sees) in [("agent", false), ("manager", true)] {
        crate::interop::supervisor::with_role(&centre, "agent1", role).await?;
        let mut contact = Phone::new("contact", "015112345678", centre.sip, CONTACT, &Ladder::default()).await?;
        contact.invite("1001").await?;
        contact.answered(SOON).await?;
        let invite = desk.rings(SOON).await?;
        let whole = format!("{}\n{:?}\n{}", invite.start, invite.headers, invite.body);
        assert_eq!(whole.contains("5112345678"), sees, "{role}: {whole}");
        let from = invite.get("From").context("From")?;
        assert!(from.contains("678"), "the end of it is shown: {from}");
        desk.pick_up().await?;
        hear_each_other(&mut [(&mut contact, CONTACT), (&mut desk, FIRST)]).await;
        contact.hang_up().await?;
        desk.hung_up(SOON).await?;
        centre.api(&login, "PUT", "presence", Some(&json!({ "state": "ready" }))).await?;
        centre.until(&login, "presence", |p| p["state"] == "ready").await?;
    }
    Ok(())
}
