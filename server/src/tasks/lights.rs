//! The lights of telephones: how many messages wait for whom. Those of the agent's queues that nobody has, and those the agent
//! has in hand. A number that has changed is told to the telephones that watch it.

use ringdesk_model::AccountId;
use ringdesk_operations::Operations;
use ringdesk_signaling::{MessageCount, SignalingHandle};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Messages come by ones, and each is looked for for hours.
const EVERY: Duration = Duration::from_secs(1);

pub(crate) async fn run_lights(operations: Arc<Operations>, account: AccountId, signaling: SignalingHandle) {
    let mut shown: BTreeMap<String, MessageCount> = BTreeMap::new();
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let counts = match operations.messages_by_extension(account).await {
            Ok(counts) => counts,
            Err(fault) => {
                tracing::warn!(%fault, "how many messages wait could not be read");
                continue;
            }
        };
        let counts: BTreeMap<String, MessageCount> =
            counts.into_iter().map(|(extension, (new, old))| (extension, MessageCount { new, old })).collect();
        if counts != shown {
            signaling.set_message_counts(Arc::new(counts.clone()));
            shown = counts;
        }
    }
}
