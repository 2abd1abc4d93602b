//! Does this party speak? Heard only while somebody wants to know.

use crate::codec::Codec;
use ringdesk_audio::talk::TalkDetector;

#[derive(Debug, Default)]
pub(crate) struct Attention(TalkDetector);

impl Attention {
    /// A packet's sound; `Some`: they began to speak, or stopped.
    pub(crate) fn hear(&mut self, payload: &[u8], codec: Codec) -> Option<bool> {
        let mut samples = [0i16; 160];
        let mut changed = None;
        for piece in payload.chunks(samples.len()) {
            for (sample, byte) in samples.iter_mut().zip(piece) {
                *sample = codec.decode(*byte);
            }
            changed = self.0.hear(&samples[..piece.len()]).or(changed);
        }
        changed
    }

    /// No sound came for a while: telephones that send none while nobody speaks.
    pub(crate) fn nothing(&mut self) -> Option<bool> {
        self.0.nothing()
    }
}
