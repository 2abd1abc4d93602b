//! The reference: the rules of routing without any index. After every input it looks at everything, in the plainest order.

use ringdesk_model::*;
use ringdesk_routing::*;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

#[path = "routing_rules.rs"]
mod rules;

#[derive(Default)]
pub(crate) struct Model {
    pub(crate) plan: Floorplan,
    pub(crate) agents: BTreeMap<AgentId, ModelAgent>,
    pub(crate) items: BTreeMap<WorkItemId, ModelItem>,
    pub(crate) offers: BTreeMap<OfferId, ModelOffer>,
    pub(crate) draining: bool,
    /// Whom each queue chose last.
    pub(crate) asked_last: BTreeMap<QueueId, AgentId>,
    /// What the machine must say: who left the queue how, and how committed offers ended.
    pub(crate) left: Vec<(WorkItemId, WorkOutcome)>,
    pub(crate) ended: Vec<(OfferId, Ended)>,
    pub(crate) not_taken: Vec<(WorkItemId, Ended)>,
    pub(crate) moved: Vec<(WorkItemId, QueueId, MoveReason)>,
}

#[derive(Clone)]
pub(crate) struct ModelAgent {
    pub(crate) chosen: Wanted,
    pub(crate) next: Option<Wanted>,
    pub(crate) idle_since: Timestamp,
    pub(crate) paused_until: Option<Timestamp>,
    pub(crate) unseen: bool,
    pub(crate) capacity: Capacity,
    pub(crate) work: BTreeMap<WorkItemId, Hand>,
    pub(crate) engaged: Option<Engaged>,
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
    /// Its contact is being called.
    pub(crate) calling: bool,
    pub(crate) required: Option<AgentId>,
    pub(crate) tries: BTreeMap<AgentId, u32>,
    pub(crate) paused_until: Option<Timestamp>,
    /// For one agent, in no queue.
    pub(crate) sought: bool,
    pub(crate) rank: i64,
    pub(crate) entered_at: Timestamp,
    pub(crate) visited: BTreeSet<QueueId>,
    pub(crate) relaxed: usize,
    pub(crate) patience_at: Option<Timestamp>,
}

