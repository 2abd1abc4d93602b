//! A time of day as people write it: `09:00`, and `24:00` for the end of the day.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// Minutes since midnight, 0 to 1440.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClockTime(u16);

impl ClockTime {
    pub const MIDNIGHT: ClockTime = ClockTime(0);
    /// `24:00`
    pub const END_OF_DAY: ClockTime = ClockTime(1_440);

    pub fn new(hour: u16, minute: u16) -> Option<ClockTime> {
        let minutes = hour.checked_mul(60)?.checked_add(minute)?;
        (minute < 60 && minutes <= 1_440).then_some(ClockTime(minutes))
    }

    pub fn minutes(self) -> u16 {
        self.0
    }
}

impl fmt::Display for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl FromStr for ClockTime {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<ClockTime, &'static str> {
        const WRONG: &str = "a time is written like 09:00, at most 24:00";
        let figures = |s: &str| s.len() == 2 && s.bytes().all(|b| b.is_ascii_digit());
        let (hour, minute) = text.split_once(':').filter(|(h, m)| figures(h) && figures(m)).ok_or(WRONG)?;
        let parse = |s: &str| s.parse::<u16>().map_err(|_| WRONG);
        ClockTime::new(parse(hour)?, parse(minute)?).ok_or(WRONG)
    }
}

impl Serialize for ClockTime {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ClockTime {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<ClockTime, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_one_way() {
        for text in ["00:00", "09:05", "23:59", "24:00"] {
            assert_eq!(text.parse::<ClockTime>().unwrap().to_string(), text);
        }
        for bad in ["", "9:00", "24:01", "12:60", "12", "12:0", "+1:00", "１２:00", "25:00"] {
            assert!(bad.parse::<ClockTime>().is_err(), "{bad}");
        }
    }
}
