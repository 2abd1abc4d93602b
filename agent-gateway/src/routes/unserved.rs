//! Callers whom nobody served: the list of my queues, and what I missed myself is in `my_day/missed`.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use super::callbacks::{CalledBack, Why};
use crate::Gateway;
use crate::caller::Caller;
use crate::limit::limit;
use crate::masked::Number;
use crate::orders::DialWish;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_conversations::{UnservedKind, mask_number};
use ringdesk_model::{AccountId, Clock as _, QueueId, Scope, Timestamp, UnservedId};
use ringdesk_storage::unserved::{Unserved, Wanted};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

const PAGE: i64 = 50;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Filter {
    /// `open`, `claimed`, `closed`; without it all that are not closed.
    state: Option<String>,
    queue: Option<Uuid>,
    /// `abandoned`, `turned_away`, `voicemail`, `callback_failed`.
    kind: Option<String>,
    /// Only older ones than this: the last one of the page before.
    before: Option<Uuid>,
    /// 1 to 200; 50 without it.
    limit: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct UnservedReply {
    id: Uuid,
    queue: Uuid,
    /// Empty: an anonymous caller.
    number: Number,
    /// `abandoned`, `turned_away`, `voicemail`, `callback_failed`: of the last try.
    kind: &'static str,
    first_at: i64,
    last_at: i64,
    /// How often they tried within a day.
    tries: i64,
    /// The longest of their waits.
    wait_ms: i64,
    /// Of the last try.
    conversation_id: Uuid,
    call: Option<Uuid>,
    /// `open`, `claimed`, `closed`.
    state: String,
    /// Who sees to it.
    agent: Option<Uuid>,
    claimed_at: Option<i64>,
    closed_at: Option<i64>,
    /// `served` (somebody has talked with them since), `heard`, or a reason in words.
    closed_as: Option<String>,
    closed_call: Option<Uuid>,
}

/// Of my queues, the newest first; with the right to everybody's conversations of all.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/unserved", tag = "callbacks", params(("account_id" = Uuid, Path), Filter),
    responses((status = 200, body = Vec<UnservedReply>), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    query: Result<Query<Filter>, QueryRejection>,
) -> Result<Json<Vec<UnservedReply>>, Problem> {
    caller.may_read(account)?;
    let Query(filter) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    let state = match filter.state.as_deref() {
        None | Some("open" | "claimed" | "closed") => filter.state,
        Some(_) => return Err(Problem::invalid("the state is open, claimed or closed")),
    };
    let kind = match filter.kind.as_deref() {
        None => None,
        Some(name) => {
            let kind = UnservedKind::parse(name);
            Some(kind.ok_or_else(|| Problem::invalid("abandoned, turned_away, voicemail or callback_failed"))?)
        }
    };
    let limit = limit(filter.limit, PAGE, 200)?;
    let wanted = Wanted { state, queue: filter.queue.map(QueueId), kind, before: filter.before.map(UnservedId) };
    let scope = &caller.who.scope;
    let found = gateway.operations.unserved(scope, &wanted, limit).await?;
    Ok(Json(found.into_iter().map(|one| shown(one, scope)).collect()))
}

/// See to them myself. The first gets them, the others learn who that is (409).
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/unserved/{id}/claim", tag = "callbacks",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn claim(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, UnservedId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let (now, who, agent) = (gateway.clock.now(), &caller.who, caller.agent()?);
    gateway.operations.claim_unserved(now, &who.actor, &who.scope, id, agent).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give mine back to those of the queue; with the right to assign anybody's.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/unserved/{id}/release", tag = "callbacks",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn release(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, UnservedId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let anyones = caller.may(account, Permission::WorkAssign).is_ok();
    let (now, who) = (gateway.clock.now(), &caller.who);
    gateway.operations.release_unserved(now, &who.actor, &who.scope, id, anyones).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Claim them and call them now: my own telephone rings first. When somebody has talked with them they leave the list.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/unserved/{id}/call", tag = "callbacks",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 202, body = CalledBack), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn call(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, UnservedId)>,
    caller: Caller,
) -> Result<(StatusCode, Json<CalledBack>), Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let (who, agent, operations) = (&caller.who, caller.agent()?, &gateway.operations);
    operations.claim_unserved(gateway.clock.now(), &who.actor, &who.scope, id, agent).await?;
    let one = operations.unserved_one(&who.scope, id).await?;
    if one.number.reveal().is_empty() {
        return Err(Problem::refused("nobody knows their number"));
    }
    let (queue, caller_id) = match operations.calls_out_as(account, agent, Some(one.queue), None).await {
        Ok(found) => found,
        Err(_) => operations.calls_out_as(account, agent, None, None).await?,
    };
    let shown = if who.scope.unmasked { one.number.reveal().clone() } else { mask_number(one.number.reveal()) };
    let extension = operations.extension_of(account, agent).await?.unwrap_or_default();
    let wish = DialWish { agent, extension, dialled: one.number, caller_id, shown, queue, device: None };
    let call = gateway.orders.dial(who.actor.clone(), wish).await?;
    operations.note_unserved_call(gateway.clock.now(), &who.actor, account, id, call).await?;
    Ok((StatusCode::ACCEPTED, Json(CalledBack { call: call.0 })))
}

/// Done some other way, or not wanted.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/unserved/{id}/close", tag = "callbacks",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = Why,
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn close(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, UnservedId)>,
    caller: Caller,
    body: Result<Json<Why>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let Json(why) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    gateway.operations.close_unserved(now, &who.actor, &who.scope, id, why.reason()).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn shown(one: Unserved, scope: &Scope) -> UnservedReply {
    UnservedReply {
        id: one.id.0,
        queue: one.queue.0,
        number: Number::shown(&one.number, scope),
        kind: one.kind.as_str(),
        first_at: one.first_at.as_millis(),
        last_at: one.last_at.as_millis(),
        tries: one.tries,
        wait_ms: one.wait_ms,
        conversation_id: one.conversation.0,
        call: one.call.map(|c| c.0),
        state: one.state,
        agent: one.agent.map(|a| a.0),
        claimed_at: one.claimed_at.map(Timestamp::as_millis),
        closed_at: one.closed_at.map(Timestamp::as_millis),
        closed_as: one.closed_as,
        closed_call: one.closed_call.map(|c| c.0),
    }
}
