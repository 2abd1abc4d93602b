//! Figures: of a period, of a day of one agent, and of the floor. All of them are read from the same events by the laws of
//! `core/reports`.

use crate::origins::{Mark, Narrowed, Origins};
use crate::text_inboxes::TextSettings;
use crate::{OperationError, Operations};
use ringdesk_conversations::CallSheet;
use ringdesk_model::{
    AccountId, AgentId, CallId, Channel, ConversationId, InboxId, QueueId, Scope, Timestamp, WorkOutcome,
};
use ringdesk_reports::{
    Asked as Invited, By, Events, Figure, FirstAnswer, FirstOffer, Internal, Key, Metric, Period, Rules, Sample, Share,
    Source, Stay, figures, figures_by, median, samples,
};
use ringdesk_storage::report_rows::{self, SheetRow};
use ringdesk_storage::{Tx, agents, help_desk, place_rows, satisfaction, text_inboxes};
use ringdesk_vault::AccountKey;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Sheets opened at once.
const STEP: i64 = 1_000;
/// Calls of one report; who asks for more is told so.
const MOST: usize = 200_000;
/// The longest period.
const LONGEST: Duration = Duration::from_secs(400 * 24 * 3_600);
/// Rows behind a figure that are shown at once.
pub const ROWS: usize = 500;

/// What a report is asked.
#[derive(Clone, Debug)]
pub struct Asked {
    pub metric: Metric,
    pub period: Period,
    pub by: ToldBy,
    pub queue: Option<QueueId>,
    pub agent: Option<AgentId>,
    /// Which conversations count.
    pub narrowed: Narrowed,
    /// Whether those with help desks of the house do. `None`: where their channel or inbox is what it is narrowed to.
    pub internal: Option<Internal>,
    pub rules: Rules,
}

/// What is told apart: by what a row says of itself, or by what is known of its conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToldBy {
    Row(By),
    Mark(Mark),
}

#[derive(Clone, Debug)]
pub struct Report {
    /// Of everything; with a key for each part if it was asked so.
    pub total: Figure,
    pub parts: Vec<Figure>,
}

/// One figure of an agent's day, and how the team stands.
#[derive(Clone, Debug)]
pub struct OfMyDay {
    pub metric: Metric,
    pub mine: Figure,
    /// Of those who work in one of my queues and were there that day, myself among them.
    pub median: Option<f64>,
    pub team: usize,
    /// By reason or outcome, where there are several.
    pub parts: Vec<Figure>,
}

/// Of an agent's day.
const MY_DAY: &[Metric] = &[
    Metric::Handled,
    Metric::Missed,
    Metric::TextsHandled,
    Metric::TextsMissed,
    Metric::Talk,
    Metric::Hold,
    Metric::TimeWrapUp,
    Metric::HandleAverage,
    Metric::TimeReady,
    Metric::TimeNotReady,
    Metric::TimeOffered,
    Metric::TimeTalking,
    Metric::TimeHold,
    Metric::TimeReconnecting,
    Metric::LoggedIn,
    Metric::Occupancy,
    Metric::Transfers,
    Metric::Satisfaction,
    Metric::Satisfied,
];

impl Operations {
    /// A metric over a period, whole and in parts.
    pub async fn report(&self, now: Timestamp, scope: &Scope, asked: &Asked) -> Result<Report, OperationError> {
        let (rows, origins) = self.report_samples(now, scope.account, asked).await?;
        let total = figures(asked.metric, &rows, By::Nothing).remove(0);
        let parts = match asked.by {
            ToldBy::Row(By::Nothing) => Vec::new(),
            ToldBy::Row(by) => figures(asked.metric, &rows, by),
            ToldBy::Mark(mark) => figures_by(asked.metric, &rows, |row| {
                row.conversation.map(|id| origins.keys(mark, id)).unwrap_or_default()
            }),
        };
        Ok(Report { total, parts })
    }

    /// The rows behind it, the newest first.
    pub async fn report_rows(
        &self,
        now: Timestamp,
        scope: &Scope,
        asked: &Asked,
    ) -> Result<Vec<Sample>, OperationError> {
        let (mut rows, _) = self.report_samples(now, scope.account, asked).await?;
        rows.sort_by_key(|row| std::cmp::Reverse(row.at));
        rows.truncate(ROWS);
        Ok(rows)
    }

    async fn report_samples(
        &self,
        now: Timestamp,
        account: AccountId,
        asked: &Asked,
    ) -> Result<(Vec<Sample>, Origins), OperationError> {
        check(asked)?;
        let (mut tx, key) = self.read(account).await?;
        let internal = match asked.internal {
            Some(internal) => internal,
            None => implied(&mut tx, account, &asked.narrowed).await?,
        };
        let events = events(&mut tx, &key, asked.period, asked.metric.source(), internal).await?;
        let mut rows = samples(asked.metric, &events, &asked.rules, asked.period, now);
        rows.retain(|row| {
            asked.queue.is_none_or(|queue| row.queue == Some(queue))
                && asked.agent.is_none_or(|agent| row.agent == Some(agent))
        });
        let by = match asked.by {
            ToldBy::Mark(mark) => Some(mark),
            ToldBy::Row(_) => None,
        };
        if by.is_none() && asked.narrowed.is_all() {
            return Ok((rows, Origins::default()));
        }
        let conversations: BTreeSet<ConversationId> = rows.iter().filter_map(|row| row.conversation).collect();
        let origins = Origins::look_up(&mut tx, &key, now, conversations, (by, &asked.narrowed)).await?;
        rows.retain(|row| row.conversation.is_some_and(|id| origins.holds(&asked.narrowed, id)));
        Ok((rows, origins))
    }

