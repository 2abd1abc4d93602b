//! What settings were, the way back, and what refers to them.

use super::world::{Login, World};
use serde_json::{Value, json};

async fn history(world: &World, who: &Login, object: &str) -> Vec<Value> {
    let listed = world.get(who, &format!("setting_history?object={object}")).await;
    listed.as_array().unwrap().clone()
}

async fn undo(world: &World, who: &Login, past: &Value, newest: i64) -> (u16, Value) {
    let path = format!("setting_history/{}/undo", past["id"].as_str().unwrap());
    let got = world.api(who, "POST", &path, json!({ "newest": newest })).await;
    (got.status, got.body)
}

fn seq(past: &Value) -> i64 {
    past["seq"].as_i64().unwrap()
}

/// Rows: S12.9, S12.10
#[tokio::test]
async fn a_queue_goes_back_to_what_it_was_and_that_is_a_change_too() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let queue = world.queues["sales"];
    let (path, object) = (format!("queues/{queue}"), format!("queue:{queue}"));
    let sheet = world.get(&admin, &path).await;
    assert!(history(&world, &admin, &object).await.is_empty(), "nobody changed it yet");
    let edit = json!({ "replaces": sheet["version"], "name": "Sales North", "members": [] });
    assert!(world.api(&admin, "PUT", &path, edit).await.status < 300);
    let past = history(&world, &admin, &object).await;
    assert_eq!((past.len(), &past[0]["facet"], &past[0]["before"]), (1, &json!("queue"), &json!("state")));
    assert_eq!(past[0]["actor"], json!(format!("user:{}", world.user(&admin, "admin").await)));
    let changes = past[0]["changes"].as_array().unwrap();
    let name = changes.iter().find(|c| c["path"] == "name").unwrap();
    assert_eq!((&name["before"], &name["after"]), (&json!("sales"), &json!("Sales North")));
    assert!(changes.iter().any(|c| c["path"].as_str().unwrap().starts_with("members/")), "{changes:?}");

    // Somebody else was quicker than who looks at an old list.
    assert_eq!(undo(&world, &admin, &past[0], 1).await.0, 409);
    assert_eq!(undo(&world, &admin, &past[0], seq(&past[0])).await.0, 200);
    let back = world.get(&admin, &path).await;
    let of = |sheet: &Value, name: &str| sheet[name].clone();
    for field in ["name", "members", "settings"] {
        assert_eq!(of(&back, field), of(&sheet, field), "{field}");
    }
    let now = history(&world, &admin, &object).await;
    assert_eq!((now.len(), &now[0]["changes"][0]["before"]), (2, &past[0]["changes"][0]["after"]));
    assert!(now[0]["newest"] == true && now[1]["newest"] == false);
    // The way back has a way back.
    assert_eq!(undo(&world, &admin, &now[0], seq(&now[0])).await.0, 200);
    assert_eq!(world.get(&admin, &path).await["name"], "Sales North");
}

/// What does not fit any more is refused by the same law as a fresh change.
///
/// Rows: S12.9
#[tokio::test]
async fn what_no_longer_fits_does_not_come_back() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let queue = world.queues["sales"];
    let rule = json!({ "name": "Busy", "metric": "waiting", "threshold": 5, "queue": queue });
    let made = world.api(&admin, "POST", "alert_rules", rule.clone()).await;
    let id = made.body["id"].as_str().unwrap().to_owned();
    assert_eq!(world.api(&admin, "DELETE", &format!("alert_rules/{id}"), Value::Null).await.status, 204);
    let past = history(&world, &admin, &format!("alert_rule:{id}")).await;
    assert_eq!((past.len(), &past[0]["removed"], &past[1]["before"]), (2, &json!(true), &json!("nothing")));
    // Another rule has its name now.
    assert_eq!(world.api(&admin, "POST", "alert_rules", rule).await.status, 201);
    let (status, why) = undo(&world, &admin, &past[0], seq(&past[0])).await;
    assert_eq!(status, 409, "{why}");
    assert!(why["detail"].as_str().unwrap().contains("taken"), "{why}");
    // Somebody has to keep the right to grant rights, also by way of the past.
    let me = world.user(&admin, "admin").await;
    let other = world.user(&admin, "agent1").await;
    let roles = |user: &str| format!("users/{user}/roles");
    assert_eq!(world.api(&admin, "PUT", &roles(&other), json!({ "roles": ["manager"] })).await.status, 204);
    assert_eq!(world.api(&admin, "PUT", &roles(&me), json!({ "roles": ["agent"] })).await.status, 204);
    let second = world.login("agent1").await;
    let past = history(&world, &second, &format!("user:{other}")).await;
    let (status, why) = undo(&world, &second, &past[0], seq(&past[0])).await;
    assert_eq!((status, why["type"].as_str().unwrap()), (409, "urn:ringdesk:problem:refused"), "{why}");
}

