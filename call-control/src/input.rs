//! What reaches a call.

use ringdesk_model::{AskId, OrderId, WorkOutcome};
use ringdesk_voice::{Answer, CallOrder, Cause, DialRequest, LegEvent, LegId, MediaEvent, PlayId, PromptRef};

#[derive(Clone, Debug)]
pub enum Input {
    /// From signaling.
    Leg(LegId, LegEvent),
    /// From media.
    Media(MediaEvent),
    /// To a question of this call.
    Answer(AskId, Answer),
    /// From the flow that runs in this call.
    Flow(FlowOrder),
    /// From outside; ends with one [`crate::Output::Done`].
    Order(OrderId, CallOrder),
}

/// What a flow may do to its call.
#[derive(Clone, Debug)]
pub enum FlowOrder {
    /// Nothing, when the caller was answered before. → [`crate::FlowFact::CallerAnswered`] otherwise.
    AnswerCaller,
    /// Play to the caller. → one [`crate::FlowFact::Played`], at once with `Stopped` when the caller cannot listen:
    /// not answered yet, or talking.
    Play {
        play: PlayId,
        prompts: Vec<PromptRef>,
        repeat: bool,
    },
    StopPlay(PlayId),
    /// The caller hears himself until something else is ordered.
    Echo,
    /// Whether to be told if the caller speaks. → [`crate::FlowFact::Talk`]
    Attend(bool),
    /// Ring these targets together and bridge the first that answers with the caller. → one [`crate::FlowFact::DialEnded`].
    Dial(DialRequest),
    /// The contact does not wait in the queue any more, into which it was transferred or the flow had led it.
    LeftQueue(WorkOutcome),
    /// End the call. While the caller talks to an agent it waits for the end of that conversation.
    Hangup(Cause),
}
