//! SIPp, as a load and as a telephone with habits of its own. The scenarios stand in `sipp/`.

use anyhow::{Context as _, Result};
use ringdesk_interop::centre::free_port;
use ringdesk_interop::phone::register_for;
use ringdesk_interop::sipp::Run;
use ringdesk_interop::{Centre, Ladder, Login, PASSWORD, Phone, Sipp};
use serde_json::Value;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(10);
const LATER: Duration = Duration::from_secs(60);

/// A caller who dials the support queue, and agent1 whose telephone is SIPp with this scenario.
struct Stage {
    centre: Centre,
    caller: Phone,
    phone: Sipp,
    agent: Login,
}

async fn stage(scenario: &str, config: &str) -> Result<Stage> {
    let centre = Centre::start_with(config, &[]).await?;
    let at = free_port()?;
    register_for("2001", PASSWORD, centre.sip, at).await?;
    let phone = Run { at: Some(at), echoes: true, ..Run::new(scenario, centre.sip, "2001") }.start()?;
    let agent = centre.agent_ready("agent1").await?;
    let mut caller = Phone::new("caller", "015112345678", centre.sip, 440.0, &Ladder::default()).await?;
    caller.invite("1001").await?;
    caller.answered(SOON).await?;
    Ok(Stage { centre, caller, phone, agent })
}

impl Stage {
    /// The telephone sends back what it hears: the caller's own tone means sound in both directions.
    async fn both_talk(&self) -> Result<()> {
        self.caller.sound.clear();
        let heard = self.caller.sound.hears_tone(440.0, SOON).await;
        heard.map(drop).with_context(|| format!("no sound from the telephone\n{}", self.phone.story()))
    }

    async fn stored_end(&self, by: &str) -> Result<Value> {
        let ended = |c: &Value| c[0]["calls"][0]["hung_up_by"] == by;
        self.centre.until(&self.agent, "conversations?channel=phone&limit=1", ended).await
    }

    async fn nothing_is_left(&self) -> Result<()> {
        for figure in ["calls_open", "signaling_legs_open", "media_legs_open"] {
            self.centre.figure_until(figure, SOON, |n| n == 0).await?;
        }
        for figure in
            ["signaling_core_panics_total", "media_panics_total", "journal_entries_lost_total", "routing_stuck_total"]
        {
            assert_eq!(self.centre.figure(figure).await?, 0, "{figure}");
        }
        Ok(())
    }
}

/// A hundred calls at twenty a second, each with two seconds of sound to the echo and back. None fails, each is stored. What a
/// server does that is behind its work is another test's to show (`tests/soak`): on a machine with other work this one would
/// rightly refuse some of them.
///
/// Rows: V1
#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_calls_and_nothing_is_left() -> Result<()> {
    let never = "[shedding]\nsip_behind_ms = 0\nmedia_behind_ms = 0\njournal_behind_ms = 0\n";
    let centre = Centre::start_with(never, &[]).await?;
    let load = Run { calls: 100, rate: 20, ..Run::new("call", centre.sip, "1003") }.start()?;
    load.succeeded(LATER).await?;
    for figure in ["calls_open", "signaling_legs_open", "media_legs_open"] {
        centre.figure_until(figure, SOON, |n| n == 0).await?;
    }
    // 100 calls × 2 s × 50 packets, less what a busy machine did not get round to sending.
    assert!(centre.figure("media_packets_in_total").await? > 8_000, "sound came in");
    assert!(centre.figure("media_packets_out_total").await? > 8_000, "sound went out");
    for figure in [
        "signaling_core_panics_total",
        "media_panics_total",
        "journal_entries_lost_total",
        "signaling_calls_refused_total",
    ] {
        assert_eq!(centre.figure(figure).await?, 0, "{figure}");
    }
    let supervisor = centre.login("supervisor").await?;
    let normal = |c: &Value| c["calls"][0]["hung_up_by"] == "caller" && c["calls"][0]["hangup_cause"] == "normal";
    let all =
        |c: &Value| c.as_array().is_some_and(|a| a.iter().flat_map(|c| c["calls"].as_array()).flatten().count() == 100);
    let stored = centre.until(&supervisor, "conversations?channel=phone&limit=100", all).await?;
    let stored = stored.as_array().context("a list")?;
    let odd: Vec<_> =
        stored.iter().filter(|c| c["calls"].as_array().is_some_and(|a| a.len() == 1) && !normal(c)).collect();
    assert!(odd.is_empty(), "{odd:#?}");
    Ok(())
}

/// Reliable provisional answers asked for; hold in every spelling and a re-INVITE without an offer; over UDP and TCP.
///
/// Rows: V1
#[tokio::test(flavor = "multi_thread")]
async fn callers_of_every_kind_are_served() -> Result<()> {
    let centre = Centre::start().await?;
    for scenario in ["call", "call_100rel", "call_reoffers"] {
        for transport in ["u1", "t1"] {
            let run = Run { transport, ..Run::new(scenario, centre.sip, "1003") };
            run.start()?.succeeded(LATER).await.with_context(|| transport.to_owned())?;
        }
    }
    assert!(centre.figure("signaling_connections_accepted_total").await? >= 3, "TCP was used");
    centre.figure_until("signaling_legs_open", SOON, |n| n == 0).await?;
    Ok(())
}

