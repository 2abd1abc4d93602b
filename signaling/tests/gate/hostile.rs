//! Clients that mean no good, while others are served.

use crate::peer::{Request, Tcp, Udp, status};
use crate::room::{PATIENCE, Room, TRUNK, config, room};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpSocket;
use tokio::time::timeout;

/// A stranger still gets an answer over UDP and over TCP.
async fn others_are_served(room: &Room, id: &str) {
    let udp = Udp::new("127.0.0.1", room.udp).await;
    assert_eq!(status(&udp.ask(Request { id, ..Request::default() }).await), 200);
    let mut tcp = Tcp::connect("127.0.0.3", room.tcp).await;
    tcp.send(Request { id, ..Request::default() }.text("TCP", tcp.local)).await;
    assert_eq!(status(&tcp.receive().await), 200);
}

/// Every request is answered, no answer is read: the connection ends at its buffer's bound and nobody else notices.
#[tokio::test]
async fn a_client_that_never_reads_stalls_nobody() {
    let mut config = config();
    config.limits.message_bytes = 4 * 1_024;
    config.limits.write_buffer_bytes = 32 * 1_024;
    let room = room(config).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4 * 1_024).unwrap();
    socket.bind(format!("{TRUNK}:0").parse().unwrap()).unwrap();
    let mut stream = socket.connect(room.tcp).await.unwrap();
    let local = stream.local_addr().unwrap();
    let mut sent = 0u32;
    let flood = async {
        loop {
            let id = format!("flood{sent}");
            let text = Request { id: &id, ..Request::default() }.text("TCP", local);
            if stream.write_all(text.as_bytes()).await.is_err() {
                return;
            }
            sent += 1;
            if sent.is_multiple_of(500) {
                others_are_served(&room, &id).await;
            }
        }
    };
    timeout(PATIENCE * 3, flood).await.expect("the connection to be closed");
    assert!(sent > 50, "closed after {sent}");
    assert_eq!(room.figure("signaling_connections_not_reading_total"), 1);
    others_are_served(&room, "after").await;
}

#[tokio::test]
async fn connections_are_capped_per_source_and_in_all() {
    let mut config = config();
    config.limits.connections = 4;
    config.limits.connections_per_source = 2;
    config.limits.connections_per_known_source = 3;
    let room = room(config).await;
    // Every connection is used, so that the order of acceptance is known.
    async fn served(room: &Room, from: &str) -> Tcp {
        let mut client = Tcp::connect(from, room.tcp).await;
        client.send(Request::default().text("TCP", client.local)).await;
        assert_eq!(status(&client.receive().await), 200);
        client
    }
    let first = served(&room, "127.0.0.1").await;
    let _second = served(&room, "127.0.0.1").await;
    Tcp::connect("127.0.0.1", room.tcp).await.expect_close().await;
    let _known = served(&room, TRUNK).await;
    let _other = served(&room, TRUNK).await;
    Tcp::connect("127.0.0.3", room.tcp).await.expect_close().await;
    assert_eq!(room.figure("signaling_connections_refused_total"), 2);
    room.until(|now| now.connections == 4).await;
    drop(first);
    // The place is free once the room has seen the end of it.
    room.until(|now| now.connections == 3).await;
    let _again = served(&room, "127.0.0.3").await;
}

