//! The way of visitors through a site: kept where they agreed, shown live to whom they write to, erased with one word.

use super::socket::Socket;
use super::widget::{Tab, token};
use super::world::{Got, Login, World};
use ringdesk_conversations::TrackKind;
use ringdesk_model::{AgentId, Clock as _, ConversationId, Ids, Pii};
use ringdesk_operations::track::Tracked;
use ringdesk_storage::journal::{Set, TextJoined};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

async fn site(world: &World, admin: &Login, name: &str, track: &str) -> String {
    let site = json!({ "allowed": ["*"], "track": track });
    let body = json!({ "name": name, "queue": world.queues["support"], "site": site });
    let made = world.api(admin, "POST", "text_inboxes", body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    made.body["id"].as_str().unwrap().to_owned()
}

/// A page of a visitor, as it asks.
struct Page<'a> {
    world: &'a World,
    inbox: &'a str,
    token: &'a str,
}

impl Page<'_> {
    async fn ask(&self, method: &str, what: &str, body: Value) -> Got {
        let (origin, bearer) = (format!("http://{}", self.world.http), format!("Bearer {}", self.token));
        let path = format!("/public/api/v1/widget/{}/{what}", self.inbox);
        let headers = [("Origin", origin.as_str()), ("Authorization", bearer.as_str())];
        self.world.send_with(method, &path, &headers, &body.to_string()).await
    }

    async fn tell(&self, events: Value) -> Got {
        self.ask("POST", "track", json!({ "events": events })).await
    }

    async fn agree(&self, agrees: bool) {
        let got = self.ask("PUT", "agreement", json!({ "agrees": agrees })).await;
        assert_eq!(got.status, 204, "{}", got.body);
    }
}

fn page(n: u128, address: &str) -> Value {
    json!({ "id": Uuid::from_u128(n), "kind": "page", "page": address, "title": "Boots", "ago_ms": 5 })
}

async fn rows(world: &World, path: &str, who: &Login, at_least: usize) -> Vec<Value> {
    let wanted = async || {
        let rows = world.get(who, path).await.as_array().unwrap().clone();
        (rows.len() >= at_least).then_some(rows)
    };
    world.until("the track is stored", wanted).await
}

/// An agent has a text in hand.
async fn take(world: &World, conversation: ConversationId, agent: AgentId) {
    let (now, mut ids) = (world.clock.now(), Ids::seeded(77));
    let mut set = Set::new(world.operations.account_key(world.account).await.unwrap());
    let joined = TextJoined { offer: ids.next(now), conversation, agent, queue: world.queues["support"], at: now };
    ringdesk_operations::texts::joined(&mut set, &mut ids, joined).unwrap();
    world.operations.write_journal(&set).await.unwrap();
}

