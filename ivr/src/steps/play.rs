//! `play`: prompts of the library, one after the other, as they are.

use super::say::said_or_interrupted;
use super::{Exit, Go, yes};
use crate::line::{Fact, Line};
use ringdesk_model::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Play {
    /// Ids of the prompt library.
    pub prompts: Vec<String>,
    #[serde(default = "yes")]
    pub interruptible: bool,
    pub next: String,
}

impl Play {
    pub(crate) fn exits(&self) -> Vec<Exit<'_>> {
        vec![Exit::after_a_while(&self.next)]
    }

    pub(crate) fn check(&self, fault: &mut dyn FnMut(String)) {
        if self.prompts.is_empty() || self.prompts.len() > 50 || self.prompts.iter().any(String::is_empty) {
            fault("it needs 1 to 50 prompts, each with an id".into());
        }
    }

    pub(crate) fn enter(&self, now: Timestamp, line: &mut Line) -> Go {
        if line.play(now, &self.prompts) { Go::Stay } else { Go::to(&self.next) }
    }

    pub(crate) fn on(&self, line: &mut Line, fact: &Fact) -> Go {
        said_or_interrupted(line, fact, self.interruptible, &self.next)
    }
}
