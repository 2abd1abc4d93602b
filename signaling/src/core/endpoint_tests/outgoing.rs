//! Calls that we make.

use super::driver::*;
use crate::core::headers::Name;
use crate::core::input::{HopFailure, Input, Transport};
use crate::core::message::Message;
use crate::core::output::{Counter, Output};
use ringdesk_model::Pii;
use ringdesk_voice::{Cause, Destination, Dial, InterfaceId, LegCommand, LegEvent, LegId, Party};
use std::time::Duration;

fn field<'a>(message: &'a Message, name: &str) -> &'a str {
    message.headers.get(&Name::from(name)).unwrap_or("")
}

const EARLY: &str = "v=0\r\no=early 1 1 IN IP4 192.0.2.1\r\n";

#[test]
fn what_an_invite_says() {
    let mut line = Line::new();
    line.dial("sip:far@192.0.2.1:5070", OFFER);
    let (hop, invite) = line.next_with_hop();
    assert_eq!((hop.as_str(), invite.uri()), ("udp/0/192.0.2.1:5070", "sip:far@192.0.2.1:5070"));
    let from = invite.from_addr().unwrap();
    assert_eq!((from.display.as_deref(), from.uri.as_str()), (Some("Müller \"M\""), "sip:+4930123456@192.0.2.9"));
    assert!(field(&invite, "P-Asserted-Identity").contains("+4930123456"));
    assert_eq!(field(&invite, "Contact"), "<sip:+4930123456@192.0.2.9:5060>");
    assert_eq!(field(&invite, "Alert-Info"), "<urn:alert:service:auto-answer>");
    assert_eq!(invite.headers.count(&Name::Via), 1);
    assert!(invite.via().unwrap().has_cookie());
    assert_eq!(
        (field(&invite, "Supported"), field(&invite, "Session-Expires")),
        ("100rel, timer, replaces, norefersub", "1800")
    );
    assert_eq!(&invite.body[..], OFFER.as_bytes());
}

/// RFC 3261 §19.1.1, table 1: what a Contact may have and a Request-URI may not.
#[test]
fn the_header_part_of_a_uri_is_not_sent() {
    let mut line = Line::new();
    line.dial("sip:far@192.0.2.1:5070;x=y?Replaces=a&Route=b", OFFER);
    let invite = line.method("INVITE");
    assert_eq!((invite.uri(), field(&invite, "To")), ("sip:far@192.0.2.1:5070;x=y", "<sip:far@192.0.2.1:5070;x=y>"));
}

#[test]
fn nobody_in_particular_calls() {
    let mut line = Line::new();
    let to = Destination {
        uri: "sip:far@192.0.2.1".into(),
        interface: InterfaceId(0),
        flow: None,
        trunk: None,
        profile: Default::default(),
    };
    let dial = Dial { to, from: Party::default(), offer: sdp(OFFER), headers: vec![] };
    line.command(LegId(uuid::Uuid::from_u128(5)), LegCommand::Dial(Box::new(dial)));
    let invite = line.method("INVITE");
    assert!(field(&invite, "From").starts_with("\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag="));
    assert_eq!(field(&invite, "P-Asserted-Identity"), "");
}

/// A call that goes on is told how far: a ring of servers ends where it reaches nothing, with 483.
#[test]
fn a_call_that_goes_on_keeps_count() {
    for (told, sent) in [(None, "70"), (Some("12"), "12"), (Some("0"), "0"), (Some("many"), "70")] {
        let mut line = Line::new();
        let to = Destination {
            uri: "sip:far@192.0.2.1".into(),
            interface: InterfaceId(0),
            flow: None,
            trunk: None,
            profile: Default::default(),
        };
        let headers = told.map(|hops: &str| ("Max-Forwards".to_owned(), Pii::new(hops.to_owned())));
        let dial = Dial { to, from: Party::default(), offer: sdp(OFFER), headers: headers.into_iter().collect() };
        line.command(LegId(uuid::Uuid::from_u128(5)), LegCommand::Dial(Box::new(dial)));
        assert_eq!(field(&line.method("INVITE"), "Max-Forwards"), sent);
    }
}

