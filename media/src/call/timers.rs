//! What becomes due: prompt packets, reports, silence, keys whose end was lost.

use super::mix::LARGEST;
use super::{Call, Surroundings, Wire};
use crate::rtp::outflow::Source;
use crate::rtp::packet::{HEADER, Header};
use crate::shard::line::LineId;
use crate::shard::wheel::Alarm;
use ringdesk_voice::{MediaEvent, Track};
use std::time::Duration;

/// 60 ms of G.711.
const MOST_SAMPLES: usize = 480;
/// A player further behind than this many packets goes on from now instead of sending them all at once.
const CATCH_UP: u32 = 4;

/// Who sent no sound for so long does not speak.
pub(super) const QUIET: Duration = Duration::from_millis(500);
/// Without packets and checks of the path a browser is lost.
pub(super) const BROWSER_SILENT: Duration = Duration::from_secs(4);

/// Nearly everybody is dissatisfied below (G.107 annex B).
const POOR: f32 = 3.1;

impl Call {
    pub(crate) fn alarm<W: Wire>(&mut self, line: LineId, alarm: Alarm, around: &mut Surroundings<'_, W>) {
        if let Alarm::Mix(serial) = alarm {
            // The call's, whichever leg it was set by.
            return self.mix(serial, around);
        }
        let Some(at) = self.by_line(line) else { return };
        match alarm {
            Alarm::Mix(_) => {}
            Alarm::Frame(serial) => self.frame(at, serial, around),
            Alarm::Report => {
                self.report(at, false, around);
                self.adapt(at);
                self.sample(at, around);
                self.wake_in(at, around.settings.report_every, Alarm::Report, around);
            }
            Alarm::Watch => self.watch(at, around),
            Alarm::Key => self.key_overdue(at, around),
            Alarm::Attend => self.attended(at, around),
            Alarm::Press => self.press_on(at, around),
            Alarm::Shake => self.shake(at, around),
        }
    }

    fn frame<W: Wire>(&mut self, at: usize, serial: u32, around: &mut Surroundings<'_, W>) {
        let now = around.now;
        let leg = &mut self.legs[at];
        let (codec, packet_ms) = (leg.codec(), leg.remote.as_ref().map_or(20, |r| r.ptime));
        let packet_time = Duration::from_millis(u64::from(packet_ms));
        let samples = (packet_ms as usize * 8).min(MOST_SAMPLES);
        let target = leg.target().map(|(to, remote)| (to, remote.send.payload_type, remote.opus));
        // A playing that was replaced leaves its alarm behind.
        let Some(player) = leg.player.as_mut().filter(|p| p.serial == serial) else { return };
        if now.since(player.due) > packet_time {
            around.figures.late_ticks.add(1);
        }
        if now.since(player.due) > packet_time * CATCH_UP {
            player.due = now;
        }
        let mut packet = [0u8; HEADER + LARGEST];
        let (scale, pressed) = (codec.clock() / 8_000, player.is_key());
        let clock = player.clock.wrapping_mul(scale);
        if let Some(end) = player.fill(codec, &mut packet[HEADER..HEADER + samples]) {
            return self.stop_playing(at, end, around);
        }
        player.due += packet_time;
        let due = player.due;
        let mut length = samples;
        if let Some((.., wish)) = target
            && codec.is_wide()
        {
            let mut law = [0; MOST_SAMPLES];
            law[..samples].copy_from_slice(&packet[HEADER..HEADER + samples]);
            let voice = leg.voice.get_or_insert_default();
            length = voice.say(codec, wish, &law[..samples], &mut packet[HEADER..]).unwrap_or(0);
        }
        // The clock goes on while nobody listens, and where there is nothing to send for silence.
        if let Some((to, payload_type, _)) = target.filter(|_| length > 0) {
            let number = player.sent;
            player.sent = player.sent.wrapping_add(1);
            let place =
                leg.outflow.follow(Source::Player(serial), number, clock, samples as u32 * scale, number == 0, now);
            if let Some(place) = place {
                let header = Header {
                    marker: place.marker,
                    payload_type,
                    seq: place.seq,
                    timestamp: place.timestamp,
                    ssrc: leg.outflow.ssrc,
                };
                header.write(&mut packet);
                leg.outflow.count(length);
                let sent = leg.send(to, &packet[..HEADER + length], around.wire);
                around.figures.dropped_unsecured.add((!sent).into());
                if self.tap.is_some() && !pressed {
                    // Each playing is a source of its own, whatever stream carries it.
                    let header = Header { seq: number as u16, timestamp: clock, ssrc: serial, ..header };
                    let track = Track::Player(leg.id);
                    self.tap_packet(track, &header, codec, &packet[HEADER..HEADER + length], around);
                }
            }
        }
        self.wake_at(at, due, Alarm::Frame(serial), around);
    }

