//! Requests that pretend to belong to a call: right in some of what names a dialog or a transaction, wrong in the rest, from
//! the other party's address and from anywhere. The call does not notice, and nothing is kept of them.

use super::driver::*;
use crate::core::directory::Directory;
use crate::core::input::Input;
use crate::core::output::Counter;
use crate::core::setup::{LimitSetup, Setup};
use ringdesk_voice::{Cause, LegCommand, LegEvent};
use std::time::Duration;

/// Somewhere else: neither the trunk nor anybody known. The same over a stream.
const STRANGER: &str = "udp/0/198.51.100.66:5060";
const STRANGER_TCP: &str = "tcp/0/198.51.100.66:40000/66";

/// Requests that an attacker would like to have carried out.
const WANTED: [(&str, &str); 6] = [
    ("BYE", ""),
    ("INVITE", "Contact: <sip:thief@198.51.100.66>\r\n"),
    ("UPDATE", "Contact: <sip:thief@198.51.100.66>\r\n"),
    ("INFO", "Content-Type: application/dtmf-relay\r\n"),
    ("PRACK", "RAck: 1 1 INVITE\r\n"),
    ("NOTIFY", "Event: refer\r\nSubscription-State: terminated\r\n"),
];

fn forged(far: &Far, cseq: u32) -> Far {
    Far {
        call_id: far.call_id.clone(),
        from: far.from.clone(),
        to_tag: far.to_tag.clone(),
        cseq,
        via: "SIP/2.0/UDP 198.51.100.66:5060;rport".into(),
        branches: cseq + 5_000,
    }
}

/// The right Call-ID is public (it is in every log on the way); tags are the secret. sip-stack.md §3 (in-dialog with wrong
/// tag), §9.
#[test]
fn a_call_id_alone_names_no_dialog() {
    for hop in [UDP, TCP, STRANGER, STRANGER_TCP] {
        for dialled in [false, true] {
            let mut line = Line::new();
            let (_, far) = if dialled { dialled_call(&mut line, "") } else { answered_call(&mut line, "") };
            line.pass(Duration::from_secs(33));
            let before = line.core.transactions();
            let own = far.to_tag.clone().unwrap();
            let mut cut = own.clone();
            cut.pop();
            let mut n = 100;
            for (method, more) in WANTED {
                for (to_tag, from) in [
                    (Some("guessed".to_owned()), far.from.clone()),
                    (Some(cut.clone()), far.from.clone()),
                    (Some(own.to_uppercase()), far.from.clone()),
                    (Some(String::new()), far.from.clone()),
                    (Some(own.clone()), far.from.replace("tag=far", "tag=near")),
                    (Some(own.clone()), far.from.replace(";tag=far", "")),
                    // The tags the other way round.
                    (Some("far".to_owned()), far.from.replace("tag=far", &format!("tag={own}"))),
                ] {
                    // An INVITE with an empty tag is a new call, for the trunk and nobody else.
                    if method == "INVITE" && to_tag.as_deref() == Some("") {
                        continue;
                    }
                    n += 1;
                    let mut forgery = Far { to_tag, from, ..forged(&far, n) };
                    let body = if method == "INFO" { "Signal=1\r\nDuration=160\r\n" } else { "" };
                    line.hear_from(hop, forgery.request(method, more, body));
                    let answer = line.next();
                    assert!(matches!(answer.status(), Some(400 | 481)), "{method} {n}: {:?}", answer.status());
                    line.quiet();
                }
                // All tags right, of another call.
                n += 1;
                let mut forgery = Far { call_id: "other".into(), ..forged(&far, n) };
                line.hear_from(hop, forgery.request(method, more, ""));
                line.status(481);
            }
            assert_eq!(line.core.transactions(), before, "nothing is kept of a forgery");
            assert!(line.counted(Counter::UnknownDialog) > 20);
            // The party itself is heard as before, and its numbers go on.
            let mut far = Far { cseq: 10, branches: 40, ..far };
            line.hear(far.request("BYE", "", ""));
            line.status(200);
            line.ended(Cause::Normal, None);
            line.gone();
        }
    }
}

