//! Connectors in processes of their own, which know of the server only its public API and its webhooks: what every connector has
//! to pass, and one that is killed while another goes on.

use super::texts::CONFIG;
use anyhow::{Context as _, Result, ensure};
use ringdesk_channels::webhook;
use ringdesk_interop::centre::{Centre, Login, free_port};
use ringdesk_model::Timestamp;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, interval};

/// Whoever has to come back comes back within it, also on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(120);
/// Texts each way while a connector is killed.
const TEXTS: usize = 24;

#[expect(clippy::disallowed_methods, reason = "a connector outside the house has a clock of its own")]
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    Timestamp::from_millis(i64::try_from(since.as_millis()).expect("in this century"))
}

/// One request; an answer that never comes is 0.
async fn ask(to: SocketAddr, method: &str, path: &str, more: &str, body: &[u8]) -> Result<(u16, Value)> {
    let mut stream = TcpStream::connect(to).await?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {to}\r\nConnection: close\r\n{more}Content-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    // Who refuses it by its length hangs up before it has all of it.
    let _ = stream.write_all(body).await;
    let mut reply = String::new();
    let _ = stream.read_to_string(&mut reply).await;
    let Some((head, body)) = reply.split_once("\r\n\r\n") else { return Ok((0, Value::Null)) };
    Ok((head.split(' ').nth(1).context("a status")?.parse()?, serde_json::from_str(body).unwrap_or_default()))
}

/// The example of the documentation, as somebody runs it, with an inbox of its own.
struct Connector {
    at: SocketAddr,
    arguments: Vec<String>,
    secret: String,
    child: Child,
    _folder: TempDir,
}

impl Connector {
    async fn start(centre: &Centre, admin: &Login, name: &str) -> Result<Connector> {
        let at = free_port()?;
        let (_, queues) = centre.api(admin, "GET", "queues", None).await?;
        let queue =
            queues.as_array().context("a list")?.iter().find(|q| q["name"] == "support").context("the queue")?;
        let body = json!({ "name": name, "queue": queue["id"], "webhook": format!("http://{at}/hook") });
        let (status, made) = centre.api(admin, "POST", "text_inboxes", Some(&body)).await?;
        ensure!(status == 201, "{status} {made}");
        let text = |field: &str| made[field].as_str().map(str::to_owned).context("it was made");
        let (inbox, secret, folder) = (text("id")?, text("secret")?, tempfile::tempdir()?);
        let arguments = vec![
            format!("--ringdesk=http://{}", centre.http),
            format!("--inbox={inbox}"),
            format!("--secret={secret}"),
            format!("--listen={at}"),
            format!("--state={}", folder.path().join("state.json").display()),
        ];
        let child = spawn(&arguments)?;
        let connector = Connector { at, arguments, secret, child, _folder: folder };
        connector.until("it is there", |_| true).await?;
        Ok(connector)
    }

    /// As a machine does that loses its current.
    fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    async fn start_again(&mut self) -> Result<()> {
        self.child = spawn(&self.arguments)?;
        self.until("it is there again", |_| true).await.map(drop)
    }

    async fn tell(&self, path: &str, body: Value) -> Result<()> {
        let (status, told) = ask(self.at, "POST", path, "", body.to_string().as_bytes()).await?;
        ensure!(status == 202, "{path}: {status} {told}");
        Ok(())
    }

    async fn say(&self, contact: &str, id: &str, text: &str) -> Result<()> {
        self.tell("/say", json!({ "id": id, "contact": contact, "text": text })).await
    }

    /// A webhook that may not be one of ours.
    async fn hook(&self, id: &str, at: Timestamp, signed_by: &str, body: &[u8]) -> Result<u16> {
        let signature = webhook::sign(id, at, body, [signed_by].into_iter());
        let seconds = at.as_millis() / 1_000;
        let more = format!("webhook-id: {id}\r\nwebhook-timestamp: {seconds}\r\nwebhook-signature: {signature}\r\n");
        Ok(ask(self.at, "POST", "/hook", &more, body).await?.0)
    }

    /// What it was sent, once that fits.
    async fn until(&self, what: &str, fits: impl Fn(&Value) -> bool) -> Result<Value> {
        let (deadline, mut tick, mut last) =
            (Instant::now() + PATIENCE, interval(Duration::from_millis(50)), Value::Null);
        while Instant::now() < deadline {
            tick.tick().await;
            if let Ok((200, told)) = ask(self.at, "GET", "/got", "", b"").await {
                if fits(&told) {
                    return Ok(told);
                }
                last = told;
            }
        }
        anyhow::bail!("{what}: not in time; last {last:#}")
    }
}

