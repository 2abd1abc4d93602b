//! The machine. This file holds its state and its four verbs; the rules stand below, one file per matter.

mod agent;
mod agents;
mod audit;
mod called_first;
mod engaged;
mod estimate;
mod item;
mod joined;
mod matching;
mod offers;
mod orders;
mod overflow;
mod plan;
mod reading;
mod relaxing;
mod sought;
#[cfg(test)]
mod tests;
mod work;

use crate::skills::Demand;
use crate::{ChannelSetup, Config, Input, Output, Proposal};
use agent::Agent;
use item::{Item, Offer, Queue};
use ringdesk_model::{AgentId, Ids, Medium, OfferId, Presence, QueueId, Timestamp, WorkItemId};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// Work items that may wait in one account. Beyond it a queue is full, whatever its own limit.
const ITEMS: usize = 10_000;
/// Reservations the store was silent about and may still confirm. Beyond it the earliest are forgotten; their rows end
/// with the next start of the server.
const GIVEN_UP: usize = 1_000;

/// One account's routing.
#[derive(Debug)]
pub struct Router {
    config: Config,
    ids: Ids,
    queues: BTreeMap<QueueId, Queue>,
    agents: BTreeMap<AgentId, Agent>,
    channels: BTreeMap<String, ChannelSetup>,
    /// In a queue: waiting, proposed or offered.
    items: BTreeMap<WorkItemId, Item>,
    offers: BTreeMap<OfferId, Offer>,
    /// Taken by an agent: active or in wrap-up.
    held: BTreeMap<WorkItemId, AgentId>,
    timers: BTreeSet<(Timestamp, Timer)>,
    /// Presence from the store of agents that no plan has named yet.
    recovered: BTreeMap<AgentId, (Presence, Timestamp)>,
    given_up: BTreeSet<OfferId>,
    draining: bool,
    /// Where a match may have become possible since the last settling.
    affected: BTreeSet<Source>,
    /// Queues that may have lost their last present agent.
    emptied: BTreeSet<(QueueId, Medium)>,
    batch: Vec<Proposal>,
    outputs: VecDeque<Output>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    /// Of a reservation or of ringing.
    Offer(OfferId),
    Overflow(WorkItemId),
    MaxWait(WorkItemId),
    Relax(WorkItemId),
    Patience(WorkItemId),
    WrapUp(AgentId, WorkItemId),
    AgentPause(AgentId),
    ItemPause(WorkItemId),
}

/// What may have made a match possible.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    /// Among the items that only this agent may have, or they became free.
    Personal(AgentId),
    /// Among the items of a queue that want the same.
    Lane(QueueId, Medium, Arc<Demand>),
    /// This agent became free for this queue.
    Freed(QueueId, Medium, AgentId),
    /// Among those of a queue who are called before an agent is asked.
    Callers(QueueId),
}

const MEDIA: [Medium; 2] = [Medium::Voice, Medium::Text];

impl Router {
    pub fn new(config: Config, ids: Ids) -> Self {
        Router {
            config,
            ids,
            queues: BTreeMap::new(),
            agents: BTreeMap::new(),
            channels: BTreeMap::new(),
            items: BTreeMap::new(),
            offers: BTreeMap::new(),
            held: BTreeMap::new(),
            timers: BTreeSet::new(),
            recovered: BTreeMap::new(),
            given_up: BTreeSet::new(),
            draining: false,
            affected: BTreeSet::new(),
            emptied: BTreeSet::new(),
            batch: Vec::new(),
            outputs: VecDeque::new(),
        }
    }

