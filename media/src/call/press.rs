//! Keys that are pressed for a leg's party, one after the other: as telephone-events (RFC 4733 §2.5), or as sound where its line
//! wants that or it knows nothing else. By an order, or because somebody whom it hears pressed one in a way that it does not know.

use super::{Call, Surroundings, Wire};
use crate::leg::keys::Sending;
use crate::leg::player::Player;
use crate::rtp::packet::Event;
use crate::shard::wheel::Alarm;
use crate::shelf::Prompt;
use ringdesk_audio::{Clip, dtmf};
use ringdesk_model::Timestamp;
use ringdesk_voice::{Digit, LegId};
use std::collections::VecDeque;
use std::time::Duration;

/// How often a key that is held down is said again (RFC 4733 §2.5.1.2).
const AGAIN: Duration = Duration::from_millis(50);
const PRESSED: Duration = Duration::from_millis(100);
/// Between two keys: menus take two that follow faster for one.
const PAUSE: Duration = Duration::from_millis(100);
/// As loud as each of its two tones is, in dBm0 and all that: Q.24 asks for -3 to -24.
const LEVEL: f32 = -10.0;
/// Keys that may wait; further ones are dropped.
const WAITING: usize = 64;

/// Keys to be sent to one leg.
#[derive(Clone, Debug, Default)]
pub(crate) struct Presses {
    next: VecDeque<Digit>,
    began: Option<Timestamp>,
    /// An alarm is set.
    running: bool,
}

impl Call {
    pub(super) fn press<W: Wire>(&mut self, leg: LegId, keys: &[Digit], around: &mut Surroundings<'_, W>) {
        let Some(at) = self.by_id(leg) else { return around.figures.commands_ignored.add(1) };
        let presses = self.legs[at].presses.get_or_insert_default();
        let room = WAITING.saturating_sub(presses.next.len());
        presses.next.extend(keys.iter().take(room));
        if !std::mem::replace(&mut presses.running, true) {
            self.press_on(at, around);
        }
    }

    /// Somebody pressed a key: who hears him as sound alone hears it so, in the place of what he says.
    pub(super) fn sound_key<W: Wire>(&mut self, from: LegId, key: Digit, around: &mut Surroundings<'_, W>) {
        for at in 0..self.legs.len() {
            let leg = &self.legs[at];
            if leg.id != from && leg.hears.contains(&from) && leg.takes_tones() {
                self.press(leg.id, &[key], around);
            }
        }
    }

    /// The next key as sound. Where something else is played to it, it would not be heard.
    fn press_as_sound<W: Wire>(&mut self, at: usize, around: &mut Surroundings<'_, W>) {
        let leg = &mut self.legs[at];
        let Some(presses) = leg.presses.as_mut() else { return };
        if leg.player.as_ref().is_some_and(Player::is_key) {
            return self.wake_in(at, AGAIN, Alarm::Press, around);
        }
        let Some(key) = presses.next.pop_front() else {
            leg.presses = None;
            return;
        };
        if leg.player.is_none()
            && leg.target().is_some()
            && let Some(samples) = dtmf::generate(key.key(), PRESSED, LEVEL)
        {
            let sound = Prompt::encode(&Clip::new(samples));
            let serial = leg.next_player();
            self.start_playing(at, Player::of_key(serial, sound), around);
        }
        self.wake_in(at, PRESSED + PAUSE, Alarm::Press, around);
    }

    /// The next packet of this key, or the next key.
    pub(super) fn press_on<W: Wire>(&mut self, at: usize, around: &mut Surroundings<'_, W>) {
        if self.legs[at].takes_tones() {
            return self.press_as_sound(at, around);
        }
        let now = around.now;
        let leg = &mut self.legs[at];
        let own = leg.sending.is_some_and(|sending| sending.from == leg.id);
        let knows = leg.target().is_some() && leg.takes_events();
        let Some(presses) = leg.presses.as_mut() else { return };
        if let Some(began) = presses.began.filter(|_| own) {
            let pressed = now.since(began);
            let over = pressed >= PRESSED;
            if let Some(sending) = &mut leg.sending {
                sending.event.duration = u16::try_from(pressed.as_millis() * 8).unwrap_or(u16::MAX);
            }
            if over {
                presses.began = None;
                self.finish_key(at, around);
                return self.wake_in(at, PAUSE, Alarm::Press, around);
            }
            self.send_key(at, false, around);
            return self.wake_in(at, AGAIN, Alarm::Press, around);
        }
        // A key of somebody the leg hears came between, or nothing has begun yet.
        presses.began = None;
        if leg.sending.is_some() {
            return self.wake_in(at, AGAIN, Alarm::Press, around);
        }
        match presses.next.pop_front().filter(|_| knows) {
            Some(key) => {
                presses.began = Some(now);
                let event = Event { code: key.event(), end: false, volume: 10, duration: 0 };
                let timestamp = leg.outflow.begin_event_now(now);
                leg.sending = Some(Sending { from: leg.id, pressed_at: timestamp, timestamp, event });
                self.send_key(at, true, around);
                self.wake_in(at, AGAIN, Alarm::Press, around);
            }
            None => leg.presses = None,
        }
    }
}
