//! What leaders are warned of, help that agents want, and numbers for a reason; over HTTP.

use super::socket::Socket;
use super::world::{NUMBER, World};
use ringdesk_model::{Clock as _, Ids, Medium, Presence, Timestamp};
use ringdesk_routing::{AgentFloor, Floor, QueueFloor, WorkFloor};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn queue(world: &World, waiting: u32, agents: &[(&'static str, u32)]) -> QueueFloor {
    QueueFloor {
        queue: world.queues["support"],
        name: "support".into(),
        waiting,
        offered: 0,
        longest_waiting_since: None,
        agents: agents.iter().copied().collect::<BTreeMap<_, _>>(),
    }
}

/// Raised when it has lasted, told to who leads, seen to once with a measure, over when it is, and quiet for a while.
///
/// Rows: S11.26
#[tokio::test]
async fn a_leader_is_warned_and_says_what_they_do() {
    let world = World::start().await;
    let (leader, agent) = (world.login("supervisor").await, world.login("agent1").await);
    let rule = json!({ "name": "Busy", "metric": "waiting", "threshold": 5, "for": 30, "queue": world.queues["support"], "cool_down": 60 });
    let made = world.api(&leader, "POST", "alert_rules", rule.clone()).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(world.api(&leader, "POST", "alert_rules", rule.clone()).await.status, 409, "the name is taken");
    let nonsense = json!({ "name": "x", "metric": "weather", "threshold": 5 });
    assert_eq!(world.api(&leader, "POST", "alert_rules", nonsense).await.status, 422);
    let mut news = Socket::start(&world, &leader).await;
    let start = world.clock.now();
    let mut watching = world.operations.watching(world.account).await.unwrap();
    let mut look = async |seconds: u32, waiting: u32| {
        let floor = Floor { queues: vec![queue(&world, waiting, &[])], agents: vec![] };
        let at = start + SECOND * seconds;
        world.operations.watch(at, world.account, &mut watching, &floor, vec![]).await.unwrap()
    };
    assert_eq!((look(0, 6).await, look(29, 6).await, look(30, 7).await, look(31, 9).await), (0, 0, 1, 0));
    world.desk.wake().await;
    let told = news.event("alert_raised").await["data"].clone();
    assert_eq!((&told["title"], &told["metric"], &told["value"]), (&json!("Busy"), &json!("waiting"), &json!(7.0)));
    assert_eq!(told["subject"], format!("queue:{}", world.queues["support"]));
    let open = world.get(&leader, "alerts").await;
    assert_eq!((&open[0]["id"], &open[0]["ended_at"]), (&told["alert"], &Value::Null));
    let path = format!("alerts/{}/acknowledge", told["alert"].as_str().unwrap());
    assert_eq!(world.api(&leader, "POST", &path, json!({ "measure": " " })).await.status, 422);
    assert_eq!(world.api(&leader, "POST", &path, json!({ "measure": "one more agent" })).await.status, 204);
    assert_eq!(world.api(&leader, "POST", &path, json!({ "measure": "two" })).await.status, 409, "seen to");
    assert_eq!(world.api(&agent, "POST", &path, json!({ "measure": "two" })).await.status, 403);
    assert_eq!(world.get(&leader, "alerts").await[0]["measure"], "one more agent", "it lasts");
    // A server that starts again goes on watching, and warns of nothing twice.
    let mut again = world.operations.watching(world.account).await.unwrap();
    let floor = Floor { queues: vec![queue(&world, 9, &[])], agents: vec![] };
    let at = start + SECOND * 40;
    assert_eq!(world.operations.watch(at, world.account, &mut again, &floor, vec![]).await.unwrap(), 0);
    assert_eq!((look(50, 1).await, look(60, 9).await, look(100, 9).await, look(110, 9).await), (1, 0, 0, 1));
    assert_eq!(world.get(&leader, "alerts?all=true").await.as_array().unwrap().len(), 2);
    let id = made.body["id"].as_str().unwrap();
    let edit = json!({ "name": "Busy", "metric": "waiting", "threshold": 50, "enabled": false });
    assert_eq!(world.api(&leader, "PUT", &format!("alert_rules/{id}"), edit).await.status, 204);
    assert_eq!(world.get(&leader, "alert_rules").await[0]["enabled"], false);
    assert_eq!(world.api(&leader, "DELETE", &format!("alert_rules/{id}"), Value::Null).await.status, 204);
    assert_eq!(world.get(&leader, "alert_rules").await, json!([]));
}

/// What an account is born with: a trunk that is down, a recording that failed, all on a break, wrap-up too long, two rings
/// unanswered, a disk that fills.
///
/// Rows: S11.26
#[tokio::test]
async fn an_account_begins_with_rules() {
    let world = World::start().await;
    let leader = world.login("supervisor").await;
    let start = world.clock.now();
    world.operations.first_alert_rules(start, world.account).await.unwrap();
    world.operations.first_alert_rules(start, world.account).await.unwrap();
    let rules = world.get(&leader, "alert_rules").await;
    let metrics: Vec<&str> = rules.as_array().unwrap().iter().map(|r| r["metric"].as_str().unwrap()).collect();
    for metric in ["trunk_down", "recording_failed", "all_on_break", "wrap_up", "no_answers", "disk_days"] {
        assert_eq!(metrics.iter().filter(|m| **m == metric).count(), 1, "{metric}");
    }
    let agent = world.login("agent1").await.agent.unwrap();
    let wraps = AgentFloor {
        agent,
        presence: Presence::WrapUp,
        since: Timestamp(start.0 - 301_000_000),
        next: None,
        paused_until: None,
        work: vec![],
    };
    let floor = Floor { queues: vec![queue(&world, 0, &[("not_ready", 2), ("logged_out", 1)])], agents: vec![wraps] };
    let mut watching = world.operations.watching(world.account).await.unwrap();
    let mut look = async |seconds: u32| {
        let at = start + SECOND * seconds;
        world.operations.watch(at, world.account, &mut watching, &floor, vec![]).await.unwrap()
    };
    assert_eq!((look(0).await, look(60).await), (1, 1), "wrap-up at once, the break after a minute");
    let open = world.get(&leader, "alerts").await;
    let subjects: Vec<&str> = open.as_array().unwrap().iter().map(|a| a["metric"].as_str().unwrap()).collect();
    assert_eq!(subjects, ["all_on_break", "wrap_up"]);
}

/// How many texts the agents of a queue have in hand is watched like who waits.
///
/// Rows: S11.26
#[tokio::test]
async fn a_leader_is_warned_of_too_many_texts_in_hand() {
    let world = World::start().await;
    let leader = world.login("supervisor").await;
    let agent = world.login("agent1").await.agent.unwrap();
    let rule =
        json!({ "name": "Many texts", "metric": "texts_in_hand", "threshold": 2, "queue": world.queues["support"] });
    let made = world.api(&leader, "POST", "alert_rules", rule).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let (start, mut ids) = (world.clock.now(), Ids::seeded(7));
    let mut watching = world.operations.watching(world.account).await.unwrap();
    let mut look = async |texts: usize| {
        let mut work = |_| WorkFloor {
            work_item: ids.next(start),
            queue: world.queues["support"],
            medium: Medium::Text,
            state: "active",
            until: None,
        };
        let busy = AgentFloor {
            agent,
            presence: Presence::Ready,
            since: start,
            next: None,
            paused_until: None,
            work: (0..texts).map(&mut work).collect(),
        };
        let floor = Floor { queues: vec![queue(&world, 0, &[("ready", 1)])], agents: vec![busy] };
        world.operations.watch(start, world.account, &mut watching, &floor, vec![]).await.unwrap()
    };
    assert_eq!((look(1).await, look(2).await, look(3).await), (0, 1, 0));
    let open = world.get(&leader, "alerts").await;
    assert_eq!((&open[0]["metric"], &open[0]["value"]), (&json!("texts_in_hand"), &json!("2")));
}

/// An agent asks for help and the leaders hear of it; a leader's word on the side is for that agent alone.
///
/// Rows: S7.20
#[tokio::test]
async fn help_is_asked_for_and_given_on_the_side() {
    let world = World::start().await;
    let (leader, anna, bernd) =
        (world.login("supervisor").await, world.login("agent1").await, world.login("agent2").await);
    let (mut of_leader, mut of_anna, mut of_bernd) =
        (Socket::start(&world, &leader).await, Socket::start(&world, &anna).await, Socket::start(&world, &bernd).await);
    let wish = json!({ "text": "they shout at me" });
    assert_eq!(world.api(&anna, "PUT", "help", wish).await.status, 204);
    let told = of_leader.event("help_wanted").await["data"].clone();
    assert_eq!((&told["agent"], &told["text"]), (&json!(anna.agent), &json!("they shout at me")));
    assert_eq!(world.get(&leader, "help").await[0]["agent"], json!(anna.agent));
    let note = format!("agents/{}/side_note", anna.agent.unwrap());
    assert_eq!(world.api(&leader, "POST", &note, json!({ "text": "offer a refund" })).await.status, 204);
    let word = of_anna.event("side_note").await["data"].clone();
    assert_eq!((&word["text"], &word["by"]), (&json!("offer a refund"), &json!("Sofia Supervisor")));
    assert_eq!(
        world.api(&leader, "DELETE", &format!("agents/{}/help", anna.agent.unwrap()), Value::Null).await.status,
        204
    );
    assert_eq!(of_leader.event("help_settled").await["data"]["agent"], json!(anna.agent));
    assert_eq!(world.get(&leader, "help").await, json!([]));
    // What the colleague hears of next is their own, and nothing of this.
    assert_eq!(world.api(&bernd, "PUT", "help", json!({})).await.status, 204);
    assert_eq!(of_bernd.next().await["data"]["agent"], json!(bernd.agent));
    assert_eq!(world.api(&bernd, "DELETE", "help", Value::Null).await.status, 204);
    let audit = world.get(&world.login("admin").await, "audit?limit=50").await.to_string();
    assert!(audit.contains("agent.side_note") && !audit.contains("refund") && !audit.contains("shout"), "{audit}");
}

/// A masked number is seen by who has the right, says why, and leaves both in the audit.
///
/// Rows: S12.3, S12.10
#[tokio::test]
async fn a_number_is_seen_for_a_reason() {
    let world = World::start().await;
    let (leader, agent, admin) =
        (world.login("supervisor").await, world.login("agent1").await, world.login("admin").await);
    world.choose(&agent, "ready").await;
    let mut call = world.call("support", NUMBER).await;
    world.answered(&mut call, agent.agent.unwrap()).await;
    let path = format!("conversations/{}", call.conversation);
    assert_eq!(world.get(&leader, &path).await["calls"][0]["from"], "+49•••••456");
    let reveal = format!("{path}/reveal");
    assert_eq!(world.api(&agent, "POST", &reveal, json!({ "reason": "curious" })).await.status, 403);
    assert_eq!(world.api(&leader, "POST", &reveal, json!({ "reason": " " })).await.status, 422);
    let got = world.api(&leader, "POST", &reveal, json!({ "reason": "to write a letter" })).await;
    assert_eq!((got.status, &got.body[0]["from"], &got.body[0]["call"]), (200, &json!(NUMBER), &json!(call.call)));
    assert_eq!(world.get(&leader, &path).await["calls"][0]["from"], "+49•••••456", "only this once");
    let audit = world.get(&admin, "audit?limit=20").await;
    let entry = audit.as_array().unwrap().iter().find(|e| e["action"] == "numbers.reveal").unwrap().to_string();
    assert!(entry.contains("to write a letter") && !entry.contains("123456"), "{entry}");
}
