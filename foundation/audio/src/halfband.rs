//! Between 8 and 16 kHz as the sound flows: a half-band filter, of whose coefficients every second is zero.
//!
//! Flat to 3.4 kHz, and what lies above 4.6 kHz is 60 dB down; between, as between the telephone and the world, some
//! folds. A tenth of the cost of [`crate::resample`], and 1.4 ms of delay instead of 9.

use crate::level::to_sample;
use std::f32::consts::PI;

/// Coefficients on each side that are not zero, and what they reach back over: 47 taps in all.
const SIDE: usize = 12;
/// Kaiser window for 60 dB.
const BETA: f32 = 5.65;

/// 8 to 16 kHz.
#[derive(Clone, Debug)]
pub struct Doubler {
    side: [f32; SIDE],
    line: Vec<f32>,
}

/// 16 to 8 kHz.
#[derive(Clone, Debug)]
pub struct Halver {
    side: [f32; SIDE],
    line: Vec<f32>,
}

impl Default for Doubler {
    fn default() -> Self {
        Doubler { side: side(), line: vec![0.0; 2 * SIDE - 1] }
    }
}

impl Doubler {
    pub fn new() -> Doubler {
        Doubler::default()
    }

    /// Take samples at 8 kHz, append twice as many.
    pub fn process(&mut self, samples: &[i16], out: &mut Vec<i16>) {
        self.line.extend(samples.iter().map(|s| f32::from(*s)));
        for window in self.line.windows(2 * SIDE) {
            out.push(to_sample(window[SIDE - 1].into()));
            let (left, right) = window.split_at(SIDE);
            let sum: f32 = left.iter().rev().zip(right).zip(&self.side).map(|((a, b), c)| (a + b) * c).sum();
            out.push(to_sample((2.0 * sum).into()));
        }
        self.line.drain(..samples.len());
    }
}

impl Default for Halver {
    fn default() -> Self {
        Halver { side: side(), line: vec![0.0; 4 * SIDE - 2] }
    }
}

impl Halver {
    pub fn new() -> Halver {
        Halver::default()
    }

    /// Take samples at 16 kHz, append half as many: an even number, else the last one counts with the next call's.
    pub fn process(&mut self, samples: &[i16], out: &mut Vec<i16>) {
        self.line.extend(samples.iter().map(|s| f32::from(*s)));
        let mut at = 0;
        while let Some(window) = self.line.get(at..at + 4 * SIDE) {
            let middle = 2 * SIDE - 1;
            let mut sum = 0.5 * window[middle];
            for (k, c) in self.side.iter().enumerate() {
                sum += c * (window[middle - 1 - 2 * k] + window[middle + 1 + 2 * k]);
            }
            out.push(to_sample(sum.into()));
            at += 2;
        }
        self.line.drain(..at);
    }
}

/// Every second coefficient from the middle outwards: a windowed sinc, scaled so that a constant stays what it was.
fn side() -> [f32; SIDE] {
    let half = (2 * SIDE) as f32;
    let mut side = [0.0; SIDE];
    for (k, c) in side.iter_mut().enumerate() {
        let x = (2 * k + 1) as f32;
        let edge = 1.0 - (x / half) * (x / half);
        *c = (PI * x / 2.0).sin() / (PI * x) * bessel(BETA * edge.sqrt()) / bessel(BETA);
    }
    let sum: f32 = 2.0 * side.iter().sum::<f32>();
    side.map(|c| c * 0.5 / sum)
}

/// Modified Bessel function of order zero, by its series.
fn bessel(x: f32) -> f32 {
    let (mut sum, mut term, mut k) = (1.0, 1.0, 1.0);
    while term > sum * 1e-9 {
        term *= (x / 2.0 / k) * (x / 2.0 / k);
        sum += term;
        k += 1.0;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::rms;
    use crate::tone::{measure, sine};

    fn halved(sound: &[i16], piece: usize) -> Vec<i16> {
        let (mut out, mut halver) = (Vec::new(), Halver::new());
        for piece in sound.chunks(piece) {
            halver.process(piece, &mut out);
        }
        out
    }

    fn doubled(sound: &[i16]) -> Vec<i16> {
        let (mut out, mut doubler) = (Vec::new(), Doubler::new());
        for piece in sound.chunks(160) {
            doubler.process(piece, &mut out);
        }
        out
    }

    #[test]
    fn the_telephones_band_passes_both_ways() {
        for hz in [100.0, 440.0, 1_004.0, 2_500.0, 3_300.0] {
            let half = halved(&sine(hz, -10.0, 16_000, 16_000), 320);
            assert_eq!(half.len(), 8_000);
            assert!((measure(&half[80..], 8_000, hz) + 10.0).abs() < 0.2, "{hz} down");
            let double = doubled(&sine(hz, -10.0, 8_000, 8_000));
            assert_eq!(double.len(), 16_000);
            assert!((measure(&double[160..], 16_000, hz) + 10.0).abs() < 0.2, "{hz} up");
            let image = measure(&double[160..], 16_000, 8_000.0 - hz);
            assert!(image < -65.0, "{hz} has an image at {image}");
        }
    }

    #[test]
    fn what_does_not_fit_does_not_fold_back() {
        for hz in [4_700.0, 5_500.0, 7_500.0] {
            let left = rms(&halved(&sine(hz, -3.0, 16_000, 16_000), 320)[80..]);
            assert!(left < -60.0, "{hz} left {left}");
        }
    }

    #[test]
    fn pieces_of_any_length_give_the_same() {
        let sound = sine(700.0, -10.0, 16_000, 3_000);
        assert_eq!(halved(&sound, 37), halved(&sound, 3_000));
        assert_eq!(halved(&sound, 37).len(), 1_500);
    }
}
