//! Opening the room: every socket is bound before anything runs, so a wrong address is an error at the start and not a
//! silence later.

use super::counters::Counters;
use super::dns::Dns;
use super::driver::{Driver, Parts};
use super::handle::{Gauges, SignalingHandle, handle};
use super::house::{House, SignalingEvent};
use super::inlet::Inlet;
use super::outbound::{Outbound, Way};
use super::secure::{Secure, Security};
use super::sources::Sources;
use super::stream::StreamRoom;
use super::streams::Streams;
use super::tcp::{self, TcpPort};
use super::udp::{self, UdpPort};
use super::web::WebDoor;
use crate::config::{Config, ConfigError, InterfaceConfig, host_and_port};
use crate::core::directory::Directory;
use crate::core::input::Transport;
use crate::core::setup::{
    Advertised, Interface, LimitSetup, Rate, RegistrarSetup, SessionSetup, Setup, SubscriptionSetup, ThrottleSetup,
    TimerSetup,
};
use ringdesk_model::{Clock, Outlet, WallClock};
use ringdesk_voice::InterfaceId;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("signaling configuration: {0}")]
    Config(#[from] ConfigError),
    #[error("interface {0}: tls is given, but no certificate")]
    NoCertificate(String),
    #[error("cannot listen on {transport} {address} (interface {interface}): {reason}")]
    Bind {
        interface: String,
        transport: &'static str,
        address: SocketAddr,
        #[source]
        reason: io::Error,
    },
}

/// What came of one `[[interface]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundInterface {
    pub id: InterfaceId,
    pub name: String,
    /// With the port that was taken where 0 was configured.
    pub udp: Option<SocketAddr>,
    pub tcp: Option<SocketAddr>,
    pub tls: Option<SocketAddr>,
    /// Address for session descriptions.
    pub media: IpAddr,
}

/// The room, open. Dropping it closes it without waiting.
pub struct Signaling {
    handle: SignalingHandle,
    interfaces: Vec<BoundInterface>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// Bind everything and start, without TLS. `seed` makes ids, tags and branches; take it from a random source.
pub async fn open(
    config: Config,
    directory: Arc<Directory>,
    clock: WallClock,
    seed: u64,
    outlet: Outlet<SignalingEvent>,
) -> Result<Signaling, OpenError> {
    open_secured(config, None, directory, clock, seed, outlet).await
}

/// The same with what TLS needs.
pub async fn open_secured(
    config: Config,
    security: Option<Security>,
    directory: Arc<Directory>,
    clock: WallClock,
    seed: u64,
    outlet: Outlet<SignalingEvent>,
) -> Result<Signaling, OpenError> {
    config.check()?;
    if security.is_none()
        && let Some(interface) = config.interface.iter().find(|interface| interface.tls.is_some())
    {
        return Err(OpenError::NoCertificate(interface.name.clone()));
    }
    let secure = Arc::new(Secure::new(security));
    let mut doors = Vec::new();
    for (number, interface) in config.interface.iter().enumerate() {
        doors.push(Door::bind(InterfaceId(u16::try_from(number).unwrap_or(u16::MAX)), interface)?);
    }
    let stop = CancellationToken::new();
    let tasks = TaskTracker::new();
    let counters = Arc::new(Counters::default());
    let gauges = Arc::new(Gauges::default());
    // An address stays known a little longer than the longest registration from it.
    let remember = Duration::from_secs(u64::from(config.registrar.max_expires_seconds) + 60);
    let sources = Arc::new(Sources::new(config.budget, remember, clock.now()));
    let (inbox_tx, inbox) = mpsc::channel(config.limits.inbox);
    let inlet = Inlet::new(inbox_tx, sources, counters.clone(), clock);
    let streams = Arc::new(Streams::new(config.limits, stop.child_token()));
    let (handle, mailbox) = handle(config.limits.legs, directory, gauges.clone(), streams.clone(), &inlet);
    let room = StreamRoom { inlet: inlet.clone(), streams, limits: config.limits, tasks: tasks.clone(), secure };

    let interfaces: Vec<BoundInterface> = doors.iter().map(Door::bound).collect();
    let setup = setup_of(&config, &doors);
    let reached = doors.iter().map(Door::reached).collect();
    let mut ways = Vec::new();
    for door in doors {
        tracing::info!(
            interface = door.config.name,
            udp = door.udp.as_ref().map(|port| tracing::field::display(port.local())),
            tcp = door.tcp.as_ref().map(|port| tracing::field::display(port.local())),
            tls = door.tls.as_ref().map(|port| tracing::field::display(port.local())),
            advertised = %door.host,
            "listening"
        );
        let tls = door.config.addresses().next();
        ways.push(Way { udp: door.udp.clone(), tcp: door.tcp.as_ref().map(TcpPort::local), tls });
        if let Some(port) = door.udp {
            tasks.spawn(until_stop(stop.clone(), Box::pin(udp::receive(port, inlet.clone()))));
        }
        for port in [door.tcp, door.tls].into_iter().flatten() {
            tasks.spawn(until_stop(stop.clone(), Box::pin(tcp::listen(port, room.clone()))));
        }
    }
    let of_browsers = config.web_interface.as_ref();
    let of_browsers = of_browsers.and_then(|name| interfaces.iter().find(|one| one.name == *name)).map(|one| one.id);
    handle.open_web(WebDoor::new(room.clone(), tokio::runtime::Handle::current(), reached, of_browsers));
    let driver = Driver::new(Parts {
        setup,
        limits: config.limits,
        seed,
        clock,
        inbox,
        mailbox,
        house: House::new(outlet, counters, config.emergency_numbers),
        outbound: Outbound::new(ways, room.clone()),
        room,
        dns: Dns::new(config.limits.resolve()),
        gauges: gauges.clone(),
    });
    tasks.spawn(until_stop(stop.clone(), Box::pin(keep_time(clock, gauges.clone()))));
    let until = stop.clone();
    tasks.spawn(async move { until.run_until_cancelled(driver.run()).await });
    tasks.close();
    Ok(Signaling { handle, interfaces, tasks, stop })
}

type Task = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

async fn until_stop(stop: CancellationToken, task: Task) {
    stop.run_until_cancelled(task).await;
}

/// How often it is looked whether the room's thread comes late.
const HEARTBEAT: Duration = Duration::from_millis(50);

/// Note how late the room's thread is: where others have the cores, messages wait in the kernel, and nobody sees them.
async fn keep_time(clock: WallClock, gauges: Arc<Gauges>) {
    loop {
        let due = clock.now() + HEARTBEAT;
        tokio::time::sleep_until(clock.instant(due).into()).await;
        let now = clock.now();
        gauges.lag.note(now, now.since(due));
    }
}

impl Signaling {
    pub fn handle(&self) -> SignalingHandle {
        self.handle.clone()
    }

