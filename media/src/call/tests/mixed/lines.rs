//! Speech over a bad network, codec by codec.

use super::*;
use std::f32::consts::PI;

/// What is heard is compared with what would have been heard over a network without faults, in stretches of a quarter of
/// a second, each where it fits best (the buffer moves): mean distance of the spectra, dB, and signal to noise, dB.
fn score(clean: &[i16], heard: &[i16]) -> (f32, f32) {
    const STRETCH: usize = 2_000;
    let (mut distances, mut noises) = (Vec::new(), Vec::new());
    for (at, stretch) in clean.chunks_exact(STRETCH).enumerate().skip(2) {
        if rms(stretch) < -45.0 {
            continue;
        }
        let from = (at * STRETCH).saturating_sub(1_600);
        let fit = |offset: &usize| {
            let there = &heard[*offset..*offset + STRETCH];
            let product: f32 = stretch.iter().zip(there).map(|(a, b)| f32::from(*a) * f32::from(*b)).sum();
            product / there.iter().map(|b| f32::from(*b) * f32::from(*b)).sum::<f32>().max(1.0).sqrt()
        };
        let offsets = from..(from + 3_200).min(heard.len() - STRETCH);
        let Some(best) = offsets.max_by(|a, b| fit(a).total_cmp(&fit(b))) else { break };
        for (a, b) in stretch.chunks_exact(200).zip(heard[best..best + STRETCH].chunks_exact(200)) {
            if rms(a) < -45.0 {
                continue;
            }
            let (x, y) = (bands(a), bands(b));
            distances.push((x.iter().zip(&y).map(|(x, y)| (x - y) * (x - y)).sum::<f32>() / x.len() as f32).sqrt());
            let wrong: Vec<i16> = a.iter().zip(b).map(|(a, b)| a.saturating_sub(*b)).collect();
            noises.push((rms(a) - rms(&wrong)).clamp(-10.0, 35.0));
        }
    }
    let mean = |all: &[f32]| all.iter().sum::<f32>() / all.len() as f32;
    (mean(&distances), mean(&noises))
}

/// Power in 18 bands of 25 ms of sound, dB, no lower than what nobody hears.
fn bands(frame: &[i16]) -> Vec<f32> {
    (0..18)
        .map(|band| {
            let hz = 200.0 + band as f32 * 180.0;
            let (mut real, mut imaginary) = (0f32, 0f32);
            for (n, sample) in frame.iter().enumerate() {
                let window = 0.5 - 0.5 * (2.0 * PI * n as f32 / frame.len() as f32).cos();
                let (sin, cos) = (2.0 * PI * hz * n as f32 / 8_000.0).sin_cos();
                real += f32::from(*sample) * window * cos;
                imaginary += f32::from(*sample) * window * sin;
            }
            10.0 * (real * real + imaginary * imaginary).max(1e7).log10()
        })
        .collect()
}

fn speech() -> Vec<i16> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../asr/tests/data/en/lj001-0005.wav");
    let wav = std::fs::read(path).expect("the speech");
    let data = wav.windows(4).position(|w| w == b"data").expect("a data chunk") + 8;
    wav[data..].chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]])).collect()
}

/// Speech from leg 1, over a network of this loss and jitter, as leg 2 hears it, at 8 kHz.
fn through(from: Codec, to: Codec, lost: u32, jitter_us: u32) -> Vec<i16> {
    let mut bench = Bench::new();
    let mut parties = [Party::join(&mut bench, 1, from, ""), Party::join(&mut bench, 2, to, "")];
    bench.hear(2, 1);
    // A telephone that protects itself, and does so whether anything is lost or not.
    parties[0].encoder.expect_loss(0.05);
    let mut state = 4_711u32;
    let mut chance = |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((u64::from(state >> 8) * u64::from(below)) >> 24) as u32
    };
    let mut on_the_way = Vec::new();
    let mut speech = speech();
    speech.resize(speech.len() + 16_000, 0);
    for (n, frame) in speech.chunks_exact(320).enumerate() {
        let (header, payload) = parties[0].packet(frame);
        let at = T0 + Duration::from_micros(n as u64 * 20_000 + u64::from(chance(jitter_us + 1)));
        if chance(1_000) >= lost {
            on_the_way.push((at, header, payload.clone()));
            if lost > 0 && chance(100) < 2 {
                on_the_way.push((at + Duration::from_millis(5), header, payload));
            }
        }
    }
    on_the_way.sort_by_key(|(at, ..)| *at);
    for (at, header, payload) in on_the_way {
        let wait = at.since(bench.now);
        bench.pass(wait);
        bench.packet(1, header, &payload);
        parties[1].hear(&mut bench);
    }
    bench.pass(Duration::from_millis(300));
    parties[1].hear(&mut bench);
    resample::resample(&parties[1].heard, RATE, 8_000)
}

/// Rows: S4.4
#[test]
fn speech_over_a_bad_network() {
    // 5 % lost, 40 ms of jitter with reordering, 2 % doubled. The bounds lie between what is reached and what is heard
    // without concealment.
    for (from, to, most_distance, least_noise) in [
        (Codec::Pcmu, Codec::Opus, 2.5, 10.0),
        (Codec::Opus, Codec::Pcmu, 1.5, 20.0),
        (Codec::G722, Codec::Pcma, 2.0, 15.0),
        (Codec::Pcmu, Codec::G722, 2.0, 15.0),
    ] {
        let clean = through(from, to, 0, 0);
        let (distance, noise) = score(&clean, &through(from, to, 50, 40_000));
        eprintln!("{from:?} → {to:?}: spectral distance {distance:.2} dB, segmental SNR {noise:.1} dB");
        assert!(distance < most_distance && noise > least_noise, "{from:?} → {to:?}: {distance} dB, {noise} dB");
    }
}
