//! Agents as they are right now, and what a leader may do for them.

use super::presence::{Choice, PresenceReply, shown, wanted};
use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, AgentId, Clock as _, Scope};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct AgentReply {
    id: Uuid,
    name: String,
    /// What contacts read in its place.
    public_name: Option<String>,
    extension: Option<String>,
    presence: PresenceReply,
    /// Whose phone it is, and who signs in.
    user: Option<Uuid>,
    /// False: out of use.
    active: bool,
    /// Counts changes of the user; an edit says which it replaces.
    version: Option<i64>,
}

/// Every agent with their presence; without the right to see others, or how they do, oneself.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/agents", tag = "agents", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<AgentReply>), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<AgentReply>>, Problem> {
    caller.may(account, Permission::QueuesRead)?;
    // Who reads everybody's conversations, or figures, has to know whose they are.
    let of_all = [Permission::PresenceOthers, Permission::PerformanceRead];
    let others = of_all.iter().any(|permission| caller.may(account, *permission).is_ok());
    let scope = Scope { everyone: others, ..caller.who.scope.clone() };
    let users = gateway.operations.users(&scope).await?;
    let mut public = gateway.operations.public_names(account).await?;
    let found = gateway.operations.agents(&scope).await?.into_iter().map(|agent| {
        let user = users.iter().find(|u| u.agent == Some(agent.id));
        AgentReply {
            id: agent.id.0,
            name: agent.name,
            public_name: public.remove(&agent.id),
            extension: agent.extension,
            presence: shown(&gateway, agent.id),
            user: user.map(|u| u.id.0),
            active: user.is_none_or(|u| !u.disabled),
            version: user.map(|u| u.version),
        }
    });
    Ok(Json(found.collect()))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PublicName {
    /// 1 to 64 characters; null: contacts read the agent's own name.
    public_name: Option<String>,
}

/// Say by which name contacts know an agent, in chats and calls from web sites.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/agents/{id}/public_name", tag = "agents",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = PublicName,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn name(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, AgentId)>,
    caller: Caller,
    body: Result<Json<PublicName>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::UsersManage)?;
    let Json(PublicName { public_name }) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, actor) = (gateway.clock.now(), &caller.who.actor);
    gateway.operations.set_public_name(now, actor, account, id, public_name.as_deref()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Choose for them. The change stands in their history with who made it.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/agents/{id}/presence", tag = "agents",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = Choice,
    responses((status = 200, body = PresenceReply), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn choose(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, AgentId)>,
    caller: Caller,
    body: Result<Json<Choice>, JsonRejection>,
) -> Result<Json<PresenceReply>, Problem> {
    caller.may(account, Permission::PresenceOthers)?;
    let wanted = wanted(body)?;
    let scope = Scope { everyone: true, ..caller.who.scope.clone() };
    if !gateway.operations.agents(&scope).await?.iter().any(|a| a.id == id) {
        return Err(Problem::not_found("agent"));
    }
    let said = format!("{wanted:?}");
    gateway.orders.presence(caller.who.actor.clone(), id, wanted).await?;
    let (now, actor) = (gateway.clock.now(), &caller.who.actor);
    gateway.operations.note_order(now, actor, account, "agent.presence", &format!("agent:{id}"), Some(&said)).await?;
    Ok(Json(shown(&gateway, id)))
}
