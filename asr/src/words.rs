//! Words as units of a text: what is counted, compared and put in time. Chinese has one per character.

/// In order, without punctuation, lower case: Han characters singly, everything else as words.
pub fn tokens(text: &str) -> Vec<String> {
    pieces(text).into_iter().map(|p| p.to_lowercase()).collect()
}

/// The same as they are written.
pub(crate) fn pieces(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut word = String::new();
    for c in text.chars() {
        let inside = c.is_alphanumeric() || (c == '\'' || c == '’') && !word.is_empty();
        if (!inside || is_han(c)) && !word.is_empty() {
            found.push(finished(&mut word));
        }
        if is_han(c) {
            found.push(c.to_string());
        } else if inside {
            word.push(if c == '’' { '\'' } else { c });
        }
    }
    if !word.is_empty() {
        found.push(finished(&mut word));
    }
    found
}

/// Pieces as a text again: Han characters without space between them.
pub(crate) fn join(pieces: &[String]) -> String {
    let mut text = String::new();
    for piece in pieces {
        let (before, after) = (text.chars().last(), piece.chars().next());
        if before.is_some_and(|b| !is_han(b)) || before.is_some() && after.is_some_and(|a| !is_han(a)) {
            text.push(' ');
        }
        text.push_str(piece);
    }
    text
}

pub(crate) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}' | '〇')
}

fn finished(word: &mut String) -> String {
    let word = std::mem::take(word);
    word.trim_end_matches('\'').to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixed_texts() {
        for (text, wanted) in [
            ("", vec![]),
            ("...，。!", vec![]),
            ("Hello, World's 'end'", vec!["hello", "world's", "end"]),
            ("what’s 3.5", vec!["what's", "3", "5"]),
            ("这是 text to speech 测试", vec!["这", "是", "text", "to", "speech", "测", "试"]),
            ("它A也B", vec!["它", "a", "也", "b"]),
        ] {
            assert_eq!(tokens(text), wanted, "{text}");
        }
        assert_eq!(join(&pieces("这是 Text to Speech, 测试")), "这是 Text to Speech 测试");
    }
}
