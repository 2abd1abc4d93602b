//! Messages that callers left: what is to be heard, who sees to it, and that it is done.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use super::dispositions::Chosen;
use super::work::To;
use crate::Gateway;
use crate::caller::Caller;
use crate::limit::limit;
use crate::masked::Number;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, AgentId, Clock as _, LeftMessageId, Pii, QueueId, Scope};
use ringdesk_operations::left_messages::LeftMessage;
use ringdesk_storage::left_messages::{LeftMessageState, Wanted};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Messages of a page that does not say.
const PAGE: i64 = 20;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Filter {
    /// `open`, `claimed`, `closed`; without it all that are not closed.
    state: Option<String>,
    queue: Option<Uuid>,
    /// Who sees to it, or did.
    agent: Option<Uuid>,
    /// Only older ones than this message.
    before: Option<Uuid>,
    /// 1 to 100; 20 without it.
    limit: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct LeftMessageReply {
    id: Uuid,
    conversation_id: Uuid,
    call: Uuid,
    /// Whose agents are to hear of it.
    queue: Option<Uuid>,
    from: Number,
    to: Number,
    left_at: i64,
    duration_ms: i64,
    /// Where it is heard; null: it could not be kept.
    recording_id: Option<Uuid>,
    /// Its place in that recording.
    start_ms: i64,
    end_ms: i64,
    /// `open`, `claimed`, `closed`.
    state: String,
    /// Who sees to it, or did.
    agent: Option<Uuid>,
    /// Their part in the conversation, to which the disposition belongs.
    participation: Option<Uuid>,
    claimed_at: Option<i64>,
    closed_at: Option<i64>,
    /// What was said, its first 1,000 characters; numbers are hidden from readers without the right to them.
    text: String,
    /// How far the transcript is: `running`, `done`, `no_engine`, `failed`; null: nobody has listened yet.
    transcript: Option<String>,
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Done {
    /// What it was about, as of a call; required where the queue requires one.
    #[serde(default)]
    disposition: Option<Chosen>,
    /// At most 4,000 characters; belongs to a disposition.
    #[serde(default)]
    note: Option<String>,
}

/// What is to be heard, the newest first: of my queues what nobody has, and what is mine; with the right to everybody's
/// conversations all. That somebody read what was said is an entry of the audit.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/left_messages", tag = "left messages",
    params(("account_id" = Uuid, Path), Filter),
    responses((status = 200, body = Vec<LeftMessageReply>), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    query: Result<Query<Filter>, QueryRejection>,
) -> Result<Json<Vec<LeftMessageReply>>, Problem> {
    caller.may_read(account)?;
    let Query(filter) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    let state = match filter.state.as_deref() {
        None => None,
        Some(name) => Some(
            LeftMessageState::parse(name).ok_or_else(|| Problem::invalid("the state is open, claimed or closed"))?,
        ),
    };
    let limit = limit(filter.limit, PAGE, 100)?;
    let wanted = Wanted {
        state,
        queue: filter.queue.map(QueueId),
        agent: filter.agent.map(AgentId),
        before: filter.before.map(LeftMessageId),
    };
    let (now, who) = (gateway.clock.now(), &caller.who);
    let found = gateway.operations.left_messages(now, &who.actor, &who.scope, &wanted, limit).await?;
    Ok(Json(found.into_iter().map(|one| shown(one, &who.scope)).collect()))
}

/// See to it myself. The first gets it, the others learn who that is (409).
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/left_messages/{id}/claim", tag = "left messages",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn claim(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, LeftMessageId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let (now, who, agent) = (gateway.clock.now(), &caller.who, caller.agent()?);
    gateway.operations.claim_left_message(now, &who.actor, &who.scope, id, agent).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give it to an agent, whoever has it.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/left_messages/{id}/assign", tag = "left messages",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = To,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn assign(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, LeftMessageId)>,
    caller: Caller,
    body: Result<Json<To>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::WorkAssign)?;
    let Json(to) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    gateway.operations.assign_left_message(now, &who.actor, &who.scope, id, AgentId(to.agent)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give mine back to those of its queue; with the right to assign anybody's.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/left_messages/{id}/release", tag = "left messages",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn release(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, LeftMessageId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let anyones = caller.may(account, Permission::WorkAssign).is_ok();
    let (now, who) = (gateway.clock.now(), &caller.who);
    gateway.operations.release_left_message(now, &who.actor, &who.scope, id, anyones).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Mine is seen to; with the right to assign anybody's. Its conversation ends with the last of its messages.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/left_messages/{id}/close", tag = "left messages",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = Done,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn close(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, LeftMessageId)>,
    caller: Caller,
    body: Result<Json<Done>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let Json(done) = body.map_err(|e| Problem::unreadable(&e))?;
    let disposition = done.disposition.map(Chosen::path).transpose()?;
    let anyones = caller.may(account, Permission::WorkAssign).is_ok();
    let (now, who, note) = (gateway.clock.now(), &caller.who, done.note.map(Pii::new));
    let closing = gateway.operations.close_left_message(now, &who.actor, &who.scope, (id, anyones), disposition, note);
    closing.await?;
    Ok(StatusCode::NO_CONTENT)
}

fn shown(LeftMessage { message, heard }: LeftMessage, scope: &Scope) -> LeftMessageReply {
    LeftMessageReply {
        id: message.id.0,
        conversation_id: message.conversation.0,
        call: message.call.0,
        queue: message.queue.map(|q| q.0),
        from: Number::shown(&message.parties.from, scope),
        to: Number::shown(&message.parties.to, scope),
        left_at: message.left_at.as_millis(),
        duration_ms: message.to_ms - message.from_ms,
        recording_id: message.recording.map(|r| r.0),
        start_ms: message.from_ms,
        end_ms: message.to_ms,
        state: message.state.as_str().to_owned(),
        agent: message.agent.map(|a| a.0),
        participation: message.participation.map(|p| p.0),
        claimed_at: message.claimed_at.map(|at| at.as_millis()),
        closed_at: message.closed_at.map(|at| at.as_millis()),
        text: heard.text.into_inner(),
        transcript: heard.state,
    }
}
