//! What an agent sees of a contact before they answer.

use super::world::{NUMBER, World};
use serde_json::{Value, json};

/// While it rings, the agent to whom it is offered sees who it is, what was before and what was said of it; nobody else does who has
/// no part in it.
///
/// Rows: S6.5(profile), S9.7, S2.17, S12.3
#[tokio::test]
async fn an_offer_says_who_calls_and_what_was_before() {
    let world = World::start().await;
    let (anna, bernd) = (world.login("agent1").await, world.login("agent2").await);
    let mut conversations = Vec::new();
    for _ in 0..4 {
        world.choose(&anna, "ready").await;
        let mut call = world.call("support", NUMBER).await;
        world.answered(&mut call, anna.agent.unwrap()).await;
        world.ended(&mut call, anna.agent.unwrap()).await;
        conversations.push(call.conversation.to_string());
        let path = format!("conversations/{}/disposition", call.conversation);
        let said = json!({ "path": "solved", "note": "calls again, from +4930123456" });
        assert_eq!(world.api(&anna, "PUT", &path, said).await.status, 204);
        let got = world.api(&anna, "POST", "presence/wrap_up", json!({ "action": "done" })).await;
        assert!(got.status < 300, "{}", got.body);
    }
    let of_last = format!("conversations/{}", conversations[3]);
    assert_eq!(world.api(&bernd, "PUT", &format!("{of_last}/vip"), json!({ "vip": true })).await.status, 404);
    assert_eq!(world.api(&anna, "PUT", &format!("{of_last}/vip"), json!({ "vip": true })).await.status, 204);
    let due = world.get(&anna, "presence").await["since"].as_i64().unwrap() + 3_600_000;
    let promise = json!({ "to": { "conversation": conversations[3] }, "due_from": due, "owner": "me" });
    assert_eq!(world.api(&anna, "POST", "callbacks", promise).await.status, 201);

    world.choose(&anna, "not_ready").await;
    world.choose(&bernd, "ready").await;
    let call = world.call("support", NUMBER).await;
    let path = format!("work_items/{}/card", call.work_item);
    let card = world
        .until("it is offered", async || {
            let got = world.api(&bernd, "GET", &path, Value::Null).await;
            (got.status == 200).then_some(got.body)
        })
        .await;
    assert_eq!((&card["vip"], &card["callbacks"]), (&json!(true), &json!(1)), "{card}");
    assert_eq!(card["conversation"], json!(call.conversation));
    let earlier = card["earlier"].as_array().unwrap();
    let ids: Vec<&str> = earlier.iter().map(|one| one["conversation"].as_str().unwrap()).collect();
    assert_eq!(ids, [&conversations[3], &conversations[2], &conversations[1]], "the last three, newest first");
    let last = &earlier[0];
    assert_eq!((&last["queue"], &last["disposition"]), (&json!(world.queues["support"]), &json!("solved")));
    assert_eq!(last["agent"], json!(anna.agent));
    let note = last["note"].as_str().unwrap();
    assert!(note.starts_with("calls again") && !card.to_string().contains("30123456"), "{card}");
    // A colleague of the queue to whom it is not offered, and who talked with them before, sees what they had a part in.
    assert_eq!(world.api(&anna, "GET", &path, Value::Null).await.status, 404);
    assert_eq!(world.api(&anna, "GET", &format!("{of_last}/card"), Value::Null).await.status, 200);
    let leader = world.login("supervisor").await;
    assert_eq!(world.api(&leader, "GET", &path, Value::Null).await.status, 200);
    // Whose number nobody knows is nobody, and has nothing before.
    let unknown = world.call("support", "anonymous").await;
    let card = world.get(&leader, &format!("work_items/{}/card", unknown.work_item)).await;
    assert_eq!((&card["contact"], &card["earlier"], &card["vip"]), (&Value::Null, &json!([]), &json!(false)));
    let path = format!("conversations/{}/vip", unknown.conversation);
    assert_eq!(world.api(&leader, "PUT", &path, json!({ "vip": true })).await.status, 422);
}

/// Where the number was given out by which they call, as it was known when the conversation began, and by what.
///
/// Rows: S9.1
#[tokio::test]
async fn a_card_says_where_the_number_is_at_home() {
    let world = World::start().await;
    let leader = world.login("supervisor").await;
    for (number, home) in [
        ("+8675512345678", json!(["CN", "CN-GD", "Shenzhen", "深圳", null])),
        ("+8618612345678", json!(["CN", null, null, null, "unicom"])),
        (NUMBER, json!(["DE", null, null, null, null])),
    ] {
        let call = world.call("support", number).await;
        let card = world.get(&leader, &format!("work_items/{}/card", call.work_item)).await;
        let place = &card["place"];
        let told = ["country", "province", "city", "city_zh", "carrier"].map(|name| place[name].clone());
        assert_eq!((json!(told), &place["source"]), (home, &json!("number_plan")), "{card}");
        let conversation = world.get(&leader, &format!("conversations/{}", call.conversation)).await;
        assert_eq!(place["at"], conversation["opened_at"], "{card}");
    }
    let unknown = world.call("support", "anonymous").await;
    let card = world.get(&leader, &format!("work_items/{}/card", unknown.work_item)).await;
    assert_eq!(card["place"], Value::Null);
}
