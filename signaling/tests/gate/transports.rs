//! UDP, TCP, IPv6: messages get in and answers get out, in whatever pieces they come.

use crate::peer::{Request, Tcp, Udp, field, status};
use crate::room::{TRUNK, config, directory, interface, room};
use ringdesk_model::{Full, Outlet, WallClock};
use ringdesk_signaling::{Config, open};

#[tokio::test]
async fn options_over_udp() {
    let room = room(config()).await;
    let client = Udp::new("127.0.0.1", room.udp).await;
    let answer = client.ask(Request::default()).await;
    assert_eq!(status(&answer), 200);
    assert_eq!(field(&answer, "Call-ID"), "a@gate.test");
    assert!(field(&answer, "Via").contains("branch=z9hG4bK-a-OPTIONS-1"));
}

#[tokio::test]
async fn options_over_tcp_in_odd_pieces() {
    let room = room(config()).await;
    let mut client = Tcp::connect(TRUNK, room.tcp).await;
    client.stream.set_nodelay(true).unwrap();
    let text =
        Request { body: "hello\r\n\r\nOPTIONS sip:x SIP/2.0\r\n", ..Request::default() }.text("TCP", client.local);
    for piece in text.as_bytes().chunks(7) {
        client.send(piece).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(status(&client.receive().await), 200);
}

#[tokio::test]
async fn two_messages_in_one_segment() {
    let room = room(config()).await;
    let mut client = Tcp::connect(TRUNK, room.tcp).await;
    let one = Request { id: "one", ..Request::default() }.text("TCP", client.local);
    let two = Request { id: "two", ..Request::default() }.text("TCP", client.local);
    // And the first half of a third.
    client.send(format!("{one}{two}{}", &one[..40])).await;
    let answers = [client.receive().await, client.receive().await];
    assert_eq!(answers.each_ref().map(|answer| field(answer, "Call-ID")), ["one@gate.test", "two@gate.test"]);
    client.send(&one[40..]).await;
    assert_eq!(field(&client.receive().await, "Call-ID"), "one@gate.test");
}

/// RFC 5626 §4.4.1: a double CRLF is answered with a single one, also when it comes in halves or before a message.
#[tokio::test]
async fn a_ping_on_a_stream_is_answered() {
    let room = room(config()).await;
    let mut client = Tcp::connect(TRUNK, room.tcp).await;
    client.stream.set_nodelay(true).unwrap();
    client.send("\r\n\r\n").await;
    client.expect(b"\r\n").await;
    client.send("\r\n").await;
    room.until_figure("signaling_keepalives_total", 2).await;
    client.send("\r\n").await;
    client.expect(b"\r\n").await;
    let options = Request::default().text("TCP", client.local);
    client.send(format!("\r\n\r\n{options}")).await;
    client.expect(b"\r\n").await;
    assert_eq!(status(&client.receive().await), 200);
}

/// RFC 5626 §3.5.1 and §4.4.1: STUN is answered on UDP, an empty line is not.
#[tokio::test]
async fn keepalives_on_udp() {
    let room = room(config()).await;
    let client = Udp::new("127.0.0.1", room.udp).await;
    client.send("\r\n\r\n").await;
    client.send("\0").await;
    let mut binding = vec![0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42];
    binding.extend(b"transaction!");
    client.send(&binding).await;
    let answer = client.receive_bytes().await;
    assert_eq!(answer[..2], [1, 1]);
    assert_eq!(answer[8..20], *b"transaction!");
    let port = u16::from_be_bytes([answer[26], answer[27]]) ^ 0x2112;
    assert_eq!(port, client.local.port());
    assert_eq!(room.figure("signaling_keepalives_total"), 3);
    assert_eq!(room.figure("signaling_messages_received_total"), 0);
}

#[tokio::test]
async fn large_datagrams_are_not_cut() {
    let room = room(config()).await;
    let client = Udp::new(TRUNK, room.udp).await;
    for (id, size) in [("nine", 9_000), ("sixty", 60_000)] {
        let body = "x".repeat(size);
        let answer = client.ask(Request { id, body: &body, ..Request::default() }).await;
        assert_eq!((status(&answer), field(&answer, "Call-ID")), (200, format!("{id}@gate.test").as_str()));
    }
    // A field, too: nothing may depend on a message fitting a packet.
    let extra = format!("X-Long: {}\r\n", "y".repeat(9_000));
    assert_eq!(status(&client.ask(Request { id: "field", extra: &extra, ..Request::default() }).await), 200);
}

#[tokio::test]
async fn two_interfaces_of_both_families() {
    let config = Config { interface: vec![interface("v4", "127.0.0.1:0"), interface("v6", "[::1]:0")], ..config() };
    let room = room(config).await;
    let second = room.signaling.interfaces()[1].clone();
    assert_eq!((second.name.as_str(), second.media), ("v6", "::1".parse().unwrap()));
    let old = Udp::new("127.0.0.1", room.udp).await;
    let new = Udp::new("::1", second.udp.unwrap()).await;
    assert_eq!(status(&old.ask(Request::default()).await), 200);
    assert_eq!(status(&new.ask(Request { id: "six", ..Request::default() }).await), 200);
    let mut stream = Tcp::of(tokio::net::TcpStream::connect(second.tcp.unwrap()).await.unwrap());
    stream.send(Request::default().text("TCP", stream.local)).await;
    assert_eq!(status(&stream.receive().await), 200);
}

#[tokio::test]
async fn a_port_in_use_is_an_error_that_names_it() {
    let room = room(config()).await;
    for (transport, taken) in [("udp", room.udp), ("tcp", room.tcp)] {
        let mut interface = interface("second", &taken.to_string());
        match transport {
            "udp" => interface.tcp = None,
            _ => interface.udp = None,
        }
        let config = Config { interface: vec![interface], ..config() };
        let outlet = Outlet::new(|event| Err(Full(event)));
        let Err(error) = open(config, directory(), WallClock::start(), 1, outlet).await else {
            panic!("{taken} was bound twice");
        };
        let text = error.to_string();
        assert!(text.starts_with(&format!("cannot listen on {transport} {taken} (interface second): ")), "{text}");
    }
}

#[tokio::test]
async fn a_closed_room_leaves_its_port() {
    let room = room(config()).await;
    let mut client = Tcp::connect(TRUNK, room.tcp).await;
    client.send(Request::default().text("TCP", client.local)).await;
    client.receive().await;
    room.signaling.close().await;
    client.expect_close().await;
    std::net::UdpSocket::bind(room.udp).unwrap();
}
