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

    /// It may work later, unchanged: the database is gone, locked, full or starting. Nothing is known of what became of a
    /// transaction whose commit ended so.
    pub fn is_passing(&self) -> bool {
        use sqlx::Error::{Database, Io, PoolTimedOut, Protocol, Tls, WorkerCrashed};
        match self {
            StoreError::Database(Io(_) | PoolTimedOut | Protocol(_) | Tls(_) | WorkerCrashed) => true,
            StoreError::Database(Database(e)) => e.code().is_some_and(|code| passes(&code)),
            _ => false,
        }
    }

    pub(crate) fn unreadable(what: &'static str, why: impl ToString) -> StoreError {
        StoreError::Unreadable { what, why: why.to_string() }
    }
}

/// By the database's own code: SQLite's numbers (the low byte names the kind), PostgreSQL's five characters.
fn passes(code: &str) -> bool {
    /// BUSY, LOCKED, IOERR, FULL, CANTOPEN, PROTOCOL.
    const SQLITE: [u32; 6] = [5, 6, 10, 13, 14, 15];
    /// Connection, rollback by the server (serialisation, deadlock), resources, operator's intervention, system error.
    const POSTGRES: [&str; 5] = ["08", "40", "53", "57", "58"];
    match code.len() {
        5 => POSTGRES.iter().any(|class| code.starts_with(class)),
        _ => code.parse::<u32>().is_ok_and(|code| SQLITE.contains(&(code & 0xff))),
    }
}

#[cfg(test)]
mod tests {
    use super::passes;

    #[test]
    fn a_fault_passes_or_it_does_not() {
        for code in ["5", "517", "6", "262", "10", "778", "13", "14", "57P01", "57P03", "53300", "40001", "08006"] {
            assert!(passes(code), "{code}");
        }
        // A constraint, a missing table, a syntax error, a value that does not fit.
        for code in ["19", "2067", "1", "23505", "42601", "42P01", "22001", ""] {
            assert!(!passes(code), "{code}");
        }
    }
}
