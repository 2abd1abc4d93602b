//! Rules over the API: written, followed by texts, seen in the timeline and in the offer, tried on the past, undone.

use super::world::{Login, World};
use ringdesk_model::{Actor, Clock as _, ConversationId, InboxId, Medium, Pii, QueueId, Scope, Timestamp};
use ringdesk_operations::OperationError;
use ringdesk_operations::routing_setup::treatment;
use ringdesk_operations::texts::InboundText;
use ringdesk_routing::{Input, Work};
use serde_json::{Value, json};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);

async fn made(world: &World, admin: &Login, path: &str, body: Value) -> String {
    let made = world.api(admin, "POST", path, body).await;
    assert_eq!(made.status, 201, "{path}: {}", made.body);
    made.body["id"].as_str().unwrap().to_owned()
}

/// An inbox of the API channel, or (`site`) of a web site.
async fn inbox(world: &World, admin: &Login, name: &str, site: bool) -> InboxId {
    let mut wish = json!({ "name": name, "queue": world.queues["support"] });
    if site {
        wish["site"] = json!({ "allowed": ["https://shop.example"] });
    }
    made(world, admin, "text_inboxes", wish).await.parse().unwrap()
}

/// Put all rules in the place of those that are there.
async fn set(world: &World, admin: &Login, rules: Value) {
    let replaces = world.get(admin, "rules").await["version"].clone();
    let got = world.api(admin, "PUT", "rules", json!({ "replaces": replaces, "rules": rules })).await;
    assert_eq!(got.status, 200, "{}", got.body);
}

/// Somebody writes by an inbox.
async fn write(world: &World, at: Timestamp, inbox: InboxId, from: &str, text: &str) -> ConversationId {
    let inbound = InboundText {
        name: format!("{from} {}", at.0),
        address: Pii::new(from.to_owned()),
        contact_name: None,
        text: Pii::new(text.to_owned()),
        files: Vec::new(),
        visit: None,
    };
    Box::pin(world.operations.receive_text(at, world.account, inbox, &inbound)).await.unwrap().conversation
}

async fn close(world: &World, at: Timestamp, conversation: ConversationId) {
    let user = ringdesk_model::UserId(uuid::Uuid::nil());
    let scope = Scope { account: world.account, user, agent: None, everyone: true, unmasked: true };
    Box::pin(world.operations.close_text(at, &Actor::System, &scope, conversation)).await.unwrap();
}

/// Where it waits.
async fn waits_in(world: &World, conversation: ConversationId) -> QueueId {
    let open = world.operations.open_texts(world.account).await.unwrap();
    open.into_iter().find(|text| text.conversation == conversation).expect("it waits").queue
}

/// What the house said to the contact.
async fn greeted(world: &World, admin: &Login, conversation: ConversationId) -> Vec<String> {
    let all = world.get(admin, &format!("conversations/{conversation}/messages")).await;
    let ours = all.as_array().unwrap().iter().filter(|m| m["speaker"] == "system" && m["kind"] == "message");
    ours.map(|m| m["text"].as_str().unwrap().to_owned()).collect()
}

/// The rules that its timeline tells of, in order.
async fn told(world: &World, admin: &Login, conversation: ConversationId) -> Vec<Value> {
    let all = world.get(admin, &format!("conversations/{conversation}/messages")).await;
    let lines = all.as_array().unwrap().iter().filter(|m| m["kind"] == "text_event");
    let lines = lines.map(|m| serde_json::from_str::<Value>(m["text"].as_str().unwrap()).unwrap());
    lines.filter(|line| line["text"] == "text.ruled").map(|line| line["ruled"].clone()).collect()
}

fn always() -> Value {
    json!({ "all": [] })
}

fn is(fact: &str, one_of: Value) -> Value {
    json!({ "is": { "fact": fact, "one_of": one_of } })
}

