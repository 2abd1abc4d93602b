//! Token buckets for sources of which we know nothing. Pure: time is an argument.
//!
//! Two buckets have to agree: one per source, so that one scanner cannot use up what a stranger's call needs, and one for
//! all unknown sources together, so that ten thousand scanners cannot either.

use super::limits::AGAIN;
use crate::config::BudgetConfig;
use crate::core::throttle::neighbourhood;
use ringdesk_model::Timestamp;
use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

/// A bucket holds milli-tokens, so that slow rates need no fractions.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: u64,
    filled: Timestamp,
}

const TOKEN: u64 = 1_000;

impl Bucket {
    fn full(now: Timestamp, burst: u32) -> Bucket {
        Bucket { tokens: u64::from(burst) * TOKEN, filled: now }
    }

    /// When it is full again, if nothing more is taken.
    fn full_at(&self, now: Timestamp, per_second: u32, burst: u32) -> Timestamp {
        let missing = (u64::from(burst) * TOKEN).saturating_sub(self.tokens);
        now + Duration::from_millis(missing.div_ceil(u64::from(per_second.max(1))))
    }

    fn refill(&mut self, now: Timestamp, per_second: u32, burst: u32) {
        // One milli-token per `rate` milliseconds; time below a millisecond stays in `filled`.
        let passed = now.since(self.filled).as_millis() as u64;
        self.filled += Duration::from_millis(passed);
        let fresh = passed.saturating_mul(u64::from(per_second));
        self.tokens = self.tokens.saturating_add(fresh).min(u64::from(burst) * TOKEN);
    }
}

/// That somebody has used up a bucket, until it is full again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Excess {
    pub(crate) since: Timestamp,
    /// When it was said for the last time.
    told: Timestamp,
    pub(crate) refused: u64,
}

#[derive(Debug)]
struct Source {
    bucket: Bucket,
    excess: Option<Excess>,
}

#[derive(Debug)]
pub(crate) struct Budget {
    config: BudgetConfig,
    all: Source,
    // Looked up only, or told as a whole; nothing depends on its order.
    sources: HashMap<IpAddr, Source>,
    swept: Timestamp,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    Token,
    /// Nothing was left. `news`: of this source, and it was not said for a while.
    Nothing {
        news: bool,
    },
}

/// Sources are forgotten in sweeps, and a flood of new ones must not cause one sweep each.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

impl Budget {
    pub(crate) fn new(config: BudgetConfig, now: Timestamp) -> Budget {
        let all = Source { bucket: Bucket::full(now, config.all_burst), excess: None };
        Budget { all, config, sources: HashMap::new(), swept: now }
    }

    /// Take one token of `source` and one of all; nothing is taken when either has none.
    pub(crate) fn take(&mut self, now: Timestamp, source: IpAddr) -> Taken {
        let BudgetConfig { per_second, burst, all_per_second, all_burst, sources: most } = self.config;
        let key = neighbourhood(source);
        self.all.refill(now, all_per_second, all_burst);
        if !self.sources.contains_key(&key) && self.sources.len() >= most && !self.sweep(now) {
            self.all.refuse(now);
            return Taken::Nothing { news: false };
        }
        let fresh = || Source { bucket: Bucket::full(now, burst), excess: None };
        let own = self.sources.entry(key).or_insert_with(fresh);
        own.refill(now, per_second, burst);
        if own.bucket.tokens < TOKEN {
            return Taken::Nothing { news: own.refuse(now) };
        }
        if self.all.bucket.tokens < TOKEN {
            self.all.refuse(now);
            return Taken::Nothing { news: false };
        }
        own.bucket.tokens -= TOKEN;
        self.all.bucket.tokens -= TOKEN;
        Taken::Token
    }

    /// Forget sources whose bucket is full again: a new bucket would be no different. True: there is room now.
    pub(crate) fn sweep(&mut self, now: Timestamp) -> bool {
        if now.since(self.swept) >= SWEEP_EVERY {
            self.swept = now;
            let BudgetConfig { per_second, burst, .. } = self.config;
            self.sources.retain(|_, source| {
                source.refill(now, per_second, burst);
                source.bucket.tokens < u64::from(burst) * TOKEN
            });
        }
        self.sources.len() < self.config.sources
    }

    /// Sources kept in mind.
    pub(crate) fn len(&self) -> usize {
        self.sources.len()
    }

    /// Who has used up what it had, and when that is over; `None`: all of them together.
    pub(crate) fn excesses(&mut self, now: Timestamp) -> Vec<(Option<IpAddr>, Excess, Timestamp)> {
        let BudgetConfig { per_second, burst, all_per_second, all_burst, .. } = self.config;
        self.all.refill(now, all_per_second, all_burst);
        let all = self.all.excess.map(|excess| (None, excess, self.all.bucket.full_at(now, all_per_second, all_burst)));
        let each = self.sources.iter_mut().filter_map(|(ip, source)| {
            source.refill(now, per_second, burst);
            Some((Some(*ip), source.excess?, source.bucket.full_at(now, per_second, burst)))
        });
        let mut found: Vec<_> = each.chain(all).collect();
        found.sort_by_key(|(ip, ..)| *ip);
        found
    }

