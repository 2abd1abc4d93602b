//! What reaches a desk.

use crate::KeptPlace;
use ringdesk_model::{Actor, AgentId, AskId, CallId, ConversationId, OfferId, OrderId, QueueId, Timestamp, WorkItemId};
use ringdesk_routing::{Floorplan, Recovered, Treatment, Wanted};
use ringdesk_voice::{
    AgentRequest, Answer, CallEvent, CallOrder, LegEvent, LegId, MediaEvent, OfferOutcome, Outcome, WorkRequest,
};
use std::time::Duration;

/// Inputs of a [`crate::CallDesk`].
#[derive(Clone, Debug)]
pub enum CallInput {
    Leg(LegId, LegEvent),
    Media(MediaEvent),
    Answer(AskId, Answer),
    /// Ends with one [`crate::Carry::Done`].
    // Boxed: a call's inbox has room for 32 inputs from its beginning on, and an order is twice as large as what else comes.
    Order(OrderId, Actor, Box<CallOrder>),
}

/// Inputs of an [`crate::AccountDesk`].
#[derive(Clone, Debug)]
pub enum AccountInput {
    /// Queues and agents, at the start and after every change of them.
    Configured(Floorplan),
    /// Presence as the store last knew it; once, at the start.
    Recovered(Recovered),
    /// A call asks for an agent; the question stays open until the work item leaves the queue.
    Queue { call: CallId, ask: AskId, request: WorkRequest, treatment: Treatment },
    /// A call asks for this agent and nobody else; the question stays open until the offer has ended.
    Seek { call: CallId, ask: AskId, request: AgentRequest },
    /// A call asks where its work item stands.
    Place { call: CallId, ask: AskId, work_item: WorkItemId },
    /// A call takes a question back: the caller left, or the flow moved on.
    Cancel(AskId),
    /// The store took these proposals.
    Committed(Vec<OfferId>),
    /// The store refused this one: somebody was faster.
    Lost(OfferId),
    /// A call's reply to an order of this desk.
    Replied(OrderId, Outcome),
    /// What happened in a call. Routing learns from it when an agent's part is over.
    Observed(CallId, CallEvent),
    /// Ends with one [`crate::AccountCarry::Done`].
    Order(OrderId, Actor, AccountOrder),
    /// All texts that wait or are in hand, as the rows have them now: what is new waits, what is gone is over.
    Texts(Vec<OpenText>),
    /// All places kept for callers who have hung up, as the rows have them now: what is new waits, what is gone is over.
    Places(Vec<KeptPlace>),
    /// This one is kept from now on, in place of a caller who is still on the line.
    PlaceKept(KeptPlace),
    /// What became of [`crate::AccountCarry::CallBack`].
    Turn(OfferId, TurnNews),
    /// What became of [`crate::AccountCarry::CallFirst`]: the contact is called in this call, in which they may come to wait; `None`:
    /// there is no call.
    Called(WorkItemId, Option<CallId>),
    /// Take no new work: the server is shutting down.
    Drain,
}

/// What a person or a program may want of routing.
#[derive(Clone, Debug)]
pub enum AccountOrder {
    Presence(AgentId, Wanted),
    /// The state wanted when the current work is over.
    PresenceNext(AgentId, Wanted),
    FinishWrapUp(AgentId),
    ExtendWrapUp(AgentId, Duration),
    /// A leader gives a waiting work item to a named agent.
    Assign(WorkItemId, AgentId),
    /// An agent picks a waiting work item from a pull queue.
    Pick(AgentId, WorkItemId),
    /// A leader moves a waiting work item to another queue; it keeps the time it has waited.
    Move(WorkItemId, QueueId),
    /// A leader puts a waiting work item before all others of its queue.
    MoveToHead(WorkItemId),
    /// What rings at a colleague, or at that one, rings at this agent instead.
    PickUp(AgentId, Option<AgentId>),
    /// An agent answers the offer of a text: takes it, or not.
    AnswerText(AgentId, OfferId, bool),
}

/// News of the call that is made for an agent when a kept place's turn comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TurnNews {
    /// The agent's telephone is rung in this call.
    Begun(CallId),
    /// They have picked up.
    Taken,
    /// There is no call.
    NotMade(OfferOutcome),
}

/// A text that waits for an agent, or has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenText {
    pub work_item: WorkItemId,
    pub conversation: ConversationId,
    pub queue: QueueId,
    pub channel: &'static str,
    pub enqueued_at: Timestamp,
    pub treatment: Treatment,
    /// A colleague asks for this agent and nobody else: at once, and once.
    pub sought: Option<AgentId>,
    /// One of our agents asks it themselves.
    pub asked_by: Option<AgentId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_in_an_inbox_is_small() {
        let size = size_of::<CallInput>();
        assert!(size <= 144, "{size} bytes, 32 times in the first block of every call's inbox");
    }
}
