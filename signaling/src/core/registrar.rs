//! Where extensions are reached (RFC 3261 §10): bindings with their expiry, in memory.
//!
//! Every change costs what its own extension has and a logarithm of the rest: the next expiry, what was registered over
//! a connection, and the total are kept, never counted.

use super::address::NameAddr;
use super::binding::Binding;
use super::input::Hop;
use super::phones;
use super::setup::{RegistrarSetup, Setup};
use super::throttle::{Standing, neighbourhood};
use super::uri::Uri;
use ringdesk_model::{Pii, Timestamp};
use ringdesk_voice::Destination;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// One contact of an extension.
#[derive(Clone, Debug)]
struct Device {
    contact: String,
    /// The way the REGISTER came: requests go back that way, through whatever NAT is there.
    hop: Hop,
    /// `+sip.instance` and `reg-id` (RFC 5626): a device that registers anew replaces its old contact.
    instance: Option<(String, String)>,
    q: u16,
    call_id: String,
    cseq: u32,
    expires: Timestamp,
    since: Timestamp,
    /// Of the password it was registered with.
    proof: String,
}

/// Bytes of a contact, a Call-ID, an instance with its `reg-id`, at most: what is kept for each of them is bounded.
const LONGEST: usize = 512;

/// One device of one extension as it told who it is (RFC 5626 §4.1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instance {
    extension: String,
    id: String,
    reg_id: String,
}

/// Why a REGISTER changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// 400: a contact or an expiry that cannot be read or is far too long, or `*` beside others.
    Malformed,
    /// 423 with this Min-Expires.
    TooBrief(u32),
    /// 500: an older request of the same registration (RFC 3261 §10.3 step 7).
    OutOfOrder,
    /// 403: as many contacts as an extension may have, or as there may be at all.
    TooMany,
}

/// What a REGISTER wants.
pub(crate) struct Request<'a> {
    pub(crate) contacts: Vec<&'a str>,
    pub(crate) expires: Option<u32>,
    pub(crate) call_id: &'a str,
    pub(crate) cseq: u32,
    pub(crate) hop: Hop,
    pub(crate) proof: &'a str,
}

/// What changed, for whoever watches registrations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Changed {
    pub(crate) added: bool,
    pub(crate) removed: bool,
}

#[derive(Default)]
pub(crate) struct Registrar {
    devices: BTreeMap<String, Vec<Device>>,
    /// All devices of all extensions.
    total: usize,
    /// The first expiry of each extension.
    expiries: BTreeSet<(Timestamp, String)>,
    /// Which extensions registered over which connection.
    connections: BTreeSet<(u64, String)>,
    /// Contacts and whose they are.
    contacts: BTreeSet<(String, String)>,
}

impl Registrar {
    /// Carry out a REGISTER for this extension; all of it or nothing.
    pub(crate) fn register(
        &mut self,
        now: Timestamp,
        setup: &RegistrarSetup,
        extension: &str,
        request: &Request,
    ) -> Result<Changed, Refused> {
        let had = self.count(extension);
        let mut mine = self.devices.get(extension).cloned().unwrap_or_default();
        mine.retain(|device| device.expires > now);
        let mut changed = Changed::default();
        if request.contacts.contains(&"*") {
            if request.contacts.len() > 1 || request.expires != Some(0) {
                return Err(Refused::Malformed);
            }
            if mine.iter().any(|device| device.is_newer_than(request)) {
                return Err(Refused::OutOfOrder);
            }
            changed.removed = !mine.is_empty();
            mine.clear();
        } else {
            // More contacts in one REGISTER than an extension may have cannot come to a good end; nor need they be read.
            if request.contacts.len() > setup.contacts_per_extension.saturating_mul(2) {
                return Err(Refused::TooMany);
            }
            for contact in &request.contacts {
                let device = Device::read(now, setup, contact, request)?;
                let old = mine.iter().position(|other| other.is_same_device(&device));
                if old.is_some_and(|at| mine[at].is_newer_than(request)) {
                    return Err(Refused::OutOfOrder);
                }
                let old = old.map(|at| mine.remove(at));
                if device.expires > now {
                    changed.added |= old.is_none();
                    mine.push(device);
                } else {
                    changed.removed |= old.is_some();
                }
            }
        }
        // Caps that were lowered since bind those that want more than they have.
        let more = mine.len() > had;
        if more && (mine.len() > setup.contacts_per_extension || self.total - had + mine.len() > setup.contacts) {
            return Err(Refused::TooMany);
        }
        self.put(extension, mine);
        Ok(changed)
    }

