//! From one queue to another, or back to the flow: by the queue's own rules, or by a leader's word.

use super::work::reset;
use super::{Router, Timer};
use crate::{MoveReason, Output, OverflowTo, OverflowWhen, Refusal, Work};
use ringdesk_model::{Medium, QueueId, Timestamp, WorkItemId, WorkOutcome};
use std::collections::BTreeSet;

impl Router {
    /// The queue where a new item begins, and those that sent it on because too many wait there.
    pub(super) fn find_room(&mut self, work: &mut Work) -> Result<BTreeSet<QueueId>, WorkOutcome> {
        let mut visited = BTreeSet::new();
        loop {
            let Some(queue) = self.queues.get(&work.queue) else { return Err(WorkOutcome::NoAgents) };
            let length = queue.items.len();
            let applies = |when| matches!(when, OverflowWhen::Length(most) if length >= most as usize);
            match self.rule(work, &visited, applies) {
                Some(OverflowTo::Flow) => return Err(WorkOutcome::QueueFull),
                Some(OverflowTo::Queue(to)) => {
                    let from = std::mem::replace(&mut work.queue, to);
                    visited.insert(from);
                    let (work_item, why) = (work.work_item, MoveReason::Length);
                    self.outputs.push_back(Output::Moved { work_item, from, to, why });
                }
                None if queue.is_full() => return Err(WorkOutcome::QueueFull),
                None => return Ok(visited),
            }
        }
    }

    /// It has waited so long that a rule applies. True: it is not here any more.
    pub(super) fn overflow_waited(&mut self, now: Timestamp, id: WorkItemId) -> bool {
        let Some(item) = self.items.get(&id).filter(|item| item.waits()) else { return false };
        let applies = |when| matches!(when, OverflowWhen::Waited(most) if item.entered_at + most <= now);
        let rule = self.rule(&item.work, &item.visited, applies);
        match rule {
            Some(OverflowTo::Flow) => self.leave(id, WorkOutcome::MaxWait),
            Some(OverflowTo::Queue(to)) => self.move_item(now, id, to, MoveReason::Waited),
            None => self.set_overflow(id, Some(now)),
        }
        rule.is_some()
    }

    /// Nobody of the queue is present. True: it is not here any more.
    pub(super) fn overflow_empty(&mut self, now: Timestamp, id: WorkItemId) -> bool {
        let Some(item) = self.items.get(&id) else { return false };
        let rule = self.rule(&item.work, &item.visited, |when| when == OverflowWhen::NoAgents);
        match rule {
            Some(OverflowTo::Flow) => self.leave(id, WorkOutcome::NoAgents),
            Some(OverflowTo::Queue(to)) => self.move_item(now, id, to, MoveReason::NoAgents),
            None => {}
        }
        rule.is_some()
    }

    /// `tried`: what was due by then could not be done.
    pub(super) fn set_overflow(&mut self, id: WorkItemId, tried: Option<Timestamp>) {
        let Some(item) = self.items.get_mut(&id) else { return };
        let Some(queue) = self.queues.get(&item.work.queue) else { return };
        let waited = queue.setup.overflow.iter().filter_map(|rule| match rule.when {
            OverflowWhen::Waited(most) => Some(item.entered_at + most),
            OverflowWhen::Length(_) | OverflowWhen::NoAgents => None,
        });
        let at = waited.filter(|at| tried.is_none_or(|tried| *at > tried)).min();
        reset(&mut self.timers, &mut item.overflow_at, at, Timer::Overflow(id));
    }

    /// The first rule that applies and can be done. Who is called back does not go back to a flow: nobody is on the line.
    fn rule(
        &self,
        work: &Work,
        visited: &BTreeSet<QueueId>,
        applies: impl Fn(OverflowWhen) -> bool,
    ) -> Option<OverflowTo> {
        let possible = |to: &OverflowTo| match to {
            OverflowTo::Flow => !work.callback,
            OverflowTo::Queue(to) => {
                *to != work.queue && !visited.contains(to) && self.queues.get(to).is_some_and(|queue| !queue.is_full())
            }
        };
        let rules = &self.queues.get(&work.queue)?.setup.overflow;
        rules.iter().filter(|rule| applies(rule.when)).map(|rule| rule.to).find(possible)
    }

