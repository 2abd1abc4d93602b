//! REFER, the NOTIFYs about it, and INVITEs that take the place of another call.

use super::driver::*;
use super::phones::{credentials, line, phone, register};
use crate::core::directory::Directory;
use crate::core::headers::Name;
use crate::core::input::Input;
use crate::core::message::Message;
use crate::core::output::Counter;
use crate::core::profile::TrunkProfile;
use ringdesk_model::TrunkId;
use ringdesk_voice::{Cause, Destination, InterfaceId, LegCommand, LegEvent, LegId};
use std::time::Duration;
use uuid::Uuid;

const TO: &str = "Refer-To: <sip:2002@example.org>\r\n";

/// 2001 calls and talks.
fn talking() -> (Line, LegId, Far) {
    let mut line = line();
    let mut far = phone(&line, "2001");
    let (leg, _) = calls(&mut line, &mut far, "");
    line.command(leg, LegCommand::Answer { sdp: sdp(ANSWER) });
    let ok = line.status(200);
    assert!(ok.headers.contains(&Name::Allow, "REFER"));
    assert!(ok.headers.contains(&Name::Supported, "replaces"));
    far.to_tag = ok.to_tag().map(str::to_owned);
    let ack = far.ack(far.cseq, "");
    line.hear(ack);
    assert_eq!(line.event(), LegEvent::Confirmed { answer: None });
    line.quiet();
    (line, leg, far)
}

/// An INVITE of an extension, with its credentials: the leg, and the leg that it replaces.
fn calls(line: &mut Line, far: &mut Far, more: &str) -> (LegId, Option<LegId>) {
    let invite = proven(line, far, more);
    line.hear(invite);
    let call = line.call();
    (call.leg, call.replaces)
}

fn proven(line: &mut Line, far: &mut Far, more: &str) -> String {
    let user = far.from[5..9].to_owned();
    let invite = far.invite(more, OFFER);
    line.hear(&invite);
    let challenge = line.status(407);
    line.hear(of_invite(&invite, "ACK", challenge.to_tag(), ""));
    let authorization = credentials(&challenge, "INVITE", super::phones::URI, &user, "secret", 1);
    far.invite(&format!("{more}{authorization}"), OFFER)
}

fn asked(line: &mut Line) -> (String, Option<LegId>) {
    match line.event() {
        LegEvent::TransferAsked { to, replaces } => (to.into_inner(), replaces),
        other => panic!("{other:?}"),
    }
}

/// The NOTIFY that was sent: its event, its state and its body.
fn notified(line: &mut Line) -> (Message, String, String, String) {
    let notify = line.method("NOTIFY");
    let field = |name: &Name| notify.headers.get(name).unwrap_or("").to_owned();
    assert_eq!(notify.content_type().as_deref(), Some("message/sipfrag"));
    assert!(notify.headers.get(&Name::Contact).is_some());
    let body = String::from_utf8(notify.body.to_vec()).unwrap();
    let (event, state) = (field(&Name::Event), field(&Name::SubscriptionState));
    (notify, event, state, body)
}

fn takes(line: &mut Line, notify: &Message) {
    line.hear(answer_to(notify, 200, "", "", ""));
}

fn hangs_up(line: &mut Line, leg: LegId) {
    line.command(leg, LegCommand::Hangup { cause: Cause::Normal });
    line.ended(Cause::Normal, None);
    let bye = line.method("BYE");
    line.hear(answer_to(&bye, 200, "", "", ""));
    line.gone();
}

