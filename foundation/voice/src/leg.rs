//! What happens on a leg and what may be done to it. `signaling` is the other side of both.

use crate::{Cause, Destination, Digit, InterfaceId, LegId, Origin, Party, Profile};
use bytes::Bytes;
use ringdesk_model::Pii;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// A session description (RFC 8866) as bytes; only `media` reads it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sdp(pub Bytes);

impl fmt::Debug for Sdp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sdp({} bytes)", self.0.len())
    }
}

impl From<Vec<u8>> for Sdp {
    fn from(bytes: Vec<u8>) -> Self {
        Sdp(bytes.into())
    }
}

/// A new call at the door. The leg exists from here on and ends with exactly one [`LegEvent::Ended`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IncomingCall {
    pub leg: LegId,
    pub from: Party,
    /// The number that was dialled.
    pub to: Party,
    pub origin: Origin,
    pub interface: InterfaceId,
    /// How its sound travels.
    pub profile: Profile,
    /// `None`: late offer, the caller wants ours (RFC 3264 §5).
    pub offer: Option<Sdp>,
    /// Ours may go out before the answer: the caller knows reliable provisional responses (RFC 3262).
    #[serde(default)]
    pub reliable: bool,
    /// It takes the place of this leg of ours (RFC 3891). Signaling has checked that it may.
    pub replaces: Option<LegId>,
    /// So many servers more it may pass (Max-Forwards, RFC 3261 §16.6): whom we call for it are told so, and a call that comes
    /// back to us in a ring ends with 483.
    pub hops: u8,
    /// Call-ID of the INVITE: for traces and for the CDR.
    pub sip_call_id: String,
}

/// Facts of one leg, in the order in which they happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegEvent {
    /// A leg dialled by us rings (180).
    Ringing,
    /// A leg dialled by us has early media (18x with a body). Of several forks the first is heard; when it is over, another one's
    /// description follows.
    Progress { answer: Sdp },
    /// A leg dialled by us was answered (2xx). `None`: an early answer already carried the description.
    Answered { answer: Option<Sdp> },
    /// Our 2xx was acknowledged. `answer`: the caller's answer to our late offer. Where that went out in a reliable 183
    /// ([`LegCommand::Progress`]) its PRACK comes here first, with the answer; then the ACK without.
    Confirmed { answer: Option<Sdp> },
    /// The other side wants to change the session (re-INVITE or UPDATE): hold, resume, new address or codec.
    /// To be answered with [`LegCommand::AcceptOffer`] or [`LegCommand::RefuseOffer`]. `None`: it wants our offer.
    Offered { offer: Option<Sdp> },
    /// Our [`LegCommand::Reoffer`] was answered.
    ReofferAccepted { answer: Sdp },
    /// Our [`LegCommand::Reoffer`] was refused; the session stays as it was.
    ReofferRefused { status: u16 },
    /// A key by SIP INFO. Keys in RTP arrive as [`crate::MediaEvent::Digit`].
    Digit { digit: Digit, duration: Option<Duration> },
    /// The party wants whom it talks to to talk to somebody else (REFER, RFC 5589); a 202 was sent. `to`: what was dialled, a user
    /// part or a whole URI. `replaces`: the leg of ours that it has to that party already.
    /// To be answered with [`LegCommand::TransferProgress`].
    TransferAsked { to: Pii<String>, replaces: Option<LegId> },
    /// The browser's connection is gone: nothing can be told to it. Its sound may go on, and the call with it, should it come back.
    FlowLost,
    /// It is back over another connection.
    FlowBack,
    /// The leg is over. Always the last event, always exactly one, whoever ended it.
    Ended { cause: Cause, status: Option<u16> },
}

/// Dial a new leg. Give the leg id yourself; events of that leg follow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dial {
    pub to: Destination,
    /// Shown to the called side.
    pub from: Party,
    pub offer: Sdp,
    /// Extra header fields, name and value: `Alert-Info`, `X-Ringdesk-Call` …
    pub headers: Vec<(String, Pii<String>)>,
}

/// What may be done to a leg. A command that the leg's state does not allow is counted and ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegCommand {
    Dial(Box<Dial>),
    /// Tell the caller it rings (180).
    Ring,
    /// Early media (183 with a body). To a caller without an offer it is ours, where a reliable one can carry it; once that is answered
    /// neither later ones nor the 200 repeat it (RFC 3262 §5).
    Progress {
        answer: Sdp,
    },
    /// Answer the caller (200). After [`LegCommand::Progress`] the same description is repeated.
    /// For a late offer this is our offer.
    Answer {
        sdp: Sdp,
    },
    AcceptOffer {
        answer: Sdp,
    },
    /// 488, or 491 where both sides offered at once.
    RefuseOffer {
        status: u16,
    },
    /// Re-INVITE with this offer. Signaling retries glare (491) itself.
    Reoffer {
        offer: Sdp,
    },
    /// How a transfer that this leg asked for stands (NOTIFY with `message/sipfrag`): the status line of the target. From 200 on it
    /// is the last one.
    TransferProgress {
        status: u16,
    },
    /// Press these keys for the other side by SIP INFO, one after the other. Lines that take keys in their sound are told by
    /// [`crate::MediaCommand::Press`].
    Press {
        keys: Pii<Vec<Digit>>,
    },
    /// End the leg in the way its state wants: final response, CANCEL or BYE. [`LegEvent::Ended`] follows.
    Hangup {
        cause: Cause,
    },
}
