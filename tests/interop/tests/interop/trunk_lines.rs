//! What a trunk's settings say of sound, of keys and of what comes before the answer, towards an exchange that does as it likes: all
//! of it proven by tones.

use super::trunks::{OPEN, SOON, make, support_dials};
use anyhow::{Context as _, Result, ensure};
use ringdesk_audio::dtmf;
use ringdesk_interop::sipp::Run;
use ringdesk_interop::{Centre, Ladder, Login, PASSWORD, Phone, Sound};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;

/// What the exchange and the caller say.
pub(super) const CARRIER_HZ: f32 = 700.0;
pub(super) const CALLER_HZ: f32 = 440.0;

/// An exchange behind a trunk, and a caller who is put through to a number outside.
pub(super) struct Stage {
    pub(super) centre: Centre,
    pub(super) admin: Login,
    pub(super) carrier: Phone,
    pub(super) caller: Phone,
}

/// The trunk to an exchange at this address.
pub(super) fn trunk(at: SocketAddr, more: &Value) -> Value {
    let mut settings = json!({ "host": at.ip(), "port": at.port(), "transport": "udp", "options": "off" });
    for (name, value) in more.as_object().into_iter().flatten() {
        settings[name] = value.clone();
    }
    json!({ "name": "a-carrier", "networks": [at.ip()], "settings": settings })
}

pub(super) async fn exchange(centre: &Centre, hz: f32) -> Result<Phone> {
    Phone::at("127.0.0.66:0".parse()?, "carrier", "sbc", centre.sip, hz, &Ladder::default()).await
}

pub(super) async fn stage(more: Value) -> Result<Stage> {
    let centre = Centre::start_with(OPEN, &[]).await?;
    let admin = centre.login("admin").await?;
    let carrier = exchange(&centre, CARRIER_HZ).await?;
    make(&centre, &admin, &trunk(carrier.seen_at(), &more)).await?;
    support_dials(&centre, &admin, "+4930123456").await?;
    let caller = Phone::new("caller", "015112345678", centre.sip, CALLER_HZ, &Ladder::default()).await?;
    Ok(Stage { centre, admin, carrier, caller })
}

impl Stage {
    /// The caller's call has come to the exchange; its offer.
    pub(super) async fn comes(&mut self) -> Result<String> {
        self.caller.invite("1001").await?;
        Ok(self.carrier.called(SOON).await?.body)
    }

    pub(super) async fn talk(&mut self) -> Result<String> {
        let offer = self.comes().await?;
        self.carrier.pick_up().await?;
        self.caller.answered(SOON).await?;
        self.both_hear().await?;
        Ok(offer)
    }

    pub(super) async fn both_hear(&mut self) -> Result<()> {
        self.caller.sound.clear();
        self.carrier.sound.clear();
        self.caller.sound.hears_tone(CARRIER_HZ, SOON).await.context("the caller does not hear the carrier")?;
        self.carrier.sound.hears_tone(CALLER_HZ, SOON).await.context("the carrier does not hear the caller")?;
        Ok(())
    }

    pub(super) async fn ends(mut self) -> Result<()> {
        self.caller.hang_up().await?;
        self.carrier.hung_up(SOON).await?;
        self.nothing_is_left().await
    }

    pub(super) async fn nothing_is_left(&self) -> Result<()> {
        for figure in ["calls_open", "signaling_legs_open", "media_legs_open"] {
            self.centre.figure_until(figure, SOON, |n| n == 0).await?;
        }
        Ok(())
    }
}

/// Wait until this key is heard as sound.
async fn hears_key(sound: &Sound, key: char) -> Result<()> {
    let deadline = tokio::time::Instant::now() + SOON;
    let mut tick = tokio::time::interval(Duration::from_millis(50));
    loop {
        tick.tick().await;
        let mut ear = dtmf::Detector::new();
        let heard = ear.hear(&sound.heard());
        if heard.iter().any(|h| matches!(h, dtmf::Heard::Released(k, _) if *k == key)) {
            return Ok(());
        }
        ensure!(tokio::time::Instant::now() < deadline, "{key} was not heard: {heard:?}");
    }
}

