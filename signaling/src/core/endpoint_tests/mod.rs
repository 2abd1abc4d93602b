//! The machine on a virtual clock, against scripted neighbours and against itself.

mod browser;
mod driver;
mod forged;
mod guessing;
mod guests;
mod hostile;
mod incoming;
mod inside;
mod keys;
mod large;
mod outgoing;
mod outside;
mod pair;
mod phones;
mod proof;
mod refer;
mod refused;
mod subscriptions;
mod trunk_calls;
mod trunk_identity;
mod trunk_lines;
mod trunk_registration;
