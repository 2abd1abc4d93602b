//! A limit that runs in business time, stands still while we wait for somebody else, and warns before it ends.

use crate::Hours;
use ringdesk_model::Timestamp;
use std::time::Duration;

/// When a limit began, how long it is, and the stretches it stood still (in order; the last may be open).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlaClock {
    pub began: Timestamp,
    pub limit: Duration,
    pub pauses: Vec<(Timestamp, Option<Timestamp>)>,
}

impl SlaClock {
    pub fn new(began: Timestamp, limit: Duration) -> SlaClock {
        SlaClock { began, limit, pauses: Vec::new() }
    }

    /// Business time that has counted, at an instant.
    pub fn counted(&self, hours: Hours, at: Timestamp) -> Duration {
        let paused = self.pauses.iter().map(|(from, to)| {
            let from = (*from).max(self.began);
            hours.between(from, to.unwrap_or(at).min(at))
        });
        hours.between(self.began, at).saturating_sub(paused.sum())
    }

    /// When it will have counted `part` of its limit (1.0: all of it), if nothing stops it. `None`: it stands still now, or the house
    /// is closed for good.
    pub fn reaches(&self, hours: Hours, part: f64) -> Option<Timestamp> {
        if self.pauses.last().is_some_and(|(_, to)| to.is_none()) {
            return None;
        }
        let mut left = self.limit.mul_f64(part.clamp(0.0, 100.0));
        let mut from = self.began;
        for (pause, resumed) in &self.pauses {
            let until = (*pause).max(from);
            let ran = hours.between(from, until);
            if left <= ran {
                break;
            }
            left -= ran;
            from = resumed.unwrap_or(until).max(until);
        }
        hours.after(from, left)
    }

    pub fn is_over(&self, hours: Hours, at: Timestamp) -> bool {
        self.counted(hours, at) >= self.limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Calendar, Span, Weekday};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    const HOUR: Duration = Duration::from_secs(3_600);

    fn nine_to_five() -> Calendar {
        let open = Span { from: "09:00".parse().unwrap(), to: "17:00".parse().unwrap() };
        let week = Weekday::ALL[..5].iter().map(|day| (*day, vec![open])).collect();
        Calendar { zone: "Europe/Berlin".parse().unwrap(), week, days: BTreeMap::new() }
    }

    fn wall(calendar: &Calendar, text: &str) -> Timestamp {
        let (date, time) = text.split_once(' ').unwrap();
        calendar.zone.first(date.parse().unwrap(), time.parse().unwrap())
    }

    /// Rows: S8.8
    #[test]
    fn a_limit_of_eight_hours_over_a_weekend_and_a_change_of_the_clock() {
        let calendar = nine_to_five();
        let (hours, at) = (Hours(&calendar), |text| wall(&calendar, text));
        // Friday; the clock is put forward on the Sunday.
        let mut clock = SlaClock::new(at("2026-03-27 15:00"), 8 * HOUR);
        assert_eq!(clock.reaches(hours, 1.0), Some(at("2026-03-30 15:00")));
        assert_eq!(clock.reaches(hours, 0.25), Some(at("2026-03-27 17:00")));
        assert_eq!(clock.reaches(hours, 0.5), Some(at("2026-03-30 11:00")), "a reminder at half time");
        assert_eq!(clock.counted(hours, at("2026-03-30 09:30")), HOUR * 5 / 2);
        clock.pauses.push((at("2026-03-30 10:00"), None));
        assert_eq!(clock.reaches(hours, 1.0), None, "it waits for the customer");
        assert_eq!(clock.counted(hours, at("2026-03-31 16:00")), 3 * HOUR);
        clock.pauses[0].1 = Some(at("2026-03-31 10:00"));
        assert_eq!(clock.reaches(hours, 1.0), Some(at("2026-03-31 15:00")));
        assert!(!clock.is_over(hours, at("2026-03-31 14:59")) && clock.is_over(hours, at("2026-03-31 15:00")));
    }

    proptest! {
        /// When it says it will have counted so much, it has.
        #[test]
        fn it_keeps_its_word(began in 0i64..10_000, limit in 1u64..3_000, part in 1u32..=4,
                             pauses in prop::collection::vec((1i64..2_000, 0i64..3_000), 0..4)) {
            let calendar = nine_to_five();
            let (hours, minute) = (Hours(&calendar), |m: i64| Timestamp(1_774_000_000_000_000 + m * 60_000_000));
            let mut clock = SlaClock::new(minute(began), Duration::from_secs(limit * 60));
            let mut at = began;
            for (runs, stands) in pauses {
                at += runs;
                clock.pauses.push((minute(at), Some(minute(at + stands))));
                at += stands;
            }
            let share = f64::from(part) / 4.0;
            let reached = clock.reaches(hours, share).unwrap();
            prop_assert_eq!(clock.counted(hours, reached), clock.limit.mul_f64(share));
            prop_assert!(clock.counted(hours, Timestamp(reached.0 - 1)) < clock.limit.mul_f64(share));
        }
    }
}