    /// In the order of the configuration: [`InterfaceId`] is the position.
    pub fn interfaces(&self) -> &[BoundInterface] {
        &self.interfaces
    }

    /// Close every socket and wait until all tasks have ended. Live legs are left as they are: hang them up before.
    pub async fn close(self) {
        self.stop.cancel();
        self.tasks.wait().await;
    }
}

impl Drop for Signaling {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// The sockets of one interface and what the outside is told about them.
struct Door {
    id: InterfaceId,
    config: InterfaceConfig,
    udp: Option<Arc<UdpPort>>,
    tcp: Option<TcpPort>,
    tls: Option<TcpPort>,
    /// As SIP writes it.
    host: String,
    port: Option<u16>,
    /// The address behind a wildcard, or the bound one.
    ip: IpAddr,
}

impl Door {
    fn bind(id: InterfaceId, config: &InterfaceConfig) -> Result<Door, OpenError> {
        let failed = |transport, address| {
            move |reason| OpenError::Bind { interface: config.name.clone(), transport, address, reason }
        };
        let udp = config.udp.map(|at| UdpPort::bind(id, at).map_err(failed("udp", at))).transpose()?;
        let tcp = config.tcp.map(|at| TcpPort::bind(id, Transport::Tcp, at).map_err(failed("tcp", at))).transpose()?;
        let tls = config.tls.map(|at| TcpPort::bind(id, Transport::Tls, at).map_err(failed("tls", at))).transpose()?;
        let streams = [&tcp, &tls].into_iter().flatten().map(TcpPort::local);
        let bound = udp.as_ref().map(UdpPort::local).into_iter().chain(streams).next();
        let bound = bound.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |address| address.ip());
        let ip = if bound.is_unspecified() { outward_or_here(bound) } else { bound };
        let (host, port) = match config.advertised.as_deref().and_then(host_and_port) {
            Some(told) => told,
            None if ip.is_ipv6() => (format!("[{ip}]"), None),
            None => (ip.to_string(), None),
        };
        Ok(Door { id, config: config.clone(), udp: udp.map(Arc::new), tcp, tls, host, port, ip })
    }

