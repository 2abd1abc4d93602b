//! What this server shows to prove who it is, and whom it believes.
//!
//! From the first start there is a certificate: the house's own authority ([`authority`]) makes one for the names by which the
//! server is reached ([`names`]), or the operator gives files ([`given`]), or an authority elsewhere gives one by itself
//! ([`acme`]). [`shown`] holds the one that is shown now; it is exchanged while connections stand, and none of them notices.
//! [`reading`] reads what is of interest in a certificate.
//!
//! TLS 1.3 and 1.2; older versions do not exist in the library. A certificate that has expired does not stop the server: those
//! who look at dates go away, the others talk, and it is said.

mod acme;
mod authority;
mod given;
mod names;
mod reading;
mod shown;
mod telling;
#[cfg(test)]
mod tests;

use crate::config::Config;
use acme::Acme;
pub use acme::{AcmeConfig, Challenge, ExternalAccount};
use authority::Authority;
use given::Given;
use reading::Facts;
use ringdesk_model::{Clock, Timestamp};
use ringdesk_vault::AccountKey;
use serde::Deserialize;
use shown::{Shown, Whose};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, version};

/// How often files are looked at, and the age of our own.
const LOOK: Duration = Duration::from_secs(5);

/// `[certificates]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CertificatesConfig {
    /// Files of the operator's own (PEM): the certificate with those between it and its authority, and its key. They are read
    /// again when they change. Without them the server's own authority makes one.
    pub certificate: Option<PathBuf>,
    pub key: Option<PathBuf>,
    /// Further names and addresses by which this server is reached, for the certificate that it makes. It knows its host name,
    /// and the addresses and advertised names of its interfaces.
    pub names: Vec<String>,
    /// Files of authorities (PEM) that are believed when we connect to others over SIP, beside those of the machine.
    /// So is the authority of `acme`.
    pub trust: Vec<PathBuf>,
    /// An authority that gives certificates by itself. Until it has, the server's own is shown.
    pub acme: Option<AcmeConfig>,
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum CertificateFault {
    #[error("certificates: certificate and key are given together, or neither")]
    HalfAPair,
    #[error("cannot read {path}: {reason}")]
    Unreadable { path: PathBuf, reason: String },
    #[error("{0}: no certificate in it")]
    NoCertificate(PathBuf),
    #[error("{path}: {reason}")]
    Malformed { path: PathBuf, reason: String },
    #[error("the key {key} does not belong to the certificate {certificate}")]
    Misfit { certificate: PathBuf, key: PathBuf },
    #[error("{0:?} is neither a name nor an address")]
    Name(String),
    #[error("cannot write {path}: {reason}")]
    Unwritable { path: PathBuf, reason: String },
    #[error("cannot make a certificate: {0}")]
    Making(String),
    #[error("certificates: files are given, or an authority is named under acme; not both")]
    TwoSources,
    #[error("certificates.acme: {0}")]
    Acme(String),
}

/// A certificate with its key, ready to be shown.
struct Pair {
    key: Arc<CertifiedKey>,
    facts: Facts,
}

/// Where certificates come from.
enum Source {
    Own(Authority),
    Given(Given),
    /// Our own authority's is shown until there is one.
    Acme(Arc<Acme>, Authority),
}

/// The certificate of the house.
pub struct Certificates {
    source: Source,
    shown: Arc<Shown>,
    roots: Arc<RootCertStore>,
}

