//! Routing against its reference model, and against the promises it makes whatever happens.

#[path = "routing_model.rs"]
mod model;
#[path = "routing_steps.rs"]
mod steps;

use model::{Model, State};
use proptest::prelude::*;
use ringdesk_model::*;
use ringdesk_routing::journal::replay;
use ringdesk_routing::*;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use steps::{AGENTS, QUEUES, Step, apply, floorplan, id, story};

/// The machine, the clock, and what anybody outside can know from the machine's words.
struct World {
    router: Router,
    now: Timestamp,
    plan: Floorplan,
    /// What no plan names at the moment.
    hidden: (BTreeSet<u32>, BTreeSet<u32>),
    queued: u32,
    orders: u32,
    orders_open: BTreeSet<OrderId>,
    /// Proposals the store has not answered, oldest first.
    unanswered: Vec<OfferId>,
    proposals: BTreeMap<OfferId, Proposal>,
    /// Offers that live in the store, and those that ended there.
    live: BTreeSet<OfferId>,
    over: BTreeSet<OfferId>,
    active: Vec<WorkItemId>,
    /// Items in a queue, and those that an agent has taken.
    inside: BTreeSet<WorkItemId>,
    taken: BTreeSet<WorkItemId>,
    /// Items whose contact is being called.
    called: BTreeSet<WorkItemId>,
    said: Vec<Output>,
    /// Everything the machine was told, and said.
    journal: Vec<Entry>,
    spoken: Vec<Output>,
}

impl World {
    fn new(plan: Floorplan) -> World {
        World {
            router: Router::new(Config::default(), Ids::seeded(11)),
            now: Timestamp::from_millis(1_000_000_000),
            plan,
            hidden: Default::default(),
            queued: 0,
            orders: 0,
            orders_open: BTreeSet::new(),
            unanswered: vec![],
            proposals: BTreeMap::new(),
            live: BTreeSet::new(),
            over: BTreeSet::new(),
            active: vec![],
            inside: BTreeSet::new(),
            taken: BTreeSet::new(),
            called: BTreeSet::new(),
            said: vec![],
            journal: vec![],
            spoken: vec![],
        }
    }

    fn visible(&self) -> Floorplan {
        let mut plan = self.plan.clone();
        plan.agents.retain(|a| !self.hidden.0.iter().any(|n| id::<AgentId>(*n) == a.id));
        plan.queues.retain(|q| !self.hidden.1.iter().any(|n| id::<QueueId>(*n) == q.id));
        plan
    }

    fn order(&mut self) -> OrderId {
        self.orders += 1;
        self.orders_open.insert(id(self.orders));
        id(self.orders)
    }

    fn tell(&mut self, input: Input) -> Result<(), TestCaseError> {
        self.journal.push(Entry { at: self.now, input: Some(input.clone()) });
        self.router.handle_input(self.now, input);
        self.listen()
    }

    fn time_out(&mut self) -> Result<(), TestCaseError> {
        self.journal.push(Entry { at: self.now, input: None });
        self.router.handle_timeout(self.now);
        self.listen()
    }

    /// Hear what the machine says, and hold it to what it may say.
    fn listen(&mut self) -> Result<(), TestCaseError> {
        while let Some(output) = self.router.poll_output() {
            match &output {
                Output::Propose(batch) => {
                    for p in batch {
                        prop_assert!(self.inside.contains(&p.work_item), "proposed, but in no queue: {p:?}");
                        prop_assert!(!self.called.contains(&p.work_item), "proposed, but being called: {p:?}");
                        self.unanswered.push(p.offer);
                        prop_assert!(self.proposals.insert(p.offer, p.clone()).is_none(), "an offer twice: {p:?}");
                    }
                }
                Output::Offer(o) => {
                    let p = &self.proposals[&o.offer];
                    prop_assert_eq!((p.agent, p.work_item), (o.agent, o.work_item));
                    prop_assert!(self.live.contains(&o.offer), "rings before the store has it: {o:?}");
                    for other in self.live.iter().filter(|l| **l != o.offer).map(|l| &self.proposals[l]) {
                        let together = p.why.strategy == QueueStrategy::RingAll && other.agent != o.agent;
                        prop_assert!(
                            together || other.work_item != o.work_item,
                            "one item, two offers: {o:?} {other:?}"
                        );
                    }
                }
                Output::OfferEnded(offer, ended) => {
                    prop_assert!(self.live.remove(offer), "{offer:?} ends but does not live");
                    prop_assert!(self.over.insert(*offer), "{offer:?} ends twice");
                    if *ended == Ended::Accepted {
                        let item = self.proposals[offer].work_item;
                        prop_assert!(self.taken.insert(item), "{item:?} is taken twice");
                        self.active.push(item);
                    }
                }
                Output::Left(item, _) | Output::NotTaken(item, _) => {
                    prop_assert!(self.inside.remove(item), "{item:?} leaves but is in no queue");
                    self.called.remove(item);
                }
                Output::Done(order, _) => {
                    prop_assert!(self.orders_open.remove(order), "{order:?} ends twice");
                }
                Output::Moved { work_item, .. } => {
                    prop_assert!(self.inside.contains(work_item), "{work_item:?} moves but is in no queue");
                }
                Output::CallFirst { work_item, .. } => {
                    prop_assert!(self.inside.contains(work_item), "called, but in no queue: {work_item:?}");
                    prop_assert!(self.called.insert(*work_item), "{work_item:?} is called twice");
                    let offered = |offer: &OfferId| self.proposals[offer].work_item == *work_item;
                    prop_assert!(!self.live.iter().any(offered), "{work_item:?} is called and offered");
                }
                Output::WithdrawOffer(_) | Output::PresenceChanged { .. } => {}
            }
            self.spoken.push(output.clone());
            self.said.push(output);
        }
        prop_assert_eq!(self.router.audit(), Vec::<String>::new());
        Ok(())
    }

