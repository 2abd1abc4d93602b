//! The reference: the rules of routing without any index. After every input it looks at everything, in the plainest order.

use ringdesk_model::*;
use ringdesk_routing::*;
use std::collections::BTreeMap;
use std::time::Duration;

#[derive(Default)]
pub(crate) struct Model {
    pub(crate) plan: Floorplan,
    pub(crate) agents: BTreeMap<AgentId, ModelAgent>,
    pub(crate) items: BTreeMap<WorkItemId, ModelItem>,
    pub(crate) offers: BTreeMap<OfferId, ModelOffer>,
    pub(crate) draining: bool,
    /// What the machine must say: who left the queue how, and how committed offers ended.
    pub(crate) left: Vec<(WorkItemId, WorkOutcome)>,
    pub(crate) ended: Vec<(OfferId, Ended)>,
    pub(crate) not_taken: Vec<(WorkItemId, Ended)>,
}

#[derive(Clone)]
pub(crate) struct ModelAgent {
    pub(crate) chosen: Wanted,
    pub(crate) next: Option<Wanted>,
    pub(crate) idle_since: Timestamp,
    pub(crate) paused_until: Option<Timestamp>,
    pub(crate) capacity: Capacity,
    pub(crate) work: BTreeMap<WorkItemId, Hand>,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Hand {
    pub(crate) medium: Medium,
    pub(crate) queue: QueueId,
    pub(crate) state: State,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum State {
    Reserved,
    Offered,
    Active,
    Held,
    WrapUp(Option<Timestamp>),
}

pub(crate) struct ModelItem {
    pub(crate) work: Work,
    /// Nobody is being asked.
    pub(crate) waits: bool,
    pub(crate) required: Option<AgentId>,
    pub(crate) tries: BTreeMap<AgentId, u32>,
    pub(crate) paused_until: Option<Timestamp>,
    /// For one agent, in no queue.
    pub(crate) sought: bool,
}

pub(crate) struct ModelOffer {
    pub(crate) item: WorkItemId,
    pub(crate) agent: AgentId,
    pub(crate) queue: QueueId,
    pub(crate) committed: bool,
    pub(crate) withdrawn: bool,
    pub(crate) gone: bool,
    pub(crate) deadline: Timestamp,
}

impl ModelAgent {
    fn willing(&self) -> bool {
        self.chosen == Wanted::Ready && matches!(self.next, None | Some(Wanted::Ready))
    }

    /// For a colleague: at the desk, as far as anybody knows.
    fn there(&self) -> bool {
        match self.next.as_ref().unwrap_or(&self.chosen) {
            Wanted::Ready => true,
            Wanted::NotReady(reason) => reason != "no_answer" && reason != "unreachable" && reason != "restart",
            Wanted::LoggedOut => false,
        }
    }

    fn present(&self) -> bool {
        self.chosen == Wanted::Ready || !self.work.is_empty()
    }

    /// Each call is 1/voice of the agent, each text 1/text, in exact fractions.
    pub(crate) fn share(&self, more: Option<Medium>) -> Option<(u32, u32)> {
        let count =
            |m: Medium| self.work.values().filter(|h| h.medium == m).count() as u32 + u32::from(more == Some(m));
        let (voice, text) = (count(Medium::Voice), count(Medium::Text));
        if (voice > 0 && self.capacity.voice == 0) || (text > 0 && self.capacity.text == 0) {
            return None;
        }
        let (v, t) = (u32::from(self.capacity.voice.max(1)), u32::from(self.capacity.text.max(1)));
        Some((voice * t + text * v, v * t))
    }

    fn room(&self, medium: Medium) -> bool {
        self.share(Some(medium)).is_some_and(|(used, all)| used <= all)
    }

    fn free(&self, medium: Medium) -> bool {
        self.willing() && self.paused_until.is_none() && self.room(medium)
    }

    pub(crate) fn presence(&self) -> Presence {
        let has = |test: fn(State) -> bool| self.work.values().any(|h| test(h.state));
        if has(|s| s == State::Active) {
            Presence::Talking
        } else if has(|s| s == State::Held) {
            Presence::Hold
        } else if has(|s| s == State::Offered) {
            Presence::Offered
        } else if has(|s| s == State::Reserved) {
            Presence::Reserved
        } else if !self.work.is_empty() {
            Presence::WrapUp
        } else {
            match &self.chosen {
                Wanted::Ready => Presence::Ready,
                Wanted::NotReady(reason) => Presence::NotReady(reason.clone()),
                Wanted::LoggedOut => Presence::LoggedOut,
            }
        }
    }

    fn choose(&mut self, now: Timestamp, wanted: Wanted) {
        self.next = None;
        if self.chosen != wanted {
            if wanted == Wanted::Ready {
                self.idle_since = now;
            }
            self.chosen = wanted;
            self.paused_until = None;
        }
    }
}

fn rank(item: &ModelItem) -> (i64, WorkItemId) {
    (item.work.enqueued_at.0 - i64::from(item.work.priority.0) * 60_000_000, item.work.work_item)
}

impl Model {
    fn queue(&self, id: QueueId) -> &QueueSetup {
        self.plan.queues.iter().find(|q| q.id == id).expect("queues stay in this test")
    }

    fn setup(&self, id: AgentId) -> &AgentSetup {
        self.plan.agents.iter().find(|a| a.id == id).expect("agents stay in this test")
    }

    fn max_wait_at(&self, item: &ModelItem) -> Option<Timestamp> {
        self.queue(item.work.queue).max_wait.map(|most| item.work.enqueued_at + most)
    }

    pub(crate) fn configured(&mut self, now: Timestamp, plan: Floorplan) {
        for setup in &plan.agents {
            let agent = self.agents.entry(setup.id).or_insert_with(|| ModelAgent {
                chosen: Wanted::LoggedOut,
                next: None,
                idle_since: now,
                paused_until: None,
                capacity: setup.capacity,
                work: BTreeMap::new(),
            });
            let before = std::mem::replace(&mut agent.capacity, setup.capacity);
            if agent.share(None).is_none_or(|(used, all)| used > all) {
                agent.capacity = before;
            }
        }
        self.plan = plan;
        let all: Vec<WorkItemId> = self.items.keys().copied().collect();
        all.into_iter().for_each(|id| self.look_for_required(id));
        self.settle();
    }

    /// Is this agent asked?
    pub(crate) fn sought(&mut self, now: Timestamp, sought: &Sought) -> bool {
        let mut agent = self.agents[&sought.agent].clone();
        let before = agent.work.len();
        if sought.ends_wrap_up {
            agent.work.retain(|_, hand| !matches!(hand.state, State::WrapUp(_)));
        }
        if agent.work.len() < before {
            agent.idle_since = now;
        }
        let has_call = agent.work.values().any(|h| h.medium == Medium::Voice);
        let own = &self.setup(sought.agent).queues;
        let first = own.iter().min_by_key(|(queue, level)| (**level, **queue)).map(|(queue, _)| *queue);
        let refused = match sought.queue.or(first) {
            _ if !agent.there() => Err(Ended::Unreachable),
            _ if (sought.medium == Medium::Voice && has_call) || !agent.room(sought.medium) => Err(Ended::Busy),
            None => Err(Ended::Unreachable),
            Some(queue) => Ok(queue),
        };
        let queue = match refused {
            Ok(queue) => queue,
            Err(ended) => {
                self.not_taken.push((sought.work_item, ended));
                return false;
            }
        };
        let work = Work::new(sought.work_item, queue, sought.medium, now);
        let item =
            ModelItem { work, waits: false, required: None, tries: BTreeMap::new(), paused_until: None, sought: true };
        self.items.insert(sought.work_item, item);
        self.agents.insert(sought.agent, agent);
        true
    }

    pub(crate) fn queued(&mut self, now: Timestamp, work: Work) {
        let id = work.work_item;
        let length = self.items.values().filter(|i| !i.sought && i.work.queue == work.queue).count();
        if self.draining {
            return self.left.push((id, WorkOutcome::Draining));
        }
        if self.queue(work.queue).max_length.is_some_and(|most| length >= most as usize) {
            return self.left.push((id, WorkOutcome::QueueFull));
        }
        let required = work.required_agent;
        let item = ModelItem { work, waits: true, required, tries: BTreeMap::new(), paused_until: None, sought: false };
        let overdue = self.max_wait_at(&item).is_some_and(|at| at <= now);
        self.items.insert(id, item);
        self.look_for_required(id);
        if overdue {
            self.leave(id, WorkOutcome::MaxWait);
        }
        self.settle();
    }

    pub(crate) fn withdrawn(&mut self, now: Timestamp, id: WorkItemId) {
        if self.items.contains_key(&id) {
            match self.offers.iter().find(|(_, o)| o.item == id && !o.gone).map(|(offer, o)| (*offer, o.committed)) {
                None => self.leave(id, WorkOutcome::Abandoned),
                Some((offer, false)) => {
                    self.offers.get_mut(&offer).expect("found").gone = true;
                    self.leave(id, WorkOutcome::Abandoned);
                }
                Some((offer, true)) => self.end(now, offer, Ended::CallerLeft),
            }
        }
        self.settle();
    }

    pub(crate) fn chosen(&mut self, now: Timestamp, id: AgentId, wanted: Wanted) {
        let agent = self.agents.get_mut(&id).expect("agents stay");
        if agent.work.is_empty() {
            agent.choose(now, wanted);
            return self.settle();
        }
        agent.next = Some(wanted.clone());
        let out = wanted == Wanted::LoggedOut;
        let busy = agent.work.values().any(|h| !matches!(h.state, State::WrapUp(_)));
        if out || !busy {
            self.finish_wrap_up(now, id);
        }
        if out {
            for offer in self.offers.values_mut().filter(|o| o.agent == id && o.committed && !o.withdrawn) {
                offer.withdrawn = true;
                offer.deadline = offer.deadline.min(now + Duration::from_secs(10));
            }
        }
        self.settle();
    }

    pub(crate) fn next_chosen(&mut self, id: AgentId, wanted: Wanted) {
        let agent = self.agents.get_mut(&id).expect("agents stay");
        if !agent.work.is_empty() {
            agent.next = Some(wanted);
        }
        self.settle();
    }

    pub(crate) fn committed(&mut self, now: Timestamp, offers: &[OfferId]) {
        for id in offers {
            let Some(offer) = self.offers.get_mut(id) else { continue };
            let agent = self.agents.get_mut(&offer.agent).expect("agents stay");
            let sought = self.items.get(&offer.item).is_some_and(|i| i.sought);
            if offer.gone {
                self.end(now, *id, Ended::CallerLeft);
            } else if !(if sought { agent.there() } else { agent.willing() }) {
                self.end(now, *id, Ended::Superseded);
            } else {
                offer.committed = true;
                offer.deadline = now + Duration::from_secs(15 + 10);
                agent.work.get_mut(&offer.item).expect("reserved").state = State::Offered;
            }
        }
        self.settle();
    }

    pub(crate) fn lost(&mut self, now: Timestamp, id: OfferId) {
        self.lose(now, id);
        self.settle();
    }

    fn lose(&mut self, now: Timestamp, id: OfferId) {
        let Some(offer) = self.offers.remove(&id) else { return };
        let pause = Duration::from_secs(1);
        self.pause(now, offer.agent, pause);
        self.let_go(now, offer.agent, offer.item);
        if !offer.gone && !self.not_taken(offer.item, Ended::Failed) {
            self.put_back(now, offer.item, Some(pause));
        }
    }

    pub(crate) fn offer_ended(&mut self, now: Timestamp, id: OfferId, how: Ended) {
        if self.offers.get(&id).is_some_and(|o| o.committed) {
            self.end(now, id, how);
        }
        self.settle();
    }

    fn end(&mut self, now: Timestamp, id: OfferId, how: Ended) {
        let offer = self.offers.remove(&id).expect("it lives");
        self.ended.push((id, how));
        let seconds = Duration::from_secs;
        match how {
            Ended::Accepted => {
                let agent = self.agents.get_mut(&offer.agent).expect("agents stay");
                agent.work.get_mut(&offer.item).expect("offered").state = State::Active;
                return self.leave(offer.item, WorkOutcome::Served);
            }
            Ended::Declined => self.pause(now, offer.agent, seconds(10)),
            Ended::Busy | Ended::Failed => self.pause(now, offer.agent, seconds(5)),
            Ended::Unreachable => self.not_ready(offer.agent, "unreachable"),
            Ended::NoAnswer if self.queue(offer.queue).after_no_answer == AfterNoAnswer::NotReady => {
                self.not_ready(offer.agent, "no_answer");
            }
            Ended::NoAnswer => self.pause(now, offer.agent, seconds(10)),
            Ended::CallerLeft | Ended::Superseded => {}
        }
        self.let_go(now, offer.agent, offer.item);
        if how == Ended::CallerLeft {
            if !offer.gone {
                self.leave(offer.item, WorkOutcome::Abandoned);
            }
            return;
        }
        if self.not_taken(offer.item, how) {
            return;
        }
        if how != Ended::Superseded {
            *self.items.get_mut(&offer.item).expect("in its queue").tries.entry(offer.agent).or_default() += 1;
        }
        self.put_back(now, offer.item, (how == Ended::Failed).then_some(seconds(1)));
    }

    fn not_taken(&mut self, item: WorkItemId, how: Ended) -> bool {
        let sought = self.items.get(&item).is_some_and(|i| i.sought);
        if sought {
            self.items.remove(&item);
            self.not_taken.push((item, how));
        }
        sought
    }

    pub(crate) fn work_ended(&mut self, now: Timestamp, id: WorkItemId) {
        let active = |h: &Hand| matches!(h.state, State::Active | State::Held);
        let holder = self.agents.iter_mut().find(|(_, a)| a.work.get(&id).is_some_and(active));
        if let Some((_, agent)) = holder {
            let hand = agent.work.get_mut(&id).expect("held");
            let queue = self.plan.queues.iter().find(|q| q.id == hand.queue).expect("queues stay");
            hand.state = State::WrapUp(queue.wrap_up.filter(|d| !d.is_zero()).map(|d| now + d));
            if agent.next == Some(Wanted::LoggedOut) {
                agent.work.remove(&id);
                agent.idle_since = now;
            }
        }
        self.hands(now);
        self.settle();
    }

    pub(crate) fn held(&mut self, id: WorkItemId, held: bool) {
        let (from, to) = if held { (State::Active, State::Held) } else { (State::Held, State::Active) };
        for hand in self.agents.values_mut().filter_map(|a| a.work.get_mut(&id)).filter(|h| h.state == from) {
            hand.state = to;
        }
    }

    pub(crate) fn wrap_up_done(&mut self, now: Timestamp, id: AgentId) {
        self.finish_wrap_up(now, id);
        self.settle();
    }

    pub(crate) fn extended(&mut self, now: Timestamp, id: AgentId, by: Duration) {
        for hand in self.agents.get_mut(&id).expect("agents stay").work.values_mut() {
            if let State::WrapUp(Some(until)) = &mut hand.state {
                *until = (*until).max(now) + by;
            }
        }
    }

    /// May a leader give it, or an agent pick it?
    pub(crate) fn by_hand(&self, item: WorkItemId, agent: AgentId, picked: bool) -> bool {
        let Some(item) = self.items.get(&item).filter(|i| i.waits) else { return false };
        let pull = self.queue(item.work.queue).mode == Mode::Pull;
        let member = self.setup(agent).queues.contains_key(&item.work.queue);
        let agent = &self.agents[&agent];
        agent.willing() && agent.room(item.work.medium) && (!picked || (pull && member))
    }

    /// Everything due by now.
    pub(crate) fn tick(&mut self, now: Timestamp) {
        let due: Vec<OfferId> = self.offers.iter().filter(|(_, o)| o.deadline <= now).map(|(id, _)| *id).collect();
        for id in due {
            let offer = &self.offers[&id];
            match (offer.committed, offer.withdrawn) {
                (false, _) => self.lose(now, id),
                (true, false) => self.end(now, id, Ended::Failed),
                (true, true) => self.end(now, id, Ended::Superseded),
            }
        }
        let overdue: Vec<WorkItemId> = self
            .items
            .iter()
            .filter(|(_, i)| i.waits && self.max_wait_at(i).is_some_and(|at| at <= now))
            .map(|(id, _)| *id)
            .collect();
        overdue.into_iter().for_each(|id| self.leave(id, WorkOutcome::MaxWait));
        for agent in self.agents.values_mut() {
            agent.paused_until = agent.paused_until.filter(|at| *at > now);
            let before = agent.work.len();
            agent.work.retain(|_, hand| !matches!(hand.state, State::WrapUp(Some(until)) if until <= now));
            if agent.work.len() < before {
                agent.idle_since = now;
            }
        }
        let rested: Vec<WorkItemId> =
            self.items.iter().filter(|(_, i)| i.paused_until.is_some_and(|at| at <= now)).map(|(id, _)| *id).collect();
        for id in rested {
            self.items.get_mut(&id).expect("found").paused_until = None;
        }
        self.hands(now);
        self.settle();
    }

    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let offers = self.offers.values().map(|o| o.deadline);
        let waits = self.items.values().filter(|i| i.waits).filter_map(|i| self.max_wait_at(i));
        let rests = self.items.values().filter_map(|i| i.paused_until);
        let pauses = self.agents.values().filter_map(|a| a.paused_until);
        let wrap_ups = self.agents.values().flat_map(|a| a.work.values()).filter_map(|h| match h.state {
            State::WrapUp(until) => until,
            _ => None,
        });
        offers.chain(waits).chain(rests).chain(pauses).chain(wrap_ups).min()
    }

    /// Who must be proposed what now: items by rank, each to the best agent who is free then.
    pub(crate) fn matches(&self) -> Vec<(WorkItemId, AgentId)> {
        let mut items: Vec<&ModelItem> = self.items.values().filter(|i| i.waits && i.paused_until.is_none()).collect();
        items.sort_by_key(|i| rank(i));
        let mut given: BTreeMap<AgentId, Vec<(WorkItemId, Hand)>> = BTreeMap::new();
        let mut matches = Vec::new();
        for item in items {
            let (id, medium, queue) = (item.work.work_item, item.work.medium, item.work.queue);
            let mut best = None;
            for (agent_id, agent) in &self.agents {
                let member = self.setup(*agent_id).queues.get(&queue);
                let may = match item.required {
                    Some(required) => required == *agent_id,
                    None => member.is_some() && self.queue(queue).mode == Mode::Push,
                };
                let extra = given.get(agent_id).map_or(&[][..], Vec::as_slice);
                let agent = ModelAgent {
                    chosen: agent.chosen.clone(),
                    next: agent.next.clone(),
                    work: agent.work.iter().map(|(k, v)| (*k, *v)).chain(extra.iter().copied()).collect(),
                    ..*agent
                };
                if may && agent.free(medium) {
                    let (used, all) = agent.share(None).expect("it is free");
                    let tries = item.tries.get(agent_id).copied().unwrap_or(0);
                    let load = u64::from(used) * 1_000_000 / u64::from(all);
                    let key = (tries, member.copied(), load, agent.idle_since, *agent_id);
                    best = best.min(Some(key)).or(Some(key));
                }
            }
            if let Some((.., agent)) = best {
                matches.push((id, agent));
                given.entry(agent).or_default().push((id, Hand { medium, queue, state: State::Reserved }));
            }
        }
        matches
    }

    /// The machine proposed it.
    pub(crate) fn proposed(&mut self, now: Timestamp, proposal: &Proposal) {
        let item = self.items.get_mut(&proposal.work_item).expect("it waits");
        item.waits = false;
        item.paused_until = None;
        let (medium, queue) = (item.work.medium, item.work.queue);
        let agent = self.agents.get_mut(&proposal.agent).expect("agents stay");
        agent.work.insert(proposal.work_item, Hand { medium, queue, state: State::Reserved });
        let offer = ModelOffer {
            item: proposal.work_item,
            agent: proposal.agent,
            queue,
            committed: false,
            withdrawn: false,
            gone: false,
            deadline: now + Duration::from_secs(10),
        };
        self.offers.insert(proposal.offer, offer);
    }

    pub(crate) fn place(&self, id: WorkItemId) -> Option<u32> {
        let item = self.items.get(&id).filter(|i| !i.sought)?;
        let ahead = self
            .items
            .values()
            .filter(|i| !i.sought && i.work.queue == item.work.queue && rank(i) < rank(item))
            .count();
        Some(ahead as u32 + 1)
    }

    /// What follows from the state before anybody is matched: nobody waits for who is not there.
    fn settle(&mut self) {
        let waiting: Vec<WorkItemId> =
            self.items.iter().filter(|(_, i)| i.waits && i.paused_until.is_none()).map(|(id, _)| *id).collect();
        waiting.into_iter().for_each(|id| self.look_for_required(id));
        let leaving: Vec<WorkItemId> = self
            .items
            .iter()
            .filter(|(_, i)| i.waits && i.required.is_none() && self.queue(i.work.queue).empty == Empty::LeaveAtOnce)
            .filter(|(_, i)| {
                !self.agents.iter().any(|(id, a)| {
                    a.present()
                        && a.capacity.of(i.work.medium) > 0
                        && self.setup(*id).queues.contains_key(&i.work.queue)
                })
            })
            .map(|(id, _)| *id)
            .collect();
        leaving.into_iter().for_each(|id| self.leave(id, WorkOutcome::NoAgents));
    }

    fn look_for_required(&mut self, id: WorkItemId) {
        let Some(item) = self.items.get_mut(&id).filter(|i| i.waits) else { return };
        let there = |a: &ModelAgent| a.present() && a.capacity.of(item.work.medium) > 0;
        item.required = item.required.filter(|r| self.agents.get(r).is_some_and(there));
    }

    fn put_back(&mut self, now: Timestamp, id: WorkItemId, pause: Option<Duration>) {
        let item = self.items.get_mut(&id).expect("in its queue");
        item.waits = true;
        item.paused_until = pause.map(|p| now + p);
        if self.max_wait_at(&self.items[&id]).is_some_and(|at| at <= now) {
            return self.leave(id, WorkOutcome::MaxWait);
        }
        self.look_for_required(id);
    }

    fn leave(&mut self, id: WorkItemId, outcome: WorkOutcome) {
        self.items.remove(&id);
        self.left.push((id, outcome));
    }

    fn pause(&mut self, now: Timestamp, id: AgentId, pause: Duration) {
        let agent = self.agents.get_mut(&id).expect("agents stay");
        agent.paused_until = agent.paused_until.max(Some(now + pause));
    }

    fn not_ready(&mut self, id: AgentId, reason: &str) {
        let agent = self.agents.get_mut(&id).expect("agents stay");
        if *agent.next.as_ref().unwrap_or(&agent.chosen) == Wanted::Ready {
            agent.next = Some(Wanted::NotReady(reason.into()));
        }
    }

    fn let_go(&mut self, now: Timestamp, id: AgentId, item: WorkItemId) {
        self.agents.get_mut(&id).expect("agents stay").work.remove(&item);
        self.hands(now);
    }

    fn finish_wrap_up(&mut self, now: Timestamp, id: AgentId) {
        let agent = self.agents.get_mut(&id).expect("agents stay");
        let before = agent.work.len();
        agent.work.retain(|_, hand| !matches!(hand.state, State::WrapUp(_)));
        if agent.work.len() < before {
            agent.idle_since = now;
        }
        self.hands(now);
    }

    /// Empty hands: what was wanted next comes into force.
    fn hands(&mut self, now: Timestamp) {
        for (id, agent) in self.agents.iter_mut().filter(|(_, a)| a.work.is_empty()) {
            agent.capacity = self.plan.agents.iter().find(|a| a.id == *id).expect("agents stay").capacity;
            if let Some(next) = agent.next.take() {
                agent.choose(now, next);
            }
        }
    }
}
