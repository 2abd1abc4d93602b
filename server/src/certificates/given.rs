//! The operator's own files. What another program puts there (certbot, an administrator) is taken when it is whole: a
//! certificate whose key has not followed yet is a fault that heals by itself.

use super::{CertificateFault, Pair, bytes_of, pair};
use std::path::{Path, PathBuf};

pub(super) struct Given {
    certificate: PathBuf,
    key: PathBuf,
    /// As they were read last, good or not.
    seen: Option<(Vec<u8>, Vec<u8>)>,
    /// Said once.
    unreadable: bool,
}

impl Given {
    pub(super) fn new(certificate: &Path, key: &Path) -> Given {
        Given { certificate: certificate.into(), key: key.into(), seen: None, unreadable: false }
    }

    pub(super) fn file(&self) -> &Path {
        &self.certificate
    }

    pub(super) fn read(&mut self) -> Result<Pair, CertificateFault> {
        let files = (bytes_of(&self.certificate)?, bytes_of(&self.key)?);
        let read = pair((&self.certificate, &files.0), (&self.key, &files.1));
        self.seen = Some(files);
        read
    }

    /// What is in them now, if it is something else than before.
    pub(super) fn changed(&mut self) -> Result<Option<Pair>, CertificateFault> {
        let files = match (bytes_of(&self.certificate), bytes_of(&self.key)) {
            (Ok(certificate), Ok(key)) => (certificate, key),
            (Err(fault), _) | (_, Err(fault)) if !self.unreadable => {
                self.unreadable = true;
                return Err(fault);
            }
            _ => return Ok(None),
        };
        self.unreadable = false;
        if self.seen.as_ref() == Some(&files) {
            return Ok(None);
        }
        self.read().map(Some)
    }
}
