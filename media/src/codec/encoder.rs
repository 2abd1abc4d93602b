//! Samples at 8 or 16 kHz to payloads.

use super::{Codec, OpusWish};
use opus::{Application, Bitrate, Channels, Signal};
use ringdesk_audio::g722;
use ringdesk_audio::halfband::{Doubler, Halver};
use std::fmt;

/// The encoder is nearly all that a converted call costs; more than this is hardly heard in speech.
const COMPLEXITY: i32 = 3;
/// Bits per second, by the rate of the sound; with what FEC needs.
const NARROW: u32 = 20_000;
const WIDE: u32 = 28_000;
const LEAST: u32 = 8_000;
/// The loss to be ready for while nothing is known, and at most, percent. At 0 no FEC would be sent.
const LOSS: i32 = 5;
const MOST_LOSS: i32 = 25;
/// A packet of so few bytes says that nobody speaks; it is not sent (RFC 6716 §2.1.9).
const NOTHING: usize = 2;

pub(crate) struct Encoder {
    codec: Codec,
    rate: u32,
    wish: OpusWish,
    kind: Kind,
    scratch: Vec<i16>,
    bytes: Vec<u8>,
}

enum Kind {
    Law(Option<Halver>),
    G722(Box<g722::Encoder>, Option<Doubler>),
    Opus(opus::Encoder, i32),
}

impl Encoder {
    /// `rate`: of the samples that go in. `None`: there was no memory for one.
    pub(crate) fn new(codec: Codec, rate: u32, wish: OpusWish) -> Option<Encoder> {
        let wide = rate > ringdesk_audio::RATE;
        let kind = match codec {
            Codec::Pcmu | Codec::Pcma => Kind::Law(wide.then(Halver::new)),
            Codec::G722 => Kind::G722(Box::default(), (!wide).then(Doubler::new)),
            Codec::Opus => Kind::Opus(opus_encoder(rate, wish).ok()?, LOSS),
        };
        Some(Encoder { codec, rate, wish, kind, scratch: Vec::new(), bytes: Vec::new() })
    }

    pub(crate) fn is_for(&self, codec: Codec, rate: u32, wish: OpusWish) -> bool {
        self.codec == codec && self.rate == rate && (codec != Codec::Opus || self.wish == wish)
    }

    /// A packet's samples into the payload's place; how long it is. `None`: nothing is to be sent for them.
    pub(crate) fn encode(&mut self, samples: &[i16], payload: &mut [u8]) -> Option<usize> {
        self.scratch.clear();
        self.bytes.clear();
        match &mut self.kind {
            Kind::Law(halver) => {
                let samples = match halver {
                    Some(halver) => {
                        halver.process(samples, &mut self.scratch);
                        &self.scratch
                    }
                    None => samples,
                };
                self.bytes.extend(samples.iter().map(|s| self.codec.encode(*s)));
            }
            Kind::G722(encoder, None) => encoder.encode(samples, &mut self.bytes),
            Kind::G722(encoder, Some(doubler)) => {
                doubler.process(samples, &mut self.scratch);
                encoder.encode(&self.scratch, &mut self.bytes);
            }
            Kind::Opus(encoder, _) => {
                let length = encoder.encode(samples, payload).ok()?;
                return (length > NOTHING || !self.wish.dtx).then_some(length);
            }
        }
        payload.get_mut(..self.bytes.len())?.copy_from_slice(&self.bytes);
        Some(self.bytes.len())
    }

    /// The other side misses this share of the packets: say more about each in the next.
    pub(crate) fn expect_loss(&mut self, share: f32) {
        let Kind::Opus(encoder, expected) = &mut self.kind else { return };
        let percent = ((share * 100.0).ceil() as i32).clamp(LOSS, MOST_LOSS);
        if percent != *expected && encoder.set_packet_loss_perc(percent).is_ok() {
            *expected = percent;
        }
    }
}

fn opus_encoder(rate: u32, wish: OpusWish) -> opus::Result<opus::Encoder> {
    let mut encoder = opus::Encoder::new(rate, Channels::Mono, Application::Voip)?;
    let usual = if rate > ringdesk_audio::RATE { WIDE } else { NARROW };
    let bitrate = wish.bitrate.map_or(usual, |most| usual.min(most).max(LEAST));
    encoder.set_bitrate(Bitrate::Bits(bitrate as i32))?;
    encoder.set_complexity(COMPLEXITY)?;
    encoder.set_signal(Signal::Voice)?;
    encoder.set_inband_fec(wish.fec)?;
    encoder.set_packet_loss_perc(if wish.fec { LOSS } else { 0 })?;
    encoder.set_dtx(wish.dtx)?;
    Ok(encoder)
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Encoder({:?} from {})", self.codec, self.rate)
    }
}
