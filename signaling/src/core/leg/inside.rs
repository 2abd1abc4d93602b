//! Requests inside a dialog. Every one of them is answered.

use super::body::{body_of, digit_in};
use super::cause::{cause_in, q850_in};
use super::session::agree;
use super::{ALLOW, Leg, SUPPORTED, Stage};
use crate::core::build::respond;
use crate::core::headers::Name;
use crate::core::method::Method;
use crate::core::output::Counter;
use crate::core::stack::{Inbound, Stack};
use ringdesk_model::Timestamp;
use ringdesk_voice::{Cause, LegEvent, LegId, Sdp};
use std::time::Duration;

/// Requests inside one dialog that are taken at once, and how often one more: digits by INFO are the fastest there are.
const INSIDE_BURST: u32 = 100;
const INSIDE_EVERY: Duration = Duration::from_millis(100);

/// Extensions named in a refusal.
const UNSUPPORTED: usize = 16;
/// Extensions that a request may require of us.
const UNDERSTOOD: [&str; 5] = ["100rel", "timer", "replaces", "norefersub", "outbound"];

/// What a request requires and we cannot do (420, RFC 3261 §8.2.2.3).
pub(crate) fn not_understood(inbound: Inbound) -> Option<String> {
    let mut unknown = inbound
        .message
        .headers
        .all(&Name::Require)
        .filter(|tag| !UNDERSTOOD.iter().any(|known| known.eq_ignore_ascii_case(tag)))
        .peekable();
    unknown.peek()?;
    // As many as an answer may name: it must not be longer than its request.
    Some(unknown.take(UNSUPPORTED).collect::<Vec<_>>().join(", "))
}

impl Leg {
    /// A request with our tag; its transaction is new, and it is neither ACK nor CANCEL. `replaced`: the call that a REFER
    /// means by its Replaces, or why it means none.
    pub(crate) fn request(&mut self, stack: &mut Stack, inbound: Inbound, replaced: Option<Result<LegId, u16>>) {
        let request = inbound.message;
        let tag = request.from_tag().unwrap_or("").to_owned();
        let (cseq, method) = request.cseq();
        let known = self.dialog_with(&tag).filter(|dialog| dialog.call_id == request.call_id());
        // Whoever is refused here may be anybody: nothing is kept of it.
        let Some(dialog) = known else {
            stack.count(Counter::UnknownDialog);
            return self.turn_away(stack, inbound, 481, &[]);
        };
        // §12.2.2: older than what we have seen. The same number in another transaction is no repetition either.
        if dialog.remote_cseq.is_some_and(|last| cseq <= last) {
            return self.turn_away(stack, inbound, 500, &[]);
        }
        // Each is kept for its repetitions, so one party must not send them without end; it may always leave.
        if method != Method::Bye && self.asks_too_much(stack.wire.now) {
            stack.count(Counter::TooMuchInside);
            return self.turn_away(stack, inbound, 500, &[(Name::RetryAfter, "1")]);
        }
        let Some(dialog) = self.dialog_with(&tag) else { return };
        dialog.remote_cseq = Some(cseq);
        let lookup = dialog.heard(request, inbound.source, false);
        self.look_up_dialog(stack, &tag, lookup);
        self.flow_found(stack);
        if let Some(unknown) = not_understood(inbound) {
            return self.reply(stack, inbound, 420, &[(Name::Unsupported, &unknown)]);
        }
        if self.stage == Stage::Closing && method != Method::Bye {
            return self.reply(stack, inbound, 481, &[]);
        }
        match method {
            Method::Bye => self.bye(stack, inbound, &tag),
            Method::Invite => self.reinvite(stack, inbound),
            Method::Update => self.update(stack, inbound, &tag),
            Method::Prack => self.prack(stack, inbound),
            Method::Info => self.info(stack, inbound),
            Method::Options => {
                let more = [(Name::Allow, ALLOW), (Name::Accept, "application/sdp"), (Name::Supported, SUPPORTED)];
                self.reply(stack, inbound, 200, &more);
            }
            Method::Refer => self.refer(stack, inbound, replaced),
            // No subscription of ours is known here.
            Method::Notify => self.reply(stack, inbound, 481, &[]),
            Method::Subscribe => self.subscribe(stack, inbound),
            Method::Other(_) => self.reply(stack, inbound, 501, &[(Name::Allow, ALLOW)]),
            _ => self.reply(stack, inbound, 405, &[(Name::Allow, ALLOW)]),
        }
    }

    /// Answer, and forget.
    fn turn_away(&self, stack: &mut Stack, inbound: Inbound, status: u16, more: &[(Name, &str)]) {
        let mut response = respond(inbound.message, status, None, Some(&self.tag));
        for (name, value) in more {
            response.headers.push(name.clone(), *value);
        }
        stack.wire.send(inbound.answer, response.to_bytes());
    }

