//! Two machines over a network that loses, repeats and reorders: one is the operator, the other one registers with it and
//! calls over it as its trunk. The registrar's and the caller's side of digest prove each other.

use super::driver::{ANSWER, OFFER, START, ms, sdp};
use crate::core::account::{TrunkAccount, TrunkRegistration};
use crate::core::binding::Binding;
use crate::core::digest::{ha1_md5, ha1_sha256};
use crate::core::directory::{Directory, Extension, Trunk, TrunkTarget};
use crate::core::endpoint::Core;
use crate::core::input::{Hop, Input};
use crate::core::output::{Counter, Output, RegistrationChange};
use crate::core::setup::{Advertised, Interface, Setup};
use crate::core::trunks::TrunkState;
use bytes::Bytes;
use ringdesk_model::{Ids, Pii, Timestamp, TrunkId};
use ringdesk_voice::{Cause, Destination, Dial, InterfaceId, LegCommand, LegEvent, LegId, Origin, Party, Target};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

const US: &str = "192.0.2.10:5060";
const OPERATOR: &str = "198.51.100.20:5060";
const TRUNK: TrunkId = TrunkId(Uuid::from_u128(1));
const USER: &str = "2001";

fn setup(here: &str) -> Setup {
    let address: SocketAddr = here.parse().unwrap();
    let told = Some(Advertised { host: address.ip().to_string(), port: address.port() });
    Setup { interfaces: vec![Interface { udp: told.clone(), tcp: told, ..Interface::default() }], ..Setup::default() }
}

/// Knows 2001 by its password, or only by one of its hashes.
fn operator(password: &str, md5: bool, sha256: bool) -> Directory {
    let hash = |known: bool, hash: String| if known { hash } else { "0".repeat(hash.len()) };
    let extension = Extension {
        user: USER.into(),
        ha1_md5: hash(md5, ha1_md5(USER, "op", password)),
        ha1_sha256: hash(sha256, ha1_sha256(USER, "op", password)),
    };
    Directory::new("op", vec![extension], Vec::new())
}

fn customer(password: &str) -> Directory {
    let host = OPERATOR.parse::<SocketAddr>().unwrap().ip().to_string();
    let trunk = Trunk {
        id: TRUNK,
        name: "t".into(),
        nets: vec!["198.51.100.0/24".parse().unwrap()],
        outbound: Some(TrunkTarget { host, port: None, transport: None, certificate: None }),
        interface: InterfaceId(0),
    };
    let registration = TrunkRegistration { user: Pii::new(USER.into()), domain: "op".into(), expires_seconds: 600 };
    let account = TrunkAccount {
        username: Pii::new(USER.into()),
        password: Pii::new(password.into()),
        realm: Some("op".into()),
        registration: Some(registration),
    };
    Directory::new("us", Vec::new(), vec![trunk]).with_account(TRUNK, account)
}

struct World {
    /// We, and the operator.
    cores: [Core; 2],
    now: Timestamp,
    flying: BTreeMap<(Timestamp, u64), (usize, Hop, Bytes)>,
    count: u64,
    chance: Ids,
    loss: u64,
    events: [Vec<(LegId, LegEvent)>; 2],
    calls: Vec<Origin>,
    states: Vec<TrunkState>,
    changes: Vec<(usize, RegistrationChange)>,
    /// What the operator would keep.
    kept: Vec<Binding>,
    counts: BTreeMap<Counter, usize>,
}

impl World {
    fn new(seed: u64, loss: u64, ours: Directory, theirs: Directory) -> World {
        let core = |here: &str, seed| Core::new(setup(here), seed, START);
        let mut world = World {
            cores: [core(US, seed), core(OPERATOR, seed ^ 1)],
            now: START,
            flying: BTreeMap::new(),
            count: 0,
            chance: Ids::seeded(seed),
            loss,
            events: [Vec::new(), Vec::new()],
            calls: Vec::new(),
            states: Vec::new(),
            changes: Vec::new(),
            kept: Vec::new(),
            counts: BTreeMap::new(),
        };
        world.input(1, Input::Directory(Arc::new(theirs)));
        world.input(0, Input::Directory(Arc::new(ours)));
        world
    }

    fn input(&mut self, who: usize, input: Input) {
        self.cores[who].handle_input(self.now, input);
        self.drain(who);
    }

