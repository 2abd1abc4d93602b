//! Who does something, and who may see it.

use crate::{AccountId, AgentId, UserId};
use serde::{Deserialize, Serialize};

/// Who does it. Every write names one; the audit entry keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Actor {
    /// A signed-in person; `address` is where the request came from, if it came over the network.
    User { user: UserId, agent: Option<AgentId>, address: Option<String> },
    /// The other side of the conversation: a caller's key press, a visitor's message.
    Contact,
    /// A flow or the bot.
    Bot,
    /// Ringdesk itself: a timer, a job, a start.
    System,
}

/// What a reader may see. Every read takes one; what it does not allow, the query does not return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    pub account: AccountId,
    pub user: UserId,
    pub agent: Option<AgentId>,
    /// May see conversations in which `agent` has no part.
    pub everyone: bool,
    /// May see telephone numbers and addresses in full; otherwise they are masked by the serializer.
    pub unmasked: bool,
}
