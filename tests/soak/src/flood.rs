//! A flood from ten thousand addresses while people telephone: nobody who telephones may notice.
//!
//! One address is an office behind NAT: fifty telephones, of which one has a wrong password and tries it without end. Good
//! calls are dialled, rung, answered and held *during* the flood; their packets are counted. Short probe calls ring the
//! telephones that the good calls left over, until every telephone of the office has rung.

use crate::handset::{Bye, Handset, Heard};
use crate::house::{self, Manners, QUEUES};
use crate::ledger::Ledger;
use crate::load::HERE;
use crate::noise::{KINDS, Noise};
use crate::siege::{Siege, WAYS};
use crate::studio::{Stream, Studio, Tally};
use crate::vitals::{LOSSES, Life, Trend, figures};
use anyhow::{Context as _, Result, ensure};
use ringdesk_interop::{Centre, PASSWORD};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until};

/// The office behind NAT, and the few telephones at home that answer when the office is busy.
const OFFICE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 77, 0, 1));
const HOME: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 78, 0, 1));
const IN_OFFICE: usize = 49;
const AT_HOME: usize = 10;
/// How soon a good call is answered, and rings; two repetitions lie in it.
const SOON: Duration = Duration::from_secs(5);
/// A telephone refreshes its registration so often, also in a call.
const REFRESH: Duration = Duration::from_secs(4);
/// Packets that may be on their way when the two ends are read, and those of a thread that was late.
const UNDER_WAY: u64 = 15;

#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub seed: u64,
    pub length: Duration,
    /// Bad datagrams a second; 0: none.
    pub per_second: u32,
    pub sources: u32,
    /// Bad connections at once; 0: none.
    pub connections: u32,
    pub good: usize,
}

impl Plan {
    pub fn short(seed: u64) -> Plan {
        let length = Duration::from_secs(8);
        Plan { seed, length, per_second: 1_500, sources: 10_000, connections: 0, good: 8 }
    }

    pub fn long(seed: u64) -> Plan {
        Plan { length: Duration::from_secs(60), per_second: 5_000, good: 50, ..Plan::short(seed) }
    }

    /// Over TCP: twenty seconds, so that the deadlines of a slow client come by.
    pub fn siege(seed: u64) -> Plan {
        Plan { length: Duration::from_secs(20), per_second: 0, connections: 1_000, ..Plan::short(seed) }
    }
}

/// What became of one good call.
#[derive(Clone, Copy, Debug, Default)]
pub struct Good {
    /// Said by one side, heard by the other, holes in what was heard.
    pub said: u64,
    pub heard: u64,
    pub missing: u64,
    pub longest_pause: u32,
}

#[derive(Default)]
pub struct Outcome {
    pub broken: Vec<String>,
    pub sent: [u64; KINDS.len()],
    pub unsent: u64,
    /// Bad connections, and how many the server ended.
    pub opened: [u64; WAYS.len()],
    pub closed: u64,
    pub lasted: Duration,
    pub good: Vec<Good>,
    pub probes: u64,
    pub rang: usize,
    pub refreshed: u64,
    pub wrong: u64,
    pub answer_ms: Vec<u64>,
    pub figures: BTreeMap<String, u64>,
    pub memory: Option<Trend>,
}

/// What everybody shares.
struct Scene {
    sip: SocketAddr,
    studio: Studio,
    ledger: Ledger,
    over: watch::Sender<bool>,
    seen: Mutex<Seen>,
    refreshed: AtomicU64,
    wrong: AtomicU64,
    probes: AtomicU64,
}

#[derive(Default)]
struct Seen {
    /// Extensions that rang.
    rang: BTreeSet<String>,
    /// The stream of the telephone that answered this caller.
    answered: BTreeMap<String, Arc<Stream>>,
    answer_ms: Vec<u64>,
    good: Vec<Good>,
    broken: Vec<String>,
}

impl Scene {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn broken(&self, what: String) {
        self.seen().broken.push(what);
    }

    async fn is_over(&self) {
        let _ = self.over.subscribe().wait_for(|over| *over).await; // the sender is ours
    }
}

