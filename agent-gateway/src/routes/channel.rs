//! The door of the API channel. Nobody signs in here: who knows the inbox's secret has signed the request (docs/channels.md).

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use crate::Gateway;
use crate::problem::Problem;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use ringdesk_channels::capabilities::API;
use ringdesk_channels::{Rejected, Signed, inbound};
use ringdesk_conversations::TextState;
use ringdesk_model::{AccountId, Clock as _, InboxId, Pii};
use ringdesk_operations::texts::InboundText;
use serde::Serialize;
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
/// sent again under the same `id`, it is the same one.
#[utoipa::path(post, path = "/public/api/v1/inboxes/{id}/messages", tag = "channels", params(("id" = Uuid, Path)),
    responses((status = 201, body = Taken), (status = 200, body = Taken, description = "it was here already"), (status = 401, body = Problem), (status = 413, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn message(
    State(gateway): State<Gateway>,
    Path(id): Path<InboxId>,
    Raw(headers, body): Raw,
) -> Result<(StatusCode, Json<Taken>), Problem> {
    let account = believed(&gateway, id, &headers, &body).await?;
    let told = inbound::message(&body).map_err(|why| Problem::invalid(why.to_string()))?;
    let (name, contact_name) = (told.id, told.contact.name);
    let text = InboundText {
        name,
        address: told.contact.id,
        contact_name,
        text: told.text,
        files: told.attachments,
        visit: None,
    };
    let taken = gateway.operations.receive_text(gateway.clock.now(), account, id, &text).await?;
    gateway.orders.texts_changed();
    let status = if taken.known { StatusCode::OK } else { StatusCode::CREATED };
    let reply = Taken { message: taken.id, conversation: taken.conversation.0, seq: taken.seq, known: taken.known };
    Ok((status, Json(reply)))
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
    let account = believed(&gateway, id, &headers, &body).await?;
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

/// Whose inbox it is, for whoever has signed. An inbox that is not there and a signature that does not fit are one answer.
pub(super) async fn believed(
    gateway: &Gateway,
    inbox: InboxId,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<AccountId, Problem> {
    let rejected = |why: Rejected| Problem::not_signed(why.to_string());
    let signed = Signed::of(|name| headers.get(name).and_then(|v| v.to_str().ok())).map_err(rejected)?;
    let now = gateway.clock.now();
    let (account, secrets) = match gateway.operations.inbox_secrets(now, inbox).await? {
        Some((account, secrets)) => (Some(account), secrets),
        None => (None, Vec::new()),
    };
    signed.verify(now, body, secrets.iter().map(|s: &Pii<String>| s.reveal().as_str())).map_err(rejected)?;
    account.ok_or_else(|| rejected(Rejected::Signature))
}
