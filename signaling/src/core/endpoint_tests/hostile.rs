//! Whatever arrives: no panic, nothing kept for strangers, and every timer ends.

use super::driver::*;
use super::trunk_calls::{challenge, directory};
use super::trunk_registration::registering;
use crate::core::directory::Directory;
use crate::core::input::Input;
use crate::core::message::Message;
use crate::core::output::Output;
use bytes::Bytes;
use proptest::prelude::*;
use ringdesk_voice::{Destination, InterfaceId};
use std::sync::Arc;
use std::time::Duration;

/// Messages of every kind, as a neighbour may send them.
fn corpus(line: &Line) -> Vec<String> {
    let mut far = Far::new(line);
    let mut all = Vec::new();
    for method in ["INVITE", "ACK", "CANCEL", "OPTIONS", "REGISTER", "BYE", "UPDATE", "PRACK", "INFO", "NOTIFY", "ODD"]
    {
        let more = format!(
            "{CONTACT}Supported: 100rel, timer\r\nRequire: 100rel\r\nRecord-Route: <sip:192.0.2.1>\r\nRAck: 1 1 INVITE\r\nSession-Expires: 100;refresher=uas\r\n"
        );
        all.push(far.request(method, &more, OFFER));
        all.push(far.request(method, "Content-Type: multipart/mixed;boundary=--\r\n", "--------\r\n\r\n----"));
    }
    all.push("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP x;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n\r\n".into());
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_messages(
        which in proptest::collection::vec((any::<prop::sample::Index>(), proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6)), 1..12),
        stranger: bool,
    ) {
        let mut line = Line::new();
        let corpus = corpus(&line);
        let hop = if stranger { "udp/0/198.51.100.1:5060" } else { UDP }.parse().unwrap();
        for (index, changes) in which {
            let mut bytes = index.get(&corpus).clone().into_bytes();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            line.core.handle_input(line.now, Input::Received { hop, bytes: Bytes::from(bytes) });
            while line.core.poll_output().is_some() {}
        }
        if stranger {
            prop_assert!(line.core.legs() == 0);
        }
        // Longer than anything may ring.
        let until = line.now + Duration::from_secs(400);
        while let Some((at, _)) = line.core.poll_timeout().filter(|(at, _)| *at <= until) {
            line.core.handle_timeout(at);
            while line.core.poll_output().is_some() {}
        }
        prop_assert!(line.core.is_idle());
    }

    /// An operator that says nonsense, a challenge most of all: what we do in answer is bounded.
    #[test]
    fn mutated_challenges(
        which in proptest::collection::vec((0usize..6, proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4)), 1..20),
    ) {
        let mut line = Line::with(setup(), directory(registering(600)));
        let trunk = Some(trunks()[0].id);
        let to = Destination { uri: "sip:far@192.0.2.1".into(), interface: InterfaceId(0), flow: None, trunk, profile: Default::default() };
        line.dial_to(to, OFFER);
        let answers = [
            (401, challenge(401, "MD5", "n", "")),
            (407, challenge(407, "SHA-256", "n", ", stale=true")),
            (401, format!("{}{}", challenge(401, "SHA-512-256", "n", ""), challenge(407, "MD5-sess", "n", ""))),
            (200, "Expires: 60\r\nContact: <sip:+4930100@192.0.2.9:5060>;expires=7\r\n".to_owned()),
            (423, "Min-Expires: 90\r\n".to_owned()),
            (503, "Retry-After: 40\r\n".to_owned()),
        ];
        for (answer, changes) in which {
            let (status, more) = &answers[answer];
            for (hop, request) in std::mem::take(&mut line.sent) {
                let mut bytes = answer_to(&request, *status, "x", more, "").into_bytes();
                for (at, byte) in &changes {
                    let at = at.index(bytes.len());
                    bytes[at] = *byte;
                }
                line.core.handle_input(line.now, Input::Received { hop, bytes: Bytes::from(bytes) });
                let mut sent = 0;
                while let Some(output) = line.core.poll_output() {
                    // A response that does not look like one any more is answered with what could be read of it.
                    if let Output::Send { hop, bytes } = output
                        && !bytes.starts_with(b"SIP/2.0 ")
                    {
                        let message = Message::parse(&bytes);
                        prop_assert!(message.is_ok(), "{bytes:?}");
                        line.sent.extend(message.map(|message| (hop, message)));
                        sent += 1;
                    }
                }
                prop_assert!(sent <= 2, "an ACK and one more try at most");
            }
            line.pass(ms(700));
        }
        line.input(Input::Directory(Arc::new(Directory::default())));
        line.pass(Duration::from_secs(400));
        prop_assert!(line.core.is_idle());
    }

    #[test]
    fn noise(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let mut line = Line::new();
        line.core.handle_input(line.now, Input::Received { hop: line.hop, bytes: Bytes::from(bytes) });
        while line.core.poll_output().is_some() {}
        prop_assert!(line.core.is_idle());
    }
}
