//! Notes, tags and drafts over HTTP; and that a note leaves the house by nothing.

use super::left_messages::left;
use super::socket::Socket;
use super::world::{Got, Login, NUMBER, World};
use serde_json::{Value, json};

const SECRET: &str = "the MARKER of staff";

async fn write(world: &World, who: &Login, conversation: &str, text: &str, pinned: bool) -> Got {
    let body = json!({ "text": text, "pinned": pinned });
    world.api(who, "POST", &format!("conversations/{conversation}/notes"), body).await
}

async fn texts(world: &World, who: &Login, conversation: &str) -> Vec<String> {
    let notes = world.get(who, &format!("conversations/{conversation}/notes")).await;
    notes.as_array().unwrap().iter().map(|n| n["text"].as_str().unwrap().to_owned()).collect()
}

/// The next agent reads the pinned ones first; who wrote it changes it, others do not; the audit knows who, not what.
///
/// Rows: S7.20, S7.21, S12.3, S12.10
#[tokio::test]
async fn staff_write_for_staff() {
    let world = World::start().await;
    let (one, two, admin) = (world.login("agent1").await, world.login("agent2").await, world.login("admin").await);
    world.choose(&one, "ready").await;
    let mut call = world.call("support", NUMBER).await;
    let id = call.conversation.to_string();
    assert_eq!(write(&world, &one, &id, SECRET, false).await.status, 404, "not theirs yet");
    world.answered(&mut call, one.agent.unwrap()).await;
    let first = write(&world, &one, &id, "call back at +49 30 7654321", true).await;
    assert_eq!(first.status, 201, "{}", first.body);
    assert_eq!(write(&world, &one, &id, SECRET, false).await.status, 201);
    assert_eq!(write(&world, &one, &id, "  ", false).await.status, 422);
    let read = texts(&world, &one, &id).await;
    assert_eq!(read, ["call back at +49 30 7654321", SECRET], "who wrote it reads it as it is");

    // A colleague gets the call.
    world.ended(&mut call, one.agent.unwrap()).await;
    let leader = world.login("supervisor").await;
    let seen = texts(&world, &leader, &id).await;
    assert!(seen[0].starts_with("call back") && !seen[0].contains("765"), "{seen:?}");
    assert_eq!(texts(&world, &admin, &id).await[0], read[0]);
    assert_eq!(world.api(&two, "GET", &format!("conversations/{id}/notes"), Value::Null).await.status, 404);

    let note = format!("notes/{}", first.body["id"].as_str().unwrap());
    let edit = async |who: &Login, body: Value| world.api(who, "PUT", &note, body).await.status;
    assert_eq!(edit(&two, json!({ "pinned": false })).await, 404, "not their conversation");
    assert_eq!(edit(&leader, json!({ "text": "mine now" })).await, 409);
    assert_eq!(edit(&leader, json!({ "pinned": false })).await, 204);
    assert_eq!(edit(&one, json!({ "text": "call back tomorrow" })).await, 204);
    assert_eq!(texts(&world, &one, &id).await, [SECRET, "call back tomorrow"]);
    assert_eq!(world.api(&leader, "DELETE", &note, Value::Null).await.status, 409);
    assert_eq!(world.api(&one, "DELETE", &note, Value::Null).await.status, 204);
    assert_eq!(world.api(&one, "DELETE", &note, Value::Null).await.status, 404);
    for n in 0..5 {
        assert_eq!(write(&world, &one, &id, &format!("pinned {n}"), true).await.status, 201);
    }
    assert_eq!(write(&world, &one, &id, "pinned 6", true).await.status, 422);

    let audit = world.get(&admin, "audit?limit=100").await.to_string();
    for action in ["note.write", "note.edit", "note.remove"] {
        assert!(audit.contains(action), "{action}");
    }
    assert!(!audit.contains("MARKER") && !audit.contains("call back"), "{audit}");
}

/// Everything that can be fetched, and everything that is told by itself: only the route of notes and the search of staff show what they
/// say. A route that is new is looked at, too.
///
/// Rows: S7.20
#[tokio::test]
async fn a_note_leaves_by_no_exporter() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let (call, recording) = left(&world, "support").await;
    let id = call.conversation.to_string();
    let mut news = Socket::start(&world, &admin).await;
    assert_eq!(write(&world, &admin, &id, SECRET, true).await.status, 201);
    let told = news.event("note_changed").await;
    assert!(!told.to_string().contains("MARKER"), "{told}");
    let tessa = world.login("tessa").await;
    let described = world.send("GET", "/api/openapi.json", None, "").await.body;
    let (mut looked, mut shown) = (0, Vec::new());
    for (path, methods) in described["paths"].as_object().unwrap() {
        if methods.get("get").is_none() || path.ends_with("/events") && !path.contains("{id}") {
            continue;
        }
        let noun = path.split("/{id}").next().unwrap().rsplit('/').next().unwrap();
        let thing = match noun {
            "recordings" => recording.to_string(),
            "calls" => call.call.to_string(),
            _ => id.clone(),
        };
        let path = path.replace("{account_id}", &admin.account).replace("{id}", &thing);
        for query in ["", "?q=MARKER", "?format=vtt"] {
            for who in [&admin, &tessa] {
                let got = world.send("GET", &format!("{path}{query}"), Some(&who.token), "").await;
                looked += usize::from(got.status == 200);
                if got.body.to_string().contains("MARKER") {
                    shown.push(path.clone());
                }
            }
        }
    }
    shown.dedup();
    assert!(looked > 40, "{looked}");
    // The search is staff's, as far as each may read the conversation.
    let of_staff = [format!("conversations/{id}/notes"), "search".to_owned()];
    assert_eq!(shown, of_staff.map(|path| format!("/api/v1/accounts/{}/{path}", admin.account)));
}

