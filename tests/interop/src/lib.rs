//! What the interop tests and the demo call share: a scripted telephone, a ladder of what it saw, foreign telephones
//! (baresip, SIPp), and the server itself.
//!
//! The telephone writes SIP as plain text and knows nothing of `signaling`: a fault there cannot hide by being made twice.
//!
//! Reading order: [`phone`], [`sound`], [`relay`], [`ladder`], [`centre`], [`process`], [`baresip`], [`sipp`], [`browser`], [`between`], [`namespace`].

pub mod baresip;
pub mod between;
pub mod browser;
pub mod centre;
pub mod ladder;
pub mod namespace;
pub mod phone;
pub mod process;
pub mod relay;
pub mod sipp;
pub mod sound;

pub use baresip::Baresip;
pub use centre::{Centre, Login, PASSWORD};
pub use ladder::Ladder;
pub use phone::{Message, Phone};
pub use process::Process;
pub use relay::Relay;
pub use sipp::Sipp;
pub use sound::Sound;
