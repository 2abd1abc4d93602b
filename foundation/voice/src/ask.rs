//! Questions of a running machine and orders to it. Both end exactly once.

use crate::{
    AgentRequest, Destination, Device, Digit, InterfaceId, LegId, Party, Profile, PromptRef, Sdp, SuperviseOrder,
    Target, TransferOrder, TransferOutcome, TransferTo,
};
use ringdesk_model::{
    AgentId, CalendarId, FlowId, Language, OfferId, Pii, Priority, QueueId, Timestamp, WorkItemId, WorkOutcome,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// What a pure room wants to know. It ends with one [`Answer`], with [`Answer::Failed`], or by the asker's own deadline
/// (then the asker cancels it and later answers are dropped).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// Where can this target be dialled now? → `Destinations` or `Devices`
    Reach(Target),
    /// Get this text spoken onto media's shelf. → `Spoken`
    Speak { text: String, language: Language },
    /// Queue this work item. Open as long as it waits; cancelled when the caller leaves. → `LeftQueue`
    Queue(WorkRequest),
    /// Where does the work item stand? → `Place`
    Place(WorkItemId),
    /// Let whoever waits hang up, keep their place and call them when their turn comes. → `Done`: it is written down; `CallsLater`: it
    /// is, and it is closed now; `Failed`: this number cannot be called, or nobody could write it down
    CallBack(CallBackRequest),
    /// Record the call until the flow enters another step, whatever the rule of its number. → `Recording`
    Record,
    /// Of whoever speaks a prompt into this call.
    Dictate(Dictation),
    /// What do the account's rules say of a caller who comes to a queue? → `Ruled`; `Failed`: nothing, or not in time
    Rules(RulesRequest),
    /// What does the caller say? The house listens from `Begin` to `Hear`, or to the flow's next step.
    Listen(Listening),
    /// Of whoever types the code that closes the centre. → `Closing`
    Closing(ClosingWish),
    /// Of an agent who hears the messages that callers left.
    Mailbox(Mailbox),
    /// May the caller be answered (`bridge`: may two who have picked up hear each other), as far as the recording goes? Asked
    /// where a call must not go without one. → `Recording`: it is recorded, or need not be yet
    Connect { bridge: bool },
    /// Whom does this mean? The house reads it as if it had been dialled: the extension of an agent is that agent, a number of
    /// ours its flow, another number the outside, if `by` may call there. → `To` or `NotTo`
    Whom { to: TransferTo, by: Option<AgentId> },
    /// Reserve this agent, who is sought by a colleague, and order [`CallOrder::Offer`] with the same work item. Open until the
    /// offer has ended; cancelled when the call has changed its mind. → `LeftQueue(Served)` or `AgentRefused`
    Agent(AgentRequest),
    /// Do the account's opening hours say that it is open now? → `Hours`
    Hours(CalendarId),
    /// The program of this flow, in its present version. → `Program`
    Program(FlowId),
    /// Give this call whom that leg talks to: the leg is of another call, which is ordered to [`CallOrder::Release`] it. The
    /// partner's events come here from then on. → `Adopted`
    Adopt { leg: LegId },
    /// Where is the device of this leg, once it has come back as a new page: registered over another connection, and not in the
    /// leg's session any more? Open until then; cancelled when nobody waits any more. → `Back`
    Return { leg: LegId },
}

/// What rules are asked with when a caller comes to a queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulesRequest {
    /// Where the flow leads them.
    pub queue: QueueId,
    /// What they keyed or said, by the names under which the flow keeps it.
    pub entered: BTreeMap<String, Pii<String>>,
    /// Everything that they said, in their order.
    pub said: Option<Pii<String>>,
}

/// What rules say of a caller. Nothing said: as the flow has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRuling {
    pub queue: Option<QueueId>,
    /// In place of the flow's own.
    pub priority: Option<Priority>,
    /// Said in place of the queue's welcome.
    pub greeting: Option<String>,
}

/// For a flow that wants to know what a caller says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Listening {
    /// From now on; what was said before is forgotten. → `Recording`; `Failed`: nobody here understands this language
    Begin(Language),
    /// It is said. What was over before `since` is no part of it. → `Heard`; `Failed`: nobody understood anything
    Hear { language: Language, since: Timestamp },
}

/// What becomes of a prompt that somebody speaks into a telephone. The house knows which prompt it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dictation {
    /// Listen from now on; what was spoken before is forgotten. → `Recording`
    Begin,
    /// It is spoken to its end. → `Spoken`, as callers would hear it; `Failed`: there is nothing to hear in it
    Hear,
    /// Callers are to hear it from now on. → `Done`
    Keep,
    /// Forget it. → `Done`
    Discard,
}