    fn watch<W: Wire>(&mut self, at: usize, around: &mut Surroundings<'_, W>) {
        let leg = &mut self.legs[at];
        // A browser asks for our consent every few seconds, whatever it has to say (RFC 7675): who does not is lost.
        let allowed = match leg.browser {
            Some(_) => around.settings.silent_after.min(BROWSER_SILENT),
            None => around.settings.silent_after,
        };
        if !leg.expects_sound() {
            leg.watch_timer = false;
            return;
        }
        let lasted = around.now.since(leg.heard);
        let silent = lasted >= allowed;
        let event = MediaEvent::Silent { leg: leg.id, lasted };
        let next = if silent { around.now + allowed } else { leg.heard + allowed };
        if silent && !std::mem::replace(&mut leg.silence_told, true) {
            leg.flowing = false;
            self.tell(event, around);
        }
        self.wake_at(at, next, Alarm::Watch, around);
    }

    fn key_overdue<W: Wire>(&mut self, at: usize, around: &mut Surroundings<'_, W>) {
        match self.legs[at].keys.overdue(around.now) {
            Ok(step) => {
                self.legs[at].key_timer = false;
                self.key_step(at, &step, around);
            }
            Err(Some(again)) => self.wake_at(at, again, Alarm::Key, around),
            Err(None) => self.legs[at].key_timer = false,
        }
    }

    fn attended<W: Wire>(&mut self, at: usize, around: &mut Surroundings<'_, W>) {
        let leg = &mut self.legs[at];
        let Some(attention) = &mut leg.attention else {
            leg.attend_timer = false;
            return;
        };
        if around.now.since(leg.heard) >= QUIET && attention.nothing().is_some() {
            let event = MediaEvent::Talk { leg: leg.id, talking: false };
            self.tell(event, around);
        }
        self.wake_in(at, QUIET, Alarm::Attend, around);
    }

    /// A report, which also keeps a NAT's mapping alive.
    fn report<W: Wire>(&mut self, at: usize, bye: bool, around: &mut Surroundings<'_, W>) {
        let leg = &mut self.legs[at];
        let Some((to, mux)) = leg.report_target() else { return };
        if let Some(packet) = leg.reports.compose(&mut leg.inflow, &leg.outflow, bye, around.now) {
            let sent = leg.send_report(to, mux, &packet, around.wire);
            around.figures.rtcp_out.add(sent.into());
        }
    }

    /// How it sounded since the last report.
    fn sample<W: Wire>(&mut self, at: usize, around: &mut Surroundings<'_, W>) {
        let leg = &mut self.legs[at];
        if leg.remote.is_none() {
            return;
        }
        let was_one_way = leg.samples.one_way;
        let (quality, one_way) = leg.sample(around.now);
        let figures = around.figures;
        figures.quality_samples.add(1);
        if let Some(mos) = quality.mos {
            figures.quality_rated.add(1);
            figures.quality_mos_hundredths.add((mos * 100.0) as u64);
            figures.quality_poor.add((mos < POOR).into());
        }
        figures.one_way.add((one_way && !was_one_way).into());
        let leg = leg.id;
        self.tell(MediaEvent::Quality { leg, quality, one_way }, around);
    }

    pub(super) fn say_goodbye<W: Wire>(&mut self, at: usize, around: &mut Surroundings<'_, W>) {
        self.report(at, true, around);
    }
}
