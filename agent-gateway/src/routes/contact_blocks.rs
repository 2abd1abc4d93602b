//! Who is kept out, on every channel.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, BlockId, Clock as _, ContactId, Pii, Timestamp};
use ringdesk_operations::contact_blocks::BlockAnswer;
use ringdesk_storage::contact_blocks::KeptBlock;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct BlockReply {
    id: Uuid,
    contact: Uuid,
    /// `proposed`, `active`, `declined`, `lifted`. One whose time is over keeps nobody out, whatever stands here.
    state: &'static str,
    reason: String,
    at: i64,
    /// Null: until it is lifted.
    until: Option<i64>,
    proposed_by: Option<Uuid>,
    decided_by: Option<Uuid>,
}

impl BlockReply {
    pub(super) fn of(kept: KeptBlock) -> BlockReply {
        BlockReply {
            id: kept.id.0,
            contact: kept.contact.0,
            state: kept.block.state.as_str(),
            reason: Pii::into_inner(kept.reason),
            at: kept.at.as_millis(),
            until: kept.block.until.map(Timestamp::as_millis),
            proposed_by: kept.block.proposed_by.map(|u| u.0),
            decided_by: kept.decided_by.map(|u| u.0),
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Those that are over, too.
    all: Option<bool>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BlockWish {
    /// One line of 3 to 500 characters.
    reason: String,
    /// Milliseconds since 1970; null: until it is lifted.
    #[serde(default)]
    until: Option<i64>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BlockDecision {
    /// Declined otherwise.
    approve: bool,
}

/// What a caller who is kept out meets.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BlockAnswerShape {
    /// `busy`: as if we were talking; `decline`: the call is rejected; `message`: this is said to them.
    answer: String,
    /// Of a message: the id of a prompt, or a text of at most 1000 characters.
    #[serde(default)]
    text: Option<String>,
}

impl BlockAnswerShape {
    pub(super) fn of(answer: BlockAnswer) -> BlockAnswerShape {
        let (answer, text) = match answer {
            BlockAnswer::Busy => ("busy", None),
            BlockAnswer::Decline => ("decline", None),
            BlockAnswer::Message(text) => ("message", Some(text)),
        };
        BlockAnswerShape { answer: answer.into(), text }
    }

    pub(super) fn read(self) -> Result<BlockAnswer, Problem> {
        match (self.answer.as_str(), self.text) {
            ("busy", None) => Ok(BlockAnswer::Busy),
            ("decline", None) => Ok(BlockAnswer::Decline),
            ("message", Some(text)) => Ok(BlockAnswer::Message(text)),
            _ => Err(Problem::invalid("the answer is busy or decline, or message with a text")),
        }
    }
}

#[derive(Serialize, ToSchema)]
pub(crate) struct BlockMade {
    id: Uuid,
}

/// Keep somebody out; for who may not alone, propose it.
#[utoipa::path(post, path = "/api/v1/accounts/{account_id}/contacts/{id}/block", tag = "contacts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = BlockWish,
    responses((status = 201, body = BlockMade), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn block(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ContactId)>,
    caller: Caller,
    body: Result<Json<BlockWish>, JsonRejection>,
) -> Result<(StatusCode, Json<BlockMade>), Problem> {
    caller.may(account, Permission::ConversationsAnswer)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    let until = wish.until.map(|ms| Timestamp(ms.saturating_mul(1_000)));
    let approves = who.grants.allows(Permission::ContactsBlock);
    let (why, operations) = ((wish.reason.as_str(), until), &gateway.operations);
    let made = operations.block_contact(now, &who.actor, &who.scope, id, why, approves).await?;
    gateway.orders.rows_changed().await;
    Ok((StatusCode::CREATED, Json(BlockMade { id: made.0 })))
}

/// Those that wait for a decision or are in force, newest first.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/blocks", tag = "contacts", params(("account_id" = Uuid, Path), Which),
    responses((status = 200, body = Vec<BlockReply>), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    query: Result<Query<Which>, QueryRejection>,
) -> Result<Json<Vec<BlockReply>>, Problem> {
    caller.may(account, Permission::ContactsBlock)?;
    let Query(which) = query.map_err(|e| Problem::malformed(e.body_text()))?;
    let all = gateway.operations.blocks(account, which.all.unwrap_or(false)).await?;
    Ok(Json(all.into_iter().map(BlockReply::of).collect()))
}

/// Approve or decline what somebody else proposed.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/blocks/{id}", tag = "contacts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = BlockDecision,
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn decide(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, BlockId)>,
    caller: Caller,
    body: Result<Json<BlockDecision>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ContactsBlock)?;
    let Json(decision) = body.map_err(|e| Problem::unreadable(&e))?;
    let (now, who) = (gateway.clock.now(), &caller.who);
    gateway.operations.decide_block(now, &who.actor, account, id, decision.approve).await?;
    gateway.orders.rows_changed().await;
    Ok(StatusCode::NO_CONTENT)
}

/// Let them in again, everywhere.
#[utoipa::path(delete, path = "/api/v1/accounts/{account_id}/blocks/{id}", tag = "contacts",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn lift(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, BlockId)>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::ContactsBlock)?;
    gateway.operations.lift_block(gateway.clock.now(), &caller.who.actor, account, id).await?;
    gateway.orders.rows_changed().await;
    Ok(StatusCode::NO_CONTENT)
}

/// What callers who are kept out meet.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/block_answer", tag = "contacts", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = BlockAnswerShape), (status = 403, body = Problem)))]
pub(crate) async fn answer(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<BlockAnswerShape>, Problem> {
    caller.may(account, Permission::ContactsBlock)?;
    Ok(Json(BlockAnswerShape::of(gateway.operations.block_answer(account).await?)))
}

/// Say it. The next call meets it.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/block_answer", tag = "contacts", params(("account_id" = Uuid, Path)),
    request_body = BlockAnswerShape,
    responses((status = 204), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn set_answer(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    body: Result<Json<BlockAnswerShape>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::SettingsManage)?;
    let Json(shape) = body.map_err(|e| Problem::unreadable(&e))?;
    let answer = shape.read()?;
    gateway.operations.set_block_answer(gateway.clock.now(), &caller.who.actor, account, &answer).await?;
    gateway.orders.rows_changed().await;
    Ok(StatusCode::NO_CONTENT)
}
