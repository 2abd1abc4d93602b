//! Where each refusal belongs, in one place; and offers in places where few look for them.

use super::driver::*;
use crate::core::headers::Name;
use crate::core::input::Input;
use crate::core::message::Message;
use crate::core::output::Counter;
use ringdesk_voice::{Cause, LegCommand, LegEvent};
use std::time::Duration;

const EARLY: &str = "v=0\r\no=far 2 2 IN IP4 192.0.2.1\r\n";
const OTHER: &str = "v=0\r\no=far 3 3 IN IP4 192.0.2.3\r\n";

/// A refusal, and the call that goes on where there was one.
fn refused(line: &mut Line, request: &str, status: u16, has: Option<Name>) -> Message {
    line.hear(request);
    let answer = line.status(status);
    assert!(answer.to_tag().is_some());
    if let Some(name) = has {
        assert!(answer.headers.get(&name).is_some(), "{status} without {name}");
    }
    if request.starts_with("INVITE") {
        line.hear(of_invite(request, "ACK", answer.to_tag(), ""));
    }
    line.quiet();
    answer
}

/// 415, 420, 482, 483, 488 and 503 to a call at the door.
///
/// Rows: V1
#[test]
fn a_call_that_cannot_be_taken() {
    for (more, body, status, has) in [
        ("Content-Type: application/isup\r\n", "x", 415, Name::Accept),
        ("Content-Encoding: gzip\r\n", OFFER, 415, Name::AcceptEncoding),
        ("Require: siprec\r\n", OFFER, 420, Name::Unsupported),
    ] {
        let mut line = Line::new();
        let invite = Far::new(&line).invite(more, body);
        refused(&mut line, &invite, status, Some(has));
        line.gone();
    }
    let mut line = Line::new();
    let invite = Far::new(&line).invite("", OFFER).replace("Max-Forwards: 70", "Max-Forwards: 0");
    refused(&mut line, &invite, 483, None);
    line.gone();
    // Nothing in its description that anybody here can speak: that is for media to see.
    let invite = Far::new(&line).invite("", "v=0\r\nm=image 9 udptl t38\r\n");
    line.hear(&invite);
    let leg = line.call().leg;
    line.command(leg, LegCommand::Hangup { cause: Cause::NotAcceptable });
    let answer = line.status(488);
    line.ended(Cause::NotAcceptable, Some(488));
    line.hear(of_invite(&invite, "ACK", answer.to_tag(), ""));
    line.gone();
    // The same call by two ways.
    let invite = Far::new(&line).invite("", OFFER);
    line.hear(&invite);
    let leg = line.call().leg;
    refused(&mut line, &invite.replace("z9hG4bKfar1", "z9hG4bKloop"), 482, None);
    line.command(leg, LegCommand::Hangup { cause: Cause::Busy });
    let answer = line.status(486);
    line.ended(Cause::Busy, Some(486));
    line.hear(of_invite(&invite, "ACK", answer.to_tag(), ""));
    line.gone();
    line.input(Input::Drain);
    let invite = Far { call_id: "late".into(), ..Far::new(&line) }.invite("", OFFER);
    refused(&mut line, &invite, 503, Some(Name::RetryAfter));
    line.gone();
}

/// A number that leads back to us: our own INVITE, straight or by way of a proxy that has put its Via before ours, is refused,
/// and the leg that it was ends as one whom nobody can reach. One that only looks like it is a call.
///
/// Rows: V1
#[test]
fn a_call_of_ours_that_comes_back() {
    for proxy in ["", "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKproxy\r\n"] {
        let mut line = Line::new();
        line.dial("sip:far@192.0.2.1", OFFER);
        let sent = line.method("INVITE");
        let back =
            String::from_utf8(sent.to_bytes().to_vec()).expect("text").replacen("Via:", &format!("{proxy}Via:"), 1);
        line.hear(&back);
        let refusal = line.status(482);
        assert_eq!(line.counted(Counter::Looped), 1);
        line.hear(answer_to(&sent, 482, refusal.to_tag().unwrap_or_default(), "", ""));
        line.ended(Cause::Unreachable, Some(482));
    }
    let mut line = Line::new();
    line.dial("sip:far@192.0.2.1", OFFER);
    line.method("INVITE");
    let invite = Far::new(&line).invite("", OFFER);
    line.hear(&invite);
    line.call();
}

/// 415, 420, 481, 488 and 491 inside a call, which goes on.
///
/// Rows: V1
#[test]
fn a_change_that_cannot_be_taken() {
    let mut line = Line::new();
    let (leg, mut far) = answered_call(&mut line, "");
    let request = far.invite("Content-Type: text/html\r\n", "x");
    refused(&mut line, &request, 415, Some(Name::Accept));
    let request = far.invite("Require: siprec\r\n", OFFER);
    refused(&mut line, &request, 420, Some(Name::Unsupported));
    let request = far.request("NOTIFY", "Event: refer\r\n", "");
    refused(&mut line, &request, 481, None);
    let mut stranger = Far { from: "<sip:x@192.0.2.1>;tag=other".into(), ..Far::new(&line) };
    (stranger.to_tag, stranger.cseq, stranger.branches) = (far.to_tag.clone(), 90, 90);
    let request = stranger.invite("", OFFER);
    refused(&mut line, &request, 481, None);
    // Fax: the call stays a call.
    let request = far.invite("", "v=0\r\nm=image 9 udptl t38\r\n");
    line.hear(&request);
    assert!(matches!(line.event(), LegEvent::Offered { offer: Some(_) }));
    line.command(leg, LegCommand::RefuseOffer { status: 488 });
    let answer = line.status(488);
    line.hear(of_invite(&request, "ACK", answer.to_tag(), ""));
    // Both at once.
    line.command(leg, LegCommand::Reoffer { offer: sdp(ANSWER) });
    let ours = line.method("INVITE");
    let request = far.invite("", OFFER);
    refused(&mut line, &request, 491, None);
    assert_eq!(line.counted(Counter::Glare), 1);
    line.hear(answer_to(&ours, 200, "", CONTACT, OFFER));
    assert_eq!(line.event(), LegEvent::ReofferAccepted { answer: sdp(OFFER) });
    line.method("ACK");
    line.hear(far.request("BYE", "", ""));
    line.status(200);
    line.ended(Cause::Normal, None);
    line.gone();
}