/// What an agent does with messages that callers left for their queues. The house knows whose they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mailbox {
    /// Give them the next one: it is theirs from then on. → `LeftMessage`; `Done`: there is none, or no more
    Next,
    /// It was heard, and needs nothing else. → `Done`; `Failed`: something has to be said about it first
    Close,
    /// Call whoever left it, once this call is over. → `Done`; `Failed`: nobody can be called there
    CallBack,
}

/// A code that somebody has typed, and what they want.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosingWish {
    pub code: Pii<String>,
    /// From which number.
    pub caller: Pii<String>,
    /// One of our numbers, in its digits; `None`: all of them.
    pub number: Option<String>,
    /// Close, or open; `None`: only look.
    pub close: Option<bool>,
}

/// How the centre stands towards a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closing {
    /// The code is right, and callers are served.
    Open,
    /// It is right, and callers are told that we are closed.
    Closed,
    /// It is right, and it closes no such number.
    NoNumber,
    Wrong,
    /// Too many were wrong: not even the right one counts now.
    Later,
}

/// How opening hours stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpenState {
    Open,
    Closed,
    /// By its name.
    Holiday(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Empty: nobody there.
    Destinations(Vec<Destination>),
    /// The same, where it matters how each is rung.
    Devices(Vec<Device>),
    Spoken(Spoken),
    /// `Served`: the agent's leg is bridged, by a [`CallOrder::Offer`] that ended with `Accepted`.
    LeftQueue(WorkOutcome),
    Place(Place),
    Ruled(CallRuling),
    /// In words.
    Heard(Pii<String>),
    /// The call is being recorded.
    Recording,
    /// What is said of a message, and its sound on media's shelf; `None`: it cannot be heard now.
    LeftMessage {
        words: Pii<String>,
        sound: Option<PromptRef>,
    },
    /// An agent, a queue, a flow, a number outside, or an extension that is nobody's.
    To(TransferTo),
    /// Why not: `Unreachable` (there is nobody of that name) or `Forbidden`.
    NotTo(TransferOutcome),
    /// Why the agent did not take it, or was not even rung: `Busy` with work in hand, `Unreachable` when not signed in.
    AgentRefused(OfferOutcome),
    /// The JSON text of a flow.
    Program(String),
    Hours(OpenState),
    /// Signaling has an answered leg of this id, and its events come to the asker. Media knows nothing of it.
    Adopted {
        leg: LegId,
        interface: InterfaceId,
        profile: Profile,
        /// Whose telephone it is.
        agent: Option<AgentId>,
    },
    /// The device is back, and reached here.
    Back(Destination),
    /// It is done.
    Done,
    /// It is written down; nobody is called before this.
    CallsLater(Opening),
    Closing(Closing),
    Failed,
}

/// When it is open again, by the clock of the house that is closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    pub day: OpeningDay,
    /// `2026-11-23`
    pub date: String,
    /// `09:00`
    pub time: String,
}

/// As seen from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpeningDay {
    Today,
    Tomorrow,
    Later,
}

/// A synthesised text on media's shelf.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spoken {
    pub prompt: PromptRef,
    pub duration: Duration,
}

/// A work item that asks for an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkRequest {
    pub work_item: WorkItemId,
    pub queue: QueueId,
    pub priority: Priority,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// 1: next to be served.
    pub position: u32,
    /// How long it will be at the most, in four cases of five; never later than was said before. `None`: too little is known.
    pub wait: Option<Duration>,
}

/// Where somebody who waits in a queue wants to be called back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallBackRequest {
    /// Theirs, in the queue.
    pub work_item: WorkItemId,
    /// Of their flow, in minutes of waiting.
    pub priority: Priority,
    pub number: Pii<String>,
    /// It is the one they call from; they did not type it.
    pub own: bool,
}

