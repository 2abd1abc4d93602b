//! Changing a session that stands: their offers and ours (RFC 3261 §14, RFC 3311), and the refresh of RFC 4028.

use super::body::body_of;
use super::dialog::Dialog;
use super::session::{min_se, settled};
use super::uas::unusable_body;
use super::{ALLOW, Leg, LegTimer, Stage, describe};
use crate::core::build::respond;
use crate::core::headers::Name;
use crate::core::input::Hop;
use crate::core::message::Message;
use crate::core::method::Method;
use crate::core::output::Counter;
use crate::core::stack::{Inbound, Stack};
use crate::core::transaction::client::ClientFailure;
use crate::core::transaction::{ClientEnd, TxId};
use bytes::Bytes;
use ringdesk_voice::{Cause, LegEvent, Sdp};
use std::time::Duration;

/// An offer of the other side that waits for our answer.
pub(super) struct Theirs {
    pub(super) how: How,
}

pub(super) enum How {
    /// In a re-INVITE, UPDATE or PRACK: the answer goes into its response.
    Request { tx: TxId, request: Box<Message> },
    /// In the 2xx to our INVITE: the answer goes into the ACK.
    Ack { cseq: u32 },
}

impl Theirs {
    pub(super) fn is_ack_for(&self, cseq: u32) -> bool {
        matches!(self.how, How::Ack { cseq: waiting } if waiting == cseq)
    }
}

/// An offer of ours, or a refresh, that waits for their answer.
pub(super) struct Ours {
    /// `None`: waits for its next try.
    pub(super) tx: Option<TxId>,
    kind: Kind,
    /// Without: a refresh by UPDATE.
    offer: Option<Bytes>,
    tries: u8,
    pub(super) cseq: u32,
    min_se: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Reoffer,
    Refresh,
}

/// Tries of one offer of ours, glares included.
const MAX_TRIES: u8 = 6;
/// A refresh that could not be made, or was refused, is tried again after this.
const REFRESH_AGAIN: Duration = Duration::from_secs(20);

impl Leg {
    /// A re-INVITE, or an UPDATE or PRACK with an offer. The dialog and its CSeq are checked; a PRACK has done its duty.
    pub(super) fn offered(&mut self, stack: &mut Stack, inbound: Inbound, settled_so_far: bool) {
        let request = inbound.message;
        let invite = matches!(request.method(), Some(Method::Invite));
        if unusable_body(request) {
            return self.reply(stack, inbound, 415, &[(Name::Accept, "application/sdp")]);
        }
        let sdp = body_of(request).sdp();
        let waits_for_ack = self.unacked.as_ref().is_some_and(|unacked| invite || unacked.late);
        if self.ours.as_ref().is_some_and(|ours| ours.tx.is_some()) || waits_for_ack || !settled_so_far {
            // Theirs crossed ours (RFC 3261 §14.2), or an answer is still on its way.
            stack.count(Counter::Glare);
            return self.reply(stack, inbound, 491, &[]);
        }
        if self.theirs.is_some() || self.uas.as_ref().is_some_and(|uas| invite || uas.progress.is_none()) {
            // One at a time (RFC 3261 §14.2, RFC 3311 §5.2).
            let wait = (stack.wire.words.bits() % 11).to_string();
            return self.reply(stack, inbound, 500, &[(Name::RetryAfter, &wait)]);
        }
        let tx = stack.transactions.open(&mut stack.wire, request, inbound.answer, Some(self.id));
        self.theirs = Some(Box::new(Theirs { how: How::Request { tx, request: Box::new(request.clone()) } }));
        let patience = stack.wire.setup.timers.offer;
        self.alarms.set(&mut stack.wire, self.id, LegTimer::OfferUnanswered, patience);
        stack.report(self.id, LegEvent::Offered { offer: sdp.map(Sdp) });
    }

    /// An UPDATE without an offer: only a sign of life, or a new Contact.
    pub(super) fn refreshed(&mut self, stack: &mut Stack, inbound: Inbound) {
        let response = self.accepting(stack, inbound.message);
        self.target_refresh(stack, inbound.message, inbound.source);
        stack.transactions.answer(&mut stack.wire, inbound.message, inbound.answer, &response);
    }

