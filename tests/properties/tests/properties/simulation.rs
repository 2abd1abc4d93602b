//! Whole days of a centre on a virtual clock, against the real router: who waited how long, how evenly the work was spread, and
//! what queueing theory says to it. `cargo run -p ringdesk-properties --example days` prints them all.

#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "figures are the output, and how long they took")]

use ringdesk_model::*;
use ringdesk_routing::*;
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use std::time::{Duration, Instant};

/// The store's answer to a proposal takes so long.
const COMMIT: Duration = Duration::from_millis(4);
/// An agent who answers in the wrong language says so, and the contact queues again.
const MISTAKE: Duration = Duration::from_secs(40);

pub(crate) struct Arrival {
    pub(crate) at: Timestamp,
    pub(crate) skills: Skills,
    pub(crate) vip: bool,
    pub(crate) talk: Duration,
    /// Hangs up after so long without an agent.
    pub(crate) patience: Option<Duration>,
}

/// What happens to a centre, all of it known before.
pub(crate) struct Trace {
    pub(crate) name: &'static str,
    pub(crate) queue: QueueSetup,
    pub(crate) agents: Vec<AgentSetup>,
    /// In the order of time.
    pub(crate) arrivals: Vec<Arrival>,
    /// From the offer to the answer.
    pub(crate) answer: Duration,
    /// False: whoever is free is asked, whatever is wanted.
    pub(crate) by_skill: bool,
}

/// What became of it.
pub(crate) struct Report {
    pub(crate) name: &'static str,
    /// How long everybody waited until they were offered to the agent who served them, time with the wrong one not counted; the
    /// second of the pair: a VIP.
    pub(crate) waits: Vec<(Duration, bool)>,
    pub(crate) abandoned: usize,
    pub(crate) mistakes: usize,
    /// Talk time per agent.
    pub(crate) talked: BTreeMap<AgentId, Duration>,
    /// What callers were told when they came, and how long they waited then.
    pub(crate) told: Vec<(Duration, Duration)>,
    pub(crate) longest_queue: usize,
    pub(crate) inputs: usize,
    pub(crate) took: Duration,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Commit(OfferId),
    Answer(OfferId, WorkItemId),
    TalkEnds(WorkItemId),
    HangsUp(WorkItemId),
    Arrives(usize),
    SentBack(usize),
}

struct Day<'a> {
    trace: &'a Trace,
    router: Router,
    now: Timestamp,
    events: BTreeSet<(Timestamp, Event)>,
    /// Which arrival a work item is, and since when it waits.
    of: BTreeMap<WorkItemId, (usize, Timestamp)>,
    /// Of those who were sent back: how long they waited before.
    waited: BTreeMap<usize, Duration>,
    asked: BTreeMap<WorkItemId, (AgentId, Timestamp)>,
    /// Somebody was or is being asked.
    matched: BTreeSet<WorkItemId>,
    told: BTreeMap<WorkItemId, Duration>,
    next: u32,
    report: Report,
}

pub(crate) fn run(trace: &Trace) -> Report {
    let begun = Instant::now();
    let report = Report {
        name: trace.name,
        waits: vec![],
        abandoned: 0,
        mistakes: 0,
        talked: trace.agents.iter().map(|a| (a.id, Duration::ZERO)).collect(),
        told: vec![],
        longest_queue: 0,
        inputs: 0,
        took: Duration::ZERO,
    };
    let mut day = Day {
        trace,
        router: Router::new(Config::default(), Ids::seeded(3)),
        now: Timestamp(0),
        events: (0..).zip(&trace.arrivals).map(|(n, a)| (a.at, Event::Arrives(n))).collect(),
        of: BTreeMap::new(),
        waited: BTreeMap::new(),
        asked: BTreeMap::new(),
        matched: BTreeSet::new(),
        told: BTreeMap::new(),
        next: 0,
        report,
    };
    let (queues, agents) = (vec![trace.queue.clone()], trace.agents.clone());
    day.tell(Input::Configured(Floorplan { queues, agents, ..Floorplan::default() }));
    for agent in &trace.agents {
        day.tell(Input::Chosen(id(0), agent.id, Wanted::Ready));
    }
    day.live();
    assert_eq!(day.router.audit(), Vec::<String>::new(), "{}", trace.name);
    day.report.took = begun.elapsed();
    day.report
}

