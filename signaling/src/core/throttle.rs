//! Who guesses passwords. A wrong answer to a challenge of ours is an attempt; who has made too many is not listened to
//! for a while: their credentials are not looked at, so nobody learns whether they were right.
//!
//! Attempts are counted by extension and address together, by address, and by extension over all addresses. The first
//! stops a telephone with a wrong password and leaves the other forty-nine behind the same NAT alone; the second stops who
//! tries one password for every extension; the third who has ten thousand addresses. Whoever is registered is not held up
//! by others: the very flow of a live registration never is, and an extension with a live registration at an address is
//! bound there only by its own attempts.
//!
//! An extension that does not exist is counted like one that does: this shows nobody which there are. All of it is
//! bounded, and forgotten when its attempts are free again.

use super::setup::{Rate, ThrottleSetup};
use ringdesk_model::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

/// No extension has a longer name; longer ones are counted as one.
const LONGEST: usize = 64;

/// Whose attempts are counted together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Guesser {
    /// One extension from one address.
    Pair(String, IpAddr),
    /// One address, whatever it tries.
    Address(IpAddr),
    /// One extension, from wherever.
    Extension(String),
}

/// What is known of whoever tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nothing.
    Stranger,
    /// The extension has a live registration at this address.
    Neighbour,
    /// The request came over the flow of a live registration of the extension.
    Registered,
}

/// One that is limited now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Throttled {
    pub extension: Option<String>,
    pub address: Option<IpAddr>,
    pub since: Timestamp,
    /// When the next attempt is free.
    pub until: Timestamp,
    /// Requests that were not looked at.
    pub refused: u64,
}

#[derive(Clone, Copy, Debug)]
struct Attempts {
    /// When all of them are free again. Each puts it off by one `every`, so it says how many there are.
    free: Timestamp,
    since: Option<Timestamp>,
    refused: u64,
}

pub(crate) struct Throttle {
    setup: ThrottleSetup,
    known: BTreeMap<Guesser, Attempts>,
    /// Who is forgotten next.
    order: BTreeSet<(Timestamp, Guesser)>,
}

impl Throttle {
    pub(crate) fn new(setup: ThrottleSetup) -> Throttle {
        Throttle { setup, known: BTreeMap::new(), order: BTreeSet::new() }
    }

    /// May credentials for this extension be looked at? Otherwise: when they may.
    pub(crate) fn check(
        &mut self,
        now: Timestamp,
        extension: &str,
        address: IpAddr,
        standing: Standing,
    ) -> Option<Timestamp> {
        let mut until = None;
        for guesser in guessers(extension, address, standing) {
            let rate = self.rate(&guesser);
            if let Some(attempts) = self.known.get_mut(&guesser)
                && let Some(at) = next_attempt(rate, attempts.free).filter(|at| *at > now)
            {
                attempts.refused += 1;
                until = until.max(Some(at));
            }
        }
        until
    }

    /// They were wrong. Who is limited because of it, and was not before.
    pub(crate) fn failed(
        &mut self,
        now: Timestamp,
        extension: &str,
        address: IpAddr,
        standing: Standing,
    ) -> Vec<Throttled> {
        let mut news = Vec::new();
        for guesser in guessers(extension, address, standing) {
            let rate = self.rate(&guesser);
            let mut attempts = match self.known.get(&guesser).copied() {
                Some(attempts) => attempts,
                None => Attempts { free: now, since: None, refused: 0 },
            };
            self.order.remove(&(attempts.free, guesser.clone()));
            attempts.free = attempts.free.max(now) + rate.every;
            if let Some(until) = next_attempt(rate, attempts.free).filter(|at| *at > now) {
                // Limited over and over again is limited once.
                if attempts.since.is_none() {
                    attempts.since = Some(now);
                    news.push(throttled(&guesser, now, until, attempts.refused));
                }
            }
            self.order.insert((attempts.free, guesser.clone()));
            self.known.insert(guesser, attempts);
        }
        while self.known.len() > self.setup.entries {
            // Whoever is nearest to innocence.
            if let Some((_, guesser)) = self.order.pop_first() {
                self.known.remove(&guesser);
            }
        }
        news
    }

