//! A recording's life, from the request to the listener.

use crate::desk::audited;
use crate::{OperationError, Operations};
use ringdesk_model::{AccountId, Actor, ConversationId, Pii, RecordingId, Scope, Timestamp};
use ringdesk_storage::Tx;
use ringdesk_storage::conversations;
use ringdesk_storage::jobs::{self, NewJob};
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::recordings::{self, NewRecording, RecordingState, RecordingView, Sealed};
use ringdesk_storage::transcripts::{self, TranscriptView};
use ringdesk_vault::AccountKey;
use std::sync::Arc;

/// Makes the file that people play.
pub const RENDER: &str = "render_recording";
/// Has the best engine listen to the whole call.
pub const TRANSCRIBE: &str = "transcribe_recording";
const TRIES: i64 = 5;

impl Operations {
    /// A recording begins: its key is in the books before its sound is worth anything.
    pub async fn request_recording(
        &self,
        now: Timestamp,
        account: AccountId,
        new: &NewRecording,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        recordings::insert(&mut tx, account, new).await?;
        tell(&mut tx, &key, now, new.conversation, new.id, RecordingState::Requested, None).await?;
        tx.commit().await?;
        Ok(())
    }

    /// A step of the writer. False: the recording is beyond it.
    pub async fn recording_is(
        &self,
        now: Timestamp,
        account: AccountId,
        (id, conversation): (RecordingId, ConversationId),
        state: RecordingState,
        reason: Option<&str>,
    ) -> Result<bool, OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let changed = recordings::advance(&mut tx, account, id, state, reason).await?;
        if changed {
            tell(&mut tx, &key, now, conversation, id, state, reason).await?;
        }
        tx.commit().await?;
        Ok(changed)
    }

    /// It lies whole on the disk: what comes after are durable jobs. `recovered`: why it ended, when nobody ended it.
    pub async fn recording_stored(
        &self,
        now: Timestamp,
        account: AccountId,
        (id, conversation): (RecordingId, ConversationId),
        sealed: &Sealed,
        recovered: Option<&str>,
    ) -> Result<bool, OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let changed = recordings::stored(&mut tx, account, id, sealed, recovered).await?;
        if changed {
            tell(&mut tx, &key, now, conversation, id, RecordingState::Stored, recovered).await?;
            for kind in [RENDER, TRANSCRIBE] {
                let job = NewJob {
                    id: self.id(now),
                    kind,
                    key: Some(format!("{kind}:{id}")),
                    payload: serde_json::json!({ "recording": id }).to_string(),
                    run_at: now,
                    max_attempts: TRIES,
                };
                jobs::enqueue(&mut tx, account, &job).await?;
            }
        }
        tx.commit().await?;
        Ok(changed)
    }

    /// The file that people play exists.
    pub async fn recording_rendered(
        &self,
        now: Timestamp,
        account: AccountId,
        (id, conversation): (RecordingId, ConversationId),
        sha256: &[u8; 32],
        duration_ms: i64,
        gaps: &str,
    ) -> Result<bool, OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let changed = recordings::rendered(&mut tx, account, id, sha256, duration_ms, gaps).await?;
        if changed {
            let payload = serde_json::json!({
                "conversation": conversation, "recording": id, "state": "rendered", "duration_ms": duration_ms
            });
            emit(&mut tx, &key, now, "recording_updated", payload).await?;
        }
        tx.commit().await?;
        Ok(changed)
    }

    /// Those that a dead server left open.
    pub async fn unfinished_recordings(&self, account: AccountId) -> Result<Vec<RecordingView>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        Ok(recordings::unfinished(&mut tx, account, 10_000).await?)
    }

    /// For the house's own work: no reader, no audit.
    pub async fn recording_row(
        &self,
        account: AccountId,
        id: RecordingId,
    ) -> Result<(RecordingView, Arc<AccountKey>), OperationError> {
        let (mut tx, key) = self.read(account).await?;
        let found = recordings::find(&mut tx, account, id).await?.ok_or(OperationError::NotFound("recording"))?;
        Ok((found, key))
    }

    /// Somebody opens a recording: to hear it, to see its waveform, to check it, to take it away (`act`:
    /// `recording.play`, `recording.export` …). Each opening is an entry of the audit.
    pub async fn open_recording(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: RecordingId,
        act: &'static str,
    ) -> Result<(RecordingView, Arc<AccountKey>), OperationError> {
        let (mut tx, key) = self.write(scope.account).await?;
        let found = recordings::get(&mut tx, scope, id).await?.ok_or(OperationError::NotFound("recording"))?;
        audited(&mut tx, &key, now, actor, act, &format!("recording:{id}"), None, None).await?;
        tx.commit().await?;
        Ok((found, key))
    }

    /// Throw the key away.
    pub async fn erase_recording(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: RecordingId,
        reason: &str,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(scope.account).await?;
        let found = recordings::get(&mut tx, scope, id).await?.ok_or(OperationError::NotFound("recording"))?;
        recordings::erase(&mut tx, scope.account, id, reason).await?;
        audited(&mut tx, &key, now, actor, "recording.erase", &format!("recording:{id}"), None, Some(reason)).await?;
        tell(&mut tx, &key, now, found.conversation, id, RecordingState::Erased, Some(reason)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What a conversation has of sound and of its transcripts.
    pub async fn recordings(
        &self,
        scope: &Scope,
        conversation: ConversationId,
    ) -> Result<(Vec<RecordingView>, Vec<TranscriptView>), OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        conversations::get(&mut tx, &key, scope, conversation)
            .await?
            .ok_or(OperationError::NotFound("conversation"))?;
        let sound = recordings::of_conversation(&mut tx, scope.account, conversation).await?;
        let text = transcripts::of_conversation(&mut tx, scope.account, conversation).await?;
        Ok((sound, text))
    }
}

async fn tell(
    tx: &mut Tx,
    key: &AccountKey,
    now: Timestamp,
    conversation: ConversationId,
    id: RecordingId,
    state: RecordingState,
    reason: Option<&str>,
) -> Result<(), OperationError> {
    let payload = serde_json::json!({
        "conversation": conversation, "recording": id, "state": state.as_str(), "reason": reason
    });
    emit(tx, key, now, "recording_updated", payload).await
}

async fn emit(
    tx: &mut Tx,
    key: &AccountKey,
    now: Timestamp,
    kind: &'static str,
    payload: serde_json::Value,
) -> Result<(), OperationError> {
    outbox::append(tx, key, &[NewEvent { at: now, kind, payload: Pii::new(payload) }]).await?;
    Ok(())
}
