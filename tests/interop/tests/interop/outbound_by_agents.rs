//! Agents call out: over the API, where their own telephone rings first, and from the telephone itself.

use crate::interop::transfers::{SOON, agent, hear_each_other, trunk};
use anyhow::{Context, Result};
use ringdesk_interop::centre::{Login, PASSWORD};
use ringdesk_interop::{Centre, Ladder, Phone};
use serde_json::{Value, json};

const OWN: f32 = 620.0;
const OUTSIDE: f32 = 440.0;

struct Desk {
    centre: Centre,
    phone: Phone,
    login: Login,
    outside: Phone,
}

/// An agent on a break, with a telephone; and an operator who takes calls to the outside.
async fn desk(config: &str) -> Result<Desk> {
    let centre = Centre::start_with(config, &[]).await?;
    let (phone, login) = agent(&centre, "agent1", "2001", OWN, "not_ready").await?;
    let outside = Phone::new("outside", "03012345678", centre.sip, OUTSIDE, &Ladder::default()).await?;
    trunk(&centre, &outside).await?;
    Ok(Desk { centre, phone, login, outside })
}

impl Desk {
    async fn dial(&self, body: Value) -> Result<(u16, Value)> {
        self.centre.api(&self.login, "POST", "calls", Some(&body)).await
    }

    async fn ended(&self, cause: &str) -> Result<Value> {
        let admin = self.centre.login("admin").await?;
        let fits = |c: &Value| c[0]["calls"][0]["hangup_cause"] == cause;
        Ok(self.centre.until(&admin, "conversations?limit=5", fits).await?[0].clone())
    }
}

/// Rows: V14
#[tokio::test(flavor = "multi_thread")]
async fn an_agent_on_a_break_calls_a_number() -> Result<()> {
    let mut desk = desk("").await?;
    let (status, reply) = desk.dial(json!({ "to": { "number": "13800138000" } })).await?;
    assert_eq!(status, 202, "{reply}\n{}", desk.centre.log());
    let invite = desk.phone.rings(SOON).await?;
    assert!(invite.get("Alert-Info").is_some_and(|info| info.contains("autoanswer")), "it picks up by itself");
    desk.phone.pick_up().await?;
    desk.outside.rings(SOON).await?;
    desk.centre.until(&desk.login, "presence", |p| p["state"] == "talking").await?;
    desk.outside.pick_up().await?;
    hear_each_other(&mut [(&mut desk.phone, OWN), (&mut desk.outside, OUTSIDE)]).await;
    // The second call is refused while this one lasts.
    assert_eq!(desk.dial(json!({ "to": { "number": "13800138001" } })).await?.0, 409);
    desk.outside.hang_up().await?;
    desk.phone.hung_up(SOON).await?;
    desk.centre.until(&desk.login, "presence", |p| p["state"] == "wrap_up").await?;
    let seen = desk.ended("normal").await?;
    let call = &seen["calls"][0];
    assert_eq!(call["direction"], "outbound", "{seen:#}");
    assert!(call["talk_ms"].as_u64() > Some(0), "{seen:#}");
    assert!(seen["contact"].is_string(), "it is the contact's: {seen:#}");
    assert_eq!(seen["participations"].as_array().context("parts")?.len(), 1, "{seen:#}");
    // Back to the break, and once more by a click on the contact.
    assert_eq!(
        desk.centre.api(&desk.login, "POST", "presence/wrap_up", Some(&json!({ "action": "done" }))).await?.0,
        200
    );
    desk.centre.until(&desk.login, "presence", |p| p["state"] == "not_ready").await?;
    let (status, reply) = desk.dial(json!({ "to": { "contact": seen["contact"] } })).await?;
    assert_eq!(status, 202, "{reply}");
    let invite = desk.phone.rings(SOON).await?;
    assert!(!invite.get("From").unwrap_or_default().contains("13800138000"), "an agent's telephone shows it masked");
    desk.phone.pick_up().await?;
    desk.outside.rings(SOON).await?;
    desk.outside.decline("486 Busy Here").await?;
    desk.phone.hung_up(SOON).await?;
    desk.ended("busy").await?;
    desk.centre.figure_until("calls_open", SOON, |n| n == 0).await?;
    Ok(())
}

