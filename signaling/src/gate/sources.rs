//! Which source addresses are known, and what the unknown ones may still send.
//!
//! Known are the networks of trunks, and addresses from which a registration or a call was accepted, which took a digest
//! or a trunk's address. They are exempt from budgets and have the larger caps, so an office behind one NAT is bound by
//! the budget of a stranger only until its first phone has registered. A message of a live dialog is let in from
//! everywhere: whoever talks may move.

use super::budget::{Budget, Taken};
use super::dialogs::Dialogs;
use super::limits::{Limit, Limited, Lines};
use crate::config::BudgetConfig;
use crate::core::input::Hop;
use ipnet::IpNet;
use ringdesk_model::Timestamp;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

/// Shared by the sockets, which ask, and the driver, which learns. Locked for a look-up, never across an await.
#[derive(Debug)]
pub(crate) struct Sources {
    inner: Mutex<Inner>,
    remember: Duration,
}

#[derive(Debug)]
struct Inner {
    trunks: Vec<IpNet>,
    /// Until when; looked up only.
    known: HashMap<IpAddr, Timestamp>,
    budget: Budget,
    dialogs: Dialogs,
    lines: Lines,
}

/// Addresses kept in mind at most. Beyond it the one that would be forgotten first makes room: it is a stranger again,
/// until it registers anew.
const KNOWN: usize = 50_000;

impl Sources {
    /// `remember`: how long an acceptance makes an address known; at least as long as a registration lasts.
    pub(crate) fn new(budget: BudgetConfig, remember: Duration, now: Timestamp) -> Sources {
        let inner = Inner {
            trunks: Vec::new(),
            known: HashMap::new(),
            budget: Budget::new(budget, now),
            dialogs: Dialogs::default(),
            lines: Lines::default(),
        };
        Sources { inner: Mutex::new(inner), remember }
    }

    /// May this message be worked on? Takes a token of its source's budget if that is unknown.
    pub(crate) fn admit(&self, now: Timestamp, hop: &Hop, message: &[u8]) -> Admission {
        let mut inner = self.lock();
        if inner.knows(now, hop.remote.ip()) {
            return Admission::Known;
        }
        match inner.budget.take(now, hop.remote.ip()) {
            Taken::Token => Admission::Unknown,
            Taken::Nothing { .. } if inner.dialogs.has(message) => Admission::InDialog,
            Taken::Nothing { news } => {
                if news {
                    inner.lines.tell(now, hop, Limit::Flood, false, None);
                }
                Admission::OverBudget
            }
        }
    }

    /// Is this message of a live dialog?
    pub(crate) fn in_dialog(&self, message: &[u8]) -> bool {
        self.lock().dialogs.has(message)
    }

    /// The dialog with this tag of ours begins, or is over.
    pub(crate) fn dialog(&self, tag: String, live: bool) {
        self.lock().dialogs.set(tag, live);
    }

    pub(crate) fn forget_dialogs(&self) {
        self.lock().dialogs.clear();
    }

    /// Put a line into the log about somebody who is limited from now on, unless there were too many of late.
    pub(crate) fn tell(&self, now: Timestamp, hop: &Hop, limit: Limit, known: bool, extension: Option<&str>) {
        let mut inner = self.lock();
        let known = known || inner.knows(now, hop.remote.ip());
        inner.lines.tell(now, hop, limit, known, extension);
    }

    /// Who has used up its budget.
    pub(crate) fn limited(&self, now: Timestamp) -> Vec<Limited> {
        let mut inner = self.lock();
        let excesses = inner.budget.excesses(now);
        let limited = excesses.into_iter().map(|(address, excess, until)| Limited {
            limit: if address.is_some() { Limit::Flood } else { Limit::Strangers },
            address,
            extension: None,
            since: excess.since,
            until: Some(until),
            refused: excess.refused,
            known: address.is_some_and(|address| inner.knows(now, address)),
        });
        limited.collect()
    }

    /// Let this address try again at once.
    pub(crate) fn lift(&self, address: IpAddr) -> bool {
        self.lock().budget.lift(address)
    }

