//! Filters of what contacts write, what each has found, and the texts in which something was found.

use crate::accounts::open_text;
use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, ConversationId, InboxId, Pii, Timestamp, UserId};
use ringdesk_vault::{AccountKey, Place};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterRow {
    pub id: Uuid,
    pub name: String,
    /// JSON.
    pub document: String,
    pub version: i64,
}

/// How a filter's find has fared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindRow {
    pub filter: Uuid,
    pub find: String,
    pub found: i64,
    /// Of them, in how many texts somebody saw nothing wrong.
    pub harmless: i64,
}

/// A text in which something was found.
#[derive(Clone, Debug)]
pub struct FilteredText {
    pub id: Uuid,
    pub inbox: InboxId,
    /// `mark`, `hold`, `refuse`.
    pub action: String,
    /// JSON: what came.
    pub said: Pii<String>,
    /// JSON: which filters found what.
    pub found: Pii<String>,
    pub at: Timestamp,
    /// `harmless`, `harmful`; `None`: nobody has said.
    pub verdict: Option<String>,
    pub judged_by: Option<UserId>,
    pub judged_at: Option<Timestamp>,
    /// Where it stands, if it does.
    pub conversation: Option<ConversationId>,
}

/// Who wrote it, and under which name: keyed hashes.
#[derive(Clone, Copy, Debug)]
pub struct FilteredNames {
    pub sent_as: [u8; 16],
    pub writer: [u8; 16],
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    inbox_id: Uuid,
    action: String,
    said_sealed: Vec<u8>,
    found_sealed: Vec<u8>,
    at: i64,
    verdict: Option<String>,
    judged_by: Option<Uuid>,
    judged_at: Option<i64>,
    conversation_id: Option<Uuid>,
}

/// By their names.
pub async fn all(tx: &mut Tx, account: AccountId) -> Result<Vec<FilterRow>, StoreError> {
    let found: Vec<(Uuid, String, String, i64)> = rows!(
        tx,
        "SELECT id, name, document, version FROM text_filter WHERE account_id = $1 ORDER BY name, id",
        account.0
    )?;
    let row = |(id, name, document, version)| FilterRow { id, name, document, version };
    Ok(found.into_iter().map(row).collect())
}

/// A new one (version 1), or the next version of one that is there. False: another was quicker.
pub async fn put(tx: &mut Tx, account: AccountId, row: &FilterRow) -> Result<bool, StoreError> {
    let put = exec!(
        tx,
        "INSERT INTO text_filter (id, account_id, name, document, version) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, document = excluded.document, version = excluded.version
         WHERE text_filter.version = excluded.version - 1 AND text_filter.account_id = excluded.account_id",
        row.id,
        account.0,
        &row.name,
        &row.document,
        row.version
    )?;
    Ok(put == 1)
}

/// With what it has found. The texts stay. False: there is none.
pub async fn remove(tx: &mut Tx, account: AccountId, id: Uuid) -> Result<bool, StoreError> {
    exec!(
        tx,
        "DELETE FROM text_filter_find WHERE filter_id IN (SELECT id FROM text_filter WHERE id = $1 AND account_id = $2)",
        id,
        account.0
    )?;
    Ok(exec!(tx, "DELETE FROM text_filter WHERE id = $1 AND account_id = $2", id, account.0)? == 1)
}

/// The oftenest found first.
pub async fn finds(tx: &mut Tx, account: AccountId, limit: i64) -> Result<Vec<FindRow>, StoreError> {
    let found: Vec<(Uuid, String, i64, i64)> = rows!(
        tx,
        "SELECT n.filter_id, n.find, n.found, n.harmless FROM text_filter_find n JOIN text_filter f ON f.id = n.filter_id
         WHERE f.account_id = $1 ORDER BY n.found DESC, n.filter_id, n.find LIMIT $2",
        account.0,
        limit
    )?;
    let row = |(filter, find, found, harmless)| FindRow { filter, find, found, harmless };
    Ok(found.into_iter().map(row).collect())
}

