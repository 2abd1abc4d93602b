//! What every leg stands on: the wire, the transactions, the index of dialogs, lookups under way, the directory.

use super::directory::Directory;
use super::identity;
use super::input::Hop;
use super::keyring::{Keyring, Tries};
use super::leg::route::Lookup;
use super::message::Message;
use super::output::{Counter, LegNote, Output};
use super::transaction::{Owner, Transactions};
use super::trunk_limits::{NoPlace, Places};
use super::wire::Wire;
use ringdesk_model::{Timestamp, TrunkId};
use ringdesk_voice::{LegEvent, LegId};
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// How long a trunk over which a call came to nothing is asked after the others.
const DOUBT: Duration = Duration::from_secs(30);

pub(crate) struct Stack {
    pub(crate) wire: Wire,
    pub(crate) transactions: Transactions,
    pub(crate) directory: Arc<Directory>,
    keyring: Keyring,
    /// Where operators took our registrations, while those stand.
    registrars: BTreeMap<TrunkId, IpAddr>,
    /// Of trunks and numbers, held by legs.
    pub(crate) places: Places,
    /// Trunks whose last call came to nothing, until when they are doubted.
    doubted: BTreeMap<TrunkId, Timestamp>,
    /// Our tags: each belongs to one leg, so that a request inside a dialog finds it at once.
    tags: HashMap<String, LegId>,
    lookups: BTreeMap<u64, (Owner, LookupFor)>,
    last_token: u64,
}

/// Who waits for a lookup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LookupFor {
    /// An INVITE that has not been sent yet.
    Dial,
    /// The dialog with this remote tag.
    Dialog(String),
    /// A trunk's registration.
    Register,
}

/// A request inside or outside of a dialog, with the way it came and the way its answer goes.
#[derive(Clone, Copy)]
pub(crate) struct Inbound<'a> {
    pub(crate) message: &'a Message,
    pub(crate) source: Hop,
    pub(crate) answer: Hop,
}

impl Stack {
    pub(crate) fn new(wire: Wire) -> Stack {
        Stack {
            wire,
            transactions: Transactions::default(),
            directory: Arc::new(Directory::default()),
            keyring: Keyring::default(),
            registrars: BTreeMap::new(),
            places: Places::default(),
            doubted: BTreeMap::new(),
            tags: HashMap::new(),
            lookups: BTreeMap::new(),
            last_token: 0,
        }
    }

    pub(crate) fn report(&mut self, leg: LegId, event: LegEvent) {
        self.wire.outputs.push_back(Output::Leg(leg, event));
    }

    pub(crate) fn count(&mut self, counter: Counter) {
        self.wire.count(counter);
    }

    /// A new tag for this leg.
    pub(crate) fn tag(&mut self, leg: LegId) -> String {
        let tag = self.wire.words.next();
        self.tags.insert(tag.clone(), leg);
        self.wire.outputs.push_back(Output::Dialog { tag: tag.clone(), live: true });
        tag
    }

    pub(crate) fn leg_of(&self, tag: &str) -> Option<LegId> {
        self.tags.get(tag).copied()
    }

    /// This trunk has our registration there, or none that stands.
    pub(crate) fn registered(&mut self, trunk: TrunkId, at: Option<IpAddr>) {
        match at {
            Some(at) => self.registrars.insert(trunk, at.to_canonical()),
            None => self.registrars.remove(&trunk),
        };
    }

    /// The trunk that sends from this address: one with such a net, else an operator that has our registration, by whose
    /// calls it is meant to reach us. Of several accounts with one operator the one that it calls: `user` of the
    /// Request-URI is what was registered.
    pub(crate) fn trunk_at(&self, source: IpAddr, user: &str) -> Option<TrunkId> {
        if let Some(trunk) = self.directory.trunk_of(source) {
            return Some(trunk.id);
        }
        let source = source.to_canonical();
        let mut here = self.registrars.iter().filter(|(_, at)| **at == source).map(|(trunk, _)| *trunk);
        let called = |trunk: &TrunkId| {
            let registration = self.directory.account(*trunk).and_then(|account| account.registration.as_ref());
            registration.is_some_and(|registration| registration.user.reveal() == user)
        };
        here.clone().find(called).or_else(|| here.next())
    }

    /// A call comes in over this trunk: it takes its places, if there are any.
    pub(crate) fn take_place(
        &mut self,
        leg: LegId,
        trunk: TrunkId,
        invite: &Message,
        must: bool,
    ) -> Result<(), NoPlace> {
        let directory = self.directory.clone();
        let called = identity::called(invite, directory.profile(trunk), &directory);
        self.take_places(leg, trunk, Some(directory.one_form(called.number.reveal())), must)
    }

