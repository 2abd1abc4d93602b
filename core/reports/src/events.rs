//! What happened, as far as figures are made of it.

use ringdesk_model::{AgentId, CallId, ConversationId, OfferId, Presence, QueueId, Timestamp, WorkOutcome};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Events {
    pub stays: Vec<Stay>,
    pub shares: Vec<Share>,
    /// In the order of their times, agent by agent; the last one before the period among them.
    pub presence: Vec<PresenceAt>,
    pub transfers: Vec<Passed>,
    pub hands: Vec<Hand>,
    pub asked: Vec<Asked>,
    pub answers: Vec<crate::FirstAnswer>,
    pub offers: Vec<crate::FirstOffer>,
}

/// A contact who was asked how satisfied they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub conversation: ConversationId,
    /// Who served them last.
    pub agent: AgentId,
    pub queue: Option<QueueId>,
    pub at: Timestamp,
    /// 1 to 5; `None`: no answer.
    pub stars: Option<u8>,
}

/// One stay of a call or a text in one queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stay {
    pub conversation: ConversationId,
    /// `None`: a text.
    pub call: Option<CallId>,
    pub queue: QueueId,
    pub at: Timestamp,
    /// `None`: it waits still.
    pub left_at: Option<Timestamp>,
    pub outcome: Option<WorkOutcome>,
}

/// One offer to one agent, and what they had of the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    pub conversation: ConversationId,
    pub call: CallId,
    pub offer: OfferId,
    pub agent: AgentId,
    pub queue: Option<QueueId>,
    pub offered_at: Option<Timestamp>,
    pub offer_ended_at: Option<Timestamp>,
    /// `accepted`, `declined`, `no_answer` …
    pub offer_outcome: Option<String>,
    /// They talked; `None`: they did not.
    pub joined_at: Option<Timestamp>,
    pub left_at: Option<Timestamp>,
    pub hold_us: u64,
    /// A colleague asked them, and that was all.
    pub consults: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresenceAt {
    pub agent: AgentId,
    pub at: Timestamp,
    pub presence: Presence,
}

/// A contact that an agent passed on, or had somebody join for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    pub conversation: ConversationId,
    /// `None`: by text.
    pub call: Option<CallId>,
    pub by: AgentId,
    /// From which they had it.
    pub queue: Option<QueueId>,
    pub at: Timestamp,
    /// `completed`, `declined`, `no_answer`, `returned` …
    pub outcome: Option<String>,
}

/// An agent's part in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hand {
    pub conversation: ConversationId,
    /// `None`: by text.
    pub call: Option<CallId>,
    pub agent: AgentId,
    pub queue: Option<QueueId>,
    pub at: Timestamp,
    /// They tried to pass it on; how the last try ended. `None`: they did not.
    pub outcome: Option<String>,
}
