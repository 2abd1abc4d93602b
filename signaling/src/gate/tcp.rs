//! TCP, and TLS on top of it: listening and dialling. What happens on a connection is told in [`super::stream`].
//!
//! A place is taken before the handshake begins and the handshake has a deadline, so nobody gets more by not finishing it;
//! a stranger pays for one out of its budget of messages, as it costs us more than a message.

use super::inlet::Inlet;
use super::limits::Limit;
use super::sources::Admission;
use super::stream::{StreamRoom, finish, serve};
use super::streams::{Direction, Link, Outgoing};
use crate::core::input::{Hop, HopFailure, Transport};
use ringdesk_voice::InterfaceId;
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_rustls::rustls::{self, CertificateError};
use tokio_rustls::{TlsAcceptor, TlsConnector, TlsStream};

#[derive(Debug)]
pub(crate) struct TcpPort {
    interface: InterfaceId,
    transport: Transport,
    listener: TcpListener,
    local: SocketAddr,
}

/// Connections the kernel holds until we take them.
const BACKLOG: i32 = 1_024;

impl TcpPort {
    /// `transport`: TCP, or TLS.
    pub(crate) fn bind(interface: InterfaceId, transport: Transport, address: SocketAddr) -> io::Result<TcpPort> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        if address.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        // For a restart while old connections linger in TIME_WAIT; a second listener is an error all the same.
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        let listener = TcpListener::from_std(socket.into())?;
        let local = listener.local_addr()?;
        Ok(TcpPort { interface, transport, listener, local })
    }

    pub(crate) fn local(&self) -> SocketAddr {
        self.local
    }
}

/// Accept until the task is dropped. Beyond a cap a connection is closed at once: the refusal costs us no place.
pub(crate) async fn listen(port: TcpPort, room: StreamRoom) {
    loop {
        let Ok((stream, remote)) = port.listener.accept().await else {
            // Out of file descriptors, or the client is gone already; the former must not spin.
            pause(&room.inlet).await;
            continue;
        };
        let hop = Hop { transport: port.transport, interface: port.interface, remote, connection: None };
        let now = room.inlet.now();
        let known = room.inlet.sources.knows(now, remote.ip());
        let secure = port.transport.is_secure();
        if secure && room.inlet.sources.admit(now, &hop, &[]) == Admission::OverBudget {
            room.inlet.counters.over_budget.one();
            continue;
        }
        let direction = Direction::Inbound { known };
        let Ok((link, outgoing)) = room.streams.open(&hop, direction) else {
            room.inlet.counters.refused.one();
            if room.streams.refuse(now, remote.ip()) {
                room.inlet.sources.tell(now, &hop, Limit::Connections, known, None);
            }
            continue;
        };
        room.inlet.counters.accepted.one();
        match room.secure.acceptor().filter(|_| secure) {
            Some(acceptor) => {
                let acceptor = acceptor.clone();
                room.tasks.spawn(accept(room.clone(), link, outgoing, direction, acceptor, stream));
            }
            None => {
                room.tasks.spawn(run(room.clone(), link, outgoing, direction, stream));
            }
        }
    }
}

async fn accept(
    room: StreamRoom,
    link: Arc<Link>,
    outgoing: Outgoing,
    direction: Direction,
    acceptor: TlsAcceptor,
    stream: TcpStream,
) {
    no_delay(&stream);
    let shaking = link.close.run_until_cancelled(timeout(room.limits.first_message(), acceptor.accept(stream)));
    let why = match shaking.await {
        Some(Ok(Ok(stream))) => return run_secure(room, link, outgoing, direction, stream.into()).await,
        Some(Ok(Err(fault))) => {
            room.inlet.counters.handshakes_failed.one();
            tracing::debug!(source = %link.hop.remote, %fault, "no TLS came about");
            HopFailure::Closed
        }
        Some(Err(_)) => {
            room.inlet.counters.timed_out.one();
            HopFailure::TimedOut
        }
        None => HopFailure::Closed,
    };
    link.close.cancel();
    finish(&room, link, direction, why).await;
}

