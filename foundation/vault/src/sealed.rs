//! The place of a sealed value, and the two primitives everything here is closed with.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

/// Where a sealed value lives. It is authenticated, not stored: a value copied to another row or column does not open.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub table: &'static str,
    pub column: &'static str,
    /// The row's id.
    pub row: &'a [u8; 16],
}

pub(crate) type Nonce96 = [u8; 12];

impl<'a> Place<'a> {
    pub const fn new(table: &'static str, column: &'static str, row: &'a [u8; 16]) -> Place<'a> {
        Place { table, column, row }
    }

    /// `table | column | row`; names contain no `|`, the row has a fixed length.
    pub(crate) fn aad(&self) -> Vec<u8> {
        let mut aad = Vec::with_capacity(self.table.len() + self.column.len() + 18);
        aad.extend_from_slice(self.table.as_bytes());
        aad.push(b'|');
        aad.extend_from_slice(self.column.as_bytes());
        aad.push(b'|');
        aad.extend_from_slice(self.row);
        aad
    }
}

/// The caller sees to it that a nonce is never used twice with one key.
pub(crate) fn seal_in_place(key: &[u8; 32], nonce: Nonce96, aad: &[u8], body: &mut Vec<u8>) {
    aes(key)
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), body)
        .expect("a column is far below the 64 GiB that GCM takes");
}

/// `None`: altered, moved, or another key.
pub(crate) fn open_in_place<'a>(key: &[u8; 32], nonce: Nonce96, aad: &[u8], body: &'a mut [u8]) -> Option<&'a [u8]> {
    aes(key).open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(aad), body).ok().map(|plain| &*plain)
}

fn aes(key: &[u8; 32]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("32 bytes are the length of the key"))
}
