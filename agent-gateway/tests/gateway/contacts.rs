//! Files of contacts over the API: found, merged and unmerged, kept out, masked.

use super::world::{NUMBER, World};
use serde_json::{Value, json};

/// Two live conversations, one person: the files become one while both talk, nothing is doubled, and an undo puts back what moved.
///
/// Rows: S9.6, S2.17
#[tokio::test]
async fn two_live_conversations_become_one_contact_and_two_again() {
    let world = World::start().await;
    let (leader, agent) = (world.login("supervisor").await, world.login("agent1").await);
    let (one, two) = (world.call("support", NUMBER).await, world.call("support", "+4930765432100").await);
    let contact = async |conversation| {
        let path = format!("conversations/{conversation}");
        world
            .until("it is in the books", async || {
                let got = world.api(&leader, "GET", &path, Value::Null).await;
                got.body["contact"].as_str().map(str::to_owned)
            })
            .await
    };
    let (kept, gone) = (contact(one.conversation).await, contact(two.conversation).await);
    assert_ne!(kept, gone);
    let wish = json!({ "name": "Mei Lin", "tier": "vip", "consents": { "marketing": false } });
    assert_eq!(world.api(&leader, "PUT", &format!("contacts/{gone}"), wish).await.status, 204);
    let merges = format!("contacts/{kept}/merges");
    assert_eq!(world.api(&agent, "POST", &merges, json!({ "gone": gone })).await.status, 403);
    let made = world.api(&leader, "POST", &merges, json!({ "gone": gone })).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let again = world.api(&leader, "POST", &merges, json!({ "gone": gone })).await;
    assert_eq!((again.status, again.problem()), (409, "refused"), "{}", again.body);

    let list = world.get(&leader, &format!("conversations?contact={kept}")).await;
    let ids: Vec<&str> = list.as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [two.conversation.to_string(), one.conversation.to_string()], "both, once, newest first");
    let file = world.get(&leader, &format!("contacts/{gone}")).await;
    assert_eq!((&file["id"], &file["name"], &file["tier"]), (&json!(kept), &json!("Mei Lin"), &json!("vip")));
    assert_eq!(file["identities"].as_array().unwrap().len(), 2, "{file}");
    assert_eq!(world.get(&leader, "contacts").await.as_array().unwrap().len(), 1);
    // They call again, by the number that moved.
    let since = world.call("support", "+4930765432100").await;
    assert_eq!(contact(since.conversation).await, kept);

    let merge = made.body["id"].as_str().unwrap();
    assert_eq!(world.api(&leader, "DELETE", &format!("contact_merges/{merge}"), Value::Null).await.status, 204);
    assert_eq!(world.api(&leader, "DELETE", &format!("contact_merges/{merge}"), Value::Null).await.status, 409);
    let (back, left) =
        (world.get(&leader, &format!("contacts/{gone}")).await, world.get(&leader, &format!("contacts/{kept}")).await);
    assert_eq!((&back["id"], &back["name"]), (&json!(gone), &json!("Mei Lin")));
    assert_eq!((&left["name"], &left["tier"]), (&Value::Null, &json!("standard")));
    assert_eq!(left["consents"], json!({}));
    assert_eq!(contact(since.conversation).await, gone, "what came by their number is theirs");
    assert_eq!(contact(one.conversation).await, kept);
    let audit = world.get(&world.login("admin").await, "audit?limit=100").await.to_string();
    for action in ["contact.edit", "contact.merge", "contact.undo_merge"] {
        assert!(audit.contains(action), "{action}");
    }
    assert!(!audit.contains("Mei Lin"), "the audit says what was changed, not to what");
}

