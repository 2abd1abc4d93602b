//! Queues and agents change at run time; presence comes back after a restart. Rare, so everything is listed anew.

use super::agent::{Agent, Listed};
use super::item::{Item, Queue, Side};
use super::{MEDIA, Router};
use crate::{Floorplan, QueueSetup, Recovered, Wanted};
use ringdesk_model::{AgentId, Presence, QueueId, Timestamp, WorkItemId, WorkOutcome};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

impl Router {
    pub(super) fn configured(&mut self, now: Timestamp, plan: Floorplan) {
        self.channels = plan.channels.into_iter().map(|channel| (channel.name.clone(), channel)).collect();
        self.replace_queues(plan.queues.into_iter().map(|q| (q.id, q)).collect());
        let named: BTreeSet<AgentId> = plan.agents.iter().map(|a| a.id).collect();
        for setup in plan.agents {
            let id = setup.id;
            match self.agents.get_mut(&id) {
                Some(agent) => {
                    let (voice, text) = agent.used();
                    if setup.capacity.holds(voice, text) {
                        agent.capacity = setup.capacity;
                    }
                    agent.removed = false;
                    agent.setup = setup;
                }
                None => {
                    self.agents.insert(id, Agent::new(now, setup));
                    if let Some((presence, since)) = self.recovered.remove(&id) {
                        self.come_back(now, id, presence, since);
                    }
                }
            }
        }
        let gone: Vec<AgentId> = self.agents.keys().filter(|id| !named.contains(id)).copied().collect();
        for id in gone {
            if let Some(agent) = self.agents.get_mut(&id) {
                agent.chosen = Wanted::LoggedOut;
                (agent.next, agent.engaged) = (None, None);
                agent.removed = true;
            }
            // Nobody is left to say that wrap-up is done.
            let wrap_up = self.agents.get(&id).map(Agent::in_wrap_up).unwrap_or_default();
            wrap_up.into_iter().for_each(|work_item| self.part_over(now, id, work_item));
            self.take_back_offers(now, id);
        }
        self.list_anew(now);
    }

    pub(super) fn recovered(&mut self, now: Timestamp, state: Recovered) {
        for (id, (presence, since)) in state.agents {
            if self.agents.contains_key(&id) {
                self.come_back(now, id, presence, since);
                self.refresh(now, id);
            } else {
                self.recovered.insert(id, (presence, since));
            }
        }
    }

    fn come_back(&mut self, now: Timestamp, id: AgentId, presence: Presence, since: Timestamp) {
        let Some(agent) = self.agents.get_mut(&id).filter(|a| a.work.is_empty()) else { return };
        agent.chosen = match &presence {
            Presence::LoggedOut => Wanted::LoggedOut,
            Presence::NotReady(reason) => Wanted::NotReady(reason.clone()),
            Presence::Ready => Wanted::Ready,
            Presence::Reserved
            | Presence::Offered
            | Presence::Talking
            | Presence::Hold
            | Presence::WrapUp
            | Presence::Reconnecting => Wanted::NotReady("restart".to_owned()),
        };
        agent.idle_since = since.min(now);
        agent.since = since.min(now);
        agent.presence = presence;
    }

    fn replace_queues(&mut self, mut setups: BTreeMap<QueueId, QueueSetup>) {
        for setup in setups.values_mut() {
            // A step begins after the one before it, whatever was written.
            let mut before = Duration::ZERO;
            for step in &mut setup.relax {
                step.after = step.after.max(before);
                before = step.after;
            }
        }
        let gone: Vec<QueueId> = self.queues.keys().filter(|id| !setups.contains_key(id)).copied().collect();
        for id in gone {
            let items: Vec<WorkItemId> =
                self.queues.get(&id).into_iter().flat_map(|q| q.items.iter().map(|r| r.1)).collect();
            for work_item in items {
                // Who is being offered may still be served; put_back lets them go otherwise.
                if self.items.get(&work_item).is_some_and(Item::waits) {
                    self.leave(work_item, WorkOutcome::NoAgents);
                }
            }
            self.queues.remove(&id);
        }
        for (id, queue) in &mut self.queues {
            if let Some(setup) = setups.remove(id) {
                queue.setup = setup;
            }
        }
        self.queues.extend(setups.into_iter().map(|(id, setup)| (id, Queue::new(setup))));
    }

    /// Every list of every queue, from agents and items.
    fn list_anew(&mut self, now: Timestamp) {
        for queue in self.queues.values_mut() {
            queue.members.clear();
            queue.callers.clear();
            for side in [&mut queue.voice, &mut queue.text] {
                *side = Side { waits: std::mem::take(&mut side.waits), ..Side::default() };
            }
        }
        let agents: Vec<AgentId> = self.agents.keys().copied().collect();
        for id in &agents {
            let Some(agent) = self.agents.get_mut(id) else { continue };
            agent.listed = Listed::default();
            agent.personal.clear();
            for queue in agent.setup.queues.keys().filter(|_| !agent.removed) {
                if let Some(queue) = self.queues.get_mut(queue) {
                    queue.members.insert(*id);
                }
            }
        }
        agents.into_iter().for_each(|id| self.refresh(now, id));
        let items: Vec<WorkItemId> = self.items.keys().copied().collect();
        for id in items {
            // A queue that came back after an item of it was offered knows it again.
            if let Some(item) = self.items.get(&id).filter(|item| !item.sought)
                && let Some(queue) = self.queues.get_mut(&item.work.queue)
            {
                queue.items.insert(item.rank);
                if item.calling {
                    queue.calling.insert(id);
                }
            }
            if self.items.get(&id).is_some_and(|item| !item.sought) {
                self.set_clocks(now, id);
                self.open_item(id);
            }
        }
        for id in self.queues.keys() {
            for medium in MEDIA {
                self.emptied.insert((*id, medium));
            }
        }
    }
}
