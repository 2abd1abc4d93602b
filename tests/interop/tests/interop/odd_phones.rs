//! Telephones that do not do as they should: the call ends or goes on as it must, and nothing is left.

use anyhow::{Context as _, Result, ensure};
use ringdesk_interop::centre::binary;
use ringdesk_interop::{Centre, Ladder, Login, PASSWORD, Phone};
use serde_json::Value;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(10);
/// Timers of SIP at a tenth of their length.
const FAST: &str = "[signaling.timers]\nt1_ms = 50\nt2_ms = 400\nt4_ms = 500\n";

async fn caller(centre: &Centre) -> Result<Phone> {
    Phone::new("caller", "015112345678", centre.sip, 440.0, &Ladder::default()).await
}

async fn phone(centre: &Centre, name: &str, hz: f32) -> Result<Phone> {
    Phone::new(name, "2001", centre.sip, hz, &Ladder::default()).await
}

async fn agent(centre: &Centre, hz: f32) -> Result<(Phone, Login)> {
    let mut phone = phone(centre, "2001", hz).await?;
    phone.register(PASSWORD, 300).await?;
    Ok((phone, centre.agent_ready("agent1").await?))
}

async fn nothing_is_left(centre: &Centre) -> Result<()> {
    for figure in ["calls_open", "signaling_legs_open", "media_legs_open"] {
        centre.figure_until(figure, SOON, |n| n == 0).await?;
    }
    assert_eq!(centre.figure("routing_stuck_total").await?, 0);
    Ok(())
}

/// RFC 3261 §13.3.1.4: the 200 is repeated, after 64·T1 comes a BYE.
///
/// Rows: V1
#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_never_acknowledges_is_hung_up_on() -> Result<()> {
    let centre = Centre::start_with(FAST, &[]).await?;
    let mut caller = caller(&centre).await?;
    caller.invite("1003").await?;
    caller.answered_but_silent(SOON).await?;
    caller.hung_up(Duration::from_secs(15)).await?;
    assert_eq!(centre.figure("signaling_acks_missing_total").await?, 1);
    assert!(centre.figure("signaling_retransmissions_total").await? >= 5, "the 200 was repeated");
    let supervisor = centre.login("supervisor").await?;
    let closed = |c: &Value| c[0]["calls"][0]["hung_up_by"] == "system";
    let stored = centre.until(&supervisor, "conversations?channel=phone&limit=1", closed).await?;
    assert_ne!(stored[0]["calls"][0]["hangup_cause"], "normal", "{stored:#}");
    nothing_is_left(&centre).await
}

/// The agent's telephone never acknowledges the end either: no answer to CANCEL, none to anything.
///
/// Rows: V1
#[tokio::test(flavor = "multi_thread")]
async fn a_telephone_that_dies_while_it_rings_leaves_nothing() -> Result<()> {
    let centre = Centre::start_with(FAST, &[]).await?;
    let (mut agent, login) = agent(&centre, 620.0).await?;
    let mut caller = caller(&centre).await?;
    caller.invite("1001").await?;
    caller.answered(SOON).await?;
    agent.rings(SOON).await?;
    drop(agent);
    caller.hang_up().await?;
    centre.until(&login, "presence", |p| p["state"] == "ready").await?;
    nothing_is_left(&centre).await
}

