//! Reports: the catalogue of metrics, a metric over a period, and the rows behind it.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, AgentId, Channel, Clock as _, InboxId, QueueId, SegmentId, TagId, Timestamp};
use ringdesk_operations::origins::{Mark, Narrowed};
use ringdesk_operations::reports::{Asked, ToldBy};
use ringdesk_reports::{By, Figure, Internal, Key, Metric, Period, Rules, Sample, Unit, Words};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct MetricReply {
    id: &'static str,
    /// `count`, `milliseconds`, `percent`, `stars`.
    unit: &'static str,
    en: WordsReply,
    zh: WordsReply,
    /// From which events: `stays`, `shares`, `presence`, `transfers`, `shares_and_presence`, `invitations`, `answers`,
    /// `offers`.
    source: String,
    /// By what it can be told: `queue`, `agent`, `hour`, `detail`, `channel`, `inbox`, `tag`, `segment`.
    by: Vec<&'static str>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct WordsReply {
    name: &'static str,
    formula: &'static str,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// Milliseconds since 1970 (UTC).
    from: i64,
    /// Before then; now without it.
    to: Option<i64>,
    /// `queue`, `agent`, `hour`, `detail` (outcome or reason); of metrics whose rows are of conversations also `channel`, `inbox`,
    /// `tag` (each of them), `segment` (each that the contact is in by now).
    by: Option<String>,
    queue: Option<Uuid>,
    agent: Option<Uuid>,
    /// Conversations by it alone: `phone`, `web_chat` …
    channel: Option<String>,
    inbox: Option<Uuid>,
    tag: Option<Uuid>,
    /// Those of contacts who are in it by now.
    segment: Option<Uuid>,
    /// What staff ask the house's help desks: `exclude`, `include`, `only`. Without it: left out, unless `channel` or `inbox` names
    /// one.
    internal: Option<String>,
    /// The y of "x % in y s", in seconds; 20 without it.
    answer_within: Option<u32>,
    /// Whoever gives up before so many seconds is no abandoned caller; 5 without it.
    short_abandon: Option<u32>,
    /// How soon a text should first be answered where its inbox says nothing else, in seconds; 45 without it.
    first_answer: Option<u32>,
    /// How soon the first agent should be asked, in seconds; 30 without it.
    offer_within: Option<u32>,
    /// The same for VIPs; 10 without it.
    offer_within_vip: Option<u32>,
    /// Of the reader's zone, in minutes east of UTC: where hours begin.
    zone: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct ReportReply {
    metric: &'static str,
    /// `count`, `milliseconds`, `percent`, `stars`.
    unit: &'static str,
    from: i64,
    to: i64,
    total: FigureReply,
    parts: Vec<FigureReply>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct FigureReply {
    queue: Option<Uuid>,
    agent: Option<Uuid>,
    /// Its beginning.
    hour: Option<i64>,
    detail: Option<String>,
    channel: Option<&'static str>,
    inbox: Option<Uuid>,
    tag: Option<Uuid>,
    segment: Option<Uuid>,
    /// Null: of nothing there is no average.
    value: Option<f64>,
    /// How many rows are behind it.
    rows: usize,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct SampleReply {
    at: i64,
    queue: Option<Uuid>,
    agent: Option<Uuid>,
    conversation_id: Option<Uuid>,
    call: Option<Uuid>,
    /// How long it lasted.
    ms: i64,
    /// It is one of those that count, where the metric tells them apart: answered in time …
    counts: bool,
    /// Outcome, or reason.
    detail: Option<String>,
}

/// Every figure there is: its unit, and its formula in words.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/reports/metrics", tag = "reports", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<MetricReply>), (status = 403, body = Problem)))]
pub(crate) async fn metrics(
    State(_gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<MetricReply>>, Problem> {
    caller.may(account, Permission::QueuesRead)?;
    let words = |words: Words| WordsReply { name: words.name, formula: words.formula };
    let shown = |metric: &Metric| MetricReply {
        id: metric.id(),
        unit: unit(*metric),
        en: words(metric.en()),
        zh: words(metric.zh()),
        source: serde_json::to_value(metric.source())
            .ok()
            .and_then(|s| Some(s.as_str()?.to_owned()))
            .unwrap_or_default(),
        by: told_by(*metric),
    };
    Ok(Json(Metric::ALL.iter().map(shown).collect()))
}

fn told_by(metric: Metric) -> Vec<&'static str> {
    let marks = metric.has_conversations();
    let can = [
        (metric.has_queues(), "queue"),
        (metric.has_agents(), "agent"),
        (true, "hour"),
        (true, "detail"),
        (marks, "channel"),
        (marks, "inbox"),
        (marks, "tag"),
        (marks, "segment"),
    ];
    can.into_iter().filter_map(|(can, by)| can.then_some(by)).collect()
}

/// A metric over a period, whole and in parts.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/reports/{metric}", tag = "reports",
    params(("account_id" = Uuid, Path), ("metric" = String, Path), Wanted),
    responses((status = 200, body = ReportReply), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn report(
    State(gateway): State<Gateway>,
    Path((account, name)): Path<(AccountId, String)>,
    caller: Caller,
    query: Result<Query<Wanted>, QueryRejection>,
) -> Result<Json<ReportReply>, Problem> {
    may_report(&caller, account)?;
    let now = gateway.clock.now();
    let asked = asked(&name, query, now)?;
    let report = gateway.operations.report(now, &caller.who.scope, &asked).await?;
    Ok(Json(ReportReply {
        metric: asked.metric.id(),
        unit: unit(asked.metric),
        from: asked.period.from.as_millis(),
        to: asked.period.to.as_millis(),
        total: figure(report.total),
        parts: report.parts.into_iter().map(figure).collect(),
    }))
}

/// The rows behind it, the newest 500.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/reports/{metric}/rows", tag = "reports",
    params(("account_id" = Uuid, Path), ("metric" = String, Path), Wanted),
    responses((status = 200, body = Vec<SampleReply>), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn rows(
    State(gateway): State<Gateway>,
    Path((account, name)): Path<(AccountId, String)>,
    caller: Caller,
    query: Result<Query<Wanted>, QueryRejection>,
) -> Result<Json<Vec<SampleReply>>, Problem> {
    may_report(&caller, account)?;
    let now = gateway.clock.now();
    let asked = asked(&name, query, now)?;
    let found = gateway.operations.report_rows(now, &caller.who.scope, &asked).await?;
    Ok(Json(found.into_iter().map(sample).collect()))
}

/// Reports are for those who lead or judge; the wider ones of the house for those who manage it.
fn may_report(caller: &Caller, account: AccountId) -> Result<(), Problem> {
    caller.may(account, Permission::PerformanceRead).or_else(|_| caller.may(account, Permission::ReportsRead))
}

fn asked(name: &str, query: Result<Query<Wanted>, QueryRejection>, now: Timestamp) -> Result<Asked, Problem> {
    let Query(wanted) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    let metric = Metric::parse(name).ok_or_else(|| Problem::not_found("metric"))?;
    let zone = wanted.zone.unwrap_or(0);
    if !(-1_440..=1_440).contains(&zone) {
        return Err(Problem::invalid("the zone is at most a day from UTC"));
    }
    let by = match wanted.by.as_deref() {
        None => ToldBy::Row(By::Nothing),
        Some("queue") => ToldBy::Row(By::Queue),
        Some("agent") => ToldBy::Row(By::Agent),
        Some("hour") => ToldBy::Row(By::Hour { shift_us: zone * 60_000_000 }),
        Some("detail") => ToldBy::Row(By::Detail),
        Some("channel") => ToldBy::Mark(Mark::Channel),
        Some("inbox") => ToldBy::Mark(Mark::Inbox),
        Some("tag") => ToldBy::Mark(Mark::Tag),
        Some("segment") => ToldBy::Mark(Mark::Segment),
        Some(_) => {
            return Err(Problem::invalid("by queue, agent, hour, detail, channel, inbox, tag or segment"));
        }
    };
    let default = Rules::default();
    let seconds = |given: Option<u32>, default| given.map_or(default, |s| Duration::from_secs(s.min(86_400).into()));
    Ok(Asked {
        metric,
        period: period(wanted.from, wanted.to, now),
        by,
        queue: wanted.queue.map(QueueId),
        agent: wanted.agent.map(AgentId),
        narrowed: Narrowed {
            channel: wanted.channel.as_deref().map(channel_named).transpose()?,
            inbox: wanted.inbox.map(InboxId),
            tag: wanted.tag.map(TagId),
            segment: wanted.segment.map(SegmentId),
        },
        internal: internal_named(wanted.internal.as_deref())?,
        rules: Rules {
            answer_within: seconds(wanted.answer_within, default.answer_within),
            short_abandon: seconds(wanted.short_abandon, default.short_abandon),
            first_answer: seconds(wanted.first_answer, default.first_answer),
            offer_within: seconds(wanted.offer_within, default.offer_within),
            offer_within_vip: seconds(wanted.offer_within_vip, default.offer_within_vip),
        },
    })
}

pub(super) fn channel_named(name: &str) -> Result<Channel, Problem> {
    Channel::parse(name).ok_or_else(|| Problem::invalid(format!("no channel `{name}`")))
}

/// Whether conversations with help desks count; `None`: nothing is said of it.
pub(super) fn internal_named(name: Option<&str>) -> Result<Option<Internal>, Problem> {
    let no_such = || Problem::invalid("internal is exclude, include or only");
    name.map(|name| Internal::parse(name).ok_or_else(no_such)).transpose()
}

/// Until now is: with what happens in this moment.
pub(super) fn period(from: i64, to: Option<i64>, now: Timestamp) -> Period {
    let moment = |ms: i64| Timestamp(ms.saturating_mul(1_000));
    Period { from: moment(from), to: to.map_or(Timestamp(now.0 + 1), moment) }
}

pub(super) fn unit(metric: Metric) -> &'static str {
    match metric.unit() {
        Unit::Count => "count",
        Unit::Milliseconds => "milliseconds",
        Unit::Percent => "percent",
        Unit::Stars => "stars",
    }
}

pub(super) fn figure(figure: Figure) -> FigureReply {
    let nothing = FigureReply {
        queue: None,
        agent: None,
        hour: None,
        detail: None,
        channel: None,
        inbox: None,
        tag: None,
        segment: None,
        value: figure.value,
        rows: figure.rows,
    };
    match figure.key {
        Key::All => nothing,
        Key::Queue(queue) => FigureReply { queue: Some(queue.0), ..nothing },
        Key::Agent(agent) => FigureReply { agent: Some(agent.0), ..nothing },
        Key::Hour(at) => FigureReply { hour: Some(at.as_millis()), ..nothing },
        Key::Detail(detail) => FigureReply { detail: Some(detail), ..nothing },
        Key::Channel(channel) => FigureReply { channel: Some(channel.as_str()), ..nothing },
        Key::Inbox(inbox) => FigureReply { inbox: Some(inbox.0), ..nothing },
        Key::Tag(tag) => FigureReply { tag: Some(tag.0), ..nothing },
        Key::Segment(segment) => FigureReply { segment: Some(segment.0), ..nothing },
    }
}

pub(super) fn sample(row: Sample) -> SampleReply {
    SampleReply {
        at: row.at.as_millis(),
        queue: row.queue.map(|q| q.0),
        agent: row.agent.map(|a| a.0),
        conversation_id: row.conversation.map(|c| c.0),
        call: row.call.map(|c| c.0),
        ms: row.us / 1_000,
        counts: row.hit,
        detail: row.detail,
    }
}