    /// The day of an agent against the team's median.
    pub async fn my_day(
        &self,
        now: Timestamp,
        account: AccountId,
        agent: AgentId,
        period: Period,
        (rules, internal): (&Rules, Internal),
    ) -> Result<Vec<OfMyDay>, OperationError> {
        let (mut tx, key) = self.read(account).await?;
        let members = agents::queue_agents(&mut tx, account).await?;
        let queues: BTreeSet<QueueId> = members.iter().filter(|m| m.agent == agent).map(|m| m.queue).collect();
        let team: BTreeSet<AgentId> = members.iter().filter(|m| queues.contains(&m.queue)).map(|m| m.agent).collect();
        let events = events(&mut tx, &key, period, Source::SharesAndPresence, internal).await?;
        let of = |metric: Metric| {
            let rows = samples(metric, &events, rules, period, now);
            let mine: Vec<Sample> = rows.iter().filter(|row| row.agent == Some(agent)).cloned().collect();
            (figures(metric, &rows, By::Agent), mine)
        };
        let there: BTreeSet<AgentId> = of(Metric::LoggedIn)
            .0
            .into_iter()
            .filter_map(|figure| match figure.key {
                Key::Agent(one) if team.contains(&one) || one == agent => Some(one),
                _ => None,
            })
            .collect();
        let day = MY_DAY.iter().map(|metric| {
            let (by_agent, mine) = of(*metric);
            let values: BTreeMap<Key, Option<f64>> = by_agent.into_iter().map(|f| (f.key, f.value)).collect();
            // Who was there and did nothing of it counts as nothing, where nothing is a number.
            let nothing = figures(*metric, &[], By::Nothing).remove(0).value;
            let value = |one: &AgentId| values.get(&Key::Agent(*one)).copied().unwrap_or(nothing);
            let parts = if matches!(metric, Metric::Missed | Metric::TextsMissed | Metric::TimeNotReady) {
                figures(*metric, &mine, By::Detail)
            } else {
                Vec::new()
            };
            OfMyDay {
                metric: *metric,
                mine: figures(*metric, &mine, By::Nothing).remove(0),
                median: median(there.iter().filter_map(value).collect()),
                team: there.len(),
                parts,
            }
        });
        Ok(day.collect())
    }
}

fn check(asked: &Asked) -> Result<(), OperationError> {
    let no = |why: &str| Err(OperationError::Invalid(why.to_owned()));
    let Period { from, to } = asked.period;
    match asked.by {
        _ if from > to => no("from lies after to"),
        _ if to.since(from) > LONGEST => no("a report spans at most 400 days"),
        ToldBy::Row(By::Queue) if !asked.metric.has_queues() => no("this metric is not told by queue"),
        ToldBy::Row(By::Agent) if !asked.metric.has_agents() => no("this metric is not told by agent"),
        ToldBy::Mark(_) if !asked.metric.has_conversations() => no("this metric is not one of conversations"),
        _ if !asked.narrowed.is_all() && !asked.metric.has_conversations() => {
            no("this metric is not one of conversations")
        }
        _ if asked.internal == Some(Internal::Only) && !asked.metric.has_conversations() => {
            no("this metric is not one of conversations")
        }
        _ if asked.queue.is_some() && !asked.metric.has_queues() => no("this metric is not told by queue"),
        _ if asked.agent.is_some() && !asked.metric.has_agents() => no("this metric is not told by agent"),
        _ => Ok(()),
    }
}

/// Who narrows a report to a help desk has chosen it.
async fn implied(tx: &mut Tx, account: AccountId, to: &Narrowed) -> Result<Internal, OperationError> {
    let is_chosen = match to.inbox {
        _ if to.channel == Some(Channel::HelpDesk) => true,
        Some(id) => {
            let all = text_inboxes::all(tx, account).await?;
            all.iter().any(|inbox| inbox.id == id && inbox.channel == Channel::HelpDesk)
        }
        None => false,
    };
    Ok(if is_chosen { Internal::Include } else { Internal::Exclude })
}

/// Take away what does not count of what happened in a period.
pub(crate) async fn sift(
    tx: &mut Tx,
    account: AccountId,
    period: Period,
    internal: Internal,
    events: &mut Events,
) -> Result<(), OperationError> {
    if internal != Internal::Include {
        let ours = help_desk::internal(tx, account, (period.from, period.to)).await?;
        internal.sift(events, &ours);
    }
    Ok(())
}

