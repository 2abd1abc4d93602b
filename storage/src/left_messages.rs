//! Messages that callers left: where each is heard, who sees to it, and whether that is done.

use crate::accounts::open_text;
use crate::batch::{Id, json};
use crate::journal::Parties;
use crate::outbox::NewEvent;
use crate::{StoreError, Tx};
use ringdesk_model::{
    AccountId, AgentId, CallId, ConversationId, LeftMessageId, ParticipationId, Pii, QueueId, RecordingId, Scope,
    Timestamp,
};
use ringdesk_vault::{AccountKey, Place};
use serde::Serialize;
use std::collections::BTreeMap;
use uuid::Uuid;

/// How far a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LeftMessageState {
    /// Nobody sees to it.
    Open,
    Claimed,
    Closed,
}

impl LeftMessageState {
    pub const ALL: [LeftMessageState; 3] =
        [LeftMessageState::Open, LeftMessageState::Claimed, LeftMessageState::Closed];

    pub const fn as_str(self) -> &'static str {
        match self {
            LeftMessageState::Open => "open",
            LeftMessageState::Claimed => "claimed",
            LeftMessageState::Closed => "closed",
        }
    }

    pub fn parse(name: &str) -> Option<LeftMessageState> {
        LeftMessageState::ALL.into_iter().find(|s| s.as_str() == name)
    }
}

/// A message, as part of a set.
#[derive(Clone, Copy, Debug)]
pub struct NewLeftMessage {
    pub id: LeftMessageId,
    pub conversation: ConversationId,
    pub call: CallId,
    /// Whose agents are to hear of it.
    pub queue: Option<QueueId>,
    /// Where it is heard; `None`: nowhere.
    pub recording: Option<RecordingId>,
    pub from_ms: i64,
    pub to_ms: i64,
    pub at: Timestamp,
}

#[derive(Clone, Debug)]
pub struct LeftMessageView {
    pub id: LeftMessageId,
    pub conversation: ConversationId,
    pub call: CallId,
    pub queue: Option<QueueId>,
    pub left_at: Timestamp,
    pub recording: Option<RecordingId>,
    pub from_ms: i64,
    pub to_ms: i64,
    pub state: LeftMessageState,
    /// Who sees to it or did.
    pub agent: Option<AgentId>,
    pub participation: Option<ParticipationId>,
    pub claimed_at: Option<Timestamp>,
    pub closed_at: Option<Timestamp>,
    /// Who called whom.
    pub parties: Parties,
}

/// Which messages.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// `None`: all that are not closed.
    pub state: Option<LeftMessageState>,
    pub queue: Option<QueueId>,
    pub agent: Option<AgentId>,
    /// The last one of the page before.
    pub before: Option<LeftMessageId>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    conversation_id: Uuid,
    call_id: Uuid,
    queue_id: Option<Uuid>,
    left_at: i64,
    recording_id: Option<Uuid>,
    from_ms: i64,
    to_ms: i64,
    state: String,
    agent_id: Option<Uuid>,
    participation_id: Option<Uuid>,
    claimed_at: Option<i64>,
    closed_at: Option<i64>,
    parties_sealed: Vec<u8>,
}

/// How many messages are not closed, by whose they are: a queue's, and the agent's who has them.
pub async fn unclosed(
    tx: &mut Tx,
    account: AccountId,
) -> Result<Vec<(Option<QueueId>, Option<AgentId>, i64)>, StoreError> {
    let found: Vec<(Option<Uuid>, Option<Uuid>, i64)> = rows!(
        tx,
        "SELECT queue_id, CASE WHEN state = 'claimed' THEN agent_id END AS agent, COUNT(*) FROM left_message
         WHERE account_id = $1 AND state <> 'closed' GROUP BY 1, 2 ORDER BY 1, 2",
        account.0
    )?;
    Ok(found.into_iter().map(|(queue, agent, count)| (queue.map(QueueId), agent.map(AgentId), count)).collect())
}

