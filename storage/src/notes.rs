//! Notes of conversations. They stand beside the timeline and not in it: what leaves the house is made of messages.

use crate::accounts::open_text;
use crate::{StoreError, Tx, search};
use ringdesk_model::{AgentId, ConversationId, NoteId, Pii, Timestamp, UserId};
use ringdesk_vault::{AccountKey, Place};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub id: NoteId,
    pub conversation: ConversationId,
    /// `None`: the house.
    pub author: Option<UserId>,
    pub agent: Option<AgentId>,
    pub text: Pii<String>,
    pub pinned: bool,
    pub at: Timestamp,
    pub edited_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    conversation_id: Uuid,
    author_id: Option<Uuid>,
    agent_id: Option<Uuid>,
    text_sealed: Vec<u8>,
    pinned: bool,
    at: i64,
    edited_at: Option<i64>,
}

pub async fn insert(tx: &mut Tx, key: &AccountKey, note: &Note) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO note (id, account_id, conversation_id, author_id, agent_id, text_sealed, pinned, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        note.id.0,
        key.account().0,
        note.conversation.0,
        note.author.map(|u| u.0),
        note.agent.map(|a| a.0),
        sealed(key, note.id, &note.text)?,
        note.pinned,
        note.at.0
    )?;
    search::index_note(tx, key, note.id, Some((note.conversation, note.at, note.text.reveal()))).await
}

/// Those that are pinned first, then the newest.
pub async fn of_conversation(
    tx: &mut Tx,
    key: &AccountKey,
    conversation: ConversationId,
) -> Result<Vec<Note>, StoreError> {
    let found: Vec<Row> = rows!(
        tx,
        "SELECT id, conversation_id, author_id, agent_id, text_sealed, pinned, at, edited_at FROM note
         WHERE account_id = $1 AND conversation_id = $2 ORDER BY pinned DESC, id DESC LIMIT 500",
        key.account().0,
        conversation.0
    )?;
    found.into_iter().map(|row| note(key, row)).collect()
}

pub async fn get(tx: &mut Tx, key: &AccountKey, id: NoteId) -> Result<Option<Note>, StoreError> {
    let found: Option<Row> = row!(
        tx,
        "SELECT id, conversation_id, author_id, agent_id, text_sealed, pinned, at, edited_at FROM note
         WHERE account_id = $1 AND id = $2",
        key.account().0,
        id.0
    )?;
    found.map(|row| note(key, row)).transpose()
}

/// What it says now, and whether it stands before the others.
pub async fn change(tx: &mut Tx, key: &AccountKey, to: &Note) -> Result<bool, StoreError> {
    let changed = exec!(
        tx,
        "UPDATE note SET text_sealed = $3, pinned = $4, edited_at = $5 WHERE account_id = $1 AND id = $2",
        key.account().0,
        to.id.0,
        sealed(key, to.id, &to.text)?,
        to.pinned,
        to.edited_at.map(|at| at.0)
    )?;
    if changed == 1 {
        search::index_note(tx, key, to.id, Some((to.conversation, to.at, to.text.reveal()))).await?;
    }
    Ok(changed == 1)
}

pub async fn remove(tx: &mut Tx, key: &AccountKey, id: NoteId) -> Result<bool, StoreError> {
    let gone = exec!(tx, "DELETE FROM note WHERE account_id = $1 AND id = $2", key.account().0, id.0)?;
    if gone == 1 {
        search::index_note(tx, key, id, None).await?;
    }
    Ok(gone == 1)
}

fn sealed(key: &AccountKey, id: NoteId, text: &Pii<String>) -> Result<Vec<u8>, StoreError> {
    Ok(key.seal(Place::new("note", "text", id.0.as_bytes()), text.reveal().as_bytes())?)
}

fn note(key: &AccountKey, row: Row) -> Result<Note, StoreError> {
    Ok(Note {
        text: Pii::new(open_text(key, Place::new("note", "text", row.id.as_bytes()), &row.text_sealed)?),
        id: NoteId(row.id),
        conversation: ConversationId(row.conversation_id),
        author: row.author_id.map(UserId),
        agent: row.agent_id.map(AgentId),
        pinned: row.pinned,
        at: Timestamp(row.at),
        edited_at: row.edited_at.map(Timestamp),
    })
}
