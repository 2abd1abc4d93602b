//! Our registrations with operators (RFC 3261 §10.2): one per trunk whose account wants it, from the first directory that
//! names it to the drain.
//!
//! A registration is refreshed when 80 to 90 % of what was granted is over. What fails is tried at the next address, then
//! again after 30 s, doubling up to 30 min, each with jitter, so that a thousand customers of one operator do not come
//! back in one second. A registration that stands goes on standing while its refresh fails, until its time is over.

use super::account::{TrunkAccount, TrunkRegistration};
use super::address::NameAddr;
use super::directory::Trunk;
use super::headers::Name;
use super::input::{Hop, Transport};
use super::keyring::Tries;
use super::leg::route::{Lookup, Way, way_to};
use super::message::{Message, seconds};
use super::method::Method;
use super::output::{Counter, Output};
use super::stack::{LookupFor, Stack};
use super::transaction::{Owner, TxId};
use super::uri::Uri;
use ringdesk_model::{Timestamp, TrunkId};
use ringdesk_voice::InterfaceId;
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

/// How a trunk's registration stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrunkState {
    /// Until then, if nothing else comes.
    Registered { until: Timestamp },
    /// Not registered. `status`: what the operator said; `None`: nothing. It is tried again then.
    Failed { status: Option<u16>, again: Timestamp },
    /// Not wanted any more: the trunk is gone, has another account, or the house drains.
    Left,
}

/// The first wait after a failure, and the longest.
const FIRST_WAIT: Duration = Duration::from_secs(40);
const LONGEST_WAIT: Duration = Duration::from_secs(1_800);
const SHORTEST_WAIT: Duration = Duration::from_secs(30);
/// Addresses of one registrar that are tried.
const MAX_HOPS: usize = 8;
/// Refreshes are not closer together than this, whatever the operator grants.
const SHORTEST_REFRESH: u64 = 5;
/// A lookup that is never answered ends nothing.
const LOOKUP_PATIENCE: Duration = Duration::from_secs(32);

#[derive(Default)]
pub(crate) struct Trunks {
    all: BTreeMap<TrunkId, Registrant>,
    draining: bool,
}

/// One registration.
struct Registrant {
    /// What it was made from; another one is another registration.
    plan: Plan,
    call_id: String,
    tag: String,
    cseq: u32,
    /// Raised where the operator wants more (423).
    expires: u32,
    raised: bool,
    hops: VecDeque<Hop>,
    tx: Option<TxId>,
    lookup: Option<u64>,
    tries: Tries,
    failures: u32,
    registered_until: Option<Timestamp>,
    /// The way on which it was granted.
    over: Option<Hop>,
    /// When something is to be done, and nothing is under way.
    wake: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Eq)]
struct Plan {
    account: TrunkAccount,
    registration: TrunkRegistration,
    /// Where the REGISTER goes, as a URI.
    target: String,
    interface: InterfaceId,
}

impl Plan {
    fn of(trunk: &Trunk, account: &TrunkAccount) -> Option<Plan> {
        let (registration, target) = (account.registration.clone()?, trunk.outbound.as_ref()?);
        let target = target.uri(None).to_string();
        Some(Plan { account: account.clone(), registration, target, interface: trunk.interface })
    }
}

impl Trunks {
    /// Begin what is new, leave what is gone, begin anew what has changed.
    pub(crate) fn directory_changed(&mut self, stack: &mut Stack) {
        if self.draining {
            return;
        }
        let directory = stack.directory.clone();
        let plans: BTreeMap<TrunkId, Plan> = directory
            .trunks()
            .iter()
            .filter_map(|trunk| Some((trunk.id, Plan::of(trunk, directory.account(trunk.id)?)?)))
            .collect();
        let old: Vec<TrunkId> =
            self.all.iter().filter(|(id, one)| plans.get(id) != Some(&one.plan)).map(|(id, _)| *id).collect();
        for id in old {
            if let Some(one) = self.all.remove(&id) {
                one.leave(stack, id);
            }
        }
        for (id, plan) in plans {
            self.all.entry(id).or_insert_with(|| {
                let mut one = Registrant::new(stack, plan);
                one.attempt(stack, id);
                one
            });
        }
    }

