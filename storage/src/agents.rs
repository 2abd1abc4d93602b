//! Agents, queues, who works in which, and presence.

use crate::batch::{Id, json};
use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, AgentId, Presence, QueueId, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
pub struct Agent {
    pub id: AgentId,
    pub name: String,
    /// JSON, as routing reads it.
    pub settings: String,
    /// The extension of the agent's user.
    pub extension: Option<String>,
    pub presence: Presence,
    pub since: Timestamp,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Queue {
    pub id: QueueId,
    pub name: String,
    /// JSON, as routing reads it.
    pub settings: String,
}

/// An agent in a queue; a lower level is asked first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueAgent {
    pub queue: QueueId,
    pub agent: AgentId,
    pub level: i64,
}

/// Presence from its stored name and reason.
pub(crate) fn presence(name: &str, reason: Option<String>) -> Presence {
    match name {
        "ready" => Presence::Ready,
        "not_ready" => Presence::NotReady(reason.unwrap_or_default()),
        "reserved" => Presence::Reserved,
        "offered" => Presence::Offered,
        "talking" => Presence::Talking,
        "hold" => Presence::Hold,
        "wrap_up" => Presence::WrapUp,
        "reconnecting" => Presence::Reconnecting,
        _ => Presence::LoggedOut,
    }
}

fn reason(presence: &Presence) -> Option<&str> {
    match presence {
        Presence::NotReady(reason) => Some(reason),
        _ => None,
    }
}

pub async fn create_agent(
    tx: &mut Tx,
    now: Timestamp,
    account: AccountId,
    id: AgentId,
    name: &str,
    settings: &str,
) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO agent (id, account_id, name, settings, presence, presence_since) VALUES ($1, $2, $3, $4, 'logged_out', $5)",
        id.0,
        account.0,
        name,
        settings,
        now.0
    )?;
    Ok(())
}

/// What contacts read in the place of their names, of those who have such a name.
pub async fn public_names(tx: &mut Tx, account: AccountId) -> Result<BTreeMap<AgentId, String>, StoreError> {
    let found: Vec<(Uuid, String)> = rows!(
        tx,
        "SELECT id, public_name FROM agent WHERE account_id = $1 AND public_name IS NOT NULL ORDER BY id",
        account.0
    )?;
    Ok(found.into_iter().map(|(id, name)| (AgentId(id), name)).collect())
}

/// `None`: contacts read their name. False: no such agent.
pub async fn set_public_name(
    tx: &mut Tx,
    account: AccountId,
    agent: AgentId,
    name: Option<&str>,
) -> Result<bool, StoreError> {
    let set =
        exec!(tx, "UPDATE agent SET public_name = $3 WHERE account_id = $1 AND id = $2", account.0, agent.0, name)?;
    Ok(set == 1)
}

pub async fn create_queue(tx: &mut Tx, account: AccountId, queue: &Queue) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO queue (id, account_id, name, settings) VALUES ($1, $2, $3, $4)",
        queue.id.0,
        account.0,
        queue.name.as_str(),
        queue.settings.as_str()
    )?;
    Ok(())
}

pub async fn set_queue_settings(
    tx: &mut Tx,
    account: AccountId,
    queue: QueueId,
    settings: &str,
) -> Result<bool, StoreError> {
    let changed =
        exec!(tx, "UPDATE queue SET settings = $3 WHERE id = $1 AND account_id = $2", queue.0, account.0, settings)?;
    Ok(changed == 1)
}

/// Put an agent into a queue, or change the level there.
pub async fn set_queue_agent(tx: &mut Tx, place: QueueAgent) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO queue_agent (queue_id, agent_id, level) VALUES ($1, $2, $3)
         ON CONFLICT (queue_id, agent_id) DO UPDATE SET level = excluded.level",
        place.queue.0,
        place.agent.0,
        place.level
    )?;
    Ok(())
}

pub async fn agents(tx: &mut Tx, account: AccountId) -> Result<Vec<Agent>, StoreError> {
    type Row = (Uuid, String, String, Option<String>, String, Option<String>, i64);
    let found: Vec<Row> = rows!(
        tx,
        "SELECT a.id, a.name, a.settings, u.extension, a.presence, a.presence_reason, a.presence_since
         FROM agent a LEFT JOIN user_account u ON u.agent_id = a.id WHERE a.account_id = $1 ORDER BY a.name, a.id",
        account.0
    )?;
    let agent = |(id, name, settings, extension, state, reason, since): Row| Agent {
        id: AgentId(id),
        name,
        settings,
        extension,
        presence: presence(&state, reason),
        since: Timestamp(since),
    };
    Ok(found.into_iter().map(agent).collect())
}

pub async fn queues(tx: &mut Tx, account: AccountId) -> Result<Vec<Queue>, StoreError> {
    let found: Vec<(Uuid, String, String)> =
        rows!(tx, "SELECT id, name, settings FROM queue WHERE account_id = $1 ORDER BY name", account.0)?;
    Ok(found.into_iter().map(|(id, name, settings)| Queue { id: QueueId(id), name, settings }).collect())
}

