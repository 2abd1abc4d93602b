//! What staff say to each other, line by line. Who numbers one holds its room until the transaction ends, so numbers have no gaps and
//! are seen in their order. No search of conversations finds any of it.

use crate::accounts::open_text;
use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, ConversationId, Pii, StaffRoomId, Timestamp, UserId};
use ringdesk_vault::{AccountKey, Place};
use uuid::Uuid;

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StaffLineKind {
    Said,
    /// The room was made.
    Made,
    /// Somebody was added: `whom`.
    Added,
    /// The author went.
    Left,
    /// The room has another name: the text.
    Named,
}

impl StaffLineKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            StaffLineKind::Said => "said",
            StaffLineKind::Made => "made",
            StaffLineKind::Added => "added",
            StaffLineKind::Left => "left",
            StaffLineKind::Named => "named",
        }
    }

    fn parse(name: &str) -> Option<StaffLineKind> {
        use StaffLineKind::{Added, Left, Made, Named, Said};
        [Said, Made, Added, Left, Named].into_iter().find(|kind| kind.as_str() == name)
    }
}

/// A line to be written. Its number comes with the transaction.
#[derive(Clone, Copy, Debug)]
pub struct NewStaffLine<'a> {
    pub id: Uuid,
    pub room: StaffRoomId,
    pub kind: StaffLineKind,
    pub author: UserId,
    pub whom: Option<UserId>,
    /// What it is about.
    pub conversation: Option<ConversationId>,
    pub text: &'a Pii<String>,
    pub at: Timestamp,
    /// Keyed hash of the name that its sender gave it.
    pub sent_as: Option<[u8; 16]>,
}

/// A line as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffLine {
    pub id: Uuid,
    pub seq: i64,
    pub kind: StaffLineKind,
    pub author: UserId,
    pub whom: Option<UserId>,
    pub conversation: Option<ConversationId>,
    /// Empty once it was recalled.
    pub text: Pii<String>,
    pub at: Timestamp,
    pub recalled: bool,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    seq: i64,
    kind: String,
    author_id: Uuid,
    whom_id: Option<Uuid>,
    conversation_id: Option<Uuid>,
    text_sealed: Vec<u8>,
    at: i64,
    recalled_at: Option<i64>,
}

/// Write a line at the end of its room; gives its number.
pub async fn append(tx: &mut Tx, key: &AccountKey, line: &NewStaffLine<'_>) -> Result<i64, StoreError> {
    let head: Option<(i64,)> = row!(
        tx,
        "UPDATE staff_room SET seq = seq + 1, line_at = $3 WHERE id = $1 AND account_id = $2 RETURNING seq",
        line.room.0,
        key.account().0,
        line.at.0
    )?;
    let (seq,) = head.ok_or(StoreError::Database(sqlx::Error::RowNotFound))?;
    exec!(
        tx,
        "INSERT INTO staff_line (room_id, seq, id, account_id, kind, author_id, whom_id, conversation_id, text_sealed, at, sent_as)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        line.room.0,
        seq,
        line.id,
        key.account().0,
        line.kind.as_str(),
        line.author.0,
        line.whom.map(|whom| whom.0),
        line.conversation.map(|about| about.0),
        sealed(key, line.id, line.text.reveal())?,
        line.at.0,
        line.sent_as.map(|name| name.to_vec())
    )?;
    Ok(seq)
}

/// The one that was sent under this name before.
pub async fn sent_as(tx: &mut Tx, key: &AccountKey, name: &[u8; 16]) -> Result<Option<StaffLine>, StoreError> {
    let found: Option<Row> = row!(
        tx,
        "SELECT id, seq, kind, author_id, whom_id, conversation_id, text_sealed, at, recalled_at FROM staff_line
         WHERE account_id = $1 AND sent_as = $2",
        key.account().0,
        &name[..]
    )?;
    found.map(|row| stored(key, row)).transpose()
}

pub async fn get(tx: &mut Tx, key: &AccountKey, room: StaffRoomId, seq: i64) -> Result<Option<StaffLine>, StoreError> {
    let found: Option<Row> = row!(
        tx,
        "SELECT id, seq, kind, author_id, whom_id, conversation_id, text_sealed, at, recalled_at FROM staff_line
         WHERE account_id = $1 AND room_id = $2 AND seq = $3",
        key.account().0,
        room.0,
        seq
    )?;
    found.map(|row| stored(key, row)).transpose()
}

/// Those before a number, the newest of them, in their order.
pub async fn before(
    tx: &mut Tx,
    key: &AccountKey,
    room: StaffRoomId,
    before: i64,
    limit: i64,
) -> Result<Vec<StaffLine>, StoreError> {
    let found: Vec<Row> = rows!(
        tx,
        "SELECT id, seq, kind, author_id, whom_id, conversation_id, text_sealed, at, recalled_at FROM staff_line
         WHERE account_id = $1 AND room_id = $2 AND seq < $3 ORDER BY seq DESC LIMIT $4",
        key.account().0,
        room.0,
        before,
        limit
    )?;
    found.into_iter().rev().map(|row| stored(key, row)).collect()
}

/// Taken back: what it said is gone, that it was said stays.
pub async fn recall(
    tx: &mut Tx,
    key: &AccountKey,
    now: Timestamp,
    room: StaffRoomId,
    line: &StaffLine,
) -> Result<(), StoreError> {
    exec!(
        tx,
        "UPDATE staff_line SET text_sealed = $4, recalled_at = $5, conversation_id = NULL
         WHERE account_id = $1 AND room_id = $2 AND seq = $3",
        key.account().0,
        room.0,
        line.seq,
        sealed(key, line.id, "")?,
        now.0
    )?;
    Ok(())
}

/// How much somebody has said since a moment, in whatever rooms.
pub async fn said_since(tx: &mut Tx, account: AccountId, author: UserId, since: Timestamp) -> Result<i64, StoreError> {
    let found: Option<(i64,)> = row!(
        tx,
        "SELECT COUNT(*) FROM staff_line WHERE author_id = $1 AND account_id = $2 AND at > $3 AND kind = 'said'",
        author.0,
        account.0,
        since.0
    )?;
    Ok(found.map_or(0, |(count,)| count))
}

fn stored(key: &AccountKey, row: Row) -> Result<StaffLine, StoreError> {
    let place = Place::new("staff_line", "text", row.id.as_bytes());
    Ok(StaffLine {
        text: Pii::new(open_text(key, place, &row.text_sealed)?),
        id: row.id,
        seq: row.seq,
        kind: StaffLineKind::parse(&row.kind)
            .ok_or_else(|| StoreError::unreadable("kind of a staff line", &row.kind))?,
        author: UserId(row.author_id),
        whom: row.whom_id.map(UserId),
        conversation: row.conversation_id.map(ConversationId),
        at: Timestamp(row.at),
        recalled: row.recalled_at.is_some(),
    })
}

fn sealed(key: &AccountKey, id: Uuid, text: &str) -> Result<Vec<u8>, StoreError> {
    Ok(key.seal(Place::new("staff_line", "text", id.as_bytes()), text.as_bytes())?)
}
