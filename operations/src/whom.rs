//! Whom somebody means: what is dialled, and the colleague or supervisor one asks for.

use crate::{OperationError, Operations};
use ringdesk_access::{Grants, Permission};
use ringdesk_model::{
    AccountId, Actor, AgentId, ContactId, ConversationId, FlowId, Pii, Presence, QueueId, Scope, Timestamp,
};
use ringdesk_storage::{Tx, agents, conversations, inboxes, setup, users};
use ringdesk_vault::AccountKey;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How long a contact waits for the agent who has them in hand before the agent is warned, unless the queue says otherwise.
pub const WARN_AFTER: Duration = Duration::from_secs(120);

/// Where something that was dialled leads inside the house.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meant {
    /// An agent, by their extension.
    Agent(AgentId),
    /// A telephone of nobody who takes work.
    Extension(String),
    /// The flow of one of our numbers.
    Flow(FlowId),
}

impl Operations {
    /// `None`: it is none of ours.
    pub async fn dialled_inside(&self, account: AccountId, dialled: &str) -> Result<Option<Meant>, OperationError> {
        if let Some(agent) = self.agent_of_extension(account, dialled).await? {
            return Ok(Some(Meant::Agent(agent)));
        }
        let (mut tx, key) = self.read(account).await?;
        if users::extensions(&mut tx, &key).await?.iter().any(|extension| extension.number == dialled) {
            return Ok(Some(Meant::Extension(dialled.to_owned())));
        }
        drop(tx);
        let plan = self.numbers(account).await?.remove(dialled);
        Ok(plan.and_then(|plan| plan.flow).map(|(flow, ..)| Meant::Flow(flow)))
    }

    /// Whose telephones this extension rings.
    pub async fn agent_of_extension(
        &self,
        account: AccountId,
        extension: &str,
    ) -> Result<Option<AgentId>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        let gone = setup::disabled_agents(&mut tx, account).await?;
        let all = agents::agents(&mut tx, account).await?;
        let found = all.into_iter().find(|a| a.extension.as_deref() == Some(extension) && !gone.contains(&a.id));
        Ok(found.map(|agent| agent.id))
    }

    /// `None`: there is no such agent; an empty one: they have no telephone.
    pub async fn extension_of(&self, account: AccountId, agent: AgentId) -> Result<Option<String>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        let gone = setup::disabled_agents(&mut tx, account).await?;
        let all = agents::agents(&mut tx, account).await?;
        let found = all.into_iter().find(|a| a.id == agent && !gone.contains(&a.id));
        Ok(found.map(|agent| agent.extension.unwrap_or_default()))
    }

    pub async fn is_queue(&self, account: AccountId, queue: QueueId) -> Result<bool, OperationError> {
        Ok(self.floorplan(account).await?.queues.iter().any(|q| q.id == queue))
    }

    /// The supervisor who is there: ready before all others, then on a break of their own, the longest first. Not `but`, who asks.
    pub async fn supervisor_on_duty(
        &self,
        account: AccountId,
        but: Option<AgentId>,
    ) -> Result<Option<AgentId>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        let leads = |roles: &[String]| {
            Grants::of(roles.iter().map(String::as_str), &self.roles).allows(Permission::ConversationsTransfer)
        };
        let leaders: BTreeSet<AgentId> = users::all(&mut tx, account)
            .await?
            .into_iter()
            .filter(|user| !user.disabled && leads(&user.roles))
            .filter_map(|user| user.agent)
            .collect();
        let order = |presence: &Presence, since: Timestamp| match presence {
            Presence::Ready => Some((0, since)),
            Presence::NotReady(_) => Some((1, since)),
            _ => None,
        };
        let there = agents::agents(&mut tx, account).await?.into_iter().filter(|a| leaders.contains(&a.id));
        let there = there.filter(|a| Some(a.id) != but).filter_map(|a| Some((order(&a.presence, a.since)?, a.id)));
        Ok(there.min().map(|(_, agent)| agent))
    }

    /// Extensions of those who may see numbers in full.
    pub async fn extensions_seeing_numbers(&self, account: AccountId) -> Result<BTreeSet<String>, OperationError> {
        let sees = |roles: &[String]| {
            Grants::of(roles.iter().map(String::as_str), &self.roles).allows(Permission::NumbersUnmasked)
        };
        let (mut tx, _) = self.read(account).await?;
        let extensions: BTreeMap<AgentId, String> = agents::agents(&mut tx, account)
            .await?
            .into_iter()
            .filter_map(|agent| Some((agent.id, agent.extension?)))
            .collect();
        let users = users::all(&mut tx, account).await?;
        let seeing = users.into_iter().filter(|user| !user.disabled && sees(&user.roles));
        let own = |user: users::User| user.extension.or_else(|| extensions.get(&user.agent?).cloned());
        Ok(seeing.filter_map(own).collect())
    }

    /// Who acts and what they may see when an agent does by telephone what they could do in the console. `None`: they may not answer
    /// conversations.
    pub async fn agent_at_telephone(
        &self,
        account: AccountId,
        agent: AgentId,
    ) -> Result<Option<(Actor, Scope)>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        let all = users::all(&mut tx, account).await?;
        let found = all.into_iter().find(|user| user.agent == Some(agent) && !user.disabled);
        let Some(user) = found else { return Ok(None) };
        let grants = Grants::of(user.roles.iter().map(String::as_str), &self.roles);
        let unmasked = grants.allows(Permission::NumbersUnmasked);
        let actor = Actor::User { user: user.id, agent: Some(agent), address: None };
        // What everybody may see is not what an agent hears at their own telephone.
        let scope = Scope { account, user: user.id, agent: Some(agent), everyone: false, unmasked };
        Ok(grants.allows(Permission::ConversationsAnswer).then_some((actor, scope)))
    }

    /// As whom an agent calls to the outside: the queue whose rules the call follows (theirs, if it is not said) and the number
    /// that is shown, which is one of those the queue has; the first, if it is not said.
    pub async fn calls_out_as(
        &self,
        account: AccountId,
        agent: AgentId,
        queue: Option<QueueId>,
        caller_id: Option<&str>,
    ) -> Result<(Option<QueueId>, Option<String>), OperationError> {
        let (mut tx, _) = self.read(account).await?;
        let mut own: Vec<(i64, QueueId)> = agents::queue_agents(&mut tx, account)
            .await?
            .into_iter()
            .filter(|member| member.agent == agent)
            .map(|member| (member.level, member.queue))
            .collect();
        own.sort_unstable();
        let queue = match queue {
            Some(queue) if own.iter().any(|(_, own)| *own == queue) => Some(queue),
            Some(_) => return Err(OperationError::NotFound("queue")),
            None => own.first().map(|(_, queue)| *queue),
        };
        let all = agents::queues(&mut tx, account).await?;
        let numbers = all.iter().find(|q| Some(q.id) == queue).map(caller_ids).unwrap_or_default();
        match caller_id {
            None => Ok((queue, numbers.into_iter().next())),
            Some(wanted) => match numbers.into_iter().find(|number| number == wanted) {
                Some(number) => Ok((queue, Some(number))),
                None => Err(OperationError::Invalid("the queue does not show this number".into())),
            },
        }
    }

    /// The number of whom a conversation is with, as far as the reader sees it. It need not be shown to be dialled.
    pub async fn number_of_conversation(
        &self,
        scope: &Scope,
        id: ConversationId,
    ) -> Result<Pii<String>, OperationError> {
        let found = self.conversation(scope, id).await?;
        let number = found.calls.into_iter().next_back().map(|call| match call.direction.as_str() {
            "outbound" => call.parties.to,
            _ => call.parties.from,
        });
        number.ok_or(OperationError::NotFound("number"))
    }

    /// The same of a contact with whom the reader has a conversation.
    pub async fn number_of_contact(&self, scope: &Scope, contact: ContactId) -> Result<Pii<String>, OperationError> {
        let (mut tx, _) = self.read(scope.account).await?;
        let newest = conversations::newest_with(&mut tx, scope, contact).await?;
        drop(tx);
        self.number_of_conversation(scope, newest.ok_or(OperationError::NotFound("contact"))?).await
    }

    /// The published version of a flow, as JSON.
    pub async fn published_flow(&self, account: AccountId, id: FlowId) -> Result<Option<String>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        let flows = inboxes::published_flows(&mut tx, account).await?;
        Ok(flows.into_iter().find(|flow| flow.id == id).map(|flow| flow.document))
    }
}

