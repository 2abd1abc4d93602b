//! Notes of a conversation: for staff, and never for anybody else.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _, ConversationId, NoteId, Pii};
use ringdesk_operations::notes::NoteEdit;
use ringdesk_storage::notes::Note;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct NoteReply {
    id: Uuid,
    /// The user who wrote it; null: the house.
    author: Option<Uuid>,
    agent: Option<Uuid>,
    /// Numbers are hidden from readers without the right to them, but for who wrote it.
    text: String,
    pinned: bool,
    at: i64,
    edited_at: Option<i64>,
    /// I wrote it. Its text can be changed for 24 hours.
    mine: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewNote {
    /// At most 4,000 characters.
    text: String,
    /// Shown before the others, to the next agent too; at most five.
    #[serde(default)]
    pinned: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangedNote {
    /// Of my own, for 24 hours.
    #[serde(default)]
    text: Option<String>,
    /// Of anybody's.
    #[serde(default)]
    pinned: Option<bool>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct NoteMade {
    id: Uuid,
}

/// Those that are pinned first, then the newest.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/conversations/{id}/notes", tag = "conversations",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 200, body = Vec<NoteReply>), (status = 404, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ConversationId)>,
    caller: Caller,
) -> Result<Json<Vec<NoteReply>>, Problem> {
    caller.may_read(account)?;
    let scope = &caller.who.scope;
    let shown = |note: Note| NoteReply {
        id: note.id.0,
        mine: note.author == Some(scope.user),
        author: note.author.map(|u| u.0),
        agent: note.agent.map(|a| a.0),
        text: note.text.into_inner(),
        pinned: note.pinned,
        at: note.at.as_millis(),
        edited_at: note.edited_at.map(|at| at.as_millis()),
    };
    Ok(Json(gateway.operations.notes(scope, id).await?.into_iter().map(shown).collect()))
}

/// Write one.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/conversations/{id}/notes", tag = "conversations",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = NewNote,
    responses((status = 201, body = NoteMade), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn write(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ConversationId)>,
    caller: Caller,
    body: Result<Json<NewNote>, JsonRejection>,
) -> Result<(StatusCode, Json<NoteMade>), Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let Json(new) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, who, text) = (gateway.clock.now(), &caller.who, Pii::new(new.text));
    let note = gateway.operations.write_note(now, &who.actor, &who.scope, id, &text, new.pinned).await?;
    Ok((StatusCode::CREATED, Json(NoteMade { id: note.0 })))
}

/// Change what my own says, for 24 hours; pin anybody's, or take the pin out.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/notes/{id}", tag = "conversations",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = ChangedNote,
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn edit(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, NoteId)>,
    caller: Caller,
    body: Result<Json<ChangedNote>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let Json(changed) = body.map_err(|e| Problem::unreadable(&e))?;
    let edit = NoteEdit { text: changed.text.map(Pii::new), pinned: changed.pinned };
    let (now, who) = (gateway.clock.now(), &caller.who);
    gateway.operations.edit_note(now, &who.actor, &who.scope, id, &edit).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take my own back, for 24 hours.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/notes/{id}", tag = "conversations",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn remove(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, NoteId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    gateway.operations.remove_note(now, &who.actor, &who.scope, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
