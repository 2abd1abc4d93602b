//! What was said and written, found by its words: an index of keyed hashes.
//!
//! A line's tokens (`ringdesk_language::search`) are hashed with the account's key, and the hashes are indexed with the
//! line, in its transaction: FTS5 in SQLite, `tsvector` and GIN in PostgreSQL. Who has the files but not the key learns
//! which lines share a token, not which; who has another account's key learns nothing. Whether a line that holds all tokens
//! of a question answers it is seen on its text, after opening: [`candidates`] gives lines to look at, newest first.

mod index;

pub(crate) use index::{NewLine, forget_line, index_note, insert};
pub use index::{forget, forget_transcript, purge};

use crate::accounts::open_text;
use crate::{StoreError, Tx};
use index::{first_doc, hashes};
use ringdesk_model::{
    AgentId, Channel, ContactId, ConversationId, InboxId, NoteId, Pii, QueueId, RecordingId, Scope, TagId, Timestamp,
};
use ringdesk_vault::{AccountKey, Place};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Where to look. `None` everywhere: in everything the reader may see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// `contact`, `agent`, `bot`, `system`; `note`: what agents wrote beside it.
    pub speaker: Option<String>,
    /// Has a part in the conversation.
    pub agent: Option<AgentId>,
    /// The conversation waited there, or was served from there.
    pub queue: Option<QueueId>,
    /// The conversation is marked with it.
    pub tag: Option<TagId>,
    pub contact: Option<ContactId>,
    pub channel: Option<Channel>,
    pub inbox: Option<InboxId>,
    /// The contact rated it with so many stars or fewer.
    pub stars_most: Option<u8>,
    /// Said then or later.
    pub from: Option<Timestamp>,
    /// Said before then.
    pub to: Option<Timestamp>,
    /// Heard in a call in which nobody spoke for so long, in milliseconds.
    pub silence_min_ms: Option<i64>,
    /// Heard in a call in which both spoke at once for so long.
    pub talk_over_min_ms: Option<i64>,
}

/// A line that holds all tokens.
#[derive(Clone, Debug)]
pub struct FoundLine {
    /// Its place among all lines; a page goes on before the last one looked at.
    pub doc: i64,
    pub conversation: ConversationId,
    pub channel: String,
    pub inbox: Option<InboxId>,
    /// Of a note 0: it stands beside the timeline.
    pub seq: i64,
    pub note: Option<NoteId>,
    /// `note` of a note.
    pub speaker: String,
    pub agent: Option<AgentId>,
    pub text: Pii<String>,
    pub start_ms: Option<i64>,
    pub end_ms: Option<i64>,
    pub recording: Option<RecordingId>,
    pub at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    doc: i64,
    conversation_id: Uuid,
    channel: String,
    inbox_id: Option<Uuid>,
    seq: i64,
    id: Uuid,
    note_id: Option<Uuid>,
    speaker: String,
    agent_id: Option<Uuid>,
    text_sealed: Vec<u8>,
    start_ms: Option<i64>,
    end_ms: Option<i64>,
    recording_id: Option<Uuid>,
    at: i64,
}

