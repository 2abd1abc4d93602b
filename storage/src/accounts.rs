//! Accounts and their wrapped keys.

use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, CallId, Timestamp, WorkItemId};
use ringdesk_vault::AccountKey;
use uuid::Uuid;

/// A new account with its key and the heads of its sequences.
pub async fn create(
    tx: &mut Tx,
    now: Timestamp,
    id: AccountId,
    name: &str,
    wrapped_key: &[u8],
) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO account (id, name, wrapped_key, created_at) VALUES ($1, $2, $3, $4)",
        id.0,
        name,
        wrapped_key,
        now.0
    )?;
    exec!(tx, "INSERT INTO outbox_head (account_id, seq) VALUES ($1, 0)", id.0)?;
    let nothing: ringdesk_vault::Chained = [0; 32];
    exec!(tx, "INSERT INTO audit_head (account_id, seq, link) VALUES ($1, 0, $2)", id.0, &nothing[..])?;
    Ok(())
}

/// The oldest account of that name.
pub async fn by_name(tx: &mut Tx, name: &str) -> Result<Option<AccountId>, StoreError> {
    let found: Option<(Uuid,)> = row!(tx, "SELECT id FROM account WHERE name = $1 ORDER BY id LIMIT 1", name)?;
    Ok(found.map(|(id,)| AccountId(id)))
}

pub async fn all(tx: &mut Tx) -> Result<Vec<AccountId>, StoreError> {
    let found: Vec<(Uuid,)> = rows!(tx, "SELECT id FROM account ORDER BY id")?;
    Ok(found.into_iter().map(|(id,)| AccountId(id)).collect())
}

pub(crate) async fn wrapped_key(tx: &mut Tx, id: AccountId) -> Result<Option<Vec<u8>>, StoreError> {
    let found: Option<(Vec<u8>,)> = row!(tx, "SELECT wrapped_key FROM account WHERE id = $1", id.0)?;
    Ok(found.map(|(key,)| key))
}

pub(crate) async fn wrapped_keys(tx: &mut Tx) -> Result<Vec<(AccountId, Vec<u8>)>, StoreError> {
    let found: Vec<(Uuid, Vec<u8>)> = rows!(tx, "SELECT id, wrapped_key FROM account ORDER BY id")?;
    Ok(found.into_iter().map(|(id, key)| (AccountId(id), key)).collect())
}

/// Open a sealed column as text.
pub(crate) fn open_text(key: &AccountKey, place: ringdesk_vault::Place, sealed: &[u8]) -> Result<String, StoreError> {
    String::from_utf8(key.open(place, sealed)?).map_err(|e| StoreError::unreadable(place.table, e.utf8_error()))
}

/// Whose a call is; `None`: it is not in the books (yet).
pub async fn of_call(tx: &mut Tx, call: CallId) -> Result<Option<AccountId>, StoreError> {
    let found: Option<(Uuid,)> = row!(tx, "SELECT account_id FROM call WHERE id = $1", call.0)?;
    Ok(found.map(|(id,)| AccountId(id)))
}

/// Whose a work item is; `None`: it is not in the books (yet).
pub async fn of_work_item(tx: &mut Tx, work_item: WorkItemId) -> Result<Option<AccountId>, StoreError> {
    let found: Option<(Uuid,)> = row!(tx, "SELECT account_id FROM work_item WHERE id = $1", work_item.0)?;
    Ok(found.map(|(id,)| AccountId(id)))
}
