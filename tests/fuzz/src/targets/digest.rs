//! Digest authentication, both roles: who proves himself to us, and we to a trunk.

use crate::script::Script;
use md5::{Digest as _, Md5};
use ringdesk_model::{Pii, Timestamp, TrunkId};
use ringdesk_signaling::TrunkAccount;
use ringdesk_signaling::core::digest::{DigestAlgorithm, Guard, Verdict, ha1_md5, ha1_sha256};
use ringdesk_signaling::core::headers::Name;
use ringdesk_signaling::core::keyring::{Keyring, Tries};
use ringdesk_signaling::core::message::Message;
use ringdesk_signaling::core::method::Method;
use ringdesk_signaling::core::params::quote;
use ringdesk_signaling::{Directory, Extension};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use uuid::Uuid;

const NOW: Timestamp = Timestamp(1_750_000_000_000_000);
const REALM: &str = "ringdesk.example";
const URI: &str = "sip:ringdesk.example";
const USER: &str = "2001";
const PASSWORD: &str = "secret";

/// The first byte says which role; the first line of the rest is a value that we do not control, what follows is a field
/// or numbers.
pub(super) fn run(bytes: &[u8]) {
    let mut script = Script::new(bytes);
    match script.byte() % 3 {
        0 => forged(&mut script),
        1 => counted(&mut script),
        _ => challenged(&mut script),
    }
}

fn guard() -> (Guard, String) {
    let mut guard = Guard::new(7, DigestAlgorithm::ALL.into());
    let challenges = guard.challenges(NOW, REALM, false);
    let (_, nonce) = challenges[0].split_once("nonce=\"").expect("a challenge has a nonce");
    let nonce = nonce.split('"').next().unwrap_or_default().to_owned();
    (guard, nonce)
}

fn directory() -> Directory {
    let extension = Extension {
        user: USER.into(),
        ha1_md5: ha1_md5(USER, REALM, PASSWORD),
        ha1_sha256: ha1_sha256(USER, REALM, PASSWORD),
    };
    Directory::new(REALM, vec![extension], vec![])
}

/// Whatever a field says, with our own nonce even: nobody is let in who does not know the password.
fn forged(script: &mut Script) {
    let (mut guard, nonce) = guard();
    let field = String::from_utf8_lossy(script.rest()).replace('\u{1}', &nonce);
    let verdict = guard.verify(NOW, &directory(), "REGISTER", URI, Some(&field));
    assert!(!matches!(verdict, Verdict::Proven(_)), "{field}");
}

/// Who knows it gets in with whatever client nonce, once per count, and a count that is far behind is not taken.
fn counted(script: &mut Script) {
    let (mut guard, nonce) = guard();
    let cnonce: String = String::from_utf8_lossy(script.line()).chars().filter(|c| *c != '\r').collect();
    let (mut used, mut highest) = (BTreeSet::new(), 0);
    for _ in 0..40 {
        if script.is_empty() {
            return;
        }
        // Near the highest so far, or anywhere.
        let choice = script.byte();
        let count = match choice % 4 {
            0 => script.long(),
            1 => highest + 1,
            _ => u32::saturating_sub(highest, u32::from(choice >> 2)),
        };
        let fresh = count > 0 && !used.contains(&count) && (count > highest || highest - count < 64);
        let field = proof(&nonce, &cnonce, count);
        let verdict = guard.verify(NOW, &directory(), "REGISTER", URI, Some(&field));
        assert_eq!(verdict == Verdict::Proven(USER.into()), fresh, "{count} after {highest}: {field}");
        // Not for another request.
        let other = guard.verify(NOW, &directory(), "INVITE", URI, Some(&field));
        assert!(!matches!(other, Verdict::Proven(_)), "{field}");
        if fresh {
            used.insert(count);
            highest = highest.max(count);
        }
        if highest > u32::MAX - 2 {
            return;
        }
    }
}

/// A trunk challenges us with whatever it likes: our answer is a field that can be read, and it is not given for ever.
fn challenged(script: &mut Script) {
    let trunk = TrunkId(Uuid::from_u128(1));
    let account = TrunkAccount {
        username: Pii::new(String::from_utf8_lossy(script.line()).into_owned()),
        password: Pii::new(PASSWORD.into()),
        realm: None,
        registration: None,
    };
    let (mut ring, mut tries, mut repeats) = (Keyring::default(), Tries::default(), 0);
    let fields = script.rest();
    loop {
        let mut response = format!("SIP/2.0 {} X\r\nVia: SIP/2.0/UDP a;branch=z9hG4bKa\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\n", 401 + 6 * (repeats % 2)).into_bytes();
        response.extend_from_slice(fields);
        let Ok(response) = Message::parse(&response) else { return };
        if !ring.challenged(trunk, &account, &response, &mut tries) {
            break;
        }
        repeats += 1;
        assert!(repeats <= 16, "the same challenge is not answered for ever");
        let mut request = Message::request(Method::Register, URI);
        for (name, value) in [
            (Name::Via, "SIP/2.0/UDP a;branch=z9hG4bKa"),
            (Name::From, "<sip:a@b>;tag=1"),
            (Name::To, "<sip:a@b>"),
            (Name::CallId, "1"),
            (Name::CSeq, "1 REGISTER"),
        ] {
            request.headers.push(name, value);
        }
        let fields = request.headers.len();
        ring.sign(trunk, &account, || "0a".into(), &mut request);
        let answers = request.headers.len() - fields;
        assert!((1..=4).contains(&answers), "{answers} answers");
        let again = Message::parse(&request.to_bytes()).expect("what we send can be read");
        assert_eq!(again.headers.len(), request.headers.len(), "no value begins a field");
        for name in [Name::Authorization, Name::ProxyAuthorization] {
            for value in again.headers.all(&name) {
                assert!(value.starts_with("Digest username="), "{value}");
            }
        }
    }
    assert!(response_to_ourselves(), "what we answer is what we would accept");
}

/// Our two roles understand each other.
fn response_to_ourselves() -> bool {
    let (mut guard, _) = guard();
    let trunk = TrunkId(Uuid::from_u128(2));
    let account = TrunkAccount {
        username: Pii::new(USER.into()),
        password: Pii::new(PASSWORD.into()),
        realm: None,
        registration: None,
    };
    let mut ring = Keyring::default();
    let mut response = Message::request(Method::Register, URI);
    response.start = ringdesk_signaling::core::message::Start::Response { status: 401, reason: "X".into() };
    for challenge in guard.challenges(NOW, REALM, false) {
        response.headers.push(Name::WwwAuthenticate, challenge);
    }
    let mut request = Message::request(Method::Register, URI);
    ring.challenged(trunk, &account, &response, &mut Tries::default()) && {
        ring.sign(trunk, &account, || "0a".into(), &mut request);
        let field = request.headers.get(&Name::Authorization);
        guard.verify(NOW, &directory(), "REGISTER", URI, field) == Verdict::Proven(USER.into())
    }
}

fn proof(nonce: &str, cnonce: &str, count: u32) -> String {
    let ha2 = md5(&format!("REGISTER:{URI}"));
    let response = md5(&format!("{}:{nonce}:{count:08x}:{cnonce}:auth:{ha2}", ha1_md5(USER, REALM, PASSWORD)));
    format!(
        "Digest username=\"{USER}\", realm=\"{REALM}\", nonce=\"{nonce}\", uri=\"{URI}\", response=\"{response}\", \
         algorithm=MD5, cnonce={}, qop=auth, nc={count:08x}",
        quote(cnonce)
    )
}

fn md5(text: &str) -> String {
    Md5::digest(text.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}"); // a String takes everything
        hex
    })
}
