//! What is made for one leg rather than passed to it: samples into packets of the leg's codec and packet time.

use crate::codec::encoder::Encoder;
use crate::codec::{Codec, OpusWish};

#[derive(Debug, Default)]
pub(crate) struct Voice {
    encoder: Option<Encoder>,
    /// Samples that do not fill a packet yet.
    waiting: Vec<i16>,
    /// Of the mix: packets sent, and the ticks they begin at. The clock goes on while nothing is sent.
    pub(crate) number: u32,
    pub(crate) clock: u32,
    /// The packet before was sent: the next one needs no marker.
    pub(crate) talking: bool,
}

impl Voice {
    /// Samples of this rate are to become packets of that codec.
    pub(crate) fn prepare(&mut self, codec: Codec, rate: u32, wish: OpusWish) -> Option<&mut Encoder> {
        if !self.encoder.as_ref().is_some_and(|e| e.is_for(codec, rate, wish)) {
            self.encoder = Encoder::new(codec, rate, wish);
            self.waiting.clear();
        }
        self.encoder.as_mut()
    }

    /// A prompt's bytes, in the codec's law, to a packet of the codec.
    pub(crate) fn say(&mut self, codec: Codec, wish: OpusWish, law: &[u8], payload: &mut [u8]) -> Option<usize> {
        self.prepare(codec, ringdesk_audio::RATE, wish)?;
        let samples: Vec<i16> = law.iter().map(|b| codec.decode(*b)).collect();
        self.encoder.as_mut()?.encode(&samples, payload)
    }

    pub(crate) fn hear(&mut self, samples: &[i16]) {
        self.waiting.extend_from_slice(samples);
    }

    /// Encode the next packet of so many samples. `None`: they are not there yet. `Some(None)`: they are not to be sent.
    pub(crate) fn packet(&mut self, samples: usize, payload: &mut [u8]) -> Option<Option<usize>> {
        if samples == 0 || self.waiting.len() < samples {
            return None;
        }
        let length = self.encoder.as_mut().and_then(|e| e.encode(&self.waiting[..samples], payload));
        self.waiting.drain(..samples);
        Some(length)
    }

    /// So many ticks of nothing to say.
    pub(crate) fn pause(&mut self, ticks: u32) {
        self.waiting.clear();
        self.clock = self.clock.wrapping_add(ticks);
        self.talking = false;
    }

    /// The other side reports the share that it misses of what came since its last report.
    pub(crate) fn report(&mut self, share: f32) {
        if let Some(encoder) = &mut self.encoder {
            encoder.report(share);
        }
    }

    pub(crate) fn expect_loss(&mut self, share: f32) {
        if let Some(encoder) = &mut self.encoder {
            encoder.expect_loss(share);
        }
    }
}