/// Two telephones of one agent are picked up at once: one talks, the other is acknowledged and ended (RFC 3261 §13.2.2.4).
///
/// Rows: S1.2, V1
#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_answer_one_talks() -> Result<()> {
    let centre = Centre::start().await?;
    let (mut desk, mut soft) = (phone(&centre, "desk", 620.0).await?, phone(&centre, "soft", 900.0).await?);
    desk.register(PASSWORD, 300).await?;
    soft.register(PASSWORD, 300).await?;
    let login = centre.agent_ready("agent1").await?;
    let mut caller = caller(&centre).await?;
    caller.invite("1001").await?;
    caller.answered(SOON).await?;
    let (one, two) = tokio::join!(desk.rings(SOON), soft.rings(SOON));
    one?;
    two?;
    let (one, two) = tokio::join!(desk.pick_up_blindly(), soft.pick_up_blindly());
    one?;
    two?;
    let (one, two) = tokio::join!(desk.request("ACK", SOON), soft.request("ACK", SOON));
    one.context("the desk phone's 200 was not acknowledged")?;
    two.context("the softphone's 200 was not acknowledged")?;
    let (mut winner, hz) = tokio::select! {
        ended = soft.hung_up(SOON) => { ended?; (desk, 620.0) }
        ended = desk.hung_up(SOON) => { ended?; (soft, 900.0) }
    };
    caller.sound.clear();
    assert!(caller.sound.hears_tone(hz, SOON).await.is_some(), "the caller does not hear {}", winner.name);
    assert!(winner.sound.hears_tone(440.0, SOON).await.is_some(), "{} does not hear the caller", winner.name);
    winner.hang_up().await?;
    caller.hung_up(SOON).await?;
    centre.until(&login, "presence", |p| p["state"] == "wrap_up").await?;
    nothing_is_left(&centre).await
}

/// A fax machine's re-INVITE is refused and the call goes on; beside sound, other media get port 0 (RFC 3264 §6).
///
/// Rows: V1
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_sound_is_refused_and_the_call_goes_on() -> Result<()> {
    let centre = Centre::start().await?;
    let mut caller = caller(&centre).await?;
    let plain = caller.sdp("sendrecv");
    let rich = plain.replace(
        "RTP/AVP 0 101\r\n",
        "RTP/AVP 96 111 3 0 101\r\na=rtpmap:96 opus/48000/2\r\na=rtpmap:111 X-NEVER-HEARD/16000\r\na=fmtp:111 x=y;z\r\n",
    ) + "m=video 40000 RTP/AVP 97\r\na=rtpmap:97 VP8/90000\r\nm=application 9 DTLS/SCTP 5000\r\n";
    caller.invite_with("1003", &rich).await?;
    let answer = caller.answered(SOON).await?;
    let lines: Vec<_> = answer.body.lines().filter(|l| l.starts_with("m=")).collect();
    ensure!(lines.len() == 3, "as many m-lines as offered (RFC 3264 §6):\n{}", answer.body);
    assert!(lines[0].starts_with("m=audio ") && !lines[0].starts_with("m=audio 0 "), "{lines:?}");
    assert!(lines[0].ends_with(" RTP/AVP 0 101"), "{lines:?}");
    assert!(lines[1].starts_with("m=video 0 ") && lines[2].starts_with("m=application 0 "), "{lines:?}");
    assert!(caller.sound.hears_tone(440.0, Duration::from_secs(20)).await.is_some(), "no echo");

    let fax = "v=0\r\no=- 1 9 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=image 40000 udptl t38\r\na=T38FaxVersion:0\r\n";
    let refusal = caller.reinvite_with(fax).await?;
    assert_eq!(refusal.status(), Some(488), "{}", refusal.start);
    caller.sound.clear();
    assert!(caller.sound.hears_tone(440.0, SOON).await.is_some(), "the refused re-INVITE ended the sound");

    let both = rich + "m=image 40002 udptl t38\r\n";
    let answer = caller.reinvite_with(&both.replace("o=- 1 1 ", "o=- 1 10 ")).await?;
    assert_eq!(answer.status(), Some(200), "{}", answer.start);
    assert!(answer.body.contains("m=image 0 "), "{}", answer.body);
    caller.sound.clear();
    assert!(caller.sound.hears_tone(440.0, SOON).await.is_some(), "no echo after the second re-INVITE");
    caller.hang_up().await?;
    nothing_is_left(&centre).await
}

