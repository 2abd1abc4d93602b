//! The steps of a flow. One file each: its fields as they stand in the JSON, what may be wrong with them, what it does.
//!
//! A new step: its file, a variant here, a line in each `match`, a section in `docs/flows.md`.

pub mod answer;
pub mod branch;
pub mod closing;
pub mod collect;
pub mod dial;
pub mod dictate;
pub mod echo;
pub mod hangup;
pub mod hours;
pub mod listen;
pub mod mailbox;
pub mod menu;
pub mod play;
pub mod queue;
pub mod say;
pub mod survey;
pub mod voicemail;

use crate::line::{BUILT_IN, Fact, Line};
use crate::prompt::Prompt;
use ringdesk_model::{AskId, Timestamp};
use ringdesk_voice::{Cause, Digit};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Step {
    Answer(answer::Answer),
    Say(say::Say),
    Play(play::Play),
    Menu(menu::Menu),
    Collect(collect::Collect),
    Branch(branch::Branch),
    Hours(hours::Hours),
    Listen(listen::Listen),
    Queue(queue::Queue),
    Dial(dial::Dial),
    Voicemail(voicemail::Voicemail),
    Survey(survey::Survey),
    Closing(closing::Closing),
    Dictate(dictate::Dictate),
    Mailbox(mailbox::Mailbox),
    Echo(echo::Echo),
    Hangup(hangup::Hangup),
}

/// A way out of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exit<'a> {
    pub(crate) to: &'a str,
    /// It may be taken at once: without a sound, a wait or a key before it.
    pub(crate) at_once: bool,
}

impl<'a> Exit<'a> {
    fn after_a_while(to: &'a str) -> Exit<'a> {
        Exit { to, at_once: false }
    }

    fn at_once(to: &'a str) -> Exit<'a> {
        Exit { to, at_once: true }
    }
}

/// Where a run goes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Go {
    Stay,
    To(String),
    End(Cause),
}

impl Go {
    fn to(step: &str) -> Go {
        Go::To(step.to_string())
    }

    /// To the step, or the end when none is named.
    fn to_or_end(step: Option<&String>, cause: Cause) -> Go {
        step.map_or(Go::End(cause), |s| Go::to(s))
    }
}

/// Where a run stands.
#[derive(Debug)]
pub(crate) enum State {
    NotStarted,
    /// The step needs sound and the caller is being answered.
    Answering,
    /// Before a queue: the account's rules are asked.
    Ruling(AskId),
    /// In a step that has no state of its own.
    Plain,
    Menu(menu::State),
    Collect(collect::State),
    Queue(queue::State),
    Dial(dial::State),
    Hours(hours::State),
    Listen(listen::State),
    Voicemail(voicemail::State),
    Survey(survey::State),
    Closing(closing::State),
    Dictate(dictate::State),
    Mailbox(mailbox::State),
    Finished,
}

impl Step {
    pub fn kind(&self) -> &'static str {
        match self {
            Step::Answer(_) => "answer",
            Step::Say(_) => "say",
            Step::Play(_) => "play",
            Step::Menu(_) => "menu",
            Step::Collect(_) => "collect",
            Step::Branch(_) => "branch",
            Step::Hours(_) => "hours",
            Step::Listen(_) => "listen",
            Step::Queue(_) => "queue",
            Step::Dial(_) => "dial",
            Step::Voicemail(_) => "voicemail",
            Step::Survey(_) => "survey",
            Step::Closing(_) => "closing",
            Step::Dictate(_) => "dictate",
            Step::Mailbox(_) => "mailbox",
            Step::Echo(_) => "echo",
            Step::Hangup(_) => "hangup",
        }
    }

    /// The caller must have been answered.
    pub(crate) fn needs_sound(&self) -> bool {
        !matches!(self, Step::Branch(_) | Step::Hours(_) | Step::Dial(_) | Step::Hangup(_))
    }

