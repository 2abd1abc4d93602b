//! The console's sign-in: a cookie, who may use it, and the demo's open door.

use super::world::{Got, PASSWORD, World};
use serde_json::json;

const CONSOLE: &[(&str, &str)] = &[("X-Ringdesk", "console")];

/// The cookie that an answer gives, as a browser sends it back.
fn cookie(got: &Got) -> String {
    let line = got.head.lines().find(|line| line.to_ascii_lowercase().starts_with("set-cookie:")).expect("a cookie");
    assert!(line.contains("HttpOnly") && line.contains("SameSite=Strict") && line.contains("Path=/"), "{line}");
    line.split_once(':').unwrap().1.split(';').next().unwrap().trim().to_owned()
}

async fn signed_in(world: &World, login: &str) -> String {
    let body = json!({ "login": login, "password": PASSWORD }).to_string();
    let got = world.send_with("POST", "/api/v1/auth/session", CONSOLE, &body).await;
    assert_eq!(got.status, 204, "{}", got.body);
    cookie(&got)
}

#[tokio::test]
async fn a_browser_is_signed_in_by_a_cookie() {
    let world = World::start().await;
    let cookie = signed_in(&world, "agent1").await;
    let me = world.send_with("GET", "/api/v1/auth/me", &[("Cookie", &cookie)], "").await;
    assert_eq!(me.status, 200, "{}", me.body);
    assert_eq!((&me.body["user"]["login"], &me.body["user"]["name"]), (&json!("agent1"), &json!("Anna Agent")));
    assert_eq!(me.body["agent"]["extension"], "2001");
    let may = |name: &str| me.body["permissions"].as_array().unwrap().contains(&json!(name));
    assert!(may("conversations.answer") && !may("users.manage"));
    let account = me.body["account_id"].as_str().unwrap();

    // Reading needs the cookie alone; changing something also the console's header, and no page from elsewhere.
    let presence = format!("/api/v1/accounts/{account}/presence");
    let with = |more: &[(&'static str, &'static str)]| {
        [("Cookie", cookie.as_str())].into_iter().chain(more.iter().copied()).collect::<Vec<_>>()
    };
    assert_eq!(world.send_with("GET", &presence, &with(&[]), "").await.status, 200);
    let ready = r#"{"state":"ready"}"#;
    let evil = ("Origin", "http://evil.example");
    for (headers, status) in [
        (with(&[]), 403),
        (with(&[("X-Ringdesk", "form")]), 403),
        (with(&[("X-Ringdesk", "console"), evil]), 403),
        (with(&[("X-Ringdesk", "console")]), 200),
    ] {
        let got = world.send_with("PUT", &presence, &headers, ready).await;
        assert_eq!(got.status, status, "{headers:?}: {}", got.body);
    }
    assert_eq!(world.send_with("GET", &presence, &with(&[evil]), "").await.problem(), "not-from-the-console");

    // Out, and the cookie is worth nothing.
    let out = world.send_with("DELETE", "/api/v1/auth/session", &with(&[("X-Ringdesk", "console")]), "").await;
    assert_eq!(out.status, 204);
    assert!(out.head.contains("Max-Age=0"), "{}", out.head);
    assert_eq!(world.send_with("GET", "/api/v1/auth/me", &with(&[]), "").await.status, 401);
}

/// A page from elsewhere cannot sign its visitor in as somebody else.
#[tokio::test]
async fn a_form_from_elsewhere_signs_nobody_in() {
    let world = World::start().await;
    let body = json!({ "login": "agent1", "password": PASSWORD }).to_string();
    for headers in [&[][..], &[("X-Ringdesk", "console"), ("Origin", "http://evil.example")]] {
        let got = world.send_with("POST", "/api/v1/auth/session", headers, &body).await;
        assert_eq!((got.status, got.problem()), (403, "not-from-the-console"), "{headers:?}");
    }
}

/// One click signs in at the machine where the demo runs; nowhere else, as nobody else, and not in a house that is no demo.
///
/// Rows: S16.26
#[tokio::test]
async fn the_demos_door_is_open_on_its_own_machine_only() {
    let world = World::demo().await;
    let people = world.send("GET", "/api/v1/auth/demo", None, "").await.body;
    let logins: Vec<&str> = people.as_array().unwrap().iter().map(|p| p["login"].as_str().unwrap()).collect();
    assert_eq!(logins, ["supervisor", "agent1", "agent2", "reviewer", "operator", "admin"]);

    let agent1 = r#"{"login":"agent1"}"#;
    let got = world.send_with("POST", "/api/v1/auth/demo", CONSOLE, agent1).await;
    assert_eq!(got.status, 204, "{}", got.body);
    let me = world.send_with("GET", "/api/v1/auth/me", &[("Cookie", &cookie(&got))], "").await;
    assert_eq!(me.body["user"]["login"], "agent1");

    // Through a proxy, by a name that somebody pointed here, without the console's header, as somebody who is not the demo's.
    let proxied = [("X-Ringdesk", "console"), ("X-Forwarded-For", "127.0.0.1")];
    let rebound = [("X-Ringdesk", "console"), ("Host", "rebound.example")];
    for (headers, body, status) in [
        (&proxied[..], agent1, 404),
        (&rebound[..], agent1, 404),
        (&[][..], agent1, 403),
        (CONSOLE, r#"{"login":"tessa"}"#, 404),
        (CONSOLE, r#"{"login":"nobody"}"#, 404),
    ] {
        let got = world.send_with("POST", "/api/v1/auth/demo", headers, body).await;
        assert_eq!(got.status, status, "{headers:?} {body}: {}", got.body);
    }
    assert_eq!(world.send_with("GET", "/api/v1/auth/demo", &proxied, "").await.body, json!([]));

    let house = World::start().await;
    assert_eq!(house.send("GET", "/api/v1/auth/demo", None, "").await.body, json!([]));
    assert_eq!(house.send_with("POST", "/api/v1/auth/demo", CONSOLE, agent1).await.status, 404);
}

/// An agent's browser gets what it registers with; who is no agent does not, and nobody gets another's.
///
/// Rows: V2
#[tokio::test]
async fn an_agents_browser_becomes_a_telephone_of_theirs() {
    let world = World::start().await;
    let agent = world.login("agent1").await;
    let got = world.api(&agent, "POST", "phone", serde_json::Value::Null).await;
    assert_eq!(got.status, 200, "{}", got.body);
    assert_eq!((&got.body["extension"], &got.body["realm"]), (&json!("2001"), &json!("ringdesk")));
    assert_eq!(got.body["ha1"].as_str().map(str::len), Some(32));
    let supervisor = world.login("supervisor").await;
    assert_eq!(world.api(&supervisor, "POST", "phone", serde_json::Value::Null).await.status, 422, "no agent");
}

/// Agents see whom they can ask, themselves not among them, and no more of them than that.
///
/// Rows: S7.9
#[tokio::test]
async fn an_agent_sees_whom_to_ask() {
    let world = World::start().await;
    let (anna, bernd) = (world.login("agent1").await, world.login("agent2").await);
    world.choose(&bernd, "ready").await;
    let seen = world.get(&anna, "colleagues").await;
    let names: Vec<&str> = seen.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Bernd Agent"]);
    assert_eq!((&seen[0]["extension"], &seen[0]["state"]), (&json!("2002"), &json!("ready")));
    assert_eq!(seen[0].as_object().unwrap().len(), 4, "{seen}");
}
