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
        let body = json!({ "login": login, "name": "Nora New", "roles": roles, "password": password,
            "must_change_password": false });
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
    let weak = || (422, "weak-password".to_owned());
    assert_eq!(make("nina", json!(["agent"]), "short").await, weak());
    assert_eq!(make("nina", json!(["agent"]), "password123").await, weak());
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
    assert_eq!(roles.as_array().unwrap().len(), 7);
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
    assert_eq!(
        change(&agent, json!({ "password": "short", "present": PASSWORD })).await,
        (422, "weak-password".into())
    );
    let same = world.api(&agent, "PUT", &path, json!({ "password": PASSWORD, "present": PASSWORD })).await;
    assert!(same.body["detail"].as_str().unwrap().starts_with("same: "), "{}", same.body);
    // Not by a colleague, not even by a leader.
    let leader = world.login("supervisor").await;
    assert_eq!(change(&leader, json!({ "password": new, "present": PASSWORD })).await, (403, "not-allowed".into()));
    let elsewhere = world.login("agent1").await;
    assert_eq!(change(&agent, json!({ "password": new, "present": PASSWORD })).await.0, 204);
    assert_eq!(world.api(&elsewhere, "GET", "queues", Value::Null).await.status, 401, "it ends the other sessions");
    assert_eq!(world.api(&agent, "GET", "queues", Value::Null).await.status, 200, "and not the one it was done in");
    assert!(world.login_with("agent1", PASSWORD).await.is_err());
    assert!(world.login_with("agent1", new).await.is_ok());
    assert_eq!(change(&admin, json!({ "password": "by-the-manager-3", "must_change_password": false })).await.0, 204);
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

/// Nothing is open to somebody whose password another person knows but to choose one of their own.
///
/// Rows: S12.6
#[tokio::test]
async fn a_password_that_somebody_else_chose_is_changed_first() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let body = json!({ "login": "nora", "name": "Nora New", "roles": ["manager"], "password": "given-at-first-1" });
    let made = world.api(&admin, "POST", "users", body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let path = format!("users/{}/password", made.body["id"].as_str().unwrap());
    for round in ["made", "reset"] {
        let nora = world.login_with("nora", "given-at-first-1").await.unwrap();
        let me = world.send("GET", "/api/v1/auth/me", Some(&nora.token), "").await.body;
        assert_eq!((&me["must"], &me["permissions"]), (&json!("change_password"), &json!([])), "{round}: {me}");
        for (method, what) in [
            ("GET", format!("/api/v1/accounts/{}/users", nora.account)),
            ("GET", "/api/v1/auth/sessions".into()),
            ("DELETE", "/api/v1/auth/sessions".into()),
            ("POST", "/api/v1/auth/second_factor".into()),
            ("POST", "/api/v1/auth/ticket".into()),
        ] {
            let got = world.send(method, &what, Some(&nora.token), "").await;
            assert_eq!((got.status, got.problem()), (403, "must-change-password"), "{round}: {method} {what}");
        }
        let other = format!("users/{}/password", id_of(&world, &admin, "agent1").await);
        let got = world.api(&nora, "PUT", &other, json!({ "password": "not-hers-to-set-1" })).await;
        assert_eq!((got.status, got.problem()), (403, "not-allowed"), "{round}");
        let keep = json!({ "password": "given-at-first-1", "present": "given-at-first-1" });
        assert_eq!(world.api(&nora, "PUT", &path, keep).await.problem(), "weak-password", "{round}");
        let own = json!({ "password": "hers-alone-22", "present": "given-at-first-1" });
        assert_eq!(world.api(&nora, "PUT", &path, own).await.status, 204, "{round}");
        assert_eq!(world.api(&nora, "GET", "users", Value::Null).await.status, 200, "{round}");
        let reset = json!({ "password": "given-at-first-1" });
        assert_eq!(world.api(&admin, "PUT", &path, reset).await.status, 204);
    }
}

