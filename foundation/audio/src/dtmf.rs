//! Keys in the sound itself (ITU-T Q.23), for lines that negotiated no telephone-event, and the tones to press them.
//!
//! The detector keeps the limits of Q.24: frequencies within 1.5 % are taken and beyond 3.5 % refused, 40 ms are taken
//! and 23 ms refused, breaks of 10 ms are bridged and pauses of 40 ms are not, the high tone may be 4 dB above or 8 dB
//! below the low one. Speech is kept out by asking that the two tones carry nearly all of the energy.

use crate::level::amplitude;
use crate::tone::{mix, soften};
use crate::{RATE, clip};
use std::f64::consts::TAU;
use std::time::Duration;

/// Rows are the low group, columns the high group (Q.23).
const KEYS: [[char; 4]; 4] = [['1', '2', '3', 'A'], ['4', '5', '6', 'B'], ['7', '8', '9', 'C'], ['*', '0', '#', 'D']];
const LOW: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
const HIGH: [f64; 4] = [1_209.0, 1_336.0, 1_477.0, 1_633.0];

/// 12.75 ms: long enough to tell 697 from 770 Hz.
const WINDOW: usize = 102;
/// The window moves by half of itself. A tone of 40 ms fills at least four windows whole; one of 23 ms reaches at most
/// three by three quarters.
const HOP: usize = WINDOW / 2;
const HITS_TO_PRESS: u32 = 4;
/// A break of 10 ms costs at most three windows, a pause of 40 ms at least seven.
const MISSES_TO_RELEASE: u32 = 5;
/// Each tone, at least, dBFS. Q.24 wants −25 dBm taken (−28 dBFS) and −55 dBm refused.
const QUIETEST: f32 = -36.0;
/// What both tones carry of the window's energy. Tones 1.5 % off still show 0.8.
const PURITY: f64 = 0.72;
/// How far a tone stands above the others of its group.
const ABOVE_GROUP: f64 = 6.3;
/// Power of the high tone over the low one: +4 and −8 dB, with 1.5 dB for the loss of a tone that is off its bin.
const MOST_TWIST: f64 = 3.5;
const LEAST_TWIST: f64 = 0.112;
/// Half-way between what Q.24 takes and refuses.
const MOST_OFF: f64 = 0.025;
/// A key held longer is reported, and ignored until it is released.
pub const LONGEST: Duration = Duration::from_secs(5);

/// What the detector heard. A key is reported twice: when it is sure, and when it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    Pressed(char),
    /// How long it sounded, within some 10 ms.
    Released(char, Duration),
}

/// The low and the high frequency of a key.
pub fn frequencies(key: char) -> Option<(f32, f32)> {
    let key = key.to_ascii_uppercase();
    let (row, column) = (0..16).map(|i| (i / 4, i % 4)).find(|(r, c)| KEYS[*r][*c] == key)?;
    Some((LOW[row] as f32, HIGH[column] as f32))
}

/// The sound of a key; `dbfs` is the level of each tone. `None`: no such key.
pub fn generate(key: char, lasting: Duration, dbfs: f32) -> Option<Vec<i16>> {
    let (low, high) = frequencies(key)?;
    let mut samples = mix(&[low, high], dbfs, RATE, clip::samples(lasting));
    soften(&mut samples, 8);
    Some(samples)
}

/// Keys one after the other, each followed by a pause.
pub fn dial(keys: &str, on: Duration, off: Duration, dbfs: f32) -> Option<Vec<i16>> {
    let mut samples = Vec::new();
    for key in keys.chars() {
        samples.extend(generate(key, on, dbfs)?);
        samples.resize(samples.len() + clip::samples(off), 0);
    }
    Some(samples)
}

/// Listens to one line at 8 kHz.
#[derive(Clone, Debug)]
pub struct Detector {
    /// The last samples, at most one window.
    line: Vec<f64>,
    /// Samples until the next window is looked at.
    until_look: usize,
    /// The key of the last windows and how many in a row had it.
    candidate: Option<Candidate>,
    pressed: Option<Pressed>,
}

#[derive(Clone, Copy, Debug)]
struct Candidate {
    key: (usize, usize),
    hits: u32,
    phases: (f64, f64),
    /// By how much the phases ran ahead of the nominal frequencies from window to window, the newest first.
    ahead: [(f64, f64); 3],
}

#[derive(Clone, Copy, Debug)]
struct Pressed {
    key: (usize, usize),
    /// Windows since the first and up to the last that had it.
    windows: u32,
    last: u32,
    misses: u32,
    /// Reported for its length already.
    spent: bool,
}

/// A window's key, with the phases of its two tones.
type Look = ((usize, usize), (f64, f64));

impl Default for Detector {
    fn default() -> Self {
        Detector { line: Vec::with_capacity(WINDOW), until_look: WINDOW, candidate: None, pressed: None }
    }
}

impl Detector {
    pub fn new() -> Detector {
        Detector::default()
    }

    /// Hear the next samples of the line, in pieces of any length.
    pub fn hear(&mut self, samples: &[i16]) -> Vec<Heard> {
        let mut heard = Vec::new();
        for sample in samples {
            self.line.push(f64::from(*sample));
            self.until_look -= 1;
            if self.until_look == 0 {
                let look = look(&self.line);
                self.take(look, &mut heard);
                self.line.drain(..HOP);
                self.until_look = HOP;
            }
        }
        heard
    }

