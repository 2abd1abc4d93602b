//! The tasks: who owns what at run time. Each is a loop of a dozen lines around a desk or a room.

pub mod account;
pub mod call;
pub mod exchange;
pub(crate) mod jobs;
pub mod journal;
pub(crate) mod lights;
pub(crate) mod notices;
pub mod phones;
pub(crate) mod promises;
pub mod rows;
pub mod shedding;
pub(crate) mod texts;
pub(crate) mod watch;
pub mod watchdog;
