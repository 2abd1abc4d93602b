//! TLS for streams: what this side shows, whom it believes, and what the other side has to be called.
//!
//! Whoever connects to us is shown the certificate of the house. Whomever we dial has to prove the name by which it was
//! looked up (RFC 5922 §7.1), or the address where there was no name, to somebody whom we believe; a trunk with a pinned
//! certificate has to show that one, and then nobody else vouches for it. The name of an address is the one that was
//! resolved to it last, a trunk's before all others.

use crate::core::directory::Directory;
use crate::core::input::Transport;
use ring::digest::{SHA256, digest};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::client::{ResolvesClientCert, WebPkiServerVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring as provider};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, ServerConfig, SignatureScheme,
};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// What the house gives the room for TLS.
#[derive(Clone)]
pub struct Security {
    /// For who connects to us.
    pub server: Arc<ServerConfig>,
    /// Who may vouch for those whom we dial.
    pub roots: Arc<RootCertStore>,
    /// What we show when one of them asks; carriers do.
    pub own: Arc<dyn ResolvesClientCert>,
}

/// Names of addresses that are kept; the oldest address goes first. A host has a few, and a centre talks to a few hosts.
const NAMES: usize = 4_096;

/// The room's part of it. Without [`Security`] nothing is secured, and nothing that should be gets through.
pub(crate) struct Secure {
    acceptor: Option<TlsAcceptor>,
    dialling: Option<Dialling>,
    names: Mutex<Names>,
}

struct Dialling {
    verifier: Arc<WebPkiServerVerifier>,
    own: Arc<dyn ResolvesClientCert>,
    usual: TlsConnector,
}

#[derive(Default)]
struct Names {
    by_address: BTreeMap<SocketAddr, String>,
    /// Hosts of trunks, with the certificates that are pinned.
    trunks: BTreeMap<String, BTreeSet<[u8; 32]>>,
}

impl Secure {
    pub(crate) fn new(security: Option<Security>) -> Secure {
        let acceptor = security.as_ref().map(|s| TlsAcceptor::from(s.server.clone()));
        Secure { acceptor, dialling: security.and_then(Dialling::new), names: Mutex::default() }
    }

    pub(crate) fn acceptor(&self) -> Option<&TlsAcceptor> {
        self.acceptor.as_ref()
    }

    /// What to dial this address with, and what it has to be called.
    pub(crate) fn connector(&self, remote: SocketAddr) -> Option<(TlsConnector, ServerName<'static>)> {
        let dialling = self.dialling.as_ref()?;
        let names = self.lock();
        let host = names.by_address.get(&remote).cloned().unwrap_or_else(|| remote.ip().to_canonical().to_string());
        let pins = names.trunks.get(&host).cloned().unwrap_or_default();
        drop(names);
        let name = ServerName::try_from(host).ok()?;
        let connector = if pins.is_empty() { dialling.usual.clone() } else { dialling.pinned(pins)? };
        Some((connector, name))
    }

    /// These addresses were found for this host.
    pub(crate) fn learn(&self, host: &str, hops: &[(Transport, SocketAddr)]) {
        let host = normal(host);
        let mut names = self.lock();
        for (_, address) in hops.iter().filter(|(transport, _)| *transport == Transport::Tls) {
            let before = names.by_address.get(address);
            let own = address.ip().to_canonical().to_string();
            let of_trunk =
                names.trunks.contains_key(&own) || before.is_some_and(|name| names.trunks.contains_key(name));
            if of_trunk && !names.trunks.contains_key(&host) {
                continue; // nobody takes a trunk's address its name
            }
            if before.is_none() && names.by_address.len() >= NAMES {
                names.by_address.pop_first();
            }
            names.by_address.insert(*address, host.clone());
        }
    }

    pub(crate) fn set_trunks(&self, directory: &Directory) {
        let mut trunks: BTreeMap<String, BTreeSet<[u8; 32]>> = BTreeMap::new();
        for target in directory.trunks().iter().filter_map(|trunk| trunk.outbound.as_ref()) {
            trunks.entry(normal(&target.host)).or_default().extend(target.certificate);
        }
        self.lock().trunks = trunks;
    }

