//! What a run wants carried.

use ringdesk_model::{AskId, WorkOutcome};
use ringdesk_voice::{CallEvent, Cause, DialRequest, PlayId, PromptRef, Question};

#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// → [`crate::Input::CallerAnswered`]
    AnswerCaller,
    /// Replaces what was playing. → one [`crate::Input::Played`]
    Play {
        play: PlayId,
        prompts: Vec<PromptRef>,
        repeat: bool,
    },
    StopPlay(PlayId),
    Echo,
    /// Whether to be told if the caller speaks. → [`crate::Input::Talk`]
    Attend(bool),
    /// → one [`crate::Input::DialEnded`]
    Dial(DialRequest),
    Hangup(Cause),
    /// Of a contact that was transferred into a queue: it waits there no more.
    LeftQueue(WorkOutcome),
    Ask(AskId, Question),
    /// The answer is not wanted any more.
    Cancel(AskId),
    Event(CallEvent),
    /// The last output of every run.
    Finished,
}
