//! [`Core`]: the machine. It reads messages, finds whom they concern, and answers what concerns nobody.
//!
//! Strangers cost no memory: whatever is refused before it is known who sends it, a challenge included, is answered
//! without a transaction (RFC 3261 §8.2.7). Its To tag is computed from the request, so that the ACK is recognised.

use super::address::NameAddr;
use super::admission::{Admission, Refusal};
use super::binding::Binding;
use super::build::respond;
use super::directory::Trunk;
use super::flows::Flows;
use super::headers::Name;
use super::input::{Hop, Input};
use super::leg::refer::ALLOW_EVENTS;
use super::leg::session::agree;
use super::leg::{Leg, SUPPORTED, not_understood, unusable_body};
use super::message::Message;
use super::method::Method;
use super::notices::Package;
use super::output::{Counter, Output};
use super::replaces::{ReferTo, Replaces};
use super::setup::Setup;
use super::stack::{Inbound, Stack};
use super::subscriptions::Subscriptions;
use super::throttle::Throttled;
use super::timers::Alarm;
use super::transaction::{Arrived, ClientEnd, Heard, Owner};
use super::trunk_choice::{Standing, in_order};
use super::trunk_health::{Probes, TrunkHealth};
use super::trunks::Trunks;
use super::uri::{Scheme, Uri};
use super::wire::Wire;
use bytes::Bytes;
use ringdesk_model::{Ids, Timestamp};
use ringdesk_voice::{Destination, InterfaceId, LegCommand, LegId, Origin, Profile, Target};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::{IpAddr, SocketAddr};

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
    subscriptions: Subscriptions,
    ids: Ids,
    admission: Admission,
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
            trunks: Trunks::default(),
            probes: Probes::default(),
            emergency: setup.emergency_numbers.iter().cloned().collect(),
            stack: Stack::new(Wire::new(setup, seed, now)),
            legs: HashMap::new(),
            flows: Flows::default(),
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
            Input::HopFailed { hop, .. } => {
                let ends = self.stack.transactions.hop_failed(&mut self.stack.wire, hop);
                for end in ends {
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
            self.legs.remove(&id);
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

    fn received(&mut self, source: Hop, bytes: &Bytes) {
        match Message::parse(bytes) {
            Ok(message) if message.is_request() => {
                let (message, answer) = addressed(message, source);
                self.request(Inbound { message: &message, source, answer });
            }
            Ok(response) => match self.stack.transactions.response(&mut self.stack.wire, &response) {
                Heard::Deliver(tx, Owner::Trunk(trunk), _) => {
                    self.trunks.response(&mut self.stack, trunk, tx, &response);
                }
                Heard::Deliver(tx, Owner::Probe(trunk), _) => {
                    self.probes.response(&mut self.stack, trunk, tx, &response);
                }
                Heard::Deliver(tx, Owner::Subscription(id), _) => {
                    self.subscriptions.response(&mut self.stack, id, tx, &response);
                }
                Heard::Deliver(tx, Owner::Leg(leg), heard_from) => {
                    let source = heard_from.unwrap_or(source);
                    if !self.with_leg(leg, |leg, stack| leg.response(stack, tx, &response, source)) {
                        self.stack.count(Counter::StrayResponse);
                    }
                }
                Heard::Absorbed => {}
                Heard::Stray => self.stack.count(Counter::StrayResponse),
            },
            Err(failure) => {
                self.stack.count(Counter::Malformed);
                if let Some(partial) = failure.partial {
                    let (message, answer) = addressed(*partial, source);
                    let inbound = Inbound { message: &message, source, answer };
                    self.turn_away_saying(inbound, failure.status, Some(failure.reason), &[]);
                }
            }
        }
    }

    fn request(&mut self, inbound: Inbound) {
        let request = inbound.message;
        let arrived = self.stack.transactions.arrived(&mut self.stack.wire, request);
        match (arrived, request.method()) {
            (Arrived::Repeated | Arrived::Acknowledged, _) => {}
            (_, Some(Method::Ack)) => self.ack(inbound),
            (_, Some(Method::Cancel)) => self.cancel(inbound),
            (Arrived::Merged, _) => {
                self.stack.count(Counter::Merged);
                self.turn_away(inbound, 482, &[]);
            }
            (Arrived::New, _) => match request.to_tag().map(|tag| self.stack.leg_of(tag)) {
                None => self.outside(inbound),
                Some(Some(leg)) if self.inside(leg, inbound) => {}
                Some(None) if self.subscribed(inbound) => {}
                Some(_) => {
                    self.stack.count(Counter::UnknownDialog);
                    self.turn_away(inbound, 481, &[]);
                }
            },
        }
    }

    /// A request inside a dialog of this leg.
    fn inside(&mut self, leg: LegId, inbound: Inbound) -> bool {
        let refer_to = inbound.message.method().filter(|method| **method == Method::Refer);
        let refer_to = refer_to.and_then(|_| ReferTo::of(inbound.message).ok());
        let replaced = refer_to.and_then(|to| to.replaces).map(|replaces| self.replaced(&replaces));
        self.with_leg(leg, |leg, stack| leg.request(stack, inbound, replaced))
    }

    /// A request inside a subscription.
    fn subscribed(&mut self, inbound: Inbound) -> bool {
        let tag = inbound.message.to_tag().unwrap_or("").to_owned();
        self.subscriptions.inside(&mut self.stack, &tag, inbound)
    }

    /// SUBSCRIBE outside of any dialog.
    fn subscribe(&mut self, inbound: Inbound) {
        if self.is_full_for_strangers() {
            return self.overloaded(inbound);
        }
        if Package::of(inbound.message.headers.get(&Name::Event).unwrap_or("")).is_none() {
            return self.reject(inbound, 489, &[(Name::AllowEvents, ALLOW_EVENTS)]);
        }
        let subscriber = match self.admission.subscriber(&mut self.stack, inbound) {
            Ok(subscriber) => subscriber,
            Err(refusal) => return self.turn_away_for(inbound, refusal),
        };
        if let Err((status, fields)) = self.subscriptions.subscribe(&mut self.stack, inbound, &subscriber) {
            self.stack.count(Counter::Rejected);
            self.answer_for(inbound, Refusal { status, fields });
        }
    }

    /// The leg that is meant, or why it cannot be replaced (RFC 3891 §3).
    fn replaced(&self, replaces: &Replaces) -> Result<LegId, u16> {
        let id = self.stack.leg_of(&replaces.to_tag).ok_or(481_u16)?;
        self.legs.get(&id).ok_or(481_u16)?.may_be_replaced(replaces)?;
        Ok(id)
    }

    fn ack(&mut self, ack: Inbound) {
        let Some(tag) = ack.message.to_tag() else { return self.stack.count(Counter::StrayAck) };
        // For an answer of which nothing was kept.
        if *tag == self.stateless_tag(ack.message) {
            return;
        }
        let leg = self.stack.leg_of(tag);
        if !leg.is_some_and(|leg| self.with_leg(leg, |leg, stack| leg.acknowledged(stack, ack))) {
            self.stack.count(Counter::StrayAck);
        }
    }

    /// RFC 3261 §9.2.
    fn cancel(&mut self, inbound: Inbound) {
        let Some(cancelled) = self.stack.transactions.cancelled_by(inbound.message) else {
            self.stack.count(Counter::StrayCancel);
            return self.turn_away(inbound, 481, &[]);
        };
        // CANCEL cannot be challenged, so it has to come from where its INVITE came (§22.1): a branch and a sent-by that
        // somebody saw or guessed are not enough.
        if !self.same_neighbour(inbound.source.remote.ip(), cancelled.from) {
            self.stack.count(Counter::ForgedCancel);
            return self.turn_away(inbound, 481, &[]);
        }
        let invite = cancelled.pending;
        let leg = invite.and_then(|(tx, id)| Some((tx, id, self.legs.get(&id)?)));
        let tag = match leg {
            Some((_, _, leg)) => leg.tag().to_owned(),
            None => self.stateless_tag(inbound.message),
        };
        let response = respond(inbound.message, 200, None, Some(&tag));
        self.stack.transactions.answer(&mut self.stack.wire, inbound.message, inbound.answer, &response);
        if let Some((tx, id)) = invite {
            self.with_leg(id, |leg, stack| leg.cancelled(stack, tx, inbound.message));
        }
    }

    /// One address, or two of one trunk.
    fn same_neighbour(&self, one: IpAddr, other: IpAddr) -> bool {
        let trunk = |address| self.stack.trunk_at(address, "");
        one.to_canonical() == other.to_canonical() || trunk(one).is_some_and(|one| trunk(other) == Some(one))
    }

    /// A request outside of any dialog.
    fn outside(&mut self, inbound: Inbound) {
        let request = inbound.message;
        let Some(method) = request.method() else { return };
        let uri = Uri::parse(request.uri());
        match &uri {
            Ok(Uri { scheme: Scheme::Sip | Scheme::Sips | Scheme::Tel, .. }) => {}
            Ok(_) => return self.reject(inbound, 416, &[]),
            Err(_) => return self.reject(inbound, 400, &[]),
        }
        // An OPTIONS that has run out of hops may still ask us (RFC 3261 §11).
        if request.max_forwards() == Some(0) && *method != Method::Options {
            return self.reject(inbound, 483, &[]);
        }
        if let Some(unknown) = not_understood(inbound) {
            return self.reject(inbound, 420, &[(Name::Unsupported, &unknown)]);
        }
        match method {
            Method::Invite => {
                let number = uri.as_ref().ok().and_then(Uri::user).unwrap_or_default();
                let emergency = self.emergency.contains(number.as_ref());
                self.invite(inbound, emergency);
            }
            Method::Register => {
                if self.is_full_for_strangers() && self.stack.directory.trunk_of(inbound.source.remote.ip()).is_none() {
                    return self.overloaded(inbound);
                }
                match self.admission.register(&mut self.stack, inbound) {
                    Some(answer) if answer.status == 200 => {
                        self.answer_for(inbound, answer);
                        self.rebind(inbound);
                        self.end_subscriptions();
                    }
                    Some(refusal) if matches!(refusal.status, 401 | 503) => self.turn_away_for(inbound, refusal),
                    // Kept for its repetitions: the credentials are used up now.
                    Some(answer) => self.answer_for(inbound, answer),
                    None => {}
                }
            }
            Method::Options if self.draining => self.retry_later(inbound),
            Method::Options => {
                let more = [(Name::Allow, ALLOW_ALL), (Name::Accept, "application/sdp"), (Name::Supported, SUPPORTED)];
                self.turn_away(inbound, 200, &more);
            }
            Method::Subscribe => self.subscribe(inbound),
            // RFC 3903 §6.
            Method::Publish => self.reject(inbound, 489, &[]),
            Method::Notify | Method::Bye | Method::Update | Method::Info | Method::Prack => {
                self.stack.count(Counter::UnknownDialog);
                self.turn_away(inbound, 481, &[]);
            }
            // Only who is in a call may pass it on.
            Method::Refer => self.reject(inbound, 403, &[]),
            // RFC 3261 §21.5.2: not known at all; §21.4.6: known, and not served here.
            Method::Other(_) => self.reject(inbound, 501, &[(Name::Allow, ALLOW_ALL)]),
            _ => self.reject(inbound, 405, &[(Name::Allow, ALLOW_ALL)]),
        }
    }

    /// The leg that this INVITE takes the place of. Only who has proven who it is may do that.
    fn to_be_replaced(&self, invite: &Message, origin: &Origin) -> Result<Option<LegId>, u16> {
        let Some(replaces) = Replaces::of_invite(invite)? else { return Ok(None) };
        let leg = self.replaced(&replaces)?;
        match origin {
            Origin::Extension(_) => Ok(Some(leg)),
            Origin::Trunk(_) => Err(403),
        }
    }

    /// A device has registered: its calls come along over its new connection.
    fn rebind(&mut self, registered: Inbound) {
        let hop = registered.source;
        for contact in registered.message.headers.all(&Name::Contact).filter_map(NameAddr::parse) {
            let Some(device) = self.admission.device_over(&hop, Some(&contact.uri), None) else { continue };
            for leg in self.flows.of(&device) {
                self.with_leg(leg, |leg, stack| leg.rebind(stack, hop));
            }
        }
    }

    /// A call at the door.
    fn invite(&mut self, inbound: Inbound, emergency: bool) {
        let request = inbound.message;
        // Before anything is looked at: it has to cost as little as can be.
        if !emergency && self.shedding {
            self.stack.count(Counter::Shed);
            return self.retry_later(inbound);
        }
        let trunk = self.stack.trunk_at(inbound.source.remote.ip(), "").is_some();
        if !emergency && !trunk && self.is_full_for_strangers() {
            return self.overloaded(inbound);
        }
        let origin: Origin = match self.admission.caller(&mut self.stack, inbound) {
            Ok(origin) => origin,
            Err(refusal) => return self.turn_away_for(inbound, refusal),
        };
        if !emergency {
            if self.draining {
                self.stack.count(Counter::Drained);
                return self.retry_later(inbound);
            }
            let limits = self.stack.wire.setup.limits;
            let full = self.legs.len() >= limits.legs || self.calls.len() >= limits.calls;
            if full || self.stack.transactions.len() >= limits.transactions {
                return self.overloaded(inbound);
            }
        }
        if unusable_body(request) {
            let more = [(Name::Accept, "application/sdp"), (Name::AcceptEncoding, "identity")];
            return self.reject(inbound, 415, &more);
        }
        if let Err(small) = agree(self.stack.wire.setup.session, request) {
            return self.reject(inbound, 422, &[(Name::MinSe, &small.min.to_string())]);
        }
        let replaces = match self.to_be_replaced(request, &origin) {
            Ok(replaces) => replaces,
            Err(status) => return self.reject(inbound, status, &[]),
        };
        let id: LegId = self.ids.next(self.stack.wire.now);
        if let Origin::Trunk(trunk) = &origin
            && let Err(full) = self.stack.take_place(id, *trunk, request, emergency)
        {
            let (status, reason) = full.refusal();
            let after = self.stack.wire.setup.limits.retry_after.to_string();
            let more = [reason, (Name::RetryAfter, after.as_str())];
            return self.turn_away(inbound, status, if status == 503 { &more } else { &more[..1] });
        }
        let (extension, device) = match &origin {
            Origin::Extension(user) => {
                (Some(user.clone()), self.admission.device_over(&inbound.source, None, Some(user)))
            }
            Origin::Trunk(_) => (None, None),
        };
        match Leg::incoming(&mut self.stack, id, inbound, origin, replaces) {
            Some(mut leg) => {
                leg.is_of(extension, device);
                self.legs.insert(id, Box::new(leg));
                self.calls.insert(id);
                self.note(id);
            }
            None => {
                self.stack.places.release(id);
                self.stack.count(Counter::Rejected);
                self.turn_away_saying(inbound, 400, Some("Missing Contact"), &[]);
            }
        }
    }

    fn reach(&mut self, target: Target) -> Vec<Destination> {
        match target {
            Target::Extension(user) => self.admission.contacts(&self.stack, &user),
            Target::Uri(uri) => vec![Destination {
                uri,
                interface: InterfaceId(0),
                flow: None,
                trunk: None,
                profile: Default::default(),
            }],
            Target::Number(number) => self.ways_out(number.reveal()),
        }
    }

    /// The trunks to a number, best first.
    fn ways_out(&mut self, number: &str) -> Vec<Destination> {
        let Core { stack, probes, trunks, .. } = self;
        let directory = stack.directory.clone();
        let standing = |trunk| match probes.health(trunk) {
            _ if stack.places.is_full(&directory, trunk) => Standing::Full,
            TrunkHealth::Down { .. } => Standing::Down,
            _ if stack.doubts(trunk) || trunks.is_refused(trunk) => Standing::Doubtful,
            _ => Standing::Well,
        };
        let standings: BTreeMap<_, _> = directory.trunks().iter().map(|t| (t.id, standing(t.id))).collect();
        let ordered = in_order(&directory, |trunk| standings[&trunk], || stack.wire.words.bits());
        let way = |trunk: &Trunk| {
            let uri = trunk.outbound.as_ref()?.uri(Some(number)).to_string();
            let profile = Profile::Rtp(directory.profile(trunk.id).sound.clone());
            Some(Destination { uri, interface: trunk.interface, flow: None, trunk: Some(trunk.id), profile })
        };
        ordered.into_iter().filter_map(way).collect()
    }

    fn is_full_for_strangers(&self) -> bool {
        self.stack.transactions.len() >= self.stack.wire.setup.limits.transactions / 2
    }

    fn overloaded(&mut self, inbound: Inbound) {
        self.stack.count(Counter::Overloaded);
        self.retry_later(inbound);
    }

    fn retry_later(&mut self, inbound: Inbound) {
        let after = self.stack.wire.setup.limits.retry_after.to_string();
        self.turn_away(inbound, 503, &[(Name::RetryAfter, &after)]);
    }

    fn answer_for(&mut self, inbound: Inbound, answer: Refusal) {
        let tag = self.stateless_tag(inbound.message);
        let mut response = respond(inbound.message, answer.status, None, Some(&tag));
        for (name, value) in answer.fields {
            response.headers.push(name, value);
        }
        response.headers.push(Name::Server, self.stack.wire.setup.user_agent.as_str());
        self.stack.transactions.answer(&mut self.stack.wire, inbound.message, inbound.answer, &response);
    }

    fn turn_away_for(&mut self, inbound: Inbound, refusal: Refusal) {
        let more: Vec<(Name, &str)> =
            refusal.fields.iter().map(|(name, value)| (name.clone(), value.as_str())).collect();
        self.turn_away(inbound, refusal.status, &more);
    }

    fn reject(&mut self, inbound: Inbound, status: u16, more: &[(Name, &str)]) {
        self.stack.count(Counter::Rejected);
        self.turn_away(inbound, status, more);
    }

    fn turn_away(&mut self, inbound: Inbound, status: u16, more: &[(Name, &str)]) {
        self.turn_away_saying(inbound, status, None, more);
    }

    /// Answer and forget.
    fn turn_away_saying(&mut self, inbound: Inbound, status: u16, reason: Option<&str>, more: &[(Name, &str)]) {
        let tag = self.stateless_tag(inbound.message);
        let mut response = respond(inbound.message, status, reason, Some(&tag));
        for (name, value) in more {
            response.headers.push(name.clone(), *value);
        }
        response.headers.push(Name::Server, self.stack.wire.setup.user_agent.as_str());
        self.stack.wire.send(inbound.answer, response.to_bytes());
    }

    /// The same for a request and its ACK.
    fn stateless_tag(&self, request: &Message) -> String {
        let cseq = request.cseq().0.to_string();
        self.stack.wire.words.of(&[request.call_id(), request.from_tag().unwrap_or(""), &cseq])
    }
}

/// Note in the Via from where a request came, and find where its answer goes (RFC 3261 §18.2.2, RFC 3581 §4).
fn addressed(mut request: Message, source: Hop) -> (Message, Hop) {
    request.stamp_source(source.remote, false);
    if source.transport.is_reliable() {
        return (request, source);
    }
    // The stamp has put the source address where sent-by is another one.
    let port = request.via().and_then(|via| via.answer_port()).unwrap_or(source.transport.default_port());
    let answer = Hop { remote: SocketAddr::new(source.remote.ip(), port), ..source };
    (request, answer)
}

#[cfg(test)]
#[path = "endpoint_tests/mod.rs"]
mod tests;
