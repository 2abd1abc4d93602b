//! One track of a call, in samples and milliseconds of the call, cut into utterances. Pure.
//!
//! A voice begins when some frames in a row score above `on`, and goes on while frames score above `off`; it ends after
//! `hang_over` of anything else. Before it lies the pre-roll: a voice detector hears a consonant only when it is over.
//! Music and tones score like voices and are told from them by their steadiness; they come out as [`Cut::Ignored`].

use super::detector::{Detector, FRAME};
use crate::engine::{Clip16k, RATE};
use ringdesk_audio::level;
use ringdesk_audio::resample::Resampler;
use std::collections::VecDeque;
use std::fmt;

const FRAME_MS: u64 = FRAME as u64 * 1_000 / RATE as u64;
/// A packet may come this much early or late against the samples before it: the clock of its sender, not a gap.
const LEEWAY_MS: u64 = 60;
/// A longer gap ends an utterance; a shorter one is filled with silence.
const LONGEST_GAP_MS: u64 = 400;
/// How far back steadiness is counted, and what counts as steady there: tones and music are above 0.95, speech below 0.25.
const LOOK_BACK: usize = 16;
const JUDGED: usize = 6;
/// Where a long utterance is cut in two: at the quietest place of its last seconds.
const CUT_WITHIN_MS: u64 = 2_000;
const CUT_FRAMES: usize = 5;

/// All in milliseconds, except the scores.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Scores from 0 to 1 above which a voice begins, and goes on.
    pub on: f32,
    pub off: f32,
    /// So long above `on` before a voice is believed.
    pub start_ms: u64,
    pub pre_roll_ms: u64,
    /// So long without voice, and the utterance is over.
    pub hang_over_ms: u64,
    /// How much of that stays in the utterance.
    pub tail_ms: u64,
    /// Less voice than this is a click.
    pub min_ms: u64,
    pub max_ms: u64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            on: 0.75,
            off: 0.5,
            start_ms: 64,
            pre_roll_ms: 300,
            hang_over_ms: 600,
            tail_ms: 200,
            min_ms: 128,
            max_ms: 15_000,
        }
    }
}

/// Somebody said something. `start_ms` is the time of the clip's first sample, on the clock of the call.
#[derive(Clone, Debug, PartialEq)]
pub struct Utterance {
    pub clip: Clip16k,
    pub start_ms: u64,
    pub end_ms: u64,
    /// How much of it is voice.
    pub spoken_ms: u64,
    /// The sound came at 8 kHz: nothing above 4 kHz in it, whatever its rate says.
    pub narrow: bool,
    /// Cut because it was long: its sentence goes on in the next.
    pub unfinished: bool,
}

/// Why sound that scored like a voice is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ignored {
    /// Ring-back, busy and other tones, hold music.
    Steady,
    /// A click.
    Short,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Cut {
    /// A voice begins (or music; then [`Cut::Ignored`] follows).
    Started {
        at_ms: u64,
    },
    Said(Utterance),
    Ignored {
        start_ms: u64,
        end_ms: u64,
        why: Ignored,
    },
}

pub struct Segmenter {
    settings: Settings,
    rate: u32,
    resampler: Option<Resampler>,
    detector: Detector,
    /// Time of the first sample since the last gap, and how many have come since.
    anchor: Option<(u64, u64)>,
    /// Less than a frame, at 16 kHz.
    rest: Vec<i16>,
    /// The pre-roll, or the pre-roll and the utterance: at most `max_ms` and `pre_roll_ms`.
    sound: Vec<i16>,
    frames: Vec<Frame>,
    /// How many frames since the anchor lie before `frames`.
    gone: u64,
    recent: VecDeque<Option<bool>>,
    /// Music or a tone, by `recent`.
    machine: bool,
    talking: bool,
    /// Frames in a row: of voice before an utterance, of no voice in it.
    run: u64,
    deaf: bool,
}

#[derive(Clone, Copy)]
struct Frame {
    speech: bool,
    steady: Option<bool>,
    level: f32,
}

