//! A busy hour for whoever looks at the demo: scripted callers, and agents who help to answer them.
//!
//! Nothing of it is painted. Every caller is a telephone of its own on this machine: its INVITE goes over a loopback socket to the same
//! door as everybody's, its keys and its speech are RTP, and helpers are agents whose telephones are registered. So the floor, the
//! wallboard, recordings and reports show what happened. What is special: who they are is known ([`board`]), their calls are marked as
//! the pack's are and go away with it, and none of them leaves the house ([`board::Board::holds`] is asked where calls go out).
//!
//! The telephones are ours and small ([`line`], [`sound`]). A second signaling room with a second media engine would have been the
//! other way; it has its own threads, ports and figures, and would have made the house's figures count both ends of every call.
//!
//! One runs at a time, for at most [`MINUTES`] minutes and [`CALLERS`] callers, [`AT_ONCE`] of them at once. It lives in memory alone: a
//! server that ends takes it along, and the next start puts its helpers out of use.
//!
//! Reading order: here, [`plan`] (who calls when), [`caller`], [`helper`], [`line`] and [`sound`] (their telephones), [`board`].

pub(crate) mod board;
mod caller;
mod helper;
mod line;
mod plan;
mod sound;

use crate::demo_pack;
use crate::desk::Desks;
use crate::tasks::account::AccountOrders;
use crate::tasks::rows::Rows;
use anyhow::{Context as _, Result};
use ringdesk_agent_gateway::OrderRefused;
use ringdesk_agent_gateway::demo::{BusyHourNow, BusyHourWish};
use ringdesk_model::{AccountId, Actor, AgentId, CallId, Clock as _, ConversationId, Ids, Scope, UserId};
use ringdesk_operations::Operations;
use ringdesk_operations::demo_helpers::{HELPERS, Helper};
use ringdesk_routing::Wanted;
use ringdesk_switchboard::AccountOrder;
use ringdesk_tts::Speaker;
use sound::{Voice, Voices};
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

pub(crate) const CALLERS: u32 = 120;
pub(crate) const MINUTES: u32 = 15;
/// Callers at a time; who comes more waits for a line.
const AT_ONCE: usize = 40;
/// After the last arrival: the longest call there may be.
const LAST_CALL: Duration = Duration::from_secs(250);
/// How long telephones may take to end by themselves.
const GOODBYE: Duration = Duration::from_millis(1_500);
/// And the house, to close what they left.
const CLOSING: Duration = Duration::from_secs(5);

/// What a busy hour needs of the house.
pub(crate) struct Premises {
    pub(crate) desks: Arc<Desks>,
    pub(crate) operations: Arc<Operations>,
    pub(crate) account: AccountId,
    pub(crate) orders: AccountOrders,
    pub(crate) rows: Rows,
    pub(crate) speaker: Speaker,
    /// Where telephones on this machine find SIP over UDP; `None`: nowhere over IPv4.
    pub(crate) sip: Option<SocketAddr>,
}

/// Where somebody on this machine finds what is bound here.
pub(crate) fn from_here(bound: SocketAddr) -> SocketAddr {
    let ip = if bound.ip().is_unspecified() { [127, 0, 0, 1].into() } else { bound.ip() };
    SocketAddr::new(ip, bound.port())
}

/// The one who runs it. Clones share it.
#[derive(Clone)]
pub(crate) struct BusyHour {
    premises: Arc<Premises>,
    now: Arc<Mutex<State>>,
    /// Who starts waits for whoever else starts.
    turn: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Default)]
struct State {
    running: Option<Running>,
    /// Of the one that runs, or ran last.
    shown: BusyHourNow,
}

struct Running {
    hour: Arc<Hour>,
    stop: Arc<watch::Sender<bool>>,
    by: Arc<Mutex<Option<Actor>>>,
    over: watch::Receiver<bool>,
}

/// What its telephones share.
pub(crate) struct Hour {
    desks: Arc<Desks>,
    operations: Arc<Operations>,
    orders: AccountOrders,
    scope: Scope,
    house: SocketAddr,
    ip: IpAddr,
    voices: Voices,
    stop: watch::Receiver<bool>,
    dice: Mutex<Ids>,
    made: AtomicU32,
    refused: AtomicU32,
}

impl Hour {
    fn seed(&self) -> u64 {
        self.dice.lock().unwrap_or_else(PoisonError::into_inner).bits()
    }

    async fn stopped(&self) {
        let _ = self.stop.clone().wait_for(|stop| *stop).await; // whoever could stop it is gone: so is it
    }

    /// Some moment between so many milliseconds from now.
    fn within(&self, from: u64, to: u64) -> Instant {
        Instant::now() + Duration::from_millis(from + self.seed() % (to - from).max(1))
    }
}

impl Voices {
    fn caller(&self, place: usize) -> Option<Arc<Voice>> {
        self.callers.get(place % self.callers.len().max(1)).cloned()
    }