/// Rows: S1.18, S13.5
#[tokio::test]
async fn two_channels_greet_in_their_own_words_and_lead_to_their_own_groups() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let sales = made(&world, &admin, "queues", json!({ "name": "Sales of boots" })).await;
    let (shop, bridge) = (inbox(&world, &admin, "Shop", true).await, inbox(&world, &admin, "Bridge", false).await);
    set(
        &world,
        &admin,
        json!([
            { "name": "shop", "when": is("inbox", json!([shop])), "then": [{ "queue": sales }, { "greeting": "Welcome to the shop!" }] },
            { "name": "messenger", "when": is("channel", json!(["api"])), "then": [{ "greeting": "您好，这里是客服。" }, { "priority": 3 }] },
            { "name": "all others", "when": always(), "then": [{ "greeting": "Hello." }, { "queue": world.queues["support"] }] },
        ]),
    )
    .await;
    let now = world.clock.now();
    let (by_web, by_api) =
        (write(&world, now, shop, "w", "boots?").await, write(&world, now, bridge, "a", "靴子").await);
    assert_eq!(greeted(&world, &admin, by_web).await, ["Welcome to the shop!"]);
    assert_eq!(greeted(&world, &admin, by_api).await, ["您好，这里是客服。"]);
    assert_eq!(waits_in(&world, by_web).await.to_string(), sales);
    assert_eq!(waits_in(&world, by_api).await, world.queues["support"]);
    // Why, in its timeline: the rule, what counted, what was done.
    let why = told(&world, &admin, by_web).await;
    assert_eq!(why[0]["rule"], "shop");
    assert_eq!(why[0]["because"], json!([{ "fact": "inbox", "found": "Shop" }]));
    assert_eq!(why[0]["done"][0], json!({ "what": "queue", "name": "Sales of boots" }));
    assert_eq!(why.len(), 1, "of what a rule before it had decided nothing is told");
    let audit = world.get(&admin, "audit?limit=50").await;
    assert!(audit.to_string().contains("by rule shop, because inbox is Shop"), "{audit}");
    // Further texts of the same matter are not greeted again, and it waits again where it waited.
    close(&world, now, by_web).await;
    let again = write(&world, world.clock.now(), shop, "w", "and laces?").await;
    assert_eq!(again, by_web);
    assert_eq!(waits_in(&world, by_web).await.to_string(), sales);
    assert_eq!(greeted(&world, &admin, by_web).await.len(), 1);
}

/// A rule keeps a contact out for its days, from their next text on and by every identity of theirs; who was proposed or let in by people is
/// theirs to decide, and nobody else is touched.
///
/// Rows: S9.17, S9.20, S13.5
#[tokio::test]
async fn a_rule_keeps_somebody_out_for_a_time() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let bridge = inbox(&world, &admin, "Bridge", false).await;
    let when = json!({ "says": { "fact": "text", "words": ["casino"] } });
    let rule = |days: u32| json!([{ "name": "No adverts", "when": when, "then": [{ "block": { "days": days } }] }]);
    for days in [0, 366] {
        let replaces = world.get(&admin, "rules").await["version"].clone();
        let got = world.api(&admin, "PUT", "rules", json!({ "replaces": replaces, "rules": rule(days) })).await;
        assert_eq!(got.status, 422, "{days}: {}", got.body);
    }
    set(&world, &admin, rule(30)).await;
    let now = world.clock.now();
    let begun = write(&world, now, bridge, "spam", "win at our casino").await;
    write(&world, now, bridge, "mei", "where is my parcel?").await;
    let why = told(&world, &admin, begun).await;
    assert_eq!(why[0]["done"], json!([{ "what": "block", "name": "30" }]));
    let blocks = world.get(&admin, "blocks").await;
    assert_eq!(blocks.as_array().map(Vec::len), Some(1), "{blocks}");
    let contact = world.get(&admin, &format!("conversations/{begun}")).await["contact"].clone();
    assert_eq!((&blocks[0]["contact"], &blocks[0]["reason"]), (&contact, &json!("No adverts")), "{blocks}");
    assert_eq!((&blocks[0]["state"], &blocks[0]["until"]), (&json!("active"), &json!((now + DAY * 30).as_millis())));

    let next = |name: &str, from: &str| InboundText {
        name: name.into(),
        address: Pii::new(from.to_owned()),
        contact_name: None,
        text: Pii::new("hello again".to_owned()),
        files: Vec::new(),
        visit: None,
    };
    let receive = async |at: Timestamp, text: InboundText| {
        Box::pin(world.operations.receive_text(at, world.account, bridge, &text)).await
    };
    let refused = receive(now + DAY, next("1", "spam")).await;
    assert!(matches!(refused, Err(OperationError::KeptOut)), "{refused:?}");
    assert!(receive(now + DAY, next("2", "mei")).await.is_ok(), "nobody else");
    assert!(receive(now + DAY * 31, next("3", "spam")).await.is_ok(), "its time is over");
}

