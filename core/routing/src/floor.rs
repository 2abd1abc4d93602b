//! The floor as a supervisor sees it, at one moment.

use ringdesk_model::{AgentId, Medium, Presence, QueueId, Timestamp, WorkItemId};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Floor {
    pub queues: Vec<QueueFloor>,
    pub agents: Vec<AgentFloor>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QueueFloor {
    pub queue: QueueId,
    pub name: String,
    /// In the queue, those being offered among them.
    pub waiting: u32,
    /// Of these, an agent is being asked.
    pub offered: u32,
    /// Since when the one waits that waits longest.
    pub longest_waiting_since: Option<Timestamp>,
    /// Agents of the queue by presence (`ready`, `talking` …).
    pub agents: BTreeMap<&'static str, u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AgentFloor {
    pub agent: AgentId,
    pub presence: Presence,
    pub since: Timestamp,
    /// What the agent wants to be when the work in hand is over.
    pub next: Option<Presence>,
    /// A ready agent who is left alone until then (declined, busy).
    pub paused_until: Option<Timestamp>,
    pub work: Vec<WorkFloor>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WorkFloor {
    pub work_item: WorkItemId,
    pub queue: QueueId,
    pub medium: Medium,
    /// `reserved`, `offered`, `active`, `wrap_up`
    pub state: &'static str,
    /// In wrap-up: when it ends by itself.
    pub until: Option<Timestamp>,
}
