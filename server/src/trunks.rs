//! How trunks are, and what operators say of calls: told by signaling, shown to people, kept in the store.
//!
//! Nothing waits for it: what does not fit into its buffer is lost and counted, and no call with it.

use ringdesk_agent_gateway::orders::TrunkNow;
use ringdesk_model::{AccountId, CallId, Clock as _, Pii, Timestamp, TrunkId, WallClock};
use ringdesk_operations::Operations;
use ringdesk_operations::trunks::TrunkLeg;
use ringdesk_signaling::{Directory, LegNote, TrunkHealth, TrunkState};
use ringdesk_voice::LegId;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval};

/// What waits to be written.
pub(crate) const BUFFER: usize = 4_096;
/// Legs that are not over, or belong to no call yet.
const LEGS: usize = 20_000;
/// A leg that is over and got no call is nobody's after this: it was refused at the door.
const NOBODYS: Duration = Duration::from_secs(30);
/// How often the page for the doctor is written, and how old it may be.
const ROUND: Duration = Duration::from_secs(5);
const FRESH: Duration = Duration::from_secs(20);

pub(crate) enum Entry {
    /// This leg is of this call.
    Of(LegId, CallId),
    Note(LegId, LegNote),
    Health(TrunkId, TrunkHealth),
}

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Trunks {
    entries: mpsc::Sender<Entry>,
    now: Arc<Mutex<BTreeMap<TrunkId, Known>>>,
    clock: WallClock,
}

#[derive(Clone, Default)]
struct Known {
    name: String,
    now: TrunkNow,
}

impl Trunks {
    pub(crate) fn new(clock: WallClock) -> (Trunks, mpsc::Receiver<Entry>) {
        let (entries, inbox) = mpsc::channel(BUFFER);
        (Trunks { entries, now: Arc::default(), clock }, inbox)
    }

    pub(crate) fn put(&self, entry: Entry) {
        if let Entry::Health(trunk, health) = &entry {
            self.health(*trunk, *health);
        }
        if self.entries.try_send(entry).is_err() {
            metrics::counter!("trunk_notes_lost_total").increment(1);
        }
    }

    fn health(&self, trunk: TrunkId, health: TrunkHealth) {
        let mut all = self.lock();
        let Some(known) = all.get_mut(&trunk) else { return };
        (known.now.health, known.now.status) = match health {
            TrunkHealth::Up => (Some(true), None),
            TrunkHealth::Down { status } => (Some(false), status),
            TrunkHealth::Unknown | TrunkHealth::Gone => (None, None),
        };
        known.now.since = Some(self.clock.now());
        // Of what is not known nothing bad is said.
        let up = known.now.health.unwrap_or(health != TrunkHealth::Gone);
        metrics::gauge!("trunk_up", "trunk" => trunk.to_string()).set(f64::from(u8::from(up)));
    }

    pub(crate) fn registration(&self, trunk: TrunkId, state: TrunkState) {
        if let Some(known) = self.lock().get_mut(&trunk) {
            known.now.registered = match state {
                TrunkState::Registered { .. } => Some(true),
                TrunkState::Failed { .. } => Some(false),
                TrunkState::Left => None,
            };
        }
    }

    /// These are the trunks from now on.
    pub(crate) fn are(&self, directory: &Directory) {
        let mut all = self.lock();
        let ids: BTreeSet<TrunkId> = directory.trunks().iter().map(|trunk| trunk.id).collect();
        all.retain(|id, _| ids.contains(id));
        for trunk in directory.trunks() {
            let known = all.entry(trunk.id).or_default();
            known.name.clone_from(&trunk.name);
            let wants = directory.account(trunk.id).is_some_and(|account| account.registration.is_some());
            if wants && known.now.registered.is_none() {
                known.now.registered = Some(false);
            }
        }
    }

