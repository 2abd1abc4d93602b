//! Help that an agent wants, a leader's word on the side, and numbers that somebody sees for a reason.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, AgentId, CallbackId, Clock as _, ConversationId, Pii};
use ringdesk_operations::help::Revealed;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HelpWish {
    /// About which one.
    #[serde(default)]
    conversation: Option<Uuid>,
    /// At most 500 characters.
    #[serde(default)]
    text: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct HelpReply {
    agent: Uuid,
    conversation_id: Option<Uuid>,
    text: Option<String>,
    at: i64,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SideNote {
    /// 1 to 500 characters.
    text: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reason {
    /// 1 to 500 characters; it stands in the audit.
    pub(super) reason: String,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct RevealedReply {
    call: Option<Uuid>,
    from: Option<String>,
    to: String,
}

/// Who wants help, whoever waits longest first.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/help", tag = "work", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<HelpReply>), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<HelpReply>>, Problem> {
    caller.may(account, Permission::CallsSupervise)?;
    let found = gateway.operations.help_wanted(account).await?.into_iter().map(|help| HelpReply {
        agent: help.agent.0,
        conversation_id: help.conversation.map(|c| c.0),
        text: help.text.map(Pii::into_inner),
        at: help.at.as_millis(),
    });
    Ok(Json(found.collect()))
}

/// I want help: leaders are told, until I say that I do not any more.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/help", tag = "work", params(("account_id" = Uuid, Path)),
    request_body = HelpWish,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn want(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<HelpWish>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, who, agent) = (gateway.clock.now(), &caller.who, caller.agent()?);
    let (about, text) = (wish.conversation.map(ConversationId), wish.text.map(Pii::new));
    gateway.operations.want_help(now, &who.actor, &who.scope, agent, about, text).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// I do not, any more.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/help", tag = "work", params(("account_id" = Uuid, Path)),
    responses((status = 204), (status = 403, body = Problem)))]
pub(crate) async fn settle(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let (now, actor, agent) = (gateway.clock.now(), &caller.who.actor, caller.agent()?);
    gateway.operations.settle_help(now, actor, account, agent).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// This agent was helped.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/agents/{id}/help", tag = "work",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn settle_of(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, AgentId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::CallsSupervise)?;
    if gateway.operations.extension_of(account, id).await?.is_none() {
        return Err(Problem::not_found("agent"));
    }
    gateway.operations.settle_help(gateway.clock.now(), &caller.who.actor, account, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A word to an agent that nobody else reads; the event `side_note`. It is told, not kept.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/agents/{id}/side_note", tag = "work",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = SideNote,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn side_note(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, AgentId)>,
    caller: Caller,
    body: Result<Json<SideNote>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::CallsSupervise)?;
    let Json(note) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    gateway.operations.side_note(now, &who.actor, account, id, Pii::new(note.text), &who.user.name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The numbers of this conversation in full, for a reason.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/conversations/{id}/reveal", tag = "conversations",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = Reason,
    responses((status = 200, body = Vec<RevealedReply>), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn reveal(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ConversationId)>,
    caller: Caller,
    body: Result<Json<Reason>, JsonRejection>,
) -> Result<Json<Vec<RevealedReply>>, Problem> {
    caller.may(account, Permission::NumbersReveal)?;
    let Json(why) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    let found = gateway.operations.reveal_numbers(now, &who.actor, &who.scope, id, &why.reason).await?;
    Ok(Json(found.into_iter().map(shown).collect()))
}

/// The number of this callback in full, for a reason.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/callbacks/{id}/reveal", tag = "callbacks",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = Reason,
    responses((status = 200, body = Vec<RevealedReply>), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn reveal_callback(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, CallbackId)>,
    caller: Caller,
    body: Result<Json<Reason>, JsonRejection>,
) -> Result<Json<Vec<RevealedReply>>, Problem> {
    caller.may(account, Permission::NumbersReveal)?;
    let Json(why) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    let found = gateway.operations.reveal_callback(now, &who.actor, &who.scope, id, &why.reason).await?;
    Ok(Json(found.into_iter().map(shown).collect()))
}

fn shown(revealed: Revealed) -> RevealedReply {
    RevealedReply {
        call: revealed.call.map(|c| c.0),
        from: revealed.from.map(Pii::into_inner),
        to: revealed.to.into_inner(),
    }
}