/// Rows: S12.6, S12.9
#[tokio::test]
async fn everybody_sees_the_history_of_what_they_may_change_and_no_secrets() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let trunk = json!({ "name": "Carrier", "networks": ["192.0.2.0/24"], "settings": { "host": "sip.example", "username": "u" }, "password": "do-not-show-1" });
    let made = world.api(&admin, "POST", "trunks", trunk).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let object = format!("trunk:{}", made.body["id"].as_str().unwrap());
    let edit = json!({ "name": "Carrier", "networks": [], "settings": { "host": "sip2.example", "username": "u" } });
    assert_eq!(world.api(&admin, "PUT", "trunks/Carrier", edit).await.status, 204);
    let user = world.user(&admin, "agent1").await;
    let renamed = json!({ "replaces": 2, "name": "Another Name" });
    let got = world.api(&admin, "PUT", &format!("users/{user}"), renamed.clone()).await;
    let version = if got.status == 409 { 1 } else { 2 };
    if version == 1 {
        let again = json!({ "replaces": 1, "name": "Another Name" });
        assert!(world.api(&admin, "PUT", &format!("users/{user}"), again).await.status < 300);
    }
    let everything = world.get(&admin, "setting_history").await;
    assert!(everything.as_array().unwrap().iter().any(|p| p["facet"] == "user"), "{everything}");
    assert!(!everything.to_string().contains("do-not-show-1"), "{everything}");

    let tessa = world.login("tessa").await;
    let seen = history(&world, &tessa, &object).await;
    assert_eq!(
        seen.iter().map(|p| p["action"].as_str().unwrap()).collect::<Vec<_>>(),
        ["trunk.change", "trunk.create"]
    );
    assert!(history(&world, &tessa, &format!("user:{user}")).await.is_empty(), "not hers to change");
    let of_user = history(&world, &admin, &format!("user:{user}")).await;
    let (status, body) = undo(&world, &tessa, &of_user[0], seq(&of_user[0])).await;
    assert_eq!((status, body["type"].as_str().unwrap()), (403, "urn:ringdesk:problem:not-allowed"));
    assert_eq!(undo(&world, &tessa, &seen[0], seq(&seen[0])).await.0, 200);
    let trunks = world.get(&tessa, "trunks").await;
    let back = trunks.as_array().unwrap().iter().find(|t| t["name"] == "Carrier").unwrap().clone();
    assert_eq!((&back["settings"]["host"], &back["has_password"]), (&json!("sip.example"), &json!(true)));
    // Taken away, it does not come back without its password.
    assert_eq!(world.api(&tessa, "DELETE", "trunks/Carrier", Value::Null).await.status, 204);
    let seen = history(&world, &tessa, &object).await;
    let (status, why) = undo(&world, &tessa, &seen[0], seq(&seen[0])).await;
    assert!(status == 422 && why["detail"].as_str().unwrap().contains("password"), "{why}");
}

