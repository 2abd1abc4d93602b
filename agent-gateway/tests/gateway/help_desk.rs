//! Help desks of the house over HTTP: who may ask, what they read, whom it is kept apart from, and what figures say of it.

use super::passing::take;
use super::socket::Socket;
use super::world::{Login, NUMBER, World};
use ringdesk_model::Clock as _;
use serde_json::{Value, json};

async fn desk(world: &World, admin: &Login, name: &str) -> String {
    let body = json!({ "name": name, "queue": world.queues["support"], "internal": true });
    let made = world.api(admin, "POST", "text_inboxes", body).await;
    assert_eq!((made.status, &made.body["secret"]), (201, &Value::Null), "nobody signs for it: {}", made.body);
    made.body["id"].as_str().unwrap().to_owned()
}

async fn ask(world: &World, who: &Login, inbox: &str, name: &str, text: &str) -> (u16, Value) {
    let body = json!({ "inbox": inbox, "client_id": name, "text": text });
    let got = world.api(who, "POST", "help_desk/texts", body).await;
    (got.status, got.body)
}

fn word(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// An inbox for staff is one from its beginning, and neither a visitor's page nor a program gets in by it.
///
/// Rows: S1.24
#[tokio::test]
async fn nobody_from_outside_writes_to_a_help_desk() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let it = desk(&world, &admin, "IT").await;
    let queue = world.queues["support"];
    for more in [
        json!({ "site": { "allowed": ["*"] } }),
        json!({ "webhook": "https://bridge.example/hook" }),
        json!({ "survey": { "address": "https://service.example" } }),
    ] {
        let mut body = json!({ "name": "Office", "queue": queue, "internal": true });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(world.api(&admin, "POST", "text_inboxes", body).await.status, 422, "{more}");
    }
    let plain = json!({ "name": "IT", "queue": queue });
    let path = format!("text_inboxes/{it}");
    assert_eq!(world.api(&admin, "PUT", &path, plain).await.status, 422, "what it is it stays");
    let kept = json!({ "name": "IT support", "queue": queue, "internal": true, "away": "From eight on" });
    assert_eq!(world.api(&admin, "PUT", &path, kept).await.status, 204);
    let all = world.get(&admin, "text_inboxes").await;
    let one = all.as_array().unwrap().iter().find(|one| one["id"] == *it).unwrap();
    assert_eq!(
        (&one["channel"], &one["internal"], &one["name"]),
        (&json!("help_desk"), &json!(true), &json!("IT support"))
    );
    let renewed = world.api(&admin, "POST", &format!("{path}/secret"), Value::Null).await;
    assert_eq!((renewed.status, renewed.problem()), (403, "internal-inbox"));

    let below = format!("/public/api/v1/widget/{it}");
    let origin = format!("http://{}", world.http);
    let page = world.send("GET", &format!("/widget/{it}"), None, "").await;
    let looks = world.send("GET", &below, None, "").await;
    let visitor = world.send_with("POST", &format!("{below}/visitors"), &[("Origin", &origin)], "").await;
    let seconds = (world.clock.now().as_millis() / 1_000).to_string();
    let signed = [("webhook-id", "m-1"), ("webhook-timestamp", seconds.as_str()), ("webhook-signature", "v1,bm9ib2R5")];
    let text = json!({ "id": "m-1", "contact": { "id": "mei" }, "type": "text", "text": "hello" }).to_string();
    let program = world.send_with("POST", &format!("/public/api/v1/inboxes/{it}/messages"), &signed, &text).await;
    for got in [page, looks, visitor, program] {
        assert_eq!((got.status, got.problem()), (403, "internal-inbox"), "{}", got.body);
    }
    // Nor does staff write to what is for customers in this way.
    let bridge = world.api(&admin, "POST", "text_inboxes", json!({ "name": "Bridge", "queue": queue })).await;
    let bridge = word(&bridge.body["id"]);
    assert_eq!(ask(&world, &admin, &bridge, "a", "hello").await.0, 404);
    assert_eq!(world.api(&admin, "DELETE", &format!("inboxes/{it}"), Value::Null).await.status, 204);
    assert_eq!(ask(&world, &admin, &it, "a", "hello").await.0, 404, "it is out of use");
    assert_eq!(world.get(&admin, "help_desk").await["desks"], json!([]));
}

