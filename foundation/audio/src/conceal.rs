//! What to hear in place of packets that did not come: the last pitch period again and again, fading away, after the
//! idea of G.711 Appendix I. For any codec that has no concealment of its own, at 8 or 16 kHz.
//!
//! Unlike the Appendix it delays nothing: there the end of the good sound is held back to be blended with its
//! continuation, here the continuation begins where the sound itself would repeat.

use crate::level::to_sample;

/// The longest and the shortest period that is looked for, in units of 1 ÷ 8,000 s: 66 to 200 Hz; of higher voices two or
/// three periods are taken for one.
const LONGEST: usize = 120;
const SHORTEST: usize = 40;
/// How much of the sound is compared.
const COMPARED: usize = 160;
/// Kept of what was heard: the comparison, and three periods.
const HISTORY: usize = COMPARED + 3 * LONGEST;
/// Full for 10 ms, then down by a fifth every 10 ms: gone after 60 ms.
const FULL: usize = 80;
const GONE: usize = 480;
/// The first good sound after a gap is blended in over 4 ms, and 4 ms more for each 10 ms of the gap, up to 10 ms.
const BLEND: usize = 32;
const LONGEST_BLEND: usize = 80;

/// Listens to what is good, and goes on with it.
#[derive(Clone, Debug)]
pub struct Concealer {
    /// Samples per unit: 1 or 2.
    per: usize,
    history: Vec<i16>,
    /// What was heard when the gap began.
    before: Vec<i16>,
    /// The periods that are repeated, and where in them; empty while all is good.
    cycle: Vec<f32>,
    at: usize,
    /// Samples concealed so far in this gap.
    gap: usize,
}

impl Concealer {
    /// For sound of 8,000 or 16,000 samples per second.
    pub fn new(rate: u32) -> Concealer {
        let per = (rate / crate::RATE).clamp(1, 2) as usize;
        let history = vec![0; HISTORY * per];
        Concealer { per, before: history.clone(), history, cycle: Vec::new(), at: 0, gap: 0 }
    }

    /// Good sound: remember it, and blend its beginning with what was made up before.
    pub fn good(&mut self, sound: &mut [i16]) {
        if self.gap > 0 && !sound.is_empty() {
            let blend = (BLEND + self.gap / self.per / 80 * BLEND).min(LONGEST_BLEND) * self.per;
            let blend = blend.min(sound.len());
            for (n, sample) in sound[..blend].iter_mut().enumerate() {
                let share = (n + 1) as f32 / (blend + 1) as f32;
                let made_up = self.next();
                *sample = to_sample((f32::from(*sample) * share + made_up * (1.0 - share)).into());
            }
            self.gap = 0;
            self.cycle.clear();
        }
        self.remember(sound);
    }

    /// Append so many samples in place of what is missing.
    pub fn missing(&mut self, samples: usize, out: &mut Vec<i16>) {
        let start = out.len();
        for _ in 0..samples {
            if self.gap == 0 {
                self.before.copy_from_slice(&self.history);
                self.begin(1);
            } else if self.gap == FULL * self.per {
                self.begin(2);
            } else if self.gap == 2 * FULL * self.per {
                self.begin(3);
            }
            let made_up = self.next();
            self.gap += 1;
            out.push(to_sample(made_up.into()));
        }
        self.remember(&out[start..]);
    }

    /// Nothing is left of what was heard; silence goes on.
    pub fn is_gone(&self) -> bool {
        self.gap >= GONE * self.per
    }

    fn remember(&mut self, sound: &[i16]) {
        let keep = self.history.len();
        if sound.len() >= keep {
            self.history.copy_from_slice(&sound[sound.len() - keep..]);
        } else {
            self.history.copy_within(sound.len().., 0);
            self.history[keep - sound.len()..].copy_from_slice(sound);
        }
    }

    fn next(&mut self) -> f32 {
        if self.cycle.is_empty() || self.is_gone() {
            return 0.0;
        }
        let sample = self.cycle[self.at];
        self.at = (self.at + 1) % self.cycle.len();
        let faded = self.gap.saturating_sub(FULL * self.per) as f32 / ((GONE - FULL) * self.per) as f32;
        sample * (1.0 - faded)
    }

    /// Repeat so many periods: one alone, for longer than 10 ms, hums.
    fn begin(&mut self, periods: usize) {
        let period = pitch(&self.before, self.per);
        let length = period * periods;
        let end = self.before.len();
        let cycle: Vec<f32> = self.before[end - length..].iter().map(|s| f32::from(*s)).collect();
        // At the seam the end of the cycle goes over into what came before its beginning.
        let blend = period / 4;
        let before = &self.before[end - length - blend..end - length];
        // Where the voice stands in its period is kept; the longer cycle begins at its last one.
        self.at = if self.cycle.is_empty() { 0 } else { self.at % period };
        self.cycle = cycle;
        for (n, old) in before.iter().enumerate() {
            let share = (n + 1) as f32 / (blend + 1) as f32;
            let place = &mut self.cycle[length - blend + n];
            *place = *place * (1.0 - share) + f32::from(*old) * share;
        }
    }
}

