//! What one leg says, as even frames of 20 ms: its packets through a jitter buffer, decoded, gaps concealed. For legs
//! whose sound cannot pass as it is.

use crate::codec::Codec;
use crate::codec::decoder::Decoder;
use bytes::Bytes;
use ringdesk_audio::conceal::Concealer;
use ringdesk_audio::jitter::{Buffer, Next, Pace, Put, Settings};
use ringdesk_audio::noise::Noise;
use ringdesk_audio::stretch;
use ringdesk_model::Timestamp;

/// Frames without a packet after which a leg says nothing: half a second.
const MUTE: u32 = 25;
/// And where comfort noise was asked for, a minute: a description is sent again long before (RFC 3389 §4).
const NOISELESS: u32 = 3_000;
/// Of the noise: nobody hears which.
const SEED: u32 = 0x9e37_79b9;
/// Frames between two corrections of the pace.
const REST: u32 = 3;

#[derive(Debug)]
pub(crate) struct Ear {
    codec: Codec,
    rate: u32,
    buffer: Buffer<Heard>,
    decoder: Decoder,
    concealer: Concealer,
    noise: Option<Noise>,
    /// Decoded: what was played last, for corrections to look back at, and from `played` on what comes next.
    sound: Vec<i16>,
    played: usize,
    /// Frames since the last packet.
    without: u32,
    rest: u32,
    /// Something in the last frame was made up.
    pub(crate) concealed: bool,
}

#[derive(Clone, Debug)]
enum Heard {
    Sound(Bytes),
    /// The speaker pauses; what the line sounds like meanwhile (RFC 3389).
    Noise(Bytes),
}

impl Ear {
    /// `rate`: of the frames, 8,000 or 16,000.
    pub(crate) fn new(codec: Codec, rate: u32) -> Option<Ear> {
        Some(Ear {
            codec,
            rate,
            buffer: Buffer::new(Settings::new(codec.clock())),
            decoder: Decoder::new(codec, rate)?,
            concealer: Concealer::new(rate),
            noise: None,
            sound: Vec::with_capacity(rate as usize / 8),
            played: 0,
            without: MUTE,
            rest: 0,
            concealed: false,
        })
    }

    pub(crate) fn is_for(&self, codec: Codec, rate: u32) -> bool {
        self.codec == codec && self.rate == rate
    }

    /// `stream`: changes when numbering and clock begin anew.
    pub(crate) fn put(&mut self, stream: u32, timestamp: u32, payload: &[u8], now: Timestamp) -> Put {
        let heard = Heard::Sound(Bytes::copy_from_slice(payload));
        self.buffer.put(stream.into(), timestamp, self.codec.ticks(payload), heard, now)
    }

    pub(crate) fn put_noise(&mut self, stream: u32, timestamp: u32, payload: &[u8], now: Timestamp) -> Put {
        let heard = Heard::Noise(Bytes::copy_from_slice(payload));
        self.buffer.put(stream.into(), timestamp, self.codec.clock() / 50, heard, now)
    }

    /// The next 20 ms. `false`: it says nothing, and the frame is silence.
    pub(crate) fn frame(&mut self, now: Timestamp, out: &mut Vec<i16>) -> bool {
        let frame = self.rate as usize / 50;
        self.concealed = false;
        out.clear();
        let mut begun = true;
        while begun && self.waiting() < frame {
            begun = self.take(now);
        }
        if self.waiting() < frame {
            out.resize(frame, 0);
            return false;
        }
        self.correct(now);
        out.extend_from_slice(&self.sound[self.played..self.played + frame]);
        self.played += frame;
        let old = self.played.saturating_sub(frame);
        self.sound.drain(..old);
        self.played -= old;
        self.without < if self.noise.is_some() { NOISELESS } else { MUTE }
    }

    fn waiting(&self) -> usize {
        self.sound.len() - self.played
    }

    fn pending(&self) -> u32 {
        (self.waiting() as u64 * u64::from(self.codec.clock()) / u64::from(self.rate)) as u32
    }

    /// Decode the next packet, or fill its place. `false`: nothing has begun yet.
    fn take(&mut self, now: Timestamp) -> bool {
        let frame = self.rate as usize / 50;
        match self.buffer.next(self.pending(), now) {
            Next::Wait => return false,
            Next::Sound(Heard::Sound(payload)) => {
                self.noise = None;
                self.without = 0;
                let start = self.sound.len();
                self.decoder.decode(&payload, &mut self.sound);
                if self.sound.len() == start {
                    self.conceal(frame, None); // broken
                } else {
                    // Opus has blended its own.
                    self.concealer.good(&mut self.sound[start..]);
                }
            }
            Next::Sound(Heard::Noise(payload)) => {
                self.without = 0;
                match (Noise::parse(&payload, SEED), &mut self.noise) {
                    (Some(new), Some(noise)) => noise.change(new),
                    (new, noise) => *noise = new,
                }
                self.conceal(frame, None);
            }
            Next::Lost { ticks, following } => {
                let samples = u64::from(ticks) * u64::from(self.rate) / u64::from(self.codec.clock());
                let following = match &following {
                    Some(Heard::Sound(payload)) => Some(&payload[..]),
                    _ => None,
                };
                self.conceal((samples as usize).max(1), following);
            }
            Next::Empty => {
                self.without = self.without.saturating_add(1);
                self.conceal(frame, None);
            }
        }
        true
    }

    fn conceal(&mut self, samples: usize, following: Option<&[u8]>) {
        if let Some(noise) = &mut self.noise {
            return noise.make(samples, &mut self.sound);
        }
        if self.without >= MUTE {
            // Nobody is there; the decoder need not work for it.
            return self.sound.resize(self.sound.len() + samples, 0);
        }
        self.concealed = true;
        if !self.decoder.conceal(samples, following, &mut self.sound) {
            self.concealer.missing(samples, &mut self.sound);
        }
    }

    /// Play a period more or less where too much or too little waits.
    fn correct(&mut self, now: Timestamp) {
        self.rest = self.rest.saturating_sub(1);
        if self.rest > 0 || self.without > 0 {
            return;
        }
        let changed = match self.buffer.pace(self.pending(), now) {
            Pace::Keep => return,
            Pace::Shorten => {
                let needed = stretch::needed(self.rate);
                while self.waiting() < needed && !self.buffer.is_empty() {
                    self.take(now);
                }
                if self.waiting() < needed { 0 } else { stretch::shorten(&mut self.sound, self.rate) }
            }
            Pace::Lengthen => stretch::lengthen(&mut self.sound, self.rate),
        };
        if changed > 0 {
            self.rest = REST;
        }
    }
}

#[cfg(test)]
mod tests;
