//! The copied packets of one call, put in order, decoded and cut into utterances per track. A pure machine.
//!
//! Only what parties say is heard; what is played to them is known in better form. Times are milliseconds since `began`,
//! by the sender's clock: the network's jitter moves no word. In place of a packet that is lost the voice goes on for a
//! moment, as in the caller's ear. A track that falls silent without a word (hold, a phone
//! that sends nothing while nobody speaks) has its last utterance a second later.

use crate::vad::{Cut, Segmenter, Settings};
use ringdesk_audio::conceal::Concealer;
use ringdesk_audio::{g711, g722};
use ringdesk_model::Timestamp;
use ringdesk_voice::{Coding, LegId, Tapped, Track};
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::time::Duration;

/// So many packets wait for one that is missing: 100 ms.
const OUT_OF_ORDER: usize = 5;
/// A packet that comes after so many later ones belongs to a new numbering.
const TOO_LATE: i64 = 100;
/// Between the sender's clock and ours; beyond it the sender jumped, and the time of arrival counts again.
const ASTRAY_MS: u64 = 500;
/// But a voice that goes on without a gap and only comes late is heard as it was spoken: a network or a machine stood still and
/// catches up. One that stays late for so long was spoken late.
const CATCHES_UP_MS: u64 = 2_000;
/// So long without a packet, and what was said is taken for whole.
const QUIET: Duration = Duration::from_millis(700);
/// What is missing for longer is no lost packet, or so many that nothing can be made up for them.
const MADE_UP_MS: u64 = 60;
/// A call has some legs; a tap with more tracks is not one.
const MOST_TRACKS: usize = 16;

/// Makes samples of a packet's payload.
pub type Decode = Box<dyn FnMut(&[u8], &mut Vec<i16>) + Send>;
/// Samples per second (8,000 or 16,000) and the decoder of a coding; `None`: nobody here can decode it.
pub type Decoders = fn(Coding) -> Option<(u32, Decode)>;

/// No Opus packet is longer than 120 ms (RFC 6716 §2.1.4).
const LONGEST_MS: usize = 120;
const WIDE: u32 = 16_000;

/// The decoders of this room: G.711 at 8 kHz, G.722 and Opus at the 16 kHz that every engine is best at.
pub fn every_coding(coding: Coding) -> Option<(u32, Decode)> {
    let law = |decode: fn(u8) -> i16| -> Option<(u32, Decode)> {
        Some((ringdesk_audio::RATE, Box::new(move |payload, out| out.extend(payload.iter().map(|b| decode(*b))))))
    };
    match coding {
        Coding::Pcmu => law(g711::ulaw_decode),
        Coding::Pcma => law(g711::alaw_decode),
        Coding::G722 => {
            let mut decoder = Box::<g722::Decoder>::default();
            Some((WIDE, Box::new(move |payload, out| decoder.decode(payload, out))))
        }
        Coding::Opus => {
            let mut decoder = opus::Decoder::new(WIDE, opus::Channels::Mono).ok()?;
            let mut room = [0; WIDE as usize / 1_000 * LONGEST_MS];
            Some((
                WIDE,
                Box::new(move |payload, out| {
                    // An empty one would be taken for a lost one; what cannot be read says nothing.
                    let made =
                        if payload.is_empty() { 0 } else { decoder.decode(payload, &mut room, false).unwrap_or(0) };
                    out.extend_from_slice(&room[..made.min(room.len())]);
                }),
            ))
        }
    }
}

pub struct Listener {
    began: Timestamp,
    settings: Settings,
    decoders: Decoders,
    tracks: BTreeMap<LegId, Ear>,
    /// Drained by whoever feeds: a packet ends at most some utterances.
    output: VecDeque<(Track, Cut)>,
    unheard: u64,
    lost: u64,
}

struct Ear {
    source: Option<Source>,
    segmenter: Option<(u32, Segmenter)>,
    /// Extended sequence numbers and packets, least first.
    waiting: BTreeMap<i64, Packet>,
    /// Of the last packet that was heard.
    last: i64,
    arrived: Timestamp,
    /// Something may be under way that silence must end.
    open: bool,
    deaf: bool,
}

/// From which an ear hears: its numbering, clock and coding.
struct Source {
    ssrc: u32,
    coding: Coding,
    decode: Decode,
    /// An RTP timestamp and when it was, in milliseconds of the call.
    anchor: (u32, u64),
    concealer: Concealer,
    /// The timestamp at which the last packet ended.
    ended: u32,
    /// Since when what goes on without a gap is late.
    late: Option<u64>,
}

