//! Which task an event belongs to, and how a call's task reaches the rooms.

use crate::arrivals::Arrivals;
use crate::busy_hour::board::Board;
use crate::call_rules;
use crate::called_first::CalledFirst;
use crate::clear_keys::ClearKeys;
use crate::closing;
use crate::devices::{Devices, reach};
use crate::dialling::{Dialling, Outside};
use crate::dictation::Dictation;
use crate::flow_ear::FlowEar;
use crate::guests::Guests;
use crate::mailbox::Mailboxes;
use crate::opening_hours::OpeningHours;
use crate::outbound::{OWN_RINGS, Own};
use crate::recordings::Recordings;
use crate::returning::ReturningAgents;
use crate::sound_board::SoundBoard;
use crate::tasks::journal::{Entry, Journal};
use crate::tasks::rows::Rows;
use crate::tasks::watchdog::Watchdog;
use crate::trunks;
use crate::turns;
use crate::whom::{adopt, program, whom};
use ringdesk_conversations::ContactNumber;
use ringdesk_media::{Media, Shelf};
use ringdesk_model::{
    Actor, AgentId, AskId, CallId, Clock, ConversationId, Language, OfferId, OrderId, Timestamp, WallClock, WorkItemId,
};
use ringdesk_routing::Treatment;
use ringdesk_signaling::SignalingHandle;
use ringdesk_storage::contacts::Identity;
use ringdesk_switchboard::{AccountInput, CallInput, Carry, TurnNews};
use ringdesk_tts::Speaker;
use ringdesk_voice::{
    AgentRequest, Answer, CallEvent, CallOrder, LegCommand, LegId, Listening, MediaCommand, MediaEvent, OfferOrder,
    Outcome, PromptRef, Question, Refusal, Spoken,
};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::AbortHandle;

/// How long a caller's file may take before they wait as everybody.
const STANDING: Duration = Duration::from_millis(300);

/// Where the running desks are. One per server.
pub(crate) struct Desks {
    /// Legs and calls, by id, with the inbox of the task that owns them.
    legs: RwLock<HashMap<LegId, mpsc::Sender<CallInput>>>,
    calls: RwLock<HashMap<CallId, mpsc::Sender<CallInput>>>,
    /// Orders that came from outside and wait for their reply.
    replies: Mutex<HashMap<OrderId, oneshot::Sender<Outcome>>>,
    pub(crate) account: mpsc::Sender<AccountInput>,
    pub(crate) signaling: SignalingHandle,
    pub(crate) media: Arc<Media>,
    pub(crate) shelf: Shelf,
    pub(crate) speaker: Speaker,
    pub(crate) journal: Journal,
    pub(crate) recordings: Arc<Recordings>,
    pub(crate) dialling: Dialling,
    pub(crate) devices: Devices,
    pub(crate) opening_hours: OpeningHours,
    pub(crate) clock: WallClock,
    pub(crate) watchdog: Watchdog,
    pub(crate) sound: SoundBoard,
    /// Telephones that bring keys of their own accord.
    pub(crate) clear_keys: ClearKeys,
    /// Calls of the demo's busy hour.
    pub(crate) busy: Board,
    /// Calls that agents make, with the work item that stands for the agent, and under which offer routing knows it.
    own: RwLock<HashMap<CallId, (WorkItemId, Option<OfferId>)>>,
    /// Agents whose browsers are lost in the middle of a talk.
    pub(crate) returning: ReturningAgents,
    /// Agents whose telephones are at the door.
    pub(crate) arrivals: Arrivals,
    /// Visitors of web sites who may call.
    pub(crate) guests: Guests,
    /// Agents who hear messages.
    pub(crate) mailboxes: Mailboxes,
    /// Contacts who are parked: since when, and by whom.
    parked: RwLock<BTreeMap<CallId, (Timestamp, AgentId)>>,
    calls_as: OnceLock<ringdesk_call_control::Config>,
    /// By which numbers are answered.
    rows: OnceLock<Rows>,
    draining: AtomicBool,
    /// Told whenever a call has gone.
    gone: Notify,
}

