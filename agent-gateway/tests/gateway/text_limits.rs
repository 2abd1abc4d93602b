//! What is not let in: more texts than an inbox takes, and texts in which a filter finds something.

use super::widget::{Tab, token};
use super::world::{Got, Login, World};
use ringdesk_channels::webhook;
use ringdesk_model::Clock as _;
use serde_json::{Value, json};

/// An inbox with its id and secret.
async fn inbox(world: &World, admin: &Login, extra: Value) -> (String, String) {
    let mut wish = json!({ "name": "Shop", "queue": world.queues["support"] });
    wish.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    let made = world.api(admin, "POST", "text_inboxes", wish).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let word = |name: &str| made.body[name].as_str().unwrap().to_owned();
    (word("id"), word("secret"))
}

/// A text by the API channel.
async fn bring(world: &World, (inbox, secret): &(String, String), from: &str, name: &str, text: &str) -> Got {
    let body = json!({ "id": name, "contact": { "id": from, "name": "Mei" }, "text": text }).to_string();
    let now = world.clock.now();
    let (id, seconds) = (format!("msg_{name}"), (now.as_millis() / 1_000).to_string());
    let signature = webhook::sign(&id, now, body.as_bytes(), [secret.as_str()].into_iter());
    let headers = [
        ("webhook-id", id.as_str()),
        ("webhook-timestamp", &seconds),
        ("webhook-signature", &signature),
        ("Accept-Language", "zh-CN,zh;q=0.9"),
    ];
    world.send_with("POST", &format!("/public/api/v1/inboxes/{inbox}/messages"), &headers, &body).await
}

async fn filter(world: &World, admin: &Login, name: &str, extra: Value) -> String {
    let mut wish = json!({ "name": name, "action": "hold", "active": true });
    wish.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    let made = world.api(admin, "POST", "text_filters", wish).await;
    assert_eq!(made.status, 201, "{}", made.body);
    made.body["id"].as_str().unwrap().to_owned()
}

async fn judged(world: &World, who: &Login, id: &Value, verdict: Value) -> Got {
    world.api(who, "POST", &format!("filtered_texts/{}/verdict", id.as_str().unwrap()), verdict).await
}

/// A hundred texts at once from one: the inbox's own figure is let in, the rest is told so in the inbox's own words and counted, each
/// once; nobody else waits.
///
/// Rows: S9.18
#[tokio::test]
async fn an_inbox_says_how_much_one_may_write() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let rates = json!({
        "contact": { "at_once": 3, "per_minute": 1 }, "address": null,
        "reply": { "en": "One thing at a time, please.", "zh": "请不要连续发送。" }
    });
    let (shop, _) = inbox(&world, &admin, json!({ "rates": rates, "site": { "allowed": ["*"] } })).await;
    let (mut loud, _) = Tab::of(&world, &shop, &token(&world, &shop).await).await;
    let (mut quiet, _) = Tab::of(&world, &shop, &token(&world, &shop).await).await;
    for n in 0..100 {
        loud.write(&format!("n{n}"), "buy now").await;
    }
    quiet.write("a", "hello").await;
    assert!(quiet.next("ack").await["seq"].is_i64(), "nobody else waits");
    let (mut acked, mut refused) = (0, 0);
    while acked + refused < 100 {
        let frame = loud.any(&["ack", "refused"]).await;
        match frame["t"].as_str().unwrap() {
            "ack" => acked += 1,
            _ => {
                assert_eq!((&frame["reason"], &frame["text"]), (&json!("too_fast"), &rates["reply"]["en"]), "{frame}");
                assert!(frame["after_ms"].as_u64().is_some_and(|wait| wait > 0), "{frame}");
                refused += 1;
            }
        }
    }
    assert!((3..20).contains(&acked), "{acked} of a hundred were let in");
    let shown = world.get(&admin, "text_inboxes").await;
    assert_eq!(shown[0]["turned_away"], json!({ "too_fast": refused }), "{shown}");
    assert_eq!(shown[0]["rates"], rates);

    // Each with its bounds.
    let wish = |rates: Value| json!({ "name": "Shop", "queue": world.queues["support"], "site": { "allowed": ["*"] }, "rates": rates });
    for (wrong, status) in [
        (json!({ "contact": { "at_once": 0, "per_minute": 1 } }), 422),
        (json!({ "contact": { "at_once": 1, "per_minute": 60_001 } }), 422),
        (json!({ "reply": { "fr": "Trop vite" } }), 422),
        (json!({ "contact": { "at_once": 1_000, "per_minute": 60_000 } }), 204),
    ] {
        let got = world.api(&admin, "PUT", &format!("text_inboxes/{shop}"), wish(wrong.clone())).await;
        assert_eq!(got.status, status, "{wrong}: {}", got.body);
    }
}

