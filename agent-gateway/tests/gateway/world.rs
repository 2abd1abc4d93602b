//! A demo centre behind a gateway on a free port, and clients for it.

use super::desk::{Counter, Desk};
use super::recordings::Drawer;
use ringdesk_agent_gateway::{Gateway, Limits, Patience, Proxies};
use ringdesk_conversations::{CallFact, Country};
use ringdesk_model::{
    AccountId, Actor, AgentId, CallId, Clock as _, ConversationId, Ids, OfferId, Pii, QueueId, Timestamp, WallClock,
    WorkItemId,
};
use ringdesk_operations::demo::{self, DemoInbox};
use ringdesk_operations::people::About;
use ringdesk_operations::users::NewUser;
use ringdesk_operations::{CallRecord, Opening, Operations};
use ringdesk_routing::{Input, Treatment, Work};
use ringdesk_storage::Store;
use ringdesk_storage::journal::Set;
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Of every login.
pub(crate) const PASSWORD: &str = "only-for-tests-1";
/// Every role, with one who holds it.
pub(crate) const ROLES: [(&str, &str); 6] = [
    ("agent", "agent1"),
    ("leader", "supervisor"),
    ("manager", "admin"),
    ("technician", "tessa"),
    ("reviewer", "reviewer"),
    ("operator", "operator"),
];
/// The number of whoever calls.
pub(crate) const NUMBER: &str = "+4930123456";

pub(crate) struct World {
    pub(crate) operations: Arc<Operations>,
    pub(crate) account: AccountId,
    pub(crate) queues: BTreeMap<String, QueueId>,
    pub(crate) desk: Arc<Desk>,
    pub(crate) http: SocketAddr,
    pub(crate) clock: WallClock,
    ids: Mutex<Ids>,
    _dir: tempfile::TempDir,
}

#[derive(Clone, Debug)]
pub(crate) struct Login {
    pub(crate) token: String,
    pub(crate) account: String,
    pub(crate) agent: Option<AgentId>,
}

/// A response.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Value,
}

/// A call that waits in a queue.
pub(crate) struct Waiting {
    pub(crate) call: CallId,
    pub(crate) conversation: ConversationId,
    pub(crate) work_item: WorkItemId,
    pub(crate) queue: QueueId,
    record: CallRecord,
}

impl World {
    pub(crate) async fn start() -> World {
        World::start_with(Limits::default()).await
    }

    /// With little patience for slow clients.
    pub(crate) async fn hurried(patience: Patience) -> World {
        World::begin(Limits::default(), patience, false).await
    }

    pub(crate) async fn start_with(limits: Limits) -> World {
        World::begin(limits, Patience::default(), false).await
    }

    /// As `serve --demo` runs it.
    pub(crate) async fn demo() -> World {
        World::begin(Limits::default(), Patience::default(), true).await
    }

    async fn begin(limits: Limits, patience: Patience, as_demo: bool) -> World {
        let dir = tempfile::tempdir().unwrap();
        let (store, _) = Store::open(dir.path(), "").await.unwrap();
        let operations = Arc::new(Operations::new(Arc::new(store), "ringdesk").unwrap());
        let clock = WallClock::start();
        let passwords = demo::logins().map(|(l, _)| (l.to_owned(), PASSWORD.to_owned())).collect();
        let inboxes = |_: &BTreeMap<String, QueueId>| {
            let flow = r#"{"name":"Support","start":"bye","steps":{"bye":{"kind":"hangup"}}}"#.to_owned();
            vec![DemoInbox { name: "Support".into(), numbers: vec!["1001".into()], flow, recording: None }]
        };
        let demo = operations.install_demo(clock.now(), &passwords, inboxes).await.unwrap();
        let account = demo.account;
        let tessa = NewUser {
            login: "tessa".into(),
            name: "Tessa Technician".into(),
            roles: vec!["technician".into()],
            agent: None,
            about: About::default(),
        };
        operations.create_user(clock.now(), &Actor::System, account, tessa, PASSWORD).await.unwrap();
        let desk = Desk::new(operations.clone(), account, clock).await;
        let orders = Arc::new(Counter(desk.clone()));
        // Tests are their own proxy: they say where a request comes from.
        let proxies = Proxies::new(["127.0.0.1/32".parse().unwrap()]);
        let books = (operations.clone(), orders, Arc::new(Drawer));
        let gateway = Gateway { limits, proxies, demo: as_demo, ..Gateway::new(books.0, books.1, books.2, clock) };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let http = listener.local_addr().unwrap();
        let routes = ringdesk_agent_gateway::router(gateway);
        tokio::spawn(ringdesk_agent_gateway::serve(listener, routes, patience));
        let ids = Mutex::new(Ids::seeded(9));
        World { operations, account, queues: demo.queues, desk, http, clock, ids, _dir: dir }
    }

