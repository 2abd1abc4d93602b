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
    /// Tags of one group stand together.
    pub group: Option<String>,
    /// Names of the roles that give it and take it away; none: everybody who marks.
    pub roles: Vec<String>,
}

impl Tag {
    /// In use, everybody's, with nothing but a name.
    pub fn named(id: TagId, name: &str) -> Tag {
        Tag { id, name: name.to_owned(), colour: None, disabled: false, group: None, roles: Vec::new() }
    }
}

/// How much hangs on a tag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TagUsage {
    pub conversations: i64,
    pub contacts: i64,
}

pub async fn all(tx: &mut Tx, account: AccountId) -> Result<Vec<Tag>, StoreError> {
    type Row = (Uuid, String, Option<String>, bool, Option<String>, String);
    let found: Vec<Row> = rows!(
        tx,
        "SELECT id, name, colour, disabled, tag_group, roles FROM tag WHERE account_id = $1 ORDER BY name",
        account.0
    )?;
    let tag = |(id, name, colour, disabled, group, roles): Row| {
        let roles = serde_json::from_str(&roles).map_err(|e| StoreError::unreadable("roles of a tag", e))?;
        Ok(Tag { id: TagId(id), name, colour, disabled, group, roles })
    };
    found.into_iter().map(tag).collect()
}

/// Make one, or change what it is called.
pub async fn put(tx: &mut Tx, account: AccountId, tag: &Tag) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO tag (id, account_id, name, colour, disabled, tag_group, roles) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, colour = excluded.colour, disabled = excluded.disabled,
            tag_group = excluded.tag_group, roles = excluded.roles",
        tag.id.0,
        account.0,
        tag.name.as_str(),
        tag.colour.as_deref(),
        tag.disabled,
        tag.group.as_deref(),
        serde_json::to_string(&tag.roles).expect("a list of texts")
    )?;
    Ok(())
}

/// How much hangs on each; what nothing hangs on is not there.
pub async fn usage(tx: &mut Tx, account: AccountId) -> Result<BTreeMap<TagId, TagUsage>, StoreError> {
    let found: Vec<(Uuid, i64, i64)> = rows!(
        tx,
        "SELECT t.id, (SELECT COUNT(*) FROM conversation_tag c WHERE c.tag_id = t.id),
                (SELECT COUNT(*) FROM contact_tag k WHERE k.tag_id = t.id)
         FROM tag t WHERE t.account_id = $1",
        account.0
    )?;
    let usage = |(id, conversations, contacts)| (TagId(id), TagUsage { conversations, contacts });
    Ok(found.into_iter().map(usage).filter(|(_, usage)| *usage != TagUsage::default()).collect())
}

/// What hangs on `gone` hangs on `kept` from now on; `gone` is no more.
pub async fn merge(tx: &mut Tx, account: AccountId, gone: TagId, kept: TagId) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO conversation_tag (conversation_id, tag_id, account_id, at, by_user)
         SELECT g.conversation_id, $3, g.account_id, g.at, g.by_user FROM conversation_tag g
         WHERE g.account_id = $1 AND g.tag_id = $2 ON CONFLICT DO NOTHING",
        account.0,
        gone.0,
        kept.0
    )?;
    exec!(
        tx,
        "INSERT INTO contact_tag (contact_id, tag_id, account_id, at, by_user)
         SELECT g.contact_id, $3, g.account_id, g.at, g.by_user FROM contact_tag g
         WHERE g.account_id = $1 AND g.tag_id = $2 ON CONFLICT DO NOTHING",
        account.0,
        gone.0,
        kept.0
    )?;
    exec!(tx, "DELETE FROM conversation_tag WHERE account_id = $1 AND tag_id = $2", account.0, gone.0)?;
    exec!(tx, "DELETE FROM contact_tag WHERE account_id = $1 AND tag_id = $2", account.0, gone.0)?;
    exec!(tx, "DELETE FROM tag WHERE account_id = $1 AND id = $2", account.0, gone.0)?;
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
