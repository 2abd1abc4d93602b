//! Registering with an operator (RFC 3261 §10.2): asked, granted, refreshed, refused, given up.

use super::driver::*;
use super::trunk_calls::{account, challenge, directory, proven};
use crate::core::account::{TrunkAccount, TrunkRegistration};
use crate::core::directory::{Directory, Trunk};
use crate::core::headers::Name;
use crate::core::input::{HopFailure, Input, Transport};
use crate::core::message::Message;
use crate::core::output::{Counter, Output};
use crate::core::trunks::TrunkState;
use ringdesk_model::{Pii, Timestamp, TrunkId};
use ringdesk_voice::{Cause, LegCommand, Origin};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

pub(super) fn registering(expires_seconds: u32) -> TrunkAccount {
    let user = Pii::new("+4930100".to_owned());
    let registration = TrunkRegistration { user, domain: "op.example".into(), expires_seconds };
    TrunkAccount { registration: Some(registration), ..account() }
}

fn line() -> Line {
    Line::with(setup(), directory(registering(600)))
}

fn state(line: &mut Line) -> TrunkState {
    match line.other.pop_front() {
        Some(Output::Trunk { trunk, state }) => {
            assert_eq!(trunk, trunks()[0].id);
            state
        }
        other => panic!("{other:?}"),
    }
}

fn field<'a>(message: &'a Message, name: &Name) -> &'a str {
    message.headers.get(name).unwrap_or("")
}

/// The operator grants what was asked for.
fn grant(line: &mut Line, register: &Message, expires: u32) -> Timestamp {
    let contact = format!("Contact: {};expires={expires}\r\n", field(register, &Name::Contact));
    line.hear(answer_to(register, 200, "op", &contact, ""));
    match state(line) {
        TrunkState::Registered { until } => until,
        other => panic!("{other:?}"),
    }
}

fn failed(line: &mut Line) -> (Option<u16>, Duration) {
    match state(line) {
        TrunkState::Failed { status, again } => (status, again.since(line.now)),
        other => panic!("{other:?}"),
    }
}

/// Let time pass until it registers once more.
fn next_try(line: &mut Line) -> Message {
    line.sent.clear();
    let patience = line.now + Duration::from_secs(1_900);
    while line.sent.is_empty() {
        assert!(line.now < patience, "it has given up");
        line.pass(Duration::from_secs(1));
    }
    line.method("REGISTER")
}

/// Rows: V1
#[test]
fn register_prove_and_refresh() {
    let mut line = line();
    let (hop, first) = line.next_with_hop();
    assert_eq!((hop.as_str(), first.uri()), (UDP, "sip:op.example"));
    assert_eq!(first.from_addr().unwrap().uri, "sip:+4930100@op.example");
    assert_eq!(field(&first, &Name::To), "<sip:+4930100@op.example>");
    assert_eq!(field(&first, &Name::Contact), "<sip:+4930100@192.0.2.9:5060>");
    assert_eq!((field(&first, &Name::Expires), field(&first, &Name::Authorization)), ("600", ""));
    line.hear(answer_to(&first, 401, "x", &challenge(401, "SHA-256", "n1", ""), ""));
    let second = line.method("REGISTER");
    assert_eq!(proven(&second, 401, "geheim"), ("n1".into(), 1));
    assert_eq!((second.cseq().0, second.call_id()), (2, first.call_id()));
    // Lost answers change nothing.
    line.pass(ms(500));
    assert_eq!(line.method("REGISTER"), second);
    let until = grant(&mut line, &second, 300);
    assert_eq!(until, line.now + Duration::from_secs(300));
    line.pass(Duration::from_secs(239));
    line.quiet();
    line.pass(Duration::from_secs(33));
    let refresh = line.method("REGISTER");
    assert_eq!(proven(&refresh, 401, "geheim"), ("n1".into(), 2));
    assert_eq!((refresh.cseq().0, refresh.call_id(), refresh.from_tag()), (3, first.call_id(), first.from_tag()));
    assert!(grant(&mut line, &refresh, 300) > until);
    assert_eq!(line.counted(Counter::TrunkRegistrationFailed), 0);
}

