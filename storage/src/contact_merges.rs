//! Two files made one, and two again: what moves with a file, by name, so that exactly that goes back.

use crate::accounts::open_text;
use crate::batch::{Hex, Id, json};
use crate::{StoreError, Tx};
use ringdesk_contacts::Change;
use ringdesk_model::{AccountId, BlockId, CallbackId, ContactId, ConversationId, MergeId, TagId, Timestamp, UserId};
use ringdesk_vault::{AccountKey, Place};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merge {
    pub id: MergeId,
    pub kept: ContactId,
    pub gone: ContactId,
    pub at: Timestamp,
    pub by: Option<UserId>,
    pub undone_at: Option<Timestamp>,
    pub undone_by: Option<UserId>,
    pub moved: Moved,
}

/// What a merge moved to the file that is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Moved {
    /// Kind and keyed hash, in hexadecimal.
    pub identities: Vec<(String, String)>,
    pub claims: Vec<(String, String)>,
    pub conversations: Vec<ConversationId>,
    pub callbacks: Vec<CallbackId>,
    /// That the kept file did not have.
    pub tags: Vec<TagId>,
    pub blocks: Vec<BlockId>,
    /// In the profile of the kept file.
    pub changes: Vec<Change>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    kept_id: Uuid,
    gone_id: Uuid,
    at: i64,
    by_user: Option<Uuid>,
    undone_at: Option<i64>,
    undone_by: Option<Uuid>,
    moved_sealed: Vec<u8>,
}

/// Move everything that hangs on `gone` to `kept`, and say what it was. A call that comes at the same moment by one of the
/// identities finds either file and moves along: identities go first, and whoever reads one holds it.
pub async fn move_all(
    tx: &mut Tx,
    now: Timestamp,
    account: AccountId,
    kept: ContactId,
    gone: ContactId,
    by: Option<UserId>,
) -> Result<Moved, StoreError> {
    let identities: Vec<(String, Vec<u8>)> = rows!(
        tx,
        "UPDATE contact_identity SET contact_id = $3 WHERE account_id = $1 AND contact_id = $2 RETURNING kind, value_hash",
        account.0,
        gone.0,
        kept.0
    )?;
    let claims: Vec<(String, Vec<u8>)> = rows!(
        tx,
        "UPDATE contact_claim SET contact_id = $3 WHERE account_id = $1 AND contact_id = $2 AND NOT EXISTS (
            SELECT 1 FROM contact_claim o WHERE o.contact_id = $3 AND o.kind = contact_claim.kind
               AND o.value_hash = contact_claim.value_hash) RETURNING kind, value_hash",
        account.0,
        gone.0,
        kept.0
    )?;
    let conversations: Vec<(Uuid,)> = rows!(
        tx,
        "UPDATE conversation SET contact_id = $3 WHERE account_id = $1 AND contact_id = $2 RETURNING id",
        account.0,
        gone.0,
        kept.0
    )?;
    let callbacks: Vec<(Uuid,)> = rows!(
        tx,
        "UPDATE callback SET contact_id = $3 WHERE account_id = $1 AND contact_id = $2 RETURNING id",
        account.0,
        gone.0,
        kept.0
    )?;
    let tags: Vec<(Uuid,)> = rows!(
        tx,
        "INSERT INTO contact_tag (contact_id, tag_id, account_id, at, by_user)
         SELECT $3, t.tag_id, t.account_id, $4, $5 FROM contact_tag t WHERE t.account_id = $1 AND t.contact_id = $2
            AND NOT EXISTS (SELECT 1 FROM contact_tag o WHERE o.contact_id = $3 AND o.tag_id = t.tag_id) RETURNING tag_id",
        account.0,
        gone.0,
        kept.0,
        now.0,
        by.map(|u| u.0)
    )?;
    let blocks: Vec<(Uuid,)> = rows!(
        tx,
        "UPDATE contact_block SET contact_id = $3 WHERE account_id = $1 AND contact_id = $2
            AND (state NOT IN ('proposed', 'active') OR NOT EXISTS (SELECT 1 FROM contact_block o
                WHERE o.contact_id = $3 AND o.state IN ('proposed', 'active'))) RETURNING id",
        account.0,
        gone.0,
        kept.0
    )?;
    exec!(tx, "UPDATE contact SET merged_into = $3 WHERE account_id = $1 AND id = $2", account.0, gone.0, kept.0)?;
    let named = |list: Vec<(String, Vec<u8>)>| list.into_iter().map(|(kind, hash)| (kind, hex(&hash))).collect();
    Ok(Moved {
        identities: named(identities),
        claims: named(claims),
        conversations: conversations.into_iter().map(|(id,)| ConversationId(id)).collect(),
        callbacks: callbacks.into_iter().map(|(id,)| CallbackId(id)).collect(),
        tags: tags.into_iter().map(|(id,)| TagId(id)).collect(),
        blocks: blocks.into_iter().map(|(id,)| BlockId(id)).collect(),
        changes: Vec::new(),
    })
}

