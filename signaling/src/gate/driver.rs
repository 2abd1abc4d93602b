//! The task that owns the core: it carries inputs to it, drains its outputs, and sleeps until its next timer.
//!
//! One round takes a bounded number of each kind of input, so that neither a flood of messages nor a burst of commands
//! keeps the others or the timers waiting. Nothing in a round waits for a socket.
//!
//! Panics. The core must not panic, and its tests say so for arbitrary bytes. Should it do so all the same, it may have
//! stopped between two changes that belong together, a leg without its dialog for instance, so going on with it could
//! leave a leg that never ends. It is thrown away and built anew from its configuration: every live leg ends with
//! `InternalFailure`, phones keep their contacts as over a restart of the process (those over streams have to register
//! again), trunks are registered anew, the sockets and the server go on.

use super::access::AccessLog;
use super::counters::Counters;
use super::dns::{Dns, Question};
use super::handle::{Enquiry, Gauges, Mailbox, Missed, Reach, Sought, StandingOrders};
use super::house::House;
use super::inlet::Waiting;
use super::limits::{Limit, Limited};
use super::outbound::Outbound;
use super::stream::StreamRoom;
use crate::config::LimitsConfig;
use crate::core::binding::Binding;
use crate::core::directory::Directory;
use crate::core::endpoint::Core;
use crate::core::input::{Hop, Input};
use crate::core::notices::MessageCount;
use crate::core::output::{Output, RegistrationChange};
use crate::core::setup::Setup;
use bytes::Bytes;
use ringdesk_model::{Clock, Ids, Timestamp, WallClock};
use ringdesk_voice::{Cause, Destination, LegCommand, LegId};
use std::collections::{BTreeMap, VecDeque};
use std::hash::{BuildHasher as _, DefaultHasher, Hash as _, Hasher as _, RandomState};
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Inputs of one kind taken in one round.
const ROUND: usize = 64;
/// How soon events are offered again that the house did not take.
const RETRY: Duration = Duration::from_millis(5);

/// Everything the driver is made of.
pub(crate) struct Parts {
    pub(crate) setup: Setup,
    pub(crate) limits: LimitsConfig,
    pub(crate) seed: u64,
    pub(crate) clock: WallClock,
    pub(crate) inbox: mpsc::Receiver<Waiting>,
    pub(crate) mailbox: Mailbox,
    pub(crate) house: House,
    pub(crate) outbound: Outbound,
    pub(crate) room: StreamRoom,
    pub(crate) dns: Dns,
    pub(crate) gauges: Arc<Gauges>,
}

pub(crate) struct Driver {
    parts: Parts,
    core: Core,
    counters: Arc<Counters>,
    ids: Ids,
    /// What the core wants next, and when; from its last turn.
    due: Option<Timestamp>,
    outputs: Vec<Output>,
    /// Inputs that arose from outputs: failed sends, refused calls. They are worked off before anything else.
    echoes: VecDeque<Input>,
    asked: BTreeMap<u64, oneshot::Sender<Vec<Destination>>>,
    last_ask: u64,
    /// What is registered, for a core that has to be built anew.
    contacts: BTreeMap<String, Vec<Binding>>,
    directory: Option<Arc<Directory>>,
    draining: bool,
    shedding: bool,
    messages: Arc<BTreeMap<String, MessageCount>>,
    access: AccessLog,
    /// Keyed, for [`Driver::pseudonym`].
    names: DefaultHasher,
}

/// One turn of the core.
enum Turn {
    Input(Input),
    Timeout,
}

impl Driver {
    pub(crate) fn new(parts: Parts) -> Driver {
        let mut ids = Ids::seeded(parts.seed);
        let core = Core::new(parts.setup.clone(), ids.bits(), parts.clock.now());
        let counters = parts.room.inlet.counters.clone();
        let mut driver = Driver {
            core,
            counters,
            ids,
            due: None,
            outputs: Vec::new(),
            echoes: VecDeque::new(),
            asked: BTreeMap::new(),
            last_ask: 0,
            contacts: BTreeMap::new(),
            directory: None,
            draining: false,
            shedding: false,
            messages: Arc::default(),
            access: AccessLog::default(),
            names: RandomState::new().build_hasher(),
            parts,
        };
        driver.obey();
        driver
    }

