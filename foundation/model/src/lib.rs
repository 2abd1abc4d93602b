//! The words every room may use: ids, time, who acts, who may see, telephone numbers, and the conversation.
//!
//! Words only: a rule of the trade belongs to a room of `core/`, a word of telephony to `voice`.
//! Pure, but for [`clock`], the one place where the house reads a clock.
//!
//! Reading order: [`time`], [`clock`], [`id`], [`actor`], [`pii`], [`conversation`], [`number`], [`number_plan`], [`masking`], [`outlet`].

pub mod actor;
pub mod clock;
pub mod conversation;
pub mod id;
pub mod masking;
pub mod number;
pub mod number_plan;
pub mod outlet;
pub mod pii;
pub mod time;

pub use actor::{Actor, Scope};
pub use clock::{Clock, WallClock};
pub use conversation::{Channel, Language, Medium, Presence, Priority, WorkOutcome};
pub use id::*;
pub use masking::mask_number;
pub use number::{ContactNumber, Country};
pub use number_plan::{NumberPlace, number_place};
pub use outlet::{Full, Outlet};
pub use pii::Pii;
pub use time::Timestamp;
