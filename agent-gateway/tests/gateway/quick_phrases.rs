//! Quick phrases over HTTP: whose they are, who writes where, how they are found, and what is filled in.

use super::world::{Login, World};
use ringdesk_model::{Clock as _, Pii};
use ringdesk_operations::texts::InboundText;
use serde_json::{Value, json};

async fn made(world: &World, who: &Login, path: &str, body: Value) -> String {
    let made = world.api(who, "POST", path, body).await;
    assert_eq!(made.status, 201, "{path}: {}", made.body);
    made.body["id"].as_str().unwrap().to_owned()
}

fn phrase(whose: &str, code: &str, title: &str, texts: Value) -> Value {
    json!({ "whose": whose, "code": code, "title": title, "texts": texts })
}

async fn codes(world: &World, who: &Login, typed: &str) -> Vec<String> {
    let found = world.get(who, &format!("quick_phrases/search?q={typed}&language=en")).await;
    found.as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect()
}

/// Everybody's, a queue's, one's own; written where one may, changed by one of two at a time.
///
/// Rows: S2.5, S2.6, S12.6
#[tokio::test]
async fn whose_a_phrase_is_and_who_writes_it() {
    let world = World::start().await;
    let (admin, one, two) = (world.login("admin").await, world.login("agent1").await, world.login("agent2").await);
    let shelf = made(&world, &admin, "phrase_categories", json!({ "name": "Delivery", "place": 1 })).await;
    let below = json!({ "name": "Late", "parent": shelf, "open": true });
    let open = made(&world, &admin, "phrase_categories", below).await;
    let queue = json!({ "name": "nobody's" });
    let foreign = made(&world, &admin, "queues", queue).await;

    let hello = phrase("everybody", "Hello", "Greeting", json!({ "en": "Hello!" }));
    let id = made(&world, &admin, "quick_phrases", hello.clone()).await;
    let again = world.api(&admin, "POST", "quick_phrases", hello.clone()).await;
    assert_eq!(again.status, 409, "a code stands once: {}", again.body);
    assert_eq!(world.api(&one, "POST", "quick_phrases", hello.clone()).await.status, 403, "not everybody's");
    let late = json!({ "whose": "everybody", "category": open, "code": "late", "title": "It is late", "texts": { "en": "Sorry." } });
    made(&world, &one, "quick_phrases", late).await;
    made(&world, &one, "quick_phrases", phrase("me", "hello", "Mine", json!({ "en": "Hi, it is me." }))).await;
    let team = |queue: &str, code: &str| json!({ "whose": "queue", "queue": queue, "code": code, "title": "Team", "texts": { "en": "We." } });
    made(&world, &admin, "quick_phrases", team(&world.queues["support"].to_string(), "team")).await;
    made(&world, &admin, "quick_phrases", team(&foreign, "others")).await;
    for bad in [
        phrase("queue", "x", "X", json!({ "en": "x" })),
        phrase("me", "x y", "X", json!({ "en": "x" })),
        phrase("me", "x", "X", json!({ "en": " " })),
        phrase("me", "x", "X", json!({ "en": "{{contact.shoe}}" })),
    ] {
        let got = world.api(&one, "POST", "quick_phrases", bad).await;
        assert_eq!(got.status, 422, "{}", got.body);
    }

    assert_eq!(codes(&world, &one, "hello").await, ["hello", "hello"]);
    assert_eq!(codes(&world, &two, "hello").await, ["hello"], "nobody else's own");
    assert_eq!(codes(&world, &two, "").await.len(), 3, "hello, late, team");
    assert!(codes(&world, &two, "others").await.is_empty(), "another queue's");
    let listed = world.get(&two, "quick_phrases").await;
    assert_eq!(listed["categories"].as_array().unwrap().len(), 2);
    let shown = |code: &str| {
        let all = listed["phrases"].as_array().unwrap();
        all.iter().find(|one| one["code"] == code).map(|one| (one["usable"] == true, one["editable"] == true))
    };
    assert_eq!((shown("hello"), shown("late"), shown("others")), (Some((true, false)), Some((true, true)), None));

    // Of two editors one learns of the other; another's cannot be changed, and own ones are not there for others.
    let change = json!({ "replaces": 1, "to": phrase("everybody", "hello", "Greeting", json!({ "en": "Good day!" })) });
    assert_eq!(world.api(&two, "PUT", &format!("quick_phrases/{id}"), change.clone()).await.status, 403);
    assert_eq!(world.api(&admin, "PUT", &format!("quick_phrases/{id}"), change.clone()).await.status, 204);
    assert_eq!(world.api(&admin, "PUT", &format!("quick_phrases/{id}"), change).await.status, 409);
    let mine = world.get(&one, "quick_phrases").await;
    let mine = mine["phrases"].as_array().unwrap().iter().find(|p| p["whose"] == "me").unwrap()["id"].clone();
    let own = format!("quick_phrases/{}", mine.as_str().unwrap());
    assert_eq!(world.api(&two, "DELETE", &own, Value::Null).await.status, 404);
    assert_eq!(world.api(&one, "DELETE", &own, Value::Null).await.status, 204);

    // A category for the agents of a queue hides what stands in it; one that holds something stays.
    let narrow = json!({ "name": "Delivery", "place": 2, "queues": [foreign] });
    assert_eq!(world.api(&admin, "PUT", &format!("phrase_categories/{shelf}"), narrow).await.status, 204);
    assert!(codes(&world, &two, "late").await.is_empty());
    assert_eq!(world.api(&admin, "DELETE", &format!("phrase_categories/{open}"), Value::Null).await.status, 409);
    let loops = json!({ "name": "Delivery", "parent": open });
    assert_eq!(world.api(&admin, "PUT", &format!("phrase_categories/{shelf}"), loops).await.status, 422, "in itself");
    assert_eq!(world.api(&one, "POST", "phrase_categories", json!({ "name": "Mine" })).await.status, 403);
}

