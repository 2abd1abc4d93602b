//! A call passed on, asked about or shared: transfer, consultation, conference.
//!
//! There is one order for all of them ([`TransferOrder`]) and one life: `Transferring`, then exactly one `TransferEnded`.

use ringdesk_model::{AgentId, FlowId, Pii, QueueId, TransferId, WorkItemId};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// An agent wants somebody else in this call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferOrder {
    pub transfer: TransferId,
    /// Whose leg of the call it concerns.
    pub by: AgentId,
    pub to: TransferTo,
    pub mode: TransferMode,
    pub reason: Option<Pii<String>>,
}

/// Whom one wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferTo {
    Agent(AgentId),
    /// The supervisor on duty; the house knows who that is.
    Supervisor,
    /// Only as a blind transfer: who waits in a queue is nobody one could ask.
    Queue(QueueId),
    /// What a person dials: an outside number, or one of ours.
    Number(Pii<String>),
    /// The phones of this extension.
    Extension(String),
    /// Only as a blind transfer.
    Flow(FlowId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferMode {
    /// The contact goes there at once; the sender is free when somebody answers, and has the contact back if nobody does.
    Blind,
    /// The sender asks first, while the contact hears music; then completes, returns or merges.
    Consult,
    /// The other one joins the talk.
    Join,
}

impl TransferMode {
    pub const fn as_str(self) -> &'static str {
        match self {
            TransferMode::Blind => "blind",
            TransferMode::Consult => "consult",
            TransferMode::Join => "join",
        }
    }
}

/// How a transfer ended. Every transfer ends once. After all but `Completed` and `CallerLeft` the contact is the sender's
/// again, or on its way back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferOutcome {
    /// Contact and target talk (of a join and a merged consultation: with the sender).
    Completed,
    Declined,
    NoAnswer,
    Busy,
    /// Not signed in, nowhere registered, no such number.
    Unreachable,
    /// The sender may not call there.
    Forbidden,
    /// The sender took the contact back: before anybody answered, or after the consultation.
    Returned,
    /// The contact hung up before it was done.
    CallerLeft,
    Failed,
}

impl TransferOutcome {
    pub const fn as_str(self) -> &'static str {
        match self {
            TransferOutcome::Completed => "completed",
            TransferOutcome::Declined => "declined",
            TransferOutcome::NoAnswer => "no_answer",
            TransferOutcome::Busy => "busy",
            TransferOutcome::Unreachable => "unreachable",
            TransferOutcome::Forbidden => "forbidden",
            TransferOutcome::Returned => "returned",
            TransferOutcome::CallerLeft => "caller_left",
            TransferOutcome::Failed => "failed",
        }
    }
}

/// A call asks for one agent and nobody else ([`crate::Question::Agent`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentRequest {
    pub work_item: WorkItemId,
    pub agent: AgentId,
    /// Whose rules the work follows: the queue the contact came from.
    pub queue: Option<QueueId>,
    pub ring_for: Duration,
    /// It is the agent's own matter: a contact that comes back to them, one whom they pick up, a call they make. Then wrap-up does
    /// not protect them from it; it ends.
    pub ends_wrap_up: bool,
}
