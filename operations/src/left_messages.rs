//! Messages that callers left: listed for those who are to hear them, claimed by one, given to another, closed.
//!
//! Whoever claims a message takes part in its conversation from then on: reads it, hears it, and says what it was about like after
//! a call. The conversation is over when nothing in it is left to be heard.

use crate::call_record::{message_left, text, timeline};
use crate::desk::audited;
use crate::dispositions::judge;
use crate::{OperationError, Operations};
use ringdesk_conversations::{CallFact, Line, MessageStep, line, message_line};
use ringdesk_language::search::mask;
use ringdesk_model::{
    AccountId, Actor, AgentId, Ids, LeftMessageId, ParticipationId, Pii, RecordingId, Scope, Timestamp,
};
use ringdesk_storage::journal::{self, NewMessage, ParticipationState, Set};
use ringdesk_storage::left_messages::{self, Heard, LeftMessageState, LeftMessageView, Wanted};
use ringdesk_storage::outbox::NewEvent;
use ringdesk_storage::recovery::{self, OpenMessage};
use ringdesk_storage::{Tx, agents};
use ringdesk_vault::AccountKey;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The longest page.
const PAGE: i64 = 100;
/// Lines of speech that are shown with a page.
const LINES: i64 = 2_000;
/// Characters of a message that are shown in the list; the rest is read in the conversation.
const SHOWN: usize = 1_000;

/// A message as a reader may see it.
#[derive(Clone, Debug)]
pub struct LeftMessage {
    pub message: LeftMessageView,
    /// What was said, and how far its transcript is.
    pub heard: Heard,
}

impl Operations {
    /// The newest first. That somebody read what was said in them is an entry of the audit.
    pub async fn left_messages(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        wanted: &Wanted,
        limit: i64,
    ) -> Result<Vec<LeftMessage>, OperationError> {
        let (mut tx, key) = self.write(scope.account).await?;
        let found = left_messages::list(&mut tx, &key, scope, wanted, limit.clamp(1, PAGE)).await?;
        let shown = shown(&mut tx, &key, scope, found).await?;
        let read: BTreeSet<String> = shown
            .iter()
            .filter(|m| !m.heard.text.reveal().is_empty())
            .map(|m| m.message.conversation.to_string())
            .collect();
        if !read.is_empty() {
            let after = serde_json::json!({ "conversations": read }).to_string();
            audited(&mut tx, &key, now, actor, "transcript.view", "left_messages", None, Some(&after)).await?;
            tx.commit().await?;
        }
        Ok(shown)
    }

