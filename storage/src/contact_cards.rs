//! What is known of a contact at a glance, before somebody answers them: who, whether they are to be treated with care, what was
//! before. Few statements, because it is read while it rings.

use crate::accounts::open_text;
use crate::agents::Queue;
use crate::batch::{Id, json};
use crate::{StoreError, Tx};
use ringdesk_model::{
    AccountId, AgentId, ContactId, ConversationId, Pii, QueueId, Scope, TagId, TicketId, Timestamp, WorkItemId,
};
use ringdesk_vault::{AccountKey, Place};
use uuid::Uuid;

/// Whose card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardOf {
    Conversation(ConversationId),
    /// That is being offered, or was.
    WorkItem(WorkItemId),
}

#[derive(Clone, Debug, PartialEq)]
pub struct ContactCard {
    pub conversation: ConversationId,
    /// Where they waited last, and since when; the work item's, if it was asked for by one. Who is called back has waited since they
    /// first came.
    pub queue: Option<(Queue, Timestamp)>,
    /// `None`: somebody who did not say who they are.
    pub contact: Option<ContactId>,
    pub name: Option<Pii<String>>,
    pub vip: bool,
    /// Calls that they were promised and that are still owed to them.
    pub callbacks: i64,
    /// What goes on first, then the newest, without this one.
    pub earlier: Vec<Earlier>,
    /// The contact's, by name.
    pub tags: Vec<Mark>,
    /// That are at work: the newest first.
    pub tickets: Vec<OpenTicket>,
}

/// A tag as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    pub id: TagId,
    pub name: String,
    pub colour: Option<String>,
}

/// A matter of theirs that is not settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenTicket {
    pub id: TicketId,
    pub number: i64,
    pub title: Pii<String>,
    pub state: String,
}

/// An earlier conversation of theirs, as its last agent left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    pub conversation: ConversationId,
    pub channel: String,
    /// Its name.
    pub inbox: Option<String>,
    pub at: Timestamp,
    /// It goes on.
    pub open: bool,
    /// Of one that goes on: what they wrote or said last.
    pub said: Option<Pii<String>>,
    /// What it was marked with.
    pub tags: Vec<Mark>,
    pub queue: Option<QueueId>,
    /// `None`: nobody talked with them.
    pub agent: Option<AgentId>,
    pub disposition: Option<String>,
    pub note: Option<Pii<String>>,
}

#[derive(sqlx::FromRow)]
struct Row {
    conversation_id: Uuid,
    waited_in: Option<Uuid>,
    queue_name: Option<String>,
    settings: Option<String>,
    enqueued_at: Option<i64>,
    contact_id: Option<Uuid>,
    name_sealed: Option<Vec<u8>>,
    vip: bool,
    callbacks: i64,
    earlier_id: Option<Uuid>,
    channel: Option<String>,
    opened_at: Option<i64>,
    earlier_closed: Option<i64>,
    inbox: Option<String>,
    queue_id: Option<Uuid>,
    participation_id: Option<Uuid>,
    agent_id: Option<Uuid>,
    code: Option<String>,
    note_sealed: Option<Vec<u8>>,
}

