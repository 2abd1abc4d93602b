//! The certificate that is shown now. A handshake takes what is there; who has shaken hands is not touched by another one.

use super::Pair;
use super::reading::Facts;
use std::sync::{Arc, PoisonError, RwLock};
use tokio_rustls::rustls::SignatureScheme;
use tokio_rustls::rustls::client::ResolvesClientCert;
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;

pub(super) struct Shown {
    pair: RwLock<Pair>,
    /// To servers that ask for one: an authority of our own means nothing to them.
    to_servers: bool,
}

impl Shown {
    pub(super) fn new(pair: Pair, to_servers: bool) -> Shown {
        Shown { pair: RwLock::new(pair), to_servers }
    }

    pub(super) fn exchange(&self, pair: Pair) {
        *self.pair.write().unwrap_or_else(PoisonError::into_inner) = pair;
    }

    pub(super) fn facts(&self) -> Facts {
        self.pair.read().unwrap_or_else(PoisonError::into_inner).facts.clone()
    }

    #[cfg(test)]
    pub(super) fn key_for_tests(&self) -> Arc<CertifiedKey> {
        self.key()
    }

    fn key(&self) -> Arc<CertifiedKey> {
        self.pair.read().unwrap_or_else(PoisonError::into_inner).key.clone()
    }
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shown").finish_non_exhaustive()
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.key())
    }
}

impl ResolvesClientCert for Shown {
    fn resolve(&self, _hints: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.to_servers.then(|| self.key())
    }

    fn has_certs(&self) -> bool {
        self.to_servers
    }
}
