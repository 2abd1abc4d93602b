//! Rooms in which staff write to each other, and who is in them. What is said there: [`crate::staff_lines`].

use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, StaffRoomId, Timestamp, UserId};
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffRoom {
    pub id: StaffRoomId,
    /// `None`: the direct messages of two people.
    pub name: Option<String>,
    /// Number of the last line.
    pub seq: i64,
    /// When it was said; of a room where nothing was, when it was made.
    pub line_at: Timestamp,
}

/// A room as one of its people finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MyRoom {
    pub room: StaffRoom,
    /// How far I have read.
    pub read: i64,
    /// Lines of others after that.
    pub unread: i64,
}

type Row = (Uuid, Option<String>, i64, i64);

/// Make one. A second room for the same two people is a conflict.
pub async fn create(
    tx: &mut Tx,
    account: AccountId,
    now: Timestamp,
    id: StaffRoomId,
    name: Option<&str>,
    pair: Option<(UserId, UserId)>,
) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO staff_room (id, account_id, name, pair_low, pair_high, seq, made_at, line_at)
         VALUES ($1, $2, $3, $4, $5, 0, $6, $6)",
        id.0,
        account.0,
        name,
        pair.map(|(low, _)| low.0),
        pair.map(|(_, high)| high.0),
        now.0
    )?;
    Ok(())
}

/// The direct messages of two people.
pub async fn direct(
    tx: &mut Tx,
    account: AccountId,
    (low, high): (UserId, UserId),
) -> Result<Option<StaffRoomId>, StoreError> {
    let found: Option<(Uuid,)> = row!(
        tx,
        "SELECT id FROM staff_room WHERE account_id = $1 AND pair_low = $2 AND pair_high = $3",
        account.0,
        low.0,
        high.0
    )?;
    Ok(found.map(|(id,)| StaffRoomId(id)))
}

/// Rooms with a name in which somebody is.
pub async fn named(tx: &mut Tx, account: AccountId) -> Result<i64, StoreError> {
    let found: Option<(i64,)> = row!(
        tx,
        "SELECT COUNT(*) FROM staff_room r WHERE r.account_id = $1 AND r.name IS NOT NULL
           AND EXISTS (SELECT 1 FROM staff_member m WHERE m.room_id = r.id)",
        account.0
    )?;
    Ok(found.map_or(0, |(count,)| count))
}

/// Those in which somebody is, the one with the newest line first.
pub async fn of_member(tx: &mut Tx, account: AccountId, user: UserId) -> Result<Vec<MyRoom>, StoreError> {
    let found: Vec<(Uuid, Option<String>, i64, i64, i64, i64)> = rows!(
        tx,
        "SELECT r.id, r.name, r.seq, r.line_at, m.read_seq,
                (SELECT COUNT(*) FROM staff_line l WHERE l.room_id = r.id AND l.seq > m.read_seq AND l.kind = 'said'
                   AND l.author_id <> m.user_id AND l.recalled_at IS NULL) AS unread
         FROM staff_member m JOIN staff_room r ON r.id = m.room_id
         WHERE m.account_id = $1 AND m.user_id = $2 ORDER BY r.line_at DESC, r.id DESC",
        account.0,
        user.0
    )?;
    let mine = |(id, name, seq, line_at, read, unread)| MyRoom { room: room((id, name, seq, line_at)), read, unread };
    Ok(found.into_iter().map(mine).collect())
}

/// One in which this person is. For whoever is not, there is none.
pub async fn get(
    tx: &mut Tx,
    account: AccountId,
    id: StaffRoomId,
    user: UserId,
) -> Result<Option<StaffRoom>, StoreError> {
    let found: Option<Row> = row!(
        tx,
        "SELECT r.id, r.name, r.seq, r.line_at FROM staff_room r JOIN staff_member m ON m.room_id = r.id
         WHERE r.account_id = $1 AND r.id = $2 AND m.user_id = $3",
        account.0,
        id.0,
        user.0
    )?;
    Ok(found.map(room))
}

