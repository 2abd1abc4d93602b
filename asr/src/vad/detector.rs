//! One frame of sound: does somebody speak (`earshot`), and is it a steady tone (which `earshot` takes for a voice)?

use std::f32::consts::TAU;

/// Samples of a frame at 16 kHz: 16 ms.
pub(crate) const FRAME: usize = 256;
/// The spectrum of 64 ms, up to 4 kHz.
const WINDOW: usize = 1_024;
const BINS: usize = 256;
/// Compared with the spectrum this many frames ago (96 ms): a syllable has moved on by then, a tone has not.
const BACK: usize = 6;
/// Of two spectra: above, the sound has not changed. Speech through G.711 stays below 0.85 in three frames of four,
/// hold music and the tones of all nations above 0.95.
const STEADY: f32 = 0.93;
/// Noise under everything that the voice detector hears, −66 dBFS: after digital silence (a mask, a mute, a phone that
/// sends nothing) it would take the first word for noise, 400 ms of it.
const FLOOR: i16 = 16;
/// A window this much below the loudest of late is no party to a comparison: a tone that begins is not a change.
const QUIET: f32 = 0.06;

pub(crate) struct Detector {
    voice: Box<earshot::Detector>,
    /// Of the noise (Numerical Recipes' generator); the same sound has the same verdict each time.
    noise: u32,
    line: Vec<i16>,
    spectra: Vec<Vec<f32>>,
    next: usize,
    loudest: f32,
    fft: Fft,
}

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Verdict {
    /// From 0 to 1.
    pub(crate) voice: f32,
    /// Nothing when too quiet to say.
    pub(crate) steady: Option<bool>,
}

impl Detector {
    pub(crate) fn new() -> Detector {
        Detector {
            voice: earshot::Detector::default_boxed(),
            noise: 1,
            line: vec![0; WINDOW],
            spectra: vec![Vec::new(); BACK],
            next: 0,
            loudest: 0.0,
            fft: Fft::new(),
        }
    }

    pub(crate) fn frame(&mut self, frame: &[i16]) -> Verdict {
        debug_assert_eq!(frame.len(), FRAME);
        self.line.drain(..FRAME);
        self.line.extend_from_slice(frame);
        let mut floored = [0; FRAME];
        for (to, sample) in floored.iter_mut().zip(frame) {
            self.noise = self.noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *to = sample.saturating_add((self.noise >> 16) as i16 % FLOOR);
        }
        let voice = self.voice.predict_i16(&floored).clamp(0.0, 1.0);
        // What is silent is neither speech nor a tone: no spectrum for it.
        let spectrum =
            if frame.iter().all(|s| s.unsigned_abs() < 16) { Vec::new() } else { self.fft.magnitudes(&self.line) };
        self.loudest = (self.loudest * 0.995).max(length(&spectrum));
        let before = std::mem::replace(&mut self.spectra[self.next], spectrum);
        let now = &self.spectra[self.next];
        self.next = (self.next + 1) % BACK;
        let loud = |s: &[f32]| length(s) > self.loudest * QUIET;
        let steady = (loud(now) && loud(&before)).then(|| likeness(now, &before) > STEADY);
        Verdict { voice, steady }
    }
}

fn length(spectrum: &[f32]) -> f32 {
    spectrum.iter().map(|m| m * m).sum::<f32>().sqrt()
}

fn likeness(a: &[f32], b: &[f32]) -> f32 {
    let product: f32 = a.iter().zip(b).map(|(a, b)| a * b).sum();
    product / (length(a) * length(b)).max(1e-6)
}

/// A transform of [`WINDOW`] points, with its tables.
struct Fft {
    window: Vec<f32>,
    turns: Vec<(f32, f32)>,
    work: Vec<(f32, f32)>,
}

impl Fft {
    fn new() -> Fft {
        let at = |n: usize| TAU * n as f32 / WINDOW as f32;
        Fft {
            window: (0..WINDOW).map(|n| 0.5 - 0.5 * at(n).cos()).collect(),
            turns: (0..WINDOW / 2).map(|n| (at(n).cos(), -at(n).sin())).collect(),
            work: vec![(0.0, 0.0); WINDOW],
        }
    }

    fn magnitudes(&mut self, samples: &[i16]) -> Vec<f32> {
        let bits = WINDOW.trailing_zeros();
        for (n, (sample, weight)) in samples.iter().zip(&self.window).enumerate() {
            let at = n.reverse_bits() >> (usize::BITS - bits);
            self.work[at] = (f32::from(*sample) * weight, 0.0);
        }
        let mut size = 2;
        while size <= WINDOW {
            let (half, step) = (size / 2, WINDOW / size);
            for block in self.work.chunks_exact_mut(size) {
                let (low, high) = block.split_at_mut(half);
                for (n, (a, b)) in low.iter_mut().zip(high).enumerate() {
                    let (re, im) = self.turns[n * step];
                    let turned = (b.0 * re - b.1 * im, b.0 * im + b.1 * re);
                    *b = (a.0 - turned.0, a.1 - turned.1);
                    *a = (a.0 + turned.0, a.1 + turned.1);
                }
            }
            size *= 2;
        }
        self.work[..BINS].iter().map(|(re, im)| re.hypot(*im)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_audio::tone;

    #[test]
    fn a_tone_lies_in_its_bin() {
        let mut fft = Fft::new();
        for bin in [10usize, 64, 200] {
            let hz = bin as f32 * 16_000.0 / WINDOW as f32;
            let spectrum = fft.magnitudes(&tone::sine(hz, -10.0, 16_000, WINDOW));
            let loudest = (0..BINS).max_by(|a, b| spectrum[*a].total_cmp(&spectrum[*b]));
            assert_eq!(loudest, Some(bin));
        }
    }

    #[test]
    fn silence_says_nothing_and_a_tone_is_steady() {
        let mut detector = Detector::new();
        for _ in 0..20 {
            assert_eq!(detector.frame(&[0; FRAME]).steady, None);
        }
        let tone = tone::sine(450.0, -15.0, 16_000, FRAME * 30);
        let verdicts: Vec<_> = tone.chunks(FRAME).map(|f| detector.frame(f).steady).collect();
        assert!(verdicts[12..].iter().all(|v| *v == Some(true)), "{verdicts:?}");
    }
}
