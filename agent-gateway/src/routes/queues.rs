//! Queues as they are right now.

use super::inboxes::Recording;
use crate::Gateway;
use crate::caller::Caller;
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use ringdesk_access::Permission;
use ringdesk_model::{AccountId, Clock as _};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(crate) struct QueueReply {
    id: Uuid,
    name: String,
    waiting: u32,
    longest_wait_ms: u64,
    /// By presence.
    agents: BTreeMap<String, u32>,
    /// When its calls are recorded; without one as the number says that was dialled.
    recording: Option<Recording>,
}

/// Every queue with its waiting and its agents.
#[utoipa::path(get, path = "/api/v1/accounts/{account_id}/queues", tag = "queues", params(("account_id" = Uuid, Path)),
    responses((status = 200, body = Vec<QueueReply>), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Path(account): Path<AccountId>,
    caller: Caller,
) -> Result<Json<Vec<QueueReply>>, Problem> {
    caller.may(account, Permission::QueuesRead)?;
    let now = gateway.clock.now();
    let rules = gateway.operations.queue_recording_rules(account).await?;
    let floor = gateway.orders.floor();
    let queues = floor.queues.iter().map(|q| QueueReply {
        id: q.queue.0,
        name: q.name.clone(),
        waiting: q.waiting,
        longest_wait_ms: q.longest_waiting_since.map_or(0, |since| now.since(since).as_millis() as u64),
        recording: rules.get(&q.queue).map(|r| Recording { start: r.start, policy: r.policy }),
        agents: q.agents.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect(),
    });
    Ok(Json(queues.collect()))
}
