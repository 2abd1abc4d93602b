//! Types of tickets, departments, and the people who may settle tickets.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, CalendarId, Clock as _, DepartmentId, TicketTypeId, UserId};
use ringdesk_storage::departments::Department;
use ringdesk_storage::ticket_types::KeptType;
use ringdesk_tickets::{FieldKind, FieldRule, TicketState, TicketType};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// A field that a type asks for.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TicketField {
    /// One line of at most 64 characters; tickets keep their values under it.
    name: String,
    /// `text`, `number`, `date`, `choice`.
    kind: String,
    /// Of a choice: 1 to 100 words.
    #[serde(default)]
    choices: Vec<String>,
    /// No ticket of the type without it.
    #[serde(default)]
    required: bool,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TicketTypeReply {
    id: Uuid,
    name: String,
    fields: Vec<TicketField>,
    /// Minutes of business time until a ticket of normal priority is due.
    limit_minutes: Option<u32>,
    /// What business time is; null: day and night.
    calendar: Option<Uuid>,
    department: Option<Uuid>,
    share: bool,
    /// By state: what the contact is told.
    notices: BTreeMap<String, String>,
    /// Out of use: no more tickets are made of it.
    active: bool,
    version: i64,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TicketTypeWish {
    name: String,
    /// In the order in which they are asked; at most 30.
    #[serde(default)]
    fields: Vec<TicketField>,
    #[serde(default)]
    limit_minutes: Option<u32>,
    #[serde(default)]
    calendar: Option<Uuid>,
    /// Who gets its tickets if whoever makes one says nothing.
    #[serde(default)]
    department: Option<Uuid>,
    /// Each falls at once to who of the department has the fewest at work.
    #[serde(default)]
    share: bool,
    /// By state (`open`, `pending`, `waiting`, `solved`, `archived`): what the contact is told when a ticket comes into it;
    /// `{number}` and `{title}` are filled in.
    #[serde(default)]
    notices: BTreeMap<String, String>,
    #[serde(default = "yes")]
    active: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TicketTypeChange {
    /// The version that it takes the place of.
    replaces: i64,
    to: TicketTypeWish,
}

fn yes() -> bool {
    true
}

#[derive(Serialize, ToSchema)]
pub(crate) struct DepartmentReply {
    id: Uuid,
    name: String,
    active: bool,
    members: Vec<Uuid>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DepartmentWish {
    /// One line of at most 64 characters.
    name: String,
    /// Users; all others are in it no longer.
    #[serde(default)]
    members: Vec<Uuid>,
    /// Out of use: it gets no more tickets.
    #[serde(default = "yes")]
    active: bool,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TicketPerson {
    id: Uuid,
    name: String,
    /// May be given tickets.
    active: bool,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TicketSetupMade {
    id: Uuid,
}

/// By their names, those out of use among them.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/ticket_types", tag = "tickets", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<TicketTypeReply>), (status = 403, body = Problem)))]
pub(crate) async fn types(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<TicketTypeReply>>, Problem> {
    caller.may(account, Permission::TicketsWork)?;
    Ok(Json(gateway.operations.ticket_types(account).await?.into_iter().map(shown).collect()))
}

/// A new type.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/ticket_types", tag = "tickets", params(("account_id" = Uuid, Path)),
    request_body = TicketTypeWish,
    responses((status = 201, body = TicketSetupMade), (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn create_type(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<TicketTypeWish>, JsonRejection>,
) -> Result<(StatusCode, Json<TicketSetupMade>), Problem> {
    caller.may(account, Permission::SettingsManage)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let (name, kind, _) = kind(wish)?;
    let (now, actor) = (gateway.clock.now(), &caller.who.actor);
    let id = gateway.operations.create_ticket_type(now, actor, account, &name, kind).await?;
    Ok((StatusCode::CREATED, Json(TicketSetupMade { id: id.0 })))
}

/// In the place of a version. Tickets keep what was filled in.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/ticket_types/{id}", tag = "tickets",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = TicketTypeChange,
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn edit_type(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, TicketTypeId)>,
    caller: Caller,
    body: Result<Json<TicketTypeChange>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::SettingsManage)?;
    let Json(change) = body.map_err(|e| Problem::unreadable(&e))?;
    let (name, kind, active) = kind(change.to)?;
    let (now, actor, operations) = (gateway.clock.now(), &caller.who.actor, &gateway.operations);
    operations.edit_ticket_type(now, actor, account, (id, change.replaces), (&name, kind, !active)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// By their names, those out of use among them.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/departments", tag = "tickets", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<DepartmentReply>), (status = 403, body = Problem)))]
pub(crate) async fn departments(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<DepartmentReply>>, Problem> {
    caller.may(account, Permission::TicketsWork)?;
    let shown = |d: Department| DepartmentReply {
        id: d.id.0,
        name: d.name,
        active: !d.disabled,
        members: d.members.into_iter().map(|user| user.0).collect(),
    };
    Ok(Json(gateway.operations.departments(account).await?.into_iter().map(shown).collect()))
}

/// A new department.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/departments", tag = "tickets", params(("account_id" = Uuid, Path)),
    request_body = DepartmentWish,
    responses((status = 201, body = TicketSetupMade), (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn create_department(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<DepartmentWish>, JsonRejection>,
) -> Result<(StatusCode, Json<TicketSetupMade>), Problem> {
    caller.may(account, Permission::SettingsManage)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, actor) = (gateway.clock.now(), &caller.who.actor);
    let id = gateway.operations.put_department(now, actor, account, None, department(wish)).await?;
    Ok((StatusCode::CREATED, Json(TicketSetupMade { id: id.0 })))
}

/// Its name, its members, whether it gets tickets.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/departments/{id}", tag = "tickets",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = DepartmentWish,
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn edit_department(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, DepartmentId)>,
    caller: Caller,
    body: Result<Json<DepartmentWish>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::SettingsManage)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, actor) = (gateway.clock.now(), &caller.who.actor);
    gateway.operations.put_department(now, actor, account, Some(id), department(wish)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whose names stand in tickets: everybody of us, and who of them may be given one.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/ticket_people", tag = "tickets", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<TicketPerson>), (status = 403, body = Problem)))]
pub(crate) async fn people(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<TicketPerson>>, Problem> {
    caller.may(account, Permission::TicketsWork)?;
    let found = gateway.operations.ticket_people(account).await?;
    Ok(Json(found.into_iter().map(|(id, name, active)| TicketPerson { id: id.0, name, active }).collect()))
}

fn shown(row: KeptType) -> TicketTypeReply {
    let kind = row.kind;
    let field = |rule: FieldRule| TicketField {
        name: rule.name,
        kind: rule.kind.as_str().to_owned(),
        choices: rule.choices,
        required: rule.required,
    };
    TicketTypeReply {
        id: row.id.0,
        name: row.name,
        fields: kind.fields.into_iter().map(field).collect(),
        limit_minutes: kind.limit_minutes,
        calendar: kind.calendar.map(|c| c.0),
        department: kind.department.map(|d| d.0),
        share: kind.share,
        notices: kind.notices.into_iter().map(|(state, text)| (state.as_str().to_owned(), text)).collect(),
        active: !row.disabled,
        version: row.version,
    }
}

fn kind(wish: TicketTypeWish) -> Result<(String, TicketType, bool), Problem> {
    let field = |field: TicketField| {
        let kind = FieldKind::parse(&field.kind)
            .ok_or_else(|| Problem::invalid("the kind is text, number, date or choice"))?;
        Ok(FieldRule { name: field.name, kind, choices: field.choices, required: field.required })
    };
    let notice = |(state, text): (String, String)| match TicketState::parse(&state) {
        Some(state) => Ok((state, text)),
        None => Err(Problem::invalid("the state is open, pending, waiting, solved or archived")),
    };
    let kind = TicketType {
        fields: wish.fields.into_iter().map(field).collect::<Result<_, Problem>>()?,
        limit_minutes: wish.limit_minutes,
        calendar: wish.calendar.map(CalendarId),
        department: wish.department.map(DepartmentId),
        share: wish.share,
        notices: wish.notices.into_iter().map(notice).collect::<Result<_, Problem>>()?,
    };
    Ok((wish.name, kind, wish.active))
}

fn department(wish: DepartmentWish) -> Department {
    Department {
        id: DepartmentId(Uuid::nil()),
        name: wish.name,
        disabled: !wish.active,
        members: wish.members.into_iter().map(UserId).collect(),
    }
}
