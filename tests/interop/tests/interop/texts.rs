//! Texts by the API channel: a bridge that signs, the server that users run, an agent by the API, and a receiver of webhooks.

use crate::postgres;
use anyhow::{Context as _, Result, ensure};
use ringdesk_channels::{Signed, webhook};
use ringdesk_interop::centre::{Centre, Login};
use ringdesk_model::Timestamp;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

pub(crate) const CONFIG: &str = "[channels]\nallow_networks = [\"127.0.0.0/8\"]\n";
/// How often somebody who was not answered asks again.
const AGAIN: Duration = Duration::from_millis(50);

#[expect(clippy::disallowed_methods, reason = "a bridge outside the house has a clock of its own")]
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    Timestamp::from_millis(i64::try_from(since.as_millis()).expect("in this century"))
}

/// One request over a connection of its own; `cut`: its answer is not waited for.
async fn ask(
    to: SocketAddr,
    path: &str,
    headers: &[(&str, String)],
    body: impl AsRef<[u8]>,
    cut: bool,
) -> Result<(u16, Value)> {
    let body = body.as_ref();
    let mut stream = TcpStream::connect(to).await?;
    let fields: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {to}\r\nConnection: close\r\nContent-Type: application/json\r\n{fields}Content-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(&[request.as_bytes(), body].concat()).await?;
    if cut {
        return Ok((0, Value::Null));
    }
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await?;
    let (head, body) = reply.split_once("\r\n\r\n").context("a whole response")?;
    Ok((head.split(' ').nth(1).context("a status")?.parse()?, serde_json::from_str(body).unwrap_or_default()))
}

/// A bridge to somewhere: it signs what it brings.
#[derive(Clone)]
pub(crate) struct Bridge {
    http: SocketAddr,
    inbox: String,
    secret: String,
}

impl Bridge {
    fn signed(&self, at: Timestamp, body: impl AsRef<[u8]>) -> Vec<(&'static str, String)> {
        let id = format!("msg_{}", at.as_millis());
        let signature = webhook::sign(&id, at, body.as_ref(), [self.secret.as_str()].into_iter());
        let seconds = at.as_millis() / 1_000;
        vec![("webhook-id", id), ("webhook-timestamp", seconds.to_string()), ("webhook-signature", signature)]
    }

    async fn bring(&self, what: &str, body: &Value) -> Result<(u16, Value)> {
        let body = body.to_string();
        let path = format!("/public/api/v1/inboxes/{}/{what}", self.inbox);
        ask(self.http, &path, &self.signed(now(), &body), &body, false).await
    }

    /// A file of a contact, for a text that follows.
    pub(crate) async fn file(&self, name: &str, content: &[u8]) -> Result<(u16, Value)> {
        let path = format!("/public/api/v1/inboxes/{}/attachments?name={name}", self.inbox);
        ask(self.http, &path, &self.signed(now(), content), content, false).await
    }

    /// A text that brings a file.
    pub(crate) async fn text_with(&self, contact: &str, id: &str, file: &Value) -> Result<(u16, Value)> {
        let body = json!({ "id": id, "contact": { "id": contact }, "text": "", "attachments": [file] });
        self.bring("messages", &body).await
    }

    pub(crate) async fn text(&self, contact: &str, id: &str, text: &str) -> Result<(u16, Value)> {
        let body = json!({ "id": id, "contact": { "id": contact, "name": "Visitor" }, "text": text });
        self.bring("messages", &body).await
    }
}

/// Where webhooks go.
#[derive(Clone)]
struct Receiver {
    url: String,
    /// In the order in which they came: id and body. What did not prove itself is not among them.
    got: Arc<Mutex<Vec<(String, Value)>>>,
    /// Take it, and hang up without a word.
    mute: Arc<AtomicBool>,
}

