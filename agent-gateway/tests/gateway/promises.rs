//! Promised callbacks and unserved callers: over HTTP, and by themselves on a clock of our own.

use super::desk::Desk;
use super::socket::Socket;
use super::world::{Got, Login, NUMBER, World};
use ringdesk_conversations::CallFact;
use ringdesk_model::{AgentId, CallId, Clock as _, Presence, Timestamp, WorkOutcome};
use ringdesk_operations::callbacks::CallbackCall;
use ringdesk_routing::{AgentFloor, Floor};
use serde_json::{Value, json};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// Somebody called, talked with the agent, and it is over.
async fn talked(world: &World, who: &Login) -> String {
    world.choose(who, "ready").await;
    let mut call = world.call("support", NUMBER).await;
    world.answered(&mut call, who.agent.unwrap()).await;
    world.ended(&mut call, who.agent.unwrap()).await;
    call.conversation.to_string()
}

async fn promise(world: &World, who: &Login, conversation: &str, due_from: Timestamp, owner: &str) -> Got {
    let body = json!({
        "to": { "conversation": conversation }, "due_from": due_from.as_millis(), "due_until": (due_from + MINUTE * 30).as_millis(),
        "owner": owner, "note": "the invoice"
    });
    world.api(who, "POST", "callbacks", body).await
}

async fn one(world: &World, who: &Login, id: &str) -> Value {
    let all = [world.get(who, "callbacks").await, world.get(who, "callbacks?state=closed").await];
    let found = all.iter().flat_map(|all| all.as_array().unwrap()).find(|c| c["id"] == id);
    found.unwrap_or_else(|| panic!("{all:?}")).clone()
}

fn floor(agents: &[(AgentId, Presence)]) -> Floor {
    let agent = |(agent, presence): &(AgentId, Presence)| AgentFloor {
        agent: *agent,
        presence: presence.clone(),
        since: Timestamp(0),
        next: None,
        paused_until: None,
        work: vec![],
    };
    Floor { queues: vec![], agents: agents.iter().map(agent).collect() }
}

async fn tend(world: &World, now: Timestamp, agents: &[(AgentId, Presence)]) -> Vec<CallbackCall> {
    world.operations.tend_promises(now, world.account, &floor(agents)).await.unwrap()
}

