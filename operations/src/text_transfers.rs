//! Texts passed on to a queue or a colleague, shared with one, and left: rows, and the lines that staff read of it.

use crate::desk::audited;
use crate::messages::matter;
use crate::{OperationError, Operations};
use ringdesk_conversations::{PassMode, PassTo, TransferTarget, may_leave, may_pass, pass_reason, sender};
use ringdesk_model::{
    AccountId, Actor, AgentId, ConversationId, Ids, OfferId, Pii, QueueId, Scope, Timestamp, TransferId,
};
use ringdesk_storage::journal::{NewMessage, Set};
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::text_transfers::{self, PassedWork, TextRefused};
use ringdesk_storage::texts::{self, NewTextLine};
use ringdesk_storage::transfers::NewTransfer;
use ringdesk_storage::{Tx, agents, setup};
use ringdesk_vault::AccountKey;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

pub use ringdesk_storage::text_transfers::Passed;

/// What somebody wants of a text in hand.
#[derive(Clone, Debug)]
pub struct PassText {
    pub to: PassTo,
    pub mode: PassMode,
    pub reason: Option<Pii<String>>,
    /// Whose part it is, where it is not one's own.
    pub in_place_of: Option<AgentId>,
    /// The caller has the right to pass on what others have in hand.
    pub may_for_others: bool,
}