/// Let what moved go back. Conversations that came since by an identity that goes back go with it.
pub async fn move_back(tx: &mut Tx, account: AccountId, merge: &Merge) -> Result<(), StoreError> {
    let (kept, gone, moved) = (merge.kept.0, merge.gone.0, &merge.moved);
    let identities = json(&moved.identities);
    exec!(
        tx,
        sqlite: "UPDATE contact_identity SET contact_id = $3 WHERE account_id = $1 AND contact_id = $2
                 AND EXISTS (SELECT 1 FROM json_each($4) r WHERE contact_identity.kind = r.value->>0
                    AND contact_identity.value_hash = unhex(r.value->>1))",
        postgres: "UPDATE contact_identity SET contact_id = $3 WHERE account_id = $1 AND contact_id = $2
                 AND EXISTS (SELECT 1 FROM jsonb_array_elements($4::jsonb) r WHERE contact_identity.kind = r->>0
                    AND contact_identity.value_hash = decode(r->>1, 'hex'))",
        account.0,
        kept,
        gone,
        identities.as_str()
    )?;
    exec!(
        tx,
        sqlite: "UPDATE contact_claim SET contact_id = $3 WHERE account_id = $1 AND contact_id = $2
                 AND EXISTS (SELECT 1 FROM json_each($4) r WHERE contact_claim.kind = r.value->>0
                    AND contact_claim.value_hash = unhex(r.value->>1))",
        postgres: "UPDATE contact_claim SET contact_id = $3 WHERE account_id = $1 AND contact_id = $2
                 AND EXISTS (SELECT 1 FROM jsonb_array_elements($4::jsonb) r WHERE contact_claim.kind = r->>0
                    AND contact_claim.value_hash = decode(r->>1, 'hex'))",
        account.0,
        kept,
        gone,
        json(&moved.claims)
    )?;
    exec!(
        tx,
        sqlite: "UPDATE conversation SET contact_id = $3 WHERE account_id = $1 AND contact_id = $2
                 AND (id IN (SELECT unhex(value) FROM json_each($4))
                    OR (opened_at >= $6 AND via_hash IN (SELECT unhex(r.value->>1) FROM json_each($5) r)))",
        postgres: "UPDATE conversation SET contact_id = $3 WHERE account_id = $1 AND contact_id = $2
                 AND (id IN (SELECT v::uuid FROM jsonb_array_elements_text($4::jsonb) v)
                    OR (opened_at >= $6 AND via_hash IN (SELECT decode(r->>1, 'hex') FROM jsonb_array_elements($5::jsonb) r)))",
        account.0,
        kept,
        gone,
        json(&moved.conversations.iter().map(|c| Id(c.0)).collect::<Vec<_>>()),
        identities.as_str(),
        merge.at.0
    )?;
    exec!(
        tx,
        sqlite: "UPDATE callback SET contact_id = $3 WHERE account_id = $1 AND contact_id = $2
                 AND (id IN (SELECT unhex(value) FROM json_each($4))
                    OR conversation_id IN (SELECT c.id FROM conversation c WHERE c.contact_id = $3))",
        postgres: "UPDATE callback SET contact_id = $3 WHERE account_id = $1 AND contact_id = $2
                 AND (id IN (SELECT v::uuid FROM jsonb_array_elements_text($4::jsonb) v)
                    OR conversation_id IN (SELECT c.id FROM conversation c WHERE c.contact_id = $3))",
        account.0,
        kept,
        gone,
        json(&moved.callbacks.iter().map(|c| Id(c.0)).collect::<Vec<_>>())
    )?;
    exec!(
        tx,
        sqlite: "DELETE FROM contact_tag WHERE account_id = $1 AND contact_id = $2 AND tag_id IN (SELECT unhex(value) FROM json_each($3))",
        postgres: "DELETE FROM contact_tag WHERE account_id = $1 AND contact_id = $2
                   AND tag_id IN (SELECT v::uuid FROM jsonb_array_elements_text($3::jsonb) v)",
        account.0,
        kept,
        json(&moved.tags.iter().map(|t| Id(t.0)).collect::<Vec<_>>())
    )?;
    exec!(
        tx,
        sqlite: "UPDATE contact_block SET contact_id = $3 WHERE account_id = $1 AND contact_id = $2
                 AND id IN (SELECT unhex(value) FROM json_each($4))",
        postgres: "UPDATE contact_block SET contact_id = $3 WHERE account_id = $1 AND contact_id = $2
                 AND id IN (SELECT v::uuid FROM jsonb_array_elements_text($4::jsonb) v)",
        account.0,
        kept,
        gone,
        json(&moved.blocks.iter().map(|b| Id(b.0)).collect::<Vec<_>>())
    )?;
    exec!(tx, "UPDATE contact SET merged_into = NULL WHERE account_id = $1 AND id = $2", account.0, gone)?;
    Ok(())
}

