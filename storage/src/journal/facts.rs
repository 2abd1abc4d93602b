//! What calls and texts leave behind, as it is told to the journal.

use crate::contacts::Identity;
use ringdesk_model::{
    AgentId, CallId, Channel, ContactId, ConversationId, InboxId, Medium, OfferId, ParticipationId, Pii, QueueId,
    Timestamp, WorkItemId,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A matter begins.
#[derive(Clone, Debug)]
pub struct ConversationOpened {
    pub id: ConversationId,
    pub channel: Channel,
    pub inbox: Option<InboxId>,
    pub at: Timestamp,
    /// Who it is with, if that can be known, and the id for a contact who is new.
    pub contact: Option<(Identity, ContactId)>,
}

/// Who calls whom; sealed as one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parties {
    pub from: Pii<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_name: Option<Pii<String>>,
    pub to: Pii<String>,
}

#[derive(Clone, Debug)]
pub struct CallStarted {
    pub id: CallId,
    pub conversation: ConversationId,
    /// `inbound` or `outbound`.
    pub direction: &'static str,
    /// `trunk:<id>`, `extension:2001` …
    pub origin: String,
    pub parties: Parties,
    pub at: Timestamp,
}

/// What became known of a call. `None` leaves what is there.
#[derive(Clone, Debug, Default)]
pub struct CallChange {
    pub answered_at: Option<Timestamp>,
    /// Figures and whatever else the law of conversations derives, as JSON; sealed.
    pub sheet: Option<String>,
    pub ended: Option<CallEnd>,
}

#[derive(Clone, Debug)]
pub struct CallEnd {
    pub at: Timestamp,
    pub cause: String,
    pub by: String,
}

/// An agent's span in a conversation, as it stands now.
#[derive(Clone, Debug)]
pub struct ParticipationState {
    pub id: ParticipationId,
    pub conversation: ConversationId,
    pub call: Option<CallId>,
    pub agent: AgentId,
    pub queue: Option<QueueId>,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub hold_us: i64,
}

/// A line of the timeline. Its number comes with the transaction.
#[derive(Clone, Debug)]
pub struct NewMessage {
    pub id: Uuid,
    pub conversation: ConversationId,
    /// `call_started`, `text` …
    pub kind: &'static str,
    /// `contact`, `agent`, `bot`, `system`.
    pub speaker: &'static str,
    pub agent: Option<AgentId>,
    pub text: Pii<String>,
    /// Place in the call's sound, where it has one.
    pub start_ms: Option<i64>,
    pub end_ms: Option<i64>,
    pub at: Timestamp,
}

/// A work item enters a queue.
#[derive(Clone, Copy, Debug)]
pub struct Queued {
    pub id: WorkItemId,
    pub conversation: ConversationId,
    pub call: Option<CallId>,
    pub queue: QueueId,
    pub medium: Medium,
    pub at: Timestamp,
}

/// An agent has a text in hand.
#[derive(Clone, Copy, Debug)]
pub struct TextJoined {
    pub offer: OfferId,
    pub conversation: ConversationId,
    pub agent: AgentId,
    pub queue: QueueId,
    pub at: Timestamp,
}