    fn advertised(&self, bound: SocketAddr) -> Advertised {
        Advertised { host: self.host.clone(), port: self.port.unwrap_or(bound.port()) }
    }

    /// Another port than that of UDP and TCP.
    fn advertised_secure(&self, bound: SocketAddr) -> Advertised {
        Advertised { host: self.host.clone(), port: self.config.advertised_tls_port.unwrap_or(bound.port()) }
    }

    /// By which addresses it is reached.
    fn reached(&self) -> Vec<IpAddr> {
        let bound = self.config.addresses().map(|address| address.ip());
        bound.filter(|ip| !ip.is_unspecified()).chain([self.ip]).collect()
    }

    fn bound(&self) -> BoundInterface {
        let told = self.host.trim_start_matches('[').trim_end_matches(']').parse().ok();
        BoundInterface {
            id: self.id,
            name: self.config.name.clone(),
            udp: self.udp.as_ref().map(|port| port.local()),
            tcp: self.tcp.as_ref().map(TcpPort::local),
            tls: self.tls.as_ref().map(TcpPort::local),
            media: self.config.media.or(told).unwrap_or(self.ip),
        }
    }
}

/// The address from which this machine reaches the internet, for a socket bound to a wildcard. Nothing is sent: the
/// destination is a documentation address (RFC 5737, RFC 3849) and `connect` on UDP only looks up the route.
pub fn outward(wildcard: IpAddr) -> io::Result<IpAddr> {
    let far: SocketAddr = match wildcard {
        IpAddr::V4(_) => SocketAddr::from(([192, 0, 2, 1], 9)),
        IpAddr::V6(_) => SocketAddr::from(([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1], 9)),
    };
    let socket = std::net::UdpSocket::bind(SocketAddr::new(wildcard, 0))?;
    socket.connect(far)?;
    Ok(socket.local_addr()?.ip())
}

fn outward_or_here(wildcard: IpAddr) -> IpAddr {
    outward(wildcard).unwrap_or_else(|error| {
        let alone: IpAddr = if wildcard.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
        tracing::warn!(%error, told = %alone, "no way to the internet; set `advertised` for callers from elsewhere");
        alone
    })
}

fn rate(attempts: u32, every_seconds: u64) -> Rate {
    Rate { attempts, every: Duration::from_secs(every_seconds) }
}

fn setup_of(config: &Config, doors: &[Door]) -> Setup {
    let interfaces = doors.iter().map(|door| Interface {
        udp: door.udp.as_ref().map(|port| door.advertised(port.local())),
        tcp: door.tcp.as_ref().map(|port| door.advertised(port.local())),
        tls: door.tls.as_ref().map(|port| door.advertised_secure(port.local())),
        ..Interface::default()
    });
    Setup {
        interfaces: interfaces.collect(),
        user_agent: config.user_agent.clone(),
        emergency_numbers: config.emergency_numbers.clone(),
        digest: config.digest.clone(),
        timers: TimerSetup {
            t1: Duration::from_millis(config.timers.t1_ms),
            t2: Duration::from_millis(config.timers.t2_ms),
            t4: Duration::from_millis(config.timers.t4_ms),
            ..TimerSetup::default()
        },
        session: SessionSetup { expires: config.session.expires_seconds, min: config.session.min_seconds },
        subscriptions: SubscriptionSetup::default(),
        registrar: RegistrarSetup {
            min_expires: config.registrar.min_expires_seconds,
            max_expires: config.registrar.max_expires_seconds,
            contacts_per_extension: config.registrar.contacts_per_extension,
            contacts: config.registrar.contacts,
        },
        limits: LimitSetup {
            legs: config.limits.legs,
            calls: config.limits.calls,
            retry_after: config.limits.retry_after_seconds,
            datagram: config.limits.datagram_bytes,
            ..LimitSetup::default()
        },
        throttle: ThrottleSetup {
            pair: rate(config.throttle.attempts, config.throttle.attempt_every_seconds),
            address: rate(config.throttle.address_attempts, config.throttle.address_attempt_every_seconds),
            extension: rate(config.throttle.extension_attempts, config.throttle.extension_attempt_every_seconds),
            entries: config.throttle.entries,
        },
        phones: config.phones.clone(),
    }
}
