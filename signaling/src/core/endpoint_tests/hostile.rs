//! Whatever arrives: no panic, nothing kept for strangers, and every timer ends.

use super::driver::*;
use crate::core::input::Input;
use bytes::Bytes;
use proptest::prelude::*;
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

    #[test]
    fn noise(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let mut line = Line::new();
        line.core.handle_input(line.now, Input::Received { hop: line.hop, bytes: Bytes::from(bytes) });
        while line.core.poll_output().is_some() {}
        prop_assert!(line.core.is_idle());
    }
}
