//! Browsers: SIP over WebSocket (RFC 7118), and what becomes of a call when its socket breaks.

use super::driver::*;
use super::phones::{credentials, line, phone, register};
use crate::core::headers::Name;
use crate::core::input::{HopFailure, Input};
use crate::core::message::Message;
use crate::core::output::{Counter, Output};
use ringdesk_voice::{Cause, Destination, LegCommand, LegEvent, LegId, Target};
use std::time::Duration;

const SOCKET: &str = "wss/0/198.51.100.7:52100/11";
const ANOTHER: &str = "wss/0/203.0.113.80:40001/12";
const PAGE: &str = "\"<urn:uuid:00000000-0000-4000-8000-000000000001>\"";
const TAB: &str = "\"<urn:uuid:00000000-0000-4000-8000-000000000002>\"";

fn page(line: &Line, user: &str) -> Far {
    let mut page = phone(line, user);
    page.via = "SIP/2.0/WSS df7jal23ls0d.invalid".into();
    page
}

fn contact(user: &str, instance: &str) -> String {
    format!(
        "Contact: <sip:{user}x@df7jal23ls0d.invalid;transport=ws>;+sip.instance={instance};reg-id=1;expires=600\r\n\
         Supported: path, gruu, outbound\r\n"
    )
}

/// A browser of 2001 that has registered over [`SOCKET`].
fn registered() -> (Line, Far) {
    let mut line = line();
    line.hop = SOCKET.parse().unwrap();
    let mut page = page(&line, "2001");
    let answer = register(&mut line, &mut page, &contact("2001", PAGE));
    assert_eq!(answer.status(), Some(200));
    assert_eq!(answer.headers.get(&Name::Require), Some("outbound"));
    line.other.clear();
    (line, page)
}

/// The same page, or another one, over another socket.
fn comes_back(line: &mut Line, user: &str, instance: &str) {
    line.hop = ANOTHER.parse().unwrap();
    let mut page = page(line, user);
    page.call_id = format!("again-{user}-{}", instance.len());
    page.from = page.from.replace("tag=p", "tag=q");
    let answer = register(line, &mut page, &contact(user, instance));
    assert_eq!(answer.status(), Some(200));
    line.other.clear();
}

fn reach(line: &mut Line) -> Vec<Destination> {
    line.input(Input::Reach { ask: 9, target: Target::Extension("2001".into()) });
    match line.other.pop_back() {
        Some(Output::Reached { destinations, .. }) => destinations,
        other => panic!("{other:?}"),
    }
}

fn breaks(line: &mut Line, hop: &str) {
    line.input(Input::HopFailed { hop: hop.parse().unwrap(), why: HopFailure::Closed });
}

/// The browser was called and has answered.
fn talking() -> (Line, LegId, Message) {
    let (mut line, _) = registered();
    let to = reach(&mut line).remove(0);
    let leg = line.dial_to(to, OFFER);
    let (hop, invite) = line.next_with_hop();
    assert_eq!(hop, SOCKET);
    line.hear(answer_to(&invite, 200, "js", &contact("2001", PAGE), ANSWER));
    assert_eq!(line.event(), LegEvent::Answered { answer: Some(sdp(ANSWER)) });
    line.method("ACK");
    line.pass(Duration::from_secs(40));
    line.quiet();
    (line, leg, invite)
}

/// Rows: V2
#[test]
fn a_browser_is_called_over_its_socket() {
    let (mut line, _) = registered();
    let found = reach(&mut line);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].flow.as_deref(), Some(SOCKET));
    let leg = line.dial_to(found[0].clone(), OFFER);
    let (hop, invite) = line.next_with_hop();
    assert_eq!(hop, SOCKET);
    assert_eq!(invite.uri(), "sip:2001x@df7jal23ls0d.invalid;transport=ws");
    assert_eq!(invite.via().unwrap().transport, "WSS");
    assert_eq!(invite.headers.get(&Name::Contact).unwrap(), "<sip:+4930123456@192.0.2.9:5060;transport=ws>");
    line.pass(Duration::from_secs(10));
    line.quiet();
    line.command(leg, LegCommand::Hangup { cause: Cause::AnsweredElsewhere });
    line.ended(Cause::AnsweredElsewhere, None);
    line.hear(answer_to(&invite, 180, "js", "", ""));
    line.method("CANCEL");
    line.hear(answer_to(&invite, 487, "js", "", ""));
    line.method("ACK");
    line.gone();
}