#[test]
fn a_wrong_password_is_said_and_tried_again_ever_more_rarely() {
    let mut line = line();
    let mut waits = Vec::new();
    for _ in 0..10 {
        for nonce in ["a", "b"] {
            let register = line.method("REGISTER");
            line.hear(answer_to(&register, 407, "x", &challenge(407, "MD5", nonce, ""), ""));
        }
        assert!(line.sent.is_empty(), "one retry, no loop: {:?}", line.sent);
        let (status, wait) = failed(&mut line);
        assert_eq!(status, Some(407));
        waits.push(wait.as_secs());
        line.pass(wait - ms(1));
        line.quiet();
        line.pass(ms(1));
    }
    assert!((30..=40).contains(&waits[0]), "{waits:?}");
    assert!(waits.iter().zip(&waits[1..6]).all(|(a, b)| b > a), "{waits:?}");
    assert!(waits[6..].iter().all(|wait| (1_350..=1_800).contains(wait)), "{waits:?}");
    assert_eq!(line.counted(Counter::CredentialsRefused), 10);
}

#[test]
fn silence_is_failure_until_somebody_answers() {
    let mut line = line();
    line.pass(Duration::from_secs(33));
    assert_eq!(line.sent.len(), 11, "a request that is no INVITE: timers E and F");
    line.sent.clear();
    assert_eq!(failed(&mut line).0, None);
    line.pass(Duration::from_secs(41));
    let register = line.sent.pop_back().unwrap().1;
    line.sent.clear();
    grant(&mut line, &register, 600);
}

/// A registration that stands goes on standing while its refresh fails, until its time is over.
#[test]
fn a_refresh_that_fails() {
    let mut line = line();
    let register = line.method("REGISTER");
    let until = grant(&mut line, &register, 600);
    line.pass(until.since(line.now) - ms(1));
    assert!(!line.sent.is_empty());
    assert!(line.other.is_empty(), "{:?}", line.other);
    line.pass(ms(1));
    assert_eq!(failed(&mut line).0, None);
    line.sent.clear();
    line.pass(Duration::from_secs(3_600));
    let register = next_try(&mut line);
    line.other.clear();
    grant(&mut line, &register, 600);
    // Refused in so many words: then it does not stand any more.
    let register = next_try(&mut line);
    line.hear(answer_to(&register, 403, "x", "", ""));
    assert_eq!(failed(&mut line).0, Some(403));
}

#[test]
fn what_an_operator_may_grant() {
    let short = |line: &mut Line, more: &str| {
        let register = line.method("REGISTER");
        line.hear(answer_to(&register, 200, "op", more, ""));
        state(line)
    };
    for (answer, seconds) in [
        ("Expires: 120\r\n", 120),
        ("", 600),
        // Ours among others.
        ("Contact: <sip:+4930100@192.0.2.77>;expires=60, <sip:+4930100@192.0.2.9:5060>;expires=200\r\n", 200),
        // Rewritten by a proxy that sees through NAT.
        ("Contact: <sip:+4930100@203.0.113.5:1024>;expires=90\r\nExpires: 3600\r\n", 90),
        // Not more than makes sense.
        ("Expires: 4294967295\r\n", 1_200),
    ] {
        let mut line = line();
        let until = line.now + Duration::from_secs(seconds);
        assert_eq!(short(&mut line, answer), TrunkState::Registered { until }, "{answer}");
    }
    // Said yes, meant no.
    let mut line = line();
    assert!(matches!(short(&mut line, "Expires: 0\r\n"), TrunkState::Failed { status: Some(200), .. }));
    assert!(line.sent.is_empty());
    // Seconds: not a storm of refreshes.
    let mut line = Line::with(setup(), directory(registering(600)));
    short(&mut line, "Expires: 1\r\n");
    line.pass(ms(4_900));
    assert!(line.sent.is_empty());
}

