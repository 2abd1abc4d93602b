//! Found by ear: what was heard for something else, and what one knows by its sound alone. 退宽 and tuikuan find 退款, tk finds it by its
//! initials; "refand" finds "refund".
//!
//! A line gives tokens of how it sounds beside those of what it says. Sounds that recognisers and many speakers do not tell apart
//! (zh and z, an and ang, l and n; d and t, b and p) are one.

use super::folding::is_han;
use super::names::{readings, syllables};
use super::units::{As, Found, Text, Unit, read};
use std::collections::BTreeSet;
use std::ops::Range;

/// What one line gives at most.
const MOST: usize = 4_096;
/// Of a word, and so many are not enough to be heard for something else.
const LONGEST: usize = 12;
const SHORTEST: usize = 2;
/// Letters that are initials, not a word that nobody can spell.
const INITIALS: Range<usize> = 2..7;

/// By whose ear something is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ear {
    /// Characters, pinyin with or without spaces, or initials.
    Chinese,
    /// Words.
    English,
}

/// A sound that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sound {
    /// A character that may be read so.
    Syllable(BTreeSet<String>),
    /// A character whose reading begins so.
    Initial(char),
    Word(String),
}

/// The tokens of how a text sounds. Kinds are told apart by their first letter: `s` a syllable, `d` two of them, `i` two initials, `e`
/// a word.
pub fn sound_tokens(text: &str) -> BTreeSet<String> {
    let read = read(text, As::Line);
    let mut tokens = BTreeSet::new();
    for (at, found) in read.units.iter().enumerate() {
        if tokens.len() >= MOST {
            break;
        }
        match &found.unit {
            Unit::Han(c) => {
                let here = heard(*c);
                tokens.extend(here.iter().map(|sound| format!("s:{sound}")));
                let Some(Unit::Han(next)) = read.units.get(at + 1).filter(|next| next.close).map(|next| &next.unit)
                else {
                    continue;
                };
                for after in heard(*next) {
                    for sound in &here {
                        tokens.insert(format!("d:{sound}-{after}"));
                        tokens.extend(initials(sound, &after));
                    }
                }
            }
            Unit::Word(word) => tokens.extend(spoken(word).map(|code| format!("e:{code}"))),
            Unit::Number(_) | Unit::Address => {}
        }
    }
    tokens
}

/// What is asked for by the units of one part of a question; nothing: it cannot be heard.
pub(super) fn sounds(units: &[Found], ear: Ear) -> Vec<Sound> {
    let mut sounds = Vec::new();
    for found in units {
        match (&found.unit, ear) {
            (Unit::Han(c), _) => sounds.push(Sound::Syllable(heard(*c))),
            (Unit::Word(word), Ear::English) => sounds.extend(spoken(word).map(Sound::Word)),
            (Unit::Word(word), Ear::Chinese) => match spelled(word) {
                Some(all) => sounds.extend(all.into_iter().map(|one| Sound::Syllable(BTreeSet::from([one])))),
                None if INITIALS.contains(&word.len()) => {
                    sounds
                        .extend(word.chars().filter_map(|c| loose(&c.to_string()).chars().next()).map(Sound::Initial));
                }
                None => sounds.extend(spoken(word).map(Sound::Word)),
            },
            (Unit::Number(_) | Unit::Address, _) => {}
        }
    }
    sounds.retain(|sound| !matches!(sound, Sound::Syllable(all) if all.is_empty()));
    sounds
}

