//! Writing what calls leave behind, and closing what a dead server left open.

use crate::promises::told;
use crate::rules::calls::job;
use crate::{OperationError, Operations};
use ringdesk_conversations::UnservedKind;
use ringdesk_model::{AccountId, Timestamp};
use ringdesk_storage::journal::{self, Set};
use ringdesk_storage::recovery::{self, Recovered};
use ringdesk_storage::unserved::{self, NewUnserved};
use ringdesk_storage::{StoreError, contacts, jobs, rules};

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
        // Whoever waited is owed a call as if they had hung up themselves.
        for one in recovery::forsaken(&mut tx, &key, now).await? {
            let identity = match one.contact {
                Some(contact) => contacts::number_of(&mut tx, &key, contact).await?,
                None => None,
            };
            let kind = if one.left_message { UnservedKind::Voicemail } else { UnservedKind::Abandoned };
            let (queue, number, at, wait_ms) = (one.queue, one.number, one.until, one.wait_ms);
            let (id, conversation, call) = (self.id(at), one.conversation, Some(one.call));
            let new = NewUnserved { id, queue, identity, number, kind, at, wait_ms, conversation, call };
            unserved::add(&mut tx, &key, &new).await?;
            told(&mut tx, &key, now, queue).await?;
        }
        let recovered = recovery::recover(&mut tx, &key, now).await?;
        if rules::asks_of_closed_calls(&mut tx, account).await? {
            for (call, conversation) in &recovered.calls {
                jobs::enqueue(&mut tx, account, &job(self.id(now), *call, *conversation, now)).await?;
            }
        }
        tx.commit().await?;
        Ok(recovered)
    }
}
