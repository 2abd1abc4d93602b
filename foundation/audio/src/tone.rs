//! Tones: to make them, to play a country's call progress, to find them again in a test or on a line.

use crate::level::{SILENCE, amplitude, amplitude_dbfs, to_sample};
use crate::{Clip, RATE};
use std::f64::consts::{PI, TAU};

/// Whose telephone network the caller is used to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Country {
    Cn,
    De,
    Uk,
    #[default]
    Us,
}

/// What the network tells a caller without words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Progress {
    Dial,
    Ringback,
    Busy,
    Congestion,
}

/// The frequencies of a tone, together, and how it pulses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cadence {
    pub hz: &'static [f32],
    /// (sound, silence) in milliseconds, in a circle.
    pub pulses: &'static [(u32, u32)],
}

impl Country {
    /// By ISO 3166 code; `gb` is the United Kingdom's own.
    pub fn parse(code: &str) -> Option<Country> {
        match code.to_ascii_lowercase().as_str() {
            "cn" => Some(Country::Cn),
            "de" => Some(Country::De),
            "uk" | "gb" => Some(Country::Uk),
            "us" => Some(Country::Us),
            _ => None,
        }
    }
}

/// ITU-T E.180 supplement 2: the tones of the nations.
pub const fn cadence(country: Country, progress: Progress) -> Cadence {
    use Progress::{Busy, Congestion, Dial, Ringback};
    const ON: &[(u32, u32)] = &[(1_000, 0)];
    let (hz, pulses): (&[f32], &[(u32, u32)]) = match (country, progress) {
        (Country::Cn, Dial) => (&[450.0], ON),
        (Country::Cn, Ringback) => (&[450.0], &[(1_000, 4_000)]),
        (Country::Cn, Busy) => (&[450.0], &[(350, 350)]),
        (Country::Cn, Congestion) => (&[450.0], &[(700, 700)]),
        (Country::De, Dial) => (&[425.0], ON),
        (Country::De, Ringback) => (&[425.0], &[(1_000, 4_000)]),
        (Country::De, Busy) => (&[425.0], &[(480, 480)]),
        (Country::De, Congestion) => (&[425.0], &[(240, 240)]),
        (Country::Uk | Country::Us, Dial) => (&[350.0, 440.0], ON),
        (Country::Uk, Ringback) => (&[400.0, 450.0], &[(400, 200), (400, 2_000)]),
        (Country::Uk, Busy) => (&[400.0], &[(375, 375)]),
        (Country::Uk, Congestion) => (&[400.0], &[(400, 350), (225, 525)]),
        (Country::Us, Ringback) => (&[440.0, 480.0], &[(2_000, 4_000)]),
        (Country::Us, Busy) => (&[480.0, 620.0], &[(500, 500)]),
        (Country::Us, Congestion) => (&[480.0, 620.0], &[(250, 250)]),
    };
    Cadence { hz, pulses }
}

/// One circle of a tone, to be played again and again without a click. `dbfs` is the level of each frequency.
pub fn progress(country: Country, progress: Progress, dbfs: f32) -> Clip {
    let Cadence { hz, pulses } = cadence(country, progress);
    let mut samples = Vec::new();
    for (on, off) in pulses {
        let mut pulse = mix(hz, dbfs, RATE, (on * RATE / 1_000) as usize);
        if *off > 0 {
            soften(&mut pulse, (RATE / 200) as usize);
        }
        samples.append(&mut pulse);
        samples.resize(samples.len() + (off * RATE / 1_000) as usize, 0);
    }
    Clip::new(samples)
}

pub fn sine(hz: f32, dbfs: f32, rate: u32, samples: usize) -> Vec<i16> {
    mix(&[hz], dbfs, rate, samples)
}

/// Two tones at once, each of this level.
pub fn dual(hz: (f32, f32), dbfs: f32, rate: u32, samples: usize) -> Vec<i16> {
    mix(&[hz.0, hz.1], dbfs, rate, samples)
}

