//! The stage: one lane per track, mixed into two sides, and handed to the listener once nothing more can come.

use super::decode::{Decoders, samples};
use super::placing::{Placed, Placing, SAMPLE};
use super::{Listener, RenderError};
use crate::gap::{Gap, GapReason, GapSide, Gaps};
use crate::log::{Packet, Side};
use crate::verify::Outline;
use ringdesk_model::Timestamp;
use ringdesk_voice::{LegId, Track};
use std::collections::BTreeMap;

/// Sound may come so much later than its time, in samples: a network that stalled for ten seconds.
const SLACK: i64 = 80_000;
/// Nothing is placed so far ahead of what was handed over.
const AHEAD: i64 = 600_000;
/// Handed over at once, at most.
const PIECE: i64 = 8_000;
/// A place in a lane where no packet has been.
const EMPTY: i32 = i32::MIN;

pub(super) struct Stage {
    placing: Placing,
    caller: Option<LegId>,
    sides: BTreeMap<LegId, Side>,
    /// In samples, in order.
    silenced: Vec<(i64, i64)>,
    lanes: BTreeMap<Track, Lane>,
    decoders: Decoders,
    done: i64,
    total: i64,
    gaps: Gaps,
    lost: Gaps,
    empty: Gaps,
}

/// What one track sounds like, from what was handed over last.
#[derive(Default)]
struct Lane {
    sound: Vec<i32>,
    lost: Vec<(i64, i64)>,
    /// Heard in place of what was lost, from where on. It is no less lost for that.
    made_up: Vec<(i64, Vec<i16>)>,
}

impl Stage {
    pub(super) fn new(start: Timestamp, outline: Outline) -> Stage {
        let placing = Placing::new(start);
        let total = (outline.sound_to.0.saturating_sub(start.0) + SAMPLE - 1).div_euclid(SAMPLE).max(0);
        let mut silenced: Vec<(i64, i64)> = outline
            .gaps
            .silenced()
            .into_iter()
            .map(|(from, to)| (from.div_euclid(SAMPLE), (to + SAMPLE - 1).div_euclid(SAMPLE)))
            .collect();
        silenced.sort_unstable();
        Stage {
            placing,
            caller: outline.caller,
            sides: outline.sides,
            silenced,
            lanes: BTreeMap::new(),
            decoders: Decoders::default(),
            done: 0,
            total,
            gaps: outline.gaps,
            lost: Gaps::default(),
            empty: Gaps::default(),
        }
    }

    /// Of each side, in the end.
    pub(super) fn samples(&self) -> u64 {
        self.total.unsigned_abs()
    }

    /// The packets of the block that begins then.
    pub(super) fn take(
        &mut self,
        from: Timestamp,
        packets: Vec<Packet>,
        listener: &mut Listener<'_>,
    ) -> Result<(), RenderError> {
        self.hand_over(self.placing.position(from) - SLACK, listener)?;
        for placed in self.placing.place(packets) {
            self.put(placed);
        }
        Ok(())
    }

    pub(super) fn finish(mut self, listener: &mut Listener<'_>) -> Result<Vec<Gap>, RenderError> {
        self.hand_over(self.total, listener)?;
        self.gaps.add_unexplained(&self.lost);
        self.gaps.add_unexplained(&self.empty);
        Ok(self.gaps.list())
    }

    fn put(&mut self, Placed { at, packet, lost }: Placed) {
        let long = samples(packet.coding, &packet.payload) as i64;
        let missing = lost.map_or(0, |(from, to)| usize::try_from(to - from).unwrap_or(0));
        let decoded = self.decoders.decode(packet.track, packet.ssrc, packet.coding, &packet.payload, missing);
        let Some((made_up, sound)) = decoded else {
            let side = self.side(packet.track);
            let end = (at + long).min(self.total);
            return self.lost.add(at * SAMPLE, end * SAMPLE, GapReason::Unreadable, side);
        };
        if at > self.done + AHEAD {
            return; // its own clock is off by a minute; the place it leaves empty is a gap
        }
        if at + long <= self.done {
            return; // all of it is too late, or lies before the beginning: the first of a burst with which a call begins
        }
        let lane = self.lanes.entry(packet.track).or_default();
        lane.lost.extend(lost);
        lane.made_up.extend(lost.map(|(from, _)| (from, made_up)));
        // What comes after its time was handed over is too late.
        let late = (self.done - at).clamp(0, sound.len() as i64) as usize;
        let first = (at + late as i64 - self.done) as usize;
        let sound = &sound[late..];
        if lane.sound.len() < first + sound.len() {
            lane.sound.resize(first + sound.len(), EMPTY);
        }
        for (place, sample) in lane.sound[first..].iter_mut().zip(sound) {
            *place = i32::from(*sample);
        }
    }

