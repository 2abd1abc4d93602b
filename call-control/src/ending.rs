//! Hang-up, and what must be done before a call is over.

use crate::leg::{Media, Signaling};
use crate::rung::For;
use crate::{Call, Output};
use ringdesk_model::Timestamp;
use ringdesk_voice::{CallEvent, Cause, EndedBy, LegCommand, LegId, LegQuality, MediaCommand, OfferOutcome};
use std::collections::BTreeMap;

impl Call {
    /// End the call: everything that rings or waits ends now, `Ended` follows the last leg. The first reason counts.
    pub(crate) fn end(&mut self, now: Timestamp, cause: Cause, by: EndedBy) {
        if self.ending.is_some() {
            return;
        }
        self.ending = Some((cause, by));
        self.left = None;
        self.parked = None;
        self.forget_gate();
        (self.begins, self.typed) = (None, BTreeMap::new());
        self.stop_offers(now, OfferOutcome::CallerLeft, Cause::Cancelled);
        self.stop_ringing(now, For::Own, OfferOutcome::CallerLeft, Cause::Cancelled);
        self.transfers_end(now);
        self.supervisions_end(now);
        self.losses_end(now);
        for leg in self.talk.take().unwrap_or_default().parts.into_keys() {
            self.event(CallEvent::Unbridged { a: self.caller, b: leg });
        }
        self.flow_is_over();
        let legs: Vec<LegId> = self.legs.keys().copied().collect();
        for id in legs {
            self.hang_up(now, id, if id == self.caller { cause } else { Cause::Normal });
        }
    }

    /// Something is wrong with this leg: hang it up, with what follows from it.
    pub(crate) fn fail_leg(&mut self, now: Timestamp, id: LegId, cause: Cause) {
        if id == self.caller && !self.inherited(now) {
            return self.end(now, cause, EndedBy::System);
        }
        self.hang_up(now, id, cause);
        self.device_ended(now, id, cause);
    }

    pub(crate) fn hang_up(&mut self, now: Timestamp, id: LegId, cause: Cause) {
        let until = now + self.config.hang_up;
        self.tell_transferor(id, 500); // unless it knows already how its transfer went
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.forget_waits();
        match leg.signaling {
            Signaling::New => leg.signaling = Signaling::Ended,
            Signaling::Early | Signaling::Answered => {
                leg.signaling = Signaling::HangingUp(until);
                self.leg_command(id, LegCommand::Hangup { cause });
            }
            Signaling::HangingUp(_) | Signaling::Ended => {}
        }
        self.close(now, id);
    }

    pub(crate) fn leg_ended(&mut self, now: Timestamp, id: LegId, cause: Cause, status: Option<u16>) {
        if !self.legs.get(&id).is_some_and(|leg| !matches!(leg.signaling, Signaling::New | Signaling::Ended)) {
            return;
        }
        if Call::is_loss(cause) {
            self.own_becomes_part(now, id);
            // Who keeps books hears that the agent is lost before their leg has ended: it is not the end of their part.
            if self.may_outlive(id) {
                self.lose(now, id);
            }
        }
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.signaling = Signaling::Ended;
        leg.forget_waits();
        self.typed.remove(&id);
        self.event(CallEvent::LegEnded { leg: id, cause, status });
        self.close(now, id);
        if id != self.caller {
            self.device_ended(now, id, cause);
        } else if !self.inherited(now) {
            self.end(now, cause, ended_by(cause));
        }
    }

    pub(crate) fn media_closed(&mut self, id: LegId, quality: LegQuality) {
        let Some(leg) = self.legs.get_mut(&id).filter(|l| matches!(l.media, Media::Closing(_))) else { return };
        leg.media = Media::Closed;
        if leg.to.is_none() {
            self.event(CallEvent::Quality { leg: id, quality }); // not for a leg that was never dialled
        }
    }

    /// Forget legs that are gone; after the last one the call is over.
    pub(crate) fn settle(&mut self) {
        self.pages_given_up();
        self.refresh();
        self.legs.retain(|_, leg| !leg.is_gone());
        if let Some((cause, by)) = self.ending
            && self.legs.is_empty()
            && !self.over
        {
            self.over = true;
            self.put(Output::Event(CallEvent::Ended { cause, by }));
        }
    }

    fn close(&mut self, now: Timestamp, id: LegId) {
        let until = now + self.config.close;
        if let Some(leg) = self.legs.get_mut(&id).filter(|l| l.media == Media::Open) {
            leg.media = Media::Closing(until);
            self.media_command(MediaCommand::Close { leg: id });
        }
    }
}

fn ended_by(cause: Cause) -> EndedBy {
    match cause {
        Cause::SignalingTimeout
        | Cause::MediaTimeout
        | Cause::InternalFailure
        | Cause::Shutdown
        | Cause::Congestion => EndedBy::System,
        _ => EndedBy::Caller,
    }
}