    /// A call takes its places on this trunk and of this number of ours.
    pub(crate) fn take_places(
        &mut self,
        leg: LegId,
        trunk: TrunkId,
        number: Option<String>,
        must: bool,
    ) -> Result<(), NoPlace> {
        let directory = self.directory.clone();
        let taken = self.places.take(self.wire.now, &directory, leg, trunk, number, must);
        match taken {
            Ok(()) => {}
            Err(NoPlace::Number) => self.count(Counter::NumberFull),
            Err(NoPlace::Trunk | NoPlace::Pace) => self.count(Counter::TrunkFull),
        }
        taken
    }

    /// A call over this trunk came to nothing by the trunk's fault, or came to something.
    pub(crate) fn trunk_worked(&mut self, trunk: TrunkId, worked: bool) {
        match worked {
            true => self.doubted.remove(&trunk),
            false => self.doubted.insert(trunk, self.wire.now + DOUBT),
        };
    }

    /// Others are asked before this one.
    pub(crate) fn doubts(&self, trunk: TrunkId) -> bool {
        self.doubted.get(&trunk).is_some_and(|until| *until > self.wire.now)
    }

    /// Keep what the wire said of a leg.
    pub(crate) fn note(&mut self, leg: LegId, note: LegNote) {
        self.wire.outputs.push_back(Output::Noted(leg, note));
    }

    /// Does this trunk send from there?
    pub(crate) fn is_trunk_at(&self, trunk: TrunkId, source: IpAddr) -> bool {
        let source = source.to_canonical();
        let nets = self.directory.trunk(trunk).map_or(&[][..], |trunk| &trunk.nets);
        nets.iter().any(|net| net.contains(&source)) || self.registrars.get(&trunk) == Some(&source)
    }

    /// Say in a request to this trunk who we are, as far as it has ever asked.
    pub(crate) fn sign(&mut self, trunk: Option<TrunkId>, request: &mut Message) {
        if let Some(trunk) = trunk
            && let Some(account) = self.directory.account(trunk)
        {
            let words = &mut self.wire.words;
            self.keyring.sign(trunk, account, || words.next(), request);
        }
    }

    /// A request to this trunk got a 401 or 407. True: sign it and send it once more.
    pub(crate) fn challenged(&mut self, trunk: Option<TrunkId>, response: &Message, tries: &mut Tries) -> bool {
        let Some(trunk) = trunk else { return false };
        let Some(account) = self.directory.account(trunk) else { return false };
        let worth_it = self.keyring.challenged(trunk, account, response, tries);
        self.count(if worth_it { Counter::ChallengeAnswered } else { Counter::CredentialsRefused });
        worth_it
    }

    /// Other extensions, trunks and accounts from now on; those that were.
    pub(crate) fn set_directory(&mut self, directory: Arc<Directory>) -> Arc<Directory> {
        self.doubted.retain(|trunk, _| directory.trunk(*trunk).is_some());
        self.keyring.forget(|trunk| self.directory.account(trunk) != directory.account(trunk));
        std::mem::replace(&mut self.directory, directory)
    }

    pub(crate) fn look_up(&mut self, owner: Owner, purpose: LookupFor, lookup: Lookup) -> u64 {
        self.last_token += 1;
        let token = self.last_token;
        self.lookups.insert(token, (owner, purpose));
        let Lookup { host, port, transport, secure } = lookup;
        self.wire.outputs.push_back(Output::Resolve { token, host, port, transport, secure });
        token
    }

    pub(crate) fn looked_up(&mut self, token: u64) -> Option<(Owner, LookupFor)> {
        self.lookups.remove(&token)
    }

    /// Our tags in use: one for each leg.
    pub(crate) fn dialogs(&self) -> usize {
        self.tags.len()
    }

    /// Lookups under way.
    pub(crate) fn lookups(&self) -> usize {
        self.lookups.len()
    }

    /// A leg is gone.
    pub(crate) fn forget(&mut self, tag: &str, lookups: &[u64]) {
        if self.tags.remove(tag).is_some() {
            self.wire.outputs.push_back(Output::Dialog { tag: tag.to_owned(), live: false });
        }
        for token in lookups {
            self.lookups.remove(token);
        }
    }

    #[cfg(test)]
    pub(crate) fn is_idle(&self) -> bool {
        self.tags.is_empty()
            && self.places.is_empty()
            && self.lookups.is_empty()
            && self.transactions.len() == 0
            && self.wire.timers.len() == 0
    }
}
