//! What means a quantity: amounts, days, times, numbers.

use super::scan::{Place, digits, number};
use super::{Said, counts};
use crate::speakable::{Currency, Date, Speakable, Time};
use crate::{english, mandarin};
use ringdesk_model::Language;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// `¥12.50`, `US$ 3`, `USD 3`, `12.50元`, `3 dollars`.
pub(super) fn money(place: &Place) -> Said {
    const BEFORE: &[(&str, Currency)] = &[
        ("US$", Currency::Usd),
        ("USD", Currency::Usd),
        ("CNY", Currency::Cny),
        ("RMB", Currency::Cny),
        ("EUR", Currency::Eur),
        ("GBP", Currency::Gbp),
        ("¥", Currency::Cny),
        ("￥", Currency::Cny),
        ("$", Currency::Usd),
        ("€", Currency::Eur),
        ("£", Currency::Gbp),
    ];
    const AFTER: &[(&str, Currency)] = &[
        ("元", Currency::Cny),
        ("块钱", Currency::Cny),
        ("块", Currency::Cny),
        ("人民币", Currency::Cny),
        ("yuan", Currency::Cny),
        ("CNY", Currency::Cny),
        ("RMB", Currency::Cny),
        ("美元", Currency::Usd),
        ("dollars", Currency::Usd),
        ("USD", Currency::Usd),
        ("欧元", Currency::Eur),
        ("euros", Currency::Eur),
        ("EUR", Currency::Eur),
        ("英镑", Currency::Gbp),
        ("pounds", Currency::Gbp),
        ("GBP", Currency::Gbp),
    ];
    let (minus, rest) = match place.rest.strip_prefix('-') {
        Some(rest) => (1, rest),
        None => (0, place.rest),
    };
    let sign = if minus == 1 { -1 } else { 1 };
    let before = BEFORE.iter().find_map(|(sign, currency)| rest.strip_prefix(sign).map(|r| (r, sign.len(), *currency)));
    if let Some((after, sign_length, currency)) = before {
        let amount = after.trim_start_matches(' ');
        let (plain, length) = number(amount)?;
        let length = minus + sign_length + (after.len() - amount.len()) + length;
        // ¥3万, $2k: no amount we could split into cents.
        let scaled = place.after(length).starts_with(['万', '亿', '千', '百']) || !place.ends_at(length);
        return if scaled { None } else { Some((place.language.money(sign * minor(&plain)?, currency), length)) };
    }
    let (plain, length) = number(rest)?;
    let after = &rest[length..];
    let unit = after.trim_start_matches(' ');
    let (sign_length, currency) = AFTER.iter().find_map(|(s, c)| unit.starts_with(s).then_some((s.len(), *c)))?;
    let length = minus + length + (after.len() - unit.len()) + sign_length;
    if unit.starts_with(|c: char| c.is_ascii()) && !place.ends_at(length) {
        return None;
    }
    Some((place.language.money(sign * minor(&plain)?, currency), length))
}