    /// Run until the task is dropped.
    pub(crate) async fn run(mut self) {
        loop {
            let all_told = self.parts.house.retry();
            if self.round() {
                tokio::task::yield_now().await;
            } else {
                self.wait(all_told).await;
            }
        }
    }

    /// Take what is there. False: there was nothing.
    fn round(&mut self) -> bool {
        let mut busy = false;
        if self.due.is_some_and(|due| due <= self.now()) {
            busy = true;
            self.turn(Turn::Timeout);
        }
        if self.parts.mailbox.standing.has_changed().unwrap_or(false) {
            busy = true;
            self.obey();
        }
        for _ in 0..ROUND {
            let Ok((leg, command)) = self.parts.mailbox.commands.try_recv() else { break };
            busy = true;
            self.command(leg, command);
        }
        self.make_up_for_lost();
        for _ in 0..ROUND {
            let Ok(reach) = self.parts.mailbox.questions.try_recv() else { break };
            busy = true;
            self.ask(reach);
        }
        while let Ok(bindings) = self.parts.mailbox.kept.try_recv() {
            busy = true;
            self.restore(bindings);
        }
        while let Ok(enquiry) = self.parts.mailbox.enquiries.try_recv() {
            busy = true;
            self.enquire(enquiry);
        }
        for _ in 0..ROUND {
            let Ok(waiting) = self.parts.inbox.try_recv() else { break };
            busy = true;
            self.receive(waiting);
        }
        busy
    }

    /// Sleep until there is something to do.
    async fn wait(&mut self, all_told: bool) {
        let clock = self.parts.clock;
        let mut alarm = self.due;
        if !all_told {
            let again = clock.now() + RETRY;
            alarm = Some(alarm.map_or(again, |due| due.min(again)));
        }
        let sleep = async {
            match alarm {
                Some(at) => tokio::time::sleep_until(clock.instant(at).into()).await,
                None => std::future::pending().await,
            }
        };
        // One input of any kind is worked on here; what came with it, the next round finds.
        tokio::select! {
            Some((leg, command)) = self.parts.mailbox.commands.recv() => self.command(leg, command),
            Some(reach) = self.parts.mailbox.questions.recv() => self.ask(reach),
            Some(bindings) = self.parts.mailbox.kept.recv() => self.restore(bindings),
            Some(enquiry) = self.parts.mailbox.enquiries.recv() => self.enquire(enquiry),
            Some(waiting) = self.parts.inbox.recv() => self.receive(waiting),
            Ok(()) = self.parts.mailbox.standing.changed() => self.obey(),
            () = self.parts.mailbox.lost.wake.notified() => {}
            () = sleep => {}
        }
    }

    fn receive(&mut self, waiting: Waiting) {
        let (now, Waiting { since, input }) = (self.now(), waiting);
        self.parts.gauges.lag.note(now, now.since(since));
        let source = match &input {
            Input::Received { hop, .. } => {
                self.counters.received.one();
                Some(hop.remote.ip())
            }
            _ => None,
        };
        self.turn_for(Turn::Input(input), source);
    }

    fn command(&mut self, leg: LegId, command: LegCommand) {
        if let LegCommand::Dial(_) = &command {
            self.parts.house.dialled(leg);
            // Calls that come in are refused at `legs`; what they dial may take as many again.
            if self.parts.house.legs() > self.parts.limits.legs.saturating_mul(2) {
                return self.end_undialled(leg);
            }
        }
        // Hanging up a leg that is gone is idle. Anything else is the word of a house that did not hear of its end.
        if !matches!(command, LegCommand::Dial(_) | LegCommand::Hangup { .. }) {
            self.parts.house.remind(leg);
        }
        self.turn(Turn::Input(Input::Command(leg, command)));
    }

    fn end_undialled(&mut self, leg: LegId) {
        self.counters.legs_given_up.one();
        let ended = ringdesk_voice::LegEvent::Ended { cause: Cause::Congestion, status: None };
        // The last event is never refused.
        self.parts.house.leg(leg, ended).ok();
    }

