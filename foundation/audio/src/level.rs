//! How loud. A full-scale sine is 0 dBFS, by peak and by RMS.

/// What silence measures.
pub const SILENCE: f32 = -120.0;
/// Where system prompts are levelled: clear on every phone, with room above for the loud syllables.
pub const SPEECH: f32 = -19.0;
/// No sample of a normalised clip is louder.
pub const CEILING: f32 = -1.0;

const FULL: f64 = 32_767.0;
/// 20 ms at 8 kHz: the span over which speech has one level.
const FRAME: usize = 160;
/// A recording of noise alone is not lifted to the level of speech.
const MOST_GAIN: f32 = 30.0;

pub fn peak(samples: &[i16]) -> f32 {
    let peak = samples.iter().map(|s| s.unsigned_abs()).max().unwrap_or(0);
    amplitude_dbfs(f64::from(peak) / FULL)
}

pub fn rms(samples: &[i16]) -> f32 {
    amplitude_dbfs((2.0 * mean_square(samples)).sqrt() / FULL)
}

/// RMS of the frames in which somebody speaks: those within 25 dB of the loudest. Pauses do not count, so a slow
/// speaker is not taken for a quiet one.
pub fn speech(samples: &[i16]) -> f32 {
    let frames: Vec<f64> = samples.chunks(FRAME).filter(|f| f.len() * 2 >= FRAME).map(mean_square).collect();
    let loudest = frames.iter().copied().fold(0.0, f64::max);
    let active: Vec<f64> = frames.into_iter().filter(|f| *f > 0.0 && *f >= loudest / 316.0).collect();
    if active.is_empty() {
        return rms(samples);
    }
    amplitude_dbfs((2.0 * active.iter().sum::<f64>() / active.len() as f64).sqrt() / FULL)
}

/// Bring speech to `target` dBFS, without any peak above [`CEILING`]. Silence stays silence. Returns the gain in dB.
pub fn normalise(samples: &mut [i16], target: f32) -> f32 {
    let loud = peak(samples);
    if loud <= SILENCE {
        return 0.0;
    }
    let gain = (target - speech(samples)).min(CEILING - loud).min(MOST_GAIN);
    amplify(samples, gain);
    gain
}

/// Make louder (or with a negative gain softer); what does not fit is clipped.
pub fn amplify(samples: &mut [i16], gain: f32) {
    let factor = 10f64.powf(f64::from(gain) / 20.0);
    for sample in samples {
        *sample = to_sample(f64::from(*sample) * factor);
    }
}

/// The amplitude in samples of a sine of this level.
pub(crate) fn amplitude(dbfs: f32) -> f64 {
    FULL * 10f64.powf(f64::from(dbfs) / 20.0)
}

pub(crate) fn amplitude_dbfs(of_full: f64) -> f32 {
    if of_full <= 1e-6 { SILENCE } else { (20.0 * of_full.log10()) as f32 }
}

/// Round and clip to 16 bit.
pub(crate) fn to_sample(value: f64) -> i16 {
    value.round().clamp(-32_768.0, 32_767.0) as i16
}

fn mean_square(samples: &[i16]) -> f64 {
    if samples.is_empty() {
        return 0.0;
    }
    samples.iter().map(|s| f64::from(*s) * f64::from(*s)).sum::<f64>() / samples.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone;

    #[test]
    fn a_sine_measures_what_it_was_made_with() {
        for dbfs in [0.0, -6.0, -20.0, -40.0] {
            let sine = tone::sine(1_004.0, dbfs, 8_000, 8_000);
            assert!((rms(&sine) - dbfs).abs() < 0.1, "rms {} of {dbfs}", rms(&sine));
            assert!((peak(&sine) - dbfs).abs() < 0.1, "peak {} of {dbfs}", peak(&sine));
        }
        assert_eq!(rms(&[]), SILENCE);
        assert_eq!(peak(&[0; 100]), SILENCE);
    }

    #[test]
    fn pauses_do_not_make_speech_quiet() {
        let mut talk = tone::sine(400.0, -30.0, 8_000, 8_000);
        talk.extend(vec![0; 24_000]);
        assert!((rms(&talk) - -36.0).abs() < 0.2);
        assert!((speech(&talk) - -30.0).abs() < 0.2);
        let gain = normalise(&mut talk, SPEECH);
        assert!((gain - 11.0).abs() < 0.2, "gain {gain}");
        assert!((speech(&talk) - SPEECH).abs() < 0.2);
    }

    #[test]
    fn no_peak_is_clipped_and_silence_stays() {
        let mut click = vec![20; 8_000];
        click[4_000] = 20_000;
        normalise(&mut click, SPEECH);
        assert!(peak(&click) <= CEILING + 0.01);
        let mut nothing = vec![0; 800];
        assert_eq!(normalise(&mut nothing, SPEECH), 0.0);
        assert!(nothing.iter().all(|s| *s == 0));
        let mut loud = vec![30_000, -30_000];
        amplify(&mut loud, 6.0);
        assert_eq!(loud, [32_767, -32_768]);
    }
}