/// Nobody is linked by what they say; who says another's address is suggested, and an identity is one contact's.
///
/// Rows: S9.6, S12.3, N77
#[tokio::test]
async fn claims_link_nobody_and_numbers_are_hidden() {
    let world = World::start().await;
    let (leader, admin) = (world.login("supervisor").await, world.login("admin").await);
    let made = async |name: &str| {
        let made = world.api(&leader, "POST", "contacts", json!({ "name": name })).await;
        assert_eq!(made.status, 201, "{}", made.body);
        made.body["id"].as_str().unwrap().to_owned()
    };
    let (one, other) = (made("张伟").await, made("Zhang Wei").await);
    let add = async |id: &str, kind: &str, value: &str, verified: bool| {
        let body = json!({ "kind": kind, "value": value, "verified": verified });
        world.api(&leader, "POST", &format!("contacts/{id}/identities"), body).await.status
    };
    assert_eq!(add(&one, "email", "Wei@Example.com", true).await, 204);
    assert_eq!(add(&one, "number", NUMBER, true).await, 204);
    assert_eq!(add(&other, "email", "wei@example.com", false).await, 204, "anybody may say so");
    assert_eq!(add(&other, "email", "wei@example.com", true).await, 409, "but it is proven to be another's");
    assert_eq!(add(&other, "email", "nobody", true).await, 422);
    let alike = world.get(&leader, &format!("contacts/{one}/alike")).await;
    assert_eq!((&alike[0]["contact"]["id"], &alike[0]["why"]), (&json!(other), &json!(["claim"])), "{alike}");

    let found = async |login, typed: &str| {
        let got = world.api(login, "POST", "contacts/search", json!({ "typed": typed })).await;
        assert_eq!(got.status, 200, "{}", got.body);
        got.body.as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found(&leader, "wei@example.com").await, std::slice::from_ref(&one), "who says so is not found by it");
    assert_eq!(found(&leader, NUMBER).await, std::slice::from_ref(&one));
    for typed in ["zhangw", "zhang wei"] {
        assert_eq!(found(&leader, typed).await, [other.clone(), one.clone()], "{typed}");
    }
    assert_eq!(found(&leader, "张").await, std::slice::from_ref(&one));
    assert_eq!(found(&world.login("agent1").await, "张").await, Vec::<String>::new(), "no conversation with them");

    let values = |file: &Value| -> Vec<String> {
        let all = file["identities"].as_array().unwrap().iter();
        all.map(|one| one["value"].as_str().unwrap().to_owned()).collect()
    };
    let path = format!("contacts/{one}");
    let hidden = values(&world.get(&leader, &path).await);
    assert!(!hidden.iter().any(|value| value.contains("30123456") || value.contains("wei@")), "{hidden:?}");
    assert!(values(&world.get(&admin, &path).await).contains(&NUMBER.to_owned()));
    let shown = world.api(&leader, "POST", &format!("{path}/reveal"), json!({ "reason": "a letter" })).await;
    assert!(shown.body.to_string().contains(NUMBER), "{}", shown.body);
    let file = world.get(&leader, &path).await;
    let id = file["identities"][0]["id"].as_str().unwrap();
    assert_eq!(world.api(&leader, "DELETE", &format!("{path}/identities/{id}"), Value::Null).await.status, 204);
    assert_eq!(world.api(&leader, "DELETE", &format!("{path}/identities/{id}"), Value::Null).await.status, 404);
}

