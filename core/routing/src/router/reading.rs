//! Reading routing without changing it.

use super::Router;
use super::agent::{PartState, presence_of};
use crate::{AgentFloor, Floor, QueueFloor, WorkFloor};
use ringdesk_model::WorkItemId;
use std::collections::BTreeMap;

impl Router {
    /// The item's place in its queue, 1: next to be served. `None`: it waits in no queue.
    pub fn place(&self, work_item: WorkItemId) -> Option<u32> {
        let item = self.items.get(&work_item).filter(|item| !item.sought)?;
        let ahead = self.queues.get(&item.work.queue)?.items.range(..item.rank).count();
        u32::try_from(ahead + 1).ok()
    }

    pub fn floor(&self) -> Floor {
        let queues = self.queues.values().map(|queue| {
            let items = || queue.items.iter().filter_map(|(_, id)| self.items.get(id));
            let mut agents = BTreeMap::new();
            for agent in queue.members.iter().filter_map(|id| self.agents.get(id)) {
                *agents.entry(agent.presence.as_str()).or_default() += 1;
            }
            QueueFloor {
                queue: queue.setup.id,
                name: queue.setup.name.clone(),
                waiting: items().count() as u32,
                offered: items().filter(|i| !i.waits()).count() as u32,
                longest_waiting_since: items().map(|i| i.work.enqueued_at).min(),
                agents,
            }
        });
        let agents = self.agents.values().map(|agent| AgentFloor {
            agent: agent.id(),
            presence: agent.presence.clone(),
            since: agent.since,
            next: agent.next.as_ref().map(presence_of),
            paused_until: agent.paused_until,
            work: agent
                .work
                .iter()
                .map(|(work_item, part)| {
                    let (state, until) = match part.state {
                        PartState::Reserved => ("reserved", None),
                        PartState::Offered => ("offered", None),
                        PartState::Active | PartState::Held | PartState::Lost { .. } => ("active", None),
                        PartState::WrapUp { until } => ("wrap_up", until),
                    };
                    WorkFloor { work_item: *work_item, queue: part.queue, medium: part.medium, state, until }
                })
                .collect(),
        });
        Floor { queues: queues.collect(), agents: agents.collect() }
    }
}
