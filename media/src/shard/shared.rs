//! The sockets that all browsers of a shard share: one port for each address of the house. What arrives is sorted by the
//! name in its check (STUN), or by the way it came (RFC 7983); what is neither belongs to nobody and costs nothing more.

use super::line::LineId;
use crate::config::Interface;
use crate::figures::Figures;
use crate::webrtc::ice::Agent;
use crate::webrtc::stun::Request;
use crate::webrtc::{Path, is_stun};
use mio::net::UdpSocket;
use mio::{Interest, Registry, Token};
use ringdesk_voice::InterfaceId;
use socket2::{Domain, Protocol, Socket, Type};
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Tokens of shared sockets count down from below the waker's.
const FIRST: usize = usize::MAX - 1;
/// More addresses than this no house has.
const MOST: usize = 64;
/// Many legs share it: a fifth of a second of a thousand legs.
const BUFFER: usize = 4 << 20;

pub(crate) struct Shared {
    /// By the position in which they were bound.
    sockets: Vec<UdpSocket>,
    /// The socket and the described address of each interface.
    places: Vec<(u16, SocketAddr)>,
    names: HashMap<String, LineId>,
    paths: HashMap<Path, LineId>,
    figures: Arc<Figures>,
}

impl Shared {
    /// No ports: no browsers.
    pub(crate) fn none(figures: Arc<Figures>) -> Shared {
        Shared { sockets: Vec::new(), places: Vec::new(), names: HashMap::new(), paths: HashMap::new(), figures }
    }

