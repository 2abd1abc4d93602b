//! `survey`: the caller says with one key how satisfied they are, 1 to 5. It stands where a talk is over (`after` of a queue), and is
//! asked once in a call. What was pressed is known as `survey` from then on, so that a branch may ask who is not content to say more.

use super::{Exit, Go, State as RunState, check_attempts, check_span, five_seconds};
use crate::line::{Fact, Line};
use crate::prompt::{self, Prompt};
use ringdesk_model::Timestamp;
use ringdesk_voice::{CallEvent, Digit};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Under which the key is kept; empty: they were asked, and did not say.
pub(crate) const ANSWER: &str = "survey";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Survey {
    #[serde(default = "question")]
    pub prompt: Prompt,
    /// How long to wait for the key once the prompt has ended.
    #[serde(default = "five_seconds")]
    pub timeout_ms: u32,
    /// How often it is asked.
    #[serde(default = "two")]
    pub attempts: u8,
    #[serde(default = "thanks")]
    pub thanks: Prompt,
    pub next: String,
}

#[derive(Debug)]
pub(crate) struct State {
    attempt: u8,
    /// It was said; what sounds now are the thanks.
    answered: bool,
}

impl Survey {
    pub(crate) fn exits(&self) -> Vec<Exit<'_>> {
        // Where it was asked before, it is passed at once.
        vec![Exit::at_once(&self.next)]
    }

    pub(crate) fn prompts(&self) -> Vec<&Prompt> {
        vec![&self.prompt, &self.thanks]
    }

    pub(crate) fn check(&self, fault: &mut dyn FnMut(String)) {
        check_span("timeout_ms", self.timeout_ms, 500, 60_000, fault);
        check_attempts(self.attempts, fault);
    }

    pub(crate) fn enter(&self, now: Timestamp, line: &mut Line) -> (RunState, Go) {
        line.forget_keys(); // pressed for a menu, not as an answer
        let state = State { attempt: 1, answered: false };
        let go = if line.value(ANSWER).is_some() { Go::to(&self.next) } else { self.ask(now, line) };
        (RunState::Survey(state), go)
    }

    pub(crate) fn on(&self, state: &mut State, now: Timestamp, line: &mut Line, fact: &Fact) -> Go {
        match fact {
            Fact::Said if state.answered => Go::to(&self.next),
            _ if state.answered => Go::Stay,
            Fact::Key(key) => match stars(*key) {
                Some(stars) => self.rated(state, now, line, stars),
                None => self.again(state, now, line),
            },
            Fact::Said => self.wait(now, line),
            Fact::Due => self.again(state, now, line),
            _ => Go::Stay,
        }
    }

    fn rated(&self, state: &mut State, now: Timestamp, line: &mut Line, stars: u8) -> Go {
        state.answered = true;
        line.due = None;
        line.keep_value(ANSWER, stars.to_string());
        line.event(CallEvent::Rated { stars: Some(stars) });
        if line.say(now, std::slice::from_ref(&self.thanks), None) { Go::Stay } else { Go::to(&self.next) }
    }

    fn again(&self, state: &mut State, now: Timestamp, line: &mut Line) -> Go {
        if state.attempt >= self.attempts {
            unanswered(line);
            return Go::to(&self.next);
        }
        state.attempt += 1;
        self.ask(now, line)
    }

    fn ask(&self, now: Timestamp, line: &mut Line) -> Go {
        line.due = None;
        if line.say(now, std::slice::from_ref(&self.prompt), None) { Go::Stay } else { self.wait(now, line) }
    }

    fn wait(&self, now: Timestamp, line: &mut Line) -> Go {
        line.wait(now, Duration::from_millis(self.timeout_ms.into()), "no rating");
        Go::Stay
    }
}

impl State {
    /// Whoever hangs up was asked all the same.
    pub(crate) fn caller_gone(&self, line: &mut Line) {
        if !self.answered && line.value(ANSWER).is_none() {
            unanswered(line);
        }
    }
}

fn unanswered(line: &mut Line) {
    line.keep_value(ANSWER, String::new());
    line.event(CallEvent::Rated { stars: None });
}

fn stars(key: Digit) -> Option<u8> {
    let stars = u8::try_from(key.key().to_digit(10)?).ok()?;
    (1..=5).contains(&stars).then_some(stars)
}

fn question() -> Prompt {
    Prompt::id(prompt::SURVEY_QUESTION)
}

fn thanks() -> Prompt {
    Prompt::id(prompt::SURVEY_THANKS)
}

fn two() -> u8 {
    2
}
