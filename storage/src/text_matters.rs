//! Conversations by text as they go on: where they wait, who wrote last, how far each side has read.

mod work;

pub use work::{OpenText, TextOffer, offers_of, open_texts, open_work};

use crate::accounts::open_text;
use crate::{StoreError, Tx, text_transfers};
use ringdesk_model::{AccountId, AgentId, ContactId, ConversationId, InboxId, OfferId, Pii, QueueId, Timestamp};
use ringdesk_vault::{AccountKey, Place};
use uuid::Uuid;

#[derive(Clone, Debug)]
pub struct Matter {
    pub conversation: ConversationId,
    pub inbox: Option<InboxId>,
    pub queue: QueueId,
    /// The name by which the channel knows the contact.
    pub address: Pii<String>,
    pub contact_at: Timestamp,
    pub answered_at: Option<Timestamp>,
    pub reminded_at: Option<Timestamp>,
    pub told_away: bool,
    /// Their first text that nobody has answered.
    pub waiting_since: Option<Timestamp>,
    /// They were told that it takes longer.
    pub apologised_at: Option<Timestamp>,
    pub closed_at: Option<Timestamp>,
    /// Who has it in hand.
    pub agent: Option<AgentId>,
    pub cursors: Cursors,
}

/// Numbers of messages; they only grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursors {
    /// How far the contact has got our texts.
    pub delivered: i64,
    /// And read them.
    pub read: i64,
    /// How far we have read.
    pub seen: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    conversation_id: Uuid,
    inbox_id: Option<Uuid>,
    queue_id: Uuid,
    address_sealed: Vec<u8>,
    contact_at: i64,
    answered_at: Option<i64>,
    reminded_at: Option<i64>,
    told_away: bool,
    waiting_since: Option<i64>,
    apologised_at: Option<i64>,
    closed_at: Option<i64>,
    agent_id: Option<Uuid>,
    delivered_seq: i64,
    read_seq: i64,
    seen_seq: i64,
}

/// A matter begins.
pub async fn begin(
    tx: &mut Tx,
    key: &AccountKey,
    at: Timestamp,
    (conversation, queue): (ConversationId, QueueId),
    address: &Pii<String>,
) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO text_matter (conversation_id, account_id, queue_id, address_sealed, contact_at, waiting_since,
                told_away, delivered_seq, read_seq, seen_seq) VALUES ($1, $2, $3, $4, $5, $5, $6, 0, 0, 0)",
        conversation.0,
        key.account().0,
        queue.0,
        key.seal(Place::new("text_matter", "address", conversation.0.as_bytes()), address.reveal().as_bytes())?,
        at.0,
        false
    )?;
    Ok(())
}

pub async fn get(tx: &mut Tx, key: &AccountKey, id: ConversationId) -> Result<Option<Matter>, StoreError> {
    let found: Option<Row> = row!(
        tx,
        "SELECT t.conversation_id, c.inbox_id, t.queue_id, t.address_sealed, t.contact_at, t.answered_at, t.reminded_at, t.told_away,
                t.waiting_since, t.apologised_at, c.closed_at, (SELECT p.agent_id FROM participation p WHERE p.conversation_id = c.id AND p.ended_at IS NULL
                              ORDER BY p.started_at DESC, p.id DESC LIMIT 1) AS agent_id,
                t.delivered_seq, t.read_seq, t.seen_seq
         FROM text_matter t JOIN conversation c ON c.id = t.conversation_id WHERE t.account_id = $1 AND t.conversation_id = $2",
        key.account().0,
        id.0
    )?;
    found.map(|row| matter(key, row)).transpose()
}

/// Those that are not closed, longest silent first.
pub async fn open(tx: &mut Tx, key: &AccountKey, limit: i64) -> Result<Vec<Matter>, StoreError> {
    let found: Vec<Row> = rows!(
        tx,
        "SELECT t.conversation_id, c.inbox_id, t.queue_id, t.address_sealed, t.contact_at, t.answered_at, t.reminded_at, t.told_away,
                t.waiting_since, t.apologised_at, c.closed_at, (SELECT p.agent_id FROM participation p WHERE p.conversation_id = c.id AND p.ended_at IS NULL
                              ORDER BY p.started_at DESC, p.id DESC LIMIT 1) AS agent_id,
                t.delivered_seq, t.read_seq, t.seen_seq
         FROM text_matter t JOIN conversation c ON c.id = t.conversation_id
         WHERE t.account_id = $1 AND c.closed_at IS NULL ORDER BY t.contact_at, t.conversation_id LIMIT $2",
        key.account().0,
        limit
    )?;
    found.into_iter().map(|row| matter(key, row)).collect()
}