/// Any number of tones at once, each of this level.
pub fn mix(hz: &[f32], dbfs: f32, rate: u32, samples: usize) -> Vec<i16> {
    let (amplitude, rate) = (amplitude(dbfs), f64::from(rate.max(1)));
    (0..samples)
        .map(|n| to_sample(hz.iter().map(|hz| (TAU * f64::from(*hz) * n as f64 / rate).sin()).sum::<f64>() * amplitude))
        .collect()
}

/// The level of one frequency in all of these samples (Goertzel under a Hann window: what lies four bins away, that is
/// `4 × rate ÷ samples` hertz, does not leak in).
pub fn measure(samples: &[i16], rate: u32, hz: f32) -> f32 {
    let power = windowed_power(samples, f64::from(hz) / f64::from(rate.max(1)));
    amplitude_dbfs(power.sqrt() / 32_767.0)
}

/// The strongest frequency of the loudest half second, in hertz; 0 when there is nothing to hear.
pub fn dominant(samples: &[i16], rate: u32) -> f32 {
    let span = samples.len().min((rate / 2) as usize);
    if span < 16 {
        return 0.0;
    }
    let energy = |s: &[i16]| s.iter().map(|s| i64::from(*s) * i64::from(*s)).sum::<i64>();
    let loudest = samples.windows(span).step_by((span / 4).max(1)).max_by_key(|w| energy(w)).unwrap_or(samples);
    if energy(loudest) == 0 {
        return 0.0;
    }
    // Every bin of a quarter of the span, then the best one ever more finely.
    let coarse = &loudest[..(span / 4).max(16)];
    let bin = 1.0 / coarse.len() as f64;
    let best = |from: f64, step: f64, steps: usize, of: &[i16]| {
        (0..=steps)
            .map(|i| from + step * i as f64)
            .filter(|f| (0.0..=0.5).contains(f))
            .map(|f| (f, windowed_power(of, f)))
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .map_or(0.0, |(f, _)| f)
    };
    let mut found = best(bin, bin, coarse.len() / 2 - 1, coarse);
    let mut step = bin;
    for of in [coarse, loudest, loudest, loudest] {
        let fine = step / 8.0;
        found = best(found - step, fine, 16, of);
        step = fine;
    }
    (found * f64::from(rate)) as f32
}

/// Squared amplitude of the frequency (in cycles per sample).
fn windowed_power(samples: &[i16], frequency: f64) -> f64 {
    let length = samples.len();
    if length < 2 {
        return 0.0;
    }
    let coefficient = 2.0 * (TAU * frequency).cos();
    let (mut last, mut before, mut weights) = (0.0, 0.0, 0.0);
    // The window's cosine by recurrence, as cheap as the filter itself.
    let turn = TAU / length as f64;
    let (rotate_sin, rotate_cos) = turn.sin_cos();
    let (mut sin, mut cos) = (turn / 2.0).sin_cos();
    for sample in samples {
        let weight = 0.5 - 0.5 * cos;
        (sin, cos) = (sin * rotate_cos + cos * rotate_sin, cos * rotate_cos - sin * rotate_sin);
        weights += weight;
        (last, before) = (f64::from(*sample) * weight + coefficient * last - before, last);
    }
    // A real tone shows half its amplitude at +f, but all of it where +f and −f fall together.
    let share = if frequency <= 0.0 || frequency >= 0.5 { 1.0 } else { 2.0 };
    let power = last * last + before * before - coefficient * last * before;
    power.max(0.0) * (share / weights) * (share / weights)
}

/// Raised-cosine edges, so that a pulse does not click.
pub(crate) fn soften(samples: &mut [i16], edge: usize) {
    let edge = edge.min(samples.len() / 2);
    let length = samples.len();
    for i in 0..edge {
        let weight = 0.5 - 0.5 * (PI * (i as f64 + 0.5) / edge as f64).cos();
        samples[i] = to_sample(f64::from(samples[i]) * weight);
        samples[length - 1 - i] = to_sample(f64::from(samples[length - 1 - i]) * weight);
    }
}

