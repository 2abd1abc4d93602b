//! The rooms as one call sees them: what its desk has done to legs and sound, what it asks, and who is told of its events.

mod questions;

use crate::called_first::CalledFirst;
use crate::desk::Desks;
use crate::dialling::Outside;
use crate::dictation::Dictation;
use crate::flow_ear::FlowEar;
use crate::outbound::{OWN_RINGS, Own};
use crate::tasks::journal::Entry;
use crate::trunks;
use crate::turns;
use ringdesk_conversations::ContactNumber;
use ringdesk_model::{AskId, CallId, Clock as _, ConversationId};
use ringdesk_storage::contacts::Identity;
use ringdesk_switchboard::{AccountInput, CallInput, Carry, TurnNews};
use ringdesk_voice::{AgentRequest, CallEvent, LegCommand, LegId};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

/// The rooms as one call sees them. When it is dropped, however the task ended, the call's legs are hung up.
pub(crate) struct CallRooms {
    pub(crate) desks: Arc<Desks>,
    pub(crate) call: CallId,
    inbox: mpsc::Sender<CallInput>,
    legs: Vec<LegId>,
    /// Legs that have not reported their end yet.
    live: Vec<LegId>,
    asks: BTreeMap<AskId, AbortHandle>,
    /// The call's place among those that have gone out.
    outside: Arc<Mutex<Option<Outside>>>,
    /// An agent makes it.
    own: Option<Own>,
    /// The house has called a contact whose turn had come.
    first: Option<CalledFirst>,
    /// Nobody but routing hears of it: somebody asks the house for something.
    unbooked: bool,
    /// By which whoever calls may be known.
    caller: Option<Identity>,
    /// A prompt that is spoken into it.
    dictation: Option<Arc<Dictation>>,
    /// What its flow has the caller say.
    ear: Arc<FlowEar>,
    /// Under which the books have a call that rules may be asked of.
    conversation: Option<ConversationId>,
}

impl CallRooms {
    /// `first`: the leg at the door, where there is one.
    pub(crate) fn new(desks: Arc<Desks>, call: CallId, inbox: mpsc::Sender<CallInput>, first: Option<LegId>) -> Self {
        desks.add_call(call, inbox.clone());
        if let Some(first) = first {
            desks.add_leg(first, inbox.clone());
            desks.dialling.trunks.put(trunks::Entry::Of(first, call));
        }
        CallRooms {
            desks,
            call,
            inbox,
            legs: first.into_iter().collect(),
            live: first.into_iter().collect(),
            asks: BTreeMap::new(),
            outside: Arc::default(),
            own: None,
            first: None,
            unbooked: false,
            caller: None,
            dictation: None,
            ear: Arc::default(),
            conversation: None,
        }
    }

    /// The same for a call that comes in, which is in the books as this conversation.
    pub(crate) fn coming_in(mut self, conversation: ConversationId) -> Self {
        self.conversation = Some(conversation);
        self
    }

    /// The same for a call that is in no books.
    pub(crate) fn unbooked(mut self, dictation: Option<Arc<Dictation>>) -> Self {
        self.unbooked = true;
        self.dictation = dictation;
        self
    }

    /// The same for a call that an agent makes.
    pub(crate) fn of_agent(mut self, own: Own) -> Self {
        self.own = Some(own);
        self
    }

    /// The same for a contact whom the house calls before an agent is asked.
    pub(crate) fn of_contact(mut self, mut called: CalledFirst) -> Self {
        self.caller = called.identity.take();
        self.first = Some(called);
        self
    }

    /// The same for a caller who is known by something else than a number.
    pub(crate) fn known_by(mut self, identity: Option<Identity>) -> Self {
        self.caller = identity;
        self
    }

