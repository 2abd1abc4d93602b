//! A network between a page and the server: connections and datagrams go through it. It may break, and when it mends, everything
//! comes from other ports than before: for the server it is another network.

use anyhow::Result;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What stands in between is a number: 0 nothing gets through, else the how-manieth network it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct State {
    sockets: u32,
    sound: u32,
}

pub struct Between {
    /// Where the page finds the server's connections and its sound.
    pub tcp: SocketAddr,
    pub udp: SocketAddr,
    state: watch::Sender<State>,
    networks: u32,
    /// How many ways datagrams took to the server.
    ways: Arc<std::sync::Mutex<Vec<SocketAddr>>>,
    tasks: Vec<JoinHandle<()>>,
}

impl Between {
    pub async fn start(tcp: SocketAddr, udp: SocketAddr) -> Result<Between> {
        let (state, watched) = watch::channel(State { sockets: 1, sound: 1 });
        let (door, port) = (TcpListener::bind("127.0.0.1:0").await?, UdpSocket::bind((here(), 0)).await?);
        let ways = Arc::default();
        let (at, at_udp) = (door.local_addr()?, port.local_addr()?);
        let tasks = vec![
            tokio::spawn(connections(door, tcp, watched.clone())),
            tokio::spawn(datagrams(port, udp, watched, Arc::clone(&ways))),
        ];
        Ok(Between { tcp: at, udp: at_udp, state, networks: 1, ways, tasks })
    }

    /// Connections end, new ones are not taken.
    pub fn break_sockets(&self) {
        self.state.send_modify(|state| state.sockets = 0);
    }

    /// Connections end, and new ones are taken.
    pub fn cut_sockets(&mut self) {
        self.networks += 1;
        let network = self.networks;
        self.state.send_modify(|state| state.sockets = network);
    }

    /// Datagrams are lost, in both directions.
    pub fn break_sound(&self) {
        self.state.send_modify(|state| state.sound = 0);
    }

    /// Datagrams go through again, by another way.
    pub fn mend_sound(&mut self) {
        self.networks += 1;
        let network = self.networks;
        self.state.send_modify(|state| state.sound = network);
    }

    /// From where the server heard the page's sound, one after the other.
    pub fn ways(&self) -> Vec<SocketAddr> {
        self.ways.lock().map(|ways| ways.clone()).unwrap_or_default()
    }
}

impl Drop for Between {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// An address of this machine that is not its own talk: Firefox has no sound with 127.0.0.1.
fn here() -> IpAddr {
    // Nothing is sent; the system only says by which address it would.
    let routed = std::net::UdpSocket::bind("0.0.0.0:0").and_then(|socket| {
        socket.connect("192.0.2.1:9")?;
        socket.local_addr()
    });
    routed.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |address| address.ip())
}

async fn connections(door: TcpListener, to: SocketAddr, state: watch::Receiver<State>) {
    while let Ok((mut near, _)) = door.accept().await {
        let mut watched = state.clone();
        let network = watched.borrow_and_update().sockets;
        if network == 0 {
            continue;
        }
        tokio::spawn(async move {
            let Ok(mut far) = TcpStream::connect(to).await else { return };
            tokio::select! {
                _ = copy_bidirectional(&mut near, &mut far) => {}
                _ = watched.wait_for(|state| state.sockets != network) => {}
            }
        });
    }
}

async fn datagrams(
    near: UdpSocket,
    to: SocketAddr,
    mut state: watch::Receiver<State>,
    ways: Arc<std::sync::Mutex<Vec<SocketAddr>>>,
) {
    // Of the page, as it was heard last.
    let mut page = None;
    let (mut from_page, mut from_server) = (vec![0; 2_048], vec![0; 2_048]);
    loop {
        let network = state.borrow_and_update().sound;
        let Ok(far) = UdpSocket::bind("127.0.0.1:0").await else { return };
        if far.connect(to).await.is_err() {
            return;
        }
        let mut used = false;
        loop {
            tokio::select! {
                changed = async { state.wait_for(|state| state.sound != network).await.is_ok() } => match changed {
                    true => break,
                    false => return,
                },
                got = near.recv_from(&mut from_page) => {
                    let Ok((length, from)) = got else { continue };
                    page = Some(from);
                    if network != 0 && far.send(&from_page[..length]).await.is_ok() && !std::mem::replace(&mut used, true)
                        && let (Ok(mut ways), Ok(way)) = (ways.lock(), far.local_addr())
                    {
                        ways.push(way);
                    }
                }
                got = far.recv(&mut from_server) => {
                    if let (Ok(length), Some(page), 1..) = (got, page, network) {
                        let _ = near.send_to(&from_server[..length], page).await; // lost, as datagrams are
                    }
                }
            }
        }
    }
}
