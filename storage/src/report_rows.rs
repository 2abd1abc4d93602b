//! What reports are made of: the sheets of calls, changes of presence and transfers of a period, first answers to texts, first
//! offers; and where conversations came by.

use crate::accounts::open_text;
use crate::batch::{Id, json};
use crate::{StoreError, Tx, agents};
use ringdesk_model::{
    AccountId, AgentId, CallId, Channel, ContactId, ConversationId, InboxId, Pii, QueueId, Timestamp, WorkOutcome,
};
use ringdesk_reports::{FirstAnswer, FirstOffer, Part, PresenceAt, Stay};
use ringdesk_vault::{AccountKey, Place};
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

/// A call that began earlier than so long before the period has nothing to do with it.
const LONGEST_CALL: Duration = Duration::from_secs(24 * 3_600);

/// A call as reports see it.
#[derive(Clone, Debug)]
pub struct SheetRow {
    pub call: CallId,
    pub conversation: ConversationId,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    /// JSON; of a call that has not come far enough there is none.
    pub sheet: Option<Pii<String>>,
}

/// Those that ran in the period, oldest first, after `after`.
pub async fn sheets(
    tx: &mut Tx,
    key: &AccountKey,
    (from, to): (Timestamp, Timestamp),
    after: Option<CallId>,
    limit: i64,
) -> Result<Vec<SheetRow>, StoreError> {
    type Row = (Uuid, Uuid, i64, Option<i64>, Option<Vec<u8>>);
    let first = Timestamp(from.0.saturating_sub(i64::try_from(LONGEST_CALL.as_micros()).unwrap_or(i64::MAX)));
    let found: Vec<Row> = rows!(
        tx,
        "SELECT id, conversation_id, started_at, ended_at, sheet_sealed FROM call
         WHERE account_id = $1 AND started_at >= $2 AND started_at < $3 AND (ended_at IS NULL OR ended_at >= $4) AND id > $5
         ORDER BY id LIMIT $6",
        key.account().0,
        first.0,
        to.0,
        from.0,
        after.map_or(Uuid::nil(), |c| c.0),
        limit
    )?;
    let row = |(id, conversation, started, ended, sheet): Row| {
        let open = |sealed: Vec<u8>| open_text(key, Place::new("call", "sheet", id.as_bytes()), &sealed);
        Ok(SheetRow {
            call: CallId(id),
            conversation: ConversationId(conversation),
            started_at: Timestamp(started),
            ended_at: ended.map(Timestamp),
            sheet: sheet.map(open).transpose()?.map(Pii::new),
        })
    };
    found.into_iter().map(row).collect()
}

