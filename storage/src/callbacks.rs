//! Calls that were promised to contacts. What is to be done with one is a law of `core/conversations`.

use crate::accounts::open_text;
use crate::{StoreError, Tx};
use ringdesk_conversations::CallbackState;
use ringdesk_model::{
    AccountId, AgentId, CallId, CallbackId, ContactId, ConversationId, Pii, QueueId, Scope, Timestamp, UserId,
};
use ringdesk_vault::{AccountKey, Place};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    pub id: CallbackId,
    pub conversation: Option<ConversationId>,
    pub contact: Option<ContactId>,
    pub number: Pii<String>,
    pub queue: QueueId,
    /// `None`: whoever of the queue is free.
    pub owner: Option<AgentId>,
    pub due_from: Timestamp,
    pub due_until: Timestamp,
    pub note: Option<Pii<String>>,
    pub state: CallbackState,
    pub reminded: bool,
    pub attempts: i64,
    pub next_at: Timestamp,
    /// The last call that was made for it, or that closed it.
    pub call: Option<CallId>,
    pub promised_by: Option<UserId>,
    pub promised_at: Timestamp,
    pub closed_at: Option<Timestamp>,
    pub closed_as: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    conversation_id: Option<Uuid>,
    contact_id: Option<Uuid>,
    number_sealed: Vec<u8>,
    queue_id: Uuid,
    owner_id: Option<Uuid>,
    due_from: i64,
    due_until: i64,
    note_sealed: Option<Vec<u8>>,
    state: String,
    reminded: bool,
    attempts: i64,
    next_at: i64,
    call_id: Option<Uuid>,
    promised_by: Option<Uuid>,
    promised_at: i64,
    closed_at: Option<i64>,
    closed_as: Option<String>,
}

/// Which ones are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// `None`: all that are not closed.
    pub state: Option<CallbackState>,
    pub queue: Option<QueueId>,
    pub owner: Option<AgentId>,
    /// Due before then.
    pub before: Option<Timestamp>,
}

/// Keep it as it is now.
pub async fn put(tx: &mut Tx, key: &AccountKey, to: &Callback) -> Result<(), StoreError> {
    let seal = |column, text: &Pii<String>| {
        key.seal(Place::new("callback", column, to.id.0.as_bytes()), text.reveal().as_bytes())
    };
    exec!(
        tx,
        "INSERT INTO callback (id, account_id, conversation_id, contact_id, number_sealed, queue_id, owner_id, due_from, due_until,
           note_sealed, state, reminded, attempts, next_at, call_id, promised_by, promised_at, closed_at, closed_as)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
         ON CONFLICT (id) DO UPDATE SET contact_id = excluded.contact_id, queue_id = excluded.queue_id, owner_id = excluded.owner_id, due_from = excluded.due_from,
           due_until = excluded.due_until, note_sealed = excluded.note_sealed, state = excluded.state,
           reminded = excluded.reminded, attempts = excluded.attempts, next_at = excluded.next_at, call_id = excluded.call_id,
           closed_at = excluded.closed_at, closed_as = excluded.closed_as",
        to.id.0,
        key.account().0,
        to.conversation.map(|c| c.0),
        to.contact.map(|c| c.0),
        seal("number", &to.number)?,
        to.queue.0,
        to.owner.map(|a| a.0),
        to.due_from.0,
        to.due_until.0,
        to.note.as_ref().map(|note| seal("note", note)).transpose()?,
        to.state.as_str(),
        to.reminded,
        to.attempts,
        to.next_at.0,
        to.call.map(|c| c.0),
        to.promised_by.map(|u| u.0),
        to.promised_at.0,
        to.closed_at.map(|at| at.0),
        to.closed_as.as_deref()
    )?;
    Ok(())
}

