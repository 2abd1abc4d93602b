//! Alert rules, the warnings they raise, and who has seen to them.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use crate::Gateway;
use crate::caller::Caller;
use crate::limit::limit;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, AlertId, AlertRuleId, Clock as _, QueueId, Timestamp};
use ringdesk_operations::alerts::NamedRule;
use ringdesk_reports::{AlertRule, Watched};
use ringdesk_storage::alerts::Alert;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct AlertRuleReply {
    id: Uuid,
    name: String,
    /// What is watched: `waiting`, `longest_wait`, `service_level`, `ready`, `all_on_break`, `wrap_up`, `no_answers`, `trunk_down`,
    /// `recording_failed`, `disk_days`, `callbacks_overdue`, `low_ratings`,
    /// `texts_in_hand`.
    metric: &'static str,
    threshold: f64,
    /// It is bad when it falls to the threshold, and not when it rises to it.
    below: bool,
    /// Seconds that it must hold.
    #[serde(rename = "for")]
    for_seconds: u32,
    /// Null: any queue.
    queue: Option<Uuid>,
    /// Seconds after its end in which nobody is warned of the same again.
    cool_down: u32,
    enabled: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAlertRule {
    /// At most 64 characters.
    name: String,
    metric: String,
    threshold: f64,
    #[serde(default, rename = "for")]
    for_seconds: u32,
    #[serde(default)]
    queue: Option<Uuid>,
    #[serde(default)]
    cool_down: u32,
    #[serde(default = "yes")]
    enabled: bool,
}

fn yes() -> bool {
    true
}

#[derive(Serialize, ToSchema)]
pub(crate) struct AlertRuleMade {
    id: Uuid,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Also those that have ended and were seen to.
    all: Option<bool>,
    /// Only older ones than this: the last one of the page before.
    before: Option<Uuid>,
    /// 1 to 200; 50 without it.
    limit: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct AlertReply {
    id: Uuid,
    rule: Uuid,
    name: String,
    metric: String,
    /// `queue:<id>`, `agent:<id>`, `trunk:<id>`, `house`.
    subject: String,
    /// When it was raised.
    value: String,
    raised_at: i64,
    ended_at: Option<i64>,
    acknowledged_at: Option<i64>,
    /// The user who has seen to it.
    acknowledged_by: Option<Uuid>,
    /// What they do about it.
    measure: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Measure {
    /// What is done about it; 1 to 500 characters.
    measure: String,
}

/// The rules of the account, by name.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/alert_rules", tag = "alerts", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<AlertRuleReply>), (status = 403, body = Problem)))]
pub(crate) async fn rules(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<AlertRuleReply>>, Problem> {
    caller.may(account, Permission::PerformanceRead)?;
    let shown = |named: NamedRule| AlertRuleReply {
        id: named.id.0,
        name: named.name,
        metric: named.rule.metric.as_str(),
        threshold: named.rule.threshold,
        below: named.rule.metric.is_bad_below(),
        for_seconds: named.rule.for_seconds,
        queue: named.rule.queue.map(|q| q.0),
        cool_down: named.rule.cool_down_seconds,
        enabled: named.enabled,
    };
    Ok(Json(gateway.operations.alert_rules(account).await?.into_iter().map(shown).collect()))
}

/// A new rule.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/alert_rules", tag = "alerts", params(("account_id" = Uuid, Path)),
    request_body = NewAlertRule,
    responses((status = 201, body = AlertRuleMade), (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<NewAlertRule>, JsonRejection>,
) -> Result<(StatusCode, Json<AlertRuleMade>), Problem> {
    caller.may(account, Permission::WorkAssign)?;
    let Json(new) = body.map_err(|e| Problem::unreadable(&e))?;
    let id = put(&gateway, &caller, account, None, new).await?;
    Ok((StatusCode::CREATED, Json(AlertRuleMade { id: id.0 })))
}

/// Another threshold, time, scope or name; or put out of use.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/alert_rules/{id}", tag = "alerts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = NewAlertRule,
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn edit(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, AlertRuleId)>,
    caller: Caller,
    body: Result<Json<NewAlertRule>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::WorkAssign)?;
    let Json(new) = body.map_err(|e| Problem::unreadable(&e))?;
    put(&gateway, &caller, account, Some(id), new).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Watch it no more.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/alert_rules/{id}", tag = "alerts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), responses((status = 204), (status = 404, body = Problem)))]
pub(crate) async fn remove(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, AlertRuleId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::WorkAssign)?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    gateway.operations.remove_alert_rule(now, &who.actor, account, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The warnings that last or that nobody has seen to, the newest first.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/alerts", tag = "alerts", params(("account_id" = Uuid, Path), Which),
    responses((status = 200, body = Vec<AlertReply>), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    query: Result<Query<Which>, QueryRejection>,
) -> Result<Json<Vec<AlertReply>>, Problem> {
    caller.may(account, Permission::PerformanceRead)?;
    let Query(which) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    let limit = limit(which.limit, 50, 200)?;
    let open = !which.all.unwrap_or(false);
    let found = gateway.operations.alerts(account, open, which.before.map(AlertId), limit).await?;
    let shown = |alert: Alert| AlertReply {
        id: alert.id.0,
        rule: alert.rule.0,
        name: alert.name,
        metric: alert.metric,
        subject: alert.subject,
        value: alert.value,
        raised_at: alert.raised_at.as_millis(),
        ended_at: alert.ended_at.map(Timestamp::as_millis),
        acknowledged_at: alert.acknowledged_at.map(Timestamp::as_millis),
        acknowledged_by: alert.acknowledged_by.map(|u| u.0),
        measure: alert.measure,
    };
    Ok(Json(found.into_iter().map(shown).collect()))
}

/// I have seen it, and this is what I do about it.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/alerts/{id}/acknowledge", tag = "alerts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = Measure,
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn acknowledge(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, AlertId)>,
    caller: Caller,
    body: Result<Json<Measure>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::WorkAssign)?;
    let Json(done) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    gateway.operations.acknowledge_alert(now, &who.actor, account, id, &done.measure).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn put(
    gateway: &Gateway,
    caller: &Caller,
    account: AccountId,
    id: Option<AlertRuleId>,
    new: NewAlertRule,
) -> Result<AlertRuleId, Problem> {
    let metric = Watched::parse(&new.metric).ok_or_else(|| Problem::invalid("nothing of this name is watched"))?;
    let rule = AlertRule {
        metric,
        threshold: new.threshold,
        for_seconds: new.for_seconds,
        queue: new.queue.map(QueueId),
        cool_down_seconds: new.cool_down,
    };
    let (now, who) = (gateway.clock.now(), &caller.who);
    Ok(gateway.operations.put_alert_rule(now, &who.actor, account, id, &new.name, &rule, new.enabled).await?)
}
