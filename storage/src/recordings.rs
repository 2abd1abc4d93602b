//! Recordings as rows: whose sound, how far it is, the key that opens it. The sound itself is a file.

use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, CallId, ConversationId, InboxId, QueueId, RecordingId, Scope, Timestamp};
use std::fmt;
use uuid::Uuid;

/// How far a recording is. Each change is an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RecordingState {
    /// It has a key and no sound yet.
    Requested,
    Started,
    /// The call is over; the last block is being written.
    Sealing,
    /// Whole on the disk, with its hash.
    Stored,
    /// Read again from end to end: nothing was changed.
    Verified,
    /// It broke off; what was written before may still be there.
    Failed,
    /// Its key is gone.
    Erased,
}

impl RecordingState {
    pub const fn as_str(self) -> &'static str {
        match self {
            RecordingState::Requested => "requested",
            RecordingState::Started => "started",
            RecordingState::Sealing => "sealing",
            RecordingState::Stored => "stored",
            RecordingState::Verified => "verified",
            RecordingState::Failed => "failed",
            RecordingState::Erased => "erased",
        }
    }

    fn read(word: &str) -> Result<RecordingState, StoreError> {
        use RecordingState::{Erased, Failed, Requested, Sealing, Started, Stored, Verified};
        [Requested, Started, Sealing, Stored, Verified, Failed, Erased]
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or_else(|| StoreError::unreadable("state of a recording", word))
    }
}

#[derive(Clone)]
pub struct NewRecording {
    pub id: RecordingId,
    pub conversation: ConversationId,
    pub call: CallId,
    /// The recording's key, wrapped by the account's.
    pub wrapped_key: Vec<u8>,
    pub started_at: Timestamp,
}

/// What is known when the last block is on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    pub ended_at: Timestamp,
    pub duration_ms: i64,
    pub sha256: [u8; 32],
    pub chain_head: [u8; 32],
    /// JSON: `[{"from_ms", "to_ms", "reason"}]`.
    pub gaps: String,
}

#[derive(Clone)]
pub struct RecordingView {
    pub id: RecordingId,
    pub account: AccountId,
    pub conversation: ConversationId,
    pub call: CallId,
    pub state: RecordingState,
    pub reason: Option<String>,
    /// `None`: erased.
    pub wrapped_key: Option<Vec<u8>>,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub duration_ms: Option<i64>,
    pub sha256: Option<Vec<u8>>,
    pub chain_head: Option<Vec<u8>>,
    pub gaps: String,
    pub rendered_sha256: Option<Vec<u8>>,
    /// Why it must not be erased.
    pub held: Option<String>,
}

impl fmt::Debug for RecordingView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} of {:?}: {}", self.id, self.call, self.state.as_str())
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    account_id: Uuid,
    conversation_id: Uuid,
    call_id: Uuid,
    state: String,
    reason: Option<String>,
    wrapped_key: Option<Vec<u8>>,
    started_at: i64,
    ended_at: Option<i64>,
    duration_ms: Option<i64>,
    sha256: Option<Vec<u8>>,
    chain_head: Option<Vec<u8>>,
    gaps: String,
    rendered_sha256: Option<Vec<u8>>,
    held: Option<String>,
}

pub async fn insert(tx: &mut Tx, account: AccountId, new: &NewRecording) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO recording (id, account_id, conversation_id, call_id, state, wrapped_key, started_at, gaps)
         VALUES ($1, $2, $3, $4, 'requested', $5, $6, '[]')",
        new.id.0,
        account.0,
        new.conversation.0,
        new.call.0,
        new.wrapped_key.as_slice(),
        new.started_at.0
    )?;
    Ok(())
}

/// Take a step. False: it is not there, or already beyond an end it does not leave.
pub async fn advance(
    tx: &mut Tx,
    account: AccountId,
    id: RecordingId,
    to: RecordingState,
    reason: Option<&str>,
) -> Result<bool, StoreError> {
    let changed = exec!(
        tx,
        "UPDATE recording SET state = $3, reason = $4
         WHERE id = $1 AND account_id = $2 AND state <> 'erased' AND (state <> 'failed' OR $3 IN ('stored', 'erased'))",
        id.0,
        account.0,
        to.as_str(),
        reason
    )?;
    Ok(changed == 1)
}

