//! Reading conversations, as far as a scope reaches. What it does not allow, the query does not return.

mod lines;

pub use lines::{MessageView, messages, newest_before};

use crate::accounts::open_text;
use crate::batch::{Id, json};
use crate::conversation_faces::{LastText, last_texts, names};
use crate::journal::{Parties, event_row};
use crate::{StoreError, Tx, tags};
use ringdesk_model::{
    AccountId, AgentId, CallId, Channel, ContactId, ConversationId, InboxId, ParticipationId, Pii, QueueId, Scope,
    TagId, Timestamp,
};
use ringdesk_vault::{AccountKey, Place};
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use uuid::Uuid;

/// A conversation with what belongs to it.
#[derive(Clone, Debug)]
pub struct ConversationView {
    pub id: ConversationId,
    pub channel: Channel,
    pub contact: Option<ContactId>,
    /// What they are called, where somebody knows.
    pub contact_name: Option<Pii<String>>,
    pub inbox: Option<InboxId>,
    pub inbox_name: Option<String>,
    pub opened_at: Timestamp,
    pub closed_at: Option<Timestamp>,
    /// Number of the last message.
    pub last_seq: i64,
    /// Where it is written.
    pub last_text: Option<LastText>,
    pub calls: Vec<CallView>,
    pub participations: Vec<ParticipationView>,
    pub tags: BTreeSet<TagId>,
}

#[derive(Clone, Debug)]
pub struct CallView {
    pub id: CallId,
    pub conversation: ConversationId,
    pub direction: String,
    pub origin: String,
    pub parties: Parties,
    pub started_at: Timestamp,
    pub answered_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub cause: Option<String>,
    pub ended_by: Option<String>,
    /// The call sheet as it was last written; JSON.
    pub sheet: Option<Pii<String>>,
}

#[derive(Clone, Debug)]
pub struct ParticipationView {
    pub id: ParticipationId,
    pub conversation: ConversationId,
    pub call: Option<CallId>,
    pub agent: AgentId,
    pub queue: Option<QueueId>,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub hold_us: i64,
    pub disposition: Option<String>,
}

#[derive(Clone, Debug)]
pub struct CallEventView {
    pub n: i64,
    pub at: Timestamp,
    pub kind: String,
    /// JSON.
    pub payload: Pii<String>,
}

#[derive(sqlx::FromRow)]
pub(crate) struct ConversationRow {
    id: Uuid,
    channel: String,
    contact_id: Option<Uuid>,
    inbox_id: Option<Uuid>,
    inbox_name: Option<String>,
    opened_at: i64,
    closed_at: Option<i64>,
    seq: i64,
}

#[derive(sqlx::FromRow)]
struct CallRow {
    id: Uuid,
    conversation_id: Uuid,
    direction: String,
    origin: String,
    parties_sealed: Vec<u8>,
    started_at: i64,
    answered_at: Option<i64>,
    ended_at: Option<i64>,
    cause: Option<String>,
    ended_by: Option<String>,
    sheet_sealed: Option<Vec<u8>>,
}

/// `None` also when it is there, but not for this reader.
pub async fn get(
    tx: &mut Tx,
    key: &AccountKey,
    scope: &Scope,
    id: ConversationId,
) -> Result<Option<ConversationView>, StoreError> {
    same_account(key, scope)?;
    let found: Vec<ConversationRow> = rows!(
        tx,
        "SELECT c.id, c.channel, c.contact_id, c.inbox_id, n.name AS inbox_name, c.opened_at, c.closed_at, c.seq
         FROM conversation c LEFT JOIN inbox n ON n.id = c.inbox_id
         WHERE c.account_id = $1 AND c.id = $2
           AND ($3 OR EXISTS (SELECT 1 FROM participation p WHERE p.conversation_id = c.id AND p.agent_id = $4))",
        key.account().0,
        id.0,
        scope.everyone,
        scope.agent.map(|a| a.0)
    )?;
    Ok(with_parts(tx, key, found).await?.pop())
}

/// Who has a part in these conversations, and whether they have it now.
pub async fn agents_of(
    tx: &mut Tx,
    account: AccountId,
    conversations: &[ConversationId],
) -> Result<Vec<(ConversationId, AgentId, bool)>, StoreError> {
    let ids = json(&conversations.iter().map(|c| Id(c.0)).collect::<Vec<_>>());
    let found: Vec<(Uuid, Uuid, i64)> = rows!(
        tx,
        sqlite: "SELECT conversation_id, agent_id, COUNT(*) - COUNT(ended_at) AS open FROM participation WHERE account_id = $1
                 AND conversation_id IN (SELECT unhex(value) FROM json_each($2)) GROUP BY conversation_id, agent_id",
        postgres: "SELECT conversation_id, agent_id, COUNT(*) - COUNT(ended_at) AS open FROM participation WHERE account_id = $1
                 AND conversation_id IN (SELECT v::uuid FROM jsonb_array_elements_text($2::jsonb) v)
                 GROUP BY conversation_id, agent_id",
        account.0,
        ids
    )?;
    let part = |(conversation, agent, open)| (ConversationId(conversation), AgentId(agent), open > 0);
    Ok(found.into_iter().map(part).collect())
}