/// Rows: V1
#[test]
fn ring_answer_and_hang_up() {
    for (hop, uri) in [(UDP, "sip:far@192.0.2.1"), (TCP, "sip:far@192.0.2.1;transport=tcp")] {
        let mut line = Line::over(hop);
        let leg = line.dial(uri, OFFER);
        let invite = line.method("INVITE");
        line.hear(answer_to(&invite, 100, "", "", ""));
        line.hear(answer_to(&invite, 180, "a", CONTACT, ""));
        assert_eq!(line.event(), LegEvent::Ringing);
        line.hear(answer_to(&invite, 180, "a", CONTACT, ""));
        line.hear(answer_to(&invite, 183, "a", CONTACT, EARLY));
        assert_eq!(line.event(), LegEvent::Progress { answer: sdp(EARLY) });
        line.hear(answer_to(&invite, 183, "a", CONTACT, EARLY));
        line.quiet();
        let ok = answer_to(&invite, 200, "a", CONTACT, EARLY);
        line.hear(&ok);
        assert_eq!(line.event(), LegEvent::Answered { answer: None }, "the early answer stands");
        let ack = line.method("ACK");
        assert_eq!((ack.cseq().0, ack.uri(), ack.to_tag()), (1, "sip:far@192.0.2.1:5060", Some("a")));
        assert_ne!(ack.via(), invite.via());
        // The 200 again: the ACK again, the same.
        line.hear(&ok);
        assert_eq!(line.method("ACK"), ack);
        line.command(leg, LegCommand::Hangup { cause: Cause::Normal });
        line.ended(Cause::Normal, None);
        let bye = line.method("BYE");
        assert_eq!(bye.cseq().0, 2);
        line.hear(answer_to(&bye, 200, "", "", ""));
        // Even now a 200 that was on its way is acknowledged.
        line.hear(&ok);
        assert_eq!(line.method("ACK"), ack);
        line.gone();
    }
}

#[test]
fn timers_a_and_b() {
    for (uri, times) in [("sip:far@192.0.2.1", 7), ("sip:far@192.0.2.1;transport=tcp", 1)] {
        let mut line = Line::new();
        line.dial(uri, OFFER);
        line.pass(ms(31_900));
        assert_eq!(line.sent.len(), times);
        line.sent.clear();
        line.quiet();
        line.pass(ms(100));
        line.ended(Cause::Unreachable, None);
        line.gone();
    }
}

/// Timer C: a 100 and then silence ends the call, and whoever said 100 hears of it.
#[test]
fn a_100_and_then_silence() {
    for (status, cause) in [(100, Cause::Unreachable), (180, Cause::NoAnswer)] {
        let mut line = Line::new();
        line.dial("sip:far@192.0.2.1", OFFER);
        let invite = line.method("INVITE");
        line.hear(answer_to(&invite, status, if status > 100 { "a" } else { "" }, "", ""));
        line.events.clear();
        line.pass(Duration::from_secs(180));
        line.quiet();
        line.pass(Duration::from_secs(5));
        line.ended(cause, None);
        let cancel = line.method("CANCEL");
        assert_eq!(cancel.via(), invite.via());
        line.hear(answer_to(&cancel, 200, "a", "", ""));
        line.pass(Duration::from_secs(5));
        line.gone();
    }
}

