//! Token buckets for sources of which we know nothing. Pure: time is an argument.
//!
//! Two buckets have to agree: one per source, so that one scanner cannot use up what a stranger's call needs, and one for
//! all unknown sources together, so that ten thousand scanners cannot either.

use crate::config::BudgetConfig;
use ringdesk_model::Timestamp;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};

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

    fn refill(&mut self, now: Timestamp, per_second: u32, burst: u32) {
        // One milli-token per `rate` milliseconds; time below a millisecond stays in `filled`.
        let passed = now.since(self.filled).as_millis() as u64;
        self.filled += std::time::Duration::from_millis(passed);
        let fresh = passed.saturating_mul(u64::from(per_second));
        self.tokens = self.tokens.saturating_add(fresh).min(u64::from(burst) * TOKEN);
    }
}

#[derive(Debug)]
pub(crate) struct Budget {
    config: BudgetConfig,
    all: Bucket,
    // Looked up only; nothing depends on its order.
    sources: HashMap<IpAddr, Bucket>,
    swept: Timestamp,
}

/// Sources are forgotten in sweeps, and a flood of new ones must not cause one sweep each.
const SWEEP_EVERY: std::time::Duration = std::time::Duration::from_secs(1);

impl Budget {
    pub(crate) fn new(config: BudgetConfig, now: Timestamp) -> Budget {
        Budget { all: Bucket::full(now, config.all_burst), config, sources: HashMap::new(), swept: now }
    }

    /// Take one token of `source` and one of all; nothing is taken when either has none.
    pub(crate) fn take(&mut self, now: Timestamp, source: IpAddr) -> bool {
        let BudgetConfig { per_second, burst, all_per_second, all_burst, sources: most } = self.config;
        let key = neighbourhood(source);
        if !self.sources.contains_key(&key) && self.sources.len() >= most && !self.sweep(now) {
            return false;
        }
        self.all.refill(now, all_per_second, all_burst);
        let own = self.sources.entry(key).or_insert_with(|| Bucket::full(now, burst));
        own.refill(now, per_second, burst);
        if own.tokens < TOKEN || self.all.tokens < TOKEN {
            return false;
        }
        own.tokens -= TOKEN;
        self.all.tokens -= TOKEN;
        true
    }

    /// Forget sources whose bucket is full again: a new bucket would be no different. True: there is room now.
    fn sweep(&mut self, now: Timestamp) -> bool {
        if now.since(self.swept) >= SWEEP_EVERY {
            self.swept = now;
            let BudgetConfig { per_second, burst, .. } = self.config;
            self.sources.retain(|_, bucket| {
                bucket.refill(now, per_second, burst);
                bucket.tokens < u64::from(burst) * TOKEN
            });
        }
        self.sources.len() < self.config.sources
    }
}

/// Whoever has one IPv6 address usually has its whole /64.
fn neighbourhood(source: IpAddr) -> IpAddr {
    match source {
        IpAddr::V4(_) => source,
        IpAddr::V6(ip) => {
            let s = ip.segments();
            IpAddr::V6(Ipv6Addr::new(s[0], s[1], s[2], s[3], 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const START: Timestamp = Timestamp(1_000_000);

    fn budget(sources: usize) -> Budget {
        let config = BudgetConfig { per_second: 2, burst: 3, all_per_second: 4, all_burst: 5, sources };
        Budget::new(config, START)
    }

    fn source(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn a_source_gets_its_burst_and_then_its_rate() {
        let mut budget = budget(10);
        let got = (0..9).filter(|_| budget.take(START, source(1))).count();
        assert_eq!(got, 3);
        assert!(!budget.take(START + Duration::from_millis(499), source(1)));
        assert!(budget.take(START + Duration::from_millis(500), source(1)));
        assert!(!budget.take(START + Duration::from_millis(999), source(1)));
        assert!(budget.take(START + Duration::from_millis(1_000), source(1)));
    }

    #[test]
    fn all_together_share_a_second_bucket() {
        let mut budget = budget(10);
        let got = (1..=9).filter(|n| budget.take(START, source(*n))).count();
        assert_eq!(got, 5);
        assert!(budget.take(START + Duration::from_millis(250), source(9)));
    }

    #[test]
    fn a_full_memory_takes_nobody_new_until_somebody_is_forgotten() {
        let mut budget = budget(2);
        assert!(budget.take(START, source(1)));
        assert!(budget.take(START, source(2)));
        assert!(!budget.take(START, source(3)));
        assert!(budget.take(START, source(2)), "those in mind go on");
        let later = START + Duration::from_secs(2);
        assert!(budget.take(later, source(3)), "both are full again and forgotten");
    }

    #[test]
    fn an_ipv6_network_is_one_source() {
        let mut budget = budget(10);
        let got =
            (0..9u16).filter(|n| budget.take(START, Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, *n).into())).count();
        assert_eq!(got, 3);
    }
}
