//! What the machine is built with: addresses, timers, limits. Who may call stands in the directory.

use super::digest::DigestAlgorithm;
use super::input::Transport;
use super::phones::PhonesConfig;
use ringdesk_voice::InterfaceId;
use std::time::Duration;

#[derive(Clone, Debug)]
pub struct Setup {
    /// Their position in the list is their [`InterfaceId`].
    pub interfaces: Vec<Interface>,
    /// `User-Agent` and `Server`.
    pub user_agent: String,
    /// Never refused for want of room or because of the drain.
    pub emergency_numbers: Vec<String>,
    /// What telephones may prove themselves by, in the order in which it is offered.
    pub digest: Vec<DigestAlgorithm>,
    pub timers: TimerSetup,
    pub session: SessionSetup,
    pub registrar: RegistrarSetup,
    pub subscriptions: SubscriptionSetup,
    pub limits: LimitSetup,
    pub throttle: ThrottleSetup,
    pub phones: PhonesConfig,
}

impl Default for Setup {
    fn default() -> Self {
        Setup {
            interfaces: Vec::new(),
            user_agent: "Ringdesk".into(),
            emergency_numbers: ["110", "112", "119", "120", "911", "999"].map(str::to_owned).to_vec(),
            digest: DigestAlgorithm::ALL.into(),
            timers: TimerSetup::default(),
            session: SessionSetup::default(),
            registrar: RegistrarSetup::default(),
            subscriptions: SubscriptionSetup::default(),
            limits: LimitSetup::default(),
            throttle: ThrottleSetup::default(),
            phones: PhonesConfig::default(),
        }
    }
}

impl Setup {
    /// What Via and Contact say for this interface and transport. A transport without a listener of its own borrows
    /// the address of another one, so that a message always has a Via.
    pub fn advertised(&self, interface: InterfaceId, transport: Transport) -> Option<&Advertised> {
        let interface = self.interfaces.get(usize::from(interface.0))?;
        interface.advertised(transport)
    }
}

/// What the outside has to be told about one interface.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    pub udp: Option<Advertised>,
    pub tcp: Option<Advertised>,
    pub tls: Option<Advertised>,
    pub ws: Option<Advertised>,
    pub wss: Option<Advertised>,
}

impl Interface {
    fn advertised(&self, transport: Transport) -> Option<&Advertised> {
        let own = match transport {
            Transport::Udp => &self.udp,
            Transport::Tcp => &self.tcp,
            Transport::Tls => &self.tls,
            Transport::Ws => &self.ws,
            Transport::Wss => &self.wss,
        };
        [own, &self.udp, &self.tcp, &self.tls, &self.ws, &self.wss].into_iter().find_map(Option::as_ref)
    }

    /// The transport by which this interface is dialled out where nothing else is said.
    pub fn usual_transport(&self) -> Transport {
        let offered = [
            (Transport::Udp, &self.udp),
            (Transport::Tcp, &self.tcp),
            (Transport::Tls, &self.tls),
            (Transport::Ws, &self.ws),
            (Transport::Wss, &self.wss),
        ];
        offered.into_iter().find(|(_, a)| a.is_some()).map_or(Transport::Udp, |(t, _)| t)
    }
}

/// Host as SIP writes it (IPv6 in brackets) and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advertised {
    pub host: String,
    pub port: u16,
}

/// RFC 3261 table 4, and the patience of a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimerSetup {
    pub t1: Duration,
    pub t2: Duration,
    pub t4: Duration,
    /// Timer C (§16.6): silence after a provisional response, 100 included. More than three minutes.
    pub c: Duration,
    /// When a server INVITE transaction says 100 by itself (§17.2.1).
    pub trying: Duration,
    /// The longest a call may ring, in either direction.
    pub ringing: Duration,
    /// How long a dialled address may say nothing at all before the next one is tried, where there is a next one.
    pub hop: Duration,
    /// How long an offer of the other side may wait for our answer.
    pub offer: Duration,
}

impl Default for TimerSetup {
    fn default() -> Self {
        TimerSetup {
            t1: Duration::from_millis(500),
            t2: Duration::from_secs(4),
            t4: Duration::from_secs(5),
            c: Duration::from_secs(185),
            trying: Duration::from_millis(200),
            ringing: Duration::from_secs(300),
            hop: Duration::from_secs(5),
            offer: Duration::from_secs(20),
        }
    }
}

impl TimerSetup {
    /// Timers B, F, H, J, L, M and the wait for an ACK.
    pub fn transaction(&self) -> Duration {
        self.t1 * 64
    }
}

/// Session timers (RFC 4028).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionSetup {
    pub expires: u32,
    /// A peer that asks for less gets 422.
    pub min: u32,
}

impl Default for SessionSetup {
    fn default() -> Self {
        SessionSetup { expires: 1_800, min: 90 }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegistrarSetup {
    /// A phone that asks for less gets 423.
    pub min_expires: u32,
    pub max_expires: u32,
    pub contacts_per_extension: usize,
    pub contacts: usize,
}

impl Default for RegistrarSetup {
    fn default() -> Self {
        RegistrarSetup { min_expires: 60, max_expires: 3_600, contacts_per_extension: 10, contacts: 20_000 }
    }
}

/// What telephones watch (RFC 6665).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubscriptionSetup {
    /// Who asks for less gets 423.
    pub min_expires: u32,
    pub max_expires: u32,
    /// A row of lamps beside a telephone has some sixty.
    pub per_extension: usize,
    pub all: usize,
}

impl Default for SubscriptionSetup {
    fn default() -> Self {
        SubscriptionSetup { min_expires: 60, max_expires: 3_600, per_extension: 200, all: 20_000 }
    }
}

/// Where new calls are answered with 503. Requests inside a dialog and emergency numbers always pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitSetup {
    /// Live legs.
    pub legs: usize,
    /// Live calls that came in.
    pub calls: usize,
    /// Live transactions at which new requests of trunks and proven extensions are refused; unknown sources are
    /// refused at half of it.
    pub transactions: usize,
    /// `Retry-After` of such a 503, in seconds.
    pub retry_after: u32,
    /// A larger request leaves over TCP where it may (RFC 3261 §18.1.1).
    pub datagram: usize,
}

impl Default for LimitSetup {
    fn default() -> Self {
        LimitSetup { legs: 4_000, calls: 4_000, transactions: 50_000, retry_after: 5, datagram: 1_300 }
    }
}

/// Wrong passwords: see [`super::throttle`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThrottleSetup {
    /// Of one extension from one address.
    pub pair: Rate,
    /// From one address, whatever the extension.
    pub address: Rate,
    /// Of one extension, from all addresses where it is not registered.
    pub extension: Rate,
    /// Counted at once, at most.
    pub entries: usize,
}

/// So many at once, and then one each time this span is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    pub attempts: u32,
    pub every: Duration,
}

impl Default for ThrottleSetup {
    fn default() -> Self {
        let rate = |attempts, seconds| Rate { attempts, every: Duration::from_secs(seconds) };
        ThrottleSetup { pair: rate(10, 30), address: rate(60, 2), extension: rate(100, 5), entries: 20_000 }
    }
}
