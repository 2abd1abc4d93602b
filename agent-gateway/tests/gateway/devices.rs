//! The devices of agents: whose they are to say, and how they are shown.

use super::world::World;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;

/// Rows: S7.28, S12.6
#[tokio::test]
async fn an_agent_says_which_devices_they_have() {
    let world = World::start().await;
    let (one, two) = (world.login("agent1").await, world.login("agent2").await);
    let admin = world.login("admin").await;
    let path = format!("agents/{}/devices", one.agent.unwrap());
    let none = json!({ "order": "parallel", "language": "en", "devices": [] });
    assert_eq!(world.get(&one, &path).await, none);
    let mut ids = Vec::new();
    for device in [
        json!({ "kind": "desk_phone", "name": "Desk" }),
        json!({ "kind": "browser", "name": "Laptop", "ring_seconds": 20 }),
        json!({ "kind": "mobile", "name": "Pocket", "number": "+8613800138000" }),
    ] {
        let made = world.api(&one, "POST", &path, device).await;
        assert_eq!(made.status, 201, "{}", made.body);
        ids.push(made.body["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(world.desk.rows_changed.load(Ordering::Relaxed), 3, "running machines know");
    for wrong in [
        json!({ "kind": "fax", "name": "x" }),
        json!({ "kind": "mobile", "name": "x" }),
        json!({ "kind": "mobile", "name": "x", "number": "none" }),
        json!({ "kind": "browser", "name": "x", "number": "+8613800138000" }),
        json!({ "kind": "browser", "name": "x", "extension": "2002" }),
        json!({ "kind": "desk_phone", "name": "x", "extension": "2002" }),
        json!({ "kind": "desk_phone", "name": "x", "extension": "2999" }),
        json!({ "kind": "browser", "name": " " }),
        json!({ "kind": "browser", "name": "x", "ring_seconds": 3 }),
    ] {
        let got = world.api(&one, "POST", &path, wrong.clone()).await;
        assert_eq!(got.status, 422, "{wrong}: {}", got.body);
    }
    let turned = json!({ "order": "sequence", "language": "zh-CN", "devices": [ids[2], ids[0], ids[1]] });
    assert_eq!(world.api(&one, "PUT", &path, turned).await.status, 204);
    assert_eq!(world.api(&one, "PUT", &path, json!({ "devices": [ids[0]] })).await.status, 422, "each of them");
    assert_eq!(world.api(&one, "PUT", &format!("{path}/{}", ids[1]), json!({ "active": false })).await.status, 204);
    let seen = world.get(&one, &path).await;
    let names: Vec<&Value> = seen["devices"].as_array().unwrap().iter().map(|d| &d["name"]).collect();
    assert_eq!((names, &seen["order"]), (vec![&json!("Pocket"), &json!("Desk"), &json!("Laptop")], &json!("sequence")));
    assert_eq!((&seen["language"], &seen["devices"][2]["active"]), (&json!("zh-CN"), &json!(false)));
    let number = seen["devices"][0]["number"].as_str().unwrap();
    assert!(number != "+8613800138000" && number.ends_with("00"), "masked: {number}");
    assert_eq!(world.get(&admin, &path).await["devices"][0]["number"], "+8613800138000", "who may see numbers does");
    // Nobody else's business.
    assert_eq!(world.api(&two, "GET", &path, Value::Null).await.status, 403);
    assert_eq!(world.api(&two, "DELETE", &format!("{path}/{}", ids[0]), Value::Null).await.status, 403);
    let other = format!("agents/{}/devices/{}", two.agent.unwrap(), ids[0]);
    assert_eq!(world.api(&two, "DELETE", &other, Value::Null).await.status, 404, "it is none of theirs");
    assert_eq!(world.api(&admin, "DELETE", &format!("{path}/{}", ids[0]), Value::Null).await.status, 204);
    assert_eq!(world.get(&one, &path).await["devices"].as_array().unwrap().len(), 2);
    let entries = world.get(&admin, "audit?limit=20").await;
    let noted = |action: &str| entries.as_array().unwrap().iter().filter(|e| e["action"] == action).count();
    assert_eq!((noted("device.add"), noted("device.edit"), noted("device.remove")), (3, 1, 1));
    assert!(!entries.to_string().contains("13800138000"));
}

/// A supervisor signs an agent out, or sends them on a break; it says who did.
///
/// Rows: S7.17, S7.25
#[tokio::test]
async fn a_supervisor_signs_an_agent_out() {
    let world = World::start().await;
    let (one, leader) = (world.login("agent1").await, world.login("supervisor").await);
    world.choose(&one, "ready").await;
    let path = format!("agents/{}/presence", one.agent.unwrap());
    for (wanted, state) in [
        (json!({ "state": "not_ready", "reason": "training" }), "not_ready"),
        (json!({ "state": "ready" }), "ready"),
        (json!({ "state": "logged_out" }), "logged_out"),
    ] {
        let got = world.api(&leader, "PUT", &path, wanted).await;
        assert_eq!(got.status, 200, "{}", got.body);
        assert_eq!(world.get(&one, "presence").await["state"], state);
    }
    assert_eq!(world.api(&one, "PUT", &path, json!({ "state": "ready" })).await.status, 403, "not even for oneself");
    let entries = world.get(&world.login("admin").await, "audit?limit=10").await;
    let forced: Vec<&Value> = entries.as_array().unwrap().iter().filter(|e| e["action"] == "agent.presence").collect();
    assert_eq!(forced.len(), 3, "{entries:#}");
    let by = world.get(&world.login("admin").await, "users").await;
    let leader = by.as_array().unwrap().iter().find(|u| u["login"] == "supervisor").unwrap()["id"].as_str().unwrap();
    assert!(forced.iter().all(|e| e.to_string().contains(leader)), "{forced:#?}");
}
