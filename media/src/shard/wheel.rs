//! A timer wheel of 1 ms slots: setting and firing cost the same however many timers there are. A timer further away
//! than one turn stays in its slot until its turn comes.

use super::line::LineId;
use ringdesk_model::Timestamp;
use std::time::Duration;

const SLOTS: usize = 1024;
const WORDS: usize = SLOTS / 64;

/// What becomes due on a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alarm {
    /// The next packet of this playing.
    Frame(u32),
    /// RTCP.
    Report,
    /// Is there sound at all?
    Watch,
    /// A key without its end.
    Key,
    /// The next frame of this call's mix.
    Mix(u32),
    /// Does somebody speak who sends nothing?
    Attend,
    /// The next packet of a key that was ordered.
    Press,
    /// A handshake goes on.
    Shake,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    due: i64,
    pub(crate) slot: u32,
    pub(crate) line: LineId,
    pub(crate) alarm: Alarm,
}

#[derive(Debug)]
pub(crate) struct Wheel {
    slots: Vec<Vec<Entry>>,
    /// Bit per slot that is not empty.
    filled: [u64; WORDS],
    /// Milliseconds up to which everything was fired.
    at: i64,
}

impl Wheel {
    pub(crate) fn new(now: Timestamp) -> Self {
        Wheel { slots: vec![Vec::new(); SLOTS], filled: [0; WORDS], at: now.as_millis() }
    }

    /// `slot`: the call's. Due times round up to the next millisecond.
    pub(crate) fn set(&mut self, due: Timestamp, slot: u32, line: LineId, alarm: Alarm) {
        let due = due.0.div_euclid(1000) + i64::from(due.0.rem_euclid(1000) != 0);
        let due = due.max(self.at + 1);
        let index = due.rem_euclid(SLOTS as i64) as usize;
        self.slots[index].push(Entry { due, slot, line, alarm });
        self.filled[index / 64] |= 1 << (index % 64);
    }

    /// Move what is due into `fired`, in order of time.
    pub(crate) fn fire(&mut self, now: Timestamp, fired: &mut Vec<Entry>) {
        let now = now.as_millis();
        // After a long sleep one turn visits every slot.
        let from = self.at.max(now - SLOTS as i64) + 1;
        for ms in from..=now {
            let index = ms.rem_euclid(SLOTS as i64) as usize;
            if self.filled[index / 64] & 1 << (index % 64) == 0 {
                continue;
            }
            let slot = &mut self.slots[index];
            slot.retain(|entry| {
                let due = entry.due <= now;
                if due {
                    fired.push(*entry);
                }
                !due
            });
            if slot.is_empty() {
                self.filled[index / 64] &= !(1 << (index % 64));
            }
        }
        self.at = self.at.max(now);
    }

    /// How long nothing can be due: to the next filled slot, even if its entries wait for another turn.
    pub(crate) fn sleep(&self, now: Timestamp) -> Option<Duration> {
        let start = (self.at + 1).rem_euclid(SLOTS as i64) as usize;
        let mut distance = 0;
        while distance < SLOTS {
            let index = (start + distance) % SLOTS;
            let word = self.filled[index / 64] >> (index % 64);
            if word != 0 {
                distance += word.trailing_zeros() as usize;
                if distance >= SLOTS {
                    break;
                }
                return Some(Timestamp::from_millis(self.at + 1 + distance as i64).since(now));
            }
            distance += 64 - index % 64;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fires_in_order_once_and_never_early() {
        let start = 1_790_000_000_123;
        let at = |ms: i64| Timestamp::from_millis(start + ms);
        let mut wheel = Wheel::new(at(0));
        assert_eq!(wheel.sleep(at(0)), None);
        let line = LineId::new(3, 1);
        for ms in [20, 7, 1500, 5000, 0, 1024, 20] {
            wheel.set(at(ms), ms as u32, line, Alarm::Report);
        }
        let mut got = Vec::new();
        let mut now = at(0);
        let mut sleeps = 0;
        while let Some(sleep) = wheel.sleep(now) {
            now += sleep.max(Duration::from_micros(1));
            sleeps += 1;
            let mut fired = Vec::new();
            wheel.fire(now, &mut fired);
            for entry in fired {
                got.push((entry.slot, now.as_millis() - start));
            }
        }
        assert_eq!(got, [(0, 1), (7, 7), (20, 20), (20, 20), (1024, 1024), (1500, 1500), (5000, 5000)]);
        assert!(sleeps < 20, "{sleeps}");
    }

    #[test]
    fn a_long_sleep_loses_nothing() {
        let mut wheel = Wheel::new(Timestamp(0));
        for ms in 0..3000 {
            wheel.set(Timestamp::from_millis(ms), 0, LineId::new(0, 0), Alarm::Key);
        }
        let mut fired = Vec::new();
        wheel.fire(Timestamp::from_millis(10_000), &mut fired);
        assert_eq!(fired.len(), 3000);
        assert_eq!(wheel.sleep(Timestamp::from_millis(10_000)), None);
    }
}
