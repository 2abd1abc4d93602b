//! Texts in hand: passed on to a queue or a colleague, shared with one, left to the others.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_conversations::{PassMode, PassTo};
use ringdesk_model::{AccountId, AgentId, Clock as _, ConversationId, Pii, QueueId};
use ringdesk_operations::text_transfers::PassText;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Exactly one of them.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TextTarget {
    /// Asked; until they take it, it stays where it is.
    Agent(Uuid),
    /// It waits there at once. Only with the mode `blind`.
    Queue(Uuid),
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TextPass {
    to: TextTarget,
    /// `blind` (they have it instead of me), `join` (they come beside me).
    mode: String,
    /// At most 500 characters; the target reads it before they take it.
    reason: Option<String>,
    /// In whose place, for those with the right to transfer; without it, that of the one agent who has it.
    agent: Option<Uuid>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TextPassBegun {
    /// What becomes of it is in the log of the conversation.
    transfer: Uuid,
}

/// Pass a conversation by text on, or ask a colleague to join. What is refused or not answered is told in the timeline, and nothing
/// has changed hands.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/conversations/{id}/pass", tag = "texts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = TextPass,
    responses((status = 202, body = TextPassBegun), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn pass(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ConversationId)>,
    caller: Caller,
    body: Result<Json<TextPass>, JsonRejection>,
) -> Result<(StatusCode, Json<TextPassBegun>), Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let mode = PassMode::parse(&wish.mode).ok_or_else(|| Problem::invalid("a mode is blind or join"))?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    let wanted = PassText {
        to: match wish.to {
            TextTarget::Agent(agent) => PassTo::Agent(AgentId(agent)),
            TextTarget::Queue(queue) => PassTo::Queue(QueueId(queue)),
        },
        mode,
        reason: wish.reason.map(Pii::new),
        in_place_of: wish.agent.map(AgentId),
        may_for_others: who.grants.allows(Permission::ConversationsTransfer),
    };
    let transfer = gateway.operations.pass_text(now, &who.actor, &who.scope, id, wanted).await?;
    gateway.orders.texts_changed();
    Ok((StatusCode::ACCEPTED, Json(TextPassBegun { transfer: transfer.0 })))
}

/// Leave a conversation by text to the others who have it in hand. The last one passes it on or closes it.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/conversations/{id}/leave", tag = "texts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn leave(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ConversationId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    gateway.operations.leave_text(now, &who.actor, &who.scope, id).await?;
    gateway.orders.texts_changed();
    Ok(StatusCode::NO_CONTENT)
}
