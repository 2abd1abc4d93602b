//! Kept places whose turn comes: an agent is asked by ringing their telephone in a call of its own, or the contact is called.

use super::{AccountDesk, Offered, Part};
use crate::places::unanswered;
use crate::{AccountCarry, AccountInput, TurnNews};
use ringdesk_model::{CallId, OfferId, OrderId, Timestamp};
use ringdesk_routing::{self as routing, Ended};
use ringdesk_voice::{CallOrder, Cause, OfferOutcome};

impl AccountDesk {
    pub(super) fn turned(&mut self, now: Timestamp, input: AccountInput) {
        match input {
            AccountInput::Places(kept) => {
                for input in self.places.are(kept) {
                    self.router.handle_input(now, input);
                }
            }
            // An agent who was faster than the caller's last key has the call: the rows will say so.
            AccountInput::PlaceKept(place) if place.in_place_of.is_some_and(|item| self.parts.contains_key(&item)) => {}
            AccountInput::PlaceKept(place) => {
                if let Some(input) = self.places.is(place) {
                    self.router.handle_input(now, input);
                }
            }
            AccountInput::Called(work_item, Some(call)) => self.places.called_in(work_item, call),
            AccountInput::Called(work_item, None) => {
                if let Some(input) = self.places.not_called(work_item) {
                    self.router.handle_input(now, input);
                }
            }
            AccountInput::Turn(offer, TurnNews::Begun(call)) => self.turn_begun(now, offer, call),
            AccountInput::Turn(offer, TurnNews::Taken) => self.turn_taken(now, offer),
            AccountInput::Turn(offer, TurnNews::NotMade(outcome)) => self.turn_not_made(now, offer, outcome),
            _ => {}
        }
    }

    /// True: it was a kept place that was offered.
    pub(super) fn turn_came(&mut self, offered: &routing::Offered) -> bool {
        let Some(carry) = self.places.offered(offered) else { return false };
        let routing::Offered { offer, work_item, agent, queue, .. } = *offered;
        self.offers.insert(offer, Offered { work_item, agent, queue });
        self.carries.push_back(carry);
        true
    }

    /// True: the offer that is taken back was of a kept place.
    pub(super) fn turn_passed(&mut self, now: Timestamp, offer: OfferId) -> bool {
        let Some(call) = self.places.withdrawn(offer) else { return false };
        if let Some(call) = call {
            self.hang_up(now, call);
        }
        self.router.handle_input(now, routing::Input::OfferEnded(offer, Ended::Superseded));
        true
    }

    /// The call has ended in which the agent was rung: they have not picked up.
    pub(super) fn turn_ended(&mut self, now: Timestamp, call: CallId, cause: &Cause) {
        if let Some(offer) = self.places.ended(call) {
            self.offer_ended(now, offer, unanswered(cause));
        }
    }

    /// The call has ended in which a contact was called whom no agent was asked for. True: they have never come to wait in it.
    pub(super) fn call_first_over(&mut self, now: Timestamp, call: CallId) -> bool {
        let Some(input) = self.places.not_reached(call) else { return false };
        self.router.handle_input(now, input);
        true
    }

    /// The call to their telephone is there; unless the offer was withdrawn meanwhile.
    fn turn_begun(&mut self, now: Timestamp, offer: OfferId, call: CallId) {
        if !self.places.begun(offer, call) {
            self.hang_up(now, call);
        }
    }

    fn turn_not_made(&mut self, now: Timestamp, offer: OfferId, outcome: OfferOutcome) {
        if self.places.withdrawn(offer).is_some() {
            self.offer_ended(now, offer, outcome);
        }
    }

    /// From here on it is a call as any other that the agent talks in.
    fn turn_taken(&mut self, now: Timestamp, offer: OfferId) {
        let Some((work_item, call)) = self.places.taken(offer) else { return };
        let Some(Offered { agent, queue, .. }) = self.offers.get(&offer).copied() else { return };
        let part = Part { call, agent, offer, queue, leg: self.joined.remove(&offer), moving: false, lost: false };
        self.parts.insert(work_item, part);
        // The store comes to know in which call it is before it knows that it was taken.
        self.carries.push_back(AccountCarry::Sought { call, work_item, agent, queue });
        self.router.handle_input(now, routing::Input::OfferEnded(offer, Ended::Accepted));
        self.connect(now);
        self.carries.push_back(AccountCarry::SoughtEnded { call, work_item, outcome: OfferOutcome::Accepted });
        self.tell_engaged(now);
    }

    fn hang_up(&mut self, now: Timestamp, call: CallId) {
        let order: OrderId = self.ids.next(now);
        self.carries.push_back(AccountCarry::Order(call, order, CallOrder::Hangup));
    }
}