/// It lies whole on the disk. `recovered`: why it ended, when nobody ended it properly.
pub async fn stored(
    tx: &mut Tx,
    account: AccountId,
    id: RecordingId,
    sealed: &Sealed,
    recovered: Option<&str>,
) -> Result<bool, StoreError> {
    let changed = exec!(
        tx,
        "UPDATE recording SET state = 'stored', reason = $8, ended_at = $3, duration_ms = $4, sha256 = $5, chain_head = $6, gaps = $7
         WHERE id = $1 AND account_id = $2 AND state <> 'erased'",
        id.0,
        account.0,
        sealed.ended_at.0,
        sealed.duration_ms,
        sealed.sha256.as_slice(),
        sealed.chain_head.as_slice(),
        sealed.gaps.as_str(),
        recovered
    )?;
    Ok(changed == 1)
}

/// A file that people play was made from it.
pub async fn rendered(
    tx: &mut Tx,
    account: AccountId,
    id: RecordingId,
    sha256: &[u8; 32],
    duration_ms: i64,
    gaps: &str,
) -> Result<bool, StoreError> {
    let changed = exec!(
        tx,
        "UPDATE recording SET rendered_sha256 = $3, duration_ms = $4, gaps = $5 WHERE id = $1 AND account_id = $2 AND state <> 'erased'",
        id.0,
        account.0,
        sha256.as_slice(),
        duration_ms,
        gaps
    )?;
    Ok(changed == 1)
}

/// Throw its key away, unless it must be kept. The sound cannot be heard again, whatever copies of the file exist.
pub async fn erase(tx: &mut Tx, account: AccountId, id: RecordingId, reason: &str) -> Result<bool, StoreError> {
    let changed = exec!(
        tx,
        "UPDATE recording SET state = 'erased', reason = $3, wrapped_key = NULL, gaps = '[]', rendered_sha256 = NULL
         WHERE id = $1 AND account_id = $2 AND state <> 'erased' AND held IS NULL",
        id.0,
        account.0,
        reason
    )?;
    Ok(changed == 1)
}

/// It must not be erased, for this reason; `None`: it may be. False: it is not there, or erased.
pub async fn hold(tx: &mut Tx, account: AccountId, id: RecordingId, why: Option<&str>) -> Result<bool, StoreError> {
    let changed = exec!(
        tx,
        "UPDATE recording SET held = $3 WHERE id = $1 AND account_id = $2 AND state <> 'erased'",
        id.0,
        account.0,
        why
    )?;
    Ok(changed == 1)
}

/// `None` also when it is there, but not for this reader.
pub async fn get(tx: &mut Tx, scope: &Scope, id: RecordingId) -> Result<Option<RecordingView>, StoreError> {
    let found: Option<Row> = row!(
        tx,
        "SELECT r.id, r.account_id, r.conversation_id, r.call_id, r.state, r.reason, r.wrapped_key, r.started_at, r.ended_at,
                r.duration_ms, r.sha256, r.chain_head, r.gaps, r.rendered_sha256, r.held
         FROM recording r WHERE r.account_id = $1 AND r.id = $2
           AND ($3 OR EXISTS (SELECT 1 FROM participation p WHERE p.conversation_id = r.conversation_id AND p.agent_id = $4))",
        scope.account.0,
        id.0,
        scope.everyone,
        scope.agent.map(|a| a.0)
    )?;
    found.map(view).transpose()
}

/// For the house's own work.
pub async fn find(tx: &mut Tx, account: AccountId, id: RecordingId) -> Result<Option<RecordingView>, StoreError> {
    let found: Option<Row> = row!(
        tx,
        "SELECT id, account_id, conversation_id, call_id, state, reason, wrapped_key, started_at, ended_at, duration_ms, sha256,
                chain_head, gaps, rendered_sha256, held
         FROM recording WHERE account_id = $1 AND id = $2",
        account.0,
        id.0
    )?;
    found.map(view).transpose()
}

