//! Errors are for programs and for people, whoever found them.

use super::world::World;

#[tokio::test]
async fn every_error_is_a_problem() {
    let world = World::start().await;
    let agent = world.login("agent1").await;
    let admin = world.login("admin").await;
    let at = |path: &str| format!("/api/v1/accounts/{}/{path}", world.account);
    let large = format!(r#"{{"state":"{}"}}"#, "x".repeat(300_000));
    for (method, path, body, status, kind) in [
        ("GET", "/api/nowhere".to_owned(), "", 404, "not-found"),
        ("GET", "/api/v1/nothing".to_owned(), "", 404, "not-found"),
        ("POST", "/api/v1/accounts".to_owned(), "{}", 404, "not-found"),
        ("DELETE", at("queues"), "", 405, "method-not-allowed"),
        ("PATCH", "/api/v1/auth/login".to_owned(), "{}", 405, "method-not-allowed"),
        ("GET", at("conversations/not-an-id"), "", 400, "malformed"),
        ("GET", "/api/v1/accounts/not-an-id/queues".to_owned(), "", 400, "malformed"),
        ("GET", at("conversations?limit=x"), "", 400, "malformed"),
        ("GET", at("conversations?colour=red"), "", 400, "malformed"),
        ("GET", at("conversations?limit=101"), "", 422, "invalid"),
        ("GET", at("conversations?channel=pigeon"), "", 422, "invalid"),
        ("PUT", at("presence"), "", 400, "malformed"),
        ("PUT", at("presence"), "{", 400, "malformed"),
        ("PUT", at("presence"), "\u{0}", 400, "malformed"),
        ("PUT", at("presence"), r#"{"state":"asleep"}"#, 422, "invalid"),
        ("PUT", at("presence"), r#"{"state":"ready","mood":1}"#, 422, "invalid"),
        ("PUT", at("presence"), "[]", 422, "invalid"),
        ("PUT", at("presence"), large.as_str(), 413, "too-large"),
        ("PUT", at("presence/next"), r#"{"state":"ready"}"#, 409, "refused"),
        ("POST", at("presence/wrap_up"), r#"{"action":"done"}"#, 409, "refused"),
        ("POST", at("presence/wrap_up"), r#"{"action":"extend"}"#, 422, "invalid"),
        ("GET", at("events"), "", 400, "malformed"),
        ("GET", at("events?after=-1"), "", 422, "invalid"),
        ("GET", at("inboxes"), "", 403, "not-allowed"),
        ("POST", "/api/v1/auth/login".to_owned(), r#"{"login":"agent1","password":"no"}"#, 401, "wrong-password"),
    ] {
        let got = world.send(method, &path, Some(&agent.token), body).await;
        let place = format!("{method} {path} {}: {} {}", &body[..body.len().min(40)], got.status, got.body);
        assert_eq!((got.status, got.problem()), (status, kind), "{place}");
        assert!(got.head.contains("content-type: application/problem+json"), "{place}\n{}", got.head);
        assert!(got.head.contains("x-request-id: "), "{place}\n{}", got.head);
        assert_eq!(got.body["status"], status, "{place}");
        assert!(got.body["title"].as_str().is_some_and(|t| !t.is_empty()), "{place}");
    }
    let got = world.send_as("PUT", &at("presence"), Some(&agent.token), "text/plain", r#"{"state":"ready"}"#).await;
    assert_eq!((got.status, got.problem()), (415, "not-json"), "{}", got.body);
    // Who is no agent has no presence.
    let got = world.send("GET", &at("presence"), Some(&admin.token), "").await;
    assert_eq!((got.status, got.problem()), (422, "invalid"), "{}", got.body);
}
