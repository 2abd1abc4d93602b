//! What is said in sounds that people send each other: heard by the engines that hear calls, written into the timeline like a
//! call's words, and so found by the same search. It is readable by whoever reads the text, and gone when that is recalled.

use crate::desk::audited;
use crate::recordings::emit;
use crate::text_inboxes::TextSettings;
use crate::texts::used;
use crate::transcripts::{Said, Speaker};
use crate::{OperationError, Operations};
use ringdesk_model::{AccountId, Actor, ConversationId, JobId, Language, QueueId, Scope, Timestamp, TranscriptId};
use ringdesk_storage::clip_transcripts::{self, Clip, ClipToHear, ClipTranscript};
use ringdesk_storage::jobs::{self, NewJob};
use ringdesk_storage::transcripts::{Outcome, TranscriptState};
use ringdesk_storage::{Tx, attachments, conversations, texts};
use ringdesk_vault::AccountKey;
use uuid::Uuid;

/// The job that hears one.
pub const TRANSCRIBE_CLIP: &str = "transcribe_clip";
const TRIES: i64 = 5;

/// A sound to be heard.
#[derive(Debug)]
pub struct Unheard {
    pub of: ClipToHear,
    /// Of its inbox, where that stands on a web site with one.
    pub language: Option<Language>,
    /// As it was sent.
    pub content: Vec<u8>,
}

impl Unheard {
    /// In which queue its conversation waited.
    pub fn queue(&self) -> QueueId {
        self.of.queue
    }

    /// Whose words they are.
    pub fn speaker(&self) -> Speaker {
        match self.of.speaker.as_str() {
            "contact" => Speaker::Contact,
            _ => Speaker::Agent(self.of.agent),
        }
    }
}

impl Operations {
    /// The sounds of a text of this transaction are to be heard.
    pub(crate) async fn hear_clips(
        &self,
        tx: &mut Tx,
        account: AccountId,
        now: Timestamp,
        conversation: ConversationId,
        message: Uuid,
    ) -> Result<(), OperationError> {
        for attachment in clip_transcripts::unheard(tx, account, message).await? {
            clip_transcripts::begin(tx, account, &Clip { attachment, conversation, message }).await?;
            let id: JobId = self.id(now);
            let payload = serde_json::json!({ "attachment": attachment }).to_string();
            let key = Some(format!("{TRANSCRIBE_CLIP}:{attachment}"));
            let job = NewJob { id, kind: TRANSCRIBE_CLIP, key, payload, run_at: now, max_attempts: TRIES };
            jobs::enqueue(tx, account, &job).await?;
        }
        Ok(())
    }

    /// A sound that is still to be heard; `None`: it was, or it is gone.
    pub async fn clip_to_hear(&self, account: AccountId, id: Uuid) -> Result<Option<Unheard>, OperationError> {
        let (mut tx, key) = self.read(account).await?;
        let Some(of) = clip_transcripts::to_hear(&mut tx, account, id).await? else { return Ok(None) };
        let Some(file) = attachments::get(&mut tx, &key, id).await? else { return Ok(None) };
        // An inbox that is no longer in use says nothing of languages.
        let site = used(&mut tx, account, of.inbox).await.ok().and_then(|inbox| TextSettings::of(&inbox).site);
        let language = match site.and_then(|site| site.language).as_deref() {
            Some("zh") => Some(Language::ZhCn),
            Some("en") => Some(Language::En),
            _ => None,
        };
        drop(tx);
        match self.opened(file, key).await {
            Ok(opened) => Ok(Some(Unheard { of, language, content: opened.content })),
            Err(OperationError::Over(_)) => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// It was heard, or cannot be. Gives the number of the event that tells it; `None`: its text was recalled meanwhile.
    pub async fn finish_clip(
        &self,
        now: Timestamp,
        account: AccountId,
        of: &ClipToHear,
        outcome: &Outcome,
        lines: &[Said],
    ) -> Result<Option<i64>, OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let clip = of.clip;
        texts::hold(&mut tx, account, clip.conversation).await?;
        if !clip_transcripts::heard(&mut tx, account, clip.attachment, outcome).await? {
            return Ok(None);
        }
        let transcript = TranscriptId(clip.attachment);
        self.write_lines(&mut tx, &key, now, (clip.conversation, transcript), of.at, lines).await?;
        let (action, object) = ("transcript.clip", format!("attachment:{}", clip.attachment));
        audited(&mut tx, &key, now, &Actor::System, action, &object, None, Some(outcome.state.as_str())).await?;
        let told = tell(&mut tx, &key, now, clip, outcome.state).await?;
        tx.commit().await?;
        Ok(Some(told))
    }

    /// What became of the sounds of a conversation's texts between two numbers (the first not among them).
    pub async fn clips_of(
        &self,
        scope: &Scope,
        conversation: ConversationId,
        between: (i64, i64),
    ) -> Result<Vec<ClipTranscript>, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        conversations::get(&mut tx, &key, scope, conversation)
            .await?
            .ok_or(OperationError::NotFound("conversation"))?;
        Ok(clip_transcripts::of_conversation(&mut tx, scope.account, conversation, between).await?)
    }
}

async fn tell(
    tx: &mut Tx,
    key: &AccountKey,
    now: Timestamp,
    clip: Clip,
    state: TranscriptState,
) -> Result<i64, OperationError> {
    let payload = serde_json::json!({
        "conversation": clip.conversation, "attachment": clip.attachment, "state": state.as_str()
    });
    emit(tx, key, now, "transcript_updated", payload).await
}
