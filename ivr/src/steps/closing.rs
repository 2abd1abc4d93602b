//! `closing`: whoever knows the code closes the centre, or one number of it, or opens it again. A number of its own may lead here, for those who stand in front of a
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
/// Digits of a number of ours (ITU-T E.164).
const LONGEST_NUMBER: usize = 15;
const END: char = '#';
/// For one number alone.
const ONE: char = '3';

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closing {}

#[derive(Debug)]
pub(crate) struct State {
    phase: Phase,
    code: String,
    attempt: u8,
    /// Of all of them, the one that is meant.
    number: Option<String>,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    /// The code is being typed.
    Typing,
    /// The number is.
    Naming,
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
        let mut state = State { phase: Phase::Typing, code: String::new(), attempt: 1, number: None };
        let go = say(&mut state, now, line, Phase::Typing, prompt::CLOSING_CODE);
        (RunState::Closing(state), go)
    }

    pub(crate) fn on(&self, state: &mut State, now: Timestamp, line: &mut Line, fact: &Fact) -> Go {
        match (state.phase, fact) {
            (Phase::Typing | Phase::Naming | Phase::Choice, Fact::Said) => line.wait(now, KEY, "no key"),
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
            (Phase::Naming, Fact::Key(key)) if key.key() == END => return state.look(now, line),
            (Phase::Naming, Fact::Key(key)) => {
                line.hush();
                line.wait(now, KEY, "no further key");
                let number = state.number.get_or_insert_default();
                number.push(key.key());
                if number.len() >= LONGEST_NUMBER {
                    return state.look(now, line);
                }
            }
            (Phase::Naming, Fact::Due) => return state.look(now, line),
            (Phase::Choice, Fact::Key(key)) if key.key() == ONE && state.number.is_none() => {
                state.attempt = 1;
                return say(state, now, line, Phase::Naming, prompt::CLOSING_NUMBER);
            }
            (Phase::Choice, Fact::Key(key)) if matches!(key.key(), '1' | '2') => {
                line.hush();
                let ask = state.ask(now, line, Some(key.key() == '1'));
                state.phase = Phase::Doing(ask);
            }
            (Phase::Choice, Fact::Due) => return Go::End(Cause::Normal),
            (Phase::Checking(asked), Fact::Answer(ask, answer)) if asked == *ask => {
                line.due = None;
                return match answer {
                    Answer::Closing(Asked::Open) => state.stands(now, line, true),
                    Answer::Closing(Asked::Closed) => state.stands(now, line, false),
                    Answer::Closing(Asked::Wrong) => state.again(now, line),
                    Answer::Closing(Asked::NoNumber) => state.name_again(now, line),
                    Answer::Closing(Asked::Later) => say(state, now, line, Phase::Parting, prompt::CLOSING_REFUSED),
                    _ => say(state, now, line, Phase::Parting, prompt::CLOSING_FAILED),
                };
            }
            (Phase::Doing(asked), Fact::Answer(ask, answer)) if asked == *ask => {
                line.due = None;
                let (number, words) = match (answer, &state.number) {
                    (Answer::Closing(Asked::Open), None) => (None, prompt::CLOSING_OPENED),
                    (Answer::Closing(Asked::Closed), None) => (None, prompt::CLOSING_CLOSED),
                    (Answer::Closing(Asked::Open), number) => (number.as_deref(), prompt::CLOSING_NUMBER_OPENED),
                    (Answer::Closing(Asked::Closed), number) => (number.as_deref(), prompt::CLOSING_NUMBER_CLOSED),
                    _ => (None, prompt::CLOSING_FAILED),
                };
                let words = spelt(number).chain([Prompt::id(words)]).collect();
                return say_all(state, now, line, Phase::Parting, words);
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
        let (code, number) = (Pii::new(self.code.clone()), self.number.clone());
        let ask = line.ask(now, Question::Closing(ClosingWish { code, caller, number, close }));
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

    /// How it stands with all of them, or with one.
    fn stands(&mut self, now: Timestamp, line: &mut Line, open: bool) -> Go {
        let words = match (&self.number, open) {
            (None, true) => vec![Prompt::id(prompt::CLOSING_IS_OPEN), Prompt::id(prompt::CLOSING_ONE)],
            (None, false) => vec![Prompt::id(prompt::CLOSING_IS_CLOSED), Prompt::id(prompt::CLOSING_ONE)],
            (number, true) => spelt(number.as_deref()).chain([Prompt::id(prompt::CLOSING_NUMBER_IS_OPEN)]).collect(),
            (number, false) => spelt(number.as_deref()).chain([Prompt::id(prompt::CLOSING_NUMBER_IS_CLOSED)]).collect(),
        };
        say_all(self, now, line, Phase::Choice, words)
    }

    fn look(&mut self, now: Timestamp, line: &mut Line) -> Go {
        line.hush();
        if self.number.is_none() {
            return self.name_again(now, line);
        }
        self.phase = Phase::Checking(self.ask(now, line, None));
        Go::Stay
    }

    fn name_again(&mut self, now: Timestamp, line: &mut Line) -> Go {
        self.number = None;
        if self.attempt >= ATTEMPTS {
            return say(self, now, line, Phase::Parting, prompt::CLOSING_REFUSED);
        }
        self.attempt += 1;
        say(self, now, line, Phase::Naming, prompt::CLOSING_NO_NUMBER)
    }

    fn again(&mut self, now: Timestamp, line: &mut Line) -> Go {
        self.code.clear();
        self.number = None;
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

/// Its digits, one by one.
fn spelt(number: Option<&str>) -> impl Iterator<Item = Prompt> {
    number.unwrap_or_default().chars().filter(char::is_ascii_digit).map(|digit| Prompt::id(&format!("digit.{digit}")))
}

fn say(state: &mut State, now: Timestamp, line: &mut Line, phase: Phase, words: &str) -> Go {
    say_all(state, now, line, phase, vec![Prompt::id(words)])
}

fn say_all(state: &mut State, now: Timestamp, line: &mut Line, phase: Phase, words: Vec<Prompt>) -> Go {
    line.due = None;
    state.phase = phase;
    if line.say(now, &words, None) {
        return Go::Stay;
    }
    if matches!(phase, Phase::Parting) {
        return Go::End(Cause::Normal);
    }
    line.wait(now, KEY, "no key");
    Go::Stay
}