pub async fn of_conversation(
    tx: &mut Tx,
    account: AccountId,
    conversation: ConversationId,
) -> Result<Vec<RecordingView>, StoreError> {
    let found: Vec<Row> = rows!(
        tx,
        "SELECT id, account_id, conversation_id, call_id, state, reason, wrapped_key, started_at, ended_at, duration_ms, sha256,
                chain_head, gaps, rendered_sha256, held
         FROM recording WHERE account_id = $1 AND conversation_id = $2 ORDER BY id LIMIT 200",
        account.0,
        conversation.0
    )?;
    found.into_iter().map(view).collect()
}

/// The rules of an account's inboxes, as JSON. An inbox without one follows the house's.
pub async fn rules(tx: &mut Tx, account: AccountId) -> Result<Vec<(InboxId, String)>, StoreError> {
    let found: Vec<(Uuid, String)> = rows!(
        tx,
        "SELECT id, recording FROM inbox WHERE account_id = $1 AND recording IS NOT NULL ORDER BY id",
        account.0
    )?;
    Ok(found.into_iter().map(|(id, rule)| (InboxId(id), rule)).collect())
}

/// False: there is no such inbox.
pub async fn set_rule(tx: &mut Tx, account: AccountId, inbox: InboxId, rule: Option<&str>) -> Result<bool, StoreError> {
    let changed =
        exec!(tx, "UPDATE inbox SET recording = $3 WHERE id = $1 AND account_id = $2", inbox.0, account.0, rule)?;
    Ok(changed == 1)
}

/// The rules of an account's queues, as JSON. A queue without one leaves it to the number that was dialled.
pub async fn queue_rules(tx: &mut Tx, account: AccountId) -> Result<Vec<(QueueId, String)>, StoreError> {
    let found: Vec<(Uuid, String)> = rows!(
        tx,
        "SELECT id, recording FROM queue WHERE account_id = $1 AND recording IS NOT NULL ORDER BY id",
        account.0
    )?;
    Ok(found.into_iter().map(|(id, rule)| (QueueId(id), rule)).collect())
}

/// False: there is no such queue.
pub async fn set_queue_rule(
    tx: &mut Tx,
    account: AccountId,
    queue: QueueId,
    rule: Option<&str>,
) -> Result<bool, StoreError> {
    let changed =
        exec!(tx, "UPDATE queue SET recording = $3 WHERE id = $1 AND account_id = $2", queue.0, account.0, rule)?;
    Ok(changed == 1)
}

/// Those that a dead server left open.
pub async fn unfinished(tx: &mut Tx, account: AccountId, limit: i64) -> Result<Vec<RecordingView>, StoreError> {
    let found: Vec<Row> = rows!(
        tx,
        "SELECT id, account_id, conversation_id, call_id, state, reason, wrapped_key, started_at, ended_at, duration_ms, sha256,
                chain_head, gaps, rendered_sha256, held
         FROM recording WHERE account_id = $1 AND state IN ('requested', 'started', 'sealing') ORDER BY id LIMIT $2",
        account.0,
        limit
    )?;
    found.into_iter().map(view).collect()
}

fn view(row: Row) -> Result<RecordingView, StoreError> {
    Ok(RecordingView {
        id: RecordingId(row.id),
        account: AccountId(row.account_id),
        conversation: ConversationId(row.conversation_id),
        call: CallId(row.call_id),
        state: RecordingState::read(&row.state)?,
        reason: row.reason,
        wrapped_key: row.wrapped_key,
        started_at: Timestamp(row.started_at),
        ended_at: row.ended_at.map(Timestamp),
        duration_ms: row.duration_ms,
        sha256: row.sha256,
        chain_head: row.chain_head,
        gaps: row.gaps,
        rendered_sha256: row.rendered_sha256,
        held: row.held,
    })
}
