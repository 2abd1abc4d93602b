//! What was said in a conversation and what happened in it, line by line.

use super::same_account;
use crate::accounts::open_text;
use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, AgentId, ConversationId, Pii, Scope, Timestamp, TranscriptId};
use ringdesk_vault::{AccountKey, Place};
use uuid::Uuid;

#[derive(Clone, Debug)]
pub struct MessageView {
    pub id: Uuid,
    pub seq: i64,
    pub kind: String,
    pub speaker: String,
    pub agent: Option<AgentId>,
    pub text: Pii<String>,
    pub start_ms: Option<i64>,
    pub end_ms: Option<i64>,
    pub at: Timestamp,
    /// Of which transcript it is, if somebody was heard.
    pub transcript: Option<TranscriptId>,
    /// How often somebody mended what was heard.
    pub corrections: i64,
    /// Of a text that goes out: how it fares, and why it failed.
    pub state: Option<String>,
    pub reason: Option<String>,
    pub recalled_at: Option<Timestamp>,
    pub edited_at: Option<Timestamp>,
}

/// The timeline after `after`, in order; lines of a transcript that a better one replaced only if `superseded`.
pub async fn messages(
    tx: &mut Tx,
    key: &AccountKey,
    scope: &Scope,
    id: ConversationId,
    (after, superseded): (i64, bool),
    limit: i64,
) -> Result<Vec<MessageView>, StoreError> {
    same_account(key, scope)?;
    let found: Vec<MessageRow> = rows!(
        tx,
        "SELECT m.seq, m.id, m.kind, m.speaker, m.agent_id, m.text_sealed, m.start_ms, m.end_ms, m.at, m.transcript_id,
                (SELECT COUNT(*) FROM line_correction k WHERE k.conversation_id = m.conversation_id AND k.seq = m.seq) AS corrections,
                x.state, x.reason, x.recalled_at, x.edited_at
         FROM message m JOIN conversation c ON c.id = m.conversation_id
         LEFT JOIN transcript t ON t.id = m.transcript_id
         LEFT JOIN text_message x ON x.conversation_id = m.conversation_id AND x.seq = m.seq
         WHERE m.conversation_id = $2 AND c.account_id = $1 AND m.seq > $3
           AND ($4 OR EXISTS (SELECT 1 FROM participation p WHERE p.conversation_id = c.id AND p.agent_id = $5))
           AND ($6 OR t.state IS NULL OR t.state <> 'superseded')
         ORDER BY m.seq LIMIT $7",
        key.account().0,
        id.0,
        after,
        scope.everyone,
        scope.agent.map(|a| a.0),
        superseded,
        limit
    )?;
    let message = |row: MessageRow| {
        Ok(MessageView {
            text: Pii::new(open_text(key, Place::new("message", "text", row.id.as_bytes()), &row.text_sealed)?),
            id: row.id,
            seq: row.seq,
            kind: row.kind,
            speaker: row.speaker,
            agent: row.agent_id.map(AgentId),
            start_ms: row.start_ms,
            end_ms: row.end_ms,
            at: Timestamp(row.at),
            transcript: row.transcript_id.map(TranscriptId),
            corrections: row.corrections,
            state: row.state,
            reason: row.reason,
            recalled_at: row.recalled_at.map(Timestamp),
            edited_at: row.edited_at.map(Timestamp),
        })
    };
    found.into_iter().map(message).collect()
}

/// Where the newest lines before `before` begin: the number after which they come, and how many there are, at most `limit`. Counted as
/// [`messages`] reads them.
pub async fn newest_before(
    tx: &mut Tx,
    account: AccountId,
    id: ConversationId,
    (before, superseded): (i64, bool),
    limit: i64,
) -> Result<(i64, i64), StoreError> {
    let found: Option<(Option<i64>, i64)> = row!(
        tx,
        "SELECT MIN(newest.seq), COUNT(*) FROM (
           SELECT m.seq FROM message m JOIN conversation c ON c.id = m.conversation_id
           LEFT JOIN transcript t ON t.id = m.transcript_id
           WHERE m.conversation_id = $2 AND c.account_id = $1 AND m.seq < $3
             AND ($4 OR t.state IS NULL OR t.state <> 'superseded')
           ORDER BY m.seq DESC LIMIT $5) newest",
        account.0,
        id.0,
        before,
        superseded,
        limit
    )?;
    let (first, many) = found.unwrap_or_default();
    Ok((first.map_or(0, |first| first - 1), many))
}

#[derive(sqlx::FromRow)]
struct MessageRow {
    seq: i64,
    id: Uuid,
    kind: String,
    speaker: String,
    agent_id: Option<Uuid>,
    text_sealed: Vec<u8>,
    start_ms: Option<i64>,
    end_ms: Option<i64>,
    at: i64,
    transcript_id: Option<Uuid>,
    corrections: i64,
    state: Option<String>,
    reason: Option<String>,
    recalled_at: Option<i64>,
    edited_at: Option<i64>,
}
