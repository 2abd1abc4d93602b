//! Until when a ticket is due: its limit in business time, from when it was made.

use crate::Priority;
use ringdesk_model::Timestamp;
use ringdesk_rules::{Calendar, Hours};
use std::time::Duration;

/// `limit_minutes`: of the type, for normal priority. `calendar`: `None` is day and night. `None`: no end, or one so far away
/// that the calendar does not reach it.
pub fn due_at(
    created_at: Timestamp,
    limit_minutes: Option<u32>,
    priority: Priority,
    calendar: Option<&Calendar>,
) -> Option<Timestamp> {
    let limit = Duration::from_secs(u64::from(priority.limit(limit_minutes?)) * 60);
    match calendar {
        Some(calendar) => Hours(calendar).after(created_at, limit),
        None => Some(created_at + limit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;
    /// Monday 2026-11-23 00:00 UTC, in milliseconds.
    const MONDAY: i64 = 1_795_392_000_000;

    /// Monday to Friday, nine to five.
    fn office() -> Calendar {
        let day = serde_json::json!([{ "from": "09:00", "to": "17:00" }]);
        let week = ["monday", "tuesday", "wednesday", "thursday", "friday"].map(|name| (name.to_owned(), day.clone()));
        let week: serde_json::Map<_, _> = week.into_iter().collect();
        serde_json::from_value(serde_json::json!({ "zone": "UTC", "week": week })).unwrap()
    }

    /// Rows: S8.2, S8.11
    #[test]
    fn limits_run_in_business_time_and_by_priority() {
        let calendar = office();
        let friday_four = Timestamp::from_millis(MONDAY + (4 * 1_440 + 16 * 60) * MINUTE);
        let next = |day: i64, minute: i64| Timestamp::from_millis(MONDAY + (day * 1_440 + minute) * MINUTE);
        let due = |priority| due_at(friday_four, Some(240), priority, Some(&calendar)).unwrap();
        // Four hours from Friday at four: one on Friday, three on Monday.
        assert_eq!(due(Priority::Normal), next(7, 12 * 60));
        assert_eq!(due(Priority::High), next(7, 10 * 60));
        assert_eq!(due(Priority::Urgent), next(4, 17 * 60));
        assert_eq!(due(Priority::Low), next(7, 16 * 60));
        assert_eq!(due_at(friday_four, Some(240), Priority::Normal, None), Some(next(4, 20 * 60)));
        assert_eq!(due_at(friday_four, None, Priority::Urgent, Some(&calendar)), None);
    }

    proptest::proptest! {
        /// A deadline is never before the ticket, the more pressing never later, and between them lies the limit in open time.
        ///
        /// Rows: S8.11
        #[test]
        fn deadlines_keep_their_order_and_their_length(minute in 0i64..20_000, limit in 1u32..5_000) {
            let (calendar, at) = (office(), Timestamp::from_millis(MONDAY + minute * MINUTE));
            let all = Priority::ALL.map(|priority| due_at(at, Some(limit), priority, Some(&calendar)).unwrap());
            assert!(all.windows(2).all(|pair| pair[0] >= pair[1]) && all[3] > at);
            for (priority, due) in Priority::ALL.into_iter().zip(all) {
                let open = Hours(&calendar).between(at, due).as_secs();
                assert_eq!(open, u64::from(priority.limit(limit)) * 60);
            }
        }
    }
}
