//! Writing what calls leave behind, and closing what a dead server left open.

use crate::{OperationError, Operations};
use ringdesk_model::{AccountId, Timestamp};
use ringdesk_storage::StoreError;
use ringdesk_storage::journal::{self, Set};
use ringdesk_storage::recovery::{self, Recovered};

impl Operations {
    /// Write a set in a transaction of its own. On an error the set is as it was: write it again. Gives the number of the
    /// last event, to wake those who follow.
    pub async fn write_journal(&self, set: &Set) -> Result<Option<i64>, OperationError> {
        match self.try_write(set).await {
            // Another writer made the same contact at the same time; now it is there to be found.
            Err(error) if error.is_conflict() => Ok(self.try_write(set).await?),
            other => Ok(other?),
        }
    }

    async fn try_write(&self, set: &Set) -> Result<Option<i64>, StoreError> {
        let mut tx = self.store.db.write_first().await?;
        let last = journal::write(&mut tx, set).await?;
        tx.commit().await?;
        Ok(last)
    }

    /// Was the set of this name written, and none after it? Asked after a commit that ended without an answer.
    pub async fn journal_written(&self, account: AccountId, name: uuid::Uuid) -> Result<bool, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        Ok(journal::is_written(&mut tx, account, name).await?)
    }

    /// Once at the start, before the first call: nothing of a dead server stays open.
    pub async fn recover(&self, now: Timestamp, account: AccountId) -> Result<Recovered, OperationError> {
        let (mut tx, key) = self.write(account).await?;
        self.end_open_messages(&mut tx, &key, now).await?;
        let recovered = recovery::recover(&mut tx, &key, now).await?;
        tx.commit().await?;
        Ok(recovered)
    }
}
