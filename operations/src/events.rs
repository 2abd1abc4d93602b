//! What happened, for those who follow: the outbox and the audit.

use crate::{OperationError, Operations};
use ringdesk_model::{AccountId, Scope};
use ringdesk_storage::audit::{self, Entry};
use ringdesk_storage::outbox::{self, Event};

impl Operations {
    /// Events after a cursor, in order; what of them a reader may see is the gateway's to tell.
    pub async fn events_after(
        &self,
        account: AccountId,
        cursor: i64,
        limit: i64,
    ) -> Result<Vec<Event>, OperationError> {
        let (mut tx, key) = self.read(account).await?;
        Ok(outbox::after(&mut tx, &key, cursor, limit.clamp(1, 1_000)).await?)
    }

    /// The cursor of now.
    pub async fn events_head(&self, account: AccountId) -> Result<i64, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        Ok(outbox::head(&mut tx, account).await?)
    }

    /// Audit entries, newest first, those before `before`.
    pub async fn audit(&self, scope: &Scope, before: Option<i64>, limit: i64) -> Result<Vec<Entry>, OperationError> {
        let (mut tx, _) = self.read(scope.account).await?;
        Ok(audit::list(&mut tx, scope.account, before.unwrap_or(i64::MAX), limit.clamp(1, 500)).await?)
    }

    /// Walk an account's audit chain; gives the number of entries.
    pub async fn verify_audit(&self, account: AccountId) -> Result<i64, OperationError> {
        let (mut tx, key) = self.read(account).await?;
        Ok(audit::verify(&mut tx, &key).await?)
    }
}
