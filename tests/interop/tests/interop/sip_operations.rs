//! What telephones ask for themselves: REFER, and the NOTIFYs about it. baresip and SIPp.

use crate::interop::baresip::stored_end;
use crate::interop::transfers::{CONTACT, FIRST, SECOND, SOON, Talk, agent, hear_each_other};
use anyhow::{Context as _, Result};
use ringdesk_interop::baresip::Account;
use ringdesk_interop::centre::free_port;
use ringdesk_interop::phone::register_for;
use ringdesk_interop::sipp::Run;
use ringdesk_interop::{Baresip, Centre, Ladder, Login, PASSWORD, Phone};
use std::time::Duration;

const LATER: Duration = Duration::from_secs(60);

/// agent1 at baresip talks to a contact; agent2 sits at a desk.
pub(super) async fn at_baresip() -> Result<(Centre, Baresip, Login, Phone, Phone)> {
    let centre = Centre::start().await?;
    let account =
        Account { user: "2001", server: centre.sip, password: Some(PASSWORD), transport: "udp", speaks_hz: FIRST };
    let mut one = Baresip::start(&account).await?;
    centre.figure_until("signaling_registrations", SOON, |n| n == 1).await?;
    let login = centre.agent_ready("agent1").await?;
    let (two, _) = agent(&centre, "agent2", "2002", SECOND, "not_ready").await?;
    let mut contact = Phone::new("contact", "015112345678", centre.sip, CONTACT, &Ladder::default()).await?;
    contact.invite("1001").await?;
    contact.answered(SOON).await?;
    one.event("CALL_INCOMING", SOON).await?;
    one.command("accept", "").await?;
    one.event("CALL_ESTABLISHED", SOON).await?;
    contact.sound.clear();
    assert!(contact.sound.hears_tone(FIRST, SOON).await.is_some(), "{}", one.output());
    assert!(one.hears_tone(CONTACT, SOON).await.is_some(), "{}", one.output());
    Ok((centre, one, login, two, contact))
}

async fn nothing_is_left(centre: &Centre) -> Result<()> {
    for figure in ["calls_open", "signaling_legs_open", "media_legs_open"] {
        centre.figure_until(figure, SOON, |n| n == 0).await?;
    }
    for figure in ["signaling_core_panics_total", "media_panics_total", "routing_stuck_total"] {
        assert_eq!(centre.figure(figure).await?, 0, "{figure}");
    }
    Ok(())
}

/// Rows: S7.10
#[tokio::test(flavor = "multi_thread")]
async fn baresip_passes_a_contact_on_and_is_told_that_it_worked() -> Result<()> {
    let (centre, mut one, login, mut two, mut contact) = at_baresip().await?;
    one.command("transfer", &format!("sip:2002@{}", centre.sip)).await?;
    two.rings(SOON).await?;
    two.pick_up().await?;
    // It hangs up by itself when the NOTIFY says 200.
    one.event("CALL_CLOSED", SOON).await?;
    hear_each_other(&mut [(&mut contact, CONTACT), (&mut two, SECOND)]).await;
    contact.hang_up().await?;
    two.hung_up(SOON).await?;
    stored_end(&centre, &login, "caller").await?;
    nothing_is_left(&centre).await
}

/// Rows: S7.10
#[tokio::test(flavor = "multi_thread")]
async fn sipp_passes_a_contact_on_and_hears_every_step() -> Result<()> {
    let centre = Centre::start().await?;
    let at = free_port()?;
    register_for("2001", PASSWORD, centre.sip, at).await?;
    let one = Run { at: Some(at), echoes: true, ..Run::new("phone_refers", centre.sip, "2001") }.start()?;
    let login = centre.agent_ready("agent1").await?;
    let (mut two, _) = agent(&centre, "agent2", "2002", SECOND, "not_ready").await?;
    let mut contact = Phone::new("contact", "015112345678", centre.sip, CONTACT, &Ladder::default()).await?;
    contact.invite("1001").await?;
    contact.answered(SOON).await?;
    two.rings(SOON).await?;
    two.pick_up().await?;
    hear_each_other(&mut [(&mut contact, CONTACT), (&mut two, SECOND)]).await;
    one.succeeded(LATER).await?;
    two.hang_up().await?;
    contact.hung_up(SOON).await?;
    stored_end(&centre, &login, "agent").await?;
    nothing_is_left(&centre).await
}

