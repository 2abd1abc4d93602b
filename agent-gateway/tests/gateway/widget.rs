//! The chat of web sites at its door: who may frame it, who a visitor is, and what their page is told.

use super::world::{Login, World};
use futures_util::{SinkExt as _, StreamExt as _};
use ringdesk_conversations::{CallFact, Country};
use ringdesk_model::{Clock as _, Ids, Pii};
use ringdesk_operations::{CallRecord, Opening};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};

/// A site's inbox, and its name in addresses.
pub(crate) async fn site(world: &World, admin: &Login, name: &str) -> String {
    let site =
        json!({ "allowed": ["https://shop.example", "http://127.0.0.1:9"], "colour": "#1f5fbf", "greeting": "Hello!" });
    let body = json!({ "name": name, "queue": world.queues["support"], "site": site });
    let made = world.api(admin, "POST", "text_inboxes", body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    made.body["id"].as_str().unwrap().to_owned()
}

pub(crate) async fn token(world: &World, inbox: &str) -> String {
    token_from(world, inbox, "127.0.0.1").await
}

/// Of a visitor who comes from elsewhere.
pub(crate) async fn token_from(world: &World, inbox: &str, address: &str) -> String {
    let origin = format!("http://{}", world.http);
    let path = format!("/public/api/v1/widget/{inbox}/visitors");
    let made = world.send_with("POST", &path, &[("Origin", &origin), ("X-Forwarded-For", address)], "").await;
    assert_eq!(made.status, 201, "{}", made.body);
    made.body["token"].as_str().unwrap().to_owned()
}

/// A visitor's page.
pub(crate) struct Tab(WebSocketStream<TcpStream>);

impl Tab {
    async fn open(world: &World, inbox: &str) -> Result<Tab, u16> {
        Tab::from(world, inbox, &format!("http://{}", world.http), "127.0.0.1").await
    }

    async fn from(world: &World, inbox: &str, origin: &str, address: &str) -> Result<Tab, u16> {
        let stream = TcpStream::connect(world.http).await.unwrap();
        let url = format!("ws://{}/public/api/v1/widget/{inbox}/socket", world.http);
        let mut request = url.into_client_request().unwrap();
        request.headers_mut().insert("origin", origin.parse().unwrap());
        request.headers_mut().insert("x-forwarded-for", address.parse().unwrap());
        request.headers_mut().insert("user-agent", "Testfox 1.0".parse().unwrap());
        match tokio_tungstenite::client_async(request, stream).await {
            Ok((socket, _)) => Ok(Tab(socket)),
            Err(Error::Http(refused)) => Err(refused.status().as_u16()),
            Err(other) => panic!("{other}"),
        }
    }

    /// Open, and greeted; gives the welcome, too.
    pub(crate) async fn of(world: &World, inbox: &str, token: &str) -> (Tab, Value) {
        Tab::of_elsewhere(world, inbox, token, "127.0.0.1").await
    }

    /// The same from another address.
    pub(crate) async fn of_elsewhere(world: &World, inbox: &str, token: &str, address: &str) -> (Tab, Value) {
        let mut tab = Tab::from(world, inbox, &format!("http://{}", world.http), address).await.unwrap();
        let page = json!({ "url": "https://shop.example/boots", "title": "Boots", "referrer": null });
        tab.say(json!({ "t": "hello", "token": token, "page": page, "language": "en-GB" })).await;
        let welcome = tab.frame().await;
        assert_eq!(welcome["t"], "welcome", "{welcome}");
        (tab, welcome)
    }

    pub(crate) async fn say(&mut self, frame: Value) {
        self.0.send(Message::Text(frame.to_string().into())).await.unwrap();
    }

    pub(crate) async fn write(&mut self, id: &str, text: &str) {
        self.say(json!({ "t": "send", "id": id, "text": text })).await;
    }

    async fn frame(&mut self) -> Value {
        loop {
            let message = tokio::time::timeout(Duration::from_secs(10), self.0.next()).await;
            match message.expect("a frame within ten seconds") {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(Message::Close(frame))) => {
                    return json!({ "t": "closed", "code": frame.map(|f| u16::from(f.code)) });
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return json!({ "t": "closed" }),
            }
        }
    }

    /// The next one of a kind; others go by.
    pub(crate) async fn next(&mut self, kind: &str) -> Value {
        self.any(&[kind]).await
    }

    /// The next one of these kinds.
    pub(crate) async fn any(&mut self, kinds: &[&str]) -> Value {
        loop {
            let frame = self.frame().await;
            if kinds.iter().any(|kind| frame["t"] == *kind) {
                return frame;
            }
            assert_ne!(frame["t"], "closed", "while waiting for {kinds:?}: {frame}");
        }
    }
}

/// Who may frame the page its policy says, and nobody else asks for a visitor.
///
/// Rows: S1.3, S1.17
#[tokio::test]
async fn only_the_sites_of_an_inbox_may_show_it() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let inbox = site(&world, &admin, "Shop").await;
    let page = world.send("GET", &format!("/widget/{inbox}"), None, "").await;
    let head = page.head.to_lowercase();
    assert_eq!(page.status, 200);
    assert!(head.contains("frame-ancestors 'self' https://shop.example http://127.0.0.1:9"), "{head}");
    assert!(!head.contains("x-frame-options") && head.contains("script-src 'self'"), "{head}");
    let others = world.send("GET", "/api/docs", None, "").await.head.to_lowercase();
    assert!(others.contains("x-frame-options: deny"), "{others}");

    let look = world.send("GET", &format!("/public/api/v1/widget/{inbox}"), None, "").await;
    assert_eq!((&look.body["title"], &look.body["greeting"]), (&json!("Shop"), &json!("Hello!")));
    assert_eq!((&look.body["attended"], &look.body["open"]), (&json!(false), &json!(true)), "nobody is at work");

    let path = format!("/public/api/v1/widget/{inbox}/visitors");
    for origin in [None, Some("https://evil.example"), Some("https://shop.example"), Some("null")] {
        let headers: Vec<_> = origin.map(|origin| ("Origin", origin)).into_iter().collect();
        let got = world.send_with("POST", &path, &headers, "").await;
        assert_eq!(got.status, 403, "{origin:?}: the frame asks from its own origin");
    }
    assert_eq!(Tab::from(&world, &inbox, "https://evil.example", "127.0.0.1").await.err(), Some(403));

    // An inbox of the API channel is none of sites, and stays what it is.
    let bridge = json!({ "name": "Bridge", "queue": world.queues["support"] });
    let bridge = world.api(&admin, "POST", "text_inboxes", bridge).await.body["id"].as_str().unwrap().to_owned();
    for other in [bridge.as_str(), "01930000-0000-7000-8000-00000000dead"] {
        let own = format!("http://{}", world.http);
        let asked = format!("/public/api/v1/widget/{other}/visitors");
        assert_eq!(world.send_with("POST", &asked, &[("Origin", &own)], "").await.status, 404, "{other}");
        assert_eq!(world.send("GET", &format!("/widget/{other}"), None, "").await.status, 404, "{other}");
        assert_eq!(Tab::open(&world, other).await.err(), Some(404));
    }
    let plain = json!({ "name": "Shop", "queue": world.queues["support"] });
    assert_eq!(world.api(&admin, "PUT", &format!("text_inboxes/{inbox}"), plain).await.status, 422);
    for site in [
        json!({ "allowed": ["https://shop.example; script-src *"] }),
        json!({ "colour": "red" }),
        json!({ "language": "fr" }),
    ] {
        let body = json!({ "name": "Other", "queue": world.queues["support"], "site": site });
        assert_eq!(world.api(&admin, "POST", "text_inboxes", body.clone()).await.status, 422, "{body}");
    }

    // Out of use: nothing of it is there, and who had it open is told.
    let mine = token(&world, &inbox).await;
    assert_eq!(world.api(&admin, "DELETE", &format!("inboxes/{inbox}"), Value::Null).await.status, 204);
    assert_eq!(world.send("GET", &format!("/widget/{inbox}"), None, "").await.status, 404);
    assert_eq!(Tab::open(&world, &inbox).await.err(), Some(404), "{mine}");
}

