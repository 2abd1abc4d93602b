//! Work items that wait, and calls that run: given, picked, ended.

use crate::Gateway;
use crate::caller::Caller;
use crate::masked::hide_numbers;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, AgentId, CallId, Clock as _, QueueId, Scope, WorkItemId};
use ringdesk_storage::conversations::CallEventView;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct To {
    pub(crate) agent: Uuid,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct ItemReply {
    id: Uuid,
    queue: Uuid,
    conversation: Uuid,
    call: Option<Uuid>,
    /// `voice`, `text`.
    medium: String,
    /// `waiting`, `offered`, `active`.
    state: String,
    enqueued_at: i64,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct CallEventReply {
    call: Uuid,
    n: i64,
    at: i64,
    /// `started`, `answered`, `queued`, `offered`, `agent_joined`, `sound`, `ended` …
    kind: String,
    detail: serde_json::Value,
}

/// The open work items of my queues, longest waiting first; of all queues with the right to assign.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/work_items", tag = "work", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<ItemReply>), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<ItemReply>>, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let queues = match (caller.may(account, Permission::WorkAssign), caller.who.scope.agent) {
        (Ok(()), _) => None,
        (Err(_), Some(agent)) => Some(gateway.operations.queues_of(account, agent).await?),
        (Err(_), None) => Some(BTreeSet::new()),
    };
    let found = gateway.operations.work_items(account, queues.as_ref()).await?.into_iter().map(|item| ItemReply {
        id: item.id.0,
        queue: item.queue.0,
        conversation: item.conversation.0,
        call: item.call.map(|c| c.0),
        medium: item.medium,
        state: item.state,
        enqueued_at: item.enqueued_at.as_millis(),
    });
    Ok(Json(found.collect()))
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
    if gateway.operations.is_work_of_another(account, id).await? {
        return Err(Problem::not_found("work item"));
    }
    gateway.orders.assign(caller.who.actor.clone(), id, AgentId(to.agent)).await?;
    let after = format!("agent:{}", to.agent);
    note(&gateway, &caller, account, "work.assign", &format!("work_item:{id}"), Some(&after)).await?;
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
    if gateway.operations.is_work_of_another(account, id).await? {
        return Err(Problem::not_found("work item"));
    }
    gateway.orders.pick(caller.who.actor.clone(), caller.agent()?, id).await?;
    note(&gateway, &caller, account, "work.pick", &format!("work_item:{id}"), None).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ToQueue {
    queue: Uuid,
}

/// Let a waiting work item wait in another queue, as long as it has already.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/work_items/{id}/queue", tag = "work",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = ToQueue,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn move_to(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, WorkItemId)>,
    caller: Caller,
    body: Result<Json<ToQueue>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::WorkAssign)?;
    let Json(to) = body.map_err(|e| Problem::unreadable(&e))?;
    if gateway.operations.is_work_of_another(account, id).await? {
        return Err(Problem::not_found("work item"));
    }
    gateway.orders.move_to(caller.who.actor.clone(), id, QueueId(to.queue)).await?;
    let after = format!("queue:{}", to.queue);
    note(&gateway, &caller, account, "work.move", &format!("work_item:{id}"), Some(&after)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Let a waiting work item be the next of its queue.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/work_items/{id}/head", tag = "work",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn move_to_head(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, WorkItemId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::WorkAssign)?;
    if gateway.operations.is_work_of_another(account, id).await? {
        return Err(Problem::not_found("work item"));
    }
    gateway.orders.move_to_head(caller.who.actor.clone(), id).await?;
    note(&gateway, &caller, account, "work.first", &format!("work_item:{id}"), None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// End a running call: one in which I talk, or anybody's with the right to transfer.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/calls/{id}/hangup", tag = "work",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn hang_up(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, CallId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    if gateway.operations.is_call_of_another(account, id).await? {
        return Err(Problem::not_found("call"));
    }
    let mine = match caller.who.scope.agent {
        Some(agent) => gateway.operations.talks_in(account, agent, id).await?,
        None => false,
    };
    if !mine && caller.may(account, Permission::ConversationsTransfer).is_err() {
        return Err(Problem::not_found("call"));
    }
    gateway.orders.hang_up(caller.who.actor.clone(), id).await?;
    note(&gateway, &caller, account, "call.hangup", &format!("call:{id}"), None).await?;
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
    let found = facts(&gateway, &caller.who.scope, id).await?;
    if found.is_empty() {
        return Err(Problem::not_found("call"));
    }
    Ok(Json(found))
}

/// The facts of a call as far as this reader may see them.
pub(super) async fn facts(gateway: &Gateway, scope: &Scope, call: CallId) -> Result<Vec<CallEventReply>, Problem> {
    let shown = |event: CallEventView| {
        let mut detail: serde_json::Value = serde_json::from_str(event.payload.reveal()).unwrap_or_default();
        hide_numbers(&mut detail, scope);
        CallEventReply { call: call.0, n: event.n, at: event.at.as_millis(), kind: event.kind, detail }
    };
    Ok(gateway.operations.call_events(scope, call).await?.into_iter().map(shown).collect())
}

pub(super) async fn note(
    gateway: &Gateway,
    caller: &Caller,
    account: AccountId,
    action: &'static str,
    object: &str,
    after: Option<&str>,
) -> Result<(), Problem> {
    let (now, actor) = (gateway.clock.now(), &caller.who.actor);
    Ok(gateway.operations.note_order(now, actor, account, action, object, after).await?)
}
