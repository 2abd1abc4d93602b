//! May this centre go live? What was seen of it ([`Facts`]) goes in, a verdict for each thing that has to be right comes out.
//!
//! A pure law. Not here: looking (the server does, and the command line), and keeping who went live and why (operations). What
//! nobody has looked at is said to be unknown; nothing is green that was not seen.
//!
//! Reading order: [`Facts`], [`Check`], [`judge`], [`Seen`].

mod facts;
mod judge;
mod seen;
#[cfg(test)]
mod tests;

pub use facts::{
    AdminFacts, CertificateFacts, Facts, InboxFacts, InterfaceFacts, QueueStepFacts, Recogniser, TrunkFacts,
};
pub use judge::{Check, CheckId, State, judge, keys_in_clear, may_go_live};
pub use seen::{Seen, Value};
