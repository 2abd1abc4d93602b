//! Reads a log back: whole, cut off anywhere, or meddled with. Says exactly which block is wrong, and gives out only
//! what authenticates.
//!
//! Damage does not end the reading: each block opens by itself, so the next header that belongs to this recording is
//! looked for, and reading goes on there. No more than one block is in memory.

#[cfg(test)]
mod tests;

use crate::keys::LogKey;
use crate::log::block::{HEADER, Hash, Header, Kind, LONGEST_BODY, MAGIC, hash};
use crate::log::{Entry, entry};
use bytes::Bytes;
use ringdesk_model::{RecordingId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::io::{self, Read};

const READ: usize = 64 * 1_024;

/// One authentic block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub index: u32,
    pub from: Timestamp,
    pub to: Timestamp,
    /// It says of itself that it is the last.
    pub last: bool,
    pub entries: Vec<Entry>,
}

/// What is wrong with a log. Blocks are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "fault")]
pub enum Fault {
    /// The bytes where these blocks stand are not those that were written.
    Altered { first: u32, last: u32 },
    /// These blocks are not where they belong; the ones around them are authentic.
    Missing { first: u32, last: u32 },
    /// An authentic block at a place where another was expected: moved, or there twice.
    Misplaced { block: u32, expected: u32 },
    /// Bytes that belong to no block, before this one.
    Inserted { before: u32 },
    /// An authentic block that was not written after the one before it.
    Unchained { block: u32 },
    /// It breaks off within this block: what a crash leaves behind.
    Torn { block: u32, bytes: u64 },
    /// Something stands after the last block.
    Trailing { bytes: u64 },
    /// It authenticates and does not follow the format.
    Malformed { block: u32 },
    /// The log of another recording.
    OtherRecording { recording: RecordingId },
    /// Not one block opens: the wrong key, or altered from end to end.
    NothingOpens,
    /// Not a single block.
    Empty,
}

/// How a log ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// With its last block.
    Closed,
    /// Without: the recorder died, or the end was cut off. The chain head that was stored at the end tells which.
    BrokenOff,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    Block(Block),
    Fault(Fault),
}

pub struct Reader<'k, R> {
    key: &'k LogKey,
    from: R,
    buffer: Vec<u8>,
    /// Everything before it is done with.
    at: usize,
    exhausted: bool,
    expected: u32,
    /// The authentic block before, if it stands right before.
    before: Option<(u32, Hash)>,
    /// Bytes skipped since the last authentic block, and whether a whole block was among them.
    skipped: u64,
    whole_skipped: bool,
    /// It begins with the name of another recording.
    other: Option<RecordingId>,
    opened: u32,
    head: Option<Hash>,
    ended: bool,
    over: bool,
    queue: VecDeque<Found>,
}

impl<'k, R: Read> Reader<'k, R> {
    pub fn new(key: &'k LogKey, from: R) -> Self {
        Reader {
            key,
            from,
            buffer: Vec::new(),
            at: 0,
            exhausted: false,
            expected: 0,
            before: None,
            skipped: 0,
            whole_skipped: false,
            other: None,
            opened: 0,
            head: None,
            ended: false,
            over: false,
            queue: VecDeque::new(),
        }
    }

    /// The next block or fault; `None` at the end. An error is one of the disk, not of the log.
    #[expect(clippy::should_implement_trait, reason = "an error and an end are different things here")]
    pub fn next(&mut self) -> io::Result<Option<Found>> {
        loop {
            if let Some(found) = self.queue.pop_front() {
                return Ok(Some(found));
            }
            if self.over {
                return Ok(None);
            }
            self.step()?;
        }
    }

    /// Hash of the last authentic block so far.
    pub fn chain_head(&self) -> Option<[u8; 32]> {
        self.head
    }

    /// Known at the end.
    pub fn ending(&self) -> Ending {
        if self.ended { Ending::Closed } else { Ending::BrokenOff }
    }

    fn step(&mut self) -> io::Result<()> {
        self.fill(HEADER)?;
        if self.rest().is_empty() {
            self.finish();
            return Ok(());
        }
        if self.ended {
            return self.trail();
        }
        let header = Header::read(self.rest());
        if let Some(other) = header.filter(|h| h.recording != self.key.recording)
            && self.opened == 0
            && self.skipped == 0
        {
            self.other = Some(other.recording);
        }
        if let Some(header) = header.filter(|h| h.recording == self.key.recording) {
            let length = HEADER + header.length as usize;
            self.fill(length)?;
            if self.rest().len() >= length {
                let mut block = self.rest()[..length].to_vec();
                let sealed = hash(&block);
                let (head, body) = block.split_at_mut(HEADER);
                if let Some(plain) = self.key.open(header.index, head, body) {
                    let plain = Bytes::copy_from_slice(plain);
                    self.at += length;
                    self.take(header, sealed, plain);
                    return Ok(());
                }
                self.whole_skipped = true;
            }
        }
        self.skip()
    }

