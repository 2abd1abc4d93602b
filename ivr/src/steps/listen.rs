//! `listen`: the caller says in their own words what they want; what was understood is kept under a name, for `branch` and for the
//! account's rules, which choose the queue by it. A centre in which nobody hears speech goes on to `on_failed` at once.
//!
//! The house listens from the beginning of the question: who knows what they want says it before the question is over, or begins with its
//! last word. Speech and keys end an interruptible question, as everywhere in the trade (VoiceXML 2.0 §4.1.5); who said nothing (`noinput`)
//! hears the question again, who was not understood (`nomatch`) hears why.

use super::{Exit, Go, State as RunState, check_attempts, check_keys, check_name, check_span, key_of, yes};
use crate::Output;
use crate::line::{Fact, Line};
use crate::prompt::Prompt;
use ringdesk_model::{AskId, Timestamp};
use ringdesk_rules::words::Text;
use ringdesk_voice::{Answer, Digit, Listening, Question};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// For the house to say what it has understood. Engines have deadlines of their own, which end before it (`asr.live_seconds`).
const UNDERSTAND: Duration = Duration::from_secs(20);
/// What may be said: so many values, and words in all.
const MOST: usize = 500;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    /// The question.
    pub prompts: Vec<Prompt>,
    /// Under which it is kept: for `branch`, and as `{name}` in texts.
    pub name: String,
    /// What is wanted: a value, which is kept, and the words of which any one means it. Empty: all that was understood is kept as it was said.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub choices: BTreeMap<String, Vec<String>>,
    /// Keys that stand for a value, for who would rather press. Any other key ends the question, and what is said.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub keys: BTreeMap<String, String>,
    /// A voice or a key ends the question. Otherwise keys wait for its end, and what was said and over before it is not heard.
    #[serde(default = "yes")]
    pub interruptible: bool,
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
    /// Said before the repetition to who was not understood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invalid: Option<Prompt>,
    pub next: String,
    pub on_failed: String,
}

#[derive(Debug)]
pub(crate) struct State {
    phase: Phase,
    attempt: u8,
    /// The house has been asked to listen, and has not said whether it can.
    begun: Option<AskId>,
    /// The caller speaks at this moment.
    talking: bool,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    /// The question.
    Asking,
    /// The caller speaks, or will: until then at the latest.
    Hearing {
        since: Timestamp,
        until: Timestamp,
        /// They have begun. That a line is quiet before is no end of anything.
        spoke: bool,
    },
    Understanding {
        ask: AskId,
        spoke: bool,
    },
}