/// The whole way of a promise: reminded five minutes before, rung when it is due, handed to the queue when the owner is not
/// there, given up after three tries, and then on the list of the unserved.
///
/// Rows: S7.26, S7.27
#[tokio::test]
async fn a_promise_is_kept_by_its_owner_or_by_the_queue() {
    let world = World::start().await;
    let (anna, bernd) = (world.login("agent1").await, world.login("agent2").await);
    let conversation = talked(&world, &anna).await;
    let now = world.clock.now();
    let due = now + MINUTE * 60;
    let made = promise(&world, &anna, &conversation, due, "me").await;
    assert_eq!(made.status, 201, "{}", made.body);
    let id = made.body["id"].as_str().unwrap().to_owned();
    let shown = one(&world, &anna, &id).await;
    assert_eq!((&shown["owner"], &shown["queue"]), (&json!(anna.agent), &json!(world.queues["support"])));
    assert_eq!(
        (&shown["number"], &shown["note"], &shown["overdue"]),
        (&json!("+49•••••456"), &json!("the invoice"), &json!(false))
    );
    assert_eq!(world.get(&world.login("admin").await, "callbacks").await[0]["number"], NUMBER);

    let mut news = Socket::start(&world, &anna).await;
    let (a, b) = (anna.agent.unwrap(), bernd.agent.unwrap());
    let (ready, away) = ((a, Presence::Ready), (a, Presence::LoggedOut));
    let free = (b, Presence::Ready);
    assert!(tend(&world, due - MINUTE * 6, &[ready.clone(), free.clone()]).await.is_empty());
    assert!(tend(&world, due - MINUTE * 5, std::slice::from_ref(&away)).await.is_empty());
    world.desk.wake().await;
    let told = news.event("callback_due").await["data"].clone();
    assert_eq!((&told["callback"], &told["agent"]), (&json!(id), &json!(a)));
    assert_eq!(told["number"], "+49•••••456", "an agent sees no numbers");

    // The owner is there: their telephone rings first. Nobody answers theirs; nothing counts as a try.
    let calls = tend(&world, due, &[ready.clone(), free.clone()]).await;
    assert_eq!((calls.len(), calls[0].agent, calls[0].extension.as_str()), (1, a, "2001"));
    assert_eq!(calls[0].number.reveal(), NUMBER);
    assert_eq!(one(&world, &anna, &id).await["state"], "calling");
    assert!(tend(&world, due + MINUTE, std::slice::from_ref(&ready)).await.is_empty(), "it is under way");
    let callback = calls[0].callback;
    world.operations.callback_dialled(due, world.account, callback, None).await.unwrap();
    assert!(tend(&world, due + MINUTE / 2, std::slice::from_ref(&ready)).await.is_empty(), "in a minute");

    // The owner is gone: two minutes after its beginning it is the queue's, and whoever is free is asked.
    assert!(tend(&world, due + MINUTE * 3, &[away.clone(), free.clone()]).await.is_empty());
    assert_eq!(one(&world, &bernd, &id).await["owner"], Value::Null);
    let mut at = due + MINUTE * 3;
    for _ in 0..3 {
        let calls = tend(&world, at, &[away.clone(), free.clone()]).await;
        assert_eq!(calls.iter().map(|c| c.agent).collect::<Vec<_>>(), [b]);
        let call = reached_nobody(&world, at).await;
        world.operations.callback_dialled(at, world.account, callback, Some(call)).await.unwrap();
        assert!(tend(&world, at + MINUTE, std::slice::from_ref(&free)).await.is_empty(), "not at once again");
        at += MINUTE * 17;
    }
    assert!(tend(&world, at, std::slice::from_ref(&free)).await.is_empty());
    let gone = one(&world, &bernd, &id).await;
    assert_eq!(
        (&gone["state"], &gone["closed_as"], &gone["attempts"]),
        (&json!("closed"), &json!("not_reached"), &json!(3))
    );
    let owed = world.get(&bernd, "unserved").await;
    assert_eq!((&owed[0]["kind"], &owed[0]["conversation_id"]), (&json!("callback_failed"), &json!(conversation)));
    let audit = world.get(&world.login("admin").await, "audit?limit=100").await.to_string();
    for action in ["callback.promise", "callback.to_queue", "callback.give_up"] {
        assert!(audit.contains(action), "{action}");
    }
}

/// An agent took the call, and whom they called did not.
async fn reached_nobody(world: &World, at: Timestamp) -> CallId {
    let mut call = world.call("support", "+4930555555").await;
    let (work_item, outcome) = (call.work_item, WorkOutcome::Served);
    let ended = CallFact::Ended { cause: "busy".into(), by: "callee".into() };
    world.facts(&mut call, at, &[CallFact::LeftQueue { work_item, outcome }, ended]).await;
    call.call
}

/// Whoever calls first, a talk settles it: the promise is closed with the call in which it was.
///
/// Rows: S7.26
#[tokio::test]
async fn the_contact_calls_first() {
    let world = World::start().await;
    let (anna, bernd) = (world.login("agent1").await, world.login("agent2").await);
    let conversation = talked(&world, &anna).await;
    let due = world.clock.now() + MINUTE * 60;
    let id = promise(&world, &anna, &conversation, due, "queue").await.body["id"].as_str().unwrap().to_owned();
    world.choose(&bernd, "ready").await;
    let mut again = world.call("support", NUMBER).await;
    tend(&world, world.clock.now(), &[]).await;
    assert_eq!(one(&world, &anna, &id).await["state"], "promised", "they wait, and nobody talks with them");
    world.answered(&mut again, bernd.agent.unwrap()).await;
    tend(&world, world.clock.now(), &[]).await;
    let kept = one(&world, &anna, &id).await;
    assert_eq!((&kept["closed_as"], &kept["call"]), (&json!("they_called"), &json!(again.call)));
}

