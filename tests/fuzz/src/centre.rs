//! A whole centre in this process, on loopback: what the target of API bodies talks to. It has a conversation with a recording,
//! a left message and somebody who telephones, so that there is something behind the addresses.

use ringdesk::{Config, House};
use ringdesk_conversations::{CallFact, Country};
use ringdesk_model::{
    AccountId, Actor, Clock as _, Ids, OfferId, Pii, QueueId, RecordingId, UserId, WallClock, WorkItemId, WorkOutcome,
};
use ringdesk_operations::conversations::LinesFrom;
use ringdesk_operations::demo::{self, DemoInbox};
use ringdesk_operations::transcripts::{Of, Said, Speaker, caption};
use ringdesk_operations::{CallRecord, Opening, Operations};
use ringdesk_storage::Store;
use ringdesk_storage::journal::Set;
use ringdesk_storage::recordings::{NewRecording, RecordingState};
use ringdesk_storage::transcripts::{NewTranscript, Pass, TranscriptState};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::runtime::Runtime;

const PASSWORD: &str = "only-for-tests-1";
/// There is nobody and nothing of this name.
pub const NOBODY: &str = "01930000-0000-7000-8000-00000000dead";
/// Who asks. They have every role, and a telephone.
const ASKS: &str = "agent1";
/// Who is written to, and stays.
const READS: &str = "supervisor";
/// Who is edited, renamed and put out of use.
const SUFFERS: &str = "agent2";
const ROLES: [&str; 7] = ["agent", "leader", "manager", "technician", "reviewer", "operator", "department"];
/// A server that has not answered by then does not answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// What the pages of visitors of web sites ask for.
const WIDGET: &str = "/public/api/v1/widget/";
/// Its prompts are spoken once per process; a centre is opened often.
static SPOKEN: OnceLock<tempfile::TempDir> = OnceLock::new();

pub struct Centre {
    http: SocketAddr,
    stream: Option<TcpStream>,
    token: String,
    /// The token of somebody who has the chat of a site open.
    visitor: String,
    pub account: String,
    /// What `{word}` in a body and `{id}` behind a noun stand for.
    ids: BTreeMap<&'static str, String>,
    house: Option<House>,
    caller: Caller,
    runtime: Runtime,
    _folder: tempfile::TempDir,
}

pub struct Answer {
    pub status: u16,
    /// Media type; empty: none.
    pub kind: String,
    pub body: Value,
}