/// Nothing is kept of who was not asked; what is kept is seen, and gone when they take it back.
///
/// Rows: S9.13, S9.16
#[tokio::test]
async fn a_way_is_kept_where_the_visitor_agreed_and_as_long_as_they_do() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let inbox = site(&world, &admin, "Shop", "asked").await;
    let look = world.send("GET", &format!("/public/api/v1/widget/{inbox}"), None, "").await;
    assert_eq!(look.body["track"], "asked");
    let mine = token(&world, &inbox).await;
    let visitor = Page { world: &world, inbox: &inbox, token: &mine };
    assert_eq!(visitor.tell(json!([page(1, "https://shop.example/")])).await.status, 403, "nobody was asked");
    visitor.agree(true).await;
    visitor.agree(true).await;
    let first = "https://mei@shop.example/boots?size=39&token=abc#x";
    let told = json!([
        page(1, first),
        { "id": Uuid::from_u128(2), "kind": "event", "name": "cart", "fields": { "item": "boots", "price": 59.9, "note": "13800138000" } },
        { "id": Uuid::from_u128(3), "kind": "form", "name": "contact", "page": "https://shop.example/boots" },
        { "id": Uuid::from_u128(1), "kind": "left", "dwell_ms": 4_200 },
    ]);
    for _ in 0..2 {
        assert_eq!(visitor.tell(told.clone()).await.status, 202);
    }

    // Who writes is known by it, and whoever may read what they wrote sees their way.
    let (mut tab, _) = Tab::of(&world, &inbox, &mine).await;
    tab.write("a", "do they keep warm?").await;
    let conversation = tab.next("ack").await["conversation"].as_str().unwrap().to_owned();
    let path = format!("conversations/{conversation}/track");
    let kept = rows(&world, &path, &admin, 3).await;
    assert_eq!(kept.len(), 3, "told twice, kept once: {kept:?}");
    let of = |kind: &str| kept.iter().find(|row| row["kind"] == kind).unwrap();
    assert_eq!(of("page")["page"], "https://shop.example/boots?size=39&token=…");
    assert_eq!((&of("page")["dwell_ms"], &of("page")["title"]), (&json!(4_200), &json!("Boots")));
    assert_eq!(of("event")["fields"], json!({ "item": "boots", "price": "59.9", "note": "…" }));
    assert_eq!(of("form")["fields"], json!({}));
    let contact = world.get(&admin, &format!("conversations/{conversation}")).await["contact"].clone();
    let file = format!("contacts/{}/track", contact.as_str().unwrap());
    assert_eq!(rows(&world, &file, &admin, 3).await, kept, "the file of the contact has it, too");

    // A second thing that makes no sense, too much at once, and what is nobody's.
    for nonsense in [
        json!([{ "id": Uuid::from_u128(9), "kind": "thought" }]),
        json!([{ "id": Uuid::from_u128(9), "kind": "click", "name": "" }]),
        json!([{ "id": Uuid::from_u128(9), "kind": "event", "name": "x", "fields": { "a": ["b"] } }]),
        json!((0..21).map(|n| page(n, "https://a.example")).collect::<Vec<_>>()),
    ] {
        assert_eq!(visitor.tell(nonsense.clone()).await.status, 422, "{nonsense}");
    }
    let nobody = Page { token: "guessed", ..visitor };
    assert_eq!(nobody.tell(json!([])).await.status, 401);

    visitor.agree(false).await;
    assert_eq!(world.get(&admin, &path).await, json!([]), "taken back, it is gone");
    assert_eq!(visitor.tell(json!([page(4, "https://shop.example/")])).await.status, 403);
    // What was told before and waited to be written is not kept either.
    let now = world.clock.now();
    let shop = world.operations.site(now, inbox.parse().unwrap()).await.unwrap().unwrap();
    let (known, _) = world.operations.tracked_visitor(now, &shop, &Pii::new(mine.clone())).await.unwrap().unwrap();
    let known = known.id;
    let said = Default::default();
    let late = Tracked::Happened { id: Uuid::from_u128(5), kind: TrackKind::Page, at: now, said };
    let set = [(known, late)];
    world.operations.keep_track(world.account, &set, &[known].into()).await.unwrap();
    assert_eq!(world.get(&admin, &path).await, json!([]), "who changed their mind");
    world.operations.keep_track(world.account, &set, &[].into()).await.unwrap();
    assert_eq!(rows(&world, &path, &admin, 1).await.len(), 1, "an inbox that need not ask");
    let audit = world.get(&admin, "audit?limit=50").await.to_string();
    assert!(audit.contains("visitor.agree") && audit.contains("visitor.disagree"), "{audit}");

    // Where the house says never, nobody's yes counts.
    let never = site(&world, &admin, "Blog", "never").await;
    let other = token(&world, &never).await;
    let blog = Page { world: &world, inbox: &never, token: &other };
    blog.agree(true).await;
    assert_eq!(blog.tell(json!([page(1, "https://blog.example/")])).await.status, 403);
    for bad in [json!({ "track": "maybe" }), json!({ "track_days": 0 }), json!({ "track_days": 366 })] {
        let body = json!({ "name": "Other", "queue": world.queues["support"], "site": bad });
        assert_eq!(world.api(&admin, "POST", "text_inboxes", body.clone()).await.status, 422, "{body}");
    }
}

