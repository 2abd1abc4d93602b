//! Flows and their versions.

use super::world::World;
use serde_json::json;
use std::sync::atomic::Ordering;

#[tokio::test]
async fn a_flow_is_published_in_versions_and_of_two_editors_one_learns() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let flows = world.get(&admin, "flows").await;
    assert_eq!((&flows[0]["name"], &flows[0]["version"]), (&json!("Support"), &json!(1)));
    let path = format!("flows/{}", flows[0]["id"].as_str().unwrap());
    assert_eq!(world.get(&admin, &path).await, flows[0]);

    let next = json!({ "name": "Support", "start": "late", "steps": {} });
    let got = world.api(&admin, "PUT", &path, json!({ "document": next, "replaces": 1 })).await;
    assert_eq!((got.status, &got.body["version"]), (200, &json!(2)), "{}", got.body);
    assert_eq!(world.get(&admin, &path).await["document"], next);
    assert_eq!(world.desk.rows_changed.load(Ordering::Relaxed), 1, "the next call meets it");
    let got = world.api(&admin, "PUT", &path, json!({ "document": next, "replaces": 1 })).await;
    assert_eq!((got.status, got.problem()), (409, "changed"), "{}", got.body);
    assert_eq!(world.get(&admin, &path).await["version"], 2);

    // Two at the same moment: one version, one who learns of it.
    let body = json!({ "document": next, "replaces": 2 });
    let (one, two) = tokio::join!(world.api(&admin, "PUT", &path, body.clone()), world.api(&admin, "PUT", &path, body));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);

    let got = world.api(&admin, "PUT", &path, json!({ "document": { "steps": {} }, "replaces": 3 })).await;
    assert_eq!((got.status, got.problem()), (422, "faulty"), "{}", got.body);
    assert_eq!(got.body["errors"], json!([{ "pointer": "/start", "detail": "it has no start" }]));
    let nowhere = format!("flows/{}", world.id::<ringdesk_model::FlowId>());
    assert_eq!(world.api(&admin, "PUT", &nowhere, json!({ "document": next, "replaces": 0 })).await.status, 404);

    let new = json!({ "name": "Night", "document": next });
    let got = world.api(&admin, "POST", "flows", new.clone()).await;
    assert_eq!((got.status, &got.body["version"]), (201, &json!(1)), "{}", got.body);
    assert_eq!(world.api(&admin, "POST", "flows", new).await.status, 409);
    assert_eq!(world.get(&admin, "flows").await.as_array().unwrap().len(), 2);
    let entries = world.get(&admin, "audit?limit=1").await;
    assert_eq!(entries[0]["action"], "flow.publish");
}
