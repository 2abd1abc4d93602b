//! One person by many channels: each text in its own conversation, all of them in one file.

use super::world::World;
use ringdesk_model::{Clock as _, InboxId, Pii};
use ringdesk_operations::texts::InboundText;
use serde_json::{Value, json};

/// By how many platforms one person comes.
const CHANNELS: usize = 8;

/// Eight inboxes are written to by one person: eight matters, told apart by their inbox; made one file, it has eight identities, by each of
/// which they are known again.
///
/// Rows: N44, N45, S9.6
#[tokio::test]
async fn one_person_comes_by_eight_channels() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let mut inboxes: Vec<InboxId> = Vec::new();
    for n in 0..CHANNELS {
        let mut wish = json!({ "name": format!("Channel {n}"), "queue": world.queues["support"] });
        if n % 2 == 1 {
            wish["site"] = json!({ "allowed": ["*"] });
        }
        let made = world.api(&admin, "POST", "text_inboxes", wish).await;
        assert_eq!(made.status, 201, "{}", made.body);
        inboxes.push(made.body["id"].as_str().unwrap().parse().unwrap());
    }
    let write = async |n: usize, name: &str| {
        let text = InboundText {
            name: name.into(),
            address: Pii::new(format!("mei-{n}")),
            contact_name: None,
            text: Pii::new(format!("by channel {n}")),
            files: Vec::new(),
            visit: None,
        };
        let (now, account) = (world.clock.now(), world.account);
        world.operations.receive_text(now, account, inboxes[n], &text).await.unwrap().conversation.to_string()
    };
    let contact = async |conversation: &str| {
        let of = world.get(&admin, &format!("conversations/{conversation}")).await;
        (of["contact"].as_str().unwrap().to_owned(), of["inbox"].clone())
    };
    let mut conversations = Vec::new();
    for (n, inbox) in inboxes.iter().enumerate() {
        let conversation = write(n, "m-1").await;
        assert_eq!(contact(&conversation).await.1, json!(inbox), "by its own channel");
        let lines = world.get(&admin, &format!("conversations/{conversation}/messages")).await;
        assert_eq!(
            lines[0]["text"],
            json!(format!("by channel {n}")),
            "the same name by another channel is another text"
        );
        conversations.push(conversation);
    }
    let kept = contact(&conversations[0]).await.0;
    for conversation in &conversations[1..] {
        let gone = contact(conversation).await.0;
        assert_ne!(gone, kept, "nobody is linked by a guess");
        let made = world.api(&admin, "POST", &format!("contacts/{kept}/merges"), json!({ "gone": gone })).await;
        assert_eq!(made.status, 201, "{}", made.body);
    }
    let file = world.get(&admin, &format!("contacts/{kept}")).await;
    assert_eq!(file["identities"].as_array().map(Vec::len), Some(CHANNELS), "{file}");
    for (n, conversation) in conversations.iter().enumerate() {
        assert_eq!(&write(n, "m-2").await, conversation, "it goes on by its own channel");
        assert_eq!(contact(conversation).await.0, kept, "known again by channel {n}");
    }
    let list = world.get(&admin, &format!("conversations?contact={kept}")).await;
    assert_eq!(list.as_array().map(Vec::len), Some(CHANNELS), "{list}");
    let answer = json!({ "client_id": "a", "text": "hello" });
    let path = format!("conversations/{}/messages", conversations[CHANNELS - 1]);
    assert_eq!(world.api(&admin, "POST", &path, answer).await.status, 201);
    let others = world.get(&admin, &format!("conversations/{}/messages", conversations[0])).await;
    let answered = others.as_array().unwrap().iter().any(|line| line["speaker"] == "agent");
    assert!(!answered, "an answer leaves by the channel it was written in: {others}");
    assert_eq!(world.api(&admin, "GET", &format!("contacts/{kept}/timeline"), Value::Null).await.status, 200);
}
