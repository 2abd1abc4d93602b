//! Quick phrases and the categories they stand in. Few enough to be read whole.

use crate::{StoreError, Tx};
use ringdesk_conversations::{PhraseCategory, PhraseFor, QuickPhrase};
use ringdesk_model::{AccountId, ConversationId, PhraseCategoryId, QueueId, QuickPhraseId, UserId};
use uuid::Uuid;

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    category_id: Option<Uuid>,
    queue_id: Option<Uuid>,
    owner_id: Option<Uuid>,
    code: String,
    title: String,
    texts: String,
    uses: i64,
    version: i64,
}

/// Everybody's, by their codes.
pub async fn all(tx: &mut Tx, account: AccountId) -> Result<Vec<QuickPhrase>, StoreError> {
    let found: Vec<Row> = rows!(
        tx,
        "SELECT id, category_id, queue_id, owner_id, code, title, texts, uses, version FROM quick_phrase
         WHERE account_id = $1 ORDER BY code, id",
        account.0
    )?;
    found.into_iter().map(phrase).collect()
}

/// One of them.
pub async fn by_id(tx: &mut Tx, account: AccountId, id: QuickPhraseId) -> Result<Option<QuickPhrase>, StoreError> {
    let found: Option<Row> = row!(
        tx,
        "SELECT id, category_id, queue_id, owner_id, code, title, texts, uses, version FROM quick_phrase
         WHERE account_id = $1 AND id = $2",
        account.0,
        id.0
    )?;
    found.map(phrase).transpose()
}

/// Make one, or put it in the place of the version before it; false: there is another version by now.
pub async fn put(tx: &mut Tx, account: AccountId, phrase: &QuickPhrase) -> Result<bool, StoreError> {
    let (queue, owner) = match phrase.whose {
        PhraseFor::Everybody => (None, None),
        PhraseFor::Queue(queue) => (Some(queue.0), None),
        PhraseFor::Me(user) => (None, Some(user.0)),
    };
    let texts = serde_json::to_string(&phrase.texts).map_err(|e| StoreError::unreadable("texts of a phrase", e))?;
    let changed = exec!(
        tx,
        "INSERT INTO quick_phrase (id, account_id, category_id, queue_id, owner_id, code, title, texts, uses, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9)
         ON CONFLICT (id) DO UPDATE SET category_id = excluded.category_id, queue_id = excluded.queue_id,
            owner_id = excluded.owner_id, code = excluded.code, title = excluded.title, texts = excluded.texts,
            version = excluded.version
         WHERE quick_phrase.version = excluded.version - 1 AND quick_phrase.account_id = excluded.account_id",
        phrase.id.0,
        account.0,
        phrase.category.map(|category| category.0),
        queue,
        owner,
        phrase.code.as_str(),
        phrase.title.as_str(),
        texts,
        phrase.version
    )?;
    Ok(changed == 1)
}

pub async fn remove(tx: &mut Tx, account: AccountId, id: QuickPhraseId) -> Result<(), StoreError> {
    exec!(tx, "DELETE FROM quick_phrase WHERE account_id = $1 AND id = $2", account.0, id.0)?;
    Ok(())
}

/// Once more.
pub async fn used(tx: &mut Tx, account: AccountId, id: QuickPhraseId) -> Result<(), StoreError> {
    exec!(tx, "UPDATE quick_phrase SET uses = uses + 1 WHERE account_id = $1 AND id = $2", account.0, id.0)?;
    Ok(())
}

/// In their order among those of the same parent.
pub async fn categories(tx: &mut Tx, account: AccountId) -> Result<Vec<PhraseCategory>, StoreError> {
    let found: Vec<(Uuid, Option<Uuid>, String, i64, String, bool)> = rows!(
        tx,
        "SELECT id, parent_id, name, place, queues, is_open FROM phrase_category WHERE account_id = $1 ORDER BY place, name, id",
        account.0
    )?;
    let category = |(id, parent, name, place, queues, open): (Uuid, Option<Uuid>, String, i64, String, bool)| {
        let queues =
            serde_json::from_str(&queues).map_err(|_| StoreError::unreadable("a category of phrases", &name))?;
        Ok(PhraseCategory { id: PhraseCategoryId(id), parent: parent.map(PhraseCategoryId), name, place, queues, open })
    };
    found.into_iter().map(category).collect()
}

pub async fn put_category(tx: &mut Tx, account: AccountId, one: &PhraseCategory) -> Result<(), StoreError> {
    let queues = serde_json::to_string(&one.queues).map_err(|e| StoreError::unreadable("queues of a category", e))?;
    exec!(
        tx,
        "INSERT INTO phrase_category (id, account_id, parent_id, name, place, queues, is_open) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id, name = excluded.name, place = excluded.place,
            queues = excluded.queues, is_open = excluded.is_open",
        one.id.0,
        account.0,
        one.parent.map(|parent| parent.0),
        one.name.as_str(),
        one.place,
        queues,
        one.open
    )?;
    Ok(())
}

pub async fn remove_category(tx: &mut Tx, account: AccountId, id: PhraseCategoryId) -> Result<(), StoreError> {
    exec!(tx, "DELETE FROM phrase_category WHERE account_id = $1 AND id = $2", account.0, id.0)?;
    Ok(())
}

/// The newest ticket that came up in a conversation.
pub async fn ticket_of(tx: &mut Tx, account: AccountId, id: ConversationId) -> Result<Option<i64>, StoreError> {
    let found: Option<(Option<i64>,)> =
        row!(tx, "SELECT MAX(number) FROM ticket WHERE account_id = $1 AND conversation_id = $2", account.0, id.0)?;
    Ok(found.and_then(|(number,)| number))
}

fn phrase(row: Row) -> Result<QuickPhrase, StoreError> {
    let whose = match (row.queue_id, row.owner_id) {
        (Some(queue), _) => PhraseFor::Queue(QueueId(queue)),
        (None, Some(user)) => PhraseFor::Me(UserId(user)),
        (None, None) => PhraseFor::Everybody,
    };
    let texts = serde_json::from_str(&row.texts).map_err(|_| StoreError::unreadable("a quick phrase", &row.code))?;
    Ok(QuickPhrase {
        id: QuickPhraseId(row.id),
        category: row.category_id.map(PhraseCategoryId),
        whose,
        code: row.code,
        title: row.title,
        texts,
        uses: row.uses,
        version: row.version,
    })
}
