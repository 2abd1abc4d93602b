//! `say`: one prompt or text. A key ends it and is kept for the next step that takes keys.

use super::{Exit, Go, yes};
use crate::line::{Fact, Line};
use crate::prompt::Prompt;
use ringdesk_model::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Say {
    pub prompt: Prompt,
    #[serde(default = "yes")]
    pub interruptible: bool,
    pub next: String,
}

impl Say {
    pub(crate) fn exits(&self) -> Vec<Exit<'_>> {
        vec![Exit::after_a_while(&self.next)]
    }

    pub(crate) fn enter(&self, now: Timestamp, line: &mut Line) -> Go {
        if line.say(now, std::slice::from_ref(&self.prompt), None) { Go::Stay } else { Go::to(&self.next) }
    }

    pub(crate) fn on(&self, line: &mut Line, fact: &Fact) -> Go {
        said_or_interrupted(line, fact, self.interruptible, &self.next)
    }
}

/// How a step that only speaks goes on.
pub(super) fn said_or_interrupted(line: &mut Line, fact: &Fact, interruptible: bool, next: &str) -> Go {
    match fact {
        Fact::Said => Go::to(next),
        Fact::Key(digit) => {
            line.press_ahead(*digit);
            if interruptible { Go::to(next) } else { Go::Stay }
        }
        _ => Go::Stay,
    }
}
