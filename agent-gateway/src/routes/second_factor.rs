//! Second factors: setting up one's own, and who needs one.

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _, UserId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct SecondFactorReply {
    /// Since when a code is asked for at sign-in; milliseconds since 1970. `null`: it is not.
    set_up: Option<i64>,
    recovery_codes_left: i64,
    /// One of your roles needs it. Without one nothing else is allowed.
    needed: bool,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct SecretReply {
    /// For typing into an authenticator; shown once.
    secret: String,
    /// The same for a QR code (`otpauth://…`).
    address: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Code {
    /// Six figures; where one is taken away also a recovery code.
    code: String,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct RecoveryCodes {
    /// Each is good once, in the place of a code. Shown once.
    recovery_codes: Vec<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RolesWish {
    roles: BTreeSet<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct RolesReply {
    /// Whoever has one of these needs a second factor.
    roles: BTreeSet<String>,
    /// Users who have one.
    users: Vec<Uuid>,
}

/// Keys of programs are nobody's telephone.
pub(super) fn person(caller: &Caller) -> Result<(), Problem> {
    if caller.who.by_token.is_some() { Err(Problem::forbidden()) } else { Ok(()) }
}

/// How it stands with one's own.
#[utoipa::path(get, path = "/api/v1/auth/second_factor", tag = "auth",
    responses((status = 200, body = SecondFactorReply), (status = 401, body = Problem)))]
pub(crate) async fn read(State(gateway): State<Gateway>, caller: Caller) -> Result<Json<SecondFactorReply>, Problem> {
    let state = gateway.operations.second_factor(&caller.who).await?;
    Ok(Json(SecondFactorReply {
        set_up: state.confirmed.map(|at| at.as_millis()),
        recovery_codes_left: state.recovery_codes_left,
        needed: state.needed,
    }))
}

/// Begin to set one up: a secret for an authenticator. It is asked for once its first code was typed.
#[utoipa::path(post, path = "/api/v1/auth/second_factor", tag = "auth",
    responses((status = 200, body = SecretReply), (status = 401, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn begin(State(gateway): State<Gateway>, caller: Caller) -> Result<Json<SecretReply>, Problem> {
    person(&caller)?;
    let new = gateway.operations.begin_second_factor(gateway.clock.now(), &caller.who).await?;
    Ok(Json(SecretReply { secret: new.secret.into_inner(), address: new.address.into_inner() }))
}

/// The first code: from now on one is asked for at sign-in.
#[utoipa::path(put, path = "/api/v1/auth/second_factor", tag = "auth", request_body = Code,
    responses((status = 200, body = RecoveryCodes), (status = 403, body = Problem), (status = 404, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn confirm(
    State(gateway): State<Gateway>,
    caller: Caller,
    body: Result<Json<Code>, JsonRejection>,
) -> Result<Json<RecoveryCodes>, Problem> {
    person(&caller)?;
    let Json(body) = body.map_err(|e| Problem::unreadable(&e))?;
    let codes = gateway.operations.confirm_second_factor(gateway.clock.now(), &caller.who, &body.code).await?;
    Ok(Json(RecoveryCodes { recovery_codes: codes.into_iter().map(|code| code.into_inner()).collect() }))
}

/// Other recovery codes; those there were open nothing any more.
#[utoipa::path(post, path = "/api/v1/auth/second_factor/recovery_codes", tag = "auth", request_body = Code,
    responses((status = 200, body = RecoveryCodes), (status = 403, body = Problem), (status = 404, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn renew_codes(
    State(gateway): State<Gateway>,
    caller: Caller,
    body: Result<Json<Code>, JsonRejection>,
) -> Result<Json<RecoveryCodes>, Problem> {
    person(&caller)?;
    let Json(body) = body.map_err(|e| Problem::unreadable(&e))?;
    let codes = gateway.operations.renew_recovery_codes(gateway.clock.now(), &caller.who, &body.code).await?;
    Ok(Json(RecoveryCodes { recovery_codes: codes.into_iter().map(|code| code.into_inner()).collect() }))
}

/// Take one's own away; not while a role needs it.
#[utoipa::path(post, path = "/api/v1/auth/second_factor/remove", tag = "auth", request_body = Code,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn remove(
    State(gateway): State<Gateway>,
    caller: Caller,
    body: Result<Json<Code>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    person(&caller)?;
    let Json(body) = body.map_err(|e| Problem::unreadable(&e))?;
    gateway.operations.drop_second_factor(gateway.clock.now(), &caller.who, &body.code).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take somebody's away who has lost telephone and recovery codes. They are signed out.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/users/{id}/second_factor", tag = "users",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn reset(
    State(gateway): State<Gateway>,
    Path((account, user)): Path<(AccountId, UserId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::RightsGrant)?;
    person(&caller)?;
    gateway.operations.reset_second_factor(gateway.clock.now(), &caller.who.actor, account, user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which roles need one, and who has one.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/second_factor_roles", tag = "users", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = RolesReply), (status = 403, body = Problem)))]
pub(crate) async fn roles(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<RolesReply>, Problem> {
    caller.may(account, Permission::UsersManage)?;
    let users = gateway.operations.second_factors(account).await?.into_iter().map(|user| user.0).collect();
    Ok(Json(RolesReply { roles: gateway.operations.second_factor_roles(account).await?, users }))
}

/// These roles need one. Who has none can do nothing but set one up, from the next request on.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/second_factor_roles", tag = "users", params(("account_id" = Uuid, Path)),
    request_body = RolesWish, responses((status = 204), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn set_roles(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<RolesWish>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::RightsGrant)?;
    let Json(body) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, actor) = (gateway.clock.now(), &caller.who.actor);
    gateway.operations.set_second_factor_roles(now, actor, account, &body.roles).await?;
    Ok(StatusCode::NO_CONTENT)
}
