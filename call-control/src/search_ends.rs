//! How a search ends that has found nobody: it fails, is stopped, or whom it had found leaves again; and who has the contact then.

use crate::rung::For;
use crate::search::{Purpose, Stage};
use crate::{Call, FlowFact};
use ringdesk_model::{AgentId, Timestamp};
use ringdesk_voice::{CallEvent, Cause, LegId, OfferOutcome, TransferMode, TransferOutcome, TransferTo};

impl Call {
    /// It has come to nothing: the contact is the sender's again, or is brought back.
    pub(crate) fn search_failed(&mut self, now: Timestamp, outcome: TransferOutcome) {
        let Some(search) = self.search.take() else { return };
        let waited_ms = search.waited(now);
        if let Some(sender) = search.sender {
            self.tell_transferor(sender, status_of(outcome));
        }
        match search.purpose {
            Purpose::Transfer(transfer) => {
                self.event(CallEvent::TransferEnded { transfer: transfer.id, outcome, waited_ms, leg: None });
                if self.parts() == 0 {
                    self.bring_back(now, transfer.by);
                }
            }
            Purpose::Retrieve(_) => {} // it is still parked
            Purpose::BringBack => self.not_brought_back(now),
            // They talk on; unless the one whose place it was has hung up meanwhile.
            Purpose::TakeUp(_) => self.thinned(now, Cause::Normal, true),
        }
    }

    /// The contact has nobody: ask the agent who had it.
    pub(crate) fn bring_back(&mut self, now: Timestamp, agent: Option<AgentId>) {
        match agent {
            Some(agent) => self.begin_search(now, Purpose::BringBack, None, TransferTo::Agent(agent)),
            None => self.not_brought_back(now),
        }
    }

    /// Back to where it came from; there the flow looks after it.
    fn not_brought_back(&mut self, now: Timestamp) {
        self.parked = None;
        if std::mem::take(&mut self.returning) {
            self.fact(FlowFact::NotReturned);
        } else if let Some(queue) = self.queue {
            self.back_to_queue(now, queue, false);
        } else {
            self.thinned(now, Cause::Normal, true);
        }
    }

    /// Stop looking: the sender thought better of it, or the call ends.
    pub(crate) fn search_stops(&mut self, now: Timestamp, outcome: TransferOutcome) {
        self.take_back_question();
        let why = if self.ending.is_some() { OfferOutcome::CallerLeft } else { OfferOutcome::Superseded };
        self.stop_ringing(now, For::Search, why, Cause::Cancelled);
        let Some(search) = self.search.take() else { return };
        if let (Some((leg, _)), Some(sender)) = (search.asked(), search.sender) {
            self.event(CallEvent::Unbridged { a: sender, b: leg });
            self.hang_up(now, leg, Cause::Normal);
        }
        if let Some(transfer) = search.transfer() {
            let (transfer, waited_ms) = (transfer.id, search.waited(now));
            self.event(CallEvent::TransferEnded { transfer, outcome, waited_ms, leg: None });
        }
        if let Some(sender) = search.sender {
            self.tell_transferor(sender, status_of(outcome));
        }
    }

    /// The sender has hung up before it was done. A telephone that does not wait has its way: it is a blind transfer from now
    /// on. In a consultation it is the sign to complete it.
    pub(crate) fn sender_left(&mut self, sender: LegId) {
        let Some(search) = &mut self.search else { return };
        let asked = search.asked().map(|(leg, _)| leg);
        search.sender = None;
        if let (Purpose::Transfer(transfer), None) = (&mut search.purpose, asked) {
            transfer.mode = TransferMode::Blind;
        }
        if let Some(leg) = asked {
            self.event(CallEvent::Unbridged { a: sender, b: leg });
        }
    }

    /// The leg whom the sender consults is over.
    pub(crate) fn asked_ended(&mut self, now: Timestamp, id: LegId) -> bool {
        if self.search.as_ref().and_then(|s| s.asked()).is_none_or(|(leg, _)| leg != id) {
            return false;
        }
        if let Some(sender) = self.search.as_ref().and_then(|s| s.sender) {
            self.event(CallEvent::Unbridged { a: sender, b: id });
        }
        self.stage(Stage::Rings);
        self.search_failed(now, TransferOutcome::Returned);
        true
    }
}

pub(crate) fn transfer_outcome(outcome: OfferOutcome) -> TransferOutcome {
    match outcome {
        OfferOutcome::Declined => TransferOutcome::Declined,
        OfferOutcome::NoAnswer => TransferOutcome::NoAnswer,
        OfferOutcome::Busy => TransferOutcome::Busy,
        OfferOutcome::Unreachable => TransferOutcome::Unreachable,
        OfferOutcome::CallerLeft => TransferOutcome::CallerLeft,
        OfferOutcome::Accepted | OfferOutcome::Superseded | OfferOutcome::Failed => TransferOutcome::Failed,
    }
}

/// As a status line of the target's (RFC 3515 §2.4.5).
pub(crate) fn status_of(outcome: TransferOutcome) -> u16 {
    match outcome {
        TransferOutcome::Completed => 200,
        TransferOutcome::Declined => 603,
        TransferOutcome::NoAnswer => 480,
        TransferOutcome::Busy => 486,
        TransferOutcome::Unreachable => 404,
        TransferOutcome::Forbidden => 403,
        TransferOutcome::Returned | TransferOutcome::CallerLeft => 487,
        TransferOutcome::Failed => 500,
    }
}
