//! Hashes as text.

use serde::{Deserialize, Deserializer, Serializer, de::Error};

pub(crate) fn text(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

pub(crate) fn bytes(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    let mut out = [0; 32];
    for (i, byte) in out.iter_mut().enumerate() {
        let digit = |at: usize| char::from(*digits.get(at)?).to_digit(16);
        *byte = (digit(2 * i)? * 16 + digit(2 * i + 1)?) as u8;
    }
    (digits.len() == 64).then_some(out)
}

pub(crate) fn serialize<S: Serializer>(hash: &[u8; 32], to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&text(hash))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<[u8; 32], D::Error> {
    let written = String::deserialize(from)?;
    bytes(&written).ok_or_else(|| D::Error::custom("not a hash in hexadecimal"))
}
