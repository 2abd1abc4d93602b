//! Work items, given and picked; calls, ended.

use super::world::{Login, NUMBER, World};
use ringdesk_model::{CallId, WorkItemId};
use serde_json::{Value, json};

/// Make a queue one from which agents pick.
async fn pull(world: &World, queue: &str) {
    use ringdesk_storage::agents;
    let store = world.operations.store();
    let mut tx = store.db.write().await.unwrap();
    let found = agents::queues(&mut tx, world.account).await.unwrap().into_iter().find(|q| q.name == queue).unwrap();
    let mut settings: Value = serde_json::from_str(&found.settings).unwrap();
    settings["mode"] = json!("pull");
    assert!(agents::set_queue_settings(&mut tx, world.account, found.id, &settings.to_string()).await.unwrap());
    tx.commit().await.unwrap();
    world.desk.configure().await;
}

async fn pick(world: &World, who: &Login, item: WorkItemId) -> (u16, String) {
    let got = world.api(who, "POST", &format!("work_items/{item}/pick"), Value::Null).await;
    (got.status, got.body["detail"].as_str().unwrap_or_default().to_owned())
}

/// Rows: S7.4(voice)
#[tokio::test]
async fn of_two_agents_who_pick_the_same_item_one_gets_it() {
    let world = World::start().await;
    pull(&world, "support").await;
    let (one, two) = (world.login("agent1").await, world.login("agent2").await);
    for who in [&one, &two] {
        world.choose(who, "ready").await;
    }
    let waiting = world.call("support", NUMBER).await;
    let items = world.get(&one, "work_items").await;
    assert_eq!(
        (&items[0]["id"], &items[0]["state"], items.as_array().unwrap().len()),
        (&json!(waiting.work_item), &json!("waiting"), 1)
    );
    let (a, b) = tokio::join!(pick(&world, &one, waiting.work_item), pick(&world, &two, waiting.work_item));
    let (winner, loser) = if a.0 == 204 { (&one, b) } else { (&two, a) };
    assert_eq!(loser, (409, "somebody has it or is being asked".to_owned()));
    let presence = world.get(winner, "presence").await;
    assert_eq!(presence["state"], "offered");
    assert_eq!(world.operations.open_work(world.account).await.unwrap(), (1, 1), "one item, one offer");
    assert_eq!(pick(&world, &one, world.id()).await, (409, "no such work item".to_owned()));
    let admin = world.login("admin").await;
    let picks = world.get(&admin, "audit?limit=50").await;
    assert_eq!(picks.as_array().unwrap().iter().filter(|e| e["action"] == "work.pick").count(), 1);
}

/// Rows: S7.22(push), S12.9
#[tokio::test]
async fn a_leader_gives_a_waiting_item_to_a_named_agent() {
    let world = World::start().await;
    pull(&world, "support").await;
    let (leader, agent) = (world.login("supervisor").await, world.login("agent2").await);
    // Somebody must be there, or the caller would be told that nobody is.
    world.choose(&world.login("agent1").await, "ready").await;
    let waiting = world.call("support", NUMBER).await;
    let path = format!("work_items/{}/assign", waiting.work_item);
    let got = world.api(&leader, "PUT", &path, json!({ "agent": agent.agent })).await;
    assert_eq!((got.status, &got.body["detail"]), (409, &json!("the agent is not ready")));
    world.choose(&agent, "ready").await;
    assert_eq!(world.api(&leader, "PUT", &path, json!({ "agent": agent.agent })).await.status, 204);
    assert_eq!(world.get(&agent, "presence").await["state"], "offered");
    let entries = world.get(&world.login("admin").await, "audit?limit=10").await;
    let entry = entries.as_array().unwrap().iter().find(|e| e["action"] == "work.assign").unwrap();
    assert_eq!(entry["after"], format!("agent:{}", agent.agent.unwrap()));
}

/// Rows: S12.6
#[tokio::test]
async fn a_call_is_ended_by_who_talks_in_it_or_by_a_leader() {
    let world = World::start().await;
    let (one, two) = (world.login("agent1").await, world.login("agent2").await);
    world.choose(&one, "ready").await;
    let mut waiting = world.call("support", NUMBER).await;
    world.answered(&mut waiting, one.agent.unwrap()).await;
    let hang_up = async |who: &Login, call: CallId| {
        world.api(who, "POST", &format!("calls/{call}/hangup"), Value::Null).await.status
    };
    assert_eq!(hang_up(&two, waiting.call).await, 404, "for who has no part in it, it is not there");
    assert_eq!(hang_up(&one, waiting.call).await, 204);
    assert_eq!(hang_up(&one, waiting.call).await, 409, "it is over");
    world.ended(&mut waiting, one.agent.unwrap()).await;
    assert_eq!(hang_up(&one, waiting.call).await, 404, "who left has no part in it any more");
    let other = world.call("support", NUMBER).await;
    let leader = world.login("supervisor").await;
    assert_eq!(hang_up(&leader, other.call).await, 204);
    let entries = world.get(&world.login("admin").await, "audit?limit=10").await;
    assert_eq!(entries.as_array().unwrap().iter().filter(|e| e["action"] == "call.hangup").count(), 2);
}

/// Rows: S7.25
#[tokio::test]
async fn agents_see_themselves_and_leaders_see_and_move_everybody() {
    let world = World::start().await;
    let (one, leader) = (world.login("agent1").await, world.login("supervisor").await);
    let own = world.get(&one, "agents").await;
    assert_eq!((own.as_array().unwrap().len(), &own[0]["id"]), (1, &json!(one.agent)));
    assert_eq!(world.get(&leader, "agents").await.as_array().unwrap().len(), 2);
    let path = format!("agents/{}/presence", one.agent.unwrap());
    let got = world.api(&leader, "PUT", &path, json!({ "state": "not_ready", "reason": "training" })).await;
    assert_eq!((got.status, &got.body["reason"]), (200, &json!("training")), "{}", got.body);
    assert_eq!(world.get(&one, "presence").await["state"], "not_ready");
}
