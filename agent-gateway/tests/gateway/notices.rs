//! Notices over HTTP and the socket: each kind on what really happens, each person their own.

use super::left_messages::left;
use super::socket::Socket;
use super::world::{Login, NUMBER, PASSWORD, World};
use ringdesk_conversations::CallFact;
use ringdesk_model::{Clock as _, ConversationId, Ids, InboxId, Medium, Pii, Presence, Timestamp};
use ringdesk_operations::texts::InboundText;
use ringdesk_routing::{AgentFloor, Floor, Input, Work};
use ringdesk_storage::journal::{Set, TextJoined};
use serde_json::{Value, json};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// A house in which everybody is told from now on.
async fn house() -> World {
    let world = World::start().await;
    assert_eq!(follow(&world).await, 0, "what was before is past");
    world
}

async fn follow(world: &World) -> usize {
    Box::pin(world.operations.follow_notices(world.clock.now(), world.account)).await.unwrap()
}

async fn tend(world: &World, now: Timestamp) -> usize {
    Box::pin(world.operations.tend_notices(now, world.account)).await.unwrap()
}

async fn listed(world: &World, who: &Login) -> Vec<(String, String)> {
    let list = world.get(who, "notices").await;
    let of = |notice: &Value| {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&notice["kind"]), text(&notice["texts"]["en"]))
    };
    list["notices"].as_array().unwrap().iter().map(of).collect()
}

fn one(kind: &str, text: &str) -> Vec<(String, String)> {
    vec![(kind.to_owned(), text.to_owned())]
}

/// Everything by the list alone, so that a list can be looked at.
async fn all_on(world: &World, who: &Login, kind: &str) {
    let wish = json!({ "choices": { kind: ["list"] } });
    assert_eq!(world.api(who, "PUT", "notice_choices", wish).await.status, 204);
}

/// Rows: S13.16
#[tokio::test]
async fn an_enquiry_is_told_to_whom_it_is_offered() {
    let world = house().await;
    let (anna, bernd) = (world.login("agent1").await, world.login("agent2").await);
    all_on(&world, &anna, "enquiry").await;
    let mut socket = Socket::start(&world, &anna).await;
    world.choose(&anna, "ready").await;
    world.call("support", NUMBER).await;
    world.until("an offer", async || (follow(&world).await > 0).then_some(())).await;
    world.desk.wake().await;
    assert_eq!(listed(&world, &anna).await, one("enquiry", "A new enquiry from support"));
    assert_eq!(listed(&world, &bernd).await, []);
    let told = socket.event("notice_given").await["data"].clone();
    assert_eq!((&told["kind"], &told["channels"]), (&json!("enquiry"), &json!(["list"])));
    assert!(told["place"].as_str().unwrap().starts_with("call:") && told["to"].is_null(), "{told}");
    assert_eq!(follow(&world).await, 0, "once");
}

/// Rows: S13.16
#[tokio::test]
async fn a_rating_is_told_to_whom_it_is_of() {
    let world = house().await;
    let (anna, bernd) = (world.login("agent1").await, world.login("agent2").await);
    world.choose(&anna, "ready").await;
    let mut call = world.call("support", NUMBER).await;
    let agent = anna.agent.unwrap();
    world.answered(&mut call, agent).await;
    let rated = [CallFact::AgentLeft { agent }, CallFact::Rated { stars: Some(4) }];
    world.facts(&mut call, world.clock.now(), &rated).await;
    assert!(follow(&world).await > 0);
    assert_eq!(listed(&world, &anna).await, one("rating", "A contact gave you 4 of 5 stars"));
    assert_eq!(listed(&world, &bernd).await, []);
}

