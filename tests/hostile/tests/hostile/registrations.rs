//! The registrations of RFC 4475, sent by somebody who proves to be whom they name: what is bound, and what a later
//! look at the bindings finds.

use crate::bare::{Bare, STRANGER};
use crate::corpus::{self, md5_hex};
use ringdesk_signaling::Extension;
use ringdesk_signaling::core::digest::{ha1_md5, ha1_sha256};
use ringdesk_signaling::core::headers::Name;
use ringdesk_signaling::core::message::Message;

const REALM: &str = "example.com";
const PASSWORD: &str = "correct horse";

fn extension(user: &str) -> Extension {
    Extension {
        user: user.into(),
        ha1_md5: ha1_md5(user, REALM, PASSWORD),
        ha1_sha256: ha1_sha256(user, REALM, PASSWORD),
    }
}

/// The message with credentials for the MD5 challenge of `challenged`.
fn proven(request: &[u8], user: &str, challenged: &Message) -> Vec<u8> {
    let challenge = challenged.headers.all(&Name::WwwAuthenticate).find(|c| c.contains("MD5")).expect("a challenge");
    let nonce = challenge.split("nonce=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a nonce");
    let ha1 = md5_hex(format!("{user}:{REALM}:{PASSWORD}").as_bytes());
    let ha2 = md5_hex(b"REGISTER:sip:example.com");
    let response = md5_hex(format!("{ha1}:{nonce}:00000001:0a4f113b:auth:{ha2}").as_bytes());
    let field = format!(
        "Authorization: Digest username=\"{user}\", realm=\"{REALM}\", nonce=\"{nonce}\", uri=\"sip:example.com\", \
         response=\"{response}\", algorithm=MD5, qop=auth, nc=00000001, cnonce=\"0a4f113b\"\r\n"
    );
    let line = request.iter().position(|byte| *byte == b'\n').expect("a request line") + 1;
    [&request[..line], field.as_bytes(), &request[line..]].concat()
}

/// Contacts of the 200 to this message, in order; or the status of its refusal.
fn registered(bare: &mut Bare, request: &[u8], user: &str) -> Result<Vec<String>, u16> {
    bare.sent.clear();
    bare.hear(STRANGER, request);
    let challenged = Message::parse(&bare.sent.remove(0)).unwrap();
    if challenged.status() != Some(401) {
        return Err(challenged.status().unwrap());
    }
    bare.hear(STRANGER, &proven(request, user, &challenged));
    let answer = Message::parse(&bare.sent.remove(0)).unwrap();
    assert!(bare.sent.is_empty());
    match answer.status() {
        Some(200) => Ok(answer.headers.all(&Name::Contact).map(str::to_owned).collect()),
        status => Err(status.unwrap()),
    }
}

/// Rows: V1, V3
#[test]
fn contacts_are_bound_as_they_are_written() {
    for (name, user, contacts) in [
        // §3.1.1.4: two bindings, and an address of record that does not end at its NUL.
        ("escnull", "null-\0-null", vec!["<sip:%00@host5.example.com>", "<sip:%00%00@host5.example.com>"]),
        // §3.1.1.8: the REGISTER alone.
        ("dblreq", "j.user", vec!["<sip:j.user@host.example.com>"]),
        // §3.3.12: a parameter of the field is none of the URI.
        ("cparam01", "watson", vec!["<sip:+19725552222@gw1.example.net>"]),
        // §3.3.13: a parameter of the URI stays one.
        ("cparam02", "watson", vec!["<sip:+19725552222@gw1.example.net;unknownparam>"]),
        // §3.3.14: and so does its header part.
        ("regescrt", "user", vec!["<sip:user@example.com?Route=%3Csip:sip.example.com%3E>"]),
    ] {
        let mut bare = Bare::new(vec![extension(user)]);
        let bound =
            registered(&mut bare, corpus::message(name), user).unwrap_or_else(|status| panic!("{name}: {status}"));
        let bound: Vec<&str> = bound.iter().map(|contact| contact.split_once(";expires=").unwrap().0).collect();
        assert_eq!(bound, contacts, "{name}");
    }
}

/// An AOR that ends at its NUL would be somebody else's.
#[test]
fn a_nul_ends_nobodys_name() {
    let mut bare = Bare::new(vec![extension("null-")]);
    assert_eq!(registered(&mut bare, corpus::message("escnull"), "null-"), Err(403));
}

/// §3.3.4: an address of record is a SIP URI, also where an extension has the digits of the book.
#[test]
fn a_book_is_no_address_of_record() {
    let mut bare = Bare::new(vec![extension("2983792873")]);
    assert_eq!(registered(&mut bare, corpus::message("unksm2"), "2983792873"), Err(400));
}
