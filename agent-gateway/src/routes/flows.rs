//! Flows: what callers meet.

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _};
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
pub(crate) struct NewVersion {
    document: Value,
    /// The version it replaces (0: none); when another one is published meanwhile, nothing happens (409).
    #[serde(default)]
    replaces: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Published {
    id: Uuid,
    version: i64,
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
    let found = gateway.operations.flows(&caller.who.scope).await?.into_iter().map(|flow| FlowReply {
        id: flow.id.0,
        name: flow.name,
        version: flow.version,
        document: serde_json::from_str(&flow.document).unwrap_or_default(),
    });
    Ok(Json(found.collect()))
}

/// Publish a version: the next caller meets it; calls that run keep theirs. A flow with a fault (a step that leads nowhere,
/// a dead end, an unknown queue or prompt) is not published, and every fault is named (422).
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/flows/{name}", tag = "flows",
    params(("account_id" = Uuid, Path), ("name" = String, Path)), request_body = NewVersion,
    responses((status = 200, body = Published), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn publish(
    State(gateway): State<Gateway>,
    Path((account, name)): Path<(AccountId, String)>,
    caller: Caller,
    body: Result<Json<NewVersion>, JsonRejection>,
) -> Result<Json<Published>, Problem> {
    caller.may(account, Permission::FlowsEdit)?;
    let Json(new) = body.map_err(|e| Problem::unreadable(&e))?;
    if name.trim().is_empty() || name.chars().count() > 100 {
        return Err(Problem::invalid("a flow has a name of at most 100 characters"));
    }
    let faults = gateway.orders.check_flow(&new.document);
    let checked = if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) };
    let (now, document) = (gateway.clock.now(), new.document.to_string());
    let actor = &caller.who.actor;
    let (id, version) =
        gateway.operations.publish_flow(now, actor, account, &name, &document, new.replaces, checked).await?;
    gateway.orders.rows_changed();
    Ok(Json(Published { id: id.0, version }))
}
