//! [`Core`]: the machine. It reads messages, finds whom they concern, and answers what concerns nobody.
//!
//! Strangers cost no memory: whatever is refused before it is known who sends it, a challenge included, is answered
//! without a transaction (RFC 3261 §8.2.7). Its To tag is computed from the request, so that the ACK is recognised.
//!
//! Reading order: [`Core`] and its verbs, `dispatch` (whose a message is), `door` (calls that come in), `ways` (where somebody
//! can be dialled), `refusing` (answers that nothing is kept of).

mod dispatch;
mod door;
mod refusing;
mod ways;

use super::admission::Admission;
use super::binding::Binding;
use super::flows::Flows;
use super::guests::Guests;
use super::input::{Hop, HopFailure, Input};
use super::leg::Leg;
use super::output::{Counter, Output};
use super::returns::Returns;
use super::setup::Setup;
use super::stack::Stack;
use super::subscriptions::Subscriptions;
use super::throttle::Throttled;
use super::timers::Alarm;
use super::transaction::{ClientEnd, Owner};
use super::trunk_health::Probes;
use super::trunks::Trunks;
use super::wire::Wire;
use ringdesk_model::{Ids, Timestamp};
use ringdesk_voice::{LegCommand, LegId};
use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

/// What a core keeps of others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    pub transactions: usize,
    pub dialogs: usize,
    pub lookups: usize,
    /// Everybody whose wrong passwords are counted.
    pub guessers: usize,
    pub subscriptions: usize,
}

/// Methods that an OPTIONS tells of.
const ALLOW_ALL: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, REFER, SUBSCRIBE, REGISTER";

pub struct Core {
    stack: Stack,
    // Looked up by id only; nothing depends on its order.
    legs: HashMap<LegId, Box<Leg>>,
    flows: Flows,
    returns: Returns,
    subscriptions: Subscriptions,
    ids: Ids,
    admission: Admission,
    guests: Guests,
    trunks: Trunks,
    probes: Probes,
    emergency: BTreeSet<String>,
    /// Calls that came in and are not over.
    calls: BTreeSet<LegId>,
    draining: bool,
    shedding: bool,
}

impl Core {
    pub fn new(setup: Setup, seed: u64, now: Timestamp) -> Core {
        Core {
            ids: Ids::seeded(seed),
            admission: Admission::new(&setup, seed),
            guests: Guests::default(),
            trunks: Trunks::default(),
            probes: Probes::default(),
            emergency: setup.emergency_numbers.iter().cloned().collect(),
            stack: Stack::new(Wire::new(setup, seed, now)),
            legs: HashMap::new(),
            flows: Flows::default(),
            returns: Returns::default(),
            subscriptions: Subscriptions::default(),
            calls: BTreeSet::new(),
            draining: false,
            shedding: false,
        }
    }