#[test]
fn refusals() {
    for (status, cause) in [
        (486, Cause::Busy),
        (600, Cause::Busy),
        (404, Cause::NotFound),
        (403, Cause::Forbidden),
        (407, Cause::Forbidden),
        (488, Cause::NotAcceptable),
        (480, Cause::Unreachable),
        (302, Cause::Unreachable),
        (603, Cause::Declined),
        (500, Cause::RemoteFailure),
        (503, Cause::Congestion),
    ] {
        let mut line = Line::new();
        line.dial("sip:far@192.0.2.1", OFFER);
        let invite = line.method("INVITE");
        let refusal = answer_to(&invite, status, "a", "", "");
        line.hear(&refusal);
        let ack = line.method("ACK");
        assert_eq!((ack.via(), ack.to_tag(), ack.cseq().0), (invite.via(), Some("a"), 1));
        line.ended(cause, Some(status));
        line.hear(&refusal);
        assert_eq!(line.method("ACK"), ack);
        line.gone();
    }
}

#[test]
fn it_rang_and_nobody_came() {
    let mut line = Line::new();
    line.dial("sip:far@192.0.2.1", OFFER);
    let invite = line.method("INVITE");
    line.hear(answer_to(&invite, 180, "a", "", ""));
    assert_eq!(line.event(), LegEvent::Ringing);
    line.hear(answer_to(&invite, 480, "a", "", ""));
    line.method("ACK");
    line.ended(Cause::NoAnswer, Some(480));
    line.gone();
}

/// RFC 3261 §9.1: CANCEL waits for a provisional response.
#[test]
fn hang_up_before_anything_was_heard() {
    let mut line = Line::new();
    let leg = line.dial("sip:far@192.0.2.1", OFFER);
    let invite = line.method("INVITE");
    line.command(leg, LegCommand::Hangup { cause: Cause::AnsweredElsewhere });
    line.ended(Cause::AnsweredElsewhere, None);
    line.quiet();
    line.hear(answer_to(&invite, 180, "a", "", ""));
    let cancel = line.method("CANCEL");
    assert_eq!(field(&cancel, "Reason"), "SIP;cause=200;text=\"Call completed elsewhere\"");
    assert_eq!((cancel.via(), cancel.cseq().0, cancel.uri()), (invite.via(), 1, invite.uri()));
    line.hear(answer_to(&cancel, 200, "a", "", ""));
    line.hear(answer_to(&invite, 487, "a", "", ""));
    line.method("ACK");
    line.gone();
}

#[test]
fn hang_up_while_nothing_is_ever_heard() {
    let mut line = Line::over(TCP);
    let leg = line.dial("sip:far@192.0.2.1;transport=tcp", OFFER);
    line.method("INVITE");
    line.command(leg, LegCommand::Hangup { cause: Cause::Cancelled });
    line.ended(Cause::Cancelled, None);
    line.gone();
}

/// A CANCEL that is answered, and then no final response: 64*T1 after it the INVITE is forgotten.
#[test]
fn cancelled_and_never_terminated() {
    let mut line = Line::new();
    let leg = line.dial("sip:far@192.0.2.1", OFFER);
    let invite = line.method("INVITE");
    line.hear(answer_to(&invite, 180, "a", "", ""));
    line.command(leg, LegCommand::Hangup { cause: Cause::Cancelled });
    assert_eq!(line.event(), LegEvent::Ringing);
    line.ended(Cause::Cancelled, None);
    let cancel = line.method("CANCEL");
    line.hear(answer_to(&cancel, 200, "a", "", ""));
    line.gone();
}

#[test]
fn a_200_that_crosses_the_cancel() {
    let mut line = Line::new();
    let leg = line.dial("sip:far@192.0.2.1", OFFER);
    let invite = line.method("INVITE");
    line.hear(answer_to(&invite, 100, "", "", ""));
    line.command(leg, LegCommand::Hangup { cause: Cause::Cancelled });
    line.ended(Cause::Cancelled, None);
    let cancel = line.method("CANCEL");
    let ok = answer_to(&invite, 200, "a", CONTACT, ANSWER);
    line.hear(&ok);
    let ack = line.method("ACK");
    let bye = line.method("BYE");
    assert_eq!((bye.to_tag(), bye.cseq().0), (Some("a"), 2));
    line.hear(answer_to(&cancel, 481, "x", "", ""));
    line.hear(&ok);
    assert_eq!(line.method("ACK"), ack);
    line.hear(answer_to(&bye, 200, "", "", ""));
    line.gone();
}

