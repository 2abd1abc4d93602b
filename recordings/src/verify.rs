//! Was anything changed? The answer as data, for the API, the certificate and the audit.

use crate::gap::{Gap, GapReason, GapSide, Gaps};
use crate::keys::LogKey;
use crate::log::{Entry, Mark, Packet, Side, Totals};
use crate::read::{Block, Ending, Fault, Found, Reader};
use crate::render::decode::samples;
use ring::digest::{Context, SHA256};
use ringdesk_model::{CallId, RecordingId, Timestamp};
use ringdesk_voice::LegId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::time::Duration;

/// Faults that are listed; more are counted.
const MOST_FAULTS: usize = 1_000;
/// Legs that say on which side they are heard.
const MOST_LEGS: usize = 256;

/// What was stored when the recording ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    pub sha256: [u8; 32],
    pub chain_head: [u8; 32],
}

impl Expected {
    /// As they lie in the store; `None`: one of them is not a hash.
    pub fn read(sha256: &[u8], chain_head: &[u8]) -> Option<Expected> {
        Some(Expected { sha256: sha256.try_into().ok()?, chain_head: chain_head.try_into().ok()? })
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    pub recording: RecordingId,
    /// `None`: the first block is lost.
    pub call: Option<CallId>,
    /// Nothing was changed since it was written. A log that a crash broke off can be intact.
    pub intact: bool,
    pub ending: Ending,
    pub blocks: u32,
    pub faults: Vec<Fault>,
    pub more_faults: u64,
    /// The file, or its chain, is not the one that was stored. `None`: nothing was stored to compare with.
    pub as_stored: Option<bool>,
    pub bytes: u64,
    #[serde(with = "crate::hex")]
    pub sha256: [u8; 32],
    #[serde(with = "crate::hex")]
    pub chain_head: [u8; 32],
    pub started_at: Timestamp,
    pub ended_at: Timestamp,
    pub duration_ms: i64,
    /// What the recorder knew to be missing; what the network lost is found by rendering.
    pub gaps: Vec<Gap>,
    pub totals: Option<Totals>,
}

/// What rendering has to know before the first packet.
#[derive(Debug, Default)]
pub(crate) struct Outline {
    pub(crate) caller: Option<LegId>,
    pub(crate) sides: BTreeMap<LegId, Side>,
    pub(crate) gaps: Gaps,
    /// The last sound goes a little beyond the last block.
    pub(crate) sound_to: Timestamp,
}

/// Read a log from end to end. Also how a recording is recovered after a crash: all that the last block would have said
/// is found again, but for the totals.
pub fn verify<R: Read>(key: &LogKey, log: R, expected: Option<&Expected>) -> io::Result<Verdict> {
    survey(key, log, expected).map(|(verdict, _)| verdict)
}

pub(crate) fn survey<R: Read>(key: &LogKey, log: R, expected: Option<&Expected>) -> io::Result<(Verdict, Outline)> {
    let mut log = Hashing { from: log, sum: Context::new(&SHA256), bytes: 0 };
    let mut reader = Reader::new(key, &mut log);
    let mut seen = Seen::default();
    let (mut faults, mut more_faults) = (Vec::new(), 0);
    while let Some(found) = reader.next()? {
        match found {
            Found::Block(block) => seen.take(block),
            Found::Fault(_) if faults.len() >= MOST_FAULTS => more_faults += 1,
            Found::Fault(fault) => faults.push(fault),
        }
    }
    let (ending, chain_head) = (reader.ending(), reader.chain_head().unwrap_or_default());
    let mut sha256 = [0; 32];
    sha256.copy_from_slice(log.sum.finish().as_ref());
    let (started_at, ended_at) = seen.span.unwrap_or_default();
    seen.end(ended_at);
    let as_stored = expected.map(|e| e.sha256 == sha256 && e.chain_head == chain_head);
    let innocent = |f: &Fault| matches!(f, Fault::Torn { .. });
    let whole = seen.blocks > 0 && more_faults == 0 && faults.iter().all(innocent);
    let verdict = Verdict {
        recording: key.recording(),
        call: seen.call,
        intact: whole && as_stored != Some(false),
        ending,
        blocks: seen.blocks,
        faults,
        more_faults,
        as_stored,
        bytes: log.bytes,
        sha256,
        chain_head,
        started_at,
        ended_at,
        duration_ms: ended_at.since(started_at).as_millis() as i64,
        gaps: seen.outline.gaps.list(),
        totals: seen.totals,
    };
    Ok((verdict, seen.outline))
}

/// What was gathered from the blocks so far.
#[derive(Default)]
struct Seen {
    blocks: u32,
    call: Option<CallId>,
    totals: Option<Totals>,
    span: Option<(Timestamp, Timestamp)>,
    paused: Option<Timestamp>,
    masked: Option<Timestamp>,
    outline: Outline,
}

impl Seen {
    fn take(&mut self, block: Block) {
        self.blocks += 1;
        let (start, end) = *self.span.get_or_insert((block.from, block.from));
        self.missing(end, block.from, GapReason::Damaged);
        self.span = Some((start, end.max(block.to)));
        self.outline.sound_to = self.outline.sound_to.max(block.to);
        for entry in block.entries {
            match entry {
                Entry::Opened(opening) => {
                    self.call = Some(opening.call);
                    self.outline.caller = Some(opening.caller);
                }
                Entry::Packet(packet) => {
                    let to = packet.arrived + lasting(&packet);
                    self.outline.sound_to = self.outline.sound_to.max(to.min(block.to + Duration::from_secs(1)));
                }
                Entry::Dropped(d) => self.missing(d.from, d.to, d.reason),
                Entry::Totals(t) => self.totals = Some(t),
                Entry::Mark(m) => self.mark(m.at, m.mark),
                Entry::Ended { .. } => {}
            }
        }
    }

    fn mark(&mut self, at: Timestamp, mark: Mark) {
        match mark {
            Mark::Pause => _ = self.paused.get_or_insert(at),
            Mark::Mask => _ = self.masked.get_or_insert(at),
            Mark::Resume => {
                if let Some(from) = self.paused.take() {
                    self.missing(from, at, GapReason::Pause);
                }
            }
            Mark::Unmask => {
                if let Some(from) = self.masked.take() {
                    self.missing(from, at, GapReason::Mask);
                }
            }
            Mark::Joined(leg, side) => {
                if self.outline.sides.len() < MOST_LEGS {
                    self.outline.sides.insert(leg, side);
                }
            }
            Mark::Announcement | Mark::Hold(_) | Mark::Unhold(_) | Mark::MessageBegins | Mark::MessageEnds => {}
        }
    }

    /// A pause that nobody ended lasts to the end.
    fn end(&mut self, at: Timestamp) {
        self.mark(at, Mark::Resume);
        self.mark(at, Mark::Unmask);
    }

    fn missing(&mut self, from: Timestamp, to: Timestamp, reason: GapReason) {
        let start = self.span.unwrap_or_default().0;
        let since = |t: Timestamp| t.0.saturating_sub(start.0);
        self.outline.gaps.add(since(from), since(to), reason, GapSide::Both);
    }
}

/// How long the sound of a packet is.
fn lasting(packet: &Packet) -> Duration {
    Duration::from_micros(samples(packet.coding, &packet.payload) as u64 * 125)
}

/// Hashes what passes.
struct Hashing<R> {
    from: R,
    sum: Context,
    bytes: u64,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let got = self.from.read(into)?;
        self.sum.update(&into[..got]);
        self.bytes += got as u64;
        Ok(got)
    }
}
