//! The signaling core without its gate, on a virtual clock.

use bytes::Bytes;
use ringdesk_model::{Timestamp, TrunkId};
use ringdesk_signaling::core::endpoint::Core;
use ringdesk_signaling::core::input::{Hop, Input};
use ringdesk_signaling::core::output::{Counter, Output};
use ringdesk_signaling::core::setup::{Advertised, Interface, Setup};
use ringdesk_signaling::{Directory, Extension, Trunk};
use ringdesk_voice::{IncomingCall, InterfaceId, LegEvent, LegId};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Addresses of the one trunk, and of somebody of whom nothing is known.
pub(crate) const TRUNK: &str = "udp/0/192.0.2.1:5060";
pub(crate) const TRUNK_TCP: &str = "tcp/0/192.0.2.1:40000/7";
pub(crate) const STRANGER: &str = "udp/0/198.51.100.1:5060";
pub(crate) const STRANGER_TCP: &str = "tcp/0/198.51.100.1:40000/8";

pub(crate) struct Bare {
    pub(crate) core: Core,
    pub(crate) now: Timestamp,
    pub(crate) sent: Vec<Bytes>,
    pub(crate) calls: Vec<IncomingCall>,
    pub(crate) counts: BTreeMap<Counter, usize>,
    pub(crate) ended: Vec<LegId>,
}

impl Bare {
    pub(crate) fn new(extensions: Vec<Extension>) -> Bare {
        let here = Some(Advertised { host: "192.0.2.9".into(), port: 5060 });
        let setup = Setup {
            interfaces: vec![Interface { udp: here.clone(), tcp: here, ..Interface::default() }],
            ..Setup::default()
        };
        let trunk = Trunk {
            id: TrunkId(Uuid::from_u128(1)),
            name: "carrier".into(),
            nets: vec!["192.0.2.0/24".parse().unwrap()],
            outbound: None,
            interface: InterfaceId(0),
        };
        let now = Timestamp(1_750_000_000_000_000);
        let mut bare = Bare {
            core: Core::new(setup, 7, now),
            now,
            sent: Vec::new(),
            calls: Vec::new(),
            counts: BTreeMap::new(),
            ended: Vec::new(),
        };
        bare.input(Input::Directory(Arc::new(Directory::new("example.com", extensions, vec![trunk]))));
        bare
    }

    pub(crate) fn input(&mut self, input: Input) {
        self.core.handle_input(self.now, input);
        self.drain();
    }

    pub(crate) fn hear(&mut self, hop: &str, bytes: &[u8]) {
        let hop: Hop = hop.parse().unwrap();
        self.input(Input::Received { hop, bytes: Bytes::copy_from_slice(bytes) });
    }

    /// Let time pass, timer by timer; how many there were.
    pub(crate) fn pass(&mut self, span: Duration) -> usize {
        let until = self.now + span;
        let mut timers = 0;
        while let Some((at, name)) = self.core.poll_timeout().filter(|(at, _)| *at <= until) {
            self.now = self.now.max(at);
            self.core.handle_timeout(self.now);
            self.drain();
            let next = self.core.poll_timeout();
            assert!(next.is_none_or(|(at, _)| at > self.now), "{name} is due and does not fire: {next:?}");
            timers += 1;
        }
        self.now = until;
        timers
    }

    /// Status codes of the responses sent so far.
    pub(crate) fn statuses(&self) -> Vec<u16> {
        self.sent.iter().filter_map(|bytes| status(bytes)).collect()
    }

    pub(crate) fn counted(&self, counter: Counter) -> usize {
        self.counts.get(&counter).copied().unwrap_or(0)
    }

    fn drain(&mut self) {
        while let Some(output) = self.core.poll_output() {
            match output {
                Output::Send { bytes, .. } => self.sent.push(bytes),
                Output::Incoming(call) => self.calls.push(call),
                Output::Leg(leg, LegEvent::Ended { .. }) => self.ended.push(leg),
                Output::Count(counter) => *self.counts.entry(counter).or_default() += 1,
                _ => {}
            }
        }
    }
}

pub(crate) fn status(bytes: &[u8]) -> Option<u16> {
    let digits = bytes.strip_prefix(b"SIP/2.0 ")?.get(..3)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}
