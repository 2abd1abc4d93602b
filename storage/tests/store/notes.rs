//! Notes, tags, drafts, and the list of conversations by them.

use crate::world::{START, World};
use ringdesk_language::search::tokens;
use ringdesk_model::{Channel, ConversationId, NoteId, Pii, Scope, TagId, UserId};
use ringdesk_storage::conversation_list::{self, Listed, ListedState};
use ringdesk_storage::notes::{self, Note};
use ringdesk_storage::search::{self, Filter};
use ringdesk_storage::tags::{self, Tag};
use ringdesk_storage::{Tx, drafts, users};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

on_both! {
    pinned_notes_stand_before_the_newest
    conversations_are_marked_with_tags_of_the_list
    a_draft_is_of_one_person_and_the_oldest_make_room
    the_list_is_filtered_and_paged
    a_note_is_found_by_its_words
}

async fn conversation(world: &World) -> ConversationId {
    let mut set = world.set();
    let waiting = world.call_in(&mut set, START, "+49301234567");
    world.commit(&set).await;
    waiting.conversation
}

/// Rows: S7.20, S7.21, S12.2
async fn pinned_notes_stand_before_the_newest(world: World) {
    let conversation = conversation(&world).await;
    let mut tx = world.write().await;
    let note = |n: u32, text: &str, pinned| Note {
        id: world.id::<NoteId>(START + SECOND * n),
        conversation,
        author: Some(world.id::<UserId>(START)),
        agent: Some(world.agents[0]),
        text: Pii::new(text.to_owned()),
        pinned,
        at: START + SECOND * n,
        edited_at: None,
    };
    let (old, mut middle, new) = (note(1, "first", true), note(2, "MARKER-second", false), note(3, "third", false));
    for one in [&old, &middle, &new] {
        notes::insert(&mut tx, &world.key, one).await.unwrap();
    }
    let all = notes::of_conversation(&mut tx, &world.key, conversation).await.unwrap();
    assert_eq!(all, [old.clone(), new.clone(), middle.clone()]);
    (middle.text, middle.pinned) = (Pii::new("changed".into()), true);
    middle.edited_at = Some(START + SECOND * 9);
    assert!(notes::change(&mut tx, &world.key, &middle).await.unwrap());
    assert_eq!(notes::get(&mut tx, &world.key, middle.id).await.unwrap(), Some(middle.clone()));
    assert!(notes::remove(&mut tx, &world.key, old.id).await.unwrap());
    assert!(!notes::remove(&mut tx, &world.key, old.id).await.unwrap(), "once");
    let all = notes::of_conversation(&mut tx, &world.key, conversation).await.unwrap();
    assert_eq!(all, [middle, new]);
}

/// Rows: S2.14
async fn conversations_are_marked_with_tags_of_the_list(world: World) {
    let conversation = conversation(&world).await;
    let mut tx = world.write().await;
    let tag = |name: &str| Tag::named(world.id(START), name);
    let (complaint, price) = (tag("complaint"), tag("价格"));
    for one in [&price, &complaint] {
        tags::put(&mut tx, world.account, one).await.unwrap();
    }
    let by = Some(world.id::<UserId>(START));
    for one in [complaint.id, complaint.id, price.id] {
        tags::add(&mut tx, START, world.account, conversation, one, by).await.unwrap();
    }
    tags::take(&mut tx, world.account, conversation, price.id).await.unwrap();
    let other: ConversationId = world.id(START);
    let of = tags::of(&mut tx, world.account, &[conversation, other]).await.unwrap();
    assert_eq!(of, BTreeMap::from([(conversation, BTreeSet::from([complaint.id]))]));
    let gone = Tag { colour: Some("#d46b08".into()), disabled: true, ..price.clone() };
    tags::put(&mut tx, world.account, &gone).await.unwrap();
    assert_eq!(tags::all(&mut tx, world.account).await.unwrap(), [complaint, gone]);
    let taken = tags::put(&mut tx, world.account, &tag("complaint")).await.unwrap_err();
    assert!(taken.is_conflict(), "{taken}");
}

/// Rows: S7.29, S12.2
async fn a_draft_is_of_one_person_and_the_oldest_make_room(world: World) {
    let first = conversation(&world).await;
    let mut tx = world.write().await;
    let mut user = async |login: &str| {
        let new = users::User {
            id: world.id(START),
            account: world.account,
            login: login.into(),
            name: login.into(),
            roles: vec![],
            agent: None,
            extension: None,
            disabled: false,
            version: 1,
        };
        users::create(&mut tx, START, &new, "hash").await.unwrap();
        new.id
    };
    let (mine, theirs) = (user("a").await, user("b").await);
    let text = |n: u32| Pii::new(format!("{{\"note\":\"MARKER {n}\"}}"));
    let key = &world.key;
    drafts::put(&mut tx, key, START, mine, first, &text(0)).await.unwrap();
    drafts::put(&mut tx, key, START + SECOND, mine, first, &text(1)).await.unwrap();
    assert_eq!(drafts::get(&mut tx, key, mine, first).await.unwrap(), Some((START + SECOND, text(1))));
    assert_eq!(drafts::get(&mut tx, key, theirs, first).await.unwrap(), None);
    assert!(!drafts::drop(&mut tx, world.account, theirs, first).await.unwrap());
    tx.commit().await.unwrap();
    for n in 2..52 {
        let other = conversation(&world).await;
        let mut tx = world.write().await;
        drafts::put(&mut tx, key, START + SECOND * n, mine, other, &text(n)).await.unwrap();
        tx.commit().await.unwrap();
    }
    let mut tx = world.write().await;
    assert_eq!(drafts::get(&mut tx, key, mine, first).await.unwrap(), None, "fifty newer ones");
    assert!(!drafts::drop(&mut tx, world.account, mine, first).await.unwrap());
}