pub async fn run(plan: Plan) -> Result<Outcome> {
    let manners = Manners { agents: IN_OFFICE + 1 + AT_HOME, ring_ms: 10_000, wrap_up_ms: 200 };
    let centre = house::open(manners, "").await?;
    let scene = Arc::new(Scene {
        sip: centre.sip,
        studio: Studio::open()?,
        ledger: Ledger::open(),
        over: watch::Sender::new(false),
        seen: Mutex::default(),
        refreshed: AtomicU64::new(0),
        wrong: AtomicU64::new(0),
        probes: AtomicU64::new(0),
    });
    let mut staff = staff(&centre, &scene).await?;
    let admin = centre.login("admin").await?;
    // Registered while the loopback was trusted; from here on only the operator's address is.
    house::trust_only(&centre, &admin, &["127.0.0.1/32"]).await?;

    let start = Instant::now();
    let noise = Noise::start(centre.sip, plan.per_second, plan.sources, plan.seed)?;
    let siege = Siege::start(centre.sip, centre.http, plan.connections, plan.seed);
    let mut life = Life::default();
    let mut calls = JoinSet::new();
    for n in 0..plan.good {
        let scene = scene.clone();
        calls.spawn(async move {
            sleep(Duration::from_millis(500 + 40 * n as u64)).await;
            if let Err(fault) = good_call(&scene, start + plan.length).await {
                scene.broken(format!("good call {n}: {fault:#}"));
            }
        });
    }
    let (all, end) = (scene.clone(), start + plan.length - Duration::from_secs(1));
    calls.spawn(async move { probe(&all, end).await });
    let mut second = interval(Duration::from_secs(1));
    second.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while Instant::now() < start + plan.length {
        second.tick().await;
        life.look(&centre, start.elapsed().as_secs_f64()).await?;
    }
    let sent = noise.sent();
    let lasted = start.elapsed();
    while let Some(done) = calls.join_next().await {
        done?;
    }
    let unsent = noise.end();
    let (opened, closed) = (siege.opened(), siege.closed());
    siege.end().await;
    scene.over.send_replace(true);
    while let Some(done) = staff.join_next().await {
        done??;
    }
    judge(
        &plan,
        &centre,
        &scene,
        Outcome { sent, unsent, opened, closed, lasted, memory: life.trend(|l| l.resident_kb), ..Outcome::default() },
    )
    .await
}

/// Register every telephone, make every agent ready.
async fn staff(centre: &Centre, scene: &Arc<Scene>) -> Result<JoinSet<Result<()>>> {
    let mut staff = JoinSet::new();
    for n in 0..IN_OFFICE + 1 + AT_HOME {
        let (scene, extension) = (scene.clone(), house::extension(n));
        let at = if n <= IN_OFFICE { OFFICE } else { HOME };
        let mut phone = Handset::open(at, &extension, scene.sip, &scene.studio, 1).await?;
        if n == IN_OFFICE {
            staff.spawn(async move { wrong_password(&scene, phone).await });
            continue;
        }
        let status = phone.register(PASSWORD, 600).await?;
        ensure!(status == 200, "{extension}: REGISTER ended with {status}");
        staff.spawn(async move { telephone(&scene, &extension, phone).await });
    }
    let supervisor = centre.login("supervisor").await?;
    let agents = house::ok(centre.api(&supervisor, "GET", "agents", None).await?)?;
    let wrong = house::extension(IN_OFFICE);
    for agent in agents.as_array().context("agents")? {
        let (extension, id) = (agent["extension"].as_str().context("extension")?, agent["id"].as_str().context("id")?);
        if extension.starts_with('3') && extension != wrong {
            let path = format!("agents/{id}/presence");
            house::ok(centre.api(&supervisor, "PUT", &path, Some(&json!({ "state": "ready" }))).await?)?;
        }
    }
    Ok(staff)
}

/// Answer whatever rings; refresh the registration now and then.
async fn telephone(scene: &Scene, extension: &str, mut phone: Handset) -> Result<()> {
    let mut refresh = Instant::now() + REFRESH;
    loop {
        if Instant::now() >= refresh {
            refresh = Instant::now() + REFRESH;
            phone.refresh(PASSWORD, 600).await?;
        }
        let heard = tokio::select! {
            heard = phone.next(refresh) => heard?,
            () = scene.is_over() => return Ok(()),
        };
        match heard {
            Heard::Ringing(number) => {
                {
                    let mut seen = scene.seen();
                    seen.rang.insert(extension.to_owned());
                    seen.answered.insert(number, phone.stream.clone());
                }
                phone.ring().await?;
                phone.pick_up().await?;
            }
            Heard::Registered(200) => drop(scene.refreshed.fetch_add(1, Relaxed)),
            Heard::Registered(status) => scene.broken(format!("{extension}: a refresh ended with {status}")),
            _ => {}
        }
    }
}

