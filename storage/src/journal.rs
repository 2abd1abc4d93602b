//! The journal: what calls leave behind, written in sets.
//!
//! One commit per fact costs 25 times as much as one per set, so the caller gathers a [`Set`] for at most 20 ms (or
//! until something cannot wait: an offer) and writes it with one statement per table. Values are sealed when they are
//! added, so that the transaction is short. A set is kept until its commit succeeded: writing it again after a failure
//! is safe, for a failed transaction left nothing.

mod facts;
mod floor;
mod rows;
mod write;

pub use facts::{
    CallChange, CallEnd, CallStarted, ConversationOpened, NewMessage, ParticipationState, Parties, Queued, TextJoined,
};
pub use write::{is_written, write};

use crate::{StoreError, number_places};
use floor::Told;
use rows::{
    CallEventRow, CallRow, ChangeRow, ContactRow, ConversationRow, LeftRow, MessageRow, ParticipationRow, Sealed,
    WorkItemRow,
};

use crate::agents::PresenceChange;
use crate::batch::{Hex, Id, json};
use crate::jobs::NewJob;
use crate::left_messages::NewLeftMessage;
use crate::outbox::NewEvent;
use crate::routing::OfferEnd;
use crate::satisfaction::NewInvitation;
use crate::search::NewLine;
use crate::text_transfers::TextRefused;
use crate::transfers::{BegunRow, EndRow, NewTransfer, TransferEnd};
use crate::unserved::NewUnserved;
use ringdesk_model::{AgentId, CallId, ConversationId, Medium, OfferId, Pii, Timestamp, TranscriptId, WorkItemId};
use ringdesk_vault::{AccountKey, Place};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

/// What was gathered for one account.
pub struct Set {
    key: Arc<AccountKey>,
    contacts: BTreeMap<Vec<u8>, ContactRow>,
    sealed: Sealed,
    conversations: BTreeMap<Uuid, ConversationRow>,
    closed: BTreeMap<Uuid, i64>,
    done: BTreeMap<Uuid, i64>,
    calls: BTreeMap<Uuid, CallRow>,
    changes: BTreeMap<Uuid, ChangeRow>,
    call_events: Vec<CallEventRow>,
    participations: BTreeMap<Uuid, ParticipationRow>,
    messages: Vec<MessageRow>,
    lines: Vec<NewLine>,
    left_messages: Vec<NewLeftMessage>,
    unserved: Vec<NewUnserved>,
    invitations: Vec<NewInvitation>,
    visits: Vec<(ConversationId, Timestamp, Pii<String>)>,
    transfers: Vec<BegunRow>,
    transfers_ended: Vec<EndRow>,
    texts_joined: Vec<TextJoined>,
    texts_refused: Vec<TextRefused>,
    work_items: BTreeMap<Uuid, WorkItemRow>,
    left: BTreeMap<Uuid, LeftRow>,
    ended: BTreeSet<Uuid>,
    assignments: BTreeMap<Uuid, i64>,
    offers: BTreeMap<OfferId, OfferEnd>,
    presences: Vec<(AgentId, PresenceChange)>,
    events: Vec<Told>,
    /// Where in `events` the news of a conversation stand.
    news: BTreeMap<Uuid, usize>,
    jobs: Vec<NewJob>,
    /// Of calls that are over.
    ruled_jobs: Vec<NewJob>,
    len: usize,
    /// By which it is known whether it was written.
    name: Option<Uuid>,
}

impl Set {
    pub fn new(key: Arc<AccountKey>) -> Set {
        Set {
            key,
            contacts: BTreeMap::new(),
            sealed: Sealed::default(),
            conversations: BTreeMap::new(),
            closed: BTreeMap::new(),
            done: BTreeMap::new(),
            calls: BTreeMap::new(),
            changes: BTreeMap::new(),
            call_events: Vec::new(),
            participations: BTreeMap::new(),
            messages: Vec::new(),
            lines: Vec::new(),
            left_messages: Vec::new(),
            unserved: Vec::new(),
            invitations: Vec::new(),
            visits: Vec::new(),
            transfers: Vec::new(),
            transfers_ended: Vec::new(),
            texts_joined: Vec::new(),
            texts_refused: Vec::new(),
            work_items: BTreeMap::new(),
            left: BTreeMap::new(),
            ended: BTreeSet::new(),
            assignments: BTreeMap::new(),
            offers: BTreeMap::new(),
            presences: Vec::new(),
            events: Vec::new(),
            news: BTreeMap::new(),
            jobs: Vec::new(),
            ruled_jobs: Vec::new(),
            len: 0,
            name: None,
        }
    }

    /// The same with a name of its own: after a commit that ended without an answer, [`is_written`] knows.
    pub fn named(mut self, name: Uuid) -> Set {
        self.name = Some(name);
        self
    }

    pub fn name(&self) -> Option<Uuid> {
        self.name
    }

