//! Notices: what one person of the staff is told at once, by which channel, in whose words.
//!
//! Plain laws: which kinds there are and what each may say ([`kind`]), by which channels somebody is told ([`matrix`]: their own
//! choice before their roles' before ours), and the words ([`text`]: a house's own before ours, with variables). No rows, no clock:
//! storing and telling are others' business.
//!
//! Reading order: [`kind`], [`matrix`], [`text`], [`house`] (what a house has set).

pub mod house;
pub mod kind;
pub mod matrix;
pub mod text;

pub use house::{HouseNotices, Refusal};
pub use kind::NoticeKind;
pub use matrix::{Channels, Matrix, NoticeChannel};
pub use text::{LANGUAGES, LONGEST, Values};
