//! A shard's sockets: one pair of UDP ports per leg, and one port for all browsers ([`Shared`]).

use super::ports::Ports;
use super::shared::Shared;
use crate::call::Wire;
use crate::config::Interface;
use crate::figures::Figures;
use crate::rtp::latch::Departed;
use crate::webrtc::Path;
use crate::webrtc::ice::Agent;
use mio::net::UdpSocket;
use mio::{Interest, Registry, Token};
use ringdesk_model::Timestamp;
use ringdesk_voice::InterfaceId;
use socket2::{Domain, Protocol, Socket, Type};
use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// For how long a stream that was heard on a pair of ports is not learned there again, and how many of them are kept. No
/// telephone goes on for longer without noticing that nobody answers.
const DEPARTED: Duration = Duration::from_secs(600);
const DEPARTED_EACH: usize = 4;

/// How many ports held by other programs are skipped before a leg is refused.
const TRIES: usize = 50;

/// A pair of ports: its place, and how often the place was used, so that a late alarm finds nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LineId {
    pub(crate) index: u32,
    generation: u32,
}

impl LineId {
    pub(crate) fn new(index: u32, generation: u32) -> Self {
        LineId { index, generation }
    }

    /// Neighbours are far apart: 7 and 20 have no common divisor.
    pub(crate) fn phase(self) -> u32 {
        self.index.wrapping_mul(7)
    }
}

#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) id: LineId,
    /// The call's place in the shard.
    pub(crate) slot: u32,
    ends: Ends,
}

/// Where a leg's packets go in and out.
#[derive(Debug)]
enum Ends {
    Pair {
        rtp: UdpSocket,
        rtcp: UdpSocket,
        port: u16,
    },
    /// At the browsers' port; the way that the browser chose, once it did.
    Shared(Option<Path>),
}

