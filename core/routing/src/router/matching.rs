//! Who is asked for what. Only where something changed since the last time is looked at: the heads of the affected lanes
//! against the agents who are free, so an input costs what it changes, not what waits.

use super::agent::{Agent, Part, PartState};
use super::item::{Item, Offer, OfferStage, Preference, Queue, Rank};
use super::{Router, Source, Timer};
use crate::skills::Demand;
use crate::{How, Output, Proposal, QueueStrategy, Why};
use ringdesk_model::{AgentId, Medium, OrderId, QueueId, Timestamp, WorkItemId};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// Agents named in a reason beside the one who was chosen.
const OTHERS: usize = 3;

/// Where the head of a row of items stands.
enum Row {
    /// Items that only this agent may have.
    Personal(AgentId),
    Lane(QueueId, Medium, Arc<Demand>),
    /// Items whose contact is called first, and that want the same.
    Callers(QueueId, Arc<Demand>),
}

/// Whom an item goes to, and why to them.
pub(super) struct Choice {
    /// One, or all who ring together.
    agents: Vec<AgentId>,
    how: How,
    pub(super) candidates: usize,
    others: Vec<AgentId>,
}

impl Choice {
    pub(super) fn of_one(agent: AgentId, how: How) -> Choice {
        Choice { agents: vec![agent], how, candidates: 1, others: Vec::new() }
    }
}

impl Router {
    /// After every input: let empty queues go, match what can be matched, hand the batch out.
    pub(super) fn settle(&mut self, now: Timestamp) {
        self.clear_empty_queues(now);
        let mut heads: BTreeMap<Rank, Row> = BTreeMap::new();
        for source in std::mem::take(&mut self.affected) {
            for row in self.rows_of(source) {
                self.head(&row).map(|rank| heads.insert(rank, row));
            }
        }
        // Lowest rank first over all affected rows. A lane whose head finds nobody has nobody for those behind it.
        while let Some((rank, row)) = heads.pop_first() {
            if let Row::Callers(queue, _) = &row {
                if self.call_first(*queue, rank.1) {
                    self.head(&row).map(|next| heads.insert(next, row));
                }
                continue;
            }
            let Some(choice) = self.choose(rank, &row) else {
                // An agent's own items are of both media: where there is no room for a call any more, there may be for a text.
                if let (Row::Personal(_), Some(next)) = (&row, self.head(&row)) {
                    heads.insert(next, row);
                }
                continue;
            };
            self.propose(now, rank.1, choice, None);
            self.head(&row).map(|next| heads.insert(next, row));
        }
        if !self.batch.is_empty() {
            let batch = std::mem::take(&mut self.batch);
            self.outputs.push_back(Output::Propose(batch));
        }
    }

    /// Somebody who became free can only serve lanes whose wish they meet.
    fn rows_of(&self, source: Source) -> Vec<Row> {
        match source {
            Source::Personal(agent) => vec![Row::Personal(agent)],
            Source::Lane(queue, medium, demand) => vec![Row::Lane(queue, medium, demand)],
            Source::Freed(queue_id, medium, agent) => {
                let (Some(queue), Some(agent)) = (self.queues.get(&queue_id), self.agents.get(&agent)) else {
                    return Vec::new();
                };
                let is_met = |demand: &&Arc<Demand>| agent.meets(demand, queue_id);
                let lanes = queue.side(medium).lanes.keys().filter(is_met);
                let callers = queue.callers.keys().filter(|demand| medium == Medium::Voice && is_met(demand));
                let lanes = lanes.map(|demand| Row::Lane(queue_id, medium, demand.clone()));
                lanes.chain(callers.map(|demand| Row::Callers(queue_id, demand.clone()))).collect()
            }
            Source::Callers(queue_id) => {
                let lanes = self.queues.get(&queue_id).map(|queue| queue.callers.keys());
                lanes.into_iter().flatten().map(|demand| Row::Callers(queue_id, demand.clone())).collect()
            }
        }
    }

    fn head(&self, row: &Row) -> Option<Rank> {
        match row {
            Row::Lane(queue, medium, demand) => {
                self.queues.get(queue)?.side(*medium).lanes.get(demand)?.first().copied()
            }
            Row::Callers(queue, demand) => self.queues.get(queue)?.callers.get(demand)?.first().copied(),
            Row::Personal(agent) => {
                let agent = self.agents.get(agent)?;
                let fits = |rank: &&Rank| self.items.get(&rank.1).is_some_and(|i| agent.is_available(i.work.medium));
                agent.personal.iter().find(fits).copied()
            }
        }
    }

    fn choose(&self, rank: Rank, row: &Row) -> Option<Choice> {
        let item = self.items.get(&rank.1)?;
        match row {
            Row::Lane(queue, medium, demand) => self.choose_of(self.queues.get(queue)?, *medium, item, demand),
            Row::Callers(..) => None, // no agent is asked
            Row::Personal(agent) => {
                self.agents.get(agent).filter(|a| a.is_available(item.work.medium))?;
                Some(Choice::of_one(*agent, How::Required))
            }
        }
    }

