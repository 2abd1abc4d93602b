//! An agent's own day against the team's median.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use super::reports::{FigureReply, SampleReply, figure, internal_named, period, sample, unit};
use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _};
use ringdesk_operations::origins::Narrowed;
use ringdesk_operations::reports::{Asked, OfMyDay, ToldBy};
use ringdesk_reports::{By, Metric, Rules};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Day {
    /// My midnight, in milliseconds since 1970 (UTC).
    from: i64,
    /// Before then; now without it.
    to: Option<i64>,
    /// What colleagues asked the house's help desks: `exclude` (so without it), `include`, `only`.
    internal: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct MyDayReply {
    /// Of the catalogue.
    metric: &'static str,
    unit: &'static str,
    /// Null: of nothing there is no average.
    value: Option<f64>,
    /// How many rows are behind it.
    rows: usize,
    /// Of the agents of my queues who were there, me among them.
    median: Option<f64>,
    team: usize,
    /// By reason or outcome, where there are several.
    parts: Vec<FigureReply>,
}

/// My figures, and how the team stands.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/my_day", tag = "reports",
    params(("account_id" = Uuid, Path), Day),
    responses((status = 200, body = Vec<MyDayReply>), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn read(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    query: Result<Query<Day>, QueryRejection>,
) -> Result<Json<Vec<MyDayReply>>, Problem> {
    caller.may(account, Permission::PresenceOwn)?;
    let Query(day) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    let (now, agent) = (gateway.clock.now(), caller.agent()?);
    let by = (&Rules::default(), internal_named(day.internal.as_deref())?.unwrap_or_default());
    let found = gateway.operations.my_day(now, account, agent, period(day.from, day.to, now), by).await?;
    let shown = |one: OfMyDay| MyDayReply {
        metric: one.metric.id(),
        unit: unit(one.metric),
        value: one.mine.value,
        rows: one.mine.rows,
        median: one.median,
        team: one.team,
        parts: one.parts.into_iter().map(figure).collect(),
    };
    Ok(Json(found.into_iter().map(shown).collect()))
}

/// My rows behind one of them, the newest 500.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/my_day/{metric}", tag = "reports",
    params(("account_id" = Uuid, Path), ("metric" = String, Path), Day),
    responses((status = 200, body = Vec<SampleReply>), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn rows(
    State(gateway): State<Gateway>,
    Path((account, name)): Path<(AccountId, String)>,
    caller: Caller,
    query: Result<Query<Day>, QueryRejection>,
) -> Result<Json<Vec<SampleReply>>, Problem> {
    caller.may(account, Permission::PresenceOwn)?;
    let Query(day) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    let metric = Metric::parse(&name).filter(|m| m.has_agents()).ok_or_else(|| Problem::not_found("metric"))?;
    let (now, agent) = (gateway.clock.now(), caller.agent()?);
    let asked = Asked {
        metric,
        period: period(day.from, day.to, now),
        by: ToldBy::Row(By::Nothing),
        queue: None,
        agent: Some(agent),
        narrowed: Narrowed::default(),
        internal: internal_named(day.internal.as_deref())?,
        rules: Rules::default(),
    };
    let found = gateway.operations.report_rows(now, &caller.who.scope, &asked).await?;
    Ok(Json(found.into_iter().map(sample).collect()))
}