    /// The same without what was said in them, the oldest first: for somebody who hears them.
    pub async fn waiting_messages(&self, scope: &Scope) -> Result<Vec<LeftMessageView>, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        let mut found = left_messages::list(&mut tx, &key, scope, &Wanted::default(), PAGE).await?;
        found.reverse();
        Ok(found)
    }

    /// Messages that wait, by extension: those of the agent's queues that nobody has, and those the agent has in hand.
    pub async fn messages_by_extension(
        &self,
        account: AccountId,
    ) -> Result<BTreeMap<String, (u32, u32)>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        let unclosed = left_messages::unclosed(&mut tx, account).await?;
        if unclosed.is_empty() {
            return Ok(BTreeMap::new());
        }
        let members = agents::queue_agents(&mut tx, account).await?;
        let mut found = BTreeMap::new();
        for agent in agents::agents(&mut tx, account).await? {
            let Some(extension) = agent.extension else { continue };
            let serves = |queue| members.iter().any(|member| member.agent == agent.id && Some(member.queue) == queue);
            let (mut new, mut old) = (0, 0);
            for (queue, holder, count) in &unclosed {
                let count = u32::try_from(*count).unwrap_or(u32::MAX);
                match holder {
                    Some(holder) if *holder == agent.id => old += count,
                    None if serves(*queue) => new += count,
                    _ => {}
                }
            }
            if (new, old) != (0, 0) {
                found.insert(extension, (new, old));
            }
        }
        Ok(found)
    }

    /// See to it: the first who says so has it, all others learn who that is.
    pub async fn claim_left_message(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: LeftMessageId,
        agent: AgentId,
    ) -> Result<(), OperationError> {
        self.give(now, actor, scope, id, agent, false).await
    }

    /// Give it to somebody, also if somebody else has it.
    pub async fn assign_left_message(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: LeftMessageId,
        agent: AgentId,
    ) -> Result<(), OperationError> {
        self.give(now, actor, scope, id, agent, true).await
    }

    async fn give(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: LeftMessageId,
        agent: AgentId,
        anyway: bool,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(scope.account).await?;
        let before = seen(&mut tx, &key, scope, id).await?;
        let known = agents::agents(&mut tx, scope.account).await?;
        if !known.iter().any(|a| a.id == agent) {
            return Err(OperationError::NotFound("agent"));
        }
        let held =
            |by: Option<AgentId>| known.iter().find(|a| Some(a.id) == by).map_or("somebody", |a| a.name.as_str());
        match before.state {
            LeftMessageState::Closed => return Err(OperationError::Closed("the message")),
            LeftMessageState::Claimed if before.agent == Some(agent) => return Ok(()),
            LeftMessageState::Claimed if !anyway => {
                return Err(OperationError::InHand("the message", held(before.agent).to_owned()));
            }
            _ => {}
        }
        let participation = self.id(now);
        let to = (agent, participation);
        if !left_messages::claim(&mut tx, now, scope.account, id, before.agent, to).await? {
            return Err(OperationError::Changed("the message"));
        }
        let mut step = Step::new(self, now, &key, &before);
        step.leaves()?;
        step.joins(agent, participation);
        step.tell(MessageStep::Claimed, LeftMessageState::Claimed, agent, None)?;
        journal::write(&mut tx, &step.set).await?;
        let (had, has) = (before.agent.map(|a| format!("agent:{a}")), format!("agent:{agent}"));
        let action = if anyway { "left_message.assign" } else { "left_message.claim" };
        audited(&mut tx, &key, now, actor, action, &object(id), had.as_deref(), Some(&has)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Give it back to those of its queue.
    pub async fn release_left_message(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: LeftMessageId,
        anyones: bool,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(scope.account).await?;
        let before = seen(&mut tx, &key, scope, id).await?;
        let agent = holder(&before, scope, anyones)?;
        if !left_messages::release(&mut tx, scope.account, id, agent).await? {
            return Err(OperationError::Changed("the message"));
        }
        let mut step = Step::new(self, now, &key, &before);
        step.leaves()?;
        step.tell(MessageStep::Released, LeftMessageState::Open, agent, None)?;
        journal::write(&mut tx, &step.set).await?;
        let had = format!("agent:{agent}");
        audited(&mut tx, &key, now, actor, "left_message.release", &object(id), Some(&had), None).await?;
        tx.commit().await?;
        Ok(())
    }

    /// It was seen to; what it was about is said as after a call, where the queue wants it so.
    pub async fn close_left_message(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        (id, anyones): (LeftMessageId, bool),
        disposition: Option<String>,
        note: Option<Pii<String>>,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(scope.account).await?;
        let before = seen(&mut tx, &key, scope, id).await?;
        let agent = holder(&before, scope, anyones)?;
        if !left_messages::close(&mut tx, now, scope.account, id, agent).await? {
            return Err(OperationError::Changed("the message"));
        }
        if let Some(part) = before.participation {
            judge(&mut tx, &key, now, actor, scope, part, disposition.clone(), note).await?;
        }
        let over = left_messages::unfinished(&mut tx, scope.account, before.conversation).await? == 0;
        let mut step = Step::new(self, now, &key, &before);
        step.leaves()?;
        step.over = over;
        if over {
            step.set.close_conversation(before.conversation, now);
        }
        step.tell(MessageStep::Closed, LeftMessageState::Closed, agent, disposition.as_deref())?;
        journal::write(&mut tx, &step.set).await?;
        let had = format!("agent:{agent}");
        audited(&mut tx, &key, now, actor, "left_message.close", &object(id), Some(&had), disposition.as_deref())
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Who sees to a message may hear its recording.
    pub async fn hears_left_message(
        &self,
        account: AccountId,
        agent: AgentId,
        recording: RecordingId,
    ) -> Result<bool, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        Ok(left_messages::hears(&mut tx, account, agent, recording).await?)
    }

    /// What callers had said when the server died is a message, if it was long enough to be one. Part of the recovery, before
    /// the calls are ended.
    pub(crate) async fn end_open_messages(
        &self,
        tx: &mut Tx,
        key: &Arc<AccountKey>,
        now: Timestamp,
    ) -> Result<usize, OperationError> {
        let open = recovery::open_messages(tx, key, now).await?;
        if open.is_empty() {
            return Ok(0);
        }
        let mut set = Set::new(key.clone());
        let mut ids = Ids::seeded(self.id::<uuid::Uuid>(now).as_u128() as u64);
        for one in &open {
            let Some(fact) = interrupted(one) else { continue };
            set.call_event(one.call, one.facts + 1, one.until, fact.kind(), &text(&fact)?)?;
            message_left(&mut set, &mut ids, one.until, (one.conversation, one.call), &fact)?;
            if let Some(line) = line(&fact) {
                timeline(&mut set, &mut ids, one.until, one.conversation, &fact, &line)?;
            }
        }
        journal::write(tx, &set).await?;
        Ok(open.len())
    }
}

/// The fact that a crash kept from being written. It may end a little late: what was recorded of it says where, later.
fn interrupted(open: &OpenMessage) -> Option<CallFact> {
    let CallFact::VoicemailBegun { recording, from_ms, min_ms, queue } = &open.fact else { return None };
    let lasted = open.until.since(open.began).as_millis();
    let duration_ms = u64::try_from(lasted).unwrap_or(u64::MAX);
    if duration_ms < *min_ms {
        return Some(CallFact::VoicemailDiscarded { duration_ms, reason: "too_short".to_owned() });
    }
    let to_ms = recording.map_or(*from_ms, |_| from_ms.saturating_add_unsigned(duration_ms));
    let (recording, from_ms, queue) = (*recording, *from_ms, *queue);
    Some(CallFact::Voicemail { duration_ms, recording, from_ms, to_ms, queue, end: recovery::CAUSE.to_owned() })
}

/// What a step with a message leaves, as one set.
struct Step<'a> {
    set: Set,
    ids: Ids,
    now: Timestamp,
    before: &'a LeftMessageView,
    /// The conversation ends with it.
    over: bool,
}

