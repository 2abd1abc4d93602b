//! Texts of mine to a contact: sent once however often, said otherwise, recalled; how far each side has read; the end of it.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _, ConversationId, Pii};
use ringdesk_storage::text_matters::Cursors;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewText {
    /// My own name for it, 1 to 200 bytes (a UUID): sent again under the same name, it is the same text and the same answer.
    client_id: String,
    /// At most 8,000 characters; may be empty beside files.
    text: String,
    /// Files that I have brought to this conversation, at most 10, in this order.
    #[serde(default)]
    attachments: Vec<Uuid>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OtherText {
    text: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Seen {
    /// The number of the last line that I have read. Never goes back.
    seq: i64,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TextSent {
    id: Uuid,
    seq: i64,
    at: i64,
    client_id: String,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Numbered {
    /// Of the line that tells of it.
    seq: i64,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct FirstText {
    text: String,
}

/// Numbers of lines; all 0 where no texts are written.
#[derive(Default, Serialize, ToSchema)]
pub(crate) struct CursorsReply {
    /// How far the contact has got our texts.
    delivered: i64,
    /// And read them.
    read: i64,
    /// How far we have read.
    seen: i64,
}

type Place = Path<(AccountId, ConversationId)>;
type LinePlace = Path<(AccountId, ConversationId, i64)>;

/// Send a text to the contact. What is acknowledged is stored, once.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/conversations/{id}/messages", tag = "texts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = NewText,
    responses((status = 201, body = TextSent), (status = 200, body = TextSent, description = "it was sent before"), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn send(
    State(gateway): State<Gateway>,
    Path((account, id)): Place,
    caller: Caller,
    body: Result<Json<NewText>, JsonRejection>,
) -> Result<(StatusCode, Json<TextSent>), Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let Json(new) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    let text = Pii::new(new.text);
    let sent = gateway
        .operations
        .send_text(now, &who.actor, &who.scope, id, (&new.client_id, &text, &new.attachments))
        .await?;
    gateway.orders.texts_changed();
    let status = if sent.known { StatusCode::OK } else { StatusCode::CREATED };
    let reply = TextSent { id: sent.id, seq: sent.seq, at: sent.at.as_millis(), client_id: new.client_id };
    Ok((status, Json(reply)))
}

/// Say mine otherwise, for two minutes.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/conversations/{id}/messages/{seq}", tag = "texts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path), ("seq" = i64, Path)), request_body = OtherText,
    responses((status = 200, body = Numbered), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn edit(
    State(gateway): State<Gateway>,
    Path((account, id, seq)): LinePlace,
    caller: Caller,
    body: Result<Json<OtherText>, JsonRejection>,
) -> Result<Json<Numbered>, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let Json(other) = body.map_err(|e| Problem::unreadable(&e))?;
    change(&gateway, &caller, (id, seq), Some(Pii::new(other.text))).await
}

/// Take mine back, for two minutes: nobody reads it any more, and that it was there stays.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/conversations/{id}/messages/{seq}", tag = "texts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path), ("seq" = i64, Path)),
    responses((status = 200, body = Numbered), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn recall(
    State(gateway): State<Gateway>,
    Path((account, id, seq)): LinePlace,
    caller: Caller,
) -> Result<Json<Numbered>, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    change(&gateway, &caller, (id, seq), None).await
}

async fn change(
    gateway: &Gateway,
    caller: &Caller,
    place: (ConversationId, i64),
    text: Option<Pii<String>>,
) -> Result<Json<Numbered>, Problem> {
    let (now, who) = (gateway.clock.now(), &caller.who);
    let seq = gateway.operations.change_text(now, &who.actor, &who.scope, place, text.as_ref()).await?;
    gateway.orders.texts_changed();
    Ok(Json(Numbered { seq }))
}

/// Have one sent again that failed, or of which nobody knows. It stays the same text.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/conversations/{id}/messages/{seq}/retry", tag = "texts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path), ("seq" = i64, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn retry(
    State(gateway): State<Gateway>,
    Path((account, id, seq)): LinePlace,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    gateway.operations.retry_text(now, &who.actor, &who.scope, (id, seq)).await?;
    gateway.orders.texts_changed();
    Ok(StatusCode::NO_CONTENT)
}

/// What a text said before it was edited or recalled. Who asks is written in the audit.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/conversations/{id}/messages/{seq}/reveal", tag = "texts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path), ("seq" = i64, Path)),
    responses((status = 200, body = FirstText), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn reveal(
    State(gateway): State<Gateway>,
    Path((account, id, seq)): LinePlace,
    caller: Caller,
) -> Result<Json<FirstText>, Problem> {
    caller.may(account, Permission::AuditRead)?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    let text = gateway.operations.first_text(now, &who.actor, &who.scope, (id, seq)).await?;
    Ok(Json(FirstText { text: text.into_inner() }))
}

/// How far each side has read.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/conversations/{id}/cursors", tag = "texts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), responses((status = 200, body = CursorsReply), (status = 404, body = Problem)))]
pub(crate) async fn cursors(
    State(gateway): State<Gateway>,
    Path((account, id)): Place,
    caller: Caller,
) -> Result<Json<CursorsReply>, Problem> {
    caller.may_read(account)?;
    let scope = &caller.who.scope;
    gateway.operations.conversation(scope, id).await?;
    Ok(Json(gateway.operations.cursors(scope, id).await?.map(shown).unwrap_or_default()))
}

/// I have read up to here.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/conversations/{id}/cursors", tag = "texts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = Seen,
    responses((status = 200, body = CursorsReply), (status = 404, body = Problem)))]
pub(crate) async fn seen(
    State(gateway): State<Gateway>,
    Path((account, id)): Place,
    caller: Caller,
    body: Result<Json<Seen>, JsonRejection>,
) -> Result<Json<CursorsReply>, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let Json(Seen { seq }) = body.map_err(|e| Problem::unreadable(&e))?;
    Ok(Json(shown(gateway.operations.text_seen(gateway.clock.now(), &caller.who.scope, id, seq).await?)))
}

/// The matter is settled: the parts in it are over, and whoever writes again within a day goes on with it. Closing twice is
/// closing once. Calls are hung up.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/conversations/{id}/close", tag = "texts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), responses((status = 204), (status = 404, body = Problem)))]
pub(crate) async fn close(
    State(gateway): State<Gateway>,
    Path((account, id)): Place,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    gateway.operations.close_text(now, &who.actor, &who.scope, id).await?;
    gateway.orders.texts_changed();
    Ok(StatusCode::NO_CONTENT)
}

fn shown(cursors: Cursors) -> CursorsReply {
    CursorsReply { delivered: cursors.delivered, read: cursors.read, seen: cursors.seen }
}