impl Listen {
    pub(crate) fn exits(&self) -> Vec<Exit<'_>> {
        vec![Exit::after_a_while(&self.next), Exit::at_once(&self.on_failed)]
    }

    pub(crate) fn prompts(&self) -> Vec<&Prompt> {
        self.prompts.iter().chain(&self.invalid).collect()
    }

    pub(crate) fn check(&self, fault: &mut dyn FnMut(String)) {
        if self.prompts.is_empty() {
            fault("it has no prompt".into());
        }
        check_name(&self.name, fault);
        check_keys(self.keys.keys(), fault);
        if self.choices.values().map(Vec::len).sum::<usize>() > MOST || self.choices.len() > MOST {
            fault(format!("it has more than {MOST} words to choose from"));
        }
        for (value, words) in &self.choices {
            if words.is_empty() || words.iter().any(|word| word.trim().is_empty()) {
                fault(format!("nobody can say `{value}`: it needs words"));
            }
        }
        for (key, value) in self.keys.iter().filter(|_| !self.choices.is_empty()) {
            if !self.choices.contains_key(value) {
                fault(format!("key {key} means `{value}`, which is none of its choices"));
            }
        }
        check_span("timeout_ms", self.timeout_ms, 1_000, 60_000, fault);
        check_span("quiet_ms", self.quiet_ms, 500, 5_000, fault);
        check_span("longest_ms", self.longest_ms, 2_000, 60_000, fault);
        check_attempts(self.attempts, fault);
    }

    pub(crate) fn enter(&self, now: Timestamp, line: &mut Line) -> (RunState, Go) {
        line.forget_keys(); // pressed for a menu; here somebody speaks
        let mut state = State { phase: Phase::Asking, attempt: 1, begun: None, talking: false };
        let go = self.ask(&mut state, now, line, false);
        (RunState::Listen(state), go)
    }

    pub(crate) fn on(&self, state: &mut State, now: Timestamp, line: &mut Line, fact: &Fact) -> Go {
        match (state.phase, fact) {
            (_, Fact::Answer(ask, answer)) if state.begun == Some(*ask) => {
                state.begun = None;
                if *answer == Answer::Failed {
                    return self.leave(state, line, &self.on_failed);
                }
            }
            (_, Fact::Key(key)) => return self.key(state, now, line, *key),
            (Phase::Asking, Fact::Said) => return self.hear(state, now, line),
            (phase, Fact::Talk(talking)) => {
                state.talking = *talking;
                match phase {
                    Phase::Asking if *talking && self.interruptible => return self.hear(state, now, line),
                    Phase::Hearing { since, until, .. } if *talking => {
                        state.phase = Phase::Hearing { since, until, spoke: true };
                        line.wait_until(until, "the longest sentence");
                    }
                    Phase::Hearing { until, spoke: true, .. } => {
                        let quiet = now + Duration::from_millis(self.quiet_ms.into());
                        line.wait_until(until.min(quiet), "it is said");
                    }
                    _ => {}
                }
            }
            (Phase::Hearing { since, spoke, .. }, Fact::Due) => understand(state, now, line, since, spoke),
            (Phase::Understanding { ask: asked, spoke }, Fact::Answer(ask, answer)) if asked == *ask => {
                return match answer {
                    Answer::Heard(words) => self.understood(state, now, line, words.reveal()),
                    _ => self.again(state, now, line, spoke),
                };
            }
            (Phase::Understanding { ask, spoke }, Fact::Due) => {
                line.put(Output::Cancel(ask));
                return self.again(state, now, line, spoke);
            }
            _ => {}
        }
        Go::Stay
    }

    fn key(&self, state: &mut State, now: Timestamp, line: &mut Line, key: Digit) -> Go {
        if matches!(state.phase, Phase::Asking) && line.is_talking() && !self.interruptible {
            line.press_ahead(key);
            return Go::Stay;
        }
        if let Some(value) = self.keys.get(&key_of(key)) {
            if let Phase::Understanding { ask, .. } = state.phase {
                line.put(Output::Cancel(ask));
            }
            line.heard(&self.name, value.clone(), value);
            return self.leave(state, line, &self.next);
        }
        match state.phase {
            Phase::Asking => return self.hear(state, now, line),
            Phase::Hearing { since, spoke, .. } => understand(state, now, line, since, spoke),
            Phase::Understanding { .. } => {}
        }
        Go::Stay
    }

    fn understood(&self, state: &mut State, now: Timestamp, line: &mut Line, words: &str) -> Go {
        let value = if self.choices.is_empty() { Some(words) } else { self.choice(words) };
        match value {
            Some(value) => {
                line.heard(&self.name, value.to_owned(), words);
                self.leave(state, line, &self.next)
            }
            None => self.again(state, now, line, true),
        }
    }

    /// Of several that were said, the one with the longest word.
    fn choice(&self, words: &str) -> Option<&str> {
        let said = Text::new(words);
        let found = self.choices.iter().filter_map(|(value, words)| {
            let longest = words.iter().filter(|word| said.says(word)).map(|word| word.chars().count()).max()?;
            Some((longest, value.as_str()))
        });
        found.max_by_key(|(longest, _)| *longest).map(|(_, value)| value)
    }

    fn again(&self, state: &mut State, now: Timestamp, line: &mut Line, spoke: bool) -> Go {
        if state.attempt >= self.attempts {
            return self.leave(state, line, &self.on_failed);
        }
        state.attempt += 1;
        self.ask(state, now, line, spoke)
    }

    fn leave(&self, state: &mut State, line: &mut Line, to: &str) -> Go {
        cancel(state, line);
        line.due = None;
        line.put(Output::Attend(false));
        Go::to(to)
    }

    /// `invalid`: they have said something, and it was not understood.
    fn ask(&self, state: &mut State, now: Timestamp, line: &mut Line, invalid: bool) -> Go {
        state.phase = Phase::Asking;
        state.talking = false;
        line.due = None;
        let prompts: Vec<Prompt> = self.invalid.iter().filter(|_| invalid).chain(&self.prompts).cloned().collect();
        let says = line.say(now, &prompts, None);
        cancel(state, line);
        state.begun = Some(line.ask(now, Question::Listen(Listening::Begin(line.language))));
        line.put(Output::Attend(true));
        if says { Go::Stay } else { self.hear(state, now, line) }
    }

    fn hear(&self, state: &mut State, now: Timestamp, line: &mut Line) -> Go {
        line.hush();
        let until = now + Duration::from_millis(self.longest_ms.into());
        let silent = now + Duration::from_millis(self.timeout_ms.into());
        // Who is speaking when the question ends is not waited for.
        let spoke = state.talking;
        line.wait_until(if spoke { until } else { silent.min(until) }, "nobody says anything");
        state.phase = Phase::Hearing { since: now, until, spoke };
        match line.pressed_ahead() {
            Some(key) => self.key(state, now, line, key),
            None => Go::Stay,
        }
    }
}

impl State {
    pub(crate) fn caller_gone(&mut self, line: &mut Line) {
        cancel(self, line);
        if let Phase::Understanding { ask, .. } = self.phase {
            line.put(Output::Cancel(ask));
        }
    }
}

/// Whether the house could listen does not matter any more.
fn cancel(state: &mut State, line: &mut Line) {
    if let Some(ask) = state.begun.take() {
        line.put(Output::Cancel(ask));
    }
}

fn understand(state: &mut State, now: Timestamp, line: &mut Line, since: Timestamp, spoke: bool) {
    cancel(state, line);
    line.put(Output::Attend(false));
    let ask = line.ask(now, Question::Listen(Listening::Hear { language: line.language, since }));
    state.phase = Phase::Understanding { ask, spoke };
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
