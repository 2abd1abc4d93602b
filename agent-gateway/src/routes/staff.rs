//! Agents and users: made, edited, put out of use. Running machines know before the answer is sent.

use super::users::{about_of, email_of, find, language_of, login_of, name_of, roles_to_grant, yes};
use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, AgentId, Clock as _, QueueId, UserId};
use ringdesk_operations::people::AboutEdit;
use ringdesk_operations::staff::{NewAgent, UserEdit};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateAgent {
    login: String,
    name: String,
    /// For signing in; the phone gets another one.
    password: String,
    /// 1 to 32 letters and digits; the user name of the phone.
    extension: String,
    #[serde(default = "agent")]
    roles: Vec<String>,
    #[serde(default)]
    queues: Vec<Place>,
    /// Of nobody else in the account.
    #[serde(default)]
    email: Option<String>,
    /// `en` or `zh-CN`; without it as their browser reads.
    #[serde(default)]
    language: Option<String>,
    /// They choose a password of their own at the first sign-in (without it: yes).
    #[serde(default = "yes")]
    must_change_password: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Place {
    #[schema(value_type = Uuid)]
    queue: QueueId,
    /// 1 is asked before 2.
    #[serde(default = "first")]
    level: u8,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedAgent {
    id: Uuid,
    user: Uuid,
    version: i64,
    phone: Phone,
}

/// What a telephone is set up with. It is shown once.
#[derive(Serialize, ToSchema)]
pub(crate) struct Phone {
    extension: String,
    password: String,
}

/// What is not named stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditUser {
    name: Option<String>,
    /// False: out of use. Signed out everywhere, no phone; a call in progress is finished.
    active: Option<bool>,
    /// Empty: no phone. A new one comes with a new password.
    extension: Option<String>,
    /// Empty: none.
    email: Option<String>,
    /// `en` or `zh-CN`; empty: as their browser reads.
    language: Option<String>,
    /// The version that the editor has seen.
    replaces: i64,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct EditedUser {
    version: i64,
    /// If the extension is a new one.
    phone: Option<Phone>,
}

/// Make an agent: somebody who signs in, has a phone, and takes work.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/agents", tag = "agents", params(("account_id" = Uuid, Path)),
    request_body = CreateAgent, responses((status = 201, body = CreatedAgent), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<CreateAgent>, JsonRejection>,
) -> Result<(StatusCode, Json<CreatedAgent>), Problem> {
    caller.may(account, Permission::UsersManage)?;
    let Json(new) = body.map_err(|e| Problem::unreadable(&e))?;
    if !new.queues.is_empty() {
        caller.may(account, Permission::QueuesEdit)?;
    }
    if new.queues.iter().any(|place| place.level == 0) {
        return Err(Problem::invalid("levels begin at 1"));
    }
    let agent = NewAgent {
        login: login_of(&new.login)?,
        name: name_of(&new.name)?,
        roles: roles_to_grant(&gateway, &caller, account, &new.roles)?,
        extension: new.extension.clone(),
        queues: new.queues.iter().map(|place| (place.queue, place.level)).collect(),
        about: about_of(new.email.as_deref(), new.language.as_deref(), new.must_change_password)?,
    };
    let (now, actor) = (gateway.clock.now(), &caller.who.actor);
    let made = gateway.operations.create_agent(now, actor, account, agent, &new.password).await?;
    gateway.orders.rows_changed().await;
    let phone = Phone { extension: new.extension, password: made.phone_password };
    let created = CreatedAgent { id: made.agent.0, user: made.user.0, version: made.version, phone };
    Ok((StatusCode::CREATED, Json(created)))
}

/// Edit an agent and the user they are.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/agents/{id}", tag = "agents",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = EditUser,
    responses((status = 200, body = EditedUser), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn edit_agent(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, AgentId)>,
    caller: Caller,
    body: Result<Json<EditUser>, JsonRejection>,
) -> Result<Json<EditedUser>, Problem> {
    caller.may(account, Permission::UsersManage)?;
    let Json(edit) = body.map_err(|e| Problem::unreadable(&e))?;
    let user = gateway.operations.user_of(account, id).await?.id;
    change(&gateway, &caller, account, user, edit).await
}

/// Edit a user, who may be an agent.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/users/{id}", tag = "users",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = EditUser,
    responses((status = 200, body = EditedUser), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn edit_user(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, UserId)>,
    caller: Caller,
    body: Result<Json<EditUser>, JsonRejection>,
) -> Result<Json<EditedUser>, Problem> {
    caller.may(account, Permission::UsersManage)?;
    let Json(edit) = body.map_err(|e| Problem::unreadable(&e))?;
    change(&gateway, &caller, account, id, edit).await
}

/// Put an agent out of use, whatever their version is by now: sessions and registration end at once, a call in progress is
/// finished, history stays. `PUT` with `active` takes them back.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/agents/{id}", tag = "agents",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn disable_agent(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, AgentId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::UsersManage)?;
    let user = gateway.operations.user_of(account, id).await?.id;
    disable(&gateway, &caller, account, user).await
}

/// Put a user out of use, as an agent.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/users/{id}", tag = "users",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn disable_user(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, UserId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::UsersManage)?;
    disable(&gateway, &caller, account, id).await
}

