//! Texts passed on and shared: one work item for each agent who is asked, one row of the log for each asking.

use crate::accounts::open_text;
use crate::transfers::{self, BegunRow, NewTransfer};
use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, AgentId, ConversationId, OfferId, Pii, QueueId, Timestamp, TransferId, WorkItemId};
use ringdesk_vault::{AccountKey, Place};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Work for the one who is asked, or for the queue it goes to.
#[derive(Clone, Copy, Debug)]
pub struct PassedWork {
    pub id: WorkItemId,
    pub queue: QueueId,
    /// `None`: for anybody of the queue.
    pub sought: Option<AgentId>,
}

/// Nobody took what somebody was asked to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextRefused {
    pub work_item: WorkItemId,
    pub conversation: ConversationId,
    /// Who was asked.
    pub agent: AgentId,
    /// `declined`, `no_answer`, `busy`, `unreachable`, `failed`.
    pub outcome: &'static str,
    pub at: Timestamp,
}

/// How a text came to be offered.
#[derive(Clone, Debug)]
pub struct Passed {
    /// `blind`, `join`.
    pub mode: String,
    pub by: Option<AgentId>,
    pub reason: Option<Pii<String>>,
}

/// Agents who have it in hand.
pub async fn hands(tx: &mut Tx, account: AccountId, id: ConversationId) -> Result<BTreeSet<AgentId>, StoreError> {
    let found: Vec<(Uuid,)> = rows!(
        tx,
        "SELECT DISTINCT agent_id FROM participation WHERE account_id = $1 AND conversation_id = $2 AND ended_at IS NULL
           AND call_id IS NULL",
        account.0,
        id.0
    )?;
    Ok(found.into_iter().map(|(agent,)| AgentId(agent)).collect())
}

/// Is somebody being asked to take it or to join?
pub async fn is_asking(tx: &mut Tx, account: AccountId, id: ConversationId) -> Result<bool, StoreError> {
    let found: Option<(i64,)> = row!(
        tx,
        "SELECT COUNT(*) FROM work_item WHERE account_id = $1 AND conversation_id = $2 AND sought_agent IS NOT NULL
           AND state IN ('waiting', 'offered')",
        account.0,
        id.0
    )?;
    Ok(found.is_some_and(|(count,)| count > 0))
}

/// It is passed on, or somebody is asked to join.
pub async fn begin(tx: &mut Tx, key: &AccountKey, new: &NewTransfer, work: PassedWork) -> Result<(), StoreError> {
    transfers::write(tx, key.account(), &[BegunRow::new(key, new)?], &[]).await?;
    exec!(
        tx,
        "INSERT INTO work_item (id, account_id, conversation_id, queue_id, medium, state, enqueued_at, sought_agent, transfer_id)
         VALUES ($1, $2, $3, $4, 'text', 'waiting', $5, $6, $7)",
        work.id.0,
        key.account().0,
        new.conversation.0,
        work.queue.0,
        new.at.0,
        work.sought.map(|agent| agent.0),
        new.id.0
    )?;
    Ok(())
}

/// It is this queue's from now on.
pub async fn belongs_to(tx: &mut Tx, account: AccountId, id: ConversationId, queue: QueueId) -> Result<(), StoreError> {
    exec!(
        tx,
        "UPDATE text_matter SET queue_id = $3 WHERE conversation_id = $1 AND account_id = $2",
        id.0,
        account.0,
        queue.0
    )?;
    Ok(())
}

/// Whoever is left has it for good: after a restart it waits for anybody, as any other.
pub async fn stays(tx: &mut Tx, account: AccountId, id: ConversationId) -> Result<(), StoreError> {
    exec!(
        tx,
        "UPDATE work_item SET sought_agent = NULL
         WHERE account_id = $1 AND conversation_id = $2 AND medium = 'text' AND state = 'active' AND NOT EXISTS (
            SELECT 1 FROM work_item o WHERE o.conversation_id = $2 AND o.medium = 'text' AND o.state <> 'closed'
              AND o.sought_agent IS NULL)",
        account.0,
        id.0
    )?;
    Ok(())
}

/// Of the texts that an agent is asked to take: those for which a colleague named them.
pub async fn passed_to(tx: &mut Tx, key: &AccountKey, agent: AgentId) -> Result<BTreeMap<OfferId, Passed>, StoreError> {
    type Row = (Uuid, Uuid, String, Option<Uuid>, Option<Vec<u8>>);
    let found: Vec<Row> = rows!(
        tx,
        "SELECT o.id, t.id, t.mode, t.by_agent, t.reason_sealed FROM offer o JOIN work_item w ON w.id = o.work_item_id
         JOIN transfer t ON t.id = w.transfer_id
         WHERE o.account_id = $1 AND o.agent_id = $2 AND o.state = 'offered' AND w.medium = 'text' LIMIT 100",
        key.account().0,
        agent.0
    )?;
    let passed = |(offer, transfer, mode, by, reason): Row| {
        let place = Place::new("transfer", "reason", transfer.as_bytes());
        let reason = reason.map(|sealed| open_text(key, place, &sealed)).transpose()?.map(Pii::new);
        Ok((OfferId(offer), Passed { mode, by: by.map(AgentId), reason }))
    };
    found.into_iter().map(passed).collect()
}

