//! How trunks are: each is asked by OPTIONS (RFC 3261 §11) where it has to answer, and what calls over it meet is noted.
//!
//! Any answer is a sign of life, a 404 or 405 as good as a 200: only what a proxy says in the place of the trunk (408, 500,
//! 502, 503, 504) and silence are none. A trunk is down after several of those in a row and up again after several good
//! answers, so that one lost datagram changes nothing. While it is not well it is asked more often.

use super::directory::{Directory, Trunk};
use super::headers::Name;
use super::input::{Hop, Transport};
use super::leg::route::{Lookup, Way, way_to};
use super::message::Message;
use super::method::Method;
use super::output::Output;
use super::profile::OptionsHealth;
use super::stack::{LookupFor, Stack};
use super::transaction::{Owner, TxId};
use super::uri::Uri;
use ringdesk_model::{Timestamp, TrunkId};
use ringdesk_voice::InterfaceId;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

/// What is known of a trunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrunkHealth {
    /// Nothing yet, or it is not asked.
    Unknown,
    Up,
    /// `status`: what came in the place of an answer; `None`: nothing.
    Down {
        status: Option<u16>,
    },
    /// The trunk is gone.
    Gone,
}

/// An answer is waited for so long, and no longer than the span between two questions.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two questions to a trunk that is not well.
const SOON: Duration = Duration::from_secs(5);

#[derive(Default)]
pub(crate) struct Probes {
    all: BTreeMap<TrunkId, Probe>,
    draining: bool,
}

struct Probe {
    plan: Plan,
    tx: Option<TxId>,
    lookup: Option<u64>,
    health: TrunkHealth,
    bad: u32,
    good: u32,
    /// When to ask, or to stop waiting for an answer.
    wake: Timestamp,
}

#[derive(Clone, PartialEq, Eq)]
struct Plan {
    target: String,
    interface: InterfaceId,
    options: OptionsHealth,
}

impl Plan {
    fn of(trunk: &Trunk, directory: &Directory) -> Option<Plan> {
        let options = directory.profile(trunk.id).options?;
        let target = trunk.outbound.as_ref()?.uri(None).to_string();
        Some(Plan { target, interface: trunk.interface, options })
    }
}

impl Probes {
    pub(crate) fn directory_changed(&mut self, stack: &mut Stack) {
        if self.draining {
            return;
        }
        let directory = stack.directory.clone();
        let plans: BTreeMap<TrunkId, Plan> =
            directory.trunks().iter().filter_map(|trunk| Some((trunk.id, Plan::of(trunk, &directory)?))).collect();
        self.all.retain(|id, probe| {
            let stays = plans.get(id) == Some(&probe.plan);
            if !stays {
                probe.abandon(stack);
                let health = if directory.trunk(*id).is_some() { TrunkHealth::Unknown } else { TrunkHealth::Gone };
                stack.wire.outputs.push_back(Output::Health { trunk: *id, health });
            }
            stays
        });
        for (id, plan) in plans {
            self.all.entry(id).or_insert_with(|| Probe::new(stack, plan));
        }
    }

    pub(crate) fn stop(&mut self, stack: &mut Stack) {
        self.draining = true;
        for probe in std::mem::take(&mut self.all).values_mut() {
            probe.abandon(stack);
        }
    }

    pub(crate) fn health(&self, trunk: TrunkId) -> TrunkHealth {
        self.all.get(&trunk).map_or(TrunkHealth::Unknown, |probe| probe.health)
    }

