//! Users: made, given passwords and phones, signed in and out.

use crate::desk::audited;
use crate::secrets::{ha1, hash_password, password_fits, token, token_hash};
use crate::{OperationError, Operations};
use ringdesk_access::{Grants, Permission, check_password};
use ringdesk_model::{AccountId, Actor, AgentId, Scope, Timestamp, UserId};
use ringdesk_storage::audit::{self, Act};
use ringdesk_storage::users::{self, User};
use ringdesk_storage::{Tx, accounts};
use std::sync::PoisonError;
use std::time::Duration;

/// How long a session lasts: a working day and its overtime.
const SESSION: Duration = Duration::from_secs(12 * 3_600);
/// Hashed in place of an unknown login's password, so that the answer takes as long.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGlzIGhlcmU$YMfV1D5S8cZC6UEQe1fGjUSi5PwWsq6YV0eR0f4SxJo";

#[derive(Clone, Debug)]
pub struct NewUser {
    pub login: String,
    pub name: String,
    pub roles: Vec<String>,
    pub agent: Option<AgentId>,
}

/// A sign-in that worked. The token is shown once.
pub struct LoggedIn {
    pub user: User,
    pub token: String,
    pub expires: Timestamp,
}

/// Who is behind a session.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub user: User,
    pub grants: Grants,
    pub scope: Scope,
    /// With the address of the request.
    pub actor: Actor,
}

impl Operations {
    pub async fn create_user(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        new: NewUser,
        password: &str,
    ) -> Result<UserId, OperationError> {
        check_password(&new.login, password)?;
        let hash = self.hash(password).await?;
        let (mut tx, key) = self.write(account).await?;
        let id = self.insert_user(&mut tx, now, account, new, &hash).await?;
        audited(&mut tx, &key, now, actor, "user.create", &format!("user:{id}"), None, None).await?;
        tx.commit().await?;
        Ok(id)
    }

    pub(crate) async fn insert_user(
        &self,
        tx: &mut Tx,
        now: Timestamp,
        account: AccountId,
        new: NewUser,
        hash: &str,
    ) -> Result<UserId, OperationError> {
        let user = User {
            id: self.id(now),
            account,
            login: new.login,
            name: new.name,
            roles: new.roles,
            agent: new.agent,
            extension: None,
            disabled: false,
        };
        users::create(tx, now, &user, hash).await.map_err(OperationError::taken("the login"))?;
        Ok(user.id)
    }

    /// Somebody changes their own password, and says the present one: a screen left open for a minute is not enough. Tries
    /// are slowed down as at the sign-in.
    pub async fn change_password(
        &self,
        now: Timestamp,
        who: &SignedIn,
        present: &str,
        password: &str,
        address: &str,
    ) -> Result<(), OperationError> {
        let (user, account) = (&who.user, who.user.account);
        self.throttle.lock().unwrap_or_else(PoisonError::into_inner).check(now, &user.login, address)?;
        let found = users::by_id(&mut self.store.db.read().await?, account, user.id).await?;
        let found = found.ok_or(OperationError::NotFound("user"))?;
        if !self.fits(present, &found.password_hash).await? {
            self.throttle.lock().unwrap_or_else(PoisonError::into_inner).failed(now, &user.login, address);
            self.note_failure(now, Some(found.user), address).await?;
            return Err(OperationError::WrongLogin);
        }
        self.set_password(now, &who.actor, account, user.id, password).await
    }

    /// Give a user other roles. Somebody keeps the right to grant rights, or nobody could ever be given any again.
    pub async fn set_roles(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        user: UserId,
        roles: &[String],
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let mut all = users::all(&mut tx, account).await?;
        let found = all.iter_mut().find(|u| u.id == user).ok_or(OperationError::NotFound("user"))?;
        let before = std::mem::replace(&mut found.roles, roles.to_vec());
        let grants = |u: &User| Grants::of(u.roles.iter().map(String::as_str), &self.roles);
        if !all.iter().any(|u| !u.disabled && grants(u).allows(Permission::RightsGrant)) {
            return Err(OperationError::LastToGrant);
        }
        users::set_roles(&mut tx, user, roles).await?;
        let (before, after) = (before.join(", "), roles.join(", "));
        audited(&mut tx, &key, now, actor, "user.set_roles", &format!("user:{user}"), Some(&before), Some(&after))
            .await?;
        tx.commit().await?;
        self.sessions_end();
        Ok(())
    }

