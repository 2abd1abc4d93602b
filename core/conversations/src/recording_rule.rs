//! When a call is recorded, and what becomes of it when it cannot be.

use serde::{Deserialize, Serialize};

/// Of an inbox; one without a rule follows the house's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RecordingRule {
    pub start: RecordingStart,
    pub policy: RecordingPolicy,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordingStart {
    /// Only when somebody orders it.
    #[default]
    Off,
    /// From the moment the caller is answered: prompts and waiting are heard, too.
    OnAnswer,
    /// From the moment somebody talks with the caller.
    OnBridge,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordingPolicy {
    /// The call goes on without, and the recording says why it failed.
    #[default]
    BestEffort,
    /// No recording, no call: it is not connected when the recording cannot begin, and nobody stops it by hand.
    RecordOrRefuse,
}

impl RecordingRule {
    pub const fn starting(start: RecordingStart) -> RecordingRule {
        RecordingRule { start, policy: RecordingPolicy::BestEffort }
    }

    /// A call under this rule is not connected without a recording.
    pub fn is_required(self) -> bool {
        self.start != RecordingStart::Off && self.policy == RecordingPolicy::RecordOrRefuse
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_operators_write_it_down() {
        let read = |text: &str| serde_json::from_str::<RecordingRule>(text);
        assert_eq!(read("{}").unwrap(), RecordingRule::default());
        let rule = read(r#"{"start":"on_bridge","policy":"record_or_refuse"}"#).unwrap();
        assert!(rule.is_required() && rule.start == RecordingStart::OnBridge);
        assert!(!read(r#"{"policy":"record_or_refuse"}"#).unwrap().is_required(), "nothing starts by itself");
        assert!(read(r#"{"start":"always"}"#).is_err() && read(r#"{"begin":"off"}"#).is_err());
        assert_eq!(serde_json::to_string(&rule).unwrap(), r#"{"start":"on_bridge","policy":"record_or_refuse"}"#);
    }
}