/// Are its calls picked up by the agent's browser?
pub(crate) fn auto_answer(queue: &agents::Queue) -> bool {
    #[derive(Default, serde::Deserialize)]
    #[serde(default)]
    struct Settings {
        auto_answer: bool,
    }
    serde_json::from_str::<Settings>(&queue.settings).unwrap_or_default().auto_answer
}

/// After this an agent is warned that whom they have in hand waits for an answer.
pub(crate) fn warn_after(queue: &agents::Queue) -> Duration {
    #[derive(Default, serde::Deserialize)]
    #[serde(default)]
    struct Settings {
        warn_after: Option<Duration>,
    }
    serde_json::from_str::<Settings>(&queue.settings).unwrap_or_default().warn_after.unwrap_or(WARN_AFTER)
}

/// What a contact sees who is called back for this queue: its first number; where it shows none, the one of the house that they have
/// called in this conversation.
pub(crate) async fn shown_to(
    tx: &mut Tx,
    key: &AccountKey,
    queue: Option<&agents::Queue>,
    conversation: Option<ConversationId>,
) -> Result<Option<String>, OperationError> {
    let of_queue = queue.and_then(|queue| caller_ids(queue).into_iter().next());
    let (None, Some(conversation)) = (&of_queue, conversation) else { return Ok(of_queue) };
    let scope = crate::callbacks::everything(key.account());
    let calls = conversations::get(tx, key, &scope, conversation).await?.map(|found| found.calls).unwrap_or_default();
    let ours: Vec<String> =
        inboxes::all(tx, key.account()).await?.into_iter().flat_map(|inbox| inbox.numbers).collect();
    let called = calls.into_iter().filter(|call| call.direction == "inbound").map(|call| call.parties.to);
    Ok(called.map(|number| number.reveal().clone()).find(|number| ours.contains(number)))
}

/// The numbers a queue may show to whom its agents call.
pub(crate) fn caller_ids(queue: &agents::Queue) -> Vec<String> {
    #[derive(Default, serde::Deserialize)]
    #[serde(default)]
    struct Settings {
        caller_ids: Vec<String>,
    }
    serde_json::from_str::<Settings>(&queue.settings).unwrap_or_default().caller_ids
}
