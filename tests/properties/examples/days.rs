//! Prints the shipped days, and how fast the router is with five hundred agents and a thousand waiting.

#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "figures are the output, and how long they took")]

#[path = "../tests/properties/simulation.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod simulation;
#[path = "../tests/properties/traces.rs"]
mod traces;

use ringdesk_model::{Ids, Medium, OfferId, Timestamp};
use ringdesk_routing::{Config, Ended, Floorplan, Input, Output, QueueSetup, Router, Skills, Wanted, Work};
use simulation::{agents, erlang_c, id, run, skills};
use std::time::{Duration, Instant};

fn main() {
    for trace in
        [traces::small_office(), traces::fifty_agents(true), traces::fifty_agents(false), traces::promotion_day()]
    {
        run(&trace).print();
    }
    for agents in [12, 14] {
        run(&traces::theory(200.0, 180.0, agents, 24 * 7)).print();
        let (level, mean) = erlang_c(200.0, 180.0, agents, 20.0);
        println!("  Erlang C for {agents} agents: {:.1} % within 20 s, mean {mean:.1} s", level * 100.0);
    }
    busy();
}

/// Every agent is free again as soon as they are assigned: how long one takes from ready to the proposal, with ten skills.
fn busy() {
    const SKILLS: [&str; 10] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    let mut router = Router::new(Config::default(), Ids::seeded(1));
    let skills_of = |n: u32| skills(&[0, 3, 5, 7].map(|k| SKILLS[((n + k) % 10) as usize]));
    let plan = Floorplan {
        queues: vec![QueueSetup { wrap_up: Some(Duration::from_micros(1)), ..QueueSetup::new(id(1), "calls") }],
        agents: agents(500, skills_of),
        ..Floorplan::default()
    };
    let mut now = Timestamp(0);
    router.handle_input(now, Input::Configured(plan));
    for n in 1..=500 {
        router.handle_input(now, Input::Chosen(id(0), id(n), Wanted::Ready));
    }
    let mut next = 0;
    let mut queue = |router: &mut Router, now| {
        next += 1;
        let wanted: Skills = skills(&[SKILLS[next as usize % 10]]);
        router.handle_input(
            now,
            Input::Queued(Work { skills: wanted, ..Work::new(id(next), id(1), Medium::Voice, now) }),
        );
    };
    (0..1_500).for_each(|_| queue(&mut router, now));
    let mut talking = Vec::new();
    let mut latencies = Vec::new();
    let begun = Instant::now();
    for _ in 0..20_000 {
        let mut committed: Vec<OfferId> = Vec::new();
        while let Some(output) = router.poll_output() {
            match output {
                Output::Propose(batch) => committed.extend(batch.iter().map(|p| p.offer)),
                Output::Offer(o) => {
                    talking.push(o.work_item);
                    router.handle_input(now, Input::OfferEnded(o.offer, Ended::Accepted));
                }
                _ => {}
            }
        }
        if !committed.is_empty() {
            router.handle_input(now, Input::Committed(committed));
            continue;
        }
        let Some(item) = talking.pop() else { break };
        now += Duration::from_millis(10);
        router.handle_input(now, Input::WorkEnded(item));
        queue(&mut router, now);
        now += Duration::from_millis(1);
        let ready = Instant::now();
        router.handle_timeout(now); // wrap-up is over: the agent is ready, and is proposed something
        latencies.push(ready.elapsed());
    }
    let took = begun.elapsed();
    latencies.sort_unstable();
    let at = |share: usize| latencies.get((latencies.len() * share / 100).min(latencies.len() - 1)).copied();
    println!("500 agents, {} waiting", router.floor().queues[0].waiting);
    println!(
        "  {} assignments, {:.0} a second; from ready to the proposal p50 {:?}, p99 {:?}",
        latencies.len(),
        latencies.len() as f64 / took.as_secs_f64(),
        at(50).unwrap_or_default(),
        at(99).unwrap_or_default(),
    );
}
