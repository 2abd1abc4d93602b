//! What is not in the recording, and why. Every answered second is in the recording or in this list.

use serde::{Deserialize, Serialize};

/// Above this the list is thinned by joining neighbours, so that it stays bounded and still covers everything.
pub const MOST_GAPS: usize = 4_096;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GapReason {
    /// Somebody paused the recording.
    Pause,
    /// Something was said that must not be kept.
    Mask,
    /// The recorder did not keep up; the packets are counted in the log.
    RecorderBehind,
    /// Packets that did not come although their sender counted them: the network lost them, or they carried keys, which
    /// are never kept.
    Lost,
    /// Blocks of the log that are missing or do not open.
    Damaged,
    /// Packets that no decoder takes.
    Unreadable,
    /// Nobody sent anything on this side: a hold, nobody there yet, a telephone that keeps quiet while its owner does.
    NoSound,
}

/// Whose sound is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GapSide {
    Both,
    Left,
    Right,
}

/// Milliseconds from the recording's beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Gap {
    pub from_ms: i64,
    pub to_ms: i64,
    pub reason: GapReason,
    pub side: GapSide,
}

/// The list while it grows, in microseconds from the beginning.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gaps {
    list: Vec<Micros>,
    /// Gaps of one kind closer than this are one; doubled whenever the list is full.
    join: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Micros {
    from: i64,
    to: i64,
    reason: GapReason,
    side: GapSide,
}

impl Gaps {
    /// Empty ones are no gaps.
    pub(crate) fn add(&mut self, from: i64, to: i64, reason: GapReason, side: GapSide) {
        let from = from.max(0);
        if to <= from {
            return;
        }
        self.list.push(Micros { from, to, reason, side });
        if self.list.len() > MOST_GAPS {
            self.join = (self.join * 2).max(1_000);
            self.thin();
            while self.list.len() > MOST_GAPS / 2 {
                self.join *= 2;
                self.thin();
            }
        }
    }

    /// Those parts of `from..to` that no gap of this side, or of both, covers yet.
    pub(crate) fn uncovered(&self, from: i64, to: i64, side: GapSide) -> Vec<(i64, i64)> {
        let mut open = vec![(from, to)];
        let here = |g: &&Micros| g.side == side || g.side == GapSide::Both;
        for gap in self.list.iter().filter(here).filter(|g| g.from < to && g.to > from) {
            open = open
                .into_iter()
                .flat_map(|(a, b)| [(a, b.min(gap.from)), (a.max(gap.to), b)])
                .filter(|(a, b)| a < b)
                .collect();
        }
        open
    }

    /// Where nothing may be heard, whatever the packets around it hold.
    pub(crate) fn silenced(&self) -> Vec<(i64, i64)> {
        let silent = |g: &&Micros| matches!(g.reason, GapReason::Pause | GapReason::Mask);
        self.list.iter().filter(silent).map(|g| (g.from, g.to)).collect()
    }

    /// Add those of `others` that nothing here explains.
    pub(crate) fn add_unexplained(&mut self, others: &Gaps) {
        let known = self.clone();
        for gap in &others.list {
            for (from, to) in known.uncovered(gap.from, gap.to, gap.side) {
                self.add(from, to, gap.reason, gap.side);
            }
        }
    }

    /// In order of time. Rounded outwards, so that no missing millisecond is left out.
    pub(crate) fn list(&self) -> Vec<Gap> {
        let mut sorted = self.clone();
        sorted.thin();
        sorted.list.sort();
        sorted
            .list
            .iter()
            .map(|g| Gap {
                from_ms: g.from.div_euclid(1_000),
                to_ms: (g.to + 999).div_euclid(1_000),
                reason: g.reason,
                side: g.side,
            })
            .collect()
    }

    fn thin(&mut self) {
        self.list.sort_by_key(|g| (g.reason, g.side, g.from, g.to));
        let mut thinned: Vec<Micros> = Vec::with_capacity(self.list.len());
        for gap in self.list.drain(..) {
            match thinned.last_mut() {
                Some(last)
                    if (last.reason, last.side) == (gap.reason, gap.side)
                        && gap.from <= last.to.saturating_add(self.join) =>
                {
                    last.to = last.to.max(gap.to);
                }
                _ => thinned.push(gap),
            }
        }
        self.list = thinned;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn touching_gaps_are_one_and_the_list_is_in_order() {
        let mut gaps = Gaps::default();
        gaps.add(50_000, 70_500, GapReason::Lost, GapSide::Left);
        gaps.add(30_000, 50_000, GapReason::Lost, GapSide::Left);
        gaps.add(10_000, 20_000, GapReason::Mask, GapSide::Both);
        gaps.add(9_000, 9_000, GapReason::Lost, GapSide::Left);
        let gap = |from_ms, to_ms, reason, side| Gap { from_ms, to_ms, reason, side };
        assert_eq!(
            gaps.list(),
            [gap(10, 20, GapReason::Mask, GapSide::Both), gap(30, 71, GapReason::Lost, GapSide::Left)]
        );
        assert_eq!(gaps.uncovered(5_000, 40_000, GapSide::Right), [(5_000, 10_000), (20_000, 40_000)]);
        assert_eq!(gaps.uncovered(5_000, 40_000, GapSide::Left), [(5_000, 10_000), (20_000, 30_000)]);
        assert_eq!(gaps.uncovered(12_000, 18_000, GapSide::Both), []);
    }

    #[test]
    fn a_full_list_is_thinned_and_still_covers_everything() {
        let mut gaps = Gaps::default();
        for i in 0..20_000 {
            gaps.add(i * 100_000, i * 100_000 + 20_000, GapReason::Lost, GapSide::Right);
        }
        let list = gaps.list();
        assert!(list.len() <= MOST_GAPS, "{}", list.len());
        for i in 0..20_000 {
            assert!(list.iter().any(|g| g.from_ms <= i * 100 && g.to_ms >= i * 100 + 20), "gap {i}");
        }
    }
}
