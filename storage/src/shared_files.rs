//! Files that everybody may send, with their versions. Few enough to be read whole; what they contain lies with
//! [`crate::attachments::Contents`], under a version's id.

use crate::accounts::open_text;
use crate::{StoreError, Tx};
use ringdesk_conversations::{SharedFile, SharedVersion};
use ringdesk_model::{AccountId, Pii, QueueId, Timestamp, UserId};
use ringdesk_vault::{AccountKey, Place};
use std::collections::BTreeSet;
use uuid::Uuid;

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    title: String,
    tags: String,
    queues: String,
    uses: i64,
    withdrawn_at: Option<i64>,
    version_id: Uuid,
    n: i64,
    kind: String,
    mime: String,
    name_sealed: Vec<u8>,
    bytes: i64,
    at: i64,
}

/// A new one, with its first version.
pub async fn insert(
    tx: &mut Tx,
    key: &AccountKey,
    file: &SharedFile,
    author: Option<UserId>,
) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO shared_file (id, account_id, title, tags, queues, uses, at) VALUES ($1, $2, $3, $4, $5, 0, $6)",
        file.id,
        key.account().0,
        file.title.as_str(),
        json(&file.tags)?,
        json(&file.queues)?,
        file.version.at.0
    )?;
    add_version(tx, key, file.id, &file.version, author).await
}

/// What it contains from now on.
pub async fn add_version(
    tx: &mut Tx,
    key: &AccountKey,
    file: Uuid,
    version: &SharedVersion,
    author: Option<UserId>,
) -> Result<(), StoreError> {
    let name = key.seal(place(&version.id), version.name.reveal().as_bytes())?;
    exec!(
        tx,
        "INSERT INTO shared_file_version (id, account_id, file_id, n, kind, mime, name_sealed, bytes, author_id, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        version.id,
        key.account().0,
        file,
        version.n,
        version.kind.as_str(),
        version.mime.as_str(),
        name,
        version.bytes,
        author.map(|user| user.0),
        version.at.0
    )?;
    Ok(())
}

/// What it is called, by whom it is seen, and whether it is sent. False: it is not there.
pub async fn change(
    tx: &mut Tx,
    account: AccountId,
    id: Uuid,
    (title, tags, queues): (&str, &[String], &BTreeSet<QueueId>),
    withdrawn_at: Option<Timestamp>,
) -> Result<bool, StoreError> {
    let changed = exec!(
        tx,
        "UPDATE shared_file SET title = $3, tags = $4, queues = $5, withdrawn_at = $6 WHERE id = $1 AND account_id = $2",
        id,
        account.0,
        title,
        json(tags)?,
        json(queues)?,
        withdrawn_at.map(|at| at.0)
    )?;
    Ok(changed == 1)
}

/// It was sent once more.
pub async fn used(tx: &mut Tx, account: AccountId, id: Uuid) -> Result<(), StoreError> {
    exec!(tx, "UPDATE shared_file SET uses = uses + 1 WHERE id = $1 AND account_id = $2", id, account.0)?;
    Ok(())
}

/// All of them by their titles, each as its last version is.
pub async fn all(tx: &mut Tx, key: &AccountKey) -> Result<Vec<SharedFile>, StoreError> {
    let found: Vec<Row> = rows!(
        tx,
        "SELECT f.id, f.title, f.tags, f.queues, f.uses, f.withdrawn_at, v.id AS version_id, v.n, v.kind, v.mime, v.name_sealed,
                v.bytes, v.at
         FROM shared_file f JOIN shared_file_version v ON v.file_id = f.id
         WHERE f.account_id = $1 AND v.n = (SELECT MAX(w.n) FROM shared_file_version w WHERE w.file_id = f.id)
         ORDER BY f.title, f.id",
        key.account().0
    )?;
    found.into_iter().map(|row| read(key, row)).collect()
}

/// One, as this version was (`None`: as its last is).
pub async fn get(tx: &mut Tx, key: &AccountKey, id: Uuid, n: Option<i64>) -> Result<Option<SharedFile>, StoreError> {
    let found: Option<Row> = row!(
        tx,
        "SELECT f.id, f.title, f.tags, f.queues, f.uses, f.withdrawn_at, v.id AS version_id, v.n, v.kind, v.mime, v.name_sealed,
                v.bytes, v.at
         FROM shared_file f JOIN shared_file_version v ON v.file_id = f.id
         WHERE f.account_id = $1 AND f.id = $2 AND (v.n = $3 OR $4) ORDER BY v.n DESC LIMIT 1",
        key.account().0,
        id,
        n.unwrap_or(0),
        n.is_none()
    )?;
    found.map(|row| read(key, row)).transpose()
}

fn read(key: &AccountKey, row: Row) -> Result<SharedFile, StoreError> {
    let wrong = |_| StoreError::unreadable("a shared file", &row.title);
    let tags = serde_json::from_str(&row.tags).map_err(wrong)?;
    let queues = serde_json::from_str(&row.queues).map_err(wrong)?;
    let name = Pii::new(open_text(key, place(&row.version_id), &row.name_sealed)?);
    let (id, n, bytes, at) = (row.version_id, row.n, row.bytes, Timestamp(row.at));
    let version = SharedVersion { id, n, kind: row.kind, mime: row.mime, name, bytes, at };
    let withdrawn_at = row.withdrawn_at.map(Timestamp);
    Ok(SharedFile { id: row.id, title: row.title, tags, queues, uses: row.uses, withdrawn_at, version })
}

fn place(id: &Uuid) -> Place<'_> {
    Place::new("shared_file_version", "name", id.as_bytes())
}

fn json(list: &(impl serde::Serialize + ?Sized)) -> Result<String, StoreError> {
    serde_json::to_string(list).map_err(|e| StoreError::unreadable("a list of a shared file", e))
}
