//! Which calls are recorded: what the house says, what a number says, what a queue says.

use crate::desk::audited;
use crate::{OperationError, Operations};
use ringdesk_conversations::RecordingRule;
use ringdesk_model::{AccountId, Actor, InboxId, QueueId, Timestamp};
use ringdesk_storage::recordings;
use std::collections::BTreeMap;

impl Operations {
    /// The rules of the inboxes that have one.
    pub async fn recording_rules(
        &self,
        account: AccountId,
    ) -> Result<BTreeMap<InboxId, RecordingRule>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        read(recordings::rules(&mut tx, account).await?)
    }

    /// The rules of the queues that have one.
    pub async fn queue_recording_rules(
        &self,
        account: AccountId,
    ) -> Result<BTreeMap<QueueId, RecordingRule>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        read(recordings::queue_rules(&mut tx, account).await?)
    }

    /// When calls to an inbox are recorded; `None`: as the house does.
    pub async fn set_recording_rule(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        inbox: InboxId,
        rule: Option<RecordingRule>,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let before = of(recordings::rules(&mut tx, account).await?, inbox);
        let after = said(rule);
        if !recordings::set_rule(&mut tx, account, inbox, after.as_deref()).await? {
            return Err(OperationError::NotFound("inbox"));
        }
        let object = format!("inbox:{inbox}");
        audited(&mut tx, &key, now, actor, "inbox.recording", &object, before.as_deref(), after.as_deref()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// When the calls of a queue are recorded; `None`: as the number says that was dialled.
    pub async fn set_queue_recording_rule(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        queue: QueueId,
        rule: Option<RecordingRule>,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        let before = of(recordings::queue_rules(&mut tx, account).await?, queue);
        let after = said(rule);
        if !recordings::set_queue_rule(&mut tx, account, queue, after.as_deref()).await? {
            return Err(OperationError::NotFound("queue"));
        }
        let object = format!("queue:{queue}");
        audited(&mut tx, &key, now, actor, "queue.recording", &object, before.as_deref(), after.as_deref()).await?;
        tx.commit().await?;
        Ok(())
    }
}

fn read<Id: Ord>(stored: Vec<(Id, String)>) -> Result<BTreeMap<Id, RecordingRule>, OperationError> {
    let rule = |(id, rule): (Id, String)| match serde_json::from_str(&rule) {
        Ok(rule) => Ok((id, rule)),
        Err(_) => Err(OperationError::Internal("a recording rule is unreadable")),
    };
    stored.into_iter().map(rule).collect()
}

fn of<Id: PartialEq>(stored: Vec<(Id, String)>, id: Id) -> Option<String> {
    stored.into_iter().find(|(of, _)| *of == id).map(|(_, rule)| rule)
}

fn said(rule: Option<RecordingRule>) -> Option<String> {
    rule.and_then(|r| serde_json::to_string(&r).ok())
}