/// Connect for a link whose messages are waiting in its buffer already, then serve it. `from` is an address of the
/// interface, or a wildcard.
pub(crate) async fn dial(room: StreamRoom, link: Arc<Link>, outgoing: Outgoing, from: SocketAddr) {
    let reaching = reach(&room, &link, from);
    let connecting = link.close.run_until_cancelled(timeout(room.limits.connect(), reaching));
    let why = match connecting.await {
        Some(Ok(Ok(reached))) => {
            room.inlet.counters.dialled.one();
            return match reached {
                Reached::Plain(stream) => run(room, link, outgoing, Direction::Outbound, stream).await,
                Reached::Secure(stream) => run_secure(room, link, outgoing, Direction::Outbound, *stream).await,
            };
        }
        Some(Ok(Err(error))) if error.kind() == io::ErrorKind::ConnectionRefused => HopFailure::Refused,
        Some(Ok(Err(error))) => unreached(&error),
        Some(Err(_)) => HopFailure::TimedOut,
        None => HopFailure::Closed,
    };
    room.inlet.counters.dial_failed.one();
    link.close.cancel();
    finish(&room, link, Direction::Outbound, why).await;
}

/// Why no connection came about: for who has to do something about it, a certificate is another matter than a route.
fn unreached(error: &io::Error) -> HopFailure {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(fault)) => match fault {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => HopFailure::CertificateExpired,
            _ => HopFailure::CertificateRefused,
        },
        Some(_) => HopFailure::Unsecured,
        None if error.kind() == io::ErrorKind::UnexpectedEof => HopFailure::Unsecured,
        None => HopFailure::Unroutable,
    }
}

/// A connection that stands.
enum Reached {
    Plain(TcpStream),
    Secure(Box<TlsStream<TcpStream>>),
}

async fn reach(room: &StreamRoom, link: &Link, from: SocketAddr) -> io::Result<Reached> {
    let remote = link.hop.remote;
    if !link.hop.transport.is_secure() {
        return connect(from, remote).await.map(Reached::Plain);
    }
    let unsecured = || io::Error::other("no TLS here");
    let (connector, name): (TlsConnector, _) = room.secure.connector(remote).ok_or_else(unsecured)?;
    let stream = connect(from, remote).await?;
    no_delay(&stream);
    match connector.connect(name.clone(), stream).await {
        Ok(stream) => Ok(Reached::Secure(Box::new(stream.into()))),
        Err(fault) => {
            room.inlet.counters.handshakes_failed.one();
            tracing::warn!(%remote, name = %name.to_str(), %fault, "TLS: the other side is not who it should be");
            Err(fault)
        }
    }
}

async fn connect(from: SocketAddr, to: SocketAddr) -> io::Result<TcpStream> {
    let socket = if to.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    if !from.ip().is_unspecified() {
        socket.bind(SocketAddr::new(from.ip(), 0))?;
    }
    socket.connect(to).await
}

async fn run(room: StreamRoom, link: Arc<Link>, outgoing: Outgoing, direction: Direction, stream: TcpStream) {
    no_delay(&stream);
    let (reading, writing) = stream.into_split();
    serve(room, link, outgoing, direction, reading, writing).await;
}

async fn run_secure(
    room: StreamRoom,
    link: Arc<Link>,
    outgoing: Outgoing,
    direction: Direction,
    stream: TlsStream<TcpStream>,
) {
    let (reading, writing) = tokio::io::split(stream);
    serve(room, link, outgoing, direction, reading, writing).await;
}

fn no_delay(stream: &TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
}

async fn pause(inlet: &Inlet) {
    inlet.counters.socket_errors.one();
    tokio::time::sleep(Duration::from_millis(20)).await;
}
