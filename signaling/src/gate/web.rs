//! SIP over WebSocket (RFC 7118): browsers. The HTTP side does the handshake and hands over what is left of the connection;
//! from then on it is this room's, with the caps, budgets and deadlines of any other stream.
//!
//! One message of SIP is one of WebSocket, so nothing is framed here. Browsers answer pings by themselves, and one that does
//! not for a while is gone, whatever its TCP connection says.

use super::limits::Limit;
use super::sources::Admission;
use super::stream::{StreamRoom, finish};
use super::streams::{Direction, Link, NotReading, Outgoing};
use crate::core::input::{Hop, HopFailure, Transport};
use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use ringdesk_voice::InterfaceId;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{timeout, timeout_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_util::sync::CancellationToken;

/// A sign of life is asked for so often, and has to have come after so long.
const PING: Duration = Duration::from_secs(20);
const SILENCE: Duration = Duration::from_secs(65);
/// Answer to a double CRLF (RFC 5626 §4.4.1).
const PONG: &[u8] = b"\r\n";

/// Where browsers come in: what the handle needs of the room for it.
#[derive(Clone)]
pub(crate) struct WebDoor {
    room: StreamRoom,
    /// The room's own thread.
    runtime: tokio::runtime::Handle,
    /// Addresses of the interfaces, in their order.
    interfaces: Vec<Vec<IpAddr>>,
    /// The interface that was named for browsers.
    named: Option<InterfaceId>,
}

/// A browser that wants in.
#[derive(Clone, Copy, Debug)]
pub struct Visitor {
    /// Where it is, as far as proxies can be believed.
    pub remote: SocketAddr,
    /// To which address of ours it came.
    pub local: SocketAddr,
    /// By `wss:`, to us or to a proxy.
    pub secure: bool,
}

/// A place for one connection. Whoever drops it without a connection gives it back.
pub struct WebPlace {
    room: StreamRoom,
    runtime: tokio::runtime::Handle,
    direction: Direction,
    taken: Option<(Arc<Link>, Outgoing)>,
}

impl WebDoor {
    pub(crate) fn new(
        room: StreamRoom,
        runtime: tokio::runtime::Handle,
        interfaces: Vec<Vec<IpAddr>>,
        named: Option<InterfaceId>,
    ) -> WebDoor {
        WebDoor { room, runtime, interfaces, named }
    }

    /// `None`: no room, or none for this one.
    pub(crate) fn open(&self, visitor: Visitor) -> Option<WebPlace> {
        let room = &self.room;
        let transport = if visitor.secure { Transport::Wss } else { Transport::Ws };
        let hop = Hop { transport, interface: self.interface(visitor.local), remote: visitor.remote, connection: None };
        let (now, source) = (room.inlet.now(), visitor.remote.ip());
        let known = room.inlet.sources.knows(now, source);
        if room.inlet.sources.admit(now, &hop, &[]) == Admission::OverBudget {
            room.inlet.counters.over_budget.one();
            return None;
        }
        let direction = Direction::Inbound { known };
        let Ok(taken) = room.streams.open(&hop, direction) else {
            room.inlet.counters.refused.one();
            if room.streams.refuse(now, source) {
                room.inlet.sources.tell(now, &hop, Limit::Connections, known, None);
            }
            return None;
        };
        room.inlet.counters.accepted.one();
        Some(WebPlace { room: room.clone(), runtime: self.runtime.clone(), direction, taken: Some(taken) })
    }

    /// The one that was named, else the one to whose address it came, else the first of its family.
    fn interface(&self, local: SocketAddr) -> InterfaceId {
        let ip = local.ip().to_canonical();
        let at = |fits: &dyn Fn(&IpAddr) -> bool| self.interfaces.iter().position(|bound| bound.iter().any(fits));
        let found = at(&|bound| *bound == ip).or_else(|| at(&|bound| bound.is_ipv4() == ip.is_ipv4())).unwrap_or(0);
        self.named.unwrap_or(InterfaceId(u16::try_from(found).unwrap_or(0)))
    }
}

impl WebPlace {
    /// Talk SIP over this connection, whose handshake is done, until one side ends it.
    pub fn serve(mut self, stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) {
        let Some((link, outgoing)) = self.taken.take() else { return };
        let (room, direction) = (self.room.clone(), self.direction);
        let run = run(room, link, outgoing, direction, stream);
        self.room.tasks.spawn_on(run, &self.runtime);
    }
}

impl Drop for WebPlace {
    fn drop(&mut self) {
        if let Some((link, _)) = self.taken.take() {
            link.close.cancel();
            self.room.streams.close(&link, self.direction);
        }
    }
}

async fn run(
    room: StreamRoom,
    link: Arc<Link>,
    outgoing: Outgoing,
    direction: Direction,
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
) {
    let most = room.limits.message_bytes;
    // Each look at a socket clears so many bytes: the usual 128 KiB would be most of the work.
    let config = WebSocketConfig::default()
        .read_buffer_size(4 * 1_024)
        .max_message_size(Some(most))
        .max_frame_size(Some(most))
        .max_write_buffer_size(room.limits.write_buffer_bytes.max(256 * 1_024));
    let socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await;
    let (sink, incoming) = socket.split();
    room.tasks.spawn(write(room.clone(), link.close.clone(), outgoing, sink));
    let closed = link.close.clone();
    closed.run_until_cancelled(read(&room, &link, incoming)).await;
    link.close.cancel();
    finish(&room, link, direction, HopFailure::Closed).await;
}

async fn read<S>(room: &StreamRoom, link: &Link, mut incoming: SplitStream<WebSocketStream<S>>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (inlet, limits) = (&room.inlet, &room.limits);
    let known = || inlet.sources.knows(inlet.now(), link.hop.remote.ip());
    // Only messages and keepalives move this; a pong only says that somebody is there.
    let mut patience = inlet.alarm(limits.first_message());
    let mut heard = inlet.alarm(SILENCE);
    loop {
        let message = match timeout_at(patience.min(heard), incoming.next()).await {
            Ok(Some(Ok(message))) => message,
            Ok(Some(Err(fault))) => {
                if !matches!(fault, Error::ConnectionClosed | Error::Io(_)) {
                    inlet.counters.broken_streams.one();
                    tracing::debug!(source = %link.hop.remote, %fault, "not WebSocket");
                }
                return;
            }
            Ok(None) => return,
            Err(_) => return inlet.counters.timed_out.one(),
        };
        heard = inlet.alarm(SILENCE);
        let bytes = match message {
            Message::Text(text) => Bytes::from(text),
            Message::Binary(bytes) => bytes,
            // Answered by the library.
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => continue,
            Message::Close(_) => return,
        };
        if bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
            inlet.counters.keepalives.one();
            if bytes.len() >= 4
                && let Err(NotReading { first }) = link.send(Bytes::from_static(PONG))
            {
                if first {
                    inlet.counters.not_reading.one();
                }
                return;
            }
        } else if !inlet.message(link.hop, bytes).await {
            return;
        }
        patience = inlet.alarm(limits.idle(known()));
    }
}

async fn write<S>(
    room: StreamRoom,
    close: CancellationToken,
    mut outgoing: Outgoing,
    mut sink: SplitSink<WebSocketStream<S>, Message>,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let all = async {
        let mut ping = tokio::time::interval_at(room.inlet.alarm(PING), PING);
        loop {
            let (message, length) = tokio::select! {
                next = outgoing.next() => match next {
                    Some(bytes) => (spoken(&bytes), bytes.len()),
                    None => return,
                },
                _ = ping.tick() => (Message::Ping(Bytes::new()), 0),
            };
            match timeout(room.limits.write(), sink.send(message)).await {
                Ok(Ok(())) => outgoing.written(length),
                Ok(Err(_)) => return,
                Err(_) => return room.inlet.counters.not_reading.one(),
            }
        }
    };
    close.run_until_cancelled(all).await;
    close.cancel();
    timeout(Duration::from_secs(1), sink.close()).await.ok();
}

/// Text where it is text: browsers show it so. SIP may carry other bytes (RFC 7118 §4.2 allows both).
fn spoken(bytes: &Bytes) -> Message {
    match std::str::from_utf8(bytes) {
        Ok(text) => Message::text(text),
        Err(_) => Message::Binary(bytes.clone()),
    }
}
