//! The machine on a virtual clock, against scripted neighbours and against itself.

mod driver;
mod hostile;
mod incoming;
mod inside;
mod outgoing;
mod outside;
mod pair;
mod phones;
