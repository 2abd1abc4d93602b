//! The reference, second half: what work wants, who suits it best, and where it goes when nobody does.

use super::*;
use std::cmp::Reverse;

impl Model {
    pub(super) fn enqueue(&mut self, now: Timestamp, mut work: Work) {
        let id = work.work_item;
        let before = work.in_place_of.filter(|before| self.items.get(before).is_some_and(|i| !i.sought));
        if let Some(before) = before {
            let old = &self.items[&before];
            (work.queue, work.enqueued_at) = (old.work.queue, old.work.enqueued_at);
            // No clock of the queue has run for who is back on the line.
            let entered_at = if work.callback { old.entered_at } else { now };
            let (visited, relaxed) = (old.visited.clone(), old.relaxed);
            let item = ModelItem { entered_at, visited, relaxed, ..ModelItem::new(work, old.rank) };
            self.contact_left(now, before, WorkOutcome::CalledBack);
            return self.enter(now, item);
        }
        let (minutes, switch) = self.channel(&work);
        if self.draining {
            return self.left.push((id, WorkOutcome::Draining));
        }
        if switch == ChannelSwitch::Refuse {
            return self.left.push((id, WorkOutcome::ChannelOff));
        }
        let mut visited = BTreeSet::new();
        loop {
            let length = self.items.values().filter(|i| !i.sought && i.work.queue == work.queue).count();
            let long = |when| matches!(when, OverflowWhen::Length(most) if length >= most as usize);
            match self.rule(&work, &visited, long) {
                Some(OverflowTo::Flow) => return self.left.push((id, WorkOutcome::QueueFull)),
                Some(OverflowTo::Queue(to)) => {
                    visited.insert(std::mem::replace(&mut work.queue, to));
                    self.moved.push((id, to, MoveReason::Length));
                }
                None if self.full(work.queue) => return self.left.push((id, WorkOutcome::QueueFull)),
                None => break,
            }
        }
        let ahead = if work.vip { 15 } else { 0 };
        let rank = work.enqueued_at.0 - (i64::from(work.priority.0) + minutes + ahead) * 60_000_000;
        self.enter(now, ModelItem { visited, ..ModelItem::new(work, rank) });
    }

    fn enter(&mut self, now: Timestamp, mut item: ModelItem) {
        let id = item.work.work_item;
        let known = item.work.preferred.filter(|p| !p.patience.is_zero());
        item.required = item.work.required_agent.or(known.map(|p| p.agent));
        item.patience_at = known.filter(|_| item.work.required_agent.is_none()).map(|p| now + p.patience);
        self.items.insert(id, item);
        self.relax_in_time(now, id);
        self.open_in_time(now, id);
    }

    fn channel(&self, work: &Work) -> (i64, ChannelSwitch) {
        let setup = self.plan.channels.iter().find(|c| Some(&c.name) == work.channel.as_ref());
        setup.map_or((0, ChannelSwitch::On), |c| (i64::from(c.priority.0), c.switch))
    }

    fn full(&self, queue: QueueId) -> bool {
        let length = self.items.values().filter(|i| !i.sought && i.work.queue == queue).count();
        self.queue(queue).max_length.is_some_and(|most| length >= most as usize)
    }

    fn rule(
        &self,
        work: &Work,
        visited: &BTreeSet<QueueId>,
        applies: impl Fn(OverflowWhen) -> bool,
    ) -> Option<OverflowTo> {
        let rules = self.queue(work.queue).overflow.iter().filter(|rule| applies(rule.when));
        rules.map(|rule| rule.to).find(|to| match to {
            OverflowTo::Flow => !work.callback,
            OverflowTo::Queue(to) => *to != work.queue && !visited.contains(to) && !self.full(*to),
        })
    }

    /// Skills with levels, and levels of agents, that are wanted after so many steps.
    fn wanted(&self, item: &ModelItem, steps: usize) -> (Skills, u8) {
        let queue = self.queue(item.work.queue);
        let (mut skills, mut up_to) = (item.work.skills.clone(), queue.first_levels.unwrap_or(u8::MAX));
        let is = |skill: &Skill, name: &str| skill.0 == name || skill.0.starts_with(&format!("{name}:"));
        for step in &queue.relax[..steps] {
            match &step.what {
                Relaxed::Drop(name) => skills.retain(|skill, _| !is(skill, name)),
                Relaxed::DropAll => skills = Skills::new(),
                Relaxed::Lower { skill: name, to } => {
                    let lower = |(skill, level): (Skill, u8)| {
                        (skill.clone(), if is(&skill, name) { level.min(*to) } else { level })
                    };
                    skills = skills.into_iter().map(lower).collect();
                }
                Relaxed::UpTo(level) => up_to = up_to.max(*level),
            }
        }
        (skills, up_to)
    }

