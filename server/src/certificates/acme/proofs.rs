//! How we prove that a name leads to us: a text at an address under port 80 (HTTP-01, RFC 8555 §8.3), or a certificate that is
//! shown to whoever asks for `acme-tls/1` (TLS-ALPN-01, RFC 8737). Both stand as long as an order is open, and no longer.

use crate::certificates::provider;
use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use rcgen::{CertificateParams, CustomExtension, KeyPair};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::server::ClientHello;
use tokio_rustls::rustls::sign::CertifiedKey;

/// What a checking authority names in its handshake.
pub(crate) const ALPN: &[u8] = b"acme-tls/1";

/// Cheap to clone; all of them are one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proofs(Arc<RwLock<Open>>);

#[derive(Debug, Default)]
struct Open {
    /// Token to text; as many as the order has names.
    texts: BTreeMap<String, String>,
    /// By the name in the handshake.
    keys: BTreeMap<String, Arc<CertifiedKey>>,
}

impl Proofs {
    pub(super) fn put_text(&self, token: &str, text: &str) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).texts.insert(token.into(), text.into());
    }

    /// `digest`: SHA-256 of the text.
    pub(super) fn put_key(&self, name: &str, digest: &[u8]) -> Result<(), rcgen::Error> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(vec![name.to_owned()])?;
        params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
        let certificate = params.self_signed(&key)?;
        let private = PrivateKeyDer::try_from(key.serialize_der()).expect("rcgen writes PKCS#8");
        let signing = provider().key_provider.load_private_key(private).expect("ring reads what ring made");
        let shown = CertifiedKey::new(vec![certificate.der().clone()], signing);
        self.0.write().unwrap_or_else(PoisonError::into_inner).keys.insert(asked_as(name), Arc::new(shown));
        Ok(())
    }

    pub(super) fn clear(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Open::default();
    }

    fn text(&self, token: &str) -> Option<String> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).texts.get(token).cloned()
    }

    /// Somebody who offers this protocol and no other is the authority, or nobody that we talk to.
    pub(crate) fn is_asked(hello: &ClientHello<'_>) -> bool {
        hello.alpn().is_some_and(|offered| offered.eq([ALPN]))
    }

    pub(crate) fn key(&self, hello: &ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let name = hello.server_name()?.to_ascii_lowercase();
        self.0.read().unwrap_or_else(PoisonError::into_inner).keys.get(&name).cloned()
    }

    /// The page where texts are read.
    pub(crate) fn routes(&self) -> Router {
        let proofs = self.clone();
        let page = async move |Path(token): Path<String>| -> Response {
            match proofs.text(&token) {
                Some(text) => ([("content-type", "application/octet-stream")], text).into_response(),
                None => StatusCode::NOT_FOUND.into_response(),
            }
        };
        Router::new().route("/.well-known/acme-challenge/{token}", get(page))
    }
}

/// An address has no name in a handshake: its reverse one is used (RFC 8738 §6).
fn asked_as(name: &str) -> String {
    match name.parse() {
        Ok(IpAddr::V4(ip)) => {
            let [a, b, c, d] = ip.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        Ok(IpAddr::V6(ip)) => {
            let halves = ip.octets().into_iter().rev().flat_map(|byte| [byte & 15, byte >> 4]);
            halves.map(|half| format!("{half:x}.")).collect::<String>() + "ip6.arpa"
        }
        Err(_) => name.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 8738 §6, and of RFC 3596 §2.5.
    ///
    /// Rows: S16.27
    #[test]
    fn an_address_is_asked_for_by_its_reverse_name() {
        assert_eq!(asked_as("192.0.2.1"), "1.2.0.192.in-addr.arpa");
        let v6 = "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa";
        assert_eq!(asked_as("4321:0:1:2:3:4:567:89ab"), v6);
        assert_eq!(asked_as("Centre.Example"), "centre.example");
    }
}
