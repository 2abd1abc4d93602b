//! What each of the staff is told at once, and how they want to be told. What a house has set: [`crate::documents`].

use crate::accounts::open_text;
use crate::batch::json;
use crate::{StoreError, Tx};
use ringdesk_model::{
    AccountId, AgentId, ConversationId, DepartmentId, NoticeId, Pii, QueueId, TicketId, TicketTypeId, Timestamp,
    UserId, WorkItemId,
};
use ringdesk_vault::{AccountKey, Place};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// One notice to one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub id: NoticeId,
    pub user: UserId,
    pub kind: String,
    /// What it is told for; somebody is told of it once.
    pub cause: String,
    /// JSON: by which channels.
    pub channels: String,
    /// It stands in the list.
    pub listed: bool,
    /// JSON: by language.
    pub texts: Pii<String>,
    /// `ticket:<id>`, `conversation:<id>` …
    pub place: String,
    pub at: Timestamp,
}

/// A ticket at work whose time is over, or nearly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueTicket {
    pub id: TicketId,
    pub number: i64,
    pub kind: TicketTypeId,
    pub assignee: Option<UserId>,
    pub department: Option<DepartmentId>,
    pub due_at: Timestamp,
}

/// A contact who waits for an answer by text, and who has them in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitingText {
    pub conversation: ConversationId,
    pub agent: AgentId,
    pub queue: QueueId,
    pub since: Timestamp,
}

/// False: they were told of this before.
pub async fn put(tx: &mut Tx, key: &AccountKey, notice: &Notice) -> Result<bool, StoreError> {
    let texts = key.seal(Place::new("notice", "texts", notice.id.0.as_bytes()), notice.texts.reveal().as_bytes())?;
    let written = exec!(
        tx,
        "INSERT INTO notice (id, account_id, user_id, kind, cause, channels, listed, texts_sealed, place, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (user_id, cause) DO NOTHING",
        notice.id.0,
        key.account().0,
        notice.user.0,
        notice.kind.as_str(),
        notice.cause.as_str(),
        notice.channels.as_str(),
        notice.listed,
        texts,
        notice.place.as_str(),
        notice.at.0
    )?;
    Ok(written == 1)
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    user_id: Uuid,
    kind: String,
    cause: String,
    channels: String,
    texts_sealed: Vec<u8>,
    place: String,
    at: i64,
}

/// The list of one person, newest first, those before `before`.
pub async fn listed(
    tx: &mut Tx,
    key: &AccountKey,
    user: UserId,
    before: Option<NoticeId>,
    limit: i64,
) -> Result<Vec<Notice>, StoreError> {
    let found: Vec<Row> = rows!(
        tx,
        "SELECT id, user_id, kind, cause, channels, texts_sealed, place, at FROM notice
         WHERE account_id = $1 AND user_id = $2 AND listed AND id < $3 ORDER BY id DESC LIMIT $4",
        key.account().0,
        user.0,
        before.map_or(Uuid::max(), |id| id.0),
        limit
    )?;
    let notice = |row: Row| {
        let place = Place::new("notice", "texts", row.id.as_bytes());
        Ok(Notice {
            id: NoticeId(row.id),
            user: UserId(row.user_id),
            kind: row.kind,
            cause: row.cause,
            channels: row.channels,
            listed: true,
            texts: Pii::new(open_text(key, place, &row.texts_sealed)?),
            place: row.place,
            at: Timestamp(row.at),
        })
    };
    found.into_iter().map(notice).collect()
}

/// How many of their list they have not read, and up to which they have.
pub async fn unread(tx: &mut Tx, account: AccountId, user: UserId) -> Result<(i64, Option<NoticeId>), StoreError> {
    let read: Option<(Option<Uuid>,)> =
        row!(tx, "SELECT read_to FROM notice_reader WHERE account_id = $1 AND user_id = $2", account.0, user.0)?;
    let read = read.and_then(|(read,)| read);
    let count: Option<(i64,)> = row!(
        tx,
        "SELECT COUNT(*) FROM notice WHERE account_id = $1 AND user_id = $2 AND listed AND id > $3",
        account.0,
        user.0,
        read.unwrap_or(Uuid::nil())
    )?;
    Ok((count.map_or(0, |(count,)| count), read.map(NoticeId)))
}

/// They have read up to this one. False: they had before.
pub async fn read_to(tx: &mut Tx, account: AccountId, user: UserId, to: NoticeId) -> Result<bool, StoreError> {
    let changed = exec!(
        tx,
        "INSERT INTO notice_reader (user_id, account_id, matrix, read_to) VALUES ($1, $2, '{}', $3)
         ON CONFLICT (user_id) DO UPDATE SET read_to = excluded.read_to
           WHERE notice_reader.read_to IS NULL OR notice_reader.read_to < excluded.read_to",
        user.0,
        account.0,
        to.0
    )?;
    Ok(changed == 1)
}

