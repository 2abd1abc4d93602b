//! Counting what came on each track, for the last block.

use super::words::{Packet, Totals, TrackTotals};
use ringdesk_voice::Track;
use std::collections::BTreeMap;

/// Transfers add legs; a call with more than these is no call.
const MOST_TRACKS: usize = 256;
/// RFC 3550 appendix A.1: a step of the numbering beyond these is a new beginning.
const DROPOUT: u16 = 3_000;
const MISORDER: u16 = 100;

#[derive(Debug, Default)]
pub(super) struct Counting {
    tracks: BTreeMap<Track, Counted>,
    pub(super) dropped: u64,
}

#[derive(Debug)]
struct Counted {
    totals: TrackTotals,
    numbering: Option<Numbering>,
}

/// One run of sequence numbers.
#[derive(Debug)]
struct Numbering {
    ssrc: u32,
    highest: u16,
    /// Numbers from the first to the highest, and how many of them came.
    span: u64,
    came: u64,
}

impl Counting {
    pub(super) fn has_room(&self, track: Track) -> bool {
        self.tracks.len() < MOST_TRACKS || self.tracks.contains_key(&track)
    }

    pub(super) fn take(&mut self, packet: &Packet) {
        let counted = self.tracks.entry(packet.track).or_insert_with(|| Counted {
            totals: TrackTotals {
                track: packet.track,
                packets: 0,
                bytes: 0,
                lost: 0,
                first: packet.arrived,
                last: packet.arrived,
            },
            numbering: None,
        });
        counted.totals.packets += 1;
        counted.totals.bytes += packet.payload.len() as u64;
        counted.totals.last = counted.totals.last.max(packet.arrived);
        if let Some(numbering) = counted.numbering.as_mut().filter(|n| n.ssrc == packet.ssrc) {
            let ahead = packet.sequence.wrapping_sub(numbering.highest);
            let behind = numbering.highest.wrapping_sub(packet.sequence);
            if (1..DROPOUT).contains(&ahead) {
                numbering.highest = packet.sequence;
                numbering.span += u64::from(ahead);
                numbering.came += 1;
                return;
            }
            if behind < MISORDER {
                numbering.came += u64::from(behind > 0);
                return;
            }
        }
        counted.close();
        counted.numbering = Some(Numbering { ssrc: packet.ssrc, highest: packet.sequence, span: 1, came: 1 });
    }

    /// What comes next is not compared with what came before.
    pub(super) fn restart(&mut self) {
        self.tracks.values_mut().for_each(Counted::close);
    }

    pub(super) fn totals(&mut self) -> Totals {
        self.restart();
        Totals { tracks: self.tracks.values().map(|c| c.totals).collect(), dropped: self.dropped }
    }
}

impl Counted {
    fn close(&mut self) {
        if let Some(numbering) = self.numbering.take() {
            self.totals.lost += numbering.span.saturating_sub(numbering.came);
        }
    }
}
