//! What can go wrong with keys.

use std::io;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error("cannot {action} the root key {path}: {source}")]
    File { action: &'static str, path: PathBuf, source: io::Error },
    #[error("the root key {0} may be read by others (mode {1:o}); set it to 600")]
    Exposed(PathBuf, u32),
    #[error("{0} is not a root key of this program")]
    NotAKey(PathBuf),
    #[error("the recovery key is mistyped")]
    Mistyped,
    #[error("wrong root key: the data was closed with root key {wanted}, this one is {given}")]
    WrongRootKey { wanted: String, given: String },
    #[error("a sealed value was altered, moved, or closed with another key ({0})")]
    Altered(&'static str),
    #[error("a sealed value has the unknown format {0}")]
    UnknownFormat(u8),
    #[error("the system gives no random numbers")]
    NoRandomness,
}
