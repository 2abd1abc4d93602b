//! How work finds its agent, as administrators say it, leaders change it and readers are told why.

use super::world::{NUMBER, World};
use ringdesk_model::{Clock as _, Pii, QueueId};
use ringdesk_storage::contacts::Identity;
use serde_json::{Value, json};

/// Rows: S7.1, S7.3, S7.5, S7.7, S12.29
#[tokio::test]
async fn a_queue_says_how_its_work_is_routed() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let other = world.queues["support"];
    let routing = json!({
        "strategy": "longest_idle", "first_levels": 1, "wants": { "billing": 3 }, "near": false,
        "relax": [{ "after_ms": 30_000, "what": "lower", "skill": "billing", "level": 1, "at_once_if_nobody": true }],
        "overflow": [
            { "when": "waited", "after_ms": 60_000, "queue": other },
            { "when": "no_agents", "queue": null },
        ],
    });
    let body = json!({ "name": "Billing", "mode": "assign", "routing": routing });
    let made = world.api(&admin, "POST", "queues", body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let path = format!("queues/{}", made.body["id"].as_str().unwrap());
    let sheet = world.get(&admin, &path).await;
    assert_eq!((&sheet["routing"], &sheet["mode"]), (&routing, &json!("assign")));
    for nonsense in [
        json!({ "wants": { "billing": 0 } }),
        json!({ "wants": { " ": 1 } }),
        json!({ "strategy": "whoever" }),
        json!({ "near": true }),
        json!({ "overflow": [{ "when": "no_agents", "queue": made.body["id"] }] }),
        json!({ "overflow": [{ "when": "waited", "queue": null }] }),
    ] {
        let got = world.api(&admin, "PUT", &path, json!({ "routing": nonsense, "replaces": 1 })).await;
        assert_eq!(got.status, 422, "{nonsense}: {}", got.body);
    }
    let nowhere: QueueId = world.id();
    let lost = json!({ "routing": { "overflow": [{ "when": "no_agents", "queue": nowhere }] }, "replaces": 1 });
    assert_eq!(world.api(&admin, "PUT", &path, lost).await.status, 404);
    // What is not named stays.
    let edit = json!({ "routing": { "strategy": "ring_all", "relax": [] }, "replaces": 1 });
    assert_eq!(world.api(&admin, "PUT", &path, edit).await.status, 200);
    let sheet = world.get(&admin, &path).await;
    assert_eq!((&sheet["routing"]["strategy"], &sheet["routing"]["relax"]), (&json!("ring_all"), &json!([])));
    assert_eq!(sheet["routing"]["wants"], json!({ "billing": 3 }));
    let closed = world.api(&admin, "DELETE", &format!("queues/{other}"), Value::Null).await;
    assert_eq!(closed.status, 409, "work overflows there: {}", closed.body);
    // It is in the history, and goes back.
    let object = made.body["id"].as_str().unwrap();
    let past = world.get(&admin, &format!("setting_history?object=queue:{object}")).await;
    let change = past.as_array().unwrap().iter().find(|c| c["facet"] == "queue").unwrap().clone();
    let undo = format!("setting_history/{}/undo", change["id"].as_str().unwrap());
    let undone = world.api(&admin, "POST", &undo, json!({ "newest": change["seq"] })).await;
    assert!(undone.status < 300, "{}", undone.body);
    let sheet = world.get(&admin, &path).await;
    assert_eq!(sheet["routing"], routing);
    // Who asks the contact's region first says when anybody may have it.
    let drop = json!([{ "after_ms": 20_000, "what": "drop", "skill": "region", "at_once_if_nobody": true }]);
    let near = json!({ "routing": { "near": true, "relax": drop }, "replaces": sheet["version"] });
    let put = world.api(&admin, "PUT", &path, near).await;
    assert_eq!(put.status, 200, "{}", put.body);
    let sheet = world.get(&admin, &path).await;
    assert_eq!((&sheet["routing"]["near"], &sheet["routing"]["relax"]), (&json!(true), &drop));
}

