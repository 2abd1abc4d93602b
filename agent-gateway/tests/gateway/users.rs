//! Users, their passwords and roles.

use super::world::{Login, PASSWORD, World};
use serde_json::{Value, json};

async fn id_of(world: &World, admin: &Login, login: &str) -> String {
    let users = world.get(admin, "users").await;
    let found = users.as_array().unwrap().iter().find(|u| u["login"] == login).unwrap();
    found["id"].as_str().unwrap().to_owned()
}

/// Rows: S12.6, S12.9
#[tokio::test]
async fn users_are_made_with_a_strong_password_and_known_roles() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let make = async |login: &str, roles: Value, password: &str| {
        let body = json!({ "login": login, "name": "Nora New", "roles": roles, "password": password });
        let got = world.api(&admin, "POST", "users", body).await;
        (got.status, got.problem().to_owned())
    };
    let invalid = || (422, "invalid".to_owned());
    assert_eq!(make("nora", json!(["agent"]), PASSWORD).await.0, 201);
    assert_eq!(make("nora", json!(["agent"]), PASSWORD).await, (409, "refused".into()));
    assert_eq!(
        make("NORA", json!(["agent"]), PASSWORD).await,
        (409, "refused".into()),
        "case does not tell logins apart"
    );
    assert_eq!(make("nina", json!(["agent"]), "short").await, invalid());
    assert_eq!(make("nina", json!(["agent"]), "password123").await, invalid());
    assert_eq!(make("nina", json!(["king"]), PASSWORD).await, invalid());
    assert_eq!(make("two words", json!([]), PASSWORD).await, invalid());
    assert_eq!(make("", json!([]), PASSWORD).await, invalid());
    for role in ["technician", "reviewer", "operator", "supervisor", "admin"] {
        assert_eq!(make(&format!("new-{role}"), json!([role]), PASSWORD).await.0, 201, "{role}");
    }
    let nora = world.login("nora").await;
    assert_eq!(world.api(&nora, "GET", "queues", Value::Null).await.status, 200);
    let users = world.get(&admin, "users").await.to_string();
    assert!(!users.contains("argon2") && !users.contains(PASSWORD));
    let roles = world.get(&admin, "roles").await;
    assert_eq!(roles.as_array().unwrap().len(), 6);
    let entries = world.get(&admin, "audit?limit=20").await;
    assert!(entries.as_array().unwrap().iter().any(|e| e["action"] == "user.create"));
    assert!(!entries.to_string().contains(PASSWORD));
}

/// Rows: S12.6
#[tokio::test]
async fn ones_own_password_wants_the_present_one() {
    let world = World::start().await;
    let (admin, agent) = (world.login("admin").await, world.login("agent1").await);
    let path = format!("users/{}/password", id_of(&world, &admin, "agent1").await);
    let change = async |who: &Login, body: Value| {
        let got = world.api(who, "PUT", &path, body).await;
        (got.status, got.problem().to_owned())
    };
    let new = "another-one-22";
    assert_eq!(change(&agent, json!({ "password": new })).await, (422, "invalid".into()));
    assert_eq!(change(&agent, json!({ "password": new, "present": "guess" })).await, (403, "wrong-password".into()));
    assert_eq!(change(&agent, json!({ "password": "short", "present": PASSWORD })).await, (422, "invalid".into()));
    // Not by a colleague, not even by a leader.
    let leader = world.login("supervisor").await;
    assert_eq!(change(&leader, json!({ "password": new, "present": PASSWORD })).await, (403, "not-allowed".into()));
    assert_eq!(change(&agent, json!({ "password": new, "present": PASSWORD })).await.0, 204);
    assert_eq!(world.api(&agent, "GET", "queues", Value::Null).await.status, 401, "it ends the sessions");
    assert!(world.login_with("agent1", PASSWORD).await.is_err());
    assert!(world.login_with("agent1", new).await.is_ok());
    assert_eq!(change(&admin, json!({ "password": "by-the-manager-3" })).await.0, 204);
    assert!(world.login_with("agent1", "by-the-manager-3").await.is_ok());
    // Guessing the present one is slowed down like guessing at the door.
    let agent = world.login_with("agent1", "by-the-manager-3").await.unwrap();
    let mut seen = Vec::new();
    for _ in 0..7 {
        seen.push(change(&agent, json!({ "password": new, "present": "guess" })).await.0);
    }
    assert_eq!(seen.iter().position(|s| *s == 429), Some(5), "{seen:?}");
}

/// Rows: S12.6, S12.9
#[tokio::test]
async fn somebody_keeps_the_right_to_grant_rights() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let own = format!("users/{}/roles", id_of(&world, &admin, "admin").await);
    let other = format!("users/{}/roles", id_of(&world, &admin, "agent1").await);
    let got = world.api(&admin, "PUT", &own, json!({ "roles": ["agent"] })).await;
    assert_eq!((got.status, got.problem()), (409, "refused"), "{}", got.body);
    assert_eq!(world.api(&admin, "PUT", &other, json!({ "roles": ["agent", "manager"] })).await.status, 204);
    assert_eq!(world.api(&admin, "PUT", &own, json!({ "roles": ["agent"] })).await.status, 204);
    assert_eq!(world.api(&admin, "PUT", &other, json!({ "roles": ["agent"] })).await.status, 403);
    let agent = world.login("agent1").await;
    let entries = world.get(&agent, "audit?limit=10").await;
    let change = entries
        .as_array()
        .unwrap()
        .iter()
        .find(|e| e["object"].as_str().unwrap() == own.replace("users/", "user:").replace("/roles", ""));
    let change = change.unwrap();
    assert_eq!(
        (&change["action"], &change["before"], &change["after"]),
        (&json!("user.set_roles"), &json!("admin"), &json!("agent"))
    );
}