    pub(crate) fn all(&self) -> BTreeMap<TrunkId, TrunkNow> {
        self.lock().iter().map(|(id, known)| (*id, known.now.clone())).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<TrunkId, Known>> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For the doctor, a line each.
    fn page(&self) -> String {
        let mut page = String::new();
        for Known { name, now } in self.lock().values() {
            let (bad, health) = match (now.health, now.status) {
                (Some(true), _) => (false, "answers".to_owned()),
                (Some(false), Some(status)) => (true, format!("down: {status} in the place of an answer")),
                (Some(false), None) => (true, "down: it does not answer".to_owned()),
                (None, _) => (false, "is not asked, or has not answered yet".to_owned()),
            };
            let (refused, registered) = match now.registered {
                Some(true) => (false, ", registered"),
                Some(false) => (true, ", not registered"),
                None => (false, ""),
            };
            let word = if bad || refused { "bad" } else { "ok" };
            let name = name.replace(['\n', '\r', '\t'], " ");
            let _ = writeln!(page, "{word}\t{name}\t{health}{registered}"); // a String takes everything
        }
        page
    }
}

fn page_of(data: &Path) -> PathBuf {
    data.join("trunks.txt")
}

/// How the trunks of a running server are, by their names.
pub(crate) fn report(data: &Path) -> Vec<(String, Result<String, String>)> {
    let page = page_of(data);
    let age = std::fs::metadata(&page).and_then(|meta| meta.modified()).ok().map(|at| at.elapsed().unwrap_or_default());
    match (age, std::fs::read_to_string(&page)) {
        (Some(age), Ok(text)) if age <= FRESH => text.lines().filter_map(read_line).collect(),
        _ => Vec::new(),
    }
}

fn read_line(line: &str) -> Option<(String, Result<String, String>)> {
    let (word, rest) = line.split_once('\t')?;
    let (name, how) = rest.split_once('\t')?;
    let how = how.to_owned();
    Some((name.to_owned(), if word == "ok" { Ok(how) } else { Err(how) }))
}

/// A leg that is being followed.
#[derive(Default)]
struct Draft {
    call: Option<CallId>,
    came: Option<(TrunkId, &'static str, Timestamp, Pii<String>)>,
    ended: Option<(Timestamp, Option<u16>, Option<u8>)>,
    written: bool,
}

/// Write what comes, and the doctor's page.
pub(crate) async fn run_trunks(
    trunks: Trunks,
    mut inbox: mpsc::Receiver<Entry>,
    operations: Arc<Operations>,
    account: AccountId,
    newest: watch::Sender<u64>,
    data: PathBuf,
) {
    let mut legs: BTreeMap<LegId, Draft> = BTreeMap::new();
    let mut batch = Vec::new();
    let mut round = interval(ROUND);
    round.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            taken = inbox.recv_many(&mut batch, 256) => if taken == 0 { return },
            _ = round.tick() => {
                let (page, path) = (trunks.page(), page_of(&data));
                if let Err(error) = crate::limited::write_private(&path, &page) {
                    tracing::debug!(%error, "the page of trunks could not be written");
                }
            }
        }
        let now = trunks.clock.now();
        let mut changed = BTreeSet::new();
        for entry in batch.drain(..) {
            match entry {
                Entry::Health(trunk, health) => tell(&operations, account, now, trunk, health, &newest).await,
                Entry::Of(leg, call) => {
                    legs.entry(leg).or_default().call = Some(call);
                    changed.insert(leg);
                }
                Entry::Note(leg, note) => {
                    let draft = legs.entry(leg).or_default();
                    let text = |said| Pii::new(serde_json::to_string(said).unwrap_or_default());
                    match note {
                        LegNote::Came { trunk, said } => draft.came = Some((trunk, "in", now, text(&*said))),
                        LegNote::Went { trunk, said } => draft.came = Some((trunk, "out", now, text(&*said))),
                        LegNote::Ended { status, q850 } => draft.ended = Some((now, status, q850)),
                    }
                    changed.insert(leg);
                }
            }
        }
        let ready: Vec<TrunkLeg> = changed.iter().filter_map(|leg| legs.get(leg).and_then(|d| row(*leg, d))).collect();
        if !ready.is_empty() {
            match operations.keep_trunk_legs(account, &ready).await {
                Ok(()) => ready.iter().for_each(|row| {
                    if let Some(draft) = legs.get_mut(&LegId(row.leg)) {
                        draft.written = true;
                    }
                }),
                Err(fault) => {
                    metrics::counter!("trunk_notes_lost_total").increment(ready.len() as u64);
                    tracing::error!(%fault, "what operators said of calls could not be written");
                }
            }
        }
        // Of legs that are no trunk's only the call is known; they go with the oldest.
        legs.retain(|_, draft| match draft.ended {
            Some((at, ..)) => !draft.written && now.since(at) < NOBODYS,
            None => true,
        });
        while legs.len() > LEGS {
            legs.pop_first();
        }
    }
}

fn row(leg: LegId, draft: &Draft) -> Option<TrunkLeg> {
    let (trunk, direction, at, said) = draft.came.clone()?;
    let (status, q850) = draft.ended.map_or((None, None), |(_, status, q850)| (status, q850));
    Some(TrunkLeg { call: draft.call?, leg: leg.0, trunk, direction: direction.to_owned(), at, said, status, q850 })
}

async fn tell(
    operations: &Operations,
    account: AccountId,
    now: Timestamp,
    trunk: TrunkId,
    health: TrunkHealth,
    newest: &watch::Sender<u64>,
) {
    let (state, status) = match health {
        TrunkHealth::Up => ("up", None),
        TrunkHealth::Down { status } => ("down", status),
        TrunkHealth::Unknown | TrunkHealth::Gone => return,
    };
    match operations.tell_trunk_health(now, account, trunk, state, status).await {
        Ok(seq) => newest.send_modify(|n| *n = (*n).max(u64::try_from(seq).unwrap_or(0))),
        Err(fault) => tracing::error!(%fault, "nobody could be told how a trunk is"),
    }
}