/// Newest first. An agent sees those of their queues that nobody has, and those that are or were theirs; who sees everybody's
/// conversations sees all.
pub async fn list(
    tx: &mut Tx,
    key: &AccountKey,
    scope: &Scope,
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<LeftMessageView>, StoreError> {
    let found: Vec<Row> = rows!(
        tx,
        "SELECT m.id, m.conversation_id, m.call_id, m.queue_id, m.left_at, m.recording_id, m.from_ms, m.to_ms, m.state,
                m.agent_id, m.participation_id, m.claimed_at, m.closed_at, c.parties_sealed
         FROM left_message m JOIN call c ON c.id = m.call_id
         WHERE m.account_id = $1 AND m.id < $2 AND (m.state = $3 OR ($3 IS NULL AND m.state <> 'closed'))
           AND (m.queue_id = $4 OR $4 IS NULL) AND (m.agent_id = $5 OR $5 IS NULL)
           AND ($6 OR m.agent_id = $7
                OR (m.state = 'open' AND m.queue_id IN (SELECT q.queue_id FROM queue_agent q WHERE q.agent_id = $7)))
         ORDER BY m.id DESC LIMIT $8",
        key.account().0,
        wanted.before.map_or(Uuid::max(), |b| b.0),
        wanted.state.map(LeftMessageState::as_str),
        wanted.queue.map(|q| q.0),
        wanted.agent.map(|a| a.0),
        scope.everyone,
        scope.agent.map(|a| a.0),
        limit
    )?;
    found.into_iter().map(|row| view(key, row)).collect()
}

/// One, for this reader; of an agent's queues also those that a colleague has, so that they can be told so.
pub async fn get(
    tx: &mut Tx,
    key: &AccountKey,
    scope: &Scope,
    id: LeftMessageId,
) -> Result<Option<LeftMessageView>, StoreError> {
    let found: Option<Row> = row!(
        tx,
        "SELECT m.id, m.conversation_id, m.call_id, m.queue_id, m.left_at, m.recording_id, m.from_ms, m.to_ms, m.state,
                m.agent_id, m.participation_id, m.claimed_at, m.closed_at, c.parties_sealed
         FROM left_message m JOIN call c ON c.id = m.call_id
         WHERE m.account_id = $1 AND m.id = $2
           AND ($3 OR m.agent_id = $4 OR m.queue_id IN (SELECT q.queue_id FROM queue_agent q WHERE q.agent_id = $4))",
        key.account().0,
        id.0,
        scope.everyone,
        scope.agent.map(|a| a.0)
    )?;
    found.map(|row| view(key, row)).transpose()
}

/// Who has it from now on. False: it was not in this state (and, if claimed, not theirs `whose`).
pub async fn claim(
    tx: &mut Tx,
    now: Timestamp,
    account: AccountId,
    id: LeftMessageId,
    whose: Option<AgentId>,
    (agent, participation): (AgentId, ParticipationId),
) -> Result<bool, StoreError> {
    let changed = exec!(
        tx,
        "UPDATE left_message SET state = 'claimed', agent_id = $4, participation_id = $5, claimed_at = $6
         WHERE id = $1 AND account_id = $2
           AND ((state = 'claimed' AND agent_id = $3) OR (state = 'open' AND $3 IS NULL))",
        id.0,
        account.0,
        whose.map(|a| a.0),
        agent.0,
        participation.0,
        now.0
    )?;
    Ok(changed == 1)
}

/// Nobody has it any more. False: this agent had it not.
pub async fn release(tx: &mut Tx, account: AccountId, id: LeftMessageId, whose: AgentId) -> Result<bool, StoreError> {
    let changed = exec!(
        tx,
        "UPDATE left_message SET state = 'open', agent_id = NULL, participation_id = NULL, claimed_at = NULL
         WHERE id = $1 AND account_id = $2 AND state = 'claimed' AND agent_id = $3",
        id.0,
        account.0,
        whose.0
    )?;
    Ok(changed == 1)
}

/// It is done. False: this agent had it not.
pub async fn close(
    tx: &mut Tx,
    now: Timestamp,
    account: AccountId,
    id: LeftMessageId,
    whose: AgentId,
) -> Result<bool, StoreError> {
    let changed = exec!(
        tx,
        "UPDATE left_message SET state = 'closed', closed_at = $4
         WHERE id = $1 AND account_id = $2 AND state = 'claimed' AND agent_id = $3",
        id.0,
        account.0,
        whose.0,
        now.0
    )?;
    Ok(changed == 1)
}

/// How much of a conversation is still to be seen to: its messages that are not closed, and its calls that go on.
pub async fn unfinished(tx: &mut Tx, account: AccountId, conversation: ConversationId) -> Result<i64, StoreError> {
    let found: Option<(i64,)> = row!(
        tx,
        "SELECT (SELECT COUNT(*) FROM left_message WHERE account_id = $1 AND conversation_id = $2 AND state <> 'closed')
              + (SELECT COUNT(*) FROM call WHERE account_id = $1 AND conversation_id = $2 AND ended_at IS NULL)",
        account.0,
        conversation.0
    )?;
    Ok(found.map_or(0, |(count,)| count))
}

/// Does this agent see to a message in this recording?
pub async fn hears(
    tx: &mut Tx,
    account: AccountId,
    agent: AgentId,
    recording: RecordingId,
) -> Result<bool, StoreError> {
    let found: Option<(i64,)> = row!(
        tx,
        "SELECT COUNT(*) FROM left_message WHERE account_id = $1 AND recording_id = $2 AND agent_id = $3 AND state <> 'open'",
        account.0,
        recording.0,
        agent.0
    )?;
    Ok(found.is_some_and(|(count,)| count > 0))
}

/// What a crash left of a recording is known: its messages end where it ends.
pub async fn cut(tx: &mut Tx, account: AccountId, recording: RecordingId, ends_ms: i64) -> Result<(), StoreError> {
    let cut: Vec<(Uuid, i64)> = rows!(
        tx,
        "UPDATE left_message SET to_ms = CASE WHEN from_ms > $3 THEN from_ms ELSE $3 END
         WHERE account_id = $1 AND recording_id = $2 AND to_ms > $3 RETURNING conversation_id, from_ms",
        account.0,
        recording.0,
        ends_ms
    )?;
    for (conversation, from_ms) in cut {
        exec!(
            tx,
            "UPDATE message SET end_ms = CASE WHEN start_ms > $3 THEN start_ms ELSE $3 END
             WHERE conversation_id = $1 AND kind = 'voicemail' AND start_ms = $2",
            conversation,
            from_ms,
            ends_ms
        )?;
    }
    Ok(())
}

/// What was said in a message, as far as it is known: lines of the caller, and how far their transcript is.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// Of the best transcript of its recording; `None`: nobody has listened yet.
    pub state: Option<String>,
    pub text: Pii<String>,
}

