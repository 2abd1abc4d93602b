//! Calls that come in.

use super::driver::*;
use crate::core::headers::Name;
use crate::core::input::Input;
use crate::core::output::Counter;
use ringdesk_voice::{Cause, LegCommand, LegEvent, Origin};
use std::time::Duration;

fn field<'a>(message: &'a crate::core::message::Message, name: &str) -> &'a str {
    message.headers.get(&Name::from(name)).unwrap_or("")
}

/// Rows: V1
#[test]
fn ring_answer_and_bye() {
    for hop in [UDP, TCP] {
        let mut line = Line::over(hop);
        let mut far = Far::new(&line);
        let invite = far.invite("Supported: timer\r\n", OFFER);
        line.hear(&invite);
        let call = line.call();
        assert_eq!((call.from.number.reveal().as_str(), call.to.number.reveal().as_str()), ("+4940555", "1000"));
        assert_eq!(call.from.name.as_ref().unwrap().reveal(), "Bob");
        assert!(matches!(call.origin, Origin::Trunk(_)));
        assert_eq!((call.offer, call.sip_call_id.as_str()), (Some(sdp(OFFER)), "call-1"));
        assert_eq!(call.hops, 69, "one of the 70 it had is ours");
        line.quiet();
        line.command(call.leg, LegCommand::Ring);
        let ringing = line.status(180);
        assert!(ringing.to_tag().is_some());
        line.command(call.leg, LegCommand::Answer { sdp: sdp(ANSWER) });
        let ok = line.status(200);
        assert_eq!(ok.to_tag(), ringing.to_tag());
        assert_eq!((field(&ok, "Require"), field(&ok, "Session-Expires")), ("timer", "1800;refresher=uac"));
        assert!(ok.contact().unwrap().uri.starts_with("sip:1000@192.0.2.9:5060"));
        assert_eq!(&ok.body[..], ANSWER.as_bytes());
        // The INVITE once more is absorbed: repeating the 2xx is the leg's.
        line.hear(&invite);
        line.quiet();
        far.to_tag = ok.to_tag().map(str::to_owned);
        line.hear(far.ack(1, ""));
        assert_eq!(line.event(), LegEvent::Confirmed { answer: None });
        line.pass(Duration::from_secs(40));
        line.quiet();
        let bye = far.request("BYE", "", "");
        line.hear(&bye);
        line.status(200);
        line.ended(Cause::Normal, None);
        if hop == UDP {
            line.hear(&bye);
            line.status(200);
        }
        line.gone();
    }
}

#[test]
fn a_late_100_unless_something_was_said() {
    let mut line = Line::new();
    let mut far = Far::new(&line);
    let invite = far.invite("", OFFER);
    line.hear(&invite);
    line.pass(ms(199));
    line.quiet();
    line.pass(ms(1));
    assert_eq!(line.status(100).to_tag(), None);
    line.hear(&invite);
    line.status(100);
    let leg = line.call().leg;
    line.command(leg, LegCommand::Ring);
    line.status(180);
    line.hear(&invite);
    line.status(180);
    line.command(leg, LegCommand::Hangup { cause: Cause::Busy });
    line.ended(Cause::Busy, Some(486));
    let busy = line.status(486);
    // Timer G, then silence after the ACK.
    line.pass(ms(500));
    line.status(486);
    line.pass(ms(1_000));
    line.status(486);
    line.hear(of_invite(&invite, "ACK", busy.to_tag(), ""));
    line.pass(Duration::from_secs(20));
    line.gone();
}

/// Timers G and H, reliable and not: nothing is repeated over TCP.
#[test]
fn a_refusal_that_is_never_acknowledged() {
    for (hop, times) in [(UDP, 10), (TCP, 1)] {
        let mut line = Line::over(hop);
        let mut far = Far::new(&line);
        line.hear(far.invite("", OFFER));
        let leg = line.call().leg;
        line.command(leg, LegCommand::Hangup { cause: Cause::Congestion });
        line.ended(Cause::Congestion, Some(503));
        line.pass(Duration::from_secs(31));
        assert_eq!(line.sent.len(), times);
        assert_eq!(field(&line.next(), "Retry-After"), "5");
        line.sent.clear();
        line.pass(Duration::from_secs(2));
        line.sent.clear();
        line.gone();
    }
}