/// Rows: S7.10
#[test]
fn a_telephone_asks_for_a_transfer_and_hears_how_it_goes() {
    let (mut line, leg, mut far) = talking();
    line.hear(far.request("REFER", &format!("{TO}Referred-By: <sip:2001@example.org>\r\n"), ""));
    let accepted = line.status(202);
    assert!(accepted.headers.get(&Name::Contact).is_some());
    let (notify, event, state, body) = notified(&mut line);
    assert_eq!((event.as_str(), state.as_str()), ("refer", "active;expires=300"));
    assert_eq!(body, "SIP/2.0 100 Trying\r\n");
    assert_eq!((notify.from_tag(), notify.to_tag()), (far.to_tag.as_deref(), Some("p")));
    takes(&mut line, &notify);
    assert_eq!(asked(&mut line), ("2002".to_owned(), None));
    // That somebody takes care of it is not told twice.
    line.command(leg, LegCommand::TransferProgress { status: 100 });
    line.quiet();
    line.command(leg, LegCommand::TransferProgress { status: 180 });
    let (notify, _, state, body) = notified(&mut line);
    assert_eq!((state.as_str(), body.as_str()), ("active;expires=300", "SIP/2.0 180 Ringing\r\n"));
    takes(&mut line, &notify);
    // A target may ring for long.
    line.pass(Duration::from_secs(90));
    line.quiet();
    line.command(leg, LegCommand::TransferProgress { status: 200 });
    let (notify, _, state, body) = notified(&mut line);
    assert_eq!((state.as_str(), body.as_str()), ("terminated;reason=noresource", "SIP/2.0 200 OK\r\n"));
    takes(&mut line, &notify);
    line.command(leg, LegCommand::TransferProgress { status: 200 });
    assert_eq!(line.counted(Counter::CommandIgnored), 1, "it is over");
    hangs_up(&mut line, leg);
}

/// Rows: S7.10
#[test]
fn a_second_transfer_has_a_name_and_a_third_waits() {
    let (mut line, leg, mut far) = talking();
    line.hear(far.request("REFER", TO, ""));
    line.status(202);
    let notify = notified(&mut line).0;
    takes(&mut line, &notify);
    asked(&mut line);
    line.hear(far.request("REFER", TO, ""));
    line.status(491);
    line.command(leg, LegCommand::TransferProgress { status: 486 });
    let (notify, _, _, body) = notified(&mut line);
    assert_eq!(body, "SIP/2.0 486 Busy Here\r\n");
    takes(&mut line, &notify);
    line.hear(far.request("REFER", "Refer-To: tel:+49301234\r\n", ""));
    line.status(202);
    let (notify, event, _, _) = notified(&mut line);
    assert_eq!(event, format!("refer;id={}", far.cseq));
    takes(&mut line, &notify);
    assert_eq!(asked(&mut line).0, "+49301234");
    // Our own end of the call, while it is under way.
    line.command(leg, LegCommand::Hangup { cause: Cause::Normal });
    line.ended(Cause::Normal, None);
    let (notify, _, state, body) = notified(&mut line);
    assert_eq!((state.as_str(), body.as_str()), ("terminated;reason=noresource", "SIP/2.0 487 Request Terminated\r\n"));
    let bye = line.method("BYE");
    takes(&mut line, &notify);
    line.hear(answer_to(&bye, 200, "", "", ""));
    line.gone();
}

#[test]
fn without_news_a_transfer_is_over_after_a_while() {
    let (mut line, leg, mut far) = talking();
    line.hear(far.request("REFER", TO, ""));
    line.status(202);
    let notify = notified(&mut line).0;
    takes(&mut line, &notify);
    asked(&mut line);
    line.pass(Duration::from_secs(31));
    line.quiet();
    line.pass(ms(1_000));
    let (notify, _, state, body) = notified(&mut line);
    assert_eq!((state.as_str(), body.as_str()), ("terminated;reason=noresource", "SIP/2.0 408 Request Timeout\r\n"));
    takes(&mut line, &notify);
    hangs_up(&mut line, leg);
}

/// RFC 4488, and a telephone that does not want to hear more.
#[test]
fn who_does_not_want_to_hear_of_it_does_not() {
    let (mut line, leg, mut far) = talking();
    line.hear(far.request("REFER", &format!("{TO}Refer-Sub: false\r\nRequire: norefersub\r\n"), ""));
    let accepted = line.status(202);
    assert_eq!(accepted.headers.get(&Name::ReferSub), Some("false"));
    asked(&mut line);
    line.command(leg, LegCommand::TransferProgress { status: 180 });
    line.command(leg, LegCommand::TransferProgress { status: 200 });
    line.quiet();
    assert_eq!(line.counted(Counter::CommandIgnored), 0);
    // A subscription that is refused ends; what was asked for goes on.
    line.hear(far.request("REFER", TO, ""));
    line.status(202);
    let notify = notified(&mut line).0;
    asked(&mut line);
    line.hear(answer_to(&notify, 481, "", "", ""));
    line.command(leg, LegCommand::TransferProgress { status: 200 });
    line.quiet();
    hangs_up(&mut line, leg);
}

