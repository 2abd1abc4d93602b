//! Where extensions are reached (RFC 3261 §10): bindings with their expiry, in memory.

use super::address::NameAddr;
use super::input::Hop;
use super::setup::RegistrarSetup;
use super::uri::Uri;
use ringdesk_model::Timestamp;
use ringdesk_voice::Destination;
use std::collections::BTreeMap;
use std::time::Duration;

/// One contact of an extension.
#[derive(Clone, Debug)]
struct Binding {
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
}

/// Why a REGISTER changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// 400: a contact or an expiry that cannot be read, or `*` beside others.
    Malformed,
    /// 423 with this Min-Expires.
    TooBrief(u32),
    /// 500: an older request of the same registration (RFC 3261 §10.3 step 7).
    OutOfOrder,
    /// 403: as many contacts as an extension may have.
    TooMany,
}

/// What a REGISTER wants.
pub(crate) struct Request<'a> {
    pub(crate) contacts: Vec<&'a str>,
    pub(crate) expires: Option<u32>,
    pub(crate) call_id: &'a str,
    pub(crate) cseq: u32,
    pub(crate) hop: Hop,
}

/// What changed, for whoever watches registrations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Changed {
    pub(crate) added: bool,
    pub(crate) removed: bool,
}

#[derive(Default)]
pub(crate) struct Registrar {
    bindings: BTreeMap<String, Vec<Binding>>,
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
        let total: usize = self.bindings.values().map(Vec::len).sum();
        let mut mine = self.bindings.get(extension).cloned().unwrap_or_default();
        mine.retain(|b| b.expires > now);
        let before = mine.len();
        let mut changed = Changed::default();
        if request.contacts.contains(&"*") {
            if request.contacts.len() > 1 || request.expires != Some(0) {
                return Err(Refused::Malformed);
            }
            if mine.iter().any(|b| b.is_newer_than(request)) {
                return Err(Refused::OutOfOrder);
            }
            changed.removed = !mine.is_empty();
            mine.clear();
        } else {
            for contact in &request.contacts {
                let binding = Binding::read(now, setup, contact, request)?;
                let old = mine.iter().position(|b| b.is_same_device(&binding));
                if old.is_some_and(|at| mine[at].is_newer_than(request)) {
                    return Err(Refused::OutOfOrder);
                }
                let old = old.map(|at| mine.remove(at));
                if binding.expires > now {
                    changed.added |= old.is_none();
                    mine.push(binding);
                } else {
                    changed.removed |= old.is_some();
                }
            }
        }
        if mine.len() > setup.contacts_per_extension || total - before.min(total) + mine.len() > setup.contacts {
            return Err(Refused::TooMany);
        }
        match mine.is_empty() {
            true => drop(self.bindings.remove(extension)),
            false => drop(self.bindings.insert(extension.to_owned(), mine)),
        }
        Ok(changed)
    }

    /// The Contact fields of the answer: every binding with the seconds it has left.
    pub(crate) fn contacts(&self, now: Timestamp, extension: &str) -> Vec<String> {
        let left = |b: &Binding| format!("<{}>;expires={}", b.contact, b.expires.since(now).as_secs());
        self.live(now, extension).map(left).collect()
    }

    /// Where to ring, the most wanted first, then the newest.
    pub(crate) fn destinations(&self, now: Timestamp, extension: &str) -> Vec<Destination> {
        let mut live: Vec<&Binding> = self.live(now, extension).collect();
        live.sort_by_key(|b| (std::cmp::Reverse(b.q), std::cmp::Reverse(b.since)));
        let destination = |b: &Binding| Destination {
            uri: b.contact.clone(),
            interface: b.hop.interface,
            flow: Some(b.hop.to_string()),
            trunk: None,
        };
        live.into_iter().map(destination).collect()
    }

    pub(crate) fn count(&self, extension: &str) -> usize {
        self.bindings.get(extension).map_or(0, Vec::len)
    }

    /// Remove what has expired; gives the extensions that lost a contact.
    pub(crate) fn expire(&mut self, now: Timestamp) -> Vec<String> {
        self.remove(|b| b.expires <= now)
    }

    /// A stream connection is gone, and with it what was registered over it.
    pub(crate) fn lose(&mut self, hop: &Hop) -> Vec<String> {
        self.remove(|b| b.hop.connection.is_some() && b.hop.connection == hop.connection)
    }

    pub(crate) fn next_expiry(&self) -> Option<Timestamp> {
        self.bindings.values().flatten().map(|b| b.expires).min()
    }

    fn live(&self, now: Timestamp, extension: &str) -> impl Iterator<Item = &Binding> {
        self.bindings.get(extension).into_iter().flatten().filter(move |b| b.expires > now)
    }

    fn remove(&mut self, gone: impl Fn(&Binding) -> bool) -> Vec<String> {
        let mut poorer = Vec::new();
        for (extension, bindings) in &mut self.bindings {
            let before = bindings.len();
            bindings.retain(|b| !gone(b));
            if bindings.len() < before {
                poorer.push(extension.clone());
            }
        }
        self.bindings.retain(|_, bindings| !bindings.is_empty());
        poorer
    }
}

