//! A recording's life, from the request to the listener.

use crate::desk::audited;
use crate::{OperationError, Operations};
use ringdesk_conversations::RecordingRule;
use ringdesk_model::{AccountId, Actor, ConversationId, InboxId, Pii, RecordingId, Scope, Timestamp};
use ringdesk_storage::Tx;
use ringdesk_storage::conversations::{self, ConversationView};
use ringdesk_storage::jobs::{self, NewJob};
use ringdesk_storage::left_messages;
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::recordings::{self, NewRecording, RecordingState, RecordingView, Sealed};
use ringdesk_storage::transcripts::{self, TranscriptView};
use ringdesk_vault::AccountKey;
use std::collections::BTreeMap;
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

    /// Somebody, or a timer, paused it, masked it, or let it go on; `state` is what it does now. A person's order has its
    /// audit entry from whoever gave it; that of a timer is made here.
    pub async fn recording_marked(
        &self,
        now: Timestamp,
        account: AccountId,
        (id, conversation): (RecordingId, ConversationId),
        state: &'static str,
        by_timer: bool,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        if by_timer {
            let object = format!("recording:{id}");
            audited(&mut tx, &key, now, &Actor::System, "recording.resume", &object, None, Some("too_long")).await?;
        }
        let payload = serde_json::json!({ "conversation": conversation, "recording": id, "state": state });
        emit(&mut tx, &key, now, "recording_updated", payload).await?;
        tx.commit().await?;
        Ok(())
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
            if recovered.is_some() {
                left_messages::cut(&mut tx, account, id, sealed.duration_ms).await?;
            }
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

    /// The rules of the inboxes that have one.
    pub async fn recording_rules(
        &self,
        account: AccountId,
    ) -> Result<BTreeMap<InboxId, RecordingRule>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        let read = |(inbox, rule): (InboxId, String)| match serde_json::from_str(&rule) {
            Ok(rule) => Ok((inbox, rule)),
            Err(_) => Err(OperationError::Internal("the recording rule of an inbox is unreadable")),
        };
        recordings::rules(&mut tx, account).await?.into_iter().map(read).collect()
    }

    /// When calls to an inbox are recorded; `None`: as the house does.
    pub async fn set_recording_rule(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        inbox: InboxId,
        rule: Option<RecordingRule>,
    ) -> Result<(), OperationError> {
        let said = |rule: Option<RecordingRule>| rule.and_then(|r| serde_json::to_string(&r).ok());
        let (mut tx, key) = self.write(account).await?;
        let before = recordings::rules(&mut tx, account).await?.into_iter().find(|(id, _)| *id == inbox);
        let after = said(rule);
        if !recordings::set_rule(&mut tx, account, inbox, after.as_deref()).await? {
            return Err(OperationError::NotFound("inbox"));
        }
        let (before, after) = (before.map(|(_, rule)| rule), after);
        let object = format!("inbox:{inbox}");
        audited(&mut tx, &key, now, actor, "inbox.recording", &object, before.as_deref(), after.as_deref()).await?;
        tx.commit().await?;
        Ok(())
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
    emit(tx, key, now, "recording_updated", payload).await.map(drop)
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
