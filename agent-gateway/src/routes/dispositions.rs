//! What an agent says a conversation was about.

use super::conversations::find;
use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_conversations::DispositionNode;
use ringdesk_model::{AccountId, Clock as _, ConversationId, ParticipationId, Pii};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Disposition {
    /// Of the queue's tree: `billing/refund`. Null takes it back.
    path: Option<String>,
    /// At most 4,000 characters; needs a path.
    #[serde(default)]
    note: Option<String>,
    /// Whose part it is about. Without it: my newest.
    #[serde(default)]
    participation: Option<Uuid>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct QueueDispositionsReply {
    queue: Uuid,
    name: String,
    /// Wrap-up is not finished by hand without one.
    required: bool,
    tree: Vec<NodeReply>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct NodeReply {
    /// What is chosen, from the root: `billing/refund`. Only entries without children are chosen.
    path: String,
    /// By language.
    labels: BTreeMap<String, String>,
    #[schema(no_recursion)]
    children: Vec<NodeReply>,
}

/// The codes of every queue.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/dispositions", tag = "conversations", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<QueueDispositionsReply>), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<QueueDispositionsReply>>, Problem> {
    caller.may(account, Permission::QueuesRead)?;
    let queues = gateway.operations.dispositions(&caller.who.scope).await?;
    Ok(Json(
        queues
            .into_iter()
            .map(|q| QueueDispositionsReply {
                queue: q.queue.0,
                name: q.name,
                required: q.required,
                tree: q.tree.0.iter().map(|node| shown("", node)).collect(),
            })
            .collect(),
    ))
}

/// Say what it was about, say it differently, or take it back: during the call, in wrap-up, and for a day afterwards.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/conversations/{id}/disposition", tag = "conversations",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = Disposition,
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn set(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ConversationId)>,
    caller: Caller,
    body: Result<Json<Disposition>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let scope = &caller.who.scope;
    let conversation = find(&gateway, scope, id).await?;
    let mut parts = conversation.participations.iter().rev();
    let part = match wish.participation {
        Some(wanted) => parts.find(|p| p.id.0 == wanted),
        None => parts.find(|p| scope.agent == Some(p.agent)),
    };
    let part: ParticipationId = part.ok_or_else(|| Problem::not_found("participation"))?.id;
    let note = wish.note.map(Pii::new);
    let now = gateway.clock.now();
    gateway.operations.set_disposition(now, &caller.who.actor, scope, part, wish.path, note).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn shown(above: &str, node: &DispositionNode) -> NodeReply {
    let path = format!("{above}{}", node.key);
    let children = node.children.iter().map(|child| shown(&format!("{path}/"), child)).collect();
    NodeReply { path, labels: node.labels.clone(), children }
}