/// A command to a running call that wants a reply ([`Outcome`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallOrder {
    /// Ring all devices of this agent for the waiting caller; the first that answers is bridged. Or, if the work item is that of
    /// a [`Question::Agent`] of this call, for whoever sought the agent. → `Outcome::Offer`
    Offer(OfferOrder),
    /// The same, to an agent whose telephone is at the door: it is connected, and nothing rings. The leg is the call's from then
    /// on; refused, it is hung up. → `Outcome::Offer`
    Connect(OfferOrder, Arrival),
    /// Stop ringing for this offer. Its order ends with `Superseded`, unless it has just been accepted. → `Outcome::Done`
    WithdrawOffer(OfferId),
    /// End the call. → `Outcome::Done`
    Hangup,
    /// Pass the contact on, ask somebody, or let somebody join. → `Done` when it has begun; `TransferEnded` tells the rest
    Transfer(TransferOrder),
    /// The agent who consults leaves: contact and target talk. Before the target has answered it becomes a blind transfer.
    /// → `Done`
    CompleteTransfer { by: AgentId },
    /// The target is let go, the agent talks to the contact again; also takes back a blind transfer nobody has answered yet.
    /// → `Done`
    ReturnToContact { by: AgentId },
    /// Contact, agent and target talk with each other. → `Done`
    MergeConsultation { by: AgentId },
    /// Those the agent talks to hear music and are not heard, or talk to him again. → `Done`
    Hold { by: AgentId, on: bool },
    /// Nobody hears the agent. → `Done`
    Mute { by: AgentId, on: bool },
    /// The agent leaves a talk of three or more, which goes on. → `Done`
    Leave { by: AgentId },
    /// Those the agent talks to get these keys. → `Done`
    PressKeys { by: AgentId, keys: Pii<Vec<Digit>> },
    /// → `Done` when the supervisor's phones are being rung, or the mode is changed; `Supervised` and `SupervisionEnded` tell the rest
    Supervise(SuperviseOrder),
    /// → `Done`
    StopSupervising { supervisor: AgentId },
    /// The supervisor takes the place of the agent, who leaves. → `Done`
    TakeOver { supervisor: AgentId },
    /// The contact hears music until somebody retrieves it; the agent is free. After a while it is brought back to the agent,
    /// then to its queue. → `Done`
    Park { by: AgentId },
    /// Bring the parked contact to this agent, by [`Question::Agent`]. → `Done` when it has begun
    Retrieve { by: AgentId },
    /// The agent takes the place of whoever talks at this leg (RFC 3891), by [`Question::Agent`]. → `Done` when it has begun, or
    /// `RingsFor`
    TakeUp { by: AgentId, leg: LegId },
    /// Another call takes over whom this leg talks to: let that leg go without hanging it up, end the rest.
    /// → `Outcome::Released`
    Release { leg: LegId },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferOrder {
    pub offer: OfferId,
    pub work_item: WorkItemId,
    pub agent: AgentId,
    pub queue: QueueId,
    /// The agent's devices.
    pub target: Target,
    /// How long it may ring.
    pub ring_for: Duration,
}

/// A leg that came in and is not answered: of an agent who wants to be connected to a call that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    pub leg: LegId,
    pub interface: InterfaceId,
    pub profile: Profile,
    /// `None`: it wants an offer of ours.
    pub offer: Option<Sdp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Offer(OfferOutcome),
    Done,
    /// This leg is not ours any more: its media is being closed, signaling still has it.
    Released {
        leg: LegId,
        interface: InterfaceId,
        profile: Profile,
        /// As whose device it was dialled.
        extension: Option<String>,
    },
    /// Nobody talks there yet: it rings, for an offer to this agent. Routing may give that to somebody else.
    RingsFor(AgentId),
    /// The call is in no state for it; the reason is a sentence for a person.
    Refused(String),
}

/// How an offer ended. Every offer ends once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferOutcome {
    Accepted,
    Declined,
    NoAnswer,
    Busy,
    /// No device registered, or none could be reached.
    Unreachable,
    CallerLeft,
    /// Withdrawn by routing: supervisor, sign-out, a lost race.
    Superseded,
    Failed,
}

impl OfferOutcome {
    pub const fn as_str(self) -> &'static str {
        match self {
            OfferOutcome::Accepted => "accepted",
            OfferOutcome::Declined => "declined",
            OfferOutcome::NoAnswer => "no_answer",
            OfferOutcome::Busy => "busy",
            OfferOutcome::Unreachable => "unreachable",
            OfferOutcome::CallerLeft => "caller_left",
            OfferOutcome::Superseded => "superseded",
            OfferOutcome::Failed => "failed",
        }
    }
}

/// How a dialled target ended, for the flow step `dial`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DialOutcome {
    /// They talked, and the dialled side hung up; the caller is still there.
    Talked,
    Busy,
    NoAnswer,
    Declined,
    Unreachable,
    Failed,
}

/// What the flow wants dialled and bridged with the caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DialRequest {
    /// They ring together; the first that answers is bridged.
    pub targets: Vec<Target>,
    /// Shown to the called side; `None`: the caller's own number.
    pub from: Option<Party>,
    pub ring_for: Duration,
}