impl Operations {
    /// Pass a text on, or ask a colleague to join. To a queue it goes at once; a colleague is asked, and until they take it whoever
    /// has it keeps it.
    pub async fn pass_text(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        conversation: ConversationId,
        wanted: PassText,
    ) -> Result<TransferId, OperationError> {
        let account = scope.account;
        let reason = pass_reason(wanted.reason.as_ref().map(|reason| reason.reveal().as_str()))?;
        let (mut tx, key) = self.write(account).await?;
        let matter = matter(&mut tx, &key, scope, conversation).await?;
        texts::hold(&mut tx, account, conversation).await?;
        if matter.closed_at.is_some() {
            return Err(OperationError::Closed("the conversation"));
        }
        let hands = text_transfers::hands(&mut tx, account, conversation).await?;
        let by = sender(&hands, scope.agent, wanted.may_for_others, wanted.in_place_of)?;
        let asking = text_transfers::is_asking(&mut tx, account, conversation).await?;
        may_pass(&hands, wanted.to, wanted.mode, asking)?;
        let (target, work) = match wanted.to {
            PassTo::Agent(agent) => {
                is_agent(&mut tx, account, agent).await?;
                (TransferTarget::Agent { agent }, (matter.queue, Some(agent)))
            }
            PassTo::Queue(queue) => {
                is_queue(&mut tx, account, queue).await?;
                (TransferTarget::Queue { queue }, (queue, None))
            }
        };
        let id: TransferId = self.id(now);
        let said =
            serde_json::to_string(&target).map_err(|_| OperationError::Internal("a target could not be written"))?;
        let new = NewTransfer {
            id,
            conversation,
            call: None,
            by: Some(by),
            mode: wanted.mode.as_str().to_owned(),
            target: target.kind(),
            target_said: Pii::new(said),
            reason: reason.map(Pii::new),
            at: now,
        };
        let (queue, sought) = work;
        text_transfers::begin(&mut tx, &key, &new, PassedWork { id: self.id(now), queue, sought }).await?;
        if let PassTo::Queue(queue) = wanted.to {
            text_transfers::belongs_to(&mut tx, account, conversation, queue).await?;
            // All who had it: a queue gives it to one.
            for agent in &hands {
                text_transfers::release(&mut tx, account, (conversation, *agent), now).await?;
            }
        }
        let line = match wanted.to {
            PassTo::Agent(agent) => json!({ "text": "text.passing", "agent": agent, "detail": new.mode }),
            PassTo::Queue(queue) => json!({ "text": "text.passing", "queue": queue, "detail": new.mode }),
        };
        self.happened(&mut tx, &key, now, (conversation, by), line).await?;
        let (object, after) = (format!("conversation:{conversation}"), format!("{} to {}", new.mode, of(wanted.to)));
        audited(&mut tx, &key, now, actor, "conversation.transfer", &object, None, Some(&after)).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Leave the others to it.
    pub async fn leave_text(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        conversation: ConversationId,
    ) -> Result<(), OperationError> {
        let account = scope.account;
        let (mut tx, key) = self.write(account).await?;
        matter(&mut tx, &key, scope, conversation).await?;
        texts::hold(&mut tx, account, conversation).await?;
        let hands = text_transfers::hands(&mut tx, account, conversation).await?;
        let agent = scope.agent.ok_or(ringdesk_conversations::PassRefusal::NotInHand)?;
        may_leave(&hands, agent)?;
        text_transfers::release(&mut tx, account, (conversation, agent), now).await?;
        text_transfers::stays(&mut tx, account, conversation).await?;
        let line = json!({ "text": "text.agent_left", "agent": agent });
        self.happened(&mut tx, &key, now, (conversation, agent), line).await?;
        let object = format!("conversation:{conversation}");
        audited(&mut tx, &key, now, actor, "conversation.leave", &object, None, None).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Of the texts that an agent is asked to take: those for which a colleague named them.
    pub async fn passed_texts(
        &self,
        scope: &Scope,
        agent: AgentId,
    ) -> Result<BTreeMap<OfferId, Passed>, OperationError> {
        let (mut tx, key) = self.read(scope.account).await?;
        Ok(text_transfers::passed_to(&mut tx, &key, agent).await?)
    }

    /// The line of it, and the news.
    async fn happened(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        now: Timestamp,
        (conversation, by): (ConversationId, AgentId),
        line: Value,
    ) -> Result<(), OperationError> {
        let text = Pii::new(line.to_string());
        let (id, agent): (Uuid, _) = (self.id(now), Some(by));
        let kept = NewTextLine { id, conversation, kind: "text_event", speaker: "agent", agent, text: &text, at: now };
        texts::append_line(tx, key, &kept).await?;
        outbox::append(tx, key, &[news(now, conversation, line)]).await?;
        Ok(())
    }
}

/// Whom a colleague asked for did not take it: the end of the transfer, and the line that its sender reads.
pub fn refused(set: &mut Set, ids: &mut Ids, refused: TextRefused) -> Result<(), OperationError> {
    let TextRefused { conversation, agent, outcome, at, .. } = refused;
    set.text_refused(refused);
    let line = json!({ "text": "text.transfer_ended", "agent": agent, "detail": outcome });
    set.message(NewMessage {
        id: ids.next(at),
        conversation,
        kind: "text_event",
        speaker: "system",
        agent: Some(agent),
        text: Pii::new(line.to_string()),
        start_ms: None,
        end_ms: None,
        at,
    })?;
    set.emit_news(conversation, news(at, conversation, line));
    Ok(())
}

fn news(at: Timestamp, conversation: ConversationId, line: Value) -> NewEvent {
    let payload = json!({
        "conversation": conversation, "state": "open", "line": line["text"], "agent": line["agent"],
        "queue": line["queue"], "detail": line["detail"]
    });
    NewEvent { at, kind: "conversation_updated", payload: Pii::new(payload) }
}

async fn is_agent(tx: &mut Tx, account: AccountId, agent: AgentId) -> Result<(), OperationError> {
    let gone = setup::disabled_agents(tx, account).await?;
    let found = agents::agents(tx, account).await?.into_iter().any(|one| one.id == agent && !gone.contains(&agent));
    found.then_some(()).ok_or(OperationError::NotFound("agent"))
}

async fn is_queue(tx: &mut Tx, account: AccountId, queue: QueueId) -> Result<(), OperationError> {
    let found = setup::queues(tx, account).await?.get(&queue).is_some_and(|standing| !standing.disabled);
    found.then_some(()).ok_or(OperationError::NotFound("queue"))
}

fn of(to: PassTo) -> String {
    match to {
        PassTo::Agent(agent) => format!("agent:{agent}"),
        PassTo::Queue(queue) => format!("queue:{queue}"),
    }
}
