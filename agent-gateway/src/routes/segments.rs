//! Segments: saved conditions over contacts, counted as they are written.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _, ContactId, SegmentId};
use ringdesk_operations::segments::SegmentView;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct SegmentReply {
    id: Uuid,
    name: String,
    /// `{"all": […]}`, `{"is": {"fact": "tier", "one_of": ["vip"]}}` …: docs/contacts.md.
    #[schema(value_type = Object)]
    condition: serde_json::Value,
    /// Say it when you change the segment.
    version: i64,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SegmentWish {
    /// One line of at most 64 characters.
    name: String,
    #[schema(value_type = Object)]
    condition: serde_json::Value,
    /// The version it is put in the place of. Of a new one: nothing.
    #[serde(default)]
    replaces: Option<i64>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SegmentQuestion {
    #[schema(value_type = Object)]
    condition: serde_json::Value,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct SegmentMade {
    id: Uuid,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct SegmentCount {
    /// Of the contacts that one may see.
    people: u64,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct SegmentName {
    id: Uuid,
    name: String,
}

/// Every segment of the account, by name.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/segments", tag = "contacts", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<SegmentReply>), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<SegmentReply>>, Problem> {
    caller.may_read(account)?;
    let shown = |one: SegmentView| SegmentReply {
        id: one.id.0,
        name: one.name,
        condition: serde_json::to_value(&one.condition).expect("a condition is texts and numbers"),
        version: one.version,
    };
    Ok(Json(gateway.operations.segments(account).await?.into_iter().map(shown).collect()))
}

/// A new one.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/segments", tag = "contacts", params(("account_id" = Uuid, Path)),
    request_body = SegmentWish,
    responses((status = 201, body = SegmentMade), (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<SegmentWish>, JsonRejection>,
) -> Result<(StatusCode, Json<SegmentMade>), Problem> {
    caller.may(account, Permission::SettingsManage)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let condition = gateway.operations.read_segment(account, wish.condition).await?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    let id = gateway.operations.create_segment(now, &who.actor, account, &wish.name, &condition).await?;
    Ok((StatusCode::CREATED, Json(SegmentMade { id: id.0 })))
}

/// Put it in the place of a version; who was slower is told.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/segments/{id}", tag = "contacts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = SegmentWish,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn edit(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, SegmentId)>,
    caller: Caller,
    body: Result<Json<SegmentWish>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::SettingsManage)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let replaces = wish.replaces.ok_or_else(|| Problem::invalid("say which version it replaces"))?;
    let condition = gateway.operations.read_segment(account, wish.condition).await?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    gateway.operations.edit_segment(now, &who.actor, account, (id, replaces), &wish.name, &condition).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/segments/{id}", tag = "contacts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn remove(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, SegmentId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::SettingsManage)?;
    gateway.operations.remove_segment(gateway.clock.now(), &caller.who.actor, account, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How many are in it now, whether it is kept or not.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/segments/count", tag = "contacts", params(("account_id" = Uuid, Path)),
    request_body = SegmentQuestion,
    responses((status = 200, body = SegmentCount), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn count(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<SegmentQuestion>, JsonRejection>,
) -> Result<Json<SegmentCount>, Problem> {
    caller.may(account, Permission::SettingsManage)?;
    let Json(question) = body.map_err(|e| Problem::unreadable(&e))?;
    let condition = gateway.operations.read_segment(account, question.condition).await?;
    let people = gateway.operations.count_segment(gateway.clock.now(), &caller.who.scope, &condition).await?;
    Ok(Json(SegmentCount { people }))
}

/// In which segments a contact is now.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/contacts/{id}/segments", tag = "contacts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 200, body = Vec<SegmentName>), (status = 404, body = Problem)))]
pub(crate) async fn of_contact(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ContactId)>,
    caller: Caller,
) -> Result<Json<Vec<SegmentName>>, Problem> {
    caller.may_read(account)?;
    let found = gateway.operations.segments_of(gateway.clock.now(), &caller.who.scope, id).await?;
    Ok(Json(found.into_iter().map(|one| SegmentName { id: one.id.0, name: one.name }).collect()))
}