/// A program that brings texts of others is told whose are too many, when to come again, and what to say to them.
///
/// Rows: S9.18
#[tokio::test]
async fn a_contact_of_the_channel_is_limited_for_themselves() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let rates = json!({ "contact": { "at_once": 2, "per_minute": 1 }, "reply": { "zh": "请稍候再发。" } });
    let bridge = inbox(&world, &admin, json!({ "rates": rates })).await;
    for n in 0..2 {
        assert_eq!(bring(&world, &bridge, "mei", &format!("m{n}"), "hello").await.status, 201);
    }
    for n in 2..5 {
        let got = bring(&world, &bridge, "mei", &format!("m{n}"), "hello").await;
        assert_eq!((got.status, got.problem()), (429, "too-many-texts"), "{}", got.body);
        assert_eq!(got.body["detail"], "请稍候再发。");
        assert!(got.head.to_lowercase().contains("retry-after: "), "{}", got.head);
    }
    assert_eq!(bring(&world, &bridge, "lin", "l0", "hello").await.status, 201, "others come through");
    let shown = world.get(&admin, "text_inboxes").await;
    assert_eq!(shown[0]["turned_away"], json!({ "too_fast": 3 }));
}

/// A text that is held stands nowhere until somebody has looked at it; then it is delivered with a number of its own, once, and the
/// word that caught it is known to have been wrong.
///
/// Rows: S9.19
#[tokio::test]
async fn a_held_text_is_let_through_by_a_person() {
    let world = World::start().await;
    let (admin, leader) = (world.login("admin").await, world.login("supervisor").await);
    let bridge = inbox(&world, &admin, json!({})).await;
    filter(&world, &admin, "Fraud", json!({ "words": ["刷单", "refund"], "links": 2 })).await;
    assert_eq!(bring(&world, &bridge, "mei", "m1", "hello").await.status, 201);
    let got = bring(&world, &bridge, "mei", "m2", "MARKER 兼職刷單, call 13800138000").await;
    assert_eq!((got.status, &got.body), (202, &json!({ "held": true })));
    let again = bring(&world, &bridge, "mei", "m2", "MARKER 兼職刷單, call 13800138000").await;
    assert_eq!(again.status, 202, "the same one");
    assert_eq!(bring(&world, &bridge, "mei", "m3", "still there?").await.status, 201);

    let held = world.get(&leader, "filtered_texts").await;
    assert_eq!(held.as_array().unwrap().len(), 1, "{held}");
    assert_eq!(held[0]["found"][0]["finds"], json!([{ "kind": "word", "what": "刷单" }]), "{held}");
    assert!(!held[0]["text"].as_str().unwrap().contains("13800138000"), "numbers are hidden: {held}");
    let unmasked = world.get(&admin, "filtered_texts").await;
    assert!(unmasked[0]["text"].as_str().unwrap().contains("13800138000"), "{unmasked}");

    let got = judged(&world, &leader, &held[0]["id"], json!({ "verdict": "harmless" })).await;
    assert_eq!(got.status, 200, "{}", got.body);
    let conversation = got.body["conversation"].as_str().unwrap().to_owned();
    let twice = judged(&world, &admin, &held[0]["id"], json!({ "verdict": "harmful" })).await;
    assert_eq!((twice.status, twice.problem()), (409, "changed"), "{}", twice.body);
    let lines = world.get(&admin, &format!("conversations/{conversation}/messages")).await;
    let lines = lines.as_array().unwrap();
    assert!(lines.iter().enumerate().all(|(n, line)| line["seq"] == n + 1), "no gaps: {lines:#?}");
    let said: Vec<&str> =
        lines.iter().filter(|l| l["kind"] == "message").map(|l| l["text"].as_str().unwrap()).collect();
    assert_eq!(said, ["hello", "still there?", "MARKER 兼職刷單, call 13800138000"]);
    let marks: Vec<&Value> = lines.iter().filter(|l| l["kind"] == "text_event").collect();
    assert!(marks.iter().any(|l| l["text"].as_str().unwrap().contains("text.let_through")), "{lines:#?}");
    // Brought again, it is the one that is there by now.
    let known = bring(&world, &bridge, "mei", "m2", "MARKER 兼職刷單, call 13800138000").await;
    assert_eq!((known.status, &known.body["known"]), (200, &json!(true)), "{}", known.body);

    let filters = world.get(&leader, "text_filters").await;
    let finds = json!([{ "kind": "word", "what": "刷单", "found": 1, "harmless": 1 }]);
    assert_eq!(filters[0]["finds"], finds, "which word is a bad one");
    assert_eq!(world.get(&leader, "filtered_texts").await, json!([]));
    let past = world.get(&leader, "filtered_texts?past=true").await;
    assert_eq!((&past[0]["verdict"], &past[0]["conversation"]), (&json!("harmless"), &json!(conversation)), "{past}");
    let shown = world.get(&admin, "text_inboxes").await;
    assert_eq!(shown[0]["turned_away"], json!({ "held": 2 }), "each time it was brought");
}

