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
use ringdesk_conversations::{DispositionNode, DispositionTree};
use ringdesk_model::{AccountId, Clock as _, ConversationId, ParticipationId, Pii, QueueId};
use ringdesk_operations::dispositions::{self, VersionedTree};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Disposition {
    /// Of the queue's tree: `billing/refund`, or `["billing", "refund"]`. Null takes it back.
    path: Option<Chosen>,
    /// At most 4,000 characters; needs a path.
    #[serde(default)]
    note: Option<String>,
    /// Whose part it is about. Without it: my newest.
    #[serde(default)]
    participation: Option<Uuid>,
}

#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Chosen {
    Code(String),
    Keys(Vec<String>),
}

impl Chosen {
    pub(super) fn path(self) -> Result<String, Problem> {
        match self {
            Chosen::Keys(keys) if keys.iter().any(|key| key.contains('/')) => {
                Err(Problem::invalid("a key has no slash in it"))
            }
            Chosen::Keys(keys) => Ok(keys.join("/")),
            Chosen::Code(code) => Ok(code),
        }
    }
}

#[derive(Serialize, ToSchema)]
pub(crate) struct DispositionsReply {
    /// For the queues without a tree of their own.
    default: TreeReply,
    queues: Vec<QueueDispositionsReply>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TreeReply {
    /// 0: there is no tree, and any code will do.
    version: i64,
    tree: Vec<NodeReply>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct QueueDispositionsReply {
    queue: Uuid,
    name: String,
    /// Wrap-up is not finished by hand without one.
    required: bool,
    /// Null: the default one holds.
    own: Option<TreeReply>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Node {
    /// Stable; reports group by it.
    key: String,
    /// By language.
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    #[schema(no_recursion)]
    children: Vec<Node>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTree {
    /// Null: for the queues without a tree of their own.
    #[serde(default)]
    queue: Option<Uuid>,
    /// At most three levels.
    tree: Vec<Node>,
    /// The version it replaces, 0 for none; when another one was published meanwhile, nothing happens (409).
    replaces: i64,
    /// Of a queue: whether its wrap-up wants a disposition from now on.
    #[serde(default)]
    required: Option<bool>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct PublishedTree {
    version: i64,
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
    responses((status = 200, body = DispositionsReply), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<DispositionsReply>, Problem> {
    caller.may(account, Permission::QueuesRead)?;
    let found = gateway.operations.dispositions(&caller.who.scope).await?;
    let tree =
        |t: VersionedTree| TreeReply { version: t.version, tree: t.tree.0.iter().map(|n| shown("", n)).collect() };
    let queues = found.queues.into_iter().map(|q| QueueDispositionsReply {
        queue: q.queue.0,
        name: q.name,
        required: q.required,
        own: Some(q.own).filter(|own| own.version > 0).map(tree),
    });
    Ok(Json(DispositionsReply { queues: queues.collect(), default: tree(found.default) }))
}

/// Publish a version of a tree. Codes that were chosen stay what they are.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/dispositions", tag = "conversations", params(("account_id" = Uuid, Path)),
    request_body = NewTree, responses((status = 200, body = PublishedTree), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn publish(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<NewTree>, JsonRejection>,
) -> Result<Json<PublishedTree>, Problem> {
    caller.may(account, Permission::QueuesEdit)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let new = dispositions::NewTree {
        queue: wish.queue.map(QueueId),
        tree: DispositionTree(wish.tree.into_iter().map(node).collect()),
        replaces: wish.replaces,
        required: wish.required,
    };
    let actor = &caller.who.actor;
    let version = gateway.operations.publish_dispositions(gateway.clock.now(), actor, account, new).await?;
    gateway.orders.rows_changed().await;
    Ok(Json(PublishedTree { version }))
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
    let path = wish.path.map(Chosen::path).transpose()?;
    let now = gateway.clock.now();
    gateway.operations.set_disposition(now, &caller.who.actor, scope, part, path, note).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn shown(above: &str, node: &DispositionNode) -> NodeReply {
    let path = format!("{above}{}", node.key);
    let children = node.children.iter().map(|child| shown(&format!("{path}/"), child)).collect();
    NodeReply { path, labels: node.labels.clone(), children }
}

/// As deep as the JSON reader goes at most; the law says how deep a tree may be.
fn node(node: Node) -> DispositionNode {
    let children = node.children.into_iter().map(self::node).collect();
    DispositionNode { key: node.key, labels: node.labels, children }
}
