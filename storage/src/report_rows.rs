//! What reports are made of: the sheets of calls, changes of presence and transfers of a period.

use crate::accounts::open_text;
use crate::{StoreError, Tx, agents};
use ringdesk_model::{AccountId, AgentId, CallId, ConversationId, Pii, Presence, QueueId, Timestamp};
use ringdesk_vault::{AccountKey, Place};
use std::time::Duration;
use uuid::Uuid;

/// A call that began earlier than so long before the period has nothing to do with it.
const LONGEST_CALL: Duration = Duration::from_secs(24 * 3_600);

/// A call as reports see it.
#[derive(Clone, Debug)]
pub struct SheetRow {
    pub call: CallId,
    pub conversation: ConversationId,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    /// JSON; of a call that has not come far enough there is none.
    pub sheet: Option<Pii<String>>,
}

/// Those that ran in the period, oldest first, after `after`.
pub async fn sheets(
    tx: &mut Tx,
    key: &AccountKey,
    (from, to): (Timestamp, Timestamp),
    after: Option<CallId>,
    limit: i64,
) -> Result<Vec<SheetRow>, StoreError> {
    type Row = (Uuid, Uuid, i64, Option<i64>, Option<Vec<u8>>);
    let first = Timestamp(from.0.saturating_sub(i64::try_from(LONGEST_CALL.as_micros()).unwrap_or(i64::MAX)));
    let found: Vec<Row> = rows!(
        tx,
        "SELECT id, conversation_id, started_at, ended_at, sheet_sealed FROM call
         WHERE account_id = $1 AND started_at >= $2 AND started_at < $3 AND (ended_at IS NULL OR ended_at >= $4) AND id > $5
         ORDER BY id LIMIT $6",
        key.account().0,
        first.0,
        to.0,
        from.0,
        after.map_or(Uuid::nil(), |c| c.0),
        limit
    )?;
    let row = |(id, conversation, started, ended, sheet): Row| {
        let open = |sealed: Vec<u8>| open_text(key, Place::new("call", "sheet", id.as_bytes()), &sealed);
        Ok(SheetRow {
            call: CallId(id),
            conversation: ConversationId(conversation),
            started_at: Timestamp(started),
            ended_at: ended.map(Timestamp),
            sheet: sheet.map(open).transpose()?.map(Pii::new),
        })
    };
    found.into_iter().map(row).collect()
}

/// Changes of presence in the period, and before it the last one of each agent; agent by agent, in their order.
pub async fn presence(
    tx: &mut Tx,
    account: AccountId,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<(AgentId, Timestamp, Presence)>, StoreError> {
    let found: Vec<(Uuid, i64, String, Option<String>)> = rows!(
        tx,
        "SELECT p.agent_id, p.at, p.presence, p.reason FROM agent a JOIN presence_change p ON p.agent_id = a.id
         WHERE a.account_id = $1 AND p.at < $3
           AND p.n >= COALESCE((SELECT MAX(b.n) FROM presence_change b WHERE b.agent_id = a.id AND b.at < $2), 0)
         ORDER BY p.agent_id, p.n",
        account.0,
        from.0,
        to.0
    )?;
    let change = |(agent, at, state, reason): (Uuid, i64, String, Option<String>)| {
        (AgentId(agent), Timestamp(at), agents::presence(&state, reason))
    };
    Ok(found.into_iter().map(change).collect())
}

/// A transfer of a call by an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferRow {
    pub conversation: ConversationId,
    pub call: CallId,
    pub by: AgentId,
    pub at: Timestamp,
    pub outcome: Option<String>,
}

pub async fn transfers(
    tx: &mut Tx,
    account: AccountId,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<TransferRow>, StoreError> {
    let found: Vec<(Uuid, Uuid, Uuid, i64, Option<String>)> = rows!(
        tx,
        "SELECT conversation_id, call_id, by_agent, began_at, outcome FROM transfer
         WHERE account_id = $1 AND by_agent IS NOT NULL AND call_id IS NOT NULL AND began_at >= $2 AND began_at < $3 ORDER BY began_at, id",
        account.0,
        from.0,
        to.0
    )?;
    let row = |(conversation, call, by, at, outcome)| TransferRow {
        conversation: ConversationId(conversation),
        call: CallId(call),
        by: AgentId(by),
        at: Timestamp(at),
        outcome,
    };
    Ok(found.into_iter().map(row).collect())
}

/// Shares of calls that ended since a moment and of which nobody said what they were about, by agent and queue.
pub async fn unfilled(
    tx: &mut Tx,
    account: AccountId,
    since: Timestamp,
) -> Result<Vec<(AgentId, QueueId, i64)>, StoreError> {
    let found: Vec<(Uuid, Uuid, i64)> = rows!(
        tx,
        "SELECT p.agent_id, p.queue_id, COUNT(*) FROM participation p
         WHERE p.account_id = $1 AND p.call_id IS NOT NULL AND p.queue_id IS NOT NULL AND p.ended_at >= $2
           AND NOT EXISTS (SELECT 1 FROM disposition d WHERE d.participation_id = p.id)
         GROUP BY p.agent_id, p.queue_id ORDER BY p.agent_id, p.queue_id",
        account.0,
        since.0
    )?;
    Ok(found.into_iter().map(|(agent, queue, n)| (AgentId(agent), QueueId(queue), n)).collect())
}