/// An agent's part in it is over, and the conversation is not.
pub async fn release(
    tx: &mut Tx,
    account: AccountId,
    (id, agent): (ConversationId, AgentId),
    at: Timestamp,
) -> Result<(), StoreError> {
    exec!(
        tx,
        "UPDATE participation SET ended_at = $4 WHERE account_id = $1 AND conversation_id = $2 AND agent_id = $3
           AND ended_at IS NULL AND call_id IS NULL",
        account.0,
        id.0,
        agent.0,
        at.0
    )?;
    exec!(
        tx,
        "UPDATE work_item SET state = 'closed', left_at = COALESCE(left_at, $4), outcome = COALESCE(outcome, 'served')
         WHERE account_id = $1 AND conversation_id = $2 AND medium = 'text' AND state <> 'closed'
           AND id IN (SELECT o.work_item_id FROM offer o WHERE o.agent_id = $3 AND o.state = 'accepted')",
        account.0,
        id.0,
        agent.0,
        at.0
    )?;
    exec!(
        tx,
        "UPDATE offer SET state = 'ended', ended_at = $4 WHERE account_id = $1 AND agent_id = $3 AND state = 'accepted'
           AND work_item_id IN (SELECT w.id FROM work_item w WHERE w.conversation_id = $2 AND w.medium = 'text')",
        account.0,
        id.0,
        agent.0,
        at.0
    )?;
    Ok(())
}

/// Whoever was asked has it; where it was passed on to them, the sender has it no longer.
pub(crate) async fn taken(
    tx: &mut Tx,
    account: AccountId,
    (offer, agent): (OfferId, AgentId),
    id: ConversationId,
    at: Timestamp,
) -> Result<(), StoreError> {
    let ended: Option<(Uuid, String, String, Option<Uuid>)> = row!(
        tx,
        "UPDATE transfer SET ended_at = $3, waited_ms = ($3 - began_at) / 1000, outcome = 'completed', taken_by = $4
         WHERE account_id = $1 AND ended_at IS NULL AND id = (SELECT w.transfer_id FROM offer o
            JOIN work_item w ON w.id = o.work_item_id WHERE o.id = $2)
         RETURNING id, mode, target, by_agent",
        account.0,
        offer.0,
        at.0,
        agent.0
    )?;
    let Some((transfer, mode, target, by)) = ended else { return Ok(()) };
    if mode == "blind" && target == "agent" {
        if let Some(by) = by {
            release(tx, account, (id, AgentId(by)), at).await?;
        }
        // After a restart anybody may have it, as any other.
        exec!(
            tx,
            "UPDATE work_item SET sought_agent = NULL WHERE account_id = $1 AND transfer_id = $2",
            account.0,
            transfer
        )?;
    }
    Ok(())
}

/// Whoever was asked did not take it: it is where it was.
pub(crate) async fn refused(tx: &mut Tx, account: AccountId, refused: &TextRefused) -> Result<(), StoreError> {
    let ended: Option<(Option<Uuid>,)> = row!(
        tx,
        "UPDATE work_item SET state = 'closed', left_at = COALESCE(left_at, $3), outcome = COALESCE(outcome, $4)
         WHERE account_id = $1 AND id = $2 AND state <> 'closed' RETURNING transfer_id",
        account.0,
        refused.work_item.0,
        refused.at.0,
        refused.outcome
    )?;
    let Some(Some(transfer)) = ended.map(|(transfer,)| transfer) else { return Ok(()) };
    end(tx, account, TransferId(transfer), refused.at, refused.outcome).await
}

async fn end(tx: &mut Tx, account: AccountId, id: TransferId, at: Timestamp, outcome: &str) -> Result<(), StoreError> {
    exec!(
        tx,
        "UPDATE transfer SET ended_at = $3, waited_ms = ($3 - began_at) / 1000, outcome = $4
         WHERE account_id = $1 AND id = $2 AND ended_at IS NULL",
        account.0,
        id.0,
        at.0,
        outcome
    )?;
    Ok(())
}

/// The conversation is over before anybody took it.
pub(crate) async fn closed(
    tx: &mut Tx,
    account: AccountId,
    id: ConversationId,
    at: Timestamp,
) -> Result<(), StoreError> {
    exec!(
        tx,
        "UPDATE transfer SET ended_at = $3, waited_ms = ($3 - began_at) / 1000, outcome = 'caller_left'
         WHERE account_id = $1 AND conversation_id = $2 AND ended_at IS NULL AND call_id IS NULL",
        account.0,
        id.0,
        at.0
    )?;
    Ok(())
}

/// Nobody is asked any more by a server that died; what was passed on to a queue waits there.
pub(crate) async fn nobody_asked(
    tx: &mut Tx,
    account: AccountId,
    at: Timestamp,
    cause: &str,
) -> Result<(), StoreError> {
    exec!(
        tx,
        "UPDATE work_item SET state = 'closed', left_at = COALESCE(left_at, $2), outcome = COALESCE(outcome, $3)
         WHERE account_id = $1 AND medium = 'text' AND state <> 'closed' AND sought_agent IS NOT NULL",
        account.0,
        at.0,
        cause
    )?;
    Ok(())
}
