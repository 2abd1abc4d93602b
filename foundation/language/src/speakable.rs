//! What can be said, as functions on [`Language`].

use crate::{english, mandarin};
use ringdesk_model::Language;
use std::time::Duration;

/// A day of the Gregorian calendar, in the place of whoever listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    pub(crate) year: u16,
    pub(crate) month: u8,
    pub(crate) day: u8,
}

/// A time of day, in the place of whoever listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time {
    pub(crate) hour: u8,
    pub(crate) minute: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Currency {
    Cny,
    Eur,
    Gbp,
    Usd,
}

impl Date {
    /// `None`: no such day.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Date> {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        ((1..=days).contains(&day) && (1..=9_999).contains(&year)).then_some(Date { year, month, day })
    }
}

impl Time {
    /// `None`: no such time.
    pub fn new(hour: u8, minute: u8) -> Option<Time> {
        (hour < 24 && minute < 60).then_some(Time { hour, minute })
    }
}

impl Currency {
    /// By ISO 4217 code, and by `RMB`.
    pub fn parse(code: &str) -> Option<Currency> {
        match code.to_ascii_uppercase().as_str() {
            "CNY" | "RMB" => Some(Currency::Cny),
            "EUR" => Some(Currency::Eur),
            "GBP" => Some(Currency::Gbp),
            "USD" => Some(Currency::Usd),
            _ => None,
        }
    }
}

pub trait Speakable: Copy {
    /// A number as such: `two hundred one`, `两百零一`; alone, 2 is `二`.
    fn cardinal(self, n: i64) -> String;
    /// A number before what it counts: the same in English, `两` for 2 in Mandarin.
    fn count(self, n: i64) -> String;
    /// `third`, `第三`.
    fn ordinal(self, n: u32) -> String;
    /// A number with a fraction, as written: `3.50`. Whatever else is in the text is left out.
    fn decimal(self, text: &str) -> String;
    /// `twelve percent`, `百分之十二`.
    fn percent(self, text: &str) -> String;
    /// An order number, digit by digit; letters one by one, other signs as a pause.
    fn digits(self, text: &str) -> String;
    /// A telephone number, digit by digit in groups; 1 is `幺` in Mandarin.
    fn phone(self, text: &str) -> String;
    fn time(self, time: Time) -> String;
    fn date(self, date: Date) -> String;
    /// Days, hours, minutes and seconds, without those that are zero; what is below a second is dropped.
    fn duration(self, lasting: Duration) -> String;
    /// `minor`: in cents, fen, pence.
    fn money(self, minor: i64, currency: Currency) -> String;
}

impl Speakable for Language {
    fn cardinal(self, n: i64) -> String {
        match self {
            Language::En => english::cardinal(n),
            Language::ZhCn => mandarin::cardinal(n),
        }
    }

    fn count(self, n: i64) -> String {
        match self {
            Language::En => english::cardinal(n),
            Language::ZhCn => mandarin::count(n),
        }
    }

    fn ordinal(self, n: u32) -> String {
        match self {
            Language::En => english::ordinal(n),
            Language::ZhCn => format!("第{}", mandarin::cardinal(n.into())),
        }
    }

