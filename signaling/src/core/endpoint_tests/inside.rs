//! Inside a dialog: changing the session, keeping it alive, everything else that may be said there.

use super::driver::*;
use crate::core::headers::Name;
use crate::core::input::Input;
use crate::core::message::Message;
use crate::core::output::{Counter, Output};
use ringdesk_voice::{Cause, LegCommand, LegEvent, LegId};
use std::time::Duration;

fn field<'a>(message: &'a Message, name: &str) -> &'a str {
    message.headers.get(&Name::from(name)).unwrap_or("")
}

const HOLD: &str = "v=0\r\no=far 1 2 IN IP4 192.0.2.1\r\na=sendonly\r\n";
const HELD: &str = "v=0\r\no=us 1 2 IN IP4 192.0.2.9\r\na=recvonly\r\n";
const MORE: &str = "v=0\r\no=us 1 3 IN IP4 192.0.2.9\r\n";

fn both() -> Vec<(Line, LegId, Far)> {
    let mut in_line = Line::new();
    let (leg, far) = answered_call(&mut in_line, "");
    let mut out_line = Line::new();
    let (out_leg, out_far) = dialled_call(&mut out_line, "");
    vec![(in_line, leg, far), (out_line, out_leg, out_far)]
}

fn far_hangs_up(line: &mut Line, far: &mut Far) {
    line.hear(far.request("BYE", "", ""));
    line.status(200);
    line.ended(Cause::Normal, None);
    line.pass(Duration::from_secs(33));
    line.gone();
}

#[test]
fn hold_and_resume_by_reinvite() {
    for (mut line, leg, mut far) in both() {
        for offer in [HOLD, OFFER] {
            line.hear(far.request("INVITE", CONTACT, offer));
            assert_eq!(line.event(), LegEvent::Offered { offer: Some(sdp(offer)) });
            line.pass(ms(250));
            line.status(100);
            line.command(leg, LegCommand::AcceptOffer { answer: sdp(HELD) });
            let ok = line.status(200);
            assert_eq!(&ok.body[..], HELD.as_bytes());
            line.pass(ms(500));
            line.status(200);
            let cseq = far.cseq;
            line.hear(far.ack(cseq, ""));
            line.pass(Duration::from_secs(2));
            line.quiet();
        }
        far_hangs_up(&mut line, &mut far);
    }
}

#[test]
fn a_reinvite_without_an_offer() {
    for (mut line, leg, mut far) in both() {
        line.hear(far.request("INVITE", CONTACT, ""));
        assert_eq!(line.event(), LegEvent::Offered { offer: None });
        line.command(leg, LegCommand::AcceptOffer { answer: sdp(MORE) });
        assert_eq!(&line.status(200).body[..], MORE.as_bytes());
        let cseq = far.cseq;
        line.hear(far.ack(cseq, OFFER));
        assert_eq!(line.event(), LegEvent::Confirmed { answer: Some(sdp(OFFER)) });
        far_hangs_up(&mut line, &mut far);
    }
}

#[test]
fn an_offer_that_is_refused_or_forgotten() {
    for refuse in [true, false] {
        for (mut line, leg, mut far) in both() {
            line.hear(far.request("UPDATE", CONTACT, HOLD));
            assert_eq!(line.event(), LegEvent::Offered { offer: Some(sdp(HOLD)) });
            if refuse {
                line.command(leg, LegCommand::RefuseOffer { status: 488 });
            } else {
                line.pass(Duration::from_secs(20));
                assert_eq!(line.counted(Counter::Ghost), 1);
            }
            line.status(488);
            line.command(leg, LegCommand::AcceptOffer { answer: sdp(HELD) });
            assert_eq!(line.counted(Counter::CommandIgnored), 1);
            far_hangs_up(&mut line, &mut far);
        }
    }
}

#[test]
fn one_offer_at_a_time() {
    for (mut line, leg, mut far) in both() {
        line.hear(far.request("UPDATE", CONTACT, HOLD));
        line.event();
        line.hear(far.request("UPDATE", CONTACT, HOLD));
        assert!(!field(&line.status(500), "Retry-After").is_empty());
        line.command(leg, LegCommand::Reoffer { offer: sdp(MORE) });
        assert_eq!(line.event(), LegEvent::ReofferRefused { status: 491 });
        line.command(leg, LegCommand::AcceptOffer { answer: sdp(HELD) });
        line.status(200);
        far_hangs_up(&mut line, &mut far);
    }
}