fn events(sound: &Sound) -> usize {
    sound.packets().iter().filter(|(.., kind)| *kind == 101).count()
}

/// Wait until a key came as telephone-event.
async fn gets_event(sound: &Sound) -> Result<()> {
    let mut tick = tokio::time::interval(Duration::from_millis(50));
    let waited = tokio::time::timeout(SOON, async {
        while events(sound) == 0 {
            tick.tick().await;
        }
    });
    waited.await.context("no telephone-event came")
}

/// The caller's telephone presses keys by RFC 4733, the exchange in its own way: each hears the other's as it wants to.
///
/// Rows: V15, V3
#[tokio::test(flavor = "multi_thread")]
async fn keys_go_over_a_trunk_as_it_wants_them() -> Result<()> {
    for mode in ["rfc4733", "info", "in_band"] {
        let mut stage = stage(json!({ "dtmf": mode })).await?;
        let offer = stage.talk().await.context(mode)?;
        assert_eq!(offer.contains("telephone-event"), mode != "in_band", "{offer}");
        let Stage { carrier, caller, .. } = &mut stage;
        caller.sound.press('5');
        match mode {
            "rfc4733" => gets_event(&carrier.sound).await?,
            "info" => {
                for key in ['5', '#'] {
                    let info = carrier.request("INFO", SOON).await?;
                    ensure!(info.body.contains(&format!("Signal={key}\r\n")), "{}", info.body);
                    assert_eq!(info.get("Content-Type"), Some("application/dtmf-relay"));
                    carrier.respond(&info, "200 OK", "").await?;
                    caller.sound.press('#');
                }
            }
            _ => hears_key(&carrier.sound, '5').await?,
        }
        if mode != "rfc4733" {
            assert_eq!(events(&carrier.sound), 0, "{mode}: in one way only");
        }
        caller.sound.clear();
        match mode {
            "rfc4733" => carrier.sound.press('7'),
            "info" => carrier.info_key('7').await?,
            _ => {
                let pressed = dtmf::generate('7', Duration::from_millis(120), -10.0).context("a key")?;
                carrier.sound.say(&pressed);
            }
        }
        match mode {
            "in_band" => hears_key(&caller.sound, '7').await?,
            _ => gets_event(&caller.sound).await?,
        }
        stage.both_hear().await.context(mode)?;
        stage.ends().await?;
    }
    Ok(())
}

/// A call over a trunk that takes keys as sound: the menu hears them though telephone-event was offered.
///
/// Rows: V15, V3
#[tokio::test(flavor = "multi_thread")]
async fn a_menu_is_driven_by_keys_in_the_sound_of_a_trunk() -> Result<()> {
    let Stage { centre, mut carrier, .. } = stage(json!({ "dtmf": "in_band" })).await?;
    let mut agent = Phone::new("2001", "2001", centre.sip, 620.0, &Ladder::default()).await?;
    agent.register(PASSWORD, 300).await?;
    centre.agent_ready("agent1").await?;
    carrier.invite("1000").await?;
    let answer = carrier.answered(SOON).await?;
    ensure!(!answer.body.contains("telephone-event"), "{}", answer.body);
    ensure!(carrier.sound.hears_something(SOON).await, "no menu");
    carrier.sound.hum(0.0);
    carrier.sound.say(&dtmf::generate('1', Duration::from_millis(150), -10.0).context("a key")?);
    agent.rings(Duration::from_secs(20)).await?;
    agent.pick_up().await?;
    carrier.sound.hum(CARRIER_HZ);
    agent.sound.hears_tone(CARRIER_HZ, SOON).await.context("the agent does not hear the exchange")?;
    carrier.sound.hears_tone(620.0, SOON).await.context("the exchange does not hear the agent")?;
    carrier.hang_up().await?;
    agent.hung_up(SOON).await?;
    Ok(())
}

