//! The fields that an account adds to the files of its contacts.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_contacts::{FieldKind, FieldRule};
use ringdesk_model::{AccountId, Clock as _, ContactFieldId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct FieldReply {
    id: Uuid,
    name: String,
    /// `text`, `number`, `date`, `choice`.
    kind: &'static str,
    choices: Vec<String>,
    /// Hidden from readers without the right to see numbers.
    sensitive: bool,
    /// Out of use: what is there stays, and nothing is entered anew.
    active: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FieldWish {
    /// One line of at most 64 characters.
    name: String,
    /// `text`, `number`, `date`, `choice`; it stays as it was made.
    kind: String,
    /// Of a choice: 1 to 100 words.
    #[serde(default)]
    choices: Vec<String>,
    #[serde(default)]
    sensitive: bool,
    #[serde(default = "yes")]
    active: bool,
}

fn yes() -> bool {
    true
}

#[derive(Serialize, ToSchema)]
pub(crate) struct FieldMade {
    id: Uuid,
}

/// In the order they were made.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/contact_fields", tag = "contacts", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<FieldReply>), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<FieldReply>>, Problem> {
    caller.may_read(account)?;
    let shown = |(id, rule): (ContactFieldId, FieldRule)| FieldReply {
        id: id.0,
        name: rule.name,
        kind: rule.kind.as_str(),
        choices: rule.choices,
        sensitive: rule.sensitive,
        active: !rule.disabled,
    };
    Ok(Json(gateway.operations.contact_fields(account).await?.into_iter().map(shown).collect()))
}

/// A new field; files have it empty.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/contact_fields", tag = "contacts", params(("account_id" = Uuid, Path)),
    request_body = FieldWish,
    responses((status = 201, body = FieldMade), (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<FieldWish>, JsonRejection>,
) -> Result<(StatusCode, Json<FieldMade>), Problem> {
    caller.may(account, Permission::SettingsManage)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, who, rule) = (gateway.clock.now(), &caller.who, rule(wish)?);
    let id = gateway.operations.create_contact_field(now, &who.actor, account, rule).await?;
    Ok((StatusCode::CREATED, Json(FieldMade { id: id.0 })))
}

/// What it is called, its choices, whether it is in use.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/contact_fields/{id}", tag = "contacts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = FieldWish,
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn edit(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ContactFieldId)>,
    caller: Caller,
    body: Result<Json<FieldWish>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::SettingsManage)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, who, rule) = (gateway.clock.now(), &caller.who, rule(wish)?);
    gateway.operations.edit_contact_field(now, &who.actor, account, id, rule).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn rule(wish: FieldWish) -> Result<FieldRule, Problem> {
    let kind =
        FieldKind::parse(&wish.kind).ok_or_else(|| Problem::invalid("the kind is text, number, date or choice"))?;
    let FieldWish { name, choices, sensitive, active, .. } = wish;
    Ok(FieldRule { name, kind, choices, sensitive, disabled: !active })
}