#[test]
fn too_brief_for_them() {
    let mut line = line();
    let first = line.method("REGISTER");
    line.hear(answer_to(&first, 423, "x", "Min-Expires: 1800\r\n", ""));
    let second = line.method("REGISTER");
    assert_eq!((field(&second, &Name::Expires), second.cseq().0), ("1800", 2));
    // Once: who asks for more each time does not want us.
    line.hear(answer_to(&second, 423, "x", "Min-Expires: 3600\r\n", ""));
    assert_eq!(failed(&mut line).0, Some(423));
    line.quiet();
}

#[test]
fn overloaded_operators_say_when() {
    let mut line = line();
    let register = line.method("REGISTER");
    line.hear(answer_to(&register, 503, "x", "Retry-After: 900 (night)\r\n", ""));
    let (status, wait) = failed(&mut line);
    assert_eq!((status, wait), (Some(503), Duration::from_secs(900)));
}

#[test]
fn every_address_of_a_registrar_is_tried() {
    let mut trunk = trunks();
    trunk[0].outbound.as_mut().unwrap().host = "reg.op.example".into();
    let directory = Directory::new("example.org", Vec::new(), trunk).with_account(trunks()[0].id, registering(600));
    let mut line = Line::with(setup(), directory);
    let token = |line: &mut Line| match line.other.pop_front() {
        Some(Output::Resolve { token, host, .. }) => {
            assert_eq!(host, "reg.op.example");
            token
        }
        other => panic!("{other:?}"),
    };
    let resolved = |line: &mut Line, at: &[&str]| {
        let token = token(line);
        let hops = at.iter().map(|at| (Transport::Tcp, at.parse().unwrap())).collect();
        line.input(Input::Resolved { token, hops });
    };
    // Nobody knows the name.
    resolved(&mut line, &[]);
    assert_eq!(failed(&mut line).0, None);
    line.pass(Duration::from_secs(41));
    resolved(&mut line, &["198.51.100.1:5060", "198.51.100.2:5060"]);
    let (first, register) = line.next_with_hop();
    assert_eq!(first, "tcp/0/198.51.100.1:5060");
    assert_eq!(field(&register, &Name::Contact), "<sip:+4930100@192.0.2.9:5060;transport=tcp>");
    line.input(Input::HopFailed { hop: first.parse().unwrap(), why: HopFailure::CertificateExpired });
    // Whose line it is is known, and why.
    match line.other.pop_front() {
        Some(Output::Trouble { trunk, why }) => {
            assert_eq!((trunk, why.as_str()), (trunks()[0].id, "certificate_expired"));
        }
        other => panic!("{other:?}"),
    }
    let (second, register) = line.next_with_hop();
    assert_eq!(second, "tcp/0/198.51.100.2:5060");
    grant(&mut line, &register, 600);
    // The connection over which they would reach us is gone: soon there is another one.
    line.input(Input::HopFailed { hop: format!("{second}/4").parse().unwrap(), why: HopFailure::Closed });
    line.pass(Duration::from_secs(31));
    resolved(&mut line, &["198.51.100.2:5060"]);
    assert_eq!(line.next_with_hop().0, second);
    // A lookup that is never answered is a failure like any other.
    line.input(Input::HopFailed { hop: second.parse().unwrap(), why: HopFailure::Refused });
    line.other.clear();
    line.pass(Duration::from_secs(41));
    token(&mut line);
    line.pass(Duration::from_secs(33));
    assert!(line.counted(Counter::TrunkRegistrationFailed) >= 3);
}

