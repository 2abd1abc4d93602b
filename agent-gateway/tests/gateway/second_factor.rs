//! Codes that change every thirty seconds, and keys for programs.

use super::world::{Got, Login, PASSWORD, World};
use ringdesk_access::second_factor::{code, step_at};
use ringdesk_model::{Clock as _, Timestamp};
use serde_json::{Value, json};

/// A telephone with an authenticator.
struct Authenticator(Vec<u8>);

impl Authenticator {
    /// From what one would type (RFC 4648 §6).
    fn new(spelled: &str) -> Authenticator {
        let (mut held, mut bits, mut secret) = (0u32, 0, Vec::new());
        for letter in spelled.bytes() {
            let value = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|b| *b == letter).unwrap() as u32;
            (held, bits) = (held << 5 | value, bits + 5);
            if bits >= 8 {
                bits -= 8;
                secret.push((held >> bits) as u8);
            }
        }
        Authenticator(secret)
    }

    /// The code of so many steps from now.
    fn code(&self, now: Timestamp, steps: i64) -> String {
        format!("{:06}", code(&self.0, step_at(now) + steps))
    }
}

async fn auth(world: &World, who: &Login, method: &str, path: &str, body: Value) -> Got {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    world.send(method, &format!("/api/v1/auth/{path}"), Some(&who.token), &body).await
}

async fn sign_in(world: &World, login: &str, code: Option<&str>) -> Got {
    let body = json!({ "login": login, "password": PASSWORD, "code": code });
    world.send("POST", "/api/v1/auth/login", None, &body.to_string()).await
}

/// Set up to its end; the recovery codes. The code of the step before is used up.
async fn set_up(world: &World, who: &Login) -> (Authenticator, Vec<String>) {
    let got = auth(world, who, "POST", "second_factor", Value::Null).await;
    assert_eq!(got.status, 200, "{}", got.body);
    assert!(got.body["address"].as_str().unwrap().starts_with("otpauth://totp/Ringdesk:"));
    let phone = Authenticator::new(got.body["secret"].as_str().unwrap());
    let wrong = auth(world, who, "PUT", "second_factor", json!({ "code": "000000" })).await;
    assert_eq!((wrong.status, wrong.problem()), (403, "wrong-code"));
    let first = json!({ "code": phone.code(world.clock.now(), -1) });
    let got = auth(world, who, "PUT", "second_factor", first).await;
    assert_eq!(got.status, 200, "{}", got.body);
    let codes = got.body["recovery_codes"].as_array().unwrap();
    (phone, codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect())
}

/// Rows: S12.17
#[tokio::test]
async fn a_code_is_asked_for_beside_the_password_and_is_good_once() {
    let world = World::start().await;
    let who = world.login("agent1").await;
    // Begun and not finished, it is asked of nobody.
    assert_eq!(auth(&world, &who, "POST", "second_factor", Value::Null).await.status, 200);
    assert_eq!(sign_in(&world, "agent1", None).await.status, 200);
    let (phone, recovery) = set_up(&world, &who).await;
    assert_eq!(recovery.len(), 10);
    let got = sign_in(&world, "agent1", None).await;
    assert_eq!((got.status, got.problem()), (401, "code-wanted"));
    let got = sign_in(&world, "agent1", Some("123456")).await;
    assert_eq!((got.status, got.problem()), (403, "wrong-code"));
    // What set it up is used up; the next one lets in, once.
    let now = world.clock.now();
    assert_eq!(sign_in(&world, "agent1", Some(&phone.code(now, 1))).await.status, 200);
    assert_eq!(sign_in(&world, "agent1", Some(&phone.code(now, 1))).await.status, 403, "once");
    assert_eq!(sign_in(&world, "agent1", Some(&phone.code(now, 0))).await.status, 403, "and none before it");
    // A recovery code in its place, once, however it is typed.
    let typed = recovery[0].to_lowercase().replace('-', " ");
    assert_eq!(sign_in(&world, "agent1", Some(&typed)).await.status, 200);
    assert_eq!(sign_in(&world, "agent1", Some(&typed)).await.status, 403);
    let state = auth(&world, &who, "GET", "second_factor", Value::Null).await.body;
    assert_eq!((&state["recovery_codes_left"], &state["needed"]), (&json!(9), &json!(false)), "{state}");
    assert!(state["set_up"].is_i64());
    // Others are asked for nothing, and a wrong password stays one.
    assert_eq!(sign_in(&world, "agent2", None).await.status, 200);
    let body = json!({ "login": "agent1", "password": "guess", "code": recovery[1] }).to_string();
    let got = world.send("POST", "/api/v1/auth/login", None, &body).await;
    assert_eq!((got.status, got.problem()), (401, "wrong-password"));
    // Taken away with a recovery code; then the password alone does.
    let got = auth(&world, &who, "POST", "second_factor/remove", json!({ "code": recovery[2] })).await;
    assert_eq!(got.status, 204, "{}", got.body);
    assert_eq!(sign_in(&world, "agent1", None).await.status, 200);
}