    pub(super) fn accept_offer(&mut self, stack: &mut Stack, answer: Bytes) {
        let Some(theirs) = self.theirs.take() else { return stack.count(Counter::CommandIgnored) };
        self.alarms.clear(&mut stack.wire, LegTimer::OfferUnanswered);
        match theirs.how {
            How::Request { tx, request } => {
                let source = self.source_of(&request);
                if let Some(source) = source {
                    self.target_refresh(stack, &request, source);
                }
                if matches!(request.method(), Some(Method::Invite)) {
                    let late = body_of(&request).sdp().is_none();
                    return self.accept_invite(stack, tx, &request, answer, late, false);
                }
                let mut response = self.accepting(stack, &request);
                describe(&mut response, &answer);
                self.described = Some(answer);
                stack.transactions.respond(&mut stack.wire, tx, &response);
                self.after_prack(stack);
                self.make_queued_offer(stack);
            }
            How::Ack { cseq } => {
                self.described = Some(answer.clone());
                if let Some(tag) = self.dialog.as_ref().map(|dialog| dialog.remote_tag.clone()) {
                    self.acknowledge(stack, cseq, &tag, Some(&answer));
                }
            }
        }
    }

    pub(super) fn refuse_offer(&mut self, stack: &mut Stack, status: u16) {
        let Some(theirs) = self.theirs.take() else { return stack.count(Counter::CommandIgnored) };
        self.alarms.clear(&mut stack.wire, LegTimer::OfferUnanswered);
        match theirs.how {
            How::Request { tx, request } => {
                let status = if (400..700).contains(&status) { status } else { 488 };
                let response = respond(&request, status, None, Some(self.tag()));
                stack.transactions.respond(&mut stack.wire, tx, &response);
                self.after_prack(stack);
                self.make_queued_offer(stack);
            }
            How::Ack { cseq } => {
                if let Some(tag) = self.dialog.as_ref().map(|dialog| dialog.remote_tag.clone()) {
                    self.acknowledge(stack, cseq, &tag, None);
                }
                self.end(stack, Cause::NotAcceptable, None);
                self.stage = Stage::Closing;
                self.send_bye(stack, Cause::NotAcceptable);
            }
        }
    }

    /// Whoever should have answered did not: the session stays as it is.
    pub(super) fn offer_unanswered(&mut self, stack: &mut Stack) {
        stack.count(Counter::Ghost);
        self.refuse_offer(stack, 488);
    }

    /// The leg ends: what still waits for an answer of ours gets one, what we wait for is nobody's any more.
    pub(super) fn abandon_offers(&mut self, stack: &mut Stack) {
        self.queued = None;
        self.alarms.clear(&mut stack.wire, LegTimer::OfferAgain);
        self.alarms.clear(&mut stack.wire, LegTimer::OfferUnanswered);
        self.alarms.clear(&mut stack.wire, LegTimer::SessionRefresh);
        self.alarms.clear(&mut stack.wire, LegTimer::SessionExpiry);
        if let Some(theirs) = self.theirs.take() {
            match theirs.how {
                How::Request { tx, request } => {
                    let response = respond(&request, 487, None, Some(self.tag()));
                    stack.transactions.respond(&mut stack.wire, tx, &response);
                }
                How::Ack { cseq } => {
                    if let Some(tag) = self.dialog.as_ref().map(|dialog| dialog.remote_tag.clone()) {
                        self.acknowledge(stack, cseq, &tag, None);
                    }
                }
            }
        }
        if let Some(tx) = self.ours.take().and_then(|ours| ours.tx) {
            stack.transactions.cancel(&mut stack.wire, tx, None);
        }
    }