/// Everything that happened in a period, as far as a source needs it.
pub(crate) async fn events(
    tx: &mut Tx,
    key: &AccountKey,
    period: Period,
    source: Source,
    internal: Internal,
) -> Result<Events, OperationError> {
    let within = (period.from, period.to);
    let mut events = Events::default();
    if matches!(source, Source::Stays | Source::Shares | Source::SharesAndPresence) {
        let (mut after, mut calls) = (None::<CallId>, 0);
        loop {
            let page = report_rows::sheets(tx, key, within, after, STEP).await?;
            calls += page.len();
            if calls > MOST {
                return Err(OperationError::Invalid("too many calls for one report: ask for a shorter period".into()));
            }
            after = page.last().map(|row| row.call);
            page.iter().for_each(|row| read(row, &mut events));
            if page.len() < usize::try_from(STEP).unwrap_or(0) {
                break;
            }
        }
    }
    if matches!(source, Source::Stays | Source::SharesAndPresence) {
        events.stays.extend(report_rows::text_stays(tx, key.account(), within, MOST as i64).await?);
    }
    if matches!(source, Source::Presence | Source::SharesAndPresence) {
        events.presence = report_rows::presence(tx, key.account(), within).await?;
    }
    if matches!(source, Source::Transfers | Source::SharesAndPresence) {
        events.transfers = report_rows::transfers(tx, key.account(), within).await?;
    }
    if matches!(source, Source::Hands | Source::SharesAndPresence) {
        events.hands = report_rows::hands(tx, key.account(), within, MOST as i64).await?;
    }
    if matches!(source, Source::TextOffers | Source::SharesAndPresence) {
        events.text_offers = report_rows::text_offers(tx, key.account(), within, MOST as i64).await?;
    }
    if matches!(source, Source::Invitations | Source::SharesAndPresence) {
        let found = satisfaction::asked(tx, key.account(), within, MOST as i64).await?;
        events.asked.extend(found.into_iter().map(|one| Invited {
            conversation: one.conversation,
            agent: one.agent,
            queue: one.queue,
            at: one.at,
            stars: one.stars,
        }));
    }
    if source == Source::Answers {
        events.answers = first_answers(tx, key.account(), within).await?;
    }
    if source == Source::Offers {
        events.offers = first_offers(tx, key.account(), within).await?;
    }
    if source == Source::Places {
        events.places = place_rows::of_period(tx, key.account(), within, MOST as i64).await?;
    }
    sift(tx, key.account(), period, internal, &mut events).await?;
    Ok(events)
}

pub(crate) async fn first_offers(
    tx: &mut Tx,
    account: AccountId,
    within: (Timestamp, Timestamp),
) -> Result<Vec<FirstOffer>, OperationError> {
    Ok(report_rows::first_offers(tx, account, within, MOST as i64).await?)
}

/// With the time that each inbox names now.
pub(crate) async fn first_answers(
    tx: &mut Tx,
    account: AccountId,
    within: (Timestamp, Timestamp),
) -> Result<Vec<FirstAnswer>, OperationError> {
    let all = text_inboxes::all(tx, account).await?;
    let limit = |inbox: &text_inboxes::TextInbox| {
        TextSettings::of(inbox).answer_within.map(|seconds| (inbox.id, Duration::from_secs(seconds.into())))
    };
    let limits: BTreeMap<InboxId, Duration> = all.iter().filter_map(limit).collect();
    let found = report_rows::first_answers(tx, account, within, MOST as i64).await?;
    let promised = |(inbox, answer): (Option<InboxId>, FirstAnswer)| FirstAnswer {
        within: inbox.and_then(|inbox| limits.get(&inbox).copied()),
        ..answer
    };
    Ok(found.into_iter().map(promised).collect())
}

/// A sheet's stays and shares. What was open when the call ended (a server died) ended with it.
fn read(row: &SheetRow, events: &mut Events) {
    let Some(sheet) = row.sheet.as_ref().and_then(|s| serde_json::from_str::<CallSheet>(s.reveal()).ok()) else {
        return;
    };
    let (conversation, call, ended) = (row.conversation, row.call, row.ended_at);
    events.stays.extend(sheet.queue_spells.iter().map(|spell| Stay {
        conversation,
        call: Some(call),
        queue: spell.queue,
        at: spell.queued_at,
        left_at: spell.left_at.or(ended),
        outcome: spell.outcome.or(ended.map(|_| WorkOutcome::Abandoned)),
    }));
    events.shares.extend(sheet.participations.iter().map(|part| Share {
        conversation,
        call,
        offer: part.offer,
        agent: part.agent,
        queue: part.queue,
        offered_at: part.offered_at,
        offer_ended_at: part.offer_ended_at.or(ended),
        offer_outcome: part.offer_outcome.clone(),
        joined_at: part.joined_at,
        left_at: part.left_at.or(ended),
        hold_us: part.hold_us,
        consults: part.consults,
    }));
}
