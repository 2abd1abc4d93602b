//! Flows: what a caller meets, as versioned data, and the machine that runs one.
//!
//! A [`Flow`] is a graph of steps — say, menu, collect, queue, dial … — stored as JSON and checked before it is
//! published ([`Flow::check`]). A [`Run`] is one caller's way through one flow. It is pure: it asks for sound, speech
//! and a place in a queue and learns what became of them; it knows no leg, no codec and no agent. Which agent takes a
//! queued caller is routing's decision, how legs are joined is call-control's.
//!
//! No caller is left in silence: a text that is not spoken in time is skipped, every wait has a deadline, and a flow
//! that moves in a circle without making a sound is ended.
//!
//! Reading order: [`flow`], [`prompt`], [`waiting`] (what queues say themselves), [`steps`] (one file each: its fields, its faults, its behaviour), [`check`],
//! [`run`] (the machine's four verbs), `line` (what every step may do to the caller), [`closure`].
//! How to write a flow and how to add a step: `docs/flows.md`.

pub mod check;
pub mod closure;
pub mod flow;
pub mod input;
mod line;
pub mod output;
pub mod prompt;
pub mod run;
pub mod steps;
pub mod waiting;

pub use check::{Fault, Severity};
pub use closure::{Closure, Refusing, Then, closure_flow, refusing_flow};
pub use flow::{Flow, FlowError};
pub use input::Input;
pub use output::Output;
pub use prompt::Prompt;
pub use run::{Context, Run};
pub use steps::Step;
pub use waiting::{CallbackOffer, Waiting};

#[cfg(test)]
mod tests;
