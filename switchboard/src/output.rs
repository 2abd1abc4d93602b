//! What a desk wants carried.

use ringdesk_model::{
    AgentId, AskId, CallId, ConversationId, OfferId, OrderId, Presence, QueueId, Timestamp, WorkItemId,
};
use ringdesk_routing::{Proposal, Refusal};
use ringdesk_voice::{Answer, CallEvent, CallOrder, LegCommand, LegId, MediaCommand, OfferOutcome, Outcome, Question};
use std::time::Duration;

/// Outputs of a [`crate::CallDesk`].
#[derive(Clone, Debug)]
pub enum Carry {
    Leg(LegId, LegCommand),
    Media(MediaCommand),
    Ask(AskId, Question),
    /// The answer is not wanted any more.
    Cancel(AskId),
    Done(OrderId, Outcome),
    Event(CallEvent),
}

/// Outputs of an [`crate::AccountDesk`].
#[derive(Clone, Debug)]
pub enum AccountCarry {
    /// Write these proposals, guarded; answer with `Committed` and `Lost`.
    Propose(Vec<Proposal>),
    /// Work for one agent and nobody else, for the store; it goes before its proposal.
    Sought {
        call: CallId,
        work_item: WorkItemId,
        agent: AgentId,
        queue: QueueId,
    },
    /// `Accepted`: the agent has it.
    SoughtEnded {
        call: CallId,
        work_item: WorkItemId,
        outcome: OfferOutcome,
    },
    /// A waiting work item changed queues, for the store; it goes before its next proposal.
    Moved {
        call: CallId,
        work_item: WorkItemId,
        queue: QueueId,
    },
    /// The same of a text.
    TextMoved {
        conversation: ConversationId,
        work_item: WorkItemId,
        queue: QueueId,
    },
    /// The same of a place that was kept for somebody.
    PlaceMoved {
        conversation: ConversationId,
        work_item: WorkItemId,
        queue: QueueId,
    },
    /// A kept place's turn has come: make a call in which this agent's telephone rings, then the contact's; answer with
    /// [`crate::AccountInput::Turn`].
    CallBack(Turn),
    /// The same where the contact is called first: call them, and answer with [`crate::AccountInput::Called`].
    CallFirst {
        work_item: WorkItemId,
        queue: QueueId,
    },
    /// An offer ended, for the store.
    OfferEnded(OfferId, OfferOutcome),
    /// To the call's desk.
    Order(CallId, OrderId, CallOrder),
    Answer(CallId, AskId, Answer),
    /// An agent's presence changed: for the store, the floor and the agent's own screen.
    Presence {
        agent: AgentId,
        presence: Presence,
        since: Timestamp,
        queue: Option<QueueId>,
    },
    /// An agent has taken a text: their part begins, for the store. Its offer's end went before.
    TextJoined {
        offer: OfferId,
        agent: AgentId,
        conversation: ConversationId,
        queue: QueueId,
    },
    /// Whom a colleague asked for did not take the text, or could not even be asked, for the store.
    TextNotTaken {
        work_item: WorkItemId,
        conversation: ConversationId,
        agent: AgentId,
        outcome: OfferOutcome,
    },
    Done(OrderId, Result<(), Refusal>),
}

/// An agent who is to call somebody back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    pub offer: OfferId,
    pub work_item: WorkItemId,
    pub agent: AgentId,
    pub queue: QueueId,
    /// How long the agent's telephone may ring.
    pub ring_for: Duration,
}
