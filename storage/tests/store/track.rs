//! The way of visitors through a site: kept once, read newest first, sealed, and gone when it is to be.

use crate::world::{START, World};
use ringdesk_model::{Channel, InboxId, Pii, Timestamp};
use ringdesk_storage::inboxes::{self, Inbox};
use ringdesk_storage::track::{self, NewTrackEvent, TrackDwell};
use ringdesk_storage::{Tx, visitors};
use std::time::Duration;
use uuid::Uuid;

const SECOND: Duration = Duration::from_secs(1);

on_both! {
    a_thousand_events_of_a_hundred_visitors_are_one_set
    a_page_is_left_once
    what_is_old_or_too_much_is_forgotten
    consent_is_given_and_taken_back
}

async fn inbox(world: &World, tx: &mut Tx, name: &str) -> InboxId {
    let id: InboxId = world.id(START);
    let row =
        Inbox { id, channel: Channel::WebChat, name: name.to_owned(), numbers: vec![], flow: None, closure: None };
    inboxes::create(tx, world.account, &row).await.unwrap();
    id
}

async fn visitor(world: &World, tx: &mut Tx, inbox: InboxId, token: &str) -> Uuid {
    let id = world.id(START);
    visitors::create(tx, &world.key, START, (id, inbox), token).await.unwrap();
    id
}

fn event(visitor: Uuid, n: u128, at: Timestamp) -> NewTrackEvent {
    let said = Pii::new(format!(r#"{{"page":"https://MARKER.example/{n}"}}"#));
    NewTrackEvent { visitor, id: Uuid::from_u128(n), kind: "page", at, said }
}

/// What arrives in a second is one statement in one transaction, and each of it is there once though it came twice.
///
/// Rows: S9.13, S12.2
async fn a_thousand_events_of_a_hundred_visitors_are_one_set(world: World) {
    let mut tx = world.write().await;
    let shop = inbox(&world, &mut tx, "Shop").await;
    let mut who = Vec::new();
    for n in 0..100 {
        who.push(visitor(&world, &mut tx, shop, &format!("MARKER-{n}")).await);
    }
    tx.commit().await.unwrap();
    let all: Vec<_> =
        (0..1_000_u32).map(|n| event(who[n as usize % 100], u128::from(n / 100), START + SECOND * n)).collect();
    let mut tx = world.write().await;
    track::insert(&mut tx, &world.key, &all).await.unwrap();
    track::insert(&mut tx, &world.key, &all[500..]).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.write().await;
    let every = track::of_visitors(&mut tx, &world.key, &who, 5_000).await.unwrap();
    assert_eq!(every.len(), 1_000);
    assert!(every.windows(2).all(|two| two[0].at >= two[1].at), "newest first");
    let one = track::of_visitors(&mut tx, &world.key, &who[7..8], 3).await.unwrap();
    let ids: Vec<_> = one.iter().map(|row| row.id.as_u128()).collect();
    assert_eq!(ids, [9, 8, 7], "of one of them, the newest three");
    assert!(one[0].said.reveal().contains("MARKER.example/9"));
}

/// Rows: S9.13
async fn a_page_is_left_once(world: World) {
    let mut tx = world.write().await;
    let shop = inbox(&world, &mut tx, "Shop").await;
    let (mine, other) = (visitor(&world, &mut tx, shop, "a").await, visitor(&world, &mut tx, shop, "b").await);
    track::insert(&mut tx, &world.key, &[event(mine, 1, START), event(other, 1, START)]).await.unwrap();
    let dwell = |milliseconds| TrackDwell { visitor: mine, page: Uuid::from_u128(1), milliseconds };
    track::leave(&mut tx, world.account, &[dwell(400), dwell(900), dwell(20)]).await.unwrap();
    track::leave(&mut tx, world.account, &[dwell(30)]).await.unwrap();
    let of = async |tx: &mut Tx, who| track::of_visitors(tx, &world.key, &[who], 9).await.unwrap()[0].dwell_ms;
    assert_eq!(of(&mut tx, mine).await, Some(900), "the longest counts");
    assert_eq!(of(&mut tx, other).await, None, "another's page of the same name is another page");
    tx.commit().await.unwrap();
}

/// Rows: S9.16
async fn what_is_old_or_too_much_is_forgotten(world: World) {
    let mut tx = world.write().await;
    let (shop, blog) = (inbox(&world, &mut tx, "Shop").await, inbox(&world, &mut tx, "Blog").await);
    let (mine, other) = (visitor(&world, &mut tx, shop, "a").await, visitor(&world, &mut tx, blog, "b").await);
    for n in 0..10_u32 {
        let at = START + SECOND * n;
        let both = [event(mine, u128::from(n), at), event(other, u128::from(n), at)];
        track::insert(&mut tx, &world.key, &both).await.unwrap();
    }
    let gone = track::forget(&mut tx, world.account, shop, START + SECOND * 2, 5).await.unwrap();
    let left = track::of_visitors(&mut tx, &world.key, &[mine], 99).await.unwrap();
    let ids: Vec<_> = left.iter().map(|row| row.id.as_u128()).collect();
    assert_eq!((gone, ids), (5, vec![9, 8, 7, 6, 5]), "two were too old, three too many");
    assert_eq!(track::of_visitors(&mut tx, &world.key, &[other], 99).await.unwrap().len(), 10, "another inbox");
    assert_eq!(track::erase(&mut tx, world.account, &[other]).await.unwrap(), 10);
    assert_eq!(track::of_visitors(&mut tx, &world.key, &[other], 99).await.unwrap(), []);
    tx.commit().await.unwrap();
}

/// Rows: S9.13
async fn consent_is_given_and_taken_back(world: World) {
    let mut tx = world.write().await;
    let shop = inbox(&world, &mut tx, "Shop").await;
    let mine = visitor(&world, &mut tx, shop, "token").await;
    let before = Timestamp(START.0 - 1);
    let of = async |tx: &mut Tx| track::visitor_of(tx, &world.key, (shop, "token"), before).await.unwrap();
    assert_eq!(of(&mut tx).await, Some((mine, None)));
    assert!(track::agree(&mut tx, world.account, mine, Some(START)).await.unwrap());
    assert!(!track::agree(&mut tx, world.account, mine, Some(START + SECOND)).await.unwrap(), "said before");
    assert_eq!(of(&mut tx).await, Some((mine, Some(START))));
    assert!(track::agree(&mut tx, world.account, mine, None).await.unwrap());
    assert_eq!(of(&mut tx).await, Some((mine, None)));
    assert_eq!(track::visitor_of(&mut tx, &world.key, (shop, "other"), before).await.unwrap(), None);
    tx.commit().await.unwrap();
}