#[test]
fn an_account_comes_changes_and_goes() {
    let plain = || Directory::new("example.org", Vec::new(), trunks());
    let mut line = Line::with(setup(), plain());
    line.quiet();
    line.input(Input::Directory(Arc::new(directory(registering(600)))));
    let first = line.method("REGISTER");
    grant(&mut line, &first, 600);
    // The same once more is no news.
    line.input(Input::Directory(Arc::new(directory(registering(600)))));
    line.quiet();
    assert!(line.other.is_empty());
    line.input(Input::Directory(Arc::new(directory(registering(900)))));
    let bye = line.method("REGISTER");
    assert_eq!((field(&bye, &Name::Expires), bye.call_id()), ("0", first.call_id()));
    assert_eq!(state(&mut line), TrunkState::Left);
    let new = line.method("REGISTER");
    assert_eq!(field(&new, &Name::Expires), "900");
    line.hear(answer_to(&bye, 200, "x", "", ""));
    grant(&mut line, &new, 900);
    line.input(Input::Directory(Arc::new(plain())));
    assert_eq!(field(&line.method("REGISTER"), &Name::Expires), "0");
    assert_eq!(state(&mut line), TrunkState::Left);
    line.pass(Duration::from_secs(40));
    line.sent.clear();
    line.pass(Duration::from_secs(4_000));
    line.gone();
}

#[test]
fn the_drain_says_good_bye() {
    let mut line = line();
    let register = line.method("REGISTER");
    line.hear(answer_to(&register, 401, "x", &challenge(401, "MD5", "n1", ""), ""));
    let register = line.method("REGISTER");
    grant(&mut line, &register, 600);
    line.input(Input::Drain);
    let bye = line.method("REGISTER");
    assert_eq!(field(&bye, &Name::Expires), "0");
    assert_eq!(proven(&bye, 401, "geheim").1, 2);
    assert_eq!(state(&mut line), TrunkState::Left);
    line.hear(answer_to(&bye, 200, "x", "", ""));
    line.input(Input::Directory(Arc::new(directory(registering(900)))));
    line.gone();
}

/// An operator calls from where it took the registration, whatever nets were written down; not before and not after.
///
/// Rows: V1
#[test]
fn a_registered_operator_calls() {
    let ids = [1, 2].map(|n| TrunkId(Uuid::from_u128(n)));
    let with = |user: &str| {
        let mut account = registering(600);
        account.registration.as_mut().unwrap().user = Pii::new(user.into());
        account
    };
    let trunk = |id| Trunk { id, nets: Vec::new(), ..trunks().remove(0) };
    let directory = Directory::new("example.org", Vec::new(), ids.map(trunk).to_vec())
        .with_account(ids[0], with("1000"))
        .with_account(ids[1], with("2000"));
    let mut line = Line::with(setup(), directory);
    let call = |line: &mut Line, n: u32, user: &str| {
        line.sent.clear();
        let mut far = Far::new(line);
        far.call_id = format!("call-in-{n}");
        line.hear(far.invite("", OFFER).replace("sip:1000@192.0.2.9 SIP", &format!("sip:{user}@192.0.2.9 SIP")));
        line.calls.pop_front().map(|call| {
            line.command(call.leg, LegCommand::Hangup { cause: Cause::Busy });
            line.events.clear();
            call.origin
        })
    };
    let registers: Vec<Message> = line.sent.drain(..).map(|(_, message)| message).collect();
    assert_eq!(registers.len(), 2);
    assert_eq!(call(&mut line, 1, "1000"), None);
    line.status(407);
    for register in &registers {
        let contact = format!("Contact: {};expires=600\r\n", field(register, &Name::Contact));
        line.hear(answer_to(register, 200, "op", &contact, ""));
    }
    assert_eq!(call(&mut line, 2, "1000"), Some(Origin::Trunk(ids[0])));
    assert_eq!(call(&mut line, 3, "2000"), Some(Origin::Trunk(ids[1])));
    assert_eq!(call(&mut line, 4, "+4930123"), Some(Origin::Trunk(ids[0])), "whoever is meant, it is the operator");
    line.hop = "udp/0/192.0.2.77:5060".parse().unwrap();
    assert_eq!(call(&mut line, 5, "1000"), None, "its neighbour is not it");
    line.hop = UDP.parse().unwrap();
    line.pass(Duration::from_secs(601));
    assert_eq!(call(&mut line, 6, "1000"), None, "the registration has run out");
}
