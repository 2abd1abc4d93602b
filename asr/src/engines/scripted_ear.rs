//! Knows a recording again by how loud it is over time: after a telephone, at another level, in pieces.

use crate::Clip16k;
use crate::engine::RATE;
use ringdesk_audio::level;
use ringdesk_audio::resample::resample;

/// 16 ms, at 8 kHz: what is above a telephone's band would make it another sound.
const FRAME: usize = 128;
/// Frames that must lie over each other: 400 ms. Less is too little to know anything by.
const LEAST: usize = 25;
/// This far below the loudest, all is silence: a pause has no other level than the noise of the line.
const DEPTH: f32 = 35.0;
/// Of 17 recordings the same through a telephone is alike by 0.97, another one by less than 0.85.
const SAME: f32 = 0.92;

#[derive(Debug)]
pub(super) struct Ear {
    /// Levels, 0 at the loudest and −1 at silence; from the first to the last sound.
    levels: Vec<f32>,
    /// The clip's own ends, counted from the first sound.
    first: isize,
    last: isize,
}

/// Where in a recording a clip lies, from 0 (its first sound) to 1 (its last).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    pub(super) likeness: f32,
    pub(super) from: f64,
    pub(super) to: f64,
}

impl Ear {
    pub(super) fn new(clip: &Clip16k) -> Ear {
        // Each over twice its step: a clip begins anywhere in a frame.
        let sound = resample(clip.samples(), RATE, ringdesk_audio::RATE);
        let at = |start| &sound[start..sound.len().min(start + 2 * FRAME)];
        let levels: Vec<f32> = (0..sound.len()).step_by(FRAME).map(|start| level::rms(at(start))).collect();
        let loudest = levels.iter().copied().fold(f32::MIN, f32::max);
        let levels: Vec<f32> = levels.iter().map(|l| ((l - loudest) / DEPTH).max(-1.0)).collect();
        let sound = |l: &f32| *l > -0.9;
        let first = levels.iter().position(sound).unwrap_or(0);
        let last = levels.iter().rposition(sound).map_or(0, |at| at + 1).max(first);
        Ear { first: -(first as isize), last: (levels.len() - first) as isize, levels: levels[first..last].to_vec() }
    }

    /// Is `part` this recording, or a piece of it?
    pub(super) fn hears(&self, part: &Ear) -> Option<Place> {
        let (mine, theirs) = (self.levels.len() as isize, part.levels.len() as isize);
        if theirs < LEAST as isize || theirs > mine + LEAST as isize / 2 {
            return None;
        }
        let slack = LEAST as isize / 2;
        let offsets = -slack..=(mine - theirs + slack).max(-slack);
        let (offset, likeness) =
            offsets.map(|offset| (offset, self.likeness(part, offset))).max_by(|a, b| a.1.total_cmp(&b.1))?;
        let share = |at: isize| at as f64 / mine as f64;
        let (mut from, mut to) = (share(offset + part.first), share(offset + part.last));
        // A clip that holds all of the sound holds all of the words.
        if offset <= slack / 2 {
            from = from.min(0.0);
        }
        if offset + theirs >= mine - slack / 2 {
            to = to.max(1.0);
        }
        (likeness >= SAME).then_some(Place { likeness, from, to })
    }

    /// Pearson's correlation of the levels, silence around both.
    fn likeness(&self, part: &Ear, offset: isize) -> f32 {
        let at = |place: isize| usize::try_from(place).ok().and_then(|p| self.levels.get(p)).copied().unwrap_or(-1.0);
        let n = part.levels.len() as f32;
        let pairs = || part.levels.iter().enumerate().map(|(place, theirs)| (at(place as isize + offset), *theirs));
        let (a, b) = pairs().fold((0.0, 0.0), |(a, b), (x, y)| (a + x / n, b + y / n));
        let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
        for (x, y) in pairs() {
            xy += (x - a) * (y - b);
            xx += (x - a) * (x - a);
            yy += (y - b) * (y - b);
        }
        xy / (xx * yy).sqrt().max(1e-6)
    }
}