/// Rows: S13.3
#[tokio::test]
async fn what_refers_to_a_setting_is_named_before_it_goes() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let queue = world.queues["sales"];
    let used = async |object: &str| world.get(&admin, &format!("used_by?object={object}")).await;
    let kinds = |used: &Value| {
        used.as_array().unwrap().iter().map(|u| u["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let before = used(&format!("queue:{queue}")).await;
    assert!(!kinds(&before).is_empty() && kinds(&before).iter().all(|kind| kind == "agent"), "{before}");
    let closure = json!({ "until": 99_999_999_999_999_i64, "prompt": "closed", "action": "queue:sales" });
    let inboxes = world.get(&admin, "inboxes").await;
    let inbox = inboxes[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(world.api(&admin, "PUT", &format!("inboxes/{inbox}/closure"), closure).await.status, 204);
    let rule = json!({ "name": "Busy", "metric": "waiting", "threshold": 5, "queue": queue });
    assert_eq!(world.api(&admin, "POST", "alert_rules", rule).await.status, 201);
    let now = used(&format!("queue:{queue}")).await;
    assert_eq!(kinds(&now)[..2], ["inbox", "alert_rule"], "{now}");
    assert_eq!((&now[0]["id"], &now[0]["holds"]), (&json!(inbox), &json!(true)));
    // What holds it, holds it.
    assert_eq!(world.api(&admin, "DELETE", &format!("queues/{queue}"), Value::Null).await.status, 409);
    let flow = inboxes[0]["flow"].as_str().unwrap();
    assert_eq!(kinds(&used(&format!("flow:{flow}")).await), ["inbox"]);
    assert_eq!(kinds(&used("number:1001").await), ["inbox"]);
    assert_eq!(kinds(&used("prompt:en/closed").await), ["inbox"]);
    assert!(kinds(&used("role:supervisor").await).contains(&"user".to_owned()));
    let dispositions = used(&format!("dispositions:{}", admin.account)).await;
    assert_eq!(dispositions.as_array().unwrap().len(), world.queues.len(), "{dispositions}");
    let user = world.user(&admin, "agent1").await;
    assert!(kinds(&used(&format!("user:{user}")).await).iter().all(|kind| kind == "queue"));
    assert_eq!(world.api(&admin, "GET", "used_by?object=moon:1", Value::Null).await.status, 404);
    // The switch of an inbox has a way back, too.
    let past = history(&world, &admin, &format!("inbox:{inbox}")).await;
    assert_eq!((&past[0]["facet"], &past[0]["before"]), (&json!("closure"), &json!("nothing")));
    assert_eq!(undo(&world, &admin, &past[0], seq(&past[0])).await.0, 200);
    assert!(world.get(&admin, "inboxes").await[0]["closed"].is_null());
}

/// Rows: S12.9, S13.3
#[tokio::test]
async fn opening_hours_and_fields_of_contacts_have_a_way_back() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let week = |from: &str| json!({ "zone": "UTC", "week": { "monday": [{ "from": from, "to": "18:00" }] } });
    let calendars = async || world.get(&admin, "calendars").await;
    let new = json!({ "name": "Office", "calendar": week("09:00") });
    let made = world.api(&admin, "POST", "calendars", new).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let id = made.body["id"].as_str().unwrap().to_owned();
    let object = format!("calendar:{id}");
    let spoiled = json!({ "name": "Spoiled", "calendar": week("17:00"), "replaces": 1 });
    assert_eq!(world.api(&admin, "PUT", &format!("calendars/{id}"), spoiled).await.status, 204);
    let past = history(&world, &admin, &object).await;
    assert_eq!((past.len(), &past[0]["changes"][0]["path"]), (2, &json!("calendar/week/monday")), "{past:?}");
    assert_eq!(undo(&world, &admin, &past[0], seq(&past[0])).await.0, 200);
    let now = calendars().await;
    assert_eq!((&now[0]["name"], &now[0]["calendar"]["week"]), (&json!("Office"), &week("09:00")["week"]), "{now}");
    // What was taken away comes back as the same, so that whatever asks it asks it again.
    assert_eq!(world.api(&admin, "DELETE", &format!("calendars/{id}"), Value::Null).await.status, 204);
    assert_eq!(calendars().await, json!([]));
    let past = history(&world, &admin, &object).await;
    assert!(past[0]["removed"] == true, "{past:?}");
    assert_eq!(undo(&world, &admin, &past[0], seq(&past[0])).await.0, 200);
    assert_eq!((&calendars().await[0]["id"], &calendars().await[0]["name"]), (&json!(id), &json!("Office")));
    assert_eq!(world.get(&admin, &format!("used_by?object={object}")).await, json!([]));

    let field = json!({ "name": "Level", "kind": "choice", "choices": ["gold", "silver"] });
    let made = world.api(&admin, "POST", "contact_fields", field).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let id = made.body["id"].as_str().unwrap().to_owned();
    let edit = json!({ "name": "Rank", "kind": "choice", "choices": ["gold"], "active": false });
    assert_eq!(world.api(&admin, "PUT", &format!("contact_fields/{id}"), edit).await.status, 204);
    let object = format!("contact_field:{id}");
    let past = history(&world, &admin, &object).await;
    assert_eq!(undo(&world, &admin, &past[0], seq(&past[0])).await.0, 200);
    let fields = async || world.get(&admin, "contact_fields").await[0].clone();
    let back = fields().await;
    assert_eq!(
        (&back["name"], &back["choices"], &back["active"]),
        (&json!("Level"), &json!(["gold", "silver"]), &json!(true))
    );
    // Made by mistake: files may hold it, so it is put out of use.
    let past = history(&world, &admin, &object).await;
    assert_eq!(undo(&world, &admin, past.last().unwrap(), seq(&past[0])).await.0, 200);
    assert_eq!(fields().await["active"], json!(false));
    // Who may not change it does not see what it was.
    let leader = world.login("supervisor").await;
    assert!(history(&world, &leader, &object).await.is_empty());
}

async fn made(world: &World, who: &Login, path: &str, body: Value) -> String {
    let made = world.api(who, "POST", path, body).await;
    assert_eq!(made.status, 201, "{path}: {}", made.body);
    made.body["id"].as_str().unwrap().to_owned()
}

/// What everybody writes with has a past and a way back; what somebody wrote for themselves nobody else sees.
///
/// Rows: S2.6, S12.9
#[tokio::test]
async fn quick_phrases_and_their_categories_go_back_and_own_ones_are_nobody_elses() {
    let world = World::start().await;
    let (admin, anna) = (world.login("admin").await, world.login("agent1").await);
    let category = |name: &str| json!({ "name": name, "place": 1, "open": true });
    let shelf = made(&world, &admin, "phrase_categories", category("Delivery")).await;
    let phrase = |text: &str| json!({ "whose": "everybody", "category": shelf, "code": "late", "title": "Late", "texts": { "en": text } });
    let id = made(&world, &anna, "quick_phrases", phrase("Sorry.")).await;
    let (path, object) = (format!("quick_phrases/{id}"), format!("quick_phrase:{id}"));
    let text = async || {
        let all = world.get(&admin, "quick_phrases").await;
        let found = all["phrases"].as_array().unwrap().iter().find(|one| one["id"] == *id).cloned();
        found.map(|one| one["texts"]["en"].as_str().unwrap().to_owned())
    };
    let edit = json!({ "replaces": 1, "to": phrase("We are sorry.") });
    assert_eq!(world.api(&anna, "PUT", &path, edit).await.status, 204);
    let past = history(&world, &admin, &object).await;
    assert_eq!((past.len(), &past[0]["facet"], &past[0]["before"]), (2, &json!("quick_phrase"), &json!("state")));
    let change = json!([{ "path": "texts/en", "before": "Sorry.", "after": "We are sorry." }]);
    assert_eq!(past[0]["changes"], change);
    assert_eq!(undo(&world, &admin, &past[0], seq(&past[0])).await.0, 200);
    assert_eq!(text().await.as_deref(), Some("Sorry."));
    assert_eq!(world.api(&admin, "DELETE", &path, Value::Null).await.status, 204);
    assert_eq!(text().await, None);
    let past = history(&world, &admin, &object).await;
    assert_eq!(past[0]["removed"], true);
    assert_eq!(undo(&world, &admin, &past[0], seq(&past[0])).await.0, 200);
    assert_eq!(text().await.as_deref(), Some("Sorry."), "under the name it had");
    let past = history(&world, &admin, &object).await;
    assert_eq!(undo(&world, &admin, past.last().unwrap(), seq(&past[0])).await.0, 200);
    assert_eq!(text().await, None, "before it was made there was none");

    // The shelf.
    let object = format!("phrase_category:{shelf}");
    let path = format!("phrase_categories/{shelf}");
    assert_eq!(world.api(&admin, "PUT", &path, category("Shipping")).await.status, 204);
    let past = history(&world, &admin, &object).await;
    assert_eq!(undo(&world, &admin, &past[0], seq(&past[0])).await.0, 200);
    assert_eq!(world.get(&admin, "quick_phrases").await["categories"][0]["name"], "Delivery");

    // Somebody's own: also when it was changed, and when it goes.
    let own = json!({ "whose": "me", "code": "mine", "title": "Mine", "texts": { "en": "MARKER" } });
    let mine = made(&world, &anna, "quick_phrases", own.clone()).await;
    let path = format!("quick_phrases/{mine}");
    assert_eq!(world.api(&anna, "PUT", &path, json!({ "replaces": 1, "to": own })).await.status, 204);
    assert_eq!(world.api(&anna, "DELETE", &path, Value::Null).await.status, 204);
    assert_eq!(history(&world, &admin, &format!("quick_phrase:{mine}")).await, Vec::<Value>::new());
    assert!(!world.get(&admin, "setting_history?limit=50").await.to_string().contains("MARKER"));
}

/// Rows: S13.6, S12.9
#[tokio::test]
async fn what_an_inbox_for_texts_does_by_itself_goes_back() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let wish = |queue: &str, late: &str| json!({ "name": "Bridge", "queue": world.queues[queue], "late_after": 120, "late": late });
    let id = made(&world, &admin, "text_inboxes", wish("support", "A moment.")).await;
    let edited = world.api(&admin, "PUT", &format!("text_inboxes/{id}"), wish("sales", "Wait.")).await;
    assert_eq!(edited.status, 204, "{}", edited.body);
    let past = history(&world, &admin, &format!("inbox:{id}")).await;
    assert_eq!((&past[0]["facet"], &past[0]["before"]), (&json!("text_inbox"), &json!("state")), "{past:?}");
    let paths: Vec<&str> =
        past[0]["changes"].as_array().unwrap().iter().map(|one| one["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["queue", "settings/late"]);
    let of_texts: Vec<&Value> = past.iter().filter(|one| one["facet"] == "text_inbox").collect();
    assert_eq!((of_texts.len(), &of_texts[1]["undo"]), (2, &json!(false)), "there is no inbox without");
    assert_eq!(undo(&world, &admin, &past[0], seq(&past[0])).await.0, 200);
    let all = world.get(&admin, "text_inboxes").await;
    let is = all.as_array().unwrap().iter().find(|one| one["id"] == *id).unwrap();
    assert_eq!((&is["late"], &is["queue"]), (&json!("A moment."), &json!(world.queues["support"])));
}
