//! What visitors do on sites, on its way into the store. While one set is being written the next one gathers: a site with many
//! visitors costs as many transactions as the store takes, not one for each request.
//!
//! Who told of it is answered before it is stored. A server that dies now has not written what was gathered: at most [`HELD`]
//! requests, of what nobody is told is kept for certain.

use ringdesk_model::AccountId;
use ringdesk_operations::Operations;
use ringdesk_operations::track::Tracked;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};
use tokio::sync::mpsc;
use uuid::Uuid;

/// Requests that wait to be written. When as many do, the next ones are refused and say when to come back.
const HELD: usize = 1_000;
/// Requests written in one transaction.
const SET: usize = 250;

/// What one request told.
pub(crate) struct Told {
    pub(crate) account: AccountId,
    /// It is kept because its visitors agreed to that, not because this inbox need not ask.
    pub(crate) agreed: bool,
    pub(crate) of: Vec<(Uuid, Tracked)>,
}

/// Clones share it.
#[derive(Clone, Default)]
pub struct TrackWriter(Arc<OnceLock<mpsc::Sender<Told>>>);

impl TrackWriter {
    /// False: too much waits to be written.
    pub(crate) fn take(&self, operations: &Arc<Operations>, told: Told) -> bool {
        let sender = self.0.get_or_init(|| {
            let (sender, receiver) = mpsc::channel(HELD);
            tokio::spawn(run(operations.clone(), receiver));
            sender
        });
        sender.try_send(told).is_ok()
    }
}

/// Until every gateway is gone.
async fn run(operations: Arc<Operations>, mut receiver: mpsc::Receiver<Told>) {
    let mut gathered = Vec::with_capacity(SET);
    while receiver.recv_many(&mut gathered, SET).await > 0 {
        let mut sets: BTreeMap<AccountId, Vec<(Uuid, Tracked)>> = BTreeMap::new();
        let mut agreed = BTreeSet::new();
        for told in gathered.drain(..) {
            if told.agreed {
                agreed.extend(told.of.iter().map(|(visitor, _)| *visitor));
            }
            sets.entry(told.account).or_default().extend(told.of);
        }
        for (account, of) in sets {
            match operations.keep_track(account, &of, &agreed).await {
                Ok(()) => metrics::counter!("widget_track_events_total").increment(of.len() as u64),
                Err(fault) => {
                    metrics::counter!("widget_track_lost_total").increment(of.len() as u64);
                    tracing::warn!(%fault, lost = of.len(), "what visitors did could not be kept");
                }
            }
        }
    }
}
