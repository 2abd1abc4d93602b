//! Callers whom nobody served: one row per queue and person and day, however often they tried.

use crate::accounts::open_text;
use crate::contacts::Identity;
use crate::{StoreError, Tx};
use ringdesk_conversations::UnservedKind;
use ringdesk_conversations::unserved::MERGED;
use ringdesk_model::{AccountId, AgentId, CallId, ConversationId, Pii, QueueId, Scope, Timestamp, UnservedId};
use ringdesk_vault::{AccountKey, Place};
use uuid::Uuid;

/// Somebody is owed something.
#[derive(Clone, Debug)]
pub struct NewUnserved {
    pub id: UnservedId,
    pub queue: QueueId,
    /// `None`: an anonymous caller, who is nobody else.
    pub identity: Option<Identity>,
    pub number: Pii<String>,
    pub kind: UnservedKind,
    pub at: Timestamp,
    pub wait_ms: i64,
    pub conversation: ConversationId,
    pub call: Option<CallId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unserved {
    pub id: UnservedId,
    pub queue: QueueId,
    pub number: Pii<String>,
    pub kind: UnservedKind,
    pub first_at: Timestamp,
    pub last_at: Timestamp,
    pub tries: i64,
    /// The longest of their waits.
    pub wait_ms: i64,
    /// Of the last try.
    pub conversation: ConversationId,
    pub call: Option<CallId>,
    /// `open`, `claimed`, `closed`.
    pub state: String,
    pub agent: Option<AgentId>,
    pub claimed_at: Option<Timestamp>,
    pub closed_at: Option<Timestamp>,
    pub closed_as: Option<String>,
    pub closed_call: Option<CallId>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    queue_id: Uuid,
    number_sealed: Vec<u8>,
    kind: String,
    first_at: i64,
    last_at: i64,
    tries: i64,
    wait_ms: i64,
    conversation_id: Uuid,
    call_id: Option<Uuid>,
    state: String,
    agent_id: Option<Uuid>,
    claimed_at: Option<i64>,
    closed_at: Option<i64>,
    closed_as: Option<String>,
    closed_call: Option<Uuid>,
}

/// Which ones are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// `None`: all that are not closed.
    pub state: Option<String>,
    pub queue: Option<QueueId>,
    pub kind: Option<UnservedKind>,
    /// The last one of the page before.
    pub before: Option<UnservedId>,
}

/// One more on the list; or one more try of who is there already.
pub async fn add(tx: &mut Tx, key: &AccountKey, new: &NewUnserved) -> Result<(), StoreError> {
    let hash = match &new.identity {
        Some(identity) => identity.hash(key),
        None => key.blind("nobody", &new.conversation.to_string()),
    };
    let again = exec!(
        tx,
        "UPDATE unserved SET tries = tries + 1, last_at = $4, kind = $5, conversation_id = $6, call_id = $7,
           wait_ms = CASE WHEN wait_ms > $8 THEN wait_ms ELSE $8 END
         WHERE account_id = $1 AND queue_id = $2 AND number_hash = $3 AND state <> 'closed' AND last_at >= $9",
        key.account().0,
        new.queue.0,
        &hash[..],
        new.at.0,
        new.kind.as_str(),
        new.conversation.0,
        new.call.map(|c| c.0),
        new.wait_ms,
        new.at.0 - i64::try_from(MERGED.as_micros()).unwrap_or(0)
    )?;
    if again > 0 {
        return Ok(());
    }
    let place = Place::new("unserved", "number", new.id.0.as_bytes());
    exec!(
        tx,
        "INSERT INTO unserved (id, account_id, queue_id, number_hash, number_sealed, kind, first_at, last_at, tries, wait_ms,
           conversation_id, call_id, state)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 1, $8, $9, $10, 'open') ON CONFLICT DO NOTHING",
        new.id.0,
        key.account().0,
        new.queue.0,
        &hash[..],
        key.seal(place, new.number.reveal().as_bytes())?,
        new.kind.as_str(),
        new.at.0,
        new.wait_ms,
        new.conversation.0,
        new.call.map(|c| c.0)
    )?;
    Ok(())
}