impl Drop for Connector {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}

fn spawn(arguments: &[String]) -> Result<Child> {
    let program = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/examples/connector.py"));
    let child = Command::new("python3").arg(program).args(arguments).stdin(Stdio::null()).spawn();
    child.context("python3")
}

/// What it was told of new texts, in the order in which it came.
fn texts(told: &Value) -> Vec<String> {
    let got = told["got"].as_array().into_iter().flatten().filter(|one| one["type"] == "message_created");
    got.map(|one| one["text"].as_str().unwrap_or_default().to_owned()).collect()
}

/// The agent is asked, and takes it, whatever they have in hand already.
async fn take(centre: &Centre, agent: &Login) -> Result<String> {
    let asked =
        |all: &Value| -> Option<Value> { all.as_array()?.iter().find(|one| one["state"] == "offered").cloned() };
    let offers = centre.until_within(PATIENCE, agent, "text_offers", |all| asked(all).is_some()).await?;
    let offer = asked(&offers).context("it fitted")?;
    let id = offer["id"].as_str().context("an id")?;
    let (status, told) = centre.api(agent, "POST", &format!("text_offers/{id}/accept"), None).await?;
    ensure!(status == 204, "{status} {told}");
    Ok(offer["conversation"].as_str().context("an id")?.to_owned())
}

async fn answer(centre: &Centre, who: &Login, conversation: &str, text: &str) -> Result<Value> {
    let body = json!({ "client_id": text, "text": text });
    let (status, sent) =
        centre.api(who, "POST", &format!("conversations/{conversation}/messages"), Some(&body)).await?;
    ensure!(status == 201, "{status} {sent}");
    Ok(sent)
}

/// Wait until a line of a conversation stands so.
async fn stands(centre: &Centre, who: &Login, conversation: &str, sent: &Value, state: &str) -> Result<()> {
    let path = format!("conversations/{conversation}/messages?limit=200");
    let fits = |lines: &Value| {
        lines.as_array().is_some_and(|l| l.iter().any(|x| x["seq"] == sent["seq"] && x["state"] == state))
    };
    centre.until_within(PATIENCE, who, &path, fits).await.map(drop)
}

/// Signatures, replays, old requests, receipts in any order, an answer that is lost, types and sizes that nobody takes.
///
/// Rows: S1.20, S1.21
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connector_in_another_process_passes_what_every_connector_has_to() -> Result<()> {
    let centre = Centre::start_with(CONFIG, &[]).await?;
    let admin = centre.login("admin").await?;
    let connector = Connector::start(&centre, &admin, "Messenger").await?;
    let agent = centre.agent_ready("agent1").await?;
    connector.say("carla", "ext-1", "is anybody there?").await?;
    let conversation = take(&centre, &agent).await?;
    let sent = answer(&centre, &agent, &conversation, "yes, we are").await?;
    let told = connector.until("the answer", |told| texts(told) == ["yes, we are"]).await?;
    ensure!(told["got"][0]["contact"]["id"] == "carla", "{told}");
    // It says so by itself; then in the wrong order.
    stands(&centre, &agent, &conversation, &sent, "delivered").await?;
    for state in ["read", "delivered", "sent"] {
        connector.tell("/receipt", json!({ "message": sent["id"], "state": state })).await?;
    }
    connector
        .until("all receipts", |told| told["waiting"] == 0 && told["answers"].as_array().is_some_and(|a| a.len() >= 5))
        .await?;
    stands(&centre, &agent, &conversation, &sent, "read").await?;

    // What is not ours, or not of now, is believed by nobody; what comes twice is there once.
    let body = json!({ "type": "message_created", "message": "x", "text": "forged" }).to_string();
    let stranger = webhook::secret(&[7; 32]);
    let old = Timestamp::from_millis(now().as_millis() - 400_000);
    ensure!(connector.hook("m-1", now(), &stranger, body.as_bytes()).await? == 401, "a signature of somebody else");
    ensure!(connector.hook("m-1", old, &connector.secret, body.as_bytes()).await? == 401, "signed long ago");
    let sticker = json!({ "type": "sticker_created" }).to_string();
    ensure!(connector.hook("m-2", now(), &connector.secret, sticker.as_bytes()).await? == 422, "a type nobody knows");
    let large = vec![b'x'; 300_000];
    ensure!(connector.hook("m-3", now(), &connector.secret, &large).await? == 413, "too large");
    let again = json!({ "type": "message_updated", "message": sent["id"], "text": "yes, we are" }).to_string();
    for _ in 0..3 {
        ensure!(connector.hook("m-4", now(), &connector.secret, again.as_bytes()).await? == 204, "one of ours");
    }
    let told = connector.until("it is there", |_| true).await?;
    let updates = told["got"].as_array().into_iter().flatten().filter(|one| one["type"] == "message_updated").count();
    ensure!(updates == 1 && texts(&told) == ["yes, we are"], "{told:#}");
    // What we do not take, it is told and does not say again for ever: the text behind it arrives.
    connector.say("carla", "ext-2", &"x".repeat(8_001)).await?;
    connector.say("carla", "ext-3", "thank you").await?;
    let told = connector.until("both are answered", |told| told["waiting"] == 0).await?;
    let answers = told["answers"].as_array().context("a list")?;
    let of = |id: &str| answers.iter().find(|one| one[0] == id).map(|one| one[1].clone());
    ensure!((of("ext-2"), of("ext-3")) == (Some(json!(422)), Some(json!(201))), "{told:#}");

    // It takes a text and its answer is lost: it is sent again under its id, and is there once.
    connector.tell("/mute", json!({ "times": 1 })).await?;
    let lost = answer(&centre, &agent, &conversation, "are you still there?").await?;
    stands(&centre, &agent, &conversation, &lost, "delivered").await?;
    let told = connector.until("once", |told| texts(told).len() == 2).await?;
    ensure!(texts(&told) == ["yes, we are", "are you still there?"], "{told:#}");
    Ok(())
}