    pub fn handle_input(&mut self, now: Timestamp, input: Input) {
        self.stack.wire.now = now;
        match input {
            Input::Received { hop, bytes } => self.received(hop, &bytes),
            Input::HopFailed { hop, why } => {
                let ends = self.stack.transactions.hop_failed(&mut self.stack.wire, hop);
                for end in ends {
                    self.trouble(end.owner, why);
                    self.client_ended(end);
                }
                if let Some(connection) = hop.connection {
                    for leg in self.flows.over(connection) {
                        self.with_leg(leg, |leg, stack| leg.flow_lost(stack));
                    }
                    self.admission.hop_failed(&mut self.stack, &hop);
                    self.subscriptions.hop_failed(&mut self.stack, connection);
                    self.end_subscriptions();
                    self.trunks.hop_failed(&mut self.stack, &hop);
                }
            }
            Input::Resolved { token, hops } => match self.stack.looked_up(token) {
                Some((Owner::Leg(leg), purpose)) => {
                    self.with_leg(leg, |leg, stack| leg.looked_up(stack, token, purpose, &hops));
                }
                Some((Owner::Trunk(trunk), _)) => self.trunks.looked_up(&mut self.stack, trunk, token, &hops),
                Some((Owner::Probe(trunk), _)) => self.probes.looked_up(&mut self.stack, trunk, token, &hops),
                // A subscriber is answered where it was heard.
                Some((Owner::Subscription(_), _)) | None => {}
            },
            Input::Command(leg, command) => self.command(leg, command),
            Input::Directory(directory) => {
                let old = self.stack.set_directory(directory);
                self.admission.directory_changed(&mut self.stack, &old);
                self.subscriptions.directory_changed(&mut self.stack);
                self.end_subscriptions();
                self.trunks.directory_changed(&mut self.stack);
                self.probes.directory_changed(&mut self.stack);
            }
            Input::Reach { ask, target } => {
                let destinations = self.reach(target);
                self.stack.wire.outputs.push_back(Output::Reached { ask, destinations });
            }
            Input::Return { ask, leg } => self.returns.wait(now, ask, leg),
            Input::Messages(counts) => {
                self.subscriptions.publish(&mut self.stack, &counts);
            }
            Input::Restore(bindings) => self.admission.restore(&mut self.stack, bindings),
            Input::Shed(shed) => self.shedding = shed,
            Input::Drain => {
                self.draining = true;
                self.trunks.leave(&mut self.stack);
                self.probes.stop(&mut self.stack);
            }
        }
        self.answer_returns();
    }

    pub fn handle_timeout(&mut self, now: Timestamp) {
        self.stack.wire.now = now;
        while let Some(alarm) = self.stack.wire.timers.pop(now) {
            match alarm {
                Alarm::Transaction(tx, timer) => {
                    let end = self.stack.transactions.timer(&mut self.stack.wire, tx, timer);
                    if let Some(end) = end {
                        self.client_ended(end);
                    }
                }
                Alarm::Leg(leg, timer) => {
                    self.with_leg(leg, |leg, stack| leg.alarm(stack, timer));
                }
            }
        }
        self.admission.handle_timeout(&mut self.stack);
        self.answer_returns();
        self.end_subscriptions();
        self.subscriptions.handle_timeout(&mut self.stack);
        self.trunks.handle_timeout(&mut self.stack);
        self.probes.handle_timeout(&mut self.stack);
    }

    pub fn poll_timeout(&self) -> Option<(Timestamp, &'static str)> {
        let timers = self.stack.wire.timers.next();
        let (trunks, probes) = (self.trunks.poll_timeout(), self.probes.poll_timeout());
        let phones = [self.admission.poll_timeout(), self.subscriptions.poll_timeout()];
        [timers, trunks, probes].into_iter().chain(phones).flatten().min()
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.stack.wire.outputs.pop_front()
    }

    /// Every registered contact, as plain data.
    pub fn bindings(&self) -> impl Iterator<Item = Binding> {
        self.admission.bindings()
    }

    /// Who has guessed passwords too often.
    pub fn throttled(&self, now: Timestamp) -> Vec<Throttled> {
        self.admission.throttled(now)
    }

    /// Let those try again whom this address, or this extension, or both where both are given, concerns; how many.
    pub fn lift(&mut self, extension: Option<&str>, address: Option<IpAddr>) -> usize {
        self.admission.lift(extension, address)
    }

    /// Let in whoever calls this ticket over a WebSocket, once, until then. False: too many are expected already.
    pub fn expect(&mut self, now: Timestamp, ticket: String, until: Timestamp) -> bool {
        self.guests.expect(now, ticket, until)
    }

    /// What is kept, for gauges.
    pub fn kept(&self) -> Kept {
        Kept {
            transactions: self.transactions(),
            dialogs: self.stack.dialogs(),
            lookups: self.stack.lookups(),
            guessers: self.admission.guessers(),
            subscriptions: self.subscriptions.len(),
        }
    }