/// An address belongs to one person, in one spelling; both it and the language may be taken away, and put back.
///
/// Rows: S12.9, S12.29
#[tokio::test]
async fn people_have_an_address_and_a_language() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let (one, two) = (id_of(&world, &admin, "agent1").await, id_of(&world, &admin, "agent2").await);
    let row = async |id: &str| {
        let users = world.get(&admin, "users").await;
        users.as_array().unwrap().iter().find(|u| u["id"] == id).unwrap().clone()
    };
    let edit = async |id: &str, mut change: Value| {
        change["replaces"] = row(id).await["version"].clone();
        world.api(&admin, "PUT", &format!("users/{id}"), change).await
    };
    assert_eq!(edit(&one, json!({ "email": " Ann@Example.com ", "language": "zh-CN" })).await.status, 200);
    let found = row(&one).await;
    assert_eq!((&found["email"], &found["language"]), (&json!("ann@example.com"), &json!("zh-CN")), "{found}");
    let agent = world.login("agent1").await;
    let me = world.send("GET", "/api/v1/auth/me", Some(&agent.token), "").await.body;
    assert_eq!(me["preferences"]["language"], "zh-CN", "{me}");
    let taken = edit(&two, json!({ "email": "ANN@example.com" })).await;
    assert_eq!((taken.status, taken.problem()), (409, "refused"), "{}", taken.body);
    for odd in [json!({ "email": "nowhere" }), json!({ "language": "fr" })] {
        assert_eq!(edit(&two, odd.clone()).await.status, 422, "{odd}");
    }
    // What is not named stays; empty takes it away.
    assert_eq!(edit(&one, json!({ "name": "Ann Agent" })).await.status, 200);
    assert_eq!(row(&one).await["email"], "ann@example.com");
    assert_eq!(edit(&one, json!({ "email": "", "language": "" })).await.status, 200);
    let found = row(&one).await;
    assert_eq!((&found["email"], &found["language"]), (&Value::Null, &Value::Null), "{found}");
    let history = world.get(&admin, &format!("setting_history?object=user:{one}")).await;
    let (last, seq) = (history[0]["id"].as_str().unwrap(), history[0]["seq"].clone());
    let back = world.api(&admin, "POST", &format!("setting_history/{last}/undo"), json!({ "newest": seq })).await;
    assert_eq!(back.status, 200, "{} {history}", back.body);
    assert_eq!((&row(&one).await["email"], &row(&one).await["language"]), (&json!("ann@example.com"), &json!("zh-CN")));
}

/// What belongs to the person follows them into every browser; what is not named stays.
///
/// Rows: S12.29
#[tokio::test]
async fn preferences_follow_the_person() {
    let world = World::start().await;
    let (one, other) = (world.login("agent1").await, world.login("agent1").await);
    let chosen = async |who: &Login| {
        world.send("GET", "/api/v1/auth/me", Some(&who.token), "").await.body["preferences"].clone()
    };
    let choose = async |body: Value| {
        let path = "/api/v1/auth/me/preferences";
        world.send("PUT", path, Some(&one.token), &body.to_string()).await.status
    };
    assert_eq!(chosen(&other).await, json!({ "language": null, "tour_seen": false, "shortcuts": {} }));
    assert_eq!(choose(json!({ "tour_seen": true, "shortcuts": { "mute": "Alt+Shift+M" } })).await, 204);
    assert_eq!(choose(json!({ "language": "zh-CN" })).await, 204);
    let all = json!({ "language": "zh-CN", "tour_seen": true, "shortcuts": { "mute": "Alt+Shift+M" } });
    assert_eq!(chosen(&other).await, all);
    for odd in
        [json!({ "language": "fr" }), json!({ "shortcuts": { "mute": "x".repeat(40) } }), json!({ "theme": "dark" })]
    {
        assert_eq!(choose(odd.clone()).await, 422, "{odd}");
    }
    assert_eq!(choose(json!({ "language": "", "shortcuts": {} })).await, 204);
    assert_eq!(chosen(&other).await, json!({ "language": null, "tour_seen": true, "shortcuts": {} }));
    let stranger = world.login("agent2").await;
    assert_eq!(chosen(&stranger).await["tour_seen"], false, "nobody else's");
}
