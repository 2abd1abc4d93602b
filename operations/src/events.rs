//! What happened, for those who follow: the outbox and the audit.

use crate::{OperationError, Operations};
use ringdesk_model::{AccountId, AgentId, ConversationId, Pii, Scope, Timestamp, UserId};
use ringdesk_storage::StoreError;
use ringdesk_storage::audit::{self, Entry};
use ringdesk_storage::outbox::{self, Event};
use ringdesk_storage::{conversations, help_desk};
use std::collections::{BTreeMap, BTreeSet};

/// An event with what its readers are chosen by.
#[derive(Clone, Debug)]
pub struct Followed {
    pub seq: i64,
    pub at: Timestamp,
    pub kind: String,
    pub data: Pii<serde_json::Value>,
    pub conversation: Option<ConversationId>,
    /// Who has a part in the conversation.
    pub agents: BTreeSet<AgentId>,
    /// Who of them has it in hand now.
    pub in_hand: BTreeSet<AgentId>,
    /// Of a conversation with a help desk of the house: which of ours asked.
    pub asker: Option<UserId>,
}

impl Followed {
    fn new(event: Event) -> Followed {
        let data: serde_json::Value = serde_json::from_str(event.payload.reveal()).unwrap_or_default();
        let conversation = data["conversation"].as_str().and_then(|id| id.parse().ok());
        Followed {
            seq: event.seq,
            at: event.at,
            kind: event.kind,
            data: Pii::new(data),
            conversation,
            agents: BTreeSet::new(),
            in_hand: BTreeSet::new(),
            asker: None,
        }
    }
}

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

    /// The same, for those who are told as much of it as they may know: with who has a part in what.
    pub async fn followed(&self, account: AccountId, cursor: i64, limit: i64) -> Result<Vec<Followed>, OperationError> {
        let (mut tx, key) = self.read(account).await?;
        let events = outbox::after(&mut tx, &key, cursor, limit.clamp(1, 1_000)).await?;
        let mut followed: Vec<Followed> = events.into_iter().map(Followed::new).collect();
        let about: BTreeSet<ConversationId> = followed.iter().filter_map(|f| f.conversation).collect();
        if !about.is_empty() {
            let about: Vec<ConversationId> = about.into_iter().collect();
            let mut parts: BTreeMap<ConversationId, BTreeMap<AgentId, bool>> = BTreeMap::new();
            for (conversation, agent, has_it) in conversations::agents_of(&mut tx, account, &about).await? {
                parts.entry(conversation).or_default().insert(agent, has_it);
            }
            let askers = help_desk::askers(&mut tx, account, &about).await?;
            for one in &mut followed {
                one.asker = one.conversation.and_then(|id| askers.get(&id).copied());
                let Some(of_it) = one.conversation.and_then(|c| parts.get(&c)) else { continue };
                one.agents = of_it.keys().copied().collect();
                one.in_hand = of_it.iter().filter(|(_, has_it)| **has_it).map(|(agent, _)| *agent).collect();
            }
        }
        Ok(followed)
    }

    /// Numbers of the oldest event that is kept and of the newest.
    pub async fn events_kept(&self, account: AccountId) -> Result<(i64, i64), OperationError> {
        let (mut tx, _) = self.read(account).await?;
        Ok((outbox::oldest(&mut tx, account).await?, outbox::head(&mut tx, account).await?))
    }

    /// Forget what happened before a moment; gives how many events that were.
    pub async fn forget_events(&self, account: AccountId, before: Timestamp) -> Result<u64, OperationError> {
        let (mut tx, _) = self.write(account).await?;
        let forgotten = outbox::forget(&mut tx, account, before).await?;
        tx.commit().await?;
        Ok(forgotten)
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

    /// Walk an account's audit chain; gives the number of entries, or the first that does not fit.
    pub async fn verify_audit(&self, account: AccountId) -> Result<i64, OperationError> {
        let (mut tx, key) = self.read(account).await?;
        match audit::verify(&mut tx, &key).await {
            Err(StoreError::BrokenChain(entry)) => Err(OperationError::BrokenChain(entry)),
            other => Ok(other?),
        }
    }
}
