//! What reviewers write beside a recording, each remark at its moment.

use crate::accounts::open_text;
use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, CommentId, Pii, RecordingId, Timestamp, UserId};
use ringdesk_vault::{AccountKey, Place};
use uuid::Uuid;

/// A remark.
#[derive(Clone, Debug)]
pub struct Comment {
    pub id: CommentId,
    pub recording: RecordingId,
    /// Counted from the beginning of the recording.
    pub at_ms: i64,
    pub text: Pii<String>,
    pub author: UserId,
    pub written_at: Timestamp,
}

pub async fn insert(tx: &mut Tx, key: &AccountKey, new: &Comment) -> Result<(), StoreError> {
    let text = key.seal(Place::new("recording_comment", "text", new.id.0.as_bytes()), new.text.reveal().as_bytes())?;
    exec!(
        tx,
        "INSERT INTO recording_comment (id, account_id, recording_id, at_ms, text_sealed, author, written_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        new.id.0,
        key.account().0,
        new.recording.0,
        new.at_ms,
        text,
        new.author.0,
        new.written_at.0
    )?;
    Ok(())
}

type Row = (Uuid, Uuid, i64, Vec<u8>, Uuid, i64);

/// In the order of their moments. A recording has a few hundred at most, because somebody writes each.
pub async fn of_recording(
    tx: &mut Tx,
    key: &AccountKey,
    recording: RecordingId,
    limit: i64,
) -> Result<Vec<Comment>, StoreError> {
    let found: Vec<Row> = rows!(
        tx,
        "SELECT id, recording_id, at_ms, text_sealed, author, written_at FROM recording_comment
         WHERE account_id = $1 AND recording_id = $2 ORDER BY at_ms, id LIMIT $3",
        key.account().0,
        recording.0,
        limit
    )?;
    found.into_iter().map(|row| comment(key, row)).collect()
}

pub async fn find(tx: &mut Tx, key: &AccountKey, id: CommentId) -> Result<Option<Comment>, StoreError> {
    let found: Option<Row> = row!(
        tx,
        "SELECT id, recording_id, at_ms, text_sealed, author, written_at FROM recording_comment WHERE account_id = $1 AND id = $2",
        key.account().0,
        id.0
    )?;
    found.map(|row| comment(key, row)).transpose()
}

pub async fn remove(tx: &mut Tx, account: AccountId, id: CommentId) -> Result<bool, StoreError> {
    Ok(exec!(tx, "DELETE FROM recording_comment WHERE account_id = $1 AND id = $2", account.0, id.0)? == 1)
}

/// They quote what nobody may hear any more.
pub async fn erase(tx: &mut Tx, account: AccountId, recording: RecordingId) -> Result<u64, StoreError> {
    exec!(tx, "DELETE FROM recording_comment WHERE account_id = $1 AND recording_id = $2", account.0, recording.0)
}

fn comment(key: &AccountKey, (id, recording, at_ms, text, author, written_at): Row) -> Result<Comment, StoreError> {
    Ok(Comment {
        text: Pii::new(open_text(key, Place::new("recording_comment", "text", id.as_bytes()), &text)?),
        id: CommentId(id),
        recording: RecordingId(recording),
        at_ms,
        author: UserId(author),
        written_at: Timestamp(written_at),
    })
}
