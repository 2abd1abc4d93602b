//! Tags, segments, and a contact over all channels, over the API.

use super::world::{Login, NUMBER, World};
use ringdesk_model::{Clock as _, InboxId, Pii};
use ringdesk_operations::texts::InboundText;
use serde_json::{Value, json};

async fn made(world: &World, who: &Login, path: &str, body: Value) -> String {
    let made = world.api(who, "POST", path, body).await;
    assert_eq!(made.status, 201, "{path}: {}", made.body);
    made.body["id"].as_str().unwrap().to_owned()
}

async fn bridge(world: &World, admin: &Login, name: &str) -> InboxId {
    let wish = json!({ "name": name, "queue": world.queues["support"] });
    made(world, admin, "text_inboxes", wish).await.parse().unwrap()
}

/// A text of somebody; the conversation it stands in, and the contact.
async fn write(world: &World, admin: &Login, inbox: InboxId, from: &str, text: &str) -> (String, String) {
    let text = InboundText {
        name: format!("{from} {text}"),
        address: Pii::new(from.into()),
        contact_name: None,
        text: Pii::new(text.into()),
        files: Vec::new(),
        visit: None,
    };
    let got = world.operations.receive_text(world.clock.now(), world.account, inbox, &text).await.unwrap();
    let conversation = world.get(admin, &format!("conversations/{}", got.conversation)).await;
    (got.conversation.to_string(), conversation["contact"].as_str().unwrap().to_owned())
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect()
}

