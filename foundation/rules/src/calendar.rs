//! Opening hours as an account writes them: a zone, a week, and days that are not like their weekday.

use crate::{ClockTime, Date, Zone};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Of one day.
const SPANS: usize = 12;
/// Some ten years of holidays and exchanged days.
pub const DAYS: usize = 1_000;
const NAME: usize = 64;

/// ```json
/// { "zone": "Asia/Shanghai",
///   "week": { "monday": [{ "from": "09:00", "to": "12:00" }, { "from": "13:30", "to": "18:00" }] },
///   "days": { "2026-10-01": { "name": "国庆节" },
///             "2026-10-10": { "name": "国庆节调休", "like": "monday" },
///             "2026-12-24": { "name": "Christmas Eve", "open": [{ "from": "09:00", "to": "12:00" }] } } }
/// ```
/// A weekday that is not named is closed. A day of `days` is closed, unless it is `like` a weekday or says when it is `open`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    pub zone: Zone,
    #[serde(default)]
    pub week: BTreeMap<Weekday, Vec<Span>>,
    #[serde(default)]
    pub days: BTreeMap<Date, SpecialDay>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Weekday {
    pub const ALL: [Weekday; 7] = [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
        Weekday::Saturday,
        Weekday::Sunday,
    ];

    pub fn of(date: Date) -> Weekday {
        Weekday::ALL[usize::try_from(date.weekday().to_monday_zero_offset()).expect("0 to 6")]
    }
}

/// Open from then on, until before then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    pub from: ClockTime,
    pub to: ClockTime,
}

/// A holiday, an exchanged workday, a day with hours of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpecialDay {
    pub name: String,
    /// Open as on this weekday.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub like: Option<Weekday>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open: Vec<Span>,
}

/// What is wrong, and where (a JSON pointer).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {detail}")]
pub struct CalendarFault {
    pub pointer: String,
    pub detail: &'static str,
}

impl Calendar {
    /// Always open.
    pub fn around_the_clock(zone: Zone) -> Calendar {
        let all_day = Span { from: ClockTime::MIDNIGHT, to: ClockTime::END_OF_DAY };
        let week = Weekday::ALL.into_iter().map(|day| (day, vec![all_day])).collect();
        Calendar { zone, week, days: BTreeMap::new() }
    }

    /// Everything that is wrong with it.
    pub fn check(&self) -> Vec<CalendarFault> {
        let mut faults = Vec::new();
        let mut fault = |pointer: String, detail| faults.push(CalendarFault { pointer, detail });
        for (day, spans) in &self.week {
            let name = serde_json::to_value(day).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
            check_spans(spans, &format!("/week/{name}"), &mut fault);
        }
        if self.days.len() > DAYS {
            fault("/days".into(), "more than 1000 days");
        }
        for (date, day) in &self.days {
            let at = format!("/days/{date}");
            let name = day.name.trim();
            if name.is_empty() || name.chars().count() > NAME || name.contains(char::is_control) {
                fault(format!("{at}/name"), "a name is one line of at most 64 characters");
            }
            if day.like.is_some() && !day.open.is_empty() {
                fault(format!("{at}/like"), "a day is like a weekday, or has hours of its own");
            }
            check_spans(&day.open, &format!("{at}/open"), &mut fault);
        }
        faults
    }

    /// When it is open on a day, in order, and the special day it is.
    pub fn on(&self, date: Date) -> (&[Span], Option<&SpecialDay>) {
        let week = |day: Weekday| self.week.get(&day).map_or(&[][..], Vec::as_slice);
        match self.days.get(&date) {
            None => (week(Weekday::of(date)), None),
            Some(day) => (day.like.map_or(day.open.as_slice(), week), Some(day)),
        }
    }
}

fn check_spans(spans: &[Span], at: &str, fault: &mut impl FnMut(String, &'static str)) {
    if spans.len() > SPANS {
        fault(at.to_owned(), "more than 12 spans a day");
    }
    for (n, span) in spans.iter().enumerate() {
        if span.from >= span.to {
            fault(format!("{at}/{n}"), "it ends before it begins; a night is two spans, on two days");
        }
        if n > 0 && spans[n - 1].to > span.from {
            fault(format!("{at}/{n}"), "it begins before the one above has ended");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHANGHAI: &str = r#"{ "zone": "Asia/Shanghai",
        "week": { "monday": [{ "from": "09:00", "to": "12:00" }, { "from": "13:30", "to": "18:00" }] },
        "days": { "2026-10-01": { "name": "国庆节" }, "2026-10-10": { "name": "国庆节调休", "like": "monday" } } }"#;

    #[test]
    fn calendars_are_kept_as_they_are_written() {
        let calendar: Calendar = serde_json::from_str(SHANGHAI).unwrap();
        assert!(calendar.check().is_empty());
        let kept: serde_json::Value = serde_json::to_value(&calendar).unwrap();
        assert_eq!(kept, serde_json::from_str::<serde_json::Value>(SHANGHAI).unwrap());
        for bad in [
            r#"{}"#,
            r#"{ "zone": "Mars/Olympus" }"#,
            r#"{ "zone": "UTC", "week": { "holiday": [] } }"#,
            r#"{ "zone": "UTC", "week": { "monday": [{ "from": "9", "to": "12:00" }] } }"#,
            r#"{ "zone": "UTC", "days": { "2026-02-29": { "name": "x" } } }"#,
            r#"{ "zone": "UTC", "days": { "2026-02-28": { "name": "x", "closed": true } } }"#,
        ] {
            assert!(serde_json::from_str::<Calendar>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn faults_say_where() {
        let calendar: Calendar = serde_json::from_str(
            r#"{ "zone": "UTC", "week": { "friday": [{ "from": "22:00", "to": "06:00" }, { "from": "01:00", "to": "02:00" }] },
                 "days": { "2026-01-01": { "name": " ", "like": "monday", "open": [{ "from": "01:00", "to": "02:00" }] } } }"#,
        )
        .unwrap();
        let at: Vec<String> = calendar.check().into_iter().map(|fault| fault.pointer).collect();
        assert_eq!(at, ["/week/friday/0", "/week/friday/1", "/days/2026-01-01/name", "/days/2026-01-01/like"]);
    }

    /// Rows: S13.9
    #[test]
    fn holidays_and_exchanged_days_stand_before_the_week() {
        let calendar: Calendar = serde_json::from_str(SHANGHAI).unwrap();
        let open = |date: &str| calendar.on(date.parse().unwrap());
        assert_eq!(open("2026-09-28").0.len(), 2, "a Monday");
        assert!(open("2026-09-29").0.is_empty());
        assert!(open("2026-10-01").0.is_empty() && open("2026-10-01").1.unwrap().name == "国庆节");
        assert_eq!(open("2026-10-10").0.len(), 2, "a Saturday that is like a Monday");
    }
}
