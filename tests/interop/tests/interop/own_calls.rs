//! Calls that agents make, in the books: whose conversation they are, what was said in them, how they came to nothing. And those
//! that telephones take up for somebody else, and those that no gate may stop.

use crate::interop::supervisor::with_role;
use crate::interop::transcripts::{COAT, SUNDAY, scripted, sound};
use crate::interop::transfers::{CONTACT, FIRST, SECOND, SOON, Talk, agent, hear_each_other, trunk};
use anyhow::{Context as _, Result};
use ringdesk_interop::centre::PASSWORD;
use ringdesk_interop::{Centre, Ladder, Phone};
use serde_json::{Value, json};
use std::time::Duration;

const OUTSIDE: f32 = 440.0;

/// What is said in an agent's own call is in the conversation of whom they called: sound, words, and who said what.
///
/// Rows: V14
#[tokio::test(flavor = "multi_thread")]
async fn an_agents_own_call_is_recorded_and_written_down() -> Result<()> {
    let config = format!("{}[recordings.rule]\nstart = \"on_bridge\"\n", scripted(&[SUNDAY, COAT], "answer"));
    let centre = Centre::start_with(&config, &[]).await?;
    let (mut phone, login) = agent(&centre, "agent1", "2001", FIRST, "not_ready").await?;
    let mut outside = Phone::new("outside", "03012345678", centre.sip, OUTSIDE, &Ladder::default()).await?;
    trunk(&centre, &outside).await?;
    let to = json!({ "to": { "number": "13800138000" } });
    assert_eq!(centre.api(&login, "POST", "calls", Some(&to)).await?.0, 202);
    phone.rings(SOON).await?;
    phone.pick_up().await?;
    outside.rings(SOON).await?;
    outside.pick_up().await?;
    hear_each_other(&mut [(&mut phone, FIRST), (&mut outside, OUTSIDE)]).await;
    for one in [&phone, &outside] {
        one.sound.hum(0.0);
    }
    tokio::time::sleep(Duration::from_secs(1)).await; // people begin to speak when the other one is silent
    for (one, said) in [(&outside, SUNDAY.0), (&phone, COAT.0)] {
        one.sound.say(&sound(said)?);
        one.sound.said().await;
        tokio::time::sleep(Duration::from_millis(1_200)).await;
    }
    outside.hang_up().await?;
    phone.hung_up(SOON).await?;
    let reviewer = centre.login("reviewer").await?;
    let whole = |c: &Value| {
        let recorded = c[0]["recordings"]
            .as_array()
            .is_some_and(|all| all.iter().any(|r| r["state"] == "stored" || r["state"] == "verified"));
        recorded && c[0]["transcripts"].as_array().is_some_and(|all| all.iter().any(|t| t["state"] == "done"))
    };
    let found = centre.until(&reviewer, "conversations?limit=1", whole).await.with_context(|| centre.log())?;
    let conversation = &found[0];
    assert_eq!(conversation["calls"][0]["direction"], "outbound");
    assert!(conversation["contact"].is_string(), "{conversation:#}");
    let path = format!("conversations/{}/messages?limit=100", conversation["id"].as_str().context("id")?);
    let (_, messages) = centre.api(&reviewer, "GET", &path, None).await?;
    let said = |speaker: &str, text: &str| {
        messages.as_array().into_iter().flatten().any(|m| {
            m["kind"] == "speech" && m["speaker"] == speaker && m["text"].as_str().is_some_and(|t| t.contains(text))
        })
    };
    assert!(said("contact", SUNDAY.1) && said("agent", COAT.1), "{messages:#}");
    Ok(())
}

