//! Questions of a running machine and orders to it. Both end exactly once.

use crate::{Destination, Party, PromptRef, Target};
use ringdesk_model::{AgentId, Language, OfferId, Priority, QueueId, WorkItemId, WorkOutcome};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What a pure room wants to know. It ends with one [`Answer`], with [`Answer::Failed`], or by the asker's own deadline
/// (then the asker cancels it and later answers are dropped).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// Where can this target be dialled now? → `Destinations`
    Reach(Target),
    /// Get this text spoken onto media's shelf. → `Spoken`
    Speak { text: String, language: Language },
    /// Queue this work item. Open as long as it waits; cancelled when the caller leaves. → `LeftQueue`
    Queue(WorkRequest),
    /// Where does the work item stand? → `Place`
    Place(WorkItemId),
    /// Record the call until the flow enters another step, whatever the rule of its number. → `Recording`
    Record,
    /// May the caller be answered (`bridge`: may two who have picked up hear each other), as far as the recording goes? Asked
    /// where a call must not go without one. → `Recording`: it is recorded, or need not be yet
    Connect { bridge: bool },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Empty: nobody there.
    Destinations(Vec<Destination>),
    Spoken(Spoken),
    /// `Served`: the agent's leg is bridged, by a [`CallOrder::Offer`] that ended with `Accepted`.
    LeftQueue(WorkOutcome),
    Place(Place),
    /// The call is being recorded.
    Recording,
    Failed,
}

/// A synthesised text on media's shelf.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spoken {
    pub prompt: PromptRef,
    pub duration: Duration,
}

/// A work item that asks for an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkRequest {
    pub work_item: WorkItemId,
    pub queue: QueueId,
    pub priority: Priority,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// 1: next to be served.
    pub position: u32,
}

/// A command to a running call that wants a reply ([`Outcome`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallOrder {
    /// Ring all devices of this agent for the waiting caller; the first that answers is bridged. → `Outcome::Offer`
    Offer(OfferOrder),
    /// Stop ringing for this offer. Its order ends with `Superseded`, unless it has just been accepted. → `Outcome::Done`
    WithdrawOffer(OfferId),
    /// End the call. → `Outcome::Done`
    Hangup,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferOrder {
    pub offer: OfferId,
    pub work_item: WorkItemId,
    pub agent: AgentId,
    pub queue: QueueId,
    /// The agent's devices.
    pub target: Target,
    /// How long it may ring.
    pub ring_for: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Offer(OfferOutcome),
    Done,
    /// The call is in no state for it; the reason is a sentence for a person.
    Refused(String),
}

/// How an offer ended. Every offer ends once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferOutcome {
    Accepted,
    Declined,
    NoAnswer,
    Busy,
    /// No device registered, or none could be reached.
    Unreachable,
    CallerLeft,
    /// Withdrawn by routing: supervisor, sign-out, a lost race.
    Superseded,
    Failed,
}

impl OfferOutcome {
    pub const fn as_str(self) -> &'static str {
        match self {
            OfferOutcome::Accepted => "accepted",
            OfferOutcome::Declined => "declined",
            OfferOutcome::NoAnswer => "no_answer",
            OfferOutcome::Busy => "busy",
            OfferOutcome::Unreachable => "unreachable",
            OfferOutcome::CallerLeft => "caller_left",
            OfferOutcome::Superseded => "superseded",
            OfferOutcome::Failed => "failed",
        }
    }
}

/// How a dialled target ended, for the flow step `dial`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DialOutcome {
    /// They talked, and the dialled side hung up; the caller is still there.
    Talked,
    Busy,
    NoAnswer,
    Declined,
    Unreachable,
    Failed,
}

/// What the flow wants dialled and bridged with the caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DialRequest {
    pub target: Target,
    /// Shown to the called side; `None`: the caller's own number.
    pub from: Option<Party>,
    pub ring_for: Duration,
}