#[test]
fn our_offer() {
    for (mut line, leg, mut far) in both() {
        line.command(leg, LegCommand::Reoffer { offer: sdp(MORE) });
        let invite = line.method("INVITE");
        assert_eq!((&invite.body[..], invite.uri()), (MORE.as_bytes(), "sip:far@192.0.2.1:5060"));
        // One at a time, of ours as well.
        line.command(leg, LegCommand::Reoffer { offer: sdp(MORE) });
        assert_eq!(line.counted(Counter::CommandIgnored), 1);
        line.hear(answer_to(&invite, 100, "", "", ""));
        let ok = answer_to(&invite, 200, "", CONTACT, HOLD);
        line.hear(&ok);
        let ack = line.method("ACK");
        assert_eq!(ack.cseq().0, invite.cseq().0);
        assert_eq!(line.event(), LegEvent::ReofferAccepted { answer: sdp(HOLD) });
        line.hear(&ok);
        assert_eq!(line.method("ACK"), ack);
        far_hangs_up(&mut line, &mut far);
    }
}

#[test]
fn glare() {
    for (mut line, leg, mut far) in both() {
        line.command(leg, LegCommand::Reoffer { offer: sdp(MORE) });
        let ours = line.method("INVITE");
        line.hear(far.request("INVITE", CONTACT, HOLD));
        let refused = line.status(491);
        assert_eq!(refused.cseq().0, far.cseq);
        line.hear(answer_to(&ours, 491, "", "", ""));
        line.method("ACK");
        line.sent.clear();
        // Within 4 s we try again, with the same offer.
        line.pass(Duration::from_secs(4));
        line.sent.retain(|(_, m)| m.is_request());
        let again = line.method("INVITE");
        assert_eq!((&again.body[..], again.cseq().0), (MORE.as_bytes(), ours.cseq().0 + 1));
        line.sent.clear();
        line.hear(answer_to(&again, 200, "", CONTACT, HOLD));
        line.method("ACK");
        assert_eq!(line.event(), LegEvent::ReofferAccepted { answer: sdp(HOLD) });
        assert_eq!(line.counted(Counter::Glare), 2);
        line.pass(Duration::from_secs(33));
        line.sent.clear();
        far_hangs_up(&mut line, &mut far);
    }
}

#[test]
fn endless_glare_is_given_up_and_the_session_stays() {
    let mut line = Line::new();
    let (leg, mut far) = answered_call(&mut line, "");
    line.command(leg, LegCommand::Reoffer { offer: sdp(MORE) });
    for _ in 0..6 {
        let ours = line.method("INVITE");
        line.sent.clear();
        line.hear(answer_to(&ours, 491, "", "", ""));
        line.method("ACK");
        line.pass(Duration::from_secs(5));
    }
    assert_eq!(line.event(), LegEvent::ReofferRefused { status: 491 });
    far_hangs_up(&mut line, &mut far);
}

#[test]
fn our_offer_refused() {
    for (mut line, leg, mut far) in both() {
        line.command(leg, LegCommand::Reoffer { offer: sdp(MORE) });
        let ours = line.method("INVITE");
        line.hear(answer_to(&ours, 488, "", "", ""));
        line.method("ACK");
        assert_eq!(line.event(), LegEvent::ReofferRefused { status: 488 });
        far_hangs_up(&mut line, &mut far);
    }
}

#[test]
fn our_offer_to_somebody_who_is_gone() {
    for answered in [true, false] {
        for (mut line, leg, _) in both() {
            line.command(leg, LegCommand::Reoffer { offer: sdp(MORE) });
            let ours = line.method("INVITE");
            if answered {
                line.hear(answer_to(&ours, 481, "", "", ""));
                line.method("ACK");
            } else {
                line.pass(Duration::from_secs(32));
                line.sent.retain(|(_, m)| m.method().unwrap().as_str() == "BYE");
            }
            line.ended(Cause::SignalingTimeout, answered.then_some(481));
            let bye = line.method("BYE");
            line.hear(answer_to(&bye, 481, "", "", ""));
            line.gone();
        }
    }
}

