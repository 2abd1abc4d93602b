//! Why a leg ended. Mapped to and from SIP in signaling only.

use serde::{Deserialize, Serialize};

/// Hang-up cause. The number in brackets is the Q.850 cause it is closest to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Normal clearing (16).
    Normal,
    /// The caller gave up before an answer (16, CANCEL).
    Cancelled,
    /// Another device of the same offer answered first (RFC 3326: `Reason: SIP;cause=200`).
    AnsweredElsewhere,
    /// User busy (17).
    Busy,
    /// Rang, nobody answered (19).
    NoAnswer,
    /// Rejected by the person (21).
    Declined,
    /// No such number (1).
    NotFound,
    /// Registered nowhere, or gone (20).
    Unreachable,
    /// Not allowed to call there (57).
    Forbidden,
    /// No codec in common (88).
    NotAcceptable,
    /// No room: limits, drain, overload (42).
    Congestion,
    /// The other side's fault: a 5xx, a broken dialog (41).
    RemoteFailure,
    /// No answer on the signaling path: lost ACK, lost BYE, session timer, dead connection (102).
    SignalingTimeout,
    /// No sound for too long (102).
    MediaTimeout,
    /// A fault of ours (41).
    InternalFailure,
    /// The server was stopped or died under the call.
    Shutdown,
}

impl Cause {
    pub const fn as_str(self) -> &'static str {
        match self {
            Cause::Normal => "normal",
            Cause::Cancelled => "cancelled",
            Cause::AnsweredElsewhere => "answered_elsewhere",
            Cause::Busy => "busy",
            Cause::NoAnswer => "no_answer",
            Cause::Declined => "declined",
            Cause::NotFound => "not_found",
            Cause::Unreachable => "unreachable",
            Cause::Forbidden => "forbidden",
            Cause::NotAcceptable => "not_acceptable",
            Cause::Congestion => "congestion",
            Cause::RemoteFailure => "remote_failure",
            Cause::SignalingTimeout => "signaling_timeout",
            Cause::MediaTimeout => "media_timeout",
            Cause::InternalFailure => "internal_failure",
            Cause::Shutdown => "shutdown",
        }
    }
}