    fn lock(&self) -> MutexGuard<'_, Names> {
        // Nothing in here panics half way; a poisoned lock still guards whole values.
        self.names.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Dialling {
    fn new(security: Security) -> Option<Dialling> {
        let built = WebPkiServerVerifier::builder_with_provider(security.roots, crypto()).build();
        let verifier = match built {
            Ok(verifier) => verifier,
            Err(fault) => {
                tracing::warn!(%fault, "nobody can vouch for those whom we dial over TLS");
                return None;
            }
        };
        let own = security.own;
        let usual = connector(verifier.clone(), own.clone())?;
        Some(Dialling { verifier, own, usual })
    }

    fn pinned(&self, pins: BTreeSet<[u8; 32]>) -> Option<TlsConnector> {
        connector(Arc::new(Pinned { pins, signatures: self.verifier.clone() }), self.own.clone())
    }
}

fn crypto() -> Arc<CryptoProvider> {
    Arc::new(provider::default_provider())
}

fn connector(verifier: Arc<dyn ServerCertVerifier>, own: Arc<dyn ResolvesClientCert>) -> Option<TlsConnector> {
    let config = ClientConfig::builder_with_provider(crypto())
        .with_safe_default_protocol_versions()
        .ok()?
        .dangerous() // the library's word for a verifier of one's own; both of ours verify
        .with_custom_certificate_verifier(verifier)
        .with_client_cert_resolver(own);
    Some(TlsConnector::from(Arc::new(config)))
}

/// As names are compared: without case, brackets and the point at the end; an address as it is written shortest.
fn normal(host: &str) -> String {
    let bare = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
    match bare.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().to_string(),
        Err(_) => bare.to_ascii_lowercase(),
    }
}

/// Believes these certificates and no others, by the SHA-256 of the whole.
#[derive(Debug)]
struct Pinned {
    pins: BTreeSet<[u8; 32]>,
    /// That the other side has the key is verified as always.
    signatures: Arc<WebPkiServerVerifier>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let shown = digest(&SHA256, end_entity);
        match self.pins.iter().any(|pin| pin == shown.as_ref()) {
            true => Ok(ServerCertVerified::assertion()),
            false => Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure)),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.signatures.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.signatures.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.signatures.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::directory::{Trunk, TrunkTarget};
    use ringdesk_model::TrunkId;
    use ringdesk_voice::InterfaceId;

    fn named(secure: &Secure, address: &str) -> Option<String> {
        secure.lock().by_address.get(&address.parse().unwrap()).cloned()
    }

    #[test]
    fn an_address_has_the_name_it_was_found_by_and_a_trunk_keeps_its_own() {
        let secure = Secure::new(None);
        let target =
            TrunkTarget { host: "SIP.Carrier.example.".into(), port: None, transport: None, certificate: None };
        let id = TrunkId(uuid::Uuid::from_u128(1));
        let interface = InterfaceId(0);
        let trunk = Trunk { id, name: "t".into(), nets: Vec::new(), outbound: Some(target), interface };
        secure.set_trunks(&Directory::new("r", Vec::new(), vec![trunk]));
        let found = |address: &str| [(Transport::Tls, address.parse::<SocketAddr>().unwrap())];
        secure.learn("other.example", &found("192.0.2.1:5061"));
        assert_eq!(named(&secure, "192.0.2.1:5061").as_deref(), Some("other.example"));
        secure.learn("sip.carrier.example", &found("192.0.2.1:5061"));
        assert_eq!(named(&secure, "192.0.2.1:5061").as_deref(), Some("sip.carrier.example"));
        secure.learn("other.example", &found("192.0.2.1:5061"));
        assert_eq!(named(&secure, "192.0.2.1:5061").as_deref(), Some("sip.carrier.example"), "the trunk's");
        secure.learn("plain.example", &[(Transport::Tcp, "192.0.2.2:5061".parse().unwrap())]);
        assert_eq!(named(&secure, "192.0.2.2:5061"), None);
        for port in 1..=u16::try_from(NAMES).unwrap() + 10 {
            secure.learn("many.example", &[(Transport::Tls, SocketAddr::from(([192, 0, 2, 9], port)))]);
        }
        assert_eq!(secure.lock().by_address.len(), NAMES);
    }

    #[test]
    fn hosts_are_compared_as_names() {
        for (host, as_name) in
            [("A.example.", "a.example"), ("[2001:DB8::1]", "2001:db8::1"), ("::ffff:192.0.2.1", "192.0.2.1")]
        {
            assert_eq!(normal(host), as_name);
        }
    }
}
