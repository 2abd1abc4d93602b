//! Sound that stops, moves, comes too early, or comes from somebody else.

use anyhow::{Context as _, Result};
use ringdesk_interop::{Centre, Ladder, Login, PASSWORD, Phone, Sound};
use serde_json::Value;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(10);

/// A caller and agent1, talking: 440 Hz and 620 Hz.
struct Talk {
    centre: Centre,
    caller: Phone,
    agent: Phone,
    login: Login,
}

async fn talk(config: &str) -> Result<Talk> {
    let centre = Centre::start_with(config, &[]).await?;
    let mut agent = Phone::new("2001", "2001", centre.sip, 620.0, &Ladder::default()).await?;
    agent.register(PASSWORD, 300).await?;
    let login = centre.agent_ready("agent1").await?;
    let mut caller = Phone::new("caller", "015112345678", centre.sip, 440.0, &Ladder::default()).await?;
    caller.invite("1001").await?;
    caller.answered(SOON).await?;
    agent.rings(SOON).await?;
    agent.pick_up().await?;
    let talk = Talk { centre, caller, agent, login };
    talk.both_hear().await?;
    Ok(talk)
}

impl Talk {
    async fn both_hear(&self) -> Result<()> {
        self.caller.sound.clear();
        self.agent.sound.clear();
        self.agent.sound.hears_tone(440.0, SOON).await.context("the agent does not hear the caller")?;
        self.caller.sound.hears_tone(620.0, SOON).await.context("the caller does not hear the agent")?;
        Ok(())
    }
}

/// A leg without sound for a minute is a ghost: it is hung up, with the reason; one on hold may be silent for ever.
///
/// Rows: V1
#[tokio::test(flavor = "multi_thread")]
async fn silence_ends_a_call_and_hold_does_not() -> Result<()> {
    let mut talk = talk("[media]\nsilent_after_s = 3\n").await?;
    let mut holds = Phone::new("holds", "015112345679", talk.centre.sip, 440.0, &Ladder::default()).await?;
    holds.invite("1003").await?;
    holds.answered(SOON).await?;
    holds.reinvite("inactive").await?;
    holds.sound.mute(true);

    talk.caller.sound.mute(true);
    // One minute in all; the agent, who still speaks, stays until then.
    talk.agent.hung_up(Duration::from_secs(80)).await?;
    talk.caller.hung_up(SOON).await?;
    let ended = |c: &Value| c.to_string().contains("\"hung_up_by\":\"system\"");
    let stored = talk.centre.until(&talk.login, "conversations?channel=phone&limit=5", ended).await?;
    assert!(stored.to_string().contains("\"hangup_cause\":\"media_timeout\""), "{stored:#}");

    holds.reinvite("sendrecv").await?;
    holds.sound.mute(false);
    assert!(holds.sound.hears_tone(440.0, SOON).await.is_some(), "the call on hold did not survive");
    holds.hang_up().await
}

/// The router of a telephone restarts: the same stream comes from another port, and is followed.
///
/// Rows: V1
#[tokio::test(flavor = "multi_thread")]
async fn sound_that_moves_is_followed() -> Result<()> {
    let mut talk = talk("").await?;
    talk.caller.sound.move_away().await?;
    talk.both_hear().await?;
    talk.caller.hang_up().await?;
    talk.agent.hung_up(SOON).await?;
    Ok(())
}

/// Somebody guesses the port and the stream's SSRC, and sends while the caller speaks: nobody hears him, he hears nobody.
///
/// Rows: V1
#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_cannot_break_in() -> Result<()> {
    let mut talk = talk("").await?;
    let before = talk.centre.figure("media_dropped_source_total").await?;
    let thief = Sound::open(900.0).await?;
    for leg in [talk.caller.sends_sound_to()?, talk.agent.sends_sound_to()?] {
        thief.send_to(leg);
        let sent = talk.centre.figure("media_dropped_source_total").await?;
        talk.centre.figure_until("media_dropped_source_total", SOON, |n| n >= sent + 100).await?;
        talk.both_hear().await?;
    }
    assert!(talk.centre.figure("media_dropped_source_total").await? >= before + 200);
    assert!(thief.packets().is_empty(), "the stranger was sent sound");
    let heard = |sound: &Sound| ringdesk_interop::sound::tone_at_the_end(&sound.heard(), 900.0);
    assert_eq!((heard(&talk.agent.sound), heard(&talk.caller.sound)), (None, None), "the stranger is heard");
    talk.caller.hang_up().await?;
    talk.agent.hung_up(SOON).await?;
    Ok(())
}

/// A telephone that speaks while it still rings: no harm, and heard from the answer on.
///
/// Rows: V1
#[tokio::test(flavor = "multi_thread")]
async fn sound_before_the_answer_does_no_harm() -> Result<()> {
    let centre = Centre::start().await?;
    let mut agent = Phone::new("2001", "2001", centre.sip, 620.0, &Ladder::default()).await?;
    agent.register(PASSWORD, 300).await?;
    let login = centre.agent_ready("agent1").await?;
    let mut caller = Phone::new("caller", "015112345678", centre.sip, 440.0, &Ladder::default()).await?;
    caller.invite("1001").await?;
    caller.answered(SOON).await?;
    agent.rings(SOON).await?;
    let came = centre.figure("media_packets_in_total").await?;
    agent.speak_early()?;
    // Two streams of fifty packets a second: this many cannot be the caller's alone within the deadline of two seconds.
    centre.figure_until("media_packets_in_total", Duration::from_secs(2), |n| n >= came + 120).await?;
    caller.sound.clear();
    assert!(caller.sound.hears_something(SOON).await, "the caller lost the music");
    assert!(
        ringdesk_interop::sound::tone_at_the_end(&caller.sound.heard(), 620.0).is_none(),
        "heard before the answer"
    );
    agent.pick_up().await?;
    let mut talk = Talk { centre, caller, agent, login };
    talk.both_hear().await?;
    talk.agent.hang_up().await?;
    talk.caller.hung_up(SOON).await?;
    talk.centre.until(&talk.login, "presence", |p| p["state"] == "wrap_up").await?;
    Ok(())
}
