//! Second factors (TOTP): setting one up, asking for it, recovery codes, and the roles that need one.
//!
//! Somebody sets one up in two steps: a secret is shown, and the first code of it is typed. Until then it is asked of nobody.
//! Whoever has a role that needs one and has none is signed in with no right but to set one up ([`crate::sessions::Duty`]).

use crate::desk::audited;
use crate::secrets;
use crate::sessions::SignedIn;
use crate::{OperationError, Operations};
use ringdesk_access::role_name;
use ringdesk_access::second_factor::{self as law, RECOVERY_CODES, SECRET};
use ringdesk_model::{AccountId, Actor, Pii, Timestamp, UserId};
use ringdesk_storage::Tx;
use ringdesk_storage::second_factors;
use ringdesk_storage::users::{self, User};
use ringdesk_vault::AccountKey;
use std::collections::BTreeSet;

/// Keeps one kind of hash from being another.
const DOMAIN: &str = "recovery_code";

/// What an authenticator needs; shown once.
pub struct NewSecret {
    /// For typing.
    pub secret: Pii<String>,
    /// For the picture.
    pub address: Pii<String>,
}

/// One's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondFactorState {
    pub confirmed: Option<Timestamp>,
    pub recovery_codes_left: i64,
    /// A role that one has needs it.
    pub needed: bool,
}

/// What became of a code at the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// There is none, or it fits.
    Fits,
    /// There is one, and no code was given.
    Wanted,
    Wrong,
}

impl Operations {
    /// How it stands with one's own.
    pub async fn second_factor(&self, who: &SignedIn) -> Result<SecondFactorState, OperationError> {
        let (mut tx, key) = self.read(who.user.account).await?;
        let factor = second_factors::of_user(&mut tx, &key, who.user.id).await?;
        Ok(SecondFactorState {
            confirmed: factor.and_then(|factor| factor.confirmed),
            recovery_codes_left: second_factors::recovery_codes_left(&mut tx, who.user.id).await?,
            needed: is_needed(&mut tx, &who.user).await?,
        })
    }

    /// Begin to set one up: a new secret. One that is in use has to be taken away first, with a code of it.
    pub async fn begin_second_factor(&self, now: Timestamp, who: &SignedIn) -> Result<NewSecret, OperationError> {
        let secret = Pii::new(secrets::random::<SECRET>()?.to_vec());
        let (mut tx, key) = self.write(who.user.account).await?;
        if second_factors::of_user(&mut tx, &key, who.user.id).await?.is_some_and(|old| old.confirmed.is_some()) {
            return Err(OperationError::InUse("you have a second factor; take it away first".into()));
        }
        second_factors::begin(&mut tx, &key, now, who.user.id, &secret).await?;
        tx.commit().await?;
        Ok(NewSecret {
            secret: Pii::new(law::spelled(secret.reveal())),
            address: Pii::new(law::address("Ringdesk", &who.user.login, secret.reveal())),
        })
    }

    /// The first code of it: from now on it is asked for. Gives the recovery codes, once.
    pub async fn confirm_second_factor(
        &self,
        now: Timestamp,
        who: &SignedIn,
        code: &str,
    ) -> Result<Vec<Pii<String>>, OperationError> {
        let attempt = self.door.begin_code(now, &who.user.login).map_err(|refused| refused.wait)?;
        let (mut tx, key) = self.write(who.user.account).await?;
        let factor = second_factors::of_user(&mut tx, &key, who.user.id).await?;
        let Some(factor) = factor.filter(|factor| factor.confirmed.is_none()) else {
            return Err(OperationError::NotFound("second factor that waits for its first code"));
        };
        let Some(step) = law::check(factor.secret.reveal(), code, now, factor.last_step) else {
            return Err(OperationError::WrongCode);
        };
        second_factors::confirm(&mut tx, now, who.user.id).await?;
        second_factors::use_step(&mut tx, who.user.id, step).await?;
        let codes = renew_codes(&mut tx, &key, who.user.id).await?;
        let object = format!("user:{}", who.user.id);
        audited(&mut tx, &key, now, &who.actor, "user.second_factor", &object, None, Some("set up")).await?;
        tx.commit().await?;
        attempt.succeeded();
        self.sessions_end();
        Ok(codes)
    }