#[test]
fn an_offer_of_ours_waits_for_the_ack() {
    let mut line = Line::new();
    let mut far = Far::new(&line);
    line.hear(far.invite("", OFFER));
    let leg = line.call().leg;
    line.command(leg, LegCommand::Answer { sdp: sdp(ANSWER) });
    far.to_tag = line.status(200).to_tag().map(str::to_owned);
    line.command(leg, LegCommand::Reoffer { offer: sdp(MORE) });
    line.quiet();
    line.hear(far.request("INVITE", CONTACT, HOLD));
    line.status(491);
    line.hear(far.ack(1, ""));
    assert_eq!(line.event(), LegEvent::Confirmed { answer: None });
    line.sent.retain(|(_, m)| m.is_request());
    let invite = line.method("INVITE");
    line.hear(answer_to(&invite, 200, "", CONTACT, HOLD));
    line.method("ACK");
    assert_eq!(line.event(), LegEvent::ReofferAccepted { answer: sdp(HOLD) });
    line.pass(Duration::from_secs(33));
    line.sent.clear();
    far_hangs_up(&mut line, &mut far);
}

#[test]
fn hang_up_while_offers_are_open() {
    for ours in [true, false] {
        for (mut line, leg, mut far) in both() {
            if ours {
                line.command(leg, LegCommand::Reoffer { offer: sdp(MORE) });
                let invite = line.method("INVITE");
                line.hear(answer_to(&invite, 100, "", "", ""));
            } else {
                line.hear(far.request("UPDATE", CONTACT, HOLD));
                line.event();
            }
            line.command(leg, LegCommand::Hangup { cause: Cause::Normal });
            line.ended(Cause::Normal, None);
            if ours {
                line.method("CANCEL");
            } else {
                line.status(487);
            }
            let bye = line.method("BYE");
            line.hear(answer_to(&bye, 200, "", "", ""));
            line.pass(Duration::from_secs(65));
            line.sent.clear();
            line.gone();
        }
    }
}

#[test]
fn a_reinvite_that_is_cancelled() {
    let mut line = Line::new();
    let (leg, mut far) = answered_call(&mut line, "");
    let invite = far.request("INVITE", CONTACT, HOLD);
    line.hear(&invite);
    line.event();
    let tag = far.to_tag.clone();
    line.hear(of_invite(&invite, "CANCEL", tag.as_deref(), ""));
    line.status(200);
    line.status(487);
    line.hear(of_invite(&invite, "ACK", tag.as_deref(), ""));
    line.command(leg, LegCommand::Hangup { cause: Cause::Normal });
    line.ended(Cause::Normal, None);
    let bye = line.method("BYE");
    line.hear(answer_to(&bye, 200, "", "", ""));
    line.gone();
}

#[test]
fn what_else_may_be_said() {
    let mut line = Line::new();
    let (_, mut far) = answered_call(&mut line, "");
    for (method, more, body, status, has) in [
        ("OPTIONS", "", "", 200, "Allow"),
        ("INFO", "Content-Type: application/dtmf-relay\r\n", "Signal=ZZ", 400, "To"),
        ("INFO", "Content-Type: application/media_control+xml\r\n", "<x/>", 415, "Accept"),
        ("INFO", "", "", 200, "To"),
        ("REFER", "Refer-To: <sip:x@y>\r\n", "", 403, "To"),
        ("MESSAGE", "Content-Type: text/plain\r\n", "hi", 405, "Allow"),
        ("FROBNICATE", "", "", 501, "Allow"),
        ("SUBSCRIBE", "Event: presence\r\n", "", 489, "To"),
        ("NOTIFY", "Event: refer\r\n", "", 481, "To"),
        ("PRACK", "RAck: 1 1 INVITE\r\n", "", 200, "To"),
        ("UPDATE", "Require: frobnication, timer\r\n", "", 420, "Unsupported"),
        ("UPDATE", "Content-Type: application/x\r\n", "x", 415, "Accept"),
        ("UPDATE", "Supported: timer\r\nSession-Expires: 60\r\n", "", 422, "Min-SE"),
        ("INVITE", "Content-Encoding: gzip\r\nContact: <sip:a@b>\r\n", "x", 415, "Accept"),
    ] {
        line.hear(far.request(method, more, body));
        let response = line.status(status);
        assert!(!field(&response, has).is_empty(), "{method}");
        assert!(!field(&response, "Allow").contains("NOTIFY"), "nothing of ours is subscribed");
        assert!(line.events.is_empty(), "{method}");
    }
    // Neither an old CSeq nor a wrong tag is ours to act on.
    far.cseq = 3;
    line.hear(far.request("OPTIONS", "", ""));
    line.status(500);
    far.cseq = 50;
    let tag = far.to_tag.clone();
    for wrong in [Some("nobody".to_owned()), None] {
        far.to_tag = wrong.or(tag.clone());
        far.from = far.from.replace("tag=far", if far.to_tag == tag { "tag=other" } else { "tag=far" });
        line.hear(far.request("BYE", "", ""));
        line.status(481);
    }
    far.from = far.from.replace("tag=other", "tag=far");
    assert_eq!(line.counted(Counter::UnknownDialog), 2);
    line.pass(Duration::from_secs(33));
    line.sent.clear();
    far_hangs_up(&mut line, &mut far);
}

