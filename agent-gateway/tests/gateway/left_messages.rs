//! Messages that callers left, over HTTP: from the alert at the beginning of work to the end of the conversation.

use super::socket::Socket;
use super::world::{Got, Login, NUMBER, ROLES, Waiting, World};
use ringdesk_conversations::CallFact;
use ringdesk_model::{Clock as _, Pii, RecordingId, Timestamp, TranscriptId, WorkOutcome};
use ringdesk_operations::transcripts::{Of, Said, Speaker, caption};
use ringdesk_storage::journal::Set;
use ringdesk_storage::recordings::NewRecording;
use ringdesk_storage::transcripts::{NewTranscript, Pass, TranscriptState};
use serde_json::{Value, json};

const SPOKEN: &str = "please call me at zero one five one one two three four five six seven about the refund";

/// Nobody was there for this caller, who left a message of four seconds and hung up.
pub(crate) async fn left(world: &World, queue: &str) -> (Waiting, RecordingId) {
    let mut call = world.call(queue, NUMBER).await;
    let (now, recording) = (world.clock.now(), world.id());
    let (work_item, queue) = (call.work_item, Some(call.queue));
    let facts = [
        CallFact::LeftQueue { work_item, outcome: WorkOutcome::NoAgents },
        CallFact::VoicemailBegun { recording: Some(recording), from_ms: 500, min_ms: 2_000, queue },
        CallFact::Voicemail {
            duration_ms: 4_000,
            recording: Some(recording),
            from_ms: 500,
            to_ms: 4_500,
            queue,
            end: "hang_up".into(),
        },
        CallFact::Ended { cause: "normal".into(), by: "caller".into() },
    ];
    let (conversation, id) = (call.conversation, call.call);
    let new = NewRecording { id: recording, conversation, call: id, wrapped_key: vec![1], started_at: now };
    world.operations.request_recording(now, world.account, &new).await.unwrap();
    world.facts(&mut call, now, &facts).await;
    (call, recording)
}

async fn heard(world: &World, call: &Waiting, recording: RecordingId, began: Timestamp) {
    let of = Of { transcript: world.id::<TranscriptId>(), conversation: call.conversation, call: call.call };
    let new = NewTranscript {
        id: of.transcript,
        conversation: of.conversation,
        call: of.call,
        recording: Some(recording),
        pass: Pass::Final,
        engine: "script".into(),
        language: "en".into(),
        state: TranscriptState::Done,
        reason: None,
        at: began,
    };
    world.operations.begin_transcript(began, world.account, &new).await.unwrap();
    let mut set = Set::new(world.operations.account_key(world.account).await.unwrap());
    let said = Said { speaker: Speaker::Contact, text: Pii::new(SPOKEN.to_owned()), start_ms: 600, end_ms: 4_000 };
    caption(&mut set, world.id(), &of, began, began, &said).unwrap();
    world.operations.write_journal(&set).await.unwrap();
}

async fn does(world: &World, who: &Login, id: &Value, what: &str, body: Value) -> Got {
    let method = if what == "assign" { "PUT" } else { "POST" };
    world.api(who, method, &format!("left_messages/{}/{what}", id.as_str().unwrap()), body).await
}

async fn list(world: &World, who: &Login, query: &str) -> Vec<Value> {
    world.get(who, &format!("left_messages{query}")).await.as_array().unwrap().clone()
}

