//! What is known of a contact at a glance: while it rings, and beside the conversation.

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _, ConversationId, Pii, Timestamp, WorkItemId};
use ringdesk_operations::contact_cards::Shown;
use ringdesk_storage::contact_cards::{CardOf, Earlier, Mark, OpenTicket};
use ringdesk_storage::number_places::KeptPlace;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct ContactCardReply {
    conversation: Uuid,
    /// Where they wait or waited last.
    queue: Option<Uuid>,
    /// Milliseconds since 1970 (UTC).
    enqueued_at: Option<i64>,
    /// How long an offer of this queue rings; 0: of none.
    ring_for_ms: u64,
    /// The agent's browser picks up by itself, after a tone in their ear.
    auto_answer: bool,
    /// Null: somebody who did not say who they are.
    contact: Option<Uuid>,
    name: Option<String>,
    /// To be treated with particular care.
    vip: bool,
    /// Calls that they were promised and that are still owed to them.
    callbacks: i64,
    /// Three before this one: what goes on first, then the newest.
    earlier: Vec<EarlierReply>,
    /// The contact's.
    tags: Vec<MarkReply>,
    /// Their tickets that are at work, newest first; empty for who may read none.
    tickets: Vec<OpenTicketReply>,
    /// The page of a web site from which they write or call; null: they came otherwise.
    site: Option<CardSite>,
    /// Where the number is at home by which they came; null: they came by none, or the number plan tells nothing.
    place: Option<NumberPlaceReply>,
}

/// Where a number was given out; its holder may be elsewhere, and a mobile number with another operator by now.
#[derive(Serialize, ToSchema)]
pub(crate) struct NumberPlaceReply {
    /// ISO 3166-1; null where several countries share a calling code.
    country: Option<String>,
    /// ISO 3166-2: `CN-GD`.
    province: Option<String>,
    /// In Latin letters.
    city: Option<String>,
    city_zh: Option<String>,
    /// Of a mobile number in China: `mobile`, `unicom`, `telecom`, `broadnet`.
    carrier: Option<String>,
    /// `number_plan`.
    source: &'static str,
    /// When it was said: as the conversation began.
    at: i64,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct CardSite {
    page: Option<String>,
    title: Option<String>,
    /// Their browser's, as BCP 47 names it.
    language: Option<String>,
}

/// A tag as it is shown.
#[derive(Serialize, ToSchema)]
pub(crate) struct MarkReply {
    id: Uuid,
    name: String,
    /// `#d46b08`, or null.
    colour: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct OpenTicketReply {
    id: Uuid,
    number: i64,
    title: String,
    /// `open`, `pending`, `waiting`.
    state: String,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct EarlierReply {
    conversation: Uuid,
    channel: String,
    /// The name of the inbox it came by.
    inbox: Option<String>,
    at: i64,
    /// It goes on.
    open: bool,
    /// Of one that goes on: what they wrote or said last, at most 200 characters.
    said: Option<String>,
    /// What it was marked with.
    tags: Vec<MarkReply>,
    queue: Option<Uuid>,
    /// Who talked with them last; null: nobody did.
    agent: Option<Uuid>,
    /// The path in the tree of dispositions.
    disposition: Option<String>,
    /// What the agent noted; numbers are hidden from readers without the right to them.
    note: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Care {
    vip: bool,
}

/// Who is offered to me, or talks with me.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/work_items/{id}/card", tag = "work",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 200, body = ContactCardReply), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn of_work_item(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, WorkItemId)>,
    caller: Caller,
) -> Result<Json<ContactCardReply>, Problem> {
    caller.may_read(account)?;
    let tickets = caller.who.grants.allows(Permission::TicketsCreate);
    Ok(Json(shown(gateway.operations.contact_card(&caller.who.scope, CardOf::WorkItem(id)).await?, tickets)))
}

/// With whom a conversation is.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/conversations/{id}/card", tag = "conversations",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 200, body = ContactCardReply), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn of_conversation(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ConversationId)>,
    caller: Caller,
) -> Result<Json<ContactCardReply>, Problem> {
    caller.may_read(account)?;
    let tickets = caller.who.grants.allows(Permission::TicketsCreate);
    Ok(Json(shown(gateway.operations.contact_card(&caller.who.scope, CardOf::Conversation(id)).await?, tickets)))
}

/// Treat whom a conversation is with with particular care, or as everybody.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/conversations/{id}/vip", tag = "conversations",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = Care,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn set_vip(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ConversationId)>,
    caller: Caller,
    body: Result<Json<Care>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ContactsEdit)?;
    let Json(care) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    gateway.operations.set_vip(now, &who.actor, &who.scope, id, care.vip).await?;
    // VIPs call as often as they like.
    gateway.orders.rows_changed().await;
    Ok(StatusCode::NO_CONTENT)
}

/// `tickets`: the reader may read all of them.
fn shown(Shown { card, ring_for, auto_answer, visit, place }: Shown, tickets: bool) -> ContactCardReply {
    let earlier = |one: Earlier| EarlierReply {
        conversation: one.conversation.0,
        channel: one.channel,
        inbox: one.inbox,
        open: one.open,
        said: one.said.map(Pii::into_inner),
        tags: one.tags.into_iter().map(mark).collect(),
        at: one.at.as_millis(),
        queue: one.queue.map(|q| q.0),
        agent: one.agent.map(|a| a.0),
        disposition: one.disposition,
        note: one.note.map(Pii::into_inner),
    };
    ContactCardReply {
        conversation: card.conversation.0,
        queue: card.queue.as_ref().map(|(queue, _)| queue.id.0),
        enqueued_at: card.queue.as_ref().map(|(_, at)| at.as_millis()),
        ring_for_ms: ring_for.as_millis() as u64,
        auto_answer,
        contact: card.contact.map(|c| c.0),
        name: card.name.map(Pii::into_inner),
        vip: card.vip,
        callbacks: card.callbacks,
        earlier: card.earlier.into_iter().map(earlier).collect(),
        tags: card.tags.into_iter().map(mark).collect(),
        tickets: card.tickets.into_iter().filter(|_| tickets).map(ticket).collect(),
        site: visit.map(|visit| CardSite { page: visit.page, title: visit.title, language: visit.language }),
        place: place.map(at_home),
    }
}

fn at_home((kept, at): (KeptPlace, Timestamp)) -> NumberPlaceReply {
    let KeptPlace { country, province, city, carrier } = kept;
    let (city_zh, city) = city.unzip();
    NumberPlaceReply { country, province, city, city_zh, carrier, source: "number_plan", at: at.as_millis() }
}

fn mark(mark: Mark) -> MarkReply {
    MarkReply { id: mark.id.0, name: mark.name, colour: mark.colour }
}

fn ticket(one: OpenTicket) -> OpenTicketReply {
    OpenTicketReply { id: one.id.0, number: one.number, title: one.title.into_inner(), state: one.state }
}
