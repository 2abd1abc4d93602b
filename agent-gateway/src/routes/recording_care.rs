//! Which queues are recorded, what must be kept, and what must not be heard any more.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use super::inboxes::Recording;
use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_conversations::RecordingRule;
use ringdesk_model::{AccountId, Clock as _, QueueId, RecordingId};
use serde::Deserialize;
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Because {
    /// A sentence, for the audit.
    reason: String,
}

/// When the calls of a queue are recorded, from the next one on. In the queue its rule takes the place of the number's.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/queues/{id}/recording", tag = "queues",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = Recording,
    responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn record(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, QueueId)>,
    caller: Caller,
    body: Result<Json<Recording>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::QueuesEdit)?;
    let Json(Recording { start, policy }) = body.map_err(|e| Problem::unreadable(&e))?;
    set_rule(&gateway, &caller, account, id, Some(RecordingRule { start, policy })).await
}

/// As the number says that was dialled.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/queues/{id}/recording", tag = "queues",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), responses((status = 204), (status = 404, body = Problem)))]
pub(crate) async fn record_as_the_number(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, QueueId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::QueuesEdit)?;
    set_rule(&gateway, &caller, account, id, None).await
}

/// Keep it, whatever becomes of others: a legal hold. Until it is released nobody erases the recording.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/recordings/{id}/hold", tag = "recordings",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = Because,
    responses((status = 204), (status = 404, body = Problem), (status = 410, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn hold(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, RecordingId)>,
    caller: Caller,
    body: Result<Json<Because>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::RecordingsErase)?;
    let Json(Because { reason }) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    gateway.operations.hold_recording(now, &who.actor, &who.scope, id, Some(&reason)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The legal hold is over.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/recordings/{id}/hold", tag = "recordings",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 410, body = Problem)))]
pub(crate) async fn release(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, RecordingId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::RecordingsErase)?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    gateway.operations.hold_recording(now, &who.actor, &who.scope, id, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Erase it: sound, transcripts, and their words in the search. That it was there, and who erased it why, stays.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/recordings/{id}/erase", tag = "recordings",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = Because,
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem), (status = 410, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn erase(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, RecordingId)>,
    caller: Caller,
    body: Result<Json<Because>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::RecordingsErase)?;
    let Json(Because { reason }) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    let row = gateway.operations.erase_recording(now, &who.actor, &who.scope, id, &reason).await?;
    gateway.archive.forget(row).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn set_rule(
    gateway: &Gateway,
    caller: &Caller,
    account: AccountId,
    id: QueueId,
    rule: Option<RecordingRule>,
) -> Result<StatusCode, Problem> {
    gateway.operations.set_queue_recording_rule(gateway.clock.now(), &caller.who.actor, account, id, rule).await?;
    gateway.orders.rows_changed().await;
    Ok(StatusCode::NO_CONTENT)
}
