//! What happened in a call, for those who observe it: journal, CDR, live events, later recording and transcript.
//! A figure (queue time, talk time) is always derived from these, never kept in the call.

use crate::{
    Cause, Digit, DigitSource, LegId, LegQuality, OfferOutcome, Origin, Party, SupervisionMode, TransferMode,
    TransferOutcome, TransferTo,
};
use ringdesk_model::{AgentId, OfferId, Pii, QueueId, Timestamp, TransferId, WorkItemId, WorkOutcome};
use serde::{Deserialize, Serialize};

/// Who ended it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndedBy {
    Caller,
    Agent,
    /// The dialled party of a `dial` step.
    Callee,
    Flow,
    /// An order: supervisor, API.
    Order,
    /// Ringdesk: timer, failure, shutdown.
    System,
}

impl EndedBy {
    pub const fn as_str(self) -> &'static str {
        match self {
            EndedBy::Caller => "caller",
            EndedBy::Agent => "agent",
            EndedBy::Callee => "callee",
            EndedBy::Flow => "flow",
            EndedBy::Order => "order",
            EndedBy::System => "system",
        }
    }
}

/// What ended a message that a caller spoke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageEnd {
    Key,
    Silence,
    /// It was as long as a message may be.
    Length,
    HangUp,
}

impl MessageEnd {
    pub const fn as_str(self) -> &'static str {
        match self {
            MessageEnd::Key => "key",
            MessageEnd::Silence => "silence",
            MessageEnd::Length => "length",
            MessageEnd::HangUp => "hang_up",
        }
    }
}

/// Why what a caller spoke after the tone is no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Discard {
    TooShort,
    /// Nothing was said.
    Silent,
}

