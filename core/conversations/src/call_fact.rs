//! What happened in a call, in the words of the contact centre.

use ringdesk_model::{AgentId, InboxId, OfferId, Pii, QueueId, WorkItemId, WorkOutcome};
use serde::{Deserialize, Serialize};

/// One fact of a call's life. The call sheet and the timeline are folded from these, in the order they were written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum CallFact {
    Started {
        from: Pii<String>,
        to: Pii<String>,
        inbox: Option<InboxId>,
    },
    Answered,
    StepEntered {
        step: String,
        kind: String,
    },
    Queued {
        work_item: WorkItemId,
        queue: QueueId,
    },
    LeftQueue {
        work_item: WorkItemId,
        outcome: WorkOutcome,
    },
    Offered {
        offer: OfferId,
        agent: AgentId,
        queue: QueueId,
    },
    /// `outcome` in the words of the API: `accepted`, `declined`, `no_answer` …
    OfferEnded {
        offer: OfferId,
        agent: AgentId,
        outcome: String,
    },
    AgentJoined {
        offer: OfferId,
        agent: AgentId,
        queue: Option<QueueId>,
    },
    AgentLeft {
        agent: AgentId,
    },
    Held,
    Resumed,
    /// The last fact. `cause`: `normal`, `cancelled` …; `by`: `caller`, `agent`, `flow`, `system` …
    Ended {
        cause: String,
        by: String,
    },
}

impl CallFact {
    /// The name under which the journal keeps it.
    pub const fn kind(&self) -> &'static str {
        match self {
            CallFact::Started { .. } => "started",
            CallFact::Answered => "answered",
            CallFact::StepEntered { .. } => "step_entered",
            CallFact::Queued { .. } => "queued",
            CallFact::LeftQueue { .. } => "left_queue",
            CallFact::Offered { .. } => "offered",
            CallFact::OfferEnded { .. } => "offer_ended",
            CallFact::AgentJoined { .. } => "agent_joined",
            CallFact::AgentLeft { .. } => "agent_left",
            CallFact::Held => "held",
            CallFact::Resumed => "resumed",
            CallFact::Ended { .. } => "ended",
        }
    }
}
