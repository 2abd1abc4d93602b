//! The account's tags, and marking conversations with them.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _, ConversationId, TagId};
use ringdesk_operations::tags::TagEdit;
use ringdesk_storage::tags::Tag;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct TagReply {
    id: Uuid,
    name: String,
    /// `#d46b08`, or null.
    colour: Option<String>,
    /// Out of use it stays where it is, and is not given anew.
    active: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTag {
    /// One line of at most 64 characters.
    name: String,
    /// `#d46b08`.
    #[serde(default)]
    colour: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangedTag {
    #[serde(default)]
    name: Option<String>,
    /// `#d46b08`; empty: none.
    #[serde(default)]
    colour: Option<String>,
    #[serde(default)]
    active: Option<bool>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TagMade {
    id: Uuid,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Marks {
    /// All that it is to have; at most 20.
    tags: Vec<Uuid>,
}

/// The account's list, by name.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/tags", tag = "conversations", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<TagReply>), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<TagReply>>, Problem> {
    caller.may(account, Permission::QueuesRead)?;
    let shown = |tag: Tag| TagReply { id: tag.id.0, name: tag.name, colour: tag.colour, active: !tag.disabled };
    Ok(Json(gateway.operations.tags(account).await?.into_iter().map(shown).collect()))
}

/// A new word in the list.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/tags", tag = "conversations", params(("account_id" = Uuid, Path)),
    request_body = NewTag,
    responses((status = 201, body = TagMade), (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<NewTag>, JsonRejection>,
) -> Result<(StatusCode, Json<TagMade>), Problem> {
    caller.may(account, Permission::SettingsManage)?;
    let Json(new) = body.map_err(|e| Problem::unreadable(&e))?;
    let edit = TagEdit { name: Some(new.name), colour: Some(new.colour), active: None };
    let (now, who) = (gateway.clock.now(), &caller.who);
    let tag = gateway.operations.create_tag(now, &who.actor, account, edit).await?;
    Ok((StatusCode::CREATED, Json(TagMade { id: tag.0 })))
}

/// What it is called, and whether it is in use. Conversations keep it all the same.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/tags/{id}", tag = "conversations",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = ChangedTag,
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn edit(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, TagId)>,
    caller: Caller,
    body: Result<Json<ChangedTag>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::SettingsManage)?;
    let Json(changed) = body.map_err(|e| Problem::unreadable(&e))?;
    let colour = changed.colour.map(|colour| Some(colour).filter(|c| !c.is_empty()));
    let edit = TagEdit { name: changed.name, colour, active: changed.active };
    let (now, who) = (gateway.clock.now(), &caller.who);
    gateway.operations.edit_tag(now, &who.actor, account, id, edit).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Mark a conversation with these tags and no others.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/conversations/{id}/tags", tag = "conversations",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = Marks,
    responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn mark(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ConversationId)>,
    caller: Caller,
    body: Result<Json<Marks>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let Json(marks) = body.map_err(|e| Problem::unreadable(&e))?;
    let wanted = marks.tags.into_iter().map(TagId).collect();
    let (now, who) = (gateway.clock.now(), &caller.who);
    gateway.operations.set_tags(now, &who.actor, &who.scope, id, &wanted).await?;
    Ok(StatusCode::NO_CONTENT)
}