#[test]
fn cancel() {
    let mut line = Line::new();
    let mut far = Far::new(&line);
    let invite = far.invite("", OFFER);
    line.hear(&invite);
    let leg = line.call().leg;
    line.command(leg, LegCommand::Ring);
    line.status(180);
    let cancel = of_invite(&invite, "CANCEL", None, "");
    line.hear(&cancel);
    let ok = line.status(200);
    let terminated = line.status(487);
    assert_eq!(ok.to_tag(), terminated.to_tag());
    line.ended(Cause::Cancelled, Some(487));
    line.hear(&cancel);
    line.status(200);
    line.hear(of_invite(&invite, "ACK", terminated.to_tag(), ""));
    // A command that crossed it is counted and ignored.
    line.command(leg, LegCommand::Answer { sdp: sdp(ANSWER) });
    assert_eq!(line.counted(Counter::CommandIgnored), 1);
    line.gone();
}

#[test]
fn cancel_with_a_reason() {
    let mut line = Line::new();
    let mut far = Far::new(&line);
    let invite = far.invite("", OFFER);
    line.hear(&invite);
    line.call();
    line.hear(of_invite(&invite, "CANCEL", None, "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n"));
    line.status(200);
    let terminated = line.status(487);
    line.ended(Cause::AnsweredElsewhere, Some(487));
    line.hear(of_invite(&invite, "ACK", terminated.to_tag(), ""));
    line.gone();
}

#[test]
fn cancel_that_crosses_the_200() {
    let mut line = Line::new();
    let mut far = Far::new(&line);
    let invite = far.invite("", OFFER);
    line.hear(&invite);
    let leg = line.call().leg;
    line.command(leg, LegCommand::Answer { sdp: sdp(ANSWER) });
    let ok = line.status(200);
    line.hear(of_invite(&invite, "CANCEL", None, ""));
    assert_eq!(line.status(200).cseq().1.as_str(), "CANCEL");
    line.quiet();
    // The caller got the 200 and ends the call properly.
    far.to_tag = ok.to_tag().map(str::to_owned);
    line.hear(far.ack(1, ""));
    assert_eq!(line.event(), LegEvent::Confirmed { answer: None });
    line.hear(far.request("BYE", "", ""));
    line.status(200);
    line.ended(Cause::Normal, None);
    line.gone();
}

#[test]
fn a_cancel_for_nothing() {
    let mut line = Line::new();
    let mut far = Far::new(&line);
    let invite = far.invite("", OFFER);
    line.hear(of_invite(&invite, "CANCEL", None, ""));
    line.status(481);
    assert_eq!(line.counted(Counter::StrayCancel), 1);
    line.gone();
}

#[test]
fn a_lost_ack() {
    for hop in [UDP, TCP] {
        let mut line = Line::over(hop);
        let mut far = Far::new(&line);
        line.hear(far.invite("", OFFER));
        let leg = line.call().leg;
        line.command(leg, LegCommand::Answer { sdp: sdp(ANSWER) });
        let ok = line.status(200);
        // 0.5, 1.5, 3.5, 7.5 s, then every T2, over any transport (§13.3.1.4).
        for wait in [500, 1_000, 2_000, 4_000, 4_000] {
            line.pass(ms(wait - 1));
            line.quiet();
            line.pass(ms(1));
            line.status(200);
        }
        line.pass(ms(20_900));
        let repeated = line.sent.iter().filter(|(_, m)| m.status() == Some(200)).count();
        assert_eq!((repeated, line.sent.len()), (5, 6));
        let bye = line.sent.pop_back().unwrap().1;
        line.sent.clear();
        assert_eq!((bye.method().unwrap().as_str(), bye.to_tag(), bye.from_tag()), ("BYE", Some("far"), ok.to_tag()));
        line.ended(Cause::SignalingTimeout, None);
        assert_eq!(line.counted(Counter::AckMissing), 1);
        line.hear(answer_to(&bye, 200, "", "", ""));
        line.gone();
    }
}

/// RFC 3261 §15: no BYE before the ACK, or before it is too late for one.
#[test]
fn hang_up_before_the_ack() {
    for acknowledged in [true, false] {
        let mut line = Line::over(TCP);
        let mut far = Far::new(&line);
        line.hear(far.invite("", OFFER));
        let leg = line.call().leg;
        line.command(leg, LegCommand::Answer { sdp: sdp(ANSWER) });
        let ok = line.status(200);
        line.command(leg, LegCommand::Hangup { cause: Cause::Normal });
        line.ended(Cause::Normal, None);
        line.quiet();
        if acknowledged {
            far.to_tag = ok.to_tag().map(str::to_owned);
            line.hear(far.ack(1, ""));
        } else {
            line.pass(Duration::from_secs(32));
            line.sent.retain(|(_, m)| m.is_request());
        }
        let bye = line.method("BYE");
        line.hear(answer_to(&bye, 200, "", "", ""));
        line.gone();
    }
}

