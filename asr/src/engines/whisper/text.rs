//! From tokens to words. A token is a piece of a word, and of a Chinese character sometimes less than one.

use crate::engines::answer::{Answer, Timed};
use crate::words::is_han;
use whisper_rs::WhisperState;

/// What whisper.cpp says of one token.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) bytes: Vec<u8>,
    /// Hundredths of a second.
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) probability: f32,
}

/// What a job has understood. Tokens from `end` on are no text.
pub(super) fn answer(state: &WhisperState, end: i32) -> Answer {
    let mut heard = Answer { text: Some(String::new()), ..Answer::default() };
    for segment in state.as_iter() {
        let tokens: Vec<(Token, f32)> = (0..segment.n_tokens())
            .filter_map(|n| {
                let token = segment.get_token(n)?;
                let data = token.token_data();
                let bytes = token.to_bytes().ok().filter(|_| data.id < end)?.to_vec();
                Some((Token { bytes, start: data.t0, end: data.t1, probability: data.p }, data.plog))
            })
            .collect();
        let sure = tokens.iter().map(|(_, log)| f64::from(*log)).sum::<f64>() / tokens.len().max(1) as f64;
        heard.segments.push(Timed {
            text: segment.to_str_lossy().unwrap_or_default().into_owned(),
            start: seconds(segment.start_timestamp()),
            end: seconds(segment.end_timestamp()),
            avg_logprob: Some(sure),
            no_speech_prob: Some(f64::from(segment.no_speech_probability())),
            ..Timed::default()
        });
        heard.words.extend(words(tokens.into_iter().map(|(token, _)| token)));
    }
    heard
}

/// A word begins with a space, or is a Chinese character.
pub(super) fn words(tokens: impl Iterator<Item = Token>) -> Vec<Timed> {
    let mut words = Vec::new();
    let mut open: Vec<Token> = Vec::new();
    for token in tokens {
        let whole = text(&open);
        let begins = std::str::from_utf8(&token.bytes).ok().and_then(|t| t.chars().next());
        let new = whole.as_deref().is_some_and(|w| w.chars().last().is_some_and(is_han))
            || whole.is_some() && begins.is_some_and(|c| c == ' ' || is_han(c));
        if new {
            words.extend(word(&mut open));
        }
        open.push(token);
    }
    words.extend(word(&mut open));
    words
}

/// Once its last byte is there.
fn text(tokens: &[Token]) -> Option<String> {
    let bytes: Vec<u8> = tokens.iter().flat_map(|t| &t.bytes).copied().collect();
    String::from_utf8(bytes).ok().filter(|t| !t.is_empty())
}

fn word(open: &mut Vec<Token>) -> Option<Timed> {
    let tokens = std::mem::take(open);
    let bytes: Vec<u8> = tokens.iter().flat_map(|t| &t.bytes).copied().collect();
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim_matches(|c: char| !c.is_alphanumeric());
    let (first, last) = (tokens.first()?, tokens.last()?);
    let least = tokens.iter().map(|t| f64::from(t.probability)).fold(1.0, f64::min);
    (!text.is_empty()).then(|| Timed {
        text: text.to_owned(),
        start: seconds(first.start),
        end: seconds(last.end),
        confidence: Some(least),
        ..Timed::default()
    })
}

fn seconds(hundredths: i64) -> Option<f64> {
    (hundredths >= 0).then(|| hundredths as f64 / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(tokens: &[(&[u8], i64, i64, f32)]) -> Vec<(String, f64, f64, f64)> {
        let token = |(bytes, start, end, probability): &(&[u8], i64, i64, f32)| Token {
            bytes: bytes.to_vec(),
            start: *start,
            end: *end,
            probability: *probability,
        };
        let all = words(tokens.iter().map(token));
        all.into_iter().map(|w| (w.text, w.start.unwrap(), w.end.unwrap(), w.confidence.unwrap())).collect()
    }

    #[test]
    fn pieces_of_words_are_put_together() {
        let tokens: [(&[u8], i64, i64, f32); 6] = [
            (b" Ring", 0, 20, 1.0),
            (b"desk", 20, 50, 0.5),
            (b",", 50, 52, 0.25),
            (b" don", 60, 70, 1.0),
            (b"'t", 70, 80, 1.0),
            (b".", 80, 80, 1.0),
        ];
        let found = said(&tokens);
        assert_eq!(found, [("Ringdesk".into(), 0.0, 0.52, 0.25), ("don't".into(), 0.6, 0.8, 1.0)]);
    }

    #[test]
    fn characters_in_several_tokens_are_put_together() {
        let [ni, hao] = ["您".as_bytes(), "好".as_bytes()];
        let tokens: [(&[u8], i64, i64, f32); 6] = [
            (&ni[..2], 0, 5, 1.0),
            (&ni[2..], 5, 10, 1.0),
            (hao, 10, 20, 1.0),
            ("，".as_bytes(), 20, 22, 1.0),
            (b"text", 30, 40, 1.0),
            (&hao[..1], 50, 60, 1.0),
        ];
        let found = said(&tokens);
        let texts: Vec<&str> = found.iter().map(|w| w.0.as_str()).collect();
        assert_eq!(texts[..2], ["您", "好"]);
        assert_eq!((found[0].1, found[0].2), (0.0, 0.1));
        assert!(texts[2].starts_with("text"), "{texts:?}");
        assert!(said(&[]).is_empty());
    }
}
