//! `menu`: one key chooses the next step. A wrong key or silence repeats it, until the attempts are used up.

use super::{Exit, Go, State as RunState, check_attempts, check_keys, check_span, five_seconds, key_of, three, yes};
use crate::line::{Fact, Line};
use crate::prompt::Prompt;
use ringdesk_model::Timestamp;
use ringdesk_voice::Digit;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Menu {
    pub prompts: Vec<Prompt>,
    /// Key → step.
    pub choices: BTreeMap<String, String>,
    /// How long to wait for a key once the prompt has ended.
    #[serde(default = "five_seconds")]
    pub timeout_ms: u32,
    /// How often it is asked.
    #[serde(default = "three")]
    pub attempts: u8,
    /// Said before the repetition, after a wrong key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invalid: Option<Prompt>,
    /// A key ends the prompt. Otherwise keys wait for its end.
    #[serde(default = "yes")]
    pub interruptible: bool,
    pub on_failed: String,
}

#[derive(Debug)]
pub(crate) struct State {
    attempt: u8,
}

impl Menu {
    pub(crate) fn exits(&self) -> Vec<Exit<'_>> {
        self.choices.values().chain([&self.on_failed]).map(|to| Exit::after_a_while(to)).collect()
    }

    pub(crate) fn check(&self, fault: &mut dyn FnMut(String)) {
        if self.choices.is_empty() {
            fault("it has no choices".into());
        }
        if self.prompts.is_empty() {
            fault("it has no prompt".into());
        }
        check_keys(self.choices.keys(), fault);
        check_span("timeout_ms", self.timeout_ms, 500, 60_000, fault);
        check_attempts(self.attempts, fault);
    }

    pub(crate) fn enter(&self, now: Timestamp, line: &mut Line) -> (RunState, Go) {
        let mut state = State { attempt: 1 };
        let go = match line.pressed_ahead() {
            Some(key) => self.choose(&mut state, now, line, key),
            None => self.ask(now, line, false),
        };
        (RunState::Menu(state), go)
    }

    pub(crate) fn on(&self, state: &mut State, now: Timestamp, line: &mut Line, fact: &Fact) -> Go {
        match fact {
            Fact::Key(key) if line.is_talking() && !self.interruptible => {
                line.press_ahead(*key);
                Go::Stay
            }
            Fact::Key(key) => self.choose(state, now, line, *key),
            Fact::Said => match line.pressed_ahead() {
                Some(key) => self.choose(state, now, line, key),
                None => self.wait(now, line),
            },
            Fact::Due => self.again(state, now, line, false),
            _ => Go::Stay,
        }
    }

    fn choose(&self, state: &mut State, now: Timestamp, line: &mut Line, key: Digit) -> Go {
        match self.choices.get(&key_of(key)) {
            Some(step) => Go::to(step),
            None => {
                line.forget_keys(); // what was typed after a wrong key was typed for another menu
                self.again(state, now, line, true)
            }
        }
    }

    fn again(&self, state: &mut State, now: Timestamp, line: &mut Line, wrong_key: bool) -> Go {
        if state.attempt >= self.attempts {
            return Go::to(&self.on_failed);
        }
        state.attempt += 1;
        self.ask(now, line, wrong_key)
    }

    fn ask(&self, now: Timestamp, line: &mut Line, wrong_key: bool) -> Go {
        line.due = None;
        let invalid = self.invalid.iter().filter(|_| wrong_key);
        let prompts: Vec<Prompt> = invalid.chain(&self.prompts).cloned().collect();
        if line.say(now, &prompts, None) { Go::Stay } else { self.wait(now, line) }
    }

    fn wait(&self, now: Timestamp, line: &mut Line) -> Go {
        line.wait(now, Duration::from_millis(self.timeout_ms.into()), "no key");
        Go::Stay
    }
}