pub(crate) struct ModelOffer {
    pub(crate) item: WorkItemId,
    pub(crate) agent: AgentId,
    pub(crate) queue: QueueId,
    pub(crate) committed: bool,
    pub(crate) withdrawn: bool,
    pub(crate) gone: Option<Ended>,
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
            Wanted::NotReady(reason) => {
                !["no_answer", "unreachable", "restart", "disconnected"].contains(&reason.as_str())
            }
            Wanted::LoggedOut => false,
        }
    }

    fn present(&self) -> bool {
        self.chosen == Wanted::Ready || !self.work.is_empty()
    }

    /// Each call is 1/voice of the agent, each text 1/text, in exact fractions.
    pub(crate) fn share(&self, more: Option<Medium>) -> Option<(u32, u32)> {
        self.share_with(more, false)
    }

    /// `direct`: with the call that is no work.
    pub(crate) fn share_with(&self, more: Option<Medium>, direct: bool) -> Option<(u32, u32)> {
        let in_hand = |m: Medium| self.work.values().filter(|h| h.medium == m).count() as u32;
        let calls = in_hand(Medium::Voice) + u32::from(direct && self.engaged.is_some());
        let voice = calls + u32::from(more == Some(Medium::Voice));
        let text = in_hand(Medium::Text) + u32::from(more == Some(Medium::Text));
        if (voice > 0 && self.capacity.voice == 0) || (text > 0 && self.capacity.text == 0) {
            return None;
        }
        let (v, t) = (u32::from(self.capacity.voice.max(1)), u32::from(self.capacity.text.max(1)));
        Some((voice * t + text * v, v * t))
    }

    fn room(&self, medium: Medium) -> bool {
        self.share_with(Some(medium), true).is_some_and(|(used, all)| used <= all)
    }

    fn free(&self, medium: Medium) -> bool {
        self.willing() && self.paused_until.is_none() && self.room(medium)
    }

    pub(crate) fn presence(&self) -> Presence {
        let has = |test: fn(State) -> bool| self.work.values().any(|h| test(h.state));
        if has(|s| s == State::Active) || self.engaged == Some(Engaged::Talking) {
            Presence::Talking
        } else if has(|s| s == State::Held) {
            Presence::Hold
        } else if has(|s| s == State::Offered) {
            Presence::Offered
        } else if has(|s| s == State::Reserved) || self.engaged == Some(Engaged::Ringing) {
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
    (item.rank, item.work.work_item)
}

impl ModelItem {
    pub(crate) fn new(work: Work, rank: i64) -> ModelItem {
        ModelItem {
            waits: true,
            calling: false,
            required: None,
            tries: BTreeMap::new(),
            paused_until: None,
            sought: false,
            rank,
            entered_at: work.enqueued_at,
            visited: BTreeSet::new(),
            relaxed: 0,
            patience_at: None,
            work,
        }
    }
}

impl Model {
    fn queue(&self, id: QueueId) -> &QueueSetup {
        self.plan.queues.iter().find(|q| q.id == id).expect("queues stay in this test")
    }

    fn setup(&self, id: AgentId) -> &AgentSetup {
        self.plan.agents.iter().find(|a| a.id == id).expect("agents stay in this test")
    }

    fn max_wait_at(&self, item: &ModelItem) -> Option<Timestamp> {
        let most = self.queue(item.work.queue).max_wait.filter(|_| !item.work.callback);
        most.map(|most| item.entered_at + most)
    }

    pub(crate) fn configured(&mut self, now: Timestamp, plan: Floorplan) {
        for setup in &plan.agents {
            let agent = self.agents.entry(setup.id).or_insert_with(|| ModelAgent {
                chosen: Wanted::LoggedOut,
                next: None,
                idle_since: now,
                paused_until: None,
                unseen: false,
                capacity: setup.capacity,
                work: BTreeMap::new(),
                engaged: None,
            });
            let before = std::mem::replace(&mut agent.capacity, setup.capacity);
            if agent.share(None).is_none_or(|(used, all)| used > all) {
                agent.capacity = before;
            }
        }
        self.plan = plan;
        for queue in &mut self.plan.queues {
            for n in 1..queue.relax.len() {
                queue.relax[n].after = queue.relax[n].after.max(queue.relax[n - 1].after);
            }
        }
        let all: Vec<WorkItemId> = self.items.keys().copied().collect();
        for id in all {
            self.relax_in_time(now, id);
            self.open(id);
        }
        self.settle(now);
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
        let elsewhere = agent.engaged.is_some() && !sought.engaged_here;
        let has_call = elsewhere || agent.work.values().any(|h| h.medium == Medium::Voice);
        let fits = match sought.medium {
            Medium::Voice => agent.share(Some(Medium::Voice)).is_some_and(|(used, all)| used <= all),
            Medium::Text => agent.room(Medium::Text),
        };
        let own = &self.setup(sought.agent).queues;
        let first = own.iter().min_by_key(|(queue, level)| (**level, **queue)).map(|(queue, _)| *queue);
        let refused = match sought.queue.or(first) {
            _ if !agent.there() => Err(Ended::Unreachable),
            _ if (sought.medium == Medium::Voice && has_call) || !fits => Err(Ended::Busy),
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
        let item = ModelItem { waits: false, sought: true, ..ModelItem::new(work, now.0) };
        self.items.insert(sought.work_item, item);
        self.agents.insert(sought.agent, agent);
        true
    }

    pub(crate) fn queued(&mut self, now: Timestamp, work: Work) {
        self.enqueue(now, work);
        self.settle(now);
    }

    pub(crate) fn withdrawn(&mut self, now: Timestamp, id: WorkItemId) {
        self.contact_left(now, id, WorkOutcome::Abandoned);
        self.settle(now);
    }

    pub(crate) fn contact_left(&mut self, now: Timestamp, id: WorkItemId, outcome: WorkOutcome) {
        if !self.items.contains_key(&id) {
            return;
        }
        let mut asked = Vec::new();
        for (offer_id, offer) in self.offers.iter_mut().filter(|(_, o)| o.item == id && o.gone.is_none()) {
            offer.gone = Some(Ended::CallerLeft);
            if offer.committed {
                asked.push((*offer_id, offer.agent));
            }
        }
        for (offer, agent) in asked {
            self.offers.remove(&offer);
            self.ended.push((offer, Ended::CallerLeft));
            self.let_go(now, agent, id);
        }
        self.leave(id, outcome);
    }

    pub(crate) fn unseen(&mut self, now: Timestamp, id: AgentId, unseen: bool) {
        self.agents.get_mut(&id).expect("agents stay").unseen = unseen;
        if unseen {
            self.hands(now);
        }
        self.settle(now);
    }

    pub(crate) fn engaged(&mut self, now: Timestamp, id: AgentId, how: Option<Engaged>) {
        let agent = self.agents.get_mut(&id).expect("agents stay");
        if agent.engaged.is_some() && how.is_none() {
            agent.idle_since = now;
        }
        agent.engaged = how;
        self.settle(now);
    }

    pub(crate) fn chosen(&mut self, now: Timestamp, id: AgentId, wanted: Wanted) {
        let agent = self.agents.get_mut(&id).expect("agents stay");
        agent.unseen = false;
        if agent.work.is_empty() {
            agent.choose(now, wanted);
            return self.settle(now);
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
        self.settle(now);
    }

    pub(crate) fn next_chosen(&mut self, now: Timestamp, id: AgentId, wanted: Wanted) {
        let agent = self.agents.get_mut(&id).expect("agents stay");
        if !agent.work.is_empty() {
            agent.next = Some(wanted);
        }
        self.settle(now);
    }

    pub(crate) fn committed(&mut self, now: Timestamp, offers: &[OfferId]) {
        for id in offers {
            let Some(offer) = self.offers.get_mut(id) else { continue };
            let agent = self.agents.get_mut(&offer.agent).expect("agents stay");
            let sought = self.items.get(&offer.item).is_some_and(|i| i.sought);
            if let Some(gone) = offer.gone {
                self.end(now, *id, gone);
            } else if !(if sought { agent.there() } else { agent.willing() }) {
                self.end(now, *id, Ended::Superseded);
            } else {
                offer.committed = true;
                offer.deadline = now + Duration::from_secs(15 + 10);
                agent.work.get_mut(&offer.item).expect("reserved").state = State::Offered;
            }
        }
        self.settle(now);
    }

    pub(crate) fn lost(&mut self, now: Timestamp, id: OfferId) {
        self.lose(now, id);
        self.settle(now);
    }

    fn lose(&mut self, now: Timestamp, id: OfferId) {
        let Some(offer) = self.offers.remove(&id) else { return };
        let pause = Duration::from_secs(1);
        self.pause(now, offer.agent, pause);
        self.let_go(now, offer.agent, offer.item);
        if offer.gone.is_none() && !self.not_taken(offer.item, Ended::Failed) {
            self.put_back(now, offer.item, Some(pause));
        }
    }

    pub(crate) fn offer_ended(&mut self, now: Timestamp, id: OfferId, how: Ended) {
        if self.offers.get(&id).is_some_and(|o| o.committed) {
            self.end(now, id, how);
        }
        self.settle(now);
    }

    fn end(&mut self, now: Timestamp, id: OfferId, how: Ended) {
        let offer = self.offers.remove(&id).expect("it lives");
        if let Some(gone) = offer.gone {
            self.ended.push((id, if how == Ended::Accepted { gone } else { how }));
            return self.let_go(now, offer.agent, offer.item);
        }
        self.ended.push((id, how));
        let seconds = Duration::from_secs;
        match how {
            Ended::Accepted => {
                let agent = self.agents.get_mut(&offer.agent).expect("agents stay");
                agent.work.get_mut(&offer.item).expect("offered").state = State::Active;
                for other in self.offers.values_mut().filter(|o| o.item == offer.item) {
                    other.gone = Some(Ended::Superseded);
                    if other.committed {
                        other.withdrawn = true;
                        other.deadline = other.deadline.min(now + seconds(10));
                    }
                }
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
            return self.contact_left(now, offer.item, WorkOutcome::Abandoned);
        }
        if self.not_taken(offer.item, how) {
            return;
        }
        if how != Ended::Superseded {
            let item = self.items.get_mut(&offer.item).expect("in its queue");
            *item.tries.entry(offer.agent).or_default() += 1;
            if item.patience_at.is_some() && item.required == Some(offer.agent) {
                item.required = None;
            }
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
        self.settle(now);
    }

    pub(crate) fn held(&mut self, id: WorkItemId, held: bool) {
        let (from, to) = if held { (State::Active, State::Held) } else { (State::Held, State::Active) };
        for hand in self.agents.values_mut().filter_map(|a| a.work.get_mut(&id)).filter(|h| h.state == from) {
            hand.state = to;
        }
    }

    pub(crate) fn wrap_up_done(&mut self, now: Timestamp, id: AgentId) {
        self.finish_wrap_up(now, id);
        self.settle(now);
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
        self.overdue(now);
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
        self.settle(now);
    }

    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let offers = self.offers.values().map(|o| o.deadline);
        let waits = self.items.values().filter(|i| i.waits).filter_map(|i| self.max_wait_at(i));
        let rests = self.items.values().filter_map(|i| i.paused_until);
        let rules = self.items.keys().flat_map(|id| self.deadlines(*id));
        let pauses = self.agents.values().filter_map(|a| a.paused_until);
        let wrap_ups = self.agents.values().flat_map(|a| a.work.values()).filter_map(|h| match h.state {
            State::WrapUp(until) => until,
            _ => None,
        });
        offers.chain(waits).chain(rules).chain(rests).chain(pauses).chain(wrap_ups).min()
    }

    /// The machine proposed it.
    pub(crate) fn proposed(&mut self, now: Timestamp, proposal: &Proposal) {
        let item = self.items.get_mut(&proposal.work_item).expect("it waits");
        item.waits = false;
        item.paused_until = None;
        let (medium, queue) = (item.work.medium, item.work.queue);
        if proposal.why.how == How::Matched {
            self.asked_last.insert(queue, proposal.agent);
        }
        let agent = self.agents.get_mut(&proposal.agent).expect("agents stay");
        agent.work.insert(proposal.work_item, Hand { medium, queue, state: State::Reserved });
        let offer = ModelOffer {
            item: proposal.work_item,
            agent: proposal.agent,
            queue,
            committed: false,
            withdrawn: false,
            gone: None,
            deadline: now + Duration::from_secs(10),
        };
        self.offers.insert(proposal.offer, offer);
    }

    /// The machine has its contact called.
    pub(crate) fn called(&mut self, id: WorkItemId) {
        let item = self.items.get_mut(&id).expect("it waits");
        (item.waits, item.calling) = (false, true);
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

    fn put_back(&mut self, now: Timestamp, id: WorkItemId, pause: Option<Duration>) {
        if self.offers.values().any(|o| o.item == id && o.gone.is_none()) {
            return; // others are still being asked
        }
        let item = self.items.get_mut(&id).expect("in its queue");
        item.waits = true;
        item.paused_until = pause.map(|p| now + p);
        self.open_in_time(now, id);
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
            if agent.unseen && *agent.next.as_ref().unwrap_or(&agent.chosen) == Wanted::Ready {
                agent.next = Some(Wanted::NotReady("disconnected".into()));
            }
            agent.capacity = self.plan.agents.iter().find(|a| a.id == *id).expect("agents stay").capacity;
            if let Some(next) = agent.next.take() {
                agent.choose(now, next);
            }
        }
    }
}
