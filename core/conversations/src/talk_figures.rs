//! How two people talked: how long neither spoke, and how long both did at once.

use serde::{Deserialize, Serialize};

/// In milliseconds, of the time in which they were connected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TalkFigures {
    pub silence_ms: u64,
    pub talk_over_ms: u64,
}

/// From and to, in milliseconds.
pub type Span = (u64, u64);

/// `connected`: when they could hear each other; `caller`, `other`: when each spoke. Spans may come in any order and overlap.
/// `None`: they never were connected.
pub fn talk_figures(connected: &[Span], caller: &[Span], other: &[Span]) -> Option<TalkFigures> {
    let connected = merged(connected);
    let (caller, other) = (common(&connected, &merged(caller)), common(&connected, &merged(other)));
    let all = length(&connected);
    let spoken = length(&merged(&[caller.clone(), other.clone()].concat()));
    let talk_over_ms = length(&common(&caller, &other));
    (all > 0).then_some(TalkFigures { silence_ms: all.saturating_sub(spoken), talk_over_ms })
}

fn merged(spans: &[Span]) -> Vec<Span> {
    let mut sorted: Vec<Span> = spans.iter().copied().filter(|(from, to)| from < to).collect();
    sorted.sort_unstable();
    let mut merged: Vec<Span> = Vec::with_capacity(sorted.len());
    for (from, to) in sorted {
        match merged.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => merged.push((from, to)),
        }
    }
    merged
}

/// What lies in both; each in order and without overlaps.
fn common(a: &[Span], b: &[Span]) -> Vec<Span> {
    let (mut found, mut i, mut j) = (Vec::new(), 0, 0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        let (from, to) = (x.0.max(y.0), x.1.min(y.1));
        if from < to {
            found.push((from, to));
        }
        if x.1 <= y.1 { i += 1 } else { j += 1 }
    }
    found
}

fn length(spans: &[Span]) -> u64 {
    spans.iter().map(|(from, to)| to - from).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows: S10.21
    #[test]
    fn silence_and_talk_over() {
        let figures = |connected: &[Span], caller: &[Span], other: &[Span]| {
            talk_figures(connected, caller, other).map(|f| (f.silence_ms, f.talk_over_ms))
        };
        for (connected, caller, other, expected) in [
            (vec![], vec![(0, 10)], vec![(0, 10)], None),
            (vec![(5, 5)], vec![], vec![], None),
            (vec![(0, 100)], vec![], vec![], Some((100, 0))),
            (vec![(0, 100)], vec![(10, 30)], vec![(50, 80)], Some((50, 0))),
            (vec![(0, 100)], vec![(10, 60)], vec![(50, 80)], Some((30, 10))),
            // Only what was said to each other: not before, not on hold.
            (vec![(100, 200), (300, 400)], vec![(0, 150), (190, 310)], vec![(140, 350)], Some((50, 30))),
            // In any order, twice, touching.
            (vec![(0, 50), (50, 100)], vec![(40, 60), (0, 20), (10, 40), (0, 20)], vec![(60, 100)], Some((0, 0))),
            (vec![(0, 100)], vec![(0, 1_000)], vec![(0, u64::MAX)], Some((0, 100))),
        ] {
            assert_eq!(figures(&connected, &caller, &other), expected, "{connected:?} {caller:?} {other:?}");
        }
    }
}
