//! The machine on a virtual clock, against scripted neighbours and against itself.

mod driver;
mod forged;
mod guessing;
mod hostile;
mod incoming;
mod inside;
mod large;
mod outgoing;
mod outside;
mod pair;
mod phones;
mod proof;
mod trunk_calls;
mod trunk_registration;
