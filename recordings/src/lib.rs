//! The block log of a call and what is made from it.

pub mod file;
mod gap;
mod hex;
mod keys;
pub mod log;
pub mod read;
pub mod recover;
#[cfg(test)]
mod testing;
pub mod verify;
pub mod writer;

pub use gap::{Gap, GapReason, GapSide, MOST_GAPS};
pub use keys::{LogKey, RecordingKey};
