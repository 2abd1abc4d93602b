//! How trunks are, and what operators say of calls: told by signaling, shown to people, kept in the store.
//!
//! Nothing waits for it: what does not fit into its buffer is lost and counted, and no call with it.

use ringdesk_agent_gateway::orders::{TrunkFailure, TrunkNow};
use ringdesk_model::{AccountId, CallId, Clock as _, Pii, Timestamp, TrunkId, WallClock};
use ringdesk_operations::Operations;
use ringdesk_operations::trunks::TrunkLeg;
use ringdesk_signaling::{Directory, HopFailure, LegNote, TrunkHealth, TrunkState};
use ringdesk_voice::LegId;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

/// What waits to be written.
pub(crate) const BUFFER: usize = 4_096;
/// Legs that are not over, or belong to no call yet.
const LEGS: usize = 20_000;
/// A leg that is over and got no call is nobody's after this: it was refused at the door.
const NOBODYS: Duration = Duration::from_secs(30);
/// Two forms of one number end alike.
const SAME_END: usize = 8;
/// Of two failures within this time one is because of the other.
const A_MOMENT: Duration = Duration::from_secs(10);
/// The same failure is told again after this.
const OLD_NEWS: Duration = Duration::from_secs(300);
/// What is said of legs within this time is written in one transaction: one for each leg would cost as much as the call's own books.
const GATHER: Duration = Duration::from_millis(200);
/// How often the page for the doctor is written, and how old it may be.
const ROUND: Duration = Duration::from_secs(5);
const FRESH: Duration = Duration::from_secs(20);

pub(crate) enum Entry {
    /// This leg is of this call.
    Of(LegId, CallId),
    Note(LegId, LegNote),
    Health(TrunkId, TrunkHealth),
    Registration(TrunkId, TrunkState),
    Trouble(TrunkId, HopFailure),
}

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Trunks {
    entries: mpsc::Sender<Entry>,
    now: Arc<Mutex<Now>>,
    clock: WallClock,
}

#[derive(Default)]
struct Now {
    trunks: BTreeMap<TrunkId, Known>,
    /// Calls under way, and whether they went out.
    calls: BTreeMap<LegId, (TrunkId, bool)>,
    /// Calls that should come in, by the number of who waits for each: how what they call ends, and over which trunk one came.
    awaited: BTreeMap<u64, (String, Option<TrunkId>)>,
}

/// A call to a number should come in while this is there.
pub(crate) struct Awaited {
    trunks: Trunks,
    number: u64,
}