    async fn event(&mut self, event: CallEvent) {
        self.desks.returning.event(self.call, &event);
        match &event {
            CallEvent::Started { from, .. } => {
                let number = ContactNumber::normalise(from.number.reveal(), self.desks.dialling.home());
                self.caller = self.caller.take().or_else(|| number.map(|number| Identity::number(&number)));
            }
            CallEvent::StepEntered { .. } => self.ear.rest(&self.desks.recordings.taps, self.call),
            CallEvent::LegEnded { leg, .. } => self.live.retain(|l| l != leg),
            // It goes on in another call, which ends it. Its sound here is closed all the same.
            CallEvent::Released { leg } => self.live.retain(|l| l != leg),
            CallEvent::Adopted { leg } => {
                self.desks.add_leg(*leg, self.inbox.clone());
                self.live.push(*leg);
            }
            _ => {}
        }
        if self.unbooked {
            // In no books; but whoever talks with the house has a call in hand.
            self.observed(event).await;
            return;
        }
        self.desks.parks(self.call, &event);
        if let Some(first) = &mut self.first {
            let (work_item, begins) = (first.work_item, first.begins(&event));
            let starts = matches!(event, CallEvent::Started { .. });
            if let Some(begins) = begins {
                self.desks.recordings.event(self.call, self.desks.clock.now(), &begins);
                self.desks.recordings.hearing.event(self.call, &begins);
            }
            self.told(event).await;
            // Before they can come to wait: routing has to know whose place that is.
            if starts {
                let _ = self.desks.account.send(AccountInput::Called(work_item, Some(self.call))).await;
            }
            return;
        }
        let Some(own) = &mut self.own else { return self.told(event).await };
        let starts = matches!(event, CallEvent::Started { .. });
        let turn = own.turn(&event).map(|(offer, picks_up)| (offer, own.work_item, picks_up));
        // Before the call's own events: routing has to know whose leg it is that they name.
        if let Some((offer, work_item, true)) = turn {
            turns::taken(&self.desks, self.call, offer, work_item).await;
        }
        for event in own.told(event, self.desks.own_offer(self.call)) {
            if let Some(begins) = self.own.as_ref().and_then(|own| own.begins(&event)) {
                self.desks.recordings.event(self.call, self.desks.clock.now(), &begins);
                self.desks.recordings.hearing.event(self.call, &begins);
            }
            self.told(event).await;
        }
        // The books know the call; so they may know the agent's part in it.
        if let Some((offer, ..)) = turn {
            if starts {
                let begun = AccountInput::Turn(offer, TurnNews::Begun(self.call));
                let _ = self.desks.account.send(begun).await;
            }
            return;
        }
        if starts && let Some(own) = &self.own {
            let (work_item, agent, queue) = (own.work_item, own.agent(), own.queue);
            let request = AgentRequest { work_item, agent, queue, ring_for: OWN_RINGS, ends_wrap_up: true };
            let ask = self.desks.recordings.operations.id(self.desks.clock.now());
            let _ = self.desks.account.send(AccountInput::Seek { call: self.call, ask, request }).await;
        }
    }

    async fn told(&mut self, event: CallEvent) {
        let at = self.desks.clock.now();
        if !self.desks.sound.event(self.call, at, &event) {
            return;
        }
        self.desks.busy.event(self.call, &event);
        self.desks.recordings.event(self.call, at, &event);
        self.desks.recordings.hearing.event(self.call, &event);
        self.desks.journal.put(Entry::Call(self.call, at, event.clone())).await;
        if let Some(fact) = self.desks.recordings.message(self.call, &event) {
            self.desks.journal.put(Entry::Fact(self.call, at, fact)).await;
        }
        self.observed(event).await;
    }

    /// What it is to routing.
    async fn observed(&mut self, event: CallEvent) {
        // Of a call that an agent orders, this leg only stands for the one they will pick up.
        if matches!(&event, CallEvent::Started { leg, .. } if !self.live.contains(leg)) {
            return;
        }
        // The account task empties its inbox without waiting for calls, so this wait ends.
        let _ = self.desks.account.send(AccountInput::Observed(self.call, event)).await;
    }
}

impl crate::tasks::call::Rooms for CallRooms {
    async fn carry(&mut self, carry: Carry) {
        match carry {
            Carry::Leg(leg, command) => {
                if matches!(command, LegCommand::Dial(_)) {
                    self.desks.dialling.trunks.put(trunks::Entry::Of(leg, self.call));
                    self.desks.add_leg(leg, self.inbox.clone());
                    self.live.push(leg);
                }
                self.desks.signaling.command(leg, command);
            }
            Carry::Media(command) => {
                // Media has a leg before signaling: an offer is made before it is dialled.
                if !self.legs.contains(&command.leg()) {
                    self.legs.push(command.leg());
                }
                self.desks.sound(self.call, command);
            }
            Carry::Ask(ask, question) => {
                if let Some(input) = self.ask(ask, question).await {
                    let _ = self.desks.account.send(input).await;
                }
            }
            Carry::Cancel(ask) => match self.asks.remove(&ask) {
                Some(task) => task.abort(),
                None => drop(self.desks.account.send(AccountInput::Cancel(ask)).await),
            },
            Carry::Done(order, outcome) => {
                if let Err(outcome) = self.desks.replied(order, outcome) {
                    let _ = self.desks.account.send(AccountInput::Replied(order, outcome)).await;
                }
            }
            Carry::Event(event) => self.event(event).await,
        }
    }
}

impl Drop for CallRooms {
    /// Legs end by ownership: nothing of a call outlives its task, not even after a panic.
    fn drop(&mut self) {
        for leg in &self.live {
            self.desks.signaling.command(*leg, LegCommand::Hangup { cause: ringdesk_voice::Cause::InternalFailure });
        }
        for leg in &self.legs {
            self.desks.silence(self.call, *leg);
        }
        for task in self.asks.values() {
            task.abort();
        }
        if let Some(dictation) = self.dictation.take() {
            dictation.closed();
        }
        if let Some(first) = self.legs.first() {
            self.desks.mailboxes.closed(*first);
        }
        self.desks.sound.closed(self.call);
        self.desks.recordings.closed(self.call);
        self.desks.recordings.hearing.closed(self.call);
        self.desks.forget(self.call, &self.inbox, &self.legs);
    }
}