    fn work(&mut self, step: &Step) -> Option<Work> {
        let Step::Queue { queue, priority, medium, required, waited, wish } = step else { return None };
        self.queued += 1;
        let enqueued_at = self.now - Duration::from_secs(*waited);
        let work = Work {
            priority: steps::priority(*priority),
            required_agent: required.map(id),
            preferred: wish
                .preferred
                .map(|(agent, s)| Preferred { agent: id(agent), patience: Duration::from_secs(s) }),
            skills: wish.skills.clone(),
            vip: wish.vip,
            channel: wish.channel.map(str::to_owned),
            ..Work::new(id(self.queued), id(*queue), *medium, enqueued_at)
        };
        self.inside.insert(work.work_item);
        Some(work)
    }

    fn sought(&mut self, agent: u32, queue: Option<u32>, medium: Medium) -> Sought {
        self.queued += 1;
        let work_item = id(self.queued);
        self.inside.insert(work_item);
        let (ring_for, ends_wrap_up) = (Duration::from_secs(15), self.queued.is_multiple_of(2));
        let engaged_here = self.queued.is_multiple_of(3);
        Sought { work_item, agent: id(agent), queue: queue.map(id), medium, ring_for, ends_wrap_up, engaged_here }
    }

    fn some_item(&self, n: usize) -> Option<WorkItemId> {
        (self.queued > 0).then(|| id(n as u32 % self.queued + 1))
    }

    fn some_ringing(&self, n: usize) -> Option<OfferId> {
        (!self.live.is_empty()).then(|| self.live.iter().nth(n % self.live.len()).copied().expect("within"))
    }

    fn commit(&mut self, n: usize) -> Vec<OfferId> {
        let offers: Vec<OfferId> = self.unanswered.drain(..n.min(self.unanswered.len())).collect();
        self.live.extend(&offers);
        offers
    }