#[tokio::test]
async fn a_slow_first_message_is_not_waited_for() {
    let mut config = config();
    config.limits.first_message_seconds = 1;
    let room = room(config).await;
    let mut silent = Tcp::connect("127.0.0.1", room.tcp).await;
    let mut slow = Tcp::connect("127.0.0.1", room.tcp).await;
    let text = Request::default().text("TCP", slow.local);
    // One byte at a time buys no time: it ends at the same deadline, long before the message is whole.
    let (mut reading, mut writing) = slow.stream.split();
    let trickle = async {
        for byte in text.as_bytes() {
            if writing.write_all(&[*byte]).await.is_err() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("{} bytes, one in 20 ms, were waited for", text.len());
    };
    let mut byte = [0];
    tokio::select! {
        () = trickle => {}
        end = tokio::io::AsyncReadExt::read(&mut reading, &mut byte) => assert!(matches!(end, Ok(0) | Err(_)), "{end:?}"),
    }
    silent.expect_close().await;
    assert_eq!(room.figure("signaling_connections_timed_out_total"), 2);
}

#[tokio::test]
async fn a_message_that_never_ends_is_not_waited_for() {
    let mut config = config();
    config.limits.message_seconds = 1;
    let room = room(config).await;
    let mut client = Tcp::connect(TRUNK, room.tcp).await;
    let text = Request::default().text("TCP", client.local);
    client.send(&text).await;
    assert_eq!(status(&client.receive().await), 200);
    client.send(&text[..60]).await;
    client.expect_close().await;
    assert_eq!(room.figure("signaling_connections_timed_out_total"), 1);
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let mut config = config();
    config.limits.idle_seconds = 1;
    let room = room(config).await;
    let mut stranger = Tcp::connect("127.0.0.1", room.tcp).await;
    let mut known = Tcp::connect(TRUNK, room.tcp).await;
    for client in [&mut stranger, &mut known] {
        client.send(Request::default().text("TCP", client.local)).await;
        assert_eq!(status(&client.receive().await), 200);
    }
    stranger.expect_close().await;
    known.send("\r\n\r\n").await;
    known.expect(b"\r\n").await;
}

#[tokio::test]
async fn garbage_is_dropped() {
    let room = room(config()).await;
    let client = Udp::new("127.0.0.3", room.udp).await;
    let mut noise = ringdesk_model::Ids::seeded(3);
    for round in 0..40 {
        let bytes: Vec<u8> = (0..round * 7).flat_map(|_| noise.bits().to_be_bytes()).collect();
        client.send(&bytes).await;
    }
    others_are_served(&room, "udp").await;

    let mut client = Tcp::connect("127.0.0.1", room.tcp).await;
    let mut bytes = vec![0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3];
    bytes.extend((0..10_000).flat_map(|_| noise.bits().to_be_bytes()));
    // The room may close before all of it is written.
    client.stream.write_all(&bytes).await.ok();
    client.expect_close().await;
    others_are_served(&room, "tcp").await;
}

#[tokio::test]
async fn a_length_that_overflows_closes_its_own_connection_only() {
    let room = room(config()).await;
    let mut broken = 0;
    for length in ["18446744073709551615", "18446744073709551616", "4294967296", "99999", "-1", "ten"] {
        let mut client = Tcp::connect(TRUNK, room.tcp).await;
        let text = Request::default().text("TCP", client.local);
        client.send(text.replace("Content-Length: 0", &format!("Content-Length: {length}"))).await;
        client.expect_close().await;
        broken += 1;
        assert_eq!(room.figure("signaling_connections_broken_total"), broken, "{length}");
    }
    let mut client = Tcp::connect(TRUNK, room.tcp).await;
    client.stream.write_all(&vec![b'x'; 100_000]).await.ok();
    client.expect_close().await;
    others_are_served(&room, "after").await;
    assert_eq!(room.figure("signaling_core_panics_total"), 0);
}

/// A flood from an address of which nothing is known costs its own budget, not that of others.
#[tokio::test]
async fn an_unknown_source_has_a_budget() {
    let mut config = config();
    config.budget.per_second = 1;
    config.budget.burst = 5;
    let room = room(config).await;
    let stranger = Udp::new("127.0.0.3", room.udp).await;
    for n in 0..50 {
        let id = format!("s{n}");
        stranger.request(Request { id: &id, ..Request::default() }).await;
    }
    room.until_figure("signaling_over_budget_total", 40).await;
    let trunk = Udp::new(TRUNK, room.udp).await;
    for n in 0..50 {
        let id = format!("t{n}");
        assert_eq!(status(&trunk.ask(Request { id: &id, ..Request::default() }).await), 200);
    }
    // A connection is slowed down instead: no message of it is lost.
    let mut stranger = Tcp::connect("127.0.0.4", room.tcp).await;
    for n in 0..6 {
        let id = format!("c{n}");
        stranger.send(Request { id: &id, ..Request::default() }.text("TCP", stranger.local)).await;
    }
    for _ in 0..6 {
        assert_eq!(status(&stranger.receive().await), 200);
    }
}
