//! Channels of text: how a message of another system becomes ours, and ours one of theirs.
//!
//! A connector checks who speaks ([`webhook`]), reads what was said ([`inbound`]), says what its channel can ([`capabilities`]),
//! and hands over what leaves ([`outbound`], which tells apart what was refused, what may be tried again, and what nobody knows).
//! It keeps nothing: what came in and what is to leave are rows, and what becomes of them is others' business. It knows no queue,
//! no agent and no conversation but by its id.
//!
//! The first one is the API channel: any program that signs what it sends and takes what it is sent (docs/channels.md). The second are
//! web sites, whose visitors' pages speak over a socket ([`web`]). Another
//! channel is another reading of [`inbound`] and another writing of [`outbound`]; `tests/conformance.rs` is what each has to pass.
//!
//! Reading order: [`capabilities`], [`webhook`] (signatures), [`inbound`], [`outbound`], [`web`], [`guard`] (which addresses are asked at all).

pub mod capabilities;
pub mod guard;
pub mod inbound;
pub mod outbound;
pub mod web;
pub mod webhook;

pub use capabilities::Capabilities;
pub use guard::Guard;
pub use inbound::{Inbound, Receipt, Unreadable, Word};
pub use outbound::{Carrier, Outbound, Sent};
pub use webhook::{Rejected, Signed};