/// Is this what silence measures?
pub fn is_silence(dbfs: f32) -> bool {
    dbfs <= SILENCE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level;

    #[test]
    fn what_is_made_is_measured() {
        for (hz, rate) in [(440.0, 8_000), (1_004.0, 8_000), (3_300.0, 8_000), (997.0, 16_000), (6_000.0, 48_000)] {
            for dbfs in [-3.0, -20.0, -45.0] {
                let sine = sine(hz, dbfs, rate, rate as usize / 2);
                let at = measure(&sine, rate, hz);
                assert!((at - dbfs).abs() < 0.2, "{hz} Hz of {dbfs} dBFS measured {at}");
                let beside = measure(&sine, rate, hz * 1.1);
                assert!(beside < at - 40.0 || beside < -85.0, "{hz} Hz leaks {beside} at {at}");
            }
        }
        assert!(is_silence(measure(&[0; 800], 8_000, 440.0)));
        assert!(is_silence(measure(&[], 8_000, 440.0)));
    }

    #[test]
    fn the_dominant_tone_is_found() {
        for hz in [300.0, 425.0, 440.7, 1_633.0, 3_399.0] {
            let found = dominant(&sine(hz, -12.0, 8_000, 6_000), 8_000);
            assert!((found - hz).abs() < 0.5, "{hz} found as {found}");
        }
        // Short, with silence around it, and with a weaker tone beside it.
        let mut busy = vec![0; 4_000];
        busy.extend(sine(620.0, -10.0, 8_000, 2_000).iter().zip(sine(480.0, -16.0, 8_000, 2_000)).map(|(a, b)| a + b));
        busy.extend([0; 4_000]);
        assert!((dominant(&busy, 8_000) - 620.0).abs() < 2.0);
        assert_eq!(dominant(&[0; 8_000], 8_000), 0.0);
        assert_eq!(dominant(&[1; 4], 8_000), 0.0);
    }

    #[test]
    fn every_country_pulses_as_its_people_know_it() {
        for (country, kind, hz, first_on, whole) in [
            (Country::Cn, Progress::Ringback, 450.0, 1_000, 5_000),
            (Country::Cn, Progress::Busy, 450.0, 350, 700),
            (Country::De, Progress::Ringback, 425.0, 1_000, 5_000),
            (Country::De, Progress::Busy, 425.0, 480, 960),
            (Country::Uk, Progress::Ringback, 400.0, 400, 3_000),
            (Country::Uk, Progress::Busy, 400.0, 375, 750),
            (Country::Us, Progress::Ringback, 440.0, 2_000, 6_000),
            (Country::Us, Progress::Busy, 480.0, 500, 1_000),
        ] {
            let clip = progress(country, kind, -19.0);
            assert_eq!(clip.duration().as_millis(), whole, "{country:?} {kind:?}");
            let (on, off) = clip.samples().split_at(first_on * 8);
            let level = measure(&on[80..on.len() - 80], 8_000, hz);
            assert!((level - -19.0).abs() < 0.5, "{country:?} {kind:?} {level}");
            assert_eq!(level::peak(&off[..800.min(off.len())]), SILENCE, "{country:?} {kind:?}");
        }
    }

    #[test]
    fn a_dial_tone_goes_round_without_a_click() {
        let clip = progress(Country::Us, Progress::Dial, -19.0);
        let twice = Clip::join([&clip, &clip]);
        let straight = dual((350.0, 440.0), -19.0, 8_000, 16_000);
        assert!(twice.samples().iter().zip(&straight).all(|(a, b)| (a - b).abs() <= 1));
    }

    #[test]
    fn countries_by_code() {
        assert_eq!(Country::parse("GB"), Some(Country::Uk));
        assert_eq!(Country::parse("cn"), Some(Country::Cn));
        assert_eq!(Country::parse("xx"), None);
    }
}