/// What a line in which this is heard has among its tokens.
pub(super) fn tokens_of(sounds: &[Sound]) -> BTreeSet<String> {
    let mut tokens = BTreeSet::new();
    for (at, sound) in sounds.iter().enumerate() {
        match (sound, sounds.get(at + 1)) {
            (Sound::Word(code), _) => drop(tokens.insert(format!("e:{code}"))),
            (Sound::Initial(a), Some(Sound::Initial(b))) => drop(tokens.insert(format!("i:{a}{b}"))),
            (Sound::Syllable(all), next) => {
                let Some(only) = all.iter().next().filter(|_| all.len() == 1) else { continue };
                tokens.insert(format!("s:{only}"));
                if let Some(Sound::Syllable(next)) = next
                    && let Some(after) = next.iter().next().filter(|_| next.len() == 1)
                {
                    tokens.insert(format!("d:{only}-{after}"));
                }
            }
            (Sound::Initial(_), _) => {}
        }
    }
    tokens
}

/// Where a line sounds so from this unit on.
pub(super) fn sounds_at(sounds: &[Sound], text: &Text, first: usize) -> Option<Range<usize>> {
    for (n, sound) in sounds.iter().enumerate() {
        let found = text.units.get(first + n).filter(|found| n == 0 || found.close)?;
        let fits = match (sound, &found.unit) {
            (Sound::Syllable(all), Unit::Han(c)) => heard(*c).iter().any(|one| all.contains(one)),
            (Sound::Initial(initial), Unit::Han(c)) => heard(*c).iter().any(|one| one.starts_with(*initial)),
            (Sound::Word(code), Unit::Word(word)) => spoken(word).as_ref() == Some(code),
            _ => false,
        };
        if !fits {
            return None;
        }
    }
    let last = text.units.get(first + sounds.len().checked_sub(1)?)?;
    Some(text.units[first].from..last.to)
}

/// How a character is heard.
fn heard(c: char) -> BTreeSet<String> {
    readings(c).map(|(_, reading)| loose(reading)).collect()
}

fn initials(sound: &str, after: &str) -> Option<String> {
    Some(format!("i:{}{}", sound.chars().next()?, after.chars().next()?))
}

/// A syllable without what is often not heard: zhang is zan, lü is lu, neng is len.
fn loose(syllable: &str) -> String {
    let flat = syllable.replace(['v', 'ü'], "u");
    let (initial, rest) = match flat.as_bytes() {
        [b'a' | b'e' | b'o', ..] => ("", flat.as_str()),
        [b'z' | b'c' | b's', b'h', ..] => (&flat[..1], &flat[2..]),
        [b'n' | b'r', _, ..] => ("l", &flat[1..]),
        [_, ..] if flat.is_char_boundary(1) => (&flat[..1], &flat[1..]),
        _ => ("", flat.as_str()),
    };
    let rest = match rest.strip_suffix("ng") {
        Some(open) if open.ends_with(['a', 'e', 'i']) => format!("{open}n"),
        _ => rest.to_owned(),
    };
    format!("{initial}{rest}")
}

/// A word as pinyin of two syllables or more, each as it is heard.
fn spelled(word: &str) -> Option<Vec<String>> {
    if word.len() > 48 || !word.bytes().all(|b| b.is_ascii_lowercase()) {
        return None;
    }
    split(word, &mut BTreeSet::new())
}

/// The longest first: xian is one syllable unless somebody writes xi an.
fn split(rest: &str, dead: &mut BTreeSet<usize>) -> Option<Vec<String>> {
    if rest.is_empty() {
        return Some(Vec::new());
    }
    if dead.contains(&rest.len()) {
        return None;
    }
    for length in (1..=rest.len().min(6)).rev() {
        if syllables().contains(rest[..length].replace('v', "u").as_str())
            && let Some(mut after) = split(&rest[length..], dead)
        {
            after.insert(0, loose(&rest[..length]));
            return Some(after);
        }
    }
    dead.insert(rest.len());
    None
}

