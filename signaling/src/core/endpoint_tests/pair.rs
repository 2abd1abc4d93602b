//! Two machines that call each other over a network that loses, repeats and reorders. Whatever it does: every leg ends
//! exactly once, and afterwards neither machine holds anything any more.

use super::driver::*;
use crate::core::directory::{Directory, Trunk};
use crate::core::endpoint::Core;
use crate::core::input::{Hop, Input, Transport};
use crate::core::output::Output;
use crate::core::setup::{Advertised, Interface, Setup};
use bytes::Bytes;
use proptest::prelude::*;
use ringdesk_model::{Ids, Timestamp, TrunkId};
use ringdesk_voice::{Cause, Destination, Dial, InterfaceId, LegCommand, LegEvent, LegId, Party};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

const A: &str = "192.0.2.10:5060";
const B: &str = "192.0.2.20:5060";

struct Node {
    core: Core,
    ended: BTreeMap<LegId, usize>,
    legs: Vec<LegId>,
}

struct Net {
    nodes: [Node; 2],
    now: Timestamp,
    /// Arrival, number, to whom, from where.
    flying: BTreeMap<(Timestamp, u64), (usize, Hop, Bytes)>,
    count: u64,
    chance: Ids,
    loss: u64,
    reliable: bool,
    /// Names of what happened.
    seen: std::collections::BTreeSet<String>,
}

fn node(here: &str, seed: u64) -> Node {
    let address: SocketAddr = here.parse().unwrap();
    let told = Some(Advertised { host: address.ip().to_string(), port: address.port() });
    let interfaces = vec![Interface { udp: told.clone(), tcp: told, ..Interface::default() }];
    let mut core = Core::new(Setup { interfaces, ..Setup::default() }, seed, START);
    let trunk = Trunk {
        id: TrunkId(Uuid::from_u128(1)),
        name: "t".into(),
        nets: vec!["192.0.2.0/24".parse().unwrap()],
        outbound: None,
        interface: InterfaceId(0),
    };
    core.handle_input(START, Input::Directory(Arc::new(Directory::new("r", Vec::new(), vec![trunk]))));
    Node { core, ended: BTreeMap::new(), legs: Vec::new() }
}

impl Net {
    fn new(seed: u64, loss: u64, reliable: bool) -> Net {
        Net {
            nodes: [node(A, seed), node(B, seed ^ 1)],
            now: START,
            flying: BTreeMap::new(),
            count: 0,
            chance: Ids::seeded(seed),
            loss,
            reliable,
            seen: std::collections::BTreeSet::new(),
        }
    }

    /// Carry out what a machine wants; its legs are driven at random.
    fn drain(&mut self, who: usize) {
        while let Some(output) = self.nodes[who].core.poll_output() {
            match output {
                Output::Send { hop, bytes } => self.send(who, hop, bytes),
                Output::Incoming(call) => {
                    self.nodes[who].legs.push(call.leg);
                    self.command(who, call.leg, LegCommand::Ring);
                    let roll = self.chance.bits() % 10;
                    let command = match roll {
                        0 => LegCommand::Hangup { cause: Cause::Busy },
                        1 | 2 => LegCommand::Progress { answer: sdp(ANSWER) },
                        3 => continue,
                        _ => LegCommand::Answer { sdp: sdp(ANSWER) },
                    };
                    self.command(who, call.leg, command);
                    if roll < 3 {
                        self.command(who, call.leg, LegCommand::Answer { sdp: sdp(ANSWER) });
                    }
                }
                Output::Leg(leg, event) => {
                    let node = &mut self.nodes[who];
                    let ended = node.ended.entry(leg).or_default();
                    assert_eq!(*ended, 0, "{event:?} after the end");
                    let name = format!("{event:?}");
                    self.seen.insert(name.split([' ', '(']).next().unwrap_or("").to_owned());
                    match event {
                        LegEvent::Ended { .. } => *ended += 1,
                        LegEvent::Offered { .. } => {
                            let command = match self.chance.bits() % 4 {
                                0 => LegCommand::RefuseOffer { status: 488 },
                                _ => LegCommand::AcceptOffer { answer: sdp(ANSWER) },
                            };
                            self.command(who, leg, command);
                        }
                        _ => {}
                    }
                }
                Output::Resolve { .. }
                | Output::Reached { .. }
                | Output::Registration { .. }
                | Output::Trunk { .. }
                | Output::Health { .. }
                | Output::Trouble { .. }
                | Output::Noted(..)
                | Output::Throttled { .. }
                | Output::Dialog { .. }
                | Output::Count(_) => {}
            }
        }
    }

    fn command(&mut self, who: usize, leg: LegId, command: LegCommand) {
        let now = self.now;
        self.nodes[who].core.handle_input(now, Input::Command(leg, command));
        self.drain(who);
    }