    /// How many entries were added; the caller bounds it.
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn open_conversation(&mut self, opened: ConversationOpened) -> Result<(), StoreError> {
        self.len += 1;
        let mut place = None;
        let with = match opened.contact {
            None => None,
            Some((identity, new)) => {
                place = number_places::of(&identity);
                let hash = identity.hash(&self.key);
                let place = Place::new("contact_identity", "value", &hash);
                let value = self.key.seal(place, identity.value.reveal().as_bytes())?;
                let row = ContactRow {
                    contact: Id(new.0),
                    kind: identity.kind,
                    hash: Hex(hash.to_vec()),
                    value: self.sealed.contacts.put(&value)?,
                    at: opened.at.0,
                };
                self.contacts.entry(hash.to_vec()).or_insert(row);
                Some(hash.to_vec())
            }
        };
        let row = ConversationRow {
            id: Id(opened.id.0),
            channel: opened.channel.as_str(),
            contact: None,
            via: with.clone().map(Hex),
            place,
            inbox: opened.inbox.map(|i| Id(i.0)),
            at: opened.at.0,
            closed: None,
            seq: 0,
            with,
        };
        self.conversations.insert(opened.id.0, row);
        Ok(())
    }

    pub fn close_conversation(&mut self, id: ConversationId, at: Timestamp) {
        self.len += 1;
        match self.conversations.get_mut(&id.0) {
            Some(row) => row.closed = Some(at.0),
            None => drop(self.closed.insert(id.0, at.0)),
        }
    }

    /// Its call is over; the conversation is, too, unless somebody has still to hear what was left in it.
    pub fn close_conversation_if_heard(&mut self, id: ConversationId, at: Timestamp) {
        self.len += 1;
        self.done.insert(id.0, at.0);
    }

    pub fn start_call(&mut self, started: CallStarted) -> Result<(), StoreError> {
        self.len += 1;
        let place = Place::new("call", "parties", started.id.0.as_bytes());
        let parties = self.key.seal(place, json(&started.parties).as_bytes())?;
        let row = CallRow {
            id: Id(started.id.0),
            conversation: Id(started.conversation.0),
            direction: started.direction,
            origin: started.origin,
            parties: self.sealed.calls.put(&parties)?,
            at: started.at.0,
        };
        self.calls.insert(started.id.0, row);
        Ok(())
    }

    /// A call that ends takes its work items and offers with it, in the same transaction.
    pub fn change_call(&mut self, id: CallId, change: CallChange) -> Result<(), StoreError> {
        self.len += 1;
        let place = Place::new("call", "sheet", id.0.as_bytes());
        let sheet = match change.sheet {
            Some(sheet) => Some(self.sealed.changes.put(&self.key.seal(place, sheet.as_bytes())?)?),
            None => None,
        };
        let nothing = ChangeRow { id: Id(id.0), answered: None, ended: None, cause: None, by: None, sheet: None };
        let row = self.changes.entry(id.0).or_insert(nothing);
        row.answered = change.answered_at.map(|at| at.0).or(row.answered);
        row.sheet = sheet.or(row.sheet);
        if let Some(end) = change.ended {
            (row.ended, row.cause, row.by) = (Some(end.at.0), Some(end.cause), Some(end.by));
            self.ended.insert(id.0);
        }
        Ok(())
    }

    /// The `n`th event of a call, from 1; the payload is JSON and may hold personal data.
    pub fn call_event(
        &mut self,
        call: CallId,
        n: i64,
        at: Timestamp,
        kind: impl Into<String>,
        payload: &str,
    ) -> Result<(), StoreError> {
        self.len += 1;
        let row = event_row(call, n);
        let payload = self.key.seal(Place::new("call_event", "payload", &row), payload.as_bytes())?;
        let payload = self.sealed.call_events.put(&payload)?;
        self.call_events.push(CallEventRow { call: Id(call.0), n, at: at.0, kind: kind.into(), payload });
        Ok(())
    }

    pub fn participation(&mut self, p: ParticipationState) {
        self.len += 1;
        let row = ParticipationRow {
            id: Id(p.id.0),
            conversation: Id(p.conversation.0),
            call: p.call.map(|c| Id(c.0)),
            agent: Id(p.agent.0),
            queue: p.queue.map(|q| Id(q.0)),
            started: p.started_at.0,
            ended: p.ended_at.map(|at| at.0),
            hold: p.hold_us,
        };
        self.participations.insert(p.id.0, row);
    }

    /// A line that says what happened; it is read, not searched.
    pub fn message(&mut self, m: NewMessage) -> Result<(), StoreError> {
        self.push_message(m, None)
    }

    /// A line that somebody said or wrote: it is found by its words from this commit on. `transcript`: heard by an engine.
    pub fn line(&mut self, m: NewMessage, transcript: Option<TranscriptId>) -> Result<(), StoreError> {
        self.lines.extend(NewLine::new(&self.key, m.id, m.at, m.speaker, m.text.reveal()));
        self.push_message(m, transcript)
    }