/// The agent who has a conversation in hand hears on the events socket where its visitor is; nobody else does, and no event is written.
///
/// Rows: S9.14
#[tokio::test]
async fn who_talks_with_a_visitor_sees_where_they_are() {
    let world = World::start().await;
    let (admin, agent) = (world.login("admin").await, world.login("agent1").await);
    let inbox = site(&world, &admin, "Shop", "not_needed").await;
    let mine = token(&world, &inbox).await;
    let visitor = Page { world: &world, inbox: &inbox, token: &mine };
    let (mut tab, _) = Tab::of(&world, &inbox, &mine).await;
    tab.write("a", "hello").await;
    let conversation = tab.next("ack").await["conversation"].clone();
    take(&world, conversation.as_str().unwrap().parse().unwrap(), agent.agent.unwrap()).await;

    let (mut follows, mut other) = (Socket::start(&world, &agent).await, Socket::start(&world, &admin).await);
    let told = visitor.tell(json!([page(1, "https://shop.example/cart?session=1")])).await;
    assert_eq!(told.status, 202, "{}", told.body);
    let line = loop {
        let line = follows.line().await;
        if line["type"] == "looking" {
            break line;
        }
    };
    assert_eq!(line["data"]["conversation"], conversation);
    assert_eq!(line["data"]["page"], "https://shop.example/cart?session=…");
    assert!(line.get("seq").is_none() && line["data"]["at"].is_i64(), "{line}");
    // The next thing that everybody is told comes without it for the others.
    tab.write("b", "still here").await;
    loop {
        let line = other.line().await;
        assert_ne!(line["type"], "looking", "{line}");
        if line["type"] == "message_created" {
            break;
        }
    }
    let events = world.operations.events_after(world.account, 0, 1_000).await.unwrap();
    assert!(events.iter().all(|event| event.kind != "looking"));

    // Kept as long as the inbox says, and erased with the contact's word.
    let path = format!("conversations/{}/track", conversation.as_str().unwrap());
    assert_eq!(rows(&world, &path, &agent, 1).await.len(), 1);
    let later = |days: u64| world.clock.now() + Duration::from_secs(days * 24 * 3_600);
    assert_eq!(world.operations.sweep_tracks(later(29), world.account).await.unwrap(), 0);
    let contact =
        world.get(&admin, &format!("conversations/{}", conversation.as_str().unwrap())).await["contact"].clone();
    let file = format!("contacts/{}/track", contact.as_str().unwrap());
    let erased = world.api(&admin, "DELETE", &file, Value::Null).await;
    assert_eq!((erased.status, &erased.body["erased"]), (200, &json!(1)));
    assert_eq!(world.get(&admin, &file).await, json!([]));
    assert_eq!(visitor.tell(json!([page(2, "https://shop.example/")])).await.status, 202);
    assert_eq!(rows(&world, &path, &agent, 1).await.len(), 1);
    assert_eq!(world.operations.sweep_tracks(later(31), world.account).await.unwrap(), 1);
    assert_eq!(world.get(&admin, &path).await, json!([]));
}

/// A thousand things that fifty visitors did, told at the same time: each is taken, and kept once.
///
/// Rows: S9.13
#[tokio::test]
async fn a_thousand_things_at_once_are_all_kept() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let inbox = site(&world, &admin, "Shop", "not_needed").await;
    let (mut tokens, mut conversations) = (Vec::new(), Vec::new());
    for n in 0..50 {
        // Each from an address of their own: a house is not a crowd.
        let (origin, from) = (format!("http://{}", world.http), format!("198.51.100.{n}"));
        let path = format!("/public/api/v1/widget/{inbox}/visitors");
        let made = world.send_with("POST", &path, &[("Origin", &origin), ("X-Forwarded-For", &from)], "").await;
        assert_eq!(made.status, 201, "{}", made.body);
        tokens.push(made.body["token"].as_str().unwrap().to_owned());
    }
    let batch = |_: usize| (0..20).map(|n| page(n, &format!("https://shop.example/{n}"))).collect::<Vec<_>>();
    let told = tokens.iter().enumerate().map(|(n, token)| {
        let visitor = Page { world: &world, inbox: &inbox, token };
        async move { visitor.tell(json!(batch(n))).await.status }
    });
    let answers = futures_util::future::join_all(told).await;
    assert!(answers.iter().all(|status| *status == 202), "{answers:?}");
    for token in &tokens[..3] {
        let (mut tab, _) = Tab::of(&world, &inbox, token).await;
        tab.write("a", "hello").await;
        conversations.push(tab.next("ack").await["conversation"].as_str().unwrap().to_owned());
    }
    for conversation in conversations {
        let kept = rows(&world, &format!("conversations/{conversation}/track"), &admin, 20).await;
        assert_eq!(kept.len(), 20, "each of it once");
    }
    // As many again and again: who asks for more than their share is told when to come back.
    let visitor = Page { world: &world, inbox: &inbox, token: &tokens[0] };
    let again = futures_util::future::join_all((0..60).map(|_| visitor.tell(json!([])))).await;
    let refused = again.iter().filter(|got| got.status == 429).count();
    assert!(refused > 0);
    let other = Page { world: &world, inbox: &inbox, token: &tokens[1] };
    assert_eq!(other.tell(json!([])).await.status, 202, "nobody else waits for it");
}
