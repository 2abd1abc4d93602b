//! Texts passed on between people of other rights.

use super::widget::{Tab, token};
use super::world::{Login, World};
use ringdesk_model::{Clock as _, ConversationId, Ids};
use ringdesk_storage::journal::{Set, TextJoined};
use serde_json::{Value, json};

const NUMBER: &str = "015112345678";

/// An agent has a text in hand.
pub(crate) async fn take(world: &World, who: &Login, conversation: &str, seed: u64) {
    let (at, mut ids) = (world.clock.now(), Ids::seeded(seed));
    let mut set = Set::new(world.operations.account_key(world.account).await.unwrap());
    let (agent, queue) = (who.agent.unwrap(), world.queues["support"]);
    let conversation: ConversationId = conversation.parse().unwrap();
    let joined = TextJoined { offer: ids.next(at), conversation, agent, queue, at };
    ringdesk_operations::texts::joined(&mut set, &mut ids, joined).unwrap();
    world.operations.write_journal(&set).await.unwrap();
}

/// From one department to another: the colleague sees nothing of it before, and then as much as their own rights show, of the
/// lines, of the contact's numbers and of their sensitive fields; and the visitor is told that they are passed on.
///
/// Rows: S7.13, S8.4
#[tokio::test]
async fn who_a_text_is_passed_to_sees_what_their_own_rights_show() {
    let world = World::start().await;
    let (admin, anna, ben) = (world.login("admin").await, world.login("agent1").await, world.login("agent2").await);
    let field =
        world.api(&admin, "POST", "contact_fields", json!({ "name": "Iban", "kind": "text", "sensitive": true }));
    let field = field.await.body["id"].as_str().unwrap().to_owned();
    let body = json!({ "name": "Shop", "queue": world.queues["support"], "site": { "allowed": ["*"] } });
    let inbox = world.api(&admin, "POST", "text_inboxes", body).await.body["id"].as_str().unwrap().to_owned();
    let (mut tab, _) = Tab::of(&world, &inbox, &token(&world, &inbox).await).await;
    tab.write("a", &format!("call me at {NUMBER}")).await;
    let id = tab.next("ack").await["conversation"].as_str().unwrap().to_owned();
    let path = format!("conversations/{id}");
    take(&world, &anna, &id, 1).await;
    let contact = world.get(&anna, &path).await["contact"].as_str().unwrap().to_owned();
    let contact = format!("contacts/{contact}");
    let set = world.api(&admin, "PUT", &contact, json!({ "fields": { field.clone(): "DE02 1203" } })).await;
    assert_eq!(set.status, 204, "{}", set.body);
    let seen = async |who: &Login| {
        let lines = world.get(who, &format!("{path}/messages")).await.to_string();
        (lines.contains(NUMBER), world.get(who, &contact).await["fields"][&field].clone())
    };
    assert_eq!(seen(&anna).await, (false, json!("•••")));
    assert_eq!(seen(&admin).await, (true, json!("DE02 1203")));
    assert_eq!(world.api(&ben, "GET", &path, Value::Null).await.status, 404, "not theirs yet");
    // The list says with whom, and what was written last; with what of it the reader may see.
    let named = world.api(&admin, "PUT", &contact, json!({ "name": format!("Mei {NUMBER}") })).await;
    assert_eq!(named.status, 204, "{}", named.body);
    for (who, is_whole) in [(&admin, true), (&anna, false)] {
        let one = world.get(who, "conversations").await[0].clone();
        assert_eq!((&one["id"], &one["last_text"]["speaker"]), (&json!(id), &json!("contact")), "{one}");
        for (words, begins) in [(&one["contact_name"], "Mei "), (&one["last_text"]["text"], "call me at ")] {
            let words = words.as_str().unwrap();
            assert!(words.starts_with(begins) && words.contains(NUMBER) == is_whole, "{words}");
        }
    }

    // Whoever sees all of it passes it on: what the other sees is theirs to see.
    let to_queue = json!({ "to": { "queue": world.queues["sales"] }, "mode": "blind", "agent": anna.agent });
    let passed = world.api(&admin, "POST", &format!("{path}/pass"), to_queue).await;
    assert!(passed.status < 300, "{}", passed.body);
    let line = async |tab: &mut Tab, kind: &str| loop {
        let line = tab.next("line").await;
        if line["kind"] == kind {
            break line;
        }
    };
    assert_eq!(line(&mut tab, "passed").await["by"], "agent");
    let public = format!("agents/{}/public_name", ben.agent.unwrap());
    let named = async |name: Value| world.api(&admin, "PUT", &public, json!({ "public_name": name })).await.status;
    assert_eq!((named(json!(" ")).await, named(json!("Service desk")).await), (422, 204));
    take(&world, &ben, &id, 2).await;
    assert_eq!(seen(&ben).await, (false, json!("•••")));
    assert_eq!(line(&mut tab, "joined").await["name"], "Service desk", "the name that is for contacts");
    let agents = world.get(&admin, "agents").await;
    let shown = agents.as_array().unwrap().iter().find(|one| one["id"] == json!(ben.agent)).unwrap().clone();
    assert_eq!(shown["public_name"], "Service desk", "{shown}");
    assert_ne!(shown["name"], shown["public_name"], "colleagues know them by their own");
}
