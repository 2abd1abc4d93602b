//! Bytes of a header field as a `String`, without losing one.
//!
//! RFC 3261 says UTF-8, old exchanges send Latin-1. A byte that is not part of valid UTF-8 is kept as the private-use
//! character U+10FF00 + byte and turned back into the byte when written. The same characters in real UTF-8 input are
//! kept byte by byte too, so that every input survives a round trip.

use std::borrow::Cow;

const ESCAPE: u32 = 0x10_FF00;

fn escaped(byte: u8) -> char {
    char::from_u32(ESCAPE + u32::from(byte)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn byte_of(c: char) -> Option<u8> {
    let code = u32::from(c);
    (code >= ESCAPE + 0x80).then(|| (code - ESCAPE) as u8)
}

/// First bytes of every escape in UTF-8: U+10FF80..=U+10FFFF is `F4 8F BE|BF xx`.
fn may_hold_escape(bytes: &[u8]) -> bool {
    bytes.contains(&0xF4)
}

/// Bytes as received → text.
pub fn decode(bytes: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(bytes)
        && !may_hold_escape(bytes)
    {
        return text.to_owned();
    }
    let mut text = String::with_capacity(bytes.len() + 8);
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if byte_of(c).is_some() {
                let mut raw = [0; 4];
                text.extend(c.encode_utf8(&mut raw).bytes().map(escaped));
            } else {
                text.push(c);
            }
        }
        text.extend(chunk.invalid().iter().map(|b| escaped(*b)));
    }
    text
}

/// Text → the bytes it was received as.
pub fn encode(text: &str, out: &mut Vec<u8>) {
    if !may_hold_escape(text.as_bytes()) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    let mut raw = [0; 4];
    for c in text.chars() {
        match byte_of(c) {
            Some(byte) => out.push(byte),
            None => out.extend_from_slice(c.encode_utf8(&mut raw).as_bytes()),
        }
    }
}

/// For people (display names, reasons): what was not UTF-8 is read as Latin-1.
pub fn readable(text: &str) -> Cow<'_, str> {
    if !may_hold_escape(text.as_bytes()) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| byte_of(c).map_or(c, char::from)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_survives() {
        let all: Vec<u8> = (0..=255).collect();
        let sample: [&[u8]; 5] =
            [&all, b"plain", "Zo\u{eb} \u{10ffff}".as_bytes(), b"M\xfcller", "\u{10ff80}\u{10ff7f}".as_bytes()];
        for bytes in sample {
            let mut back = Vec::new();
            encode(&decode(bytes), &mut back);
            assert_eq!(back, bytes);
        }
    }

    #[test]
    fn people_read_latin_1() {
        assert_eq!(readable(&decode(b"M\xfcller")), "M\u{fc}ller");
        assert_eq!(readable(&decode("M\u{fc}ller".as_bytes())), "M\u{fc}ller");
    }
}