/// Once more found; or (`harmless`) once more where nothing was wrong. Of a filter that is gone nothing is counted.
pub async fn count(
    tx: &mut Tx,
    account: AccountId,
    (filter, find): (Uuid, &str),
    harmless: bool,
) -> Result<(), StoreError> {
    exec!(
        tx,
        sqlite: "INSERT INTO text_filter_find (filter_id, find, found, harmless)
                 SELECT id, $3, $4, $5 FROM text_filter WHERE id = $1 AND account_id = $2
                 ON CONFLICT (filter_id, find) DO UPDATE
                 SET found = text_filter_find.found + excluded.found, harmless = text_filter_find.harmless + excluded.harmless",
        postgres: "INSERT INTO text_filter_find (filter_id, find, found, harmless)
                 SELECT id, $3::text, $4::bigint, $5::bigint FROM text_filter WHERE id = $1 AND account_id = $2
                 ON CONFLICT (filter_id, find) DO UPDATE
                 SET found = text_filter_find.found + excluded.found, harmless = text_filter_find.harmless + excluded.harmless",
        filter,
        account.0,
        find,
        i64::from(!harmless),
        i64::from(harmless)
    )?;
    Ok(())
}

pub async fn insert(
    tx: &mut Tx,
    key: &AccountKey,
    text: &FilteredText,
    names: &FilteredNames,
) -> Result<(), StoreError> {
    let seal = |column, value: &Pii<String>| {
        key.seal(Place::new("filtered_text", column, text.id.as_bytes()), value.reveal().as_bytes())
    };
    exec!(
        tx,
        "INSERT INTO filtered_text (id, account_id, inbox_id, sent_as, writer, action, said_sealed, found_sealed, at, conversation_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        text.id,
        key.account().0,
        text.inbox.0,
        &names.sent_as[..],
        &names.writer[..],
        &text.action,
        seal("said", &text.said)?,
        seal("found", &text.found)?,
        text.at.0,
        text.conversation.map(|id| id.0)
    )?;
    Ok(())
}

/// The one that came under this name before.
pub async fn sent_as(tx: &mut Tx, key: &AccountKey, name: &[u8; 16]) -> Result<Option<FilteredText>, StoreError> {
    let found: Option<Row> = row!(
        tx,
        "SELECT id, inbox_id, action, said_sealed, found_sealed, at, verdict, judged_by, judged_at, conversation_id
         FROM filtered_text WHERE account_id = $1 AND sent_as = $2",
        key.account().0,
        &name[..]
    )?;
    found.map(|row| text(key, row)).transpose()
}

pub async fn get(tx: &mut Tx, key: &AccountKey, id: Uuid) -> Result<Option<FilteredText>, StoreError> {
    let found: Option<Row> = row!(
        tx,
        "SELECT id, inbox_id, action, said_sealed, found_sealed, at, verdict, judged_by, judged_at, conversation_id
         FROM filtered_text WHERE id = $1 AND account_id = $2",
        id,
        key.account().0
    )?;
    found.map(|row| text(key, row)).transpose()
}

/// Those that are held and wait for a word, longest waiting first.
pub async fn held(tx: &mut Tx, key: &AccountKey, limit: i64) -> Result<Vec<FilteredText>, StoreError> {
    let found: Vec<Row> = rows!(
        tx,
        "SELECT id, inbox_id, action, said_sealed, found_sealed, at, verdict, judged_by, judged_at, conversation_id
         FROM filtered_text WHERE account_id = $1 AND verdict IS NULL AND action = 'hold' ORDER BY at, id LIMIT $2",
        key.account().0,
        limit
    )?;
    found.into_iter().map(|row| text(key, row)).collect()
}