    fn drain(&mut self, who: usize) {
        while let Some(output) = self.cores[who].poll_output() {
            match output {
                Output::Send { hop, bytes } => self.send(who, hop, bytes),
                Output::Incoming(call) => {
                    self.calls.push(call.origin);
                    self.input(who, Input::Command(call.leg, LegCommand::Answer { sdp: sdp(ANSWER) }));
                }
                Output::Leg(leg, event) => self.events[who].push((leg, event)),
                Output::Trunk { trunk: TRUNK, state } => self.states.push(state),
                Output::Registration { contacts, change, bindings, .. } => {
                    assert_eq!(bindings.len(), contacts);
                    self.kept = bindings;
                    self.changes.push((contacts, change));
                }
                Output::Count(counter) => *self.counts.entry(counter).or_default() += 1,
                Output::Throttled { .. } | Output::Dialog { .. } | Output::Noted(..) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    fn send(&mut self, from: usize, hop: Hop, bytes: Bytes) {
        let to = 1 - from;
        assert_eq!(hop.remote.to_string(), [US, OPERATOR][to]);
        let copies = match self.chance.bits() % 100 {
            n if n < self.loss => 0,
            n if n > 95 && self.loss > 0 => 2,
            _ => 1,
        };
        for _ in 0..copies {
            let delay = if self.loss == 0 { 5 } else { 1 + self.chance.bits() % 400 };
            let source = Hop { remote: [US, OPERATOR][from].parse().unwrap(), ..hop };
            self.count += 1;
            self.flying.insert((self.now + ms(delay), self.count), (to, source, bytes.clone()));
        }
    }

    fn run(&mut self, span: Duration) {
        let until = self.now + span;
        loop {
            let due = |core: &Core| core.poll_timeout().map(|(at, _)| at);
            let next = [due(&self.cores[0]), due(&self.cores[1]), self.flying.first_key_value().map(|(k, _)| k.0)];
            let Some(at) = next.into_iter().flatten().min().filter(|at| *at <= until) else { break };
            self.now = self.now.max(at);
            while let Some(entry) = self.flying.first_entry().filter(|entry| entry.key().0 <= self.now) {
                let (to, hop, bytes) = entry.remove();
                self.input(to, Input::Received { hop, bytes });
            }
            for who in 0..2 {
                self.cores[who].handle_timeout(self.now);
                self.drain(who);
            }
        }
        self.now = until;
    }

    fn dial(&mut self) -> LegId {
        let host = OPERATOR.parse::<SocketAddr>().unwrap().ip();
        let uri = format!("sip:+4940555@{host}");
        let to =
            Destination { uri, interface: InterfaceId(0), flow: None, trunk: Some(TRUNK), profile: Default::default() };
        let leg: LegId = self.chance.next(self.now);
        let dial = Dial { to, from: Party::number(USER), offer: sdp(OFFER), headers: Vec::new() };
        self.input(0, Input::Command(leg, LegCommand::Dial(Box::new(dial))));
        leg
    }

    fn told(&self, leg: LegId) -> Vec<&LegEvent> {
        self.events[0].iter().filter(|(of, _)| *of == leg).map(|(_, event)| event).collect()
    }

    fn counted(&self, counter: Counter) -> usize {
        self.counts.get(&counter).copied().unwrap_or(0)
    }
}

fn answered() -> LegEvent {
    LegEvent::Answered { answer: Some(sdp(ANSWER)) }
}

/// Rows: V1
#[test]
fn register_and_call() {
    for seed in 0..40 {
        let loss = seed % 4 * 10;
        let mut world = World::new(seed, loss, customer("p"), operator("p", true, true));
        world.run(Duration::from_secs(20));
        if loss == 0 {
            assert!(matches!(world.states[..], [TrunkState::Registered { .. }]), "{:?}", world.states);
            assert_eq!((world.counted(Counter::Challenged), world.counted(Counter::ChallengeAnswered)), (1, 1));
        }
        let leg = world.dial();
        world.run(Duration::from_secs(32));
        assert_eq!(world.told(leg).first(), Some(&&answered()), "seed {seed}");
        assert!(world.calls.iter().all(|origin| *origin == Origin::Extension(USER.into())));
        world.input(0, Input::Command(leg, LegCommand::Hangup { cause: Cause::Normal }));
        world.run(Duration::from_secs(3_600));
        assert_eq!(world.told(leg).last(), Some(&&LegEvent::Ended { cause: Cause::Normal, status: None }));
        assert_eq!(
            world.events[1].iter().filter(|(_, e)| matches!(e, LegEvent::Ended { .. })).count(),
            world.calls.len()
        );
        assert!(world.cores.iter().all(|core| core.legs() == 0), "seed {seed}");
        // An hour of refreshes, each with a nonce that has grown old: said to be stale, and then done. A refresh may fail
        // where everything is lost, and never because of the password.
        assert!(world.counted(Counter::ChallengeAnswered) >= 5, "seed {seed}: {:?}", world.counts);
        assert_eq!(world.counted(Counter::Unauthorised), 0, "seed {seed}");
        assert_eq!(world.cores[1].bindings().count(), 1, "seed {seed}");
        if loss == 0 {
            assert!(world.states.iter().all(|state| matches!(state, TrunkState::Registered { .. })));
            assert_eq!(world.counted(Counter::CredentialsRefused), 0);
        }
    }
}

/// Of two algorithms the stronger one is used, so an operator that has only the weaker hash refuses us.
#[test]
fn the_stronger_algorithm_is_used() {
    for (md5, sha256, well) in [(true, true, true), (false, true, true), (true, false, false)] {
        let mut world = World::new(7, 0, customer("p"), operator("p", md5, sha256));
        world.run(Duration::from_secs(5));
        assert_eq!(matches!(world.states[..], [TrunkState::Registered { .. }]), well, "{:?}", world.states);
    }
}

/// Rows: V1
#[test]
fn a_wrong_password_is_a_failure_with_a_name() {
    let mut world = World::new(3, 0, customer("wrong"), operator("p", true, true));
    world.run(Duration::from_secs(5));
    assert!(matches!(world.states[..], [TrunkState::Failed { status: Some(401), .. }]), "{:?}", world.states);
    let leg = world.dial();
    world.run(Duration::from_secs(5));
    assert_eq!(world.told(leg), [&LegEvent::Ended { cause: Cause::Forbidden, status: Some(407) }]);
    assert_eq!((world.counted(Counter::CredentialsRefused), world.counted(Counter::Unauthorised)), (2, 2));
    assert!(world.calls.is_empty() && world.changes.is_empty());
    // The right one, and everything is well at once.
    world.input(0, Input::Directory(Arc::new(customer("p"))));
    world.run(Duration::from_secs(5));
    assert!(matches!(world.states[1..], [TrunkState::Left, TrunkState::Registered { .. }]), "{:?}", world.states);
}

/// Who restarts has its contacts back, and they are reached where they were.
///
/// Rows: V1
#[test]
fn contacts_survive_a_restart_of_the_registrar() {
    let mut world = World::new(5, 0, customer("p"), operator("p", true, true));
    world.run(Duration::from_secs(5));
    assert_eq!(world.changes, [(1, RegistrationChange::Added)]);
    let before = world.cores[1].bindings().collect::<Vec<_>>();
    assert_eq!(world.kept, before);
    // On the disk meanwhile.
    let disk = toml::to_string(&BTreeMap::from([("kept", &before)])).unwrap();
    let kept = toml::from_str::<BTreeMap<String, Vec<Binding>>>(&disk).unwrap().remove("kept").unwrap();
    assert_eq!(kept, before);
    world.cores[1] = Core::new(setup(OPERATOR), 99, world.now);
    world.input(1, Input::Directory(Arc::new(operator("p", true, true))));
    world.input(1, Input::Restore(kept.clone()));
    assert_eq!(world.changes[1..], [(1, RegistrationChange::Added)]);
    assert_eq!(world.cores[1].bindings().collect::<Vec<_>>(), before);
    // Once more is no more.
    world.input(1, Input::Restore(kept.clone()));
    assert_eq!(world.changes.len(), 2);
    let reach = Input::Reach { ask: 1, target: Target::Extension(USER.into()) };
    world.cores[1].handle_input(world.now, reach);
    let Some(Output::Reached { destinations, .. }) = world.cores[1].poll_output() else { panic!() };
    assert_eq!(destinations[0].flow.as_deref(), Some("udp/0/192.0.2.10:5060"));
    // Its refresh is that of the same contact, though the nonce is of a machine that is no more.
    world.run(Duration::from_secs(560));
    assert_eq!(world.changes[2..], [(1, RegistrationChange::Refreshed)]);
    assert!(world.states.iter().all(|state| matches!(state, TrunkState::Registered { .. })), "{:?}", world.states);
    // With another password, without the extension, or too late there is nothing to come back to.
    for (directory, later) in [
        (operator("changed", true, true), Duration::ZERO),
        (Directory::new("op", Vec::new(), Vec::new()), Duration::ZERO),
        (operator("p", true, true), Duration::from_secs(601)),
    ] {
        let now = START + Duration::from_secs(5) + later;
        let mut core = Core::new(setup(OPERATOR), 1, now);
        core.handle_input(now, Input::Directory(Arc::new(directory)));
        core.handle_input(now, Input::Restore(kept.clone()));
        assert!(core.poll_output().is_none());
        assert_eq!(core.bindings().count(), 0);
    }
    // Nor at an interface that is no more.
    let now = START + Duration::from_secs(5);
    let mut core = Core::new(Setup { interfaces: Vec::new(), ..setup(OPERATOR) }, 1, now);
    core.handle_input(now, Input::Directory(Arc::new(operator("p", true, true))));
    core.handle_input(now, Input::Restore(kept));
    assert_eq!(core.bindings().count(), 0);
}

/// Who is removed, or gets another password, is not reached any more from that moment on.
#[test]
fn a_removed_extension_is_gone_at_once() {
    for theirs in [Directory::new("op", Vec::new(), Vec::new()), operator("changed", true, true)] {
        let mut world = World::new(6, 0, customer("p"), operator("p", true, true));
        world.run(Duration::from_secs(5));
        assert_eq!(world.cores[1].bindings().count(), 1);
        // A change that does not concern it.
        world.input(1, Input::Directory(Arc::new(operator("p", true, true))));
        assert_eq!(world.changes.len(), 1);
        world.input(1, Input::Directory(Arc::new(theirs)));
        assert_eq!(world.changes[1..], [(0, RegistrationChange::Removed)]);
        assert!(world.kept.is_empty());
        assert_eq!(world.cores[1].bindings().count(), 0);
    }
}
