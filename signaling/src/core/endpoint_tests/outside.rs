//! Requests outside of dialogs, and messages that belong to nothing.

use super::driver::*;
use crate::core::directory::Directory;
use crate::core::headers::Name;
use crate::core::input::Input;
use crate::core::message::Message;
use crate::core::output::{Counter, Output};
use crate::core::setup::{LimitSetup, Setup};
use ringdesk_model::Pii;
use ringdesk_voice::{Cause, LegCommand, LegEvent, Target};
use std::time::Duration;

fn field<'a>(message: &'a Message, name: &str) -> &'a str {
    message.headers.get(&Name::from(name)).unwrap_or("")
}

#[test]
fn every_request_is_answered_and_nothing_is_kept() {
    let contact = CONTACT;
    for (method, more, body, status, has) in [
        ("OPTIONS", "", "", 200, "Allow"),
        ("SUBSCRIBE", "Event: presence\r\n", "", 489, "To"),
        ("PUBLISH", "Event: presence\r\n", "", 489, "To"),
        ("NOTIFY", "Event: presence\r\n", "", 481, "To"),
        ("MESSAGE", "Content-Type: text/plain\r\n", "hi", 405, "Allow"),
        ("REFER", "Refer-To: <sip:x@y>\r\n", "", 403, "To"),
        ("FROBNICATE", "", "", 501, "Allow"),
        ("BYE", "", "", 481, "To"),
        ("UPDATE", "", "", 481, "To"),
        ("INVITE", "", OFFER, 400, "To"),
        ("INVITE", &format!("{contact}Require: nothing, 100rel, else\r\n"), OFFER, 420, "Unsupported"),
        ("INVITE", &format!("{contact}Content-Type: application/x\r\n"), "x", 415, "Accept"),
        ("INVITE", &format!("{contact}Content-Encoding: gzip\r\n"), OFFER, 415, "Accept"),
        ("INVITE", &format!("{contact}Supported: timer\r\nSession-Expires: 30\r\n"), OFFER, 422, "Min-SE"),
    ] {
        let mut line = Line::new();
        let mut far = Far::new(&line);
        let request = far.request(method, more, body);
        line.hear(&request);
        let response = line.status(status);
        assert!(response.to_tag().is_some());
        assert!(!field(&response, has).is_empty(), "{method} {more}");
        if status == 420 {
            assert_eq!(field(&response, "Unsupported"), "nothing, else");
        }
        // The same request gets the same answer, and its ACK is recognised.
        line.hear(&request);
        assert_eq!(line.status(status).to_tag(), response.to_tag());
        if method == "INVITE" {
            line.hear(of_invite(&request, "ACK", response.to_tag(), ""));
            assert_eq!(line.counted(Counter::StrayAck), 0);
        }
        assert!(line.core.is_idle());
        assert!(line.calls.is_empty());
    }
}

#[test]
fn schemes_hops_and_malformed() {
    for (from, to, status) in [
        ("INVITE sip:1000@192.0.2.9", "INVITE mailto:1000@192.0.2.9", 416),
        ("INVITE sip:1000@192.0.2.9", "INVITE sip:", 400),
        ("Max-Forwards: 70", "Max-Forwards: 0", 483),
        ("Max-Forwards: 70", "Max-Forwards: 300", 400),
        ("CSeq: 1 INVITE", "CSeq: 1 BYE", 400),
        ("INVITE sip:1000@192.0.2.9 SIP/2.0", "INVITE sip:1000@192.0.2.9 SIP/7.0", 505),
        ("Contact: <", "Contact: \"", 400),
    ] {
        let mut line = Line::new();
        let mut far = Far::new(&line);
        line.hear(far.invite("", OFFER).replacen(from, to, 1));
        let response = line.next();
        assert_eq!(response.status(), Some(status), "{to}");
        assert!(line.core.is_idle());
    }
    // What is so broken that even the answer is.
    for (from, to) in [("CSeq: 1 INVITE", "CSeq: x INVITE"), ("From: ", "X-From: "), ("Call-ID: ", "X-Call: ")] {
        let mut line = Line::new();
        let mut far = Far::new(&line);
        let bytes = far.invite("", OFFER).replacen(from, to, 1).into();
        line.core.handle_input(line.now, Input::Received { hop: line.hop, bytes });
        let answer = std::iter::from_fn(|| line.core.poll_output()).find_map(|output| match output {
            Output::Send { bytes, .. } => Some(bytes),
            _ => None,
        });
        assert!(answer.unwrap().starts_with(b"SIP/2.0 400 "), "{to}");
    }
    let mut line = Line::new();
    let mut far = Far::new(&line);
    line.hear(far.request("OPTIONS", "", "").replace("Max-Forwards: 70", "Max-Forwards: 0"));
    line.status(200);
}

#[test]
fn what_belongs_to_nothing_is_counted() {
    let mut line = Line::new();
    let mut far = Far::new(&line);
    line.hear(far.ack(1, ""));
    far.to_tag = Some("x".into());
    line.hear(far.ack(1, ""));
    line.hear("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP x;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n\r\n");
    line.hear("garbage");
    line.hear("");
    line.quiet();
    assert_eq!(line.counted(Counter::StrayAck), 2);
    assert_eq!(line.counted(Counter::StrayResponse), 1);
    assert_eq!(line.counted(Counter::Malformed), 2);
    assert!(line.core.is_idle());
}