    /// A new password ends all sessions of the user.
    pub async fn set_password(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        user: UserId,
        password: &str,
    ) -> Result<(), OperationError> {
        let hash = self.hash(password).await?;
        let (mut tx, key) = self.write(account).await?;
        let found = users::by_id(&mut tx, account, user).await?.ok_or(OperationError::NotFound("user"))?;
        check_password(&found.user.login, password)?;
        users::set_password(&mut tx, user, &hash).await?;
        users::close_sessions(&mut tx, user).await?;
        audited(&mut tx, &key, now, actor, "user.set_password", &format!("user:{user}"), None, None).await?;
        tx.commit().await?;
        self.sessions_end();
        Ok(())
    }

    /// Give a user a phone: its extension and the password with which it registers.
    pub async fn set_phone(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        user: UserId,
        extension: &str,
        password: &str,
    ) -> Result<(), OperationError> {
        if extension.is_empty() || extension.len() > 32 || !extension.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(OperationError::Invalid("an extension is 1 to 32 letters and digits".into()));
        }
        let (md5, sha256) = ha1(extension, &self.realm, password);
        let (mut tx, key) = self.write(account).await?;
        let found = users::by_id(&mut tx, account, user).await?.ok_or(OperationError::NotFound("user"))?;
        users::set_phone(&mut tx, &key, user, extension, &md5, &sha256)
            .await
            .map_err(OperationError::taken("the extension"))?;
        let before = found.user.extension.as_deref();
        audited(&mut tx, &key, now, actor, "user.set_phone", &format!("user:{user}"), before, Some(extension)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// A disabled user has no sessions; the phone is out of the directory.
    pub async fn set_disabled(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        user: UserId,
        disabled: bool,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        users::by_id(&mut tx, account, user).await?.ok_or(OperationError::NotFound("user"))?;
        users::set_disabled(&mut tx, user, disabled).await?;
        users::close_sessions(&mut tx, user).await?;
        let action = if disabled { "user.disable" } else { "user.enable" };
        audited(&mut tx, &key, now, actor, action, &format!("user:{user}"), None, None).await?;
        tx.commit().await?;
        self.sessions_end();
        Ok(())
    }

    pub async fn users(&self, scope: &Scope) -> Result<Vec<User>, OperationError> {
        let (mut tx, _) = self.read(scope.account).await?;
        let mut all = users::all(&mut tx, scope.account).await?;
        all.retain(|u| scope.everyone || u.id == scope.user);
        Ok(all)
    }

    /// Try a login and a password. Both outcomes are audited; failures are slowed down per login and address.
    pub async fn login(
        &self,
        now: Timestamp,
        login: &str,
        password: &str,
        address: &str,
    ) -> Result<LoggedIn, OperationError> {
        self.throttle.lock().unwrap_or_else(PoisonError::into_inner).check(now, login, address)?;
        let found = users::by_login(&mut self.store.db.read().await?, login).await?;
        let hash = found.as_ref().map_or(NOBODY, |c| c.password_hash.as_str());
        let fits = self.fits(password, hash).await?;
        match found {
            Some(c) if fits && !c.user.disabled => {
                self.throttle.lock().unwrap_or_else(PoisonError::into_inner).succeeded(login, address);
                self.open_session(now, c.user, address).await
            }
            other => {
                self.throttle.lock().unwrap_or_else(PoisonError::into_inner).failed(now, login, address);
                self.note_failure(now, other.map(|c| c.user), address).await?;
                Err(OperationError::WrongLogin)
            }
        }
    }

    async fn open_session(&self, now: Timestamp, user: User, address: &str) -> Result<LoggedIn, OperationError> {
        let (token, expires) = (token()?, now + SESSION);
        let (mut tx, key) = self.write(user.account).await?;
        users::drop_expired_sessions(&mut tx, now).await?;
        users::open_session(&mut tx, now, &user, &token_hash(&token), expires, Some(address)).await?;
        let actor = Actor::User { user: user.id, agent: user.agent, address: Some(address.to_owned()) };
        audited(&mut tx, &key, now, &actor, "user.login", &format!("user:{}", user.id), None, None).await?;
        tx.commit().await?;
        Ok(LoggedIn { user, token, expires })
    }

    /// An unknown login is not written down: people type passwords into that field.
    async fn note_failure(&self, now: Timestamp, user: Option<User>, address: &str) -> Result<(), OperationError> {
        let mut tx = self.store.db.write().await?;
        let account = match &user {
            Some(user) => Some(user.account),
            None => accounts::all(&mut tx).await?.first().copied(),
        };
        let Some(account) = account else { return Ok(()) };
        let key = self.store.key(&mut tx, account).await?;
        let object = user.as_ref().map_or_else(|| "user:unknown".to_owned(), |u| format!("user:{}", u.id));
        let result = if user.is_some_and(|u| u.disabled) { "disabled" } else { "wrong login or password" };
        let act = Act { action: "user.login", object: &object, before: None, after: None, result };
        audit::append(&mut tx, &key, now, &Actor::System, Some(address), act).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Who is behind a token; `None`: nobody, any more.
    pub async fn signed_in(
        &self,
        now: Timestamp,
        token: &str,
        address: Option<&str>,
    ) -> Result<Option<SignedIn>, OperationError> {
        let mut tx = self.store.db.read().await?;
        let user = users::by_session(&mut tx, now, &token_hash(token)).await?;
        Ok(user.map(|user| {
            let grants = Grants::of(user.roles.iter().map(String::as_str), &self.roles);
            SignedIn {
                scope: grants.scope(user.account, user.id, user.agent),
                actor: Actor::User { user: user.id, agent: user.agent, address: address.map(str::to_owned) },
                grants,
                user,
            }
        }))
    }

    pub async fn logout(&self, now: Timestamp, who: &SignedIn, token: &str) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(who.user.account).await?;
        if users::close_session(&mut tx, &token_hash(token)).await? {
            let object = format!("user:{}", who.user.id);
            audited(&mut tx, &key, now, &who.actor, "user.logout", &object, None, None).await?;
            tx.commit().await?;
            self.sessions_end();
        }
        Ok(())
    }

    fn sessions_end(&self) {
        self.sessions.send_modify(|n| *n = n.wrapping_add(1));
    }

    pub(crate) async fn hash(&self, password: &str) -> Result<String, OperationError> {
        let password = password.to_owned();
        self.slowly(move || hash_password(&password)).await?
    }

    async fn fits(&self, password: &str, hash: &str) -> Result<bool, OperationError> {
        let (password, hash) = (password.to_owned(), hash.to_owned());
        self.slowly(move || password_fits(&password, &hash)).await
    }

    /// On a blocking thread, a few at a time: a flood of logins costs neither the calls' cores nor all memory.
    async fn slowly<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, OperationError> {
        let _turn = self.hashers.acquire().await.map_err(|_| OperationError::Internal("shutting down"))?;
        tokio::task::spawn_blocking(work).await.map_err(|_| OperationError::Internal("hashing failed"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A hash that does not parse would answer at once and so tell which logins exist.
    #[test]
    fn an_unknown_login_costs_as_much_as_a_wrong_password() {
        let hash = argon2::password_hash::phc::PasswordHash::new(NOBODY).unwrap();
        let real = hash_password("anything").unwrap();
        let real = argon2::password_hash::phc::PasswordHash::new(&real).unwrap();
        assert_eq!((hash.algorithm, hash.version, &hash.params), (real.algorithm, real.version, &real.params));
        assert_eq!(hash.hash.unwrap().len(), real.hash.unwrap().len());
    }
}
