//! `voicemail`: the caller leaves a message after the tone. It ends with a key, with the call, when nobody speaks any more, or when it
//! is long enough; one that is too short, or in which nothing is said, is asked for once more. The call is recorded for as long as the caller is in this step, whatever the number's rule.

use super::{Exit, Go, State as RunState};
use crate::Output;
use crate::line::{Fact, Line};
use crate::prompt::{self, Prompt};
use ringdesk_model::{AskId, QueueId, Timestamp};
use ringdesk_voice::{Answer, CallEvent, Digit, Discard, MessageEnd, Question};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::time::Duration;

/// For the house to begin the recording. Nothing sounds meanwhile.
const BEGIN: Duration = Duration::from_secs(3);
/// How often a message is asked for.
const ATTEMPTS: u8 = 2;
/// The longest message, in seconds.
const LONGEST: u32 = 3_600;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Voicemail {
    /// Said before the tone. A key ends it.
    #[serde(default = "greeting")]
    pub prompt: Prompt,
    /// Each of these keys ends the message.
    #[serde(default = "hash")]
    pub end_keys: String,
    #[serde(default = "three_minutes")]
    pub max_seconds: u32,
    /// A shorter one is no message.
    #[serde(default = "two_seconds")]
    pub min_seconds: u32,
    /// The message is over when nothing was said for so long. 0: silence ends nothing.
    #[serde(default = "ten_seconds")]
    pub silence_seconds: u32,
    /// Said before the second tone.
    #[serde(default = "too_short")]
    pub too_short: Prompt,
    #[serde(default = "thanks")]
    pub thanks: Prompt,
    /// Said where no message can be recorded.
    #[serde(default = "failed")]
    pub failed: Prompt,
    /// Whose agents are to hear of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<QueueId>,
    pub next: String,
}

#[derive(Debug)]
pub(crate) struct State {
    phase: Phase,
    attempt: u8,
}

#[derive(Debug)]
enum Phase {
    /// We ask for the recording.
    Asking(AskId),
    /// What is said before the tone, and the tone.
    Greeting,
    /// The tone alone, after a key.
    Tone,
    Message(Message),
    /// The last words of this step.
    Parting,
}

/// What is known of the message that is being spoken.
#[derive(Clone, Copy, Debug)]
struct Message {
    since: Timestamp,
    /// Since when nobody speaks. `None` also where media cannot tell.
    quiet: Option<Timestamp>,
    spoke: bool,
}

impl Voicemail {
    /// With everything at its default.
    pub fn plain(next: &str) -> Voicemail {
        Voicemail {
            prompt: greeting(),
            end_keys: hash(),
            max_seconds: three_minutes(),
            min_seconds: two_seconds(),
            silence_seconds: ten_seconds(),
            too_short: too_short(),
            thanks: thanks(),
            failed: failed(),
            queue: None,
            next: next.to_string(),
        }
    }

