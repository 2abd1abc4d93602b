//! The way from the sockets to the driver: one bounded inbox, half of it kept for those we know, and the last eighth for
//! what belongs to live dialogs.

use super::counters::Counters;
use super::sources::{Admission, Sources};
use crate::core::input::{Hop, Input};
use bytes::Bytes;
use ringdesk_model::{Clock, Timestamp, WallClock};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Something for the driver, and since when it waits.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) since: Timestamp,
    pub(crate) input: Input,
}

/// What every socket task holds.
#[derive(Clone)]
pub(crate) struct Inlet {
    inbox: mpsc::Sender<Waiting>,
    pub(crate) sources: Arc<Sources>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) clock: WallClock,
}

impl Inlet {
    pub(crate) fn new(
        inbox: mpsc::Sender<Waiting>,
        sources: Arc<Sources>,
        counters: Arc<Counters>,
        clock: WallClock,
    ) -> Inlet {
        Inlet { inbox, sources, counters, clock }
    }

    /// A message that came as a datagram. When the inbox is full it is dropped, which UDP allows and retransmission
    /// heals; messages of unknown sources are dropped at half already, so a flood of them delays nobody's call, and what
    /// the known begin is dropped a little before what belongs to a call.
    pub(crate) fn datagram(&self, hop: Hop, bytes: Bytes) {
        let since = self.clock.now();
        let kept = match self.sources.admit(since, &hop, &bytes) {
            Admission::OverBudget => return self.counters.over_budget.one(),
            Admission::Unknown => self.inbox.max_capacity() / 2,
            Admission::Known => self.inbox.max_capacity() / 8,
            Admission::InDialog => 0,
        };
        let crowded = kept > 0 && self.inbox.capacity() <= kept && !self.sources.in_dialog(&bytes);
        if crowded || self.inbox.try_send(Waiting { since, input: Input::Received { hop, bytes } }).is_err() {
            self.counters.inbox_full.one();
        }
    }

    /// A message that came over a connection. It waits for its budget and for a place in the inbox, and its connection
    /// is not read meanwhile: the sender feels it, nobody else does. False: the driver is gone.
    pub(crate) async fn message(&self, hop: Hop, bytes: Bytes) -> bool {
        while self.sources.admit(self.clock.now(), &hop, &bytes) == Admission::OverBudget {
            self.counters.held_back.one();
            tokio::time::sleep(BUDGET_POLL).await;
        }
        self.tell(Input::Received { hop, bytes }).await
    }

    /// A fact that must not be lost: a closed connection, the answer to a lookup. In the inbox it stays behind the
    /// messages that came before it. Callers are bounded by the caps on connections and lookups.
    pub(crate) async fn tell(&self, input: Input) -> bool {
        self.inbox.send(Waiting { since: self.clock.now(), input }).await.is_ok()
    }

    /// The moment `after` from now on the clock of the runtime.
    pub(crate) fn alarm(&self, after: Duration) -> tokio::time::Instant {
        self.clock.instant(self.now() + after).into()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// How often a connection over its budget asks again; the slowest default rate is one message in 100 ms.
const BUDGET_POLL: Duration = Duration::from_millis(50);
