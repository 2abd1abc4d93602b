//! To whom an agent can pass a call on, and whom they can ask.

use super::presence::shown;
use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Scope};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// As much of a colleague as one needs to ask them: not since when they are on a break, nor why.
#[derive(Serialize, ToSchema)]
pub(crate) struct ColleagueReply {
    id: Uuid,
    name: String,
    extension: Option<String>,
    /// `ready`, `not_ready`, `talking` …
    state: &'static str,
}

/// Everybody who takes work, but for me and those who are out of use.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/colleagues", tag = "agents", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<ColleagueReply>), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<ColleagueReply>>, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let scope = Scope { everyone: true, ..caller.who.scope.clone() };
    let users = gateway.operations.users(&scope).await?;
    let gone = |agent| users.iter().any(|user| user.agent == Some(agent) && user.disabled);
    let all = gateway.operations.agents(&scope).await?.into_iter();
    let others = all.filter(|agent| caller.who.user.agent != Some(agent.id) && !gone(agent.id));
    let reply = |agent: ringdesk_storage::agents::Agent| ColleagueReply {
        id: agent.id.0,
        name: agent.name,
        extension: agent.extension,
        state: shown(&gateway, agent.id).state(),
    };
    Ok(Json(others.map(reply).collect()))
}
