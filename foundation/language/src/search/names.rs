//! Names of people and things, found as they are typed: 张三 by 张, zhangsan, zhang s, zs.

use super::folding::{fold, is_han};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Of a name and of what is typed for one, in letters.
const LONGEST: usize = 48;
/// How many ways to read a name aloud are kept: 单 is dan and shan, and a name may have several such.
const MOST_READINGS: usize = 16;
/// So many letters of a spelling, and so many initials, are tokens.
const SPELLED: usize = 8;
const INITIALS: usize = 4;

/// The tokens of a name: its characters and pairs, the beginnings of its spelling and its initials, from each of its
/// parts on. A line of an index that has one of [`NameQuery::tokens`] is a candidate, [`NameQuery::matches`] decides.
pub fn name_tokens(name: &str) -> BTreeSet<String> {
    let parts = parts(name);
    let mut tokens = BTreeSet::new();
    for at in 0..parts.len() {
        if let Part::Han(c) = parts[at] {
            tokens.insert(format!("m:c{c}"));
            if let Some(Part::Han(next)) = parts.get(at + 1) {
                tokens.insert(format!("m:h{c}{next}"));
            }
        }
        beginnings(&parts[at..], "m:y", SPELLED, |reading| reading, &mut tokens);
        beginnings(&parts[at..], "m:i", INITIALS, |reading| first(reading), &mut tokens);
    }
    tokens
}

/// What was typed to find a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameQuery {
    letters: Vec<char>,
}

impl NameQuery {
    /// `None`: nothing in it could be part of a name.
    pub fn parse(typed: &str) -> Option<NameQuery> {
        let letters: Vec<char> = fold(typed).iter().filter_map(|l| letter(l.c)).take(LONGEST).collect();
        (!letters.is_empty()).then_some(NameQuery { letters })
    }

    /// A name that matches has at least one of these among its tokens, unless spelling and initials are mixed in it
    /// (`zhangs`): those are found by spelling as far as it goes.
    pub fn tokens(&self) -> BTreeSet<String> {
        let han: Vec<usize> = (0..self.letters.len()).filter(|at| is_han(self.letters[*at])).collect();
        if let Some(&at) = han.first() {
            return BTreeSet::from([match self.letters.get(at + 1) {
                Some(next) if is_han(*next) => format!("m:h{}{next}", self.letters[at]),
                _ => format!("m:c{}", self.letters[at]),
            }]);
        }
        let start = |letters: usize| self.letters.iter().take(letters).collect::<String>();
        BTreeSet::from([format!("m:y{}", start(SPELLED)), format!("m:i{}", start(INITIALS))])
    }

    /// Does the name read so, from one of its parts on? Each part may be given by its first letters.
    pub fn matches(&self, name: &str) -> bool {
        let parts = parts(name);
        let mut dead = BTreeSet::new();
        (0..parts.len()).any(|at| self.goes_on(&parts, at, 0, &mut dead))
    }

    fn goes_on(&self, parts: &[Part], part: usize, typed: usize, dead: &mut BTreeSet<(usize, usize)>) -> bool {
        if typed == self.letters.len() {
            return true;
        }
        if part == parts.len() || dead.contains(&(part, typed)) {
            return false;
        }
        let rest = &self.letters[typed..];
        if matches!(parts[part], Part::Han(c) if c == rest[0]) && self.goes_on(parts, part + 1, typed + 1, dead) {
            return true;
        }
        for reading in parts[part].readings() {
            let same = reading.chars().zip(rest).take_while(|(a, b)| plain(*a) == **b).count();
            if (1..=same).rev().any(|letters| self.goes_on(parts, part + 1, typed + letters, dead)) {
                return true;
            }
        }
        dead.insert((part, typed));
        false
    }
}

enum Part {
    Han(char),
    Word(String),
}

impl Part {
    fn readings(&self) -> Vec<&str> {
        match self {
            Part::Word(word) => vec![word],
            Part::Han(c) => readings(*c).map(|(_, reading)| *reading).collect(),
        }
    }
}

fn parts(name: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut open = false;
    for letter in fold(name).iter().take(LONGEST) {
        let c = letter.c;
        match parts.last_mut() {
            _ if is_han(c) => parts.push(Part::Han(c)),
            Some(Part::Word(word)) if open && c.is_alphanumeric() => word.push(plain(c)),
            _ if c.is_alphanumeric() => parts.push(Part::Word(plain(c).to_string())),
            _ => {}
        }
        // O'Brien is one word.
        open = c.is_alphanumeric() && !is_han(c) || open && matches!(c, '\'' | '’');
    }
    parts
}

fn letter(c: char) -> Option<char> {
    (c.is_alphanumeric() || is_han(c)).then(|| plain(c))
}

/// ü is typed as v, u or ü.
fn plain(c: char) -> char {
    match c {
        'v' | 'ü' => 'u',
        _ => c,
    }
}

fn first(reading: &str) -> &str {
    reading.char_indices().nth(1).map_or(reading, |(end, _)| &reading[..end])
}

fn beginnings(parts: &[Part], kind: &str, longest: usize, of: impl Fn(&str) -> &str, tokens: &mut BTreeSet<String>) {
    let mut whole = BTreeSet::from([String::new()]);
    for part in parts {
        if whole.iter().all(|w| w.chars().count() >= longest) {
            break;
        }
        let readings: BTreeSet<&str> = part.readings().into_iter().map(&of).collect();
        if readings.is_empty() {
            break; // a character that nobody can type
        }
        let longer = whole.iter().flat_map(|w| readings.iter().map(move |r| format!("{w}{r}")));
        whole = longer.take(MOST_READINGS).collect();
    }
    for spelling in whole {
        let mut start = String::from(kind);
        for c in spelling.chars().take(longest) {
            start.push(plain(c));
            tokens.insert(start.clone());
        }
    }
}

/// The readings of a character, in order.
pub(super) fn readings(c: char) -> impl Iterator<Item = &'static (char, &'static str)> {
    static READINGS: LazyLock<Vec<(char, &'static str)>> = LazyLock::new(|| {
        let lines = include_str!("readings.txt").lines().filter(|l| !l.starts_with('#'));
        let pairs = lines.filter_map(|line| line.split_once(' '));
        let mut all: Vec<_> = pairs.flat_map(|(syllable, chars)| chars.chars().map(move |c| (c, syllable))).collect();
        all.sort_unstable();
        all
    });
    let from = READINGS.partition_point(|(known, _)| *known < c);
    READINGS[from..].iter().take_while(move |(known, _)| *known == c)
}

/// Every syllable that a character is read with.
pub(super) fn syllables() -> &'static BTreeSet<String> {
    static SYLLABLES: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
        let lines = include_str!("readings.txt").lines().filter(|l| !l.starts_with('#'));
        lines
            .filter_map(|line| line.split_once(' '))
            .map(|(syllable, _)| syllable.replace('v', "u"))
            // Without a vowel it is an initial.
            .filter(|syllable| syllable.contains(['a', 'e', 'i', 'o', 'u']))
            .collect()
    });
    &SYLLABLES
}
