//! `closing`: whoever knows the code closes the centre, or opens it again. A number of its own may lead here, for those who stand in front of a
//! burning office with a telephone in their hand.
//!
//! What is typed goes to the house and nowhere else: it is no value of the flow and no event.

use super::{Go, State as RunState};
use crate::Output;
use crate::line::{Fact, Line};
use crate::prompt::{self, Prompt};
use ringdesk_model::{AskId, Pii, Timestamp};
use ringdesk_voice::{Answer, Cause, Closing as Asked, ClosingWish, Question};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// For a key: the first, and the next.
const KEY: Duration = Duration::from_secs(8);
/// For the house to check a code.
const CHECK: Duration = Duration::from_secs(15);
/// Wrong codes in one call; and how often one is asked for.
const ATTEMPTS: u8 = 3;
const LONGEST: usize = 12;
const END: char = '#';

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closing {}

#[derive(Debug)]
pub(crate) struct State {
    phase: Phase,
    code: String,
    attempt: u8,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    /// The code is being typed.
    Typing,
    /// The house looks at it.
    Checking(AskId),
    /// It was right: what is to be done?
    Choice,
    Doing(AskId),
    /// The last words.
    Parting,
}

impl Closing {
    pub(crate) fn enter(&self, now: Timestamp, line: &mut Line) -> (RunState, Go) {
        line.forget_keys();
        let mut state = State { phase: Phase::Typing, code: String::new(), attempt: 1 };
        let go = say(&mut state, now, line, Phase::Typing, prompt::CLOSING_CODE);
        (RunState::Closing(state), go)
    }

    pub(crate) fn on(&self, state: &mut State, now: Timestamp, line: &mut Line, fact: &Fact) -> Go {
        match (state.phase, fact) {
            (Phase::Typing | Phase::Choice, Fact::Said) => line.wait(now, KEY, "no key"),
            (Phase::Typing, Fact::Key(key)) if key.key() == END => return state.check(now, line),
            (Phase::Typing, Fact::Key(key)) => {
                line.hush();
                state.code.push(key.key());
                line.wait(now, KEY, "no further key");
                if state.code.len() >= LONGEST {
                    return state.check(now, line);
                }
            }
            (Phase::Typing, Fact::Due) => return state.check(now, line),
            (Phase::Choice, Fact::Key(key)) if matches!(key.key(), '1' | '2') => {
                line.hush();
                let ask = state.ask(now, line, Some(key.key() == '1'));
                state.phase = Phase::Doing(ask);
            }
            (Phase::Choice, Fact::Due) => return Go::End(Cause::Normal),
            (Phase::Checking(asked), Fact::Answer(ask, answer)) if asked == *ask => {
                line.due = None;
                return match answer {
                    Answer::Closing(Asked::Open) => say(state, now, line, Phase::Choice, prompt::CLOSING_IS_OPEN),
                    Answer::Closing(Asked::Closed) => say(state, now, line, Phase::Choice, prompt::CLOSING_IS_CLOSED),
                    Answer::Closing(Asked::Wrong) => state.again(now, line),
                    Answer::Closing(Asked::Later) => say(state, now, line, Phase::Parting, prompt::CLOSING_REFUSED),
                    _ => say(state, now, line, Phase::Parting, prompt::CLOSING_FAILED),
                };
            }
            (Phase::Doing(asked), Fact::Answer(ask, answer)) if asked == *ask => {
                line.due = None;
                let words = match answer {
                    Answer::Closing(Asked::Open) => prompt::CLOSING_OPENED,
                    Answer::Closing(Asked::Closed) => prompt::CLOSING_CLOSED,
                    _ => prompt::CLOSING_FAILED,
                };
                return say(state, now, line, Phase::Parting, words);
            }
            (Phase::Checking(ask) | Phase::Doing(ask), Fact::Due) => {
                line.put(Output::Cancel(ask));
                return say(state, now, line, Phase::Parting, prompt::CLOSING_FAILED);
            }
            (Phase::Parting, Fact::Said) => return Go::End(Cause::Normal),
            _ => {}
        }
        Go::Stay
    }
}

impl State {
    fn ask(&self, now: Timestamp, line: &mut Line, close: Option<bool>) -> AskId {
        let caller = Pii::new(line.value("caller").unwrap_or_default().to_owned());
        let ask = line.ask(now, Question::Closing(ClosingWish { code: Pii::new(self.code.clone()), caller, close }));
        line.wait(now, CHECK, "nobody said whether the code is right");
        ask
    }

    fn check(&mut self, now: Timestamp, line: &mut Line) -> Go {
        line.hush();
        if self.code.is_empty() {
            return self.again(now, line);
        }
        self.phase = Phase::Checking(self.ask(now, line, None));
        Go::Stay
    }

    fn again(&mut self, now: Timestamp, line: &mut Line) -> Go {
        self.code.clear();
        if self.attempt >= ATTEMPTS {
            return say(self, now, line, Phase::Parting, prompt::CLOSING_REFUSED);
        }
        self.attempt += 1;
        say(self, now, line, Phase::Typing, prompt::CLOSING_WRONG)
    }

    pub(crate) fn caller_gone(&self, line: &mut Line) {
        if let Phase::Checking(ask) | Phase::Doing(ask) = self.phase {
            line.put(Output::Cancel(ask));
        }
    }
}

fn say(state: &mut State, now: Timestamp, line: &mut Line, phase: Phase, words: &str) -> Go {
    line.due = None;
    state.phase = phase;
    if line.say(now, &[Prompt::id(words)], None) {
        return Go::Stay;
    }
    if matches!(phase, Phase::Parting) {
        return Go::End(Cause::Normal);
    }
    line.wait(now, KEY, "no key");
    Go::Stay
}
