//! Visitors of web sites: known by their token alone, and what was said of them kept sealed.

use crate::world::{START, World};
use ringdesk_model::{Channel, ContactId, ConversationId, InboxId, Medium, Pii, WorkItemId};
use ringdesk_storage::contacts::Identity;
use ringdesk_storage::inboxes::{self, Inbox};
use ringdesk_storage::journal::{ConversationOpened, Queued};
use ringdesk_storage::texts::{self, NewTextLine};
use ringdesk_storage::{Tx, text_matters, visitors};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

on_both! {
    a_visitor_is_who_shows_the_token
    a_conversation_remembers_from_where_it_was_begun
    who_came_first_is_first
}

async fn inbox(world: &World, tx: &mut Tx, name: &str) -> InboxId {
    let id: InboxId = world.id(START);
    let (name, numbers) = (name.to_owned(), vec![]);
    let row = Inbox { id, channel: Channel::WebChat, name, numbers, flow: None, closure: None };
    inboxes::create(tx, world.account, &row).await.unwrap();
    id
}

/// Rows: S1.3, S12.2
async fn a_visitor_is_who_shows_the_token(world: World) {
    let mut tx = world.write().await;
    let (shop, blog) = (inbox(&world, &mut tx, "Shop").await, inbox(&world, &mut tx, "Blog").await);
    let id = world.id(START);
    visitors::create(&mut tx, &world.key, START, (id, shop), "MARKER-token").await.unwrap();
    let mut who =
        async |inbox, token: &str, since| visitors::by_token(&mut tx, &world.key, (inbox, token), since).await.unwrap();
    let before = ringdesk_model::Timestamp(START.0 - 1);
    assert_eq!(who(shop, "MARKER-token", before).await, Some(id));
    assert_eq!(who(shop, "MARKER-other", before).await, None);
    assert_eq!(who(blog, "MARKER-token", before).await, None, "of another inbox");
    assert_eq!(who(shop, "MARKER-token", START).await, None, "not seen since");
    let hour = 3_600_000_000;
    visitors::seen(&mut tx, world.account, id, START + SECOND, hour).await.unwrap();
    let seen = visitors::by_token(&mut tx, &world.key, (shop, "MARKER-token"), START).await.unwrap();
    assert_eq!(seen, None, "a second later is not written");
    visitors::seen(&mut tx, world.account, id, START + SECOND * 3_601, hour).await.unwrap();
    let seen = visitors::by_token(&mut tx, &world.key, (shop, "MARKER-token"), START).await.unwrap();
    assert_eq!(seen, Some(id));
}

async fn matter(world: &World, inbox: InboxId, who: &str, after: u32) -> (ConversationId, WorkItemId) {
    let at = START + SECOND * after;
    let (id, item, contact): (ConversationId, WorkItemId, ContactId) = (world.id(at), world.id(at), world.id(at));
    let identity = Identity { kind: "channel", value: Pii::new(who.to_owned()) };
    let mut set = world.set();
    let (channel, contact) = (Channel::WebChat, Some((identity, contact)));
    set.open_conversation(ConversationOpened { id, channel, inbox: Some(inbox), at, contact }).unwrap();
    set.queued(Queued { id: item, conversation: id, call: None, queue: world.queue, medium: Medium::Text, at });
    world.commit(&set).await;
    let mut tx = world.write().await;
    text_matters::begin(&mut tx, &world.key, at, (id, world.queue), &Pii::new(who.to_owned())).await.unwrap();
    tx.commit().await.unwrap();
    (id, item)
}

/// Rows: S9.1, S12.2
async fn a_conversation_remembers_from_where_it_was_begun(world: World) {
    let mut tx = world.write().await;
    let shop = inbox(&world, &mut tx, "Shop").await;
    tx.commit().await.unwrap();
    let (conversation, _) = matter(&world, shop, "MARKER-visitor", 0).await;
    let mut tx = world.write().await;
    assert_eq!(visitors::visit(&mut tx, &world.key, conversation).await.unwrap(), None);
    let said = Pii::new(r#"{"page":"https://MARKER.example"}"#.to_owned());
    visitors::begin_visit(&mut tx, &world.key, START, conversation, &said).await.unwrap();
    assert_eq!(visitors::visit(&mut tx, &world.key, conversation).await.unwrap(), Some((said, START)));

    let identity = Identity { kind: "channel", value: Pii::new("MARKER-visitor".to_owned()) };
    let contact = ringdesk_storage::contacts::by_identity(&mut tx, &world.key, &identity).await.unwrap().unwrap();
    let newest = visitors::newest_of(&mut tx, world.account, contact, shop).await.unwrap();
    assert_eq!(newest, Some((conversation, 0, None)));
    let text = Pii::new("MARKER hello".to_owned());
    let agent = Some(world.agents[0]);
    let (id, kind, speaker, at) = (world.id(START), "message", "agent", START);
    let line = NewTextLine { id, conversation, kind, speaker, agent, text: &text, at };
    assert_eq!(texts::append_line(&mut tx, &world.key, &line).await.unwrap(), 1);
    let lines = visitors::lines(&mut tx, &world.key, conversation, 0, 9).await.unwrap();
    assert_eq!((lines.len(), lines[0].seq, lines[0].agent.as_deref()), (1, 1, Some("Agent")));
    assert!(!lines[0].recalled && lines[0].text == text);
    assert!(visitors::lines(&mut tx, &world.key, conversation, 1, 9).await.unwrap().is_empty());
}

/// Rows: S7.6
async fn who_came_first_is_first(world: World) {
    let mut tx = world.write().await;
    let shop = inbox(&world, &mut tx, "Shop").await;
    tx.commit().await.unwrap();
    let (_, second) = matter(&world, shop, "b", 20).await;
    let (first, item) = matter(&world, shop, "a", 10).await;
    let mut tx = world.write().await;
    let place = async |tx: &mut Tx, item| visitors::place_in_queue(tx, world.account, item).await.unwrap();
    assert_eq!(place(&mut tx, item).await, Some((world.queue, 1, START + SECOND * 10)));
    assert_eq!(place(&mut tx, second).await, Some((world.queue, 2, START + SECOND * 20)));
    let of = async |tx: &mut Tx| visitors::waiting(tx, world.account).await.unwrap();
    let waits = of(&mut tx).await;
    assert_eq!(waits.len(), 2, "everybody at once");
    assert_eq!(waits[0], (first, world.queue, START + SECOND * 10), "as they came");
    text_matters::close(&mut tx, world.account, first, START + SECOND * 30).await.unwrap();
    assert_eq!(of(&mut tx).await.len(), 1);
    assert_eq!(place(&mut tx, item).await, None, "it waits no more");
    assert_eq!(place(&mut tx, second).await, Some((world.queue, 1, START + SECOND * 20)));
    assert!(visitors::last_waits(&mut tx, world.account, world.queue, START).await.unwrap().is_empty());
}
