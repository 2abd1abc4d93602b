//! Reading conversations. The scope decides which; masking is the serializer's.

use crate::desk::audited;
use crate::origins::{Narrowed, Origins};
use crate::{OperationError, Operations};
use ringdesk_language::search::mask;
use ringdesk_model::{AccountId, Actor, AgentId, CallId, ConversationId, Pii, Scope, SegmentId, Timestamp, WorkItemId};
use ringdesk_storage::accounts;
use ringdesk_storage::conversation_list::{self, Listed};
use ringdesk_storage::conversations::{self, CallEventView, ConversationView, MessageView};
use ringdesk_storage::transfers::{self, TransferView};

/// The longest page.
const PAGE: i64 = 200;

/// Which lines of a timeline are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinesFrom {
    /// The first ones after this number.
    After(i64),
    /// The newest ones before this number.
    Before(i64),
}

/// What a contact wrote, or is called, for this reader: numbers in it are hidden from who has no right to them.
pub fn words_for(scope: &Scope, words: &Pii<String>) -> String {
    if scope.unmasked { words.reveal().clone() } else { mask(words.reveal()) }
}

impl Operations {
    /// Newest first, with calls and participations.
    pub async fn conversations(
        &self,
        scope: &Scope,
        wanted: &Listed,
        limit: i64,
    ) -> Result<Vec<ConversationView>, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        Ok(conversation_list::list(&mut tx, &key, scope, wanted, limit.clamp(1, PAGE)).await?)
    }

    /// The same, of contacts who are in a segment by now. `wanted` says which of them.
    pub async fn segment_conversations(
        &self,
        now: Timestamp,
        scope: &Scope,
        segment: SegmentId,
        mut wanted: Listed,
        limit: i64,
    ) -> Result<Vec<ConversationView>, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        let narrowed = Narrowed { segment: Some(segment), ..Narrowed::default() };
        let limit = usize::try_from(limit.clamp(1, PAGE)).unwrap_or(1);
        let mut found = Vec::new();
        while found.len() < limit {
            let mut set = conversation_list::list(&mut tx, &key, scope, &wanted, PAGE).await?;
            let Some(last) = set.last().map(|view| view.id) else { break };
            wanted.before = Some(last);
            let ids = set.iter().map(|view| view.id).collect();
            let origins = Origins::look_up(&mut tx, &key, now, ids, (None, &narrowed)).await?;
            set.retain(|view| origins.holds(&narrowed, view.id));
            found.extend(set);
        }
        found.truncate(limit);
        Ok(found)
    }

    pub async fn conversation(&self, scope: &Scope, id: ConversationId) -> Result<ConversationView, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        conversations::get(&mut tx, &key, scope, id).await?.ok_or(OperationError::NotFound("conversation"))
    }

    /// Whether a call is another account's. Running machines know calls by their id alone: who gives one an order asks this
    /// first.
    pub async fn is_call_of_another(&self, account: AccountId, call: CallId) -> Result<bool, OperationError> {
        let owner = accounts::of_call(&mut self.store.db.read().await?, call).await?;
        Ok(owner.is_some_and(|owner| owner != account))
    }

    /// The same of a work item.
    pub async fn is_work_of_another(&self, account: AccountId, item: WorkItemId) -> Result<bool, OperationError> {
        let owner = accounts::of_work_item(&mut self.store.db.read().await?, item).await?;
        Ok(owner.is_some_and(|owner| owner != account))
    }

    /// Does this agent talk in this call, now?
    pub async fn talks_in(&self, account: AccountId, agent: AgentId, call: CallId) -> Result<bool, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        Ok(conversations::talks_in(&mut tx, account, agent, call).await?)
    }

    /// Has this agent talked in this call, whether they still do or not?
    pub async fn talked_in(&self, account: AccountId, agent: AgentId, call: CallId) -> Result<bool, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        Ok(conversations::talked_in(&mut tx, account, agent, call).await?)
    }

    /// The agents who talk in this call now.
    pub async fn who_talks_in(&self, account: AccountId, call: CallId) -> Result<Vec<AgentId>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        Ok(conversations::who_talks_in(&mut tx, account, call).await?)
    }

    /// May this agent take a parked call: had they a part in it, or is it of their queues?
    pub async fn may_retrieve(&self, account: AccountId, agent: AgentId, call: CallId) -> Result<bool, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        Ok(conversations::is_known_to(&mut tx, account, agent, call).await?)
    }

    /// A part of the timeline, in order; what a better transcript replaced only if `superseded`. Whoever reads what was
    /// said leaves an entry in the audit; numbers that a contact spoke or wrote are hidden like those that are dialled.
    pub async fn messages(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: ConversationId,
        (from, superseded): (LinesFrom, bool),
        limit: i64,
    ) -> Result<Vec<MessageView>, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        conversations::get(&mut tx, &key, scope, id).await?.ok_or(OperationError::NotFound("conversation"))?;
        let limit = limit.clamp(1, PAGE);
        let (after, limit) = match from {
            LinesFrom::After(seq) => (seq, limit),
            LinesFrom::Before(seq) => {
                conversations::newest_before(&mut tx, scope.account, id, (seq, superseded), limit).await?
            }
        };
        let mut found = conversations::messages(&mut tx, &key, scope, id, (after, superseded), limit).await?;
        drop(tx);
        if found.iter().any(|line| line.transcript.is_some()) {
            let (mut tx, key) = self.write(scope.account).await?;
            audited(&mut tx, &key, now, actor, "transcript.view", &format!("conversation:{id}"), None, None).await?;
            tx.commit().await?;
        }
        let told =
            |line: &MessageView| line.transcript.is_some() || (line.kind == "message" && line.speaker == "contact");
        for line in found.iter_mut().filter(|line| told(line) && !scope.unmasked) {
            line.text = Pii::new(words_for(scope, &line.text));
        }
        Ok(found)
    }

    /// Who passed the contact on to whom, in order, and what came of it.
    pub async fn transfers(&self, scope: &Scope, id: ConversationId) -> Result<Vec<TransferView>, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        conversations::get(&mut tx, &key, scope, id).await?.ok_or(OperationError::NotFound("conversation"))?;
        Ok(transfers::of_conversation(&mut tx, &key, scope, id).await?)
    }

    /// Everything that happened in a call.
    pub async fn call_events(&self, scope: &Scope, call: CallId) -> Result<Vec<CallEventView>, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        Ok(conversations::call_events(&mut tx, &key, scope, call).await?)
    }
}
