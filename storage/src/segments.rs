//! Segments as the account wrote them, and what their conditions ask of contacts beside their files.

use crate::accounts::open_text;
use crate::batch::{Id, json};
use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, ContactId, SegmentId, Timestamp};
use ringdesk_vault::{AccountKey, Place};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentRow {
    pub id: SegmentId,
    pub name: String,
    /// JSON.
    pub condition: String,
    /// From 1, up by one with each change.
    pub version: i64,
}

/// By name.
pub async fn all(tx: &mut Tx, key: &AccountKey) -> Result<Vec<SegmentRow>, StoreError> {
    let found: Vec<(Uuid, String, Vec<u8>, i64)> = rows!(
        tx,
        "SELECT id, name, condition_sealed, version FROM segment WHERE account_id = $1 ORDER BY name",
        key.account().0
    )?;
    let row = |(id, name, sealed, version): (Uuid, String, Vec<u8>, i64)| {
        let condition = open_text(key, Place::new("segment", "condition", id.as_bytes()), &sealed)?;
        Ok(SegmentRow { id: SegmentId(id), name, condition, version })
    };
    found.into_iter().map(row).collect()
}

/// A conflict: the name is taken.
pub async fn insert(tx: &mut Tx, key: &AccountKey, row: &SegmentRow) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO segment (id, account_id, name, condition_sealed, version) VALUES ($1, $2, $3, $4, $5)",
        row.id.0,
        key.account().0,
        row.name.as_str(),
        sealed(key, row)?,
        row.version
    )?;
    Ok(())
}

/// Put it in the place of the version before. False: that is not the present one.
pub async fn change(tx: &mut Tx, key: &AccountKey, row: &SegmentRow) -> Result<bool, StoreError> {
    let changed = exec!(
        tx,
        "UPDATE segment SET name = $3, condition_sealed = $4, version = $5 WHERE account_id = $1 AND id = $2 AND version = $6",
        key.account().0,
        row.id.0,
        row.name.as_str(),
        sealed(key, row)?,
        row.version,
        row.version - 1
    )?;
    Ok(changed == 1)
}

pub async fn remove(tx: &mut Tx, account: AccountId, id: SegmentId) -> Result<bool, StoreError> {
    let gone = exec!(tx, "DELETE FROM segment WHERE account_id = $1 AND id = $2", account.0, id.0)?;
    Ok(gone == 1)
}

/// By which channels these contacts ever came or were reached.
pub async fn channels_of(
    tx: &mut Tx,
    account: AccountId,
    contacts: &[ContactId],
) -> Result<BTreeMap<ContactId, BTreeSet<String>>, StoreError> {
    let found: Vec<(Uuid, String)> = rows!(
        tx,
        sqlite: "SELECT DISTINCT contact_id, channel FROM conversation WHERE account_id = $1
                 AND contact_id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "SELECT DISTINCT contact_id, channel FROM conversation WHERE account_id = $1
                 AND contact_id IN (SELECT v::uuid FROM jsonb_array_elements_text($2::jsonb) v)",
        account.0,
        ids(contacts)
    )?;
    let mut of: BTreeMap<ContactId, BTreeSet<String>> = BTreeMap::new();
    for (contact, channel) in found {
        of.entry(ContactId(contact)).or_default().insert(channel);
    }
    Ok(of)
}

/// When the last conversation with each of them began.
pub async fn last_of(
    tx: &mut Tx,
    account: AccountId,
    contacts: &[ContactId],
) -> Result<BTreeMap<ContactId, Timestamp>, StoreError> {
    let found: Vec<(Uuid, i64)> = rows!(
        tx,
        sqlite: "SELECT contact_id, MAX(opened_at) FROM conversation WHERE account_id = $1
                 AND contact_id IN (SELECT unhex(value) FROM json_each($2)) GROUP BY contact_id",
        postgres: "SELECT contact_id, MAX(opened_at) FROM conversation WHERE account_id = $1
                 AND contact_id IN (SELECT v::uuid FROM jsonb_array_elements_text($2::jsonb) v) GROUP BY contact_id",
        account.0,
        ids(contacts)
    )?;
    Ok(found.into_iter().map(|(contact, at)| (ContactId(contact), Timestamp(at))).collect())
}

/// How many conversations with each of them began then or later.
pub async fn conversations_since(
    tx: &mut Tx,
    account: AccountId,
    contacts: &[ContactId],
    since: Timestamp,
) -> Result<BTreeMap<ContactId, i64>, StoreError> {
    let found: Vec<(Uuid, i64)> = rows!(
        tx,
        sqlite: "SELECT contact_id, COUNT(*) FROM conversation WHERE account_id = $1 AND opened_at >= $3
                 AND contact_id IN (SELECT unhex(value) FROM json_each($2)) GROUP BY contact_id",
        postgres: "SELECT contact_id, COUNT(*) FROM conversation WHERE account_id = $1 AND opened_at >= $3
                 AND contact_id IN (SELECT v::uuid FROM jsonb_array_elements_text($2::jsonb) v) GROUP BY contact_id",
        account.0,
        ids(contacts),
        since.0
    )?;
    Ok(found.into_iter().map(|(contact, count)| (ContactId(contact), count)).collect())
}

/// How many tickets of each of them were made then or later; also those of files that went into theirs.
pub async fn tickets_since(
    tx: &mut Tx,
    account: AccountId,
    contacts: &[ContactId],
    since: Timestamp,
) -> Result<BTreeMap<ContactId, i64>, StoreError> {
    let found: Vec<(Uuid, i64)> = rows!(
        tx,
        sqlite: "SELECT COALESCE(k.merged_into, k.id), COUNT(*) FROM ticket t JOIN contact k ON k.id = t.contact_id
                 WHERE t.account_id = $1 AND t.created_at >= $3 AND t.contact_id IN
                    (SELECT unhex(value) FROM json_each($2) UNION SELECT m.gone_id FROM contact_merge m
                     WHERE m.undone_at IS NULL AND m.kept_id IN (SELECT unhex(value) FROM json_each($2)))
                 GROUP BY COALESCE(k.merged_into, k.id)",
        postgres: "SELECT COALESCE(k.merged_into, k.id), COUNT(*) FROM ticket t JOIN contact k ON k.id = t.contact_id
                 WHERE t.account_id = $1 AND t.created_at >= $3 AND t.contact_id IN
                    (SELECT v::uuid FROM jsonb_array_elements_text($2::jsonb) v UNION SELECT m.gone_id FROM contact_merge m
                     WHERE m.undone_at IS NULL AND m.kept_id IN (SELECT v::uuid FROM jsonb_array_elements_text($2::jsonb) v))
                 GROUP BY COALESCE(k.merged_into, k.id)",
        account.0,
        ids(contacts),
        since.0
    )?;
    Ok(found.into_iter().map(|(contact, count)| (ContactId(contact), count)).collect())
}

fn ids(contacts: &[ContactId]) -> String {
    json(&contacts.iter().map(|c| Id(c.0)).collect::<Vec<_>>())
}

fn sealed(key: &AccountKey, row: &SegmentRow) -> Result<Vec<u8>, StoreError> {
    Ok(key.seal(Place::new("segment", "condition", row.id.0.as_bytes()), row.condition.as_bytes())?)
}