    /// Live transactions, for a gauge.
    pub fn transactions(&self) -> usize {
        self.stack.transactions.len()
    }

    /// Legs that are not forgotten yet, those included that have reported their end.
    pub fn legs(&self) -> usize {
        self.legs.len()
    }

    #[cfg(test)]
    pub(crate) fn is_idle(&self) -> bool {
        let watched = self.subscriptions.len() == 0 && self.subscriptions.state.lamps.is_empty();
        self.legs.is_empty() && self.flows.is_empty() && watched && self.stack.is_idle()
    }

    fn with_leg(&mut self, id: LegId, act: impl FnOnce(&mut Leg, &mut Stack)) -> bool {
        let Some(leg) = self.legs.get_mut(&id) else { return false };
        act(leg, &mut self.stack);
        let (over, gone) = (leg.is_over(), leg.is_gone());
        if over {
            self.calls.remove(&id);
        }
        self.note(id);
        if gone {
            self.flows.forget(id);
            let device = self.legs.remove(&id).and_then(|leg| leg.instance().cloned());
            if let Some(device) = device {
                self.returns.leg_left(self.stack.wire.now, id, device);
            }
        }
        true
    }

    /// Something may have happened to this leg: what follows from its state follows now.
    fn note(&mut self, id: LegId) {
        let Some(leg) = self.legs.get(&id) else { return };
        self.flows.note(id, leg);
        if let Some(extension) = leg.extension()
            && let Some(changed) = self.subscriptions.state.lamps.note(id, extension, leg.lamp())
        {
            self.subscriptions.lamp_changed(&mut self.stack, &changed);
        }
    }

    /// Who is registered nowhere any more hears nothing either.
    fn end_subscriptions(&mut self) {
        for extension in self.admission.take_unregistered() {
            self.subscriptions.unregistered(&mut self.stack, &extension);
        }
    }

    /// Whose line is it that nothing gets through?
    fn trouble(&mut self, of: Owner, why: HopFailure) {
        let trunk = match of {
            Owner::Trunk(trunk) | Owner::Probe(trunk) => Some(trunk),
            Owner::Leg(leg) => self.legs.get(&leg).and_then(|leg| leg.trunk()),
            Owner::Subscription(_) => None,
        };
        if let Some(trunk) = trunk {
            self.stack.wire.outputs.push_back(Output::Trouble { trunk, why });
        }
    }

    fn client_ended(&mut self, end: ClientEnd) {
        match end.owner {
            Owner::Leg(leg) => {
                self.with_leg(leg, |leg, stack| leg.failed(stack, end));
            }
            Owner::Subscription(id) => self.subscriptions.failed(&mut self.stack, id, end.tx),
            Owner::Trunk(trunk) => self.trunks.failed(&mut self.stack, trunk, end.tx),
            Owner::Probe(trunk) => self.probes.failed(&mut self.stack, trunk, end.tx),
        }
    }

    fn command(&mut self, id: LegId, command: LegCommand) {
        match command {
            LegCommand::Dial(dial) if !self.legs.contains_key(&id) => {
                let (flow, uri) = (dial.to.flow.clone(), dial.to.uri.clone());
                let mut leg = Leg::dial(&mut self.stack, id, *dial);
                if !leg.is_gone() {
                    let hop = flow.and_then(|flow| flow.parse::<Hop>().ok());
                    let extension = hop.and_then(|hop| self.admission.extension_at(&uri, &hop));
                    leg.is_of(extension, hop.and_then(|hop| self.admission.device_over(&hop, Some(&uri), None)));
                    self.legs.insert(id, Box::new(leg));
                    self.note(id);
                }
            }
            command => {
                if !self.with_leg(id, |leg, stack| leg.command(stack, command)) {
                    self.stack.count(Counter::CommandIgnored);
                }
            }
        }
    }
}

#[cfg(test)]
#[path = "endpoint_tests/mod.rs"]
mod tests;
