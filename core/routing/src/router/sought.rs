//! Work for one agent and nobody else: asked at once, or refused at once. It waits in no queue and comes back to none.

use super::ITEMS;
use super::Router;
use super::agent::Agent;
use super::item::Item;
use super::matching::Choice;
use crate::{Ended, How, Output, Sought, Work};
use ringdesk_model::{Medium, QueueId, Timestamp, WorkItemId};

impl Router {
    /// A drain does not turn it away: it belongs to a call that is running.
    pub(super) fn sought(&mut self, now: Timestamp, sought: Sought) {
        let Sought { work_item, agent, queue, medium, ring_for, ends_wrap_up, engaged_here } = sought;
        if self.items.contains_key(&work_item) || self.held.contains_key(&work_item) {
            return; // told twice
        }
        let found = self.agents.get(&agent).ok_or(Ended::Unreachable);
        let finished = found.map(|of| if ends_wrap_up { of.in_wrap_up() } else { vec![] }).unwrap_or_default();
        let found = found.and_then(|of| self.may_be_asked(of, medium, queue, &finished, engaged_here));
        let queue = match found {
            Ok(queue) => queue,
            Err(ended) => return self.outputs.push_back(Output::NotTaken(work_item, ended)),
        };
        let work = Work { required_agent: Some(agent), ..Work::new(work_item, queue, medium, now) };
        let item = Item { sought: true, ..Item::new(now, work, (now.0, work_item)) };
        self.items.insert(work_item, item);
        self.reserve(now, work_item, agent, &Choice::of_one(agent, How::Sought), None, ring_for);
        // Only now, so that nobody else finds them free in between.
        for ended in finished {
            self.part_over(now, agent, ended);
        }
    }

    /// The queue whose rules it follows, or why not. `finished`: what the agent has in hand no more;
    /// `engaged_here`: they are in the call that asks.
    fn may_be_asked(
        &self,
        agent: &Agent,
        medium: Medium,
        queue: Option<QueueId>,
        finished: &[WorkItemId],
        engaged_here: bool,
    ) -> Result<QueueId, Ended> {
        if !agent.is_within_reach() {
            return Err(Ended::Unreachable);
        }
        let of = |medium| agent.work.iter().filter(move |(id, p)| p.medium == medium && !finished.contains(id)).count();
        let (voice, text) = (of(Medium::Voice) as u32, of(Medium::Text) as u32);
        let free = match medium {
            Medium::Voice => voice == 0 && (agent.engaged.is_none() || engaged_here) && agent.capacity.holds(1, text),
            Medium::Text => agent.capacity.holds(voice + u32::from(agent.engaged.is_some()), text + 1),
        };
        if !free {
            return Err(Ended::Busy);
        }
        if self.items.len() >= ITEMS {
            return Err(Ended::Failed);
        }
        let own = agent.setup.queues.iter().filter(|(id, _)| self.queues.contains_key(id));
        let first = own.min_by_key(|(id, level)| (**level, **id)).map(|(id, _)| *id);
        queue.filter(|id| self.queues.contains_key(id)).or(first).ok_or(Ended::Unreachable)
    }

    /// The asked one did not take it. False: it was not sought, so others are asked.
    pub(super) fn not_taken(&mut self, id: WorkItemId, ended: Ended) -> bool {
        if self.items.get(&id).is_none_or(|item| !item.sought) {
            return false;
        }
        self.items.remove(&id);
        self.outputs.push_back(Output::NotTaken(id, ended));
        true
    }
}
