//! Opening hours with their holidays, as the account wrote them.

use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, CalendarId};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarRow {
    pub id: CalendarId,
    pub name: String,
    /// JSON.
    pub document: String,
    /// From 1, up by one with each change.
    pub version: i64,
}

pub async fn all(tx: &mut Tx, account: AccountId) -> Result<Vec<CalendarRow>, StoreError> {
    let found: Vec<(Uuid, String, String, i64)> =
        rows!(tx, "SELECT id, name, document, version FROM calendar WHERE account_id = $1 ORDER BY name", account.0)?;
    let row = |(id, name, document, version)| CalendarRow { id: CalendarId(id), name, document, version };
    Ok(found.into_iter().map(row).collect())
}

/// A conflict: the name is taken.
pub async fn insert(tx: &mut Tx, account: AccountId, row: &CalendarRow) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO calendar (id, account_id, name, document, version) VALUES ($1, $2, $3, $4, $5)",
        row.id.0,
        account.0,
        row.name.as_str(),
        row.document.as_str(),
        row.version
    )?;
    Ok(())
}

/// Put it in the place of the version before. False: that is not the present one.
pub async fn change(tx: &mut Tx, account: AccountId, row: &CalendarRow) -> Result<bool, StoreError> {
    let changed = exec!(
        tx,
        "UPDATE calendar SET name = $3, document = $4, version = $5 WHERE account_id = $1 AND id = $2 AND version = $6",
        account.0,
        row.id.0,
        row.name.as_str(),
        row.document.as_str(),
        row.version,
        row.version - 1
    )?;
    Ok(changed == 1)
}

pub async fn remove(tx: &mut Tx, account: AccountId, id: CalendarId) -> Result<bool, StoreError> {
    let gone = exec!(tx, "DELETE FROM calendar WHERE account_id = $1 AND id = $2", account.0, id.0)?;
    Ok(gone == 1)
}
