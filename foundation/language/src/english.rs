//! English, as said on a telephone in America; dates and amounts are understood anywhere.

use crate::speakable::{Currency, Date, Time};
use std::time::Duration;

pub(crate) const DIGITS: [&str; 10] = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
const TEENS: [&str; 10] =
    ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"];
const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const SCALES: [&str; 7] = ["", " thousand", " million", " billion", " trillion", " quadrillion", " quintillion"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(crate) fn cardinal(n: i64) -> String {
    if n < 0 {
        return format!("minus {}", positive(n.unsigned_abs()));
    }
    positive(n.unsigned_abs())
}

pub(crate) fn ordinal(n: u32) -> String {
    let said = cardinal(n.into());
    let start = said.rfind([' ', '-']).map_or(0, |i| i + 1);
    let (before, last) = said.split_at(start);
    let last = match last {
        "one" => "first".to_owned(),
        "two" => "second".to_owned(),
        "three" => "third".to_owned(),
        "five" => "fifth".to_owned(),
        "eight" => "eighth".to_owned(),
        "nine" => "ninth".to_owned(),
        "twelve" => "twelfth".to_owned(),
        _ => match last.strip_suffix('y') {
            Some(stem) => format!("{stem}ieth"),
            None => format!("{last}th"),
        },
    };
    format!("{before}{last}")
}

pub(crate) fn time(time: Time) -> String {
    let half = if time.hour < 12 { "AM" } else { "PM" };
    let hour = cardinal(if time.hour.is_multiple_of(12) { 12 } else { i64::from(time.hour % 12) });
    match (time.hour, time.minute) {
        (0, 0) => "midnight".to_owned(),
        (12, 0) => "noon".to_owned(),
        (_, 0) => format!("{hour} {half}"),
        (_, minute @ 1..=9) => format!("{hour} oh {} {half}", cardinal(minute.into())),
        (_, minute) => format!("{hour} {} {half}", cardinal(minute.into())),
    }
}

pub(crate) fn date(date: Date) -> String {
    let month = MONTHS[usize::from(date.month) - 1];
    format!("{month} {}, {}", ordinal(date.day.into()), year(date.year))
}

pub(crate) fn duration(lasting: Duration) -> String {
    let seconds = lasting.as_secs();
    let parts = [
        (seconds / 86_400, "day"),
        (seconds / 3_600 % 24, "hour"),
        (seconds / 60 % 60, "minute"),
        (seconds % 60, "second"),
    ];
    let said: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| counted(*n, unit)).collect();
    match said.split_last() {
        None => "zero seconds".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
    }
}

pub(crate) fn money(minor: i64, currency: Currency) -> String {
    // Yuan, fen and pence have no other plural.
    let (one, many, one_minor, many_minor) = match currency {
        Currency::Cny => ("yuan", "yuan", "fen", "fen"),
        Currency::Eur => ("euro", "euros", "cent", "cents"),
        Currency::Gbp => ("pound", "pounds", "penny", "pence"),
        Currency::Usd => ("dollar", "dollars", "cent", "cents"),
    };
    let (whole, rest) = (minor.unsigned_abs() / 100, minor.unsigned_abs() % 100);
    let name = |n: u64, one: &str, many: &str| format!("{} {}", positive(n), if n == 1 { one } else { many });
    let said = match (whole, rest) {
        (whole, 0) => name(whole, one, many),
        (0, rest) => name(rest, one_minor, many_minor),
        (whole, rest) => format!("{} and {}", name(whole, one, many), name(rest, one_minor, many_minor)),
    };
    if minor < 0 { format!("minus {said}") } else { said }
}

/// 1905 is nineteen oh five, 2005 two thousand five, 2026 twenty twenty-six.
pub(crate) fn year(year: u16) -> String {
    let (century, rest) = (i64::from(year / 100), i64::from(year % 100));
    match (century, rest) {
        (0, _) => cardinal(rest),
        (century, _) if century % 10 == 0 && rest < 10 => cardinal(year.into()),
        (century, 0) => format!("{} hundred", cardinal(century)),
        (century, 1..=9) => format!("{} oh {}", cardinal(century), cardinal(rest)),
        (century, rest) => format!("{} {}", cardinal(century), cardinal(rest)),
    }
}

fn counted(n: u64, unit: &str) -> String {
    format!("{} {unit}{}", positive(n), if n == 1 { "" } else { "s" })
}

fn positive(n: u64) -> String {
    if n == 0 {
        return DIGITS[0].to_owned();
    }
    let mut said = Vec::new();
    let mut rest = n;
    for scale in SCALES {
        let group = (rest % 1_000) as usize;
        rest /= 1_000;
        if group > 0 {
            said.push(format!("{}{scale}", below_thousand(group)));
        }
    }
    said.reverse();
    said.join(" ")
}

fn below_thousand(n: usize) -> String {
    let tail = match n % 100 {
        0 => String::new(),
        n @ 1..=9 => DIGITS[n].to_owned(),
        n @ 10..=19 => TEENS[n - 10].to_owned(),
        n if n % 10 == 0 => TENS[n / 10].to_owned(),
        n => format!("{}-{}", TENS[n / 10], DIGITS[n % 10]),
    };
    match (n / 100, tail.as_str()) {
        (0, tail) => tail.to_owned(),
        (hundreds, "") => format!("{} hundred", DIGITS[hundreds]),
        (hundreds, tail) => format!("{} hundred {tail}", DIGITS[hundreds]),
    }
}
