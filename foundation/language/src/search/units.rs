//! A text as units: characters, words, and the numbers in them, however they were written or said.

use super::folding::{Letter, fold, is_han};
use std::ops::Range;

/// From so many figures on a number may be somebody's: telephone, card, identity card.
pub(super) const PERSONAL: usize = 7;
/// People dictate a number with pauses, and a pause ends a line: figures and nothing else are a part of one.
const PART: usize = 3;

/// What is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum As {
    /// A line that was said or written.
    Line,
    /// What somebody looks for.
    Question,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Han(char),
    Word(String),
    /// Perhaps somebody's: not to be found, and shown to few.
    Number(Vec<Figure>),
    /// An e-mail address; the same.
    Address,
}

/// A unit in its place; places count the characters of the text.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) unit: Unit,
    pub(super) from: usize,
    pub(super) to: usize,
    /// Nothing but white space lies between it and the unit before.
    pub(super) close: bool,
}

/// A typed figure, or the word or character it was said with ("double eight" is one of two digits).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Figure {
    pub(super) digits: String,
    pub(super) from: usize,
    pub(super) to: usize,
}

/// Figures that follow each other.
#[derive(Clone, Debug, Default)]
pub(super) struct Run {
    figures: Vec<Figure>,
    /// Which units of the text it is made of.
    pub(super) units: Range<usize>,
}

#[derive(Debug, Default)]
pub(super) struct Text {
    pub(super) units: Vec<Found>,
    /// The short ones.
    pub(super) runs: Vec<Run>,
}

impl Run {
    pub(super) fn digits(&self) -> String {
        self.figures.iter().map(|f| f.digits.as_str()).collect()
    }

    fn len(&self) -> usize {
        self.figures.iter().map(|f| f.digits.len()).sum()
    }
}

pub(super) fn read(text: &str, what: As) -> Text {
    let letters = fold(text);
    let raws = raws(&letters);
    let mut read = Text::default();
    let mut at = 0;
    while at < raws.len() {
        let close = at > 0 && is_space(gap(&letters, &raws, at));
        if let Some(end) = address(&letters, &raws, at) {
            let (first, last) = (&raws[at], &raws[end - 1]);
            let (from, to) = (first.from(&letters), last.to(&letters));
            read.units.push(Found { unit: Unit::Address, from, to, close });
            at = end;
            continue;
        }
        let Some((mut run, end)) = run(&letters, &raws, at) else {
            read.units.push(raws[at].found(&letters, close));
            at += 1;
            continue;
        };
        let first = read.units.len();
        let alone = what == As::Line && at == 0 && end == raws.len() && run.len() >= PART;
        if alone || (run.len() >= PERSONAL && !is_date(&letters, &raws[at..end])) {
            let unit = Unit::Number(std::mem::take(&mut run.figures));
            let (from, to) = (raws[at].from(&letters), raws[end - 1].to(&letters));
            read.units.push(Found { unit, from, to, close });
            at = end;
        } else {
            for i in at..end {
                let close = i > 0 && is_space(gap(&letters, &raws, i));
                read.units.push(raws[i].found(&letters, close));
            }
            run.units = first..read.units.len();
            read.runs.push(run);
            at = end;
        }
    }
    read
}

/// A character or a word, before it is known what it means.
struct Raw {
    letters: Range<usize>,
    kind: Kind,
}

#[derive(Clone, PartialEq)]
enum Kind {
    Han(char),
    Word(String),
}

impl Raw {
    fn from(&self, letters: &[Letter]) -> usize {
        letters[self.letters.start].from
    }

    fn to(&self, letters: &[Letter]) -> usize {
        letters[self.letters.end - 1].to
    }

    fn found(&self, letters: &[Letter], close: bool) -> Found {
        let unit = match &self.kind {
            Kind::Han(c) => Unit::Han(*c),
            Kind::Word(word) => Unit::Word(word.clone()),
        };
        Found { unit, from: self.from(letters), to: self.to(letters), close }
    }

    fn is_typed(&self) -> bool {
        matches!(&self.kind, Kind::Word(w) if w.bytes().all(|b| b.is_ascii_digit()))
    }
}

fn raws(letters: &[Letter]) -> Vec<Raw> {
    let mut raws = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        let c = letters[at].c;
        if is_han(c) {
            raws.push(Raw { letters: at..at + 1, kind: Kind::Han(c) });
            at += 1;
        } else if is_word(c) {
            let mut end = at + 1;
            while let Some(letter) = letters.get(end) {
                let inside = is_apostrophe(letter.c)
                    && letters[end - 1].c.is_alphabetic()
                    && letters.get(end + 1).is_some_and(|l| l.c.is_alphabetic() && !is_han(l.c));
                if !is_word(letter.c) && !inside {
                    break;
                }
                end += 1;
            }
            split(letters, at..end, &mut raws);
            at = end;
        } else {
            at += 1;
        }
    }
    raws
}

/// A word, but for a number that is written without a space to it (`ID11010119900307123X`).
fn split(letters: &[Letter], word: Range<usize>, raws: &mut Vec<Raw>) {
    let mut push = |part: Range<usize>| {
        if !part.is_empty() {
            let text = letters[part.clone()].iter().map(|l| l.c).filter(|c| !is_apostrophe(*c)).collect();
            raws.push(Raw { letters: part, kind: Kind::Word(text) });
        }
    };
    let mut begin = word.start;
    let mut at = word.start;
    while at < word.end {
        let figures = letters[at..word.end].iter().take_while(|l| l.c.is_ascii_digit()).count();
        if figures >= PERSONAL {
            push(begin..at);
            push(at..at + figures);
            begin = at + figures;
        }
        at += figures.max(1);
    }
    push(begin..word.end);
}

