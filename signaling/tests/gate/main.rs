//! The room with real sockets on the loopback, spoken to by clients that write SIP by hand.

#![allow(clippy::unwrap_used, reason = "what a test needs must be there")]

mod calls;
mod digest;
mod hostile;
mod limits;
mod log;
mod operator;
mod peer;
mod room;
mod sipp;
mod tls;
mod transports;