    /// Take back what was kept elsewhere. What is not alive any more, comes twice, or would be too many, is left out.
    pub(crate) fn restore(&mut self, now: Timestamp, setup: &RegistrarSetup, binding: Binding) -> bool {
        if !binding.survives_restart() || binding.expires <= now {
            return false;
        }
        let Ok(hop) = binding.flow.reveal().parse::<Hop>() else { return false };
        let device = Device {
            contact: binding.contact.into_inner(),
            hop,
            instance: binding.instance.map(Pii::into_inner),
            q: binding.q,
            call_id: binding.call_id.into_inner(),
            cseq: binding.cseq,
            expires: binding.expires.min(now + Duration::from_secs(setup.max_expires.into())),
            since: binding.since,
            proof: binding.proof.into_inner(),
        };
        let mut mine = self.devices.get(&binding.extension).cloned().unwrap_or_default();
        let room = mine.len() < setup.contacts_per_extension && self.total < setup.contacts;
        // A phone that has registered since is the better witness of where it is.
        if !room || device.is_too_long() || mine.iter().any(|other| other.is_same_device(&device)) {
            return false;
        }
        mine.push(device);
        self.put(&binding.extension, mine);
        true
    }

    /// Every contact of this extension.
    pub(crate) fn bindings_of(&self, extension: &str) -> Vec<Binding> {
        let devices = self.devices.get(extension).into_iter().flatten();
        devices.map(|device| device.binding(extension)).collect()
    }

    /// Every contact there is.
    pub(crate) fn bindings(&self) -> impl Iterator<Item = Binding> {
        self.devices.iter().flat_map(|(extension, devices)| devices.iter().map(|device| device.binding(extension)))
    }

    /// The Contact fields of the answer: every binding with the seconds it has left.
    pub(crate) fn contacts(&self, now: Timestamp, extension: &str) -> Vec<String> {
        let left = |device: &Device| format!("<{}>;expires={}", device.contact, device.expires.since(now).as_secs());
        self.live(now, extension).map(left).collect()
    }

    /// Where to ring, the most wanted first, then the newest.
    pub(crate) fn destinations(&self, now: Timestamp, setup: &Setup, extension: &str) -> Vec<Destination> {
        let mut live: Vec<&Device> = self.live(now, extension).collect();
        live.sort_by_key(|device| (std::cmp::Reverse(device.q), std::cmp::Reverse(device.since)));
        // Several flows of one device lead to the same bell: the best of them will do (RFC 5626 §5.1).
        let mut rung = BTreeSet::new();
        live.retain(|device| device.instance.as_ref().is_none_or(|(id, _)| rung.insert(id.clone())));
        live.into_iter().map(|device| device.destination(setup, extension)).collect()
    }

    /// Where this device is registered now.
    pub(crate) fn destination(&self, now: Timestamp, setup: &Setup, of: &Instance) -> Option<Destination> {
        let is_it =
            |device: &&Device| device.instance.as_ref().is_some_and(|(id, reg)| *id == of.id && *reg == of.reg_id);
        let found = self.live(now, &of.extension).filter(is_it).max_by_key(|device| device.since);
        found.map(|device| device.destination(setup, &of.extension))
    }

    /// The extension that registered this contact over this hop.
    pub(crate) fn extension_at(&self, contact: &str, hop: &Hop) -> Option<String> {
        let of = self.contacts.range((contact.to_owned(), String::new())..).take_while(|(known, _)| known == contact);
        let there = |user: &String| self.devices.get(user).is_some_and(|all| all.iter().any(|d| d.hop == *hop));
        of.map(|(_, user)| user).find(|user| there(user)).cloned()
    }

