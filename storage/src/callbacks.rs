//! Calls that were promised to contacts. What is to be done with one is a law of `core/conversations`.

use crate::accounts::open_text;
use crate::{StoreError, Tx};
use ringdesk_conversations::CallbackState;
use ringdesk_model::{
    AccountId, AgentId, CallId, CallbackId, ContactId, ConversationId, Pii, QueueId, Scope, Timestamp, UserId,
    WorkItemId,
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
    /// They waited for an agent when they hung up, and keep their place. Else it was promised for a time.
    pub place: Option<KeptPlace>,
}

/// A place in a queue whose caller has hung up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptPlace {
    /// Since when they wait.
    pub since: Timestamp,
    /// JSON: how, as routing is told.
    pub how: String,
    /// By which they wait now, or waited last.
    pub work_item: Option<WorkItemId>,
    /// The last call was made by the house, and asked no agent first.
    pub called_first: bool,
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
    place_since: Option<i64>,
    place: Option<String>,
    work_item_id: Option<Uuid>,
    called_first: bool,
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
           note_sealed, state, reminded, attempts, next_at, call_id, promised_by, promised_at, closed_at, closed_as, place_since, place, work_item_id,
           called_first)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
         ON CONFLICT (id) DO UPDATE SET contact_id = excluded.contact_id, queue_id = excluded.queue_id, owner_id = excluded.owner_id, due_from = excluded.due_from,
           due_until = excluded.due_until, note_sealed = excluded.note_sealed, state = excluded.state,
           reminded = excluded.reminded, attempts = excluded.attempts, next_at = excluded.next_at, call_id = excluded.call_id,
           closed_at = excluded.closed_at, closed_as = excluded.closed_as, work_item_id = excluded.work_item_id,
           called_first = excluded.called_first",
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
        to.closed_as.as_deref(),
        to.place.as_ref().map(|place| place.since.0),
        to.place.as_ref().map(|place| place.how.as_str()),
        to.place.as_ref().and_then(|place| place.work_item).map(|item| item.0),
        to.place.as_ref().is_some_and(|place| place.called_first)
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
                reminded, attempts, next_at, call_id, promised_by, promised_at, closed_at, closed_as, place_since, place, work_item_id,
                called_first FROM callback
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
                reminded, attempts, next_at, call_id, promised_by, promised_at, closed_at, closed_as, place_since, place, work_item_id,
                called_first FROM callback
         WHERE account_id = $1 AND id = $2
           AND ($3 OR owner_id = $4 OR queue_id IN (SELECT q.queue_id FROM queue_agent q WHERE q.agent_id = $4))",
        key.account().0,
        id.0,
        scope.everyone,
        scope.agent.map(|a| a.0)
    )?;
    found.map(|row| callback(key, row)).transpose()
}

/// Those with whose contact somebody has talked since (whoever keeps their place, since they wait): the call in which they did, and
/// its direction. The call that was made for it is such a one, whoever picked up at that number.
pub async fn kept(tx: &mut Tx, account: AccountId) -> Result<Vec<(CallbackId, CallId, String)>, StoreError> {
    let found: Vec<(Uuid, Uuid, String)> = rows!(
        tx,
        "SELECT b.id, k.id, k.direction FROM callback b
         JOIN conversation c ON c.contact_id = b.contact_id
         JOIN participation p ON p.conversation_id = c.id AND p.started_at > COALESCE(b.place_since, b.promised_at)
         JOIN call k ON k.id = p.call_id
         WHERE b.account_id = $1 AND b.state <> 'closed'
         UNION ALL
         SELECT b.id, k.id, k.direction FROM callback b
         JOIN participation p ON p.conversation_id = b.conversation_id AND p.started_at > b.place_since
         JOIN call k ON k.id = p.call_id
         WHERE b.account_id = $1 AND b.state <> 'closed' AND b.place_since IS NOT NULL
         UNION ALL
         SELECT b.id, k.id, k.direction FROM callback b JOIN participation p ON p.call_id = b.call_id JOIN call k ON k.id = p.call_id
         WHERE b.account_id = $1 AND b.state = 'calling'
         ORDER BY 1, 2",
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

/// A caller who waits in a queue in this call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitingCaller {
    pub conversation: ConversationId,
    pub contact: Option<ContactId>,
    pub queue: QueueId,
    pub since: Timestamp,
}

pub async fn waiting_caller(
    tx: &mut Tx,
    account: AccountId,
    call: CallId,
    work_item: WorkItemId,
) -> Result<Option<WaitingCaller>, StoreError> {
    let found: Option<(Uuid, Option<Uuid>, Uuid, i64)> = row!(
        tx,
        "SELECT w.conversation_id, c.contact_id, w.queue_id, w.enqueued_at FROM work_item w
         JOIN conversation c ON c.id = w.conversation_id
         WHERE w.account_id = $1 AND w.id = $2 AND w.call_id = $3 AND w.state <> 'closed'",
        account.0,
        work_item.0,
        call.0
    )?;
    Ok(found.map(|(conversation, contact, queue, since)| WaitingCaller {
        conversation: ConversationId(conversation),
        contact: contact.map(ContactId),
        queue: QueueId(queue),
        since: Timestamp(since),
    }))
}

/// The work item by which somebody keeps their place. One that follows another waits where that one did last.
pub async fn wait_in(
    tx: &mut Tx,
    account: AccountId,
    id: WorkItemId,
    place: &WaitingCaller,
    after: Option<WorkItemId>,
) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO work_item (id, account_id, conversation_id, queue_id, medium, state, enqueued_at)
         VALUES ($1, $2, $3, COALESCE((SELECT o.queue_id FROM work_item o WHERE o.id = $6), $4), 'voice', 'waiting', $5)",
        id.0,
        account.0,
        place.conversation.0,
        place.queue.0,
        place.since.0,
        after.map(|item| item.0)
    )?;
    Ok(())
}

