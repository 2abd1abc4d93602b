//! Rooms of staff, on both databases.

use crate::world::{START, World};
use ringdesk_model::{ConversationId, Pii, StaffRoomId, UserId};
use ringdesk_storage::staff_lines::{self, NewStaffLine, StaffLineKind};
use ringdesk_storage::staff_rooms;
use std::collections::BTreeMap;
use std::time::Duration;

on_both! {
    two_people_have_one_room
    lines_are_numbered_read_and_counted
    a_line_is_kept_once_and_taken_back
}

async fn room(world: &World, name: Option<&str>, people: &[UserId]) -> StaffRoomId {
    let id: StaffRoomId = world.id(START);
    let mut tx = world.write().await;
    staff_rooms::create(&mut tx, world.account, START, id, name, None).await.unwrap();
    for user in people {
        staff_rooms::add(&mut tx, world.account, id, *user).await.unwrap();
    }
    tx.commit().await.unwrap();
    id
}

async fn say(world: &World, room: StaffRoomId, author: UserId, text: &str, about: Option<ConversationId>) -> i64 {
    let text = Pii::new(text.to_owned());
    let mut tx = world.write().await;
    let line = NewStaffLine {
        id: world.id(START),
        room,
        kind: StaffLineKind::Said,
        author,
        whom: None,
        conversation: about,
        text: &text,
        at: START,
        sent_as: None,
    };
    let seq = staff_lines::append(&mut tx, &world.key, &line).await.unwrap();
    tx.commit().await.unwrap();
    seq
}

/// Rows: S7.19
async fn two_people_have_one_room(world: World) {
    let (one, other): (UserId, UserId) = (world.id(START), world.id(START));
    let (first, second): (StaffRoomId, StaffRoomId) = (world.id(START), world.id(START));
    let mut tx = world.write().await;
    staff_rooms::create(&mut tx, world.account, START, first, None, Some((one, other))).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.write().await;
    let again = staff_rooms::create(&mut tx, world.account, START, second, None, Some((one, other))).await;
    assert!(again.unwrap_err().is_conflict());
    drop(tx);
    let mut tx = world.read().await;
    assert_eq!(staff_rooms::direct(&mut tx, world.account, (one, other)).await.unwrap(), Some(first));
    assert_eq!(staff_rooms::direct(&mut tx, world.account, (other, one)).await.unwrap(), None, "in one order");
    drop(tx);
    // Rooms with a name are as many as one likes, and count only while somebody is in them.
    let named = room(&world, Some("Second line"), &[one]).await;
    room(&world, Some("Second line"), &[]).await;
    let mut tx = world.write().await;
    assert_eq!(staff_rooms::named(&mut tx, world.account).await.unwrap(), 1);
    staff_rooms::rename(&mut tx, world.account, named, "Third line").await.unwrap();
    let found = staff_rooms::get(&mut tx, world.account, named, one).await.unwrap().unwrap();
    assert_eq!(found.name.as_deref(), Some("Third line"));
    assert_eq!(staff_rooms::get(&mut tx, world.account, named, other).await.unwrap(), None, "they are not in it");
}

/// Rows: S7.19
async fn lines_are_numbered_read_and_counted(world: World) {
    let [one, two, late]: [UserId; 3] = [world.id(START), world.id(START), world.id(START)];
    let room = room(&world, Some("Second line"), &[one, two]).await;
    for (n, author) in [one, two, one].into_iter().enumerate() {
        assert_eq!(say(&world, room, author, "MARKER-hello", None).await, n as i64 + 1);
    }
    let unread = async |user: UserId| {
        let mut tx = world.read().await;
        let mine = staff_rooms::of_member(&mut tx, world.account, user).await.unwrap();
        mine.first().map(|mine| (mine.room.seq, mine.read, mine.unread))
    };
    assert_eq!(unread(one).await, Some((3, 0, 1)), "one's own are not new to oneself");
    assert_eq!(unread(two).await, Some((3, 0, 2)));
    assert_eq!(unread(late).await, None);

    let mut tx = world.write().await;
    let mut moved = Vec::new();
    for seq in [2, 1, 2, 99, 3] {
        moved.push(staff_rooms::advance(&mut tx, world.account, room, two, seq).await.unwrap());
    }
    assert_eq!(moved, [true, false, false, false, true], "never back, and to no line that is not there");
    // Who comes later finds it read; who goes is not in it any more, and may come again.
    staff_rooms::add(&mut tx, world.account, room, late).await.unwrap();
    staff_rooms::add(&mut tx, world.account, room, one).await.unwrap();
    staff_rooms::remove(&mut tx, world.account, room, two).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!((unread(late).await, unread(two).await), (Some((3, 3, 0)), None));
    let mut tx = world.read().await;
    let people = BTreeMap::from([(one, 0), (late, 3)]);
    assert_eq!(staff_rooms::people(&mut tx, world.account, room).await.unwrap(), people);
    let of_rooms = staff_rooms::people_of_rooms(&mut tx, world.account, late).await.unwrap();
    assert_eq!(of_rooms, BTreeMap::from([(room, people)]));
    let said = async |since| {
        let mut tx = world.read().await;
        staff_lines::said_since(&mut tx, world.account, one, since).await.unwrap()
    };
    assert_eq!((said(START - Duration::from_secs(1)).await, said(START).await), (2, 0));
}

/// Rows: S7.19, S12.2
async fn a_line_is_kept_once_and_taken_back(world: World) {
    let (one, two): (UserId, UserId) = (world.id(START), world.id(START));
    let about: ConversationId = world.id(START);
    let room = room(&world, None, &[one, two]).await;
    let text = Pii::new("<script>alert(1)</script>".to_owned());
    let line = NewStaffLine {
        id: world.id(START),
        room,
        kind: StaffLineKind::Said,
        author: one,
        whom: None,
        conversation: Some(about),
        text: &text,
        at: START,
        sent_as: Some([7; 16]),
    };
    let mut tx = world.write().await;
    assert_eq!(staff_lines::append(&mut tx, &world.key, &line).await.unwrap(), 1);
    tx.commit().await.unwrap();
    let mut tx = world.write().await;
    let twice = NewStaffLine { id: world.id(START), ..line };
    assert!(staff_lines::append(&mut tx, &world.key, &twice).await.unwrap_err().is_conflict(), "under the same name");
    drop(tx);
    for n in 0..4 {
        assert_eq!(say(&world, room, two, "and then", None).await, n + 2, "the refused one left no gap");
    }
    let mut tx = world.write().await;
    let kept = staff_lines::sent_as(&mut tx, &world.key, &[7; 16]).await.unwrap().unwrap();
    assert_eq!((kept.id, kept.seq, kept.conversation, kept.recalled), (line.id, 1, Some(about), false));
    assert_eq!(kept.text.reveal(), text.reveal());
    staff_lines::recall(&mut tx, &world.key, START, room, &kept).await.unwrap();
    let gone = staff_lines::get(&mut tx, &world.key, room, 1).await.unwrap().unwrap();
    assert_eq!((gone.text.reveal().as_str(), gone.conversation, gone.recalled), ("", None, true));
    assert_eq!(staff_lines::get(&mut tx, &world.key, room, 9).await.unwrap(), None);
    let page = async |before| {
        let mut tx = world.read().await;
        let found = staff_lines::before(&mut tx, &world.key, room, before, 2).await.unwrap();
        found.into_iter().map(|line| line.seq).collect::<Vec<_>>()
    };
    tx.commit().await.unwrap();
    assert_eq!((page(i64::MAX).await, page(4).await, page(2).await), (vec![4, 5], vec![2, 3], vec![1]));
}
