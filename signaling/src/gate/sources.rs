//! Which source addresses are known, and what the unknown ones may still send.
//!
//! Known are the networks of trunks, and addresses from which a registration or a call was accepted, which took a digest
//! or a trunk's address. They are exempt from budgets and have the larger caps, so an office behind one NAT is bound by
//! the budget of a stranger only until its first phone has registered.

use super::budget::Budget;
use crate::config::BudgetConfig;
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
}

/// Addresses kept in mind at most. Beyond it the one that would be forgotten first makes room: it is a stranger again,
/// until it registers anew.
const KNOWN: usize = 50_000;

impl Sources {
    /// `remember`: how long an acceptance makes an address known; at least as long as a registration lasts.
    pub(crate) fn new(budget: BudgetConfig, remember: Duration, now: Timestamp) -> Sources {
        let inner = Inner { trunks: Vec::new(), known: HashMap::new(), budget: Budget::new(budget, now) };
        Sources { inner: Mutex::new(inner), remember }
    }

    /// May `source` have one more message worked on? Takes a token of its budget if it is unknown.
    pub(crate) fn admit(&self, now: Timestamp, source: IpAddr) -> Admission {
        let mut inner = self.lock();
        if inner.knows(now, source) {
            Admission::Known
        } else if inner.budget.take(now, source.to_canonical()) {
            Admission::Unknown
        } else {
            Admission::OverBudget
        }
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
        assert_eq!(sources.admit(now, phone), Admission::Unknown);
        assert_eq!(sources.admit(now, phone), Admission::OverBudget);
        sources.learn(now, phone);
        assert_eq!(sources.admit(now, phone), Admission::Known);
        assert_eq!(sources.admit(now, "::ffff:198.51.100.9".parse().unwrap()), Admission::Known);
        assert_eq!(sources.admit(now + Duration::from_secs(60), phone), Admission::Unknown);

        let trunk: IpAddr = "203.0.113.20".parse().unwrap();
        assert!(!sources.knows(now, trunk));
        sources.set_trunks(vec!["203.0.113.16/28".parse().unwrap()]);
        assert!(sources.knows(now, trunk));
        sources.set_trunks(vec![]);
        assert!(!sources.knows(now, trunk));
    }
}