/// Does this agent talk in this call, now?
pub async fn talks_in(tx: &mut Tx, account: AccountId, agent: AgentId, call: CallId) -> Result<bool, StoreError> {
    let found: Option<(i64,)> = row!(
        tx,
        "SELECT COUNT(*) FROM participation WHERE account_id = $1 AND agent_id = $2 AND call_id = $3 AND ended_at IS NULL",
        account.0,
        agent.0,
        call.0
    )?;
    Ok(found.is_some_and(|(count,)| count > 0))
}

/// Has this agent talked in this call, or do they now?
pub async fn talked_in(tx: &mut Tx, account: AccountId, agent: AgentId, call: CallId) -> Result<bool, StoreError> {
    let found: Option<(i64,)> = row!(
        tx,
        "SELECT COUNT(*) FROM participation WHERE account_id = $1 AND agent_id = $2 AND call_id = $3",
        account.0,
        agent.0,
        call.0
    )?;
    Ok(found.is_some_and(|(count,)| count > 0))
}

/// The newest conversation with this contact that the reader may see.
pub async fn newest_with(tx: &mut Tx, scope: &Scope, contact: ContactId) -> Result<Option<ConversationId>, StoreError> {
    let found: Option<(Uuid,)> = row!(
        tx,
        "SELECT c.id FROM conversation c WHERE c.account_id = $1 AND c.contact_id = $2
           AND EXISTS (SELECT 1 FROM call k WHERE k.conversation_id = c.id)
           AND ($3 OR EXISTS (SELECT 1 FROM participation p WHERE p.conversation_id = c.id AND p.agent_id = $4))
         ORDER BY c.id DESC LIMIT 1",
        scope.account.0,
        contact.0,
        scope.everyone,
        scope.agent.map(|a| a.0)
    )?;
    Ok(found.map(|(id,)| ConversationId(id)))
}

/// The agents who talk in this call now, whoever came first before the others.
pub async fn who_talks_in(tx: &mut Tx, account: AccountId, call: CallId) -> Result<Vec<AgentId>, StoreError> {
    let found: Vec<(Uuid,)> = rows!(
        tx,
        "SELECT agent_id FROM participation WHERE account_id = $1 AND call_id = $2 AND ended_at IS NULL
         ORDER BY started_at, id",
        account.0,
        call.0
    )?;
    Ok(found.into_iter().map(|(agent,)| AgentId(agent)).collect())
}

/// Had this agent a part in this call, or is it one of their queues?
pub async fn is_known_to(tx: &mut Tx, account: AccountId, agent: AgentId, call: CallId) -> Result<bool, StoreError> {
    let found: Option<(i64,)> = row!(
        tx,
        "SELECT COUNT(*) FROM participation p WHERE p.account_id = $1 AND p.call_id = $3
           AND (p.agent_id = $2 OR p.queue_id IN (SELECT q.queue_id FROM queue_agent q WHERE q.agent_id = $2))",
        account.0,
        agent.0,
        call.0
    )?;
    Ok(found.is_some_and(|(count,)| count > 0))
}

/// Everything that happened in a call, in order.
pub async fn call_events(
    tx: &mut Tx,
    key: &AccountKey,
    scope: &Scope,
    call: CallId,
) -> Result<Vec<CallEventView>, StoreError> {
    same_account(key, scope)?;
    let found: Vec<(i64, i64, String, Vec<u8>)> = rows!(
        tx,
        "SELECT e.n, e.at, e.kind, e.payload_sealed FROM call_event e JOIN call c ON c.id = e.call_id
         WHERE e.call_id = $2 AND c.account_id = $1
           AND ($3 OR EXISTS (SELECT 1 FROM participation p WHERE p.conversation_id = c.conversation_id AND p.agent_id = $4))
         ORDER BY e.n",
        key.account().0,
        call.0,
        scope.everyone,
        scope.agent.map(|a| a.0)
    )?;
    let event = |(n, at, kind, payload): (i64, i64, String, Vec<u8>)| {
        let row = event_row(call, n);
        let payload = Pii::new(open_text(key, Place::new("call_event", "payload", &row), &payload)?);
        Ok(CallEventView { n, at: Timestamp(at), kind, payload })
    };
    found.into_iter().map(event).collect()
}

/// A reader of one account never gets the key of another.
pub(crate) fn same_account(key: &AccountKey, scope: &Scope) -> Result<(), StoreError> {
    (key.account() == scope.account).then_some(()).ok_or(StoreError::UnknownAccount(scope.account))
}

