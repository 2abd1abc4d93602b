//! Transfers that lead nowhere: to oneself, to nobody, in a ring, while it rings, by two at once. Each has its typed outcome,
//! and the contact is not lost by any.

use super::supervisor::with_role;
use super::transfers::{CONTACT, FIRST, SECOND, SOON, Talk, does_not_hear, hear_each_other};
use anyhow::{Context as _, Result};
use serde_json::{Value, json};

impl Talk {
    /// Ordered by the first agent: begun, and ended like that; the two talk on.
    async fn comes_back(&mut self, to: Value, outcome: &str, before: &mut Vec<String>) -> Result<Value> {
        self.transfer(to.clone(), "blind").await?;
        before.push(outcome.to_owned());
        let outcomes: Vec<&str> = before.iter().map(String::as_str).collect();
        let path = self.path(&outcomes).await.with_context(|| format!("to {to}"))?;
        hear_each_other(&mut [(&mut self.contact, CONTACT), (&mut self.one.0, FIRST)]).await;
        Ok(path)
    }

    async fn wrapped_up(&self, two: bool) -> Result<()> {
        let who = if two { &self.two.1 } else { &self.one.1 };
        self.centre.until(who, "presence", |p| p["state"] == "wrap_up").await?;
        let done = json!({ "action": "done" });
        assert_eq!(self.centre.api(who, "POST", "presence/wrap_up", Some(&done)).await?.0, 200);
        self.centre.until(who, "presence", |p| p["state"] != "wrap_up").await.map(drop)
    }
}

/// Oneself, extensions and numbers that nobody has, a colleague who is not there, agents and queues that do not exist: nothing
/// rings, the outcome says why, and the two talk on.
///
/// Rows: S7.9, S7.10, S7.14
#[tokio::test(flavor = "multi_thread")]
async fn to_oneself_and_to_nobody() -> Result<()> {
    let mut talk = Talk::begin("").await?;
    let order = json!({ "to": { "agent": talk.one.1.agent.clone() }, "mode": "blind" });
    for mode in ["blind", "consult", "join"] {
        let order = json!({ "to": order["to"], "mode": mode });
        let (status, reply) = talk.order("transfer", order).await?;
        assert_eq!(status, 409, "{mode}: {reply}");
    }
    let mut seen = Vec::new();
    talk.comes_back(json!({ "extension": "2001" }), "unreachable", &mut seen).await?;
    talk.comes_back(json!({ "extension": "2999" }), "unreachable", &mut seen).await?;
    talk.comes_back(json!({ "number": "2999" }), "forbidden", &mut seen).await?;
    // What does not exist is refused before anybody is let go.
    let nobody = "01930000-0000-7000-8000-00000000dead";
    for kind in ["agent", "queue", "flow"] {
        let order = json!({ "to": { kind: nobody }, "mode": "blind" });
        assert_eq!(talk.order("transfer", order).await?.0, 404, "{kind}");
    }
    // Signed out, though the telephone is there.
    let away = json!({ "state": "logged_out" });
    assert_eq!(talk.centre.api(&talk.two.1, "PUT", "presence", Some(&away)).await?.0, 200);
    let two = talk.two.1.agent.clone();
    let path = talk.comes_back(json!({ "agent": two }), "unreachable", &mut seen).await?;
    let last = path.as_array().and_then(|all| all.last()).context("a row")?;
    let told = (&last["to"]["agent"], &last["mode"], &last["reason"], &last["agent"]);
    assert_eq!(told, (&json!(two), &json!("blind"), &json!("a matter of the law"), &Value::Null));
    assert!(talk.two.0.rings(std::time::Duration::ZERO).await.is_err(), "nothing rang there");
    talk.one.0.hang_up().await?;
    talk.contact.hung_up(SOON).await?;
    talk.ends().await
}

