//! The account's tags, and which conversations are marked with them.

use crate::batch::{Id, json};
use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, ConversationId, TagId, Timestamp, UserId};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    pub id: TagId,
    pub name: String,
    /// As CSS writes it: `#d46b08`.
    pub colour: Option<String>,
    /// Out of use.
    pub disabled: bool,
}

pub async fn all(tx: &mut Tx, account: AccountId) -> Result<Vec<Tag>, StoreError> {
    let found: Vec<(Uuid, String, Option<String>, bool)> =
        rows!(tx, "SELECT id, name, colour, disabled FROM tag WHERE account_id = $1 ORDER BY name", account.0)?;
    let tag = |(id, name, colour, disabled)| Tag { id: TagId(id), name, colour, disabled };
    Ok(found.into_iter().map(tag).collect())
}

/// Make one, or change what it is called.
pub async fn put(tx: &mut Tx, account: AccountId, tag: &Tag) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO tag (id, account_id, name, colour, disabled) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, colour = excluded.colour, disabled = excluded.disabled",
        tag.id.0,
        account.0,
        tag.name.as_str(),
        tag.colour.as_deref(),
        tag.disabled
    )?;
    Ok(())
}

/// Those of some conversations.
pub async fn of(
    tx: &mut Tx,
    account: AccountId,
    conversations: &[ConversationId],
) -> Result<BTreeMap<ConversationId, BTreeSet<TagId>>, StoreError> {
    let ids = json(&conversations.iter().map(|c| Id(c.0)).collect::<Vec<_>>());
    let found: Vec<(Uuid, Uuid)> = rows!(
        tx,
        sqlite: "SELECT conversation_id, tag_id FROM conversation_tag WHERE account_id = $1
                 AND conversation_id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "SELECT conversation_id, tag_id FROM conversation_tag WHERE account_id = $1
                 AND conversation_id IN (SELECT v::uuid FROM jsonb_array_elements_text($2::jsonb) v)",
        account.0,
        ids
    )?;
    let mut of: BTreeMap<ConversationId, BTreeSet<TagId>> = BTreeMap::new();
    for (conversation, tag) in found {
        of.entry(ConversationId(conversation)).or_default().insert(TagId(tag));
    }
    Ok(of)
}

/// How many conversations are marked with it.
pub async fn count(tx: &mut Tx, account: AccountId, tag: TagId) -> Result<i64, StoreError> {
    let found: Option<(i64,)> =
        row!(tx, "SELECT COUNT(*) FROM conversation_tag WHERE account_id = $1 AND tag_id = $2", account.0, tag.0)?;
    Ok(found.map_or(0, |(count,)| count))
}

pub async fn add(
    tx: &mut Tx,
    now: Timestamp,
    account: AccountId,
    conversation: ConversationId,
    tag: TagId,
    by: Option<UserId>,
) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO conversation_tag (conversation_id, tag_id, account_id, at, by_user) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING",
        conversation.0,
        tag.0,
        account.0,
        now.0,
        by.map(|u| u.0)
    )?;
    Ok(())
}

pub async fn take(tx: &mut Tx, account: AccountId, conversation: ConversationId, tag: TagId) -> Result<(), StoreError> {
    exec!(
        tx,
        "DELETE FROM conversation_tag WHERE account_id = $1 AND conversation_id = $2 AND tag_id = $3",
        account.0,
        conversation.0,
        tag.0
    )?;
    Ok(())
}