#[test]
fn a_lost_bye_is_repeated_and_then_given_up() {
    let mut line = Line::new();
    let (leg, _) = answered_call(&mut line, "");
    line.command(leg, LegCommand::Hangup { cause: Cause::MediaTimeout });
    line.ended(Cause::MediaTimeout, None);
    assert_eq!(field(&line.method("BYE"), "Reason"), "Q.850;cause=102;text=\"No media\"");
    line.pass(Duration::from_secs(31));
    assert_eq!(line.sent.len(), 9);
    line.sent.clear();
    line.pass(Duration::from_secs(2));
    line.sent.clear();
    line.gone();
}

#[test]
fn byes_that_cross() {
    let mut line = Line::new();
    let (leg, mut far) = answered_call(&mut line, "");
    line.command(leg, LegCommand::Hangup { cause: Cause::Normal });
    line.ended(Cause::Normal, None);
    let bye = line.method("BYE");
    line.hear(far.request("BYE", "", ""));
    line.status(200);
    line.hear(answer_to(&bye, 481, "", "", ""));
    line.gone();
}

#[test]
fn late_offer() {
    let mut line = Line::new();
    let mut far = Far::new(&line);
    line.hear(far.invite("", ""));
    let call = line.call();
    assert_eq!((call.offer, call.reliable), (None, false));
    // An offer in an unreliable 18x would be lost: it comes in the 2xx.
    line.command(call.leg, LegCommand::Progress { answer: sdp(ANSWER) });
    assert!(line.status(183).body.is_empty());
    line.command(call.leg, LegCommand::Answer { sdp: sdp(ANSWER) });
    let ok = line.status(200);
    assert_eq!(&ok.body[..], ANSWER.as_bytes());
    far.to_tag = ok.to_tag().map(str::to_owned);
    line.hear(far.ack(1, OFFER));
    assert_eq!(line.event(), LegEvent::Confirmed { answer: Some(sdp(OFFER)) });
    line.hear(far.request("BYE", "", ""));
    line.status(200);
    line.ended(Cause::Normal, None);
    line.gone();
}

/// RFC 3262 §5: the offer in a reliable 183, its answer in the PRACK; then neither another 183 nor the 200 says it again.
///
/// Rows: V1
#[test]
fn a_late_offer_before_the_answer() {
    let mut line = Line::new();
    let mut far = Far::new(&line);
    line.hear(far.invite("Supported: 100rel\r\n", ""));
    let call = line.call();
    assert_eq!((call.offer, call.reliable), (None, true));
    line.command(call.leg, LegCommand::Progress { answer: sdp(ANSWER) });
    let progress = line.status(183);
    assert_eq!((field(&progress, "RSeq"), &progress.body[..]), ("1", ANSWER.as_bytes()));
    // Nobody is answered while the answer to the offer is missing.
    line.command(call.leg, LegCommand::Answer { sdp: sdp(ANSWER) });
    line.quiet();
    far.to_tag = progress.to_tag().map(str::to_owned);
    line.hear(far.request("PRACK", "RAck: 1 1 INVITE\r\n", OFFER));
    line.status(200);
    assert_eq!(line.event(), LegEvent::Confirmed { answer: Some(sdp(OFFER)) });
    assert!(line.status(200).body.is_empty());
    line.hear(far.ack(1, ""));
    assert_eq!(line.event(), LegEvent::Confirmed { answer: None });
    line.hear(far.request("BYE", "", ""));
    line.status(200);
    line.ended(Cause::Normal, None);
    line.gone();

    let mut far = Far::new(&line);
    line.hear(far.invite("Supported: 100rel\r\n", ""));
    let leg = line.call().leg;
    line.command(leg, LegCommand::Progress { answer: sdp(ANSWER) });
    far.to_tag = line.status(183).to_tag().map(str::to_owned);
    line.hear(far.request("PRACK", "RAck: 1 1 INVITE\r\n", ""));
    line.status(200);
    assert_eq!(line.event(), LegEvent::Confirmed { answer: None }, "an answer that did not come is told, too");
    line.command(leg, LegCommand::Progress { answer: sdp(ANSWER) });
    assert!(line.status(183).body.is_empty());
    line.command(leg, LegCommand::Hangup { cause: Cause::RemoteFailure });
    line.status(502);
}

