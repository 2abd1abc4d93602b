//! What happened in a call, in the words of the contact centre.

use ringdesk_model::{
    AgentId, FlowId, InboxId, OfferId, Pii, QueueId, RecordingId, TransferId, WorkItemId, WorkOutcome,
};
use serde::{Deserialize, Serialize};

/// One fact of a call's life. The call sheet and the timeline are folded from these, in the order they were written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum CallFact {
    Started {
        from: Pii<String>,
        to: Pii<String>,
        inbox: Option<InboxId>,
    },
    Answered,
    StepEntered {
        step: String,
        kind: String,
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
    },
    /// `outcome` in the words of the API: `accepted`, `declined`, `no_answer` …
    OfferEnded {
        offer: OfferId,
        agent: AgentId,
        outcome: String,
    },
    /// This agent, and nobody else, is asked for: by a colleague, or by themselves to call out. It waits in no queue.
    Sought {
        work_item: WorkItemId,
        agent: AgentId,
        queue: QueueId,
    },
    /// `outcome`: `served`, or as an offer's.
    SoughtEnded {
        work_item: WorkItemId,
        outcome: String,
    },
    /// An agent is asked by the colleague who talks with the contact; the contact does not hear it. `by`: that colleague.
    AgentConsulted {
        offer: OfferId,
        agent: AgentId,
        queue: Option<QueueId>,
        by: Option<AgentId>,
    },
    /// They talk with the contact.
    AgentJoined {
        offer: OfferId,
        agent: AgentId,
        queue: Option<QueueId>,
    },
    AgentLeft {
        agent: AgentId,
    },
    /// Somebody who was dialled for the caller, outside of any queue, talks with them.
    CalleeJoined,
    CalleeLeft,
    /// Those whom the agent talks with hear music. `None`: the contact, or who was dialled for them, put us on hold.
    Held {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<AgentId>,
    },
    Resumed {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<AgentId>,
    },
    /// Nobody hears the agent, by their own wish.
    Muted {
        agent: AgentId,
    },
    Unmuted {
        agent: AgentId,
    },
    /// Somebody passes the contact on, asks somebody, or lets somebody join. `mode`: `blind`, `consult`, `join`.
    Transferring {
        transfer: TransferId,
        by: Option<AgentId>,
        target: TransferTarget,
        mode: String,
        reason: Option<Pii<String>>,
    },
    /// `outcome`: `completed`, `declined`, `no_answer`, `returned` …; `agent`: who took it, where it was an agent.
    TransferEnded {
        transfer: TransferId,
        outcome: String,
        waited_ms: u64,
        agent: Option<AgentId>,
    },
    /// A supervisor is in the call, or changed the mode: `listen`, `whisper`, `barge`.
    Supervised {
        supervisor: AgentId,
        of: AgentId,
        mode: String,
    },
    /// `failed`: why the supervisor's telephone did not come in.
    SupervisionEnded {
        supervisor: AgentId,
        of: AgentId,
        failed: Option<String>,
    },
    /// The agent's browser is lost in the middle of the talk, and waited for.
    AgentLost {
        agent: AgentId,
    },
    /// And is back.
    AgentBack {
        agent: AgentId,
    },
    /// And is not; they have left.
    AgentGone {
        agent: AgentId,
    },
    /// The contact waits with music for somebody to retrieve it.
    Parked {
        agent: AgentId,
    },
    Retrieved {
        agent: AgentId,
    },
    /// The caller heard the tone and speaks. What a crash leaves of it is a message all the same.
    VoicemailBegun {
        /// As in `Voicemail`.
        recording: Option<RecordingId>,
        from_ms: i64,
        /// A shorter one is no message.
        min_ms: u64,
        queue: Option<QueueId>,
    },
    /// What the caller spoke was no message. `reason`: `too_short`, `silent`.
    VoicemailDiscarded {
        duration_ms: u64,
        reason: String,
    },
    /// The caller left a message; the conversation stays open after the call.
    Voicemail {
        duration_ms: u64,
        /// Where it is heard; `None`: it could not be kept, and the caller does not know.
        recording: Option<RecordingId>,
        /// Its place in that recording.
        from_ms: i64,
        to_ms: i64,
        /// Whose agents are to hear of it.
        queue: Option<QueueId>,
        /// What ended it: `key`, `silence`, `length`, `hang_up`, `server_crash`.
        #[serde(default)]
        end: String,
    },
    /// The caller was asked how satisfied they are, and pressed 1 to 5; `None`: nothing of that.
    Rated {
        stars: Option<u8>,
    },
    /// Figures of one party's sound, when their connection is over.
    Sound {
        party: SoundParty,
        figures: SoundFigures,
    },
    /// A connection sounds badly: figures of its last seconds. `one_way`: nothing comes from it, though it should.
    SoundPoor {
        party: SoundParty,
        one_way: bool,
        figures: SoundFigures,
    },
    SoundRecovered {
        party: SoundParty,
        figures: SoundFigures,
    },
    /// The last fact. `cause`: `normal`, `cancelled` …; `by`: `caller`, `agent`, `flow`, `system` …
    Ended {
        cause: String,
        by: String,
    },
}