    /// Unknown addresses kept in mind, those left out that need not be any more.
    pub(crate) fn strangers(&self, now: Timestamp) -> usize {
        let mut inner = self.lock();
        inner.budget.sweep(now);
        inner.budget.len()
    }

    pub(crate) fn knows(&self, now: Timestamp, source: IpAddr) -> bool {
        self.lock().knows(now, source)
    }

    /// A registration or a call from `source` was accepted.
    pub(crate) fn learn(&self, now: Timestamp, source: IpAddr) {
        let mut inner = self.lock();
        let source = source.to_canonical();
        if !inner.known.contains_key(&source) && inner.known.len() >= KNOWN {
            inner.known.retain(|_, until| *until > now);
            if inner.known.len() >= KNOWN
                && let Some(first) = inner.known.iter().min_by_key(|(ip, until)| (**until, **ip)).map(|(ip, _)| *ip)
            {
                inner.known.remove(&first);
            }
        }
        inner.known.insert(source, now + self.remember);
    }

    pub(crate) fn set_trunks(&self, trunks: Vec<IpNet>) {
        self.lock().trunks = trunks;
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing in here panics half way; a poisoned lock still guards whole values.
        self.inner.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Inner {
    fn knows(&self, now: Timestamp, source: IpAddr) -> bool {
        let source = source.to_canonical();
        self.known.get(&source).is_some_and(|until| *until > now) || self.trunks.iter().any(|net| net.contains(&source))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    Known,
    Unknown,
    /// Unknown and over its budget, and part of a live dialog.
    InDialog,
    OverBudget,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_are_exempt() {
        let now = Timestamp(0);
        let budget = BudgetConfig { per_second: 1, burst: 1, ..BudgetConfig::default() };
        let sources = Sources::new(budget, Duration::from_secs(60), now);
        let phone: IpAddr = "198.51.100.9".parse().unwrap();
        let admit = |after, from: &str| {
            sources.admit(now + Duration::from_secs(after), &format!("udp/0/{from}:5060").parse().unwrap(), b"")
        };
        assert_eq!(admit(0, "198.51.100.9"), Admission::Unknown);
        assert_eq!(admit(0, "198.51.100.9"), Admission::OverBudget);
        assert_eq!(sources.limited(now)[0].address, Some(phone));
        sources.learn(now, phone);
        assert_eq!(admit(0, "198.51.100.9"), Admission::Known);
        assert_eq!(admit(0, "[::ffff:198.51.100.9]"), Admission::Known);
        assert_eq!(admit(60, "198.51.100.9"), Admission::Unknown);

        let trunk: IpAddr = "203.0.113.20".parse().unwrap();
        assert!(!sources.knows(now, trunk));
        sources.set_trunks(vec!["203.0.113.16/28".parse().unwrap()]);
        assert!(sources.knows(now, trunk));
        sources.set_trunks(vec![]);
        assert!(!sources.knows(now, trunk));
    }

    /// Design: in-dialog requests come first, then the known, then strangers.
    #[test]
    fn who_is_in_a_dialog_is_let_in_from_everywhere() {
        let now = Timestamp(0);
        let budget = BudgetConfig { per_second: 1, burst: 1, ..BudgetConfig::default() };
        let sources = Sources::new(budget, Duration::from_secs(60), now);
        let hop = "udp/0/198.51.100.9:5060".parse().unwrap();
        let bye = b"BYE sip:a SIP/2.0\r\nTo: <sip:a>;tag=ours\r\n\r\n";
        sources.dialog("ours".into(), true);
        assert_eq!(sources.admit(now, &hop, bye), Admission::Unknown);
        assert_eq!(sources.admit(now, &hop, bye), Admission::InDialog);
        assert_eq!(sources.admit(now, &hop, b"OPTIONS sip:a SIP/2.0\r\nTo: <sip:a>\r\n\r\n"), Admission::OverBudget);
        sources.dialog("ours".into(), false);
        assert_eq!(sources.admit(now, &hop, bye), Admission::OverBudget);
        assert_eq!(sources.strangers(now), 1);
        assert_eq!(sources.strangers(now + Duration::from_secs(1)), 0);
    }
}