/// The words of these messages, by recording: of the transcript that counts, and no more than `limit` lines of each.
pub async fn words(
    tx: &mut Tx,
    key: &AccountKey,
    messages: &[LeftMessageView],
    limit: i64,
) -> Result<BTreeMap<LeftMessageId, Heard>, StoreError> {
    #[derive(Serialize)]
    struct Stretch {
        id: Id,
        recording: Id,
        conversation: Id,
        from: i64,
        to: i64,
    }
    let place = |m: &LeftMessageView| {
        let (id, conversation) = (Id(m.id.0), Id(m.conversation.0));
        Some(Stretch { id, recording: Id(m.recording?.0), conversation, from: m.from_ms, to: m.to_ms })
    };
    let places: Vec<Stretch> = messages.iter().filter_map(place).collect();
    let mut heard: BTreeMap<LeftMessageId, Heard> = BTreeMap::new();
    if places.is_empty() {
        return Ok(heard);
    }
    let places = json(&places);
    // The newest that was not replaced by a better one: passes are made one after the other.
    let states: Vec<(Uuid, String)> = rows!(
        tx,
        sqlite: "SELECT unhex(r.value->>'id'), t.state FROM jsonb_each($2) r CROSS JOIN transcript t
            ON t.conversation_id = unhex(r.value->>'conversation') AND t.recording_id = unhex(r.value->>'recording')
            WHERE t.account_id = $1 AND t.state <> 'superseded' ORDER BY t.id",
        postgres: "SELECT r.id, t.state FROM jsonb_to_recordset($2::jsonb) AS r(id uuid, recording uuid, conversation uuid)
            JOIN transcript t ON t.conversation_id = r.conversation AND t.recording_id = r.recording
            WHERE t.account_id = $1 AND t.state <> 'superseded' ORDER BY t.id",
        key.account().0,
        places.as_str()
    )?;
    for (id, state) in states {
        heard.entry(LeftMessageId(id)).or_default().state = Some(state);
    }
    let lines: Vec<(Uuid, Uuid, Vec<u8>)> = rows!(
        tx,
        sqlite: "SELECT unhex(r.value->>'id'), m.id, m.text_sealed FROM jsonb_each($2) r
            CROSS JOIN transcript t ON t.conversation_id = unhex(r.value->>'conversation')
              AND t.recording_id = unhex(r.value->>'recording')
            CROSS JOIN message m ON m.conversation_id = t.conversation_id AND m.transcript_id = t.id
            WHERE t.account_id = $1 AND t.state <> 'superseded' AND m.kind = 'speech' AND m.speaker = 'contact'
              AND m.start_ms < r.value->>'to' AND m.end_ms > r.value->>'from'
            ORDER BY m.start_ms, m.seq LIMIT $3",
        postgres: "SELECT r.id, m.id, m.text_sealed
            FROM jsonb_to_recordset($2::jsonb) AS r(id uuid, recording uuid, conversation uuid, \"from\" bigint, \"to\" bigint)
            JOIN transcript t ON t.conversation_id = r.conversation AND t.recording_id = r.recording
            JOIN message m ON m.conversation_id = t.conversation_id AND m.transcript_id = t.id
            WHERE t.account_id = $1 AND t.state <> 'superseded' AND m.kind = 'speech' AND m.speaker = 'contact'
              AND m.start_ms < r.\"to\" AND m.end_ms > r.\"from\"
            ORDER BY m.start_ms, m.seq LIMIT $3",
        key.account().0,
        places.as_str(),
        limit
    )?;
    for (id, line, sealed) in lines {
        let words = open_text(key, Place::new("message", "text", line.as_bytes()), &sealed)?;
        let text = &mut heard.entry(LeftMessageId(id)).or_default().text;
        let mut all = std::mem::take(text).into_inner();
        if !all.is_empty() {
            all.push(' ');
        }
        all.push_str(&words);
        *text = Pii::new(all);
    }
    Ok(heard)
}

/// The events for agents who come to work and find messages in their queues that nobody has. Asked before their presence
/// is written.
pub(crate) async fn alerts(
    tx: &mut Tx,
    account: AccountId,
    coming: &BTreeMap<AgentId, Timestamp>,
) -> Result<Vec<NewEvent>, StoreError> {
    if coming.is_empty() {
        return Ok(Vec::new());
    }
    let ids = json(&coming.keys().map(|a| Id(a.0)).collect::<Vec<_>>());
    let found: Vec<(Uuid, Uuid, i64, i64)> = rows!(
        tx,
        sqlite: "SELECT a.id, m.queue_id, COUNT(*), MAX(m.left_at) FROM jsonb_each($2) r
            CROSS JOIN agent a ON a.id = unhex(r.value)
            CROSS JOIN queue_agent q ON q.agent_id = a.id
            CROSS JOIN left_message m ON m.account_id = a.account_id AND m.queue_id = q.queue_id AND m.state = 'open'
            WHERE a.account_id = $1 AND a.presence = 'logged_out' GROUP BY a.id, m.queue_id ORDER BY a.id, m.queue_id",
        postgres: "SELECT a.id, m.queue_id, COUNT(*), MAX(m.left_at) FROM jsonb_array_elements_text($2::jsonb) r(v)
            JOIN agent a ON a.id = r.v::uuid
            JOIN queue_agent q ON q.agent_id = a.id
            JOIN left_message m ON m.account_id = a.account_id AND m.queue_id = q.queue_id AND m.state = 'open'
            WHERE a.account_id = $1 AND a.presence = 'logged_out' GROUP BY a.id, m.queue_id ORDER BY a.id, m.queue_id",
        account.0,
        ids
    )?;
    let mut queues: BTreeMap<Uuid, Vec<serde_json::Value>> = BTreeMap::new();
    for (agent, queue, open, newest) in found {
        let of =
            serde_json::json!({ "queue": QueueId(queue), "open": open, "newest_at": Timestamp(newest).as_millis() });
        queues.entry(agent).or_default().push(of);
    }
    let event = |(agent, queues): (Uuid, Vec<serde_json::Value>)| {
        let open: i64 = queues.iter().filter_map(|q| q["open"].as_i64()).sum();
        let payload = serde_json::json!({ "agent": AgentId(agent), "open": open, "queues": queues });
        let at = coming.get(&AgentId(agent)).copied().unwrap_or_default();
        NewEvent { at, kind: "left_messages_waiting", payload: Pii::new(payload) }
    };
    Ok(queues.into_iter().map(event).collect())
}

/// Messages that are part of a set.
pub(crate) async fn insert(tx: &mut Tx, account: AccountId, new: &[NewLeftMessage]) -> Result<(), StoreError> {
    #[derive(Serialize)]
    struct NewRow {
        id: Id,
        conversation: Id,
        call: Id,
        queue: Option<Id>,
        at: i64,
        recording: Option<Id>,
        from: i64,
        to: i64,
    }
    if new.is_empty() {
        return Ok(());
    }
    let row = |m: &NewLeftMessage| NewRow {
        id: Id(m.id.0),
        conversation: Id(m.conversation.0),
        call: Id(m.call.0),
        queue: m.queue.map(|q| Id(q.0)),
        at: m.at.0,
        recording: m.recording.map(|r| Id(r.0)),
        from: m.from_ms,
        to: m.to_ms,
    };
    exec!(
        tx,
        sqlite: "INSERT INTO left_message
              (id, account_id, conversation_id, call_id, queue_id, left_at, recording_id, from_ms, to_ms, state)
            SELECT unhex(r.value->>'id'), $1, unhex(r.value->>'conversation'), unhex(r.value->>'call'), unhex(r.value->>'queue'),
                   r.value->>'at', unhex(r.value->>'recording'), r.value->>'from', r.value->>'to', 'open'
            FROM jsonb_each($2) r WHERE true ON CONFLICT DO NOTHING",
        postgres: "INSERT INTO left_message
              (id, account_id, conversation_id, call_id, queue_id, left_at, recording_id, from_ms, to_ms, state)
            SELECT r.id, $1::uuid, r.conversation, r.call, r.queue, r.at, r.recording, r.\"from\", r.\"to\", 'open'
            FROM jsonb_to_recordset($2::jsonb) AS r(id uuid, conversation uuid, call uuid, queue uuid, at bigint,
              recording uuid, \"from\" bigint, \"to\" bigint) ON CONFLICT DO NOTHING",
        account.0,
        json(&new.iter().map(row).collect::<Vec<_>>())
    )?;
    Ok(())
}

fn view(key: &AccountKey, row: Row) -> Result<LeftMessageView, StoreError> {
    let place = Place::new("call", "parties", row.call_id.as_bytes());
    let parties = open_text(key, place, &row.parties_sealed)?;
    Ok(LeftMessageView {
        id: LeftMessageId(row.id),
        conversation: ConversationId(row.conversation_id),
        call: CallId(row.call_id),
        queue: row.queue_id.map(QueueId),
        left_at: Timestamp(row.left_at),
        recording: row.recording_id.map(RecordingId),
        from_ms: row.from_ms,
        to_ms: row.to_ms,
        state: LeftMessageState::parse(&row.state)
            .ok_or_else(|| StoreError::unreadable("the state of a left message", &row.state))?,
        agent: row.agent_id.map(AgentId),
        participation: row.participation_id.map(ParticipationId),
        claimed_at: row.claimed_at.map(Timestamp),
        closed_at: row.closed_at.map(Timestamp),
        parties: serde_json::from_str(&parties).map_err(|e| StoreError::unreadable("the parties of a call", e))?,
    })
}
