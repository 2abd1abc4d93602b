//! Work items: into the queue, back into it, out of it.

use super::item::{Item, OfferStage, close_in, open_in, rank_of};
use super::{ITEMS, Router, Source, Timer};
use crate::{ChannelSwitch, Ended, Output, Work};
use ringdesk_model::{AgentId, OfferId, Priority, Timestamp, WorkItemId, WorkOutcome};
use std::collections::BTreeSet;
use std::time::Duration;

impl Router {
    pub(super) fn queued(&mut self, now: Timestamp, mut work: Work) {
        let id = work.work_item;
        if self.items.contains_key(&id) || self.held.contains_key(&id) {
            return; // told twice
        }
        if work.in_place_of.is_some_and(|before| self.items.get(&before).is_some_and(|item| !item.sought)) {
            return self.take_place(now, work);
        }
        let (priority, switch) = self.channel(&work);
        let refuse = match self.queues.get(&work.queue) {
            _ if self.draining => Some(WorkOutcome::Draining),
            _ if switch == ChannelSwitch::Refuse => Some(WorkOutcome::ChannelOff),
            None => Some(WorkOutcome::NoAgents),
            Some(_) => (self.items.len() >= ITEMS).then_some(WorkOutcome::QueueFull),
        };
        let visited = match refuse.map_or_else(|| self.find_room(&mut work), Err) {
            Ok(visited) => visited,
            Err(outcome) => return self.outputs.push_back(Output::Left(id, outcome)),
        };
        let rank = rank_of(&self.config, &work, priority);
        self.enter(now, Item { visited, ..Item::new(now, work, rank) });
    }

    /// A contact who hangs up and is called back, or has been and is on the line again: another work item goes on waiting where theirs
    /// did.
    fn take_place(&mut self, now: Timestamp, mut work: Work) {
        let Some(before) = work.in_place_of.and_then(|id| self.items.get(&id)) else { return };
        (work.queue, work.enqueued_at) = (before.work.queue, before.work.enqueued_at);
        let (left, rank) = (before.work.work_item, (before.rank.0, work.work_item));
        // Who is back on the line has not waited there: no clock of the queue runs from before.
        let entered_at = if work.callback { before.entered_at } else { now };
        let item = Item {
            entered_at,
            visited: before.visited.clone(),
            relaxed: before.relaxed,
            first_place: before.first_place,
            promised: before.promised,
            ..Item::new(now, work, rank)
        };
        self.contact_left(now, left, WorkOutcome::CalledBack);
        self.enter(now, item);
    }

    fn enter(&mut self, now: Timestamp, mut item: Item) {
        let (id, queue_id) = (item.work.work_item, item.work.queue);
        let patience = item.work.preferred.filter(|p| !p.patience.is_zero());
        item.required = item.work.required_agent.or(patience.map(|p| p.agent));
        if let Some(patience) = patience.filter(|_| item.work.required_agent.is_none()) {
            let at = now + patience.patience;
            item.patience_at = Some(at);
            self.timers.insert((at, Timer::Patience(id)));
        }
        let rank = item.rank;
        self.items.insert(id, item);
        if let Some(queue) = self.queues.get_mut(&queue_id) {
            queue.items.insert(rank);
        }
        self.set_clocks(now, id);
        self.promise(now, id);
        self.open_in_time(now, id);
    }

    /// It waits where it is, unless it has waited too long already (queued late, or while somebody was asked).
    pub(super) fn open_in_time(&mut self, now: Timestamp, id: WorkItemId) {
        if self.items.get(&id).is_some_and(|item| !self.queues.contains_key(&item.work.queue)) {
            return self.leave(id, WorkOutcome::NoAgents);
        }
        if self.overflow_waited(now, id) {
            return;
        }
        if self.items.get(&id).and_then(|i| i.max_wait_at).is_some_and(|at| at <= now) {
            return self.leave(id, WorkOutcome::MaxWait);
        }
        self.open_item(id);
    }

    pub(super) fn withdrawn(&mut self, now: Timestamp, id: WorkItemId) {
        self.contact_left(now, id, WorkOutcome::Abandoned);
    }

    fn contact_left(&mut self, now: Timestamp, id: WorkItemId, outcome: WorkOutcome) {
        let Some(item) = self.items.get(&id) else { return };
        let offers: Vec<OfferId> = item.offers.iter().copied().collect();
        let mut asked: Vec<AgentId> = Vec::new();
        for offer_id in offers {
            match self.offers.get_mut(&offer_id) {
                // The store may be writing it: the reservation ends when it answers.
                Some(offer) if offer.stage == OfferStage::Reserved => offer.gone = Some(Ended::CallerLeft),
                _ => {
                    self.outputs.push_back(Output::WithdrawOffer(offer_id));
                    asked.extend(self.close_offer(offer_id, Ended::CallerLeft).map(|offer| offer.agent));
                }
            }
        }
        self.leave(id, outcome);
        asked.into_iter().for_each(|agent| self.let_go(now, agent, id));
    }

