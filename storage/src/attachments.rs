//! Files that people send each other: a row each, and what they contain, sealed, in the data folder.

use crate::accounts::open_text;
use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, ConversationId, InboxId, Pii, Scope, Timestamp, UserId};
use ringdesk_vault::{AccountKey, Place};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// One that is brought.
#[derive(Clone, Debug)]
pub struct NewAttachment<'a> {
    pub id: Uuid,
    pub inbox: InboxId,
    pub author: Option<UserId>,
    pub kind: &'a str,
    pub mime: &'a str,
    pub name: &'a Pii<String>,
    pub bytes: i64,
    /// Where its content lies, if that is shared by many.
    pub content: Option<Uuid>,
    pub at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    pub id: Uuid,
    /// Under which its content lies: its own, or that of the shared file it was sent from.
    pub content: Uuid,
    pub inbox: InboxId,
    pub author: Option<UserId>,
    /// `None`: no text with it was sent yet.
    pub message: Option<Uuid>,
    pub kind: String,
    pub mime: String,
    pub name: Pii<String>,
    pub bytes: i64,
    pub at: Timestamp,
}

type Row = (Uuid, Uuid, Uuid, Option<Uuid>, Option<Uuid>, String, String, Vec<u8>, i64, i64);

pub async fn insert(tx: &mut Tx, key: &AccountKey, new: &NewAttachment<'_>) -> Result<(), StoreError> {
    let name = key.seal(Place::new("attachment", "name", new.id.as_bytes()), new.name.reveal().as_bytes())?;
    exec!(
        tx,
        "INSERT INTO attachment (id, account_id, inbox_id, author_id, kind, mime, name_sealed, bytes, content_id, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        new.id,
        key.account().0,
        new.inbox.0,
        new.author.map(|user| user.0),
        new.kind,
        new.mime,
        name,
        new.bytes,
        new.content,
        new.at.0
    )?;
    Ok(())
}

pub async fn get(tx: &mut Tx, key: &AccountKey, id: Uuid) -> Result<Option<Attachment>, StoreError> {
    let found: Option<Row> = row!(
        tx,
        "SELECT id, COALESCE(content_id, id), inbox_id, author_id, message_id, kind, mime, name_sealed, bytes, at FROM attachment
         WHERE id = $1 AND account_id = $2",
        id,
        key.account().0
    )?;
    found.map(|row| read(key, row)).transpose()
}

/// Put one with a text; false: it is not there, or a text has it.
pub async fn send(
    tx: &mut Tx,
    account: AccountId,
    (id, inbox, author): (Uuid, InboxId, Option<UserId>),
    (message, place): (Uuid, i64),
) -> Result<bool, StoreError> {
    let sent = exec!(
        tx,
        "UPDATE attachment SET message_id = $4, place = $5
         WHERE id = $1 AND account_id = $2 AND inbox_id = $3 AND message_id IS NULL
           AND (author_id = $6 OR (author_id IS NULL AND $7))",
        id,
        account.0,
        inbox.0,
        message,
        place,
        author.map(|user| user.0),
        author.is_none()
    )?;
    Ok(sent == 1)
}

/// Those of a text, in their order. A text that was recalled has none.
pub async fn of_message(tx: &mut Tx, key: &AccountKey, message: Uuid) -> Result<Vec<Attachment>, StoreError> {
    let found: Vec<Row> = rows!(
        tx,
        "SELECT a.id, COALESCE(a.content_id, a.id), a.inbox_id, a.author_id, a.message_id, a.kind, a.mime, a.name_sealed, a.bytes, a.at
         FROM attachment a JOIN text_message x ON x.id = a.message_id
         WHERE a.account_id = $1 AND a.message_id = $2 AND x.recalled_at IS NULL ORDER BY a.place",
        key.account().0,
        message
    )?;
    found.into_iter().map(|row| read(key, row)).collect()
}

/// Those of a conversation's texts within these numbers, in their order.
pub async fn of_conversation(
    tx: &mut Tx,
    key: &AccountKey,
    conversation: ConversationId,
    (after, to): (i64, i64),
) -> Result<Vec<Attachment>, StoreError> {
    let found: Vec<Row> = rows!(
        tx,
        "SELECT a.id, COALESCE(a.content_id, a.id), a.inbox_id, a.author_id, a.message_id, a.kind, a.mime, a.name_sealed, a.bytes, a.at
         FROM text_message x JOIN attachment a ON a.message_id = x.id
         WHERE x.account_id = $1 AND x.conversation_id = $2 AND x.seq > $3 AND x.seq <= $4 AND x.recalled_at IS NULL
         ORDER BY x.seq, a.place",
        key.account().0,
        conversation.0,
        after,
        to
    )?;
    found.into_iter().map(|row| read(key, row)).collect()
}

