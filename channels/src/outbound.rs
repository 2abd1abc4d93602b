//! What leaves: a signed POST, over a connection of its own, to an address that the guard has looked at. Nothing of it may take
//! long or be large, and no answer leads anywhere else (redirections are not followed).

use crate::{Guard, webhook};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HOST, HeaderValue, RETRY_AFTER, USER_AGENT};
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use ringdesk_model::Timestamp;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, version};

/// For one hand-over, all of it.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// Of an answer that is read; more of it is not ours.
const ANSWER: usize = 64 * 1024;
/// The longest wait that a receiver may ask for.
const LONGEST: Duration = Duration::from_secs(3_600);

/// One hand-over.
#[derive(Clone, Debug)]
pub struct Outbound<'a> {
    pub url: &'a str,
    /// The same for every try, so that the other side knows it again.
    pub id: &'a str,
    pub body: &'a [u8],
    pub secrets: &'a [String],
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// They have it.
    Accepted,
    /// They do not want it, and will not want it later (a sentence for people).
    Refused(String),
    /// They did not get it: it can be sent again, not before the time they ask for.
    Later(String, Option<Duration>),
    /// It was handed over, and they did not say whether they have it.
    Unknown(String),
}

/// Carries hand-overs. Clones share it.
#[derive(Clone)]
pub struct Carrier {
    tls: Arc<ClientConfig>,
    guard: Guard,
    patience: Duration,
}

/// Why an address cannot be one of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    #[error("the address is `https://host/path`, or `http://` inside an allowed network")]
    Form,
    #[error("the address carries a name or a password")]
    Credentials,
    #[error("the address leads into a network that the configuration does not allow (channels.allow_networks)")]
    Closed,
}

impl Carrier {
    /// Believes what the machine believes.
    pub fn new(guard: Guard, patience: Duration) -> Carrier {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let mut tls = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&version::TLS13, &version::TLS12])
            .expect("ring speaks both versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        Carrier { tls: Arc::new(tls), guard, patience }
    }

    /// May this be the address of a webhook? What its name leads to is looked at again at every hand-over.
    pub fn check(&self, url: &str) -> Result<(), BadAddress> {
        let (uri, host, _) = parts(url)?;
        let literal: Option<IpAddr> = host.parse().ok();
        if literal.is_some_and(|address| !self.guard.allows(address)) || host.eq_ignore_ascii_case("localhost") {
            return match literal.is_none() && self.guard.allows(IpAddr::from([127, 0, 0, 1])) {
                true => Ok(()),
                false => Err(BadAddress::Closed),
            };
        }
        // In the clear only where somebody said that the network is theirs.
        match uri.scheme_str() {
            Some("http") if literal.is_none() => Err(BadAddress::Form),
            _ => Ok(()),
        }
    }

    /// Hand it over once.
    pub async fn send(&self, now: Timestamp, out: &Outbound<'_>) -> Sent {
        // From the first byte of the request on nobody knows what they have.
        let spoken = AtomicBool::new(false);
        let told = tokio::time::timeout(self.patience, self.deliver(now, out, &spoken)).await;
        let why = match told {
            Ok(Ok(sent)) => return sent,
            Ok(Err(why)) => why.to_string(),
            Err(_) => format!("no answer within {} s", self.patience.as_secs_f32()),
        };
        match spoken.load(Ordering::Relaxed) {
            true => Sent::Unknown(why),
            false => Sent::Later(why, None),
        }
    }

    async fn deliver(&self, now: Timestamp, out: &Outbound<'_>, spoken: &AtomicBool) -> Result<Sent, Fault> {
        let (uri, host, port) = match parts(out.url) {
            Ok(parts) => parts,
            Err(why) => return Ok(Sent::Refused(why.to_string())),
        };
        let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), port)).await?.collect();
        // All of them: what is looked up again for the connection might be another one.
        let Some(to) = found.iter().copied().find(|to| self.guard.allows(to.ip())) else {
            return Ok(Sent::Refused(BadAddress::Closed.to_string()));
        };
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        if uri.scheme_str() == Some("https") {
            let name = ServerName::try_from(host.clone())?;
            let stream = TlsConnector::from(self.tls.clone()).connect(name, stream).await?;
            return ask(stream, &uri, now, out, spoken).await;
        }
        ask(stream, &uri, now, out, spoken).await
    }
}

type Fault = Box<dyn std::error::Error + Send + Sync>;

