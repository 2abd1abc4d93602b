//! Who may do what: every route, every role.

use super::world::{Login, ROLES, World};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const BELOW: &str = "/api/v1/accounts/{account_id}";
const NOBODY: &str = "01930000-0000-7000-8000-00000000dead";

/// Method, path below the account, a body that can be read, and who may: one letter per role, in the order of [`ROLES`]
/// (agent, leader, manager, technician, reviewer, operator), a point for who may not.
const MATRIX: &[(&str, &str, &str, &str)] = &[
    ("GET", "/presence", "", "alm..o"),
    ("PUT", "/presence", r#"{"state":"not_ready"}"#, "alm..o"),
    ("PUT", "/presence/next", r#"{"state":"ready"}"#, "alm..o"),
    ("POST", "/presence/wrap_up", r#"{"action":"done"}"#, "alm..o"),
    ("GET", "/queues", "", "almtro"),
    ("GET", "/agents", "", "almtro"),
    ("PUT", "/agents/{id}/presence", r#"{"state":"ready"}"#, ".lm..."),
    ("GET", "/conversations", "", "alm.ro"),
    ("GET", "/conversations/{id}", "", "alm.ro"),
    ("GET", "/conversations/{id}/messages", "", "alm.ro"),
    ("GET", "/conversations/{id}/events", "", "alm.ro"),
    ("PUT", "/conversations/{id}/disposition", r#"{"path":"solved"}"#, "alm..."),
    ("GET", "/dispositions", "", "almtro"),
    ("PUT", "/dispositions", r#"{"tree":[],"replaces":7}"#, "..m..."),
    ("GET", "/events", "", "almtro"),
    ("GET", "/work_items", "", "alm..."),
    ("PUT", "/work_items/{id}/assign", r#"{"agent":"01930000-0000-7000-8000-00000000dead"}"#, ".lm..."),
    ("POST", "/work_items/{id}/pick", "", "alm..."),
    ("POST", "/calls/{id}/hangup", "", "alm..."),
    ("GET", "/calls/{id}/events", "", "alm.ro"),
    ("POST", "/calls/{id}/recording", r#"{"action":"mask"}"#, "alm..."),
    ("GET", "/recordings/{id}/audio", "", ".lm.r."),
    ("GET", "/recordings/{id}/peaks", "", ".lm.r."),
    ("GET", "/recordings/{id}/verify", "", ".lm.r."),
    ("GET", "/recordings/{id}/certificate", "", ".lm.r."),
    ("POST", "/recordings/{id}/link", "{}", ".lm.r."),
    ("GET", "/search", "", "alm.ro"),
    ("GET", "/recordings/{id}/transcript", "", "alm.ro"),
    ("GET", "/inboxes", "", ".lmt.."),
    ("PUT", "/inboxes/{id}/closure", r#"{"until":99999999999999,"prompt":"closed"}"#, ".lm..."),
    ("DELETE", "/inboxes/{id}/closure", "", ".lm..."),
    ("PUT", "/inboxes/{id}/recording", r#"{"start":"on_bridge"}"#, "..m..."),
    ("DELETE", "/inboxes/{id}/recording", "", "..m..."),
    ("GET", "/flows", "", ".lmt.."),
    ("GET", "/left_messages", "", "alm.ro"),
    ("POST", "/left_messages/{id}/claim", "", "alm..."),
    ("PUT", "/left_messages/{id}/assign", r#"{"agent":"01930000-0000-7000-8000-00000000dead"}"#, ".lm..."),
    ("POST", "/left_messages/{id}/release", "", "alm..."),
    ("POST", "/left_messages/{id}/close", "{}", "alm..."),
    ("POST", "/flows", r#"{"name":"New","document":{}}"#, "..m..."),
    ("GET", "/flows/{id}", "", ".lmt.."),
    ("PUT", "/flows/{id}", r#"{"document":{},"replaces":1}"#, "..m..."),
    ("GET", "/trunks", "", "..mt.."),
    ("POST", "/trunks", r#"{"name":" "}"#, "..mt.."),
    ("DELETE", "/trunks/{name}", "", "..mt.."),
    ("GET", "/users", "", "..m..."),
    ("POST", "/users", r#"{"login":"x","name":"X","roles":[],"password":"short"}"#, "..m..."),
    ("PUT", "/users/{id}/password", r#"{"password":"a-long-one-1"}"#, "..m..."),
    ("PUT", "/users/{id}/roles", r#"{"roles":["agent"]}"#, "..m..."),
    ("GET", "/roles", "", "..m..."),
    ("GET", "/audit", "", "..m..."),
    ("GET", "/audit/verify", "", "..m..."),
];
/// Outside of any account: everybody, or everybody who is signed in.
const OUTSIDE: [(&str, &str); 4] = [
    ("POST", "/api/v1/auth/login"),
    ("POST", "/api/v1/auth/logout"),
    ("POST", "/api/v1/auth/ticket"),
    // The link itself is the right.
    ("GET", "/api/v1/recordings/{link}"),
];

fn path(template: &str) -> String {
    template.trim_start_matches('/').replace("{id}", NOBODY).replace("{name}", NOBODY)
}

fn body(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { serde_json::from_str(text).unwrap() }
}

/// A route without a row here is a route nobody thought about.
///
/// Rows: S12.6
#[tokio::test]
async fn every_route_stands_in_the_table() {
    let world = World::start().await;
    let described = world.send("GET", "/api/openapi.json", None, "").await.body;
    let mut served = BTreeSet::new();
    for (path, methods) in described["paths"].as_object().unwrap() {
        served.extend(methods.as_object().unwrap().keys().map(|method| (method.to_uppercase(), path.clone())));
    }
    let inside = MATRIX.iter().map(|(method, path, ..)| ((*method).to_owned(), format!("{BELOW}{path}")));
    let outside = OUTSIDE.iter().map(|(method, path)| ((*method).to_owned(), (*path).to_owned()));
    assert_eq!(served, inside.chain(outside).collect());
}

/// Rows: S12.6
#[tokio::test]
async fn every_role_may_what_the_table_says_and_nothing_else() {
    let world = World::start().await;
    let mut faults = Vec::new();
    for (n, (role, login)) in ROLES.iter().enumerate() {
        let who = world.login(login).await;
        for (method, template, text, allowed) in MATRIX {
            let allowed = allowed.as_bytes()[n] != b'.';
            let got = world.api(&who, method, &path(template), body(text)).await;
            // Allowed means: it got past the door. There may be nothing behind it.
            if got.status == 401 || got.status >= 500 || (got.status == 403) == allowed {
                faults.push(format!("{role} {method} {template}: {}, allowed: {allowed}: {}", got.status, got.body));
            }
            // Who may not is told so before anything is said about the request.
            let got = world
                .send(method, &format!("/api/v1/accounts/{}/{}", who.account, path(template)), Some(&who.token), "{")
                .await;
            if !allowed && got.status != 403 {
                faults.push(format!("{role} {method} {template} with nonsense: {} {}", got.status, got.body));
            }
        }
    }
    assert!(faults.is_empty(), "{} fault(s):\n{}", faults.len(), faults.join("\n"));
}

/// Another account is not there, whoever asks; who is not signed in learns nothing.
///
/// Rows: S12.6
#[tokio::test]
async fn another_account_is_not_there_and_strangers_learn_nothing() {
    let world = World::start().await;
    let mut faults = Vec::new();
    let stranger = Login { token: "f".repeat(64), account: world.account.to_string(), agent: None };
    for (role, login) in ROLES {
        let visitor = Login { account: NOBODY.into(), ..world.login(login).await };
        for (method, template, text, _) in MATRIX {
            let got = world.api(&visitor, method, &path(template), body(text)).await;
            if got.status != 404 || got.problem() != "not-found" {
                faults.push(format!("{role} {method} {template}: {} {}", got.status, got.body));
            }
        }
    }
    for (method, template, text, _) in MATRIX {
        let of_nobody = format!("/api/v1/accounts/{}/{}", world.account, path(template));
        let anonymous = world.send(method, &of_nobody, None, text).await;
        let made_up = world.api(&stranger, method, &path(template), body(text)).await;
        // A session's token is nothing that an address may carry.
        let token = world.login("admin").await.token;
        let in_address =
            world.send(method, &format!("{of_nobody}?access_token={token}&ticket={token}"), None, text).await;
        for got in [anonymous, made_up, in_address] {
            if got.status != 401 || got.problem() != "not-signed-in" {
                faults.push(format!("{method} {template}: {} {}", got.status, got.body));
            }
        }
    }
    assert!(faults.is_empty(), "{} fault(s):\n{}", faults.len(), faults.join("\n"));
}

/// Rights are those of the moment, not those of the sign-in.
///
/// Rows: S12.6
#[tokio::test]
async fn new_roles_hold_from_the_next_request_on() {
    let world = World::start().await;
    let (admin, agent) = (world.login("admin").await, world.login("agent1").await);
    let users = world.get(&admin, "users").await;
    let id = users.as_array().unwrap().iter().find(|u| u["login"] == "agent1").unwrap()["id"].clone();
    let roles = format!("users/{}/roles", id.as_str().unwrap());
    let status = async |path: &str| world.api(&agent, "GET", path, Value::Null).await.status;
    assert_eq!((status("inboxes").await, status("audit").await), (403, 403));
    for (given, inboxes, audit, queues) in [
        (json!(["agent", "supervisor"]), 200, 403, 200),
        (json!(["admin"]), 200, 200, 200),
        (json!(["agent"]), 403, 403, 200),
        (json!([]), 403, 403, 403),
    ] {
        let got = world.api(&admin, "PUT", &roles, json!({ "roles": given })).await;
        assert_eq!(got.status, 204, "{}", got.body);
        let found = (status("inboxes").await, status("audit").await, status("queues").await);
        assert_eq!(found, (inboxes, audit, queues), "{given}");
    }
}
