//! One request over HTTP/1.1 or HTTP/2, with or without TLS, one connection each: an utterance takes longer than a handshake.

use crate::EngineFault;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::{http1, http2};
use hyper::{HeaderMap, Request, Response, Uri, header};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// No transcript of a minute is longer.
const MOST_ANSWER: usize = 1 << 20;

/// Where requests go, and how.
pub(crate) struct Server {
    uri: Uri,
    host: String,
    port: u16,
    tls: Option<TlsConnector>,
    version: Version,
}

/// Which of them is decided by the engine's protocol, not by the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    One,
    Two,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    /// What stands before the body, and after it.
    pub(crate) headers: HeaderMap,
    pub(crate) trailers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Server {
    /// `http` or `https`. `authority`: a file with certificates of those who may vouch for the server, instead of the system's.
    pub(crate) fn new(url: &str, authority: Option<&Path>, version: Version) -> Result<Server, String> {
        let uri: Uri = url.parse().map_err(|e| format!("the address of the server: {e}"))?;
        let host = uri.host().ok_or("the address of the server names no host")?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_string();
        let (tls, port) = match uri.scheme_str() {
            Some("http") => (None, 80),
            Some("https") => (Some(connector(authority, version)?), 443),
            _ => return Err("the address of the server begins with http:// or https://".into()),
        };
        Ok(Server { port: uri.port_u16().unwrap_or(port), host, tls, uri, version })
    }

    /// `path` is that of the address, unless a protocol has its own.
    pub(crate) async fn post(
        &self,
        path: Option<&str>,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Answer, EngineFault> {
        let own = self.uri.path_and_query().map_or("/", |p| p.as_str());
        let authority = self.uri.authority().map_or("", |a| a.as_str());
        let mut request = Request::post(match self.version {
            Version::One => own.to_string(),
            // HTTP/2 wants the whole address; it sends the parts as it likes them.
            Version::Two => {
                let scheme = if self.tls.is_some() { "https" } else { "http" };
                format!("{scheme}://{authority}{}", path.unwrap_or(own))
            }
        });
        if self.version == Version::One {
            request = request.header(header::HOST, authority);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request
            .body(Full::new(Bytes::from(body)))
            // A key with a line end in it; not the key itself in the message.
            .map_err(|_| EngineFault::Missing("a key that can stand in a header".into()))?;
        let stream = TokioIo::new(self.connect().await?);
        match self.version {
            Version::One => {
                let (mut sender, connection) = http1::handshake(stream).await.map_err(gone)?;
                drive(connection, collected(async { sender.send_request(request).await })).await
            }
            Version::Two => {
                let (mut sender, connection) = http2::handshake(TokioExecutor::new(), stream).await.map_err(gone)?;
                drive(connection, collected(async { sender.send_request(request).await })).await
            }
        }
    }

    /// A large answer, piece by piece, over HTTP/1.1; `stall`: how long the other side may say nothing.
    pub(crate) async fn get(
        &self,
        headers: &[(&str, &str)],
        stall: Duration,
        sink: &mut impl Sink,
    ) -> Result<(), EngineFault> {
        let slow = || EngineFault::Deadline(stall);
        let own = self.uri.path_and_query().map_or("/", |p| p.as_str());
        let mut request = Request::get(own).header(header::HOST, self.uri.authority().map_or("", |a| a.as_str()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(Bytes::new())).map_err(|e| EngineFault::Unreachable(e.to_string()))?;
        let stream = timeout(stall, self.connect()).await.map_err(|_| slow())??;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(gone)?;
        let talk = async {
            let answer = timeout(stall, sender.send_request(request)).await.map_err(|_| slow())?.map_err(gone)?;
            if !sink.head(answer.status().as_u16(), answer.headers()) {
                return Ok(());
            }
            let mut body = answer.into_body();
            while let Some(frame) = timeout(stall, body.frame()).await.map_err(|_| slow())? {
                if let Ok(piece) = frame.map_err(gone)?.into_data()
                    && !sink.piece(&piece)
                {
                    return Ok(());
                }
            }
            Ok(())
        };
        drive(connection, talk).await
    }

    async fn connect(&self) -> Result<Box<dyn Io>, EngineFault> {
        let gone = |e: std::io::Error| EngineFault::Unreachable(e.to_string());
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await.map_err(gone)?;
        let Some(tls) = &self.tls else { return Ok(Box::new(stream)) };
        let name = ServerName::try_from(self.host.clone());
        let name = name.map_err(|_| EngineFault::Unreachable("the host's name cannot be verified".into()))?;
        Ok(Box::new(tls.connect(name, stream).await.map_err(gone)?))
    }
}

/// Where a large answer goes.
pub(crate) trait Sink: Send {
    /// False: the rest is not wanted.
    fn head(&mut self, status: u16, headers: &HeaderMap) -> bool;
    /// False: no more of it.
    fn piece(&mut self, bytes: &[u8]) -> bool;
}

/// A connection, with or without TLS.
trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

async fn collected(answer: impl Future<Output = hyper::Result<Response<Incoming>>>) -> Result<Answer, EngineFault> {
    let (parts, body) = answer.await.map_err(gone)?.into_parts();
    let body = Limited::new(body, MOST_ANSWER).collect().await.map_err(|e| {
        if e.is::<LengthLimitError>() {
            EngineFault::Rubbish("it does not stop".into())
        } else {
            EngineFault::Unreachable(e.to_string())
        }
    })?;
    let trailers = body.trailers().cloned().unwrap_or_default();
    let body = body.to_bytes().to_vec();
    Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, trailers, body })
}

/// Both halves in one future: when it is dropped, so is the connection.
async fn drive<T>(
    connection: impl Future<Output = hyper::Result<()>>,
    talk: impl Future<Output = Result<T, EngineFault>>,
) -> Result<T, EngineFault> {
    let (mut talk, connection) = (std::pin::pin!(talk), std::pin::pin!(connection));
    tokio::select! {
        done = &mut talk => done,
        // The connection is over when both sides have said all: the answer is in, or never comes.
        end = connection => match end {
            Ok(()) => talk.await,
            Err(e) => Err(gone(e)),
        },
    }
}

fn gone(e: hyper::Error) -> EngineFault {
    EngineFault::Unreachable(e.to_string())
}

fn connector(authority: Option<&Path>, version: Version) -> Result<TlsConnector, String> {
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
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    if version == Version::Two {
        config.alpn_protocols = vec![b"h2".to_vec()];
    }
    Ok(TlsConnector::from(Arc::new(config)))
}
