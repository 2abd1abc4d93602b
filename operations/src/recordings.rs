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

/// A step in a recording's life.
pub struct Step<'a> {
    pub at: Timestamp,
    pub recording: RecordingId,
    pub conversation: ConversationId,
    pub what: What<'a>,
}

pub enum What<'a> {
    /// A recording begins: its key is in the books before its sound is worth anything.
    Requested(Box<NewRecording>),
    /// The writer is so far, and why.
    Is(RecordingState, Option<&'a str>),
    /// Somebody, or a timer, paused it, masked it, or let it go on; `state` is what it does now. A person's order has its
    /// audit entry from whoever gave it; that of a timer is made here.
    Marked { state: &'static str, by_timer: bool },
    /// It lies whole on the disk: what comes after are durable jobs. `recovered`: why it ended, when nobody ended it.
    Stored { sealed: Sealed, recovered: Option<&'a str> },
}

impl Operations {
    /// Steps of many recordings in one transaction, in their order and before all who wait for the store: all of them, or
    /// none. Gives the number of the last event that tells them; a recording that is beyond its step tells nothing.
    pub async fn enter_recordings(
        &self,
        account: AccountId,
        steps: &[Step<'_>],
    ) -> Result<Option<i64>, OperationError> {
        let mut tx = self.store.db.write_first().await?;
        let key = self.store.key(&mut tx, account).await?;
        self.enter(tx, &key, steps).await
    }

    pub async fn request_recording(
        &self,
        at: Timestamp,
        account: AccountId,
        new: &NewRecording,
    ) -> Result<Option<i64>, OperationError> {
        self.step(at, account, (new.id, new.conversation), What::Requested(Box::new(new.clone()))).await
    }

    /// `None`: the recording is beyond it.
    pub async fn recording_is(
        &self,
        at: Timestamp,
        account: AccountId,
        of: (RecordingId, ConversationId),
        state: RecordingState,
        reason: Option<&str>,
    ) -> Result<Option<i64>, OperationError> {
        self.step(at, account, of, What::Is(state, reason)).await
    }

    /// See [`What::Stored`].
    pub async fn recording_stored(
        &self,
        at: Timestamp,
        account: AccountId,
        of: (RecordingId, ConversationId),
        sealed: &Sealed,
        recovered: Option<&str>,
    ) -> Result<Option<i64>, OperationError> {
        self.step(at, account, of, What::Stored { sealed: sealed.clone(), recovered }).await
    }

    /// One that nobody's call waits for.
    async fn step(
        &self,
        at: Timestamp,
        account: AccountId,
        (recording, conversation): (RecordingId, ConversationId),
        what: What<'_>,
    ) -> Result<Option<i64>, OperationError> {
        let (tx, key) = self.write(account).await?;
        self.enter(tx, &key, &[Step { at, recording, conversation, what }]).await
    }

    async fn enter(&self, mut tx: Tx, key: &AccountKey, steps: &[Step<'_>]) -> Result<Option<i64>, OperationError> {
        let mut news = Vec::with_capacity(steps.len());
        for step in steps {
            news.extend(self.take(&mut tx, key, step).await?);
        }
        let told = if news.is_empty() { None } else { Some(outbox::append(&mut tx, key, &news).await?) };
        tx.commit().await?;
        Ok(told)
    }

    /// Into the rows. Gives what is to be told of it.
    async fn take(&self, tx: &mut Tx, key: &AccountKey, step: &Step<'_>) -> Result<Option<NewEvent>, OperationError> {
        let (account, at, id) = (key.account(), step.at, step.recording);
        let of = (id, step.conversation);
        Ok(match &step.what {
            What::Requested(new) => {
                recordings::insert(tx, account, new).await?;
                Some(news(at, of, RecordingState::Requested, None))
            }
            What::Is(state, reason) => {
                recordings::advance(tx, account, id, *state, *reason).await?.then(|| news(at, of, *state, *reason))
            }
            What::Marked { state, by_timer } => {
                if *by_timer {
                    let object = format!("recording:{id}");
                    audited(tx, key, at, &Actor::System, "recording.resume", &object, None, Some("too_long")).await?;
                }
                let payload = serde_json::json!({ "conversation": step.conversation, "recording": id, "state": state });
                Some(NewEvent { at, kind: "recording_updated", payload: Pii::new(payload) })
            }
            What::Stored { sealed, recovered } => {
                if !recordings::stored(tx, account, id, sealed, *recovered).await? {
                    return Ok(None);
                }
                if recovered.is_some() {
                    left_messages::cut(tx, account, id, sealed.duration_ms).await?;
                }
                for kind in [RENDER, TRANSCRIBE] {
                    let job = NewJob {
                        id: self.id(at),
                        kind,
                        key: Some(format!("{kind}:{id}")),
                        payload: serde_json::json!({ "recording": id }).to_string(),
                        run_at: at,
                        max_attempts: TRIES,
                    };
                    jobs::enqueue(tx, account, &job).await?;
                }
                Some(news(at, of, RecordingState::Stored, *recovered))
            }
        })
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
    Ok(outbox::append(tx, key, &[news(now, (id, conversation), state, reason)]).await?)
}

fn news(
    at: Timestamp,
    (id, conversation): (RecordingId, ConversationId),
    state: RecordingState,
    reason: Option<&str>,
) -> NewEvent {
    let payload = serde_json::json!({
        "conversation": conversation, "recording": id, "state": state.as_str(), "reason": reason
    });
    NewEvent { at, kind: "recording_updated", payload: Pii::new(payload) }
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