    /// End legs whose commands did not fit into the buffer; see [`super::handle::SignalingHandle::command`].
    fn make_up_for_lost(&mut self) {
        let lost = self.parts.mailbox.lost.take();
        if lost.is_empty() {
            return;
        }
        // What was said to these legs before stands in the buffer now; it comes first.
        for _ in 0..self.parts.mailbox.commands.len() {
            let Ok((leg, command)) = self.parts.mailbox.commands.try_recv() else { break };
            self.command(leg, command);
        }
        for (leg, missed) in lost {
            match missed {
                Missed::Dial if !self.parts.house.knows(leg) => {
                    self.parts.house.dialled(leg);
                    self.end_undialled(leg);
                }
                Missed::Dial | Missed::Other => {
                    self.counters.legs_given_up.one();
                    self.hang_up(leg);
                }
            }
        }
    }

    fn hang_up(&mut self, leg: LegId) {
        let hangup = LegCommand::Hangup { cause: Cause::Congestion };
        self.turn(Turn::Input(Input::Command(leg, hangup)));
    }

    fn ask(&mut self, Reach { sought, answer }: Reach) {
        self.last_ask += 1;
        let ask = self.last_ask;
        self.asked.insert(ask, answer);
        self.turn(Turn::Input(match sought {
            Sought::Target(target) => Input::Reach { ask, target },
            Sought::Back(leg) => Input::Return { ask, leg },
        }));
        // Who has given up waiting is forgotten, so that an answer that never comes keeps no place.
        self.asked.retain(|_, answer| !answer.is_closed());
    }

    fn enquire(&mut self, enquiry: Enquiry) {
        // Whoever asked may have gone; then nobody needs the answer.
        match enquiry {
            Enquiry::Limited(answer) => {
                answer.send(self.limited()).ok();
            }
            Enquiry::Lift { address, extension, answer } => {
                let mut lifted = self.core.lift(extension.as_deref(), address);
                if let (Some(address), None) = (address, &extension) {
                    lifted += usize::from(self.parts.room.inlet.sources.lift(address));
                }
                answer.send(lifted).ok();
            }
            Enquiry::Expect { ticket, until, answer } => {
                let now = self.now();
                answer.send(self.core.expect(now, ticket, until)).ok();
            }
        }
    }

    fn limited(&self) -> Vec<Limited> {
        let (now, sources) = (self.now(), &self.parts.room.inlet.sources);
        let known = |address: Option<IpAddr>| address.is_some_and(|address| sources.knows(now, address));
        let guessers = self.core.throttled(now).into_iter().map(|throttled| Limited {
            limit: Limit::Guessing,
            known: known(throttled.address),
            address: throttled.address,
            extension: throttled.extension,
            since: throttled.since,
            until: Some(throttled.until),
            refused: throttled.refused,
        });
        let crowds = self.parts.room.streams.excesses().into_iter().map(|(address, excess)| Limited {
            limit: Limit::Connections,
            address: Some(address),
            extension: None,
            since: excess.since,
            until: None,
            refused: excess.refused,
            known: known(Some(address)),
        });
        guessers.chain(crowds).chain(sources.limited(now)).collect()
    }

    /// The directory that goes with them comes first, however it was scheduled.
    fn restore(&mut self, bindings: Vec<Binding>) {
        self.obey();
        self.turn(Turn::Input(Input::Restore(bindings)));
    }

    /// Carry the standing orders to the core, as far as it does not have them.
    fn obey(&mut self) {
        let StandingOrders { directory, draining, shedding, messages } =
            self.parts.mailbox.standing.borrow_and_update().clone();
        if !self.directory.as_ref().is_some_and(|known| Arc::ptr_eq(known, &directory)) {
            let nets = directory.trunks().iter().flat_map(|trunk| trunk.nets.iter().copied()).collect();
            self.parts.room.inlet.sources.set_trunks(nets);
            self.parts.room.secure.set_trunks(&directory);
            self.directory = Some(directory.clone());
            self.turn(Turn::Input(Input::Directory(directory)));
        }
        if !Arc::ptr_eq(&self.messages, &messages) {
            self.messages = messages.clone();
            self.turn(Turn::Input(Input::Messages(messages)));
        }
        if shedding != self.shedding {
            self.shedding = shedding;
            self.turn(Turn::Input(Input::Shed(shedding)));
        }
        if draining && !self.draining {
            self.draining = true;
            self.turn(Turn::Input(Input::Drain));
        }
    }

