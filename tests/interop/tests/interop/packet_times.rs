//! Packets of every length that telephones and operators use, and pauses in which nothing is sent but what the line sounds like.

use anyhow::{Context as _, Result, ensure};
use ringdesk_interop::{Centre, Ladder, PASSWORD, Phone, Sound};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(10);
const CALLER_HZ: f32 = 440.0;
const AGENT_HZ: f32 = 620.0;

/// As the telephone describes itself with packets of this length, and comfort noise.
fn described(phone: &Phone, ms: usize) -> String {
    let sdp = phone.sdp("sendrecv").replace("a=ptime:20", &format!("a=ptime:{ms}"));
    sdp.replace("RTP/AVP 0 101", "RTP/AVP 0 13 101")
}

/// The length of packets that came, in milliseconds: of prompts, which are made for this telephone.
fn lengths(sound: &Sound) -> Vec<u32> {
    let stamps: Vec<u32> =
        sound.packets().iter().filter(|(.., kind)| *kind == 0).map(|(_, timestamp, _)| *timestamp).collect();
    stamps.windows(2).map(|pair| pair[1].wrapping_sub(pair[0]) / 8).collect()
}

async fn both_hear(caller: &Phone, agent: &Phone) -> Result<()> {
    caller.sound.clear();
    agent.sound.clear();
    caller.sound.hears_tone(AGENT_HZ, SOON).await.context("the caller does not hear the agent")?;
    agent.sound.hears_tone(CALLER_HZ, SOON).await.context("the agent does not hear the caller")?;
    Ok(())
}

/// One call with packets of so many milliseconds: the menu in them, a key, the agent's tone and the caller's, a pause.
async fn with_packets_of(ms: usize) -> Result<()> {
    let centre = Centre::start().await?;
    let mut agent = Phone::new("2001", "2001", centre.sip, AGENT_HZ, &Ladder::default()).await?;
    agent.register(PASSWORD, 300).await?;
    centre.agent_ready("agent1").await?;
    let mut caller = Phone::new("caller", "015112345678", centre.sip, CALLER_HZ, &Ladder::default()).await?;
    caller.sound.packets_of(ms);
    let sdp = described(&caller, ms);
    caller.invite_with("1000", &sdp).await?;
    let answer = caller.answered(SOON).await?;
    ensure!(answer.body.contains(&format!("a=ptime:{ms}\r\n")), "{}", answer.body);
    ensure!(caller.sound.hears_something(SOON).await, "no menu");
    let lengths = lengths(&caller.sound);
    ensure!(lengths.len() >= 3 && lengths.iter().all(|l| *l == ms as u32), "{ms} ms: {lengths:?}");
    caller.sound.press('1');
    agent.rings(Duration::from_secs(20)).await?;
    agent.pick_up().await?;
    both_hear(&caller, &agent).await?;
    // Who says that he says nothing is still there, and heard again when he speaks.
    caller.sound.pause(u32::try_from(2_000 / ms)?);
    caller.sound.paused().await;
    both_hear(&caller, &agent).await.context("after a pause")?;
    caller.hang_up().await?;
    agent.hung_up(SOON).await?;
    assert_eq!(centre.figure("media_dropped_payload_type_total").await?, 0, "comfort noise is no stranger");
    Ok(())
}

macro_rules! packet_times {
    ($($name:ident $ms:literal)*) => {$(
        /// Rows: S4.4, V1
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() -> Result<()> {
            with_packets_of($ms).await
        }
    )*};
}

packet_times! {
    packets_of_10_ms 10
    packets_of_20_ms 20
    packets_of_30_ms 30
    packets_of_40_ms 40
    packets_of_60_ms 60
}
