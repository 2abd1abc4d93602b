//! The fixed header (RFC 3550 §5.1) and telephone-event payloads (RFC 4733 §2.3).

use std::ops::Range;

pub(crate) const HEADER: usize = 12;
/// Comfort noise (RFC 3389).
pub(crate) const COMFORT_NOISE: u8 = 13;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) marker: bool,
    pub(crate) payload_type: u8,
    pub(crate) seq: u16,
    pub(crate) timestamp: u32,
    pub(crate) ssrc: u32,
}

impl Header {
    pub(crate) fn write(&self, out: &mut [u8]) {
        out[0] = 0x80;
        out[1] = u8::from(self.marker) << 7 | self.payload_type;
        out[2..4].copy_from_slice(&self.seq.to_be_bytes());
        out[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        out[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
    }
}

/// Header and place of the payload: behind CSRCs and extension, before the padding. At least [`HEADER`] bytes lie
/// before the payload, so a packet is rewritten where it lies. `None`: not RTP.
pub(crate) fn parse(packet: &[u8]) -> Option<(Header, Range<usize>)> {
    let start = payload_start(packet)?;
    let mut end = packet.len();
    if packet[0] & 0x20 != 0 {
        let padding = usize::from(packet[end - 1]);
        if padding == 0 {
            return None;
        }
        end = end.checked_sub(padding)?;
    }
    if start > end {
        return None; // the padding reaches into the header
    }
    let word = |at: usize| u32::from_be_bytes([packet[at], packet[at + 1], packet[at + 2], packet[at + 3]]);
    let header = Header {
        marker: packet[1] & 0x80 != 0,
        payload_type: packet[1] & 0x7f,
        seq: u16::from_be_bytes([packet[2], packet[3]]),
        timestamp: word(4),
        ssrc: word(8),
    };
    Some((header, start..end))
}

/// Where the payload begins: what lies before it is never encrypted. `None`: not RTP.
pub(crate) fn payload_start(packet: &[u8]) -> Option<usize> {
    if packet.len() < HEADER || packet[0] >> 6 != 2 {
        return None;
    }
    let mut start = HEADER + 4 * usize::from(packet[0] & 0x0f);
    if packet[0] & 0x10 != 0 {
        let words = packet.get(start + 2..start + 4)?;
        start += 4 + 4 * usize::from(u16::from_be_bytes([words[0], words[1]]));
    }
    (start <= packet.len()).then_some(start)
}

/// RTCP on the RTP port (RFC 5761 §4).
pub(crate) fn is_rtcp(packet: &[u8]) -> bool {
    packet.len() >= 8 && packet[0] >> 6 == 2 && (192..=223).contains(&packet[1])
}

/// A telephone-event payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) code: u8,
    pub(crate) end: bool,
    pub(crate) volume: u8,
    /// In clock ticks since the packet's timestamp.
    pub(crate) duration: u16,
}

impl Event {
    pub(crate) fn parse(payload: &[u8]) -> Option<Event> {
        let bytes: [u8; 4] = payload.get(..4)?.try_into().ok()?;
        let [code, flags, high, low] = bytes;
        Some(Event { code, end: flags & 0x80 != 0, volume: flags & 0x3f, duration: u16::from_be_bytes([high, low]) })
    }

    /// Its duration in ticks of a clock that runs so much slower; faster.
    pub(crate) fn slower(self, scale: u32) -> Event {
        Event { duration: (u32::from(self.duration) / scale.max(1)) as u16, ..self }
    }

    /// One that does not fit stays at the longest that does.
    pub(crate) fn faster(self, scale: u32) -> Event {
        Event { duration: u16::try_from(u32::from(self.duration) * scale.max(1)).unwrap_or(u16::MAX), ..self }
    }

    pub(crate) fn write(&self) -> [u8; 4] {
        let [high, low] = self.duration.to_be_bytes();
        [self.code, u8::from(self.end) << 7 | self.volume & 0x3f, high, low]
    }
}
