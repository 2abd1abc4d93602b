//! The journal's task: gathers what happens for at most 20 ms and writes it in one transaction.
//!
//! Offers have a priority lane: a batch of proposals is written at once, together with everything that was gathered before
//! it, so that a work item is in the store before it is offered. All that happened while the last set was on its way goes
//! into the next one, proposals too: the more there is to write, the larger the sets, never the more of them.
//!
//! A store that is gone, locked or full is waited for, as long as it takes: nothing is given up that may still be written.
//! Meanwhile [`Journal::lag`] grows, and who could bring more work looks at it.

mod books;
mod lag;

pub(crate) use books::Books;
pub(crate) use lag::Lag;

use crate::observe::Observer;
use ringdesk_conversations::CallFact;
use ringdesk_model::{AgentId, CallId, ConversationId, InboxId, OfferId, Presence, QueueId, Timestamp};
use ringdesk_operations::visitor_calls::VisitorCall;
use ringdesk_operations::{CallRecord, OperationError};
use ringdesk_routing::Proposal;
use ringdesk_storage::journal::{Queued, TextJoined};
use ringdesk_storage::text_transfers::TextRefused;
use ringdesk_voice::{CallEvent, OfferOutcome};
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Entries that may wait. When it is full the calls' tasks wait; their sound does not pass here.
const BUFFER: usize = 16_384;
const GATHER: Duration = Duration::from_millis(20);
/// Entries of one set; a larger set gains nothing.
const MOST: usize = 2_000;

type Settled = Box<dyn FnOnce(Vec<OfferId>, Vec<OfferId>) + Send>;

/// How a call came to us.
pub(crate) enum Came {
    /// Somebody dialled.
    Dialled,
    /// Of a busy hour: it goes away with the demo's pack.
    Demo,
    /// From the page of a web site's visitor.
    Site(Box<VisitorCall>),
}

/// What the running machines have to say to the books.
pub(crate) enum Entry {
    /// A call gets a desk. Its first event follows.
    Opened(CallId, ConversationId, InboxId, Came),
    /// The same of a call that an agent makes.
    OpenedByAgent(CallId, ConversationId),
    Call(CallId, Timestamp, CallEvent),
    /// A fact that is in no event alone.
    Fact(CallId, Timestamp, CallFact),
    OfferEnded(OfferId, Timestamp, OfferOutcome),
    /// A text waits in another queue.
    TextMoved(Queued),
    /// An agent has taken a text; the end of its offer went before.
    TextJoined(TextJoined),
    /// Whom a colleague asked for did not take it.
    TextRefused(TextRefused),
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

/// An entry, and since when it waits.
pub(crate) type Waiting = (Instant, Entry);

/// Where everybody puts their entries.
#[derive(Clone)]
pub(crate) struct Journal {
    put: mpsc::Sender<Waiting>,
    lag: Lag,
}

impl Journal {
    pub(crate) fn new() -> (Journal, mpsc::Receiver<Waiting>) {
        let (put, entries) = mpsc::channel(BUFFER);
        (Journal { put, lag: Lag::default() }, entries)
    }

    pub(crate) async fn put(&self, entry: Entry) {
        let _ = self.put.send((Instant::now(), entry)).await; // the journal ends last
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

    /// How far the books are behind: what a server that dies now would not have written.
    pub(crate) fn lag(&self) -> &Lag {
        &self.lag
    }
}

/// A call in the books.
struct Open {
    record: Option<CallRecord>,
    observer: Observer,
    conversation: ConversationId,
    /// `None`: an agent makes it.
    inbox: Option<InboxId>,
    came: Came,
}

pub(crate) async fn run_journal(mut books: Books, mut entries: mpsc::Receiver<Waiting>) -> Result<(), OperationError> {
    let key = books.operations.account_key(books.account).await?;
    let mut calls: HashMap<CallId, Open> = HashMap::new();
    loop {
        let first = match entries.try_recv() {
            Ok(first) => first,
            Err(_) => {
                books.lag.oldest(None, Instant::now());
                let Some(first) = entries.recv().await else { return Ok(()) };
                first
            }
        };
        books.lag.oldest(Some(first.0), Instant::now());
        let mut set = books.set(&key);
        let (mut proposals, mut settled, mut flushed) = (Vec::new(), Vec::new(), Vec::new());
        let until = Instant::now() + GATHER;
        let (mut next, mut gathered) = (Some(first), 0);
        while let Some((_, entry)) = next.take() {
            gathered += 1;
            match entry {
                Entry::Opened(call, conversation, inbox, came) => {
                    let (observer, inbox) = (Observer::default(), Some(inbox));
                    calls.insert(call, Open { record: None, observer, conversation, inbox, came });
                }
                Entry::OpenedByAgent(call, conversation) => {
                    let (observer, inbox) = (Observer::default(), None);
                    calls.insert(call, Open { record: None, observer, conversation, inbox, came: Came::Dialled });
                }
                Entry::Call(call, at, event) => books.enter(&mut calls, &mut set, call, at, &event),
                Entry::Fact(call, at, fact) => books.fact(&mut calls, &mut set, call, at, &fact),
                Entry::OfferEnded(offer, at, outcome) => set.end_offer(offer, at, outcome.as_str()),
                Entry::TextMoved(queued) => set.queued(queued),
                Entry::TextJoined(joined) => books.text_joined(&mut set, joined),
                Entry::TextRefused(refused) => books.text_refused(&mut set, refused),
                Entry::Presence { agent, presence, since, queue } => {
                    set.presence(agent, books::presence(presence, since, queue));
                }
                Entry::Propose(batch, tell) => {
                    settled.push((batch.iter().map(|p| p.offer).collect::<Vec<_>>(), tell));
                    proposals.extend(batch);
                }
                Entry::Flush(done) => flushed.push(done),
            }
            next = match gathered {
                MOST.. => None,
                // Somebody waits: only what is here already goes along.
                _ if !settled.is_empty() || !flushed.is_empty() => entries.try_recv().ok(),
                _ => tokio::time::timeout_at(until, entries.recv()).await.ok().flatten(),
            };
        }
        let committed = books.commit(&set, &proposals).await;
        for (batch, tell) in settled {
            let (made, lost) = batch.into_iter().partition(|offer| committed.contains(offer));
            tell(made, lost);
        }
        for done in flushed {
            let _ = done.send(()); // whoever asked may have left
        }
    }
}
