//! Calls that need no agent.

use anyhow::Result;
use ringdesk_interop::{Centre, Ladder, Phone};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(10);

/// The caller hears the introduction, then himself; hang-up is answered.
///
/// Rows: V1, V3
#[tokio::test(flavor = "multi_thread")]
async fn the_echo_test_gives_back_a_tone() -> Result<()> {
    let centre = Centre::start().await?;
    let mut caller = Phone::new("caller", "015112345678", centre.sip, 440.0, &Ladder::default()).await?;
    caller.invite("1003").await?;
    caller.answered(SOON).await?;
    let level = caller.sound.hears_tone(440.0, Duration::from_secs(20)).await;
    assert!(level.is_some(), "no echo\n{}", centre.log());
    caller.hang_up().await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_called_is_refused_with_its_reason() -> Result<()> {
    let centre = Centre::start().await?;
    let mut caller = Phone::new("caller", "015112345678", centre.sip, 440.0, &Ladder::default()).await?;
    caller.invite("9999").await?;
    assert_eq!(caller.refused(SOON).await?, 404);
    let video = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 3\r\na=rtpmap:3 GSM/8000\r\n";
    caller.invite_with("1003", video).await?;
    assert_eq!(caller.refused(SOON).await?, 488);
    Ok(())
}