/// Hold a room until the transaction ends: nobody else numbers a line of it, or changes who is in it.
pub async fn hold(tx: &mut Tx, account: AccountId, id: StaffRoomId) -> Result<(), StoreError> {
    exec!(tx, "UPDATE staff_room SET seq = seq WHERE id = $1 AND account_id = $2", id.0, account.0)?;
    Ok(())
}

pub async fn rename(tx: &mut Tx, account: AccountId, id: StaffRoomId, name: &str) -> Result<(), StoreError> {
    exec!(tx, "UPDATE staff_room SET name = $3 WHERE id = $1 AND account_id = $2", id.0, account.0, name)?;
    Ok(())
}

/// Who is in a room, and how far each has read.
pub async fn people(tx: &mut Tx, account: AccountId, id: StaffRoomId) -> Result<BTreeMap<UserId, i64>, StoreError> {
    let found: Vec<(Uuid, i64)> = rows!(
        tx,
        "SELECT user_id, read_seq FROM staff_member WHERE account_id = $1 AND room_id = $2 ORDER BY user_id",
        account.0,
        id.0
    )?;
    Ok(found.into_iter().map(|(user, read)| (UserId(user), read)).collect())
}

/// The same of all rooms in which somebody is.
pub async fn people_of_rooms(
    tx: &mut Tx,
    account: AccountId,
    user: UserId,
) -> Result<BTreeMap<StaffRoomId, BTreeMap<UserId, i64>>, StoreError> {
    let found: Vec<(Uuid, Uuid, i64)> = rows!(
        tx,
        "SELECT o.room_id, o.user_id, o.read_seq FROM staff_member m JOIN staff_member o ON o.room_id = m.room_id
         WHERE m.account_id = $1 AND m.user_id = $2 ORDER BY o.room_id, o.user_id",
        account.0,
        user.0
    )?;
    let mut rooms: BTreeMap<StaffRoomId, BTreeMap<UserId, i64>> = BTreeMap::new();
    for (room, user, read) in found {
        rooms.entry(StaffRoomId(room)).or_default().insert(UserId(user), read);
    }
    Ok(rooms)
}

/// Who comes finds what was said before as read. Somebody who is in it stays as they are.
pub async fn add(tx: &mut Tx, account: AccountId, id: StaffRoomId, user: UserId) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO staff_member (room_id, user_id, account_id, read_seq)
         SELECT r.id, $3, r.account_id, r.seq FROM staff_room r WHERE r.id = $1 AND r.account_id = $2
         ON CONFLICT (room_id, user_id) DO NOTHING",
        id.0,
        account.0,
        user.0
    )?;
    Ok(())
}

pub async fn remove(tx: &mut Tx, account: AccountId, id: StaffRoomId, user: UserId) -> Result<(), StoreError> {
    exec!(
        tx,
        "DELETE FROM staff_member WHERE room_id = $1 AND account_id = $2 AND user_id = $3",
        id.0,
        account.0,
        user.0
    )?;
    Ok(())
}

/// Somebody has read up to here; false: further, before, or it has no such line.
pub async fn advance(
    tx: &mut Tx,
    account: AccountId,
    id: StaffRoomId,
    user: UserId,
    seq: i64,
) -> Result<bool, StoreError> {
    let moved = exec!(
        tx,
        "UPDATE staff_member SET read_seq = $4 WHERE room_id = $1 AND account_id = $2 AND user_id = $3 AND read_seq < $4
           AND EXISTS (SELECT 1 FROM staff_line l WHERE l.room_id = staff_member.room_id AND l.seq = $4)",
        id.0,
        account.0,
        user.0,
        seq
    )?;
    Ok(moved == 1)
}

fn room((id, name, seq, line_at): Row) -> StaffRoom {
    StaffRoom { id: StaffRoomId(id), name, seq, line_at: Timestamp(line_at) }
}
