//! Who may do what: permissions, roles as data, scopes, the rules of passwords and of trying them, which numbers may be
//! dialled to the outside, and who is beside an agent as their mentor.
//!
//! Pure laws. Not here: hashing, sessions, cookies and rows (operations, storage and the gateway have those). What no role
//! grants is denied; a permission that this version does not know grants nothing.
//!
//! Reading order: [`permission`], [`role`], [`grants`] (a user's rights and scope), [`password`], [`throttle`], [`challenge`], [`second_factor`], [`dialling`], [`mentoring`].

pub mod challenge;
pub mod dialling;
pub mod grants;
pub mod mentoring;
pub mod password;
pub mod permission;
pub mod role;
pub mod second_factor;
pub mod throttle;

pub use challenge::{ChallengeFault, ChallengeRule, UsedSeeds, solves};
pub use grants::{Denied, Grants};
pub use mentoring::{MentorRefusal, Mentorship, SuggestionEnd};
pub use password::{WeakPassword, check_password};
pub use permission::Permission;
pub use role::{Role, role_name, shipped_roles};
pub use throttle::{LoginThrottle, TryLater};
