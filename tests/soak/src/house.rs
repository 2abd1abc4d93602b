//! A centre of any size: made in its data folder before the server starts, for there is no API yet that makes agents.

use anyhow::{Context as _, Result, ensure};
use ringdesk_interop::{Centre, Login, PASSWORD};
use ringdesk_model::{Actor, AgentId, Clock as _, WallClock};
use ringdesk_operations::Operations;
use ringdesk_operations::demo::{self, DemoInbox};
use ringdesk_operations::people::About;
use ringdesk_operations::users::NewUser;
use ringdesk_storage::Db;
use ringdesk_storage::agents::{self, QueueAgent};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Callers wait in one of two queues; calls to the second are recorded.
pub const QUEUES: [&str; 2] = ["7001", "7002"];
/// A sentence, then the flow hangs up.
pub const SENTENCE: &str = "7003";
/// Nobody's.
pub const NOWHERE: &str = "7999";
/// Numbers 7010 and following ring one telephone without answering the caller first: these can be cancelled.
const DIRECT: usize = 7010;
pub const DIRECTS: usize = 10;

/// The realm is part of every stored secret; it never changes.
const REALM: &str = "ringdesk";

pub fn extension(agent: usize) -> String {
    format!("{}", 3001 + agent)
}

pub fn direct(n: usize) -> String {
    format!("{}", DIRECT + n % DIRECTS)
}

/// How a queue behaves, where the shipped demo differs: people who do not pick up are soon given up, and wrap-up is short.
#[derive(Clone, Copy, Debug)]
pub struct Manners {
    pub agents: usize,
    pub ring_ms: u64,
    pub wrap_up_ms: u64,
}

/// Where the rows lie, for whoever asks them past the server.
#[derive(Clone, Debug)]
pub struct Store {
    file: PathBuf,
    url: String,
}

impl Store {
    /// Of a server with this data folder, on SQLite.
    pub fn of(data: &Path) -> Store {
        Store { file: data.join("ringdesk.db"), url: String::new() }
    }

    pub async fn open(&self) -> Result<Db> {
        Ok(match self.url.is_empty() {
            true => Db::open_sqlite(&self.file).await?,
            false => Db::open_postgres(&self.url).await?,
        })
    }
}

/// Captions are asked for as in a house that has an engine; what it says is no matter here.
const ENGINE: &str = "[[asr.engines]]\nkind = \"scripted\"\nname = \"rehearsal\"\nlanguages = [\"en\"]\nlines = [{ text = \"hello\" }]\n";

/// Make the centre, start the server on it. `more`: further configuration.
pub async fn open(manners: Manners, more: &str) -> Result<Centre> {
    Ok(open_on(manners, (more, &[]), "", |_| Ok(())).await?.0)
}

/// The same with an environment, on a store of one's own (empty: SQLite). `before`: what is done to the data folder before the server starts.
pub async fn open_on<T>(
    manners: Manners,
    (more, environment): (&str, &[(&str, String)]),
    url: &str,
    before: impl FnOnce(&Path) -> Result<T>,
) -> Result<(Centre, Store, T)> {
    let folder = tempfile::Builder::new().prefix("ringdesk-soak-").tempdir()?;
    let data = folder.path().join("data");
    furnish(&data, url, manners).await.context("making the centre")?;
    let done = before(&data)?;
    let more = format!("{more}\n[store]\nurl = \"{url}\"\n{ENGINE}");
    // One line per request and per event would fill the disk.
    let mut environment: Vec<_> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    environment.push(("RINGDESK_LOG", "warn"));
    let centre = Centre::start_in(folder, &more, &environment).await?;
    let admin = centre.login("admin").await?;
    let inboxes = ok(centre.api(&admin, "GET", "inboxes", None).await?)?;
    for inbox in inboxes.as_array().context("inboxes")? {
        let start = if inbox["numbers"][0] == QUEUES[1] { "on_answer" } else { "off" };
        let path = format!("inboxes/{}/recording", inbox["id"].as_str().context("id")?);
        let (status, reply) = centre.api(&admin, "PUT", &path, Some(&json!({ "start": start }))).await?;
        ensure!(status == 204, "{path}: {status} {reply}");
    }
    Ok((centre, Store { url: url.to_owned(), ..Store::of(&data) }, done))
}