    /// The device that registered over this connection, by whose contact, or else by whose extension, it is meant.
    pub(crate) fn device_over(&self, hop: &Hop, contact: Option<&str>, extension: Option<&str>) -> Option<Instance> {
        let connection = hop.connection?;
        let over = self.connections.range((connection, String::new())..).take_while(|(of, _)| *of == connection);
        over.filter(|(_, user)| extension.is_none_or(|wanted| wanted == user.as_str())).find_map(|(_, user)| {
            let mut devices = self.devices.get(user)?.iter();
            let found = devices
                .find(|device| device.hop == *hop && contact.is_none_or(|wanted| wanted == device.contact.as_str()))?;
            let (id, reg_id) = found.instance.clone()?;
            Some(Instance { extension: user.clone(), id, reg_id })
        })
    }

    pub(crate) fn count(&self, extension: &str) -> usize {
        self.devices.get(extension).map_or(0, Vec::len)
    }

    /// What an extension has at this place: the very flow of a live contact, another of its contacts, or nothing.
    pub(crate) fn standing(&self, now: Timestamp, extension: &str, hop: &Hop) -> Standing {
        let mut standing = Standing::Stranger;
        for device in self.live(now, extension) {
            if device.hop == *hop {
                return Standing::Registered;
            }
            if neighbourhood(device.hop.remote.ip()) == neighbourhood(hop.remote.ip()) {
                standing = Standing::Neighbour;
            }
        }
        standing
    }

    /// Remove what has expired; gives the extensions that lost a contact.
    pub(crate) fn expire(&mut self, now: Timestamp) -> Vec<String> {
        let mut poorer = Vec::new();
        while let Some((_, extension)) = self.expiries.first().filter(|(at, _)| *at <= now).cloned() {
            self.retain(&extension, |device| device.expires > now);
            poorer.push(extension);
        }
        poorer
    }

    /// A stream connection is gone, and with it what was registered over it.
    pub(crate) fn lose(&mut self, hop: &Hop) -> Vec<String> {
        let Some(connection) = hop.connection else { return Vec::new() };
        let mut poorer = Vec::new();
        while let Some((_, extension)) =
            self.connections.range((connection, String::new())..).next().filter(|(of, _)| *of == connection).cloned()
        {
            self.retain(&extension, |device| device.hop.connection != Some(connection));
            poorer.push(extension);
        }
        poorer
    }

    /// An extension is gone, or has another password: it is not reached where it was. False: it had no contact.
    pub(crate) fn remove(&mut self, extension: &str) -> bool {
        let had = self.devices.contains_key(extension);
        self.put(extension, Vec::new());
        had
    }

    pub(crate) fn next_expiry(&self) -> Option<Timestamp> {
        self.expiries.first().map(|(at, _)| *at)
    }

    fn live(&self, now: Timestamp, extension: &str) -> impl Iterator<Item = &Device> {
        self.devices.get(extension).into_iter().flatten().filter(move |device| device.expires > now)
    }

    fn retain(&mut self, extension: &str, keep: impl Fn(&Device) -> bool) {
        let mut mine = self.devices.get(extension).cloned().unwrap_or_default();
        mine.retain(keep);
        self.put(extension, mine);
    }

    /// These are the devices of this extension from now on: the one place where anything changes.
    fn put(&mut self, extension: &str, devices: Vec<Device>) {
        let first = |devices: &[Device]| devices.iter().map(|device| device.expires).min();
        let connections =
            |devices: &[Device]| -> Vec<u64> { devices.iter().filter_map(|device| device.hop.connection).collect() };
        if let Some(old) = self.devices.remove(extension) {
            self.total -= old.len();
            if let Some(at) = first(&old) {
                self.expiries.remove(&(at, extension.to_owned()));
            }
            for connection in connections(&old) {
                self.connections.remove(&(connection, extension.to_owned()));
            }
            for device in old {
                self.contacts.remove(&(device.contact, extension.to_owned()));
            }
        }
        if let Some(at) = first(&devices) {
            self.total += devices.len();
            self.expiries.insert((at, extension.to_owned()));
            for connection in connections(&devices) {
                self.connections.insert((connection, extension.to_owned()));
            }
            let contacts = devices.iter().map(|device| (device.contact.clone(), extension.to_owned()));
            self.contacts.extend(contacts);
            self.devices.insert(extension.to_owned(), devices);
        }
    }
}