impl<'a> Step<'a> {
    fn new(operations: &Operations, now: Timestamp, key: &Arc<AccountKey>, before: &'a LeftMessageView) -> Step<'a> {
        let ids = Ids::seeded(operations.id::<uuid::Uuid>(now).as_u128() as u64);
        Step { set: Set::new(key.clone()), ids, now, before, over: false }
    }

    /// Whoever had it has it no more.
    fn leaves(&mut self) -> Result<(), OperationError> {
        let (Some(agent), Some(id)) = (self.before.agent, self.before.participation) else { return Ok(()) };
        let since = self.before.claimed_at.unwrap_or(self.now);
        self.set.participation(part(self.before, id, agent, since, Some(self.now)));
        Ok(())
    }

    fn joins(&mut self, agent: AgentId, id: ParticipationId) {
        self.set.participation(part(self.before, id, agent, self.now, None));
    }

    /// A line for those who read the conversation, and news for those who follow.
    fn tell(
        &mut self,
        step: MessageStep,
        state: LeftMessageState,
        agent: AgentId,
        detail: Option<&str>,
    ) -> Result<(), OperationError> {
        let (at, of) = (self.now, self.before);
        let line: Line = message_line(step, agent, of.queue, detail);
        self.set.message(NewMessage {
            id: self.ids.next(at),
            conversation: of.conversation,
            kind: line.kind.as_str(),
            speaker: line.speaker.as_str(),
            agent: line.agent,
            text: Pii::new(text(&line)?),
            start_ms: None,
            end_ms: None,
            at,
        })?;
        let has = (state == LeftMessageState::Claimed).then_some(agent);
        let payload = serde_json::json!({
            "left_message": of.id, "conversation": of.conversation, "queue": of.queue, "state": state.as_str(), "agent": has
        });
        self.set.emit(NewEvent { at, kind: "left_message_updated", payload: Pii::new(payload) });
        let payload = serde_json::json!({
            "conversation": of.conversation, "call": of.call, "state": if self.over { "closed" } else { "open" },
            "line": line.text, "detail": line.detail, "agent": line.agent, "queue": line.queue
        });
        let news = NewEvent { at, kind: "conversation_updated", payload: Pii::new(payload) };
        self.set.emit_news(of.conversation, news);
        Ok(())
    }
}

fn part(
    of: &LeftMessageView,
    id: ParticipationId,
    agent: AgentId,
    started_at: Timestamp,
    ended_at: Option<Timestamp>,
) -> ParticipationState {
    ParticipationState {
        id,
        conversation: of.conversation,
        call: None,
        agent,
        queue: of.queue,
        started_at,
        ended_at,
        hold_us: 0,
    }
}

async fn seen(
    tx: &mut Tx,
    key: &AccountKey,
    scope: &Scope,
    id: LeftMessageId,
) -> Result<LeftMessageView, OperationError> {
    left_messages::get(tx, key, scope, id).await?.ok_or(OperationError::NotFound("message"))
}

/// Who has it: the reader, or anybody where `anyones`.
fn holder(before: &LeftMessageView, scope: &Scope, anyones: bool) -> Result<AgentId, OperationError> {
    match (before.state, before.agent) {
        (LeftMessageState::Closed, _) => Err(OperationError::Closed("the message")),
        (LeftMessageState::Claimed, Some(agent)) if anyones || scope.agent == Some(agent) => Ok(agent),
        (LeftMessageState::Claimed, _) => Err(OperationError::InHand("the message", "somebody else".to_owned())),
        (LeftMessageState::Open, _) => Err(OperationError::Unclaimed("the message")),
    }
}

async fn shown(
    tx: &mut Tx,
    key: &AccountKey,
    scope: &Scope,
    found: Vec<LeftMessageView>,
) -> Result<Vec<LeftMessage>, OperationError> {
    let mut words = left_messages::words(tx, key, &found, LINES).await?;
    let one = |message: LeftMessageView| {
        let mut heard = words.remove(&message.id).unwrap_or_default();
        let text = heard.text.reveal();
        let text = if scope.unmasked { text.clone() } else { mask(text) };
        heard.text = Pii::new(match text.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        });
        LeftMessage { message, heard }
    };
    Ok(found.into_iter().map(one).collect())
}

fn object(id: LeftMessageId) -> String {
    format!("left_message:{id}")
}
