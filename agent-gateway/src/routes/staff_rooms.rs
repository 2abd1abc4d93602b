//! Rooms in which staff write to each other, and whom there is to write to. Each person's own; programs have no part in them.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use super::presence::shown;
use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _, StaffRoomId, UserId};
use ringdesk_operations::staff_rooms::{Colleague, RoomView};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct StaffRoomReply {
    id: Uuid,
    /// Null: the direct messages with somebody.
    name: Option<String>,
    /// Everybody in it, me too.
    people: Vec<StaffMember>,
    /// Number of the last line; 0: nothing was said yet.
    seq: i64,
    /// When it was said, or the room was made.
    line_at: i64,
    /// How far I have read.
    read: i64,
    /// Lines of others after that.
    unread: i64,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct StaffMember {
    #[serde(flatten)]
    who: StaffPerson,
    /// How far they have read.
    read: i64,
}

/// As much of a colleague as one needs to write to them: not since when they are on a break, nor why.
#[derive(Serialize, ToSchema)]
pub(crate) struct StaffPerson {
    /// The user.
    id: Uuid,
    /// Null: they are gone from the books.
    name: Option<String>,
    /// False: they are out of use, or their roles do not let them read it.
    active: bool,
    /// Of who takes work: `ready`, `not_ready`, `talking` …
    state: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewStaffRoom {
    /// At most 60 characters.
    name: String,
    /// Users who are in it beside me; at most 100 in all.
    #[serde(default)]
    people: Vec<Uuid>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StaffRoomName {
    /// At most 60 characters.
    name: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StaffUser {
    user: Uuid,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct StaffRoomMade {
    id: Uuid,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct StaffTyped {
    /// A part of the name, pinyin, or its initials; without it, everybody.
    #[serde(default)]
    q: String,
}

type RoomPlace = Path<(AccountId, StaffRoomId)>;

/// Those in which I am, the one with the newest line first.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/staff_rooms", tag = "colleagues", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<StaffRoomReply>), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<StaffRoomReply>>, Problem> {
    caller.may_in_person(account, Permission::ColleaguesWrite)?;
    let rooms = gateway.operations.staff_rooms(&caller.who.scope).await?.into_iter();
    let reply = |view: RoomView| StaffRoomReply {
        id: view.room.id.0,
        name: view.room.name,
        seq: view.room.seq,
        line_at: view.room.line_at.as_millis(),
        read: view.read,
        unread: view.unread,
        people: view.people.into_iter().map(|(one, read)| StaffMember { who: person(&gateway, one), read }).collect(),
    };
    Ok(Json(rooms.map(reply).collect()))
}

/// Whom I can write to, by name.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/staff_people", tag = "colleagues",
    params(("account_id" = Uuid, Path), StaffTyped),
    responses((status = 200, body = Vec<StaffPerson>), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn people(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    query: Result<Query<StaffTyped>, QueryRejection>,
) -> Result<Json<Vec<StaffPerson>>, Problem> {
    caller.may_in_person(account, Permission::ColleaguesWrite)?;
    let Query(typed) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    let found = gateway.operations.staff_people(&caller.who.scope, &typed.q).await?;
    Ok(Json(found.into_iter().map(|one| person(&gateway, one)).collect()))
}

/// The direct messages with somebody: found, or made.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/staff_rooms/direct", tag = "colleagues",
    params(("account_id" = Uuid, Path)), request_body = StaffUser,
    responses((status = 200, body = StaffRoomMade), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn direct(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<StaffUser>, JsonRejection>,
) -> Result<Json<StaffRoomMade>, Problem> {
    caller.may_in_person(account, Permission::ColleaguesWrite)?;
    let Json(StaffUser { user }) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    let id = gateway.operations.direct_room(now, &who.actor, &who.scope, UserId(user)).await?;
    Ok(Json(StaffRoomMade { id: id.0 }))
}

/// A room with a name.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/staff_rooms", tag = "colleagues",
    params(("account_id" = Uuid, Path)), request_body = NewStaffRoom,
    responses((status = 201, body = StaffRoomMade), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<NewStaffRoom>, JsonRejection>,
) -> Result<(StatusCode, Json<StaffRoomMade>), Problem> {
    caller.may_in_person(account, Permission::StaffRoomsMake)?;
    let Json(new) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    let people: Vec<UserId> = new.people.into_iter().map(UserId).collect();
    let id = gateway.operations.make_staff_room(now, &who.actor, &who.scope, &new.name, &people).await?;
    Ok((StatusCode::CREATED, Json(StaffRoomMade { id: id.0 })))
}

/// Another name for a room in which I am.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/staff_rooms/{id}", tag = "colleagues",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = StaffRoomName,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn edit(
    State(gateway): State<Gateway>,
    Path((account, id)): RoomPlace,
    caller: Caller,
    body: Result<Json<StaffRoomName>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may_in_person(account, Permission::StaffRoomsMake)?;
    let Json(StaffRoomName { name }) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    gateway.operations.name_staff_room(now, &who.actor, &who.scope, id, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ask somebody into a room in which I am. They read it from its beginning.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/staff_rooms/{id}/people", tag = "colleagues",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = StaffUser,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn add(
    State(gateway): State<Gateway>,
    Path((account, id)): RoomPlace,
    caller: Caller,
    body: Result<Json<StaffUser>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may_in_person(account, Permission::ColleaguesWrite)?;
    let Json(StaffUser { user }) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    gateway.operations.add_to_staff_room(now, &who.actor, &who.scope, id, UserId(user)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Go: I read nothing of it any more, until somebody asks me in again.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/staff_rooms/{id}/leave", tag = "colleagues",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn leave(
    State(gateway): State<Gateway>,
    Path((account, id)): RoomPlace,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may_in_person(account, Permission::ColleaguesWrite)?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    gateway.operations.leave_staff_room(now, &who.actor, &who.scope, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn person(gateway: &Gateway, one: Colleague) -> StaffPerson {
    let state = one.agent.map(|agent| shown(gateway, agent).state().to_owned());
    StaffPerson { id: one.user.0, name: one.name, active: one.active, state }
}