/// RFC 3515 §2.4.4.
#[test]
fn a_telephone_prolongs_its_subscription_and_ends_it() {
    let (mut line, leg, mut far) = talking();
    line.hear(far.request("SUBSCRIBE", "Event: refer\r\nExpires: 60\r\n", ""));
    line.status(481);
    line.hear(far.request("REFER", TO, ""));
    line.status(202);
    let notify = notified(&mut line).0;
    takes(&mut line, &notify);
    asked(&mut line);
    let id = far.cseq;
    line.hear(far.request("SUBSCRIBE", "Event: presence\r\nExpires: 60\r\n", ""));
    assert_eq!(line.status(489).headers.get(&Name::AllowEvents), Some("refer, message-summary, dialog"));
    line.hear(far.request("SUBSCRIBE", "Event: refer;id=1\r\nExpires: 60\r\n", ""));
    line.status(481);
    line.hear(far.request("SUBSCRIBE", &format!("Event: refer;id={id}\r\nExpires: 60\r\n"), ""));
    assert_eq!(line.status(200).headers.get(&Name::Expires), Some("300"));
    let (notify, _, state, _) = notified(&mut line);
    assert_eq!(state, "active;expires=300");
    takes(&mut line, &notify);
    line.hear(far.request("SUBSCRIBE", "Event: refer\r\nExpires: 0\r\n", ""));
    assert_eq!(line.status(200).headers.get(&Name::Expires), Some("0"));
    let (notify, _, state, body) = notified(&mut line);
    assert_eq!((state.as_str(), body.as_str()), ("terminated;reason=noresource", "SIP/2.0 100 Trying\r\n"));
    takes(&mut line, &notify);
    line.command(leg, LegCommand::TransferProgress { status: 200 });
    line.quiet();
    hangs_up(&mut line, leg);
}

/// A telephone that does not wait for the end.
#[test]
fn who_hangs_up_during_a_transfer_hears_no_more() {
    let (mut line, leg, mut far) = talking();
    line.hear(far.request("REFER", TO, ""));
    line.status(202);
    let notify = notified(&mut line).0;
    takes(&mut line, &notify);
    asked(&mut line);
    line.hear(far.request("BYE", "", ""));
    line.status(200);
    line.ended(Cause::Normal, None);
    line.command(leg, LegCommand::TransferProgress { status: 200 });
    line.gone();
}

/// Rows: S7.10
#[test]
fn transfers_that_cannot_be() {
    for (more, status) in [
        ("", 400),
        ("Refer-To: <sip:2002@example.org>, <sip:2003@example.org>\r\n", 400),
        ("Refer-To: <sip:2002@example.org>\r\nRefer-To: <sip:2003@example.org>\r\n", 400),
        ("Refer-To: nobody\r\n", 400),
        ("Refer-To: <sip:example.org>\r\n", 400),
        ("Refer-To: <mailto:2002@example.org>\r\n", 416),
        ("Refer-To: <sip:2002@example.org;method=BYE>\r\n", 403),
        ("Refer-To: <sip:2002@example.org?Route=%3Csip:evil.example%3E>\r\n", 403),
        ("Refer-To: <sip:2002@example.org?Replaces=x%3Bto-tag%3Dy%3Bfrom-tag%3Dz>\r\n", 481),
        ("Refer-To: <sip:2002@example.org?Replaces=x>\r\n", 400),
        ("Refer-To: <sip:boss@bank.example>\r\n", 403),
        ("Refer-To: <sip:2002@192.0.2.10>\r\n", 403),
        ("Refer-To: <sip:2002@example.org>\r\nRequire: join\r\n", 420),
    ] {
        let (mut line, leg, mut far) = talking();
        line.hear(far.request("REFER", more, ""));
        line.status(status);
        line.quiet();
        hangs_up(&mut line, leg);
    }
    // By an address of ours, and by our realm in other letters.
    for to in ["sip:2002@192.0.2.9", "sips:2002@EXAMPLE.org:5061", "sip:2002@192.0.2.9:5060;transport=tcp"] {
        let (mut line, leg, mut far) = talking();
        line.hear(far.request("REFER", &format!("Refer-To: <{to}>\r\n"), ""));
        line.status(202);
        line.method("NOTIFY");
        assert_eq!(asked(&mut line).0, "2002");
        far.cseq += 1;
        line.command(leg, LegCommand::TransferProgress { status: 603 });
        line.method("NOTIFY");
        line.command(leg, LegCommand::Hangup { cause: Cause::Normal });
        line.ended(Cause::Normal, None);
    }
}