/// Who keeps their place is called by a calendar that there is, and that stays as long as it is asked.
///
/// Rows: V7, S12.29
#[tokio::test]
async fn a_queue_says_when_it_calls_back_and_whose_telephone_rings_first() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let calendar = json!({ "name": "Office", "calendar": { "zone": "Europe/Berlin" } });
    let calendar = world.api(&admin, "POST", "calendars", calendar).await.body["id"].clone();
    let callback = |hours: &Value, first: &str| {
        let plain = json!({ "after_ms": 60_000, "above_ms": 0, "tries": 2, "again_ms": 120_000 });
        let mut rule = plain.as_object().unwrap().clone();
        rule.extend([("hours".to_owned(), hours.clone()), ("first".to_owned(), json!(first))]);
        json!({ "callback": rule })
    };
    let body = json!({ "name": "Called back", "waiting": callback(&calendar, "caller") });
    let made = world.api(&admin, "POST", "queues", body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let path = format!("queues/{}", made.body["id"].as_str().unwrap());
    let sheet = world.get(&admin, &path).await;
    assert_eq!(sheet["waiting"]["callback"], callback(&calendar, "caller")["callback"]);
    let nowhere: QueueId = world.id();
    for (wrong, status) in [(callback(&json!(nowhere), "agent"), 404), (callback(&calendar, "whoever"), 422)] {
        let got = world.api(&admin, "PUT", &path, json!({ "waiting": wrong, "replaces": 1 })).await;
        assert_eq!(got.status, status, "{wrong}: {}", got.body);
    }
    let id = calendar.as_str().unwrap();
    let users = world.get(&admin, &format!("used_by?object=calendar:{id}")).await;
    let user = users.as_array().unwrap().iter().find(|user| user["kind"] == "queue").unwrap();
    assert_eq!((&user["name"], &user["holds"]), (&json!("Called back"), &json!(true)), "{users}");
    let asked = world.api(&admin, "DELETE", &format!("calendars/{id}"), Value::Null).await;
    assert_eq!(asked.status, 409, "a queue calls back by it: {}", asked.body);
    let at_any_hour = json!({ "waiting": callback(&Value::Null, "agent"), "replaces": 1 });
    assert_eq!(world.api(&admin, "PUT", &path, at_any_hour).await.status, 200);
    assert_eq!(world.api(&admin, "DELETE", &format!("calendars/{id}"), Value::Null).await.status, 204);
}

/// Rows: S7.1, S7.4, S12.29
#[tokio::test]
async fn what_an_agent_can_and_takes_is_said_and_kept_in_the_history() {
    let world = World::start().await;
    let (admin, agent) = (world.login("admin").await, world.login("agent1").await);
    let path = format!("agents/{}/routing", agent.agent.unwrap());
    let plain = json!({ "skills": {}, "calls": 1, "texts": 4 });
    assert_eq!(world.get(&admin, &path).await, plain);
    let wanted = json!({ "skills": { "billing": 3, "language:zh": 10 }, "calls": 0, "texts": 6 });
    assert_eq!(world.api(&admin, "PUT", &path, wanted.clone()).await.status, 204);
    assert_eq!(world.get(&admin, &path).await, wanted);
    for nonsense in [
        json!({ "skills": { "billing": 11 }, "calls": 1, "texts": 4 }),
        json!({ "skills": {}, "calls": 2, "texts": 4 }),
        json!({ "skills": {}, "calls": 0, "texts": 0 }),
    ] {
        assert_eq!(world.api(&admin, "PUT", &path, nonsense.clone()).await.status, 422, "{nonsense}");
    }
    let user = world.user(&admin, "agent1").await;
    let past = world.get(&admin, &format!("setting_history?object=user:{user}")).await;
    let change = past.as_array().unwrap().iter().find(|c| c["facet"] == "agent_routing").unwrap().clone();
    let undo = format!("setting_history/{}/undo", change["id"].as_str().unwrap());
    let undone = world.api(&admin, "POST", &undo, json!({ "newest": change["seq"] })).await;
    assert!(undone.status < 300, "{}", undone.body);
    assert_eq!(world.get(&admin, &path).await, plain);
}

/// Rows: S7.4, S7.7
#[tokio::test]
async fn a_channel_is_given_an_advantage_held_or_turned_away() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let all = world.get(&admin, "channels").await;
    assert_eq!(all[0], json!({ "name": "phone", "priority": 0, "switch": "on" }));
    let held = json!({ "priority": 30, "switch": "hold" });
    assert_eq!(world.api(&admin, "PUT", "channels/phone", held).await.status, 204);
    assert_eq!(world.get(&admin, "channels").await[0], json!({ "name": "phone", "priority": 30, "switch": "hold" }));
    let far = json!({ "priority": 241, "switch": "on" });
    assert_eq!(world.api(&admin, "PUT", "channels/phone", far).await.status, 422);
    let fax = json!({ "priority": 0, "switch": "on" });
    assert_eq!(world.api(&admin, "PUT", "channels/fax", fax).await.status, 404);
    let past = world.get(&admin, "setting_history?object=channel:phone").await;
    assert_eq!(past[0]["facet"], "channel", "{past}");
}

