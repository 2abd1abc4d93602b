use super::*;
use crate::Sentence;
use std::path::Path;

fn said() -> Vec<i16> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../asr/tests/data");
    Sentence::read(&folder, "en/lj001-0005.wav").unwrap().sound
}

/// White noise of this level against the speech's own, dB.
fn noisy(said: &[i16], below: f64) -> Vec<i16> {
    let level = (power(&said.iter().map(|s| f64::from(*s)).collect::<Vec<_>>())).sqrt() * 10f64.powf(-below / 20.0);
    let mut state = 1u64;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) as f64 / f64::from(1u32 << 31) - 0.5) * 12f64.sqrt()
    };
    said.iter().map(|s| (f64::from(*s) + level * noise()).clamp(-32_768.0, 32_767.0) as i16).collect()
}

#[test]
fn the_same_is_one_and_nothing_is_nothing() {
    let said = said();
    let same = estoi(&said, &said, 8_000);
    assert!(same.score > 0.999 && same.pieces > 20 && same.moved_ms == 0, "{same:?}");
    assert!(estoi(&said, &[], 8_000).score.abs() < 0.01);
    assert!(estoi(&[], &said, 8_000).pieces == 0);
    // Somebody else says something else: the words are not those.
    let other: Vec<i16> = said.iter().rev().copied().collect();
    assert!(estoi(&said, &other, 8_000).score < 0.3);
}

#[test]
fn more_noise_is_less_understood() {
    let said = said();
    let scores: Vec<f64> = [30.0, 15.0, 5.0, 0.0, -5.0].map(|db| estoi(&said, &noisy(&said, db), 8_000).score).into();
    assert!(scores.windows(2).all(|w| w[0] > w[1] + 0.03), "{scores:?}");
    assert!(scores[0] > 0.85 && scores[4] < 0.5, "{scores:?}");
}

#[test]
fn later_is_not_worse_and_lost_is() {
    let said = said();
    let mut late = vec![0; 12_345];
    late.extend(&said);
    let later = estoi(&said, &late, 8_000);
    assert!(later.score > 0.98 && (later.delay_ms - 1_543).abs() <= 1, "{later:?}");
    // 30 ms more in the middle, as a buffer does that begins to wait longer.
    let mut moved = said[..said.len() / 2].to_vec();
    moved.extend(vec![0; 240]);
    moved.extend(&said[said.len() / 2..]);
    let moved = estoi(&said, &moved, 8_000);
    assert!(moved.score > 0.95 && (moved.moved_ms - 30).abs() <= 1, "{moved:?}");
    let without = |nth: usize| -> Vec<i16> {
        said.chunks(160)
            .enumerate()
            .flat_map(|(n, c)| if n % nth == 0 { vec![0; c.len()] } else { c.to_vec() })
            .collect()
    };
    let (few, many) = (estoi(&said, &without(20), 8_000).score, estoi(&said, &without(5), 8_000).score);
    assert!(few < 0.97 && many < few - 0.1, "{few} {many}");
}