/// Two connectors; the first is killed again and again while texts go both ways through both. The other notices nothing, and
/// neither loses or doubles a text.
///
/// Rows: S1.20, S1.21, N2
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connector_that_is_killed_costs_nobody_a_text() -> Result<()> {
    let centre = Centre::start_with(CONFIG, &[]).await?;
    let admin = centre.login("admin").await?;
    let mut killed = Connector::start(&centre, &admin, "Killed").await?;
    let steady = Connector::start(&centre, &admin, "Steady").await?;
    let agent = centre.agent_ready("agent1").await?;
    killed.say("carla", "k-first", "hello").await?;
    let of_killed = take(&centre, &agent).await?;
    steady.say("bruno", "s-first", "hello").await?;
    let of_steady = take(&centre, &agent).await?;
    for n in 0..TEXTS {
        if n % 8 == 3 {
            killed.kill()?;
        }
        answer(&centre, &agent, &of_killed, &format!("to carla {n}")).await?;
        answer(&centre, &agent, &of_steady, &format!("to bruno {n}")).await?;
        steady.say("bruno", &format!("s-{n}"), &format!("from bruno {n}")).await?;
        if n % 8 == 6 {
            killed.start_again().await?;
        }
        if !(3..6).contains(&(n % 8)) {
            killed.say("carla", &format!("k-{n}"), &format!("from carla {n}")).await?;
        }
    }
    let wanted = |name: &str| -> Vec<String> { (0..TEXTS).map(|n| format!("to {name} {n}")).collect() };
    // What waits for the other is tried again later each time: nobody has to wait for it here.
    let told = steady.until("all answers", |told| texts(told).len() >= TEXTS && told["waiting"] == 0).await?;
    ensure!(texts(&told) == wanted("bruno"), "{told:#}");
    let told = killed.until("all answers", |told| texts(told).len() >= TEXTS && told["waiting"] == 0).await?;
    ensure!(texts(&told) == wanted("carla"), "each once, in its order: {told:#}");
    for (conversation, name, said) in [(&of_killed, "carla", 15), (&of_steady, "bruno", TEXTS)] {
        let path = format!("conversations/{conversation}/messages?limit=200");
        let from = format!("from {name} ");
        let mine = |lines: &Value| -> Vec<String> {
            let lines = lines.as_array().into_iter().flatten().filter_map(|line| line["text"].as_str());
            lines.filter(|text| text.starts_with(&from)).map(str::to_owned).collect()
        };
        let lines = centre.until_within(PATIENCE, &admin, &path, |lines| mine(lines).len() >= said).await?;
        let (found, mut once) = (mine(&lines), mine(&lines));
        once.dedup();
        ensure!(found.len() == said && once == found, "{found:?}");
    }
    Ok(())
}