    fn turn(&mut self, turn: Turn) {
        self.turn_for(turn, None);
    }

    /// Let the core take a turn, and carry out what it wants. `source`: whose message it is about.
    fn turn_for(&mut self, turn: Turn, source: Option<IpAddr>) {
        self.one_turn(turn);
        self.carry_out(source);
        while let Some(echo) = self.echoes.pop_front() {
            self.one_turn(Turn::Input(echo));
            self.carry_out(None);
        }
        self.gauge();
    }

    fn one_turn(&mut self, turn: Turn) {
        let now = self.now();
        let ordered = matches!(turn, Turn::Input(Input::Directory(_) | Input::Drain));
        let (core, outputs) = (&mut self.core, &mut self.outputs);
        let due = catch_unwind(AssertUnwindSafe(|| {
            match turn {
                Turn::Input(input) => core.handle_input(now, input),
                Turn::Timeout => core.handle_timeout(now),
            }
            while let Some(output) = core.poll_output() {
                outputs.push(output);
            }
            core.poll_timeout()
        }));
        match due {
            Ok(due) => self.due = due.map(|(at, _)| at),
            Err(_) => self.start_anew(ordered),
        }
    }

    /// The core panicked: see the head of this file. `ordered`: over its standing orders, so it is not given them again;
    /// it refuses everybody until there are new ones.
    fn start_anew(&mut self, ordered: bool) {
        self.counters.core_panics.one();
        tracing::error!(
            legs = self.parts.house.legs(),
            "the signaling core panicked; all legs end, phones on streams register anew"
        );
        self.outputs.clear();
        self.echoes.clear();
        self.asked.clear();
        let mut kept = Vec::new();
        for (extension, bindings) in std::mem::take(&mut self.contacts) {
            self.parts.house.registration(extension, Vec::new(), RegistrationChange::Removed);
            kept.extend(bindings);
        }
        self.parts.gauges.registrations.store(0, Ordering::Relaxed);
        self.parts.room.inlet.sources.forget_dialogs();
        self.parts.house.end_all(Cause::InternalFailure);
        let now = self.now();
        self.core = Core::new(self.parts.setup.clone(), self.ids.bits(), now);
        if !ordered {
            self.echoes.extend(self.directory.clone().map(Input::Directory));
            self.echoes.push_back(Input::Restore(kept));
            self.echoes.push_back(Input::Messages(self.messages.clone()));
            self.echoes.extend(self.shedding.then_some(Input::Shed(true)));
            self.echoes.extend(self.draining.then_some(Input::Drain));
        }
        self.due = None;
    }

    fn carry_out(&mut self, source: Option<IpAddr>) {
        let mut outputs = std::mem::take(&mut self.outputs);
        for output in outputs.drain(..) {
            match output {
                Output::Send { hop, bytes } => self.send(hop, bytes),
                Output::Resolve { token, host, port, transport, secure } => {
                    self.resolve(token, Question { host, port, transport, secure });
                }
                Output::Incoming(call) => {
                    self.accepted(source);
                    let commands = &self.parts.mailbox.commands;
                    let crowded = commands.len() > commands.max_capacity() / 2;
                    let leg = call.leg;
                    if self.parts.house.incoming(call, crowded).is_err() {
                        self.give_up(leg);
                    }
                }
                Output::Leg(leg, event) => {
                    if self.parts.house.leg(leg, event).is_err() {
                        self.give_up(leg);
                    }
                }
                Output::Reached { ask, destinations } => {
                    if let Some(answer) = self.asked.remove(&ask) {
                        // Whoever asked may have gone; then nobody needs it.
                        answer.send(destinations).ok();
                    }
                }
                Output::Registration { extension, change, bindings, .. } => {
                    if let RegistrationChange::Added | RegistrationChange::Refreshed = change {
                        self.accepted(source);
                        if source.is_none() {
                            self.taken_back(&bindings);
                        }
                    }
                    let now = bindings.len();
                    let before = match bindings.is_empty() {
                        true => self.contacts.remove(&extension),
                        false => self.contacts.insert(extension.clone(), bindings.clone()),
                    };
                    let before = before.map_or(0, |bindings| bindings.len());
                    self.parts.gauges.registrations.fetch_add(now, Ordering::Relaxed);
                    self.parts.gauges.registrations.fetch_sub(before, Ordering::Relaxed);
                    self.parts.house.registration(extension, bindings, change);
                }
                Output::Trunk { trunk, state } => self.parts.house.trunk(trunk, state),
                Output::Health { trunk, health } => self.parts.house.health(trunk, health),
                Output::Trouble { trunk, why } => self.parts.house.trouble(trunk, why),
                Output::Noted(leg, note) => self.parts.house.note(leg, note),
                Output::Throttled { throttled, source, known } => {
                    self.counters.guessers.one();
                    let extension = throttled.extension.map(|extension| self.pseudonym(&extension));
                    self.parts.room.inlet.sources.tell(
                        self.now(),
                        &source,
                        Limit::Guessing,
                        known,
                        extension.as_deref(),
                    );
                }
                Output::Dialog { tag, live } => self.parts.room.inlet.sources.dialog(tag, live),
                Output::Count(counter) => self.counters.add_core(counter.as_str()),
            }
        }
        self.outputs = outputs;
    }

