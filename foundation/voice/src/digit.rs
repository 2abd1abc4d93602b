//! Keys of a telephone.

use serde::{Deserialize, Serialize};
use std::fmt;

/// One key: `0`–`9`, `*`, `#`, `A`–`D`. `Debug` hides it: keys may be card numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digit(char);

/// How a key reached us; carriers differ and support asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DigitSource {
    /// RFC 4733 telephone-event.
    Rtp,
    /// SIP INFO (`application/dtmf-relay` or `application/dtmf`).
    Info,
    /// Heard in the sound, where no telephone-event was negotiated.
    InBand,
}

impl Digit {
    pub fn new(key: char) -> Option<Digit> {
        let key = key.to_ascii_uppercase();
        matches!(key, '0'..='9' | '*' | '#' | 'A'..='D').then_some(Digit(key))
    }

    /// Event code of RFC 4733 §3.2, 0 to 15.
    pub fn from_event(code: u8) -> Option<Digit> {
        "0123456789*#ABCD".chars().nth(usize::from(code)).map(Digit)
    }

    pub fn event(self) -> u8 {
        "0123456789*#ABCD".find(self.0).map_or(0, |i| i as u8)
    }

    pub fn key(self) -> char {
        self.0
    }
}

impl fmt::Debug for Digit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digit(‹pii›)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_codes_round_trip() {
        for code in 0..16 {
            assert_eq!(Digit::from_event(code).unwrap().event(), code);
        }
        assert_eq!(Digit::from_event(16), None);
        assert_eq!(Digit::new('d'), Digit::from_event(15));
        assert_eq!(Digit::new('x'), None);
    }
}