#[test]
fn only_a_party_of_a_call_asks_for_a_transfer() {
    let mut line = line();
    let mut far = phone(&line, "2001");
    line.hear(far.request("REFER", &format!("{TO}{CONTACT}"), ""));
    line.status(403);
    far.to_tag = Some("nobodys".into());
    line.hear(far.request("REFER", &format!("{TO}{CONTACT}"), ""));
    line.status(481);
    assert!(line.core.is_idle(), "nothing is kept of it");
    // Nor before an answer.
    let mut far = Far { call_id: "early".into(), ..phone(&line, "2001") };
    let (leg, _) = calls(&mut line, &mut far, "");
    line.command(leg, LegCommand::Ring);
    far.to_tag = line.status(180).to_tag().map(str::to_owned);
    line.hear(far.request("REFER", TO, ""));
    line.status(403);
    line.command(leg, LegCommand::Hangup { cause: Cause::Busy });
    line.status(486);
    line.ended(Cause::Busy, Some(486));
}

/// A line to the outside asks for nothing, unless it was allowed.
///
/// Rows: S7.10
#[test]
fn a_trunk_transfers_where_it_may() {
    for may in [false, true] {
        let profile = TrunkProfile { may_transfer: may, ..TrunkProfile::default() };
        let directory = Directory::new("example.org", Vec::new(), trunks());
        let mut line = Line::with(setup(), directory.with_profile(TrunkId(Uuid::from_u128(1)), profile));
        let (leg, mut far) = answered_call(&mut line, "");
        line.hear(far.request("REFER", "Refer-To: <sip:2002@192.0.2.9>\r\n", ""));
        if may {
            line.status(202);
            let notify = notified(&mut line).0;
            takes(&mut line, &notify);
            asked(&mut line);
            line.command(leg, LegCommand::TransferProgress { status: 404 });
            let notify = notified(&mut line).0;
            takes(&mut line, &notify);
        } else {
            line.status(403);
        }
        hangs_up(&mut line, leg);
    }
}

/// The Replaces of a call as its telephone writes it.
fn replaces(far: &Far) -> String {
    format!("{};to-tag={};from-tag=p", far.call_id, far.to_tag.as_deref().unwrap())
}

/// 2001 talks twice, and asks that the first be put through to the second.
///
/// Rows: S7.11
#[test]
fn an_attended_transfer_names_the_other_call() {
    let (mut line, leg, mut far) = talking();
    let mut consult = Far { call_id: "consult@10.0.0.2".into(), ..phone(&line, "2001") };
    let (second, _) = calls(&mut line, &mut consult, "");
    line.command(second, LegCommand::Answer { sdp: sdp(ANSWER) });
    consult.to_tag = line.status(200).to_tag().map(str::to_owned);
    let ack = consult.ack(consult.cseq, "");
    line.hear(ack);
    line.event();
    let escaped = replaces(&consult).replace('@', "%40").replace(';', "%3B").replace('=', "%3D");
    // Its host does not matter, as the call is ours.
    line.hear(far.request("REFER", &format!("Refer-To: <sip:2002@10.0.0.7?Replaces={escaped}>\r\n"), ""));
    line.status(202);
    let notify = notified(&mut line).0;
    takes(&mut line, &notify);
    assert_eq!(asked(&mut line), ("2002".to_owned(), Some(second)));
    line.command(leg, LegCommand::TransferProgress { status: 200 });
    let notify = notified(&mut line).0;
    takes(&mut line, &notify);
    // Not onto itself.
    let escaped = replaces(&far).replace(';', "%3B").replace('=', "%3D");
    line.hear(far.request("REFER", &format!("Refer-To: <sip:2002@example.org?Replaces={escaped}>\r\n"), ""));
    line.status(400);
    line.command(second, LegCommand::Hangup { cause: Cause::Normal });
    line.ended(Cause::Normal, None);
    let bye = line.method("BYE");
    line.hear(answer_to(&bye, 200, "", "", ""));
    hangs_up(&mut line, leg);
}

