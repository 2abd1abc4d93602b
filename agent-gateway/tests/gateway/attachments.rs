//! Files beside texts: brought, refused, sent, opened by who may, taken back.

use super::world::{Login, World};
use ringdesk_model::{Clock as _, InboxId, Pii};
use ringdesk_operations::OperationError;
use ringdesk_operations::texts::InboundText;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// A picture by its mark, and readable in any log it should not be in.
const PICTURE: &str = "GIF89a MARKER-picture";

async fn bridge(world: &World, admin: &Login) -> InboxId {
    let wish = json!({ "name": "Bridge", "queue": world.queues["support"], "webhook": "https://bridge.example/hook" });
    world.api(admin, "POST", "text_inboxes", wish).await.body["id"].as_str().unwrap().parse().unwrap()
}

fn text(name: &str, words: &str, files: Vec<uuid::Uuid>) -> InboundText {
    InboundText {
        name: name.into(),
        address: Pii::new("mei".into()),
        contact_name: None,
        text: Pii::new(words.into()),
        files,
        visit: None,
    }
}

/// One that a contact has sent.
pub(crate) async fn sent_file(world: &World, inbox: InboxId) -> uuid::Uuid {
    let (now, name) = (world.clock.now(), Pii::new("cat.gif".to_owned()));
    let file = world.operations.receive_file(now, world.account, inbox, (&name, PICTURE.into())).await.unwrap();
    let text = text("m-0", "", vec![file.id]);
    world.operations.receive_text(now, world.account, inbox, &text).await.unwrap();
    file.id
}

async fn bring(world: &World, who: &Login, conversation: &str, name: &str, content: &str) -> (u16, Value) {
    let path = format!("/api/v1/accounts/{}/conversations/{conversation}/attachments?name={name}", who.account);
    let got = world.send_as("POST", &path, Some(&who.token), "application/octet-stream", content).await;
    (got.status, got.body)
}

fn files(folder: &Path) -> Vec<Vec<u8>> {
    let Ok(all) = std::fs::read_dir(folder) else { return Vec::new() };
    let (folders, files): (Vec<_>, Vec<_>) = all.map(|one| one.unwrap().path()).partition(|path| path.is_dir());
    let here = files.into_iter().map(|path| std::fs::read(path).unwrap());
    here.chain(folders.iter().flat_map(|path| self::files(path))).collect()
}

