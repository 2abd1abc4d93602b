//! How far the books are behind the calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tokio::time::Instant;

/// The age of the oldest entry that is not in the store. Clones share it; reading it takes no lock.
#[derive(Clone)]
pub(crate) struct Lag {
    start: Instant,
    figures: Arc<Figures>,
}

#[derive(Default)]
struct Figures {
    /// When it was put, in microseconds after the start, plus one; nothing waits: 0.
    oldest: AtomicU64,
    longest: AtomicU64,
}

impl Default for Lag {
    fn default() -> Self {
        Lag { start: Instant::now(), figures: Arc::default() }
    }
}

impl Lag {
    pub(crate) fn now(&self) -> Duration {
        self.at(Instant::now())
    }

    /// The longest of this process.
    pub(crate) fn longest(&self) -> Duration {
        Duration::from_micros(self.figures.longest.load(Relaxed)).max(self.now())
    }

    /// What was put at this moment is being written, and nothing older waits. `None`: nothing waits.
    pub(super) fn oldest(&self, put: Option<Instant>, now: Instant) {
        let before = u64::try_from(self.at(now).as_micros()).unwrap_or(u64::MAX);
        self.figures.longest.fetch_max(before, Relaxed);
        let at = put.map_or(0, |put| put.saturating_duration_since(self.start).as_micros() + 1);
        self.figures.oldest.store(u64::try_from(at).unwrap_or(u64::MAX), Relaxed);
    }

    fn at(&self, now: Instant) -> Duration {
        match self.figures.oldest.load(Relaxed) {
            0 => Duration::ZERO,
            at => now.saturating_duration_since(self.start).saturating_sub(Duration::from_micros(at - 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_entry_says_how_far_behind_the_books_are() {
        let (lag, start) = (Lag::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        // The moments lie between two microseconds.
        let seconds = |lag: Duration| (lag.as_secs_f64() * 1_000.0).round() / 1_000.0;
        assert_eq!(lag.at(at(2)), Duration::ZERO, "nothing waits");
        lag.oldest(Some(start), at(2));
        assert_eq!(seconds(lag.at(at(2))), 2.0);
        assert_eq!(seconds(lag.clone().at(at(5))), 5.0, "it grows by itself");
        lag.oldest(Some(at(5)), at(5));
        assert_eq!(seconds(lag.at(at(6))), 1.0);
        lag.oldest(None, at(6));
        assert_eq!((lag.at(at(9)), seconds(lag.longest())), (Duration::ZERO, 5.0));
    }
}
