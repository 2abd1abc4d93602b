//! Search: what people type, and the lines that it is looked for in.

use crate::script::Script;
use ringdesk_language::search::{NameQuery, Query, mask, name_tokens, snippet, tokens};

/// Figures in a row that are nobody's.
const HARMLESS: usize = 6;

/// The first line is the question, the rest the line that it is asked of.
pub(super) fn run(bytes: &[u8]) {
    let mut script = Script::new(bytes);
    let question = String::from_utf8_lossy(script.line()).into_owned();
    let line = String::from_utf8_lossy(script.rest()).into_owned();
    indexed(&line);
    hidden(&line);
    if let Ok(query) = Query::parse(&question) {
        let wanted = query.tokens();
        if let Some(hits) = query.hits(&line) {
            let missing: Vec<_> = wanted.difference(&tokens(&line)).cloned().collect();
            assert!(missing.is_empty(), "a line that answers is among the candidates: {missing:?}");
            let length = line.chars().count();
            assert!(!hits.ranges.is_empty() && (0..=1_000).contains(&hits.score), "{hits:?}");
            for pair in hits.ranges.windows(2) {
                assert!(pair[0].end < pair[1].start, "{hits:?}");
            }
            assert!(hits.ranges.iter().all(|range| range.start < range.end && range.end <= length), "{hits:?}");
            for (longest, masked) in [(80, true), (80, false), (1, true), (10_000, true)] {
                let snippet = snippet(&line, &hits.ranges, longest, masked);
                let length = snippet.text.chars().count();
                assert!(snippet.hits.iter().all(|hit| hit.start <= hit.end && hit.end <= length), "{snippet:?}");
            }
        }
    }
    named(&question, &line);
}

fn indexed(line: &str) {
    for token in tokens(line) {
        assert!(longest_number(&token) <= HARMLESS, "a number of somebody's is in the index: {token}");
    }
}

fn hidden(line: &str) {
    let masked = mask(line);
    assert!(longest_number(&masked) <= HARMLESS, "{masked}");
}

fn longest_number(text: &str) -> usize {
    text.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0)
}

fn named(typed: &str, name: &str) {
    let _ = name_tokens(name);
    if let Some(query) = NameQuery::parse(typed) {
        assert!(!query.tokens().is_empty());
        let _ = query.matches(name);
    }
}
