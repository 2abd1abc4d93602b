//! What stands in a block: packets as they came, marks, gaps, totals. Each block can be read without the others.
//!
//! Numbers are LEB128. A source (track, SSRC, coding) is named once per block, with the place from which its packets
//! count on: arrival, sequence, timestamp. A packet then costs six to eight bytes beside its payload.

use super::words::{Dropped, Entry, Mark, Marked, Opening, Packet, Side, Totals, TrackTotals};
use crate::gap::GapReason;
use bytes::Bytes;
use ringdesk_model::{CallId, Timestamp};
use ringdesk_voice::{Coding, LegId, Track};
use uuid::Uuid;

/// A source beyond these takes the oldest one's place.
const SOURCES: usize = 64;
/// Actor and reason of a mark, at most, in bytes.
pub(crate) const LONGEST_TEXT: usize = 200;

const SOURCE: u8 = 1;
const PACKET: u8 = 2;
const MARK: u8 = 3;
const DROPPED: u8 = 4;
const ENDED: u8 = 5;
const OPENED: u8 = 6;
const TOTALS: u8 = 7;

/// Where a source is: what its next packet is compared with.
#[derive(Clone, Copy)]
struct Source {
    track: Track,
    ssrc: u32,
    coding: Coding,
    arrived: i64,
    sequence: u16,
    timestamp: u32,
}

/// `from`: the block's beginning, to which times refer.
pub(crate) fn encode(entries: &[Entry], from: Timestamp, out: &mut Vec<u8>) {
    let mut sources: Vec<Source> = Vec::new();
    let mut next = 0;
    for entry in entries {
        match entry {
            Entry::Packet(p) => {
                let known = sources.iter().position(|s| (s.track, s.ssrc, s.coding) == (p.track, p.ssrc, p.coding));
                let slot = known.unwrap_or_else(|| {
                    let source = Source {
                        track: p.track,
                        ssrc: p.ssrc,
                        coding: p.coding,
                        arrived: p.arrived.0,
                        sequence: p.sequence,
                        timestamp: p.timestamp,
                    };
                    let slot = next % SOURCES;
                    next += 1;
                    write_source(out, slot, &source, from);
                    match sources.get_mut(slot) {
                        Some(place) => *place = source,
                        None => sources.push(source),
                    }
                    slot
                });
                let source = &mut sources[slot];
                out.extend([PACKET, slot as u8]);
                signed(out, p.arrived.0.wrapping_sub(source.arrived));
                signed(out, i64::from(p.sequence.wrapping_sub(source.sequence) as i16));
                signed(out, i64::from(p.timestamp.wrapping_sub(source.timestamp) as i32));
                number(out, p.payload.len() as u64);
                out.extend_from_slice(&p.payload);
                (source.arrived, source.sequence, source.timestamp) = (p.arrived.0, p.sequence, p.timestamp);
            }
            Entry::Mark(marked) => {
                out.push(MARK);
                time(out, marked.at, from);
                let (tag, leg) = match marked.mark {
                    Mark::Pause => (0, None),
                    Mark::Resume => (1, None),
                    Mark::Mask => (2, None),
                    Mark::Unmask => (3, None),
                    Mark::Announcement => (4, None),
                    Mark::Hold(leg) => (5, Some(leg)),
                    Mark::Unhold(leg) => (6, Some(leg)),
                    Mark::Joined(leg, Side::Caller) => (7, Some(leg)),
                    Mark::Joined(leg, Side::Other) => (8, Some(leg)),
                    Mark::MessageBegins => (9, None),
                    Mark::MessageEnds => (10, None),
                };
                out.push(tag);
                out.extend(leg.iter().flat_map(|l| *l.0.as_bytes()));
                text(out, &marked.by);
                text(out, &marked.reason);
            }
            Entry::Dropped(dropped) => {
                out.push(DROPPED);
                time(out, dropped.from, from);
                time(out, dropped.to, from);
                number(out, dropped.packets);
                out.push(match dropped.reason {
                    GapReason::Unreadable => 1,
                    _ => 0,
                });
            }
            Entry::Ended { leg, at } => {
                out.push(ENDED);
                out.extend(leg.0.as_bytes());
                time(out, *at, from);
            }
            Entry::Opened(opening) => {
                out.push(OPENED);
                out.extend(opening.call.0.as_bytes());
                out.extend(opening.caller.0.as_bytes());
                time(out, opening.at, from);
            }
            Entry::Totals(totals) => {
                out.push(TOTALS);
                number(out, totals.dropped);
                number(out, totals.tracks.len() as u64);
                for t in &totals.tracks {
                    track(out, t.track);
                    number(out, t.packets);
                    number(out, t.bytes);
                    number(out, t.lost);
                    time(out, t.first, from);
                    time(out, t.last, from);
                }
            }
        }
    }
}