    pub(crate) fn handle_timeout(&mut self, stack: &mut Stack) {
        let now = stack.wire.now;
        for (id, probe) in &mut self.all {
            if probe.wake <= now {
                match probe.tx.is_some() || probe.lookup.is_some() {
                    true => probe.told(stack, *id, None),
                    false => probe.ask(stack, *id),
                }
            }
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<(Timestamp, &'static str)> {
        self.all.values().map(|probe| (probe.wake, "a trunk is asked how it is")).min()
    }

    pub(crate) fn looked_up(&mut self, stack: &mut Stack, id: TrunkId, token: u64, hops: &[(Transport, SocketAddr)]) {
        let Some(probe) = self.all.get_mut(&id).filter(|probe| probe.lookup == Some(token)) else { return };
        probe.lookup = None;
        match hops.first() {
            Some(&(transport, remote)) => {
                let interface = probe.plan.interface;
                probe.send(stack, id, Hop { transport, interface, remote, connection: None });
            }
            None => probe.told(stack, id, None),
        }
    }

    pub(crate) fn response(&mut self, stack: &mut Stack, id: TrunkId, tx: TxId, response: &Message) {
        let status = response.status().unwrap_or(0);
        if status >= 200
            && let Some(probe) = self.all.get_mut(&id).filter(|probe| probe.tx == Some(tx))
        {
            probe.told(stack, id, Some(status));
        }
    }

    /// No answer came, or there was no way there.
    pub(crate) fn failed(&mut self, stack: &mut Stack, id: TrunkId, tx: TxId) {
        if let Some(probe) = self.all.get_mut(&id).filter(|probe| probe.tx == Some(tx)) {
            probe.told(stack, id, None);
        }
    }
}

impl Probe {
    fn new(stack: &mut Stack, plan: Plan) -> Probe {
        // A hundred trunks are not asked in one moment: each has its own place in the span.
        let every = u64::try_from(plan.options.every.as_millis()).unwrap_or(u64::MAX).max(1);
        let first = every / 2 + stack.wire.words.bits() % (every / 2 + 1);
        Probe {
            wake: stack.wire.now + Duration::from_millis(first),
            plan,
            tx: None,
            lookup: None,
            health: TrunkHealth::Unknown,
            bad: 0,
            good: 0,
        }
    }

    fn ask(&mut self, stack: &mut Stack, id: TrunkId) {
        self.wake = stack.wire.now + PATIENCE.min(self.plan.options.every);
        let Ok(uri) = Uri::parse(&self.plan.target) else { return self.told(stack, id, None) };
        let interface = self.plan.interface;
        let usual = stack.wire.setup.interfaces.get(usize::from(interface.0));
        let usual = usual.map_or(Transport::Udp, |interface| interface.usual_transport());
        match way_to(&uri, usual) {
            Way::Address(transport, remote) => {
                self.send(stack, id, Hop { transport, interface, remote, connection: None });
            }
            Way::Name(lookup) => self.look_up(stack, id, lookup),
        }
    }

    fn look_up(&mut self, stack: &mut Stack, id: TrunkId, lookup: Lookup) {
        self.lookup = Some(stack.look_up(Owner::Probe(id), LookupFor::Register, lookup));
    }

    fn send(&mut self, stack: &mut Stack, id: TrunkId, hop: Hop) {
        let (call_id, tag) = (stack.wire.words.next(), stack.wire.words.next());
        let (host, port) = stack.wire.own_address(hop.interface, hop.transport);
        let own = Uri::sip(None, host, Some(port)).to_string();
        let mut options = Message::request(Method::Options, self.plan.target.as_str());
        let headers = &mut options.headers;
        headers.push(Name::MaxForwards, "70");
        headers.push(Name::From, format!("<{own}>;tag={tag}"));
        headers.push(Name::To, format!("<{}>", self.plan.target));
        headers.push(Name::CallId, call_id);
        headers.push(Name::CSeq, "1 OPTIONS");
        headers.push(Name::Contact, stack.wire.contact(&hop, ""));
        headers.push(Name::Accept, "application/sdp");
        headers.push(Name::UserAgent, stack.wire.setup.user_agent.as_str());
        self.tx = Some(stack.transactions.request(&mut stack.wire, Some(Owner::Probe(id)), hop, options));
    }

    /// What is under way is nobody's any more.
    fn abandon(&mut self, stack: &mut Stack) {
        if let Some(tx) = self.tx.take() {
            stack.transactions.forget_client(&mut stack.wire, tx);
        }
        if let Some(token) = self.lookup.take() {
            stack.looked_up(token);
        }
    }

    fn told(&mut self, stack: &mut Stack, id: TrunkId, status: Option<u16>) {
        if status.is_some() {
            // Its transaction ends by itself: the answer may come again.
            self.tx = None;
        }
        self.abandon(stack);
        let alive = status.is_some_and(|status| !matches!(status, 408 | 500 | 502 | 503 | 504));
        (self.bad, self.good) = if alive { (0, self.good.saturating_add(1)) } else { (self.bad.saturating_add(1), 0) };
        let OptionsHealth { every, fail, recover } = self.plan.options;
        let health = match self.health {
            TrunkHealth::Down { .. } if self.good >= recover => TrunkHealth::Up,
            TrunkHealth::Unknown if alive => TrunkHealth::Up,
            TrunkHealth::Unknown | TrunkHealth::Up if self.bad >= fail => TrunkHealth::Down { status },
            same => same,
        };
        if health != self.health {
            self.health = health;
            stack.wire.outputs.push_back(Output::Health { trunk: id, health });
        }
        let well = alive && health == TrunkHealth::Up;
        self.wake = stack.wire.now + if well { every } else { every.min(SOON) };
    }
}
