//! What every connector has to pass, against real sockets: what was refused, what may be tried again, and what nobody knows.

#![allow(clippy::unwrap_used, reason = "what a test needs must be there")]

use ringdesk_channels::{Carrier, Guard, Outbound, Sent, Signed, webhook};
use ringdesk_model::Timestamp;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

const AT: Timestamp = Timestamp::from_millis(1_790_000_000_000);
const BODY: &[u8] = br#"{"text":"hello"}"#;

fn carrier(patience: Duration) -> Carrier {
    Carrier::new(Guard::new(["127.0.0.0/8".parse().unwrap()]), patience)
}

/// Somebody who says `answer` to each request, and nothing at all without one; what they heard comes out.
async fn receiver(answer: Option<String>, hang_up: bool) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook?x=1", listener.local_addr().unwrap());
    // A test asks a few times; who asks more waits.
    let (heard, hears) = mpsc::channel(16);
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let (mut text, mut part) = (String::new(), [0; 4096]);
            while !text.ends_with('}') {
                let n = stream.read(&mut part).await.unwrap();
                text.push_str(std::str::from_utf8(&part[..n]).unwrap());
            }
            let _ = heard.send(text).await;
            if let Some(answer) = &answer {
                let _ = stream.write_all(answer.as_bytes()).await;
            }
            if !hang_up {
                open.push(stream);
            }
        }
    });
    (url, hears)
}

async fn send(carrier: &Carrier, url: &str, secrets: &[String]) -> Sent {
    carrier.send(AT, &Outbound { url, id: "msg_1", body: BODY, secrets }).await
}

fn status(line: &str) -> Option<String> {
    Some(format!("HTTP/1.1 {line}\r\nContent-Length: 0\r\n\r\n"))
}

/// Rows: S14.14
#[tokio::test]
async fn what_leaves_proves_where_it_comes_from() {
    let (url, mut hears) = receiver(status("204 No Content"), true).await;
    let secrets = [webhook::secret(&[1; 32]), webhook::secret(&[2; 32])];
    assert_eq!(send(&carrier(Duration::from_secs(5)), &url, &secrets).await, Sent::Accepted);
    let heard = hears.recv().await.unwrap();
    let (head, body) = heard.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /hook?x=1 HTTP/1.1"), "{head}");
    let field = |name: &str| head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
    let signed = Signed::of(field).unwrap();
    assert_eq!((signed.id, body.as_bytes()), ("msg_1", BODY));
    for secret in &secrets {
        assert_eq!(signed.verify(AT, body.as_bytes(), [secret.as_str()].into_iter()), Ok(()), "by either secret");
    }
}

/// Rows: S1.20, S1.21
#[tokio::test]
async fn an_answer_says_what_becomes_of_it() {
    let carrier = carrier(Duration::from_secs(5));
    for (line, expected) in [
        ("200 OK", Sent::Accepted),
        ("400 Bad Request", Sent::Refused("they answered 400".into())),
        ("302 Found\r\nLocation: http://127.0.0.1:1/", Sent::Refused("they answered 302".into())),
        ("500 Oops", Sent::Later("they answered 500".into(), None)),
        ("429 Slow\r\nRetry-After: 30", Sent::Later("they answered 429".into(), Some(Duration::from_secs(30)))),
    ] {
        let (url, _hears) = receiver(status(line), true).await;
        assert_eq!(send(&carrier, &url, &[]).await, expected, "{line}");
    }
    // More of an answer than anybody reads.
    let (url, _hears) = receiver(Some(format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(1 << 20))), true).await;
    assert_eq!(send(&carrier, &url, &[]).await, Sent::Accepted);
}

/// Handed over and no answer: nobody knows. Not even handed over: it may be sent again.
///
/// Rows: S1.21
#[tokio::test]
async fn silence_after_the_request_is_not_silence_before_it() {
    let hurried = carrier(Duration::from_millis(300));
    let (url, mut hears) = receiver(None, false).await;
    assert!(matches!(send(&hurried, &url, &[]).await, Sent::Unknown(_)), "they never answer");
    assert!(hears.recv().await.unwrap().ends_with('}'), "and have all of it");
    let (url, _hears) = receiver(None, true).await;
    assert!(matches!(send(&hurried, &url, &[]).await, Sent::Unknown(_)), "they hang up");
    let (url, _hears) = receiver(Some("SMTP ready\r\n\r\n".into()), true).await;
    assert!(matches!(send(&hurried, &url, &[]).await, Sent::Unknown(_)), "they answer something else");
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}/", listener.local_addr().unwrap())
    };
    assert!(matches!(send(&hurried, &nobody, &[]).await, Sent::Later(..)), "nobody listens");
    let no_name = "https://nobody.invalid/";
    assert!(matches!(send(&hurried, no_name, &[]).await, Sent::Later(..)), "a name that leads nowhere, today");
}

/// The guard looks at what a name leads to, when it is connected to.
#[tokio::test]
async fn nothing_is_asked_inside_the_house() {
    let closed = Carrier::new(Guard::default(), Duration::from_secs(5));
    let (url, mut hears) = receiver(status("200 OK"), true).await;
    for url in [url.clone(), url.replace("127.0.0.1", "localhost")] {
        assert!(matches!(send(&closed, &url, &[]).await, Sent::Refused(_)), "{url}");
    }
    assert!(hears.try_recv().is_err(), "nobody heard of it");
}