/// Who knows the password does not guess the code: right passwords without a code forgive nothing.
///
/// Rows: S12.17, S12.13
#[tokio::test]
async fn guessing_codes_is_slowed_down() {
    let world = World::start().await;
    world.ask_for_no_work().await;
    let who = world.login("agent1").await;
    set_up(&world, &who).await;
    let mut answers = Vec::new();
    for guess in 0..6 {
        let _ = sign_in(&world, "agent1", None).await;
        answers.push(sign_in(&world, "agent1", Some(&format!("{guess:06}"))).await.status);
    }
    assert_eq!(answers[..5], [403; 5], "{answers:?}");
    assert_eq!(answers[5], 429, "{answers:?}");
}

/// Rows: S12.17
#[tokio::test]
async fn a_role_may_need_one_and_nothing_else_is_allowed_without() {
    let world = World::start().await;
    let (admin, leader) = (world.login("admin").await, world.login("supervisor").await);
    let wish = json!({ "roles": ["supervisor"] });
    assert_eq!(world.api(&admin, "PUT", "second_factor_roles", wish).await.status, 204);
    assert_eq!(world.get(&admin, "second_factor_roles").await["roles"], json!(["leader"]));
    // At once, and for whoever signs in.
    assert_eq!(world.api(&leader, "GET", "queues", Value::Null).await.status, 403);
    let again = world.login("supervisor").await;
    let me = auth(&world, &again, "GET", "me", Value::Null).await.body;
    assert_eq!((&me["must"], &me["permissions"]), (&json!("set_up_second_factor"), &json!([])), "{me}");
    let (_, recovery) = set_up(&world, &again).await;
    assert_eq!(world.api(&again, "GET", "queues", Value::Null).await.status, 200);
    let got = auth(&world, &again, "POST", "second_factor/remove", json!({ "code": recovery[0] })).await;
    assert_eq!(got.status, 409, "{}", got.body);
    assert_eq!(world.get(&admin, "second_factor_roles").await["users"].as_array().unwrap().len(), 1);
    // Telephone and codes are lost: a manager helps, and they are signed out.
    let users = world.get(&admin, "users").await;
    let id = users.as_array().unwrap().iter().find(|user| user["login"] == "supervisor").unwrap()["id"].clone();
    let path = format!("users/{}/second_factor", id.as_str().unwrap());
    assert_eq!(world.api(&admin, "DELETE", &path, Value::Null).await.status, 204);
    assert_eq!(world.api(&again, "GET", "queues", Value::Null).await.status, 401);
    assert_eq!(world.api(&admin, "DELETE", &path, Value::Null).await.status, 404);
    let acts = world.get(&admin, "audit?limit=50").await.to_string();
    for act in ["second_factor.roles", "user.second_factor"] {
        assert!(acts.contains(act), "{act}");
    }
    assert!(!acts.contains(&recovery[0]));
}

/// Named, narrow, shown once, ended; never more than who made it.
///
/// Rows: S12.6, S12.9
#[tokio::test]
async fn a_program_has_a_key_of_its_own() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let wish = |name: &str, permissions: &[&str], days: u16| json!({ "name": name, "permissions": permissions, "expires_in_days": days });
    for (body, status) in [
        (wish("", &["queues.read"], 1), 422),
        (wish("a", &[], 1), 422),
        (wish("a", &["everything"], 1), 422),
        (wish("a", &["backup.run"], 1), 422),
        (wish("a", &["queues.read"], 0), 422),
        (wish("a", &["queues.read"], 400), 422),
    ] {
        assert_eq!(world.api(&admin, "POST", "api_tokens", body.clone()).await.status, status, "{body}");
    }
    let made = world.api(&admin, "POST", "api_tokens", wish("wallboard", &["queues.read"], 1)).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(world.api(&admin, "POST", "api_tokens", wish("wallboard", &["queues.read"], 1)).await.status, 409);
    let token = made.body["token"].as_str().unwrap().to_owned();
    assert!(token.starts_with("rdk_"));
    let program = Login { token, account: admin.account.clone(), agent: None };
    assert_eq!(world.api(&program, "GET", "queues", Value::Null).await.status, 200);
    for (method, path) in [("GET", "users"), ("GET", "api_tokens"), ("POST", "api_tokens"), ("GET", "conversations")] {
        assert_eq!(world.api(&program, method, path, json!({})).await.status, 403, "{method} {path}");
    }
    let got = auth(&world, &program, "POST", "second_factor", Value::Null).await;
    assert_eq!(got.status, 403, "it is no person");
    let listed = world.get(&admin, "api_tokens").await;
    assert!(listed[0]["seen_at"].is_i64() && listed[0]["name"] == "wallboard", "{listed}");
    assert!(!listed.to_string().contains(&program.token), "shown once");
    let path = format!("api_tokens/{}", made.body["id"].as_str().unwrap());
    assert_eq!(world.api(&admin, "DELETE", &path, Value::Null).await.status, 204);
    assert_eq!(world.api(&program, "GET", "queues", Value::Null).await.status, 401);
    let acts = world.get(&admin, "audit?limit=20").await.to_string();
    assert!(acts.contains("api_token.create") && acts.contains("api_token.remove"), "{acts}");
}
