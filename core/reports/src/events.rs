//! What happened, as far as figures are made of it.

use ringdesk_model::{AgentId, CallId, ConversationId, OfferId, Presence, QueueId, Timestamp, WorkOutcome};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Events {
    pub stays: Vec<Stay>,
    pub shares: Vec<Share>,
    /// In the order of their times, agent by agent; the last one before the period among them.
    pub presence: Vec<PresenceAt>,
    /// What agents passed on, or had somebody join for; how it ended.
    pub transfers: Vec<Part>,
    /// What agents had in hand; how the last try to pass it on ended, where they tried.
    pub hands: Vec<Part>,
    /// Texts that agents were asked to take.
    pub text_offers: Vec<Part>,
    pub asked: Vec<Asked>,
    pub answers: Vec<crate::FirstAnswer>,
    pub offers: Vec<crate::FirstOffer>,
    pub places: Vec<crate::PlaceKept>,
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

/// What an agent had to do with a conversation: they had it in hand, were asked to take it, or passed it on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub conversation: ConversationId,
    /// `None`: by text.
    pub call: Option<CallId>,
    pub agent: AgentId,
    /// From which they had it.
    pub queue: Option<QueueId>,
    pub at: Timestamp,
    /// `None`: it goes on.
    pub ended_at: Option<Timestamp>,
    /// `completed`, `accepted`, `declined`, `no_answer`, `returned` …
    pub outcome: Option<String>,
}