    fn meets(&self, agent: AgentId, queue: QueueId, (skills, up_to): &(Skills, u8)) -> bool {
        let setup = self.setup(agent);
        let level = setup.queues.get(&queue).is_some_and(|level| level <= up_to);
        level && skills.iter().all(|(skill, least)| setup.skills.get(skill).copied().unwrap_or(0) >= *least)
    }

    pub(super) fn relax_in_time(&mut self, now: Timestamp, id: WorkItemId) {
        let item = &self.items[&id];
        let steps = &self.queue(item.work.queue).relax;
        let mut relaxed = item.relaxed.min(steps.len());
        while steps.get(relaxed).is_some_and(|step| item.entered_at + step.after <= now) {
            relaxed += 1;
        }
        self.items.get_mut(&id).expect("found").relaxed = relaxed;
    }

    fn relax_for_nobody(&mut self, id: WorkItemId) {
        loop {
            let Some(item) = self.items.get(&id).filter(|i| i.waits && !i.sought && i.required.is_none()) else {
                return;
            };
            let steps = &self.queue(item.work.queue).relax;
            let wanted = self.wanted(item, item.relaxed);
            let (queue, medium) = (item.work.queue, item.work.medium);
            let somebody = self
                .agents
                .iter()
                .any(|(id, a)| a.present() && a.capacity.of(medium) > 0 && self.meets(*id, queue, &wanted));
            if somebody || !steps.get(item.relaxed).is_some_and(|step| step.at_once_if_nobody) {
                return;
            }
            self.items.get_mut(&id).expect("found").relaxed += 1;
        }
    }

    /// It waits here from now on.
    pub(super) fn open(&mut self, id: WorkItemId) {
        self.look_for_required(id);
        self.relax_for_nobody(id);
    }

    fn look_for_required(&mut self, id: WorkItemId) {
        if self.items.get(&id).is_some_and(|item| self.is_called_first(item)) {
            return; // no agent is asked, nor waited for
        }
        let Some(item) = self.items.get_mut(&id).filter(|i| i.waits) else { return };
        let there = |a: &ModelAgent| a.present() && a.capacity.of(item.work.medium) > 0;
        item.required = item.required.filter(|r| self.agents.get(r).is_some_and(there));
    }

    /// Unless it has waited too long already.
    pub(super) fn open_in_time(&mut self, now: Timestamp, id: WorkItemId) {
        if self.overflow_waited(now, id) {
            return;
        }
        if self.max_wait_at(&self.items[&id]).is_some_and(|at| at <= now) {
            return self.leave(id, WorkOutcome::MaxWait);
        }
        self.open(id);
    }

    fn overflow_waited(&mut self, now: Timestamp, id: WorkItemId) -> bool {
        let item = &self.items[&id];
        let waited = |when| matches!(when, OverflowWhen::Waited(most) if item.entered_at + most <= now);
        let rule = self.rule(&item.work, &item.visited, waited);
        self.follow(now, id, rule, WorkOutcome::MaxWait, MoveReason::Waited)
    }

    fn follow(
        &mut self,
        now: Timestamp,
        id: WorkItemId,
        rule: Option<OverflowTo>,
        out: WorkOutcome,
        why: MoveReason,
    ) -> bool {
        match rule {
            Some(OverflowTo::Flow) => self.leave(id, out),
            Some(OverflowTo::Queue(to)) => self.go(now, id, to, why),
            None => {}
        }
        rule.is_some()
    }

    fn go(&mut self, now: Timestamp, id: WorkItemId, to: QueueId, why: MoveReason) {
        let item = self.items.get_mut(&id).expect("found");
        let from = std::mem::replace(&mut item.work.queue, to);
        if why == MoveReason::Leader {
            item.visited.clear();
        } else {
            item.visited.insert(from);
        }
        (item.entered_at, item.relaxed) = (now, 0);
        self.moved.push((id, to, why));
        self.relax_in_time(now, id);
        self.open_in_time(now, id);
    }

    pub(crate) fn move_to(&mut self, now: Timestamp, id: WorkItemId, to: QueueId) {
        let may = self.items.get(&id).is_some_and(|i| i.waits && !i.sought && i.work.queue != to);
        if may && !self.full(to) {
            self.go(now, id, to, MoveReason::Leader);
        }
        self.settle(now);
    }

