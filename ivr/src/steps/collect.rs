//! `collect`: several digits, kept under a name: a customer number, a room, a date.

use super::{Exit, Go, State as RunState, check_attempts, check_name, check_span, five_seconds, three, yes};
use crate::line::{Fact, Line};
use crate::prompt::Prompt;
use ringdesk_model::{Pii, Timestamp};
use ringdesk_voice::{CallEvent, Digit};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The longest input.
const MOST: u8 = 64;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Collect {
    pub prompts: Vec<Prompt>,
    /// Under which it is kept: for `branch`, and as `{name}` in texts.
    pub name: String,
    #[serde(default = "one")]
    pub min_digits: u8,
    pub max_digits: u8,
    /// Ends the input before it is full; `null`: no key does.
    #[serde(default = "hash")]
    pub terminator: Option<char>,
    /// How long to wait for the first digit once the prompt has ended.
    #[serde(default = "five_seconds")]
    pub timeout_ms: u32,
    /// How long to wait for each further digit.
    #[serde(default = "three_seconds")]
    pub between_ms: u32,
    #[serde(default = "three")]
    pub attempts: u8,
    /// Said before the repetition, after an input that was too short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invalid: Option<Prompt>,
    #[serde(default = "yes")]
    pub interruptible: bool,
    pub next: String,
    pub on_failed: String,
}

#[derive(Debug)]
pub(crate) struct State {
    attempt: u8,
    digits: String,
}

impl Collect {
    pub(crate) fn exits(&self) -> Vec<Exit<'_>> {
        vec![Exit::after_a_while(&self.next), Exit::after_a_while(&self.on_failed)]
    }

    pub(crate) fn check(&self, fault: &mut dyn FnMut(String)) {
        check_name(&self.name, fault);
        if self.max_digits == 0 || self.max_digits > MOST || self.min_digits > self.max_digits {
            fault(format!("min_digits and max_digits must satisfy min ≤ max and 1 ≤ max ≤ {MOST}"));
        }
        if self.terminator.is_some_and(|t| Digit::new(t).is_none_or(|d| d.key() != t)) {
            fault("the terminator is not a key of a telephone".into());
        }
        if self.terminator.is_none() && self.min_digits == 0 {
            fault(
                "without a terminator an input of no digits cannot be told from silence: min_digits must be at least 1"
                    .into(),
            );
        }
        check_span("timeout_ms", self.timeout_ms, 500, 60_000, fault);
        check_span("between_ms", self.between_ms, 500, 60_000, fault);
        check_attempts(self.attempts, fault);
    }

    pub(crate) fn enter(&self, now: Timestamp, line: &mut Line) -> (RunState, Go) {
        let mut state = State { attempt: 1, digits: String::new() };
        let go = self.take_keys(&mut state, now, line).unwrap_or_else(|| {
            if state.digits.is_empty() { self.ask(now, line, false) } else { self.wait(now, line, self.between_ms) }
        });
        (RunState::Collect(state), go)
    }

    pub(crate) fn on(&self, state: &mut State, now: Timestamp, line: &mut Line, fact: &Fact) -> Go {
        match fact {
            Fact::Key(key) if line.is_talking() && !self.interruptible => {
                line.press_ahead(*key);
                Go::Stay
            }
            Fact::Key(key) => {
                line.hush();
                self.key(state, now, line, *key).unwrap_or_else(|| self.wait(now, line, self.between_ms))
            }
            Fact::Said => self.take_keys(state, now, line).unwrap_or_else(|| {
                let ms = if state.digits.is_empty() { self.timeout_ms } else { self.between_ms };
                self.wait(now, line, ms)
            }),
            Fact::Due if !state.digits.is_empty() && state.digits.len() >= self.min_digits.into() => {
                self.done(state, line)
            }
            Fact::Due => {
                let short = !state.digits.is_empty();
                self.again(state, now, line, short)
            }
            _ => Go::Stay,
        }
    }

    /// Keys pressed ahead. `None`: they were not enough to decide.
    fn take_keys(&self, state: &mut State, now: Timestamp, line: &mut Line) -> Option<Go> {
        while let Some(key) = line.pressed_ahead() {
            if let Some(go) = self.key(state, now, line, key) {
                return Some(go);
            }
        }
        None
    }

    fn key(&self, state: &mut State, now: Timestamp, line: &mut Line, key: Digit) -> Option<Go> {
        if Some(key.key()) == self.terminator {
            return Some(if state.digits.len() >= self.min_digits.into() {
                self.done(state, line)
            } else {
                line.forget_keys();
                self.again(state, now, line, true)
            });
        }
        state.digits.push(key.key());
        if state.digits.len() < self.max_digits.into() {
            return None;
        }
        if let Some(terminator) = self.terminator.and_then(Digit::new) {
            line.expect_habit(now, terminator);
        }
        Some(self.done(state, line))
    }

    fn done(&self, state: &mut State, line: &mut Line) -> Go {
        let digits = std::mem::take(&mut state.digits);
        line.event(CallEvent::Collected { name: self.name.clone(), digits: Pii::new(digits.clone()) });
        line.keep_value(&self.name, digits);
        Go::to(&self.next)
    }

    fn again(&self, state: &mut State, now: Timestamp, line: &mut Line, invalid: bool) -> Go {
        state.digits.clear();
        if state.attempt >= self.attempts {
            return Go::to(&self.on_failed);
        }
        state.attempt += 1;
        self.ask(now, line, invalid)
    }

    fn ask(&self, now: Timestamp, line: &mut Line, invalid: bool) -> Go {
        line.due = None;
        let prompts: Vec<Prompt> = self.invalid.iter().filter(|_| invalid).chain(&self.prompts).cloned().collect();
        if line.say(now, &prompts, None) { Go::Stay } else { self.wait(now, line, self.timeout_ms) }
    }

    fn wait(&self, now: Timestamp, line: &mut Line, ms: u32) -> Go {
        line.wait(now, Duration::from_millis(ms.into()), "no digit");
        Go::Stay
    }
}

fn one() -> u8 {
    1
}

fn three_seconds() -> u32 {
    3_000
}

fn hash() -> Option<char> {
    Some('#')
}
