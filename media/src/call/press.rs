//! Keys that nobody presses but an order: sent to a leg's party as telephone-events (RFC 4733 §2.5), one after the other.

use super::{Call, Surroundings, Wire};
use crate::leg::keys::Sending;
use crate::rtp::packet::Event;
use crate::shard::wheel::Alarm;
use ringdesk_model::Timestamp;
use ringdesk_voice::{Digit, LegId};
use std::collections::VecDeque;
use std::time::Duration;

/// How often a key that is held down is said again (RFC 4733 §2.5.1.2).
const AGAIN: Duration = Duration::from_millis(50);
const PRESSED: Duration = Duration::from_millis(100);
/// Between two keys: menus take two that follow faster for one.
const PAUSE: Duration = Duration::from_millis(100);
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

    /// The next packet of this key, or the next key.
    pub(super) fn press_on<W: Wire>(&mut self, at: usize, around: &mut Surroundings<'_, W>) {
        let now = around.now;
        let leg = &mut self.legs[at];
        let own = leg.sending.is_some_and(|sending| sending.from == leg.id);
        let knows = leg.target().is_some_and(|(_, remote)| remote.telephone_event.is_some());
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