impl Receiver {
    async fn start() -> Result<Receiver> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/hook", listener.local_addr()?);
        let receiver = Receiver { url, got: Arc::default(), mute: Arc::default() };
        let here = receiver.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let here = here.clone();
                tokio::spawn(async move { here.take(stream).await });
            }
        });
        Ok(receiver)
    }

    async fn take(&self, mut stream: TcpStream) -> Result<()> {
        let (mut bytes, mut part) = (Vec::new(), [0; 4096]);
        let (head, body) = loop {
            let n = stream.read(&mut part).await?;
            ensure!(n > 0, "they hung up");
            bytes.extend_from_slice(&part[..n]);
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length =
                    head.lines().find_map(|l| l.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
                if body.len() >= length.unwrap_or(0) {
                    break (head.to_owned(), body.to_owned());
                }
            }
        };
        let field = |name: &str| {
            let line = head.lines().find(|l| l.to_ascii_lowercase().starts_with(&format!("{name}: ")))?;
            line.split_once(": ").map(|(_, value)| value)
        };
        let id = Signed::of(field)?.id.to_owned();
        self.got.lock().expect("nobody panics").push((id, serde_json::from_str(&body)?));
        if !self.mute.load(Ordering::Relaxed) {
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await?;
        }
        Ok(())
    }

    fn got(&self) -> Vec<(String, Value)> {
        self.got.lock().expect("nobody panics").clone()
    }

    /// Wait until it fits.
    async fn until(&self, what: &str, fits: impl Fn(&[(String, Value)]) -> bool) -> Result<()> {
        let mut tick = tokio::time::interval(AGAIN);
        for _ in 0..1_200 {
            tick.tick().await;
            if fits(&self.got()) {
                return Ok(());
            }
        }
        anyhow::bail!("{what}: not within a minute: {:#?}", self.got())
    }
}

pub(crate) async fn inbox(centre: &Centre, admin: &Login, queue: &str, more: Value) -> Result<Bridge> {
    let (_, queues) = centre.api(admin, "GET", "queues", None).await?;
    let queue =
        queues.as_array().context("a list")?.iter().find(|q| q["name"] == queue).context("the queue")?["id"].clone();
    // They write as fast as they can; how much that may be is for another test.
    let rates = json!({ "contact": { "at_once": 1_000, "per_minute": 60_000 } });
    let mut body = json!({ "name": "Bridge", "queue": queue, "rates": rates });
    for (name, value) in more.as_object().context("an object")? {
        body[name] = value.clone();
    }
    let (status, made) = centre.api(admin, "POST", "text_inboxes", Some(&body)).await?;
    ensure!(status == 201, "{status} {made}");
    let text = |name: &str| made[name].as_str().map(str::to_owned).context("it was made");
    Ok(Bridge { http: centre.http, inbox: text("id")?, secret: text("secret")? })
}

/// The agent is asked, and takes it.
pub(crate) async fn take(centre: &Centre, agent: &Login) -> Result<String> {
    let offered = centre.until(agent, "text_offers", |o| o[0]["state"] == "offered").await?;
    let id = offered[0]["id"].as_str().context("an id")?;
    let (status, told) = centre.api(agent, "POST", &format!("text_offers/{id}/accept"), None).await?;
    ensure!(status == 204, "{status} {told}");
    Ok(offered[0]["conversation"].as_str().context("an id")?.to_owned())
}

