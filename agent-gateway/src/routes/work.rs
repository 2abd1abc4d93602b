//! Work items that wait, and calls that run: given, picked, ended.

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, AgentId, CallId, WorkItemId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct To {
    agent: Uuid,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct CallEventReply {
    n: i64,
    at: i64,
    /// `started`, `answered`, `queued`, `offered`, `agent_joined`, `sound`, `ended` …
    kind: String,
    detail: serde_json::Value,
}

/// Give a waiting work item to a named agent, past all others.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/work_items/{id}/assign", tag = "work",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = To,
    responses((status = 204), (status = 403, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn assign(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, WorkItemId)>,
    caller: Caller,
    body: Result<Json<To>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::WorkAssign)?;
    let Json(to) = body.map_err(|e| Problem::unreadable(&e))?;
    gateway.orders.assign(caller.who.actor.clone(), id, AgentId(to.agent)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a waiting work item of a queue from which agents pick. The first one gets it, the others learn so (409).
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/work_items/{id}/pick", tag = "work",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn pick(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, WorkItemId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    gateway.orders.pick(caller.who.actor.clone(), caller.agent()?, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// End a running call: one in which I have a part, or anybody's with the right to transfer.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/calls/{id}/hangup", tag = "work",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn hang_up(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, CallId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    if caller.may(account, Permission::ConversationsTransfer).is_err()
        && gateway.operations.call_events(&caller.who.scope, id).await?.is_empty()
    {
        return Err(Problem::not_found("call"));
    }
    gateway.orders.hang_up(caller.who.actor.clone(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Everything that happened in a call, in order; the quality of each party's sound among it.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/calls/{id}/events", tag = "work",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 200, body = Vec<CallEventReply>), (status = 404, body = Problem)))]
pub(crate) async fn events(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, CallId)>,
    caller: Caller,
) -> Result<Json<Vec<CallEventReply>>, Problem> {
    caller.may_read(account)?;
    let scope = &caller.who.scope;
    let found = gateway.operations.call_events(scope, id).await?;
    if found.is_empty() {
        return Err(Problem::not_found("call"));
    }
    let shown = found.into_iter().map(|event| {
        let mut detail: serde_json::Value = serde_json::from_str(event.payload.reveal()).unwrap_or_default();
        crate::masked::hide_numbers(&mut detail, scope);
        CallEventReply { n: event.n, at: event.at.as_millis(), kind: event.kind, detail }
    });
    Ok(Json(shown.collect()))
}
