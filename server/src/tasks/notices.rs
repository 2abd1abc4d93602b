//! Notices: what happened is followed as it happens, what time brings is looked at every second. All that matters is in the rows, so a
//! wake-up that is lost costs a second and no notice.

use crate::hearing::pen;
use ringdesk_model::{AccountId, Clock as _, WallClock};
use ringdesk_operations::{OperationError, Operations};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

const LOOK: Duration = Duration::from_secs(1);
/// What is older than thirty days is forgotten.
const SWEEP: Duration = Duration::from_secs(3_600);

/// What the task has at hand.
pub(crate) struct Notices {
    pub(crate) operations: Arc<Operations>,
    pub(crate) account: AccountId,
    /// Newest cursor of the outbox.
    pub(crate) newest: watch::Sender<u64>,
    pub(crate) clock: WallClock,
}

pub(crate) async fn run_notices(notices: Notices) {
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut sweep = tokio::time::interval(SWEEP);
    let mut newest = notices.newest.subscribe();
    loop {
        let told = tokio::select! {
            _ = sweep.tick() => notices.sweep().await,
            _ = look.tick() => notices.tend().await,
            // The sender is ours: it does not end before we do.
            _ = newest.changed() => notices.follow().await,
        };
        if let Err(fault) = told {
            tracing::error!(%fault, "nobody could be told; it is looked at again in a second");
        }
    }
}

impl Notices {
    async fn follow(&self) -> Result<(), OperationError> {
        let told = self.operations.follow_notices(self.clock.now(), self.account).await?;
        self.wake(told).await
    }

    async fn tend(&self) -> Result<(), OperationError> {
        let told = self.operations.tend_notices(self.clock.now(), self.account).await?;
        self.wake(told).await?;
        self.follow().await
    }

    async fn sweep(&self) -> Result<(), OperationError> {
        let forgotten = self.operations.forget_notices(self.clock.now(), self.account).await?;
        if forgotten > 0 {
            tracing::info!(forgotten, "old notices were forgotten");
        }
        Ok(())
    }

    async fn wake(&self, told: usize) -> Result<(), OperationError> {
        if told > 0 {
            pen::wake(&self.newest, self.operations.events_head(self.account).await?);
        }
        Ok(())
    }
}
