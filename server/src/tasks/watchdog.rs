//! The watchdog: a call's task that no longer moves is ended, and with it its legs. It must never have anything to do.
//!
//! The machines bound each of their states themselves (`call_control::Config`); this looks at what they cannot see: a task that
//! waits for something that does not come, one that runs without getting anywhere, and a call that outlived its own limit.

use crate::desk::Desks;
use ringdesk_model::{CallId, Clock as _, Timestamp};
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::AbortHandle;

/// How often all calls are looked at.
const ROUND: Duration = Duration::from_secs(2);
/// A call's task waits for nothing as long as this: only for a full buffer of the journal, which says so itself.
const STUCK: Duration = Duration::from_secs(20);
/// Turns between two looks. Keys come at 50 a second, packets do not come here at all.
const SPINS: u64 = 100_000;
/// A call ends by itself when it has lasted too long; somewhat later it is ended.
const GRACE: Duration = Duration::from_secs(120);

/// What a call's task shows of itself.
#[derive(Debug, Default)]
pub struct Pulse {
    /// Since when it carries something out; 0: it waits for an input or a timer.
    busy: AtomicI64,
    turns: AtomicU64,
}

impl Pulse {
    /// It begins to do something.
    pub(crate) fn works(&self, now: Timestamp) {
        self.busy.store(now.0.max(1), Relaxed);
        self.turns.fetch_add(1, Relaxed);
    }

    /// It waits for what may come.
    pub(crate) fn rests(&self) {
        self.busy.store(0, Relaxed);
    }
}

/// Why a call is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Waits,
    Spins,
    Outlived,
}

impl Fault {
    const fn as_str(self) -> &'static str {
        match self {
            Fault::Waits => "waits",
            Fault::Spins => "spins",
            Fault::Outlived => "outlived",
        }
    }
}

struct Watched {
    pulse: Arc<Pulse>,
    task: AbortHandle,
    since: Timestamp,
    /// Turns at the last look.
    seen: u64,
}

/// The calls there are. One per server.
#[derive(Default)]
pub(crate) struct Watchdog {
    calls: Mutex<HashMap<CallId, Watched>>,
}

impl Watchdog {
    pub(crate) fn watch(&self, call: CallId, since: Timestamp, pulse: Arc<Pulse>, task: AbortHandle) {
        self.lock().insert(call, Watched { pulse, task, since, seen: 0 });
    }

    pub(crate) fn forget(&self, call: CallId) {
        self.lock().remove(&call);
    }

    /// End what is stuck; gives which calls, and why.
    fn look(&self, now: Timestamp, longest: Duration) -> Vec<(CallId, Fault)> {
        let mut ended = Vec::new();
        for (call, watched) in self.lock().iter_mut() {
            if let Some(fault) = judge(watched, now, longest) {
                watched.task.abort();
                ended.push((*call, fault));
            }
        }
        ended
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<CallId, Watched>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn judge(watched: &mut Watched, now: Timestamp, longest: Duration) -> Option<Fault> {
    let (turns, busy) = (watched.pulse.turns.load(Relaxed), watched.pulse.busy.load(Relaxed));
    let lately = turns - std::mem::replace(&mut watched.seen, turns);
    match busy {
        1.. if now.since(Timestamp(busy)) > STUCK => Some(Fault::Waits),
        _ if lately > SPINS => Some(Fault::Spins),
        _ if now.since(watched.since) > longest + GRACE => Some(Fault::Outlived),
        _ => None,
    }
}

/// Look at all calls, for ever. Whose task is ended here is recorded as a call that failed by a fault of ours.
pub(crate) async fn run_watchdog(desks: Arc<Desks>, longest: Duration) {
    let mut round = tokio::time::interval(ROUND);
    round.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    // Calls wait for books that are behind, and rightly so: they are looked at again when that has been over for long enough.
    let mut behind = desks.clock.now();
    loop {
        round.tick().await;
        let now = desks.clock.now();
        if desks.journal.lag().now() > STUCK / 4 {
            behind = now;
        }
        if now.since(behind) < STUCK {
            continue;
        }
        for (call, fault) in desks.watchdog.look(now, longest) {
            let why = fault.as_str();
            tracing::error!(call.id = %call, why, "a call no longer moved and was ended");
            metrics::counter!("calls_ended_by_watchdog_total", "why" => why).increment(1);
            metrics::counter!("stuck_total").increment(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringdesk_model::Ids;

    const HOUR: Duration = Duration::from_secs(3_600);

    /// Rows: S16.13
    #[tokio::test]
    async fn a_task_that_does_not_move_is_ended_and_no_other() {
        let dog = Watchdog::default();
        let (mut ids, start) = (Ids::seeded(1), Timestamp::from_millis(1_000_000));
        let mut call = |pulse: &Arc<Pulse>| {
            let (id, task) = (ids.next::<CallId>(start), tokio::spawn(std::future::pending::<()>()));
            dog.watch(id, start, pulse.clone(), task.abort_handle());
            (id, task)
        };
        let [waits, rests, turns, spins] = [(); 4].map(|()| Arc::new(Pulse::default()));
        let (stuck, hung) = call(&waits);
        let (_, idle) = call(&rests);
        let (_, busy) = call(&turns);
        let (spinning, spun) = call(&spins);
        assert!(dog.look(start, HOUR).is_empty());
        waits.works(start);
        rests.works(start);
        rests.rests();
        for n in 0..=SPINS {
            spins.works(start + STUCK);
            if n % 1_000 == 0 {
                turns.works(start + STUCK);
            }
        }
        let late = start + STUCK + ROUND;
        let ended: HashMap<CallId, Fault> = dog.look(late, HOUR).into_iter().collect();
        assert_eq!(ended, HashMap::from([(stuck, Fault::Waits), (spinning, Fault::Spins)]));
        assert!(hung.await.unwrap_err().is_cancelled() && spun.await.unwrap_err().is_cancelled());
        assert!(!idle.is_finished() && !busy.is_finished());
        dog.forget(stuck);
        dog.forget(spinning);
        turns.rests();
        assert!(dog.look(start + HOUR + GRACE, HOUR).is_empty(), "it had time to end by itself");
        let all = dog.look(start + HOUR + GRACE + ROUND, HOUR);
        assert!(all.len() == 2 && all.iter().all(|(_, why)| *why == Fault::Outlived), "{all:?}");
    }
}