    pub(crate) fn id<T: From<uuid::Uuid>>(&self) -> T {
        self.ids.lock().unwrap().next(self.clock.now())
    }

    pub(crate) async fn login(&self, login: &str) -> Login {
        self.login_with(login, PASSWORD).await.unwrap_or_else(|got| panic!("login of {login}: {got:?}"))
    }

    pub(crate) async fn login_with(&self, login: &str, password: &str) -> Result<Login, Got> {
        let body = serde_json::json!({ "login": login, "password": password }).to_string();
        let got = self.send("POST", "/api/v1/auth/login", None, &body).await;
        if got.status != 200 {
            return Err(got);
        }
        Ok(Login {
            token: got.body["token"].as_str().unwrap().to_owned(),
            account: got.body["account_id"].as_str().unwrap().to_owned(),
            agent: got.body["agent_id"].as_str().map(|id| id.parse().unwrap()),
        })
    }

    /// What is tried here has to wait and is asked for no work.
    pub(crate) async fn ask_for_no_work(&self) {
        let rule = ringdesk_access::ChallengeRule { after_failures: 100, bits: 8 };
        let (now, actor) = (self.clock.now(), Actor::System);
        self.operations.set_challenge_rule(now, &actor, self.account, rule).await.unwrap();
    }

    /// A request below the login's account.
    pub(crate) async fn api(&self, who: &Login, method: &str, path: &str, body: Value) -> Got {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send(method, &format!("/api/v1/accounts/{}/{path}", who.account), Some(&who.token), &body).await
    }

    pub(crate) async fn get(&self, who: &Login, path: &str) -> Value {
        let got = self.api(who, "GET", path, Value::Null).await;
        assert_eq!(got.status, 200, "GET {path}: {}", got.body);
        got.body
    }

    pub(crate) async fn send(&self, method: &str, path: &str, token: Option<&str>, body: &str) -> Got {
        self.send_as(method, path, token, "application/json", body).await
    }

    pub(crate) async fn send_as(&self, method: &str, path: &str, token: Option<&str>, kind: &str, body: &str) -> Got {
        let bearer = token.map(|t| format!("Bearer {t}"));
        let authorization = bearer.as_deref().map(|bearer| ("Authorization", bearer));
        let headers: Vec<_> = [("Content-Type", kind)].into_iter().chain(authorization).collect();
        self.send_raw(method, path, &headers, body).await
    }