/// Fields have types; sensitive ones are hidden; an agent proposes a block, a leader approves it.
///
/// Rows: S9.2, S9.17, S9.23
#[tokio::test]
async fn fields_have_types_and_blocks_have_two_hands() {
    let world = World::start().await;
    let (leader, admin, agent) =
        (world.login("supervisor").await, world.login("admin").await, world.login("agent1").await);
    let field = async |body: Value| world.api(&admin, "POST", "contact_fields", body).await;
    let birthday = field(json!({ "name": "Birthday", "kind": "date", "sensitive": true })).await;
    assert_eq!(birthday.status, 201, "{}", birthday.body);
    assert_eq!(field(json!({ "name": "Birthday", "kind": "text" })).await.status, 409);
    assert_eq!(field(json!({ "name": "Level", "kind": "choice" })).await.status, 422);
    let birthday = birthday.body["id"].as_str().unwrap();
    let contact = world.api(&agent, "POST", "contacts", json!({ "name": "Mei" })).await;
    let path = format!("contacts/{}", contact.body["id"].as_str().unwrap());
    let set =
        async |value: &str| world.api(&agent, "PUT", &path, json!({ "fields": { birthday: value } })).await.status;
    assert_eq!((set("1990-02-30").await, set("1990-02-28").await), (422, 204));
    assert_eq!(world.get(&agent, &path).await["fields"][birthday], json!("•••"));
    assert_eq!(world.get(&admin, &path).await["fields"][birthday], json!("1990-02-28"));

    let block = world.api(&agent, "POST", &format!("{path}/block"), json!({ "reason": "abuse" })).await;
    assert_eq!(block.status, 201, "{}", block.body);
    assert_eq!(world.get(&agent, &path).await["block"]["state"], json!("proposed"));
    assert_eq!(world.api(&agent, "POST", &format!("{path}/block"), json!({ "reason": "abuse" })).await.status, 409);
    let decide = format!("blocks/{}", block.body["id"].as_str().unwrap());
    assert_eq!(world.api(&agent, "PUT", &decide, json!({ "approve": true })).await.status, 403);
    assert_eq!(world.api(&leader, "PUT", &decide, json!({ "approve": true })).await.status, 204);
    assert_eq!(world.get(&leader, "blocks").await[0]["state"], json!("active"));
    let blocked = world.api(&leader, "POST", "contacts/search", json!({ "blocked": true })).await;
    assert_eq!(blocked.body.as_array().unwrap().len(), 1);
    assert_eq!(world.api(&leader, "DELETE", &decide, Value::Null).await.status, 204);
    assert_eq!(world.get(&leader, "blocks").await, json!([]));
    assert_eq!(world.get(&leader, "blocks?all=true").await[0]["state"], json!("lifted"));
}

/// A calendar with imported holidays says when it is open next; of two editors one learns of the other.
///
/// Rows: S13.9
#[tokio::test]
async fn a_calendar_is_filled_and_asked() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let file = "date,kind,name\n2026-10-01..2026-10-07,off,国庆节\n2026-10-10,work,国庆节";
    let days = world.api(&admin, "POST", "calendars/holidays", json!({ "text": file, "like": "friday" })).await;
    assert_eq!((days.status, &days.body["2026-10-10"]["like"]), (200, &json!("friday")), "{}", days.body);
    let wrong = world.api(&admin, "POST", "calendars/holidays", json!({ "text": "2026-10-01,closed,x" })).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body["detail"].as_str().unwrap().contains('1'), "{}", wrong.body);
    let open = json!([{ "from": "09:00", "to": "18:00" }]);
    let week = json!({ "thursday": open, "friday": open });
    let calendar = json!({ "zone": "Asia/Shanghai", "week": week, "days": days.body });
    let made = world.api(&admin, "POST", "calendars", json!({ "name": "Office", "calendar": calendar })).await;
    assert_eq!(made.status, 201, "{}", made.body);
    // 2026-10-01 12:00 in Shanghai; open again on the 8th, a Thursday, at nine.
    let ask = json!({ "calendar": calendar, "at": 1_790_827_200_000_i64 });
    let preview = world.api(&admin, "POST", "calendars/preview", ask).await.body;
    assert_eq!((&preview["state"], &preview["holiday"]), (&json!("holiday"), &json!("国庆节")), "{preview}");
    assert_eq!(preview["opens"], json!(1_791_421_200_000_i64), "{preview}");
    let path = format!("calendars/{}", made.body["id"].as_str().unwrap());
    let edit = |replaces: i64| json!({ "name": "Office", "calendar": { "zone": "UTC" }, "replaces": replaces });
    assert_eq!(world.api(&admin, "PUT", &path, edit(1)).await.status, 204);
    assert_eq!(world.api(&admin, "PUT", &path, edit(1)).await.status, 409);
    let upside_down = json!({ "name": "X", "calendar": { "zone": "UTC", "week": { "monday": [{ "from": "10:00", "to": "09:00" }] } } });
    let wrong = world.api(&admin, "POST", "calendars", upside_down).await;
    assert!(wrong.body["detail"].as_str().unwrap().contains("/week/monday/0"), "{}", wrong.body);
    assert_eq!(world.api(&admin, "DELETE", &path, Value::Null).await.status, 204);
}