/// A colleague asks, is answered by whoever has it in hand, reads what a visitor would, and nobody else does; who may see everything finds
/// it among everything.
///
/// Rows: S1.24, S12.6
#[tokio::test]
async fn a_colleague_asks_and_is_answered() {
    let world = World::start().await;
    let (admin, tech) = (world.login("admin").await, world.login("tessa").await);
    let (anna, ben) = (world.login("agent1").await, world.login("agent2").await);
    let it = desk(&world, &admin, "IT").await;
    assert_eq!(world.get(&anna, "help_desk").await["desks"][0]["name"], "IT");
    let mut heard = Socket::start(&world, &anna).await;
    let mut other = Socket::start(&world, &tech).await;
    let (status, first) = ask(&world, &anna, &it, "a", "my screen is dark").await;
    assert_eq!((status, &first["seq"]), (200, &json!(1)), "{first}");
    assert_eq!(ask(&world, &anna, &it, "a", "my screen is dark").await.1, first, "sent again, it is the same");
    assert_eq!(ask(&world, &anna, &it, "b", " ").await.0, 422);
    let id = word(&first["conversation"]);
    let told = heard.event("message_created").await;
    assert_eq!(told["data"], json!({ "conversation": id, "seq": 1, "asked": true }), "as much as a visitor");

    let lines = format!("help_talks/{id}/lines");
    assert_eq!(world.api(&anna, "GET", &format!("conversations/{id}"), Value::Null).await.status, 404);
    for who in [&ben, &tech, &admin] {
        assert_eq!(world.api(who, "GET", &lines, Value::Null).await.status, 404, "not theirs");
        let read = world.api(who, "PUT", &format!("help_talks/{id}/read"), json!({ "seq": 1 })).await;
        assert_eq!(read.status, 404);
    }
    let listed = world.get(&admin, "conversations?channel=help_desk").await;
    assert_eq!((&listed[0]["id"], listed.as_array().map(Vec::len)), (&json!(id), Some(1)), "for who sees everything");
    assert_eq!(world.get(&ben, "conversations").await, json!([]), "he has no part in it yet");
    let found = world.get(&admin, "search?q=screen").await;
    assert_eq!(found["items"][0]["conversation_id"], json!(id));

    take(&world, &ben, &id, 1).await;
    let answer = json!({ "client_id": "x", "text": "is it plugged in?" });
    assert_eq!(world.api(&ben, "POST", &format!("conversations/{id}/messages"), answer).await.status, 201);
    let news = world.get(&anna, "help_desk").await;
    assert_eq!((&news["unread"], &news["talks"][0]["unread"]), (&json!(1), &json!(1)), "{news}");
    let said = world.get(&anna, &lines).await;
    let of = |line: &Value| (word(&line["kind"]), word(&line["by"]));
    let told: Vec<(String, String)> = said.as_array().unwrap().iter().map(of).collect();
    let expected = [("text", "me"), ("joined", "agent"), ("text", "agent")];
    assert_eq!(told, expected.map(|(kind, by)| (kind.to_owned(), by.to_owned())), "{said}");
    assert_eq!((&said[2]["text"], said[2]["name"].is_string()), (&json!("is it plugged in?"), true));
    let after = world.get(&anna, &format!("{lines}?after=2")).await;
    assert_eq!(after.as_array().map(Vec::len), Some(1));
    let read = format!("help_talks/{id}/read");
    for seq in [3, 1, 99] {
        assert_eq!(world.api(&anna, "PUT", &read, json!({ "seq": seq })).await.status, 204);
    }
    assert_eq!(world.get(&anna, "help_desk").await["unread"], 0);
    assert_eq!(world.get(&ben, &format!("conversations/{id}/cursors")).await["read"], 3, "and who answered knows");

    assert_eq!(world.api(&anna, "DELETE", &format!("{lines}/3"), Value::Null).await.status, 409, "it is Ben's");
    assert_eq!(world.api(&anna, "DELETE", &format!("{lines}/1"), Value::Null).await.status, 204);
    let said = world.get(&anna, &lines).await;
    assert_eq!((&said[0]["recalled"], &said[0]["text"]), (&json!(true), &json!("")));
    assert_eq!((&said[3]["kind"], &said[3]["of"]), (&json!("recalled"), &json!(1)));
    // Of all that, somebody who has no part in it heard nothing: what comes first is their own.
    assert_eq!(ask(&world, &tech, &it, "a", "and mine, too").await.0, 200);
    assert_ne!(other.event("message_created").await["data"]["conversation"], json!(id));
}

