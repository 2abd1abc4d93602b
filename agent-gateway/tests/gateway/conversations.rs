//! Conversations: who sees them and how much of them, and what their agents say about them.

use super::world::{Login, NUMBER, ROLES, Waiting, World};
use serde_json::{Value, json};

/// A call that agent1 has answered.
async fn talking(world: &World) -> (Login, Waiting) {
    let agent = world.login("agent1").await;
    world.choose(&agent, "ready").await;
    let mut waiting = world.call("support", NUMBER).await;
    world.answered(&mut waiting, agent.agent.unwrap()).await;
    (agent, waiting)
}

/// Rows: S12.6, S1.2(call)
#[tokio::test]
async fn a_conversation_is_seen_by_its_agents_and_by_those_who_see_all() {
    let world = World::start().await;
    let (_, waiting) = talking(&world).await;
    let of = format!("conversations/{}", waiting.conversation);
    let paths =
        [of.clone(), format!("{of}/messages"), format!("{of}/events"), format!("calls/{}/events", waiting.call)];
    for (login, seen) in [
        ("agent1", 200),
        ("agent2", 404),
        ("supervisor", 200),
        ("admin", 200),
        ("reviewer", 200),
        ("operator", 404),
        ("tessa", 403),
    ] {
        let who = world.login(login).await;
        for path in &paths {
            let got = world.api(&who, "GET", path, Value::Null).await;
            assert_eq!(got.status, seen, "{login} {path}: {}", got.body);
        }
        if seen != 403 {
            let list = world.get(&who, "conversations").await;
            assert_eq!(list.as_array().unwrap().len(), usize::from(seen == 200), "{login}: {list}");
        }
    }
    let agent = world.login("agent1").await;
    let facts = world.get(&agent, &paths[2]).await;
    let kinds: Vec<&str> = facts.as_array().unwrap().iter().map(|f| f["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["started", "answered", "queued", "left_queue", "agent_joined"]);
    assert_eq!(facts, world.get(&agent, &paths[3]).await, "one call: the same");
}

/// No reply to anybody without the right holds a number or a name, wherever it stands.
///
/// Rows: S12.6, S12.9
#[tokio::test]
async fn numbers_are_masked_for_all_but_those_with_the_right() {
    let world = World::start().await;
    let (_, waiting) = talking(&world).await;
    let of = format!("conversations/{}", waiting.conversation);
    let paths = [
        "conversations".to_owned(),
        of.clone(),
        format!("{of}/messages"),
        format!("{of}/events"),
        format!("calls/{}/events", waiting.call),
        "queues".into(),
        "agents".into(),
        "work_items".into(),
        "audit".into(),
    ];
    for (role, login) in ROLES {
        let who = world.login(login).await;
        let mut in_full = 0;
        for path in &paths {
            let text = world.api(&who, "GET", path, Value::Null).await.body.to_string();
            in_full += usize::from(text.contains("30123456") || text.contains("Carla"));
        }
        assert_eq!(in_full, if role == "manager" { 4 } else { 0 }, "{role}");
    }
    let leader = world.login("supervisor").await;
    assert_eq!(world.get(&leader, &of).await["calls"][0]["from"], "+49•••••456");
}

/// Of a long talk one reads the end first, and what came before it page by page.
///
/// Rows: S2.10, S16.1
#[tokio::test]
async fn a_timeline_is_read_from_either_end() {
    let world = World::start().await;
    let (agent, waiting) = talking(&world).await;
    let path = format!("conversations/{}/messages", waiting.conversation);
    let read = async |asked: &str| {
        let lines = world.get(&agent, &format!("{path}?{asked}")).await;
        lines.as_array().unwrap().iter().map(|line| line["seq"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    let all = read("limit=200").await;
    assert!(all.len() >= 3, "{all:?}");
    let (head, end) = all.split_at(all.len() - 2);
    assert_eq!(read(&format!("before={}&limit=2", i64::MAX)).await, end);
    assert_eq!(read(&format!("before={}&limit=200", end[0])).await, head);
    assert!(read("before=1").await.is_empty());
    let both = world.api(&agent, "GET", &format!("{path}?before=3&after=1"), Value::Null).await;
    assert_eq!((both.status, both.problem()), (422, "invalid"));
}

/// Rows: S7.29(state), S12.9
#[tokio::test]
async fn a_disposition_is_chosen_from_the_queues_tree() {
    let world = World::start().await;
    let (agent, waiting) = talking(&world).await;
    let path = format!("conversations/{}/disposition", waiting.conversation);
    let set = async |who: &Login, body: Value| {
        let got = world.api(who, "PUT", &path, body).await;
        (got.status, got.problem().to_owned())
    };
    let code = async || {
        let found = world.get(&agent, &format!("conversations/{}", waiting.conversation)).await;
        found["participations"][0]["disposition"].clone()
    };
    let invalid = || (422, "invalid".to_owned());
    assert_eq!(set(&agent, json!({ "path": "nonsense" })).await, invalid());
    assert_eq!(set(&agent, json!({ "path": "billing" })).await, invalid(), "a group is not chosen");
    assert_eq!(set(&agent, json!({ "path": ["billing/refund"] })).await, invalid());
    assert_eq!(set(&agent, json!({ "path": null, "note": "alone" })).await, invalid());
    assert_eq!(set(&agent, json!({ "path": "solved", "note": "x".repeat(4_001) })).await, invalid());
    assert_eq!(set(&agent, json!({ "path": 7 })).await, invalid());
    assert_eq!(code().await, Value::Null);
    assert_eq!(set(&agent, json!({ "path": ["billing", "refund"], "note": "wants it back" })).await.0, 204);
    assert_eq!(code().await, "billing/refund");
    assert_eq!(set(&agent, json!({ "path": "solved" })).await.0, 204);
    assert_eq!(code().await, "solved");
    // Not a colleague's business; a leader's, if they say whose part they mean.
    assert_eq!(set(&world.login("agent2").await, json!({ "path": "callback" })).await.0, 404);
    let leader = world.login("supervisor").await;
    assert_eq!(set(&leader, json!({ "path": "callback" })).await.0, 404);
    let found = world.get(&leader, &format!("conversations/{}", waiting.conversation)).await;
    let part = &found["participations"][0]["id"];
    assert_eq!(set(&leader, json!({ "path": "callback", "participation": part })).await.0, 204);
    assert_eq!(code().await, "callback");
    assert_eq!(set(&agent, json!({ "path": null })).await.0, 204);
    assert_eq!(code().await, Value::Null);
    let entries = world.get(&world.login("admin").await, "audit?limit=50").await;
    let changes: Vec<(&Value, &Value)> = entries
        .as_array()
        .unwrap()
        .iter()
        .filter(|e| e["action"] == "disposition.set")
        .map(|e| (&e["before"], &e["after"]))
        .collect();
    assert_eq!(
        changes,
        [
            (&json!("callback"), &json!(null)),
            (&json!("solved"), &json!("callback")),
            (&json!("billing/refund"), &json!("solved")),
            (&json!(null), &json!("billing/refund")),
        ]
    );
}

/// Rows: S7.29(state), S12.9
#[tokio::test]
async fn a_tree_is_published_in_versions_per_account_and_per_queue() {
    let world = World::start().await;
    let (admin, agent) = (world.login("admin").await, world.login("agent1").await);
    let publish = async |body: Value| world.api(&admin, "PUT", "dispositions", body).await;
    let before = world.get(&agent, "dispositions").await;
    assert_eq!((&before["default"]["version"], &before["queues"][0]["own"]), (&json!(1), &json!(null)));
    assert_eq!(before["default"]["tree"][2]["children"][1]["path"], "billing/refund");
    let queue = world.queues["support"];
    let leaf = |key: &str| json!({ "key": key, "labels": { "en": key } });

    let deep =
        json!([{ "key": "a", "children": [{ "key": "b", "children": [{ "key": "c", "children": [leaf("d")] }] }] }]);
    for tree in [deep, json!([leaf("a"), leaf("a")]), json!([leaf("a/b")]), json!([leaf("")])] {
        let got = publish(json!({ "queue": queue, "tree": tree, "replaces": 0 })).await;
        assert_eq!((got.status, got.problem()), (422, "invalid"), "{tree}");
    }
    let own = json!({ "queue": queue, "tree": [leaf("sold"), leaf("lost")], "replaces": 0, "required": true });
    let got = publish(own.clone()).await;
    assert_eq!((got.status, &got.body["version"]), (200, &json!(1)), "{}", got.body);
    assert_eq!((publish(own.clone()).await.status, publish(own).await.problem()), (409, "changed"));
    let got = publish(json!({ "queue": world.id::<ringdesk_model::QueueId>(), "tree": [], "replaces": 0 })).await;
    assert_eq!(got.status, 404);
    assert_eq!(publish(json!({ "tree": [], "replaces": 1, "required": true })).await.status, 422);

    let after = world.get(&agent, "dispositions").await;
    let found = after["queues"].as_array().unwrap().iter().find(|q| q["queue"] == json!(queue)).unwrap();
    assert_eq!((&found["required"], &found["own"]["version"]), (&json!(true), &json!(1)));
    assert_eq!(found["own"]["tree"][0]["path"], "sold");
    let plan = world.operations.floorplan(world.account).await.unwrap();
    let setup = plan.queues.iter().find(|q| q.id == queue).unwrap();
    assert!(setup.disposition_required && setup.wrap_up.is_some(), "what else the queue wants stays");

    // The queue's own tree holds now, and no longer the default one.
    let (agent, waiting) = talking(&world).await;
    let path = format!("conversations/{}/disposition", waiting.conversation);
    assert_eq!(world.api(&agent, "PUT", &path, json!({ "path": "solved" })).await.status, 422);
    assert_eq!(world.api(&agent, "PUT", &path, json!({ "path": "sold" })).await.status, 204);
    let entries = world.get(&admin, "audit?limit=50").await;
    let entry = entries.as_array().unwrap().iter().find(|e| e["action"] == "dispositions.publish").unwrap();
    assert_eq!((&entry["before"], &entry["after"]), (&json!("version 0"), &json!("version 1, tree, required")));
}

/// Rows: S7.29(state)
#[tokio::test]
async fn wrap_up_is_not_finished_before_the_disposition_that_the_queue_wants() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let tree =
        json!({ "queue": world.queues["support"], "tree": [{ "key": "sold" }], "replaces": 0, "required": true });
    assert_eq!(world.api(&admin, "PUT", "dispositions", tree).await.status, 200);
    world.desk.configure().await;
    let (agent, mut waiting) = talking(&world).await;
    assert_eq!(world.get(&agent, "presence").await["state"], "talking");
    let next = world.api(&agent, "PUT", "presence/next", json!({ "state": "not_ready", "reason": "lunch" })).await;
    assert_eq!(next.status, 200, "{}", next.body);
    world.ended(&mut waiting, agent.agent.unwrap()).await;
    assert_eq!(world.get(&agent, "presence").await["state"], "wrap_up");

    let extended = world.api(&agent, "POST", "presence/wrap_up", json!({ "action": "extend", "seconds": 60 })).await;
    assert_eq!(extended.status, 200, "{}", extended.body);
    // Neither by saying done nor by being something else.
    for (method, path, body) in [
        ("POST", "presence/wrap_up", json!({ "action": "done" })),
        ("PUT", "presence", json!({ "state": "ready" })),
        ("PUT", "presence", json!({ "state": "logged_out" })),
    ] {
        let got = world.api(&agent, method, path, body).await;
        assert_eq!((got.status, got.problem()), (409, "disposition-required"), "{}", got.body);
    }
    assert_eq!(world.get(&agent, "presence").await["state"], "wrap_up");
    let path = format!("conversations/{}/disposition", waiting.conversation);
    assert_eq!(world.api(&agent, "PUT", &path, json!({ "path": "sold" })).await.status, 204);
    let taken_back = world.api(&agent, "PUT", &path, json!({ "path": null })).await;
    assert_eq!((taken_back.status, taken_back.problem()), (409, "disposition-required"), "it stays required");
    let done = world.api(&agent, "POST", "presence/wrap_up", json!({ "action": "done" })).await;
    assert_eq!((done.status, &done.body["reason"]), (200, &json!("lunch")), "{}", done.body);
    // With wrap-up over, nothing is wanted for a change of state.
    world.choose(&agent, "ready").await;
}