    pub(super) fn reoffer(&mut self, stack: &mut Stack, offer: Sdp) {
        let reoffering = self.ours.as_ref().is_some_and(|ours| ours.kind == Kind::Reoffer) || self.queued.is_some();
        if self.stage != Stage::Talking || reoffering {
            return stack.count(Counter::CommandIgnored);
        }
        if self.theirs.is_some() {
            return stack.report(self.id, LegEvent::ReofferRefused { status: 491 });
        }
        self.queued = Some(offer);
        self.make_queued_offer(stack);
    }

    /// Make the offer that waits, if nothing stands in its way any more.
    pub(super) fn make_queued_offer(&mut self, stack: &mut Stack) {
        if self.stage != Stage::Talking || self.unacked.is_some() || self.theirs.is_some() || self.ours.is_some() {
            return;
        }
        if let Some(offer) = self.queued.take() {
            let offer = Some(offer.0);
            self.ours = Some(Box::new(Ours { tx: None, kind: Kind::Reoffer, offer, tries: 0, cseq: 0, min_se: None }));
            self.send_ours(stack);
        }
    }

    /// Half of the session interval is over and it is on us.
    pub(super) fn refresh(&mut self, stack: &mut Stack) {
        let Some(dialog) = self.dialog.as_ref().filter(|_| self.stage == Stage::Talking) else { return };
        if self.unacked.is_some() || self.theirs.is_some() || self.ours.is_some() {
            return self.alarms.set(&mut stack.wire, self.id, LegTimer::SessionRefresh, REFRESH_AGAIN);
        }
        let offer = if dialog.allows_update { None } else { self.described.clone() };
        self.ours = Some(Box::new(Ours { tx: None, kind: Kind::Refresh, offer, tries: 0, cseq: 0, min_se: None }));
        self.send_ours(stack);
    }

    pub(super) fn offer_again(&mut self, stack: &mut Stack) {
        if self.theirs.is_some() || self.unacked.is_some() {
            let soon = stack.wire.setup.timers.t1;
            return self.alarms.set(&mut stack.wire, self.id, LegTimer::OfferAgain, soon);
        }
        self.send_ours(stack);
    }

    fn send_ours(&mut self, stack: &mut Stack) {
        let (Some(ours), Some(dialog)) = (&mut self.ours, &mut self.dialog) else { return };
        let method = if ours.offer.is_some() { Method::Invite } else { Method::Update };
        let mut request = dialog.request(method);
        request.headers.push(Name::Contact, dialog.contact.as_str());
        request.headers.push(Name::Allow, ALLOW);
        request.headers.push(Name::Supported, "timer");
        request.headers.push(Name::UserAgent, stack.wire.setup.user_agent.as_str());
        let session = self.session;
        let interval = session.map_or(stack.wire.setup.session.expires, |session| session.interval);
        let interval = interval.max(ours.min_se.unwrap_or(0));
        // Who refreshed so far goes on doing so (RFC 4028 §7.4).
        let refresher = if session.is_none_or(|session| session.we_refresh) { "uac" } else { "uas" };
        request.headers.push(Name::SessionExpires, format!("{interval};refresher={refresher}"));
        if let Some(min) = ours.min_se {
            request.headers.push(Name::MinSe, min.to_string());
        }
        if let Some(offer) = &ours.offer {
            describe(&mut request, offer);
        }
        ours.tries += 1;
        ours.cseq = request.cseq().0;
        let hop = dialog.hop;
        let tx = self.ask(stack, hop, request);
        if let Some(ours) = &mut self.ours {
            ours.tx = Some(tx);
        }
    }

