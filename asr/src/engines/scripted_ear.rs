//! Knows a recording again by how loud it is over time: after a telephone, at another level, in pieces.

use crate::Clip16k;
use crate::engine::RATE;
use ringdesk_audio::level;
use ringdesk_audio::resample::resample;
use std::ops::Range;

/// 16 ms, at 8 kHz: what is above a telephone's band would make it another sound.
const FRAME: usize = 128;
/// Frames that must lie over each other: 400 ms. Less is too little to know anything by.
const LEAST: isize = 25;
/// This far below the loudest, all is silence: a pause has no other level than the noise of the line.
const DEPTH: f32 = 35.0;
/// And what is above this is a voice: words lie between the first and the last of it.
const VOICE: f32 = -0.6;
/// Of 17 recordings the same through a telephone is alike by 0.97, another one by less than 0.85.
const SAME: f32 = 0.92;

#[derive(Debug)]
pub(super) struct Ear {
    /// Levels, 0 at the loudest and −1 at silence.
    levels: Vec<f32>,
    /// From the first to the last voice.
    voice: Range<isize>,
}

/// Where in a recording a clip lies, from 0 (its first voice) to 1 (its last).
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
        let first = levels.iter().position(|l| *l > VOICE).unwrap_or(0);
        let last = levels.iter().rposition(|l| *l > VOICE).map_or(0, |at| at + 1);
        Ear { levels, voice: first as isize..last.max(first) as isize }
    }

    /// Is `part` this recording, or a piece of it?
    pub(super) fn hears(&self, part: &Ear) -> Option<Place> {
        let length = |voice: &Range<isize>| voice.end - voice.start;
        let (mine, theirs) = (length(&self.voice), length(&part.voice));
        let slack = LEAST / 2;
        if theirs < LEAST || theirs > mine + slack {
            return None;
        }
        // The offset is what is added to a place in the part to have one in the recording.
        let aligned = self.voice.start - part.voice.start;
        let offsets = aligned - slack..=aligned + (mine - theirs).max(0) + slack;
        let (offset, likeness) =
            offsets.map(|offset| (offset, self.likeness(part, offset))).max_by(|a, b| a.1.total_cmp(&b.1))?;
        let share = |at: isize| (at + offset - self.voice.start) as f64 / mine as f64;
        let (mut from, mut to) = (share(0), share(part.levels.len() as isize));
        // A clip that holds all of the voice holds all of the words.
        if part.voice.start + offset <= self.voice.start + slack / 2 {
            from = from.min(0.0);
        }
        if part.voice.end + offset >= self.voice.end - slack / 2 {
            to = to.max(1.0);
        }
        (likeness >= SAME).then_some(Place { likeness, from, to })
    }

    /// Pearson's correlation of the levels over the part's voice, silence around the recording.
    fn likeness(&self, part: &Ear, offset: isize) -> f32 {
        let at = |place: isize| usize::try_from(place).ok().and_then(|p| self.levels.get(p)).copied().unwrap_or(-1.0);
        let n = (part.voice.end - part.voice.start) as f32;
        let pairs = || part.voice.clone().map(|place| (at(place + offset), part.levels[place as usize]));
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
