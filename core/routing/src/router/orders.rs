//! Work given by hand: a leader assigns, an agent picks.

use super::Router;
use super::item::OfferStage;
use super::matching::Choice;
use crate::{How, Mode, Output, Refusal};
use ringdesk_model::{AgentId, OrderId, Timestamp, WorkItemId};

impl Router {
    /// Any agent who is ready and has room, of whatever queue; a pause does not count against a leader's word.
    pub(super) fn assign(&mut self, now: Timestamp, order: OrderId, work_item: WorkItemId, agent: AgentId) {
        match self.may_take(work_item, agent) {
            Ok(()) => self.propose(now, work_item, Choice::of_one(agent, How::Assigned), Some(order)),
            Err(refusal) => self.outputs.push_back(Output::Done(order, Err(refusal))),
        }
    }

    pub(super) fn pick(&mut self, now: Timestamp, order: OrderId, agent: AgentId, work_item: WorkItemId) {
        match self.may_take(work_item, agent).and_then(|()| self.may_pick(work_item, agent)) {
            Ok(()) => self.propose(now, work_item, Choice::of_one(agent, How::Picked), Some(order)),
            Err(refusal) => self.outputs.push_back(Output::Done(order, Err(refusal))),
        }
    }

    /// What has rung longest at a colleague of the same queue, or at that one, is taken from them: it waits for this agent.
    pub(super) fn pick_up(&mut self, now: Timestamp, id: AgentId, of: Option<AgentId>) -> Result<(), Refusal> {
        let agent = self.agents.get(&id).filter(|a| !a.removed).ok_or(Refusal::UnknownAgent)?;
        if !agent.is_willing() {
            return Err(Refusal::NotReady);
        }
        let rings = self.offers.iter().filter(|(_, offer)| {
            let queue = self.queues.get(&offer.queue).is_some_and(|queue| queue.members.contains(&id));
            let waits = self.items.get(&offer.work_item).is_some_and(|item| !item.sought);
            let theirs = offer.agent != id && of.is_none_or(|of| of == offer.agent);
            offer.stage == OfferStage::Ringing && queue && waits && theirs && agent.has_room(offer.medium)
        });
        let item = rings
            .min_by_key(|(id, offer)| (offer.deadline, **id))
            .map(|(_, offer)| offer.work_item)
            .ok_or(Refusal::NotWaiting)?;
        let Some(item) = self.items.get_mut(&item) else { return Ok(()) };
        item.required = Some(id);
        // Where several rang together, it rings at none of them any more.
        for offer in item.offers.clone() {
            self.take_back(now, offer);
        }
        Ok(())
    }

    fn may_take(&self, work_item: WorkItemId, agent: AgentId) -> Result<(), Refusal> {
        let agent = self.agents.get(&agent).filter(|a| !a.removed).ok_or(Refusal::UnknownAgent)?;
        let Some(item) = self.items.get(&work_item) else {
            return Err(if self.held.contains_key(&work_item) { Refusal::NotWaiting } else { Refusal::UnknownWork });
        };
        if !item.waits() {
            Err(Refusal::NotWaiting)
        } else if !agent.is_willing() {
            Err(Refusal::NotReady)
        } else if !agent.has_room(item.work.medium) {
            Err(Refusal::NoCapacity)
        } else {
            Ok(())
        }
    }

    fn may_pick(&self, work_item: WorkItemId, agent: AgentId) -> Result<(), Refusal> {
        let queue =
            self.items.get(&work_item).and_then(|i| self.queues.get(&i.work.queue)).ok_or(Refusal::UnknownWork)?;
        if queue.setup.mode != Mode::Pull {
            Err(Refusal::NotPull)
        } else if !queue.members.contains(&agent) {
            Err(Refusal::NotInQueue)
        } else {
            Ok(())
        }
    }
}