    /// An authentic block: is it the one that belongs here?
    fn take(&mut self, header: Header, sealed: Hash, plain: Bytes) {
        let (index, expected) = (header.index, self.expected);
        let skipped = std::mem::take(&mut self.skipped);
        self.whole_skipped = false;
        let mut fault = |f| self.queue.push_back(Found::Fault(f));
        if index < expected {
            // Reading goes on from where it was: what follows is compared with the block before this one.
            return fault(Fault::Misplaced { block: index, expected });
        }
        match (skipped > 0, index > expected) {
            (true, true) => fault(Fault::Altered { first: expected, last: index - 1 }),
            (false, true) => fault(Fault::Missing { first: expected, last: index - 1 }),
            (true, false) => fault(Fault::Inserted { before: index }),
            (false, false) => {}
        }
        let chained = plain.get(..32);
        let right = match self.before {
            Some((before, hash)) if before + 1 == index => chained == Some(&hash[..]),
            None if index == 0 => chained == Some(&[0; 32][..]),
            _ => true, // its predecessor is gone, which was said already
        };
        if !right {
            fault(Fault::Unchained { block: index });
        }
        self.opened += 1;
        self.before = Some((index, sealed));
        self.head = Some(sealed);
        self.expected = index.saturating_add(1);
        self.ended = header.kind == Kind::Last;
        let entries = plain.get(32..).and_then(|_| entry::decode(&plain.slice(32..), header.from));
        self.queue.push_back(match entries {
            Some(entries) => Found::Block(Block { index, from: header.from, to: header.to, last: self.ended, entries }),
            None => Found::Fault(Fault::Malformed { block: index }),
        });
    }

    /// Go to the next place that may be a header.
    fn skip(&mut self) -> io::Result<()> {
        loop {
            let rest = self.rest();
            let next = rest.iter().skip(1).position(|b| *b == MAGIC[0]);
            let step = next.map_or(rest.len(), |i| i + 1);
            self.skipped += step as u64;
            self.at += step;
            self.fill(HEADER)?;
            if self.rest().is_empty() {
                self.finish();
                return Ok(());
            }
            if Header::read(self.rest()).is_some_and(|h| h.recording == self.key.recording) {
                return Ok(());
            }
        }
    }

    /// Count what stands after the last block.
    fn trail(&mut self) -> io::Result<()> {
        let mut bytes = 0;
        while !self.rest().is_empty() {
            bytes += self.rest().len() as u64;
            self.at = self.buffer.len();
            self.fill(1)?;
        }
        self.queue.push_back(Found::Fault(Fault::Trailing { bytes }));
        self.finish();
        Ok(())
    }

    fn finish(&mut self) {
        self.over = true;
        let bytes = std::mem::take(&mut self.skipped);
        if let Some(recording) = self.other.filter(|_| self.opened == 0) {
            self.queue.push_back(Found::Fault(Fault::OtherRecording { recording }));
        } else if bytes > 0 {
            let block = self.expected;
            // A block of which every byte is there was altered; one that lacks its end was being written.
            let fault = match self.whole_skipped {
                true if self.opened == 0 => Fault::NothingOpens,
                true => Fault::Altered { first: block, last: block },
                false => Fault::Torn { block, bytes },
            };
            self.queue.push_back(Found::Fault(fault));
        } else if self.opened == 0 && self.queue.is_empty() {
            self.queue.push_back(Found::Fault(Fault::Empty));
        }
    }

    fn rest(&self) -> &[u8] {
        &self.buffer[self.at..]
    }

    /// Have at least so many bytes in memory, if there are so many.
    fn fill(&mut self, wanted: usize) -> io::Result<()> {
        debug_assert!(wanted <= HEADER + LONGEST_BODY);
        if self.buffer.len() - self.at >= wanted {
            return Ok(());
        }
        self.buffer.drain(..self.at);
        self.at = 0;
        while self.buffer.len() < wanted && !self.exhausted {
            let had = self.buffer.len();
            self.buffer.resize(had + READ, 0);
            let got = loop {
                match self.from.read(&mut self.buffer[had..]) {
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                    other => break other,
                }
            };
            let came = *got.as_ref().unwrap_or(&0);
            self.buffer.truncate(had + came);
            got?;
            self.exhausted = came == 0;
        }
        Ok(())
    }
}