/// A new password for an agent's phone, shown once. The telephone has to register again, with it.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/agents/{id}/phone", tag = "agents",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 200, body = Phone), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn renew_phone(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, AgentId)>,
    caller: Caller,
) -> Result<Json<Phone>, Problem> {
    caller.may(account, Permission::UsersManage)?;
    let user = gateway.operations.user_of(account, id).await?;
    roles_to_grant(&gateway, &caller, account, &user.roles)?;
    let (now, actor) = (gateway.clock.now(), &caller.who.actor);
    let password = gateway.operations.renew_phone(now, actor, account, user.id).await?;
    gateway.orders.rows_changed().await;
    Ok(Json(Phone { extension: user.extension.unwrap_or_default(), password }))
}

async fn disable(gateway: &Gateway, caller: &Caller, account: AccountId, user: UserId) -> Result<StatusCode, Problem> {
    let edit = UserEdit { active: Some(false), ..UserEdit::default() };
    apply(gateway, caller, account, user, edit).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn change(
    gateway: &Gateway,
    caller: &Caller,
    account: AccountId,
    user: UserId,
    edit: EditUser,
) -> Result<Json<EditedUser>, Problem> {
    let EditUser { name, active, extension, email, language, replaces } = edit;
    let name = name.as_deref().map(name_of).transpose()?;
    let about = AboutEdit {
        email: email.as_deref().map(email_of).transpose()?,
        language: language.as_deref().map(language_of).transpose()?,
    };
    let edit = UserEdit { name, active, extension: extension.clone(), about, replaces: Some(replaces) };
    let (version, password) = apply(gateway, caller, account, user, edit).await?;
    let phone = password.map(|password| Phone { extension: extension.unwrap_or_default(), password });
    Ok(Json(EditedUser { version, phone }))
}

/// Who could be put out of use by somebody with fewer rights would have no rights worth the name.
async fn apply(
    gateway: &Gateway,
    caller: &Caller,
    account: AccountId,
    user: UserId,
    edit: UserEdit,
) -> Result<(i64, Option<String>), Problem> {
    let found = find(gateway, caller, user).await?;
    roles_to_grant(gateway, caller, account, &found.roles)?;
    let (now, actor) = (gateway.clock.now(), &caller.who.actor);
    let edited = gateway.operations.edit_user(now, actor, account, user, edit).await?;
    gateway.orders.rows_changed().await;
    Ok((edited.version, edited.phone_password))
}

fn agent() -> Vec<String> {
    vec!["agent".into()]
}

fn first() -> u8 {
    1
}
