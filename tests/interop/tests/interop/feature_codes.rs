//! What agents dial and type: ready and not ready, echo, parked and ringing contacts, transfers by keys; and the lamps they look at.

use crate::interop::transfers::{CONTACT, FIRST, SECOND, SOON, Talk, agent, does_not_hear, hear_each_other};
use anyhow::{Context as _, Result};
use ringdesk_interop::{Centre, Ladder, PASSWORD, Phone};
use serde_json::json;
use std::time::Duration;

/// After which a number that is typed is over.
const PAUSE: Duration = Duration::from_millis(160);

impl Talk {
    /// The first agent types; between two keys a person's finger moves.
    async fn types(&self, keys: &str) {
        let mut moves = tokio::time::interval(PAUSE);
        for key in keys.chars() {
            moves.tick().await;
            self.one.0.sound.press(key);
        }
    }
}

/// Dialled: a word, and it is done.
///
/// Rows: S7.9
#[tokio::test(flavor = "multi_thread")]
async fn a_telephone_says_that_its_agent_is_ready() -> Result<()> {
    let centre = Centre::start().await?;
    let (mut phone, login) = agent(&centre, "agent1", "2001", FIRST, "not_ready").await?;
    for (code, state) in [("*40", "ready"), ("*41", "not_ready")] {
        phone.invite_as(code, PASSWORD).await?;
        phone.answered(SOON).await?;
        assert!(phone.sound.hears_something(SOON).await, "{code}: nobody says so");
        phone.hung_up(SOON).await?;
        centre.until(&login, "presence", |p| p["state"] == state).await?;
    }
    phone.invite_as("*43", PASSWORD).await?;
    phone.answered(SOON).await?;
    phone.sound.clear();
    assert!(phone.sound.hears_tone(FIRST, SOON).await.is_some(), "no echo");
    phone.hang_up().await?;
    // What is no code, and no number either, is refused; and nothing of all this is a conversation.
    phone.invite_as("*49", PASSWORD).await?;
    assert_eq!(phone.refused(SOON).await?, 403);
    centre.figure_until("signaling_legs_open", SOON, |n| n == 0).await?;
    let admin = centre.login("admin").await?;
    let (_, all) = centre.api(&admin, "GET", "conversations", None).await?;
    assert_eq!(all.as_array().context("a list")?.len(), 0, "{all:#}");
    Ok(())
}

/// Parked by keys, picked up by a code at another telephone.
///
/// Rows: S7.9, S7.14
#[tokio::test(flavor = "multi_thread")]
async fn a_parked_contact_is_picked_up_by_a_code() -> Result<()> {
    let mut talk = Talk::begin("").await?;
    talk.two.0.invite_as("*70", PASSWORD).await?;
    talk.two.0.answered(SOON).await?;
    talk.two.0.hung_up(SOON).await?; // there is nothing to pick up
    talk.types("*6").await;
    talk.one.0.hung_up(SOON).await?;
    talk.contact.sound.clear();
    assert!(talk.contact.sound.hears_something(SOON).await, "no music");
    talk.two.0.invite_as("*702001", PASSWORD).await?;
    talk.two.0.answered(SOON).await.with_context(|| talk.centre.log())?;
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.two.0, SECOND)]).await;
    talk.centre.until(&talk.two.1, "presence", |p| p["state"] == "talking").await?;
    talk.contact.hang_up().await?;
    talk.two.0.hung_up(SOON).await?;
    talk.centre.until(&talk.two.1, "presence", |p| p["state"] == "wrap_up").await?;
    talk.is_one_conversation_of(2).await?;
    talk.ends().await
}

/// What rings at a colleague rings here.
///
/// Rows: S7.9, S7.11
#[tokio::test(flavor = "multi_thread")]
async fn what_rings_at_a_colleague_is_picked_up_by_a_code() -> Result<()> {
    let centre = Centre::start().await?;
    let (mut one, _) = agent(&centre, "agent1", "2001", FIRST, "ready").await?;
    let mut contact = Phone::new("contact", "015112345678", centre.sip, CONTACT, &Ladder::default()).await?;
    contact.invite("1001").await?;
    contact.answered(SOON).await?;
    one.rings(SOON).await?;
    let (mut two, login) = agent(&centre, "agent2", "2002", SECOND, "ready").await?;
    centre.until(&login, "presence", |p| p["state"] == "ready").await?;
    two.invite_as("*8", PASSWORD).await?;
    one.ringing_stops(SOON).await?;
    two.answered(SOON).await.with_context(|| centre.log())?;
    centre.until(&login, "presence", |p| p["state"] == "talking").await?;
    hear_each_other(&mut [(&mut contact, CONTACT), (&mut two, SECOND)]).await;
    contact.hang_up().await?;
    two.hung_up(SOON).await?;
    centre.figure_until("calls_open", SOON, |n| n == 0).await?;
    Ok(())
}

/// Blind, by keys of the agent's; the contact's own keys do nothing of the kind.
///
/// Rows: S7.9, S7.10
#[tokio::test(flavor = "multi_thread")]
async fn an_agent_transfers_with_keys() -> Result<()> {
    let mut talk = Talk::begin("").await?;
    for key in "##2002#".chars() {
        talk.contact.sound.press(key);
    }
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.one.0, FIRST)]).await;
    talk.types("##2002#").await;
    talk.two.0.rings(SOON).await?;
    talk.two.0.pick_up().await?;
    talk.one.0.hung_up(SOON).await?;
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.two.0, SECOND)]).await;
    let path = talk.path(&["completed"]).await?;
    assert_eq!(path[0]["mode"], json!("blind"), "{path}");
    talk.contact.hang_up().await?;
    talk.two.0.hung_up(SOON).await?;
    talk.ends().await
}

