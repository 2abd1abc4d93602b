//! A question, and whether a line answers it.

use super::sounds::{Ear, Sound, sounds, sounds_at, tokens_of};
use super::token;
use super::units::{As, Found, Run, Text, Unit, read};
use std::collections::BTreeSet;
use std::ops::Range;

/// Nobody types more; what was pasted by mistake is told, not searched.
const LONGEST: usize = 256;
const MOST_TERMS: usize = 16;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    #[error("the search text is longer than {0} characters")]
    TooLong(usize),
    #[error("there is nothing to search for: give a word, a character or a number")]
    Nothing,
    #[error("more than {0} words to search for")]
    TooManyTerms(usize),
    #[error("numbers of seven figures or more and e-mail addresses are not indexed: look for the contact")]
    Personal,
    #[error("give at least {0} letters before the *")]
    ShortPrefix(usize),
}

/// Terms that a line must all contain: words, "phrases", beginnings of words (`refu*`), short numbers.
#[derive(Clone, Debug)]
pub struct Query {
    terms: Vec<Term>,
}

#[derive(Clone, Debug)]
enum Term {
    /// Units in this order.
    Phrase(Vec<Found>),
    Prefix(String),
    /// What sounds like this.
    Heard(Vec<Sound>),
}

/// Where a line answers: places in characters, in order, apart from each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hits {
    pub ranges: Vec<Range<usize>>,
    /// How much of the line it is, in thousandths; what is ranked by.
    pub score: i64,
}

impl Query {
    pub fn parse(text: &str) -> Result<Query, QueryError> {
        if text.chars().nth(LONGEST).is_some() {
            return Err(QueryError::TooLong(LONGEST));
        }
        let mut terms = Vec::new();
        for (n, part) in text.split(['"', '“', '”', '„', '＂']).enumerate() {
            let units = read(part, As::Question).units;
            if units.iter().any(|found| matches!(found.unit, Unit::Number(_) | Unit::Address)) {
                return Err(QueryError::Personal);
            }
            match n % 2 {
                0 => words(part, units, &mut terms)?,
                _ if units.is_empty() => {}
                _ => terms.push(Term::Phrase(units)),
            }
        }
        match terms.len() {
            0 => Err(QueryError::Nothing),
            1..=MOST_TERMS => Ok(Query { terms }),
            _ => Err(QueryError::TooManyTerms(MOST_TERMS)),
        }
    }

    /// The same for what sounds like the question; each part between spaces is heard in one go. Pinyin may have spaces between
    /// its syllables.
    pub fn by_ear(text: &str, ear: Ear) -> Result<Query, QueryError> {
        if text.chars().nth(LONGEST).is_some() {
            return Err(QueryError::TooLong(LONGEST));
        }
        let units = read(text, As::Question).units;
        if units.iter().any(|found| matches!(found.unit, Unit::Number(_) | Unit::Address)) {
            return Err(QueryError::Personal);
        }
        let terms: Vec<Term> = match ear {
            Ear::Chinese => vec![sounds(&units, ear)],
            Ear::English => units.chunks(1).map(|unit| sounds(unit, ear)).collect(),
        }
        .into_iter()
        .filter(|heard| !heard.is_empty())
        .map(Term::Heard)
        .collect();
        match terms.len() {
            0 => Err(QueryError::Nothing),
            1..=MOST_TERMS => Ok(Query { terms }),
            _ => Err(QueryError::TooManyTerms(MOST_TERMS)),
        }
    }

    /// What a line that answers has among its tokens.
    pub fn tokens(&self) -> BTreeSet<String> {
        let mut tokens = BTreeSet::new();
        for term in &self.terms {
            match term {
                Term::Prefix(letters) => tokens.extend(token::prefix(letters)),
                Term::Heard(heard) => tokens.extend(tokens_of(heard)),
                Term::Phrase(units) => {
                    for at in 0..units.len() {
                        tokens.extend(of_unit(units, at));
                    }
                }
            }
        }
        tokens
    }

