//! An open room on free ports of 127.0.0.1, and what it reports.

use ringdesk_model::{Full, Outlet, TrunkId, WallClock};
use ringdesk_signaling::config::InterfaceConfig;
use ringdesk_signaling::{
    Config, Directory, Extension, Security, Signaling, SignalingEvent, SignalingHandle, Snapshot, Trunk, open_secured,
};
use ringdesk_voice::{InterfaceId, LegEvent, LegId};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Upper bound of every wait; nothing waits so long unless it fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Whoever comes from here is the trunk; 127.0.0.1 is a stranger.
pub(crate) const TRUNK: &str = "127.0.0.2";
pub(crate) const REALM: &str = "ringdesk.test";
pub(crate) const PASSWORD: &str = "correct horse";

pub(crate) struct Room {
    pub(crate) signaling: Signaling,
    pub(crate) handle: SignalingHandle,
    pub(crate) events: mpsc::Receiver<SignalingEvent>,
    pub(crate) udp: SocketAddr,
    pub(crate) tcp: SocketAddr,
}

/// One interface with free ports.
pub(crate) fn config() -> Config {
    Config { interface: vec![interface("loopback", "127.0.0.1:0")], ..Config::default() }
}

pub(crate) fn interface(name: &str, at: &str) -> InterfaceConfig {
    let at = Some(at.parse().unwrap());
    InterfaceConfig {
        name: name.into(),
        udp: at,
        tcp: at,
        tls: None,
        advertised: None,
        advertised_tls_port: None,
        media: None,
    }
}

pub(crate) fn directory() -> Arc<Directory> {
    let secret = format!("2001:{REALM}:{PASSWORD}");
    let extension = Extension {
        user: "2001".into(),
        ha1_md5: crate::digest::md5_hex(&secret),
        ha1_sha256: crate::digest::sha256_hex(&secret),
    };
    let trunk = Trunk {
        id: TrunkId(uuid::Uuid::from_u128(1)),
        name: "carrier".into(),
        nets: vec![TRUNK.parse::<std::net::IpAddr>().unwrap().into()],
        outbound: None,
        interface: InterfaceId(0),
    };
    Arc::new(Directory::new(REALM, vec![extension], vec![trunk]))
}

pub(crate) async fn room(config: Config) -> Room {
    room_with(config, 1_000).await
}

/// `places`: how many events the house takes before it is full.
pub(crate) async fn room_with(config: Config, places: usize) -> Room {
    room_secured(config, None, directory(), places).await
}

pub(crate) async fn room_secured(
    config: Config,
    security: Option<Security>,
    directory: Arc<Directory>,
    places: usize,
) -> Room {
    let (tx, events) = mpsc::channel(places);
    let outlet = Outlet::new(move |event| {
        tx.try_send(event).map_err(|error| match error {
            mpsc::error::TrySendError::Full(event) | mpsc::error::TrySendError::Closed(event) => Full(event),
        })
    });
    let signaling = open_secured(config, security, directory, WallClock::start(), 7, outlet).await.unwrap();
    let handle = signaling.handle();
    let first = signaling.interfaces()[0].clone();
    Room { handle, events, udp: first.udp.unwrap(), tcp: first.tcp.unwrap(), signaling }
}

impl Room {
    /// The next event of a call or a registration; what operators say beside them is left out.
    pub(crate) async fn event(&mut self) -> SignalingEvent {
        loop {
            match timeout(PATIENCE, self.events.recv()).await.expect("an event in time").expect("an open room") {
                SignalingEvent::Noted(..) => {}
                event => return event,
            }
        }
    }

    /// The next event, which must be of this leg.
    pub(crate) async fn leg_event(&mut self, leg: LegId) -> LegEvent {
        match self.event().await {
            SignalingEvent::Leg(of, event) if of == leg => event,
            other => panic!("not an event of {leg}: {other:?}"),
        }
    }

    pub(crate) fn figure(&self, name: &str) -> u64 {
        let figures = self.handle.figures();
        figures.iter().find(|(n, _)| *n == name).map_or(0, |(_, count)| *count)
    }

    /// Wait until a figure reaches `least`. Figures are not announced, so this looks again and again.
    pub(crate) async fn until_figure(&self, name: &str, least: u64) {
        let looking = async {
            while self.figure(name) < least {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        timeout(PATIENCE, looking).await.unwrap_or_else(|_| panic!("{name} stays below {least}"));
    }

    /// Wait until the snapshot is as wanted; it follows the events by a moment.
    pub(crate) async fn until(&self, wanted: impl Fn(Snapshot) -> bool) {
        let looking = async {
            while !wanted(self.handle.snapshot()) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        timeout(PATIENCE, looking).await.unwrap_or_else(|_| panic!("it stays {:?}", self.handle.snapshot()));
    }
}
