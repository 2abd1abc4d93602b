//! Calls that run: passed on, asked about, shared, held, parked; and whoever supervises them.
//!
//! An agent does this in calls in which they talk. Who has the right to transfer does it in the place of an agent who does; who
//! has the right to supervise comes in by their own telephone. A call of which one may know nothing is not there.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use super::work::note;
use crate::Gateway;
use crate::caller::Caller;
use crate::orders::{CallWish, DialWish, Supervision, TransferWay};
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_conversations::{TransferTarget, mask_number};
use ringdesk_model::{
    AccountId, AgentId, CallId, Clock as _, ContactId, ConversationId, DeviceId, FlowId, Pii, QueueId, TransferId,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The longest reason of a transfer, in characters.
const REASON: usize = 500;
/// Keys at a time.
const KEYS: usize = 64;
/// As long as a number or an extension may be.
const DIALLED: usize = 64;

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

/// In whose place, for those with the right to transfer.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Whose {
    agent: Option<Uuid>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Switch {
    on: bool,
    /// In whose place, for those with the right to transfer.
    agent: Option<Uuid>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Keys {
    /// `0` to `9`, `*`, `#`, `A` to `D`.
    digits: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Supervise {
    /// `listen`, `whisper` (only the agent hears me), `barge` (everybody hears me).
    mode: String,
    /// Whose talk; without it, that of the one agent who talks.
    agent: Option<Uuid>,
}

/// Exactly one of them.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Called {
    /// As a person dials: outside, or an extension.
    Number(String),
    /// With whom I have spoken: by the number they called from, which I need not see.
    Contact(Uuid),
    Conversation(Uuid),
    /// A colleague.
    Agent(Uuid),
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DialOut {
    to: Called,
    /// Of the numbers that the queue may show; without it the first.
    caller_id: Option<String>,
    /// One of mine, whose rules the call follows; without it my first.
    queue: Option<Uuid>,
    /// The one of my devices that rings; without it all that I have.
    device: Option<Uuid>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Dialled {
    /// What becomes of it is in its events, and in its conversation.
    call: Uuid,
}

/// Call somebody: my own telephone rings first, then theirs. Also on a break.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/calls", tag = "calls", request_body = DialOut, params(("account_id" = Uuid, Path)),
    responses((status = 202, body = Dialled), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn dial(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<DialOut>, JsonRejection>,
) -> Result<(StatusCode, Json<Dialled>), Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let Json(wanted) = body.map_err(|e| Problem::unreadable(&e))?;
    let (agent, scope) = (caller.agent()?, &caller.who.scope);
    let operations = &gateway.operations;
    let (dialled, secret) = match wanted.to {
        Called::Number(number) => (number_of(number)?, false),
        Called::Contact(contact) => (operations.number_of_contact(scope, ContactId(contact)).await?, true),
        Called::Conversation(id) => (operations.number_of_conversation(scope, ConversationId(id)).await?, true),
        Called::Agent(other) if other == agent.0 => return Err(Problem::invalid("that is you")),
        Called::Agent(other) => match operations.extension_of(account, AgentId(other)).await? {
            Some(extension) if !extension.is_empty() => (Pii::new(extension), false),
            _ => return Err(Problem::not_found("agent")),
        },
    };
    let queue = wanted.queue.map(QueueId);
    let (queue, caller_id) = operations.calls_out_as(account, agent, queue, wanted.caller_id.as_deref()).await?;
    let extension = operations.extension_of(account, agent).await?.unwrap_or_default();
    let shown = match secret && !scope.unmasked {
        true => mask_number(dialled.reveal()),
        false => dialled.reveal().clone(),
    };
    let device = wanted.device.map(DeviceId);
    let wish = DialWish { agent, extension, dialled, caller_id, shown, queue, device };
    let call = gateway.orders.dial(caller.who.actor.clone(), wish).await?;
    note(&gateway, &caller, account, "call.dial_out", &format!("call:{call}"), Some(&format!("agent:{agent}"))).await?;
    Ok((StatusCode::ACCEPTED, Json(Dialled { call: call.0 })))
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

/// Leave a talk of three or more, which goes on.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/calls/{id}/leave", tag = "calls", request_body = Whose,
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn leave(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, CallId)>,
    caller: Caller,
    body: Result<Option<Json<Whose>>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    by_agent(&gateway, &caller, account, id, body, "call.leave", |by| CallWish::Leave { by }).await
}

/// The contact waits with music until somebody retrieves the call; I am free.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/calls/{id}/park", tag = "calls", request_body = Whose,
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn park(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, CallId)>,
    caller: Caller,
    body: Result<Option<Json<Whose>>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    by_agent(&gateway, &caller, account, id, body, "call.park", |by| CallWish::Park { by }).await
}

/// Take a parked call: one in which I had a part, one of my queues, or any with the right to transfer.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/calls/{id}/retrieve", tag = "calls",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn retrieve(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, CallId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    of_this_account(&gateway, account, id).await?;
    let Some(by) = caller.who.scope.agent else { return Err(Problem::not_found("call")) };
    let known = gateway.operations.may_retrieve(account, by, id).await?;
    if !known && caller.may(account, Permission::ConversationsTransfer).is_err() {
        return Err(Problem::not_found("call"));
    }
    carry_out(&gateway, &caller, account, id, CallWish::Retrieve { by }, "call.retrieve", &format!("agent:{by}"))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Those I talk with hear music, or me again.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/calls/{id}/hold", tag = "calls", request_body = Switch,
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn hold(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, CallId)>,
    caller: Caller,
    body: Result<Json<Switch>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    switched(&gateway, &caller, account, id, body, "call.hold", |by, on| CallWish::Hold { by, on }).await
}

/// Nobody hears me, or everybody does again.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/calls/{id}/mute", tag = "calls", request_body = Switch,
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn mute(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, CallId)>,
    caller: Caller,
    body: Result<Json<Switch>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    switched(&gateway, &caller, account, id, body, "call.mute", |by, on| CallWish::Mute { by, on }).await
}

/// Press keys: those I talk with get them.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/calls/{id}/keys", tag = "calls", request_body = Keys,
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn keys(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, CallId)>,
    caller: Caller,
    body: Result<Json<Keys>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let Json(Keys { digits }) = body.map_err(|e| Problem::unreadable(&e))?;
    let is_key = |c: char| matches!(c, '0'..='9' | '*' | '#' | 'A'..='D');
    if digits.is_empty() || digits.len() > KEYS || !digits.chars().all(is_key) {
        return Err(Problem::invalid(format!("1 to {KEYS} of 0 to 9, *, #, A to D")));
    }
    of_this_account(&gateway, account, id).await?;
    let by = mine(&gateway, &caller, account, id).await?.ok_or_else(|| Problem::not_found("call"))?;
    // What was pressed may be a card number or a code: that it was is noted, not what.
    let wish = CallWish::Keys { by, keys: Pii::new(digits) };
    carry_out(&gateway, &caller, account, id, wish, "call.keys", &format!("agent:{by}")).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Come into an agent's talk by my own telephone, or change how I am in it. An agent's mentor may listen and whisper.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/calls/{id}/supervise", tag = "calls", request_body = Supervise,
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 202), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn supervise(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, CallId)>,
    caller: Caller,
    body: Result<Json<Supervise>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let is_mentor = supervises(&caller, account)?;
    let Json(wanted) = body.map_err(|e| Problem::unreadable(&e))?;
    let mode = Supervision::parse(&wanted.mode).ok_or_else(|| Problem::invalid("mode: listen, whisper or barge"))?;
    if is_mentor && mode == Supervision::Barge {
        return Err(Problem::forbidden());
    }
    of_this_account(&gateway, account, id).await?;
    let supervisor = caller.agent()?;
    let of = match is_mentor {
        true => my_agent_in(&gateway, &caller, account, id, wanted.agent).await?,
        false => one_of(&gateway, account, id, wanted.agent, Some(supervisor)).await?,
    };
    let wish = CallWish::Supervise { supervisor, of, mode };
    let after = format!("{} agent:{of}", mode.as_str());
    carry_out(&gateway, &caller, account, id, wish, "call.supervise", &after).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Leave the talk I supervise.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/calls/{id}/supervise", tag = "calls",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn stop_supervising(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, CallId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    supervises(&caller, account)?;
    of_this_account(&gateway, account, id).await?;
    let supervisor = caller.agent()?;
    let wish = CallWish::StopSupervising { supervisor };
    carry_out(&gateway, &caller, account, id, wish, "call.stop_supervising", &format!("agent:{supervisor}")).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take the place of the agent whose talk I supervise; they leave.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/calls/{id}/take_over", tag = "calls",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn take_over(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, CallId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::CallsSupervise)?;
    of_this_account(&gateway, account, id).await?;
    let supervisor = caller.agent()?;
    let wish = CallWish::TakeOver { supervisor };
    carry_out(&gateway, &caller, account, id, wish, "call.take_over", &format!("agent:{supervisor}")).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// With the right to all talks, or as somebody's mentor (`true`).
