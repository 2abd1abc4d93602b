//! What routing wants done.

use crate::{Ended, QueueStrategy, Refusal, Skills};
use ringdesk_model::{AgentId, Medium, OfferId, OrderId, Presence, QueueId, Timestamp, WorkItemId, WorkOutcome};
use serde::Serialize;
use std::time::Duration;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Output {
    /// Write these, guarded, and answer each with `Committed` or `Lost`. Outputs that came before (the end of an earlier
    /// offer to the same agent) must reach the store before it.
    Propose(Vec<Proposal>),
    /// Ring the agent.
    Offer(Offered),
    /// Stop ringing.
    WithdrawOffer(OfferId),
    /// The turn of somebody has come who is called before an agent is asked. Until it is withdrawn, or another work item takes its
    /// place, it keeps that and is offered to nobody.
    CallFirst {
        work_item: WorkItemId,
        queue: QueueId,
    },
    /// The work item has left its queue.
    Left(WorkItemId, WorkOutcome),
    /// It waits in another queue from now on, with the rank it had.
    Moved {
        work_item: WorkItemId,
        from: QueueId,
        to: QueueId,
        why: MoveReason,
    },
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
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
    /// The rule that chose among equals.
    pub strategy: QueueStrategy,
    /// What was wanted of an agent at this moment, and agents of which level at most; `None`: of any.
    pub wanted: Skills,
    pub up_to: Option<u8>,
    /// The agent's levels in what was wanted, summed.
    pub fit: u32,
    /// Steps of relaxation in force.
    pub relaxed: u32,
    /// The contact knows this agent.
    pub preferred: bool,
    pub vip: bool,
    /// Who would have been next, at most three.
    pub others: Vec<AgentId>,
}

/// Why a work item changed queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MoveReason {
    Waited,
    Length,
    NoAgents,
    /// A leader said so.
    Leader,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    #[default]
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
