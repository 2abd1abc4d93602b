//! Holidays and exchanged workdays from a file: CSV, JSON, or a part of iCalendar (RFC 5545).
//!
//! **CSV**: `date,kind,name`, one day or stretch a line, `kind` is `off` or `work`; lines that begin with `#` and a first line that names
//! the columns are left out.
//!
//! ```csv
//! date,kind,name
//! 2026-10-01..2026-10-07,off,国庆节
//! 2026-10-10,work,国庆节
//! ```
//!
//! **JSON**: a list of `{"date": "2026-10-01", "kind": "off", "name": "国庆节"}`, or the shape in which China's holidays are published
//! on the web: `{"year": 2026, "days": [{"date": "2026-10-01", "isOffDay": true, "name": "国庆节"}]}`.
//!
//! **iCalendar**: each `VEVENT` of whole days (`DTSTART`, `DTEND` or one day). A workday is marked by
//! `X-APPLE-SPECIAL-DAY:ALTERNATE-WORKDAY`, or by 班 in its summary. What repeats (`RRULE`) is refused: a calendar holds days, and
//! the days of next year are decided next year.

use crate::calendar::DAYS;
use crate::{Date, SpecialDay, Weekday};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A file of ten years is a hundredth of it.
const LONGEST: usize = 1 << 20;
/// In one stretch of days.
const STRETCH: usize = 60;

/// A day as a file has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedDay {
    pub date: Date,
    /// An exchanged workday; a holiday otherwise.
    pub work: bool,
    pub name: String,
}

/// The line (from 1; of JSON and iCalendar the entry), and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}: {detail}")]
pub struct ImportFault {
    pub line: usize,
    pub detail: &'static str,
}

/// Read a file of any of the three forms; which one it is shows in its first letter. Sorted by day; a day that comes twice is
/// what it is said to be last. All or nothing.
pub fn import(text: &str) -> Result<Vec<ImportedDay>, ImportFault> {
    let fault = |detail| ImportFault { line: 0, detail };
    if text.len() > LONGEST {
        return Err(fault("longer than a mebibyte"));
    }
    let text = text.trim_start_matches('\u{feff}');
    let days = match text.trim_start() {
        json if json.starts_with(['[', '{']) => from_json(json)?,
        ics if ics.starts_with("BEGIN:VCALENDAR") => from_calendar(ics)?,
        _ => from_csv(text)?,
    };
    let days: BTreeMap<Date, ImportedDay> = days.into_iter().map(|day| (day.date, day)).collect();
    match days.len() {
        0 => Err(fault("there are no days in it")),
        n if n > DAYS => Err(fault("more than 1000 days")),
        _ => Ok(days.into_values().collect()),
    }
}

impl ImportedDay {
    /// As a calendar has it: a workday is open like `like`.
    pub fn special(self, like: Weekday) -> (Date, SpecialDay) {
        let like = self.work.then_some(like);
        (self.date, SpecialDay { name: self.name, like, open: Vec::new() })
    }
}

fn from_csv(text: &str) -> Result<Vec<ImportedDay>, ImportFault> {
    let mut days = Vec::new();
    for (n, line) in text.lines().enumerate() {
        let fault = |detail| ImportFault { line: n + 1, detail };
        let line = line.trim();
        let mut cells = line.splitn(3, ',').map(|cell| cell.trim().trim_matches('"'));
        let (date, kind, name) = (cells.next().unwrap_or_default(), cells.next(), cells.next());
        if line.is_empty() || line.starts_with('#') || (days.is_empty() && date.eq_ignore_ascii_case("date")) {
            continue;
        }
        let work = match kind {
            Some("off") => false,
            Some("work") => true,
            _ => return Err(fault("the kind is off or work")),
        };
        let (first, last) = date.split_once("..").unwrap_or((date, date));
        let (first, last) = (day(first).map_err(fault)?, day(last).map_err(fault)?);
        stretch(&mut days, (first, last), work, name.unwrap_or_default()).map_err(fault)?;
    }
    Ok(days)
}

