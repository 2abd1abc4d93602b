//! What this server shows to prove who it is, and whom it believes.
//!
//! From the first start there is a certificate: the house's own authority ([`authority`]) makes one for the names by which the
//! server is reached ([`names`]), or the operator gives files ([`given`]). [`shown`] holds the one that is shown now; it is
//! exchanged while connections stand, and none of them notices. [`reading`] reads what is of interest in a certificate.
//!
//! TLS 1.3 and 1.2; older versions do not exist in the library. A certificate that has expired does not stop the server: those
//! who look at dates go away, the others talk, and it is said.

mod authority;
mod given;
mod names;
mod reading;
mod shown;
#[cfg(test)]
mod tests;

use crate::config::Config;
use authority::Authority;
use given::Given;
use reading::Facts;
use ringdesk_model::{Clock, Timestamp};
use serde::Deserialize;
use shown::Shown;
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
/// It is said from here on that a certificate of the operator's ends.
const SOON: Duration = Duration::from_secs(14 * 86_400);

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
    pub trust: Vec<PathBuf>,
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
        let mut source = match (&wanted.certificate, &wanted.key) {
            (Some(certificate), Some(key)) => Source::Given(Given::new(certificate, key)),
            (None, None) => Source::Own(Authority::open(&config.data.join("certificates"), names::of(config)?, now)?),
            _ => return Err(CertificateFault::HalfAPair),
        };
        let pair = match &mut source {
            Source::Own(authority) => authority.pair(now)?,
            Source::Given(given) => given.read()?,
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
        if let Source::Own(authority) = &source {
            roots.add_parsable_certificates([authority.certificate().clone()]);
        }
        // A client asks only those who ask back.
        let shows_when_asked = matches!(source, Source::Given(_));
        let shown = Arc::new(Shown::new(pair, shows_when_asked));
        Ok(Certificates { source, shown, roots: Arc::new(roots) })
    }

    /// For HTTPS.
    pub fn https(&self) -> Arc<ServerConfig> {
        let mut config = self.server();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Arc::new(config)
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
            Source::Own(authority) => Some(authority.pem().to_owned()),
            Source::Given(_) => None,
        }
    }

    /// One line for people: whose it is, for whom, until when.
    pub fn line(&self, now: Timestamp) -> Result<String, String> {
        let facts = self.shown.facts();
        let whose = match &self.source {
            Source::Own(authority) => format!("by its own authority ({})", authority.file().display()),
            Source::Given(given) => given.file().display().to_string(),
        };
        let said = format!("{whose}, for {}, until {}", facts.names.join(" "), day(facts.not_after));
        if facts.not_after <= now {
            return Err(format!("it has expired: {said}"));
        }
        if facts.not_before > now {
            return Err(format!("it is not valid yet: {said}"));
        }
        match facts.not_after.since(now) < SOON && matches!(self.source, Source::Given(_)) {
            true => Err(format!("it expires soon: {said}")),
            false => Ok(said),
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
            let left = self.shown.facts().not_after.0.saturating_sub(now.0) / 1_000_000;
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
        let new = match &mut self.source {
            Source::Own(authority) => authority.renewed(now)?,
            Source::Given(given) => given.changed()?,
        };
        let is_new = new.is_some();
        if let Some(pair) = new {
            self.shown.exchange(pair);
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

fn day(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect()
}
