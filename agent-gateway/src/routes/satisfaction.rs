//! How contacts rate what was done for them: of a conversation, and all answers.

#![allow(unused_qualifications, reason = "the description macro writes paths in full")]

use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, AgentId, ConversationId, Pii, QueueId, Timestamp};
use ringdesk_operations::satisfaction::aspects;
use ringdesk_storage::satisfaction::{Satisfaction, Wanted};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct SatisfactionReply {
    conversation_id: Uuid,
    /// `phone`, `web_chat`, `api`.
    channel: &'static str,
    /// Who served them last.
    agent: Uuid,
    queue: Option<Uuid>,
    /// Milliseconds since 1970 (UTC).
    invited_at: i64,
    /// The first answer; null: none yet.
    rated_at: Option<i64>,
    /// 1 to 5.
    stars: Option<u8>,
    /// Stars by aspect: `speed`, `attitude`, `effect`, `convenience`.
    aspects: BTreeMap<String, u8>,
    /// What they wrote beside it; numbers in it are hidden from whom numbers are.
    words: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct OfConversation {
    /// Null: they were not asked.
    satisfaction: Option<SatisfactionReply>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// So many stars or fewer, 1 to 5.
    most: Option<u8>,
    agent: Option<Uuid>,
    queue: Option<Uuid>,
    /// Asked from here on, in milliseconds since 1970 (UTC).
    from: Option<i64>,
    /// And before then.
    to: Option<i64>,
    /// `invited_at` of the last one of the page before.
    before: Option<i64>,
    /// At most 100; 50 without it.
    limit: Option<i64>,
}

/// How the contact has rated this conversation.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/conversations/{id}/satisfaction", tag = "satisfaction",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 200, body = OfConversation), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn read(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ConversationId)>,
    caller: Caller,
) -> Result<Json<OfConversation>, Problem> {
    caller.may_read(account)?;
    let found = gateway.operations.satisfaction(&caller.who.scope, id).await?;
    Ok(Json(OfConversation { satisfaction: found.map(shown) }))
}

/// Answers, the newest first; those of the reader's own conversations where they do not see everybody's.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/satisfaction", tag = "satisfaction", params(("account_id" = Uuid, Path), Asked),
    responses((status = 200, body = Vec<SatisfactionReply>), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Vec<SatisfactionReply>>, Problem> {
    caller.may(account, Permission::PerformanceRead)?;
    let Query(asked) = asked.map_err(|e| Problem::invalid(e.body_text()))?;
    let at = |ms: Option<i64>| ms.map(|ms| Timestamp::from_millis(ms.clamp(0, 1 << 50)));
    let wanted = Wanted {
        most: asked.most,
        agent: asked.agent.map(AgentId),
        queue: asked.queue.map(QueueId),
        from: at(asked.from),
        to: at(asked.to),
        before: at(asked.before),
    };
    let found = gateway.operations.satisfactions(&caller.who.scope, &wanted, asked.limit.unwrap_or(50)).await?;
    Ok(Json(found.into_iter().map(shown).collect()))
}

fn shown(row: Satisfaction) -> SatisfactionReply {
    SatisfactionReply {
        conversation_id: row.conversation.0,
        channel: row.channel.as_str(),
        agent: row.agent.0,
        queue: row.queue.map(|queue| queue.0),
        invited_at: row.invited_at.as_millis(),
        rated_at: row.rated_at.map(Timestamp::as_millis),
        stars: row.stars,
        aspects: aspects(&row.aspects).into_iter().map(|(aspect, stars)| (aspect.as_str().to_owned(), stars)).collect(),
        words: row.words.map(Pii::into_inner),
    }
}
