//! Trunks, and their passwords.

use super::world::World;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;

/// Rows: V15
#[tokio::test]
async fn a_number_has_a_label_and_channels() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let landing = json!({ "label": "4008001234", "channels": 30 });
    assert_eq!(world.api(&admin, "PUT", "numbers/01012345678", landing).await.status, 204);
    assert_eq!(world.desk.rows_changed.load(Ordering::Relaxed), 1);
    let numbers = world.get(&admin, "numbers").await;
    let of = |number: &str| numbers.as_array().unwrap().iter().find(|n| n["number"] == number).unwrap().clone();
    assert_eq!(
        of("01012345678"),
        json!({ "number": "01012345678", "inbox": null, "label": "4008001234", "channels": 30 })
    );
    for (wish, field) in [(json!({ "channels": 0 }), "/channels"), (json!({ "label": "a b" }), "/label")] {
        let got = world.api(&admin, "PUT", "numbers/1000", wish).await;
        assert_eq!((got.status, &got.body["errors"][0]["pointer"]), (422, &json!(field)), "{}", got.body);
    }
    assert_eq!(world.api(&admin, "PUT", "numbers/a%20b", json!({})).await.status, 422);
    let audit = world.get(&admin, "audit?limit=1").await;
    assert_eq!((&audit[0]["action"], &audit[0]["object"]), (&json!("number.set"), &json!("number:01012345678")));
    assert_eq!(world.api(&admin, "DELETE", "numbers/01012345678", Value::Null).await.status, 204);
    assert_eq!(world.api(&admin, "DELETE", "numbers/01012345678", Value::Null).await.status, 404);
}

/// Rows: V1, S12.6
#[tokio::test]
async fn a_trunk_is_made_shown_without_its_password_and_taken_away() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let settings = json!({ "host": "sip.example.net", "username": "u-4711" });
    let new = json!({ "name": "carrier", "networks": ["192.0.2.0/24"], "settings": settings, "password": "geheim" });
    let got = world.api(&admin, "POST", "trunks", new.clone()).await;
    assert_eq!(got.status, 201, "{}", got.body);
    assert_eq!(world.desk.rows_changed.load(Ordering::Relaxed), 1, "the next call meets it");
    assert_eq!(world.api(&admin, "POST", "trunks", new).await.status, 409, "of one name there is one");
    let shown = world.get(&admin, "trunks").await;
    assert!(!shown.to_string().contains("geheim"), "{shown}");
    let carrier = shown.as_array().unwrap().iter().find(|t| t["name"] == "carrier").unwrap();
    assert_eq!((&carrier["settings"], &carrier["has_password"]), (&settings, &json!(true)));
    let kept = world.operations.directory(world.account).await.unwrap().trunks;
    assert!(kept.iter().any(|t| t.password.as_ref().is_some_and(|p| p.reveal() == "geheim")));
    let faulty = json!({ "name": "other", "settings": { "register": true } });
    let got = world.api(&admin, "POST", "trunks", faulty).await;
    assert_eq!((got.status, &got.body["detail"]), (422, &json!("/settings/register: a host is needed")));
    assert_eq!(got.body["errors"][0], json!({ "pointer": "/settings/register", "detail": "a host is needed" }));
    let audit = world.get(&admin, "audit?limit=1").await;
    assert!(audit[0]["action"] == "trunk.create" && !audit.to_string().contains("geheim"), "{audit}");
    assert_eq!(world.api(&admin, "DELETE", "trunks/carrier", Value::Null).await.status, 204);
    assert_eq!(world.api(&admin, "DELETE", "trunks/carrier", Value::Null).await.status, 404);
}
