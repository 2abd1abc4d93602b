//! Where the sound of each packet belongs, in samples from the beginning.
//!
//! A source's own clock (the RTP timestamp) places its packets beside each other; when the packets arrive places the source
//! as a whole. A packet arrives late often and early never, so of a block's packets the promptest one tells where the
//! source stands. Moves of up to [`TOLERANCE`] are the network's; beyond that the source's clock has drifted, jumped, or
//! started anew, and it is placed again.

use super::decode::samples;
use crate::log::Packet;
use ringdesk_audio::RATE;
use ringdesk_model::Timestamp;
use ringdesk_voice::Track;
use std::collections::BTreeMap;

/// Microseconds per sample.
pub(super) const SAMPLE: i64 = 125;
/// 20 ms.
const TOLERANCE: i64 = 160;
/// Arrival and timestamp disagree by so much more than a packet before: the timestamp jumped, or a stalled network let go.
const JUMP: i64 = 8_000;
/// A late source is placed again when its packets agree on how late they are. A burst after a stall does not: each packet
/// of it is less late than the one before.
const STEADY: i64 = 1_600;
/// Packets that have to agree.
const ENOUGH: usize = 10;
/// RFC 3550 appendix A.1: a larger step of the numbering is a new beginning.
const DROPOUT: u16 = 3_000;
/// A track that changes its source more often forgets the oldest ones.
const MOST_SOURCES: usize = 512;

/// One packet in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) at: i64,
    pub(super) packet: Packet,
    /// Packets before this one did not come: their place.
    pub(super) lost: Option<(i64, i64)>,
}

#[derive(Debug)]
pub(super) struct Placing {
    start: Timestamp,
    sources: BTreeMap<(Track, u32), Source>,
    /// Counts blocks, to know which source is the oldest.
    round: u64,
}

#[derive(Debug)]
struct Source {
    /// Last timestamp, and the same counted on without end.
    timestamp: u32,
    unwrapped: i64,
    /// Position of timestamp zero.
    anchor: Option<i64>,
    /// Highest number, and where its packet ends.
    before: Option<(u16, i64)>,
    round: u64,
}

impl Placing {
    pub(super) fn new(start: Timestamp) -> Placing {
        Placing { start, sources: BTreeMap::new(), round: 0 }
    }

    pub(super) fn position(&self, at: Timestamp) -> i64 {
        at.0.saturating_sub(self.start.0).div_euclid(SAMPLE)
    }

    /// Place a block's packets, which stand in the order of their arrival.
    pub(super) fn place(&mut self, packets: Vec<Packet>) -> Vec<Placed> {
        self.round += 1;
        let mut by_source: BTreeMap<(Track, u32), Vec<Packet>> = BTreeMap::new();
        for packet in packets {
            by_source.entry((packet.track, packet.ssrc)).or_default().push(packet);
        }
        let mut placed = Vec::new();
        for (name, packets) in by_source {
            let mut source = self.sources.remove(&name).unwrap_or_else(|| Source::new(&packets[0]));
            source.round = self.round;
            let mut run: Vec<(i64, i64, Packet)> = Vec::with_capacity(packets.len());
            for packet in packets {
                let count = source.count(packet.timestamp, packet.coding.clock_rate());
                let late = self.position(packet.arrived) - count;
                if run.last().is_some_and(|(_, before, _)| (late - before).abs() > JUMP) {
                    source.place_run(std::mem::take(&mut run), &mut placed);
                }
                run.push((count, late, packet));
            }
            source.place_run(run, &mut placed);
            self.sources.insert(name, source);
        }
        while self.sources.len() > MOST_SOURCES {
            let oldest = self.sources.iter().min_by_key(|(_, s)| s.round).map(|(name, _)| *name);
            oldest.and_then(|name| self.sources.remove(&name));
        }
        placed
    }
}

impl Source {
    fn new(first: &Packet) -> Source {
        Source { timestamp: first.timestamp, unwrapped: 0, anchor: None, before: None, round: 0 }
    }

    /// In samples, whatever clock the timestamps are of.
    fn count(&mut self, timestamp: u32, clock: u32) -> i64 {
        self.unwrapped += i64::from(timestamp.wrapping_sub(self.timestamp) as i32);
        self.timestamp = timestamp;
        self.unwrapped.div_euclid(i64::from(clock / RATE))
    }

    /// Each packet with its count and how late it is against it.
    fn place_run(&mut self, mut run: Vec<(i64, i64, Packet)>, placed: &mut Vec<Placed>) {
        let lateness = || run.iter().map(|(_, late, _)| *late);
        let (Some(promptest), Some(latest)) = (lateness().min(), lateness().max()) else { return };
        let anchor = match self.anchor {
            None => promptest,
            Some(anchor) if promptest < anchor - TOLERANCE => promptest,
            Some(anchor) if promptest > anchor + TOLERANCE => {
                let agreed = latest - promptest <= STEADY && (run.len() >= ENOUGH || promptest - anchor > JUMP);
                if agreed { promptest } else { anchor }
            }
            Some(anchor) => anchor,
        };
        self.anchor = Some(anchor);
        run.sort_by_key(|(count, _, _)| *count);
        for (count, _, packet) in run {
            let at = anchor + count;
            let end = at + samples(packet.coding, &packet.payload) as i64;
            let ahead = self.before.map_or(1, |(highest, _)| packet.sequence.wrapping_sub(highest));
            let lost = self.before.map(|(_, end)| (end, at)).filter(|_| (2..DROPOUT).contains(&ahead));
            if ahead != 0 && ahead < u16::MAX / 2 {
                self.before = Some((packet.sequence, end));
            }
            placed.push(Placed { at, packet, lost: lost.filter(|(from, to)| from < to) });
        }
    }
}
