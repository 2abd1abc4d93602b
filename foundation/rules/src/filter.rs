//! What is looked for in what contacts write, and what is done with a text in which it is found.
//!
//! A pattern is a word with gaps: `?` is any one character, `#` a digit, `*` up to ten characters of any kind. So `加*微信`
//! finds `加 我 的 微 信` no more than it should, and no pattern takes longer than its length times that of the text.

use crate::words::Text;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Words of one filter, and characters of each.
const WORDS: usize = 500;
const WORD: usize = 200;
/// Patterns of one filter, characters of each, and gaps in it.
const PATTERNS: usize = 20;
const PATTERN: usize = 60;
const GAPS: usize = 5;
/// What a `*` stands for at the most, in characters.
const GAP: usize = 10;

/// What is done with a text; of several the last one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilterAction {
    /// It is delivered, and its reader is told.
    Mark,
    /// It waits until somebody has looked at it.
    Hold,
    /// It is not taken, and its writer is told.
    Refuse,
}

/// What an account writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextFilter {
    /// Found whatever their width, case and characters (traditional or simplified); Latin words are whole words.
    #[serde(default)]
    pub words: Vec<String>,
    #[serde(default)]
    pub patterns: Vec<String>,
    /// More characters than this.
    #[serde(default)]
    pub longer_than: Option<u32>,
    /// So many addresses of web pages, or more.
    #[serde(default)]
    pub links: Option<u32>,
    /// So many texts of one contact within a minute, or more.
    #[serde(default)]
    pub in_a_minute: Option<u32>,
    pub action: FilterAction,
    /// What its writer is told where it is refused, by language.
    #[serde(default)]
    pub reply: BTreeMap<String, String>,
    pub active: bool,
}

/// Something that was found. Stored by its words ([`Find::as_words`]).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Find {
    Word(String),
    Pattern(String),
    Length,
    Links,
    Rate,
}

/// What is wrong with a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterFault {
    #[error("it looks for nothing")]
    Nothing,
    #[error("at most 500 words of 1 to 200 characters")]
    Words,
    #[error("at most 20 patterns of 2 to 60 characters, each with two that are no gaps and at most five *")]
    Patterns,
    #[error("a text is longer than 1 to 8000 characters, and has 1 to 100 links; 2 to 1000 texts in a minute are many")]
    Sizes,
}

impl FilterAction {
    pub const fn as_str(self) -> &'static str {
        match self {
            FilterAction::Mark => "mark",
            FilterAction::Hold => "hold",
            FilterAction::Refuse => "refuse",
        }
    }

    pub fn parse(name: &str) -> Option<FilterAction> {
        [FilterAction::Mark, FilterAction::Hold, FilterAction::Refuse].into_iter().find(|one| one.as_str() == name)
    }
}

impl Find {
    /// `word:退款`, `pattern:加*微信`, `length`, `links`, `rate`.
    pub fn as_words(&self) -> String {
        match self {
            Find::Word(word) => format!("word:{word}"),
            Find::Pattern(pattern) => format!("pattern:{pattern}"),
            Find::Length => "length".into(),
            Find::Links => "links".into(),
            Find::Rate => "rate".into(),
        }
    }
}

impl TextFilter {
    pub fn check(&self) -> Result<(), FilterFault> {
        let sizes = [(self.longer_than, 1, 8_000), (self.links, 1, 100), (self.in_a_minute, 2, 1_000)];
        if self.words.is_empty() && self.patterns.is_empty() && sizes.iter().all(|(size, ..)| size.is_none()) {
            return Err(FilterFault::Nothing);
        }
        let is_word = |word: &String| !word.trim().is_empty() && word.chars().count() <= WORD;
        if self.words.len() > WORDS || !self.words.iter().all(is_word) {
            return Err(FilterFault::Words);
        }
        let is_pattern = |pattern: &String| {
            let said = pattern.chars().filter(|c| !c.is_whitespace() && !"?#*".contains(*c)).count();
            let gaps = pattern.chars().filter(|c| *c == '*').count();
            said >= 2 && gaps <= GAPS && pattern.chars().count() <= PATTERN
        };
        if self.patterns.len() > PATTERNS || !self.patterns.iter().all(is_pattern) {
            return Err(FilterFault::Patterns);
        }
        let fits = |(size, least, most): &(Option<u32>, u32, u32)| size.is_none_or(|n| (*least..=*most).contains(&n));
        if sizes.iter().all(fits) { Ok(()) } else { Err(FilterFault::Sizes) }
    }

    /// Everything it finds in a text.
    pub fn find(&self, said: &str) -> Vec<Find> {
        let text = Text::new(said);
        let words = self.words.iter().filter(|word| text.says(word)).map(|word| Find::Word(word.clone()));
        let patterns = self.patterns.iter().filter(|one| Pattern::new(one).is_in(&text));
        let mut found: Vec<Find> = words.chain(patterns.map(|one| Find::Pattern(one.clone()))).collect();
        let length = || u32::try_from(said.chars().count()).unwrap_or(u32::MAX);
        if self.longer_than.is_some_and(|most| length() > most) {
            found.push(Find::Length);
        }
        if self.links.is_some_and(|most| links(said) >= most) {
            found.push(Find::Links);
        }
        found
    }

    /// So many texts within a minute are many.
    pub fn finds_rate(&self, in_a_minute: u32) -> bool {
        self.in_a_minute.is_some_and(|most| in_a_minute >= most)
    }
}

fn links(text: &str) -> u32 {
    let text = text.to_lowercase();
    let schemes = text.matches("://").count();
    let bare = text.match_indices("www.").filter(|(at, _)| !text[..*at].ends_with("://")).count();
    u32::try_from(schemes + bare).unwrap_or(u32::MAX)
}

