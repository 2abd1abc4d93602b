//! `dictate`: whoever the house has called speaks a prompt after the tone, hears it as callers would, and keeps it, speaks it again or
//! throws it away. Whoever hangs up before choosing has kept nothing that callers hear.
//!
//! The house's own step: which prompt it is stands in no flow, so none that has it can be published.

use super::{Go, State as RunState};
use crate::Output;
use crate::line::{Fact, Line};
use crate::prompt::{self, Prompt};
use ringdesk_model::{AskId, Timestamp};
use ringdesk_voice::{Answer, Cause, Dictation, PromptRef, Question, Spoken};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// For the house to read what was spoken, or to keep it.
const WORK: Duration = Duration::from_secs(10);
/// For a key, after the choice was said.
const CHOICE: Duration = Duration::from_secs(8);
/// How often the choice is said, and how often nothing may be heard.
const ATTEMPTS: u8 = 3;
const END: char = '#';

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dictate {
    /// What is recorded, said first.
    pub name: Prompt,
    #[serde(default = "three_minutes")]
    pub max_seconds: u32,
}

#[derive(Debug)]
pub(crate) struct State {
    phase: Phase,
    /// Nothing was to be heard so often.
    unheard: u8,
}

#[derive(Debug)]
enum Phase {
    /// What is said before the tone, and the tone.
    Greeting,
    /// The house listens.
    Speaking,
    /// The house reads what was spoken.
    Reading(AskId),
    /// It is played; then a key is waited for. So often it was said what the keys do.
    Choice {
        sound: PromptRef,
        said: u8,
    },
    Keeping(AskId),
    /// The last words.
    Parting,
}

impl Dictate {
    pub(crate) fn prompts(&self) -> Vec<&Prompt> {
        vec![&self.name]
    }

    pub(crate) fn check(&self, fault: &mut dyn FnMut(String)) {
        fault("only the house itself records prompts: in the console, under Prompts".into());
    }

    pub(crate) fn enter(&self, now: Timestamp, line: &mut Line) -> (RunState, Go) {
        line.forget_keys();
        let mut state = State { phase: Phase::Greeting, unheard: 0 };
        self.greet(&mut state, now, line, &[self.name.clone(), Prompt::id(prompt::DICTATION_INTRO)]);
        (RunState::Dictate(state), Go::Stay)
    }

    pub(crate) fn on(&self, state: &mut State, now: Timestamp, line: &mut Line, fact: &Fact) -> Go {
        match (&state.phase, fact) {
            // Who knows the words goes on to the tone.
            (Phase::Greeting, Fact::Key(_)) => self.greet(state, now, line, &[]),
            (Phase::Greeting, Fact::Said) => {
                line.ask(now, Question::Dictate(Dictation::Begin));
                line.wait(now, Duration::from_secs(self.max_seconds.into()), "the longest prompt");
                state.phase = Phase::Speaking;
            }
            (Phase::Speaking, Fact::Answer(_, Answer::Failed)) => {
                return part(state, now, line, prompt::DICTATION_FAILED);
            }
            (Phase::Speaking, Fact::Key(key)) if key.key() == END => read(state, now, line),
            (Phase::Speaking, Fact::Due) => read(state, now, line),
            (Phase::Reading(asked), Fact::Answer(ask, answer)) if asked == ask => {
                line.due = None;
                match answer {
                    Answer::Spoken(Spoken { prompt, .. }) => play(state, now, line, prompt.clone(), 1),
                    _ => return self.nothing(state, now, line),
                }
            }
            (Phase::Reading(ask) | Phase::Keeping(ask), Fact::Due) => {
                line.put(Output::Cancel(*ask));
                return part(state, now, line, prompt::DICTATION_FAILED);
            }
            (Phase::Choice { .. }, Fact::Said) => line.wait(now, CHOICE, "no key"),
            (Phase::Choice { sound, said }, Fact::Key(key)) => {
                let (sound, said) = (sound.clone(), *said);
                line.due = None;
                match key.key() {
                    '1' => {
                        line.hush();
                        state.phase = Phase::Keeping(line.ask(now, Question::Dictate(Dictation::Keep)));
                        line.wait(now, WORK, "nobody said that the prompt is kept");
                    }
                    '2' => self.greet(state, now, line, &[]),
                    '3' => {
                        line.ask(now, Question::Dictate(Dictation::Discard));
                        return part(state, now, line, prompt::DICTATION_DISCARDED);
                    }
                    _ => return again(state, now, line, sound, said),
                }
            }
            (Phase::Choice { sound, said }, Fact::Due) => {
                let (sound, said) = (sound.clone(), *said);
                return again(state, now, line, sound, said);
            }
            (Phase::Keeping(asked), Fact::Answer(ask, answer)) if asked == ask => {
                line.due = None;
                let kept = *answer == Answer::Done;
                let words = if kept { prompt::DICTATION_KEPT } else { prompt::DICTATION_FAILED };
                return part(state, now, line, words);
            }
            (Phase::Parting, Fact::Said) => return Go::End(Cause::Normal),
            _ => {}
        }
        Go::Stay
    }

    fn greet(&self, state: &mut State, now: Timestamp, line: &mut Line, words: &[Prompt]) {
        state.phase = Phase::Greeting;
        line.say_around(now, words, PromptRef::new(ringdesk_voice::TONE), &[]);
    }

    fn nothing(&self, state: &mut State, now: Timestamp, line: &mut Line) -> Go {
        state.unheard += 1;
        if state.unheard >= ATTEMPTS {
            return part(state, now, line, prompt::DICTATION_FAILED);
        }
        self.greet(state, now, line, &[Prompt::id(prompt::DICTATION_NOTHING)]);
        Go::Stay
    }
}

impl State {
    pub(crate) fn caller_gone(&self, line: &mut Line) {
        if let Phase::Reading(ask) | Phase::Keeping(ask) = self.phase {
            line.put(Output::Cancel(ask));
        }
    }
}

fn read(state: &mut State, now: Timestamp, line: &mut Line) {
    state.phase = Phase::Reading(line.ask(now, Question::Dictate(Dictation::Hear)));
    line.wait(now, WORK, "nobody said what was spoken");
}

fn play(state: &mut State, now: Timestamp, line: &mut Line, sound: PromptRef, said: u8) {
    let (before, after) = (Prompt::id(prompt::DICTATION_HEARD), Prompt::id(prompt::DICTATION_CHOICE));
    line.say_around(now, &[before], sound.clone(), &[after]);
    state.phase = Phase::Choice { sound, said };
}

fn again(state: &mut State, now: Timestamp, line: &mut Line, sound: PromptRef, said: u8) -> Go {
    if said >= ATTEMPTS {
        return Go::End(Cause::Normal);
    }
    play(state, now, line, sound, said + 1);
    Go::Stay
}

fn part(state: &mut State, now: Timestamp, line: &mut Line, words: &str) -> Go {
    line.due = None;
    state.phase = Phase::Parting;
    if line.say(now, &[Prompt::id(words)], None) { Go::Stay } else { Go::End(Cause::Normal) }
}

fn three_minutes() -> u32 {
    180
}