    fn send(&mut self, from: usize, hop: Hop, bytes: Bytes) {
        let to = usize::from(hop.remote.to_string() == B);
        assert!(hop.remote.to_string() == [A, B][to], "{hop}");
        let copies = match self.chance.bits() % 100 {
            n if n < self.loss => 0,
            n if n > 95 => 2,
            _ => 1,
        };
        for _ in 0..if self.reliable { 1 } else { copies } {
            let delay = if self.reliable { 5 } else { 1 + self.chance.bits() % 900 };
            let source = Hop { remote: [A, B][from].parse().unwrap(), ..hop };
            self.count += 1;
            self.flying.insert((self.now + ms(delay), self.count), (to, source, bytes.clone()));
        }
    }

    fn run(&mut self, span: Duration) {
        let until = self.now + span;
        loop {
            let due = |node: &Node| node.core.poll_timeout().map(|(at, _)| at);
            let next = [due(&self.nodes[0]), due(&self.nodes[1]), self.flying.first_key_value().map(|(k, _)| k.0)];
            let Some(at) = next.into_iter().flatten().min().filter(|at| *at <= until) else { break };
            self.now = self.now.max(at);
            while let Some(entry) = self.flying.first_entry().filter(|entry| entry.key().0 <= self.now) {
                let (to, hop, bytes) = entry.remove();
                let now = self.now;
                self.nodes[to].core.handle_input(now, Input::Received { hop, bytes });
                self.drain(to);
            }
            for who in 0..2 {
                let now = self.now;
                self.nodes[who].core.handle_timeout(now);
                self.drain(who);
            }
        }
        self.now = until;
    }

    fn dial(&mut self, who: usize, offer: &str) {
        let leg: LegId = self.chance.next(self.now);
        let transport = if self.reliable { Transport::Tcp } else { Transport::Udp };
        let remote: SocketAddr = [B, A][who].parse().unwrap();
        let hop = Hop { transport, interface: InterfaceId(0), remote, connection: self.reliable.then_some(1) };
        let to = Destination {
            uri: format!("sip:1000@{remote}"),
            interface: InterfaceId(0),
            flow: Some(hop.to_string()),
            trunk: None,
            profile: Default::default(),
        };
        self.nodes[who].legs.push(leg);
        let dial = Dial { to, from: Party::number("2000"), offer: sdp(offer), headers: vec![] };
        self.command(who, leg, LegCommand::Dial(Box::new(dial)));
    }

    fn some_leg(&mut self) -> Option<(usize, LegId)> {
        let who = (self.chance.bits() % 2) as usize;
        let legs = &self.nodes[who].legs;
        let at = self.chance.bits() as usize % legs.len().max(1);
        self.nodes[who].legs.get(at).map(|leg| (who, *leg))
    }
}

/// Calls, re-INVITEs and hang-ups at random moments; then everybody hangs up, and time passes.
fn live(seed: u64, loss: u64, reliable: bool, steps: u32) -> Net {
    let mut net = Net::new(seed, loss, reliable);
    for _ in 0..steps {
        match net.chance.bits() % 8 {
            0..=2 => net.dial((seed % 2) as usize, OFFER),
            3 => net.dial(1 - (seed % 2) as usize, ""),
            4 | 5 => {
                if let Some((who, leg)) = net.some_leg() {
                    net.command(who, leg, LegCommand::Reoffer { offer: sdp(OFFER) });
                }
            }
            _ => {
                if let Some((who, leg)) = net.some_leg() {
                    net.command(who, leg, LegCommand::Hangup { cause: Cause::Normal });
                }
            }
        }
        let wait = net.chance.bits() % 3_000;
        net.run(ms(wait));
    }
    // Only one side hangs up; where its BYE gets lost too often the session timer of the other one has to help.
    // Twice: calls that were still on their way the first time have arrived by then.
    for _ in 0..2 {
        for leg in net.nodes[0].legs.clone() {
            net.command(0, leg, LegCommand::Hangup { cause: Cause::Normal });
        }
        net.run(Duration::from_secs(60));
    }
    net.run(Duration::from_secs(4_000));
    for (who, node) in net.nodes.iter().enumerate() {
        for leg in &node.legs {
            assert_eq!(node.ended.get(leg), Some(&1), "node {who}, {leg}");
        }
        let (legs, transactions) = (node.core.legs(), node.core.transactions());
        assert!(node.core.is_idle(), "node {who}: legs {legs}, transactions {transactions}");
    }
    net
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_leg_ends_once_and_nothing_is_left(seed: u64, loss in 0u64..70, reliable: bool, steps in 1u32..30) {
        live(seed, loss, reliable, steps);
    }
}

#[test]
fn nothing_gets_through() {
    live(3, 100, false, 20);
}

#[test]
fn everything_happens_at_all() {
    for (reliable, loss) in [(true, 0), (false, 10)] {
        let net = live(4, loss, reliable, 120);
        for event in
            ["Ringing", "Progress", "Answered", "Confirmed", "Offered", "ReofferAccepted", "ReofferRefused", "Ended"]
        {
            assert!(net.seen.contains(event), "{event}: {:?}", net.seen);
        }
    }
}