/// Found in any language, by words and by sound; said in the contact's language with what is known of them; what is missing is named.
///
/// Rows: S2.5
#[tokio::test]
async fn a_phrase_is_found_filled_and_counted() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let bridge = json!({ "name": "Bridge", "queue": world.queues["support"] });
    let inbox = made(&world, &admin, "text_inboxes", bridge).await;
    let text = InboundText {
        name: "m-1".into(),
        address: Pii::new("visitor-1".into()),
        contact_name: Some(Pii::new("Mei Lin".into())),
        text: Pii::new("hello".into()),
        files: vec![],
        visit: None,
    };
    let now = world.clock.now();
    let got = world.operations.receive_text(now, world.account, inbox.parse().unwrap(), &text).await.unwrap();
    let conversation = got.conversation.to_string();

    let texts = json!({ "en": "Hello {{contact.name}} of {{inbox.name}}: {{ticket.number}}. {{agent.name}}", "zh-CN": "您好 {{contact.name}}，退款已到账。" });
    let id = made(&world, &admin, "quick_phrases", phrase("everybody", "refund", "Money back", texts)).await;
    for typed in ["/ref", "money", "hello", "%E9%80%80%E6%AC%BE", "tkydz", "tuikuan"] {
        assert_eq!(codes(&world, &admin, typed).await, ["refund"], "{typed}");
    }
    assert!(codes(&world, &admin, "parcel").await.is_empty());

    let use_it = format!("quick_phrases/{id}/use");
    let body = json!({ "conversation": conversation, "language": "en" });
    let filled = world.api(&admin, "POST", &use_it, body.clone()).await;
    assert_eq!(filled.status, 200, "{}", filled.body);
    assert_eq!(filled.body["text"], "Hello Mei Lin of Bridge: {{ticket.number}}. {{agent.name}}");
    assert_eq!(filled.body["missing"], json!(["ticket.number", "agent.name"]), "the administrator takes no work");

    // The contact reads Chinese: what they are shown is in it, whatever the reader's language is.
    let contact = world.get(&admin, &format!("conversations/{conversation}")).await["contact"].clone();
    let change = world.get(&admin, &format!("contacts/{}", contact.as_str().unwrap())).await;
    let wish = json!({ "name": change["name"], "language": "zh-CN" });
    let changed = world.api(&admin, "PUT", &format!("contacts/{}", contact.as_str().unwrap()), wish).await;
    assert!(changed.status < 300, "{} {}", changed.status, changed.body);
    let found =
        world.get(&admin, &format!("quick_phrases/search?q=refund&language=en&conversation={conversation}")).await;
    assert_eq!(found[0]["language"], "zh-CN");
    let filled = world.api(&admin, "POST", &use_it, body.clone()).await;
    assert_eq!(filled.body["text"], "您好 Mei Lin，退款已到账。");
    let listed = world.get(&admin, "quick_phrases").await;
    assert_eq!(listed["phrases"][0]["uses"], 2);

    // A conversation that one may not read says nothing of its contact.
    let agent = world.login("agent1").await;
    assert_eq!(world.api(&agent, "POST", &use_it, body).await.status, 404);
}
