//! How fast logins may be tried: strictly per login and address, loosely per address, and per login for strangers.
//!
//! Somebody else's failures never lock a person out of the places where they work: the strict count is kept for the pair
//! of login and address, and the count of a login from everywhere binds only addresses from which that login never got in
//! (`known` says which did). So whoever has a thousand addresses gains little, and the owner at their desk notices nothing.
//! The count per address slows down who tries one password on many logins.
//!
//! A try counts from its beginning, or a thousand at once would all be the first. Names that nobody has are counted like
//! others, so waiting tells nothing.

use ringdesk_model::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

/// So many failures are free, per login and address …
const FREE: u32 = 5;
/// … per login, from addresses that it is not known at …
const FREE_PER_LOGIN: u32 = 30;
/// … and per address (a whole office may share one).
const FREE_PER_ADDRESS: u32 = 50;
/// People who share an address, as far as their slips of the finger are concerned.
const OFFICE: u32 = 5;
/// Tries of one address under way at a time: an office that starts its shift, not a flood.
const AT_ONCE: u32 = 64;
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);
/// A count is forgotten after so long without a failure.
const MEMORY: Duration = Duration::from_secs(3_600);
/// Counts kept of each kind. When full, the one longest without a try goes: an attacker with that many addresses gains
/// five tries.
const KEPT: usize = 10_000;
/// Bytes of a login, or an address, that are looked at. No login is so long: all that are share one count.
const LONGEST: usize = 128;

/// Wait before the next try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many failed logins; try again in {} s", .0.as_secs().max(1))]
pub struct TryLater(pub Duration);

/// The memory of failed logins. Lives in the process: a restart forgives.
///
/// `address`: what one attacker has one of; the caller shortens an IPv6 address to its /64.
#[derive(Clone, Debug, Default)]
pub struct LoginThrottle {
    pairs: Counts,
    logins: Counts,
    addresses: Counts,
}

#[derive(Clone, Debug, Default)]
struct Counts {
    by_key: BTreeMap<String, Count>,
    /// The same, longest without a try first.
    oldest: BTreeMap<u64, String>,
    next: u64,
}

#[derive(Clone, Copy, Debug)]
struct Count {
    failed: u32,
    under_way: u32,
    last: Timestamp,
    /// Whether a refusal since the last try was told of.
    told: bool,
    place: u64,
}

impl LoginThrottle {
    /// Begin a try, or hear how long to wait. What was begun ends with [`LoginThrottle::failed`] or
    /// [`LoginThrottle::succeeded`].
    pub fn begin(&mut self, now: Timestamp, login: &str, address: &str, known: bool) -> Result<(), TryLater> {
        let wait = self.wait(now, login, address, known);
        if !wait.is_zero() {
            return Err(TryLater(wait));
        }
        for (counts, key) in self.of(login, address, known) {
            counts.touch(now, &key).under_way += 1;
        }
        Ok(())
    }

    /// How long a try would have to wait.
    pub fn wait(&self, now: Timestamp, login: &str, address: &str, known: bool) -> Duration {
        let all = |count: &Count| count.failed.saturating_add(count.under_way);
        let pair = self.pairs.get(now, &pair(login, address)).map(|c| c.wait(now, all(&c), FREE));
        let login = self.logins.get(now, &short(login)).filter(|_| !known);
        let login = login.map(|c| c.wait(now, all(&c), FREE_PER_LOGIN));
        let address = self.addresses.get(now, &short(address)).map(|c| match c.under_way >= AT_ONCE {
            true => FIRST_WAIT,
            false => c.wait(now, c.failed, FREE_PER_ADDRESS),
        });
        [pair, login, address].into_iter().flatten().max().unwrap_or_default()
    }

