//! Who is signed in, and from where each user got in before.

use crate::users::{Credentials, User, UserRow};
use crate::{StoreError, Tx};
use ringdesk_model::{Timestamp, UserId};
use std::time::Duration;
use uuid::Uuid;

/// Addresses that are kept of a user, the newest.
const ADDRESSES: i64 = 20;

/// One sign-in that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: Uuid,
    pub created: Timestamp,
    /// Of the last request, to the minute.
    pub seen: Timestamp,
    pub expires: Timestamp,
    pub address: Option<String>,
}

/// Keep a session under the hash of its token.
pub async fn open(tx: &mut Tx, user: &User, token_hash: &[u8], session: &Session) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO session (id, token_hash, account_id, user_id, created_at, seen_at, expires_at, address)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        session.id,
        token_hash,
        user.account.0,
        user.id.0,
        session.created.0,
        session.seen.0,
        session.expires.0,
        session.address.as_deref()
    )?;
    Ok(())
}

/// Whose session it is, unless it expired, rested since before `idle`, or the user was disabled.
pub async fn by_token(
    tx: &mut Tx,
    now: Timestamp,
    idle: Timestamp,
    token_hash: &[u8],
) -> Result<Option<(User, Session)>, StoreError> {
    type Row = (Uuid, Uuid, i64, i64, i64, Option<String>);
    let found: Option<Row> = row!(
        tx,
        "SELECT id, user_id, created_at, seen_at, expires_at, address FROM session
         WHERE token_hash = $1 AND expires_at > $2 AND seen_at > $3",
        token_hash,
        now.0,
        idle.0
    )?;
    let Some((id, user, created, seen, expires, address)) = found else { return Ok(None) };
    let session = session((id, created, seen, expires, address));
    let user: Option<UserRow> = row!(
        tx,
        "SELECT id, account_id, login, name, roles, agent_id, extension, disabled, version, password_hash
         FROM user_account WHERE id = $1 AND disabled = $2",
        user,
        false
    )?;
    let user = user.map(UserRow::into_credentials).transpose()?;
    Ok(user.map(|Credentials { user, .. }| (user, session)))
}

/// There was a request just now.
pub async fn touch(tx: &mut Tx, now: Timestamp, session: Uuid) -> Result<(), StoreError> {
    exec!(tx, "UPDATE session SET seen_at = $2 WHERE id = $1 AND seen_at < $2", session, now.0)?;
    Ok(())
}

/// The sessions of a user that hold, newest first.
pub async fn of_user(tx: &mut Tx, now: Timestamp, idle: Timestamp, user: UserId) -> Result<Vec<Session>, StoreError> {
    let found: Vec<(Uuid, i64, i64, i64, Option<String>)> = rows!(
        tx,
        "SELECT id, created_at, seen_at, expires_at, address FROM session
         WHERE user_id = $1 AND expires_at > $2 AND seen_at > $3 ORDER BY created_at DESC, id DESC",
        user.0,
        now.0,
        idle.0
    )?;
    Ok(found.into_iter().map(session).collect())
}

fn session((id, created, seen, expires, address): (Uuid, i64, i64, i64, Option<String>)) -> Session {
    Session { id, created: Timestamp(created), seen: Timestamp(seen), expires: Timestamp(expires), address }
}

/// End one session of this user.
pub async fn close(tx: &mut Tx, user: UserId, session: Uuid) -> Result<bool, StoreError> {
    Ok(exec!(tx, "DELETE FROM session WHERE id = $1 AND user_id = $2", session, user.0)? == 1)
}

/// All sessions of a user: a new password, a disabled login, "sign out everywhere".
pub async fn close_all(tx: &mut Tx, user: UserId) -> Result<u64, StoreError> {
    exec!(tx, "DELETE FROM session WHERE user_id = $1", user.0)
}

/// All but this one: they chose another password in it.
pub async fn close_others(tx: &mut Tx, user: UserId, session: Uuid) -> Result<u64, StoreError> {
    exec!(tx, "DELETE FROM session WHERE user_id = $1 AND id <> $2", user.0, session)
}

/// Forget the sessions that do not hold any more.
pub async fn drop_old(tx: &mut Tx, now: Timestamp, idle: Timestamp) -> Result<u64, StoreError> {
    exec!(tx, "DELETE FROM session WHERE expires_at <= $1 OR seen_at <= $2", now.0, idle.0)
}

/// A user got in from here.
pub async fn know(tx: &mut Tx, now: Timestamp, user: UserId, address: &str) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO known_address (user_id, address, last_at) VALUES ($1, $2, $3)
         ON CONFLICT (user_id, address) DO UPDATE SET last_at = excluded.last_at",
        user.0,
        address,
        now.0
    )?;
    exec!(
        tx,
        "DELETE FROM known_address WHERE user_id = $1 AND address NOT IN
         (SELECT address FROM known_address WHERE user_id = $1 ORDER BY last_at DESC, address LIMIT $2)",
        user.0,
        ADDRESSES
    )?;
    Ok(())
}

/// Whether somebody of this login got in from here, not longer than `within` ago.
pub async fn is_known(
    tx: &mut Tx,
    now: Timestamp,
    within: Duration,
    login: &str,
    address: &str,
) -> Result<bool, StoreError> {
    let found: Option<(i64,)> = row!(
        tx,
        "SELECT k.last_at FROM known_address k JOIN user_account u ON u.id = k.user_id
         WHERE u.login = $1 AND k.address = $2 AND k.last_at > $3",
        login,
        address,
        (now - within).0
    )?;
    Ok(found.is_some())
}

/// A new password: whoever knew the old one is a stranger everywhere.
pub async fn forget_known(tx: &mut Tx, user: UserId) -> Result<u64, StoreError> {
    exec!(tx, "DELETE FROM known_address WHERE user_id = $1", user.0)
}
