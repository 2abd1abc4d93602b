//! The task of one account: owns its desk, and so its queues.

use crate::arrivals;
use crate::called_first;
use crate::desk::Desks;
use crate::tasks::call::sleep_until;
use crate::tasks::journal::Entry;
use crate::turns;
use ringdesk_conversations::CallFact;
use ringdesk_model::{Actor, Clock, Ids, Medium, OrderId};
use ringdesk_routing::{Floor, Refusal};
use ringdesk_storage::journal::{Queued, TextJoined};
use ringdesk_storage::text_transfers::TextRefused;
use ringdesk_switchboard::{AccountCarry, AccountDesk, AccountInput, AccountOrder, CallInput};
use ringdesk_voice::{CallOrder, OfferOutcome, Outcome};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};

/// Inputs the account's task may have waiting: every call may have a few. Senders wait when it is full; the task itself
/// waits for nobody but the journal.
pub(crate) const INBOX: usize = 16_384;

/// How often routing is compared with the live calls, and the floor is shown.
const RECONCILE: Duration = Duration::from_secs(3);
const SHOW: Duration = Duration::from_millis(100);

/// Who waits for which order.
type Replies = HashMap<OrderId, oneshot::Sender<Result<(), Refusal>>>;

/// Orders to the account's desk that wait for their reply.
#[derive(Clone)]
pub(crate) struct AccountOrders {
    inbox: mpsc::Sender<AccountInput>,
    replies: Arc<Mutex<Replies>>,
    seeds: Arc<Mutex<Ids>>,
    clock: ringdesk_model::WallClock,
}

impl AccountOrders {
    pub(crate) fn new(
        inbox: mpsc::Sender<AccountInput>,
        seeds: Arc<Mutex<Ids>>,
        clock: ringdesk_model::WallClock,
    ) -> Self {
        AccountOrders { inbox, replies: Arc::default(), seeds, clock }
    }

    /// `None`: the account's task is gone, the server is ending.
    pub(crate) async fn give(&self, actor: Actor, what: AccountOrder) -> Option<Result<(), Refusal>> {
        let order = self.seeds.lock().unwrap_or_else(PoisonError::into_inner).next(self.clock.now());
        let (reply, replied) = oneshot::channel();
        self.replies.lock().unwrap_or_else(PoisonError::into_inner).insert(order, reply);
        self.inbox.send(AccountInput::Order(order, actor, what)).await.ok()?;
        replied.await.ok()
    }

    fn done(&self, order: OrderId, result: Result<(), Refusal>) {
        if let Some(reply) = self.replies.lock().unwrap_or_else(PoisonError::into_inner).remove(&order) {
            let _ = reply.send(result); // the asker may have left
        }
    }
}

/// Run the account's desk until the house closes.
pub(crate) async fn run_account(
    mut desk: AccountDesk,
    mut inbox: mpsc::Receiver<AccountInput>,
    desks: Arc<Desks>,
    orders: AccountOrders,
    floor: watch::Sender<Arc<Floor>>,
) {
    let mut reconcile = tokio::time::interval(RECONCILE);
    let mut show = tokio::time::interval(SHOW);
    let mut changed = true;
    loop {
        while let Some(carry) = desk.poll_carry() {
            changed = true;
            // Whoever is told that it was done finds it done.
            if matches!(carry, AccountCarry::Done(..)) {
                floor.send_replace(Arc::new(desk.floor()));
            }
            carry_out(carry, &desks, &orders).await;
        }
        let wake = desk.poll_timeout().map(|(at, _)| desks.clock.instant(at));
        tokio::select! {
            input = inbox.recv() => match input {
                Some(input) => {
                    changed = true;
                    desk.handle_input(desks.clock.now(), input);
                }
                None => return,
            },
            () = sleep_until(wake) => desk.handle_timeout(desks.clock.now()),
            _ = show.tick() => if std::mem::take(&mut changed) {
                floor.send_replace(Arc::new(desk.floor()));
            },
            _ = reconcile.tick() => {
                let faults = desk.reconcile(desks.clock.now(), |call| desks.of_call(call).is_some());
                for fault in &faults {
                    tracing::warn!(%fault, "routing and the live calls disagreed");
                }
                metrics::counter!("routing_stuck_total").increment(faults.len() as u64);
                metrics::counter!("stuck_total").increment(faults.len() as u64);
            }
        }
    }
}

