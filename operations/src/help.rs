//! Help: wanted by an agent, seen by leaders; and what a leader notes to an agent on the side. And numbers that somebody sees
//! for a reason.

use crate::callbacks::reason_text;
use crate::desk::audited;
use crate::{OperationError, Operations};
use ringdesk_model::{AccountId, Actor, AgentId, CallId, CallbackId, ConversationId, Pii, Scope, Timestamp};
use ringdesk_storage::help::{self, Help};
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::{StoreError, Tx, agents, callbacks, conversations};
use ringdesk_vault::AccountKey;

/// The longest side note, in characters.
const NOTE: usize = 500;

/// A call's numbers in full.
#[derive(Clone, Debug)]
pub struct Revealed {
    pub call: Option<CallId>,
    pub from: Option<Pii<String>>,
    pub to: Pii<String>,
}

impl Operations {
    /// Who wants help, whoever waits longest first.
    pub async fn help_wanted(&self, account: AccountId) -> Result<Vec<Help>, OperationError> {
        let (mut tx, key) = self.read(account).await?;
        Ok(help::wanted(&mut tx, &key).await?)
    }

    /// I want help.
    pub async fn want_help(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        agent: AgentId,
        conversation: Option<ConversationId>,
        text: Option<Pii<String>>,
    ) -> Result<(), OperationError> {
        let text = match text {
            Some(text) => checked(text)?,
            None => None,
        };
        let (mut tx, key) = self.write(scope.account).await?;
        if let Some(id) = conversation {
            conversations::get(&mut tx, &key, scope, id).await?.ok_or(OperationError::NotFound("conversation"))?;
        }
        let wanted = Help { agent, conversation, text, at: now };
        help::want(&mut tx, &key, &wanted).await?;
        audited(&mut tx, &key, now, actor, "help.want", &format!("agent:{agent}"), None, None).await?;
        let payload = serde_json::json!({ "agent": agent, "about": conversation, "text": wanted.text });
        emit(&mut tx, &key, now, "help_wanted", payload).await?;
        tx.commit().await?;
        Ok(())
    }

    /// They do not, any more.
    pub async fn settle_help(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        agent: AgentId,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        if !help::settle(&mut tx, account, agent).await? {
            return Ok(());
        }
        audited(&mut tx, &key, now, actor, "help.settle", &format!("agent:{agent}"), None, None).await?;
        emit(&mut tx, &key, now, "help_settled", serde_json::json!({ "agent": agent })).await?;
        tx.commit().await?;
        Ok(())
    }

    /// A word to an agent that nobody else reads. It is told, not kept: the audit knows that there was one.
    pub async fn side_note(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        agent: AgentId,
        text: Pii<String>,
        from: &str,
    ) -> Result<(), OperationError> {
        let text = checked(text)?.ok_or_else(|| OperationError::Invalid("a note says something".into()))?;
        let (mut tx, key) = self.write(account).await?;
        if !agents::agents(&mut tx, account).await?.iter().any(|a| a.id == agent) {
            return Err(OperationError::NotFound("agent"));
        }
        audited(&mut tx, &key, now, actor, "agent.side_note", &format!("agent:{agent}"), None, None).await?;
        let payload = serde_json::json!({ "agent": agent, "text": text, "by": from });
        emit(&mut tx, &key, now, "side_note", payload).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The numbers of a conversation in full, for a reason. Who, when and why is an entry of the audit.
    pub async fn reveal_numbers(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: ConversationId,
        reason: &str,
    ) -> Result<Vec<Revealed>, OperationError> {
        let reason = reason_text(reason)?;
        let (mut tx, key) = self.write(scope.account).await?;
        let found =
            conversations::get(&mut tx, &key, scope, id).await?.ok_or(OperationError::NotFound("conversation"))?;
        let object = format!("conversation:{id}");
        audited(&mut tx, &key, now, actor, "numbers.reveal", &object, None, Some(&reason)).await?;
        tx.commit().await?;
        let one = |call: conversations::CallView| Revealed {
            call: Some(call.id),
            from: Some(call.parties.from),
            to: call.parties.to,
        };
        Ok(found.calls.into_iter().map(one).collect())
    }

    /// The same of a promised callback.
    pub async fn reveal_callback(
        &self,
        now: Timestamp,
        actor: &Actor,
        scope: &Scope,
        id: CallbackId,
        reason: &str,
    ) -> Result<Vec<Revealed>, OperationError> {
        let reason = reason_text(reason)?;
        let (mut tx, key) = self.write(scope.account).await?;
        let found = callbacks::get(&mut tx, &key, scope, id).await?.ok_or(OperationError::NotFound("callback"))?;
        audited(&mut tx, &key, now, actor, "numbers.reveal", &format!("callback:{id}"), None, Some(&reason)).await?;
        tx.commit().await?;
        Ok(vec![Revealed { call: None, from: None, to: found.number }])
    }
}

fn checked(text: Pii<String>) -> Result<Option<Pii<String>>, OperationError> {
    let trimmed = text.reveal().trim();
    match trimmed.chars().count() {
        0 => Ok(None),
        1..=NOTE => Ok(Some(Pii::new(trimmed.to_owned()))),
        _ => Err(OperationError::Invalid("at most 500 characters".into())),
    }
}

async fn emit(
    tx: &mut Tx,
    key: &AccountKey,
    at: Timestamp,
    kind: &'static str,
    payload: serde_json::Value,
) -> Result<(), StoreError> {
    outbox::append(tx, key, &[NewEvent { at, kind, payload: Pii::new(payload) }]).await?;
    Ok(())
}
