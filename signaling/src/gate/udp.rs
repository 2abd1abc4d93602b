//! UDP sockets: one per interface, read by a task of its own, written by the driver.
//!
//! RFC 3261 §18.1.1 wants requests above 1,300 bytes on TCP. Phones and trunks in the field expect INVITEs of 2 to 8 KiB
//! by UDP, fragmented, and many listen on nothing else; so the gate sends on the transport it is told, and whoever
//! configured TCP for a destination gets TCP.

use super::inlet::Inlet;
use super::stun;
use crate::core::input::{Hop, Transport};
use bytes::Bytes;
use ringdesk_voice::InterfaceId;
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::UdpSocket;

#[derive(Debug)]
pub(crate) struct UdpPort {
    interface: InterfaceId,
    socket: UdpSocket,
    local: SocketAddr,
}

/// What a burst of a whole second at 400 calls per second needs. The kernel gives less where its limits say so.
const RECEIVE_BUFFER: usize = 4 * 1_024 * 1_024;
const SEND_BUFFER: usize = 1_024 * 1_024;
/// The largest datagram there is: nothing is ever cut.
const LARGEST: usize = 65_535;
/// Datagrams read from one socket before other tasks of the thread get their turn.
const BATCH: usize = 64;

impl UdpPort {
    pub(crate) fn bind(interface: InterfaceId, address: SocketAddr) -> io::Result<UdpPort> {
        let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
        if address.is_ipv6() {
            // `[::]` beside `0.0.0.0` is two interfaces with an advertised address each.
            socket.set_only_v6(true)?;
        }
        // No reuse of the address: a second server on this port is an error, not a lottery for datagrams.
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        for (wanted, set) in [
            (RECEIVE_BUFFER, Socket::set_recv_buffer_size as fn(&Socket, usize) -> _),
            (SEND_BUFFER, Socket::set_send_buffer_size),
        ] {
            if let Err(error) = set(&socket, wanted) {
                tracing::warn!(%address, %error, wanted, "the socket keeps its default buffer size");
            }
        }
        match socket.recv_buffer_size() {
            Ok(got) if got < RECEIVE_BUFFER => {
                tracing::info!(%address, got, wanted = RECEIVE_BUFFER, "small receive buffer; net.core.rmem_max limits it");
            }
            _ => {}
        }
        let socket = UdpSocket::from_std(socket.into())?;
        let local = socket.local_addr()?;
        Ok(UdpPort { interface, socket, local })
    }

    pub(crate) fn local(&self) -> SocketAddr {
        self.local
    }

    /// Hand a datagram to the kernel. A full send buffer is an error like a lost datagram: SIP retransmits.
    pub(crate) fn send(&self, to: SocketAddr, bytes: &[u8]) -> io::Result<()> {
        // Straight to the socket: the runtime's own `try_send_to` refuses until it has once seen the socket writable.
        SockRef::from(&self.socket).send_to(bytes, &to.into()).map(|_| ())
    }
}

/// Read datagrams until the task is dropped.
pub(crate) async fn receive(port: Arc<UdpPort>, inlet: Inlet) {
    let mut buffer = vec![0; LARGEST];
    loop {
        if port.socket.readable().await.is_err() {
            pause(&inlet).await;
        }
        for _ in 0..BATCH {
            match port.socket.try_recv_from(&mut buffer) {
                Ok((length, from)) => take(&port, &inlet, from, &buffer[..length]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(_) => {
                    pause(&inlet).await;
                    break;
                }
            }
        }
        tokio::task::yield_now().await;
    }
}

fn take(port: &UdpPort, inlet: &Inlet, from: SocketAddr, datagram: &[u8]) {
    // CRLF, a NUL or nothing at all keeps a NAT mapping open and wants no answer (RFC 5626 §4.4.1 is for streams).
    if datagram.iter().all(|byte| matches!(byte, b'\r' | b'\n' | b' ' | 0)) {
        return inlet.counters.keepalives.one();
    }
    if stun::is_stun(datagram) {
        inlet.counters.keepalives.one();
        // The answer is 12 bytes longer than the question, so nobody is worth flooding with it; it still takes a token.
        let hop = Hop { transport: Transport::Udp, interface: port.interface, remote: from, connection: None };
        let over = inlet.sources.admit(inlet.now(), &hop, &[]) == super::sources::Admission::OverBudget;
        if over {
            inlet.counters.over_budget.one();
        }
        if let Some(answer) = stun::answer(datagram, from).filter(|_| !over)
            && port.send(from, &answer).is_err()
        {
            inlet.counters.send_failed.one();
        }
        return;
    }
    let hop = Hop { transport: Transport::Udp, interface: port.interface, remote: from, connection: None };
    inlet.datagram(hop, Bytes::copy_from_slice(datagram));
}

/// A socket in error must not spin.
async fn pause(inlet: &Inlet) {
    inlet.counters.socket_errors.one();
    tokio::time::sleep(Duration::from_millis(10)).await;
}
