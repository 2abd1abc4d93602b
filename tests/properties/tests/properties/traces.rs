//! The days that are shipped: a small office, fifty agents in two languages, a promotion day, and one for the theory.

use super::simulation::{Arrival, Chance, Trace, agents, arrivals, id, skills};
use ringdesk_model::Timestamp;
use ringdesk_routing::{QueueSetup, QueueStrategy, RelaxStep, Relaxed, Skills};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// How a day goes from midnight on, in parts of its busiest hour.
const DAY: [f64; 24] = [
    0.05, 0.03, 0.02, 0.02, 0.02, 0.04, 0.10, 0.25, 0.60, 0.90, 1.00, 0.95, 0.70, 0.75, 0.90, 0.95, 0.90, 0.80, 0.60,
    0.45, 0.35, 0.25, 0.15, 0.08,
];

fn queue(strategy: QueueStrategy, wrap_up: Duration) -> QueueSetup {
    QueueSetup { strategy, wrap_up: Some(wrap_up), ..QueueSetup::new(id(1), "calls") }
}

/// Four agents, one queue, thirty calls in the busiest hour.
pub(crate) fn small_office() -> Trace {
    let mut chance = Chance::new(1);
    let call = |chance: &mut Chance, at| Arrival {
        at,
        skills: Skills::new(),
        vip: false,
        talk: chance.exponential(180.0),
        patience: Some(chance.exponential(300.0)),
    };
    Trace {
        name: "a small office, 4 agents, 30 calls in the busiest hour",
        queue: queue(QueueStrategy::LongestIdle, 15 * SECOND),
        agents: agents(4, |_| Skills::new()),
        arrivals: arrivals(&mut chance, 24, |hour| 30.0 * DAY[hour], call),
        answer: 3 * SECOND,
        by_skill: true,
    }
}

/// Two of three callers speak Chinese, one English; of the agents 20 speak Chinese, 15 English, 15 both. One of twenty is a VIP.
/// In the busiest hour they bring 65 % of what the agents can do.
pub(crate) fn fifty_agents(by_skill: bool) -> Trace {
    let mut chance = Chance::new(2);
    let call = |chance: &mut Chance, at: Timestamp| Arrival {
        at,
        skills: skills(&[if chance.share() < 2.0 / 3.0 { "language:zh" } else { "language:en" }]),
        vip: chance.share() < 0.05,
        talk: chance.exponential(180.0),
        patience: None,
    };
    let speaks = |n| match n % 10 {
        0..4 => skills(&["language:zh"]),
        4..7 => skills(&["language:en"]),
        _ => skills(&["language:zh", "language:en"]),
    };
    Trace {
        name: if by_skill { "50 agents, two languages, by skill" } else { "the same, whoever is free" },
        queue: queue(QueueStrategy::LongestIdle, 20 * SECOND),
        agents: agents(50, speaks),
        arrivals: arrivals(&mut chance, 24, |hour| 580.0 * DAY[hour], call),
        answer: 3 * SECOND,
        by_skill,
    }
}

/// Three times the calls from ten in the morning to two in the afternoon; a language is wanted for a minute and a half. One of ten
/// is a VIP.
pub(crate) fn promotion_day() -> Trace {
    let mut chance = Chance::new(3);
    let call = |chance: &mut Chance, at: Timestamp| Arrival {
        at,
        skills: if chance.share() < 0.2 { skills(&["language:en"]) } else { Skills::new() },
        vip: chance.share() < 0.1,
        talk: chance.exponential(150.0),
        patience: Some(chance.exponential(600.0)),
    };
    let what = Relaxed::Drop("language".into());
    let relax = vec![RelaxStep { after: 90 * SECOND, what, at_once_if_nobody: true }];
    let english = |n| if n % 4 == 0 { skills(&["language:en"]) } else { Skills::new() };
    let peak = |hour: usize| if (10..14).contains(&hour) { 3.0 } else { 1.0 };
    Trace {
        name: "a promotion day, 50 agents, three times the calls over noon",
        queue: QueueSetup { relax, ..queue(QueueStrategy::LeastBusy, 10 * SECOND) },
        agents: agents(50, english),
        arrivals: arrivals(&mut chance, 24, |hour| 480.0 * DAY[hour] * peak(hour), call),
        answer: 3 * SECOND,
        by_skill: true,
    }
}

/// What Erlang C assumes: as many calls at all hours, nobody gives up, nobody wraps up.
pub(crate) fn theory(calls_per_hour: f64, talk: f64, count: u32, hours: usize) -> Trace {
    let mut chance = Chance::new(4);
    let call = |chance: &mut Chance, at| Arrival {
        at,
        skills: Skills::new(),
        vip: false,
        talk: chance.exponential(talk),
        patience: None,
    };
    Trace {
        name: "a day as the theory has it",
        queue: queue(QueueStrategy::LongestIdle, Duration::from_micros(1)),
        agents: agents(count, |_| Skills::new()),
        arrivals: arrivals(&mut chance, hours, |_| calls_per_hour, call),
        answer: Duration::ZERO,
        by_skill: true,
    }
}
