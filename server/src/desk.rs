//! Which task an event belongs to. How a call's task reaches the rooms: [`crate::call_rooms`].

use crate::arrivals::Arrivals;
use crate::busy_hour::board::Board;
use crate::clear_keys::ClearKeys;
use crate::devices::Devices;
use crate::dialling::Dialling;
use crate::guests::Guests;
use crate::mailbox::Mailboxes;
use crate::opening_hours::OpeningHours;
use crate::recordings::Recordings;
use crate::returning::ReturningAgents;
use crate::sound_board::SoundBoard;
use crate::tasks::journal::Journal;
use crate::tasks::rows::Rows;
use crate::tasks::watchdog::Watchdog;
use ringdesk_media::{Media, Shelf};
use ringdesk_model::{Actor, AgentId, CallId, Clock as _, OfferId, OrderId, Timestamp, WallClock, WorkItemId};
use ringdesk_signaling::SignalingHandle;
use ringdesk_switchboard::{AccountInput, CallInput};
use ringdesk_tts::Speaker;
use ringdesk_voice::{CallEvent, CallOrder, LegId, MediaCommand, MediaEvent, OfferOrder, Outcome, Refusal};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{Notify, mpsc, oneshot};

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

    pub(crate) fn own_offer(&self, call: CallId) -> Option<OfferId> {
        self.own.read().unwrap_or_else(PoisonError::into_inner).get(&call).and_then(|(_, offer)| *offer)
    }

    /// The call whose contact is parked longest; of those whom this agent has parked.
    pub(crate) fn longest_parked(&self, by: Option<AgentId>) -> Option<CallId> {
        let parked = self.parked.read().unwrap_or_else(PoisonError::into_inner);
        let fits = parked.iter().filter(|(_, (_, agent))| by.is_none_or(|by| by == *agent));
        fits.min_by_key(|(_, (since, _))| *since).map(|(call, _)| *call)
    }

    pub(crate) fn parks(&self, call: CallId, event: &CallEvent) {
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
        self.tell(call, CallInput::Order(order, Actor::System, Box::new(CallOrder::Hangup)));
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
        if inbox.send(CallInput::Order(order, actor, Box::new(what))).await.is_ok()
            && let Ok(outcome) = replied.await
        {
            return Some(outcome);
        }
        self.replies.lock().unwrap_or_else(PoisonError::into_inner).remove(&order);
        None
    }

    pub(crate) fn replied(&self, order: OrderId, outcome: Outcome) -> Result<(), Outcome> {
        match self.replies.lock().unwrap_or_else(PoisonError::into_inner).remove(&order) {
            Some(reply) => {
                let _ = reply.send(outcome); // the asker may have left
                Ok(())
            }
            None => Err(outcome),
        }
    }
}