/// RFC 3261 §8.2.2.2
#[test]
fn a_request_that_came_by_two_paths() {
    let mut line = Line::new();
    let mut far = Far::new(&line);
    let invite = far.invite("", OFFER);
    line.hear(&invite);
    let leg = line.call().leg;
    line.hear(invite.replace("z9hG4bKfar1", "z9hG4bKother"));
    line.status(482);
    assert_eq!(line.counted(Counter::Merged), 1);
    assert!(line.calls.is_empty());
    line.command(leg, LegCommand::Hangup { cause: Cause::Busy });
    line.ended(Cause::Busy, Some(486));
    line.pass(Duration::from_secs(33));
    line.sent.clear();
    line.gone();
}

#[test]
fn drain() {
    let mut line = Line::new();
    let (leg, _) = answered_call(&mut line, "");
    line.input(Input::Drain);
    let mut far = Far { call_id: "call-2".into(), ..Far::new(&line) };
    let invite = far.invite("", OFFER);
    line.hear(&invite);
    let refused = line.status(503);
    assert_eq!(field(&refused, "Retry-After"), "5");
    line.hear(of_invite(&invite, "ACK", refused.to_tag(), ""));
    line.hear(far.request("OPTIONS", "", ""));
    line.status(503);
    assert_eq!(line.counted(Counter::Drained), 1);
    // An emergency call passes, and what stands goes on.
    let mut help = Far { call_id: "call-3".into(), ..Far::new(&line) };
    line.hear(help.invite("", OFFER).replacen("sip:1000@", "sip:112@", 1));
    let call = line.call();
    assert_eq!(call.to.number.reveal(), "112");
    line.command(call.leg, LegCommand::Hangup { cause: Cause::Busy });
    line.status(486);
    line.ended(Cause::Busy, Some(486));
    line.command(leg, LegCommand::Hangup { cause: Cause::Shutdown });
    line.ended(Cause::Shutdown, None);
    let bye = line.method("BYE");
    line.hear(answer_to(&bye, 200, "", "", ""));
    line.pass(Duration::from_secs(33));
    line.sent.clear();
    line.gone();
}

#[test]
fn limits() {
    let limits = LimitSetup { legs: 2, transactions: 1_000, retry_after: 9, ..LimitSetup::default() };
    let mut line = Line::with(Setup { limits, ..setup() }, Directory::new("example.org", Vec::new(), trunks()));
    let invite = |line: &mut Line, n: u32, number: &str| {
        let mut far = Far {
            call_id: format!("call-{n}"),
            via: format!("SIP/2.0/UDP 192.0.2.1:5060;rport;n={n}"),
            ..Far::new(line)
        };
        let text = far.invite("", OFFER).replace("z9hG4bKfar", &format!("z9hG4bK{n}far"));
        line.hear(text.replacen("sip:1000@", &format!("sip:{number}@"), 1));
    };
    invite(&mut line, 1, "1000");
    invite(&mut line, 2, "1000");
    assert_eq!(line.calls.len(), 2);
    line.quiet();
    invite(&mut line, 3, "1000");
    assert_eq!(field(&line.status(503), "Retry-After"), "9");
    assert_eq!(line.counted(Counter::Overloaded), 1);
    invite(&mut line, 4, "110");
    assert_eq!(line.calls.len(), 3);
    while let Some(call) = line.calls.pop_front() {
        line.command(call.leg, LegCommand::Hangup { cause: Cause::Busy });
    }
    assert!(line.events.iter().all(|(_, e)| matches!(e, LegEvent::Ended { .. })));
    line.events.clear();
    line.pass(Duration::from_secs(33));
    line.sent.clear();
    line.gone();
}

#[test]
fn strangers_are_refused_first() {
    let limits = LimitSetup { legs: 100, transactions: 4, retry_after: 5, ..LimitSetup::default() };
    let mut line = Line::with(Setup { limits, ..setup() }, Directory::new("example.org", Vec::new(), trunks()));
    for n in 0..2 {
        let mut far = Far { call_id: format!("call-{n}"), ..Far::new(&line) };
        line.hear(far.invite("", OFFER).replace("z9hG4bKfar", &format!("z9hG4bK{n}far")));
    }
    assert_eq!(line.calls.len(), 2);
    let stranger = "udp/0/198.51.100.1:5060";
    let mut far = Far { call_id: "s".into(), ..Far::new(&line) };
    line.hear_from(stranger, far.invite("", OFFER));
    line.status(503);
    line.hear_from(stranger, far.request("REGISTER", CONTACT, ""));
    line.status(503);
    let mut more = Far { call_id: "call-9".into(), ..Far::new(&line) };
    line.hear(more.invite("", OFFER).replace("z9hG4bKfar", "z9hG4bK9far"));
    assert_eq!(line.calls.len(), 3, "a trunk is not a stranger");
}

#[test]
fn where_targets_are() {
    let mut line = Line::new();
    for (ask, target, want) in [
        (1, Target::Number(Pii::new("+49 30#1".into())), Some("sip:+49%2030%231@192.0.2.1")),
        (2, Target::Uri("sip:x@y".into()), Some("sip:x@y")),
        (3, Target::Extension("2001".into()), None),
    ] {
        line.input(Input::Reach { ask, target });
        let Some(Output::Reached { ask: answered, destinations }) = line.other.pop_front() else { panic!() };
        assert_eq!((answered, destinations.first().map(|d| d.uri.as_str())), (ask, want));
    }
}
