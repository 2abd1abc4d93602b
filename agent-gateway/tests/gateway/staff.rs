//! Agents, queues and inboxes are made, edited and put out of use; running machines know of it.

use super::world::{Got, Login, PASSWORD, World};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;

async fn rows(world: &World, who: &Login, path: &str, id: &Value) -> Value {
    let all = world.get(who, path).await;
    all.as_array().unwrap().iter().find(|row| row["id"] == *id).cloned().unwrap_or_default()
}

fn outcome(got: &Got) -> (u16, &str) {
    (got.status, got.problem())
}

/// Rows: S12.29
#[tokio::test]
async fn an_agent_is_made_edited_put_out_of_use_and_taken_back() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let support = world.queues["support"];
    let new = json!({ "login": "Carla", "name": "Carla Agent", "password": PASSWORD, "extension": "2003",
        "must_change_password": false, "queues": [{ "queue": support, "level": 2 }] });
    let changes = || world.desk.rows_changed.load(Ordering::Relaxed);
    let before = changes();
    let made = world.api(&admin, "POST", "agents", new.clone()).await;
    assert_eq!((made.status, changes()), (201, before + 1), "{}", made.body);
    let (id, phone) = (made.body["id"].clone(), made.body["phone"].clone());
    assert_eq!((&phone["extension"], phone["password"].as_str().unwrap().len()), (&json!("2003"), 16));
    for twin in [json!({ "extension": "2009" }), json!({ "login": "carlo" })] {
        let mut body = new.clone();
        body.as_object_mut().unwrap().extend(twin.as_object().unwrap().clone());
        assert_eq!(outcome(&world.api(&admin, "POST", "agents", body).await), (409, "refused"), "{twin}");
    }
    let mut nowhere = new.clone();
    nowhere["queues"][0]["queue"] = json!("01930000-0000-7000-8000-00000000dead");
    nowhere["login"] = json!("carlo");
    nowhere["extension"] = json!("2010");
    assert_eq!(world.api(&admin, "POST", "agents", nowhere).await.status, 404);
    assert!(world.login_with("carlo", PASSWORD).await.is_err(), "all or nothing");

    // She signs in and works at once.
    world.desk.configure().await;
    let carla = world.login("carla").await;
    assert_eq!(json!(carla.agent.unwrap()), id);
    world.choose(&carla, "ready").await;
    let plan = world.operations.floorplan(world.account).await.unwrap();
    let setup = plan.agents.iter().find(|a| Some(a.id) == carla.agent).unwrap();
    assert_eq!((setup.target.as_str(), setup.queues.get(&support)), ("2003", Some(&2)));
    let directory = async || world.operations.directory(world.account).await.unwrap().extensions;
    let ha1 = async |number: &str| directory().await.into_iter().find(|e| e.number == number).map(|e| e.ha1_md5);
    let first = ha1("2003").await.unwrap();
    assert!(!world.get(&admin, "agents").await.to_string().contains(phone["password"].as_str().unwrap()));

    // Of two editors one learns.
    let path = format!("agents/{}", id.as_str().unwrap());
    let version = rows(&world, &admin, "agents", &id).await["version"].clone();
    let edit = json!({ "name": "Carla Colleague", "replaces": version });
    let edited = world.api(&admin, "PUT", &path, edit.clone()).await;
    assert_eq!((edited.status, &edited.body["phone"]), (200, &Value::Null), "{}", edited.body);
    assert_eq!(outcome(&world.api(&admin, "PUT", &path, edit).await), (409, "changed"));
    let row = rows(&world, &admin, "agents", &id).await;
    assert_eq!((&row["name"], &row["version"]), (&json!("Carla Colleague"), &edited.body["version"]));
    // Another extension, another password; and another password for the same.
    let taken = json!({ "extension": "2001", "replaces": row["version"] });
    assert_eq!(outcome(&world.api(&admin, "PUT", &path, taken).await), (409, "refused"));
    let moved = world.api(&admin, "PUT", &path, json!({ "extension": "2033", "replaces": row["version"] })).await;
    assert_eq!((moved.status, &moved.body["phone"]["extension"]), (200, &json!("2033")), "{}", moved.body);
    assert_eq!(ha1("2003").await, None);
    let second = ha1("2033").await.unwrap();
    let renewed = world.api(&admin, "POST", &format!("{path}/phone"), Value::Null).await;
    assert_eq!((renewed.status, &renewed.body["extension"]), (200, &json!("2033")));
    assert!(![first, second.clone()].contains(&ha1("2033").await.unwrap()) && second.len() == 32);

    // Out of use: no session, no phone, not in routing; still in the books.
    assert_eq!(world.api(&admin, "DELETE", &path, Value::Null).await.status, 204);
    assert_eq!(world.api(&carla, "GET", "presence", Value::Null).await.status, 401);
    assert!(world.login_with("carla", PASSWORD).await.is_err());
    assert_eq!(ha1("2033").await, None);
    world.desk.configure().await;
    assert!(!world.operations.floorplan(world.account).await.unwrap().agents.iter().any(|a| Some(a.id) == carla.agent));
    let row = rows(&world, &admin, "agents", &id).await;
    assert_eq!(
        (&row["active"], &row["name"], &row["presence"]["state"]),
        (&json!(false), &json!("Carla Colleague"), &json!("logged_out"))
    );
    // And back, with what she had.
    let back = json!({ "active": true, "replaces": row["version"] });
    assert_eq!(world.api(&admin, "PUT", &path, back).await.status, 200);
    world.login("carla").await;
    assert!(ha1("2033").await.is_some());
    let entries = world.get(&admin, "audit?limit=50").await;
    let acts: Vec<&str> = entries.as_array().unwrap().iter().rev().filter_map(|e| e["action"].as_str()).collect();
    for act in ["agent.create", "user.edit", "user.set_phone", "user.disable", "user.enable"] {
        assert!(acts.contains(&act), "{act}: {acts:?}");
    }
    assert!(!entries.to_string().contains(phone["password"].as_str().unwrap()));
}

