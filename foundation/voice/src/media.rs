//! What `media` does for a leg and what it reports. Every command of a call goes to the same shard, in order.

use crate::{Digit, DigitSource, InterfaceId, LegId, Profile, Sdp};
use ringdesk_model::Pii;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// A prompt on media's shelf: a recorded system prompt (`queue.position`), a synthesised text, music.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PromptRef(pub Arc<str>);

impl PromptRef {
    pub fn new(name: &str) -> Self {
        PromptRef(name.into())
    }
}

/// Hold music, on media's shelf in no language.
pub const MUSIC: &str = "music";
/// What a caller hears while somebody is rung for them, on media's shelf in no language.
pub const RINGBACK: &str = "ringback";
/// After which a caller leaves a message, on media's shelf in no language.
pub const TONE: &str = "tone";

/// One playing of a list of prompts to one leg. Given by the machine that asks for it, unique within its call: the flow
/// counts up from 0, the call itself down from the highest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlayId(pub u32);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaCommand {
    /// Answer this offer, opening the leg's media where it is not open yet. → `Negotiated` or `Refused`.
    /// `profile`: how its sound travels; an open leg keeps the one it was opened with.
    /// `prefer`: the leg whose codec to choose when the offer allows it, so that the bridge needs no conversion.
    AnswerOffer { leg: LegId, interface: InterfaceId, profile: Profile, offer: Sdp, prefer: Option<LegId> },
    /// Make an offer, opening the leg's media where it is not open yet. → `Offer`.
    MakeOffer { leg: LegId, interface: InterfaceId, profile: Profile, prefer: Option<LegId> },
    /// Take the other side's answer to our offer. → `Negotiated` (without a description) or `Refused`.
    TakeAnswer { leg: LegId, answer: Sdp },
    /// The leg hears these legs from now on; none: silence. A playing prompt goes before them until it ends.
    Hear { leg: LegId, legs: Vec<LegId> },
    /// Play to the leg, one prompt after the other. Replaces what was playing. → one `Played`.
    /// `repeat`: start again at the end, until stopped.
    Play { leg: LegId, play: PlayId, prompts: Vec<PromptRef>, repeat: bool },
    /// Stop this playing, if it still is the one. → its `Played`.
    StopPlay { leg: LegId, play: PlayId },
    /// The leg hears itself: the echo test.
    Echo { leg: LegId },
    /// Report from now on whether somebody speaks on the leg, or do not any more. → `Talk` at every change, and once at
    /// the beginning.
    Attend { leg: LegId, on: bool },
    /// What this leg says from now on is said aside, or no longer: nobody who records or listens along gets a copy. Who hears
    /// it in the call is not changed.
    Aside { leg: LegId, on: bool },
    /// Press these keys for the party of this leg, one after the other, each for a tenth of a second: by RFC 4733, or as sound
    /// where its line wants that or it knows no telephone-event.
    Press { leg: LegId, keys: Pii<Vec<Digit>> },
    /// Close the leg's media. → `Closed` with the final figures. Ports rest before they are used again.
    Close { leg: LegId },
}

impl MediaCommand {
    pub fn leg(&self) -> LegId {
        match self {
            MediaCommand::AnswerOffer { leg, .. }
            | MediaCommand::MakeOffer { leg, .. }
            | MediaCommand::TakeAnswer { leg, .. }
            | MediaCommand::Hear { leg, .. }
            | MediaCommand::Play { leg, .. }
            | MediaCommand::StopPlay { leg, .. }
            | MediaCommand::Echo { leg }
            | MediaCommand::Attend { leg, .. }
            | MediaCommand::Aside { leg, .. }
            | MediaCommand::Press { leg, .. }
            | MediaCommand::Close { leg } => *leg,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaEvent {
    /// Our description for the other side: answer to `AnswerOffer`. `None` after `TakeAnswer`.
    /// `held`: the other side does not want to hear us (`sendonly`, `inactive` or `c=0.0.0.0`).
    Negotiated {
        leg: LegId,
        answer: Option<Sdp>,
        held: bool,
    },
    Offer {
        leg: LegId,
        offer: Sdp,
    },
    /// The description could not be used. An open leg goes on as it was.
    Refused {
        leg: LegId,
        why: Refusal,
    },
    /// A key, reported once, when it is released or after its longest plausible duration.
    Digit {
        leg: LegId,
        digit: Digit,
        duration: Duration,
        source: DigitSource,
    },
    Played {
        leg: LegId,
        play: PlayId,
        end: PlayEnd,
    },
    /// The first RTP packet arrived, or the first after a `Silent`.
    Flowing {
        leg: LegId,
    },
    /// No RTP for this long, on a leg that is neither held nor muted by its own wish. Reported once per silence.
    Silent {
        leg: LegId,
        lasted: Duration,
    },
    /// Somebody began to speak on an attended leg, or has been quiet for half a second.
    Talk {
        leg: LegId,
        talking: bool,
    },
    /// How the leg sounded since the last one; every few seconds once a description was agreed on.
    /// `one_way`: nothing arrives, though it should.
    Quality {
        leg: LegId,
        quality: LegQuality,
        one_way: bool,
    },
    Closed {
        leg: LegId,
        quality: LegQuality,
    },
}

impl MediaEvent {
    pub fn leg(&self) -> LegId {
        match self {
            MediaEvent::Negotiated { leg, .. }
            | MediaEvent::Offer { leg, .. }
            | MediaEvent::Refused { leg, .. }
            | MediaEvent::Digit { leg, .. }
            | MediaEvent::Played { leg, .. }
            | MediaEvent::Flowing { leg }
            | MediaEvent::Silent { leg, .. }
            | MediaEvent::Talk { leg, .. }
            | MediaEvent::Quality { leg, .. }
            | MediaEvent::Closed { leg, .. } => *leg,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlayEnd {
    /// To the last sample.
    Finished,
    /// Stopped, replaced, or the leg closed.
    Stopped,
    /// A prompt is not on the shelf; the rest was not played.
    Missing,
}

/// Why a description was refused. Signaling answers 488 to all but `NoPorts` (503) and `Malformed` (400).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    NoCommonCodec,
    /// No usable audio stream: only video, `m=image` (T.38), a closed port.
    NoAudio,
    Malformed,
    NoPorts,
    /// It must be encrypted and is not, or must not be, or the keys are of no use.
    Unsecured,
}

/// Figures of one leg's sound: from its opening to its end, or of the last seconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LegQuality {
    pub codec: Option<String>,
    pub received_packets: u64,
    pub sent_packets: u64,
    /// By sequence number (RFC 3550 A.3), of what the other side sent us.
    pub lost_packets: u64,
    /// Interarrival jitter (RFC 3550 §6.4.1), milliseconds.
    pub jitter_ms: f32,
    /// Fraction of our packets the other side missed, by its last receiver report; `None` without one.
    pub remote_loss: Option<f32>,
    /// From LSR/DLSR (RFC 3550 §6.4.1), milliseconds; `None` without a receiver report.
    pub rtt_ms: Option<f32>,
    /// E-model estimate (G.107, of wideband codecs G.107.1 on a scale of their own), 1.0 to 4.5; `None` when nothing was
    /// received.
    pub mos: Option<f32>,
    /// The lowest that it was for a few seconds, once the call is over.
    #[serde(default)]
    pub lowest_mos: Option<f32>,
}
