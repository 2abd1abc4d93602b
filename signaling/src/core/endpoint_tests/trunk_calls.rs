//! Trunks that want to know who we are (RFC 3261 §22, RFC 7616, RFC 8760).

use super::driver::*;
use crate::core::account::TrunkAccount;
use crate::core::digest::as_params;
use crate::core::directory::Directory;
use crate::core::headers::Name;
use crate::core::input::Input;
use crate::core::message::Message;
use crate::core::output::{Counter, Output};
use crate::core::params::Params;
use md5::{Digest as _, Md5};
use ringdesk_model::{Pii, TrunkId};
use ringdesk_voice::{Cause, Destination, LegCommand, LegEvent, LegId, Target};
use sha2::Sha256;
use std::sync::Arc;
use std::time::Duration;

pub(super) fn account() -> TrunkAccount {
    let [username, password] = ["u100", "geheim"].map(|text| Pii::new(text.to_owned()));
    TrunkAccount { username, password, realm: None, registration: None }
}

pub(super) fn directory(account: TrunkAccount) -> Directory {
    Directory::new("example.org", Vec::new(), trunks()).with_account(trunks()[0].id, account)
}

fn line() -> Line {
    Line::with(setup(), directory(account()))
}

/// Where a call over the trunk goes, as the machine says it.
fn over_the_trunk(line: &mut Line) -> Destination {
    line.input(Input::Reach { ask: 1, target: Target::Number(Pii::new("+4940555".into())) });
    match line.other.pop_back() {
        Some(Output::Reached { destinations, .. }) => destinations.into_iter().next().expect("a trunk"),
        other => panic!("{other:?}"),
    }
}

fn dial_trunk(line: &mut Line) -> (LegId, Message) {
    let to = over_the_trunk(line);
    let leg = line.dial_to(to, OFFER);
    (leg, line.method("INVITE"))
}

