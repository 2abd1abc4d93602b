//! The journal's task: gathers what happens for at most 20 ms and writes it in one transaction.
//!
//! Offers have a priority lane: a batch of proposals is written at once, together with everything that was gathered before
//! it, so that a work item is in the store before it is offered.

use crate::observe::Observer;
use ringdesk_conversations::{CallFact, Country};
use ringdesk_model::{
    AccountId, Actor, AgentId, CallId, Clock, ConversationId, Ids, InboxId, OfferId, Presence, QueueId, Timestamp,
    WallClock,
};
use ringdesk_operations::{CallRecord, Opening, OperationError, Operations};
use ringdesk_routing::Proposal;
use ringdesk_storage::journal::Set;
use ringdesk_storage::leases::Lease;
use ringdesk_voice::{CallEvent, OfferOutcome, Origin};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// Entries that may wait. When it is full the calls' tasks wait; their sound does not pass here.
const BUFFER: usize = 16_384;
const GATHER: Duration = Duration::from_millis(20);
/// Entries of one set; a larger set gains nothing.
const MOST: usize = 2_000;
/// How long a failing store is tried again before a set is given up, loudly.
const PATIENCE: u32 = 8;

type Settled = Box<dyn FnOnce(Vec<OfferId>, Vec<OfferId>) + Send>;

/// What the running machines have to say to the books.
pub(crate) enum Entry {
    /// A call gets a desk. Its first event follows.
    Opened(CallId, ConversationId, InboxId),
    Call(CallId, Timestamp, CallEvent),
    /// A fact that is in no event alone.
    Fact(CallId, Timestamp, CallFact),
    OfferEnded(OfferId, Timestamp, OfferOutcome),
    Presence {
        agent: AgentId,
        presence: Presence,
        since: Timestamp,
        queue: Option<QueueId>,
    },
    Propose(Vec<Proposal>, Settled),
    /// Answered when everything before it is written.
    Flush(tokio::sync::oneshot::Sender<()>),
}

/// Where everybody puts their entries.
#[derive(Clone)]
pub(crate) struct Journal(mpsc::Sender<Entry>);

impl Journal {
    pub(crate) fn new() -> (Journal, mpsc::Receiver<Entry>) {
        let (put, entries) = mpsc::channel(BUFFER);
        (Journal(put), entries)
    }

    pub(crate) async fn put(&self, entry: Entry) {
        let _ = self.0.send(entry).await; // the journal ends last
    }

    /// `settled` is told which proposals the store took and which it refused.
    pub(crate) async fn propose(
        &self,
        batch: Vec<Proposal>,
        settled: impl FnOnce(Vec<OfferId>, Vec<OfferId>) + Send + 'static,
    ) {
        self.put(Entry::Propose(batch, Box::new(settled))).await;
    }

    /// Wait until everything put so far is written.
    pub(crate) async fn flushed(&self) {
        let (done, wait) = tokio::sync::oneshot::channel();
        self.put(Entry::Flush(done)).await;
        let _ = wait.await;
    }
}

/// Whose books, with what authority.
pub(crate) struct Books {
    pub(crate) operations: Arc<Operations>,
    pub(crate) account: AccountId,
    pub(crate) lease: Lease,
    pub(crate) clock: WallClock,
    pub(crate) ids: Ids,
    pub(crate) home: Country,
    /// Newest cursor of the outbox: the wake-up of whoever follows it.
    pub(crate) newest: watch::Sender<u64>,
}

/// A call in the books.
struct Open {
    record: Option<CallRecord>,
    observer: Observer,
    conversation: ConversationId,
    inbox: InboxId,
}

