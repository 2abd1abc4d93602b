//! Visitors of a web site against the server that users run: lines that break, texts that are doubled, a server that is killed.

use crate::postgres;
use anyhow::{Context as _, Result, bail, ensure};
use futures_util::{SinkExt as _, StreamExt as _};
use ringdesk_interop::centre::{Centre, Login};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{interval, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

const VISITORS: usize = 6;
const TEXTS: usize = 24;
const ANSWERS: usize = 30;
const KILLS: usize = 2;
/// How often somebody who was not answered asks again.
const AGAIN: Duration = Duration::from_millis(50);
/// For one frame; the server says that it is alive more often.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was acknowledged is there once and in its order, on both sides, whatever breaks.
///
/// Visitors here are a plain program over REST and WebSocket, as an app of one's own would be.
///
/// Rows: S1.3, S1.4, S1.21, S2.7, S2.8, S2.10, N2
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visitors_texts_are_stored_once_whatever_breaks() -> Result<()> {
    storm("").await.context("SQLite")?;
    let url = postgres::database().await;
    storm(&format!("[store]\nurl = \"{url}\"\n")).await.context("PostgreSQL")
}

async fn storm(config: &str) -> Result<()> {
    let mut centre = Centre::start_with(config, &[]).await?;
    let admin = centre.login("admin").await?;
    let inbox = site(&centre, &admin).await?;
    let done = Arc::new(AtomicUsize::new(0));
    let mut first = Page::new(centre.http, &inbox).await?;
    first.write("hello", "hello", false).await?;
    let conversation = first.conversation.clone().context("it has begun")?;
    let mut visitors = JoinSet::new();
    for n in 0..VISITORS {
        let (http, inbox, done) = (centre.http, inbox.clone(), done.clone());
        visitors.spawn(async move {
            let mut page = Page::new(http, &inbox).await?;
            for text in 0..TEXTS {
                let name = format!("v{n}-{text}");
                // Now and then the line breaks before the answer; now and then it is said twice.
                if (text + n) % 7 == 3 {
                    page.shout_and_leave(&name).await;
                }
                page.write(&name, &name, (text + n) % 5 == 2).await?;
                done.fetch_add(1, Ordering::Relaxed);
            }
            anyhow::Ok(page)
        });
    }
    let all = VISITORS * TEXTS;
    let (mut tick, mut answered, mut kills) = (interval(AGAIN), 0, 0);
    let path = format!("conversations/{conversation}/messages");
    while done.load(Ordering::Relaxed) < all || answered < ANSWERS {
        tick.tick().await;
        ensure!(visitors.len() == VISITORS || done.load(Ordering::Relaxed) == all, "a visitor gave up");
        if answered < ANSWERS {
            let text = json!({ "client_id": format!("a{answered}"), "text": format!("answer {answered}") });
            if let Ok((200 | 201, _)) = centre.api(&admin, "POST", &path, Some(&text)).await {
                answered += 1;
            }
        }
        if kills < KILLS && done.load(Ordering::Relaxed) >= all * (kills + 1) / (KILLS + 1) {
            centre.crash_and_restart().await?;
            kills += 1;
        }
    }
    ensure!(kills == KILLS, "{kills} of {KILLS} kills: too quick to be a test");
    let mut pages = vec![first];
    while let Some(page) = visitors.join_next().await {
        pages.push(page??);
    }
    for mut page in pages {
        let conversation = page.conversation.clone().context("it has begun")?;
        let path = format!("conversations/{conversation}/messages?limit=200");
        let (status, stored) = centre.api(&admin, "GET", &path, None).await?;
        ensure!(status == 200, "{status} {stored}");
        let stored = stored.as_array().context("a list")?;
        let last = i64::try_from(stored.len())?;
        page.up_to(last).await?;
        for (line, expected) in stored.iter().zip(1..) {
            ensure!(line["seq"] == expected, "no gaps: {line}");
            if line["kind"] == "message" {
                let told = page.lines.get(&expected);
                ensure!(told.map(String::as_str) == line["text"].as_str(), "{told:?} is not {line}");
            }
        }
        for (name, seq) in &page.acknowledged {
            let there: Vec<_> = stored.iter().filter(|line| line["text"] == **name).map(|line| &line["seq"]).collect();
            ensure!(there == [&json!(seq)], "{name} was acknowledged at {seq}, and is at {there:?}");
        }
    }
    Ok(())
}

async fn site(centre: &Centre, admin: &Login) -> Result<String> {
    let (_, queues) = centre.api(admin, "GET", "queues", None).await?;
    let queue = queues.as_array().context("a list")?.iter().find(|q| q["name"] == "support").context("the queue")?;
    let body = json!({ "name": "Shop", "queue": queue["id"], "site": { "allowed": ["*"] } });
    let (status, made) = centre.api(admin, "POST", "text_inboxes", Some(&body)).await?;
    ensure!(status == 201, "{status} {made}");
    Ok(made["id"].as_str().context("an id")?.to_owned())
}

/// A visitor's page: it comes back by itself, says how far it has come, and sends again under the same name.
struct Page {
    http: SocketAddr,
    inbox: String,
    token: String,
    socket: Option<WebSocketStream<TcpStream>>,
    conversation: Option<String>,
    lines: BTreeMap<i64, String>,
    /// Which text where.
    acknowledged: BTreeMap<String, i64>,
}

impl Page {
    async fn new(http: SocketAddr, inbox: &str) -> Result<Page> {
        let mut tick = interval(AGAIN);
        let token = loop {
            tick.tick().await;
            match token(http, inbox).await {
                Ok(token) => break token,
                // It may be down just now.
                Err(_) => continue,
            }
        };
        let (inbox, lines, acknowledged) = (inbox.to_owned(), BTreeMap::new(), BTreeMap::new());
        Ok(Page { http, inbox, token, socket: None, conversation: None, lines, acknowledged })
    }

    /// Until it is acknowledged.
    async fn write(&mut self, name: &str, text: &str, twice: bool) -> Result<()> {
        let mut tick = interval(AGAIN);
        loop {
            tick.tick().await;
            match self.sent(name, text, twice).await {
                Ok(Some(wait)) => {
                    timeout(wait, self.listen()).await.ok();
                }
                Ok(None) => return Ok(()),
                // The line broke.
                Err(_) => self.socket = None,
            }
        }
    }

    /// Send it once; how long to wait where it was refused.
    async fn sent(&mut self, name: &str, text: &str, twice: bool) -> Result<Option<Duration>> {
        self.connect().await?;
        for _ in 0..=usize::from(twice) {
            self.say(json!({ "t": "send", "id": name, "text": text })).await?;
        }
        loop {
            let frame = self.frame().await?;
            if frame["id"] != *name {
                continue;
            }
            match (frame["t"].as_str(), frame["seq"].as_i64(), frame["after_ms"].as_u64()) {
                (Some("ack"), Some(seq), _) => {
                    let before = self.acknowledged.insert(name.to_owned(), seq);
                    ensure!(before.is_none_or(|before| before == seq), "{name}: {before:?}, then {seq}");
                    return Ok(None);
                }
                (Some("refused"), _, Some(wait)) => return Ok(Some(Duration::from_millis(wait))),
                _ => bail!("{frame}"),
            }
        }
    }

    /// Say it, and break the line without hearing the answer.
    async fn shout_and_leave(&mut self, name: &str) {
        if self.connect().await.is_ok() {
            let _ = self.say(json!({ "t": "send", "id": name, "text": name })).await;
        }
        self.socket = None;
    }

    async fn up_to(&mut self, last: i64) -> Result<()> {
        while self.last() < last {
            if self.connect().await.is_err() || self.frame().await.is_err() {
                self.socket = None;
            }
        }
        Ok(())
    }

    fn last(&self) -> i64 {
        self.lines.keys().next_back().copied().unwrap_or(0)
    }

    async fn listen(&mut self) {
        while self.frame().await.is_ok() {}
    }

    async fn connect(&mut self) -> Result<()> {
        if self.socket.is_some() {
            return Ok(());
        }
        let stream = TcpStream::connect(self.http).await?;
        let address = format!("ws://{}/public/api/v1/widget/{}/socket", self.http, self.inbox);
        let mut request = address.into_client_request()?;
        request.headers_mut().insert("origin", format!("http://{}", self.http).parse()?);
        let (socket, _) = tokio_tungstenite::client_async(request, stream).await?;
        self.socket = Some(socket);
        let (after, conversation) = (self.last(), self.conversation.clone());
        self.say(json!({ "t": "hello", "token": self.token, "conversation": conversation, "after": after })).await?;
        loop {
            if self.frame().await?["t"] == "welcome" {
                return Ok(());
            }
        }
    }

    async fn say(&mut self, frame: Value) -> Result<()> {
        let socket = self.socket.as_mut().context("connected")?;
        Ok(socket.send(Message::Text(frame.to_string().into())).await?)
    }

    /// The next frame; a line is kept where it fits: none is missing before it, and none is another than it was.
    async fn frame(&mut self) -> Result<Value> {
        loop {
            let socket = self.socket.as_mut().context("connected")?;
            let message = timeout(PATIENCE, socket.next()).await?.context("the line broke")??;
            let Message::Text(text) = message else { continue };
            let frame: Value = serde_json::from_str(&text)?;
            if let Some(conversation) = frame["conversation"].as_str() {
                let mine = self.conversation.get_or_insert_with(|| conversation.to_owned());
                assert_eq!(mine, conversation, "one conversation, whatever breaks");
            }
            if frame["t"] == "line" {
                let seq = frame["seq"].as_i64().context("a number")?;
                let says = frame["text"].as_str().unwrap_or_default().to_owned();
                assert!(seq <= self.last() + 1, "{} is missing before {frame}", self.last() + 1);
                let was = self.lines.insert(seq, says.clone());
                assert!(was.as_ref().is_none_or(|was| *was == says), "{seq} was {was:?}, and is {says}");
            }
            return Ok(frame);
        }
    }
}

async fn token(http: SocketAddr, inbox: &str) -> Result<String> {
    let mut stream = TcpStream::connect(http).await?;
    let request = format!(
        "POST /public/api/v1/widget/{inbox}/visitors HTTP/1.1\r\nHost: {http}\r\nOrigin: http://{http}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await?;
    let (_, body) = reply.split_once("\r\n\r\n").context("a whole response")?;
    let made: Value = serde_json::from_str(body)?;
    Ok(made["token"].as_str().context("a token")?.to_owned())
}
