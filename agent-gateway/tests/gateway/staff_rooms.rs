//! Rooms of staff over HTTP: who is in them, what is said there, and who learns of it.

use super::socket::Socket;
use super::world::{Got, Login, NUMBER, World};
use ringdesk_conversations::staff_room::LINES_A_MINUTE;
use ringdesk_model::{Actor, Clock as _, Pii, Scope, StaffRoomId, UserId};
use serde_json::{Value, json};
use std::time::Duration;

async fn direct(world: &World, who: &Login, user: &str) -> String {
    let got = world.api(who, "POST", "staff_rooms/direct", json!({ "user": user })).await;
    assert_eq!(got.status, 200, "{}", got.body);
    got.body["id"].as_str().unwrap().to_owned()
}

async fn say(world: &World, who: &Login, room: &str, name: &str, text: &str) -> Got {
    let line = json!({ "client_id": name, "text": text });
    world.api(who, "POST", &format!("staff_rooms/{room}/lines"), line).await
}

async fn lines(world: &World, who: &Login, room: &str) -> Vec<Value> {
    world.get(who, &format!("staff_rooms/{room}/lines")).await.as_array().unwrap().clone()
}

/// My rooms: name, lines that are new to me, people.
async fn rooms(world: &World, who: &Login) -> Vec<(Value, i64, usize)> {
    let all = world.get(who, "staff_rooms").await;
    let all = all.as_array().unwrap().iter();
    let room = |room: &Value| {
        (room["name"].clone(), room["unread"].as_i64().unwrap(), room["people"].as_array().unwrap().len())
    };
    all.map(room).collect()
}

/// Two people have one room, whoever begins; what is acknowledged is there once, in its order; it is new until it is read; it is
/// taken back; and it is there for nobody else, whatever their role.
///
/// Rows: S7.19, S12.6
#[tokio::test]
async fn two_people_write_to_each_other_and_nobody_else_reads_it() {
    let world = World::start().await;
    let (one, two, admin) = (world.login("agent1").await, world.login("agent2").await, world.login("admin").await);
    let (first, second) = (world.user(&admin, "agent1").await, world.user(&admin, "agent2").await);
    let mut heard = Socket::start(&world, &two).await;
    let room = direct(&world, &one, &second).await;
    assert_eq!(direct(&world, &two, &first).await, room, "whoever begins");
    assert_eq!(heard.event("staff_room_changed").await["data"], json!({ "room": room }));

    let script = "<script>alert('你好')</script> call 015112345678";
    let said = say(&world, &one, &room, "a", script).await;
    assert_eq!((said.status, &said.body["seq"]), (200, &json!(1)), "{}", said.body);
    assert_eq!(say(&world, &one, &room, "a", "something else").await.body, said.body, "sent again, it is the same");
    assert_eq!(say(&world, &two, &room, "a", "which kettle?").await.body["seq"], 2, "another's name for another line");
    let told = heard.event("staff_line_said").await;
    assert_eq!(told["data"], json!({ "room": room, "seq": 1, "user": first }), "no word of it");
    let seen = lines(&world, &two, &room).await;
    let text = |n: usize| seen[n]["text"].as_str().unwrap();
    assert!(text(0).starts_with("<script>alert('你好')</script>") && !text(0).contains("12345"), "{}", text(0));
    assert_eq!((seen.len(), text(1), &seen[1]["mine"]), (2, "which kettle?", &json!(true)));
    assert_eq!(lines(&world, &one, &room).await[0]["text"], script, "one's own in full");
    assert!(seen[0]["author_name"].as_str().unwrap().starts_with("Anna"), "{}", seen[0]);

    assert_eq!(
        (rooms(&world, &one).await, rooms(&world, &two).await),
        (vec![(Value::Null, 1, 2)], vec![(Value::Null, 0, 2)])
    );
    let read = format!("staff_rooms/{room}/read");
    for (seq, unread) in [(99, 1), (2, 0), (1, 0)] {
        assert_eq!(world.api(&one, "PUT", &read, json!({ "seq": seq })).await.status, 204);
        assert_eq!(rooms(&world, &one).await[0].1, unread, "{seq}");
    }
    assert_eq!(heard.event("staff_room_read").await["data"]["seq"], 2);

    let line = format!("staff_rooms/{room}/lines/1");
    assert_eq!(world.api(&two, "DELETE", &line, Value::Null).await.status, 409, "not theirs");
    assert_eq!(world.api(&one, "DELETE", &line, Value::Null).await.status, 204);
    assert_eq!(world.api(&one, "DELETE", &line, Value::Null).await.status, 409, "once");
    let gone = &lines(&world, &two, &room).await[0];
    assert_eq!((&gone["text"], &gone["recalled"]), (&json!(""), &json!(true)));

    // Nobody else, not even who may do everything else; and no program, whatever it was granted.
    let grants = json!({ "name": "bridge", "permissions": ["colleagues.write"], "expires_in_days": 1 });
    let token = world.api(&one, "POST", "api_tokens", grants.clone()).await;
    assert_eq!(token.status, 403, "an agent makes no tokens");
    let token = world.api(&admin, "POST", "api_tokens", grants).await;
    assert_eq!(token.status, 201, "{}", token.body);
    let token = token.body["token"].as_str().unwrap().to_owned();
    let program = Login { token, account: admin.account.clone(), agent: None };
    assert_eq!(world.api(&program, "GET", "staff_rooms", Value::Null).await.status, 403);
    for (method, path, body) in [
        ("GET", format!("staff_rooms/{room}/lines"), Value::Null),
        ("POST", format!("staff_rooms/{room}/lines"), json!({ "client_id": "x", "text": "hello" })),
        ("DELETE", line, Value::Null),
        ("PUT", read, json!({ "seq": 1 })),
        ("POST", format!("staff_rooms/{room}/people"), json!({ "user": second })),
        ("POST", format!("staff_rooms/{room}/leave"), Value::Null),
        ("PUT", format!("staff_rooms/{room}"), json!({ "name": "Ours" })),
    ] {
        assert_eq!(world.api(&admin, method, &path, body).await.status, 404, "{method} {path}");
    }
    let books = world.get(&admin, "audit?limit=100").await.to_string();
    assert!(books.contains("staff_line.say") && !books.contains("kettle"), "that it was, not what");
    let found = world.get(&admin, "search?q=kettle").await.to_string();
    assert!(!found.contains("which kettle"), "{found}");
}