/// Samples as they were written to a shop, each with the group that it belongs to.
///
/// Rows: S7.2, S7.7
#[tokio::test]
async fn recorded_samples_land_in_the_expected_group() {
    const SAMPLES: [(&str, &str); 8] = [
        ("你好，我的订单还没收到，能退款吗？", "refunds"),
        ("I want a REFUND for order 4711", "refunds"),
        ("開發票", "invoices"),
        ("Could you send me the invoice again?", "invoices"),
        ("我要退款，发票怎么开", "refunds"),
        ("my kettle is broken", "repair"),
        ("水壶坏了", "repair"),
        ("Do you start early?", "support"),
    ];
    let world = World::start().await;
    let admin = world.login("admin").await;
    let bridge = inbox(&world, &admin, "Bridge", false).await;
    let mut queues = std::collections::BTreeMap::from([("support", world.queues["support"].to_string())]);
    let mut rules = Vec::new();
    for (name, words) in [
        ("refunds", json!(["退款", "refund"])),
        ("invoices", json!(["发票", "invoice"])),
        ("repair", json!(["坏了", "broken", "art"])),
    ] {
        let queue = made(&world, &admin, "queues", json!({ "name": name })).await;
        let when = json!({ "says": { "fact": "text", "words": words } });
        rules.push(json!({ "name": name, "when": when, "then": [{ "queue": queue }] }));
        queues.insert(name, queue);
    }
    set(&world, &admin, json!(rules)).await;
    for (n, (text, group)) in SAMPLES.into_iter().enumerate() {
        let conversation = write(&world, world.clock.now(), bridge, &n.to_string(), text).await;
        assert_eq!(waits_in(&world, conversation).await.to_string(), queues[group], "{text}");
        let why = told(&world, &admin, conversation).await;
        assert_eq!(why.first().map(|one| one["rule"].clone()), (group != "support").then(|| json!(group)), "{text}");
    }

    // The same samples show what other rules would have done: the order is turned, one is off.
    rules.swap(0, 1);
    rules[2]["disabled"] = json!(true);
    let got = world.api(&admin, "POST", "rules/try", json!({ "days": 1, "rules": rules })).await;
    assert_eq!(got.status, 200, "{}", got.body);
    assert_eq!((&got.body["looked"], &got.body["held"], &got.body["differ"]), (&json!(8), &json!(5), &json!(3)));
    let counts: Vec<_> = got.body["rules"].as_array().unwrap().iter().map(|r| (&r["holds"], &r["overruled"])).collect();
    assert_eq!(counts, [(&json!(3), &json!(0)), (&json!(3), &json!(1)), (&json!(0), &json!(0))]);
    let all = got.body["conversations"].as_array().unwrap();
    let other = all.iter().find(|one| one["differs"] == true && one["would_go"].is_string()).unwrap();
    assert_eq!((&other["went"], &other["would_go"]), (&json!("refunds"), &json!("invoices")));
    assert_eq!(other["held"], json!(["invoices", "refunds"]));
    assert_eq!(world.get(&admin, "rules").await["version"], 1, "nothing was kept");
    let as_they_are = world.api(&admin, "POST", "rules/try", json!({ "days": 1 })).await.body;
    assert_eq!((&as_they_are["held"], &as_they_are["differ"]), (&json!(7), &json!(0)));
}

