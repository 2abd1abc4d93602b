//! How parts of settings stand in the history: the form in which [`super::state`] wrote them and [`super::undo`] reads them again.
//! What later versions added is no reason to be unable to read an earlier one.

use ringdesk_conversations::DispositionTree;
use ringdesk_model::{AgentId, FlowId, Priority, QueueId};
use ringdesk_routing::ChannelSwitch;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

#[derive(Deserialize)]
pub(super) struct QueueState {
    pub(super) name: String,
    pub(super) active: bool,
    pub(super) settings: Map<String, Value>,
    pub(super) members: BTreeMap<AgentId, u8>,
}

#[derive(Deserialize, Default)]
pub(super) struct TreeState {
    pub(super) tree: DispositionTree,
    pub(super) required: bool,
}

#[derive(Deserialize)]
pub(super) struct InboxState {
    pub(super) name: String,
    pub(super) active: bool,
    pub(super) numbers: Vec<String>,
    pub(super) flow: Option<FlowId>,
}

#[derive(Deserialize)]
pub(super) struct ClosureState {
    pub(super) until: i64,
    pub(super) prompt: String,
    pub(super) action: String,
}

#[derive(Deserialize)]
pub(super) struct FlowState {
    pub(super) document: Value,
}

#[derive(Deserialize)]
pub(super) struct UserState {
    pub(super) name: String,
    pub(super) extension: Option<String>,
    pub(super) active: bool,
    /// Not in what was kept before there were any.
    pub(super) email: Option<String>,
    pub(super) language: Option<String>,
}

#[derive(Deserialize, Default)]
pub(super) struct ChannelState {
    pub(super) priority: Priority,
    pub(super) switch: ChannelSwitch,
}

#[derive(Deserialize)]
pub(super) struct RolesState {
    pub(super) roles: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct TrunkState {
    pub(super) name: String,
    pub(super) networks: Vec<String>,
    pub(super) settings: Value,
    pub(super) has_password: bool,
}

#[derive(Deserialize)]
pub(super) struct NumberState {
    pub(super) label: Option<String>,
    pub(super) channels: Option<u32>,
}

#[derive(Deserialize)]
pub(super) struct RuleState {
    pub(super) name: String,
    pub(super) rule: Value,
    pub(super) enabled: bool,
}

#[derive(Deserialize)]
pub(super) struct TagState {
    pub(super) name: String,
    pub(super) colour: Option<String>,
    /// Versions from before there were groups say nothing of them.
    #[serde(default)]
    pub(super) group: Option<String>,
    #[serde(default)]
    pub(super) roles: Vec<String>,
    pub(super) active: bool,
}

#[derive(Deserialize)]
pub(super) struct CalendarState {
    pub(super) name: String,
    pub(super) calendar: Value,
}

/// Its kind never changes.
#[derive(Deserialize)]
pub(super) struct FieldState {
    pub(super) name: String,
    pub(super) choices: Vec<String>,
    pub(super) sensitive: bool,
    pub(super) active: bool,
}

#[derive(Deserialize)]
pub(super) struct RuleListState {
    pub(super) rules: Value,
}

#[derive(Deserialize)]
pub(super) struct TextInboxState {
    pub(super) queue: QueueId,
    pub(super) settings: Value,
}

#[derive(Deserialize)]
pub(super) struct PromptState {
    pub(super) take: Option<u32>,
}
