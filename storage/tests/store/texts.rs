//! Texts and the matters they belong to.

use crate::world::{START, World};
use ringdesk_conversations::TextState;
use ringdesk_model::{AgentId, Channel, ConversationId, InboxId, Medium, Pii, WorkItemId};
use ringdesk_storage::inboxes::{self, Inbox};
use ringdesk_storage::journal::{ConversationOpened, Queued};
use ringdesk_storage::search::{self, Filter};
use ringdesk_storage::text_inboxes::{self, Secret};
use ringdesk_storage::text_matters::{self, Cursors};
use ringdesk_storage::texts::{self, NewTextLine, Sending};
use ringdesk_storage::{conversations, recovery, routing};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

on_both! {
    a_text_sent_by_many_at_once_is_one
    texts_of_many_writers_have_no_gaps
    what_was_recalled_is_a_tombstone_and_found_no_more
    cursors_only_grow
    texts_outlive_their_server
    secrets_overlap_while_they_are_changed
}

/// A matter by text that waits.
async fn matter(world: &World) -> (ConversationId, WorkItemId, InboxId) {
    let (id, item, inbox) = (world.id(START), world.id(START), world.id(START));
    let mut set = world.set();
    let (channel, contact) = (Channel::Api, None);
    set.open_conversation(ConversationOpened { id, channel, inbox: Some(inbox), at: START, contact }).unwrap();
    set.queued(Queued { id: item, conversation: id, call: None, queue: world.queue, medium: Medium::Text, at: START });
    world.commit(&set).await;
    let mut tx = world.write().await;
    let address = Pii::new("MARKER-address".to_owned());
    text_matters::begin(&mut tx, &world.key, START, (id, world.queue), &address).await.unwrap();
    tx.commit().await.unwrap();
    (id, item, inbox)
}

/// As the use case sends: hold, look, write.
async fn send(world: &World, conversation: ConversationId, name: &str, text: &str) -> (i64, bool) {
    let sent_as = world.key.blind("sent_as", name);
    let mut tx = world.write().await;
    assert!(texts::hold(&mut tx, world.account, conversation).await.unwrap());
    if let Some(there) = texts::sent_as(&mut tx, &world.key, &sent_as).await.unwrap() {
        return (there.seq, false);
    }
    let line = NewTextLine {
        id: world.id(START),
        conversation,
        kind: "message",
        speaker: "agent",
        agent: Some(world.agents[0]),
        text: &Pii::new(text.to_owned()),
        at: START,
    };
    let sending = Sending { author: None, sent_as, goes_out: true };
    let seq = texts::append(&mut tx, &world.key, &line, &sending).await.unwrap();
    tx.commit().await.unwrap();
    (seq, true)
}

/// Rows: S2.8, S2.9
async fn a_text_sent_by_many_at_once_is_one(world: World) {
    let (conversation, ..) = matter(&world).await;
    let world = Arc::new(world);
    let tries: Vec<_> = (0..12)
        .map(|_| {
            let world = world.clone();
            tokio::spawn(async move { send(&world, conversation, "same", "once").await })
        })
        .collect();
    let mut answers = BTreeSet::new();
    let mut written = 0;
    for one in tries {
        let (seq, new) = one.await.unwrap();
        answers.insert(seq);
        written += u32::from(new);
    }
    assert_eq!((answers, written), (BTreeSet::from([1]), 1));
    assert_eq!(send(&world, conversation, "other", "once").await, (2, true));
}