/// Newest first. An agent sees those of their queues; who sees everybody's conversations all.
pub async fn list(
    tx: &mut Tx,
    key: &AccountKey,
    scope: &Scope,
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<Unserved>, StoreError> {
    let found: Vec<Row> = rows!(
        tx,
        "SELECT id, queue_id, number_sealed, kind, first_at, last_at, tries, wait_ms, conversation_id, call_id, state, agent_id,
                claimed_at, closed_at, closed_as, closed_call FROM unserved
         WHERE account_id = $1 AND id < $2 AND (state = $3 OR ($3 IS NULL AND state <> 'closed'))
           AND (queue_id = $4 OR $4 IS NULL) AND (kind = $5 OR $5 IS NULL)
           AND ($6 OR agent_id = $7 OR queue_id IN (SELECT q.queue_id FROM queue_agent q WHERE q.agent_id = $7))
         ORDER BY id DESC LIMIT $8",
        key.account().0,
        wanted.before.map_or(Uuid::max(), |b| b.0),
        wanted.state.as_deref(),
        wanted.queue.map(|q| q.0),
        wanted.kind.map(UnservedKind::as_str),
        scope.everyone,
        scope.agent.map(|a| a.0),
        limit
    )?;
    found.into_iter().map(|row| view(key, row)).collect()
}

pub async fn get(tx: &mut Tx, key: &AccountKey, scope: &Scope, id: UnservedId) -> Result<Option<Unserved>, StoreError> {
    let found: Option<Row> = row!(
        tx,
        "SELECT id, queue_id, number_sealed, kind, first_at, last_at, tries, wait_ms, conversation_id, call_id, state, agent_id,
                claimed_at, closed_at, closed_as, closed_call FROM unserved
         WHERE account_id = $1 AND id = $2
           AND ($3 OR agent_id = $4 OR queue_id IN (SELECT q.queue_id FROM queue_agent q WHERE q.agent_id = $4))",
        key.account().0,
        id.0,
        scope.everyone,
        scope.agent.map(|a| a.0)
    )?;
    found.map(|row| view(key, row)).transpose()
}

/// Who sees to it; `None`: nobody any more. False: somebody else has it, or it is closed.
pub async fn give(
    tx: &mut Tx,
    now: Timestamp,
    account: AccountId,
    id: UnservedId,
    (from, to): (Option<AgentId>, Option<AgentId>),
) -> Result<bool, StoreError> {
    let changed = exec!(
        tx,
        "UPDATE unserved SET agent_id = $4, claimed_at = $5, state = CASE WHEN $6 THEN 'claimed' ELSE 'open' END
         WHERE account_id = $1 AND id = $2 AND state <> 'closed' AND (agent_id = $3 OR (agent_id IS NULL AND $3 IS NULL))",
        account.0,
        id.0,
        from.map(|a| a.0),
        to.map(|a| a.0),
        to.map(|_| now.0),
        to.is_some()
    )?;
    Ok(changed == 1)
}

/// It is seen to. False: it was before.
pub async fn close(
    tx: &mut Tx,
    now: Timestamp,
    account: AccountId,
    id: UnservedId,
    closed_as: &str,
    call: Option<CallId>,
) -> Result<bool, StoreError> {
    let changed = exec!(
        tx,
        "UPDATE unserved SET state = 'closed', closed_at = $3, closed_as = $4, closed_call = $5
         WHERE account_id = $1 AND id = $2 AND state <> 'closed'",
        account.0,
        id.0,
        now.0,
        closed_as,
        call.map(|c| c.0)
    )?;
    Ok(changed == 1)
}

/// Those with whom somebody has talked since, and the call in which they did.
pub async fn served(tx: &mut Tx, account: AccountId) -> Result<Vec<(UnservedId, QueueId, CallId)>, StoreError> {
    let found: Vec<(Uuid, Uuid, Uuid)> = rows!(
        tx,
        "SELECT u.id, u.queue_id, p.call_id FROM unserved u
         JOIN contact_identity i ON i.account_id = u.account_id AND i.kind = 'number' AND i.value_hash = u.number_hash
         JOIN conversation c ON c.contact_id = i.contact_id
         JOIN participation p ON p.conversation_id = c.id AND p.started_at > u.last_at AND p.call_id IS NOT NULL
         WHERE u.account_id = $1 AND u.state <> 'closed' ORDER BY u.id, p.started_at",
        account.0
    )?;
    Ok(found.into_iter().map(|(id, queue, call)| (UnservedId(id), QueueId(queue), CallId(call))).collect())
}

/// Those whose messages somebody has heard and closed.
pub async fn heard(tx: &mut Tx, account: AccountId) -> Result<Vec<(UnservedId, QueueId)>, StoreError> {
    let found: Vec<(Uuid, Uuid)> = rows!(
        tx,
        "SELECT u.id, u.queue_id FROM unserved u
         WHERE u.account_id = $1 AND u.state <> 'closed' AND u.kind = 'voicemail'
           AND EXISTS (SELECT 1 FROM left_message m WHERE m.conversation_id = u.conversation_id)
           AND NOT EXISTS (SELECT 1 FROM left_message m WHERE m.conversation_id = u.conversation_id AND m.state <> 'closed')",
        account.0
    )?;
    Ok(found.into_iter().map(|(id, queue)| (UnservedId(id), QueueId(queue))).collect())
}

fn view(key: &AccountKey, row: Row) -> Result<Unserved, StoreError> {
    let place = Place::new("unserved", "number", row.id.as_bytes());
    Ok(Unserved {
        number: Pii::new(open_text(key, place, &row.number_sealed)?),
        id: UnservedId(row.id),
        queue: QueueId(row.queue_id),
        kind: UnservedKind::parse(&row.kind).ok_or_else(|| StoreError::unreadable("why nobody served", &row.kind))?,
        first_at: Timestamp(row.first_at),
        last_at: Timestamp(row.last_at),
        tries: row.tries,
        wait_ms: row.wait_ms,
        conversation: ConversationId(row.conversation_id),
        call: row.call_id.map(CallId),
        state: row.state,
        agent: row.agent_id.map(AgentId),
        claimed_at: row.claimed_at.map(Timestamp),
        closed_at: row.closed_at.map(Timestamp),
        closed_as: row.closed_as,
        closed_call: row.closed_call.map(CallId),
    })
}