    /// Where a line answers; `None`: it does not.
    pub fn hits(&self, text: &str) -> Option<Hits> {
        let read = read(text, As::Line);
        let mut ranges = Vec::new();
        for term in &self.terms {
            let before = ranges.len();
            (0..read.units.len()).for_each(|at| ranges.extend(term.at(&read, at)));
            if ranges.len() == before {
                return None;
            }
        }
        ranges.sort_by_key(|r| (r.start, r.end));
        let mut apart: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
        for range in ranges {
            match apart.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => apart.push(range),
            }
        }
        let found: usize = apart.iter().map(Range::len).sum();
        // Forty more, so that a line of one word is not the best answer to everything.
        let score = i64::try_from(found * 1_000 / (text.chars().count() + 40)).unwrap_or(0);
        Some(Hits { ranges: apart, score })
    }
}

/// Units without white space between them belong together.
fn words(text: &str, units: Vec<Found>, terms: &mut Vec<Term>) -> Result<(), QueryError> {
    let chars: Vec<char> = text.chars().collect();
    let mut open: Vec<Found> = Vec::new();
    for unit in units {
        // One character may be several units (¼).
        let apart =
            |last: &Found| chars.get(last.to..unit.from).is_some_and(|gap| gap.iter().any(|c| c.is_whitespace()));
        if open.last().is_some_and(apart) {
            close(&chars, std::mem::take(&mut open), terms)?;
        }
        open.push(unit);
    }
    close(&chars, open, terms)
}

fn close(chars: &[char], units: Vec<Found>, terms: &mut Vec<Term>) -> Result<(), QueryError> {
    let starred = |unit: &Found| matches!(chars.get(unit.to), Some('*' | '＊'));
    match &units[..] {
        [] => {}
        [only] if starred(only) && matches!(only.unit, Unit::Word(_)) => {
            let Unit::Word(letters) = &only.unit else { return Ok(()) };
            if letters.chars().count() < token::PREFIX {
                return Err(QueryError::ShortPrefix(token::PREFIX));
            }
            terms.push(Term::Prefix(letters.clone()));
        }
        _ => terms.push(Term::Phrase(units)),
    }
    Ok(())
}

fn of_unit(units: &[Found], at: usize) -> Vec<String> {
    match &units[at].unit {
        Unit::Word(word) => vec![token::word(word)],
        Unit::Number(_) | Unit::Address => Vec::new(),
        // A pair says more than its characters.
        Unit::Han(c) => match token::pair(units, at) {
            Some(pair) => vec![pair],
            None if at > 0 && token::pair(units, at - 1).is_some() => Vec::new(),
            None => vec![format!("c:{c}")],
        },
    }
}

impl Term {
    /// Does a line answer from this unit on?
    fn at(&self, text: &Text, at: usize) -> Option<Range<usize>> {
        match self {
            Term::Prefix(letters) => {
                let found = &text.units[at];
                if matches!(&found.unit, Unit::Word(word) if word.starts_with(letters.as_str())) {
                    return Some(found.from..found.to);
                }
                let run = said(text, at).filter(|run| run.digits().starts_with(letters.as_str()))?;
                Some(found.from..text.units[run.units.end - 1].to)
            }
            Term::Phrase(units) => phrase(units, text, at),
            Term::Heard(heard) => sounds_at(heard, text, at),
        }
    }
}

fn phrase(units: &[Found], text: &Text, first: usize) -> Option<Range<usize>> {
    let mut at = first;
    for (n, asked) in units.iter().enumerate() {
        let found = text.units.get(at)?;
        let together = |unit: &Found| matches!(unit.unit, Unit::Han(_)) && unit.close;
        if n > 0 && together(asked) && matches!(units[n - 1].unit, Unit::Han(_)) && !found.close {
            return None;
        }
        at = match (&asked.unit, &found.unit) {
            (a, b) if a == b => at + 1,
            (Unit::Word(word), _) if token::is_figures(word) => {
                said(text, at).filter(|run| run.digits() == *word)?.units.end
            }
            _ => return None,
        };
    }
    Some(text.units[first].from..text.units[at - 1].to)
}

/// The short number of several units that begins here.
fn said(text: &Text, at: usize) -> Option<&Run> {
    let run = text.runs.binary_search_by_key(&at, |run| run.units.start).ok()?;
    Some(&text.runs[run]).filter(|run| run.units.len() > 1)
}