/// A text is stored once however often it is sent, told to every page of the visitor, in order and without gaps; what staff wrote
/// reaches them, what staff noted does not.
///
/// Rows: S1.3, S2.1, S2.2, S2.3, S2.8, S2.10, S2.16, S9.1
#[tokio::test]
async fn a_visitors_pages_have_one_conversation() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let inbox = site(&world, &admin, "Shop").await;
    let mine = token(&world, &inbox).await;
    let (mut one, welcome) = Tab::of(&world, &inbox, &mine).await;
    assert!(welcome["conversation"].is_null(), "{welcome}");
    let (mut two, _) = Tab::of(&world, &inbox, &mine).await;

    let said = "<script>alert(1)</script> boots?";
    for _ in 0..3 {
        one.say(json!({ "t": "send", "id": "a", "text": said, "name": "Mei", "reach": "mei@example.com" })).await;
    }
    let ack = one.next("ack").await;
    for _ in 0..2 {
        let again = one.next("ack").await;
        assert_eq!((&again["seq"], &again["conversation"]), (&ack["seq"], &ack["conversation"]));
    }
    let conversation = ack["conversation"].as_str().unwrap().to_owned();
    let line = two.next("line").await;
    assert_eq!((&line["seq"], &line["text"], &line["by"]), (&json!(1), &json!(said), &json!("me")));

    // What the conversation began with.
    let events = world.operations.events_after(world.account, 0, 500).await.unwrap();
    let created = events.iter().find(|event| event.kind == "conversation_created").unwrap();
    let created: Value = serde_json::from_str(created.payload.reveal()).unwrap();
    assert_eq!((&created["page"], &created["name"]), (&json!("https://shop.example/boots"), &json!("Mei")));
    assert_eq!((&created["channel"], created["contact"].is_string()), (&json!("web_chat"), true), "{created}");
    let visit = world.get(&admin, &format!("conversations/{conversation}/visit")).await;
    assert_eq!((&visit["title"], &visit["device"]), (&json!("Boots"), &json!("Testfox 1.0")));
    assert_eq!((&visit["referrer"], &visit["reach"]), (&Value::Null, &json!("mei@example.com")));

    // Both ways.
    let path = format!("conversations/{conversation}/messages");
    let text = json!({ "client_id": "x", "text": "Which size?" });
    let sent = world.api(&admin, "POST", &path, text).await;
    assert_eq!(sent.status, 201, "{}", sent.body);
    let note = json!({ "text": "a thief" });
    assert_eq!(world.api(&admin, "POST", &format!("conversations/{conversation}/notes"), note).await.status, 201);
    for tab in [&mut one, &mut two] {
        loop {
            let line = tab.next("line").await;
            assert!(!line.to_string().contains("thief"), "{line}");
            if line["text"] == "Which size?" {
                assert_eq!((&line["by"], &line["seq"]), (&json!("agent"), &sent.body["seq"]));
                break;
            }
        }
    }
    // They have read it; it never goes back, nor beyond what there is.
    one.say(json!({ "t": "cursor", "delivered": 99, "read": 2 })).await;
    one.say(json!({ "t": "cursor", "delivered": 1, "read": 1 })).await;
    let cursors = world
        .until("the cursor", async || {
            let cursors = world.get(&admin, &format!("conversations/{conversation}/cursors")).await;
            (cursors["read"] == 2).then_some(cursors)
        })
        .await;
    assert_eq!(cursors["delivered"], 2);
    let seen = world.api(&admin, "PUT", &format!("conversations/{conversation}/cursors"), json!({ "seq": 2 })).await;
    assert_eq!(seen.status, 200);
    assert_eq!(one.next("seen").await["seq"], 2);
    assert_eq!(
        world.api(&admin, "PUT", &format!("conversations/{conversation}/typing"), Value::Null).await.status,
        204
    );
    assert!(one.next("typing").await["name"].is_string());

    // Taken back, by whom it is from.
    one.say(json!({ "t": "recall", "seq": 2 })).await;
    assert_eq!(one.next("refused").await["reason"], "recall", "it is not theirs");
    one.say(json!({ "t": "recall", "seq": 1 })).await;
    let tomb = two.next("line").await;
    assert_eq!((&tomb["kind"], &tomb["of"], &tomb["seq"]), (&json!("recalled"), &json!(1), &json!(3)));
    let lines = world.get(&admin, &path).await;
    assert_eq!((&lines[0]["text"], lines[0]["recalled_at"].is_i64()), (&json!(""), true));

    // A page that was away says how far it has come, and one that lacks lines asks for them.
    let mut back = Tab::open(&world, &inbox).await.unwrap();
    back.say(json!({ "t": "hello", "token": mine, "conversation": conversation, "after": 2 })).await;
    assert_eq!(back.next("welcome").await["after"], 2);
    assert_eq!(back.next("line").await["seq"], 3);
    back.say(json!({ "t": "resume", "after": 0 })).await;
    for seq in 1..=3 {
        assert_eq!(back.next("line").await["seq"], seq);
    }
    // Its number is of another conversation: everything from the beginning.
    let mut other = Tab::open(&world, &inbox).await.unwrap();
    let stale = "01930000-0000-7000-8000-00000000dead";
    other.say(json!({ "t": "hello", "token": mine, "conversation": stale, "after": 40 })).await;
    assert_eq!(other.next("welcome").await["after"], 0);
    assert_eq!(other.next("line").await["seq"], 1);
}