#[test]
fn several_forks_and_several_answers() {
    let mut line = Line::new();
    let leg = line.dial("sip:far@192.0.2.1", OFFER);
    let invite = line.method("INVITE");
    line.hear(answer_to(&invite, 180, "a", CONTACT, ""));
    line.hear(answer_to(&invite, 180, "b", CONTACT, ""));
    assert_eq!(line.event(), LegEvent::Ringing);
    line.hear(answer_to(&invite, 183, "b", CONTACT, EARLY));
    assert_eq!(line.event(), LegEvent::Progress { answer: sdp(EARLY) });
    line.quiet();
    let first = answer_to(&invite, 200, "a", CONTACT, ANSWER);
    line.hear(&first);
    assert_eq!(line.event(), LegEvent::Answered { answer: Some(sdp(ANSWER)) });
    let ack_a = line.method("ACK");
    let second = answer_to(&invite, 200, "b", "Contact: <sip:b@192.0.2.3>\r\n", EARLY);
    line.hear(&second);
    let ack_b = line.method("ACK");
    let bye = line.method("BYE");
    assert_eq!((ack_b.to_tag(), bye.to_tag(), bye.uri()), (Some("b"), Some("b"), "sip:b@192.0.2.3"));
    line.hear(&second);
    assert_eq!(line.method("ACK"), ack_b, "acknowledged again, but no second BYE");
    line.hear(&first);
    assert_eq!(line.method("ACK"), ack_a);
    assert_eq!(line.counted(Counter::ForkReleased), 1);
    line.hear(answer_to(&bye, 200, "", "", ""));
    line.command(leg, LegCommand::Hangup { cause: Cause::Normal });
    line.ended(Cause::Normal, None);
    let bye = line.method("BYE");
    assert_eq!(bye.to_tag(), Some("a"));
    line.hear(answer_to(&bye, 200, "", "", ""));
    line.gone();
}

/// A 18x of one fork had the description; the 200 of the same one has none.
#[test]
fn an_answer_without_a_description() {
    for (answers, answer) in [("a", None), ("b", Some(sdp(EARLY)))] {
        let mut line = Line::new();
        line.dial("sip:far@192.0.2.1", OFFER);
        let invite = line.method("INVITE");
        line.hear(answer_to(&invite, 183, "a", CONTACT, ANSWER));
        assert_eq!(line.event(), LegEvent::Progress { answer: sdp(ANSWER) });
        if answers == "b" {
            line.hear(answer_to(&invite, 183, "b", CONTACT, EARLY));
            line.quiet();
        }
        line.hear(answer_to(&invite, 200, answers, CONTACT, ""));
        assert_eq!(line.event(), LegEvent::Answered { answer });
        line.method("ACK");
    }
}

#[test]
fn never_any_description() {
    let mut line = Line::new();
    line.dial("sip:far@192.0.2.1", OFFER);
    let invite = line.method("INVITE");
    line.hear(answer_to(&invite, 200, "a", CONTACT, ""));
    line.method("ACK");
    let bye = line.method("BYE");
    line.ended(Cause::NotAcceptable, Some(200));
    line.hear(answer_to(&bye, 200, "", "", ""));
    line.gone();
}

