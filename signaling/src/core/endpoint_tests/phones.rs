//! Phones of extensions: proof by digest, registration, and the way back to them.

use super::driver::*;
use crate::core::directory::{Directory, Extension};
use crate::core::headers::Name;
use crate::core::input::{HopFailure, Input};
use crate::core::message::Message;
use crate::core::output::{Counter, Output, RegistrationChange};
use crate::core::params::Params;
use md5::{Digest as _, Md5};
use ringdesk_voice::{Cause, Destination, LegCommand, Origin, Target};
use std::time::Duration;

pub(super) const PHONE: &str = "udp/0/198.51.100.7:33012";
const PHONE_TCP: &str = "tcp/0/198.51.100.7:40001/5";

fn hex(text: &str) -> String {
    Md5::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn line() -> Line {
    let extension = |user: &str| Extension {
        user: user.into(),
        ha1_md5: hex(&format!("{user}:example.org:secret")),
        ha1_sha256: "0".repeat(64),
    };
    let mut line =
        Line::with(setup(), Directory::new("example.org", vec![extension("2001"), extension("2002")], trunks()));
    line.hop = PHONE.parse().unwrap();
    line
}

pub(super) fn phone(line: &Line, user: &str) -> Far {
    Far {
        from: format!("<sip:{user}@example.org>;tag=p"),
        via: "SIP/2.0/UDP 10.0.0.2:5060;rport".into(),
        ..Far::new(line)
    }
}

/// The MD5 challenge in a 401 or 407, answered by hand.
pub(super) fn credentials(challenge: &Message, method: &str, uri: &str, user: &str, password: &str, nc: u32) -> String {
    let (from, to) = match challenge.status() {
        Some(401) => (Name::WwwAuthenticate, "Authorization"),
        _ => (Name::ProxyAuthenticate, "Proxy-Authorization"),
    };
    let all: Vec<_> = challenge.headers.iter().filter(|(n, _)| **n == from).map(|(_, v)| v).collect();
    let one = all.iter().find(|c| !c.contains("SHA-256")).expect("an MD5 challenge");
    let params: String = one.strip_prefix("Digest ").unwrap().replace(", ", ";").replace(',', ";");
    let params = Params::parse(&params).unwrap();
    let (realm, nonce) = (params.unquoted("realm").unwrap(), params.unquoted("nonce").unwrap());
    let a1 = hex(&format!("{user}:{realm}:{password}"));
    let a2 = hex(&format!("{method}:{uri}"));
    let response = hex(&format!("{a1}:{nonce}:{nc:08x}:cn:auth:{a2}"));
    let opaque = params.unquoted("opaque").map_or(String::new(), |opaque| format!(", opaque=\"{opaque}\""));
    format!(
        "{to}: Digest username=\"{user}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", response=\"{response}\", algorithm=MD5, cnonce=\"cn\", qop=auth, nc={nc:08x}{opaque}\r\n"
    )
}

pub(super) const URI: &str = "sip:1000@192.0.2.9";

pub(super) fn register(line: &mut Line, far: &mut Far, more: &str) -> Message {
    let user = far.from[5..9].to_owned();
    let build = |far: &mut Far, more: &str| {
        let to = format!("To: <sip:{user}@example.org>");
        far.request("REGISTER", more, "").replace("To: <sip:1000@192.0.2.9>", &to)
    };
    line.pass(ms(1));
    let first = build(far, more);
    line.hear(&first);
    let challenge = line.status(401);
    let authorization = credentials(&challenge, "REGISTER", URI, &user, "secret", 1);
    let second = build(far, &format!("{more}{authorization}"));
    line.hear(&second);
    let answer = line.next();
    // A lost answer: the same one again, though its credentials are used up.
    if line.hop.transport == crate::core::input::Transport::Udp {
        line.hear(&second);
        assert_eq!(line.next(), answer);
    }
    answer
}

fn reach(line: &mut Line, user: &str) -> Vec<Destination> {
    line.input(Input::Reach { ask: 9, target: Target::Extension(user.into()) });
    match line.other.pop_back() {
        Some(Output::Reached { ask: 9, destinations }) => destinations,
        other => panic!("{other:?}"),
    }
}

fn change(line: &mut Line) -> (String, usize, RegistrationChange) {
    match line.other.pop_front() {
        Some(Output::Registration { extension, contacts, change, bindings }) => {
            assert_eq!(bindings.len(), contacts);
            (extension, contacts, change)
        }
        other => panic!("{other:?}"),
    }
}

/// Rows: V1
#[test]
fn a_call_of_an_extension() {
    let mut line = line();
    let mut far = phone(&line, "2001");
    let invite = far.invite("", OFFER);
    line.hear(&invite);
    let challenge = line.status(407);
    assert!(line.core.is_idle(), "a challenge costs no memory");
    line.hear(of_invite(&invite, "ACK", challenge.to_tag(), ""));
    assert_eq!(line.counted(Counter::StrayAck), 0);
    let authorization = credentials(&challenge, "INVITE", URI, "2001", "secret", 1);
    line.hear(far.invite(&authorization, OFFER));
    let call = line.call();
    assert_eq!(call.origin, Origin::Extension("2001".into()));
    assert_eq!((call.from.number.reveal().as_str(), call.to.number.reveal().as_str()), ("2001", "1000"));
    line.command(call.leg, LegCommand::Hangup { cause: Cause::Busy });
    line.status(486);
    line.ended(Cause::Busy, Some(486));
    line.pass(Duration::from_secs(33));
    line.sent.clear();
    line.gone();
}

/// Whether an extension exists shows in nothing.
#[test]
fn strangers_learn_nothing() {
    let shape = |user: &str, password: Option<&str>, hop: &str| {
        let mut line = line();
        line.hop = hop.parse().unwrap();
        let mut far = phone(&line, user);
        line.hear(far.invite("", OFFER));
        let mut answer = line.next();
        if let Some(password) = password {
            let authorization = credentials(&answer, "INVITE", URI, user, password, 1);
            line.hear(far.invite(&authorization, OFFER));
            answer = line.next();
            assert!(line.counted(Counter::Unauthorised) > 0);
        }
        assert!(line.calls.is_empty());
        assert!(line.core.is_idle());
        let names: Vec<String> = answer.headers.iter().map(|(name, _)| name.to_string()).collect();
        (answer.status(), names)
    };
    let known = shape("2001", None, PHONE);
    assert_eq!(known.0, Some(407));
    assert_eq!(shape("9999", None, PHONE), known);
    assert_eq!(shape("2001", Some("wrong"), PHONE), shape("9999", Some("wrong"), PHONE));
    assert_eq!(shape("2001", Some("wrong"), PHONE).0, Some(407));
    // Not even a trunk may claim to be one of our extensions.
    assert_eq!(shape("2001", None, UDP).0, Some(407));
}

#[test]
fn credentials_of_somebody_else() {
    let mut line = line();
    let mut far = phone(&line, "2002");
    line.hear(far.invite("", OFFER));
    let challenge = line.status(407);
    let authorization = credentials(&challenge, "INVITE", URI, "2001", "secret", 1);
    line.hear(far.invite(&authorization, OFFER));
    line.status(403);
    assert!(line.calls.is_empty());
    assert!(line.core.is_idle());
}

/// Rows: V1
#[test]
fn register_call_and_register_again() {
    let mut line = line();
    let mut far = phone(&line, "2001");
    let contact = "Contact: <sip:2001@10.0.0.2:5060>;expires=600\r\n";
    let ok = register(&mut line, &mut far, contact);
    assert_eq!(ok.status(), Some(200));
    assert!(ok.contact().unwrap().params.get("expires").is_some());
    assert_eq!(change(&mut line), ("2001".into(), 1, RegistrationChange::Added));
    // The way back is where it registered from, not the private address in its Contact.
    let destinations = reach(&mut line, "2001");
    assert_eq!(destinations.len(), 1);
    line.dial_to(destinations[0].clone(), OFFER);
    let (hop, invite) = line.next_with_hop();
    assert_eq!((hop.as_str(), invite.uri()), (PHONE, "sip:2001@10.0.0.2:5060"));
    line.hear(answer_to(&invite, 486, "p", "", ""));
    line.method("ACK");
    line.ended(Cause::Busy, Some(486));
    assert_eq!(register(&mut line, &mut far, contact).status(), Some(200));
    assert_eq!(change(&mut line), ("2001".into(), 1, RegistrationChange::Refreshed));
    line.pass(Duration::from_secs(590));
    assert_eq!(reach(&mut line, "2001").len(), 1);
    line.pass(Duration::from_secs(60));
    assert_eq!(change(&mut line), ("2001".into(), 0, RegistrationChange::Expired));
    assert_eq!(reach(&mut line, "2001"), []);
    line.gone();
}

#[test]
fn register_and_leave() {
    let mut line = line();
    let mut far = phone(&line, "2001");
    register(&mut line, &mut far, "Contact: <sip:2001@10.0.0.2:5060>;expires=600\r\n");
    change(&mut line);
    assert_eq!(register(&mut line, &mut far, "Contact: <sip:2001@10.0.0.2:5060>;expires=0\r\n").status(), Some(200));
    assert_eq!(change(&mut line), ("2001".into(), 0, RegistrationChange::Removed));
    line.pass(Duration::from_secs(33));
    line.gone();
}

#[test]
fn a_connection_takes_its_contacts_with_it() {
    let mut line = line();
    line.hop = PHONE_TCP.parse().unwrap();
    let mut far = phone(&line, "2001");
    register(&mut line, &mut far, "Contact: <sip:2001@10.0.0.2:5060;transport=tcp>;expires=600\r\n");
    change(&mut line);
    assert_eq!(reach(&mut line, "2001")[0].flow.as_deref(), Some(PHONE_TCP));
    let hop = line.hop;
    line.input(Input::HopFailed { hop, why: HopFailure::Closed });
    assert_eq!(change(&mut line).1, 0);
    assert_eq!(reach(&mut line, "2001"), []);
}

#[test]
fn wrong_passwords_do_not_register() {
    let mut line = line();
    let mut far = phone(&line, "2001");
    line.hear(far.request("REGISTER", CONTACT, ""));
    let challenge = line.status(401);
    let authorization = credentials(&challenge, "REGISTER", URI, "2001", "wrong", 1);
    line.hear(far.request("REGISTER", &format!("{CONTACT}{authorization}"), ""));
    line.status(401);
    assert_eq!(line.counted(Counter::Unauthorised), 1);
    assert!(line.other.is_empty());
    assert!(line.core.is_idle());
}
