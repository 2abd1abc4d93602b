//! What telephones notice of a restart: nothing.

use anyhow::Result;
use ringdesk_interop::{Centre, Ladder, PASSWORD, Phone};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(10);

/// A telephone that registered before a crash rings after it, without having registered again; one that had unregistered
/// does not.
///
/// Rows: S16.11, V1
#[tokio::test(flavor = "multi_thread")]
async fn registered_telephones_ring_after_a_crash() -> Result<()> {
    let mut centre = Centre::start().await?;
    let ladder = Ladder::default();
    let mut stays = Phone::new("2001", "2001", centre.sip, 620.0, &ladder).await?;
    stays.register(PASSWORD, 300).await?;
    let mut leaves = Phone::new("2001b", "2001", centre.sip, 700.0, &ladder).await?;
    leaves.register(PASSWORD, 300).await?;
    leaves.register(PASSWORD, 0).await?;
    centre.figure_until("signaling_registrations", SOON, |n| n == 1).await?;
    // The contacts are written behind the registrar, within a second.
    tokio::time::sleep(Duration::from_secs(1)).await;
    centre.crash_and_restart().await?;
    assert_eq!(centre.figure("signaling_registrations").await?, 1);
    centre.agent_ready("agent1").await?;
    let mut caller = Phone::new("caller", "015112345678", centre.sip, 440.0, &ladder).await?;
    caller.invite("1001").await?;
    caller.answered(SOON).await?;
    stays.rings(SOON).await?;
    stays.pick_up().await?;
    caller.sound.clear();
    assert!(caller.sound.hears_tone(620.0, SOON).await.is_some(), "the agent is not heard");
    assert!(leaves.rings(Duration::from_millis(200)).await.is_err(), "it had unregistered");
    Ok(())
}
