//! Tickets over the API: made of a talk, settled by a department that sees nothing else, told to the contact, archived.

use super::world::{Login, NUMBER, PASSWORD, World};
use ringdesk_model::{Clock as _, Pii};
use ringdesk_operations::texts::InboundText;
use serde_json::{Value, json};

struct Office {
    dora: Login,
    department: String,
    kind: String,
}

/// A department with one member, and a type whose tickets are its.
async fn office(world: &World, about: Value) -> Office {
    let admin = world.login("admin").await;
    let made = async |path: &str, body: Value| {
        let made = world.api(&admin, "POST", path, body).await;
        assert_eq!(made.status, 201, "{path}: {}", made.body);
        made.body["id"].as_str().unwrap().to_owned()
    };
    let dora = json!({ "login": "dora", "name": "Dora", "roles": ["department"], "password": PASSWORD,
        "must_change_password": false });
    let made_user = world.api(&admin, "POST", "users", dora).await;
    assert_eq!(made_user.status, 201, "{}", made_user.body);
    let id = world.user(&admin, "dora").await;
    let department = made("departments", json!({ "name": "Workshop", "members": [id] })).await;
    let mut wish = about;
    wish["name"] = json!("Repair");
    wish["department"] = json!(department);
    let kind = made("ticket_types", wish).await;
    Office { dora: world.login("dora").await, department, kind }
}

async fn make(world: &World, who: &Login, wish: Value) -> String {
    let made = world.api(who, "POST", "tickets", wish).await;
    assert_eq!(made.status, 201, "{}", made.body);
    made.body["id"].as_str().unwrap().to_owned()
}

async fn set_state(world: &World, who: &Login, id: &str, state: &str) -> u16 {
    world.api(who, "POST", &format!("tickets/{id}/state"), json!({ "state": state })).await.status
}

