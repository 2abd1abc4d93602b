//! Calls that come in: from the INVITE to the ACK of our 2xx, or to our refusal.

use super::body::{Body, body_of};
use super::cause::{cause_in, q850_in, reason_for_trunk};
use super::dialog::Dialog;
use super::reliable::Reliable;
use super::session::agree;
use super::{ALLOW, Leg, LegTimer, SUPPORTED, Stage, Unacked, describe};
use crate::core::build::respond;
use crate::core::headers::Name;
use crate::core::identity::{self, SaidIdentity};
use crate::core::input::Hop;
use crate::core::message::Message;
use crate::core::output::{Counter, LegNote, Output};
use crate::core::phones;
use crate::core::stack::{Inbound, Stack};
use crate::core::text::readable;
use crate::core::transaction::TxId;
use crate::core::uri::Uri;
use bytes::Bytes;
use ringdesk_model::Pii;
use ringdesk_voice::{Cause, IncomingCall, LegEvent, LegId, Origin, Party, Profile, Sdp};

/// A call that waits for our final response.
pub(super) struct Uas {
    pub(super) request: Message,
    pub(super) tx: TxId,
    /// The INVITE had an offer; else ours comes late, in the 2xx.
    pub(super) offered: bool,
    /// The description that we gave in a 183.
    pub(super) progress: Option<Bytes>,
    /// A PRACK came for an offer of ours in it.
    pub(super) settled: bool,
    pub(super) reliable: Reliable,
}

impl Uas {
    /// The caller had no offer, and ours went out in a 183.
    pub(super) fn offers_early(&self) -> bool {
        !self.offered && self.progress.is_some()
    }

    /// A response to the INVITE, without anything special in it.
    pub(super) fn respond(&self, stack: &mut Stack, status: u16, tag: &str) {
        let response = respond(&self.request, status, None, Some(tag));
        stack.transactions.respond(&mut stack.wire, self.tx, &response);
    }
}

impl Leg {
    /// A call at the door. The endpoint has checked the request and who sends it. `None`: it has no usable Contact.
    pub(crate) fn incoming(
        stack: &mut Stack,
        id: LegId,
        inbound: Inbound,
        origin: Origin,
        replaces: Option<LegId>,
    ) -> Option<Leg> {
        let request = inbound.message;
        let mut leg = Leg::new(stack, id);
        if let Origin::Trunk(trunk) = origin {
            leg.trunk = Some(trunk);
            leg.dialable = true;
        }
        leg.guest = matches!(origin, Origin::Guest(_));
        let called = Uri::parse(request.uri()).ok();
        let number = called.as_ref().and_then(Uri::user).unwrap_or_default().into_owned();
        let contact = stack.wire.contact(&inbound.source, &number);
        let Some((dialog, lookup)) = Dialog::called(request, inbound.source, &leg.tag, contact) else {
            stack.forget(&leg.tag, &[]);
            return None;
        };
        let tag = dialog.remote_tag.clone();
        leg.dialog = Some(dialog);
        leg.look_up_dialog(stack, &tag, lookup);
        let offer = body_of(request).sdp();
        let tx = stack.transactions.open(&mut stack.wire, request, inbound.answer, Some(id));
        let reliable = Reliable::of(request);
        let knows_reliable = reliable.is_supported();
        leg.uas = Some(Box::new(Uas {
            request: Message { body: Bytes::new(), ..request.clone() },
            tx,
            offered: offer.is_some(),
            progress: None,
            settled: false,
            reliable,
        }));
        let ringing = stack.wire.setup.timers.ringing;
        leg.alarms.set(&mut stack.wire, id, LegTimer::Ringing, ringing);
        stack.wire.outputs.push_back(Output::Incoming(IncomingCall {
            leg: id,
            from: caller(stack, request, &origin),
            to: leg.called(stack, request, number),
            profile: leg.sound(stack, &origin, &inbound.source),
            origin,
            interface: inbound.source.interface,
            offer: offer.map(Sdp),
            reliable: knows_reliable,
            replaces,
            hops: request.max_forwards().unwrap_or(70).saturating_sub(1),
            sip_call_id: request.call_id().to_owned(),
        }));
        if let Some(trunk) = leg.trunk {
            let said = Box::new(SaidIdentity::of(request));
            stack.note(id, LegNote::Came { trunk, said });
        }
        Some(leg)
    }