/// Asked first; all three; and who asked leaves.
///
/// Rows: S7.9, S7.14
#[tokio::test(flavor = "multi_thread")]
async fn an_agent_asks_and_merges_with_keys() -> Result<()> {
    let mut talk = Talk::begin("").await?;
    talk.types("*22002#").await;
    talk.two.0.rings(SOON).await?;
    talk.two.0.pick_up().await?;
    hear_each_other(&mut [(&mut talk.one.0, FIRST), (&mut talk.two.0, SECOND)]).await;
    talk.types("*4").await;
    let Talk { contact, one, two, .. } = &mut talk;
    hear_each_other(&mut [(contact, CONTACT), (&mut one.0, FIRST), (&mut two.0, SECOND)]).await;
    talk.one.0.hang_up().await?;
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.two.0, SECOND)]).await;
    talk.contact.hang_up().await?;
    talk.two.0.hung_up(SOON).await?;
    talk.ends().await
}

/// Music for the contact and back again; asked a colleague, and back to the contact.
///
/// Rows: S7.9, S7.11
#[tokio::test(flavor = "multi_thread")]
async fn an_agent_holds_and_comes_back_with_keys() -> Result<()> {
    let mut talk = Talk::begin("").await?;
    talk.types("*5").await;
    talk.centre.until(&talk.one.1, "presence", |p| p["state"] == "hold").await?;
    does_not_hear(&mut talk.contact, FIRST).await;
    does_not_hear(&mut talk.one.0, CONTACT).await;
    assert!(talk.contact.sound.hears_something(SOON).await, "no music");
    talk.types("*5").await;
    talk.centre.until(&talk.one.1, "presence", |p| p["state"] == "talking").await?;
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.one.0, FIRST)]).await;
    talk.types("*22002#").await;
    talk.two.0.rings(SOON).await?;
    talk.two.0.pick_up().await?;
    hear_each_other(&mut [(&mut talk.one.0, FIRST), (&mut talk.two.0, SECOND)]).await;
    does_not_hear(&mut talk.contact, FIRST).await;
    talk.types("*3").await;
    talk.two.0.hung_up(SOON).await?;
    hear_each_other(&mut [(&mut talk.contact, CONTACT), (&mut talk.one.0, FIRST)]).await;
    talk.path(&["returned"]).await?;
    talk.contact.hang_up().await?;
    talk.one.0.hung_up(SOON).await?;
    talk.ends().await
}

/// The lamp of a colleague: at rest, rings, talks, at rest.
///
/// Rows: S7.9
#[tokio::test(flavor = "multi_thread")]
async fn a_lamp_follows_a_colleagues_line() -> Result<()> {
    let centre = Centre::start().await?;
    let (mut one, _) = agent(&centre, "agent1", "2001", FIRST, "ready").await?;
    let (mut two, _) = agent(&centre, "agent2", "2002", SECOND, "not_ready").await?;
    two.subscribe("dialog", "2001", PASSWORD, SOON).await?;
    two.shown("terminated", SOON).await?;
    let mut contact = Phone::new("contact", "015112345678", centre.sip, CONTACT, &Ladder::default()).await?;
    contact.invite("1001").await?;
    contact.answered(SOON).await?;
    one.rings(SOON).await?;
    two.shown("<state>early<", SOON).await?;
    one.pick_up().await?;
    two.shown("<state>confirmed<", SOON).await?;
    contact.hang_up().await?;
    one.hung_up(SOON).await?;
    two.shown("<state>terminated<", SOON).await?;
    Ok(())
}

/// A caller leaves a message: the telephones of the queue's agents light up, until somebody has seen to it.
///
/// Rows: S2.12
#[tokio::test(flavor = "multi_thread")]
async fn a_light_says_that_a_message_waits() -> Result<()> {
    let centre = Centre::start().await?;
    let (mut one, login) = agent(&centre, "agent1", "2001", FIRST, "not_ready").await?;
    one.subscribe("message-summary", "2001", PASSWORD, SOON).await?;
    one.shown("Messages-Waiting: no", SOON).await?;
    let mut caller = Phone::new("caller", "015112345678", centre.sip, 620.0, &Ladder::default()).await?;
    caller.sound.mute(true);
    caller.invite("1004").await?;
    caller.answered(SOON).await?;
    caller.sound.hears_tone(1_000.0, Duration::from_secs(30)).await.context("no tone")?;
    caller.sound.mute(false);
    tokio::time::sleep(Duration::from_secs(3)).await; // callers speak in real time
    caller.sound.press('#');
    one.shown("Voice-Message: 1/0", Duration::from_secs(30)).await?;
    caller.hung_up(SOON).await?;
    let (_, all) = centre.api(&login, "GET", "left_messages", None).await?;
    let id = all[0]["id"].as_str().or(all[0]["message_id"].as_str()).context("a message")?.to_owned();
    assert!(centre.api(&login, "POST", &format!("left_messages/{id}/claim"), None).await?.0 < 300);
    one.shown("Voice-Message: 0/1", SOON).await?;
    assert!(centre.api(&login, "POST", &format!("left_messages/{id}/close"), Some(&json!({}))).await?.0 < 300);
    one.shown("Voice-Message: 0/0", SOON).await?;
    Ok(())
}
