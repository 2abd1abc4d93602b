//! The keys of one recording. Its data key lies wrapped in the recording's row; without it the file is noise.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ringdesk_model::RecordingId;
use ringdesk_vault::{AccountKey, ObjectKey, Place, Salt, VaultError};
use std::fmt;

/// What opens everything of one recording.
#[derive(Debug)]
pub struct RecordingKey {
    recording: RecordingId,
    object: ObjectKey,
}

/// Seals and opens the blocks of the log. A recording has one log, written once: the nonce is the block's number.
pub struct LogKey {
    pub(crate) recording: RecordingId,
    aes: LessSafeKey,
}

/// Seals and opens the segments of one rendered file.
pub(crate) struct FileKey {
    aes: LessSafeKey,
}

impl RecordingKey {
    /// A new recording: its key, and the wrapped form for its row. Deleting that row's form erases the recording.
    pub fn create(account: &AccountKey, recording: RecordingId) -> Result<(RecordingKey, Vec<u8>), VaultError> {
        let (object, wrapped) = account.create_object_key(place(recording.0.as_bytes()))?;
        Ok((RecordingKey { recording, object }, wrapped))
    }

    pub fn unwrap(account: &AccountKey, recording: RecordingId, wrapped: &[u8]) -> Result<RecordingKey, VaultError> {
        let object = account.unwrap_object_key(place(recording.0.as_bytes()), wrapped)?;
        Ok(RecordingKey { recording, object })
    }

    pub fn recording(&self) -> RecordingId {
        self.recording
    }

    pub fn log(&self) -> LogKey {
        LogKey { recording: self.recording, aes: aes(&self.object.part("recording log 1", &[])) }
    }

    /// Each file its own key: what is rendered twice is sealed twice.
    pub(crate) fn file(&self, salt: &Salt) -> FileKey {
        FileKey { aes: aes(&self.object.part("recording file 1", salt)) }
    }
}

impl LogKey {
    pub fn recording(&self) -> RecordingId {
        self.recording
    }

    pub(crate) fn seal(&self, index: u32, header: &[u8], body: &mut Vec<u8>) {
        seal(&self.aes, nonce(index, 0), header, body);
    }

    pub(crate) fn open<'a>(&self, index: u32, header: &[u8], body: &'a mut [u8]) -> Option<&'a mut [u8]> {
        self.aes.open_in_place(nonce(index, 0), Aad::from(header), body).ok()
    }
}

impl FileKey {
    pub(crate) fn seal(&self, index: u32, last: bool, header: &[u8], body: &mut Vec<u8>) {
        seal(&self.aes, nonce(index, u8::from(last)), header, body);
    }

    pub(crate) fn open<'a>(&self, index: u32, last: bool, header: &[u8], body: &'a mut [u8]) -> Option<&'a mut [u8]> {
        self.aes.open_in_place(nonce(index, u8::from(last)), Aad::from(header), body).ok()
    }
}

impl fmt::Debug for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogKey({})", self.recording)
    }
}

fn place(row: &[u8; 16]) -> Place<'_> {
    Place::new("recording", "wrapped_key", row)
}

fn aes(key: &[u8; 32]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("32 bytes are the length of the key"))
}

fn nonce(index: u32, flag: u8) -> Nonce {
    let mut nonce = [0; 12];
    nonce[7] = flag;
    nonce[8..].copy_from_slice(&index.to_be_bytes());
    Nonce::assume_unique_for_key(nonce)
}

fn seal(aes: &LessSafeKey, nonce: Nonce, aad: &[u8], body: &mut Vec<u8>) {
    aes.seal_in_place_append_tag(nonce, Aad::from(aad), body).expect("a block is far below the 64 GiB that GCM takes");
}