/// Changed, called by hand, closed with a reason; late ones are overdue on the floor.
///
/// Rows: S7.26
#[tokio::test]
async fn a_promise_is_changed_and_called_by_hand() {
    let world = World::start().await;
    let (anna, bernd) = (world.login("agent1").await, world.login("agent2").await);
    let conversation = talked(&world, &anna).await;
    let now = world.clock.now();
    let made = promise(&world, &anna, &conversation, now + MINUTE, "me").await;
    let path = format!("callbacks/{}", made.body["id"].as_str().unwrap());
    let edit = async |who: &Login, body: Value| world.api(who, "PUT", &path, body).await.status;
    let past = now.as_millis() - 7_200_000;
    assert_eq!(edit(&anna, json!({ "due_from": past, "due_until": past + 1 })).await, 422);
    assert_eq!(edit(&anna, json!({ "due_from": past })).await, 422, "both or none");
    assert_eq!(edit(&anna, json!({ "owner": bernd.agent })).await, 403, "a colleague's work is a leader's to give");
    let leader = world.login("supervisor").await;
    assert_eq!(edit(&leader, json!({ "owner": bernd.agent, "note": "" })).await, 204);
    let got = world.api(&bernd, "POST", &format!("{path}/call"), Value::Null).await;
    assert_eq!(got.status, 202, "{}", got.body);
    let wish = dialled(&world.desk);
    assert_eq!((wish.0, wish.1.as_str(), wish.2.as_str()), (bernd.agent.unwrap(), NUMBER, "+49•••••456"));
    assert_eq!(world.api(&anna, "POST", &format!("{path}/call"), Value::Null).await.status, 409, "they are calling");
    assert_eq!(world.api(&anna, "POST", &format!("{path}/close"), json!({ "reason": " " })).await.status, 422);
    assert_eq!(world.api(&anna, "POST", &format!("{path}/close"), json!({ "reason": "wrote" })).await.status, 204);
    assert_eq!(world.api(&anna, "POST", &format!("{path}/close"), json!({ "reason": "wrote" })).await.status, 409);
    let wrong = json!({ "to": { "number": "call me" }, "due_from": now.as_millis(), "owner": "me" });
    assert_eq!(world.api(&anna, "POST", "callbacks", wrong).await.status, 422);
    let now = world.clock.now();
    let short = json!({ "to": { "number": "+49 30 7654321" }, "due_from": now.as_millis() - 60_000, "due_until": now.as_millis() + 2_000,
        "owner": "queue", "queue": world.queues["sales"] });
    assert_eq!(world.api(&anna, "POST", "callbacks", short).await.status, 201);
    let late = world
        .until("its window is over", async || {
            world.get(&leader, "callbacks").await[0]["overdue"].as_bool().filter(|late| *late)
        })
        .await;
    assert!(late);
    let floor = world.get(&leader, "floor").await;
    let sales = floor["queues"].as_array().unwrap().iter().find(|q| q["name"] == "sales").unwrap();
    assert_eq!((&sales["callbacks"], &sales["callbacks_overdue"]), (&json!(1), &json!(1)));
}

fn dialled(desk: &Desk) -> (AgentId, String, String) {
    let wishes = desk.dialled.lock().unwrap();
    let wish = wishes.last().unwrap();
    (wish.agent, wish.dialled.reveal().clone(), wish.shown.clone())
}

