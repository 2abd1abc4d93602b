//! Who types just now, and at what a visitor looks. It is told to whoever looks at that moment, and kept nowhere.

use ringdesk_conversations::TrackSaid;
use ringdesk_model::{AccountId, AgentId, ConversationId, Pii};
use tokio::sync::broadcast;

/// Told at once; whoever is further behind misses some, and nothing is lost by that.
const HELD: usize = 256;

/// Clones share it.
#[derive(Clone)]
pub struct Typing(broadcast::Sender<Typed>);

/// Somebody types, or a visitor came to another page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Typed {
    pub(crate) account: AccountId,
    pub(crate) conversation: ConversationId,
    pub(crate) by: Typist,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Typist {
    /// The contact, for whom this agent is there.
    Contact(AgentId),
    /// One of us, by their name.
    Agent(String),
    /// A visitor who is on this page of the site now, for whom this agent is there.
    Visitor { agent: AgentId, page: Pii<TrackSaid> },
}

impl Default for Typing {
    fn default() -> Self {
        Typing(broadcast::Sender::new(HELD))
    }
}

impl Typing {
    pub(crate) fn tell(&self, typed: Typed) {
        let _ = self.0.send(typed); // nobody may be looking
    }

    pub(crate) fn follow(&self) -> broadcast::Receiver<Typed> {
        self.0.subscribe()
    }
}
