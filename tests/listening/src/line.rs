//! A bad line: which packets come through, when, and how often. A law without state: the same seed, the same fate.

use std::time::Duration;

/// What it does to packets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// Share that never comes.
    pub loss: f64,
    /// Delays lie so far about their middle, evenly: beyond half a packet's time they change the order.
    pub jitter: Duration,
    /// Share that comes twice.
    pub duplicates: f64,
    pub seed: u64,
}

impl Line {
    /// One that does nothing.
    pub const GOOD: Line = Line { loss: 0.0, jitter: Duration::ZERO, duplicates: 0.0, seed: 0 };

    /// S4.4's: 5 % of the packets are lost, those that come are up to 40 ms early or late, one of a hundred comes twice.
    pub const fn bad(seed: u64) -> Line {
        Line { loss: 0.05, jitter: Duration::from_millis(40), duplicates: 0.01, seed }
    }

    /// When the copies of the n-th packet arrive, counted from its sending; none: it is lost.
    pub fn fate(&self, n: u64) -> Vec<Duration> {
        if self.chance(n, 0) < self.loss {
            return Vec::new();
        }
        let delay = |salt| self.jitter.mul_f64(2.0 * self.chance(n, salt));
        let mut copies = vec![delay(1)];
        if self.chance(n, 2) < self.duplicates {
            copies.push(delay(3));
        }
        copies
    }

    /// Evenly from 0 to 1 (SplitMix64).
    fn chance(&self, n: u64, salt: u64) -> f64 {
        let mut z = self.seed ^ (4 * n + salt + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for factor in [0xbf58_476d_1ce4_e5b9u64, 0x94d0_49bb_1331_11eb] {
            z = (z ^ (z >> 29)).wrapping_mul(factor);
        }
        ((z ^ (z >> 32)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_does_what_it_says_and_the_same_again() {
        let (line, many) = (Line::bad(7), 20_000);
        let fates: Vec<Vec<Duration>> = (0..many).map(|n| line.fate(n)).collect();
        assert_eq!(fates, (0..many).map(|n| line.fate(n)).collect::<Vec<_>>());
        assert_ne!(fates, (0..many).map(|n| Line::bad(8).fate(n)).collect::<Vec<_>>());
        let share = |count: usize| count as f64 / many as f64;
        assert!((share(fates.iter().filter(|f| f.is_empty()).count()) - 0.05).abs() < 0.005);
        assert!((share(fates.iter().filter(|f| f.len() == 2).count()) - 0.0095).abs() < 0.003);
        let delays: Vec<u128> = fates.iter().flatten().map(Duration::as_millis).collect();
        assert!(delays.iter().min() == Some(&0) && delays.iter().max() == Some(&79));
        // Losses come in no rows: two together as often as chance has it.
        let pairs = fates.windows(2).filter(|w| w[0].is_empty() && w[1].is_empty()).count();
        assert!((share(pairs) - 0.0025).abs() < 0.001, "{pairs}");
        // A packet overtakes the one before it about as often as it does not come long after it.
        let sent = |n: usize| Duration::from_millis(20 * n as u64);
        let came = |n: usize| fates[n].first().map(|d| *d + sent(n));
        let overtaken = (1..fates.len()).filter(|n| came(*n).zip(came(n - 1)).is_some_and(|(a, b)| a < b)).count();
        assert!(share(overtaken) > 0.2, "{overtaken}");
        assert!((0..100).all(|n| Line::GOOD.fate(n) == [Duration::ZERO]));
    }
}