#[test]
fn a_session_that_they_refresh_or_do_not() {
    for refreshed in [true, false] {
        let mut line = Line::new();
        let (_, mut far) = answered_call(&mut line, "Supported: timer\r\nSession-Expires: 100;refresher=uac\r\n");
        line.pass(Duration::from_secs(60));
        if refreshed {
            line.hear(far.request(
                "UPDATE",
                &format!("{CONTACT}Supported: timer\r\nSession-Expires: 100;refresher=uac\r\n"),
                "",
            ));
            assert_eq!(field(&line.status(200), "Session-Expires"), "100;refresher=uac");
            line.pass(Duration::from_secs(60));
            line.quiet();
        }
        // 32 s before the end, or a third of the interval: 100 - 32.
        line.pass(ms(8_200));
        line.ended(Cause::SignalingTimeout, None);
        let bye = line.method("BYE");
        assert!(field(&bye, "Reason").contains("408"));
        assert_eq!(line.counted(Counter::SessionExpired), 1);
        line.hear(answer_to(&bye, 481, "", "", ""));
        line.gone();
    }
}

/// The peer knows nothing of session timers: we refresh, by UPDATE where it may be, else by re-INVITE.
#[test]
fn a_session_that_we_refresh() {
    for (allow, method) in [("Allow: INVITE, UPDATE\r\n", "UPDATE"), ("", "INVITE")] {
        let mut line = Line::new();
        let (_, mut far) = answered_call(&mut line, allow);
        for _ in 0..3 {
            line.pass(Duration::from_secs(899));
            line.quiet();
            line.pass(Duration::from_secs(1));
            let refresh = line.method(method);
            assert_eq!(field(&refresh, "Session-Expires"), "1800;refresher=uac");
            if method == "INVITE" {
                assert_eq!(&refresh.body[..], ANSWER.as_bytes(), "the session as it is");
                line.hear(answer_to(&refresh, 200, "", CONTACT, OFFER));
                line.method("ACK");
            } else {
                assert!(refresh.body.is_empty());
                line.hear(answer_to(&refresh, 200, "", &format!("{CONTACT}{allow}"), ""));
            }
            line.quiet();
        }
        far_hangs_up(&mut line, &mut far);
    }
}

#[test]
fn a_refresh_that_is_not_answered_ends_the_call() {
    let mut line = Line::new();
    let (_, _) = dialled_call(&mut line, "Allow: UPDATE\r\nSession-Expires: 90;refresher=uac\r\n");
    line.pass(Duration::from_secs(45));
    line.method("UPDATE");
    line.pass(Duration::from_secs(32));
    line.ended(Cause::SignalingTimeout, None);
    let bye = line.sent.pop_back().unwrap().1;
    line.sent.clear();
    line.hear(answer_to(&bye, 200, "", "", ""));
    line.gone();
}

