//! Calls that no queue gave anybody: as long as they ring and last, their agents have a call in hand.

use crate::interop::transfers::{CONTACT, FIRST, SECOND, SOON, agent, hear_each_other};
use anyhow::{Context as _, Result};
use ringdesk_interop::{Centre, Ladder, PASSWORD, Phone};
use std::time::Duration;

/// Time in which an agent who is free would have been rung.
const PATIENCE: Duration = Duration::from_secs(3);

/// One agent calls the other; a contact who comes to the queue meanwhile is offered to nobody, and at once when they have hung up.
///
/// Rows: S7.4, S7.25
#[tokio::test(flavor = "multi_thread")]
async fn who_talks_to_a_colleague_is_offered_nobody() -> Result<()> {
    let centre = Centre::start().await?;
    let (mut one, _) = agent(&centre, "agent1", "2001", FIRST, "not_ready").await?;
    let (mut two, login) = agent(&centre, "agent2", "2002", SECOND, "ready").await?;
    one.invite_as("2002", PASSWORD).await?;
    two.rings(SOON).await?;
    centre.until(&login, "presence", |p| p["state"] == "reserved").await?;
    let mut contact = Phone::new("contact", "015112345678", centre.sip, CONTACT, &Ladder::default()).await?;
    contact.invite("1001").await?;
    contact.answered(SOON).await?;
    assert!(two.rings(PATIENCE).await.is_err(), "a colleague rings there already");
    two.pick_up().await?;
    one.answered(SOON).await?;
    centre.until(&login, "presence", |p| p["state"] == "talking").await?;
    hear_each_other(&mut [(&mut one, FIRST), (&mut two, SECOND)]).await;
    assert!(two.rings(PATIENCE).await.is_err(), "they talk to a colleague");
    one.hang_up().await?;
    two.hung_up(SOON).await?;
    // Nothing is to be wrapped up.
    two.rings(SOON).await.with_context(|| centre.log())?;
    two.pick_up().await?;
    hear_each_other(&mut [(&mut contact, CONTACT), (&mut two, SECOND)]).await;
    contact.hang_up().await?;
    two.hung_up(SOON).await?;
    centre.figure_until("calls_open", SOON, |n| n == 0).await?;
    assert_eq!(centre.figure("stuck_total").await.unwrap_or(0), 0, "{}", centre.log());
    Ok(())
}
