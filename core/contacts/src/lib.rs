//! Contacts: one file per person, whatever channel they come by.
//!
//! Plain laws: which identities link somebody to their file and which are only said, what a file may hold, how two files
//! become one and two again, who is kept out. No rows, no clock, no key: sealing and hashing are the store's.
//!
//! Reading order: [`identity`] (what somebody is known by), [`field`] and [`profile`] (what is known of them), [`merge`] (one
//! person, two files), [`likeness`] (who might be the same), [`block`] (who is kept out), [`segment`] (who belongs together).

pub mod block;
pub mod error;
pub mod field;
pub mod identity;
pub mod likeness;
pub mod merge;
pub mod profile;
pub mod segment;

pub use block::{Block, BlockState, block_reason, is_emergency};
pub use error::Refusal;
pub use field::{FieldKind, FieldRule, field_name};
pub use identity::{Claim, IdentityKind, Proof, claim, email_form};
pub use likeness::{Likeness, likeness};
pub use merge::{Change, Facet, may_merge, merge, undo};
pub use profile::{Consent, Profile, Purpose, Tier, contact_name, name_form};
pub use segment::{Narrowing, SegmentFact, Standing, check_segment};
