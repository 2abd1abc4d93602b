//! What somebody has begun to write after a conversation: theirs alone, until they send it or drop it.

use crate::{OperationError, Operations};
use ringdesk_model::{ConversationId, Pii, Scope, Timestamp};
use ringdesk_storage::{conversations, drafts};

/// In bytes of JSON: a note of 4,000 characters and what stands around it.
const LONGEST: usize = 32 * 1024;

impl Operations {
    /// Keep it in the place of the one before. It is nobody's business, so no audit names it.
    pub async fn keep_draft(
        &self,
        now: Timestamp,
        scope: &Scope,
        id: ConversationId,
        draft: &Pii<String>,
    ) -> Result<(), OperationError> {
        if draft.reveal().len() > LONGEST {
            return Err(OperationError::Invalid("a draft has at most 32 kB".into()));
        }
        let (mut tx, key) = self.write(scope.account).await?;
        conversations::get(&mut tx, &key, scope, id).await?.ok_or(OperationError::NotFound("conversation"))?;
        drafts::put(&mut tx, &key, now, scope.user, id, draft).await?;
        tx.commit().await?;
        Ok(())
    }

    pub async fn draft(
        &self,
        scope: &Scope,
        id: ConversationId,
    ) -> Result<Option<(Timestamp, Pii<String>)>, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        conversations::get(&mut tx, &key, scope, id).await?.ok_or(OperationError::NotFound("conversation"))?;
        Ok(drafts::get(&mut tx, &key, scope.user, id).await?)
    }

    pub async fn drop_draft(&self, scope: &Scope, id: ConversationId) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(scope.account).await?;
        conversations::get(&mut tx, &key, scope, id).await?.ok_or(OperationError::NotFound("conversation"))?;
        drafts::drop(&mut tx, scope.account, scope.user, id).await?;
        tx.commit().await?;
        Ok(())
    }
}
