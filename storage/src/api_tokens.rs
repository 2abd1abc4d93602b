//! Keys for programs: named, with permissions and an end.

use crate::users::{Credentials, User, UserRow};
use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, Timestamp, UserId};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    pub id: Uuid,
    /// Who made it.
    pub user: UserId,
    pub name: String,
    /// Names of permissions.
    pub permissions: Vec<String>,
    pub created: Timestamp,
    pub expires: Timestamp,
    /// Of its last request, to the minute.
    pub seen: Option<Timestamp>,
}

type Row = (Uuid, Uuid, String, String, i64, i64, Option<i64>);

fn token((id, user, name, permissions, created, expires, seen): Row) -> ApiToken {
    ApiToken {
        id,
        user: UserId(user),
        name,
        // What cannot be read grants nothing.
        permissions: serde_json::from_str(&permissions).unwrap_or_default(),
        created: Timestamp(created),
        expires: Timestamp(expires),
        seen: seen.map(Timestamp),
    }
}

/// Keep one under the hash of what its holder shows.
pub async fn put(tx: &mut Tx, account: AccountId, hash: &[u8], new: &ApiToken) -> Result<(), StoreError> {
    let permissions = serde_json::to_string(&new.permissions).expect("names are text");
    exec!(
        tx,
        "INSERT INTO api_token (id, account_id, user_id, name, token_hash, permissions, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        new.id,
        account.0,
        new.user.0,
        new.name.as_str(),
        hash,
        permissions,
        new.created.0,
        new.expires.0
    )?;
    Ok(())
}

/// All of an account, newest first; those that have ended, too.
pub async fn all(tx: &mut Tx, account: AccountId) -> Result<Vec<ApiToken>, StoreError> {
    let found: Vec<Row> = rows!(
        tx,
        "SELECT id, user_id, name, permissions, created_at, expires_at, seen_at FROM api_token
         WHERE account_id = $1 ORDER BY created_at DESC, id DESC",
        account.0
    )?;
    Ok(found.into_iter().map(token).collect())
}

/// Whose it is, unless it has ended or its maker was disabled.
pub async fn by_hash(tx: &mut Tx, now: Timestamp, hash: &[u8]) -> Result<Option<(User, ApiToken)>, StoreError> {
    let found: Option<Row> = row!(
        tx,
        "SELECT id, user_id, name, permissions, created_at, expires_at, seen_at FROM api_token
         WHERE token_hash = $1 AND expires_at > $2",
        hash,
        now.0
    )?;
    let Some(found) = found.map(token) else { return Ok(None) };
    let user: Option<UserRow> = row!(
        tx,
        "SELECT id, account_id, login, name, roles, agent_id, extension, disabled, version, password_hash
         FROM user_account WHERE id = $1 AND disabled = $2",
        found.user.0,
        false
    )?;
    let user = user.map(UserRow::into_credentials).transpose()?;
    Ok(user.map(|Credentials { user, .. }| (user, found)))
}

pub async fn touch(tx: &mut Tx, now: Timestamp, id: Uuid) -> Result<(), StoreError> {
    exec!(tx, "UPDATE api_token SET seen_at = $2 WHERE id = $1", id, now.0)?;
    Ok(())
}

pub async fn remove(tx: &mut Tx, account: AccountId, id: Uuid) -> Result<bool, StoreError> {
    Ok(exec!(tx, "DELETE FROM api_token WHERE id = $1 AND account_id = $2", id, account.0)? == 1)
}