/// Rows: V2
#[test]
fn a_request_to_a_dead_socket_ends_at_once() {
    let (mut line, _) = registered();
    let to = reach(&mut line).remove(0);
    line.dial_to(to.clone(), OFFER);
    line.method("INVITE");
    breaks(&mut line, SOCKET);
    line.ended(Cause::Unreachable, None);
    assert!(reach(&mut line).is_empty(), "what was registered over it is gone with it");
    // Nobody opens a connection to a browser.
    let nowhere = Destination { uri: "sip:x@192.0.2.44;transport=ws".into(), flow: None, ..to };
    line.dial_to(nowhere, OFFER);
    line.ended(Cause::Unreachable, None);
    line.gone();
}

/// Network loss with the page alive: the same dialog goes on over the new socket.
///
/// Rows: V2
#[test]
fn a_call_moves_to_the_socket_over_which_its_page_comes_back() {
    let (mut line, leg, _) = talking();
    breaks(&mut line, SOCKET);
    assert_eq!(line.event(), LegEvent::FlowLost);
    assert_eq!(line.counted(Counter::FlowLost), 1);
    breaks(&mut line, SOCKET);
    line.pass(Duration::from_secs(9));
    line.quiet();
    comes_back(&mut line, "2001", PAGE);
    assert_eq!(line.event(), LegEvent::FlowBack);
    line.pass(Duration::from_secs(60));
    line.quiet();
    line.command(leg, LegCommand::Hangup { cause: Cause::Normal });
    line.ended(Cause::Normal, None);
    let (hop, bye) = line.next_with_hop();
    assert_eq!((hop.as_str(), bye.method().unwrap().as_str()), (ANOTHER, "BYE"));
    line.hear(answer_to(&bye, 200, "js", "", ""));
    line.gone();
}

/// A change of network of which the old socket never hears.
#[test]
fn a_call_leaves_a_socket_that_seems_to_be_alive() {
    let (mut line, leg, _) = talking();
    comes_back(&mut line, "2001", PAGE);
    line.quiet();
    breaks(&mut line, SOCKET);
    line.quiet();
    line.command(leg, LegCommand::Reoffer { offer: sdp(OFFER) });
    let (hop, reinvite) = line.next_with_hop();
    assert_eq!(hop, ANOTHER);
    line.hear(answer_to(&reinvite, 200, "js", "", ANSWER));
    assert_eq!(line.event(), LegEvent::ReofferAccepted { answer: sdp(ANSWER) });
    line.method("ACK");
    line.command(leg, LegCommand::Hangup { cause: Cause::Normal });
    line.ended(Cause::Normal, None);
    let bye = line.method("BYE");
    line.hear(answer_to(&bye, 200, "js", "", ""));
    line.gone();
}

#[test]
fn a_call_moves_to_nobody_else() {
    for (user, instance) in [("2001", TAB), ("2002", PAGE)] {
        let (mut line, _, _) = talking();
        breaks(&mut line, SOCKET);
        assert_eq!(line.event(), LegEvent::FlowLost);
        comes_back(&mut line, user, instance);
        line.quiet();
        line.pass(Duration::from_secs(31));
        line.quiet();
        line.pass(Duration::from_secs(2));
        line.ended(Cause::SignalingTimeout, None);
        line.quiet();
        line.gone();
    }
}

/// What JsSIP does first when it has a socket again: a re-INVITE with an ICE restart.
#[test]
fn a_reinvite_over_a_new_socket_brings_the_call_back() {
    let (mut line, leg, invite) = talking();
    breaks(&mut line, SOCKET);
    assert_eq!(line.event(), LegEvent::FlowLost);
    line.hop = ANOTHER.parse().unwrap();
    let mut page = page(&line, "2001");
    page.call_id = invite.call_id().into();
    page.from = "<sip:2001x@df7jal23ls0d.invalid>;tag=js".into();
    page.to_tag = invite.from_tag().map(str::to_owned);
    line.hear(page.invite("", OFFER));
    assert_eq!(line.event(), LegEvent::FlowBack);
    assert_eq!(line.event(), LegEvent::Offered { offer: Some(sdp(OFFER)) });
    line.command(leg, LegCommand::AcceptOffer { answer: sdp(ANSWER) });
    let (hop, ok) = line.next_with_hop();
    assert_eq!((hop.as_str(), ok.status()), (ANOTHER, Some(200)));
    let ack = page.ack(page.cseq, "");
    line.hear(ack);
    line.quiet();
    let bye = page.request("BYE", "Reason: SIP ;cause=408; text=\"RTP Timeout\"\r\n", "");
    line.hear(bye);
    line.status(200);
    line.ended(Cause::SignalingTimeout, None);
    line.gone();
}

