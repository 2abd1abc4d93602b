//! What the packets of a log sound like, at the telephone's rate, and what is heard in place of those that did not come:
//! what the packet behind them says of them (Opus), or the voice going on for a moment. Nothing that came is changed for it.

use opus::Channels;
use ringdesk_audio::conceal::Concealer;
use ringdesk_audio::halfband::Halver;
use ringdesk_audio::{RATE, g711, g722};
use ringdesk_voice::{Coding, Track};
use std::collections::BTreeMap;

/// A packet that does not say how long it is has 20 ms.
const USUAL: usize = 160;
/// No Opus packet is longer than 120 ms (RFC 6716 §2.1.4).
const LONGEST: usize = 960;
/// What is missing for longer than 60 ms stays silent.
const MADE_UP: usize = 480;
/// The end of what was made up goes over into what came: 4 ms.
const SEAM: usize = 32;

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
    Law(fn(u8) -> i16, Concealer),
    G722(Box<(g722::Decoder, Halver)>, Concealer),
    Opus(opus::Decoder),
}

impl Decoders {
    /// What is heard in place of so many samples before this packet, which may be nothing, and what the packet says: as many
    /// samples as [`samples`] tells. `None`: it cannot be read.
    pub(super) fn decode(
        &mut self,
        track: Track,
        ssrc: u32,
        coding: Coding,
        payload: &[u8],
        missing: usize,
    ) -> Option<(Vec<i16>, Vec<i16>)> {
        if self.tracks.get(&track).is_none_or(|(of, as_, _)| (*of, *as_) != (ssrc, coding)) {
            self.tracks.insert(track, (ssrc, coding, Decoder::new(coding)?));
        }
        let (.., decoder) = self.tracks.get_mut(&track)?;
        let mut made_up = Vec::new();
        if (1..=MADE_UP).contains(&missing) {
            decoder.conceal(missing, payload, &mut made_up);
        }
        let sound = decoder.decode(payload)?;
        decoder.remember(&sound);
        if !matches!(decoder, Decoder::Opus(_)) {
            seam(&mut made_up, &sound);
        }
        Some((made_up, sound))
    }
}

impl Decoder {
    fn new(coding: Coding) -> Option<Decoder> {
        Some(match coding {
            Coding::Pcmu => Decoder::Law(g711::ulaw_decode, Concealer::new(RATE)),
            Coding::Pcma => Decoder::Law(g711::alaw_decode, Concealer::new(RATE)),
            Coding::G722 => Decoder::G722(Box::default(), Concealer::new(RATE)),
            Coding::Opus => Decoder::Opus(opus::Decoder::new(RATE, Channels::Mono).ok()?),
        })
    }

    fn decode(&mut self, payload: &[u8]) -> Option<Vec<i16>> {
        Some(match self {
            Decoder::Law(decode, _) => payload.iter().map(|b| decode(*b)).collect(),
            Decoder::G722(both, _) => {
                let (mut wide, mut sound) = (Vec::with_capacity(2 * payload.len()), Vec::with_capacity(payload.len()));
                both.0.decode(payload, &mut wide);
                both.1.process(&wide, &mut sound);
                sound
            }
            Decoder::Opus(decoder) => {
                let mut sound = vec![0; samples(Coding::Opus, payload)];
                // An empty one would be taken for a lost one.
                let made = (!payload.is_empty()).then(|| decoder.decode(payload, &mut sound, false).ok())??;
                sound.truncate(made);
                sound
            }
        })
    }

    fn conceal(&mut self, missing: usize, following: &[u8], out: &mut Vec<i16>) {
        match self {
            Decoder::Law(_, concealer) | Decoder::G722(_, concealer) => concealer.missing(missing, out),
            Decoder::Opus(decoder) => {
                // Whole multiples of 2.5 ms.
                out.resize(missing / 20 * 20, 0);
                // It says something of the packet right before it; what lies before that, the decoder goes on with.
                let made = decoder.decode(following, out, !following.is_empty());
                out.truncate(made.unwrap_or(0));
            }
        }
    }

    fn remember(&mut self, sound: &[i16]) {
        if let Decoder::Law(_, concealer) | Decoder::G722(_, concealer) = self {
            concealer.good(&mut sound.to_vec()); // what it blends stays here: what came is kept as it came
        }
    }
}

/// Go over into what comes, so that nothing clicks: into its own beginning, turned round.
fn seam(made_up: &mut [i16], sound: &[i16]) {
    let long = SEAM.min(made_up.len()).min(sound.len());
    let start = made_up.len() - long;
    for n in 0..long {
        let share = (n + 1) as f32 / (long + 1) as f32;
        let place = &mut made_up[start + n];
        *place = (f32::from(*place) * (1.0 - share) + f32::from(sound[long - 1 - n]) * share) as i16;
    }
}
