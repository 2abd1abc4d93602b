//! Whole calls on the virtual clock: a call's desk and an account's desk joined by rooms that do as they are told.
//!
//! Nothing here touches a socket, a database or a real clock, and this crate builds without any of them. The trace of
//! each call is a ladder, kept as a snapshot and reviewed as text. The tests are in `tests/flows.rs`.