/// Rows: S7.11
#[test]
fn an_invite_takes_the_place_of_a_call() {
    let (mut line, leg, far) = talking();
    let other = |line: &Line, n: u32| Far { call_id: format!("other-{n}"), ..phone(line, "2002") };
    let mut second = other(&line, 1);
    let (new, of) = calls(&mut line, &mut second, &format!("Replaces: {}\r\nRequire: replaces\r\n", replaces(&far)));
    assert_eq!(of, Some(leg));
    line.command(new, LegCommand::Hangup { cause: Cause::Declined });
    line.status(603);
    line.ended(Cause::Declined, Some(603));
    let wrong = replaces(&far).replace("from-tag=p", "from-tag=q");
    let early = format!("{};early-only", replaces(&far));
    let twice = format!("{}\r\nReplaces: {}", replaces(&far), replaces(&far));
    let bad = [(wrong, 481), (early, 486), (twice, 400), ("x".into(), 400), ("x;to-tag=1;from-tag=2".into(), 481)];
    for (n, (value, status)) in bad.into_iter().enumerate() {
        let mut far = other(&line, 2 + n as u32);
        let invite = proven(&mut line, &mut far, &format!("Replaces: {value}\r\n"));
        line.hear(invite);
        line.status(status);
    }
    // Nobody without a name, and no line to the outside.
    let stranger = Far { call_id: "stranger".into(), ..phone(&line, "9999") }
        .invite(&format!("Replaces: {}\r\n", replaces(&far)), OFFER);
    line.hear(stranger);
    line.status(407);
    let outside = Far { call_id: "outside".into(), ..Far::new(&line) }
        .invite(&format!("Replaces: {}\r\n", replaces(&far)), OFFER);
    line.hear_from(UDP, outside);
    line.status(403);
    assert!(line.calls.is_empty());
    line.events.clear();
    line.command(leg, LegCommand::Hangup { cause: Cause::Normal });
    line.ended(Cause::Normal, None);
    line.method("BYE");
    // It is over, though its BYE is not answered yet.
    let mut late = other(&line, 9);
    let invite = proven(&mut line, &mut late, &format!("Replaces: {}\r\n", replaces(&far)));
    line.hear(invite);
    line.status(603);
}

/// What rings at another telephone is taken up here; what rings at ours is not there to be taken.
#[test]
fn a_ringing_call_is_taken_up_elsewhere() {
    let mut line = line();
    let mut ringing = phone(&line, "2001");
    let contact = "Contact: <sip:2001@198.51.100.7:33012>\r\n";
    assert_eq!(register(&mut line, &mut ringing, contact).status(), Some(200));
    line.other.clear();
    let to = Destination {
        uri: "sip:2001@198.51.100.7:33012".into(),
        interface: InterfaceId(0),
        flow: Some(super::phones::PHONE.into()),
        trunk: None,
        profile: Default::default(),
    };
    let leg = line.dial_to(to, OFFER);
    let invite = line.method("INVITE");
    line.hear(answer_to(&invite, 180, "rings", CONTACT, ""));
    assert_eq!(line.event(), LegEvent::Ringing);
    let value = |tag: &str| {
        format!("Replaces: {};to-tag={};from-tag={tag};early-only\r\n", invite.call_id(), invite.from_tag().unwrap())
    };
    let mut second = Far { call_id: "pick-up".into(), ..phone(&line, "2002") };
    let (new, of) = calls(&mut line, &mut second, &value("rings"));
    assert_eq!(of, Some(leg));
    let mut third = Far { call_id: "pick-up-2".into(), ..phone(&line, "2002") };
    let wrong = proven(&mut line, &mut third, &value("another"));
    line.hear(wrong);
    line.status(481);
    let mut third = Far { call_id: "pick-up-3".into(), ..phone(&line, "2002") };
    line.command(new, LegCommand::Ring);
    let tag = line.status(180).to_tag().unwrap().to_owned();
    let mine = proven(&mut line, &mut third, &format!("Replaces: pick-up;to-tag={tag};from-tag=p\r\n"));
    line.hear(mine);
    line.status(481);
    line.input(Input::Drain);
}

/// A telephone that hears nothing: the subscription is over, the call is not.
#[test]
fn a_notify_that_nobody_takes_ends_the_subscription() {
    let (mut line, leg, mut far) = talking();
    line.hear(far.request("REFER", TO, ""));
    line.status(202);
    line.method("NOTIFY");
    asked(&mut line);
    line.command(leg, LegCommand::TransferProgress { status: 180 });
    line.method("NOTIFY");
    line.pass(Duration::from_secs(40));
    line.sent.clear();
    line.command(leg, LegCommand::TransferProgress { status: 200 });
    line.quiet();
    hangs_up(&mut line, leg);
}