impl Device {
    fn read(now: Timestamp, setup: &RegistrarSetup, contact: &str, request: &Request) -> Result<Device, Refused> {
        let contact = NameAddr::parse(contact).ok_or(Refused::Malformed)?;
        Uri::parse(&contact.uri).map_err(|_| Refused::Malformed)?;
        let asked = match contact.params.get("expires") {
            Some(text) => super::message::seconds(text).ok_or(Refused::Malformed)?,
            None => request.expires.unwrap_or(setup.max_expires),
        };
        if asked != 0 && asked < setup.min_expires {
            return Err(Refused::TooBrief(setup.min_expires));
        }
        let q = match contact.params.get("q") {
            Some(text) => {
                (text.parse::<f32>().ok().filter(|q| (0.0..=1.0).contains(q)).ok_or(Refused::Malformed)? * 1_000.0)
                    as u16
            }
            None => 1_000,
        };
        let instance = contact.params.unquoted("+sip.instance");
        let device = Device {
            instance: instance.map(|i| (i, contact.params.get("reg-id").unwrap_or_default().to_owned())),
            contact: contact.uri,
            hop: request.hop,
            q,
            call_id: request.call_id.to_owned(),
            cseq: request.cseq,
            expires: now + Duration::from_secs(asked.min(setup.max_expires).into()),
            since: now,
            proof: request.proof.to_owned(),
        };
        if device.is_too_long() { Err(Refused::Malformed) } else { Ok(device) }
    }

    fn destination(&self, setup: &Setup, extension: &str) -> Destination {
        Destination {
            uri: self.contact.clone(),
            interface: self.hop.interface,
            flow: Some(self.hop.to_string()),
            trunk: None,
            profile: phones::profile(setup, extension, &self.hop),
        }
    }

    fn is_too_long(&self) -> bool {
        let instance = self.instance.as_ref().map_or(0, |(instance, number)| instance.len() + number.len());
        [self.contact.len(), self.call_id.len(), instance].into_iter().any(|length| length > LONGEST)
    }

    fn binding(&self, extension: &str) -> Binding {
        Binding {
            extension: extension.to_owned(),
            contact: Pii::new(self.contact.clone()),
            flow: Pii::new(self.hop.to_string()),
            instance: self.instance.clone().map(Pii::new),
            q: self.q,
            call_id: Pii::new(self.call_id.clone()),
            cseq: self.cseq,
            expires: self.expires,
            since: self.since,
            proof: Pii::new(self.proof.clone()),
        }
    }

    fn is_newer_than(&self, request: &Request) -> bool {
        self.call_id == request.call_id && self.cseq >= request.cseq
    }