/// The whole way of a message: the alert, the list, the claim, the sound, the end.
///
/// Rows: S2.11, S2.12
#[tokio::test]
async fn the_next_agent_of_the_queue_is_alerted_and_sees_to_it() {
    let world = World::start().await;
    let (older, _) = left(&world, "support").await;
    let (call, recording) = left(&world, "support").await;
    heard(&world, &call, recording, world.clock.now()).await;
    let agent = world.login("agent1").await;
    let mut news = Socket::start(&world, &agent).await;
    world.choose(&agent, "ready").await;
    let alert = news.event("left_messages_waiting").await["data"].clone();
    assert_eq!((&alert["agent"], &alert["open"]), (&json!(agent.agent), &json!(2)));
    assert_eq!(alert["queues"][0]["queue"], json!(world.queues["support"]));

    let all = list(&world, &agent, "").await;
    let conversations: Vec<&Value> = all.iter().map(|m| &m["conversation_id"]).collect();
    assert_eq!(conversations, [&json!(call.conversation), &json!(older.conversation)], "the newest at the top");
    let (top, id) = (&all[0], &all[0]["id"]);
    assert_eq!((&top["state"], &top["recording_id"]), (&json!("open"), &json!(recording)));
    assert_eq!((&top["start_ms"], &top["end_ms"], &top["duration_ms"]), (&json!(500), &json!(4_500), &json!(4_000)));
    assert_eq!(
        (&top["transcript"], &all[1]["transcript"], &all[1]["text"]),
        (&json!("done"), &Value::Null, &json!(""))
    );
    assert_eq!(top["from"], "+49•••••456", "an agent sees no numbers");
    let text = top["text"].as_str().unwrap();
    assert!(text.contains("about the refund") && !text.contains("one two three"), "{text}");
    let open = &list(&world, &world.login("admin").await, "?limit=1").await[0];
    assert_eq!((&open["from"], &open["text"]), (&json!(NUMBER), &json!(SPOKEN)));

    let audio = format!("recordings/{recording}/audio");
    let conversation = format!("conversations/{}", call.conversation);
    assert_eq!(world.api(&agent, "GET", &audio, Value::Null).await.status, 403, "not theirs yet");
    assert_eq!(world.api(&agent, "GET", &conversation, Value::Null).await.status, 404);
    assert_eq!(does(&world, &agent, id, "close", json!({})).await.problem(), "refused", "claim it first");
    assert_eq!(does(&world, &agent, id, "claim", Value::Null).await.status, 204);
    assert_eq!(does(&world, &agent, id, "claim", Value::Null).await.status, 204, "it is theirs");
    let told = news.event("left_message_updated").await["data"].clone();
    assert_eq!((&told["left_message"], &told["state"], &told["agent"]), (id, &json!("claimed"), &json!(agent.agent)));
    let seen = world.get(&agent, &conversation).await;
    assert_eq!((&seen["participations"][0]["agent"], &seen["closed_at"]), (&json!(agent.agent), &Value::Null));
    let lines = world.get(&agent, &format!("{conversation}/messages")).await;
    assert!(lines.to_string().contains("message.claimed"), "{lines}");
    assert_ne!(world.api(&agent, "GET", &audio, Value::Null).await.status, 403, "whoever has it hears it");

    let body = json!({ "disposition": "solved", "note": "called back" });
    assert_eq!(does(&world, &agent, id, "close", body).await.status, 204);
    let told = news.event("left_message_updated").await["data"].clone();
    assert_eq!((&told["state"], &told["agent"]), (&json!("closed"), &Value::Null));
    let seen = world.get(&agent, &conversation).await;
    assert!(seen["closed_at"].is_i64() && seen["participations"][0]["left_at"].is_i64(), "{seen:#}");
    assert_eq!(seen["participations"][0]["disposition"], "solved");
    assert_eq!(does(&world, &agent, id, "claim", Value::Null).await.problem(), "refused", "it is closed");
    assert_eq!(does(&world, &agent, id, "close", json!({})).await.status, 409);
    assert_eq!(list(&world, &agent, "").await.len(), 1);
    let closed = &list(&world, &agent, "?state=closed").await[0];
    assert_eq!((&closed["id"], &closed["agent"]), (id, &json!(agent.agent)));

    let audit = world.get(&world.login("admin").await, "audit?limit=500").await;
    let entries = |act: &str| audit.as_array().unwrap().iter().filter(|e| e["action"] == act).count();
    assert_eq!((entries("left_message.claim"), entries("left_message.close"), entries("disposition.set")), (1, 1, 1));
    let viewed = |e: &&Value| e["action"] == "transcript.view" && e["object"] == "left_messages";
    let views: Vec<&Value> = audit.as_array().unwrap().iter().filter(viewed).collect();
    assert!(views.len() >= 2 && views[0]["after"].as_str().unwrap().contains(&call.conversation.to_string()));
    assert!(!audit.to_string().contains("refund"), "not what was read");
}

/// Rows: S2.11
#[tokio::test]
async fn of_two_who_claim_at_once_one_has_it_and_the_other_learns_who() {
    let world = World::start().await;
    let (one, two) = (world.login("agent1").await, world.login("agent2").await);
    let names = world.get(&one, "agents").await;
    assert!(names.is_array());
    for round in 0..8 {
        let (call, _) = left(&world, "support").await;
        let id = list(&world, &one, "?limit=1").await[0]["id"].clone();
        let (a, b) =
            tokio::join!(does(&world, &one, &id, "claim", Value::Null), does(&world, &two, &id, "claim", Value::Null));
        let mut statuses = [a.status, b.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 409], "round {round}: {} {}", a.body, b.body);
        let lost = if a.status == 409 { a } else { b };
        assert_eq!(lost.problem(), "in-hand");
        assert!(lost.body["detail"].as_str().is_some_and(|d| d.contains("in the hands of")), "{}", lost.body);
        let admin = world.login("admin").await;
        let seen = world.get(&admin, &format!("conversations/{}", call.conversation)).await;
        assert_eq!(seen["participations"].as_array().map(Vec::len), Some(1), "{seen:#}");
    }
}

