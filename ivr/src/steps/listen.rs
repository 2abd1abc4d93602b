//! `listen`: the caller says in their own words what they want; what was understood is kept under a name, for `branch` and for the
//! account's rules, which choose the queue by it. A centre in which nobody hears speech goes on to `on_failed` at once.

use super::{Exit, Go, State as RunState, check_attempts, check_name, check_span};
use crate::Output;
use crate::line::{Fact, Line};
use crate::prompt::Prompt;
use ringdesk_model::{AskId, Timestamp};
use ringdesk_voice::{Answer, Listening, Question};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// For an engine to say what it has understood.
const UNDERSTAND: Duration = Duration::from_secs(8);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    /// The question. A key ends it.
    pub prompts: Vec<Prompt>,
    /// Under which it is kept: for `branch`, and as `{name}` in texts.
    pub name: String,
    /// How long somebody who says nothing is waited for once the question has ended.
    #[serde(default = "six_seconds")]
    pub timeout_ms: u32,
    /// Whoever is quiet for so long has said it.
    #[serde(default = "one_second")]
    pub quiet_ms: u32,
    /// However much they say, so much of it is heard.
    #[serde(default = "fifteen_seconds")]
    pub longest_ms: u32,
    #[serde(default = "two")]
    pub attempts: u8,
    /// Said before the repetition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invalid: Option<Prompt>,
    pub next: String,
    pub on_failed: String,
}

#[derive(Debug)]
pub(crate) struct State {
    phase: Phase,
    attempt: u8,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    /// The question.
    Asking,
    /// The caller speaks, or will: until then at the latest. The house has been asked to listen.
    Hearing {
        ask: Option<AskId>,
        until: Timestamp,
        /// They have begun. That a line is quiet before is no end of anything.
        spoke: bool,
    },
    Understanding(AskId),
}

impl Listen {
    pub(crate) fn exits(&self) -> Vec<Exit<'_>> {
        vec![Exit::after_a_while(&self.next), Exit::after_a_while(&self.on_failed)]
    }

    pub(crate) fn prompts(&self) -> Vec<&Prompt> {
        self.prompts.iter().chain(&self.invalid).collect()
    }

    pub(crate) fn check(&self, fault: &mut dyn FnMut(String)) {
        if self.prompts.is_empty() {
            fault("it has no prompt".into());
        }
        check_name(&self.name, fault);
        check_span("timeout_ms", self.timeout_ms, 1_000, 60_000, fault);
        check_span("quiet_ms", self.quiet_ms, 500, 5_000, fault);
        check_span("longest_ms", self.longest_ms, 2_000, 60_000, fault);
        check_attempts(self.attempts, fault);
    }

    pub(crate) fn enter(&self, now: Timestamp, line: &mut Line) -> (RunState, Go) {
        line.forget_keys(); // pressed for a menu; here somebody speaks
        let mut state = State { phase: Phase::Asking, attempt: 1 };
        self.ask(&mut state, now, line, false);
        (RunState::Listen(state), Go::Stay)
    }

    pub(crate) fn on(&self, state: &mut State, now: Timestamp, line: &mut Line, fact: &Fact) -> Go {
        match (state.phase, fact) {
            (Phase::Asking, Fact::Said | Fact::Key(_)) => self.hear(state, now, line),
            (Phase::Hearing { ask: asked, until, spoke }, Fact::Answer(ask, answer)) if asked == Some(*ask) => {
                if *answer == Answer::Failed {
                    line.put(Output::Attend(false));
                    return self.failed(line);
                }
                state.phase = Phase::Hearing { ask: None, until, spoke };
            }
            (Phase::Hearing { ask, until, .. }, Fact::Talk(true)) => {
                state.phase = Phase::Hearing { ask, until, spoke: true };
                line.wait_until(until, "the longest sentence");
            }
            (Phase::Hearing { until, spoke: true, .. }, Fact::Talk(false)) => {
                let quiet = now + Duration::from_millis(self.quiet_ms.into());
                line.wait_until(until.min(quiet), "it is said");
            }
            (Phase::Hearing { ask, .. }, Fact::Due | Fact::Key(_)) => {
                cancel(ask, line);
                understand(state, now, line);
            }
            (Phase::Understanding(asked), Fact::Answer(ask, answer)) if asked == *ask => {
                line.due = None;
                match answer {
                    Answer::Heard(words) => {
                        line.heard(&self.name, words.reveal().clone());
                        return Go::to(&self.next);
                    }
                    _ => return self.again(state, now, line),
                }
            }
            (Phase::Understanding(ask), Fact::Due) => {
                line.put(Output::Cancel(ask));
                return self.again(state, now, line);
            }
            _ => {}
        }
        Go::Stay
    }

    fn again(&self, state: &mut State, now: Timestamp, line: &mut Line) -> Go {
        if state.attempt >= self.attempts {
            return self.failed(line);
        }
        state.attempt += 1;
        self.ask(state, now, line, true);
        Go::Stay
    }

    fn failed(&self, line: &mut Line) -> Go {
        line.due = None;
        Go::to(&self.on_failed)
    }

    fn ask(&self, state: &mut State, now: Timestamp, line: &mut Line, again: bool) {
        state.phase = Phase::Asking;
        let invalid = self.invalid.iter().filter(|_| again);
        let prompts: Vec<Prompt> = invalid.chain(&self.prompts).cloned().collect();
        if !line.say(now, &prompts, None) {
            self.hear(state, now, line);
        }
    }

    fn hear(&self, state: &mut State, now: Timestamp, line: &mut Line) {
        line.hush();
        let language = line.language;
        let ask = Some(line.ask(now, Question::Listen(Listening::Begin(language))));
        line.put(Output::Attend(true));
        let until = now + Duration::from_millis(self.longest_ms.into());
        let silent = now + Duration::from_millis(self.timeout_ms.into());
        line.wait_until(silent.min(until), "nobody says anything");
        state.phase = Phase::Hearing { ask, until, spoke: false };
    }
}

impl State {
    pub(crate) fn caller_gone(&self, line: &mut Line) {
        match self.phase {
            Phase::Asking => {}
            Phase::Hearing { ask, .. } => cancel(ask, line),
            Phase::Understanding(ask) => cancel(Some(ask), line),
        }
    }
}

fn cancel(ask: Option<AskId>, line: &mut Line) {
    if let Some(ask) = ask {
        line.put(Output::Cancel(ask));
    }
}

fn understand(state: &mut State, now: Timestamp, line: &mut Line) {
    line.put(Output::Attend(false));
    let language = line.language;
    state.phase = Phase::Understanding(line.ask(now, Question::Listen(Listening::Hear(language))));
    line.wait(now, UNDERSTAND, "nobody said what was understood");
}

fn six_seconds() -> u32 {
    6_000
}

fn one_second() -> u32 {
    1_000
}

fn fifteen_seconds() -> u32 {
    15_000
}

fn two() -> u8 {
    2
}