/// A room with a name: made with the right to, joined, left; who is not in it any more reads and hears nothing of it.
///
/// Rows: S7.19
#[tokio::test]
async fn who_leaves_a_room_hears_nothing_more_of_it() {
    let world = World::start().await;
    let (one, two, leader) =
        (world.login("agent1").await, world.login("agent2").await, world.login("supervisor").await);
    let admin = world.login("admin").await;
    let (first, second) = (world.user(&admin, "agent1").await, world.user(&admin, "agent2").await);
    let wish = json!({ "name": " Second  line ", "people": [first] });
    assert_eq!(world.api(&one, "POST", "staff_rooms", wish.clone()).await.status, 403, "agents make none");
    let made = world.api(&leader, "POST", "staff_rooms", wish).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let room = made.body["id"].as_str().unwrap().to_owned();
    assert_eq!(rooms(&world, &one).await, [(json!("Second line"), 0, 2)]);
    assert_eq!(say(&world, &one, &room, "a", "hello").await.status, 200);

    let people = format!("staff_rooms/{room}/people");
    let nobody = json!({ "user": "01930000-0000-7000-8000-00000000dead" });
    assert_eq!(world.api(&one, "POST", &people, nobody).await.status, 404);
    assert_eq!(world.api(&one, "POST", &people, json!({ "user": second })).await.status, 204);
    assert_eq!(rooms(&world, &two).await, [(json!("Second line"), 0, 3)], "what was before is not new");
    let kinds =
        |lines: &[Value]| lines.iter().map(|line| line["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(kinds(&lines(&world, &two, &room).await), ["made", "said", "added"], "and can be read");
    let name = format!("staff_rooms/{room}");
    assert_eq!(world.api(&leader, "PUT", &name, json!({ "name": "Third line" })).await.status, 204);
    assert_eq!(world.api(&leader, "PUT", &name, json!({ "name": " " })).await.status, 422);

    let before = world.operations.events_head(world.account).await.unwrap();
    assert_eq!(world.api(&two, "POST", &format!("staff_rooms/{room}/leave"), Value::Null).await.status, 204);
    assert_eq!(say(&world, &one, &room, "b", "they are gone").await.status, 200);
    assert_eq!(world.api(&two, "GET", &format!("staff_rooms/{room}/lines"), Value::Null).await.status, 404);
    assert_eq!(say(&world, &two, &room, "c", "hello?").await.status, 404);
    assert!(rooms(&world, &two).await.is_empty());
    // Both come back from wherever they were, and take up what happened meanwhile.
    world.choose(&two, "ready").await;
    let end = world.operations.events_head(world.account).await.unwrap();
    for (who, kinds) in [(&two, &["staff_room_changed"][..]), (&one, &["staff_room_changed", "staff_line_said"][..])] {
        let mut socket = Socket::open(&world, who, &format!("?after={before}")).await.unwrap();
        let told = socket.up_to(end).await;
        let of_rooms = told.iter().filter_map(|line| line["type"].as_str()).filter(|kind| kind.starts_with("staff_"));
        assert_eq!(of_rooms.collect::<Vec<_>>(), kinds);
    }

    // Direct messages stay between two; and who is out of use reads nothing, but stays in the books by name.
    let pair = direct(&world, &one, &second).await;
    assert_eq!(say(&world, &two, &pair, "d", "bye").await.status, 200);
    let leader_id = world.user(&admin, "supervisor").await;
    for (method, path, body) in [
        ("POST", format!("staff_rooms/{pair}/people"), json!({ "user": leader_id })),
        ("POST", format!("staff_rooms/{pair}/leave"), Value::Null),
    ] {
        let got = world.api(&one, method, &path, body).await;
        assert_eq!((got.status, got.problem()), (409, "refused"), "{path}: {}", got.body);
    }
    let myself = world.api(&one, "POST", "staff_rooms/direct", json!({ "user": first })).await;
    assert_eq!(myself.status, 422, "{}", myself.body);
    assert_eq!(world.api(&admin, "DELETE", &format!("users/{second}"), Value::Null).await.status, 204);
    assert_eq!(say(&world, &one, &pair, "e", "are you there?").await.status, 409);
    let kept = &lines(&world, &one, &pair).await[0];
    assert!(kept["author_name"].as_str().unwrap().starts_with("Bernd") && kept["text"] == "bye", "{kept}");
    let listed = world.get(&one, "staff_people").await.to_string();
    assert!(!listed.contains(&second) && !listed.contains(&first), "neither who is gone nor myself: {listed}");
    let found = world.get(&one, "staff_people?q=sofi").await;
    assert_eq!((found.as_array().unwrap().len(), &found[0]["id"]), (1, &json!(leader_id)), "{found}");
}

/// A line may be about a conversation that its author sees; only who sees that, too, is led there. Much and long is refused in words.
///
/// Rows: S7.19
#[tokio::test]
async fn a_line_leads_to_its_conversation_for_who_may_see_that() {
    let world = World::start().await;
    let (one, two, leader) =
        (world.login("agent1").await, world.login("agent2").await, world.login("supervisor").await);
    let admin = world.login("admin").await;
    let (first, second) = (world.user(&admin, "agent1").await, world.user(&admin, "agent2").await);
    world.choose(&one, "ready").await;
    let mut waiting = world.call("support", NUMBER).await;
    world.answered(&mut waiting, one.agent.unwrap()).await;
    let about = waiting.conversation.to_string();
    let wish = json!({ "name": "Help", "people": [first, second] });
    let room = world.api(&leader, "POST", "staff_rooms", wish).await.body["id"].as_str().unwrap().to_owned();
    let path = format!("staff_rooms/{room}/lines");
    let line = json!({ "client_id": "q", "text": "who knows this?", "conversation": about });
    assert_eq!(world.api(&two, "POST", &path, line.clone()).await.status, 404, "they do not see it themselves");
    let said = world.api(&one, "POST", &path, line).await;
    assert_eq!(said.status, 200, "{}", said.body);
    for (who, leads) in [(&one, json!(about)), (&two, Value::Null), (&leader, json!(about))] {
        let all = lines(&world, who, &room).await;
        let last = all.last().unwrap();
        assert_eq!((&last["about"], &last["conversation"]), (&json!(true), &leads));
    }
    // Nothing of it stands in the conversation, for whoever exports or follows that.
    let timeline = world.get(&leader, &format!("conversations/{about}/messages")).await.to_string();
    assert!(!timeline.contains("who knows this?"), "{timeline}");

    for (text, why) in [(" ".to_owned(), "says nothing"), ("客".repeat(8_001), "8,000")] {
        let got = say(&world, &one, &room, "long", &text).await;
        assert_eq!(got.status, 422, "{why}: {}", got.body);
    }
    // As if just now: the clock of a slow machine does not matter.
    let (user, soon): (UserId, _) = (second.parse().unwrap(), world.clock.now() + Duration::from_secs(30));
    let scope = Scope { account: world.account, user, agent: two.agent, everyone: false, unmasked: false };
    let actor = Actor::User { user, agent: two.agent, address: None };
    let id: StaffRoomId = room.parse().unwrap();
    for n in 0..LINES_A_MINUTE {
        let (name, text) = (format!("n{n}"), Pii::new("and another thing".to_owned()));
        world.operations.say_to_staff(soon, &actor, &scope, id, (&name, &text, None)).await.unwrap();
    }
    let got = say(&world, &two, &room, "more", "and another").await;
    assert_eq!((got.status, got.problem()), (429, "too-fast"), "{}", got.body);
    assert!(got.body["detail"].as_str().unwrap().contains("wait a moment"), "{}", got.body);
    assert_eq!(say(&world, &two, &room, "n0", "again").await.status, 200, "what is there is acknowledged all the same");
    assert_eq!(say(&world, &one, &room, "o", "others go on").await.status, 200);
    let page = world.get(&one, &format!("{path}?limit=2&before=3")).await;
    assert_eq!(page.as_array().unwrap().iter().map(|line| line["seq"].as_i64().unwrap()).collect::<Vec<_>>(), [1, 2]);
}