    pub fn handle_input(&mut self, now: Timestamp, input: Input) {
        match input {
            Input::Configured(plan) => self.configured(now, plan),
            Input::Recovered(state) => self.recovered(now, state),
            Input::Chosen(order, agent, wanted) => {
                let result = self.chosen(now, agent, wanted);
                self.outputs.push_back(Output::Done(order, result));
            }
            Input::NextChosen(order, agent, wanted) => {
                let result = self.next_chosen(now, agent, wanted);
                self.outputs.push_back(Output::Done(order, result));
            }
            Input::Queued(work) => self.queued(now, work),
            Input::Sought(sought) => self.sought(now, sought),
            Input::Joined(joined) => self.joined(now, joined),
            Input::WorkLeft(work_item) => self.work_left(now, work_item),
            Input::Engaged(agent, how) => self.engaged(now, agent, how),
            Input::Withdrawn(work_item) => self.withdrawn(now, work_item),
            Input::Committed(offers) => offers.into_iter().for_each(|offer| self.committed(now, offer)),
            Input::Lost(offer) => self.lost(now, offer),
            Input::OfferEnded(offer, ended) => self.offer_ended(now, offer, ended),
            Input::WorkHeld(work_item) => self.work_held(now, work_item, true),
            Input::WorkResumed(work_item) => self.work_held(now, work_item, false),
            Input::WorkLost(work_item) => self.work_lost(now, work_item, true),
            Input::WorkFound(work_item) => self.work_lost(now, work_item, false),
            Input::WorkGivenUp(work_item) => self.work_given_up(now, work_item),
            Input::WorkEnded(work_item) => self.work_ended(now, work_item),
            Input::WrapUpDone(order, agent) => {
                let result = self.wrap_up_done(now, agent);
                self.outputs.push_back(Output::Done(order, result));
            }
            Input::WrapUpExtended(order, agent, by) => {
                let result = self.wrap_up_extended(now, agent, by);
                self.outputs.push_back(Output::Done(order, result));
            }
            Input::AssignTo(order, work_item, agent) => self.assign(now, order, work_item, agent),
            Input::Pick(order, agent, work_item) => self.pick(now, order, agent, work_item),
            Input::PickUp(order, agent, of) => {
                let result = self.pick_up(now, agent, of);
                self.outputs.push_back(Output::Done(order, result));
            }
            Input::MoveTo(order, work_item, queue) => {
                let result = self.move_to(now, work_item, queue);
                self.outputs.push_back(Output::Done(order, result));
            }
            Input::MoveToHead(order, work_item) => {
                let result = self.move_to_head(now, work_item);
                self.outputs.push_back(Output::Done(order, result));
            }
            Input::Unseen(agent) => self.unseen(now, agent),
            Input::Seen(agent) => self.seen(agent),
            Input::Drain => self.draining = true,
        }
        self.settle(now);
    }

    pub fn handle_timeout(&mut self, now: Timestamp) {
        while let Some((at, timer)) = self.timers.first().copied()
            && at <= now
        {
            self.timers.pop_first();
            match timer {
                Timer::Offer(offer) => self.offer_overdue(now, offer),
                Timer::Overflow(work_item) => _ = self.overflow_waited(now, work_item),
                Timer::MaxWait(work_item) => self.max_wait_over(work_item),
                Timer::Relax(work_item) => self.relax(now, work_item),
                Timer::Patience(work_item) => self.patience_over(work_item),
                Timer::WrapUp(agent, work_item) => self.part_over(now, agent, work_item),
                Timer::AgentPause(agent) => self.agent_pause_over(now, agent),
                Timer::ItemPause(work_item) => self.item_pause_over(work_item),
            }
        }
        self.settle(now);
    }

    /// When to call [`Router::handle_timeout`] next, and what for.
    pub fn poll_timeout(&self) -> Option<(Timestamp, &'static str)> {
        self.timers.first().map(|(at, timer)| {
            let what = match timer {
                Timer::Offer(_) => "offer deadline",
                Timer::Overflow(_) => "overflow",
                Timer::MaxWait(_) => "longest wait",
                Timer::Relax(_) => "relaxation",
                Timer::Patience(_) => "patience",
                Timer::WrapUp(..) => "wrap-up",
                Timer::AgentPause(_) => "agent pause",
                Timer::ItemPause(_) => "item pause",
            };
            (*at, what)
        })
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }
}