/// A contact's text reaches an agent, the answer reaches the receiver, receipts and the end of it come back.
///
/// Rows: S1.1, S1.20, S2.1, S2.2, S2.3, S7.4
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_is_answered_and_settled() -> Result<()> {
    let (centre, receiver) = (Centre::start_with(CONFIG, &[]).await?, Receiver::start().await?);
    let admin = centre.login("admin").await?;
    let away = json!({ "webhook": receiver.url, "away": "We are back at nine." });
    let bridge = inbox(&centre, &admin, "support", away).await?;

    let (status, first) = bridge.text("visitor-1", "ext-1", "my parcel is late").await?;
    ensure!(status == 201 && first["known"] == false && first["seq"] == 1, "{status} {first}");
    let (status, again) = bridge.text("visitor-1", "ext-1", "my parcel is late").await?;
    ensure!(status == 200 && again["message"] == first["message"] && again["known"] == true, "{status} {again}");
    let said = |text: &'static str| move |got: &[(String, Value)]| got.iter().any(|(_, body)| body["text"] == text);
    receiver.until("nobody is there", said("We are back at nine.")).await?;

    let agent = centre.agent_ready("agent1").await?;
    let conversation = take(&centre, &agent).await?;
    ensure!(first["conversation"] == conversation, "{first}");
    let path = format!("conversations/{conversation}/messages");
    let text = json!({ "client_id": "mine-1", "text": "it comes today" });
    let (status, sent) = centre.api(&agent, "POST", &path, Some(&text)).await?;
    ensure!(status == 201, "{status} {sent}");
    let (status, twice) = centre.api(&agent, "POST", &path, Some(&text)).await?;
    ensure!(status == 200 && twice["id"] == sent["id"] && twice["seq"] == sent["seq"], "{status} {twice}");
    receiver.until("the answer", said("it comes today")).await?;
    let (id, body) = receiver.got().into_iter().find(|(_, b)| b["text"] == "it comes today").context("it came")?;
    ensure!(sent["id"] == id && body["contact"]["id"] == "visitor-1" && body["speaker"] == "agent", "{id} {body}");
    ensure!(receiver.got().iter().filter(|(other, _)| *other == id).count() == 1, "once");

    // Receipts in the wrong order, and an impossible one after them.
    for (state, stands) in [("read", "read"), ("sent", "read"), ("delivered", "read"), ("failed", "read")] {
        let (status, told) = bridge.bring("receipts", &json!({ "message": id, "state": state })).await?;
        ensure!(status == 200 && told["state"] == stands, "{state}: {status} {told}");
    }
    let (_, cursors) = centre.api(&agent, "GET", &format!("conversations/{conversation}/cursors"), None).await?;
    ensure!(cursors["read"] == sent["seq"] && cursors["delivered"] == sent["seq"], "{cursors}");

    // Taken back: a tombstone here, and told to the other side.
    let mine = json!({ "client_id": "mine-2", "text": "oops" });
    let (_, oops) = centre.api(&agent, "POST", &path, Some(&mine)).await?;
    receiver.until("the mistake", said("oops")).await?;
    let (status, told) = centre.api(&agent, "DELETE", &format!("{path}/{}", oops["seq"]), None).await?;
    ensure!(status == 200, "{status} {told}");
    receiver
        .until("its recall", |got| {
            got.iter().any(|(_, b)| b["type"] == "message_recalled" && b["message"] == oops["id"])
        })
        .await?;
    let (_, lines) = centre.api(&agent, "GET", &path, None).await?;
    let lines = lines.as_array().context("a list")?;
    ensure!(lines.iter().enumerate().all(|(n, line)| line["seq"] == n + 1), "no gaps: {lines:#?}");
    let tomb = lines.iter().find(|line| line["seq"] == oops["seq"]).context("it is there")?;
    ensure!(tomb["text"] == "" && tomb["recalled_at"].is_i64(), "{tomb}");

    // What stands in no word of the channel.
    let stale = Timestamp::from_millis(now().as_millis() - 400_000);
    let body = json!({ "id": "ext-9", "contact": { "id": "visitor-1" }, "text": "late" }).to_string();
    let public = format!("/public/api/v1/inboxes/{}/messages", bridge.inbox);
    for (headers, body, expected) in [
        (bridge.signed(stale, &body), body.clone(), 401),
        (bridge.signed(now(), "{}"), body.clone(), 401),
        (Vec::new(), body.clone(), 401),
        (bridge.signed(now(), "x".repeat(70_000)), "x".repeat(70_000), 413),
        {
            let sticker =
                json!({ "id": "ext-8", "contact": { "id": "v" }, "type": "sticker", "text": "x" }).to_string();
            (bridge.signed(now(), &sticker), sticker, 422)
        },
    ] {
        let (status, told) = ask(centre.http, &public, &headers, &body, false).await?;
        ensure!(status == expected, "{status}, not {expected}: {told}");
    }
    // A request that was caught and sent once more changes nothing.
    let body = json!({ "id": "ext-2", "contact": { "id": "visitor-1" }, "text": "thank you" }).to_string();
    let caught = bridge.signed(now(), &body);
    let mut answers = Vec::new();
    for _ in 0..3 {
        answers.push(ask(centre.http, &public, &caught, &body, false).await?);
    }
    ensure!(answers[1].1["message"] == answers[0].1["message"] && answers[2].0 == 200, "{answers:?}");
    // Another secret: the old one is good for a day.
    let (status, renewed) = centre.api(&admin, "POST", &format!("text_inboxes/{}/secret", bridge.inbox), None).await?;
    ensure!(status == 201, "{status} {renewed}");
    let newer = Bridge { secret: renewed["secret"].as_str().context("a secret")?.to_owned(), ..bridge.clone() };
    for (with, id) in [(&bridge, "ext-3"), (&newer, "ext-4")] {
        ensure!(with.text("visitor-1", id, "still there").await?.0 == 201, "{id}");
    }

    let (status, told) = centre.api(&agent, "POST", &format!("conversations/{conversation}/close"), None).await?;
    ensure!(status == 204, "{status} {told}");
    centre.until(&agent, "text_offers", |o| o.as_array().is_some_and(Vec::is_empty)).await?;
    centre.until(&agent, "presence", |p| p["state"] == "wrap_up").await?;
    let (_, done) = centre.api(&agent, "POST", "presence/wrap_up", Some(&json!({ "action": "done" }))).await?;
    centre.until(&agent, "presence", |p| p["state"] == "ready").await.with_context(|| done.to_string())?;
    let (_, more) = bridge.text("visitor-1", "ext-5", "one more thing").await?;
    ensure!(more["conversation"] == conversation, "it goes on: {more}");
    ensure!(take(&centre, &agent).await? == conversation, "the same matter");
    ensure!(centre.figure("stuck_total").await? == 0, "nothing is stuck");
    Ok(())
}

