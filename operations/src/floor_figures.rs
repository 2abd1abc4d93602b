//! Figures of the day for the watched floor: read again when they are older than a few seconds, for everybody who watches.

use crate::reports::{events, first_answers, first_offers, sift};
use crate::{OperationError, Operations};
use ringdesk_model::{AccountId, AgentId, QueueId, Timestamp};
use ringdesk_reports::{By, Events, Internal, Key, Metric, Period, Rules, Source, figures, samples};
use ringdesk_storage::{agents, callbacks, report_rows};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How old figures may be that are shown as those of now.
pub const FRESH: Duration = Duration::from_secs(3);
/// Unfilled dispositions are of the last day: later nobody can fill them in.
const FILLABLE: Duration = Duration::from_secs(24 * 3_600);
/// Beginnings of a day that are kept: people watch from several zones.
const DAYS: usize = 32;

/// The day so far, by queue and by agent.
#[derive(Clone, Debug, Default)]
pub struct DayFigures {
    /// When they were read.
    pub at: Timestamp,
    pub since: Timestamp,
    pub queues: BTreeMap<QueueId, BTreeMap<Metric, f64>>,
    pub agents: BTreeMap<AgentId, BTreeMap<Metric, f64>>,
    pub all: BTreeMap<Metric, f64>,
    /// Promised callbacks that are not kept yet, and those of them whose time is over.
    pub callbacks: BTreeMap<QueueId, (i64, i64)>,
    /// Shares of calls without the disposition that their queue wants.
    pub unfilled: BTreeMap<AgentId, i64>,
}

type Kept = BTreeMap<(AccountId, i64, Internal), Arc<DayFigures>>;

/// What was read last, for each account and beginning of the day, with and without help desks.
#[derive(Debug, Default)]
pub(crate) struct FloorFigures(Mutex<Kept>);

const OF_QUEUES: &[Metric] = &[
    Metric::Queued,
    Metric::Answered,
    Metric::Abandoned,
    Metric::Unanswered,
    Metric::WaitAverage,
    Metric::WaitMax,
    Metric::ServiceLevel,
    Metric::AnsweredInTime,
    Metric::OfferedInTime,
    Metric::Satisfaction,
];
const OF_AGENTS: &[Metric] =
    &[Metric::Handled, Metric::Missed, Metric::HandleAverage, Metric::LoggedIn, Metric::Occupancy];

impl Operations {
    /// Since a moment (the reader's midnight), not older than [`FRESH`].
    pub async fn day_figures(
        &self,
        now: Timestamp,
        account: AccountId,
        since: Timestamp,
        internal: Internal,
    ) -> Result<Arc<DayFigures>, OperationError> {
        let place = (account, since.0, internal);
        let kept = self.floor_figures.0.lock().unwrap_or_else(PoisonError::into_inner).get(&place).cloned();
        if let Some(kept) = kept.filter(|kept| now.since(kept.at) < FRESH) {
            return Ok(kept);
        }
        let (mut tx, key) = self.read(account).await?;
        let period = Period { from: since, to: Timestamp(now.0 + 1) };
        let mut events = events(&mut tx, &key, period, Source::SharesAndPresence, Internal::Include).await?;
        events.answers = first_answers(&mut tx, account, (period.from, period.to)).await?;
        events.offers = first_offers(&mut tx, account, (period.from, period.to)).await?;
        sift(&mut tx, account, period, internal, &mut events).await?;
        let required: BTreeSet<QueueId> = agents::queues(&mut tx, account)
            .await?
            .into_iter()
            .filter(crate::dispositions::is_required)
            .map(|queue| queue.id)
            .collect();
        let recent = Timestamp(now.0 - i64::try_from(FILLABLE.as_micros()).unwrap_or(0));
        let open = report_rows::unfilled(&mut tx, account, recent).await?;
        let owed = callbacks::open_by_queue(&mut tx, account, now).await?;
        drop(tx);
        let mut read = day(now, period, &events, &required, &open);
        read.callbacks.extend(owed.into_iter().map(|(queue, open, overdue)| (queue, (open, overdue))));
        let read = Arc::new(read);
        let mut all = self.floor_figures.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= DAYS && !all.contains_key(&place) {
            all.retain(|_, kept| now.since(kept.at) < FRESH);
        }
        if all.len() < DAYS || all.contains_key(&place) {
            all.insert(place, read.clone());
        }
        Ok(read)
    }
}

fn day(
    now: Timestamp,
    period: Period,
    events: &Events,
    required: &BTreeSet<QueueId>,
    open: &[(AgentId, QueueId, i64)],
) -> DayFigures {
    let rules = Rules::default();
    let mut day = DayFigures { at: now, since: period.from, ..DayFigures::default() };
    for metric in OF_QUEUES.iter().chain(OF_AGENTS) {
        let rows = samples(*metric, events, &rules, period, now);
        let whole = figures(*metric, &rows, By::Nothing).remove(0);
        day.all.extend(whole.value.map(|value| (*metric, value)));
        let by = if OF_QUEUES.contains(metric) { By::Queue } else { By::Agent };
        for figure in figures(*metric, &rows, by) {
            let Some(value) = figure.value else { continue };
            match figure.key {
                Key::Queue(queue) => {
                    day.queues.entry(queue).or_default().insert(*metric, value);
                }
                Key::Agent(agent) => {
                    day.agents.entry(agent).or_default().insert(*metric, value);
                }
                _ => {}
            }
        }
    }
    for (agent, _, n) in open.iter().filter(|(_, queue, _)| required.contains(queue)) {
        *day.unfilled.entry(*agent).or_default() += n;
    }
    day
}