/// A to B, B back to A who is still in wrap-up, then again when A is free, and on to B: each step has its outcome.
///
/// Rows: S7.9, S7.10, S7.14
#[tokio::test(flavor = "multi_thread")]
async fn round_and_round() -> Result<()> {
    let mut talk = Talk::begin("").await?;
    let (one, two) = (talk.one.1.agent.clone(), talk.two.1.agent.clone());
    talk.transfer(json!({ "agent": two }), "blind").await?;
    talk.two.0.rings(SOON).await?;
    talk.two.0.pick_up().await?;
    talk.one.0.hung_up(SOON).await?;
    talk.centre.until(&talk.one.1, "presence", |p| p["state"] == "wrap_up").await?;
    let back = json!({ "to": { "agent": one }, "mode": "blind" });
    assert_eq!(talk.order_as(&talk.two.1, "transfer", back.clone()).await?.0, 202);
    talk.path(&["completed", "busy"]).await?;
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.two.0, SECOND)]).await;
    talk.wrapped_up(false).await?;
    assert_eq!(talk.order_as(&talk.two.1, "transfer", back).await?.0, 202);
    talk.one.0.rings(SOON).await?;
    talk.one.0.pick_up().await?;
    talk.two.0.hung_up(SOON).await?;
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.one.0, FIRST)]).await;
    talk.wrapped_up(true).await?;
    talk.transfer(json!({ "agent": two }), "blind").await?;
    talk.two.0.rings(SOON).await?;
    talk.two.0.pick_up().await?;
    talk.one.0.hung_up(SOON).await?;
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.two.0, SECOND)]).await;
    let path = talk.path(&["completed", "busy", "completed", "completed"]).await?;
    let rows: Vec<_> =
        path.as_array().into_iter().flatten().map(|t| (&t["by"], &t["to"]["agent"], &t["agent"])).collect();
    let (one, two) = (&json!(one), &json!(two));
    assert_eq!(rows, [(one, two, two), (two, one, &Value::Null), (two, one, one), (one, two, two)]);
    talk.contact.hang_up().await?;
    talk.two.0.hung_up(SOON).await?;
    talk.ends().await
}

/// While it rings at the colleague: a second transfer is refused; taken back, the ringing stops and the two talk on; and a
/// contact who hangs up meanwhile takes everybody along.
///
/// Rows: S7.9, S7.10, S7.14
#[tokio::test(flavor = "multi_thread")]
async fn while_it_rings() -> Result<()> {
    let mut talk = Talk::begin("").await?;
    let two = json!({ "agent": talk.two.1.agent.clone() });
    talk.transfer(two.clone(), "blind").await?;
    talk.two.0.rings(SOON).await?;
    let (status, reply) = talk.order("transfer", json!({ "to": { "number": "13800138000" }, "mode": "blind" })).await?;
    assert_eq!(status, 409, "{reply}");
    assert_eq!(talk.order("transfer/return", json!({})).await?.0, 204);
    talk.two.0.ringing_stops(SOON).await?;
    talk.path(&["returned"]).await?;
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.one.0, FIRST)]).await;
    talk.transfer(two, "consult").await?;
    talk.two.0.rings(SOON).await?;
    does_not_hear(&mut talk.contact, FIRST).await;
    talk.contact.hang_up().await?;
    talk.two.0.ringing_stops(SOON).await?;
    talk.one.0.hung_up(SOON).await?;
    talk.path(&["returned", "caller_left"]).await?;
    talk.ends().await
}

/// Into a flow: the sender is free at once, the contact hears what the flow does, and ends it.
///
/// Rows: S7.10
#[tokio::test(flavor = "multi_thread")]
async fn into_a_flow() -> Result<()> {
    let mut talk = Talk::begin("").await?;
    let admin = talk.centre.login("admin").await?;
    let (_, flows) = talk.centre.api(&admin, "GET", "flows", None).await?;
    let echo = flows.as_array().context("flows")?.iter().find(|f| f["name"] == "Echo test").context("the flow")?;
    talk.transfer(json!({ "flow": echo["id"] }), "blind").await?;
    talk.one.0.hung_up(SOON).await?;
    talk.contact.sound.clear();
    assert!(talk.contact.sound.hears_tone(CONTACT, SOON).await.is_some(), "no echo");
    does_not_hear(&mut talk.contact, FIRST).await;
    talk.path(&["completed"]).await?;
    talk.contact.hang_up().await?;
    talk.ends().await
}