    /// What the step means here and now; `None`: nothing. `Pass` is not an input.
    fn input(&mut self, step: &Step) -> Option<Input> {
        let input = match step {
            Step::Queue { .. } => Input::Queued(self.work(step)?),
            Step::Seek { agent, queue, medium } => Input::Sought(self.sought(*agent, *queue, *medium)),
            Step::CallBack(n) => {
                let before = self.some_item(*n)?;
                self.queued += 1;
                let work = Work::new(id(self.queued), id(0), Medium::Voice, self.now);
                self.inside.insert(work.work_item);
                Input::Queued(Work { in_place_of: Some(before), callback: true, ..work })
            }
            Step::PickUp(n) => {
                let before = *self.called.iter().nth(n % self.called.len().max(1))?;
                self.queued += 1;
                let work = Work::new(id(self.queued), id(0), Medium::Voice, self.now);
                self.inside.insert(work.work_item);
                Input::Queued(Work { in_place_of: Some(before), ..work })
            }
            Step::MoveTo(n, queue) => {
                let item = self.some_item(*n)?;
                Input::MoveTo(self.order(), item, id(*queue))
            }
            Step::MoveToHead(n) => {
                let item = self.some_item(*n)?;
                Input::MoveToHead(self.order(), item)
            }
            Step::Unseen(agent) => Input::Unseen(id(*agent)),
            Step::Seen(agent) => Input::Seen(id(*agent)),
            Step::Engage(agent, how) => Input::Engaged(id(*agent), *how),
            Step::Withdraw(n) => Input::Withdrawn(self.some_item(*n)?),
            Step::Choose(agent, wanted) => Input::Chosen(self.order(), id(*agent), wanted.clone()),
            Step::Next(agent, wanted) => Input::NextChosen(self.order(), id(*agent), wanted.clone()),
            Step::Commit(n) if !self.unanswered.is_empty() => Input::Committed(self.commit(*n)),
            Step::Lose if !self.unanswered.is_empty() => Input::Lost(self.unanswered.remove(0)),
            Step::Commit(_) | Step::Lose | Step::Pass(_) => return None,
            Step::End(n, ended) => Input::OfferEnded(self.some_ringing(*n)?, *ended),
            Step::WorkEnded(_) | Step::Hold(..) if self.active.is_empty() => return None,
            Step::Hold(n, held) => {
                let item = self.active[n % self.active.len()];
                if *held { Input::WorkHeld(item) } else { Input::WorkResumed(item) }
            }
            Step::WorkEnded(n) => Input::WorkEnded(self.active.remove(n % self.active.len())),
            Step::WrapUpDone(agent) => Input::WrapUpDone(self.order(), id(*agent)),
            Step::Extend(agent, seconds) => {
                Input::WrapUpExtended(self.order(), id(*agent), Duration::from_secs(*seconds))
            }
            Step::Assign(n, agent) => {
                let item = self.some_item(*n)?;
                Input::AssignTo(self.order(), item, id(*agent))
            }
            Step::Pick(agent, n) => {
                let item = self.some_item(*n)?;
                Input::Pick(self.order(), id(*agent), item)
            }
            Step::Configure(change) => {
                apply(change, &mut self.plan);
                Input::Configured(self.visible())
            }
            Step::Toggle(queue, n) => {
                let (hidden, n) =
                    if *queue { (&mut self.hidden.1, n % QUEUES) } else { (&mut self.hidden.0, n % AGENTS) };
                if !hidden.insert(n) {
                    hidden.remove(&n);
                }
                Input::Configured(self.visible())
            }
            Step::Drain => Input::Drain,
        };
        Some(input)
    }

    /// Let everything end: the store answers, phones are not answered, talks end, time passes. Then nothing may be left.
    fn wind_down(&mut self) -> Result<(), TestCaseError> {
        for _ in 0..20 {
            let offers = self.commit(usize::MAX);
            self.tell(Input::Committed(offers))?;
            for item in std::mem::take(&mut self.active) {
                self.tell(Input::WorkEnded(item))?;
            }
            for agent in 0..AGENTS {
                let order = self.order();
                self.tell(Input::Chosen(order, id(agent), Wanted::LoggedOut))?;
                self.tell(Input::Engaged(id(agent), None))?;
            }
            self.now += Duration::from_secs(60);
            self.time_out()?;
        }
        let floor = self.router.floor();
        for agent in &floor.agents {
            prop_assert_eq!((&agent.presence, agent.work.len()), (&Presence::LoggedOut, 0), "{:?} is stuck", agent);
        }
        for n in 1..=self.queued {
            self.tell(Input::Withdrawn(id(n)))?;
        }
        prop_assert!(self.inside.is_empty(), "in a queue for ever: {:?}", self.inside);
        prop_assert!(self.live.is_empty(), "offers without end: {:?}", self.live);
        prop_assert!(self.orders_open.is_empty(), "orders without reply: {:?}", self.orders_open);
        prop_assert_eq!(self.router.poll_timeout(), None, "a timer for nothing");
        Ok(())
    }
}

