//! Promised callbacks, places that callers keep, and unserved callers: looked at every second. Of places routing is told; what is due is rung: the agent's own telephone first,
//! then the contact's, through the same door as every call to the outside. All that matters is in the rows.

use crate::desk::Desks;
use crate::hearing::pen;
use crate::outbound::{self, Wanted};
use crate::tasks::rows::Rows;
use crate::turns;
use ringdesk_conversations::mask_number;
use ringdesk_model::{AccountId, Clock as _, Ids};
use ringdesk_operations::Operations;
use ringdesk_operations::callbacks::CallbackCall;
use ringdesk_routing::Floor;
use ringdesk_switchboard::AccountInput;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;

const LOOK: Duration = Duration::from_secs(1);

/// What the task has at hand.
pub(crate) struct Promises {
    pub(crate) operations: Arc<Operations>,
    pub(crate) account: AccountId,
    pub(crate) desks: Arc<Desks>,
    pub(crate) rows: Rows,
    pub(crate) seeds: Arc<Mutex<Ids>>,
    pub(crate) floor: watch::Receiver<Arc<Floor>>,
    /// Newest cursor of the outbox.
    pub(crate) newest: watch::Sender<u64>,
}

pub(crate) async fn run_promises(promises: Promises) {
    let mut look = tokio::time::interval(LOOK);
    let mut told = false;
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        look.tick().await;
        if promises.desks.is_draining() {
            continue;
        }
        if let Err(fault) = promises.tend(&mut told).await {
            tracing::error!(%fault, "promised callbacks could not be looked at; they are again in a second");
        }
    }
}

impl Promises {
    /// Which places are kept; `told`: some were, when routing was told last.
    async fn tell_routing(&self, told: &mut bool) -> Result<(), ringdesk_operations::OperationError> {
        let waiting = self.operations.waiting_places(self.desks.clock.now(), self.account).await?;
        let any = !waiting.is_empty();
        if std::mem::replace(told, any) || any {
            let places = waiting.into_iter().map(turns::for_routing).collect();
            let _ = self.desks.account.send(AccountInput::Places(places)).await; // the house is ending
        }
        Ok(())
    }

    async fn tend(&self, told: &mut bool) -> Result<(), ringdesk_operations::OperationError> {
        let before = self.operations.events_head(self.account).await?;
        let floor = self.floor.borrow().clone();
        let now = self.desks.clock.now();
        for call in self.operations.tend_promises(now, self.account, &floor).await? {
            let id = call.callback;
            let made = match outbound::begin(&self.desks, &self.rows, &self.seeds, wanted(call)).await {
                Ok(call) => Some(call),
                Err(why) => {
                    tracing::info!(callback = %id, %why, "a promised callback was not dialled; it is tried again");
                    None
                }
            };
            self.operations.callback_dialled(self.desks.clock.now(), self.account, id, made).await?;
        }
        self.tell_routing(told).await?;
        let after = self.operations.events_head(self.account).await?;
        if after > before {
            pen::wake(&self.newest, after);
        }
        Ok(())
    }
}

/// The agent's own telephone shows the number masked: whose right it is to see it is not asked here.
fn wanted(call: CallbackCall) -> Wanted {
    Wanted {
        agent: call.agent,
        extension: call.extension,
        shown: mask_number(call.number.reveal()),
        dialled: call.number,
        caller_id: call.caller_id,
        queue: call.queue,
        device: None,
    }
}