/// Rows: S13.16
#[tokio::test]
async fn a_side_note_and_a_promise_that_is_due_are_told() {
    let world = house().await;
    let (leader, anna) = (world.login("supervisor").await, world.login("agent1").await);
    let note = format!("agents/{}/side_note", anna.agent.unwrap());
    assert_eq!(world.api(&leader, "POST", &note, json!({ "text": "offer {a} refund" })).await.status, 204);
    assert_eq!(follow(&world).await, 1);
    assert_eq!(listed(&world, &anna).await, one("side_note", "Sofia Supervisor: offer {a} refund"));

    let due = world.clock.now() + MINUTE * 60;
    world.choose(&anna, "ready").await;
    let mut call = world.call("support", NUMBER).await;
    world.answered(&mut call, anna.agent.unwrap()).await;
    world.ended(&mut call, anna.agent.unwrap()).await;
    let promise = json!({ "to": { "conversation": call.conversation }, "due_from": due.as_millis(),
        "due_until": (due + MINUTE * 30).as_millis(), "owner": "me" });
    let made = world.api(&anna, "POST", "callbacks", promise).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let away = AgentFloor {
        agent: anna.agent.unwrap(),
        presence: Presence::LoggedOut,
        since: Timestamp(0),
        next: None,
        paused_until: None,
        work: vec![],
    };
    let floor = Floor { queues: vec![], agents: vec![away] };
    world.operations.tend_promises(due - MINUTE * 5, world.account, &floor).await.unwrap();
    follow(&world).await;
    let told = listed(&world, &anna).await;
    assert_eq!(told[0], ("callback_due".into(), "A call you promised is due: +49•••••456".into()), "{told:?}");
}

/// Rows: S13.16
#[tokio::test]
async fn a_left_message_is_told_to_the_queue_and_what_belongs_to_nobody_to_leaders() {
    let world = house().await;
    let (anna, leader) = (world.login("agent1").await, world.login("supervisor").await);
    left(&world, "support").await;
    assert!(follow(&world).await > 0);
    assert_eq!(listed(&world, &anna).await, one("left_message", "A message of 4 s was left for support"));
    assert_eq!(listed(&world, &leader).await, [], "they are in no queue");
}

/// Rows: S13.16
#[tokio::test]
async fn a_ticket_is_told_when_it_is_given_when_it_is_nearly_due_and_when_it_is_late() {
    let world = house().await;
    let (admin, anna) = (world.login("admin").await, world.login("agent1").await);
    let kind = world.api(&admin, "POST", "ticket_types", json!({ "name": "Repair", "limit_minutes": 120 })).await;
    let mine = world.user(&admin, "agent1").await;
    let wish = json!({ "type": kind.body["id"], "title": "a kettle", "assignee": mine });
    let made = world.api(&admin, "POST", "tickets", wish).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(listed(&world, &anna).await, one("ticket_assigned", "Ticket #1 (Repair) is yours now"));
    let ticket = made.body["id"].as_str().unwrap();
    let due = world.get(&anna, &format!("tickets/{ticket}")).await["ticket"]["due_at"].as_i64().unwrap();
    let due = Timestamp::from_millis(due);
    assert_eq!(tend(&world, due - MINUTE * 31).await, 0);
    assert_eq!((tend(&world, due - MINUTE * 20).await, tend(&world, due - MINUTE * 19).await), (1, 0), "once");
    assert_eq!((tend(&world, due + MINUTE).await, tend(&world, due + MINUTE * 2).await), (1, 0), "once");
    let told = listed(&world, &anna).await;
    assert!(told.contains(&("ticket_due".into(), "Ticket #1 (Repair) is due in 20 min".into())), "{told:?}");
    assert!(told.contains(&("ticket_overdue".into(), "Ticket #1 (Repair) is overdue".into())), "{told:?}");
    // Who takes one themselves knows; who is given one by another is told.
    let nobody = json!({ "department": null, "user": null });
    let path = format!("tickets/{ticket}");
    assert_eq!(world.api(&admin, "PUT", &format!("{path}/assignee"), nobody).await.status, 204);
    assert_eq!(world.api(&admin, "POST", &format!("{path}/claim"), Value::Null).await.status, 204);
    assert_eq!(listed(&world, &admin).await, []);
    let before = listed(&world, &anna).await.len();
    let back = json!({ "department": null, "user": mine });
    assert_eq!(world.api(&admin, "PUT", &format!("{path}/assignee"), back).await.status, 204);
    assert_eq!(listed(&world, &anna).await.len(), before + 1);
}

