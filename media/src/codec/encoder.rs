//! Samples at 8 or 16 kHz to payloads.

use super::{Codec, OpusWish};
use opus::{Application, Bitrate, Channels, Signal};
use ringdesk_audio::g722;
use ringdesk_audio::halfband::{Doubler, Halver};
use std::fmt;

/// How an Opus encoder works while packets arrive, and while some are lost. It is nearly all that a converted call costs:
/// careful is three times as dear. FEC is made from complexity 2 on, and only where the bits suffice.
const EASY: Care = Care { complexity: 1, narrow: 16_000, wide: 24_000 };
const CAREFUL: Care = Care { complexity: 3, narrow: 22_000, wide: 32_000 };
const LEAST_BITRATE: u32 = 8_000;
/// Losing so much of what it is sent, the other side is better off with FEC; below the second without.
const LOSSY: f32 = 0.02;
const CLEAN: f32 = 0.005;
/// What the encoder is told, percent: at less it is sparing with FEC, more it does not believe.
const LEAST_LOSS: i32 = 5;
const MOST_LOSS: i32 = 25;
/// Losing so much, the way is too narrow for what is sent; and by how many quarters the bits are made fewer at most.
const CROWDED: f32 = 0.10;
const MOST_THRIFT: u32 = 4;
/// A packet of so few bytes says that nobody speaks; it is not sent (RFC 6716 §2.1.9).
const NOTHING: usize = 2;

struct Care {
    complexity: i32,
    /// Bits per second at 8 kHz, and above.
    narrow: u32,
    wide: u32,
}

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
    /// And what it knows of the way.
    Opus(opus::Encoder, Path),
}

/// What receiver reports say of the way to the other side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Path {
    /// The loss it is told to expect, percent; 0: none.
    loss: i32,
    /// How often the bits were made a quarter fewer.
    thrift: u32,
}

impl Encoder {
    /// `rate`: of the samples that go in. `None`: there was no memory for one.
    pub(crate) fn new(codec: Codec, rate: u32, wish: OpusWish) -> Option<Encoder> {
        let wide = rate > ringdesk_audio::RATE;
        let kind = match codec {
            Codec::Pcmu | Codec::Pcma => Kind::Law(wide.then(Halver::new)),
            Codec::G722 => Kind::G722(Box::default(), (!wide).then(Doubler::new)),
            Codec::Opus => Kind::Opus(opus_encoder(rate, wish).ok()?, Path::default()),
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

    /// The other side misses this share of the packets: say of each what the one before was, or do not any more.
    pub(crate) fn expect_loss(&mut self, share: f32) {
        let Kind::Opus(encoder, path) = &mut self.kind else { return };
        let percent = ((share * 100.0).ceil() as i32).clamp(LEAST_LOSS, MOST_LOSS);
        let loss = if share >= LOSSY || path.loss > 0 && share >= CLEAN { percent } else { 0 };
        let loss = if self.wish.fec { loss } else { 0 };
        let now = Path { loss, ..*path };
        if now != *path && prepare(encoder, self.rate, self.wish, now).is_ok() {
            *path = now;
        }
    }

    /// A report came: of what was sent since the one before this share is missing. Where much is, the way is narrow: fewer bits
    /// at once; and more again step by step, once it bears them.
    pub(crate) fn report(&mut self, share: f32) {
        let Kind::Opus(encoder, path) = &mut self.kind else { return };
        let thrift = if share >= CROWDED {
            (path.thrift + 2).min(MOST_THRIFT)
        } else if share < LOSSY {
            path.thrift.saturating_sub(1)
        } else {
            path.thrift
        };
        let now = Path { thrift, ..*path };
        if now != *path && prepare(encoder, self.rate, self.wish, now).is_ok() {
            *path = now;
        }
    }

    /// Bits per second that it aims at.
    #[cfg(test)]
    pub(crate) fn bitrate(&self) -> u32 {
        match &self.kind {
            Kind::Opus(_, path) => bitrate(self.rate, self.wish, *path),
            Kind::Law(_) | Kind::G722(..) => 64_000,
        }
    }
}

fn opus_encoder(rate: u32, wish: OpusWish) -> opus::Result<opus::Encoder> {
    let mut encoder = opus::Encoder::new(rate, Channels::Mono, Application::Voip)?;
    encoder.set_signal(Signal::Voice)?;
    encoder.set_dtx(wish.dtx)?;
    prepare(&mut encoder, rate, wish, Path::default())?;
    Ok(encoder)
}

fn bitrate(rate: u32, wish: OpusWish, path: Path) -> u32 {
    let care = if path.loss > 0 { CAREFUL } else { EASY };
    let usual = if rate > ringdesk_audio::RATE { care.wide } else { care.narrow };
    let usual = wish.bitrate.map_or(usual, |most| usual.min(most));
    (0..path.thrift).fold(usual, |bits, _| bits / 4 * 3).max(LEAST_BITRATE)
}

fn prepare(encoder: &mut opus::Encoder, rate: u32, wish: OpusWish, path: Path) -> opus::Result<()> {
    let care = if path.loss > 0 { CAREFUL } else { EASY };
    encoder.set_bitrate(Bitrate::Bits(bitrate(rate, wish, path) as i32))?;
    encoder.set_complexity(care.complexity)?;
    encoder.set_inband_fec(path.loss > 0)?;
    encoder.set_packet_loss_perc(path.loss)
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Encoder({:?} from {})", self.codec, self.rate)
    }
}