/// Whoever takes a text and says nothing: sent again under the same id where they know it by that; else nobody knows, and it
/// is for people to say.
///
/// Rows: S1.21, S2.9
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_knows_is_not_sent_twice_by_itself() -> Result<()> {
    let (centre, receiver) = (Centre::start_with(CONFIG, &[]).await?, Receiver::start().await?);
    receiver.mute.store(true, Ordering::Relaxed);
    let admin = centre.login("admin").await?;
    let bridge = inbox(&centre, &admin, "support", json!({ "webhook": receiver.url, "no_repeats": true })).await?;
    let agent = centre.agent_ready("agent1").await?;
    bridge.text("visitor-1", "ext-1", "hello").await?;
    let conversation = take(&centre, &agent).await?;
    let path = format!("conversations/{conversation}/messages");
    let (_, sent) = centre.api(&agent, "POST", &path, Some(&json!({ "client_id": "a", "text": "hi" }))).await?;
    let state = |wanted: &'static str| {
        let seq = sent["seq"].clone();
        move |lines: &Value| {
            lines.as_array().is_some_and(|l| l.iter().any(|line| line["seq"] == seq && line["state"] == wanted))
        }
    };
    centre.until(&agent, &path, state("unknown")).await?;
    ensure!(receiver.got().len() == 1, "{:?}", receiver.got());
    receiver.mute.store(false, Ordering::Relaxed);
    let (status, told) = centre.api(&agent, "POST", &format!("{path}/{}/retry", sent["seq"]), None).await?;
    ensure!(status == 204, "{status} {told}");
    centre.until(&agent, &path, state("sent")).await?;
    let got = receiver.got();
    ensure!(got.len() == 2 && got[0].0 == got[1].0, "the same text under the same id: {got:?}");
    let (status, _) = centre.api(&agent, "POST", &format!("{path}/{}/retry", sent["seq"]), None).await?;
    ensure!(status == 409, "it is there: {status}");
    Ok(())
}