    /// The line ended: a key still pressed is released.
    pub fn finish(&mut self) -> Option<Heard> {
        let open = self.pressed.take().filter(|p| !p.spent);
        *self = Detector::default();
        open.map(|p| p.released())
    }

    fn take(&mut self, look: Option<Look>, heard: &mut Vec<Heard>) {
        self.candidate = match (look, self.candidate) {
            (Some((key, phases)), Some(c)) if c.key == key => {
                let step = |tone: f64, from: f64, to: f64| turn(to - from - TAU * tone * HOP as f64 / f64::from(RATE));
                let newest = (step(LOW[key.0], c.phases.0, phases.0), step(HIGH[key.1], c.phases.1, phases.1));
                Some(Candidate { key, hits: c.hits + 1, phases, ahead: [newest, c.ahead[0], c.ahead[1]] })
            }
            (Some((key, phases)), _) => Some(Candidate { key, hits: 1, phases, ahead: [(0.0, 0.0); 3] }),
            (None, _) => None,
        };
        if let Some(pressed) = &mut self.pressed {
            pressed.windows += 1;
            if self.candidate.is_some_and(|c| c.key == pressed.key) {
                pressed.last = pressed.windows;
                pressed.misses = 0;
                if !pressed.spent && pressed.duration() >= LONGEST {
                    pressed.spent = true;
                    heard.push(pressed.released());
                }
            } else {
                pressed.misses += 1;
            }
        }
        let sure = self.candidate.filter(|c| c.hits >= HITS_TO_PRESS && c.in_tune()).map(|c| (c.key, c.hits));
        if let Some(pressed) = self.pressed {
            let another = sure.is_some_and(|(key, _)| key != pressed.key);
            if !another && pressed.misses < MISSES_TO_RELEASE {
                return;
            }
            self.pressed = None;
            if !pressed.spent {
                heard.push(pressed.released());
            }
        }
        if let Some((key, hits)) = sure {
            self.pressed = Some(Pressed { key, windows: hits - 1, last: hits - 1, misses: 0, spent: false });
            heard.push(Heard::Pressed(KEYS[key.0][key.1]));
        }
    }
}

impl Candidate {
    fn in_tune(&self) -> bool {
        // The mean over the windows: a single phase still trembles with the other tone.
        let seconds = (self.ahead.len() * HOP) as f64 / f64::from(RATE);
        let off = |sum: f64, tone: f64| (sum / TAU / seconds / tone).abs();
        off(self.ahead.iter().map(|a| a.0).sum(), LOW[self.key.0]) <= MOST_OFF
            && off(self.ahead.iter().map(|a| a.1).sum(), HIGH[self.key.1]) <= MOST_OFF
    }
}

impl Pressed {
    fn duration(&self) -> Duration {
        Duration::from_micros(u64::from(self.last) * HOP as u64 * 125 + WINDOW as u64 * 125)
    }

    fn released(&self) -> Heard {
        Heard::Released(KEYS[self.key.0][self.key.1], self.duration())
    }
}

fn look(window: &[f64]) -> Option<Look> {
    let length = window.len() as f64;
    let energy: f64 = window.iter().map(|s| s * s).sum();
    let quietest = amplitude(QUIETEST) * amplitude(QUIETEST);
    // Two tones of the least level have this energy, and most windows of a quiet line have not.
    if energy < quietest * length / 2.0 {
        return None;
    }
    let low = LOW.map(|tone| goertzel(window, tone));
    let high = HIGH.map(|tone| goertzel(window, tone));
    let (row, column) = (strongest(&low)?, strongest(&high)?);
    let ((low, low_phase), (high, high_phase)) = (low[row], high[column]);
    // |X|² of a tone of amplitude a is (a N ÷ 2)².
    let loud_enough = low.min(high) >= quietest * length * length / 4.0;
    let straight = (LEAST_TWIST..=MOST_TWIST).contains(&(high / low));
    let pure = (low + high) * 2.0 / length >= PURITY * energy;
    (loud_enough && straight && pure).then_some(((row, column), (low_phase, high_phase)))
}

/// The strongest of a group, if it stands above the others.
fn strongest(group: &[(f64, f64); 4]) -> Option<usize> {
    let best = (0..4).max_by(|a, b| group[*a].0.total_cmp(&group[*b].0))?;
    (0..4).all(|i| i == best || group[best].0 > ABOVE_GROUP * group[i].0).then_some(best)
}

/// Power and phase of a tone in the window.
fn goertzel(window: &[f64], tone: f64) -> (f64, f64) {
    let (sin, cos) = (TAU * tone / f64::from(RATE)).sin_cos();
    let (mut last, mut before) = (0.0, 0.0);
    for sample in window {
        (last, before) = (sample + 2.0 * cos * last - before, last);
    }
    let (real, imaginary) = (last - before * cos, before * sin);
    (real * real + imaginary * imaginary, imaginary.atan2(real))
}

/// An angle between −π and π.
fn turn(angle: f64) -> f64 {
    angle - TAU * (angle / TAU).round()
}

#[cfg(test)]
mod tests;
