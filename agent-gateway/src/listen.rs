//! The listener: HTTP/1.1 on sockets that nobody can hold for nothing. A head has to come within seconds, a connection at rest
//! is closed, and there is an end to how many there are; a further one waits in the system's own queue.

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower_service::Service as _;

/// Patience with clients.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For the whole head of a request; the next one of a connection, too.
    pub head: Duration,
    pub connections: usize,
}

impl Default for Patience {
    fn default() -> Self {
        Patience { head: Duration::from_secs(15), connections: 2_000 }
    }
}

/// Bytes of a head: a token, a path, and what somebody looks for.
const HEAD: usize = 128 * 1024;
const FIELDS: usize = 64;

/// Serve until the listener fails for good.
pub async fn serve(listener: TcpListener, router: Router, patience: Patience) -> io::Result<()> {
    let places = Arc::new(Semaphore::new(patience.connections));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return Ok(()) };
        match listener.accept().await {
            Ok((stream, peer)) => drop(tokio::spawn(talk(stream, peer, router.clone(), patience, place))),
            // One connection that went away at the door, or no handles left for now.
            Err(fault) => {
                tracing::debug!(%fault, "a connection was not accepted");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

async fn talk(
    stream: TcpStream,
    peer: std::net::SocketAddr,
    router: Router,
    patience: Patience,
    _place: OwnedSemaphorePermit,
) {
    let _ = stream.set_nodelay(true); // slower without, no more
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().call(request)
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(patience.head).max_headers(FIELDS).max_buf_size(HEAD);
    let connection = builder.serve_connection(TokioIo::new(stream), service).with_upgrades();
    if let Err(fault) = connection.await {
        tracing::debug!(%fault, "a connection ended");
    }
}