#[test]
fn reliable_ringing_where_it_is_required() {
    let mut line = Line::new();
    let mut far = Far::new(&line);
    line.hear(far.invite("Require: 100rel\r\n", OFFER));
    let leg = line.call().leg;
    line.command(leg, LegCommand::Ring);
    let ringing = line.status(180);
    assert_eq!((field(&ringing, "Require"), field(&ringing, "RSeq")), ("100rel", "1"));
    line.pass(ms(500));
    line.status(180);
    // The next one waits, and a 200 waits for a description that waits.
    line.command(leg, LegCommand::Progress { answer: sdp(ANSWER) });
    line.quiet();
    far.to_tag = ringing.to_tag().map(str::to_owned);
    line.hear(far.request("PRACK", "RAck: 9 1 INVITE\r\n", ""));
    line.status(481);
    line.hear(far.request("PRACK", "RAck: 1 1 INVITE\r\n", ""));
    line.status(200);
    let progress = line.status(183);
    assert_eq!((field(&progress, "RSeq"), &progress.body[..]), ("2", ANSWER.as_bytes()));
    line.command(leg, LegCommand::Answer { sdp: sdp(ANSWER) });
    line.quiet();
    line.hear(far.request("PRACK", "RAck: 2 1 INVITE\r\n", ""));
    line.status(200);
    line.status(200);
    line.hear(far.ack(1, ""));
    assert_eq!(line.event(), LegEvent::Confirmed { answer: None });
    line.pass(Duration::from_secs(40));
    line.hear(far.request("BYE", "", ""));
    line.status(200);
    line.ended(Cause::Normal, None);
    line.gone();
}

#[test]
fn reliable_early_media_that_is_never_acknowledged() {
    let mut line = Line::new();
    let mut far = Far::new(&line);
    let invite = far.invite("Supported: 100rel\r\n", OFFER);
    line.hear(&invite);
    let leg = line.call().leg;
    line.command(leg, LegCommand::Ring);
    assert_eq!(field(&line.status(180), "RSeq"), "", "only what carries a description");
    line.command(leg, LegCommand::Progress { answer: sdp(ANSWER) });
    assert_eq!(field(&line.status(183), "RSeq"), "1");
    line.pass(Duration::from_secs(32));
    // 0.5, 1.5, 3.5, 7.5, 15.5, 31.5 s
    let last = line.sent.pop_back().unwrap().1;
    assert_eq!((line.sent.len(), last.status()), (6, Some(504)));
    line.sent.clear();
    line.ended(Cause::SignalingTimeout, Some(504));
    line.hear(of_invite(&invite, "ACK", last.to_tag(), ""));
    line.gone();
}

#[test]
fn update_in_an_early_dialog() {
    let mut line = Line::new();
    let mut far = Far::new(&line);
    let invite = far.invite("Supported: 100rel\r\n", OFFER);
    line.hear(&invite);
    let leg = line.call().leg;
    line.command(leg, LegCommand::Ring);
    far.to_tag = line.status(180).to_tag().map(str::to_owned);
    // Before we answered the first offer there can be no second one (RFC 3311 §5.2).
    line.hear(far.request("UPDATE", CONTACT, OFFER));
    assert!(!field(&line.status(500), "Retry-After").is_empty());
    line.command(leg, LegCommand::Progress { answer: sdp(ANSWER) });
    line.status(183);
    line.hear(far.request("PRACK", "RAck: 1 1 INVITE\r\n", ""));
    line.status(200);
    line.hear(far.request("UPDATE", CONTACT, OFFER));
    assert_eq!(line.event(), LegEvent::Offered { offer: Some(sdp(OFFER)) });
    line.command(leg, LegCommand::AcceptOffer { answer: sdp(ANSWER) });
    assert_eq!(line.status(200).cseq().1.as_str(), "UPDATE");
    line.hear(far.request("INFO", "Content-Type: application/dtmf-relay\r\n", "Signal=7\r\nDuration=100\r\n"));
    line.status(200);
    assert!(matches!(line.event(), LegEvent::Digit { digit, .. } if digit.key() == '7'));
    line.command(leg, LegCommand::Hangup { cause: Cause::Declined });
    let refused = line.status(603);
    line.ended(Cause::Declined, Some(603));
    line.hear(of_invite(&invite, "ACK", refused.to_tag(), ""));
    line.gone();
}

