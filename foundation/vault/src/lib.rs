//! Keys, and what is closed with them: sealed columns, keyed hashes, hash chains.
//!
//! One root key per installation lives in a file of mode 0600 beside the data. It wraps one data key per account; from
//! that come the sealing of columns (AES-256-GCM), the keyed hashes by which sealed values are found again, and the
//! chain of audit entries. What is too large for a column, a recording, has a data key of its own, wrapped by the
//! account's. Losing the root key file loses the data, so its text form is printed once: the recovery key.
//!
//! This room knows no table and no person: the caller names the place (table, column, row) of each value, and a value
//! that was moved to another place does not open. Randomness and the key file are the only things it takes from outside.
//!
//! Reading order: [`root`], [`account`], [`sealed`], [`object`], [`error`].

pub mod account;
pub mod error;
pub mod object;
pub mod root;
pub mod sealed;

pub use account::{AccountKey, Chained};
pub use error::VaultError;
pub use object::{ObjectKey, Salt};
pub use root::{RecoveryKey, RootKey};
pub use sealed::Place;
