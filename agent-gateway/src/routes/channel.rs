//! The door of the API channel. Nobody signs in here: who knows the inbox's secret has signed the request (docs/channels.md).

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use crate::Gateway;
use crate::problem::Problem;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Path, Request, State};
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::{HeaderMap, StatusCode};
use ringdesk_channels::capabilities::API;
use ringdesk_channels::{Rejected, Signed, inbound};
use ringdesk_conversations::{TextState, reply_in};
use ringdesk_model::{Clock as _, InboxId, Pii, Timestamp};
use ringdesk_operations::OperationError;
use ringdesk_operations::text_inboxes::InboxDoor;
use ringdesk_operations::texts::InboundText;
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct Taken {
    /// Ours; the same for whoever sends it again.
    message: Uuid,
    conversation: Uuid,
    seq: i64,
    /// It was here already.
    known: bool,
}

/// A text that came, and what became of it.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Brought {
    Taken(Taken),
    /// A filter found something in it: it is delivered when somebody has looked at it, and brought again by nobody.
    Held {
        held: bool,
    },
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Told {
    /// How the text stands now. What was proved before is not taken back by a word that came late.
    state: &'static str,
}

/// What is signed: the bytes as they came.
pub(crate) struct Raw(HeaderMap, Bytes);

impl FromRequest<Gateway> for Raw {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Gateway) -> Result<Raw, Problem> {
        let (head, body) = request.into_parts();
        let too_large = |_| Problem::too_large(format!("at most {} bytes", API.body_limit));
        Ok(Raw(head.headers, axum::body::to_bytes(body, API.body_limit).await.map_err(too_large)?))
    }
}

/// A contact wrote: `{"id": …, "contact": {"id": …, "name": …}, "type": "text", "text": …}`, signed. Answered when it is stored;
/// sent again under the same `id`, it is the same one. 429: more than the inbox takes of this contact, or of all; `Retry-After` says
/// when to bring it again, and the detail is what the inbox has the contact told (`Accept-Language`: en or zh).
#[utoipa::path(post, path = "/public/api/v1/inboxes/{id}/messages", tag = "channels", params(("id" = Uuid, Path)),
    responses((status = 201, body = Brought), (status = 200, body = Brought, description = "it was here already"), (status = 202, body = Brought, description = "a filter holds it"), (status = 401, body = Problem), (status = 413, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn message(
    State(gateway): State<Gateway>,
    Path(id): Path<InboxId>,
    Raw(headers, body): Raw,
) -> Result<(StatusCode, Json<Brought>), Problem> {
    let door = believed(&gateway, id, &headers, &body).await?;
    let told = inbound::message(&body).map_err(|why| Problem::invalid(why.to_string()))?;
    let (now, account) = (gateway.clock.now(), door.account);
    let reads = headers.get(ACCEPT_LANGUAGE).and_then(|said| said.to_str().ok());
    if let Err(wait) = let_in(&gateway, now, id, &door, told.contact.id.reveal()) {
        gateway.turned_away.count(&gateway, account, id, "too_fast");
        return Err(Problem::too_many_texts(wait, reply_in(&door.rates.reply, reads)));
    }
    let (name, contact_name) = (told.id, told.contact.name);
    let text = InboundText {
        name,
        address: told.contact.id,
        contact_name,
        text: told.text,
        files: told.attachments,
        visit: None,
    };
    let taken = match gateway.operations.receive_text(now, account, id, &text).await {
        Ok(taken) => taken,
        Err(OperationError::Held) => {
            gateway.turned_away.count(&gateway, account, id, "held");
            gateway.feeds.look();
            return Ok((StatusCode::ACCEPTED, Json(Brought::Held { held: true })));
        }
        Err(OperationError::Filtered(reply)) => {
            gateway.turned_away.count(&gateway, account, id, "refused");
            gateway.feeds.look();
            return Err(Problem::filtered(reply_in(&reply, reads)));
        }
        Err(other) => return Err(other.into()),
    };
    gateway.orders.texts_changed();
    let status = if taken.known { StatusCode::OK } else { StatusCode::CREATED };
    let reply = Taken { message: taken.id, conversation: taken.conversation.0, seq: taken.seq, known: taken.known };
    Ok((status, Json(Brought::Taken(reply))))
}

/// How one of our texts fared: `{"message": …, "state": "sent" | "delivered" | "read" | "failed", "reason": …}`, signed. In any
/// order, and as often as one likes.
#[utoipa::path(post, path = "/public/api/v1/inboxes/{id}/receipts", tag = "channels", params(("id" = Uuid, Path)),
    responses((status = 200, body = Told), (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn receipt(
    State(gateway): State<Gateway>,
    Path(id): Path<InboxId>,
    Raw(headers, body): Raw,
) -> Result<Json<Told>, Problem> {
    let account = believed(&gateway, id, &headers, &body).await?.account;
    let told = inbound::receipt(&body).map_err(|why| Problem::invalid(why.to_string()))?;
    let message: Uuid = told.message.parse().map_err(|_| Problem::not_found("message"))?;
    let word = match told.state {
        inbound::Word::Sent => TextState::Sent,
        inbound::Word::Failed => TextState::Failed,
        inbound::Word::Delivered => TextState::Delivered,
        inbound::Word::Read => TextState::Read,
    };
    let reason = told.reason.as_deref().filter(|_| word == TextState::Failed);
    let now = gateway.clock.now();
    let state = gateway.operations.text_receipt(now, account, id, message, (word, reason)).await?;
    Ok(Json(Told { state: state.as_str() }))
}

/// One more text of this contact. An error: not before so long.
fn let_in(gateway: &Gateway, now: Timestamp, id: InboxId, door: &InboxDoor, contact: &str) -> Result<(), Duration> {
    let (limits, rates) = (&gateway.visitors, gateway.visitors.rates);
    let of_contact = door.rates.contact.map_or(rates.texts_of_contact, Into::into);
    limits.take(now, &format!("texts of contact {contact} at {id}"), of_contact)?;
    limits.take(now, &format!("texts at {id}"), rates.texts_of_inbox)
}

/// Whose inbox it is, for whoever has signed. An inbox that is not there and a signature that does not fit are one answer.
pub(super) async fn believed(
    gateway: &Gateway,
    inbox: InboxId,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<InboxDoor, Problem> {
    let rejected = |why: Rejected| Problem::not_signed(why.to_string());
    let signed = Signed::of(|name| headers.get(name).and_then(|v| v.to_str().ok())).map_err(rejected)?;
    let now = gateway.clock.now();
    let door = gateway.operations.inbox_door(now, inbox).await?;
    let secrets = door.iter().flat_map(|door| &door.secrets);
    signed.verify(now, body, secrets.map(|s: &Pii<String>| s.reveal().as_str())).map_err(rejected)?;
    door.ok_or_else(|| rejected(Rejected::Signature))
}