/// The machine and the model must say the same, now.
fn compare(world: &mut World, model: &mut Model) -> Result<(), TestCaseError> {
    let said = std::mem::take(&mut world.said);
    let mut left: Vec<_> =
        said.iter().filter_map(|o| if let Output::Left(i, how) = o { Some((*i, *how)) } else { None }).collect();
    let mut ended: Vec<_> =
        said.iter().filter_map(|o| if let Output::OfferEnded(i, how) = o { Some((*i, *how)) } else { None }).collect();
    let proposed = said.iter().flat_map(|o| if let Output::Propose(batch) = o { batch.as_slice() } else { &[] });
    let matched: Vec<&Proposal> = proposed.filter(|p| matches!(p.why.how, How::Matched | How::Required)).collect();
    let (expected, called) = model.matches();
    prop_assert_eq!(
        matched.iter().map(|p| (p.work_item, p.agent)).collect::<Vec<_>>(),
        expected,
        "who is asked for what"
    );
    let calls =
        said.iter().filter_map(|o| if let Output::CallFirst { work_item, .. } = o { Some(*work_item) } else { None });
    prop_assert_eq!(calls.collect::<Vec<_>>(), called.clone(), "whose turn it is to be called");
    matched.iter().for_each(|p| model.proposed(world.now, p));
    called.into_iter().for_each(|item| model.called(item));
    prop_assert_eq!(model.matches(), (vec![], vec![]), "somebody waits while somebody is free");
    let moved: Vec<_> = said
        .iter()
        .filter_map(
            |o| if let Output::Moved { work_item, to, why, .. } = o { Some((*work_item, *to, *why)) } else { None },
        )
        .collect();
    prop_assert_eq!(moved, std::mem::take(&mut model.moved), "who changed queues");

    let word = |(item, how): &(WorkItemId, WorkOutcome)| (*item, format!("{how:?}"));
    left.sort_by_key(word);
    model.left.sort_by_key(word);
    prop_assert_eq!(left, std::mem::take(&mut model.left), "who left");
    let not_taken: Vec<_> =
        said.iter().filter_map(|o| if let Output::NotTaken(i, how) = o { Some((*i, *how)) } else { None }).collect();
    prop_assert_eq!(not_taken, std::mem::take(&mut model.not_taken), "whom a colleague did not get");
    ended.sort_by_key(|(offer, _)| *offer);
    model.ended.sort_by_key(|(offer, _)| *offer);
    prop_assert_eq!(ended, std::mem::take(&mut model.ended), "which offers ended");

    for agent in world.router.floor().agents {
        let of = &model.agents[&agent.agent];
        prop_assert_eq!(&agent.presence, &of.presence(), "{:?}", agent.agent);
        prop_assert_eq!(agent.paused_until, of.paused_until, "{:?}", agent.agent);
        prop_assert!(
            of.share(None).is_some_and(|(used, all)| used <= all),
            "{:?} has more than they take",
            agent.agent
        );
        let state = |s: State| match s {
            State::Reserved => "reserved",
            State::Offered => "offered",
            State::Active | State::Held => "active",
            State::WrapUp(_) => "wrap_up",
        };
        let work: Vec<_> = agent.work.iter().map(|w| (w.work_item, w.state)).collect();
        prop_assert_eq!(work, of.work.iter().map(|(item, h)| (*item, state(h.state))).collect::<Vec<_>>());
    }
    for n in 1..=world.queued {
        prop_assert_eq!(world.router.place(id(n)), model.place(id(n)), "place of {}", n);
    }
    Ok(())
}

