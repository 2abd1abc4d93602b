//! How inboxes fare, for who looks after channels.

use super::world::World;
use ringdesk_conversations::TextState;
use ringdesk_model::{Clock as _, InboxId, Pii};
use ringdesk_operations::texts::InboundText;
use serde_json::{Value, json};

/// An inbox whose program is gone says since when and why; one that nobody uses says nothing; its name is known to every reader.
///
/// Rows: S1.17, S1.19
#[tokio::test]
async fn an_inbox_says_how_it_fares() {
    let world = World::start().await;
    let (admin, leader) = (world.login("admin").await, world.login("supervisor").await);
    let mut made = Vec::new();
    for name in ["Orders", "Unused"] {
        let body = json!({ "name": name, "queue": world.queues["support"] });
        let got = world.api(&admin, "POST", "text_inboxes", body).await;
        assert_eq!(got.status, 201, "{}", got.body);
        made.push(got.body["id"].as_str().unwrap().to_owned());
    }
    let inbox: InboxId = made[0].parse().unwrap();
    let text = InboundText {
        name: "m-1".into(),
        address: Pii::new("guest".into()),
        contact_name: None,
        text: Pii::new("are you there?".into()),
        files: Vec::new(),
        visit: None,
    };
    let now = world.clock.now();
    let got = world.operations.receive_text(now, world.account, inbox, &text).await.unwrap();
    let mut answers = Vec::new();
    for name in ["a", "b"] {
        let path = format!("conversations/{}/messages", got.conversation);
        let sent = world.api(&admin, "POST", &path, json!({ "client_id": name, "text": "yes" })).await;
        assert_eq!(sent.status, 201, "{}", sent.body);
        answers.push(sent.body["id"].as_str().unwrap().parse().unwrap());
    }
    let why = Some("they answered 503");
    world.operations.text_left(now, world.account, answers[0], (TextState::Failed, why)).await.unwrap();
    let all = world.get(&leader, "inbox_states").await;
    let of = |id: &str| all.as_array().unwrap().iter().find(|one| one["inbox"] == id).cloned();
    let orders = of(&made[0]).unwrap();
    assert_eq!((&orders["failed"], &orders["pending"], &orders["conversations"]), (&json!(1), &json!(1), &json!(1)));
    assert_eq!(orders["last_failure"]["reason"], json!(why), "{orders}");
    assert_eq!(orders["heard_at"], json!(now.as_millis()));
    assert_eq!(of(&made[1]), None, "nothing is known of it");

    let names = world.get(&world.login("agent1").await, "inbox_names").await;
    let named = names.as_array().unwrap().iter().find(|one| one["id"] == *made[0]).unwrap().clone();
    assert_eq!((&named["name"], &named["channel"]), (&json!("Orders"), &json!("api")));
    assert_eq!(world.api(&world.login("agent1").await, "GET", "inbox_states", Value::Null).await.status, 403);
}
