//! What reaches a run.

use ringdesk_model::{AskId, QueueId};
use ringdesk_voice::{Answer, DialOutcome, Digit, PlayEnd, PlayId};

#[derive(Clone, Debug)]
pub enum Input {
    /// The caller's offer is usable: begin.
    Started,
    CallerAnswered,
    Digit(Digit),
    Played(PlayId, PlayEnd),
    Answer(AskId, Answer),
    /// The caller began to speak, or has been quiet for half a second.
    Talk(bool),
    /// A dial ended; or, with `Talked`, the agent from the queue hung up.
    DialEnded(DialOutcome),
    /// The contact was transferred into this queue, wherever the run was. `returns`: when nobody takes it, it goes back to who
    /// transferred it, if that is possible.
    Queue {
        queue: QueueId,
        returns: bool,
    },
    /// It was not possible.
    NotReturned,
    /// The agent was lost in the middle of the talk: the contact goes to the head of this queue, wherever the run was, and is told.
    Requeued {
        queue: QueueId,
    },
    /// The contact was transferred into this flow, wherever the run was: its JSON text.
    Program(String),
    CallerGone,
}
