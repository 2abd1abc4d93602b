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

/// Rows: S16.5
#[tokio::test]
async fn older_versions_are_listed_read_and_published_again() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let first = world.get(&admin, "flows").await[0].clone();
    let path = format!("flows/{}", first["id"].as_str().unwrap());
    let second = json!({ "name": "Support", "start": "late", "steps": {} });
    assert_eq!(world.api(&admin, "PUT", &path, json!({ "document": second, "replaces": 1 })).await.status, 200);

    let versions = format!("{path}/versions");
    let kept = world.get(&admin, &versions).await;
    let numbers: Vec<_> = kept.as_array().unwrap().iter().map(|v| v["version"].as_i64().unwrap()).collect();
    assert_eq!(numbers, [2, 1]);
    let users = world.get(&admin, "users").await;
    let me = users.as_array().unwrap().iter().find(|u| u["login"] == "admin").unwrap();
    assert_eq!((&kept[0]["user_id"], &kept[0]["user_name"]), (&me["id"], &me["name"]));
    assert_eq!((&kept[1]["user_id"], &kept[1]["user_name"]), (&json!(null), &json!(null)), "the house published it");
    assert!(kept[0]["at"].as_i64() >= kept[1]["at"].as_i64() && kept[1]["at"].as_i64() > Some(0));
    // A leader, who may not look at users, sees who published.
    assert_eq!(world.get(&world.login("supervisor").await, &versions).await, kept);

    assert_eq!(world.get(&admin, &format!("{path}?version=1")).await, first);
    for (nowhere, status) in [("3", 404), ("0", 404), ("-1", 404), ("one", 400)] {
        let got = world.api(&admin, "GET", &format!("{path}?version={nowhere}"), json!(null)).await;
        assert_eq!(got.status, status, "{nowhere}: {}", got.body);
    }
    let nowhere = format!("flows/{}/versions", world.id::<ringdesk_model::FlowId>());
    assert_eq!(world.api(&admin, "GET", &nowhere, json!(null)).await.status, 404);

    let again = json!({ "document": first["document"], "replaces": 2 });
    let got = world.api(&admin, "PUT", &path, again).await;
    assert_eq!((got.status, &got.body["version"]), (200, &json!(3)), "{}", got.body);
    assert_eq!(world.get(&admin, &path).await["document"], first["document"]);
    assert_eq!(world.get(&admin, &versions).await.as_array().unwrap().len(), 3);
}
