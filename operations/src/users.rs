//! Users: made, given passwords and phones, put out of use.

use crate::desk::audited;
use crate::door::place_of;
use crate::notices::tell::Told;
use crate::people::About;
use crate::secrets::ha1;
use crate::staff::{UserEdit, check_extension};
use crate::{OperationError, Operations, SignedIn};
use ringdesk_access::{Grants, Permission, WeakPassword, check_password};
use ringdesk_model::{AccountId, Actor, AgentId, Scope, Timestamp, UserId};
use ringdesk_notices::{NoticeKind, Values};
use ringdesk_storage::users::{self, User};
use ringdesk_storage::{Tx, sessions};
use ringdesk_vault::AccountKey;
use uuid::Uuid;

#[derive(Clone, Debug)]
pub struct NewUser {
    pub login: String,
    pub name: String,
    pub roles: Vec<String>,
    pub agent: Option<AgentId>,
    pub about: About,
}

/// Who knows a new password.
enum Chosen {
    /// In this session.
    ByThemselves(Uuid),
    ByAnother {
        must_change: bool,
    },
}

/// A login in its one form: 1 to 100 characters without blanks, in lower case.
pub fn login_form(login: &str) -> Option<String> {
    let login = login.trim().to_lowercase();
    let odd =
        login.is_empty() || login.chars().count() > 100 || login.chars().any(|c| c.is_whitespace() || c.is_control());
    (!odd).then_some(login)
}

/// The name of a person, a queue or an inbox: 1 to 200 characters.
pub fn name_form(name: &str) -> Option<String> {
    let name = name.trim();
    let odd = name.is_empty() || name.chars().count() > 200 || name.chars().any(char::is_control);
    (!odd).then(|| name.to_owned())
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
        let hash = self.door.hash(password).await?;
        let (mut tx, key) = self.write(account).await?;
        let id = self.user_in(&mut tx, &key, now, actor, new, &hash).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// The same as part of something larger.
    pub(crate) async fn user_in(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        now: Timestamp,
        actor: &Actor,
        new: NewUser,
        hash: &str,
    ) -> Result<UserId, OperationError> {
        let id = self.insert_user(tx, key, now, new, hash).await?;
        audited(tx, key, now, actor, "user.create", &format!("user:{id}"), None, None).await?;
        Ok(id)
    }

    pub(crate) async fn insert_user(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        now: Timestamp,
        new: NewUser,
        hash: &str,
    ) -> Result<UserId, OperationError> {
        let user = User {
            id: self.id(now),
            account: key.account(),
            login: new.login,
            name: new.name,
            roles: new.roles,
            agent: new.agent,
            extension: None,
            disabled: false,
            version: 1,
        };
        users::create(tx, now, &user, hash).await.map_err(OperationError::taken("the login"))?;
        new.about.write(tx, key, user.id).await?;
        Ok(user.id)
    }

    /// Somebody changes their own password, and says the present one: a screen left open for a minute is not enough. Tries
    /// are slowed down as at the sign-in. They stay signed in where they do it, and nowhere else.
    pub async fn change_password(
        &self,
        now: Timestamp,
        who: &SignedIn,
        present: &str,
        password: &str,
        address: &str,
    ) -> Result<(), OperationError> {
        let (user, account) = (&who.user, who.user.account);
        // Known: signed in, from wherever this is.
        let begun = self.door.begin(now, &user.login, &place_of(address), true);
        let attempt = begun.map_err(|refused| OperationError::from(refused.wait))?;
        let found = users::by_id(&mut self.store.db.read().await?, account, user.id).await?;
        let found = found.ok_or(OperationError::NotFound("user"))?;
        if !attempt.fits(present, Some(&found.password_hash)).await? {
            drop(attempt);
            self.note_failure(now, Some(found.user), address, "wrong login or password").await?;
            return Err(OperationError::WrongLogin);
        }
        attempt.succeeded();
        if present == password {
            return Err(WeakPassword::Same.into());
        }
        self.renew_password(now, &who.actor, &found.user, password, Chosen::ByThemselves(who.session)).await
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
        let found = users::by_id(&mut tx, account, user).await?.ok_or(OperationError::NotFound("user"))?;
        self.roles_in(&mut tx, &key, now, actor, &found.user, roles).await?;
        self.somebody_grants(&mut tx, account).await?;
        tx.commit().await?;
        self.sessions_end();
        Ok(())
    }

    /// The same as part of something larger, at whose end [`Operations::somebody_grants`].
    pub(crate) async fn roles_in(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        now: Timestamp,
        actor: &Actor,
        before: &User,
        roles: &[String],
    ) -> Result<(), OperationError> {
        users::set_roles(tx, before.id, roles).await?;
        let (object, had, has) = (format!("user:{}", before.id), before.roles.join(", "), roles.join(", "));
        audited(tx, key, now, actor, "user.set_roles", &object, Some(&had), Some(&has)).await?;
        if had == has {
            return Ok(());
        }
        let told = Told {
            kind: NoticeKind::Permissions,
            to: vec![before.id],
            cause: format!("permissions:{}", now.0),
            values: Values::from([("roles", has)]),
            place: "security".to_owned(),
        };
        self.tell_one(tx, key, now, told).await
    }

    /// Of what the transaction would leave.
    pub(crate) async fn somebody_grants(&self, tx: &mut Tx, account: AccountId) -> Result<(), OperationError> {
        let grants = |u: &User| Grants::of(u.roles.iter().map(String::as_str), &self.roles);
        let all = users::all(tx, account).await?;
        match all.iter().any(|u| !u.disabled && grants(u).allows(Permission::RightsGrant)) {
            true => Ok(()),
            false => Err(OperationError::LastToGrant),
        }
    }

    /// A new password ends all sessions of the user. `must_change`: whoever set it is somebody else, so that the user chooses
    /// one of their own at the next sign-in.
    pub async fn set_password(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        user: UserId,
        password: &str,
        must_change: bool,
    ) -> Result<(), OperationError> {
        let found = users::by_id(&mut self.store.db.read().await?, account, user).await?;
        let found = found.ok_or(OperationError::NotFound("user"))?;
        self.renew_password(now, actor, &found.user, password, Chosen::ByAnother { must_change }).await
    }

    async fn renew_password(
        &self,
        now: Timestamp,
        actor: &Actor,
        user: &User,
        password: &str,
        chosen: Chosen,
    ) -> Result<(), OperationError> {
        check_password(&user.login, password)?;
        let hash = self.door.hash(password).await?;
        let (mut tx, key) = self.write(user.account).await?;
        users::set_password(&mut tx, user.id, &hash, matches!(chosen, Chosen::ByAnother { must_change: true })).await?;
        match chosen {
            Chosen::ByThemselves(session) => sessions::close_others(&mut tx, user.id, session).await?,
            Chosen::ByAnother { .. } => sessions::close_all(&mut tx, user.id).await?,
        };
        sessions::forget_known(&mut tx, user.id).await?;
        audited(&mut tx, &key, now, actor, "user.set_password", &format!("user:{}", user.id), None, None).await?;
        tx.commit().await?;
        self.door.forgive(&user.login);
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
        check_extension(extension)?;
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
        let edit = UserEdit { active: Some(!disabled), ..UserEdit::default() };
        self.edit_user(now, actor, account, user, edit).await.map(drop)
    }

    pub async fn users(&self, scope: &Scope) -> Result<Vec<User>, OperationError> {
        let (mut tx, _) = self.read(scope.account).await?;
        let mut all = users::all(&mut tx, scope.account).await?;
        all.retain(|u| scope.everyone || u.id == scope.user);
        Ok(all)
    }
}
