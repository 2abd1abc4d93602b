//! Events on their way out. State events are kept here while the listener's buffer is full, in order, and tried again.
//!
//! What happens when it does not drain: above [`DIGITS`] waiting, keys and who speaks are dropped and counted (only the
//! other side could make so many); above [`FULL`] the shard takes no more commands, so its command buffer fills and
//! `Media::command` refuses. All other events follow from commands or happen once per leg, so the outbox is bounded.

use crate::figures::Figures;
use ringdesk_model::{CallId, Full, Outlet};
use ringdesk_voice::MediaEvent;
use std::collections::VecDeque;

const DIGITS: usize = 4_096;
const FULL: usize = 8_192;

pub(crate) struct Outbox {
    outlet: Outlet<(CallId, MediaEvent)>,
    waiting: VecDeque<(CallId, MediaEvent)>,
}

impl Outbox {
    pub(crate) fn new(outlet: Outlet<(CallId, MediaEvent)>) -> Self {
        Outbox { outlet, waiting: VecDeque::new() }
    }

    pub(crate) fn put(&mut self, call: CallId, event: MediaEvent, figures: &Figures) {
        if self.waiting.is_empty() {
            if let Err(Full(event)) = self.outlet.try_send((call, event)) {
                self.waiting.push_back(event);
            }
        } else if matches!(event, MediaEvent::Digit { .. } | MediaEvent::Talk { .. }) && self.waiting.len() >= DIGITS {
            figures.digits_dropped.add(1);
        } else {
            self.waiting.push_back((call, event));
        }
        figures.events_waiting.set(self.waiting.len() as u64);
    }

    /// Try again what waits.
    pub(crate) fn flush(&mut self, figures: &Figures) {
        while let Some(event) = self.waiting.pop_front() {
            if let Err(Full(event)) = self.outlet.try_send(event) {
                self.waiting.push_front(event);
                break;
            }
        }
        figures.events_waiting.set(self.waiting.len() as u64);
    }

    pub(crate) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.waiting.len() >= FULL
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_voice::{Digit, DigitSource, LegId};
    use std::sync::mpsc::sync_channel;
    use std::time::Duration;
    use uuid::Uuid;

    #[test]
    fn state_events_wait_in_order_and_digits_give_way() {
        let (tx, rx) = sync_channel(1);
        let figures = Figures::default();
        let mut outbox = Outbox::new(Outlet::new(move |e| {
            tx.try_send(e).map_err(|e| match e {
                std::sync::mpsc::TrySendError::Full(e) | std::sync::mpsc::TrySendError::Disconnected(e) => Full(e),
            })
        }));
        let call = CallId(Uuid::nil());
        let leg = |n: u128| LegId(Uuid::from_u128(n));
        let digit = || MediaEvent::Digit {
            leg: leg(0),
            digit: Digit::new('1').unwrap(),
            duration: Duration::ZERO,
            source: DigitSource::Rtp,
        };
        for n in 0..FULL as u128 + 1 {
            outbox.put(call, MediaEvent::Flowing { leg: leg(n) }, &figures);
            outbox.put(call, digit(), &figures);
            if n == 1 {
                assert!(outbox.is_waiting() && !outbox.is_full());
            }
        }
        assert!(outbox.is_full());
        assert!(figures.digits_dropped.get() > 0);
        let mut next = 0;
        while let Ok((_, event)) = rx.try_recv() {
            if let MediaEvent::Flowing { leg: got } = event {
                assert_eq!(got, leg(next));
                next += 1;
            }
            outbox.flush(&figures);
        }
        assert_eq!(next, FULL as u128 + 1);
        assert_eq!(figures.events_waiting.get(), 0);
    }
}
