//! What rules of an account ask of the past.

use crate::world::{START, World};
use ringdesk_model::{Channel, ContactId, ConversationId, Pii, Priority, QueueId, Timestamp};
use ringdesk_storage::contacts::Identity;
use ringdesk_storage::journal::ConversationOpened;
use ringdesk_storage::rules;
use ringdesk_storage::texts::{self, NewTextLine};
use ringdesk_storage::{conversations, text_matters};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);

on_both! {
    the_past_of_a_contact_is_counted_up_to_a_conversation
    what_rules_said_is_kept_sealed
}

/// A conversation of one contact, some days after the start.
async fn talk(world: &World, days: u32, said: &str) -> (ConversationId, ContactId) {
    let at = START + DAY * days;
    let (id, contact): (ConversationId, ContactId) = (world.id(at), world.id(at));
    let identity = Identity { kind: "channel", value: Pii::new("MARKER-mei".to_owned()) };
    let mut set = world.set();
    let (channel, contact) = (Channel::Api, Some((identity, contact)));
    set.open_conversation(ConversationOpened { id, channel, inbox: None, at, contact }).unwrap();
    world.commit(&set).await;
    let mut tx = world.write().await;
    text_matters::begin(&mut tx, &world.key, at, (id, world.queue), &Pii::new("MARKER-mei".into())).await.unwrap();
    for (speaker, text) in [("system", "welcome"), ("contact", said), ("contact", "and more")] {
        let (kind, agent, text) = ("message", None, Pii::new(text.to_owned()));
        let line = NewTextLine { id: world.id(at), conversation: id, kind, speaker, agent, text: &text, at };
        texts::append_line(&mut tx, &world.key, &line).await.unwrap();
    }
    tx.commit().await.unwrap();
    let view = conversations::get(&mut world.read().await, &world.key, &world.everyone(), id).await.unwrap().unwrap();
    (id, view.contact.unwrap())
}

/// Rows: S9.11
async fn the_past_of_a_contact_is_counted_up_to_a_conversation(world: World) {
    let mut talks = Vec::new();
    for days in [0, 5, 10] {
        talks.push(talk(&world, days, "MARKER it broke").await);
    }
    let (last, contact) = talks[2];
    let mut tx = world.read().await;
    let mut before = async |since: Timestamp, id| {
        rules::conversations_before(&mut tx, world.account, contact, (since, id)).await.unwrap()
    };
    assert_eq!(before(START, last).await, 2);
    assert_eq!(before(START + DAY, last).await, 1);
    assert_eq!(before(START, talks[0].0).await, 0, "not itself");
    let span = (START, START + DAY * 20);
    assert_eq!(rules::tickets_between(&mut tx, world.account, contact, span).await.unwrap(), 0);
    let first = rules::first_words(&mut tx, &world.key, last).await.unwrap().unwrap();
    assert_eq!(first.reveal(), "MARKER it broke");
    assert_eq!(rules::first_queue(&mut tx, world.account, last).await.unwrap(), None, "it never waited");
}

/// Rows: S7.2, S12.2
async fn what_rules_said_is_kept_sealed(world: World) {
    let (id, _) = talk(&world, 0, "hello").await;
    let mut tx = world.write().await;
    assert_eq!(rules::ruling(&mut tx, &world.key, id).await.unwrap(), None);
    let (queue, why): (QueueId, _) = (world.id(START), Pii::new("MARKER-why".to_owned()));
    rules::ruled(&mut tx, &world.key, id, (queue, Priority(-7)), &why).await.unwrap();
    assert_eq!(rules::ruling(&mut tx, &world.key, id).await.unwrap(), Some((queue, why)));
    let matter = text_matters::get(&mut tx, &world.key, id).await.unwrap().unwrap();
    assert_eq!(matter.queue, queue);
}