#[test]
fn a_call_that_rings_for_ever_ends() {
    let mut line = Line::new();
    let mut far = Far::new(&line);
    let invite = far.invite("", OFFER);
    line.hear(&invite);
    let leg = line.call().leg;
    line.command(leg, LegCommand::Ring);
    line.status(180);
    line.pass(Duration::from_secs(299));
    line.quiet();
    line.pass(Duration::from_secs(1));
    let over = line.status(480);
    line.ended(Cause::NoAnswer, Some(480));
    assert_eq!(line.counted(Counter::Ghost), 1);
    line.hear(of_invite(&invite, "ACK", over.to_tag(), ""));
    line.gone();
}

#[test]
fn bye_in_an_early_dialog() {
    let mut line = Line::new();
    let mut far = Far::new(&line);
    let invite = far.invite("", OFFER);
    line.hear(&invite);
    let leg = line.call().leg;
    line.command(leg, LegCommand::Ring);
    far.to_tag = line.status(180).to_tag().map(str::to_owned);
    line.hear(far.request("BYE", "", ""));
    line.status(200);
    let over = line.status(487);
    line.ended(Cause::Cancelled, Some(487));
    line.hear(of_invite(&invite, "ACK", over.to_tag(), ""));
    line.gone();
}

#[test]
fn the_connection_of_a_call_breaks() {
    let mut line = Line::over(TCP);
    let (leg, _) = answered_call(&mut line, "");
    line.command(leg, LegCommand::Hangup { cause: Cause::Normal });
    line.ended(Cause::Normal, None);
    line.method("BYE");
    let (hop, why) = (line.hop, crate::core::input::HopFailure::Closed);
    line.input(Input::HopFailed { hop, why });
    // Its Contact may still be reached, over a new connection.
    let (hop, bye) = line.next_with_hop();
    assert_eq!((hop.as_str(), bye.cseq().0), ("tcp/0/192.0.2.1:5060", 2));
    line.input(Input::HopFailed { hop: hop.parse().unwrap(), why });
    line.gone();
}

/// A peer of RFC 2543: no magic cookie, and an ACK that is found by what it has in common with its INVITE.
#[test]
fn an_old_peer() {
    let mut line = Line::new();
    let mut far = Far::new(&line);
    let invite = far.invite("", OFFER).replace(";branch=z9hG4bKfar1", "").replace(";rport", "");
    line.hear(&invite);
    let leg = line.call().leg;
    line.hear(&invite);
    assert!(line.calls.is_empty());
    line.command(leg, LegCommand::Hangup { cause: Cause::Busy });
    let busy = line.status(486);
    line.ended(Cause::Busy, Some(486));
    line.hear(of_invite(&invite, "ACK", busy.to_tag(), ""));
    line.pass(Duration::from_secs(10));
    line.gone();
}

#[test]
fn an_answer_goes_where_rfc_3581_says() {
    for (via, hop, to) in [
        ("SIP/2.0/UDP 10.0.0.1:5062;rport", "udp/0/192.0.2.7:1024", "udp/0/192.0.2.7:1024"),
        ("SIP/2.0/UDP 10.0.0.1:5062", "udp/0/192.0.2.7:1024", "udp/0/192.0.2.7:5062"),
        ("SIP/2.0/UDP host.example.org", "udp/0/192.0.2.7:1024", "udp/0/192.0.2.7:5060"),
        ("SIP/2.0/TCP 10.0.0.1", "tcp/0/192.0.2.7:1024/3", "tcp/0/192.0.2.7:1024/3"),
    ] {
        let mut line = Line::new();
        let mut far = Far { via: via.into(), ..Far::new(&line) };
        let invite = far.invite("", OFFER);
        line.hear_from(hop, &invite);
        let leg = line.call().leg;
        line.command(leg, LegCommand::Hangup { cause: Cause::Busy });
        let (got, busy) = line.next_with_hop();
        assert_eq!(got, to, "{via}");
        assert_eq!(busy.via().unwrap().answer_host(), "192.0.2.7");
        line.events.clear();
        line.hear_from(hop, of_invite(&invite, "ACK", busy.to_tag(), ""));
        line.gone();
    }
}