/// The body of a reply that worked.
pub fn ok((status, body): (u16, Value)) -> Result<Value> {
    ensure!((200..300).contains(&status), "{status} {body}");
    Ok(body)
}

/// Let only these networks in without a password: the demo trusts the whole loopback.
pub async fn trust_only(centre: &Centre, admin: &Login, networks: &[&str]) -> Result<()> {
    let (status, reply) = centre.api(admin, "DELETE", "trunks/demo", None).await?;
    ensure!(status == 204, "trunks/demo: {status} {reply}");
    let trunk = json!({ "name": "callers", "networks": networks });
    ok(centre.api(admin, "POST", "trunks", Some(&trunk)).await?).map(drop)
}

async fn furnish(data: &Path, url: &str, manners: Manners) -> Result<()> {
    std::fs::create_dir_all(data)?;
    let clock = WallClock::start();
    let (store, _) = ringdesk_storage::Store::open(data, url).await?;
    let store = Arc::new(store);
    let operations = Operations::new(store.clone(), REALM)?;
    let passwords: BTreeMap<String, String> =
        demo::logins().map(|(l, _)| (l.to_owned(), PASSWORD.to_owned())).collect();
    let made = operations.install_demo(clock.now(), &passwords, inboxes).await?;
    let settings = queue(manners);
    let mut tx = store.db.write().await?;
    for id in made.queues.values() {
        ensure!(agents::set_queue_settings(&mut tx, made.account, *id, &settings).await?, "no such queue");
    }
    tx.commit().await?;
    for n in 0..manners.agents {
        let (id, extension): (AgentId, _) = (operations.id(clock.now()), extension(n));
        let mut tx = store.db.write().await?;
        agents::create_agent(&mut tx, clock.now(), made.account, id, &format!("Agent {extension}"), "{}").await?;
        for queue in made.queues.values() {
            agents::set_queue_agent(&mut tx, QueueAgent { queue: *queue, agent: id, level: 1 }).await?;
        }
        tx.commit().await?;
        let login = login_of(n);
        // Their telephones tell by the whole number whose call it is that rings.
        let roles = vec!["agent".into(), "manager".into()];
        let new = NewUser { name: login.clone(), login, roles, agent: Some(id), about: About::default() };
        let user = operations.create_user(clock.now(), &Actor::System, made.account, new, PASSWORD).await?;
        operations.set_phone(clock.now(), &Actor::System, made.account, user, &extension, PASSWORD).await?;
    }
    Ok(())
}

pub fn login_of(agent: usize) -> String {
    format!("soak{}", extension(agent))
}

fn queue(manners: Manners) -> String {
    let span = |ms: u64| json!({ "secs": ms / 1_000, "nanos": ms % 1_000 * 1_000_000 });
    json!({ "wrap_up": span(manners.wrap_up_ms), "ring_for": span(manners.ring_ms), "empty": "wait" }).to_string()
}

fn inboxes(queues: &BTreeMap<String, ringdesk_model::QueueId>) -> Vec<DemoInbox> {
    let inbox = |number: &str, start: &str, steps: Value| DemoInbox {
        name: format!("Soak {number}"),
        numbers: vec![number.to_owned()],
        flow: json!({ "name": number, "language": "en", "start": start, "steps": steps }).to_string(),
        recording: None,
    };
    let bye = json!({ "kind": "hangup" });
    let mut all: Vec<DemoInbox> = std::iter::zip(QUEUES, queues.values())
        .map(|(number, id)| inbox(number, "wait", json!({ "wait": { "kind": "queue", "queue": id.to_string() } })))
        .collect();
    let say = json!({ "kind": "say", "prompt": { "id": "welcome.main" }, "next": "bye" });
    all.push(inbox(SENTENCE, "say", json!({ "say": say, "bye": bye })));
    for n in 0..DIRECTS {
        let dial = json!({ "kind": "dial", "target": { "extension": extension(n) }, "ring_for_ms": 6_000 });
        all.push(inbox(&direct(n), "dial", json!({ "dial": dial })));
    }
    all
}
