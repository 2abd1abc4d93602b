//! Requests too large for a datagram (RFC 3261 §18.1.1).

use super::driver::*;
use crate::core::headers::Name;
use crate::core::input::{HopFailure, Input, Transport};
use crate::core::output::Counter;
use ringdesk_voice::{Cause, Destination, InterfaceId, LegCommand, LegEvent};
use std::time::Duration;

const FAR: &str = "192.0.2.1:5060";

fn large() -> String {
    format!("{OFFER}{}", "a=candidate:1 1 UDP 1 192.0.2.1 1 typ host\r\n".repeat(40))
}

fn refuse(line: &mut Line, hop: &str) {
    line.input(Input::HopFailed { hop: hop.parse().unwrap(), why: HopFailure::Refused });
}

/// Rows: V1
#[test]
fn a_large_invite_leaves_over_tcp_and_the_call_stays_with_udp() {
    let mut line = Line::new();
    let leg = line.dial("sip:far@192.0.2.1", &large());
    let (hop, invite) = line.next_with_hop();
    assert_eq!(hop, format!("tcp/0/{FAR}"));
    assert_eq!(invite.via().unwrap().transport, "TCP");
    assert_eq!(invite.headers.get(&Name::Contact), Some("<sip:+4930123456@192.0.2.9:5060>"));
    // Nothing is repeated over a stream.
    line.pass(Duration::from_secs(5));
    assert!(line.sent.is_empty());
    line.hear_from(&format!("tcp/0/{FAR}/3"), answer_to(&invite, 200, "far", CONTACT, ANSWER));
    assert_eq!(line.event(), LegEvent::Answered { answer: Some(sdp(ANSWER)) });
    assert_eq!(line.next_with_hop().0, format!("udp/0/{FAR}"));
    line.command(leg, LegCommand::Hangup { cause: Cause::Normal });
    line.ended(Cause::Normal, None);
    let (hop, bye) = line.next_with_hop();
    assert_eq!(hop, format!("udp/0/{FAR}"));
    line.hear(answer_to(&bye, 200, "", "", ""));
    assert_eq!((line.counted(Counter::Enlarged), line.counted(Counter::FellBack)), (1, 0));
    line.gone();
}

#[test]
fn the_limit_is_the_size_of_the_whole_request() {
    let mut line = Line::new();
    line.dial("sip:far@192.0.2.1", OFFER);
    let room = 1_300 - line.method("INVITE").to_bytes().len();
    // Content-Length may get a digit more; the limit itself still fits.
    for (more, transport) in [(room - 3, "udp"), (room + 3, "tcp")] {
        line.dial("sip:far@192.0.2.1", &format!("{OFFER}{}", "x".repeat(more)));
        let (hop, invite) = line.next_with_hop();
        assert!(hop.starts_with(transport), "{hop}");
        // Over UDP its Via would have said rport.
        let rport = if transport == "tcp" { ";rport".len() } else { 0 };
        assert_eq!(invite.to_bytes().len() + rport <= 1_300, transport == "udp");
    }
}

#[test]
fn where_tcp_leads_nowhere_it_leaves_as_a_datagram() {
    let mut line = Line::new();
    line.dial("sip:far@192.0.2.1", &large());
    let (_, first) = line.next_with_hop();
    refuse(&mut line, &format!("tcp/0/{FAR}"));
    let (hop, second) = line.next_with_hop();
    assert_eq!(hop, format!("udp/0/{FAR}"));
    assert_eq!(second.via().unwrap().transport, "UDP");
    assert_eq!((second.cseq(), second.call_id(), &second.body), (first.cseq(), first.call_id(), &first.body));
    assert_ne!(second.via().unwrap().branch, first.via().unwrap().branch);
    line.quiet();
    // Datagrams get lost.
    line.pass(ms(500));
    assert_eq!(line.method("INVITE"), second);
    line.hear(answer_to(&second, 486, "x", "", ""));
    line.method("ACK");
    line.ended(Cause::Busy, Some(486));
    assert_eq!((line.counted(Counter::Enlarged), line.counted(Counter::FellBack)), (1, 1));
    line.gone();
    // For a while this neighbour is not asked by TCP again; then it is.
    for (wait, transport) in [(0, "udp"), (600, "tcp")] {
        line.pass(Duration::from_secs(wait));
        line.sent.clear();
        line.dial("sip:far@192.0.2.1", &large());
        assert!(line.next_with_hop().0.starts_with(transport));
    }
}

#[test]
fn a_cancel_that_waits_goes_along() {
    let mut line = Line::new();
    let leg = line.dial("sip:far@192.0.2.1", &large());
    line.method("INVITE");
    line.command(leg, LegCommand::Hangup { cause: Cause::Normal });
    line.ended(Cause::Normal, None);
    refuse(&mut line, &format!("tcp/0/{FAR}"));
    let (_, invite) = line.next_with_hop();
    line.hear(answer_to(&invite, 180, "a", CONTACT, ""));
    let (hop, cancel) = line.next_with_hop();
    assert_eq!((hop, cancel.via()), (format!("udp/0/{FAR}"), invite.via()));
    line.hear(answer_to(&cancel, 200, "a", "", ""));
    line.hear(answer_to(&invite, 487, "a", "", ""));
    line.method("ACK");
    line.gone();
}

#[test]
fn a_large_reinvite() {
    let mut line = Line::new();
    let (leg, _) = dialled_call(&mut line, "");
    line.command(leg, LegCommand::Reoffer { offer: sdp(&large()) });
    let (hop, invite) = line.next_with_hop();
    assert_eq!(hop, format!("tcp/0/{FAR}"));
    line.hear_from(&format!("tcp/0/{FAR}/3"), answer_to(&invite, 200, "", CONTACT, ANSWER));
    assert_eq!(line.event(), LegEvent::ReofferAccepted { answer: sdp(ANSWER) });
    assert_eq!(line.next_with_hop().0, format!("udp/0/{FAR}"));
}

/// Not to a phone behind its NAT, not where UDP is asked for, not without TCP here.
#[test]
fn who_gets_datagrams_whatever_their_size() {
    let phone = "udp/0/198.51.100.7:33012";
    let flow = Destination {
        uri: "sip:2001@10.0.0.2".into(),
        interface: InterfaceId(0),
        flow: Some(phone.into()),
        trunk: None,
        profile: Default::default(),
    };
    let mut line = Line::new();
    line.dial_to(flow, &large());
    assert_eq!(line.next_with_hop().0, phone);
    line.dial("sip:far@192.0.2.1;transport=udp", &large());
    assert!(line.next_with_hop().0.starts_with("udp"));
    let mut setup = setup();
    setup.interfaces[0].tcp = None;
    let mut line = Line::with(setup, crate::core::directory::Directory::new("r", Vec::new(), trunks()));
    line.dial("sip:far@192.0.2.1", &large());
    assert!(line.next_with_hop().0.starts_with("udp"));
    assert_eq!(Transport::Udp, line.hop.transport);
}

/// Taken by TCP and never answered: the call is over after 64*T1, and the next one goes by UDP.
#[test]
fn tcp_that_swallows() {
    let mut line = Line::new();
    line.dial("sip:far@192.0.2.1", &large());
    line.method("INVITE");
    line.pass(Duration::from_secs(32));
    line.ended(Cause::Unreachable, None);
    line.gone();
    line.dial("sip:far@192.0.2.1", &large());
    assert!(line.next_with_hop().0.starts_with("udp"));
}
