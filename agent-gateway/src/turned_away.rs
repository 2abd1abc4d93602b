//! How many were told to wait or to stay away. A flood costs one transaction in [`PAUSE`], however large it is: what happens
//! meanwhile gathers here, and is lost with a server that dies.

use crate::Gateway;
use ringdesk_model::{AccountId, Clock as _, InboxId};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// From the first of a set until it is written.
const PAUSE: Duration = Duration::from_secs(2);

/// One entry per inbox and reason; both are few.
type Counts = BTreeMap<(AccountId, InboxId, &'static str), i64>;

/// Clones share it.
#[derive(Clone, Default)]
pub struct TurnedAway(Arc<Mutex<Counts>>);

impl TurnedAway {
    /// One more.
    pub(crate) fn count(&self, gateway: &Gateway, account: AccountId, inbox: InboxId, why: &'static str) {
        metrics::counter!("texts_turned_away_total", "why" => why).increment(1);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = counts.is_empty();
        *counts.entry((account, inbox, why)).or_default() += 1;
        if is_first {
            let gateway = gateway.clone();
            tokio::spawn(async move {
                tokio::time::sleep(PAUSE).await;
                gateway.turned_away.write(&gateway).await;
            });
        }
    }

    /// Write what has gathered: before somebody reads the figures, too.
    pub(crate) async fn write(&self, gateway: &Gateway) {
        let gathered = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut of: BTreeMap<AccountId, Vec<(InboxId, &'static str, i64)>> = BTreeMap::new();
        for ((account, inbox, why), count) in gathered {
            of.entry(account).or_default().push((inbox, why, count));
        }
        for (account, who) in of {
            if let Err(fault) = gateway.operations.turn_away(gateway.clock.now(), account, &who).await {
                tracing::warn!(%fault, "how many were turned away could not be kept");
            }
        }
    }
}