    fn push_message(&mut self, m: NewMessage, transcript: Option<TranscriptId>) -> Result<(), StoreError> {
        self.len += 1;
        let text = self.key.seal(Place::new("message", "text", m.id.as_bytes()), m.text.reveal().as_bytes())?;
        self.messages.push(MessageRow {
            conversation: Id(m.conversation.0),
            seq: 0,
            id: Id(m.id),
            kind: m.kind,
            speaker: m.speaker,
            agent: m.agent.map(|a| Id(a.0)),
            text: self.sealed.messages.put(&text)?,
            start: m.start_ms,
            end: m.end_ms,
            at: m.at.0,
            transcript: transcript.map(|t| Id(t.0)),
        });
        Ok(())
    }

    /// A message that somebody has to hear.
    pub fn left_message(&mut self, new: NewLeftMessage) {
        self.len += 1;
        self.left_messages.push(new);
    }

    /// From where a conversation that begins was begun: JSON.
    pub fn visit(&mut self, conversation: ConversationId, at: Timestamp, said: Pii<String>) {
        self.len += 1;
        self.visits.push((conversation, at, said));
    }

    /// A caller whom nobody served.
    pub fn unserved(&mut self, new: NewUnserved) {
        self.len += 1;
        self.unserved.push(new);
    }

    /// A caller was asked how satisfied they are.
    pub fn invited(&mut self, new: NewInvitation) {
        self.len += 1;
        self.invitations.push(new);
    }

    /// Somebody passes a contact on.
    pub fn transfer(&mut self, new: &NewTransfer) -> Result<(), StoreError> {
        self.len += 1;
        self.transfers.push(BegunRow::new(&self.key, new)?);
        Ok(())
    }

    /// It ended; once, whatever comes later.
    pub fn end_transfer(&mut self, end: TransferEnd) {
        self.len += 1;
        self.transfers_ended.push(EndRow::new(end));
    }

    /// An agent has a text in hand: their part begins.
    pub fn text_joined(&mut self, joined: TextJoined) {
        self.len += 1;
        self.texts_joined.push(joined);
    }

    /// Whoever was asked to take a text, or to join, did not.
    pub fn text_refused(&mut self, refused: TextRefused) {
        self.len += 1;
        self.texts_refused.push(refused);
    }

    pub fn queued(&mut self, item: Queued) {
        self.len += 1;
        let row = WorkItemRow {
            id: Id(item.id.0),
            conversation: Id(item.conversation.0),
            call: item.call.map(|c| Id(c.0)),
            queue: Id(item.queue.0),
            medium: match item.medium {
                Medium::Voice => "voice",
                Medium::Text => "text",
            },
            at: item.at.0,
        };
        self.left.remove(&item.id.0); // queued again within the set
        self.work_items.insert(item.id.0, row);
    }

    /// A work item left its queue; `served`: an agent has it now.
    pub fn left_queue(&mut self, id: WorkItemId, at: Timestamp, outcome: impl Into<String>, served: bool) {
        self.len += 1;
        let state = if served { "active" } else { "closed" };
        self.left.insert(id.0, LeftRow { id: Id(id.0), at: at.0, outcome: outcome.into(), state });
    }

    /// The agent's part is over, whatever becomes of the caller: the agent may have another work item.
    pub fn end_assignment(&mut self, offer: OfferId, at: Timestamp) {
        self.len += 1;
        self.assignments.insert(offer.0, at.0);
    }

    /// An offer ended; `accepted`, it is an assignment from now on. It ends once, whatever comes later.
    pub fn end_offer(&mut self, offer: OfferId, at: Timestamp, outcome: impl Into<String>) {
        self.len += 1;
        self.offers.entry(offer).or_insert_with(|| OfferEnd { offer, at, outcome: outcome.into() });
        self.events.push(Told::OfferEnded(offer));
    }

    /// An agent's presence changed, at the wish of an actor as in the audit.
    pub fn presence(&mut self, agent: AgentId, change: PresenceChange) {
        self.len += 1;
        self.events.push(Told::Presence(self.presences.len()));
        self.presences.push((agent, change));
    }

    pub fn emit(&mut self, event: NewEvent) {
        self.len += 1;
        self.events.push(Told::Event(event));
    }

    /// News of a conversation: of several within a set only the last is told. It says that there is something to read,
    /// and the timeline says what.
    pub fn emit_news(&mut self, conversation: ConversationId, event: NewEvent) {
        self.len += 1;
        match self.news.get(&conversation.0).and_then(|at| self.events.get_mut(*at)) {
            Some(before) => *before = Told::Event(event),
            None => {
                self.news.insert(conversation.0, self.events.len());
                self.events.push(Told::Event(event));
            }
        }
    }

    pub fn enqueue(&mut self, job: NewJob) {
        self.len += 1;
        self.jobs.push(job);
    }

    /// A job that only an account with rules for calls that are over has use for.
    pub fn enqueue_if_ruled(&mut self, job: NewJob) {
        self.len += 1;
        self.ruled_jobs.push(job);
    }
}

/// The place of a call event's payload: its row has no id of its own, so the call's id with the number mixed in.
pub(crate) fn event_row(call: CallId, n: i64) -> [u8; 16] {
    numbered_row(call.0, n)
}

pub(crate) fn numbered_row(owner: Uuid, n: i64) -> [u8; 16] {
    (owner.as_u128() ^ u128::from(n.unsigned_abs())).to_be_bytes()
}
