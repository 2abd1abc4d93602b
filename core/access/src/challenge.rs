//! Work that is asked for before a password is looked at: a number whose hash, together with a seed, begins with so many zero bits.
//!
//! A browser finds one in a second, and nobody has to see or hear anything; who guesses thousands of passwords pays thousands of
//! seconds. No third party takes part. The seed, who signs it and how it is hashed are `operations`' business; here is
//! what solves it, the rule when it is asked for, and which seeds were used.

use ringdesk_model::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Seeds that are remembered as used. They live for minutes, and each was paid for.
const KEPT: usize = 100_000;

/// When work is asked for, and how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChallengeRule {
    /// So many failures are free; from the next try on work is asked for. The lock-out counts beside it.
    pub after_failures: u32,
    /// Leading zero bits: on average 2 to this many hashes.
    pub bits: u32,
}

impl Default for ChallengeRule {
    /// Three slips of the finger; some 130,000 hashes: a second of a telephone.
    fn default() -> Self {
        ChallengeRule { after_failures: 3, bits: 17 }
    }
}

impl ChallengeRule {
    pub const FAILURES: std::ops::RangeInclusive<u32> = 1..=100;
    /// Below, it is no work; above, a telephone takes minutes.
    pub const BITS: std::ops::RangeInclusive<u32> = 8..=22;

    /// As it is kept; what is out of its bounds is brought back into them.
    pub fn of((after, bits): (i64, i64)) -> ChallengeRule {
        let within = |value: i64, bounds: std::ops::RangeInclusive<u32>| {
            u32::try_from(value.max(0)).unwrap_or(u32::MAX).clamp(*bounds.start(), *bounds.end())
        };
        ChallengeRule { after_failures: within(after, Self::FAILURES), bits: within(bits, Self::BITS) }
    }

    pub fn is_within_bounds(self) -> bool {
        Self::FAILURES.contains(&self.after_failures) && Self::BITS.contains(&self.bits)
    }

    /// Of several accounts of one house the strictest: the door does not know yet whose somebody is. Of none ours.
    pub fn strictest(all: impl IntoIterator<Item = ChallengeRule>) -> ChallengeRule {
        let stricter = |a: ChallengeRule, b: ChallengeRule| ChallengeRule {
            after_failures: a.after_failures.min(b.after_failures),
            bits: a.bits.max(b.bits),
        };
        all.into_iter().reduce(stricter).unwrap_or_default()
    }
}

/// Why an answer is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChallengeFault {
    /// Made up, or given to another login or another address.
    #[error("foreign: this challenge was not given for this login here")]
    Foreign,
    #[error("expired: this challenge is over")]
    Expired,
    #[error("used: this challenge was answered before")]
    Used,
    #[error("wrong: this does not solve the challenge")]
    Wrong,
}

/// Whether a hash begins with so many zero bits.
pub fn solves(hash: &[u8], bits: u32) -> bool {
    let mut zeros = 0;
    for byte in hash {
        zeros += byte.leading_zeros();
        if *byte != 0 {
            break;
        }
    }
    zeros >= bits
}

/// Seeds that were answered, until they are over anyway. Lives in the process, as the key does that signed them.
#[derive(Clone, Debug, Default)]
pub struct UsedSeeds(BTreeSet<(Timestamp, [u8; 16])>);

impl UsedSeeds {
    /// Take a seed that is good until `until`; false: it was taken before, or there were too many to remember another.
    pub fn take(&mut self, now: Timestamp, until: Timestamp, seed: [u8; 16]) -> bool {
        self.0 = self.0.split_off(&(now, [0; 16]));
        self.0.len() < KEPT && self.0.insert((until, seed))
    }

    /// Seeds that are remembered.
    pub fn kept(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows: S12.16
    #[test]
    fn zero_bits_are_counted_from_the_first() {
        for (hash, bits) in
            [([0xff, 0], 0), ([0x7f, 0], 1), ([0x01, 0], 7), ([0, 0x80], 8), ([0, 0x10], 11), ([0, 0], 16)]
        {
            assert!(solves(&hash, bits), "{hash:?}");
            assert!(!solves(&hash, bits + 1), "{hash:?}");
        }
    }

    /// Over many seeds and moments a seed is taken once while it is good, and nothing is remembered that is over.
    ///
    /// Rows: S12.16
    #[test]
    fn a_seed_is_taken_once() {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1_000);
        let mut used = UsedSeeds::default();
        let mut ids = ringdesk_model::Ids::seeded(7);
        let mut good: Vec<(i64, [u8; 16])> = Vec::new();
        for now in 0..500 {
            let seed = u128::from(ids.bits()).to_be_bytes();
            let until = now + 1 + i64::try_from(ids.bits() % 60).unwrap();
            assert!(used.take(at(now), at(until), seed));
            good.push((until, seed));
            good.retain(|(until, _)| *until > now);
            for (until, seed) in &good {
                assert!(!used.take(at(now), at(*until), *seed), "a second time");
            }
            assert!(used.kept() <= 61, "{}", used.kept());
        }
    }

    /// Rows: S12.16
    #[test]
    fn of_two_accounts_the_stricter_counts() {
        let rule = |after_failures, bits| ChallengeRule { after_failures, bits };
        assert_eq!(ChallengeRule::strictest([]), ChallengeRule::default());
        assert_eq!(ChallengeRule::strictest([rule(5, 12), rule(2, 10)]), rule(2, 12));
        assert_eq!(ChallengeRule::of((-1, 99)), rule(1, 22));
        assert!(ChallengeRule::default().is_within_bounds() && !rule(0, 17).is_within_bounds());
    }
}
