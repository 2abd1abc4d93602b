//! The one place where the house reads a clock. Pure rooms take `now` as an argument instead.

use crate::Timestamp;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Where IO rooms take their time from.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
}

/// UTC anchored once to the monotonic clock: a correction of the machine's time moves no timer of a running call.
#[derive(Clone, Copy, Debug)]
pub struct WallClock {
    anchor: Instant,
    utc: i64,
}

impl WallClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock the rest of the house is given")]
    pub fn start() -> Self {
        let utc = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_micros() as i64);
        WallClock { anchor: Instant::now(), utc }
    }

    /// The moment of the monotonic clock at which this clock shows `at`, for runtimes that sleep on it.
    pub fn instant(&self, at: Timestamp) -> Instant {
        self.anchor + at.since(Timestamp(self.utc))
    }
}

impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.utc) + self.anchor.elapsed()
    }
}