/// Changes of presence in the period, and before it the last one of each agent; agent by agent, in their order.
pub async fn presence(
    tx: &mut Tx,
    account: AccountId,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<PresenceAt>, StoreError> {
    let found: Vec<(Uuid, i64, String, Option<String>)> = rows!(
        tx,
        "SELECT p.agent_id, p.at, p.presence, p.reason FROM agent a JOIN presence_change p ON p.agent_id = a.id
         WHERE a.account_id = $1 AND p.at < $3
           AND p.n >= COALESCE((SELECT MAX(b.n) FROM presence_change b WHERE b.agent_id = a.id AND b.at < $2), 0)
         ORDER BY p.agent_id, p.n",
        account.0,
        from.0,
        to.0
    )?;
    let change = |(agent, at, state, reason): (Uuid, i64, String, Option<String>)| PresenceAt {
        agent: AgentId(agent),
        at: Timestamp(at),
        presence: agents::presence(&state, reason),
    };
    Ok(found.into_iter().map(change).collect())
}

type PartColumns = (Uuid, Option<Uuid>, Uuid, Option<Uuid>, i64, Option<i64>, Option<String>);

fn part((conversation, call, agent, queue, at, ended, outcome): PartColumns) -> Part {
    Part {
        conversation: ConversationId(conversation),
        call: call.map(CallId),
        agent: AgentId(agent),
        queue: queue.map(QueueId),
        at: Timestamp(at),
        ended_at: ended.map(Timestamp),
        outcome,
    }
}

/// What agents passed on in a period, and how it ended.
pub async fn transfers(
    tx: &mut Tx,
    account: AccountId,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<Part>, StoreError> {
    let found: Vec<PartColumns> = rows!(
        tx,
        "SELECT t.conversation_id, t.call_id, t.by_agent,
           (SELECT p.queue_id FROM participation p WHERE p.conversation_id = t.conversation_id AND p.agent_id = t.by_agent
            AND p.started_at <= t.began_at ORDER BY p.started_at DESC LIMIT 1), t.began_at, t.ended_at, t.outcome
         FROM transfer t
         WHERE t.account_id = $1 AND t.by_agent IS NOT NULL AND t.began_at >= $2 AND t.began_at < $3 ORDER BY t.began_at, t.id",
        account.0,
        from.0,
        to.0
    )?;
    Ok(found.into_iter().map(part).collect())
}

/// What agents had in hand, and how the last try to pass it on ended (calls to join are none): of the parts that began in a period,
/// the first `limit`.
pub async fn hands(
    tx: &mut Tx,
    account: AccountId,
    (from, to): (Timestamp, Timestamp),
    limit: i64,
) -> Result<Vec<Part>, StoreError> {
    let found: Vec<PartColumns> = rows!(
        tx,
        "SELECT p.conversation_id, p.call_id, p.agent_id, p.queue_id, p.started_at, p.ended_at,
           (SELECT t.outcome FROM transfer t WHERE t.conversation_id = p.conversation_id AND t.by_agent = p.agent_id
            AND t.mode <> 'join' AND t.began_at >= p.started_at AND (p.ended_at IS NULL OR t.began_at <= p.ended_at)
            ORDER BY t.began_at DESC LIMIT 1)
         FROM participation p
         WHERE p.account_id = $1 AND p.started_at >= $2 AND p.started_at < $3 ORDER BY p.started_at, p.id LIMIT $4",
        account.0,
        from.0,
        to.0,
        limit
    )?;
    Ok(found.into_iter().map(part).collect())
}

/// Texts that agents were asked to take, and what became of it: of the offers that ended in a period, the first `limit`.
pub async fn text_offers(
    tx: &mut Tx,
    account: AccountId,
    (from, to): (Timestamp, Timestamp),
    limit: i64,
) -> Result<Vec<Part>, StoreError> {
    let (first, end) = ids_of((from, to));
    let found: Vec<PartColumns> = rows!(
        tx,
        "SELECT w.conversation_id, w.call_id, o.agent_id, o.queue_id, o.offered_at, COALESCE(o.accepted_at, o.ended_at), o.outcome
         FROM offer o JOIN work_item w ON w.id = o.work_item_id
         WHERE o.account_id = $1 AND o.medium = 'text' AND o.id >= $2 AND o.id < $3
           AND COALESCE(o.accepted_at, o.ended_at) >= $4 AND COALESCE(o.accepted_at, o.ended_at) < $5
         ORDER BY o.offered_at, o.id LIMIT $6",
        account.0,
        first,
        end,
        from.0,
        to.0,
        limit
    )?;
    Ok(found.into_iter().map(part).collect())
}

/// Shares of calls that ended since a moment and of which nobody said what they were about, by agent and queue.
pub async fn unfilled(
    tx: &mut Tx,
    account: AccountId,
    since: Timestamp,
) -> Result<Vec<(AgentId, QueueId, i64)>, StoreError> {
    let found: Vec<(Uuid, Uuid, i64)> = rows!(
        tx,
        "SELECT p.agent_id, p.queue_id, COUNT(*) FROM participation p
         WHERE p.account_id = $1 AND p.call_id IS NOT NULL AND p.queue_id IS NOT NULL AND p.ended_at >= $2
           AND NOT EXISTS (SELECT 1 FROM disposition d WHERE d.participation_id = p.id)
         GROUP BY p.agent_id, p.queue_id ORDER BY p.agent_id, p.queue_id",
        account.0,
        since.0
    )?;
    Ok(found.into_iter().map(|(agent, queue, n)| (AgentId(agent), QueueId(queue), n)).collect())
}

/// Conversations by text that began in the period, in their order, with their inboxes; how soon these promise an answer is not said.
pub async fn first_answers(
    tx: &mut Tx,
    account: AccountId,
    (from, to): (Timestamp, Timestamp),
    limit: i64,
) -> Result<Vec<(Option<InboxId>, FirstAnswer)>, StoreError> {
    type Row = (Uuid, Option<Uuid>, Uuid, i64, Option<i64>, Option<i64>, Option<Uuid>);
    let (first, end) = ids_of((from, to));
    let found: Vec<Row> = rows!(
        tx,
        "SELECT c.id, c.inbox_id, t.queue_id, c.opened_at, c.closed_at, m.at, m.agent_id
         FROM conversation c JOIN text_matter t ON t.conversation_id = c.id
         LEFT JOIN message m ON m.conversation_id = c.id AND m.seq = (SELECT MIN(n.seq) FROM message n
            WHERE n.conversation_id = c.id AND n.kind = 'message' AND n.speaker = 'agent')
         WHERE c.account_id = $1 AND c.id >= $2 AND c.id < $3 AND c.opened_at >= $4 AND c.opened_at < $5
         ORDER BY c.opened_at, c.id LIMIT $6",
        account.0,
        first,
        end,
        from.0,
        to.0,
        limit
    )?;
    let row = |(conversation, inbox, queue, at, closed, answered, agent): Row| {
        let answer = FirstAnswer {
            conversation: ConversationId(conversation),
            queue: QueueId(queue),
            agent: agent.map(AgentId),
            at: Timestamp(at),
            answered_at: answered.map(Timestamp),
            closed_at: closed.map(Timestamp),
            within: None,
        };
        (inbox.map(InboxId), answer)
    };
    Ok(found.into_iter().map(row).collect())
}

/// What entered a queue in the period, in their order. What is meant for one colleague waits in none, and who keeps their place or is
/// called back goes on waiting by another work item.
pub async fn first_offers(
    tx: &mut Tx,
    account: AccountId,
    (from, to): (Timestamp, Timestamp),
    limit: i64,
) -> Result<Vec<FirstOffer>, StoreError> {
    type Row = (Uuid, Option<Uuid>, Uuid, i64, Option<i64>, Option<i64>, bool);
    let (first, end) = ids_of((from, to));
    let found: Vec<Row> = rows!(
        tx,
        "SELECT w.conversation_id, w.call_id, w.queue_id, w.enqueued_at, w.left_at,
                (SELECT MIN(o.offered_at) FROM offer o WHERE o.work_item_id = w.id), COALESCE(k.vip, FALSE)
         FROM work_item w JOIN conversation c ON c.id = w.conversation_id LEFT JOIN contact k ON k.id = c.contact_id
         WHERE w.account_id = $1 AND w.id >= $2 AND w.id < $3 AND w.enqueued_at >= $4 AND w.enqueued_at < $5
           AND w.sought_agent IS NULL AND COALESCE(w.outcome, '') <> 'called_back' ORDER BY w.enqueued_at, w.id LIMIT $6",
        account.0,
        first,
        end,
        from.0,
        to.0,
        limit
    )?;
    let row = |(conversation, call, queue, at, left, offered, vip): Row| FirstOffer {
        conversation: ConversationId(conversation),
        call: call.map(CallId),
        queue: QueueId(queue),
        at: Timestamp(at),
        offered_at: offered.map(Timestamp),
        left_at: left.map(Timestamp),
        vip,
    };
    Ok(found.into_iter().map(row).collect())
}

/// Texts that entered a queue in the period, in their order, until somebody took them. What was passed on to one colleague waited in none.
pub async fn text_stays(
    tx: &mut Tx,
    account: AccountId,
    (from, to): (Timestamp, Timestamp),
    limit: i64,
) -> Result<Vec<Stay>, StoreError> {
    type Row = (Uuid, Uuid, i64, Option<i64>, Option<i64>, Option<String>);
    let (first, end) = ids_of((from, to));
    let found: Vec<Row> = rows!(
        tx,
        "SELECT w.conversation_id, w.queue_id, w.enqueued_at,
                (SELECT MIN(o.accepted_at) FROM offer o WHERE o.work_item_id = w.id), w.left_at, w.outcome
         FROM work_item w LEFT JOIN transfer t ON t.id = w.transfer_id
         WHERE w.account_id = $1 AND w.medium = 'text' AND w.id >= $2 AND w.id < $3 AND w.enqueued_at >= $4 AND w.enqueued_at < $5
           AND w.sought_agent IS NULL AND (t.target IS NULL OR t.target <> 'agent') ORDER BY w.enqueued_at, w.id LIMIT $6",
        account.0,
        first,
        end,
        from.0,
        to.0,
        limit
    )?;
    let row = |(conversation, queue, at, taken, left, outcome): Row| Stay {
        conversation: ConversationId(conversation),
        call: None,
        queue: QueueId(queue),
        at: Timestamp(at),
        left_at: taken.or(left).map(Timestamp),
        outcome: match taken {
            Some(_) => Some(WorkOutcome::Served),
            None => outcome.as_deref().and_then(WorkOutcome::parse),
        },
    };
    Ok(found.into_iter().map(row).collect())
}

/// What was made within a day of a period has an id between these: ids sort by their time, and their tables by ids.
fn ids_of((from, to): (Timestamp, Timestamp)) -> (Uuid, Uuid) {
    let day = i64::try_from(LONGEST_CALL.as_micros()).unwrap_or(0);
    (id_at(Timestamp(from.0.saturating_sub(day))), id_at(Timestamp(to.0.saturating_add(day))))
}

/// The first id of its millisecond.
pub(crate) fn id_at(at: Timestamp) -> Uuid {
    let ms = u64::try_from(at.as_millis()).unwrap_or(0).min((1 << 48) - 1);
    uuid::Builder::from_unix_timestamp_millis(ms, &[0; 10]).into_uuid()
}

/// Where a conversation came by, and with whom it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    pub channel: Channel,
    pub inbox: Option<InboxId>,
    pub contact: Option<ContactId>,
}

/// Of these conversations.
pub async fn origins(
    tx: &mut Tx,
    account: AccountId,
    conversations: &[ConversationId],
) -> Result<BTreeMap<ConversationId, Origin>, StoreError> {
    let ids = json(&conversations.iter().map(|c| Id(c.0)).collect::<Vec<_>>());
    let found: Vec<(Uuid, String, Option<Uuid>, Option<Uuid>)> = rows!(
        tx,
        sqlite: "SELECT id, channel, inbox_id, contact_id FROM conversation
                 WHERE account_id = $1 AND id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "SELECT id, channel, inbox_id, contact_id FROM conversation
                 WHERE account_id = $1 AND id IN (SELECT v::uuid FROM jsonb_array_elements_text($2::jsonb) v)",
        account.0,
        ids
    )?;
    let row = |(id, channel, inbox, contact): (Uuid, String, Option<Uuid>, Option<Uuid>)| {
        let channel = Channel::parse(&channel).ok_or_else(|| StoreError::unreadable("channel", &channel))?;
        let (inbox, contact) = (inbox.map(InboxId), contact.map(ContactId));
        Ok((ConversationId(id), Origin { channel, inbox, contact }))
    };
    found.into_iter().map(row).collect()
}