/// Whom a transfer is meant for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum TransferTarget {
    Agent { agent: AgentId },
    Supervisor,
    Queue { queue: QueueId },
    Flow { flow: FlowId },
    Number { number: Pii<String> },
    Extension { number: Pii<String> },
}

impl TransferTarget {
    pub const fn kind(&self) -> &'static str {
        match self {
            TransferTarget::Agent { .. } => "agent",
            TransferTarget::Supervisor => "supervisor",
            TransferTarget::Queue { .. } => "queue",
            TransferTarget::Flow { .. } => "flow",
            TransferTarget::Number { .. } => "number",
            TransferTarget::Extension { .. } => "extension",
        }
    }
}

/// Whose sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "who")]
pub enum SoundParty {
    Caller,
    Agent { agent: AgentId },
    Callee,
}

/// How good a connection was: of what we received, unless said otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SoundFigures {
    pub codec: Option<String>,
    pub received_packets: u64,
    pub sent_packets: u64,
    pub lost_packets: u64,
    /// RFC 3550 §6.4.1.
    pub jitter_us: u64,
    pub round_trip_us: Option<u64>,
    /// Of what we sent, as the other side reports it, in millionths.
    pub remote_loss_ppm: Option<u64>,
    /// E-model estimate (G.107), in hundredths: 100 to 450.
    pub mos_hundredths: Option<u16>,
    /// The lowest of a few seconds.
    pub lowest_mos_hundredths: Option<u16>,
}

impl CallFact {
    /// The name under which the journal keeps it.
    pub const fn kind(&self) -> &'static str {
        match self {
            CallFact::Started { .. } => "started",
            CallFact::Answered => "answered",
            CallFact::StepEntered { .. } => "step_entered",
            CallFact::Queued { .. } => "queued",
            CallFact::LeftQueue { .. } => "left_queue",
            CallFact::Offered { .. } => "offered",
            CallFact::OfferEnded { .. } => "offer_ended",
            CallFact::Sought { .. } => "sought",
            CallFact::SoughtEnded { .. } => "sought_ended",
            CallFact::AgentConsulted { .. } => "agent_consulted",
            CallFact::AgentJoined { .. } => "agent_joined",
            CallFact::AgentLeft { .. } => "agent_left",
            CallFact::CalleeJoined => "callee_joined",
            CallFact::CalleeLeft => "callee_left",
            CallFact::Sound { .. } => "sound",
            CallFact::SoundPoor { .. } => "sound_poor",
            CallFact::SoundRecovered { .. } => "sound_recovered",
            CallFact::Voicemail { .. } => "voicemail",
            CallFact::VoicemailBegun { .. } => "voicemail_begun",
            CallFact::VoicemailDiscarded { .. } => "voicemail_discarded",
            CallFact::Rated { .. } => "rated",
            CallFact::Held { .. } => "held",
            CallFact::Resumed { .. } => "resumed",
            CallFact::Muted { .. } => "muted",
            CallFact::Unmuted { .. } => "unmuted",
            CallFact::Transferring { .. } => "transferring",
            CallFact::TransferEnded { .. } => "transfer_ended",
            CallFact::Supervised { .. } => "supervised",
            CallFact::SupervisionEnded { .. } => "supervision_ended",
            CallFact::AgentLost { .. } => "agent_reconnecting",
            CallFact::AgentBack { .. } => "agent_reconnected",
            CallFact::AgentGone { .. } => "agent_not_reconnected",
            CallFact::Parked { .. } => "parked",
            CallFact::Retrieved { .. } => "retrieved",
            CallFact::Ended { .. } => "ended",
        }
    }
}
