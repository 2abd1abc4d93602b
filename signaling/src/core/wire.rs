//! What transactions and legs share on their way out: time, timers, outputs, addresses of our own, unguessable words.

use super::input::{Hop, Transport};
use super::message::Message;
use super::output::{Counter, Output};
use super::setup::Setup;
use super::timers::Timers;
use super::via::MAGIC_COOKIE;
use crate::core::headers::Name;
use bytes::Bytes;
use ringdesk_model::Timestamp;
use ringdesk_voice::InterfaceId;
use sha2::{Digest as _, Sha256};
use std::collections::VecDeque;
use std::fmt::Write as _;

pub(crate) struct Wire {
    pub(crate) setup: Setup,
    pub(crate) now: Timestamp,
    pub(crate) timers: Timers,
    pub(crate) outputs: VecDeque<Output>,
    pub(crate) words: Words,
}

impl Wire {
    pub(crate) fn new(setup: Setup, seed: u64, now: Timestamp) -> Wire {
        Wire { setup, now, timers: Timers::default(), outputs: VecDeque::new(), words: Words::seeded(seed) }
    }

    pub(crate) fn send(&mut self, hop: Hop, bytes: Bytes) {
        self.outputs.push_back(Output::Send { hop, bytes });
    }

    pub(crate) fn count(&mut self, counter: Counter) {
        self.outputs.push_back(Output::Count(counter));
    }

    /// Put our Via before all others; the branch it carries.
    pub(crate) fn add_via(&mut self, message: &mut Message, hop: &Hop) -> String {
        let branch = format!("{MAGIC_COOKIE}{}", self.words.next());
        let via = self.via(hop, &branch);
        message.headers.push_front(Name::Via, via);
        branch
    }

    pub(crate) fn via(&self, hop: &Hop, branch: &str) -> String {
        let (host, port) = self.own_address(hop.interface, hop.transport);
        // RFC 3581: only where the answer could otherwise go astray.
        let rport = if hop.transport == Transport::Udp { ";rport" } else { "" };
        format!("SIP/2.0/{} {host}:{port}{rport};branch={branch}", hop.transport.as_str())
    }

    /// Our Contact for a neighbour on this hop.
    pub(crate) fn contact(&self, hop: &Hop, user: &str) -> String {
        let (host, port) = self.own_address(hop.interface, hop.transport);
        let transport = match hop.transport {
            Transport::Udp => "",
            Transport::Tcp => ";transport=tcp",
            Transport::Tls => ";transport=tls",
            Transport::Ws | Transport::Wss => ";transport=ws",
        };
        if user.is_empty() {
            return format!("<sip:{host}:{port}{transport}>");
        }
        format!("<sip:{}@{host}:{port}{transport}>", super::uri::escape_user(user))
    }

    pub(crate) fn own_address(&self, interface: InterfaceId, transport: Transport) -> (&str, u16) {
        match self.setup.advertised(interface, transport) {
            Some(advertised) => (&advertised.host, advertised.port),
            // An interface that was never configured: the message still has to be well formed.
            None => ("invalid", transport.default_port()),
        }
    }
}

/// Tags, branches, Call-IDs: unguessable for who does not know the seed (RFC 3261 §19.3), repeatable for who does.
pub(crate) struct Words {
    key: [u8; 32],
    count: u64,
}

impl Words {
    pub(crate) fn seeded(seed: u64) -> Words {
        let key = Sha256::new().chain_update(b"ringdesk signaling words").chain_update(seed.to_be_bytes()).finalize();
        Words { key: key.into(), count: 0 }
    }

    /// A word never given before.
    pub(crate) fn next(&mut self) -> String {
        self.count += 1;
        word(Sha256::new().chain_update(self.key).chain_update(self.count.to_be_bytes()).finalize().as_slice())
    }

    /// The same word for the same parts: the To tag of answers for which nothing is kept (RFC 3261 §8.2.7).
    pub(crate) fn of(&self, parts: &[&str]) -> String {
        let mut hash = Sha256::new().chain_update(self.key).chain_update(b"of");
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        word(hash.finalize().as_slice())
    }

    /// 64 bits for a back-off; as good as the words.
    pub(crate) fn bits(&mut self) -> u64 {
        self.count += 1;
        let digest = Sha256::new().chain_update(self.key).chain_update(self.count.to_be_bytes()).finalize();
        digest.as_slice().iter().take(8).fold(0, |bits, byte| bits << 8 | u64::from(*byte))
    }
}

/// 96 bits as text.
fn word(digest: &[u8]) -> String {
    let mut text = String::with_capacity(24);
    for byte in digest.iter().take(12) {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_repeat_with_the_seed_and_never_within_it() {
        let (mut a, mut b, mut c) = (Words::seeded(1), Words::seeded(1), Words::seeded(2));
        let first = a.next();
        assert_eq!(first, b.next());
        assert_ne!(first, c.next());
        assert_ne!(first, a.next());
        assert_eq!(a.of(&["ab", "c"]), b.of(&["ab", "c"]));
        assert_ne!(a.of(&["ab", "c"]), a.of(&["a", "bc"]));
    }
}
