//! `mailbox`: an agent hears the messages that callers left for their queues, one after the other. Each is said with its number and age
//! and played; a key plays it again, goes on to the next, closes it, or has its caller called.
//!
//! The house's own step: whose messages they are stands in no flow, so none that has it can be published.

use super::{Go, State as RunState};
use crate::Output;
use crate::line::{Fact, Line};
use crate::prompt::{self, Prompt};
use ringdesk_model::{AskId, Timestamp};
use ringdesk_voice::{Answer, Cause, Mailbox as Asked, PromptRef, Question};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// For the house to bring a message, which may have to be rendered first.
const WORK: Duration = Duration::from_secs(15);
/// For a key, after the choice was said.
const CHOICE: Duration = Duration::from_secs(8);
/// How often a message is said to somebody who presses nothing.
const ATTEMPTS: u8 = 3;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mailbox {}

#[derive(Debug)]
pub(crate) struct State {
    phase: Phase,
    /// One was heard already.
    heard: bool,
}

#[derive(Debug)]
enum Phase {
    /// The house looks for the next one.
    Next(AskId),
    /// It is played; then a key is waited for.
    Playing(Message),
    /// The house closes it, or notes that its caller is to be called.
    Asked(AskId, Asked),
    /// What became of that is said; then the next one.
    Told,
    /// The last words.
    Parting,
}

#[derive(Clone, Debug)]
struct Message {
    words: String,
    sound: Option<PromptRef>,
    /// So often it was said.
    said: u8,
}

impl Mailbox {
    pub(crate) fn check(&self, fault: &mut dyn FnMut(String)) {
        fault("only the house itself plays messages: to agents who dial its code".into());
    }

    pub(crate) fn enter(&self, now: Timestamp, line: &mut Line) -> (RunState, Go) {
        line.forget_keys();
        (RunState::Mailbox(State { phase: next(now, line), heard: false }), Go::Stay)
    }

    pub(crate) fn on(&self, state: &mut State, now: Timestamp, line: &mut Line, fact: &Fact) -> Go {
        match (&state.phase, fact) {
            (Phase::Next(asked), Fact::Answer(ask, answer)) if asked == ask => {
                line.due = None;
                match answer {
                    Answer::LeftMessage { words, sound } => {
                        let message = Message { words: words.reveal().clone(), sound: sound.clone(), said: 0 };
                        state.heard = true;
                        return play(state, now, line, message);
                    }
                    Answer::Done if state.heard => return part(state, now, line, prompt::MAILBOX_NO_MORE),
                    Answer::Done => return part(state, now, line, prompt::MAILBOX_NONE),
                    _ => return part(state, now, line, prompt::MAILBOX_FAILED),
                }
            }
            (Phase::Next(ask) | Phase::Asked(ask, _), Fact::Due) => {
                line.put(Output::Cancel(*ask));
                return part(state, now, line, prompt::MAILBOX_FAILED);
            }
            (Phase::Playing(_), Fact::Said) => line.wait(now, CHOICE, "no key"),
            (Phase::Playing(message), Fact::Key(key)) => {
                let message = message.clone();
                line.due = None;
                match key.key() {
                    '1' => return play(state, now, line, Message { said: 0, ..message }),
                    '2' => {
                        line.hush();
                        state.phase = next(now, line);
                    }
                    '3' => state.phase = ask(now, line, Asked::Close),
                    '4' => state.phase = ask(now, line, Asked::CallBack),
                    _ => return play(state, now, line, message),
                }
            }
            (Phase::Playing(message), Fact::Due) => {
                let message = message.clone();
                return play(state, now, line, message);
            }
            (Phase::Asked(asked, what), Fact::Answer(ask, answer)) if asked == ask => {
                line.due = None;
                let words = match (what, *answer == Answer::Done) {
                    (Asked::CallBack, true) => return part(state, now, line, prompt::MAILBOX_CALLS),
                    (Asked::CallBack, false) => prompt::MAILBOX_CALLS_NOT,
                    (_, true) => prompt::MAILBOX_CLOSED,
                    (_, false) => prompt::MAILBOX_NOT_CLOSED,
                };
                state.phase = Phase::Told;
                if !line.say(now, &[Prompt::id(words)], None) {
                    state.phase = next(now, line);
                }
            }
            (Phase::Told, Fact::Said | Fact::Key(_)) => {
                line.hush();
                state.phase = next(now, line);
            }
            (Phase::Parting, Fact::Said) => return Go::End(Cause::Normal),
            _ => {}
        }
        Go::Stay
    }
}

impl State {
    pub(crate) fn caller_gone(&self, line: &mut Line) {
        // Who hangs up on the key has pressed it all the same: only what would be heard is not wanted any more.
        if let Phase::Next(ask) = self.phase {
            line.put(Output::Cancel(ask));
        }
    }
}

fn next(now: Timestamp, line: &mut Line) -> Phase {
    let ask = line.ask(now, Question::Mailbox(Asked::Next));
    line.wait(now, WORK, "nobody brought the next message");
    Phase::Next(ask)
}

fn ask(now: Timestamp, line: &mut Line, what: Asked) -> Phase {
    line.hush();
    let ask = line.ask(now, Question::Mailbox(what));
    line.wait(now, WORK, "nobody said what became of the message");
    Phase::Asked(ask, what)
}

/// Say it, again if need be; to nobody for ever.
fn play(state: &mut State, now: Timestamp, line: &mut Line, message: Message) -> Go {
    if message.said >= ATTEMPTS {
        return Go::End(Cause::Normal);
    }
    let (words, choice) = (Prompt::Text(message.words.clone()), Prompt::id(prompt::MAILBOX_CHOICE));
    let talks = match &message.sound {
        Some(sound) => {
            line.say_around(now, &[words], sound.clone(), &[choice]);
            true
        }
        None => line.say(now, &[words, Prompt::id(prompt::MAILBOX_NO_SOUND), choice], None),
    };
    if !talks {
        line.wait(now, CHOICE, "no key");
    }
    state.phase = Phase::Playing(Message { said: message.said + 1, ..message });
    Go::Stay
}

fn part(state: &mut State, now: Timestamp, line: &mut Line, words: &str) -> Go {
    line.due = None;
    state.phase = Phase::Parting;
    if line.say(now, &[Prompt::id(words)], None) { Go::Stay } else { Go::End(Cause::Normal) }
}