    /// They were right: what this extension mistyped here before is forgiven.
    pub(crate) fn proven(&mut self, extension: &str, address: IpAddr) {
        self.forget(&Guesser::Pair(name(extension), neighbourhood(address)));
    }

    /// Forget whoever has all attempts free again.
    pub(crate) fn handle_timeout(&mut self, now: Timestamp) {
        while self.order.first().is_some_and(|(free, _)| *free <= now) {
            if let Some((_, guesser)) = self.order.pop_first() {
                self.known.remove(&guesser);
            }
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<Timestamp> {
        self.order.first().map(|(free, _)| *free)
    }

    /// Everybody who is limited now.
    pub(crate) fn throttled(&self, now: Timestamp) -> Vec<Throttled> {
        let limited = self.known.iter().filter_map(|(guesser, attempts)| {
            let until = next_attempt(self.rate(guesser), attempts.free).filter(|at| *at > now)?;
            Some(throttled(guesser, attempts.since.unwrap_or(now), until, attempts.refused))
        });
        limited.collect()
    }

    /// Let them try again at once: what concerns this address, or this extension, or both where both are given.
    pub(crate) fn lift(&mut self, extension: Option<&str>, address: Option<IpAddr>) -> usize {
        let (extension, address) = (extension.map(name), address.map(neighbourhood));
        let meant = |guesser: &Guesser| {
            let (theirs, at) = match guesser {
                Guesser::Pair(extension, address) => (Some(extension), Some(address)),
                Guesser::Address(address) => (None, Some(address)),
                Guesser::Extension(extension) => (Some(extension), None),
            };
            let fits =
                extension.as_ref().is_none_or(|e| theirs == Some(e)) && address.as_ref().is_none_or(|a| at == Some(a));
            fits && (extension.is_some() || address.is_some())
        };
        let lifted: Vec<Guesser> = self.known.keys().filter(|guesser| meant(guesser)).cloned().collect();
        for guesser in &lifted {
            self.forget(guesser);
        }
        lifted.len()
    }

    /// Everybody whose attempts are counted, limited or not.
    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }

    fn forget(&mut self, guesser: &Guesser) {
        if let Some(attempts) = self.known.remove(guesser) {
            self.order.remove(&(attempts.free, guesser.clone()));
        }
    }

    fn rate(&self, guesser: &Guesser) -> Rate {
        match guesser {
            Guesser::Pair(..) => self.setup.pair,
            Guesser::Address(_) => self.setup.address,
            Guesser::Extension(_) => self.setup.extension,
        }
    }
}

/// Whose attempts these are, and so who may hold them up.
fn guessers(extension: &str, address: IpAddr, standing: Standing) -> impl Iterator<Item = Guesser> {
    let (extension, address) = (name(extension), neighbourhood(address));
    let pair = Guesser::Pair(extension.clone(), address);
    let all = match standing {
        Standing::Registered => [None, None, None],
        Standing::Neighbour => [Some(pair), None, None],
        Standing::Stranger => [Some(pair), Some(Guesser::Address(address)), Some(Guesser::Extension(extension))],
    };
    all.into_iter().flatten()
}

/// When one more attempt is free; in the past where there are some.
fn next_attempt(rate: Rate, free: Timestamp) -> Option<Timestamp> {
    let spare = rate.every * rate.attempts.saturating_sub(1);
    i64::try_from(spare.as_micros()).ok().map(|spare| Timestamp(free.0.saturating_sub(spare)))
}

fn throttled(guesser: &Guesser, since: Timestamp, until: Timestamp, refused: u64) -> Throttled {
    let (extension, address) = match guesser.clone() {
        Guesser::Pair(extension, address) => (Some(extension), Some(address)),
        Guesser::Address(address) => (None, Some(address)),
        Guesser::Extension(extension) => (Some(extension), None),
    };
    Throttled { extension, address, since, until, refused }
}

fn name(extension: &str) -> String {
    if extension.len() <= LONGEST { extension.to_owned() } else { "(too long)".to_owned() }
}

/// Whoever has one IPv6 address usually has its whole /64.
pub(crate) fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(ip) => {
            let s = ip.segments();
            IpAddr::V6(Ipv6Addr::new(s[0], s[1], s[2], s[3], 0, 0, 0, 0))
        }
        ip => ip,
    }
}

