//! The room with real sockets on the loopback, spoken to by clients that write SIP by hand.

mod calls;
mod digest;
mod hostile;
mod peer;
mod room;
mod sipp;
mod transports;
