//! Keys for the other side by INFO, for lines that want them so: one after the other, each when the one before was answered,
//! so that none overtakes another.
//!
//! They are said as `application/dtmf-relay`, which nearly everybody reads; who refuses that is told `application/dtmf`.

use super::{Leg, Stage};
use crate::core::headers::Name;
use crate::core::method::Method;
use crate::core::output::Counter;
use crate::core::stack::Stack;
use crate::core::transaction::TxId;
use ringdesk_voice::Digit;
use std::collections::VecDeque;

/// Keys that may wait; further ones are dropped and counted.
const WAITING: usize = 64;
/// How long each is said to be pressed, in milliseconds.
const PRESSED: u32 = 100;

/// What is still to be pressed.
#[derive(Default)]
pub(super) struct Keys {
    next: VecDeque<Digit>,
    /// The INFO that waits for its answer, and its key.
    asked: Option<(TxId, Digit)>,
    /// It does not read `application/dtmf-relay`.
    plain: bool,
}

impl Leg {
    pub(super) fn press(&mut self, stack: &mut Stack, keys: &[Digit]) {
        if self.stage != Stage::Talking || self.dialog.is_none() {
            return stack.count(Counter::CommandIgnored);
        }
        let room = WAITING.saturating_sub(self.keys.next.len());
        if keys.len() > room {
            stack.count(Counter::CommandIgnored);
        }
        self.keys.next.extend(keys.iter().take(room));
        if self.keys.asked.is_none() {
            self.press_next(stack);
        }
    }

    fn press_next(&mut self, stack: &mut Stack) {
        let cut_off = self.is_cut_off();
        let Some(dialog) = self.dialog.as_mut().filter(|_| self.stage == Stage::Talking && !cut_off) else {
            return self.keys.next.clear();
        };
        let Some(digit) = self.keys.next.pop_front() else { return };
        let mut info = dialog.request(Method::Info);
        info.headers.push(Name::Contact, dialog.contact.as_str());
        info.headers.push(Name::UserAgent, stack.wire.setup.user_agent.as_str());
        let key = digit.key();
        if self.keys.plain {
            info.headers.push(Name::ContentType, "application/dtmf");
            info.body = key.to_string().into();
        } else {
            info.headers.push(Name::ContentType, "application/dtmf-relay");
            info.body = format!("Signal={key}\r\nDuration={PRESSED}\r\n").into();
        }
        let hop = dialog.hop;
        self.keys.asked = Some((self.ask(stack, hop, info), digit));
    }

    /// An INFO of ours is over: with this status, or without an answer. False: it is no INFO of ours.
    pub(super) fn pressed(&mut self, stack: &mut Stack, tx: TxId, status: Option<u16>) -> bool {
        let Some((_, digit)) = self.keys.asked.take_if(|(asked, _)| *asked == tx) else { return false };
        if status == Some(415) && !std::mem::replace(&mut self.keys.plain, true) {
            self.keys.next.push_front(digit);
        }
        // What was not heard is not said again: a key that comes twice does more harm than one that is lost.
        self.press_next(stack);
        true
    }

    /// The same INFO goes again, signed.
    pub(super) fn pressed_again(&mut self, tx: TxId, again: TxId) {
        if let Some((asked, _)) = self.keys.asked.as_mut().filter(|(asked, _)| *asked == tx) {
            *asked = again;
        }
    }
}