/// Into a queue in which nobody works, and that turns its callers away at once: the sender is rung, though they have only just begun
/// to wrap up, and the contact is theirs again.
///
/// Rows: S7.9, S7.14
#[tokio::test(flavor = "multi_thread")]
async fn to_an_empty_queue() -> Result<()> {
    let mut talk = Talk::begin("").await?;
    let admin = talk.centre.login("admin").await?;
    let deserted = json!({ "name": "deserted", "empty": "leave_at_once", "members": [] });
    let (status, made) = talk.centre.api(&admin, "POST", "queues", Some(&deserted)).await?;
    assert_eq!(status, 201, "{made}");
    talk.centre.until(&talk.one.1, "queues", |all| all.to_string().contains("deserted")).await?;
    talk.transfer(json!({ "queue": made["id"] }), "blind").await?;
    talk.one.0.hung_up(SOON).await?;
    talk.one.0.rings(SOON).await.with_context(|| talk.centre.log())?;
    talk.one.0.pick_up().await?;
    talk.path(&["unreachable"]).await?;
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.one.0, FIRST)]).await;
    talk.centre.until(&talk.one.1, "presence", |p| p["state"] == "talking").await?;
    talk.one.0.hang_up().await?;
    talk.contact.hung_up(SOON).await?;
    talk.centre.until(&talk.one.1, "presence", |p| p["state"] == "wrap_up").await?;
    talk.ends().await
}

/// Two at once: exactly one of them is carried out, the other is told 409; and 404 is for who knows nothing of the call.
///
/// Rows: S7.9, S7.11, S7.17
#[tokio::test(flavor = "multi_thread")]
async fn two_clicks_at_once() -> Result<()> {
    let mut talk = Talk::begin("").await?;
    assert_eq!(talk.order_as(&talk.two.1, "hold", json!({ "on": true })).await?.0, 404, "no part in it");
    talk.transfer(json!({ "agent": talk.two.1.agent.clone() }), "consult").await?;
    talk.two.0.rings(SOON).await?;
    talk.two.0.pick_up().await?;
    hear_each_other(&mut [(&mut talk.one.0, FIRST), (&mut talk.two.0, SECOND)]).await;
    let (a, b) = tokio::join!(talk.order("transfer/complete", json!({})), talk.order("transfer/complete", json!({})));
    let mut both = [a?.0, b?.0];
    both.sort_unstable();
    assert_eq!(both, [204, 409]);
    talk.one.0.hung_up(SOON).await?;
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.two.0, SECOND)]).await;
    // And once more, when it is long done.
    talk.centre.until(&talk.one.1, "presence", |p| p["state"] == "wrap_up").await?;
    assert_eq!(talk.order("transfer/complete", json!({})).await?.0, 409);
    talk.path(&["completed"]).await?;
    // Parked; two want it.
    assert_eq!(talk.order_as(&talk.two.1, "park", json!({})).await?.0, 204);
    talk.two.0.hung_up(SOON).await?;
    talk.wrapped_up(false).await?;
    talk.wrapped_up(true).await?;
    let (a, b) = tokio::join!(
        talk.order_as(&talk.one.1, "retrieve", json!({})),
        talk.order_as(&talk.two.1, "retrieve", json!({}))
    );
    let (a, b) = (a?.0, b?.0);
    let (winner, hz, loser) = match (a, b) {
        (204, 409) => (&mut talk.one.0, FIRST, &mut talk.two.0),
        (409, 204) => (&mut talk.two.0, SECOND, &mut talk.one.0),
        other => panic!("{other:?}"),
    };
    winner.rings(SOON).await?;
    winner.pick_up().await?;
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (winner, hz)]).await;
    assert!(loser.rings(std::time::Duration::ZERO).await.is_err(), "one telephone rang");
    talk.contact.hang_up().await?;
    winner.hung_up(SOON).await?;
    talk.ends().await
}

/// Two clicks of a supervisor on "take over": one takes the contact, the other is told 409.
///
/// Rows: S7.17
#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_takes_over_once() -> Result<()> {
    let mut talk = Talk::begin("").await?;
    with_role(&talk.centre, "agent2", "leader").await?;
    assert_eq!(talk.order_as(&talk.two.1, "take_over", json!({})).await?.0, 409, "not in the call");
    assert_eq!(talk.order_as(&talk.two.1, "supervise", json!({ "mode": "listen" })).await?.0, 202);
    talk.two.0.rings(SOON).await?;
    talk.two.0.pick_up().await?;
    talk.two.0.sound.clear();
    assert!(talk.two.0.sound.hears_tone(CONTACT, SOON).await.is_some());
    let take = || talk.order_as(&talk.two.1, "take_over", json!({}));
    let (a, b) = tokio::join!(take(), take());
    let mut both = [a?.0, b?.0];
    both.sort_unstable();
    assert_eq!(both, [204, 409]);
    talk.one.0.hung_up(SOON).await?;
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.two.0, SECOND)]).await;
    talk.contact.hang_up().await?;
    talk.two.0.hung_up(SOON).await?;
    talk.ends().await
}
