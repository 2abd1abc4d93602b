//! A run: build up, load, kill, load, let go, wait until it is quiet, audit.

use crate::audit::{self, Findings};
use crate::dice::Dice;
use crate::house::{self, Manners};
use crate::load::{World, agent, caller, supervise};
use crate::vitals::{Life, OPEN, figures};
use anyhow::{Context as _, Result};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

/// What the server needs to notice that a telephone has vanished (a minute without sound), and some.
const VANISHED: Duration = Duration::from_secs(75);
/// … and to be done with its BYE and every other transaction (64·T1), and some.
const QUIET: Duration = Duration::from_secs(60);
/// Nobody vanishes in the last part of the load: what is left of that time is waited for after it.
const UNNOTICED: Duration = Duration::from_secs(38);

#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub seed: u64,
    pub length: Duration,
    /// Callers at once.
    pub calls: usize,
    /// `kill -9` at these parts of a thousand of the length.
    pub kills: &'static [u32],
    /// Memory is judged: the run is long enough for a trend.
    pub judge_memory: bool,
}

impl Plan {
    /// The form in the tests.
    pub fn short(seed: u64) -> Plan {
        Plan { seed, length: Duration::from_secs(60), calls: 40, kills: &[200], judge_memory: false }
    }

    pub fn long(seed: u64) -> Plan {
        Plan { seed, length: Duration::from_secs(20 * 60), calls: 200, kills: &[60, 150, 250], judge_memory: true }
    }

    pub fn agents(&self) -> usize {
        (self.calls * 6 / 10).max(house::DIRECTS)
    }
}

/// Everything that was seen of a run.
pub struct Outcome {
    pub plan: Plan,
    pub world: Arc<World>,
    pub lives: Vec<Life>,
    pub findings: Findings,
    pub lasted: Duration,
}

pub async fn run(plan: Plan) -> Result<Outcome> {
    let began = Instant::now();
    let manners = Manners { agents: plan.agents(), ring_ms: 4_000, wrap_up_ms: 1_000 };
    let world = Arc::new(World::new(house::open(manners, "").await?, 5).await?);
    let mut dice = Dice::new(plan.seed);
    let (mut staff, mut callers) = (JoinSet::new(), JoinSet::new());
    for n in 0..plan.agents() {
        // Every eighth agent has two telephones, and both ring.
        for _ in 0..1 + usize::from(n % 8 == 7) {
            let (world, extension, dice) = (world.clone(), house::extension(n), dice.fork());
            staff.spawn(async move { agent(&world, extension, dice).await });
        }
    }
    let (all, own) = (world.clone(), dice.fork());
    staff.spawn(async move { supervise(&all, plan.agents(), own).await });
    for _ in 0..plan.calls {
        let (world, dice) = (world.clone(), dice.fork());
        callers.spawn(async move { caller(&world, dice).await });
    }
    let mut lives = vec![Life::default()];
    let start = Instant::now();
    load(&plan, &world, &mut lives, start).await?;

    // Callers finish what they began; then the agents go home.
    world.stage.send_modify(|s| s.callers = false);
    while let Some(done) = callers.join_next().await {
        done?.context("a caller")?;
        look(&world, &mut lives, start).await?;
    }
    let until = Instant::now() + VANISHED + QUIET;
    while !is_quiet(&world).await? && Instant::now() < until {
        look(&world, &mut lives, start).await?;
        sleep_until(Instant::now() + Duration::from_millis(500)).await;
    }
    world.stage.send_modify(|s| s.agents = false);
    while let Some(done) = staff.join_next().await {
        done?.context("an agent")?;
    }
    look(&world, &mut lives, start).await?;
    let findings = audit::audit(&plan, &world, &lives).await?;
    Ok(Outcome { plan, world, lives, findings, lasted: began.elapsed() })
}

async fn load(plan: &Plan, world: &World, lives: &mut Vec<Life>, start: Instant) -> Result<()> {
    let end = start + plan.length;
    let mut kills: Vec<Instant> = plan.kills.iter().map(|k| start + plan.length * *k / 1_000).collect();
    let mut second = interval(Duration::from_secs(1));
    second.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while Instant::now() < end {
        second.tick().await;
        look(world, lives, start).await?;
        // Whoever vanishes late would have to be waited for.
        let vanishing = Instant::now() + UNNOTICED < end;
        world.stage.send_modify(|s| s.vanishing = vanishing);
        if kills.first().is_some_and(|at| Instant::now() >= *at) {
            kills.remove(0);
            let mut centre = world.centre.write().await;
            world.ledger.killed(world.ledger.now());
            world.ledger.fault("kill -9 of the server");
            world.stage.send_modify(|s| s.up = false);
            centre.crash_and_restart().await?;
            lives.push(Life::default());
            world.stage.send_modify(|s| (s.up, s.life) = (true, s.life + 1));
        }
    }
    Ok(())
}

async fn look(world: &World, lives: &mut [Life], start: Instant) -> Result<()> {
    let centre = world.centre.read().await;
    let at = start.elapsed().as_secs_f64();
    match lives.last_mut() {
        Some(life) if life.looks.last().is_none_or(|l| at - l.at > 0.5) => life.look(&centre, at).await,
        _ => Ok(()),
    }
}

/// Nothing is open any more.
async fn is_quiet(world: &World) -> Result<bool> {
    let found = figures(&*world.centre.read().await).await?;
    Ok(OPEN.iter().all(|name| found.get(*name).copied().unwrap_or(0) == 0))
}
