//! A recording's life, from the request to the listener.

use crate::desk::audited;
use crate::{OperationError, Operations};
use ringdesk_model::{AccountId, Actor, ConversationId, Pii, RecordingId, Scope, Timestamp};
use ringdesk_storage::Tx;
use ringdesk_storage::conversations::{self, ConversationView};
use ringdesk_storage::jobs::{self, NewJob};
use ringdesk_storage::left_messages;
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::recordings::{self, NewRecording, RecordingState, RecordingView, Sealed};
use ringdesk_storage::transcripts::{self, TranscriptView};
use ringdesk_vault::AccountKey;
use std::sync::Arc;

/// Makes the file that people play.
pub const RENDER: &str = "render_recording";
/// Takes a WAV away again.
pub const FORGET_WAV: &str = "forget_wav";
/// Has the best engine listen to the whole call.
pub const TRANSCRIBE: &str = "transcribe_recording";
const TRIES: i64 = 5;

impl Operations {
    /// A recording begins: its key is in the books before its sound is worth anything. Gives the number of the event that
    /// tells it, as all of these do.
    pub async fn request_recording(
        &self,
        now: Timestamp,
        account: AccountId,
        new: &NewRecording,
    ) -> Result<i64, OperationError> {
        let (mut tx, key) = self.write(account).await?;
        recordings::insert(&mut tx, account, new).await?;
        let told = tell(&mut tx, &key, now, new.conversation, new.id, RecordingState::Requested, None).await?;
        tx.commit().await?;
        Ok(told)
    }

    /// A step of the writer. `None`: the recording is beyond it.
    pub async fn recording_is(
        &self,
        now: Timestamp,
        account: AccountId,
        (id, conversation): (RecordingId, ConversationId),
        state: RecordingState,
        reason: Option<&str>,
    ) -> Result<Option<i64>, OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let mut told = None;
        if recordings::advance(&mut tx, account, id, state, reason).await? {
            told = Some(tell(&mut tx, &key, now, conversation, id, state, reason).await?);
        }
        tx.commit().await?;
        Ok(told)
    }

    /// Somebody, or a timer, paused it, masked it, or let it go on; `state` is what it does now. A person's order has its
    /// audit entry from whoever gave it; that of a timer is made here.
    pub async fn recording_marked(
        &self,
        now: Timestamp,
        account: AccountId,
        (id, conversation): (RecordingId, ConversationId),
        state: &'static str,
        by_timer: bool,
    ) -> Result<i64, OperationError> {
        let (mut tx, key) = self.write(account).await?;
        if by_timer {
            let object = format!("recording:{id}");
            audited(&mut tx, &key, now, &Actor::System, "recording.resume", &object, None, Some("too_long")).await?;
        }
        let payload = serde_json::json!({ "conversation": conversation, "recording": id, "state": state });
        let told = emit(&mut tx, &key, now, "recording_updated", payload).await?;
        tx.commit().await?;
        Ok(told)
    }

    /// It lies whole on the disk: what comes after are durable jobs. `recovered`: why it ended, when nobody ended it.
    pub async fn recording_stored(
        &self,
        now: Timestamp,
        account: AccountId,
        (id, conversation): (RecordingId, ConversationId),
        sealed: &Sealed,
        recovered: Option<&str>,
    ) -> Result<Option<i64>, OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let mut told = None;
        if recordings::stored(&mut tx, account, id, sealed, recovered).await? {
            if recovered.is_some() {
                left_messages::cut(&mut tx, account, id, sealed.duration_ms).await?;
            }
            told = Some(tell(&mut tx, &key, now, conversation, id, RecordingState::Stored, recovered).await?);
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
        Ok(told)
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
    ) -> Result<Option<i64>, OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let mut told = None;
        if recordings::rendered(&mut tx, account, id, sha256, duration_ms, gaps).await? {
            let payload = serde_json::json!({
                "conversation": conversation, "recording": id, "state": "rendered", "duration_ms": duration_ms
            });
            told = Some(emit(&mut tx, &key, now, "recording_updated", payload).await?);
        }
        tx.commit().await?;
        Ok(told)
    }

    /// Somebody takes a recording away as WAV: its file goes again at this moment.
    pub async fn forget_wav_at(
        &self,
        now: Timestamp,
        account: AccountId,
        id: RecordingId,
        at: Timestamp,
    ) -> Result<(), OperationError> {
        let (mut tx, _) = self.write(account).await?;
        let job = NewJob {
            id: self.id(now),
            kind: FORGET_WAV,
            key: None,
            payload: serde_json::json!({ "recording": id }).to_string(),
            run_at: at,
            max_attempts: TRIES,
        };
        jobs::enqueue(&mut tx, account, &job).await?;
        tx.commit().await?;
        Ok(())
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

    /// The same for conversations that this reader was given already.
    pub async fn recordings_of(
        &self,
        scope: &Scope,
        seen: &[ConversationView],
    ) -> Result<Vec<(Vec<RecordingView>, Vec<TranscriptView>)>, OperationError> {
        let (mut tx, _) = self.read(scope.account).await?;
        let mut all = Vec::with_capacity(seen.len());
        for conversation in seen {
            let sound = recordings::of_conversation(&mut tx, scope.account, conversation.id).await?;
            all.push((sound, transcripts::of_conversation(&mut tx, scope.account, conversation.id).await?));
        }
        Ok(all)
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

pub(crate) async fn tell(
    tx: &mut Tx,
    key: &AccountKey,
    now: Timestamp,
    conversation: ConversationId,
    id: RecordingId,
    state: RecordingState,
    reason: Option<&str>,
) -> Result<i64, OperationError> {
    let payload = serde_json::json!({
        "conversation": conversation, "recording": id, "state": state.as_str(), "reason": reason
    });
    emit(tx, key, now, "recording_updated", payload).await
}

/// Gives the event's number.
pub(crate) async fn emit(
    tx: &mut Tx,
    key: &AccountKey,
    now: Timestamp,
    kind: &'static str,
    payload: serde_json::Value,
) -> Result<i64, OperationError> {
    Ok(outbox::append(tx, key, &[NewEvent { at: now, kind, payload: Pii::new(payload) }]).await?)
}
