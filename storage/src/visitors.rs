//! Visitors of web sites: who holds a token, from where they wrote, and what of a conversation is theirs to read.

use crate::accounts::open_text;
use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, AgentId, ContactId, ConversationId, InboxId, Pii, QueueId, Timestamp, WorkItemId};
use ringdesk_vault::{AccountKey, Place};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A line as a visitor may see it; what it says is the use case's to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitorLine {
    pub seq: i64,
    pub id: Uuid,
    /// `message`, `text_event` …
    pub kind: String,
    /// `contact`, `agent`, `bot`, `system`.
    pub speaker: String,
    /// The name of the agent who wrote it, as contacts read it.
    pub agent: Option<String>,
    /// The name of the colleague from whom they took it over with this line, as contacts read it.
    pub from: Option<String>,
    pub text: Pii<String>,
    pub at: Timestamp,
    pub recalled: bool,
    pub edited: bool,
}

/// A call that a visitor made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitorsCall {
    pub ended: bool,
    /// Its work item that waits or is offered.
    pub waits: Option<WorkItemId>,
    /// Somebody talks with them.
    pub talks: bool,
    /// The name of who does, as contacts read it.
    pub agent: Option<String>,
}

/// Keep a visitor. Whoever shows the token is them.
pub async fn create(
    tx: &mut Tx,
    key: &AccountKey,
    now: Timestamp,
    (id, inbox): (Uuid, InboxId),
    token: &str,
) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO visitor (id, account_id, inbox_id, token_hash, made_at, seen_at) VALUES ($1, $2, $3, $4, $5, $5)",
        id,
        key.account().0,
        inbox.0,
        &key.blind("visitor", token)[..],
        now.0
    )?;
    Ok(())
}

/// Who holds this token of this inbox, if they were seen since `since`.
pub async fn by_token(
    tx: &mut Tx,
    key: &AccountKey,
    (inbox, token): (InboxId, &str),
    since: Timestamp,
) -> Result<Option<Uuid>, StoreError> {
    let found: Option<(Uuid,)> = row!(
        tx,
        "SELECT id FROM visitor WHERE account_id = $1 AND inbox_id = $2 AND token_hash = $3 AND seen_at > $4",
        key.account().0,
        inbox.0,
        &key.blind("visitor", token)[..],
        since.0
    )?;
    Ok(found.map(|(id,)| id))
}

/// They are here again; a time that is not much later than the last is not written.
pub async fn seen(tx: &mut Tx, account: AccountId, id: Uuid, now: Timestamp, at_least: i64) -> Result<(), StoreError> {
    exec!(
        tx,
        "UPDATE visitor SET seen_at = $3 WHERE id = $1 AND account_id = $2 AND seen_at + $4 < $3",
        id,
        account.0,
        now.0,
        at_least
    )?;
    Ok(())
}

/// From where a conversation was begun.
pub async fn begin_visit(
    tx: &mut Tx,
    key: &AccountKey,
    at: Timestamp,
    conversation: ConversationId,
    said: &Pii<String>,
) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO visit (conversation_id, account_id, said_sealed, at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (conversation_id) DO UPDATE SET said_sealed = excluded.said_sealed, at = excluded.at",
        conversation.0,
        key.account().0,
        key.seal(place(&conversation), said.reveal().as_bytes())?,
        at.0
    )?;
    Ok(())
}

/// JSON, and when it was said.
pub async fn visit(
    tx: &mut Tx,
    key: &AccountKey,
    conversation: ConversationId,
) -> Result<Option<(Pii<String>, Timestamp)>, StoreError> {
    let found: Option<(Vec<u8>, i64)> = row!(
        tx,
        "SELECT said_sealed, at FROM visit WHERE conversation_id = $1 AND account_id = $2",
        conversation.0,
        key.account().0
    )?;
    let read =
        |(sealed, at): (Vec<u8>, i64)| Ok((Pii::new(open_text(key, place(&conversation), &sealed)?), Timestamp(at)));
    found.map(read).transpose()
}

/// The newest matter of a contact by an inbox, its last number, and when it was closed, if it is.
pub async fn newest_of(
    tx: &mut Tx,
    account: AccountId,
    contact: ContactId,
    inbox: InboxId,
) -> Result<Option<(ConversationId, i64, Option<Timestamp>)>, StoreError> {
    let found: Option<(Uuid, i64, Option<i64>)> = row!(
        tx,
        "SELECT c.id, c.seq, c.closed_at FROM conversation c JOIN text_matter t ON t.conversation_id = c.id
         WHERE c.account_id = $1 AND c.contact_id = $2 AND c.inbox_id = $3 ORDER BY c.id DESC LIMIT 1",
        account.0,
        contact.0,
        inbox.0
    )?;
    Ok(found.map(|(id, seq, closed)| (ConversationId(id), seq, closed.map(Timestamp))))
}

/// The call of this conversation, if it is one of this contact.
pub async fn call_of(
    tx: &mut Tx,
    account: AccountId,
    contact: ContactId,
    conversation: ConversationId,
) -> Result<Option<VisitorsCall>, StoreError> {
    type Row = (Option<i64>, Option<Uuid>, Option<Uuid>, Option<String>);
    let found: Option<Row> = row!(
        tx,
        "SELECT k.ended_at, w.id, p.id, COALESCE(a.public_name, a.name) FROM conversation c JOIN call k ON k.conversation_id = c.id
         LEFT JOIN work_item w ON w.conversation_id = c.id AND w.state IN ('waiting', 'offered')
         LEFT JOIN participation p ON p.conversation_id = c.id AND p.ended_at IS NULL
         LEFT JOIN agent a ON a.id = p.agent_id
         WHERE c.account_id = $1 AND c.id = $2 AND c.contact_id = $3 ORDER BY k.id DESC, p.id LIMIT 1",
        account.0,
        conversation.0,
        contact.0
    )?;
    Ok(found.map(|(ended, waits, part, agent)| VisitorsCall {
        ended: ended.is_some(),
        waits: waits.map(WorkItemId),
        talks: part.is_some(),
        agent,
    }))
}

