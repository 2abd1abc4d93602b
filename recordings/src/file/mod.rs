//! A sealed file that is read from anywhere: what was rendered, so that a player can jump.
//!
//! `magic 4 | version 1 | zero 3 | recording 16 | salt 16`, then segments of 64 KiB, each with its tag. The nonce is the
//! segment's number and whether it is the last one: a segment that was moved, left out or cut off does not open.

#[cfg(test)]
mod tests;

use crate::keys::{FileKey, RecordingKey};
use ringdesk_model::RecordingId;
use ringdesk_vault::ObjectKey;
use std::io::{self, Read, Seek, SeekFrom, Write};
use uuid::Uuid;

const MAGIC: &[u8; 4] = b"RFIL";
const VERSION: u8 = 1;
const HEADER: usize = 40;
const SEGMENT: usize = 64 * 1_024;
const TAG: usize = 16;

#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("the file was altered, cut off, or belongs to another recording")]
    Altered,
    #[error("the system gives no random numbers")]
    NoRandomness,
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Seals what is written to it. Without [`SealedWriter::finish`] the file never opens.
pub struct SealedWriter<W> {
    to: W,
    key: FileKey,
    header: [u8; HEADER],
    index: u32,
    segment: Vec<u8>,
}

impl<W: Write> SealedWriter<W> {
    pub fn new(key: &RecordingKey, mut to: W) -> Result<Self, FileError> {
        let salt = ObjectKey::salt().map_err(|_| FileError::NoRandomness)?;
        let mut header = [0; HEADER];
        header[..4].copy_from_slice(MAGIC);
        header[4] = VERSION;
        header[8..24].copy_from_slice(key.recording().0.as_bytes());
        header[24..].copy_from_slice(&salt);
        to.write_all(&header)?;
        Ok(SealedWriter { to, key: key.file(&salt), header, index: 0, segment: Vec::with_capacity(SEGMENT + TAG) })
    }

    /// The last segment. Gives back what was written to, for its owner to make durable.
    pub fn finish(mut self) -> io::Result<W> {
        self.seal(true)?;
        self.to.flush()?;
        Ok(self.to)
    }

    fn seal(&mut self, last: bool) -> io::Result<()> {
        self.key.seal(self.index, last, &self.header, &mut self.segment);
        self.to.write_all(&self.segment)?;
        self.segment.clear();
        self.index = self.index.checked_add(1).ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(())
    }
}

impl<W: Write> Write for SealedWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full segment waits for the next byte: it may be the last.
        if self.segment.len() == SEGMENT {
            self.seal(false)?;
        }
        let taken = bytes.len().min(SEGMENT - self.segment.len());
        self.segment.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// A sealed file, opened. Reads and seeks as the plain one would; no more than one segment is in memory.
pub struct SealedFile<R> {
    from: R,
    key: FileKey,
    header: [u8; HEADER],
    segments: u32,
    length: u64,
    at: u64,
    /// Which segment is open.
    open: Option<u32>,
    plain: Vec<u8>,
}

impl<R: Read + Seek> SealedFile<R> {
    /// Opens the last segment at once: a file that was cut off is refused here, not in the middle of a song.
    pub fn open(key: &RecordingKey, mut from: R) -> Result<Self, FileError> {
        let size = from.seek(SeekFrom::End(0))?;
        from.rewind()?;
        let mut header = [0; HEADER];
        from.read_exact(&mut header).map_err(|e| match e.kind() {
            io::ErrorKind::UnexpectedEof => FileError::Altered,
            _ => FileError::Io(e),
        })?;
        let named = header[8..24].first_chunk().map(|id| RecordingId(Uuid::from_bytes(*id)));
        let salt = header[24..].first_chunk().ok_or(FileError::Altered)?;
        if &header[..4] != MAGIC || header[4] != VERSION || header[5..8] != [0; 3] || named != Some(key.recording()) {
            return Err(FileError::Altered);
        }
        let sealed = size.saturating_sub(HEADER as u64);
        let segments = sealed.div_ceil((SEGMENT + TAG) as u64);
        let length = sealed.checked_sub(segments * TAG as u64).filter(|_| segments > 0).ok_or(FileError::Altered)?;
        let segments = u32::try_from(segments).map_err(|_| FileError::Altered)?;
        let key = key.file(salt);
        let mut file = SealedFile { from, key, header, segments, length, at: 0, open: None, plain: Vec::new() };
        file.load(segments - 1)?;
        Ok(file)
    }

    /// Of what is inside.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Up to `length` bytes from `offset` on; fewer at the end, none beyond it.
    pub fn read_at(&mut self, offset: u64, length: usize) -> Result<Vec<u8>, FileError> {
        let end = self.length.min(offset.saturating_add(length as u64));
        let mut out = Vec::with_capacity(usize::try_from(end.saturating_sub(offset)).unwrap_or(0));
        let mut at = offset;
        while at < end {
            let piece = self.piece(at)?;
            let taken = piece.len().min(usize::try_from(end - at).unwrap_or(usize::MAX));
            out.extend_from_slice(&piece[..taken]);
            at += taken as u64;
        }
        Ok(out)
    }

    /// What the segment at this place still has; never empty before the end.
    fn piece(&mut self, at: u64) -> Result<&[u8], FileError> {
        let segment = u32::try_from(at / SEGMENT as u64).map_err(|_| FileError::Altered)?;
        if self.open != Some(segment) {
            self.load(segment)?;
        }
        let within = (at % SEGMENT as u64) as usize;
        self.plain.get(within..).filter(|p| !p.is_empty()).ok_or(FileError::Altered)
    }

    fn load(&mut self, segment: u32) -> Result<(), FileError> {
        self.open = None;
        let last = segment + 1 == self.segments;
        let before = u64::from(segment) * SEGMENT as u64;
        let plain = if last { self.length.checked_sub(before).ok_or(FileError::Altered)? } else { SEGMENT as u64 };
        self.from.seek(SeekFrom::Start(HEADER as u64 + u64::from(segment) * (SEGMENT + TAG) as u64))?;
        self.plain.resize(plain as usize + TAG, 0);
        self.from.read_exact(&mut self.plain)?;
        self.key.open(segment, last, &self.header, &mut self.plain).ok_or(FileError::Altered)?;
        self.plain.truncate(plain as usize);
        self.open = Some(segment);
        Ok(())
    }
}

impl<R: Read + Seek> Read for SealedFile<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.length || into.is_empty() {
            return Ok(0);
        }
        let piece = self.piece(self.at).map_err(|e| match e {
            FileError::Io(e) => e,
            other => io::Error::new(io::ErrorKind::InvalidData, other),
        })?;
        let taken = piece.len().min(into.len());
        into[..taken].copy_from_slice(&piece[..taken]);
        self.at += taken as u64;
        Ok(taken)
    }
}

impl<R: Read + Seek> Seek for SealedFile<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = target.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