/// Rows: S2.11, S12.6
#[tokio::test]
async fn leaders_give_messages_to_others_and_agents_only_their_own_back() {
    let world = World::start().await;
    left(&world, "support").await;
    let (leader, one, two) =
        (world.login("supervisor").await, world.login("agent1").await, world.login("agent2").await);
    let id = list(&world, &leader, "").await[0]["id"].clone();
    let to = |login: &Login| json!({ "agent": login.agent });
    assert_eq!(does(&world, &one, &id, "assign", to(&one)).await.status, 403);
    assert_eq!(
        does(&world, &leader, &id, "assign", json!({ "agent": id })).await.problem(),
        "not-found",
        "no such agent"
    );
    assert_eq!(does(&world, &leader, &id, "assign", to(&one)).await.status, 204);
    assert_eq!(does(&world, &two, &id, "release", Value::Null).await.problem(), "in-hand");
    assert_eq!(does(&world, &two, &id, "close", json!({})).await.problem(), "in-hand");
    assert_eq!(does(&world, &leader, &id, "assign", to(&two)).await.status, 204, "whoever has it");
    assert_eq!(list(&world, &one, "").await, Vec::<Value>::new());
    assert_eq!(list(&world, &two, "?state=claimed").await.len(), 1);
    assert_eq!(does(&world, &two, &id, "release", Value::Null).await.status, 204);
    assert_eq!(list(&world, &one, "?state=open").await.len(), 1);
    assert_eq!(does(&world, &one, &id, "claim", Value::Null).await.status, 204);
    assert_eq!(does(&world, &leader, &id, "close", json!({ "note": "without a code" })).await.status, 422);
    assert_eq!(list(&world, &one, "?state=claimed").await.len(), 1, "nothing happened");
    assert_eq!(does(&world, &leader, &id, "close", json!({})).await.status, 204, "anybody's");
    let conversation = list(&world, &leader, "?state=closed").await[0]["conversation_id"].clone();
    let seen = world.get(&leader, &format!("conversations/{}", conversation.as_str().unwrap())).await;
    let parts = seen["participations"].as_array().unwrap();
    assert_eq!(parts.len(), 3);
    assert!(parts.iter().all(|p| p["left_at"].is_i64()), "{seen:#}");
}

/// Where the queue wants a disposition, a message is not closed without one.
///
/// Rows: S2.11, S7.29
#[tokio::test]
async fn a_queue_that_wants_a_disposition_wants_one_here_too() {
    let world = World::start().await;
    left(&world, "support").await;
    let (admin, agent) = (world.login("admin").await, world.login("agent1").await);
    let tree = json!([{ "key": "called_back" }, { "key": "billing", "children": [{ "key": "refund" }] }]);
    let new = json!({ "queue": world.queues["support"], "tree": tree, "replaces": 0, "required": true });
    assert_eq!(world.api(&admin, "PUT", "dispositions", new).await.status, 200);
    let id = list(&world, &agent, "").await[0]["id"].clone();
    assert_eq!(does(&world, &agent, &id, "claim", Value::Null).await.status, 204);
    assert_eq!(does(&world, &agent, &id, "close", json!({})).await.problem(), "disposition-required");
    for (code, status) in [(json!("nonsense"), 422), (json!("billing"), 422), (json!(["billing", "refund"]), 204)] {
        assert_eq!(does(&world, &agent, &id, "close", json!({ "disposition": code })).await.status, status, "{code}");
    }
}

/// Rows: S2.11, S12.6
#[tokio::test]
async fn everybody_sees_what_they_may_and_nonsense_is_said() {
    let world = World::start().await;
    left(&world, "support").await;
    for (role, login) in ROLES {
        let who = world.login(login).await;
        let got = world.api(&who, "GET", "left_messages", Value::Null).await;
        let expected = match role {
            "agent" | "leader" | "manager" | "reviewer" => (200, 1),
            "technician" => (403, 0),
            _ => (200, 0),
        };
        assert_eq!((got.status, got.body.as_array().map_or(0, Vec::len)), expected, "{role}: {}", got.body);
    }
    let who = world.login("supervisor").await;
    for (query, status) in [
        ("?state=lost", 422),
        ("?limit=0", 422),
        ("?limit=101", 422),
        ("?limit=x", 400),
        ("?queue=support", 400),
        ("?mood=bad", 400),
        ("?before=01930000-0000-7000-8000-000000000000", 200),
    ] {
        assert_eq!(
            world.api(&who, "GET", &format!("left_messages{query}"), Value::Null).await.status,
            status,
            "{query}"
        );
    }
    let id = &list(&world, &who, "").await[0]["id"];
    let got = does(&world, &who, id, "close", json!({ "mood": "bad" })).await;
    assert_eq!(got.status, 422, "{}", got.body);
}
