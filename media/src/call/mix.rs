//! The way for sound that cannot pass as it is: several sources for one sink, or a source in another codec. Every 20 ms
//! each source's ear gives a frame, each sink is given the sum of those it hears, in its codec.
//!
//! One tick for the whole call, so that a source is decoded once however many hear it. A call that needs none has none.

use super::{Call, Surroundings, Wire};
use crate::codec::Codec;
use crate::leg::ear::Ear;
use crate::leg::{Leg, send};
use crate::rtp::outflow::Source;
use crate::rtp::packet::{HEADER, Header};
use crate::shard::wheel::Alarm;
use ringdesk_audio::jitter::Put;
use ringdesk_audio::mixer::Mixer;
use ringdesk_model::Timestamp;
use ringdesk_voice::LegId;
use std::time::Duration;

const FRAME: Duration = Duration::from_millis(20);
const FRAME_MS: u32 = 20;
/// Further behind than this many frames, the mix goes on from now.
const CATCH_UP: u32 = 4;
/// The largest packet: 60 ms of G.711 are 480, of Opus at most 1,275 (RFC 6716 §3.4).
pub(super) const LARGEST: usize = 1_500;
const NARROW: u32 = 8_000;
const WIDE: u32 = 16_000;

#[derive(Debug)]
pub(crate) struct Mixing {
    /// Which mix this is: alarms of one before it, of this call or of another in its slot, mean nothing.
    serial: u32,
    due: Timestamp,
    /// Of the sound that is mixed: as little as no wideband leg has to do with.
    rate: u32,
    sources: Vec<Heard>,
    all: Mixer,
    some: Mixer,
    mixed: Vec<i16>,
}

#[derive(Debug)]
struct Heard {
    leg: LegId,
    ear: Ear,
    frame: Vec<i16>,
    says: bool,
}

impl Mixing {
    /// A packet of this leg, if somebody's mix has it in.
    pub(super) fn hear(&mut self, leg: LegId, hear: impl FnOnce(&mut Ear) -> Put) -> Option<Put> {
        self.sources.iter_mut().find(|s| s.leg == leg).map(|s| hear(&mut s.ear))
    }
}

impl Call {
    /// Who hears whom has changed, or who speaks what: which sinks are mixed, and of which sources.
    pub(super) fn route<W: Wire>(&mut self, around: &mut Surroundings<'_, W>) {
        let codecs: Vec<(LegId, Codec)> = self.legs.iter().map(|l| (l.id, l.speaks())).collect();
        let codec_of = |leg: LegId| codecs.iter().find(|(id, _)| *id == leg).map(|(_, codec)| *codec);
        let mut wanted: Vec<LegId> = Vec::new();
        let mut rate = NARROW;
        let mixed = |legs: &[Leg]| legs.iter().filter(|leg| leg.mixed).count() as u64;
        let before = mixed(&self.legs);
        for sink in &mut self.legs {
            let to = sink.codec();
            let heard = || sink.hears.iter().filter_map(|leg| Some((*leg, codec_of(*leg)?)));
            let mut all = heard();
            sink.direct = match (all.next(), all.next()) {
                (Some((leg, codec)), None) if codec.passes_to(to) => Some(leg),
                _ => None,
            };
            sink.mixed = sink.direct.is_none() && heard().next().is_some();
            if !sink.mixed {
                continue;
            }
            for (leg, codec) in heard() {
                if !wanted.contains(&leg) {
                    wanted.push(leg);
                }
                if to.is_wide() && codec.is_wide() {
                    rate = WIDE;
                }
            }
        }
        around.figures.legs_mixed.add(mixed(&self.legs).wrapping_sub(before));
        if wanted.is_empty() {
            self.mixing = None;
            return;
        }
        let serial = match &self.mixing {
            Some(mixing) => mixing.serial,
            None => around.ids.bits() as u32,
        };
        let started = self.mixing.is_none();
        let mixing = self.mixing.get_or_insert_with(|| {
            // Calls are spread over the 20 ms, so that not all are mixed at once.
            let slot = i64::from(around.slot % FRAME_MS) * 1_000;
            let into = around.now.0.rem_euclid(20_000);
            let due = around.now + Duration::from_micros((slot - into).rem_euclid(20_000).unsigned_abs());
            let (all, some) = (Mixer::new(), Mixer::new());
            Box::new(Mixing { serial, due, rate, sources: Vec::new(), all, some, mixed: Vec::new() })
        });
        mixing.rate = rate;
        mixing.sources.retain(|s| wanted.contains(&s.leg) && codec_of(s.leg).is_some_and(|c| s.ear.is_for(c, rate)));
        for leg in wanted {
            if mixing.sources.iter().all(|s| s.leg != leg)
                && let Some(ear) = codec_of(leg).and_then(|codec| Ear::new(codec, rate))
            {
                mixing.sources.push(Heard { leg, ear, frame: Vec::new(), says: false });
            }
        }
        if started {
            let due = mixing.due;
            self.wake_at(0, due, Alarm::Mix(serial), around);
        }
    }