impl Line {
    pub(crate) fn receive(&self, rtcp: bool, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        match &self.ends {
            Ends::Pair { rtcp: socket, .. } if rtcp => socket.recv_from(buffer),
            Ends::Pair { rtp: socket, .. } => socket.recv_from(buffer),
            Ends::Shared(_) => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    fn port(&self) -> Option<u16> {
        match &self.ends {
            Ends::Pair { port, .. } => Some(*port),
            Ends::Shared(_) => None,
        }
    }
}

pub(crate) struct Lines {
    lines: Vec<Option<Line>>,
    free: Vec<u32>,
    generation: u32,
    registry: Registry,
    interfaces: Vec<Interface>,
    pub(crate) ports: Ports,
    pub(crate) shared: Shared,
    /// What was heard last on a pair, by its port.
    departed: HashMap<u16, VecDeque<(Departed, Timestamp)>>,
    dscp: u8,
    figures: Arc<Figures>,
    pub(crate) now: Timestamp,
}

impl Lines {
    pub(crate) fn new(
        registry: Registry,
        interfaces: Vec<Interface>,
        ports: Ports,
        shared: Shared,
        dscp: u8,
        figures: Arc<Figures>,
        now: Timestamp,
    ) -> Self {
        Lines {
            lines: Vec::new(),
            free: Vec::new(),
            generation: 0,
            registry,
            interfaces,
            ports,
            shared,
            departed: HashMap::new(),
            dscp,
            figures,
            now,
        }
    }

    pub(crate) fn get(&self, index: u32) -> Option<&Line> {
        self.lines.get(index as usize)?.as_ref()
    }

    fn find(&self, id: LineId) -> Option<&Line> {
        self.get(id.index).filter(|line| line.id == id)
    }

    /// All lines of a call: the last resort after a panic.
    pub(crate) fn of_slot(&self, slot: u32) -> Vec<LineId> {
        self.lines.iter().flatten().filter(|l| l.slot == slot).map(|l| l.id).collect()
    }

    pub(crate) fn release(&mut self, now: Timestamp) {
        self.now = now;
        self.ports.release(now);
        self.figures.ports_in_quarantine.set(self.ports.resting() as u64);
    }

    /// The place that is taken next.
    fn next(&self) -> u32 {
        self.free.last().copied().unwrap_or(self.lines.len() as u32)
    }

    fn keep(&mut self, slot: u32, ends: Ends) -> LineId {
        self.generation = self.generation.wrapping_add(1);
        let id = LineId::new(self.next(), self.generation);
        let line = Line { id, slot, ends };
        match self.free.pop() {
            Some(index) => self.lines[index as usize] = Some(line),
            None => self.lines.push(Some(line)),
        }
        id
    }

    fn bind(&self, ip: IpAddr, port: u16) -> io::Result<UdpSocket> {
        let socket = Socket::new(Domain::for_address(SocketAddr::new(ip, port)), Type::DGRAM, Some(Protocol::UDP))?;
        socket.set_nonblocking(true)?;
        // Six bits of DSCP, two of ECN. Where it is not allowed the call goes on without.
        let tos = u32::from(self.dscp) << 2;
        let marked = if ip.is_ipv6() { socket.set_tclass_v6(tos) } else { socket.set_tos_v4(tos) };
        if let Err(error) = marked {
            tracing::debug!(%error, "no DSCP on a media socket");
        }
        socket.bind(&SocketAddr::new(ip, port).into())?;
        Ok(UdpSocket::from_std(socket.into()))
    }

    fn bind_pair(&mut self, ip: IpAddr, index: u32) -> Option<(UdpSocket, UdpSocket, u16)> {
        for _ in 0..TRIES.min(self.ports.free() + self.ports.resting()) {
            let port = self.ports.take(self.now)?;
            let pair = self.bind(ip, port).and_then(|rtp| {
                let mut pair = (rtp, self.bind(ip, port + 1)?);
                let token = index as usize * 2;
                self.registry.register(&mut pair.0, Token(token), Interest::READABLE)?;
                self.registry.register(&mut pair.1, Token(token + 1), Interest::READABLE)?;
                Ok(pair)
            });
            match pair {
                Ok((rtp, rtcp)) => return Some((rtp, rtcp, port)),
                Err(error) => {
                    self.figures.ports_taken.add(1);
                    tracing::debug!(port, %error, "a pair of ports cannot be used");
                    self.ports.rest(port, self.now);
                }
            }
        }
        None
    }
}

impl Wire for Lines {
    fn open(&mut self, interface: InterfaceId, slot: u32) -> Option<(LineId, SocketAddr)> {
        let interface = *self.interfaces.get(usize::from(interface.0))?;
        let (rtp, rtcp, port) = self.bind_pair(interface.bind, self.next())?;
        let id = self.keep(slot, Ends::Pair { rtp, rtcp, port });
        Some((id, SocketAddr::new(interface.advertise.unwrap_or(interface.bind), port)))
    }

    fn open_shared(&mut self, interface: InterfaceId, slot: u32) -> Option<(LineId, Vec<SocketAddr>)> {
        self.interfaces.get(usize::from(interface.0))?;
        let candidates = self.shared.candidates(interface);
        (!candidates.is_empty()).then(|| (self.keep(slot, Ends::Shared(None)), candidates))
    }

    fn follow(&mut self, id: LineId, agent: &Agent) {
        if let Some(Some(line)) =
            self.lines.get_mut(id.index as usize).filter(|l| l.as_ref().is_some_and(|l| l.id == id))
        {
            line.ends = Ends::Shared(agent.selected());
            self.shared.follow(id, agent);
        }
    }

    fn datagram(&mut self, path: Path, datagram: &[u8]) {
        if self.shared.send(path, datagram).is_err() {
            self.figures.dropped_send.add(1);
        }
    }

    fn close(&mut self, id: LineId, now: Timestamp) {
        if self.find(id).is_none() {
            return;
        }
        if let Some(line) = self.lines[id.index as usize].take() {
            self.free.push(id.index);
            match line.ends {
                Ends::Pair { mut rtp, mut rtcp, port } => {
                    // Closing the descriptors would do; both fail only where the descriptor is gone.
                    let _ = self.registry.deregister(&mut rtp);
                    let _ = self.registry.deregister(&mut rtcp);
                    self.ports.rest(port, now);
                }
                Ends::Shared(_) => self.shared.forget(id),
            }
            self.figures.ports_in_quarantine.set(self.ports.resting() as u64);
        }
    }

    fn departed(&self, id: LineId, now: Timestamp) -> Vec<Departed> {
        let all = self.find(id).and_then(|line| self.departed.get(&line.port()?)).into_iter().flatten();
        all.filter(|(_, at)| now.since(*at) < DEPARTED).map(|(stream, _)| *stream).collect()
    }

    fn departs(&mut self, id: LineId, stream: Departed, now: Timestamp) {
        if let Some(port) = self.find(id).and_then(Line::port) {
            let departed = self.departed.entry(port).or_default();
            departed.retain(|(known, at)| *known != stream && now.since(*at) < DEPARTED);
            if departed.len() >= DEPARTED_EACH {
                departed.pop_front();
            }
            departed.push_back((stream, now));
        }
    }

    fn rtp(&mut self, id: LineId, to: SocketAddr, packet: &[u8]) {
        let Some(line) = self.find(id) else { return };
        let sent = match &line.ends {
            Ends::Pair { rtp, .. } => rtp.send_to(packet, to),
            Ends::Shared(Some(path)) => self.shared.send(*path, packet),
            Ends::Shared(None) => return,
        };
        match sent {
            Ok(_) => self.figures.packets_out.add(1),
            Err(_) => self.figures.dropped_send.add(1),
        }
    }

    fn rtcp(&mut self, id: LineId, mux: bool, to: SocketAddr, packet: &[u8]) {
        let Some(line) = self.find(id) else { return };
        let sent = match &line.ends {
            Ends::Pair { rtp, rtcp, .. } => if mux { rtp } else { rtcp }.send_to(packet, to),
            Ends::Shared(Some(path)) => self.shared.send(*path, packet),
            Ends::Shared(None) => return,
        };
        if sent.is_err() {
            self.figures.dropped_send.add(1);
        }
    }

    fn is_ipv6(&self, interface: InterfaceId) -> Option<bool> {
        self.interfaces.get(usize::from(interface.0)).map(|i| i.bind.is_ipv6())
    }
}
