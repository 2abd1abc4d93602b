//! Pauses and deadlines that are the same for all queues.

use serde::{Deserialize, Serialize};
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// An agent who declined is left alone for so long; also after no answer where that does not make them not ready.
    pub declined_pause: Duration,
    /// The agent's phone was busy.
    pub busy_pause: Duration,
    /// The offer failed for a reason of ours.
    pub failed_pause: Duration,
    /// The store refused or forgot a proposal; agent and item are left alone for so long.
    pub lost_pause: Duration,
    /// How long the store may take to confirm a proposal.
    pub store_patience: Duration,
    /// An offer that has not ended so long after its ringing time has failed.
    pub ring_grace: Duration,
    /// A VIP goes before everybody who did not come so much earlier. The bound of it is what guards the others: who has waited so
    /// long goes before a VIP who has just come.
    pub vip_ahead: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            declined_pause: Duration::from_secs(10),
            busy_pause: Duration::from_secs(5),
            failed_pause: Duration::from_secs(5),
            lost_pause: Duration::from_secs(1),
            store_patience: Duration::from_secs(10),
            ring_grace: Duration::from_secs(10),
            vip_ahead: Duration::from_secs(15 * 60),
        }
    }
}
