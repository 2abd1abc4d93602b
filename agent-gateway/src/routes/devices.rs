//! The devices of an agent: their own are theirs to say, those of others are for whoever manages people.

use crate::Gateway;
use crate::caller::Caller;
use crate::masked::Number;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, AgentId, Clock as _, DeviceId, Language, Pii};
use ringdesk_operations::devices::{AgentDevice, DeviceEdit, DeviceKind, NewDevice, RingOrder, RingingEdit};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct Devices {
    /// `parallel` (all at once) or `sequence` (one after the other, in their order).
    order: &'static str,
    /// `en` or `zh-CN`: in which a mobile is asked whether it takes the call.
    language: &'static str,
    /// Empty: every telephone and browser that is registered for the extension rings.
    devices: Vec<DeviceReply>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct DeviceReply {
    id: Uuid,
    /// `browser`, `desk_phone`, `mobile`.
    kind: &'static str,
    name: String,
    active: bool,
    /// How long it rings in a sequence, and at most.
    ring_seconds: i64,
    /// Of a desk phone that is registered under another extension than the agent's.
    extension: Option<String>,
    /// Of a mobile.
    number: Option<Number>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeviceToBe {
    /// `browser`, `desk_phone`, `mobile`.
    kind: String,
    name: String,
    #[serde(default = "fifteen")]
    ring_seconds: i64,
    /// Of a desk phone; without it the agent's own.
    extension: Option<String>,
    /// Of a mobile, as a person dials it. Whoever answers there has to press 1 before they have the call.
    #[schema(value_type = Option<String>)]
    number: Option<Pii<String>>,
}

/// What is not named stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeviceChange {
    name: Option<String>,
    ring_seconds: Option<i64>,
    active: Option<bool>,
    #[schema(value_type = Option<String>)]
    number: Option<Pii<String>>,
}

/// What is not named stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RingingChange {
    /// `parallel` or `sequence`.
    order: Option<String>,
    /// `en` or `zh-CN`.
    #[schema(value_type = Option<String>)]
    language: Option<Language>,
    /// Each of the devices once, in the order they are to have.
    devices: Option<Vec<Uuid>>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct MadeDevice {
    id: Uuid,
}

#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/agents/{id}/devices", tag = "agents",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 200, body = Devices), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path((account, agent)): Path<(AccountId, AgentId)>,
    caller: Caller,
) -> Result<Json<Devices>, Problem> {
    may(&caller, account, agent)?;
    let found = gateway.operations.agent_devices(account, agent).await?;
    let scope = &caller.who.scope;
    let shown = |device: AgentDevice| DeviceReply {
        id: device.id.0,
        kind: device.kind.as_str(),
        name: device.name,
        active: device.active,
        ring_seconds: device.ring_seconds,
        extension: device.extension,
        number: device.number.map(|number| Number::shown(&number, scope)),
    };
    Ok(Json(Devices {
        order: found.ringing.order.as_str(),
        language: found.ringing.language.as_str(),
        devices: found.devices.into_iter().map(shown).collect(),
    }))
}

/// How an agent's devices are rung.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/agents/{id}/devices", tag = "agents",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = RingingChange,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn arrange(
    State(gateway): State<Gateway>,
    Path((account, agent)): Path<(AccountId, AgentId)>,
    caller: Caller,
    body: Result<Json<RingingChange>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    may(&caller, account, agent)?;
    let Json(wanted) = body.map_err(|e| Problem::unreadable(&e))?;
    let order = wanted
        .order
        .as_deref()
        .map(|order| RingOrder::parse(order).ok_or_else(|| Problem::invalid("order: parallel or sequence")));
    let edit = RingingEdit {
        order: order.transpose()?,
        language: wanted.language,
        places: wanted.devices.map(|ids| ids.into_iter().map(DeviceId).collect()),
    };
    let (now, actor) = (gateway.clock.now(), &caller.who.actor);
    gateway.operations.set_ringing(now, actor, account, agent, edit).await?;
    gateway.orders.rows_changed().await;
    Ok(StatusCode::NO_CONTENT)
}

/// One more device; it is rung from the next call on.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/agents/{id}/devices", tag = "agents",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = DeviceToBe,
    responses((status = 201, body = MadeDevice), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn add(
    State(gateway): State<Gateway>,
    Path((account, agent)): Path<(AccountId, AgentId)>,
    caller: Caller,
    body: Result<Json<DeviceToBe>, JsonRejection>,
) -> Result<(StatusCode, Json<MadeDevice>), Problem> {
    may(&caller, account, agent)?;
    let Json(wanted) = body.map_err(|e| Problem::unreadable(&e))?;
    let DeviceToBe { kind, name, ring_seconds, extension, number } = wanted;
    let kind = DeviceKind::parse(&kind).ok_or_else(|| Problem::invalid("kind: browser, desk_phone or mobile"))?;
    let new = NewDevice { kind, name, ring_seconds, extension, number };
    let (now, actor) = (gateway.clock.now(), &caller.who.actor);
    let id = gateway.operations.add_device(now, actor, account, agent, new).await?;
    gateway.orders.rows_changed().await;
    Ok((StatusCode::CREATED, Json(MadeDevice { id: id.0 })))
}

#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/agents/{id}/devices/{device}", tag = "agents",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path), ("device" = Uuid, Path)), request_body = DeviceChange,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn edit(
    State(gateway): State<Gateway>,
    Path((account, agent, device)): Path<(AccountId, AgentId, DeviceId)>,
    caller: Caller,
    body: Result<Json<DeviceChange>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    may(&caller, account, agent)?;
    let Json(DeviceChange { name, ring_seconds, active, number }) = body.map_err(|e| Problem::unreadable(&e))?;
    let edit = DeviceEdit { name, ring_seconds, active, number };
    let (now, actor) = (gateway.clock.now(), &caller.who.actor);
    gateway.operations.edit_device(now, actor, account, (agent, device), edit).await?;
    gateway.orders.rows_changed().await;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/agents/{id}/devices/{device}", tag = "agents",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path), ("device" = Uuid, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn remove(
    State(gateway): State<Gateway>,
    Path((account, agent, device)): Path<(AccountId, AgentId, DeviceId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    may(&caller, account, agent)?;
    let (now, actor) = (gateway.clock.now(), &caller.who.actor);
    gateway.operations.remove_device(now, actor, account, (agent, device)).await?;
    gateway.orders.rows_changed().await;
    Ok(StatusCode::NO_CONTENT)
}

fn may(caller: &Caller, account: AccountId, agent: AgentId) -> Result<(), Problem> {
    match caller.who.scope.agent == Some(agent) {
        true => caller.may(account, Permission::PresenceOwn),
        false => caller.may(account, Permission::UsersManage),
    }
}

fn fifteen() -> i64 {
    15
}
