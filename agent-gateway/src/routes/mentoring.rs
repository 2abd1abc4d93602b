//! What a mentor sees of their agents' talks, and says to them on the side; and what the agent knows of it.
//!
//! Everybody asks here for themselves: whose mentor one is not has no talks, and a talk that the agent has in hand no more is not
//! there. How a mentor comes into a call: [`super::supervision`].

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use super::conversations::{ConversationReply, MessageReply, conversation, message};
use super::mentors::MentorshipReply;
use crate::Gateway;
use crate::caller::Caller;
use crate::limit::limit;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use ringdesk_access::{Permission, SuggestionEnd};
use ringdesk_model::{AccountId, AgentId, Clock as _, ConversationId, Pii, SuggestionId};
use ringdesk_storage::mentors::Suggestion;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct MentoringReply {
    /// Who is beside me.
    mentors: Vec<MentorshipReply>,
    /// Beside whom I am.
    agents: Vec<MentorshipReply>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct MentoredTalk {
    /// Mine, who has it in hand.
    agent: Uuid,
    conversation: ConversationReply,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct MentoredPage {
    /// Only lines after this number.
    after: Option<i64>,
    /// 1 to 200; 100 without it.
    limit: Option<i64>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSuggestion {
    /// 1 to 1,000 characters.
    text: String,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct SuggestionMade {
    id: Uuid,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct SuggestionReply {
    id: Uuid,
    agent: Uuid,
    /// The user.
    mentor: Uuid,
    /// Null: they are gone from the books.
    mentor_name: Option<String>,
    text: String,
    at: i64,
    /// `taken` into the agent's box, or `dismissed`; null: it waits.
    outcome: Option<&'static str>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SuggestionSettled {
    /// `taken`, `dismissed`.
    outcome: String,
}

/// Who is beside me as a mentor, and beside whom I am.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/mentoring", tag = "mentors", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = MentoringReply), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn read(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<MentoringReply>, Problem> {
    caller.may_read(account)?;
    let (now, user) = (gateway.clock.now(), &caller.who.user);
    let mentors = match user.agent {
        Some(agent) => gateway.operations.mentorships(now, account, (None, Some(agent))).await?,
        None => Vec::new(),
    };
    let agents = gateway.operations.mentorships(now, account, (Some(user.id), None)).await?;
    let mine = |all: Vec<_>| all.into_iter().map(MentorshipReply::from).collect();
    Ok(Json(MentoringReply { mentors: mine(mentors), agents: mine(agents) }))
}

/// What my agents have in hand now, newest first for each.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/mentoring/talks", tag = "mentors", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<MentoredTalk>), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn talks(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<MentoredTalk>>, Problem> {
    caller.may_read(account)?;
    let (now, scope) = (gateway.clock.now(), &caller.who.scope);
    let all = gateway.operations.mentored_talks(now, scope).await?.into_iter();
    // Their sound is for those with the right to play it.
    let none = || (Vec::new(), Vec::new());
    let talk = |(agent, view): (AgentId, _)| MentoredTalk {
        agent: agent.0,
        conversation: conversation(view, none(), scope, now),
    };
    Ok(Json(all.map(talk).collect()))
}

/// The timeline of a talk that an agent of mine has in hand.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/mentoring/talks/{id}/messages", tag = "mentors",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path), MentoredPage),
    responses((status = 200, body = Vec<MessageReply>), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn lines(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ConversationId)>,
    caller: Caller,
    query: Result<Query<MentoredPage>, QueryRejection>,
) -> Result<Json<Vec<MessageReply>>, Problem> {
    caller.may_read(account)?;
    let Query(page) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    let limit = limit(page.limit, 100, 200)?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    let after = page.after.unwrap_or(0);
    let found = gateway.operations.mentored_lines(now, &who.actor, &who.scope, id, after, limit).await?;
    Ok(Json(found.into_iter().map(message).collect()))
}

/// A word for my agent in such a talk, beside their box; the contact gets nothing of it.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/mentoring/talks/{id}/suggestions", tag = "mentors",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = NewSuggestion,
    responses((status = 201, body = SuggestionMade), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn suggest(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ConversationId)>,
    caller: Caller,
    body: Result<Json<NewSuggestion>, JsonRejection>,
) -> Result<(StatusCode, Json<SuggestionMade>), Problem> {
    caller.may_read(account)?;
    let Json(new) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    let id = gateway.operations.suggest(now, &who.actor, &who.scope, id, &Pii::new(new.text)).await?;
    Ok((StatusCode::CREATED, Json(SuggestionMade { id: id.0 })))
}

/// What was suggested to me in a conversation, or by me as long as I mentor its agent. Nobody else sees any.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/conversations/{id}/suggestions", tag = "mentors",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 200, body = Vec<SuggestionReply>), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn suggestions(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ConversationId)>,
    caller: Caller,
) -> Result<Json<Vec<SuggestionReply>>, Problem> {
    caller.may_read(account)?;
    let (now, scope) = (gateway.clock.now(), &caller.who.scope);
    let found = gateway.operations.suggestions(now, scope, id).await?.into_iter();
    let reply = |(one, name): (Suggestion, _)| SuggestionReply {
        id: one.id.0,
        agent: one.agent.0,
        mentor: one.mentor.0,
        mentor_name: name,
        text: one.text.into_inner(),
        at: one.at.as_millis(),
        outcome: one.end.map(SuggestionEnd::as_str),
    };
    Ok(Json(found.map(reply).collect()))
}

/// I took it into my box, or put it aside.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/suggestions/{id}", tag = "mentors",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = SuggestionSettled,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn settle(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, SuggestionId)>,
    caller: Caller,
    body: Result<Json<SuggestionSettled>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let Json(SuggestionSettled { outcome }) = body.map_err(|e| Problem::unreadable(&e))?;
    let end = SuggestionEnd::parse(&outcome).ok_or_else(|| Problem::invalid("outcome: taken or dismissed"))?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    gateway.operations.settle_suggestion(now, &who.actor, &who.scope, id, end).await?;
    Ok(StatusCode::NO_CONTENT)
}