    /// New recovery codes in the place of those there were; a code says that the telephone is there.
    pub async fn renew_recovery_codes(
        &self,
        now: Timestamp,
        who: &SignedIn,
        code: &str,
    ) -> Result<Vec<Pii<String>>, OperationError> {
        let mut tx = self.proven(now, who, code).await?;
        let key = self.account_key(who.user.account).await?;
        let codes = renew_codes(&mut tx, &key, who.user.id).await?;
        let object = format!("user:{}", who.user.id);
        audited(&mut tx, &key, now, &who.actor, "user.recovery_codes", &object, None, Some("renewed")).await?;
        tx.commit().await?;
        Ok(codes)
    }

    /// Take one's own away, with a code of it, or a recovery code. Not while a role needs it.
    pub async fn drop_second_factor(&self, now: Timestamp, who: &SignedIn, code: &str) -> Result<(), OperationError> {
        let mut tx = self.proven(now, who, code).await?;
        let key = self.account_key(who.user.account).await?;
        if is_needed(&mut tx, &who.user).await? {
            return Err(OperationError::InUse("one of your roles needs a second factor".into()));
        }
        second_factors::remove(&mut tx, who.user.id).await?;
        let object = format!("user:{}", who.user.id);
        audited(&mut tx, &key, now, &who.actor, "user.second_factor", &object, Some("set up"), None).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Take somebody else's away who has lost telephone and codes: they set up another one at the next sign-in, if a role needs
    /// it. Whoever is signed in with it is signed out.
    pub async fn reset_second_factor(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        user: UserId,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        users::by_id(&mut tx, account, user).await?.ok_or(OperationError::NotFound("user"))?;
        if !second_factors::remove(&mut tx, user).await? {
            return Err(OperationError::NotFound("second factor"));
        }
        ringdesk_storage::sessions::close_all(&mut tx, user).await?;
        let object = format!("user:{user}");
        audited(&mut tx, &key, now, actor, "user.second_factor", &object, Some("set up"), Some("reset")).await?;
        tx.commit().await?;
        self.sessions_end();
        Ok(())
    }

    /// Roles whose holders need one.
    pub async fn second_factor_roles(&self, account: AccountId) -> Result<BTreeSet<String>, OperationError> {
        Ok(second_factors::needed_by(&mut self.store.db.read().await?, account).await?)
    }

    /// Everybody who has one.
    pub async fn second_factors(&self, account: AccountId) -> Result<BTreeSet<UserId>, OperationError> {
        Ok(second_factors::confirmed(&mut self.store.db.read().await?, account).await?)
    }

    /// These roles need one from now on. Who has none can do nothing else but set one up, from their next request on.
    pub async fn set_second_factor_roles(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        roles: &BTreeSet<String>,
    ) -> Result<(), OperationError> {
        let roles: BTreeSet<String> = roles.iter().map(|role| role_name(role).to_owned()).collect();
        if let Some(unknown) = roles.iter().find(|name| !self.roles.iter().any(|role| role.name == **name)) {
            return Err(OperationError::Invalid(format!("there is no role {unknown}")));
        }
        let (mut tx, key) = self.write(account).await?;
        let before = second_factors::needed_by(&mut tx, account).await?;
        second_factors::set_needed_by(&mut tx, account, &roles).await?;
        let list = |roles: &BTreeSet<String>| roles.iter().cloned().collect::<Vec<_>>().join(" ");
        let (before, after) = (list(&before), list(&roles));
        let object = format!("account:{account}");
        audited(&mut tx, &key, now, actor, "second_factor.roles", &object, Some(&before), Some(&after)).await?;
        tx.commit().await?;
        self.sessions_end();
        Ok(())
    }

    /// At the door, after the password fitted. A code that was taken is used up.
    pub(crate) async fn asked_code(
        &self,
        now: Timestamp,
        user: &User,
        code: Option<&str>,
    ) -> Result<Asked, OperationError> {
        let (mut tx, key) = self.write(user.account).await?;
        let factor = second_factors::of_user(&mut tx, &key, user.id).await?;
        let Some(factor) = factor.filter(|factor| factor.confirmed.is_some()) else { return Ok(Asked::Fits) };
        let Some(code) = code.filter(|code| !code.trim().is_empty()) else { return Ok(Asked::Wanted) };
        let fits = takes(&mut tx, &key, now, user.id, &factor, code).await?;
        if fits == Taken::Recovery {
            let (left, object) =
                (second_factors::recovery_codes_left(&mut tx, user.id).await?, format!("user:{}", user.id));
            let left = left.to_string();
            audited(&mut tx, &key, now, &Actor::System, "user.recovery_code_used", &object, None, Some(&left)).await?;
        }
        tx.commit().await?;
        Ok(if fits == Taken::No { Asked::Wrong } else { Asked::Fits })
    }

    /// A transaction in which a code was taken.
    async fn proven(&self, now: Timestamp, who: &SignedIn, code: &str) -> Result<Tx, OperationError> {
        let attempt = self.door.begin_code(now, &who.user.login).map_err(|refused| refused.wait)?;
        let (mut tx, key) = self.write(who.user.account).await?;
        let factor = second_factors::of_user(&mut tx, &key, who.user.id).await?;
        let Some(factor) = factor.filter(|factor| factor.confirmed.is_some()) else {
            return Err(OperationError::NotFound("second factor"));
        };
        match takes(&mut tx, &key, now, who.user.id, &factor, code).await? {
            Taken::No => Err(OperationError::WrongCode),
            Taken::Code | Taken::Recovery => {
                attempt.succeeded();
                Ok(tx)
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taken {
    Code,
    Recovery,
    No,
}

async fn takes(
    tx: &mut Tx,
    key: &AccountKey,
    now: Timestamp,
    user: UserId,
    factor: &second_factors::SecondFactor,
    code: &str,
) -> Result<Taken, OperationError> {
    if let Some(step) = law::check(factor.secret.reveal(), code, now, factor.last_step) {
        // Of two requests with one code one gets in.
        return Ok(if second_factors::use_step(tx, user, step).await? { Taken::Code } else { Taken::No });
    }
    let Some(form) = law::recovery_form(code) else { return Ok(Taken::No) };
    let used = second_factors::use_recovery_code(tx, user, &key.blind(DOMAIN, &form)).await?;
    Ok(if used { Taken::Recovery } else { Taken::No })
}

async fn renew_codes(tx: &mut Tx, key: &AccountKey, user: UserId) -> Result<Vec<Pii<String>>, OperationError> {
    let mut codes = Vec::with_capacity(RECOVERY_CODES);
    for _ in 0..RECOVERY_CODES {
        codes.push(law::recovery_code(secrets::random()?));
    }
    let form = |code: &String| law::recovery_form(code).unwrap_or_default();
    let hashes: Vec<[u8; 16]> = codes.iter().map(|code| key.blind(DOMAIN, &form(code))).collect();
    second_factors::set_recovery_codes(tx, user, &hashes).await?;
    Ok(codes.into_iter().map(Pii::new).collect())
}

/// A role of this user needs one.
pub(crate) async fn is_needed(tx: &mut Tx, user: &User) -> Result<bool, OperationError> {
    let needed = second_factors::needed_by(tx, user.account).await?;
    Ok(user.roles.iter().any(|role| needed.contains(role_name(role))))
}

/// This user needs one and has none.
pub(crate) async fn is_missing(tx: &mut Tx, user: &User) -> Result<bool, OperationError> {
    if !is_needed(tx, user).await? {
        return Ok(false);
    }
    Ok(!second_factors::confirmed(tx, user.account).await?.contains(&user.id))
}
