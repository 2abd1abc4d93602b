//! What the packets of a log sound like, at the telephone's rate.

use opus::Channels;
use ringdesk_audio::halfband::Halver;
use ringdesk_audio::{RATE, g711, g722};
use ringdesk_voice::{Coding, Track};
use std::collections::BTreeMap;

/// A packet that does not say how long it is has 20 ms.
const USUAL: usize = 160;
/// No Opus packet is longer than 120 ms (RFC 6716 §2.1.4).
const LONGEST: usize = 960;

/// Samples of sound in a payload.
pub(crate) fn samples(coding: Coding, payload: &[u8]) -> usize {
    match coding {
        // A byte of G.722 is two samples of twice the rate.
        Coding::Pcmu | Coding::Pcma | Coding::G722 => payload.len(),
        Coding::Opus if payload.is_empty() => USUAL,
        Coding::Opus => opus::packet::get_nb_samples(payload, RATE).map_or(USUAL, |n| n.min(LONGEST)),
    }
}

/// A decoder per track, begun anew with every source.
#[derive(Default)]
pub(super) struct Decoders {
    tracks: BTreeMap<Track, (u32, Coding, Decoder)>,
}

enum Decoder {
    Law(fn(u8) -> i16),
    G722(Box<(g722::Decoder, Halver)>),
    Opus(opus::Decoder),
}

impl Decoders {
    /// As many samples as [`samples`] tells; `None`: it cannot be read.
    pub(super) fn decode(&mut self, track: Track, ssrc: u32, coding: Coding, payload: &[u8]) -> Option<Vec<i16>> {
        if self.tracks.get(&track).is_none_or(|(of, as_, _)| (*of, *as_) != (ssrc, coding)) {
            self.tracks.insert(track, (ssrc, coding, Decoder::new(coding)?));
        }
        let (.., decoder) = self.tracks.get_mut(&track)?;
        Some(match decoder {
            Decoder::Law(decode) => payload.iter().map(|b| decode(*b)).collect(),
            Decoder::G722(both) => {
                let (mut wide, mut sound) = (Vec::with_capacity(2 * payload.len()), Vec::with_capacity(payload.len()));
                both.0.decode(payload, &mut wide);
                both.1.process(&wide, &mut sound);
                sound
            }
            Decoder::Opus(decoder) => {
                let mut sound = vec![0; samples(coding, payload)];
                // An empty one would be taken for a lost one.
                let made = (!payload.is_empty()).then(|| decoder.decode(payload, &mut sound, false).ok())??;
                sound.truncate(made);
                sound
            }
        })
    }
}

impl Decoder {
    fn new(coding: Coding) -> Option<Decoder> {
        Some(match coding {
            Coding::Pcmu => Decoder::Law(g711::ulaw_decode),
            Coding::Pcma => Decoder::Law(g711::alaw_decode),
            Coding::G722 => Decoder::G722(Box::default()),
            Coding::Opus => Decoder::Opus(opus::Decoder::new(RATE, Channels::Mono).ok()?),
        })
    }
}
