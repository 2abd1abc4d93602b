//! Fuzzing: what comes from outside, read by the code that reads it in the server.
//!
//! A [`Target`] is a plain function of bytes that panics where something does not hold. Each asserts more than that
//! nothing panics: what was read is written and read again, a machine's timers fire, an answer is no longer than it may
//! be. The same functions are driven in two ways: the test of this crate replays the committed corpora and damages them
//! in ways that are the same in every run; `make fuzz T=sip` lets libFuzzer search for new ways
//! (`src/libfuzzer.rs`, README.md).
//!
//! Reading order: [`targets`], [`mutation`], `tests/replay.rs`.

pub mod centre;
pub mod mutation;
pub mod script;
pub mod targets;

pub use targets::{TARGETS, Target};