/// `None`: no such conversation, or not for this reader. Beside who has a part in it, whoever it is offered to may look.
pub async fn read(
    tx: &mut Tx,
    key: &AccountKey,
    scope: &Scope,
    of: CardOf,
    most: i64,
) -> Result<Option<ContactCard>, StoreError> {
    let (conversation, item) = match of {
        CardOf::Conversation(id) => (Some(id.0), None),
        CardOf::WorkItem(id) => (None, Some(id.0)),
    };
    let found: Vec<Row> = rows!(
        tx,
        "SELECT c.id AS conversation_id, q.id AS waited_in, q.name AS queue_name, q.settings,
                COALESCE((SELECT MIN(s.place_since) FROM callback s WHERE s.contact_id = c.contact_id AND s.call_id = i.call_id), i.enqueued_at)
                    AS enqueued_at, c.contact_id, k.name_sealed, COALESCE(k.vip, FALSE) AS vip,
                (SELECT COUNT(*) FROM callback b WHERE b.contact_id = c.contact_id AND b.state <> 'closed') AS callbacks,
                h.id AS earlier_id, h.channel, h.opened_at, h.closed_at AS earlier_closed, n.name AS inbox,
                COALESCE(p.queue_id, (SELECT w.queue_id FROM work_item w WHERE w.conversation_id = h.id
                    ORDER BY w.enqueued_at DESC, w.id DESC LIMIT 1)) AS queue_id,
                p.id AS participation_id, p.agent_id, d.code, d.note_sealed
         FROM conversation c
         LEFT JOIN work_item i ON i.id = (SELECT x.id FROM work_item x WHERE x.conversation_id = c.id AND (x.id = $3 OR $3 IS NULL)
             ORDER BY x.enqueued_at DESC, x.id DESC LIMIT 1)
         LEFT JOIN queue q ON q.id = i.queue_id
         LEFT JOIN contact k ON k.id = c.contact_id
         LEFT JOIN conversation h ON h.contact_id = c.contact_id AND h.id <> c.id
         LEFT JOIN inbox n ON n.id = h.inbox_id
         LEFT JOIN participation p ON p.id = (SELECT l.id FROM participation l WHERE l.conversation_id = h.id
             ORDER BY l.started_at DESC, l.id DESC LIMIT 1)
         LEFT JOIN disposition d ON d.participation_id = p.id
         WHERE c.account_id = $1 AND c.id = COALESCE($2, (SELECT y.conversation_id FROM work_item y WHERE y.id = $3))
           AND ($4 OR EXISTS (SELECT 1 FROM participation m WHERE m.conversation_id = c.id AND m.agent_id = $5)
                OR EXISTS (SELECT 1 FROM work_item o JOIN offer f ON f.work_item_id = o.id
                    WHERE o.conversation_id = c.id AND f.agent_id = $5 AND f.state <> 'ended'))
         ORDER BY CASE WHEN h.closed_at IS NULL THEN 0 ELSE 1 END, h.id DESC LIMIT $6",
        key.account().0,
        conversation,
        item,
        scope.everyone,
        scope.agent.map(|a| a.0),
        most
    )?;
    let mut card: Option<ContactCard> = None;
    for row in found {
        if card.is_none() {
            let name = match (row.contact_id, &row.name_sealed) {
                (Some(id), Some(sealed)) => Some(open_text(key, Place::new("contact", "name", id.as_bytes()), sealed)?),
                _ => None,
            };
            let queue = match (row.waited_in, row.queue_name, row.settings, row.enqueued_at) {
                (Some(id), Some(name), Some(settings), Some(at)) => {
                    Some((Queue { id: QueueId(id), name, settings }, Timestamp(at)))
                }
                _ => None,
            };
            card = Some(ContactCard {
                conversation: ConversationId(row.conversation_id),
                queue,
                contact: row.contact_id.map(ContactId),
                name: name.map(Pii::new),
                vip: row.vip,
                callbacks: row.callbacks,
                earlier: Vec::new(),
                tags: Vec::new(),
                tickets: Vec::new(),
            });
        }
        let (Some(card), Some(id)) = (&mut card, row.earlier_id) else { continue };
        let note = match (row.participation_id, &row.note_sealed) {
            (Some(id), Some(sealed)) => Some(open_text(key, Place::new("disposition", "note", id.as_bytes()), sealed)?),
            _ => None,
        };
        card.earlier.push(Earlier {
            conversation: ConversationId(id),
            channel: row.channel.unwrap_or_default(),
            inbox: row.inbox,
            at: Timestamp(row.opened_at.unwrap_or_default()),
            open: row.earlier_closed.is_none(),
            said: None,
            tags: Vec::new(),
            queue: row.queue_id.map(QueueId),
            agent: row.agent_id.map(AgentId),
            disposition: row.code,
            note: note.map(Pii::new),
        });
    }
    if let Some(card) = &mut card {
        add_marks(tx, key, card).await?;
        add_matters(tx, key, card).await?;
    }
    Ok(card)
}