/// A colleague sends what they have brought themselves and nobody else's; each of the two sees that the other one writes.
///
/// Rows: S1.24, S3.1
#[tokio::test]
async fn a_colleague_brings_files_and_is_seen_writing() {
    let world = World::start().await;
    let (admin, tech) = (world.login("admin").await, world.login("tessa").await);
    let (anna, ben) = (world.login("agent1").await, world.login("agent2").await);
    let it = desk(&world, &admin, "IT").await;
    let bring = async |who: &Login, inbox: &str, content: &str| {
        let path = format!("/api/v1/accounts/{}/help_desk/files?inbox={inbox}&name=screen.txt", who.account);
        let got = world.send_as("POST", &path, Some(&who.token), "application/octet-stream", content).await;
        (got.status, got.body)
    };
    let (status, file) = bring(&anna, &it, "it is dark").await;
    assert_eq!((status, &file["name"], &file["kind"]), (201, &json!("screen.txt"), &json!("document")), "{file}");
    assert_eq!(bring(&anna, &it, "").await.0, 422, "nothing is in it");
    assert_eq!(bring(&anna, &world.queues["support"].to_string(), "it is dark").await.0, 404, "no help desk");
    let send = async |who: &Login, name: &str| {
        let body = json!({ "inbox": it, "client_id": name, "text": "", "attachments": [file["id"]] });
        world.api(who, "POST", "help_desk/texts", body).await
    };
    assert_eq!(send(&tech, "a").await.status, 404, "it is not theirs");
    let sent = send(&anna, "a").await;
    assert_eq!(sent.status, 200, "a file says enough: {}", sent.body);
    let id = word(&sent.body["conversation"]);
    let lines = world.get(&anna, &format!("help_talks/{id}/lines")).await;
    let shown = &lines[0]["files"][0];
    assert_eq!((&shown["name"], &shown["bytes"]), (&json!("screen.txt"), &json!(10)), "{lines}");
    let opened = world.send("GET", shown["path"].as_str().unwrap(), None, "").await;
    assert_eq!((opened.status, &opened.body), (200, &json!("it is dark")));

    let mut asks = Socket::start(&world, &anna).await;
    let mut answers = Socket::start(&world, &ben).await;
    let writes = format!("help_talks/{id}/typing");
    assert_eq!(world.api(&anna, "PUT", &writes, Value::Null).await.status, 204, "nobody has it in hand yet");
    assert_eq!(world.api(&tech, "PUT", &writes, Value::Null).await.status, 404, "not theirs");
    take(&world, &ben, &id, 1).await;
    let theirs = format!("attachments/{}", word(&file["id"]));
    assert_eq!(world.api(&ben, "GET", &theirs, Value::Null).await.body, json!("it is dark"));
    assert_eq!(world.api(&anna, "PUT", &writes, Value::Null).await.status, 204);
    assert_eq!(answers.event("typing").await["data"], json!({ "conversation": id }));
    let writes = format!("conversations/{id}/typing");
    assert_eq!(world.api(&ben, "PUT", &writes, Value::Null).await.status, 204);
    let told = asks.event("typing").await["data"].clone();
    assert_eq!((&told["conversation"], &told["asked"]), (&json!(id), &json!(true)));
    assert!(told["name"].is_string(), "{told}");
}

