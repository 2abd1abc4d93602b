//! A block: a header that anyone may read, and a sealed body. The body begins with the hash of the sealed block before.
//!
//! `magic 4 | version 1 | kind 1 | zero 2 | recording 16 | index 4 | length of the body 4 | from 8 | to 8`, big-endian.
//! Times are microseconds UTC.

use crate::keys::LogKey;
use ring::digest::{SHA256, digest};
use ringdesk_model::{RecordingId, Timestamp};
use uuid::Uuid;

pub(crate) const MAGIC: &[u8; 4] = b"RLOG";
const VERSION: u8 = 1;
pub(crate) const HEADER: usize = 48;
/// AES-GCM's tag.
const TAG: usize = 16;
/// No body is longer. A reader never takes more into memory.
pub(crate) const LONGEST_BODY: usize = 256 * 1_024;

pub(crate) type Hash = [u8; 32];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sound,
    /// Carries the totals; nothing comes after it.
    Last,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) kind: Kind,
    pub(crate) recording: RecordingId,
    pub(crate) index: u32,
    pub(crate) length: u32,
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
}

impl Header {
    pub(crate) fn write(&self) -> [u8; HEADER] {
        let mut out = [0; HEADER];
        out[..4].copy_from_slice(MAGIC);
        out[4] = VERSION;
        out[5] = match self.kind {
            Kind::Sound => 0,
            Kind::Last => 1,
        };
        out[8..24].copy_from_slice(self.recording.0.as_bytes());
        out[24..28].copy_from_slice(&self.index.to_be_bytes());
        out[28..32].copy_from_slice(&self.length.to_be_bytes());
        out[32..40].copy_from_slice(&self.from.0.to_be_bytes());
        out[40..48].copy_from_slice(&self.to.0.to_be_bytes());
        out
    }

    /// `None`: no header of this format.
    pub(crate) fn read(bytes: &[u8]) -> Option<Header> {
        let bytes: &[u8; HEADER] = bytes.first_chunk()?;
        let array = |at: usize| bytes[at..].first_chunk::<4>().map(|b| u32::from_be_bytes(*b));
        let time = |at: usize| bytes[at..].first_chunk::<8>().map(|b| Timestamp(i64::from_be_bytes(*b)));
        let kind = match bytes[5] {
            0 => Kind::Sound,
            1 => Kind::Last,
            _ => return None,
        };
        let header = Header {
            kind,
            recording: RecordingId(Uuid::from_bytes(*bytes[8..].first_chunk()?)),
            index: array(24)?,
            length: array(28)?,
            from: time(32)?,
            to: time(40)?,
        };
        let fits = (32 + TAG..=LONGEST_BODY).contains(&(header.length as usize));
        (bytes[..4] == *MAGIC && bytes[4] == VERSION && bytes[6..8] == [0, 0] && fits).then_some(header)
    }
}

/// Seal a body (which begins with the hash of the block before) into a whole block.
pub(crate) fn seal(key: &LogKey, kind: Kind, index: u32, span: (Timestamp, Timestamp), mut body: Vec<u8>) -> Vec<u8> {
    let length = u32::try_from(body.len() + TAG).expect("a body is cut far below 4 GiB");
    let header = Header { kind, recording: key.recording, index, length, from: span.0, to: span.1 }.write();
    key.seal(index, &header, &mut body);
    [&header[..], &body].concat()
}

pub(crate) fn hash(block: &[u8]) -> Hash {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, block).as_ref());
    hash
}