    /// Out of the queue for good.
    pub(super) fn leave(&mut self, id: WorkItemId, outcome: WorkOutcome) {
        self.close_item(id);
        let Some(item) = self.items.remove(&id) else { return };
        if let Some(queue) = self.queues.get_mut(&item.work.queue) {
            queue.items.remove(&item.rank);
        }
        self.called(&item);
        let clocks = [
            (item.max_wait_at, Timer::MaxWait(id)),
            (item.overflow_at, Timer::Overflow(id)),
            (item.relax_at, Timer::Relax(id)),
            (item.patience_at, Timer::Patience(id)),
            (item.paused_until, Timer::ItemPause(id)),
        ];
        for (at, timer) in clocks {
            if let Some(at) = at {
                self.timers.remove(&(at, timer));
            }
        }
        self.outputs.push_back(Output::Left(id, outcome));
    }

    /// Back to its old place after an offer that nobody took, when no other of it lives.
    pub(super) fn put_back(&mut self, now: Timestamp, id: WorkItemId, pause: Option<Duration>) {
        let Some(item) = self.items.get_mut(&id).filter(|item| item.waits()) else { return };
        debug_assert!(!item.sought, "nobody waits for an agent who was sought");
        if let Some(pause) = pause {
            item.paused_until = Some(now + pause);
            self.timers.insert((now + pause, Timer::ItemPause(id)));
        }
        self.open_in_time(now, id);
    }

    /// Put it where it can be matched. Also where it cannot yet, an empty queue is noticed.
    pub(super) fn open_item(&mut self, id: WorkItemId) {
        let Some(item) = self.items.get(&id).filter(|i| i.waits() && !i.sought) else { return };
        let held = self.channel(&item.work).1 == ChannelSwitch::Hold;
        let is_called_first = self.is_called_first(item);
        let Some(item) = self.items.get_mut(&id) else { return };
        if let Some(required) = item.required.filter(|_| !is_called_first) {
            match self.agents.get_mut(&required).filter(|a| a.is_present() && a.capacity.of(item.work.medium) > 0) {
                Some(agent) => {
                    if item.paused_until.is_none() && !held {
                        agent.personal.insert(item.rank);
                        self.affected.insert(Source::Personal(required));
                    }
                    return;
                }
                None => item.required = None,
            }
        }
        self.relax_for_nobody(id);
        let Some(item) = self.items.get(&id) else { return };
        let (queue_id, medium) = (item.work.queue, item.work.medium);
        let Some(queue) = self.queues.get_mut(&queue_id) else { return };
        if queue.side(medium).present == 0 {
            self.emptied.insert((queue_id, medium));
        }
        if is_called_first {
            if item.paused_until.is_none() && queue.pushes() && !held {
                open_in(&mut queue.callers, &item.demand, item.rank);
                self.affected.insert(Source::Callers(queue_id));
            }
            return;
        }
        if item.paused_until.is_none() && queue.pushes() && !held {
            open_in(&mut queue.side_mut(medium).lanes, &item.demand, item.rank);
            self.affected.insert(Source::Lane(queue_id, medium, item.demand.clone()));
        }
    }

    /// Take it out of matching.
    pub(super) fn close_item(&mut self, id: WorkItemId) {
        let Some(item) = self.items.get(&id) else { return };
        if let Some(agent) = item.required.and_then(|a| self.agents.get_mut(&a)) {
            agent.personal.remove(&item.rank);
        }
        if let Some(queue) = self.queues.get_mut(&item.work.queue) {
            close_in(&mut queue.side_mut(item.work.medium).lanes, &item.demand, item.rank);
            close_in(&mut queue.callers, &item.demand, item.rank);
        }
    }

    /// It leaves at once if it waits; if an agent is being asked, when that came to nothing.
    pub(super) fn max_wait_over(&mut self, id: WorkItemId) {
        if self.items.get(&id).is_some_and(Item::waits) {
            self.leave(id, WorkOutcome::MaxWait);
        }
    }

    pub(super) fn item_pause_over(&mut self, id: WorkItemId) {
        if let Some(item) = self.items.get_mut(&id) {
            item.paused_until = None;
        }
        self.open_item(id);
    }

    /// The agent whom the contact knows was waited for long enough.
    pub(super) fn patience_over(&mut self, id: WorkItemId) {
        self.close_item(id);
        if let Some(item) = self.items.get_mut(&id) {
            item.patience_at = None;
            item.required = None;
        }
        self.open_item(id);
    }

    /// The deadlines follow the queue's settings of now.
    pub(super) fn set_clocks(&mut self, now: Timestamp, id: WorkItemId) {
        let Some(item) = self.items.get_mut(&id) else { return };
        let Some(queue) = self.queues.get(&item.work.queue) else { return };
        let max_wait = queue.setup.max_wait.filter(|_| !item.work.callback).map(|most| item.entered_at + most);
        reset(&mut self.timers, &mut item.max_wait_at, max_wait, Timer::MaxWait(id));
        self.set_overflow(id, None);
        self.set_relaxed(now, id);
    }

    /// What an administrator wants of its channel.
    pub(super) fn channel(&self, work: &Work) -> (Priority, ChannelSwitch) {
        let setup = work.channel.as_ref().and_then(|name| self.channels.get(name));
        setup.map_or((Priority(0), ChannelSwitch::On), |setup| (setup.priority, setup.switch))
    }
}

/// Move a timer.
pub(super) fn reset(
    timers: &mut BTreeSet<(Timestamp, Timer)>,
    slot: &mut Option<Timestamp>,
    at: Option<Timestamp>,
    timer: Timer,
) {
    if let Some(before) = std::mem::replace(slot, at) {
        timers.remove(&(before, timer));
    }
    if let Some(at) = at {
        timers.insert((at, timer));
    }
}