/// Nobody waits by it any more. What an agent has in hand ends with its call.
pub async fn wait_no_more(tx: &mut Tx, now: Timestamp, id: WorkItemId, outcome: &str) -> Result<(), StoreError> {
    exec!(
        tx,
        "UPDATE work_item SET state = 'closed', left_at = $2, outcome = $3
         WHERE id = $1 AND call_id IS NULL AND state IN ('waiting', 'offered')",
        id.0,
        now.0,
        outcome
    )?;
    Ok(())
}

/// Kept places that nobody waits by: their last call reached nobody, or the server died.
pub async fn places_without_work(
    tx: &mut Tx,
    account: AccountId,
    now: Timestamp,
) -> Result<Vec<CallbackId>, StoreError> {
    let found: Vec<(Uuid,)> = rows!(
        tx,
        "SELECT b.id FROM callback b WHERE b.account_id = $1 AND b.state = 'promised' AND b.place_since IS NOT NULL
           AND b.next_at <= $2
           AND NOT EXISTS (SELECT 1 FROM work_item w WHERE w.id = b.work_item_id AND w.state <> 'closed') ORDER BY b.place_since, b.id",
        account.0,
        now.0
    )?;
    Ok(found.into_iter().map(|(id,)| CallbackId(id)).collect())
}

/// A place that waits for its turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenPlace {
    pub callback: CallbackId,
    pub work_item: WorkItemId,
    pub conversation: ConversationId,
    /// Where a leader may have moved it.
    pub queue: QueueId,
    /// Whose rules it follows.
    pub promised_in: QueueId,
    pub since: Timestamp,
    /// JSON: how, as routing is told.
    pub how: String,
}

/// In the order in which they came.
pub async fn open_places(tx: &mut Tx, account: AccountId) -> Result<Vec<OpenPlace>, StoreError> {
    let found: Vec<(Uuid, Uuid, Uuid, Uuid, Uuid, i64, String)> = rows!(
        tx,
        "SELECT b.id, w.id, w.conversation_id, w.queue_id, b.queue_id, b.place_since, b.place FROM callback b
         JOIN work_item w ON w.id = b.work_item_id AND w.state <> 'closed'
         WHERE b.account_id = $1 AND b.state = 'promised' AND b.place_since IS NOT NULL AND b.place IS NOT NULL
         ORDER BY b.place_since, b.id",
        account.0
    )?;
    let place = |(callback, work_item, conversation, queue, promised_in, since, how)| OpenPlace {
        callback: CallbackId(callback),
        work_item: WorkItemId(work_item),
        conversation: ConversationId(conversation),
        queue: QueueId(queue),
        promised_in: QueueId(promised_in),
        since: Timestamp(since),
        how,
    };
    Ok(found.into_iter().map(place).collect())
}

/// Whose place it is, by the work item that stands for it; not if it is closed.
pub async fn of_work_item(
    tx: &mut Tx,
    account: AccountId,
    work_item: WorkItemId,
) -> Result<Option<CallbackId>, StoreError> {
    let found: Option<(Uuid,)> = row!(
        tx,
        "SELECT id FROM callback WHERE account_id = $1 AND work_item_id = $2 AND state <> 'closed'",
        account.0,
        work_item.0
    )?;
    Ok(found.map(|(id,)| CallbackId(id)))
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
        place: row.place_since.map(|since| KeptPlace {
            since: Timestamp(since),
            how: row.place.unwrap_or_default(),
            work_item: row.work_item_id.map(WorkItemId),
            called_first: row.called_first,
        }),
    })
}
