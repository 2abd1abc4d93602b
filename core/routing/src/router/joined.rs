//! Work that nobody was asked about: whoever comes into a colleague's call by themselves has their hands full as if they had
//! been rung for it. It waits in no queue, and the store knows nothing of it.

use super::Router;
use super::agent::{Part, PartState};
use crate::Joined;
use ringdesk_model::{Medium, Timestamp, WorkItemId};

impl Router {
    pub(super) fn joined(&mut self, now: Timestamp, joined: Joined) {
        let Joined { work_item, agent: id, queue } = joined;
        let Some(agent) = self.agents.get(&id).filter(|agent| !agent.removed) else { return };
        let rings = |part: &Part| part.medium == Medium::Voice && !matches!(part.state, PartState::WrapUp { .. });
        if agent.work.values().any(rings) || self.items.contains_key(&work_item) || self.held.contains_key(&work_item) {
            return; // two calls at once: the first is the one that counts
        }
        let own = agent.setup.queues.keys().find(|queue| self.queues.contains_key(queue)).copied();
        let Some(queue) = queue.filter(|queue| self.queues.contains_key(queue)).or(own) else { return };
        // Whoever takes up something new has finished with the last.
        for ended in agent.in_wrap_up() {
            self.part_over(now, id, ended);
        }
        if let Some(agent) = self.agents.get_mut(&id) {
            agent.work.insert(work_item, Part { queue, medium: Medium::Voice, state: PartState::Active });
            self.held.insert(work_item, id);
        }
        self.refresh(now, id);
    }

    /// They left as they came: there is nothing to write down.
    pub(super) fn work_left(&mut self, now: Timestamp, work_item: WorkItemId) {
        if let Some(id) = self.held.get(&work_item).copied() {
            self.part_over(now, id, work_item);
        }
    }
}
