//! The data folder belongs to one process at a time.

use crate::StoreError;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

/// Held as long as the store is open. The lock ends with the process, however it ends.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    /// None: of who only looks.
    _lock: Option<File>,
}

impl DataFolder {
    /// Create the folder if it is missing, and take it. Another process that has it is named in the error.
    pub fn take(path: &Path) -> Result<DataFolder, StoreError> {
        let fault = |source| StoreError::Folder { folder: path.into(), source };
        fs::create_dir_all(path).map_err(fault)?;
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path.join("ringdesk.lock"))
            .map_err(fault)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                lock.read_to_string(&mut pid).map_err(fault)?;
                return Err(StoreError::InUse { folder: path.into(), pid: pid.trim().to_owned() });
            }
            Err(TryLockError::Error(source)) => return Err(fault(source)),
        }
        lock.set_len(0).and_then(|()| lock.rewind()).map_err(fault)?;
        writeln!(lock, "{}", std::process::id()).map_err(fault)?;
        Ok(DataFolder { path: path.into(), _lock: Some(lock) })
    }

    /// Beside whoever has it, to look and to change nothing.
    pub(crate) fn beside(path: &Path) -> DataFolder {
        DataFolder { path: path.into(), _lock: None }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}
