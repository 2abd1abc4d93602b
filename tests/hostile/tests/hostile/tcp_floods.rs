//! Floods of connections, of bytes and of half requests, over TCP: the caps hold, who is known goes on telephoning, and when
//! it is over nothing is left of it.

use crate::peer::{PATIENCE, Room, connect, room, text};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

#[derive(Clone, Copy, Debug)]
enum Flood {
    /// Open, say nothing, close, and again.
    Connections,
    /// As many bytes as are taken, that are no SIP.
    Bytes,
    /// The first half of a request, and then another connection.
    Halves,
    /// Whole requests without end, answers unread.
    Requests,
}

const KINDS: [Flood; 4] = [Flood::Connections, Flood::Bytes, Flood::Halves, Flood::Requests];
/// Clients of each kind, each from an address of its own.
const EACH: usize = 10;
/// As long as the test wants; the flood of ten minutes is the same.
const LASTS: Duration = Duration::from_secs(6);

async fn attack(kind: Flood, from: String, to: SocketAddr, over: Arc<AtomicBool>, done: Arc<AtomicU64>) {
    let mut kept = Vec::new();
    while !over.load(Ordering::Relaxed) {
        // A refused connection is what the caps are for.
        let Ok(Ok(mut stream)) = timeout(Duration::from_secs(1), connect(&from, to)).await else { continue };
        done.fetch_add(1, Ordering::Relaxed);
        let Ok(local) = stream.local_addr() else { continue };
        let whole = text("OPTIONS", "flood", "", "TCP", local);
        match kind {
            Flood::Connections => kept.push(stream),
            Flood::Bytes => {
                let noise = vec![b'x'; 16_384];
                while !over.load(Ordering::Relaxed) && stream.write_all(&noise).await.is_ok() {}
            }
            Flood::Halves => {
                let _ = stream.write_all(&whole.as_bytes()[..whole.len() / 2]).await; // it may be closed already
                kept.push(stream);
            }
            Flood::Requests => {
                for _ in 0..200 {
                    let write = timeout(Duration::from_millis(200), stream.write_all(whole.as_bytes()));
                    if over.load(Ordering::Relaxed) || !matches!(write.await, Ok(Ok(()))) {
                        break;
                    }
                }
            }
        }
        if kept.len() >= 200 {
            kept.clear();
        }
        tokio::task::yield_now().await;
    }
}

/// Rows: V3, S16.11
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forty_addresses_that_want_every_connection() {
    const CONNECTIONS: usize = 200;
    let mut room: Room = room(|config| {
        config.limits.connections = CONNECTIONS;
        config.limits.connections_per_source = 8;
        config.limits.first_message_seconds = 2;
        config.limits.message_seconds = 2;
        config.limits.write_buffer_bytes = 64 * 1_024;
        config.timers.t1_ms = 20;
    })
    .await;
    let (over, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let mut flood = JoinSet::new();
    for (n, kind) in KINDS.into_iter().cycle().take(KINDS.len() * EACH).enumerate() {
        flood.spawn(attack(kind, format!("127.3.0.{}", n + 1), room.tcp, over.clone(), done.clone()));
    }
    // One whom we know is connected since before, and asks all the while; datagrams are served as well.
    let mut known = connect("127.0.0.2", room.tcp).await.unwrap();
    let local = known.local_addr().unwrap();
    let began = Instant::now();
    let (mut asked, mut most) = (0, 0);
    while began.elapsed() < LASTS {
        asked += 1;
        known.write_all(text("OPTIONS", &format!("known{asked}"), "", "TCP", local).as_bytes()).await.unwrap();
        let mut answer = vec![0; 4_096];
        let read = timeout(Duration::from_secs(2), known.read(&mut answer)).await.expect("an answer in time").unwrap();
        assert!(answer[..read].starts_with(b"SIP/2.0 200 "), "{:?}", String::from_utf8_lossy(&answer[..read]));
        room.serves_the_trunk(&format!("flood{asked}")).await;
        let now = room.snapshot();
        most = most.max(now.connections);
        assert!(now.connections <= CONNECTIONS + 1, "{now:?}");
        // What a connection may hold, both ways.
        assert!(now.buffered_bytes <= now.connections.max(1) * 196 * 1_024 + 1_000_000, "{now:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    over.store(true, Ordering::Relaxed);
    while let Some(ended) = timeout(PATIENCE, flood.join_next()).await.expect("all to end") {
        ended.unwrap();
    }
    drop(known);
    assert!(asked > 20 && done.load(Ordering::Relaxed) > 1_000, "{asked} asked, {done:?} connections");
    assert!(most > 50, "{most}");
    for figure in ["signaling_connections_refused_total", "signaling_connections_broken_total"] {
        assert!(room.figure(figure) > 100, "{figure}: {}", room.figure(figure));
    }
    assert_eq!((room.calls(), room.figure("signaling_core_panics_total")), (0, 0));
    room.serves_the_honest("after").await;
    room.left_alone(1).await;
}
