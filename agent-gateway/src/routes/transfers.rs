//! Passing a contact on: at once, after asking, or by letting somebody join.
//!
//! An agent does this in calls in which they talk; who has the right to transfer does it in the place of an agent who does.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use super::calls::{Whose, acting, by_agent, carry_out};
use super::dialling::number_of;
use crate::Gateway;
use crate::caller::Caller;
use crate::orders::{CallWish, TransferWay};
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_conversations::TransferTarget;
use ringdesk_model::{AccountId, AgentId, CallId, Clock as _, FlowId, Pii, QueueId, TransferId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The longest reason of a transfer, in characters.
const REASON: usize = 500;
/// Exactly one of them.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ToWhom {
    Agent(Uuid),
    /// Only with the mode `blind`.
    Queue(Uuid),
    /// Only with the mode `blind`.
    Flow(Uuid),
    /// As a person dials: ours or outside.
    Number(String),
    Extension(String),
    /// `true`: the supervisor on duty.
    Supervisor(bool),
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Transfer {
    to: ToWhom,
    /// `blind` (the contact goes there at once), `consult` (ask first, the contact hears music), `join` (they come in).
    mode: String,
    reason: Option<String>,
    /// In whose place, for those with the right to transfer; without it, that of the one agent who talks.
    agent: Option<Uuid>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TransferBegun {
    /// Its end is the event `transfer_ended`.
    transfer: Uuid,
}

/// Pass the contact on, ask somebody, or let somebody join.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/calls/{id}/transfer", tag = "calls", request_body = Transfer,
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 202, body = TransferBegun), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn transfer(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, CallId)>,
    caller: Caller,
    body: Result<Json<Transfer>, JsonRejection>,
) -> Result<(StatusCode, Json<TransferBegun>), Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let Json(wanted) = body.map_err(|e| Problem::unreadable(&e))?;
    let way = TransferWay::parse(&wanted.mode).ok_or_else(|| Problem::invalid("mode: blind, consult or join"))?;
    if wanted.reason.as_ref().is_some_and(|reason| reason.chars().count() > REASON) {
        return Err(Problem::invalid(format!("a reason has at most {REASON} characters")));
    }
    let target = target(wanted.to)?;
    if way != TransferWay::Blind && matches!(target, TransferTarget::Queue { .. } | TransferTarget::Flow { .. }) {
        return Err(Problem::invalid("nobody can be asked in a queue or a flow: transfer with the mode blind"));
    }
    let by = acting(&gateway, &caller, account, id, wanted.agent).await?;
    exists(&gateway, account, &target).await?;
    let transfer: TransferId = gateway.operations.id(gateway.clock.now());
    let after = format!("{} {} by agent:{by} transfer:{transfer}", way.as_str(), target.kind());
    let reason = wanted.reason.filter(|reason| !reason.trim().is_empty()).map(Pii::new);
    let wish = CallWish::Transfer { transfer, by, target, way, reason };
    carry_out(&gateway, &caller, account, id, wish, "call.transfer", &after).await?;
    Ok((StatusCode::ACCEPTED, Json(TransferBegun { transfer: transfer.0 })))
}

/// I leave, the contact and whom I asked talk.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/calls/{id}/transfer/complete", tag = "calls", request_body = Whose,
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn complete(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, CallId)>,
    caller: Caller,
    body: Result<Option<Json<Whose>>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    by_agent(&gateway, &caller, account, id, body, "call.transfer_complete", |by| CallWish::Complete { by }).await
}

/// Back to the contact: whom I asked is let go, or a transfer that nobody has answered is taken back.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/calls/{id}/transfer/return", tag = "calls", request_body = Whose,
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn come_back(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, CallId)>,
    caller: Caller,
    body: Result<Option<Json<Whose>>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    by_agent(&gateway, &caller, account, id, body, "call.transfer_return", |by| CallWish::Return { by }).await
}

/// Contact, whom I asked, and I talk with each other.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/calls/{id}/transfer/merge", tag = "calls", request_body = Whose,
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn merge(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, CallId)>,
    caller: Caller,
    body: Result<Option<Json<Whose>>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    by_agent(&gateway, &caller, account, id, body, "call.transfer_merge", |by| CallWish::Merge { by }).await
}

fn target(to: ToWhom) -> Result<TransferTarget, Problem> {
    Ok(match to {
        ToWhom::Agent(agent) => TransferTarget::Agent { agent: AgentId(agent) },
        ToWhom::Queue(queue) => TransferTarget::Queue { queue: QueueId(queue) },
        ToWhom::Flow(flow) => TransferTarget::Flow { flow: FlowId(flow) },
        ToWhom::Number(number) => TransferTarget::Number { number: number_of(number)? },
        ToWhom::Extension(number) => TransferTarget::Extension { number: number_of(number)? },
        ToWhom::Supervisor(true) => TransferTarget::Supervisor,
        ToWhom::Supervisor(false) => return Err(Problem::invalid("to whom then?")),
    })
}

/// A queue or a flow takes the contact, and the sender is let go at once: it must be there.
async fn exists(gateway: &Gateway, account: AccountId, target: &TransferTarget) -> Result<(), Problem> {
    let operations = &gateway.operations;
    let (there, what) = match target {
        TransferTarget::Agent { agent } => (operations.extension_of(account, *agent).await?.is_some(), "agent"),
        TransferTarget::Queue { queue } => (operations.is_queue(account, *queue).await?, "queue"),
        TransferTarget::Flow { flow } => (operations.published_flow(account, *flow).await?.is_some(), "flow"),
        TransferTarget::Supervisor | TransferTarget::Number { .. } | TransferTarget::Extension { .. } => return Ok(()),
    };
    if there { Ok(()) } else { Err(Problem::not_found(what)) }
}
