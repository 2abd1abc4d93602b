//! Requests that are wrong, over a real socket: each gets the status that the RFCs have for it, with the field that says what is wrong, and
//! leaves nothing behind.

use super::trunks::{SOON, make};
use anyhow::{Context as _, Result, ensure};
use ringdesk_interop::{Centre, Message};
use serde_json::json;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::net::UdpSocket;
use tokio::time::timeout;

const SOUND: &str =
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n";
const G729: &str =
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 18\r\n";
const FAX: &str =
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=image 40000 udptl t38\r\n";

static COUNTER: AtomicU32 = AtomicU32::new(1);

/// Somebody with a socket, who writes what he likes.
struct Writer {
    socket: UdpSocket,
    server: SocketAddr,
}

/// One request, as it is before anything is made wrong with it.
#[derive(Clone)]
struct Request {
    method: &'static str,
    uri: String,
    call: String,
    to_tag: String,
    cseq: u32,
    hops: u32,
    more: String,
    body: &'static str,
}

impl Request {
    fn new(method: &'static str, uri: &str) -> Request {
        let call = format!("{}b{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
        let (uri, more) = (uri.to_owned(), String::new());
        Request { method, uri, call, to_tag: String::new(), cseq: 1, hops: 70, more, body: "" }
    }

    fn saying(self, more: &str) -> Request {
        Request { more: format!("{}{more}\r\n", self.more), ..self }
    }

    fn with(self, kind: &str, body: &'static str) -> Request {
        Request { more: format!("{}Content-Type: {kind}\r\n", self.more), body, ..self }
    }
}

impl Writer {
    async fn new(at: &str, centre: &Centre) -> Result<Writer> {
        Ok(Writer { socket: UdpSocket::bind(at).await?, server: centre.sip })
    }

    /// Send it; on a branch of its own.
    async fn send(&self, r: &Request) -> Result<()> {
        let (here, n) = (self.socket.local_addr()?, COUNTER.fetch_add(1, Ordering::Relaxed));
        let tag = if r.to_tag.is_empty() { String::new() } else { format!(";tag={}", r.to_tag) };
        let text = format!(
            "{} {} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bKbad{n}\r\nMax-Forwards: {}\r\nFrom: <sip:w@{here}>;tag=w\r\n\
             To: <{}>{tag}\r\nCall-ID: {}\r\nCSeq: {} {}\r\nContact: <sip:w@{here}>\r\n{}Content-Length: {}\r\n\r\n{}",
            r.method,
            r.uri,
            r.hops,
            r.uri,
            r.call,
            r.cseq,
            r.method,
            r.more,
            r.body.len(),
            r.body
        );
        self.socket.send_to(text.as_bytes(), self.server).await?;
        Ok(())
    }

    /// The next final answer to a request with this number and method.
    async fn answer(&self, r: &Request) -> Result<Message> {
        let mut buffer = vec![0; 65_535];
        loop {
            let (length, _) = timeout(SOON, self.socket.recv_from(&mut buffer))
                .await
                .with_context(|| format!("no answer to {} {}", r.method, r.uri))??;
            let message = Message::parse(&buffer[..length])?;
            let same = message.get("Call-ID") == Some(&r.call) && message.cseq() == format!("{} {}", r.cseq, r.method);
            if same && message.status().is_some_and(|status| status >= 200) {
                return Ok(message);
            }
        }
    }