impl Discard {
    pub const fn as_str(self) -> &'static str {
        match self {
            Discard::TooShort => "too_short",
            Discard::Silent => "silent",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum CallEvent {
    /// A call is at the door; the first event of every call.
    Started {
        leg: LegId,
        from: Party,
        to: Party,
        origin: Origin,
    },
    /// The caller's leg was answered.
    Answered {
        leg: LegId,
    },
    /// A flow entered a step.
    StepEntered {
        step: String,
        kind: String,
    },
    DigitPressed {
        leg: LegId,
        digit: Pii<Digit>,
        source: DigitSource,
    },
    /// The flow collected input under this name.
    Collected {
        name: String,
        digits: Pii<String>,
    },
    /// The caller hears the tone no more and speaks.
    VoicemailStarted {
        /// A shorter one will be no message.
        min_ms: u64,
        /// Whose agents are to hear of it.
        queue: Option<QueueId>,
    },
    VoicemailEnded {
        /// Without the silence that ended it.
        lasted_ms: u64,
        end: MessageEnd,
        /// Why it is no message; `None`: it was left.
        discarded: Option<Discard>,
        /// Whose agents are to hear of it.
        queue: Option<QueueId>,
    },
    /// The caller was asked how satisfied they are, and pressed 1 to 5; `None`: nothing of that.
    Rated {
        stars: Option<u8>,
    },
    Queued {
        work_item: WorkItemId,
        queue: QueueId,
    },
    LeftQueue {
        work_item: WorkItemId,
        outcome: WorkOutcome,
    },
    Offered {
        offer: OfferId,
        agent: AgentId,
        queue: QueueId,
        work_item: WorkItemId,
    },
    OfferEnded {
        offer: OfferId,
        agent: AgentId,
        outcome: OfferOutcome,
    },
    /// A leg was dialled. `extension`: at which of ours it rings, where no offer stands for it.
    Dialled {
        leg: LegId,
        #[serde(default)]
        extension: Option<String>,
    },
    Ringing {
        leg: LegId,
    },
    /// Leg `b` joined the talk with `a`. `a`: the contact's leg, or, of a consultation, that of the agent who asks; a consultation
    /// that is completed or merged ends with `Unbridged`, and `b` joins the contact's talk. `agent` and `offer`: whose leg `b` is,
    /// and by which offer it came; an agent without an offer is a supervisor who took over.
    Bridged {
        a: LegId,
        b: LegId,
        agent: Option<AgentId>,
        offer: Option<OfferId>,
    },
    /// Leg `b` left the talk with `a`.
    Unbridged {
        a: LegId,
        b: LegId,
    },
    /// The party of this leg put those it talks to on hold, or took them back: by its telephone, by an order, or to ask
    /// somebody else.
    Held {
        leg: LegId,
    },
    Resumed {
        leg: LegId,
    },
    /// Nobody hears this leg, by its party's own wish.
    Muted {
        leg: LegId,
    },
    Unmuted {
        leg: LegId,
    },
    /// The party of `leg` passes the contact on, asks somebody, or lets somebody join. `by`: whose leg it is, when it is an agent's.
    Transferring {
        transfer: TransferId,
        leg: LegId,
        by: Option<AgentId>,
        to: TransferTo,
        mode: TransferMode,
        reason: Option<Pii<String>>,
    },
    /// `waited_ms`: until somebody answered, or it was over. `leg`: who took it.
    TransferEnded {
        transfer: TransferId,
        outcome: TransferOutcome,
        waited_ms: u64,
        leg: Option<LegId>,
    },
    /// A supervisor is in the call, or changed the mode.
    Supervised {
        leg: LegId,
        supervisor: AgentId,
        of: AgentId,
        mode: SupervisionMode,
    },
    /// `failed`: why the supervisor's telephone did not come in; `None`: it had.
    SupervisionEnded {
        supervisor: AgentId,
        of: AgentId,
        failed: Option<OfferOutcome>,
    },
    /// Everything turns round this leg of the talk from now on: it is the contact's. `from` has passed it on, or has left those
    /// who go on talking.
    Inherited {
        leg: LegId,
        from: LegId,
    },
    /// The contact waits with music for somebody to retrieve it.
    Parked {
        by: AgentId,
    },
    /// Somebody talks to the contact that was parked.
    Retrieved {
        leg: LegId,
        by: AgentId,
    },
    /// This leg came from another call, as it was, or went to one.
    Adopted {
        leg: LegId,
    },
    Released {
        leg: LegId,
    },
    /// The browser of this leg is lost: its connection broke, nothing comes from it, or its page is being loaded anew. The
    /// agent's part goes on until they are back (`Reconnected`) or not (`NotReconnected`), even when the leg itself has ended.
    /// `token`: by which a new page of theirs knows the call that is its own.
    Reconnecting {
        leg: LegId,
        agent: AgentId,
        token: Pii<String>,
        until: Timestamp,
    },
    /// They are back: by the leg they had, or by one that has taken its place.
    Reconnected {
        leg: LegId,
        was: LegId,
        agent: AgentId,
    },
    /// They are not: their part ends with it.
    NotReconnected {
        leg: LegId,
        agent: AgentId,
    },
    /// No sound from a leg for a while: a line in the timeline, not yet an end.
    SoundLost {
        leg: LegId,
    },
    /// How a leg sounded in the last seconds: for who looks now. It is told every few seconds and is no line of any book.
    Sounds {
        leg: LegId,
        one_way: bool,
        quality: LegQuality,
    },
    /// A leg sounds badly since a few seconds. `one_way`: nothing comes from it at all, though it should.
    SoundPoor {
        leg: LegId,
        one_way: bool,
        quality: LegQuality,
    },
    /// And well again.
    SoundRecovered {
        leg: LegId,
        quality: LegQuality,
    },
    LegEnded {
        leg: LegId,
        cause: Cause,
        status: Option<u16>,
    },
    /// Figures of a leg's sound.
    Quality {
        leg: LegId,
        quality: LegQuality,
    },
    /// The last event of every call.
    Ended {
        cause: Cause,
        by: EndedBy,
    },
}