pub(super) fn challenge(status: u16, algorithm: &str, nonce: &str, more: &str) -> String {
    let name = if status == 401 { "WWW-Authenticate" } else { "Proxy-Authenticate" };
    format!(
        "{name}: Digest realm=\"op.example\", nonce=\"{nonce}\", algorithm={algorithm}, qop=\"auth\", opaque=\"o\"{more}\r\n"
    )
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The credentials in this request, recomputed by hand: nonce and count.
pub(super) fn proven(request: &Message, status: u16, password: &str) -> (String, u32) {
    let method = request.method().unwrap().as_str();
    proven_as(request, status, password, method)
}

fn proven_as(request: &Message, status: u16, password: &str, method: &str) -> (String, u32) {
    let name = if status == 401 { Name::Authorization } else { Name::ProxyAuthorization };
    let fields: Vec<&str> = request.headers.all(&name).collect();
    assert_eq!(fields.len(), 1, "{request:?}");
    let params = Params::parse(&as_params(fields[0].strip_prefix("Digest ").unwrap())).unwrap();
    let get = |name: &str| params.unquoted(name).unwrap_or_else(|| panic!("no {name} in {}", fields[0]));
    let hash = |text: String| match get("algorithm").as_str() {
        "MD5" => hex(&Md5::digest(text)),
        "SHA-256" => hex(&Sha256::digest(text)),
        other => panic!("{other}"),
    };
    let a1 = hash(format!("{}:{}:{password}", get("username"), get("realm")));
    let a2 = hash(format!("{method}:{}", get("uri")));
    let (nonce, nc) = (get("nonce"), get("nc"));
    assert_eq!(get("response"), hash(format!("{a1}:{nonce}:{nc}:{}:auth:{a2}", get("cnonce"))));
    assert_eq!((get("username").as_str(), get("realm").as_str(), get("opaque").as_str()), ("u100", "op.example", "o"));
    if method == request.method().unwrap().as_str() {
        assert_eq!(get("uri"), request.uri());
    }
    (nonce, u32::from_str_radix(&nc, 16).unwrap())
}

fn unsigned(request: &Message) {
    for name in [Name::Authorization, Name::ProxyAuthorization] {
        assert_eq!(request.headers.get(&name), None, "{request:?}");
    }
}

/// Rows: V1
#[test]
fn a_call_over_a_trunk_that_challenges() {
    for (status, algorithm) in [(401, "MD5"), (401, "SHA-256"), (407, "MD5"), (407, "SHA-256")] {
        let mut line = line();
        let (leg, first) = dial_trunk(&mut line);
        unsigned(&first);
        line.hear(answer_to(&first, status, "x", &challenge(status, algorithm, "n1", ""), ""));
        let refused = line.method("ACK");
        assert_eq!((refused.via(), refused.cseq().0), (first.via(), 1));
        let second = line.method("INVITE");
        assert_eq!(proven(&second, status, "geheim"), ("n1".into(), 1));
        // The same call, one on (RFC 3261 §22.2): only CSeq, branch and credentials differ.
        assert_eq!((second.call_id(), second.from_tag(), second.to_tag()), (first.call_id(), first.from_tag(), None));
        assert_eq!((second.cseq().0, &second.body), (2, &first.body));
        assert_ne!(second.via(), first.via());
        // Lost, and sent once more: the very same bytes, count included.
        line.pass(ms(600));
        assert_eq!(line.method("INVITE"), second);
        line.hear(answer_to(&second, 200, "far", CONTACT, ANSWER));
        assert_eq!(line.event(), LegEvent::Answered { answer: Some(sdp(ANSWER)) });
        let ack = line.method("ACK");
        assert_eq!(ack.cseq().0, 2);
        // §22.1: the ACK repeats what its INVITE said.
        assert_eq!(proven_as(&ack, status, "geheim", "INVITE"), ("n1".into(), 1));
        // What is known is said at once.
        line.command(leg, LegCommand::Reoffer { offer: sdp(OFFER) });
        let reinvite = line.method("INVITE");
        assert_eq!(proven(&reinvite, status, "geheim"), ("n1".into(), 2));
        line.hear(answer_to(&reinvite, 200, "", CONTACT, ANSWER));
        assert_eq!(line.event(), LegEvent::ReofferAccepted { answer: sdp(ANSWER) });
        assert_eq!(proven_as(&line.method("ACK"), status, "geheim", "INVITE"), ("n1".into(), 2));
        line.command(leg, LegCommand::Hangup { cause: Cause::Normal });
        line.ended(Cause::Normal, None);
        let bye = line.method("BYE");
        assert_eq!(proven(&bye, status, "geheim"), ("n1".into(), 3));
        // And a nonce that grew old meanwhile is exchanged, even by the other status.
        line.hear(answer_to(&bye, status, "", &challenge(status, algorithm, "n2", ", stale=true"), ""));
        let again = line.method("BYE");
        assert_eq!(proven(&again, status, "geheim"), ("n2".into(), 1));
        assert_eq!(again.cseq().0, bye.cseq().0 + 1);
        line.hear(answer_to(&again, 200, "", "", ""));
        line.gone();
        // The next call begins with what is known.
        let (_, next) = dial_trunk(&mut line);
        assert_eq!(proven(&next, status, "geheim"), ("n2".into(), 2));
        assert_eq!(line.counted(Counter::CredentialsRefused), 0);
    }
}

/// First by the proxy, then by the server behind it: both answers travel together from then on (§22.3).
#[test]
fn challenged_by_proxy_and_server() {
    let mut line = line();
    let (_, first) = dial_trunk(&mut line);
    line.hear(answer_to(&first, 407, "x", &challenge(407, "MD5", "p", ""), ""));
    line.method("ACK");
    let second = line.method("INVITE");
    proven(&second, 407, "geheim");
    line.hear(answer_to(&second, 401, "x", &challenge(401, "SHA-256", "s", ""), ""));
    line.method("ACK");
    let third = line.method("INVITE");
    assert_eq!(proven(&third, 407, "geheim"), ("p".into(), 2));
    assert_eq!(proven(&third, 401, "geheim"), ("s".into(), 1));
    assert_eq!(third.cseq().0, 3);
}

/// Rows: V1
#[test]
fn a_wrong_password_ends_the_call_and_says_so() {
    for status in [401, 407] {
        let mut line = line();
        let (_, first) = dial_trunk(&mut line);
        line.hear(answer_to(&first, status, "x", &challenge(status, "MD5", "n1", ""), ""));
        line.method("ACK");
        let second = line.method("INVITE");
        line.hear(answer_to(&second, status, "x", &challenge(status, "MD5", "n2", ""), ""));
        line.method("ACK");
        line.ended(Cause::Forbidden, Some(status));
        assert_eq!((line.counted(Counter::ChallengeAnswered), line.counted(Counter::CredentialsRefused)), (1, 1));
        line.gone();
        // The next one does not begin with credentials that were refused.
        let (_, next) = dial_trunk(&mut line);
        unsigned(&next);
    }
}

#[test]
fn stale_is_believed_once() {
    let mut line = line();
    let (_, mut invite) = dial_trunk(&mut line);
    for (nonce, more) in [("n1", ""), ("n2", ", stale=true")] {
        line.hear(answer_to(&invite, 401, "x", &challenge(401, "MD5", nonce, more), ""));
        line.method("ACK");
        invite = line.method("INVITE");
        assert_eq!(proven(&invite, 401, "geheim"), (nonce.into(), 1));
    }
    line.hear(answer_to(&invite, 401, "x", &challenge(401, "MD5", "n3", ", stale=true"), ""));
    line.method("ACK");
    line.ended(Cause::Forbidden, Some(401));
    line.gone();
}

#[test]
fn challenges_that_are_not_answered() {
    let other_realm = TrunkAccount { realm: Some("other.example".into()), ..account() };
    let (md5, tiger) = (challenge(401, "MD5", "n", ""), challenge(401, "TIGER", "n", ""));
    for (account, challenges) in [
        (Some(other_realm), md5.as_str()),
        (None, &md5),
        (Some(account()), &tiger),
        (Some(account()), ""),
        (Some(account()), "WWW-Authenticate: Digest realm=\"op.example\r\n"),
        (Some(account()), "WWW-Authenticate: Basic realm=\"op.example\"\r\n"),
        // Of the other kind.
        (Some(account()), &challenge(407, "MD5", "n", "")),
    ] {
        let plain = Directory::new("example.org", Vec::new(), trunks());
        let mut line = Line::with(setup(), account.map_or(plain, directory));
        let (_, invite) = dial_trunk(&mut line);
        line.hear(answer_to(&invite, 401, "x", challenges, ""));
        line.method("ACK");
        line.ended(Cause::Forbidden, Some(401));
        line.gone();
    }
}

/// Somebody who is not the trunk learns nothing from us that would help to guess the password.
#[test]
fn only_the_trunk_itself_is_answered() {
    // A call that names the trunk and goes elsewhere.
    for uri in ["sip:1@198.51.100.66", "sip:1@192.0.2.1;maddr=198.51.100.66"] {
        let mut line = line();
        let to = Destination { uri: uri.into(), ..over_the_trunk(&mut line) };
        line.dial_to(to, OFFER);
        let invite = line.method("INVITE");
        line.hear(answer_to(&invite, 401, "x", &challenge(401, "MD5", "n", ""), ""));
        line.method("ACK");
        line.ended(Cause::Forbidden, Some(401));
    }
    // A call of the trunk whose far end moves the dialog to another host.
    let mut line = line();
    let (leg, first) = dial_trunk(&mut line);
    line.hear(answer_to(&first, 401, "x", &challenge(401, "MD5", "n1", ""), ""));
    line.method("ACK");
    let second = line.method("INVITE");
    line.hear(answer_to(&second, 200, "far", "Contact: <sip:far@198.51.100.66>\r\n", ANSWER));
    line.event();
    let (hop, ack) = line.next_with_hop();
    assert_eq!(hop, "udp/0/198.51.100.66:5060");
    unsigned(&ack);
    line.command(leg, LegCommand::Hangup { cause: Cause::Normal });
    let bye = line.method("BYE");
    unsigned(&bye);
    line.hear_from(&hop, answer_to(&bye, 401, "", &challenge(401, "MD5", "chosen", ""), ""));
    assert!(line.sent.is_empty(), "{:?}", line.sent);
    line.ended(Cause::Normal, None);
    line.gone();
}

#[test]
fn a_challenge_inside_a_call_that_came_in() {
    let mut line = line();
    let (leg, _) = answered_call(&mut line, "");
    line.command(leg, LegCommand::Reoffer { offer: sdp(OFFER) });
    let first = line.method("INVITE");
    unsigned(&first);
    line.hear(answer_to(&first, 407, "", &challenge(407, "SHA-256", "n1", ""), ""));
    line.method("ACK");
    let second = line.method("INVITE");
    assert_eq!(second.cseq().0, first.cseq().0 + 1);
    assert_eq!(proven(&second, 407, "geheim"), ("n1".into(), 1));
    line.quiet();
    line.hear(answer_to(&second, 200, "", CONTACT, ANSWER));
    assert_eq!(line.event(), LegEvent::ReofferAccepted { answer: sdp(ANSWER) });
    assert_eq!(line.method("ACK").cseq().0, second.cseq().0);
    // Refused for good: the session stays, and whoever asked is told.
    line.command(leg, LegCommand::Reoffer { offer: sdp(OFFER) });
    for _ in 0..2 {
        let invite = line.method("INVITE");
        line.hear(answer_to(&invite, 407, "", &challenge(407, "SHA-256", "n2", ""), ""));
        line.method("ACK");
    }
    assert_eq!(line.event(), LegEvent::ReofferRefused { status: 407 });
    line.command(leg, LegCommand::Hangup { cause: Cause::Normal });
    line.ended(Cause::Normal, None);
    // A BYE that is refused for ever is still the end.
    for n in 0..2 {
        let bye = line.method("BYE");
        line.hear(answer_to(&bye, 407, "", &challenge(407, "MD5", &format!("b{n}"), ""), ""));
    }
    line.gone();
}

#[test]
fn hung_up_while_it_is_challenged() {
    let mut line = line();
    let (leg, first) = dial_trunk(&mut line);
    line.hear(answer_to(&first, 100, "", "", ""));
    line.command(leg, LegCommand::Hangup { cause: Cause::Normal });
    line.ended(Cause::Normal, None);
    let cancel = line.method("CANCEL");
    line.hear(answer_to(&first, 401, "x", &challenge(401, "MD5", "n", ""), ""));
    line.method("ACK");
    line.hear(answer_to(&cancel, 481, "x", "", ""));
    line.gone();
}

/// Another account from now on: nothing that was proven with the old one is used.
#[test]
fn a_changed_account() {
    let mut line = line();
    let (_, first) = dial_trunk(&mut line);
    line.hear(answer_to(&first, 401, "x", &challenge(401, "MD5", "n1", ""), ""));
    line.method("ACK");
    let second = line.method("INVITE");
    line.hear(answer_to(&second, 486, "x", "", ""));
    line.method("ACK");
    line.ended(Cause::Busy, Some(486));
    let changed = TrunkAccount { password: Pii::new("neu".into()), ..account() };
    line.input(Input::Directory(Arc::new(directory(changed))));
    let (_, third) = dial_trunk(&mut line);
    unsigned(&third);
    line.hear(answer_to(&third, 401, "x", &challenge(401, "MD5", "n2", ""), ""));
    line.method("ACK");
    proven(&line.method("INVITE"), 401, "neu");
}

/// The next address of the trunk may have its own idea of a nonce for the same realm.
#[test]
fn every_address_may_challenge() {
    let mut trunk = trunks();
    trunk[0].outbound.as_mut().unwrap().host = "op.example".into();
    let id: TrunkId = trunk[0].id;
    let directory = Directory::new("example.org", Vec::new(), trunk).with_account(id, account());
    let mut line = Line::with(setup(), directory);
    let to = over_the_trunk(&mut line);
    line.dial_to(to, OFFER);
    let Some(Output::Resolve { token, host, .. }) = line.other.pop_back() else { panic!("{:?}", line.other) };
    assert_eq!(host, "op.example");
    let hops = ["198.51.100.1:5060", "198.51.100.2:5060"];
    let hops = hops.map(|at| (crate::core::input::Transport::Udp, at.parse().unwrap())).to_vec();
    line.input(Input::Resolved { token, hops });
    for nonce in ["a", "b"] {
        let invite = line.method("INVITE");
        line.hear(answer_to(&invite, 407, "x", &challenge(407, "MD5", nonce, ""), ""));
        line.method("ACK");
        let signed = line.method("INVITE");
        assert_eq!(proven(&signed, 407, "geheim"), (nonce.into(), 1));
        line.hear(answer_to(&signed, 503, "x", "", ""));
        line.method("ACK");
    }
    line.ended(Cause::Congestion, Some(503));
    line.pass(Duration::from_secs(33));
    line.gone();
}