/// Another visitor's, another inbox's, nobody's: whoever does not show the token learns nothing.
///
/// Rows: S12.6
#[tokio::test]
async fn visitors_know_nothing_of_each_other() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let (shop, blog) = (site(&world, &admin, "Shop").await, site(&world, &admin, "Blog").await);
    let (mine, other) = (token(&world, &shop).await, token(&world, &shop).await);
    let (mut one, _) = Tab::of(&world, &shop, &mine).await;
    one.write("a", "my secret").await;
    let conversation = one.next("ack").await["conversation"].clone();

    // The same name for a text, and the name of another's conversation: theirs all the same.
    let mut two = Tab::open(&world, &shop).await.unwrap();
    two.say(json!({ "t": "hello", "token": other, "conversation": conversation, "after": 0 })).await;
    assert!(two.next("welcome").await["conversation"].is_null());
    two.say(json!({ "t": "resume", "after": 0 })).await;
    two.say(json!({ "t": "recall", "seq": 1 })).await;
    assert_eq!(two.next("refused").await["reason"], "recall");
    two.write("a", "hello").await;
    let theirs = two.next("ack").await;
    assert_ne!(theirs["conversation"], conversation);
    let line = two.next("line").await;
    assert_eq!((&line["text"], &line["seq"]), (&json!("hello"), &json!(1)));
    one.write("b", "still me").await;
    assert_eq!(one.next("ack").await["conversation"], conversation);

    for (inbox, token) in [(&blog, mine.as_str()), (&shop, "f"), (&shop, ""), (&blog, other.as_str())] {
        let mut tab = Tab::open(&world, inbox).await.unwrap();
        tab.say(json!({ "t": "hello", "token": token })).await;
        assert_eq!(tab.frame().await, json!({ "t": "closed", "code": 1008 }), "{token}");
    }
    let mut tab = Tab::open(&world, &shop).await.unwrap();
    tab.write("a", "no hello").await;
    assert_eq!(tab.frame().await["t"], "closed");
}

