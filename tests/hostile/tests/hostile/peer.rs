//! The gate's room on free ports of the loopback, and clients that write SIP by hand.

use crate::corpus::md5_hex;
use ringdesk_model::{Full, Outlet, TrunkId, WallClock};
use ringdesk_signaling::config::InterfaceConfig;
use ringdesk_signaling::core::digest::{ha1_md5, ha1_sha256};
use ringdesk_signaling::{
    Config, Directory, Extension, Signaling, SignalingEvent, SignalingHandle, Snapshot, Trunk, open,
};
use ringdesk_voice::{Cause, InterfaceId, LegCommand, LegId};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream, UdpSocket};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use uuid::Uuid;

/// Upper bound of every wait that is not the matter of a test.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15);
/// How soon the honest are served after a flood.
const SOON: Duration = Duration::from_secs(1);
const TRUNK: &str = "127.0.0.2";
pub(crate) const REALM: &str = "ringdesk.test";
const PASSWORD: &str = "correct horse";

pub(crate) struct Room {
    /// Open as long as it is held.
    _signaling: Signaling,
    handle: SignalingHandle,
    events: mpsc::Receiver<SignalingEvent>,
    pub(crate) udp: SocketAddr,
    pub(crate) tcp: SocketAddr,
}

/// One interface with free ports, one trunk (127.0.0.2), one extension (2001).
pub(crate) async fn room(change: impl FnOnce(&mut Config)) -> Room {
    let at = Some("127.0.0.1:0".parse().unwrap());
    let interface = InterfaceConfig {
        name: "loopback".into(),
        udp: at,
        tcp: at,
        tls: None,
        advertised: None,
        advertised_tls_port: None,
        media: None,
    };
    let mut config = Config { interface: vec![interface], ..Config::default() };
    change(&mut config);
    let user = "2001";
    let extension = Extension {
        user: user.into(),
        ha1_md5: ha1_md5(user, REALM, PASSWORD),
        ha1_sha256: ha1_sha256(user, REALM, PASSWORD),
    };
    let trunk = Trunk {
        id: TrunkId(Uuid::from_u128(1)),
        name: "carrier".into(),
        nets: vec![TRUNK.parse::<IpAddr>().unwrap().into()],
        outbound: None,
        interface: InterfaceId(0),
    };
    let directory = Arc::new(Directory::new(REALM, vec![extension], vec![trunk]));
    let (tx, events) = mpsc::channel(1_000);
    let outlet = Outlet::new(move |event| {
        tx.try_send(event).map_err(|error| match error {
            mpsc::error::TrySendError::Full(event) | mpsc::error::TrySendError::Closed(event) => Full(event),
        })
    });
    let signaling = open(config, directory, WallClock::start(), 7, outlet).await.unwrap();
    let first = signaling.interfaces()[0].clone();
    let (udp, tcp) = (first.udp.unwrap(), first.tcp.unwrap());
    Room { handle: signaling.handle(), events, udp, tcp, _signaling: signaling }
}

impl Room {
    pub(crate) fn figure(&self, name: &str) -> u64 {
        self.handle.figures().into_iter().find(|(n, _)| *n == name).map_or(0, |(_, count)| count)
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        self.handle.snapshot()
    }

    /// The next call.
    pub(crate) async fn incoming(&mut self) -> LegId {
        loop {
            let event = timeout(PATIENCE, self.events.recv()).await.expect("a call in time").expect("an open room");
            if let SignalingEvent::Incoming(call) = event {
                return call.leg;
            }
        }
    }

    pub(crate) fn ring(&self, leg: LegId) {
        self.handle.command(leg, LegCommand::Ring);
    }

    pub(crate) fn hang_up(&self, leg: LegId) {
        self.handle.command(leg, LegCommand::Hangup { cause: Cause::Busy });
    }

    /// Nothing is left of what was, but for the telephones that registered; within the time that a transaction lives.
    pub(crate) async fn left_alone(&self, telephones: usize) {
        self.until(|now| {
            let Snapshot {
                legs, transactions, connections, dialogs, lookups, strangers, guessers, buffered_bytes, ..
            } = now;
            let all = [legs, transactions, connections, dialogs, lookups, strangers, guessers, buffered_bytes];
            all == [0; 8] && now.registrations == telephones
        })
        .await;
        assert_eq!(self.figure("signaling_core_panics_total"), 0);
        assert_eq!(self.handle.limited().await, []);
    }

    /// The trunk is served at once.
    pub(crate) async fn serves_the_trunk(&self, id: &str) {
        let client = Udp::new(TRUNK, self.udp).await;
        let answer = client.ask("OPTIONS", &format!("trunk-{id}"), "", Instant::now() + SOON * 2).await;
        assert_eq!(status(&answer), 200, "{id}");
    }

    /// Calls that were reported since the last look.
    pub(crate) fn calls(&mut self) -> usize {
        let mut calls = 0;
        while let Ok(event) = self.events.try_recv() {
            calls += usize::from(matches!(event, SignalingEvent::Incoming(_)));
        }
        calls
    }

    /// Wait until the snapshot is as wanted; it is not announced.
    pub(crate) async fn until(&self, wanted: impl Fn(Snapshot) -> bool) {
        let looking = async {
            while !wanted(self.snapshot()) {
                sleep(Duration::from_millis(2)).await;
            }
        };
        timeout(PATIENCE, looking).await.unwrap_or_else(|_| panic!("it stays {:?}", self.snapshot()));
    }

