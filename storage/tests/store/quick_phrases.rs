//! Quick phrases, on both databases.

use crate::world::{START, World};
use ringdesk_conversations::{PhraseCategory, PhraseFor, QuickPhrase};
use ringdesk_model::{PhraseCategoryId, UserId};
use ringdesk_storage::quick_phrases;
use std::collections::{BTreeMap, BTreeSet};

on_both! {
    phrases_are_kept_by_code_and_counted
    categories_are_kept_in_their_order
}

fn phrase(world: &World, whose: PhraseFor, code: &str) -> QuickPhrase {
    QuickPhrase {
        id: world.id(START),
        category: None,
        whose,
        code: code.into(),
        title: "Hello".into(),
        texts: BTreeMap::from([("en".into(), "hi".into()), ("zh-CN".into(), "您好".into())]),
        uses: 0,
        version: 1,
    }
}

/// Rows: S2.5
async fn phrases_are_kept_by_code_and_counted(world: World) {
    let (me, other): (UserId, UserId) = (world.id(START), world.id(START));
    let mut tx = world.write().await;
    let mut kept = Vec::new();
    // One code may be everybody's, a queue's and somebody's own.
    for whose in [PhraseFor::Everybody, PhraseFor::Queue(world.queue), PhraseFor::Me(me), PhraseFor::Me(other)] {
        let one = phrase(&world, whose, "hello");
        assert!(quick_phrases::put(&mut tx, world.account, &one).await.unwrap());
        kept.push(one);
    }
    tx.commit().await.unwrap();
    let mut tx = world.write().await;
    let again = quick_phrases::put(&mut tx, world.account, &phrase(&world, PhraseFor::Me(me), "hello")).await;
    assert!(again.unwrap_err().is_conflict());
    drop(tx);

    let mut tx = world.write().await;
    let changed = QuickPhrase { code: "abc".into(), version: 2, ..kept[0].clone() };
    assert!(quick_phrases::put(&mut tx, world.account, &changed).await.unwrap());
    assert!(!quick_phrases::put(&mut tx, world.account, &changed).await.unwrap(), "another was quicker");
    quick_phrases::used(&mut tx, world.account, changed.id).await.unwrap();
    quick_phrases::used(&mut tx, world.account, changed.id).await.unwrap();
    quick_phrases::remove(&mut tx, world.account, kept[3].id).await.unwrap();
    tx.commit().await.unwrap();
    let all = quick_phrases::all(&mut world.read().await, world.account).await.unwrap();
    assert_eq!(all.len(), 3);
    assert_eq!(all[0], QuickPhrase { uses: 2, ..changed.clone() });
    let mut tx = world.read().await;
    assert_eq!(quick_phrases::by_id(&mut tx, world.account, changed.id).await.unwrap().as_ref(), Some(&all[0]));
    assert_eq!(quick_phrases::by_id(&mut tx, world.account, kept[3].id).await.unwrap(), None);
    assert!(all.iter().any(|one| one.whose == PhraseFor::Queue(world.queue)));
}

/// Rows: S2.6
async fn categories_are_kept_in_their_order(world: World) {
    let category = |parent: Option<PhraseCategoryId>, name: &str, place| PhraseCategory {
        id: world.id(START),
        parent,
        name: name.into(),
        place,
        queues: BTreeSet::from([world.queue]),
        open: true,
    };
    let top = category(None, "Top", 2);
    let (below, first) = (category(Some(top.id), "Below", 3), category(None, "First", 1));
    let mut tx = world.write().await;
    for one in [&top, &below, &first] {
        quick_phrases::put_category(&mut tx, world.account, one).await.unwrap();
    }
    let moved = PhraseCategory { place: 9, ..top.clone() };
    quick_phrases::put_category(&mut tx, world.account, &moved).await.unwrap();
    quick_phrases::remove_category(&mut tx, world.account, first.id).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(quick_phrases::categories(&mut world.read().await, world.account).await.unwrap(), [below, moved]);
}