#[test]
fn a_refused_update_becomes_a_reinvite() {
    let mut line = Line::new();
    let (_, mut far) = dialled_call(&mut line, "Allow: UPDATE\r\nSession-Expires: 200;refresher=uac\r\n");
    line.pass(Duration::from_secs(100));
    let update = line.method("UPDATE");
    line.hear(answer_to(&update, 405, "", "", ""));
    line.pass(Duration::from_secs(20));
    let invite = line.method("INVITE");
    assert_eq!(&invite.body[..], OFFER.as_bytes());
    line.hear(answer_to(&invite, 200, "", &format!("{CONTACT}Session-Expires: 200;refresher=uac\r\n"), ANSWER));
    line.method("ACK");
    line.quiet();
    far_hangs_up(&mut line, &mut far);
}

/// A new Contact in a re-INVITE is where the next request goes; one behind NAT is answered at its source.
#[test]
fn the_target_moves() {
    let mut line = Line::new();
    let (leg, mut far) = answered_call(&mut line, "");
    line.hear(far.request("UPDATE", "Contact: <sip:far@192.0.2.44:5099>\r\n", ""));
    line.status(200);
    line.hear_from("udp/0/192.0.2.50:777", far.request("OPTIONS", "", ""));
    line.status(200);
    line.command(leg, LegCommand::Reoffer { offer: sdp(MORE) });
    let (hop, invite) = line.next_with_hop();
    assert_eq!((hop.as_str(), invite.uri()), ("udp/0/192.0.2.44:5099", "sip:far@192.0.2.44:5099"));
    line.hear(answer_to(&invite, 200, "", "Contact: <sip:far@10.1.2.3>\r\n", OFFER));
    let (hop, ack) = line.next_with_hop();
    assert_eq!((hop.as_str(), ack.uri()), (UDP, "sip:far@10.1.2.3"));
    line.events.clear();
    line.hear_from("udp/0/192.0.2.50:777", far.request("OPTIONS", "", ""));
    line.status(200);
    line.command(leg, LegCommand::Hangup { cause: Cause::Normal });
    let (hop, _) = line.next_with_hop();
    assert_eq!(hop, "udp/0/192.0.2.50:777");
}

#[test]
fn a_contact_by_name_is_looked_up() {
    let mut line = Line::new();
    let mut far = Far::new(&line);
    let invite = far.invite("", OFFER).replace("sip:far@192.0.2.1:5060", "sip:far@pbx.example.org");
    line.hear(&invite);
    let leg = line.call().leg;
    let Some(Output::Resolve { token, host, .. }) = line.other.pop_front() else { panic!() };
    assert_eq!(host, "pbx.example.org");
    line.command(leg, LegCommand::Answer { sdp: sdp(ANSWER) });
    far.to_tag = line.status(200).to_tag().map(str::to_owned);
    line.hear(far.ack(1, ""));
    line.events.clear();
    let found = vec![(crate::core::input::Transport::Udp, "192.0.2.70:5060".parse().unwrap())];
    line.input(Input::Resolved { token, hops: found });
    line.command(leg, LegCommand::Hangup { cause: Cause::Normal });
    let (hop, _) = line.next_with_hop();
    assert_eq!(hop, "udp/0/192.0.2.70:5060");
}

#[test]
fn commands_out_of_place() {
    let mut line = Line::new();
    let (leg, mut far) = answered_call(&mut line, "");
    for command in [
        LegCommand::Ring,
        LegCommand::Progress { answer: sdp(ANSWER) },
        LegCommand::Answer { sdp: sdp(ANSWER) },
        LegCommand::AcceptOffer { answer: sdp(ANSWER) },
        LegCommand::RefuseOffer { status: 488 },
    ] {
        line.command(leg, command);
    }
    line.quiet();
    assert_eq!(line.counted(Counter::CommandIgnored), 5);
    far_hangs_up(&mut line, &mut far);
    line.command(leg, LegCommand::Hangup { cause: Cause::Normal });
    assert_eq!(line.counted(Counter::CommandIgnored), 6);
    let early = line.dial("sip:far@192.0.2.1", OFFER);
    line.method("INVITE");
    for command in [LegCommand::Ring, LegCommand::Answer { sdp: sdp(ANSWER) }, LegCommand::Reoffer { offer: sdp(MORE) }]
    {
        line.command(early, command);
    }
    line.quiet();
    assert_eq!(line.counted(Counter::CommandIgnored), 9);
}