/// Who gave up stands on the queue's list once, however often they tried; one agent claims and calls them; a talk clears it.
///
/// Rows: S7.27, S12.3
#[tokio::test]
async fn nobody_who_gave_up_is_forgotten() {
    let world = World::start().await;
    let (anna, bernd) = (world.login("agent1").await, world.login("agent2").await);
    let mut news = Socket::start(&world, &anna).await;
    let mut last = None;
    for _ in 0..2 {
        let mut call = world.call("support", NUMBER).await;
        let at = world.clock.now() + Duration::from_micros(1);
        let (work_item, outcome) = (call.work_item, WorkOutcome::Abandoned);
        let ended = CallFact::Ended { cause: "cancelled".into(), by: "caller".into() };
        world.facts(&mut call, at, &[CallFact::LeftQueue { work_item, outcome }, ended]).await;
        last = Some(call);
    }
    assert_eq!(news.event("unserved_changed").await["data"]["queue"], json!(world.queues["support"]));
    let all = world.get(&anna, "unserved").await;
    let owed = &all[0];
    assert_eq!(all.as_array().unwrap().len(), 1, "{all}");
    assert_eq!(
        (&owed["tries"], &owed["kind"], &owed["number"]),
        (&json!(2), &json!("abandoned"), &json!("+49•••••456"))
    );
    assert!(owed["wait_ms"].as_i64() >= Some(0), "{owed}");
    assert_eq!(owed["conversation_id"], json!(last.unwrap().conversation));
    assert_eq!(world.get(&anna, "unserved?kind=voicemail").await, json!([]));

    let path = format!("unserved/{}", owed["id"].as_str().unwrap());
    let does =
        async |who: &Login, what: &str, body: Value| world.api(who, "POST", &format!("{path}/{what}"), body).await;
    assert_eq!(does(&anna, "claim", Value::Null).await.status, 204);
    assert_eq!(does(&bernd, "claim", Value::Null).await.problem(), "in-hand");
    assert_eq!(does(&bernd, "release", Value::Null).await.status, 409, "not theirs");
    assert_eq!(does(&bernd, "close", json!({ "reason": "mine" })).await.status, 409);
    let got = does(&anna, "call", Value::Null).await;
    assert_eq!(got.status, 202, "{}", got.body);
    assert_eq!(dialled(&world.desk).1, NUMBER);
    assert_eq!(world.get(&anna, "unserved?state=claimed").await[0]["agent"], json!(anna.agent));

    // They call again and somebody talks with them: it is settled, with a link.
    world.choose(&bernd, "ready").await;
    let mut again = world.call("support", NUMBER).await;
    world.answered(&mut again, bernd.agent.unwrap()).await;
    let later = world.clock.now() + MINUTE;
    tend(&world, later, &[]).await;
    let closed = world.get(&anna, "unserved?state=closed").await;
    assert_eq!((&closed[0]["closed_as"], &closed[0]["closed_call"]), (&json!("served"), &json!(again.call)));
    assert_eq!(world.get(&anna, "unserved").await, json!([]));
}

/// The server died while they waited: they are owed a call like whoever hung up; the same person, once in a day; a talk clears it.
///
/// Rows: S7.27
#[tokio::test]
async fn who_waited_when_the_server_died_is_not_forgotten() {
    let world = World::start().await;
    let anna = world.login("agent1").await;
    for tries in 1..=2 {
        let call = world.call("support", NUMBER).await;
        world.operations.recover(world.clock.now(), world.account).await.unwrap();
        let owed = world.get(&anna, "unserved").await;
        assert_eq!(owed.as_array().unwrap().len(), 1, "{owed}");
        assert_eq!((&owed[0]["kind"], &owed[0]["tries"]), (&json!("abandoned"), &json!(tries)));
        assert_eq!(owed[0]["conversation_id"], json!(call.conversation));
        assert_eq!(owed[0]["queue"], json!(world.queues["support"]));
    }
    world.operations.recover(world.clock.now(), world.account).await.unwrap();
    assert_eq!(world.get(&anna, "unserved").await[0]["tries"], json!(2), "a start without a crash owes nothing");
    world.choose(&anna, "ready").await;
    let mut again = world.call("support", NUMBER).await;
    world.answered(&mut again, anna.agent.unwrap()).await;
    tend(&world, world.clock.now() + MINUTE, &[]).await;
    assert_eq!(world.get(&anna, "unserved").await, json!([]));
}