pub(crate) async fn with_parts(
    tx: &mut Tx,
    key: &AccountKey,
    found: Vec<ConversationRow>,
) -> Result<Vec<ConversationView>, StoreError> {
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let ids = json(&found.iter().map(|row| Id(row.id)).collect::<Vec<_>>());
    let calls: Vec<CallRow> = rows!(
        tx,
        sqlite: "SELECT id, conversation_id, direction, origin, parties_sealed, started_at, answered_at, ended_at, cause, ended_by,
              sheet_sealed FROM call WHERE conversation_id IN (SELECT unhex(value) FROM json_each($1)) ORDER BY id",
        postgres: "SELECT id, conversation_id, direction, origin, parties_sealed, started_at, answered_at, ended_at, cause, ended_by,
              sheet_sealed FROM call WHERE conversation_id IN (SELECT v::uuid FROM jsonb_array_elements_text($1::jsonb) v) ORDER BY id",
        ids.as_str()
    )?;
    type Part = (Uuid, Uuid, Option<Uuid>, Uuid, Option<Uuid>, i64, Option<i64>, i64, Option<String>);
    let parts: Vec<Part> = rows!(
        tx,
        sqlite: "SELECT p.id, p.conversation_id, p.call_id, p.agent_id, p.queue_id, p.started_at, p.ended_at, p.hold_us, d.code
            FROM participation p LEFT JOIN disposition d ON d.participation_id = p.id
            WHERE p.conversation_id IN (SELECT unhex(value) FROM json_each($1)) ORDER BY p.started_at, p.id",
        postgres: "SELECT p.id, p.conversation_id, p.call_id, p.agent_id, p.queue_id, p.started_at, p.ended_at, p.hold_us, d.code
            FROM participation p LEFT JOIN disposition d ON d.participation_id = p.id
            WHERE p.conversation_id IN (SELECT v::uuid FROM jsonb_array_elements_text($1::jsonb) v) ORDER BY p.started_at, p.id",
        ids.as_str()
    )?;
    let of: Vec<ConversationId> = found.iter().map(|row| ConversationId(row.id)).collect();
    let mut marked = tags::of(tx, key.account(), &of).await?;
    let contacts: Vec<ContactId> = found.iter().filter_map(|row| row.contact_id.map(ContactId)).collect();
    let names = names(tx, key, &contacts).await?;
    let mut texts = last_texts(tx, key, &of).await?;
    let mut calls = calls.into_iter().map(|row| call(key, row)).collect::<Result<Vec<_>, StoreError>>()?;
    let part = |(id, conversation, call, agent, queue, started, ended, hold_us, disposition): Part| ParticipationView {
        id: ParticipationId(id),
        conversation: ConversationId(conversation),
        call: call.map(CallId),
        agent: AgentId(agent),
        queue: queue.map(QueueId),
        started_at: Timestamp(started),
        ended_at: ended.map(Timestamp),
        hold_us,
        disposition,
    };
    let mut parts: Vec<ParticipationView> = parts.into_iter().map(part).collect();
    let view = |row: ConversationRow| {
        let id = ConversationId(row.id);
        Ok(ConversationView {
            id,
            channel: Channel::parse(&row.channel).ok_or_else(|| StoreError::unreadable("channel", &row.channel))?,
            contact: row.contact_id.map(ContactId),
            contact_name: row.contact_id.and_then(|id| names.get(&ContactId(id))).cloned(),
            inbox: row.inbox_id.map(InboxId),
            inbox_name: row.inbox_name,
            opened_at: Timestamp(row.opened_at),
            closed_at: row.closed_at.map(Timestamp),
            last_seq: row.seq,
            last_text: texts.remove(&id),
            calls: calls.extract_if(.., |c| c.conversation == id).collect(),
            participations: parts.extract_if(.., |p| p.conversation == id).collect(),
            tags: marked.remove(&id).unwrap_or_default(),
        })
    };
    found.into_iter().map(view).collect()
}

fn call(key: &AccountKey, row: CallRow) -> Result<CallView, StoreError> {
    let sheet = match row.sheet_sealed {
        Some(sealed) => Some(Pii::new(open_text(key, Place::new("call", "sheet", row.id.as_bytes()), &sealed)?)),
        None => None,
    };
    Ok(CallView {
        parties: open_json(key, Place::new("call", "parties", row.id.as_bytes()), &row.parties_sealed)?,
        sheet,
        id: CallId(row.id),
        conversation: ConversationId(row.conversation_id),
        direction: row.direction,
        origin: row.origin,
        started_at: Timestamp(row.started_at),
        answered_at: row.answered_at.map(Timestamp),
        ended_at: row.ended_at.map(Timestamp),
        cause: row.cause,
        ended_by: row.ended_by,
    })
}

fn open_json<T: DeserializeOwned>(key: &AccountKey, place: Place, sealed: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(&key.open(place, sealed)?).map_err(|e| StoreError::unreadable(place.table, e))
}