/// How long until then, in whole seconds, for `Retry-After`.
pub(crate) fn seconds_until(now: Timestamp, until: Timestamp) -> u64 {
    until.since(now).as_micros().div_ceil(Duration::from_secs(1).as_micros()) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(1_000_000_000);

    fn at(seconds: u64) -> Timestamp {
        START + Duration::from_secs(seconds)
    }

    fn ip(last: u8) -> IpAddr {
        IpAddr::from([198, 51, 100, last])
    }

    fn throttle() -> Throttle {
        let rate = |attempts, seconds| Rate { attempts, every: Duration::from_secs(seconds) };
        Throttle::new(ThrottleSetup { pair: rate(3, 10), address: rate(6, 2), extension: rate(8, 1), entries: 50 })
    }

    /// Try, and be wrong.
    fn guess(throttle: &mut Throttle, now: Timestamp, extension: &str, address: IpAddr) -> bool {
        let free = throttle.check(now, extension, address, Standing::Stranger).is_none();
        if free {
            throttle.failed(now, extension, address, Standing::Stranger);
        }
        free
    }

    #[test]
    fn three_attempts_and_then_one_in_ten_seconds() {
        let mut throttle = throttle();
        let got = (0..9).filter(|_| guess(&mut throttle, START, "2001", ip(1))).count();
        assert_eq!(got, 3);
        assert_eq!(throttle.check(at(4), "2001", ip(1), Standing::Stranger), Some(at(10)));
        assert!(guess(&mut throttle, at(10), "2001", ip(1)));
        assert!(!guess(&mut throttle, at(19), "2001", ip(1)));
        assert!(guess(&mut throttle, at(20), "2001", ip(1)));
        let all = throttle.throttled(at(20));
        assert_eq!(all.len(), 1, "{all:?}");
        assert_eq!((all[0].extension.as_deref(), all[0].address), (Some("2001"), Some(ip(1))));
        assert_eq!((all[0].since, all[0].until, all[0].refused), (START, at(30), 8));
    }

    #[test]
    fn limited_is_said_once() {
        let mut throttle = throttle();
        let mut told = 0;
        for second in 0..100 {
            if throttle.check(at(second), "2001", ip(1), Standing::Stranger).is_none() {
                told += throttle.failed(at(second), "2001", ip(1), Standing::Stranger).len();
            }
        }
        assert_eq!(told, 1);
        // When all attempts were free for a while, it is news again.
        throttle.handle_timeout(at(1_000));
        for _ in 0..3 {
            told += throttle.failed(at(1_000), "2001", ip(1), Standing::Stranger).len();
        }
        assert_eq!(told, 2);
    }

    /// One password for every extension, from one address; one extension from everywhere.
    #[test]
    fn spraying_is_guessing() {
        let mut throttle = throttle();
        let got = (0..20).filter(|n| guess(&mut throttle, START, &format!("{n}"), ip(1))).count();
        assert_eq!(got, 6);
        assert!(guess(&mut throttle, START, "19", ip(2)), "another address is another matter");
        let got = (100..120).filter(|n| guess(&mut throttle, START, "2001", ip(*n))).count();
        assert_eq!(got, 8);
    }

    /// Who is registered is not held up by what others do from the same address, or to the same extension.
    #[test]
    fn the_registered_are_not_held_up() {
        let mut throttle = throttle();
        for n in 0..20 {
            guess(&mut throttle, START, &format!("{n}"), ip(1));
            guess(&mut throttle, START, "2001", ip(100 + n));
        }
        let mut free = |extension, standing| throttle.check(START, extension, ip(1), standing).is_none();
        assert!(!free("2001", Standing::Stranger));
        assert!(free("2001", Standing::Neighbour));
        assert!(free("2001", Standing::Registered));
        // Its own mistakes count, but for its own flow.
        for _ in 0..3 {
            throttle.failed(START, "2001", ip(1), Standing::Neighbour);
            throttle.failed(START, "2002", ip(1), Standing::Registered);
        }
        assert!(throttle.check(START, "2001", ip(1), Standing::Neighbour).is_some());
        assert!(throttle.check(START, "2001", ip(1), Standing::Registered).is_none());
        assert!(throttle.check(START, "2002", ip(1), Standing::Neighbour).is_none());
    }

    #[test]
    fn a_right_password_forgives_what_was_mistyped() {
        let mut throttle = throttle();
        for _ in 0..40 {
            guess(&mut throttle, START, "2001", ip(1));
            throttle.proven("2001", ip(1));
            throttle.lift(None, Some(ip(1)));
        }
        assert!(throttle.check(START, "2001", ip(1), Standing::Neighbour).is_none());
        assert!(
            throttle.check(START, "2001", ip(1), Standing::Stranger).is_some(),
            "over all addresses it still counts"
        );
    }

    #[test]
    fn it_is_lifted_by_whom_it_concerns() {
        let mut throttle = throttle();
        for _ in 0..3 {
            guess(&mut throttle, START, "2001", ip(1));
            guess(&mut throttle, START, "2002", ip(2));
        }
        assert_eq!(throttle.lift(None, None), 0, "nobody is meant");
        assert_eq!(throttle.lift(Some("2001"), Some(ip(2))), 0);
        assert_eq!(throttle.lift(Some("2001"), Some(ip(1))), 1);
        assert!(guess(&mut throttle, START, "2001", ip(1)));
        assert_eq!(throttle.lift(Some("2002"), None), 2, "the pair, and the extension");
        assert_eq!(throttle.lift(None, Some(ip(1))), 2, "the pair, and the address");
    }

    #[test]
    fn it_is_bounded_and_the_guilty_stay_longest() {
        let mut throttle = throttle();
        for _ in 0..3 {
            guess(&mut throttle, START, "2001", ip(1));
        }
        for n in 0..1_000u32 {
            throttle.failed(START, &format!("x{n}"), IpAddr::from(n.to_be_bytes()), Standing::Stranger);
            assert!(throttle.len() <= 50 && throttle.order.len() == throttle.known.len());
        }
        assert!(throttle.check(START, "2001", ip(1), Standing::Stranger).is_some());
        let long = "9".repeat(10_000);
        throttle.failed(START, &long, ip(3), Standing::Stranger);
        assert!(throttle.known.keys().all(|g| !matches!(g, Guesser::Pair(e, _) if e.len() > LONGEST)));
        let mut now = START;
        while let Some(next) = throttle.poll_timeout() {
            assert!(next > now);
            now = next;
            throttle.handle_timeout(now);
        }
        assert_eq!((throttle.len(), throttle.order.len()), (0, 0));
        assert!(now <= at(40));
    }

    #[test]
    fn an_ipv6_network_is_one_address() {
        let mut throttle = throttle();
        let ip = |last: u16| IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, last));
        let got = (0..20).filter(|n| guess(&mut throttle, START, "2001", ip(*n))).count();
        assert_eq!(got, 3);
        let mapped: IpAddr = "::ffff:198.51.100.1".parse().unwrap();
        assert_eq!(neighbourhood(mapped), IpAddr::from([198, 51, 100, 1]));
        assert_eq!(seconds_until(at(0), at(3)), 3);
        assert_eq!(seconds_until(at(0), START + Duration::from_millis(2_001)), 3);
    }
}