/// The lag at which the end of the sound is most like itself, in samples.
pub(crate) fn pitch(history: &[i16], per: usize) -> usize {
    let compared = COMPARED * per;
    let end = history.len();
    let recent = &history[end - compared..];
    let likeness = |lag: usize, step: usize| {
        let earlier = &history[end - compared - lag..end - lag];
        let (mut product, mut power) = (0f32, 1f32);
        for (a, b) in recent.iter().zip(earlier).step_by(step) {
            let (a, b) = (f32::from(*a), f32::from(*b));
            product += a * b;
            power += b * b;
        }
        product.max(0.0) * product / power
    };
    // Every second lag of every second sample, then the neighbours exactly.
    let best = |lags: &mut dyn Iterator<Item = usize>, step| {
        lags.map(|lag| (lag, likeness(lag, step))).fold((SHORTEST * per, -1.0), |b, n| if n.1 > b.1 { n } else { b }).0
    };
    let (shortest, longest) = (SHORTEST * per, LONGEST * per);
    let rough = best(&mut (shortest..=longest).step_by(2 * per), 2 * per);
    let reach = 2 * per - 1;
    best(&mut (rough.saturating_sub(reach).max(shortest)..=(rough + reach).min(longest)), 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::{SILENCE, peak, rms};
    use crate::tone::mix;

    /// A voice of this pitch: overtones, not whole numbers of samples per period.
    fn voice(hz: f32, rate: u32, samples: usize) -> Vec<i16> {
        mix(&[hz, 2.0 * hz, 3.0 * hz, 5.0 * hz], -22.0, rate, samples)
    }

    /// Every tenth frame of 20 ms is lost; signal against what was done to it, dB.
    fn against_the_original(rate: u32, hz: f32, conceal: bool) -> f32 {
        let frame = rate as usize / 50;
        let original = voice(hz, rate, frame * 100);
        let mut concealer = Concealer::new(rate);
        let mut heard = Vec::new();
        for (n, piece) in original.chunks(frame).enumerate() {
            let mut piece = piece.to_vec();
            match (n % 10 == 9, conceal) {
                (true, true) => concealer.missing(frame, &mut heard),
                (true, false) => heard.resize(heard.len() + frame, 0),
                (false, _) => {
                    concealer.good(&mut piece);
                    heard.extend(piece);
                }
            }
        }
        assert_eq!(heard.len(), original.len());
        let wrong: Vec<i16> = original.iter().zip(&heard).map(|(a, b)| a.saturating_sub(*b)).collect();
        rms(&original) - rms(&wrong)
    }

    #[test]
    fn a_voice_goes_on() {
        for rate in [8_000, 16_000] {
            for hz in [83.0, 121.0, 197.0, 260.0] {
                let (with, without) = (against_the_original(rate, hz, true), against_the_original(rate, hz, false));
                assert!(with > without + 4.0, "{hz} Hz at {rate}: {without} dB became {with}");
            }
        }
    }

    #[test]
    fn it_fades_and_is_gone_after_60_ms() {
        let mut concealer = Concealer::new(8_000);
        let mut sound = voice(121.0, 8_000, 1_600);
        concealer.good(&mut sound);
        let mut made_up = Vec::new();
        concealer.missing(800, &mut made_up);
        let levels: Vec<f32> = made_up.chunks(80).map(rms).collect();
        assert!((levels[0] - rms(&sound)).abs() < 3.0, "{levels:?}");
        assert!(levels[3] < levels[0] - 2.0 && levels[5] < levels[0] - 10.0, "{levels:?}");
        assert!(levels[6..].iter().all(|l| *l == SILENCE) && concealer.is_gone(), "{levels:?}");
    }

    /// The step at either edge of a gap is not larger than steps within the voice.
    #[test]
    fn there_is_no_click() {
        let steps = |s: &[i16]| s.windows(2).map(|w| (i32::from(w[1]) - i32::from(w[0])).abs()).max().unwrap();
        for lost in [80, 160, 320] {
            let original = voice(121.0, 8_000, 3_200);
            let mut concealer = Concealer::new(8_000);
            let mut heard = original[..1_600].to_vec();
            concealer.good(&mut heard.clone());
            concealer.missing(lost, &mut heard);
            let mut after = original[1_600 + lost..].to_vec();
            concealer.good(&mut after);
            heard.extend(after);
            assert!(steps(&heard) < steps(&original) * 3 / 2, "{lost}: {} {}", steps(&heard), steps(&original));
        }
    }

    #[test]
    fn nothing_of_nothing_is_nothing() {
        for rate in [8_000, 16_000] {
            let mut concealer = Concealer::new(rate);
            let mut out = Vec::new();
            concealer.missing(1_000, &mut out);
            concealer.good(&mut [0; 7]);
            concealer.missing(3, &mut out);
            assert_eq!(peak(&out), SILENCE);
        }
        let mut loud = Concealer::new(8_000);
        loud.good(&mut [i16::MIN; 2_000]);
        let mut out = Vec::new();
        loud.missing(160, &mut out);
        assert!(out[..80].iter().all(|s| *s < -32_000));
    }
}
