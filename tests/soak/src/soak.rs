//! A run: build up, load, faults, let go, wait until it is quiet, audit.

use crate::audit::{self, Findings};
use crate::dice::Dice;
use crate::faults::{self, Disk, Fault, TimeOfDay};
use crate::house::{self, Manners};
use crate::load::{World, agent, caller, pass_on, supervise};
use crate::postgres::Postgres;
use crate::rest::{self, Holds};
use crate::vitals::{Life, OPEN, figures};
use anyhow::{Context as _, Result};
use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

/// What the server needs to notice that a telephone has vanished (a minute without sound), and some.
const VANISHED: Duration = Duration::from_secs(75);
/// … and to be done with its BYE and every other transaction (64·T1), and some.
const QUIET: Duration = Duration::from_secs(60);
/// Nobody vanishes in the last part of the load: what is left of that time is waited for after it.
const UNNOTICED: Duration = Duration::from_secs(38);

/// How much room recordings have where they get a disk of their own.
const DISK_MB: u64 = 512;
/// A restart ends when its calls have, or after this: the drain of the configuration, and some.
const DRAIN: Duration = Duration::from_secs(40);

#[derive(Clone, Debug)]
pub struct Plan {
    pub seed: u64,
    pub length: Duration,
    /// Callers at once.
    pub calls: usize,
    /// At these parts of a thousand of the length.
    pub faults: Vec<(u32, Fault)>,
    /// On PostgreSQL; without it on SQLite.
    pub postgres: bool,
    /// Recordings on a small disk of their own, where that is allowed.
    pub disk: bool,
    /// Memory is judged: the run is long enough for a trend.
    pub judge_memory: bool,
}

impl Plan {
    /// The form in the tests.
    pub fn short(seed: u64) -> Plan {
        let faults = vec![
            (150, Fault::KillServer),
            (300, Fault::StepClock(86_400, 6)),
            (400, Fault::KillWorker),
            (500, Fault::LockStore(3)),
            (700, Fault::StepClock(-7_200, 6)),
        ];
        let length = Duration::from_secs(60);
        Plan { seed, length, calls: 40, faults, postgres: false, disk: false, judge_memory: false }
    }