/// The conversation of its text, if this reader may see that.
pub async fn conversation_of(tx: &mut Tx, scope: &Scope, message: Uuid) -> Result<Option<ConversationId>, StoreError> {
    let found: Option<(Uuid,)> = row!(
        tx,
        "SELECT x.conversation_id FROM text_message x
         WHERE x.id = $1 AND x.account_id = $2 AND x.recalled_at IS NULL
           AND ($3 OR EXISTS (SELECT 1 FROM participation p WHERE p.conversation_id = x.conversation_id AND p.agent_id = $4))",
        message,
        scope.account.0,
        scope.everyone,
        scope.agent.map(|agent| agent.0)
    )?;
    Ok(found.map(|(id,)| ConversationId(id)))
}

/// Those that nobody sent since long, oldest first.
pub async fn unsent(tx: &mut Tx, account: AccountId, before: Timestamp, limit: i64) -> Result<Vec<Uuid>, StoreError> {
    let found: Vec<(Uuid,)> = rows!(
        tx,
        "SELECT id FROM attachment WHERE account_id = $1 AND message_id IS NULL AND at < $2 ORDER BY at LIMIT $3",
        account.0,
        before.0,
        limit
    )?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// How many bytes of theirs lie here unsent: what one person may pile up is bounded.
pub async fn piled_up(
    tx: &mut Tx,
    account: AccountId,
    inbox: InboxId,
    author: Option<UserId>,
) -> Result<i64, StoreError> {
    let found: Option<(i64,)> = row!(
        tx,
        "SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM attachment
         WHERE account_id = $1 AND inbox_id = $2 AND message_id IS NULL
           AND (author_id = $3 OR (author_id IS NULL AND $4))",
        account.0,
        inbox.0,
        author.map(|user| user.0),
        author.is_none()
    )?;
    Ok(found.map_or(0, |(sum,)| sum))
}

/// Forget one that no text has; false: one has it by now.
pub async fn forget_unsent(tx: &mut Tx, account: AccountId, id: Uuid) -> Result<bool, StoreError> {
    let gone =
        exec!(tx, "DELETE FROM attachment WHERE id = $1 AND account_id = $2 AND message_id IS NULL", id, account.0)?;
    Ok(gone == 1)
}

fn read(key: &AccountKey, row: Row) -> Result<Attachment, StoreError> {
    let (id, content, inbox, author, message, kind, mime, name, bytes, at) = row;
    let name = Pii::new(open_text(key, Place::new("attachment", "name", id.as_bytes()), &name)?);
    let (inbox, author, at) = (InboxId(inbox), author.map(UserId), Timestamp(at));
    Ok(Attachment { id, content, inbox, author, message, kind, mime, name, bytes, at })
}

/// Where the contents lie. Blocks; nothing here reads what it keeps.
#[derive(Clone, Debug)]
pub struct Contents {
    root: PathBuf,
}

impl Contents {
    pub fn within(data: &Path) -> Contents {
        Contents { root: data.join("attachments") }
    }

    /// Keep it whole or not at all.
    pub fn keep(&self, key: &AccountKey, id: Uuid, plain: &[u8]) -> Result<(), StoreError> {
        let sealed = key.seal(Place::new("attachment", "content", id.as_bytes()), plain)?;
        let path = self.path(id);
        let fault = |source: io::Error| StoreError::Folder { folder: self.root.clone(), source };
        let folder = path.parent().unwrap_or(&self.root);
        fs::create_dir_all(folder).map_err(fault)?;
        let part = path.with_extension("part");
        let written = File::create(&part).and_then(|mut file| {
            file.write_all(&sealed)?;
            file.sync_all()
        });
        let kept = written.and_then(|()| fs::rename(&part, &path)).and_then(|()| File::open(folder)?.sync_all());
        if kept.is_err() {
            let _ = fs::remove_file(&part);
        }
        kept.map_err(fault)
    }

    /// `None`: its file is gone.
    pub fn open(&self, key: &AccountKey, id: Uuid) -> Result<Option<Vec<u8>>, StoreError> {
        match fs::read(self.path(id)) {
            Ok(sealed) => Ok(Some(key.open(Place::new("attachment", "content", id.as_bytes()), &sealed)?)),
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(StoreError::Folder { folder: self.root.clone(), source }),
        }
    }

    pub fn remove(&self, id: Uuid) -> Result<(), StoreError> {
        match fs::remove_file(self.path(id)) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(StoreError::Folder { folder: self.root.clone(), source })
            }
            _ => Ok(()),
        }
    }

    /// In 256 folders, by the last two figures: ids begin with the time.
    fn path(&self, id: Uuid) -> PathBuf {
        let name = id.simple().to_string();
        self.root.join(&name[name.len() - 2..]).join(name)
    }
}