    /// The number that was called: where the trunk says it.
    fn called(&self, stack: &Stack, request: &Message, number: String) -> Party {
        match self.trunk {
            Some(trunk) => identity::called(request, stack.directory.profile(trunk), &stack.directory),
            None => Party::number(number),
        }
    }

    /// How a trunk wants its sound made, or a telephone.
    fn sound(&self, stack: &Stack, origin: &Origin, hop: &Hop) -> Profile {
        match origin {
            Origin::Trunk(trunk) => Profile::Rtp(stack.directory.profile(*trunk).sound.clone()),
            Origin::Extension(extension) => phones::profile(&stack.wire.setup, extension, hop),
            Origin::Guest(_) => phones::profile(&stack.wire.setup, "", hop),
        }
    }

    /// Our 200, as soon as RFC 3262 allows it.
    pub(super) fn answer(&mut self, stack: &mut Stack, sdp: Bytes) {
        let Some(uas) = self.uas.as_mut() else { return stack.count(Counter::CommandIgnored) };
        if uas.reliable.holds_answer() {
            uas.reliable.answer = Some(sdp);
            return;
        }
        let Some(uas) = self.uas.take() else { return };
        self.alarms.clear(&mut stack.wire, LegTimer::Ringing);
        self.alarms.clear(&mut stack.wire, LegTimer::RepeatReliable);
        self.alarms.clear(&mut stack.wire, LegTimer::PrackMissing);
        self.stage = Stage::Talking;
        // What was offered in a 183 was answered in its PRACK: there is nothing to say about it (RFC 3262 §5).
        let settled = uas.offers_early();
        let sdp = if settled { Bytes::new() } else { sdp };
        self.accept_invite(stack, uas.tx, &uas.request, sdp, !uas.offered && !settled, true);
    }

    /// Send our 2xx to an INVITE, the first or a later one, and repeat it until its ACK comes. `sdp`: empty where all is said.
    pub(super) fn accept_invite(
        &mut self,
        stack: &mut Stack,
        tx: TxId,
        request: &Message,
        sdp: Bytes,
        late: bool,
        initial: bool,
    ) {
        let mut response = self.accepting(stack, request);
        if !sdp.is_empty() {
            describe(&mut response, &sdp);
            self.described = Some(sdp);
        }
        let Some((hop, bytes)) = stack.transactions.respond(&mut stack.wire, tx, &response) else { return };
        let timers = stack.wire.setup.timers;
        self.alarms.set(&mut stack.wire, self.id, LegTimer::RepeatAnswer, timers.t1);
        self.alarms.set(&mut stack.wire, self.id, LegTimer::AckMissing, timers.transaction());
        let cseq = request.cseq().0;
        self.unacked = Some(Box::new(Unacked { cseq, bytes, hop, interval: timers.t1, late, initial }));
    }

    /// A 200 with what every acceptance of ours says; the session timer starts with it.
    pub(super) fn accepting(&mut self, stack: &mut Stack, request: &Message) -> Message {
        let mut response = respond(request, 200, None, Some(&self.tag));
        if let Some(dialog) = &self.dialog {
            response.headers.push(Name::Contact, dialog.contact.as_str());
        }
        response.headers.push(Name::Allow, ALLOW);
        response.headers.push(Name::Supported, SUPPORTED);
        response.headers.push(Name::Server, stack.wire.setup.user_agent.as_str());
        // Too small an interval was refused when the request came.
        if let Ok((session, fields)) = agree(stack.wire.setup.session, request) {
            fields.write(&mut response);
            if self.stage == Stage::Talking {
                self.renew_session(stack, session);
            }
        }
        response
    }