/// Rows: S12.29
#[tokio::test]
async fn a_user_is_edited_and_somebody_keeps_the_right_to_grant() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let users = world.get(&admin, "users").await;
    let of = |login: &str| users.as_array().unwrap().iter().find(|u| u["login"] == login).unwrap().clone();
    let path = |login: &str| format!("users/{}", of(login)["id"].as_str().unwrap());
    assert_eq!(outcome(&world.api(&admin, "DELETE", &path("admin"), Value::Null).await), (409, "refused"));
    let reviewer = world.login("reviewer").await;
    let edit = json!({ "name": "Rita Reader", "active": false, "replaces": of("reviewer")["version"] });
    assert_eq!(world.api(&admin, "PUT", &path("reviewer"), edit).await.status, 200);
    assert_eq!(world.api(&reviewer, "GET", "queues", Value::Null).await.status, 401);
    assert_eq!(rows(&world, &admin, "users", &of("reviewer")["id"]).await["name"], "Rita Reader");
    assert_eq!(world.api(&admin, "PUT", &path("agent1"), json!({ "name": "x" })).await.status, 422, "no version");
    let no_phone = json!({ "extension": "", "replaces": of("agent1")["version"] });
    assert_eq!(world.api(&admin, "PUT", &path("agent1"), no_phone).await.status, 200);
    assert_eq!(world.operations.directory(world.account).await.unwrap().extensions.len(), 1);
    let agent = format!("agents/{}/phone", of("agent1")["agent"].as_str().unwrap());
    assert_eq!(world.api(&admin, "POST", &agent, Value::Null).await.status, 422);
}

