//! Tickets: made, listed, found, read; what is done with one is in [`super::ticket_steps`]. (One-time tickets of the events socket are something else: `crate::tickets`.)

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{
    AccountId, Clock as _, ContactId, ConversationId, DepartmentId, Pii, TicketId, TicketTypeId, Timestamp, UserId,
};
use ringdesk_operations::tickets::NewTicket;
use ringdesk_storage::tickets::{Fields, KeptEntry, KeptTicket, Sight, Wanted};
use ringdesk_tickets::{Priority, TicketState};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// What is not said is not asked for.
#[derive(Default, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TicketFilter {
    /// `open`, `pending`, `waiting`, `solved`, `archived`.
    state: Option<String>,
    /// Open, pending or waiting.
    #[serde(default)]
    at_work: bool,
    /// Mine.
    #[serde(default)]
    mine: bool,
    /// Nobody's.
    #[serde(default)]
    unassigned: bool,
    department: Option<Uuid>,
    /// At work, and their time is over.
    #[serde(default)]
    overdue: bool,
    contact: Option<Uuid>,
    conversation: Option<Uuid>,
    /// Pass over so many of the list.
    #[serde(default)]
    skip: u32,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TicketSearch {
    /// A number (`12`, `#12`), or words that the ticket holds.
    typed: String,
    #[serde(default)]
    filter: TicketFilter,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TicketReply {
    id: Uuid,
    /// Without gaps in an account.
    number: i64,
    #[serde(rename = "type")]
    kind: Uuid,
    title: String,
    problem: String,
    /// By the names of the type's fields.
    fields: BTreeMap<String, String>,
    /// `open`, `pending`, `waiting`, `solved`, `archived`.
    state: &'static str,
    /// The states that may follow.
    next: Vec<&'static str>,
    /// `low`, `normal`, `high`, `urgent`.
    priority: &'static str,
    department: Option<Uuid>,
    /// The user who has it in hand.
    assignee: Option<Uuid>,
    contact: Option<Uuid>,
    contact_name: Option<String>,
    /// In which talk it came up.
    conversation_id: Option<Uuid>,
    /// The contact can be told of it: that talk goes on by text.
    by_text: bool,
    created_by: Option<Uuid>,
    created_at: i64,
    due_at: Option<i64>,
    /// At work, and its time is over.
    overdue: bool,
    changed_at: i64,
    solved_at: Option<i64>,
    archived_at: Option<i64>,
}

/// A line of its history.
#[derive(Serialize, ToSchema)]
pub(crate) struct TicketEntry {
    id: Uuid,
    /// `created`, `moved`, `prioritised`, `assigned`, `rewritten`, `remark` (for us), `told` (for the contact, too).
    kind: String,
    /// The state or priority before.
    was: Option<String>,
    became: Option<String>,
    /// Of `assigned`: who has it now.
    given: Option<AssigneeReply>,
    text: Option<String>,
    /// Null: the house.
    by: Option<Uuid>,
    at: i64,
}

#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct AssigneeReply {
    department: Option<Uuid>,
    user: Option<Uuid>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TicketPage {
    ticket: TicketReply,
    /// In the order in which it happened.
    history: Vec<TicketEntry>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TicketWish {
    #[serde(rename = "type")]
    kind: Uuid,
    /// One line of at most 200 characters.
    title: String,
    /// At most 4,000 characters.
    #[serde(default)]
    problem: String,
    #[serde(default)]
    fields: BTreeMap<String, String>,
    /// `low`, `normal`, `high`, `urgent`.
    #[serde(default)]
    priority: Option<String>,
    /// Without it the type's.
    #[serde(default)]
    department: Option<Uuid>,
    /// Oneself, or with the right to assign anybody.
    #[serde(default)]
    assignee: Option<Uuid>,
    /// In which talk it came up; the contact is that talk's.
    #[serde(default)]
    conversation_id: Option<Uuid>,
    #[serde(default)]
    contact: Option<Uuid>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TicketMade {
    id: Uuid,
    number: i64,
}

/// Those at work first: the most pressing, then the soonest due; at most 200. Who makes tickets sees the account's; who only works
/// on them their own and their departments'.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/tickets", tag = "tickets", params(("account_id" = Uuid, Path), TicketFilter),
    responses((status = 200, body = Vec<TicketReply>), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    query: Result<Query<TicketFilter>, QueryRejection>,
) -> Result<Json<Vec<TicketReply>>, Problem> {
    caller.may(account, Permission::TicketsWork)?;
    let Query(filter) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    found(&gateway, &caller, &filter, None).await
}

/// The same by what they say: words of people belong into no address.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/tickets/search", tag = "tickets", params(("account_id" = Uuid, Path)),
    request_body = TicketSearch,
    responses((status = 200, body = Vec<TicketReply>), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn search(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<TicketSearch>, JsonRejection>,
) -> Result<Json<Vec<TicketReply>>, Problem> {
    caller.may(account, Permission::TicketsWork)?;
    let Json(TicketSearch { typed, filter }) = body.map_err(|e| Problem::unreadable(&e))?;
    found(&gateway, &caller, &filter, Some(&Pii::new(typed))).await
}

/// With its history.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/tickets/{id}", tag = "tickets",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 200, body = TicketPage), (status = 404, body = Problem)))]
pub(crate) async fn read(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, TicketId)>,
    caller: Caller,
) -> Result<Json<TicketPage>, Problem> {
    caller.may(account, Permission::TicketsWork)?;
    let (ticket, history) = gateway.operations.ticket(sight(&caller), id).await?;
    let ticket = shown(ticket, gateway.clock.now());
    Ok(Json(TicketPage { ticket, history: history.into_iter().map(line).collect() }))
}

/// A new one.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/tickets", tag = "tickets", params(("account_id" = Uuid, Path)),
    request_body = TicketWish,
    responses((status = 201, body = TicketMade), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<TicketWish>, JsonRejection>,
) -> Result<(StatusCode, Json<TicketMade>), Problem> {
    caller.may(account, Permission::TicketsCreate)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    if wish.assignee.is_some_and(|user| user != caller.who.user.id.0) {
        caller.may(account, Permission::TicketsAssign)?;
    }
    let new = NewTicket {
        kind: TicketTypeId(wish.kind),
        title: Pii::new(wish.title),
        problem: Pii::new(wish.problem),
        fields: Pii::new(Fields::from_iter(wish.fields)),
        priority: wish.priority.as_deref().map(priority).transpose()?.unwrap_or_default(),
        department: wish.department.map(DepartmentId),
        assignee: wish.assignee.map(UserId),
        conversation: wish.conversation_id.map(ConversationId),
        contact: wish.contact.map(ContactId),
    };
    let (now, who) = (gateway.clock.now(), &caller.who);
    let (id, number) = gateway.operations.create_ticket(now, &who.actor, &who.scope, new).await?;
    Ok((StatusCode::CREATED, Json(TicketMade { id: id.0, number })))
}

async fn found(
    gateway: &Gateway,
    caller: &Caller,
    filter: &TicketFilter,
    typed: Option<&Pii<String>>,
) -> Result<Json<Vec<TicketReply>>, Problem> {
    let now = gateway.clock.now();
    let wanted = Wanted {
        state: filter.state.as_deref().map(state).transpose()?,
        at_work: filter.at_work,
        assignee: filter.mine.then_some(caller.who.user.id),
        unassigned: filter.unassigned,
        department: filter.department.map(DepartmentId),
        contact: filter.contact.map(ContactId),
        conversation: filter.conversation.map(ConversationId),
        due_before: filter.overdue.then_some(now),
        skip: filter.skip.into(),
        ..Wanted::default()
    };
    let found = gateway.operations.tickets(sight(caller), wanted, typed).await?;
    Ok(Json(found.into_iter().map(|ticket| shown(ticket, now)).collect()))
}

pub(super) fn sight(caller: &Caller) -> Sight<'_> {
    Sight { scope: &caller.who.scope, all: caller.who.grants.allows(Permission::TicketsCreate) }
}

pub(super) fn state(name: &str) -> Result<TicketState, Problem> {
    TicketState::parse(name).ok_or_else(|| Problem::invalid("the state is open, pending, waiting, solved or archived"))
}

pub(super) fn priority(name: &str) -> Result<Priority, Problem> {
    Priority::parse(name).ok_or_else(|| Problem::invalid("the priority is low, normal, high or urgent"))
}

fn shown(ticket: KeptTicket, now: Timestamp) -> TicketReply {
    let law = ticket.law;
    TicketReply {
        id: ticket.id.0,
        number: ticket.number,
        kind: ticket.kind.0,
        title: ticket.title.into_inner(),
        problem: ticket.problem.into_inner(),
        fields: ticket.fields.into_inner(),
        state: law.state.as_str(),
        next: law.state.next().iter().map(|state| state.as_str()).collect(),
        priority: law.priority.as_str(),
        department: law.assignee.department.map(|d| d.0),
        assignee: law.assignee.user.map(|u| u.0),
        contact: ticket.contact.map(|c| c.0),
        contact_name: ticket.contact_name.map(Pii::into_inner),
        conversation_id: ticket.conversation.map(|c| c.0),
        by_text: ticket.by_text,
        created_by: ticket.created_by.map(|u| u.0),
        created_at: ticket.created_at.as_millis(),
        due_at: ticket.due_at.map(Timestamp::as_millis),
        overdue: law.state.is_at_work() && ticket.due_at.is_some_and(|due| due < now),
        changed_at: ticket.changed_at.as_millis(),
        solved_at: law.solved_at.map(Timestamp::as_millis),
        archived_at: law.archived_at.map(Timestamp::as_millis),
    }
}

fn line(entry: KeptEntry) -> TicketEntry {
    let assigned = entry.kind == "assigned";
    let given = entry.became.as_deref().filter(|_| assigned).and_then(|became| serde_json::from_str(became).ok());
    TicketEntry {
        id: entry.id,
        was: entry.was.filter(|_| !assigned),
        became: entry.became.filter(|_| !assigned),
        given,
        kind: entry.kind,
        text: entry.text.map(Pii::into_inner),
        by: entry.by.map(|u| u.0),
        at: entry.at.as_millis(),
    }
}