/// Rows: S13.16
#[tokio::test]
async fn a_contact_who_waits_too_long_is_told_of_once() {
    let world = house().await;
    let (admin, anna) = (world.login("admin").await, world.login("agent1").await);
    let queue = world.queues["support"];
    let inbox = world.api(&admin, "POST", "text_inboxes", json!({ "name": "Bridge", "queue": queue })).await;
    let inbox: InboxId = inbox.body["id"].as_str().unwrap().parse().unwrap();
    world.choose(&anna, "ready").await;
    let wrote = world.clock.now();
    let text = InboundText {
        name: "m1".into(),
        address: Pii::new("wx:mei".into()),
        contact_name: None,
        text: Pii::new("hello".into()),
        files: Vec::new(),
        visit: None,
    };
    let received = Box::pin(world.operations.receive_text(wrote, world.account, inbox, &text)).await.unwrap();
    let conversation: ConversationId = received.conversation;
    let item = world.operations.open_texts(world.account).await.unwrap()[0].work_item;
    world.desk.tell(|_| Input::Queued(Work::new(item, queue, Medium::Text, wrote))).await;
    assert_eq!(tend(&world, wrote + MINUTE * 3).await, 0, "nobody's to answer yet");
    let offers = world.get(&anna, "text_offers").await;
    let accept = format!("text_offers/{}/accept", offers[0]["id"].as_str().unwrap());
    assert_eq!(world.api(&anna, "POST", &accept, Value::Null).await.status, 204);
    let (agent, mut ids) = (anna.agent.unwrap(), Ids::seeded(91));
    let mut set = Set::new(world.operations.account_key(world.account).await.unwrap());
    let joined = TextJoined { offer: ids.next(wrote), conversation, agent, queue, at: wrote };
    ringdesk_operations::texts::joined(&mut set, &mut ids, joined).unwrap();
    world.operations.write_journal(&set).await.unwrap();
    assert_eq!(tend(&world, wrote + MINUTE).await, 0);
    assert_eq!((tend(&world, wrote + MINUTE * 3).await, tend(&world, wrote + MINUTE * 4).await), (1, 0));
    let told = listed(&world, &anna).await;
    let text = "A contact has been waiting for your answer for 3 min";
    assert!(told.contains(&("text_overdue".into(), text.into())), "{told:?}");
}

/// Rows: S13.16
#[tokio::test]
async fn other_roles_are_told_to_whom_has_them() {
    let world = house().await;
    let admin = world.login("admin").await;
    let rita = world.login("reviewer").await;
    let path = format!("users/{}/roles", world.user(&admin, "reviewer").await);
    for _ in 0..2 {
        let got = world.api(&admin, "PUT", &path, json!({ "roles": ["reviewer", "operator"] })).await;
        assert_eq!(got.status, 204, "{}", got.body);
    }
    assert_eq!(listed(&world, &rita).await, one("permissions", "Your roles have changed: reviewer, operator"));
}

