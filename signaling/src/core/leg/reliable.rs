//! Provisional responses to a caller, reliable where RFC 3262 asks or allows it.
//!
//! Reliable is what the caller requires, and any 18x with a description where the caller supports it: the description
//! must not get lost. One at a time: the next one, and a 2xx after a description, wait for the PRACK (§3).

use super::uas::Uas;
use super::{ALLOW, Leg, LegTimer, describe};
use crate::core::build::respond;
use crate::core::headers::Name;
use crate::core::input::Hop;
use crate::core::message::Message;
use crate::core::output::Counter;
use crate::core::stack::{Inbound, Stack};
use bytes::Bytes;
use ringdesk_voice::Cause;
use std::collections::VecDeque;
use std::time::Duration;

#[derive(Default)]
pub(super) struct Reliable {
    supported: bool,
    required: bool,
    last: u32,
    waiting: Option<Waiting>,
    queue: VecDeque<(u16, Option<Bytes>)>,
    /// A 200 that waits for the PRACK.
    pub(super) answer: Option<Bytes>,
}

struct Waiting {
    number: u32,
    bytes: Bytes,
    hop: Hop,
    interval: Duration,
    described: bool,
}

/// More 18x than any call has; of those that wait the oldest is dropped.
const MAX_QUEUE: usize = 4;

impl Reliable {
    pub(super) fn of(request: &Message) -> Reliable {
        let required = request.headers.contains(&Name::Require, "100rel");
        let supported = required || request.headers.contains(&Name::Supported, "100rel");
        Reliable { supported, required, ..Reliable::default() }
    }

    pub(super) fn is_supported(&self) -> bool {
        self.supported
    }

    /// A 2xx has to wait while a reliable description is not acknowledged.
    pub(super) fn holds_answer(&self) -> bool {
        self.waiting.as_ref().is_some_and(|waiting| waiting.described)
    }
}

impl Leg {
    pub(super) fn provisional(&mut self, stack: &mut Stack, status: u16, sdp: Option<Bytes>) {
        let Some(uas) = self.uas.as_deref_mut() else { return stack.count(Counter::CommandIgnored) };
        if uas.reliable.answer.is_some() {
            return stack.count(Counter::CommandIgnored);
        }
        // An offer of ours only a reliable response may carry, and only once; else we offer in the 2xx.
        let carries = uas.offered || (uas.reliable.supported && uas.progress.is_none());
        let sdp = sdp.filter(|_| carries);
        if let Some(sdp) = &sdp {
            uas.progress = Some(sdp.clone());
            self.described = Some(sdp.clone());
        }
        let reliable = uas.reliable.required || (uas.reliable.supported && sdp.is_some());
        if reliable && uas.reliable.waiting.is_some() {
            if uas.reliable.queue.len() == MAX_QUEUE {
                uas.reliable.queue.pop_front();
            }
            uas.reliable.queue.push_back((status, sdp));
            return;
        }
        self.send_provisional(stack, status, sdp, reliable);
    }

    fn send_provisional(&mut self, stack: &mut Stack, status: u16, sdp: Option<Bytes>, reliable: bool) {
        let (Some(uas), Some(dialog)) = (self.uas.as_deref_mut(), &self.dialog) else { return };
        let mut response = respond(&uas.request, status, None, Some(&self.tag));
        response.headers.push(Name::Contact, dialog.contact.as_str());
        response.headers.push(Name::Allow, ALLOW);
        if reliable {
            uas.reliable.last += 1;
            response.headers.push(Name::Require, "100rel");
            response.headers.push(Name::RSeq, uas.reliable.last.to_string());
        }
        if let Some(sdp) = &sdp {
            describe(&mut response, sdp);
        }
        let Some((hop, bytes)) = stack.transactions.respond(&mut stack.wire, uas.tx, &response) else { return };
        if reliable {
            let timers = stack.wire.setup.timers;
            let number = uas.reliable.last;
            uas.reliable.waiting = Some(Waiting { number, bytes, hop, interval: timers.t1, described: sdp.is_some() });
            self.alarms.set(&mut stack.wire, self.id, LegTimer::RepeatReliable, timers.t1);
            self.alarms.set(&mut stack.wire, self.id, LegTimer::PrackMissing, timers.transaction());
        }
    }

    /// PRACK. `Some`: it acknowledges; an offer in it may still have to be answered.
    pub(super) fn pracked(&mut self, stack: &mut Stack, prack: Inbound) -> bool {
        let Some(uas) = self.uas.as_deref_mut() else { return false };
        let Some((number, cseq)) = read_rack(prack.message) else { return false };
        let invite = uas.request.cseq().0;
        if cseq != invite || uas.reliable.waiting.take_if(|waiting| waiting.number == number).is_none() {
            return false;
        }
        self.alarms.clear(&mut stack.wire, LegTimer::RepeatReliable);
        self.alarms.clear(&mut stack.wire, LegTimer::PrackMissing);
        true
    }

    /// After a PRACK was answered: what waited for it.
    pub(super) fn after_prack(&mut self, stack: &mut Stack) {
        let Some(uas) = self.uas.as_deref_mut() else { return };
        if uas.reliable.waiting.is_some() {
            return;
        }
        if let Some(sdp) = uas.reliable.answer.take() {
            return self.answer(stack, sdp);
        }
        if let Some((status, sdp)) = uas.reliable.queue.pop_front() {
            self.send_provisional(stack, status, sdp, true);
        }
    }

    pub(super) fn repeat_reliable(&mut self, stack: &mut Stack) {
        let Some(Uas { reliable: Reliable { waiting: Some(waiting), .. }, .. }) = self.uas.as_deref_mut() else {
            return;
        };
        stack.wire.count(Counter::Retransmission);
        stack.wire.send(waiting.hop, waiting.bytes.clone());
        waiting.interval *= 2;
        self.alarms.set(&mut stack.wire, self.id, LegTimer::RepeatReliable, waiting.interval);
    }

    /// RFC 3262 §3: no PRACK within 64*T1, so the call is refused with a 5xx.
    pub(super) fn prack_missing(&mut self, stack: &mut Stack) {
        stack.count(Counter::AckMissing);
        self.refuse(stack, Cause::SignalingTimeout, 504);
    }
}

/// `RAck: response-num CSeq-num Method` (RFC 3262 §7.2).
fn read_rack(message: &Message) -> Option<(u32, u32)> {
    let mut parts = message.headers.get(&Name::RAck)?.split_ascii_whitespace();
    let (number, cseq) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    (parts.next() == Some("INVITE")).then_some((number, cseq))
}