/// Lines that hold all tokens and that this reader may see, newest first, before `before`.
pub async fn candidates(
    tx: &mut Tx,
    key: &AccountKey,
    scope: &Scope,
    tokens: &BTreeSet<String>,
    filter: &Filter,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<FoundLine>, StoreError> {
    if key.account() != scope.account {
        return Err(StoreError::UnknownAccount(scope.account));
    }
    let hashes = hashes(key, tokens);
    if hashes.is_empty() {
        return Ok(Vec::new());
    }
    let first = filter.from.map_or(0, first_doc);
    let end = filter.to.map_or(i64::MAX, first_doc).min(before.unwrap_or(i64::MAX));
    // `+p.agent_id`: SQLite would go through all parts of the agent for each line, instead of the few of the conversation.
    let found: Vec<Row> = if way(tx, &hashes, first, end).await? == Way::Index {
        rows!(
            tx,
            sqlite: "SELECT s.rowid AS doc, l.conversation_id, c.channel, c.inbox_id, l.seq, COALESCE(m.id, n.id) AS id, l.note_id, l.speaker,
                  COALESCE(m.agent_id, n.agent_id) AS agent_id, COALESCE(m.text_sealed, n.text_sealed) AS text_sealed, m.start_ms,
                  m.end_ms, t.recording_id, COALESCE(m.at, n.at) AS at
                FROM search_token s
                CROSS JOIN search_line l ON l.doc = s.rowid
                CROSS JOIN conversation c ON c.id = l.conversation_id
                LEFT JOIN message m ON m.conversation_id = l.conversation_id AND m.seq = l.seq
                LEFT JOIN note n ON n.id = l.note_id
                LEFT JOIN transcript t ON t.id = m.transcript_id
                WHERE s.search_token MATCH $2 AND s.rowid >= $3 AND s.rowid < $4 AND l.account_id = $1
                  AND (m.id IS NOT NULL OR n.id IS NOT NULL) AND (l.speaker = $5 OR $5 IS NULL)
                  AND ($6 IS NULL OR EXISTS (SELECT 1 FROM participation p WHERE p.conversation_id = c.id AND +p.agent_id = $6))
                  AND ($7 IS NULL OR EXISTS (SELECT 1 FROM work_item w WHERE w.conversation_id = c.id AND w.queue_id = $7)
                    OR EXISTS (SELECT 1 FROM participation p WHERE p.conversation_id = c.id AND p.queue_id = $7))
                  AND (c.contact_id = $8 OR $8 IS NULL) AND (c.channel = $9 OR $9 IS NULL) AND (c.inbox_id = $16 OR $16 IS NULL)
                  AND ($10 OR EXISTS (SELECT 1 FROM participation p WHERE p.conversation_id = c.id AND +p.agent_id = $11))
                  AND (t.silence_ms >= $12 OR $12 IS NULL) AND (t.talk_over_ms >= $13 OR $13 IS NULL)
                  AND (EXISTS (SELECT 1 FROM conversation_tag g WHERE g.conversation_id = c.id AND g.tag_id = $15) OR $15 IS NULL)
                  AND (EXISTS (SELECT 1 FROM satisfaction r WHERE r.conversation_id = c.id AND r.stars <= $17) OR $17 IS NULL)
                ORDER BY s.rowid DESC LIMIT $14",
            postgres: "WITH hit AS MATERIALIZED (
                  SELECT doc FROM search_token WHERE tokens @@ replace($2, ' ', ' & ')::tsquery AND doc >= $3 AND doc < $4)
                SELECT s.doc, l.conversation_id, c.channel, c.inbox_id, l.seq, COALESCE(m.id, n.id) AS id, l.note_id, l.speaker,
                  COALESCE(m.agent_id, n.agent_id) AS agent_id, COALESCE(m.text_sealed, n.text_sealed) AS text_sealed, m.start_ms,
                  m.end_ms, t.recording_id, COALESCE(m.at, n.at) AS at
                FROM (SELECT doc FROM hit ORDER BY doc DESC) s
                JOIN search_line l ON l.doc = s.doc
                JOIN conversation c ON c.id = l.conversation_id
                LEFT JOIN message m ON m.conversation_id = l.conversation_id AND m.seq = l.seq
                LEFT JOIN note n ON n.id = l.note_id
                LEFT JOIN transcript t ON t.id = m.transcript_id
                WHERE l.account_id = $1
                  AND (m.id IS NOT NULL OR n.id IS NOT NULL) AND (l.speaker = $5 OR $5 IS NULL)
                  AND ($6::uuid IS NULL OR EXISTS (SELECT 1 FROM participation p WHERE p.conversation_id = c.id AND p.agent_id = $6))
                  AND ($7::uuid IS NULL OR EXISTS (SELECT 1 FROM work_item w WHERE w.conversation_id = c.id AND w.queue_id = $7)
                    OR EXISTS (SELECT 1 FROM participation p WHERE p.conversation_id = c.id AND p.queue_id = $7))
                  AND (c.contact_id = $8 OR $8 IS NULL) AND (c.channel = $9 OR $9 IS NULL) AND (c.inbox_id = $16 OR $16 IS NULL)
                  AND ($10 OR EXISTS (SELECT 1 FROM participation p WHERE p.conversation_id = c.id AND p.agent_id = $11))
                  AND (t.silence_ms >= $12 OR $12 IS NULL) AND (t.talk_over_ms >= $13 OR $13 IS NULL)
                  AND (EXISTS (SELECT 1 FROM conversation_tag g WHERE g.conversation_id = c.id AND g.tag_id = $15) OR $15 IS NULL)
                  AND (EXISTS (SELECT 1 FROM satisfaction r WHERE r.conversation_id = c.id AND r.stars <= $17) OR $17 IS NULL)
                ORDER BY s.doc DESC LIMIT $14",
            scope.account.0,
            hashes.as_str(),
            first,
            end,
            filter.speaker.as_deref(),
            filter.agent.map(|a| a.0),
            filter.queue.map(|q| q.0),
            filter.contact.map(|c| c.0),
            filter.channel.map(Channel::as_str),
            scope.everyone,
            scope.agent.map(|a| a.0),
            filter.silence_min_ms,
            filter.talk_over_min_ms,
            limit,
            filter.tag.map(|t| t.0),
            filter.inbox.map(|i| i.0),
            filter.stars_most.map(i64::from)
        )?
    } else {
        rows!(
            tx,
            sqlite: "SELECT s.rowid AS doc, l.conversation_id, c.channel, c.inbox_id, l.seq, COALESCE(m.id, n.id) AS id, l.note_id, l.speaker,
                  COALESCE(m.agent_id, n.agent_id) AS agent_id, COALESCE(m.text_sealed, n.text_sealed) AS text_sealed, m.start_ms,
                  m.end_ms, t.recording_id, COALESCE(m.at, n.at) AS at
                FROM search_token s
                CROSS JOIN search_line l ON l.doc = s.rowid
                CROSS JOIN conversation c ON c.id = l.conversation_id
                LEFT JOIN message m ON m.conversation_id = l.conversation_id AND m.seq = l.seq
                LEFT JOIN note n ON n.id = l.note_id
                LEFT JOIN transcript t ON t.id = m.transcript_id
                WHERE s.search_token MATCH $2 AND s.rowid >= $3 AND s.rowid < $4 AND l.account_id = $1
                  AND (m.id IS NOT NULL OR n.id IS NOT NULL) AND (l.speaker = $5 OR $5 IS NULL)
                  AND ($6 IS NULL OR EXISTS (SELECT 1 FROM participation p WHERE p.conversation_id = c.id AND +p.agent_id = $6))
                  AND ($7 IS NULL OR EXISTS (SELECT 1 FROM work_item w WHERE w.conversation_id = c.id AND w.queue_id = $7)
                    OR EXISTS (SELECT 1 FROM participation p WHERE p.conversation_id = c.id AND p.queue_id = $7))
                  AND (c.contact_id = $8 OR $8 IS NULL) AND (c.channel = $9 OR $9 IS NULL) AND (c.inbox_id = $16 OR $16 IS NULL)
                  AND ($10 OR EXISTS (SELECT 1 FROM participation p WHERE p.conversation_id = c.id AND +p.agent_id = $11))
                  AND (t.silence_ms >= $12 OR $12 IS NULL) AND (t.talk_over_ms >= $13 OR $13 IS NULL)
                  AND (EXISTS (SELECT 1 FROM conversation_tag g WHERE g.conversation_id = c.id AND g.tag_id = $15) OR $15 IS NULL)
                  AND (EXISTS (SELECT 1 FROM satisfaction r WHERE r.conversation_id = c.id AND r.stars <= $17) OR $17 IS NULL)
                ORDER BY s.rowid DESC LIMIT $14",
            postgres: "SELECT s.doc, l.conversation_id, c.channel, c.inbox_id, l.seq, COALESCE(m.id, n.id) AS id, l.note_id, l.speaker,
                  COALESCE(m.agent_id, n.agent_id) AS agent_id, COALESCE(m.text_sealed, n.text_sealed) AS text_sealed, m.start_ms,
                  m.end_ms, t.recording_id, COALESCE(m.at, n.at) AS at
                FROM (SELECT doc, tokens FROM search_token WHERE doc >= $3 AND doc < $4 ORDER BY doc DESC OFFSET 0) s
                JOIN search_line l ON l.doc = s.doc
                JOIN conversation c ON c.id = l.conversation_id
                LEFT JOIN message m ON m.conversation_id = l.conversation_id AND m.seq = l.seq
                LEFT JOIN note n ON n.id = l.note_id
                LEFT JOIN transcript t ON t.id = m.transcript_id
                WHERE s.tokens @@ replace($2, ' ', ' & ')::tsquery AND l.account_id = $1
                  AND (m.id IS NOT NULL OR n.id IS NOT NULL) AND (l.speaker = $5 OR $5 IS NULL)
                  AND ($6::uuid IS NULL OR EXISTS (SELECT 1 FROM participation p WHERE p.conversation_id = c.id AND p.agent_id = $6))
                  AND ($7::uuid IS NULL OR EXISTS (SELECT 1 FROM work_item w WHERE w.conversation_id = c.id AND w.queue_id = $7)
                    OR EXISTS (SELECT 1 FROM participation p WHERE p.conversation_id = c.id AND p.queue_id = $7))
                  AND (c.contact_id = $8 OR $8 IS NULL) AND (c.channel = $9 OR $9 IS NULL) AND (c.inbox_id = $16 OR $16 IS NULL)
                  AND ($10 OR EXISTS (SELECT 1 FROM participation p WHERE p.conversation_id = c.id AND p.agent_id = $11))
                  AND (t.silence_ms >= $12 OR $12 IS NULL) AND (t.talk_over_ms >= $13 OR $13 IS NULL)
                  AND (EXISTS (SELECT 1 FROM conversation_tag g WHERE g.conversation_id = c.id AND g.tag_id = $15) OR $15 IS NULL)
                  AND (EXISTS (SELECT 1 FROM satisfaction r WHERE r.conversation_id = c.id AND r.stars <= $17) OR $17 IS NULL)
                ORDER BY s.doc DESC LIMIT $14",
            scope.account.0,
            hashes.as_str(),
            first,
            end,
            filter.speaker.as_deref(),
            filter.agent.map(|a| a.0),
            filter.queue.map(|q| q.0),
            filter.contact.map(|c| c.0),
            filter.channel.map(Channel::as_str),
            scope.everyone,
            scope.agent.map(|a| a.0),
            filter.silence_min_ms,
            filter.talk_over_min_ms,
            limit,
            filter.tag.map(|t| t.0),
            filter.inbox.map(|i| i.0),
            filter.stars_most.map(i64::from)
        )?
    };
    let line = |row: Row| {
        let table = if row.note_id.is_some() { "note" } else { "message" };
        let text = open_text(key, Place::new(table, "text", row.id.as_bytes()), &row.text_sealed)?;
        Ok(FoundLine {
            doc: row.doc,
            conversation: ConversationId(row.conversation_id),
            channel: row.channel,
            inbox: row.inbox_id.map(InboxId),
            seq: row.seq.max(0),
            note: row.note_id.map(NoteId),
            speaker: row.speaker,
            agent: row.agent_id.map(AgentId),
            text: Pii::new(text),
            start_ms: row.start_ms,
            end_ms: row.end_ms,
            recording: row.recording_id.map(RecordingId),
            at: Timestamp(row.at),
        })
    };
    found.into_iter().map(line).collect()
}