#[derive(Deserialize)]
struct Entry {
    date: String,
    kind: Option<String>,
    #[serde(rename = "isOffDay")]
    is_off_day: Option<bool>,
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum File {
    List(Vec<Entry>),
    Year { days: Vec<Entry> },
}

fn from_json(text: &str) -> Result<Vec<ImportedDay>, ImportFault> {
    let wrong = |_| ImportFault { line: 0, detail: "neither a list of days nor an object with days" };
    let (File::List(entries) | File::Year { days: entries }) = serde_json::from_str(text).map_err(wrong)?;
    let mut days = Vec::new();
    for (n, entry) in entries.into_iter().enumerate() {
        let fault = |detail| ImportFault { line: n + 1, detail };
        let work = match (entry.kind.as_deref(), entry.is_off_day) {
            (Some("off"), None) | (None, Some(true)) => false,
            (Some("work"), None) | (None, Some(false)) => true,
            _ => return Err(fault("the kind is off or work")),
        };
        let date = day(&entry.date).map_err(fault)?;
        stretch(&mut days, (date, date), work, &entry.name).map_err(fault)?;
    }
    Ok(days)
}

fn from_calendar(text: &str) -> Result<Vec<ImportedDay>, ImportFault> {
    #[derive(Default)]
    struct Event {
        first: Option<Date>,
        /// The day after.
        end: Option<Date>,
        summary: String,
        work: bool,
    }
    // RFC 5545 §3.1: a line that begins with a blank goes on with the one above.
    let text = text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "");
    let (mut days, mut event, mut n) = (Vec::new(), None::<Event>, 0);
    for line in text.lines() {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let name = name.split(';').next().unwrap_or_default().to_ascii_uppercase();
        let fault = |detail| ImportFault { line: n, detail };
        match (name.as_str(), &mut event) {
            ("BEGIN", _) if value.trim() == "VEVENT" => {
                n += 1;
                event = Some(Event::default());
            }
            ("DTSTART", Some(event)) => event.first = Some(compact(value).map_err(fault)?),
            ("DTEND", Some(event)) => event.end = Some(compact(value).map_err(fault)?),
            // §3.3.11: \, \; and \\ stand for themselves, \n for a new line.
            ("SUMMARY", Some(event)) => {
                event.summary = value.replace("\\n", " ").replace("\\N", " ").replace("\\,", ",").replace("\\;", ";");
            }
            ("X-APPLE-SPECIAL-DAY", Some(event)) => event.work |= value.trim() == "ALTERNATE-WORKDAY",
            ("RRULE" | "RDATE", Some(_)) => return Err(fault("it repeats; enter its days one by one")),
            ("END", _) if value.trim() == "VEVENT" => {
                let Some(event) = event.take() else { continue };
                let first = event.first.ok_or(fault("it has no day"))?;
                let last = match event.end {
                    Some(end) if end > first => end.yesterday().map_err(|_| fault("no such day"))?,
                    _ => first,
                };
                let work = event.work || event.summary.contains('班');
                stretch(&mut days, (first, last), work, &event.summary).map_err(fault)?;
            }
            _ => {}
        }
    }
    Ok(days)
}

fn stretch(
    days: &mut Vec<ImportedDay>,
    (first, last): (Date, Date),
    work: bool,
    name: &str,
) -> Result<(), &'static str> {
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 64 {
        return Err("a day has a name of at most 64 characters");
    }
    if last < first {
        return Err("it ends before it begins");
    }
    let dates = std::iter::successors(Some(first), |date| date.tomorrow().ok()).take_while(|date| *date <= last);
    for (n, date) in dates.enumerate() {
        if n == STRETCH {
            return Err("longer than 60 days");
        }
        days.push(ImportedDay { date, work, name: name.to_owned() });
    }
    Ok(())
}