    /// Whether a try has to be preceded by work, by a rule that leaves `free` failures for nothing: after so many of this login
    /// from this address, after so many of this login from anywhere it is not known at, or after [`OFFICE`] times as many
    /// of the address. Tries that are under way count, or a thousand at once would all be the first.
    pub fn is_laborious(&self, now: Timestamp, login: &str, address: &str, known: bool, free: u32) -> bool {
        let count = |counts: &Counts, key: &str| {
            counts.get(now, key).map_or(0, |count| count.failed.saturating_add(count.under_way))
        };
        count(&self.pairs, &pair(login, address)) >= free
            || (!known && count(&self.logins, &short(login)) >= free)
            || (!known && count(&self.addresses, &short(address)) >= free.saturating_mul(OFFICE))
    }

    pub fn failed(&mut self, now: Timestamp, login: &str, address: &str, known: bool) {
        for (counts, key) in self.of(login, address, known) {
            let count = counts.touch(now, &key);
            count.under_way = count.under_way.saturating_sub(1);
            count.failed = count.failed.saturating_add(1);
        }
    }

    /// The right password forgives the pair; the others keep their count, or one good login would free an attacker.
    pub fn succeeded(&mut self, login: &str, address: &str, known: bool) {
        for (counts, key) in self.of(login, address, known) {
            if let Some(count) = counts.by_key.get_mut(&key) {
                count.under_way = count.under_way.saturating_sub(1);
            }
        }
        self.pairs.forget(&pair(login, address));
    }

    /// It was no try after all: nothing is forgiven, and nothing counted.
    pub fn undone(&mut self, login: &str, address: &str, known: bool) {
        for (counts, key) in self.of(login, address, known) {
            if let Some(count) = counts.by_key.get_mut(&key) {
                count.under_way = count.under_way.saturating_sub(1);
            }
        }
    }

    /// The login has another password: what was tried of the old one does not count.
    pub fn forgive(&mut self, login: &str) {
        self.logins.forget(&short(login));
    }

    /// Whether a refusal is news: the first after a try. A flood of refused tries leaves one line, not a thousand.
    pub fn is_news(&mut self, login: &str, address: &str) -> bool {
        let counts = [(&mut self.pairs, pair(login, address)), (&mut self.addresses, short(address))];
        let mut told = true;
        for (counts, key) in counts {
            if let Some(count) = counts.by_key.get_mut(&key) {
                told &= std::mem::replace(&mut count.told, true);
            }
        }
        !told
    }

    /// Counts that are kept.
    pub fn kept(&self) -> usize {
        self.pairs.by_key.len() + self.logins.by_key.len() + self.addresses.by_key.len()
    }

    fn of(&mut self, login: &str, address: &str, known: bool) -> impl Iterator<Item = (&mut Counts, String)> {
        let strangers = (!known).then_some((&mut self.logins, short(login)));
        [(&mut self.pairs, pair(login, address)), (&mut self.addresses, short(address))].into_iter().chain(strangers)
    }
}

impl Counts {
    fn get(&self, now: Timestamp, key: &str) -> Option<Count> {
        self.by_key.get(key).copied().filter(|c| c.under_way > 0 || now.since(c.last) < MEMORY)
    }

    /// The count of this key, the newest of all from now on.
    fn touch(&mut self, now: Timestamp, key: &str) -> &mut Count {
        let before = self.get(now, key);
        self.forget(key);
        if self.by_key.len() >= KEPT
            && let Some((_, oldest)) = self.oldest.pop_first()
        {
            self.by_key.remove(&oldest);
        }
        self.next += 1;
        self.oldest.insert(self.next, key.to_owned());
        let (failed, under_way) = before.map_or((0, 0), |c| (c.failed, c.under_way));
        let count = Count { failed, under_way, last: now, told: false, place: self.next };
        self.by_key.entry(key.to_owned()).or_insert(count)
    }

    fn forget(&mut self, key: &str) {
        if let Some(count) = self.by_key.remove(key) {
            self.oldest.remove(&count.place);
        }
    }
}