    /// Give this source a new bucket. False: it had a full one.
    pub(crate) fn lift(&mut self, source: IpAddr) -> bool {
        self.sources.remove(&neighbourhood(source)).is_some_and(|source| source.excess.is_some())
    }
}

impl Source {
    fn refill(&mut self, now: Timestamp, per_second: u32, burst: u32) {
        self.bucket.refill(now, per_second, burst);
        if self.bucket.tokens >= u64::from(burst) * TOKEN {
            self.excess = None;
        }
    }

    /// True: it is time to say so.
    fn refuse(&mut self, now: Timestamp) -> bool {
        match &mut self.excess {
            Some(excess) => {
                excess.refused += 1;
                let again = now.since(excess.told) >= AGAIN;
                if again {
                    excess.told = now;
                }
                again
            }
            None => {
                self.excess = Some(Excess { since: now, told: now, refused: 1 });
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv6Addr;

    const START: Timestamp = Timestamp(1_000_000);

    fn budget(sources: usize) -> Budget {
        let config = BudgetConfig { per_second: 2, burst: 3, all_per_second: 4, all_burst: 5, sources };
        Budget::new(config, START)
    }

    fn source(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    fn took(budget: &mut Budget, now: Timestamp, source: IpAddr) -> bool {
        budget.take(now, source) == Taken::Token
    }

    #[test]
    fn excess_is_said_at_once_and_once_in_a_minute() {
        let mut budget = budget(10);
        let mut told = 0;
        for ms in (0..119_000).step_by(50) {
            let now = START + Duration::from_millis(ms);
            told += usize::from(budget.take(now, source(1)) == Taken::Nothing { news: true });
        }
        assert_eq!(told, 2);
        let end = START + Duration::from_millis(119_000);
        let found = budget.excesses(end);
        assert_eq!(found.len(), 1, "{found:?}");
        let (ip, excess, until) = found[0];
        assert_eq!((ip, excess.since), (Some(source(1)), START + Duration::from_millis(150)));
        assert!(excess.refused > 2_000 && until > end && until <= end + Duration::from_millis(1_500));
        assert_eq!(budget.excesses(until), [], "its bucket is full");
        assert!(!budget.lift(source(1)));
    }

    #[test]
    fn a_lifted_source_has_its_burst_again() {
        let mut budget = budget(10);
        assert_eq!((0..9).filter(|_| took(&mut budget, START, source(1))).count(), 3);
        assert!(budget.lift(source(1)));
        assert!(took(&mut budget, START, source(1)));
        assert!(!budget.lift(source(2)));
    }

    #[test]
    fn a_source_gets_its_burst_and_then_its_rate() {
        let mut budget = budget(10);
        let got = (0..9).filter(|_| took(&mut budget, START, source(1))).count();
        assert_eq!(got, 3);
        assert!(!took(&mut budget, START + Duration::from_millis(499), source(1)));
        assert!(took(&mut budget, START + Duration::from_millis(500), source(1)));
        assert!(!took(&mut budget, START + Duration::from_millis(999), source(1)));
        assert!(took(&mut budget, START + Duration::from_millis(1_000), source(1)));
    }

    #[test]
    fn all_together_share_a_second_bucket() {
        let mut budget = budget(10);
        let got = (1..=9).filter(|n| took(&mut budget, START, source(*n))).count();
        assert_eq!(got, 5);
        let found = budget.excesses(START);
        assert_eq!((found.len(), found[0].0, found[0].1.refused), (1, None, 4), "nobody alone did too much");
        assert!(took(&mut budget, START + Duration::from_millis(250), source(9)));
    }

    #[test]
    fn a_full_memory_takes_nobody_new_until_somebody_is_forgotten() {
        let mut budget = budget(2);
        assert!(took(&mut budget, START, source(1)));
        assert!(took(&mut budget, START, source(2)));
        assert!(!took(&mut budget, START, source(3)));
        assert!(took(&mut budget, START, source(2)), "those in mind go on");
        let later = START + Duration::from_secs(2);
        assert!(took(&mut budget, later, source(3)), "both are full again and forgotten");
        assert_eq!(budget.len(), 1);
        assert!(budget.sweep(later + Duration::from_secs(2)));
        assert_eq!(budget.len(), 0);
    }

    #[test]
    fn an_ipv6_network_is_one_source() {
        let mut budget = budget(10);
        let got = (0..9u16)
            .filter(|n| took(&mut budget, START, Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, *n).into()))
            .count();
        assert_eq!(got, 3);
    }
}