/// An English word by its consonants, as they are heard; `None`: too short to be heard for something else.
fn spoken(word: &str) -> Option<String> {
    if word.chars().any(|c| is_han(c) || !c.is_ascii_lowercase()) {
        return None;
    }
    let mut text = word.to_owned();
    for (silent, said) in [("kn", "n"), ("gn", "n"), ("pn", "n"), ("ps", "s"), ("wr", "r"), ("wh", "w"), ("x", "s")] {
        if let Some(rest) = text.strip_prefix(silent) {
            text = format!("{said}{rest}");
            break;
        }
    }
    for (written, said) in [
        ("x", "ks"), // from here on x is what sh sounds like
        ("tch", "x"),
        ("sch", "sk"),
        ("ph", "f"),
        ("gh", ""),
        ("ck", "k"),
        ("sh", "x"),
        ("ch", "x"),
        ("tion", "xn"),
        ("sion", "xn"),
        ("th", "t"),
        ("dge", "j"),
        ("ce", "se"),
        ("ci", "si"),
        ("cy", "sy"),
    ] {
        text = text.replace(written, said);
    }
    let mut code = String::new();
    for (at, c) in text.chars().enumerate() {
        let said = match c {
            'a' | 'e' | 'i' | 'o' | 'u' if at == 0 => 'a',
            'a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'w' | 'h' => continue,
            'b' => 'p',
            'd' => 't',
            'c' | 'q' | 'g' => 'k',
            'z' => 's',
            'v' => 'f',
            other => other,
        };
        if !code.ends_with(said) {
            code.push(said);
        }
    }
    (code.len() >= SHORTEST).then(|| code.chars().take(LONGEST).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::{Query, tokens};

    fn hears(asked: &str, ear: Ear, line: &str) -> bool {
        let query = Query::by_ear(asked, ear).unwrap();
        let all: BTreeSet<String> = tokens(line).union(&sound_tokens(line)).cloned().collect();
        let answers = query.hits(line).is_some();
        assert!(query.tokens().is_subset(&all) || !answers, "{asked}: an answer must be a candidate: {line}");
        answers
    }

    /// Rows: S2.15
    #[test]
    fn what_sounds_alike_is_found() {
        use Ear::{Chinese, English};
        for (asked, ear, line) in [
            ("退款", Chinese, "我想申请退款"),
            ("退宽", Chinese, "我想申请退款"),
            ("tuikuan", Chinese, "我想申请退款"),
            ("tui kuan", Chinese, "我要退 款"),
            ("tk", Chinese, "我想申请退款"),
            ("sqtk", Chinese, "我想申请退款"),
            ("fapiao", Chinese, "请开發票"),
            ("zhangsan", Chinese, "张三打来的"),
            ("zansan", Chinese, "张三打来的"),
            ("heng", Chinese, "很好"),
            ("refund", English, "I want a refund"),
            ("refand", English, "I want a refund"),
            ("refunt", English, "a refund, please"),
            ("invoise", English, "the invoice is wrong"),
            ("foto", English, "I sent a photo"),
            ("nife", English, "a knife"),
        ] {
            assert!(hears(asked, ear, line), "{asked}: {line}");
        }
        for (asked, ear, line) in [
            ("退款", Chinese, "我要换货"),
            ("tuikuan", Chinese, "款退"),
            ("tk", Chinese, "退货款"),
            ("refund", English, "the parcel arrived"),
            ("refund invoice", English, "a refund"),
        ] {
            assert!(!hears(asked, ear, line), "{asked}: {line}");
        }
    }

    #[test]
    fn numbers_are_not_found_by_ear_either() {
        let line = "我的号码是一三八零零一三八零零零";
        assert!(sound_tokens(line).iter().all(|token| !token.contains("yi-san") && !token.contains("lin")), "{line}");
        assert!(Query::by_ear("13800138000", Ear::Chinese).is_err());
        assert!(Query::by_ear("!", Ear::English).is_err());
    }

    #[test]
    fn the_place_of_what_was_heard_is_shown() {
        let hits = Query::by_ear("tuikuan", Ear::Chinese).unwrap().hits("我想申请退款").unwrap();
        assert_eq!(hits.ranges, std::slice::from_ref(&(4..6)));
    }
}
