//! Randomness from a seed.

use std::time::Duration;

/// SplitMix64: small, and good enough to be unfair to everybody alike.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// Dice of their own for somebody else: what one throws does not change what the others throw.
    pub fn fork(&mut self) -> Dice {
        Dice(self.bits())
    }

    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 0 to `n` - 1.
    pub fn below(&mut self, n: usize) -> usize {
        (self.bits() % n.max(1) as u64) as usize
    }

    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// One of these, as often as its weight says.
    pub fn weighted<T: Copy>(&mut self, table: &[(u32, T)]) -> T {
        let all: u32 = table.iter().map(|(weight, _)| weight).sum();
        let mut at = self.below(all as usize) as u32;
        for (weight, what) in table {
            if at < *weight {
                return *what;
            }
            at -= weight;
        }
        table[table.len() - 1].1
    }

    pub fn ms(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_millis(from + self.bits() % (to - from).max(1))
    }
}

/// A seed that nobody chose.
pub fn seed() -> u64 {
    use ringdesk_model::{Clock as _, WallClock};
    Dice::new(WallClock::start().now().0 as u64).bits() % 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_throws_the_same_and_weights_hold() {
        let throws = |seed| {
            let mut dice = Dice::new(seed);
            (0..1_000).map(|_| dice.weighted(&[(1, 'a'), (9, 'b'), (0, 'c')])).collect::<String>()
        };
        assert_eq!(throws(7), throws(7));
        assert_ne!(throws(7), throws(8));
        let a = throws(7).matches('a').count();
        assert!((50..200).contains(&a) && !throws(7).contains('c'), "{a}");
    }
}
