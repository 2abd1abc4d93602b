//! A transcript's life: begun while people talk, line by line, ended; then heard again in peace, and replaced.
//!
//! What was said are lines of the timeline, found by their words like everything that is written; a transcript is the row
//! they name. The live one stays readable when the second pass has a better one, but is found no more.

use crate::desk::audited;
use crate::recordings::emit;
use crate::{OperationError, Operations};
use ringdesk_conversations::{CallFact, TalkFigures};
use ringdesk_language::search::mask;
use ringdesk_model::{
    AccountId, Actor, AgentId, CallId, ConversationId, InboxId, Language, Pii, QueueId, RecordingId, Scope, Timestamp,
    TranscriptId, UserId,
};
use ringdesk_storage::agents;
use ringdesk_storage::conversations::{self, MessageView};
use ringdesk_storage::journal::{self, NewMessage, Set};
use ringdesk_storage::outbox::NewEvent;
use ringdesk_storage::recordings::{self, RecordingView};
use ringdesk_storage::search;
use ringdesk_storage::transcripts::{self, NewTranscript, Outcome, Pass, TranscriptState};
use ringdesk_storage::{StoreError, Tx};
use ringdesk_vault::AccountKey;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

/// Lines read at once.
const PAGE: i64 = 500;
/// Reason of a live transcript whose server died.
const RESTART: &str = "server_restart";

/// Which transcript, of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Of {
    pub transcript: TranscriptId,
    pub conversation: ConversationId,
    pub call: CallId,
}

/// Whose words they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Speaker {
    Contact,
    /// Or somebody who was dialled for the caller, and is no agent.
    Agent(Option<AgentId>),
}

/// A line of a transcript. Times count from the beginning of the recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub speaker: Speaker,
    pub text: Pii<String>,
    pub start_ms: u64,
    pub end_ms: u64,
}

/// What is needed to hear a recording again.
#[derive(Clone, Debug)]
pub struct Again {
    pub of: Of,
    /// Of the live transcript, where there is one.
    pub language: Option<String>,
    pub inbox: Option<InboxId>,
    /// What happened in the call: who talked, and when.
    pub facts: Vec<(Timestamp, CallFact)>,
}

/// A caption: a line of a live transcript, and the news of it, as part of a set. `began`: the recording; `heard`:
/// when the engine had understood it.
pub fn caption(
    set: &mut Set,
    id: Uuid,
    of: &Of,
    began: Timestamp,
    heard: Timestamp,
    said: &Said,
) -> Result<(), StoreError> {
    let line = line(id, of.conversation, began, said);
    let payload = serde_json::json!({
        "conversation": of.conversation, "call": of.call, "transcript": of.transcript, "speaker": line.speaker,
        "agent": line.agent, "text": said.text.reveal(), "start_ms": said.start_ms, "end_ms": said.end_ms,
        "heard_at": heard.as_millis()
    });
    set.emit(NewEvent { at: line.at, kind: "caption", payload: Pii::new(payload) });
    set.line(line, Some(of.transcript))
}

/// What was said, for readers without the right to numbers: those that were spoken are hidden.
pub fn masked(text: &str) -> String {
    mask(text)
}

/// How callers are heard once they wait in a queue, as its row says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct QueueSpeech {
    /// Without it: that of the number.
    pub language: Option<Language>,
    /// Names that engines should expect.
    pub hot_words: Vec<String>,
}

impl QueueSpeech {
    /// Settings that say something else are no reason to hear nobody.
    pub(crate) fn of(queue: &agents::Queue) -> QueueSpeech {
        serde_json::from_str(&queue.settings).unwrap_or_default()
    }
}