    async fn ask(&self, r: &Request) -> Result<Message> {
        self.send(r).await?;
        self.answer(r).await
    }
}

/// Rows: V1, S12.6
#[tokio::test(flavor = "multi_thread")]
async fn each_mistake_has_its_status() -> Result<()> {
    let centre = Centre::start().await?;
    let writer = Writer::new("127.0.0.1:0", &centre).await?;
    let echo = format!("sip:1003@{}", centre.sip);
    let invite = || Request::new("INVITE", &echo);
    let sound = || invite().with("application/sdp", SOUND);
    for (what, request, status, field) in [
        ("no codec in common", invite().with("application/sdp", G729), 488, None),
        ("a fax machine", invite().with("application/sdp", FAX), 488, None),
        ("a description that is none", invite().with("application/sdp", "v=0\r\nnonsense\r\n"), 488, None),
        ("a body that nobody reads", invite().with("application/isup", "x"), 415, Some("Accept")),
        (
            "a body that is packed",
            invite().saying("Content-Encoding: gzip").with("application/sdp", SOUND),
            415,
            Some("Accept"),
        ),
        ("what nobody can", sound().saying("Require: teleport"), 420, Some("Unsupported")),
        ("a session timer too short", sound().saying("Supported: timer\r\nSession-Expires: 20"), 422, Some("Min-SE")),
        ("no hop left", Request { hops: 0, ..sound() }, 483, None),
        ("no dialog of ours", Request { to_tag: "nobody".into(), ..Request::new("BYE", &echo) }, 481, None),
        ("nothing to cancel", Request::new("CANCEL", &echo), 481, None),
        ("no dialog at all", Request::new("UPDATE", &echo), 481, None),
        (
            "a number that is nobody's",
            Request::new("INVITE", &format!("sip:4242@{}", centre.sip)).with("application/sdp", SOUND),
            404,
            None,
        ),
        (
            "a scheme that is none of ours",
            Request::new("INVITE", "mailto:a@example.org").with("application/sdp", SOUND),
            416,
            None,
        ),
        ("a method that nobody knows", Request::new("TELEPORT", &echo), 501, Some("Allow")),
        (
            "a subscription to nothing",
            Request::new("SUBSCRIBE", &echo).saying("Event: weather"),
            489,
            Some("Allow-Events"),
        ),
    ] {
        let answer = writer.ask(&request).await.context(what)?;
        ensure!(answer.status() == Some(status), "{what}: {} instead of {status}", answer.start);
        if let Some(field) = field {
            ensure!(answer.get(field).is_some_and(|value| !value.is_empty()), "{what}: no {field}");
        }
        if request.method == "INVITE" {
            writer
                .send(&Request { method: "ACK", to_tag: tag_of(&answer), more: String::new(), body: "", ..request })
                .await?;
        }
    }
    for figure in ["signaling_legs_open", "media_legs_open", "calls_open"] {
        centre.figure_until(figure, SOON, |n| n == 0).await?;
    }
    Ok(())
}

fn tag_of(answer: &Message) -> String {
    answer.get("To").and_then(|to| to.split(";tag=").nth(1)).unwrap_or_default().to_owned()
}

/// The same INVITE over two ways, a re-INVITE before the ACK of the first; the call itself goes on, and ends as it should.
///
/// Rows: V1
#[tokio::test(flavor = "multi_thread")]
async fn what_crosses_a_call_is_refused_and_the_call_goes_on() -> Result<()> {
    let centre = Centre::start().await?;
    let writer = Writer::new("127.0.0.1:0", &centre).await?;
    let invite = Request::new("INVITE", &format!("sip:1003@{}", centre.sip)).with("application/sdp", SOUND);
    writer.send(&invite).await?;
    let other_way = Writer::new("127.0.0.1:0", &centre).await?;
    other_way.send(&invite).await?;
    let merged = other_way.answer(&invite).await?;
    assert_eq!(merged.status(), Some(482), "{}", merged.start);
    let answered = writer.answer(&invite).await?;
    assert_eq!(answered.status(), Some(200), "{}", answered.start);
    let again = Request { to_tag: tag_of(&answered), cseq: 2, ..invite.clone() };
    let crossed = writer.ask(&again).await?;
    assert_eq!(crossed.status(), Some(491), "{}", crossed.start);
    let plain = |method, cseq| Request { method, cseq, more: String::new(), body: "", ..again.clone() };
    writer.send(&plain("ACK", 2)).await?;
    writer.send(&plain("ACK", 1)).await?;
    // Older than what was said already, and a key that cannot be read.
    assert_eq!(writer.ask(&plain("INFO", 1)).await?.status(), Some(500));
    let unreadable = plain("INFO", 3).with("application/dtmf-relay", "Signal=elephant\r\n");
    assert_eq!(writer.ask(&unreadable).await?.status(), Some(400));
    assert_eq!(writer.ask(&plain("BYE", 4)).await?.status(), Some(200));
    centre.figure_until("signaling_legs_open", SOON, |n| n == 0).await?;
    Ok(())
}

/// One call more than the line has room for: 503, when to come again, and the network's cause.
///
/// Rows: V1, V15
#[tokio::test(flavor = "multi_thread")]
async fn a_call_too_many_is_told_when_to_come_again() -> Result<()> {
    let centre = Centre::start().await?;
    let admin = centre.login("admin").await?;
    let narrow = json!({ "name": "a-narrow", "networks": ["127.0.0.66"], "settings": { "max_calls": 1 } });
    make(&centre, &admin, &narrow).await?;
    let writer = Writer::new("127.0.0.66:0", &centre).await?;
    let invite = || Request::new("INVITE", &format!("sip:1003@{}", centre.sip)).with("application/sdp", SOUND);
    let first = invite();
    let answered = writer.ask(&first).await?;
    assert_eq!(answered.status(), Some(200), "{}", answered.start);
    let ack = Request { method: "ACK", to_tag: tag_of(&answered), more: String::new(), body: "", ..first };
    writer.send(&ack).await?;
    let refused = writer.ask(&invite()).await?;
    assert_eq!(refused.status(), Some(503), "{}", refused.start);
    ensure!(refused.get("Retry-After").is_some(), "{refused:?}");
    ensure!(refused.get("Reason").is_some_and(|reason| reason.contains("cause=34")), "{refused:?}");
    assert_eq!(writer.ask(&Request { method: "BYE", cseq: 2, ..ack }).await?.status(), Some(200));
    centre.figure_until("signaling_legs_open", SOON, |n| n == 0).await?;
    Ok(())
}
