//! Filters, what they found, and how many were turned away, on both databases.

use crate::world::{START, World};
use ringdesk_model::{Channel, InboxId, Pii, UserId};
use ringdesk_storage::inboxes::{self, Inbox};
use ringdesk_storage::text_filters::{self, FilterRow, FilteredNames, FilteredText};
use ringdesk_storage::turned_away;
use std::time::Duration;
use uuid::Uuid;

on_both! {
    filters_are_kept_by_name_and_their_finds_counted
    a_text_is_held_once_and_judged_once
    who_was_turned_away_is_counted_by_the_hour
}

fn filter(world: &World, name: &str) -> FilterRow {
    FilterRow { id: world.id(START), name: name.into(), document: "{}".into(), version: 1 }
}

async fn inbox(world: &World) -> InboxId {
    let (id, channel, name) = (world.id(START), Channel::Api, "Bridge".to_owned());
    let mut tx = world.write().await;
    let row = Inbox { id, channel, name, numbers: Vec::new(), flow: None, closure: None };
    inboxes::create(&mut tx, world.account, &row).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// Rows: S9.19
async fn filters_are_kept_by_name_and_their_finds_counted(world: World) {
    let (one, other) = (filter(&world, "Fraud"), filter(&world, "Spam"));
    let mut tx = world.write().await;
    assert!(text_filters::put(&mut tx, world.account, &one).await.unwrap());
    assert!(text_filters::put(&mut tx, world.account, &other).await.unwrap());
    let next = FilterRow { document: "{\"a\":1}".into(), version: 2, ..one.clone() };
    assert!(text_filters::put(&mut tx, world.account, &next).await.unwrap());
    assert!(!text_filters::put(&mut tx, world.account, &next).await.unwrap(), "another was quicker");
    for (find, harmless) in [("word:a", false), ("word:b", false), ("word:a", false), ("word:a", true)] {
        text_filters::count(&mut tx, world.account, (one.id, find), harmless).await.unwrap();
    }
    let gone: Uuid = world.id(START);
    text_filters::count(&mut tx, world.account, (gone, "word:a"), false).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.write().await;
    let same = FilterRow { name: "Spam".into(), version: 3, ..next.clone() };
    assert!(text_filters::put(&mut tx, world.account, &same).await.unwrap_err().is_conflict());
    drop(tx);
    let mut tx = world.read().await;
    assert_eq!(text_filters::all(&mut tx, world.account).await.unwrap(), [next, other]);
    let finds = text_filters::finds(&mut tx, world.account, 10).await.unwrap();
    let figures: Vec<_> = finds.iter().map(|row| (row.find.as_str(), row.found, row.harmless)).collect();
    assert_eq!(figures, [("word:a", 2, 1), ("word:b", 1, 0)]);
    drop(tx);
    let mut tx = world.write().await;
    assert!(text_filters::remove(&mut tx, world.account, one.id).await.unwrap());
    assert!(!text_filters::remove(&mut tx, world.account, one.id).await.unwrap());
    assert!(text_filters::finds(&mut tx, world.account, 10).await.unwrap().is_empty());
}

/// Rows: S9.19
async fn a_text_is_held_once_and_judged_once(world: World) {
    let inbox = inbox(&world).await;
    let text = |n: u64, action: &str| FilteredText {
        id: world.id(START + Duration::from_secs(n)),
        inbox,
        action: action.into(),
        said: Pii::new("{\"text\":\"MARKER\"}".into()),
        found: Pii::new("[]".into()),
        at: START + Duration::from_secs(n),
        verdict: None,
        judged_by: None,
        judged_at: None,
        conversation: None,
    };
    let names = |n: u8| FilteredNames { sent_as: [n; 16], writer: [7; 16] };
    let (held, refused) = (text(1, "hold"), text(2, "refuse"));
    let mut tx = world.write().await;
    text_filters::insert(&mut tx, &world.key, &held, &names(1)).await.unwrap();
    text_filters::insert(&mut tx, &world.key, &refused, &names(2)).await.unwrap();
    assert_eq!(text_filters::unjudged_of(&mut tx, world.account, &[7; 16]).await.unwrap(), 2);
    tx.commit().await.unwrap();
    let mut tx = world.write().await;
    let again = text_filters::insert(&mut tx, &world.key, &text(3, "hold"), &names(1)).await;
    assert!(again.unwrap_err().is_conflict(), "a name is one text");
    drop(tx);

    let mut tx = world.write().await;
    let ids = |found: Vec<FilteredText>| found.into_iter().map(|one| one.id).collect::<Vec<_>>();
    assert_eq!(ids(text_filters::held(&mut tx, &world.key, 10).await.unwrap()), [held.id]);
    assert_eq!(ids(text_filters::past(&mut tx, &world.key, None, 10).await.unwrap()), [refused.id]);
    let known = text_filters::sent_as(&mut tx, &world.key, &[1; 16]).await.unwrap().unwrap();
    assert_eq!((known.id, known.said), (held.id, held.said.clone()));
    let by: UserId = world.id(START);
    let word = ("harmless", Some(by), START + Duration::from_secs(9));
    assert!(text_filters::judge(&mut tx, world.account, held.id, word).await.unwrap());
    assert!(!text_filters::judge(&mut tx, world.account, held.id, word).await.unwrap());
    assert!(text_filters::held(&mut tx, &world.key, 10).await.unwrap().is_empty());
    let past = ids(text_filters::past(&mut tx, &world.key, None, 10).await.unwrap());
    assert_eq!(past, [refused.id, held.id]);
    assert_eq!(ids(text_filters::past(&mut tx, &world.key, Some(refused.id), 10).await.unwrap()), [held.id]);
    let judged = text_filters::get(&mut tx, &world.key, held.id).await.unwrap().unwrap();
    assert_eq!((judged.verdict.as_deref(), judged.judged_by), (Some("harmless"), Some(by)));
    text_filters::forget(&mut tx, world.account, START + Duration::from_secs(2)).await.unwrap();
    assert_eq!(ids(text_filters::past(&mut tx, &world.key, None, 10).await.unwrap()), [refused.id]);
}

/// Rows: S9.18
async fn who_was_turned_away_is_counted_by_the_hour(world: World) {
    let inbox = inbox(&world).await;
    let hour = Duration::from_secs(3_600);
    let mut tx = world.write().await;
    for (after, why, count) in [(0, "too_fast", 3), (0, "too_fast", 4), (1, "too_fast", 5), (1, "held", 1)] {
        turned_away::add(&mut tx, world.account, START + hour * after, (inbox, why), count).await.unwrap();
    }
    let since = async |tx: &mut ringdesk_storage::Tx, at| {
        let found = turned_away::since(tx, world.account, at).await.unwrap();
        found.into_iter().map(|(_, why, count)| format!("{why} {count}")).collect::<Vec<_>>()
    };
    assert_eq!(since(&mut tx, START - hour).await, ["held 1", "too_fast 12"]);
    assert_eq!(since(&mut tx, START + hour / 2).await, ["held 1", "too_fast 5"]);
    // What is older than three months is forgotten with the next one.
    turned_away::add(&mut tx, world.account, START + hour * 24 * 91, (inbox, "held"), 1).await.unwrap();
    assert_eq!(since(&mut tx, START - hour).await, ["held 1"]);
    assert!(turned_away::favoured_callers(&mut tx, world.account).await.unwrap().is_empty());
}
