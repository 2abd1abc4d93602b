//! HTTPS to the authority: one connection for each request, believed as the machine and `certificates.trust` say. Nothing of
//! it may take long, or be large.

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{HOST, HeaderValue, RETRY_AFTER};
use hyper::{Request, Response, Uri};
use hyper_util::rt::TokioIo;
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, version};

/// For a request and its answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Of an answer: a chain of certificates has a few thousand bytes.
const BODY: usize = 256 * 1024;

#[derive(Clone)]
pub(super) struct Client {
    tls: Arc<ClientConfig>,
    /// How long we were asked to leave it alone, by the last answer that said so.
    patience: Arc<Mutex<Option<Duration>>>,
}

impl Client {
    pub(super) fn new(roots: Arc<RootCertStore>) -> Client {
        let mut tls = ClientConfig::builder_with_provider(super::super::provider())
            .with_protocol_versions(&[&version::TLS13, &version::TLS12])
            .expect("ring speaks both versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        Client { tls: Arc::new(tls), patience: Arc::default() }
    }

    /// Taken once.
    pub(super) fn asked_for_patience(&self) -> Option<Duration> {
        self.patience.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    async fn ask(&self, mut request: Request<BodyWrapper<Bytes>>) -> Result<Response<Full<Bytes>>, Fault> {
        let uri = request.uri().clone();
        let (host, port) = match (uri.scheme_str(), uri.host()) {
            (Some("https"), Some(host)) => (host.to_owned(), uri.port_u16().unwrap_or(443)),
            _ => return Err(format!("{uri} is no HTTPS address").into()),
        };
        let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(bare.clone())?;
        let stream = TcpStream::connect((bare.as_str(), port)).await?;
        let stream = TlsConnector::from(self.tls.clone()).connect(name, stream).await?;
        let at = if port == 443 { host } else { format!("{host}:{port}") };
        request.headers_mut().insert(HOST, HeaderValue::try_from(at)?);
        *request.uri_mut() = uri.path_and_query().map_or_else(|| Uri::from_static("/"), |path| path.clone().into());
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let carried = tokio::spawn(connection);
        let answer = sender.send_request(request).await?;
        let (head, body) = answer.into_parts();
        let asked = head.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
        if let Some(seconds) = asked
            && (head.status == 429 || head.status == 503)
        {
            let patience = Some(Duration::from_secs(seconds));
            *self.patience.lock().unwrap_or_else(PoisonError::into_inner) = patience;
        }
        let body = Limited::new(body, BODY).collect().await?.to_bytes();
        carried.abort();
        Ok(Response::from_parts(head, Full::new(body)))
    }
}

type Fault = Box<dyn std::error::Error + Send + Sync>;

impl HttpClient for Client {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let client = self.clone();
        Box::pin(async move {
            match tokio::time::timeout(PATIENCE, client.ask(request)).await {
                Ok(Ok(answer)) => Ok(BytesResponse::from(answer)),
                Ok(Err(fault)) => Err(Error::Other(fault)),
                Err(_) => Err(Error::Str("an answer within 30 s")),
            }
        })
    }
}