    /// The trunk, a stranger and a telephone that registers are each served within a second, all at once.
    pub(crate) async fn serves_the_honest(&self, id: &str) {
        let by = Instant::now() + SOON;
        let ask = async |from: &str, who: &str| {
            let client = Udp::new(from, self.udp).await;
            let answer = client.ask("OPTIONS", &format!("{who}-{id}"), "", by).await;
            assert_eq!(status(&answer), 200, "{who}, {id}");
        };
        let stream = async {
            let mut client = connect("127.0.0.4", self.tcp).await.unwrap();
            let local = client.local_addr().unwrap();
            client.write_all(text("OPTIONS", &format!("tcp-{id}"), "", "TCP", local).as_bytes()).await.unwrap();
            let mut answer = [0; 12];
            let read = timeout_at(by, client.read_exact(&mut answer)).await;
            read.unwrap_or_else(|_| panic!("tcp, {id}: no answer within a second")).unwrap();
            assert_eq!(&answer, b"SIP/2.0 200 ");
        };
        let telephone = async {
            let client = Udp::new("127.0.0.5", self.udp).await;
            let challenged = client.ask("REGISTER", &format!("phone-{id}"), "", by).await;
            assert_eq!(status(&challenged), 401, "{id}");
            let proven = client.ask("REGISTER", &format!("proven-{id}"), &credentials(&challenged), by).await;
            assert_eq!(status(&proven), 200, "{id}");
        };
        tokio::join!(ask(TRUNK, "trunk"), ask("127.0.0.3", "stranger"), stream, telephone);
    }
}

/// A whole request from extension 2001; `more` are header lines.
pub(crate) fn text(method: &str, id: &str, more: &str, transport: &str, local: SocketAddr) -> String {
    format!(
        "{method} sip:ringdesk.test SIP/2.0\r\nVia: SIP/2.0/{transport} {local};branch=z9hG4bK{id};rport\r\n\
         Max-Forwards: 70\r\nFrom: <sip:2001@ringdesk.test>;tag=f{id}\r\nTo: <sip:2001@ringdesk.test>\r\n\
         Call-ID: {id}@floods.test\r\nCSeq: 1 {method}\r\nContact: <sip:2001@{local}>\r\n{more}Content-Length: 0\r\n\r\n"
    )
}

pub(crate) fn status(answer: &str) -> u16 {
    answer.strip_prefix("SIP/2.0 ").and_then(|rest| rest[..3].parse().ok()).unwrap_or_else(|| panic!("{answer}"))
}

/// The first field of this name.
pub(crate) fn field<'a>(message: &'a str, name: &str) -> &'a str {
    let line = message.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.unwrap_or_else(|| panic!("no {name} in {message}")).trim()
}

fn credentials(challenged: &str) -> String {
    credentials_of(challenged, "2001", PASSWORD, 1)
}

/// The answer to a challenge, for the method that it was for.
pub(crate) fn credentials_of(challenged: &str, user: &str, password: &str, count: u32) -> String {
    let line = challenged.lines().find(|l| l.contains("-Authenticate:") && l.contains("MD5")).expect("a challenge");
    let nonce = line.split("nonce=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a nonce");
    let method = field(challenged, "CSeq").split(' ').nth(1).expect("a method");
    let (ha1, ha2) = (format!("{user}:{REALM}:{password}"), format!("{method}:sip:ringdesk.test"));
    let (ha1, ha2) = (md5_hex(ha1.as_bytes()), md5_hex(ha2.as_bytes()));
    let response = md5_hex(format!("{ha1}:{nonce}:{count:08x}:0a4f113b:auth:{ha2}").as_bytes());
    format!(
        "Authorization: Digest username=\"{user}\", realm=\"{REALM}\", nonce=\"{nonce}\", uri=\"sip:ringdesk.test\", \
         response=\"{response}\", algorithm=MD5, qop=auth, nc={count:08x}, cnonce=\"0a4f113b\"\r\n"
    )
}

pub(crate) async fn connect(from: &str, remote: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((from.parse::<IpAddr>().unwrap(), 0).into())?;
    socket.connect(remote).await
}

/// A client that repeats its request, as every client on UDP does, only sooner.
pub(crate) struct Udp {
    socket: UdpSocket,
    local: SocketAddr,
    remote: SocketAddr,
}

impl Udp {
    pub(crate) async fn new(from: &str, remote: SocketAddr) -> Udp {
        let socket = UdpSocket::bind((from, 0)).await.unwrap();
        Udp { local: socket.local_addr().unwrap(), socket, remote }
    }

    pub(crate) fn local(&self) -> SocketAddr {
        self.local
    }

    pub(crate) async fn send(&self, bytes: &[u8]) {
        self.socket.send_to(bytes, self.remote).await.unwrap();
    }

    pub(crate) async fn receive(&self) -> String {
        let mut buffer = vec![0; 65_535];
        let (length, _) = self.socket.recv_from(&mut buffer).await.unwrap();
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    }

    async fn ask(&self, method: &str, id: &str, more: &str, by: Instant) -> String {
        let request = text(method, id, more, "UDP", self.local);
        let mut buffer = vec![0; 65_535];
        loop {
            self.socket.send_to(request.as_bytes(), self.remote).await.unwrap();
            let again = (Instant::now() + Duration::from_millis(100)).min(by);
            while let Ok(read) = timeout_at(again, self.socket.recv_from(&mut buffer)).await {
                let answer = String::from_utf8(buffer[..read.unwrap().0].to_vec()).unwrap();
                // A late answer to an earlier request is none to this one.
                if answer.contains(&format!("Call-ID: {id}@")) {
                    return answer;
                }
            }
            assert!(Instant::now() < by, "{method} {id}: no answer within a second");
        }
    }
}
