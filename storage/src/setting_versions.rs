//! What settings were after each change of them: beside the audit, which tells who and when, in the same transaction.

use crate::accounts::open_text;
use crate::{StoreError, Tx};
use ringdesk_model::AccountId;
use ringdesk_vault::{AccountKey, Place};
use uuid::Uuid;

/// One part of a setting after a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingVersion {
    pub id: Uuid,
    /// `queue:<id>`, as in the audit.
    pub object: String,
    pub facet: String,
    /// Of the audit entry that tells of the change.
    pub seq: i64,
    /// It stood there when the history began: nobody is said to have changed it.
    pub found: bool,
    /// JSON; `null`: it was taken away.
    pub state: String,
}

/// With what the audit says of the change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingChange {
    pub version: SettingVersion,
    pub at: i64,
    pub actor: String,
    pub action: String,
}

type Row = (Uuid, String, String, i64, bool, Vec<u8>);

fn version(key: &AccountKey, (id, object, facet, seq, found, sealed): Row) -> Result<SettingVersion, StoreError> {
    let state = open_text(key, Place::new("setting_version", "state", id.as_bytes()), &sealed)?;
    Ok(SettingVersion { id, object, facet, seq, found, state })
}

type Told = (Uuid, String, String, i64, bool, Vec<u8>, i64, String, String);

fn change(
    key: &AccountKey,
    (id, object, facet, seq, found, sealed, at, actor, action): Told,
) -> Result<SettingChange, StoreError> {
    let version = version(key, (id, object, facet, seq, found, sealed))?;
    Ok(SettingChange { version, at, actor, action })
}

pub async fn put(tx: &mut Tx, key: &AccountKey, new: &SettingVersion) -> Result<(), StoreError> {
    let sealed = key.seal(Place::new("setting_version", "state", new.id.as_bytes()), new.state.as_bytes())?;
    exec!(
        tx,
        "INSERT INTO setting_version (id, account_id, object, facet, seq, found, state_sealed) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        new.id,
        key.account().0,
        new.object.as_str(),
        new.facet.as_str(),
        new.seq,
        new.found,
        sealed
    )?;
    Ok(())
}

/// The newest version of a part, before `before`.
pub async fn latest(
    tx: &mut Tx,
    key: &AccountKey,
    object: &str,
    facet: &str,
    before: i64,
) -> Result<Option<SettingVersion>, StoreError> {
    let found: Option<Row> = row!(
        tx,
        "SELECT id, object, facet, seq, found, state_sealed FROM setting_version
         WHERE account_id = $1 AND object = $2 AND facet = $3 AND seq < $4 ORDER BY seq DESC, found LIMIT 1",
        key.account().0,
        object,
        facet,
        before
    )?;
    found.map(|row| version(key, row)).transpose()
}

/// A change that somebody made.
pub async fn by_id(tx: &mut Tx, key: &AccountKey, id: Uuid) -> Result<Option<SettingChange>, StoreError> {
    let found: Option<Told> = row!(
        tx,
        "SELECT v.id, v.object, v.facet, v.seq, v.found, v.state_sealed, e.at, e.actor, e.action FROM setting_version v
         JOIN audit_entry e ON e.account_id = v.account_id AND e.seq = v.seq
         WHERE v.account_id = $1 AND v.id = $2 AND v.found = $3",
        key.account().0,
        id,
        false
    )?;
    found.map(|row| change(key, row)).transpose()
}

/// Changes of an object, or (empty) of all, newest first, those before the audit entry `before`.
pub async fn changes(
    tx: &mut Tx,
    key: &AccountKey,
    object: &str,
    before: i64,
    limit: i64,
) -> Result<Vec<SettingChange>, StoreError> {
    let found: Vec<Told> = rows!(
        tx,
        "SELECT v.id, v.object, v.facet, v.seq, v.found, v.state_sealed, e.at, e.actor, e.action FROM setting_version v
         JOIN audit_entry e ON e.account_id = v.account_id AND e.seq = v.seq
         WHERE v.account_id = $1 AND (v.object = $2 OR $3 = '') AND v.seq < $4 AND v.found = $5
         ORDER BY v.seq DESC, v.object, v.facet LIMIT $6",
        key.account().0,
        object,
        object,
        before,
        false,
        limit
    )?;
    found.into_iter().map(|row| change(key, row)).collect()
}

/// The number of the newest audit entry; 0: there is none.
pub async fn newest_entry(tx: &mut Tx, account: AccountId) -> Result<i64, StoreError> {
    let found: Option<(i64,)> = row!(tx, "SELECT seq FROM audit_head WHERE account_id = $1", account.0)?;
    Ok(found.map_or(0, |(seq,)| seq))
}

/// The parts that have a history: object and facet.
pub async fn known(tx: &mut Tx, account: AccountId) -> Result<Vec<(String, String)>, StoreError> {
    rows!(
        tx,
        "SELECT DISTINCT object, facet FROM setting_version WHERE account_id = $1 ORDER BY object, facet",
        account.0
    )
}