/// One file for each colleague, whatever they ask; and nothing leads from it to a customer's.
///
/// Rows: S1.24, S9.6
#[tokio::test]
async fn a_colleague_is_one_contact_apart_from_customers() {
    let world = World::start().await;
    let (admin, anna) = (world.login("admin").await, world.login("agent1").await);
    let (it, office) = (desk(&world, &admin, "IT").await, desk(&world, &admin, "Office").await);
    let mut files = Vec::new();
    for (inbox, text) in [(&it, "my screen is dark"), (&office, "where is my badge?"), (&it, "hello?")] {
        let (status, asked) = ask(&world, &anna, inbox, text, text).await;
        assert_eq!(status, 200, "{asked}");
        let of = world.get(&admin, &format!("conversations/{}", word(&asked["conversation"]))).await;
        files.push(of["contact"].clone());
    }
    assert!(files.iter().all(|one| *one == files[0]), "{files:?}");
    let talks = world.get(&anna, "help_desk").await["talks"].clone();
    assert_eq!(talks.as_array().map(Vec::len), Some(2), "one with each desk: {talks}");
    let contact = format!("contacts/{}", word(&files[0]));
    let file = world.get(&admin, &contact).await;
    let user = world.user(&admin, "agent1").await;
    let known = file["identities"].as_array().unwrap();
    assert_eq!((known.len(), &known[0]["kind"], &known[0]["proof"]), (1, &json!("staff"), &json!("staff")), "{file}");
    assert_eq!((&known[0]["value"], &file["name"]), (&json!(user), &json!("Anna Agent")));

    assert_eq!(world.api(&anna, "GET", &contact, Value::Null).await.status, 404, "what is noted there is not for her");

    let customer = world.api(&admin, "POST", "contacts", json!({ "name": "Anna Agent" })).await;
    let customer = word(&customer.body["id"]);
    for one in [&contact, &format!("contacts/{customer}")] {
        assert_eq!(world.get(&admin, &format!("{one}/alike")).await, json!([]), "a name alone tells nothing here");
    }
    let merge = async |kept: &str, gone: &str| {
        world.api(&admin, "POST", &format!("contacts/{kept}/merges"), json!({ "gone": gone })).await.status
    };
    let hers = word(&files[0]);
    assert_eq!((merge(&hers, &customer).await, merge(&customer, &hers).await), (422, 422));
    let add = async |whose: &str, kind: &str, value: &str| {
        let body = json!({ "kind": kind, "value": value, "verified": true });
        world.api(&admin, "POST", &format!("contacts/{whose}/identities"), body).await.status
    };
    assert_eq!(add(&hers, "number", NUMBER).await, 422, "her calls as a customer are not hers as a colleague");
    assert_eq!(add(&customer, "staff", &user).await, 422);
    let own = format!("{contact}/identities/{}", word(&known[0]["id"]));
    assert_eq!(world.api(&admin, "DELETE", &own, Value::Null).await.status, 422);
}

/// Figures tell how customers are served, unless somebody asks for more.
///
/// Rows: S1.24, S11.1
#[tokio::test]
async fn figures_leave_help_desks_out_unless_asked() {
    let world = World::start().await;
    let (admin, leader) = (world.login("admin").await, world.login("supervisor").await);
    let (anna, ben) = (world.login("agent1").await, world.login("agent2").await);
    let (it, office) = (desk(&world, &admin, "IT").await, desk(&world, &admin, "Office").await);
    let (_, first) = ask(&world, &anna, &it, "a", "my screen is dark").await;
    ask(&world, &anna, &office, "b", "where is my badge?").await;
    take(&world, &ben, &word(&first["conversation"]), 1).await;
    let waiting = world.call("support", NUMBER).await;

    let from = world.clock.now().as_millis() - 3_600_000;
    let rows = async |metric: &str, more: &str| {
        let path = format!("reports/{metric}/rows?from={from}&offer_within=0&offer_within_vip=0{more}");
        world.get(&leader, &path).await.as_array().unwrap().len()
    };
    let offered = async |more: &str| rows("offered_in_time", more).await;
    assert_eq!((offered("").await, offered("&internal=exclude").await), (1, 1), "the call alone");
    assert_eq!((offered("&internal=include").await, offered("&internal=only").await), (3, 2));
    assert_eq!(offered("&channel=help_desk").await, 2, "who names the channel has asked for it");
    assert_eq!((offered(&format!("&inbox={it}")).await, offered("&channel=phone&internal=only").await), (1, 0));
    let hands = async |more: &str| rows("texts_handled", more).await;
    assert_eq!((hands("").await, hands("&internal=include").await), (0, 1), "nor what agents did there");
    let day = async |more: &str| {
        let all = world.get(&ben, &format!("my_day?from={from}{more}")).await;
        let one = all.as_array().unwrap().iter().find(|one| one["metric"] == "texts_handled").unwrap();
        one["rows"].clone()
    };
    assert_eq!((day("").await, day("&internal=only").await), (json!(0), json!(1)));

    let floor = async |more: &str| {
        let floor = world.get(&leader, &format!("floor?since={from}{more}")).await;
        let of = world.queues["support"].to_string();
        let queue = floor["queues"].as_array().unwrap().iter().find(|queue| queue["id"] == *of).unwrap().clone();
        queue["waiting"].clone()
    };
    assert_eq!(floor("").await, 1, "the call waits");
    assert_eq!(floor("&internal=only").await, 2, "and two colleagues, whom nobody was asked to take");
    let refused = async |path: &str| world.api(&leader, "GET", path, Value::Null).await.status;
    assert_eq!(refused(&format!("reports/queued?from={from}&internal=sometimes")).await, 422);
    assert_eq!(refused(&format!("reports/time_ready?from={from}&internal=only")).await, 422, "of no conversation");
    assert_eq!(refused("floor?internal=all").await, 422);
    drop(waiting);
}
