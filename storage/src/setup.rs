//! What people change of queues, agents and inboxes after they were made. A row counts its changes, so that of two editors
//! the second one learns of the first; what is out of use keeps its row, for what it did.

use crate::agents::{self, QueueAgent};
use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, AgentId, FlowId, InboxId, QueueId};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// How often a row was changed, and whether it is out of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub version: i64,
    pub disabled: bool,
}

/// Every queue's.
pub async fn queues(tx: &mut Tx, account: AccountId) -> Result<BTreeMap<QueueId, Standing>, StoreError> {
    let found: Vec<(Uuid, i64, bool)> =
        rows!(tx, "SELECT id, version, disabled FROM queue WHERE account_id = $1 ORDER BY id", account.0)?;
    let standing = |(id, version, disabled)| (QueueId(id), Standing { version, disabled });
    Ok(found.into_iter().map(standing).collect())
}

/// Every inbox's.
pub async fn inboxes(tx: &mut Tx, account: AccountId) -> Result<BTreeMap<InboxId, Standing>, StoreError> {
    let found: Vec<(Uuid, i64, bool)> =
        rows!(tx, "SELECT id, version, disabled FROM inbox WHERE account_id = $1 ORDER BY id", account.0)?;
    let standing = |(id, version, disabled)| (InboxId(id), Standing { version, disabled });
    Ok(found.into_iter().map(standing).collect())
}

/// The agents whose users may not sign in.
pub async fn disabled_agents(tx: &mut Tx, account: AccountId) -> Result<BTreeSet<AgentId>, StoreError> {
    let found: Vec<(Uuid,)> = rows!(
        tx,
        "SELECT agent_id FROM user_account WHERE account_id = $1 AND disabled = $2 AND agent_id IS NOT NULL ORDER BY agent_id",
        account.0,
        true
    )?;
    Ok(found.into_iter().map(|(id,)| AgentId(id)).collect())
}

/// Change a queue that was changed as often as `now` says; false: more often.
pub async fn edit_queue(
    tx: &mut Tx,
    account: AccountId,
    queue: &agents::Queue,
    now: Standing,
) -> Result<bool, StoreError> {
    let changed = exec!(
        tx,
        "UPDATE queue SET name = $4, settings = $5, disabled = $6, version = version + 1
         WHERE id = $1 AND account_id = $2 AND version = $3",
        queue.id.0,
        account.0,
        now.version,
        queue.name.as_str(),
        queue.settings.as_str(),
        now.disabled
    )?;
    Ok(changed == 1)
}

/// Who works in a queue from now on; nobody else.
pub async fn set_members(tx: &mut Tx, queue: QueueId, members: &[(AgentId, i64)]) -> Result<(), StoreError> {
    exec!(tx, "DELETE FROM queue_agent WHERE queue_id = $1", queue.0)?;
    for (agent, level) in members {
        agents::set_queue_agent(tx, QueueAgent { queue, agent: *agent, level: *level }).await?;
    }
    Ok(())
}

/// What an agent takes and can: JSON, as routing reads it.
pub async fn set_agent_settings(
    tx: &mut Tx,
    account: AccountId,
    agent: AgentId,
    settings: &str,
) -> Result<bool, StoreError> {
    let changed =
        exec!(tx, "UPDATE agent SET settings = $3 WHERE id = $1 AND account_id = $2", agent.0, account.0, settings)?;
    Ok(changed == 1)
}

/// How the work of a channel is treated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelRow {
    pub name: String,
    pub priority: i64,
    /// `on`, `hold`, `refuse`.
    pub switch: String,
}

/// The channels of which somebody said something.
pub async fn channels(tx: &mut Tx, account: AccountId) -> Result<Vec<ChannelRow>, StoreError> {
    let found: Vec<(String, i64, String)> =
        rows!(tx, "SELECT name, priority, switch FROM channel_setup WHERE account_id = $1 ORDER BY name", account.0)?;
    Ok(found.into_iter().map(|(name, priority, switch)| ChannelRow { name, priority, switch }).collect())
}

