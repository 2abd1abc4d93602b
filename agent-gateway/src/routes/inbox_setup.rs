//! Inboxes as their editors see them: names, numbers, and the flow that answers.

use super::queue_setup::Version;
use super::users::name_of;
use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _, FlowId, InboxId};
use ringdesk_operations::inbox_setup::InboxEdit;
use serde::Deserialize;
use utoipa::ToSchema;

/// What is not named stays.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct EditInbox {
    name: Option<String>,
    /// False: out of use, and without numbers.
    active: Option<bool>,
    /// As they are dialled; each answers in one inbox only.
    numbers: Option<Vec<String>>,
    /// A published one.
    #[schema(value_type = Option<uuid::Uuid>)]
    flow: Option<FlowId>,
    /// The version that the editor has seen.
    replaces: Option<i64>,
}

impl EditInbox {
    fn read(self) -> Result<InboxEdit, Problem> {
        let name = self.name.as_deref().map(name_of).transpose()?;
        Ok(InboxEdit { name, active: self.active, numbers: self.numbers, flow: self.flow })
    }
}

/// Make an inbox for telephone calls.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/inboxes", tag = "inboxes", params(("account_id" = Uuid, Path)),
    request_body = EditInbox, responses((status = 201, body = Version), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<EditInbox>, JsonRejection>,
) -> Result<(StatusCode, Json<Version>), Problem> {
    caller.may(account, Permission::InboxesEdit)?;
    let Json(new) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, actor) = (gateway.clock.now(), &caller.who.actor);
    let id = gateway.operations.create_inbox(now, actor, account, new.read()?).await?;
    gateway.orders.rows_changed().await;
    Ok((StatusCode::CREATED, Json(Version { id: id.0, version: 1 })))
}

/// Edit an inbox: `replaces` is the version that the editor has seen. Calls that run are not touched.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/inboxes/{id}", tag = "inboxes",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = EditInbox,
    responses((status = 200, body = Version), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn edit(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, InboxId)>,
    caller: Caller,
    body: Result<Json<EditInbox>, JsonRejection>,
) -> Result<Json<Version>, Problem> {
    caller.may(account, Permission::InboxesEdit)?;
    let Json(edit) = body.map_err(|e| Problem::unreadable(&e))?;
    let replaces = edit.replaces.ok_or_else(|| Problem::invalid("say which version it replaces"))?;
    let (now, actor) = (gateway.clock.now(), &caller.who.actor);
    let version = gateway.operations.edit_inbox(now, actor, account, id, edit.read()?, Some(replaces)).await?;
    gateway.orders.rows_changed().await;
    Ok(Json(Version { id: id.0, version }))
}

/// Put an inbox out of use: its numbers are nobody's. What came in by them stays.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/inboxes/{id}", tag = "inboxes",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn disable(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, InboxId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::InboxesEdit)?;
    let edit = InboxEdit { active: Some(false), ..InboxEdit::default() };
    gateway.operations.edit_inbox(gateway.clock.now(), &caller.who.actor, account, id, edit, None).await?;
    gateway.orders.rows_changed().await;
    Ok(StatusCode::NO_CONTENT)
}
