//! Kept places of queues that call the contact before any agent is asked: when their turn comes. No agent is reserved while a
//! telephone rings; whoever is free takes who comes after them.

use super::item::{Item, Queue};
use super::{Router, Source};
use crate::{CallFirst, Output};
use ringdesk_model::{Medium, QueueId, WorkItemId};

impl Queue {
    pub(super) fn calls_first(&self) -> bool {
        self.setup.callback.is_some_and(|offer| offer.first == CallFirst::Caller)
    }
}

impl Router {
    /// It waits for a call, not for an agent.
    pub(super) fn is_called_first(&self, item: &Item) -> bool {
        item.work.callback
            && item.work.medium == Medium::Voice
            && self.queues.get(&item.work.queue).is_some_and(Queue::calls_first)
    }

    /// They are called if more agents are free for them than others are being called already: who picks up is not to wait for
    /// long. True: they are.
    pub(super) fn call_first(&mut self, queue_id: QueueId, id: WorkItemId) -> bool {
        if !self.may_call_first(queue_id, id) {
            return false;
        }
        self.close_item(id);
        if let Some(item) = self.items.get_mut(&id) {
            item.calling = true;
        }
        if let Some(queue) = self.queues.get_mut(&queue_id) {
            queue.calling.insert(id);
        }
        self.outputs.push_back(Output::CallFirst { work_item: id, queue: queue_id });
        true
    }

    pub(super) fn may_call_first(&self, queue_id: QueueId, id: WorkItemId) -> bool {
        let (Some(queue), Some(item)) = (self.queues.get(&queue_id), self.items.get(&id)) else { return false };
        let free = self.choose_of(queue, Medium::Voice, item, &item.demand).map_or(0, |choice| choice.candidates);
        free > queue.calling.len()
    }

    /// Its telephone does not ring any more: somebody else may be called.
    pub(super) fn called(&mut self, item: &Item) {
        let queue_id = item.work.queue;
        if item.calling
            && let Some(queue) = self.queues.get_mut(&queue_id)
        {
            queue.calling.remove(&item.work.work_item);
            self.affected.insert(Source::Callers(queue_id));
        }
    }
}