    fn decimal(self, text: &str) -> String {
        let text: String = text.chars().filter(|c| c.is_ascii_digit() || matches!(c, '.' | '-')).collect();
        let (negative, text) = match text.strip_prefix('-') {
            Some(text) => (true, text),
            None => (false, text.as_str()),
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        // What no integer holds is said digit by digit.
        let whole = match whole.parse::<i64>() {
            Ok(n) => self.cardinal(n),
            Err(_) if whole.is_empty() => self.cardinal(0),
            Err(_) => self.digits(whole),
        };
        let fraction = self.digits(&fraction.replace(['.', '-'], ""));
        match (self, negative, fraction.as_str()) {
            (Language::En, false, "") => whole,
            (Language::En, true, "") => format!("minus {whole}"),
            (Language::En, false, fraction) => format!("{whole} point {fraction}"),
            (Language::En, true, fraction) => format!("minus {whole} point {fraction}"),
            (Language::ZhCn, false, "") => whole,
            (Language::ZhCn, true, "") => format!("负{whole}"),
            // 两 is for round numbers of things: 2.5 is 二点五.
            (Language::ZhCn, false, fraction) => format!("{whole}点{fraction}"),
            (Language::ZhCn, true, fraction) => format!("负{whole}点{fraction}"),
        }
    }

    fn percent(self, text: &str) -> String {
        let number = self.decimal(text);
        match self {
            Language::En => format!("{number} percent"),
            Language::ZhCn => format!("百分之{number}"),
        }
    }

    fn digits(self, text: &str) -> String {
        self.spell(text, false)
    }

    fn phone(self, text: &str) -> String {
        let international = text.trim_start().starts_with('+');
        let groups = phone_groups(text);
        let said: Vec<String> = groups.iter().map(|g| self.spell(g, true)).collect();
        match self {
            Language::En => format!("{}{}", if international { "plus " } else { "" }, said.join(", ")),
            Language::ZhCn => format!("{}{}", if international { "加" } else { "" }, said.join("，")),
        }
    }

    fn time(self, time: Time) -> String {
        match self {
            Language::En => english::time(time),
            Language::ZhCn => mandarin::time(time),
        }
    }

    fn date(self, date: Date) -> String {
        match self {
            Language::En => english::date(date),
            Language::ZhCn => mandarin::date(date),
        }
    }

    fn duration(self, lasting: Duration) -> String {
        match self {
            Language::En => english::duration(lasting),
            Language::ZhCn => mandarin::duration(lasting),
        }
    }

    fn money(self, minor: i64, currency: Currency) -> String {
        match self {
            Language::En => english::money(minor, currency),
            Language::ZhCn => mandarin::money(minor, currency),
        }
    }
}

trait Spell {
    fn spell(self, text: &str, phone: bool) -> String;
}

impl Spell for Language {
    fn spell(self, text: &str, phone: bool) -> String {
        let mut said = String::new();
        for c in text.chars() {
            let word = match (self, c) {
                (_, c) if !c.is_alphanumeric() => {
                    // A pause, but not two of them.
                    if said.chars().last().is_some_and(char::is_alphanumeric) {
                        said.push(if self == Language::En { ',' } else { '，' });
                    }
                    continue;
                }
                (Language::En, '0'..='9') => english::DIGITS[usize::from(c as u8 - b'0')].to_owned(),
                (Language::ZhCn, '1') if phone => "幺".to_owned(),
                (Language::ZhCn, '0'..='9') => mandarin::DIGITS[usize::from(c as u8 - b'0')].to_string(),
                (_, c) => c.to_uppercase().collect(),
            };
            // Chinese characters need no space between them; a Latin letter does.
            let close = self == Language::ZhCn && !word.is_ascii() && said.chars().last().is_none_or(|l| !l.is_ascii());
            if !said.is_empty() && !close {
                said.push(' ');
            }
            said.push_str(&word);
        }
        said.trim_end_matches([',', '，']).to_owned()
    }
}

/// The groups somebody wrote, or else those in which people say such a number.
fn phone_groups(text: &str) -> Vec<String> {
    let written: Vec<String> =
        text.split(|c: char| !c.is_ascii_digit()).filter(|g| !g.is_empty()).map(str::to_owned).collect();
    let [one] = &written[..] else { return written };
    let sizes: &[usize] = match one.len() {
        ..=5 => &[5],
        6 => &[3, 3],
        7 => &[3, 4],
        8 => &[4, 4],
        10 => &[3, 3, 4],
        11 => &[3, 4, 4],
        13 if one.starts_with("86") => &[2, 3, 4, 4],
        _ => &[3],
    };
    let mut groups = Vec::new();
    let mut rest = one.as_str();
    for size in sizes.iter().chain(std::iter::repeat(&sizes[sizes.len() - 1])) {
        if rest.is_empty() {
            break;
        }
        let (group, after) = rest.split_at((*size).min(rest.len()));
        groups.push(group.to_owned());
        rest = after;
    }
    groups
}

#[cfg(test)]
mod tests;