/// A list per account; conversations are found by what they are marked with.
///
/// Rows: S2.14
#[tokio::test]
async fn conversations_are_found_by_their_tags() {
    let world = World::start().await;
    let (admin, agent) = (world.login("admin").await, world.login("agent1").await);
    let make = async |name: &str| {
        let got = world.api(&admin, "POST", "tags", json!({ "name": name, "colour": "#d46b08" })).await;
        assert_eq!(got.status, 201, "{}", got.body);
        got.body["id"].as_str().unwrap().to_owned()
    };
    let (complaint, price) = (make("complaint").await, make("价格").await);
    assert_eq!(world.api(&admin, "POST", "tags", json!({ "name": " complaint " })).await.status, 409);
    assert_eq!(world.api(&admin, "POST", "tags", json!({ "name": "x", "colour": "red" })).await.status, 422);
    world.choose(&agent, "ready").await;
    let mut call = world.call("support", NUMBER).await;
    let _other = world.call("support", "+4930999999").await;
    world.answered(&mut call, agent.agent.unwrap()).await;
    let mut news = Socket::start(&world, &agent).await;
    let path = format!("conversations/{}/tags", call.conversation);
    let mark = async |tags: Value| world.api(&agent, "PUT", &path, json!({ "tags": tags })).await.status;
    assert_eq!(mark(json!([complaint, price])).await, 204);
    assert_eq!(news.event("tags_changed").await["data"]["tags"].as_array().unwrap().len(), 2);
    assert_eq!(mark(json!([complaint])).await, 204);
    assert_eq!(mark(json!([world.account])).await, 422, "no tag of this account");
    let list = async |query: &str| {
        let found = world.get(&admin, &format!("conversations{query}")).await;
        found.as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(list(&format!("?tag={complaint}")).await, [call.conversation.to_string()]);
    assert_eq!(list(&format!("?tag={price}")).await, Vec::<String>::new());
    assert_eq!(list("?state=active").await, [call.conversation.to_string()]);
    assert_eq!((list("?state=open").await.len(), list("?state=waiting&limit=1").await.len()), (2, 1));
    assert_eq!(world.api(&admin, "GET", "conversations?state=lost", Value::Null).await.status, 422);
    let shown = world.get(&agent, &format!("conversations/{}", call.conversation)).await;
    assert_eq!(shown["tags"], json!([complaint]));
    assert_eq!(world.get(&admin, &format!("search?q=anything&tag={complaint}")).await["items"], json!([]));

    // Out of use it stays where it is.
    let edit = json!({ "active": false, "name": "Complaint", "colour": "" });
    assert_eq!(world.api(&admin, "PUT", &format!("tags/{complaint}"), edit).await.status, 204);
    let all = world.get(&agent, "tags").await;
    let tag = json!({ "id": complaint, "name": "Complaint", "colour": null, "active": false, "group": null, "roles": [], "reserved": false });
    assert_eq!(all[0], tag);
    assert_eq!(mark(json!([complaint, price])).await, 204);
    assert_eq!(mark(json!([price])).await, 204);
    assert_eq!(mark(json!([complaint, price])).await, 422, "not given anew");
    let audit = world.get(&admin, "audit?limit=100").await.to_string();
    assert!(audit.contains("conversation.tags") && audit.contains("tag.edit"), "{audit}");
}

/// What was begun is there after a refresh, for who began it.
///
/// Rows: S7.29
#[tokio::test]
async fn a_draft_survives_a_refresh() {
    let world = World::start().await;
    let (agent, admin) = (world.login("agent1").await, world.login("admin").await);
    world.choose(&agent, "ready").await;
    let mut call = world.call("support", NUMBER).await;
    world.answered(&mut call, agent.agent.unwrap()).await;
    let path = format!("conversations/{}/draft", call.conversation);
    assert_eq!(world.get(&agent, &path).await, json!({ "draft": null, "at": null }));
    let draft = json!({ "note": "they ca", "disposition": ["billing"] });
    assert_eq!(world.api(&agent, "PUT", &path, json!({ "draft": draft })).await.status, 204);
    let again = world.login("agent1").await;
    assert_eq!(world.get(&again, &path).await["draft"], draft);
    assert_eq!(world.get(&admin, &path).await["draft"], Value::Null, "theirs alone");
    let long = json!({ "draft": { "note": "x".repeat(33_000) } });
    assert_eq!(world.api(&agent, "PUT", &path, long).await.status, 422);
    assert_eq!(world.api(&agent, "DELETE", &path, Value::Null).await.status, 204);
    assert_eq!(world.get(&agent, &path).await["draft"], Value::Null);
}