    fn agent(&self, place: usize) -> Option<Arc<Voice>> {
        self.agents.get(place % self.agents.len().max(1)).cloned()
    }
}

impl BusyHour {
    pub(crate) fn new(premises: Premises) -> BusyHour {
        BusyHour { premises: Arc::new(premises), now: Arc::default(), turn: Arc::default() }
    }

    /// A server that died left its helpers as they were: nobody answers their telephones now.
    pub(crate) async fn tidy(&self) -> Result<()> {
        let Premises { operations, account, desks, .. } = &*self.premises;
        let helpers = operations.demo_helpers(*account).await?;
        let out: BTreeSet<_> = operations.disabled_agents(*account).await?;
        if helpers.is_subset(&out) {
            return Ok(());
        }
        self.send_away(helpers).await;
        operations.end_busy_hour(desks.clock.now(), &Actor::System, *account, 0).await?;
        self.premises.rows.changed().await;
        Ok(())
    }

    /// How it is, or how the last one was.
    pub(crate) fn now(&self) -> BusyHourNow {
        let mut state = self.state();
        if let Some(running) = &state.running {
            let tally = self.premises.desks.busy.tally();
            let (made, refused) =
                (running.hour.made.load(Ordering::Relaxed), running.hour.refused.load(Ordering::Relaxed));
            let shown = BusyHourNow {
                running: true,
                made,
                refused,
                calls: tally.running,
                waiting: tally.waiting,
                answered: tally.answered,
                abandoned: tally.abandoned,
                messages: tally.messages,
                ..state.shown.clone()
            };
            state.shown = shown;
        }
        BusyHourNow { available: true, ..state.shown.clone() }
    }

    pub(crate) async fn begin(&self, actor: Actor, wish: BusyHourWish) -> Result<BusyHourNow, OrderRefused> {
        let refused = |why: &str| OrderRefused::Refused(why.to_owned());
        let BusyHourWish { callers, minutes, helpers } = wish;
        let wish = BusyHourWish { callers: callers.min(CALLERS), minutes: minutes.min(MINUTES), helpers };
        let _turn = self.turn.lock().await;
        let Premises { desks, operations, account, orders, rows, speaker, sip } = &*self.premises;
        if self.state().running.is_some() {
            return Err(refused("a busy hour is running; stop it first"));
        }
        if desks.is_draining() {
            return Err(OrderRefused::Busy);
        }
        let house =
            sip.ok_or_else(|| refused("no interface takes SIP over UDP and IPv4, by which its callers come"))?;
        let numbers: Vec<&'static str> =
            [plan::MENU, plan::SUPPORT, plan::VOICEMAIL].into_iter().filter(|n| rows.number(n).is_some()).collect();
        if numbers.iter().all(|number| *number == plan::VOICEMAIL) {
            return Err(refused("the demo's numbers 1000 and 1001 are gone"));
        }
        let began = desks.clock.now();
        let helpers = (wish.helpers as usize).min(HELPERS);
        let helpers = operations.begin_busy_hour(began, &actor, *account, wish.callers, helpers).await;
        let helpers = helpers.map_err(|fault| OrderRefused::Refused(fault.to_string()))?;
        rows.changed().await;

        let span = Duration::from_secs(u64::from(wish.minutes) * 60);
        let (stop, stops) = watch::channel(false);
        let (is_over, over) = watch::channel(false);
        let seed = operations.id::<uuid::Uuid>(began).as_u128() as u64;
        let hour = Arc::new(Hour {
            desks: desks.clone(),
            operations: operations.clone(),
            orders: orders.clone(),
            scope: everything(*account),
            house,
            ip: if house.ip().is_loopback() { house.ip() } else { [127, 0, 0, 1].into() },
            voices: Voices::make(speaker).await,
            stop: stops,
            dice: Mutex::new(Ids::seeded(seed)),
            made: AtomicU32::new(0),
            refused: AtomicU32::new(0),
        });
        let (stop, by) = (Arc::new(stop), Arc::new(Mutex::new(None)));
        let mut state = self.state();
        state.shown = BusyHourNow {
            callers: wish.callers,
            helpers: helpers.len() as u32,
            began_at: Some(began.as_millis()),
            ends_at: Some((began + span).as_millis()),
            ..BusyHourNow::default()
        };
        state.running = Some(Running { hour: hour.clone(), stop: stop.clone(), by: by.clone(), over });
        drop(state);
        let (me, planned) = (self.clone(), plan::plan(seed, wish.callers, span, &numbers));
        tokio::spawn(async move {
            if let Err(fault) = me.run(hour, planned, &helpers, stop, span).await {
                tracing::error!(fault = format!("{fault:#}"), "a busy hour did not end as it should");
            }
            let by = by.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or(Actor::System);
            me.over(&by).await;
            is_over.send_replace(true);
        });
        Ok(self.now())
    }