/// Rows: S2.14, S7.12
async fn the_list_is_filtered_and_paged(world: World) {
    let mut all = Vec::new();
    for n in 0..6u32 {
        let (mut set, at) = (world.set(), START + SECOND * n);
        let waiting = world.call_in(&mut set, at, &format!("+4930123456{n}"));
        if n > 1 {
            world.joined(&mut set, &waiting, world.agents[(n % 2) as usize], at);
        }
        if n > 3 {
            world.end(&mut set, &waiting, at + SECOND);
        }
        world.commit(&set).await;
        all.push(waiting.conversation);
    }
    let tag = Tag::named(world.id::<TagId>(START), "complaint");
    let mut tx = world.write().await;
    tags::put(&mut tx, world.account, &tag).await.unwrap();
    tags::add(&mut tx, START, world.account, all[2], tag.id, None).await.unwrap();
    let mut list = async |wanted: Listed| {
        let found = conversation_list::list(&mut tx, &world.key, &world.everyone(), &wanted, 3).await.unwrap();
        found.iter().map(|c| all.iter().position(|a| *a == c.id).unwrap()).collect::<Vec<_>>()
    };
    let page = Listed { before: Some(all[3]), ..Listed::default() };
    assert_eq!((list(Listed::default()).await, list(page).await), (vec![5, 4, 3], vec![2, 1, 0]));
    let by = Listed { agent: Some(world.agents[0]), ..Listed::default() };
    assert_eq!(list(by).await, [4, 2]);
    assert_eq!(list(Listed { tag: Some(tag.id), ..Listed::default() }).await, [2]);
    assert_eq!(list(Listed { tag: Some(world.id(START)), ..Listed::default() }).await, Vec::<usize>::new());
    assert_eq!(list(Listed { queue: Some(world.queue), ..Listed::default() }).await, [5, 4, 3]);
    assert_eq!(list(Listed { queue: Some(world.id(START)), ..Listed::default() }).await, Vec::<usize>::new());
    assert_eq!(list(Listed { contact: Some(world.id(START)), ..Listed::default() }).await, Vec::<usize>::new());
    let (from, to) = (Some(START + SECOND), Some(START + SECOND * 3));
    assert_eq!(list(Listed { from, to, ..Listed::default() }).await, [2, 1]);
    let state = |state| Listed { state: Some(state), channel: Some(Channel::Phone), ..Listed::default() };
    assert_eq!(list(state(ListedState::Closed)).await, [5, 4]);
    assert_eq!(list(state(ListedState::Open)).await, [3, 2, 1]);
    assert_eq!(list(state(ListedState::Active)).await, [3, 2]);
    assert_eq!(list(state(ListedState::Waiting)).await, [3, 2, 1], "nobody told that they left the queue");
}

/// Rows: S2.15, S7.20, S12.2
async fn a_note_is_found_by_its_words(world: World) {
    let mut set = world.set();
    let (here, there) =
        (world.call_in(&mut set, START, "+49301234567"), world.call_in(&mut set, START, "+49301234568"));
    world.commit(&set).await;
    let mut set = world.set();
    world.joined(&mut set, &here, world.agents[0], START);
    world.commit(&set).await;
    let mut tx = world.write().await;
    let note = |conversation, text: &str| Note {
        id: world.id::<NoteId>(START + SECOND),
        conversation,
        author: Some(world.id::<UserId>(START)),
        agent: Some(world.agents[0]),
        text: Pii::new(text.to_owned()),
        pinned: false,
        at: START + SECOND,
        edited_at: None,
    };
    let mut mine = note(here.conversation, "promised a refund, 下周退款");
    let other = note(there.conversation, "refund refused");
    for one in [&mine, &other] {
        notes::insert(&mut tx, &world.key, one).await.unwrap();
    }
    let own = world.own(world.agents[0]);
    let found = async |tx: &mut Tx, scope: &Scope, word: &str, filter: &Filter| {
        let lines = search::candidates(tx, &world.key, scope, &tokens(word), filter, None, 9).await.unwrap();
        lines.into_iter().map(|line| (line.note.unwrap(), line.seq, line.speaker)).collect::<Vec<_>>()
    };
    let any = Filter::default();
    assert_eq!(found(&mut tx, &own, "refund", &any).await, [(mine.id, 0, "note".to_owned())], "of my conversations");
    assert_eq!(found(&mut tx, &own, "退款", &any).await.len(), 1);
    assert_eq!(found(&mut tx, &world.everyone(), "refund", &any).await.len(), 2);
    let said = Filter { speaker: Some("agent".into()), ..Filter::default() };
    assert_eq!(found(&mut tx, &own, "refund", &said).await, []);
    // What it said before it was changed, or taken back, is not found any more.
    mine.text = Pii::new("wants an exchange".into());
    assert!(notes::change(&mut tx, &world.key, &mine).await.unwrap());
    assert_eq!(found(&mut tx, &own, "refund", &any).await, []);
    assert_eq!(found(&mut tx, &own, "exchange", &any).await.len(), 1);
    assert!(notes::remove(&mut tx, &world.key, mine.id).await.unwrap());
    assert_eq!(found(&mut tx, &own, "exchange", &any).await, []);
}