#[test]
fn reliable_18x_are_acknowledged_and_nothing_waits_for_it() {
    let mut line = Line::new();
    line.dial("sip:far@192.0.2.1", OFFER);
    let invite = line.method("INVITE");
    let reliable = |rseq: u32| format!("{CONTACT}Require: 100rel\r\nRSeq: {rseq}\r\n");
    let progress = answer_to(&invite, 183, "a", &reliable(71), EARLY);
    line.hear(&progress);
    assert_eq!(line.event(), LegEvent::Progress { answer: sdp(EARLY) });
    let prack = line.method("PRACK");
    assert_eq!((field(&prack, "RAck"), prack.to_tag(), prack.cseq().0), ("71 1 INVITE", Some("a"), 2));
    assert_eq!(prack.uri(), "sip:far@192.0.2.1:5060");
    // Again: its PRACK repeats by itself. Out of order: it comes again.
    line.hear(&progress);
    line.hear(answer_to(&invite, 180, "a", &reliable(73), ""));
    line.quiet();
    line.hear(answer_to(&invite, 180, "a", &reliable(72), ""));
    assert_eq!(line.event(), LegEvent::Ringing);
    assert_eq!(line.method("PRACK").cseq().0, 3);
    // Another fork counts for itself.
    line.hear(answer_to(&invite, 180, "b", &reliable(5), ""));
    assert_eq!(line.method("PRACK").to_tag(), Some("b"));
    // A refusal is not held up by PRACKs without an answer.
    line.hear(answer_to(&invite, 486, "a", "", ""));
    line.method("ACK");
    line.ended(Cause::Busy, Some(486));
    line.pass(Duration::from_secs(33));
    line.sent.clear();
    line.gone();
}

#[test]
fn a_cseq_after_pracks() {
    let mut line = Line::new();
    let leg = line.dial("sip:far@192.0.2.1", OFFER);
    let invite = line.method("INVITE");
    line.hear(answer_to(&invite, 183, "a", &format!("{CONTACT}Require: 100rel\r\nRSeq: 1\r\n"), EARLY));
    let prack = line.method("PRACK");
    line.hear(answer_to(&prack, 200, "", "", ""));
    line.hear(answer_to(&invite, 200, "a", CONTACT, ""));
    assert_eq!(line.method("ACK").cseq().0, 1);
    line.command(leg, LegCommand::Hangup { cause: Cause::Normal });
    assert_eq!(line.method("BYE").cseq().0, 3);
}

/// An INVITE without an offer: theirs comes in the 200, our answer goes into the ACK.
#[test]
fn late_offer() {
    let mut line = Line::new();
    let leg = line.dial("sip:far@192.0.2.1", "");
    let invite = line.method("INVITE");
    assert_eq!((invite.body.len(), field(&invite, "Supported")), (0, "timer"));
    let ok = answer_to(&invite, 200, "a", CONTACT, OFFER);
    line.hear(&ok);
    assert_eq!(line.event(), LegEvent::Answered { answer: None });
    assert_eq!(line.event(), LegEvent::Offered { offer: Some(sdp(OFFER)) });
    line.hear(&ok);
    line.quiet();
    line.command(leg, LegCommand::AcceptOffer { answer: sdp(ANSWER) });
    let ack = line.method("ACK");
    assert_eq!(&ack.body[..], ANSWER.as_bytes());
    line.hear(&ok);
    assert_eq!(line.method("ACK"), ack);
    line.command(leg, LegCommand::Hangup { cause: Cause::Normal });
    line.ended(Cause::Normal, None);
    let bye = line.method("BYE");
    line.hear(answer_to(&bye, 200, "", "", ""));
    line.gone();
}

#[test]
fn late_offer_that_nobody_answers_or_wants() {
    for refuse in [true, false] {
        let mut line = Line::new();
        let leg = line.dial("sip:far@192.0.2.1", "");
        let invite = line.method("INVITE");
        line.hear(answer_to(&invite, 200, "a", CONTACT, OFFER));
        line.events.clear();
        if refuse {
            line.command(leg, LegCommand::RefuseOffer { status: 488 });
        } else {
            line.pass(Duration::from_secs(20));
        }
        assert!(line.method("ACK").body.is_empty());
        let bye = line.method("BYE");
        line.ended(Cause::NotAcceptable, None);
        line.hear(answer_to(&bye, 200, "", "", ""));
        line.gone();
    }
}

