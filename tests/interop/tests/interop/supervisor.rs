//! A supervisor in somebody's call: who hears whom in each mode, by a tone of each one's own, and in the recording.

use crate::interop::transfers::{CONTACT, FIRST, SECOND, SOON, Talk, does_not_hear, hear_each_other};
use anyhow::{Context, Result};
use ringdesk_interop::Centre;
use serde_json::{Value, json};

/// Give a login of the demonstration another role.
pub(crate) async fn with_role(centre: &Centre, login: &str, role: &str) -> Result<()> {
    let admin = centre.login("admin").await?;
    let (_, users) = centre.api(&admin, "GET", "users", None).await?;
    let user = users.as_array().context("users")?.iter().find(|u| u["login"] == login).context("the user")?;
    let path = format!("users/{}/roles", user["id"].as_str().context("id")?);
    let (status, reply) = centre.api(&admin, "PUT", &path, Some(&json!({ "roles": [role] }))).await?;
    anyhow::ensure!(status < 300, "{status} {reply}");
    Ok(())
}

impl Talk {
    async fn supervise(&self, mode: &str) -> Result<(u16, Value)> {
        self.order_as(&self.two.1, "supervise", json!({ "mode": mode })).await
    }
}

/// Listen, whisper, barge, take over, in one call.
///
/// Rows: S7.17, V10
#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_listens_whispers_barges_and_takes_over() -> Result<()> {
    let mut talk = Talk::begin("").await?;
    assert_eq!(talk.supervise("listen").await?.0, 403, "an agent does not");
    with_role(&talk.centre, "agent2", "leader").await?;
    let (status, reply) = talk.supervise("listen").await?;
    assert_eq!(status, 202, "{reply}");
    talk.two.0.rings(SOON).await?;
    talk.two.0.pick_up().await?;
    // Silent to both, hearing both.
    for hz in [CONTACT, FIRST] {
        talk.two.0.sound.clear();
        assert!(talk.two.0.sound.hears_tone(hz, SOON).await.is_some(), "the supervisor does not hear {hz}");
    }
    does_not_hear(&mut talk.contact, SECOND).await;
    does_not_hear(&mut talk.one.0, SECOND).await;
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.one.0, FIRST)]).await;
    // To the agent only.
    assert_eq!(talk.supervise("whisper").await?.0, 202);
    talk.one.0.sound.clear();
    assert!(talk.one.0.sound.hears_tone(SECOND, SOON).await.is_some(), "the agent does not hear the whisper");
    does_not_hear(&mut talk.contact, SECOND).await;
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.one.0, FIRST)]).await;
    // To both.
    assert_eq!(talk.supervise("barge").await?.0, 202);
    let Talk { contact, one, two, .. } = &mut talk;
    hear_each_other(&mut [(contact, CONTACT), (&mut one.0, FIRST), (&mut two.0, SECOND)]).await;
    // In the agent's place.
    assert_eq!(talk.order_as(&talk.two.1, "take_over", json!({})).await?.0, 204);
    talk.one.0.hung_up(SOON).await?;
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.two.0, SECOND)]).await;
    talk.contact.hang_up().await?;
    talk.two.0.hung_up(SOON).await?;
    let admin = talk.centre.login("admin").await?;
    let (_, entries) = talk.centre.api(&admin, "GET", "audit?limit=50", None).await?;
    let noted = |action: &str| entries.as_array().into_iter().flatten().filter(|e| e["action"] == action).count();
    assert_eq!((noted("call.supervise"), noted("call.take_over")), (3, 1), "{entries:#}");
    talk.ends().await
}

/// Stopped, the supervisor is gone and the talk goes on; when the talk ends, so does the supervision.
///
/// Rows: S7.17
#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_leaves_and_the_talk_goes_on() -> Result<()> {
    let mut talk = Talk::begin("").await?;
    with_role(&talk.centre, "agent2", "leader").await?;
    assert_eq!(talk.supervise("listen").await?.0, 202);
    talk.two.0.rings(SOON).await?;
    talk.two.0.pick_up().await?;
    let path = format!("calls/{}/supervise", talk.call);
    assert_eq!(talk.centre.api(&talk.two.1, "DELETE", &path, None).await?.0, 204);
    talk.two.0.hung_up(SOON).await?;
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.one.0, FIRST)]).await;
    assert_eq!(talk.supervise("whisper").await?.0, 202);
    talk.two.0.rings(SOON).await?;
    talk.two.0.pick_up().await?;
    talk.contact.hang_up().await?;
    talk.one.0.hung_up(SOON).await?;
    talk.two.0.hung_up(SOON).await?;
    talk.ends().await
}
