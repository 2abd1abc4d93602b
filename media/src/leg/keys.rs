//! Keys by telephone-event (RFC 4733): one press is all packets of one timestamp, whatever of it is lost.

use crate::rtp::packet::Event;
use ringdesk_model::Timestamp;
use ringdesk_voice::{Digit, LegId};
use std::time::Duration;

/// After this long without a packet the key is released; its end packets were lost.
pub(crate) const RELEASE: Duration = Duration::from_millis(250);
/// Longer presses are reported while they last.
const LONGEST: u16 = 5 * 8000;

/// A key held down by the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Press {
    pub(crate) event: Event,
    /// RTP timestamp at which it began: its identity.
    pub(crate) timestamp: u32,
    /// Of a key too long for one event: where its present piece began, and how long those before it were.
    piece: (u32, u16),
    heard: Timestamp,
    reported: bool,
}

impl Press {
    pub(crate) fn duration(&self) -> Duration {
        Duration::from_micros(u64::from(self.event.duration) * 125)
    }

    fn ended(mut self) -> Press {
        self.event.end = true;
        self
    }
}

/// What a packet means.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Step {
    /// The press before this one, whose end was lost.
    pub(crate) released: Option<Press>,
    /// The press as it stands; `event.end` says that it is over.
    pub(crate) press: Option<Press>,
    /// Keys to report: at most the one released and this one.
    pub(crate) report: [Option<(Digit, Duration)>; 2],
}

#[derive(Debug, Default)]
pub(crate) struct Keys {
    current: Option<Press>,
    /// Timestamp of the last press that is over: its repeated ends mean nothing.
    over: Option<u32>,
}

impl Keys {
    /// `scale`: ticks of the timestamp for one of the event's duration.
    pub(crate) fn hear(&mut self, mut event: Event, timestamp: u32, scale: u32, now: Timestamp) -> Step {
        let mut step = Step::default();
        let timestamp = self.whole(&mut event, timestamp, scale);
        // RFC 4733 §2.6: the packets of older presses may be late; codes above 15 are no keys.
        let stale = self.over.is_some_and(|over| timestamp.wrapping_sub(over) as i32 <= 0);
        let older = self.current.is_some_and(|c| (timestamp.wrapping_sub(c.timestamp) as i32) < 0);
        if stale || older || event.code > 15 {
            return step;
        }
        if self.current.is_some_and(|c| c.timestamp != timestamp) {
            step.released = self.take();
            step.report[0] = step.released.and_then(report);
        }
        let press =
            self.current.get_or_insert(Press { event, timestamp, piece: (timestamp, 0), heard: now, reported: false });
        press.event.duration = press.event.duration.max(event.duration);
        press.event.end = event.end;
        press.heard = now;
        let long = press.event.duration >= LONGEST && !press.reported;
        if event.end || long {
            step.report[1] = report(*press);
            press.reported = true;
        }
        step.press = Some(*press);
        if event.end {
            self.over = Some(timestamp);
            self.current = None;
        }
        step
    }

    /// A key that lasts longer than a duration can say (1.4 s at 48 kHz) comes in pieces, one right behind the other
    /// (RFC 4733 §2.5.1.3): one press all the same.
    fn whole(&mut self, event: &mut Event, timestamp: u32, scale: u32) -> u32 {
        let Some(press) = self.current.as_mut().filter(|p| p.event.code == event.code && scale > 1) else {
            return timestamp;
        };
        let (piece, before) = press.piece;
        let full = u32::from(u16::MAX);
        if timestamp.wrapping_sub(piece).abs_diff(full) <= scale {
            press.piece = (timestamp, before.saturating_add((full / scale) as u16));
        } else if timestamp != piece {
            return timestamp;
        }
        event.duration = event.duration.saturating_add(press.piece.1);
        press.timestamp
    }

    /// Release a key that is not heard any more. `Err`: look again then.
    pub(crate) fn overdue(&mut self, now: Timestamp) -> Result<Step, Option<Timestamp>> {
        let Some(press) = self.current else { return Err(None) };
        if now.since(press.heard) < RELEASE {
            return Err(Some(press.heard + RELEASE));
        }
        let released = self.take();
        Ok(Step { released, press: None, report: [released.and_then(report), None] })
    }

    pub(crate) fn pressed(&self) -> bool {
        self.current.is_some()
    }

