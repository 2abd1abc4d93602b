//! Whether a text says a word. Width, case, and traditional or simplified characters do not count; Latin words are whole words.

use ringdesk_language::search::folded;

/// A text, read once for many words.
#[derive(Clone, Debug)]
pub struct Text(Vec<char>);

impl Text {
    pub fn new(text: &str) -> Text {
        Text(folded(text).chars().collect())
    }

    pub(crate) fn chars(&self) -> &[char] {
        &self.0
    }

    pub fn says(&self, word: &str) -> bool {
        let word: Vec<char> = folded(word.trim()).chars().collect();
        let (Some(first), Some(last)) = (word.first(), word.last()) else { return false };
        let (first_is_open, last_is_open) = (is_spelled(*first), is_spelled(*last));
        self.0.windows(word.len()).enumerate().any(|(at, part)| {
            let before = at.checked_sub(1).map(|at| self.0[at]);
            let after = self.0.get(at + word.len()).copied();
            part == word
                && !(first_is_open && before.is_some_and(is_spelled))
                && !(last_is_open && after.is_some_and(is_spelled))
        })
    }
}

/// Written with letters that make words together: `art` is none of the words of `start`.
fn is_spelled(c: char) -> bool {
    c.is_alphanumeric() && c < '\u{2e80}'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_any_spelling() {
        for (text, word, says) in [
            ("我要退款", "退款", true),
            ("我要退款", "退貨", false),
            ("請問電話號碼", "电话", true),
            ("请问电话号码", "電話", true),
            ("ＶＩＰ客户", "vip", true),
            ("I want a REFUND.", "refund", true),
            ("prefunded", "refund", false),
            ("restart", "art", false),
            ("kaputt! kaputt", "kaputt", true),
            ("订单abc退款", "abc", true),
            ("order 12345", "1234", false),
            ("not good", "not good", true),
            ("", "x", false),
            ("x", " ", false),
        ] {
            assert_eq!(Text::new(text).says(word), says, "{text} / {word}");
        }
    }
}