/// Busy, nobody there, and failed are told apart.
///
/// Rows: V14
#[tokio::test(flavor = "multi_thread")]
async fn why_nobody_was_reached_is_said() -> Result<()> {
    let centre = Centre::start().await?;
    let (mut phone, login) = agent(&centre, "agent1", "2001", FIRST, "not_ready").await?;
    let mut outside = Phone::new("outside", "03012345678", centre.sip, OUTSIDE, &Ladder::default()).await?;
    trunk(&centre, &outside).await?;
    let reviewer = centre.login("reviewer").await?;
    for (status, causes) in [
        ("486 Busy Here", &["busy"][..]),
        ("480 Temporarily Unavailable", &["no_answer", "unreachable"]),
        ("603 Decline", &["declined"]),
        ("404 Not Found", &["not_found", "unreachable"]),
    ] {
        let to = json!({ "to": { "number": "13800138000" } });
        let (code, reply) = centre.api(&login, "POST", "calls", Some(&to)).await?;
        assert_eq!(code, 202, "{reply}");
        phone.rings(SOON).await?;
        phone.pick_up().await?;
        outside.rings(SOON).await?;
        outside.decline(status).await?;
        phone.hung_up(SOON).await?;
        let fits = |c: &Value| {
            let call = &c[0]["calls"][0];
            call["hangup_cause"].as_str().is_some_and(|cause| causes.contains(&cause))
                && call["direction"] == "outbound"
        };
        centre.until(&reviewer, "conversations?limit=1", fits).await.with_context(|| status.to_owned())?;
        let free = |p: &Value| p["state"] != "talking";
        let now = centre.until(&login, "presence", free).await?;
        if now["state"] == "wrap_up" {
            centre.api(&login, "POST", "presence/wrap_up", Some(&json!({ "action": "done" }))).await?;
        }
        centre.until(&login, "presence", |p| p["state"] == "not_ready").await?;
    }
    Ok(())
}

/// Whatever is shut, counted out or signed out: the ambulance is put through.
///
/// Rows: V14, S12.13
#[tokio::test(flavor = "multi_thread")]
async fn an_emergency_number_passes_every_gate() -> Result<()> {
    let shut = "[dialling]\ndeny = [\"+86\", \"+\", \"1\"]\ncalls_per_day = 0\ncalls_at_once = 0\n";
    let centre = Centre::start_with(shut, &[]).await?;
    let (mut phone, login) = agent(&centre, "agent1", "2001", FIRST, "not_ready").await?;
    let mut outside = Phone::new("outside", "112", centre.sip, OUTSIDE, &Ladder::default()).await?;
    trunk(&centre, &outside).await?;
    let away = json!({ "state": "logged_out" });
    assert_eq!(centre.api(&login, "PUT", "presence", Some(&away)).await?.0, 200);
    phone.invite_as("13800138000", PASSWORD).await?;
    assert_eq!(phone.refused(SOON).await?, 403, "everything else is shut");
    phone.invite_as("112", PASSWORD).await?;
    outside.rings(SOON).await?;
    outside.pick_up().await?;
    phone.answered(SOON).await?;
    hear_each_other(&mut [(&mut phone, FIRST), (&mut outside, OUTSIDE)]).await;
    phone.hang_up().await?;
    outside.hung_up(SOON).await?;
    centre.figure_until("calls_open", SOON, |n| n == 0).await?;
    Ok(())
}

/// A telephone takes a colleague's call up with INVITE and Replaces: it talks to the contact, and the colleague is free. Whoever
/// took it up is at work, is offered nothing meanwhile, and has its wrap-up; and it is still the same conversation.
///
/// Rows: S7.11, S7.25
#[tokio::test(flavor = "multi_thread")]
async fn a_telephone_takes_up_a_colleagues_call() -> Result<()> {
    let mut talk = Talk::begin("").await?;
    let replaces = talk.one.0.replaces()?;
    talk.two.0.invite_replacing("2001", &replaces, PASSWORD).await?;
    talk.two.0.answered(SOON).await.with_context(|| talk.centre.log())?;
    talk.one.0.hung_up(SOON).await?;
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.two.0, SECOND)]).await;
    talk.centre.until(&talk.two.1, "presence", |p| p["state"] == "talking").await?;
    talk.centre.until(&talk.one.1, "presence", |p| p["state"] == "wrap_up").await?;
    let ready = json!({ "state": "ready" });
    assert_eq!(talk.centre.api(&talk.two.1, "PUT", "presence", Some(&ready)).await?.0, 200);
    let mut second = Phone::new("second", "015112345679", talk.centre.sip, 520.0, &Ladder::default()).await?;
    second.invite("1001").await?;
    second.answered(SOON).await?;
    assert!(talk.two.0.rings(Duration::from_secs(2)).await.is_err(), "they are in a call");
    second.hang_up().await?;
    talk.contact.hang_up().await?;
    talk.two.0.hung_up(SOON).await?;
    talk.centre.until(&talk.two.1, "presence", |p| p["state"] == "wrap_up").await?;
    // One that is over, and one that is nobody's (RFC 3891 §3).
    for (replaces, status) in [(replaces.clone(), 603), (format!("nobody-{replaces}"), 481)] {
        talk.two.0.invite_replacing("2001", &replaces, PASSWORD).await?;
        assert_eq!(talk.two.0.refused(SOON).await?, status);
    }
    talk.ends().await
}