/// Defaults by role, one's own choice, words of the house; by exactly the channels that are on.
///
/// Rows: S13.16
#[tokio::test]
async fn the_matrix_and_the_words_decide_what_comes_and_how() {
    let world = house().await;
    let (admin, anna, bernd) = (world.login("admin").await, world.login("agent1").await, world.login("agent2").await);
    let leader = world.login("supervisor").await;
    let (mut of_anna, mut of_bernd) = (Socket::start(&world, &anna).await, Socket::start(&world, &bernd).await);
    let setup = world.get(&admin, "notice_setup").await;
    assert_eq!((&setup["version"], setup["kinds"].as_array().unwrap().len()), (&json!(0), 10));
    let wish = json!({ "replaces": 0, "roles": { "agent": { "side_note": ["sound"] } },
        "texts": { "side_note": { "en": "Psst, {who} says: {text}" } } });
    assert_eq!(world.api(&admin, "PUT", "notice_setup", wish.clone()).await.body, json!({ "version": 1 }));
    assert_eq!(world.api(&admin, "PUT", "notice_setup", wish).await.problem(), "changed", "somebody was quicker");
    let own = json!({ "choices": { "side_note": ["list"] } });
    assert_eq!(world.api(&anna, "PUT", "notice_choices", own).await.status, 204);
    let choices = world.get(&anna, "notice_choices").await;
    let of = choices.as_array().unwrap().iter().find(|one| one["kind"] == "side_note").unwrap();
    assert_eq!((&of["channels"], &of["by_default"], &of["own"]), (&json!(["list"]), &json!(["sound"]), &json!(true)));
    for who in [&anna, &bernd] {
        let note = format!("agents/{}/side_note", who.agent.unwrap());
        assert_eq!(world.api(&leader, "POST", &note, json!({ "text": "smile" })).await.status, 204);
    }
    assert_eq!(follow(&world).await, 2);
    world.desk.wake().await;
    for (socket, channels) in [(&mut of_anna, json!(["list"])), (&mut of_bernd, json!(["sound"]))] {
        let told = socket.event("notice_given").await["data"].clone();
        assert_eq!(
            (&told["channels"], &told["texts"]["en"]),
            (&channels, &json!("Psst, Sofia Supervisor says: smile"))
        );
        assert_eq!(told["texts"]["zh-CN"], "Sofia Supervisor：smile", "its own language, as shipped");
    }
    assert_eq!(listed(&world, &bernd).await, [], "a sound leaves nothing in the list");

    // Read on one screen is read on all; nobody reads another's.
    let list = world.get(&anna, "notices").await;
    assert_eq!((&list["unread"], &list["notices"][0]["read"]), (&json!(1), &json!(false)));
    let to = json!({ "to": list["notices"][0]["id"] });
    assert_eq!(world.api(&anna, "PUT", "notices/read", to).await.status, 204);
    let list = world.get(&anna, "notices").await;
    assert_eq!((&list["unread"], &list["notices"][0]["read"]), (&json!(0), &json!(true)));

    // Nothing at all is a choice, too; and back to what the house has.
    for (channels, many) in [(json!([]), 0), (Value::Null, 1)] {
        let own = json!({ "choices": { "side_note": channels } });
        assert_eq!(world.api(&anna, "PUT", "notice_choices", own).await.status, 204);
        let note = format!("agents/{}/side_note", anna.agent.unwrap());
        assert_eq!(world.api(&leader, "POST", &note, json!({ "text": "again" })).await.status, 204);
        assert_eq!(follow(&world).await, many);
    }

    // What cannot be shown is refused, and said where.
    for (kind, text, status) in [("rating", "{stars} stars", 200), ("rating", "{who}", 422), ("nothing", "x", 422)] {
        let got = world.api(&admin, "POST", "notice_setup/preview", json!({ "kind": kind, "text": text })).await;
        assert_eq!(got.status, status, "{text}: {}", got.body);
    }
    let odd = json!({ "replaces": 1, "texts": { "rating": { "en": "{number}" } } });
    assert_eq!(world.api(&admin, "PUT", "notice_setup", odd).await.status, 422);
    let odd = json!({ "replaces": 1, "roles": { "king": {} } });
    assert_eq!(world.api(&admin, "PUT", "notice_setup", odd).await.status, 422);

    // It has a past, and a way back.
    let ours = json!({ "replaces": 1 });
    assert_eq!(world.api(&admin, "PUT", "notice_setup", ours).await.body, json!({ "version": 2 }));
    assert_eq!(world.get(&admin, "notice_setup").await["texts"], json!({}));
    let listed = world.get(&admin, &format!("setting_history?object=account:{}", world.account)).await;
    let past = listed.as_array().unwrap().iter().find(|one| one["facet"] == "notices").unwrap().clone();
    let undo = format!("setting_history/{}/undo", past["id"].as_str().unwrap());
    let got = world.api(&admin, "POST", &undo, json!({ "newest": past["seq"] })).await;
    assert_eq!(got.status, 200, "{}", got.body);
    let back = world.get(&admin, "notice_setup").await;
    assert_eq!(back["texts"]["side_note"]["en"], "Psst, {who} says: {text}");
    assert_eq!(back["roles"]["agent"]["side_note"], json!(["sound"]));
}

/// After thirty days a notice is gone.
///
/// Rows: S13.16
#[tokio::test]
async fn notices_are_kept_for_thirty_days() {
    let world = house().await;
    let admin = world.login("admin").await;
    let dora = json!({ "login": "dora", "name": "Dora", "roles": ["operator"], "password": PASSWORD,
        "must_change_password": false });
    assert_eq!(world.api(&admin, "POST", "users", dora).await.status, 201);
    let path = format!("users/{}/roles", world.user(&admin, "dora").await);
    assert_eq!(world.api(&admin, "PUT", &path, json!({ "roles": ["reviewer"] })).await.status, 204);
    let dora = world.login("dora").await;
    let (now, day) = (world.clock.now(), Duration::from_secs(86_400));
    assert_eq!(world.operations.forget_notices(now + day * 29, world.account).await.unwrap(), 0);
    assert_eq!(listed(&world, &dora).await.len(), 1);
    assert_eq!(world.operations.forget_notices(now + day * 31, world.account).await.unwrap(), 1);
    assert_eq!(listed(&world, &dora).await, []);
}
