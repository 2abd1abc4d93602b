//! Whether somebody speaks, by level alone: cheap enough for every packet of a leg. It tells speech from a quiet line, not from music
//! or from a noisy one; who has to know what was said uses a better ear.

use crate::level::rms;

/// 20 ms at 8 kHz.
const FRAME: usize = 160;
/// So much above the line's own noise is a voice.
const ABOVE_NOISE: f32 = 9.0;
/// Softer than this nobody speaks into a telephone.
const SOFTEST: f32 = -48.0;
/// Where a line's noise may lie; a louder one counts as a voice.
const NOISE: std::ops::RangeInclusive<f32> = -75.0..=-42.0;
/// How fast noise is believed to have become louder, in dB per frame; that it became softer is believed at once.
const RISE: f32 = 0.05;
/// Frames of voice in a row before it is speech and no click.
const VOICE: u32 = 3;
/// Frames without voice before somebody has stopped speaking: pauses between words are shorter.
const QUIET: u32 = 25;

/// Listens to one party.
#[derive(Clone, Debug)]
pub struct TalkDetector {
    noise: f32,
    loud: u32,
    quiet: u32,
    talking: Option<bool>,
}

impl Default for TalkDetector {
    fn default() -> Self {
        TalkDetector { noise: -60.0, loud: 0, quiet: 0, talking: None }
    }
}

impl TalkDetector {
    /// The samples of a packet. `Some`: it changed, or is known for the first time.
    pub fn hear(&mut self, samples: &[i16]) -> Option<bool> {
        let before = self.talking;
        for frame in samples.chunks(FRAME).filter(|f| f.len() * 2 >= FRAME) {
            self.frame(rms(frame));
        }
        self.talking.filter(|now| before != Some(*now))
    }

    /// Nothing came for a while. `Some(false)`: that is a change.
    pub fn nothing(&mut self) -> Option<bool> {
        (self.loud, self.quiet) = (0, QUIET);
        (self.talking.replace(false) != Some(false)).then_some(false)
    }

    fn frame(&mut self, level: f32) {
        if level > SOFTEST.max(self.noise + ABOVE_NOISE) {
            self.loud += 1;
            if self.loud >= VOICE {
                self.quiet = 0;
                self.talking = Some(true);
            }
        } else {
            self.loud = 0;
            self.quiet = self.quiet.saturating_add(1);
            if self.quiet >= QUIET {
                self.talking = Some(false);
            }
        }
        self.noise = level.min(self.noise + RISE).clamp(*NOISE.start(), *NOISE.end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::sine;

    /// Milliseconds after which it changed, and to what.
    fn changes(samples: &[i16]) -> Vec<(usize, bool)> {
        let mut detector = TalkDetector::default();
        let frames = samples.chunks(FRAME).enumerate();
        frames.filter_map(|(n, frame)| Some(((n + 1) * 20, detector.hear(frame)?))).collect()
    }

    fn sound(ms: usize, dbfs: f32) -> Vec<i16> {
        sine(310.0, dbfs, 8_000, ms * 8)
    }

    /// Noise of this level, the same in every run.
    fn noise(ms: usize, dbfs: f32) -> Vec<i16> {
        let (mut state, loud) = (1u32, 32_767.0 * 10f32.powf(dbfs / 20.0) * 1.22);
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((state >> 8) as f32 / (1 << 23) as f32 - 1.0) * loud
        };
        (0..ms * 8).map(|_| next() as i16).collect()
    }

    #[test]
    fn speech_begins_soon_and_ends_after_half_a_second() {
        let talk = [vec![0; 8_000], sound(2_000, -20.0), vec![0; 8_000]].concat();
        assert_eq!(changes(&talk), [(500, false), (1_060, true), (3_500, false)]);
    }

    #[test]
    fn pauses_between_words_and_clicks_change_nothing() {
        let words = [sound(400, -25.0), vec![0; 300 * 8]].concat().repeat(5);
        assert_eq!(changes(&words), [(60, true)]);
        let clicks = [vec![0; 800 * 8], sound(40, -10.0)].concat().repeat(5);
        assert_eq!(changes(&clicks), [(500, false)]);
    }

    #[test]
    fn soft_voices_count_and_the_noise_of_the_line_does_not() {
        for (line, voice) in [(-90.0, -40.0), (-60.0, -38.0), (-50.0, -30.0)] {
            let silent = noise(4_000, line);
            let mut talk = noise(2_000, line);
            talk.iter_mut().zip(sound(2_000, voice)).for_each(|(noise, voice)| *noise += voice);
            let all = [silent.clone(), talk, silent].concat();
            let found: Vec<bool> = changes(&all).into_iter().map(|(_, talking)| talking).collect();
            assert_eq!(found, [false, true, false], "a voice of {voice} on a line of {line}");
        }
    }

    #[test]
    fn a_phone_that_sends_nothing_is_quiet() {
        let mut detector = TalkDetector::default();
        assert_eq!((detector.nothing(), detector.nothing()), (Some(false), None));
        assert_eq!(detector.hear(&sound(60, -20.0)), Some(true));
        assert_eq!((detector.nothing(), detector.nothing()), (Some(false), None));
        assert_eq!(detector.hear(&sound(20, -20.0)), None);
        assert_eq!(detector.hear(&sound(40, -20.0)), Some(true));
        assert_eq!(detector.hear(&[]), None);
    }
}
