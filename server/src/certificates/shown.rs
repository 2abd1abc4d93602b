//! The certificate that is shown now. A handshake takes what is there; who has shaken hands is not touched by another one.

use super::Pair;
use super::acme::Proofs;
use super::reading::Facts;
use std::sync::{Arc, PoisonError, RwLock};
use tokio_rustls::rustls::SignatureScheme;
use tokio_rustls::rustls::client::ResolvesClientCert;
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;

/// Who made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// Our own authority. It means nothing to servers that ask a client for a certificate.
    Own,
    /// The operator gave files.
    Given,
    /// An authority gave it over ACME.
    Acme,
}

pub(super) struct Shown {
    pair: RwLock<(Pair, Whose)>,
    /// Shown to the authority that checks a name.
    proofs: Option<Proofs>,
}

impl Shown {
    pub(super) fn new(pair: Pair, whose: Whose, proofs: Option<Proofs>) -> Shown {
        Shown { pair: RwLock::new((pair, whose)), proofs }
    }

    /// From the next handshake on. One of our own never takes the place of one that others believe.
    pub(super) fn exchange(&self, pair: Pair, whose: Whose) {
        let mut shown = self.pair.write().unwrap_or_else(PoisonError::into_inner);
        if whose != Whose::Own || shown.1 == Whose::Own {
            *shown = (pair, whose);
        }
    }

    pub(super) fn facts(&self) -> (Facts, Whose) {
        let shown = self.pair.read().unwrap_or_else(PoisonError::into_inner);
        (shown.0.facts.clone(), shown.1)
    }

    #[cfg(test)]
    pub(super) fn key_for_tests(&self) -> Arc<CertifiedKey> {
        self.key()
    }

    fn key(&self) -> Arc<CertifiedKey> {
        self.pair.read().unwrap_or_else(PoisonError::into_inner).0.key.clone()
    }
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shown").finish_non_exhaustive()
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        match &self.proofs {
            Some(proofs) if Proofs::is_asked(&hello) => proofs.key(&hello),
            _ => Some(self.key()),
        }
    }
}

impl ResolvesClientCert for Shown {
    fn resolve(&self, _hints: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.has_certs().then(|| self.key())
    }

    fn has_certs(&self) -> bool {
        self.facts().1 != Whose::Own
    }
}
