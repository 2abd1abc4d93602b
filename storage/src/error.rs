//! What can go wrong with the store.

use ringdesk_vault::VaultError;
use std::io;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("store: {0}")]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error("the data folder {folder} is in use by process {pid}; stop it, or give this one a folder of its own")]
    InUse { folder: PathBuf, pid: String },
    #[error("cannot use the data folder {folder}: {source}")]
    Folder { folder: PathBuf, source: io::Error },
    #[error("the store has schema {found}, this program knows {known}: it was used by a newer version")]
    NewerSchema { found: i64, known: i64 },
    #[error("the store {store} holds data, but its root key {key} is missing; bring it back with the recovery key")]
    RootKeyMissing { store: String, key: PathBuf },
    #[error("unknown account {0}")]
    UnknownAccount(ringdesk_model::AccountId),
    #[error("the stored {what} cannot be read: {why}")]
    Unreadable { what: &'static str, why: String },
    #[error("the audit chain is broken at entry {0}")]
    BrokenChain(i64),
}

impl StoreError {
    /// Somebody else has it already: a unique index refused the row.
    pub fn is_conflict(&self) -> bool {
        matches!(self, StoreError::Database(sqlx::Error::Database(e)) if e.is_unique_violation())
    }

    pub(crate) fn unreadable(what: &'static str, why: impl ToString) -> StoreError {
        StoreError::Unreadable { what, why: why.to_string() }
    }
}
