//! Everything there was with a contact: calls, chats, mails, tickets, in the order of time.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use crate::Gateway;
use crate::caller::Caller;
use crate::limit::limit;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, ContactId, Pii, Timestamp};
use ringdesk_operations::contact_timeline::TicketSight;
use ringdesk_storage::contact_timeline::{Line, Subject};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct TimelinePage {
    /// 1 to 100; 50 without it.
    limit: Option<i64>,
    /// Only what comes after this line: `next` of the page before.
    before: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TimelineReply {
    lines: Vec<TimelineLine>,
    /// Where the next page begins; none: nothing is left.
    next: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TimelineLine {
    /// `conversation`, `ticket`.
    kind: &'static str,
    id: Uuid,
    /// When it began: milliseconds since 1970 (UTC), as all times.
    at: i64,
    /// When it was closed or solved; null: it goes on.
    ended_at: Option<i64>,
    /// `phone`, `web_chat` …; of a ticket null.
    channel: Option<String>,
    /// The name of the inbox it came by.
    inbox: Option<String>,
    /// Of a call: `inbound`, `outbound`.
    direction: Option<String>,
    /// Who talked with them last.
    agent: Option<Uuid>,
    queue: Option<Uuid>,
    /// The path in the tree of dispositions.
    disposition: Option<String>,
    /// What the agent noted, or the ticket's title; numbers are hidden from readers without the right to them.
    text: Option<String>,
    /// Of a ticket.
    number: Option<i64>,
    /// Of a ticket: `open`, `pending`, `waiting`, `solved`, `archived`.
    state: Option<String>,
}

/// Newest first, over all channels: conversations that one may see, and tickets with the right to them.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/contacts/{id}/timeline", tag = "contacts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path), TimelinePage),
    responses((status = 200, body = TimelineReply), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn read(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ContactId)>,
    caller: Caller,
    query: Result<Query<TimelinePage>, QueryRejection>,
) -> Result<Json<TimelineReply>, Problem> {
    caller.may_read(account)?;
    let Query(page) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    let limit = limit(page.limit, 50, 100)?;
    let before = page.before.as_deref().map(place).transpose()?;
    let may = |permission| caller.who.grants.allows(permission);
    let tickets = match (may(Permission::TicketsCreate), may(Permission::TicketsWork)) {
        (true, _) => TicketSight::All,
        (false, true) => TicketSight::Own,
        (false, false) => TicketSight::None,
    };
    let found = gateway.operations.contact_timeline(&caller.who.scope, tickets, id, before, limit).await?;
    let full = i64::try_from(found.len()).is_ok_and(|count| count == limit);
    let next = found.last().filter(|_| full).map(|line| format!("{}.{}", line.at.0, named(line).1));
    Ok(Json(TimelineReply { lines: found.into_iter().map(shown).collect(), next }))
}

fn place(text: &str) -> Result<(Timestamp, Uuid), Problem> {
    let read = text.split_once('.').and_then(|(at, id)| Some((Timestamp(at.parse().ok()?), id.parse().ok()?)));
    read.ok_or_else(|| Problem::invalid("before is the next of another page"))
}

fn named(line: &Line) -> (&'static str, Uuid) {
    match line.subject {
        Subject::Conversation(id) => ("conversation", id.0),
        Subject::Ticket(id) => ("ticket", id.0),
    }
}

fn shown(line: Line) -> TimelineLine {
    let (kind, id) = named(&line);
    TimelineLine {
        kind,
        id,
        at: line.at.as_millis(),
        ended_at: line.ended_at.map(Timestamp::as_millis),
        channel: line.channel,
        inbox: line.inbox,
        direction: line.direction,
        agent: line.agent.map(|a| a.0),
        queue: line.queue.map(|q| q.0),
        disposition: line.disposition,
        text: line.text.map(Pii::into_inner),
        number: line.number,
        state: line.state,
    }
}
