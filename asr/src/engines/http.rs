//! One POST over HTTP/1.1, with or without TLS, one connection each: an utterance takes longer than a handshake.

use crate::EngineFault;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Bytes;
use hyper::{Request, Uri, header};
use hyper_util::rt::TokioIo;
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// No transcript of a minute is longer.
const MOST_ANSWER: usize = 1 << 20;

/// Where requests go, and how.
pub(super) struct Server {
    uri: Uri,
    host: String,
    port: u16,
    tls: Option<TlsConnector>,
}

impl Server {
    /// `http` or `https`. `authority`: a file with certificates of those who may vouch for the server, instead of the system's.
    pub(super) fn new(url: &str, authority: Option<&Path>) -> Result<Server, String> {
        let uri: Uri = url.parse().map_err(|e| format!("the address of the server: {e}"))?;
        let host = uri.host().ok_or("the address of the server names no host")?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_string();
        let (tls, port) = match uri.scheme_str() {
            Some("http") => (None, 80),
            Some("https") => (Some(connector(authority)?), 443),
            _ => return Err("the address of the server begins with http:// or https://".into()),
        };
        Ok(Server { port: uri.port_u16().unwrap_or(port), host, tls, uri })
    }

    /// The status and the whole answer.
    pub(super) async fn post(
        &self,
        bearer: Option<&str>,
        content_type: &str,
        body: Vec<u8>,
    ) -> Result<(u16, Vec<u8>), EngineFault> {
        let gone = |e: std::io::Error| EngineFault::Unreachable(e.to_string());
        let mut request = Request::post(self.uri.path_and_query().map_or("/", |p| p.as_str()))
            .header(header::HOST, self.uri.authority().map_or("", |a| a.as_str()))
            .header(header::CONTENT_TYPE, content_type)
            .header(header::ACCEPT, "application/json");
        if let Some(bearer) = bearer {
            request = request.header(header::AUTHORIZATION, format!("Bearer {bearer}"));
        }
        let request = request
            .body(Full::new(Bytes::from(body)))
            // A key with a line end in it; not the key itself in the message.
            .map_err(|_| EngineFault::Missing("a key that can stand in a header".into()))?;
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await.map_err(gone)?;
        match &self.tls {
            None => exchange(stream, request).await,
            Some(tls) => {
                let name = ServerName::try_from(self.host.clone());
                let name = name.map_err(|_| EngineFault::Unreachable("the host's name cannot be verified".into()))?;
                exchange(tls.connect(name, stream).await.map_err(gone)?, request).await
            }
        }
    }
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    request: Request<Full<Bytes>>,
) -> Result<(u16, Vec<u8>), EngineFault> {
    let gone = |e: hyper::Error| EngineFault::Unreachable(e.to_string());
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(gone)?;
    let talk = async {
        let answer = sender.send_request(request).await.map_err(gone)?;
        let status = answer.status().as_u16();
        let body = Limited::new(answer.into_body(), MOST_ANSWER).collect().await.map_err(|e| {
            if e.is::<LengthLimitError>() {
                EngineFault::Rubbish("it does not stop".into())
            } else {
                EngineFault::Unreachable(e.to_string())
            }
        })?;
        Ok((status, body.to_bytes().to_vec()))
    };
    tokio::pin!(talk);
    tokio::select! {
        done = &mut talk => done,
        // The connection is over when both sides have said all: the answer is in, or never comes.
        end = connection => match end {
            Ok(()) => talk.await,
            Err(e) => Err(gone(e)),
        },
    }
}

fn connector(authority: Option<&Path>) -> Result<TlsConnector, String> {
    let mut roots = RootCertStore::empty();
    match authority {
        Some(file) => {
            let fault = |e: String| format!("the certificates in {}: {e}", file.display());
            for certificate in CertificateDer::pem_file_iter(file).map_err(|e| fault(e.to_string()))? {
                let certificate = certificate.map_err(|e| fault(e.to_string()))?;
                roots.add(certificate).map_err(|e| fault(e.to_string()))?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if roots.is_empty() {
        return Err("no certificate of anybody who could vouch for the server".into());
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}
