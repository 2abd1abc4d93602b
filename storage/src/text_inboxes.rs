//! Inboxes for texts: whose queue answers, what they do by themselves, and the secrets by which both sides know each other.

use crate::accounts::open_text;
use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, Channel, InboxId, Pii, QueueId, Timestamp};
use ringdesk_vault::{AccountKey, Place};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextInbox {
    pub id: InboxId,
    pub channel: Channel,
    pub name: String,
    pub queue: QueueId,
    /// JSON.
    pub settings: String,
    /// Out of use.
    pub disabled: bool,
}

/// What texts are signed with.
#[derive(Clone, Debug)]
pub struct Secret {
    pub id: Uuid,
    pub secret: Pii<String>,
    pub made_at: Timestamp,
    /// `None`: until another one is made.
    pub ends_at: Option<Timestamp>,
}

/// What an inbox of its name is beside what every inbox is.
pub async fn put(
    tx: &mut Tx,
    account: AccountId,
    inbox: InboxId,
    queue: QueueId,
    settings: &str,
) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO text_inbox (inbox_id, account_id, queue_id, settings) VALUES ($1, $2, $3, $4)
         ON CONFLICT (inbox_id) DO UPDATE SET queue_id = excluded.queue_id, settings = excluded.settings",
        inbox.0,
        account.0,
        queue.0,
        settings
    )?;
    Ok(())
}

/// By their names.
pub async fn all(tx: &mut Tx, account: AccountId) -> Result<Vec<TextInbox>, StoreError> {
    type Row = (Uuid, String, String, Uuid, String, bool);
    let found: Vec<Row> = rows!(
        tx,
        "SELECT i.id, i.channel, i.name, t.queue_id, t.settings, i.disabled FROM text_inbox t JOIN inbox i ON i.id = t.inbox_id
         WHERE t.account_id = $1 ORDER BY i.name",
        account.0
    )?;
    let inbox = |(id, channel, name, queue, settings, disabled): Row| {
        Ok(TextInbox {
            id: InboxId(id),
            channel: Channel::parse(&channel).ok_or_else(|| StoreError::unreadable("channel", &channel))?,
            name,
            queue: QueueId(queue),
            settings,
            disabled,
        })
    };
    found.into_iter().map(inbox).collect()
}

/// Whose inbox it is. Asked where nobody has signed in.
pub async fn account_of(tx: &mut Tx, inbox: InboxId) -> Result<Option<AccountId>, StoreError> {
    let found: Option<(Uuid,)> = row!(tx, "SELECT account_id FROM text_inbox WHERE inbox_id = $1", inbox.0)?;
    Ok(found.map(|(id,)| AccountId(id)))
}

/// Those that are good at a moment, newest first.
pub async fn secrets(tx: &mut Tx, key: &AccountKey, inbox: InboxId, now: Timestamp) -> Result<Vec<Secret>, StoreError> {
    let found: Vec<(Uuid, Vec<u8>, i64, Option<i64>)> = rows!(
        tx,
        "SELECT id, secret_sealed, made_at, ends_at FROM inbox_secret
         WHERE inbox_id = $1 AND account_id = $2 AND (ends_at IS NULL OR ends_at > $3) ORDER BY made_at DESC, id DESC LIMIT 10",
        inbox.0,
        key.account().0,
        now.0
    )?;
    let secret = |(id, sealed, made, ends): (Uuid, Vec<u8>, i64, Option<i64>)| {
        let place = Place::new("inbox_secret", "secret", id.as_bytes());
        let secret = Pii::new(open_text(key, place, &sealed)?);
        Ok(Secret { id, secret, made_at: Timestamp(made), ends_at: ends.map(Timestamp) })
    };
    found.into_iter().map(secret).collect()
}

/// Another secret; those before it are good until `others_end`.
pub async fn add_secret(
    tx: &mut Tx,
    key: &AccountKey,
    inbox: InboxId,
    new: &Secret,
    others_end: Timestamp,
) -> Result<(), StoreError> {
    exec!(
        tx,
        "UPDATE inbox_secret SET ends_at = $3 WHERE inbox_id = $1 AND account_id = $2 AND (ends_at IS NULL OR ends_at > $3)",
        inbox.0,
        key.account().0,
        others_end.0
    )?;
    exec!(
        tx,
        "INSERT INTO inbox_secret (id, inbox_id, account_id, secret_sealed, made_at) VALUES ($1, $2, $3, $4, $5)",
        new.id,
        inbox.0,
        key.account().0,
        key.seal(Place::new("inbox_secret", "secret", new.id.as_bytes()), new.secret.reveal().as_bytes())?,
        new.made_at.0
    )?;
    Ok(())
}
