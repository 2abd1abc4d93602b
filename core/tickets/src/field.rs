//! Fields that a type of tickets asks for.

use crate::Refusal;
use ringdesk_rules::Date;
use serde::{Deserialize, Serialize};

const NAME: usize = 64;
const CHOICES: usize = 100;
const TEXT: usize = 1_000;
const DIGITS: usize = 15;

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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldRule {
    /// Tickets keep their values under it.
    pub name: String,
    pub kind: FieldKind,
    /// Of [`FieldKind::Choice`], in the order they are shown; empty for the others.
    #[serde(default)]
    pub choices: Vec<String>,
    /// No ticket of the type without it.
    #[serde(default)]
    pub required: bool,
}

impl FieldRule {
    /// As it is kept: names and choices trimmed.
    pub fn check(mut self) -> Result<FieldRule, Refusal> {
        self.name = one_line(&self.name, NAME).ok_or(Refusal::Fields)?;
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

    /// A value as it is kept; `None` is an empty one.
    pub fn value(&self, raw: &str) -> Result<Option<String>, Refusal> {
        let raw = raw.trim();
        if raw.is_empty() {
            return Ok(None);
        }
        let (fits, takes) = match self.kind {
            FieldKind::Text => {
                let plain = !raw.chars().any(|c| c.is_control() && c != '\n');
                (plain && raw.chars().count() <= TEXT, "a text of at most 1000 characters")
            }
            FieldKind::Number => (is_number(raw), "a number of at most 15 digits"),
            FieldKind::Date => (is_date(raw), "a date, written like 2026-02-28"),
            FieldKind::Choice => (self.choices.iter().any(|choice| choice == raw), "one of its choices"),
        };
        if fits { Ok(Some(raw.to_owned())) } else { Err(Refusal::Value(self.name.clone(), takes)) }
    }
}

/// Trimmed, if it is one line and not too long.
pub(crate) fn one_line(text: &str, longest: usize) -> Option<String> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= longest && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
}

/// No more digits than are exact in every client.
fn is_number(raw: &str) -> bool {
    let digits = raw.strip_prefix('-').unwrap_or(raw);
    let figures = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let parts: Vec<&str> = digits.split('.').collect();
    parts.len() <= 2 && parts.iter().all(|part| figures(part)) && parts.concat().len() <= DIGITS
}

/// The calendar's own reading takes other spellings, too: those are not kept.
fn is_date(raw: &str) -> bool {
    raw.parse::<Date>().is_ok_and(|date| date.to_string() == raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows: S8.2
    #[test]
    fn values_are_what_their_field_takes() {
        let of = |kind, choices: &[&str]| {
            let choices = choices.iter().map(|c| (*c).to_owned()).collect();
            FieldRule { name: " Order ".into(), kind, choices, required: true }.check().unwrap()
        };
        let text = of(FieldKind::Text, &[]);
        assert_eq!(text.name, "Order");
        assert_eq!(text.value("  两行\n字 "), Ok(Some("两行\n字".into())));
        assert_eq!(text.value("  "), Ok(None));
        assert!(text.value(&"x".repeat(1_001)).is_err());
        for (field, good, bad) in [
            (
                of(FieldKind::Number, &[]),
                &["7", "-12.50", "123456789012345"][..],
                &["1e5", "1,5", ".5", "5.", "--1"][..],
            ),
            (of(FieldKind::Date, &[]), &["2024-02-29"], &["2026-02-29", "2026-1-1", "20260101", "2026-01-01T10:00"]),
            (of(FieldKind::Choice, &["金卡", "银卡"]), &["金卡"], &["gold", "金"]),
            (text.clone(), &["VIP since May"], &["a\tb"]),
        ] {
            for raw in good {
                assert_eq!(field.value(raw), Ok(Some((*raw).to_owned())), "{raw}");
            }
            for raw in bad {
                assert!(matches!(field.value(raw), Err(Refusal::Value(name, _)) if name == "Order"), "{raw}");
            }
        }
    }

    #[test]
    fn choices_are_of_choices_alone() {
        let of = |kind, choices: &[&str]| {
            let choices = choices.iter().map(|c| (*c).to_owned()).collect();
            FieldRule { name: "x".into(), kind, choices, required: false }.check()
        };
        assert_eq!(of(FieldKind::Choice, &[]), Err(Refusal::Choices));
        assert_eq!(of(FieldKind::Choice, &["a", " a"]), Err(Refusal::Choices));
        assert_eq!(of(FieldKind::Text, &["a"]), Err(Refusal::Choices));
    }
}