    /// A response to our re-INVITE or UPDATE.
    pub(super) fn ours_answered(&mut self, stack: &mut Stack, response: &Message, source: Hop) {
        let status = response.status().unwrap_or(0);
        if status < 200 {
            return;
        }
        let Some(mut ours) = self.ours.take() else { return };
        ours.tx = None;
        match status {
            200..=299 => self.ours_accepted(stack, *ours, response, source),
            491 if ours.tries < MAX_TRIES => {
                stack.count(Counter::Glare);
                let wait = self.glare_wait(stack);
                self.ours = Some(ours);
                self.alarms.set(&mut stack.wire, self.id, LegTimer::OfferAgain, wait);
            }
            422 if ours.tries < MAX_TRIES && min_se(response).is_some() => {
                ours.min_se = min_se(response);
                self.ours = Some(ours);
                self.send_ours(stack);
            }
            // The other side knows nothing of the dialog any more (RFC 3261 §12.2.1.2).
            408 | 481 => {
                self.end(stack, Cause::SignalingTimeout, Some(status));
                self.stage = Stage::Closing;
                self.send_bye(stack, Cause::SignalingTimeout);
            }
            _ => self.ours_refused(stack, &ours, status),
        }
    }

    fn ours_accepted(&mut self, stack: &mut Stack, ours: Ours, response: &Message, source: Hop) {
        self.target_refresh(stack, response, source);
        if ours.offer.is_some() {
            let tag = response.to_tag().unwrap_or("").to_owned();
            self.acknowledge(stack, ours.cseq, &tag, None);
        }
        let session = settled(stack.wire.setup.session, response);
        self.renew_session(stack, session);
        if ours.kind == Kind::Reoffer {
            match body_of(response).sdp() {
                Some(answer) => {
                    self.described = ours.offer;
                    stack.report(self.id, LegEvent::ReofferAccepted { answer: Sdp(answer) });
                }
                // Accepted without an answer: nobody can know what now holds, so what held before does.
                None => stack.report(self.id, LegEvent::ReofferRefused { status: 500 }),
            }
        }
        self.make_queued_offer(stack);
    }

    fn ours_refused(&mut self, stack: &mut Stack, ours: &Ours, status: u16) {
        match ours.kind {
            Kind::Reoffer => stack.report(self.id, LegEvent::ReofferRefused { status }),
            Kind::Refresh => {
                if let Some(dialog) = &mut self.dialog
                    && matches!(status, 405 | 501)
                {
                    dialog.allows_update = false;
                }
                // Until the session runs out.
                self.alarms.set(&mut stack.wire, self.id, LegTimer::SessionRefresh, REFRESH_AGAIN);
            }
        }
        self.make_queued_offer(stack);
    }

    pub(super) fn ours_failed(&mut self, stack: &mut Stack, end: ClientEnd) {
        let Some(ours) = self.ours.take() else { return };
        if end.why == ClientFailure::Transport
            && let Some(dialog) = self.dialog.as_mut()
            && dialog.stranded()
        {
            self.ours = Some(ours);
            return self.send_ours(stack);
        }
        match end.why {
            ClientFailure::Silence => {
                self.end(stack, Cause::SignalingTimeout, None);
                self.stage = Stage::Closing;
                self.send_bye(stack, Cause::SignalingTimeout);
            }
            ClientFailure::Stalled => {
                stack.transactions.cancel(&mut stack.wire, end.tx, None);
                self.ours_refused(stack, &ours, 408);
            }
            ClientFailure::Transport => self.ours_refused(stack, &ours, 503),
        }
    }

    /// RFC 3261 §14.1: who owns the Call-ID waits longer.
    fn glare_wait(&self, stack: &mut Stack) -> Duration {
        let owner = self.dialog.as_ref().is_some_and(|dialog| dialog.is_ours);
        let bits = stack.wire.words.bits();
        if owner { Duration::from_millis(2_100 + bits % 191 * 10) } else { Duration::from_millis(bits % 201 * 10) }
    }

    fn target_refresh(&mut self, stack: &mut Stack, message: &Message, source: Hop) {
        let tag = if message.is_request() { message.from_tag() } else { message.to_tag() };
        let tag = tag.unwrap_or("").to_owned();
        let lookup = self.dialog_with(&tag).and_then(|dialog| dialog.heard(message, source, true));
        self.look_up_dialog(stack, &tag, lookup);
    }

    fn source_of(&mut self, request: &Message) -> Option<Hop> {
        let tag = request.from_tag().unwrap_or("").to_owned();
        self.dialog_with(&tag).map(|dialog: &mut Dialog| dialog.source())
    }
}
