//! What arrives: the hot path. One packet in, one out per leg that hears it; nothing is allocated, nothing is locked.

use super::{Call, Surroundings, Wire};
use crate::codec::Codec;
use crate::figures::Figures;
use crate::leg::keys::{Press, RELEASE, Sending, Step};
use crate::rtp::inflow::Arrival;
use crate::rtp::outflow::Source;
use crate::rtp::packet::{self, COMFORT_NOISE, Event, HEADER, Header};
use crate::rtp::secure::{Fault, Guard, Secure};
use crate::shard::line::LineId;
use crate::shard::wheel::Alarm;
use ringdesk_audio::jitter::Put;
use ringdesk_voice::{DigitSource, LegId, MediaEvent, Track};
use std::net::SocketAddr;
use std::ops::Range;

/// Larger payloads than this are forwarded as they are but not converted: 60 ms of G.711 are 480.
const LARGEST: usize = 1500;

/// A packet of sound on its way to the legs that hear it.
struct Sound {
    from: LegId,
    source: Source,
    number: u32,
    timestamp: u32,
    marker: bool,
    codec: Codec,
    payload: Range<usize>,
}

/// What a packet says, if it is by who has the key.
fn unguard<'a>(
    guard: &mut Guard,
    packet: &'a mut [u8],
    unprotect: impl FnOnce(&mut Secure, &mut [u8]) -> Result<usize, Fault>,
    figures: &Figures,
) -> Option<&'a mut [u8]> {
    match guard {
        Guard::Open => return Some(packet),
        Guard::Locked => figures.dropped_unsecured.add(1),
        Guard::Keyed(secure) => match unprotect(secure, packet) {
            Ok(length) => return packet.get_mut(..length),
            Err(Fault::Forged) => figures.dropped_forged.add(1),
            Err(Fault::Replayed) => figures.dropped_replayed.add(1),
            Err(Fault::Malformed) => figures.dropped_malformed.add(1),
        },
    }
    None
}

impl Call {
    pub(crate) fn rtp<W: Wire>(
        &mut self,
        line: LineId,
        from: SocketAddr,
        bytes: &mut [u8],
        around: &mut Surroundings<'_, W>,
    ) {
        #[cfg(test)]
        assert!(!self.poisoned, "poisoned by a test");
        let Some(at) = self.by_line(line) else { return };
        if packet::is_rtcp(bytes) {
            return self.rtcp(line, from, bytes, around);
        }
        let now = around.now;
        let figures = around.figures;
        figures.packets_in.add(1);
        // Before anybody believes anything of it.
        let Some(bytes) = unguard(&mut self.legs[at].guard, bytes, Secure::unprotect, figures) else { return };
        let Some((header, payload)) = packet::parse(bytes) else { return figures.dropped_malformed.add(1) };
        let leg = &mut self.legs[at];
        // A browser's ways are known by its checks.
        if leg.browser.is_none() && !leg.latch.accept(from, header.ssrc, now) {
            return figures.dropped_source.add(1);
        }
        let epoch = leg.inflow.epoch();
        let number = match leg.inflow.arrive(header.ssrc, header.seq, now) {
            Arrival::Fresh(number) => number,
            Arrival::Duplicate => return figures.dropped_duplicate.add(1),
            Arrival::Late => return figures.dropped_late.add(1),
            Arrival::Doubtful => return figures.dropped_restart.add(1),
        };
        leg.heard = now;
        leg.silence_told = false;
        if !leg.flowing {
            leg.flowing = true;
            let leg = leg.id;
            self.tell(MediaEvent::Flowing { leg }, around);
        }
        if self.legs[at].inflow.epoch() != epoch {
            let step = self.legs[at].keys.restart();
            self.key_step(at, &step, around);
        }
        let leg = &mut self.legs[at];
        if leg.accepted.is_telephone_event(header.payload_type) {
            leg.inflow.consume(number);
            match Event::parse(&bytes[payload]) {
                Some(event) => {
                    // Inside, a key's time counts in 1 ÷ 8,000 s.
                    let scale = leg.accepted.event_clock(header.payload_type) / 8_000;
                    self.key(at, event.slower(scale), scale, &header, around);
                }
                None => figures.dropped_malformed.add(1),
            }
        } else if let Some(codec) = leg.accepted.codec(header.payload_type) {
            leg.inflow.figures.timestamp(header.timestamp, now);
            self.hear_in_band(at, &bytes[payload.clone()], codec, around);
            self.hear_talk(at, &bytes[payload.clone()], codec, around);
            if self.tap.is_some() && !self.legs[at].aside {
                let track = Track::Leg(self.legs[at].id);
                self.tap_packet(track, &header, codec, &bytes[payload.clone()], around);
            }
            self.sound(at, number, &header, codec, payload, bytes, around);
        } else {
            // Comfort noise is a sign of life and nothing to hear, but in a mix.
            leg.inflow.consume(number);
            if header.payload_type != COMFORT_NOISE {
                figures.dropped_payload_type.add(1);
            } else {
                let (id, stream) = (leg.id, leg.inflow.epoch());
                let quiet = leg.attention.as_mut().and_then(|a| a.nothing()).is_some();
                if let Some(mixing) = &mut self.mixing {
                    mixing.hear(id, |ear| ear.put_noise(stream, header.timestamp, &bytes[payload], now));
                }
                if quiet {
                    self.tell(MediaEvent::Talk { leg: id, talking: false }, around);
                }
            }
        }
    }

