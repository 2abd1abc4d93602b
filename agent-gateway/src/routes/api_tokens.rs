//! Keys for programs.

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _};
use ringdesk_operations::api_tokens::NewApiToken;
use ringdesk_storage::api_tokens::ApiToken;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::time::Duration;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct TokenReply {
    id: Uuid,
    name: String,
    permissions: Vec<String>,
    /// Who made it: it can do no more than they can now.
    user_id: Uuid,
    /// Milliseconds since 1970 (UTC).
    created_at: i64,
    expires_at: i64,
    /// It has ended by itself.
    expired: bool,
    /// Of its last request, to the minute.
    seen_at: Option<i64>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewToken {
    /// Says what it is for; at most 100 characters.
    name: String,
    /// Names of permissions that you have yourself: `conversations.read_all`.
    permissions: BTreeSet<String>,
    /// 1 to 366.
    expires_in_days: u16,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct MadeToken {
    id: Uuid,
    /// For `Authorization: Bearer`. Shown once.
    token: String,
}

/// Keys of programs, newest first.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/api_tokens", tag = "users", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<TokenReply>), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<TokenReply>>, Problem> {
    caller.may(account, Permission::RightsGrant)?;
    let now = gateway.clock.now();
    let shown = |token: ApiToken| TokenReply {
        id: token.id,
        name: token.name,
        permissions: token.permissions,
        user_id: token.user.0,
        created_at: token.created.as_millis(),
        expires_at: token.expires.as_millis(),
        expired: token.expires <= now,
        seen_at: token.seen.map(|at| at.as_millis()),
    };
    Ok(Json(gateway.operations.api_tokens(account).await?.into_iter().map(shown).collect()))
}

/// Make one. It is no agent, cannot make others, and ends.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/api_tokens", tag = "users", params(("account_id" = Uuid, Path)),
    request_body = NewToken, responses((status = 201, body = MadeToken), (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<NewToken>, JsonRejection>,
) -> Result<(StatusCode, Json<MadeToken>), Problem> {
    caller.may(account, Permission::RightsGrant)?;
    if caller.who.by_token.is_some() {
        return Err(Problem::forbidden());
    }
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let named = |name: &String| {
        Permission::parse(name).ok_or_else(|| Problem::invalid(format!("there is no permission {name:?}")))
    };
    let permissions = wish.permissions.iter().map(named).collect::<Result<_, _>>()?;
    let now = gateway.clock.now();
    let expires = now + Duration::from_secs(u64::from(wish.expires_in_days) * 86_400);
    let new = NewApiToken { name: wish.name, permissions, expires };
    let (made, shown) = gateway.operations.create_api_token(now, &caller.who, new).await?;
    Ok((StatusCode::CREATED, Json(MadeToken { id: made.id, token: shown.into_inner() })))
}

/// End one at once.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/api_tokens/{id}", tag = "users",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn remove(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, Uuid)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::RightsGrant)?;
    gateway.operations.remove_api_token(gateway.clock.now(), &caller.who.actor, account, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