/// Rows: S2.10
async fn texts_of_many_writers_have_no_gaps(world: World) {
    let (conversation, ..) = matter(&world).await;
    let world = Arc::new(world);
    let writers: Vec<_> = (0..8)
        .map(|w| {
            let world = world.clone();
            tokio::spawn(async move {
                for n in 0..10 {
                    if n == 5 {
                        // What is not committed leaves no gap.
                        let mut tx = world.write().await;
                        let text = Pii::new("never".to_owned());
                        let id = world.id(START);
                        let (kind, speaker, agent, at) = ("message", "agent", None, START);
                        let line = NewTextLine { id, conversation, kind, speaker, agent, text: &text, at };
                        texts::append_line(&mut tx, &world.key, &line).await.unwrap();
                    }
                    send(&world, conversation, &format!("{w}-{n}"), "text").await;
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let mut tx = world.read().await;
    let all =
        conversations::messages(&mut tx, &world.key, &world.everyone(), conversation, (0, false), 200).await.unwrap();
    assert_eq!(all.iter().map(|m| m.seq).collect::<Vec<_>>(), (1..=80).collect::<Vec<_>>());
    assert!(all.iter().all(|m| m.state.as_deref() == Some("pending") && m.recalled_at.is_none()));
    // The end of a long talk, and what came before it.
    for (before, limit, expected) in [(i64::MAX, 30, 51..=80), (51, 30, 21..=50), (21, 30, 1..=20)] {
        let asked = (before, false);
        let (after, many) =
            conversations::newest_before(&mut tx, world.account, conversation, asked, limit).await.unwrap();
        let (scope, asked) = (world.everyone(), (after, false));
        let lines = conversations::messages(&mut tx, &world.key, &scope, conversation, asked, many).await.unwrap();
        assert_eq!(lines.iter().map(|m| m.seq).collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    }
    let none = conversations::newest_before(&mut tx, world.account, conversation, (1, false), 30).await.unwrap();
    assert_eq!(none, (0, 0));
    let waiting = texts::pending(&mut tx, &world.key, conversation, 100).await.unwrap();
    assert_eq!(waiting.iter().map(|m| m.seq).collect::<Vec<_>>(), (1..=80).collect::<Vec<_>>());
    texts::set_state(&mut world.write().await, world.account, waiting[0].id, TextState::Sent, None).await.unwrap();
}

/// Rows: S2.3, S12.2
async fn what_was_recalled_is_a_tombstone_and_found_no_more(world: World) {
    let (conversation, ..) = matter(&world).await;
    send(&world, conversation, "a", "MARKER rhubarb").await;
    let mut tx = world.write().await;
    let find = async |tx: &mut ringdesk_storage::Tx, word: &str| {
        let tokens: BTreeSet<String> = ringdesk_language::search::tokens(word);
        let scope = world.everyone();
        search::candidates(tx, &world.key, &scope, &tokens, &Filter::default(), None, 9).await.unwrap().len()
    };
    assert_eq!(find(&mut tx, "rhubarb").await, 1);
    let text = texts::get(&mut tx, &world.key, conversation, 1).await.unwrap().unwrap();
    let better = Pii::new("MARKER parsnip".to_owned());
    texts::change(&mut tx, &world.key, START + SECOND, &text, "agent", Some(&better)).await.unwrap();
    assert_eq!((find(&mut tx, "rhubarb").await, find(&mut tx, "parsnip").await), (0, 1));
    let edited = texts::get(&mut tx, &world.key, conversation, 1).await.unwrap().unwrap();
    assert!((edited.edited, edited.recalled, edited.text.reveal().as_str()) == (true, false, "MARKER parsnip"));
    texts::change(&mut tx, &world.key, START + SECOND, &edited, "agent", None).await.unwrap();
    assert_eq!(find(&mut tx, "parsnip").await, 0);
    let all =
        conversations::messages(&mut tx, &world.key, &world.everyone(), conversation, (0, false), 9).await.unwrap();
    assert_eq!((all[0].text.reveal().as_str(), all[0].recalled_at), ("", Some(START + SECOND)));
    let first = texts::first(&mut tx, &world.key, text.id).await.unwrap().unwrap();
    assert_eq!(first.reveal(), "MARKER rhubarb", "as it was sent first");
    assert!(
        texts::pending(&mut tx, &world.key, conversation, 9).await.unwrap().is_empty(),
        "it does not leave any more"
    );
}

/// Rows: S2.2
async fn cursors_only_grow(world: World) {
    let (conversation, ..) = matter(&world).await;
    let mut tx = world.write().await;
    let mut to = async |delivered, read, seen| {
        let to = Cursors { delivered, read, seen };
        text_matters::advance(&mut tx, world.account, conversation, to).await.unwrap()
    };
    assert_eq!(to(3, 0, 0).await, Some(Cursors { delivered: 3, read: 0, seen: 0 }));
    assert_eq!(to(2, 0, 0).await, None, "never back");
    assert_eq!(to(0, 5, 1).await, Some(Cursors { delivered: 5, read: 5, seen: 1 }), "what was read was delivered");
    assert_eq!(to(5, 4, 1).await, None);
    assert_eq!(to(6, 1, 0).await, Some(Cursors { delivered: 6, read: 5, seen: 1 }));
    let now = text_matters::cursors(&mut tx, world.account, conversation).await.unwrap();
    assert_eq!(now, Some(Cursors { delivered: 6, read: 5, seen: 1 }));
    let stranger = world.id(START);
    assert_eq!(text_matters::cursors(&mut tx, stranger, conversation).await.unwrap(), None, "another account's");
}

/// Rows: S1.21
async fn texts_outlive_their_server(world: World) {
    let (conversation, item, _) = matter(&world).await;
    let offer = world.propose(START + SECOND, item, world.agents[0]).await.expect("it waits");
    let mut tx = world.write().await;
    let end = routing::OfferEnd { offer, at: START + SECOND, outcome: "accepted".into() };
    routing::end_offers(&mut tx, world.account, &[end]).await.unwrap();
    let (by, about) = ((offer, world.agents[0]), (conversation, world.queue));
    text_matters::join(&mut tx, world.account, START + SECOND, by, about).await.unwrap();
    let of = text_matters::get(&mut tx, &world.key, conversation).await.unwrap().unwrap();
    assert_eq!((of.agent, of.address.reveal().as_str()), (Some(world.agents[0]), "MARKER-address"));
    let mine = text_matters::offers_of(&mut tx, &world.key, world.agents[0]).await.unwrap();
    assert_eq!(
        mine.iter().map(|o| (o.state.as_str(), o.waiting_since)).collect::<Vec<_>>(),
        [("accepted", Some(START))]
    );
    text_matters::answered(&mut tx, world.account, conversation, START + SECOND * 2).await.unwrap();
    let mine = text_matters::offers_of(&mut tx, &world.key, world.agents[0]).await.unwrap();
    assert_eq!(mine[0].waiting_since, None, "they have an answer");
    text_matters::contact_wrote(&mut tx, world.account, conversation, START + SECOND * 3).await.unwrap();
    text_matters::contact_wrote(&mut tx, world.account, conversation, START + SECOND * 4).await.unwrap();
    let mine = text_matters::offers_of(&mut tx, &world.key, world.agents[0]).await.unwrap();
    assert_eq!(mine[0].waiting_since, Some(START + SECOND * 3), "from the first that nobody answered");
    let recovered = recovery::recover(&mut tx, &world.key, START + SECOND * 9).await.unwrap();
    assert_eq!((recovered.work_items, recovered.offers, recovered.participations), (0, vec![offer], 1));
    let open = text_matters::open_texts(&mut tx, world.account, 9).await.unwrap();
    assert_eq!(
        open.iter().map(|o| (o.work_item, o.enqueued_at)).collect::<Vec<_>>(),
        [(item, START)],
        "its place is kept"
    );
    assert_eq!(open[0].known_to, Some(world.agents[0]));
    assert_eq!(text_matters::get(&mut tx, &world.key, conversation).await.unwrap().unwrap().agent, None::<AgentId>);
    text_matters::close(&mut tx, world.account, conversation, START + SECOND * 10).await.unwrap();
    assert!(text_matters::open_texts(&mut tx, world.account, 9).await.unwrap().is_empty());
    assert!(text_matters::open(&mut tx, &world.key, 9).await.unwrap().is_empty());
    let late = (world.id(START), world.agents[1]);
    text_matters::join(&mut tx, world.account, START + SECOND * 11, late, about).await.unwrap();
    let of = text_matters::get(&mut tx, &world.key, conversation).await.unwrap().unwrap();
    assert_eq!(of.agent, None, "nobody has in hand what is closed");
}

async fn secrets_overlap_while_they_are_changed(world: World) {
    let mut tx = world.write().await;
    let id: InboxId = world.id(START);
    let (channel, name, numbers, flow, closure) = (Channel::Api, "Bridge".to_owned(), vec![], None, None);
    inboxes::create(&mut tx, world.account, &Inbox { id, channel, name, numbers, flow, closure }).await.unwrap();
    text_inboxes::put(&mut tx, world.account, id, world.queue, "{}").await.unwrap();
    text_inboxes::put(&mut tx, world.account, id, world.queue, r#"{"a":1}"#).await.unwrap();
    let all = text_inboxes::all(&mut tx, world.account).await.unwrap();
    assert_eq!(
        all.iter().map(|i| (i.channel, i.settings.as_str())).collect::<Vec<_>>(),
        [(Channel::Api, r#"{"a":1}"#)]
    );
    assert_eq!(text_inboxes::account_of(&mut tx, id).await.unwrap(), Some(world.account));
    assert_eq!(text_inboxes::account_of(&mut tx, world.id(START)).await.unwrap(), None);
    let secret = |n: u32| Secret {
        id: world.id(START + SECOND * n),
        secret: Pii::new(format!("MARKER-{n}")),
        made_at: START + SECOND * n,
        ends_at: None,
    };
    text_inboxes::add_secret(&mut tx, &world.key, id, &secret(1), START + SECOND * 9).await.unwrap();
    text_inboxes::add_secret(&mut tx, &world.key, id, &secret(2), START + SECOND * 9).await.unwrap();
    let mut good = async |n: u32| {
        let found = text_inboxes::secrets(&mut tx, &world.key, id, START + SECOND * n).await.unwrap();
        found.into_iter().map(|s| s.secret.into_inner()).collect::<Vec<_>>()
    };
    assert_eq!(good(8).await, ["MARKER-2", "MARKER-1"]);
    assert_eq!(good(9).await, ["MARKER-2"]);
}
