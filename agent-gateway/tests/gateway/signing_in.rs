//! In and out, and how fast passwords may be tried.

use super::world::{PASSWORD, World};
use serde_json::{Value, json};

/// Five wrong passwords, and the right one has to wait; others do not.
#[tokio::test]
async fn guessing_is_slowed_down() {
    let world = World::start().await;
    world.ask_for_no_work().await;
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

/// One's own sessions: listed, ended one by one or all at once; nobody else's.
///
/// Rows: S12.29
#[tokio::test]
async fn sessions_are_listed_and_ended() {
    let world = World::start().await;
    let (first, second, other) =
        (world.login("agent1").await, world.login("agent1").await, world.login("agent2").await);
    let list = async |token: &str| world.send("GET", "/api/v1/auth/sessions", Some(token), "").await;
    let got = list(&second.token).await;
    let mine = got.body.as_array().unwrap();
    assert_eq!(mine.iter().map(|s| s["current"] == true).collect::<Vec<_>>(), [true, false]);
    assert!(mine.iter().all(|s| s["address"] == "127.0.0.1" && s["expires_at"].as_i64() > s["seen_at"].as_i64()));
    assert!(!got.body.to_string().contains(&first.token));
    let of_first = format!("/api/v1/auth/sessions/{}", mine[1]["id"].as_str().unwrap());
    let of_other = list(&other.token).await.body[0]["id"].as_str().unwrap().to_owned();
    let end = async |path: &str| world.send("DELETE", path, Some(&second.token), "").await;
    assert_eq!(end(&format!("/api/v1/auth/sessions/{of_other}")).await.status, 404, "somebody else's");
    assert_eq!(list(&other.token).await.status, 200);
    assert_eq!((end(&of_first).await.status, list(&first.token).await.status), (204, 401));
    assert_eq!(end(&of_first).await.status, 404);
    let third = world.login("agent1").await;
    assert_eq!(end("/api/v1/auth/sessions").await.status, 204);
    for token in [&second.token, &third.token] {
        assert_eq!(list(token).await.status, 401);
    }
    // By who manages users.
    let (again, admin) = (world.login("agent1").await, world.login("admin").await);
    let users = world.get(&admin, "users").await;
    let id = users.as_array().unwrap().iter().find(|u| u["login"] == "agent1").unwrap()["id"].clone();
    let path = format!("users/{}/sessions", id.as_str().unwrap());
    assert_eq!(world.api(&admin, "DELETE", &path, Value::Null).await.status, 204);
    assert_eq!(list(&again.token).await.status, 401);
    assert_eq!(list(&other.token).await.status, 200, "the others stay");
    let entries = world.get(&admin, "audit?limit=20").await;
    let acts: Vec<_> = entries.as_array().unwrap().iter().filter(|e| e["action"] == "user.logout_everywhere").collect();
    assert_eq!((acts.len(), &acts[0]["before"], &acts[1]["before"]), (2, &json!("1"), &json!("2")));
}