/// The newest matter of a contact by an inbox, and when it was closed, if it is. Holds the contact until the transaction ends:
/// of two first texts at once the second joins the matter of the first.
pub async fn newest_of(
    tx: &mut Tx,
    account: AccountId,
    contact: ContactId,
    inbox: InboxId,
) -> Result<Option<(ConversationId, Option<Timestamp>)>, StoreError> {
    exec!(tx, "UPDATE contact SET created_at = created_at WHERE id = $1 AND account_id = $2", contact.0, account.0)?;
    let found: Option<(Uuid, Option<i64>)> = row!(
        tx,
        "SELECT c.id, c.closed_at FROM conversation c JOIN text_matter t ON t.conversation_id = c.id
         WHERE c.account_id = $1 AND c.contact_id = $2 AND c.inbox_id = $3 ORDER BY c.id DESC LIMIT 1",
        account.0,
        contact.0,
        inbox.0
    )?;
    Ok(found.map(|(id, closed)| (ConversationId(id), closed.map(Timestamp))))
}

/// The contact wrote: they are not silent, and may be told again that nobody is there only after somebody was.
pub async fn contact_wrote(
    tx: &mut Tx,
    account: AccountId,
    id: ConversationId,
    at: Timestamp,
) -> Result<(), StoreError> {
    exec!(
        tx,
        "UPDATE text_matter SET contact_at = $3, reminded_at = NULL, waiting_since = COALESCE(waiting_since, $3)
         WHERE conversation_id = $1 AND account_id = $2",
        id.0,
        account.0,
        at.0
    )?;
    Ok(())
}

/// One of us wrote to them.
pub async fn answered(tx: &mut Tx, account: AccountId, id: ConversationId, at: Timestamp) -> Result<(), StoreError> {
    exec!(
        tx,
        "UPDATE text_matter SET answered_at = $3, told_away = $4, waiting_since = NULL, apologised_at = NULL
         WHERE conversation_id = $1 AND account_id = $2",
        id.0,
        account.0,
        at.0,
        false
    )?;
    Ok(())
}

/// The house said something by itself: `reminded`, else that nobody is there.
pub async fn house_said(
    tx: &mut Tx,
    account: AccountId,
    id: ConversationId,
    reminded: Option<Timestamp>,
) -> Result<(), StoreError> {
    exec!(
        tx,
        "UPDATE text_matter SET reminded_at = COALESCE($3, reminded_at), told_away = (told_away OR $4)
         WHERE conversation_id = $1 AND account_id = $2",
        id.0,
        account.0,
        reminded.map(|at| at.0),
        reminded.is_none()
    )?;
    Ok(())
}

/// They were told that it takes longer.
pub async fn apologised(tx: &mut Tx, account: AccountId, id: ConversationId, at: Timestamp) -> Result<(), StoreError> {
    exec!(
        tx,
        "UPDATE text_matter SET apologised_at = $3 WHERE conversation_id = $1 AND account_id = $2",
        id.0,
        account.0,
        at.0
    )?;
    Ok(())
}

/// Move cursors on; none ever goes back. Gives how they stand, if one moved.
pub async fn advance(
    tx: &mut Tx,
    account: AccountId,
    id: ConversationId,
    to: Cursors,
) -> Result<Option<Cursors>, StoreError> {
    let moved: Option<(i64, i64, i64)> = row!(
        tx,
        "UPDATE text_matter SET
            delivered_seq = CASE WHEN delivered_seq < $3 THEN $3 ELSE delivered_seq END,
            read_seq = CASE WHEN read_seq < $4 THEN $4 ELSE read_seq END,
            seen_seq = CASE WHEN seen_seq < $5 THEN $5 ELSE seen_seq END
         WHERE conversation_id = $1 AND account_id = $2 AND (delivered_seq < $3 OR read_seq < $4 OR seen_seq < $5)
         RETURNING delivered_seq, read_seq, seen_seq",
        id.0,
        account.0,
        to.delivered.max(to.read),
        to.read,
        to.seen
    )?;
    Ok(moved.map(|(delivered, read, seen)| Cursors { delivered, read, seen }))
}