    fn is_same_device(&self, other: &Device) -> bool {
        if self.instance.is_some() && self.instance == other.instance {
            return true;
        }
        match (Uri::parse(&self.contact), Uri::parse(&other.contact)) {
            (Ok(a), Ok(b)) => a.equivalent(&b),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::input::Transport;
    use ringdesk_voice::InterfaceId;

    fn setup() -> RegistrarSetup {
        RegistrarSetup { min_expires: 30, max_expires: 600, contacts_per_extension: 2, contacts: 100 }
    }

    fn hop(connection: Option<u64>) -> Hop {
        Hop {
            transport: if connection.is_some() { Transport::Tcp } else { Transport::Udp },
            interface: InterfaceId(0),
            remote: "192.0.2.1:5060".parse().unwrap(),
            connection,
        }
    }

    fn put(r: &mut Registrar, at: u64, contacts: &[&str], expires: Option<u32>, cseq: u32) -> Result<Changed, Refused> {
        let request = Request { contacts: contacts.to_vec(), expires, call_id: "c", cseq, hop: hop(None), proof: "p" };
        r.register(Timestamp::from_millis(at as i64 * 1_000), &setup(), "2001", &request)
    }

    /// Rows: V1
    #[test]
    fn contacts_come_stay_and_go() {
        let mut r = Registrar::default();
        assert!(put(&mut r, 0, &["<sip:a@192.0.2.1>"], Some(60), 1).unwrap().added);
        assert!(put(&mut r, 1, &["<sip:b@192.0.2.2>;q=0.5"], Some(3_600), 2).unwrap().added);
        let now = Timestamp::from_millis(10_000);
        let uris: Vec<_> = r.destinations(now, &Setup::default(), "2001").into_iter().map(|d| d.uri).collect();
        assert_eq!(uris, ["sip:a@192.0.2.1", "sip:b@192.0.2.2"]);
        assert_eq!(r.contacts(now, "2001"), ["<sip:a@192.0.2.1>;expires=50", "<sip:b@192.0.2.2>;expires=591"]);
        assert_eq!(put(&mut r, 11, &["<sip:c@192.0.2.3>"], Some(60), 3), Err(Refused::TooMany));
        assert_eq!(r.expire(Timestamp::from_millis(60_000)), ["2001"]);
        assert_eq!(r.count("2001"), 1);
        assert!(put(&mut r, 61, &["*"], Some(0), 4).unwrap().removed);
        assert_eq!(r.destinations(Timestamp::from_millis(61_000), &Setup::default(), "2001"), vec![]);
        assert_eq!(r.next_expiry(), None);
    }

    #[test]
    fn what_is_refused() {
        let mut r = Registrar::default();
        put(&mut r, 0, &["<sip:a@192.0.2.1>"], Some(60), 5).unwrap();
        assert_eq!(put(&mut r, 1, &["<sip:a@192.0.2.1>"], Some(60), 5), Err(Refused::OutOfOrder));
        assert_eq!(put(&mut r, 1, &["<sip:a@192.0.2.1>"], Some(10), 6), Err(Refused::TooBrief(30)));
        assert_eq!(put(&mut r, 1, &["*"], Some(60), 6), Err(Refused::Malformed));
        assert_eq!(put(&mut r, 1, &["*", "<sip:b@192.0.2.1>"], Some(0), 6), Err(Refused::Malformed));
        assert_eq!(put(&mut r, 1, &["<sip:a@192.0.2.1>;q=7"], Some(60), 6), Err(Refused::Malformed));
        assert_eq!(r.count("2001"), 1, "nothing of a refused request is kept");
    }

    #[test]
    fn a_device_replaces_itself_and_goes_with_its_connection() {
        let mut r = Registrar::default();
        for (n, uri) in ["sip:a@192.0.2.1:1000", "sip:a@192.0.2.1:2000"].into_iter().enumerate() {
            let contact = format!("<{uri}>;+sip.instance=\"<urn:uuid:1>\";reg-id=1");
            let request = Request {
                contacts: vec![&contact],
                expires: Some(60),
                call_id: uri,
                cseq: 1,
                hop: hop(Some(n as u64)),
                proof: "p",
            };
            r.register(Timestamp(0), &setup(), "2001", &request).unwrap();
        }
        assert_eq!(r.count("2001"), 1);
        assert_eq!(r.lose(&hop(Some(0))), Vec::<String>::new());
        assert_eq!(r.lose(&hop(Some(1))), ["2001"]);
    }

    fn enter(
        r: &mut Registrar,
        setup: &RegistrarSetup,
        extension: &str,
        contact: &str,
        at: u64,
        expires: u32,
        over: Option<u64>,
    ) -> Result<Changed, Refused> {
        let request = Request {
            contacts: vec![contact],
            expires: Some(expires),
            call_id: contact,
            cseq: at as u32 + 1,
            hop: hop(over),
            proof: extension,
        };
        r.register(Timestamp::from_millis(at as i64 * 1_000), setup, extension, &request)
    }

    /// What is kept beside the bindings says the same as counting them.
    fn check(r: &Registrar) {
        let all: Vec<&Device> = r.devices.values().flatten().collect();
        assert_eq!(r.total, all.len());
        assert_eq!(r.next_expiry(), all.iter().map(|device| device.expires).min());
        assert_eq!(r.expiries.len(), r.devices.len());
        let over: BTreeSet<(u64, String)> = r
            .devices
            .iter()
            .flat_map(|(e, all)| all.iter().filter_map(|d| Some((d.hop.connection?, e.clone()))))
            .collect();
        assert_eq!(r.connections, over);
        assert!(r.devices.values().all(|devices| !devices.is_empty()));
    }

    #[test]
    fn the_index_follows_every_change() {
        let setup = RegistrarSetup { contacts: 40, contacts_per_extension: 3, ..setup() };
        let mut r = Registrar::default();
        let mut chance = ringdesk_model::Ids::seeded(5);
        let mut refused = 0;
        for step in 0..3_000u64 {
            let mut roll = |n: u64| chance.bits() % n;
            let extension = roll(20).to_string();
            match roll(8) {
                0..=4 => {
                    let contact = format!("<sip:{}@192.0.2.1>", roll(5));
                    let over = Some(roll(6)).filter(|n| *n > 2);
                    let expires = if roll(4) == 0 { 0 } else { 30 + roll(100) as u32 };
                    refused += usize::from(
                        enter(&mut r, &setup, &extension, &contact, step, expires, over) == Err(Refused::TooMany),
                    );
                }
                5 => drop(r.lose(&hop(Some(roll(6))))),
                6 => drop(r.expire(Timestamp::from_millis(step as i64 * 1_000))),
                _ => drop(r.remove(&extension)),
            }
            check(&r);
            assert!(r.total <= 40);
        }
        assert!(refused > 0, "the caps were met");
        r.expire(Timestamp(i64::MAX));
        check(&r);
        assert_eq!(r.total, 0);
    }

    #[test]
    fn all_extensions_together_are_bounded() {
        let setup = RegistrarSetup { contacts: 2, ..setup() };
        let mut r = Registrar::default();
        for extension in ["1", "2"] {
            enter(&mut r, &setup, extension, "<sip:a@192.0.2.1>", 0, 60, None).unwrap();
        }
        assert_eq!(enter(&mut r, &setup, "3", "<sip:a@192.0.2.1>", 1, 60, None), Err(Refused::TooMany));
        assert!(enter(&mut r, &setup, "1", "<sip:a@192.0.2.1>", 2, 60, None).is_ok(), "a refresh is no more");
        // One that has expired is not in the way of its own extension, even before anybody has cleared it away.
        assert!(enter(&mut r, &setup, "2", "<sip:b@192.0.2.1>", 61, 60, None).is_ok());
        let long = format!("<sip:{}@192.0.2.1>", "x".repeat(600));
        assert_eq!(enter(&mut r, &setup, "2", &long, 62, 60, None), Err(Refused::Malformed));
        check(&r);
    }

    #[test]
    fn bindings_survive_as_plain_data() {
        let (setup, now) = (setup(), Timestamp::from_millis(10_000));
        let mut old = Registrar::default();
        let contact = "<sip:a@192.0.2.1>;q=0.5;+sip.instance=\"<urn:uuid:1>\";reg-id=2";
        enter(&mut old, &setup, "1", contact, 0, 60, None).unwrap();
        enter(&mut old, &setup, "1", "<sip:b@192.0.2.1>", 0, 600, None).unwrap();
        enter(&mut old, &setup, "2", "<sip:c@192.0.2.1;transport=tcp>", 0, 60, Some(3)).unwrap();
        let kept: Vec<Binding> = old.bindings().collect();
        assert_eq!(kept.len(), 3);
        assert!(!format!("{kept:?}").contains("192.0.2.1"));
        let mut new = Registrar::default();
        let restored: Vec<bool> = kept.iter().map(|b| new.restore(now, &setup, b.clone())).collect();
        assert_eq!(restored, [true, true, false], "a connection does not survive");
        assert_eq!(new.destinations(now, &Setup::default(), "1"), old.destinations(now, &Setup::default(), "1"));
        assert_eq!(new.bindings_of("1"), old.bindings_of("1"));
        assert!(!new.restore(now, &setup, kept[0].clone()), "once");
        check(&new);
        // The same request once more is still out of order.
        assert_eq!(enter(&mut new, &setup, "1", contact, 0, 60, None), Err(Refused::OutOfOrder));
        let late = Timestamp::from_millis(60_000);
        let mut later = Registrar::default();
        assert!(!later.restore(late, &setup, kept[0].clone()));
        assert!(later.restore(late, &setup, kept[1].clone()));
        assert!(later.remove("1") && !later.remove("1"));
        check(&later);
    }
}