    pub(super) fn mix<W: Wire>(&mut self, serial: u32, around: &mut Surroundings<'_, W>) {
        let Some(mut mixing) = self.mixing.take_if(|m| m.serial == serial) else { return };
        let now = around.now;
        if now.since(mixing.due) > FRAME {
            around.figures.late_ticks.add(1);
        }
        if now.since(mixing.due) > FRAME * CATCH_UP {
            mixing.due = now;
        }
        let samples = (mixing.rate / 1_000 * FRAME_MS) as usize;
        mixing.all.start(samples);
        for source in &mut mixing.sources {
            source.says = source.ear.frame(now, &mut source.frame);
            around.figures.mixed_frames.add(1);
            if source.says {
                mixing.all.add(&source.frame);
                around.figures.concealed_frames.add(source.ear.concealed.into());
            }
        }
        for at in 0..self.legs.len() {
            if self.legs[at].mixed && self.legs[at].player.is_none() {
                let says = mixing.prepare(&self.legs[at], samples);
                self.send_mixed(at, &mixing, says, around);
            }
        }
        mixing.due += FRAME;
        let due = mixing.due;
        self.mixing = Some(mixing);
        self.wake_at(0, due, Alarm::Mix(serial), around);
    }

    fn send_mixed<W: Wire>(&mut self, at: usize, mixing: &Mixing, says: bool, around: &mut Surroundings<'_, W>) {
        let leg = &mut self.legs[at];
        let (codec, to) = (leg.codec(), leg.address());
        let ticks_per_ms = codec.clock() / 1_000;
        let voice = leg.voice.get_or_insert_default();
        let Some(remote) = leg.remote.as_ref().filter(|r| says && !r.held) else {
            return voice.pause(ticks_per_ms * FRAME_MS);
        };
        if voice.prepare(codec, mixing.rate, remote.opus).is_none() {
            return voice.pause(ticks_per_ms * FRAME_MS);
        }
        voice.hear(&mixing.mixed);
        // While its only source presses a key, that is what is sent (RFC 4733 §2.6.2.3).
        let keyed = leg.sending.is_some() && leg.hears.len() == 1;
        let (payload_type, ptime) = (remote.send.payload_type, remote.ptime);
        let mut packet = [0u8; HEADER + LARGEST];
        while let Some(length) = voice.packet((mixing.rate / 1_000 * ptime) as usize, &mut packet[HEADER..]) {
            let (clock, span) = (voice.clock, ticks_per_ms * ptime);
            voice.clock = clock.wrapping_add(span);
            let (Some(length), Some(to), false) = (length, to, keyed) else {
                voice.talking = false;
                continue;
            };
            let marker = !std::mem::replace(&mut voice.talking, true);
            let number = voice.number;
            voice.number = number.wrapping_add(1);
            let source = Source::Mix(mixing.serial);
            let Some(place) = leg.outflow.follow(source, number, clock, span, marker, around.now) else { continue };
            let header = Header {
                marker: place.marker,
                payload_type,
                seq: place.seq,
                timestamp: place.timestamp,
                ssrc: leg.outflow.ssrc,
            };
            header.write(&mut packet);
            leg.outflow.count(length);
            let sent = send(&mut leg.guard, leg.line, to, &packet[..HEADER + length], around.wire);
            around.figures.dropped_unsecured.add((!sent).into());
        }
    }

    /// What the other side misses of a leg's packets decides how much each says about the one before.
    pub(super) fn adapt(&mut self, at: usize) {
        let leg = &mut self.legs[at];
        if let (Some(voice), Some(loss)) = (&mut leg.voice, leg.reports.recent_loss) {
            voice.expect_loss(loss);
        }
    }

    /// Which stream a mixed leg gets, the next packet in it and where that begins.
    pub(super) fn mix_place(&self, at: usize) -> Option<(Source, u32, u32)> {
        let (mixing, leg) = (self.mixing.as_ref()?, &self.legs[at]);
        let voice = leg.voice.as_ref().filter(|_| leg.mixed)?;
        Some((Source::Mix(mixing.serial), voice.number, voice.clock))
    }
}

impl Mixing {
    /// The sum of what this leg hears, into `mixed`. `false`: nobody says anything.
    fn prepare(&mut self, sink: &Leg, samples: usize) -> bool {
        let hears = |s: &&Heard| s.says && sink.hears.contains(&s.leg);
        if !self.sources.iter().any(|s| hears(&s)) {
            return false;
        }
        let mut not = self.sources.iter().filter(|s| s.says && !hears(s));
        match (not.next(), not.next()) {
            (None, _) => self.all.all(&mut self.mixed),
            // Everybody but one: itself, in a conference.
            (Some(own), None) => self.all.without(&own.frame, &mut self.mixed),
            _ => {
                self.some.start(samples);
                self.sources.iter().filter(hears).for_each(|s| self.some.add(&s.frame));
                self.some.all(&mut self.mixed);
            }
        }
        true
    }
}