/// `2026-11-21`, `2026/11/21`, `2026年`, and in English `November 21, 2026` from the figures on.
pub(super) fn date(place: &Place) -> Said {
    let text = place.rest;
    let year_length = digits(text);
    if year_length == 4 {
        let year: u16 = text[..4].parse().ok()?;
        if text[4..].starts_with('年') {
            return Some((
                if place.language == Language::ZhCn { mandarin::year(year) } else { english::year(year) },
                4,
            ));
        }
        let separator = text[4..].chars().next().filter(|c| matches!(c, '-' | '/' | '.'));
        if let Some(separator) = separator {
            let month = &text[5..];
            let month_length = digits(month);
            let day = month[month_length..].strip_prefix(separator)?;
            let day_length = digits(day);
            let whole = 5 + month_length + 1 + day_length;
            let date = Date::new(year, month[..month_length].parse().ok()?, day[..day_length].parse().ok()?)?;
            // Not the head of a longer number: 2026-11-21-5.
            let longer = day[day_length..].strip_prefix(separator).is_some_and(|r| digits(r) > 0);
            return if longer || !place.ends_at(whole) { None } else { Some((place.language.date(date), whole)) };
        }
    }
    if place.language != Language::En || year_length == 0 || !place.ends_at(year_length) {
        return None;
    }
    let month_before = |text: &str| {
        let word = text.rsplit(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default().to_ascii_lowercase();
        MONTHS.contains(&word.as_str())
    };
    let before = place.before.trim_end_matches([' ', ',']);
    let value: u16 = text[..year_length].parse().ok()?;
    if year_length <= 2 && (1..=31).contains(&value) && place.before.ends_with(' ') && month_before(before) {
        return Some((english::ordinal(value.into()), year_length));
    }
    let day = before.trim_end_matches(|c: char| c.is_ascii_digit());
    let after_date = month_before(before) || (day.len() < before.len() && month_before(day.trim_end()));
    (year_length == 4 && value >= 1_000 && after_date).then(|| (english::year(value), year_length))
}

/// `14:30`, `2:05 PM`, `10am`, `14:30:05`.
pub(super) fn time(place: &Place) -> Said {
    let text = place.rest;
    let hour_length = digits(text);
    if !(1..=2).contains(&hour_length) {
        return None;
    }
    let hour: u8 = text[..hour_length].parse().ok()?;
    let mut length = hour_length;
    let mut minute = None;
    let mut second = None;
    for part in [&mut minute, &mut second] {
        let Some(figures) = text[length..].strip_prefix(':').filter(|r| digits(r) == 2) else { break };
        *part = Some(figures[..2].parse::<u8>().ok().filter(|n| *n < 60)?);
        length += 3;
    }
    let half = text[length..].trim_start_matches(' ');
    let spaces = text.len() - length - half.len();
    let half = ["a.m.", "p.m.", "am", "pm"].into_iter().find(|h| {
        half.get(..h.len()).is_some_and(|start| start.eq_ignore_ascii_case(h))
            && !half[h.len()..].starts_with(|c: char| c.is_ascii_alphanumeric())
    });
    let hour = match half {
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(half) => hour % 12 + if half.starts_with('p') { 12 } else { 0 },
        None if minute.is_none() => return None,
        None => hour,
    };
    if let Some(half) = half {
        length += spaces + half.len();
    }
    if !place.ends_at(length) {
        return None;
    }
    let time = Time::new(hour, minute.unwrap_or(0))?;
    let part_said = ["凌晨", "清晨", "早上", "上午", "中午", "下午", "傍晚", "晚上"]
        .iter()
        .any(|p| place.before.trim_end().ends_with(p));
    let said = match place.language {
        Language::ZhCn if part_said => mandarin::clock(hour, time.minute),
        language => language.time(time),
    };
    let said = match (second, place.language) {
        (None | Some(0), _) => said,
        (Some(s), Language::En) => format!("{said} and {} seconds", english::cardinal(s.into())),
        (Some(s), Language::ZhCn) => format!("{said}{}秒", mandarin::cardinal(s.into())),
    };
    Some((said, length))
}

/// `3-5`, `3–5`, `3~5`: from three to five.
pub(super) fn range(place: &Place) -> Said {
    let first = digits(place.rest);
    if !(1..=4).contains(&first) {
        return None;
    }
    let sign = place.after(first).chars().next().filter(|c| matches!(c, '-' | '–' | '~' | '～'))?.len_utf8();
    let second = digits(place.after(first + sign));
    let length = first + sign + second;
    // Three parts are no range, and a leading zero is no quantity.
    if !(1..=4).contains(&second) || !place.ends_at(length) || place.after(length).starts_with(['-', '.', '–']) {
        return None;
    }
    let (from, to) = (&place.rest[..first], &place.rest[first + sign..length]);
    if [from, to].iter().any(|n| n.len() > 1 && n.starts_with('0')) {
        return None;
    }
    let counting = counts(place.language, place.before, place.after(length));
    let say =
        |n: &str| n.parse().ok().map(|n| if counting { place.language.count(n) } else { place.language.cardinal(n) });
    let between = if place.language == Language::En { " to " } else { "到" };
    Some((format!("{}{between}{}", say(from)?, say(to)?), length))
}

/// `1.2.3`, an IP address.
pub(super) fn version(place: &Place) -> Said {
    let mut length = digits(place.rest);
    let mut parts = vec![&place.rest[..length]];
    while let Some(next) = place.after(length).strip_prefix('.').filter(|n| digits(n) > 0) {
        parts.push(&next[..digits(next)]);
        length += 1 + digits(next);
    }
    if parts.len() < 3 || !place.ends_at(length) || parts[0].is_empty() {
        return None;
    }
    let say = |part: &&str| part.parse().map_or_else(|_| place.language.digits(part), |n| place.language.cardinal(n));
    let said: Vec<String> = parts.iter().map(say).collect();
    Some((said.join(if place.language == Language::En { " point " } else { "点" }), length))
}

/// `12.5%`
pub(super) fn percent(place: &Place) -> Said {
    let minus = usize::from(place.rest.starts_with('-'));
    let (plain, length) = number(place.after(minus))?;
    let spaces = usize::from(place.after(minus + length).starts_with(' '));
    let length = minus + length + spaces;
    let sign = if minus == 1 { "-" } else { "" };
    place.after(length).starts_with('%').then(|| (place.language.percent(&format!("{sign}{plain}")), length + 1))
}

/// Whatever number is left. Too long for a quantity, or with a leading zero: digit by digit.
pub(super) fn plain(place: &Place) -> Said {
    let minus = usize::from(place.rest.starts_with('-'));
    let (plain, length) = number(place.after(minus))?;
    let sign = if minus == 1 { "-" } else { "" };
    let whole = minus + length;
    if plain.contains('.') {
        return Some((place.language.decimal(&format!("{sign}{plain}")), whole));
    }
    let grouped = length > plain.len();
    if (plain.len() > 1 && plain.starts_with('0')) || (plain.len() > 6 && !grouped) {
        return Some((place.language.digits(&plain), whole));
    }
    if place.language == Language::En && minus == 0 {
        let suffix = place.after(whole).get(..2).unwrap_or_default();
        let ordinal = ["st", "nd", "rd", "th"].contains(&suffix) && place.ends_at(whole + 2);
        if ordinal {
            return Some((english::ordinal(plain.parse().ok()?), whole + 2));
        }
    }
    let Ok(n) = format!("{sign}{plain}").parse::<i64>() else {
        return Some((place.language.digits(&plain), whole));
    };
    let counting = counts(place.language, place.before, place.after(whole));
    Some((if counting { place.language.count(n) } else { place.language.cardinal(n) }, whole))
}

/// In cents: at most two places after the point, and no more than an `i64` holds.
fn minor(plain: &str) -> Option<i64> {
    let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
    if fraction.len() > 2 {
        return None;
    }
    let cents: i64 = format!("{fraction:0<2}").parse().ok()?;
    whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(cents)
}