/// One that can be looked for.
struct Pattern(Vec<Place>);

#[derive(Clone, Copy)]
struct Place {
    what: What,
    /// It may be left out.
    may_lack: bool,
}

#[derive(Clone, Copy)]
enum What {
    This(char),
    Digit,
    Any,
}

impl Pattern {
    fn new(pattern: &str) -> Pattern {
        let mut places = Vec::new();
        let folded: Vec<char> = ringdesk_language::search::folded(pattern.trim()).chars().collect();
        for c in folded {
            match c {
                '*' => places.extend([Place { what: What::Any, may_lack: true }; GAP]),
                '?' => places.push(Place { what: What::Any, may_lack: false }),
                '#' => places.push(Place { what: What::Digit, may_lack: false }),
                c => places.push(Place { what: What::This(c), may_lack: false }),
            }
        }
        Pattern(places)
    }

    /// All the ways at once, so that no text takes longer than another of its length.
    fn is_in(&self, text: &Text) -> bool {
        let places = &self.0;
        // `here[n]`: the first n places have been met just before this character.
        let mut here = vec![false; places.len() + 1];
        for c in text.chars() {
            here[0] = true;
            for at in 0..places.len() {
                here[at + 1] |= here[at] && places[at].may_lack;
            }
            if here[places.len()] {
                return true;
            }
            let mut next = vec![false; places.len() + 1];
            for (at, place) in places.iter().enumerate() {
                next[at + 1] = here[at]
                    && match place.what {
                        What::This(wanted) => wanted == *c,
                        What::Digit => c.is_numeric(),
                        What::Any => true,
                    };
            }
            here = next;
        }
        for at in 0..places.len() {
            here[at + 1] |= here[at] && places[at].may_lack;
        }
        here[places.len()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(words: &[&str], patterns: &[&str]) -> TextFilter {
        let own = |of: &[&str]| of.iter().map(|one| (*one).to_owned()).collect();
        TextFilter {
            words: own(words),
            patterns: own(patterns),
            longer_than: None,
            links: None,
            in_a_minute: None,
            action: FilterAction::Hold,
            reply: BTreeMap::new(),
            active: true,
        }
    }

    fn found(filter: &TextFilter, text: &str) -> Vec<String> {
        filter.find(text).iter().map(Find::as_words).collect()
    }

    /// Rows: S9.19
    #[test]
    fn words_and_patterns_are_found_in_any_spelling() {
        let one = filter(&["刷单", "bitcoin"], &["加*微信", "vx##", "c?sino"]);
        for (text, finds) in [
            ("兼職刷單日結", &["word:刷单"][..]),
            ("Buy ＢＩＴＣＯＩＮ now", &["word:bitcoin"]),
            ("bitcoins", &[]),
            ("加我的微信吧", &["pattern:加*微信"]),
            ("加微信", &["pattern:加*微信"]),
            ("加一二三四五六七八九十个微信", &[]),
            ("VX12345", &["pattern:vx##"]),
            ("vx1", &[]),
            ("best cAsino, bitcoin", &["word:bitcoin", "pattern:c?sino"]),
            ("你好", &[]),
            ("", &[]),
        ] {
            assert_eq!(found(&one, text), finds, "{text}");
        }
    }

    /// Rows: S9.19
    #[test]
    fn size_links_and_rate_are_found() {
        let one = TextFilter { longer_than: Some(5), links: Some(2), in_a_minute: Some(3), ..filter(&[], &[]) };
        assert_eq!(found(&one, "客客客客客"), Vec::<String>::new());
        assert_eq!(found(&one, "客客客客客客"), ["length"]);
        assert_eq!(found(&one, "http://a www.b"), ["length", "links"]);
        assert_eq!(found(&one, "http://www.b"), ["length"], "one address");
        assert_eq!([2, 3].map(|n| one.finds_rate(n)), [false, true]);
    }

    #[test]
    fn a_filter_looks_for_something_and_for_what_can_be_looked_for() {
        let many = vec!["a".to_owned(); 501];
        for (one, fault) in [
            (filter(&[], &[]), Some(FilterFault::Nothing)),
            (filter(&["a"], &[]), None),
            (filter(&[" "], &[]), Some(FilterFault::Words)),
            (TextFilter { words: many, ..filter(&[], &[]) }, Some(FilterFault::Words)),
            (filter(&[], &["ab"]), None),
            (filter(&[], &["a*"]), Some(FilterFault::Patterns)),
            (filter(&[], &["a******b"]), Some(FilterFault::Patterns)),
            (TextFilter { links: Some(0), ..filter(&[], &[]) }, Some(FilterFault::Sizes)),
            (TextFilter { in_a_minute: Some(1), ..filter(&[], &[]) }, Some(FilterFault::Sizes)),
        ] {
            assert_eq!(one.check().err(), fault, "{one:?}");
        }
        for action in [FilterAction::Mark, FilterAction::Hold, FilterAction::Refuse] {
            assert_eq!(FilterAction::parse(action.as_str()), Some(action));
        }
        assert!(FilterAction::Refuse > FilterAction::Hold && FilterAction::Hold > FilterAction::Mark);
    }

    /// What makes expressions slow that go back: many gaps, and a text that nearly fits everywhere. By going back, this would not end.
    #[test]
    fn no_text_makes_a_pattern_slow() {
        let one = filter(&[], &["a*a*a*a*a*b"; 20]);
        let text = "a".repeat(8_000);
        assert!(found(&one, &text).is_empty());
    }
}
