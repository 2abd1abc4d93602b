//! The pure half of signaling: bytes and time in, bytes and events out. No socket, no clock, no randomness.

pub mod address;
mod admission;
pub mod build;
pub mod digest;
pub mod directory;
pub mod endpoint;
pub mod framing;
pub mod headers;
pub mod input;
mod leg;
pub mod message;
pub mod method;
pub mod output;
pub mod params;
mod parse;
mod registrar;
pub mod setup;
mod stack;
pub mod text;
mod timers;
mod transaction;
pub mod uri;
pub mod via;
mod wire;
