//! People who sign in, and their phones.

use crate::accounts::open_text;
use crate::{StoreError, Tx};
use ringdesk_model::{AccountId, AgentId, Timestamp, UserId};
use ringdesk_vault::{AccountKey, Place};
use std::collections::BTreeSet;
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
    /// Counts changes.
    pub version: i64,
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
pub(crate) struct UserRow {
    id: Uuid,
    account_id: Uuid,
    login: String,
    name: String,
    roles: String,
    agent_id: Option<Uuid>,
    extension: Option<String>,
    disabled: bool,
    version: i64,
    password_hash: String,
}

impl UserRow {
    pub(crate) fn into_credentials(self) -> Result<Credentials, StoreError> {
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
            version: self.version,
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

/// `must_change`: somebody else chose it.
pub async fn set_password(
    tx: &mut Tx,
    user: UserId,
    password_hash: &str,
    must_change: bool,
) -> Result<bool, StoreError> {
    let changed = exec!(
        tx,
        "UPDATE user_account SET password_hash = $2, must_change_password = $3 WHERE id = $1",
        user.0,
        password_hash,
        must_change
    )?;
    Ok(changed == 1)
}

/// Name, phone and whether they may sign in, unless somebody else was quicker than `version`.
pub async fn edit(tx: &mut Tx, user: &User) -> Result<bool, StoreError> {
    let changed = exec!(
        tx,
        "UPDATE user_account SET name = $4, extension = $5, disabled = $6, version = version + 1
         WHERE id = $1 AND account_id = $2 AND version = $3",
        user.id.0,
        user.account.0,
        user.version,
        user.name.as_str(),
        user.extension.as_deref(),
        user.disabled
    )?;
    Ok(changed == 1)
}

pub async fn set_roles(tx: &mut Tx, user: UserId, roles: &[String]) -> Result<bool, StoreError> {
    let roles = serde_json::to_string(roles).expect("a list of texts");
    Ok(exec!(tx, "UPDATE user_account SET roles = $2, version = version + 1 WHERE id = $1", user.0, roles)? == 1)
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
        "UPDATE user_account SET extension = $2, ha1_md5_sealed = $3, ha1_sha256_sealed = $4, version = version + 1
         WHERE id = $1 AND account_id = $5",
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
        "SELECT id, account_id, login, name, roles, agent_id, extension, disabled, version, password_hash FROM user_account WHERE login = $1",
        login
    )?;
    found.map(UserRow::into_credentials).transpose()
}

/// Those of `logins` that somebody has, in whatever account.
pub async fn taken_logins(tx: &mut Tx, logins: &[String]) -> Result<BTreeSet<String>, StoreError> {
    let logins = crate::batch::json(&logins);
    let found: Vec<(String,)> = rows!(
        tx,
        sqlite: "SELECT login FROM user_account WHERE login IN (SELECT value FROM json_each($1))",
        postgres: "SELECT login FROM user_account WHERE login IN (SELECT v FROM jsonb_array_elements_text($1::jsonb) v)",
        logins
    )?;
    Ok(found.into_iter().map(|(login,)| login).collect())
}

/// Take away a user's phone; it gets another one in the same transaction, or none.
pub async fn clear_extension(tx: &mut Tx, account: AccountId, user: UserId) -> Result<bool, StoreError> {
    let changed =
        exec!(tx, "UPDATE user_account SET extension = NULL WHERE id = $1 AND account_id = $2", user.0, account.0)?;
    Ok(changed == 1)
}

pub async fn by_id(tx: &mut Tx, account: AccountId, user: UserId) -> Result<Option<Credentials>, StoreError> {
    let found: Option<UserRow> = row!(
        tx,
        "SELECT id, account_id, login, name, roles, agent_id, extension, disabled, version, password_hash FROM user_account
         WHERE id = $1 AND account_id = $2",
        user.0,
        account.0
    )?;
    found.map(UserRow::into_credentials).transpose()
}

/// The user who is this agent.
pub async fn of_agent(tx: &mut Tx, account: AccountId, agent: AgentId) -> Result<Option<User>, StoreError> {
    let found: Option<UserRow> = row!(
        tx,
        "SELECT id, account_id, login, name, roles, agent_id, extension, disabled, version, password_hash FROM user_account
         WHERE agent_id = $1 AND account_id = $2",
        agent.0,
        account.0
    )?;
    found.map(|row| row.into_credentials().map(|c| c.user)).transpose()
}

pub async fn all(tx: &mut Tx, account: AccountId) -> Result<Vec<User>, StoreError> {
    let found: Vec<UserRow> = rows!(
        tx,
        "SELECT id, account_id, login, name, roles, agent_id, extension, disabled, version, password_hash FROM user_account
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
