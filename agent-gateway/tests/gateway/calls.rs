//! Orders to calls that run: who may give which, in whose place, and what is kept of it.

use super::world::{Login, NUMBER, World};
use ringdesk_agent_gateway::orders::{CallWish, Returning, Supervision, TransferWay};
use ringdesk_conversations::{CallFact, TransferTarget};
use ringdesk_model::{Clock as _, Pii};
use serde_json::{Value, json};

impl World {
    async fn orders(&self, who: &Login, call: impl std::fmt::Display, what: &str, body: Value) -> u16 {
        let (method, what) = what.split_once(' ').unwrap_or(("POST", what));
        self.api(who, method, &format!("calls/{call}/{what}"), body).await.status
    }

    fn last_wish(&self) -> Option<CallWish> {
        self.desk.call_wishes.lock().unwrap().pop().map(|(_, wish)| wish)
    }
}

/// Rows: S7.9, S7.10, S7.11, S7.16, S12.6
#[tokio::test]
async fn an_agent_orders_only_their_own_calls() {
    let world = World::start().await;
    let (one, two) = (world.login("agent1").await, world.login("agent2").await);
    world.choose(&one, "ready").await;
    let mut waiting = world.call("support", NUMBER).await;
    let by = one.agent.unwrap();
    world.answered(&mut waiting, by).await;
    let call = waiting.call;
    let to_two = json!({ "to": { "agent": two.agent }, "mode": "consult", "reason": "knows Marker Mustermann" });
    for (what, body) in [
        ("transfer", to_two.clone()),
        ("transfer/complete", json!({})),
        ("transfer/return", json!({})),
        ("transfer/merge", json!({})),
        ("hold", json!({ "on": true })),
        ("mute", json!({ "on": false })),
        ("leave", json!({})),
        ("keys", json!({ "digits": "12#" })),
        ("park", json!({})),
    ] {
        assert_eq!(world.orders(&two, call, what, body.clone()).await, 404, "{what}: it is not there for others");
        let expected = if what == "transfer" { 202 } else { 204 };
        assert_eq!(world.orders(&one, call, what, body).await, expected, "{what}");
        let wish = world.last_wish().unwrap_or_else(|| panic!("{what} orders something"));
        match (what, wish) {
            ("transfer", CallWish::Transfer { by: who, target, way, reason, .. }) => {
                assert_eq!((who, way), (by, TransferWay::Consult));
                assert_eq!(target, TransferTarget::Agent { agent: two.agent.unwrap() });
                assert_eq!(reason.unwrap().reveal(), "knows Marker Mustermann");
            }
            ("transfer/complete", wish) => assert_eq!(wish, CallWish::Complete { by }),
            ("transfer/return", wish) => assert_eq!(wish, CallWish::Return { by }),
            ("transfer/merge", wish) => assert_eq!(wish, CallWish::Merge { by }),
            ("hold", wish) => assert_eq!(wish, CallWish::Hold { by, on: true }),
            ("mute", wish) => assert_eq!(wish, CallWish::Mute { by, on: false }),
            ("leave", wish) => assert_eq!(wish, CallWish::Leave { by }),
            ("keys", wish) => assert_eq!(wish, CallWish::Keys { by, keys: Pii::new("12#".into()) }),
            ("park", wish) => assert_eq!(wish, CallWish::Park { by }),
            (what, wish) => panic!("{what} orders {wish:?}"),
        }
    }
    // What is parked may be taken by who serves its queue.
    assert_eq!(world.orders(&two, call, "retrieve", Value::Null).await, 204);
    assert_eq!(world.last_wish(), Some(CallWish::Retrieve { by: two.agent.unwrap() }));
    for (body, status) in [
        (json!({ "to": { "queue": waiting.queue }, "mode": "consult" }), 422),
        (json!({ "to": { "number": " " }, "mode": "blind" }), 422),
        (json!({ "to": { "supervisor": false }, "mode": "blind" }), 422),
        (json!({ "to": { "extension": "2002" }, "mode": "sideways" }), 422),
        (json!({ "to": { "extension": "2002" }, "mode": "blind", "reason": "x".repeat(501) }), 422),
        (json!({ "to": {}, "mode": "blind" }), 400),
    ] {
        assert_eq!(world.orders(&one, call, "transfer", body.clone()).await, status, "{body}");
    }
    assert_eq!(world.orders(&one, call, "keys", json!({ "digits": "12x" })).await, 422);
    let entries = world.get(&world.login("admin").await, "audit?limit=50").await;
    let noted = |action: &str| entries.as_array().unwrap().iter().filter(|e| e["action"] == action).count();
    for action in ["call.transfer", "call.transfer_complete", "call.hold", "call.keys", "call.park", "call.retrieve"] {
        assert_eq!(noted(action), 1, "{action}");
    }
    assert!(!entries.to_string().contains("Mustermann"), "the reason is the conversation's, not the audit's");
    world.ended(&mut waiting, by).await;
    assert_eq!(
        world.orders(&one, call, "hold", json!({ "on": true })).await,
        409,
        "who left has no part in it any more"
    );
}

