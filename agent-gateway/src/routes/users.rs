//! Users, for those who manage them.

use super::auth::Address;
use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::{Permission, role_name};
use ringdesk_model::{AccountId, Clock as _, Language, Pii, Scope, UserId};
use ringdesk_operations::OperationError;
use ringdesk_operations::people::{About, email_form, language_form};
use ringdesk_operations::users::{NewUser, login_form, name_form};
use ringdesk_storage::users::User;
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
    email: Option<String>,
    /// `en` or `zh-CN`; `null`: as their browser reads.
    language: Option<&'static str>,
    /// They have not chosen a password of their own yet.
    must_change_password: bool,
    /// Counts changes; an edit says which it replaces.
    version: i64,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Create {
    login: String,
    name: String,
    /// `agent`, `leader`, `manager`, `technician`, `reviewer`, `operator`.
    roles: Vec<String>,
    password: String,
    /// Of nobody else in the account.
    #[serde(default)]
    email: Option<String>,
    /// `en` or `zh-CN`; without it as their browser reads.
    #[serde(default)]
    language: Option<String>,
    /// They choose one of their own at the first sign-in (without it: yes).
    #[serde(default = "yes")]
    must_change_password: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Password {
    password: String,
    /// Of who changes their own.
    #[serde(default)]
    present: Option<String>,
    /// Of somebody else: they choose one of their own at the next sign-in (without it: yes).
    #[serde(default = "yes")]
    must_change_password: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Roles {
    roles: Vec<String>,
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
    let mut people = gateway.operations.people(account).await?;
    let found = gateway.operations.users(&scope).await?.into_iter().map(|user| {
        let person = people.remove(&user.id).unwrap_or_default();
        UserReply {
            id: user.id.0,
            login: user.login,
            name: user.name,
            roles: user.roles,
            agent: user.agent.map(|a| a.0),
            extension: user.extension,
            disabled: user.disabled,
            email: person.email.map(Pii::into_inner),
            language: person.language.map(Language::as_str),
            must_change_password: person.must_change_password,
            version: user.version,
        }
    });
    Ok(Json(found.collect()))
}

/// Make a user. Nobody gives a right that they do not have, but for those whose right it is to grant them.
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
    let (login, name) = (login_of(&new.login)?, name_of(&new.name)?);
    let roles = roles_to_grant(&gateway, &caller, account, &new.roles)?;
    let about = about_of(new.email.as_deref(), new.language.as_deref(), new.must_change_password)?;
    let user = NewUser { login, name, roles, agent: None, about };
    let id =
        gateway.operations.create_user(gateway.clock.now(), &caller.who.actor, account, user, &new.password).await?;
    Ok((StatusCode::CREATED, Json(Created { id: id.0 })))
}

/// A new password: it ends every session of the user, but for the one in which they change their own. One's own with the present one; anybody's with the right to manage
/// users, as far as they have no more rights than who gives it, or with the right to grant rights.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/users/{id}/password", tag = "users",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = Password,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn set_password(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, UserId)>,
    Address(from): Address,
    caller: Caller,
    body: Result<Json<Password>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let own = id == caller.who.user.id;
    // Another account is none, whoever asks.
    match own {
        true => caller.is_of(account)?,
        false => caller.may(account, Permission::UsersManage)?,
    }
    let Json(new) = body.map_err(|e| Problem::unreadable(&e))?;
    let now = gateway.clock.now();
    if own {
        let present = new.present.ok_or_else(|| Problem::invalid("say the present password, too"))?;
        return match gateway.operations.change_password(now, &caller.who, &present, &new.password, &from).await {
            Ok(()) => Ok(StatusCode::NO_CONTENT),
            Err(OperationError::WrongLogin) => Err(Problem::wrong_present_password()),
            Err(other) => Err(other.into()),
        };
    }
    let user = find(&gateway, &caller, id).await?;
    // Who could sign in as somebody has their rights.
    roles_to_grant(&gateway, &caller, account, &user.roles)?;
    gateway
        .operations
        .set_password(now, &caller.who.actor, account, id, &new.password, new.must_change_password)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Other roles, in place of those they have. They hold from the next request on, and for sockets that are open.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/users/{id}/roles", tag = "users",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = Roles,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn set_roles(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, UserId)>,
    caller: Caller,
    body: Result<Json<Roles>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::RightsGrant)?;
    let Json(new) = body.map_err(|e| Problem::unreadable(&e))?;
    let roles = roles_to_grant(&gateway, &caller, account, &new.roles)?;
    gateway.operations.set_roles(gateway.clock.now(), &caller.who.actor, account, id, &roles).await?;
    gateway.orders.rows_changed().await; // what their telephone shows
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

/// A login in its one form.
pub(super) fn login_of(login: &str) -> Result<String, Problem> {
    login_form(login).ok_or_else(|| Problem::invalid("a login has 1 to 100 characters and no blanks"))
}

/// The name of a person, a queue or an inbox.
pub(super) fn name_of(name: &str) -> Result<String, Problem> {
    name_form(name).ok_or_else(|| Problem::invalid("a name has 1 to 200 characters"))
}

/// How they are reached, in their one spelling.
pub(super) fn email_of(email: &str) -> Result<Option<Pii<String>>, Problem> {
    match email.trim() {
        "" => Ok(None),
        email => match email_form(email) {
            Some(email) => Ok(Some(Pii::new(email))),
            None => Err(Problem::invalid("an e-mail address is written like anna@example.com")),
        },
    }
}

/// A language that the console speaks.
pub(super) fn language_of(language: &str) -> Result<Option<Language>, Problem> {
    match language {
        "" => Ok(None),
        named => language_form(named).map(Some).ok_or_else(|| Problem::invalid("language is en or zh-CN")),
    }
}

pub(super) fn about_of(email: Option<&str>, language: Option<&str>, must_change: bool) -> Result<About, Problem> {
    Ok(About {
        email: email_of(email.unwrap_or_default())?,
        language: language_of(language.unwrap_or_default())?,
        must_change_password: must_change,
    })
}

/// A password that somebody else chose is known to them.
pub(super) fn yes() -> bool {
    true
}

/// The roles by their one name. Nobody gives a right that they do not have, but for those whose right it is to grant them.
pub(super) fn roles_to_grant(
    gateway: &Gateway,
    caller: &Caller,
    account: AccountId,
    names: &[String],
) -> Result<Vec<String>, Problem> {
    let grants = caller.may(account, Permission::RightsGrant).is_ok();
    let mut roles: Vec<String> = Vec::new();
    for name in names {
        let known = gateway.operations.roles().iter().find(|r| r.name == role_name(name));
        let role = known.ok_or_else(|| Problem::invalid(format!("no role `{name}`")))?;
        for permission in role.permissions.iter().filter(|_| !grants) {
            caller.may(account, *permission)?;
        }
        if !roles.contains(&role.name) {
            roles.push(role.name.clone());
        }
    }
    Ok(roles)
}

pub(super) async fn find(gateway: &Gateway, caller: &Caller, id: UserId) -> Result<User, Problem> {
    let scope = Scope { everyone: true, ..caller.who.scope.clone() };
    let all = gateway.operations.users(&scope).await?;
    all.into_iter().find(|u| u.id == id).ok_or_else(|| Problem::not_found("user"))
}
