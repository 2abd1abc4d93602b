//! Promised callbacks and callers whom nobody served, with telephones.

use crate::interop::transfers::{SOON, agent, hear_each_other, trunk};
use anyhow::{Context as _, Result};
use ringdesk_interop::{Centre, Ladder, Phone};
use serde_json::json;

const OWN: f32 = 620.0;
const OUTSIDE: f32 = 440.0;

/// When it is due the owner's telephone rings, then the contact's; when they talk, the promise is kept, with the call.
///
/// Rows: S7.26
#[tokio::test(flavor = "multi_thread")]
async fn a_promise_rings_the_owner_and_then_the_contact() -> Result<()> {
    let centre = Centre::start_with("", &[]).await?;
    let (mut phone, login) = agent(&centre, "agent1", "2001", OWN, "ready").await?;
    let mut outside = Phone::new("outside", "03012345678", centre.sip, OUTSIDE, &Ladder::default()).await?;
    trunk(&centre, &outside).await?;
    let (_, presence) = centre.api(&login, "GET", "presence", None).await?;
    let now = presence["since"].as_i64().context("since when they are ready")?;
    let promise =
        json!({ "to": { "number": "13800138000" }, "due_from": now, "due_until": now + 600_000, "owner": "me" });
    let (status, made) = centre.api(&login, "POST", "callbacks", Some(&promise)).await?;
    assert_eq!(status, 201, "{made}\n{}", centre.log());
    phone.rings(SOON).await?;
    phone.pick_up().await?;
    outside.rings(SOON).await?;
    outside.pick_up().await?;
    hear_each_other(&mut [(&mut phone, OWN), (&mut outside, OUTSIDE)]).await;
    outside.hang_up().await?;
    phone.hung_up(SOON).await?;
    let kept = centre.until(&login, "callbacks?state=closed", |all| all[0]["closed_as"] == "reached").await?;
    assert!(kept[0]["call"].is_string(), "{kept:#}");
    Ok(())
}

/// Whom nobody could serve stands on the queue's list until somebody has talked with them.
///
/// Rows: S7.27
#[tokio::test(flavor = "multi_thread")]
async fn whom_nobody_served_is_called_back_and_leaves_the_list() -> Result<()> {
    let centre = Centre::start_with("", &[]).await?;
    let (mut phone, login) = agent(&centre, "agent1", "2001", OWN, "not_ready").await?;
    let mut outside = Phone::new("outside", "13800138000", centre.sip, OUTSIDE, &Ladder::default()).await?;
    trunk(&centre, &outside).await?;
    outside.invite("1001").await?;
    outside.answered(SOON).await?;
    // Everybody is on a break: they are told so, and the call ends.
    outside.hung_up(SOON).await?;
    let owed = centre.until(&login, "unserved", |all| all[0]["kind"] == "turned_away").await?;
    let id = owed[0]["id"].as_str().context("an id")?;
    let (status, reply) = centre.api(&login, "POST", &format!("unserved/{id}/call"), None).await?;
    assert_eq!(status, 202, "{reply}\n{}", centre.log());
    phone.rings(SOON).await?;
    phone.pick_up().await?;
    outside.rings(SOON).await?;
    outside.pick_up().await?;
    hear_each_other(&mut [(&mut phone, OWN), (&mut outside, OUTSIDE)]).await;
    let cleared = centre.until(&login, "unserved?state=closed", |all| all[0]["closed_as"] == "served").await?;
    assert_eq!((&cleared[0]["id"], &cleared[0]["closed_call"]), (&owed[0]["id"], &reply["call"]));
    outside.hang_up().await?;
    phone.hung_up(SOON).await?;
    Ok(())
}

/// Whose owner is not at work when their grace is over goes to the queue, and no sooner: an agent of it is rung, then the contact, and the
/// promise is closed with the call in which they talked.
///
/// Rows: S7.26
#[tokio::test(flavor = "multi_thread")]
async fn what_an_absent_owner_promised_is_kept_by_the_queue() -> Result<()> {
    /// As in the law of promises.
    const GRACE_MS: i64 = 120_000;
    let centre = Centre::start_with("", &[]).await?;
    let (mut phone, login) = agent(&centre, "agent2", "2002", OWN, "ready").await?;
    let mut outside = Phone::new("outside", "03012345678", centre.sip, OUTSIDE, &Ladder::default()).await?;
    trunk(&centre, &outside).await?;
    let boss = centre.login("supervisor").await?;
    let (_, agents) = centre.api(&boss, "GET", "agents", None).await?;
    let absent = agents.as_array().and_then(|all| all.iter().find(|a| a["extension"] == "2001")).context("agent1")?;
    let absent = absent["id"].as_str().context("an id")?;
    let (_, presence) = centre.api(&login, "GET", "presence", None).await?;
    let now = presence["since"].as_i64().context("since when they are ready")?;
    // Due for two minutes soon: their grace ends in eight seconds.
    let due = now + 8_000 - GRACE_MS;
    let promise = json!({
        "to": { "number": "13800138000" }, "due_from": due, "due_until": now + 600_000, "owner": absent
    });
    let (status, made) = centre.api(&boss, "POST", "callbacks", Some(&promise)).await?;
    assert_eq!(status, 201, "{made}\n{}", centre.log());
    let (_, open) = centre.api(&boss, "GET", "callbacks", None).await?;
    assert_eq!(open[0]["owner"], absent, "it is still theirs: {open:#}");
    phone.rings(SOON * 3).await.with_context(|| centre.log())?;
    let calling = centre.until(&boss, "callbacks", |all| all[0]["owner"].is_null()).await?;
    phone.pick_up().await?;
    outside.rings(SOON).await?;
    outside.pick_up().await?;
    hear_each_other(&mut [(&mut phone, OWN), (&mut outside, OUTSIDE)]).await;
    outside.hang_up().await?;
    phone.hung_up(SOON).await?;
    let kept = centre.until(&boss, "callbacks?state=closed", |all| all[0]["closed_as"] == "reached").await?;
    assert_eq!(kept[0]["id"], calling[0]["id"]);
    let call = kept[0]["call"].as_str().context("the call is named")?;
    let (_, all) = centre.api(&boss, "GET", "conversations", None).await?;
    let talked = all.as_array().and_then(|all| all.iter().find(|c| c["calls"][0]["id"] == call));
    let talked = talked.with_context(|| format!("its conversation is there: {all:#}"))?;
    // It began when their grace was over, by the server's own clock.
    let began = talked["calls"][0]["started_at"].as_i64().context("when it began")?;
    assert!(began >= due + GRACE_MS, "{} ms too soon", due + GRACE_MS - began);
    let admin = centre.login("admin").await?;
    let (_, entries) = centre.api(&admin, "GET", "audit?limit=50", None).await?;
    let handed = entries.as_array().is_some_and(|all| all.iter().any(|e| e["action"] == "callback.to_queue"));
    assert!(handed, "{entries:#}");
    Ok(())
}