/// Lost, or hung up? The Reason of the BYE tells.
///
/// Rows: V2
#[test]
fn a_browser_that_was_lost_says_so() {
    for (reason, cause) in [
        ("", Cause::Normal),
        ("Reason: SIP ;cause=408; text=\"RTP Timeout\"\r\n", Cause::SignalingTimeout),
        ("Reason: SIP ;cause=500; text=\"Media stream permission lost\"\r\n", Cause::RemoteFailure),
        ("Reason: SIP ;cause=200; text=\"Call completed\"\r\n", Cause::Normal),
    ] {
        let (mut line, _, invite) = talking();
        let mut page = page(&line, "2001");
        page.call_id = invite.call_id().into();
        page.from = "<sip:2001x@df7jal23ls0d.invalid>;tag=js".into();
        page.to_tag = invite.from_tag().map(str::to_owned);
        let bye = page.request("BYE", reason, "");
        line.hear(bye);
        line.status(200);
        line.ended(cause, None);
        line.gone();
    }
}

/// A browser calls, over the socket that it has registered over.
fn calls(line: &mut Line, page: &mut Far) -> LegId {
    page.call_id = "from-the-page".into();
    // A page calls under the name that it has registered.
    let own = "Contact: <sip:2001x@df7jal23ls0d.invalid;transport=ws;ob>\r\n";
    let invite = page.invite("", OFFER).replace(CONTACT, own);
    line.hear(&invite);
    let challenge = line.status(407);
    line.hear(of_invite(&invite, "ACK", challenge.to_tag(), ""));
    let authorization = credentials(&challenge, "INVITE", super::phones::URI, "2001", "secret", 1);
    let invite = page.invite(&authorization, OFFER).replace(CONTACT, own);
    line.hear(&invite);
    line.call().leg
}

#[test]
fn a_browser_that_vanishes_while_it_calls_has_hung_up() {
    let (mut line, mut page) = registered();
    let leg = calls(&mut line, &mut page);
    line.command(leg, LegCommand::Ring);
    line.status(180);
    breaks(&mut line, SOCKET);
    line.ended(Cause::SignalingTimeout, None);
    line.sent.clear();
    line.gone();
}

#[test]
fn an_answer_that_waits_for_its_ack_moves_along() {
    let (mut line, mut page) = registered();
    let leg = calls(&mut line, &mut page);
    line.command(leg, LegCommand::Answer { sdp: sdp(ANSWER) });
    let ok = line.status(200);
    breaks(&mut line, SOCKET);
    assert_eq!(line.event(), LegEvent::FlowLost);
    line.sent.clear();
    comes_back(&mut line, "2001", PAGE);
    // Once more with the registration's answer, over the new socket.
    let again: Vec<_> = line.sent.drain(..).collect();
    assert_eq!(again.len(), 1, "{again:?}");
    assert_eq!((again[0].0.to_string().as_str(), &again[0].1), (ANOTHER, &ok));
    assert_eq!(line.event(), LegEvent::FlowBack);
    page.to_tag = ok.to_tag().map(str::to_owned);
    let ack = page.ack(page.cseq, "");
    line.hear(ack);
    assert_eq!(line.event(), LegEvent::Confirmed { answer: None });
    line.command(leg, LegCommand::Hangup { cause: Cause::Normal });
    line.ended(Cause::Normal, None);
    let bye = line.method("BYE");
    line.hear(answer_to(&bye, 200, "p", "", ""));
    line.gone();
}

#[test]
fn who_is_cut_off_is_hung_up_without_a_word() {
    let (mut line, leg, _) = talking();
    breaks(&mut line, SOCKET);
    assert_eq!(line.event(), LegEvent::FlowLost);
    line.command(leg, LegCommand::Hangup { cause: Cause::Normal });
    line.ended(Cause::Normal, None);
    line.gone();
}

