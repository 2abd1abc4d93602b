//! Calls that run: held, muted, parked, left.
//!
//! An agent does this in calls in which they talk; who has the right to transfer does it in the place of an agent who does. A
//! call of which one may know nothing is not there. Others who come into one: [`super::transfers`], [`super::supervision`].

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use super::work::note;
use crate::Gateway;
use crate::caller::Caller;
use crate::orders::CallWish;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, AgentId, CallId, Pii};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Keys at a time.
const KEYS: usize = 64;

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

pub(super) async fn by_agent(
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

pub(super) async fn carry_out(
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
pub(super) async fn acting(
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
pub(super) async fn one_of(
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
