//! The words of a notice: a line with variables in braces.

use crate::{NoticeKind, Refusal};
use std::collections::BTreeMap;

/// Those in which a notice is written.
pub const LANGUAGES: [&str; 2] = ["en", "zh-CN"];
/// Characters of a text of the house's own.
pub const LONGEST: usize = 200;
/// Characters of one value in it: what a leader writes may be long.
const LONGEST_VALUE: usize = 300;

/// What the variables stand for, by their names.
pub type Values = BTreeMap<&'static str, String>;

/// As we ship it.
pub fn shipped(kind: NoticeKind, language: &str) -> &'static str {
    let (en, zh) = kind.shipped_texts();
    if language == "en" { en } else { zh }
}

/// Whether a text can be shown: one line, not empty, with no variable but those of its kind.
pub fn check(kind: NoticeKind, text: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() || text.chars().count() > LONGEST || text.chars().any(char::is_control) {
        return Err(Refusal::Length);
    }
    for piece in pieces(text) {
        match piece {
            Piece::Variable(name) if !kind.variables().contains(&name) => {
                return Err(Refusal::UnknownVariable { kind: kind.as_str(), name: name.to_owned() });
            }
            Piece::Open => return Err(Refusal::OpenBrace),
            _ => {}
        }
    }
    Ok(())
}

/// With the values in their places. What a value holds is said as it is: braces in it name nothing.
pub fn fill(text: &str, values: &Values) -> String {
    pieces(text)
        .map(|piece| match piece {
            Piece::Plain(plain) => plain.to_owned(),
            Piece::Variable(name) => {
                values.get(name).map(|value| value.chars().take(LONGEST_VALUE).collect()).unwrap_or_default()
            }
            Piece::Open => "{".to_owned(),
        })
        .collect()
}

enum Piece<'a> {
    Plain(&'a str),
    Variable(&'a str),
    /// A brace that nothing closes.
    Open,
}

fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let Some(after) = rest.strip_prefix('{') else {
            let (plain, later) = rest.split_at(rest.find('{').unwrap_or(rest.len()));
            rest = later;
            return Some(Piece::Plain(plain));
        };
        let Some((name, later)) = after.split_once('}') else {
            rest = after;
            return Some(Piece::Open);
        };
        rest = later;
        Some(Piece::Variable(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Rows: S13.16
    #[test]
    fn a_text_names_only_what_its_kind_knows() {
        assert_eq!(check(NoticeKind::Rating, "{stars} ★ in {queue}"), Ok(()));
        for (text, fault) in [
            ("", Refusal::Length),
            ("  ", Refusal::Length),
            ("two\nlines", Refusal::Length),
            ("{stars", Refusal::OpenBrace),
            ("{number}", Refusal::UnknownVariable { kind: "rating", name: "number".into() }),
            ("{}", Refusal::UnknownVariable { kind: "rating", name: String::new() }),
        ] {
            assert_eq!(check(NoticeKind::Rating, text), Err(fault), "{text:?}");
        }
        assert_eq!(check(NoticeKind::Rating, &"x".repeat(LONGEST + 1)), Err(Refusal::Length));
    }

    #[test]
    fn what_somebody_wrote_is_said_as_it_is() {
        let values = Values::from([("who", "Lee {text}".to_owned()), ("text", "{who} ".repeat(200))]);
        let said = fill("{who}: {text}{gone}", &values);
        assert!(said.starts_with("Lee {text}: {who} {who}"), "{said}");
        assert_eq!(said.chars().count(), "Lee {text}: ".len() + LONGEST_VALUE);
    }

    proptest! {
        /// Rows: S13.16
        #[test]
        fn any_text_is_checked_and_filled(text in "[{}a-z ]{0,40}", value in ".{0,20}") {
            let values: Values = NoticeKind::Rating.variables().iter().map(|name| (*name, value.clone())).collect();
            let filled = fill(&text, &values);
            if check(NoticeKind::Rating, &text).is_ok() && !text.contains('{') {
                prop_assert_eq!(filled, text);
            }
        }
    }
}