/// Lines after a number, in their order.
pub async fn lines(
    tx: &mut Tx,
    key: &AccountKey,
    conversation: ConversationId,
    after: i64,
    limit: i64,
) -> Result<Vec<VisitorLine>, StoreError> {
    type Row = (i64, Uuid, String, String, Option<String>, Option<String>, Vec<u8>, i64, Option<i64>, Option<i64>);
    let found: Vec<Row> = rows!(
        tx,
        "SELECT m.seq, m.id, m.kind, m.speaker, COALESCE(a.public_name, a.name),
                CASE WHEN m.kind = 'text_event' THEN (SELECT COALESCE(b.public_name, b.name) FROM transfer t JOIN agent b ON b.id = t.by_agent
                  WHERE t.conversation_id = m.conversation_id AND t.call_id IS NULL AND t.mode = 'blind' AND t.target = 'agent'
                    AND t.taken_by = m.agent_id AND t.ended_at = m.at LIMIT 1) END,
                m.text_sealed, m.at, x.recalled_at, x.edited_at
         FROM message m JOIN conversation c ON c.id = m.conversation_id
         LEFT JOIN agent a ON a.id = m.agent_id
         LEFT JOIN text_message x ON x.conversation_id = m.conversation_id AND x.seq = m.seq
         WHERE c.account_id = $1 AND m.conversation_id = $2 AND m.seq > $3 ORDER BY m.seq LIMIT $4",
        key.account().0,
        conversation.0,
        after,
        limit
    )?;
    let line = |(seq, id, kind, speaker, agent, from, text, at, recalled, edited): Row| {
        Ok(VisitorLine {
            text: Pii::new(open_text(key, Place::new("message", "text", id.as_bytes()), &text)?),
            seq,
            id,
            kind,
            speaker,
            agent,
            from,
            at: Timestamp(at),
            recalled: recalled.is_some(),
            edited: edited.is_some(),
        })
    };
    found.into_iter().map(line).collect()
}

/// How many wait in its queue up to this work item, itself among them, and since when it waits. `None`: it does not wait.
pub async fn place_in_queue(
    tx: &mut Tx,
    account: AccountId,
    item: WorkItemId,
) -> Result<Option<(QueueId, i64, Timestamp)>, StoreError> {
    let found: Option<(Uuid, i64, i64)> = row!(
        tx,
        "SELECT w.queue_id, w.enqueued_at, (SELECT COUNT(*) FROM work_item o WHERE o.account_id = w.account_id
            AND o.queue_id = w.queue_id AND o.state IN ('waiting', 'offered')
            AND (o.enqueued_at < w.enqueued_at OR (o.enqueued_at = w.enqueued_at AND o.id <= w.id)))
         FROM work_item w WHERE w.account_id = $1 AND w.id = $2 AND w.state IN ('waiting', 'offered')",
        account.0,
        item.0
    )?;
    Ok(found.map(|(queue, since, place)| (QueueId(queue), place, Timestamp(since))))
}

/// Of everything that waits: its conversation, its queue, and since when it waits, by queue and as they came.
pub async fn waiting(tx: &mut Tx, account: AccountId) -> Result<Vec<(ConversationId, QueueId, Timestamp)>, StoreError> {
    let found: Vec<(Uuid, Uuid, i64)> = rows!(
        tx,
        "SELECT conversation_id, queue_id, enqueued_at FROM work_item
         WHERE account_id = $1 AND state <> 'closed' AND state IN ('waiting', 'offered') ORDER BY queue_id, enqueued_at, id",
        account.0
    )?;
    Ok(found.into_iter().map(|(of, queue, since)| (ConversationId(of), QueueId(queue), Timestamp(since))).collect())
}

/// Who has which open conversation by text in hand; of several, whoever came last.
pub async fn in_hand(tx: &mut Tx, account: AccountId) -> Result<BTreeMap<ConversationId, AgentId>, StoreError> {
    let found: Vec<(Uuid, Uuid)> = rows!(
        tx,
        "SELECT p.conversation_id, p.agent_id FROM text_matter t JOIN conversation c ON c.id = t.conversation_id
         JOIN participation p ON p.conversation_id = c.id
         WHERE c.account_id = $1 AND c.closed_at IS NULL AND p.ended_at IS NULL ORDER BY p.started_at, p.id",
        account.0
    )?;
    Ok(found.into_iter().map(|(of, agent)| (ConversationId(of), AgentId(agent))).collect())
}

/// How long those waited whom this queue served last, in microseconds, newest first.
pub async fn last_waits(
    tx: &mut Tx,
    account: AccountId,
    queue: QueueId,
    since: Timestamp,
) -> Result<Vec<i64>, StoreError> {
    let found: Vec<(i64,)> = rows!(
        tx,
        "SELECT o.offered_at - w.enqueued_at FROM work_item w JOIN offer o ON o.work_item_id = w.id
         WHERE w.account_id = $1 AND w.queue_id = $2 AND o.offered_at > $3 AND o.offered_at >= w.enqueued_at
         ORDER BY o.offered_at DESC LIMIT 50",
        account.0,
        queue.0,
        since.0
    )?;
    Ok(found.into_iter().map(|(wait,)| wait).collect())
}

fn place(conversation: &ConversationId) -> Place<'_> {
    Place::new("visit", "said", conversation.0.as_bytes())
}
