//! What must not be heard any more, and what must be kept. A legal hold beats every erasure.

use crate::desk::audited;
use crate::recordings::{emit, tell};
use crate::{OperationError, Operations};
use ringdesk_model::{AccountId, Actor, RecordingId, Scope, Timestamp, TranscriptId};
use ringdesk_storage::jobs::{self, NewJob};
use ringdesk_storage::recording_comments;
use ringdesk_storage::recordings::{self, RecordingState, RecordingView};
use ringdesk_storage::transcripts::{self, TranscriptState};
use ringdesk_storage::{Tx, outbox, search};
use ringdesk_vault::AccountKey;
use std::collections::BTreeSet;
use std::time::Duration;

/// Takes what was forgotten out of the pages of the search index.
pub const PURGE_SEARCH: &str = "purge_search";
/// It rewrites the index, so erasures are gathered for so long.
const GATHER: Duration = Duration::from_secs(600);
const TRIES: i64 = 5;
/// Reasons are sentences, not files.
const LONGEST_REASON: usize = 500;

impl Operations {
    /// Throw the key away, and with it what was written down: the lines of its transcripts, their words in the search, the
    /// captions among the events, what was remarked beside it. That there was a recording, and who erased it why, stays. Gives the row as it was, whose
    /// files can be taken away now.
    pub async fn erase_recording(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: RecordingId,
        reason: &str,
    ) -> Result<RecordingView, OperationError> {
        let reason = sentence(reason)?;
        let (mut tx, key) = self.write(scope.account).await?;
        let found = recordings::get(&mut tx, scope, id).await?.ok_or(OperationError::NotFound("recording"))?;
        refuse(&mut tx, scope.account, &found).await?;
        if !recordings::erase(&mut tx, scope.account, id, reason).await? {
            return Err(OperationError::Changed("the recording"));
        }
        recording_comments::erase(&mut tx, scope.account, id).await?;
        let gone = transcripts::erase(&mut tx, scope.account, id).await?;
        if !gone.is_empty() {
            self.purge_later(&mut tx, now, scope.account).await?;
            forget_captions(&mut tx, &key, found.started_at, &gone).await?;
        }
        audited(&mut tx, &key, now, actor, "recording.erase", &format!("recording:{id}"), None, Some(reason)).await?;
        tell(&mut tx, &key, now, found.conversation, id, RecordingState::Erased, Some(reason)).await?;
        tx.commit().await?;
        Ok(found)
    }

    /// The work of [`PURGE_SEARCH`].
    pub async fn purge_search(&self) -> Result<(), OperationError> {
        let mut tx = self.store.db.write().await?;
        search::purge(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn purge_later(&self, tx: &mut Tx, now: Timestamp, account: AccountId) -> Result<(), OperationError> {
        let run_at = now + GATHER;
        let gathered = run_at.as_millis() / i64::try_from(GATHER.as_millis()).unwrap_or(i64::MAX);
        let job = NewJob {
            id: self.id(now),
            kind: PURGE_SEARCH,
            key: Some(format!("{PURGE_SEARCH}:{account}:{gathered}")),
            payload: "{}".into(),
            run_at,
            max_attempts: TRIES,
        };
        jobs::enqueue(tx, account, &job).await?;
        Ok(())
    }

    /// Keep it, whatever becomes of the others; `None`: that is over.
    pub async fn hold_recording(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: RecordingId,
        why: Option<&str>,
    ) -> Result<(), OperationError> {
        let why = why.map(sentence).transpose()?;
        let (mut tx, key) = self.write(scope.account).await?;
        let found = recordings::get(&mut tx, scope, id).await?.ok_or(OperationError::NotFound("recording"))?;
        if !recordings::hold(&mut tx, scope.account, id, why).await? {
            return Err(OperationError::Over("the recording"));
        }
        let act = if why.is_some() { "recording.hold" } else { "recording.release" };
        audited(&mut tx, &key, now, actor, act, &format!("recording:{id}"), found.held.as_deref(), why).await?;
        let payload = serde_json::json!({
            "conversation": found.conversation, "recording": id, "state": found.state.as_str(), "held": why.is_some()
        });
        emit(&mut tx, &key, now, "recording_updated", payload).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Why it cannot be erased now.
async fn refuse(tx: &mut Tx, account: AccountId, row: &RecordingView) -> Result<(), OperationError> {
    match row.state {
        RecordingState::Erased => return Err(OperationError::Over("the recording")),
        RecordingState::Requested | RecordingState::Started | RecordingState::Sealing => {
            return Err(OperationError::Invalid("the call is still being recorded".into()));
        }
        RecordingState::Stored | RecordingState::Verified | RecordingState::Failed => {}
    }
    if row.held.is_some() {
        return Err(OperationError::LegalHold("the recording"));
    }
    let all = transcripts::of_conversation(tx, account, row.conversation).await?;
    let writing = |t: &transcripts::TranscriptView| {
        t.recording_id == Some(row.id.0) && t.state == TranscriptState::Running.as_str()
    };
    match all.iter().any(writing) {
        true => Err(OperationError::Invalid("its transcript is still being written; try again in a moment".into())),
        false => Ok(()),
    }
}

/// What clients were told while people talked.
async fn forget_captions(
    tx: &mut Tx,
    key: &AccountKey,
    since: Timestamp,
    gone: &[TranscriptId],
) -> Result<(), OperationError> {
    let gone: BTreeSet<String> = gone.iter().map(ToString::to_string).collect();
    let erased = |payload: &str| {
        let mut payload: serde_json::Value = serde_json::from_str(payload).ok()?;
        let mine = payload["transcript"].as_str().is_some_and(|t| gone.contains(t));
        mine.then(|| {
            payload["text"] = "".into();
            payload["erased"] = true.into();
            payload
        })
    };
    outbox::overwrite(tx, key, "caption", since, erased).await?;
    Ok(())
}

fn sentence(reason: &str) -> Result<&str, OperationError> {
    let reason = reason.trim();
    match reason.is_empty() || reason.chars().count() > LONGEST_REASON {
        true => Err(OperationError::Invalid(format!("a reason is needed, of at most {LONGEST_REASON} characters"))),
        false => Ok(reason),
    }
}
