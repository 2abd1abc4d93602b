//! Clients that are slow on purpose, or say more than they may; and what every answer says to browsers.

use super::world::World;
use ringdesk_agent_gateway::{Limits, Patience};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

const SOON: Duration = Duration::from_secs(10);

fn hurried() -> Patience {
    Patience { head: Duration::from_millis(500), connections: 8, ..Patience::default() }
}

/// Everything until the other side closes.
async fn rest(stream: &mut TcpStream) -> String {
    let mut reply = Vec::new();
    let _ = timeout(SOON, stream.read_to_end(&mut reply)).await.expect("it is closed");
    String::from_utf8_lossy(&reply).into_owned()
}

/// A head that never ends, one that comes byte by byte, a connection that says nothing, and one that rests after an answer:
/// all are closed, and more of them than there may be connections keep nobody out for long.
///
/// Rows: S12.1
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_head_holds_no_connection() {
    let world = World::hurried(hurried()).await;
    let mut slow = Vec::new();
    for begin in ["", "GET /api/openapi.json HTTP/1.1\r\nHost: x\r\n", "G"] {
        for _ in 0..10 {
            let mut stream = TcpStream::connect(world.http).await.unwrap();
            stream.write_all(begin.as_bytes()).await.unwrap();
            slow.push(stream);
        }
    }
    // Behind thirty slow ones.
    let got = timeout(SOON, world.send("GET", "/api/openapi.json", None, "")).await.expect("served all the same");
    assert_eq!(got.status, 200);
    for mut stream in slow {
        let said = rest(&mut stream).await;
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 408"), "{said}");
    }
    let mut drip = TcpStream::connect(world.http).await.unwrap();
    let begun = Instant::now();
    let mut sent = 0;
    let mut tick = tokio::time::interval(Duration::from_millis(50));
    for byte in b"GET /api/openapi.json HTTP/1.1\r\nX-Long: ".iter().chain(std::iter::repeat(&b'a')) {
        tick.tick().await;
        if drip.write_all(&[*byte]).await.is_err() || begun.elapsed() > SOON {
            break;
        }
        sent += 1;
    }
    assert!(begun.elapsed() < SOON && sent < 100, "{sent} bytes in {:?}", begun.elapsed());
    let mut resting = TcpStream::connect(world.http).await.unwrap();
    resting.write_all(b"GET /api/none HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    assert!(rest(&mut resting).await.starts_with("HTTP/1.1 404"), "answered, and closed when it rests");
}

/// A body that comes byte by byte, and one that does not come: both are told so after the time there is for a request, and the
/// connection is closed. Who is quicker is served.
///
/// Rows: S12.1
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_body_holds_no_connection() {
    let change = Duration::from_millis(700);
    let world = World::start_with(Limits { change, ..Limits::default() }).await;
    let head =
        "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n";
    let silent = async {
        let mut stream = TcpStream::connect(world.http).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        rest(&mut stream).await
    };
    let drip = async {
        let stream = TcpStream::connect(world.http).await.unwrap();
        let (mut reads, mut writes) = stream.into_split();
        writes.write_all(head.as_bytes()).await.unwrap();
        let dripping = tokio::spawn(async move {
            let mut tick = tokio::time::interval(Duration::from_millis(50));
            for _ in 0..4_000 {
                tick.tick().await;
                if writes.write_all(b" ").await.is_err() {
                    break;
                }
            }
        });
        let mut reply = Vec::new();
        // Closed with a body on its way, it may end as a reset; what was said before is there.
        let _ = timeout(SOON, reads.read_to_end(&mut reply)).await.expect("it is closed");
        dripping.abort();
        String::from_utf8_lossy(&reply).into_owned()
    };
    let begun = Instant::now();
    for said in <[String; 2]>::from(tokio::join!(silent, drip)) {
        assert!(said.starts_with("HTTP/1.1 408"), "{said}");
        assert!(
            said.contains("urn:ringdesk:problem:too-slow") && said.to_lowercase().contains("connection: close"),
            "{said}"
        );
    }
    assert!(begun.elapsed() >= change, "not before its time");
    assert_eq!(world.login_with("agent1", "guess").await.unwrap_err().status, 401, "who is quicker is served");
}

/// Rows: S12.1
#[tokio::test]
async fn heads_and_bodies_have_an_end() {
    let world = World::start().await;
    let mut long = TcpStream::connect(world.http).await.unwrap();
    let head = format!("GET /api/openapi.json HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n", "a".repeat(300_000));
    let _ = long.write_all(head.as_bytes()).await;
    assert!(rest(&mut long).await.starts_with("HTTP/1.1 431"));
    let mut many = TcpStream::connect(world.http).await.unwrap();
    let fields: String = (0..100).map(|n| format!("X-{n}: a\r\n")).collect();
    let _ = many.write_all(format!("GET / HTTP/1.1\r\nHost: x\r\n{fields}\r\n").as_bytes()).await;
    assert!(rest(&mut many).await.starts_with("HTTP/1.1 431"));
    let body = format!("{{\"login\":\"{}\",\"password\":\"x\"}}", "a".repeat(300_000));
    let got = world.send("POST", "/api/v1/auth/login", None, &body).await;
    assert_eq!((got.status, got.problem()), (413, "too-large"));
}

/// Rows: S12.1
#[tokio::test]
async fn every_answer_is_nobodys_to_frame_to_keep_or_to_guess_at() {
    let world = World::start().await;
    for (path, status, policy) in [
        ("/api/openapi.json", 200, "default-src 'none'; frame-ancestors 'none'"),
        ("/api/v1/accounts/x/queues", 401, "default-src 'none'; frame-ancestors 'none'"),
        ("/api/nowhere", 404, "default-src 'none'; frame-ancestors 'none'"),
        ("/api/docs", 200, "default-src 'self'; script-src"),
    ] {
        let got = world.send("GET", path, None, "").await;
        assert!(got.status == status || got.status == 400, "{path}: {}", got.status);
        let head = got.head.to_lowercase();
        for field in [
            "x-content-type-options: nosniff",
            "x-frame-options: deny",
            "referrer-policy: no-referrer",
            "cache-control: no-store",
            &format!("content-security-policy: {policy}"),
        ] {
            assert!(head.contains(field), "{path}: {field} is not in {head}");
        }
    }
}