    /// One more request; true: more than a party of a call has any use for.
    fn asks_too_much(&mut self, now: Timestamp) -> bool {
        let at = self.inside_until.max(now) + INSIDE_EVERY;
        let too_much = at.since(now) > INSIDE_EVERY * INSIDE_BURST;
        if !too_much {
            self.inside_until = at;
        }
        too_much
    }

    fn bye(&mut self, stack: &mut Stack, inbound: Inbound, tag: &str) {
        self.reply(stack, inbound, 200, &[]);
        let cause = cause_in(inbound.message, Cause::Normal);
        self.q850 = q850_in(inbound.message);
        match self.stage {
            Stage::Early if self.uas.is_some() => self.refuse(stack, cause_in(inbound.message, Cause::Cancelled), 487),
            // An early fork that says good-bye; its INVITE still gets a final response (RFC 3261 §15).
            Stage::Early => self.fork_over(stack, tag),
            Stage::Talking | Stage::Closing => {
                self.end(stack, cause, None);
                self.forget_transfer(stack);
                self.unacked = None;
                self.bye_after_ack = None;
                // BYEs that crossed: ours is answered as well, or not; it makes no difference any more.
                if let Some(tx) = self.bye.take() {
                    stack.transactions.disown(tx);
                }
                self.abandon_offers(stack);
                self.wind_up(stack);
            }
        }
    }

    fn reinvite(&mut self, stack: &mut Stack, inbound: Inbound) {
        if self.stage == Stage::Early && self.uas.is_none() {
            // Our own INVITE is still under way (RFC 3261 §14.2).
            stack.count(Counter::Glare);
            return self.reply(stack, inbound, 491, &[]);
        }
        if self.session_too_small(stack, inbound) {
            return;
        }
        self.offered(stack, inbound, true);
    }

    fn update(&mut self, stack: &mut Stack, inbound: Inbound, tag: &str) {
        if self.session_too_small(stack, inbound) {
            return;
        }
        if inbound.message.body.is_empty() {
            return self.refreshed(stack, inbound);
        }
        // In an early dialog of ours an UPDATE may only follow an answer to our offer (RFC 3311 §5.1); and of several only the one
        // that is heard has anything to change.
        let settled = self.dialog.is_some() || self.uac.as_ref().is_some_and(|uac| uac.is_heard(tag));
        self.offered(stack, inbound, settled);
    }

    fn session_too_small(&mut self, stack: &mut Stack, inbound: Inbound) -> bool {
        match agree(stack.wire.setup.session, inbound.message) {
            Ok(_) => false,
            Err(small) => {
                self.reply(stack, inbound, 422, &[(Name::MinSe, &small.min.to_string())]);
                true
            }
        }
    }

    fn prack(&mut self, stack: &mut Stack, inbound: Inbound) {
        if !self.pracked(stack, inbound) {
            // After our 2xx nothing waits for it any more, but it is no fault either.
            let status = if self.stage == Stage::Talking { 200 } else { 481 };
            return self.reply(stack, inbound, status, &[]);
        }
        let sdp = body_of(inbound.message).sdp();
        if self.uas.as_mut().is_some_and(|uas| uas.offers_early() && !std::mem::replace(&mut uas.settled, true)) {
            // It is the answer to what our 183 offered.
            self.reply(stack, inbound, 200, &[]);
            stack.report(self.id, LegEvent::Confirmed { answer: sdp.map(Sdp) });
        } else if sdp.is_some() {
            self.offered(stack, inbound, true);
        } else {
            self.reply(stack, inbound, 200, &[]);
        }
        // An offer in it has to be answered first; the rest follows then.
        if self.theirs.is_none() {
            self.after_prack(stack);
        }
    }

    fn info(&mut self, stack: &mut Stack, inbound: Inbound) {
        let digit = digit_in(inbound.message);
        let keys =
            matches!(inbound.message.content_type().as_deref(), Some("application/dtmf-relay" | "application/dtmf"));
        match digit {
            Some((digit, duration)) => {
                self.reply(stack, inbound, 200, &[]);
                stack.report(self.id, LegEvent::Digit { digit, duration });
            }
            // A key we cannot read.
            None if keys => self.reply(stack, inbound, 400, &[]),
            // RFC 6086 §4.2.2: nothing in it, a sign of life.
            None if inbound.message.body.is_empty() => self.reply(stack, inbound, 200, &[]),
            None => {
                let accept = [(Name::Accept, "application/dtmf-relay, application/dtmf")];
                self.reply(stack, inbound, 415, &accept);
            }
        }
    }
}
