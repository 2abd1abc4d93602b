//! From one sample rate to another: a polyphase filter (windowed sinc), for any two rates.
//!
//! Flat to 0.84 of the lower Nyquist frequency (3.36 kHz at 8 kHz: the telephone's own band), and what lies above it is
//! 70 dB down before it could fold back.

use crate::level::to_sample;
use std::f64::consts::PI;

/// Zero crossings of the sinc on each side.
const CROSSINGS: f64 = 32.0;
/// Where the filter is 6 dB down, of the lower Nyquist frequency.
const CUTOFF: f64 = 0.92;
/// Kaiser window for 80 dB.
const BETA: f64 = 7.86;

/// Keeps the last samples, so that a stream can come in pieces. The sound comes out `delay` late.
#[derive(Clone, Debug)]
pub struct Resampler {
    up: usize,
    down: usize,
    taps: usize,
    /// `up` phases of `taps` coefficients, each phase turned round for a straight multiply-and-add.
    phases: Vec<f32>,
    line: Vec<f32>,
    /// Position of the next output, in units of 1 ÷ `up` of an input sample from the start of `line`.
    next: usize,
}

/// A whole recording. As long as it was, to the sample.
pub fn resample(samples: &[i16], from: u32, to: u32) -> Vec<i16> {
    if from == to || from == 0 || to == 0 || samples.is_empty() {
        return samples.to_vec();
    }
    let wanted = (samples.len() as u64 * u64::from(to)).div_ceil(u64::from(from)) as usize;
    let mut resampler = Resampler::new(from, to);
    // Skip what only fills the filter, and feed silence to get the end out.
    resampler.next += resampler.taps / 2 * resampler.up;
    let mut out = Vec::with_capacity(wanted + 64);
    resampler.process(samples, &mut out);
    resampler.process(&vec![0; resampler.taps + resampler.down], &mut out);
    out.truncate(wanted);
    out
}

impl Resampler {
    /// Both rates above zero; a zero is taken for one.
    pub fn new(from: u32, to: u32) -> Resampler {
        let (from, to) = (from.max(1) as usize, to.max(1) as usize);
        let divisor = greatest_common_divisor(from, to);
        let (up, down) = (to / divisor, from / divisor);
        // Relative to the input's Nyquist frequency.
        let cutoff = CUTOFF * (to as f64 / from as f64).min(1.0);
        let half = CROSSINGS / cutoff;
        let taps = 2 * half.ceil() as usize;
        let window_at_zero = bessel(BETA);
        let mut phases = Vec::with_capacity(up * taps);
        for phase in 0..up {
            let start = phases.len();
            for tap in 0..taps {
                // Distance of this input sample from the output's place in time.
                let x = tap as f64 - (taps / 2) as f64 + 1.0 - phase as f64 / up as f64;
                let edge = 1.0 - (x / half) * (x / half);
                let window = if edge > 0.0 { bessel(BETA * edge.sqrt()) / window_at_zero } else { 0.0 };
                phases.push((sinc(cutoff * x) * window) as f32);
            }
            // Each phase passes a constant unchanged, so that no phase is louder than another.
            let sum: f32 = phases[start..].iter().sum();
            for coefficient in &mut phases[start..] {
                *coefficient /= sum;
            }
        }
        Resampler { up, down, taps, phases, line: vec![0.0; taps - 1], next: 0 }
    }

    /// Half the filter, in input samples.
    pub fn delay(&self) -> usize {
        self.taps / 2
    }