/// A hundred texts in a second from one are refused with a word and a time; what was let in is stored, and nobody else waits.
///
/// Rows: S1.21, S2.9
#[tokio::test]
async fn a_flood_is_refused_in_words_and_slows_nobody_else() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let inbox = site(&world, &admin, "Shop").await;
    let (mut loud, _) = Tab::of(&world, &inbox, &token(&world, &inbox).await).await;
    let (mut quiet, _) = Tab::of(&world, &inbox, &token(&world, &inbox).await).await;
    for n in 0..100 {
        loud.write(&format!("n{n}"), "buy now").await;
    }
    quiet.write("a", "hello").await;
    assert!(quiet.next("ack").await["seq"].is_i64());
    let (mut acked, mut refused) = (0, 0);
    while acked + refused < 100 {
        let frame = loud.frame().await;
        match frame["t"].as_str().unwrap() {
            "ack" => acked += 1,
            "refused" => {
                assert_eq!(frame["reason"], "too_fast", "{frame}");
                assert!(frame["after_ms"].as_u64().is_some_and(|wait| (1..=1_000).contains(&wait)), "{frame}");
                refused += 1;
            }
            "closed" => panic!("{frame}"),
            _ => {}
        }
    }
    assert!((10..60).contains(&acked), "{acked} of a hundred were let in");

    // What makes no sense is said, and the line goes on.
    quiet.write("b", "  ").await;
    assert_eq!(quiet.next("refused").await["reason"], "empty");
    quiet.write("c", &"x".repeat(4_001)).await;
    assert_eq!(quiet.next("refused").await["reason"], "too_long");
    quiet.say(json!({ "t": "drop_tables" })).await;
    assert_eq!(quiet.next("refused").await["reason"], "form");
    quiet.write("d", "still here").await;
    assert_eq!(quiet.next("ack").await["id"], "d");
}