/// Who calls from Guangzhou is offered to the agent of that province, though another is idle longer; for a caller from Beijing nobody of their
/// region is at work, and they do not wait for one.
///
/// Rows: S7.3
#[tokio::test]
async fn a_caller_is_offered_to_an_agent_of_their_region() {
    let world = World::start().await;
    let (admin, one, two) = (world.login("admin").await, world.login("agent1").await, world.login("agent2").await);
    let path = format!("queues/{}", world.queues["support"]);
    let replaces = world.get(&admin, &path).await["version"].clone();
    let drop = json!([{ "after_ms": 60_000, "what": "drop", "skill": "region", "at_once_if_nobody": true }]);
    let near = json!({ "routing": { "near": true, "relax": drop }, "replaces": replaces });
    assert_eq!(world.api(&admin, "PUT", &path, near).await.status, 200);
    let can = json!({ "skills": { "region:CN-GD": 1 }, "calls": 1, "texts": 4 });
    let put = world.api(&admin, "PUT", &format!("agents/{}/routing", two.agent.unwrap()), can).await;
    assert_eq!(put.status, 204, "{}", put.body);
    world.desk.configure().await;
    for who in [&one, &two] {
        world.choose(who, "ready").await;
    }
    for (number, agent) in [("+862012345678", &two), ("+861012345678", &one)] {
        let caller = Identity { kind: "number", value: Pii::new(number.to_owned()) };
        let treatment = world.operations.treatment(world.clock.now(), world.account, &caller).await.unwrap();
        let waiting = world.call_of("support", number, treatment).await;
        let offers = world.get(&admin, &format!("conversations/{}/offers", waiting.conversation)).await;
        assert_eq!(offers[0]["agent"], json!(agent.agent), "{number}: {offers}");
    }
}

/// Rows: S7.2, S7.9, S7.22
#[tokio::test]
async fn a_leader_moves_who_waits_and_the_reason_of_each_offer_is_told() {
    let world = World::start().await;
    let (leader, one, two) =
        (world.login("supervisor").await, world.login("agent1").await, world.login("agent2").await);
    let other = world.queues.iter().find(|(name, _)| name.as_str() != "support").map(|(_, id)| *id).unwrap();
    // Nobody is there yet, and they wait all the same.
    let admin = world.login("admin").await;
    for queue in [world.queues["support"], other] {
        let path = format!("queues/{queue}");
        let replaces = world.get(&admin, &path).await["version"].clone();
        let wait = json!({ "empty": "wait", "replaces": replaces });
        assert_eq!(world.api(&admin, "PUT", &path, wait).await.status, 200);
    }
    world.desk.configure().await;
    let first = world.call("support", NUMBER).await;
    let second = world.call("support", "+4930555666").await;
    let head = format!("work_items/{}/head", second.work_item);
    assert_eq!(world.api(&leader, "POST", &head, Value::Null).await.status, 204);
    let into = format!("work_items/{}/queue", first.work_item);
    let nowhere: QueueId = world.id();
    assert_eq!(world.api(&leader, "PUT", &into, json!({ "queue": nowhere })).await.status, 409);
    assert_eq!(world.api(&leader, "PUT", &into, json!({ "queue": other })).await.status, 204);
    for who in [&one, &two] {
        world.choose(who, "ready").await;
    }
    // Somebody is being asked for it now: it is too late to move it.
    let late = world.api(&leader, "POST", &head, Value::Null).await;
    assert_eq!((late.status, late.problem()), (409, "in-hand"), "{}", late.body);
    let offers = world.get(&leader, &format!("conversations/{}/offers", second.conversation)).await;
    let offer = &offers[0];
    assert_eq!((offer["why"]["how"].as_str(), &offer["outcome"]), (Some("matched"), &Value::Null), "{offers}");
    assert_eq!(offer["queue"], json!(world.queues["support"]));
    let actions = world.get(&admin, "audit?limit=20").await.to_string();
    assert!(actions.contains("work.move") && actions.contains("work.first"), "{actions}");
}

/// Rows: S7.8, S9.11
#[tokio::test]
async fn a_contact_has_an_agent_for_themselves() {
    let world = World::start().await;
    let (admin, agent) = (world.login("admin").await, world.login("agent1").await);
    let made = world.api(&admin, "POST", "contacts", json!({ "name": "Mei Lin", "agent": agent.agent })).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let path = format!("contacts/{}", made.body["id"].as_str().unwrap());
    assert_eq!(world.get(&admin, &path).await["agent"], json!(agent.agent));
    assert_eq!(world.api(&admin, "PUT", &path, json!({ "tier": "vip" })).await.status, 204);
    assert_eq!(world.get(&admin, &path).await["agent"], json!(agent.agent), "what is left out stays");
    let stranger: QueueId = world.id();
    assert_eq!(world.api(&admin, "PUT", &path, json!({ "agent": stranger })).await.status, 404);
    assert_eq!(world.api(&admin, "PUT", &path, json!({ "agent": "nobody" })).await.status, 422);
    assert_eq!(world.api(&admin, "PUT", &path, json!({ "agent": "" })).await.status, 204);
    assert_eq!(world.get(&admin, &path).await["agent"], Value::Null);
}