impl Desks {
    pub(crate) fn new(
        account: mpsc::Sender<AccountInput>,
        signaling: SignalingHandle,
        media: Arc<Media>,
        shelf: Shelf,
        speaker: Speaker,
        journal: Journal,
        recordings: Arc<Recordings>,
        (dialling, devices, opening_hours): (Dialling, Devices, OpeningHours),
        clock: WallClock,
    ) -> Self {
        Desks {
            legs: RwLock::default(),
            calls: RwLock::default(),
            replies: Mutex::default(),
            account,
            signaling,
            media,
            shelf,
            speaker,
            journal,
            recordings,
            dialling,
            devices,
            opening_hours,
            clock,
            watchdog: Watchdog::default(),
            sound: SoundBoard::default(),
            clear_keys: ClearKeys::default(),
            busy: Board::default(),
            own: RwLock::default(),
            returning: ReturningAgents::default(),
            arrivals: Arrivals::default(),
            guests: Guests::default(),
            mailboxes: Mailboxes::default(),
            parked: RwLock::default(),
            calls_as: OnceLock::new(),
            rows: OnceLock::new(),
            draining: AtomicBool::new(false),
            gone: Notify::new(),
        }
    }

    /// The inbox of the call that owns this leg.
    pub(crate) fn of_leg(&self, leg: LegId) -> Option<mpsc::Sender<CallInput>> {
        self.legs.read().unwrap_or_else(PoisonError::into_inner).get(&leg).cloned()
    }

    pub(crate) fn of_call(&self, call: CallId) -> Option<mpsc::Sender<CallInput>> {
        self.calls.read().unwrap_or_else(PoisonError::into_inner).get(&call).cloned()
    }

    /// The call that owns this leg.
    pub(crate) fn call_of_leg(&self, leg: LegId) -> Option<CallId> {
        let owner = self.of_leg(leg)?;
        let calls = self.calls.read().unwrap_or_else(PoisonError::into_inner);
        calls.iter().find(|(_, inbox)| inbox.same_channel(&owner)).map(|(call, _)| *call)
    }

