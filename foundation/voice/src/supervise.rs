//! A supervisor in somebody else's call.

use crate::Target;
use ringdesk_model::AgentId;
use serde::{Deserialize, Serialize};

/// Ring the supervisor's phones and let him into the talk of this agent. Given again while he is in: change the mode, without
/// ringing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuperviseOrder {
    pub supervisor: AgentId,
    /// The supervisor's devices.
    pub target: Target,
    /// Whose talk.
    pub of: AgentId,
    pub mode: SupervisionMode,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SupervisionMode {
    /// Hears everybody, nobody hears him.
    Listen,
    /// Hears everybody, the agent hears him.
    Whisper,
    /// Everybody hears everybody.
    Barge,
}

impl SupervisionMode {
    pub const fn as_str(self) -> &'static str {
        match self {
            SupervisionMode::Listen => "listen",
            SupervisionMode::Whisper => "whisper",
            SupervisionMode::Barge => "barge",
        }
    }
}
