//! What became of hearing the sounds that people send each other. What was said in one are lines of the timeline that name it.

use crate::transcripts::Outcome;
use crate::{StoreError, Tx, search, texts};
use ringdesk_model::{AccountId, AgentId, ConversationId, InboxId, Pii, QueueId, Timestamp};
use ringdesk_vault::AccountKey;
use uuid::Uuid;

/// A sound, and with what it came or went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clip {
    pub attachment: Uuid,
    pub conversation: ConversationId,
    pub message: Uuid,
}

/// What must be known to hear one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClipToHear {
    pub clip: Clip,
    pub inbox: InboxId,
    pub queue: QueueId,
    /// `contact`, `agent`, `bot`, `system`.
    pub speaker: String,
    pub agent: Option<AgentId>,
    pub at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ClipTranscript {
    pub attachment_id: Uuid,
    pub state: String,
    pub engine: String,
    pub language: String,
    pub reason: Option<String>,
}

/// Sounds of a text that nobody has heard yet.
pub async fn unheard(tx: &mut Tx, account: AccountId, message: Uuid) -> Result<Vec<Uuid>, StoreError> {
    let found: Vec<(Uuid,)> = rows!(
        tx,
        "SELECT a.id FROM attachment a LEFT JOIN clip_transcript t ON t.attachment_id = a.id
         WHERE a.account_id = $1 AND a.message_id = $2 AND a.kind = 'sound' AND t.attachment_id IS NULL ORDER BY a.place",
        account.0,
        message
    )?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// Somebody will hear it.
pub async fn begin(tx: &mut Tx, account: AccountId, clip: &Clip) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO clip_transcript (attachment_id, account_id, conversation_id, message_id, state, engine, language)
         VALUES ($1, $2, $3, $4, 'running', '', '')",
        clip.attachment,
        account.0,
        clip.conversation.0,
        clip.message
    )?;
    Ok(())
}

/// One that is still to be heard; `None`: it was, or its text was recalled.
pub async fn to_hear(tx: &mut Tx, account: AccountId, attachment: Uuid) -> Result<Option<ClipToHear>, StoreError> {
    type Row = (Uuid, Uuid, Uuid, Uuid, String, Option<Uuid>, i64);
    let found: Option<Row> = row!(
        tx,
        "SELECT t.conversation_id, t.message_id, a.inbox_id, q.queue_id, m.speaker, m.agent_id, m.at
         FROM clip_transcript t JOIN attachment a ON a.id = t.attachment_id
         JOIN text_message x ON x.id = t.message_id
         JOIN message m ON m.conversation_id = x.conversation_id AND m.seq = x.seq
         JOIN text_matter q ON q.conversation_id = t.conversation_id
         WHERE t.attachment_id = $1 AND t.account_id = $2 AND t.state <> 'done'",
        attachment,
        account.0
    )?;
    Ok(found.map(|(conversation, message, inbox, queue, speaker, agent, at)| ClipToHear {
        clip: Clip { attachment, conversation: ConversationId(conversation), message },
        inbox: InboxId(inbox),
        queue: QueueId(queue),
        speaker,
        agent: agent.map(AgentId),
        at: Timestamp(at),
    }))
}

/// What became of it. False: its text was recalled meanwhile, or it was heard before.
pub async fn heard(tx: &mut Tx, account: AccountId, attachment: Uuid, outcome: &Outcome) -> Result<bool, StoreError> {
    let changed = exec!(
        tx,
        "UPDATE clip_transcript SET engine = $3, language = $4, state = $5, reason = $6
         WHERE attachment_id = $1 AND account_id = $2 AND state <> 'done'",
        attachment,
        account.0,
        outcome.engine.as_str(),
        outcome.language.as_str(),
        outcome.state.as_str(),
        outcome.reason.as_deref()
    )?;
    Ok(changed == 1)
}

/// Those of a conversation's texts within these numbers.
pub async fn of_conversation(
    tx: &mut Tx,
    account: AccountId,
    conversation: ConversationId,
    (after, to): (i64, i64),
) -> Result<Vec<ClipTranscript>, StoreError> {
    rows!(
        tx,
        "SELECT t.attachment_id, t.state, t.engine, t.language, t.reason
         FROM text_message x JOIN clip_transcript t ON t.message_id = x.id
         WHERE x.account_id = $1 AND x.conversation_id = $2 AND x.seq > $3 AND x.seq <= $4",
        account.0,
        conversation.0,
        after,
        to
    )
}

/// A text was recalled: what was said in its sounds is written nowhere any more, and found by nobody. The lines keep their
/// numbers, so that no reader waits for one.
pub(crate) async fn erase(tx: &mut Tx, key: &AccountKey, message: Uuid) -> Result<(), StoreError> {
    let account = key.account();
    let lines: Vec<(Uuid, i64, Uuid)> = rows!(
        tx,
        "SELECT m.conversation_id, m.seq, m.id FROM clip_transcript t
         JOIN message m ON m.conversation_id = t.conversation_id AND m.transcript_id = t.attachment_id
         WHERE t.account_id = $1 AND t.message_id = $2",
        account.0,
        message
    )?;
    let nothing = Pii::new(String::new());
    for (conversation, seq, id) in lines {
        search::forget_line(tx, account, ConversationId(conversation), seq).await?;
        exec!(tx, "DELETE FROM line_correction WHERE conversation_id = $1 AND seq = $2", conversation, seq)?;
        let text = texts::sealed(key, id, &nothing)?;
        exec!(
            tx,
            "UPDATE message SET text_sealed = $3 WHERE conversation_id = $1 AND seq = $2",
            conversation,
            seq,
            text
        )?;
    }
    exec!(tx, "DELETE FROM clip_transcript WHERE account_id = $1 AND message_id = $2", account.0, message)?;
    Ok(())
}