fn is_word(c: char) -> bool {
    // ʼ is a letter to Unicode; between figures it would hide that they are one number.
    c.is_alphanumeric() && !is_han(c) && !is_apostrophe(c)
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | 'ʼ')
}

/// What lies between a unit and the one before.
fn gap<'a>(letters: &'a [Letter], raws: &[Raw], at: usize) -> &'a [Letter] {
    &letters[raws[at - 1].letters.end..raws[at].letters.start]
}

fn is_space(gap: &[Letter]) -> bool {
    gap.iter().all(|l| l.c.is_whitespace() && l.c != '\n')
}

/// `name.surname@example.org`: the end of an address that begins here.
fn address(letters: &[Letter], raws: &[Raw], at: usize) -> Option<usize> {
    let sign = |i: usize, of: &str| match gap(letters, raws, i) {
        [one] => of.contains(one.c),
        _ => false,
    };
    let is_word = |i: usize| raws.get(i).is_some_and(|r| matches!(r.kind, Kind::Word(_)));
    let mut end = at + 1;
    while is_word(end) && (sign(end, "._+%-") || gap(letters, raws, end).is_empty()) {
        end += 1;
    }
    if !is_word(at) || !is_word(end) || !sign(end, "@") {
        return None;
    }
    end += 1;
    let host = end;
    while is_word(end) && sign(end, ".-") {
        end += 1;
    }
    (end > host).then_some(end)
}

/// Figures that begin here, and where they end.
fn run(letters: &[Letter], raws: &[Raw], first: usize) -> Option<(Run, usize)> {
    let mut run = Run::default();
    let mut at = first;
    while let Some((figures, end)) = figures(letters, raws, at) {
        let typed = raws[at].is_typed();
        if at > first {
            let gap = gap(letters, raws, at);
            let before = raws[at - 1].is_typed();
            if !joins(gap, before && typed) {
                break;
            }
        }
        run.figures.extend(figures);
        at = end;
    }
    // "oh" alone is no figure.
    let certain = |raw: &Raw| !matches!(&raw.kind, Kind::Word(w) if w == "o" || w == "oh");
    (at > first && raws[first..at].iter().any(certain)).then_some((run, at))
}

/// `2026-11-20`, written so.
fn is_date(letters: &[Letter], raws: &[Raw]) -> bool {
    let [year, month, day] = raws else { return false };
    let number = |raw: &Raw| match &raw.kind {
        Kind::Word(figures) => figures.parse::<u32>().unwrap_or(0),
        Kind::Han(_) => 0,
    };
    let sign = |a: &Raw, b: &Raw| matches!(&letters[a.letters.end..b.letters.start], [one] if "-./".contains(one.c));
    (1900..2100).contains(&number(year))
        && (1..=12).contains(&number(month))
        && (1..=31).contains(&number(day))
        && sign(year, month)
        && sign(month, day)
}

/// Do figures go on over a gap? Between typed ones a comma with a space is an enumeration.
fn joins(gap: &[Letter], typed: bool) -> bool {
    if is_space(gap) {
        return gap.len() <= 8;
    }
    let sign = |c: char| c.is_whitespace() && c != '\n' || "-.,、()/+·~–—_*'’ʼ".contains(c);
    let enumerates = gap.iter().any(|l| ",、/".contains(l.c)) && gap.len() > 1;
    gap.len() <= 3 && gap.iter().all(|l| sign(l.c)) && !(typed && enumerates)
}

fn figures(letters: &[Letter], raws: &[Raw], at: usize) -> Option<(Vec<Figure>, usize)> {
    let raw = raws.get(at)?;
    let figure = |digits: String, last: usize| Figure { digits, from: raw.from(letters), to: raws[last].to(letters) };
    match &raw.kind {
        Kind::Han(c) => Some((vec![figure(han_digit(*c)?.to_string(), at)], at + 1)),
        Kind::Word(_) if raw.is_typed() => {
            let each = letters[raw.letters.clone()].iter();
            Some((each.map(|l| Figure { digits: l.c.to_string(), from: l.from, to: l.to }).collect(), at + 1))
        }
        Kind::Word(word) => {
            if let Some(digit) = english_digit(word) {
                return Some((vec![figure(digit.to_string(), at)], at + 1));
            }
            let times = match word.as_str() {
                "double" => 2,
                "triple" => 3,
                _ => return None,
            };
            let Kind::Word(next) = &raws.get(at + 1)?.kind else { return None };
            let digit = english_digit(next).filter(|_| is_space(gap(letters, raws, at + 1)))?;
            Some((vec![figure(digit.to_string().repeat(times), at + 1)], at + 2))
        }
    }
}

fn han_digit(c: char) -> Option<char> {
    Some(match c {
        '零' | '〇' => '0',
        '一' | '幺' | '壹' => '1',
        '二' | '两' | '贰' => '2',
        '三' | '叁' => '3',
        '四' | '肆' => '4',
        '五' | '伍' => '5',
        '六' | '陆' => '6',
        '七' | '柒' => '7',
        '八' | '捌' => '8',
        '九' | '玖' => '9',
        _ => return None,
    })
}

fn english_digit(word: &str) -> Option<char> {
    Some(match word {
        "zero" | "oh" | "o" | "nought" => '0',
        "one" => '1',
        "two" => '2',
        "three" => '3',
        "four" => '4',
        "five" => '5',
        "six" => '6',
        "seven" => '7',
        "eight" => '8',
        "nine" => '9',
        _ => return None,
    })
}
