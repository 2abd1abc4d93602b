//! Whatever arrives: it is answered as the RFCs say or dropped and counted, costs what it may cost, and others are
//! served meanwhile.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "what a test needs must be there, the clock of the machine too"
)]

#[path = "hostile/attacks.rs"]
mod attacks;
#[path = "hostile/bare.rs"]
mod bare;
#[path = "hostile/corpus.rs"]
mod corpus;
#[path = "hostile/floods.rs"]
mod floods;
#[path = "hostile/framing.rs"]
mod framing;
#[path = "hostile/injection.rs"]
mod injection;
#[path = "hostile/machine.rs"]
mod machine;
#[path = "hostile/mutation.rs"]
mod mutation;
#[path = "hostile/peer.rs"]
mod peer;
#[path = "hostile/reading.rs"]
mod reading;
#[path = "hostile/real_time.rs"]
mod real_time;
#[path = "hostile/registrations.rs"]
mod registrations;
#[path = "hostile/sessions.rs"]
mod sessions;
#[path = "hostile/sound.rs"]
mod sound;
#[path = "hostile/studio.rs"]
mod studio;
#[path = "hostile/tcp_floods.rs"]
mod tcp_floods;
#[path = "hostile/torture.rs"]
mod torture;