    /// Whoever had it already comes after those who did not; then whom the contact knows, the level, how well the wish is met, and
    /// the strategy.
    pub(super) fn choose_of(&self, queue: &Queue, medium: Medium, item: &Item, demand: &Demand) -> Option<Choice> {
        let available = &queue.side(medium).available;
        let meets = |p: &&Preference| {
            demand.skills.is_empty() && p.0 <= demand.up_to
                || self.agents.get(&p.3).is_some_and(|agent| demand.is_met(p.0, &agent.setup.skills))
        };
        let turn = |p: &Preference| {
            queue.setup.strategy == QueueStrategy::RoundRobin && queue.asked_last.is_some_and(|last| p.3 <= last)
        };
        let fit = |p: &Preference| self.agents.get(&p.3).map_or(0, |agent| demand.fit(&agent.setup.skills));
        let key = |p: &Preference| (item.tries_of(p.3), !item.prefers(p.3), p.0, Reverse(fit(p)), turn(p), *p);
        // The best few in order, in one walk. The list itself is in order already where nothing but it decides.
        let listed = demand.skills.is_empty()
            && item.tries.is_empty()
            && item.work.preferred.is_none()
            && queue.setup.strategy != QueueStrategy::RoundRobin;
        let mut best: Vec<_> = Vec::with_capacity(OTHERS + 2);
        let mut candidates = 0;
        for preference in available.iter().filter(meets) {
            candidates += 1;
            if listed && best.len() > OTHERS {
                continue;
            }
            let key = key(preference);
            let place = best.partition_point(|other| *other < key);
            if place <= OTHERS {
                best.insert(place, key);
                best.truncate(OTHERS + 1);
            }
        }
        let (tries, _, level, ..) = *best.first()?;
        let agents: Vec<AgentId> = match queue.rings_all() {
            false => best.iter().take(1).map(|key| key.5.3).collect(),
            true => {
                let together = |p: &&Preference| p.0 == level && item.tries_of(p.3) == tries;
                available.iter().filter(meets).filter(together).map(|p| p.3).collect()
            }
        };
        let others = best.iter().map(|key| key.5.3).filter(|id| !agents.contains(id)).collect();
        Some(Choice { agents, how: How::Matched, candidates, others })
    }

    /// Reserve the agents and ask the store.
    pub(super) fn propose(&mut self, now: Timestamp, id: WorkItemId, choice: Choice, order: Option<OrderId>) {
        self.close_item(id);
        let Some(item) = self.items.get(&id) else { return };
        let Some(queue) = self.queues.get_mut(&item.work.queue) else { return };
        if choice.how == How::Matched {
            queue.asked_last = choice.agents.last().copied();
        }
        let ring_for = queue.setup.ring_for;
        for agent in &choice.agents {
            self.reserve(now, id, *agent, &choice, order, ring_for);
        }
    }

    pub(super) fn reserve(
        &mut self,
        now: Timestamp,
        id: WorkItemId,
        agent_id: AgentId,
        choice: &Choice,
        order: Option<OrderId>,
        ring_for: Duration,
    ) {
        let (Some(item), Some(agent)) = (self.items.get_mut(&id), self.agents.get_mut(&agent_id)) else { return };
        let offer_id = self.ids.next(now);
        let (queue_id, medium) = (item.work.queue, item.work.medium);
        let strategy = self.queues.get(&queue_id).map(|queue| queue.setup.strategy).unwrap_or_default();
        let why = why(item, agent, choice, strategy);
        item.offers.insert(offer_id);
        item.waited |= now > item.came_at;
        if let Some(at) = item.paused_until.take() {
            self.timers.remove(&(at, Timer::ItemPause(id)));
        }
        agent.work.insert(id, Part { queue: queue_id, medium, state: PartState::Reserved });
        let deadline = now + self.config.store_patience;
        self.timers.insert((deadline, Timer::Offer(offer_id)));
        let offer = Offer {
            work_item: id,
            agent: agent_id,
            queue: queue_id,
            medium,
            stage: OfferStage::Reserved,
            order,
            ring_for,
            deadline,
            gone: None,
        };
        self.offers.insert(offer_id, offer);
        self.batch.push(Proposal { offer: offer_id, work_item: id, agent: agent_id, queue: queue_id, medium, why });
        self.refresh(now, agent_id);
    }
}

fn why(item: &Item, agent: &Agent, choice: &Choice, strategy: QueueStrategy) -> Why {
    let together: BTreeSet<AgentId> = choice.agents.iter().copied().filter(|id| *id != agent.id()).collect();
    Why {
        how: choice.how,
        rank: item.rank.0,
        level: agent.setup.queues.get(&item.work.queue).copied(),
        load: agent.load(),
        idle_since: agent.idle_since,
        tries: item.tries_of(agent.id()),
        candidates: u32::try_from(choice.candidates).unwrap_or(u32::MAX),
        strategy,
        wanted: item.demand.skills.clone(),
        up_to: (item.demand.up_to < u8::MAX).then_some(item.demand.up_to),
        fit: item.demand.fit(&agent.setup.skills),
        relaxed: item.relaxed as u32,
        preferred: item.prefers(agent.id()),
        vip: item.work.vip,
        others: together.into_iter().chain(choice.others.iter().copied()).take(OTHERS).collect(),
    }
}
