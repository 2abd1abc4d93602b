//! How fast logins may be tried: a back-off per login and address, and a looser one per address alone.
//!
//! Somebody else's failures never lock a person out: the strict count is kept for the pair, so the owner of the login gets
//! in from their own address. The count per address slows down who tries one password on many logins.

use ringdesk_model::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

/// So many failures are free, per login and address …
const FREE: u32 = 5;
/// … and per address (a whole office may share one).
const FREE_PER_ADDRESS: u32 = 50;
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);
/// A count is forgotten after so long without a failure.
const MEMORY: Duration = Duration::from_secs(3_600);
/// Counts kept. When full, the one longest without a failure goes: an attacker with that many addresses gains five tries.
const KEPT: usize = 10_000;

/// Wait before the next try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many failed logins; try again in {} s", .0.as_secs().max(1))]
pub struct TryLater(pub Duration);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Pair(String, String),
    Address(String),
}

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    last: Timestamp,
}

/// The memory of failed logins. Lives in the process: a restart forgives.
///
/// `address`: what one attacker has one of; the caller shortens an IPv6 address to its /64.
#[derive(Clone, Debug, Default)]
pub struct LoginThrottle {
    failures: BTreeMap<Key, Failures>,
    /// The same, longest without a failure first.
    oldest: BTreeMap<(Timestamp, u64), Key>,
    order: BTreeMap<Key, (Timestamp, u64)>,
    next: u64,
}

impl LoginThrottle {
    /// Ask before the password is checked.
    pub fn check(&self, now: Timestamp, login: &str, address: &str) -> Result<(), TryLater> {
        let wait = keys(login, address).iter().map(|(key, free)| self.wait(now, key, *free)).max().unwrap_or_default();
        if wait.is_zero() { Ok(()) } else { Err(TryLater(wait)) }
    }

    pub fn failed(&mut self, now: Timestamp, login: &str, address: &str) {
        for (key, _) in keys(login, address) {
            let before = self.failures.get(&key).filter(|f| now.since(f.last) < MEMORY).map_or(0, |f| f.count);
            self.forget(&key);
            if self.failures.len() >= KEPT
                && let Some((_, oldest)) = self.oldest.pop_first()
            {
                self.failures.remove(&oldest);
                self.order.remove(&oldest);
            }
            self.next += 1;
            self.failures.insert(key.clone(), Failures { count: before.saturating_add(1), last: now });
            self.order.insert(key.clone(), (now, self.next));
            self.oldest.insert((now, self.next), key);
        }
    }

    /// The right password forgives the pair; the address keeps its count, or one good login would free an attacker.
    pub fn succeeded(&mut self, login: &str, address: &str) {
        self.forget(&Key::Pair(login.to_lowercase(), address.to_owned()));
    }

    fn forget(&mut self, key: &Key) {
        self.failures.remove(key);
        if let Some(place) = self.order.remove(key) {
            self.oldest.remove(&place);
        }
    }

    fn wait(&self, now: Timestamp, key: &Key, free: u32) -> Duration {
        let Some(failures) = self.failures.get(key) else { return Duration::ZERO };
        if failures.count < free || now.since(failures.last) >= MEMORY {
            return Duration::ZERO;
        }
        let wait = FIRST_WAIT.saturating_mul(2u32.saturating_pow(failures.count - free)).min(LONGEST_WAIT);
        wait.saturating_sub(now.since(failures.last))
    }
}

fn keys(login: &str, address: &str) -> [(Key, u32); 2] {
    [(Key::Pair(login.to_lowercase(), address.to_owned()), FREE), (Key::Address(address.to_owned()), FREE_PER_ADDRESS)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    #[test]
    fn the_wait_doubles_after_five_failures_and_ends() {
        let mut throttle = LoginThrottle::default();
        for _ in 0..4 {
            throttle.failed(at(0), "agent1", "192.0.2.1");
        }
        assert_eq!(throttle.check(at(0), "agent1", "192.0.2.1"), Ok(()));
        for wait in [1, 2, 4, 8] {
            throttle.failed(at(0), "Agent1", "192.0.2.1");
            assert_eq!(throttle.check(at(0), "agent1", "192.0.2.1"), Err(TryLater(Duration::from_secs(wait))));
        }
        assert!(throttle.check(at(7), "agent1", "192.0.2.1").is_err());
        assert_eq!(throttle.check(at(8), "agent1", "192.0.2.1"), Ok(()));
        for _ in 0..100 {
            throttle.failed(at(8), "agent1", "192.0.2.1");
        }
        assert_eq!(throttle.check(at(8), "agent1", "192.0.2.1"), Err(TryLater(LONGEST_WAIT)));
        assert_eq!(throttle.check(at(8 + 3_600), "agent1", "192.0.2.1"), Ok(()));
    }

    #[test]
    fn an_attacker_locks_nobody_else_out() {
        let mut throttle = LoginThrottle::default();
        for _ in 0..20 {
            throttle.failed(at(0), "agent1", "198.51.100.9");
        }
        assert!(throttle.check(at(0), "agent1", "198.51.100.9").is_err());
        assert_eq!(throttle.check(at(0), "agent1", "192.0.2.1"), Ok(()));
        assert_eq!(throttle.check(at(0), "agent2", "198.51.100.9"), Ok(()));
    }

    #[test]
    fn one_password_on_many_logins_is_slowed_by_address() {
        let mut throttle = LoginThrottle::default();
        for n in 0..60 {
            throttle.failed(at(0), &format!("user{n}"), "198.51.100.9");
        }
        assert!(throttle.check(at(0), "new", "198.51.100.9").is_err());
        throttle.succeeded("user1", "198.51.100.9");
        assert!(throttle.check(at(0), "new", "198.51.100.9").is_err(), "one good login does not free the address");
    }

    #[test]
    fn the_right_password_forgives() {
        let mut throttle = LoginThrottle::default();
        for _ in 0..10 {
            throttle.failed(at(0), "agent1", "192.0.2.1");
        }
        throttle.succeeded("agent1", "192.0.2.1");
        assert_eq!(throttle.check(at(0), "agent1", "192.0.2.1"), Ok(()));
    }

    #[test]
    fn memory_is_bounded() {
        let mut throttle = LoginThrottle::default();
        for n in 0..12_000 {
            throttle.failed(at(n), "agent1", &format!("10.0.{}.{}", n / 256, n % 256));
        }
        assert_eq!((throttle.failures.len(), throttle.oldest.len(), throttle.order.len()), (KEPT, KEPT, KEPT));
    }
}
