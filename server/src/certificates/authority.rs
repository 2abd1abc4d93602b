//! The house's own authority: a key and a certificate for ten years, which people install once, and with it a certificate for
//! a year that is made anew in time, and whenever the server is reached by another name.
//!
//! `<data>/certificates/`: `authority.pem` is for everybody; `authority.key`, `server.pem` and `server.key` are ours (0600).
//! The authority's name follows from its key, so that its certificate can be made again from the key alone.

use super::names::Names;
use super::reading::Facts;
use super::{CertificateFault, Pair, bytes_of, certificates, pair, write};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use ringdesk_model::Timestamp;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::ServerCertVerifier as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};

const DAY: Duration = Duration::from_secs(86_400);
/// Browsers take no longer one of a server, even from an authority that was installed by hand.
const SERVER_FOR: Duration = DAY.saturating_mul(397);
const SERVER_RENEWED: Duration = DAY.saturating_mul(120);
const AUTHORITY_FOR: Duration = DAY.saturating_mul(3_652);
/// Longer than a certificate of the server: none outlives its authority.
const AUTHORITY_RENEWED: Duration = DAY.saturating_mul(730);

/// As the library wants it; its type is of another library, and has no name here.
macro_rules! moment {
    ($at:expr) => {
        rcgen::date_time_ymd(1970, 1, 1) + ($at).since(Timestamp(0))
    };
}

pub(super) struct Authority {
    folder: PathBuf,
    names: Names,
    key: KeyPair,
    certificate: CertificateDer<'static>,
    pem: String,
    /// When the server's certificate is to be made anew.
    renew: Timestamp,
}

impl Authority {
    /// Open it, or make it. A key that cannot be read is an error and not a reason for another: people installed it.
    pub(super) fn open(folder: &Path, names: Names, now: Timestamp) -> Result<Authority, CertificateFault> {
        let unwritable =
            |fault: std::io::Error| CertificateFault::Unwritable { path: folder.into(), reason: fault.to_string() };
        std::fs::create_dir_all(folder).map_err(unwritable)?;
        let path = folder.join("authority.key");
        let key = match path.exists() {
            true => {
                let text = String::from_utf8_lossy(&bytes_of(&path)?).into_owned();
                let malformed = |_| CertificateFault::Malformed {
                    path: path.clone(),
                    reason: "no key in it; without this file another authority is made, which people have to install"
                        .into(),
                };
                KeyPair::from_pem(&text).map_err(malformed)?
            }
            false => {
                let key = KeyPair::generate().map_err(making)?;
                write(&path, key.serialize_pem().as_bytes(), 0o600)?;
                key
            }
        };
        let file = folder.join("authority.pem");
        let standing = certificates(&file).ok().and_then(|mut chain| {
            let certificate = chain.swap_remove(0);
            let facts = Facts::of(&certificate)?;
            let ours = facts.key.ends_with(key.public_key_raw());
            (ours && facts.not_after > now + AUTHORITY_RENEWED).then_some(certificate)
        });
        let (certificate, pem) = match standing {
            Some(certificate) => (certificate, String::from_utf8_lossy(&bytes_of(&file)?).into_owned()),
            None => {
                let made = authority_params(&key, now).self_signed(&key).map_err(making)?;
                write(&file, made.pem().as_bytes(), 0o644)?;
                (made.der().clone(), made.pem())
            }
        };
        Ok(Authority { folder: folder.into(), names, key, certificate, pem, renew: now })
    }

    pub(super) fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    pub(super) fn pem(&self) -> &str {
        &self.pem
    }

    pub(super) fn file(&self) -> PathBuf {
        self.folder.join("authority.pem")
    }

    /// The server's certificate: that of the last start where it still does, else a new one.
    pub(super) fn pair(&mut self, now: Timestamp) -> Result<Pair, CertificateFault> {
        let kept = self.kept();
        let pair = match kept {
            Some(pair) if self.still_does(&pair, now) => pair,
            _ => self.make(now)?,
        };
        self.renew = pair.facts.not_after - SERVER_RENEWED;
        Ok(pair)
    }

    /// A new one, when it is time.
    pub(super) fn renewed(&mut self, now: Timestamp) -> Result<Option<Pair>, CertificateFault> {
        if now < self.renew {
            return Ok(None);
        }
        // Once a day if it fails.
        self.renew = now + DAY;
        self.pair(now).map(Some)
    }

    fn files(&self) -> (PathBuf, PathBuf) {
        (self.folder.join("server.pem"), self.folder.join("server.key"))
    }

    fn kept(&self) -> Option<Pair> {
        let (certificate, key) = self.files();
        let (pem, private) = (bytes_of(&certificate).ok()?, bytes_of(&key).ok()?);
        pair((&certificate, &pem), (&key, &private)).ok()
    }

    /// It is ours, for all our names and no others, and lasts.
    fn still_does(&self, pair: &Pair, now: Timestamp) -> bool {
        let mut wanted = self.names.0.clone();
        let mut told = pair.facts.names.clone();
        wanted.sort();
        told.sort();
        if wanted != told || pair.facts.not_after < now + SERVER_RENEWED {
            return false;
        }
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates([self.certificate.clone()]);
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), super::provider()).build();
        let at = UnixTime::since_unix_epoch(now.since(Timestamp(0)));
        let name = self.names.0.first().and_then(|name| ServerName::try_from(name.as_str()).ok());
        match (verifier, name) {
            (Ok(verifier), Some(name)) => verifier.verify_server_cert(&pair.key.cert[0], &[], &name, &[], at).is_ok(),
            _ => false,
        }
    }

    fn make(&self, now: Timestamp) -> Result<Pair, CertificateFault> {
        let key = KeyPair::generate().map_err(making)?;
        let mut params = CertificateParams::new(self.names.0.clone()).map_err(making)?;
        params.distinguished_name.push(DnType::CommonName, "Ringdesk");
        params.not_before = moment!(now - DAY);
        params.not_after = moment!(now + SERVER_FOR);
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let of_issuer = authority_params(&self.key, now);
        let issuer = Issuer::from_params(&of_issuer, &self.key);
        let certificate = params.signed_by(&key, &issuer).map_err(making)?;
        let (pem, private) = (certificate.pem(), key.serialize_pem());
        let (file, key_file) = self.files();
        write(&key_file, private.as_bytes(), 0o600)?;
        write(&file, pem.as_bytes(), 0o644)?;
        tracing::info!(names = self.names.0.join(" "), "a certificate was made");
        pair((&file, pem.as_bytes()), (&key_file, private.as_bytes()))
    }
}

fn authority_params(key: &KeyPair, now: Timestamp) -> CertificateParams {
    let mut params = CertificateParams::default();
    let sum: String = params.key_identifier(key).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, format!("Ringdesk authority {sum}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = moment!(now - DAY);
    params.not_after = moment!(now + AUTHORITY_FOR);
    params
}

fn making(fault: rcgen::Error) -> CertificateFault {
    CertificateFault::Making(fault.to_string())
}
