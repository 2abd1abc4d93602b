//! A small centre on a virtual clock: two queues, a few agents, and a store that agrees when told to.

mod agents;
mod called_first;
mod contacts;
mod engaged;
mod joined;
mod offers;
mod overflow;
mod plan;
mod queues;
mod skills;
mod sought;
mod strategies;

use super::Router;
use crate::*;
use ringdesk_model::*;
use std::collections::BTreeMap;
use std::time::Duration;

const VOICE: Medium = Medium::Voice;
const TEXT: Medium = Medium::Text;

/// The n-th id of its kind.
fn id<T: std::str::FromStr>(n: u32) -> T {
    let Ok(id) = format!("00000000-0000-0000-0000-{n:012}").parse() else { panic!("{n} makes no id") };
    id
}

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

struct Centre {
    router: Router,
    now: Timestamp,
    plan: Floorplan,
    /// Proposals the store has not answered.
    open: Vec<Proposal>,
    /// Ringing, by offer.
    ringing: Vec<Offered>,
    /// All that was said since the last look.
    said: Vec<Output>,
}

impl Centre {
    /// `agents`: per agent the levels in queue 1 and queue 2 (0: not a member).
    fn new(agents: &[(u8, u8)]) -> Centre {
        let queues = vec![QueueSetup::new(id(1), "sales"), QueueSetup::new(id(2), "support")];
        let agents = (1..).zip(agents).map(|(n, levels)| {
            let queues = [(id(1), levels.0), (id(2), levels.1)].into_iter().filter(|(_, level)| *level > 0).collect();
            let capacity = Capacity { voice: 1, text: 3 };
            AgentSetup { queues, capacity, ..AgentSetup::new(id(n), format!("{}", 2000 + n)) }
        });
        let plan = Floorplan { queues, agents: agents.collect(), channels: vec![] };
        let router = Router::new(Config::default(), Ids::seeded(5));
        let mut centre = Centre {
            router,
            now: Timestamp::from_millis(1_000_000),
            plan,
            open: vec![],
            ringing: vec![],
            said: vec![],
        };
        centre.configure(|_| {});
        centre
    }

    fn configure(&mut self, change: impl FnOnce(&mut Floorplan)) {
        change(&mut self.plan);
        self.tell(Input::Configured(self.plan.clone()));
    }

    fn tell(&mut self, input: Input) {
        self.router.handle_input(self.now, input);
        self.collect();
    }

    fn collect(&mut self) {
        while let Some(output) = self.router.poll_output() {
            match &output {
                Output::Propose(batch) => self.open.extend(batch.iter().cloned()),
                Output::Offer(offered) => self.ringing.push(offered.clone()),
                Output::OfferEnded(offer, _) => self.ringing.retain(|r| r.offer != *offer),
                _ => {}
            }
            self.said.push(output);
        }
        assert_eq!(self.router.audit(), Vec::<String>::new());
    }

    /// Let time pass, with every timer on the way.
    fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some((at, _)) = self.router.poll_timeout().filter(|(at, _)| *at <= end) {
            self.now = self.now.max(at);
            self.router.handle_timeout(self.now);
            self.collect();
        }
        self.now = end;
    }

    fn want(&mut self, agent: u32, wanted: Wanted) {
        self.tell(Input::Chosen(id(0), id(agent), wanted));
    }

    /// One second apart, so that the first named is idle longest.
    fn ready(&mut self, agents: &[u32]) {
        for agent in agents {
            self.want(*agent, Wanted::Ready);
            self.pass(secs(1));
        }
    }

    fn work(&self, item: u32, queue: u32) -> Work {
        Work::new(id(item), id(queue), VOICE, self.now)
    }

    /// A caller joins; the clock moves on a second.
    fn call(&mut self, item: u32, queue: u32) {
        self.tell(Input::Queued(self.work(item, queue)));
        self.pass(secs(1));
    }

    /// A colleague asks for this agent.
    fn seek(&mut self, item: u32, agent: u32, queue: Option<u32>) {
        self.seek_as(item, agent, queue, false);
    }

    fn seek_as(&mut self, item: u32, agent: u32, queue: Option<u32>, ends_wrap_up: bool) {
        let (work_item, agent, queue) = (id(item), id(agent), queue.map(id));
        let (medium, ring_for, engaged_here) = (VOICE, secs(15), false);
        self.tell(Input::Sought(Sought { work_item, agent, queue, medium, ring_for, ends_wrap_up, engaged_here }));
    }

    /// A caller who wants something joins; the clock moves on a second.
    fn wish(&mut self, item: u32, wanted: &[(&str, u8)]) {
        self.tell(Input::Queued(Work { skills: skills(wanted), ..self.work(item, 1) }));
        self.pass(secs(1));
    }

    /// The one who rings takes it, and has finished at once.
    fn serve(&mut self, item: u32) -> u32 {
        self.commit();
        let agent = self.rings(item).expect("somebody is asked");
        self.end(item, Ended::Accepted);
        self.tell(Input::WorkEnded(id(item)));
        self.tell(Input::WrapUpDone(id(0), id(agent)));
        agent
    }

    fn commit(&mut self) {
        let offers = std::mem::take(&mut self.open).into_iter().map(|p| p.offer).collect();
        self.tell(Input::Committed(offers));
    }

    /// The one offer of this item that rings.
    fn rings(&self, item: u32) -> Option<u32> {
        let of_item: Vec<_> = self.ringing.iter().filter(|r| r.work_item == id(item)).collect();
        assert!(of_item.len() <= 1, "{item} rings twice");
        of_item.first().map(|r| number(r.agent))
    }

    fn end(&mut self, item: u32, ended: Ended) {
        let offer = self.ringing.iter().find(|r| r.work_item == id(item)).expect("the item rings").offer;
        self.tell(Input::OfferEnded(offer, ended));
    }

    /// From ready and waiting to talking.
    fn connect(&mut self, item: u32) {
        self.commit();
        self.end(item, Ended::Accepted);
    }

    /// Who was proposed which item, oldest first, without answering.
    fn proposed(&self) -> Vec<(u32, u32)> {
        self.open.iter().map(|p| (number_of(p.work_item), number(p.agent))).collect()
    }

    fn presence(&self, agent: u32) -> Presence {
        let floor = self.router.floor();
        floor
            .agents
            .iter()
            .find(|a| a.agent == id(agent))
            .map(|a| a.presence.clone())
            .expect("the agent is on the floor")
    }

    fn take_said(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.said)
    }

    fn left(&self) -> Vec<(u32, WorkOutcome)> {
        let left = self.said.iter().filter_map(|o| match o {
            Output::Left(item, outcome) => Some((number_of(*item), *outcome)),
            _ => None,
        });
        left.collect()
    }

    fn done(&self, order: u32) -> Option<Result<(), Refusal>> {
        let mut replies = self.said.iter().filter_map(|o| match o {
            Output::Done(of, result) if *of == id(order) => Some(*result),
            _ => None,
        });
        let first = replies.next();
        assert_eq!(replies.next(), None, "an order ends once");
        first
    }
}

fn skills(of: &[(&str, u8)]) -> Skills {
    of.iter().map(|(name, level)| (Skill((*name).to_owned()), *level)).collect()
}

fn number(agent: AgentId) -> u32 {
    agent.to_string()[24..].parse().expect("made by id()")
}

fn number_of(item: WorkItemId) -> u32 {
    item.to_string()[24..].parse().expect("made by id()")
}

fn not_ready(reason: &str) -> Presence {
    Presence::NotReady(reason.into())
}

fn on_break() -> Wanted {
    Wanted::NotReady("lunch".into())
}