/// Only what the trunk speaks is offered to it and taken from it, in its order.
///
/// Rows: V15
#[tokio::test(flavor = "multi_thread")]
async fn a_trunk_speaks_its_codecs_and_no_others() -> Result<()> {
    for (codecs, offered) in [
        (json!(["PCMA"]), "8 101"),
        (json!(["G722", "PCMA"]), "9 8 101"),
        // The caller's own comes first: then nothing is converted.
        (json!(["PCMA", "PCMU"]), "0 8 101"),
    ] {
        let mut stage = stage(json!({ "codecs": codecs })).await?;
        let offer = stage.comes().await?;
        let line = offer.lines().find(|line| line.starts_with("m=audio")).context("a line of sound")?;
        ensure!(line.ends_with(&format!("RTP/AVP {offered}")), "{codecs}: {line}");
        stage.carrier.decline("486 Busy Here").await?;
        stage.caller.refused(SOON).await?;
        // PCMU alone is what this exchange offers.
        stage.carrier.invite("1003").await?;
        match codecs.as_array().is_some_and(|c| c.contains(&json!("PCMU"))) {
            true => drop(stage.carrier.answered(SOON).await?),
            false => assert_eq!(stage.carrier.refused(SOON).await?, 488),
        }
    }
    Ok(())
}

/// What the exchange says before the answer is let through, or the caller hears that it rings.
///
/// Rows: V15
#[tokio::test(flavor = "multi_thread")]
async fn early_sound_is_let_through_or_not() -> Result<()> {
    for policy in ["pass", "ringback"] {
        let mut stage = stage(json!({ "early_media": policy })).await?;
        stage.comes().await?;
        let Stage { carrier, caller, .. } = &mut stage;
        let sdp = carrier.sdp("sendrecv");
        carrier.say("183 Session Progress", &[], &sdp).await?;
        carrier.speak_early()?;
        if policy == "pass" {
            caller.provisional(183, SOON).await?;
            caller.sound.hears_tone(CARRIER_HZ, SOON).await.context("no early sound")?;
        } else {
            caller.provisional(180, SOON).await?;
            let mut tick = tokio::time::interval(Duration::from_millis(50));
            while carrier.sound.spoken().len() < 50 {
                tick.tick().await;
            }
            assert!(caller.sound.packets().is_empty(), "nothing of it is let through");
        }
        carrier.say("200 OK", &[], &sdp).await?;
        carrier.request("ACK", SOON).await?;
        caller.answered(SOON).await?;
        stage.both_hear().await.context(policy)?;
        stage.ends().await?;
    }
    Ok(())
}

/// A caller without a description gets ours in a reliable 183, answers it in the PRACK, and hears what sounds before the answer as
/// everybody does; the 200 says nothing of it again.
///
/// Rows: V1, V15
#[tokio::test(flavor = "multi_thread")]
async fn a_late_offer_hears_what_comes_before_the_answer() -> Result<()> {
    let mut stage = stage(json!({})).await?;
    stage.caller.invite_late("1001", SOON).await.with_context(|| stage.centre.log())?;
    stage.carrier.called(SOON).await?;
    let Stage { carrier, caller, .. } = &mut stage;
    let sdp = carrier.sdp("sendrecv");
    carrier.say("183 Session Progress", &[], &sdp).await?;
    carrier.speak_early()?;
    caller.sound.hears_tone(CARRIER_HZ, SOON).await.context("no early sound")?;
    carrier.say("200 OK", &[], &sdp).await?;
    carrier.request("ACK", SOON).await?;
    assert_eq!(caller.answered(SOON).await?.body, "", "all is said");
    stage.both_hear().await?;
    stage.carrier.hang_up().await?;
    stage.caller.hung_up(SOON).await?;
    stage.nothing_is_left().await
}

