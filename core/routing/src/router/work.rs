//! Work items: into the queue, back into it, out of it.

use super::item::{Item, Stage, rank_of};
use super::{ITEMS, Router, Source, Timer};
use crate::{Ended, Output, Work};
use ringdesk_model::{Timestamp, WorkItemId, WorkOutcome};
use std::time::Duration;

impl Router {
    pub(super) fn queued(&mut self, now: Timestamp, work: Work) {
        let id = work.work_item;
        if self.items.contains_key(&id) || self.held.contains_key(&id) {
            return; // told twice
        }
        let refuse = match self.queues.get(&work.queue) {
            _ if self.draining => Some(WorkOutcome::Draining),
            None => Some(WorkOutcome::NoAgents),
            Some(queue) => {
                let full = queue.setup.max_length.is_some_and(|most| queue.items.len() >= most as usize);
                (full || self.items.len() >= ITEMS).then_some(WorkOutcome::QueueFull)
            }
        };
        if let Some(outcome) = refuse {
            return self.outputs.push_back(Output::Left(id, outcome));
        }
        let rank = rank_of(&work);
        let item = Item {
            rank,
            stage: Stage::Waiting,
            required: work.required_agent,
            tries: Default::default(),
            max_wait_at: None,
            paused_until: None,
            sought: false,
            work,
        };
        if let Some(queue) = self.queues.get_mut(&item.work.queue) {
            queue.items.insert(rank);
        }
        self.items.insert(id, item);
        self.set_max_wait(id);
        // An item that has waited too long already (queued late, or elsewhere) leaves before anybody is asked.
        if self.is_overdue(now, id) {
            return self.leave(id, WorkOutcome::MaxWait);
        }
        self.open_item(id);
    }

    pub(super) fn withdrawn(&mut self, now: Timestamp, id: WorkItemId) {
        let Some(item) = self.items.get(&id) else { return };
        match item.stage {
            Stage::Waiting => self.leave(id, WorkOutcome::Abandoned),
            Stage::Proposed(offer_id) => {
                // The store may be writing it: the reservation ends when it answers.
                if let Some(offer) = self.offers.get_mut(&offer_id) {
                    offer.item_gone = true;
                }
                self.leave(id, WorkOutcome::Abandoned);
            }
            Stage::Offered(offer_id) => {
                self.outputs.push_back(Output::WithdrawOffer(offer_id));
                self.end_offer(now, offer_id, Ended::CallerLeft);
            }
        }
    }

    /// Out of the queue for good.
    pub(super) fn leave(&mut self, id: WorkItemId, outcome: WorkOutcome) {
        self.close_item(id);
        let Some(item) = self.items.remove(&id) else { return };
        if let Some(queue) = self.queues.get_mut(&item.work.queue) {
            queue.items.remove(&item.rank);
        }
        if let Some(at) = item.max_wait_at {
            self.timers.remove(&(at, Timer::MaxWait(id)));
        }
        if let Some(at) = item.paused_until {
            self.timers.remove(&(at, Timer::ItemPause(id)));
        }
        self.outputs.push_back(Output::Left(id, outcome));
    }

    /// Back to its old place after an offer that nobody took.
    pub(super) fn put_back(&mut self, now: Timestamp, id: WorkItemId, pause: Option<Duration>) {
        let Some(item) = self.items.get_mut(&id) else { return };
        debug_assert!(!item.sought, "nobody waits for an agent who was sought");
        item.stage = Stage::Waiting;
        if !self.queues.contains_key(&item.work.queue) {
            return self.leave(id, WorkOutcome::NoAgents);
        }
        if let Some(pause) = pause {
            item.paused_until = Some(now + pause);
            self.timers.insert((now + pause, Timer::ItemPause(id)));
        }
        if self.is_overdue(now, id) {
            return self.leave(id, WorkOutcome::MaxWait);
        }
        self.open_item(id);
    }

    /// Put it where it can be matched. Also where it cannot yet, an empty queue is noticed.
    pub(super) fn open_item(&mut self, id: WorkItemId) {
        let Some(item) = self.items.get_mut(&id).filter(|i| i.stage == Stage::Waiting) else { return };
        if let Some(required) = item.required {
            match self.agents.get_mut(&required).filter(|a| a.is_present() && a.capacity.of(item.work.medium) > 0) {
                Some(agent) => {
                    if item.paused_until.is_none() {
                        agent.personal.insert(item.rank);
                        self.affected.insert(Source::Personal(required));
                    }
                    return;
                }
                None => item.required = None,
            }
        }
        let (queue_id, medium) = (item.work.queue, item.work.medium);
        let Some(queue) = self.queues.get_mut(&queue_id) else { return };
        if queue.side(medium).present == 0 {
            self.emptied.insert((queue_id, medium));
        }
        if item.paused_until.is_none() && queue.pushes() {
            queue.side_mut(medium).open.insert(item.rank);
            self.affected.insert(Source::Queue(queue_id, medium));
        }
    }

    /// Take it out of matching.
    pub(super) fn close_item(&mut self, id: WorkItemId) {
        let Some(item) = self.items.get(&id) else { return };
        if let Some(agent) = item.required.and_then(|a| self.agents.get_mut(&a)) {
            agent.personal.remove(&item.rank);
        }
        if let Some(queue) = self.queues.get_mut(&item.work.queue) {
            queue.side_mut(item.work.medium).open.remove(&item.rank);
        }
    }

    /// It leaves at once if it waits; if an agent is being asked, when that came to nothing.
    pub(super) fn max_wait_over(&mut self, id: WorkItemId) {
        if self.items.get(&id).is_some_and(|i| i.stage == Stage::Waiting) {
            self.leave(id, WorkOutcome::MaxWait);
        }
    }

    pub(super) fn item_pause_over(&mut self, id: WorkItemId) {
        if let Some(item) = self.items.get_mut(&id) {
            item.paused_until = None;
        }
        self.open_item(id);
    }

    /// The deadline follows the queue's setting of now.
    pub(super) fn set_max_wait(&mut self, id: WorkItemId) {
        let Some(item) = self.items.get_mut(&id) else { return };
        let max_wait = self.queues.get(&item.work.queue).and_then(|q| q.setup.max_wait);
        let at = max_wait.map(|most| item.work.enqueued_at + most);
        if let Some(before) = std::mem::replace(&mut item.max_wait_at, at) {
            self.timers.remove(&(before, Timer::MaxWait(id)));
        }
        if let Some(at) = at {
            self.timers.insert((at, Timer::MaxWait(id)));
        }
    }

    fn is_overdue(&self, now: Timestamp, id: WorkItemId) -> bool {
        self.items.get(&id).and_then(|i| i.max_wait_at).is_some_and(|at| at <= now)
    }
}