    /// The stream starts anew: timestamps of before mean nothing. A key that was down is released.
    pub(crate) fn restart(&mut self) -> Step {
        let released = self.take();
        self.over = None;
        Step { released, press: None, report: [released.and_then(report), None] }
    }

    fn take(&mut self) -> Option<Press> {
        let press = self.current.take()?.ended();
        self.over = Some(press.timestamp);
        Some(press)
    }
}

fn report(press: Press) -> Option<(Digit, Duration)> {
    if press.reported {
        return None;
    }
    Some((Digit::from_event(press.event.code)?, press.duration()))
}

/// A key on its way to a leg.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sending {
    pub(crate) from: LegId,
    /// The press's timestamp at its source, and in this leg's stream.
    pub(crate) pressed_at: u32,
    pub(crate) timestamp: u32,
    pub(crate) event: Event,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(code: u8, duration: u16, end: bool) -> Event {
        Event { code, end, volume: 10, duration }
    }

    const AT: Timestamp = Timestamp(1_000_000);

    fn digits(step: &Step) -> String {
        step.report.iter().flatten().map(|(d, _)| d.key()).collect()
    }

    /// Rows: V3
    #[test]
    fn three_end_packets_are_one_key() {
        let mut keys = Keys::default();
        assert_eq!(digits(&keys.hear(event(5, 160, false), 800, 1, AT)), "");
        assert_eq!(digits(&keys.hear(event(5, 320, false), 800, 1, AT)), "");
        let step = keys.hear(event(5, 480, true), 800, 1, AT);
        assert_eq!(step.report[1], Some((Digit::new('5').unwrap(), Duration::from_millis(60))));
        for _ in 0..2 {
            assert_eq!(keys.hear(event(5, 480, true), 800, 1, AT), Step::default());
        }
        // The same key again is another timestamp; no marker is needed.
        assert_eq!(digits(&keys.hear(event(5, 480, true), 2400, 1, AT)), "5");
    }

    #[test]
    fn a_lost_end_is_noticed_by_the_next_key_or_by_time() {
        let mut keys = Keys::default();
        keys.hear(event(1, 160, false), 800, 1, AT);
        keys.hear(event(1, 320, false), 800, 1, AT);
        let step = keys.hear(event(2, 160, false), 4000, 1, AT);
        assert_eq!((digits(&step).as_str(), step.released.unwrap().event.duration), ("1", 320));
        assert!(step.released.unwrap().event.end);
        assert_eq!(keys.overdue(AT), Err(Some(AT + RELEASE)));
        assert_eq!(digits(&keys.overdue(AT + RELEASE).unwrap()), "2");
        assert_eq!(keys.overdue(AT + RELEASE), Err(None));
        // What arrives of it afterwards is late.
        assert_eq!(keys.hear(event(2, 640, true), 4000, 1, AT), Step::default());
    }

    #[test]
    fn only_the_end_arrives() {
        assert_eq!(digits(&Keys::default().hear(event(11, 800, true), 1, 1, AT)), "#");
    }

    #[test]
    fn a_key_that_is_never_released_is_reported_once() {
        let mut keys = Keys::default();
        assert_eq!(digits(&keys.hear(event(9, LONGEST, false), 1, 1, AT)), "9");
        assert_eq!(digits(&keys.hear(event(9, LONGEST + 160, false), 1, 1, AT)), "");
        assert_eq!(digits(&keys.hear(event(9, LONGEST + 320, true), 1, 1, AT)), "");
    }

    #[test]
    fn a_hook_flash_is_no_key() {
        assert_eq!(Keys::default().hear(event(16, 800, true), 1, 1, AT), Step::default());
    }

    #[test]
    fn a_long_key_on_a_fast_clock_comes_in_pieces_and_is_one() {
        let mut keys = Keys::default();
        let mut heard = String::new();
        let full = u32::from(u16::MAX);
        for (piece, length) in [(0, u16::MAX), (1, u16::MAX), (2, 24_000)] {
            for at in (9_600..=length).step_by(9_600).chain([length]) {
                let end = piece == 2 && at == length;
                let step = keys.hear(event(7, at / 6, end), 500 + piece * full, 6, AT);
                assert_eq!(step.released, None);
                heard += &digits(&step);
                if end {
                    let duration = step.press.unwrap().duration().as_millis();
                    assert!((3_225..3_235).contains(&duration), "{duration}");
                }
            }
        }
        assert_eq!(heard, "7");
    }
}
