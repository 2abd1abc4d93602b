//! Packets of Opus as they come out of a container, decoded to 8 kHz mono at once: the decoder does both by itself.

use super::{LONGEST, Listener, SoundFault};
use ringdesk_audio::RATE;

/// A packet lasts 120 ms at most (RFC 6716 §2.1.4).
const LONGEST_PACKET: usize = RATE as usize * 120 / 1_000;

pub(super) struct OpusStream {
    decoder: opus::Decoder,
    /// Samples that only start the decoder.
    skip: usize,
    listener: Listener,
    room: [i16; LONGEST_PACKET],
}

/// `OpusHead` (RFC 7845 §5.1).
pub(super) struct Head {
    pub(super) channels: u32,
    /// At 48 kHz.
    skip: usize,
}

impl Head {
    pub(super) fn read(bytes: &[u8]) -> Result<Head, SoundFault> {
        let damaged = |why: &str| SoundFault::Damaged(format!("the head of the Opus: {why}"));
        let [version, channels, low, high] = match bytes {
            [b'O', b'p', b'u', b's', b'H', b'e', b'a', b'd', version, channels, low, high, ..] if bytes.len() >= 19 => {
                [*version, *channels, *low, *high]
            }
            _ => return Err(damaged("it is none")),
        };
        if version >= 16 {
            return Err(damaged("a version that nobody knows"));
        }
        // Mono and stereo are one stream; more channels are several (mapping families).
        if bytes[18] != 0 || !(1..=2).contains(&channels) {
            return Err(SoundFault::Channels(u32::from(channels)));
        }
        Ok(Head { channels: u32::from(channels), skip: usize::from(u16::from_le_bytes([low, high])) })
    }
}

impl OpusStream {
    pub(super) fn new(head: &Head) -> Result<OpusStream, SoundFault> {
        let decoder = opus::Decoder::new(RATE, opus::Channels::Mono);
        let decoder = decoder.map_err(|fault| SoundFault::Damaged(fault.to_string()))?;
        let skip = head.skip / (48_000 / RATE as usize);
        Ok(OpusStream { decoder, skip, listener: Listener::new(RATE, 1)?, room: [0; LONGEST_PACKET] })
    }

    pub(super) fn packet(&mut self, packet: &[u8]) -> Result<(), SoundFault> {
        if packet.is_empty() {
            return Err(SoundFault::Damaged("an empty packet".into()));
        }
        let decoded = self.decoder.decode(packet, &mut self.room, false);
        let count = decoded.map_err(|fault| SoundFault::Damaged(fault.to_string()))?;
        let skipped = self.skip.min(count);
        self.skip -= skipped;
        self.listener.hear(self.room[skipped..count].iter().copied())
    }

    /// `until`: frames at 48 kHz of the whole stream, where the container says so; the last packet may hold more.
    pub(super) fn end(mut self, head: &Head, until: Option<u64>) -> Result<Listener, SoundFault> {
        if let Some(until) = until {
            let wanted = until.saturating_sub(head.skip as u64) / u64::from(48_000 / RATE);
            let most = wanted.min(u64::from(LONGEST) * u64::from(RATE));
            self.listener.kept.truncate(most as usize);
            self.listener.frames = self.listener.frames.min(wanted);
        }
        // As it was made: Opus itself knows one rate.
        self.listener.channels = head.channels;
        Ok(self.listener)
    }
}
