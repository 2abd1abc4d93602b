//! Work that the door asks for after some failures, over HTTP.

use super::world::{Got, PASSWORD, World};
use ring::digest::{SHA256, digest};
use ringdesk_access::solves;
use serde_json::{Value, json};

const OFFICE: &str = "192.0.2.10";

impl World {
    async fn knock(&self, address: &str, login: &str, password: &str, answer: Value) -> Got {
        let mut body = json!({ "login": login, "password": password });
        if !answer.is_null() {
            body["answer"] = answer;
        }
        let kind = format!("application/json\r\nX-Forwarded-For: {address}");
        self.send_as("POST", "/api/v1/auth/login", None, &kind, &body.to_string()).await
    }

    /// Until work is asked for; gives what is asked.
    async fn fail(&self, address: &str, login: &str) -> Value {
        for _ in 0..3 {
            let got = self.knock(address, login, "guess", Value::Null).await;
            assert_eq!((got.status, got.problem()), (401, "wrong-password"), "{}", got.body);
        }
        let got = self.knock(address, login, PASSWORD, Value::Null).await;
        assert_eq!((got.status, got.problem()), (401, "challenge-required"), "{}", got.body);
        got.body["challenge"].clone()
    }

    fn checked(&self) -> u64 {
        let figures = self.operations.figures();
        figures.iter().find(|(name, _)| *name == "password_checks_total").expect("it is counted").1
    }
}

/// As a browser does it.
fn solved(challenge: &Value) -> Value {
    let seed = challenge["seed"].as_str().unwrap();
    let bits = u32::try_from(challenge["bits"].as_u64().unwrap()).unwrap();
    let is_right = |number: &u64| solves(digest(&SHA256, format!("{seed}:{number}").as_bytes()).as_ref(), bits);
    json!({ "seed": seed, "number": (0..).find(is_right).unwrap() })
}

/// Less work, so that a slow machine is not asked for much.
async fn house() -> World {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let got = world.api(&admin, "GET", "sign_in_challenge", Value::Null).await;
    assert_eq!(got.body, json!({ "after_failures": 3, "bits": 17 }), "unless somebody says otherwise");
    let rule = json!({ "after_failures": 3, "bits": 10 });
    assert_eq!(world.api(&admin, "PUT", "sign_in_challenge", rule).await.status, 204);
    world
}

/// Three wrong passwords, then the right one alone opens nothing and is no guess; with the answer it opens, once.
///
/// Rows: S12.16
#[tokio::test]
async fn after_three_failures_work_is_asked_for_and_opens_once() {
    let world = house().await;
    let asked = world.fail(OFFICE, "agent1").await;
    assert_eq!((&asked["bits"], asked["expires_in"].as_u64() > Some(60)), (&json!(10), true), "{asked}");
    let before = world.checked();
    for password in [PASSWORD, "guess"] {
        let got = world.knock(OFFICE, "agent1", password, Value::Null).await;
        assert_eq!((got.status, got.problem()), (401, "challenge-required"), "whatever the password is");
    }
    assert_eq!(world.checked(), before, "no password was looked at");

    let answer = solved(&asked);
    let wrong = json!({ "seed": "00", "number": 1 });
    for (who, answer, why) in [("agent1", &wrong, "foreign"), ("agent2", &answer, "foreign")] {
        if who == "agent2" {
            world.fail(OFFICE, who).await;
        }
        let got = world.knock(OFFICE, who, PASSWORD, answer.clone()).await;
        assert_eq!((got.status, got.problem()), (403, "challenge-failed"), "{}", got.body);
        assert!(got.body["detail"].as_str().unwrap().starts_with(why), "{}", got.body);
        assert!(got.body["challenge"]["seed"].is_string(), "another one comes with it");
    }
    let elsewhere = world.knock("198.51.100.9", "agent1", PASSWORD, answer.clone()).await;
    assert_eq!((elsewhere.status, elsewhere.problem()), (403, "challenge-failed"), "not from another address");

    // With the answer a password is looked at: a wrong one is a failure like any other, and costs the answer.
    let got = world.knock(OFFICE, "agent1", "guess", answer.clone()).await;
    assert_eq!((got.status, got.problem()), (401, "wrong-password"), "{}", got.body);
    let got = world.knock(OFFICE, "agent1", PASSWORD, answer).await;
    assert_eq!((got.status, got.problem()), (403, "challenge-failed"));
    assert!(got.body["detail"].as_str().unwrap().starts_with("used"), "{}", got.body);
    let another = solved(&got.body["challenge"]);
    let got = world.knock(OFFICE, "agent1", PASSWORD, another).await;
    assert_eq!(got.status, 200, "{}", got.body);
    // Getting in clears it.
    assert_eq!(world.knock(OFFICE, "agent1", PASSWORD, Value::Null).await.status, 200);
}

/// An unknown login is asked like any other; many failures of one address ask for work from whoever comes from there, but for
/// those who are known there; keys of programs pass.
///
/// Rows: S12.16
#[tokio::test]
async fn an_address_is_asked_too_and_nobody_learns_who_exists() {
    let world = house().await;
    let admin = world.login("admin").await;
    let key = json!({ "name": "wallboard", "permissions": ["queues.read"], "expires_in_days": 30 });
    let key = world.api(&admin, "POST", "api_tokens", key).await;
    assert_eq!(world.knock(OFFICE, "agent1", PASSWORD, Value::Null).await.status, 200, "known here");
    assert!(world.fail(OFFICE, "nobody-at-all").await["seed"].is_string());
    for n in 0..12 {
        let got = world.knock(OFFICE, &format!("name{n}"), "guess", Value::Null).await;
        assert_eq!((got.status, got.problem()), (401, "wrong-password"), "{n}");
    }
    let got = world.knock(OFFICE, "agent2", PASSWORD, Value::Null).await;
    assert_eq!((got.status, got.problem()), (401, "challenge-required"), "after fifteen of the address");
    let answer = solved(&got.body["challenge"]);
    assert_eq!(world.knock(OFFICE, "agent1", PASSWORD, Value::Null).await.status, 200, "who is known is not asked");
    assert_eq!(world.knock(OFFICE, "agent2", PASSWORD, answer).await.status, 200);
    let token = key.body["token"].as_str().unwrap();
    let path = format!("/api/v1/accounts/{}/queues", admin.account);
    assert_eq!(world.send("GET", &path, Some(token), "").await.status, 200, "{}", key.body);
}

/// Rows: S12.16, S12.9
#[tokio::test]
async fn the_rule_has_bounds_and_a_past() {
    let world = house().await;
    let admin = world.login("admin").await;
    for odd in [json!({ "after_failures": 0, "bits": 17 }), json!({ "after_failures": 3, "bits": 30 })] {
        let got = world.api(&admin, "PUT", "sign_in_challenge", odd).await;
        assert_eq!((got.status, got.problem()), (422, "invalid"));
    }
    let rule = json!({ "after_failures": 5, "bits": 12 });
    assert_eq!(world.api(&admin, "PUT", "sign_in_challenge", rule).await.status, 204);
    let listed = world.get(&admin, &format!("setting_history?object=account:{}", world.account)).await;
    let past = listed.as_array().unwrap().iter().find(|one| one["facet"] == "sign_in_challenge").unwrap().clone();
    let undo = format!("setting_history/{}/undo", past["id"].as_str().unwrap());
    let got = world.api(&admin, "POST", &undo, json!({ "newest": past["seq"] })).await;
    assert_eq!(got.status, 200, "{}", got.body);
    assert_eq!(world.get(&admin, "sign_in_challenge").await, json!({ "after_failures": 3, "bits": 10 }));
}
