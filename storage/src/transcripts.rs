//! Transcripts as rows: which engine heard which call, and what became of it. What was said are lines of the timeline.

use crate::{StoreError, Tx, search};
use ringdesk_conversations::TalkFigures;
use ringdesk_model::{AccountId, CallId, ConversationId, RecordingId, Timestamp, TranscriptId};
use uuid::Uuid;

/// When an engine listened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pass {
    /// While people talked.
    Live,
    /// Afterwards, to the whole recording.
    Final,
}

impl Pass {
    pub const fn as_str(self) -> &'static str {
        match self {
            Pass::Live => "live",
            Pass::Final => "final",
        }
    }
}

/// How far a transcript is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TranscriptState {
    Running,
    Done,
    /// Nobody here understands the language.
    NoEngine,
    Failed,
    /// A better one exists.
    Superseded,
}

impl TranscriptState {
    pub const fn as_str(self) -> &'static str {
        match self {
            TranscriptState::Running => "running",
            TranscriptState::Done => "done",
            TranscriptState::NoEngine => "no_engine",
            TranscriptState::Failed => "failed",
            TranscriptState::Superseded => "superseded",
        }
    }
}

/// What became of a transcript: of a call's, or of a sound that somebody sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Name and model; empty where there is none.
    pub engine: String,
    pub language: String,
    pub state: TranscriptState,
    pub reason: Option<String>,
}

#[derive(Clone, Debug)]
pub struct NewTranscript {
    pub id: TranscriptId,
    pub conversation: ConversationId,
    pub call: CallId,
    pub recording: Option<RecordingId>,
    pub pass: Pass,
    /// Name and model; empty where there is none.
    pub engine: String,
    pub language: String,
    pub state: TranscriptState,
    pub reason: Option<String>,
    pub at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct TranscriptView {
    pub id: Uuid,
    pub call_id: Uuid,
    pub recording_id: Option<Uuid>,
    pub pass: String,
    pub engine: String,
    pub language: String,
    pub state: String,
    pub reason: Option<String>,
    pub created_at: i64,
    pub silence_ms: Option<i64>,
    pub talk_over_ms: Option<i64>,
}

pub async fn insert(tx: &mut Tx, account: AccountId, new: &NewTranscript) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO transcript (id, account_id, conversation_id, call_id, recording_id, pass, engine, language, state, reason, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        new.id.0,
        account.0,
        new.conversation.0,
        new.call.0,
        new.recording.map(|r| r.0),
        new.pass.as_str(),
        new.engine.as_str(),
        new.language.as_str(),
        new.state.as_str(),
        new.reason.as_deref(),
        new.at.0
    )?;
    Ok(())
}

/// What became of it. False: it is not there.
pub async fn ended(
    tx: &mut Tx,
    account: AccountId,
    id: TranscriptId,
    state: TranscriptState,
    reason: Option<&str>,
) -> Result<bool, StoreError> {
    let changed = exec!(
        tx,
        "UPDATE transcript SET state = $3, reason = $4 WHERE id = $1 AND account_id = $2",
        id.0,
        account.0,
        state.as_str(),
        reason
    )?;
    Ok(changed == 1)
}

/// A newer transcript of this recording (or, without one, of this call) is whole: the others step back, and are found by
/// their words no more. Gives their ids.
pub async fn supersede(
    tx: &mut Tx,
    account: AccountId,
    call: CallId,
    by: TranscriptId,
) -> Result<Vec<TranscriptId>, StoreError> {
    let found: Vec<(Uuid,)> = rows!(
        tx,
        "UPDATE transcript SET state = 'superseded' WHERE account_id = $1 AND call_id = $2 AND id <> $3 AND state = 'done'
           AND COALESCE(recording_id, call_id) = (SELECT COALESCE(n.recording_id, n.call_id) FROM transcript n WHERE n.id = $3)
         RETURNING id",
        account.0,
        call.0,
        by.0
    )?;
    let found: Vec<TranscriptId> = found.into_iter().map(|(id,)| TranscriptId(id)).collect();
    for transcript in &found {
        search::forget_transcript(tx, account, *transcript).await?;
    }
    Ok(found)
}

/// What was heard, by whom, and what became of it. False: it is not there.
pub async fn heard(tx: &mut Tx, account: AccountId, id: TranscriptId, outcome: &Outcome) -> Result<bool, StoreError> {
    let changed = exec!(
        tx,
        "UPDATE transcript SET engine = $3, language = $4, state = $5, reason = $6 WHERE id = $1 AND account_id = $2",
        id.0,
        account.0,
        outcome.engine.as_str(),
        outcome.language.as_str(),
        outcome.state.as_str(),
        outcome.reason.as_deref()
    )?;
    Ok(changed == 1)
}

/// Its recording is erased: what was said in it is written nowhere any more, and found by nobody. Gives the transcripts
/// that were.
pub async fn erase(tx: &mut Tx, account: AccountId, recording: RecordingId) -> Result<Vec<TranscriptId>, StoreError> {
    let found: Vec<(Uuid, Uuid)> = rows!(
        tx,
        "SELECT id, conversation_id FROM transcript WHERE account_id = $1 AND recording_id = $2 ORDER BY id",
        account.0,
        recording.0
    )?;
    for (transcript, conversation) in &found {
        search::forget_transcript(tx, account, TranscriptId(*transcript)).await?;
        exec!(
            tx,
            "DELETE FROM line_correction WHERE conversation_id = $1 AND seq IN
              (SELECT m.seq FROM message m WHERE m.conversation_id = $1 AND m.transcript_id = $2)",
            *conversation,
            *transcript
        )?;
        exec!(tx, "DELETE FROM message WHERE conversation_id = $1 AND transcript_id = $2", *conversation, *transcript)?;
        exec!(tx, "DELETE FROM transcript WHERE id = $1 AND account_id = $2", *transcript, account.0)?;
    }
    Ok(found.into_iter().map(|(id, _)| TranscriptId(id)).collect())
}

/// How people talked, as this transcript has it.
pub async fn measured(
    tx: &mut Tx,
    account: AccountId,
    id: TranscriptId,
    figures: &TalkFigures,
) -> Result<(), StoreError> {
    let ms = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX);
    exec!(
        tx,
        "UPDATE transcript SET silence_ms = $3, talk_over_ms = $4 WHERE id = $1 AND account_id = $2",
        id.0,
        account.0,
        ms(figures.silence_ms),
        ms(figures.talk_over_ms)
    )?;
    Ok(())
}

/// A dead server listened: what it wrote of it is all there will be. Gives how many.
pub async fn close_live(tx: &mut Tx, account: AccountId, reason: &str) -> Result<u64, StoreError> {
    exec!(
        tx,
        "UPDATE transcript SET state = 'done', reason = $2 WHERE account_id = $1 AND pass = 'live' AND state = 'running'",
        account.0,
        reason
    )
}

pub async fn of_conversation(
    tx: &mut Tx,
    account: AccountId,
    conversation: ConversationId,
) -> Result<Vec<TranscriptView>, StoreError> {
    rows!(
        tx,
        "SELECT id, call_id, recording_id, pass, engine, language, state, reason, created_at, silence_ms, talk_over_ms
         FROM transcript WHERE account_id = $1 AND conversation_id = $2 ORDER BY id LIMIT 200",
        account.0,
        conversation.0
    )
}
