//! Files that everybody may send: kept in versions, found by words and pinyin, brought without an upload, sealed.

use super::world::{Login, World};
use ringdesk_model::{Clock as _, Pii};
use ringdesk_operations::texts::InboundText;
use serde_json::{Value, json};

const FIRST: &str = "%PDF-1.7 MARKER-price-list of spring";
const SECOND: &str = "%PDF-1.7 MARKER-price-list of autumn";

async fn upload(world: &World, who: &Login, path: &str, content: &str) -> (u16, Value) {
    let path = format!("/api/v1/accounts/{}/{path}", who.account);
    let got = world.send_as("POST", &path, Some(&who.token), "application/octet-stream", content).await;
    (got.status, got.body)
}

async fn titles(world: &World, who: &Login, typed: &str) -> Vec<String> {
    let found = world.get(who, &format!("shared_files/search?q={typed}")).await;
    found.as_array().unwrap().iter().map(|one| one["title"].as_str().unwrap().to_owned()).collect()
}

/// Rows: S3.5, S3.3, S3.4
#[tokio::test]
async fn a_shared_file_is_found_and_sent_without_an_upload() {
    let world = World::start().await;
    let (admin, agent) = (world.login("admin").await, world.login("agent1").await);
    let wish = json!({ "name": "Bridge", "queue": world.queues["support"], "webhook": "https://bridge.example/hook" });
    let inbox = world.api(&admin, "POST", "text_inboxes", wish).await.body["id"].as_str().unwrap().parse().unwrap();
    let (now, account, ops) = (world.clock.now(), world.account, &world.operations);
    let text = InboundText {
        name: "m-1".into(),
        address: Pii::new("mei".into()),
        contact_name: None,
        text: Pii::new("what does it cost?".into()),
        files: Vec::new(),
        visit: None,
    };
    let of = ops.receive_text(now, account, inbox, &text).await.unwrap().conversation.to_string();

    assert_eq!(upload(&world, &agent, "shared_files?name=a.pdf", FIRST).await.0, 403, "agents keep none");
    let (status, disguised) = upload(&world, &admin, "shared_files?name=a.png", FIRST).await;
    assert_eq!(status, 422, "{disguised}");
    let (status, made) = upload(&world, &admin, "shared_files?name=prices.pdf", FIRST).await;
    assert_eq!((status, &made["title"], &made["version"]), (201, &json!("prices"), &json!(1)), "{made}");
    let path = format!("shared_files/{}", made["id"].as_str().unwrap());
    let support = world.queues["support"].to_string();
    let named = json!({ "title": "价格表", "tags": ["winter"], "queues": [support] });
    assert_eq!(world.api(&admin, "PUT", &path, named.clone()).await.status, 200);
    for bad in [json!({ "title": "" }), json!({ "title": "a", "tags": [""] })] {
        assert_eq!(world.api(&admin, "PUT", &path, bad).await.status, 422);
    }
    let nowhere = json!({ "title": "a", "queues": ["01930000-0000-7000-8000-00000000dead"] });
    assert_eq!(world.api(&admin, "PUT", &path, nowhere).await.status, 404);

    // By words, by pinyin, by initials; by agents of its queue alone.
    for typed in ["", "%E4%BB%B7%E6%A0%BC", "winter", "prices", "jiage", "jgb"] {
        assert_eq!(titles(&world, &agent, typed).await, ["价格表"], "{typed}");
    }
    assert_eq!(titles(&world, &agent, "fridge").await, Vec::<String>::new());
    let others = world.api(&admin, "POST", "queues", json!({ "name": "nobody serves it" })).await.body["id"].clone();
    let elsewhere = json!({ "title": "价格表", "queues": [others] });
    assert_eq!(world.api(&admin, "PUT", &path, elsewhere).await.status, 200);
    assert_eq!(titles(&world, &agent, "").await, Vec::<String>::new(), "for others");
    assert_eq!(world.api(&agent, "GET", &format!("{path}/content"), Value::Null).await.status, 404);
    assert_eq!(world.api(&admin, "PUT", &path, named.clone()).await.status, 200);

    // What was sent stays what it was, whatever comes after.
    let bring = async || world.api(&admin, "POST", &format!("{path}/use"), json!({ "conversation": of })).await;
    let first = bring().await;
    assert_eq!((first.status, &first.body["name"]), (201, &json!("prices.pdf")), "{}", first.body);
    assert_eq!(world.api(&agent, "POST", &format!("{path}/use"), json!({ "conversation": of })).await.status, 404);
    let (status, renewed) = upload(&world, &admin, &format!("{path}/versions?name=prices-2.pdf"), SECOND).await;
    assert_eq!((status, &renewed["version"], &renewed["uses"]), (201, &json!(2), &json!(1)), "{renewed}");
    let second = bring().await;
    let messages = format!("conversations/{of}/messages");
    let ids = json!([first.body["id"], second.body["id"]]);
    let sent = json!({ "client_id": "c-1", "text": "here", "attachments": ids });
    assert_eq!(world.api(&admin, "POST", &messages, sent).await.status, 201);
    let content = async |id: &Value| {
        world.api(&admin, "GET", &format!("attachments/{}", id.as_str().unwrap()), Value::Null).await.body
    };
    assert_eq!(content(&first.body["id"]).await, json!(FIRST));
    assert_eq!(content(&second.body["id"]).await, json!(SECOND));
    let of_version = async |n: &str| world.api(&admin, "GET", &format!("{path}/content{n}"), Value::Null).await;
    assert_eq!(of_version("").await.body, json!(SECOND));
    assert_eq!(of_version("?version=1").await.body, json!(FIRST));
    assert_eq!(of_version("?version=3").await.status, 404);
    let listed = world.get(&admin, "shared_files").await;
    assert_eq!((&listed[0]["uses"], &listed[0]["version"]), (&json!(2), &json!(2)), "{listed}");

    // Withdrawn it is found by nobody; what was sent stays.
    let withdrawn = json!({ "title": "价格表", "withdrawn": true });
    assert_eq!(world.api(&admin, "PUT", &path, withdrawn).await.body["withdrawn"], true);
    assert_eq!(titles(&world, &agent, "").await, Vec::<String>::new());
    assert_eq!(bring().await.status, 404);
    assert_eq!(content(&first.body["id"]).await, json!(FIRST));

    let audit = world.get(&admin, "audit?limit=100").await.to_string();
    for action in
        ["shared_file.add", "shared_file.renew", "shared_file.change", "shared_file.bring", "shared_file.open"]
    {
        assert!(audit.contains(action), "{action}: {audit}");
    }
    let folder = world.operations.store().folder().join("attachments");
    let mut kept = 0;
    for part in std::fs::read_dir(folder).unwrap() {
        for file in std::fs::read_dir(part.unwrap().path()).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            assert!(!bytes.windows(6).any(|part| part == b"MARKER"), "what lies on the disk cannot be read");
            kept += 1;
        }
    }
    assert_eq!(kept, 2, "each version lies there once, however often it was sent");
}