/// The tags of the contact, and of what was before.
async fn add_marks(tx: &mut Tx, key: &AccountKey, card: &mut ContactCard) -> Result<(), StoreError> {
    let earlier = json(&card.earlier.iter().map(|one| Id(one.conversation.0)).collect::<Vec<_>>());
    let found: Vec<(Uuid, Uuid, String, Option<String>)> = rows!(
        tx,
        sqlite: "SELECT g.contact_id AS owner_id, t.id, t.name, t.colour FROM contact_tag g JOIN tag t ON t.id = g.tag_id
                 WHERE t.account_id = $1 AND g.contact_id = $2
                 UNION ALL SELECT g.conversation_id AS owner_id, t.id, t.name, t.colour FROM conversation_tag g JOIN tag t ON t.id = g.tag_id
                 WHERE t.account_id = $1 AND g.conversation_id IN (SELECT unhex(value) FROM json_each($3)) ORDER BY 3",
        postgres: "SELECT g.contact_id AS owner_id, t.id, t.name, t.colour FROM contact_tag g JOIN tag t ON t.id = g.tag_id
                 WHERE t.account_id = $1 AND g.contact_id = $2
                 UNION ALL SELECT g.conversation_id AS owner_id, t.id, t.name, t.colour FROM conversation_tag g JOIN tag t ON t.id = g.tag_id
                 WHERE t.account_id = $1 AND g.conversation_id IN (SELECT v::uuid FROM jsonb_array_elements_text($3::jsonb) v) ORDER BY 3",
        key.account().0,
        card.contact.map(|c| c.0),
        earlier
    )?;
    for (owner, id, name, colour) in found {
        let mark = Mark { id: TagId(id), name, colour };
        match card.earlier.iter_mut().find(|one| one.conversation.0 == owner) {
            Some(one) => one.tags.push(mark),
            None => card.tags.push(mark),
        }
    }
    Ok(())
}

/// What goes on: the tickets of the contact that are at work, and the last words of each open conversation before this one.
async fn add_matters(tx: &mut Tx, key: &AccountKey, card: &mut ContactCard) -> Result<(), StoreError> {
    let found: Vec<(Uuid, i64, Vec<u8>, String)> = rows!(
        tx,
        "SELECT t.id, t.number, t.title_sealed, t.state FROM ticket t
         WHERE t.account_id = $1 AND t.state IN ('open', 'pending', 'waiting')
           AND (t.contact_id = $2
                OR t.contact_id IN (SELECT m.gone_id FROM contact_merge m WHERE m.kept_id = $2 AND m.undone_at IS NULL))
         ORDER BY t.id DESC LIMIT 5",
        key.account().0,
        card.contact.map(|c| c.0)
    )?;
    for (id, number, title, state) in found {
        let title = Pii::new(open_text(key, Place::new("ticket", "title", id.as_bytes()), &title)?);
        card.tickets.push(OpenTicket { id: TicketId(id), number, title, state });
    }
    for one in card.earlier.iter_mut().filter(|one| one.open) {
        let said: Option<(Uuid, Vec<u8>)> = row!(
            tx,
            "SELECT m.id, m.text_sealed FROM message m WHERE m.conversation_id = $1 AND m.speaker = 'contact' ORDER BY m.seq DESC LIMIT 1",
            one.conversation.0
        )?;
        if let Some((id, sealed)) = said {
            one.said = Some(Pii::new(open_text(key, Place::new("message", "text", id.as_bytes()), &sealed)?));
        }
    }
    Ok(())
}

/// Treat them with particular care, or as everybody. False: there is no such contact.
pub async fn set_vip(tx: &mut Tx, account: AccountId, contact: ContactId, vip: bool) -> Result<bool, StoreError> {
    let changed =
        exec!(tx, "UPDATE contact SET vip = $3 WHERE id = $1 AND account_id = $2", contact.0, account.0, vip)?;
    Ok(changed == 1)
}