    pub(crate) fn exits(&self) -> Vec<Exit<'_>> {
        match self {
            Step::Answer(step) => step.exits(),
            Step::Say(step) => step.exits(),
            Step::Play(step) => step.exits(),
            Step::Menu(step) => step.exits(),
            Step::Collect(step) => step.exits(),
            Step::Branch(step) => step.exits(),
            Step::Hours(step) => step.exits(),
            Step::Listen(step) => step.exits(),
            Step::Queue(step) => step.exits(),
            Step::Dial(step) => step.exits(),
            Step::Voicemail(step) => step.exits(),
            Step::Survey(step) => step.exits(),
            Step::Closing(_) | Step::Dictate(_) | Step::Mailbox(_) | Step::Echo(_) | Step::Hangup(_) => Vec::new(),
        }
    }

    /// The call may end here.
    pub(crate) fn may_end(&self) -> bool {
        matches!(
            self,
            Step::Queue(_)
                | Step::Dial(_)
                | Step::Closing(_)
                | Step::Dictate(_)
                | Step::Mailbox(_)
                | Step::Echo(_)
                | Step::Hangup(_)
        )
    }

    pub(crate) fn prompts(&self) -> Vec<&Prompt> {
        match self {
            Step::Say(step) => vec![&step.prompt],
            Step::Menu(step) => step.prompts.iter().chain(&step.invalid).collect(),
            Step::Collect(step) => step.prompts.iter().chain(&step.invalid).collect(),
            Step::Listen(step) => step.prompts(),
            Step::Queue(step) => step.prompts(),
            Step::Voicemail(step) => step.prompts(),
            Step::Survey(step) => step.prompts(),
            Step::Dictate(step) => step.prompts(),
            Step::Answer(_)
            | Step::Play(_)
            | Step::Branch(_)
            | Step::Hours(_)
            | Step::Dial(_)
            | Step::Mailbox(_)
            | Step::Closing(_)
            | Step::Echo(_)
            | Step::Hangup(_) => Vec::new(),
        }
    }

    /// What is wrong with its fields, in words.
    pub(crate) fn check(&self, fault: &mut dyn FnMut(String)) {
        match self {
            Step::Play(step) => step.check(fault),
            Step::Menu(step) => step.check(fault),
            Step::Collect(step) => step.check(fault),
            Step::Branch(step) => step.check(fault),
            Step::Listen(step) => step.check(fault),
            Step::Queue(step) => step.check(fault),
            Step::Dial(step) => step.check(fault),
            Step::Voicemail(step) => step.check(fault),
            Step::Survey(step) => step.check(fault),
            Step::Dictate(step) => step.check(fault),
            Step::Mailbox(step) => step.check(fault),
            Step::Echo(step) => step.check(fault),
            Step::Answer(_) | Step::Say(_) | Step::Hours(_) | Step::Closing(_) | Step::Hangup(_) => {}
        }
    }

    pub(crate) fn enter(&self, now: Timestamp, line: &mut Line) -> (State, Go) {
        match self {
            Step::Answer(step) => (State::Plain, step.enter()),
            Step::Say(step) => (State::Plain, step.enter(now, line)),
            Step::Play(step) => (State::Plain, step.enter(now, line)),
            Step::Menu(step) => step.enter(now, line),
            Step::Collect(step) => step.enter(now, line),
            Step::Branch(step) => (State::Plain, step.enter(line)),
            Step::Hours(step) => step.enter(now, line),
            Step::Listen(step) => step.enter(now, line),
            Step::Queue(step) => step.enter(now, line),
            Step::Dial(step) => step.enter(now, line),
            Step::Voicemail(step) => step.enter(now, line),
            Step::Survey(step) => step.enter(now, line),
            Step::Closing(step) => step.enter(now, line),
            Step::Dictate(step) => step.enter(now, line),
            Step::Mailbox(step) => step.enter(now, line),
            Step::Echo(step) => (State::Plain, step.enter(now, line)),
            Step::Hangup(step) => (State::Plain, Go::End(step.cause)),
        }
    }

    pub(crate) fn on(&self, state: &mut State, now: Timestamp, line: &mut Line, fact: Fact) -> Go {
        match (self, state) {
            (Step::Say(step), _) => step.on(line, &fact),
            (Step::Play(step), _) => step.on(line, &fact),
            (Step::Menu(step), State::Menu(state)) => step.on(state, now, line, &fact),
            (Step::Collect(step), State::Collect(state)) => step.on(state, now, line, &fact),
            (Step::Queue(step), State::Queue(state)) => step.on(state, now, line, fact),
            (Step::Dial(step), State::Dial(state)) => step.on(state, line, &fact),
            (Step::Voicemail(step), State::Voicemail(state)) => step.on(state, now, line, &fact),
            (Step::Survey(step), State::Survey(state)) => step.on(state, now, line, &fact),
            (Step::Listen(step), State::Listen(state)) => step.on(state, now, line, &fact),
            (Step::Hours(step), State::Hours(state)) => step.on(state, line, &fact),
            (Step::Closing(step), State::Closing(state)) => step.on(state, now, line, &fact),
            (Step::Dictate(step), State::Dictate(state)) => step.on(state, now, line, &fact),
            (Step::Mailbox(step), State::Mailbox(state)) => step.on(state, now, line, &fact),
            (Step::Echo(step), _) => step.on(&fact),
            _ => Go::Stay, // nothing happens in the others, and no state belongs to another step
        }
    }

    /// The caller is gone; end what only this step knows of.
    pub(crate) fn caller_gone(&self, state: &mut State, now: Timestamp, line: &mut Line) {
        match (self, state) {
            (Step::Queue(_), State::Queue(state)) => state.caller_gone(line),
            (Step::Voicemail(step), State::Voicemail(state)) => step.caller_gone(state, now, line),
            (Step::Survey(_), State::Survey(state)) => state.caller_gone(line),
            (Step::Listen(_), State::Listen(state)) => state.caller_gone(line),
            (Step::Closing(_), State::Closing(state)) => state.caller_gone(line),
            (Step::Dictate(_), State::Dictate(state)) => state.caller_gone(line),
            (Step::Mailbox(_), State::Mailbox(state)) => state.caller_gone(line),
            _ => {}
        }
    }
}

