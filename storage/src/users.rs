//! People who sign in, their phones, their sessions.

use crate::accounts::open_text;
use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, AgentId, Timestamp, UserId};
use ringdesk_vault::{AccountKey, Place};
use uuid::Uuid;

#[derive(Clone, Debug)]
pub struct User {
    pub id: UserId,
    pub account: AccountId,
    pub login: String,
    pub name: String,
    /// Names of roles.
    pub roles: Vec<String>,
    pub agent: Option<AgentId>,
    pub extension: Option<String>,
    pub disabled: bool,
}

/// What a sign-in needs.
#[derive(Clone)]
pub struct Credentials {
    pub user: User,
    /// PHC string.
    pub password_hash: String,
}

/// A phone as the registrar knows it. The hashes are as good as the password within their realm.
#[derive(Clone)]
pub struct Extension {
    pub user: UserId,
    pub agent: Option<AgentId>,
    pub number: String,
    /// Hexadecimal, of `user:realm:password`.
    pub ha1_md5: String,
    pub ha1_sha256: String,
}

#[derive(sqlx::FromRow)]
struct UserRow {
    id: Uuid,
    account_id: Uuid,
    login: String,
    name: String,
    roles: String,
    agent_id: Option<Uuid>,
    extension: Option<String>,
    disabled: bool,
    password_hash: String,
}

impl UserRow {
    fn into_credentials(self) -> Result<Credentials, StoreError> {
        let roles = serde_json::from_str(&self.roles).map_err(|e| StoreError::unreadable("roles of a user", e))?;
        let user = User {
            id: UserId(self.id),
            account: AccountId(self.account_id),
            login: self.login,
            name: self.name,
            roles,
            agent: self.agent_id.map(AgentId),
            extension: self.extension,
            disabled: self.disabled,
        };
        Ok(Credentials { user, password_hash: self.password_hash })
    }
}

pub async fn create(tx: &mut Tx, now: Timestamp, user: &User, password_hash: &str) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO user_account (id, account_id, login, name, password_hash, roles, agent_id, extension, disabled, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        user.id.0,
        user.account.0,
        user.login.as_str(),
        user.name.as_str(),
        password_hash,
        serde_json::to_string(&user.roles).expect("a list of texts"),
        user.agent.map(|a| a.0),
        user.extension.as_deref(),
        user.disabled,
        now.0
    )?;
    Ok(())
}

pub async fn set_password(tx: &mut Tx, user: UserId, password_hash: &str) -> Result<bool, StoreError> {
    Ok(exec!(tx, "UPDATE user_account SET password_hash = $2 WHERE id = $1", user.0, password_hash)? == 1)
}

pub async fn set_disabled(tx: &mut Tx, user: UserId, disabled: bool) -> Result<bool, StoreError> {
    Ok(exec!(tx, "UPDATE user_account SET disabled = $2 WHERE id = $1", user.0, disabled)? == 1)
}

pub async fn set_roles(tx: &mut Tx, user: UserId, roles: &[String]) -> Result<bool, StoreError> {
    let roles = serde_json::to_string(roles).expect("a list of texts");
    Ok(exec!(tx, "UPDATE user_account SET roles = $2 WHERE id = $1", user.0, roles)? == 1)
}

/// Give a user a phone, or new secrets for it.
pub async fn set_phone(
    tx: &mut Tx,
    key: &AccountKey,
    user: UserId,
    number: &str,
    ha1_md5: &str,
    ha1_sha256: &str,
) -> Result<bool, StoreError> {
    let row = user.0.as_bytes();
    let md5 = key.seal(Place::new("user_account", "ha1_md5", row), ha1_md5.as_bytes())?;
    let sha256 = key.seal(Place::new("user_account", "ha1_sha256", row), ha1_sha256.as_bytes())?;
    let changed = exec!(
        tx,
        "UPDATE user_account SET extension = $2, ha1_md5_sealed = $3, ha1_sha256_sealed = $4 WHERE id = $1 AND account_id = $5",
        user.0,
        number,
        md5,
        sha256,
        key.account().0
    )?;
    Ok(changed == 1)
}

