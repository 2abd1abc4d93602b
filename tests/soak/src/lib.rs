//! The server that users run, for a long time, under people and machines that do everything wrong; and the proof, from
//! outside, that nothing of it is left: no stuck agent, no open leg, no second on nobody's account, no memory.
//!
//! Nothing here knows the rooms. Telephones write SIP as text ([`handset`]) and RTP as bytes ([`studio`]), people use the
//! API; only the centre's people and queues are made through `operations`, before the server starts ([`house`]).
//! Everything that is random comes from one seed ([`dice`]): it is printed, and given again it throws the same dice. What
//! the machine makes of them is not the same twice, because sockets and threads are real.
//!
//! Reading order: [`house`], [`handset`], [`studio`], [`ledger`] (what the telephones saw), [`load`] (callers, agents,
//! supervisor), [`faults`] (what is done to the server), [`soak`] (a run), [`many`] (short calls, for the memory), [`audit`]
//! (the invariants), [`rest`] (asked of the store itself), [`vitals`] (memory and files), [`noise`], [`siege`] and [`flood`], [`report`].

pub mod audit;
pub mod dice;
pub mod faults;
pub mod flood;
pub mod handset;
pub mod house;
pub mod ledger;
pub mod load;
pub mod many;
pub mod noise;
mod postgres;
pub mod report;
pub mod rest;
pub mod siege;
pub mod soak;
pub mod studio;
pub mod vitals;
