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
