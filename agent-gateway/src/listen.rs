//! The listeners: HTTP/1.1, with TLS or without, on sockets that nobody can hold for nothing. A handshake and a head have to
//! come within seconds, a connection at rest is closed, and there is an end to how many there are; a further one waits in the
//! system's own queue. From elsewhere than this machine one address has a part of them and no more.

use crate::proxies::Proxies;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tower_service::Service as _;

/// Patience with clients.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// From the connection to the end of the TLS handshake.
    pub handshake: Duration,
    /// For the whole head of a request; the next one of a connection, too.
    pub head: Duration,
    pub connections: usize,
    /// Of one address elsewhere, with the exception of named proxies. An office is one address.
    pub connections_per_source: usize,
}

impl Default for Patience {
    fn default() -> Self {
        Patience {
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(15),
            connections: 2_000,
            connections_per_source: 500,
        }
    }
}

/// Bytes of a head: a token, a path, and what somebody looks for.
const HEAD: usize = 128 * 1024;
const FIELDS: usize = 64;

/// Came over TLS: stands among the extensions of a request.
#[derive(Clone, Copy, Debug)]
pub struct Secured;

/// To which address of ours a connection came; the same.
#[derive(Clone, Copy, Debug)]
pub struct Local(pub SocketAddr);

/// Serve until the listener fails for good.
pub async fn serve(listener: TcpListener, router: Router, patience: Patience) -> io::Result<()> {
    accept(listener, None, router, patience, Proxies::default()).await
}

/// The same behind TLS.
pub async fn serve_secure(
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    router: Router,
    patience: Patience,
    proxies: Proxies,
) -> io::Result<()> {
    accept(listener, Some(TlsAcceptor::from(tls)), router, patience, proxies).await
}

async fn accept(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
    patience: Patience,
    proxies: Proxies,
) -> io::Result<()> {
    let places = Arc::new(Semaphore::new(patience.connections));
    let crowds = Crowds { most: patience.connections_per_source, ..Crowds::default() };
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return Ok(()) };
        match listener.accept().await {
            Ok((stream, peer)) => {
                let many = peer.ip().to_canonical().is_loopback() || proxies.trusts(peer.ip().to_canonical());
                let Some(part) = crowds.enter(peer.ip(), many) else { continue }; // closed at once
                let place = Place { _of_all: place, _of_source: part };
                let (router, tls) = (router.clone(), tls.clone());
                let Ok(local) = stream.local_addr() else { continue };
                tokio::spawn(async move {
                    let _place = place;
                    let _ = stream.set_nodelay(true); // slower without, no more
                    match tls {
                        None => talk(stream, (peer, local), None, router, patience).await,
                        Some(tls) => secured(stream, (peer, local), &tls, router, patience).await,
                    }
                });
            }
            // One connection that went away at the door, or no handles left for now.
            Err(fault) => {
                tracing::debug!(%fault, "a connection was not accepted");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

/// Theirs, and ours.
type Ends = (SocketAddr, SocketAddr);

async fn secured(stream: TcpStream, ends: Ends, tls: &TlsAcceptor, router: Router, patience: Patience) {
    match tokio::time::timeout(patience.handshake, tls.accept(stream)).await {
        // Who only wanted to see a certificate that proves a name (RFC 8737 §3) has seen it.
        Ok(Ok(stream)) if stream.get_ref().1.alpn_protocol() == Some(b"acme-tls/1") => {}
        Ok(Ok(stream)) => talk(stream, ends, Some(Secured), router, patience).await,
        Ok(Err(fault)) => tracing::debug!(%fault, "no TLS came about"),
        Err(_) => tracing::debug!("a TLS handshake came too late"),
    }
}

async fn talk(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    (peer, local): Ends,
    secured: Option<Secured>,
    router: Router,
    patience: Patience,
) {
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(Local(local));
        if let Some(secured) = secured {
            request.extensions_mut().insert(secured);
        }
        router.clone().call(request)
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(patience.head).max_headers(FIELDS).max_buf_size(HEAD);
    let connection = builder.serve_connection(TokioIo::new(stream), service).with_upgrades();
    if let Err(fault) = connection.await {
        tracing::debug!(%fault, "a connection ended");
    }
}

/// What a connection holds as long as it lasts.
struct Place {
    _of_all: OwnedSemaphorePermit,
    _of_source: Part,
}

/// How many connections each address has.
#[derive(Clone, Default)]
struct Crowds {
    // Looked up only; nothing depends on the order. It has no more entries than there are connections.
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
    most: usize,
}

impl Crowds {
    /// `many`: this address may have as many as there are.
    fn enter(&self, source: IpAddr, many: bool) -> Option<Part> {
        let source = source.to_canonical();
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(source).or_default();
        if *count >= self.most && !many {
            return None;
        }
        *count += 1;
        Some(Part { crowds: self.clone(), source })
    }
}

struct Part {
    crowds: Crowds,
    source: IpAddr,
}

impl Drop for Part {
    fn drop(&mut self) {
        let mut open = self.crowds.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.source) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.source);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_has_a_part_and_gives_it_back() {
        let crowds = Crowds { most: 2, ..Crowds::default() };
        let (here, there) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let first = crowds.enter(here, false).unwrap();
        let _second = crowds.enter(here, false).unwrap();
        assert!(crowds.enter("::ffff:192.0.2.1".parse().unwrap(), false).is_none(), "the same address");
        assert!(crowds.enter(here, true).is_some(), "a proxy");
        assert!(crowds.enter(there, false).is_some());
        drop(first);
        assert!(crowds.enter(here, false).is_some());
        assert_eq!(crowds.open.lock().unwrap().len(), 1, "who has none is forgotten");
    }
}