/// In the order in which they are due. An agent sees their own and those of their queues; who sees everybody's conversations
/// all.
pub async fn list(
    tx: &mut Tx,
    key: &AccountKey,
    scope: &Scope,
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<Callback>, StoreError> {
    let found: Vec<Row> = rows!(
        tx,
        "SELECT id, conversation_id, contact_id, number_sealed, queue_id, owner_id, due_from, due_until, note_sealed, state,
                reminded, attempts, next_at, call_id, promised_by, promised_at, closed_at, closed_as FROM callback
         WHERE account_id = $1 AND (state = $2 OR ($2 IS NULL AND state <> 'closed')) AND (queue_id = $3 OR $3 IS NULL)
           AND (owner_id = $4 OR $4 IS NULL) AND due_from < $5
           AND ($6 OR owner_id = $7 OR queue_id IN (SELECT q.queue_id FROM queue_agent q WHERE q.agent_id = $7))
         ORDER BY due_from, id LIMIT $8",
        key.account().0,
        wanted.state.map(CallbackState::as_str),
        wanted.queue.map(|q| q.0),
        wanted.owner.map(|a| a.0),
        wanted.before.map_or(i64::MAX, |at| at.0),
        scope.everyone,
        scope.agent.map(|a| a.0),
        limit
    )?;
    found.into_iter().map(|row| callback(key, row)).collect()
}

pub async fn get(tx: &mut Tx, key: &AccountKey, scope: &Scope, id: CallbackId) -> Result<Option<Callback>, StoreError> {
    let found: Option<Row> = row!(
        tx,
        "SELECT id, conversation_id, contact_id, number_sealed, queue_id, owner_id, due_from, due_until, note_sealed, state,
                reminded, attempts, next_at, call_id, promised_by, promised_at, closed_at, closed_as FROM callback
         WHERE account_id = $1 AND id = $2
           AND ($3 OR owner_id = $4 OR queue_id IN (SELECT q.queue_id FROM queue_agent q WHERE q.agent_id = $4))",
        key.account().0,
        id.0,
        scope.everyone,
        scope.agent.map(|a| a.0)
    )?;
    found.map(|row| callback(key, row)).transpose()
}

/// Those with whose contact somebody has talked since: the call in which they did, and its direction.
pub async fn kept(tx: &mut Tx, account: AccountId) -> Result<Vec<(CallbackId, CallId, String)>, StoreError> {
    let found: Vec<(Uuid, Uuid, String)> = rows!(
        tx,
        "SELECT b.id, k.id, k.direction FROM callback b
         JOIN conversation c ON c.contact_id = b.contact_id
         JOIN participation p ON p.conversation_id = c.id AND p.started_at > b.promised_at
         JOIN call k ON k.id = p.call_id
         WHERE b.account_id = $1 AND b.state <> 'closed' ORDER BY b.id, p.started_at",
        account.0
    )?;
    Ok(found.into_iter().map(|(id, call, direction)| (CallbackId(id), CallId(call), direction)).collect())
}

/// Those whose call ended without a talk, and whether the agent had taken it; or of whose call nothing came until `patience`.
pub async fn missed(
    tx: &mut Tx,
    account: AccountId,
    patience: Timestamp,
) -> Result<Vec<(CallbackId, bool)>, StoreError> {
    let found: Vec<(Uuid, bool)> = rows!(
        tx,
        "SELECT b.id, EXISTS (SELECT 1 FROM work_item w WHERE w.call_id = b.call_id AND w.outcome = 'served') AS taken
            FROM callback b LEFT JOIN call k ON k.id = b.call_id
            WHERE b.account_id = $1 AND b.state = 'calling'
              AND (k.ended_at IS NOT NULL OR (k.id IS NULL AND b.next_at < $2))",
        account.0,
        patience.0
    )?;
    Ok(found.into_iter().map(|(id, taken)| (CallbackId(id), taken)).collect())
}

/// Promises that are not kept yet, and those of them whose time is over, by queue.
pub async fn open_by_queue(
    tx: &mut Tx,
    account: AccountId,
    now: Timestamp,
) -> Result<Vec<(QueueId, i64, i64)>, StoreError> {
    let found: Vec<(Uuid, i64, i64)> = rows!(
        tx,
        "SELECT queue_id, COUNT(*), COUNT(CASE WHEN due_until < $2 THEN 1 END) FROM callback
         WHERE account_id = $1 AND state <> 'closed' GROUP BY queue_id ORDER BY queue_id",
        account.0,
        now.0
    )?;
    Ok(found.into_iter().map(|(queue, open, overdue)| (QueueId(queue), open, overdue)).collect())
}

fn callback(key: &AccountKey, row: Row) -> Result<Callback, StoreError> {
    let open = |column, sealed: &[u8]| open_text(key, Place::new("callback", column, row.id.as_bytes()), sealed);
    Ok(Callback {
        number: Pii::new(open("number", &row.number_sealed)?),
        note: row.note_sealed.as_deref().map(|sealed| open("note", sealed)).transpose()?.map(Pii::new),
        id: CallbackId(row.id),
        conversation: row.conversation_id.map(ConversationId),
        contact: row.contact_id.map(ContactId),
        queue: QueueId(row.queue_id),
        owner: row.owner_id.map(AgentId),
        due_from: Timestamp(row.due_from),
        due_until: Timestamp(row.due_until),
        state: CallbackState::parse(&row.state)
            .ok_or_else(|| StoreError::unreadable("the state of a callback", &row.state))?,
        reminded: row.reminded,
        attempts: row.attempts,
        next_at: Timestamp(row.next_at),
        call: row.call_id.map(CallId),
        promised_by: row.promised_by.map(UserId),
        promised_at: Timestamp(row.promised_at),
        closed_at: row.closed_at.map(Timestamp),
        closed_as: row.closed_as,
    })
}
