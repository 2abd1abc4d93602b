//! Prompts are files; that somebody changed them is in the audit, and told to whoever looks at them.

use crate::desk::audited;
use crate::{OperationError, Operations};
use ringdesk_model::{AccountId, Actor, Pii, Timestamp};
use ringdesk_storage::outbox::{self, NewEvent};

impl Operations {
    /// `act`: what was done, to which prompt in which language; and the number of the take.
    pub async fn prompt_changed(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        (act, language, id): (&'static str, &str, &str),
        take: Option<u32>,
    ) -> Result<(), OperationError> {
        let after = take.map(|take| take.to_string());
        let (mut tx, key) = self.write(account).await?;
        let object = format!("prompt:{language}/{id}");
        audited(&mut tx, &key, now, actor, act, &object, None, after.as_deref()).await?;
        let payload = Pii::new(serde_json::json!({ "prompt": id, "language": language }));
        outbox::append(&mut tx, &key, &[NewEvent { at: now, kind: "prompt_changed", payload }]).await?;
        tx.commit().await?;
        Ok(())
    }
}
