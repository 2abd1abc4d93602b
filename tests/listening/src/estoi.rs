//! The extended short-time objective intelligibility (Jensen and Taal, "An Algorithm for Predicting the Intelligibility of
//! Speech Masked by Modulated Noise Maskers", IEEE/ACM TASLP 24 (2016) 2009–2022): how alike the third-octave bands of what
//! was said and of what was heard rise and fall, in pieces of 384 ms, each band and then each moment made equally important.
//!
//! It differs from the paper where telephones do. A jitter buffer plays a little later or earlier from one word to the next,
//! which nobody hears: so each piece is compared where it fits best, near where the one before it did. Pieces follow each
//! other by half their length, and those with less than half speech are left out, in place of the paper's joining of the
//! frames that are not silent (which would hide when something was heard).

use crate::spectrum::{BANDS, Bands, FRAME, RATE, STEP};
use ringdesk_audio::resample::resample;

/// Frames of a piece: 384 ms.
const PIECE: usize = 30;
const SPAN: usize = (PIECE - 1) * STEP + FRAME;
/// Frames so far below the loudest are no speech, dB.
const QUIET: f64 = 40.0;
/// From one piece to the next, what is heard moves no further than this (60 ms), in samples.
const MOVES: i64 = 600;
/// And at the beginning it is looked for so far away: by the energy of every 10 ms.
const BLOCK: usize = 100;

/// What came of the comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Heard {
    /// 0 to 1.
    pub score: f64,
    /// Pieces with speech that were compared.
    pub pieces: usize,
    /// How much later it was heard than said, at the first piece, in milliseconds.
    pub delay_ms: i64,
    /// How far the delay moved afterwards.
    pub moved_ms: i64,
}

/// How much of what was said was heard. Both at this rate; what was heard may begin at any time before or after.
pub fn estoi(said: &[i16], heard: &[i16], rate: u32) -> Heard {
    let said = samples(said, rate);
    let heard = samples(heard, rate);
    let bands = Bands::new();
    let loudest = said.chunks(FRAME).map(power).fold(0.0, f64::max);
    let threshold = loudest * 10f64.powf(-QUIET / 10.0);
    let mut lag = coarse(&said, &heard);
    let (mut sum, mut pieces) = (0.0, 0);
    let (mut first, mut least, mut most) = (None, i64::MAX, i64::MIN);
    let mut from = 0;
    while from + SPAN <= said.len() {
        let piece = &said[from..from + SPAN];
        let speech = piece.windows(FRAME).step_by(STEP).filter(|frame| power(frame) > threshold).count();
        if 2 * speech >= PIECE {
            lag = near(piece, &heard, from as i64, lag);
            first.get_or_insert(lag);
            (least, most) = (least.min(lag), most.max(lag));
            sum += alike(&bands, piece, &cut(&heard, from as i64 + lag));
            pieces += 1;
        }
        from += PIECE / 2 * STEP;
    }
    let ms = |samples: i64| samples * 1_000 / i64::from(RATE);
    let moved_ms = if pieces == 0 { 0 } else { ms(most - least) };
    Heard { score: sum / pieces.max(1) as f64, pieces, delay_ms: ms(first.unwrap_or(0)), moved_ms }
}

fn samples(sound: &[i16], rate: u32) -> Vec<f64> {
    resample(sound, rate, RATE).into_iter().map(f64::from).collect()
}

fn power(frame: &[f64]) -> f64 {
    frame.iter().map(|s| s * s).sum::<f64>() / frame.len().max(1) as f64
}

/// A piece of what was heard; where there is nothing, silence.
fn cut(heard: &[f64], from: i64) -> Vec<f64> {
    (from..from + SPAN as i64)
        .map(|at| usize::try_from(at).ok().and_then(|at| heard.get(at)).copied().unwrap_or(0.0))
        .collect()
}

/// Where the whole fits best, by how loud it is.
fn coarse(said: &[f64], heard: &[f64]) -> i64 {
    let loudness = |sound: &[f64]| -> Vec<f64> {
        let all: Vec<f64> = sound.chunks(BLOCK).map(|block| power(block).sqrt()).collect();
        let mean = all.iter().sum::<f64>() / all.len().max(1) as f64;
        all.into_iter().map(|l| l - mean).collect()
    };
    let (said, heard) = (loudness(said), loudness(heard));
    let fits = |shift: i64| -> f64 {
        let at = |n: usize| usize::try_from(n as i64 + shift).ok().and_then(|n| heard.get(n)).copied().unwrap_or(0.0);
        said.iter().enumerate().map(|(n, s)| s * at(n)).sum()
    };
    let reach = said.len().max(heard.len()) as i64;
    let best = (-reach..=reach).map(|shift| (shift, fits(shift))).max_by(|a, b| a.1.total_cmp(&b.1));
    best.map_or(0, |(shift, _)| shift * BLOCK as i64)
}

/// Where this piece fits best, by its own shape, not far from where the one before it did.
fn near(piece: &[f64], heard: &[f64], from: i64, lag: i64) -> i64 {
    let fits = |lag: i64, step: usize| -> f64 {
        let at =
            |n: usize| usize::try_from(from + lag + n as i64).ok().and_then(|at| heard.get(at)).copied().unwrap_or(0.0);
        let (mut product, mut power) = (0.0, 1.0);
        for n in (0..SPAN).step_by(step) {
            let (a, b) = (piece[n], at(n));
            product += a * b;
            power += b * b;
        }
        product.max(0.0) * product / power
    };
    let best = |lags: &mut dyn Iterator<Item = i64>, step| {
        lags.map(|lag| (lag, fits(lag, step))).fold((lag, f64::MIN), |b, n| if n.1 > b.1 { n } else { b }).0
    };
    let rough = best(&mut (lag - MOVES..=lag + MOVES).step_by(3), 3);
    best(&mut (rough - 2..=rough + 2), 1)
}

fn alike(bands: &Bands, said: &[f64], heard: &[f64]) -> f64 {
    let (said, heard) = (shape(bands, said), shape(bands, heard));
    said.iter().flatten().zip(heard.iter().flatten()).map(|(a, b)| a * b).sum::<f64>() / PIECE as f64
}

/// Each band with mean 0 and length 1 over time, then each moment over the bands.
fn shape(bands: &Bands, piece: &[f64]) -> Vec<[f64; BANDS]> {
    let mut shape: Vec<[f64; BANDS]> = piece.windows(FRAME).step_by(STEP).map(|frame| bands.of(frame)).collect();
    for band in 0..BANDS {
        let mut row: Vec<f64> = shape.iter().map(|moment| moment[band]).collect();
        normalise(&mut row);
        for (moment, value) in shape.iter_mut().zip(row) {
            moment[band] = value;
        }
    }
    for moment in &mut shape {
        normalise(moment);
    }
    shape
}

fn normalise(values: &mut [f64]) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter_mut().for_each(|v| *v -= mean);
    let length = values.iter().map(|v| v * v).sum::<f64>().sqrt() + 1e-9;
    values.iter_mut().for_each(|v| *v /= length);
}

#[cfg(test)]
mod tests;