    /// Stop it, and wait until nothing of it is left.
    pub(crate) async fn end(&self, actor: Actor) -> BusyHourNow {
        let over = self.state().running.as_ref().map(|running| {
            *running.by.lock().unwrap_or_else(PoisonError::into_inner) = Some(actor);
            running.stop.send_replace(true);
            running.over.clone()
        });
        if let Some(mut over) = over {
            let _ = over.wait_for(|over| *over).await;
        }
        self.now()
    }

    async fn run(
        &self,
        hour: Arc<Hour>,
        planned: Vec<plan::Planned>,
        helpers: &[Helper],
        stop: Arc<watch::Sender<bool>>,
        span: Duration,
    ) -> Result<()> {
        let began = Instant::now();
        let (mut helping, mut calling) = (JoinSet::new(), JoinSet::new());
        for (place, helper) in helpers.iter().cloned().enumerate() {
            let hour = hour.clone();
            helping.spawn(async move { helper::help(&hour, &helper, place).await });
        }
        let lines = Arc::new(Semaphore::new(AT_ONCE));
        for (place, caller) in planned.into_iter().enumerate() {
            let free = async {
                sleep_until(began + caller.after).await;
                lines.clone().acquire_owned().await
            };
            let line = tokio::select! {
                line = free => line.context("nobody closes it")?,
                () = hour.stopped() => break,
            };
            let hour = hour.clone();
            calling.spawn(async move {
                let _line = line;
                caller::call(&hour, caller, place).await
            });
            while calling.try_join_next().is_some_and(said) {}
        }
        let everybody = async {
            while let Some(done) = calling.join_next().await {
                said(done);
            }
        };
        tokio::select! {
            () = everybody => {}
            () = sleep_until(began + span + LAST_CALL) => {}
            () = hour.stopped() => {}
        }
        stop.send_replace(true);
        let _ = timeout(GOODBYE, async { while calling.join_next().await.is_some() {} }).await;
        calling.abort_all();
        let _ = timeout(GOODBYE, async { while helping.join_next().await.is_some_and(said) {} }).await;
        helping.abort_all();
        Ok(())
    }

    /// Close what is left, mark it, and put the helpers out of use.
    async fn over(&self, by: &Actor) {
        let Premises { desks, operations, account, rows, .. } = &*self.premises;
        let calls = desks.busy.calls();
        for (call, _) in &calls {
            desks.hang_up(*call, operations.id(desks.clock.now()));
        }
        let gone = async {
            for (call, _) in &calls {
                desks.gone(*call).await;
            }
        };
        if timeout(CLOSING, gone).await.is_err() {
            tracing::error!("calls of a busy hour did not end");
        }
        let helpers = operations.demo_helpers(*account).await.unwrap_or_default();
        self.send_away(helpers).await;
        desks.journal.flushed().await;
        if let Err(fault) = self.mark(&calls).await {
            tracing::warn!(
                fault = format!("{fault:#}"),
                "calls of a busy hour have no tag; they go with the pack all the same"
            );
        }
        let now = desks.clock.now();
        if let Err(fault) = operations.end_busy_hour(now, by, *account, calls.len() as u32).await {
            tracing::error!(%fault, "the end of a busy hour was not written");
        }
        rows.changed().await;
        let shown = self.now();
        desks.busy.clear();
        let mut state = self.state();
        state.shown = BusyHourNow { running: false, calls: 0, waiting: 0, ends_at: Some(now.as_millis()), ..shown };
        state.running = None;
    }

    async fn send_away(&self, helpers: BTreeSet<AgentId>) {
        for agent in helpers {
            let orders = &self.premises.orders;
            orders.give(Actor::System, AccountOrder::FinishWrapUp(agent)).await;
            let away = AccountOrder::Presence(agent, Wanted::LoggedOut);
            if let Some(Err(_)) = orders.give(Actor::System, away).await {
                orders.give(Actor::System, AccountOrder::PresenceNext(agent, Wanted::LoggedOut)).await;
            }
        }
    }

    async fn mark(&self, calls: &[(CallId, ConversationId)]) -> Result<()> {
        let Premises { operations, account, desks, .. } = &*self.premises;
        let tag = BTreeSet::from([demo_pack::tag(operations, *account, desks.clock.now(), demo_pack::TAG).await?]);
        for (_, conversation) in calls {
            let scope = everything(*account);
            // Beside those that an agent gave it.
            let mut wanted = operations.conversation(&scope, *conversation).await?.tags;
            wanted.extend(&tag);
            operations.set_tags(desks.clock.now(), &Actor::System, &scope, *conversation, &wanted).await?;
        }
        Ok(())
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// True. What went wrong with one telephone is said, and the others go on.
fn said(done: std::result::Result<Result<()>, tokio::task::JoinError>) -> bool {
    if let Ok(Err(fault)) = done {
        tracing::warn!(fault = format!("{fault:#}"), "a telephone of the busy hour failed");
    }
    true
}

fn everything(account: AccountId) -> Scope {
    Scope { account, user: UserId(uuid::Uuid::nil()), agent: None, everyone: true, unmasked: true }
}
