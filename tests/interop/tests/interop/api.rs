//! The HTTP side of the real server: how errors look, who is throttled, what a follower hears. Who may do what is proven beside the
//! gateway.

use futures_util::{SinkExt as _, StreamExt as _};
use ringdesk_interop::{Centre, Login};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// Errors are for programs and for people, whoever found them.
#[tokio::test]
async fn every_error_is_a_problem() {
    let centre = Centre::start().await.unwrap();
    let agent = centre.login("agent1").await.unwrap();
    let account = &agent.account;
    let large = "x".repeat(300_000);
    for (method, path, body, status, kind) in [
        ("GET", "/api/v1/nothing".to_owned(), "", 404, "not-found"),
        ("DELETE", format!("/api/v1/accounts/{account}/queues"), "", 405, "method-not-allowed"),
        ("GET", format!("/api/v1/accounts/{account}/conversations/not-an-id"), "", 400, "malformed"),
        ("GET", "/api/v1/accounts/not-an-id/queues".to_owned(), "", 400, "malformed"),
        ("GET", format!("/api/v1/accounts/{account}/conversations?limit=x"), "", 400, "malformed"),
        ("GET", format!("/api/v1/accounts/{account}/conversations?limit=101"), "", 422, "invalid"),
        ("PUT", format!("/api/v1/accounts/{account}/presence"), "{", 400, "malformed"),
        ("PUT", format!("/api/v1/accounts/{account}/presence"), r#"{"state":"asleep"}"#, 422, "invalid"),
        ("PUT", format!("/api/v1/accounts/{account}/presence"), r#"{"state":"ready","mood":1}"#, 422, "invalid"),
        ("PUT", format!("/api/v1/accounts/{account}/presence"), large.as_str(), 413, "too-large"),
        ("PUT", format!("/api/v1/accounts/{account}/presence/next"), r#"{"state":"ready"}"#, 409, "refused"),
        ("GET", format!("/api/v1/accounts/{account}/events"), "", 400, "malformed"),
    ] {
        let (got, head, reply) = centre.raw(method, &path, Some(&agent.token), body).await.unwrap();
        let place = format!("{method} {path}: {got} {reply}");
        assert_eq!(got, status, "{place}");
        assert!(head.contains("application/problem+json"), "{place}\n{head}");
        assert_eq!(reply["type"], format!("urn:ringdesk:problem:{kind}"), "{place}");
        assert!(reply["title"].as_str().is_some_and(|t| !t.is_empty()), "{place}");
    }
}

pub(super) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub(super) async fn follow(centre: &Centre, who: &Login, after: Option<i64>) -> Socket {
    let after = after.map(|n| format!("?after={n}")).unwrap_or_default();
    let address = format!("ws://{}/api/v1/accounts/{}/events{after}", centre.http, who.account);
    let mut request = address.into_client_request().unwrap();
    request.headers_mut().insert("authorization", format!("Bearer {}", who.token).parse().unwrap());
    tokio_tungstenite::connect_async(request).await.unwrap().0
}

pub(super) async fn line(socket: &mut Socket) -> Value {
    loop {
        let message = tokio::time::timeout(Duration::from_secs(10), socket.next()).await;
        match message.expect("an event within ten seconds").expect("the socket is open").unwrap() {
            Message::Text(text) => return serde_json::from_str(&text).unwrap(),
            Message::Close(frame) => return json!({ "type": "closed", "code": frame.map(|f| u16::from(f.code)) }),
            _ => {}
        }
    }
}

async fn choose(centre: &Centre, who: &Login, state: &str) {
    let (status, reply) = centre.api(who, "PUT", "presence", Some(&json!({ "state": state }))).await.unwrap();
    assert_eq!(status, 200, "{reply}");
}

/// Rows: S7.25, S2.16
#[tokio::test]
async fn a_follower_resumes_where_it_was_and_hears_only_what_is_theirs() {
    let centre = Centre::start().await.unwrap();
    let (agent1, agent2) = (centre.login("agent1").await.unwrap(), centre.login("agent2").await.unwrap());
    let leader = centre.login("supervisor").await.unwrap();
    let mut all = follow(&centre, &leader, None).await;
    let mut own = follow(&centre, &agent1, None).await;
    assert_eq!(line(&mut all).await["type"], "cursor");
    assert_eq!(line(&mut own).await["type"], "cursor");

    choose(&centre, &agent2, "ready").await;
    choose(&centre, &agent1, "ready").await;
    choose(&centre, &agent1, "not_ready").await;
    let mut heard = Vec::new();
    while heard.len() < 3 {
        heard.push(line(&mut all).await);
    }
    let told = |e: &Value| (e["data"]["agent"].clone(), e["data"]["presence"]["state"].clone());
    let (one, two) = (json!(agent1.agent), json!(agent2.agent));
    assert_eq!(
        heard.iter().map(told).collect::<Vec<_>>(),
        [(two, json!("ready")), (one.clone(), json!("ready")), (one.clone(), json!("not_ready"))]
    );
    // The agent hears of themselves alone; a cursor says how far they are.
    let mut mine = Vec::new();
    while mine.len() < 2 {
        let event = line(&mut own).await;
        match event["type"].as_str() {
            Some("cursor") => {}
            _ => mine.push(told(&event)),
        }
    }
    assert_eq!(mine, [(one.clone(), json!("ready")), (one, json!("not_ready"))]);

    // Gone and back: everything after the number, once, in order, and then what is new.
    let first = heard[0]["seq"].as_i64().unwrap();
    drop(all);
    choose(&centre, &agent2, "not_ready").await;
    let mut again = follow(&centre, &leader, Some(first)).await;
    assert_eq!(line(&mut again).await, json!({ "type": "cursor", "seq": first }));
    for known in &heard[1..] {
        assert_eq!(&line(&mut again).await, known);
    }
    assert_eq!(line(&mut again).await["data"]["agent"], json!(agent2.agent));
    choose(&centre, &agent2, "ready").await;
    assert_eq!(line(&mut again).await["data"]["presence"]["state"], "ready");

    // A number from another store.
    let mut lost = follow(&centre, &leader, Some(1 << 40)).await;
    assert_eq!(line(&mut lost).await["type"], "reset");
}

/// Many writers at once, a follower from the first moment: no gap and no double at the seam.
#[tokio::test]
async fn nothing_is_missed_between_the_past_and_the_present() {
    let centre = Centre::start().await.unwrap();
    let (agent1, agent2) = (centre.login("agent1").await.unwrap(), centre.login("agent2").await.unwrap());
    let leader = centre.login("supervisor").await.unwrap();
    let start = {
        let mut socket = follow(&centre, &leader, None).await;
        line(&mut socket).await["seq"].as_i64().unwrap()
    };
    let changes = async |who: &Login| {
        for n in 0..20 {
            choose(&centre, who, if n % 2 == 0 { "ready" } else { "not_ready" }).await;
        }
    };
    let listen = async {
        let mut socket = follow(&centre, &leader, Some(start)).await;
        let mut numbers = Vec::new();
        while numbers.len() < 40 {
            let event = line(&mut socket).await;
            if event["type"] == "presence_changed" {
                numbers.push(event["seq"].as_i64().unwrap());
            }
        }
        numbers
    };
    let ((), (), numbers) = tokio::join!(changes(&agent1), changes(&agent2), listen);
    assert_eq!(numbers, (start + 1..=start + 40).collect::<Vec<_>>());
}

/// Rows: S12.6
#[tokio::test]
async fn a_socket_ends_with_its_session() {
    let centre = Centre::start().await.unwrap();
    let (admin, agent) = (centre.login("admin").await.unwrap(), centre.login("agent1").await.unwrap());
    let mut socket = follow(&centre, &agent, None).await;
    assert_eq!(line(&mut socket).await["type"], "cursor");
    let (_, users) = centre.api(&admin, "GET", "users", None).await.unwrap();
    let user = users.as_array().unwrap().iter().find(|u| u["login"] == "agent1").unwrap();
    let path = format!("users/{}/password", user["id"].as_str().unwrap());
    let (status, reply) =
        centre.api(&admin, "PUT", &path, Some(&json!({ "password": "another-one-22" }))).await.unwrap();
    assert_eq!(status, 204, "{reply}");
    assert_eq!(line(&mut socket).await, json!({ "type": "closed", "code": 1008 }));
    let (status, _) = centre.api(&agent, "GET", "queues", None).await.unwrap();
    assert_eq!(status, 401);
    // The client's own goodbye, and garbage, end it too.
    let mut socket = follow(&centre, &admin, None).await;
    socket.send(Message::Text("x".repeat(5_000).into())).await.unwrap();
    let mut ended = false;
    while let Ok(Some(message)) = tokio::time::timeout(Duration::from_secs(10), socket.next()).await {
        ended = matches!(message, Ok(Message::Close(_)) | Err(_));
        if ended {
            break;
        }
    }
    assert!(ended || socket.next().await.is_none(), "a message too large ends the socket");
}

/// Rows: S12.9
#[tokio::test]
async fn users_are_made_by_those_who_may() {
    let centre = Centre::start().await.unwrap();
    let admin = centre.login("admin").await.unwrap();
    let make = async |roles: Value, login: &str, password: &str| {
        let body = json!({ "login": login, "name": "Nora New", "roles": roles, "password": password,
            "must_change_password": false });
        let (status, reply) = centre.api(&admin, "POST", "users", Some(&body)).await.unwrap();
        (status, reply["type"].as_str().unwrap_or_default().rsplit(':').next().unwrap_or_default().to_owned())
    };
    assert_eq!(make(json!(["agent"]), "nora", ringdesk_interop::PASSWORD).await.0, 201);
    assert_eq!(make(json!(["agent"]), "nora", ringdesk_interop::PASSWORD).await, (409, "refused".into()));
    assert_eq!(make(json!(["agent"]), "nina", "short").await, (422, "weak-password".into()));
    assert_eq!(make(json!(["king"]), "nina", ringdesk_interop::PASSWORD).await, (422, "invalid".into()));
    assert_eq!(make(json!(["technician"]), "tessa", ringdesk_interop::PASSWORD).await.0, 201, "theirs is to grant");
    assert_eq!(make(json!(["agent"]), "two words", ringdesk_interop::PASSWORD).await, (422, "invalid".into()));
    let nora = centre.login("nora").await.unwrap();
    assert_eq!(centre.api(&nora, "GET", "queues", None).await.unwrap().0, 200);
    // Each of these stands in the audit, whose chain holds.
    let (_, entries) = centre.api(&admin, "GET", "audit?limit=20", None).await.unwrap();
    assert!(entries.as_array().unwrap().iter().any(|e| e["action"] == "user.create"));
    let (status, verified) = centre.api(&admin, "GET", "audit/verify", None).await.unwrap();
    assert_eq!(status, 200);
    assert!(verified["entries"].as_i64().unwrap() >= 4, "{verified}");
}

/// Five wrong passwords, and the right one has to wait.
#[tokio::test]
async fn guessing_is_slowed_down() {
    let centre = Centre::start().await.unwrap();
    // So that nothing but the waiting is in the way.
    let admin = centre.login("admin").await.unwrap();
    let rule = json!({ "after_failures": 100, "bits": 8 });
    assert_eq!(centre.api(&admin, "PUT", "sign_in_challenge", Some(&rule)).await.unwrap().0, 204);
    let mut seen = Vec::new();
    for _ in 0..8 {
        let body = json!({ "login": "agent2", "password": "guess" }).to_string();
        let (status, _, reply) = centre.raw("POST", "/api/v1/auth/login", None, &body).await.unwrap();
        seen.push(status);
        if status == 429 {
            assert_eq!(reply["type"], "urn:ringdesk:problem:too-many-attempts");
            break;
        }
    }
    assert_eq!(seen.pop(), Some(429), "{seen:?}");
    assert!(!seen.is_empty() && seen.iter().all(|s| *s == 401), "{seen:?}");
    assert!(centre.login("agent2").await.is_err(), "the right password waits as well");
    assert!(centre.login("agent1").await.is_ok(), "others do not");
}
