//! Folding: what looks or means the same becomes the same, and each letter remembers where it stood.

use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// A folded letter and the characters of the text it comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Letter {
    pub(super) c: char,
    pub(super) from: usize,
    pub(super) to: usize,
}

/// What of a text is read; the rest is not found. A line of a conversation has some dozens of characters.
pub(super) const LONGEST_TEXT: usize = 20_000;

/// NFKC (full-width and other forms of the same letter), lower case, simplified characters.
pub(super) fn fold(text: &str) -> Vec<Letter> {
    let mut letters = Vec::with_capacity(text.len().min(LONGEST_TEXT));
    let mut chars = text.chars().take(LONGEST_TEXT).enumerate().peekable();
    while let Some((from, c)) = chars.next() {
        let next_is_plain = chars.peek().is_none_or(|(_, n)| *n < '\u{300}' || is_plain_han(*n));
        if next_is_plain && (c.is_ascii() || is_plain_han(c)) {
            letters.push(Letter { c: simplified(c.to_ascii_lowercase()), from, to: from + 1 });
            continue;
        }
        // A letter with the accents that follow it: they may become one.
        let mut whole = String::from(c);
        let mut to = from + 1;
        while let Some((_, mark)) = chars.next_if(|(_, n)| canonical_combining_class(*n) != 0) {
            whole.push(mark);
            to += 1;
        }
        letters.extend(whole.nfkc().flat_map(char::to_lowercase).map(|c| Letter { c: simplified(c), from, to }));
    }
    letters
}

/// Chinese characters, and what is written without spaces between words like them.
pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}'
        | '々' | '〇' | '\u{3041}'..='\u{309f}' | '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}')
}

fn is_plain_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}')
}

fn simplified(c: char) -> char {
    static PAIRS: LazyLock<Vec<(char, char)>> = LazyLock::new(|| {
        let mut pairs = Vec::new();
        for line in include_str!("simplified.txt").lines().filter(|l| !l.starts_with('#')) {
            let mut chars = line.chars();
            while let (Some(traditional), Some(simplified)) = (chars.next(), chars.next()) {
                pairs.push((traditional, simplified));
            }
        }
        pairs
    });
    if c < '\u{3400}' {
        return c;
    }
    PAIRS.binary_search_by_key(&c, |(traditional, _)| *traditional).map_or(c, |at| PAIRS[at].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> String {
        fold(text).iter().map(|l| l.c).collect()
    }

    #[test]
    fn one_form_for_what_means_the_same() {
        for (text, form) in [
            ("Ｒｅｆｕｎｄ １３８", "refund 138"),
            ("退款電話號碼", "退款电话号码"),
            ("臺灣後裏麼", "台湾后里么"),
            ("Cafe\u{301} CAFÉ", "café café"),
            ("ﬁnal ① ㎏", "final 1 kg"),
            ("ＡＢＣ，。", "abc,。"),
            ("", ""),
        ] {
            assert_eq!(folded(text), form, "{text}");
        }
    }

    #[test]
    fn letters_remember_where_they_stood() {
        let letters = fold("ﬁe\u{301}後");
        let places: Vec<_> = letters.iter().map(|l| (l.c, l.from, l.to)).collect();
        assert_eq!(places, [('f', 0, 1), ('i', 0, 1), ('é', 1, 3), ('后', 3, 4)]);
    }

    #[test]
    fn the_table_is_sorted_and_ends_where_it_leads() {
        for c in ('\u{3400}'..='\u{9fff}').chain('\u{20000}'..='\u{2ffff}') {
            let once = simplified(c);
            assert!(simplified(once) == once, "{c} → {once} → {}", simplified(once));
        }
        assert_eq!(simplified('電'), '电');
        assert!(fold(&"a".repeat(LONGEST_TEXT * 2)).len() == LONGEST_TEXT);
    }
}
