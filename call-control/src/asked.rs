//! Agents who are asked to take a contact, one or several at once: whether they may be, and when all of it ends.

use crate::Call;
use crate::rung::{For, Rings};
use ringdesk_model::{Timestamp, WorkItemId};
use ringdesk_voice::{Cause, OfferOrder, OfferOutcome};

impl Call {
    /// For whom this offer is, or why it is for nobody.
    pub(crate) fn for_whom(&self, offer: &OfferOrder) -> Result<For, &'static str> {
        let sought = self.is_search_item(offer.work_item);
        let obstacle = if self.ending.is_some() {
            Some("the call is over")
        } else if sought && self.ringings.contains_key(&For::Search) {
            Some("this agent is ringing already")
        } else if sought {
            None
        } else if self.talk.is_some() {
            Some("the caller is talking")
        } else if self.ringings.contains_key(&For::Contact) && !self.rings_for(offer.work_item) {
            Some("the call is ringing somebody else")
        } else if !self.caller_listens() {
            Some("the caller has not been answered yet")
        } else if self.search.is_some() {
            Some("somebody else is being called for the caller")
        } else {
            None
        };
        let whose = match self.ringings.contains_key(&For::Contact) {
            _ if sought => For::Search,
            true => For::Also(offer.offer),
            false => For::Contact,
        };
        obstacle.map_or(Ok(whose), Err)
    }

    /// Agents are asked for this work item of the contact's.
    fn rings_for(&self, work_item: WorkItemId) -> bool {
        let why = self.ringings.get(&For::Contact).map(|ringing| &ringing.why);
        matches!(why, Some(Rings::Offer(_, offer)) if offer.work_item == work_item)
    }

    /// Whatever rings for the contact, at however many agents.
    pub(crate) fn stop_offers(&mut self, now: Timestamp, outcome: OfferOutcome, cause: Cause) {
        let of_contact = |whose: &&For| matches!(whose, For::Contact | For::Also(_));
        for whose in self.ringings.keys().filter(of_contact).copied().collect::<Vec<_>>() {
            self.stop_ringing(now, whose, outcome, cause);
        }
    }
}