/// Who is kept out is told so, and nothing of theirs is stored.
///
/// Rows: S9.1
#[tokio::test]
async fn who_is_kept_out_is_not_heard() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let inbox = site(&world, &admin, "Shop").await;
    let mine = token(&world, &inbox).await;
    let (mut tab, _) = Tab::of(&world, &inbox, &mine).await;
    tab.write("a", "rude").await;
    let conversation = tab.next("ack").await["conversation"].as_str().unwrap().to_owned();
    let of = world.get(&admin, &format!("conversations/{conversation}")).await;
    let path = format!("contacts/{}/block", of["contact"].as_str().unwrap());
    assert_eq!(world.api(&admin, "POST", &path, json!({ "reason": "abuse" })).await.status, 201);
    tab.write("b", "ruder").await;
    assert_eq!(tab.next("refused").await["reason"], "kept_out");
    let lines = world.get(&admin, &format!("conversations/{conversation}/messages")).await;
    assert_eq!(lines.as_array().unwrap().len(), 1, "{lines}");
}

/// Rows: S3.1, S3.2, S3.4
#[tokio::test]
async fn a_visitor_sends_a_file_and_gets_one_by_a_link() {
    const PICTURE: &str = "GIF89a boots";
    let world = World::start().await;
    let admin = world.login("admin").await;
    let inbox = site(&world, &admin, "Shop").await;
    let token = token(&world, &inbox).await;
    let (origin, bearer) = (format!("http://{}", world.http), format!("Bearer {token}"));
    let path = format!("/public/api/v1/widget/{inbox}/attachments?name=boots.gif");
    let bring = async |headers: &[(&str, &str)], content: &str| world.send_with("POST", &path, headers, content).await;
    let mine: &[(&str, &str)] = &[("Origin", &origin), ("Authorization", &bearer)];
    for (headers, content, status) in [
        (&[("Authorization", bearer.as_str())][..], PICTURE, 403),
        (&[("Origin", origin.as_str())][..], PICTURE, 401),
        (&[("Origin", origin.as_str()), ("Authorization", "Bearer guessed")][..], PICTURE, 401),
        (mine, "<script>alert(1)</script>", 422),
    ] {
        assert_eq!(bring(headers, content).await.status, status, "{headers:?}");
    }
    let kept = bring(mine, PICTURE).await;
    assert_eq!(kept.status, 201, "{}", kept.body);

    let (mut tab, _) = Tab::of(&world, &inbox, &token).await;
    tab.say(json!({ "t": "send", "id": "a", "files": [kept.body["id"]] })).await;
    let ack = tab.next("ack").await;
    let line = tab.next("line").await;
    assert_eq!((&line["files"][0]["name"], &line["files"][0]["kind"]), (&json!("boots.gif"), &json!("picture")));
    let open = world.send("GET", line["files"][0]["path"].as_str().unwrap(), None, "").await;
    assert_eq!((open.status, &open.body), (200, &json!(PICTURE)));
    // One file goes with one text, whoever names it.
    tab.say(json!({ "t": "send", "id": "b", "files": [kept.body["id"]] })).await;
    assert_eq!(tab.next("refused").await["reason"], "file");
    tab.say(json!({ "t": "send", "id": "c", "files": [] })).await;
    assert_eq!(tab.next("refused").await["reason"], "empty");
    let of = ack["conversation"].as_str().unwrap();
    let lines = world.get(&admin, &format!("conversations/{of}/messages")).await;
    assert!(lines.to_string().contains("boots.gif"), "{lines}");

    // So many at once and no more; what is refused costs nobody else anything.
    let mut refused = 0;
    for _ in 0..12 {
        refused += usize::from(bring(mine, PICTURE).await.status == 429);
    }
    assert!(refused > 0);
    let other = self::token(&world, &inbox).await;
    let bearer = format!("Bearer {other}");
    assert_eq!(bring(&[("Origin", &origin), ("Authorization", &bearer)], PICTURE).await.status, 201);
}