    /// The house drains: the operator had better send its calls elsewhere.
    pub(crate) fn leave(&mut self, stack: &mut Stack) {
        self.draining = true;
        for (id, one) in std::mem::take(&mut self.all) {
            one.leave(stack, id);
        }
    }

    pub(crate) fn handle_timeout(&mut self, stack: &mut Stack) {
        let now = stack.wire.now;
        for (id, one) in &mut self.all {
            if one.registered_until.is_some_and(|until| until <= now) {
                one.registered_until = None;
                stack.registered(*id, None);
                let again = one.wake.unwrap_or(now);
                stack
                    .wire
                    .outputs
                    .push_back(Output::Trunk { trunk: *id, state: TrunkState::Failed { status: None, again } });
            }
            if one.wake.is_some_and(|at| at <= now) {
                match one.lookup {
                    Some(_) => {
                        one.abandon(stack);
                        one.fail(stack, *id, None, None);
                    }
                    None => one.attempt(stack, *id),
                }
            }
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<(Timestamp, &'static str)> {
        let wakes = self.all.values().filter_map(|one| one.wake).map(|at| (at, "a trunk registers"));
        let ends =
            self.all.values().filter_map(|one| one.registered_until).map(|at| (at, "a registration of ours expires"));
        wakes.chain(ends).min()
    }

    /// Its operator wants a registration, and we have none that stands.
    pub(crate) fn is_refused(&self, trunk: TrunkId) -> bool {
        self.all.get(&trunk).is_some_and(|one| one.registered_until.is_none())
    }

    pub(crate) fn looked_up(&mut self, stack: &mut Stack, id: TrunkId, token: u64, hops: &[(Transport, SocketAddr)]) {
        let Some(one) = self.all.get_mut(&id).filter(|one| one.lookup == Some(token)) else { return };
        one.lookup = None;
        let interface = one.plan.interface;
        let hop = |&(transport, remote)| Hop { transport, interface, remote, connection: None };
        one.hops = hops.iter().map(hop).take(MAX_HOPS).collect();
        one.send(stack, id);
    }

    pub(crate) fn response(&mut self, stack: &mut Stack, id: TrunkId, tx: TxId, response: &Message) {
        if let Some(one) = self.all.get_mut(&id).filter(|one| one.tx == Some(tx)) {
            one.answered(stack, id, response);
        }
    }

    /// No answer came.
    pub(crate) fn failed(&mut self, stack: &mut Stack, id: TrunkId, tx: TxId) {
        if let Some(one) = self.all.get_mut(&id).filter(|one| one.tx == Some(tx)) {
            one.tx = None;
            one.next_hop(stack, id, None);
        }
    }

    /// The connection over which an operator reaches us is gone: ask for another one, but not faster than after any
    /// failure, since some close it as soon as they have answered.
    pub(crate) fn hop_failed(&mut self, stack: &mut Stack, hop: &Hop) {
        for one in self.all.values_mut() {
            let same = |over: &Hop| {
                over.transport.is_reliable()
                    && (over.transport, over.interface, over.remote) == (hop.transport, hop.interface, hop.remote)
            };
            if one.over.as_ref().is_some_and(same) && one.tx.is_none() && one.lookup.is_none() {
                one.over = None;
                let soon = stack.wire.now + SHORTEST_WAIT;
                one.wake = Some(one.wake.map_or(soon, |at| at.min(soon)));
            }
        }
    }
}

impl Registrant {
    fn new(stack: &mut Stack, plan: Plan) -> Registrant {
        Registrant {
            expires: plan.registration.expires_seconds,
            plan,
            call_id: stack.wire.words.next(),
            tag: stack.wire.words.next(),
            cseq: 0,
            raised: false,
            hops: VecDeque::new(),
            tx: None,
            lookup: None,
            tries: Tries::default(),
            failures: 0,
            registered_until: None,
            over: None,
            wake: None,
        }
    }

    /// Register, or register anew: find the registrar first.
    fn attempt(&mut self, stack: &mut Stack, id: TrunkId) {
        self.abandon(stack);
        self.tries = Tries::default();
        let Ok(uri) = Uri::parse(&self.plan.target) else { return self.fail(stack, id, None, None) };
        let interface = self.plan.interface;
        let usual = stack.wire.setup.interfaces.get(usize::from(interface.0));
        let usual = usual.map_or(Transport::Udp, |interface| interface.usual_transport());
        match way_to(&uri, usual) {
            Way::Address(transport, remote) => {
                self.hops = [Hop { transport, interface, remote, connection: None }].into();
                self.send(stack, id);
            }
            Way::Name(lookup) => self.look_up(stack, id, lookup),
        }
    }

    fn look_up(&mut self, stack: &mut Stack, id: TrunkId, lookup: Lookup) {
        self.lookup = Some(stack.look_up(Owner::Trunk(id), LookupFor::Register, lookup));
        self.wake = Some(stack.wire.now + LOOKUP_PATIENCE);
    }

    /// What was under way is nobody's any more.
    fn abandon(&mut self, stack: &mut Stack) {
        self.wake = None;
        if let Some(tx) = self.tx.take() {
            stack.transactions.disown(tx);
        }
        if let Some(token) = self.lookup.take() {
            stack.looked_up(token);
        }
    }

    fn send(&mut self, stack: &mut Stack, id: TrunkId) {
        let Some(hop) = self.hops.front().copied() else { return self.fail(stack, id, None, None) };
        self.wake = None;
        let mut register = self.build(stack, &hop, self.expires);
        stack.sign(Some(id), &mut register);
        self.tx = Some(stack.transactions.request(&mut stack.wire, Some(Owner::Trunk(id)), hop, register));
    }

    fn build(&mut self, stack: &mut Stack, hop: &Hop, expires: u32) -> Message {
        self.cseq += 1;
        let TrunkRegistration { user, domain, .. } = &self.plan.registration;
        let address = Uri::sip(Some(user.reveal()), domain, None);
        let mut register = Message::request(Method::Register, Uri::sip(None, domain, None).to_string());
        let headers = &mut register.headers;
        headers.push(Name::MaxForwards, "70");
        headers.push(Name::From, format!("<{address}>;tag={}", self.tag));
        headers.push(Name::To, format!("<{address}>"));
        headers.push(Name::CallId, self.call_id.as_str());
        headers.push(Name::CSeq, format!("{} REGISTER", self.cseq));
        headers.push(Name::Contact, stack.wire.contact(hop, user.reveal()));
        headers.push(Name::Expires, expires.to_string());
        headers.push(Name::Allow, super::leg::ALLOW);
        headers.push(Name::UserAgent, stack.wire.setup.user_agent.as_str());
        register
    }

    fn answered(&mut self, stack: &mut Stack, id: TrunkId, response: &Message) {
        let status = response.status().unwrap_or(0);
        if status < 200 {
            return;
        }
        self.tx = None;
        match status {
            200..=299 => self.granted(stack, id, response),
            401 | 407 if stack.challenged(Some(id), response, &mut self.tries) => self.send(stack, id),
            423 if !self.raised => match response.headers.get(&Name::MinExpires).and_then(seconds) {
                // Once, and not to an eternity.
                Some(least) if least > self.expires && least <= 86_400 => {
                    self.raised = true;
                    self.expires = least;
                    self.send(stack, id);
                }
                _ => self.fail(stack, id, Some(status), None),
            },
            // Another address of the same operator may be well.
            500..=599 | 408 | 430 => {
                let after = response.headers.get(&Name::RetryAfter).and_then(|value| {
                    seconds(value.split([';', '(']).next()?.trim()).map(|wait| Duration::from_secs(wait.into()))
                });
                match after {
                    Some(_) if self.hops.len() < 2 => self.fail(stack, id, Some(status), after),
                    _ => self.next_hop(stack, id, Some(status)),
                }
            }
            _ => self.fail(stack, id, Some(status), None),
        }
    }

    fn granted(&mut self, stack: &mut Stack, id: TrunkId, response: &Message) {
        let Some(hop) = self.hops.front().copied() else { return };
        let granted = self.seconds_granted(stack, &hop, response);
        if granted == 0 {
            // 200, and not bound: they did not mean it.
            return self.fail(stack, id, response.status(), None);
        }
        let now = stack.wire.now;
        let part = 80 + stack.wire.words.bits() % 11;
        let refresh = Duration::from_millis(u64::from(granted) * 10 * part).max(Duration::from_secs(SHORTEST_REFRESH));
        let until = now + Duration::from_secs(granted.into());
        (self.failures, self.raised) = (0, false);
        self.registered_until = Some(until);
        self.over = Some(hop);
        stack.registered(id, Some(hop.remote.ip()));
        self.wake = Some(now + refresh);
        stack.wire.outputs.push_back(Output::Trunk { trunk: id, state: TrunkState::Registered { until } });
    }

    /// Of the Contact that is ours, else of the whole answer, else what we asked for (§10.2.4).
    fn seconds_granted(&self, stack: &Stack, hop: &Hop, response: &Message) -> u32 {
        let ours = NameAddr::parse(&stack.wire.contact(hop, self.plan.registration.user.reveal()));
        let ours = ours.and_then(|ours| Uri::parse(&ours.uri).ok());
        let contacts: Vec<NameAddr> = response.headers.all(&Name::Contact).filter_map(NameAddr::parse).collect();
        let same = |contact: &&NameAddr| {
            // The address alone may have been rewritten by a NAT-aware proxy; the user stays.
            Uri::parse(&contact.uri).is_ok_and(|uri| ours.as_ref().is_some_and(|ours| ours.equivalent(&uri)))
        };
        let only = || contacts.first().filter(|_| contacts.len() == 1);
        let of_contact =
            contacts.iter().find(same).or_else(only).and_then(|contact| seconds(contact.params.get("expires")?));
        let most = self.expires.max(60).saturating_mul(2);
        of_contact.or(response.expires()).unwrap_or(self.expires).min(most)
    }

    fn next_hop(&mut self, stack: &mut Stack, id: TrunkId, status: Option<u16>) {
        self.hops.pop_front();
        if self.hops.is_empty() {
            return self.fail(stack, id, status, None);
        }
        stack.count(Counter::Failover);
        // Another address may have its own nonce for the same realm.
        self.tries = Tries::default();
        self.send(stack, id);
    }

    /// This time it did not work.
    fn fail(&mut self, stack: &mut Stack, id: TrunkId, status: Option<u16>, retry_after: Option<Duration>) {
        stack.count(Counter::TrunkRegistrationFailed);
        let most = (FIRST_WAIT * 2u32.saturating_pow(self.failures.min(10))).min(LONGEST_WAIT);
        self.failures += 1;
        let jitter = stack.wire.words.bits() % 1_001;
        let wait = most * 3 / 4 + most / 4 * u32::try_from(jitter).unwrap_or(0) / 1_000;
        let wait = wait.max(retry_after.unwrap_or_default().min(LONGEST_WAIT)).max(SHORTEST_WAIT);
        let again = stack.wire.now + wait;
        self.wake = Some(again);
        // What stands goes on standing, unless the operator has said that we are nobody to it.
        let refused = status.is_some_and(|status| (400..500).contains(&status) && status != 408);
        if self.registered_until.is_none() || refused {
            self.registered_until = None;
            stack.registered(id, None);
            stack.wire.outputs.push_back(Output::Trunk { trunk: id, state: TrunkState::Failed { status, again } });
        }
    }

    /// Say good-bye, if anybody knows us; whether it is heard makes no difference.
    fn leave(mut self, stack: &mut Stack, id: TrunkId) {
        self.abandon(stack);
        stack.registered(id, None);
        if self.registered_until.is_some()
            && let Some(hop) = self.over.or(self.hops.front().copied())
        {
            let mut register = self.build(stack, &hop, 0);
            stack.sign(Some(id), &mut register);
            stack.transactions.request(&mut stack.wire, None, hop, register);
        }
        stack.wire.outputs.push_back(Output::Trunk { trunk: id, state: TrunkState::Left });
    }
}
