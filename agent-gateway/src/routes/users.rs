//! Users, for those who manage them.

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::{Permission, role_name};
use ringdesk_model::{AccountId, Clock as _, Scope, UserId};
use ringdesk_operations::users::NewUser;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct UserReply {
    id: Uuid,
    login: String,
    name: String,
    roles: Vec<String>,
    agent: Option<Uuid>,
    extension: Option<String>,
    disabled: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Create {
    login: String,
    name: String,
    /// `agent`, `leader`, `manager`, `technician`, `reviewer`, `operator`.
    roles: Vec<String>,
    password: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Password {
    password: String,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Created {
    id: Uuid,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct RoleReply {
    name: String,
    permissions: Vec<&'static str>,
}

/// Everybody who may sign in.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/users", tag = "users", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<UserReply>), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<UserReply>>, Problem> {
    caller.may(account, Permission::UsersManage)?;
    let scope = Scope { everyone: true, ..caller.who.scope.clone() };
    let found = gateway.operations.users(&scope).await?.into_iter().map(|user| UserReply {
        id: user.id.0,
        login: user.login,
        name: user.name,
        roles: user.roles,
        agent: user.agent.map(|a| a.0),
        extension: user.extension,
        disabled: user.disabled,
    });
    Ok(Json(found.collect()))
}

/// Make a user. Nobody gives a right that they do not have.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/users", tag = "users", params(("account_id" = Uuid, Path)),
    request_body = Create, responses((status = 201, body = Created), (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<Create>, JsonRejection>,
) -> Result<(StatusCode, Json<Created>), Problem> {
    caller.may(account, Permission::UsersManage)?;
    let Json(new) = body.map_err(|e| Problem::unreadable(&e))?;
    let login = new.login.trim().to_lowercase();
    if login.is_empty() || login.chars().count() > 100 || login.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(Problem::invalid("a login has 1 to 100 characters and no blanks"));
    }
    if new.name.trim().is_empty() || new.name.chars().count() > 200 {
        return Err(Problem::invalid("a name has 1 to 200 characters"));
    }
    let mut roles = Vec::new();
    for name in &new.roles {
        let known = gateway.operations.roles().iter().find(|r| r.name == role_name(name));
        let role = known.ok_or_else(|| Problem::invalid(format!("no role `{name}`")))?;
        caller.may(account, Permission::RightsGrant)?;
        for permission in &role.permissions {
            caller.may(account, *permission)?;
        }
        roles.push(role.name.clone());
    }
    let user = NewUser { login, name: new.name.trim().to_owned(), roles, agent: None };
    let id =
        gateway.operations.create_user(gateway.clock.now(), &caller.who.actor, account, user, &new.password).await?;
    Ok((StatusCode::CREATED, Json(Created { id: id.0 })))
}

/// A new password: it ends every session of the user.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/users/{id}/password", tag = "users",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = Password,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn set_password(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, UserId)>,
    caller: Caller,
    body: Result<Json<Password>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::UsersManage)?;
    let Json(new) = body.map_err(|e| Problem::unreadable(&e))?;
    gateway.operations.set_password(gateway.clock.now(), &caller.who.actor, account, id, &new.password).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The roles there are, with their permissions.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/roles", tag = "users", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<RoleReply>), (status = 403, body = Problem)))]
pub(crate) async fn roles(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<RoleReply>>, Problem> {
    caller.may(account, Permission::UsersManage)?;
    let roles = gateway.operations.roles().iter().map(|role| RoleReply {
        name: role.name.clone(),
        permissions: role.permissions.iter().map(|p| p.as_str()).collect(),
    });
    Ok(Json(roles.collect()))
}