impl Count {
    fn wait(&self, now: Timestamp, count: u32, free: u32) -> Duration {
        if count < free {
            return Duration::ZERO;
        }
        // One at a time from here on: a wait that is over is over for one.
        if self.under_way > 0 {
            return FIRST_WAIT;
        }
        let wait = FIRST_WAIT.saturating_mul(2u32.saturating_pow(count - free)).min(LONGEST_WAIT);
        wait.saturating_sub(now.since(self.last))
    }
}

fn short(text: &str) -> String {
    let end = (0..=text.len().min(LONGEST)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text[..end].to_lowercase()
}

fn pair(login: &str, address: &str) -> String {
    format!("{}\n{}", short(login), short(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "192.0.2.1";
    const BAD: &str = "198.51.100.9";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    impl LoginThrottle {
        fn guess(&mut self, at: Timestamp, login: &str, address: &str) -> Result<(), TryLater> {
            self.begin(at, login, address, false)?;
            self.failed(at, login, address, false);
            Ok(())
        }
    }

    /// Rows: S12.13
    #[test]
    fn the_wait_doubles_after_five_failures_and_ends() {
        let mut throttle = LoginThrottle::default();
        for _ in 0..5 {
            assert_eq!(throttle.guess(at(0), "Agent1", GOOD), Ok(()));
        }
        let mut now = 0;
        for wait in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
            assert_eq!(throttle.guess(at(now), "agent1", GOOD), Err(TryLater(Duration::from_secs(wait))));
            assert_eq!(throttle.guess(at(now + wait as i64 - 1), "agent1", GOOD), Err(TryLater(FIRST_WAIT)));
            now += wait as i64;
            assert_eq!(throttle.guess(at(now), "agent1", GOOD), Ok(()));
        }
        assert_eq!(throttle.wait(at(now + 3_600), "agent1", GOOD, false), Duration::ZERO);
        throttle.begin(at(now + 3_600), "agent1", GOOD, false).unwrap();
    }

    /// A thousand tries that begin before the first has ended are not a thousand first tries.
    ///
    /// Rows: S12.13
    #[test]
    fn tries_at_once_count_before_they_end() {
        let mut throttle = LoginThrottle::default();
        let begun = |t: &mut LoginThrottle, login: &dyn Fn(u32) -> String| {
            (0..1_000).filter(|n| t.begin(at(0), &login(*n), BAD, false).is_ok()).count()
        };
        assert_eq!(begun(&mut throttle, &|_| "agent1".into()), FREE as usize);
        assert_eq!(begun(&mut throttle, &|n| format!("user{n}")), (AT_ONCE - FREE) as usize);
        for n in 0..AT_ONCE - FREE {
            throttle.failed(at(0), &format!("user{n}"), BAD, false);
        }
        assert!(throttle.begin(at(0), "another", BAD, false).is_err(), "more than fifty failed");
        assert_eq!(throttle.begin(at(0), "another", GOOD, false), Ok(()));
    }

    /// Rows: S12.13
    #[test]
    fn an_attacker_locks_nobody_out_of_where_they_work() {
        let mut throttle = LoginThrottle::default();
        for n in 0..100 {
            let _ = throttle.guess(at(0), "agent1", &format!("198.51.100.{n}"));
        }
        assert!(throttle.begin(at(0), "agent1", "203.0.113.77", false).is_err(), "a further address gains nothing");
        assert_eq!(throttle.begin(at(0), "agent1", GOOD, true), Ok(()), "where the owner got in before");
        assert_eq!(throttle.begin(at(0), "agent2", "198.51.100.3", false), Ok(()));
        let wait = throttle.wait(at(0), "agent1", "203.0.113.77", false);
        assert!(wait <= LONGEST_WAIT);
        assert_eq!(throttle.begin(at(900), "agent1", "203.0.113.77", false), Ok(()), "it ends");
    }

    #[test]
    fn one_password_on_many_logins_is_slowed_by_address() {
        let mut throttle = LoginThrottle::default();
        let tried = (0..10_000).filter(|n| throttle.guess(at(0), &format!("user{n}"), BAD).is_ok()).count();
        assert_eq!(tried, FREE_PER_ADDRESS as usize);
        throttle.succeeded("user1", BAD, false);
        assert!(throttle.begin(at(0), "new", BAD, false).is_err(), "one good login does not free the address");
    }

    #[test]
    fn the_right_password_forgives() {
        let mut throttle = LoginThrottle::default();
        for _ in 0..4 {
            throttle.guess(at(0), "agent1", GOOD).unwrap();
        }
        throttle.begin(at(0), "agent1", GOOD, false).unwrap();
        throttle.succeeded("agent1", GOOD, false);
        for _ in 0..5 {
            assert_eq!(throttle.guess(at(0), "agent1", GOOD), Ok(()));
        }
    }

    /// Rows: S12.16
    #[test]
    fn work_is_asked_for_per_login_and_per_address_before_anybody_is_locked_out() {
        let mut throttle = LoginThrottle::default();
        let asks = |t: &LoginThrottle, login, address, known| t.is_laborious(at(0), login, address, known, 3);
        for n in 0..3 {
            assert!(!asks(&throttle, "agent1", BAD, false), "after {n}");
            throttle.guess(at(0), "agent1", BAD).unwrap();
        }
        assert!(asks(&throttle, "Agent1", BAD, false) && asks(&throttle, "agent1", BAD, true));
        assert_eq!(throttle.wait(at(0), "agent1", BAD, false), Duration::ZERO, "nobody waits yet");
        assert!(asks(&throttle, "agent1", "203.0.113.7", false), "the login, from anywhere new");
        assert!(!asks(&throttle, "agent1", GOOD, true), "not where its owner works");
        assert!(!asks(&throttle, "agent2", BAD, false), "nor another at the same address, after three");
        for n in 0..12 {
            throttle.guess(at(0), &format!("user{n}"), BAD).unwrap();
        }
        assert!(asks(&throttle, "agent2", BAD, false), "after fifteen of the address");
        assert!(!asks(&throttle, "agent2", BAD, true), "but not who is known there");
        throttle.begin(at(0), "agent1", BAD, true).unwrap();
        throttle.succeeded("agent1", BAD, true);
        assert!(!asks(&throttle, "agent1", BAD, true), "getting in clears it");
        assert!(!throttle.is_laborious(at(3_600), "agent2", BAD, false, 3), "and so does an hour");
        // Tries that are under way are counted.
        let mut throttle = LoginThrottle::default();
        for _ in 0..3 {
            throttle.begin(at(0), "agent1", BAD, false).unwrap();
        }
        assert!(asks(&throttle, "agent1", BAD, false));
    }

    #[test]
    fn a_refusal_is_news_once_per_try() {
        let mut throttle = LoginThrottle::default();
        while throttle.guess(at(0), "agent1", BAD).is_ok() {}
        assert!(throttle.is_news("agent1", BAD));
        assert!(!throttle.is_news("agent1", BAD) && !throttle.is_news("agent1", BAD));
        throttle.guess(at(1), "agent1", BAD).unwrap();
        assert!(throttle.is_news("agent1", BAD));
    }

    /// Rows: S12.13
    #[test]
    fn memory_is_bounded() {
        let mut throttle = LoginThrottle::default();
        let long = "x".repeat(200_000);
        for n in 0..12_000 {
            let address = format!("10.0.{}.{}", n / 256, n % 256);
            let _ = throttle.guess(at(n), &format!("{n}{long}"), &address);
            assert!(throttle.kept() <= 3 * KEPT);
        }
        for counts in [&throttle.pairs, &throttle.logins, &throttle.addresses] {
            assert_eq!((counts.by_key.len(), counts.oldest.len()), (KEPT, KEPT));
            assert!(counts.by_key.keys().all(|key| key.len() <= 2 * LONGEST + 1));
        }
        let mut throttle = LoginThrottle::default();
        let _ = throttle.guess(at(0), &"ä".repeat(200), &"字".repeat(200));
        assert_eq!(throttle.kept(), 3);
    }
}