pub async fn queue_agents(tx: &mut Tx, account: AccountId) -> Result<Vec<QueueAgent>, StoreError> {
    let found: Vec<(Uuid, Uuid, i64)> = rows!(
        tx,
        "SELECT m.queue_id, m.agent_id, m.level FROM queue_agent m JOIN queue q ON q.id = m.queue_id
         WHERE q.account_id = $1 ORDER BY m.queue_id, m.level, m.agent_id",
        account.0
    )?;
    Ok(found.into_iter().map(|(q, a, level)| QueueAgent { queue: QueueId(q), agent: AgentId(a), level }).collect())
}

/// One change of presence, as kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresenceChange {
    pub at: Timestamp,
    pub presence: Presence,
    pub queue: Option<QueueId>,
    /// As in the audit: `user:<id>`, `system` …
    pub actor: String,
}

/// Write an agent's presence and keep the change. False: there is no such agent.
pub async fn set_presence(
    tx: &mut Tx,
    account: AccountId,
    agent: AgentId,
    change: &PresenceChange,
) -> Result<bool, StoreError> {
    Ok(!set_presences(tx, account, &[(agent, change.clone())]).await?.is_empty())
}

/// Several changes, in their order. Gives the agents there are, once for each change.
pub async fn set_presences(
    tx: &mut Tx,
    account: AccountId,
    changes: &[(AgentId, PresenceChange)],
) -> Result<Vec<AgentId>, StoreError> {
    #[derive(Serialize)]
    struct Row<'a> {
        agent: Id,
        /// Which of the agent's changes here, from 1.
        n: i64,
        at: i64,
        presence: &'static str,
        reason: Option<&'a str>,
        queue: Option<Id>,
        actor: &'a str,
    }
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let mut counts: BTreeMap<AgentId, i64> = BTreeMap::new();
    let mut rows = Vec::with_capacity(changes.len());
    for (agent, change) in changes {
        let n = counts.entry(*agent).or_default();
        *n += 1;
        rows.push(Row {
            agent: Id(agent.0),
            n: *n,
            at: change.at.0,
            presence: change.presence.as_str(),
            reason: reason(&change.presence),
            queue: change.queue.map(|q| Id(q.0)),
            actor: &change.actor,
        });
    }
    let kept: Vec<(Uuid,)> = rows!(
        tx,
        sqlite: "INSERT INTO presence_change (agent_id, n, account_id, at, presence, reason, queue_id, actor)
            SELECT a.id, (r.value->>'n') + (SELECT COALESCE(MAX(p.n), 0) FROM presence_change p WHERE p.agent_id = a.id), $1,
                   r.value->>'at', r.value->>'presence', r.value->>'reason', unhex(r.value->>'queue'), r.value->>'actor'
            FROM jsonb_each($2) r CROSS JOIN agent a ON a.id = unhex(r.value->>'agent') AND a.account_id = $1 WHERE true
            RETURNING agent_id",
        postgres: "INSERT INTO presence_change (agent_id, n, account_id, at, presence, reason, queue_id, actor)
            SELECT a.id, r.n + (SELECT COALESCE(MAX(p.n), 0) FROM presence_change p WHERE p.agent_id = a.id), $1::uuid,
                   r.at, r.presence, r.reason, r.queue, r.actor
            FROM jsonb_to_recordset($2::jsonb)
            AS r(agent uuid, n bigint, at bigint, presence text, reason text, queue uuid, actor text)
            JOIN agent a ON a.id = r.agent AND a.account_id = $1::uuid RETURNING agent_id",
        account.0,
        json(&rows)
    )?;
    let last = rows.iter().filter(|row| counts.get(&AgentId(row.agent.0)) == Some(&row.n));
    exec!(
        tx,
        sqlite: "UPDATE agent SET presence = r.presence, presence_reason = r.reason, presence_since = r.at
            FROM (SELECT unhex(value->>'agent') AS target, value->>'presence' AS presence, value->>'reason' AS reason,
                    value->>'at' AS at FROM jsonb_each($2)) r WHERE agent.id = r.target AND agent.account_id = $1",
        postgres: "UPDATE agent SET presence = r.presence, presence_reason = r.reason, presence_since = r.at
            FROM jsonb_to_recordset($2::jsonb) AS r(agent uuid, presence text, reason text, at bigint)
            WHERE agent.id = r.agent AND agent.account_id = $1",
        account.0,
        json(&last.collect::<Vec<_>>())
    )?;
    Ok(kept.into_iter().map(|(agent,)| AgentId(agent)).collect())
}

/// The newest changes of an agent, newest first.
pub async fn presence_changes(
    tx: &mut Tx,
    account: AccountId,
    agent: AgentId,
    limit: i64,
) -> Result<Vec<PresenceChange>, StoreError> {
    type Row = (i64, String, Option<String>, Option<Uuid>, String);
    let found: Vec<Row> = rows!(
        tx,
        "SELECT at, presence, reason, queue_id, actor FROM presence_change
         WHERE agent_id = $1 AND account_id = $2 ORDER BY n DESC LIMIT $3",
        agent.0,
        account.0,
        limit
    )?;
    let change = |(at, state, reason, queue, actor): Row| PresenceChange {
        at: Timestamp(at),
        presence: presence(&state, reason),
        queue: queue.map(QueueId),
        actor,
    };
    Ok(found.into_iter().map(change).collect())
}
