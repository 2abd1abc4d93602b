//! Payloads to samples, at 8 or 16 kHz.

use super::Codec;
use ringdesk_audio::halfband::{Doubler, Halver};
use ringdesk_audio::{g711, g722};
use std::fmt;

/// The longest Opus packet, in milliseconds (RFC 6716 §2.1.4).
const LONGEST_MS: usize = 120;

pub(crate) struct Decoder {
    codec: Codec,
    rate: u32,
    kind: Kind,
    scratch: Vec<i16>,
}

enum Kind {
    Law(fn(u8) -> i16, Option<Doubler>),
    G722(Box<g722::Decoder>, Option<Halver>),
    Opus(opus::Decoder),
}

impl Decoder {
    /// `rate`: of the samples that come out, 8,000 or 16,000. `None`: there was no memory for one.
    pub(crate) fn new(codec: Codec, rate: u32) -> Option<Decoder> {
        let wide = rate > ringdesk_audio::RATE;
        let law = |decode| Kind::Law(decode, wide.then(Doubler::new));
        let kind = match codec {
            Codec::Pcmu => law(g711::ulaw_decode),
            Codec::Pcma => law(g711::alaw_decode),
            Codec::G722 => Kind::G722(Box::default(), (!wide).then(Halver::new)),
            // It makes whatever rate it is asked for, out of any packet.
            Codec::Opus => Kind::Opus(opus::Decoder::new(rate, opus::Channels::Mono).ok()?),
        };
        Some(Decoder { codec, rate, kind, scratch: Vec::new() })
    }

    pub(crate) fn codec(&self) -> Codec {
        self.codec
    }

    /// Append what the payload sounds like. Nothing is appended for one that is broken.
    pub(crate) fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) {
        self.scratch.clear();
        match &mut self.kind {
            Kind::Law(decode, None) => out.extend(payload.iter().map(|b| decode(*b))),
            Kind::Law(decode, Some(doubler)) => {
                self.scratch.extend(payload.iter().map(|b| decode(*b)));
                doubler.process(&self.scratch, out);
            }
            Kind::G722(decoder, None) => decoder.decode(payload, out),
            Kind::G722(decoder, Some(halver)) => {
                decoder.decode(payload, &mut self.scratch);
                halver.process(&self.scratch, out);
            }
            Kind::Opus(decoder) => {
                // An empty one would be taken for a lost one.
                if !payload.is_empty() {
                    opus_decode(decoder, payload, LONGEST_MS * self.rate as usize / 1_000, false, out);
                }
            }
        }
    }

    /// Append so many samples in place of a packet that did not come, if the codec knows what to put there. `following`:
    /// the packet behind it, which may describe it. `false`: the codec does not know.
    pub(crate) fn conceal(&mut self, samples: usize, following: Option<&[u8]>, out: &mut Vec<i16>) -> bool {
        let Kind::Opus(decoder) = &mut self.kind else { return false };
        // Whole multiples of 2.5 ms, at most its longest.
        let step = self.rate as usize / 400;
        let wanted = (samples.div_ceil(step) * step).min(LONGEST_MS * self.rate as usize / 1_000);
        let start = out.len();
        match following.filter(|f| !f.is_empty()) {
            Some(following) => opus_decode(decoder, following, wanted, true, out),
            None => opus_decode(decoder, &[], wanted, false, out),
        }
        out.resize(start + samples, 0);
        true
    }
}

fn opus_decode(decoder: &mut opus::Decoder, payload: &[u8], most: usize, fec: bool, out: &mut Vec<i16>) {
    let start = out.len();
    out.resize(start + most, 0);
    let made = decoder.decode(payload, &mut out[start..], fec).unwrap_or(0);
    out.truncate(start + made);
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Decoder({:?} at {})", self.codec, self.rate)
    }
}
