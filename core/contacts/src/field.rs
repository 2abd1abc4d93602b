//! Fields that an account adds to the file of a contact: an order number, a birthday, a membership.

use crate::Refusal;
use serde::{Deserialize, Serialize};

/// Of one account.
pub const FIELDS: usize = 100;
const NAME: usize = 64;
const CHOICES: usize = 100;
const TEXT: usize = 1_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    Text,
    Number,
    /// `2026-02-28`
    Date,
    /// One word of a list.
    Choice,
}

impl FieldKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            FieldKind::Text => "text",
            FieldKind::Number => "number",
            FieldKind::Date => "date",
            FieldKind::Choice => "choice",
        }
    }

    pub fn parse(name: &str) -> Option<FieldKind> {
        [FieldKind::Text, FieldKind::Number, FieldKind::Date, FieldKind::Choice]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }
}

/// What a field takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldRule {
    pub name: String,
    pub kind: FieldKind,
    /// Of [`FieldKind::Choice`], in the order they are shown; empty for the others.
    pub choices: Vec<String>,
    /// Shown in full only to those who see numbers in full.
    pub sensitive: bool,
    /// Out of use: what is there stays, and nothing is entered anew.
    pub disabled: bool,
}

impl FieldRule {
    /// As it is kept: names and choices trimmed.
    pub fn check(mut self) -> Result<FieldRule, Refusal> {
        self.name = field_name(&self.name)?;
        for choice in &mut self.choices {
            *choice = one_line(choice, NAME).ok_or(Refusal::Choices)?;
        }
        let distinct: std::collections::BTreeSet<_> = self.choices.iter().collect();
        let right = match self.kind {
            FieldKind::Choice => (1..=CHOICES).contains(&self.choices.len()) && distinct.len() == self.choices.len(),
            _ => self.choices.is_empty(),
        };
        right.then_some(self).ok_or(Refusal::Choices)
    }

    /// A value as it is kept: `None` is an empty one, which takes the value away.
    pub fn value(&self, raw: &str) -> Result<Option<String>, Refusal> {
        let raw = raw.trim();
        if raw.is_empty() {
            return Ok(None);
        }
        if self.disabled {
            return Err(Refusal::UnknownField);
        }
        let wrong = |takes| Refusal::Value(self.name.clone(), takes);
        let kept = match self.kind {
            FieldKind::Text => {
                let fits = raw.chars().count() <= TEXT && !raw.chars().any(|c| c.is_control() && c != '\n');
                fits.then(|| raw.to_owned()).ok_or(wrong("a text of at most 1000 characters"))?
            }
            FieldKind::Number => number(raw).ok_or(wrong("a number of at most 15 digits"))?,
            FieldKind::Date => date(raw).ok_or(wrong("a date, written like 2026-02-28"))?,
            FieldKind::Choice => {
                self.choices.iter().find(|choice| *choice == raw).cloned().ok_or(wrong("one of its choices"))?
            }
        };
        Ok(Some(kept))
    }
}

/// As it is kept: one line, trimmed.
pub fn field_name(name: &str) -> Result<String, Refusal> {
    one_line(name, NAME).ok_or(Refusal::FieldName)
}

pub(crate) fn one_line(text: &str, longest: usize) -> Option<String> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= longest && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
}

/// `-12.50` → `-12.5`: equal numbers are equal texts. No more digits than are exact in every client.
fn number(raw: &str) -> Option<String> {
    let (sign, digits) = raw.strip_prefix('-').map_or(("", raw), |rest| ("-", rest));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let figures = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    if !figures(whole) || !figures(part) {
        return None;
    }
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        rest => rest,
    };
    let part = part.trim_end_matches('0');
    if whole.len() + part.len() > 15 {
        return None;
    }
    let sign = if whole == "0" && part.is_empty() { "" } else { sign };
    let point = if part.is_empty() { "" } else { "." };
    Some(format!("{sign}{whole}{point}{part}"))
}

fn date(raw: &str) -> Option<String> {
    let bytes = raw.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let part = |range| raw.get(range).filter(|s: &&str| s.bytes().all(|b| b.is_ascii_digit()))?.parse::<u32>().ok();
    let (year, month, day) = (part(0..4)?, part(5..7)?, part(8..10)?);
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    (1..=days).contains(&day).then(|| raw.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(kind: FieldKind, choices: &[&str]) -> FieldRule {
        let choices = choices.iter().map(|c| (*c).to_owned()).collect();
        FieldRule { name: "订单".into(), kind, choices, sensitive: false, disabled: false }
    }

    /// Rows: S9.2, S9.23
    #[test]
    fn values_are_what_their_field_takes() {
        let kinds = [
            (
                FieldKind::Text,
                &[][..],
                &[("  VIP since May ", "VIP since May"), ("两行\n字", "两行\n字")][..],
                &["a\tb"][..],
            ),
            (
                FieldKind::Number,
                &[],
                &[("007", "7"), ("-12.50", "-12.5"), ("-0.0", "0"), ("123456789012345", "123456789012345")],
                &["1e5", "1,5", ".5", "5.", "--1", "1234567890123456", "１２"],
            ),
            (
                FieldKind::Date,
                &[],
                &[("2024-02-29", "2024-02-29"), ("2000-02-29", "2000-02-29")],
                &[
                    "2026-02-29",
                    "1900-02-29",
                    "2026-13-01",
                    "2026-1-1",
                    "2026-04-31",
                    "+026-01-01",
                    "20260101",
                    "二〇二六年一",
                ],
            ),
            (FieldKind::Choice, &["金卡", "银卡"], &[(" 金卡 ", "金卡")], &["gold", "金"]),
        ];
        for (kind, choices, good, bad) in kinds {
            let field = field(kind, choices).check().unwrap();
            for (raw, kept) in good {
                assert_eq!(field.value(raw), Ok(Some((*kept).to_owned())), "{raw}");
                assert_eq!(field.value(kept), Ok(Some((*kept).to_owned())), "twice");
            }
            for raw in bad {
                assert!(matches!(field.value(raw), Err(Refusal::Value(name, _)) if name == "订单"), "{raw}");
            }
            assert_eq!(field.value("  "), Ok(None));
        }
    }

    #[test]
    fn fields_out_of_use_are_emptied_at_most() {
        let field = FieldRule { disabled: true, ..field(FieldKind::Text, &[]) };
        assert_eq!(field.value("x"), Err(Refusal::UnknownField));
        assert_eq!(field.value(""), Ok(None));
    }

    #[test]
    fn choices_are_of_choices_alone() {
        assert!(field(FieldKind::Choice, &[]).check().is_err());
        assert!(field(FieldKind::Choice, &["a", " a"]).check().is_err());
        assert!(field(FieldKind::Text, &["a"]).check().is_err());
        assert_eq!(field(FieldKind::Choice, &[" a "]).check().unwrap().choices, ["a"]);
        assert_eq!(field_name(" \n"), Err(Refusal::FieldName));
        for kind in [FieldKind::Text, FieldKind::Number, FieldKind::Date, FieldKind::Choice] {
            assert_eq!(FieldKind::parse(kind.as_str()), Some(kind));
        }
    }
}