/// Rows: S12.29
#[tokio::test]
async fn a_queue_is_made_edited_and_put_out_of_use() {
    let world = World::start().await;
    let (admin, agent) = (world.login("admin").await, world.login("agent1").await);
    let body =
        json!({ "name": "Billing", "wrap_up_ms": 30_000, "mode": "pull", "members": [{ "agent": agent.agent }] });
    let made = world.api(&admin, "POST", "queues", body.clone()).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(outcome(&world.api(&admin, "POST", "queues", body).await), (409, "refused"));
    let path = format!("queues/{}", made.body["id"].as_str().unwrap());
    let sheet = world.get(&admin, &path).await;
    assert_eq!(
        (&sheet["name"], &sheet["wrap_up_ms"], &sheet["mode"], &sheet["ring_for_ms"], &sheet["version"]),
        (&json!("Billing"), &json!(30_000), &json!("pull"), &json!(20_000), &json!(1))
    );
    assert_eq!(sheet["members"], json!([{ "agent": agent.agent, "level": 1 }]));
    world.desk.configure().await;
    let there = async || world.get(&agent, "queues").await.to_string().contains("Billing");
    assert!(there().await);
    for nonsense in [
        json!({ "ring_for_ms": 0, "replaces": 1 }),
        json!({ "ring_for_ms": 500_000, "replaces": 1 }),
        json!({ "name": " ", "replaces": 1 }),
        json!({ "members": [{ "agent": agent.agent, "level": 0 }], "replaces": 1 }),
        json!({ "members": [{ "agent": agent.agent }, { "agent": agent.agent }], "replaces": 1 }),
        json!({ "colour": "red", "replaces": 1 }),
        json!({ "language": "tlh", "replaces": 1 }),
        json!({ "hot_words": ["x".repeat(65)], "replaces": 1 }),
        json!({ "name": "No version" }),
    ] {
        assert_eq!(world.api(&admin, "PUT", &path, nonsense.clone()).await.status, 422, "{nonsense}");
    }
    let edit = json!({ "name": "Invoices", "wrap_up_ms": 0, "max_length": 7, "language": "zh-CN", "hot_words": ["Ringdesk"], "members": [], "replaces": 1 });
    let edited = world.api(&admin, "PUT", &path, edit.clone()).await;
    assert_eq!((edited.status, &edited.body["version"]), (200, &json!(2)), "{}", edited.body);
    assert_eq!(outcome(&world.api(&admin, "PUT", &path, edit).await), (409, "changed"));
    let sheet = world.get(&admin, &path).await;
    assert_eq!(
        (&sheet["name"], &sheet["wrap_up_ms"], &sheet["max_length"], &sheet["mode"]),
        (&json!("Invoices"), &json!(0), &json!(7), &json!("pull"))
    );
    assert_eq!(sheet["members"], json!([]));
    assert_eq!((&sheet["language"], &sheet["hot_words"]), (&json!("zh-CN"), &json!(["Ringdesk"])));
    let edit = json!({ "language": "", "replaces": 2 });
    assert_eq!(world.api(&admin, "PUT", &path, edit).await.status, 200);
    assert_eq!(world.get(&admin, &path).await["language"], Value::Null);

    // Not while something leads there.
    let flow = json!({ "start": "wait", "steps": { "wait": { "kind": "queue", "queue": made.body["id"] } } });
    let named = json!({ "name": "To invoices", "document": flow });
    assert_eq!(world.api(&admin, "POST", "flows", named).await.status, 201);
    let refused = world.api(&admin, "DELETE", &path, Value::Null).await;
    assert_eq!(outcome(&refused), (409, "refused"));
    assert!(refused.body["detail"].as_str().unwrap().contains("To invoices"), "{}", refused.body);
    let flows = world.get(&admin, "flows").await;
    let id = flows.as_array().unwrap().iter().find(|f| f["name"] == "To invoices").unwrap()["id"].clone();
    let other = json!({ "document": { "start": "bye", "steps": {} }, "replaces": 1 });
    assert_eq!(world.api(&admin, "PUT", &format!("flows/{}", id.as_str().unwrap()), other).await.status, 200);
    let inbox = world.get(&admin, "inboxes").await[0]["id"].clone();
    let closure = format!("inboxes/{}/closure", inbox.as_str().unwrap());
    let closing = json!({ "until": 99_999_999_999_999_i64, "prompt": "closed", "action": "queue:Invoices" });
    assert_eq!(world.api(&admin, "PUT", &closure, closing).await.status, 204);
    let renamed = json!({ "name": "Other", "replaces": 3 });
    assert_eq!(outcome(&world.api(&admin, "PUT", &path, renamed).await), (409, "refused"));
    assert_eq!(world.api(&admin, "DELETE", &closure, Value::Null).await.status, 204);
    assert_eq!(world.api(&admin, "DELETE", &path, Value::Null).await.status, 204);
    assert_eq!(world.get(&admin, &path).await["active"], false);
    world.desk.configure().await;
    assert!(!there().await);
}

/// Rows: S12.29
#[tokio::test]
async fn an_inbox_is_made_edited_and_put_out_of_use() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let flow = world.get(&admin, "flows").await[0]["id"].clone();
    let body = json!({ "name": "Sales line", "numbers": ["1005", "+4930555"], "flow": flow });
    let made = world.api(&admin, "POST", "inboxes", body.clone()).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(outcome(&world.api(&admin, "POST", "inboxes", body).await), (409, "refused"));
    let numbers = async || world.operations.numbers(world.account).await.unwrap().into_keys().collect::<Vec<_>>();
    assert_eq!(numbers().await, ["+4930555", "1001", "1005"]);
    let path = format!("inboxes/{}", made.body["id"].as_str().unwrap());
    for (nonsense, status) in [
        (json!({ "numbers": ["10 05"], "replaces": 1 }), 422),
        (json!({ "numbers": ["1005", "1005"], "replaces": 1 }), 422),
        (json!({ "numbers": ["1001"], "replaces": 1 }), 409),
        (json!({ "flow": "01930000-0000-7000-8000-00000000dead", "replaces": 1 }), 404),
        (json!({ "name": "x" }), 422),
    ] {
        assert_eq!(world.api(&admin, "PUT", &path, nonsense.clone()).await.status, status, "{nonsense}");
    }
    let edit = json!({ "numbers": ["1006"], "replaces": 1 });
    assert_eq!(world.api(&admin, "PUT", &path, edit.clone()).await.status, 200);
    assert_eq!(outcome(&world.api(&admin, "PUT", &path, edit).await), (409, "changed"));
    assert_eq!(numbers().await, ["1001", "1006"]);
    assert_eq!(world.api(&admin, "DELETE", &path, Value::Null).await.status, 204);
    assert_eq!(numbers().await, ["1001"], "free for another inbox");
    let row = rows(&world, &admin, "inboxes", &made.body["id"]).await;
    assert_eq!((&row["active"], &row["numbers"], &row["version"]), (&json!(false), &json!([]), &json!(3)));
    let back = json!({ "active": true, "numbers": ["1005"], "replaces": 3 });
    assert_eq!(world.api(&admin, "PUT", &path, back).await.status, 200);
    assert_eq!(numbers().await, ["1001", "1005"]);
}
