//! What a call wants carried.

use ringdesk_model::{AskId, OrderId, QueueId};
use ringdesk_voice::{
    CallEvent, DialOutcome, Digit, LegCommand, LegId, MediaCommand, Outcome, PlayEnd, PlayId, Question,
};

#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    Leg(LegId, LegCommand),
    Media(MediaCommand),
    Ask(AskId, Question),
    /// The answer is not wanted any more.
    Cancel(AskId),
    Done(OrderId, Outcome),
    Event(CallEvent),
    Flow(FlowFact),
}

/// What the flow learns of its call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlowFact {
    /// The caller's offer is usable; the flow may begin.
    Started,
    /// The 200 is out and sound may be sent. (A late offer: once the caller's answer arrived, for before it there is no
    /// address to send to.) We do not wait for the ACK: a caller whose ACK is lost hears the prompt all the same.
    CallerAnswered,
    Digit(Digit),
    Played(PlayId, PlayEnd),
    /// The caller began to speak, or has been quiet for half a second.
    Talk(bool),
    /// A [`crate::FlowOrder::Dial`] ended. `Talked` also ends a conversation with an agent from a queue: the caller is
    /// still there, and hung up unless the flow goes on with him.
    DialEnded(DialOutcome),
    /// Somebody transferred the contact into this queue: look after it there, whatever came before. `returns`: when nobody takes
    /// it, say so ([`crate::FlowOrder::LeftQueue`]) and wait: it is brought back to who transferred it.
    Queue {
        queue: QueueId,
        returns: bool,
    },
    /// The agent it talked to was lost: the contact comes to the head of this queue, and is told.
    Requeued {
        queue: QueueId,
    },
    /// It was not brought back: go on as if it had come to the queue by itself.
    NotReturned,
    /// Somebody transferred the contact into this flow: the JSON text of its program.
    Program(String),
    /// The last fact of every call, unless a transfer brings the contact back to the flow.
    CallerGone,
}