    /// Take input, append output.
    pub fn process(&mut self, samples: &[i16], out: &mut Vec<i16>) {
        self.line.extend(samples.iter().map(|s| f32::from(*s)));
        while let Some(window) = self.line.get(self.next / self.up..self.next / self.up + self.taps) {
            let phase = self.next % self.up * self.taps;
            let sum: f32 = window.iter().zip(&self.phases[phase..phase + self.taps]).map(|(s, c)| s * c).sum();
            out.push(to_sample(f64::from(sum)));
            self.next += self.down;
        }
        let used = (self.next / self.up).min(self.line.len());
        self.line.drain(..used);
        self.next -= used * self.up;
    }
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

fn sinc(x: f64) -> f64 {
    if x.abs() < 1e-9 { 1.0 } else { (PI * x).sin() / (PI * x) }
}

/// Modified Bessel function of order zero, by its series.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term, mut k) = (1.0, 1.0, 1.0);
    while term > sum * 1e-12 {
        term *= (x / 2.0 / k) * (x / 2.0 / k);
        sum += term;
        k += 1.0;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level;
    use crate::tone::{measure, sine};

    /// Tone against everything else, dB: take the tone out by least squares and weigh the rest.
    fn purity(samples: &[i16], rate: u32, hz: f32) -> f32 {
        let w = 2.0 * PI * f64::from(hz) / f64::from(rate);
        let n = samples.len() as f64;
        let dot = |f: fn(f64) -> f64| {
            samples.iter().enumerate().map(|(i, s)| f64::from(*s) * f(w * i as f64)).sum::<f64>() * 2.0 / n
        };
        let (a, b) = (dot(f64::cos), dot(f64::sin));
        let rest = samples.iter().enumerate().map(|(i, s)| {
            let t = w * i as f64;
            (f64::from(*s) - a * t.cos() - b * t.sin()).powi(2)
        });
        (10.0 * ((a * a + b * b) / 2.0 / (rest.sum::<f64>() / n)).log10()) as f32
    }

    #[test]
    fn tones_keep_level_frequency_and_purity() {
        for from in [48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 11_025] {
            for hz in [100.0, 440.0, 1_000.0, 2_000.0, 3_300.0] {
                let out = resample(&sine(hz, -10.0, from, from as usize), from, 8_000);
                assert_eq!(out.len(), 8_000, "{from}");
                let middle = &out[800..7_200];
                let level = measure(middle, 8_000, hz);
                assert!((level - -10.0).abs() < 0.3, "{from} → 8000: {hz} Hz came out at {level}");
                let purity = purity(middle, 8_000, hz);
                assert!(purity > 60.0, "{from} → 8000: {hz} Hz stands only {purity} dB over the rest");
            }
        }
    }

    #[test]
    fn what_the_telephone_cannot_carry_does_not_fold_back() {
        for (from, hz) in
            [(48_000, 4_200.0), (48_000, 7_000.0), (44_100, 5_000.0), (16_000, 4_100.0), (22_050, 10_000.0)]
        {
            let out = resample(&sine(hz, -3.0, from, from as usize), from, 8_000);
            let left = level::rms(&out[800..7_200]);
            assert!(left < -70.0, "{hz} Hz at {from} left {left} dBFS");
        }
    }

    #[test]
    fn upwards_no_image_appears() {
        for to in [16_000, 24_000, 48_000] {
            let out = resample(&sine(1_000.0, -10.0, 8_000, 8_000), 8_000, to);
            assert_eq!(out.len(), to as usize);
            let middle = &out[to as usize / 10..to as usize * 9 / 10];
            assert!(purity(middle, to, 1_000.0) > 60.0, "{to}");
        }
    }

    /// A click stays where it was: the filter's delay is taken out again.
    #[test]
    fn nothing_moves_in_time() {
        for from in [16_000usize, 44_100, 48_000] {
            let mut click = vec![0i16; from];
            for s in &mut click[from / 2 - 1..=from / 2 + 1] {
                *s = 20_000;
            }
            let out = resample(&click, from as u32, 8_000);
            let peak = (0..out.len()).max_by_key(|i| out[*i]).unwrap();
            assert!(peak.abs_diff(4_000) <= 1, "{from}: {peak}");
        }
    }

    #[test]
    fn pieces_give_the_same_as_the_whole() {
        let sound = sine(700.0, -10.0, 44_100, 10_000);
        let mut whole = Vec::new();
        Resampler::new(44_100, 8_000).process(&sound, &mut whole);
        let mut pieces = Vec::new();
        let mut resampler = Resampler::new(44_100, 8_000);
        for piece in sound.chunks(37) {
            resampler.process(piece, &mut pieces);
        }
        assert_eq!(whole, pieces);
    }

    #[test]
    fn odd_rates_and_short_sounds() {
        assert_eq!(resample(&[5], 48_000, 8_000).len(), 1);
        assert_eq!(resample(&[], 48_000, 8_000), []);
        assert_eq!(resample(&[1, 2, 3], 8_000, 8_000), [1, 2, 3]);
        assert_eq!(resample(&vec![0; 8_001], 8_001, 8_000).len(), 8_000);
    }
}