    pub(crate) fn move_to_head(&mut self, id: WorkItemId) {
        let Some(item) = self.items.get(&id).filter(|i| i.waits && !i.sought) else { return };
        let of_queue = self.items.values().filter(|i| !i.sought && i.work.queue == item.work.queue);
        let first = of_queue.map(rank).min().expect("at least itself");
        if first.1 != id {
            self.items.get_mut(&id).expect("found").rank = first.0 - 1;
        }
    }

    /// Moments when a rule, a step or a patience may matter.
    pub(super) fn deadlines(&self, id: WorkItemId) -> Vec<Timestamp> {
        let item = &self.items[&id];
        if item.sought {
            return vec![];
        }
        let queue = self.queue(item.work.queue);
        let step = queue.relax.get(item.relaxed).map(|step| item.entered_at + step.after);
        let rules = queue.overflow.iter().filter(|_| item.waits).filter_map(|rule| match rule.when {
            OverflowWhen::Waited(most) if self.rule(&item.work, &item.visited, |w| w == rule.when).is_some() => {
                Some(item.entered_at + most)
            }
            _ => None,
        });
        step.into_iter().chain(item.patience_at).chain(rules).collect()
    }

    /// Who has waited too long, in the order of time; then smaller wishes, and the end of patience.
    pub(super) fn overdue(&mut self, now: Timestamp) {
        let all: Vec<WorkItemId> = self.items.keys().copied().collect();
        let mut due: Vec<(Timestamp, bool, WorkItemId)> = Vec::new();
        for id in &all {
            let item = &self.items[id];
            let rules = self.queue(item.work.queue).overflow.iter().filter_map(|rule| match rule.when {
                OverflowWhen::Waited(most) => Some((item.entered_at + most, false, *id)),
                _ => None,
            });
            due.extend(rules.chain(self.max_wait_at(item).map(|at| (at, true, *id))));
        }
        due.retain(|(at, ..)| *at <= now);
        due.sort();
        for (_, leaves, id) in due {
            let waits = self.items.get(&id).is_some_and(|i| i.waits && !i.sought);
            let still = |model: &Model| model.max_wait_at(&model.items[&id]).is_some_and(|at| at <= now);
            if waits && leaves && still(self) {
                self.leave(id, WorkOutcome::MaxWait);
            } else if waits && !leaves {
                self.overflow_waited(now, id);
            }
        }
        for id in all {
            if self.items.get(&id).is_none_or(|i| i.sought) {
                continue;
            }
            self.relax_in_time(now, id);
            let item = self.items.get_mut(&id).expect("found");
            if item.patience_at.is_some_and(|at| at <= now) {
                (item.patience_at, item.required) = (None, None);
            }
        }
    }

    /// What follows from the state before anybody is matched: nobody waits for who is not there.
    pub(super) fn settle(&mut self, now: Timestamp) {
        let held = |model: &Model, item: &ModelItem| model.channel(&item.work).1 == ChannelSwitch::Hold;
        let waiting: Vec<WorkItemId> =
            self.items.iter().filter(|(_, i)| i.waits && i.paused_until.is_none()).map(|(id, _)| *id).collect();
        for id in &waiting {
            if !held(self, &self.items[id]) {
                self.look_for_required(*id);
            }
        }
        waiting.into_iter().for_each(|id| self.relax_for_nobody(id));
        // Queue by queue, call by call; whoever is moved may find nobody there either.
        while let Some(id) = self.next_without_agent() {
            let item = &self.items[&id];
            let rule = self.rule(&item.work, &item.visited, |when| when == OverflowWhen::NoAgents);
            if !self.follow(now, id, rule, WorkOutcome::NoAgents, MoveReason::NoAgents) {
                self.leave(id, WorkOutcome::NoAgents);
            }
        }
    }

    fn next_without_agent(&self) -> Option<WorkItemId> {
        let lost = |i: &&ModelItem| {
            let leaves = self.queue(i.work.queue).empty == Empty::LeaveAtOnce && !i.work.callback;
            let rule = self.rule(&i.work, &i.visited, |when| when == OverflowWhen::NoAgents);
            let there = |(id, a): (&AgentId, &ModelAgent)| {
                a.present() && a.capacity.of(i.work.medium) > 0 && self.setup(*id).queues.contains_key(&i.work.queue)
            };
            i.waits && !i.sought && i.required.is_none() && (leaves || rule.is_some()) && !self.agents.iter().any(there)
        };
        let text = |i: &ModelItem| i.work.medium == Medium::Text;
        let lost = self.items.values().filter(lost);
        lost.min_by_key(|i| (i.work.queue, text(i), rank(i))).map(|i| i.work.work_item)
    }