#[test]
fn two_flows_of_one_device_ring_once() {
    let (mut line, _) = registered();
    line.hop = ANOTHER.parse().unwrap();
    let mut second = page(&line, "2001");
    second.call_id = "second".into();
    second.from = second.from.replace("tag=p", "tag=q");
    let contact = contact("2001", PAGE).replace("reg-id=1", "reg-id=2").replace("2001x@", "2001y@");
    assert_eq!(register(&mut line, &mut second, &contact).status(), Some(200));
    line.other.clear();
    let found = reach(&mut line);
    assert_eq!(found.iter().map(|d| d.flow.as_deref().unwrap()).collect::<Vec<_>>(), [ANOTHER]);
    breaks(&mut line, ANOTHER);
    line.other.clear();
    assert_eq!(reach(&mut line)[0].flow.as_deref(), Some(SOCKET), "the other flow is still there");
}

/// The device comes back as another page: with the same instance, and another Contact.
fn loads_anew(line: &mut Line) {
    line.hop = ANOTHER.parse().unwrap();
    let mut page = page(line, "2001");
    page.call_id = "loaded-anew".into();
    page.from = page.from.replace("tag=p", "tag=n");
    let contact = contact("2001", PAGE).replace("2001x@", "2001new@");
    assert_eq!(register(line, &mut page, &contact).status(), Some(200));
}

fn reached(line: &mut Line, ask: u64) -> Option<Option<String>> {
    line.other.iter().find_map(|output| match output {
        Output::Reached { ask: of, destinations } if *of == ask => Some(destinations.first().map(|d| d.uri.clone())),
        _ => None,
    })
}

/// Rows: S7.28
#[test]
fn a_page_that_is_loaded_anew_is_found_and_is_not_told_of_the_old_session() {
    for old_socket_breaks in [true, false] {
        let (mut line, leg, _) = talking();
        if old_socket_breaks {
            breaks(&mut line, SOCKET);
            assert_eq!(line.event(), LegEvent::FlowLost);
        }
        line.other.clear();
        line.input(Input::Return { ask: 70, leg });
        assert_eq!(reached(&mut line, 70), None);
        loads_anew(&mut line);
        if !old_socket_breaks {
            assert_eq!(line.event(), LegEvent::FlowLost, "nobody is at the old page any more");
        }
        let found = Some(Some("sip:2001new@df7jal23ls0d.invalid;transport=ws".into()));
        assert_eq!(reached(&mut line, 70), found);
        line.quiet();
        line.command(leg, LegCommand::Hangup { cause: Cause::AnsweredElsewhere });
        line.ended(Cause::AnsweredElsewhere, None);
        if !old_socket_breaks {
            // The second login: the first page is told.
            let (hop, bye) = line.next_with_hop();
            assert_eq!((hop.as_str(), bye.method().unwrap().as_str()), (SOCKET, "BYE"));
            assert!(bye.headers.get(&Name::Reason).is_some_and(|reason| reason.starts_with("SIP;cause=200")));
            line.hear(answer_to(&bye, 200, "js", "", ""));
        }
        line.other.clear();
        line.gone();
    }
}

/// The page lives, and has given its session up: it is called anew at once. A device that stays away is not waited for for ever.
#[test]
fn a_page_that_gave_its_call_up_is_found_where_it_is() {
    let (mut line, leg, invite) = talking();
    line.input(Input::Return { ask: 71, leg });
    let mut page = page(&line, "2001");
    page.call_id = invite.call_id().into();
    page.from = "<sip:2001x@df7jal23ls0d.invalid>;tag=js".into();
    page.to_tag = invite.from_tag().map(str::to_owned);
    line.other.clear();
    line.hear(page.request("BYE", "Reason: SIP ;cause=408; text=\"RTP Timeout\"\r\n", ""));
    line.status(200);
    line.ended(Cause::SignalingTimeout, None);
    assert_eq!(reached(&mut line, 71), Some(Some("sip:2001x@df7jal23ls0d.invalid;transport=ws".into())));
    // Asked later, it is still known whose leg that was; and nobody waits longer than a minute.
    line.other.clear();
    line.input(Input::Return { ask: 72, leg });
    assert!(matches!(reached(&mut line, 72), Some(Some(_))));
    breaks(&mut line, SOCKET);
    line.other.clear();
    line.input(Input::Return { ask: 73, leg });
    assert_eq!(reached(&mut line, 73), None);
    line.pass(Duration::from_secs(61));
    line.input(Input::Shed(false));
    assert_eq!(reached(&mut line, 73), Some(None));
    line.other.clear();
    line.gone();
}
