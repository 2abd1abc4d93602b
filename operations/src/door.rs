//! The door: how passwords are tried. What a try costs, how many may be tried, and by whom.
//!
//! Every try costs the same, whoever it is for: the throttle knows no users, and an unknown login is compared with the hash
//! of nobody's password. Argon2 is slow on purpose, so few run at a time, and few wait for their turn. Who got in from this
//! address before waits in a line of their own: a flood of strangers keeps nobody from their work.

use crate::OperationError;
use crate::secrets::{hash_password, password_fits};
use ringdesk_access::{LoginThrottle, TryLater};
use ringdesk_model::Timestamp;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// Passwords of strangers hashed at a time; each takes 19 MiB and a core for some tens of milliseconds.
const HASHERS: usize = 2;
/// Of those who are known here, or signed in.
const HASHERS_KNOWN: usize = 1;
/// Tries of strangers that wait for a hasher. A further one is asked to come back.
const WAITING: usize = 256;
/// Hashed in place of an unknown login's password, so that the answer takes as long.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGlzIGhlcmU$YMfV1D5S8cZC6UEQe1fGjUSi5PwWsq6YV0eR0f4SxJo";

pub(crate) struct Door {
    throttle: Mutex<LoginThrottle>,
    hashers: Semaphore,
    known: Semaphore,
    waiting: Semaphore,
    counts: Counts,
}

#[derive(Default)]
struct Counts {
    ok: AtomicU64,
    failed: AtomicU64,
    refused: AtomicU64,
    checks: AtomicU64,
}

impl Default for Door {
    fn default() -> Self {
        Door {
            throttle: Mutex::default(),
            hashers: Semaphore::new(HASHERS),
            known: Semaphore::new(HASHERS_KNOWN),
            waiting: Semaphore::new(WAITING),
            counts: Counts::default(),
        }
    }
}

/// A try that was let in. Dropped without an end it has failed: who hangs up does not try for nothing.
pub(crate) struct Try<'a> {
    door: &'a Door,
    now: Timestamp,
    login: String,
    address: String,
    known: bool,
    begun: Instant,
    ended: bool,
}

/// A try that has to wait, and whether that is worth a line.
pub(crate) struct Refused {
    pub(crate) wait: TryLater,
    pub(crate) news: bool,
}

impl Door {
    /// How long strangers at this address have to wait in any case; asked before the store is.
    pub(crate) fn check(&self, now: Timestamp, login: &str, address: &str) -> Result<(), Refused> {
        let wait = self.throttle().wait(now, login, address, true);
        if wait.is_zero() { Ok(()) } else { Err(self.refuse(login, address, TryLater(wait))) }
    }

    /// Whether this try has to be preceded by work.
    pub(crate) fn is_laborious(&self, now: Timestamp, login: &str, address: &str, known: bool, free: u32) -> bool {
        self.throttle().is_laborious(now, login, address, known, free)
    }

    pub(crate) fn begin(&self, now: Timestamp, login: &str, address: &str, known: bool) -> Result<Try<'_>, Refused> {
        let begun = self.throttle().begin(now, login, address, known);
        match begun {
            Ok(()) => Ok(Try {
                door: self,
                now,
                login: login.to_owned(),
                address: address.to_owned(),
                known,
                begun: Instant::now(),
                ended: false,
            }),
            Err(wait) => Err(self.refuse(login, address, wait)),
        }
    }

    /// Somebody who is signed in types a code. Guesses are counted apart from those of passwords.
    pub(crate) fn begin_code(&self, now: Timestamp, login: &str) -> Result<Try<'_>, Refused> {
        self.begin(now, login, &format!("codes of {login}"), true)
    }

    fn refuse(&self, login: &str, address: &str, wait: TryLater) -> Refused {
        self.counts.refused.fetch_add(1, Ordering::Relaxed);
        Refused { wait, news: self.throttle().is_news(login, address) }
    }

    /// This login has a new password.
    pub(crate) fn forgive(&self, login: &str) {
        self.throttle().forgive(login);
    }

    pub(crate) async fn hash(&self, password: &str) -> Result<String, OperationError> {
        let password = password.to_owned();
        slowly(&self.known, move || hash_password(&password)).await?
    }

    /// Since the start, by the names under which they are exported.
    pub(crate) fn figures(&self) -> Vec<(&'static str, u64)> {
        let get = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let Counts { ok, failed, refused, checks } = &self.counts;
        vec![
            ("logins_ok_total", get(ok)),
            ("logins_failed_total", get(failed)),
            ("logins_refused_total", get(refused)),
            ("password_checks_total", get(checks)),
            ("login_counts_kept", self.throttle().kept() as u64),
        ]
    }

    fn throttle(&self) -> std::sync::MutexGuard<'_, LoginThrottle> {
        self.throttle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Try<'_> {
    /// Whether the password is the one of this hash; of nobody's it never is.
    pub(crate) async fn fits(&self, password: &str, hash: Option<&str>) -> Result<bool, OperationError> {
        let (password, hash) = (password.to_owned(), hash.unwrap_or(NOBODY).to_owned());
        let _place = match self.known {
            true => None,
            false => Some(self.door.waiting.try_acquire().map_err(|_| TryLater(Duration::from_secs(1)))?),
        };
        self.door.counts.checks.fetch_add(1, Ordering::Relaxed);
        let line = if self.known { &self.door.known } else { &self.door.hashers };
        slowly(line, move || password_fits(&password, &hash)).await
    }

    /// Neither: the password was right, and a code is wanted. The count of wrong codes stays.
    pub(crate) fn halfway(mut self) {
        self.ended = true;
        self.door.throttle().undone(&self.login, &self.address, self.known);
    }

    pub(crate) fn succeeded(mut self) {
        self.ended = true;
        self.door.counts.ok.fetch_add(1, Ordering::Relaxed);
        self.door.throttle().succeeded(&self.login, &self.address, self.known);
    }
}

