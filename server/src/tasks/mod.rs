//! The tasks: who owns what at run time. Each is a loop of a dozen lines around a desk or a room.

pub mod account;
pub mod call;
pub mod exchange;
pub(crate) mod jobs;
pub mod journal;
pub mod phones;
pub mod rows;
pub mod shedding;
pub mod watchdog;