impl Day<'_> {
    fn live(&mut self) {
        loop {
            let due = self.router.poll_timeout().map(|(at, _)| at);
            match self.events.first().copied() {
                Some((at, _)) if due.is_none_or(|due| at < due) => {
                    let (at, event) = self.events.pop_first().expect("it was first");
                    self.now = self.now.max(at);
                    self.happens(event);
                }
                _ => match due {
                    Some(due) => {
                        self.now = self.now.max(due);
                        self.router.handle_timeout(self.now);
                        self.listen();
                    }
                    None => return,
                },
            }
        }
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::Arrives(n) => {
                let at = self.now;
                let item = self.queue(n);
                if let Some(patience) = self.trace.arrivals[n].patience {
                    self.events.insert((at + patience, Event::HangsUp(item)));
                }
                if let Some(wait) = self.router.wait(at, item).filter(|_| !self.matched.contains(&item)) {
                    self.told.insert(item, wait);
                }
                let waiting = self.router.floor().queues[0].waiting as usize;
                self.report.longest_queue = self.report.longest_queue.max(waiting);
            }
            Event::SentBack(n) => _ = self.queue(n),
            Event::Commit(offer) => self.tell(Input::Committed(vec![offer])),
            Event::Answer(offer, item) => self.answered(offer, item),
            Event::TalkEnds(item) => self.tell(Input::WorkEnded(item)),
            Event::HangsUp(item) => {
                if self.router.place(item).is_some() {
                    self.report.abandoned += 1;
                    self.tell(Input::Withdrawn(item));
                }
            }
        }
    }

    fn queue(&mut self, n: usize) -> WorkItemId {
        self.next += 1;
        let (item, arrival) = (id(self.next), &self.trace.arrivals[n]);
        self.of.insert(item, (n, self.now));
        let skills = if self.trace.by_skill { arrival.skills.clone() } else { Skills::new() };
        let work = Work::new(item, self.trace.queue.id, Medium::Voice, self.now);
        self.tell(Input::Queued(Work { skills, vip: arrival.vip, ..work }));
        item
    }

    fn answered(&mut self, offer: OfferId, item: WorkItemId) {
        let Some((agent, offered)) = self.asked.get(&item).copied() else { return };
        if self.router.place(item).is_none() {
            return; // hung up while it rang
        }
        self.tell(Input::OfferEnded(offer, Ended::Accepted));
        let (n, since) = self.of[&item];
        let arrival = &self.trace.arrivals[n];
        let skills = &self.trace.agents.iter().find(|a| a.id == agent).expect("of the trace").skills;
        // What the queue's steps relax, it knows to be good enough.
        let relaxes = self.trace.by_skill && !self.trace.queue.relax.is_empty();
        let suits =
            relaxes || arrival.skills.iter().all(|(skill, least)| skills.get(skill).is_some_and(|has| has >= least));
        let talk = if suits { arrival.talk } else { MISTAKE };
        *self.report.talked.get_mut(&agent).expect("of the trace") += talk;
        self.events.insert((self.now + talk, Event::TalkEnds(item)));
        let waited = offered.since(since);
        if let Some(told) = self.told.remove(&item) {
            self.report.told.push((told, waited));
        }
        let in_all = self.waited.entry(n).or_default();
        *in_all += waited;
        if suits {
            self.report.waits.push((*in_all, arrival.vip));
        } else {
            self.report.mistakes += 1;
            self.events.insert((self.now + talk, Event::SentBack(n)));
        }
    }

    fn tell(&mut self, input: Input) {
        self.report.inputs += 1;
        self.router.handle_input(self.now, input);
        self.listen();
    }

    fn listen(&mut self) {
        while let Some(output) = self.router.poll_output() {
            match output {
                Output::Propose(batch) => {
                    self.matched.extend(batch.iter().map(|p| p.work_item));
                    self.events.extend(batch.iter().map(|p| (self.now + COMMIT, Event::Commit(p.offer))));
                }
                Output::Offer(o) => {
                    self.asked.insert(o.work_item, (o.agent, self.now));
                    self.events.insert((self.now + self.trace.answer, Event::Answer(o.offer, o.work_item)));
                }
                _ => {}
            }
        }
    }
}

impl Report {
    pub(crate) fn mean(&self) -> Duration {
        let all: Duration = self.waits.iter().map(|(wait, _)| *wait).sum();
        all / self.waits.len().max(1) as u32
    }

    /// Of the waits of VIPs, or of the others, the one that so many of a thousand did not exceed.
    pub(crate) fn quantile(&self, vip: bool, thousandth: usize) -> Duration {
        let mut waits: Vec<Duration> = self.waits.iter().filter(|w| w.1 == vip).map(|w| w.0).collect();
        waits.sort_unstable();
        waits.get((waits.len() * thousandth).div_ceil(1_000).max(1) - 1).copied().unwrap_or_default()
    }

    /// Offered within this time, of all who were served or gave up.
    pub(crate) fn level(&self, within: Duration) -> f64 {
        let in_time = self.waits.iter().filter(|(wait, _)| *wait <= within).count();
        in_time as f64 / (self.waits.len() + self.abandoned).max(1) as f64
    }

