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
use ringdesk_conversations::TagUse;
use ringdesk_model::{AccountId, Clock as _, ConversationId, TagId};
use ringdesk_operations::tags::TagEdit;
use ringdesk_storage::tags::{Tag, TagUsage};
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
    /// Tags of one group stand together.
    group: Option<String>,
    /// Names of the roles that give it and take it away; none: everybody who marks.
    roles: Vec<String>,
    /// Whoever asks may not give it or take it away.
    reserved: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTag {
    /// One line of at most 64 characters.
    name: String,
    /// `#d46b08`.
    #[serde(default)]
    colour: Option<String>,
    /// The group it stands in: one line of at most 64 characters.
    #[serde(default)]
    group: Option<String>,
    /// Names of the roles that give it and take it away; none: everybody who marks.
    #[serde(default)]
    roles: Vec<String>,
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
    /// Empty: none.
    #[serde(default)]
    group: Option<String>,
    /// Empty: everybody who marks.
    #[serde(default)]
    roles: Option<Vec<String>>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TagMerge {
    /// The tag that stays.
    into: Uuid,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TagUsageReply {
    id: Uuid,
    conversations: i64,
    contacts: i64,
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
    let (all, uses) = gateway.operations.tag_uses(&caller.who.actor, account).await?;
    let shown = |tag: Tag| TagReply {
        id: tag.id.0,
        reserved: uses.get(&tag.id) == Some(&TagUse::Reserved),
        name: tag.name,
        colour: tag.colour,
        active: !tag.disabled,
        group: tag.group,
        roles: tag.roles,
    };
    Ok(Json(all.into_iter().map(shown).collect()))
}

/// How much hangs on each tag; what nothing hangs on is not there.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/tags/usage", tag = "conversations", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<TagUsageReply>), (status = 403, body = Problem)))]
pub(crate) async fn usage(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<TagUsageReply>>, Problem> {
    caller.may(account, Permission::SettingsManage)?;
    let all = gateway.operations.tag_usage(account).await?.into_iter();
    let shown = |(id, on): (TagId, TagUsage)| TagUsageReply {
        id: id.0,
        conversations: on.conversations,
        contacts: on.contacts,
    };
    Ok(Json(all.map(shown).collect()))
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
    let edit = TagEdit {
        name: Some(new.name),
        colour: Some(new.colour),
        active: None,
        group: new.group,
        roles: Some(new.roles),
    };
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
    let edit =
        TagEdit { name: changed.name, colour, active: changed.active, group: changed.group, roles: changed.roles };
    let (now, who) = (gateway.clock.now(), &caller.who);
    gateway.operations.edit_tag(now, &who.actor, account, id, edit).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Two words for one thing: what hangs on this tag hangs on the other one from now on, and this one leaves the list.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/tags/{id}/merge", tag = "conversations",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = TagMerge,
    responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn merge(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, TagId)>,
    caller: Caller,
    body: Result<Json<TagMerge>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::SettingsManage)?;
    let Json(TagMerge { into }) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    gateway.operations.merge_tags(now, &who.actor, account, id, TagId(into)).await?;
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