/// A telephone that sends keys by INFO: the menu takes them, and an agent of the group that the key chose talks to it.
///
/// Rows: V1, V3, S7.23
#[tokio::test(flavor = "multi_thread")]
async fn keys_by_info_drive_the_menu() -> Result<()> {
    let centre = Centre::start().await?;
    let mut agent = Phone::new("2001", "2001", centre.sip, 620.0, &Ladder::default()).await?;
    agent.register(PASSWORD, 300).await?;
    let login = centre.agent_ready("agent1").await?;
    let caller = Run::new("call_keys", centre.sip, "1000").start()?;
    agent.rings(Duration::from_secs(20)).await.with_context(|| caller.story())?;
    agent.pick_up().await?;
    assert!(agent.sound.hears_tone(440.0, SOON).await.is_some(), "the agent does not hear SIPp");
    agent.hang_up().await?;
    caller.succeeded(LATER).await?;
    let ended = |c: &Value| c[0]["calls"][0]["hung_up_by"] == "agent";
    centre.until(&login, "conversations?channel=phone&limit=1", ended).await?;
    Ok(())
}

/// Rows: S1.2, V1
#[tokio::test(flavor = "multi_thread")]
async fn a_telephone_answers_and_both_hear_each_other() -> Result<()> {
    let mut stage = stage("phone_answers", "").await?;
    stage.centre.until(&stage.agent, "presence", |p| p["state"] == "talking").await?;
    stage.both_talk().await?;
    stage.caller.hang_up().await?;
    stage.stored_end("caller").await?;
    stage.nothing_is_left().await?;
    stage.phone.succeeded(LATER).await
}

/// RFC 3262: a 180 that wants to be acknowledged gets its PRACK, and the call goes through.
///
/// Rows: V1
#[tokio::test(flavor = "multi_thread")]
async fn a_reliable_ringing_is_acknowledged() -> Result<()> {
    let mut stage = stage("phone_100rel", "").await?;
    stage.centre.until(&stage.agent, "presence", |p| p["state"] == "talking").await?;
    stage.both_talk().await?;
    stage.caller.hang_up().await?;
    stage.nothing_is_left().await?;
    stage.phone.succeeded(LATER).await
}

/// Rows: V1
#[tokio::test(flavor = "multi_thread")]
async fn a_telephone_that_hangs_up_ends_the_callers_call() -> Result<()> {
    let mut stage = stage("phone_hangs_up", "").await?;
    stage.caller.hung_up(SOON).await?;
    stage.stored_end("agent").await?;
    stage.nothing_is_left().await?;
    stage.phone.succeeded(LATER).await
}

/// The caller hears music while held, and the agent again afterwards.
///
/// Rows: V1
#[tokio::test(flavor = "multi_thread")]
async fn a_telephone_holds_and_comes_back() -> Result<()> {
    let mut stage = stage("phone_holds", "").await?;
    stage.both_talk().await?;
    stage.centre.until(&stage.agent, "presence", |p| p["state"] == "hold").await?;
    stage.caller.sound.clear();
    assert!(stage.caller.sound.hears_something(SOON).await, "no music");
    stage.centre.until(&stage.agent, "presence", |p| p["state"] == "talking").await?;
    stage.both_talk().await?;
    stage.caller.hang_up().await?;
    stage.nothing_is_left().await?;
    stage.phone.succeeded(LATER).await
}

/// The caller leaves; the CANCEL crosses the telephone's 200: it gets its ACK and a BYE, and the agent is free again.
///
/// Rows: V1
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_crosses_the_cancel_is_ended() -> Result<()> {
    let mut stage = stage("phone_answers_too_late", "").await?;
    stage.centre.until(&stage.agent, "presence", |p| p["state"] == "offered").await?;
    stage.caller.hang_up().await?;
    stage.centre.until(&stage.agent, "presence", |p| p["state"] == "ready").await?;
    stage.nothing_is_left().await?;
    stage.phone.succeeded(LATER).await
}

/// Nobody picks up: the ringing is taken back, the agent is no longer ready, the flow has its way with the caller.
///
/// Rows: S7.29, V1
#[tokio::test(flavor = "multi_thread")]
async fn ringing_without_an_answer_ends_and_the_agent_is_made_not_ready() -> Result<()> {
    let mut stage = stage("phone_never_answers", "").await?;
    stage.centre.until(&stage.agent, "presence", |p| p["state"] == "offered").await?;
    // The demo queue lets it ring for twenty seconds; then the flow says that nobody is there, and hangs up.
    stage.caller.hung_up(Duration::from_secs(45)).await?;
    let presence = stage.centre.until(&stage.agent, "presence", |p| p["state"] == "not_ready").await?;
    assert_eq!(presence["reason"], "no_answer");
    stage.nothing_is_left().await?;
    stage.phone.succeeded(LATER).await
}

/// BYEs into nothing: repeated, given up after 64·T1, and until then everybody else goes on.
///
/// Rows: V1
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_bye_is_repeated_and_leaves_nothing() -> Result<()> {
    let mut stage = stage("phone_deaf_to_bye", "[signaling.timers]\nt1_ms = 60\nt2_ms = 500\nt4_ms = 600\n").await?;
    stage.both_talk().await?;
    stage.caller.hang_up().await?;
    stage.stored_end("caller").await?;
    stage.nothing_is_left().await?;
    stage.centre.figure_until("signaling_transaction_timeouts_total", SOON, |n| n >= 1).await?;
    assert!(stage.phone.messages("BYE ") >= 5, "repeated\n{}", stage.phone.story());
    Ok(())
}
