//! One call as the journal follows it: facts in, rows out.

use crate::OperationError;
use crate::visitor_calls::VisitorCall;
use ringdesk_conversations::{
    CallFact, CallSheet, ContactNumber, Conversation, ConversationCreated, Country, Line, line, unserved,
};
use ringdesk_model::{
    AccountId, CallId, Channel, ConversationId, Ids, InboxId, Medium, OfferId, ParticipationId, Pii, QueueId,
    Timestamp, WorkItemId, WorkOutcome,
};
use ringdesk_storage::contacts::Identity;
use ringdesk_storage::journal::{
    CallChange, CallEnd, CallStarted, ConversationOpened, NewMessage, ParticipationState, Parties, Queued, Set,
};
use ringdesk_storage::left_messages::NewLeftMessage;
use ringdesk_storage::outbox::NewEvent;
use ringdesk_storage::satisfaction::NewInvitation;
use ringdesk_storage::transfers::{NewTransfer, TransferEnd};
use ringdesk_storage::unserved::NewUnserved;
use std::collections::{BTreeMap, BTreeSet};

/// What is known when a call comes to the door.
#[derive(Clone, Debug)]
pub struct Opening {
    pub account: AccountId,
    pub call: CallId,
    pub inbox: Option<InboxId>,
    pub from: Pii<String>,
    pub from_name: Option<Pii<String>>,
    pub to: Pii<String>,
    /// `trunk:<id>`, `extension:<number>` or, of a visitor's page, `site:<inbox>`.
    pub origin: String,
    /// How numbers are dialled where the server stands.
    pub home: Country,
}

/// Who is at the other end: known by this, come from this page.
struct Caller {
    identity: Option<Identity>,
    page: Option<String>,
}

/// Follows one call from its first fact to its last and adds to the sets what each leaves. One per call, in memory; what
/// a crash leaves unfinished is closed by the recovery.
#[derive(Debug)]
pub struct CallRecord {
    call: CallId,
    conversation: ConversationId,
    sheet: CallSheet,
    /// Number of the last fact.
    facts: i64,
    ended: bool,
    /// The caller left a message: somebody has to hear it before the conversation is over.
    message_left: bool,
    /// Those whose end was written.
    left: BTreeSet<OfferId>,
    /// Who called us, and may be owed a call: the identity, where there is one, and the number.
    caller: Option<(Option<Identity>, Pii<String>)>,
    /// Where its work items wait.
    queues: BTreeMap<WorkItemId, QueueId>,
}

impl CallRecord {
    /// A call at the door: conversation, contact, call, and its first fact.
    pub fn open(set: &mut Set, ids: &mut Ids, at: Timestamp, opening: Opening) -> Result<CallRecord, OperationError> {
        let conversation = ids.next(at);
        CallRecord::open_as(set, ids, at, conversation, opening)
    }

    /// The same, for a conversation that has its id already: others keep things of the call under it.
    pub fn open_as(
        set: &mut Set,
        ids: &mut Ids,
        at: Timestamp,
        conversation: ConversationId,
        opening: Opening,
    ) -> Result<CallRecord, OperationError> {
        CallRecord::open_towards(set, ids, at, conversation, opening, "inbound")
    }

    /// A visitor of a web site calls: the contact is who writes from there.
    pub fn open_from_site(
        set: &mut Set,
        ids: &mut Ids,
        at: Timestamp,
        opening: Opening,
        from: &VisitorCall,
    ) -> Result<CallRecord, OperationError> {
        set.visit(from.conversation, at, from.visit.kept()?);
        let caller = Caller { identity: Some(from.identity.clone()), page: from.visit.page.clone() };
        CallRecord::open_with(set, ids, at, from.conversation, opening, "inbound", caller)
    }

    /// An agent calls: the contact is whom they call.
    pub fn open_outbound(
        set: &mut Set,
        ids: &mut Ids,
        at: Timestamp,
        conversation: ConversationId,
        opening: Opening,
    ) -> Result<CallRecord, OperationError> {
        CallRecord::open_towards(set, ids, at, conversation, opening, "outbound")
    }

