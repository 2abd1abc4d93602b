//! In and out, and how fast passwords may be tried.

use super::world::{PASSWORD, World};
use serde_json::{Value, json};

/// Five wrong passwords, and the right one has to wait; others do not.
#[tokio::test]
async fn guessing_is_slowed_down() {
    let world = World::start().await;
    for _ in 0..5 {
        let got = world.login_with("agent2", "guess").await.unwrap_err();
        assert_eq!((got.status, got.problem()), (401, "wrong-password"));
    }
    for password in ["guess", PASSWORD] {
        let got = world.login_with("agent2", password).await.unwrap_err();
        assert_eq!((got.status, got.problem()), (429, "too-many-attempts"), "{}", got.body);
        assert!(got.body["detail"].is_string());
    }
    // A login that does not exist answers the same, so nobody learns which do.
    let got = world.login_with("nobody", "guess").await.unwrap_err();
    assert_eq!((got.status, got.problem()), (401, "wrong-password"));
    world.login("agent1").await;
}

#[tokio::test]
async fn a_token_is_void_after_signing_out() {
    let world = World::start().await;
    let (first, second) = (world.login("agent1").await, world.login("agent1").await);
    assert_ne!(first.token, second.token);
    assert_eq!(world.send("POST", "/api/v1/auth/logout", Some(&first.token), "").await.status, 204);
    assert_eq!(world.api(&first, "GET", "queues", Value::Null).await.status, 401);
    assert_eq!(world.send("POST", "/api/v1/auth/logout", Some(&first.token), "").await.status, 401);
    assert_eq!(world.api(&second, "GET", "queues", Value::Null).await.status, 200, "the other session goes on");
}

/// Rows: S12.9
#[tokio::test]
async fn the_audit_tells_who_came_and_who_did_not_get_in() {
    let world = World::start().await;
    let _ = world.login_with("agent1", "guess").await;
    let admin = world.login("admin").await;
    let entries = world.get(&admin, "audit?limit=2").await;
    let of = |n: usize| (entries[n]["action"].clone(), entries[n]["result"].clone(), entries[n]["address"].clone());
    assert_eq!(of(0), (json!("user.login"), json!("ok"), json!("127.0.0.1")));
    assert_eq!(of(1), (json!("user.login"), json!("wrong login or password"), json!("127.0.0.1")));
    let verified = world.get(&admin, "audit/verify").await;
    assert_eq!(verified["entries"], entries[0]["seq"]);
    let older = world.get(&admin, &format!("audit?before={}&limit=500", entries[1]["seq"])).await;
    assert_eq!(older[0]["seq"].as_i64().unwrap() + 1, entries[1]["seq"].as_i64().unwrap());
}