/// The lamp of a colleague's telephone blinks, and is pressed: what rang there is answered here, and is routing's throughout.
///
/// Rows: S7.9, S7.11
#[tokio::test(flavor = "multi_thread")]
async fn a_telephone_takes_up_what_rings_at_a_colleague() -> Result<()> {
    let centre = Centre::start().await?;
    let (mut one, _) = agent(&centre, "agent1", "2001", FIRST, "ready").await?;
    let mut contact = Phone::new("contact", "015112345678", centre.sip, CONTACT, &Ladder::default()).await?;
    contact.invite("1001").await?;
    contact.answered(SOON).await?;
    one.rings(SOON).await?;
    let (mut two, login) = agent(&centre, "agent2", "2002", SECOND, "ready").await?;
    centre.until(&login, "presence", |p| p["state"] == "ready").await?;
    two.invite_replacing("2001", &format!("{};early-only", one.replaces()?), PASSWORD).await?;
    one.ringing_stops(SOON).await?;
    two.answered(SOON).await.with_context(|| centre.log())?;
    hear_each_other(&mut [(&mut contact, CONTACT), (&mut two, SECOND)]).await;
    centre.until(&login, "presence", |p| p["state"] == "talking").await?;
    two.hang_up().await?;
    contact.hung_up(SOON).await?;
    centre.until(&login, "presence", |p| p["state"] == "wrap_up").await?;
    centre.figure_until("calls_open", SOON, |n| n == 0).await?;
    Ok(())
}

/// Whoever supervises is offered nothing; whoever has taken over has its wrap-up.
///
/// Rows: S7.17, S7.25
#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_has_their_hands_full() -> Result<()> {
    let mut talk = Talk::begin("").await?;
    with_role(&talk.centre, "agent2", "leader").await?;
    let ready = json!({ "state": "ready" });
    assert_eq!(talk.order_as(&talk.two.1, "supervise", json!({ "mode": "listen" })).await?.0, 202);
    talk.two.0.rings(SOON).await?;
    talk.two.0.pick_up().await?;
    assert_eq!(talk.centre.api(&talk.two.1, "PUT", "presence", Some(&ready)).await?.0, 200);
    talk.centre.until(&talk.two.1, "presence", |p| p["state"] == "talking").await?;
    let mut second = Phone::new("second", "015112345679", talk.centre.sip, 520.0, &Ladder::default()).await?;
    second.invite("1001").await?;
    second.answered(SOON).await?;
    assert!(talk.two.0.rings(Duration::from_secs(3)).await.is_err(), "they are in a call");
    assert_eq!(talk.order_as(&talk.two.1, "take_over", json!({})).await?.0, 204);
    talk.one.0.hung_up(SOON).await?;
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.two.0, SECOND)]).await;
    talk.contact.hang_up().await?;
    talk.two.0.hung_up(SOON).await?;
    talk.centre.until(&talk.two.1, "presence", |p| p["state"] == "wrap_up").await?;
    let done = json!({ "action": "done" });
    assert_eq!(talk.centre.api(&talk.two.1, "POST", "presence/wrap_up", Some(&done)).await?.0, 200);
    talk.two.0.rings(SOON).await?;
    talk.two.0.pick_up().await?;
    hear_each_other(&mut [(&mut second, 520.0), (&mut talk.two.0, SECOND)]).await;
    second.hang_up().await?;
    talk.two.0.hung_up(SOON).await?;
    talk.ends().await
}
