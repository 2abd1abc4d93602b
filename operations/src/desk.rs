//! What all use cases share.

use crate::attachments::Scanner;
use crate::challenges::Challenges;
use crate::door::Door;
use crate::floor_figures::FloorFigures;
use crate::secrets;
use crate::sessions::SessionLimits;
use crate::{OperationError, setting_history};
use ringdesk_access::{Role, shipped_roles};
use ringdesk_model::{AccountId, Actor, Ids, Timestamp};
use ringdesk_storage::audit::{self, Act};
use ringdesk_storage::{Store, Tx};
use ringdesk_vault::AccountKey;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// The use cases. One per server, shared.
pub struct Operations {
    pub(crate) store: Arc<Store>,
    pub(crate) realm: String,
    pub(crate) door: Door,
    pub(crate) challenges: Challenges,
    pub(crate) session_limits: SessionLimits,
    pub(crate) roles: Vec<Role>,
    pub(crate) floor_figures: FloorFigures,
    /// Looks at the files that people bring.
    pub(crate) scanner: Option<Scanner>,
    ids: Mutex<Ids>,
    /// Counts up whenever sessions ended or rights changed: who holds a door open for a session asks again.
    pub(crate) sessions: watch::Sender<u64>,
}

impl Operations {
    /// `realm`: of SIP digest; phones' secrets are hashed with it.
    pub fn new(store: Arc<Store>, realm: impl Into<String>) -> Result<Operations, OperationError> {
        Ok(Operations {
            store,
            realm: realm.into(),
            door: Door::default(),
            challenges: Challenges::new()?,
            session_limits: SessionLimits::default(),
            roles: shipped_roles(),
            floor_figures: FloorFigures::default(),
            scanner: None,
            ids: Mutex::new(Ids::seeded(u64::from_be_bytes(secrets::random()?))),
            sessions: watch::Sender::new(0),
        })
    }

    /// With other limits of sessions.
    pub fn with_sessions(self, session_limits: SessionLimits) -> Operations {
        Operations { session_limits, ..self }
    }

    /// With a program that looks at the files people bring.
    pub fn with_scanner(self, scanner: Option<Scanner>) -> Operations {
        Operations { scanner, ..self }
    }

    /// Of the door for people, by the names under which they are exported.
    pub fn figures(&self) -> Vec<(&'static str, u64)> {
        self.door.figures()
    }

    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// The roles there are, with their permissions.
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// Changes whenever a session ended, or somebody's rights changed.
    pub fn sessions_changed(&self) -> watch::Receiver<u64> {
        self.sessions.subscribe()
    }

    /// Keep who gave an order to a running machine: it leaves no other row with their name.
    pub async fn note_order(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        action: &'static str,
        object: &str,
        after: Option<&str>,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        audited(&mut tx, &key, now, actor, action, object, None, after).await?;
        tx.commit().await?;
        Ok(())
    }

    /// A fresh id.
    pub fn id<T: From<uuid::Uuid>>(&self, now: Timestamp) -> T {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).next(now)
    }

    /// A transaction that may write, and the account's key in it.
    pub(crate) async fn write(&self, account: AccountId) -> Result<(Tx, Arc<AccountKey>), OperationError> {
        let mut tx = self.store.db.write().await?;
        let key = self.store.key(&mut tx, account).await?;
        Ok((tx, key))
    }

    pub(crate) async fn read(&self, account: AccountId) -> Result<(Tx, Arc<AccountKey>), OperationError> {
        let mut tx = self.store.db.read().await?;
        let key = self.store.key(&mut tx, account).await?;
        Ok((tx, key))
    }

    /// The accounts of this installation.
    pub async fn accounts(&self) -> Result<Vec<AccountId>, OperationError> {
        Ok(ringdesk_storage::accounts::all(&mut self.store.db.read().await?).await?)
    }

    /// The key with which a server gathers journal sets of an account.
    pub async fn account_key(&self, account: AccountId) -> Result<Arc<AccountKey>, OperationError> {
        Ok(self.read(account).await?.1)
    }
}

/// Append the audit entry of a use case that worked, after its rows were written: where they are a setting's, what it is now is
/// kept beside the entry.
pub(crate) async fn audited(
    tx: &mut Tx,
    key: &AccountKey,
    now: Timestamp,
    actor: &Actor,
    action: &'static str,
    object: &str,
    before: Option<&str>,
    after: Option<&str>,
) -> Result<(), OperationError> {
    let act = Act { action, object, before, after, result: "ok" };
    let seq = audit::append(tx, key, now, actor, None, act).await?;
    setting_history::keep(tx, key, seq, action, object, after).await
}