    fn sound<W: Wire>(
        &mut self,
        at: usize,
        number: u32,
        header: &Header,
        codec: Codec,
        payload: Range<usize>,
        bytes: &mut [u8],
        around: &mut Surroundings<'_, W>,
    ) {
        if self.legs[at].spoke != Some(codec) {
            self.legs[at].spoke = Some(codec);
            self.route(around);
        }
        let leg = &self.legs[at];
        if let Some(mixing) = &mut self.mixing {
            let (stream, payload) = (leg.inflow.epoch(), &bytes[payload.clone()]);
            let put = mixing.hear(leg.id, |ear| ear.put(stream, header.timestamp, payload, around.now));
            if put == Some(Put::Late) {
                around.figures.mixed_late.add(1);
            }
        }
        let Some(number) = leg.inflow.closed_up(number) else { return around.figures.dropped_late.add(1) };
        let sound = Sound {
            from: leg.id,
            source: Source::Leg(leg.id, leg.inflow.epoch()),
            number,
            timestamp: header.timestamp,
            marker: header.marker,
            codec,
            payload,
        };
        for sink in 0..self.legs.len() {
            let leg = &self.legs[sink];
            if leg.direct == Some(sound.from) && leg.player.is_none() {
                self.pass(sink, &sound, bytes, around);
            }
        }
    }

    fn pass<W: Wire>(&mut self, sink: usize, sound: &Sound, bytes: &mut [u8], around: &mut Surroundings<'_, W>) {
        let leg = &mut self.legs[sink];
        let Some((to, remote)) = leg.target() else { return };
        let send = remote.send;
        let samples = sound.payload.len();
        let span = sound.codec.ticks(&bytes[sound.payload.clone()]);
        let place = leg.outflow.follow(sound.source, sound.number, sound.timestamp, span, sound.marker, around.now);
        let Some(place) = place else { return around.figures.dropped_late.add(1) };
        let header = Header {
            marker: place.marker,
            payload_type: send.payload_type,
            seq: place.seq,
            timestamp: place.timestamp,
            ssrc: leg.outflow.ssrc,
        };
        leg.outflow.count(samples);
        let figures = around.figures;
        let sent = match sound.codec.table_to(send.codec) {
            None => {
                // The header goes right before the payload, over the old one.
                let packet = &mut bytes[sound.payload.start - HEADER..sound.payload.end];
                header.write(packet);
                leg.send(to, packet, around.wire)
            }
            Some(table) => {
                let mut converted = [0u8; HEADER + LARGEST];
                let samples = samples.min(LARGEST);
                header.write(&mut converted);
                let from = &bytes[sound.payload.start..sound.payload.start + samples];
                for (out, byte) in converted[HEADER..].iter_mut().zip(from) {
                    *out = table[usize::from(*byte)];
                }
                leg.send(to, &converted[..HEADER + samples], around.wire)
            }
        };
        figures.dropped_unsecured.add((!sent).into());
    }

    /// `scale`: ticks of the event's clock in 1 ÷ 8,000 s.
    fn key<W: Wire>(&mut self, at: usize, event: Event, scale: u32, header: &Header, around: &mut Surroundings<'_, W>) {
        let leg = &mut self.legs[at];
        let step = leg.keys.hear(event, header.timestamp, scale, around.now);
        let timer = leg.keys.pressed() && !std::mem::replace(&mut leg.key_timer, true);
        self.key_step(at, &step, around);
        if timer {
            self.wake_in(at, RELEASE, Alarm::Key, around);
        }
    }

    /// Report keys, and pass them on to the legs that hear this one.
    pub(super) fn key_step<W: Wire>(&mut self, at: usize, step: &Step, around: &mut Surroundings<'_, W>) {
        let leg = self.legs[at].id;
        for (digit, duration) in step.report.into_iter().flatten() {
            self.tell(MediaEvent::Digit { leg, digit, duration, source: DigitSource::Rtp }, around);
            self.sound_key(leg, digit, around);
        }
        // A released key ends where it had begun; elsewhere nobody knows of it.
        for (press, begins) in [(step.released, false), (step.press, true)] {
            let Some(press) = press else { continue };
            for sink in 0..self.legs.len() {
                let sending = self.legs[sink].sending;
                let known = sending.is_some_and(|s| s.from == leg && s.pressed_at == press.timestamp);
                if self.legs[sink].hears.contains(&leg) && self.legs[sink].player.is_none() && (known || begins) {
                    self.pass_key(at, sink, press, known, around);
                }
            }
        }
    }