/// Two ways to one telephone, which says the same tag over both: what came too late over the first is not what comes over
/// the second.
#[test]
fn one_telephone_behind_two_addresses() {
    for hung_up_before in [false, true] {
        two_addresses(hung_up_before);
    }
}

fn two_addresses(hung_up_before: bool) {
    let mut line = Line::new();
    let leg = line.dial("sip:far@pbx.example.org", OFFER);
    let Some(Output::Resolve { token, .. }) = line.other.pop_front() else { panic!() };
    let hops = ["192.0.2.1:5060", "192.0.2.2:5060"].map(|at| (Transport::Udp, at.parse().unwrap()));
    line.input(Input::Resolved { token, hops: hops.to_vec() });
    let (silent, first) = line.next_with_hop();
    line.pass(Duration::from_secs(5));
    let (hop, second) = {
        let last = line.sent.pop_back().unwrap();
        line.sent.clear();
        (last.0.to_string(), last.1)
    };
    assert_eq!(hop, "udp/0/192.0.2.2:5060");
    line.hear_from(&silent, answer_to(&first, 200, "far", CONTACT, ANSWER));
    line.method("ACK");
    line.method("BYE");
    let contact = "Contact: <sip:far@192.0.2.2:5060>\r\n";
    if hung_up_before {
        line.command(leg, LegCommand::Hangup { cause: Cause::Normal });
        line.ended(Cause::Normal, None);
        line.hear_from(&hop, answer_to(&second, 200, "far", contact, ANSWER));
        line.method("ACK");
        line.method("BYE");
        line.pass(Duration::from_secs(70));
        line.sent.clear();
        return line.gone();
    }
    line.hear_from(&hop, answer_to(&second, 200, "far", contact, ANSWER));
    assert_eq!(line.event(), LegEvent::Answered { answer: Some(sdp(ANSWER)) });
    let (to, _) = line.next_with_hop();
    assert_eq!(to, hop, "its own ACK");
    line.command(leg, LegCommand::Hangup { cause: Cause::Normal });
    line.ended(Cause::Normal, None);
    line.pass(Duration::from_secs(70));
    line.sent.clear();
    line.gone();
}

#[test]
fn a_name_is_looked_up_and_every_address_tried() {
    let mut line = Line::new();
    line.dial("sip:far@pbx.example.org", OFFER);
    let Some(Output::Resolve { token, host, port, transport, secure }) = line.other.pop_front() else { panic!() };
    assert_eq!((host.as_str(), port, transport, secure), ("pbx.example.org", None, None, false));
    let hops = vec![
        (Transport::Tcp, "192.0.2.1:5060".parse().unwrap()),
        (Transport::Udp, "192.0.2.2:5060".parse().unwrap()),
        (Transport::Udp, "192.0.2.3:5060".parse().unwrap()),
        (Transport::Udp, "192.0.2.4:5060".parse().unwrap()),
    ];
    line.input(Input::Resolved { token, hops });
    // The first refuses the connection, the second says 503, the third is dead, the fourth answers.
    let (hop, first) = line.next_with_hop();
    assert_eq!((hop.as_str(), field(&first, "Contact").contains("transport=tcp")), ("tcp/0/192.0.2.1:5060", true));
    line.input(Input::HopFailed { hop: hop.parse().unwrap(), why: HopFailure::Refused });
    let (hop, second) = line.next_with_hop();
    assert_eq!(hop, "udp/0/192.0.2.2:5060");
    assert_eq!((second.call_id(), second.cseq().0), (first.call_id(), 1));
    assert_ne!(second.via(), first.via());
    line.hear_from(&hop, answer_to(&second, 503, "x", "", ""));
    line.method("ACK");
    let (silent, third) = line.next_with_hop();
    assert_eq!(silent, "udp/0/192.0.2.3:5060");
    line.pass(Duration::from_secs(5));
    let (hop, fourth) = {
        let last = line.sent.pop_back().unwrap();
        line.sent.clear();
        (last.0.to_string(), last.1)
    };
    // It speaks up too late: with a provisional response, and with a 200 that crosses our CANCEL.
    line.hear_from(&silent, answer_to(&third, 180, "late", "", ""));
    assert_eq!(line.method("CANCEL").via(), third.via());
    let late = answer_to(&third, 200, "late", CONTACT, ANSWER);
    line.hear_from(&silent, &late);
    let ack = line.method("ACK");
    assert_eq!(line.method("BYE").to_tag(), Some("late"));
    line.hear_from(&silent, &late);
    assert_eq!(line.method("ACK"), ack);
    line.quiet();
    assert_eq!(hop, "udp/0/192.0.2.4:5060");
    assert_eq!(line.counted(Counter::Failover), 3);
    line.hear_from(&hop, answer_to(&fourth, 503, "y", "", ""));
    line.method("ACK");
    line.ended(Cause::Congestion, Some(503));
    line.pass(Duration::from_secs(33));
    line.sent.clear();
    line.gone();
}

