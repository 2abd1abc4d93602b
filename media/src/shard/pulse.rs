//! Whether a shard keeps real time. While it has calls it means to look at its clock every [`BEAT`]; how late it does so is
//! how late packets are. Written by the shard, read by anybody: a shard that stands still is seen to stand still.

use ringdesk_model::Timestamp;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// A packet time.
pub(crate) const BEAT: Duration = Duration::from_millis(20);
/// No calls, so nothing can be late.
const AT_REST: i64 = i64::MAX;

#[derive(Debug)]
pub(crate) struct Pulse {
    /// When the shard looks at its clock next, in microseconds.
    due: AtomicI64,
    /// The worst of this second and of the one before, in microseconds.
    second: AtomicI64,
    here: AtomicU64,
    before: AtomicU64,
}

impl Default for Pulse {
    fn default() -> Self {
        Pulse {
            due: AT_REST.into(),
            second: AtomicI64::default(),
            here: AtomicU64::default(),
            before: AtomicU64::default(),
        }
    }
}

impl Pulse {
    /// The shard looks at its clock; `busy`: it has calls.
    pub(crate) fn beat(&self, now: Timestamp, busy: bool) {
        let due = self.due.load(Relaxed);
        if !busy {
            if due != AT_REST {
                self.due.store(AT_REST, Relaxed);
            }
            return;
        }
        if due == AT_REST {
            self.due.store((now + BEAT).0, Relaxed);
        } else if now.0 >= due {
            self.note(now, now.since(Timestamp(due)));
            self.due.store((now + BEAT).0, Relaxed);
        }
    }

    /// How long the shard may sleep.
    pub(crate) fn sleep(&self, now: Timestamp) -> Option<Duration> {
        let due = self.due.load(Relaxed);
        (due != AT_REST).then(|| Timestamp(due).since(now))
    }

    /// How far the shard is behind: the worst of the last second or two, or of this very moment.
    pub(crate) fn behind(&self, now: Timestamp) -> Duration {
        let due = self.due.load(Relaxed);
        let late = if due == AT_REST { Duration::ZERO } else { now.since(Timestamp(due)) };
        let worst = match second(now) - self.second.load(Relaxed) {
            0 => self.here.load(Relaxed).max(self.before.load(Relaxed)),
            1 => self.here.load(Relaxed),
            _ => 0,
        };
        late.max(Duration::from_micros(worst))
    }

    fn note(&self, now: Timestamp, late: Duration) {
        let late = u64::try_from(late.as_micros()).unwrap_or(u64::MAX);
        match second(now) - self.second.load(Relaxed) {
            0 => return self.here.store(self.here.load(Relaxed).max(late), Relaxed),
            1 => self.before.store(self.here.load(Relaxed), Relaxed),
            _ => self.before.store(0, Relaxed),
        }
        self.here.store(late, Relaxed);
        self.second.store(second(now), Relaxed);
    }
}

fn second(now: Timestamp) -> i64 {
    now.as_millis().div_euclid(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_that_is_late_is_seen_and_one_at_rest_is_not() {
        let (pulse, at) = (Pulse::default(), |ms: i64| Timestamp::from_millis(10_000_000 + ms));
        let ms = Duration::from_millis;
        pulse.beat(at(0), false);
        assert_eq!((pulse.sleep(at(0)), pulse.behind(at(5_000))), (None, ms(0)));
        pulse.beat(at(0), true);
        assert_eq!(pulse.sleep(at(5)), Some(ms(15)));
        pulse.beat(at(19), true);
        assert_eq!(pulse.behind(at(19)), ms(0));
        pulse.beat(at(20), true);
        assert_eq!((pulse.sleep(at(20)), pulse.behind(at(40))), (Some(ms(20)), ms(0)));
        // It stands still, and everybody can see it before it moves again.
        assert_eq!(pulse.behind(at(95)), ms(55));
        pulse.beat(at(110), true);
        assert_eq!(pulse.behind(at(111)), ms(70));
        for n in 0..200 {
            pulse.beat(at(130 + n * 20), true);
        }
        assert_eq!(pulse.behind(at(130 + 199 * 20)), ms(0), "long ago");
        pulse.beat(at(9_000), false);
        assert_eq!((pulse.sleep(at(9_000)), pulse.behind(at(60_000))), (None, ms(0)));
    }
}
