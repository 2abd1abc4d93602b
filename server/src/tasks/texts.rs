//! Texts: routing is told which are open, every second and whenever one came or went; and what is due by itself is done.
//! All that matters is in the rows, so a wake-up that is lost costs a second and no text.

use crate::desk::Desks;
use crate::hearing::pen;
use ringdesk_model::{AccountId, Clock as _, QueueId};
use ringdesk_operations::routing_setup::treatment;
use ringdesk_operations::texts::is_attended;
use ringdesk_operations::{OperationError, Operations};
use ringdesk_routing::Floor;
use ringdesk_switchboard::{AccountInput, OpenText};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};

const LOOK: Duration = Duration::from_secs(1);
/// Files that nobody sent are thrown away.
const SWEEP: Duration = Duration::from_secs(600);

/// Whom to wake when texts changed. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct TextsChanged {
    routing: Arc<Notify>,
    couriers: Arc<Notify>,
}

impl TextsChanged {
    pub(crate) fn tell(&self) {
        self.routing.notify_one();
        self.couriers.notify_one();
    }

    pub(crate) fn couriers(&self) -> Arc<Notify> {
        self.couriers.clone()
    }
}

/// What the task has at hand.
pub(crate) struct Texts {
    pub(crate) operations: Arc<Operations>,
    pub(crate) account: AccountId,
    pub(crate) desks: Arc<Desks>,
    pub(crate) floor: watch::Receiver<Arc<Floor>>,
    /// Newest cursor of the outbox.
    pub(crate) newest: watch::Sender<u64>,
    pub(crate) changed: TextsChanged,
}

pub(crate) async fn run_texts(texts: Texts) {
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut sweep = tokio::time::interval(SWEEP);
    loop {
        let looked = tokio::select! {
            _ = look.tick() => texts.tend().await,
            _ = sweep.tick() => texts.sweep().await,
            () = texts.changed.routing.notified() => Ok(()),
        };
        let told = match looked {
            Ok(()) => texts.tell_routing().await,
            fault => fault,
        };
        if let Err(fault) = told {
            tracing::error!(%fault, "texts could not be looked at; they are again in a second");
        }
    }
}

impl Texts {
    async fn tell_routing(&self) -> Result<(), OperationError> {
        let now = self.desks.clock.now();
        let found = self.operations.open_texts(self.account).await?;
        let open = found.into_iter().map(|text| OpenText {
            work_item: text.work_item,
            conversation: text.conversation,
            queue: text.queue,
            channel: text.channel.as_str(),
            enqueued_at: text.enqueued_at,
            treatment: treatment(now, &text.standing, text.known_to).raised(text.priority),
            sought: text.sought,
            asked_by: text.asked_by,
        });
        let _ = self.desks.account.send(AccountInput::Texts(open.collect())).await; // the house is ending
        Ok(())
    }

    async fn sweep(&self) -> Result<(), OperationError> {
        let now = self.desks.clock.now();
        let thrown = self.operations.sweep_files(now, self.account).await?;
        if thrown > 0 {
            tracing::info!(thrown, "files that nobody sent were thrown away");
        }
        let forgotten = self.operations.sweep_tracks(now, self.account).await?;
        if forgotten > 0 {
            tracing::info!(forgotten, "what visitors did on sites was forgotten");
        }
        Ok(())
    }

    async fn tend(&self) -> Result<(), OperationError> {
        let floor = self.floor.borrow().clone();
        let now = self.desks.clock.now();
        if self.operations.tend_texts(now, self.account, &attended(&floor)).await? > 0 {
            self.changed.tell();
            pen::wake(&self.newest, self.operations.events_head(self.account).await?);
        }
        Ok(())
    }
}

/// The queues in which somebody is at work, busy or not.
fn attended(floor: &Floor) -> BTreeSet<QueueId> {
    floor.queues.iter().map(|one| one.queue).filter(|queue| is_attended(floor, *queue)).collect()
}
