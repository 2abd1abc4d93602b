//! Documents of an account that are kept as they were last written: read, and written with their entry in the audit.

use crate::desk::audited;
use crate::{OperationError, Operations};
use ringdesk_model::{AccountId, Actor, Timestamp};
use ringdesk_storage::documents::{self, Unversioned};
use serde::Serialize;
use serde::de::DeserializeOwned;

impl Operations {
    /// `None`: nobody has written one, or it says nothing that can be read.
    pub(crate) async fn document<T: DeserializeOwned>(
        &self,
        account: AccountId,
        which: Unversioned,
    ) -> Result<Option<T>, OperationError> {
        let kept = documents::text(&mut self.read(account).await?.0, account, which).await?;
        Ok(kept.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// `action`: what the audit calls it.
    pub(crate) async fn put_document<T: Serialize>(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        (which, action): (Unversioned, &'static str),
        new: &T,
    ) -> Result<(), OperationError> {
        let text = serde_json::to_string(new).map_err(|_| OperationError::Internal("a document cannot be kept"))?;
        let (mut tx, key) = self.write(account).await?;
        let before = documents::text(&mut tx, account, which).await?;
        documents::put_text(&mut tx, account, which, &text).await?;
        let object = format!("account:{account}");
        audited(&mut tx, &key, now, actor, action, &object, before.as_deref(), Some(&text)).await?;
        tx.commit().await?;
        Ok(())
    }
}