/// One input to both.
fn both(world: &mut World, model: &mut Model, input: Input) -> Result<(), TestCaseError> {
    let now = world.now;
    let by_hand = match &input {
        Input::AssignTo(_, item, agent) => Some((*item, *agent, model.by_hand(*item, *agent, false))),
        Input::Pick(_, agent, item) => Some((*item, *agent, model.by_hand(*item, *agent, true))),
        _ => None,
    };
    let sought = match &input {
        Input::Sought(sought) => Some((sought.work_item, sought.agent, model.sought(now, sought))),
        _ => None,
    };
    world.tell(input.clone())?;
    if let Some((item, agent, asked)) = sought {
        let given = world.said.iter().flat_map(|o| if let Output::Propose(batch) = o { batch.as_slice() } else { &[] });
        let given = given.filter(|p| p.why.how == How::Sought).cloned().collect::<Vec<_>>();
        prop_assert_eq!(
            given.iter().map(|p| (p.work_item, p.agent)).collect::<Vec<_>>(),
            if asked { vec![(item, agent)] } else { vec![] }
        );
        given.iter().for_each(|p| model.proposed(now, p));
    }
    if let Some((item, agent, allowed)) = by_hand {
        let given = world.said.iter().flat_map(|o| if let Output::Propose(batch) = o { batch.as_slice() } else { &[] });
        let given = given.filter(|p| matches!(p.why.how, How::Assigned | How::Picked)).cloned().collect::<Vec<_>>();
        prop_assert_eq!(
            given.iter().map(|p| (p.work_item, p.agent)).collect::<Vec<_>>(),
            if allowed { vec![(item, agent)] } else { vec![] }
        );
        given.iter().for_each(|p| model.proposed(now, p));
    }
    match input {
        Input::Configured(plan) => model.configured(now, plan),
        Input::Chosen(_, agent, wanted) => model.chosen(now, agent, wanted),
        Input::NextChosen(_, agent, wanted) => model.next_chosen(now, agent, wanted),
        Input::Queued(work) => model.queued(now, work),
        Input::Withdrawn(item) => model.withdrawn(now, item),
        Input::Committed(offers) => model.committed(now, &offers),
        Input::Lost(offer) => model.lost(now, offer),
        Input::OfferEnded(offer, ended) => model.offer_ended(now, offer, ended),
        Input::WorkHeld(item) => model.held(item, true),
        Input::WorkResumed(item) => model.held(item, false),
        Input::WorkEnded(item) => model.work_ended(now, item),
        Input::WrapUpDone(_, agent) => model.wrap_up_done(now, agent),
        Input::WrapUpExtended(_, agent, by) => model.extended(now, agent, by),
        Input::Drain => model.draining = true,
        Input::MoveTo(_, item, queue) => model.move_to(now, item, queue),
        Input::MoveToHead(_, item) => model.move_to_head(item),
        Input::Unseen(agent) => model.unseen(now, agent, true),
        Input::Seen(agent) => model.unseen(now, agent, false),
        Input::Engaged(agent, how) => model.engaged(now, agent, how),
        Input::AssignTo(..) | Input::Pick(..) | Input::Sought(_) | Input::Recovered(_) => {}
        // Never made here.
        Input::Joined(_)
        | Input::WorkLeft(_)
        | Input::WorkLost(_)
        | Input::WorkFound(_)
        | Input::WorkGivenUp(_)
        | Input::PickUp(..) => {}
    }
    compare(world, model)
}

/// Let time pass for both; either's next deadline is looked at by both.
fn pass(world: &mut World, model: &mut Model, span: Duration) -> Result<(), TestCaseError> {
    let end = world.now + span;
    loop {
        let next = world.router.poll_timeout().map(|(at, _)| at).into_iter().chain(model.next_due()).min();
        let Some(at) = next.filter(|at| *at <= end) else { break };
        world.now = world.now.max(at);
        world.time_out()?;
        model.tick(world.now);
        // What the store never answered, it may still confirm: it did not, here.
        let offers = &model.offers;
        world.unanswered.retain(|offer| offers.contains_key(offer));
        compare(world, model)?;
    }
    world.now = end;
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, max_shrink_iters: 20_000, ..ProptestConfig::default() })]

    /// Assignments, presence, places and endings are those of the simple model, whatever happens.
    ///
    /// Rows: S7.1, S7.4, S7.5, S7.7, S7.8, S7.22, S7.25, S7.29, V7
    #[test]
    fn routing_does_what_the_simple_model_does(plan in floorplan(), steps in story()) {
        let mut world = World::new(plan.clone());
        let mut model = Model::default();
        both(&mut world, &mut model, Input::Configured(plan))?;
        for step in steps {
            match step {
                Step::Pass(ms) => pass(&mut world, &mut model, Duration::from_millis(ms))?,
                Step::Toggle(..) => {} // the other property's
                step => if let Some(input) = world.input(&step) {
                    both(&mut world, &mut model, input)?;
                }
            }
        }
        world.wind_down()?;
    }

    /// Also while agents and queues come and go, and the store confirms what was given up: no item has two offers, every
    /// committed offer ends once, every order is answered once, and at the end nothing is left.
    ///
    /// Rows: S7.22, S16.13
    #[test]
    fn nothing_is_stuck_or_doubled_when_the_plan_changes_under_it(plan in floorplan(), steps in story()) {
        let mut world = World::new(plan);
        world.tell(Input::Configured(world.visible()))?;
        for step in steps {
            if let Step::Pass(ms) = step {
                let end = world.now + Duration::from_millis(ms);
                while let Some((at, _)) = world.router.poll_timeout().filter(|(at, _)| *at <= end) {
                    world.now = world.now.max(at);
                    world.time_out()?;
                }
                world.now = end;
            } else if let Some(input) = world.input(&step) {
                world.tell(input)?;
            }
        }
        world.wind_down()?;
        // The same told again from what was kept.
        let kept = serde_json::to_string(&world.journal).unwrap();
        let journal: Vec<Entry> = serde_json::from_str(&kept).unwrap();
        let mut again = Router::new(Config::default(), Ids::seeded(11));
        prop_assert_eq!(replay(&mut again, journal), world.spoken, "told again, it says something else");
    }
}