/// The codes of a talk, typed by a telephone that knows no keys but INFO: hold and back, ask a colleague and back.
///
/// Rows: S7.9, S7.11
#[tokio::test(flavor = "multi_thread")]
async fn sipp_types_the_codes_of_a_talk() -> Result<()> {
    let centre = Centre::start().await?;
    let at = free_port()?;
    register_for("2001", PASSWORD, centre.sip, at).await?;
    let one = Run { at: Some(at), echoes: true, ..Run::new("phone_types", centre.sip, "2001") }.start()?;
    let login = centre.agent_ready("agent1").await?;
    let (mut two, _) = agent(&centre, "agent2", "2002", SECOND, "not_ready").await?;
    let mut contact = Phone::new("contact", "015112345678", centre.sip, CONTACT, &Ladder::default()).await?;
    contact.invite("1001").await?;
    contact.answered(SOON).await?;
    for state in ["talking", "hold", "talking"] {
        centre.until(&login, "presence", |p| p["state"] == state).await.with_context(|| one.story())?;
    }
    // The telephone sends back what it hears: who hears their own tone talks to it.
    contact.sound.clear();
    assert!(contact.sound.hears_tone(CONTACT, SOON).await.is_some(), "not back\n{}", one.story());
    two.rings(SOON).await.with_context(|| one.story())?;
    two.pick_up().await?;
    two.sound.clear();
    assert!(two.sound.hears_tone(SECOND, SOON).await.is_some(), "nobody asks\n{}", one.story());
    two.hung_up(SOON).await.with_context(|| one.story())?;
    contact.sound.clear();
    assert!(contact.sound.hears_tone(CONTACT, SOON).await.is_some(), "not back\n{}", one.story());
    contact.hang_up().await?;
    one.succeeded(LATER).await?;
    nothing_is_left(&centre).await
}

/// A telephone with two lines holds the contact, asks its colleague, and puts the contact through: the two talk, and it is
/// free. The colleague's leg changes calls, and is described anew.
///
/// Rows: S7.11
#[tokio::test(flavor = "multi_thread")]
async fn a_telephone_asks_first_and_puts_the_contact_through() -> Result<()> {
    let Talk { centre, mut contact, one: (mut one, _), two: (mut two, colleague), .. } = Talk::begin("").await?;
    assert_eq!(one.reinvite("sendonly").await?.status(), Some(200));
    let mut line = Phone::new("second line", "2001", centre.sip, FIRST, &Ladder::default()).await?;
    line.invite_as("2002", PASSWORD).await?;
    two.rings(SOON).await?;
    two.pick_up().await?;
    line.answered(SOON).await?;
    hear_each_other(&mut [(&mut line, FIRST), (&mut two, SECOND)]).await;
    let replaces = line.replaces()?.replace('@', "%40").replace(';', "%3B").replace('=', "%3D");
    let reply = one.refer(&format!("<sip:2002@{}?Replaces={replaces}>", centre.sip), SOON).await?;
    assert_eq!(reply.status(), Some(202), "{}", centre.log());
    two.described_anew(SOON).await?;
    let mut told = String::new();
    while told != "SIP/2.0 200 OK" {
        told = one.told(SOON).await?;
        assert!(told.starts_with("SIP/2.0 1") || told == "SIP/2.0 200 OK", "{told}\n{}", centre.log());
    }
    line.hung_up(SOON).await?;
    one.hang_up().await?;
    hear_each_other(&mut [(&mut contact, CONTACT), (&mut two, SECOND)]).await;
    centre.until(&colleague, "presence", |p| p["state"] == "talking").await?;
    contact.hang_up().await?;
    two.hung_up(SOON).await?;
    centre.until(&colleague, "presence", |p| p["state"] == "wrap_up").await?;
    nothing_is_left(&centre).await
}