/// Logins are unique in the whole installation: who signs in does not name an account.
pub async fn by_login(tx: &mut Tx, login: &str) -> Result<Option<Credentials>, StoreError> {
    let found: Option<UserRow> = row!(
        tx,
        "SELECT id, account_id, login, name, roles, agent_id, extension, disabled, password_hash FROM user_account WHERE login = $1",
        login
    )?;
    found.map(UserRow::into_credentials).transpose()
}

pub async fn by_id(tx: &mut Tx, account: AccountId, user: UserId) -> Result<Option<Credentials>, StoreError> {
    let found: Option<UserRow> = row!(
        tx,
        "SELECT id, account_id, login, name, roles, agent_id, extension, disabled, password_hash FROM user_account
         WHERE id = $1 AND account_id = $2",
        user.0,
        account.0
    )?;
    found.map(UserRow::into_credentials).transpose()
}

pub async fn all(tx: &mut Tx, account: AccountId) -> Result<Vec<User>, StoreError> {
    let found: Vec<UserRow> = rows!(
        tx,
        "SELECT id, account_id, login, name, roles, agent_id, extension, disabled, password_hash FROM user_account
         WHERE account_id = $1 ORDER BY login",
        account.0
    )?;
    found.into_iter().map(|row| row.into_credentials().map(|c| c.user)).collect()
}

/// The phones of all users who may use theirs.
pub async fn extensions(tx: &mut Tx, key: &AccountKey) -> Result<Vec<Extension>, StoreError> {
    type Row = (Uuid, Option<Uuid>, String, Vec<u8>, Vec<u8>);
    let found: Vec<Row> = rows!(
        tx,
        "SELECT id, agent_id, extension, ha1_md5_sealed, ha1_sha256_sealed FROM user_account
         WHERE account_id = $1 AND extension IS NOT NULL AND ha1_md5_sealed IS NOT NULL AND ha1_sha256_sealed IS NOT NULL
           AND disabled = $2 ORDER BY extension",
        key.account().0,
        false
    )?;
    let open = |(user, agent, number, md5, sha256): Row| {
        let row = user.as_bytes();
        Ok(Extension {
            ha1_md5: open_text(key, Place::new("user_account", "ha1_md5", row), &md5)?,
            ha1_sha256: open_text(key, Place::new("user_account", "ha1_sha256", row), &sha256)?,
            user: UserId(user),
            agent: agent.map(AgentId),
            number,
        })
    };
    found.into_iter().map(open).collect()
}

/// Keep a session under the hash of its token.
pub async fn open_session(
    tx: &mut Tx,
    now: Timestamp,
    user: &User,
    token_hash: &[u8],
    expires: Timestamp,
    address: Option<&str>,
) -> Result<(), StoreError> {
    exec!(
        tx,
        "INSERT INTO session (token_hash, account_id, user_id, created_at, expires_at, address) VALUES ($1, $2, $3, $4, $5, $6)",
        token_hash,
        user.account.0,
        user.id.0,
        now.0,
        expires.0,
        address
    )?;
    Ok(())
}

/// Whose session it is, unless it expired or the user was disabled.
pub async fn by_session(tx: &mut Tx, now: Timestamp, token_hash: &[u8]) -> Result<Option<User>, StoreError> {
    let found: Option<UserRow> = row!(
        tx,
        "SELECT u.id, u.account_id, u.login, u.name, u.roles, u.agent_id, u.extension, u.disabled, u.password_hash
         FROM session s JOIN user_account u ON u.id = s.user_id
         WHERE s.token_hash = $1 AND s.expires_at > $2 AND u.disabled = $3",
        token_hash,
        now.0,
        false
    )?;
    found.map(|row| row.into_credentials().map(|c| c.user)).transpose()
}

pub async fn close_session(tx: &mut Tx, token_hash: &[u8]) -> Result<bool, StoreError> {
    Ok(exec!(tx, "DELETE FROM session WHERE token_hash = $1", token_hash)? == 1)
}

/// All sessions of a user: a new password, a disabled login.
pub async fn close_sessions(tx: &mut Tx, user: UserId) -> Result<u64, StoreError> {
    exec!(tx, "DELETE FROM session WHERE user_id = $1", user.0)
}

pub async fn drop_expired_sessions(tx: &mut Tx, now: Timestamp) -> Result<u64, StoreError> {
    exec!(tx, "DELETE FROM session WHERE expires_at <= $1", now.0)
}
