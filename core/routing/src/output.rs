//! What routing wants done.

use crate::{Ended, Refusal};
use ringdesk_model::{AgentId, Medium, OfferId, OrderId, Presence, QueueId, Timestamp, WorkItemId, WorkOutcome};
use serde::Serialize;
use std::time::Duration;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Write these, guarded, and answer each with `Committed` or `Lost`. Outputs that came before (the end of an earlier
    /// offer to the same agent) must reach the store before it.
    Propose(Vec<Proposal>),
    /// Ring the agent.
    Offer(Offered),
    /// Stop ringing.
    WithdrawOffer(OfferId),
    /// The work item has left its queue.
    Left(WorkItemId, WorkOutcome),
    /// The agent who was sought did not take it, or could not even be asked.
    NotTaken(WorkItemId, Ended),
    /// A committed offer ended, for the store and the journal. Once for each committed offer.
    OfferEnded(OfferId, Ended),
    PresenceChanged {
        agent: AgentId,
        presence: Presence,
        since: Timestamp,
        queue: Option<QueueId>,
    },
    Done(OrderId, Result<(), Refusal>),
}

/// A match that the store has to confirm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proposal {
    pub offer: OfferId,
    pub work_item: WorkItemId,
    pub agent: AgentId,
    pub queue: QueueId,
    pub medium: Medium,
    pub why: Why,
}

/// The reason of a match, for the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Why {
    pub how: How,
    /// The item's rank: µs since 1970, lower is served first. Of one that was sought: when.
    pub rank: i64,
    /// The agent's level in the queue; `None`: not of this queue, a leader chose them.
    pub level: Option<u8>,
    /// Of the agent before this work, in millionths.
    pub load: u32,
    pub idle_since: Timestamp,
    /// How often this agent had this item already.
    pub tries: u32,
    /// Agents who could have had it.
    pub candidates: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    Matched,
    /// The work item asked for this agent.
    Required,
    /// A colleague asked for this agent.
    Sought,
    Assigned,
    Picked,
}

/// A confirmed proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Offered {
    pub offer: OfferId,
    pub work_item: WorkItemId,
    pub agent: AgentId,
    pub queue: QueueId,
    pub medium: Medium,
    /// The agent's extension.
    pub target: String,
    pub ring_for: Duration,
}
