//! `hours`: go on by the account's opening hours, as they stand when the caller comes to it.

use super::{Exit, Go, State as RunState};
use crate::Output;
use crate::line::{Fact, Line};
use ringdesk_model::{AskId, CalendarId, Timestamp};
use ringdesk_voice::{Answer, OpenState, Question};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A look into rows that are in memory.
const ANSWER: Duration = Duration::from_secs(3);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    pub calendar: CalendarId,
    /// Also when nobody can say: a caller who is answered in vain loses less than one who is turned away in vain.
    pub open: String,
    pub closed: String,
    /// On a holiday; its name is `{holiday}` in a text. Without: as when it is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holiday: Option<String>,
}

#[derive(Debug)]
pub(crate) struct State {
    ask: AskId,
}

impl Hours {
    pub(crate) fn exits(&self) -> Vec<Exit<'_>> {
        [&self.open, &self.closed].into_iter().chain(&self.holiday).map(|to| Exit::at_once(to)).collect()
    }

    pub(crate) fn enter(&self, now: Timestamp, line: &mut Line) -> (RunState, Go) {
        let ask = line.ask(now, Question::Hours(self.calendar));
        line.wait(now, ANSWER, "nobody said whether it is open");
        (RunState::Hours(State { ask }), Go::Stay)
    }

    pub(crate) fn on(&self, state: &State, line: &mut Line, fact: &Fact) -> Go {
        let answer = match fact {
            Fact::Answer(ask, answer) if *ask == state.ask => answer,
            Fact::Due => {
                line.put(Output::Cancel(state.ask));
                return Go::to(&self.open);
            }
            _ => return Go::Stay, // keys that are pressed ahead wait for the step after
        };
        line.due = None;
        match answer {
            Answer::Hours(OpenState::Closed) => Go::to(&self.closed),
            Answer::Hours(OpenState::Holiday(name)) => {
                line.keep_value("holiday", name.clone());
                Go::to(self.holiday.as_ref().unwrap_or(&self.closed))
            }
            _ => Go::to(&self.open),
        }
    }
}