/// Refused at once, or when somebody has looked at it and keeps its writer out with the same click: who wrote it is told.
///
/// Rows: S9.19
#[tokio::test]
async fn what_is_refused_is_told_to_who_wrote_it() {
    let world = World::start().await;
    let (admin, leader) = (world.login("admin").await, world.login("supervisor").await);
    let (shop, _) = inbox(&world, &admin, json!({ "site": { "allowed": ["*"] } })).await;
    let reply = json!({ "en": "We do not take advertising.", "zh": "本渠道不接收广告。" });
    filter(&world, &admin, "Advertising", json!({ "patterns": ["add*wechat"], "action": "refuse", "reply": reply }))
        .await;
    filter(&world, &admin, "Insults", json!({ "words": ["idiots"], "reply": { "en": "Please stay polite." } })).await;
    filter(&world, &admin, "Long", json!({ "longer_than": 30, "action": "mark" })).await;
    let (mut tab, _) = Tab::of(&world, &shop, &token(&world, &shop).await).await;

    tab.write("a", "Add my WeChat").await;
    let refused = tab.next("refused").await;
    assert_eq!((&refused["reason"], &refused["text"]), (&json!("refused"), &reply["en"]), "{refused}");
    tab.write("b", "where is the parcel that I ordered last week?").await;
    let conversation = tab.next("ack").await["conversation"].as_str().unwrap().to_owned();
    let marked = world.get(&admin, &format!("conversations/{conversation}/messages")).await;
    let told = |line: &Value| line["text"].as_str().is_some_and(|text| text.contains("text.marked"));
    assert!(marked.as_array().unwrap().iter().any(told), "its reader is told: {marked}");

    tab.write("c", "you idiots").await;
    assert_eq!(tab.next("held").await["id"], "c");
    let held = world.get(&leader, "filtered_texts").await;
    let wish = json!({ "verdict": "harmful", "block": "insults" });
    let got = judged(&world, &leader, &held[0]["id"], wish).await;
    assert_eq!(got.status, 200, "{}", got.body);
    let line = loop {
        let line = tab.next("line").await;
        if line["by"] == "house" {
            break line;
        }
    };
    assert_eq!(line["text"], "Please stay polite.", "{line}");
    tab.write("d", "hello?").await;
    assert_eq!(tab.next("refused").await["reason"], "kept_out");
    let blocks = world.get(&admin, "blocks").await;
    assert_eq!(blocks[0]["reason"], "insults", "{blocks}");

    // The past: all three, and the marked one was no fault.
    let past = world.get(&leader, "filtered_texts?past=true").await;
    let kinds: Vec<&str> = past.as_array().unwrap().iter().map(|one| one["action"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["hold", "mark", "refuse"], "{past}");
    assert_eq!(judged(&world, &leader, &past[1]["id"], json!({ "verdict": "harmless" })).await.status, 200);
    let filters = world.get(&leader, "text_filters").await;
    let long = filters.as_array().unwrap().iter().find(|one| one["name"] == "Long").unwrap();
    assert_eq!(long["finds"], json!([{ "kind": "length", "what": null, "found": 1, "harmless": 1 }]));
    let said = world.get(&admin, &format!("conversations/{conversation}/messages")).await;
    let said: Vec<&str> = said
        .as_array()
        .unwrap()
        .iter()
        .filter(|l| l["kind"] == "message")
        .map(|l| l["text"].as_str().unwrap())
        .collect();
    assert_eq!(said.len(), 2, "what was refused stands nowhere: {said:?}");
}

/// One who floods the list is refused, and the list stays one that people can go through.
///
/// Rows: S9.19
#[tokio::test]
async fn nobody_fills_the_list() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let bridge = inbox(&world, &admin, json!({})).await;
    let id = filter(&world, &admin, "Fraud", json!({ "words": ["casino"], "reply": { "zh": "不接收" } })).await;
    for n in 0..25 {
        let got = bring(&world, &bridge, "mallory", &format!("m{n}"), "best casino").await;
        let (status, detail) = if n < 20 { (202, Value::Null) } else { (422, json!("不接收")) };
        assert_eq!((got.status, &got.body["detail"]), (status, &detail), "{n}: {}", got.body);
    }
    assert_eq!(bring(&world, &bridge, "mei", "m", "your casino").await.status, 202, "others wait for themselves");
    assert_eq!(world.get(&admin, "filtered_texts").await.as_array().unwrap().len(), 21);

    // Changed by who read it last, one name once; gone with its figures, while what it held waits on.
    let wish = |name: &str, replaces: i64| json!({ "name": name, "words": ["x"], "action": "mark", "active": false, "replaces": replaces });
    let path = format!("text_filters/{id}");
    assert_eq!(world.api(&admin, "PUT", &path, wish("Fraud", 1)).await.status, 204);
    assert_eq!(world.api(&admin, "PUT", &path, wish("Fraud", 1)).await.problem(), "changed");
    filter(&world, &admin, "Other", json!({ "words": ["y"] })).await;
    assert_eq!(world.api(&admin, "PUT", &path, wish("Other", 2)).await.status, 409);
    let bad = json!({ "name": "Nothing", "action": "hold", "active": true });
    assert_eq!(world.api(&admin, "POST", "text_filters", bad).await.status, 422);
    assert_eq!(bring(&world, &bridge, "lin", "n", "casino").await.status, 201, "it is switched off");
    assert_eq!(world.api(&admin, "DELETE", &path, Value::Null).await.status, 204);
    assert_eq!(world.api(&admin, "DELETE", &path, Value::Null).await.status, 404);
    let held = world.get(&admin, "filtered_texts").await;
    assert_eq!(judged(&world, &admin, &held[0]["id"], json!({ "verdict": "harmless" })).await.status, 200);
}