    /// The core took a registration or a call of this source: it is known from now on.
    fn accepted(&self, source: Option<IpAddr>) {
        if let Some(source) = source {
            self.parts.room.inlet.sources.learn(self.now(), source);
        }
    }

    /// The places of restored phones are known, as if they had just registered.
    fn taken_back(&self, bindings: &[Binding]) {
        for binding in bindings {
            if let Ok(hop) = binding.flow.reveal().parse::<Hop>() {
                self.parts.room.inlet.sources.learn(self.now(), hop.remote.ip());
            }
        }
    }

    /// Congestion is 503 for a call that is not answered yet, and BYE for one that is.
    fn give_up(&mut self, leg: LegId) {
        self.echoes.push_back(Input::Command(leg, LegCommand::Hangup { cause: Cause::Congestion }));
    }

    fn resolve(&self, token: u64, question: Question) {
        let (dns, room) = (self.parts.dns.clone(), self.parts.room.clone());
        let seed = self.ids.clone().bits() ^ token;
        let stop = room.streams.stop().clone();
        self.parts.room.tasks.spawn(async move {
            let answering = async {
                let host = question.host.clone();
                let hops = dns.hops(question, seed).await;
                room.secure.learn(&host, &hops);
                if hops.is_empty() {
                    room.inlet.counters.resolve_failed.one();
                }
                room.inlet.tell(Input::Resolved { token, hops }).await
            };
            stop.run_until_cancelled(answering).await
        });
    }

    fn send(&mut self, hop: Hop, bytes: Bytes) {
        self.access.sent(&hop, &bytes);
        if !bytes.starts_with(b"SIP/2.0 ") {
            // Whom we ask may answer, as fast as it likes: an operator whose nets nobody wrote down, for instance.
            self.parts.room.inlet.sources.learn(self.now(), hop.remote.ip());
        }
        if let Err(why) = self.parts.outbound.send(hop, bytes) {
            self.echoes.push_back(Input::HopFailed { hop, why });
        }
    }

    /// An extension for the log: who reads it can tell one from the other, and not which they are.
    fn pseudonym(&self, extension: &str) -> String {
        let mut hash = self.names.clone();
        extension.hash(&mut hash);
        format!("{:08x}", hash.finish() as u32)
    }

    fn gauge(&self) {
        let (gauges, kept) = (&self.parts.gauges, self.core.kept());
        gauges.legs.store(self.parts.house.legs(), Ordering::Relaxed);
        gauges.transactions.store(kept.transactions, Ordering::Relaxed);
        gauges.dialogs.store(kept.dialogs, Ordering::Relaxed);
        gauges.lookups.store(kept.lookups, Ordering::Relaxed);
        gauges.guessers.store(kept.guessers, Ordering::Relaxed);
        gauges.subscriptions.store(kept.subscriptions, Ordering::Relaxed);
    }

    fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }
}

#[cfg(test)]
#[path = "driver_tests.rs"]
mod tests;
