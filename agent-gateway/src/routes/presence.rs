//! An agent's own presence.

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, AgentId, Presence, Timestamp};
use ringdesk_routing::Wanted;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Choice {
    state: Wish,
    /// Of `not_ready`: `lunch`, `training` …
    #[serde(default)]
    reason: Option<String>,
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Wish {
    Ready,
    NotReady,
    LoggedOut,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct PresenceReply {
    /// `ready`, `not_ready`, `reserved`, `offered`, `talking`, `wrap_up`, `logged_out` …
    state: &'static str,
    reason: Option<String>,
    /// Milliseconds since 1970 (UTC).
    since: i64,
    /// What was chosen for when the work in hand is over: `ready`, `not_ready`, `logged_out`.
    next: Option<&'static str>,
    next_reason: Option<String>,
    /// Left alone until then, though ready: an offer was declined, or the line was busy.
    paused_until: Option<i64>,
    work: Vec<InHand>,
}

impl PresenceReply {
    pub(super) fn state(&self) -> &'static str {
        self.state
    }
}

/// A work item in an agent's hands.
#[derive(Serialize, ToSchema)]
pub(crate) struct InHand {
    work_item: Uuid,
    queue: Uuid,
    /// `reserved`, `offered`, `active`, `wrap_up`.
    state: &'static str,
    /// When its wrap-up ends by itself.
    until: Option<i64>,
}

#[derive(Deserialize, ToSchema)]
#[serde(tag = "action", rename_all = "snake_case")]
pub(crate) enum WrapUp {
    Done,
    Extend { seconds: u32 },
}

/// Where I stand.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/presence", tag = "presence", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = PresenceReply), (status = 403, body = Problem)))]
pub(crate) async fn read(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<PresenceReply>, Problem> {
    caller.may(account, Permission::PresenceOwn)?;
    Ok(Json(shown(&gateway, caller.agent()?)))
}

/// Choose it. A choice that work does not allow now is refused (409).
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/presence", tag = "presence", params(("account_id" = Uuid, Path)),
    request_body = Choice, responses((status = 200, body = PresenceReply), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn choose(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<Choice>, JsonRejection>,
) -> Result<Json<PresenceReply>, Problem> {
    caller.may(account, Permission::PresenceOwn)?;
    let agent = caller.agent()?;
    let wanted = wanted(body)?;
    // In wrap-up, choosing ends it.
    if shown(&gateway, agent).state == Presence::WrapUp.as_str() {
        gateway.operations.may_finish_wrap_up(account, agent).await?;
    }
    gateway.orders.presence(caller.who.actor.clone(), agent, wanted).await?;
    Ok(Json(shown(&gateway, agent)))
}

/// What I want to be when the work in hand and its wrap-up are over. Without work in hand it is refused (409).
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/presence/next", tag = "presence", params(("account_id" = Uuid, Path)),
    request_body = Choice, responses((status = 200, body = PresenceReply), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn choose_next(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<Choice>, JsonRejection>,
) -> Result<Json<PresenceReply>, Problem> {
    caller.may(account, Permission::PresenceOwn)?;
    let agent = caller.agent()?;
    let wanted = wanted(body)?;
    gateway.orders.presence_next(caller.who.actor.clone(), agent, wanted).await?;
    Ok(Json(shown(&gateway, agent)))
}

/// End my wrap-up, or make it longer. Where the queue wants a disposition, it comes first (409).
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/presence/wrap_up", tag = "presence",
    params(("account_id" = Uuid, Path)), request_body = WrapUp, responses((status = 200, body = PresenceReply), (status = 409, body = Problem)))]
pub(crate) async fn wrap_up(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<WrapUp>, JsonRejection>,
) -> Result<Json<PresenceReply>, Problem> {
    caller.may(account, Permission::PresenceOwn)?;
    let agent = caller.agent()?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let actor = caller.who.actor.clone();
    match wish {
        WrapUp::Done => {
            gateway.operations.may_finish_wrap_up(account, agent).await?;
            gateway.orders.wrap_up_done(actor, agent).await?;
        }
        WrapUp::Extend { seconds } => {
            gateway.orders.wrap_up_extend(actor, agent, Duration::from_secs(seconds.into())).await?;
        }
    }
    Ok(Json(shown(&gateway, agent)))
}

pub(super) fn wanted(body: Result<Json<Choice>, JsonRejection>) -> Result<Wanted, Problem> {
    let Json(choice) = body.map_err(|e| Problem::unreadable(&e))?;
    let reason = choice.reason.unwrap_or_default();
    if reason.chars().count() > 64 {
        return Err(Problem::invalid("a reason has at most 64 characters"));
    }
    Ok(match choice.state {
        Wish::Ready => Wanted::Ready,
        Wish::NotReady => Wanted::NotReady(reason),
        Wish::LoggedOut => Wanted::LoggedOut,
    })
}

pub(super) fn shown(gateway: &Gateway, agent: AgentId) -> PresenceReply {
    let floor = gateway.orders.floor();
    let Some(found) = floor.agents.iter().find(|a| a.agent == agent) else {
        let state = Presence::LoggedOut.as_str();
        return PresenceReply {
            state,
            reason: None,
            since: 0,
            next: None,
            next_reason: None,
            paused_until: None,
            work: Vec::new(),
        };
    };
    let in_hand = found.work.iter().map(|work| InHand {
        work_item: work.work_item.0,
        queue: work.queue.0,
        state: work.state,
        until: work.until.map(Timestamp::as_millis),
    });
    PresenceReply {
        state: found.presence.as_str(),
        reason: reason(&found.presence),
        since: found.since.as_millis(),
        next: found.next.as_ref().map(Presence::as_str),
        next_reason: found.next.as_ref().and_then(reason),
        paused_until: found.paused_until.map(Timestamp::as_millis),
        work: in_hand.collect(),
    }
}

fn reason(presence: &Presence) -> Option<String> {
    match presence {
        Presence::NotReady(reason) => Some(reason.clone()),
        _ => None,
    }
}