/// `None`: it does not follow the format. Payloads are slices of `block`, not copies.
pub(crate) fn decode(block: &Bytes, from: Timestamp) -> Option<Vec<Entry>> {
    let mut rest = Rest { block, at: 0, from: from.0 };
    let mut sources: Vec<Source> = Vec::new();
    let mut entries = Vec::new();
    while rest.at < block.len() {
        let entry = match rest.byte()? {
            SOURCE => {
                let slot = usize::from(rest.byte()?);
                let source = rest.source()?;
                let known = sources.len();
                match sources.get_mut(slot) {
                    Some(place) => *place = source,
                    None if slot == known && slot < SOURCES => sources.push(source),
                    None => return None,
                }
                continue;
            }
            PACKET => {
                let slot = usize::from(rest.byte()?);
                let source = sources.get_mut(slot)?;
                source.arrived = source.arrived.wrapping_add(rest.signed()?);
                source.sequence = source.sequence.wrapping_add(rest.signed()? as u16);
                source.timestamp = source.timestamp.wrapping_add(rest.signed()? as u32);
                let payload = rest.bytes()?;
                Entry::Packet(Packet {
                    track: source.track,
                    arrived: Timestamp(source.arrived),
                    ssrc: source.ssrc,
                    sequence: source.sequence,
                    timestamp: source.timestamp,
                    coding: source.coding,
                    payload,
                })
            }
            MARK => {
                let at = rest.time()?;
                let mark = match rest.byte()? {
                    0 => Mark::Pause,
                    1 => Mark::Resume,
                    2 => Mark::Mask,
                    3 => Mark::Unmask,
                    4 => Mark::Announcement,
                    5 => Mark::Hold(rest.leg()?),
                    6 => Mark::Unhold(rest.leg()?),
                    7 => Mark::Joined(rest.leg()?, Side::Caller),
                    8 => Mark::Joined(rest.leg()?, Side::Other),
                    9 => Mark::MessageBegins,
                    10 => Mark::MessageEnds,
                    _ => return None,
                };
                Entry::Mark(Marked { at, mark, by: rest.text()?, reason: rest.text()? })
            }
            DROPPED => Entry::Dropped(Dropped {
                from: rest.time()?,
                to: rest.time()?,
                packets: rest.number()?,
                reason: match rest.byte()? {
                    0 => GapReason::RecorderBehind,
                    1 => GapReason::Unreadable,
                    _ => return None,
                },
            }),
            ENDED => Entry::Ended { leg: rest.leg()?, at: rest.time()? },
            OPENED => Entry::Opened(Opening { call: CallId(rest.uuid()?), caller: rest.leg()?, at: rest.time()? }),
            TOTALS => {
                let dropped = rest.number()?;
                let mut tracks = Vec::new();
                for _ in 0..rest.number()? {
                    tracks.push(TrackTotals {
                        track: rest.track()?,
                        packets: rest.number()?,
                        bytes: rest.number()?,
                        lost: rest.number()?,
                        first: rest.time()?,
                        last: rest.time()?,
                    });
                }
                Entry::Totals(Totals { tracks, dropped })
            }
            _ => return None,
        };
        entries.push(entry);
    }
    Some(entries)
}

fn write_source(out: &mut Vec<u8>, slot: usize, source: &Source, from: Timestamp) {
    out.extend([SOURCE, slot as u8]);
    track(out, source.track);
    out.push(match source.coding {
        Coding::Pcmu => 0,
        Coding::Pcma => 1,
        Coding::G722 => 2,
        Coding::Opus => 3,
    });
    out.extend(source.ssrc.to_be_bytes());
    time(out, Timestamp(source.arrived), from);
    out.extend(source.sequence.to_be_bytes());
    out.extend(source.timestamp.to_be_bytes());
}

fn track(out: &mut Vec<u8>, track: Track) {
    let (tag, leg) = match track {
        Track::Leg(leg) => (0, leg),
        Track::Player(leg) => (1, leg),
    };
    out.push(tag);
    out.extend(leg.0.as_bytes());
}

fn number(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Small numbers of either sign are short.
fn signed(out: &mut Vec<u8>, value: i64) {
    number(out, ((value << 1) ^ (value >> 63)) as u64);
}

fn time(out: &mut Vec<u8>, at: Timestamp, from: Timestamp) {
    signed(out, at.0.wrapping_sub(from.0));
}

fn text(out: &mut Vec<u8>, text: &str) {
    number(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

struct Rest<'a> {
    block: &'a Bytes,
    at: usize,
    from: i64,
}

impl Rest<'_> {
    fn take(&mut self, length: usize) -> Option<&[u8]> {
        let end = self.at.checked_add(length)?;
        let taken = self.block.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn byte(&mut self) -> Option<u8> {
        self.array().map(|[b]| b)
    }

    fn number(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn signed(&mut self) -> Option<i64> {
        let value = self.number()?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    fn time(&mut self) -> Option<Timestamp> {
        Some(Timestamp(self.from.wrapping_add(self.signed()?)))
    }

    fn bytes(&mut self) -> Option<Bytes> {
        let length = usize::try_from(self.number()?).ok()?;
        let start = self.at;
        self.take(length)?;
        Some(self.block.slice(start..start + length))
    }

    fn text(&mut self) -> Option<String> {
        String::from_utf8(self.bytes()?.to_vec()).ok()
    }

    fn uuid(&mut self) -> Option<Uuid> {
        self.array().map(Uuid::from_bytes)
    }

    fn leg(&mut self) -> Option<LegId> {
        self.uuid().map(LegId)
    }

    fn track(&mut self) -> Option<Track> {
        match self.byte()? {
            0 => self.leg().map(Track::Leg),
            1 => self.leg().map(Track::Player),
            _ => None,
        }
    }

    fn source(&mut self) -> Option<Source> {
        Some(Source {
            track: self.track()?,
            coding: match self.byte()? {
                0 => Coding::Pcmu,
                1 => Coding::Pcma,
                2 => Coding::G722,
                3 => Coding::Opus,
                _ => return None,
            },
            ssrc: u32::from_be_bytes(self.array()?),
            arrived: self.time()?.0,
            sequence: u16::from_be_bytes(self.array()?),
            timestamp: u32::from_be_bytes(self.array()?),
        })
    }
}
