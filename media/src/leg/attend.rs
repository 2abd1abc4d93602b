//! Does this party speak? Heard only while somebody wants to know.

use crate::codec::Codec;
use crate::codec::decoder::Decoder;
use ringdesk_audio::talk::TalkDetector;

#[derive(Debug, Default)]
pub(crate) struct Attention {
    detector: TalkDetector,
    /// For codecs that are more than a table.
    decoder: Option<Decoder>,
}

impl Attention {
    /// A packet's sound; `Some`: they began to speak, or stopped.
    pub(crate) fn hear(&mut self, payload: &[u8], codec: Codec) -> Option<bool> {
        if codec.is_wide() {
            return self.hear_wide(payload, codec);
        }
        let mut samples = [0i16; 160];
        let mut changed = None;
        for piece in payload.chunks(samples.len()) {
            for (sample, byte) in samples.iter_mut().zip(piece) {
                *sample = codec.decode(*byte);
            }
            changed = self.detector.hear(&samples[..piece.len()]).or(changed);
        }
        changed
    }

    fn hear_wide(&mut self, payload: &[u8], codec: Codec) -> Option<bool> {
        if self.decoder.as_ref().is_none_or(|d| d.codec() != codec) {
            self.decoder = Decoder::new(codec, ringdesk_audio::RATE);
        }
        let mut samples = Vec::new();
        self.decoder.as_mut()?.decode(payload, &mut samples);
        self.detector.hear(&samples)
    }

    /// No sound came for a while: telephones that send none while nobody speaks.
    pub(crate) fn nothing(&mut self) -> Option<bool> {
        self.detector.nothing()
    }
}