pub async fn cursors(tx: &mut Tx, account: AccountId, id: ConversationId) -> Result<Option<Cursors>, StoreError> {
    let found: Option<(i64, i64, i64)> = row!(
        tx,
        "SELECT delivered_seq, read_seq, seen_seq FROM text_matter WHERE conversation_id = $1 AND account_id = $2",
        id.0,
        account.0
    )?;
    Ok(found.map(|(delivered, read, seen)| Cursors { delivered, read, seen }))
}

/// An agent has it in hand. Where the matter was closed meanwhile, their part is over as it begins.
pub async fn join(
    tx: &mut Tx,
    account: AccountId,
    at: Timestamp,
    (offer, agent): (OfferId, AgentId),
    (conversation, queue): (ConversationId, QueueId),
) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO participation (id, account_id, conversation_id, agent_id, queue_id, started_at, ended_at, hold_us)
         SELECT $1, c.account_id, c.id, $3, $4, $5, c.closed_at, 0 FROM conversation c WHERE c.id = $2 AND c.account_id = $6
         ON CONFLICT (id) DO NOTHING",
        offer.0,
        conversation.0,
        agent.0,
        queue.0,
        at.0,
        account.0
    )?;
    text_transfers::taken(tx, account, (offer, agent), conversation, at).await
}

/// The matter is over: its parts, its offers, its work.
pub async fn close(tx: &mut Tx, account: AccountId, id: ConversationId, at: Timestamp) -> Result<(), StoreError> {
    exec!(
        tx,
        "UPDATE conversation SET closed_at = COALESCE(closed_at, $3) WHERE id = $1 AND account_id = $2",
        id.0,
        account.0,
        at.0
    )?;
    exec!(
        tx,
        "UPDATE participation SET ended_at = $3 WHERE conversation_id = $1 AND account_id = $2 AND ended_at IS NULL",
        id.0,
        account.0,
        at.0
    )?;
    exec!(
        tx,
        "UPDATE offer SET state = 'ended', ended_at = $3, outcome = COALESCE(outcome, 'caller_left')
         WHERE account_id = $2 AND state = 'accepted'
           AND work_item_id IN (SELECT w.id FROM work_item w WHERE w.conversation_id = $1 AND w.medium = 'text')",
        id.0,
        account.0,
        at.0
    )?;
    exec!(
        tx,
        "UPDATE work_item SET left_at = COALESCE(left_at, $3),
                outcome = COALESCE(outcome, CASE WHEN state = 'active' THEN 'served' ELSE 'abandoned' END), state = 'closed'
         WHERE conversation_id = $1 AND account_id = $2 AND medium = 'text' AND state <> 'closed'",
        id.0,
        account.0,
        at.0
    )?;
    text_transfers::closed(tx, account, id, at).await
}

/// It goes on after its end.
pub async fn reopen(tx: &mut Tx, account: AccountId, id: ConversationId) -> Result<(), StoreError> {
    exec!(tx, "UPDATE conversation SET closed_at = NULL WHERE id = $1 AND account_id = $2", id.0, account.0)?;
    Ok(())
}

fn matter(key: &AccountKey, row: Row) -> Result<Matter, StoreError> {
    let place = Place::new("text_matter", "address", row.conversation_id.as_bytes());
    Ok(Matter {
        address: Pii::new(open_text(key, place, &row.address_sealed)?),
        conversation: ConversationId(row.conversation_id),
        inbox: row.inbox_id.map(InboxId),
        queue: QueueId(row.queue_id),
        contact_at: Timestamp(row.contact_at),
        answered_at: row.answered_at.map(Timestamp),
        reminded_at: row.reminded_at.map(Timestamp),
        told_away: row.told_away,
        waiting_since: row.waiting_since.map(Timestamp),
        apologised_at: row.apologised_at.map(Timestamp),
        closed_at: row.closed_at.map(Timestamp),
        agent: row.agent_id.map(AgentId),
        cursors: Cursors { delivered: row.delivered_seq, read: row.read_seq, seen: row.seen_seq },
    })
}
