//! What arrives protected. A forged packet changes nothing: what is kept of a stream moves only by authentic ones.

use super::Keying;
use super::cipher::{Cipher, Number, Purpose};
use super::window::Window;
use crate::rtp::packet;

/// Streams of one leg that are kept in mind. A further one takes the place of the one that was heard longest ago.
const STREAMS: usize = 4;
/// SRTCP: the bit that says that it is encrypted, before the index.
const ENCRYPTED: u32 = 0x8000_0000;
/// Header and sender of an RTCP packet.
const RTCP_HEAD: usize = 8;
const INDEX: usize = 4;
/// Numbers of a stream that may have begun before it was first heard: a quarter of a round.
const BEGINNING: u16 = 0x4000;
/// Datagrams are not longer.
const LARGEST: usize = 2_048;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Not RTP, or too short for a tag.
    Malformed,
    /// Was here before, or is too old to tell.
    Replayed,
    /// Not by who has the key.
    Forged,
}

pub(super) struct Inbound {
    rtp: Cipher,
    rtcp: Cipher,
    identifier: usize,
    streams: Vec<Stream>,
    reports: Vec<Stream>,
    /// A description came again with the same key: a telephone may count from zero again, once.
    anew: bool,
}

/// What is kept of a stream, the one that was heard last at the end.
struct Stream {
    ssrc: u32,
    window: Window,
}

impl Inbound {
    pub(super) fn new(keying: &Keying) -> Inbound {
        Inbound {
            rtp: Cipher::new(keying, Purpose::Rtp),
            rtcp: Cipher::new(keying, Purpose::Rtcp),
            identifier: keying.identifier.into(),
            streams: Vec::with_capacity(STREAMS),
            reports: Vec::with_capacity(STREAMS),
            anew: false,
        }
    }

    #[cfg(test)]
    pub(super) fn known_streams(&self) -> usize {
        self.streams.len()
    }

    pub(super) fn may_begin_anew(&mut self) {
        self.anew = true;
    }

    pub(super) fn rtp(&mut self, packet: &mut [u8]) -> Result<usize, Fault> {
        let clear = packet::payload_start(packet).ok_or(Fault::Malformed)?;
        let tag = self.rtp.tag();
        let end =
            packet.len().checked_sub(tag + self.identifier).filter(|end| *end >= clear).ok_or(Fault::Malformed)?;
        let sequence = u16::from_be_bytes([packet[2], packet[3]]);
        let ssrc = u32::from_be_bytes([packet[8], packet[9], packet[10], packet[11]]);
        // Which numbers it may have: of a stream that is known the nearest, of a new one one of the first round.
        let known = self.streams.iter().position(|s| s.ssrc == ssrc);
        let (first, second) = match known.map(|at| &self.streams[at].window) {
            Some(window) => {
                let whole = window.whole(sequence);
                let again = u64::from(sequence);
                let again = (self.anew && again != whole).then_some(again);
                match (window.admits(whole), again) {
                    (true, again) => (whole, again),
                    (false, Some(again)) => (again, None),
                    (false, None) => return Err(Fault::Replayed),
                }
            }
            None => {
                let index = u64::from(sequence);
                // A round may have passed while nobody heard its last packets.
                (index, (sequence < BEGINNING).then_some(index + 0x1_0000))
            }
        };
        if let Cipher::CounterMode { .. } = self.rtp
            && self.identifier > 0
        {
            // RFC 3711 §3.1: identifier, tag; here the tag is looked for behind the packet.
            packet.copy_within(end + self.identifier.., end);
        }
        let open = |packet: &mut [u8], index: u64| {
            let rollovers = ((index >> 16) as u32).to_be_bytes();
            self.rtp.open(packet, clear, end, &rollovers, Number { ssrc, index }).then_some(index)
        };
        let index = match second {
            None => open(packet, first),
            Some(second) => either(packet, first, second, open),
        };
        let index = index.ok_or(Fault::Forged)?;
        let backwards = known.is_some_and(|at| !self.streams[at].window.admits(index));
        if backwards || (known.is_some() && Some(index) == second) {
            // Counted from zero again.
            self.anew = false;
            self.streams.retain(|s| s.ssrc != ssrc);
            self.reports.clear();
        }
        note(&mut self.streams, ssrc, index);
        Ok(end)
    }

    pub(super) fn rtcp(&mut self, packet: &mut [u8]) -> Result<usize, Fault> {
        let behind = self.rtcp.tag() + INDEX + self.identifier;
        let end = packet.len().checked_sub(behind).filter(|end| *end >= RTCP_HEAD).ok_or(Fault::Malformed)?;
        let ssrc = u32::from_be_bytes([packet[4], packet[5], packet[6], packet[7]]);
        // RFC 3711 §3.4: index, identifier, tag; RFC 7714 §9.2: tag, index, identifier.
        let at = match &self.rtcp {
            Cipher::CounterMode { .. } => end,
            Cipher::Gcm { .. } => end + self.rtcp.tag(),
        };
        let trailer = [packet[at], packet[at + 1], packet[at + 2], packet[at + 3]];
        let word = u32::from_be_bytes(trailer);
        let index = u64::from(word & !ENCRYPTED);
        // Unencrypted reports are not negotiated.
        if word & ENCRYPTED == 0 {
            return Err(Fault::Forged);
        }
        let again = self.reports.iter().any(|s| s.ssrc == ssrc && !s.window.admits(index));
        if again && !self.anew {
            return Err(Fault::Replayed);
        }
        if let Cipher::CounterMode { .. } = self.rtcp {
            // The tag stands behind index and identifier; here it is looked for behind the packet.
            packet.copy_within(end + INDEX + self.identifier.., end);
        }
        if !self.rtcp.open(packet, RTCP_HEAD, end, &trailer, Number { ssrc, index }) {
            return Err(Fault::Forged);
        }
        if again {
            self.reports.retain(|s| s.ssrc != ssrc);
        }
        note(&mut self.reports, ssrc, index);
        Ok(end)
    }
}

/// Under the first number, else under the second. A wrong one may spoil the packet, so it is kept.
fn either(packet: &mut [u8], first: u64, second: u64, open: impl Fn(&mut [u8], u64) -> Option<u64>) -> Option<u64> {
    let mut room = [0u8; LARGEST];
    let copy = room.get_mut(..packet.len())?;
    copy.copy_from_slice(packet);
    open(packet, first).or_else(|| {
        packet.copy_from_slice(copy);
        open(packet, second)
    })
}

fn note(streams: &mut Vec<Stream>, ssrc: u32, index: u64) {
    match streams.iter().position(|s| s.ssrc == ssrc) {
        Some(at) => {
            streams[at].window.note(index);
            if at + 1 != streams.len() {
                streams[at..].rotate_left(1);
            }
        }
        None => {
            if streams.len() == STREAMS {
                streams.remove(0);
            }
            streams.push(Stream { ssrc, window: Window::new(index) });
        }
    }
}
