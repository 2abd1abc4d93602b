//! Tickets: a matter that outlives the talk in which it came up, with who has to settle it and until when.
//!
//! Plain laws: what a ticket's type asks for, which state follows which, until when it is due, who of a department gets it, what the
//! contact is told. No rows, no clock, no channel: storing and sending are others' business.
//!
//! Reading order: [`state`] (its way from open to archived), [`priority`], [`field`] and [`kind`] (what a type asks for and says),
//! [`ticket`] (what may be done with one), [`deadline`] (until when), [`share`] (whom it falls to), [`error`].

pub mod deadline;
pub mod error;
pub mod field;
pub mod kind;
pub mod priority;
pub mod share;
pub mod state;
pub mod ticket;

pub use deadline::due_at;
pub use error::Refusal;
pub use field::{FieldKind, FieldRule};
pub use kind::TicketType;
pub use priority::Priority;
pub use share::{Load, falls_to};
pub use state::TicketState;
pub use ticket::{Assignee, Command, Entry, Ticket, apply, problem, remark, title};
