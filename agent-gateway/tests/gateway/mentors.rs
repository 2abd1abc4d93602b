//! Mentors over HTTP: whom they see, what they say on the side, and that it ends.

use super::passing::take;
use super::socket::Socket;
use super::widget::{Tab, token};
use super::world::{Login, NUMBER, World};
use ringdesk_agent_gateway::orders::{CallWish, Supervision};
use ringdesk_model::{Clock as _, Scope, Timestamp};
use serde_json::{Value, json};

async fn attach(world: &World, by: &Login, mentor: &str, agent: &Login, until: Option<i64>) -> (u16, Value) {
    let body = json!({ "mentor": mentor, "agent": agent.agent, "until": until });
    let got = world.api(by, "POST", "mentors", body).await;
    (got.status, got.body["id"].clone())
}

/// Ids of the talks that somebody sees as a mentor.
async fn talks(world: &World, who: &Login) -> Vec<Value> {
    let all = world.get(who, "mentoring/talks").await;
    all.as_array().unwrap().iter().map(|talk| talk["conversation"]["id"].clone()).collect()
}

/// Beside one agent: their talks as they run, masked as one's own rights say, and nothing else; what is suggested is read by these two
/// alone, and never by the contact; and all of it ends at once.
///
/// Rows: S7.18, S12.6
#[tokio::test]
async fn a_mentor_sees_what_their_agent_has_in_hand_and_suggests_on_the_side() {
    let world = World::start().await;
    let (admin, leader) = (world.login("admin").await, world.login("supervisor").await);
    let (anna, ben) = (world.login("agent1").await, world.login("agent2").await);
    let mentor = world.user(&admin, "agent2").await;
    let body = json!({ "name": "Shop", "queue": world.queues["support"], "site": { "allowed": ["*"] } });
    let inbox = world.api(&admin, "POST", "text_inboxes", body).await.body["id"].as_str().unwrap().to_owned();
    let (mut tab, _) = Tab::of(&world, &inbox, &token(&world, &inbox).await).await;
    tab.write("a", "call me at 015112345678").await;
    let id = tab.next("ack").await["conversation"].as_str().unwrap().to_owned();
    take(&world, &anna, &id, 1).await;
    let (mut other, _) = Tab::of(&world, &inbox, &token(&world, &inbox).await).await;
    other.write("a", "not for Ben").await;
    let others = other.next("ack").await["conversation"].as_str().unwrap().to_owned();
    let (path, lines) = (format!("conversations/{id}"), format!("mentoring/talks/{id}/messages"));
    let suggestions = format!("mentoring/talks/{id}/suggestions");
    assert_eq!(world.api(&ben, "GET", &lines, Value::Null).await.status, 404, "not yet");
    assert!(talks(&world, &ben).await.is_empty());

    let tech = world.user(&admin, "tessa").await;
    let past = world.clock.now().as_millis() - 1;
    assert_eq!(attach(&world, &anna, &mentor, &anna, None).await.0, 403, "agents choose no mentors");
    for (who, until) in [(&tech, None), (&mentor, Some(past)), (&world.user(&admin, "agent1").await, None)] {
        assert_eq!(attach(&world, &leader, who, &anna, until).await.0, 422);
    }
    let mut heard = Socket::start(&world, &ben).await;
    let (status, mentorship) = attach(&world, &leader, &mentor, &anna, None).await;
    assert_eq!(status, 201);
    assert_eq!(heard.event("mentor_attached").await["data"]["agent"], json!(anna.agent));
    assert_eq!(attach(&world, &leader, &mentor, &anna, None).await.1, mentorship, "they are there once");
    let known = world.get(&anna, "mentoring").await;
    assert_eq!(known["mentors"][0]["mentor"], json!(mentor), "the agent knows who watches: {known}");
    assert_eq!(world.get(&ben, "mentoring").await["agents"][0]["agent"], json!(anna.agent));

    assert_eq!(talks(&world, &ben).await, [json!(id)], "hers, and nobody else's");
    let seen = world.get(&ben, &lines).await.to_string();
    assert!(seen.contains("call me at") && !seen.contains("12345678"), "{seen}");
    let not_theirs = format!("mentoring/talks/{others}");
    assert_eq!(world.api(&ben, "GET", &format!("{not_theirs}/messages"), Value::Null).await.status, 404);
    let word = json!({ "text": "ask for the contract" });
    assert_eq!(world.api(&ben, "POST", &format!("{not_theirs}/suggestions"), word.clone()).await.status, 404);
    // It is hers all the same: nothing else of it is there for the mentor.
    let said = json!({ "client_id": "x", "text": "hello" });
    for (method, below, body) in
        [("GET", "", Value::Null), ("POST", "/messages", said), ("POST", "/close", Value::Null)]
    {
        assert_eq!(world.api(&ben, method, &format!("{path}{below}"), body).await.status, 404, "{method} {below}");
    }
    tab.write("b", "are you there?").await;
    tab.next("ack").await;
    assert_eq!(heard.event("message_created").await["data"]["conversation"], json!(id), "as it comes");

    let made = world.api(&ben, "POST", &suggestions, word).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(world.api(&ben, "POST", &suggestions, json!({ "text": " " })).await.status, 422);
    let of = format!("{path}/suggestions");
    let waits = world.get(&anna, &of).await;
    assert_eq!((&waits[0]["text"], &waits[0]["outcome"]), (&json!("ask for the contract"), &Value::Null));
    assert!(waits[0]["mentor_name"].is_string(), "{waits}");
    assert_eq!(world.get(&leader, &of).await, json!([]), "for these two alone");
    let settle = format!("suggestions/{}", made.body["id"].as_str().unwrap());
    let taken = json!({ "outcome": "taken" });
    assert_eq!(world.api(&ben, "PUT", &settle, taken.clone()).await.status, 404, "the agent does");
    assert_eq!(world.api(&anna, "PUT", &settle, json!({ "outcome": "sent" })).await.status, 422);
    assert_eq!(world.api(&anna, "PUT", &settle, taken.clone()).await.status, 204);
    assert_eq!(world.api(&anna, "PUT", &settle, taken).await.status, 409, "once");
    heard.event("suggestion_settled").await;
    assert_eq!(world.get(&ben, &of).await[0]["outcome"], "taken");

    // Not a word of it reaches the contact, nor whatever reads conversations.
    let answer = json!({ "client_id": "c", "text": "I look it up" });
    assert!(world.api(&anna, "POST", &format!("{path}/messages"), answer).await.status < 300);
    let mut shown = Vec::new();
    while !shown.last().is_some_and(|line: &Value| line.to_string().contains("I look it up")) {
        shown.push(tab.next("line").await);
    }
    let everything = [
        json!(shown),
        world.get(&admin, &format!("{path}/messages")).await,
        world.get(&admin, "search?q=contract").await,
        world.get(&admin, "audit?limit=100").await,
    ];
    for read in &everything {
        assert!(!read.to_string().contains("for the contract"), "{read}");
    }
    for action in ["mentor.attach", "suggestion.make", "suggestion.settle"] {
        assert!(everything[3].to_string().contains(action), "{action}");
    }

    // At its moment it ends by itself, and by a word at once.
    let scope = Scope {
        account: world.account,
        user: mentor.parse().unwrap(),
        agent: ben.agent,
        everyone: false,
        unmasked: false,
    };
    let soon = world.clock.now().as_millis() + 3_600_000;
    assert_eq!(attach(&world, &leader, &mentor, &anna, Some(soon)).await, (201, mentorship.clone()));
    let at = |ms: i64| world.operations.mentored_talks(Timestamp::from_millis(ms), &scope);
    assert_eq!((at(soon - 1).await.unwrap().len(), at(soon).await.unwrap().len()), (1, 0));
    let end = format!("mentors/{}", mentorship.as_str().unwrap());
    assert_eq!(world.api(&ben, "DELETE", &end, Value::Null).await.status, 403);
    assert_eq!(world.api(&leader, "DELETE", &end, Value::Null).await.status, 204);
    assert_eq!(world.api(&leader, "DELETE", &end, Value::Null).await.status, 404, "once");
    heard.event("mentor_detached").await;
    tab.write("d", "after").await;
    tab.next("ack").await;
    let note = json!({ "text": "come over" });
    let noted = world.api(&leader, "POST", &format!("agents/{}/side_note", ben.agent.unwrap()), note).await;
    assert_eq!(noted.status, 204, "{}", noted.body);
    assert_eq!(heard.next().await["type"], "side_note", "and nothing of hers before it");
    assert!(talks(&world, &ben).await.is_empty());
    for (method, path, body) in
        [("GET", &lines, Value::Null), ("POST", &suggestions, json!({ "text": "x" })), ("GET", &of, Value::Null)]
    {
        assert_eq!(world.api(&ben, method, path, body).await.status, 404, "{method} {path}");
    }
}