    /// Bind the first of these ports that is free at every interface.
    pub(crate) fn open(
        registry: &Registry,
        interfaces: &[Interface],
        ports: impl IntoIterator<Item = u16>,
        dscp: u8,
        figures: Arc<Figures>,
    ) -> io::Result<Shared> {
        let mut last = io::Error::new(io::ErrorKind::AddrNotAvailable, "no port is configured");
        for port in ports {
            match bind_all(interfaces, port, dscp) {
                Ok((mut sockets, places)) => {
                    for (n, socket) in sockets.iter_mut().enumerate() {
                        registry.register(socket, Token(FIRST - n), Interest::READABLE)?;
                    }
                    return Ok(Shared { sockets, places, ..Shared::none(figures) });
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Which of the sockets this token is of.
    pub(crate) fn socket_of(&self, token: Token) -> Option<u16> {
        let n = FIRST.checked_sub(token.0)?;
        (n < self.sockets.len()).then_some(n as u16)
    }

    /// The addresses under which a leg of this interface may be reached, its own first.
    pub(crate) fn candidates(&self, interface: InterfaceId) -> Vec<SocketAddr> {
        let own = self.places.get(usize::from(interface.0)).map(|(_, address)| *address);
        let mut all: Vec<SocketAddr> = Vec::new();
        for address in own.into_iter().chain(self.places.iter().map(|(_, address)| *address)) {
            if !all.contains(&address) {
                all.push(address);
            }
        }
        all
    }

    pub(crate) fn receive(&self, socket: u16, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        match self.sockets.get(usize::from(socket)) {
            Some(socket) => socket.recv_from(buffer),
            None => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    /// Whose datagram this is.
    pub(crate) fn sort(&self, path: Path, datagram: &[u8]) -> Option<LineId> {
        if !is_stun(datagram) {
            let line = self.paths.get(&path).copied();
            if line.is_none() {
                self.figures.dropped_path.add(1);
            }
            return line;
        }
        self.figures.stun_in.add(1);
        let request = Request::parse(datagram);
        let line = request.and_then(|r| self.names.get(r.ufrag()?).copied());
        if line.is_none() {
            self.figures.stun_dropped.add(1);
        }
        line
    }

    pub(crate) fn send(&self, path: Path, datagram: &[u8]) -> io::Result<usize> {
        match self.sockets.get(usize::from(path.socket)) {
            Some(socket) => socket.send_to(datagram, path.remote),
            None => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// From now on this leg is reached so and no other way.
    pub(crate) fn follow(&mut self, line: LineId, agent: &Agent) {
        self.forget(line);
        self.names.extend(agent.ufrags().map(|name| (name.to_owned(), line)));
        self.paths.extend(agent.paths().iter().map(|path| (*path, line)));
    }

    pub(crate) fn forget(&mut self, line: LineId) {
        self.names.retain(|_, of| *of != line);
        self.paths.retain(|_, of| *of != line);
    }
}

/// By interface: which socket is its own, and the address that others are told.
type Places = Vec<(u16, SocketAddr)>;

fn bind_all(interfaces: &[Interface], port: u16, dscp: u8) -> io::Result<(Vec<UdpSocket>, Places)> {
    let mut bound: Vec<(IpAddr, UdpSocket)> = Vec::new();
    let mut places = vec![(0, SocketAddr::from(([0, 0, 0, 0], 0))); interfaces.len()];
    // Whoever listens everywhere goes first; the others of its family share its socket.
    let mut order: Vec<usize> = (0..interfaces.len().min(MOST)).collect();
    order.sort_by_key(|n| !interfaces[*n].bind.is_unspecified());
    for n in order {
        let Interface { bind, advertise } = interfaces[n];
        let covers = |ip: &IpAddr| *ip == bind || ip.is_unspecified() && ip.is_ipv6() == bind.is_ipv6();
        let at = match bound.iter().position(|(ip, _)| covers(ip)) {
            Some(at) => at,
            None => {
                bound.push((bind, socket(bind, port, dscp)?));
                bound.len() - 1
            }
        };
        places[n] = (at as u16, SocketAddr::new(advertise.unwrap_or(bind), port));
    }
    places.truncate(MOST);
    Ok((bound.into_iter().map(|(_, socket)| socket).collect(), places))
}

fn socket(ip: IpAddr, port: u16, dscp: u8) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(SocketAddr::new(ip, port)), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    if ip.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    let tos = u32::from(dscp) << 2;
    let marked = if ip.is_ipv6() { socket.set_tclass_v6(tos) } else { socket.set_tos_v4(tos) };
    // Where either is not allowed the calls go on without.
    if let Err(error) = marked.and(socket.set_recv_buffer_size(BUFFER)) {
        tracing::debug!(%error, "the browsers' socket is as the system makes it");
    }
    socket.bind(&SocketAddr::new(ip, port).into())?;
    Ok(UdpSocket::from_std(socket.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webrtc::stun;
    use mio::Poll;
    use ringdesk_model::Timestamp;

    fn interface(bind: &str, advertise: Option<&str>) -> Interface {
        Interface { bind: bind.parse().unwrap(), advertise: advertise.map(|a| a.parse().unwrap()) }
    }

    fn free() -> u16 {
        std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
    }

    /// Rows: V2
    #[test]
    fn one_port_serves_every_address_and_every_leg() {
        let poll = Poll::new().unwrap();
        let taken = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let (busy, port) = (taken.local_addr().unwrap().port(), free());
        let interfaces = [
            interface("127.0.0.1", None),
            interface("127.0.0.2", Some("203.0.113.7")),
            interface("::1", None),
            interface("127.0.0.1", Some("203.0.113.8")),
        ];
        let mut shared =
            Shared::open(poll.registry(), &interfaces, [busy, port], 46, Arc::default()).expect("a free port");
        assert_eq!(shared.sockets.len(), 3, "two interfaces with one address share a socket");
        let candidates = shared.candidates(InterfaceId(1));
        let expected = ["203.0.113.7", "127.0.0.1", "::1", "203.0.113.8"];
        assert_eq!(candidates, expected.map(|ip| SocketAddr::new(ip.parse().unwrap(), port)));
        assert_eq!(shared.socket_of(Token(FIRST - 2)), Some(2));
        assert_eq!(shared.socket_of(Token(FIRST - 3)), None);
        assert_eq!(shared.socket_of(Token(7)), None);

        let (a, b) = (LineId::new(1, 1), LineId::new(2, 2));
        let (mut agent_a, agent_b) = (Agent::new(), Agent::new());
        shared.follow(a, &agent_a);
        shared.follow(b, &agent_b);
        let path = Path { socket: 0, remote: "192.0.2.1:5000".parse().unwrap() };
        let ours = agent_a.local().clone();
        let check = stun::request(&format!("{}:x", ours.ufrag), &ours.password, [0; 12], true);
        assert_eq!(shared.sort(path, &check), Some(a));
        assert_eq!(shared.sort(path, &[0x80; 40]), None, "nothing was proven on this path yet");
        agent_a.check(Timestamp(0), path, &Request::parse(&check).unwrap());
        shared.follow(a, &agent_a);
        assert_eq!(shared.sort(path, &[0x80; 40]), Some(a));
        assert_eq!(shared.sort(Path { socket: 1, ..path }, &[0x80; 40]), None, "it came in at another address");
        shared.forget(a);
        assert_eq!((shared.sort(path, &[0x80; 40]), shared.sort(path, &check)), (None, None));
        assert_eq!(shared.figures.stun_dropped.get(), 1);
    }
}