/// Rows: S7.17, V10, S12.6
#[tokio::test]
async fn a_leader_acts_in_an_agents_place_and_supervises_in_their_own() {
    let world = World::start().await;
    let (one, leader) = (world.login("agent1").await, world.login("supervisor").await);
    world.choose(&one, "ready").await;
    let mut waiting = world.call("support", NUMBER).await;
    let of = one.agent.unwrap();
    assert_eq!(world.orders(&leader, waiting.call, "hold", json!({ "on": true })).await, 404, "nobody talks in it yet");
    world.answered(&mut waiting, of).await;
    let call = waiting.call;
    assert_eq!(world.orders(&leader, call, "hold", json!({ "on": true })).await, 204);
    assert_eq!(world.last_wish(), Some(CallWish::Hold { by: of, on: true }), "in the place of the one who talks");
    let body = json!({ "on": true, "agent": world.id::<ringdesk_model::AgentId>() });
    assert_eq!(world.orders(&leader, call, "hold", body).await, 409, "who does not talk in it");
    assert_eq!(world.orders(&one, call, "supervise", json!({ "mode": "listen" })).await, 403);
    assert_eq!(world.orders(&leader, call, "supervise", json!({ "mode": "spy" })).await, 422);
    match leader.agent {
        Some(supervisor) => {
            assert_eq!(world.orders(&leader, call, "supervise", json!({ "mode": "whisper" })).await, 202);
            let mode = Supervision::Whisper;
            assert_eq!(world.last_wish(), Some(CallWish::Supervise { supervisor, of, mode }));
            assert_eq!(world.orders(&leader, call, "take_over", Value::Null).await, 204);
            assert_eq!(world.orders(&leader, call, "DELETE supervise", Value::Null).await, 204);
        }
        // Without a telephone nobody listens.
        None => assert_eq!(world.orders(&leader, call, "supervise", json!({ "mode": "whisper" })).await, 422),
    }
}

/// Rows: S7.14
#[tokio::test]
async fn the_path_of_a_conversation_is_read_by_who_has_a_part_in_it() {
    let world = World::start().await;
    let (one, two) = (world.login("agent1").await, world.login("agent2").await);
    world.choose(&one, "ready").await;
    let mut waiting = world.call("support", NUMBER).await;
    let by = one.agent.unwrap();
    world.answered(&mut waiting, by).await;
    let transfer = world.id();
    let facts = [
        CallFact::Transferring {
            transfer,
            by: Some(by),
            target: TransferTarget::Number { number: Pii::new("+4930987654".into()) },
            mode: "blind".into(),
            reason: Some(Pii::new("a matter of the law".into())),
        },
        CallFact::TransferEnded { transfer, outcome: "busy".into(), waited_ms: 1_500, agent: None },
    ];
    world.facts(&mut waiting, world.clock.now(), &facts).await;
    let path = format!("conversations/{}/transfers", waiting.conversation);
    let told = world.get(&one, &path).await;
    let first = &told[0];
    assert_eq!(told.as_array().unwrap().len(), 1);
    assert_eq!((&first["by"], &first["mode"], &first["outcome"]), (&json!(by), &json!("blind"), &json!("busy")));
    assert_eq!((&first["waited_ms"], &first["reason"]), (&json!(1_500), &json!("a matter of the law")));
    assert_eq!(first["to"], json!({ "kind": "number", "number": "+49•••••654" }), "masked for agents");
    assert_eq!(world.api(&two, "GET", &path, Value::Null).await.status, 404);
    let admin = world.login("admin").await;
    assert_eq!(world.get(&admin, &path).await[0]["to"]["number"], "+4930987654");
    let lines = world.get(&one, &format!("conversations/{}/messages", waiting.conversation)).await.to_string();
    assert!(lines.contains("call.transferring") && lines.contains("call.transfer_ended"), "{lines}");
    assert!(!lines.contains("30987654"), "no number in a line");
}

/// What waits for my page is known to nobody else: its token is what a page picks up for.
///
/// Rows: S7.28, S12.6
#[tokio::test]
async fn only_the_agent_knows_what_waits_for_their_page() {
    let world = World::start().await;
    let (one, two) = (world.login("agent1").await, world.login("agent2").await);
    assert_eq!(world.api(&one, "GET", "calls/returning", Value::Null).await.status, 404);
    let waiting = world.call("support", NUMBER).await;
    let returning = Returning { call: waiting.call, token: Pii::new("token-7".into()), until: world.clock.now() };
    *world.desk.returning.lock().unwrap() = Some((one.agent.unwrap(), returning.clone()));
    let seen = world.get(&one, "calls/returning").await;
    let expected = json!({ "call": waiting.call, "token": "token-7", "until": returning.until.as_millis() });
    assert_eq!(seen, expected);
    assert_eq!(world.api(&two, "GET", "calls/returning", Value::Null).await.status, 404);
    let admin = world.login("admin").await;
    assert_eq!(world.api(&admin, "GET", "calls/returning", Value::Null).await.status, 422, "no agent");
}