async fn carry_out(carry: AccountCarry, desks: &Arc<Desks>, orders: &AccountOrders) {
    match carry {
        AccountCarry::Propose(batch) => {
            let reply = desks.account.clone();
            desks
                .journal
                .propose(batch, move |committed, lost| {
                    // From the journal's task; it must not wait for us, so a task of its own waits.
                    tokio::spawn(async move {
                        if !committed.is_empty() {
                            let _ = reply.send(AccountInput::Committed(committed)).await;
                        }
                        for offer in lost {
                            let _ = reply.send(AccountInput::Lost(offer)).await;
                        }
                    });
                })
                .await;
        }
        AccountCarry::Sought { call, work_item, agent, queue } => {
            let fact = CallFact::Sought { work_item, agent, queue };
            desks.journal.put(Entry::Fact(call, desks.clock.now(), fact)).await;
        }
        AccountCarry::SoughtEnded { call, work_item, outcome } => {
            let outcome = if outcome == OfferOutcome::Accepted { "served" } else { outcome.as_str() };
            let fact = CallFact::SoughtEnded { work_item, outcome: outcome.into() };
            desks.journal.put(Entry::Fact(call, desks.clock.now(), fact)).await;
        }
        AccountCarry::Moved { call, work_item, queue } => {
            let fact = CallFact::Queued { work_item, queue };
            desks.journal.put(Entry::Fact(call, desks.clock.now(), fact)).await;
        }
        AccountCarry::TextMoved { conversation, work_item, queue } => {
            let (at, medium) = (desks.clock.now(), Medium::Text);
            let queued = Queued { id: work_item, conversation, call: None, queue, medium, at };
            desks.journal.put(Entry::TextMoved(queued)).await;
        }
        AccountCarry::PlaceMoved { conversation, work_item, queue } => {
            let (at, medium) = (desks.clock.now(), Medium::Voice);
            let queued = Queued { id: work_item, conversation, call: None, queue, medium, at };
            desks.journal.put(Entry::TextMoved(queued)).await;
        }
        AccountCarry::CallBack(turn) => {
            let (desks, seeds) = (desks.clone(), orders.seeds.clone());
            tokio::spawn(async move {
                if let Some(rows) = desks.rows() {
                    turns::begin(&desks, rows, &seeds, turn).await;
                }
            });
        }
        AccountCarry::CallFirst { work_item, queue } => {
            let (desks, seeds) = (desks.clone(), orders.seeds.clone());
            tokio::spawn(async move {
                if let Some(rows) = desks.rows() {
                    called_first::begin(&desks, rows, &seeds, (work_item, queue)).await;
                }
            });
        }
        AccountCarry::TextJoined { offer, agent, conversation, queue } => {
            let at = desks.clock.now();
            desks.journal.put(Entry::TextJoined(TextJoined { offer, agent, conversation, queue, at })).await;
        }
        AccountCarry::TextNotTaken { work_item, conversation, agent, outcome } => {
            let (at, outcome) = (desks.clock.now(), outcome.as_str());
            let refused = TextRefused { work_item, conversation, agent, outcome, at };
            desks.journal.put(Entry::TextRefused(refused)).await;
        }
        AccountCarry::OfferEnded(offer, outcome) => {
            desks.journal.put(Entry::OfferEnded(offer, desks.clock.now(), outcome)).await
        }
        // Nobody is rung for a call that the agent makes.
        AccountCarry::Order(call, order, CallOrder::Offer(offer)) if desks.is_own(call, &offer) => {
            let account = desks.account.clone();
            let accepted = AccountInput::Replied(order, Outcome::Offer(OfferOutcome::Accepted));
            tokio::spawn(async move { account.send(accepted).await });
        }
        AccountCarry::Order(call, order, CallOrder::Offer(offer)) => arrivals::offer(desks, call, order, offer),
        AccountCarry::Order(call, order, what) => {
            desks.tell(call, CallInput::Order(order, Actor::System, Box::new(what)))
        }
        AccountCarry::Answer(call, ask, answer) => desks.tell(call, CallInput::Answer(ask, answer)),
        AccountCarry::Presence { agent, presence, since, queue } => {
            desks.journal.put(Entry::Presence { agent, presence, since, queue }).await;
        }
        AccountCarry::Done(order, result) => orders.done(order, result),
    }
}