impl Drop for Try<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.door.counts.failed.fetch_add(1, Ordering::Relaxed);
            // The wait begins now.
            let now = self.now + self.begun.elapsed();
            self.door.throttle().failed(now, &self.login, &self.address, self.known);
        }
    }
}

/// On a blocking thread, a few at a time: a flood of logins costs neither the calls' cores nor all memory.
async fn slowly<T: Send + 'static>(
    line: &Semaphore,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, OperationError> {
    let _turn = line.acquire().await.map_err(|_| OperationError::Internal("shutting down"))?;
    tokio::task::spawn_blocking(work).await.map_err(|_| OperationError::Internal("hashing failed"))
}

/// What one attacker has one of: an IPv4 address, or a /64 of IPv6.
pub(crate) fn place_of(address: &str) -> String {
    match address.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
        Ok(IpAddr::V6(ip)) => Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64).to_string() + "/64",
        Ok(ip) => ip.to_string(),
        Err(_) => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A hash that does not parse would answer at once and so tell which logins exist.
    ///
    /// Rows: S12.13
    #[test]
    fn an_unknown_login_costs_as_much_as_a_wrong_password() {
        let hash = argon2::password_hash::phc::PasswordHash::new(NOBODY).unwrap();
        let real = hash_password("anything").unwrap();
        let real = argon2::password_hash::phc::PasswordHash::new(&real).unwrap();
        assert_eq!((hash.algorithm, hash.version, &hash.params), (real.algorithm, real.version, &real.params));
        assert_eq!(hash.hash.unwrap().len(), real.hash.unwrap().len());
    }

    #[test]
    fn an_attacker_has_one_place() {
        for (address, place) in [
            ("192.0.2.1", "192.0.2.1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
            ("unknown", "unknown"),
        ] {
            assert_eq!(place_of(address), place);
        }
    }

    /// A try that nobody waits for any more counts.
    #[tokio::test]
    async fn hanging_up_is_a_failure() {
        let door = Door::default();
        for _ in 0..5 {
            drop(door.begin(Timestamp(0), "agent1", "192.0.2.1", false).ok().unwrap());
        }
        assert!(door.begin(Timestamp(0), "agent1", "192.0.2.1", false).is_err());
        assert!(door.check(Timestamp(0), "agent1", "192.0.2.1").is_err());
        assert!(door.check(Timestamp(0), "agent2", "192.0.2.1").is_ok());
    }

    /// However many strangers wait, who is known here does not wait behind them.
    ///
    /// Rows: S12.13
    #[tokio::test]
    async fn the_known_have_a_line_of_their_own() {
        let door = Door::default();
        let _busy = door.hashers.acquire_many(HASHERS as u32).await.unwrap();
        let _waiting = door.waiting.acquire_many(WAITING as u32).await.unwrap();
        let stranger = door.begin(Timestamp(0), "agent1", "198.51.100.9", false).ok().unwrap();
        assert!(matches!(stranger.fits("x", None).await, Err(OperationError::TryLater(_))));
        let known = door.begin(Timestamp(0), "agent1", "192.0.2.1", true).ok().unwrap();
        assert!(!known.fits("x", None).await.unwrap());
    }
}
