//! What people and programs may have done to the rows: one function per use case, one transaction each:
//! load → law → write → emit → enqueue.
//!
//! Every write takes the `Actor` and leaves its audit entry in its own transaction; every read takes the `Scope`. Whether
//! somebody holds the permission for a use case is asked at the door (the gateway), with [`SignedIn::grants`]; what they
//! see of it is decided by the scope, here. Running calls and queues are not changed here: they learn of changed rows
//! from the outbox, or from who called.
//!
//! Reading order: [`desk`] (`Operations`, what all use cases share), [`users`], [`staff`], [`sessions`], [`demo`], [`inboxes`], [`directory`],
//! [`floor`], [`call_record`] and [`journal`] (what calls leave), [`conversations`], [`dispositions`], [`recordings`], [`recording_links`], [`recording_rules`], [`recording_erasure`], [`transcripts`], [`search`], [`trunks`] (numbers and operators), [`whom`] (what is dialled), [`jobs`], [`events`].

pub mod desk;
pub mod error;

pub mod demo;
mod door;
pub mod secrets;
pub mod sessions;
pub mod staff;
pub mod users;

pub mod dialling;
pub mod directory;
pub mod floor;
pub mod inbox_setup;
pub mod inboxes;

pub mod call_record;
pub mod conversations;
pub mod dispositions;
pub mod events;
pub mod jobs;
pub mod journal;
pub mod left_messages;
pub mod limits;
pub mod queues;
pub mod recording_erasure;
pub mod recording_links;
pub mod recording_rules;
pub mod recordings;
pub mod search;
pub mod transcripts;
pub mod trunks;
pub mod whom;

pub use call_record::{CallRecord, Opening};
pub use desk::Operations;
pub use error::OperationError;
pub use recording_links::AudioFormat;
pub use sessions::{LoggedIn, SessionLimits, SignedIn};