impl Segmenter {
    /// For sound at 8,000 or 16,000 samples per second; `None` for any other rate.
    pub fn new(settings: Settings, rate: u32) -> Option<Segmenter> {
        let resampler = match rate {
            8_000 => Some(Resampler::new(rate, RATE)),
            16_000 => None,
            _ => return None,
        };
        Some(Segmenter {
            settings,
            rate,
            resampler,
            detector: Detector::new(),
            anchor: None,
            rest: Vec::new(),
            sound: Vec::new(),
            frames: Vec::new(),
            gone: 0,
            recent: VecDeque::with_capacity(LOOK_BACK),
            machine: false,
            talking: false,
            run: 0,
            deaf: false,
        })
    }

    /// Samples, the first of them at `at_ms` of the call. Gaps and overlaps are noticed.
    pub fn hear(&mut self, at_ms: u64, samples: &[i16]) -> Vec<Cut> {
        let mut cuts = Vec::new();
        let rate = u64::from(self.rate);
        let expected = self.anchor.map(|(start, fed)| start.saturating_add(fed * 1_000 / rate));
        let mut samples = samples;
        match expected {
            None => self.anchor = Some((at_ms, 0)),
            Some(expected) if at_ms > expected.saturating_add(LONGEST_GAP_MS) => {
                self.finish_into(&mut cuts);
                self.begin(at_ms);
            }
            Some(expected) if at_ms > expected.saturating_add(LEEWAY_MS) => {
                let silence = vec![0; ((at_ms - expected) * rate / 1_000) as usize];
                self.take(&silence, &mut cuts);
            }
            // What comes twice is heard once.
            Some(expected) if at_ms.saturating_add(LEEWAY_MS) < expected => {
                let past = (expected - at_ms).saturating_mul(rate) / 1_000;
                samples = samples.get(usize::try_from(past).unwrap_or(usize::MAX)..).unwrap_or_default();
            }
            Some(_) => {}
        }
        self.take(samples, &mut cuts);
        cuts
    }

    /// Nothing more comes, or nothing for long: what was said so far.
    pub fn finish(&mut self) -> Vec<Cut> {
        let mut cuts = Vec::new();
        self.finish_into(&mut cuts);
        self.anchor = None;
        cuts
    }

    /// While deaf it hears silence, and time goes on: for masked passages, and while we play music to this party.
    pub fn set_deaf(&mut self, deaf: bool) -> Vec<Cut> {
        let mut cuts = Vec::new();
        if deaf && !self.deaf && self.talking {
            self.end(&mut cuts);
            self.sound.clear();
            self.gone += self.frames.len() as u64;
            self.frames.clear();
        }
        self.deaf = deaf;
        cuts
    }

    fn begin(&mut self, at_ms: u64) {
        self.anchor = Some((at_ms, 0));
        self.resampler = self.resampler.as_ref().map(|_| Resampler::new(self.rate, RATE));
        self.detector = Detector::new();
        self.rest.clear();
        self.sound.clear();
        self.frames.clear();
        self.recent.clear();
        self.machine = false;
        self.gone = 0;
        self.run = 0;
        self.talking = false;
    }

    fn take(&mut self, samples: &[i16], cuts: &mut Vec<Cut>) {
        if let Some((_, fed)) = &mut self.anchor {
            *fed += samples.len() as u64;
        }
        // In pieces, so that a long silence needs no long buffer.
        for piece in samples.chunks(self.rate as usize) {
            let deaf;
            let piece = if self.deaf {
                deaf = vec![0; piece.len()];
                &deaf
            } else {
                piece
            };
            match &mut self.resampler {
                Some(resampler) => resampler.process(piece, &mut self.rest),
                None => self.rest.extend_from_slice(piece),
            }
            let rest = std::mem::take(&mut self.rest);
            let frames = rest.chunks_exact(FRAME);
            self.rest = frames.remainder().to_vec();
            for frame in frames {
                self.frame(frame, cuts);
            }
        }
    }

