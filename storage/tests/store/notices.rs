//! Notices, and when the door asks for work, on both databases.

use crate::world::{START, World};
use ringdesk_model::{NoticeId, Pii, UserId};
use ringdesk_storage::notices::{self, Notice};
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::{Tx, sign_in_challenge};
use std::collections::BTreeSet;
use std::time::Duration;

on_both! {
    somebody_is_told_once_reads_and_forgets
    choices_are_kept
    events_are_followed_by_kind
    the_door_keeps_its_rule
}

fn notice(world: &World, user: UserId, cause: &str, seconds: u64) -> Notice {
    let at = START + Duration::from_secs(seconds);
    Notice {
        id: world.id(at),
        user,
        kind: "rating".into(),
        cause: cause.into(),
        channels: r#"["list"]"#.into(),
        listed: true,
        texts: Pii::new(r#"{"en":"marker words"}"#.into()),
        place: "security".into(),
        at,
    }
}

/// Rows: S13.16, S12.2
async fn somebody_is_told_once_reads_and_forgets(world: World) {
    let (me, other): (UserId, UserId) = (world.id(START), world.id(START));
    let given: Vec<Notice> = (0..3).map(|n| notice(&world, me, &format!("event:{n}"), n)).collect();
    let mut tx = world.write().await;
    for one in &given {
        assert!(notices::put(&mut tx, &world.key, one).await.unwrap());
    }
    let again = Notice { id: world.id(START), ..given[0].clone() };
    assert!(!notices::put(&mut tx, &world.key, &again).await.unwrap(), "of one thing once");
    let quiet = Notice { listed: false, ..notice(&world, me, "event:quiet", 5) };
    assert!(notices::put(&mut tx, &world.key, &quiet).await.unwrap());
    assert!(notices::put(&mut tx, &world.key, &notice(&world, other, "event:0", 1)).await.unwrap(), "each person");
    tx.commit().await.unwrap();

    let mut tx = world.read().await;
    let listed = notices::listed(&mut tx, &world.key, me, None, 2).await.unwrap();
    assert_eq!(listed, [given[2].clone(), given[1].clone()]);
    let rest = notices::listed(&mut tx, &world.key, me, Some(listed[1].id), 2).await.unwrap();
    assert_eq!(rest, [given[0].clone()]);
    assert_eq!(notices::unread(&mut tx, world.account, me).await.unwrap(), (3, None));
    let causes = BTreeSet::from(["event:0".to_owned(), "event:9".to_owned()]);
    assert_eq!(notices::told(&mut tx, world.account, &causes).await.unwrap(), BTreeSet::from(["event:0".to_owned()]));
    drop(tx);

    let mut tx = world.write().await;
    let read = async |tx: &mut Tx, to: NoticeId| notices::read_to(tx, world.account, me, to).await.unwrap();
    assert!(read(&mut tx, given[1].id).await && !read(&mut tx, given[0].id).await, "not backwards");
    assert_eq!(notices::unread(&mut tx, world.account, me).await.unwrap(), (1, Some(given[1].id)));
    assert_eq!(notices::unread(&mut tx, world.account, other).await.unwrap(), (1, None));
    assert_eq!(notices::forget(&mut tx, world.account, START + Duration::from_secs(2)).await.unwrap(), 3);
    assert_eq!(notices::listed(&mut tx, &world.key, me, None, 9).await.unwrap(), [given[2].clone()]);
}

/// Rows: S13.16
async fn choices_are_kept(world: World) {
    let me: UserId = world.id(START);
    let mut tx = world.write().await;
    notices::choose(&mut tx, world.account, me, r#"{"rating":[]}"#).await.unwrap();
    notices::read_to(&mut tx, world.account, me, world.id(START)).await.unwrap();
    let choices = notices::choices(&mut tx, world.account).await.unwrap();
    assert_eq!(choices.get(&me).map(String::as_str), Some(r#"{"rating":[]}"#), "reading changes no choice");
    assert_eq!(notices::cursor(&mut tx, world.account).await.unwrap(), None);
    for seq in [4, 9] {
        notices::set_cursor(&mut tx, world.account, seq).await.unwrap();
        assert_eq!(notices::cursor(&mut tx, world.account).await.unwrap(), Some(seq));
    }
    let span = (START, START + Duration::from_secs(9));
    assert_eq!(notices::due_tickets(&mut tx, world.account, span, 9).await.unwrap(), []);
    assert_eq!(notices::waiting_texts(&mut tx, world.account, START, 9).await.unwrap(), []);
    assert_eq!(notices::of_work_item(&mut tx, world.account, world.id(START)).await.unwrap(), None);
}

async fn events_are_followed_by_kind(world: World) {
    let mut tx = world.write().await;
    let event = |kind| NewEvent { at: START, kind, payload: Pii::new(serde_json::json!({ "n": kind })) };
    let events = ["side_note", "caption", "side_note", "conversation_rated"].map(event);
    let last = outbox::append(&mut tx, &world.key, &events).await.unwrap();
    let kinds = ["side_note", "conversation_rated"];
    let found = async |tx: &mut Tx, from, to, limit| {
        let found = outbox::of_kinds(tx, &world.key, &kinds, (from, to), limit).await.unwrap();
        found.into_iter().map(|event| event.seq).collect::<Vec<_>>()
    };
    assert_eq!(found(&mut tx, last - 4, last, 9).await, [last - 3, last - 1, last]);
    assert_eq!(found(&mut tx, last - 4, last - 1, 9).await, [last - 3, last - 1]);
    assert_eq!(found(&mut tx, last - 3, last, 1).await, [last - 1]);
}

/// Rows: S12.16
async fn the_door_keeps_its_rule(world: World) {
    let mut tx = world.write().await;
    assert_eq!(sign_in_challenge::of_account(&mut tx, world.account).await.unwrap(), None);
    for rule in [(3, 17), (5, 12)] {
        sign_in_challenge::set(&mut tx, world.account, rule).await.unwrap();
        assert_eq!(sign_in_challenge::of_account(&mut tx, world.account).await.unwrap(), Some(rule));
    }
    assert_eq!(sign_in_challenge::all(&mut tx).await.unwrap(), [(5, 12)]);
}