/// How the newest lines that hold some tokens are come by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Line by line, from the newest back: where every second line holds them, fifty are found at once.
    Back,
    /// All that hold them, by the index, then the newest of these: where few do.
    Index,
}

/// PostgreSQL would choose by how often each token stands in all lines, as if they had nothing to do with each other; of words that
/// are said together, or never are, it knows nothing, and it is wrong by half a second. So we look at the newest lines. (SQLite
/// keeps the lines of each token in order and needs no choice.)
async fn way(tx: &mut Tx, hashes: &str, first: i64, end: i64) -> Result<Way, StoreError> {
    /// Lines looked at: a millisecond.
    const SAMPLE: i64 = 4_000;
    /// With so many of them both ways take as long, in a million lines.
    const FEW: i64 = 20;
    if matches!(tx, Tx::Sqlite(_)) {
        return Ok(Way::Back);
    }
    // A plan that suits every token suits none: one stands in half of all lines, another in three.
    let _: Option<(String,)> = row!(
        tx,
        sqlite: "SELECT 'as it is'",
        postgres: "SELECT set_config('plan_cache_mode', 'force_custom_plan', true)"
    )?;
    let found: Option<(i64, i64)> = row!(
        tx,
        sqlite: "SELECT COUNT(*), COUNT($1) FROM (SELECT doc FROM search_line WHERE doc >= $2 AND doc < $3 ORDER BY doc DESC LIMIT $4)",
        postgres: "SELECT COUNT(*), COUNT(*) FILTER (WHERE s.tokens @@ replace($1, ' ', ' & ')::tsquery)
            FROM (SELECT tokens FROM search_token WHERE doc >= $2 AND doc < $3 ORDER BY doc DESC LIMIT $4) s",
        hashes,
        first,
        end,
        SAMPLE
    )?;
    let (lines, hits) = found.unwrap_or((0, 0));
    Ok(if lines == SAMPLE && hits < FEW { Way::Index } else { Way::Back })
}
