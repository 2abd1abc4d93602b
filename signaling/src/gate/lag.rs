//! How far the room is behind: the longest that a message waited for the driver, or that its thread came late, of the last
//! second or two. Whoever takes calls looks at it, and takes no new ones when it is long.

use ringdesk_model::Timestamp;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

#[derive(Debug, Default)]
pub(crate) struct Lag(Mutex<Peaks>);

#[derive(Clone, Copy, Debug, Default)]
struct Peaks {
    second: i64,
    here: Duration,
    before: Duration,
}

impl Lag {
    pub(crate) fn note(&self, now: Timestamp, behind: Duration) {
        let mut peaks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        peaks.turn(now);
        peaks.here = peaks.here.max(behind);
    }

    pub(crate) fn now(&self, now: Timestamp) -> Duration {
        let mut peaks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        peaks.turn(now);
        peaks.here.max(peaks.before)
    }
}

impl Peaks {
    fn turn(&mut self, now: Timestamp) {
        let second = now.as_millis().div_euclid(1_000);
        match second - self.second {
            0 => return,
            1 => self.before = self.here,
            // Nothing was noted for longer, or the clock went back: what was is over.
            _ => self.before = Duration::ZERO,
        }
        (self.second, self.here) = (second, Duration::ZERO);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peak_is_seen_for_one_second_at_least_and_two_at_most() {
        let (lag, ms) = (Lag::default(), Duration::from_millis);
        let at = |n: u64| Timestamp(1_000_000_000) + ms(n);
        lag.note(at(900), ms(40));
        lag.note(at(950), ms(7));
        assert_eq!(lag.now(at(999)), ms(40));
        assert_eq!(lag.now(at(1_999)), ms(40));
        lag.note(at(1_999), ms(3));
        assert_eq!(lag.now(at(2_000)), ms(3));
        assert_eq!(lag.now(at(9_000)), ms(0));
        assert_eq!(lag.now(at(8_000)), ms(0));
    }
}
