//! Who is asked for what. Only where something changed since the last time is looked at: the heads of the affected queues
//! against the first of their available agents, so an input costs what it changes, not what waits.

use super::agent::{Part, PartState};
use super::item::{Offer, OfferStage, Rank, Stage};
use super::{Router, Source, Timer};
use crate::{Empty, How, Output, Proposal, Why};
use ringdesk_model::{AgentId, OrderId, Timestamp, WorkItemId, WorkOutcome};
use std::collections::BTreeSet;
use std::time::Duration;

impl Router {
    /// After every input: let empty queues go, match what can be matched, hand the batch out.
    pub(super) fn settle(&mut self, now: Timestamp) {
        self.clear_empty_queues();
        let mut heads: BTreeSet<(Rank, Source)> = BTreeSet::new();
        for source in std::mem::take(&mut self.affected) {
            if let Some(rank) = self.head(source) {
                heads.insert((rank, source));
            }
        }
        // Lowest rank first over all affected queues. A queue whose head finds nobody has nobody for those behind it.
        while let Some((rank, source)) = heads.pop_first() {
            let Some((agent, how, candidates)) = self.best_agent(rank, source) else { continue };
            self.propose(now, rank.1, agent, how, candidates, None);
            if let Some(next) = self.head(source) {
                heads.insert((next, source));
            }
        }
        if !self.batch.is_empty() {
            let batch = std::mem::take(&mut self.batch);
            self.outputs.push_back(Output::Propose(batch));
        }
    }

    fn clear_empty_queues(&mut self) {
        for (queue_id, medium) in std::mem::take(&mut self.emptied) {
            let Some(queue) = self.queues.get(&queue_id) else { continue };
            if queue.setup.empty == Empty::Wait || queue.side(medium).present > 0 {
                continue;
            }
            let leaving: Vec<WorkItemId> = queue
                .items
                .iter()
                .filter_map(|(_, id)| self.items.get(id))
                .filter(|i| i.work.medium == medium && i.stage == Stage::Waiting && i.required.is_none())
                .map(|i| i.work.work_item)
                .collect();
            leaving.into_iter().for_each(|id| self.leave(id, WorkOutcome::NoAgents));
        }
    }

    fn head(&self, source: Source) -> Option<Rank> {
        match source {
            Source::Queue(queue, medium) => self.queues.get(&queue)?.side(medium).open.first().copied(),
            Source::Personal(agent) => {
                let agent = self.agents.get(&agent)?;
                let fits = |rank: &&Rank| self.items.get(&rank.1).is_some_and(|i| agent.is_available(i.work.medium));
                agent.personal.iter().find(fits).copied()
            }
        }
    }

    fn best_agent(&self, rank: Rank, source: Source) -> Option<(AgentId, How, usize)> {
        let item = self.items.get(&rank.1)?;
        match source {
            Source::Queue(queue, medium) => {
                let available = &self.queues.get(&queue)?.side(medium).available;
                // Whoever had it already comes after those who did not; among equals the order of preference decides.
                let first = available.iter().map(|p| (item.tries_of(p.3), p.3));
                let (_, agent) = match first.clone().find(|(tries, _)| *tries == 0) {
                    Some(fresh) => fresh,
                    None => first.min_by_key(|(tries, _)| *tries)?,
                };
                Some((agent, How::Matched, available.len()))
            }
            Source::Personal(agent) => {
                self.agents.get(&agent).filter(|a| a.is_available(item.work.medium))?;
                Some((agent, How::Required, 1))
            }
        }
    }

    /// Reserve the agent and ask the store.
    pub(super) fn propose(
        &mut self,
        now: Timestamp,
        id: WorkItemId,
        agent_id: AgentId,
        how: How,
        candidates: usize,
        order: Option<OrderId>,
    ) {
        self.close_item(id);
        let Some(item) = self.items.get(&id) else { return };
        let Some(ring_for) = self.queues.get(&item.work.queue).map(|queue| queue.setup.ring_for) else { return };
        self.reserve(now, id, agent_id, how, candidates, order, ring_for);
    }

    pub(super) fn reserve(
        &mut self,
        now: Timestamp,
        id: WorkItemId,
        agent_id: AgentId,
        how: How,
        candidates: usize,
        order: Option<OrderId>,
        ring_for: Duration,
    ) {
        let (Some(item), Some(agent)) = (self.items.get_mut(&id), self.agents.get_mut(&agent_id)) else { return };
        let offer_id = self.ids.next(now);
        let (queue_id, medium) = (item.work.queue, item.work.medium);
        let why = Why {
            how,
            rank: item.rank.0,
            level: agent.setup.queues.get(&queue_id).copied(),
            load: agent.load(),
            idle_since: agent.idle_since,
            tries: item.tries_of(agent_id),
            candidates: u32::try_from(candidates).unwrap_or(u32::MAX),
        };
        item.stage = Stage::Proposed(offer_id);
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
            item_gone: false,
        };
        self.offers.insert(offer_id, offer);
        self.batch.push(Proposal { offer: offer_id, work_item: id, agent: agent_id, queue: queue_id, medium, why });
        self.refresh(now, agent_id);
    }
}
