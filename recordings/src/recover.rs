//! What a dead process left behind is closed at its last whole block.
//!
//! Nothing is written into the log: a block of ours in the place of the torn one would be sealed with the number, thus the
//! nonce, of another. The torn bytes are cut off, and the caller stores length, hash and chain head of what is left; from
//! then on a missing end shows as everything else does.

use crate::keys::LogKey;
use crate::read::{Ending, Fault};
use crate::verify::{Verdict, verify};
use std::fs::OpenOptions;
use std::io::{self, Seek};
use std::path::Path;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recovered {
    /// Whole up to where it breaks off, or the last block was written and only the books lacked it.
    Closed {
        verdict: Verdict,
        /// Bytes of the block that was being written, now gone.
        cut: u64,
    },
    /// Not one block was written, or there is no file.
    Nothing,
    /// More is wrong than a torn end. The file was left as it is.
    Damaged(Verdict),
}

/// Close the log of a recorder that is no more. Must not be called while one writes it. Can be repeated.
pub fn recover(path: &Path, key: &LogKey) -> io::Result<Recovered> {
    let mut file = match OpenOptions::new().read(true).write(true).open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Recovered::Nothing),
        Err(e) => return Err(e),
    };
    let found = verify(key, &file, None)?;
    if found.blocks == 0 && matches!(found.faults[..], [Fault::Torn { .. } | Fault::Empty]) {
        return Ok(Recovered::Nothing);
    }
    match found.faults[..] {
        [] => {
            // What was left in the memory of the machine is made durable before it is called stored.
            file.sync_all()?;
            Ok(Recovered::Closed { verdict: found, cut: 0 })
        }
        [Fault::Torn { bytes, .. }] if found.ending == Ending::BrokenOff => {
            file.set_len(found.bytes.saturating_sub(bytes))?;
            file.sync_all()?;
            file.rewind()?;
            Ok(Recovered::Closed { verdict: verify(key, &file, None)?, cut: bytes })
        }
        _ => Ok(Recovered::Damaged(found)),
    }
}
