//! What texts are to routing: which wait or are in hand, and what an agent is asked.

use crate::accounts::open_text;
use crate::contacts::{Standing, standing_of};
use crate::{StoreError, Tx};
use ringdesk_model::{
    AccountId, AgentId, Channel, ConversationId, InboxId, OfferId, Pii, Priority, QueueId, Timestamp, WorkItemId,
};
use ringdesk_vault::{AccountKey, Place};
use uuid::Uuid;

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
    /// One of our agents asks it of a help desk of the house.
    pub asked_by: Option<AgentId>,
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
        Option<Uuid>,
    );
    let found: Vec<Row> = rows!(
        tx,
        "SELECT w.id, w.conversation_id, w.queue_id, c.channel, w.enqueued_at, COALESCE(t.priority, 0),
                CASE WHEN w.transfer_id IS NULL THEN (SELECT p.agent_id FROM participation p
                    WHERE p.conversation_id = w.conversation_id ORDER BY p.started_at DESC, p.id DESC LIMIT 1) END,
                COALESCE(k.vip, FALSE), k.tier, k.dedicated_agent, q.agent_id, q.started_at, w.sought_agent,
                u.agent_id
         FROM work_item w JOIN conversation c ON c.id = w.conversation_id
         LEFT JOIN text_matter t ON t.conversation_id = c.id
         LEFT JOIN contact k ON k.id = c.contact_id
         LEFT JOIN user_account u ON u.id = k.staff_id
         LEFT JOIN participation q ON w.transfer_id IS NULL AND q.id = (SELECT l.id FROM conversation e
             JOIN participation l ON l.conversation_id = e.id
             WHERE e.contact_id = k.id ORDER BY l.started_at DESC, l.id DESC LIMIT 1)
         WHERE w.account_id = $1 AND w.state <> 'closed' AND w.medium = 'text'
         ORDER BY w.enqueued_at, w.id LIMIT $2",
        account.0,
        limit
    )?;
    let text = |(
        id,
        conversation,
        queue,
        channel,
        at,
        priority,
        agent,
        vip,
        tier,
        dedicated,
        last,
        last_at,
        sought,
        asker,
    ): Row| {
        Ok(OpenText {
            work_item: WorkItemId(id),
            conversation: ConversationId(conversation),
            queue: QueueId(queue),
            channel: Channel::parse(&channel).ok_or_else(|| StoreError::unreadable("channel", &channel))?,
            enqueued_at: Timestamp(at),
            priority: Priority(i16::try_from(priority).map_err(|_| StoreError::unreadable("a text", "its priority"))?),
            known_to: agent.map(AgentId),
            standing: standing_of(vip, tier.as_deref().unwrap_or_default(), dedicated, last.zip(last_at)),
            sought: sought.map(AgentId),
            asked_by: asker.map(AgentId),
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