/// An inbox that names a number lets its visitors call it, by a ticket that is theirs alone; everybody else is told why not.
///
/// Rows: S4.1, S1.3
#[tokio::test]
async fn a_visitor_is_let_in_to_call_where_the_inbox_says_so() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let inbox = site(&world, &admin, "Shop").await;
    let mine = token(&world, &inbox).await;
    let ask = json!({ "t": "call", "id": "c" });

    // Without a number nobody can call.
    let look = world.send("GET", &format!("/public/api/v1/widget/{inbox}"), None, "").await;
    assert_eq!(look.body["calls"], false, "{}", look.body);
    let (mut tab, _) = Tab::of(&world, &inbox, &mine).await;
    tab.say(ask.clone()).await;
    let refused = tab.next("refused").await;
    assert_eq!((&refused["id"], &refused["reason"]), (&json!("c"), &json!("no_calls")));

    let edit = async |site: Value| {
        let body = json!({ "name": "Shop", "queue": world.queues["support"], "site": site });
        world.api(&admin, "PUT", &format!("text_inboxes/{inbox}"), body).await.status
    };
    assert_eq!(edit(json!({ "allowed": ["*"], "calls": "4711" })).await, 404, "no number of ours");
    assert_eq!(edit(json!({ "allowed": ["*"], "calls": "1001" })).await, 204);
    let look = world.send("GET", &format!("/public/api/v1/widget/{inbox}"), None, "").await;
    assert_eq!(look.body["calls"], true, "{}", look.body);
    assert!(!look.body.to_string().contains("1001"), "which number it is concerns nobody");

    // The page was open before the number was named.
    tab.say(ask.clone()).await;
    let granted = tab.next("call").await;
    assert_eq!((&granted["id"], &granted["good_for_ms"]), (&json!("c"), &json!(30_000)), "{granted}");
    let ticket = granted["ticket"].as_str().unwrap().to_owned();
    let (expected, until, call) = world.desk.visitors.lock().unwrap().pop().unwrap();
    assert_eq!((expected.reveal(), call.number.as_str()), (&ticket, "1001"));
    assert!(until > world.clock.now() && until <= world.clock.now() + Duration::from_secs(30));
    assert_eq!(call.visit.title.as_deref(), Some("Boots"));

    // Each asks for themselves, and by another's page or inbox there is nothing to have.
    let blog = site(&world, &admin, "Blog").await;
    let mut other = Tab::open(&world, &blog).await.unwrap();
    other.say(json!({ "t": "hello", "token": mine })).await;
    assert_eq!(other.frame().await["t"], "closed");
    let (mut another, _) = Tab::of(&world, &inbox, &token(&world, &inbox).await).await;
    another.say(ask.clone()).await;
    assert_ne!(another.next("call").await["ticket"], granted["ticket"]);
    let (_, _, of_another) = world.desk.visitors.lock().unwrap().pop().unwrap();
    assert_ne!(of_another.identity, call.identity);

    // So many at once and no more.
    let mut refused = 0;
    for _ in 0..8 {
        tab.say(ask.clone()).await;
        let frame = loop {
            let frame = tab.frame().await;
            if frame["id"] == "c" {
                break frame;
            }
        };
        if frame["t"] == "refused" {
            assert_eq!(frame["reason"], "too_fast", "{frame}");
            assert!(frame["after_ms"].as_u64().is_some_and(|wait| wait > 0), "{frame}");
            refused += 1;
        }
    }
    assert!(refused > 0);
    another.say(json!({ "t": "call", "id": "d" })).await;
    assert_eq!(another.next("call").await["id"], "d", "it slows nobody else");
    another.say(json!({ "t": "call" })).await;
    assert_eq!(another.next("refused").await["reason"], "form");

    // Outside of its hours, and once they are kept out, there is none.
    let (mut late, _) = Tab::of(&world, &inbox, &token(&world, &inbox).await).await;
    late.write("a", "rude").await;
    let conversation = late.next("ack").await["conversation"].as_str().unwrap().to_owned();
    let of = world.get(&admin, &format!("conversations/{conversation}")).await;
    let path = format!("contacts/{}/block", of["contact"].as_str().unwrap());
    assert_eq!(world.api(&admin, "POST", &path, json!({ "reason": "abuse" })).await.status, 201);
    late.say(ask.clone()).await;
    assert_eq!(late.next("refused").await["reason"], "kept_out");
    let closed = json!({ "name": "Never", "calendar": { "zone": "UTC", "week": {} } });
    let calendar = world.api(&admin, "POST", "calendars", closed).await;
    assert_eq!(calendar.status, 201, "{}", calendar.body);
    assert_eq!(edit(json!({ "allowed": ["*"], "calls": "1001", "hours": calendar.body["id"] })).await, 204);
    let (mut shut, _) = Tab::of(&world, &inbox, &token(&world, &inbox).await).await;
    shut.say(ask).await;
    assert_eq!(shut.next("refused").await["reason"], "not_open");
}