struct Packet {
    timestamp: u32,
    arrived_ms: u64,
    payload: bytes::Bytes,
}

impl Listener {
    pub fn new(began: Timestamp, settings: Settings, decoders: Decoders) -> Listener {
        Listener { began, settings, decoders, tracks: BTreeMap::new(), output: VecDeque::new(), unheard: 0, lost: 0 }
    }

    pub fn handle_input(&mut self, tapped: Tapped) {
        match tapped {
            Tapped::Packet { track: Track::Leg(leg), arrived, ssrc, sequence, timestamp, coding, payload } => {
                let arrived_ms = arrived.since(self.began).as_millis() as u64;
                if !self.tracks.contains_key(&leg) && self.tracks.len() >= MOST_TRACKS {
                    self.unheard += 1;
                    return;
                }
                let mut ear = self.tracks.remove(&leg).unwrap_or_else(|| Ear::new(arrived));
                ear.arrived = ear.arrived.max(arrived);
                self.switch(leg, &mut ear, ssrc, coding, timestamp, arrived_ms, sequence);
                if ear.source.is_some() {
                    let mut number = ear.extended(sequence);
                    if number + TOO_LATE < ear.last {
                        // Not late: it counts from anew.
                        self.hear(leg, &mut ear, 0);
                        number = i64::from(sequence);
                        ear.last = number - 1;
                    }
                    if number > ear.last {
                        ear.waiting.insert(number, Packet { timestamp, arrived_ms, payload });
                    }
                    self.hear(leg, &mut ear, OUT_OF_ORDER);
                } else {
                    self.unheard += 1;
                }
                self.tracks.insert(leg, ear);
            }
            Tapped::Packet { track: Track::Player(_), .. } => {}
            Tapped::Lost { packets, .. } => self.lost += packets,
            Tapped::Ended { leg, .. } => {
                if let Some(mut ear) = self.tracks.remove(&leg) {
                    self.close(leg, &mut ear);
                }
            }
        }
    }

    pub fn handle_timeout(&mut self, now: Timestamp) {
        let quiet: Vec<LegId> =
            self.tracks.iter().filter(|(_, ear)| ear.open && ear.arrived + QUIET <= now).map(|(leg, _)| *leg).collect();
        for leg in quiet {
            if let Some(mut ear) = self.tracks.remove(&leg) {
                self.close(leg, &mut ear);
                self.tracks.insert(leg, ear);
            }
        }
    }

    pub fn poll_timeout(&self) -> Option<(Timestamp, &'static str)> {
        let quiet = self.tracks.values().filter(|ear| ear.open).map(|ear| ear.arrived + QUIET).min()?;
        Some((quiet, "quiet"))
    }

    pub fn poll_output(&mut self) -> Option<(Track, Cut)> {
        self.output.pop_front()
    }

    /// This leg is masked, or has music in its ears that comes back: time goes on, nothing is heard.
    pub fn set_deaf(&mut self, leg: LegId, deaf: bool, now: Timestamp) {
        if !self.tracks.contains_key(&leg) && self.tracks.len() >= MOST_TRACKS {
            return;
        }
        let mut ear = self.tracks.remove(&leg).unwrap_or_else(|| Ear::new(now));
        // What came before belongs to what was before.
        self.hear(leg, &mut ear, 0);
        ear.deaf = deaf;
        if let Some((_, segmenter)) = &mut ear.segmenter {
            let cuts = segmenter.set_deaf(deaf);
            self.put(leg, cuts);
        }
        self.tracks.insert(leg, ear);
    }

    /// Packets that nobody here could decode, and packets that the tap dropped.
    pub fn missed(&self) -> (u64, u64) {
        (self.unheard, self.lost)
    }

    fn switch(
        &mut self,
        leg: LegId,
        ear: &mut Ear,
        ssrc: u32,
        coding: Coding,
        timestamp: u32,
        arrived_ms: u64,
        sequence: u16,
    ) {
        if ear.source.as_ref().is_some_and(|s| s.ssrc == ssrc && s.coding == coding) {
            return;
        }
        self.hear(leg, ear, 0);
        ear.source = None;
        let Some((rate, decode)) = (self.decoders)(coding) else { return };
        let concealer = Concealer::new(rate);
        if ear.segmenter.as_ref().is_none_or(|(was, _)| *was != rate) {
            self.close(leg, ear);
            ear.segmenter = Segmenter::new(self.settings, rate).map(|mut segmenter| {
                segmenter.set_deaf(ear.deaf);
                (rate, segmenter)
            });
        }
        let anchor = (timestamp, arrived_ms);
        ear.source = Some(Source { ssrc, coding, decode, anchor, concealer, ended: timestamp, late: None });
        ear.last = i64::from(sequence) - 1;
    }