async fn ask<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    uri: &Uri,
    now: Timestamp,
    out: &Outbound<'_>,
    spoken: &AtomicBool,
) -> Result<Sent, Fault> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let carried = tokio::spawn(connection);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let host = uri.authority().map(ToString::to_string).unwrap_or_default();
    let signature = webhook::sign(out.id, now, out.body, out.secrets.iter().map(String::as_str));
    let request = Request::post(path)
        .header(HOST, HeaderValue::try_from(host)?)
        .header(CONTENT_TYPE, "application/json")
        .header(USER_AGENT, "Ringdesk")
        .header("webhook-id", out.id)
        .header("webhook-timestamp", now.as_millis().div_euclid(1_000).to_string())
        .header("webhook-signature", signature)
        .body(Full::new(Bytes::copy_from_slice(out.body)))?;
    spoken.store(true, Ordering::Relaxed);
    let answer = sender.send_request(request).await;
    let answer = match answer {
        Ok(answer) => answer,
        Err(why) => {
            carried.abort();
            return Err(why.into());
        }
    };
    let (head, body) = answer.into_parts();
    let asked = head.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    // So that they are not cut off in the middle of their answer; what it says does not matter.
    let _ = Limited::new(body, ANSWER).collect().await;
    carried.abort();
    Ok(judged(head.status, asked.map(Duration::from_secs)))
}

/// What a status says of the text.
fn judged(status: StatusCode, asked: Option<Duration>) -> Sent {
    let why = format!("they answered {}", status.as_u16());
    match status.as_u16() {
        200..=299 => Sent::Accepted,
        408 | 425 | 429 | 500..=599 => Sent::Later(why, asked.map(|wait| wait.min(LONGEST))),
        _ => Sent::Refused(why),
    }
}

/// The address, its host without brackets, its port.
fn parts(url: &str) -> Result<(Uri, String, u16), BadAddress> {
    let uri: Uri = url.parse().map_err(|_| BadAddress::Form)?;
    let standard = match uri.scheme_str() {
        Some("https") => 443,
        Some("http") => 80,
        _ => return Err(BadAddress::Form),
    };
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err(BadAddress::Credentials);
    }
    let host = uri.host().filter(|host| !host.is_empty()).ok_or(BadAddress::Form)?;
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let port = uri.port_u16().unwrap_or(standard);
    Ok((uri, host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_looked_at_before_it_is_kept() {
        let closed = Carrier::new(Guard::default(), PATIENCE);
        let open = Carrier::new(Guard::new(["127.0.0.0/8".parse().unwrap()]), PATIENCE);
        for (url, by_default, with_loopback) in [
            ("https://bridge.example/hook?x=1", Ok(()), Ok(())),
            ("http://bridge.example/hook", Err(BadAddress::Form), Err(BadAddress::Form)),
            ("https://8.8.8.8/hook", Ok(()), Ok(())),
            ("http://127.0.0.1:9/hook", Err(BadAddress::Closed), Ok(())),
            ("https://localhost/hook", Err(BadAddress::Closed), Ok(())),
            ("https://[::1]/hook", Err(BadAddress::Closed), Err(BadAddress::Closed)),
            ("https://169.254.169.254/latest", Err(BadAddress::Closed), Err(BadAddress::Closed)),
            ("https://me:secret@bridge.example/", Err(BadAddress::Credentials), Err(BadAddress::Credentials)),
            ("ftp://bridge.example/", Err(BadAddress::Form), Err(BadAddress::Form)),
            ("file:///etc/passwd", Err(BadAddress::Form), Err(BadAddress::Form)),
            ("bridge.example", Err(BadAddress::Form), Err(BadAddress::Form)),
        ] {
            assert_eq!((closed.check(url), open.check(url)), (by_default, with_loopback), "{url}");
        }
    }

    #[test]
    fn a_status_says_whether_it_may_be_sent_again() {
        for (status, wait, expected) in [
            (204, None, Sent::Accepted),
            (404, None, Sent::Refused("they answered 404".into())),
            (301, None, Sent::Refused("they answered 301".into())),
            (429, Some(7), Sent::Later("they answered 429".into(), Some(Duration::from_secs(7)))),
            (503, Some(99_999), Sent::Later("they answered 503".into(), Some(LONGEST))),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(judged(status, wait.map(Duration::from_secs)), expected);
        }
    }
}
