//! When somebody who keeps their place may be called: within the opening hours of the queue that has promised it.

use crate::OperationError;
use crate::floor::setup;
use ringdesk_model::{AccountId, CalendarId, QueueId, Timestamp};
use ringdesk_routing::CallbackOffer;
use ringdesk_rules::{Calendar, Hours};
use ringdesk_storage::{Tx, agents, calendars};
use std::collections::BTreeMap;
use std::time::Duration;

/// Whom nobody has called after so much time in which it was open is overdue for who looks at the floor.
const OVERDUE: Duration = Duration::from_secs(3_600);

/// May they be called now?
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MayCall {
    Now,
    From(NextOpening),
    /// It does not open any more, as far as the calendar goes.
    Never,
}

/// When it is open again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextOpening {
    pub at: Timestamp,
    pub day: OpeningDay,
    /// By the calendar's own clock: `2026-11-23` and `09:00`.
    pub date: String,
    pub time: String,
}

/// As seen from where it is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpeningDay {
    Today,
    Tomorrow,
    Later,
}

/// Without a calendar at any hour.
pub(crate) fn may_call(now: Timestamp, calendar: Option<&Calendar>) -> MayCall {
    let Some(calendar) = calendar else { return MayCall::Now };
    let hours = Hours(calendar);
    if hours.at(now).is_open() {
        return MayCall::Now;
    }
    let Some(at) = hours.next_open(now) else { return MayCall::Never };
    let (today, opens) = (calendar.zone.date(now), calendar.zone.local(at));
    let day = if opens.date() == today {
        OpeningDay::Today
    } else if today.tomorrow().is_ok_and(|tomorrow| tomorrow == opens.date()) {
        OpeningDay::Tomorrow
    } else {
        OpeningDay::Later
    };
    let time = format!("{:02}:{:02}", opens.hour(), opens.minute());
    MayCall::From(NextOpening { at, day, date: opens.date().to_string(), time })
}

/// How often each queue calls, after how long, and when.
#[derive(Default)]
pub(crate) struct PlaceRules {
    offers: BTreeMap<QueueId, CallbackOffer>,
    calendars: BTreeMap<CalendarId, Calendar>,
}

impl PlaceRules {
    pub(crate) async fn read(tx: &mut Tx, account: AccountId) -> Result<PlaceRules, OperationError> {
        let mut rules = PlaceRules::default();
        for queue in agents::queues(tx, account).await? {
            let id = queue.id;
            rules.offers.extend(setup(queue)?.callback.map(|offer| (id, offer)));
        }
        if rules.offers.values().any(|offer| offer.hours.is_some()) {
            let all = calendars::all(tx, account).await?;
            // One that cannot be read keeps nobody from being called.
            let read = |row: calendars::CalendarRow| Some((row.id, serde_json::from_str(&row.document).ok()?));
            rules.calendars = all.into_iter().filter_map(read).collect();
        }
        Ok(rules)
    }

    pub(crate) fn of(&self, queue: QueueId) -> CallbackOffer {
        self.offers.get(&queue).copied().unwrap_or_default()
    }

    pub(crate) fn may_call(&self, now: Timestamp, queue: QueueId) -> MayCall {
        may_call(now, self.calendar(queue))
    }

    /// Time passes while it is open.
    pub(crate) fn overdue(&self, now: Timestamp, queue: QueueId) -> Timestamp {
        let after = self.calendar(queue).and_then(|calendar| Hours(calendar).after(now, OVERDUE));
        after.unwrap_or(now + OVERDUE)
    }

    fn calendar(&self, queue: QueueId) -> Option<&Calendar> {
        self.of(queue).hours.and_then(|id| self.calendars.get(&id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// 2026-11-16 was a Monday.
    fn at(calendar: &Calendar, day: i8, time: &str) -> Timestamp {
        calendar.zone.first(ringdesk_rules::Date::constant(2026, 11, day), time.parse().unwrap())
    }

    fn office() -> Calendar {
        let hours = json!([{ "from": "09:00", "to": "12:00" }, { "from": "13:30", "to": "17:00" }]);
        let week = json!({ "monday": hours, "tuesday": hours, "wednesday": hours, "friday": hours });
        let days = json!({ "2026-11-18": { "name": "a holiday" } });
        serde_json::from_value(json!({ "zone": "Europe/Berlin", "week": week, "days": days })).unwrap()
    }

    /// Rows: V7
    #[test]
    fn who_keeps_their_place_is_called_while_it_is_open() {
        let office = office();
        let said = |day, time: &str| may_call(at(&office, day, time), Some(&office));
        let opens = |day: OpeningDay, of: i8, time: &str| {
            let (at, date) = (at(&office, of, time), format!("2026-11-{of}"));
            MayCall::From(NextOpening { at, day, date, time: time.into() })
        };
        for open in ["09:00", "11:59", "13:30", "16:59"] {
            assert_eq!(said(16, open), MayCall::Now, "{open}");
        }
        assert_eq!(said(16, "08:59"), opens(OpeningDay::Today, 16, "09:00"));
        assert_eq!(said(16, "12:00"), opens(OpeningDay::Today, 16, "13:30"));
        assert_eq!(said(16, "17:00"), opens(OpeningDay::Tomorrow, 17, "09:00"));
        // Wednesday is a holiday, on Thursdays nobody works.
        assert_eq!(said(17, "17:00"), opens(OpeningDay::Later, 20, "09:00"));
        assert_eq!(said(20, "23:59"), opens(OpeningDay::Later, 23, "09:00"));
        assert_eq!(may_call(at(&office, 21, "03:00"), None), MayCall::Now, "without a calendar at any hour");
        let never: Calendar = serde_json::from_value(json!({ "zone": "UTC" })).unwrap();
        assert_eq!(may_call(at(&office, 16, "10:00"), Some(&never)), MayCall::Never);
    }

    /// Rows: V7
    #[test]
    fn a_place_is_overdue_after_an_hour_in_which_it_was_open() {
        let (office, queue) = (office(), QueueId(uuid::Uuid::from_u128(1)));
        let hours = CalendarId(uuid::Uuid::from_u128(2));
        let offer = CallbackOffer { hours: Some(hours), ..CallbackOffer::default() };
        let offers = BTreeMap::from([(queue, offer)]);
        let rules = PlaceRules { offers: offers.clone(), calendars: BTreeMap::from([(hours, office.clone())]) };
        let table = [(16, "10:00", 16, "11:00"), (16, "16:30", 17, "09:30"), (17, "20:00", 20, "10:00")];
        for (day, time, then, when) in table {
            assert_eq!(rules.overdue(at(&office, day, time), queue), at(&office, then, when), "{day} {time}");
        }
        // A calendar that is gone, and a queue without one.
        let now = at(&office, 16, "16:30");
        let gone = PlaceRules { offers, calendars: BTreeMap::new() };
        assert_eq!((gone.overdue(now, queue), gone.may_call(now, queue)), (now + OVERDUE, MayCall::Now));
        assert_eq!(PlaceRules::default().overdue(now, queue), now + OVERDUE);
    }
}
