//! One person, two files: made one, and two again.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _, ContactId, MergeId, Timestamp};
use ringdesk_storage::contact_merges::Merge;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct MergeReply {
    id: Uuid,
    /// The file that went into this one.
    gone: Uuid,
    at: i64,
    /// The user who did it.
    by: Option<Uuid>,
    undone_at: Option<i64>,
    identities: usize,
    conversations: usize,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MergeWish {
    /// The file that is to become a part of this one.
    gone: Uuid,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct MergeMade {
    id: Uuid,
}

/// What went into this file, newest first.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/contacts/{id}/merges", tag = "contacts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 200, body = Vec<MergeReply>), (status = 404, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ContactId)>,
    caller: Caller,
) -> Result<Json<Vec<MergeReply>>, Problem> {
    caller.may_read(account)?;
    let shown = |merge: Merge| MergeReply {
        id: merge.id.0,
        gone: merge.gone.0,
        at: merge.at.as_millis(),
        by: merge.by.map(|u| u.0),
        undone_at: merge.undone_at.map(Timestamp::as_millis),
        identities: merge.moved.identities.len(),
        conversations: merge.moved.conversations.len(),
    };
    Ok(Json(gateway.operations.merges_of(&caller.who.scope, id).await?.into_iter().map(shown).collect()))
}

/// Let everything of another file become a part of this one. Talks that go on go on.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/contacts/{id}/merges", tag = "contacts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = MergeWish,
    responses((status = 201, body = MergeMade), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn merge(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ContactId)>,
    caller: Caller,
    body: Result<Json<MergeWish>, JsonRejection>,
) -> Result<(StatusCode, Json<MergeMade>), Problem> {
    caller.may(account, Permission::ContactsMerge)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    let made = gateway.operations.merge_contacts(now, &who.actor, &who.scope, id, ContactId(wish.gone)).await?;
    gateway.orders.rows_changed().await;
    Ok((StatusCode::CREATED, Json(MergeMade { id: made.0 })))
}

/// Take a merge back: what moved goes back, and what came since by what goes back goes along.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/contact_merges/{id}", tag = "contacts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn undo(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, MergeId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ContactsMerge)?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    gateway.operations.undo_merge(now, &who.actor, &who.scope, id).await?;
    gateway.orders.rows_changed().await;
    Ok(StatusCode::NO_CONTENT)
}
