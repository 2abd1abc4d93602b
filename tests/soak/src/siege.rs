//! Connections from everywhere that nobody means well with: silent ones, ones that come byte by byte, halves of messages, ones
//! that are shut on one side, ones that ask and never read, and lengths that lie. Each is opened again when the server closes it.

use crate::dice::Dice;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, sleep, sleep_until, timeout};

/// Addresses from 127.101.0.0 on.
const FIRST: u32 = 0x7f65_0000;
/// Connections of one address: more than a stranger may have.
const EACH: u32 = 80;

/// What is bad about a connection, in the order in which they are counted.
pub const WAYS: [&str; 6] = [
    "silent connections",
    "messages byte by byte",
    "halves of messages",
    "connections shut on one side",
    "clients that never read",
    "lengths that lie",
];

/// A siege that goes on until it is dropped.
pub struct Siege {
    opened: Arc<[AtomicU64; WAYS.len()]>,
    closed: Arc<AtomicU64>,
    besiegers: JoinSet<()>,
}

impl Siege {
    /// So many connections at once, against these two doors in turn.
    pub fn start(sip: SocketAddr, http: SocketAddr, connections: u32, seed: u64) -> Siege {
        let (opened, closed): (Arc<[AtomicU64; WAYS.len()]>, Arc<AtomicU64>) = Default::default();
        let mut besiegers = JoinSet::new();
        let mut dice = Dice::new(seed);
        for n in 0..connections {
            let (own, opened, closed) = (dice.fork(), opened.clone(), closed.clone());
            // Every fourth at the door of the API.
            let door = if n % 4 == 3 { http } else { sip };
            besiegers.spawn(async move { besiege(n, door, own, &opened[..], &closed).await });
        }
        Siege { opened, closed, besiegers }
    }

    pub fn opened(&self) -> [u64; WAYS.len()] {
        std::array::from_fn(|n| self.opened[n].load(Relaxed))
    }

    /// How many of them the server ended.
    pub fn closed(&self) -> u64 {
        self.closed.load(Relaxed)
    }

    pub async fn end(mut self) {
        self.besiegers.shutdown().await;
    }
}

async fn besiege(n: u32, door: SocketAddr, mut dice: Dice, opened: &[AtomicU64], closed: &AtomicU64) {
    let from = Ipv4Addr::from(FIRST + 1 + n / EACH);
    sleep(Duration::from_millis(dice.below(2_000) as u64)).await;
    loop {
        let way = dice.below(WAYS.len());
        let Ok(socket) = TcpSocket::new_v4() else { return };
        if socket.bind((from, 0).into()).is_ok()
            && let Ok(Ok(stream)) = timeout(Duration::from_secs(5), socket.connect(door)).await
        {
            opened[way].fetch_add(1, Relaxed);
            // Whoever is ended by the server has not got what they wanted.
            if hold(stream, way, n, door, &mut dice).await {
                closed.fetch_add(1, Relaxed);
            }
        }
        sleep(Duration::from_millis(100 + dice.below(400) as u64)).await;
    }
}

/// True: the server ended it.
async fn hold(mut stream: TcpStream, way: usize, n: u32, door: SocketAddr, dice: &mut Dice) -> bool {
    let until = Instant::now() + Duration::from_secs(15);
    let message = format!(
        "OPTIONS sip:x@{door} SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKsiege{n}{}\r\nMax-Forwards: 70\r\n\
         From: <sip:siege@{door}>;tag={n}\r\nTo: <sip:x@{door}>\r\nCall-ID: siege{n}\r\nCSeq: 1 OPTIONS\r\n",
        dice.bits()
    );
    let whole = format!("{message}Content-Length: 0\r\n\r\n");
    let mut bytes = [0; 4_096];
    match way {
        0 => {}
        1 => {
            let mut tick = interval(Duration::from_millis(150));
            for byte in message.as_bytes() {
                tick.tick().await;
                if stream.write_all(&[*byte]).await.is_err() {
                    return true;
                }
                if Instant::now() > until {
                    return false;
                }
            }
        }
        2 => {
            let half = &whole.as_bytes()[..dice.below(whole.len())];
            if stream.write_all(half).await.is_err() {
                return true;
            }
        }
        3 => {
            let half = &whole.as_bytes()[..dice.below(whole.len())];
            let _ = stream.write_all(half).await;
            if stream.shutdown().await.is_err() {
                return true;
            }
        }
        4 => {
            // As much as the server takes, and nothing is read of what it says.
            loop {
                match timeout(Duration::from_secs(1), stream.write_all(whole.as_bytes())).await {
                    Ok(Err(_)) => return true,
                    Ok(Ok(())) if Instant::now() < until => sleep(Duration::from_millis(5)).await,
                    Ok(Ok(())) => return false,
                    Err(_) => {
                        sleep_until(until).await;
                        return stream.write_all(b"\r\n").await.is_err();
                    }
                }
            }
        }
        _ => {
            let lie = ["999999999999", "-1", "60000", "18446744073709551616"][dice.below(4)];
            let text = format!("{message}Content-Length: {lie}\r\n\r\nv=0\r\n");
            if stream.write_all(text.as_bytes()).await.is_err() {
                return true;
            }
        }
    }
    loop {
        match tokio::time::timeout_at(until, stream.read(&mut bytes)).await {
            Err(_) => return false,
            Ok(Ok(0) | Err(_)) => return true,
            Ok(Ok(_)) => {}
        }
    }
}
