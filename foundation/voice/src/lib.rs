//! The words of telephony that cross rooms: legs, what a leg hears, digits, causes, questions, call events.
//!
//! `signaling` turns SIP into [`LegEvent`]s and [`LegCommand`]s into SIP; `media` answers [`MediaCommand`]s with
//! [`MediaEvent`]s; `call-control` and `ivr` speak only these words. Session descriptions travel as bytes
//! ([`Sdp`]): only `media` reads them. Sound never travels here, but for the copies of a [`tap`].
//!
//! Reading order: [`address`], [`cause`], [`digit`], [`leg`], [`line`], [`media`], [`tap`], [`transfer`], [`supervise`],
//! [`ask`], [`event`].

pub mod address;
pub mod ask;
pub mod cause;
pub mod digit;
pub mod event;
pub mod leg;
pub mod line;
pub mod media;
pub mod supervise;
pub mod tap;
pub mod transfer;

pub use address::{Accept, Destination, Device, InterfaceId, LegId, Origin, Party, Target};
pub use ask::{
    Answer, Arrival, CallBackRequest, CallOrder, CallRuling, Closing, ClosingWish, DialOutcome, DialRequest, Dictation,
    Listening, Mailbox, OfferOrder, OfferOutcome, OpenState, Opening, OpeningDay, Outcome, Place, Question,
    RulesRequest, Spoken, WorkRequest,
};
pub use cause::Cause;
pub use digit::{Digit, DigitSource};
pub use event::{CallEvent, Discard, EndedBy, MessageEnd};
pub use leg::{Dial, IncomingCall, LegCommand, LegEvent, Sdp};
pub use line::{DtmfMode, LineSound, Profile, SrtpPolicy};
pub use media::{LegQuality, MUSIC, MediaCommand, MediaEvent, PlayEnd, PlayId, PromptRef, RINGBACK, Refusal, TONE};
pub use supervise::{SuperviseOrder, SupervisionMode};
pub use tap::{Coding, Tapped, Track};
pub use transfer::{AgentRequest, TransferMode, TransferOrder, TransferOutcome, TransferTo};
