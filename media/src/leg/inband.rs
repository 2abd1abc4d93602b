//! Keys heard in the sound, from telephones without telephone-event. The ear itself is `ringdesk_audio::dtmf`.

use crate::codec::Codec;
use ringdesk_audio::dtmf::{Detector, Heard};
use ringdesk_voice::Digit;
use std::time::Duration;

#[derive(Debug, Default)]
pub(crate) struct InBand(Detector);

impl InBand {
    /// Listen to a packet's sound; a key is reported when it is released.
    pub(crate) fn hear(&mut self, payload: &[u8], codec: Codec, mut report: impl FnMut(Digit, Duration)) {
        let mut samples = [0i16; 160];
        for piece in payload.chunks(samples.len()) {
            for (sample, byte) in samples.iter_mut().zip(piece) {
                *sample = codec.decode(*byte);
            }
            for heard in self.0.hear(&samples[..piece.len()]) {
                if let Heard::Released(key, duration) = heard
                    && let Some(digit) = Digit::new(key)
                {
                    report(digit, duration);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_audio::dtmf::dial;

    /// Rows: V3
    #[test]
    fn keys_are_heard_through_either_codec() {
        let keys = "1234567890*#ABCD55";
        let samples = dial(keys, Duration::from_millis(60), Duration::from_millis(60), -12.0).unwrap();
        for codec in Codec::ALL {
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
}