/// Keys of a choice: `"1"`, `"*"`.
fn check_keys<'a>(keys: impl Iterator<Item = &'a String>, fault: &mut dyn FnMut(String)) {
    for key in keys {
        let mut chars = key.chars();
        let one = chars.next().filter(|_| chars.next().is_none());
        // `a` would be taken for `A` when pressed and never found.
        if one.and_then(Digit::new).is_none_or(|d| Some(d.key()) != one) {
            fault(format!("`{key}` is not a key of a telephone (0 to 9, *, #, A to D)"));
        }
    }
}

/// Under which something that a caller entered is kept.
fn check_name(name: &str, fault: &mut dyn FnMut(String)) {
    let fits = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !fits || name.len() > 50 || BUILT_IN.contains(&name) {
        fault(format!("`{name}` cannot be a name: letters, digits and _, at most 50, not a built-in one"));
    }
}

fn check_span(what: &str, ms: u32, least: u32, most: u32, fault: &mut dyn FnMut(String)) {
    if !(least..=most).contains(&ms) {
        fault(format!("{what} is {ms} ms; it must lie between {least} and {most}"));
    }
}

fn check_attempts(attempts: u8, fault: &mut dyn FnMut(String)) {
    if !(1..=10).contains(&attempts) {
        fault(format!("attempts is {attempts}; it must lie between 1 and 10"));
    }
}

fn key_of(digit: Digit) -> String {
    digit.key().to_string()
}

fn yes() -> bool {
    true
}

fn three() -> u8 {
    3
}

fn five_seconds() -> u32 {
    5_000
}
