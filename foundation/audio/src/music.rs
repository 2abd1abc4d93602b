//! Hold music that belongs to nobody: a slow arpeggio, made of numbers.

use crate::level::{self, to_sample};
use crate::{Clip, RATE};
use std::f64::consts::TAU;

/// How loud, dBFS: the caller may put the phone on the desk, and is not blown away when taking it up again.
const LEVEL: f32 = -20.0;
/// 64 beats a minute, eight bars of four: thirty seconds.
const NOTE: usize = RATE as usize * 15 / 32;
const NOTES_A_BAR: usize = 8;
/// How long a note rings on, in notes.
const RING: usize = 6;

/// Up and down the chord, so that neighbouring notes never clash: MIDI numbers, all within the telephone's band.
const BARS: [[u8; 4]; 8] = [
    [60, 64, 67, 71], // C major seventh
    [57, 64, 67, 72], // A minor seventh
    [65, 69, 72, 76], // F major seventh
    [62, 67, 71, 74], // G
    [64, 67, 71, 76], // E minor
    [57, 64, 69, 72], // A minor
    [62, 65, 69, 72], // D minor seventh
    [67, 71, 74, 77], // G seventh, which leads back to the first bar
];
const ORDER: [usize; NOTES_A_BAR] = [0, 1, 2, 3, 2, 3, 1, 2];

/// Thirty seconds to be repeated: what rings at the end rings on at the beginning.
pub fn hold() -> Clip {
    let length = BARS.len() * NOTES_A_BAR * NOTE;
    let mut sound = vec![0.0; length];
    for (bar, chord) in BARS.iter().enumerate() {
        let start = bar * NOTES_A_BAR * NOTE;
        for (place, step) in ORDER.iter().enumerate() {
            let accent = if place == 0 { 1.0 } else { 0.7 };
            pluck(&mut sound, start + place * NOTE, hertz(chord[*step]), accent);
        }
        for tone in &chord[..3] {
            pad(&mut sound, start, hertz(*tone), 0.16);
        }
    }
    let loudest = sound.iter().fold(1.0, |most: f64, s| most.max(s.abs()));
    let mut samples: Vec<i16> = sound.iter().map(|s| to_sample(s / loudest * 16_000.0)).collect();
    let gain = LEVEL - level::rms(&samples);
    level::amplify(&mut samples, gain);
    Clip::new(samples)
}

/// A soft bell: overtones die before the ground tone does.
fn pluck(sound: &mut [f64], start: usize, hz: f64, accent: f64) {
    let length = RING * NOTE;
    for n in 0..length {
        let t = n as f64 / f64::from(RATE);
        let attack = (t / 0.012).min(1.0);
        let end = ((length - n) as f64 / 800.0).min(1.0);
        let tone: f64 = [(1.0, 1.0, 1.6), (2.0, 0.28, 3.0), (3.0, 0.10, 5.0)]
            .iter()
            .map(|(nth, share, decay)| share * (-t * decay).exp() * (TAU * hz * nth * t).sin())
            .sum();
        let at = (start + n) % sound.len();
        sound[at] += accent * attack * end * tone;
    }
}

/// A breath under the bar, swelling and fading over it and a note more.
fn pad(sound: &mut [f64], start: usize, hz: f64, share: f64) {
    let length = (NOTES_A_BAR + 1) * NOTE;
    for n in 0..length {
        let swell = (std::f64::consts::PI * n as f64 / length as f64).sin();
        let at = (start + n) % sound.len();
        sound[at] += share * swell * swell * (TAU * hz * n as f64 / f64::from(RATE)).sin();
    }
}

fn hertz(midi: u8) -> f64 {
    440.0 * 2f64.powf((f64::from(midi) - 69.0) / 12.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone;

    #[test]
    fn thirty_gentle_seconds() {
        let music = hold();
        assert_eq!(music.duration().as_secs(), 30);
        assert!((level::rms(music.samples()) - LEVEL).abs() < 0.2);
        assert!(level::peak(music.samples()) < -6.0, "peak {}", level::peak(music.samples()));
        for second in music.samples().chunks(8_000) {
            let loud = level::rms(second);
            assert!((-27.0..-15.0).contains(&loud), "a second of {loud} dBFS");
        }
        assert!(tone::measure(&music.samples()[..8_000], 8_000, 261.63) > -35.0, "starts in C");
        assert_eq!(music, hold(), "the same each time");
    }

    /// The step from the last sample to the first is one as between any two.
    #[test]
    fn the_loop_has_no_seam() {
        let music = hold();
        let samples = music.samples();
        let steps = |s: &[i16]| s.windows(2).map(|w| (i32::from(w[1]) - i32::from(w[0])).abs()).max().unwrap();
        let seam: Vec<i16> = samples[samples.len() - 40..].iter().chain(&samples[..40]).copied().collect();
        assert!(steps(&seam) <= steps(samples));
        assert!(level::rms(&samples[samples.len() - 800..]) > -35.0, "it rings on to the end");
    }
}
