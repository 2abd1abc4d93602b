//! Mandarin, in simplified characters.
//!
//! 二 or 两: 二 in digits, in 十 and at the end of a number, in ordinals and in fractions; 两 before what is counted, and
//! before 百, 千, 万 and 亿 at the head of a number (两万二千). In telephone numbers 1 is 幺, lest it be taken for 7.

use crate::speakable::{Currency, Date, Time};
use std::time::Duration;

pub(crate) const DIGITS: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

pub(crate) fn cardinal(n: i64) -> String {
    let said = positive(n.unsigned_abs(), true);
    if n < 0 { format!("负{said}") } else { said }
}

pub(crate) fn count(n: i64) -> String {
    if n == 2 { "两".to_owned() } else { cardinal(n) }
}

pub(crate) fn time(time: Time) -> String {
    let part = match time.hour {
        0..=5 => "凌晨",
        6..=8 => "早上",
        9..=11 => "上午",
        12 => "中午",
        13..=17 => "下午",
        _ => "晚上",
    };
    let hour = match time.hour {
        13.. => time.hour - 12,
        hour => hour,
    };
    format!("{part}{}", clock(hour, time.minute))
}

/// Hour and minute without the part of the day, for where it has been said: 两点三十分.
pub(crate) fn clock(hour: u8, minute: u8) -> String {
    let hour = count(hour.into());
    match minute {
        0 => format!("{hour}点"),
        1..=9 => format!("{hour}点零{}分", cardinal(minute.into())),
        minute => format!("{hour}点{}分", cardinal(minute.into())),
    }
}

pub(crate) fn date(date: Date) -> String {
    format!("{}年{}月{}日", year(date.year), cardinal(date.month.into()), cardinal(date.day.into()))
}

pub(crate) fn year(year: u16) -> String {
    year.to_string().bytes().map(|b| DIGITS[usize::from(b - b'0')]).collect()
}

pub(crate) fn duration(lasting: Duration) -> String {
    let seconds = lasting.as_secs();
    let parts =
        [(seconds / 86_400, "天"), (seconds / 3_600 % 24, "小时"), (seconds / 60 % 60, "分钟"), (seconds % 60, "秒")];
    let said: String = parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| counted(*n, unit)).collect();
    if said.is_empty() { "零秒".to_owned() } else { said }
}

pub(crate) fn money(minor: i64, currency: Currency) -> String {
    let (whole, rest) = (minor.unsigned_abs() / 100, minor.unsigned_abs() % 100);
    let said = match currency {
        Currency::Cny => yuan(whole, rest),
        Currency::Eur => foreign(whole, rest, "欧元", "欧分"),
        Currency::Gbp => foreign(whole, rest, "英镑", "便士"),
        Currency::Usd => foreign(whole, rest, "美元", "美分"),
    };
    if minor < 0 { format!("负{said}") } else { said }
}

/// 十二元五角, 十二元零五分; a lone 2 at the head is 两.
fn yuan(whole: u64, rest: u64) -> String {
    let (jiao, fen) = (rest / 10, rest % 10);
    let mut said = match (whole, rest) {
        (0, 1..) => String::new(),
        (whole, _) => counted(whole, "元"),
    };
    let head = said.is_empty();
    match jiao {
        0 if fen > 0 && !head => said.push('零'),
        0 => {}
        jiao if head => said.push_str(&counted(jiao, "角")),
        jiao => said.push_str(&format!("{}角", positive(jiao, true))),
    }
    match fen {
        0 => {}
        fen if said.is_empty() => said.push_str(&counted(fen, "分")),
        fen => said.push_str(&format!("{}分", positive(fen, true))),
    }
    said
}

fn foreign(whole: u64, rest: u64, unit: &str, minor: &str) -> String {
    match (whole, rest) {
        (whole, 0) => counted(whole, unit),
        (0, rest) => counted(rest, minor),
        (whole, rest) => format!("{}{}", counted(whole, unit), counted(rest, minor)),
    }
}

fn counted(n: u64, unit: &str) -> String {
    let n = if n == 2 { "两".to_owned() } else { positive(n, true) };
    format!("{n}{unit}")
}

/// `head`: the number starts here; within a number 十 is 一十 and 二 stays 二.
fn positive(n: u64, head: bool) -> String {
    for (unit, name) in [(100_000_000, '亿'), (10_000, '万'), (1_000, '千'), (100, '百'), (10, '十')] {
        if n < unit {
            continue;
        }
        let (high, low) = (n / unit, n % unit);
        let high = match high {
            1 if unit == 10 && head => String::new(),
            2 if unit > 10 && head => "两".to_owned(),
            high => positive(high, head),
        };
        // A gap in the digits is one 零, however wide.
        let low = match low {
            0 => String::new(),
            low if low < unit / 10 => format!("零{}", positive(low, false)),
            low => positive(low, false),
        };
        return format!("{high}{name}{low}");
    }
    DIGITS[n as usize].to_string()
}
