//! What a reader sees of a line: the part around the hit, and numbers only with the right to them.

use super::folding::LONGEST_TEXT;
use super::units::{As, Figure, PERSONAL, Unit, read};
use std::ops::Range;

const DOT: char = '•';
/// Figures of a personal number that stay, at its end.
const SHOWN: usize = 3;
/// How far a cut moves so that it does not go through a word.
const SNAP: usize = 15;

/// A part of a line, and where in it the hits are, in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    pub text: String,
    pub hits: Vec<Range<usize>>,
}

/// A text without the numbers and addresses that may be somebody's, typed or spoken: `一三八…` and `one three eight …` as
/// well as `138…`. The last three figures of a whole number stay, as in masked telephone numbers.
pub fn mask(text: &str) -> String {
    let chars: Vec<char> = text.chars().take(LONGEST_TEXT).collect();
    shown(&chars, 0..chars.len(), &edits(text), &[]).text
}

/// At most about `longest` characters around the first hit. `masked`: as [`mask`] does.
pub fn snippet(text: &str, hits: &[Range<usize>], longest: usize, masked: bool) -> Snippet {
    let chars: Vec<char> = text.chars().take(LONGEST_TEXT).collect();
    // The whole line is read, not the part: half a number does not look like one.
    let edits = if masked { edits(text) } else { Vec::new() };
    let mut window = window(&chars, hits.first(), longest);
    for edit in &edits {
        if edit.place.contains(&window.start) {
            window.start = edit.place.start;
        }
        if edit.place.start < window.end && window.end < edit.place.end {
            window.end = edit.place.end;
        }
    }
    shown(&chars, window, &edits, hits)
}

/// What stands in the place of something that is hidden.
struct Edit {
    place: Range<usize>,
    text: String,
}

fn edits(text: &str) -> Vec<Edit> {
    let mut edits = Vec::new();
    for found in read(text, As::Line).units {
        match found.unit {
            Unit::Number(figures) => number(&figures, &mut edits),
            Unit::Address => {
                let first = text.chars().nth(found.from).unwrap_or(DOT);
                edits.push(Edit { place: found.from..found.to, text: format!("{first}{DOT}{DOT}{DOT}") });
            }
            Unit::Han(_) | Unit::Word(_) => {}
        }
    }
    edits
}

fn number(figures: &[Figure], edits: &mut Vec<Edit>) {
    let length: usize = figures.iter().map(|f| f.digits.len()).sum();
    let hidden = if length >= PERSONAL { length - SHOWN } else { length };
    let mut before = 0;
    for figure in figures {
        if before < hidden {
            let dots = DOT.to_string().repeat(figure.digits.len());
            match edits.last_mut() {
                // One character may stand for several figures (⑫).
                Some(last) if last.place.end > figure.from => last.text.push_str(&dots),
                _ => edits.push(Edit { place: figure.from..figure.to, text: dots }),
            }
        }
        before += figure.digits.len();
    }
}

fn window(chars: &[char], hit: Option<&Range<usize>>, longest: usize) -> Range<usize> {
    if chars.len() <= longest {
        return 0..chars.len();
    }
    let hit = hit.cloned().unwrap_or(0..0);
    let mut start = hit.start.min(chars.len()).saturating_sub(longest / 3);
    let mut end = start + longest;
    if end >= chars.len() {
        (start, end) = (chars.len() - longest, chars.len());
    }
    let latin = |at: usize| chars.get(at).is_some_and(char::is_ascii_alphanumeric);
    if start > 0 && latin(start) && latin(start - 1) {
        let space = (start..(start + SNAP).min(hit.start)).find(|at| chars[*at].is_whitespace());
        start = space.map_or(start, |at| at + 1);
    }
    if end < chars.len() && latin(end) && latin(end - 1) {
        let last = end.saturating_sub(SNAP).max(hit.end.min(end)).max(start);
        end = (last..end).rev().find(|at| chars[*at].is_whitespace()).unwrap_or(end);
    }
    while start < end && chars[start].is_whitespace() {
        start += 1;
    }
    while start < end && chars[end - 1].is_whitespace() {
        end -= 1;
    }
    start..end
}

fn shown(chars: &[char], window: Range<usize>, edits: &[Edit], hits: &[Range<usize>]) -> Snippet {
    let mut text = String::new();
    let mut length = 0;
    if window.start > 0 {
        text.push('…');
        length += 1;
    }
    // Where each character of the window went.
    let mut places = Vec::with_capacity(window.len() + 1);
    let mut edits = edits.iter().skip_while(|e| e.place.start < window.start).peekable();
    for at in window.clone() {
        while edits.next_if(|e| e.place.end <= at).is_some() {}
        places.push(length);
        match edits.peek() {
            Some(edit) if edit.place.start == at => {
                text.push_str(&edit.text);
                length += edit.text.chars().count();
            }
            Some(edit) if edit.place.contains(&at) => {}
            _ => {
                text.push(chars[at]);
                length += 1;
            }
        }
    }
    places.push(length);
    if window.end < chars.len() {
        text.push('…');
    }
    let place = |at: usize| places[at.clamp(window.start, window.end) - window.start];
    let hits = hits.iter().map(|hit| place(hit.start)..place(hit.end)).filter(|hit| !hit.is_empty()).collect();
    Snippet { text, hits }
}
