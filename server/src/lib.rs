//! The house as a whole: configuration, wiring, the tasks that own calls and queues, the command line.
//!
//! Nothing is decided here: rooms decide, the switchboard carries, this crate gives them threads, tasks and
//! sockets. The library exists so that the interop tests start the very server that users run.
//!
//! Reading order: [`config`], [`house`] (everything is built there, in order), [`certificates`], [`tasks`], [`observe`], [`recordings`], [`hearing`], [`cli`].

mod arrivals;
mod busy_hour;
mod call_rooms;
mod call_rules;
mod called_first;
mod caller_rate;
pub mod certificates;
mod clear_keys;
pub mod cli;
mod closing;
pub mod config;
mod couriers;
pub mod demo;
mod demo_centre;
mod demo_cli;
mod demo_pack;
mod desk;
mod devices;
pub mod dialling;
mod dictation;
mod essential;
pub mod feature_codes;
pub mod first_start;
mod flow_ear;
mod gateway;
mod guests;
mod hearing;
pub mod house;
mod limited;
mod logging;
mod mailbox;
mod memory;
mod metrics;
mod models;
pub mod observe;
mod opening_hours;
mod outbound;
mod prompts;
mod readiness;
mod recordings;
mod returning;
mod sip_socket;
mod sound_board;
pub mod tasks;
mod trunk_test;
mod trunks;
mod turns;
mod whom;

pub use config::Config;
pub use house::House;