    /// All that is in order, and all but the last `wait` of what is not.
    fn hear(&mut self, leg: LegId, ear: &mut Ear, wait: usize) {
        while let Some(entry) = ear.waiting.first_entry() {
            if *entry.key() != ear.last + 1 && ear.waiting.len() <= wait {
                return;
            }
            let Some((number, packet)) = ear.waiting.pop_first() else { return };
            let missing = number != ear.last + 1;
            ear.last = number;
            let (Some(source), Some((rate, segmenter))) = (&mut ear.source, &mut ear.segmenter) else { continue };
            let (first, at) = source.anchor;
            let ticks = packet.timestamp.wrapping_sub(first);
            let by_clock = at + u64::from(ticks) * 1_000 / u64::from(source.coding.clock_rate());
            let goes_on = !missing && packet.timestamp == source.ended;
            let at_ms = if by_clock.abs_diff(packet.arrived_ms) <= ASTRAY_MS {
                source.late = None;
                by_clock
            } else if goes_on && packet.arrived_ms < *source.late.get_or_insert(packet.arrived_ms) + CATCHES_UP_MS {
                by_clock
            } else {
                source.late = None;
                source.anchor = (packet.timestamp, packet.arrived_ms);
                packet.arrived_ms
            };
            let mut samples = Vec::new();
            (source.decode)(&packet.payload, &mut samples);
            ear.open = true;
            let mut cuts = Vec::new();
            if missing && let Some((lasted_ms, made_up)) = source.made_up(packet.timestamp, *rate) {
                cuts = segmenter.hear(at_ms.saturating_sub(lasted_ms), &made_up);
            }
            source.concealer.good(&mut samples);
            source.ended = packet.timestamp.wrapping_add(source.ticks(samples.len(), *rate));
            cuts.extend(segmenter.hear(at_ms, &samples));
            self.put(leg, cuts);
        }
    }

    fn close(&mut self, leg: LegId, ear: &mut Ear) {
        self.hear(leg, ear, 0);
        ear.open = false;
        if let Some((_, segmenter)) = &mut ear.segmenter {
            let cuts = segmenter.finish();
            self.put(leg, cuts);
        }
    }

    fn put(&mut self, leg: LegId, cuts: Vec<Cut>) {
        self.output.extend(cuts.into_iter().map(|cut| (Track::Leg(leg), cut)));
    }
}

impl Source {
    fn ticks(&self, samples: usize, rate: u32) -> u32 {
        (samples as u64 * u64::from(self.coding.clock_rate()) / u64::from(rate)) as u32
    }

    /// What to hear between the last packet and the one of this timestamp, and how long that is.
    fn made_up(&mut self, timestamp: u32, rate: u32) -> Option<(u64, Vec<i16>)> {
        let ticks = u64::from(timestamp.wrapping_sub(self.ended));
        let lasted_ms = ticks * 1_000 / u64::from(self.coding.clock_rate());
        if !(1..=MADE_UP_MS).contains(&lasted_ms) {
            return None;
        }
        let mut made_up = Vec::new();
        self.concealer.missing((lasted_ms * u64::from(rate) / 1_000) as usize, &mut made_up);
        Some((lasted_ms, made_up))
    }
}

impl Ear {
    fn new(arrived: Timestamp) -> Ear {
        Ear { source: None, segmenter: None, waiting: BTreeMap::new(), last: 0, arrived, open: false, deaf: false }
    }

    /// The one of all numbers with these 16 bits that is nearest to the last (RFC 3550 appendix A.1).
    fn extended(&self, sequence: u16) -> i64 {
        let ahead = sequence.wrapping_sub(self.last as u16).cast_signed();
        self.last + i64::from(ahead)
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Listener({} tracks, {} unheard, {} lost)", self.tracks.len(), self.unheard, self.lost)
    }
}

#[cfg(test)]
#[path = "listener_tests.rs"]
mod tests;