pub(crate) async fn run_journal(mut books: Books, mut entries: mpsc::Receiver<Entry>) -> Result<(), OperationError> {
    let key = books.operations.account_key(books.account).await?;
    let mut calls: HashMap<CallId, Open> = HashMap::new();
    let mut set = Set::new(key.clone());
    while let Some(first) = entries.recv().await {
        let until = tokio::time::Instant::now() + GATHER;
        let mut next = Some(first);
        let mut gathered = 0;
        while let Some(entry) = next.take() {
            gathered += 1;
            match entry {
                Entry::Opened(call, conversation, inbox) => {
                    calls.insert(call, Open { record: None, observer: Observer::default(), conversation, inbox });
                }
                Entry::Call(call, at, event) => {
                    if let Err(fault) = books.enter(&mut calls, &mut set, call, at, &event) {
                        tracing::error!(call.id = %call, %fault, "an event could not be entered");
                    }
                    if calls.get(&call).and_then(|c| c.record.as_ref()).is_some_and(CallRecord::is_over) {
                        calls.remove(&call);
                    }
                }
                Entry::Fact(call, at, fact) => {
                    if let Some(record) = calls.get_mut(&call).and_then(|c| c.record.as_mut())
                        && let Err(fault) = record.fact(&mut set, &mut books.ids, at, &fact)
                    {
                        tracing::error!(call.id = %call, %fault, "a fact could not be entered");
                    }
                }
                Entry::Propose(batch, settled) => {
                    let (committed, lost) = books.propose(&set, &batch).await;
                    set = Set::new(key.clone());
                    settled(committed, lost);
                    break;
                }
                Entry::OfferEnded(offer, at, outcome) => {
                    books.write(&mut set, &key).await;
                    let ended = books.operations.end_offer(at, books.account, offer, outcome.as_str()).await;
                    report(ended, "an offer's end was not stored");
                }
                Entry::Presence { agent, presence, since, queue } => {
                    books.write(&mut set, &key).await;
                    let kept =
                        books.operations.record_presence(since, &Actor::System, books.account, agent, presence, queue);
                    report(kept.await, "a presence was not stored");
                }
                Entry::Flush(done) => {
                    books.write(&mut set, &key).await;
                    let _ = done.send(()); // whoever asked may have left
                }
            }
            if gathered < MOST {
                next = tokio::time::timeout_at(until, entries.recv()).await.ok().flatten();
            }
        }
        books.write(&mut set, &key).await;
        books.wake().await;
    }
    Ok(())
}

impl Books {
    fn enter(
        &mut self,
        calls: &mut HashMap<CallId, Open>,
        set: &mut Set,
        call: CallId,
        at: Timestamp,
        event: &CallEvent,
    ) -> Result<(), OperationError> {
        let Some(open) = calls.get_mut(&call) else { return Ok(()) };
        match (&mut open.record, event) {
            (None, CallEvent::Started { from, to, origin, .. }) => {
                let opening = Opening {
                    account: self.account,
                    call,
                    inbox: Some(open.inbox),
                    from: from.number.clone(),
                    from_name: from.name.clone(),
                    to: to.number.clone(),
                    origin: match origin {
                        Origin::Trunk(id) => format!("trunk:{id}"),
                        Origin::Extension(extension) => format!("extension:{extension}"),
                    },
                    home: self.home,
                };
                open.record = Some(CallRecord::open_as(set, &mut self.ids, at, open.conversation, opening)?);
            }
            (Some(record), event) => {
                if let Some(fact) = open.observer.fact(event) {
                    record.fact(set, &mut self.ids, at, &fact)?;
                }
            }
            (None, _) => {} // nothing comes before Started
        }
        Ok(())
    }

    /// Write the set; a store that fails is tried again for a while, and calls wait behind it.
    async fn write(&self, set: &mut Set, key: &Arc<ringdesk_vault::AccountKey>) {
        if set.is_empty() {
            return;
        }
        for attempt in 0..PATIENCE {
            match self.operations.write_journal(set).await {
                Ok(_) => {
                    *set = Set::new(key.clone());
                    return;
                }
                Err(fault) => {
                    metrics::counter!("journal_write_failures_total").increment(1);
                    tracing::error!(%fault, attempt, "the journal could not be written");
                    tokio::time::sleep(Duration::from_millis(50 << attempt)).await;
                }
            }
        }
        metrics::counter!("journal_entries_lost_total").increment(set.len() as u64);
        *set = Set::new(key.clone());
    }

    async fn propose(&self, set: &Set, batch: &[Proposal]) -> (Vec<OfferId>, Vec<OfferId>) {
        let now = self.clock.now();
        let committed = match self.operations.commit_proposals(now, self.account, &self.lease, Some(set), batch).await {
            Ok(committed) => committed,
            Err(fault) => {
                tracing::error!(%fault, "proposals could not be written");
                // What was gathered before must not be lost with them.
                report(self.operations.write_journal(set).await, "the journal could not be written");
                Vec::new()
            }
        };
        let lost = batch.iter().map(|p| p.offer).filter(|o| !committed.contains(o)).collect();
        (committed, lost)
    }

    async fn wake(&self) {
        if let Ok(head) = self.operations.events_head(self.account).await {
            self.newest.send_replace(u64::try_from(head).unwrap_or(0));
        }
    }
}

fn report<T>(result: Result<T, OperationError>, what: &str) {
    if let Err(fault) = result {
        tracing::error!(%fault, "{what}");
    }
}