    pub(crate) fn exits(&self) -> Vec<Exit<'_>> {
        vec![Exit::after_a_while(&self.next)]
    }

    pub(crate) fn prompts(&self) -> Vec<&Prompt> {
        vec![&self.prompt, &self.too_short, &self.thanks, &self.failed]
    }

    pub(crate) fn check(&self, fault: &mut dyn FnMut(String)) {
        let mut seen = BTreeSet::new();
        for key in self.end_keys.chars() {
            if Digit::new(key).is_none_or(|d| d.key() != key) {
                fault(format!("`{key}` is not a key of a telephone (0 to 9, *, #, A to D)"));
            } else if !seen.insert(key) {
                fault(format!("`{key}` stands twice in end_keys"));
            }
        }
        let (least, most) = (self.min_seconds, self.max_seconds);
        if !(1..=LONGEST).contains(&most) || least >= most {
            fault(format!("min_seconds and max_seconds must satisfy min < max and 1 ≤ max ≤ {LONGEST}"));
        }
        if self.silence_seconds > LONGEST {
            fault(format!("silence_seconds is {}; it must lie between 0 and {LONGEST}", self.silence_seconds));
        }
    }

    pub(crate) fn enter(&self, now: Timestamp, line: &mut Line) -> (RunState, Go) {
        line.forget_keys(); // pressed for a menu, not to end a message
        let ask = line.ask(now, Question::Record);
        line.wait(now, BEGIN, "nobody said that the call is recorded");
        (RunState::Voicemail(State { phase: Phase::Asking(ask), attempt: 1 }), Go::Stay)
    }

    pub(crate) fn on(&self, state: &mut State, now: Timestamp, line: &mut Line, fact: &Fact) -> Go {
        match (&state.phase, fact) {
            (Phase::Asking(asked), Fact::Answer(ask, answer)) if asked == ask => {
                line.due = None;
                match answer {
                    Answer::Recording => self.greet(state, now, line, Some(&self.prompt)),
                    _ => self.part(state, now, line, &self.failed),
                }
            }
            (Phase::Asking(ask), Fact::Due) => {
                line.put(Output::Cancel(*ask));
                self.part(state, now, line, &self.failed)
            }
            (Phase::Greeting, Fact::Key(_)) => self.greet(state, now, line, None),
            (Phase::Greeting | Phase::Tone, Fact::Said) => {
                let message = Message { since: now, quiet: None, spoke: false };
                state.phase = Phase::Message(message);
                let min_ms = u64::from(self.min_seconds) * 1_000;
                line.event(CallEvent::VoicemailStarted { min_ms, queue: self.queue });
                line.put(Output::Attend(true));
                self.wait(&message, line);
                Go::Stay
            }
            (Phase::Message(message), Fact::Talk(talking)) => {
                let quiet = (!talking).then_some(now);
                let message = Message { quiet, spoke: message.spoke || *talking, ..*message };
                state.phase = Phase::Message(message);
                self.wait(&message, line);
                Go::Stay
            }
            (Phase::Message(message), Fact::Key(key)) if self.end_keys.contains(key.key()) => {
                let message = *message;
                self.ended(message, MessageEnd::Key, state, now, line)
            }
            (Phase::Message(message), Fact::Due) => {
                let message = *message;
                let end = if now >= self.longest(&message) { MessageEnd::Length } else { MessageEnd::Silence };
                self.ended(message, end, state, now, line)
            }
            (Phase::Parting, Fact::Said) => Go::to(&self.next),
            _ => Go::Stay, // other keys are part of what the caller leaves
        }
    }

    /// Ask for the message: these words, then the tone.
    fn greet(&self, state: &mut State, now: Timestamp, line: &mut Line, words: Option<&Prompt>) -> Go {
        state.phase = if words.is_some() { Phase::Greeting } else { Phase::Tone };
        line.say_before_tone(now, words);
        Go::Stay
    }

    /// Until it is as long as it may be, or nobody has spoken for long enough.
    fn wait(&self, message: &Message, line: &mut Line) {
        let longest = self.longest(message);
        let quiet = message.quiet.filter(|_| self.silence_seconds > 0);
        match quiet.map(|since| since + Duration::from_secs(self.silence_seconds.into())) {
            Some(at) if at < longest => line.wait_until(at, "nobody speaks any more"),
            _ => line.wait_until(longest, "the longest message"),
        }
    }

    fn longest(&self, message: &Message) -> Timestamp {
        message.since + Duration::from_secs(self.max_seconds.into())
    }

    fn ended(&self, message: Message, end: MessageEnd, state: &mut State, now: Timestamp, line: &mut Line) -> Go {
        line.due = None;
        line.put(Output::Attend(false));
        if self.message_over(message, end, now, line) {
            return self.part(state, now, line, &self.thanks);
        }
        if state.attempt >= ATTEMPTS {
            return Go::to(&self.next);
        }
        state.attempt += 1;
        self.greet(state, now, line, Some(&self.too_short))
    }

    /// Whether it was one.
    fn message_over(&self, message: Message, end: MessageEnd, now: Timestamp, line: &mut Line) -> bool {
        let until = message.quiet.filter(|_| end == MessageEnd::Silence).unwrap_or(now);
        let lasted = until.since(message.since);
        let discarded = match message {
            // Media heard the whole of it, and nobody.
            Message { spoke: false, quiet: Some(_), .. } if self.min_seconds > 0 => Some(Discard::Silent),
            _ if lasted < Duration::from_secs(self.min_seconds.into()) => Some(Discard::TooShort),
            _ => None,
        };
        let lasted_ms = u64::try_from(lasted.as_millis()).unwrap_or(u64::MAX);
        line.event(CallEvent::VoicemailEnded { lasted_ms, end, discarded, queue: self.queue });
        discarded.is_none()
    }

    fn part(&self, state: &mut State, now: Timestamp, line: &mut Line, words: &Prompt) -> Go {
        state.phase = Phase::Parting;
        if line.say(now, std::slice::from_ref(words), None) { Go::Stay } else { Go::to(&self.next) }
    }

    /// Whoever hangs up has left his message.
    pub(crate) fn caller_gone(&self, state: &State, now: Timestamp, line: &mut Line) {
        match state.phase {
            Phase::Asking(ask) => line.put(Output::Cancel(ask)),
            Phase::Message(message) => {
                self.message_over(message, MessageEnd::HangUp, now, line);
            }
            Phase::Greeting | Phase::Tone | Phase::Parting => {}
        }
    }
}

fn greeting() -> Prompt {
    Prompt::id(prompt::VOICEMAIL_GREETING)
}

fn too_short() -> Prompt {
    Prompt::id(prompt::VOICEMAIL_TOO_SHORT)
}

fn thanks() -> Prompt {
    Prompt::id(prompt::VOICEMAIL_THANKS)
}

fn failed() -> Prompt {
    Prompt::id(prompt::VOICEMAIL_FAILED)
}

fn hash() -> String {
    "#".to_string()
}

fn three_minutes() -> u32 {
    180
}

fn two_seconds() -> u32 {
    2
}

fn ten_seconds() -> u32 {
    10
}