    pub(crate) fn open_calls(&self) -> usize {
        self.calls.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    pub(crate) fn call_ids(&self) -> Vec<CallId> {
        self.calls.read().unwrap_or_else(PoisonError::into_inner).keys().copied().collect()
    }

    pub(crate) fn set_draining(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// How long calls wait for whom.
    pub(crate) fn calls(&self) -> ringdesk_call_control::Config {
        self.calls_as.get().copied().unwrap_or_default()
    }

    pub(crate) fn set_calls(&self, calls: ringdesk_call_control::Config) {
        let _ = self.calls_as.set(calls);
    }

    pub(crate) fn set_rows(&self, rows: Rows) {
        let _ = self.rows.set(rows);
    }

    pub(crate) fn rows(&self) -> Option<&Rows> {
        self.rows.get()
    }

    /// A call changed what other calls are answered by; it returns when they are.
    pub(crate) async fn rows_changed(&self) {
        if let Some(rows) = self.rows.get() {
            rows.changed().await;
        }
    }

    /// An agent makes this call; of some it is known from the beginning for which offer.
    pub(crate) fn own(&self, call: CallId, work_item: WorkItemId, offer: Option<OfferId>) {
        self.own.write().unwrap_or_else(PoisonError::into_inner).insert(call, (work_item, offer));
    }

    /// Is this offer the agent's own call? Then nobody needs to be rung for it.
    pub(crate) fn is_own(&self, call: CallId, offer: &OfferOrder) -> bool {
        let mut own = self.own.write().unwrap_or_else(PoisonError::into_inner);
        match own.get_mut(&call).filter(|(work_item, _)| *work_item == offer.work_item) {
            Some((_, known)) => {
                *known = Some(offer.offer);
                true
            }
            None => false,
        }
    }

    fn own_offer(&self, call: CallId) -> Option<OfferId> {
        self.own.read().unwrap_or_else(PoisonError::into_inner).get(&call).and_then(|(_, offer)| *offer)
    }

    /// The call whose contact is parked longest; of those whom this agent has parked.
    pub(crate) fn longest_parked(&self, by: Option<AgentId>) -> Option<CallId> {
        let parked = self.parked.read().unwrap_or_else(PoisonError::into_inner);
        let fits = parked.iter().filter(|(_, (_, agent))| by.is_none_or(|by| by == *agent));
        fits.min_by_key(|(_, (since, _))| *since).map(|(call, _)| *call)
    }

    fn parks(&self, call: CallId, event: &CallEvent) {
        let mut parked = self.parked.write().unwrap_or_else(PoisonError::into_inner);
        match event {
            CallEvent::Parked { by } => {
                parked.insert(call, (self.clock.now(), *by));
            }
            // Somebody has the contact again, or waits with them in a queue.
            CallEvent::Bridged { .. } | CallEvent::Queued { .. } | CallEvent::Ended { .. } => {
                parked.remove(&call);
            }
            _ => {}
        }
    }

    /// Wait until this call is over.
    pub(crate) async fn gone(&self, call: CallId) {
        loop {
            let gone = self.gone.notified();
            if self.of_call(call).is_none() {
                return;
            }
            gone.await;
        }
    }

    /// Wait until no call is left.
    pub(crate) async fn empty(&self) {
        loop {
            let gone = self.gone.notified();
            if self.open_calls() == 0 {
                return;
            }
            gone.await;
        }
    }

    pub(crate) fn add_call(&self, call: CallId, inbox: mpsc::Sender<CallInput>) {
        self.calls.write().unwrap_or_else(PoisonError::into_inner).insert(call, inbox);
    }

    pub(crate) fn add_leg(&self, leg: LegId, inbox: mpsc::Sender<CallInput>) {
        self.legs.write().unwrap_or_else(PoisonError::into_inner).insert(leg, inbox);
    }

    /// A leg that never got a call.
    pub(crate) fn forget_leg(&self, leg: LegId) {
        self.legs.write().unwrap_or_else(PoisonError::into_inner).remove(&leg);
    }

    /// A leg that went to another call is that one's.
    pub(crate) fn forget(&self, call: CallId, inbox: &mpsc::Sender<CallInput>, legs: &[LegId]) {
        self.calls.write().unwrap_or_else(PoisonError::into_inner).remove(&call);
        self.parked.write().unwrap_or_else(PoisonError::into_inner).remove(&call);
        self.own.write().unwrap_or_else(PoisonError::into_inner).remove(&call);
        self.returning.forget(call);
        let mut all = self.legs.write().unwrap_or_else(PoisonError::into_inner);
        for leg in legs {
            if all.get(leg).is_some_and(|owner| owner.same_channel(inbox)) {
                all.remove(leg);
            }
        }
        self.gone.notify_waiters();
    }

    /// Hand something to a call from a place that must not wait. A full inbox is waited for in a task of its own;
    /// there is at most one such wait for each thing a call was asked.
    pub(crate) fn tell(&self, call: CallId, input: CallInput) {
        let Some(inbox) = self.of_call(call) else { return };
        if let Err(mpsc::error::TrySendError::Full(input)) = inbox.try_send(input) {
            tokio::spawn(async move { inbox.send(input).await });
        }
    }

    /// End a call, for a reason of the house.
    pub(crate) fn hang_up(&self, call: CallId, order: OrderId) {
        self.tell(call, CallInput::Order(order, Actor::System, CallOrder::Hangup));
    }

    /// Have media do this. A shard that takes no more commands is overloaded: the leg is refused, as without a port.
    pub(crate) fn sound(&self, call: CallId, command: MediaCommand) {
        let leg = command.leg();
        if self.media.command(call, command).is_err() {
            tracing::warn!(call.id = %call, "media took no command");
            self.tell(call, CallInput::Media(MediaEvent::Refused { leg, why: Refusal::NoPorts }));
        }
    }

    /// Close a leg's sound, if need be later: nothing of a call may outlive it.
    pub(crate) fn silence(self: &Arc<Self>, call: CallId, leg: LegId) {
        if self.media.command(call, MediaCommand::Close { leg }).is_err() {
            let desks = self.clone();
            tokio::spawn(async move {
                while desks.media.command(call, MediaCommand::Close { leg }).is_err() {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            });
        }
    }

    /// Give a running call an order and wait for its reply. `None`: there is no such call.
    pub(crate) async fn order(&self, call: CallId, order: OrderId, actor: Actor, what: CallOrder) -> Option<Outcome> {
        self.order_to(self.of_call(call)?, order, actor, what).await
    }

    /// The same for whoever reads this inbox.
    pub(crate) async fn order_to(
        &self,
        inbox: mpsc::Sender<CallInput>,
        order: OrderId,
        actor: Actor,
        what: CallOrder,
    ) -> Option<Outcome> {
        let (reply, replied) = oneshot::channel();
        self.replies.lock().unwrap_or_else(PoisonError::into_inner).insert(order, reply);
        if inbox.send(CallInput::Order(order, actor, what)).await.is_ok()
            && let Ok(outcome) = replied.await
        {
            return Some(outcome);
        }
        self.replies.lock().unwrap_or_else(PoisonError::into_inner).remove(&order);
        None
    }

    fn replied(&self, order: OrderId, outcome: Outcome) -> Result<(), Outcome> {
        match self.replies.lock().unwrap_or_else(PoisonError::into_inner).remove(&order) {
            Some(reply) => {
                let _ = reply.send(outcome); // the asker may have left
                Ok(())
            }
            None => Err(outcome),
        }
    }
}

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

    /// How this contact waits. A store that does not say so at once makes nobody wait for it: they wait as everybody.
    async fn treatment(&self) -> Treatment {
        let Some(caller) = &self.caller else { return Treatment::default() };
        let (operations, account) = self.desks.dialling.house();
        let asked = operations.treatment(self.desks.clock.now(), account, caller);
        match tokio::time::timeout(STANDING, asked).await {
            Ok(Ok(treatment)) => treatment,
            Ok(Err(fault)) => {
                tracing::warn!(call.id = %self.call, %fault, "a caller waits as everybody: their file could not be read");
                Treatment::default()
            }
            Err(_) => {
                tracing::warn!(call.id = %self.call, "a caller waits as everybody: their file was not read in time");
                Treatment::default()
            }
        }
    }

    async fn ask(&mut self, ask: AskId, question: Question) -> Option<AccountInput> {
        let (desks, inbox, call) = (self.desks.clone(), self.inbox.clone(), self.call);
        let outside = self.outside.clone();
        let task = match question {
            Question::Queue(request) => {
                let treatment = self.treatment().await;
                return Some(AccountInput::Queue { call: self.call, ask, request, treatment });
            }
            Question::Place(work_item) => return Some(AccountInput::Place { call: self.call, ask, work_item }),
            Question::Reach(target) => tokio::spawn(async move {
                if !desks.recordings.may_ring(call).await {
                    let order = desks.recordings.operations.id(desks.clock.now());
                    return desks.hang_up(call, order);
                }
                let devices = reach(&desks, call, target, &outside).await;
                let _ = inbox.send(CallInput::Answer(ask, Answer::Devices(devices))).await;
            }),
            Question::Record => {
                let recorded = desks.recordings.record_message(self.call);
                let answer = if recorded { Answer::Recording } else { Answer::Failed };
                desks.tell(self.call, CallInput::Answer(ask, answer));
                return None;
            }
            Question::Rules(request) => {
                let conversation = self.conversation;
                tokio::spawn(async move {
                    let answer = call_rules::of_caller(&desks, (call, conversation), request).await;
                    let _ = inbox.send(CallInput::Answer(ask, answer)).await;
                })
            }
            Question::Listen(what) => {
                let ear = self.ear.clone();
                // Before anything else: the caller may speak already.
                if let Listening::Begin(_) = what {
                    ear.begin(&desks, call);
                }
                tokio::spawn(async move {
                    let answer = ear.asked(&desks, call, what).await;
                    let _ = inbox.send(CallInput::Answer(ask, answer)).await;
                })
            }
            Question::Closing(wish) => tokio::spawn(async move {
                let _ = inbox.send(CallInput::Answer(ask, closing::by_telephone(&desks, wish).await)).await;
            }),
            Question::Dictate(what) => {
                let dictation = self.dictation.clone();
                tokio::spawn(async move {
                    let answer = match dictation {
                        Some(dictation) => dictation.asked(call, what).await,
                        None => Answer::Failed,
                    };
                    let _ = inbox.send(CallInput::Answer(ask, answer)).await;
                })
            }
            Question::Mailbox(what) => {
                let mailbox = self.legs.first().and_then(|leg| desks.mailboxes.of(*leg));
                tokio::spawn(async move {
                    let answer = match mailbox {
                        Some(mailbox) => mailbox.asked(what).await,
                        None => Answer::Failed,
                    };
                    let _ = inbox.send(CallInput::Answer(ask, answer)).await;
                })
            }
            Question::Connect { bridge } => tokio::spawn(async move {
                let answer = match desks.recordings.may_connect(call, bridge).await {
                    true => Answer::Recording,
                    false => Answer::Failed,
                };
                let _ = inbox.send(CallInput::Answer(ask, answer)).await;
            }),
            Question::CallBack(request) => {
                let treatment = self.treatment().await;
                // Whoever hangs up now has said it all the same: nothing takes this back.
                tokio::spawn(async move {
                    let answer = turns::keep_place(&desks, call, request, treatment).await;
                    let _ = inbox.send(CallInput::Answer(ask, answer)).await;
                });
                return None;
            }
            Question::Agent(request) => return Some(AccountInput::Seek { call: self.call, ask, request }),
            Question::Whom { to, by } => tokio::spawn(async move {
                let _ = inbox.send(CallInput::Answer(ask, whom(&desks, to, by).await)).await;
            }),
            Question::Hours(calendar) => {
                let answer = desks.opening_hours.at(desks.clock.now(), calendar);
                desks.tell(self.call, CallInput::Answer(ask, answer.map_or(Answer::Failed, Answer::Hours)));
                return None;
            }
            Question::Program(flow) => tokio::spawn(async move {
                let _ = inbox.send(CallInput::Answer(ask, program(&desks, flow).await)).await;
            }),
            Question::Adopt { leg } => tokio::spawn(async move {
                let answer = adopt(&desks, call, inbox.clone(), leg).await;
                let _ = inbox.send(CallInput::Answer(ask, answer)).await;
            }),
            Question::Return { leg } => tokio::spawn(async move {
                if let Some(there) = desks.signaling.back(leg).await {
                    let _ = inbox.send(CallInput::Answer(ask, Answer::Back(there))).await;
                }
            }),
            Question::Speak { text, language } => tokio::spawn(async move {
                let answer = speak(&desks, &text, language).await;
                let _ = inbox.send(CallInput::Answer(ask, answer)).await;
            }),
        };
        self.asks.retain(|_, task| !task.is_finished());
        self.asks.insert(ask, task.abort_handle());
        None
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

async fn speak(desks: &Desks, text: &str, language: Language) -> Answer {
    let prompt = PromptRef::new(&format!("speech/{}", ringdesk_tts::key(text, language)));
    // Many callers hear the same words.
    if let Some(duration) = desks.shelf.renew(&prompt) {
        return Answer::Spoken(Spoken { prompt, duration });
    }
    match desks.speaker.speak(text, language).await {
        Ok(clip) => {
            let duration = clip.duration();
            desks.shelf.put(prompt.clone(), &clip);
            Answer::Spoken(Spoken { prompt, duration })
        }
        Err(fault) => {
            tracing::warn!(%fault, "a text could not be spoken");
            Answer::Failed
        }
    }
}
