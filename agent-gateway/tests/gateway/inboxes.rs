//! The switch that closes an inbox out of turn.

use super::world::World;
use ringdesk_model::Clock as _;
use serde_json::json;
use std::sync::atomic::Ordering;

/// Rows: S13.23, S12.9
#[tokio::test]
async fn an_inbox_is_closed_and_opened_again() {
    let world = World::start().await;
    let leader = world.login("supervisor").await;
    let inboxes = world.get(&leader, "inboxes").await;
    assert_eq!((&inboxes[0]["numbers"], &inboxes[0]["closed"]), (&json!(["1001"]), &json!(null)));
    let path = format!("inboxes/{}/closure", inboxes[0]["id"].as_str().unwrap());
    let hour = world.clock.now().as_millis() + 3_600_000;
    for (body, why) in [
        (json!({ "until": 1, "prompt": "closed" }), "over already"),
        (json!({ "until": hour, "prompt": "  " }), "hear something"),
        (json!({ "until": hour, "prompt": "closed", "action": "mailbox" }), "the action is"),
        (json!({ "until": hour, "prompt": "closed", "action": "queue:nowhere" }), "the action is"),
    ] {
        let got = world.api(&leader, "PUT", &path, body.clone()).await;
        assert_eq!(got.status, 422, "{body}");
        assert!(got.body["detail"].as_str().unwrap().contains(why), "{}", got.body);
    }
    let closure = json!({ "until": hour, "prompt": "We are closed today.", "action": "queue:support" });
    assert_eq!(world.api(&leader, "PUT", &path, closure.clone()).await.status, 204);
    assert_eq!(world.get(&leader, "inboxes").await[0]["closed"], closure);
    assert_eq!(world.desk.rows_changed.load(Ordering::Relaxed), 1, "the next call meets it");
    let number = world.operations.numbers(world.account).await.unwrap().remove("1001").unwrap();
    assert_eq!(number.closed(world.clock.now()).unwrap().action, "queue:support");

    assert_eq!(world.api(&leader, "DELETE", &path, json!(null)).await.status, 204);
    assert_eq!(world.get(&leader, "inboxes").await[0]["closed"], json!(null));
    let nowhere = format!("inboxes/{}/closure", world.id::<ringdesk_model::InboxId>());
    assert_eq!(world.api(&leader, "PUT", &nowhere, closure).await.status, 404);

    let entries = world.get(&world.login("admin").await, "audit?limit=4").await;
    let acts: Vec<&str> = entries.as_array().unwrap().iter().map(|e| e["action"].as_str().unwrap()).collect();
    assert_eq!(acts, ["user.login", "inbox.open", "inbox.close", "user.login"]);
    assert!(entries[2]["after"].as_str().unwrap().contains("We are closed today."));
    assert_eq!(entries[1]["before"], entries[2]["after"]);

    let messages = json!({ "until": hour, "prompt": "closed.emergency", "action": "voicemail" });
    assert_eq!(world.api(&leader, "PUT", &path, messages.clone()).await.status, 204);
    assert_eq!(world.get(&leader, "inboxes").await[0]["closed"], messages);
}
