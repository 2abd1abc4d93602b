//! Local time: which instant a time of day is, on days that have 23, 24 or 25 hours.

use crate::ClockTime;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use ringdesk_model::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// A zone by its name in the IANA database: `Asia/Shanghai`, `Europe/Berlin`, `UTC`.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The day and time of day at an instant. Instants that no calendar reaches are taken for the nearest one.
    pub fn local(&self, at: Timestamp) -> DateTime {
        self.0.to_datetime(instant(at))
    }

    pub fn date(&self, at: Timestamp) -> Date {
        self.local(at).date()
    }

    /// When a clock on the wall first shows this or more: an hour that is skipped begins when it is skipped to; of an hour that
    /// comes twice, the first.
    pub fn first(&self, date: Date, time: ClockTime) -> Timestamp {
        self.instant_of(date, time, false)
    }

    /// The same, of an hour that comes twice the second.
    pub fn last(&self, date: Date, time: ClockTime) -> Timestamp {
        self.instant_of(date, time, true)
    }

    fn instant_of(&self, date: Date, time: ClockTime, second: bool) -> Timestamp {
        let (date, minutes) = match time {
            ClockTime::END_OF_DAY => (date.tomorrow().unwrap_or(Date::MAX), 0),
            time => (date, i16::try_from(time.minutes()).expect("at most 1440")),
        };
        let clock = Time::constant((minutes / 60) as i8, (minutes % 60) as i8, 0, 0);
        let wall = date.to_datetime(clock);
        let found = match self.0.to_ambiguous_timestamp(wall).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(wall),
            AmbiguousOffset::Fold { before, after } => (if second { after } else { before }).to_timestamp(wall),
            // By the old offset this is at or after the jump, so the jump is the last change until then.
            AmbiguousOffset::Gap { before, .. } => before.to_timestamp(wall).map(|late| {
                let after = late.checked_add(jiff::SignedDuration::from_micros(1)).unwrap_or(late);
                let jump = self.0.preceding(after).next().map(|change| change.timestamp());
                jump.unwrap_or(late)
            }),
        };
        Timestamp(found.map_or(i64::MAX, |at| at.as_microsecond()))
    }
}

fn instant(at: Timestamp) -> jiff::Timestamp {
    let nearest = if at.0 < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
    jiff::Timestamp::from_microsecond(at.0).unwrap_or(nearest)
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Zone {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Zone, &'static str> {
        let zone = TimeZone::get(name).map_err(|_| "there is no time zone of this name")?;
        match zone.iana_name() {
            Some(_) => Ok(Zone(zone)),
            None if zone == TimeZone::UTC => Ok(Zone(zone)),
            None => Err("a time zone is named like Asia/Shanghai"),
        }
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Zone, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(zone: &str, date: &str, time: &str) -> (String, String) {
        let (zone, date, time): (Zone, Date, ClockTime) =
            (zone.parse().unwrap(), date.parse().unwrap(), time.parse().unwrap());
        (zone.first(date, time).to_string(), zone.last(date, time).to_string())
    }

    #[test]
    fn wall_clocks_and_instants() {
        let same = |s: &str| (s.to_owned(), s.to_owned());
        assert_eq!(at("Asia/Shanghai", "2026-10-01", "09:00"), same("2026-10-01T01:00:00.000Z"));
        assert_eq!(at("Europe/Berlin", "2026-07-01", "24:00"), same("2026-07-01T22:00:00.000Z"));
        assert_eq!(at("Asia/Kathmandu", "2026-01-01", "00:00"), same("2025-12-31T18:15:00.000Z"));
        // 2026-03-29: 02:00 becomes 03:00. 2026-10-25: 03:00 becomes 02:00.
        assert_eq!(at("Europe/Berlin", "2026-03-29", "02:30"), same("2026-03-29T01:00:00.000Z"));
        assert_eq!(at("Europe/Berlin", "2026-03-29", "02:00"), same("2026-03-29T01:00:00.000Z"));
        assert_eq!(
            at("Europe/Berlin", "2026-10-25", "02:30"),
            ("2026-10-25T00:30:00.000Z".into(), "2026-10-25T01:30:00.000Z".into())
        );
        // A whole day is left out: Samoa crossed the date line.
        assert_eq!(at("Pacific/Apia", "2011-12-30", "12:00"), same("2011-12-30T10:00:00.000Z"));
        assert_eq!(at("Pacific/Apia", "2011-12-29", "24:00"), same("2011-12-30T10:00:00.000Z"));
    }

    #[test]
    fn names_are_those_of_the_table() {
        for name in ["UTC", "Asia/Shanghai", "America/New_York"] {
            assert_eq!(name.parse::<Zone>().unwrap().name(), name);
        }
        for bad in ["", "CST", "Mars/Olympus", "../etc/passwd"] {
            let zone = bad.parse::<Zone>();
            assert!(zone.is_err(), "{bad} is {zone:?}");
        }
        assert_eq!("UTC".parse::<Zone>().unwrap().date(Timestamp(i64::MAX)).year(), 9999);
    }
}