#[test]
fn a_name_that_nobody_knows() {
    let mut line = Line::new();
    line.dial("sip:far@pbx.example.org", OFFER);
    let Some(Output::Resolve { token, .. }) = line.other.pop_front() else { panic!() };
    line.input(Input::Resolved { token, hops: vec![] });
    line.ended(Cause::Unreachable, None);
    line.gone();
}

#[test]
fn hung_up_during_the_lookup() {
    let mut line = Line::new();
    let leg = line.dial("sip:far@pbx.example.org", OFFER);
    let Some(Output::Resolve { token, .. }) = line.other.pop_front() else { panic!() };
    line.command(leg, LegCommand::Hangup { cause: Cause::Cancelled });
    line.ended(Cause::Cancelled, None);
    line.input(Input::Resolved { token, hops: vec![(Transport::Udp, "192.0.2.1:5060".parse().unwrap())] });
    line.gone();
}

#[test]
fn destinations_that_make_no_sense() {
    for (uri, flow) in [("nonsense", None), ("sip:a@b", Some("not a hop")), ("tel:+49", None), ("sip:", None)] {
        let mut line = Line::new();
        let to = Destination {
            uri: uri.into(),
            interface: InterfaceId(0),
            flow: flow.map(str::to_owned),
            trunk: None,
            profile: Default::default(),
        };
        line.dial_to(to, OFFER);
        line.ended(Cause::Unreachable, None);
        line.gone();
    }
}

#[test]
fn a_flow_that_is_gone() {
    let mut line = Line::new();
    let to = Destination {
        uri: "sip:a@x.invalid;transport=ws".into(),
        interface: InterfaceId(0),
        flow: Some(TCP.into()),
        trunk: None,
        profile: Default::default(),
    };
    line.dial_to(to, OFFER);
    let (hop, _) = line.next_with_hop();
    assert_eq!(hop, TCP);
    line.input(Input::HopFailed { hop: hop.parse().unwrap(), why: HopFailure::Closed });
    line.ended(Cause::Unreachable, None);
    line.gone();
}

#[test]
fn a_session_interval_too_small_for_them() {
    let mut line = Line::new();
    line.dial("sip:far@192.0.2.1", OFFER);
    let invite = line.method("INVITE");
    line.hear(answer_to(&invite, 422, "a", "Min-SE: 3600\r\n", ""));
    line.method("ACK");
    let again = line.method("INVITE");
    assert_eq!((again.cseq().0, field(&again, "Session-Expires"), field(&again, "Min-SE")), (2, "3600", "3600"));
    assert_eq!((again.call_id(), again.from_tag()), (invite.call_id(), invite.from_tag()));
    line.hear(answer_to(&again, 422, "a", "Min-SE: 7200\r\n", ""));
    line.method("ACK");
    line.ended(Cause::RemoteFailure, Some(422));
    line.gone();
}