    /// An ACK inside the dialog.
    pub(crate) fn acknowledged(&mut self, stack: &mut Stack, ack: Inbound) {
        let cseq = ack.message.cseq().0;
        let Some(unacked) = self.unacked.take_if(|unacked| unacked.cseq == cseq) else {
            // One for each repetition of our 2xx.
            return stack.count(Counter::Repeated);
        };
        self.alarms.clear(&mut stack.wire, LegTimer::RepeatAnswer);
        self.alarms.clear(&mut stack.wire, LegTimer::AckMissing);
        if let Some(dialog) = &mut self.dialog {
            let lookup = dialog.heard(ack.message, ack.source, false);
            let tag = dialog.remote_tag.clone();
            self.look_up_dialog(stack, &tag, lookup);
        }
        if self.stage == Stage::Closing {
            if let Some(cause) = self.bye_after_ack.take() {
                self.send_bye(stack, cause);
            }
            return;
        }
        let answer = if unacked.late { body_of(ack.message).sdp().map(Sdp) } else { None };
        // Of a later INVITE only its answer to a late offer is news.
        if unacked.initial || unacked.late {
            stack.report(self.id, LegEvent::Confirmed { answer });
        }
        self.make_queued_offer(stack);
    }

    pub(super) fn repeat_answer(&mut self, stack: &mut Stack) {
        let Some(unacked) = &mut self.unacked else { return };
        stack.wire.count(Counter::Retransmission);
        stack.wire.send(unacked.hop, unacked.bytes.clone());
        unacked.interval = (unacked.interval * 2).min(stack.wire.setup.timers.t2);
        self.alarms.set(&mut stack.wire, self.id, LegTimer::RepeatAnswer, unacked.interval);
    }

    /// RFC 3261 §13.3.1.4: no ACK within 64*T1, so the session ends with BYE.
    pub(super) fn ack_missing(&mut self, stack: &mut Stack) {
        self.unacked = None;
        self.alarms.clear(&mut stack.wire, LegTimer::RepeatAnswer);
        stack.count(Counter::AckMissing);
        self.end(stack, Cause::SignalingTimeout, None);
        self.stage = Stage::Closing;
        let cause = self.bye_after_ack.take().unwrap_or(Cause::SignalingTimeout);
        self.send_bye(stack, cause);
    }

    /// Refuse the call with this status.
    pub(super) fn refuse(&mut self, stack: &mut Stack, cause: Cause, status: u16) {
        let Some(uas) = self.uas.take() else { return };
        let mut response = respond(&uas.request, status, None, Some(&self.tag));
        response.headers.push(Name::Server, stack.wire.setup.user_agent.as_str());
        if self.trunk.is_some() && status != 487 {
            // RFC 6432: the network behind wants its own cause.
            response.headers.push(Name::Reason, reason_for_trunk(cause));
        }
        if status == 503 {
            response.headers.push(Name::RetryAfter, stack.wire.setup.limits.retry_after.to_string());
        }
        stack.transactions.respond(&mut stack.wire, uas.tx, &response);
        self.end(stack, cause, Some(status));
        self.finish(stack);
    }

    /// The caller gave up: CANCEL. Or it cancels a re-INVITE that waits for our answer; then the session goes on.
    pub(crate) fn cancelled(&mut self, stack: &mut Stack, tx: TxId, cancel: &Message) {
        if self.uas.as_ref().is_some_and(|uas| uas.tx == tx) {
            self.q850 = q850_in(cancel);
            self.refuse(stack, cause_in(cancel, Cause::Cancelled), 487);
        } else {
            self.refuse_offer(stack, 487);
        }
    }

    /// The tag that we answer the CANCEL of this leg with (RFC 3261 §9.2).
    pub(crate) fn tag(&self) -> &str {
        &self.tag
    }
}

/// Who calls: an extension is who it proved to be, a trunk says it in its own way.
fn caller(stack: &Stack, request: &Message, origin: &Origin) -> Party {
    match origin {
        Origin::Trunk(trunk) => identity::caller(request, stack.directory.profile(*trunk)),
        // Who it is, whoever gave the ticket knows.
        Origin::Guest(_) => Party::number("anonymous"),
        Origin::Extension(user) => {
            let display = request.from_addr().and_then(|from| from.display);
            Party { number: Pii::new(user.clone()), name: display.map(|name| Pii::new(readable(&name).into_owned())) }
        }
    }
}

/// Why this body cannot be used in an INVITE or UPDATE: 415 (RFC 3261 §8.2.3).
pub(crate) fn unusable_body(message: &Message) -> bool {
    matches!(body_of(message), Body::Encoded | Body::Unknown)
}
