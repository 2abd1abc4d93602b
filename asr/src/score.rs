//! How far a transcript is from what was said. Pure.
//!
//! Words for English (word error rate), characters for Chinese (character error rate; English words within count as one
//! each). Case and punctuation do not count.

use crate::words::tokens;
use std::iter::Sum;
use std::ops::Add;

/// Errors against the words (or characters) of the reference; sums over many clips.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    pub substituted: u32,
    pub inserted: u32,
    pub deleted: u32,
    /// Of the reference.
    pub units: u32,
}

impl Score {
    pub fn of(reference: &str, heard: &str) -> Score {
        let (reference, heard) = (tokens(reference), tokens(heard));
        // One line of the table of Levenshtein, each entry with what it is made of.
        let deleted = |n: usize| Score { deleted: n as u32, ..Score::default() };
        let inserted = |n: usize| Score { inserted: n as u32, ..Score::default() };
        let mut line: Vec<Score> = (0..=heard.len()).map(inserted).collect();
        for (row, wanted) in reference.iter().enumerate() {
            let mut diagonal = std::mem::replace(&mut line[0], deleted(row + 1));
            for (column, word) in heard.iter().enumerate() {
                let above = line[column + 1];
                let substituted = diagonal.substituted + u32::from(word != wanted);
                let choices = [
                    Score { substituted, ..diagonal },
                    Score { deleted: above.deleted + 1, ..above },
                    Score { inserted: line[column].inserted + 1, ..line[column] },
                ];
                diagonal = above;
                line[column + 1] = choices.into_iter().min_by_key(Score::errors).unwrap_or(above);
            }
        }
        Score { units: reference.len() as u32, ..line[heard.len()] }
    }

    pub fn errors(&self) -> u32 {
        self.substituted + self.inserted + self.deleted
    }

    /// May be above 1: who says much that was not said.
    pub fn rate(&self) -> f64 {
        f64::from(self.errors()) / f64::from(self.units.max(1))
    }
}

impl Add for Score {
    type Output = Score;

    fn add(self, other: Score) -> Score {
        Score {
            substituted: self.substituted + other.substituted,
            inserted: self.inserted + other.inserted,
            deleted: self.deleted + other.deleted,
            units: self.units + other.units,
        }
    }
}

impl Sum for Score {
    fn sum<I: Iterator<Item = Score>>(scores: I) -> Score {
        scores.fold(Score::default(), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn by_hand() {
        for (reference, heard, s, i, d, units) in [
            ("", "", 0, 0, 0, 0),
            ("Hello, World!", "hello world", 0, 0, 0, 2),
            ("a b c", "", 0, 0, 3, 3),
            ("", "a b", 0, 2, 0, 0),
            ("a b c d", "a x c d e", 1, 1, 0, 4),
            ("the small dog", "the dog", 0, 0, 1, 3),
            ("砸自己的脚", "砸自已的", 1, 0, 1, 5),
            ("中英文的 text to speech", "中英文的 test to speech", 1, 0, 0, 7),
        ] {
            let wanted = Score { substituted: s, inserted: i, deleted: d, units };
            assert_eq!(Score::of(reference, heard), wanted, "{reference} | {heard}");
        }
        let sum: Score = [Score::of("a b", "a"), Score::of("c d", "c d")].into_iter().sum();
        assert!((sum.rate() - 0.25).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn bounds(a in proptest::collection::vec("[ab]", 0..12), b in proptest::collection::vec("[ab]", 0..12)) {
            let score = Score::of(&a.join(" "), &b.join(" "));
            let (n, m) = (a.len() as u32, b.len() as u32);
            prop_assert!(score.errors() >= n.abs_diff(m) && score.errors() <= n.max(m));
            prop_assert_eq!(m + score.deleted, n + score.inserted);
            prop_assert_eq!(score.errors() == 0, a == b);
        }
    }
}