/// A mentor listens and whispers in their agent's calls, is never heard by the contact, and leaves when it ends.
///
/// Rows: S7.18, S7.17
#[tokio::test]
async fn a_mentor_whispers_in_their_agents_call_and_in_no_other() {
    let world = World::start().await;
    let (admin, anna, ben) = (world.login("admin").await, world.login("agent1").await, world.login("agent2").await);
    let mentor = world.user(&admin, "agent2").await;
    world.choose(&anna, "ready").await;
    let mut waiting = world.call("support", NUMBER).await;
    let of = anna.agent.unwrap();
    world.answered(&mut waiting, of).await;
    let order = async |method: &str, what: &str, body: Value| {
        world.api(&ben, method, &format!("calls/{}/{what}", waiting.call), body).await.status
    };
    let last = || world.desk.call_wishes.lock().unwrap().pop().map(|(_, wish)| wish);
    assert_eq!(order("POST", "supervise", json!({ "mode": "whisper" })).await, 403, "nobody's mentor");
    let (status, mentorship) = attach(&world, &admin, &mentor, &anna, None).await;
    assert_eq!(status, 201);
    assert_eq!(talks(&world, &ben).await, [json!(waiting.conversation)]);
    let supervisor = ben.agent.unwrap();
    for (name, mode) in [("listen", Supervision::Listen), ("whisper", Supervision::Whisper)] {
        assert_eq!(order("POST", "supervise", json!({ "mode": name })).await, 202, "{name}");
        assert_eq!(last(), Some(CallWish::Supervise { supervisor, of, mode }));
    }
    assert_eq!(order("POST", "supervise", json!({ "mode": "barge" })).await, 403, "the contact hears them not");
    assert_eq!(order("POST", "take_over", Value::Null).await, 403);
    let elsewhere = json!({ "mode": "listen", "agent": supervisor });
    assert_eq!(order("POST", "supervise", elsewhere).await, 404, "not their agent");
    assert_eq!(order("DELETE", "supervise", Value::Null).await, 204);
    assert_eq!(last(), Some(CallWish::StopSupervising { supervisor }));

    let end = format!("mentors/{}", mentorship.as_str().unwrap());
    assert_eq!(world.api(&admin, "DELETE", &end, Value::Null).await.status, 204);
    assert_eq!(last(), Some(CallWish::StopSupervising { supervisor }), "their telephone is let go");
    assert_eq!(order("POST", "supervise", json!({ "mode": "listen" })).await, 403);
}