impl Certificates {
    /// Read it, or make it. What cannot be used is an error; what has expired is said.
    pub fn open(config: &Config, clock: &impl Clock) -> Result<Certificates, CertificateFault> {
        let now = clock.now();
        let wanted = &config.certificates;
        let folder = config.data.join("certificates");
        let own = || Authority::open(&folder, names::of(config)?, now);
        let mut source = match (&wanted.certificate, &wanted.key, &wanted.acme) {
            (Some(_), _, Some(_)) | (_, Some(_), Some(_)) => return Err(CertificateFault::TwoSources),
            (Some(certificate), Some(key), None) => Source::Given(Given::new(certificate, key)),
            (None, None, None) => Source::Own(own()?),
            (None, None, Some(acme)) => Source::Acme(Arc::new(Acme::new(acme.clone().check()?, &folder)), own()?),
            _ => return Err(CertificateFault::HalfAPair),
        };
        let (pair, whose) = match &mut source {
            Source::Own(authority) => (authority.pair(now)?, Whose::Own),
            Source::Given(given) => (given.read()?, Whose::Given),
            Source::Acme(acme, authority) => match acme.kept() {
                Some(pair) => (pair, Whose::Acme),
                None => (authority.pair(now)?, Whose::Own),
            },
        };
        let mut roots = RootCertStore::empty();
        // On a machine without a list of authorities those that are named below still count.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        for file in &wanted.trust {
            for certificate in certificates(file)? {
                let malformed = |e: tokio_rustls::rustls::Error| CertificateFault::Malformed {
                    path: file.clone(),
                    reason: e.to_string(),
                };
                roots.add(certificate).map_err(malformed)?;
            }
        }
        if let Source::Own(authority) | Source::Acme(_, authority) = &source {
            roots.add_parsable_certificates([authority.certificate().clone()]);
        }
        let proofs = match &source {
            Source::Acme(acme, _) => Some(acme.proofs().clone()),
            _ => None,
        };
        let shown = Arc::new(Shown::new(pair, whose, proofs));
        Ok(Certificates { source, shown, roots: Arc::new(roots) })
    }

    /// For HTTPS.
    pub fn https(&self) -> Arc<ServerConfig> {
        let mut config = self.server();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        if matches!(self.source, Source::Acme(..)) {
            config.alpn_protocols.push(acme::ALPN.to_vec());
        }
        Arc::new(config)
    }

    /// Where an authority reads our proofs, on the plain port; nothing without one.
    pub fn proof_routes(&self) -> axum::Router {
        match &self.source {
            Source::Acme(acme, _) => acme.proofs().routes(),
            _ => axum::Router::new(),
        }
    }

    /// For SIP.
    pub fn sip(&self) -> ringdesk_signaling::Security {
        ringdesk_signaling::Security {
            server: Arc::new(self.server()),
            roots: self.roots.clone(),
            own: self.shown.clone(),
        }
    }

    /// The authority's certificate (PEM), which people install; none where the operator's own is shown.
    pub fn authority(&self) -> Option<String> {
        match &self.source {
            Source::Own(authority) | Source::Acme(_, authority) => Some(authority.pem().to_owned()),
            Source::Given(_) => None,
        }
    }

    /// Look after what an authority gives; nothing where there is none.
    pub(crate) fn fetch(&self, key: Arc<AccountKey>, clock: impl Clock + 'static) {
        if let Source::Acme(acme, _) = &self.source {
            tokio::spawn(acme.clone().keep((self.shown.clone(), self.roots.clone()), key, clock));
        }
    }

    /// Keep it fresh, as long as the house stands.
    pub(crate) async fn keep(mut self, clock: impl Clock + 'static) {
        let mut tick = tokio::time::interval(LOOK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut told = None;
        loop {
            tick.tick().await;
            // Files may lie where it takes long to get at them.
            let now = clock.now();
            let looked = tokio::task::spawn_blocking(move || {
                let new = self.look(now);
                (self, new)
            });
            let Ok((this, new)) = looked.await else { return };
            self = this;
            match new {
                Ok(true) => {
                    tracing::info!(certificate = self.line(now).unwrap_or_else(|e| e), "the certificate is a new one");
                }
                Ok(false) => {}
                Err(fault) => {
                    metrics::counter!("certificate_faults_total").increment(1);
                    tracing::error!(%fault, "the new certificate is not used; the old one still is");
                }
            }
            let left = self.shown.facts().0.not_after.0.saturating_sub(now.0) / 1_000_000;
            metrics::gauge!("certificate_expires_in_seconds").set(left as f64);
            let state = self.line(now);
            if let Err(why) = &state
                && told.as_ref() != Some(why)
            {
                tracing::warn!(certificate = why, "look after the certificate");
                told = Some(why.clone());
            }
        }
    }

    /// True: another one is shown from now on.
    fn look(&mut self, now: Timestamp) -> Result<bool, CertificateFault> {
        let (new, whose) = match &mut self.source {
            Source::Acme(..) if self.shown.facts().1 == Whose::Acme => return Ok(false),
            Source::Own(authority) | Source::Acme(_, authority) => (authority.renewed(now)?, Whose::Own),
            Source::Given(given) => (given.changed()?, Whose::Given),
        };
        let is_new = new.is_some();
        if let Some(pair) = new {
            self.shown.exchange(pair, whose);
        }
        Ok(is_new)
    }

    fn server(&self) -> ServerConfig {
        ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&version::TLS13, &version::TLS12])
            .expect("ring speaks both versions")
            .with_no_client_auth()
            .with_cert_resolver(self.shown.clone())
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// The certificates of a file, the first one first.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, CertificateFault> {
    chain(path, &bytes_of(path)?)
}

fn bytes_of(path: &Path) -> Result<Vec<u8>, CertificateFault> {
    std::fs::read(path).map_err(|fault| CertificateFault::Unreadable { path: path.into(), reason: fault.to_string() })
}

fn chain(path: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, CertificateFault> {
    let malformed = |reason: String| CertificateFault::Malformed { path: path.into(), reason };
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let chain = read.map_err(|fault| malformed(fault.to_string()))?;
    match chain.is_empty() {
        true => Err(CertificateFault::NoCertificate(path.into())),
        false => Ok(chain),
    }
}

/// Certificate and key from two files, which have to belong together.
fn pair(certificate: (&Path, &[u8]), key: (&Path, &[u8])) -> Result<Pair, CertificateFault> {
    let malformed = |path: &Path, reason: String| CertificateFault::Malformed { path: path.into(), reason };
    let chain = chain(certificate.0, certificate.1)?;
    let facts = Facts::of(&chain[0]).ok_or_else(|| malformed(certificate.0, "not a certificate".into()))?;
    let private = PrivateKeyDer::from_pem_slice(key.1).map_err(|_| malformed(key.0, "no key in it".into()))?;
    let signing = provider().key_provider.load_private_key(private);
    let signing = signing.map_err(|_| malformed(key.0, "a key of a kind that is not spoken".into()))?;
    let whole = CertifiedKey::new(chain, signing);
    whole
        .keys_match()
        .map_err(|_| CertificateFault::Misfit { certificate: certificate.0.into(), key: key.0.into() })?;
    Ok(Pair { key: Arc::new(whole), facts })
}

/// Whole or not at all, and private from its first byte on.
fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<(), CertificateFault> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let unwritable =
        |fault: std::io::Error| CertificateFault::Unwritable { path: path.into(), reason: fault.to_string() };
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    let new = PathBuf::from(new);
    // One of a start that was cut off may have another mode.
    let _ = std::fs::remove_file(&new);
    let mut file = std::fs::File::options().write(true).create_new(true).mode(mode).open(&new).map_err(unwritable)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(unwritable)?;
    std::fs::rename(&new, path).map_err(unwritable)
}
