//! What time does to texts, by the settings that the console writes: late answers, silent contacts, and the hours in which time passes.

use super::world::{Login, World};
use ringdesk_model::{Clock as _, ConversationId, Ids, InboxId, Medium, Pii, QueueId, Timestamp};
use ringdesk_operations::texts::InboundText;
use ringdesk_routing::{Input, Work};
use ringdesk_storage::journal::{Set, TextJoined};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

async fn made(world: &World, admin: &Login, path: &str, body: Value) -> String {
    let made = world.api(admin, "POST", path, body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    made.body["id"].as_str().unwrap().to_owned()
}

/// Somebody writes by this inbox.
async fn text(world: &World, inbox: &str, name: &str, at: Timestamp) -> ConversationId {
    let inbox: InboxId = inbox.parse().unwrap();
    let text = InboundText {
        name: name.into(),
        address: Pii::new("wx:mei".into()),
        contact_name: None,
        text: Pii::new("hello".into()),
        files: Vec::new(),
        visit: None,
    };
    // On the heap: what a test waits for in place is large without optimisation.
    Box::pin(world.operations.receive_text(at, world.account, inbox, &text)).await.unwrap().conversation
}

async fn take(world: &World, conversation: ConversationId, at: Timestamp) {
    let agent = world.login("agent1").await.agent.unwrap();
    let mut ids = Ids::seeded(91);
    let mut set = Set::new(world.operations.account_key(world.account).await.unwrap());
    let joined = TextJoined { offer: ids.next(at), conversation, agent, queue: world.queues["support"], at };
    ringdesk_operations::texts::joined(&mut set, &mut ids, joined).unwrap();
    world.operations.write_journal(&set).await.unwrap();
}

/// What the house has said by itself, in its order.
async fn house(world: &World, admin: &Login, conversation: ConversationId) -> Vec<String> {
    let lines = world.get(admin, &format!("conversations/{conversation}/messages")).await;
    let of_house = |line: &&Value| line["kind"] == "message" && line["speaker"] == "system";
    let said = lines.as_array().unwrap().iter().filter(of_house).map(|line| line["text"].as_str().unwrap().to_owned());
    said.collect()
}

/// Rows: S13.6
#[tokio::test]
async fn late_answers_are_apologised_for_and_silence_is_reminded_of_and_ends_it() {
    let world = World::start().await;
    let (admin, anna) = (world.login("admin").await, world.login("agent1").await);
    let queue = world.queues["support"];
    let wish = json!({ "name": "Bridge", "queue": queue, "late_after": 120, "late": "A moment, please.",
        "remind_after": 60, "reminder": "Are you still there?", "close_after": 180, "farewell": "Goodbye." });
    let inbox = made(&world, &admin, "text_inboxes", wish.clone()).await;
    let shown = world.get(&admin, "text_inboxes").await;
    let shown = shown.as_array().unwrap().iter().find(|one| one["id"] == *inbox).unwrap().clone();
    for field in ["late_after", "late", "remind_after", "reminder", "close_after", "farewell"] {
        assert_eq!(shown[field], wish[field], "{field}");
    }
    for wrong in [json!({ "late_after": 9 }), json!({ "late": " " }), json!({ "late": "x".repeat(1_001) })] {
        let mut body = json!({ "name": "Other", "queue": queue });
        body.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
        assert_eq!(world.api(&admin, "POST", "text_inboxes", body).await.status, 422, "{wrong}");
    }

    // Ten minutes ago: agents write by the clock of the wall.
    let start = Timestamp(world.clock.now().0 - 10 * 60_000_000);
    let conversation = text(&world, &inbox, "m1", start).await;
    let attended: BTreeSet<QueueId> = BTreeSet::from([queue]);
    let tend = async |at: Timestamp| Box::pin(world.operations.tend_texts(at, world.account, &attended)).await.unwrap();
    assert_eq!(tend(start + MINUTE).await, 0, "not yet");
    // Another text of theirs does not make us punctual.
    text(&world, &inbox, "m2", start + MINUTE).await;
    take(&world, conversation, start + MINUTE).await;
    assert_eq!((tend(start + MINUTE * 2).await, tend(start + MINUTE * 3).await), (1, 0), "once");
    assert_eq!(house(&world, &admin, conversation).await, ["A moment, please."]);

    let path = format!("conversations/{conversation}/messages");
    let sent = world.api(&anna, "POST", &path, json!({ "text": "Here I am.", "client_id": "a" })).await;
    assert!(sent.status < 300, "{}", sent.body);
    let answered = world.clock.now() + MINUTE * 2;
    assert_eq!((tend(answered).await, tend(answered + MINUTE).await), (1, 0));
    assert_eq!(house(&world, &admin, conversation).await.last().unwrap(), "Are you still there?");
    assert_eq!(tend(answered + MINUTE * 3).await, 1);
    assert_eq!(house(&world, &admin, conversation).await.last().unwrap(), "Goodbye.");
    let closed = world.get(&admin, &format!("conversations/{conversation}")).await;
    assert!(closed["closed_at"].is_i64(), "{closed}");
}

/// Rows: S10.14
#[tokio::test]
async fn an_agent_is_told_from_when_on_a_contact_in_hand_waits_too_long() {
    let world = World::start().await;
    let (admin, anna) = (world.login("admin").await, world.login("agent1").await);
    let queue = world.queues["support"];
    let inbox = made(&world, &admin, "text_inboxes", json!({ "name": "Bridge", "queue": queue })).await;
    world.choose(&anna, "ready").await;
    let wrote = Timestamp(world.clock.now().0 - 30_000_000);
    let conversation = text(&world, &inbox, "m1", wrote).await;
    let item = world.operations.open_texts(world.account).await.unwrap()[0].work_item;
    world.desk.tell(|_| Input::Queued(Work::new(item, queue, Medium::Text, wrote))).await;
    let times = async || {
        let offers = world.get(&anna, "text_offers").await;
        let of = |name: &str| offers[0][name].as_i64().map(|at| at - wrote.as_millis());
        (offers[0]["state"].as_str().map(str::to_owned), of("waiting_since"), of("late_at"))
    };
    assert_eq!(times().await, (Some("offered".into()), Some(0), None), "nobody's to answer yet");
    let offers = world.get(&anna, "text_offers").await;
    let accept = format!("text_offers/{}/accept", offers[0]["id"].as_str().unwrap());
    assert_eq!(world.api(&anna, "POST", &accept, Value::Null).await.status, 204);
    take(&world, conversation, world.clock.now()).await;
    assert_eq!(times().await, (Some("accepted".into()), Some(0), Some(120_000)));

    let path = format!("queues/{queue}");
    for (ms, status, late) in [(4_999, 422, 120_000), (5_000, 200, 5_000), (0, 200, 120_000), (90_000, 200, 90_000)] {
        let sheet = world.get(&admin, &path).await;
        let edit = json!({ "warn_after_ms": ms, "replaces": sheet["version"] });
        let got = world.api(&admin, "PUT", &path, edit).await;
        assert_eq!(got.status, status, "{ms}: {}", got.body);
        assert_eq!(world.get(&admin, &path).await["warn_after_ms"], late, "{ms}");
        assert_eq!(times().await.2, Some(late), "{ms}");
    }

    let answer = json!({ "text": "Here I am.", "client_id": "a" });
    let sent = world.api(&anna, "POST", &format!("conversations/{conversation}/messages"), answer).await;
    assert!(sent.status < 300, "{}", sent.body);
    assert_eq!(times().await, (Some("accepted".into()), None, None), "they have an answer");
    // Of what they write then, the first counts.
    text(&world, &inbox, "m2", wrote + MINUTE).await;
    text(&world, &inbox, "m3", wrote + MINUTE * 2).await;
    assert_eq!(times().await, (Some("accepted".into()), Some(60_000), Some(150_000)));
}

/// Outside of its hours nothing of an inbox's time passes: of any ninety minutes at most one counts here.
///
/// Rows: S13.6
#[tokio::test]
async fn time_passes_while_the_inbox_is_open() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let queue = world.queues["support"];
    let never = json!({ "name": "A minute a week", "calendar": { "zone": "Europe/Berlin", "week": { "monday": [{ "from": "00:00", "to": "00:01" }] } } });
    let calendar = world.api(&admin, "POST", "calendars", never).await;
    assert_eq!(calendar.status, 201, "{}", calendar.body);
    let attended: BTreeSet<QueueId> = BTreeSet::from([queue]);
    for (name, hours, steps) in [("Always", Value::Null, 1), ("Closed", calendar.body["id"].clone(), 0)] {
        let wish = json!({ "name": name, "queue": queue, "late_after": 120, "late": "A moment, please.",
            "site": { "allowed": ["*"], "hours": hours } });
        let inbox = made(&world, &admin, "text_inboxes", wish).await;
        let start = world.clock.now();
        let conversation = text(&world, &inbox, name, start).await;
        let made = world.operations.tend_texts(start + MINUTE * 90, world.account, &attended).await.unwrap();
        assert_eq!((made, house(&world, &admin, conversation).await.len()), (steps, steps), "{name}");
    }
}
