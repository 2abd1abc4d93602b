//! The way out: which socket or connection takes a message. Nothing here waits.

use super::stream::StreamRoom;
use super::streams::{Direction, NotReading};
use super::tcp;
use super::udp::UdpPort;
use crate::core::input::{Hop, HopFailure, Transport};
use bytes::Bytes;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

/// The sockets of one interface, as far as sending needs them.
#[derive(Default)]
pub(crate) struct Way {
    pub(crate) udp: Option<Arc<UdpPort>>,
    /// Address from which this interface dials; `None`: no streams here.
    pub(crate) tcp: Option<SocketAddr>,
    /// The same for TLS, which needs no listener of its own.
    pub(crate) tls: Option<SocketAddr>,
}

pub(crate) struct Outbound {
    /// By interface.
    ways: Vec<Way>,
    room: StreamRoom,
}

impl Outbound {
    pub(crate) fn new(ways: Vec<Way>, room: StreamRoom) -> Outbound {
        Outbound { ways, room }
    }

    /// Hand a message over. What goes wrong later with a connection, its own task reports.
    pub(crate) fn send(&self, hop: Hop, bytes: Bytes) -> Result<(), HopFailure> {
        let sent = match hop.transport {
            Transport::Udp => self.datagram(hop, &bytes),
            Transport::Tcp | Transport::Tls | Transport::Ws | Transport::Wss => self.stream(hop, bytes),
        };
        match sent {
            Ok(()) => self.room.inlet.counters.sent.one(),
            Err(_) => self.room.inlet.counters.send_failed.one(),
        }
        sent
    }

    fn way(&self, hop: &Hop) -> Option<&Way> {
        self.ways.get(usize::from(hop.interface.0))
    }

    fn datagram(&self, hop: Hop, bytes: &[u8]) -> Result<(), HopFailure> {
        let port = self.way(&hop).and_then(|way| way.udp.as_ref()).ok_or(HopFailure::Unroutable)?;
        match port.send(hop.remote, bytes) {
            Ok(()) => Ok(()),
            // A full send buffer loses one datagram, as the network may; retransmission heals it.
            Err(error) if lost_like_a_datagram(&error) => {
                self.room.inlet.counters.datagrams_lost.one();
                Ok(())
            }
            // An answer that no datagram can carry: the request was made for it. The way to its sender, or to whose address it
            // bore, is none the worse.
            Err(error) if is_too_large(&error) && bytes.starts_with(b"SIP/2.0 ") => {
                self.room.inlet.counters.send_failed.one();
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Err(HopFailure::Refused),
            Err(_) => Err(HopFailure::Unroutable),
        }
    }

    fn stream(&self, hop: Hop, bytes: Bytes) -> Result<(), HopFailure> {
        let room = &self.room;
        if let Some(link) = room.streams.find(&hop) {
            // A buffer that is full closes the connection, and its own task tells the core so.
            if let Err(NotReading { first: true }) = link.send(bytes) {
                room.inlet.counters.not_reading.one();
            }
            return Ok(());
        }
        // The port of a connection that the other side opened listens to nobody.
        if hop.connection.is_some() {
            return Err(HopFailure::Closed);
        }
        let from = self.way(&hop).and_then(|way| match hop.transport {
            Transport::Tcp => way.tcp,
            Transport::Tls => way.tls,
            // Browsers come to us; nobody can dial one.
            Transport::Udp | Transport::Ws | Transport::Wss => None,
        });
        let from = from.ok_or(HopFailure::Unroutable)?;
        if from.is_ipv4() != hop.remote.is_ipv4() {
            return Err(HopFailure::Unroutable);
        }
        let (link, outgoing) = room.streams.open(&hop, Direction::Outbound).map_err(|_| {
            room.inlet.counters.refused.one();
            HopFailure::Unroutable
        })?;
        // Messages wait in its buffer, within its bound, until the connection stands.
        if link.send(bytes).is_err() {
            room.streams.close(&link, Direction::Outbound);
            return Err(HopFailure::Unroutable);
        }
        room.tasks.spawn(tcp::dial(room.clone(), link, outgoing, from));
        Ok(())
    }
}

fn is_too_large(error: &io::Error) -> bool {
    // EMSGSIZE has no kind of its own.
    const EMSGSIZE: i32 = 90;
    error.raw_os_error() == Some(EMSGSIZE)
}

fn lost_like_a_datagram(error: &io::Error) -> bool {
    // ENOBUFS has no kind of its own.
    const ENOBUFS: i32 = 105;
    error.kind() == io::ErrorKind::WouldBlock || error.raw_os_error() == Some(ENOBUFS)
}
