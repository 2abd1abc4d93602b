//! Many rows as one bind: a JSON array that SQLite opens with `jsonb_each` (`json_each` would print and parse each row
//! again for each column), PostgreSQL with `jsonb_to_recordset`. Ids and short bytes travel as hexadecimal, which both can
//! read (`unhex`; `::uuid` and `decode`). Sealed values travel beside the JSON in a second bind, and the JSON says where.

use crate::StoreError;
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

/// Where in the bytes beside the batch a value lies: `place << 24 | length`, the place counted from 1 as SQL does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span(i64);

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_i64(self.0)
    }
}

/// The second bind of a batch.
#[derive(Debug, Default)]
pub(crate) struct Arena(Vec<u8>);

impl Arena {
    pub(crate) fn put(&mut self, bytes: &[u8]) -> Result<Span, StoreError> {
        const LIMIT: usize = 1 << 24;
        if bytes.len() >= LIMIT {
            return Err(StoreError::unreadable("value", "it is longer than 16 MiB"));
        }
        let place = self.0.len() + 1;
        self.0.extend_from_slice(bytes);
        Ok(Span(((place << 24) | bytes.len()) as i64))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
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

    #[test]
    fn sealed_values_are_found_beside_the_batch() {
        let mut arena = Arena::default();
        let spans = [arena.put(b"abc").unwrap(), arena.put(b"").unwrap(), arena.put(b"de").unwrap()];
        assert_eq!(json(&spans), format!("[{},{},{}]", 1 << 24 | 3, 4 << 24, 4 << 24 | 2));
        assert_eq!(arena.bytes(), b"abcde");
        assert!(arena.put(&vec![0; 1 << 24]).is_err());
    }
}