/// What a visitor wrote and what they said stands in one file, with the page they call from; and their page is told how it stands.
///
/// Rows: S4.1, S1.3
#[tokio::test]
async fn a_visitors_call_stands_in_their_file() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let inbox = site(&world, &admin, "Shop").await;
    let site = json!({ "allowed": ["*"], "calls": "1001" });
    let body = json!({ "name": "Shop", "queue": world.queues["support"], "site": site });
    assert_eq!(world.api(&admin, "PUT", &format!("text_inboxes/{inbox}"), body).await.status, 204);
    let (mut tab, _) = Tab::of(&world, &inbox, &token(&world, &inbox).await).await;
    tab.say(json!({ "t": "send", "id": "a", "text": "May I call?", "name": "Mei" })).await;
    let written = tab.next("ack").await["conversation"].as_str().unwrap().to_owned();
    tab.say(json!({ "t": "call", "id": "c" })).await;
    tab.next("call").await;
    let (_, _, call) = world.desk.visitors.lock().unwrap().pop().unwrap();
    assert_eq!(call.name.as_ref().map(|name| name.reveal().as_str()), Some("Mei"), "their file says so");

    // It comes to the door, as the server opens it, and waits.
    let (now, mut ids) = (world.clock.now(), Ids::seeded(77));
    let opening = Opening {
        account: world.account,
        call: ids.next(now),
        inbox: None,
        from: Pii::new("anonymous".to_owned()),
        from_name: call.name.clone(),
        to: Pii::new(call.number.clone()),
        origin: format!("site:{}", call.inbox),
        home: Country::of("DE").unwrap(),
    };
    let (mut set, queue, work_item) = (world.set().await, world.queues["support"], ids.next(now));
    let mut record = CallRecord::open_from_site(&mut set, &mut ids, now, opening, &call).unwrap();
    for fact in [CallFact::Answered, CallFact::Queued { work_item, queue }] {
        record.fact(&mut set, &mut ids, now, &fact).unwrap();
    }
    world.operations.write_journal(&set).await.unwrap();
    let told = loop {
        let told = tab.next("call_state").await;
        if told["state"] == "waiting" {
            break told;
        }
    };
    assert!(told["position"].is_i64(), "{told}");

    let of = async |conversation: &str| world.get(&admin, &format!("conversations/{conversation}")).await;
    let spoken = call.conversation.to_string();
    let (text, voice) = (of(&written).await, of(&spoken).await);
    assert_eq!((&voice["contact"], &voice["channel"]), (&text["contact"], &json!("phone")), "{voice}");
    assert!(voice["contact"].is_string());
    let card = world.get(&admin, &format!("conversations/{spoken}/card")).await;
    assert_eq!((&card["name"], &card["site"]["title"]), (&json!("Mei"), &json!("Boots")), "{card}");
    assert_eq!((&card["site"]["language"], &card["earlier"][0]["conversation"]), (&json!("en-GB"), &json!(written)));
    let visit = world.get(&admin, &format!("conversations/{spoken}/visit")).await;
    assert_eq!(visit["page"], "https://shop.example/boots");

    let mut set = world.set().await;
    let ended = CallFact::Ended { cause: "normal".into(), by: "caller".into() };
    record.fact(&mut set, &mut ids, now, &ended).unwrap();
    world.operations.write_journal(&set).await.unwrap();
    assert_eq!(tab.next("call_state").await["state"], "over");
}
