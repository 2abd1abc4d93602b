//! A line between a telephone and the server that can be made bad while people talk on it: losses, jitter, packets out of
//! order and twice, by a law that does the same each time ([`Line`]). Only what the telephone says suffers.

use ringdesk_listening::Line;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::net::UdpSocket;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep_until};

/// Dropping it cuts the line.
pub struct Relay {
    /// Where the telephone sends its sound to.
    pub near: SocketAddr,
    state: Arc<Mutex<State>>,
    tasks: [JoinHandle<()>; 2],
}

struct State {
    line: Line,
    /// Packets since the line is as it is.
    packets: u64,
    telephone: Option<SocketAddr>,
}

impl Relay {
    /// To where the server takes the sound. It begins as a good one.
    pub async fn to(server: SocketAddr) -> std::io::Result<Relay> {
        let near = Arc::new(UdpSocket::bind("127.0.0.1:0").await?);
        let far = Arc::new(UdpSocket::bind("127.0.0.1:0").await?);
        far.connect(server).await?;
        let state = Arc::new(Mutex::new(State { line: Line::GOOD, packets: 0, telephone: None }));
        let address = near.local_addr()?;
        let there = tokio::spawn(there(near.clone(), far.clone(), state.clone()));
        let back = tokio::spawn(back(near, far, state.clone()));
        Ok(Relay { near: address, state, tasks: [there, back] })
    }

    /// From the next packet on.
    pub fn becomes(&self, line: Line) {
        let mut state = self.state.lock().expect("no panic while holding the line");
        (state.line, state.packets) = (line, 0);
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

async fn there(near: Arc<UdpSocket>, far: Arc<UdpSocket>, state: Arc<Mutex<State>>) {
    let mut room = [0u8; 2_048];
    let mut under_way = JoinSet::new();
    while let Ok((length, from)) = near.recv_from(&mut room).await {
        let fate = {
            let mut state = state.lock().expect("no panic while holding the line");
            state.telephone = Some(from);
            state.packets += 1;
            state.line.fate(state.packets - 1)
        };
        let now = Instant::now();
        for delay in fate {
            let (packet, far) = (room[..length].to_vec(), far.clone());
            if delay.is_zero() {
                let _ = far.send(&packet).await; // a port that is closed is the test's business
                continue;
            }
            under_way.spawn(async move {
                sleep_until(now + delay).await;
                let _ = far.send(&packet).await;
            });
        }
        while under_way.try_join_next().is_some() {}
    }
}

async fn back(near: Arc<UdpSocket>, far: Arc<UdpSocket>, state: Arc<Mutex<State>>) {
    let mut room = [0u8; 2_048];
    loop {
        // Refused while the other port is closed: the next one may come all the same.
        let Ok(length) = far.recv(&mut room).await else { continue };
        let telephone = state.lock().expect("no panic while holding the line").telephone;
        if let Some(telephone) = telephone {
            let _ = near.send_to(&room[..length], telephone).await;
        }
    }
}