/// Rows: S9.11, S7.7, S8.1
#[tokio::test]
async fn vip_new_and_frequent_contacts_are_treated_each_in_their_own_way() {
    let world = World::start().await;
    let (admin, anna, ben) = (world.login("admin").await, world.login("agent1").await, world.login("agent2").await);
    let bridge = inbox(&world, &admin, "Bridge", false).await;
    let kind = made(&world, &admin, "ticket_types", json!({ "name": "Follow-up" })).await;
    // Known before there were rules: one who will be a VIP, one who comes back and back.
    let start = world.clock.now();
    let mut before = Vec::new();
    for (n, from) in ["vip", "often", "often", "often"].into_iter().enumerate() {
        let at = start + DAY * (2 * u32::try_from(n).unwrap());
        let conversation = write(&world, at, bridge, from, "hello").await;
        close(&world, at, conversation).await;
        before.push(conversation);
    }
    let vip = world.get(&admin, &format!("conversations/{}", before[0])).await["contact"].clone();
    let path = format!("contacts/{}", vip.as_str().unwrap());
    let file = world.api(&admin, "PUT", &path, json!({ "tier": "vip", "agent": ben.agent })).await;
    assert!(file.status < 300, "{}", file.body);
    let often = json!({ "at_least": { "fact": "conversations:30", "number": 3 } });
    set(
        &world,
        &admin,
        json!([
            { "name": "VIP", "when": is("tier", json!(["vip"])), "then": [{ "priority": 30 }, { "note": "our best customer" }], "last": true },
            { "name": "often here", "when": often, "then": [{ "ticket": { "kind": kind, "title": "Call them: again after sale" } }] },
            { "name": "new", "when": { "at_most": { "fact": "conversations:3650", "number": 0 } }, "then": [{ "greeting": "Nice to meet you." }] },
        ]),
    )
    .await;
    let now = start + DAY * 10;
    let new = write(&world, now, bridge, "new", "hello").await;
    let back = write(&world, now, bridge, "often", "it broke again").await;
    let important = write(&world, now, bridge, "vip", "hello").await;

    // The new one is told the approved words; nobody else is.
    assert_eq!(greeted(&world, &admin, new).await, ["Nice to meet you."]);
    assert!(greeted(&world, &admin, back).await.is_empty() && greeted(&world, &admin, important).await.is_empty());
    // The frequent one has a task, made once.
    let tasks = world.get(&admin, "tickets").await;
    assert_eq!(tasks.as_array().unwrap().len(), 1, "{tasks}");
    assert_eq!(
        (&tasks[0]["title"], &tasks[0]["conversation_id"]),
        (&json!("Call them: again after sale"), &json!(back))
    );
    assert_eq!(
        told(&world, &admin, back).await[0]["because"][0],
        json!({ "fact": "conversations", "of": "30", "found": "3" })
    );
    // The VIP has the agent who is theirs, though they wrote last; what the rule says stands in the offer.
    for agent in [&anna, &ben] {
        world.choose(agent, "ready").await;
    }
    let open = world.operations.open_texts(world.account).await.unwrap();
    let text = open.into_iter().find(|text| text.conversation == important).unwrap();
    let treated = treatment(now, &text.standing, text.known_to).raised(text.priority);
    assert_eq!((treated.vip, treated.priority.0), (true, 30));
    let work = Work::new(text.work_item, text.queue, Medium::Text, world.clock.now()).treated(treated);
    world.desk.tell(|_| Input::Queued(work)).await;
    let offers = world.get(&ben, "text_offers").await;
    assert_eq!(offers[0]["conversation"], json!(important), "{offers}");
    assert_eq!(offers[0]["ruled"][0]["rule"], "VIP");
    assert_eq!(
        offers[0]["ruled"][0]["done"][1],
        json!({ "what": "note", "name": "our best customer", "failed": null })
    );
    assert_eq!(world.get(&anna, "text_offers").await, json!([]));
}