/// RFC 3262 §5: the PRACK for our early answer brings another offer.
///
/// Rows: V1
#[test]
fn an_offer_in_a_prack() {
    let mut line = Line::new();
    let mut far = Far::new(&line);
    line.hear(far.invite("Supported: 100rel\r\n", OFFER));
    let leg = line.call().leg;
    line.command(leg, LegCommand::Progress { answer: sdp(ANSWER) });
    far.to_tag = line.status(183).to_tag().map(str::to_owned);
    line.hear(far.request("PRACK", "RAck: 1 1 INVITE\r\n", EARLY));
    assert_eq!(line.event(), LegEvent::Offered { offer: Some(sdp(EARLY)) });
    // The 200 of the INVITE waits for nothing more than the PRACK.
    line.command(leg, LegCommand::AcceptOffer { answer: sdp(OTHER) });
    let answer = line.status(200);
    assert_eq!((answer.cseq().1.as_str(), &answer.body[..]), ("PRACK", OTHER.as_bytes()));
    line.command(leg, LegCommand::Answer { sdp: sdp(OTHER) });
    assert_eq!(line.status(200).cseq().1.as_str(), "INVITE");
    line.hear(far.ack(1, ""));
    assert_eq!(line.event(), LegEvent::Confirmed { answer: None });
    line.pass(Duration::from_secs(33));
    line.hear(far.request("BYE", "", ""));
    line.status(200);
    line.ended(Cause::Normal, None);
    line.gone();
}

/// Announcements of two forks, each acknowledged for itself; the first is heard until it is over, then the one that answers.
///
/// Rows: V1
#[test]
fn early_media_of_several_forks() {
    let mut line = Line::new();
    let leg = line.dial("sip:far@192.0.2.1", OFFER);
    let invite = line.method("INVITE");
    let reliable =
        |contact: &str, rseq: u32| format!("Contact: <sip:{contact}>\r\nRequire: 100rel\r\nRSeq: {rseq}\r\n");
    line.hear(answer_to(&invite, 183, "a", &reliable("a@192.0.2.1", 1), EARLY));
    assert_eq!(line.event(), LegEvent::Progress { answer: sdp(EARLY) });
    let prack = line.method("PRACK");
    assert_eq!((prack.to_tag(), prack.uri()), (Some("a"), "sip:a@192.0.2.1"));
    line.hear(answer_to(&prack, 200, "", "", ""));
    line.hear(answer_to(&invite, 183, "b", &reliable("b@192.0.2.3", 900), OTHER));
    let (hop, prack) = line.next_with_hop();
    assert_eq!((hop.as_str(), prack.to_tag(), prack.uri()), ("udp/0/192.0.2.3:5060", Some("b"), "sip:b@192.0.2.3"));
    line.hear(answer_to(&prack, 200, "", "", ""));
    // The first has nothing new to say, and then gives up (RFC 6228).
    line.hear(answer_to(&invite, 180, "a", &reliable("a@192.0.2.1", 2), EARLY));
    let prack = line.method("PRACK");
    line.hear(answer_to(&prack, 200, "", "", ""));
    assert_eq!(line.event(), LegEvent::Ringing);
    // Who is not heard has nothing to change.
    let mut far = Far::new(&line);
    far.call_id = invite.call_id().to_owned();
    far.from = "<sip:far@192.0.2.1>;tag=b".into();
    far.to_tag = invite.from_tag().map(str::to_owned);
    line.hear(far.request("UPDATE", "Contact: <sip:b@192.0.2.3>\r\n", OTHER));
    line.status(491);
    line.hear(answer_to(&invite, 199, "a", "Contact: <sip:a@192.0.2.1>\r\n", ""));
    assert_eq!(line.event(), LegEvent::Progress { answer: sdp(OTHER) });
    line.hear(far.request("UPDATE", "Contact: <sip:b@192.0.2.3>\r\n", OTHER));
    assert_eq!(line.event(), LegEvent::Offered { offer: Some(sdp(OTHER)) });
    line.command(leg, LegCommand::AcceptOffer { answer: sdp(OFFER) });
    line.status(200);
    line.quiet();
    // What the second has said already is not said again.
    line.hear(answer_to(&invite, 200, "b", "Contact: <sip:b@192.0.2.3>\r\n", OTHER));
    assert_eq!(line.event(), LegEvent::Answered { answer: None });
    assert_eq!(line.method("ACK").to_tag(), Some("b"));
    line.pass(Duration::from_secs(33));
    line.command(leg, LegCommand::Hangup { cause: Cause::Normal });
    line.ended(Cause::Normal, None);
    let bye = line.method("BYE");
    assert_eq!((bye.to_tag(), bye.uri()), (Some("b"), "sip:b@192.0.2.3"));
    line.hear(answer_to(&bye, 200, "", "", ""));
    line.gone();
}