/// `2026-10-01`
fn day(text: &str) -> Result<Date, &'static str> {
    const WRONG: &str = "a day is written like 2026-10-01";
    let fits = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    text.parse().ok().filter(|_| fits).ok_or(WRONG)
}

/// `20261001`, and the day of `20261001T000000`.
fn compact(text: &str) -> Result<Date, &'static str> {
    const WRONG: &str = "a day is written like 20261001";
    let figures = text.trim().get(..8).filter(|s| s.bytes().all(|b| b.is_ascii_digit())).ok_or(WRONG)?;
    day(&format!("{}-{}-{}", &figures[..4], &figures[4..6], &figures[6..])).map_err(|_| WRONG)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let kind = |work| if work { "work" } else { "off" };
        import(text).unwrap().into_iter().map(|d| format!("{} {} {}", d.date, kind(d.work), d.name)).collect()
    }

    /// Rows: S13.9
    #[test]
    fn three_forms_of_one_calendar() {
        let days = ["2026-10-01 off 国庆节", "2026-10-02 off 国庆节", "2026-10-10 work 国庆节（班）"];
        let csv = "\u{feff}Date,kind,name\r\n# 国务院办公厅\n2026-10-01..2026-10-02,off,国庆节\n\n2026-10-10,work,\"国庆节（班）\"\n";
        assert_eq!(read(csv), days);
        let list = r#"[{"date":"2026-10-10","kind":"work","name":"国庆节（班）"},{"date":"2026-10-01","kind":"off","name":"国庆节"},
                       {"date":"2026-10-02","kind":"off","name":"国庆节"}]"#;
        assert_eq!(read(list), days);
        let year = r#"{"$id":"x","year":2026,"papers":[],"days":[{"name":"国庆节","date":"2026-10-01","isOffDay":true},
            {"name":"国庆节","date":"2026-10-02","isOffDay":true},{"name":"国庆节（班）","date":"2026-10-10","isOffDay":false}]}"#;
        assert_eq!(read(year), days);
        let ics = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261001\r\nDTEND;VALUE=DATE:20261003\r\n\
            SUMMARY;LANGUAGE=zh:国\r\n 庆节\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261010\r\nSUMMARY:国庆节（班）\r\n\
            END:VEVENT\r\nEND:VCALENDAR\r\n";
        assert_eq!(read(ics), days);
    }

    #[test]
    fn workdays_are_like_a_weekday() {
        let mut days = import("2026-10-01,off,国庆节\n2026-10-10,work,国庆节").unwrap().into_iter();
        let (_, holiday) = days.next().unwrap().special(Weekday::Friday);
        assert_eq!((holiday.like, holiday.open.len()), (None, 0));
        let (date, work) = days.next().unwrap().special(Weekday::Friday);
        assert_eq!((date.to_string().as_str(), work.like), ("2026-10-10", Some(Weekday::Friday)));
    }

    #[test]
    fn a_file_that_is_wrong_says_where() {
        for (text, line, part) in [
            ("", 0, "no days"),
            ("2026-10-01,off,x\n2026-13-01,off,x", 2, "like 2026-10-01"),
            ("2026-10-01,closed,x", 1, "off or work"),
            ("2026-10-01,off,", 1, "name"),
            ("2026-10-02..2026-10-01,off,x", 1, "ends before"),
            ("2026-01-01..2026-12-31,off,x", 1, "60 days"),
            ("{\"days\":3}", 0, "neither"),
            ("[{\"date\":\"2026-10-01\",\"name\":\"x\"}]", 1, "off or work"),
            ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101\nSUMMARY:x\nRRULE:FREQ=YEARLY\nEND:VEVENT", 1, "repeats"),
            ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:2026\nEND:VEVENT", 1, "like 20261001"),
            ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT", 1, "no day"),
        ] {
            let fault = import(text).unwrap_err();
            assert!(fault.line == line && fault.detail.contains(part), "{text:?}: {fault}");
        }
        assert!(import(&"x".repeat(LONGEST + 1)).is_err());
    }
}
