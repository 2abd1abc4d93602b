//! Why an order was refused.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    #[error("no such agent")]
    UnknownAgent,
    #[error("no such work item")]
    UnknownWork,
    #[error("somebody has it or is being asked")]
    NotWaiting,
    #[error("the agent is not ready")]
    NotReady,
    #[error("the agent has no room for it")]
    NoCapacity,
    #[error("the agent does not serve this queue")]
    NotInQueue,
    #[error("work of this queue is assigned, not picked")]
    NotPull,
    #[error("the agent has no work now")]
    NoWork,
    #[error("the agent is not in wrap-up")]
    NotInWrapUp,
    #[error("at most one hour at a time")]
    TooLong,
    #[error("a reason has at most 64 characters")]
    Reason,
    #[error("somebody was faster")]
    Lost,
    #[error("no such queue")]
    UnknownQueue,
    #[error("the queue is full")]
    QueueFull,
    #[error("the contact has left")]
    ContactLeft,
}
