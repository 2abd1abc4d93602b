//! Flows: what callers meet.

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::{Fault, Problem};
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _, FlowId};
use ringdesk_storage::inboxes::{FlowVersion, PublishedFlow};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct FlowReply {
    id: Uuid,
    name: String,
    /// Counts up with each publishing.
    version: i64,
    document: Value,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewFlow {
    /// At most 100 characters; no other flow has it.
    name: String,
    document: Value,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewVersion {
    document: Value,
    /// The version it replaces; when another one was published meanwhile, nothing happens (409).
    replaces: i64,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Published {
    id: Uuid,
    version: i64,
}

/// When a version was published, and by whom.
#[derive(Serialize, ToSchema)]
pub(crate) struct FlowVersionReply {
    version: i64,
    /// Milliseconds since 1970 (UTC).
    at: i64,
    /// Who published it; without one the house did.
    user_id: Option<Uuid>,
    user_name: Option<String>,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhichVersion {
    /// Its number; without one the version that callers meet.
    version: Option<i64>,
}

/// Every flow in the version that callers meet.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/flows", tag = "flows", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<FlowReply>), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<FlowReply>>, Problem> {
    caller.may(account, Permission::FlowsRead)?;
    let found = gateway.operations.flows(&caller.who.scope).await?.into_iter().map(shown);
    Ok(Json(found.collect()))
}

/// One flow in the version that callers meet, or in an older one.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/flows/{id}", tag = "flows",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path), WhichVersion),
    responses((status = 200, body = FlowReply), (status = 404, body = Problem)))]
pub(crate) async fn read(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, FlowId)>,
    caller: Caller,
    query: Result<Query<WhichVersion>, QueryRejection>,
) -> Result<Json<FlowReply>, Problem> {
    caller.may(account, Permission::FlowsRead)?;
    let Query(which) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    let flow = match which.version {
        Some(version) => gateway.operations.flow_version(&caller.who.scope, id, version).await?,
        None => find(&gateway, &caller, id).await?,
    };
    Ok(Json(shown(flow)))
}

/// The versions of a flow, newest first (the last 200). An older one is published again by sending its document as a new one.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/flows/{id}/versions", tag = "flows",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 200, body = Vec<FlowVersionReply>), (status = 404, body = Problem)))]
pub(crate) async fn versions(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, FlowId)>,
    caller: Caller,
) -> Result<Json<Vec<FlowVersionReply>>, Problem> {
    caller.may(account, Permission::FlowsRead)?;
    let kept = gateway.operations.flow_versions(&caller.who.scope, id).await?;
    let reply = |kept: FlowVersion| {
        let (user_id, user_name) = kept.by.map(|(user, name)| (user.0, name)).unzip();
        FlowVersionReply { version: kept.version, at: kept.at.as_millis(), user_id, user_name }
    };
    Ok(Json(kept.into_iter().map(reply).collect()))
}

/// Make a flow and publish its first version. One with a fault is not kept, and every fault is named with its place (422).
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/flows", tag = "flows", params(("account_id" = Uuid, Path)),
    request_body = NewFlow, responses((status = 201, body = Published), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<NewFlow>, JsonRejection>,
) -> Result<(StatusCode, Json<Published>), Problem> {
    caller.may(account, Permission::FlowsEdit)?;
    let Json(new) = body.map_err(|e| Problem::unreadable(&e))?;
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
        return Err(Problem::invalid("a flow has a name of at most 100 characters"));
    }
    let published = keep(&gateway, &caller, account, name, &new.document, 0).await?;
    Ok((StatusCode::CREATED, Json(published)))
}

/// Publish a version: the next caller meets it; calls that run keep theirs. A flow with a fault (a step that leads nowhere,
/// a dead end, an unknown value) is not published, and every fault is named with its place (422).
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/flows/{id}", tag = "flows",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = NewVersion,
    responses((status = 200, body = Published), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn publish(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, FlowId)>,
    caller: Caller,
    body: Result<Json<NewVersion>, JsonRejection>,
) -> Result<Json<Published>, Problem> {
    caller.may(account, Permission::FlowsEdit)?;
    let Json(new) = body.map_err(|e| Problem::unreadable(&e))?;
    let name = find(&gateway, &caller, id).await?.name;
    Ok(Json(keep(&gateway, &caller, account, &name, &new.document, new.replaces).await?))
}

async fn keep(
    gateway: &Gateway,
    caller: &Caller,
    account: AccountId,
    name: &str,
    document: &Value,
    replaces: i64,
) -> Result<Published, Problem> {
    let faults = gateway.orders.check_flow(document);
    if !faults.is_empty() {
        return Err(Problem::faulty(
            faults.into_iter().map(|f| Fault { pointer: f.pointer, detail: f.reason }).collect(),
        ));
    }
    let (now, actor) = (gateway.clock.now(), &caller.who.actor);
    let (id, version) = gateway
        .operations
        .publish_flow(now, actor, account, name, &document.to_string(), Some(replaces), Ok(()))
        .await?;
    gateway.orders.rows_changed().await;
    Ok(Published { id: id.0, version })
}

async fn find(gateway: &Gateway, caller: &Caller, id: FlowId) -> Result<PublishedFlow, Problem> {
    let all = gateway.operations.flows(&caller.who.scope).await?;
    all.into_iter().find(|f| f.id == id).ok_or_else(|| Problem::not_found("flow"))
}

fn shown(flow: PublishedFlow) -> FlowReply {
    FlowReply {
        id: flow.id.0,
        name: flow.name,
        version: flow.version,
        document: serde_json::from_str(&flow.document).unwrap_or_default(),
    }
}
