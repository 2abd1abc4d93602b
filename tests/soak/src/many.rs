//! Ten thousand short calls, in rounds: after each, with nobody there, the server must hold what it held before.

use crate::dice::Dice;
use crate::house::{self, Manners};
use crate::load::{World, quick_caller};
use crate::rest::{self, Holds};
use crate::soak::{hire, is_quiet, look};
use crate::vitals::Life;
use anyhow::{Context as _, Result};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// Rounds; the first ones fill caches and pools.
const ROUNDS: usize = 10;
const FIRST: usize = 4;
const CALLERS: usize = 50;
const AGENTS: usize = 40;
/// Bytes that a call may leave behind: the store's page caches still grow a little.
pub const MOST: f64 = 400.0;

/// With nobody there, after so many calls.
#[derive(Clone, Copy, Debug)]
pub struct Rest {
    pub calls: usize,
    pub resident_kb: u64,
    pub holds: Holds,
}

pub struct Outcome {
    pub rests: Vec<Rest>,
    pub lasted: Duration,
    pub broken: Vec<String>,
    world: Arc<World>,
}

impl Outcome {
    /// Bytes left behind by a call, once everything is warm: the slope of the straight line through the rests.
    pub fn per_call(&self) -> f64 {
        let points: Vec<(f64, f64)> =
            self.rests.iter().skip(FIRST).map(|r| (r.calls as f64, r.resident_kb as f64 * 1_024.0)).collect();
        let n = points.len() as f64;
        let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), p| (x + p.0 / n, y + p.1 / n));
        let (a, b) = points.iter().fold((0.0, 0.0), |(a, b), p| (a + (p.0 - x) * (p.1 - y), b + (p.0 - x) * (p.0 - x)));
        if b == 0.0 { 0.0 } else { a / b }
    }

    pub fn print(&self) -> String {
        let mut text = String::from("short calls: memory with nobody there\n");
        for Rest { calls, resident_kb, holds } in &self.rests {
            let Holds { files, threads, tasks } = holds;
            let _ = writeln!(
                text,
                "  {calls:>7} calls  {resident_kb:>8} kB  {files} files, {threads} threads, {tasks} tasks"
            );
        }
        let calls = self.world.ledger.calls();
        let talked = calls.iter().filter(|c| !c.spans.is_empty()).count();
        let per_second = calls.len() as f64 / self.lasted.as_secs_f64();
        let _ = writeln!(
            text,
            "  {} with an agent; {:.0} s, {per_second:.1} calls per second",
            talked,
            self.lasted.as_secs_f64()
        );
        let _ = writeln!(text, "  {:+.0} bytes per call after the first {FIRST} rounds", self.per_call());
        for fault in &self.broken {
            let _ = writeln!(text, "  ✗ {fault}");
        }
        text
    }
}

pub async fn run(calls: usize, seed: u64) -> Result<Outcome> {
    let began = Instant::now();
    let manners = Manners { agents: AGENTS, ring_ms: 4_000, wrap_up_ms: 50 };
    let (centre, store, ()) = house::open_on(manners, ("", &[]), "", |_| Ok(())).await?;
    let nobody = Holds::of(&centre).await?;
    let world = Arc::new(World { quick: true, ..World::new(centre, store, 5).await? });
    let mut dice = Dice::new(seed);
    let mut staff = JoinSet::new();
    hire(&world, AGENTS, &mut dice, &mut staff);
    let mut lives = vec![Life::default()];
    let mut rests = vec![rest_of(&world, &mut lives, began, 0).await?];
    for round in 1..=ROUNDS {
        let mut callers = JoinSet::new();
        for _ in 0..CALLERS {
            let (world, dice, each) = (world.clone(), dice.fork(), calls.div_ceil(ROUNDS * CALLERS));
            callers.spawn(async move { quick_caller(&world, each, dice).await });
        }
        while let Some(done) = callers.join_next().await {
            done?.context("a caller")?;
        }
        rests.push(rest_of(&world, &mut lives, began, round).await?);
    }
    world.stage.send_modify(|s| (s.callers, s.agents) = (false, false));
    while let Some(done) = staff.join_next().await {
        done?.context("an agent")?;
    }
    let mut outcome = Outcome { rests, lasted: began.elapsed(), broken: world.ledger.oddities(), world };
    outcome.broken.extend(rest::open(&outcome.world.store).await?);
    outcome.broken.extend(outcome.rests.last().map(|r| r.holds.beyond(nobody)).unwrap_or_default());
    let slope = outcome.per_call();
    if slope > MOST {
        outcome.broken.push(format!("each call leaves {slope:.0} bytes behind"));
    }
    Ok(outcome)
}

/// Wait until it is quiet, and the store's and the allocator's second thoughts are over.
async fn rest_of(world: &Arc<World>, lives: &mut [Life], began: Instant, round: usize) -> Result<Rest> {
    let until = Instant::now() + Duration::from_secs(60);
    while !is_quiet(world).await? && Instant::now() < until {
        sleep(Duration::from_millis(200)).await;
    }
    // Requests are remembered for 64·T1 (RFC 3261 §17.2): not yet anybody's memory to give back.
    if round > 0 {
        sleep(Duration::from_secs(35)).await;
    }
    look(world, lives, began).await?;
    let resident_kb = lives.last().and_then(|l| l.looks.last()).map_or(0, |l| l.resident_kb);
    let holds = Holds::of(&*world.centre.read().await).await?;
    Ok(Rest { calls: world.ledger.calls().len(), resident_kb, holds })
}
