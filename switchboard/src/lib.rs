//! The switchboard connects, it does not decide: it carries the output of one room to the input of the next.
//!
//! A [`CallDesk`] owns one call and the flow that runs in it; an [`AccountDesk`] owns one account's routing, the texts in it
//! (`text`) and the places kept for callers who are called back ([`places`]). Both are
//! plain values without tasks, sockets or clocks: the server gives them inputs and carries out what they ask for.
//! What crosses between the two is plain data, so that they may live on two nodes. If an arm here needs an `if`,
//! the decision belongs to a room.
//!
//! Reading order: [`call`] (the path of a call on one page), [`account`], [`input`] and [`output`].

pub mod account;
pub mod call;
pub mod input;
pub mod output;
pub mod places;
mod text;

pub use account::AccountDesk;
pub use call::CallDesk;
pub use input::{AccountInput, AccountOrder, CallInput, OpenText, TurnNews};
pub use output::{AccountCarry, Carry, Turn};
pub use places::KeptPlace;