    fn open_towards(
        set: &mut Set,
        ids: &mut Ids,
        at: Timestamp,
        conversation: ConversationId,
        opening: Opening,
        direction: &'static str,
    ) -> Result<CallRecord, OperationError> {
        let address = if direction == "outbound" { &opening.to } else { &opening.from };
        let identity = ContactNumber::normalise(address.reveal(), opening.home).map(|n| Identity::number(&n));
        CallRecord::open_with(set, ids, at, conversation, opening, direction, Caller { identity, page: None })
    }

    fn open_with(
        set: &mut Set,
        ids: &mut Ids,
        at: Timestamp,
        conversation: ConversationId,
        opening: Opening,
        direction: &'static str,
        Caller { identity, page }: Caller,
    ) -> Result<CallRecord, OperationError> {
        let outbound = direction == "outbound";
        let address = if outbound { &opening.to } else { &opening.from };
        let name = opening.from_name.clone().filter(|_| !outbound);
        let caller = (!outbound).then(|| (identity.clone(), opening.from.clone()));
        let contact = identity.map(|identity| (identity, ids.next(at)));
        set.open_conversation(ConversationOpened {
            id: conversation,
            channel: Channel::Phone,
            inbox: opening.inbox,
            at,
            contact,
        })?;
        set.start_call(CallStarted {
            id: opening.call,
            conversation,
            direction,
            origin: opening.origin,
            parties: Parties {
                from: opening.from.clone(),
                from_name: opening.from_name.clone(),
                to: opening.to.clone(),
            },
            at,
        })?;
        // Whether the contact is new is known only in the transaction; who follows finds it in the conversation.
        let noun = Conversation::open(at, conversation, opening.account, None, Channel::Phone, opening.inbox);
        let created = ConversationCreated::of(&noun, name, Some(address.clone()), page);
        emit(set, at, "conversation_created", &created)?;
        let mut record = CallRecord {
            call: opening.call,
            conversation,
            sheet: CallSheet::default(),
            facts: 0,
            ended: false,
            message_left: false,
            left: BTreeSet::new(),
            caller,
            queues: BTreeMap::new(),
        };
        let started = CallFact::Started { from: opening.from, to: opening.to, inbox: opening.inbox };
        record.fact(set, ids, at, &started)?;
        Ok(record)
    }

    pub fn call(&self) -> CallId {
        self.call
    }

    pub fn conversation(&self) -> ConversationId {
        self.conversation
    }

    pub fn sheet(&self) -> &CallSheet {
        &self.sheet
    }

    pub fn is_over(&self) -> bool {
        self.ended
    }