/// What everybody has chosen: JSON.
pub async fn choices(tx: &mut Tx, account: AccountId) -> Result<BTreeMap<UserId, String>, StoreError> {
    let found: Vec<(Uuid, String)> =
        rows!(tx, "SELECT user_id, matrix FROM notice_reader WHERE account_id = $1", account.0)?;
    Ok(found.into_iter().map(|(user, matrix)| (UserId(user), matrix)).collect())
}

pub async fn choose(tx: &mut Tx, account: AccountId, user: UserId, matrix: &str) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO notice_reader (user_id, account_id, matrix) VALUES ($1, $2, $3)
         ON CONFLICT (user_id) DO UPDATE SET matrix = excluded.matrix",
        user.0,
        account.0,
        matrix
    )?;
    Ok(())
}

/// The last event of which everybody was told.
pub async fn cursor(tx: &mut Tx, account: AccountId) -> Result<Option<i64>, StoreError> {
    let found: Option<(i64,)> = row!(tx, "SELECT seq FROM notice_cursor WHERE account_id = $1", account.0)?;
    Ok(found.map(|(seq,)| seq))
}

pub async fn set_cursor(tx: &mut Tx, account: AccountId, seq: i64) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO notice_cursor (account_id, seq) VALUES ($1, $2)
         ON CONFLICT (account_id) DO UPDATE SET seq = excluded.seq",
        account.0,
        seq
    )?;
    Ok(())
}

/// Of these causes, those that somebody was told of.
pub async fn told(tx: &mut Tx, account: AccountId, causes: &BTreeSet<String>) -> Result<BTreeSet<String>, StoreError> {
    let found: Vec<(String,)> = rows!(
        tx,
        sqlite: "SELECT DISTINCT cause FROM notice WHERE account_id = $1 AND cause IN (SELECT value FROM json_each($2))",
        postgres: "SELECT DISTINCT cause FROM notice WHERE account_id = $1 AND cause IN (SELECT jsonb_array_elements_text($2::jsonb))",
        account.0,
        json(causes)
    )?;
    Ok(found.into_iter().map(|(cause,)| cause).collect())
}

/// Forget what was told before a moment; gives how much that was.
pub async fn forget(tx: &mut Tx, account: AccountId, before: Timestamp) -> Result<u64, StoreError> {
    exec!(tx, "DELETE FROM notice WHERE account_id = $1 AND at < $2", account.0, before.0)
}

/// In which conversation a work item is, and whether it is a call.
pub async fn of_work_item(
    tx: &mut Tx,
    account: AccountId,
    id: WorkItemId,
) -> Result<Option<(ConversationId, bool)>, StoreError> {
    let found: Option<(Uuid, String)> =
        row!(tx, "SELECT conversation_id, medium FROM work_item WHERE account_id = $1 AND id = $2", account.0, id.0)?;
    Ok(found.map(|(conversation, medium)| (ConversationId(conversation), medium == "voice")))
}

/// Tickets at work that are due before a moment, and not before another, most pressing first.
pub async fn due_tickets(
    tx: &mut Tx,
    account: AccountId,
    (from, before): (Timestamp, Timestamp),
    limit: i64,
) -> Result<Vec<DueTicket>, StoreError> {
    type Row = (Uuid, i64, Uuid, Option<Uuid>, Option<Uuid>, i64);
    let found: Vec<Row> = rows!(
        tx,
        "SELECT id, number, type_id, assignee_id, department_id, due_at FROM ticket
         WHERE account_id = $1 AND state IN ('open', 'pending', 'waiting') AND due_at >= $2 AND due_at < $3
         ORDER BY due_at DESC, id LIMIT $4",
        account.0,
        from.0,
        before.0,
        limit
    )?;
    let ticket = |(id, number, kind, assignee, department, due_at): Row| DueTicket {
        id: TicketId(id),
        number,
        kind: TicketTypeId(kind),
        assignee: assignee.map(UserId),
        department: department.map(DepartmentId),
        due_at: Timestamp(due_at),
    };
    Ok(found.into_iter().map(ticket).collect())
}

/// Contacts in somebody's hands who wait since before a moment, longest waiting last.
pub async fn waiting_texts(
    tx: &mut Tx,
    account: AccountId,
    before: Timestamp,
    limit: i64,
) -> Result<Vec<WaitingText>, StoreError> {
    let found: Vec<(Uuid, Uuid, Uuid, i64)> = rows!(
        tx,
        "SELECT w.conversation_id, o.agent_id, o.queue_id, t.waiting_since
         FROM offer o JOIN work_item w ON w.id = o.work_item_id JOIN text_matter t ON t.conversation_id = w.conversation_id
         WHERE o.account_id = $1 AND o.medium = 'text' AND o.state = 'accepted' AND t.waiting_since < $2
         ORDER BY t.waiting_since DESC, o.id LIMIT $3",
        account.0,
        before.0,
        limit
    )?;
    let text = |(conversation, agent, queue, since)| WaitingText {
        conversation: ConversationId(conversation),
        agent: AgentId(agent),
        queue: QueueId(queue),
        since: Timestamp(since),
    };
    Ok(found.into_iter().map(text).collect())
}