    pub fn long(seed: u64) -> Plan {
        use Fault::{CutStore, DiskFull, KillServer, KillWorker, LockStore, Restart, StepClock, StoreGone};
        let faults = vec![
            (60, KillServer),
            (100, LockStore(3)),
            (150, KillServer),
            (200, Restart),
            (240, StepClock(3_600, 20)),
            (290, KillServer),
            // From here on the memory of one life is judged.
            (350, KillWorker),
            (400, LockStore(12)),
            (450, CutStore),
            (500, DiskFull(10)),
            (550, StoreGone(6)),
            (600, KillWorker),
            (620, StepClock(-86_400, 20)),
            (650, LockStore(4)),
            (700, DiskFull(5)),
        ];
        let length = Duration::from_secs(20 * 60);
        Plan { seed, length, calls: 200, faults, postgres: false, disk: true, judge_memory: true }
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

/// What faults are done to, beside the server itself.
#[derive(Default)]
struct Ground {
    postgres: Option<Postgres>,
    disk: Option<Disk>,
    clock: Option<Arc<TimeOfDay>>,
    /// A clock that is stepped: nobody has anything against the store meanwhile.
    stepped: Option<JoinHandle<()>>,
    /// Faults that last.
    lasting: Vec<JoinHandle<()>>,
    broken: Vec<String>,
}

pub async fn run(plan: Plan) -> Result<Outcome> {
    let began = Instant::now();
    let manners = Manners { agents: plan.agents(), ring_ms: 4_000, wrap_up_ms: 1_000 };
    let mut ground = Ground { postgres: plan.postgres.then(Postgres::start).transpose()?, ..Ground::default() };
    let url = ground.postgres.as_ref().map(Postgres::url).unwrap_or_default();
    ground.clock = TimeOfDay::prepare()?.map(Arc::new);
    let environment = ground.clock.as_ref().map(|clock| clock.environment()).unwrap_or_default();
    let mount = |data: &Path| match plan.disk {
        true => Disk::mount(data.join("recordings"), DISK_MB),
        false => Ok(None),
    };
    let (centre, store, disk) = house::open_on(manners, ("", &environment), &url, mount).await?;
    ground.disk = disk;
    let nobody = Holds::of(&centre).await?;
    let world = Arc::new(World::new(centre, store, 5).await?);
    let mut dice = Dice::new(plan.seed);
    let (mut staff, mut callers) = (JoinSet::new(), JoinSet::new());
    hire(&world, plan.agents(), &mut dice, &mut staff);
    for _ in 0..plan.calls {
        let (world, dice) = (world.clone(), dice.fork());
        callers.spawn(async move { caller(&world, dice).await });
    }
    let mut lives = vec![Life::default()];
    let start = Instant::now();
    load(&plan, &world, &mut ground, &mut lives, start).await?;

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
    let mut findings = audit::audit(&plan, &world, &lives).await?;
    findings.broken.append(&mut ground.broken);
    at_rest(&world, nobody, &mut findings).await?;
    Ok(Outcome { plan, world, lives, findings, lasted: began.elapsed() })
}

/// Agents at their telephones, and somebody who sees to them.
pub(crate) fn hire(world: &Arc<World>, agents: usize, dice: &mut Dice, staff: &mut JoinSet<Result<()>>) {
    for n in 0..agents {
        // Every eighth agent has two telephones, and both ring.
        for _ in 0..1 + usize::from(n % 8 == 7 && !world.quick) {
            let (world, extension, dice) = (world.clone(), house::extension(n), dice.fork());
            staff.spawn(async move { agent(&world, extension, dice).await });
        }
    }
    let (all, own) = (world.clone(), dice.fork());
    staff.spawn(async move { supervise(&all, agents, own).await });
    let (all, own) = (world.clone(), dice.fork());
    staff.spawn(async move {
        pass_on(&all, own).await;
        Ok(())
    });
}

/// The store, past the server; the server's handles; and then its clean end.
async fn at_rest(world: &World, nobody: Holds, findings: &mut Findings) -> Result<()> {
    let until = Instant::now() + Duration::from_secs(30);
    let mut tick = interval(Duration::from_millis(500));
    loop {
        tick.tick().await;
        let mut left = rest::open(&world.store).await?;
        left.extend(Holds::of(&*world.centre.read().await).await?.beyond(nobody));
        if left.is_empty() || Instant::now() >= until {
            findings.broken.append(&mut left);
            break;
        }
    }
    findings.holds = Some((nobody, Holds::of(&*world.centre.read().await).await?));
    findings.recorded_s = rest::recorded(&world.store).await?;
    findings.crashed = rest::crashed(&world.store).await?;
    Ok(())
}

async fn load(plan: &Plan, world: &World, ground: &mut Ground, lives: &mut Vec<Life>, start: Instant) -> Result<()> {
    let end = start + plan.length;
    let mut faults: VecDeque<(Instant, Fault)> =
        plan.faults.iter().map(|(part, fault)| (start + plan.length * *part / 1_000, *fault)).collect();
    let mut second = interval(Duration::from_secs(1));
    second.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while Instant::now() < end {
        second.tick().await;
        look(world, lives, start).await?;
        // Whoever vanishes late would have to be waited for.
        let vanishing = Instant::now() + UNNOTICED < end;
        ground.lasting.retain(|fault| !fault.is_finished());
        let store = ground.lasting.is_empty();
        world.stage.send_modify(|s| (s.vanishing, s.store) = (vanishing, store));
        if let Some((_, fault)) = faults.pop_front_if(|(at, _)| Instant::now() >= *at) {
            do_to(world, ground, lives, fault).await.with_context(|| fault.name())?;
        }
    }
    for fault in ground.lasting.drain(..) {
        fault.await?;
    }
    if let Some(stepped) = ground.stepped.take() {
        stepped.await?;
    }
    world.stage.send_modify(|s| s.store = true);
    Ok(())
}

async fn do_to(world: &World, ground: &mut Ground, lives: &mut Vec<Life>, fault: Fault) -> Result<()> {
    // Said first: whoever asks the server meanwhile is not surprised.
    world.stage.send_modify(|s| s.store = false);
    if let (Fault::KillServer | Fault::Restart, Some(clock)) = (fault, &ground.clock) {
        clock.is_the_machines()?;
    }
    let done = match fault {
        Fault::KillServer => {
            let mut centre = world.centre.write().await;
            let killed = world.ledger.now();
            world.ledger.killed(killed);
            world.stage.send_modify(|s| s.up = false);
            centre.crash_and_restart().await?;
            let endless = rest::endless(&world.store, killed).await?;
            if endless > 0 {
                ground.broken.push(format!("{endless} calls without an end after the start that followed a kill"));
            }
            risen(world, lives);
            true
        }
        Fault::Restart => {
            let before = rest::crashed(&world.store).await?;
            world.centre.read().await.terminate()?;
            let until = Instant::now() + DRAIN;
            while world.centre.write().await.ended(Duration::ZERO).await.is_err() {
                anyhow::ensure!(Instant::now() < until, "the server did not end");
                sleep_until(Instant::now() + Duration::from_millis(200)).await;
            }
            let left = rest::endless(&world.store, world.ledger.now()).await?;
            let cut = rest::crashed(&world.store).await? - before;
            if left + cut > 0 {
                ground.broken.push(format!("a drain left {left} calls without an end, and {cut} to the next start"));
            }
            let mut centre = world.centre.write().await;
            world.stage.send_modify(|s| s.up = false);
            centre.crash_and_restart().await?;
            risen(world, lives);
            true
        }
        Fault::StepClock(by, seconds) => match &ground.clock {
            None => false,
            Some(clock) => {
                ground.stepped = Some(clock.step(&*world.centre.read().await, by, seconds)?);
                true
            }
        },
        Fault::KillWorker => faults::kill_workers(&*world.centre.read().await)?,
        Fault::LockStore(seconds) => {
            ground.lasting.push(faults::lock(&world.store, seconds).await?);
            true
        }
        Fault::CutStore => faults::cut(&world.store).await?,
        Fault::StoreGone(seconds) => match &ground.postgres {
            None => false,
            Some(postgres) => {
                postgres.die()?;
                sleep_until(Instant::now() + Duration::from_secs(seconds)).await;
                postgres.up()?;
                true
            }
        },
        Fault::DiskFull(seconds) => match &ground.disk {
            None => false,
            Some(disk) => {
                ground.lasting.push(disk.fill(seconds)?);
                true
            }
        },
    };
    if done {
        world.ledger.fault(fault.name());
    }
    Ok(())
}

/// Another life of the server begins.
fn risen(world: &World, lives: &mut Vec<Life>) {
    lives.push(Life::default());
    world.stage.send_modify(|s| (s.up, s.life) = (true, s.life + 1));
}

pub(crate) async fn look(world: &World, lives: &mut [Life], start: Instant) -> Result<()> {
    let centre = world.centre.read().await;
    let at = start.elapsed().as_secs_f64();
    match lives.last_mut() {
        Some(life) if life.looks.last().is_none_or(|l| at - l.at > 0.5) => life.look(&centre, at).await,
        _ => Ok(()),
    }
}

/// Nothing is open any more.
pub(crate) async fn is_quiet(world: &World) -> Result<bool> {
    let found = figures(&*world.centre.read().await).await?;
    Ok(OPEN.iter().all(|name| found.get(*name).copied().unwrap_or(0) == 0))
}