    fn hand_over(&mut self, to: i64, listener: &mut Listener<'_>) -> Result<(), RenderError> {
        let to = to.min(self.total);
        while self.done < to {
            let piece = (to - self.done).min(PIECE) as usize;
            let left = self.mix(GapSide::Left, piece);
            let right = self.mix(GapSide::Right, piece);
            listener(&left, &right)?;
            self.done += piece as i64;
            let done = self.done;
            for lane in self.lanes.values_mut() {
                lane.sound.drain(..piece.min(lane.sound.len()));
                lane.lost.retain(|(_, to)| *to > done);
                lane.made_up.retain(|(from, sound)| from + sound.len() as i64 > done);
            }
            self.lanes.retain(|_, lane| !lane.sound.is_empty() || !lane.lost.is_empty());
        }
        Ok(())
    }

    /// The next samples of one side; what is missing in them is noted.
    fn mix(&mut self, side: GapSide, piece: usize) -> Vec<i16> {
        let (done, end) = (self.done, self.done + piece as i64);
        let mut mixed = vec![EMPTY; piece];
        for (track, lane) in &self.lanes {
            if self.side(*track) != side {
                continue;
            }
            for (to, sound) in mixed.iter_mut().zip(&lane.sound).filter(|(_, s)| **s != EMPTY) {
                *to = if *to == EMPTY { *sound } else { *to + *sound };
            }
            for (from, sound) in &lane.made_up {
                for (at, sample) in (*from..).zip(sound).filter(|(at, _)| (done..end).contains(at)) {
                    let at = (at - done) as usize;
                    if lane.sound.get(at).is_none_or(|s| *s == EMPTY) {
                        let to = &mut mixed[at];
                        *to = if *to == EMPTY { 0 } else { *to } + i32::from(*sample);
                    }
                }
            }
            for (from, to) in &lane.lost {
                let (from, to) = ((*from).max(done), (*to).min(end));
                let here = |i: i64| lane.sound.get((i - done) as usize).is_none_or(|s| *s == EMPTY);
                for (a, b) in stretches(from, to, here) {
                    self.lost.add(a * SAMPLE, b * SAMPLE, GapReason::Lost, side);
                }
            }
        }
        for (from, to) in self.silenced.iter().filter(|(from, to)| *from < end && *to > done) {
            mixed[((*from).max(done) - done) as usize..((*to).min(end) - done) as usize].fill(0);
        }
        for (a, b) in stretches(done, end, |i| mixed[(i - done) as usize] == EMPTY) {
            self.empty.add(a * SAMPLE, b * SAMPLE, GapReason::NoSound, side);
        }
        let heard = |s: i32| if s == EMPTY { 0 } else { s.clamp(i16::MIN.into(), i16::MAX.into()) as i16 };
        mixed.into_iter().map(heard).collect()
    }

    /// Left is the caller's own voice; what is played to the caller comes from the other side.
    fn side(&self, track: Track) -> GapSide {
        let Track::Leg(leg) = track else { return GapSide::Right };
        let named = self.sides.get(&leg).copied();
        match named.unwrap_or(if self.caller == Some(leg) { Side::Caller } else { Side::Other }) {
            Side::Caller => GapSide::Left,
            Side::Other => GapSide::Right,
        }
    }
}

/// The parts of a span in which something holds without a break.
fn stretches(from: i64, to: i64, holds: impl Fn(i64) -> bool) -> Vec<(i64, i64)> {
    let mut found = Vec::new();
    let mut since = None;
    for i in from..to {
        match (holds(i), since) {
            (true, None) => since = Some(i),
            (false, Some(start)) => {
                found.push((start, i));
                since = None;
            }
            _ => {}
        }
    }
    found.extend(since.map(|start| (start, to)));
    found
}