/// A reliable 183 with sound; an UPDATE that moves it elsewhere while it still rings; a 200 that says nothing of it.
///
/// Rows: V1, V15
#[tokio::test(flavor = "multi_thread")]
async fn an_update_before_the_answer_moves_the_sound() -> Result<()> {
    let mut stage = stage(json!({})).await?;
    stage.comes().await?;
    let Stage { carrier, caller, .. } = &mut stage;
    let sdp = carrier.sdp("sendrecv");
    carrier.say("183 Session Progress", &[("Require", "100rel"), ("RSeq", "1")], &sdp).await?;
    let prack = carrier.request("PRACK", SOON).await?;
    carrier.respond(&prack, "200 OK", "").await?;
    carrier.speak_early()?;
    caller.provisional(183, SOON).await?;
    caller.sound.hears_tone(CARRIER_HZ, SOON).await.context("no early sound")?;
    let elsewhere = Sound::open_at(carrier.seen_at().ip(), 900.0).await?;
    let moved = carrier.sdp_at(elsewhere.port).replace("o=- 1 1 ", "o=- 1 2 ");
    let taken = carrier.update(&moved, SOON).await?;
    assert_eq!(taken.status(), Some(200), "{}", taken.start);
    carrier.sound.mute(true);
    elsewhere.send_to(taken.sound_address().context("an answer with an address")?);
    caller.sound.clear();
    caller.sound.hears_tone(900.0, SOON).await.context("not from where the sound has moved to")?;
    carrier.say("200 OK", &[], "").await?;
    carrier.request("ACK", SOON).await?;
    caller.answered(SOON).await?;
    caller.sound.clear();
    caller.sound.hears_tone(900.0, SOON).await.context("after the answer")?;
    elsewhere.hears_tone(CALLER_HZ, SOON).await.context("the exchange does not hear the caller")?;
    stage.ends().await
}

/// Two forks announce: the first is heard, then the one that answers.
///
/// Rows: V1
#[tokio::test(flavor = "multi_thread")]
async fn of_two_forks_the_first_is_heard_and_then_the_one_that_answers() -> Result<()> {
    let mut stage = stage(json!({})).await?;
    stage.comes().await?;
    let Stage { carrier, caller, .. } = &mut stage;
    let second = Sound::open_at(carrier.seen_at().ip(), 900.0).await?;
    let (first_says, second_says) = (carrier.sdp("sendrecv"), carrier.sdp_at(second.port));
    carrier.fork("one")?;
    carrier.say("183 Session Progress", &[], &first_says).await?;
    carrier.speak_early()?;
    carrier.fork("two")?;
    carrier.say("183 Session Progress", &[], &second_says).await?;
    second.change_source();
    second.send_to(carrier.wanted_at()?);
    caller.provisional(183, SOON).await?;
    caller.sound.hears_tone(CARRIER_HZ, SOON).await.context("not the first")?;
    let heard = caller.sound.heard();
    assert!(ringdesk_interop::sound::tone_at_the_end(&heard, 900.0).is_none(), "the second beside it");
    carrier.say("200 OK", &[], &second_says).await?;
    carrier.request("ACK", SOON).await?;
    caller.answered(SOON).await?;
    carrier.sound.mute(true);
    caller.sound.clear();
    caller.sound.hears_tone(900.0, SOON).await.context("not the one that answered")?;
    second.hears_tone(CALLER_HZ, SOON).await.context("who answered does not hear the caller")?;
    stage.ends().await
}

/// A caller who insists on reliable answers, as mobile networks do: 180 and 183 with sound, a PRACK for each, and then an UPDATE of his own
/// before the answer.
///
/// Rows: V1, V15
#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_insists_on_reliable_answers() -> Result<()> {
    let Stage { centre, mut carrier, .. } = stage(json!({})).await?;
    let caller = Run { echoes: true, ..Run::new("call_early", centre.sip, "1001") }.start()?;
    carrier.called(SOON).await.with_context(|| caller.story())?;
    let sdp = carrier.sdp("sendrecv");
    carrier.say("183 Session Progress", &[], &sdp).await?;
    carrier.speak_early()?;
    // Two PRACKs and an UPDATE are answered: then comes the answer.
    let mut tick = tokio::time::interval(Duration::from_millis(50));
    let settled = tokio::time::timeout(SOON, async {
        while caller.messages("SIP/2.0 200") < 3 {
            tick.tick().await;
        }
    });
    settled.await.with_context(|| caller.story())?;
    carrier.say("200 OK", &[], &sdp).await?;
    carrier.request("ACK", SOON).await?;
    carrier.sound.clear();
    carrier.sound.hears_tone(CARRIER_HZ, SOON).await.with_context(|| caller.story())?;
    carrier.hung_up(SOON).await.with_context(|| caller.story())?;
    caller.succeeded(Duration::from_secs(30)).await
}