    /// With headers of one's own; JSON, and to the server's own name where they do not say otherwise.
    pub(crate) async fn send_with(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Got {
        let json = ("Content-Type", "application/json");
        let of_json = (!headers.iter().any(|(name, _)| *name == json.0)).then_some(json);
        let headers: Vec<_> = of_json.into_iter().chain(headers.iter().copied()).collect();
        self.send_raw(method, path, &headers, body).await
    }

    async fn send_raw(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Got {
        let host = self.http.to_string();
        let host = headers.iter().find(|(name, _)| *name == "Host").map_or(host.as_str(), |(_, value)| *value);
        let others = headers.iter().filter(|(name, _)| *name != "Host");
        let fields: String = others.map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{fields}Content-Length: {length}\r\n\r\n{body}"
        );
        let mut stream = TcpStream::connect(self.http).await.unwrap();
        // A server that refuses a body may hang up before it has read all of it.
        let _ = stream.write_all(request.as_bytes()).await;
        let mut reply = Vec::new();
        let _ = stream.read_to_end(&mut reply).await;
        let reply = String::from_utf8(reply).unwrap();
        let (head, body) = reply.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{method} {path}: {reply:?}"));
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let body = serde_json::from_str(body).unwrap_or(Value::String(body.to_owned()));
        Got { status, head: head.to_owned(), body }
    }

    /// Ask again until it fits; gives up after ten seconds.
    pub(crate) async fn until<T>(&self, what: &str, fits: impl AsyncFn() -> Option<T>) -> T {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        loop {
            tick.tick().await;
            if let Some(found) = fits().await {
                return found;
            }
            assert!(tokio::time::Instant::now() < deadline, "{what}: not within ten seconds");
        }
    }

    /// A call waits in a queue: in the books and in routing.
    pub(crate) async fn call(&self, queue: &str, from: &str) -> Waiting {
        self.call_of(queue, from, Treatment::default()).await
    }

    /// The same of somebody who waits in a way of their own.
    pub(crate) async fn call_of(&self, queue: &str, from: &str, treatment: Treatment) -> Waiting {
        let queue = self.queues[queue];
        let now = self.clock.now();
        let mut ids = self.ids.lock().unwrap().clone();
        ids = Ids::seeded(ids.bits());
        self.ids.lock().unwrap().bits();
        let mut set = self.set().await;
        let opening = Opening {
            account: self.account,
            call: ids.next(now),
            inbox: None,
            from: Pii::new(from.to_owned()),
            from_name: Some(Pii::new("Carla Caller".to_owned())),
            to: Pii::new("1001".to_owned()),
            origin: "trunk:demo".to_owned(),
            home: Country::of("DE").unwrap(),
        };
        let call = opening.call;
        let mut record = CallRecord::open(&mut set, &mut ids, now, opening).unwrap();
        let work_item = ids.next(now);
        for fact in [CallFact::Answered, CallFact::Queued { work_item, queue }] {
            record.fact(&mut set, &mut ids, now, &fact).unwrap();
        }
        self.operations.write_journal(&set).await.unwrap();
        self.desk.calls.lock().unwrap().insert(call);
        let work = Work::new(work_item, queue, ringdesk_model::Medium::Voice, now).treated(treatment);
        self.desk.tell(|_| Input::Queued(work)).await;
        Waiting { call, conversation: record.conversation(), work_item, queue, record }
    }

    /// Further facts of a call, in one set.
    pub(crate) async fn facts(&self, waiting: &mut Waiting, at: Timestamp, facts: &[CallFact]) {
        let mut ids = Ids::seeded(self.ids.lock().unwrap().bits());
        let mut set = self.set().await;
        for fact in facts {
            waiting.record.fact(&mut set, &mut ids, at, fact).unwrap();
        }
        self.operations.write_journal(&set).await.unwrap();
        self.desk.wake().await;
    }

    /// The agent to whom it was offered takes it.
    pub(crate) async fn answered(&self, waiting: &mut Waiting, agent: AgentId) -> OfferId {
        let offer = self.desk.talk(agent).await;
        let (queue, work_item) = (waiting.queue, waiting.work_item);
        let facts = [
            CallFact::LeftQueue { work_item, outcome: ringdesk_model::WorkOutcome::Served },
            CallFact::AgentJoined { offer, agent, queue: Some(queue) },
        ];
        self.facts(waiting, self.clock.now(), &facts).await;
        offer
    }

    /// It is over; the agent is in wrap-up.
    pub(crate) async fn ended(&self, waiting: &mut Waiting, agent: AgentId) {
        let facts = [CallFact::AgentLeft { agent }, CallFact::Ended { cause: "normal".into(), by: "caller".into() }];
        self.facts(waiting, self.clock.now(), &facts).await;
        let work_item = waiting.work_item;
        self.desk.calls.lock().unwrap().remove(&waiting.call);
        self.desk.tell(|_| Input::WorkEnded(work_item)).await;
    }

    pub(crate) async fn set(&self) -> Set {
        Set::new(self.operations.account_key(self.account).await.unwrap())
    }

    /// The id of whoever signs in with this login.
    pub(crate) async fn user(&self, who: &Login, login: &str) -> String {
        let users = self.get(who, "users").await;
        let found = users.as_array().unwrap().iter().find(|user| user["login"] == login);
        found.unwrap_or_else(|| panic!("no user {login}"))["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn choose(&self, who: &Login, state: &str) {
        let got = self.api(who, "PUT", "presence", serde_json::json!({ "state": state })).await;
        assert_eq!(got.status, 200, "{}", got.body);
    }
}

impl Got {
    /// The last word of a problem's name.
    pub(crate) fn problem(&self) -> &str {
        self.body["type"].as_str().unwrap_or_default().rsplit(':').next().unwrap_or_default()
    }
}