/// Rows: S3.1, S3.2, S3.3, S3.4
#[tokio::test]
async fn a_file_is_brought_sent_and_opened_by_who_may_read_its_text() {
    let world = World::start().await;
    let (admin, agent) = (world.login("admin").await, world.login("agent1").await);
    let inbox = bridge(&world, &admin).await;
    let (now, account) = (world.clock.now(), world.account);
    let got = world.operations.receive_text(now, account, inbox, &text("m-1", "look", Vec::new())).await.unwrap();
    let of = got.conversation.to_string();

    for (name, content, status, says) in [
        ("cat.png", PICTURE, 422, "gif"),
        ("cat.gif", "", 422, "empty"),
        ("tool.exe", "MZ\u{1}", 422, "not taken"),
        ("page.html", "<script>alert(1)</script>", 422, "txt"),
    ] {
        let (got, body) = bring(&world, &admin, &of, name, content).await;
        assert_eq!(got, status, "{name}: {body}");
        assert!(body["detail"].as_str().unwrap().contains(says), "{name}: {body}");
    }
    assert_eq!(bring(&world, &agent, &of, "cat.gif", PICTURE).await.0, 404, "no part in it");

    let (status, file) = bring(&world, &admin, &of, "%E7%8C%AB.gif", PICTURE).await;
    assert_eq!((status, &file["name"], &file["kind"]), (201, &json!("猫.gif"), &json!("picture")), "{file}");
    let id = file["id"].as_str().unwrap();
    let path = format!("attachments/{id}");
    assert_eq!(world.api(&agent, "GET", &path, Value::Null).await.status, 404, "it was not sent yet");

    let send = async |client_id: &str, words: &str| {
        let body = json!({ "client_id": client_id, "text": words, "attachments": [id] });
        world.api(&admin, "POST", &format!("conversations/{of}/messages"), body).await
    };
    let sent = send("c-1", "").await;
    assert_eq!(sent.status, 201, "{}", sent.body);
    assert_eq!(send("c-1", "").await.status, 200, "sent again it is the same text");
    assert_eq!(send("c-2", "again").await.status, 404, "a file goes with one text");
    let twice = json!({ "client_id": "c-3", "text": "x", "attachments": [id, id] });
    assert_ne!(world.api(&admin, "POST", &format!("conversations/{of}/messages"), twice).await.status, 201);

    let lines = world.get(&admin, &format!("conversations/{of}/messages")).await;
    let line = lines.as_array().unwrap().iter().find(|line| line["seq"] == sent.body["seq"]).unwrap();
    assert_eq!((&line["text"], &line["attachments"]), (&json!(""), &json!([file])));

    let whole = world.api(&admin, "GET", &path, Value::Null).await;
    assert_eq!((whole.status, &whole.body), (200, &json!(PICTURE)), "byte by byte");
    let head = whole.head.to_lowercase();
    for said in ["image/gif", "inline; filename*=utf-8''%e7%8c%ab.gif", "nosniff", "default-src 'none'; sandbox"] {
        assert!(head.contains(said), "{said}: {head}");
    }
    assert_eq!(world.api(&agent, "GET", &path, Value::Null).await.status, 404, "no part in the conversation");
    let range = format!("/api/v1/accounts/{}/{path}", admin.account);
    let bearer = format!("Bearer {}", admin.token);
    let part = world.send_with("GET", &range, &[("Authorization", &bearer), ("Range", "bytes=0-5")], "").await;
    assert_eq!((part.status, &part.body), (206, &json!("GIF89a")));

    let audit = world.get(&admin, "audit?limit=100").await.to_string();
    assert!(audit.contains("attachment.bring") && audit.contains("attachment.open"), "{audit}");
    let sealed = files(&world.operations.store().folder().join("attachments"));
    assert_eq!(sealed.len(), 1);
    assert!(!sealed[0].windows(6).any(|part| part == b"MARKER"), "what lies on the disk cannot be read");
}

/// A PDF is looked at in a page of ours, by the browser's own viewer; nothing else may be framed, and no other page frames it.
///
/// Rows: S3.1
#[tokio::test]
async fn a_pdf_is_looked_at_where_it_stands() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let inbox = bridge(&world, &admin).await;
    let mut heads = Vec::new();
    for (n, (name, content)) in
        [("a.pdf", "%PDF-1.7 MARKER"), ("a.gif", PICTURE), ("a.txt", "plain")].into_iter().enumerate()
    {
        let (now, name) = (world.clock.now(), Pii::new(name.to_owned()));
        let file = world.operations.receive_file(now, world.account, inbox, (&name, content.into())).await.unwrap();
        let text = text(&format!("m-{n}"), "", vec![file.id]);
        world.operations.receive_text(now, world.account, inbox, &text).await.unwrap();
        let got = world.api(&admin, "GET", &format!("attachments/{}", file.id), Value::Null).await;
        assert_eq!(got.status, 200);
        heads.push(got.head.to_lowercase());
    }
    let says = |n: usize, what: &str| heads[n].contains(what);
    assert!(says(0, "inline;") && !says(0, "x-frame-options") && says(0, "nosniff"), "{}", heads[0]);
    assert!(says(0, "default-src 'none'; sandbox; frame-ancestors 'self'"), "{}", heads[0]);
    assert!(says(1, "inline;") && says(1, "x-frame-options: deny"), "{}", heads[1]);
    assert!(says(2, "attachment;") && says(2, "x-frame-options: deny"), "{}", heads[2]);
}

