//! Emergency closure: one switch per number puts a prompt in front of every caller until a time.

use crate::flow::Flow;
use crate::prompt::Prompt;
use crate::steps::Step;
use crate::steps::hangup::Hangup;
use crate::steps::queue::Queue;
use crate::steps::say::Say;
use crate::steps::voicemail::Voicemail;
use ringdesk_model::{Language, QueueId, Timestamp};
use ringdesk_voice::Cause;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closure {
    pub prompt: Prompt,
    /// From then on the number's own flow runs again.
    pub until: Timestamp,
    pub then: Then,
}

/// What follows the prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    Hangup,
    /// Wait for an agent all the same, with everything at its default.
    Queue(QueueId),
    /// Leave a message, with everything at its default.
    Voicemail,
}

/// How a caller is refused who is not to reach us.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusing {
    /// Unanswered, with this cause.
    With(Cause),
    /// Answered, told this, and hung up.
    Saying(Prompt),
}

/// The flow that runs in the place of the number's own.
pub fn refusing_flow(how: &Refusing, language: Language) -> Flow {
    let bye = |cause| ("bye".to_string(), Step::Hangup(Hangup { cause }));
    let (start, steps) = match how {
        Refusing::With(cause) => ("bye", BTreeMap::from([bye(*cause)])),
        Refusing::Saying(prompt) => {
            let say = Say { prompt: prompt.clone(), interruptible: false, next: "bye".into() };
            ("say", BTreeMap::from([("say".to_string(), Step::Say(say)), bye(Cause::Normal)]))
        }
    };
    Flow { name: "refused".into(), language: Some(language), start: start.into(), steps }
}

impl Closure {
    pub fn is_on(&self, now: Timestamp) -> bool {
        now < self.until
    }
}

/// The flow that runs while a number is closed. `queue`: whose agents hear of what a caller leaves meanwhile.
pub fn closure_flow(closure: &Closure, language: Language, queue: Option<QueueId>) -> Flow {
    // Not interruptible: a caller who presses keys out of habit must hear why nobody answers.
    let say = Say { prompt: closure.prompt.clone(), interruptible: false, next: "then".into() };
    let bye = || Step::Hangup(Hangup { cause: Cause::Normal });
    let mut steps = BTreeMap::from([("closed".to_string(), Step::Say(say))]);
    let then = match closure.then {
        Then::Hangup => bye(),
        Then::Queue(queue) => Step::Queue(Queue::plain(queue)),
        Then::Voicemail => {
            steps.insert("bye".into(), bye());
            Step::Voicemail(Voicemail { queue, ..Voicemail::plain("bye") })
        }
    };
    steps.insert("then".into(), then);
    Flow { name: "closure".into(), language: Some(language), start: "closed".into(), steps }
}
