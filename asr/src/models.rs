//! Files of weights: which are known, where they lie, how they come here, and whether they are what they should be.
//!
//! A file is believed by its sha256 and by nothing else: not by the server it came from, not by its name.
//!
//! Reading order: [`Catalogue`] (what is known), [`Shelf`] (what lies here), [`pull`] (how it comes here), [`weights`] (what is in
//! a file).

mod catalogue;
pub mod pull;
mod shelf;
pub mod weights;

pub use catalogue::{Catalogue, Entry};
pub use pull::{Pulled, Source, Step};
pub use shelf::{Added, Shelf, sum};

use std::io;
use std::path::{Path, PathBuf};

/// Why a file of weights is of no use. Each is a sentence for an operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelFault {
    #[error("no model called {0} is known; `ringdesk models list` says which are")]
    Unknown(String),
    #[error("there is no file {}", .0.display())]
    Missing(PathBuf),
    #[error("{} cannot be read: {why}", .file.display())]
    Unreadable { file: PathBuf, why: String },
    #[error("{} is no model for whisper.cpp: it begins with {found:08x}", .file.display())]
    NoModel { file: PathBuf, found: u32 },
    #[error("{} breaks off: it has {length} bytes and needs {needs} or more", .file.display())]
    Truncated { file: PathBuf, length: u64, needs: u64 },
    #[error("{} is damaged: {what}", .file.display())]
    Damaged { file: PathBuf, what: &'static str },
    #[error("{} is not what it should be: sha256 {found} instead of {wanted}", .file.display())]
    OtherSum { file: PathBuf, wanted: String, found: String },
    #[error("no room on the disk for {}: {kept} bytes are kept, and pulling again goes on from there", .file.display())]
    DiskFull { file: PathBuf, kept: u64 },
    #[error("{} cannot be written: {why}", .file.display())]
    Unwritable { file: PathBuf, why: String },
    #[error("no mirror has it:{}", listed(.0))]
    NoMirror(Vec<(String, String)>),
    #[error("no mirror is configured (asr.models.mirrors)")]
    NoMirrors,
    #[error("the name {0:?} cannot be that of a file")]
    Name(String),
    #[error("somebody else is pulling {} at this moment", .0.display())]
    Busy(PathBuf),
}

impl ModelFault {
    fn unreadable(file: &Path, why: &io::Error) -> ModelFault {
        ModelFault::Unreadable { file: file.into(), why: why.to_string() }
    }

    /// `kept`: bytes that are in the file.
    fn unwritable(file: &Path, why: &io::Error, kept: u64) -> ModelFault {
        let file = file.into();
        match why.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ModelFault::DiskFull { file, kept },
            _ => ModelFault::Unwritable { file, why: why.to_string() },
        }
    }
}

fn listed(tried: &[(String, String)]) -> String {
    tried.iter().map(|(mirror, why)| format!("\n  {mirror}: {why}")).collect()
}
