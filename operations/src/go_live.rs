//! Going live: whether the centre is, since when and by whose word; and what the books say of whether it may.

use crate::desk::audited;
use crate::{OperationError, Operations, demo};
use ringdesk_access::{Grants, Permission};
use ringdesk_model::{AccountId, Actor, Timestamp, TrunkId};
use ringdesk_storage::go_live::{self, GoLive};
use ringdesk_storage::{second_factors, users};

impl Operations {
    /// `None`: it is not live.
    pub async fn live(&self, account: AccountId) -> Result<Option<GoLive>, OperationError> {
        Ok(go_live::read(&mut self.store.db.read().await?, account).await?)
    }

    /// From now on it is live. Whether it may be was asked before; `reason` and `overridden`: why it is all the same.
    pub async fn set_live(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        (reason, overridden): (Option<String>, Vec<String>),
    ) -> Result<GoLive, OperationError> {
        let user = match actor {
            Actor::User { user, .. } => Some(*user),
            _ => None,
        };
        let live = GoLive { at: now, user, reason, overridden };
        let (mut tx, key) = self.write(account).await?;
        go_live::put(&mut tx, account, &live).await?;
        let after = match &live.reason {
            Some(reason) => format!("live, although red: {}; {reason}", live.overridden.join(" ")),
            None => "live".to_owned(),
        };
        audited(&mut tx, &key, now, actor, "account.go_live", &format!("account:{account}"), None, Some(&after))
            .await?;
        tx.commit().await?;
        Ok(live)
    }

    /// It is not live any more.
    pub async fn end_live(&self, now: Timestamp, actor: &Actor, account: AccountId) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        if !go_live::remove(&mut tx, account).await? {
            return Err(OperationError::NotFound("centre that is live"));
        }
        let object = format!("account:{account}");
        audited(&mut tx, &key, now, actor, "account.go_live", &object, Some("live"), None).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The last calls that prove a trunk, `in` and `out`.
    pub async fn proven_trunks(&self, account: AccountId) -> Result<Vec<(TrunkId, String, Timestamp)>, OperationError> {
        Ok(go_live::proven_trunks(&mut self.store.db.read().await?, account).await?)
    }

    /// Logins of those who may change rights, and whether they have a second factor; and whether a login of the demonstration
    /// can still sign in.
    pub async fn keepers(&self, account: AccountId) -> Result<(Vec<(String, bool)>, bool), OperationError> {
        let mut tx = self.store.db.read().await?;
        let with = second_factors::confirmed(&mut tx, account).await?;
        let all = users::all(&mut tx, account).await?;
        let working = || all.iter().filter(|user| !user.disabled);
        let may = |user: &&users::User| {
            Grants::of(user.roles.iter().map(String::as_str), &self.roles).allows(Permission::RightsGrant)
        };
        let keepers = working().filter(may).map(|user| (user.login.clone(), with.contains(&user.id))).collect();
        let of_demo = working().any(|user| demo::logins().any(|(login, _)| login == user.login));
        Ok((keepers, of_demo))
    }
}