/// Try, and try again.
async fn wrong_password(scene: &Scene, mut phone: Handset) -> Result<()> {
    loop {
        let status = tokio::select! {
            status = phone.register("not-the-password", 600) => status?,
            () = scene.is_over() => return Ok(()),
        };
        scene.wrong.fetch_add(1, Relaxed);
        if status == 200 {
            scene.broken("a wrong password opened the door".into());
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// Dial, wait for an answer and for somebody to talk to; the caller's telephone and the stream of the other.
async fn connect(scene: &Scene, number: &str) -> Result<(Handset, Arc<Stream>, String)> {
    let me = scene.ledger.begin(number);
    let mut phone = Handset::open(HERE, &me, scene.sip, &scene.studio, 1).await?;
    let began = Instant::now();
    phone.dial(number).await?;
    loop {
        match phone.next(began + SOON).await? {
            Heard::Answered => break,
            Heard::Progress(_) => {}
            other => anyhow::bail!("after {:?}: {other:?} instead of an answer", began.elapsed()),
        }
    }
    scene.seen().answer_ms.push(began.elapsed().as_millis() as u64);
    let mut tick = interval(Duration::from_millis(20));
    loop {
        tick.tick().await;
        if let Some(other) = scene.seen().answered.get(&me) {
            return Ok((phone, other.clone(), me));
        }
        ensure!(began.elapsed() < SOON * 2, "nobody's telephone rang");
    }
}

async fn good_call(scene: &Scene, until: Instant) -> Result<()> {
    let (mut phone, other, _) = connect(scene, QUEUES[1]).await?;
    // The first packets go to the music; then both hear each other.
    sleep(Duration::from_millis(700)).await;
    phone.stream.reset();
    other.reset();
    sleep(Duration::from_millis(100)).await;
    match phone.next(until).await? {
        Heard::Nothing => {}
        what => anyhow::bail!("{what:?} in mid-call"),
    }
    let (mine, theirs) = (phone.stream.tally(), other.tally());
    ensure!(phone.hang_up(0).await? == Bye::Answered, "the BYE was not answered");
    for (said, heard) in [(mine, theirs), (theirs, mine)] {
        hears(scene, said, heard);
    }
    Ok(())
}

fn hears(scene: &Scene, said: Tally, heard: Tally) {
    let good = Good { said: said.sent, heard: heard.heard, missing: heard.missing, longest_pause: heard.longest_pause };
    if good.heard + UNDER_WAY < good.said || good.missing > 0 {
        scene.broken(format!("a good call lost sound: {good:?}"));
    }
    scene.seen().good.push(good);
}

/// Short calls, one after the other, as long as the flood lasts.
async fn probe(scene: &Scene, end: Instant) {
    sleep(Duration::from_secs(2)).await;
    let mut tick = interval(Duration::from_millis(90));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while Instant::now() < end {
        tick.tick().await;
        let probed = async {
            let (mut phone, _, _) = connect(scene, QUEUES[0]).await?;
            ensure!(phone.hang_up(0).await? == Bye::Answered, "the BYE was not answered");
            anyhow::Ok(())
        };
        match probed.await {
            Ok(()) => drop(scene.probes.fetch_add(1, Relaxed)),
            Err(fault) => scene.broken(format!("a probe: {fault:#}")),
        }
    }
}

async fn judge(plan: &Plan, centre: &Centre, scene: &Scene, mut outcome: Outcome) -> Result<Outcome> {
    // Nobody calls any more: nothing is left of it all.
    let until = Instant::now() + Duration::from_secs(10);
    let open = ["calls_open", "media_legs_open", "signaling_connections", "signaling_buffered_bytes"];
    loop {
        outcome.figures = figures(centre).await?;
        let figure = |name: &str| outcome.figures.get(name).copied().unwrap_or(0);
        if open.iter().all(|name| figure(name) == 0) || Instant::now() > until {
            break;
        }
        sleep_until(Instant::now() + Duration::from_millis(100)).await;
    }
    let figure = |name: &str| outcome.figures.get(name).copied().unwrap_or(0);
    let mut broken = std::mem::take(&mut scene.seen().broken);
    let mut check = |holds: bool, why: String| {
        if !holds {
            broken.push(why);
        }
    };
    for name in open {
        check(figure(name) == 0, format!("{name} is {} when all have hung up", figure(name)));
    }
    for name in LOSSES {
        check(figure(name) == 0, format!("{name} is {}", figure(name)));
    }
    let registered = figure("signaling_registrations");
    check(
        registered == (IN_OFFICE + AT_HOME) as u64,
        format!("{registered} telephones are registered, not {}", IN_OFFICE + AT_HOME),
    );
    let seen = scene.seen();
    let silent: Vec<String> = (0..IN_OFFICE).map(house::extension).filter(|e| !seen.rang.contains(e)).collect();
    check(silent.is_empty(), format!("telephones of the office that nobody could reach: {silent:?}"));
    check(
        seen.good.len() == plan.good * 2,
        format!("{} of {} directions of good calls were counted", seen.good.len(), plan.good * 2),
    );
    let sent: u64 = outcome.sent.iter().sum();
    let wanted = outcome.lasted.as_secs_f64() * f64::from(plan.per_second);
    check(
        plan.per_second == 0 || sent as f64 > wanted * 0.9,
        format!("the flood was only {sent} messages, not {wanted:.0}"),
    );
    check(plan.per_second == 0 || figure("signaling_over_budget_total") > sent / 4, "strangers were let in".into());
    if plan.connections > 0 {
        let rare: Vec<_> = std::iter::zip(WAYS, outcome.opened).filter(|(_, n)| *n < 20).collect();
        check(rare.is_empty(), format!("the siege was none: {rare:?}"));
        for name in ["refused", "timed_out", "broken"] {
            let name = format!("signaling_connections_{name}_total");
            check(figure(&name) > 0, format!("{name} is 0"));
        }
    }
    outcome.good = seen.good.clone();
    outcome.rang = seen.rang.len();
    outcome.answer_ms = seen.answer_ms.clone();
    outcome.answer_ms.sort_unstable();
    (outcome.probes, outcome.refreshed) = (scene.probes.load(Relaxed), scene.refreshed.load(Relaxed));
    outcome.wrong = scene.wrong.load(Relaxed);
    outcome.broken = broken;
    Ok(outcome)
}
