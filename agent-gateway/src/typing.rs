//! Who types just now, and at what a visitor looks. It is told to whoever looks at that moment, and kept nowhere.

use ringdesk_conversations::TrackSaid;
use ringdesk_model::{AgentId, ConversationId, Pii, UserId};

/// Somebody types, or a visitor came to another page. The feed of the account tells whom it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Typed {
    pub(crate) conversation: ConversationId,
    pub(crate) by: Typist,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Typist {
    /// The contact, for whom this agent is there.
    Contact(AgentId),
    /// One of us, by their name.
    Agent(String),
    /// One of us, by their name, to a colleague who asked a help desk of the house.
    Helper { asker: UserId, name: String },
    /// A visitor who is on this page of the site now, for whom this agent is there.
    Visitor { agent: AgentId, page: Pii<TrackSaid> },
}