pub async fn insert(tx: &mut Tx, key: &AccountKey, merge: &Merge) -> Result<(), StoreError> {
    let text = serde_json::to_vec(&merge.moved).expect("texts, ids and lists of them");
    let sealed = key.seal(Place::new("contact_merge", "moved", merge.id.0.as_bytes()), &text)?;
    exec!(
        tx,
        "INSERT INTO contact_merge (id, account_id, kept_id, gone_id, at, by_user, moved_sealed) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        merge.id.0,
        key.account().0,
        merge.kept.0,
        merge.gone.0,
        merge.at.0,
        merge.by.map(|u| u.0),
        sealed
    )?;
    Ok(())
}

pub async fn get(tx: &mut Tx, key: &AccountKey, id: MergeId) -> Result<Option<Merge>, StoreError> {
    let found: Option<Row> = row!(
        tx,
        "SELECT id, kept_id, gone_id, at, by_user, undone_at, undone_by, moved_sealed FROM contact_merge
         WHERE account_id = $1 AND id = $2",
        key.account().0,
        id.0
    )?;
    found.map(|row| merge(key, row)).transpose()
}

/// What went into this file, newest first.
pub async fn into(tx: &mut Tx, key: &AccountKey, kept: ContactId) -> Result<Vec<Merge>, StoreError> {
    let found: Vec<Row> = rows!(
        tx,
        "SELECT id, kept_id, gone_id, at, by_user, undone_at, undone_by, moved_sealed FROM contact_merge
         WHERE account_id = $1 AND kept_id = $2 ORDER BY id DESC LIMIT 100",
        key.account().0,
        kept.0
    )?;
    found.into_iter().map(|row| merge(key, row)).collect()
}

/// False: somebody else was quicker.
pub async fn set_undone(
    tx: &mut Tx,
    now: Timestamp,
    account: AccountId,
    id: MergeId,
    by: Option<UserId>,
) -> Result<bool, StoreError> {
    let changed = exec!(
        tx,
        "UPDATE contact_merge SET undone_at = $3, undone_by = $4 WHERE account_id = $1 AND id = $2 AND undone_at IS NULL",
        account.0,
        id.0,
        now.0,
        by.map(|u| u.0)
    )?;
    Ok(changed == 1)
}

fn merge(key: &AccountKey, row: Row) -> Result<Merge, StoreError> {
    let place = Place::new("contact_merge", "moved", row.id.as_bytes());
    let moved = serde_json::from_str(&open_text(key, place, &row.moved_sealed)?)
        .map_err(|_| StoreError::unreadable("a merge", "what moved"))?;
    Ok(Merge {
        id: MergeId(row.id),
        kept: ContactId(row.kept_id),
        gone: ContactId(row.gone_id),
        at: Timestamp(row.at),
        by: row.by_user.map(UserId),
        undone_at: row.undone_at.map(Timestamp),
        undone_by: row.undone_by.map(UserId),
        moved,
    })
}

fn hex(bytes: &[u8]) -> String {
    json(&Hex(bytes.to_vec())).trim_matches('"').to_owned()
}