fn supervises(caller: &Caller, account: AccountId) -> Result<bool, Problem> {
    match caller.may(account, Permission::CallsSupervise) {
        Err(_) if !caller.who.mentees.is_empty() && caller.is_of(account).is_ok() => Ok(true),
        other => other.map(|()| false),
    }
}

/// Of those who talk in it, the one whose mentor I am. A call of others is not there.
async fn my_agent_in(
    gateway: &Gateway,
    caller: &Caller,
    account: AccountId,
    call: CallId,
    whose: Option<Uuid>,
) -> Result<AgentId, Problem> {
    let there = gateway.operations.who_talks_in(account, call).await?.into_iter();
    let mut mine = there.filter(|agent| caller.who.mentees.contains_key(agent));
    mine.find(|agent| whose.is_none_or(|whose| whose == agent.0)).ok_or_else(|| Problem::not_found("call"))
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

fn number_of(text: String) -> Result<Pii<String>, Problem> {
    let text = text.trim().to_owned();
    let fits = !text.is_empty() && text.chars().count() <= DIALLED && !text.chars().any(char::is_control);
    fits.then(|| Pii::new(text)).ok_or_else(|| Problem::invalid("that is no number"))
}

async fn by_agent(
    gateway: &Gateway,
    caller: &Caller,
    account: AccountId,
    call: CallId,
    body: Result<Option<Json<Whose>>, JsonRejection>,
    action: &'static str,
    wish: impl FnOnce(AgentId) -> CallWish,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let Whose { agent } = body.map_err(|e| Problem::unreadable(&e))?.map(|Json(whose)| whose).unwrap_or_default();
    let by = acting(gateway, caller, account, call, agent).await?;
    carry_out(gateway, caller, account, call, wish(by), action, &format!("agent:{by}")).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn switched(
    gateway: &Gateway,
    caller: &Caller,
    account: AccountId,
    call: CallId,
    body: Result<Json<Switch>, JsonRejection>,
    action: &'static str,
    wish: impl FnOnce(AgentId, bool) -> CallWish,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let Json(Switch { on, agent }) = body.map_err(|e| Problem::unreadable(&e))?;
    let by = acting(gateway, caller, account, call, agent).await?;
    let after = format!("{} agent:{by}", if on { "on" } else { "off" });
    carry_out(gateway, caller, account, call, wish(by, on), action, &after).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn carry_out(
    gateway: &Gateway,
    caller: &Caller,
    account: AccountId,
    call: CallId,
    wish: CallWish,
    action: &'static str,
    after: &str,
) -> Result<(), Problem> {
    gateway.orders.call(caller.who.actor.clone(), call, wish).await?;
    note(gateway, caller, account, action, &format!("call:{call}"), Some(after)).await
}

pub(crate) async fn of_this_account(gateway: &Gateway, account: AccountId, call: CallId) -> Result<(), Problem> {
    match gateway.operations.is_call_of_another(account, call).await? {
        true => Err(Problem::not_found("call")),
        false => Ok(()),
    }
}

/// As whom the caller acts: themselves where they talk, else an agent who does, with the right to transfer.
async fn acting(
    gateway: &Gateway,
    caller: &Caller,
    account: AccountId,
    call: CallId,
    whose: Option<Uuid>,
) -> Result<AgentId, Problem> {
    of_this_account(gateway, account, call).await?;
    if let Some(agent) = mine(gateway, caller, account, call).await?
        && whose.is_none_or(|whose| whose == agent.0)
    {
        return Ok(agent);
    }
    if caller.may(account, Permission::ConversationsTransfer).is_err() {
        // A second click comes when the first one is carried out.
        let was_there = match caller.who.scope.agent {
            Some(agent) => gateway.operations.talked_in(account, agent, call).await?,
            None => false,
        };
        return Err(if was_there {
            Problem::refused("you do not talk in this call any more")
        } else {
            Problem::not_found("call")
        });
    }
    one_of(gateway, account, call, whose, None).await
}

pub(crate) async fn mine(
    gateway: &Gateway,
    caller: &Caller,
    account: AccountId,
    call: CallId,
) -> Result<Option<AgentId>, Problem> {
    let Some(agent) = caller.who.scope.agent else { return Ok(None) };
    Ok(gateway.operations.talks_in(account, agent, call).await?.then_some(agent))
}

/// The agent named, or the one there is.
async fn one_of(
    gateway: &Gateway,
    account: AccountId,
    call: CallId,
    whose: Option<Uuid>,
    but: Option<AgentId>,
) -> Result<AgentId, Problem> {
    let mut there = gateway.operations.who_talks_in(account, call).await?;
    there.retain(|agent| whose.map_or(Some(*agent) != but, |whose| whose == agent.0));
    match there.as_slice() {
        [one] => Ok(*one),
        [] if whose.is_some() => Err(Problem::refused("this agent does not talk in this call")),
        [] => Err(Problem::not_found("call")),
        _ => Err(Problem::invalid("several agents talk in this call: say which")),
    }
}