/// Rows: S8.1, S8.2, S8.4, S8.5, S8.10
#[tokio::test]
async fn a_ticket_of_a_call_is_settled_by_a_department_that_sees_nothing_else() {
    let world = World::start().await;
    let fields = json!([{ "name": "Device", "kind": "text", "required": true }]);
    let office = office(&world, json!({ "fields": fields, "limit_minutes": 480 })).await;
    let anna = world.login("agent1").await;
    world.choose(&anna, "ready").await;
    let mut call = world.call("support", NUMBER).await;
    world.answered(&mut call, anna.agent.unwrap()).await;
    let wish = json!({ "type": office.kind, "title": "the kettle leaks", "problem": "call 015112345678",
        "conversation_id": call.conversation });
    let refused = world.api(&anna, "POST", "tickets", wish.clone()).await;
    assert_eq!((refused.status, refused.problem()), (422, "invalid"), "no ticket without its device");
    let mut wish = wish;
    wish["fields"] = json!({ "Device": "kettle" });
    let id = make(&world, &anna, wish).await;
    let plain = make(
        &world,
        &anna,
        json!({ "type": office.kind, "title": "mine", "fields": { "Device": "x" },
        "assignee": world.user(&world.login("admin").await, "agent1").await }),
    )
    .await;
    let ticket = world.get(&anna, &format!("tickets/{id}")).await["ticket"].clone();
    assert_eq!((&ticket["number"], &ticket["state"]), (&json!(1), &json!("open")));
    assert!(ticket["contact"].is_string() && ticket["due_at"].as_i64() > ticket["created_at"].as_i64(), "{ticket}");
    assert_eq!((&ticket["conversation_id"], &ticket["by_text"]), (&json!(call.conversation), &json!(false)));
    assert_eq!(ticket["department"], json!(office.department));

    // A department sees its own: not a talk, not a number.
    let theirs = world.get(&office.dora, &format!("tickets/{id}")).await;
    assert!(!theirs.to_string().contains("015112345678"), "{theirs}");
    let talk = format!("conversations/{}", call.conversation);
    assert_eq!(world.api(&office.dora, "GET", &talk, Value::Null).await.status, 403);
    let elsewhere = json!({ "department": null, "user": null });
    let leader = world.login("supervisor").await;
    let got = world.api(&leader, "PUT", &format!("tickets/{plain}/assignee"), elsewhere).await;
    assert_eq!(got.status, 204, "{}", got.body);
    let list = world.get(&office.dora, "tickets").await;
    assert_eq!(list.as_array().unwrap().len(), 1, "{list}");
    for (method, path, body) in [
        ("GET", format!("tickets/{plain}"), Value::Null),
        ("POST", format!("tickets/{plain}/claim"), Value::Null),
        ("POST", format!("tickets/{plain}/comments"), json!({ "text": "let me see" })),
        ("POST", format!("tickets/{plain}/state"), json!({ "state": "solved" })),
        ("PUT", format!("tickets/{plain}"), json!({ "title": "changed" })),
    ] {
        assert_eq!(world.api(&office.dora, method, &path, body).await.status, 404, "{method} {path}");
    }
    let found = world.api(&office.dora, "POST", "tickets/search", json!({ "typed": "mine" })).await;
    assert_eq!(found.body, json!([]));

    // They settle it; what they may not is archive it, nor say how pressing it is.
    assert_eq!(world.api(&office.dora, "POST", &format!("tickets/{id}/claim"), Value::Null).await.status, 204);
    let taken = world.api(&anna, "POST", &format!("tickets/{id}/claim"), Value::Null).await;
    assert_eq!(taken.status, 409, "{}", taken.body);
    let said = json!({ "text": "a new seal" });
    assert_eq!(world.api(&office.dora, "POST", &format!("tickets/{id}/comments"), said).await.status, 204);
    let to_nobody = json!({ "text": "done", "to_contact": true });
    let refused = world.api(&office.dora, "POST", &format!("tickets/{id}/comments"), to_nobody).await;
    assert_eq!((refused.status, refused.problem()), (422, "invalid"), "a call is no channel of text");
    assert_eq!(set_state(&world, &office.dora, &id, "archived").await, 403);
    assert_eq!(set_state(&world, &anna, &id, "archived").await, 409, "only what is solved");
    assert_eq!(set_state(&world, &office.dora, &id, "solved").await, 204);
    assert_eq!(set_state(&world, &anna, &id, "archived").await, 204);

    // The archive is read and found, and not written.
    for (method, path, body) in [
        ("POST", format!("tickets/{id}/state"), json!({ "state": "open" })),
        ("PUT", format!("tickets/{id}"), json!({ "title": "changed" })),
        ("PUT", format!("tickets/{id}/priority"), json!({ "priority": "urgent" })),
        ("PUT", format!("tickets/{id}/assignee"), json!({})),
        ("POST", format!("tickets/{id}/comments"), json!({ "text": "one more" })),
    ] {
        let got = world.api(&leader, method, &path, body).await;
        assert_eq!((got.status, got.problem()), (409, "refused"), "{method} {path}: {}", got.body);
    }
    for typed in ["kettle leaks", "#1", "seal"] {
        let found = world.api(&anna, "POST", "tickets/search", json!({ "typed": typed })).await.body;
        let states: Vec<_> = found.as_array().unwrap().iter().map(|t| (&t["id"], &t["state"])).collect();
        assert_eq!(states, [(&json!(id), &json!("archived"))], "{typed}");
    }
    let history = world.get(&anna, &format!("tickets/{id}")).await["history"].clone();
    let kinds: Vec<_> = history.as_array().unwrap().iter().map(|e| e["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["created", "assigned", "remark", "moved", "moved"]);
    assert!(history.as_array().unwrap().iter().all(|e| e["by"].is_string() && e["at"].is_i64()), "{history}");
    let of_contact = format!("tickets?contact={}", ticket["contact"].as_str().unwrap());
    assert_eq!(world.get(&anna, &of_contact).await.as_array().unwrap().len(), 1);
}

/// Rows: S8.7, S7.20, S2.18
#[tokio::test]
async fn the_contact_is_told_by_the_channel_they_came_by_and_never_twice() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let notices = json!({ "open": "We have it as number {number}.", "solved": "{title} is done." });
    let office = office(&world, json!({ "notices": notices })).await;
    let bridge = json!({ "name": "Bridge", "queue": world.queues["support"] });
    let bridge = world.api(&admin, "POST", "text_inboxes", bridge).await;
    let inbox = bridge.body["id"].as_str().unwrap().parse().unwrap();
    let text = InboundText {
        name: "m-1".into(),
        address: Pii::new("mei".into()),
        contact_name: None,
        text: Pii::new("my kettle leaks".into()),
        files: Vec::new(),
        visit: None,
    };
    let got = world.operations.receive_text(world.clock.now(), world.account, inbox, &text).await.unwrap();
    let wish = json!({ "type": office.kind, "title": "the kettle", "conversation_id": got.conversation });
    let id = make(&world, &admin, wish).await;
    let said = async || {
        let all = world.get(&admin, &format!("conversations/{}/messages", got.conversation)).await;
        let ours = all.as_array().unwrap().iter().filter(|m| m["speaker"] == "system" && m["kind"] == "message");
        ours.map(|m| m["text"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(said().await, ["We have it as number 1."]);
    assert_eq!(set_state(&world, &office.dora, &id, "pending").await, 204);
    assert_eq!(set_state(&world, &office.dora, &id, "open").await, 204);
    assert_eq!(said().await.len(), 1, "they know that already");
    let comment = |text: &str, to_contact: bool| json!({ "text": text, "to_contact": to_contact });
    for body in [comment("they are rude", false), comment("Friday, I think.", true)] {
        assert_eq!(world.api(&office.dora, "POST", &format!("tickets/{id}/comments"), body).await.status, 204);
    }
    assert_eq!(set_state(&world, &office.dora, &id, "solved").await, 204);
    assert_eq!(set_state(&world, &office.dora, &id, "solved").await, 204, "it is so already");
    assert_eq!(said().await, ["We have it as number 1.", "Friday, I think.", "the kettle is done."]);
}

/// Rows: S8.3, S8.11
#[tokio::test]
async fn tickets_fall_to_who_has_the_fewest_and_the_pressing_are_due_sooner() {
    let world = World::start().await;
    let (admin, anna) = (world.login("admin").await, world.login("agent1").await);
    let office = office(&world, json!({ "limit_minutes": 480, "share": true })).await;
    let members = [world.user(&admin, "dora").await, world.user(&admin, "agent2").await];
    let department = json!({ "name": "Workshop", "members": members });
    let path = format!("departments/{}", office.department);
    assert_eq!(world.api(&admin, "PUT", &path, department).await.status, 204);
    let mut fell = std::collections::BTreeMap::<String, i64>::new();
    let mut last = String::new();
    for n in 0..6 {
        last = make(&world, &anna, json!({ "type": office.kind, "title": format!("n {n}") })).await;
        let ticket = world.get(&anna, &format!("tickets/{last}")).await["ticket"].clone();
        *fell.entry(ticket["assignee"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    assert_eq!(fell, members.clone().map(|user| (user, 3)).into());
    let due = async || world.get(&anna, &format!("tickets/{last}")).await["ticket"]["due_at"].as_i64().unwrap();
    let before = due().await;
    let urgent = json!({ "priority": "urgent" });
    assert_eq!(world.api(&anna, "PUT", &format!("tickets/{last}/priority"), urgent).await.status, 204);
    assert_eq!(before - due().await, 360 * 60_000, "a quarter of eight hours");
    assert_eq!(world.get(&anna, "tickets?at_work=true").await[0]["id"], json!(last));
    // Whose they are is not for agents to say.
    let to = json!({ "user": members[0] });
    assert_eq!(world.api(&anna, "PUT", &format!("tickets/{last}/assignee"), to.clone()).await.status, 403);
    let wish = json!({ "type": office.kind, "title": "for Dora", "assignee": members[0] });
    assert_eq!(world.api(&anna, "POST", "tickets", wish).await.status, 403);
    let leader = world.login("supervisor").await;
    assert_eq!(world.api(&leader, "PUT", &format!("tickets/{last}/assignee"), to).await.status, 204);
    // Of two editors of a type one learns of the other; what is out of use makes no tickets.
    let kind = format!("ticket_types/{}", office.kind);
    let out = json!({ "replaces": 1, "to": { "name": "Repair", "active": false } });
    assert_eq!(world.api(&admin, "PUT", &kind, out.clone()).await.status, 204);
    let again = world.api(&admin, "PUT", &kind, out).await;
    assert_eq!((again.status, again.problem()), (409, "changed"));
    let wish = json!({ "type": office.kind, "title": "one more" });
    assert_eq!(world.api(&anna, "POST", "tickets", wish.clone()).await.status, 422);
    // It has a history like every setting, and a way back.
    let past = world.get(&admin, &format!("setting_history?object=ticket_type:{}", office.kind)).await;
    let undo = format!("setting_history/{}/undo", past[0]["id"].as_str().unwrap());
    let undone = world.api(&admin, "POST", &undo, json!({ "newest": past[0]["seq"] })).await;
    assert!(undone.status < 300, "{}", undone.body);
    assert_eq!(world.api(&anna, "POST", "tickets", wish).await.status, 201);
}
