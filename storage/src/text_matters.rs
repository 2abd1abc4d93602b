//! Conversations by text as they go on: where they wait, who wrote last, how far each side has read.

use crate::accounts::open_text;
use crate::contacts::{Standing, standing_of};
use crate::{StoreError, Tx, text_transfers};
use ringdesk_model::{
    AccountId, AgentId, Channel, ContactId, ConversationId, InboxId, OfferId, Pii, Priority, QueueId, Timestamp,
    WorkItemId,
};
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

/// A text that waits for an agent, or has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenText {
    pub work_item: WorkItemId,
    pub conversation: ConversationId,
    pub queue: QueueId,
    pub channel: Channel,
    pub enqueued_at: Timestamp,
    /// What rules gave it.
    pub priority: Priority,
    /// Who had a part in it last, unless they passed it on.
    pub known_to: Option<AgentId>,
    /// Of whom wrote.
    pub standing: Standing,
    /// Only this agent is asked, once.
    pub sought: Option<AgentId>,
}

/// What an agent is being asked, or has in hand.
#[derive(Clone, Debug)]
pub struct TextOffer {
    pub offer: OfferId,
    pub work_item: WorkItemId,
    pub conversation: ConversationId,
    pub queue: QueueId,
    pub inbox: Option<InboxId>,
    /// `offered`, `accepted`.
    pub state: String,
    pub offered_at: Timestamp,
    /// The contact's first text that nobody has answered.
    pub waiting_since: Option<Timestamp>,
    /// The contact's last text.
    pub said: Option<Pii<String>>,
    /// What rules said of it when it began: JSON.
    pub ruled: Option<Pii<String>>,
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

/// What is open of a conversation's work; more than one never is.
pub async fn open_work(tx: &mut Tx, account: AccountId, id: ConversationId) -> Result<Option<WorkItemId>, StoreError> {
    let found: Option<(Uuid,)> = row!(
        tx,
        "SELECT id FROM work_item WHERE account_id = $1 AND conversation_id = $2 AND medium = 'text' AND state <> 'closed'
         ORDER BY id LIMIT 1",
        account.0,
        id.0
    )?;
    Ok(found.map(|(id,)| WorkItemId(id)))
}

/// All texts that wait or are in hand, longest waiting first. What somebody passed on does not go back to who they know.
pub async fn open_texts(tx: &mut Tx, account: AccountId, limit: i64) -> Result<Vec<OpenText>, StoreError> {
    type Row = (
        Uuid,
        Uuid,
        Uuid,
        String,
        i64,
        i64,
        Option<Uuid>,
        bool,
        Option<String>,
        Option<Uuid>,
        Option<Uuid>,
        Option<i64>,
        Option<Uuid>,
    );
    let found: Vec<Row> = rows!(
        tx,
        "SELECT w.id, w.conversation_id, w.queue_id, c.channel, w.enqueued_at, COALESCE(t.priority, 0),
                CASE WHEN w.transfer_id IS NULL THEN (SELECT p.agent_id FROM participation p
                    WHERE p.conversation_id = w.conversation_id ORDER BY p.started_at DESC, p.id DESC LIMIT 1) END,
                COALESCE(k.vip, FALSE), k.tier, k.dedicated_agent, q.agent_id, q.started_at, w.sought_agent
         FROM work_item w JOIN conversation c ON c.id = w.conversation_id
         LEFT JOIN text_matter t ON t.conversation_id = c.id
         LEFT JOIN contact k ON k.id = c.contact_id
         LEFT JOIN participation q ON w.transfer_id IS NULL AND q.id = (SELECT l.id FROM conversation e
             JOIN participation l ON l.conversation_id = e.id
             WHERE e.contact_id = k.id ORDER BY l.started_at DESC, l.id DESC LIMIT 1)
         WHERE w.account_id = $1 AND w.state <> 'closed' AND w.medium = 'text'
         ORDER BY w.enqueued_at, w.id LIMIT $2",
        account.0,
        limit
    )?;
    let text =
        |(id, conversation, queue, channel, at, priority, agent, vip, tier, dedicated, last, last_at, sought): Row| {
            Ok(OpenText {
                work_item: WorkItemId(id),
                conversation: ConversationId(conversation),
                queue: QueueId(queue),
                channel: Channel::parse(&channel).ok_or_else(|| StoreError::unreadable("channel", &channel))?,
                enqueued_at: Timestamp(at),
                priority: Priority(
                    i16::try_from(priority).map_err(|_| StoreError::unreadable("a text", "its priority"))?,
                ),
                known_to: agent.map(AgentId),
                standing: standing_of(vip, tier.as_deref().unwrap_or_default(), dedicated, last.zip(last_at)),
                sought: sought.map(AgentId),
            })
        };
    found.into_iter().map(text).collect()
}

/// The texts that an agent is being asked to take, and those in their hands.
pub async fn offers_of(tx: &mut Tx, key: &AccountKey, agent: AgentId) -> Result<Vec<TextOffer>, StoreError> {
    type Sealed = Option<Vec<u8>>;
    type Offered = (Uuid, Uuid, Uuid, Uuid, Option<Uuid>, String, i64, Option<i64>, Option<Uuid>, Sealed, Sealed);
    let found: Vec<Offered> = rows!(
        tx,
        "SELECT o.id, o.work_item_id, c.id, o.queue_id, c.inbox_id, o.state, o.offered_at, t.waiting_since, m.id, m.text_sealed, t.ruled_sealed
         FROM offer o JOIN work_item w ON w.id = o.work_item_id JOIN conversation c ON c.id = w.conversation_id
         LEFT JOIN text_matter t ON t.conversation_id = c.id
         LEFT JOIN message m ON m.conversation_id = c.id AND m.seq = (SELECT MAX(n.seq) FROM message n
            WHERE n.conversation_id = c.id AND n.kind = 'message' AND n.speaker = 'contact')
         WHERE o.account_id = $1 AND o.agent_id = $2 AND o.medium = 'text' AND o.state <> 'ended'
         ORDER BY o.offered_at, o.id LIMIT 100",
        key.account().0,
        agent.0
    )?;
    let offer = |(offer, item, conversation, queue, inbox, state, at, waiting, message, text, ruled): Offered| {
        let said = match message.zip(text) {
            Some((id, sealed)) => {
                Some(Pii::new(open_text(key, Place::new("message", "text", id.as_bytes()), &sealed)?))
            }
            None => None,
        };
        let place = Place::new("text_matter", "ruled", conversation.as_bytes());
        let ruled = ruled.map(|sealed| open_text(key, place, &sealed)).transpose()?.map(Pii::new);
        Ok(TextOffer {
            offer: OfferId(offer),
            work_item: WorkItemId(item),
            conversation: ConversationId(conversation),
            queue: QueueId(queue),
            inbox: inbox.map(InboxId),
            state,
            offered_at: Timestamp(at),
            waiting_since: waiting.map(Timestamp),
            said,
            ruled,
        })
    };
    found.into_iter().map(offer).collect()
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