impl Awaited {
    /// The name of the trunk over which it came.
    pub(crate) fn came_over(&self) -> Option<String> {
        let all = self.trunks.lock();
        let trunk = all.awaited.get(&self.number)?.1?;
        all.trunks.get(&trunk).map(|known| known.name.clone())
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        self.trunks.lock().awaited.remove(&self.number);
    }
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
        let news = match &entry {
            Entry::Health(trunk, health) => {
                self.health(*trunk, *health);
                true
            }
            Entry::Registration(trunk, state) => self.registration(*trunk, *state),
            Entry::Trouble(trunk, why) => self.failed(*trunk, why.as_str(), None, None),
            Entry::Note(leg, note) => {
                self.note(*leg, note);
                true
            }
            Entry::Of(..) => true,
        };
        if news && self.entries.try_send(entry).is_err() {
            metrics::counter!("trunk_notes_lost_total").increment(1);
        }
    }

    fn health(&self, trunk: TrunkId, health: TrunkHealth) {
        if let TrunkHealth::Down { status } = health {
            self.failed(trunk, "options", status, None);
        }
        let mut all = self.lock();
        let Some(known) = all.trunks.get_mut(&trunk) else { return };
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

    /// True: it is worth telling.
    fn registration(&self, trunk: TrunkId, state: TrunkState) -> bool {
        if let TrunkState::Failed { status, .. } = state {
            self.failed(trunk, "registration", status, None);
        }
        let mut all = self.lock();
        let Some(TrunkNow { registered, registration_status, registered_until, .. }) =
            all.trunks.get_mut(&trunk).map(|known| &mut known.now)
        else {
            return false;
        };
        let before = (*registered, *registration_status);
        (*registered, *registration_status, *registered_until) = match state {
            TrunkState::Registered { until } => (Some(true), None, Some(until)),
            TrunkState::Failed { status, .. } => (Some(false), status, None),
            TrunkState::Left => (None, None, None),
        };
        before != (*registered, *registration_status)
    }

    /// Watch for a call to this number, in whichever form it comes.
    pub(crate) fn await_call(&self, number: &str) -> Awaited {
        let mut all = self.lock();
        let next = all.awaited.last_key_value().map_or(0, |(last, _)| last + 1);
        let digits = digits(number);
        let end = digits[digits.len().saturating_sub(SAME_END)..].to_owned();
        all.awaited.insert(next, (end, None));
        drop(all);
        Awaited { trunks: self.clone(), number: next }
    }

    /// True: it is another failure than the last one, or long after it.
    fn failed(&self, trunk: TrunkId, what: &'static str, status: Option<u16>, q850: Option<u8>) -> bool {
        let failure = TrunkFailure { at: self.clock.now(), what, status, q850 };
        let mut all = self.lock();
        let Some(known) = all.trunks.get_mut(&trunk) else { return false };
        let at = failure.at;
        // What nobody answered says less than why nothing got through, which was told a moment before.
        let general = status.is_none() && matches!(what, "registration" | "options" | "call");
        let known_better = |before: &TrunkFailure| {
            !matches!(before.what, "registration" | "options" | "call") && at.since(before.at) < A_MOMENT
        };
        if general && known.now.last_failure.as_ref().is_some_and(known_better) {
            return false;
        }
        let before = known.now.last_failure.replace(failure);
        before.is_none_or(|before| before.what != what || at.since(before.at) > OLD_NEWS)
    }

    /// Calls of now; and of one that went out and came to nothing by the trunk's fault, how it ended.
    fn note(&self, leg: LegId, note: &LegNote) {
        let mut all = self.lock();
        match note {
            LegNote::Came { trunk, .. } | LegNote::Went { trunk, .. } => {
                if let LegNote::Came { said, .. } = note
                    && !all.awaited.is_empty()
                {
                    let called = [&said.request_uri, &said.to].into_iter().chain(&said.called_party);
                    let called: Vec<String> = called.map(|field| digits(user_of(field))).collect();
                    for (end, over) in all.awaited.values_mut() {
                        if called.iter().any(|digits| digits.ends_with(end.as_str())) {
                            *over = Some(*trunk);
                        }
                    }
                }
                let outgoing = matches!(note, LegNote::Went { .. });
                if all.calls.len() < LEGS && all.calls.insert(leg, (*trunk, outgoing)).is_none() {
                    all.count(*trunk, |calls| calls.saturating_add(1));
                }
            }
            LegNote::Ended { status, q850 } => {
                let Some((trunk, outgoing)) = all.calls.remove(&leg) else { return };
                all.count(trunk, |calls| calls.saturating_sub(1));
                drop(all);
                let faulty = match status {
                    Some(status) => matches!(status, 408 | 500..=599),
                    None => matches!(q850, Some(20 | 38 | 41 | 102)),
                };
                if outgoing && faulty {
                    self.failed(trunk, "call", *status, *q850);
                }
            }
        }
    }

    /// These are the trunks from now on.
    pub(crate) fn are(&self, directory: &Directory) {
        let mut now = self.lock();
        let all = &mut now.trunks;
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
        self.lock().trunks.iter().map(|(id, known)| (*id, known.now.clone())).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For the doctor, a line each.
    fn page(&self) -> String {
        let mut page = String::new();
        for Known { name, now } in self.lock().trunks.values() {
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

/// Of an address in whatever form.
fn user_of(field: &str) -> &str {
    let rest = field.split_once(':').map_or(field, |(_, rest)| rest);
    rest.split(['@', ';', '>']).next().unwrap_or(rest)
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

impl Now {
    fn count(&mut self, trunk: TrunkId, change: impl FnOnce(u32) -> u32) {
        if let Some(known) = self.trunks.get_mut(&trunk) {
            known.now.calls = change(known.now.calls);
            metrics::gauge!("trunk_calls", "trunk" => trunk.to_string()).set(f64::from(known.now.calls));
        }
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
    let mut changed = BTreeSet::new();
    let mut due: Option<Instant> = None;
    let mut over = false;
    let mut round = interval(ROUND);
    round.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            taken = inbox.recv_many(&mut batch, 256) => over = taken == 0,
            _ = round.tick() => {
                let (page, path) = (trunks.page(), page_of(&data));
                if let Err(error) = crate::limited::write_private(&path, &page) {
                    tracing::debug!(%error, "the page of trunks could not be written");
                }
            }
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
        }
        let now = trunks.clock.now();
        for entry in batch.drain(..) {
            match entry {
                Entry::Health(trunk, health) => {
                    let said = match health {
                        TrunkHealth::Up => ("up", None, None),
                        TrunkHealth::Down { status } => ("down", status, None),
                        TrunkHealth::Unknown | TrunkHealth::Gone => continue,
                    };
                    tell(&operations, account, now, trunk, said, &newest).await;
                }
                Entry::Registration(trunk, state) => {
                    let said = match state {
                        TrunkState::Registered { .. } => ("registered", None, None),
                        TrunkState::Failed { status, .. } => ("unregistered", status, None),
                        TrunkState::Left => continue,
                    };
                    tell(&operations, account, now, trunk, said, &newest).await;
                }
                Entry::Trouble(trunk, why) => {
                    tell(&operations, account, now, trunk, ("trouble", None, Some(why.as_str())), &newest).await;
                }
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
        if changed.is_empty() && over {
            return;
        }
        if changed.is_empty() || (!over && *due.get_or_insert_with(|| Instant::now() + GATHER) > Instant::now()) {
            continue;
        }
        due = None;
        let ready: Vec<TrunkLeg> =
            std::mem::take(&mut changed).iter().filter_map(|leg| legs.get(leg).and_then(|d| row(*leg, d))).collect();
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
    (state, status, why): (&str, Option<u16>, Option<&str>),
    newest: &watch::Sender<u64>,
) {
    match operations.tell_trunk_health(now, account, trunk, state, status, why).await {
        Ok(seq) => newest.send_modify(|n| *n = (*n).max(u64::try_from(seq).unwrap_or(0))),
        Err(fault) => tracing::error!(%fault, "nobody could be told how a trunk is"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_an_address_in_every_form() {
        for (field, number) in [
            ("sip:+861012345678@bj.ims.example.cn;user=phone", "861012345678"),
            ("<sip:01012345678@10.8.0.1:5060>", "01012345678"),
            ("\"4711\" <tel:+86-10-1234-5678;phone-context=x1>", "861012345678"),
            ("+861012345678", "861012345678"),
        ] {
            assert_eq!(digits(user_of(field)), number, "{field}");
        }
    }
}