/// Rows: V14, S12.13
#[tokio::test(flavor = "multi_thread")]
async fn the_gate_stands_before_every_call() -> Result<()> {
    let desk = desk("").await?;
    let (status, reply) = desk.dial(json!({ "to": { "number": "00442071234567" } })).await?;
    assert_eq!((status, &reply["detail"]), (409, &json!("this number may not be dialled")), "{reply}");
    assert_eq!(desk.dial(json!({ "to": { "number": "13800138000" }, "caller_id": "+8613900000000" })).await?.0, 422);
    assert_eq!(desk.dial(json!({ "to": { "agent": desk.login.agent } })).await?.0, 422, "oneself");
    let away = json!({ "state": "logged_out" });
    assert_eq!(desk.centre.api(&desk.login, "PUT", "presence", Some(&away)).await?.0, 200);
    desk.centre.until(&desk.login, "presence", |p| p["state"] == "logged_out").await?;
    assert_eq!(desk.dial(json!({ "to": { "number": "13800138000" } })).await?.0, 409, "sign in first");
    Ok(())
}

/// Rows: V14
#[tokio::test(flavor = "multi_thread")]
async fn an_agent_dials_on_the_telephone_itself() -> Result<()> {
    let mut desk = desk("").await?;
    let admin = desk.centre.login("admin").await?;
    let (_, trunks) = desk.centre.api(&admin, "GET", "trunks", None).await?;
    for name in trunks.as_array().context("trunks")?.iter().filter_map(|t| t["name"].as_str()) {
        if name != "operator" {
            // The demonstration takes every address of this machine for its operator's.
            desk.centre.api(&admin, "DELETE", &format!("trunks/{name}"), None).await?;
        }
    }
    desk.phone.invite_as("13800138000", PASSWORD).await?;
    desk.outside.rings(SOON).await?;
    desk.outside.pick_up().await?;
    desk.phone.answered(SOON).await?;
    hear_each_other(&mut [(&mut desk.phone, OWN), (&mut desk.outside, OUTSIDE)]).await;
    desk.centre.until(&desk.login, "presence", |p| p["state"] == "talking").await?;
    desk.phone.hang_up().await?;
    desk.outside.hung_up(SOON).await?;
    desk.centre.until(&desk.login, "presence", |p| p["state"] == "wrap_up").await?;
    assert_eq!(desk.ended("normal").await?["calls"][0]["direction"], "outbound");
    // What is shut, and what is nobody's.
    desk.phone.invite_as("00442071234567", PASSWORD).await?;
    assert_eq!(desk.phone.refused(SOON).await?, 403);
    Ok(())
}

/// A colleague by their extension.
///
/// Rows: V14
#[tokio::test(flavor = "multi_thread")]
async fn an_agent_calls_a_colleague() -> Result<()> {
    let mut desk = desk("").await?;
    let (mut other, other_login) = agent(&desk.centre, "agent2", "2002", 780.0, "not_ready").await?;
    let (status, reply) = desk.dial(json!({ "to": { "agent": other_login.agent } })).await?;
    assert_eq!(status, 202, "{reply}");
    desk.phone.rings(SOON).await?;
    desk.phone.pick_up().await?;
    other.rings(SOON).await?;
    other.pick_up().await?;
    hear_each_other(&mut [(&mut desk.phone, OWN), (&mut other, 780.0)]).await;
    other.hang_up().await?;
    desk.phone.hung_up(SOON).await?;
    desk.centre.figure_until("calls_open", SOON, |n| n == 0).await?;
    Ok(())
}
