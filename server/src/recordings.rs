//! Recording, through the whole house: when a call is recorded, what is ordered while it runs, what becomes of the rows, and
//! who reads the sound afterwards.
//!
//! The room `recordings` writes and reads logs; it knows no call. Here call events become its marks, its events become rows
//! ([`books`]), its files become the archive that the gateway opens ([`archive`]), and what a dead server left is closed
//! ([`recovery`]). A call never waits for any of it.
//!
//! Reading order: [`taps`] (sound out of a call, to several listeners), [`live`] (calls that run), [`room`], [`begun`], [`books`], [`unbooked`],
//! [`recovery`], [`archive`], [`work`].

pub(crate) mod archive;
pub(crate) mod begun;
pub(crate) mod books;
pub(crate) mod live;
pub(crate) mod recovery;
pub(crate) mod room;
pub(crate) mod taps;
#[cfg(test)]
mod tests;
pub(crate) mod unbooked;
pub(crate) mod work;

pub(crate) use live::{Expected, Recordings};
pub(crate) use taps::Taps;