    fn is_called_first(&self, item: &ModelItem) -> bool {
        let of_queue = self.queue(item.work.queue).callback.is_some_and(|offer| offer.first == CallFirst::Caller);
        of_queue && item.work.callback && item.work.medium == Medium::Voice
    }

    /// Who must be proposed what now: items by rank, each to the best agent who is free then, or to all who ring together. And whose
    /// contacts are called: where more agents are free for them than others are being called in their queue.
    pub(crate) fn matches(&self) -> (Vec<(WorkItemId, AgentId)>, Vec<WorkItemId>) {
        let waits = |i: &&ModelItem| {
            i.waits && !i.sought && i.paused_until.is_none() && self.channel(&i.work).1 != ChannelSwitch::Hold
        };
        let mut items: Vec<&ModelItem> = self.items.values().filter(waits).collect();
        items.sort_by_key(|i| rank(i));
        let mut given: BTreeMap<AgentId, Vec<(WorkItemId, Hand)>> = BTreeMap::new();
        let mut asked_last = self.asked_last.clone();
        let (mut matches, mut called): (Vec<(WorkItemId, AgentId)>, Vec<WorkItemId>) = (Vec::new(), Vec::new());
        for item in items {
            let (id, medium, queue_id) = (item.work.work_item, item.work.medium, item.work.queue);
            let queue = self.queue(queue_id);
            let wanted = self.wanted(item, item.relaxed);
            let first = self.is_called_first(item);
            let mut free = Vec::new();
            for (agent_id, agent) in &self.agents {
                let setup = self.setup(*agent_id);
                let may = match item.required.filter(|_| !first) {
                    Some(required) => required == *agent_id,
                    None => queue.mode == Mode::Push && self.meets(*agent_id, queue_id, &wanted),
                };
                let extra = given.get(agent_id).map_or(&[][..], Vec::as_slice);
                let work = agent.work.iter().map(|(k, v)| (*k, *v)).chain(extra.iter().copied()).collect();
                let agent = ModelAgent { work, ..agent.clone() };
                if may && agent.free(medium) {
                    let (used, all) = agent.share_with(None, true).expect("it is free");
                    let load = u64::from(used) * 1_000_000 / u64::from(all);
                    let strategy = match queue.strategy {
                        QueueStrategy::LeastBusy => (load, agent.idle_since.0),
                        QueueStrategy::LongestIdle => (u64::from(load > 0), agent.idle_since.0),
                        QueueStrategy::RoundRobin => {
                            (u64::from(asked_last.get(&queue_id).is_some_and(|last| agent_id <= last)), 0)
                        }
                        QueueStrategy::TopDown | QueueStrategy::RingAll => (0, 0),
                    };
                    let tries = item.tries.get(agent_id).copied().unwrap_or(0);
                    let known = item.work.preferred.is_some_and(|p| p.agent == *agent_id);
                    let level = setup.queues.get(&queue_id).copied();
                    let fit: u32 = wanted.0.keys().map(|s| u32::from(setup.skills.get(s).copied().unwrap_or(0))).sum();
                    free.push(((tries, !known, level, Reverse(fit), strategy, *agent_id), tries, level));
                }
            }
            if first {
                let here = |id: &&WorkItemId| self.items[*id].work.queue == queue_id;
                let calling = self.items.values().filter(|i| i.calling && i.work.queue == queue_id).count();
                if free.len() > calling + called.iter().filter(here).count() {
                    called.push(id);
                }
                continue;
            }
            let Some((best, tries, level)) = free.iter().min().copied() else { continue };
            let all = item.required.is_none() && queue.strategy == QueueStrategy::RingAll;
            let mut chosen = vec![best.5];
            if all {
                chosen = free.iter().filter(|f| f.1 == tries && f.2 == level).map(|f| f.0.5).collect();
            }
            if item.required.is_none() {
                asked_last.insert(queue_id, *chosen.last().expect("the best at least"));
            }
            for agent in chosen {
                matches.push((id, agent));
                given.entry(agent).or_default().push((id, Hand { medium, queue: queue_id, state: State::Reserved }));
            }
        }
        (matches, called)
    }
}