impl Operations {
    /// Every queue with its name, and how its callers are heard.
    pub async fn queue_speech(
        &self,
        account: AccountId,
    ) -> Result<BTreeMap<QueueId, (String, QueueSpeech)>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        let speech = |queue: agents::Queue| {
            let speech = QueueSpeech::of(&queue);
            (queue.id, (queue.name, speech))
        };
        Ok(agents::queues(&mut tx, account).await?.into_iter().map(speech).collect())
    }

    /// An engine begins to listen, or nobody here can. Gives the number of the event that tells it, as all of these do.
    pub async fn begin_transcript(
        &self,
        now: Timestamp,
        account: AccountId,
        new: &NewTranscript,
    ) -> Result<i64, OperationError> {
        let (mut tx, key) = self.write(account).await?;
        transcripts::insert(&mut tx, account, new).await?;
        let of = Of { transcript: new.id, conversation: new.conversation, call: new.call };
        let told = tell(&mut tx, &key, now, &of, new.pass.as_str(), new.state, new.reason.as_deref()).await?;
        tx.commit().await?;
        Ok(told)
    }

    /// It is over, or failed. A live transcript that ends after the final one was made steps back at once.
    pub async fn end_transcript(
        &self,
        now: Timestamp,
        account: AccountId,
        of: &Of,
        pass: Pass,
        outcome: &Outcome,
    ) -> Result<i64, OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let mut outcome = outcome.clone();
        if pass == Pass::Live && outcome.state == TranscriptState::Done {
            let all = transcripts::of_conversation(&mut tx, account, of.conversation).await?;
            let mine = all.iter().find(|t| t.id == of.transcript.0).and_then(|t| t.recording_id);
            let better = |t: &transcripts::TranscriptView| {
                t.recording_id == mine && t.pass == Pass::Final.as_str() && t.state == TranscriptState::Done.as_str()
            };
            if mine.is_some() && all.iter().any(better) {
                outcome.state = TranscriptState::Superseded;
                search::forget_transcript(&mut tx, account, of.transcript).await?;
            }
        }
        if !transcripts::heard(&mut tx, account, of.transcript, &outcome).await? {
            return Err(OperationError::NotFound("transcript"));
        }
        let told = tell(&mut tx, &key, now, of, pass.as_str(), outcome.state, outcome.reason.as_deref()).await?;
        tx.commit().await?;
        Ok(told)
    }

    /// Somebody is about to hear this recording again. `None`: that was done before.
    pub async fn begin_second_pass(
        &self,
        now: Timestamp,
        account: AccountId,
        row: &RecordingView,
    ) -> Result<Option<Again>, OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let all = transcripts::of_conversation(&mut tx, account, row.conversation).await?;
        let mine = |pass: Pass| {
            all.iter().rev().find(|t| t.pass == pass.as_str() && t.recording_id == Some(row.id.0)).cloned()
        };
        let language = mine(Pass::Live).map(|live| live.language);
        let running = TranscriptState::Running;
        let transcript = match mine(Pass::Final) {
            Some(last) if last.state == "done" || last.state == "superseded" => return Ok(None),
            Some(last) => {
                let again = Outcome { engine: last.engine, language: last.language, state: running, reason: None };
                transcripts::heard(&mut tx, account, TranscriptId(last.id), &again).await?;
                TranscriptId(last.id)
            }
            None => {
                let new = NewTranscript {
                    id: self.id(now),
                    conversation: row.conversation,
                    call: row.call,
                    recording: Some(row.id),
                    pass: Pass::Final,
                    engine: String::new(),
                    language: language.clone().unwrap_or_default(),
                    state: running,
                    reason: None,
                    at: now,
                };
                transcripts::insert(&mut tx, account, &new).await?;
                new.id
            }
        };
        let of = Of { transcript, conversation: row.conversation, call: row.call };
        tell(&mut tx, &key, now, &of, Pass::Final.as_str(), running, None).await?;
        let house = house(account);
        let inbox = conversations::get(&mut tx, &key, &house, row.conversation).await?.and_then(|c| c.inbox);
        let events = conversations::call_events(&mut tx, &key, &house, row.call).await?;
        tx.commit().await?;
        let fact = |e: conversations::CallEventView| Some((e.at, serde_json::from_str(e.payload.reveal()).ok()?));
        Ok(Some(Again { of, language, inbox, facts: events.into_iter().filter_map(fact).collect() }))
    }

    /// It was heard again: the lines take the place of those of the live transcript, in one transaction.
    pub async fn finish_second_pass(
        &self,
        now: Timestamp,
        account: AccountId,
        of: &Of,
        outcome: &Outcome,
        began: Timestamp,
        lines: &[Said],
    ) -> Result<i64, OperationError> {
        let (mut tx, key) = self.write(account).await?;
        if !transcripts::heard(&mut tx, account, of.transcript, outcome).await? {
            return Err(OperationError::NotFound("transcript"));
        }
        self.write_lines(&mut tx, &key, now, (of.conversation, of.transcript), began, lines).await?;
        for before in transcripts::supersede(&mut tx, account, of.call, of.transcript).await? {
            let before = Of { transcript: before, ..*of };
            tell(&mut tx, &key, now, &before, Pass::Live.as_str(), TranscriptState::Superseded, None).await?;
        }
        let told = tell(&mut tx, &key, now, of, Pass::Final.as_str(), outcome.state, outcome.reason.as_deref()).await?;
        tx.commit().await?;
        Ok(told)
    }

    /// The lines of what was heard in a whole sound that began then.
    pub(crate) async fn write_lines(
        &self,
        tx: &mut Tx,
        key: &Arc<AccountKey>,
        now: Timestamp,
        (conversation, transcript): (ConversationId, TranscriptId),
        began: Timestamp,
        lines: &[Said],
    ) -> Result<(), OperationError> {
        let mut set = Set::new(key.clone());
        for said in lines {
            set.line(line(self.id(now), conversation, began, said), Some(transcript))?;
        }
        if !set.is_empty() {
            journal::write(tx, &set).await?;
        }
        Ok(())
    }

    /// How two people talked, as their transcript has it.
    pub async fn talk_measured(
        &self,
        account: AccountId,
        transcript: TranscriptId,
        figures: &TalkFigures,
    ) -> Result<(), OperationError> {
        let (mut tx, _) = self.write(account).await?;
        transcripts::measured(&mut tx, account, transcript, figures).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What was said in a recording, to take away; the best transcript of it, in order of time. The audit keeps that somebody did.
    pub async fn export_transcript(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: RecordingId,
    ) -> Result<Vec<MessageView>, OperationError> {
        let (mut tx, key) = self.write(scope.account).await?;
        let recording = recordings::get(&mut tx, scope, id).await?.ok_or(OperationError::NotFound("recording"))?;
        let all = transcripts::of_conversation(&mut tx, scope.account, recording.conversation).await?;
        let mine: BTreeSet<Uuid> = all.into_iter().filter(|t| t.recording_id == Some(id.0)).map(|t| t.id).collect();
        let (mut lines, mut after) = (Vec::new(), 0);
        loop {
            let page =
                conversations::messages(&mut tx, &key, scope, recording.conversation, (after, false), PAGE).await?;
            let last = page.len() < usize::try_from(PAGE).unwrap_or(0);
            after = page.last().map_or(after, |line| line.seq);
            lines.extend(page.into_iter().filter(|line| line.transcript.is_some_and(|t| mine.contains(&t.0))));
            if last {
                break;
            }
        }
        audited(&mut tx, &key, now, actor, "transcript.export", &format!("recording:{id}"), None, None).await?;
        tx.commit().await?;
        lines.sort_by_key(|line| (line.start_ms, line.seq));
        for line in lines.iter_mut().filter(|_| !scope.unmasked) {
            line.text = Pii::new(mask(line.text.reveal()));
        }
        Ok(lines)
    }

    /// Once at the start, before the first call: nobody listens to the calls of a dead server.
    pub async fn close_live_transcripts(&self, account: AccountId) -> Result<u64, OperationError> {
        let (mut tx, _) = self.write(account).await?;
        let closed = transcripts::close_live(&mut tx, account, RESTART).await?;
        tx.commit().await?;
        Ok(closed)
    }
}

fn line(id: Uuid, conversation: ConversationId, began: Timestamp, said: &Said) -> NewMessage {
    let (speaker, agent) = match said.speaker {
        Speaker::Contact => ("contact", None),
        Speaker::Agent(agent) => ("agent", agent),
    };
    let ms = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX);
    NewMessage {
        id,
        conversation,
        kind: "speech",
        speaker,
        agent,
        text: said.text.clone(),
        start_ms: Some(ms(said.start_ms)),
        end_ms: Some(ms(said.end_ms)),
        at: began + std::time::Duration::from_millis(said.start_ms),
    }
}

/// The house itself reads.
fn house(account: AccountId) -> Scope {
    Scope { account, user: UserId(Uuid::nil()), agent: None, everyone: true, unmasked: true }
}

async fn tell(
    tx: &mut Tx,
    key: &AccountKey,
    now: Timestamp,
    of: &Of,
    pass: &str,
    state: TranscriptState,
    reason: Option<&str>,
) -> Result<i64, OperationError> {
    let payload = serde_json::json!({
        "conversation": of.conversation, "call": of.call, "transcript": of.transcript, "pass": pass,
        "state": state.as_str(), "reason": reason
    });
    emit(tx, key, now, "transcript_updated", payload).await
}
