//! TCP: listening and dialling. What happens on a connection is told in [`super::stream`].

use super::inlet::Inlet;
use super::limits::Limit;
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

#[derive(Debug)]
pub(crate) struct TcpPort {
    interface: InterfaceId,
    listener: TcpListener,
    local: SocketAddr,
}

/// Connections the kernel holds until we take them.
const BACKLOG: i32 = 1_024;

impl TcpPort {
    pub(crate) fn bind(interface: InterfaceId, address: SocketAddr) -> io::Result<TcpPort> {
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
        Ok(TcpPort { interface, listener, local })
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
        let hop = Hop { transport: Transport::Tcp, interface: port.interface, remote, connection: None };
        let known = room.inlet.sources.knows(room.inlet.now(), remote.ip());
        let direction = Direction::Inbound { known };
        let Ok((link, outgoing)) = room.streams.open(&hop, direction) else {
            room.inlet.counters.refused.one();
            let now = room.inlet.now();
            if room.streams.refuse(now, remote.ip()) {
                room.inlet.sources.tell(now, &hop, Limit::Connections, known, None);
            }
            continue;
        };
        room.inlet.counters.accepted.one();
        room.tasks.spawn(run(room.clone(), link, outgoing, direction, stream));
    }
}

/// Connect for a link whose messages are waiting in its buffer already, then serve it. `from` is an address of the
/// interface, or a wildcard.
pub(crate) async fn dial(room: StreamRoom, link: Arc<Link>, outgoing: Outgoing, from: SocketAddr) {
    let connecting = link.close.run_until_cancelled(timeout(room.limits.connect(), connect(from, link.hop.remote)));
    let why = match connecting.await {
        Some(Ok(Ok(stream))) => {
            room.inlet.counters.dialled.one();
            return run(room, link, outgoing, Direction::Outbound, stream).await;
        }
        Some(Ok(Err(error))) if error.kind() == io::ErrorKind::ConnectionRefused => HopFailure::Refused,
        Some(Ok(Err(_))) => HopFailure::Unroutable,
        Some(Err(_)) => HopFailure::TimedOut,
        None => HopFailure::Closed,
    };
    room.inlet.counters.dial_failed.one();
    link.close.cancel();
    finish(&room, link, Direction::Outbound, why).await;
}

async fn connect(from: SocketAddr, to: SocketAddr) -> io::Result<TcpStream> {
    let socket = if to.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    if !from.ip().is_unspecified() {
        socket.bind(SocketAddr::new(from.ip(), 0))?;
    }
    socket.connect(to).await
}

async fn run(room: StreamRoom, link: Arc<Link>, outgoing: Outgoing, direction: Direction, stream: TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    let (reading, writing) = stream.into_split();
    serve(room, link, outgoing, direction, reading, writing).await;
}

async fn pause(inlet: &Inlet) {
    inlet.counters.socket_errors.one();
    tokio::time::sleep(Duration::from_millis(20)).await;
}
