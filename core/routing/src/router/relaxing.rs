//! What a work item wants gets smaller while it waits; its place stays.

use super::item::Item;
use super::work::reset;
use super::{Router, Timer};
use crate::skills::Demand;
use ringdesk_model::{Medium, QueueId, Timestamp, WorkItemId};
use std::sync::Arc;

impl Router {
    /// Steps that are due, by the queue's settings of now. What is relaxed already stays so, also before its time.
    pub(super) fn set_relaxed(&mut self, now: Timestamp, id: WorkItemId) {
        let Some(item) = self.items.get(&id) else { return };
        let Some(queue) = self.queues.get(&item.work.queue) else { return };
        let begun = item.relaxed.min(queue.setup.relax.len());
        let due = queue.setup.relax[begun..].iter().take_while(|step| item.entered_at + step.after <= now).count();
        let steps = begun + due;
        self.relax_to(id, steps);
    }

    /// Time for the next step.
    pub(super) fn relax(&mut self, now: Timestamp, id: WorkItemId) {
        self.close_item(id);
        self.set_relaxed(now, id);
        self.open_item(id);
    }

    /// Where nobody present could take it as it is, steps that say so begin at once.
    pub(super) fn relax_for_nobody(&mut self, id: WorkItemId) {
        while let Some(item) = self.items.get(&id).filter(|item| item.waits() && item.required.is_none())
            && self.could_relax(item)
            && !self.is_somebody_there(item.work.queue, item.work.medium, &item.demand)
        {
            let steps = item.relaxed + 1;
            self.close_item(id);
            self.relax_to(id, steps);
        }
    }

    /// Waiting items of this queue that would begin their next step if nobody present could take them.
    pub(super) fn relax_without(&mut self, queue: QueueId, medium: Medium) {
        let Some(queue) = self.queues.get(&queue) else { return };
        if !queue.setup.relax.iter().any(|step| step.at_once_if_nobody) {
            return;
        }
        let items = queue.items.iter().filter_map(|(_, id)| self.items.get(id));
        let waiting = items.filter(|i| i.work.medium == medium && i.waits() && i.paused_until.is_none());
        let ids: Vec<WorkItemId> = waiting.map(|i| i.work.work_item).collect();
        for id in ids {
            let Some(before) = self.items.get(&id).map(|item| item.relaxed) else { continue };
            self.relax_for_nobody(id);
            if self.items.get(&id).is_some_and(|item| item.relaxed != before) {
                self.open_item(id);
            }
        }
    }

    fn could_relax(&self, item: &Item) -> bool {
        let queue = self.queues.get(&item.work.queue);
        queue.and_then(|queue| queue.setup.relax.get(item.relaxed)).is_some_and(|step| step.at_once_if_nobody)
    }

    fn is_somebody_there(&self, queue_id: QueueId, medium: Medium, demand: &Demand) -> bool {
        let Some(queue) = self.queues.get(&queue_id) else { return false };
        queue
            .members
            .iter()
            .filter_map(|id| self.agents.get(id))
            .any(|agent| agent.is_present() && agent.capacity.of(medium) > 0 && agent.meets(demand, queue_id))
    }

    fn relax_to(&mut self, id: WorkItemId, steps: usize) {
        let Some(item) = self.items.get_mut(&id) else { return };
        let Some(setup) = self.queues.get(&item.work.queue).map(|queue| &queue.setup) else { return };
        let at = setup.relax.get(steps).map(|step| item.entered_at + step.after);
        reset(&mut self.timers, &mut item.relax_at, at, Timer::Relax(id));
        item.relaxed = steps;
        let mut wanted = item.work.skills.clone();
        for (skill, least) in &setup.wants {
            let level = wanted.entry(skill.clone()).or_insert(*least);
            *level = (*level).max(*least);
        }
        if let Some(region) = item.work.region.filter(|_| setup.near) {
            wanted.entry(region.skill()).or_insert(1);
        }
        item.demand = Arc::new(Demand::after(&wanted, setup.first_levels, &setup.relax[..steps]));
    }
}