#[test]
fn a_call_that_rings_for_ever_ends() {
    let mut line = Line::new();
    line.dial("sip:far@192.0.2.1", OFFER);
    let invite = line.method("INVITE");
    // Each 18x prolongs timer C, but not the longest plausible ringing.
    for _ in 0..5 {
        line.hear(answer_to(&invite, 180, "a", CONTACT, ""));
        line.pass(Duration::from_secs(60));
    }
    assert_eq!(line.event(), LegEvent::Ringing);
    line.ended(Cause::NoAnswer, None);
    let cancel = line.method("CANCEL");
    line.hear(answer_to(&cancel, 200, "a", "", ""));
    line.hear(answer_to(&invite, 487, "a", "", ""));
    line.method("ACK");
    line.gone();
}

/// More forks than any proxy makes are not remembered, but each of their answers is.
#[test]
fn forks_are_bounded() {
    let mut line = Line::new();
    line.dial("sip:far@192.0.2.1", OFFER);
    let invite = line.method("INVITE");
    for n in 0..40 {
        line.hear(answer_to(&invite, 180, &format!("t{n}"), CONTACT, ""));
    }
    assert_eq!(line.event(), LegEvent::Ringing);
    line.hear(answer_to(&invite, 200, "t39", CONTACT, ANSWER));
    line.method("ACK");
    assert_eq!(line.event(), LegEvent::Answered { answer: Some(sdp(ANSWER)) });
}

#[test]
fn in_dialog_requests_of_an_early_fork() {
    let mut line = Line::new();
    let leg = line.dial("sip:far@192.0.2.1", OFFER);
    let invite = line.method("INVITE");
    let mut far = Far::new(&line);
    far.call_id = invite.call_id().to_owned();
    far.from = "<sip:far@192.0.2.1>;tag=a".into();
    far.to_tag = invite.from_tag().map(str::to_owned);
    line.hear(answer_to(&invite, 180, "a", CONTACT, ""));
    assert_eq!(line.event(), LegEvent::Ringing);
    line.hear(far.request("INFO", "Content-Type: application/dtmf\r\n", "5"));
    line.status(200);
    assert!(matches!(line.event(), LegEvent::Digit { .. }));
    line.hear(far.request("UPDATE", CONTACT, ""));
    line.status(200);
    // Our own offer is not answered yet.
    line.hear(far.request("UPDATE", CONTACT, EARLY));
    line.status(491);
    line.hear(answer_to(&invite, 183, "a", CONTACT, ANSWER));
    assert_eq!(line.event(), LegEvent::Progress { answer: sdp(ANSWER) });
    line.hear(far.request("UPDATE", CONTACT, EARLY));
    assert_eq!(line.event(), LegEvent::Offered { offer: Some(sdp(EARLY)) });
    line.command(leg, LegCommand::AcceptOffer { answer: sdp(OFFER) });
    line.status(200);
    line.hear(far.request("BYE", "", ""));
    line.status(200);
    line.hear(answer_to(&invite, 480, "a", "", ""));
    line.method("ACK");
    line.ended(Cause::NoAnswer, Some(480));
    line.gone();
}

/// A Contact becomes the Request-URI of the dialog, as far as it may (RFC 3261 §19.1.1).
#[test]
fn contacts_that_are_no_request_uri() {
    for (contact, target) in [
        ("<sip:far@192.0.2.1:5070>", "sip:far@192.0.2.1:5070"),
        ("<sip:far@192.0.2.1:5070?Subject=x&Route=y>", "sip:far@192.0.2.1:5070"),
        ("<\"ip:far@192.0.2.1>", "sip:far@192.0.2.1"),
    ] {
        let mut line = Line::new();
        line.dial("sip:far@192.0.2.1", OFFER);
        let invite = line.method("INVITE");
        line.hear(answer_to(&invite, 200, "a", &format!("Contact: {contact}\r\n"), ANSWER));
        assert_eq!(line.method("ACK").uri(), target, "{contact}");
    }
}