/// Rows: S3.4, S3.1
#[tokio::test]
async fn a_link_ends_with_time_and_with_its_text() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let inbox = bridge(&world, &admin).await;
    let (now, account, ops) = (world.clock.now(), world.account, &world.operations);
    let name = Pii::new("voice.ogg".to_owned());
    let sound = b"OggS MARKER-sound".to_vec();
    let theirs = ops.receive_file(now, account, inbox, (&name, sound.clone())).await.unwrap();
    let got = ops.receive_text(now, account, inbox, &text("m-1", "", vec![theirs.id])).await.unwrap();
    let of = got.conversation.to_string();
    let path = format!("attachments/{}", theirs.id);
    assert_eq!(world.api(&admin, "GET", &path, Value::Null).await.body, json!("OggS MARKER-sound"));
    let unknown = ops.receive_text(now, account, inbox, &text("m-2", "", vec![theirs.id])).await;
    assert!(matches!(unknown, Err(OperationError::NotFound("file"))), "one file, one text: {unknown:?}");
    let nothing = ops.receive_text(now, account, inbox, &text("m-3", " ", Vec::new())).await;
    assert!(matches!(nothing, Err(OperationError::Refused(_))));

    let (_, file) = bring(&world, &admin, &of, "cat.gif", PICTURE).await;
    let body = json!({ "client_id": "c-1", "text": "here", "attachments": [file["id"]] });
    let sent = world.api(&admin, "POST", &format!("conversations/{of}/messages"), body).await;
    let message = sent.body["id"].as_str().unwrap().parse().unwrap();
    let leaving = ops.files_leaving(now, account, message).await.unwrap();
    let [(_, link)] = &leaving[..] else { panic!("one file leaves") };
    let public = |link: &str| format!("/public/api/v1/attachments/{link}");
    let open = world.send("GET", &public(link), None, "").await;
    assert_eq!((open.status, &open.body), (200, &json!(PICTURE)));
    let mut other = link.clone().into_bytes();
    other[80] = if other[80] == b'0' { b'1' } else { b'0' };
    for wrong in [String::from_utf8(other).unwrap(), link[2..].to_owned(), "x".repeat(link.len())] {
        assert_eq!(world.send("GET", &public(&wrong), None, "").await.status, 404);
    }
    let later = now + Duration::from_secs(4 * 86_400);
    assert!(matches!(ops.open_file_by_link(later, link).await, Err(OperationError::Over("this link"))));

    let line = format!("conversations/{of}/messages/{}", sent.body["seq"]);
    assert_eq!(world.api(&admin, "DELETE", &line, Value::Null).await.status, 200);
    assert_eq!(world.send("GET", &public(link), None, "").await.status, 410, "recalled with its text");
    let path = format!("attachments/{}", file["id"].as_str().unwrap());
    assert_eq!(world.api(&admin, "GET", &path, Value::Null).await.status, 404);
}

/// What nobody sent is thrown away after a day, and nothing else.
#[tokio::test]
async fn what_was_brought_in_vain_goes_away() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let inbox = bridge(&world, &admin).await;
    let (now, account, ops) = (world.clock.now(), world.account, &world.operations);
    let name = Pii::new("a.gif".to_owned());
    let bring = async || ops.receive_file(now, account, inbox, (&name, PICTURE.into())).await.unwrap();
    let (kept, _vain) = (bring().await, bring().await);
    ops.receive_text(now, account, inbox, &text("m-1", "", vec![kept.id])).await.unwrap();
    let hour = |n: u64| now + Duration::from_secs(n * 3_600);
    assert_eq!(ops.sweep_files(hour(23), account).await.unwrap(), 0);
    assert_eq!(ops.sweep_files(hour(25), account).await.unwrap(), 1);
    assert_eq!(files(&ops.store().folder().join("attachments")).len(), 1);
    let path = format!("attachments/{}", kept.id);
    assert_eq!(world.api(&admin, "GET", &path, Value::Null).await.status, 200);
}