/// Rows: S9.10, S13.5
#[tokio::test]
async fn tags_set_off_rules_that_end_and_every_change_has_a_way_back() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let bridge = inbox(&world, &admin, "Bridge", false).await;
    let tag = async |name: &str| made(&world, &admin, "tags", json!({ "name": name })).await;
    let (refund, urgent, done) = (tag("refund").await, tag("urgent").await, tag("done").await);
    let set_tag = |id: &str| is("set_tag", json!([id]));
    let rules = json!([
        { "name": "refunds are urgent", "on": "tagged", "when": set_tag(&refund), "then": [{ "tag": urgent }, { "contact_tag": refund }] },
        { "name": "tell the leaders", "on": "tagged", "when": set_tag(&urgent), "then": [{ "notice": "a refund waits" }, { "tag": refund }] },
        { "name": "call them", "on": "tagged", "when": set_tag(&urgent), "then": [{ "callback": { "in_minutes": 60, "queue": world.queues["support"] } }] },
        { "name": "at the end", "on": "closed", "when": always(), "then": [{ "untag": urgent }, { "tag": done }] },
    ]);
    set(&world, &admin, rules.clone()).await;
    let conversation = write(&world, world.clock.now(), bridge, "mei", "我要退款").await;
    assert!(told(&world, &admin, conversation).await.is_empty());
    let path = format!("conversations/{conversation}/tags");
    assert_eq!(world.api(&admin, "PUT", &path, json!({ "tags": [refund] })).await.status, 204);
    let tags = async || {
        let shown = world.get(&admin, &format!("conversations/{conversation}")).await["tags"].clone();
        let mut shown: Vec<String> = serde_json::from_value(shown).unwrap();
        shown.sort();
        shown
    };
    let sorted = |ids: &[&String]| {
        let mut ids: Vec<String> = ids.iter().map(|id| (*id).clone()).collect();
        ids.sort();
        ids
    };
    assert_eq!(tags().await, sorted(&[&refund, &urgent]));
    let why = told(&world, &admin, conversation).await;
    let names: Vec<_> = why.iter().map(|one| one["rule"].as_str().unwrap()).collect();
    assert_eq!(names, ["refunds are urgent", "tell the leaders", "call them"], "each once");
    assert_eq!(why[0]["because"], json!([{ "fact": "set_tag", "found": "refund" }]));
    assert_eq!(why[1]["after"], "refunds are urgent");
    assert_eq!(why[2]["done"], json!([{ "what": "callback", "name": "60", "failed": "no_number" }]));
    let contact = world.get(&admin, &format!("conversations/{conversation}")).await["contact"].clone();
    let contact = world.get(&admin, &format!("contacts/{}", contact.as_str().unwrap())).await;
    assert!(contact["tags"].to_string().contains(&refund), "{contact}");
    let news = world.operations.events_after(world.account, 0, 1_000).await.unwrap();
    let notice = news.iter().find(|event| event.kind == "rule_notice").expect("the leaders are told");
    assert!(notice.payload.reveal().contains("a refund waits"));
    close(&world, world.clock.now(), conversation).await;
    assert_eq!(tags().await, sorted(&[&refund, &done]));

    // What makes no sense is refused, and says where; of two editors one learns of the other.
    let rule = |when: Value, then: Value| json!([{ "name": "x", "on": "begins", "when": when, "then": then }]);
    for (bad, place) in [
        (rule(is("mood", json!(["bad"])), json!([{ "priority": 1 }])), "/0/when/is/fact"),
        (rule(always(), json!([{ "queue": conversation }])), "/0/then/0"),
        (rule(always(), json!([])), "/0/then"),
        (json!([rules[0], rules[0]]), "/1/name"),
    ] {
        let got = world.api(&admin, "PUT", "rules", json!({ "replaces": 1, "rules": bad })).await;
        assert_eq!((got.status, got.problem()), (422, "invalid"), "{}", got.body);
        assert!(got.body.to_string().contains(place), "{place}: {}", got.body);
    }
    let stale = world.api(&admin, "PUT", "rules", json!({ "replaces": 0, "rules": [] })).await;
    assert_eq!((stale.status, stale.problem()), (409, "changed"));

    // Taken away, and put back by the history of settings.
    set(&world, &admin, json!([])).await;
    let object = format!("setting_history?object=account:{}", world.account);
    let past = world.get(&admin, &object).await;
    let change = past.as_array().unwrap().iter().find(|one| one["facet"] == "rules").unwrap();
    let undo = format!("setting_history/{}/undo", change["id"].as_str().unwrap());
    let undone = world.api(&admin, "POST", &undo, json!({ "newest": change["seq"] })).await;
    assert!(undone.status < 300, "{}", undone.body);
    let back = world.get(&admin, "rules").await;
    assert_eq!((&back["version"], back["rules"].as_array().unwrap().len()), (&json!(3), 4));
    assert_eq!(back["rules"][0]["name"], "refunds are urgent");
}
