//! What is done with a ticket: written anew, moved, hurried, handed on, taken, talked about.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use super::support_tickets::{priority, sight, state};
use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _, DepartmentId, Pii, TicketId, UserId};
use ringdesk_operations::ticket_texts::TicketEdit;
use ringdesk_tickets::{Assignee, TicketState};
use serde::Deserialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// What is to be written anew; the rest stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TicketChange {
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    problem: Option<String>,
    /// Those named; an empty one is taken away.
    #[serde(default)]
    fields: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TicketStateWish {
    /// `open`, `pending`, `waiting`, `solved`; `archived` with the right to make tickets.
    state: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TicketPriorityWish {
    /// `low`, `normal`, `high`, `urgent`.
    priority: String,
}

/// Neither: nobody's.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TicketAssigneeWish {
    #[serde(default)]
    department: Option<Uuid>,
    #[serde(default)]
    user: Option<Uuid>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TicketCommentWish {
    /// At most 4,000 characters.
    text: String,
    /// Send it to the contact, too.
    #[serde(default)]
    to_contact: bool,
}

/// Say otherwise what it is about.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/tickets/{id}", tag = "tickets",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = TicketChange,
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn edit(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, TicketId)>,
    caller: Caller,
    body: Result<Json<TicketChange>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::TicketsWork)?;
    let Json(change) = body.map_err(|e| Problem::unreadable(&e))?;
    let edit = TicketEdit {
        title: change.title.map(Pii::new),
        problem: change.problem.map(Pii::new),
        fields: change.fields.map(Pii::new),
    };
    let (now, actor) = (gateway.clock.now(), &caller.who.actor);
    gateway.operations.edit_ticket(now, actor, sight(&caller), id, &edit).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Into another state. Where its type has a text for it and the talk goes on by text, the contact is told.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/tickets/{id}/state", tag = "tickets",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = TicketStateWish,
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn set_state(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, TicketId)>,
    caller: Caller,
    body: Result<Json<TicketStateWish>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::TicketsWork)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let to = state(&wish.state)?;
    if to == TicketState::Archived {
        caller.may(account, Permission::TicketsCreate)?;
    }
    let (now, actor) = (gateway.clock.now(), &caller.who.actor);
    gateway.operations.move_ticket(now, actor, sight(&caller), id, to).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How pressing it is; its deadline follows.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/tickets/{id}/priority", tag = "tickets",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = TicketPriorityWish,
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn set_priority(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, TicketId)>,
    caller: Caller,
    body: Result<Json<TicketPriorityWish>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::TicketsCreate)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, actor, to) = (gateway.clock.now(), &caller.who.actor, priority(&wish.priority)?);
    gateway.operations.prioritise_ticket(now, actor, sight(&caller), id, to).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// To somebody, to a department, or back to nobody.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/tickets/{id}/assignee", tag = "tickets",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = TicketAssigneeWish,
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn assign(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, TicketId)>,
    caller: Caller,
    body: Result<Json<TicketAssigneeWish>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::TicketsAssign)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let to = Assignee { department: wish.department.map(DepartmentId), user: wish.user.map(UserId) };
    let (now, actor) = (gateway.clock.now(), &caller.who.actor);
    gateway.operations.assign_ticket(now, actor, sight(&caller), id, to).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take it in hand oneself.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/tickets/{id}/claim", tag = "tickets",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn claim(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, TicketId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::TicketsWork)?;
    gateway.operations.claim_ticket(gateway.clock.now(), &caller.who.actor, sight(&caller), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Say something about it: for us, or to the contact, too.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/tickets/{id}/comments", tag = "tickets",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = TicketCommentWish,
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn comment(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, TicketId)>,
    caller: Caller,
    body: Result<Json<TicketCommentWish>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::TicketsWork)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, actor) = (gateway.clock.now(), &caller.who.actor);
    let said = (&Pii::new(wish.text), wish.to_contact);
    gateway.operations.comment_ticket(now, actor, sight(&caller), id, said).await?;
    Ok(StatusCode::NO_CONTENT)
}