    fn pass_key<W: Wire>(
        &mut self,
        at: usize,
        sink: usize,
        press: Press,
        known: bool,
        around: &mut Surroundings<'_, W>,
    ) {
        let source = &self.legs[at];
        let (from, next) = (source.id, source.inflow.next());
        let passed = (Source::Leg(from, source.inflow.epoch()), next, press.timestamp);
        // A key's timestamps are those of its stream, if they count alike.
        let alike = source.codec().clock() == self.legs[sink].codec().clock()
            && source.accepted.event_clocks().all(|c| c == source.codec().clock());
        let place = if self.legs[sink].mixed { self.mix_place(sink) } else { Some(passed).filter(|_| alike) };
        let leg = &mut self.legs[sink];
        if !known {
            if leg.target().is_none() || !leg.takes_events() {
                return;
            }
            let timestamp = match place {
                Some((source, next, timestamp)) => leg.outflow.begin_event(source, next, timestamp, around.now),
                None => leg.outflow.begin_event_now(around.now),
            };
            leg.sending = Some(Sending { from, pressed_at: press.timestamp, timestamp, event: press.event });
        }
        if let Some(sending) = &mut leg.sending {
            sending.event = press.event;
        }
        if press.event.end {
            self.finish_key(sink, around);
        } else {
            self.send_key(sink, !known, around);
        }
    }

    /// End the key that is being sent to this leg: three times, as the last may be lost (RFC 4733 §2.5.1.4).
    pub(super) fn finish_key<W: Wire>(&mut self, at: usize, around: &mut Surroundings<'_, W>) {
        if let Some(sending) = &mut self.legs[at].sending {
            sending.event.end = true;
            for _ in 0..3 {
                self.send_key(at, false, around);
            }
            self.legs[at].sending = None;
        }
    }

    pub(super) fn send_key<W: Wire>(&mut self, at: usize, marker: bool, around: &mut Surroundings<'_, W>) {
        let leg = &mut self.legs[at];
        let (Some(sending), Some((to, remote))) = (leg.sending, leg.target()) else { return };
        let Some(payload_type) = remote.telephone_event else { return };
        let event = sending.event.faster(remote.event_clock / 8_000);
        let seq = leg.outflow.insert();
        leg.outflow.count(4);
        let header = Header { marker, payload_type, seq, timestamp: sending.timestamp, ssrc: leg.outflow.ssrc };
        let mut packet = [0u8; HEADER + 4];
        header.write(&mut packet);
        packet[HEADER..].copy_from_slice(&event.write());
        let sent = leg.send(to, &packet, around.wire);
        around.figures.dropped_unsecured.add((!sent).into());
    }

    fn hear_in_band<W: Wire>(&mut self, at: usize, payload: &[u8], codec: Codec, around: &mut Surroundings<'_, W>) {
        let (id, call) = (self.legs[at].id, self.id);
        let Some(inband) = &mut self.legs[at].inband else { return };
        inband.hear(payload, codec, |digit, duration| {
            let event = MediaEvent::Digit { leg: id, digit, duration, source: DigitSource::InBand };
            around.outbox.put(call, event, around.figures);
        });
    }

    fn hear_talk<W: Wire>(&mut self, at: usize, payload: &[u8], codec: Codec, around: &mut Surroundings<'_, W>) {
        let leg = &mut self.legs[at];
        if let Some(talking) = leg.attention.as_mut().and_then(|a| a.hear(payload, codec)) {
            let event = MediaEvent::Talk { leg: leg.id, talking };
            self.tell(event, around);
        }
    }

    pub(crate) fn rtcp<W: Wire>(
        &mut self,
        line: LineId,
        from: SocketAddr,
        bytes: &mut [u8],
        around: &mut Surroundings<'_, W>,
    ) {
        let Some(at) = self.by_line(line) else { return };
        let figures = around.figures;
        figures.rtcp_in.add(1);
        let leg = &mut self.legs[at];
        let described = leg.remote.as_ref().and_then(|r| r.rtcp);
        // Reports are believed from where the sound comes from, or where they were promised from.
        if leg.browser.is_none() && leg.latch.address().map(|a| a.ip()) != Some(from.ip()) && described != Some(from) {
            return figures.rtcp_dropped_source.add(1);
        }
        let Some(bytes) = unguard(&mut leg.guard, bytes, Secure::unprotect_rtcp, figures) else { return };
        let mux = leg.remote.as_ref().is_some_and(|r| r.rtcp_mux);
        if !leg.reports.hear(bytes, (!mux).then_some(from), &leg.outflow, around.now) {
            figures.rtcp_malformed.add(1);
        }
        // At once: whoever's way has become narrow has nothing of it in five seconds.
        if let Some(share) = leg.reports.take_news()
            && let Some(voice) = &mut leg.voice
        {
            voice.report(share);
        }
    }
}