pub async fn set_channel(tx: &mut Tx, account: AccountId, channel: &ChannelRow) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO channel_setup (account_id, name, priority, switch) VALUES ($1, $2, $3, $4)
         ON CONFLICT (account_id, name) DO UPDATE SET priority = excluded.priority, switch = excluded.switch",
        account.0,
        channel.name.as_str(),
        channel.priority,
        channel.switch.as_str()
    )?;
    Ok(())
}

/// Put an agent into a queue with this level, or (`None`) take them out of it.
pub async fn place(tx: &mut Tx, queue: QueueId, agent: AgentId, level: Option<i64>) -> Result<(), StoreError> {
    match level {
        Some(level) => agents::set_queue_agent(tx, QueueAgent { queue, agent, level }).await,
        None => {
            exec!(tx, "DELETE FROM queue_agent WHERE queue_id = $1 AND agent_id = $2", queue.0, agent.0)?;
            Ok(())
        }
    }
}

/// Somebody joined a queue from the other side: its editors learn.
pub async fn count_change(tx: &mut Tx, account: AccountId, queue: QueueId) -> Result<bool, StoreError> {
    let changed =
        exec!(tx, "UPDATE queue SET version = version + 1 WHERE id = $1 AND account_id = $2", queue.0, account.0)?;
    Ok(changed == 1)
}

pub async fn rename_agent(tx: &mut Tx, account: AccountId, agent: AgentId, name: &str) -> Result<bool, StoreError> {
    Ok(exec!(tx, "UPDATE agent SET name = $3 WHERE id = $1 AND account_id = $2", agent.0, account.0, name)? == 1)
}

/// Change an inbox that was changed as often as `now` says; false: more often.
pub async fn edit_inbox(
    tx: &mut Tx,
    account: AccountId,
    inbox: InboxId,
    name: &str,
    flow: Option<FlowId>,
    now: Standing,
) -> Result<bool, StoreError> {
    let changed = exec!(
        tx,
        "UPDATE inbox SET name = $4, flow_id = $5, disabled = $6, version = version + 1
         WHERE id = $1 AND account_id = $2 AND version = $3",
        inbox.0,
        account.0,
        now.version,
        name,
        flow.map(|f| f.0),
        now.disabled
    )?;
    Ok(changed == 1)
}

/// The numbers of an inbox from now on; no others.
pub async fn set_numbers(
    tx: &mut Tx,
    account: AccountId,
    inbox: InboxId,
    numbers: &[String],
) -> Result<(), StoreError> {
    exec!(tx, "DELETE FROM inbox_number WHERE inbox_id = $1 AND account_id = $2", inbox.0, account.0)?;
    for number in numbers {
        exec!(
            tx,
            "INSERT INTO inbox_number (account_id, number, inbox_id) VALUES ($1, $2, $3)",
            account.0,
            number.as_str(),
            inbox.0
        )?;
    }
    Ok(())
}

/// Count one more call to the outside on this day, unless there were `most` already. False: there were.
pub async fn count_dialled(tx: &mut Tx, account: AccountId, day: i64, most: i64) -> Result<bool, StoreError> {
    let counted = exec!(
        tx,
        "INSERT INTO dialled (account_id, day, calls) VALUES ($1, $2, 1)
         ON CONFLICT (account_id, day) DO UPDATE SET calls = dialled.calls + 1 WHERE dialled.calls < $3",
        account.0,
        day,
        most
    )?;
    Ok(counted == 1)
}

/// How many calls to the outside there were on this day.
pub async fn dialled(tx: &mut Tx, account: AccountId, day: i64) -> Result<i64, StoreError> {
    let found: Option<(i64,)> =
        row!(tx, "SELECT calls FROM dialled WHERE account_id = $1 AND day = $2", account.0, day)?;
    Ok(found.map_or(0, |(calls,)| calls))
}