impl Centre {
    /// Make it, start it, sign in.
    pub fn open() -> Centre {
        let folder = tempfile::tempdir().expect("a folder");
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).thread_name("centre").enable_all().build().expect("a runtime");
        let data = folder.path().join("data");
        let spoken = SPOKEN.get_or_init(|| tempfile::tempdir().expect("a folder"));
        std::fs::create_dir_all(&data).expect("a data folder");
        std::os::unix::fs::symlink(spoken.path(), data.join("speech-cache")).expect("a link");
        let mut ids = runtime.block_on(furnish(&data)).expect("a centre is made");
        let mut config: Config = toml::from_str(&format!(
            "data = {data:?}\nasr = {{ engines = [], live = false }}\nmedia = {{ shards = 1 }}\n\
             http = {{ listen = \"127.0.0.1:0\", trusted_proxies = [\"127.0.0.1/32\"] }}\n\
             https = {{ listen = [] }}\n\
             [[signaling.interface]]\nname = \"loopback\"\nudp = \"127.0.0.1:0\"\n"
        ))
        .expect("a configuration");
        config.drain_seconds = 0;
        let house = runtime.block_on(House::open(config, false)).expect("the house opens");
        let http = house.http;
        let mut centre = Centre {
            http,
            caller: Caller::dial(house.sip[0]),
            stream: None,
            token: String::new(),
            visitor: String::new(),
            account: house.account.to_string(),
            ids: BTreeMap::new(),
            house: Some(house),
            runtime,
            _folder: folder,
        };
        let wish = json!({ "login": ASKS, "password": PASSWORD }).to_string();
        let login = centre.ask("POST", "/api/v1/auth/login", wish.as_bytes(), 0);
        assert_eq!(login.status, 200, "{}", login.body);
        centre.token = login.body["token"].as_str().expect("a token").to_owned();
        ids.extend(centre.found());
        ids.insert("call", centre.live_call());
        centre.ids = ids;
        let rule = r#"{"name": "Nobody is ready", "metric": "ready", "threshold": 1000}"#;
        centre.make("alert_rule", "/alert_rules", rule);
        let alert = centre.soon("alerts", |all| all[0]["id"].as_str().map(str::to_owned));
        centre.ids.insert("alert", alert);
        centre.make("tag", "/tags", r#"{"name": "complaint"}"#);
        centre.make("spare_tag", "/tags", r#"{"name": "spare"}"#);
        let object = format!("setting_history?object=tag:{}", centre.ids["spare_tag"]);
        let change = centre.get(&object)[0].clone();
        centre.ids.insert("change", change["id"].as_str().expect("what was made has a history").to_owned());
        centre.ids.insert("change_seq", change["seq"].to_string());
        let promise = r#"{"to": {"number": "+49307654321"}, "due_from": 4102444800000, "owner": "me"}"#;
        let promise = promise.replace("4102444800000", &in_an_hour().to_string());
        centre.make("callback", "/callbacks", &promise);
        centre.make("contact_gone", "/contacts", r#"{"name": "Lin Mei"}"#);
        centre.make("contact", "/contacts", r#"{"name": "Mei Lin"}"#);
        centre.make("contact_field", "/contact_fields", r#"{"name": "Level", "kind": "choice", "choices": ["gold"]}"#);
        centre.make("staff_room", "/staff_rooms", r#"{"name": "Second line"}"#);
        centre.make("department", "/departments", r#"{"name": "Sales"}"#);
        let phrase = r#"{"whose": "everybody", "code": "greet", "title": "Greet", "texts": {"en": "good day"}}"#;
        centre.make("phrase", "/quick_phrases", phrase);
        centre.make("shelf", "/phrase_categories", r#"{"name": "Shelf"}"#);
        centre.make("ticket_type", "/ticket_types", r#"{"name": "Repair"}"#);
        let ticket = format!(r#"{{"type": "{}", "title": "a kettle"}}"#, centre.ids["ticket_type"]);
        centre.make("ticket", "/tickets", &ticket);
        centre.make("segment", "/segments", r#"{"name": "Everybody", "condition": {"all": []}}"#);
        centre.make("calendar", "/calendars", r#"{"name": "House", "calendar": {"zone": "Asia/Shanghai"}}"#);
        centre.make("note", "/conversations/{id}/notes", r#"{"text": "they call again"}"#);
        centre.make("device", "/agents/{id}/devices", r#"{"kind": "browser", "name": "Desk"}"#);
        let site = r#"{"name": "Site", "queue": "QUEUE", "site": {"allowed": ["*"], "track": "not_needed"}}"#;
        centre.make("site", "/text_inboxes", &site.replace("QUEUE", &centre.ids["queue"]));
        let fraud = r#"{"name": "Fraud", "words": ["刷单"], "action": "hold", "active": true}"#;
        centre.make("text_filter", "/text_filters", fraud);
        let visitors = format!("{WIDGET}{}/visitors", centre.ids["site"]);
        let visitor = centre.ask("POST", &visitors, b"", 0);
        assert_eq!(visitor.status, 201, "{}", visitor.body);
        centre.visitor = visitor.body["token"].as_str().expect("a token").to_owned();
        // Whoever closes a message has it in hand.
        let claim = centre.path("/api/v1/accounts/{account_id}/left_messages/{id}/claim");
        let claimed = centre.ask("POST", &claim, b"", 0);
        assert!(claimed.status < 300, "{}", claimed.body);
        centre
    }

    /// Ids that only the API tells.
    fn found(&mut self) -> Vec<(&'static str, String)> {
        let mut found = Vec::new();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        for (word, noun) in
            [("flow", "flows"), ("inbox", "inboxes"), ("left_message", "left_messages"), ("unserved", "unserved")]
        {
            let all = self.get(noun);
            let id = text(&all[0]["id"]).or_else(|| text(&all[0]["message_id"]));
            found.push((word, id.unwrap_or_else(|| panic!("no {word}: {all}"))));
        }
        for (word, noun, who) in [("user", "users", SUFFERS), ("me", "users", ASKS)] {
            let all = self.get(noun);
            let one = all.as_array().into_iter().flatten().find(|u| u["login"] == who).expect("they are in the list");
            found.push((word, text(&one["id"]).expect("an id")));
            let agent = if word == "user" { "agent" } else { "my_agent" };
            found.push((agent, text(&one["agent"]).expect("an agent's id")));
        }
        let users = self.get("users");
        let reads = users.as_array().into_iter().flatten().find(|u| u["login"] == READS).expect("they are in the list");
        found.push(("colleague", text(&reads["id"]).expect("an id")));
        found
    }

    /// Something of whoever asks, under a word of its own.
    fn make(&mut self, word: &'static str, below: &str, body: &str) {
        let path = self.path(&format!("/api/v1/accounts/{{account_id}}{below}"));
        let made = self.ask("POST", &path, body.as_bytes(), 0);
        assert_eq!(made.status, 201, "{word}: {}", made.body);
        self.ids.insert(word, made.body["id"].as_str().expect("an id").to_owned());
    }

    /// What a list says, as soon as it does.
    fn soon(&mut self, noun: &str, says: impl Fn(&Value) -> Option<String>) -> String {
        for _ in 0..600 {
            if let Some(found) = says(&self.get(noun)) {
                return found;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("{noun} says nothing");
    }

    /// Its id, as soon as the books have it.
    fn live_call(&mut self) -> String {
        for _ in 0..600 {
            let all = self.get("conversations?limit=10");
            let calls = all.as_array().into_iter().flatten().flat_map(|c| c["calls"].as_array()).flatten();
            if let Some(id) = calls.filter(|call| call["ended_at"].is_null()).find_map(|call| call["id"].as_str()) {
                return id.to_owned();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the caller is not in the books");
    }

    /// A list or a thing of the account.
    pub fn get(&mut self, noun: &str) -> Value {
        let answer = self.ask("GET", &format!("/api/v1/accounts/{}/{noun}", self.account), b"", 0);
        assert_eq!(answer.status, 200, "GET {noun}: {}", answer.body);
        answer.body
    }

    /// The path of an operation, for things that there are.
    pub fn path(&self, template: &str) -> String {
        let noun = template.split('/').rev().skip_while(|part| *part != "{id}").nth(1).unwrap_or_default();
        let word = match noun {
            "queues" => "queue",
            "agents" => "agent",
            "users" => "user",
            "inboxes" => "inbox",
            "flows" => "flow",
            "conversations" => "conversation",
            "recordings" => "recording",
            "left_messages" => "left_message",
            "calls" => "call",
            "notes" => "note",
            "alert_rules" => "alert_rule",
            "setting_history" => "change",
            "alerts" => "alert",
            "callbacks" => "callback",
            "unserved" => "unserved",
            "tags" => "tag",
            "segments" => "segment",
            "text_filters" => "text_filter",
            "contacts" => "contact",
            "contact_fields" => "contact_field",
            "departments" => "department",
            "staff_rooms" => "staff_room",
            "quick_phrases" => "phrase",
            "phrase_categories" => "shelf",
            "ticket_types" => "ticket_type",
            "tickets" => "ticket",
            "blocks" => "block",
            "calendars" => "calendar",
            _ => "",
        };
        let id = self.ids.get(word).map_or(NOBODY, String::as_str);
        let name = match template {
            // Nothing is dialled to an address that nobody has.
            tried if tried.ends_with("/test") => "nobodys",
            number if number.contains("/numbers/") => "1001",
            channel if channel.contains("/channels/") => "phone",
            _ => "carrier",
        };
        template
            .replace("{account_id}", &self.account)
            .replace("{id}", id)
            .replace("{device}", self.ids.get("device").map_or(NOBODY, String::as_str))
            .replace("{name}", name)
            .replace("{seq}", "1")
            .replace("{inbox}", self.ids.get("site").map_or(NOBODY, String::as_str))
    }

    /// `{queue}` and the like in a body, by the ids of this centre; `{replaces}` by the version of what is edited at this path.
    pub fn filled(&mut self, path: &str, body: &[u8]) -> Vec<u8> {
        let Ok(text) = std::str::from_utf8(body) else { return body.to_vec() };
        let mut text = text.replace("{soon}", &in_an_hour().to_string());
        if text.contains("{replaces}") {
            text = text.replace("{replaces}", &self.version(path).to_string());
        }
        for (word, id) in &self.ids {
            let place = format!("{{{word}}}");
            if text.contains(&place) {
                text = text.replace(&place, id);
            }
        }
        text.into_bytes()
    }

    fn version(&mut self, path: &str) -> i64 {
        let mut parts = path.rsplit('/');
        let (id, noun) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        if noun == "queues" {
            return self.get(&format!("queues/{id}"))["version"].as_i64().unwrap_or(0);
        }
        // An agent is edited as the user they are.
        let (list, key) = if noun == "agents" { ("users", "agent") } else { (noun, "id") };
        if !["users", "inboxes", "flows", "calendars"].contains(&list) {
            return self.get("dispositions")["default"]["version"].as_i64().unwrap_or(0);
        }
        let all = self.get(list);
        let one = all.as_array().into_iter().flatten().find(|one| one[key] == id);
        one.and_then(|one| one["version"].as_i64()).unwrap_or(0)
    }

    /// Every request as if from another address: the door counts failures by address.
    pub fn ask(&mut self, method: &str, path: &str, body: &[u8], from: u32) -> Answer {
        self.caller.speak();
        let [_, a, b, c] = from.to_be_bytes();
        // The page of a visitor asks from its own origin, as themselves.
        let (who, origin) = match path.starts_with(WIDGET) {
            true => (self.visitor.as_str(), format!("Origin: http://{}\r\n", self.http)),
            false => (self.token.as_str(), String::new()),
        };
        let token = match who {
            "" => String::new(),
            token => format!("Authorization: Bearer {token}\r\n"),
        };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nX-Forwarded-For: 10.{a}.{b}.{c}\r\nX-Ringdesk: console\r\n\
             {origin}{token}Content-Length: {}\r\n\r\n",
            self.http,
            body.len()
        );
        // The server closes a connection that rests. One that it closes over a request is news: asked again, it closes again.
        let reused = self.stream.take().map(|mut stream| (say(&mut stream, &head, body), stream));
        let ((head, body), stream) = match reused {
            Some((Ok(answer), stream)) => (answer, stream),
            _ => {
                let mut stream = TcpStream::connect(self.http).expect("the server listens");
                stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
                stream.set_nodelay(true).expect("no delay");
                let answer = say(&mut stream, &head, body);
                (answer.unwrap_or_else(|why| panic!("no answer to {method} {path}: {why}")), stream)
            }
        };
        let field = |name: &str| {
            head.lines().filter_map(|l| l.split_once(": ")).find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v)
        };
        if field("connection") != Some("close") {
            self.stream = Some(stream);
        }
        Answer {
            status: head.split(' ').nth(1).and_then(|s| s.parse().ok()).expect("a status line"),
            kind: field("content-type").unwrap_or_default().to_owned(),
            body: if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).expect("JSON") },
        }
    }

    /// A task without which nothing goes on has ended.
    pub fn failed(&self) -> Option<&'static str> {
        let house = self.house.as_ref()?;
        let soon = Duration::from_millis(1);
        self.runtime.block_on(async { tokio::time::timeout(soon, house.failed()).await.ok() })
    }
}

impl Drop for Centre {
    fn drop(&mut self) {
        self.stream = None;
        if let Some(house) = self.house.take() {
            self.runtime.block_on(house.give_up());
        }
    }
}

/// Somebody who telephones all the time, and says a word with every request of the others.
struct Caller {
    socket: UdpSocket,
    sound: SocketAddr,
    said: u16,
}

impl Caller {
    fn dial(sip: SocketAddr) -> Caller {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let here = socket.local_addr().expect("an address");
        let head = |method: &str, to: &str| {
            format!(
                "{method} sip:1001@{sip} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{method};rport\r\nMax-Forwards: 70\r\n\
                 From: <sip:+4930123456@{here}>;tag=a\r\nTo: {to}\r\nCall-ID: live@{here}\r\nCSeq: 1 {method}\r\n\
                 Contact: <sip:caller@{here}>\r\n"
            )
        };
        let sdp = format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {} RTP/AVP 0\r\n",
            here.port()
        );
        let to = format!("<sip:1001@{sip}>");
        let kind = "Content-Type: application/sdp\r\n";
        let invite = format!("{}{kind}Content-Length: {}\r\n\r\n{sdp}", head("INVITE", &to), sdp.len());
        socket.send_to(invite.as_bytes(), sip).expect("it is sent");
        let mut bytes = [0; 4_096];
        loop {
            let (length, _) = socket.recv_from(&mut bytes).expect("the call is answered");
            let answer = String::from_utf8_lossy(&bytes[..length]).into_owned();
            if answer.starts_with("SIP/2.0 1") {
                continue;
            }
            assert!(answer.starts_with("SIP/2.0 200"), "{answer}");
            let to = answer.lines().find_map(|line| line.strip_prefix("To: ")).expect("To");
            let ack = format!("{}Content-Length: 0\r\n\r\n", head("ACK", to));
            socket.send_to(ack.as_bytes(), sip).expect("it is sent");
            let port = answer.lines().find_map(|line| line.strip_prefix("m=audio ")?.split(' ').next()?.parse().ok());
            let sound = SocketAddr::from(([127, 0, 0, 1], port.expect("a port for sound")));
            return Caller { socket, sound, said: 0 };
        }
    }

    fn speak(&mut self) {
        self.said = self.said.wrapping_add(1);
        let mut packet = vec![0x80, 0];
        packet.extend(self.said.to_be_bytes());
        packet.extend((u32::from(self.said) * 160).to_be_bytes());
        packet.extend([0, 0, 0, 7]);
        packet.extend([0xff; 160]);
        let _ = self.socket.send_to(&packet, self.sound); // they may have been hung up on
    }
}

fn say(stream: &mut TcpStream, head: &str, body: &[u8]) -> std::io::Result<(String, Vec<u8>)> {
    stream.write_all(&[head.as_bytes(), body].concat())?;
    read(stream)
}

fn read(stream: &mut TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let gone = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
    let (mut got, mut piece) = (Vec::new(), [0; 16_384]);
    loop {
        if let Some(end) = got.windows(4).position(|w| w == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&got[..end]).to_lowercase();
            let length =
                head.lines().find_map(|l| l.strip_prefix("content-length: ")?.trim().parse().ok()).unwrap_or(0);
            while got.len() < end + 4 + length {
                match stream.read(&mut piece)? {
                    0 => return Err(gone()),
                    n => got.extend_from_slice(&piece[..n]),
                }
            }
            let body = got.split_off(end + 4);
            got.truncate(end);
            return Ok((String::from_utf8_lossy(&got).into_owned(), body));
        }
        match stream.read(&mut piece)? {
            0 => return Err(gone()),
            n => got.extend_from_slice(&piece[..n]),
        }
    }
}

type Done<T> = Result<T, Box<dyn std::error::Error>>;

/// As the API says times.
fn in_an_hour() -> i64 {
    WallClock::start().now().as_millis() + 3_600_000
}

/// The shipped demo with a short flow, and what two calls left.
async fn furnish(data: &Path) -> Done<BTreeMap<&'static str, String>> {
    let clock = WallClock::start();
    let (store, _) = Store::open(data, "").await?;
    let operations = Operations::new(Arc::new(store), ringdesk::house::REALM)?;
    let passwords = demo::logins().map(|(login, _)| (login.to_owned(), PASSWORD.to_owned())).collect();
    let made = operations.install_demo(clock.now(), &passwords, inboxes).await?;
    let scope = ringdesk_model::Scope {
        account: made.account,
        user: UserId(uuid::Uuid::nil()),
        agent: None,
        everyone: true,
        unmasked: true,
    };
    let users = operations.users(&scope).await?;
    let asks = users.iter().find(|u| u.login == ASKS).ok_or("nobody asks")?;
    let roles = ROLES.map(str::to_owned);
    operations.set_roles(clock.now(), &Actor::System, made.account, asks.id, &roles).await?;
    let agent = asks.agent.ok_or("who asks is an agent")?;
    let queue = *made.queues.values().next().ok_or("a queue")?;

    let mut ids = Ids::seeded(9);
    let offer: OfferId = Ids::seeded(10).next(clock.now());
    let answered = [
        CallFact::AgentJoined { offer, agent, queue: Some(queue) },
        CallFact::AgentLeft { agent },
        CallFact::Ended { cause: "normal".into(), by: "caller".into() },
    ];
    let outcome = WorkOutcome::Served;
    let (conversation, recording) =
        call(&operations, &mut ids, clock, made.account, queue, outcome, |_| answered.into()).await?;
    let line = heard(&operations, &mut ids, &scope, &conversation, recording).await?;
    call(&operations, &mut ids, clock, made.account, queue, WorkOutcome::NoAgents, |recording| {
        let recording = Some(recording);
        vec![
            CallFact::VoicemailBegun { recording, from_ms: 500, min_ms: 2_000, queue: Some(queue) },
            CallFact::Voicemail {
                duration_ms: 4_000,
                recording,
                from_ms: 500,
                to_ms: 4_500,
                queue: Some(queue),
                end: "hang_up".into(),
            },
            CallFact::Ended { cause: "normal".into(), by: "caller".into() },
        ]
    })
    .await?;
    // Who asks decides what somebody else proposed.
    let edit = ringdesk_operations::contact_files::ContactEdit::default();
    let now = clock.now();
    let contact = operations.create_contact(now, &Actor::System, made.account, &edit).await?;
    let block = operations.block_contact(now, &Actor::System, &scope, contact, ("abuse", None), false).await?;
    Ok(BTreeMap::from([
        ("block", block.to_string()),
        ("queue", queue.to_string()),
        ("conversation", conversation),
        ("recording", recording.to_string()),
        ("line", line.to_string()),
    ]))
}

/// Somebody was heard in it. Gives the line's number.
async fn heard(
    operations: &Operations,
    ids: &mut Ids,
    scope: &ringdesk_model::Scope,
    conversation: &str,
    recording: RecordingId,
) -> Done<i64> {
    let (account, now) = (scope.account, WallClock::start().now());
    let of = Of { transcript: ids.next(now), conversation: conversation.parse()?, call: ids.next(now) };
    let new = NewTranscript {
        id: of.transcript,
        conversation: of.conversation,
        call: of.call,
        recording: Some(recording),
        pass: Pass::Final,
        engine: "scripted".into(),
        language: "en".into(),
        state: TranscriptState::Done,
        reason: None,
        at: now,
    };
    operations.begin_transcript(now, account, &new).await?;
    let said = Said { speaker: Speaker::Contact, text: Pii::new("I want a refund".into()), start_ms: 0, end_ms: 900 };
    let mut set = Set::new(operations.account_key(account).await?);
    caption(&mut set, ids.next(now), &of, now, now, &said)?;
    operations.write_journal(&set).await?;
    let lines =
        operations.messages(now, &Actor::System, scope, of.conversation, (LinesFrom::After(0), false), 100).await?;
    Ok(lines.iter().find(|line| line.transcript.is_some()).ok_or("nobody was heard")?.seq)
}

/// A recorded call of a stranger who waited; `more` happened afterwards.
async fn call(
    operations: &Operations,
    ids: &mut Ids,
    clock: WallClock,
    account: AccountId,
    queue: QueueId,
    outcome: WorkOutcome,
    more: impl FnOnce(RecordingId) -> Vec<CallFact>,
) -> Done<(String, RecordingId)> {
    let now = clock.now();
    let mut set = Set::new(operations.account_key(account).await?);
    let opening = Opening {
        account,
        call: ids.next(now),
        inbox: None,
        from: Pii::new("+4930123456".to_owned()),
        from_name: None,
        to: Pii::new("1001".to_owned()),
        origin: "trunk:demo".to_owned(),
        home: Country::of("DE").ok_or("a country")?,
    };
    let id = opening.call;
    let mut record = CallRecord::open(&mut set, ids, now, opening)?;
    let (work_item, recording): (WorkItemId, RecordingId) = (ids.next(now), ids.next(now));
    let waited =
        [CallFact::Answered, CallFact::Queued { work_item, queue }, CallFact::LeftQueue { work_item, outcome }];
    for fact in waited {
        record.fact(&mut set, ids, now, &fact)?;
    }
    operations.write_journal(&set).await?;
    let conversation = record.conversation();
    let new = NewRecording { id: recording, conversation, call: id, wrapped_key: vec![1], started_at: now };
    operations.request_recording(now, account, &new).await?;
    operations.recording_is(now, account, (recording, conversation), RecordingState::Failed, Some("lost")).await?;
    let mut set = Set::new(operations.account_key(account).await?);
    for fact in more(recording) {
        record.fact(&mut set, ids, clock.now(), &fact)?;
    }
    operations.write_journal(&set).await?;
    Ok((conversation.to_string(), recording))
}

fn inboxes(_: &BTreeMap<String, QueueId>) -> Vec<DemoInbox> {
    let flow = json!({ "name": "Support", "start": "echo", "steps": { "echo": { "kind": "echo" } } }).to_string();
    vec![DemoInbox { name: "Support".into(), numbers: vec!["1001".into()], flow, recording: None }]
}