/// Several tags are given and taken away while somebody talks, by whom they are for; they are seen at the next ringing, and found by.
///
/// Rows: S9.8
#[tokio::test]
async fn tags_have_groups_and_roles_and_are_seen_at_the_next_ringing() {
    let world = World::start().await;
    let (admin, leader, anna, bernd) = (
        world.login("admin").await,
        world.login("supervisor").await,
        world.login("agent1").await,
        world.login("agent2").await,
    );
    let angry = made(&world, &admin, "tags", json!({ "name": "angry", "group": "Mood", "colour": "#a3201d" })).await;
    let price = made(&world, &admin, "tags", json!({ "name": "price", "group": "Matter" })).await;
    let fraud = made(&world, &admin, "tags", json!({ "name": "fraud", "roles": ["supervisor"] })).await;
    let wrong = world.api(&admin, "POST", "tags", json!({ "name": "x", "roles": ["boss"] })).await;
    assert_eq!((wrong.status, wrong.problem()), (422, "invalid"), "there is no such role");
    let reserved = |list: &Value| -> Vec<String> {
        let all = list.as_array().unwrap().iter().filter(|tag| tag["reserved"] == true);
        all.map(|tag| tag["id"].as_str().unwrap().to_owned()).collect()
    };
    let list = world.get(&anna, "tags").await;
    let whose = list.as_array().unwrap().iter().find(|tag| tag["id"] == fraud).unwrap();
    assert_eq!(whose["roles"], json!(["leader"]), "by the one name of a role");
    assert_eq!(reserved(&list), std::slice::from_ref(&fraud));
    assert_eq!(reserved(&world.get(&leader, "tags").await), Vec::<String>::new());
    assert!(list.as_array().unwrap().iter().any(|tag| tag["group"] == "Mood" && tag["colour"] == "#a3201d"), "{list}");

    // During a call.
    world.choose(&anna, "ready").await;
    let mut call = world.call("support", NUMBER).await;
    world.answered(&mut call, anna.agent.unwrap()).await;
    let talk = format!("conversations/{}", call.conversation);
    let mark = async |who: &Login, path: &str, tags: &[&String]| {
        world.api(who, "PUT", &format!("{path}/tags"), json!({ "tags": tags })).await.status
    };
    assert_eq!(mark(&anna, &talk, &[&angry, &price]).await, 204, "several");
    assert_eq!(mark(&anna, &talk, &[&angry, &price, &fraud]).await, 422, "a leader's");
    assert_eq!(mark(&leader, &talk, &[&angry, &price, &fraud]).await, 204);
    assert_eq!(mark(&anna, &talk, &[&angry]).await, 422, "she takes away what a leader gave");
    assert_eq!(mark(&anna, &talk, &[&angry, &fraud]).await, 204, "she takes away her own");
    let contact = world.get(&anna, &talk).await["contact"].as_str().unwrap().to_owned();
    let file = format!("contacts/{contact}");
    assert_eq!(mark(&anna, &file, &[&price]).await, 204);
    assert_eq!(mark(&anna, &file, &[&price, &fraud]).await, 422, "as with conversations");
    world.ended(&mut call, anna.agent.unwrap()).await;

    // Another agent sees them before answering.
    world.choose(&anna, "not_ready").await;
    world.choose(&bernd, "ready").await;
    let next = world.call("support", NUMBER).await;
    let path = format!("work_items/{}/card", next.work_item);
    let card = world
        .until("it is offered", async || {
            let got = world.api(&bernd, "GET", &path, Value::Null).await;
            (got.status == 200).then_some(got.body)
        })
        .await;
    assert_eq!(ids(&card["tags"]), [price.as_str()], "the contact's: {card}");
    assert_eq!(ids(&card["earlier"][0]["tags"]), [angry.as_str(), fraud.as_str()], "the talk's, by name: {card}");
    assert_eq!(card["earlier"][0]["tags"][0]["colour"], json!("#a3201d"));

    // Found by.
    let found = world.get(&leader, &format!("conversations?tag={angry}")).await;
    assert_eq!(ids(&found), [call.conversation.to_string()]);
    let search = json!({ "tag": price });
    assert_eq!(ids(&world.api(&leader, "POST", "contacts/search", search).await.body), [contact.as_str()]);

    // Two words for one thing.
    let usage = world.get(&admin, "tags/usage").await;
    let of = |id: &str| usage.as_array().unwrap().iter().find(|one| one["id"] == id).cloned().unwrap_or_default();
    assert_eq!((&of(&angry)["conversations"], &of(&price)["contacts"]), (&json!(1), &json!(1)), "{usage}");
    let condition = json!({ "all": [{ "is": { "fact": "tag", "one_of": [price] } }] });
    let segment = made(&world, &admin, "segments", json!({ "name": "Buyers", "condition": condition })).await;
    let rules = json!([{ "name": "who asks for the price", "on": "tagged",
        "when": { "is": { "fact": "set_tag", "one_of": [price] } }, "then": [{ "contact_tag": fraud }] }]);
    let wish = json!({ "replaces": 0, "rules": rules });
    assert_eq!(world.api(&admin, "PUT", "rules", wish).await.status, 200);
    let written = async || {
        let all = world.get(&admin, "audit?limit=30").await;
        let of_rules = all.as_array().unwrap().iter().filter(|entry| entry["action"] == "rules.set");
        of_rules.map(|entry| entry["after"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(written().await.len(), 1);
    let merge = format!("tags/{price}/merge");
    assert_eq!(world.api(&leader, "POST", &merge, json!({ "into": angry })).await.status, 403);
    assert_eq!(world.api(&admin, "POST", &merge, json!({ "into": price })).await.status, 422);
    assert_eq!(world.api(&admin, "POST", &merge, json!({ "into": angry })).await.status, 204);
    assert_eq!(world.get(&anna, &file).await["tags"], json!([angry]), "what it was on");
    assert!(!ids(&world.get(&anna, "tags").await).contains(&price.as_str()));
    let people = world.api(&admin, "POST", "contacts/search", json!({ "segment": segment })).await.body;
    assert_eq!(ids(&people), [contact.as_str()], "who asked for the one asks for the other");
    let audit = world.get(&admin, "audit?limit=20").await.to_string();
    assert!(audit.contains("tag.merge"), "{audit}");
    let rules = world.get(&admin, "rules").await;
    assert_eq!(
        (&rules["version"], &rules["rules"][0]["when"]["is"]["one_of"]),
        (&json!(2), &json!([angry])),
        "{rules}"
    );
    assert_eq!(written().await[0], "tag price is angry", "that the rules are others now stands in the books");
    assert_eq!(written().await.len(), 2, "once");
    // What no rule names changes none.
    let other = made(&world, &admin, "tags", json!({ "name": "furious" })).await;
    let merged = world.api(&admin, "POST", &format!("tags/{other}/merge"), json!({ "into": angry })).await;
    assert_eq!((merged.status, written().await.len()), (204, 2));
}

/// A segment is counted while it is written, and nobody is in it whom it does not fit any more.
///
/// Rows: S9.9, S9.3
#[tokio::test]
async fn a_segment_is_counted_as_it_is_written() {
    let world = World::start().await;
    let (admin, leader) = (world.login("admin").await, world.login("supervisor").await);
    let spend = made(&world, &admin, "contact_fields", json!({ "name": "Spend", "kind": "number" })).await;
    let mut people = Vec::new();
    for (name, tier, amount) in [("Mei", "vip", "2500"), ("Lin", "preferred", "900"), ("Wei", "standard", "")] {
        let wish = json!({ "name": name, "tier": tier, "language": "zh-CN", "fields": { &spend: amount } });
        people.push(made(&world, &leader, "contacts", wish).await);
    }
    let count = async |condition: &Value| {
        let got = world.api(&admin, "POST", "segments/count", json!({ "condition": condition })).await;
        assert_eq!(got.status, 200, "{}", got.body);
        got.body["people"].as_u64().unwrap()
    };
    let better = json!({ "is": { "fact": "tier", "one_of": ["vip", "preferred"] } });
    let rich = json!({ "at_least": { "fact": format!("field:{spend}"), "number": 1000 } });
    let quiet = json!({ "at_most": { "fact": "conversations:30", "number": 0 } });
    let chinese = json!({ "is": { "fact": "language", "one_of": ["zh-CN"] } });
    assert_eq!(count(&json!({ "all": [] })).await, 3);
    assert_eq!(count(&json!({ "all": [better, quiet] })).await, 2);
    assert_eq!(count(&json!({ "all": [better, rich, chinese] })).await, 1);
    assert_eq!(count(&json!({ "not": better })).await, 1);
    for wrong in [json!({ "is": { "fact": "spend", "one_of": ["1"] } }), json!({ "maybe": [] }), json!(7)] {
        let got = world.api(&admin, "POST", "segments/count", json!({ "condition": wrong })).await;
        assert_eq!(got.status, 422, "{wrong}");
    }
    let wish = json!({ "name": "Good customers", "condition": { "all": [better, rich] } });
    let id = made(&world, &admin, "segments", wish.clone()).await;
    assert_eq!(world.api(&admin, "POST", "segments", wish).await.status, 409, "the name");
    let of = async |contact: &str| {
        let list = world.get(&leader, &format!("contacts/{contact}/segments")).await;
        list.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(of(&people[0]).await, ["Good customers"]);
    assert_eq!(of(&people[1]).await, Vec::<String>::new());
    let search = async |body: Value| world.api(&leader, "POST", "contacts/search", body).await;
    assert_eq!(ids(&search(json!({ "segment": id })).await.body), [people[0].as_str()]);
    assert_eq!(search(json!({ "segment": id, "typed": "Mei" })).await.status, 422);
    // They grow out of it, and others into it.
    let lin = format!("contacts/{}", people[1]);
    assert_eq!(world.api(&leader, "PUT", &lin, json!({ "fields": { &spend: "1000" } })).await.status, 204);
    assert_eq!(
        world.api(&leader, "PUT", &format!("contacts/{}", people[0]), json!({ "tier": "standard" })).await.status,
        204
    );
    assert_eq!(ids(&search(json!({ "segment": id })).await.body), [people[1].as_str()]);
    // Of two editors one learns of the other.
    let path = format!("segments/{id}");
    let edit = json!({ "name": "Everybody", "condition": { "all": [] }, "replaces": 1 });
    assert_eq!(world.api(&admin, "PUT", &path, edit.clone()).await.status, 204);
    assert_eq!(world.api(&admin, "PUT", &path, edit).await.status, 409);
    let page = search(json!({ "segment": id, "limit": 2 })).await.body;
    assert_eq!(ids(&page), [people[2].as_str(), people[1].as_str()], "newest first");
    let rest = search(json!({ "segment": id, "limit": 2, "before": people[1] })).await.body;
    assert_eq!(ids(&rest), [people[0].as_str()], "page by page");
    assert_eq!(world.api(&admin, "DELETE", &path, Value::Null).await.status, 204);
    assert_eq!(world.get(&admin, "segments").await, json!([]));
}

/// One look at a contact gives calls, texts and tickets in the order of time with their source; and who is known by a number that
/// somebody made sure of is the same person on the telephone, while who only says so is not.
///
/// Rows: S1.25, S1.23(phone), S1.19, S9.5
#[tokio::test]
async fn a_contact_is_one_over_all_channels_and_nobody_by_saying_so() {
    let world = World::start().await;
    let (admin, leader, anna) =
        (world.login("admin").await, world.login("supervisor").await, world.login("agent1").await);
    let inbox = bridge(&world, &admin, "Shop messages").await;
    let (chat, contact) = write(&world, &admin, inbox, "mei", "my kettle leaks").await;
    let (other_chat, impostor) = write(&world, &admin, inbox, "mallory", "i am mei").await;
    assert_ne!(contact, impostor);
    let identify = async |contact: &str, verified: bool| {
        let body = json!({ "kind": "number", "value": NUMBER, "verified": verified });
        world.api(&leader, "POST", &format!("contacts/{contact}/identities"), body).await.status
    };
    assert_eq!((identify(&contact, true).await, identify(&impostor, false).await), (204, 204));
    let kind = made(&world, &admin, "ticket_types", json!({ "name": "Repair" })).await;
    let wish = json!({ "type": kind, "title": "the kettle", "conversation_id": chat });
    let ticket = made(&world, &admin, "tickets", wish).await;

    // They telephone: the agent sees the open matter while it rings.
    world.choose(&anna, "ready").await;
    let mut call = world.call("support", NUMBER).await;
    let path = format!("work_items/{}/card", call.work_item);
    let card = world
        .until("it is offered", async || {
            let got = world.api(&anna, "GET", &path, Value::Null).await;
            (got.status == 200).then_some(got.body)
        })
        .await;
    assert_eq!(card["contact"], json!(contact), "whom the number is proven to be of");
    let earlier = card["earlier"].as_array().unwrap();
    assert_eq!(earlier.len(), 1, "nothing of who only says so: {card}");
    let matter = &earlier[0];
    assert_eq!((&matter["conversation"], &matter["open"]), (&json!(chat), &json!(true)));
    assert_eq!((&matter["channel"], &matter["inbox"]), (&json!("api"), &json!("Shop messages")));
    assert_eq!(matter["said"], json!("my kettle leaks"));
    assert_eq!((&card["tickets"][0]["id"], &card["tickets"][0]["title"]), (&json!(ticket), &json!("the kettle")));
    world.answered(&mut call, anna.agent.unwrap()).await;
    world.ended(&mut call, anna.agent.unwrap()).await;

    // Everything there was, newest first, with its source.
    let timeline =
        async |who: &Login, query: &str| world.get(who, &format!("contacts/{contact}/timeline{query}")).await;
    let all = timeline(&leader, "").await;
    let lines = all["lines"].as_array().unwrap();
    let said: Vec<_> =
        lines.iter().map(|line| (line["kind"].as_str().unwrap(), line["id"].as_str().unwrap())).collect();
    let spoken = call.conversation.to_string();
    assert_eq!(said, [("conversation", spoken.as_str()), ("ticket", &ticket), ("conversation", &chat)], "{all}");
    assert_eq!((&lines[0]["channel"], &lines[2]["channel"]), (&json!("phone"), &json!("api")));
    assert_eq!((&lines[2]["inbox"], &lines[2]["ended_at"]), (&json!("Shop messages"), &Value::Null));
    assert_eq!(lines[0]["agent"], json!(anna.agent));
    assert!(!all.to_string().contains(&other_chat));
    let first = timeline(&leader, "?limit=1").await;
    let rest = timeline(&leader, &format!("?before={}", first["next"].as_str().unwrap())).await;
    assert_eq!(ids(&rest["lines"]), [ticket.as_str(), chat.as_str()]);
    assert_eq!(rest["next"], Value::Null);
    assert_eq!(
        world.api(&leader, "GET", &format!("contacts/{contact}/timeline?before=x"), Value::Null).await.status,
        422
    );
    let hers = timeline(&anna, "").await;
    assert_eq!(
        ids(&hers["lines"]),
        [spoken.as_str(), ticket.as_str()],
        "an agent sees what she had a part in, and tickets"
    );

    // Channel and inbox stand on every row, and the list is filtered by them.
    let by_inbox = world.get(&leader, &format!("conversations?inbox={inbox}")).await;
    assert_eq!(ids(&by_inbox), [other_chat.as_str(), chat.as_str()]);
    assert_eq!((&by_inbox[0]["channel"], &by_inbox[0]["inbox_name"]), (&json!("api"), &json!("Shop messages")));
    let by_channel = world.get(&leader, "conversations?channel=phone").await;
    assert_eq!(ids(&by_channel), [spoken.as_str()]);
    let found = world.get(&leader, &format!("search?q=kettle&inbox={inbox}")).await;
    assert_eq!(found["items"].as_array().unwrap().len(), 1, "{found}");
    assert_eq!(found["items"][0]["conversation_id"], json!(chat));
    let nowhere = format!("search?q=kettle&inbox={}", world.id::<InboxId>());
    assert_eq!(world.get(&leader, &nowhere).await["items"], json!([]));
}
