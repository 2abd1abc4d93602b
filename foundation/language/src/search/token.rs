//! Tokens: what a line is found by.

use super::units::{As, Found, Run, Text, Unit, read};
use std::collections::BTreeSet;

/// What one line gives at most; later ones are not found.
const MOST: usize = 4_096;
/// Of a word.
const LONGEST: usize = 64;
/// Letters of a word that are a token of their own, for words of which only the beginning is known.
pub(super) const PREFIX: usize = 3;

/// The tokens of a text. Kinds are told apart by their first letter: `c` a character, `h` a pair of them, `w` a word, `p`
/// its first letters, `n` figures.
pub fn tokens(text: &str) -> BTreeSet<String> {
    let read = read(text, As::Line);
    let mut tokens = BTreeSet::new();
    for (at, found) in read.units.iter().enumerate() {
        if tokens.len() >= MOST {
            break;
        }
        match &found.unit {
            Unit::Han(c) => {
                tokens.insert(format!("c:{c}"));
                tokens.extend(pair(&read.units, at));
            }
            Unit::Word(w) => {
                tokens.insert(word(w));
                tokens.extend(prefix(w));
            }
            Unit::Number(_) | Unit::Address => {}
        }
    }
    tokens.extend(said(&read).flat_map(|digits| [Some(number(&digits)), prefix(&digits)]).flatten());
    tokens
}

/// Short numbers of several units: 三零二 is also found as 302.
fn said(text: &Text) -> impl Iterator<Item = String> + '_ {
    text.runs.iter().filter(|run| run.units.len() > 1).map(Run::digits)
}

/// A character with the one after it.
pub(super) fn pair(units: &[Found], at: usize) -> Option<String> {
    let next = units.get(at + 1).filter(|next| next.close)?;
    match (&units[at].unit, &next.unit) {
        (Unit::Han(a), Unit::Han(b)) => Some(format!("h:{a}{b}")),
        _ => None,
    }
}

pub(super) fn word(word: &str) -> String {
    match is_figures(word) {
        true => number(word),
        false => format!("w:{}", first(word, LONGEST)),
    }
}

pub(super) fn prefix(word: &str) -> Option<String> {
    (word.chars().count() >= PREFIX).then(|| format!("p:{}", first(word, PREFIX)))
}

pub(super) fn number(digits: &str) -> String {
    format!("n:{digits}")
}

pub(super) fn is_figures(word: &str) -> bool {
    word.bytes().all(|b| b.is_ascii_digit())
}

fn first(word: &str, letters: usize) -> &str {
    word.char_indices().nth(letters).map_or(word, |(end, _)| &word[..end])
}