impl Binding {
    fn read(now: Timestamp, setup: &RegistrarSetup, contact: &str, request: &Request) -> Result<Binding, Refused> {
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
        Ok(Binding {
            instance: instance.map(|i| (i, contact.params.get("reg-id").unwrap_or_default().to_owned())),
            contact: contact.uri,
            hop: request.hop,
            q,
            call_id: request.call_id.to_owned(),
            cseq: request.cseq,
            expires: now + Duration::from_secs(asked.min(setup.max_expires).into()),
            since: now,
        })
    }

    fn is_newer_than(&self, request: &Request) -> bool {
        self.call_id == request.call_id && self.cseq >= request.cseq
    }

    fn is_same_device(&self, other: &Binding) -> bool {
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
        let request = Request { contacts: contacts.to_vec(), expires, call_id: "c", cseq, hop: hop(None) };
        r.register(Timestamp::from_millis(at as i64 * 1_000), &setup(), "2001", &request)
    }

    /// Rows: V1
    #[test]
    fn contacts_come_stay_and_go() {
        let mut r = Registrar::default();
        assert!(put(&mut r, 0, &["<sip:a@192.0.2.1>"], Some(60), 1).unwrap().added);
        assert!(put(&mut r, 1, &["<sip:b@192.0.2.2>;q=0.5"], Some(3_600), 2).unwrap().added);
        let now = Timestamp::from_millis(10_000);
        let uris: Vec<_> = r.destinations(now, "2001").into_iter().map(|d| d.uri).collect();
        assert_eq!(uris, ["sip:a@192.0.2.1", "sip:b@192.0.2.2"]);
        assert_eq!(r.contacts(now, "2001"), ["<sip:a@192.0.2.1>;expires=50", "<sip:b@192.0.2.2>;expires=591"]);
        assert_eq!(put(&mut r, 11, &["<sip:c@192.0.2.3>"], Some(60), 3), Err(Refused::TooMany));
        assert_eq!(r.expire(Timestamp::from_millis(60_000)), ["2001"]);
        assert_eq!(r.count("2001"), 1);
        assert!(put(&mut r, 61, &["*"], Some(0), 4).unwrap().removed);
        assert_eq!(r.destinations(Timestamp::from_millis(61_000), "2001"), vec![]);
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
            };
            r.register(Timestamp(0), &setup(), "2001", &request).unwrap();
        }
        assert_eq!(r.count("2001"), 1);
        assert_eq!(r.lose(&hop(Some(0))), Vec::<String>::new());
        assert_eq!(r.lose(&hop(Some(1))), ["2001"]);
    }
}