    fn frame(&mut self, samples: &[i16], cuts: &mut Vec<Cut>) {
        let verdict = self.detector.frame(samples);
        if self.recent.len() == LOOK_BACK {
            self.recent.pop_front();
        }
        self.recent.push_back(verdict.steady);
        let judged = self.recent.iter().flatten().count();
        let steady = self.recent.iter().flatten().filter(|s| **s).count();
        self.machine = match self.machine {
            false => judged >= JUDGED && steady * 10 >= judged * 7,
            true => judged > 0 && (judged < JUDGED || steady * 10 >= judged * 4),
        };
        let enough = if self.talking || self.run > 0 { self.settings.off } else { self.settings.on };
        let speech = !self.machine && verdict.voice >= enough;
        self.sound.extend_from_slice(samples);
        self.frames.push(Frame { speech, steady: verdict.steady, level: level::rms(samples) });
        if self.talking {
            self.run = if speech { 0 } else { self.run + 1 };
            if self.run * FRAME_MS >= self.settings.hang_over_ms {
                self.end(cuts);
            } else if self.frames.len() as u64 * FRAME_MS >= self.settings.max_ms {
                self.cut(cuts);
            }
            return;
        }
        self.run = if speech { self.run + 1 } else { 0 };
        if self.run * FRAME_MS >= self.settings.start_ms {
            self.talking = true;
            let at = self.frames.len() - self.run as usize;
            cuts.push(Cut::Started { at_ms: self.time(at) });
            self.run = 0;
        } else {
            let keep = (self.settings.pre_roll_ms / FRAME_MS + self.run) as usize;
            self.forget(self.frames.len().saturating_sub(keep));
        }
    }

    /// Time of the frame at this place in `frames`.
    fn time(&self, place: usize) -> u64 {
        let start = self.anchor.map_or(0, |(start, _)| start);
        let late = self.resampler.as_ref().map_or(0, |r| r.delay() as u64 * 1_000 / u64::from(self.rate));
        start.saturating_add((self.gone + place as u64) * FRAME_MS).saturating_sub(late)
    }

    fn forget(&mut self, frames: usize) {
        self.sound.drain(..frames * FRAME);
        self.frames.drain(..frames);
        self.gone += frames as u64;
    }

    /// The voice is over: all up to the last of it, and a tail. What remains is pre-roll.
    fn end(&mut self, cuts: &mut Vec<Cut>) {
        let last = self.frames.iter().rposition(|f| f.speech).map_or(0, |at| at + 1);
        let upto = (last + (self.settings.tail_ms / FRAME_MS) as usize).min(self.frames.len());
        cuts.push(self.said(upto, false));
        self.forget(upto);
        self.talking = false;
        self.run = 0;
    }

    /// Too long: up to its quietest place. The rest goes on.
    fn cut(&mut self, cuts: &mut Vec<Cut>) {
        let from = self.frames.len().saturating_sub((CUT_WITHIN_MS / FRAME_MS) as usize);
        let quietest = self.frames[from..]
            .windows(CUT_FRAMES)
            .map(|w| w.iter().map(|f| f.level.max(-100.0)).sum::<f32>())
            .enumerate()
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .map_or(self.frames.len(), |(at, _)| from + at + CUT_FRAMES / 2 + 1);
        cuts.push(self.said(quietest, true));
        self.forget(quietest);
    }

    fn finish_into(&mut self, cuts: &mut Vec<Cut>) {
        // The end of the filter and of the last frame.
        let missing = FRAME + self.resampler.as_ref().map_or(0, |r| 2 * r.delay());
        self.take(&vec![0; missing], cuts);
        if self.talking {
            self.end(cuts);
        }
        self.begin(0);
    }

    fn said(&self, upto: usize, unfinished: bool) -> Cut {
        let frames = &self.frames[..upto];
        let (start_ms, end_ms) = (self.time(0), self.time(upto));
        let spoken = frames.iter().filter(|f| f.speech).count();
        let judged = frames.iter().filter(|f| f.speech).filter_map(|f| f.steady);
        let (steady, moving) = judged.fold((0, 0), |(s, m), steady| if steady { (s + 1, m) } else { (s, m + 1) });
        let why = if steady > 0 && steady >= moving {
            Some(Ignored::Steady)
        } else if (spoken as u64 * FRAME_MS) < self.settings.min_ms {
            Some(Ignored::Short)
        } else {
            None
        };
        match why {
            Some(why) => Cut::Ignored { start_ms, end_ms, why },
            None => Cut::Said(Utterance {
                clip: Clip16k::new(&self.sound[..upto * FRAME]),
                start_ms,
                end_ms,
                spoken_ms: spoken as u64 * FRAME_MS,
                narrow: self.resampler.is_some(),
                unfinished,
            }),
        }
    }
}

impl fmt::Debug for Segmenter {
    /// The samples are somebody's words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Segmenter({} Hz, talking: {}, {} frames)", self.rate, self.talking, self.frames.len())
    }
}
