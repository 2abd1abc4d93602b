//! The third-octave bands of ESTOI: 15 of them from 150 Hz on, of frames of 25.6 ms at 10 kHz.

use std::f64::consts::PI;

pub(crate) const RATE: u32 = 10_000;
pub(crate) const FRAME: usize = 256;
pub(crate) const STEP: usize = 128;
pub(crate) const BANDS: usize = 15;
const LOWEST_HZ: f64 = 150.0;
const POINTS: usize = 512;

/// Makes the bands of frames.
pub(crate) struct Bands {
    window: Vec<f64>,
    /// First bin of each band, and the first beyond it.
    edges: Vec<(usize, usize)>,
    /// Sine and cosine of the parts of half a turn.
    turns: Vec<(f64, f64)>,
}

impl Bands {
    pub(crate) fn new() -> Bands {
        let window = (1..=FRAME).map(|n| 0.5 - 0.5 * (2.0 * PI * n as f64 / (FRAME + 1) as f64).cos()).collect();
        let bin = |hz: f64| (hz * POINTS as f64 / f64::from(RATE)).round() as usize;
        let centre = |band: usize| LOWEST_HZ * 2f64.powf(band as f64 / 3.0);
        let half = 2f64.powf(1.0 / 6.0);
        let edges = (0..BANDS).map(|band| (bin(centre(band) / half), bin(centre(band) * half))).collect();
        let turns = (0..POINTS / 2).map(|k| (-2.0 * PI * k as f64 / POINTS as f64).sin_cos()).collect();
        Bands { window, edges, turns }
    }

    /// How strong each band is in a frame.
    pub(crate) fn of(&self, frame: &[f64]) -> [f64; BANDS] {
        let mut re = vec![0.0; POINTS];
        let mut im = vec![0.0; POINTS];
        for ((place, sample), window) in re.iter_mut().zip(frame).zip(&self.window) {
            *place = sample * window;
        }
        transform(&mut re, &mut im, &self.turns);
        let mut strengths = [0.0; BANDS];
        for (strength, (from, to)) in strengths.iter_mut().zip(&self.edges) {
            *strength = (*from..*to).map(|k| re[k] * re[k] + im[k] * im[k]).sum::<f64>().sqrt();
        }
        strengths
    }
}

/// Fourier, in place, by halves (Cooley and Tukey).
fn transform(re: &mut [f64], im: &mut [f64], turns: &[(f64, f64)]) {
    let n = re.len();
    let mut j = 0;
    for i in 1..n {
        let mut bit = n >> 1;
        while j & bit != 0 {
            j ^= bit;
            bit >>= 1;
        }
        j |= bit;
        if i < j {
            re.swap(i, j);
            im.swap(i, j);
        }
    }
    let mut span = 2;
    while span <= n {
        for start in (0..n).step_by(span) {
            for k in 0..span / 2 {
                let (sin, cos) = turns[k * (n / span)];
                let (a, b) = (start + k, start + k + span / 2);
                let (r, i) = (re[b] * cos - im[b] * sin, re[b] * sin + im[b] * cos);
                (re[b], im[b]) = (re[a] - r, im[a] - i);
                (re[a], im[a]) = (re[a] + r, im[a] + i);
            }
        }
        span *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_is_in_its_band() {
        let bands = Bands::new();
        for (band, hz) in [(0, 150.0), (5, 476.2), (9, 1_200.0), (14, 3_809.8)] {
            let tone: Vec<f64> = (0..FRAME).map(|n| (2.0 * PI * hz * n as f64 / f64::from(RATE)).sin()).collect();
            let strengths = bands.of(&tone);
            let strongest = (0..BANDS).max_by(|a, b| strengths[*a].total_cmp(&strengths[*b]));
            assert_eq!(strongest, Some(band), "{hz} Hz: {strengths:?}");
        }
    }
}