/// A CANCEL cannot be challenged (RFC 3261 §22.1): branch and sent-by may be seen or guessed, so the source decides.
#[test]
fn a_call_is_cancelled_only_from_where_it_came() {
    let mut line = Line::new();
    let mut far = Far::new(&line);
    let invite = far.invite("", OFFER);
    line.hear(&invite);
    let leg = line.call().leg;
    line.command(leg, LegCommand::Ring);
    line.status(180);
    let cancel = of_invite(&invite, "CANCEL", None, "");
    for hop in [STRANGER, STRANGER_TCP] {
        line.hear_from(hop, &cancel);
        line.status(481);
        line.quiet();
    }
    assert_eq!(line.counted(Counter::ForgedCancel), 2);
    // Another branch, from the right place.
    line.hear(cancel.replace("z9hG4bKfar1", "z9hG4bKfar2"));
    line.status(481);
    line.quiet();
    assert_eq!(line.counted(Counter::StrayCancel), 1);
    // Another machine of the same operator may.
    line.hear_from("udp/0/192.0.2.77:5060", &cancel);
    line.status(200);
    let over = line.status(487);
    line.ended(Cause::Cancelled, Some(487));
    line.hear(of_invite(&invite, "ACK", over.to_tag(), ""));
    line.gone();
}

/// Answers to requests of ours: a branch of ours is 96 random bits, so one that is made up is nobody's.
#[test]
fn forged_answers_answer_nothing() {
    let mut line = Line::new();
    line.dial("sip:far@192.0.2.1", OFFER);
    let invite = line.method("INVITE");
    let answer = answer_to(&invite, 200, "thief", CONTACT, ANSWER);
    let via = answer.lines().find(|l| l.starts_with("Via:")).unwrap().to_owned();
    for other in ["z9hG4bK", "z9hG4bK0000000000000000", "z9hG4bKfar1"] {
        let branch = via.split("branch=").nth(1).unwrap().split(';').next().unwrap();
        for hop in [UDP, STRANGER, STRANGER_TCP] {
            line.hear_from(hop, answer.replace(branch, other));
            line.quiet();
        }
    }
    assert_eq!(line.counted(Counter::StrayResponse), 9);
    assert!(line.events.is_empty());
    line.hear(answer_to(&invite, 486, "far", "", ""));
    line.method("ACK");
    line.ended(Cause::Busy, Some(486));
    line.pass(Duration::from_secs(33));
    line.gone();
}

/// The same INVITE ten thousand times is one call, and its refusal goes out as often as it is asked for.
#[test]
fn a_storm_of_repetitions() {
    let mut line = Line::new();
    let mut far = Far::new(&line);
    let invite = far.invite("", OFFER);
    for _ in 0..5_000 {
        line.hear(&invite);
    }
    let leg = line.call().leg;
    assert!(line.calls.is_empty() && line.sent.is_empty(), "there is nothing to repeat yet");
    line.command(leg, LegCommand::Hangup { cause: Cause::Busy });
    let busy = line.status(486);
    line.ended(Cause::Busy, Some(486));
    for _ in 0..5_000 {
        line.hear(&invite);
        assert_eq!(line.next(), busy);
        line.quiet();
    }
    assert_eq!((line.counted(Counter::Repeated), line.core.transactions()), (9_999, 1));
    let ack = of_invite(&invite, "ACK", busy.to_tag(), "");
    for _ in 0..1_000 {
        line.hear(&ack);
        line.quiet();
    }
    line.gone();
}