    /// Add what a fact leaves. Nothing comes after the end.
    pub fn fact(&mut self, set: &mut Set, ids: &mut Ids, at: Timestamp, fact: &CallFact) -> Result<(), OperationError> {
        if self.ended {
            return Ok(());
        }
        self.facts += 1;
        self.sheet.apply(at, fact);
        set.call_event(self.call, self.facts, at, fact.kind(), &text(fact)?)?;
        match fact {
            CallFact::Answered => {
                set.change_call(self.call, CallChange { answered_at: Some(at), ..CallChange::default() })?;
            }
            CallFact::Queued { work_item, queue } => {
                set.queued(Queued {
                    id: *work_item,
                    conversation: self.conversation,
                    call: Some(self.call),
                    queue: *queue,
                    medium: Medium::Voice,
                    at,
                });
                self.queues.insert(*work_item, *queue);
                emit(set, at, "work_queued", &serde_json::json!({ "work_item": work_item, "queue": queue }))?;
            }
            CallFact::LeftQueue { work_item, outcome } => {
                let queue = self.queues.remove(work_item);
                let payload = serde_json::json!({ "work_item": work_item, "queue": queue, "outcome": outcome });
                emit(set, at, "work_left", &payload)?;
                set.left_queue(*work_item, at, word(outcome)?, *outcome == WorkOutcome::Served);
            }
            CallFact::Ended { cause, by } => {
                self.ended = true;
                let ended = Some(CallEnd { at, cause: cause.clone(), by: by.clone() });
                let sheet = Some(text(&self.sheet)?);
                set.change_call(self.call, CallChange { answered_at: None, sheet, ended })?;
                self.owed(set, ids, at)?;
                set.enqueue_if_ruled(crate::rules::calls::job(ids.next(at), self.call, self.conversation, at));
                match self.message_left {
                    true => set.close_conversation_if_heard(self.conversation, at),
                    false => set.close_conversation(self.conversation, at),
                }
            }
            CallFact::Sought { work_item, queue, .. } => set.queued(Queued {
                id: *work_item,
                conversation: self.conversation,
                call: Some(self.call),
                queue: *queue,
                medium: Medium::Voice,
                at,
            }),
            CallFact::SoughtEnded { work_item, outcome } => {
                set.left_queue(*work_item, at, outcome.clone(), outcome == "served");
            }
            CallFact::Transferring { transfer, by, target, mode, reason } => {
                set.transfer(&NewTransfer {
                    id: *transfer,
                    conversation: self.conversation,
                    call: Some(self.call),
                    by: *by,
                    mode: mode.clone(),
                    target: target.kind(),
                    target_said: Pii::new(text(target)?),
                    reason: reason.clone(),
                    at,
                })?;
                self.told(
                    set,
                    at,
                    "transfer_begun",
                    serde_json::json!({ "transfer": transfer, "by": by, "target": target, "mode": mode }),
                )?;
            }
            CallFact::TransferEnded { transfer, outcome, waited_ms, agent } => {
                set.end_transfer(TransferEnd {
                    id: *transfer,
                    at,
                    waited_ms: i64::try_from(*waited_ms).unwrap_or(i64::MAX),
                    outcome: outcome.clone(),
                    taken_by: *agent,
                });
                let payload = serde_json::json!({ "transfer": transfer, "outcome": outcome, "waited_ms": waited_ms, "agent": agent });
                self.told(set, at, "transfer_ended", payload)?;
            }
            CallFact::Rated { stars } => self.rated(set, at, *stars)?,
            CallFact::Voicemail { .. } => {
                self.message_left = true;
                message_left(set, ids, at, (self.conversation, self.call), fact)?;
            }
            _ => {}
        }
        self.participations(set, fact);
        if matches!(fact, CallFact::LeftQueue { .. } | CallFact::AgentJoined { .. } | CallFact::AgentLeft { .. }) {
            set.change_call(self.call, CallChange { sheet: Some(text(&self.sheet)?), ..CallChange::default() })?;
        }
        if let Some(line) = line(fact) {
            timeline(set, ids, at, self.conversation, fact, &line)?;
            let state = if self.ended && !self.message_left { "closed" } else { "open" };
            let payload = serde_json::json!({
                "conversation": self.conversation, "call": self.call, "state": state, "line": line.text, "detail": line.detail,
                "agent": line.agent, "queue": line.queue
            });
            let news = NewEvent { at, kind: "conversation_updated", payload: Pii::new(payload) };
            set.emit_news(self.conversation, news);
        }
        Ok(())
    }

    /// Whoever waited and met nobody stands on the queue's list.
    fn owed(&self, set: &mut Set, ids: &mut Ids, at: Timestamp) -> Result<(), OperationError> {
        let Some((identity, number)) = &self.caller else { return Ok(()) };
        let Some((queue, kind, waited)) = unserved(&self.sheet, self.message_left) else { return Ok(()) };
        set.unserved(NewUnserved {
            id: ids.next(at),
            queue,
            identity: identity.clone(),
            number: number.clone(),
            kind,
            at,
            wait_ms: i64::try_from(waited.as_millis()).unwrap_or(i64::MAX),
            conversation: self.conversation,
            call: Some(self.call),
        });
        emit(set, at, "unserved_changed", &serde_json::json!({ "queue": queue }))
    }

    /// Whom nobody served has nothing to rate.
    fn rated(&self, set: &mut Set, at: Timestamp, stars: Option<u8>) -> Result<(), OperationError> {
        let Some(last) = self.sheet.talked().filter(|part| !part.consults).last() else { return Ok(()) };
        let (agent, queue) = (last.agent, last.queue);
        set.invited(NewInvitation { conversation: self.conversation, agent, queue, at, stars });
        let Some(stars) = stars else { return Ok(()) };
        self.told(set, at, "conversation_rated", serde_json::json!({ "agent": agent, "queue": queue, "stars": stars }))
    }