    /// Least and most talk time among the agents.
    pub(crate) fn spread(&self) -> (Duration, Duration) {
        let talked = self.talked.values().copied();
        (talked.clone().min().unwrap_or_default(), talked.max().unwrap_or_default())
    }

    /// Of those who were told a wait, how many waited no longer.
    pub(crate) fn kept(&self) -> f64 {
        let kept = self.told.iter().filter(|(told, waited)| waited <= told).count();
        kept as f64 / self.told.len().max(1) as f64
    }

    /// How many times too long the wait was that callers were told, in the middle.
    pub(crate) fn exaggerated(&self) -> f64 {
        let times = |(told, waited): &(Duration, Duration)| told.as_secs_f64() / waited.as_secs_f64().max(1.0);
        let mut all: Vec<f64> = self.told.iter().map(times).collect();
        all.sort_by(f64::total_cmp);
        all.get(all.len() / 2).copied().unwrap_or(1.0)
    }

    pub(crate) fn print(&self) {
        let s = |d: Duration| d.as_secs_f64();
        println!("{}", self.name);
        println!(
            "  {} served, {} gave up, {} sent back; offered within 20 s: {:.1} %; mean {:.1} s, 99 of 100 {:.1} s, VIPs {:.1} s",
            self.waits.len(),
            self.abandoned,
            self.mistakes,
            100.0 * self.level(Duration::from_secs(20)),
            s(self.mean()),
            s(self.quantile(false, 990)),
            s(self.quantile(true, 990)),
        );
        let (least, most) = self.spread();
        println!(
            "  an agent talked {:.2} to {:.2} h; at most {} waited; of {} who were told a wait {:.0} % waited no longer (told {:.1} times too much)",
            s(least) / 3_600.0,
            s(most) / 3_600.0,
            self.longest_queue,
            self.told.len(),
            100.0 * self.kept(),
            self.exaggerated(),
        );
        println!("  {} inputs in {:.2} s", self.inputs, s(self.took));
    }
}

/// The share who are served within `within`, and the mean wait, as Erlang C has it.
pub(crate) fn erlang_c(calls_per_hour: f64, talk: f64, agents: u32, within: f64) -> (f64, f64) {
    let load = calls_per_hour * talk / 3_600.0;
    let blocked = (1..=agents).fold(1.0, |b, k| load * b / (f64::from(k) + load * b));
    let free = f64::from(agents) - load;
    let waits = blocked / (1.0 - load / f64::from(agents) * (1.0 - blocked));
    (1.0 - waits * (-free * within / talk).exp(), waits * talk / free)
}

/// Chance that comes out the same every time.
pub(crate) struct Chance(Ids);

impl Chance {
    pub(crate) fn new(seed: u64) -> Chance {
        Chance(Ids::seeded(seed))
    }

    /// From 0 to 1, never 0.
    pub(crate) fn share(&mut self) -> f64 {
        ((self.0.bits() >> 11) + 1) as f64 / (1u64 << 53) as f64
    }

    pub(crate) fn exponential(&mut self, mean: f64) -> Duration {
        Duration::from_secs_f64(-mean * self.share().ln())
    }
}

pub(crate) fn skills(of: &[&str]) -> Skills {
    of.iter().map(|name| (Skill((*name).to_owned()), 1)).collect()
}

pub(crate) fn agents(count: u32, skills_of: impl Fn(u32) -> Skills) -> Vec<AgentSetup> {
    let agent = |n| {
        let queues = [(id(1), 1)].into();
        AgentSetup { queues, skills: skills_of(n), ..AgentSetup::new(id(n), format!("{}", 2000 + n)) }
    };
    (1..=count).map(agent).collect()
}

/// Arrivals of one day by the hour, drawn one after the other.
pub(crate) fn arrivals(
    chance: &mut Chance,
    hours: usize,
    per_hour: impl Fn(usize) -> f64,
    mut arrival: impl FnMut(&mut Chance, Timestamp) -> Arrival,
) -> Vec<Arrival> {
    let mut all = Vec::new();
    let mut now = Timestamp(0);
    loop {
        let hour = (now.0 / 3_600_000_000) as usize;
        if hour >= hours {
            return all;
        }
        let rate = per_hour(hour);
        now += chance.exponential(3_600.0 / rate.max(0.01));
        all.push(arrival(chance, now));
    }
}

pub(crate) fn id<T: FromStr>(n: u32) -> T {
    let Ok(id) = format!("00000000-0000-0000-0000-{n:012}").parse() else { panic!("{n} makes no id") };
    id
}
