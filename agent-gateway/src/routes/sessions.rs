//! Where somebody is signed in.

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _, UserId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct SessionReply {
    id: Uuid,
    /// Milliseconds since 1970, like all that follow.
    created_at: i64,
    /// Of the last request, to a few minutes.
    seen_at: i64,
    /// It ends then in any case.
    expires_at: i64,
    /// From which it was opened.
    address: Option<String>,
    /// The one that asks.
    current: bool,
}

/// One's own sessions, newest first.
#[utoipa::path(get, path = "/api/v1/auth/sessions", tag = "auth",
    responses((status = 200, body = Vec<SessionReply>), (status = 401, body = Problem)))]
pub(crate) async fn list(State(gateway): State<Gateway>, caller: Caller) -> Result<Json<Vec<SessionReply>>, Problem> {
    let found = gateway.operations.sessions(gateway.clock.now(), &caller.who).await?;
    let shown = found.into_iter().map(|session| SessionReply {
        id: session.id,
        created_at: session.created.as_millis(),
        seen_at: session.seen.as_millis(),
        expires_at: session.expires.as_millis(),
        address: session.address,
        current: session.id == caller.who.session,
    });
    Ok(Json(shown.collect()))
}

/// Sign out everywhere, here included.
#[utoipa::path(delete, path = "/api/v1/auth/sessions", tag = "auth", responses((status = 204), (status = 401, body = Problem)))]
pub(crate) async fn end_all(State(gateway): State<Gateway>, caller: Caller) -> Result<StatusCode, Problem> {
    let (now, who) = (gateway.clock.now(), &caller.who);
    gateway.operations.end_sessions(now, &who.actor, who.user.account, who.user.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// End one of one's own.
#[utoipa::path(delete, path = "/api/v1/auth/sessions/{id}", tag = "auth", params(("id" = Uuid, Path)),
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn end(
    State(gateway): State<Gateway>,
    Path(id): Path<Uuid>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    gateway.operations.end_session(gateway.clock.now(), &caller.who, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sign somebody out everywhere.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/users/{id}/sessions", tag = "users",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn end_all_of(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, UserId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::UsersManage)?;
    gateway.operations.end_sessions(gateway.clock.now(), &caller.who.actor, account, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
