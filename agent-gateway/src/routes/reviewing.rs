//! What reviewers leave: remarks beside a recording, and better texts for lines that were misheard.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _, CommentId, ConversationId, Pii, RecordingId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct CommentReply {
    id: Uuid,
    /// Counted from the beginning of the recording.
    at_ms: i64,
    text: String,
    /// A user, and their name.
    author: Uuid,
    author_name: String,
    written_at: i64,
    /// Written by who asks: they may take it away.
    mine: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewComment {
    at_ms: i64,
    /// 1 to 2,000 characters.
    text: String,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct MadeComment {
    id: Uuid,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewLine {
    /// Which line of the conversation; it was spoken.
    seq: i64,
    /// What was said, in the ears of a person.
    text: String,
    /// How often the line was corrected, as far as one knows: 409 when somebody was quicker.
    replaces: i64,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct CorrectedReply {
    /// How often it is corrected by now.
    corrections: i64,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct CorrectionReply {
    seq: i64,
    /// From 1 for each line; the first has what the engine heard.
    version: i64,
    /// What it said, until then.
    was: String,
    author: Uuid,
    author_name: String,
    at: i64,
}

/// Remarks beside a recording, in the order of their moments.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/recordings/{id}/comments", tag = "recordings",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 200, body = Vec<CommentReply>), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn comments(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, RecordingId)>,
    caller: Caller,
) -> Result<Json<Vec<CommentReply>>, Problem> {
    caller.may(account, Permission::RecordingsPlay)?;
    let scope = &caller.who.scope;
    let found = gateway.operations.recording_comments(scope, id).await?;
    let shown = found.into_iter().map(|(comment, author_name)| CommentReply {
        id: comment.id.0,
        at_ms: comment.at_ms,
        text: comment.text.into_inner(),
        author: comment.author.0,
        author_name,
        written_at: comment.written_at.as_millis(),
        mine: comment.author == scope.user,
    });
    Ok(Json(shown.collect()))
}

/// Remark something at a moment of a recording.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/recordings/{id}/comments", tag = "recordings",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = NewComment,
    responses((status = 201, body = MadeComment), (status = 403, body = Problem), (status = 404, body = Problem), (status = 410, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn comment(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, RecordingId)>,
    caller: Caller,
    body: Result<Json<NewComment>, JsonRejection>,
) -> Result<(StatusCode, Json<MadeComment>), Problem> {
    caller.may(account, Permission::RecordingsPlay)?;
    let Json(NewComment { at_ms, text }) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    let made = gateway.operations.comment_on_recording(now, &who.actor, &who.scope, id, at_ms, Pii::new(text)).await?;
    Ok((StatusCode::CREATED, Json(MadeComment { id: made.0 })))
}

/// Take one's own remark away.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/comments/{id}", tag = "recordings",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn uncomment(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, CommentId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::RecordingsPlay)?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    gateway.operations.remove_recording_comment(now, &who.actor, &who.scope, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What lines of the conversation said before somebody mended them, oldest first.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/conversations/{id}/corrections", tag = "conversations",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 200, body = Vec<CorrectionReply>), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn corrections(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ConversationId)>,
    caller: Caller,
) -> Result<Json<Vec<CorrectionReply>>, Problem> {
    caller.may(account, Permission::QualityReview)?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    let found = gateway.operations.corrections(now, &who.actor, &who.scope, id).await?;
    let shown = found.into_iter().map(|(one, author_name)| CorrectionReply {
        seq: one.seq,
        version: one.n,
        was: one.was.into_inner(),
        author: one.author.0,
        author_name,
        at: one.at.as_millis(),
    });
    Ok(Json(shown.collect()))
}

/// Mend a line that was misheard: it is found by its new words, and what it said is kept.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/conversations/{id}/corrections", tag = "conversations",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = NewLine,
    responses((status = 201, body = CorrectedReply), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn correct(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ConversationId)>,
    caller: Caller,
    body: Result<Json<NewLine>, JsonRejection>,
) -> Result<(StatusCode, Json<CorrectedReply>), Problem> {
    caller.may(account, Permission::QualityReview)?;
    let Json(NewLine { seq, text, replaces }) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    let corrections =
        gateway.operations.correct_line(now, &who.actor, &who.scope, id, (seq, replaces), Pii::new(text)).await?;
    Ok((StatusCode::CREATED, Json(CorrectedReply { corrections })))
}
