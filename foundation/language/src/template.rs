//! Prompts with gaps: `You are number {position}.`

use crate::reader;
use crate::speakable::{Currency, Date, Speakable, Time};
use ringdesk_model::Language;
use std::time::Duration;

/// What fills a gap; it is said as the language says such a thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// As it stands; figures in it are read as [`reader::read`] reads them.
    Text(String),
    Number(i64),
    Digits(String),
    Phone(String),
    Time(Time),
    Date(Date),
    Duration(Duration),
    /// In cents, fen, pence.
    Money(i64, Currency),
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing given for {{{0}}}")]
pub struct Unfilled(pub String);

impl From<i64> for Value {
    fn from(n: i64) -> Self {
        Value::Number(n)
    }
}

impl From<u32> for Value {
    fn from(n: u32) -> Self {
        Value::Number(n.into())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<Duration> for Value {
    fn from(lasting: Duration) -> Self {
        Value::Duration(lasting)
    }
}

/// The names of the gaps, in their order. What stands in braces but is no name is text.
pub fn gaps(template: &str) -> Vec<&str> {
    pieces(template).filter_map(|p| if let Piece::Gap(name) = p { Some(name) } else { None }).collect()
}

/// Fill every gap with words.
pub fn fill(template: &str, language: Language, values: &[(&str, Value)]) -> Result<String, Unfilled> {
    let mut said = String::new();
    let mut left = template;
    for piece in pieces(template) {
        match piece {
            Piece::Text(text) => {
                said.push_str(text);
                left = &left[text.len()..];
            }
            Piece::Gap(name) => {
                left = &left[name.len() + 2..];
                let value = values.iter().find(|(n, _)| *n == name).ok_or_else(|| Unfilled(name.to_owned()))?;
                let word = say(&value.1, language, &said, left);
                said.push_str(&word);
            }
        }
    }
    Ok(said)
}

fn say(value: &Value, language: Language, before: &str, after: &str) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Number(n) if reader::counts(language, before, after) => language.count(*n),
        Value::Number(n) => language.cardinal(*n),
        Value::Digits(text) => language.digits(text),
        Value::Phone(text) => language.phone(text),
        Value::Time(time) => language.time(*time),
        Value::Date(date) => language.date(*date),
        Value::Duration(lasting) => language.duration(*lasting),
        Value::Money(minor, currency) => language.money(*minor, *currency),
    }
}

enum Piece<'a> {
    Text(&'a str),
    Gap(&'a str),
}

fn pieces(template: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = template;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some((name, after)) = rest.strip_prefix('{').and_then(|r| r.split_once('}'))
            && !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        {
            rest = after;
            return Some(Piece::Gap(name));
        }
        // At least one character, so that a lone brace is text.
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let end = rest[first..].find('{').map_or(rest.len(), |i| first + i);
        let (text, after) = rest.split_at(end);
        rest = after;
        Some(Piece::Text(text))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows: V13
    #[test]
    fn gaps_are_filled_in_the_language_of_the_prompt() {
        let fill = |template, language, n: i64| fill(template, language, &[("n", n.into())]).unwrap();
        assert_eq!(fill("You are number {n}.", Language::En, 12), "You are number twelve.");
        assert_eq!(fill("您排在第{n}位。", Language::ZhCn, 2), "您排在第二位。");
        assert_eq!(fill("前面还有{n}位客户。", Language::ZhCn, 2), "前面还有两位客户。");
        assert_eq!(fill("前面还有{n}位客户。", Language::ZhCn, 12), "前面还有十二位客户。");
        assert_eq!(fill("{n} and {n}", Language::En, 1), "one and one");
        let values = [("wait", Duration::from_secs(150).into()), ("order", Value::Digits("A102".to_owned()))];
        let said = super::fill("{order}: {wait}", Language::ZhCn, &values).unwrap();
        assert_eq!(said, "A 一零二: 两分钟三十秒");
    }

    #[test]
    fn a_gap_without_a_value_is_told() {
        assert_eq!(fill("at {place}", Language::En, &[]), Err(Unfilled("place".to_owned())));
        assert_eq!(Unfilled("place".to_owned()).to_string(), "nothing given for {place}");
    }

    #[test]
    fn braces_that_are_no_gap_are_text() {
        assert_eq!(gaps("{a} {} { b} {c_1}{d"), ["a", "c_1"]);
        assert_eq!(fill("{} { b} {d", Language::En, &[]).unwrap(), "{} { b} {d");
        assert_eq!(fill("", Language::En, &[]).unwrap(), "");
        assert_eq!(fill("{甲}", Language::En, &[]).unwrap(), "{甲}");
    }
}