    /// An event of this conversation, for those who have a part in it.
    fn told(
        &self,
        set: &mut Set,
        at: Timestamp,
        kind: &'static str,
        mut payload: serde_json::Value,
    ) -> Result<(), OperationError> {
        payload["conversation"] = serde_json::json!(self.conversation);
        payload["call"] = serde_json::json!(self.call);
        emit(set, at, kind, &payload)
    }

    /// Those who talk or talked, as they stand; one that is over is written once more and then left alone.
    fn participations(&mut self, set: &mut Set, fact: &CallFact) {
        use CallFact::{AgentConsulted, AgentJoined, AgentLeft, Ended, Resumed};
        if !matches!(
            fact,
            AgentConsulted { .. } | AgentJoined { .. } | AgentLeft { .. } | Ended { .. } | Resumed { .. }
        ) {
            return;
        }
        for part in self.sheet.participations.iter().filter(|p| !self.left.contains(&p.offer)) {
            let Some(started_at) = part.joined_at else { continue };
            set.participation(ParticipationState {
                id: ParticipationId(part.offer.0),
                conversation: self.conversation,
                call: Some(self.call),
                agent: part.agent,
                queue: part.queue,
                started_at,
                ended_at: part.left_at,
                hold_us: i64::try_from(part.hold_us).unwrap_or(i64::MAX),
            });
        }
        for part in self.sheet.participations.iter().filter(|p| p.joined_at.is_some() && !self.left.contains(&p.offer))
        {
            if let Some(at) = part.left_at {
                set.end_assignment(part.offer, at);
            }
        }
        self.left.extend(self.sheet.participations.iter().filter(|p| p.left_at.is_some()).map(|p| p.offer));
    }
}

/// A message somebody has to hear: the row of it, and the news for those who are to.
pub(crate) fn message_left(
    set: &mut Set,
    ids: &mut Ids,
    at: Timestamp,
    (conversation, call): (ConversationId, CallId),
    fact: &CallFact,
) -> Result<(), OperationError> {
    let CallFact::Voicemail { duration_ms, recording, from_ms, to_ms, queue, .. } = fact else { return Ok(()) };
    let (recording, queue, from_ms) = (*recording, *queue, *from_ms);
    let to_ms = recording.map_or(i64::try_from(*duration_ms).unwrap_or(i64::MAX), |_| *to_ms);
    let id = ids.next(at);
    set.left_message(NewLeftMessage { id, conversation, call, queue, recording, from_ms, to_ms, at });
    let payload = serde_json::json!({
        "left_message": id, "conversation": conversation, "call": call, "queue": queue, "duration_ms": duration_ms,
        "recording": recording, "from_ms": from_ms, "to_ms": to_ms
    });
    emit(set, at, "voicemail_left", &payload)
}

/// The line a person reads of a fact.
pub(crate) fn timeline(
    set: &mut Set,
    ids: &mut Ids,
    at: Timestamp,
    conversation: ConversationId,
    fact: &CallFact,
    line: &Line,
) -> Result<(), OperationError> {
    let place = match fact {
        CallFact::Voicemail { recording: Some(_), from_ms, to_ms, .. } => Some((*from_ms, *to_ms)),
        _ => None,
    };
    set.message(NewMessage {
        id: ids.next(at),
        conversation,
        kind: line.kind.as_str(),
        speaker: line.speaker.as_str(),
        agent: line.agent,
        text: Pii::new(text(line)?),
        start_ms: place.map(|p| p.0),
        end_ms: place.map(|p| p.1),
        at,
    })?;
    Ok(())
}

pub(crate) fn text<T: serde::Serialize>(value: &T) -> Result<String, OperationError> {
    serde_json::to_string(value).map_err(|_| OperationError::Internal("a fact could not be written"))
}

/// The name of a unit variant, as the API spells it.
fn word<T: serde::Serialize>(value: &T) -> Result<String, OperationError> {
    Ok(text(value)?.trim_matches('"').to_owned())
}

pub(crate) fn emit<T: serde::Serialize>(
    set: &mut Set,
    at: Timestamp,
    kind: &'static str,
    payload: &T,
) -> Result<(), OperationError> {
    let payload =
        serde_json::to_value(payload).map_err(|_| OperationError::Internal("an event could not be written"))?;
    set.emit(NewEvent { at, kind, payload: Pii::new(payload) });
    Ok(())
}