/// Guessing: always the same answer, whether the extension exists or not; the right password still works.
///
/// Rows: S12.9
#[tokio::test(flavor = "multi_thread")]
async fn wrong_passwords_open_nothing_and_tell_nothing() -> Result<()> {
    let centre = Centre::start().await?;
    let mut guesser = phone(&centre, "guesser", 0.0).await?;
    let (mut wrong, mut unheard) = (0, 0);
    for _ in 0..20 {
        let fault = guesser.register("guess", 300).await.expect_err("a wrong password").to_string();
        wrong += u64::from(fault.contains("401"));
        unheard += u64::from(fault.contains("503"));
    }
    assert!(wrong >= 3 && unheard >= 3 && wrong + unheard == 20, "{wrong} refused, {unheard} not looked at");
    assert!(centre.figure("signaling_unauthorised_total").await? >= wrong);
    assert_eq!(centre.figure("signaling_registrations").await?, 0);
    let mut stranger = Phone::new("stranger", "2999", centre.sip, 0.0, &Ladder::default()).await?;
    let unknown = stranger.register_once(vec![]).await?;
    let known = guesser.register_once(vec![]).await?;
    assert_eq!((unknown.status(), known.status()), (Some(401), Some(401)));
    let names = |m: &ringdesk_interop::Message| m.headers.iter().map(|(n, _)| n.clone()).collect::<Vec<_>>();
    assert_eq!(names(&unknown), names(&known), "no oracle for extensions");
    stranger.register(PASSWORD, 300).await.expect_err("nobody of that name");
    // Who guessed too often does not learn that this one would have been right, until somebody lifts it.
    let fault = guesser.register(PASSWORD, 300).await.expect_err("too many attempts");
    assert!(fault.to_string().contains("503"), "{fault}");
    let deadline = tokio::time::Instant::now() + SOON;
    while !ringdesk(&centre, &["doctor"])?.contains("too many wrong passwords") {
        ensure!(tokio::time::Instant::now() < deadline, "the doctor does not list who is limited");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    ringdesk(&centre, &["lift", "--address", "127.0.0.1"])?;
    while guesser.register(PASSWORD, 300).await.is_err() {
        ensure!(tokio::time::Instant::now() < deadline + SOON, "it is not lifted");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(centre.figure("signaling_registrations").await?, 1);
    Ok(())
}

/// What this command of the server's own program prints, beside the running one.
fn ringdesk(centre: &Centre, command: &[&str]) -> Result<String> {
    let done =
        std::process::Command::new(binary()).args(command).arg("--config").arg(centre.configuration()).output()?;
    Ok(String::from_utf8(done.stdout)?)
}

/// Signed off with `expires=0`: not rung any more, and a caller does not wait for it.
///
/// Rows: V1
#[tokio::test(flavor = "multi_thread")]
async fn a_telephone_that_unregisters_is_not_rung() -> Result<()> {
    let centre = Centre::start().await?;
    let (mut agent, login) = agent(&centre, 620.0).await?;
    assert_eq!(centre.figure("signaling_registrations").await?, 1);
    agent.register(PASSWORD, 0).await?;
    assert_eq!(centre.figure("signaling_registrations").await?, 0);
    let mut caller = caller(&centre).await?;
    caller.invite("1001").await?;
    caller.answered(SOON).await?;
    centre.until(&login, "presence", |p| p["state"] == "not_ready").await?;
    caller.hung_up(Duration::from_secs(20)).await?;
    assert!(agent.request("INVITE", Duration::ZERO).await.is_err(), "it was rung");
    nothing_is_left(&centre).await
}

/// Private addresses in Via, Contact and description: answers, requests and sound go where packets come from.
///
/// Rows: V1
#[tokio::test(flavor = "multi_thread")]
async fn telephones_behind_nat_are_reached_where_they_are() -> Result<()> {
    let centre = Centre::start().await?;
    let mut agent = phone(&centre, "2001", 620.0).await?;
    agent.believe("10.11.12.13:5060".parse()?);
    agent.register(PASSWORD, 300).await?;
    let login = centre.agent_ready("agent1").await?;
    let mut caller = caller(&centre).await?;
    caller.believe("192.168.77.8:5070".parse()?);
    caller.invite("1001").await?;
    caller.answered(SOON).await?;
    agent.rings(SOON).await.context("the agent's telephone")?;
    agent.pick_up().await?;
    caller.sound.clear();
    assert!(agent.sound.hears_tone(440.0, SOON).await.is_some(), "the agent does not hear the caller");
    assert!(caller.sound.hears_tone(620.0, SOON).await.is_some(), "the caller does not hear the agent");
    agent.hang_up().await?;
    caller.hung_up(SOON).await.context("the BYE to the caller")?;
    centre.until(&login, "presence", |p| p["state"] == "wrap_up").await?;
    nothing_is_left(&centre).await
}
