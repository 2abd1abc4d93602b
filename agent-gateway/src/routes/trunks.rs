//! Trunks: lines to operators and to other exchanges. A password goes in and never comes out.

use crate::Gateway;
use crate::caller::Caller;
use crate::orders::{FlowFault, TrunkNow};
use crate::problem::{Fault, Problem};
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _, Pii};
use ringdesk_operations::directory;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct TrunkReply {
    id: Uuid,
    name: String,
    networks: Vec<String>,
    settings: serde_json::Value,
    has_password: bool,
    /// `up`, `down`, or `unknown`: it is not asked, or has not answered yet.
    health: &'static str,
    /// What came in the place of an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    health_status: Option<u16>,
    health_since: Option<i64>,
    /// `null`: it wants no registration.
    registered: Option<bool>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTrunk {
    name: String,
    /// Where its calls come from: addresses and networks.
    #[serde(default)]
    networks: Vec<String>,
    /// `preset` (`generic`, `cn-ims`), `host`, `port`, `transport` (`udp`, `tcp`, `tls`), `username`, `register` … : docs/trunks.md
    /// has them all. A wrong one is refused by name.
    #[serde(default)]
    #[schema(value_type = Object)]
    settings: serde_json::Map<String, serde_json::Value>,
    #[schema(value_type = Option<String>)]
    password: Option<Pii<String>>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct MadeTrunk {
    id: Uuid,
}

#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/trunks", tag = "trunks", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<TrunkReply>), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<TrunkReply>>, Problem> {
    caller.may(account, Permission::TrunksManage)?;
    let now = gateway.orders.trunks();
    let found = gateway.operations.directory(account).await?.trunks.into_iter().map(|trunk| {
        let TrunkNow { health, status, since, registered } = now.get(&trunk.id).cloned().unwrap_or_default();
        TrunkReply {
            id: trunk.id.0,
            name: trunk.name,
            networks: trunk.networks,
            settings: serde_json::from_str(&trunk.settings).unwrap_or_default(),
            has_password: trunk.password.is_some(),
            health: health.map_or("unknown", |up| if up { "up" } else { "down" }),
            health_status: status,
            health_since: since.map(|at| at.as_millis()),
            registered,
        }
    });
    Ok(Json(found.collect()))
}

/// Make a trunk; calls use it from the next one on.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/trunks", tag = "trunks", params(("account_id" = Uuid, Path)),
    request_body = NewTrunk, responses((status = 201, body = MadeTrunk), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<NewTrunk>, JsonRejection>,
) -> Result<(StatusCode, Json<MadeTrunk>), Problem> {
    caller.may(account, Permission::TrunksManage)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let NewTrunk { name, networks, settings, password } = wish;
    if name.trim().is_empty() {
        return Err(Problem::invalid("a trunk has a name"));
    }
    let settings = serde_json::Value::Object(settings).to_string();
    let new = directory::NewTrunk { name, networks, settings, password };
    let faulty = |FlowFault { pointer, reason }| {
        let problem = Problem::faulty(vec![Fault { pointer: pointer.clone(), detail: reason.clone() }]);
        problem.detail(format!("{pointer}: {reason}"))
    };
    gateway.orders.check_trunk(&new).map_err(faulty)?;
    let id = gateway.operations.create_trunk(gateway.clock.now(), &caller.who.actor, account, new).await?;
    gateway.orders.rows_changed().await;
    Ok((StatusCode::CREATED, Json(MadeTrunk { id: id.0 })))
}

/// Take a trunk away. Calls that run over it go on.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/trunks/{name}", tag = "trunks",
    params(("account_id" = Uuid, Path), ("name" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn remove(
    State(gateway): State<Gateway>,
    Path((account, name)): Path<(AccountId, String)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::TrunksManage)?;
    gateway.operations.remove_trunk(gateway.clock.now(), &caller.who.actor, account, &name).await?;
    gateway.orders.rows_changed().await;
    Ok(StatusCode::NO_CONTENT)
}
