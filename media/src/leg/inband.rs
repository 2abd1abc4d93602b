//! Keys heard in the sound, from telephones without telephone-event. The ear itself is `ringdesk_audio::dtmf`.

use crate::codec::Codec;
use crate::codec::decoder::Decoder;
use ringdesk_audio::dtmf::{Detector, Heard};
use ringdesk_voice::Digit;
use std::time::Duration;

#[derive(Debug, Default)]
pub(crate) struct InBand {
    detector: Detector,
    /// For codecs that are more than a table.
    decoder: Option<Decoder>,
}

impl InBand {
    /// Listen to a packet's sound; a key is reported when it is released.
    pub(crate) fn hear(&mut self, payload: &[u8], codec: Codec, mut report: impl FnMut(Digit, Duration)) {
        if codec.is_wide() {
            return self.hear_wide(payload, codec, report);
        }
        let mut samples = [0i16; 160];
        for piece in payload.chunks(samples.len()) {
            for (sample, byte) in samples.iter_mut().zip(piece) {
                *sample = codec.decode(*byte);
            }
            self.listen(&samples[..piece.len()], &mut report);
        }
    }

    fn hear_wide(&mut self, payload: &[u8], codec: Codec, mut report: impl FnMut(Digit, Duration)) {
        if self.decoder.as_ref().is_none_or(|d| d.codec() != codec) {
            self.decoder = Decoder::new(codec, ringdesk_audio::RATE);
        }
        let Some(decoder) = &mut self.decoder else { return };
        let mut samples = Vec::new();
        decoder.decode(payload, &mut samples);
        self.listen(&samples, &mut report);
    }

    fn listen(&mut self, samples: &[i16], report: &mut impl FnMut(Digit, Duration)) {
        for heard in self.detector.hear(samples) {
            if let Heard::Released(key, duration) = heard
                && let Some(digit) = Digit::new(key)
            {
                report(digit, duration);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::OpusWish;
    use crate::codec::encoder::Encoder;
    use ringdesk_audio::dtmf::dial;

    /// Rows: V3
    #[test]
    fn keys_are_heard_through_either_codec() {
        let keys = "1234567890*#ABCD55";
        let samples = dial(keys, Duration::from_millis(60), Duration::from_millis(60), -12.0).unwrap();
        for codec in Codec::G711 {
            let bytes: Vec<u8> = samples.iter().map(|s| codec.encode(*s)).collect();
            let mut heard = String::new();
            let mut inband = InBand::default();
            for packet in bytes.chunks(240) {
                inband.hear(packet, codec, |digit, duration| {
                    assert!((40..90).contains(&duration.as_millis()), "{duration:?}");
                    heard.push(digit.key());
                });
            }
            assert_eq!(heard, keys);
        }
    }

    #[test]
    fn and_through_those_that_are_more_than_a_table() {
        let keys = "1590#";
        let samples = dial(keys, Duration::from_millis(80), Duration::from_millis(80), -10.0).unwrap();
        for codec in [Codec::G722, Codec::Opus] {
            let mut encoder = Encoder::new(codec, 8_000, OpusWish::default()).unwrap();
            let (mut inband, mut heard, mut payload) = (InBand::default(), String::new(), [0; 1_500]);
            for packet in samples.chunks_exact(160) {
                let length = encoder.encode(packet, &mut payload).unwrap();
                inband.hear(&payload[..length], codec, |digit, _| heard.push(digit.key()));
            }
            assert_eq!(heard, keys, "{codec:?}");
        }
    }
}
