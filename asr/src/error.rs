//! What can go wrong with an engine, and whether trying again makes sense.

use crate::engine::LONGEST;
use ringdesk_model::{Language, Pii};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Never with words of the caller in it: what an engine printed is no message for a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum EngineFault {
    #[error("not installed: {0}")]
    Missing(String),
    /// It is here and something it needs is not, or is not right.
    #[error("engine not ready: {0}")]
    NotReady(String),
    #[error("no answer within {0:?}")]
    Deadline(Duration),
    #[error("ended with {status}")]
    Crashed {
        status: String,
        /// The end of what it wrote to its standard error: for the operator, who must ask for it.
        complaint: Pii<String>,
    },
    #[error("rubbish instead of a transcript: {0}")]
    Rubbish(String),
    #[error("the answer is not in {}", .0.as_str())]
    OtherLanguage(Language),
    #[error("not reachable: {0}")]
    Unreachable(String),
    #[error("busy (status {0})")]
    Busy(u16),
    #[error("refused (status {0})")]
    Refused(u16),
    #[error("the clip is longer than {LONGEST:?}")]
    TooLong,
    #[error("does not speak {}", .0.as_str())]
    Language(Language),
}

impl EngineFault {
    /// May the same clip succeed later, with the same engine?
    pub fn retryable(&self) -> bool {
        match self {
            EngineFault::Deadline(_)
            | EngineFault::Crashed { .. }
            | EngineFault::Unreachable(_)
            | EngineFault::Busy(_) => true,
            EngineFault::Missing(_)
            | EngineFault::NotReady(_)
            | EngineFault::Rubbish(_)
            | EngineFault::OtherLanguage(_)
            | EngineFault::Refused(_)
            | EngineFault::TooLong
            | EngineFault::Language(_) => false,
        }
    }

    /// One word for a metric's label.
    pub fn kind(&self) -> &'static str {
        match self {
            EngineFault::Missing(_) => "missing",
            EngineFault::NotReady(_) => "not_ready",
            EngineFault::Deadline(_) => "deadline",
            EngineFault::Crashed { .. } => "crashed",
            EngineFault::Rubbish(_) => "rubbish",
            EngineFault::OtherLanguage(_) => "other_language",
            EngineFault::Unreachable(_) => "unreachable",
            EngineFault::Busy(_) => "busy",
            EngineFault::Refused(_) => "refused",
            EngineFault::TooLong => "too_long",
            EngineFault::Language(_) => "language",
        }
    }
}

/// Why there is no transcript of a clip.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotHeard {
    /// Said plainly wherever a transcript would stand.
    #[error("no_engine: nobody here understands {}{}", .language.as_str(), reasons(.why))]
    NoEngine {
        language: Language,
        /// Engines that could, if they were ready: name and fault.
        why: Vec<(String, EngineFault)>,
    },
    #[error("failed: {engine} {fault}")]
    Failed { engine: String, fault: EngineFault },
    /// A live utterance for which there was no room in time. Its sound is in the recording.
    #[error("dropped: no room for a live utterance")]
    Dropped,
    /// The house is closing.
    #[error("closed")]
    Closed,
}

impl NotHeard {
    pub fn retryable(&self) -> bool {
        match self {
            NotHeard::NoEngine { .. } => false,
            NotHeard::Failed { fault, .. } => fault.retryable(),
            NotHeard::Dropped | NotHeard::Closed => true,
        }
    }
}

fn reasons(why: &[(String, EngineFault)]) -> String {
    why.iter().map(|(name, fault)| format!("; {name}: {fault}")).collect()
}
