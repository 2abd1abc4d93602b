//! Whoever supervises calls: who has the right to comes in by their own telephone, and so does an agent's mentor.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use super::calls::{carry_out, of_this_account, one_of};
use crate::Gateway;
use crate::caller::Caller;
use crate::orders::{CallWish, Supervision};
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, AgentId, CallId};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Supervise {
    /// `listen`, `whisper` (only the agent hears me), `barge` (everybody hears me).
    mode: String,
    /// Whose talk; without it, that of the one agent who talks.
    agent: Option<Uuid>,
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
