//! What agents can and take at once, how channels are treated, and why a conversation came to whom.

use super::queue_routing::skills;
use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, AgentId, Clock as _, ConversationId, Priority, Timestamp};
use ringdesk_operations::routing_setup::AgentRouting;
use ringdesk_routing::{Capacity, ChannelSetup, ChannelSwitch};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AgentAbility {
    /// By name, plain (`billing`) or of a kind (`language:zh`, `region:310`), with the level, 1 to 10. At most 50.
    skills: BTreeMap<String, u8>,
    /// 1, or 0: no calls.
    calls: u16,
    /// At once, at most 20. The media share: who has half of their texts takes no call.
    texts: u16,
}

/// What an agent can, and takes at once.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/agents/{id}/routing", tag = "agents",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)),
    responses((status = 200, body = AgentAbility), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn ability(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, AgentId)>,
    caller: Caller,
) -> Result<Json<AgentAbility>, Problem> {
    caller.may(account, Permission::UsersManage)?;
    let AgentRouting { skills, capacity } = gateway.operations.agent_routing(account, id).await?;
    let skills = skills.into_iter().map(|(skill, level)| (skill.0, level)).collect();
    Ok(Json(AgentAbility { skills, calls: capacity.voice, texts: capacity.text }))
}

/// Say what an agent can, and takes at once. What they have in hand they keep.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/agents/{id}/routing", tag = "agents",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), request_body = AgentAbility,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn set_ability(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, AgentId)>,
    caller: Caller,
    body: Result<Json<AgentAbility>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::UsersManage)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let capacity = Capacity { voice: wish.calls, text: wish.texts };
    let wanted = AgentRouting { skills: skills(wish.skills), capacity };
    let (now, actor) = (gateway.clock.now(), &caller.who.actor);
    gateway.operations.set_agent_routing(now, actor, account, id, &wanted).await?;
    gateway.orders.rows_changed().await;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize, ToSchema)]
pub(crate) struct ChannelReply {
    /// `phone`, `web_chat`, `api`, `email`, `sms`, `help_desk`
    name: String,
    /// Minutes of waiting that its work is given; below 0: taken.
    priority: i16,
    /// `on`; `hold`: new work waits and is offered to nobody; `refuse`: new work is turned away.
    #[schema(value_type = String)]
    switch: ChannelSwitch,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChannelWish {
    /// -240 to 240 minutes of waiting.
    priority: i16,
    /// `on`, `hold`, `refuse`
    #[schema(value_type = String)]
    switch: ChannelSwitch,
}

/// Every channel, as its work is treated.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/channels", tag = "queues", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<ChannelReply>), (status = 403, body = Problem)))]
pub(crate) async fn channels(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<ChannelReply>>, Problem> {
    caller.may(account, Permission::QueuesRead)?;
    let all = gateway.operations.channel_setups(account).await?;
    let shown = |one: ChannelSetup| ChannelReply { name: one.name, priority: one.priority.0, switch: one.switch };
    Ok(Json(all.into_iter().map(shown).collect()))
}

/// Give a channel's work an advantage, let it wait, or turn it away.
#[utoipa::path(put, path = "/api/v1/accounts/{account_id}/channels/{name}", tag = "queues",
    params(("account_id" = Uuid, Path), ("name" = String, Path)), request_body = ChannelWish,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn set_channel(
    State(gateway): State<Gateway>,
    Path((account, name)): Path<(AccountId, String)>,
    caller: Caller,
    body: Result<Json<ChannelWish>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    caller.may(account, Permission::QueuesEdit)?;
    let Json(wish) = body.map_err(|e| Problem::unreadable(&e))?;
    let wanted = ChannelSetup { name, priority: Priority(wish.priority), switch: wish.switch };
    gateway.operations.set_channel(gateway.clock.now(), &caller.who.actor, account, &wanted).await?;
    gateway.orders.rows_changed().await;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize, ToSchema)]
pub(crate) struct OfferReply {
    id: Uuid,
    work_item: Uuid,
    agent: Uuid,
    queue: Uuid,
    offered_at: i64,
    /// When it was taken, or came to nothing.
    answered_at: Option<i64>,
    /// `accepted`, `declined`, `no_answer`, `busy`, `unreachable`, `caller_left`, `superseded`, `failed`; null: they are being asked.
    outcome: Option<String>,
    /// The decision: `how` (`matched`, `required`, `sought`, `assigned`, `picked`), `strategy`, `candidates`, `wanted` skills and
    /// `fit`, `level`, `relaxed` steps, `load` in millionths, `idle_since`, `tries`, `preferred`, `vip`, and up to three `others`.
    why: Option<serde_json::Value>,
}

/// Who was asked to take this conversation, why they, and what came of it, in order.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/conversations/{id}/offers", tag = "conversations",
    params(("account_id" = Uuid, Path), ("id" = Uuid, Path)), responses((status = 200, body = Vec<OfferReply>), (status = 404, body = Problem)))]
pub(crate) async fn offers(
    State(gateway): State<Gateway>,
    Path((account, id)): Path<(AccountId, ConversationId)>,
    caller: Caller,
) -> Result<Json<Vec<OfferReply>>, Problem> {
    caller.may_read(account)?;
    let found = gateway.operations.conversation_offers(&caller.who.scope, id).await?;
    let shown = found.into_iter().map(|one| OfferReply {
        id: one.offer.0,
        work_item: one.work_item.0,
        agent: one.agent.0,
        queue: one.queue.0,
        offered_at: one.offered_at.as_millis(),
        answered_at: one.answered_at.map(Timestamp::as_millis),
        outcome: one.outcome,
        why: one.why.as_deref().and_then(|why| serde_json::from_str(why).ok()),
    });
    Ok(Json(shown.collect()))
}
