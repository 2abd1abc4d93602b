//! All sockets of the room, and the task that owns the core.
//!
//! A message's way in: [`udp`] or [`tcp`] → [`stream`] (framing, deadlines) → [`sources`] and [`budget`] (who may send
//! how much, with the live [`dialogs`] before all others; who is limited stands in [`limits`]) → [`inlet`] → [`driver`] →
//! the core. Its way out: the core → [`driver`] → [`outbound`] → a UDP socket, or a connection's bounded buffer in
//! [`streams`]. [`house`] is the way to whoever listens to the room, [`handle`] the way back.
//!
//! TLS is [`tcp`] with a handshake, by what [`secure`] says. A further transport is a sibling of [`tcp`]: a listener that
//! makes pairs of byte streams and hands them to [`stream`] under its own [`crate::core::input::Transport`]. [`web`] is one
//! without a listener: browsers come in by HTTP.

mod access;
mod budget;
mod counters;
mod dialogs;
mod dns;
mod driver;
mod handle;
mod house;
mod inlet;
mod lag;
mod limits;
mod open;
mod outbound;
mod secure;
mod sources;
mod stream;
mod streams;
pub mod stun;
mod tcp;
mod udp;
mod web;

pub use counters::Counters;
pub use handle::{SignalingHandle, Snapshot};
pub use house::SignalingEvent;
pub use limits::{Limit, Limited};
pub use open::{BoundInterface, OpenError, Signaling, open, open_secured, outward};
pub use secure::Security;
pub use web::{Visitor, WebPlace};
