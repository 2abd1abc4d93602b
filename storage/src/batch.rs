//! Many rows as one bind: a JSON array that SQLite opens with `json_each`, PostgreSQL with `jsonb_to_recordset`.
//! Ids and bytes travel as hexadecimal, which both can read (`unhex`; `::uuid` and `decode`).

use serde::{Serialize, Serializer};
use uuid::Uuid;

/// An id in a batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Id(pub(crate) Uuid);

/// Bytes in a batch.
#[derive(Clone, Debug)]
pub(crate) struct Hex(pub(crate) Vec<u8>);

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.0.simple().encode_lower(&mut [0; 32]))
    }
}

impl Serialize for Hex {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = String::with_capacity(self.0.len() * 2);
        for byte in &self.0 {
            text.push(char::from(DIGITS[usize::from(byte >> 4)]));
            text.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
        s.serialize_str(&text)
    }
}

/// The bind of a batch.
pub(crate) fn json<T: Serialize + ?Sized>(rows: &T) -> String {
    serde_json::to_string(rows).expect("rows of a batch are numbers, texts and options of them")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_bytes_travel_as_hexadecimal() {
        let row = (Id(Uuid::from_u128(0x10)), Hex(vec![0, 0xab, 0xff]), None::<i64>);
        assert_eq!(json(&[row]), r#"[["00000000000000000000000000000010","00abff",null]]"#);
    }
}
