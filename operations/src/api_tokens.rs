//! Keys for programs: named, shown once, with an end and with no more rights than their maker has.

use crate::desk::audited;
use crate::second_factor::is_missing;
use crate::secrets::{token, token_hash};
use crate::sessions::SignedIn;
use crate::{OperationError, Operations};
use ringdesk_access::{Grants, Permission};
use ringdesk_model::{AccountId, Actor, Pii, Timestamp};
use ringdesk_storage::api_tokens::{self, ApiToken};
use ringdesk_storage::users::User;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use uuid::Uuid;

/// So that people see, and scanners of secrets find, what it is.
pub const PREFIX: &str = "rdk_";
/// No key is for ever.
pub const LONGEST: Duration = Duration::from_secs(366 * 86_400);
/// Of an account.
const MOST: usize = 200;
const LONGEST_NAME: usize = 100;
/// How exactly it is known when one was last used.
const SEEN: Duration = Duration::from_secs(60);

/// What somebody wants.
pub struct NewApiToken {
    pub name: String,
    pub permissions: BTreeSet<Permission>,
    pub expires: Timestamp,
}

impl Operations {
    /// All of them, newest first.
    pub async fn api_tokens(&self, account: AccountId) -> Result<Vec<ApiToken>, OperationError> {
        Ok(api_tokens::all(&mut self.store.db.read().await?, account).await?)
    }

    /// Make one; what its holder shows is given once.
    pub async fn create_api_token(
        &self,
        now: Timestamp,
        who: &SignedIn,
        wish: NewApiToken,
    ) -> Result<(ApiToken, Pii<String>), OperationError> {
        let name = wish.name.trim();
        if name.is_empty() || name.chars().count() > LONGEST_NAME {
            return Err(OperationError::Invalid(format!("a name has 1 to {LONGEST_NAME} characters")));
        }
        if wish.permissions.is_empty() {
            return Err(OperationError::Invalid("a key without a permission opens nothing".into()));
        }
        if let Some(more) = wish.permissions.iter().find(|permission| !who.grants.allows(**permission)) {
            return Err(OperationError::Invalid(format!("you do not have the permission {} yourself", more.as_str())));
        }
        if wish.expires <= now || wish.expires.since(now) > LONGEST {
            return Err(OperationError::Invalid("a key ends within a year".into()));
        }
        let shown = format!("{PREFIX}{}", token()?);
        let new = ApiToken {
            id: self.id(now),
            user: who.user.id,
            name: name.to_owned(),
            permissions: wish.permissions.iter().map(|permission| permission.as_str().to_owned()).collect(),
            created: now,
            expires: wish.expires,
            seen: None,
        };
        let (mut tx, key) = self.write(who.user.account).await?;
        let all = api_tokens::all(&mut tx, who.user.account).await?;
        if all.iter().any(|other| other.name == new.name && other.expires > now) {
            return Err(OperationError::Taken("the name"));
        }
        if all.len() >= MOST {
            return Err(OperationError::Invalid(format!("{MOST} keys are enough; end one first")));
        }
        api_tokens::put(&mut tx, who.user.account, &token_hash(&shown), &new).await?;
        let (object, after) = (format!("api_token:{}", new.id), format!("{}: {}", new.name, new.permissions.join(" ")));
        audited(&mut tx, &key, now, &who.actor, "api_token.create", &object, None, Some(&after)).await?;
        tx.commit().await?;
        Ok((new, Pii::new(shown)))
    }

    /// It opens nothing from now on.
    pub async fn remove_api_token(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        id: Uuid,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        if !api_tokens::remove(&mut tx, account, id).await? {
            return Err(OperationError::NotFound("key"));
        }
        audited(&mut tx, &key, now, actor, "api_token.remove", &format!("api_token:{id}"), None, None).await?;
        tx.commit().await?;
        self.sessions_end();
        Ok(())
    }

    /// Which program shows this, with the rights that both it and its maker have now. It is no agent, whoever made it.
    pub(crate) async fn program(
        &self,
        now: Timestamp,
        shown: &str,
        address: Option<&str>,
    ) -> Result<Option<SignedIn>, OperationError> {
        let mut tx = self.store.db.read().await?;
        let Some((user, known)) = api_tokens::by_hash(&mut tx, now, &token_hash(shown)).await? else { return Ok(None) };
        let of_maker = match is_missing(&mut tx, &user).await? {
            true => Grants::default(),
            false => Grants::of(user.roles.iter().map(String::as_str), &self.roles),
        };
        drop(tx);
        if known.seen.is_none_or(|seen| now.since(seen) >= SEEN) {
            let mut tx = self.store.db.write().await?;
            api_tokens::touch(&mut tx, now, known.id).await?;
            tx.commit().await?;
        }
        let named = known.permissions.iter().filter_map(|name| Permission::parse(name)).collect();
        let grants = of_maker.only(&named);
        let actor = Actor::User { user: user.id, agent: None, address: address.map(str::to_owned) };
        let user = User { agent: None, ..user };
        Ok(Some(SignedIn {
            // A mentor is a person.
            mentees: BTreeMap::new(),
            session: known.id,
            scope: grants.scope(user.account, user.id, None),
            actor,
            grants,
            user,
            by_token: Some(known.name),
            must: None,
        }))
    }
}
