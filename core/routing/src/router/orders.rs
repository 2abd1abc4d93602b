//! Work given by hand: a leader assigns, an agent picks.

use super::Router;
use super::item::Stage;
use crate::{How, Mode, Output, Refusal};
use ringdesk_model::{AgentId, OrderId, Timestamp, WorkItemId};

impl Router {
    /// Any agent who is ready and has room, of whatever queue; a pause does not count against a leader's word.
    pub(super) fn assign(&mut self, now: Timestamp, order: OrderId, work_item: WorkItemId, agent: AgentId) {
        match self.may_take(work_item, agent) {
            Ok(()) => self.propose(now, work_item, agent, How::Assigned, 1, Some(order)),
            Err(refusal) => self.outputs.push_back(Output::Done(order, Err(refusal))),
        }
    }

    pub(super) fn pick(&mut self, now: Timestamp, order: OrderId, agent: AgentId, work_item: WorkItemId) {
        match self.may_take(work_item, agent).and_then(|()| self.may_pick(work_item, agent)) {
            Ok(()) => self.propose(now, work_item, agent, How::Picked, 1, Some(order)),
            Err(refusal) => self.outputs.push_back(Output::Done(order, Err(refusal))),
        }
    }

    fn may_take(&self, work_item: WorkItemId, agent: AgentId) -> Result<(), Refusal> {
        let agent = self.agents.get(&agent).filter(|a| !a.removed).ok_or(Refusal::UnknownAgent)?;
        let Some(item) = self.items.get(&work_item) else {
            return Err(if self.held.contains_key(&work_item) { Refusal::NotWaiting } else { Refusal::UnknownWork });
        };
        if item.stage != Stage::Waiting {
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