/// Everything else, newest first.
pub async fn past(
    tx: &mut Tx,
    key: &AccountKey,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<FilteredText>, StoreError> {
    let found: Vec<Row> = rows!(
        tx,
        sqlite: "SELECT id, inbox_id, action, said_sealed, found_sealed, at, verdict, judged_by, judged_at, conversation_id
                 FROM filtered_text WHERE account_id = $1 AND (verdict IS NOT NULL OR action <> 'hold') AND ($2 IS NULL OR id < $2)
                 ORDER BY id DESC LIMIT $3",
        postgres: "SELECT id, inbox_id, action, said_sealed, found_sealed, at, verdict, judged_by, judged_at, conversation_id
                 FROM filtered_text WHERE account_id = $1 AND (verdict IS NOT NULL OR action <> 'hold') AND ($2::uuid IS NULL OR id < $2::uuid)
                 ORDER BY id DESC LIMIT $3",
        key.account().0,
        before,
        limit
    )?;
    found.into_iter().map(|row| text(key, row)).collect()
}

/// Of this writer, how many nobody has judged.
pub async fn unjudged_of(tx: &mut Tx, account: AccountId, writer: &[u8; 16]) -> Result<i64, StoreError> {
    let found: Option<(i64,)> = row!(
        tx,
        "SELECT COUNT(*) FROM filtered_text WHERE account_id = $1 AND writer = $2 AND verdict IS NULL",
        account.0,
        &writer[..]
    )?;
    Ok(found.map_or(0, |(count,)| count))
}

/// Somebody has said what it is. False: another was quicker.
pub async fn judge(
    tx: &mut Tx,
    account: AccountId,
    id: Uuid,
    (verdict, by, at): (&str, Option<UserId>, Timestamp),
) -> Result<bool, StoreError> {
    let judged = exec!(
        tx,
        "UPDATE filtered_text SET verdict = $3, judged_by = $4, judged_at = $5
         WHERE id = $1 AND account_id = $2 AND verdict IS NULL",
        id,
        account.0,
        verdict,
        by.map(|user| user.0),
        at.0
    )?;
    Ok(judged == 1)
}

/// It has come to a conversation.
pub async fn stands(tx: &mut Tx, account: AccountId, id: Uuid, in_it: ConversationId) -> Result<(), StoreError> {
    exec!(
        tx,
        "UPDATE filtered_text SET conversation_id = $3 WHERE id = $1 AND account_id = $2",
        id,
        account.0,
        in_it.0
    )?;
    Ok(())
}

/// What nobody waits for any more.
pub async fn forget(tx: &mut Tx, account: AccountId, before: Timestamp) -> Result<(), StoreError> {
    exec!(
        tx,
        "DELETE FROM filtered_text WHERE account_id = $1 AND at < $2 AND (verdict IS NOT NULL OR action <> 'hold')",
        account.0,
        before.0
    )?;
    Ok(())
}

/// Texts that the contact of a conversation wrote since.
pub async fn written_since(
    tx: &mut Tx,
    account: AccountId,
    conversation: ConversationId,
    since: Timestamp,
) -> Result<i64, StoreError> {
    let found: Option<(i64,)> = row!(
        tx,
        "SELECT COUNT(*) FROM message m JOIN conversation c ON c.id = m.conversation_id
         WHERE c.id = $1 AND c.account_id = $2 AND m.kind = 'message' AND m.speaker = 'contact' AND m.at > $3",
        conversation.0,
        account.0,
        since.0
    )?;
    Ok(found.map_or(0, |(count,)| count))
}

/// The files of a text that does not go anywhere belong to none again, and are swept.
pub async fn let_go_of_files(tx: &mut Tx, account: AccountId, id: Uuid) -> Result<(), StoreError> {
    exec!(
        tx,
        "UPDATE attachment SET message_id = NULL, place = NULL WHERE message_id = $1 AND account_id = $2",
        id,
        account.0
    )?;
    Ok(())
}

fn text(key: &AccountKey, row: Row) -> Result<FilteredText, StoreError> {
    let open = |column, sealed: &[u8]| {
        open_text(key, Place::new("filtered_text", column, row.id.as_bytes()), sealed).map(Pii::new)
    };
    Ok(FilteredText {
        said: open("said", &row.said_sealed)?,
        found: open("found", &row.found_sealed)?,
        id: row.id,
        inbox: InboxId(row.inbox_id),
        action: row.action,
        at: Timestamp(row.at),
        verdict: row.verdict,
        judged_by: row.judged_by.map(UserId),
        judged_at: row.judged_at.map(Timestamp),
        conversation: row.conversation_id.map(ConversationId),
    })
}