/// Contacts and an agent write as fast as they can, over connections that break, each text again and again until it was
/// acknowledged, and the server is killed under them: what was acknowledged is there once, where it was said to be, and in order.
///
/// Rows: S1.21, S2.7, S2.8, S2.10, N2
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_stored_once_whatever_breaks() -> Result<()> {
    storm("").await.context("SQLite")?;
    let url = postgres::database().await;
    storm(&format!("[store]\nurl = \"{url}\"\n")).await.context("PostgreSQL")
}

const CONTACTS: usize = 6;
/// Of each writer; `make soak` writes 10,000 in all.
static TEXTS: LazyLock<usize> =
    LazyLock::new(|| std::env::var("RINGDESK_TEXTS").ok().and_then(|n| n.parse().ok()).unwrap_or(250));
const KILLS: usize = 3;

async fn storm(store: &str) -> Result<()> {
    let mut centre = Centre::start_with(&format!("{store}{CONFIG}"), &[]).await?;
    let receiver = Receiver::start().await?;
    let admin = centre.login("admin").await?;
    let bridge = inbox(&centre, &admin, "support", json!({ "webhook": receiver.url })).await?;
    let agent = centre.agent_ready("agent1").await?;
    bridge.text("contact-0", "hello", "hello").await?;
    let conversation = take(&centre, &agent).await?;
    // By the place in which it was acknowledged.
    let acknowledged: Arc<Mutex<BTreeMap<(String, i64), String>>> = Arc::default();
    let done = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let mut writers = JoinSet::new();
    for contact in 0..CONTACTS {
        let (bridge, acknowledged, done) = (bridge.clone(), acknowledged.clone(), done.clone());
        writers.spawn(async move {
            for n in 0..*TEXTS {
                let (name, who) = (format!("c{contact}-{n}"), format!("contact-{contact}"));
                let body = json!({ "id": name, "contact": { "id": who }, "text": name }).to_string();
                let told = stubborn(n + contact, &Way::Signed(bridge.clone(), body)).await;
                let place = told["conversation"].as_str().expect("a conversation").to_owned();
                keep(&acknowledged, (place, told["seq"].as_i64().expect("a number")), name);
                done.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    {
        let (http, conversation) = (centre.http, conversation.clone());
        let path = format!("/api/v1/accounts/{}/conversations/{conversation}/messages", agent.account);
        let bearer = format!("Bearer {}", agent.token);
        let (acknowledged, done) = (acknowledged.clone(), done.clone());
        writers.spawn(async move {
            for n in 0..*TEXTS {
                let name = format!("agent-{n}");
                let body = json!({ "client_id": name, "text": name }).to_string();
                // The crash hands the matter back: until it is taken again, the scope does not show it.
                let way = Way::SignedIn(http, path.clone(), bearer.clone(), body);
                let told = stubborn(n, &way).await;
                keep(&acknowledged, (conversation.clone(), told["seq"].as_i64().expect("a number")), name);
                done.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    let all = (CONTACTS + 1) * *TEXTS;
    let mut tick = tokio::time::interval(AGAIN);
    for kill in 1..=KILLS {
        while done.load(Ordering::Relaxed) < all * kill / (KILLS + 1) {
            tick.tick().await;
            retake(&centre, &agent).await;
        }
        centre.crash_and_restart().await?;
        let again = json!({ "state": "ready" });
        let (status, told) = centre.api(&agent, "PUT", "presence", Some(&again)).await?;
        ensure!(status == 200, "{status} {told}");
    }
    while done.load(Ordering::Relaxed) < all {
        tick.tick().await;
        retake(&centre, &agent).await;
    }
    while let Some(writer) = writers.join_next().await {
        writer?;
    }

    // Everything by everybody, as the rows have it.
    let (mut found, mut conversations) = (BTreeMap::new(), BTreeSet::new());
    for (conversation, _) in acknowledged.lock().expect("nobody panics").keys() {
        conversations.insert(conversation.clone());
    }
    ensure!(conversations.len() == CONTACTS, "one matter a contact: {}", conversations.len());
    for conversation in &conversations {
        let mut last = 0;
        loop {
            let page = format!("conversations/{conversation}/messages?after={last}&limit=200");
            let (status, lines) = centre.api(&admin, "GET", &page, None).await?;
            ensure!(status == 200, "{status} {lines}");
            let lines = lines.as_array().context("a list")?;
            for line in lines {
                last += 1;
                ensure!(line["seq"] == last, "{conversation}: {} where {last} was to be", line["seq"]);
                if line["kind"] == "message" {
                    let text = line["text"].as_str().context("a text")?.to_owned();
                    found.entry(text).or_insert_with(Vec::new).push((conversation.clone(), last));
                }
            }
            if lines.is_empty() {
                break;
            }
        }
    }
    let acknowledged = acknowledged.lock().expect("nobody panics").clone();
    ensure!(acknowledged.len() == all, "{} of {all} places", acknowledged.len());
    for (place, name) in &acknowledged {
        ensure!(found.get(name) == Some(&vec![place.clone()]), "{name}: {place:?}, not {:?}", found.get(name));
    }
    ensure!(found.len() == all + 1, "{} texts, not {}", found.len(), all + 1);

    // What left came in its order, and all of it; twice only under one id.
    let mine = |got: &[(String, Value)]| {
        let mut seen = BTreeSet::new();
        let new = got.iter().filter(|(id, body)| body["speaker"] == "agent" && seen.insert(id.clone()));
        new.map(|(_, body)| body["seq"].as_i64().unwrap_or(0)).collect::<Vec<_>>()
    };
    receiver.until("all answers", |got| mine(got).len() == *TEXTS).await?;
    let order = mine(&receiver.got());
    ensure!(order.is_sorted(), "in their order: {order:?}");
    Ok(())
}

/// How a text gets in.
enum Way {
    Signed(Bridge, String),
    SignedIn(SocketAddr, String, String, String),
}

impl Way {
    async fn send(&self, cut: bool) -> Result<(u16, Value)> {
        match self {
            Way::Signed(bridge, body) => {
                let path = format!("/public/api/v1/inboxes/{}/messages", bridge.inbox);
                ask(bridge.http, &path, &bridge.signed(now(), body), body, cut).await
            }
            Way::SignedIn(http, path, bearer, body) => {
                ask(*http, path, &[("Authorization", bearer.clone())], body, cut).await
            }
        }
    }
}

/// Until it was acknowledged; now and then without waiting for the answer, so that it is sent again.
async fn stubborn(n: usize, way: &Way) -> Value {
    let mut tick = tokio::time::interval(AGAIN);
    for attempt in 0usize.. {
        let cut = attempt == 0 && n % 7 == 3;
        if let Ok((200 | 201, told)) = way.send(cut).await {
            // Doubled: a sender who did not hear the answer asks again.
            if n % 11 == 5
                && let Ok((200, again)) = way.send(false).await
            {
                assert_eq!((&again["seq"], n), (&told["seq"], n), "the same answer");
            }
            return told;
        }
        tick.tick().await;
    }
    unreachable!("it is sent for ever")
}

fn keep(acknowledged: &Mutex<BTreeMap<(String, i64), String>>, place: (String, i64), name: String) {
    let before = acknowledged.lock().expect("nobody panics").insert(place.clone(), name.clone());
    assert_eq!(before, None, "{name} at {place:?}: another was acknowledged there");
}

/// What is offered is taken, whatever it is.
async fn retake(centre: &Centre, agent: &Login) {
    let Ok((200, offers)) = centre.api(agent, "GET", "text_offers", None).await else { return };
    for offer in offers.as_array().into_iter().flatten().filter(|o| o["state"] == "offered") {
        let id = offer["id"].as_str().unwrap_or_default();
        let _ = centre.api(agent, "POST", &format!("text_offers/{id}/accept"), None).await;
    }
}