/// A party of a call that sends requests without end is refused after a while; its memory is bounded, and it may leave.
#[test]
fn one_party_cannot_fill_the_house() {
    let mut line = Line::new();
    let (_, mut far) = answered_call(&mut line, "");
    let (mut taken, mut refused) = (0, 0);
    for n in 0..5_000 {
        line.hear(far.request("OPTIONS", "", ""));
        match line.next().status() {
            Some(200) => taken += 1,
            Some(500) => refused += 1,
            other => panic!("{other:?}"),
        }
        if n % 10 == 0 {
            line.pass(ms(1));
        }
    }
    assert!((100..110).contains(&taken), "{taken}");
    assert_eq!(line.counted(Counter::TooMuchInside), refused);
    assert!(line.core.transactions() <= taken + 1);
    // Digits as fast as anybody can press them go on.
    line.pass(Duration::from_secs(11));
    for _ in 0..200 {
        line.hear(far.request("INFO", "Content-Type: application/dtmf-relay\r\n", "Signal=1\r\nDuration=160\r\n"));
        line.status(200);
        assert!(matches!(line.event(), LegEvent::Digit { .. }));
        line.pass(ms(120));
    }
    for _ in 0..500 {
        line.hear(far.request("OPTIONS", "", ""));
        line.next();
    }
    line.hear(far.request("BYE", "", ""));
    line.status(200);
    line.ended(Cause::Normal, None);
    line.gone();
}

/// Rows: S16.11
#[test]
fn behind_its_work_it_takes_no_new_calls_and_keeps_those_it_has() {
    let mut line = Line::new();
    let (leg, mut far) = answered_call(&mut line, "");
    line.input(Input::Shed(true));
    let mut other = Far { call_id: "call-2".into(), ..Far::new(&line) };
    let before = line.core.transactions();
    for _ in 0..3 {
        let invite = other.invite("", OFFER);
        line.hear(&invite);
        let refused = line.status(503);
        assert_eq!(refused.headers.get(&crate::core::headers::Name::RetryAfter), Some("5"));
        line.hear(of_invite(&invite, "ACK", refused.to_tag(), ""));
        line.quiet();
    }
    assert_eq!((line.counted(Counter::Shed), line.core.transactions()), (3, before));
    // In the dialog everything goes on, and the operator's question whether we live is answered.
    line.hear(far.request("INVITE", CONTACT, OFFER));
    assert!(matches!(line.event(), LegEvent::Offered { .. }));
    line.command(leg, LegCommand::AcceptOffer { answer: sdp(ANSWER) });
    let ok = line.status(200);
    let cseq = ok.cseq().0;
    line.hear(far.ack(cseq, ""));
    line.hear(other.request("OPTIONS", "", ""));
    line.status(200);
    // Help is never refused.
    let mut help = Far { call_id: "call-3".into(), ..Far::new(&line) };
    line.hear(help.invite("", OFFER).replacen("sip:1000@", "sip:112@", 1));
    let call = line.call();
    line.command(call.leg, LegCommand::Hangup { cause: Cause::Busy });
    line.status(486);
    line.ended(Cause::Busy, Some(486));
    line.input(Input::Shed(false));
    line.hear(other.invite("", OFFER));
    let call = line.call();
    line.command(call.leg, LegCommand::Hangup { cause: Cause::Busy });
    line.status(486);
    line.ended(Cause::Busy, Some(486));
    line.hear(far.request("BYE", "", ""));
    line.status(200);
    line.ended(Cause::Normal, None);
    line.pass(Duration::from_secs(33));
    line.sent.clear();
    line.gone();
}

/// Calls that came in are counted apart from the legs that are dialled for them, and a place is free as soon as its call
/// is over.
///
/// Rows: S2.19(phone)
#[test]
fn as_many_calls_as_are_configured() {
    let limits = LimitSetup { calls: 2, ..LimitSetup::default() };
    let mut line = Line::with(Setup { limits, ..setup() }, Directory::new("example.org", Vec::new(), trunks()));
    let invite = |line: &mut Line, n: u32| {
        let mut far = Far { call_id: format!("call-x{n}"), ..Far::new(line) };
        line.hear(far.invite("", OFFER));
    };
    invite(&mut line, 1);
    line.dial("sip:far@192.0.2.1", OFFER);
    line.method("INVITE");
    line.dial("sip:far@192.0.2.1", OFFER);
    line.method("INVITE");
    invite(&mut line, 2);
    assert_eq!(line.calls.len(), 2, "what we dial takes no place");
    line.quiet();
    invite(&mut line, 3);
    line.status(503);
    let call = line.call();
    line.command(call.leg, LegCommand::Hangup { cause: Cause::Busy });
    line.status(486);
    // Its refusal is not acknowledged yet, but the call is over.
    invite(&mut line, 4);
    assert_eq!(line.calls.len(), 2);
}
