//! A consultation: the agent asks somebody while the contact hears music, then completes, returns, or talks with both.

use crate::Call;
use crate::search::Purpose;
use ringdesk_model::{AgentId, OrderId, Timestamp};
use ringdesk_voice::{CallEvent, LegId, Outcome, TransferMode, TransferOutcome};

impl Call {
    /// The contact is the target's from now on. Before the target has answered: as soon as it does.
    pub(crate) fn complete_transfer(&mut self, now: Timestamp, order: OrderId, by: AgentId) {
        let Some(sender) = self.sender_of(by) else { return self.nothing_asked(order) };
        match self.asked_leg() {
            Some(target) => {
                self.event(CallEvent::Unbridged { a: sender, b: target });
                self.target_takes_over(now);
            }
            None if self.parts() > 1 => {
                return self.done(order, Outcome::Refused("others are in this talk; let the target join it".into()));
            }
            None => {
                if let Some(Purpose::Transfer(transfer)) = self.search.as_mut().map(|s| &mut s.purpose) {
                    transfer.mode = TransferMode::Blind;
                }
            }
        }
        self.done(order, Outcome::Done);
    }

    /// The target is let go; agent and contact talk again.
    pub(crate) fn return_to_contact(&mut self, now: Timestamp, order: OrderId, by: AgentId) {
        if self.sender_of(by).is_none() {
            return self.nothing_asked(order);
        }
        self.search_stops(now, TransferOutcome::Returned);
        self.done(order, Outcome::Done);
    }

    /// All three talk with each other. Before the target has answered: as soon as it does.
    pub(crate) fn merge_consultation(&mut self, now: Timestamp, order: OrderId, by: AgentId) {
        let Some(sender) = self.sender_of(by) else { return self.nothing_asked(order) };
        match self.asked_leg() {
            Some(target) => {
                self.event(CallEvent::Unbridged { a: sender, b: target });
                self.target_joins(now);
            }
            None => {
                if let Some(Purpose::Transfer(transfer)) = self.search.as_mut().map(|s| &mut s.purpose) {
                    transfer.mode = TransferMode::Join;
                }
            }
        }
        self.done(order, Outcome::Done);
    }

    fn asked_leg(&self) -> Option<LegId> {
        self.search.as_ref().and_then(|s| s.asked()).map(|(leg, _)| leg)
    }

    /// The leg of this agent, when a transfer of his is in progress.
    fn sender_of(&self, by: AgentId) -> Option<LegId> {
        let search = self.search.as_ref().filter(|s| s.transfer().is_some_and(|t| t.by == Some(by)))?;
        search.sender.filter(|leg| self.is_part(*leg))
    }

    fn nothing_asked(&mut self, order: OrderId) {
        self.done(order, Outcome::Refused("this agent has no transfer in progress in this call".into()));
    }
}