    /// With its rank; the clocks of the new queue begin now.
    fn move_item(&mut self, now: Timestamp, id: WorkItemId, to: QueueId, why: MoveReason) {
        self.close_item(id);
        let Some(item) = self.items.get_mut(&id) else { return };
        let from = std::mem::replace(&mut item.work.queue, to);
        if let Some(queue) = self.queues.get_mut(&from) {
            queue.items.remove(&item.rank);
        }
        if let Some(queue) = self.queues.get_mut(&to) {
            queue.items.insert(item.rank);
        }
        if why == MoveReason::Leader {
            item.visited.clear();
        } else {
            item.visited.insert(from);
        }
        item.entered_at = now;
        item.relaxed = 0;
        self.outputs.push_back(Output::Moved { work_item: id, from, to, why });
        self.set_clocks(now, id);
        self.promise(now, id);
        self.open_in_time(now, id);
    }

    /// A leader's word goes before the rules, but not before the limit of a queue.
    pub(super) fn move_to(&mut self, now: Timestamp, id: WorkItemId, to: QueueId) -> Result<(), Refusal> {
        self.may_move(id)?;
        let queue = self.queues.get(&to).ok_or(Refusal::UnknownQueue)?;
        if self.items.get(&id).is_some_and(|item| item.work.queue == to) {
            return Ok(());
        }
        if queue.is_full() {
            return Err(Refusal::QueueFull);
        }
        self.move_item(now, id, to, MoveReason::Leader);
        Ok(())
    }

    /// Before all others of its queue.
    pub(super) fn move_to_head(&mut self, now: Timestamp, id: WorkItemId) -> Result<(), Refusal> {
        self.may_move(id)?;
        let Some(queue) = self.items.get(&id).and_then(|item| self.queues.get(&item.work.queue)) else { return Ok(()) };
        let Some(first) = queue.items.first().copied().filter(|first| first.1 != id) else { return Ok(()) };
        self.close_item(id);
        if let Some(item) = self.items.get_mut(&id)
            && let Some(queue) = self.queues.get_mut(&item.work.queue)
        {
            queue.items.remove(&item.rank);
            item.rank.0 = first.0.saturating_sub(1);
            queue.items.insert(item.rank);
        }
        self.promise(now, id);
        self.open_item(id);
        Ok(())
    }

    fn may_move(&self, id: WorkItemId) -> Result<(), Refusal> {
        match self.items.get(&id).filter(|item| !item.sought) {
            Some(item) if item.waits() => Ok(()),
            Some(_) => Err(Refusal::NotWaiting),
            None if self.held.contains_key(&id) || self.items.contains_key(&id) => Err(Refusal::NotWaiting),
            None => Err(Refusal::UnknownWork),
        }
    }

    /// Let those go for whom nobody is there.
    pub(super) fn clear_empty_queues(&mut self, now: Timestamp) {
        while let Some((queue_id, medium)) = self.emptied.pop_first() {
            self.relax_without(queue_id, medium);
            let Some(queue) = self.queues.get(&queue_id).filter(|queue| queue.side(medium).present == 0) else {
                continue;
            };
            let leaves = queue.setup.empty == crate::Empty::LeaveAtOnce;
            for id in self.without_agent(queue_id, medium) {
                if !self.overflow_empty(now, id) && leaves && self.items.get(&id).is_some_and(|i| !i.work.callback) {
                    self.leave(id, WorkOutcome::NoAgents);
                }
            }
        }
    }

    fn without_agent(&self, queue: QueueId, medium: Medium) -> Vec<WorkItemId> {
        let items = self.queues.get(&queue).into_iter().flat_map(|queue| &queue.items);
        let items = items.filter_map(|(_, id)| self.items.get(id));
        let waiting = items.filter(|i| i.work.medium == medium && i.waits() && i.required.is_none());
        waiting.map(|i| i.work.work_item).collect()
    }
}
