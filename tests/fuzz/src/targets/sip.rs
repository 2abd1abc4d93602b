//! One SIP message and everything that is read of it.

use bytes::Bytes;
use ringdesk_signaling::core::address::NameAddr;
use ringdesk_signaling::core::build::respond;
use ringdesk_signaling::core::headers::Name;
use ringdesk_signaling::core::message::{MAX_MESSAGE, Message};
use ringdesk_signaling::core::text;
use ringdesk_signaling::core::uri::{Uri, escape_user, unescape};
use ringdesk_signaling::core::via::Via;

pub(super) fn run(bytes: &[u8]) {
    text_survives(bytes);
    match Message::parse(bytes) {
        Ok(message) => {
            assert!(message.body.len() <= bytes.len(), "a body out of nothing");
            same_after_writing(&message);
            parts(&message);
            if message.is_request() {
                answered(&message);
            }
            stamped(message);
        }
        Err(failure) => {
            assert!((400..=599).contains(&failure.status), "{failure}");
            let Some(request) = failure.partial else { return };
            assert!(request.is_request() && request.via().is_some(), "an answer to it finds its way");
            let answer = respond(&request, failure.status, Some(failure.reason), Some("tag"));
            assert_eq!(answer.via(), request.via());
            answer.to_bytes();
        }
    }
}

fn text_survives(bytes: &[u8]) {
    let mut back = Vec::with_capacity(bytes.len());
    text::encode(&text::decode(bytes), &mut back);
    assert_eq!(back, bytes);
}

/// What is written is read as what was written, so nobody behind us reads another message than we did.
fn same_after_writing(message: &Message) {
    let written = message.to_bytes();
    if written.len() > MAX_MESSAGE {
        return; // compact names were written out
    }
    let again = Message::parse(&written).unwrap_or_else(|why| panic!("{why}: {written:?}"));
    assert_eq!(&again, message);
    assert_eq!(again.to_bytes(), written);
}

fn parts(message: &Message) {
    let (number, method) = message.cseq();
    assert!(number < 1 << 31 && !method.as_str().is_empty());
    assert!(!message.call_id().is_empty());
    assert!(message.from_addr().is_some() && message.to_addr().is_some());
    for via in message.headers.all(&Name::Via).filter_map(Via::parse) {
        assert_eq!(Via::parse(&via.to_string()).as_ref(), Some(&via));
        let _ = (via.host_ip(), via.answer_host(), via.answer_port(), via.has_cookie());
    }
    for name in
        [Name::From, Name::To, Name::Contact, Name::Route, Name::RecordRoute, Name::PAssertedIdentity, Name::ReferTo]
    {
        for addr in message.headers.all(&name).filter_map(NameAddr::parse) {
            assert_eq!(NameAddr::parse(&addr.to_string()).as_ref(), Some(&addr));
            uri(&addr.uri);
        }
    }
    uri(message.uri());
    let _ = (message.max_forwards(), message.expires(), message.content_type(), message.from_tag(), message.to_tag());
    for (name, value) in message.headers.iter() {
        assert!(!value.contains(['\r', '\n']), "{name}: a line end in a value");
        assert!(message.headers.count(name) >= 1 && message.headers.get(name).is_some());
    }
}

fn uri(text: &str) {
    let Ok(uri) = Uri::parse(text) else { return };
    assert_eq!(Uri::parse(&uri.to_string()).as_ref(), Ok(&uri), "{text}");
    assert!(uri.equivalent(&uri), "{text}");
    let _ = (uri.bare_host(), uri.is_secure());
    if let Some(user) = uri.user() {
        let named = Uri::sip(Some(&user), "example.com", Some(5060)).to_string();
        assert!(!named.bytes().any(|b| b <= b' '), "{named}");
    }
    assert_eq!(unescape(&escape_user(text)).is_empty(), text.is_empty());
}

/// Our answer goes back over the vias of the request and belongs to its transaction.
fn answered(request: &Message) {
    let answer = respond(request, 486, None, Some("tag"));
    let again = Message::parse(&answer.to_bytes());
    match again {
        Ok(again) => {
            assert_eq!(again, answer);
            assert_eq!(
                (again.call_id(), again.cseq(), again.via()),
                (request.call_id(), request.cseq(), request.via())
            );
            assert!(again.to_tag().is_some());
        }
        Err(why) => assert!(answer.to_bytes().len() > MAX_MESSAGE, "{why}: {answer:?}"),
    }
}

fn stamped(mut message: Message) {
    let (before, vias) = (message.via(), message.headers.all(&Name::Via).count());
    let source = "198.51.100.7:1024".parse().expect("an address");
    message.stamp_source(source, true);
    let via = message.via().expect("it had one");
    assert_eq!((via.answer_host(), via.answer_port()), ("198.51.100.7", Some(1024)));
    assert_eq!(via.branch, before.and_then(|via| via.branch));
    assert_eq!(message.headers.all(&Name::Via).count(), vias);
    message.body = Bytes::new();
}
