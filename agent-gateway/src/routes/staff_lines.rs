//! What staff say to each other in a room: sent once however often, taken back, read. For who is in the room.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use crate::Gateway;
use crate::caller::Caller;
use crate::limit::limit;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _, ConversationId, Pii, StaffRoomId};
use ringdesk_operations::staff_lines::LineView;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Of a page, unless the reader says otherwise.
const PAGE: i64 = 50;

#[derive(Serialize, ToSchema)]
pub(crate) struct StaffLineReply {
    id: Uuid,
    seq: i64,
    /// `said`; or what became of the room: `made`, `added` (whom), `left`, `named` (the text).
    kind: &'static str,
    /// The user who wrote it, or did it.
    author: Uuid,
    /// Null: they are gone from the books.
    author_name: Option<String>,
    whom: Option<Uuid>,
    whom_name: Option<String>,
    /// Numbers are hidden from readers without the right to them, but for who wrote it. Empty once it was recalled.
    text: String,
    /// It is about a conversation.
    about: bool,
    /// Which, for who may see that.
    conversation: Option<Uuid>,
    at: i64,
    recalled: bool,
    /// I wrote it. It can be recalled for two minutes.
    mine: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewStaffLine {
    /// My own name for it, 1 to 200 bytes (a UUID): sent again under the same name, it is the same line and the same answer.
    client_id: String,
    /// At most 8,000 characters.
    text: String,
    /// What it is about, which I may see.
    #[serde(default)]
    conversation: Option<Uuid>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct StaffLineSaid {
    id: Uuid,
    seq: i64,
    at: i64,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StaffRead {
    /// The number of the last line that I have read. Never goes back.
    seq: i64,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct StaffPage {
    /// Only lines before this number.
    before: Option<i64>,
    /// 1 to 100; 50 without it.
    limit: Option<i64>,
}

type RoomPlace = Path<(AccountId, StaffRoomId)>;

/// The newest, in their order.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/staff_rooms/{id}/lines", tag = "colleagues",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path), StaffPage),
    responses((status = 200, body = Vec<StaffLineReply>), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path((account, id)): RoomPlace,
    caller: Caller,
    query: Result<Query<StaffPage>, QueryRejection>,
) -> Result<Json<Vec<StaffLineReply>>, Problem> {
    caller.may_in_person(account, Permission::ColleaguesWrite)?;
    let Query(page) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    let limit = limit(page.limit, PAGE, 100)?;
    let scope = &caller.who.scope;
    let found = gateway.operations.staff_lines(scope, id, page.before, limit).await?;
    let reply = |LineView { line, is_about, author, whom }| StaffLineReply {
        id: line.id,
        seq: line.seq,
        kind: line.kind.as_str(),
        mine: line.author == scope.user,
        author: line.author.0,
        author_name: author,
        whom: line.whom.map(|user| user.0),
        whom_name: whom,
        text: line.text.into_inner(),
        about: is_about,
        conversation: line.conversation.map(|about| about.0),
        at: line.at.as_millis(),
        recalled: line.recalled,
    };
    Ok(Json(found.into_iter().map(reply).collect()))
}

/// Say something. What is acknowledged is stored, once.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/staff_rooms/{id}/lines", tag = "colleagues",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = NewStaffLine,
    responses((status = 200, body = StaffLineSaid), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn say(
    State(gateway): State<Gateway>,
    Path((account, id)): RoomPlace,
    caller: Caller,
    body: Result<Json<NewStaffLine>, JsonRejection>,
) -> Result<Json<StaffLineSaid>, Problem> {
    caller.may_in_person(account, Permission::ColleaguesWrite)?;
    let Json(new) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, who, text) = (gateway.clock.now(), &caller.who, Pii::new(new.text));
    let line = (new.client_id.as_str(), &text, new.conversation.map(ConversationId));
    let said = gateway.operations.say_to_staff(now, &who.actor, &who.scope, id, line).await?;
    Ok(Json(StaffLineSaid { id: said.id, seq: said.seq, at: said.at.as_millis() }))
}

/// Take mine back, for two minutes: nobody reads it any more, and that it was there stays.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/staff_rooms/{id}/lines/{seq}", tag = "colleagues",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path), ("seq" = i64, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn recall(
    State(gateway): State<Gateway>,
    Path((account, id, seq)): Path<(AccountId, StaffRoomId, i64)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may_in_person(account, Permission::ColleaguesWrite)?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    gateway.operations.recall_staff_line(now, &who.actor, &who.scope, id, seq).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// I have read up to here.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/staff_rooms/{id}/read", tag = "colleagues",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = StaffRead,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn read(
    State(gateway): State<Gateway>,
    Path((account, id)): RoomPlace,
    caller: Caller,
    body: Result<Json<StaffRead>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may_in_person(account, Permission::ColleaguesWrite)?;
    let Json(StaffRead { seq }) = body.map_err(|e| Problem::unreadable(&e))?;
    gateway.operations.read_staff_room(gateway.clock.now(), &caller.who.scope, id, seq).await?;
    Ok(StatusCode::NO_CONTENT)
}
