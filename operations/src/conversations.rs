//! Reading conversations. The scope decides which; masking is the serializer's.

use crate::{OperationError, Operations};
use ringdesk_model::{AccountId, AgentId, CallId, Channel, ConversationId, Scope};
use ringdesk_storage::conversations::{self, CallEventView, ConversationView, MessageView};

/// The longest page.
const PAGE: i64 = 200;

impl Operations {
    /// Newest first, with calls and participations; `before` is the last one of the page before.
    pub async fn conversations(
        &self,
        scope: &Scope,
        channel: Option<Channel>,
        before: Option<ConversationId>,
        limit: i64,
    ) -> Result<Vec<ConversationView>, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        Ok(conversations::list(&mut tx, &key, scope, channel, before, limit.clamp(1, PAGE)).await?)
    }

    pub async fn conversation(&self, scope: &Scope, id: ConversationId) -> Result<ConversationView, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        conversations::get(&mut tx, &key, scope, id).await?.ok_or(OperationError::NotFound("conversation"))
    }

    /// Does this agent talk in this call, now?
    pub async fn talks_in(&self, account: AccountId, agent: AgentId, call: CallId) -> Result<bool, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        Ok(conversations::talks_in(&mut tx, account, agent, call).await?)
    }

    /// The timeline after a number, in order.
    pub async fn messages(
        &self,
        scope: &Scope,
        id: ConversationId,
        after: i64,
        limit: i64,
    ) -> Result<Vec<MessageView>, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        conversations::get(&mut tx, &key, scope, id).await?.ok_or(OperationError::NotFound("conversation"))?;
        Ok(conversations::messages(&mut tx, &key, scope, id, after, limit.clamp(1, PAGE)).await?)
    }

    /// Everything that happened in a call.
    pub async fn call_events(&self, scope: &Scope, call: CallId) -> Result<Vec<CallEventView>, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        Ok(conversations::call_events(&mut tx, &key, scope, call).await?)
    }
}
