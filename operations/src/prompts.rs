//! Prompts are files; that somebody changed them is in the audit.

use crate::desk::audited;
use crate::{OperationError, Operations};
use ringdesk_model::{AccountId, Actor, Timestamp};

impl Operations {
    /// `act`: what was done, to which prompt in which language; and the number of the take.
    pub async fn prompt_changed(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        (act, object): (&'static str, &str),
        take: Option<u32>,
    ) -> Result<(), OperationError> {
        let after = take.map(|take| take.to_string());
        let (mut tx, key) = self.write(account).await?;
        audited(&mut tx, &key, now, actor, act, object, None, after.as_deref()).await?;
        tx.commit().await?;
        Ok(())
    }
}
